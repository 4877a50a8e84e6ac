/**
 * A claimed job: what it is, and saying how it ended. It is held under a lease that the library renews until the job is
 * settled or its time is over.
 */
#ifndef DISTCOORD_JOB_H
#define DISTCOORD_JOB_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_job distcoord_job;

/** What a job handle knows about its own claim, without asking the server. */
enum {
    DISTCOORD_JOB_CLAIMED = 0,
    /** This handle has said how the job ended, or given it back. */
    DISTCOORD_JOB_SETTLED = 1,
    /** The lease has ended: another worker has or had it. */
    DISTCOORD_JOB_LOST = 2,
    /** Still claimed, but somebody asks to cancel it: `distcoord_job_cancelled`, or go on and settle it otherwise. */
    DISTCOORD_JOB_CANCELLING = 3,
    /** The time for this attempt is over, and the library has said that it failed. */
    DISTCOORD_JOB_EXPIRED = 4
};

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
 * How many attempts there are in all.
 *
 * @param job A job.
 * @returns The number; 0 for NULL.
 */
int32_t distcoord_job_max_attempts(const distcoord_job *job);

/**
 * How long this attempt may take.
 *
 * @param job A job.
 * @returns Milliseconds; 0 for no limit.
 */
int64_t distcoord_job_timeout_ms(const distcoord_job *job);

/**
 * What the payload is said to be.
 *
 * @param job A job.
 * @returns Text, borrowed until `distcoord_job_free`; empty when nothing was said.
 */
const char *distcoord_job_content_type(const distcoord_job *job);

/**
 * How many headers the job carries.
 *
 * @param job A job.
 * @returns The number.
 */
size_t distcoord_job_header_count(const distcoord_job *job);

/**
 * Name of a header.
 *
 * @param job A job.
 * @param index From 0; headers are ordered by name.
 * @returns Text, borrowed until `distcoord_job_free`; empty when there is no such header.
 */
const char *distcoord_job_header_name(const distcoord_job *job, size_t index);

/**
 * Value of a header.
 *
 * @param job A job.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_job_free`; empty when there is no such header.
 */
const char *distcoord_job_header_value(const distcoord_job *job, size_t index);

/**
 * The batch it belongs to.
 *
 * @param job A job.
 * @returns Text, borrowed until `distcoord_job_free`; empty when there is none.
 */
const char *distcoord_job_batch(const distcoord_job *job);

/**
 * The queue it was claimed from.
 *
 * @param job A job.
 * @returns Text, borrowed until `distcoord_job_free`; empty for NULL.
 */
const char *distcoord_job_queue(const distcoord_job *job);

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
 * @returns One of DISTCOORD_JOB_*; LOST for NULL.
 */
int32_t distcoord_job_state(const distcoord_job *job);

/**
 * A file descriptor (eventfd) that is readable while the job's state is LOST, CANCELLING or EXPIRED. Do not read, write
 * or close it.
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
 * @returns DISTCOORD_OK; DISTCOORD_LOST (the lease ended: another worker has or had it); DISTCOORD_NOT_HELD (this
 *   handle has settled it already, or its time was over); DISTCOORD_ERROR_TOO_LARGE.
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
 * Says that the attempt failed, as `distcoord_job_fail`, with more about it. All texts together are kept up to 64 KiB.
 *
 * @param job A job.
 * @param type Kind of the error, for instance the name of the exception's type; NULL for nothing.
 * @param message What went wrong, UTF-8; NULL for nothing.
 * @param traceback Where, UTF-8; NULL for nothing.
 * @param retry Whether another attempt may help.
 * @param delay_ms Delay before the next attempt instead of the job's backoff; negative for the backoff.
 * @param error See distcoord.h.
 * @returns As `distcoord_job_complete`.
 */
distcoord_status distcoord_job_fail_with(
    distcoord_job *job, const char *type, const char *message, const char *traceback, bool retry, int64_t delay_ms,
    distcoord_error **error);

/**
 * Ends the job as cancelled: for a worker that stops because the state is DISTCOORD_JOB_CANCELLING. May block for one
 * round trip.
 *
 * @param job A job.
 * @param error See distcoord.h.
 * @returns As `distcoord_job_complete`.
 */
distcoord_status distcoord_job_cancelled(distcoord_job *job, distcoord_error **error);

/**
 * Gives the job back untouched, not to be claimed for a while; no attempt counted. May block for one round trip.
 *
 * @param job A job.
 * @param delay_ms Milliseconds, 0 to 10 years.
 * @param error See distcoord.h.
 * @returns As `distcoord_job_complete`.
 */
distcoord_status distcoord_job_release_after(distcoord_job *job, int64_t delay_ms, distcoord_error **error);

/**
 * Says how far the work is, for all who look at the job (jobs.h). May block for one round trip. The last one counts; it
 * is forgotten when the job ends.
 *
 * @param job A job.
 * @param percent 0 to 100.
 * @param text Anything, at most 1 024 bytes; NULL for nothing.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_LOST, DISTCOORD_NOT_HELD.
 */
distcoord_status distcoord_job_progress(
    distcoord_job *job, int32_t percent, const char *text, distcoord_error **error);

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

#ifdef __cplusplus
}
#endif

#endif
