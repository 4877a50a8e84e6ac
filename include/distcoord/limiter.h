/**
 * A rate limiter that all processes share: so many permits per period, for each key of its own, never one more.
 *
 * Who has to wait gets its moment at once, in order of arrival, and sleeps until then; nobody polls. A wait that is
 * given up returns its place when nobody is behind it; otherwise the place passes unused. Times are the server's.
 */
#ifndef DISTCOORD_LIMITER_H
#define DISTCOORD_LIMITER_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_limiter distcoord_limiter;
typedef struct distcoord_limiter_options distcoord_limiter_options;

/**
 * Algorithms.
 */
enum {
    /** A bucket of `burst` tokens that fills up evenly by `limit` per period (as GCRA reckons it). */
    DISTCOORD_LIMIT_TOKEN_BUCKET = 0,
    /**
     * At most `limit` in any span of one period; it remembers when each was taken, to a thousandth of the period.
     */
    DISTCOORD_LIMIT_SLIDING_WINDOW = 1
};

/**
 * Makes options of a limiter with the defaults: DISTCOORD_LIMIT_TOKEN_BUCKET, 10 permits per 1 000 ms, burst = limit.
 *
 * @returns Options that the caller owns (`distcoord_limiter_options_free`).
 */
distcoord_limiter_options *distcoord_limiter_options_new(void);

/**
 * Frees options of a limiter.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_limiter_options_free(distcoord_limiter_options *options);

/**
 * The algorithm.
 *
 * @param options The options.
 * @param algorithm One of DISTCOORD_LIMIT_*.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_limiter_options_set_algorithm(distcoord_limiter_options *options, int32_t algorithm);

/**
 * How many permits there are per period.
 *
 * @param options The options.
 * @param permits 1 to 1 000 000.
 * @param period_ms 1 ms to 30 days.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_limiter_options_set_limit(
    distcoord_limiter_options *options, int64_t permits, int64_t period_ms);

/**
 * How many tokens the bucket holds: so many may be taken at once after a quiet time. Only for
 * DISTCOORD_LIMIT_TOKEN_BUCKET.
 *
 * @param options The options.
 * @param burst 1 to 1 000 000; 0 for as many as the limit.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_limiter_options_set_burst(distcoord_limiter_options *options, int64_t burst);

/**
 * Makes a handle on a limiter. Nothing is sent. All handles of a name should have the same options; each call goes by
 * those of its own.
 *
 * @param client The client.
 * @param name The limiter's name.
 * @param options Options, or NULL for the defaults.
 * @param out_limiter Receives a handle that the caller owns (`distcoord_limiter_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT, a burst was set for a sliding window.
 */
distcoord_status distcoord_limiter_open(
    distcoord_client *client, const char *name, const distcoord_limiter_options *options,
    distcoord_limiter **out_limiter, distcoord_error **error);

/**
 * Takes permits, and waits until they are due, at most so long. May block. When they would be due later than that, it
 * answers at once.
 *
 * @param limiter The handle.
 * @param key Whose permits: a user's, a host's; 1 to 512 bytes as for names. NULL for those of the limiter itself.
 * @param permits How many, 1 to the burst (of a sliding window: to the limit).
 * @param wait_ms How long to wait: negative for ever, 0 not at all.
 * @param out_wait_ms Receives how long it waited; with DISTCOORD_TIMED_OUT, after how long they would be due; may be
 *   NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_TIMED_OUT, nothing was taken; DISTCOORD_CANCELLED; DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_limiter_acquire(
    distcoord_limiter *limiter, const char *key, int64_t permits, int64_t wait_ms, int64_t *out_wait_ms,
    distcoord_error **error);

/**
 * Asks how many permits could be taken now. May block for one round trip.
 *
 * @param limiter The handle.
 * @param key Whose permits: a user's, a host's; 1 to 512 bytes as for names. NULL for those of the limiter itself.
 * @param out_available Receives the number; may be NULL.
 * @param out_wait_ms Receives after how long there will be one; 0 when there is; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_limiter_inspect(
    distcoord_limiter *limiter, const char *key, int64_t *out_available, int64_t *out_wait_ms,
    distcoord_error **error);

/**
 * Forgets what was taken. Those who wait still do. May block for one round trip.
 *
 * @param limiter The handle.
 * @param key Whose permits: a user's, a host's; 1 to 512 bytes as for names. NULL for those of the limiter itself.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_limiter_reset(distcoord_limiter *limiter, const char *key, distcoord_error **error);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param limiter The handle, or NULL.
 */
void distcoord_limiter_cancel(distcoord_limiter *limiter);

/**
 * Frees a handle.
 *
 * @param limiter A handle that the caller owns, or NULL.
 */
void distcoord_limiter_free(distcoord_limiter *limiter);

#ifdef __cplusplus
}
#endif

#endif
