/* Watching shared state: what is there, each change, never back. */
#define _GNU_SOURCE
#include "state_tools.h"

#include <poll.h>

enum { ABSENT = DISTCOORD_STATE_ABSENT, VALUE = DISTCOORD_STATE_VALUE, LIST = DISTCOORD_STATE_LIST };

static void a_key_is_watched(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    set_text(state, "k", "first");
    distcoord_watch *watch = watch_of(state, "k", false);
    CHECK_CHANGE(watch, "k", VALUE, "first");
    set_text(state, "kk", "another's");
    set_text(state, "k", "second");
    CHECK_CHANGE(watch, "k", VALUE, "second");
    CHECK_OK(distcoord_state_delete(state, "k", 0, E));
    CHECK_CHANGE(watch, "k", ABSENT, "");
    CHECK_OK(distcoord_state_append(state, "k", "i", 1, 0, KEEP, NULL, E));
    CHECK_OK(distcoord_state_append(state, "k", "j", 1, 0, KEEP, NULL, E));
    CHECK(EVENTUALLY(10000, ({
        distcoord_state_entry *entry = next_change(watch, 10000);
        CHECK_INT(distcoord_state_entry_kind(entry), LIST);
        size_t length = distcoord_state_entry_length(entry);
        distcoord_state_entry_free(entry);
        length == 2;
    })));
    CHECK_QUIET(watch);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

static void a_watch_of_nothing_waits(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_watch *watch = watch_of(state, "k", false), *all = watch_of(state, NULL, true);
    CHECK_QUIET(watch);
    CHECK_QUIET(all);
    set_text(state, "k", "x");
    CHECK_CHANGE(watch, "k", VALUE, "x");
    CHECK_CHANGE(all, "k", VALUE, "x");
    distcoord_watch_free(watch);
    distcoord_watch_free(all);
    distcoord_state_free(state);
    close_client(client);
}

static void a_prefix_is_watched(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_state *state = open_state(client), *theirs = open_state(other);
    set_text(theirs, "a/2", "two");
    set_text(theirs, "a/1", "one");
    set_text(theirs, "b", "not mine");
    distcoord_watch *watch = watch_of(state, "a/", true);
    CHECK_CHANGE(watch, "a/1", VALUE, "one");
    CHECK_CHANGE(watch, "a/2", VALUE, "two");
    CHECK_QUIET(watch);
    set_text(theirs, "a", "not mine");
    set_text(theirs, "a/3", "three");
    CHECK_OK(distcoord_state_delete(theirs, "a/1", 0, E));
    CHECK_CHANGE(watch, "a/3", VALUE, "three");
    CHECK_CHANGE(watch, "a/1", ABSENT, "");
    CHECK_OK(distcoord_state_clear(theirs, "", NULL, E));
    CHECK_CHANGE(watch, "a/2", ABSENT, "");
    CHECK_CHANGE(watch, "a/3", ABSENT, "");
    CHECK_QUIET(watch);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    distcoord_state_free(theirs);
    close_client(other);
    close_client(client);
}

/* Not taken for a while: the latest of each key, in the order in which the keys changed. */
static void what_is_not_taken_is_told_once(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_watch *watch = watch_of(state, "", true);
    CHECK_QUIET(watch);
    for (int i = 0; i < 50; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        set_text(state, "b", text);
        set_text(state, "a", text);
    }
    CHECK_OK(distcoord_state_delete(state, "b", 0, E));
    set_text(state, "last", "x");
    /* Messages come in order: when the last one is told, all are here. */
    distcoord_watch *last = watch_of(state, "last", false);
    CHECK_CHANGE(last, "last", VALUE, "x");
    bool all = EVENTUALLY(10000, ({
        distcoord_state_entry *entry = next_change(watch, 10000);
        bool is_end = strcmp(distcoord_state_entry_key(entry), "last") == 0;
        distcoord_state_entry_free(entry);
        is_end;
    }));
    CHECK(all);
    CHECK_QUIET(watch);
    distcoord_watch_free(last);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

static void big_values_are_fetched(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    const size_t sizes[] = {2048, 2049, 70000, 3 << 20};
    char *bytes = malloc(3 << 20);
    memset(bytes, 'b', 3 << 20);
    distcoord_watch *watch = watch_of(state, "k", true);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        CHECK_OK(distcoord_state_set(state, "k", bytes, sizes[i], NONE, NULL, E));
        distcoord_state_entry *entry = next_change(watch, 10000);
        CHECK_INT(distcoord_state_entry_length(entry), sizes[i]);
        distcoord_state_entry_free(entry);
    }
    distcoord_watch_free(watch);
    watch = watch_of(state, "k", true);
    distcoord_state_entry *entry = next_change(watch, 10000);
    CHECK_INT(distcoord_state_entry_length(entry), 3 << 20);
    distcoord_state_entry_free(entry);
    CHECK_QUIET(watch);
    distcoord_watch_free(watch);
    free(bytes);
    distcoord_state_free(state);
    close_client(client);
}

static void expiry_is_a_change(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_watch *watch = watch_of(state, "k", false), *all = watch_of(state, "", true);
    uint64_t version = 0;
    CHECK_OK(distcoord_state_set(state, "k", "x", 1, 2500, &version, E));
    CHECK_CHANGE(all, "k", VALUE, "x");
    distcoord_state_entry *entry = next_change(watch, 10000);
    CHECK(distcoord_state_entry_ttl_left_ms(entry) >= 0 && distcoord_state_entry_ttl_left_ms(entry) <= 2500);
    distcoord_state_entry_free(entry);
    int64_t start = now_ms();
    entry = next_change(watch, 10000);
    CHECK_INT(distcoord_state_entry_kind(entry), ABSENT);
    CHECK_INT(distcoord_state_entry_version(entry), version);
    distcoord_state_entry_free(entry);
    CHECK(took_less(start, 5000));
    CHECK_NOTHING(state, "k");
    CHECK_CHANGE(all, "k", ABSENT, "");

    /* Put off, brought forward, taken back. */
    CHECK_OK(distcoord_state_set(state, "k", "y", 1, HOUR, NULL, E));
    CHECK_CHANGE(watch, "k", VALUE, "y");
    CHECK_OK(distcoord_state_expire(state, "k", 100, E));
    CHECK_CHANGE(watch, "k", ABSENT, "");
    CHECK_OK(distcoord_state_set(state, "k", "z", 1, 1500, NULL, E));
    CHECK_CHANGE(watch, "k", VALUE, "z");
    CHECK_OK(distcoord_state_expire(state, "k", NONE, E));
    CHECK(next_change(watch, 2000) == NULL);
    CHECK_VALUE(state, "k", "z");
    distcoord_watch_free(watch);
    distcoord_watch_free(all);
    distcoord_state_free(state);
    close_client(client);
}

/* Whoever polls is told of a change, of what was there at the beginning, and of an expiry. */
static void an_event_loop_takes_changes(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    set_text(state, "k", "first");
    distcoord_watch *watch = watch_of(state, "k", false);
    const struct {
        int32_t kind;
        const char *text;
    } wanted[] = {{VALUE, "first"}, {VALUE, "second"}, {VALUE, "third"}, {ABSENT, ""}};
    struct pollfd descriptor = {.fd = distcoord_watch_event_fd(watch), .events = POLLIN};
    REQUIRE(descriptor.fd >= 0);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        if (i == 1) set_text(state, "k", "second");
        if (i == 2) CHECK_OK(distcoord_state_set(state, "k", "third", 5, 50, NULL, E));
        distcoord_state_entry *entry = NULL;
        while (entry == NULL && poll(&descriptor, 1, (int)(10000 * time_factor())) == 1) entry = next_change(watch, 0);
        CHECK_INT(distcoord_state_entry_kind(entry), wanted[i].kind);
        CHECK_TEXT(distcoord_state_entry_value(entry), wanted[i].text);
        distcoord_state_entry_free(entry);
    }
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

/* Looked at now and then, without a descriptor and without waiting. */
static void a_watch_that_is_only_looked_at(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_watch *watch = watch_of(state, "k", false);
    CHECK(next_change(watch, 0) == NULL);
    set_text(state, "k", "x");
    distcoord_state_entry *entry = NULL;
    CHECK(EVENTUALLY(10000, (entry = next_change(watch, 0)) != NULL));
    CHECK(has_text(entry, "x"));
    distcoord_state_entry_free(entry);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

static void *wait_for_change(void *argument) {
    distcoord_state_entry *entry = NULL;
    return (void *)(intptr_t)distcoord_state_watch_next(argument, -1, &entry, NULL);
}

static void a_wait_is_cancelled(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    distcoord_watch *watch = watch_of(state, "k", false);
    void *status = NULL;
    for (int i = 0; i < 2; i++) {
        pthread_t thread = start_thread(wait_for_change, watch);
        bool ended = false;
        while (!ended) { /* a cancel before the wait has begun does not count */
            i == 0 ? distcoord_watch_cancel(watch) : distcoord_client_cancel(client);
            struct timespec until;
            clock_gettime(CLOCK_REALTIME, &until);
            until.tv_nsec += 20000000;
            if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
            ended = pthread_timedjoin_np(thread, &status, &until) == 0;
        }
        CHECK_INT((intptr_t)status, DISTCOORD_CANCELLED);
    }
    set_text(state, "k", "x");
    CHECK_CHANGE(watch, "k", VALUE, "x");
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

/* More keys than any page holds, and more deletions than are remembered. */
static void a_watch_of_very_many_keys(void) {
    distcoord_client *client = open_client();
    distcoord_state *state = open_state(client);
    enum { COUNT = 6000 };
    char key[16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "k%05d", i);
        set_text(state, key, "x");
    }
    distcoord_watch *watch = watch_of(state, "k", true);
    for (int i = 0; i < COUNT; i++) {
        distcoord_state_entry *entry = next_change(watch, 10000);
        snprintf(key, sizeof key, "k%05d", i);
        CHECK_TEXT(distcoord_state_entry_key(entry), key);
        distcoord_state_entry_free(entry);
    }
    CHECK_OK(distcoord_state_clear(state, "", NULL, E));
    for (int i = 0; i < COUNT; i++) {
        distcoord_state_entry *entry = next_change(watch, 10000);
        CHECK_INT(distcoord_state_entry_kind(entry), ABSENT);
        distcoord_state_entry_free(entry);
    }
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%05d", i);
        set_text(state, key, "again");
        CHECK_CHANGE(watch, key, VALUE, "again");
    }
    CHECK_QUIET(watch);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
}

static const struct test tests[] = {
    {"state_watch_a_key_is_watched", a_key_is_watched},
    {"state_watch_a_watch_of_nothing_waits", a_watch_of_nothing_waits},
    {"state_watch_a_prefix_is_watched", a_prefix_is_watched},
    {"state_watch_what_is_not_taken_is_told_once", what_is_not_taken_is_told_once},
    {"state_watch_big_values_are_fetched", big_values_are_fetched},
    {"state_watch_expiry_is_a_change", expiry_is_a_change},
    {"state_watch_an_event_loop_takes_changes", an_event_loop_takes_changes},
    {"state_watch_a_watch_that_is_only_looked_at", a_watch_that_is_only_looked_at},
    {"state_watch_a_wait_is_cancelled", a_wait_is_cancelled},
    {"state_watch_a_watch_of_very_many_keys", a_watch_of_very_many_keys},
};

HARNESS_MAIN(tests)
