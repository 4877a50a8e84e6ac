/**
 * Topics: messages that are kept for a time or up to a number, read by any number of subscriptions from any position,
 * and by consumer groups at least once.
 *
 * A subscription reads all messages from a position on, in order, and knows how many it missed because they were no
 * longer kept. A consumer group shares the messages among its consumers: each message goes to one of them, is held by
 * it until it is acknowledged, and goes to another when the consumer released it or died. A topic is made by its first
 * use and is a Redis stream.
 */
#ifndef DISTCOORD_TOPIC_H
#define DISTCOORD_TOPIC_H

#include "client.h"
#include "message.h"
#include "channel.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_topic distcoord_topic;
typedef struct distcoord_topic_options distcoord_topic_options;
typedef struct distcoord_topic_info distcoord_topic_info;
typedef struct distcoord_consumer distcoord_consumer;
typedef struct distcoord_consumer_options distcoord_consumer_options;

/**
 * Makes options of a topic with the defaults: 100 000 messages, 7 days.
 *
 * @returns Options that the caller owns (`distcoord_topic_options_free`).
 */
distcoord_topic_options *distcoord_topic_options_new(void);

/**
 * Frees options of a topic.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_topic_options_free(distcoord_topic_options *options);

/**
 * How many messages are kept, the newest; a few more may be, because they are dropped in blocks.
 *
 * @param options The options.
 * @param messages 1 to 1 000 000 000; 0 for no limit.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_topic_options_set_max_messages(distcoord_topic_options *options, int64_t messages);

/**
 * How long messages are kept; a few may be for a little longer. A topic into which nothing is published for that long
 * is forgotten, with its groups, unless a group has a living consumer.
 *
 * @param options The options.
 * @param age_ms 1 000 ms to 10 years; 0 for no limit.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_topic_options_set_max_age_ms(distcoord_topic_options *options, int64_t age_ms);

/**
 * Makes a handle on a topic. Nothing is sent. The limits are applied by whoever publishes.
 *
 * @param client The client.
 * @param name The topic's name.
 * @param options Options, or NULL for the defaults.
 * @param out_topic Receives a handle that the caller owns (`distcoord_topic_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_topic_open(
    distcoord_client *client, const char *name, const distcoord_topic_options *options, distcoord_topic **out_topic,
    distcoord_error **error);

/**
 * Publishes a message; it is on the server when this returns. May block for one round trip.
 *
 * @param topic The handle.
 * @param payload The message's bytes.
 * @param length How many.
 * @param out_id A buffer that receives the message's id and a NUL; may be NULL.
 * @param id_capacity Size of that buffer in bytes: 48 fits every id.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_topic_publish(
    distcoord_topic *topic, const void *payload, size_t length, char *out_id, size_t id_capacity,
    distcoord_error **error);

/**
 * Publishes many messages, in order, in as few round trips as their size allows. May block. When it fails the first of
 * them may have been published.
 *
 * @param topic The handle.
 * @param payloads `count` pointers.
 * @param lengths `count` lengths.
 * @param count How many messages, up to 100 000.
 * @param out_published Receives how many were published for certain, also on failure; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_topic_publish_many(
    distcoord_topic *topic, const void *const *payloads, const size_t *lengths, size_t count, size_t *out_published,
    distcoord_error **error);

/**
 * Reads the topic from a position on, with the functions of distcoord_subscription_*. Nothing is dropped for a slow
 * reader as long as the server keeps it. May block for one round trip.
 *
 * @param topic The handle.
 * @param after The id of a message, after which it begins; "0" for the oldest that is kept; NULL for only those
 *   published from now on.
 * @param since_ms With `after` NULL and this above 0: begin with the first message published at that time,
 *   milliseconds since 1970, or later.
 * @param capacity How many messages are fetched ahead, 1 to 10 000; 0 for the default of 256.
 * @param out_subscription Receives a subscription that the caller owns (`distcoord_subscription_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT, `after` is no id.
 */
distcoord_status distcoord_topic_subscribe(
    distcoord_topic *topic, const char *after, int64_t since_ms, int64_t capacity,
    distcoord_subscription **out_subscription, distcoord_error **error);

/**
 * Makes options of a consumer with the defaults: a name that the library makes, lease 10 000 ms, 64 messages ahead, a
 * new group begins with the oldest message that is kept.
 *
 * @returns Options that the caller owns (`distcoord_consumer_options_free`).
 */
distcoord_consumer_options *distcoord_consumer_options_new(void);

/**
 * Frees options of a consumer.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_consumer_options_free(distcoord_consumer_options *options);

/**
 * The consumer's name within its group; of two living consumers with one name the second is refused.
 *
 * @param options The options.
 * @param name As for names, 1 to 128 bytes.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_consumer_options_set_name(distcoord_consumer_options *options, const char *name);

/**
 * How long what it holds outlives its process. 100 to 86 400 000 ms. The library renews it.
 *
 * @param options The options.
 * @param lease_ms Milliseconds.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_consumer_options_set_lease_ms(distcoord_consumer_options *options, int64_t lease_ms);

/**
 * How many messages it holds that were delivered and neither acknowledged nor released; more are not fetched.
 *
 * @param options The options.
 * @param messages 1 to 10 000.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_consumer_options_set_prefetch(distcoord_consumer_options *options, int32_t messages);

/**
 * Where a group begins that is not there yet.
 *
 * @param options The options.
 * @param from_new True: with the next message that is published; false: with the oldest that is kept.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_consumer_options_set_from_new(distcoord_consumer_options *options, bool from_new);

/**
 * How long a message may be held by a living consumer before it goes to another. It counts from when the message was
 * fetched; one that was fetched ahead and has waited for half of that time is not handed out, but fetched anew.
 *
 * @param options The options.
 * @param timeout_ms 1 000 ms to a day; 0, the default, for no limit.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_consumer_options_set_ack_timeout_ms(
    distcoord_consumer_options *options, int64_t timeout_ms);

/**
 * Joins a consumer group, which is made if it is not there. May block for one round trip.
 *
 * @param topic The handle.
 * @param group The group's name.
 * @param options Options, or NULL for the defaults.
 * @param out_consumer Receives a consumer that the caller owns (`distcoord_consumer_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_EXISTS, a living consumer has the name.
 */
distcoord_status distcoord_consumer_open(
    distcoord_topic *topic, const char *group, const distcoord_consumer_options *options,
    distcoord_consumer **out_consumer, distcoord_error **error);

/**
 * Takes the next message of the group; those that a dead consumer held, and those released, first. May block.
 *
 * @param consumer The consumer.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_message Receives a message that the caller owns (`distcoord_message_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED; DISTCOORD_LOST, the lease
 *   has ended: what it held goes to others, and the next call joins anew. DISTCOORD_ERROR_CONFLICT, another living
 *   consumer has taken the name meanwhile.
 */
distcoord_status distcoord_consumer_next(
    distcoord_consumer *consumer, int64_t wait_ms, distcoord_message **out_message, distcoord_error **error);

/**
 * Says that a message is done. May block for one round trip.
 *
 * @param consumer The consumer.
 * @param id The message's id.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST, it is not held by this consumer any more, and may be delivered to another.
 */
distcoord_status distcoord_consumer_acknowledge(distcoord_consumer *consumer, const char *id, distcoord_error **error);

/**
 * Says that many messages are done, in one round trip. May block.
 *
 * @param consumer The consumer.
 * @param ids `count` ids.
 * @param count How many, up to 10 000.
 * @param out_acknowledged Receives how many of them were held by this consumer; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST, at least one was not.
 */
distcoord_status distcoord_consumer_acknowledge_many(
    distcoord_consumer *consumer, const char *const *ids, size_t count, size_t *out_acknowledged,
    distcoord_error **error);

/**
 * Gives a message back: it is delivered again, at once or later. May block for one round trip.
 *
 * @param consumer The consumer.
 * @param id The message's id.
 * @param delay_ms After how long, 0 to a day.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST, it was not held any more.
 */
distcoord_status distcoord_consumer_release(
    distcoord_consumer *consumer, const char *id, int64_t delay_ms, distcoord_error **error);

/**
 * The consumer's name.
 *
 * @param consumer The consumer.
 * @returns Text, borrowed until `distcoord_consumer_free`; empty for NULL.
 */
const char *distcoord_consumer_name(const distcoord_consumer *consumer);

/**
 * How many messages the group has missed, as far as this consumer knows: they were no longer kept when it was their
 * turn.
 *
 * @param consumer The consumer.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_consumer_missed(const distcoord_consumer *consumer);

/**
 * Leaves the group; what it holds is delivered to others at once. May block for one round trip.
 *
 * @param consumer The consumer.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it was closed before.
 */
distcoord_status distcoord_consumer_close(distcoord_consumer *consumer, distcoord_error **error);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param consumer The handle, or NULL.
 */
void distcoord_consumer_cancel(distcoord_consumer *consumer);

/**
 * Frees a consumer; one that was not closed is closed in the background.
 *
 * @param consumer A consumer that the caller owns, or NULL.
 */
void distcoord_consumer_free(distcoord_consumer *consumer);

/**
 * Asks how the topic and its groups stand. May block for one round trip.
 *
 * @param topic The handle.
 * @param out_info Receives a snapshot that the caller owns (`distcoord_topic_info_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND, nothing was ever published, or it is forgotten, and it has no group.
 */
distcoord_status distcoord_topic_inspect(
    distcoord_topic *topic, distcoord_topic_info **out_info, distcoord_error **error);

/**
 * Messages that are kept.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_topic_info_messages(const distcoord_topic_info *info);

/**
 * Messages ever published.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_topic_info_published(const distcoord_topic_info *info);

/**
 * Id of the oldest message that is kept.
 *
 * @param info A snapshot.
 * @returns Text, borrowed until `distcoord_topic_info_free`; empty when there is none.
 */
const char *distcoord_topic_info_first_id(const distcoord_topic_info *info);

/**
 * Id of the newest message that is kept.
 *
 * @param info A snapshot.
 * @returns Text, borrowed until `distcoord_topic_info_free`; empty when there is none.
 */
const char *distcoord_topic_info_last_id(const distcoord_topic_info *info);

/**
 * Number of consumer groups.
 *
 * @param info A snapshot.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_topic_info_group_count(const distcoord_topic_info *info);

/**
 * Name of a group.
 *
 * @param info A snapshot.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_topic_info_free`; empty when there is no such group.
 */
const char *distcoord_topic_info_group_name(const distcoord_topic_info *info, size_t index);

/**
 * Messages that wait to be delivered: those that the group has not read yet, and those that were given back.
 *
 * @param info A snapshot.
 * @param index From 0.
 * @returns The number; 0 when there is no such group.
 */
int64_t distcoord_topic_info_group_waiting(const distcoord_topic_info *info, size_t index);

/**
 * Messages that were delivered to its consumers and neither acknowledged nor given back.
 *
 * @param info A snapshot.
 * @param index From 0.
 * @returns The number; 0 when there is no such group.
 */
int64_t distcoord_topic_info_group_held(const distcoord_topic_info *info, size_t index);

/**
 * Its living consumers.
 *
 * @param info A snapshot.
 * @param index From 0.
 * @returns The number; 0 when there is no such group.
 */
int64_t distcoord_topic_info_group_consumers(const distcoord_topic_info *info, size_t index);

/**
 * Frees a snapshot.
 *
 * @param info A snapshot that the caller owns, or NULL.
 */
void distcoord_topic_info_free(distcoord_topic_info *info);

/**
 * Moves a group to a position, back to read again or forward to skip. Only the position counts: what was given back is
 * not delivered again for that reason. What its consumers hold stays with them, unless it is read again: then its new
 * holder has it. May block for one round trip.
 *
 * @param topic The handle.
 * @param group The group's name.
 * @param after As for `distcoord_topic_subscribe`.
 * @param since_ms As for `distcoord_topic_subscribe`.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_topic_seek(
    distcoord_topic *topic, const char *group, const char *after, int64_t since_ms, distcoord_error **error);

/**
 * Deletes a group; its consumers get DISTCOORD_LOST. May block for one round trip.
 *
 * @param topic The handle.
 * @param group The group's name.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, or DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_topic_delete_group(distcoord_topic *topic, const char *group, distcoord_error **error);

/**
 * Drops all messages but the newest. May block for one round trip.
 *
 * @param topic The handle.
 * @param keep How many to keep, from 0.
 * @param out_dropped Receives how many were dropped; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_topic_trim(
    distcoord_topic *topic, int64_t keep, int64_t *out_dropped, distcoord_error **error);

/**
 * Frees a handle.
 *
 * @param topic A handle that the caller owns, or NULL.
 */
void distcoord_topic_free(distcoord_topic *topic);

#ifdef __cplusplus
}
#endif

#endif
