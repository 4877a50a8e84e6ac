/**
 * Batches: jobs of one queue that are counted together, and a latch that opens when all of them have ended. Progress of
 * a batch of any size is one cheap question.
 */
#ifndef DISTCOORD_BATCH_H
#define DISTCOORD_BATCH_H

#include "queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_batch distcoord_batch;
typedef struct distcoord_batch_counts distcoord_batch_counts;

/**
 * Makes a handle on a batch. Nothing is sent; a batch exists from its first job on, and is forgotten 7 days after the
 * last one was pushed or has ended.
 *
 * @param queue The handle of the queue whose jobs it counts.
 * @param id The batch's id, 1 to 128 bytes as for names; NULL for a new one.
 * @param out_batch Receives a handle that the caller owns (`distcoord_batch_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_batch_open(
    distcoord_queue *queue, const char *id, distcoord_batch **out_batch, distcoord_error **error);

/**
 * The batch's id, for `distcoord_job_options_set_batch` and for other processes.
 *
 * @param batch The handle.
 * @returns Text, borrowed until `distcoord_batch_free`; empty for NULL.
 */
const char *distcoord_batch_id(const distcoord_batch *batch);

/**
 * Says that all jobs of the batch have been pushed: it is done when the last of them has ended. Further pushes into it
 * are DISTCOORD_ERROR_CONFLICT. May block for one round trip.
 *
 * @param batch The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it was said before.
 */
distcoord_status distcoord_batch_seal(distcoord_batch *batch, distcoord_error **error);

/**
 * Waits until the batch is sealed and all its jobs have ended. May block.
 *
 * @param batch The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_counts Receives the counts that the caller owns (`distcoord_batch_counts_free`), with DISTCOORD_OK and
 *   DISTCOORD_TIMED_OUT.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_TIMED_OUT (not done yet); DISTCOORD_NOT_FOUND (no job was ever pushed into it and it
 *   is not sealed, or it is forgotten); DISTCOORD_CANCELLED; DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_batch_wait(
    distcoord_batch *batch, int64_t wait_ms, distcoord_batch_counts **out_counts, distcoord_error **error);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param batch The handle, or NULL.
 */
void distcoord_batch_cancel(distcoord_batch *batch);

/**
 * Frees a handle.
 *
 * @param batch A handle that the caller owns, or NULL.
 */
void distcoord_batch_free(distcoord_batch *batch);

/**
 * Jobs pushed into the batch.
 *
 * @param counts The counts.
 * @returns The number; 0 for NULL, so for all counts.
 */
int64_t distcoord_batch_counts_total(const distcoord_batch_counts *counts);

/**
 * Jobs completed.
 *
 * @param counts The counts.
 * @returns The number.
 */
int64_t distcoord_batch_counts_completed(const distcoord_batch_counts *counts);

/**
 * Jobs that are dead. One that is retried with `distcoord_queue_retry_dead` counts as not ended again.
 *
 * @param counts The counts.
 * @returns The number.
 */
int64_t distcoord_batch_counts_failed(const distcoord_batch_counts *counts);

/**
 * Jobs cancelled or skipped.
 *
 * @param counts The counts.
 * @returns The number.
 */
int64_t distcoord_batch_counts_cancelled(const distcoord_batch_counts *counts);

/**
 * Whether the batch is sealed.
 *
 * @param counts The counts.
 * @returns Whether it is; false for NULL.
 */
bool distcoord_batch_counts_is_sealed(const distcoord_batch_counts *counts);

/**
 * Frees counts.
 *
 * @param counts Counts that the caller owns, or NULL.
 */
void distcoord_batch_counts_free(distcoord_batch_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
