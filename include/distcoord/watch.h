/**
 * Watches: something on the server is followed, and changes of it are taken one by one, by a wait or from a poll loop.
 *
 * What is watched says which function takes the changes: `distcoord_election_watch_next`,
 * `distcoord_membership_watch_next`, `distcoord_state_watch_next`, `distcoord_breaker_watch_next`; another one's watch
 * is DISTCOORD_ERROR_INVALID_ARGUMENT. A watch sees the present state first, then changes, in order, never an older
 * one after a newer one. It survives a lost connection: what it has missed it finds out by looking again. Changes that
 * come faster than they are taken may be seen as one; the latest is never missed.
 *
 * A watch belongs to its process: in a forked child it answers DISTCOORD_ERROR_FORKED. It is meant for one taker at a
 * time.
 */
#ifndef DISTCOORD_WATCH_H
#define DISTCOORD_WATCH_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_watch distcoord_watch;

/**
 * A file descriptor (eventfd) that is readable while there may be something to take; `..._watch_next` with a wait of 0
 * then takes it, or finds nothing, and lowers it. Do not read, write or close it. The first call makes the library
 * look after the watch also while nobody waits.
 *
 * @param watch The watch.
 * @returns A descriptor, borrowed until `distcoord_watch_free`; -1 when the process has none left.
 */
int32_t distcoord_watch_event_fd(distcoord_watch *watch);

/**
 * Ends the waits in progress on this watch, each with DISTCOORD_CANCELLED.
 *
 * @param watch The watch, or NULL.
 */
void distcoord_watch_cancel(distcoord_watch *watch);

/**
 * Ends a watch and frees it.
 *
 * @param watch A watch that the caller owns, or NULL.
 */
void distcoord_watch_free(distcoord_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
