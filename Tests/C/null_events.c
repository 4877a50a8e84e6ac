/* Every function of channels, topics and consumers with NULL wherever it can be passed, and with numbers out of range. */
#include "null_tools.h"

static void channels(void)
{
    distcoord_client *client = open_client();
    distcoord_subscription *subscription = NULL;
    distcoord_message *message = NULL;
    char name[600];
    memset(name, 'a', sizeof name);
    name[513] = '\0';
    CHECK_INVALID(distcoord_channel_publish(NULL, "a", "x", 1, NULL, E));
    CHECK_INVALID(distcoord_channel_publish(client, NULL, "x", 1, NULL, E));
    CHECK_INVALID(distcoord_channel_publish(client, "a", NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_channel_publish(client, "", "x", 1, NULL, E));
    CHECK_INVALID(distcoord_channel_publish(client, name, "x", 1, NULL, E));
    CHECK_BOTH(distcoord_channel_publish(client, "a", "x", SIZE_MAX, NULL, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_BOTH(distcoord_channel_publish(client, "a", "x", (size_t)1 << 40, NULL, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_OK(distcoord_channel_publish(client, "a", NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_subscription_open(NULL, 0, &subscription, E));
    CHECK_INVALID(distcoord_subscription_open(client, 0, NULL, E));
    CHECK_INVALID(distcoord_subscription_open(client, -1, &subscription, E));
    CHECK_INVALID(distcoord_subscription_open(client, 1000001, &subscription, E));
    CHECK(subscription == NULL);
    REQUIRE_OK(distcoord_subscription_open(client, 1000000, &subscription, E));
    CHECK_INVALID(distcoord_subscription_add(NULL, "a", E));
    CHECK_INVALID(distcoord_subscription_add(subscription, NULL, E));
    CHECK_INVALID(distcoord_subscription_add(subscription, "a\n", E));
    CHECK_INVALID(distcoord_subscription_remove(NULL, "a", E));
    CHECK_INVALID(distcoord_subscription_remove(subscription, NULL, E));
    CHECK_STATUS(distcoord_subscription_remove(subscription, "a", E), DISTCOORD_NOT_FOUND);
    CHECK_INVALID(distcoord_subscription_next(NULL, 0, &message, E));
    CHECK_INVALID(distcoord_subscription_next(subscription, 0, NULL, E));
    CHECK_STATUS(distcoord_subscription_next(subscription, 0, &message, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_subscription_missed(NULL), 0);
    CHECK_INT(distcoord_subscription_event_fd(NULL), -1);
    distcoord_subscription_cancel(NULL);
    distcoord_subscription_cancel(subscription);
    distcoord_subscription_free(NULL);
    distcoord_subscription_free(subscription);
    close_client(client);
}

static void messages(void)
{
    CHECK_TEXT(distcoord_message_source(NULL), "");
    CHECK_TEXT(distcoord_message_payload(NULL), "");
    CHECK_INT(distcoord_message_length(NULL), 0);
    CHECK_INT(distcoord_message_missed(NULL), 0);
    CHECK_TEXT(distcoord_message_id(NULL), "");
    CHECK_INT(distcoord_message_published_ms(NULL), 0);
    CHECK_INT(distcoord_message_deliveries(NULL), 0);
    distcoord_message_free(NULL);
}

static void topic_options(void)
{
    distcoord_topic_options *options = distcoord_topic_options_new();
    CHECK_SETTER_INVALID(distcoord_topic_options_set_max_messages(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_topic_options_set_max_messages(options, -1));
    CHECK_SETTER_INVALID(distcoord_topic_options_set_max_messages(options, 1000000001));
    CHECK_INT(distcoord_topic_options_set_max_messages(options, 1000000000), DISTCOORD_OK);
    CHECK_INT(distcoord_topic_options_set_max_messages(options, 0), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_topic_options_set_max_age_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_topic_options_set_max_age_ms(options, 999));
    CHECK_SETTER_INVALID(distcoord_topic_options_set_max_age_ms(options, INT64_MAX));
    CHECK_SETTER_INVALID(distcoord_topic_options_set_max_age_ms(options, INT64_MIN));
    CHECK_INT(distcoord_topic_options_set_max_age_ms(options, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_topic_options_set_max_age_ms(options, 315360000000), DISTCOORD_OK);
    distcoord_topic_options_free(options);
    distcoord_topic_options_free(NULL);
}

static void topics(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = NULL;
    distcoord_subscription *subscription = NULL;
    distcoord_topic_info *info = NULL;
    const void *payloads[] = {"x", NULL};
    size_t lengths[] = {1, 1}, published = 7;
    char id[48];
    CHECK_INVALID(distcoord_topic_open(NULL, "t", NULL, &topic, E));
    CHECK_INVALID(distcoord_topic_open(client, NULL, NULL, &topic, E));
    CHECK_INVALID(distcoord_topic_open(client, "", NULL, &topic, E));
    CHECK_INVALID(distcoord_topic_open(client, "t", NULL, NULL, E));
    CHECK(topic == NULL);
    REQUIRE_OK(distcoord_topic_open(client, "t", NULL, &topic, E));
    CHECK_INVALID(distcoord_topic_publish(NULL, "x", 1, NULL, 0, E));
    CHECK_INVALID(distcoord_topic_publish(topic, NULL, 1, NULL, 0, E));
    CHECK_INVALID(distcoord_topic_publish(topic, "x", 1, id, 47, E));
    CHECK_BOTH(distcoord_topic_publish(topic, "x", SIZE_MAX, NULL, 0, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_BOTH(distcoord_topic_publish(topic, "x", (size_t)1 << 40, NULL, 0, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_INVALID(distcoord_topic_publish_many(NULL, payloads, lengths, 1, &published, E));
    CHECK_INT(published, 0);
    CHECK_INVALID(distcoord_topic_publish_many(topic, NULL, lengths, 1, NULL, E));
    CHECK_INVALID(distcoord_topic_publish_many(topic, payloads, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_topic_publish_many(topic, payloads, lengths, 2, &published, E));
    CHECK_INVALID(distcoord_topic_publish_many(topic, payloads, lengths, 100001, NULL, E));
    CHECK_INVALID(distcoord_topic_publish_many(topic, payloads, lengths, SIZE_MAX, NULL, E));
    CHECK_INT(published, 0);
    CHECK_OK(distcoord_topic_publish_many(topic, NULL, NULL, 0, NULL, E));
    /* Nothing of what was refused is there. */
    CHECK_STATUS(distcoord_topic_inspect(topic, &info, E), DISTCOORD_NOT_FOUND);
    CHECK_INVALID(distcoord_topic_inspect(NULL, &info, E));
    CHECK_INVALID(distcoord_topic_inspect(topic, NULL, E));
    CHECK_INVALID(distcoord_topic_subscribe(NULL, NULL, 0, 0, &subscription, E));
    CHECK_INVALID(distcoord_topic_subscribe(topic, NULL, 0, 0, NULL, E));
    CHECK_INVALID(distcoord_topic_subscribe(topic, NULL, 0, -1, &subscription, E));
    CHECK_INVALID(distcoord_topic_subscribe(topic, NULL, 0, 10001, &subscription, E));
    const char *no_ids[] = {"", "1", "-", "1-", "-1", "1-1-1", "a-b", "1 - 1", "18446744073709551616-0", "0x1-1", "00"};
    for (size_t i = 0; i < COUNT_OF(no_ids); i++) {
        CHECK_INVALID(distcoord_topic_subscribe(topic, no_ids[i], 0, 0, &subscription, E));
        CHECK_INVALID(distcoord_topic_seek(topic, "g", no_ids[i], 0, E));
    }
    CHECK(subscription == NULL);
    CHECK_OK(distcoord_topic_subscribe(topic, "18446744073709551615-18446744073709551615", 0, 0, &subscription, E));
    distcoord_subscription_free(subscription);
    CHECK_OK(distcoord_topic_subscribe(topic, NULL, INT64_MIN, 0, &subscription, E));
    distcoord_subscription_free(subscription);
    CHECK_OK(distcoord_topic_subscribe(topic, NULL, INT64_MAX, 10000, &subscription, E));
    distcoord_message *message = NULL;
    CHECK_STATUS(distcoord_subscription_next(subscription, 0, &message, E), DISTCOORD_TIMED_OUT);
    distcoord_subscription_free(subscription);
    CHECK_INVALID(distcoord_topic_seek(NULL, "g", NULL, 0, E));
    CHECK_INVALID(distcoord_topic_seek(topic, NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_topic_seek(topic, "", NULL, 0, E));
    CHECK_INVALID(distcoord_topic_delete_group(NULL, "g", E));
    CHECK_INVALID(distcoord_topic_delete_group(topic, NULL, E));
    CHECK_STATUS(distcoord_topic_delete_group(topic, "g", E), DISTCOORD_NOT_FOUND);
    CHECK_INVALID(distcoord_topic_trim(NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_topic_trim(topic, -1, NULL, E));
    CHECK_OK(distcoord_topic_trim(topic, INT64_MAX, NULL, E));
    distcoord_topic_free(NULL);
    distcoord_topic_free(topic);
    close_client(client);
}

static void snapshots(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = NULL;
    distcoord_topic_info *info = NULL;
    REQUIRE_OK(distcoord_topic_open(client, "t", NULL, &topic, E));
    REQUIRE_OK(distcoord_topic_publish(topic, NULL, 0, NULL, 0, E));
    REQUIRE_OK(distcoord_topic_inspect(topic, &info, E));
    const distcoord_topic_info *both[] = {NULL, info};
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(distcoord_topic_info_messages(both[i]), i);
        CHECK_INT(distcoord_topic_info_published(both[i]), i);
        CHECK_INT(distcoord_topic_info_group_count(both[i]), 0);
        CHECK_TEXT(distcoord_topic_info_group_name(both[i], 0), "");
        CHECK_TEXT(distcoord_topic_info_group_name(both[i], SIZE_MAX), "");
        CHECK_INT(distcoord_topic_info_group_waiting(both[i], 0), 0);
        CHECK_INT(distcoord_topic_info_group_held(both[i], SIZE_MAX), 0);
        CHECK_INT(distcoord_topic_info_group_consumers(both[i], 0), 0);
    }
    CHECK_TEXT(distcoord_topic_info_first_id(NULL), "");
    CHECK_TEXT(distcoord_topic_info_last_id(NULL), "");
    CHECK_TEXT(distcoord_topic_info_last_id(info), distcoord_topic_info_first_id(info));
    distcoord_topic_info_free(info);
    distcoord_topic_info_free(NULL);
    distcoord_topic_free(topic);
    close_client(client);
}

static void consumer_options(void)
{
    distcoord_consumer_options *options = distcoord_consumer_options_new();
    char name[200];
    memset(name, 'a', sizeof name);
    name[128] = '\0';
    CHECK_INT(distcoord_consumer_options_set_name(options, name), DISTCOORD_OK);
    name[128] = 'a';
    name[129] = '\0';
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_name(options, name));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_name(options, ""));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_name(options, NULL));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_name(NULL, "a"));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_lease_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_lease_ms(options, 99));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_lease_ms(options, 86400001));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_prefetch(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_prefetch(options, 0));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_prefetch(options, 10001));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_from_new(NULL, true));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_ack_timeout_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_ack_timeout_ms(options, 999));
    CHECK_SETTER_INVALID(distcoord_consumer_options_set_ack_timeout_ms(options, 86400001));
    CHECK_INT(distcoord_consumer_options_set_ack_timeout_ms(options, 0), DISTCOORD_OK);
    distcoord_consumer_options_free(options);
    distcoord_consumer_options_free(NULL);
}

static void consumers(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = NULL;
    distcoord_consumer *consumer = NULL;
    distcoord_message *message = NULL;
    const char *ids[] = {"1-1", NULL};
    size_t done = 7;
    REQUIRE_OK(distcoord_topic_open(client, "t", NULL, &topic, E));
    CHECK_INVALID(distcoord_consumer_open(NULL, "g", NULL, &consumer, E));
    CHECK_INVALID(distcoord_consumer_open(topic, NULL, NULL, &consumer, E));
    CHECK_INVALID(distcoord_consumer_open(topic, "", NULL, &consumer, E));
    CHECK_INVALID(distcoord_consumer_open(topic, "g", NULL, NULL, E));
    CHECK(consumer == NULL);
    REQUIRE_OK(distcoord_consumer_open(topic, "g", NULL, &consumer, E));
    CHECK_INVALID(distcoord_consumer_next(NULL, 0, &message, E));
    CHECK_INVALID(distcoord_consumer_next(consumer, 0, NULL, E));
    CHECK_STATUS(distcoord_consumer_next(consumer, 0, &message, E), DISTCOORD_TIMED_OUT);
    CHECK_INVALID(distcoord_consumer_acknowledge(NULL, "1-1", E));
    CHECK_INVALID(distcoord_consumer_acknowledge(consumer, NULL, E));
    CHECK_INVALID(distcoord_consumer_acknowledge(consumer, "no id", E));
    CHECK_STATUS(distcoord_consumer_acknowledge(consumer, "1-1", E), DISTCOORD_LOST);
    CHECK_INVALID(distcoord_consumer_acknowledge_many(NULL, ids, 1, &done, E));
    CHECK_INT(done, 0);
    CHECK_INVALID(distcoord_consumer_acknowledge_many(consumer, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_consumer_acknowledge_many(consumer, ids, 2, NULL, E));
    CHECK_INVALID(distcoord_consumer_acknowledge_many(consumer, ids, 10001, NULL, E));
    CHECK_STATUS(distcoord_consumer_acknowledge_many(consumer, ids, 1, NULL, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_consumer_acknowledge_many(consumer, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_consumer_release(NULL, "1-1", 0, E));
    CHECK_INVALID(distcoord_consumer_release(consumer, NULL, 0, E));
    CHECK_INVALID(distcoord_consumer_release(consumer, "1-1", -1, E));
    CHECK_INVALID(distcoord_consumer_release(consumer, "1-1", 86400001, E));
    CHECK_STATUS(distcoord_consumer_release(consumer, "1-1", 86400000, E), DISTCOORD_LOST);
    CHECK_TEXT(distcoord_consumer_name(NULL), "");
    CHECK_INT(distcoord_consumer_missed(NULL), 0);
    CHECK_INT(distcoord_consumer_missed(consumer), 0);
    CHECK_INVALID(distcoord_consumer_close(NULL, E));
    distcoord_consumer_cancel(NULL);
    distcoord_consumer_cancel(consumer);
    distcoord_consumer_free(NULL);
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static const struct test tests[] = {
    {"channels", channels},
    {"messages", messages},
    {"topic_options", topic_options},
    {"topics", topics},
    {"snapshots", snapshots},
    {"consumer_options", consumer_options},
    {"consumers", consumers},
};

HARNESS_MAIN(tests)
