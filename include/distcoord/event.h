/**
 * An event: a flag that is set or not; those who wait for it go on when it is set.
 *
 * Who waits while it is being set goes on, also when it is cleared at once after. An event that nobody uses for a day
 * is forgotten, that is, not set.
 */
#ifndef DISTCOORD_EVENT_H
#define DISTCOORD_EVENT_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_event distcoord_event;

/**
 * Makes a handle on an event. Nothing is sent.
 *
 * @param client The client.
 * @param name The event's name.
 * @param out_event Receives a handle that the caller owns (`distcoord_event_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_event_open(
    distcoord_client *client, const char *name, distcoord_event **out_event, distcoord_error **error);

/**
 * Sets it; all who wait go on. May block for one round trip.
 *
 * @param event The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_event_set(distcoord_event *event, distcoord_error **error);

/**
 * Clears it. May block for one round trip.
 *
 * @param event The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_event_clear(distcoord_event *event, distcoord_error **error);

/**
 * Asks whether it is set. May block for one round trip.
 *
 * @param event The handle.
 * @param out_is_set Receives whether it is.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_event_is_set(distcoord_event *event, bool *out_is_set, distcoord_error **error);

/**
 * Waits until it is set. May block.
 *
 * @param event The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK (it was set), DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_event_wait(distcoord_event *event, int64_t wait_ms, distcoord_error **error);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param event The handle, or NULL.
 */
void distcoord_event_cancel(distcoord_event *event);

/**
 * Frees a handle.
 *
 * @param event A handle that the caller owns, or NULL.
 */
void distcoord_event_free(distcoord_event *event);

#ifdef __cplusplus
}
#endif

#endif
