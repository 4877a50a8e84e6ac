/**
 * Looking at the jobs of a queue, and dealing with them from outside: cancel, retry, promote, purge.
 */
#ifndef DISTCOORD_JOBS_H
#define DISTCOORD_JOBS_H

#include "queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_job_list distcoord_job_list;

/** Where a job is. */
enum {
    /** Ready to be claimed, or due since a moment. */
    DISTCOORD_STATE_WAITING = 0,
    /** Waits for its time: pushed with a delay, or failed and to be tried again. */
    DISTCOORD_STATE_DELAYED = 1,
    /** Claimed. */
    DISTCOORD_STATE_ACTIVE = 2,
    /** Waits for other jobs: for those it depends on, for its unique or its concurrency key. */
    DISTCOORD_STATE_BLOCKED = 3,
    /** Listed as dead until it is retried or purged. */
    DISTCOORD_STATE_DEAD = 4,
    DISTCOORD_STATE_COMPLETED = 5,
    DISTCOORD_STATE_CANCELLED = 6,
    DISTCOORD_STATE_SKIPPED = 7
};

/**
 * Lists jobs in one state, a page at a time. Waiting jobs in the order in which they will be claimed, delayed ones by
 * their time, active ones by the end of their lease, dead ones the latest first. Blocked and ended jobs are in no
 * order, and a page may be shorter than asked for without being the last. May block.
 *
 * @param queue The handle.
 * @param state DISTCOORD_STATE_WAITING, _DELAYED, _ACTIVE, _BLOCKED, _DEAD or _COMPLETED; the last lists all whose
 *   outcome is kept, whatever it is, and so do _CANCELLED and _SKIPPED.
 * @param offset How many to leave out.
 * @param limit 1 to 1 000.
 * @param out_list Receives a list that the caller owns (`distcoord_job_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for an empty list.
 */
distcoord_status distcoord_queue_list(
    distcoord_queue *queue, int32_t state, int64_t offset, int64_t limit, distcoord_job_list **out_list,
    distcoord_error **error);

/**
 * Looks at one job. May block for one round trip.
 *
 * @param queue The handle.
 * @param id The job's id.
 * @param out_list Receives a list of one job that the caller owns (`distcoord_job_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_queue_inspect(
    distcoord_queue *queue, const char *id, distcoord_job_list **out_list, distcoord_error **error);

/**
 * Cancels a job. One that is not claimed has ended with this call. One that runs is asked to stop: its handle becomes
 * DISTCOORD_JOB_CANCELLING, within milliseconds if its worker waits for messages, else at the next renewal; should its
 * worker fail it or die, it is cancelled and not tried again. May block for one round trip.
 *
 * @param queue The handle.
 * @param id The job's id.
 * @param reason Why, at most 1 024 bytes; NULL for "cancelled".
 * @param out_runs Receives whether it runs still; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND; DISTCOORD_EXPIRED, it has ended already.
 */
distcoord_status distcoord_queue_cancel_job(
    distcoord_queue *queue, const char *id, const char *reason, bool *out_runs, distcoord_error **error);

/**
 * Lets dead jobs be tried again from the first attempt on. May block. Of all jobs the number is the least there were:
 * one reply that is lost leaves out up to a hundred.
 *
 * @param queue The handle.
 * @param id One job's id; NULL for all that are dead.
 * @param out_count Receives how many; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND, no such dead job; DISTCOORD_EXISTS, its unique key is taken by another
 *   job.
 */
distcoord_status distcoord_queue_retry_dead(
    distcoord_queue *queue, const char *id, int64_t *out_count, distcoord_error **error);

/**
 * Makes a delayed job ready now. May block for one round trip.
 *
 * @param queue The handle.
 * @param id The job's id.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND, no such delayed job.
 */
distcoord_status distcoord_queue_promote(distcoord_queue *queue, const char *id, distcoord_error **error);

/**
 * Deletes jobs for good. Those that have not run are cancelled first, so whoever waits for them is told. May block.
 *
 * @param queue The handle.
 * @param state DISTCOORD_STATE_DEAD, _WAITING, _DELAYED or _BLOCKED; or _COMPLETED for what is kept of jobs that have
 *   ended.
 * @param id One job's id; NULL for all in that state.
 * @param older_than_ms Only those that died, ended, or were pushed before that time ago; 0 for all.
 * @param out_count Receives how many; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND, no such job in that state.
 */
distcoord_status distcoord_queue_purge(
    distcoord_queue *queue, int32_t state, const char *id, int64_t older_than_ms, int64_t *out_count,
    distcoord_error **error);

/**
 * Number of jobs in the list.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_job_list_count(const distcoord_job_list *list);

/**
 * The job's id.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is no such job.
 */
const char *distcoord_job_list_id(const distcoord_job_list *list, size_t index);

/**
 * Where it is.
 *
 * @param list A list.
 * @param index From 0.
 * @returns One of DISTCOORD_STATE_*; -1 when there is no such job.
 */
int32_t distcoord_job_list_state(const distcoord_job_list *list, size_t index);

/**
 * Its task name.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_task(const distcoord_job_list *list, size_t index);

/**
 * Its priority.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such job.
 */
int32_t distcoord_job_list_priority(const distcoord_job_list *list, size_t index);

/**
 * The attempt that runs, or is next, from 1; of a job that has ended how many there were.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such job.
 */
int32_t distcoord_job_list_attempt(const distcoord_job_list *list, size_t index);

/**
 * How many attempts there are in all; 0 when only its outcome is kept.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such job.
 */
int32_t distcoord_job_list_max_attempts(const distcoord_job_list *list, size_t index);

/**
 * When it was pushed.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 when only its outcome is kept.
 */
int64_t distcoord_job_list_pushed_ms(const distcoord_job_list *list, size_t index);

/**
 * When it is due (delayed), when its lease ends (active), when it ended (dead and all others that have).
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 for other states.
 */
int64_t distcoord_job_list_due_ms(const distcoord_job_list *list, size_t index);

/**
 * Its payload; of a completed job, of which only the outcome is kept, the result. In lists at most the first 1 024
 * bytes.
 *
 * @param list A list.
 * @param index From 0.
 * @param out_length Receives how many bytes; may be NULL.
 * @returns Bytes, borrowed until `distcoord_job_list_free`; never NULL but when there is no such job.
 */
const void *distcoord_job_list_payload(const distcoord_job_list *list, size_t index, size_t *out_length);

/**
 * What the payload is said to be.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_content_type(const distcoord_job_list *list, size_t index);

/**
 * How many headers it carries.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such job.
 */
size_t distcoord_job_list_header_count(const distcoord_job_list *list, size_t index);

/**
 * Name of a header.
 *
 * @param list A list.
 * @param index From 0.
 * @param header Which header, from 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_header_name(const distcoord_job_list *list, size_t index, size_t header);

/**
 * Value of a header.
 *
 * @param list A list.
 * @param index From 0.
 * @param header Which header, from 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_header_value(const distcoord_job_list *list, size_t index, size_t header);

/**
 * Identity of the client that has claimed it.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_client(const distcoord_job_list *list, size_t index);

/**
 * How far it is said to be.
 *
 * @param list A list.
 * @param index From 0.
 * @returns 0 to 100; -1 when nothing was said.
 */
int32_t distcoord_job_list_progress(const distcoord_job_list *list, size_t index);

/**
 * What was said of that.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_progress_text(const distcoord_job_list *list, size_t index);

/**
 * Whether somebody has asked to cancel it while it runs.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Whether it is so.
 */
bool distcoord_job_list_cancelling(const distcoord_job_list *list, size_t index);

/**
 * Kind of its last failure.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_error_type(const distcoord_job_list *list, size_t index);

/**
 * Its last failure in words; why it was cancelled or skipped.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_error_message(const distcoord_job_list *list, size_t index);

/**
 * Where it failed last.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_error_traceback(const distcoord_job_list *list, size_t index);

/**
 * Which worker's attempt failed last.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_error_worker(const distcoord_job_list *list, size_t index);

/**
 * When it failed last.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 when it has not failed.
 */
int64_t distcoord_job_list_failed_ms(const distcoord_job_list *list, size_t index);

/**
 * What a worker must have for it, separated by commas, in order.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_capabilities(const distcoord_job_list *list, size_t index);

/**
 * The worker to whose own queue it was pushed.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_worker(const distcoord_job_list *list, size_t index);

/**
 * Its unique key.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_unique_key(const distcoord_job_list *list, size_t index);

/**
 * Its concurrency key.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_concurrency_key(const distcoord_job_list *list, size_t index);

/**
 * Its batch.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_list_free`; empty when there is none.
 */
const char *distcoord_job_list_batch(const distcoord_job_list *list, size_t index);

/**
 * For how many jobs it waits still.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such job.
 */
int64_t distcoord_job_list_after(const distcoord_job_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_job_list_free(distcoord_job_list *list);

#ifdef __cplusplus
}
#endif

#endif
