/**
 * A read-write lock: many readers or one writer.
 *
 * Fair in both directions: all wait in one line. A reader that comes after a waiting writer waits behind it; readers
 *   that stand together at the front are let in together, and a writer that comes after them waits for its turn.
 * Owned by (this object, thread), or by the explicit owner of its options. An owner that reads may read again, past
 *   waiting writers; one that writes may write again. Every acquire is a hold of its own, with its own lease and
 *   renewal.
 * Upgrading is refused: a reader that asks to write would wait for itself (and two such for each other). Release
 *   first, or write from the start. An owner that writes may read as well, and a writer's hold can be turned into a
 *   reader's.
 * Leased, fenced, told when lost: as locks are (lock.h). A writer's fence is greater than all before it; readers have
 *   fences too.
 */
#ifndef DISTCOORD_RWLOCK_H
#define DISTCOORD_RWLOCK_H

#include "lock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_rwlock distcoord_rwlock;

/**
 * Makes a read-write lock object. Nothing is sent.
 *
 * @param client The client; not over a quorum.
 * @param name The name. Read-write locks are a kind of their own: a lock of the same name is another thing.
 * @param options Lock options, or NULL for the defaults: lease, renewal, wait, owner and tracing apply.
 * @param out_rwlock Receives an object that the caller owns (`distcoord_rwlock_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_rwlock_open(
    distcoord_client *client, const char *name, const distcoord_lock_options *options, distcoord_rwlock **out_rwlock,
    distcoord_error **error);

/**
 * Acquires it for reading. May block.
 *
 * @param rwlock The object.
 * @param wait_ms How long to wait: negative for ever, 0 try once, DISTCOORD_WAIT_DEFAULT as the options say.
 * @param out_hold Receives, with DISTCOORD_OK, a held lock handle that the caller owns: `distcoord_lock_release`, then
 *   `distcoord_lock_free` (which alone releases in the background). NULL with every other answer.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_rwlock_read(
    distcoord_rwlock *rwlock, int64_t wait_ms, distcoord_lock **out_hold, distcoord_error **error);

/**
 * Acquires it for writing. May block.
 *
 * @param rwlock The object.
 * @param wait_ms As for `distcoord_rwlock_read`.
 * @param out_hold As for `distcoord_rwlock_read`.
 * @param error See distcoord.h.
 * @returns As `distcoord_rwlock_read`; DISTCOORD_ERROR_CONFLICT when the owner holds it for reading only.
 */
distcoord_status distcoord_rwlock_write(
    distcoord_rwlock *rwlock, int64_t wait_ms, distcoord_lock **out_hold, distcoord_error **error);

/**
 * Turns a writer's hold into a reader's, in one step: no other writer comes in between, waiting readers at the front
 * do.
 * The fence stays. May block for one round trip.
 *
 * @param hold A hold acquired by `distcoord_rwlock_write`.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for a reader's hold; DISTCOORD_NOT_HELD; DISTCOORD_LOST; DISTCOORD_ERROR_CONFLICT while
 *   the owner has another writer's hold; DISTCOORD_ERROR_INVALID_ARGUMENT for what is not a hold of a read-write lock.
 */
distcoord_status distcoord_rwlock_downgrade(distcoord_lock *hold, distcoord_error **error);

/**
 * Asks the server who is inside. May block for one round trip.
 *
 * @param rwlock The object.
 * @param out_readers Receives how many holds read; may be NULL.
 * @param out_writers Receives how many holds write: those of one owner; may be NULL.
 * @param out_waiters Receives how many are in line; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_rwlock_inspect(
    distcoord_rwlock *rwlock, int64_t *out_readers, int64_t *out_writers, int64_t *out_waiters,
    distcoord_error **error);

/**
 * Ends the waits in progress on this object, each with DISTCOORD_CANCELLED.
 *
 * @param rwlock The object, or NULL.
 */
void distcoord_rwlock_cancel(distcoord_rwlock *rwlock);

/**
 * Frees the object. Holds acquired from it stay.
 *
 * @param rwlock An object that the caller owns, or NULL.
 */
void distcoord_rwlock_free(distcoord_rwlock *rwlock);

#ifdef __cplusplus
}
#endif

#endif
