/**
 * A message of a channel (channel.h) or a topic (topic.h).
 */
#ifndef DISTCOORD_MESSAGE_H
#define DISTCOORD_MESSAGE_H

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_message distcoord_message;

/**
 * Name of the channel or topic it came by.
 *
 * @param message A message.
 * @returns Text, borrowed until `distcoord_message_free`; empty for NULL.
 */
const char *distcoord_message_source(const distcoord_message *message);

/**
 * Its bytes.
 *
 * @param message A message.
 * @returns Bytes, borrowed until `distcoord_message_free`, with a NUL behind them; empty for NULL.
 */
const void *distcoord_message_payload(const distcoord_message *message);

/**
 * How many bytes it has.
 *
 * @param message A message.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_message_length(const distcoord_message *message);

/**
 * How many messages of the same source were missed directly before this one: the reader was too slow, or away, or they
 * were no longer kept.
 *
 * @param message A message.
 * @returns The number, 0 as a rule; at least that many when it was not there for long.
 */
int64_t distcoord_message_missed(const distcoord_message *message);

/**
 * Of a topic: its id, a position from which to read on.
 *
 * @param message A message.
 * @returns Text, borrowed until `distcoord_message_free`; empty for a channel's and for NULL.
 */
const char *distcoord_message_id(const distcoord_message *message);

/**
 * Of a topic: when it was published, milliseconds since 1970 by the server's clock.
 *
 * @param message A message.
 * @returns Milliseconds; 0 for a channel's and for NULL.
 */
int64_t distcoord_message_published_ms(const distcoord_message *message);

/**
 * Of a consumer group: how many times it has been delivered, this time included.
 *
 * @param message A message.
 * @returns The number; 1 for all others, 0 for NULL.
 */
int64_t distcoord_message_deliveries(const distcoord_message *message);

/**
 * Frees a message. Of a consumer group this neither acknowledges nor releases it.
 *
 * @param message A message that the caller owns, or NULL.
 */
void distcoord_message_free(distcoord_message *message);

#ifdef __cplusplus
}
#endif

#endif
