/* What the tests of shared state share. */
#ifndef STATE_TOOLS_H
#define STATE_TOOLS_H

#include "harness.h"

enum { NONE = DISTCOORD_TTL_NONE, KEEP = DISTCOORD_TTL_KEEP, HOUR = 3600000 };

__attribute__((unused)) static distcoord_state *open_state(distcoord_client *client) {
    distcoord_state *state = NULL;
    REQUIRE_OK(distcoord_state_open(client, "s", &state, E));
    return state;
}

/* Writes a text; its version. */
__attribute__((unused)) static uint64_t set_text(distcoord_state *state, const char *key, const char *text) {
    uint64_t version = 0;
    CHECK_OK(distcoord_state_set(state, key, text, strlen(text), NONE, &version, E));
    CHECK(version > 0 && version < (1ull << 53));
    return version;
}

__attribute__((unused)) static bool has_text(const distcoord_state_entry *entry, const char *text) {
    return distcoord_state_entry_kind(entry) == DISTCOORD_STATE_VALUE &&
           distcoord_state_entry_length(entry) == strlen(text) &&
           memcmp(distcoord_state_entry_value(entry), text, strlen(text) + 1) == 0;
}

/* What is under a key, or NULL; the caller frees it. */
__attribute__((unused)) static distcoord_state_entry *get(distcoord_state *state, const char *key) {
    distcoord_state_entry *entry = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_state_get(state, key, &entry, &error);
    if (status != DISTCOORD_NOT_FOUND) status_is(__FILE__, __LINE__, "get", status, DISTCOORD_OK, error);
    CHECK((entry != NULL) == (status == DISTCOORD_OK));
    return entry;
}

#define CHECK_VALUE(state, key, text)                                                                                  \
    do {                                                                                                               \
        distcoord_state_entry *had_entry_ = get((state), (key));                                                       \
        if (!has_text(had_entry_, (text)))                                                                             \
            report(__FILE__, __LINE__, "%s is \"%.40s\", wanted \"%.40s\"", (key),                                     \
                (const char *)distcoord_state_entry_value(had_entry_), (text));                                        \
        distcoord_state_entry_free(had_entry_);                                                                        \
    } while (0)

#define CHECK_NOTHING(state, key)                                                                                      \
    do {                                                                                                               \
        distcoord_state_entry *none_ = NULL;                                                                           \
        CHECK_STATUS(distcoord_state_get((state), (key), &none_, E), DISTCOORD_NOT_FOUND);                             \
        CHECK(none_ == NULL);                                                                                          \
    } while (0)

__attribute__((unused)) static distcoord_watch *watch_of(distcoord_state *state, const char *key, bool is_prefix) {
    distcoord_watch *watch = NULL;
    REQUIRE_OK(distcoord_state_watch(state, key, is_prefix, &watch, E));
    REQUIRE(watch != NULL);
    return watch;
}

/* The next change, NULL when none comes in time; the caller frees it. */
__attribute__((unused)) static distcoord_state_entry *next_change(distcoord_watch *watch, int64_t wait_ms) {
    distcoord_state_entry *entry = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_state_watch_next(watch, wait_ms * time_factor(), &entry, &error);
    if (status != DISTCOORD_TIMED_OUT) status_is(__FILE__, __LINE__, "watch_next", status, DISTCOORD_OK, error);
    CHECK((entry != NULL) == (status == DISTCOORD_OK));
    return entry;
}

/* The next change is of that key and kind, with that value, "" if it has none. */
#define CHECK_CHANGE(watch, wanted_key, wanted_kind, text)                                                             \
    do {                                                                                                               \
        distcoord_state_entry *change_ = next_change((watch), 10000);                                                  \
        CHECK_TEXT(distcoord_state_entry_key(change_), (wanted_key));                                                  \
        CHECK_INT(distcoord_state_entry_kind(change_), (wanted_kind));                                                 \
        CHECK_TEXT(distcoord_state_entry_value(change_), (text));                                                      \
        distcoord_state_entry_free(change_);                                                                           \
    } while (0)

#define CHECK_QUIET(watch)                                                                                             \
    do {                                                                                                               \
        distcoord_state_entry *change_ = next_change((watch), 20);                                                     \
        if (change_)                                                                                                   \
            report(__FILE__, __LINE__, "told of %s, of which nothing was to be told",                                  \
                distcoord_state_entry_key(change_));                                                                   \
        distcoord_state_entry_free(change_);                                                                           \
    } while (0)

#endif
