/**
 * Elections: of all candidates for a name at most one leads at a time.
 *
 * A leadership is a lease, kept as a lock's is (lock.h): renewed by the library, lost in good time when renewal fails,
 * handed to the next candidate at once on `distcoord_election_resign`. Its number is the *term*: it only grows, and is
 * the fencing number for what the leader writes. A leader publishes a *value* (its address, say) that all can read.
 *
 * A leader that cannot renew steps down on its own side before anybody else can win, by the step-down time of its
 * options: that long its program has to stop what it does.
 *
 * Over a quorum (client.h) a candidate leads while more than half of the servers, or as many as the client's options
 * say, grant it; a minority of servers may be away. What lock.h says of quorums holds for elections, too.
 */
#ifndef DISTCOORD_LEADER_H
#define DISTCOORD_LEADER_H

#include "client.h"
#include "watch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_election distcoord_election;
typedef struct distcoord_election_options distcoord_election_options;
typedef struct distcoord_leader_info distcoord_leader_info;

/** What a handle knows about its own candidacy, without asking the server. */
enum { DISTCOORD_ELECTION_FOLLOWER = 0, DISTCOORD_ELECTION_LEADER = 1, DISTCOORD_ELECTION_LOST = 2 };

/**
 * Makes election options with the defaults: lease 10 000 ms, renewed at a third of it,
 * stepping down a tenth of it before its end, value = the client's label.
 *
 * @returns Options that the caller owns (`distcoord_election_options_free`).
 */
distcoord_election_options *distcoord_election_options_new(void);

/**
 * Frees election options.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_election_options_free(distcoord_election_options *options);

/**
 * How long a leadership outlives its leader. 100 to 86 400 000 ms.
 *
 * @param options The options.
 * @param lease_ms Milliseconds.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_election_options_set_lease_ms(distcoord_election_options *options, int64_t lease_ms);

/**
 * What others see of this candidate when it leads.
 *
 * @param options The options.
 * @param value NUL-terminated UTF-8 of at most 4 096 bytes.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_election_options_set_value(distcoord_election_options *options, const char *value);

/**
 * How often the lease is renewed.
 *
 * @param options The options.
 * @param renewal_ms 10 ms to half of the lease; 0, the default, for a third of it.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_election_options_set_renewal_ms(distcoord_election_options *options, int64_t renewal_ms);

/**
 * How long before its lease ends on the server a leader that could not renew it steps down: the time that its program
 * has to stop before somebody else can lead.
 *
 * @param options The options.
 * @param step_down_ms Up to half of the lease; a hundredth of the lease, at least 2 ms, is kept in any case, as a margin
 *   for clocks. -1, the default, for a tenth of the lease.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_election_options_set_step_down_ms(
    distcoord_election_options *options, int64_t step_down_ms);

/**
 * Makes a handle on an election. Nothing is sent.
 *
 * @param client The client.
 * @param name The election's name.
 * @param options Options, or NULL for the defaults.
 * @param out_election Receives a handle that the caller owns (`distcoord_election_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT, also when renewal interval and step-down time do not go with
 *   the lease: each at most half of it, and together at most seven eighths.
 */
distcoord_status distcoord_election_open(
    distcoord_client *client, const char *name, const distcoord_election_options *options,
    distcoord_election **out_election, distcoord_error **error);

/**
 * Stands for election and waits to win. May block. A handle that leads already answers DISTCOORD_OK at once. A wait
 * that ends without winning has withdrawn the candidacy.
 *
 * @param election The handle.
 * @param wait_ms How long to wait: negative for ever, 0 try once.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (leading), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_election_campaign(
    distcoord_election *election, int64_t wait_ms, distcoord_error **error);

/**
 * Stands down; the next candidate leads at once. May block for one round trip.
 *
 * @param election The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_HELD, or DISTCOORD_LOST when the leadership had ended before. While
 *   `distcoord_election_run` runs nothing is asked of the server: the run stands down when its callbacks have ended.
 */
distcoord_status distcoord_election_resign(distcoord_election *election, distcoord_error **error);

/**
 * What this handle is.
 *
 * @param election The handle.
 * @returns DISTCOORD_ELECTION_FOLLOWER, _LEADER or _LOST (led, lost it, has neither resigned nor campaigned since).
 */
int32_t distcoord_election_state(const distcoord_election *election);

/**
 * Term of the current leadership of this handle, or of its last one; 0 when it never led.
 *
 * @param election The handle.
 * @returns The term, below 2^53.
 */
uint64_t distcoord_election_term(const distcoord_election *election);

/**
 * Waits until the leadership that this handle has now is lost. May block; sends nothing.
 *
 * @param election The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @returns DISTCOORD_LOST; DISTCOORD_NOT_HELD when it does not lead or has resigned meanwhile; DISTCOORD_TIMED_OUT,
 *   DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_election_wait_lost(distcoord_election *election, int64_t wait_ms);

/**
 * A file descriptor (eventfd) that is readable while the handle's state is LOST. Do not read, write or close it.
 *
 * @param election The handle.
 * @returns A descriptor, borrowed until `distcoord_election_free`; -1 when the process has none left.
 */
int32_t distcoord_election_event_fd(distcoord_election *election);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param election The handle, or NULL.
 */
void distcoord_election_cancel(distcoord_election *election);

/**
 * Asks who leads. May block for one round trip.
 *
 * @param election The handle.
 * @param out_info Receives a snapshot that the caller owns (`distcoord_leader_info_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_EMPTY when nobody leads: no snapshot then.
 */
distcoord_status distcoord_election_leader(
    distcoord_election *election, distcoord_leader_info **out_info, distcoord_error **error);

/**
 * Waits for the next change: until somebody leads whose term is not `known_term`, or, when `known_term` is not 0, until
 * nobody leads. May block. Call it in a loop with the last term seen; a change that happens between two calls is
 * answered by the second at once, several are answered as one.
 *
 * @param election The handle.
 * @param known_term The last term seen, 0 for "nobody led".
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_info As for `distcoord_election_leader`.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (a leader), DISTCOORD_EMPTY (nobody leads), DISTCOORD_TIMED_OUT (no change),
 *   DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_election_observe(
    distcoord_election *election, uint64_t known_term, int64_t wait_ms, distcoord_leader_info **out_info,
    distcoord_error **error);

/**
 * Changes the value of this candidate: now if it leads, and for when it next wins. Watches see it,
 * `distcoord_election_observe` does not. May block for one round trip.
 *
 * @param election The handle.
 * @param value NUL-terminated UTF-8 of at most 4 096 bytes.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST, it led, but does not any more.
 */
distcoord_status distcoord_election_set_value(
    distcoord_election *election, const char *value, distcoord_error **error);

/**
 * Takes the leadership away from whoever has it; the next candidate leads at once. The old leader hears of it at its
 * next renewal, at the latest; its term fences what it still writes. May block for one round trip.
 *
 * @param election The handle.
 * @param term The term to end; 0 for any.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_NOT_HELD when nobody leads, or another term has begun.
 */
distcoord_status distcoord_election_evict(distcoord_election *election, uint64_t term, distcoord_error **error);

/** Told on winning a leadership; see `distcoord_election_run`. */
typedef void (*distcoord_leadership_acquired)(void *context, uint64_t term);

/**
 * Told on the end of a leadership; see `distcoord_election_run`. `was_lost` says that the lease had ended or it was
 * taken away; otherwise it still holds, and is given up when this returns.
 */
typedef void (*distcoord_leadership_ended)(void *context, uint64_t term, bool was_lost);

/**
 * Campaigns again and again, and calls the program on each win and each end of a leadership, until
 * `distcoord_election_cancel`, `distcoord_client_cancel` or an interrupt ends it; a leadership is then ended and given
 * up. May block.
 *
 * Both callbacks run on the calling thread, one after the other: every `acquired` is followed by one `ended` of the
 * same term, and the next `acquired` comes after it. A leadership is handed over only after `ended` has returned. When
 * it is lost, `ended` is called by the step-down time before anybody else can win; as long as it, and an `acquired`
 * that still runs, return within that time, no two processes are between `acquired` and `ended` at once. `acquired`
 * may return at once and leave the work to other threads, or do the work itself and look for the end with
 * `distcoord_election_state`, `_wait_lost` or `_event_fd`; when it returns, leadership goes on. It may resign to stand
 * down: `ended` follows, with `was_lost` false, and the candidate stands at the end of the line. Callbacks must not
 * free the handle.
 *
 * @param election The handle.
 * @param acquired Told on winning; may be NULL.
 * @param ended Told on the end; may be NULL.
 * @param context Passed to both.
 * @param error See distcoord.h.
 * @returns DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED; DISTCOORD_ERROR_CONFLICT, this handle runs already; errors that
 *   will not pass by themselves end it, others it rides out.
 */
distcoord_status distcoord_election_run(
    distcoord_election *election, distcoord_leadership_acquired acquired, distcoord_leadership_ended ended,
    void *context, distcoord_error **error);

/**
 * Watches who leads, and what the leader's value is. The present leader, or that there is none, comes first. May block
 * for one round trip.
 *
 * @param election The handle.
 * @param out_watch Receives a watch that the caller owns (`distcoord_watch_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_election_watch(
    distcoord_election *election, distcoord_watch **out_watch, distcoord_error **error);

/**
 * Takes the next change. May block.
 *
 * @param watch A watch of an election.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_info As for `distcoord_election_leader`.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (a leader), DISTCOORD_EMPTY (nobody leads), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED,
 *   DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_election_watch_next(
    distcoord_watch *watch, int64_t wait_ms, distcoord_leader_info **out_info, distcoord_error **error);

/**
 * The leader's value.
 *
 * @param info A snapshot.
 * @returns Text, borrowed until `distcoord_leader_info_free`; empty for NULL.
 */
const char *distcoord_leader_info_value(const distcoord_leader_info *info);

/**
 * Label of the leader's client.
 *
 * @param info A snapshot.
 * @returns Text, borrowed until `distcoord_leader_info_free`; empty for NULL.
 */
const char *distcoord_leader_info_label(const distcoord_leader_info *info);

/**
 * The leader's term.
 *
 * @param info A snapshot.
 * @returns The term; 0 for NULL.
 */
uint64_t distcoord_leader_info_term(const distcoord_leader_info *info);

/**
 * Since when it leads: milliseconds since 1970 by the server's clock.
 *
 * @param info A snapshot.
 * @returns Milliseconds; 0 for NULL.
 */
int64_t distcoord_leader_info_since_ms(const distcoord_leader_info *info);

/**
 * How long the lease still runs.
 *
 * @param info A snapshot.
 * @returns Milliseconds; 0 for NULL.
 */
int64_t distcoord_leader_info_lease_left_ms(const distcoord_leader_info *info);

/**
 * How many candidates wait behind the leader.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_leader_info_candidates(const distcoord_leader_info *info);

/**
 * Frees a snapshot.
 *
 * @param info A snapshot that the caller owns, or NULL.
 */
void distcoord_leader_info_free(distcoord_leader_info *info);

/**
 * Frees a handle. A leadership is given up in the background (in a forked child of the leader: not).
 *
 * @param election A handle that the caller owns, or NULL.
 */
void distcoord_election_free(distcoord_election *election);

#ifdef __cplusplus
}
#endif

#endif
