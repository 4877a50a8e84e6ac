/**
 * A latch: a count that is taken down to zero, once; any number wait for that. For the jobs of a batch see batch.h,
 * which counts them by itself.
 *
 * A latch comes into being with its first use by a handle that knows its count, stays open once it is at zero, and is
 * forgotten a day after its last use; `distcoord_latch_reset` makes it anew.
 */
#ifndef DISTCOORD_LATCH_H
#define DISTCOORD_LATCH_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_latch distcoord_latch;

/**
 * Makes a handle on a latch. Nothing is sent.
 *
 * @param client The client.
 * @param name The latch's name.
 * @param count What a latch that is not there yet begins with, 1 to 1 000 000 000; 0 to use only one that another
 *   handle has made, or will make.
 * @param out_latch Receives a handle that the caller owns (`distcoord_latch_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_latch_open(
    distcoord_client *client, const char *name, int64_t count, distcoord_latch **out_latch, distcoord_error **error);

/**
 * Takes the count down. At zero all who wait go on. May block for one round trip.
 *
 * @param latch The handle.
 * @param by By how much, 1 to 1 000 000 000; it never falls below zero.
 * @param out_count Receives the count that is left; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it was at zero before; DISTCOORD_NOT_FOUND, it is not there and the handle has no
 *   count.
 */
distcoord_status distcoord_latch_count_down(
    distcoord_latch *latch, int64_t by, int64_t *out_count, distcoord_error **error);

/**
 * Waits until the count is zero. May block. A latch that is not there yet is waited for, too.
 *
 * @param latch The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (zero), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED; DISTCOORD_BROKEN, it
 *   was reset while waiting.
 */
distcoord_status distcoord_latch_wait(distcoord_latch *latch, int64_t wait_ms, distcoord_error **error);

/**
 * Asks for the count. May block for one round trip.
 *
 * @param latch The handle.
 * @param out_count Receives the count.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND, it is not there and the handle has no count.
 */
distcoord_status distcoord_latch_count(distcoord_latch *latch, int64_t *out_count, distcoord_error **error);

/**
 * Makes it anew with a count. Those who wait get DISTCOORD_BROKEN. May block for one round trip.
 *
 * @param latch The handle.
 * @param count 1 to 1 000 000 000; 0 for the count of the handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT, neither says a count.
 */
distcoord_status distcoord_latch_reset(distcoord_latch *latch, int64_t count, distcoord_error **error);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param latch The handle, or NULL.
 */
void distcoord_latch_cancel(distcoord_latch *latch);

/**
 * Frees a handle.
 *
 * @param latch A handle that the caller owns, or NULL.
 */
void distcoord_latch_free(distcoord_latch *latch);

#ifdef __cplusplus
}
#endif

#endif
