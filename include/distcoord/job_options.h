/**
 * How a job is pushed: what it is, when it may run, who may run it, what happens when it fails.
 *
 * Setters check at once. Options may be used for any number of pushes, unless they name an id.
 */
#ifndef DISTCOORD_JOB_OPTIONS_H
#define DISTCOORD_JOB_OPTIONS_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_job_options distcoord_job_options;

/**
 * Makes job options with the defaults: no task name, priority 0, no delay, 4 attempts, backoff from 1 000 ms doubling
 * up to 300 000 ms, result kept for 600 000 ms, generated id, no headers, no time limit, for any worker, waits for no
 * other job.
 *
 * @returns Options that the caller owns (`distcoord_job_options_free`). They may be used for any number of pushes and
 *   by several threads once no setter is called any more.
 */
distcoord_job_options *distcoord_job_options_new(void);

/**
 * Frees job options.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_job_options_free(distcoord_job_options *options);

/**
 * The job's id. For one job only: the second push of an id answers DISTCOORD_EXISTS.
 *
 * @param options The options.
 * @param id The id, or NULL for a generated one.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing; so for all setters here.
 */
distcoord_status distcoord_job_options_set_id(distcoord_job_options *options, const char *id);

/**
 * What kind of work it is; workers choose their code by it.
 *
 * @param options The options.
 * @param task A name of at most 255 bytes, or "" for none.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_task(distcoord_job_options *options, const char *task);

/**
 * Priority; higher goes first.
 *
 * @param options The options.
 * @param priority Any 32-bit number.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_priority(distcoord_job_options *options, int32_t priority);

/**
 * Not to be claimed before that time from now.
 *
 * @param options The options.
 * @param delay_ms Milliseconds, 0 to 10 years.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_delay_ms(distcoord_job_options *options, int64_t delay_ms);

/**
 * How many attempts there are in all. An attempt is counted when it fails and when its worker dies.
 *
 * @param options The options.
 * @param attempts 1 to 255.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_max_attempts(distcoord_job_options *options, int32_t attempts);

/**
 * Delay before the first retry; it doubles with each further one up to `max_ms`. The actual delay is drawn between half
 * of that and the whole, so that jobs that failed together do not return together.
 *
 * @param options The options.
 * @param first_ms Milliseconds, 0 (retry at once) to one day.
 * @param max_ms Milliseconds, `first_ms` to one day.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_backoff_ms(
    distcoord_job_options *options, int64_t first_ms, int64_t max_ms);

/**
 * How long result or error are kept after the end, for those who ask or wait for them.
 *
 * @param options The options.
 * @param ttl_ms Milliseconds, 0 (not kept: only those who wait already are told) to 30 days.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_result_ttl_ms(distcoord_job_options *options, int64_t ttl_ms);

/**
 * Not to be claimed before that moment; replaces a delay, as a delay replaces this.
 *
 * @param options The options.
 * @param unix_ms Milliseconds since 1970, compared with the server's clock; a moment in the past is now.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_at_ms(distcoord_job_options *options, int64_t unix_ms);

/**
 * How long one attempt may take. After that it has failed ("timeout") and its handle is DISTCOORD_JOB_EXPIRED: what its
 * worker does then counts no more, and the job is tried again or dead as after any failure.
 *
 * @param options The options.
 * @param timeout_ms Milliseconds, 0 (no limit) or 10 to 30 days.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_timeout_ms(distcoord_job_options *options, int64_t timeout_ms);

/**
 * What the payload is, for instance "application/json". The library only carries it.
 *
 * @param options The options.
 * @param content_type At most 255 bytes, or "" for none.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_content_type(distcoord_job_options *options, const char *content_type);

/**
 * A header: a name and a value that travel with the job, for instance a trace context. The library only carries it.
 *
 * @param options The options.
 * @param name 1 to 255 bytes, compared byte by byte.
 * @param value The value, or NULL to remove it. All names and values together have at most 16 384 bytes.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_header(
    distcoord_job_options *options, const char *name, const char *value);

/** What a push gets whose unique key is taken by a job that has not ended. */
enum {
    /** DISTCOORD_EXISTS and the id of that job; nothing is changed. */
    DISTCOORD_UNIQUE_REFUSE = 0,
    /** The job that waits is cancelled and this one takes over. One that runs goes on, and this one waits for its end;
     *   so of many pushes during a run the last alone runs after it. Not for a job that waits for others. */
    DISTCOORD_UNIQUE_REPLACE = 1,
    /** DISTCOORD_EXISTS and the id of that job, which if it has not begun waits for its delay anew, that of this push.
     *   */
    DISTCOORD_UNIQUE_EXTEND = 2
};

/**
 * A key under which only one job of the queue waits or runs.
 *
 * @param options The options.
 * @param key 1 to 512 bytes as for names, or NULL for none.
 * @param mode DISTCOORD_UNIQUE_REFUSE, DISTCOORD_UNIQUE_REPLACE or DISTCOORD_UNIQUE_EXTEND.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_unique(distcoord_job_options *options, const char *key, int32_t mode);

/**
 * A key of which only so many jobs run at the same time as the queue allows (`distcoord_queue_set_key_limit`, 1 unless
 * set). The others wait aside, in order, and keep nobody else waiting.
 *
 * @param options The options.
 * @param key 1 to 512 bytes as for names, or NULL for none.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_concurrency_key(distcoord_job_options *options, const char *key);

/**
 * What a worker must have to be given the job: all of these. Upper and lower case are alike.
 *
 * @param options The options.
 * @param capabilities Names of letters, digits and "._+-:/", at most 64 bytes each, separated by commas; at most 16; ""
 *   for none.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_capabilities(distcoord_job_options *options, const char *capabilities);

/**
 * How long the job waits for a worker with its capabilities while there is none that lives. After that it is dead, with
 * the error type "capabilities".
 *
 * @param options The options.
 * @param timeout_ms Milliseconds, 1 000 to 30 days, or negative for ever. Default 300 000.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_capability_timeout_ms(
    distcoord_job_options *options, int64_t timeout_ms);

/**
 * The pool whose workers alone are given the job; the same as the capability "pool:<name>".
 *
 * @param options The options.
 * @param pool A name as for capabilities, at most 59 bytes; "" for none.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_pool(distcoord_job_options *options, const char *pool);

/**
 * The worker whose own queue the job goes to. That worker takes it before any other; others take it when they steal,
 * and any may when that worker does not live. Not together with capabilities, a pool or a concurrency key.
 *
 * @param options The options.
 * @param worker The worker's name (`distcoord_queue_set_worker`), or NULL for none.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_worker(distcoord_job_options *options, const char *worker);

/** What becomes of a job when one that it waits for does not complete. */
enum {
    /** It is dead, with the error type "dependency". */
    DISTCOORD_DEPENDENCY_FAIL = 0,
    /** It is skipped: it has ended, without result and without being a failure. */
    DISTCOORD_DEPENDENCY_SKIP = 1,
    /** It runs all the same, when all that it waits for have ended. */
    DISTCOORD_DEPENDENCY_RUN = 2
};

/**
 * Jobs of the same queue that must have ended before this one may be claimed. A push that names an id which the queue
 * does not know answers DISTCOORD_NOT_FOUND and pushes nothing of that job.
 *
 * @param options The options.
 * @param ids `count` ids.
 * @param count 0 (for none) to 1 000.
 * @param on_failure DISTCOORD_DEPENDENCY_FAIL, DISTCOORD_DEPENDENCY_SKIP or DISTCOORD_DEPENDENCY_RUN.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_after(
    distcoord_job_options *options, const char *const *ids, size_t count, int32_t on_failure);

/**
 * The batch that the job belongs to (batch.h).
 *
 * @param options The options.
 * @param batch_id The batch's id, or NULL for none.
 * @returns See `distcoord_job_options_set_id`.
 */
distcoord_status distcoord_job_options_set_batch(distcoord_job_options *options, const char *batch_id);

#ifdef __cplusplus
}
#endif

#endif
