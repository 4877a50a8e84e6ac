/* What the C runner can be asked about channels, topics and consumers. */
#ifndef RUNNER_EVENTS_H
#define RUNNER_EVENTS_H

#include "runner_wire.h"

enum { ID_SIZE = 48, IDS = 256 };

static struct handle subscriptions[LIMIT], topics[LIMIT], consumers[LIMIT];

static void print_message(distcoord_message *message)
{
    print_text("source", distcoord_message_source(message));
    fputs(" payload=", stdout);
    print_encoded(distcoord_message_payload(message), distcoord_message_length(message));
    print_number("missed", distcoord_message_missed(message));
    print_text("id", distcoord_message_id(message));
    print_number("deliveries", distcoord_message_deliveries(message));
    distcoord_message_free(message);
}

/* ---------------------------------------------------------------- channels and subscriptions */

static void ask_channel(const char *verb)
{
    if (strcmp(verb, "publish") != 0) {
        fputs("UNKNOWN_REQUEST", stdout);
        return;
    }
    size_t length = 0;
    const char *payload = bytes_of("payload", &length);
    int64_t receivers = 0;
    if (answered(distcoord_channel_publish(client, name(), payload, length, &receivers, NULL))) {
        print_number("receivers", receivers);
    }
}

static void ask_subscription(const char *verb)
{
    struct handle *at = slot(subscriptions, name());
    distcoord_subscription *subscription = at->pointer;
    distcoord_message *message = NULL;
    if (strcmp(verb, "open") == 0) {
        if (answered(distcoord_subscription_open(client, number_of("capacity", 0), &subscription, NULL))) {
            keep(at, name(), subscription);
        }
    } else if (strcmp(verb, "add") == 0) {
        answered(distcoord_subscription_add(subscription, text_of("channel", NULL), NULL));
    } else if (strcmp(verb, "remove") == 0) {
        answered(distcoord_subscription_remove(subscription, text_of("channel", NULL), NULL));
    } else if (strcmp(verb, "next") == 0) {
        if (answered(distcoord_subscription_next(subscription, number_of("wait", -1), &message, NULL))) {
            print_message(message);
        }
    } else if (strcmp(verb, "missed") == 0) {
        answered(DISTCOORD_OK);
        print_number("missed", distcoord_subscription_missed(subscription));
    } else if (strcmp(verb, "close") == 0) {
        distcoord_subscription_free(subscription);
        at->pointer = NULL;
        answered(DISTCOORD_OK);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- topics */

static distcoord_status find_topic(const char *wanted, distcoord_topic **out)
{
    struct handle *at = slot(topics, wanted);
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_topic_options *options = distcoord_topic_options_new();
        distcoord_topic *topic = NULL;
        if (text_of("keep", NULL)) status = distcoord_topic_options_set_max_messages(options, number_of("keep", 0));
        if (status == DISTCOORD_OK && text_of("age", NULL)) {
            status = distcoord_topic_options_set_max_age_ms(options, number_of("age", 0));
        }
        if (status == DISTCOORD_OK) status = distcoord_topic_open(client, wanted, options, &topic, NULL);
        distcoord_topic_options_free(options);
        if (status == DISTCOORD_OK) keep(at, wanted, topic);
    }
    *out = at->pointer;
    return status;
}

static void publish_many(distcoord_topic *topic)
{
    size_t count = (size_t)number_of("count", 0), published = 0;
    const void **payloads = calloc(count + 1, sizeof *payloads);
    size_t *lengths = calloc(count + 1, sizeof *lengths);
    for (size_t i = 0; i < count; i++) {
        char text[256];
        lengths[i] = (size_t)snprintf(text, sizeof text, "%s%zu", text_of("prefix", ""), i);
        payloads[i] = strdup(text);
    }
    if (answered(distcoord_topic_publish_many(topic, payloads, lengths, count, &published, NULL))) {
        print_number("count", (int64_t)published);
    }
    for (size_t i = 0; i < count; i++) free((void *)(uintptr_t)payloads[i]);
    free(payloads);
    free(lengths);
}

static void show_topic(distcoord_topic *topic)
{
    distcoord_topic_info *info = NULL;
    if (!answered(distcoord_topic_inspect(topic, &info, NULL))) return;
    print_number("messages", distcoord_topic_info_messages(info));
    print_number("published", distcoord_topic_info_published(info));
    print_text("first", distcoord_topic_info_first_id(info));
    print_text("last", distcoord_topic_info_last_id(info));
    fputs(" groups=", stdout);
    for (size_t i = 0; i < distcoord_topic_info_group_count(info); i++) {
        const char *group = distcoord_topic_info_group_name(info, i);
        if (i > 0) putchar(',');
        print_encoded(group, strlen(group));
        printf(
            ":%lld:%lld:%lld", (long long)distcoord_topic_info_group_waiting(info, i),
            (long long)distcoord_topic_info_group_held(info, i),
            (long long)distcoord_topic_info_group_consumers(info, i));
    }
    distcoord_topic_info_free(info);
}

static void ask_topic(const char *verb)
{
    distcoord_topic *topic = NULL;
    distcoord_status status = find_topic(name(), &topic);
    const char *group = text_of("group", NULL), *after = text_of("after", NULL);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "publish") == 0) {
        size_t length = 0;
        const char *payload = bytes_of("payload", &length);
        char id[ID_SIZE];
        if (answered(distcoord_topic_publish(topic, payload, length, id, sizeof id, NULL))) print_text("id", id);
    } else if (strcmp(verb, "publish_many") == 0) {
        publish_many(topic);
    } else if (strcmp(verb, "subscribe") == 0) {
        distcoord_subscription *subscription = NULL;
        if (answered(distcoord_topic_subscribe(
                topic, after, number_of("since", 0), number_of("capacity", 0), &subscription, NULL))) {
            keep(slot(subscriptions, text_of("as", "")), text_of("as", ""), subscription);
        }
    } else if (strcmp(verb, "show") == 0) {
        show_topic(topic);
    } else if (strcmp(verb, "seek") == 0) {
        answered(distcoord_topic_seek(topic, group, after, number_of("since", 0), NULL));
    } else if (strcmp(verb, "delete_group") == 0) {
        answered(distcoord_topic_delete_group(topic, group, NULL));
    } else if (strcmp(verb, "trim") == 0) {
        int64_t dropped = 0;
        if (answered(distcoord_topic_trim(topic, number_of("to", 0), &dropped, NULL))) print_number("dropped", dropped);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- consumers */

static void open_consumer(struct handle *at)
{
    distcoord_topic *topic = NULL;
    distcoord_consumer *consumer = NULL;
    distcoord_consumer_options *options = distcoord_consumer_options_new();
    distcoord_status status = find_topic(text_of("topic", ""), &topic);
    if (status == DISTCOORD_OK && text_of("name", NULL)) {
        status = distcoord_consumer_options_set_name(options, text_of("name", NULL));
    }
    if (status == DISTCOORD_OK) status = distcoord_consumer_options_set_lease_ms(options, number_of("lease", 10000));
    if (status == DISTCOORD_OK) {
        status = distcoord_consumer_options_set_prefetch(options, (int32_t)number_of("prefetch", 64));
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_consumer_options_set_ack_timeout_ms(options, number_of("timeout", 0));
    }
    if (status == DISTCOORD_OK) status = distcoord_consumer_options_set_from_new(options, is_yes("from_new"));
    if (status == DISTCOORD_OK) {
        status = distcoord_consumer_open(topic, text_of("group", NULL), options, &consumer, NULL);
    }
    distcoord_consumer_options_free(options);
    if (answered(status)) {
        keep(at, name(), consumer);
        print_text("name", distcoord_consumer_name(consumer));
    }
}

static void acknowledge(distcoord_consumer *consumer)
{
    const char *ids[IDS];
    size_t count = 0, acknowledged = 0;
    char *text = strdup(text_of("ids", ""));
    count = split(text, ids, IDS);
    distcoord_status status =
        count == 1 ? distcoord_consumer_acknowledge(consumer, ids[0], NULL)
                   : distcoord_consumer_acknowledge_many(consumer, ids, count, &acknowledged, NULL);
    if (count == 1) acknowledged = status == DISTCOORD_OK;
    answered(status);
    if (status == DISTCOORD_OK || status == DISTCOORD_LOST) print_number("count", (int64_t)acknowledged);
    free(text);
}

static void ask_consumer(const char *verb)
{
    struct handle *at = slot(consumers, name());
    distcoord_consumer *consumer = at->pointer;
    distcoord_message *message = NULL;
    if (strcmp(verb, "open") == 0) {
        open_consumer(at);
    } else if (strcmp(verb, "next") == 0) {
        if (answered(distcoord_consumer_next(consumer, number_of("wait", -1), &message, NULL))) print_message(message);
    } else if (strcmp(verb, "acknowledge") == 0) {
        acknowledge(consumer);
    } else if (strcmp(verb, "release") == 0) {
        answered(distcoord_consumer_release(consumer, text_of("id", NULL), number_of("delay", 0), NULL));
    } else if (strcmp(verb, "missed") == 0) {
        answered(DISTCOORD_OK);
        print_number("missed", distcoord_consumer_missed(consumer));
    } else if (strcmp(verb, "close") == 0) {
        answered(distcoord_consumer_close(consumer, NULL));
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

#endif
