/**
 * A barrier for n parties, cyclic: when n have arrived all go on, and the next generation begins.
 *
 * A party that times out, is cancelled or is interrupted breaks the barrier for all who wait in that generation, as
 * Python's threading.Barrier does; a broken barrier stays broken until `distcoord_barrier_reset`. A party whose process
 * died while it waited is noticed when the last one arrives: its place is free again, and the barrier waits for
 * another, so that it never opens for fewer than n living parties.
 */
#ifndef DISTCOORD_BARRIER_H
#define DISTCOORD_BARRIER_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_barrier distcoord_barrier;

/**
 * Makes a handle on a barrier. Nothing is sent.
 *
 * @param client The client.
 * @param name The barrier's name.
 * @param parties How many wait for each other, 1 to 1 000 000. All handles of one name must agree.
 * @param out_barrier Receives a handle that the caller owns (`distcoord_barrier_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_barrier_open(
    distcoord_client *client, const char *name, int64_t parties, distcoord_barrier **out_barrier,
    distcoord_error **error);

/**
 * Arrives and waits for the others. May block. A handle may be used by several threads; each call is one party.
 *
 * @param barrier The handle.
 * @param wait_ms How long to wait: negative for ever; 0 or more breaks the barrier when the time is over.
 * @param out_index Receives a number from 0 to parties - 1, another for each party of the generation, in order of
 *   arrival; may be NULL.
 * @param out_generation Receives the generation, from 0; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (all arrived), DISTCOORD_TIMED_OUT (and broken), DISTCOORD_BROKEN, DISTCOORD_CANCELLED (and
 *   broken), DISTCOORD_INTERRUPTED (and broken), DISTCOORD_ERROR_CONFLICT (another number of parties is in use).
 */
distcoord_status distcoord_barrier_wait(
    distcoord_barrier *barrier, int64_t wait_ms, int64_t *out_index, int64_t *out_generation,
    distcoord_error **error);

/** Run once by the last party to arrive, before anybody goes on; returns 0, or anything else to break the barrier. */
typedef int32_t (*distcoord_barrier_action)(void *context);

/**
 * Like `distcoord_barrier_wait`, and with an action: the last party to arrive runs it, once, on its own thread, while
 * all others still wait; then all go on. When it does not return 0, or its process dies meanwhile (noticed within some
 * seconds), the barrier is broken.
 *
 * Whether there is an action is for the last party to say: all should pass one.
 *
 * @param barrier The handle.
 * @param wait_ms As for `distcoord_barrier_wait`; the time that the action takes is not counted for who runs it.
 * @param action The action; NULL for none. It may use the library.
 * @param context Passed to it.
 * @param out_index As for `distcoord_barrier_wait`.
 * @param out_generation As for `distcoord_barrier_wait`.
 * @param error See distcoord.h.
 * @returns As `distcoord_barrier_wait`.
 */
distcoord_status distcoord_barrier_wait_acting(
    distcoord_barrier *barrier, int64_t wait_ms, distcoord_barrier_action action, void *context, int64_t *out_index,
    int64_t *out_generation, distcoord_error **error);

/**
 * Breaks the barrier: all who wait, and all who arrive until it is reset, get DISTCOORD_BROKEN. May block for one round
 * trip.
 *
 * @param barrier The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_barrier_abort(distcoord_barrier *barrier, distcoord_error **error);

/**
 * Makes the barrier empty and whole again; those who wait get DISTCOORD_BROKEN. May block for one round trip.
 *
 * @param barrier The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_barrier_reset(distcoord_barrier *barrier, distcoord_error **error);

/**
 * Asks how the barrier stands. May block for one round trip. A barrier that nobody has used is whole, empty, and in
 * generation 0. Each output may be NULL.
 *
 * @param barrier The handle.
 * @param out_waiting Receives how many have arrived and wait.
 * @param out_generation Receives the current generation.
 * @param out_broken Receives whether it is broken.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_barrier_inspect(
    distcoord_barrier *barrier, int64_t *out_waiting, int64_t *out_generation, bool *out_broken,
    distcoord_error **error);

/**
 * The number of parties the handle was opened with.
 *
 * @param barrier The handle.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_barrier_parties(const distcoord_barrier *barrier);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED; that breaks the barrier.
 *
 * @param barrier The handle, or NULL.
 */
void distcoord_barrier_cancel(distcoord_barrier *barrier);

/**
 * Frees a handle.
 *
 * @param barrier A handle that the caller owns, or NULL.
 */
void distcoord_barrier_free(distcoord_barrier *barrier);

#ifdef __cplusplus
}
#endif

#endif
