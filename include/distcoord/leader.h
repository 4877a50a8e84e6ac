/**
 * Elections: of all candidates for a name at most one leads at a time.
 *
 * A leadership is a lease, kept as a lock's is (lock.h): renewed by the library, lost in good time when renewal fails,
 * handed to the next candidate at once on `distcoord_election_resign`. Its number is the *term*: it only grows, and is
 * the fencing number for what the leader writes. A leader publishes a *value* (its address, say) that all can read.
 */
#ifndef DISTCOORD_LEADER_H
#define DISTCOORD_LEADER_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_election distcoord_election;
typedef struct distcoord_election_options distcoord_election_options;
typedef struct distcoord_leader_info distcoord_leader_info;

/** What a handle knows about its own candidacy, without asking the server. */
enum { DISTCOORD_ELECTION_FOLLOWER = 0, DISTCOORD_ELECTION_LEADER = 1, DISTCOORD_ELECTION_LOST = 2 };

/**
 * Makes election options with the defaults: lease 10 000 ms, value = the client's label.
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
 * Makes a handle on an election. Nothing is sent.
 *
 * @param client The client.
 * @param name The election's name.
 * @param options Options, or NULL for the defaults.
 * @param out_election Receives a handle that the caller owns (`distcoord_election_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
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
 * @returns DISTCOORD_OK, DISTCOORD_NOT_HELD, or DISTCOORD_LOST when the leadership had ended before.
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
