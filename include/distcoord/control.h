/**
 * Pausing a queue, and its limits. They belong to the queue on the server, so they hold for all who use it, and stay
 * until they are set anew.
 */
#ifndef DISTCOORD_CONTROL_H
#define DISTCOORD_CONTROL_H

#include "queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_queue_settings distcoord_queue_settings;

/**
 * Lets nobody claim from the queue until it is resumed, those who wait included. Pushing goes on, and so do jobs that
 * are claimed. May block for one round trip, so for all functions here.
 *
 * @param queue The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it was paused already.
 */
distcoord_status distcoord_queue_pause(distcoord_queue *queue, distcoord_error **error);

/**
 * Ends a pause; those who wait are handed jobs at once.
 *
 * @param queue The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it was not paused.
 */
distcoord_status distcoord_queue_resume(distcoord_queue *queue, distcoord_error **error);

/**
 * Limits how many jobs are claimed in a period, over all workers. A queue that has rested may begin with all of them at
 * once; from then on they come evenly.
 *
 * @param queue The handle.
 * @param count How many, 1 to 1 000 000 000; 0 for no limit.
 * @param period_ms Milliseconds, 1 to one day.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_queue_set_rate_limit(
    distcoord_queue *queue, int64_t count, int64_t period_ms, distcoord_error **error);

/**
 * Sets how many jobs of one concurrency key may run at the same time. Applies to jobs that begin from now on.
 *
 * @param queue The handle.
 * @param limit 1 (the default) to 1 000 000.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_queue_set_key_limit(distcoord_queue *queue, int64_t limit, distcoord_error **error);

/**
 * Bounds what is kept of jobs that have ended. Where there are more, the oldest are forgotten, a few at a time.
 *
 * @param queue The handle.
 * @param results How many results and errors are kept at most, whatever their result time: 0 to 100 000 000. Default
 *   100 000.
 * @param dead How many dead jobs stay listed at most: 0 to 100 000 000; negative for all of them, which is the default.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_queue_set_history(
    distcoord_queue *queue, int64_t results, int64_t dead, distcoord_error **error);

/**
 * Asks what is set.
 *
 * @param queue The handle.
 * @param out_settings Receives a snapshot that the caller owns (`distcoord_queue_settings_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_queue_inspect_settings(
    distcoord_queue *queue, distcoord_queue_settings **out_settings, distcoord_error **error);

/**
 * Whether the queue is paused.
 *
 * @param settings A snapshot.
 * @returns Whether it is; false for NULL.
 */
bool distcoord_queue_settings_is_paused(const distcoord_queue_settings *settings);

/**
 * Jobs per period.
 *
 * @param settings A snapshot.
 * @returns The number; 0 when there is no limit.
 */
int64_t distcoord_queue_settings_rate_count(const distcoord_queue_settings *settings);

/**
 * The period of the rate limit.
 *
 * @param settings A snapshot.
 * @returns Milliseconds; 0 when there is no limit.
 */
int64_t distcoord_queue_settings_rate_period_ms(const distcoord_queue_settings *settings);

/**
 * How many jobs of one concurrency key may run at the same time.
 *
 * @param settings A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_queue_settings_key_limit(const distcoord_queue_settings *settings);

/**
 * How many results and errors are kept at most.
 *
 * @param settings A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_queue_settings_results(const distcoord_queue_settings *settings);

/**
 * How many dead jobs stay listed at most.
 *
 * @param settings A snapshot.
 * @returns The number; negative for all of them; 0 for NULL.
 */
int64_t distcoord_queue_settings_dead(const distcoord_queue_settings *settings);

/**
 * Frees a snapshot.
 *
 * @param settings A snapshot that the caller owns, or NULL.
 */
void distcoord_queue_settings_free(distcoord_queue_settings *settings);

#ifdef __cplusplus
}
#endif

#endif
