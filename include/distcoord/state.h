/**
 * Shared state: values under keys, with versions, expiry, compare-and-set, counters, lists, listing by prefix and
 * watching.
 *
 * A scope is a set of keys of its own: one application's settings, one workflow's channels. All keys of a scope are on
 * one server of a cluster. Keys are text of 1 to 512 bytes as names are; within a scope a key holds a value or a list.
 *
 * Every write gives the key a new version. Versions of a key only grow, also across deletion and writing anew, so that
 * of two versions the greater is the later one.
 */
#ifndef DISTCOORD_STATE_H
#define DISTCOORD_STATE_H

#include "client.h"
#include "watch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_state distcoord_state;
typedef struct distcoord_state_entry distcoord_state_entry;
typedef struct distcoord_state_page distcoord_state_page;

/**
 * What is under a key.
 */
enum {
    /** Nothing: it was deleted, or has expired. Only watches tell so. */
    DISTCOORD_STATE_ABSENT = 0,
    /** A value; a counter is one, written as a decimal number. */
    DISTCOORD_STATE_VALUE = 1,
    /** A list. */
    DISTCOORD_STATE_LIST = 2
};

/**
 * What becomes of the time to live when a value is written.
 */
enum {
    /** The value stays until it is deleted. */
    DISTCOORD_TTL_NONE = 0,
    /** It expires when the one before would have. */
    DISTCOORD_TTL_KEEP = -1
};

/**
 * Makes a handle on a scope. Nothing is sent.
 *
 * @param client The client.
 * @param scope The scope's name; NULL for the one named "default".
 * @param out_state Receives a handle that the caller owns (`distcoord_state_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_state_open(
    distcoord_client *client, const char *scope, distcoord_state **out_state, distcoord_error **error);

/**
 * Reads a value. May block for one round trip. Of a list it tells version and length; `distcoord_state_items` reads
 * it.
 *
 * @param state The handle.
 * @param key The key.
 * @param out_entry Receives an entry that the caller owns (`distcoord_state_entry_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_state_get(
    distcoord_state *state, const char *key, distcoord_state_entry **out_entry, distcoord_error **error);

/**
 * Writes a value, whatever was there. May block for one round trip.
 *
 * @param state The handle.
 * @param key The key.
 * @param value The value's bytes.
 * @param length How many.
 * @param ttl_ms Milliseconds after which it is gone, up to 10 years; DISTCOORD_TTL_NONE or DISTCOORD_TTL_KEEP.
 * @param out_version Receives the version that it has now; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_state_set(
    distcoord_state *state, const char *key, const void *value, size_t length, int64_t ttl_ms, uint64_t *out_version,
    distcoord_error **error);

/**
 * Writes a value if the key has that version. May block for one round trip.
 *
 * @param state The handle.
 * @param key The key.
 * @param value The value's bytes.
 * @param length How many.
 * @param ttl_ms Milliseconds after which it is gone, up to 10 years; DISTCOORD_TTL_NONE or DISTCOORD_TTL_KEEP.
 * @param version The version that it must have; 0, it must not be there.
 * @param out_version Receives the version that it has now, also with DISTCOORD_CHANGED (0 when it is not there); may
 *   be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_CHANGED, it has another version, and nothing was written;
 *   DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_state_set_if(
    distcoord_state *state, const char *key, const void *value, size_t length, int64_t ttl_ms, uint64_t version,
    uint64_t *out_version, distcoord_error **error);

/**
 * Deletes what is under a key. May block for one round trip.
 *
 * @param state The handle.
 * @param key The key.
 * @param version The version that it must have; 0 for any.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND; DISTCOORD_CHANGED, it has another version.
 */
distcoord_status distcoord_state_delete(
    distcoord_state *state, const char *key, uint64_t version, distcoord_error **error);

/**
 * Changes when a key expires. Its version stays. May block for one round trip.
 *
 * @param state The handle.
 * @param key The key.
 * @param ttl_ms Milliseconds from now, or DISTCOORD_TTL_NONE.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_state_expire(
    distcoord_state *state, const char *key, int64_t ttl_ms, distcoord_error **error);

/**
 * Adds to a counter; one that is not there is 0. Exact, also when an answer was lost and the call is sent again. May
 * block for one round trip.
 *
 * @param state The handle.
 * @param key The key.
 * @param delta What to add; may be negative, or 0 to read.
 * @param ttl_ms As for `distcoord_state_set`; DISTCOORD_TTL_KEEP is usual.
 * @param out_value Receives the counter's value; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_CONFLICT, what is there is no number, or the sum is beyond 64 bits.
 */
distcoord_status distcoord_state_add(
    distcoord_state *state, const char *key, int64_t delta, int64_t ttl_ms, int64_t *out_value,
    distcoord_error **error);

/**
 * Appends to a list; one that is not there is empty. May block for one round trip.
 *
 * @param state The handle.
 * @param key The key.
 * @param value The item's bytes.
 * @param length How many.
 * @param limit Keep only that many, the newest; 0 for all.
 * @param ttl_ms As for `distcoord_state_set`, for the whole list.
 * @param out_count Receives the number of items; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_CONFLICT, a value is there, no list; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_state_append(
    distcoord_state *state, const char *key, const void *value, size_t length, int64_t limit, int64_t ttl_ms,
    int64_t *out_count, distcoord_error **error);

/**
 * Reads items of a list. May block for one round trip.
 *
 * @param state The handle.
 * @param key The key.
 * @param first Index of the first, from 0; negative counts from the end, -1 is the newest.
 * @param count At most that many, 1 to 10 000.
 * @param out_page Receives a page of the items, each an entry of kind VALUE with the key and version of the list, that
 *   the caller owns (`distcoord_state_page_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND; DISTCOORD_ERROR_CONFLICT, a value is there, no list.
 */
distcoord_status distcoord_state_items(
    distcoord_state *state, const char *key, int64_t first, int64_t count, distcoord_state_page **out_page,
    distcoord_error **error);

/**
 * Lists keys with their values in order of the keys' bytes, page by page, without ever holding the server up. A key
 * that is there from before the first page until after the last is listed, once; of one that comes or goes meanwhile
 * that is not certain. May block for one round trip.
 *
 * @param state The handle.
 * @param prefix What the keys begin with; NULL or empty for all.
 * @param cursor Where to go on: `distcoord_state_page_cursor` of the page before; NULL for the first page.
 * @param limit At most that many, 1 to 1 000. A page may hold fewer, and still not be the last.
 * @param out_page Receives a page that the caller owns (`distcoord_state_page_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for an empty page.
 */
distcoord_status distcoord_state_list(
    distcoord_state *state, const char *prefix, const char *cursor, int64_t limit, distcoord_state_page **out_page,
    distcoord_error **error);

/**
 * Deletes all keys that begin with a prefix, in steps. May block for as many round trips as that takes.
 *
 * @param state The handle.
 * @param prefix What the keys begin with; NULL or empty for all.
 * @param out_count Receives how many were deleted; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_state_clear(
    distcoord_state *state, const char *prefix, int64_t *out_count, distcoord_error **error);

/**
 * Watches a key, or all that begin with a prefix. What is there comes first, then each change: the latest entry of a
 * key, never an older one after a newer one. Expiry is a change, too. May block for one round trip.
 *
 * @param state The handle.
 * @param key The key, or what the keys begin with; then NULL or empty is all.
 * @param is_prefix Whether it is a prefix.
 * @param out_watch Receives a watch that the caller owns (`distcoord_watch_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_state_watch(
    distcoord_state *state, const char *key, bool is_prefix, distcoord_watch **out_watch, distcoord_error **error);

/**
 * Takes the next change. May block.
 *
 * @param watch A watch of a state.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_entry Receives an entry that the caller owns (`distcoord_state_entry_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_state_watch_next(
    distcoord_watch *watch, int64_t wait_ms, distcoord_state_entry **out_entry, distcoord_error **error);

/**
 * The key.
 *
 * @param entry An entry.
 * @returns Text, borrowed until the entry is freed; empty for NULL.
 */
const char *distcoord_state_entry_key(const distcoord_state_entry *entry);

/**
 * What is under the key.
 *
 * @param entry An entry.
 * @returns One of DISTCOORD_STATE_*; 0 for NULL.
 */
int32_t distcoord_state_entry_kind(const distcoord_state_entry *entry);

/**
 * The bytes of a value.
 *
 * @param entry An entry.
 * @returns Bytes, borrowed until the entry is freed, with a NUL behind them; empty when it is no value.
 */
const void *distcoord_state_entry_value(const distcoord_state_entry *entry);

/**
 * How many bytes the value has; of a list, how many items.
 *
 * @param entry An entry.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_state_entry_length(const distcoord_state_entry *entry);

/**
 * The version.
 *
 * @param entry An entry.
 * @returns The version, below 2^53; 0 for NULL.
 */
uint64_t distcoord_state_entry_version(const distcoord_state_entry *entry);

/**
 * How long it still lives.
 *
 * @param entry An entry.
 * @returns Milliseconds when it was read; -1 when it does not expire, and for NULL.
 */
int64_t distcoord_state_entry_ttl_left_ms(const distcoord_state_entry *entry);

/**
 * Frees an entry. Not for those of a page.
 *
 * @param entry An entry that the caller owns, or NULL.
 */
void distcoord_state_entry_free(distcoord_state_entry *entry);

/**
 * Number of entries of the page.
 *
 * @param page A page.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_state_page_count(const distcoord_state_page *page);

/**
 * One entry of the page.
 *
 * @param page A page.
 * @param index From 0.
 * @returns An entry, borrowed until `distcoord_state_page_free`; NULL when there is no such entry.
 */
const distcoord_state_entry *distcoord_state_page_entry(const distcoord_state_page *page, size_t index);

/**
 * Where the next page begins.
 *
 * @param page A page.
 * @returns Text, borrowed until `distcoord_state_page_free`; empty when this is the last page.
 */
const char *distcoord_state_page_cursor(const distcoord_state_page *page);

/**
 * Frees a page.
 *
 * @param page A page that the caller owns, or NULL.
 */
void distcoord_state_page_free(distcoord_state_page *page);

/**
 * Frees a handle.
 *
 * @param state A handle that the caller owns, or NULL.
 */
void distcoord_state_free(distcoord_state *state);

#ifdef __cplusplus
}
#endif

#endif
