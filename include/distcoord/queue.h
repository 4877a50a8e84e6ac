/**
 * Queues of jobs. A job is any bytes with a task name; it is pushed once, claimed by one worker at a time, and ends
 * completed (with a result) or dead (with an error).
 *
 * At least once: a claimed job is held under a lease, which the library renews; when the worker's process dies the job
 *   goes to another worker and the attempt is counted. A worker that lost the lease cannot complete the job any more:
 *   DISTCOORD_LOST. So a job may run twice, but exactly one completion is accepted.
 * Order: higher priority first; within a priority, in order of pushing. A job that is given back goes to the front, one
 *   that is retried after a delay goes to the back.
 * Waiting workers are handed a job by the push itself; nobody polls.
 * Results, and errors of dead jobs, are kept for the job's result time; dead jobs stay listed until purged.
 *
 * Ids are texts of 22 letters and digits, or the caller's own (1 to 128 bytes, else as names). Pushing an id that is
 * still known answers DISTCOORD_EXISTS and changes nothing; that is also what makes a push safe to repeat.
 */
#ifndef DISTCOORD_QUEUE_H
#define DISTCOORD_QUEUE_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_queue distcoord_queue;
typedef struct distcoord_job distcoord_job;
typedef struct distcoord_job_options distcoord_job_options;
typedef struct distcoord_push_receipt distcoord_push_receipt;
typedef struct distcoord_result distcoord_result;
typedef struct distcoord_queue_counts distcoord_queue_counts;

/* ---------------------------------------------------------------- how a job is pushed */

/**
 * Makes job options with the defaults: no task name, priority 0, no delay, 4 attempts, backoff from 1 000 ms doubling up
 * to 300 000 ms, result kept for 600 000 ms, generated id.
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

/* ---------------------------------------------------------------- the queue */

/**
 * Makes a handle on a queue. Nothing is sent.
 *
 * @param client The client.
 * @param name The queue's name.
 * @param out_queue Receives a handle that the caller owns (`distcoord_queue_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_queue_open(
    distcoord_client *client, const char *name, distcoord_queue **out_queue, distcoord_error **error);

/**
 * Pushes one job. May block for one round trip.
 *
 * @param queue The handle.
 * @param payload The job's bytes.
 * @param length How many.
 * @param options Options, or NULL for the defaults.
 * @param out_id A buffer that receives the id and a NUL; may be NULL.
 * @param id_capacity Size of that buffer in bytes: 129 fits every id.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_EXISTS, the id is known already; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_queue_push(
    distcoord_queue *queue, const void *payload, size_t length, const distcoord_job_options *options, char *out_id,
    size_t id_capacity, distcoord_error **error);

/**
 * Pushes many jobs in as few round trips as their size allows; hundreds per call are far cheaper than single pushes. May
 * block. When it fails part of the jobs may have been pushed; the receipt then holds the ids of those that were.
 *
 * @param queue The handle.
 * @param payloads `count` pointers.
 * @param lengths `count` lengths.
 * @param options `count` pointers to options, each of which may be NULL; or NULL: defaults for all.
 * @param count How many jobs.
 * @param out_receipt Receives a receipt that the caller owns (`distcoord_push_receipt_free`); may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_EXISTS, at least one id was known already (the others were pushed);
 *   DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_queue_push_many(
    distcoord_queue *queue, const void *const *payloads, const size_t *lengths,
    const distcoord_job_options *const *options, size_t count, distcoord_push_receipt **out_receipt,
    distcoord_error **error);

/**
 * How many ids a receipt holds.
 *
 * @param receipt A receipt.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_push_receipt_count(const distcoord_push_receipt *receipt);

/**
 * The ids in the order of the jobs, each followed by a newline (ids contain none), as one text.
 *
 * @param receipt A receipt.
 * @returns Text, borrowed until `distcoord_push_receipt_free`; empty for NULL.
 */
const char *distcoord_push_receipt_ids(const distcoord_push_receipt *receipt);

/**
 * Frees a receipt.
 *
 * @param receipt A receipt that the caller owns, or NULL.
 */
void distcoord_push_receipt_free(distcoord_push_receipt *receipt);

/**
 * Length of the lease under which this handle claims jobs. Default 30 000 ms; 100 to 86 400 000.
 *
 * @param queue The handle.
 * @param lease_ms Milliseconds.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_queue_set_lease_ms(distcoord_queue *queue, int64_t lease_ms);

/**
 * Claims up to `capacity` jobs. May block until there is at least one; it never waits for more than one.
 *
 * @param queue The handle.
 * @param wait_ms How long to wait for the first: negative for ever, 0 try once.
 * @param out_jobs Room for `capacity` pointers; receives jobs that the caller owns (`distcoord_job_free`).
 * @param capacity 1 to 10 000.
 * @param out_count Receives how many were claimed; 0 unless DISTCOORD_OK.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (at least one), DISTCOORD_EMPTY (only for wait 0), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED,
 *   DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_queue_claim(
    distcoord_queue *queue, int64_t wait_ms, distcoord_job **out_jobs, size_t capacity, size_t *out_count,
    distcoord_error **error);

/**
 * Completes many jobs of this queue in one round trip. May block. Each job is settled afterwards whatever its status.
 *
 * @param queue The handle the jobs were claimed with.
 * @param jobs `count` jobs.
 * @param results `count` pointers to result bytes, or NULL: all empty.
 * @param lengths `count` lengths, or NULL: all empty.
 * @param count How many.
 * @param out_statuses Room for `count` statuses, each as from `distcoord_job_complete`; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK when all were completed, else the first other status.
 */
distcoord_status distcoord_queue_complete_many(
    distcoord_queue *queue, distcoord_job *const *jobs, const void *const *results, const size_t *lengths,
    size_t count, distcoord_status *out_statuses, distcoord_error **error);

/**
 * Asks how many jobs are in which state. May block for one round trip; its cost does not depend on how many there are.
 *
 * @param queue The handle.
 * @param out_counts Receives a snapshot that the caller owns (`distcoord_queue_counts_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_queue_count(
    distcoord_queue *queue, distcoord_queue_counts **out_counts, distcoord_error **error);

/**
 * Fetches how a job ended, waiting for its end if need be. May block.
 *
 * @param queue The handle of the job's queue.
 * @param id The job's id.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_result Receives a result that the caller owns (`distcoord_result_free`), completed or dead.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT (not ended yet), DISTCOORD_NOT_FOUND, DISTCOORD_EXPIRED, DISTCOORD_CANCELLED,
 *   DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_queue_result(
    distcoord_queue *queue, const char *id, int64_t wait_ms, distcoord_result **out_result, distcoord_error **error);

/**
 * Finds the queue of a job whose queue is not known, by asking each queue of the namespace. May block.
 *
 * @param client The client.
 * @param id The job's id.
 * @param out_queue Receives a handle that the caller owns (`distcoord_queue_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_queue_find(
    distcoord_client *client, const char *id, distcoord_queue **out_queue, distcoord_error **error);

/**
 * The queue's name.
 *
 * @param queue The handle.
 * @returns Text, borrowed until `distcoord_queue_free`; empty for NULL.
 */
const char *distcoord_queue_name(const distcoord_queue *queue);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param queue The handle, or NULL.
 */
void distcoord_queue_cancel(distcoord_queue *queue);

/**
 * Frees a handle. Jobs claimed with it stay valid.
 *
 * @param queue A handle that the caller owns, or NULL.
 */
void distcoord_queue_free(distcoord_queue *queue);

/* ---------------------------------------------------------------- a claimed job */

/** What a job handle knows about its own claim, without asking the server. */
enum { DISTCOORD_JOB_CLAIMED = 0, DISTCOORD_JOB_SETTLED = 1, DISTCOORD_JOB_LOST = 2 };

/**
 * The job's id.
 *
 * @param job A job.
 * @returns Text, borrowed until `distcoord_job_free`; empty for NULL.
 */
const char *distcoord_job_id(const distcoord_job *job);

/**
 * The job's task name; "" when it has none.
 *
 * @param job A job.
 * @returns Text, borrowed until `distcoord_job_free`; empty for NULL.
 */
const char *distcoord_job_task(const distcoord_job *job);

/**
 * The job's bytes.
 *
 * @param job A job.
 * @param out_length Receives how many; may be NULL.
 * @returns Bytes, borrowed until `distcoord_job_free`; never NULL but for a NULL job.
 */
const void *distcoord_job_payload(const distcoord_job *job, size_t *out_length);

/**
 * Which attempt this is, from 1.
 *
 * @param job A job.
 * @returns The number; 0 for NULL.
 */
int32_t distcoord_job_attempt(const distcoord_job *job);

/**
 * The job's priority.
 *
 * @param job A job.
 * @returns The number.
 */
int32_t distcoord_job_priority(const distcoord_job *job);

/**
 * When it was pushed: milliseconds since 1970 by the server's clock.
 *
 * @param job A job.
 * @returns Milliseconds; 0 for NULL.
 */
int64_t distcoord_job_pushed_ms(const distcoord_job *job);

/**
 * Fencing number of this claim; grows with every claim in the queue.
 *
 * @param job A job.
 * @returns The number, below 2^53; 0 for NULL.
 */
uint64_t distcoord_job_fence(const distcoord_job *job);

/**
 * What this handle knows about its claim.
 *
 * @param job A job.
 * @returns DISTCOORD_JOB_CLAIMED, DISTCOORD_JOB_SETTLED or DISTCOORD_JOB_LOST.
 */
int32_t distcoord_job_state(const distcoord_job *job);

/**
 * A file descriptor (eventfd) that is readable while the job's state is LOST. Do not read, write or close it.
 *
 * @param job A job.
 * @returns A descriptor, borrowed until `distcoord_job_free`; -1 when the process has none left.
 */
int32_t distcoord_job_event_fd(distcoord_job *job);

/**
 * Completes the job. May block for one round trip. Accepted exactly once over all who ever claimed it.
 *
 * @param job A job.
 * @param result The result's bytes.
 * @param length How many.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST (the lease ended: another worker has or had it); DISTCOORD_NOT_HELD (this handle
 *   has settled it already); DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_job_complete(
    distcoord_job *job, const void *result, size_t length, distcoord_error **error);

/**
 * Says that the attempt failed. The job runs again after its backoff, unless attempts are used up or `retry` is false:
 * then it is dead. May block for one round trip.
 *
 * @param job A job.
 * @param message What went wrong, UTF-8; NULL for nothing. Kept up to 64 KiB.
 * @param retry Whether another attempt may help.
 * @param error See distcoord.h.
 * @returns As `distcoord_job_complete`.
 */
distcoord_status distcoord_job_fail(distcoord_job *job, const char *message, bool retry, distcoord_error **error);

/**
 * Gives the job back untouched: to the front of its queue, no attempt counted. May block for one round trip.
 *
 * @param job A job.
 * @param error See distcoord.h.
 * @returns As `distcoord_job_complete`.
 */
distcoord_status distcoord_job_release(distcoord_job *job, distcoord_error **error);

/**
 * Frees a job. One that was not settled is given back in the background (in a forked child: not).
 *
 * @param job A job that the caller owns, or NULL.
 */
void distcoord_job_free(distcoord_job *job);

/* ---------------------------------------------------------------- how a job ended */

enum { DISTCOORD_RESULT_COMPLETED = 0, DISTCOORD_RESULT_DEAD = 1 };

/**
 * How the job ended.
 *
 * @param result A result.
 * @returns DISTCOORD_RESULT_COMPLETED or DISTCOORD_RESULT_DEAD; DEAD for NULL.
 */
int32_t distcoord_result_state(const distcoord_result *result);

/**
 * The result of a completed job; the message of the last failure of a dead one.
 *
 * @param result A result.
 * @param out_length Receives how many bytes; may be NULL.
 * @returns Bytes followed by a NUL that is not counted, borrowed until `distcoord_result_free`; never NULL but for a
 *   NULL result.
 */
const void *distcoord_result_bytes(const distcoord_result *result, size_t *out_length);

/**
 * How many attempts there were.
 *
 * @param result A result.
 * @returns The number; 0 for NULL.
 */
int32_t distcoord_result_attempts(const distcoord_result *result);

/**
 * When it ended: milliseconds since 1970 by the server's clock.
 *
 * @param result A result.
 * @returns Milliseconds; 0 for NULL.
 */
int64_t distcoord_result_finished_ms(const distcoord_result *result);

/**
 * Frees a result.
 *
 * @param result A result that the caller owns, or NULL.
 */
void distcoord_result_free(distcoord_result *result);

/* ---------------------------------------------------------------- how many jobs there are */

/**
 * Jobs ready to be claimed.
 *
 * @param counts A snapshot.
 * @returns The number; 0 for NULL, so for all counts.
 */
int64_t distcoord_queue_counts_waiting(const distcoord_queue_counts *counts);

/**
 * Jobs that wait for their time: pushed with a delay, or failed and to be tried again.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_delayed(const distcoord_queue_counts *counts);

/**
 * Jobs that are claimed.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_active(const distcoord_queue_counts *counts);

/**
 * Jobs that have used up their attempts.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_dead(const distcoord_queue_counts *counts);

/**
 * Jobs completed since the queue was first used.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_completed(const distcoord_queue_counts *counts);

/**
 * Attempts that failed since the queue was first used, those of dead workers included.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_failed(const distcoord_queue_counts *counts);

/**
 * Claimers that wait for a job.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_claimers(const distcoord_queue_counts *counts);

/**
 * Frees a snapshot.
 *
 * @param counts A snapshot that the caller owns, or NULL.
 */
void distcoord_queue_counts_free(distcoord_queue_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
