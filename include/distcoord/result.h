/**
 * How a job ended. `distcoord_queue_result` fetches it, waiting for the end if need be.
 */
#ifndef DISTCOORD_RESULT_H
#define DISTCOORD_RESULT_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_result distcoord_result;

/** How a job can end. */
enum {
    DISTCOORD_RESULT_COMPLETED = 0,
    /** Its attempts are used up, or it was failed for good. */
    DISTCOORD_RESULT_DEAD = 1,
    DISTCOORD_RESULT_CANCELLED = 2,
    /** A job that it waited for did not complete. */
    DISTCOORD_RESULT_SKIPPED = 3
};

/**
 * How the job ended.
 *
 * @param result A result.
 * @returns One of DISTCOORD_RESULT_*; DEAD for NULL.
 */
int32_t distcoord_result_state(const distcoord_result *result);

/**
 * The result of a completed job; the message of the last failure of a dead one; why the others did not run.
 *
 * @param result A result.
 * @param out_length Receives how many bytes; may be NULL.
 * @returns Bytes followed by a NUL that is not counted, borrowed until `distcoord_result_free`; never NULL but for a
 *   NULL result.
 */
const void *distcoord_result_bytes(const distcoord_result *result, size_t *out_length);

/**
 * Kind of the last failure of a dead job.
 *
 * @param result A result.
 * @returns Text, borrowed until `distcoord_result_free`; empty when nothing is known.
 */
const char *distcoord_result_error_type(const distcoord_result *result);

/**
 * Traceback of the last failure of a dead job.
 *
 * @param result A result.
 * @returns Text, borrowed until `distcoord_result_free`; empty when nothing is known.
 */
const char *distcoord_result_traceback(const distcoord_result *result);

/**
 * Which worker's attempt failed last, of a dead job.
 *
 * @param result A result.
 * @returns Its name, else the label of its client, or of a worker that died the identity of its client; borrowed until
 *   `distcoord_result_free`; empty when nothing is known.
 */
const char *distcoord_result_worker(const distcoord_result *result);

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

#ifdef __cplusplus
}
#endif

#endif
