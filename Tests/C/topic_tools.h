/* What the tests of channels, topics and consumers share. */
#ifndef TOPIC_TOOLS_H
#define TOPIC_TOOLS_H

#include "harness.h"

enum { ID = 48 };

/* ---------------------------------------------------------------- messages */

/* Takes a message, which must come; its payload as text, borrowed until the next call of the thread. */
#define NEXT(subscription) next_text(__FILE__, __LINE__, (subscription), NULL)
#define NEXT_AND(subscription, look) next_text(__FILE__, __LINE__, (subscription), (look))

struct look {
    int64_t missed, deliveries, published_ms;
    char id[ID], source[64];
};

__attribute__((unused)) static const char *keep_text(distcoord_message *message, struct look *look)
{
    static _Thread_local char text[64];
    snprintf(text, sizeof text, "%s", (const char *)distcoord_message_payload(message));
    if (look) {
        look->missed = distcoord_message_missed(message);
        look->deliveries = distcoord_message_deliveries(message);
        look->published_ms = distcoord_message_published_ms(message);
        snprintf(look->id, sizeof look->id, "%s", distcoord_message_id(message));
        snprintf(look->source, sizeof look->source, "%s", distcoord_message_source(message));
    }
    distcoord_message_free(message);
    return text;
}

__attribute__((unused)) static const char *next_text(
    const char *file, int line, distcoord_subscription *subscription, struct look *look)
{
    distcoord_message *message = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_subscription_next(subscription, 5000 * time_factor(), &message, &error);
    if (!status_is(file, line, "next", status, DISTCOORD_OK, error)) return "(none)";
    return keep_text(message, look);
}

#define CHECK_NOTHING(subscription)                                                                     \
    do {                                                                                                \
        distcoord_message *none_ = NULL;                                                                \
        CHECK_STATUS(distcoord_subscription_next((subscription), 0, &none_, E), DISTCOORD_TIMED_OUT);   \
        CHECK(none_ == NULL);                                                                           \
    } while (0)

/* ---------------------------------------------------------------- channels */

__attribute__((unused)) static distcoord_subscription *subscribe(
    distcoord_client *client, int64_t capacity, const char *channel)
{
    distcoord_subscription *subscription = NULL;
    REQUIRE_OK(distcoord_subscription_open(client, capacity, &subscription, E));
    if (channel) REQUIRE_OK(distcoord_subscription_add(subscription, channel, E));
    return subscription;
}

__attribute__((unused)) static int64_t tell(distcoord_client *client, const char *channel, const char *text)
{
    int64_t receivers = -1;
    CHECK_OK(distcoord_channel_publish(client, channel, text, strlen(text), &receivers, E));
    return receivers;
}

/* ---------------------------------------------------------------- topics */

__attribute__((unused)) static distcoord_topic *open_topic(distcoord_client *client, int64_t keep, int64_t age_ms)
{
    distcoord_topic_options *options = distcoord_topic_options_new();
    distcoord_topic *topic = NULL;
    if (keep >= 0) CHECK_INT(distcoord_topic_options_set_max_messages(options, keep), DISTCOORD_OK);
    if (age_ms >= 0) CHECK_INT(distcoord_topic_options_set_max_age_ms(options, age_ms), DISTCOORD_OK);
    REQUIRE_OK(distcoord_topic_open(client, "t", options, &topic, E));
    distcoord_topic_options_free(options);
    return topic;
}

__attribute__((unused)) static void publish(distcoord_topic *topic, const char *text, char *out_id)
{
    REQUIRE_OK(distcoord_topic_publish(topic, text, strlen(text), out_id, out_id ? ID : 0, E));
}

/* Publishes "<first>", "<first + 1>", ... in one call. */
__attribute__((unused)) static void publish_numbers(distcoord_topic *topic, int first, int count)
{
    char (*texts)[16] = calloc((size_t)count, sizeof *texts);
    const void **payloads = calloc((size_t)count, sizeof *payloads);
    size_t *lengths = calloc((size_t)count, sizeof *lengths), published = 0;
    for (int i = 0; i < count; i++) {
        lengths[i] = (size_t)snprintf(texts[i], sizeof texts[i], "%d", first + i);
        payloads[i] = texts[i];
    }
    REQUIRE_OK(distcoord_topic_publish_many(topic, payloads, lengths, (size_t)count, &published, E));
    CHECK_INT(published, count);
    free(texts);
    free(payloads);
    free(lengths);
}

__attribute__((unused)) static distcoord_subscription *read_from(
    distcoord_topic *topic, const char *after, int64_t since_ms, int64_t capacity)
{
    distcoord_subscription *subscription = NULL;
    REQUIRE_OK(distcoord_topic_subscribe(topic, after, since_ms, capacity, &subscription, E));
    return subscription;
}

/* ---------------------------------------------------------------- consumers */

struct terms {
    const char *name;
    int64_t lease_ms, timeout_ms;
    int32_t prefetch;
    bool from_new;
};

__attribute__((unused)) static distcoord_status try_consume(
    distcoord_topic *topic, struct terms terms, distcoord_consumer **out)
{
    distcoord_consumer_options *options = distcoord_consumer_options_new();
    if (terms.name) CHECK_INT(distcoord_consumer_options_set_name(options, terms.name), DISTCOORD_OK);
    if (terms.lease_ms) CHECK_INT(distcoord_consumer_options_set_lease_ms(options, terms.lease_ms), DISTCOORD_OK);
    if (terms.prefetch) CHECK_INT(distcoord_consumer_options_set_prefetch(options, terms.prefetch), DISTCOORD_OK);
    if (terms.timeout_ms) {
        CHECK_INT(distcoord_consumer_options_set_ack_timeout_ms(options, terms.timeout_ms), DISTCOORD_OK);
    }
    CHECK_INT(distcoord_consumer_options_set_from_new(options, terms.from_new), DISTCOORD_OK);
    distcoord_status status = distcoord_consumer_open(topic, "g", options, out, NULL);
    distcoord_consumer_options_free(options);
    return status;
}

__attribute__((unused)) static distcoord_consumer *consume(distcoord_topic *topic, struct terms terms)
{
    distcoord_consumer *consumer = NULL;
    CHECK_INT(try_consume(topic, terms, &consumer), DISTCOORD_OK);
    REQUIRE(consumer != NULL);
    return consumer;
}

#define TAKE(consumer) take_text(__FILE__, __LINE__, (consumer), NULL)
#define TAKE_AND(consumer, look) take_text(__FILE__, __LINE__, (consumer), (look))

__attribute__((unused)) static const char *take_text(
    const char *file, int line, distcoord_consumer *consumer, struct look *look)
{
    distcoord_message *message = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_consumer_next(consumer, 8000 * time_factor(), &message, &error);
    if (!status_is(file, line, "next", status, DISTCOORD_OK, error)) return "(none)";
    return keep_text(message, look);
}

#define CHECK_NONE(consumer)                                                                        \
    do {                                                                                            \
        distcoord_message *none_ = NULL;                                                            \
        CHECK_STATUS(distcoord_consumer_next((consumer), 0, &none_, E), DISTCOORD_TIMED_OUT);       \
        CHECK(none_ == NULL);                                                                       \
    } while (0)

#define ACKNOWLEDGE(consumer, look) CHECK_OK(distcoord_consumer_acknowledge((consumer), (look).id, E))

/* "<waiting> <held> <consumers>" of a topic's only group; borrowed until the next call. */
__attribute__((unused)) static const char *group_stands(distcoord_topic *topic)
{
    static char text[96];
    distcoord_topic_info *info = NULL;
    REQUIRE_OK(distcoord_topic_inspect(topic, &info, E));
    CHECK_INT(distcoord_topic_info_group_count(info), 1);
    CHECK_TEXT(distcoord_topic_info_group_name(info, 0), "g");
    snprintf(
        text, sizeof text, "%lld %lld %lld", (long long)distcoord_topic_info_group_waiting(info, 0),
        (long long)distcoord_topic_info_group_held(info, 0), (long long)distcoord_topic_info_group_consumers(info, 0));
    distcoord_topic_info_free(info);
    return text;
}

#endif
