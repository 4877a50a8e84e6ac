/* Shared state: values, versions, expiry, counters, lists, listing; watches are in state_watch.c. */
#define _GNU_SOURCE
#include "state_tools.h"

static void values_and_versions(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    uint64_t now = 7;
    CHECK_NOTHING(state, "k");
    uint64_t first = set_text(state, "k", "one"), second = set_text(state, "k", "two");
    CHECK(second > first);
    distcoord_state_entry *entry = get(state, "k");
    CHECK(has_text(entry, "two"));
    CHECK_TEXT(distcoord_state_entry_key(entry), "k");
    CHECK_INT(distcoord_state_entry_version(entry), second);
    CHECK_INT(distcoord_state_entry_ttl_left_ms(entry), -1);
    distcoord_state_entry_free(entry);

    CHECK_STATUS(distcoord_state_set_if(state, "k", "x", 1, NONE, first, &now, E), DISTCOORD_CHANGED);
    CHECK_INT(now, second);
    CHECK_STATUS(distcoord_state_set_if(state, "k", "x", 1, NONE, 0, &now, E), DISTCOORD_CHANGED);
    CHECK_STATUS(distcoord_state_set_if(state, "none", "x", 1, NONE, second, &now, E), DISTCOORD_CHANGED);
    CHECK_INT(now, 0);
    CHECK_STATUS(distcoord_state_set_if(state, "k", "x", 1, NONE, UINT64_MAX, NULL, E), DISTCOORD_CHANGED);
    CHECK_VALUE(state, "k", "two");
    CHECK_OK(distcoord_state_set_if(state, "k", "three", 5, NONE, second, &now, E));
    CHECK(now > second);
    CHECK_STATUS(distcoord_state_delete(state, "k", second, E), DISTCOORD_CHANGED);
    CHECK_OK(distcoord_state_delete(state, "k", now, E));
    CHECK_STATUS(distcoord_state_delete(state, "k", 0, E), DISTCOORD_NOT_FOUND);
    CHECK_NOTHING(state, "k");
    CHECK_OK(distcoord_state_set_if(state, "k", "four", 4, NONE, 0, &second, E));
    CHECK(second > now);
    distcoord_state_free(state);
    close_client(client);
}

static void any_bytes_up_to_the_limit(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    const size_t limit = 64 << 20, sizes[] = {0, 1, 2048, 2049, 65536, 65537, 1 << 20, limit};
    char *bytes = malloc(limit + 1);
    for (size_t i = 0; i <= limit; i++) bytes[i] = (char)(i * 2654435761u >> 13);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        CHECK_OK(distcoord_state_set(state, "k", bytes, sizes[i], NONE, NULL, E));
        distcoord_state_entry *entry = get(state, "k");
        CHECK_INT(distcoord_state_entry_length(entry), sizes[i]);
        const char *value = distcoord_state_entry_value(entry);
        CHECK(distcoord_state_entry_length(entry) == sizes[i] && memcmp(value, bytes, sizes[i]) == 0);
        CHECK_INT(value[sizes[i]], '\0');
        distcoord_state_entry_free(entry);
    }
    CHECK_STATUS(distcoord_state_set(state, "k", bytes, limit + 1, NONE, NULL, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_STATUS(distcoord_state_append(state, "l", bytes, limit + 1, 0, KEEP, NULL, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_OK(distcoord_state_delete(state, "k", 0, E));
    free(bytes);
    distcoord_state_free(state);
    close_client(client);
}

static void what_is_refused(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = NULL, *fine = open_state(client);
    distcoord_state_page *page = NULL;
    char name[514];
    memset(name, 'n', sizeof name - 1);
    name[513] = '\0';
    CHECK_STATUS(distcoord_state_open(client, "", &state, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_state_open(client, "a\nb", &state, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(state == NULL);
    const char *const keys[] = {"", "a\tb", "\xff", name};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        CHECK_STATUS(distcoord_state_set(fine, keys[i], "x", 1, NONE, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(distcoord_state_delete(fine, keys[i], 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    const int64_t ttls[] = {-2, INT64_MIN, INT64_MAX, 3654 * INT64_C(86400000)};
    for (size_t i = 0; i < COUNT_OF(ttls); i++) {
        CHECK_STATUS(distcoord_state_set(fine, "k", "x", 1, ttls[i], NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(distcoord_state_expire(fine, "k", ttls[i], E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_STATUS(distcoord_state_expire(fine, "k", KEEP, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_state_append(fine, "l", "x", 1, -1, KEEP, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    for (int64_t count = 0; count <= 10001; count += 10001) {
        CHECK_STATUS(distcoord_state_items(fine, "l", 0, count, &page, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(distcoord_state_list(fine, "", NULL, count, &page, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK(page == NULL);
    distcoord_state_free(fine);
    close_client(client);
}

static void scopes_and_namespaces_are_apart(void) {
    distcoord_client *client = open_client(), *elsewhere = NULL;
    distcoord_options *options = distcoord_options_new();
    distcoord_options_set_namespace(options, "elsewhere");
    REQUIRE_OK(distcoord_client_open(server.url, options, &elsewhere, E));
    distcoord_options_free(options);
    distcoord_state *states[4] = {0};
    REQUIRE_OK(distcoord_state_open(client, NULL, &states[0], E));
    REQUIRE_OK(distcoord_state_open(client, "a:b", &states[1], E));
    REQUIRE_OK(distcoord_state_open(client, "a", &states[2], E));
    REQUIRE_OK(distcoord_state_open(elsewhere, "a", &states[3], E));
    const char *const texts[] = {"0", "1", "2", "3"};
    for (int i = 0; i < 4; i++) set_text(states[i], "b:k", texts[i]);
    for (int i = 0; i < 4; i++) CHECK_VALUE(states[i], "b:k", texts[i]);
    distcoord_state *same = NULL;
    REQUIRE_OK(distcoord_state_open(client, "default", &same, E));
    CHECK_VALUE(same, "b:k", "0");
    distcoord_state_free(same);
    for (int i = 0; i < 4; i++) distcoord_state_free(states[i]);
    close_client(elsewhere);
    close_client(client);
}

static void time_to_live(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    uint64_t version = 0, again = 0;
    CHECK_OK(distcoord_state_set(state, "k", "x", 1, 50, &version, E));
    CHECK(EVENTUALLY(10000, ({
        distcoord_state_entry *entry = get(state, "k");
        distcoord_state_entry_free(entry);
        entry == NULL;
    })));
    CHECK_OK(distcoord_state_set(state, "k", "x", 1, HOUR, &again, E));
    CHECK(again > version);
    CHECK_OK(distcoord_state_set(state, "k", "y", 1, KEEP, &again, E));
    distcoord_state_entry *entry = get(state, "k");
    int64_t left = distcoord_state_entry_ttl_left_ms(entry);
    CHECK(left > HOUR - 60000 && left <= HOUR);
    distcoord_state_entry_free(entry);
    CHECK_OK(distcoord_state_expire(state, "k", NONE, E));
    entry = get(state, "k");
    CHECK_INT(distcoord_state_entry_ttl_left_ms(entry), -1);
    CHECK_INT(distcoord_state_entry_version(entry), again);
    distcoord_state_entry_free(entry);
    CHECK_STATUS(distcoord_state_expire(state, "none", HOUR, E), DISTCOORD_NOT_FOUND);
    distcoord_state_free(state);
    close_client(client);
}

static void counters(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    int64_t value = 7;
    CHECK_OK(distcoord_state_add(state, "n", 0, KEEP, &value, E));
    CHECK_INT(value, 0);
    CHECK_NOTHING(state, "n");
    CHECK_OK(distcoord_state_add(state, "n", 5, KEEP, &value, E));
    CHECK_OK(distcoord_state_add(state, "n", -7, KEEP, NULL, E));
    CHECK_OK(distcoord_state_add(state, "n", 0, KEEP, &value, E));
    CHECK_INT(value, -2);
    CHECK_VALUE(state, "n", "-2");
    CHECK_OK(distcoord_state_add(state, "n", INT64_MIN + 2, KEEP, &value, E));
    CHECK(value == INT64_MIN);
    CHECK_STATUS(distcoord_state_add(state, "n", -1, KEEP, &value, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_OK(distcoord_state_add(state, "n", INT64_MAX, KEEP, &value, E));
    CHECK_INT(value, -1);
    set_text(state, "k", "many");
    CHECK_STATUS(distcoord_state_add(state, "k", 1, KEEP, &value, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_VALUE(state, "k", "many");
    distcoord_state_free(state);
    close_client(client);
}

static void check_items(distcoord_state *state, int64_t first, int64_t count, const char *wanted) {
    distcoord_state_page *page = NULL;
    CHECK_OK(distcoord_state_items(state, "l", first, count, &page, E));
    CHECK_INT(distcoord_state_page_count(page), strlen(wanted));
    for (size_t i = 0; i < distcoord_state_page_count(page); i++) {
        const distcoord_state_entry *entry = distcoord_state_page_entry(page, i);
        CHECK_INT(*(const char *)distcoord_state_entry_value(entry), wanted[i]);
        CHECK_TEXT(distcoord_state_entry_key(entry), "l");
        CHECK(distcoord_state_entry_version(entry) > 0);
    }
    CHECK(distcoord_state_page_entry(page, strlen(wanted)) == NULL);
    distcoord_state_page_free(page);
}

static void lists(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_state_page *page = NULL;
    int64_t count = 0;
    CHECK_STATUS(distcoord_state_items(state, "l", 0, 1, &page, E), DISTCOORD_NOT_FOUND);
    for (const char *item = "abcdef"; *item; item++) {
        CHECK_OK(distcoord_state_append(state, "l", item, 1, 5, KEEP, &count, E));
    }
    CHECK_INT(count, 5);
    check_items(state, 0, 10000, "bcdef");
    check_items(state, -1, 1, "f");
    check_items(state, -3, 2, "de");
    check_items(state, 2, 2, "de");
    check_items(state, INT64_MIN, 2, "bc");
    check_items(state, INT64_MAX, 2, "");
    distcoord_state_entry *entry = get(state, "l");
    CHECK_INT(distcoord_state_entry_kind(entry), DISTCOORD_STATE_LIST);
    CHECK_INT(distcoord_state_entry_length(entry), 5);
    CHECK_TEXT(distcoord_state_entry_value(entry), "");
    distcoord_state_entry_free(entry);
    set_text(state, "k", "x");
    CHECK_STATUS(distcoord_state_append(state, "k", "x", 1, 0, KEEP, NULL, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_STATUS(distcoord_state_items(state, "k", 0, 1, &page, E), DISTCOORD_ERROR_CONFLICT);
    CHECK(page == NULL);
    set_text(state, "l", "now a value");
    CHECK_VALUE(state, "l", "now a value");
    distcoord_state_free(state);
    close_client(client);
}

static void big_items(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_state_page *page = NULL;
    enum { LENGTH = 300000 };
    char *item = malloc(LENGTH);
    memset(item, 'i', LENGTH);
    for (int i = 0; i < 8; i++) CHECK_OK(distcoord_state_append(state, "l", item, LENGTH, 0, KEEP, NULL, E));
    CHECK_OK(distcoord_state_items(state, "l", 0, 100, &page, E));
    CHECK_INT(distcoord_state_page_count(page), 8);
    CHECK_INT(distcoord_state_entry_length(distcoord_state_page_entry(page, 7)), LENGTH);
    distcoord_state_page_free(page);
    free(item);
    distcoord_state_free(state);
    close_client(client);
}

/* All keys with a prefix, page by page, as one text. */
static void list_all(distcoord_state *state, const char *prefix, int64_t limit, char *out, size_t capacity) {
    char cursor[600] = "";
    size_t used = 0;
    out[0] = '\0';
    do {
        distcoord_state_page *page = NULL;
        REQUIRE_OK(distcoord_state_list(state, prefix, cursor[0] ? cursor : NULL, limit, &page, E));
        for (size_t i = 0; i < distcoord_state_page_count(page); i++) {
            const distcoord_state_entry *entry = distcoord_state_page_entry(page, i);
            used += (size_t)snprintf(out + used, capacity - used, "%s=%s ", distcoord_state_entry_key(entry),
                (const char *)distcoord_state_entry_value(entry));
        }
        snprintf(cursor, sizeof cursor, "%s", distcoord_state_page_cursor(page));
        distcoord_state_page_free(page);
    } while (cursor[0]);
}

static void listing_and_clearing(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    char text[4096];
    int64_t count = 7;
    list_all(state, NULL, 10, text, sizeof text);
    CHECK_TEXT(text, "");
    for (int i = 0; i < 12; i++) {
        char key[32], value[16];
        snprintf(key, sizeof key, "%c/%02d", i % 2 ? 'b' : 'a', i);
        snprintf(value, sizeof value, "%d", i);
        set_text(state, key, value);
    }
    for (int64_t limit = 1; limit <= 1000; limit *= 10) {
        list_all(state, "a/", limit, text, sizeof text);
        CHECK_TEXT(text, "a/00=0 a/02=2 a/04=4 a/06=6 a/08=8 a/10=10 ");
    }
    CHECK_OK(distcoord_state_clear(state, "a/", &count, E));
    CHECK_INT(count, 6);
    list_all(state, "", 1000, text, sizeof text);
    CHECK_TEXT(text, "b/01=1 b/03=3 b/05=5 b/07=7 b/09=9 b/11=11 ");
    CHECK_OK(distcoord_state_clear(state, NULL, NULL, E));
    list_all(state, NULL, 1000, text, sizeof text);
    CHECK_TEXT(text, "");
    distcoord_state_free(state);
    close_client(client);
}

static void a_listing_of_big_values(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    enum { LENGTH = 100000, COUNT = 10 };
    char *value = malloc(LENGTH), cursor[64] = "";
    memset(value, 'v', LENGTH);
    for (int i = 0; i < COUNT; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%d", i);
        CHECK_OK(distcoord_state_set(state, key, value, LENGTH, NONE, NULL, E));
    }
    size_t listed = 0;
    do {
        distcoord_state_page *page = NULL;
        REQUIRE_OK(distcoord_state_list(state, "k", cursor, 1000, &page, E));
        for (size_t i = 0; i < distcoord_state_page_count(page); i++, listed++) {
            CHECK_INT(distcoord_state_entry_length(distcoord_state_page_entry(page, i)), LENGTH);
        }
        snprintf(cursor, sizeof cursor, "%s", distcoord_state_page_cursor(page));
        distcoord_state_page_free(page);
    } while (cursor[0]);
    CHECK_INT(listed, COUNT);
    free(value);
    distcoord_state_free(state);
    close_client(client);
}

static void a_closed_client_says_so(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    set_text(state, "k", "x");
    CHECK_OK(distcoord_client_close(client, E));
    distcoord_state_entry *entry = NULL;
    distcoord_watch *watch = NULL;
    CHECK_STATUS(distcoord_state_set(state, "k", "y", 1, NONE, NULL, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_state_get(state, "k", &entry, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_state_watch(state, "k", false, &watch, E), DISTCOORD_ERROR_CLOSED);
    distcoord_client_free(client);
    distcoord_state_free(state);
}

static void a_watch_belongs_to_its_process(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    set_text(state, "k", "x");
    distcoord_watch *watch = watch_of(state, "k", false);
    CHECK_CHANGE(watch, "k", DISTCOORD_STATE_VALUE, "x");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        distcoord_state_entry *entry = NULL;
        CHECK_STATUS(distcoord_state_watch_next(watch, 0, &entry, E), DISTCOORD_ERROR_FORKED);
        distcoord_watch_free(watch);
        CHECK_VALUE(state, "k", "x");
        watch = watch_of(state, "k", false);
        CHECK_CHANGE(watch, "k", DISTCOORD_STATE_VALUE, "x");
        set_text(state, "k", "child's");
        CHECK_CHANGE(watch, "k", DISTCOORD_STATE_VALUE, "child's");
        _exit(atomic_load(&failed_checks) ? 1 : 0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    CHECK_CHANGE(watch, "k", DISTCOORD_STATE_VALUE, "child's");
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

static const struct test tests[] = {
    {"state_values_and_versions", values_and_versions},
    {"state_any_bytes_up_to_the_limit", any_bytes_up_to_the_limit},
    {"state_what_is_refused", what_is_refused},
    {"state_scopes_and_namespaces_are_apart", scopes_and_namespaces_are_apart},
    {"state_time_to_live", time_to_live},
    {"state_counters", counters},
    {"state_lists", lists},
    {"state_big_items", big_items},
    {"state_listing_and_clearing", listing_and_clearing},
    {"state_a_listing_of_big_values", a_listing_of_big_values},
    {"state_a_closed_client_says_so", a_closed_client_says_so},
    {"state_a_watch_belongs_to_its_process", a_watch_belongs_to_its_process},
};

HARNESS_MAIN(tests)
