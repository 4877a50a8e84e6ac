/**
 * Monitoring of locks, read-write locks, semaphores and elections of the client's namespace: who holds what, who is
 * silent, how long waits and holds take, and giving back what a dead client held.
 *
 * Nothing here costs the operations themselves more than a counter in memory: holders are found by one pass over the
 * server's keys, in small steps, when asked for; statistics are collected in each client and added up on the server
 * in the background every two seconds and when a client closes, so that a client that is killed loses the last two
 * seconds of its own; DISTCOORD_STATISTICS=0 in the environment of a process turns its counting off. Not over a
 * quorum, whose servers are looked at one by one.
 */
#ifndef DISTCOORD_MONITOR_H
#define DISTCOORD_MONITOR_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_holds distcoord_holds;
typedef struct distcoord_lock_statistics distcoord_lock_statistics;

/** Kinds of things that are held. */
enum {
    DISTCOORD_KIND_LOCK = 0,
    DISTCOORD_KIND_READ = 1,
    DISTCOORD_KIND_WRITE = 2,
    DISTCOORD_KIND_SEMAPHORE = 3,
    DISTCOORD_KIND_ELECTION = 4
};

/** Which holds to list. */
enum {
    /** All that are held. */
    DISTCOORD_HOLDS_ALL = 0,
    /** Those whose client is gone (no connection to the server) or silent (it has missed a renewal that was due). */
    DISTCOORD_HOLDS_STALE = 1
};

/**
 * Lists what is held. May block: one pass over the server's keys, which it takes in steps of a thousand.
 *
 * @param client The client.
 * @param which DISTCOORD_HOLDS_ALL or DISTCOORD_HOLDS_STALE.
 * @param out_holds Receives a list that the caller owns (`distcoord_holds_free`), ordered by kind and name.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for an empty list.
 */
distcoord_status distcoord_holds_list(
    distcoord_client *client, int32_t which, distcoord_holds **out_holds, distcoord_error **error);

/**
 * Number of holds in the list.
 *
 * @param holds A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_holds_count(const distcoord_holds *holds);

/**
 * What is held.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns One of DISTCOORD_KIND_*; -1 when there is no such hold.
 */
int32_t distcoord_holds_kind(const distcoord_holds *holds, size_t index);

/**
 * Its name.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_holds_free`; empty when there is no such hold.
 */
const char *distcoord_holds_name(const distcoord_holds *holds, size_t index);

/**
 * Label of the holder's client ("user@host:pid" unless set).
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_holds_free`; empty when there is no such hold.
 */
const char *distcoord_holds_holder(const distcoord_holds *holds, size_t index);

/**
 * Machine of the holder.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_holds_free`; empty when it is not known.
 */
const char *distcoord_holds_host(const distcoord_holds *holds, size_t index);

/**
 * Process number of the holder on its machine.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns The number; 0 when it is not known.
 */
int64_t distcoord_holds_pid(const distcoord_holds *holds, size_t index);

/**
 * The holder's explicit owner id.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_holds_free`; empty when there is none.
 */
const char *distcoord_holds_owner(const distcoord_holds *holds, size_t index);

/**
 * Identity of the holder's client (`distcoord_client_id`).
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_holds_free`; empty when there is no such hold.
 */
const char *distcoord_holds_client(const distcoord_holds *holds, size_t index);

/**
 * Fencing number of the grant.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such hold.
 */
uint64_t distcoord_holds_fence(const distcoord_holds *holds, size_t index);

/**
 * How many permits; 1 for what is no semaphore.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such hold.
 */
int64_t distcoord_holds_permits(const distcoord_holds *holds, size_t index);

/**
 * Since when it has been held.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 when there is no such hold.
 */
int64_t distcoord_holds_since_ms(const distcoord_holds *holds, size_t index);

/**
 * How long it has been held.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Milliseconds; 0 when there is no such hold.
 */
int64_t distcoord_holds_held_ms(const distcoord_holds *holds, size_t index);

/**
 * How long the lease still runs.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns Milliseconds; 0 when there is no such hold.
 */
int64_t distcoord_holds_lease_left_ms(const distcoord_holds *holds, size_t index);

/**
 * How many wait for what is held.
 *
 * @param holds A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such hold.
 */
int64_t distcoord_holds_waiters(const distcoord_holds *holds, size_t index);

/**
 * Whether the holder's client is gone or silent (DISTCOORD_HOLDS_STALE).
 *
 * @param holds A list.
 * @param index From 0.
 * @returns False when there is no such hold.
 */
bool distcoord_holds_is_stale(const distcoord_holds *holds, size_t index);

/**
 * Frees a list.
 *
 * @param holds A list that the caller owns, or NULL.
 */
void distcoord_holds_free(distcoord_holds *holds);

/**
 * Takes one hold away from its holder, whatever its kind, and serves those in line. What the old holder sees: see
 * `distcoord_lock_break`. May block for one round trip.
 *
 * @param client The client.
 * @param holds A list.
 * @param index Which one, from 0.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_HELD when that grant has ended meanwhile; DISTCOORD_NOT_FOUND when the list has
 *   no such hold.
 */
distcoord_status distcoord_holds_break(
    distcoord_client *client, const distcoord_holds *holds, size_t index, distcoord_error **error);

/**
 * Gives back all that a client holds that has died: locks, holds of read-write locks, permits, leaderships. The
 * guardian (`distcoord_options_set_guardian`) does this within milliseconds of its client's death. Never do it to a
 * client that lives: only fences protect what it writes then. May block as `distcoord_holds_list`.
 *
 * @param client A client of the same namespace.
 * @param client_id Identity of the dead one (`distcoord_client_id`, `distcoord_holds_client`).
 * @param out_count Receives how many holds were given back; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_holds_release_client(
    distcoord_client *client, const char *client_id, int64_t *out_count, distcoord_error **error);

/**
 * The work of a guardian process: waits until the process has ended, then gives back what the client held
 * (`distcoord_holds_release_client`). May block for as long as the process lives.
 *
 * @param client A client of the same namespace.
 * @param pid The process, a parent or any other of the same machine.
 * @param client_id Identity of its client.
 * @param out_count Receives how many holds were given back; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_guardian_run(
    distcoord_client *client, int64_t pid, const char *client_id, int64_t *out_count, distcoord_error **error);

/**
 * Statistics of one name, or of all of a kind, over all clients since they were last reset. Those of this client are
 * included to the last operation. May block for one round trip.
 *
 * @param client The client.
 * @param kind DISTCOORD_KIND_LOCK, _READ, _WRITE, _SEMAPHORE or _ELECTION.
 * @param name The name, or NULL for all names of that kind together.
 * @param out_statistics Receives an object that the caller owns (`distcoord_lock_statistics_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, with zeros for a name that nobody has used. They are forgotten a day after the last use.
 */
distcoord_status distcoord_lock_statistics_read(
    distcoord_client *client, int32_t kind, const char *name, distcoord_lock_statistics **out_statistics,
    distcoord_error **error);

/** What is counted. */
enum {
    /** Acquires that succeeded. */
    DISTCOORD_COUNT_ACQUIRED = 0,
    /** Of those, the ones that had to wait. */
    DISTCOORD_COUNT_CONTENDED = 1,
    /** Acquires that ended without it: timed out, tried in vain, cancelled. */
    DISTCOORD_COUNT_TIMED_OUT = 2,
    /** Holds that were lost. */
    DISTCOORD_COUNT_LOST = 3,
    /** Holds that were released. */
    DISTCOORD_COUNT_RELEASED = 4
};

/** What is timed. */
enum {
    /** From the call of an acquire to its success; those that did not wait count too. */
    DISTCOORD_TIME_WAIT = 0,
    /** From there to the release or the loss. */
    DISTCOORD_TIME_HOLD = 1
};

/**
 * A count.
 *
 * @param statistics Statistics.
 * @param count One of DISTCOORD_COUNT_*.
 * @returns The number; 0 for NULL and for a count that does not exist.
 */
int64_t distcoord_lock_statistics_count(const distcoord_lock_statistics *statistics, int32_t count);

/**
 * A mean time (DISTCOORD_TIME_WAIT: the average wait).
 *
 * @param statistics Statistics.
 * @param time One of DISTCOORD_TIME_*.
 * @returns Microseconds; 0 when there was none.
 */
double distcoord_lock_statistics_mean_us(const distcoord_lock_statistics *statistics, int32_t time);

/**
 * A percentile, from a histogram of fixed size: at most 10 % too high.
 *
 * @param statistics Statistics.
 * @param time One of DISTCOORD_TIME_*.
 * @param percent 0 to 100.
 * @returns Microseconds; 0 when there was none.
 */
double distcoord_lock_statistics_percentile_us(
    const distcoord_lock_statistics *statistics, int32_t time, double percent);

/**
 * Frees statistics.
 *
 * @param statistics Statistics that the caller owns, or NULL.
 */
void distcoord_lock_statistics_free(distcoord_lock_statistics *statistics);

/**
 * Sets statistics to zero for all. What other clients have not added up yet is added later. May block for one round
 * trip.
 *
 * @param client The client.
 * @param kind As for `distcoord_lock_statistics_read`.
 * @param name The name, or NULL for all names of that kind.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_statistics_reset(
    distcoord_client *client, int32_t kind, const char *name, distcoord_error **error);

#ifdef __cplusplus
}
#endif

#endif
