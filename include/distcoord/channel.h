/**
 * Channels: publish and subscribe, at most once. Who is not there when a message is published does not get it; for
 * messages that are kept see topic.h.
 *
 * A subscription has a buffer of its own; when its reader is too slow the oldest messages fall out, and the next one
 * says how many were missed. Messages published while the connection was lost are counted as missed, too; when the
 * server has forgotten how many there were, because it was started anew meanwhile, as at least one.
 */
#ifndef DISTCOORD_CHANNEL_H
#define DISTCOORD_CHANNEL_H

#include "client.h"
#include "message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_subscription distcoord_subscription;

/**
 * Publishes a message; once, also when the server's answer is lost and the call is sent again. May block for one round
 * trip. One that is larger than the server holds for a subscriber (`client-output-buffer-limit`, 32 MiB as Redis comes)
 * cuts its subscribers off: they count it as missed.
 *
 * @param client The client.
 * @param name The channel's name.
 * @param payload The message's bytes.
 * @param length How many.
 * @param out_receivers Receives how many clients got it, on this server; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when nobody listens; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_channel_publish(
    distcoord_client *client, const char *name, const void *payload, size_t length, int64_t *out_receivers,
    distcoord_error **error);

/**
 * Makes a subscription to no channel yet. Nothing is sent.
 *
 * @param client The client.
 * @param capacity How many messages it holds for a slow reader, 1 to 1 000 000; 0 for the default of 1 024. It never
 *   holds more than 64 MiB.
 * @param out_subscription Receives a subscription that the caller owns (`distcoord_subscription_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_subscription_open(
    distcoord_client *client, int64_t capacity, distcoord_subscription **out_subscription, distcoord_error **error);

/**
 * Subscribes a channel: what is published after this returns, arrives. May block for one round trip.
 *
 * @param subscription The subscription.
 * @param name The channel's name.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it has it already.
 */
distcoord_status distcoord_subscription_add(
    distcoord_subscription *subscription, const char *name, distcoord_error **error);

/**
 * Ends the subscription of a channel. Messages that have arrived stay.
 *
 * @param subscription The subscription.
 * @param name The channel's name.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_subscription_remove(
    distcoord_subscription *subscription, const char *name, distcoord_error **error);

/**
 * Takes the next message, in order of arrival. May block. Of a topic's subscription see topic.h.
 *
 * @param subscription The subscription.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_message Receives a message that the caller owns (`distcoord_message_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_subscription_next(
    distcoord_subscription *subscription, int64_t wait_ms, distcoord_message **out_message, distcoord_error **error);

/**
 * How many messages were missed in all.
 *
 * @param subscription The subscription.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_subscription_missed(const distcoord_subscription *subscription);

/**
 * A file descriptor (eventfd) that is readable while there may be a message to take; `distcoord_subscription_next`
 * with a wait of 0 then takes it, or finds none, and lowers it. Do not read, write or close it.
 *
 * @param subscription The subscription.
 * @returns A descriptor, borrowed until `distcoord_subscription_free`; -1 when the process has none left.
 */
int32_t distcoord_subscription_event_fd(distcoord_subscription *subscription);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param subscription The handle, or NULL.
 */
void distcoord_subscription_cancel(distcoord_subscription *subscription);

/**
 * Ends a subscription and frees it.
 *
 * @param subscription A subscription that the caller owns, or NULL.
 */
void distcoord_subscription_free(distcoord_subscription *subscription);

#ifdef __cplusplus
}
#endif

#endif
