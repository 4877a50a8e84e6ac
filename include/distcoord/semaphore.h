/**
 * A semaphore: n permits for the fleet, taken one or several at a time.
 *
 * Fair: waiters are served in order of arrival. One that wants many permits is not overtaken by others that want few.
 * Leased: permits of a holder that died come back when its lease ends; while it lives they are renewed.
 * Fenced and told when lost: as locks are (lock.h).
 */
#ifndef DISTCOORD_SEMAPHORE_H
#define DISTCOORD_SEMAPHORE_H

#include "lock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_semaphore distcoord_semaphore;

/** Most permits that a semaphore can have. */
#define DISTCOORD_SEMAPHORE_PERMITS_MAX 1000000000

/**
 * Makes a semaphore object. Nothing is sent.
 *
 * @param client The client; not over a quorum.
 * @param name The name.
 * @param permits How many permits there are, 1 to DISTCOORD_SEMAPHORE_PERMITS_MAX, if the server does not know yet:
 *   the first to acquire sets it, `distcoord_semaphore_resize` changes it. The server forgets it 30 days after the
 *   last use.
 * @param options Lock options, or NULL for the defaults: lease, renewal, wait and tracing apply.
 * @param out_semaphore Receives an object that the caller owns (`distcoord_semaphore_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_semaphore_open(
    distcoord_client *client, const char *name, int64_t permits, const distcoord_lock_options *options,
    distcoord_semaphore **out_semaphore, distcoord_error **error);

/**
 * Acquires permits, all of them at once. May block.
 *
 * @param semaphore The object.
 * @param count How many, 1 or more.
 * @param wait_ms How long to wait: negative for ever, 0 try once, DISTCOORD_WAIT_DEFAULT as the options say.
 * @param out_permit Receives, with DISTCOORD_OK, a held lock handle that stands for these permits; the caller owns it:
 *   `distcoord_lock_release`, then `distcoord_lock_free` (which alone releases in the background). NULL with every
 *   other answer.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED; DISTCOORD_ERROR_CONFLICT
 *   when the semaphore has fewer permits than `count` altogether (at once; a waiter whose wish a resize has made
 *   impossible stays in line).
 */
distcoord_status distcoord_semaphore_acquire(
    distcoord_semaphore *semaphore, int64_t count, int64_t wait_ms, distcoord_lock **out_permit,
    distcoord_error **error);

/**
 * Changes how many permits there are, for all. More: waiters get them at once. Fewer: nobody loses any; the number of
 * those in use falls as they are released. May block for one round trip.
 *
 * @param semaphore The object.
 * @param permits 1 to DISTCOORD_SEMAPHORE_PERMITS_MAX.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_semaphore_resize(distcoord_semaphore *semaphore, int64_t permits, distcoord_error **error);

/**
 * Asks the server how the semaphore stands. May block for one round trip.
 *
 * @param semaphore The object.
 * @param out_permits Receives how many permits there are; may be NULL.
 * @param out_used Receives how many are taken; more than there are, for a while, after a resize; may be NULL.
 * @param out_waiters Receives how many are in line; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_semaphore_inspect(
    distcoord_semaphore *semaphore, int64_t *out_permits, int64_t *out_used, int64_t *out_waiters,
    distcoord_error **error);

/**
 * Ends the waits in progress on this object, each with DISTCOORD_CANCELLED.
 *
 * @param semaphore The object, or NULL.
 */
void distcoord_semaphore_cancel(distcoord_semaphore *semaphore);

/**
 * Frees the object. Permits acquired from it stay.
 *
 * @param semaphore An object that the caller owns, or NULL.
 */
void distcoord_semaphore_free(distcoord_semaphore *semaphore);

#ifdef __cplusplus
}
#endif

#endif
