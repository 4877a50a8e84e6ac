/**
 * A double barrier: n parties begin together, and leave together.
 *
 * A party is a handle. Between entering and leaving it has a lease that the library renews, so that the death of a
 * party is noticed by the others, at the latest when its lease ends: they then get DISTCOORD_BROKEN, or go on without
 * it, as chosen. When all have left, or it was broken, the barrier can be entered anew.
 */
#ifndef DISTCOORD_DOUBLE_BARRIER_H
#define DISTCOORD_DOUBLE_BARRIER_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_double_barrier distcoord_double_barrier;
typedef struct distcoord_double_barrier_options distcoord_double_barrier_options;

/**
 * What the death of a party means for the others.
 */
enum {
    /** The barrier is broken for all who have entered or wait. */
    DISTCOORD_ON_DEATH_BREAK = 0,
    /** The others go on as if there were one party less. */
    DISTCOORD_ON_DEATH_SHRINK = 1
};

/**
 * What a handle knows about itself, without asking the server.
 */
enum {
    /** It has not entered, or has left. */
    DISTCOORD_PARTY_OUTSIDE = 0,
    /** It has entered and not left. */
    DISTCOORD_PARTY_INSIDE = 1,
    /** It had entered, and its lease has ended: the others take it for dead. */
    DISTCOORD_PARTY_LOST = 2
};

/**
 * Makes options of a double barrier with the defaults: lease 10 000 ms, DISTCOORD_ON_DEATH_BREAK.
 *
 * @returns Options that the caller owns (`distcoord_double_barrier_options_free`).
 */
distcoord_double_barrier_options *distcoord_double_barrier_options_new(void);

/**
 * Frees options of a double barrier.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_double_barrier_options_free(distcoord_double_barrier_options *options);

/**
 * How long a party outlives its process. 100 to 86 400 000 ms.
 *
 * @param options The options.
 * @param lease_ms Milliseconds.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_double_barrier_options_set_lease_ms(
    distcoord_double_barrier_options *options, int64_t lease_ms);

/**
 * What the death of a party means. All parties should say the same; what the first to enter says holds.
 *
 * @param options The options.
 * @param on_death DISTCOORD_ON_DEATH_BREAK or DISTCOORD_ON_DEATH_SHRINK.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_double_barrier_options_set_on_death(
    distcoord_double_barrier_options *options, int32_t on_death);

/**
 * Makes a handle, one party. Nothing is sent.
 *
 * @param client The client.
 * @param name The barrier's name.
 * @param parties How many enter together, 1 to 1 000 000. All handles of one name must agree.
 * @param options Options, or NULL for the defaults.
 * @param out_barrier Receives a handle that the caller owns (`distcoord_double_barrier_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_double_barrier_open(
    distcoord_client *client, const char *name, int64_t parties, const distcoord_double_barrier_options *options,
    distcoord_double_barrier **out_barrier, distcoord_error **error);

/**
 * Enters, and waits until all parties have. May block. Giving up withdraws the party, and leaves the others waiting
 * for another. Who comes while a round is under way waits for the next.
 *
 * @param barrier The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_index Receives a number from 0, another for each party, in order of entering; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (all are in), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED;
 *   DISTCOORD_BROKEN, a party died or somebody aborted; DISTCOORD_EXISTS, this handle is inside or enters;
 *   DISTCOORD_ERROR_CONFLICT, another number of parties is in use.
 */
distcoord_status distcoord_double_barrier_enter(
    distcoord_double_barrier *barrier, int64_t wait_ms, int64_t *out_index, distcoord_error **error);

/**
 * Says that this party is done, and waits until all are. May block. This party has left in any case.
 *
 * @param barrier The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (all have left), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED;
 *   DISTCOORD_BROKEN; DISTCOORD_NOT_HELD, this handle is not inside; DISTCOORD_LOST, its lease had ended.
 */
distcoord_status distcoord_double_barrier_leave(
    distcoord_double_barrier *barrier, int64_t wait_ms, distcoord_error **error);

/**
 * Breaks the barrier for all who are inside or wait; it is whole again for those who enter after. May block for one
 * round trip.
 *
 * @param barrier The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_double_barrier_abort(distcoord_double_barrier *barrier, distcoord_error **error);

/**
 * Asks how it stands. May block for one round trip. Each output may be NULL.
 *
 * @param barrier The handle.
 * @param out_inside Receives how many parties have entered and not left.
 * @param out_left Receives how many of this round have left.
 * @param out_parties Receives the number of parties of this round, less those that have died.
 * @param out_round Receives the round, from 0.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_double_barrier_inspect(
    distcoord_double_barrier *barrier, int64_t *out_inside, int64_t *out_left, int64_t *out_parties,
    int64_t *out_round, distcoord_error **error);

/**
 * What this handle is.
 *
 * @param barrier The handle.
 * @returns DISTCOORD_PARTY_OUTSIDE, _INSIDE or _LOST.
 */
int32_t distcoord_double_barrier_state(const distcoord_double_barrier *barrier);

/**
 * A file descriptor (eventfd) that is readable while the state is LOST. Do not read, write or close it.
 *
 * @param barrier The handle.
 * @returns A descriptor, borrowed until `distcoord_double_barrier_free`; -1 when the process has none left.
 */
int32_t distcoord_double_barrier_event_fd(distcoord_double_barrier *barrier);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param barrier The handle, or NULL.
 */
void distcoord_double_barrier_cancel(distcoord_double_barrier *barrier);

/**
 * Frees a handle. A party that is inside leaves in the background.
 *
 * @param barrier A handle that the caller owns, or NULL.
 */
void distcoord_double_barrier_free(distcoord_double_barrier *barrier);

#ifdef __cplusplus
}
#endif

#endif
