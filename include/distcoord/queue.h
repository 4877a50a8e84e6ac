/**
 * Queues of jobs. A job is any bytes with a task name; it is pushed once, claimed by one worker at a time, and ends
 * completed (with a result), dead (with an error), cancelled or skipped.
 *
 * At least once: a claimed job is held under a lease, which the library renews; when the worker's process dies the job
 *   goes to another worker and the attempt is counted. A worker that lost the lease cannot complete the job any more:
 *   DISTCOORD_LOST. So a job may run twice, but exactly one completion is accepted.
 * Order: higher priority first; within a priority, in order of pushing (to the millisecond among jobs that ask for
 *   different capabilities, or for none). A job that is given back goes to the front, one
 *   that is retried after a delay goes to the back.
 * Waiting workers are handed a job by the push itself; nobody polls.
 * Results, and errors of dead jobs, are kept for the job's result time; dead jobs stay listed until purged.
 *
 * Ids are texts of 22 letters and digits, or the caller's own (1 to 128 bytes, else as names). Pushing an id that is
 * still known answers DISTCOORD_EXISTS and changes nothing; that is also what makes a push safe to repeat.
 *
 * See job_options.h for how a job is pushed, job.h for a claimed one, result.h for how it ended, control.h for pausing
 * and limits, jobs.h for looking at jobs, batch.h, schedule.h, producer.h and worker.h.
 */
#ifndef DISTCOORD_QUEUE_H
#define DISTCOORD_QUEUE_H

#include "client.h"
#include "job.h"
#include "job_options.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_queue distcoord_queue;
typedef struct distcoord_push_receipt distcoord_push_receipt;
typedef struct distcoord_queue_counts distcoord_queue_counts;

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
 * @returns DISTCOORD_OK; DISTCOORD_EXISTS, the id is known already, or the unique key is taken (then out_id is the id
 *   of the job that has it); DISTCOORD_NOT_FOUND, it waits for a job that is not known; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_queue_push(
    distcoord_queue *queue, const void *payload, size_t length, const distcoord_job_options *options, char *out_id,
    size_t id_capacity, distcoord_error **error);

/**
 * Pushes many jobs in as few round trips as their size allows; hundreds per call are far cheaper than single pushes.
 * May block. When it fails part of the jobs may have been pushed; the receipt then holds the ids of those that were.
 *
 * @param queue The handle.
 * @param payloads `count` pointers.
 * @param lengths `count` lengths.
 * @param options `count` pointers to options, each of which may be NULL; or NULL: defaults for all.
 * @param count How many jobs.
 * @param out_receipt Receives a receipt that the caller owns (`distcoord_push_receipt_free`); may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_EXISTS or DISTCOORD_NOT_FOUND, at least one job was not pushed (the others were;
 *   the receipt tells which); DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_queue_push_many(
    distcoord_queue *queue, const void *const *payloads, const size_t *lengths,
    const distcoord_job_options *const *options, size_t count, distcoord_push_receipt **out_receipt,
    distcoord_error **error);

/**
 * How many jobs were pushed.
 *
 * @param receipt A receipt.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_push_receipt_count(const distcoord_push_receipt *receipt);

/**
 * The ids of those that were pushed, in the order of the jobs, each followed by a newline (ids contain none), as one
 * text.
 *
 * @param receipt A receipt.
 * @returns Text, borrowed until `distcoord_push_receipt_free`; empty for NULL.
 */
const char *distcoord_push_receipt_ids(const distcoord_push_receipt *receipt);

/**
 * What became of one job of the call.
 *
 * @param receipt A receipt.
 * @param index Place of the job in the call, from 0.
 * @returns DISTCOORD_OK, DISTCOORD_EXISTS, DISTCOORD_NOT_FOUND as `distcoord_queue_push`;
 *   DISTCOORD_ERROR_INVALID_ARGUMENT when there is no such job or the call failed before it.
 */
distcoord_status distcoord_push_receipt_status(const distcoord_push_receipt *receipt, size_t index);

/**
 * The id that `distcoord_queue_push` would have given out for one job of the call.
 *
 * @param receipt A receipt.
 * @param index Place of the job in the call, from 0.
 * @returns Text, borrowed until `distcoord_push_receipt_free`; empty when there is none.
 */
const char *distcoord_push_receipt_id(const distcoord_push_receipt *receipt, size_t index);

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
 * What the claimers of this handle have: they are given jobs that require nothing else. Until this is called they have
 * the name of the operating system alone ("linux").
 *
 * @param queue The handle.
 * @param capabilities Names as in `distcoord_job_options_set_capabilities`, at most 64; the operating system's is
 *   added.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_queue_set_capabilities(distcoord_queue *queue, const char *capabilities);

/**
 * Gives the claimers of this handle a queue of their own: jobs pushed for that worker, which they take before any
 * other.
 *
 * @param queue The handle.
 * @param worker Name of the worker, 1 to 128 bytes as for names; NULL for none.
 * @param steals Whether they take from the longest queue of another worker, from its end, when there is nothing else.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_queue_set_worker(distcoord_queue *queue, const char *worker, bool steals);

/**
 * Splits a very large queue into partitions that share nothing, which a cluster keeps on different servers. All who use
 * the queue must give the same number; another one is DISTCOORD_ERROR_CONFLICT at the first use. Order then holds
 * within a partition only; jobs with the same unique or concurrency key are in the same one; dependencies and batches
 * are refused.
 *
 * @param queue The handle, not used yet.
 * @param count 1 (the default) to 64.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_queue_set_partitions(distcoord_queue *queue, int32_t count);

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
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT (not ended yet), DISTCOORD_NOT_FOUND, DISTCOORD_EXPIRED,
 *   DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
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
 * Jobs that wait for others: for those they depend on, for one with the same unique key, or for room under their
 * concurrency key.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_blocked(const distcoord_queue_counts *counts);

/**
 * Of the waiting jobs, those that no living worker has the capabilities for. A worker lives for 60 seconds after it
 * last asked for a job, and as long as it is registered (worker.h).
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_unserved(const distcoord_queue_counts *counts);

/**
 * Jobs cancelled or skipped since the queue was first used.
 *
 * @param counts A snapshot.
 * @returns The number.
 */
int64_t distcoord_queue_counts_cancelled(const distcoord_queue_counts *counts);

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
