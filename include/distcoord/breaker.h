/**
 * A circuit breaker that all processes share: when calls of something fail too often it opens, and nobody calls it for
 * a while; then a few trials decide whether it closes.
 *
 * Closed: calls are let through, and neither asking nor reporting costs a round trip. Failures are counted in the
 * process and told to the server in the background, at once when they may reach the threshold, else once per flush
 * interval; so the threshold is exact for the whole fleet to one flush interval. Open: calls are rejected. When the
 * recovery time is over it is half-open: a set number of trials in the whole fleet is let through; if all of them
 * succeed it closes, if one fails it opens again. Every change is told to all processes by one message.
 *
 * When the server cannot be reached, no call fails for that: the breaker then goes by what this process knows, as
 * chosen in its options, and takes up the common state when the server is back. A breaker whose keys were lost begins
 * closed.
 */
#ifndef DISTCOORD_BREAKER_H
#define DISTCOORD_BREAKER_H

#include "client.h"
#include "watch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_breaker distcoord_breaker;
typedef struct distcoord_breaker_options distcoord_breaker_options;
typedef struct distcoord_breaker_info distcoord_breaker_info;

/**
 * States of a breaker.
 */
enum {
    /** Calls are let through. */
    DISTCOORD_BREAKER_CLOSED = 0,
    /** Calls are rejected until the recovery time is over. */
    DISTCOORD_BREAKER_OPEN = 1,
    /** A few trials are let through. */
    DISTCOORD_BREAKER_HALF_OPEN = 2,
    /** Somebody has forced it: calls are let through, whatever fails. */
    DISTCOORD_BREAKER_FORCED_CLOSED = 3,
    /** Somebody has forced it: calls are rejected. */
    DISTCOORD_BREAKER_FORCED_OPEN = 4
};

/**
 * What a breaker does while the server cannot be reached.
 */
enum {
    /** It counts for this process alone, with the same threshold and times. */
    DISTCOORD_FALLBACK_LOCAL = 0,
    /** It lets every call through. */
    DISTCOORD_FALLBACK_CLOSED = 1,
    /** It rejects every call. */
    DISTCOORD_FALLBACK_OPEN = 2
};

/**
 * Makes options of a breaker with the defaults: 5 failures within 300 000 ms, recovery after 60 000 ms, 1 trial of at
 * most 60 000 ms, DISTCOORD_FALLBACK_LOCAL, flush interval 250 ms.
 *
 * @returns Options that the caller owns (`distcoord_breaker_options_free`).
 */
distcoord_breaker_options *distcoord_breaker_options_new(void);

/**
 * Frees options of a breaker.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_breaker_options_free(distcoord_breaker_options *options);

/**
 * How many failures within the sampling time open it.
 *
 * @param options The options.
 * @param failures 1 to 10 000.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_breaker_options_set_failure_threshold(distcoord_breaker_options *options, int64_t failures);

/**
 * Within which time failures count together.
 *
 * @param options The options.
 * @param sampling_ms 10 ms to a day.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_breaker_options_set_sampling_ms(distcoord_breaker_options *options, int64_t sampling_ms);

/**
 * How long it stays open before it tries.
 *
 * @param options The options.
 * @param recovery_ms 10 ms to a day.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_breaker_options_set_recovery_ms(distcoord_breaker_options *options, int64_t recovery_ms);

/**
 * How many trials it lets through when half-open, all of which must succeed.
 *
 * @param options The options.
 * @param trials 1 to 1 000.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_breaker_options_set_trials(distcoord_breaker_options *options, int64_t trials);

/**
 * After how long a trial that nobody has reported (its process died) is taken for failed.
 *
 * @param options The options.
 * @param timeout_ms 10 ms to a day.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_breaker_options_set_trial_timeout_ms(
    distcoord_breaker_options *options, int64_t timeout_ms);

/**
 * What it does while the server cannot be reached.
 *
 * @param options The options.
 * @param fallback One of DISTCOORD_FALLBACK_*.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_breaker_options_set_fallback(distcoord_breaker_options *options, int32_t fallback);

/**
 * How long counts may wait in the process before the server is told.
 *
 * @param options The options.
 * @param flush_ms 10 to 60 000 ms.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_breaker_options_set_flush_ms(distcoord_breaker_options *options, int64_t flush_ms);

/**
 * Makes a handle on a breaker. Nothing is sent. All handles of a name should have the same options; those of whoever
 * reports a failure decide.
 *
 * @param client The client.
 * @param name The breaker's name.
 * @param options Options, or NULL for the defaults.
 * @param out_breaker Receives a handle that the caller owns (`distcoord_breaker_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_breaker_open(
    distcoord_client *client, const char *name, const distcoord_breaker_options *options,
    distcoord_breaker **out_breaker, distcoord_error **error);

/**
 * Asks whether a call may be made; if so, it must be reported. The first call of a handle, and calls while it is not
 * closed, may block for one round trip; not being able to reach the server is never an error.
 *
 * @param breaker The handle.
 * @param out_permit Receives a number for `distcoord_breaker_report`.
 * @param out_retry_after_ms With DISTCOORD_REJECTED, receives after how long it may be worth asking again (-1: not
 *   known); may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, make the call; DISTCOORD_REJECTED, do not.
 */
distcoord_status distcoord_breaker_allow(
    distcoord_breaker *breaker, uint64_t *out_permit, int64_t *out_retry_after_ms, distcoord_error **error);

/**
 * How a call has ended.
 */
enum {
    /** It succeeded. */
    DISTCOORD_CALL_SUCCEEDED = 0,
    /** It failed in a way that counts. */
    DISTCOORD_CALL_FAILED = 1,
    /** It says nothing about what was called: it was cancelled, or its arguments were wrong. */
    DISTCOORD_CALL_DISCARDED = 2
};

/**
 * Tells how an allowed call has ended. Waits for nothing while the breaker is closed; for a trial it may block for one
 * round trip. A call that was allowed before the breaker last changed does not count.
 *
 * @param breaker The handle.
 * @param permit From `distcoord_breaker_allow`; used once.
 * @param outcome One of DISTCOORD_CALL_*.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_breaker_report(
    distcoord_breaker *breaker, uint64_t permit, int32_t outcome, distcoord_error **error);

/** A call that a breaker guards: returns 0 for success, anything else for failure. */
typedef int32_t (*distcoord_guarded_call)(void *context);

/**
 * Makes a call if the breaker allows it, on the calling thread, and reports how it ended.
 *
 * @param breaker The handle.
 * @param call The call. It may use the library.
 * @param context Passed to it.
 * @param out_result Receives what it returned; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, it was made; DISTCOORD_REJECTED, it was not.
 */
distcoord_status distcoord_breaker_call(
    distcoord_breaker *breaker, distcoord_guarded_call call, void *context, int32_t *out_result,
    distcoord_error **error);

/**
 * What this process knows of the state, without asking the server.
 *
 * @param breaker The handle.
 * @returns One of DISTCOORD_BREAKER_*.
 */
int32_t distcoord_breaker_state(const distcoord_breaker *breaker);

/**
 * Forces it open or closed, for all, until `distcoord_breaker_reset`. May block for one round trip.
 *
 * @param breaker The handle.
 * @param open Whether it is to be open.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_breaker_force(distcoord_breaker *breaker, bool open, distcoord_error **error);

/**
 * Closes it, forgets failures, and ends what was forced. May block for one round trip.
 *
 * @param breaker The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_breaker_reset(distcoord_breaker *breaker, distcoord_error **error);

/**
 * Tells the server what was counted here, now. May block for one round trip. Closing the client does so, too.
 *
 * @param breaker The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_breaker_flush(distcoord_breaker *breaker, distcoord_error **error);

/**
 * Asks how it stands. May block for one round trip. A breaker that nobody has used is closed.
 *
 * @param breaker The handle.
 * @param out_info Receives a snapshot that the caller owns (`distcoord_breaker_info_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_breaker_inspect(
    distcoord_breaker *breaker, distcoord_breaker_info **out_info, distcoord_error **error);

/**
 * Watches its state. The present one comes first. May block for one round trip.
 *
 * @param breaker The handle.
 * @param out_watch Receives a watch that the caller owns (`distcoord_watch_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_breaker_watch(
    distcoord_breaker *breaker, distcoord_watch **out_watch, distcoord_error **error);

/**
 * Takes the next change. May block.
 *
 * @param watch A watch of a breaker.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_info Receives a snapshot that the caller owns (`distcoord_breaker_info_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_breaker_watch_next(
    distcoord_watch *watch, int64_t wait_ms, distcoord_breaker_info **out_info, distcoord_error **error);

/**
 * Its state.
 *
 * @param info A snapshot.
 * @returns One of DISTCOORD_BREAKER_*; 0 for NULL.
 */
int32_t distcoord_breaker_info_state(const distcoord_breaker_info *info);

/**
 * Failures that count at present, at most the threshold.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_breaker_info_failures(const distcoord_breaker_info *info);

/**
 * Calls that have succeeded, ever.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_breaker_info_succeeded(const distcoord_breaker_info *info);

/**
 * Calls that have failed, ever.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_breaker_info_failed(const distcoord_breaker_info *info);

/**
 * Calls that were rejected, ever, as far as the server was told.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_breaker_info_rejected(const distcoord_breaker_info *info);

/**
 * How many times it has opened.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_breaker_info_opened(const distcoord_breaker_info *info);

/**
 * Trials that are under way.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_breaker_info_trials(const distcoord_breaker_info *info);

/**
 * Since when it is in this state: milliseconds since 1970 by the server's clock.
 *
 * @param info A snapshot.
 * @returns Milliseconds; 0 when it has never changed.
 */
int64_t distcoord_breaker_info_since_ms(const distcoord_breaker_info *info);

/**
 * How long it stays open.
 *
 * @param info A snapshot.
 * @returns Milliseconds; 0 when it is not open, -1 when it is forced open.
 */
int64_t distcoord_breaker_info_retry_after_ms(const distcoord_breaker_info *info);

/**
 * Frees a snapshot.
 *
 * @param info A snapshot that the caller owns, or NULL.
 */
void distcoord_breaker_info_free(distcoord_breaker_info *info);

/**
 * Frees a handle. What was counted is told in the background.
 *
 * @param breaker A handle that the caller owns, or NULL.
 */
void distcoord_breaker_free(distcoord_breaker *breaker);

#ifdef __cplusplus
}
#endif

#endif
