/**
 * Why a call failed. An error object is made only for negative statuses and never changes after it was made.
 *
 * All accessors accept NULL and then answer as for success: status 0, empty texts.
 */
#ifndef DISTCOORD_ERROR_H
#define DISTCOORD_ERROR_H

#include "status.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_error distcoord_error;

/**
 * The status that the failed call returned.
 *
 * @param error An error, or NULL.
 * @returns The status.
 */
distcoord_status distcoord_error_status(const distcoord_error *error);

/**
 * What happened and what to do about it, in one line of English without a final full stop. Passwords never appear.
 *
 * @param error An error, or NULL.
 * @returns Text, borrowed until `distcoord_error_free`.
 */
const char *distcoord_error_message(const distcoord_error *error);

/**
 * The server's own words, for example "OOM command not allowed when used memory > 'maxmemory'."; empty when the
 * server said nothing.
 *
 * @param error An error, or NULL.
 * @returns Text, borrowed until `distcoord_error_free`.
 */
const char *distcoord_error_server_text(const distcoord_error *error);

/**
 * Whether the same call may succeed later without anybody changing anything.
 *
 * @param error An error, or NULL.
 * @returns True for the statuses marked (r) in status.h.
 */
bool distcoord_error_is_retriable(const distcoord_error *error);

/**
 * Frees an error.
 *
 * @param error An error that the caller owns, or NULL.
 */
void distcoord_error_free(distcoord_error *error);

#ifdef __cplusplus
}
#endif

#endif
