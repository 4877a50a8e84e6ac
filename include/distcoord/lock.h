/**
 * A lock: at most one handle in the fleet holds it.
 *
 * Fair: waiters are served in the order in which the server saw them; one whose process is gone is skipped at the
 *   hand-over. Releasing hands the lock to the next waiter in the same step; nobody polls.
 * Leased: a holder that dies loses the lock when its lease ends, by the server's clock. While the holder's process
 *   lives, a thread of the library renews the lease at a third of it.
 * Lost is told: when renewal did not succeed in time (the server was away, the process was stopped) the handle turns to
 *   DISTCOORD_LOCK_LOST *before* the server can give the lock to somebody else. Lost is final for that grant.
 * Fenced: every grant carries a number that only grows, over crashes, restarts and failovers alike. Send it along with
 *   what you write under the lock, and let the receiver refuse a smaller one than it has seen: then even a holder that
 *   was stopped for an hour between checking and writing can do no harm.
 *
 * A handle behaves as a mutex that any thread may release: an acquire waits while anyone holds the lock, this handle
 * included. Names, waits, threads, fork: see distcoord.h.
 */
#ifndef DISTCOORD_LOCK_H
#define DISTCOORD_LOCK_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_lock distcoord_lock;
typedef struct distcoord_lock_options distcoord_lock_options;
typedef struct distcoord_lock_info distcoord_lock_info;

/** What a handle knows about its own grant, without asking the server. */
enum { DISTCOORD_LOCK_FREE = 0, DISTCOORD_LOCK_HELD = 1, DISTCOORD_LOCK_LOST = 2 };

/**
 * Makes lock options with the defaults: lease 10 000 ms, renewed.
 *
 * @returns Options that the caller owns (`distcoord_lock_options_free`).
 */
distcoord_lock_options *distcoord_lock_options_new(void);

/**
 * Frees lock options.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_lock_options_free(distcoord_lock_options *options);

/**
 * How long the lock outlives its holder. 100 to 86 400 000 ms.
 *
 * @param options The options.
 * @param lease_ms Milliseconds.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_lock_options_set_lease_ms(distcoord_lock_options *options, int64_t lease_ms);

/**
 * Whether the library renews the lease while the lock is held. Without renewal the lock is lost when the lease ends,
 * unless `distcoord_lock_extend` is called in time.
 *
 * @param options The options.
 * @param renew True (the default) to renew.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_options_set_renew(distcoord_lock_options *options, bool renew);

/**
 * Makes a handle on a lock. Nothing is sent.
 *
 * @param client The client.
 * @param name The lock's name.
 * @param options Options, or NULL for the defaults.
 * @param out_lock Receives a handle that the caller owns (`distcoord_lock_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_open(
    distcoord_client *client, const char *name, const distcoord_lock_options *options, distcoord_lock **out_lock,
    distcoord_error **error);

/**
 * Acquires the lock. May block. A wait that ends without the lock has left the queue.
 *
 * @param lock The handle.
 * @param wait_ms How long to wait: negative for ever, 0 try once.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (held), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_lock_acquire(distcoord_lock *lock, int64_t wait_ms, distcoord_error **error);

/**
 * Releases the lock, from any thread. May block for one round trip. After every answer but an error of the group
 * "server" the handle holds nothing. After such an error the handle no longer renews; the lease frees the lock.
 *
 * @param lock The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_HELD; DISTCOORD_LOST, when the lease ended before: what was done under the lock
 *   since may have overlapped with another holder.
 */
distcoord_status distcoord_lock_release(distcoord_lock *lock, distcoord_error **error);

/**
 * Sets the lease to end `lease_ms` from now, which may be sooner than before. With renewal on, renewals go on with this
 * length. May block for one round trip.
 *
 * @param lock The handle.
 * @param lease_ms Milliseconds, 100 to 86 400 000; 0 for the length the handle was opened with.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_HELD, DISTCOORD_LOST.
 */
distcoord_status distcoord_lock_extend(distcoord_lock *lock, int64_t lease_ms, distcoord_error **error);

/**
 * What this handle holds.
 *
 * @param lock The handle.
 * @returns DISTCOORD_LOCK_FREE, DISTCOORD_LOCK_HELD or DISTCOORD_LOCK_LOST; FREE for NULL.
 */
int32_t distcoord_lock_state(const distcoord_lock *lock);

/**
 * Fencing number of the current grant, or of the last one when nothing is held; 0 when nothing ever was. It is the
 * larger of the last number plus one and the server's microseconds since 1970: below 2^53.
 *
 * @param lock The handle.
 * @returns The number.
 */
uint64_t distcoord_lock_fence(const distcoord_lock *lock);

/**
 * How long the lock is held for certain, if nothing is renewed from now on.
 *
 * @param lock The handle.
 * @returns Milliseconds; 0 when nothing is held.
 */
int64_t distcoord_lock_lease_left_ms(const distcoord_lock *lock);

/**
 * Waits until the grant that is held now is lost. May block; sends nothing.
 *
 * @param lock The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @returns DISTCOORD_LOST; DISTCOORD_NOT_HELD when nothing is held or it was released meanwhile; DISTCOORD_TIMED_OUT,
 *   DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_lock_wait_lost(distcoord_lock *lock, int64_t wait_ms);

/**
 * A file descriptor (eventfd) that is readable while the handle's state is LOST, for poll loops. Do not read, write or
 * close it.
 *
 * @param lock The handle.
 * @returns A descriptor, borrowed until `distcoord_lock_free`; -1 when the process has none left.
 */
int32_t distcoord_lock_event_fd(distcoord_lock *lock);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param lock The handle, or NULL.
 */
void distcoord_lock_cancel(distcoord_lock *lock);

/**
 * Asks the server who holds the lock. May block for one round trip.
 *
 * @param lock The handle.
 * @param out_info Receives a snapshot that the caller owns (`distcoord_lock_info_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_EMPTY when nobody holds it: no snapshot then.
 */
distcoord_status distcoord_lock_inspect(
    distcoord_lock *lock, distcoord_lock_info **out_info, distcoord_error **error);

/**
 * Label of the holder's client ("user@host:pid" unless set).
 *
 * @param info A snapshot.
 * @returns Text, borrowed until `distcoord_lock_info_free`; empty for NULL.
 */
const char *distcoord_lock_info_holder(const distcoord_lock_info *info);

/**
 * Fencing number of the holder's grant.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
uint64_t distcoord_lock_info_fence(const distcoord_lock_info *info);

/**
 * How long it has been held.
 *
 * @param info A snapshot.
 * @returns Milliseconds; 0 for NULL.
 */
int64_t distcoord_lock_info_held_ms(const distcoord_lock_info *info);

/**
 * How long the lease still runs.
 *
 * @param info A snapshot.
 * @returns Milliseconds; 0 for NULL.
 */
int64_t distcoord_lock_info_lease_left_ms(const distcoord_lock_info *info);

/**
 * How many wait for it.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_lock_info_waiters(const distcoord_lock_info *info);

/**
 * Frees a snapshot.
 *
 * @param info A snapshot that the caller owns, or NULL.
 */
void distcoord_lock_info_free(distcoord_lock_info *info);

/**
 * Frees a handle. A lock still held is given back in the background (in a forked child of the holder: not).
 *
 * @param lock A handle that the caller owns, or NULL.
 */
void distcoord_lock_free(distcoord_lock *lock);

#ifdef __cplusplus
}
#endif

#endif
