/**
 * A lock: at most one owner in the fleet holds it. The same handle type also stands for several locks at once
 * (`distcoord_lock_open_many`), for a hold of a read-write lock (rwlock.h) and for permits of a semaphore
 * (semaphore.h).
 *
 * Fair: waiters are served in the order in which the server saw them; one whose process is gone is skipped at the
 *   hand-over. Releasing hands the lock to the next waiter in the same step; nobody polls. (Unfair on request.)
 * Leased: a holder that dies loses the lock when its lease ends, by the server's clock. While the holder's process
 *   lives, a thread of the library renews the lease at a third of it.
 * Lost is told: when renewal did not succeed in time (the server was away, the process was stopped) the handle turns to
 *   DISTCOORD_LOCK_LOST *before* the server can give the lock to somebody else. Lost is final for that grant.
 * Fenced: every grant carries a number that only grows, over crashes, restarts and failovers alike. Send it along with
 *   what you write under the lock, and let the receiver refuse a smaller one than it has seen: then even a holder that
 *   was stopped for an hour between checking and writing can do no harm.
 *
 * A handle behaves as a mutex that any thread may release: an acquire waits while anyone holds the lock, this handle
 * included. A reentrant handle is the exception: its owner is (handle, thread), and the owner may acquire again.
 * Names, waits, threads, fork: see distcoord.h.
 *
 * Over a quorum (a client opened with a `quorum:` URL, see client.h) the same functions work on several independent
 * servers: the lock is held while more than half of them have granted it. What is different then:
 * - Nothing is lost while a minority of the servers is away. When a majority is, acquiring is an error that names
 *   them, and a holder is told DISTCOORD_LOCK_LOST before anybody else can have the lock.
 * - The fence still only grows: before an acquire returns, the highest number that any server gave is written back to
 *   a majority of them, and the next majority shares a server with this one. It rests on servers that keep what they
 *   have acknowledged: run them with `appendonly yes` and `appendfsync always`, or let one that restarted empty stay
 *   away for the longest lease.
 * - The servers' clocks may differ, but by less than 15 minutes: so long are unused keys kept, and with them the fence.
 * - Waiters stand in line at every server; order of arrival is then the rule and not a promise.
 * - A handle cannot be reentrant, and lingering has no effect. The fence of what is adopted may be greater than before.
 * - Each wait occupies a thread of the library for each server. A wait that ends without the lock leaves the lines in
 *   the background.
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

/** For `wait_ms`: as long as the handle's options say (`distcoord_lock_options_set_wait_ms`). */
#define DISTCOORD_WAIT_DEFAULT INT64_MIN

/**
 * How long an acquire with DISTCOORD_WAIT_DEFAULT waits. Negative (the default) for ever, 0 tries once.
 *
 * @param options The options.
 * @param wait_ms Milliseconds.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_options_set_wait_ms(distcoord_lock_options *options, int64_t wait_ms);

/**
 * Who holds, in place of this very handle: handles with one owner id, in any process, stand for one owner. What one of
 * them has acquired, another may release or extend: it adopts the grant first (`distcoord_lock_adopt`). Choose ids that
 * nobody else will: a run's identity, a UUID. Holding is still exclusive between them unless they are reentrant.
 *
 * @param options The options.
 * @param owner 1 to 256 bytes, a name as in distcoord.h; NULL (the default) for none.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_options_set_owner(distcoord_lock_options *options, const char *owner);

/**
 * Whether the owner may acquire again what it holds. The owner is the explicit one
 * (`distcoord_lock_options_set_owner`), else this handle together with the calling thread. The server counts the
 * levels; each has a lease of its own, the longest counts, and the lock is free when as many releases as acquires
 * were made. All levels share one fence.
 *
 * @param options The options.
 * @param reentrant False is the default.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_options_set_reentrant(distcoord_lock_options *options, bool reentrant);

/**
 * Whether waiters are served in order (the default). An unfair handle takes a lock that is free although others wait,
 * and leaves it free when it releases, waking the first waiter: more acquisitions per second when many compete, at
 * the price of waits without a bound. Fair handles on the same lock are overtaken by unfair ones only.
 *
 * @param options The options.
 * @param fair True is the default.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_options_set_fair(distcoord_lock_options *options, bool fair);

/**
 * Lingering: after a release the client keeps the grant for up to this time while nobody else wants it, and the next
 * acquire on the same handle takes it again without a round trip. Who waits elsewhere (another handle, another
 * process) recalls it by one message: it has the lock at once when nobody inside holds it, else at the next release;
 * a recall always wins over a local acquire. The lease is renewed meanwhile; a client that dies loses the lock with
 * its lease, as ever.
 *
 * The fence then counts grants of the server, not acquires: those that follow each other without a round trip share a
 * number. Nobody else can have held the lock in between, so a receiver that refuses smaller numbers stays right; but
 * it cannot tell two such acquires apart. An acquire elsewhere that only tries waits up to 50 ms for the recall. No
 * effect for reentrant handles, several locks, permits and read-write locks.
 *
 * @param options The options.
 * @param linger_ms 0 (the default) for none, to 86 400 000.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_options_set_linger_ms(distcoord_lock_options *options, int64_t linger_ms);

/**
 * Whether each acquire and release writes a line to the client's log at the level DISTCOORD_LOG_INFO: what, which
 * outcome, fence, how long it was waited for or held.
 *
 * @param options The options.
 * @param tracing False is the default.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_options_set_tracing(distcoord_lock_options *options, bool tracing);

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

/** Most names that one handle can stand for. */
#define DISTCOORD_LOCK_NAMES_MAX 64

/**
 * Makes a handle on several locks at once. An acquire takes all of them in one step or none: it waits in the lines of
 * all, holds none of them meanwhile, and is served in order in each, so that overlapping sets cannot deadlock and none
 * starves. The names are those of ordinary locks. They share one fence; losing one (by a forced release) is losing all.
 *
 * On a server in cluster mode names of different slots cannot be taken in one step. They are acquired there one after
 * the other in the order of their bytes, which cannot deadlock either, but holds the first ones while it waits for the
 * rest. The fence is the highest of theirs.
 *
 * @param client The client; not over a quorum.
 * @param names The names; one that stands there twice counts once.
 * @param count How many, 1 to DISTCOORD_LOCK_NAMES_MAX.
 * @param options Options, or NULL for the defaults; reentrant and owner are refused.
 * @param out_lock Receives a handle that the caller owns (`distcoord_lock_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_lock_open_many(
    distcoord_client *client, const char *const *names, size_t count, const distcoord_lock_options *options,
    distcoord_lock **out_lock, distcoord_error **error);

/**
 * Acquires the lock. May block. A wait that ends without the lock has left the queue.
 *
 * @param lock The handle.
 * @param wait_ms How long to wait: negative for ever, 0 try once, DISTCOORD_WAIT_DEFAULT as the options say.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (held), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED;
 *   DISTCOORD_ERROR_CONFLICT for a hold of a read-write lock or a permit, which are acquired by rwlock.h and
 *   semaphore.h.
 */
distcoord_status distcoord_lock_acquire(distcoord_lock *lock, int64_t wait_ms, distcoord_error **error);

/**
 * Releases the lock, from any thread (a level of a reentrant handle without an explicit owner: from the thread that
 * acquired it; others are told DISTCOORD_NOT_HELD). May block for one round trip. After every answer but an error of
 * the group "server" the handle holds nothing. After such an error the handle no longer renews; the lease frees the
 * lock.
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
 * Takes over the grant that the handle's explicit owner has, wherever it was acquired: from now on this handle renews
 * and releases it, with the same fence. The handle that had it before finds it lost, unless it was detached.
 * `distcoord_lock_release` and `distcoord_lock_extend` do this by themselves when a handle with an explicit owner
 * holds nothing. Of several levels of a reentrant lock one is taken over, a detached one if there is any. May block
 * for one round trip.
 *
 * @param lock A handle with an explicit owner.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_HELD when the owner holds nothing; DISTCOORD_ERROR_INVALID_ARGUMENT for a handle
 *   without an explicit owner.
 */
distcoord_status distcoord_lock_adopt(distcoord_lock *lock, distcoord_error **error);

/**
 * Leaves the grant to another handle of the same explicit owner: this one forgets it without releasing it and renews it
 * no more. Unless it is adopted or released in time, the lease ends it. The lease is set anew to its full length.
 * May block for one round trip.
 *
 * @param lock A handle with an explicit owner.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_HELD, DISTCOORD_LOST; DISTCOORD_ERROR_INVALID_ARGUMENT for a handle without an
 *   explicit owner.
 */
distcoord_status distcoord_lock_detach(distcoord_lock *lock, distcoord_error **error);

/**
 * How many levels this handle holds.
 *
 * @param lock The handle.
 * @returns 0 or 1; more for reentrant handles.
 */
int64_t distcoord_lock_depth(const distcoord_lock *lock);

/**
 * Takes the lock away from whoever holds it, and gives it to the next in line. The old holder finds it lost at its
 * next renewal, at the latest after a third of its lease; until then its fence, smaller than the new one, is what
 * protects what it writes. May block for one round trip. Works on locks and on several; for permits and read-write
 * locks see monitor.h.
 *
 * @param lock A handle on the lock.
 * @param fence Take it from the grant with this fence only; 0 from any.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_HELD when nobody holds it, or another grant.
 */
distcoord_status distcoord_lock_break(distcoord_lock *lock, uint64_t fence, distcoord_error **error);

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
 * The holder's explicit owner id.
 *
 * @param info A snapshot.
 * @returns Text, borrowed until `distcoord_lock_info_free`; empty when there is none, and for NULL.
 */
const char *distcoord_lock_info_owner(const distcoord_lock_info *info);

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
 * Label of the client of a waiter. Snapshots name the first 1 000 in line.
 *
 * @param info A snapshot.
 * @param place Place in line, from 0.
 * @returns Text, borrowed until `distcoord_lock_info_free`; NULL when the snapshot has no such waiter.
 */
const char *distcoord_lock_info_waiter(const distcoord_lock_info *info, size_t place);

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
