/* Topics and reading them in order, as topic.h describes it. Consumer groups are in consumer.c. */
#define _GNU_SOURCE
#include "topic_tools.h"

#include "proxy.h"

static void messages_are_kept_and_read_from_any_position(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    char ids[4][ID];
    struct look look;
    int64_t before = (int64_t)time(NULL) * 1000;
    publish(topic, "one", ids[0]);
    publish(topic, "two", ids[1]);
    publish(topic, "three", ids[2]);
    distcoord_subscription *all = read_from(topic, "0", 0, 0), *rest = read_from(topic, ids[0], 0, 0);
    distcoord_subscription *news = read_from(topic, NULL, 0, 0), *timed = read_from(topic, NULL, before - 2000, 0);
    distcoord_subscription *future = read_from(topic, NULL, before + 600000, 0);
    publish(topic, "four", ids[3]);
    CHECK_TEXT(NEXT_AND(all, &look), "one");
    CHECK_TEXT(look.id, ids[0]);
    CHECK_TEXT(look.source, "t");
    CHECK_INT(look.deliveries, 1);
    CHECK_INT(look.missed, 0);
    CHECK(look.published_ms >= before - 2000 && look.published_ms < before + 60000);
    CHECK_TEXT(NEXT(all), "two");
    CHECK_TEXT(NEXT(all), "three");
    CHECK_TEXT(NEXT_AND(all, &look), "four");
    CHECK_TEXT(look.id, ids[3]);
    CHECK_NOTHING(all);
    CHECK_TEXT(NEXT(rest), "two");
    CHECK_TEXT(NEXT(news), "four");
    CHECK_NOTHING(news);
    CHECK_TEXT(NEXT(timed), "one");
    CHECK_NOTHING(future);
    CHECK_INT(distcoord_subscription_missed(all), 0);
    distcoord_subscription_free(future);
    distcoord_subscription_free(timed);
    distcoord_subscription_free(news);
    distcoord_subscription_free(rest);
    distcoord_subscription_free(all);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_reader_gets_everything_in_order_however_it_comes(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1), *theirs = open_topic(other, -1, -1);
    distcoord_subscription *small = read_from(theirs, "0", 0, 3), *large = read_from(theirs, NULL, 0, 0);
    char text[16];
    char *big = malloc(5000);
    memset(big, 'x', 5000);
    int count = 0;
    for (int round = 0; round < 20; round++) {
        publish_numbers(topic, count, 7); /* announced together */
        count += 7;
        for (int i = 0; i < 3; i++) { /* announced with their payload */
            snprintf(text, sizeof text, "%d", count++);
            publish(topic, text, NULL);
        }
    }
    for (int i = 0; i < count; i++) {
        snprintf(text, sizeof text, "%d", i);
        CHECK_TEXT(NEXT(large), text);
        CHECK_TEXT(NEXT(small), text);
    }
    /* One that is too large to be announced, between others. */
    publish(topic, "before", NULL);
    CHECK_OK(distcoord_topic_publish(topic, big, 5000, NULL, 0, E));
    publish(topic, "behind", NULL);
    CHECK_TEXT(NEXT(large), "before");
    distcoord_message *message = NULL;
    REQUIRE_OK(distcoord_subscription_next(large, 5000, &message, E));
    CHECK_INT(distcoord_message_length(message), 5000);
    CHECK(memcmp(distcoord_message_payload(message), big, 5000) == 0);
    distcoord_message_free(message);
    CHECK_TEXT(NEXT(large), "behind");
    CHECK_NOTHING(large);
    CHECK_INT(distcoord_subscription_missed(large) + distcoord_subscription_missed(small), 0);
    free(big);
    distcoord_subscription_free(large);
    distcoord_subscription_free(small);
    distcoord_topic_free(theirs);
    distcoord_topic_free(topic);
    close_client(other);
    close_client(client);
}

static void who_keeps_up_makes_no_round_trips(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1), *theirs = open_topic(other, -1, -1);
    distcoord_subscription *subscription = read_from(theirs, NULL, 0, 0);
    publish(topic, "0", NULL);
    CHECK_TEXT(NEXT(subscription), "0");
    CHECK_NOTHING(subscription);
    char answer[64];
    redis_server_command(&server, "CONFIG RESETSTAT", answer, sizeof answer);
    for (int i = 0; i < 50; i++) {
        publish(topic, "x", NULL);
        CHECK_TEXT(NEXT(subscription), "x");
    }
    /* 50 scripts of 6 commands each, and looking at this number; keepers and clocks are quiet. */
    long long calls = redis_server_number(&server, "total_commands_processed");
    CHECK(calls >= 50 && calls < 50 * 8);
    if (calls >= 50 * 8) fprintf(stderr, "  %lld commands\n", calls);
    distcoord_subscription_free(subscription);
    distcoord_topic_free(theirs);
    distcoord_topic_free(topic);
    close_client(other);
    close_client(client);
}

static void a_slow_reader_is_told_exactly_what_was_no_longer_kept(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, 0, -1);
    distcoord_subscription *subscription = read_from(topic, "0", 0, 10), *news = read_from(topic, NULL, 0, 10);
    struct look look;
    int64_t dropped = 0;
    publish_numbers(topic, 0, 30);
    CHECK_TEXT(NEXT(subscription), "0"); /* 1 to 9 are fetched ahead */
    publish_numbers(topic, 30, 970);
    REQUIRE_OK(distcoord_topic_trim(topic, 25, &dropped, E));
    CHECK_INT(dropped, 975);
    char text[16];
    for (int i = 1; i < 10; i++) {
        snprintf(text, sizeof text, "%d", i);
        CHECK_TEXT(NEXT_AND(subscription, &look), text);
        CHECK_INT(look.missed, 0);
    }
    CHECK_TEXT(NEXT_AND(subscription, &look), "975");
    CHECK_INT(look.missed, 965);
    CHECK_INT(distcoord_subscription_missed(subscription), 965);
    CHECK_TEXT(NEXT_AND(news, &look), "975");
    CHECK_INT(look.missed, 975);
    /* From the oldest that is kept on nothing is missed; after a message that was dropped, those between are. */
    distcoord_subscription *later = read_from(topic, "0", 0, 0);
    CHECK_TEXT(NEXT_AND(later, &look), "975");
    CHECK_INT(look.missed, 0);
    distcoord_subscription_free(later);
    REQUIRE_OK(distcoord_topic_trim(topic, 0, &dropped, E));
    CHECK_INT(dropped, 25);
    publish(topic, "last", NULL);
    for (int i = 976; i < 985; i++) {
        snprintf(text, sizeof text, "%d", i);
        CHECK_TEXT(NEXT(news), text);
    }
    CHECK_TEXT(NEXT_AND(news, &look), "last");
    CHECK_INT(look.missed, 15);
    distcoord_subscription_free(news);
    distcoord_subscription_free(subscription);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_topic_keeps_so_many_messages(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, 100, -1);
    distcoord_topic_info *info = (distcoord_topic_info *)(void *)&info;
    CHECK_STATUS(distcoord_topic_inspect(topic, &info, E), DISTCOORD_NOT_FOUND);
    CHECK(info == NULL);
    publish_numbers(topic, 0, 1000);
    REQUIRE_OK(distcoord_topic_inspect(topic, &info, E));
    CHECK_INT(distcoord_topic_info_published(info), 1000);
    int64_t messages = distcoord_topic_info_messages(info);
    CHECK(messages >= 100 && messages <= 300); /* dropped in blocks of a hundred */
    const char *first = strchr(distcoord_topic_info_first_id(info), '-');
    const char *last = strchr(distcoord_topic_info_last_id(info), '-');
    REQUIRE(first && last);
    CHECK_INT(atoll(first + 1), 1000 - messages + 1);
    CHECK_INT(atoll(last + 1), 1000);
    CHECK_INT(distcoord_topic_info_group_count(info), 0);
    distcoord_topic_info_free(info);
    distcoord_topic_free(topic);
    close_client(client);
}

static long long time_left(const char *key)
{
    char answer[64], command[256];
    snprintf(command, sizeof command, "PTTL dc:{%s:topic:t}:%s", test_name, key);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    return strtoll(answer + 1, NULL, 10);
}

static bool is_forgotten(distcoord_topic *topic)
{
    distcoord_topic_info *info = NULL;
    distcoord_status status = distcoord_topic_inspect(topic, &info, NULL);
    distcoord_topic_info_free(info);
    return status == DISTCOORD_NOT_FOUND;
}

static void a_topic_keeps_messages_for_a_time(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, 1000), *other = open_topic(client, -1, 0);
    distcoord_topic_info *info = NULL;
    publish(topic, "old", NULL);
    CHECK(time_left("x") > 900 && time_left("x") <= 1100);
    CHECK(time_left("m") > 900 && time_left("m") <= 1100);
    sleep_ms(700);
    publish(topic, "young", NULL);
    sleep_ms(600);
    publish(topic, "new", NULL);
    REQUIRE_OK(distcoord_topic_inspect(topic, &info, E));
    CHECK_INT(distcoord_topic_info_published(info), 3);
    CHECK_INT(distcoord_topic_info_messages(info), 2);
    distcoord_topic_info_free(info);
    /* Nothing is published: it is forgotten. */
    CHECK(EVENTUALLY(5000, is_forgotten(topic)));
    publish(other, "for ever", NULL);
    CHECK_INT(time_left("x"), -1);
    CHECK_INT(time_left("m"), -1);
    distcoord_topic_free(other);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_lost_answer_publishes_once(void)
{
    struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_topic_info *info = NULL;
    char ids[12][ID];
    int64_t dropped = 0;
    for (int i = 0; i < 12; i++) {
        if (i % 3) proxy_lose(&proxy, i % 3 == 1 ? LOSE_ANSWER : LOSE_REQUEST);
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        publish(topic, text, ids[i]);
        CHECK_INT(atoll(strchr(ids[i], '-') + 1), i + 1);
    }
    CHECK_INT(atomic_load(&proxy.losses), 8);
    proxy_lose(&proxy, LOSE_ANSWER);
    publish_numbers(topic, 12, 100);
    REQUIRE_OK(distcoord_topic_inspect(topic, &info, E));
    CHECK_INT(distcoord_topic_info_messages(info), 112);
    CHECK_INT(distcoord_topic_info_published(info), 112);
    distcoord_topic_info_free(info);
    proxy_lose(&proxy, LOSE_ANSWER);
    REQUIRE_OK(distcoord_topic_trim(topic, 100, &dropped, E));
    CHECK_INT(dropped, 12);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_reader_survives_a_lost_connection(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1), *theirs = open_topic(other, -1, -1);
    distcoord_subscription *subscription = read_from(theirs, NULL, 0, 0);
    char text[16], answer[64];
    int published = 0;
    for (int round = 0; round < 5; round++) {
        publish_numbers(topic, published, 10);
        published += 10;
        redis_server_command(&server, "CLIENT KILL TYPE pubsub", answer, sizeof answer);
        for (int i = 0; i < 10; i++) {
            snprintf(text, sizeof text, "%d", published++);
            publish(topic, text, NULL);
        }
    }
    for (int i = 0; i < published; i++) {
        snprintf(text, sizeof text, "%d", i);
        CHECK_TEXT(NEXT(subscription), text);
    }
    CHECK_NOTHING(subscription);
    CHECK_INT(distcoord_subscription_missed(subscription), 0);
    distcoord_subscription_free(subscription);
    distcoord_topic_free(theirs);
    distcoord_topic_free(topic);
    close_client(other);
    close_client(client);
}

static void *publish_some(void *topic)
{
    for (int i = 0; i < 200; i++) publish(topic, "x", NULL);
    return NULL;
}

static void many_publish_at_once_and_nothing_is_lost(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_subscription *subscription = read_from(topic, NULL, 0, 0);
    pthread_t threads[8];
    struct look look;
    for (int i = 0; i < 8; i++) threads[i] = start_thread(publish_some, topic);
    for (int i = 0; i < 1600; i++) {
        CHECK_TEXT(NEXT_AND(subscription, &look), "x");
        CHECK_INT(atoll(strchr(look.id, '-') + 1), i + 1);
        if (atomic_load(&failed_checks) > 5) break;
    }
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK_NOTHING(subscription);
    distcoord_subscription_free(subscription);
    distcoord_topic_free(topic);
    close_client(client);
}

static void large_messages_are_read_a_few_at_a_time(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    size_t length = 6 << 20;
    char *big = malloc(length);
    for (int i = 0; i < 8; i++) {
        memset(big, 'a' + i, length);
        REQUIRE_OK(distcoord_topic_publish(topic, big, length, NULL, 0, E));
    }
    distcoord_subscription *subscription = read_from(topic, "0", 0, 0);
    for (int i = 0; i < 8; i++) {
        distcoord_message *message = NULL;
        REQUIRE_OK(distcoord_subscription_next(subscription, 10000, &message, E));
        CHECK_INT(distcoord_message_length(message), length);
        CHECK_INT(((const char *)distcoord_message_payload(message))[length - 1], 'a' + i);
        distcoord_message_free(message);
    }
    CHECK_NOTHING(subscription);
    free(big);
    distcoord_subscription_free(subscription);
    distcoord_topic_free(topic);
    close_client(client);
}

static void an_event_descriptor_tells(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    publish(topic, "0", NULL);
    distcoord_subscription *subscription = read_from(topic, "0", 0, 0);
    int fd = distcoord_subscription_event_fd(subscription);
    CHECK(EVENTUALLY(2000, readable(fd)));
    CHECK_TEXT(NEXT(subscription), "0");
    CHECK_NOTHING(subscription);
    CHECK_NOTHING(subscription);
    CHECK(!readable(fd));
    publish(topic, "1", NULL);
    CHECK(EVENTUALLY(2000, readable(fd)));
    CHECK_TEXT(NEXT(subscription), "1");
    distcoord_subscription_free(subscription);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_subscription_of_a_topic_reads_nothing_else(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_subscription *subscription = read_from(topic, NULL, 0, 0);
    CHECK_STATUS(distcoord_subscription_add(subscription, "a", E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_subscription_remove(subscription, "a", E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_subscription_free(subscription);
    distcoord_topic_free(topic);
    close_client(client);
}

static const struct test tests[] = {
    {"messages_are_kept_and_read_from_any_position", messages_are_kept_and_read_from_any_position},
    {"a_reader_gets_everything_in_order_however_it_comes", a_reader_gets_everything_in_order_however_it_comes},
    {"who_keeps_up_makes_no_round_trips", who_keeps_up_makes_no_round_trips},
    {"a_slow_reader_is_told_exactly_what_was_no_longer_kept", a_slow_reader_is_told_exactly_what_was_no_longer_kept},
    {"a_topic_keeps_so_many_messages", a_topic_keeps_so_many_messages},
    {"a_topic_keeps_messages_for_a_time", a_topic_keeps_messages_for_a_time},
    {"a_lost_answer_publishes_once", a_lost_answer_publishes_once},
    {"a_reader_survives_a_lost_connection", a_reader_survives_a_lost_connection},
    {"many_publish_at_once_and_nothing_is_lost", many_publish_at_once_and_nothing_is_lost},
    {"large_messages_are_read_a_few_at_a_time", large_messages_are_read_a_few_at_a_time},
    {"an_event_descriptor_tells", an_event_descriptor_tells},
    {"a_subscription_of_a_topic_reads_nothing_else", a_subscription_of_a_topic_reads_nothing_else},
};

HARNESS_MAIN(tests)
