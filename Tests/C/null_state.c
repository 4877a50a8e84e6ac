/* NULL in place of each pointer that state.h names as required, and of objects that hold nothing. */
#include "null_tools.h"
#include "state_tools.h"

static void handle(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client), *made = NULL;
    distcoord_state_entry *entry = NULL;
    distcoord_state_page *page = NULL;
    distcoord_watch *watch = NULL;
    CHECK_INVALID(distcoord_state_open(NULL, "s", &made, E));
    CHECK_INVALID(distcoord_state_open(client, "s", NULL, E));
    CHECK_INVALID(distcoord_state_get(NULL, "k", &entry, E));
    CHECK_INVALID(distcoord_state_get(state, NULL, &entry, E));
    CHECK_INVALID(distcoord_state_get(state, "k", NULL, E));
    CHECK_INVALID(distcoord_state_set(NULL, "k", "x", 1, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_set(state, NULL, "x", 1, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_set(state, "k", NULL, 1, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_set_if(NULL, "k", "x", 1, NONE, 0, NULL, E));
    CHECK_INVALID(distcoord_state_set_if(state, NULL, "x", 1, NONE, 0, NULL, E));
    CHECK_INVALID(distcoord_state_set_if(state, "k", NULL, 1, NONE, 0, NULL, E));
    CHECK_INVALID(distcoord_state_delete(NULL, "k", 0, E));
    CHECK_INVALID(distcoord_state_delete(state, NULL, 0, E));
    CHECK_INVALID(distcoord_state_expire(NULL, "k", 1, E));
    CHECK_INVALID(distcoord_state_expire(state, NULL, 1, E));
    CHECK_INVALID(distcoord_state_add(NULL, "k", 1, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_add(state, NULL, 1, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_append(NULL, "k", "x", 1, 0, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_append(state, NULL, "x", 1, 0, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_append(state, "k", NULL, 1, 0, NONE, NULL, E));
    CHECK_INVALID(distcoord_state_items(NULL, "k", 0, 1, &page, E));
    CHECK_INVALID(distcoord_state_items(state, NULL, 0, 1, &page, E));
    CHECK_INVALID(distcoord_state_items(state, "k", 0, 1, NULL, E));
    CHECK_INVALID(distcoord_state_list(NULL, NULL, NULL, 1, &page, E));
    CHECK_INVALID(distcoord_state_list(state, NULL, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_state_clear(NULL, NULL, NULL, E));
    CHECK_INVALID(distcoord_state_watch(NULL, "k", false, &watch, E));
    CHECK_INVALID(distcoord_state_watch(state, NULL, false, &watch, E));
    CHECK_INVALID(distcoord_state_watch(state, "k", false, NULL, E));
    CHECK_INVALID(distcoord_state_watch_next(NULL, 0, &entry, E));
    watch = watch_of(state, "k", false);
    CHECK_INVALID(distcoord_state_watch_next(watch, 0, NULL, E));
    distcoord_watch_free(watch);
    CHECK(made == NULL && entry == NULL && page == NULL);
    distcoord_state_free(state);
    distcoord_state_free(NULL);
    close_client(client);
}

static void what_may_be_missing(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_state_page *page = NULL;
    CHECK_OK(distcoord_state_set(state, "k", NULL, 0, NONE, NULL, E));
    CHECK_VALUE(state, "k", "");
    CHECK_OK(distcoord_state_add(state, "n", 1, NONE, NULL, E));
    CHECK_OK(distcoord_state_append(state, "l", NULL, 0, 0, NONE, NULL, E));
    CHECK_OK(distcoord_state_list(state, NULL, NULL, 10, &page, E));
    CHECK_INT(distcoord_state_page_count(page), 3);
    distcoord_state_page_free(page);
    CHECK_OK(distcoord_state_clear(state, NULL, NULL, E));
    distcoord_watch *watch = watch_of(state, NULL, true);
    CHECK_QUIET(watch);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

static void entries_and_pages(void) {
    CHECK_TEXT(distcoord_state_entry_key(NULL), "");
    CHECK_INT(distcoord_state_entry_kind(NULL), 0);
    CHECK_TEXT(distcoord_state_entry_value(NULL), "");
    CHECK_INT(distcoord_state_entry_length(NULL), 0);
    CHECK_INT(distcoord_state_entry_version(NULL), 0);
    CHECK_INT(distcoord_state_entry_ttl_left_ms(NULL), -1);
    distcoord_state_entry_free(NULL);
    CHECK_INT(distcoord_state_page_count(NULL), 0);
    CHECK(distcoord_state_page_entry(NULL, 0) == NULL);
    CHECK_TEXT(distcoord_state_page_cursor(NULL), "");
    distcoord_state_page_free(NULL);
}

static const struct test tests[] = {
    {"null_state_handle", handle},
    {"null_state_what_may_be_missing", what_may_be_missing},
    {"null_state_entries_and_pages", entries_and_pages},
};

HARNESS_MAIN(tests)
