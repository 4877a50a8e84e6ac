/**
 * A buffered producer: a push returns at once with the job's id, and a thread of the library sends the jobs in batches.
 * Nothing is lost silently while the process lives: what the server does not accept is told, job by job. What the
 * buffer holds when the process dies is lost; who cannot have that pushes without a buffer.
 */
#ifndef DISTCOORD_PRODUCER_H
#define DISTCOORD_PRODUCER_H

#include "queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_producer distcoord_producer;
typedef struct distcoord_push_failures distcoord_push_failures;

/**
 * Makes a buffered producer for a queue. Nothing is sent. In a forked child it is empty: what the parent has in its
 * buffer the parent sends.
 *
 * @param queue The handle of the queue; it may be freed before the producer.
 * @param out_producer Receives a producer that the caller owns (`distcoord_producer_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_producer_open(
    distcoord_queue *queue, distcoord_producer **out_producer, distcoord_error **error);

/**
 * When a batch is sent: as soon as there are so many jobs, or the oldest has waited for so long. When several batches
 * have come together, because the one before was under way, they go as one, up to 1 000 jobs.
 *
 * @param producer The producer.
 * @param size 1 to 1 000. Default 50.
 * @param timeout_ms 0 (as soon as the one before is sent) to 60 000. Default 100.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_producer_set_batch(distcoord_producer *producer, int32_t size, int64_t timeout_ms);

/**
 * Bounds the buffer.
 *
 * @param producer The producer.
 * @param jobs How many jobs at most, 1 to 10 000 000. Default 10 000.
 * @param bytes How many bytes of payload at most, 1 or more. Default 67 108 864. A single larger job is let in alone.
 * @param blocks Whether a push into a full buffer waits for room (the default) or answers DISTCOORD_TIMED_OUT at once.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_producer_set_capacity(
    distcoord_producer *producer, int64_t jobs, int64_t bytes, bool blocks);

/**
 * How long a batch is tried again while the server is away before its jobs have failed.
 *
 * @param producer The producer.
 * @param retry_ms Milliseconds; 0 try once; negative for ever. Default 30 000.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_producer_set_retry_ms(distcoord_producer *producer, int64_t retry_ms);

/**
 * Takes a job into the buffer; its id is fixed at once, and its delay counts from now. Arguments are checked here, so
 * what fails later fails because of the server. Blocks only while the buffer is full. Jobs are pushed in this order.
 *
 * @param producer The producer.
 * @param payload The job's bytes; copied.
 * @param length How many.
 * @param options Options, or NULL; copied.
 * @param out_id A buffer that receives the id and a NUL; may be NULL.
 * @param id_capacity Size of that buffer in bytes: 129 fits every id.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_TIMED_OUT, the buffer is full; DISTCOORD_ERROR_TOO_LARGE; DISTCOORD_ERROR_CLOSED
 *   after `distcoord_producer_close`; DISTCOORD_CANCELLED; DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_producer_push(
    distcoord_producer *producer, const void *payload, size_t length, const distcoord_job_options *options,
    char *out_id, size_t id_capacity, distcoord_error **error);

/**
 * Waits until all jobs that were in the buffer have been sent or have failed. May block.
 *
 * @param producer The producer.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, there is no failure that was not fetched; DISTCOORD_TIMED_OUT, some are not sent yet;
 *   DISTCOORD_BROKEN, all are dealt with and `distcoord_producer_failures` has something to tell; DISTCOORD_CANCELLED;
 *   DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_producer_flush(distcoord_producer *producer, int64_t wait_ms, distcoord_error **error);

/**
 * Takes no further job, and flushes. What is not sent in time has failed. May block.
 *
 * @param producer The producer.
 * @param wait_ms How long to wait: negative for ever.
 * @param error See distcoord.h.
 * @returns As `distcoord_producer_flush`, but for DISTCOORD_TIMED_OUT.
 */
distcoord_status distcoord_producer_close(distcoord_producer *producer, int64_t wait_ms, distcoord_error **error);

/**
 * Jobs in the buffer or under way.
 *
 * @param producer The producer.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_producer_pending(const distcoord_producer *producer);

/**
 * Jobs accepted by the server.
 *
 * @param producer The producer.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_producer_sent(const distcoord_producer *producer);

/**
 * Fetches which jobs were not accepted, each once. At most 100 000 are kept; the oldest are dropped, with a line in the
 * log.
 *
 * @param producer The producer.
 * @param out_failures Receives a list that the caller owns (`distcoord_push_failures_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for an empty list.
 */
distcoord_status distcoord_producer_failures(
    distcoord_producer *producer, distcoord_push_failures **out_failures, distcoord_error **error);

/**
 * Ends the waits in progress on this producer, each with DISTCOORD_CANCELLED.
 *
 * @param producer The producer, or NULL.
 */
void distcoord_producer_cancel(distcoord_producer *producer);

/**
 * Frees a producer. What is in its buffer is still sent, in the background, as long as the client is open; what cannot
 * be gets a line in the log. (In a forked child nothing is sent.)
 *
 * @param producer A producer that the caller owns, or NULL.
 */
void distcoord_producer_free(distcoord_producer *producer);

/**
 * Number of failures in the list.
 *
 * @param failures A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_push_failures_count(const distcoord_push_failures *failures);

/**
 * Id of the job.
 *
 * @param failures A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_push_failures_free`; empty when there is no such failure.
 */
const char *distcoord_push_failures_id(const distcoord_push_failures *failures, size_t index);

/**
 * What the push answered.
 *
 * @param failures A list.
 * @param index From 0.
 * @returns A status as of `distcoord_queue_push`; DISTCOORD_OK when there is no such failure.
 */
distcoord_status distcoord_push_failures_status(const distcoord_push_failures *failures, size_t index);

/**
 * The same in words.
 *
 * @param failures A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_push_failures_free`; empty when there is no such failure.
 */
const char *distcoord_push_failures_message(const distcoord_push_failures *failures, size_t index);

/**
 * Frees a list.
 *
 * @param failures A list that the caller owns, or NULL.
 */
void distcoord_push_failures_free(distcoord_push_failures *failures);

#ifdef __cplusplus
}
#endif

#endif
