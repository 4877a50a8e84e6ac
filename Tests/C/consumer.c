/* Consumer groups, as topic.h describes them. */
#define _GNU_SOURCE
#include "topic_tools.h"

#include "proxy.h"

static void each_message_goes_to_one_consumer_of_each_group(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_consumer *second = NULL;
    struct look a, b;
    char id[ID];
    publish(topic, "one", id);
    distcoord_consumer *first = consume(topic, (struct terms){.prefetch = 1});
    REQUIRE_OK(distcoord_consumer_open(topic, "other group", NULL, &second, E));
    CHECK(strlen(distcoord_consumer_name(first)) > 10);
    publish(topic, "two", NULL);
    CHECK_TEXT(TAKE_AND(first, &a), "one"); /* a new group begins with the oldest */
    CHECK_TEXT(a.id, id);
    CHECK_TEXT(a.source, "t");
    CHECK_INT(a.deliveries, 1);
    CHECK_INT(a.missed, 0);
    distcoord_consumer *third = consume(topic, (struct terms){0});
    CHECK_TEXT(TAKE_AND(third, &b), "two");
    CHECK_NONE(third);
    CHECK_TEXT(TAKE(second), "one");
    CHECK_TEXT(TAKE(second), "two");
    ACKNOWLEDGE(first, a);
    CHECK_STATUS(distcoord_consumer_acknowledge(first, a.id, E), DISTCOORD_LOST); /* done already */
    CHECK_STATUS(distcoord_consumer_acknowledge(first, b.id, E), DISTCOORD_LOST); /* held by another */
    CHECK_STATUS(distcoord_consumer_release(first, b.id, 0, E), DISTCOORD_LOST);
    ACKNOWLEDGE(third, b);
    CHECK_INT(distcoord_consumer_missed(first), 0);
    distcoord_consumer_free(first);
    distcoord_consumer_free(second);
    distcoord_consumer_free(third);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_new_group_may_begin_with_what_is_new(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    publish(topic, "old", NULL);
    distcoord_consumer *consumer = consume(topic, (struct terms){.from_new = true});
    CHECK_NONE(consumer);
    publish(topic, "new", NULL);
    CHECK_TEXT(TAKE(consumer), "new");
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void no_more_is_held_than_was_asked_for(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_consumer *consumer = consume(topic, (struct terms){.prefetch = 2});
    distcoord_message *message = NULL;
    struct look a, b;
    publish_numbers(topic, 0, 5);
    CHECK_TEXT(TAKE_AND(consumer, &a), "0");
    CHECK_TEXT(TAKE_AND(consumer, &b), "1");
    CHECK_STATUS(distcoord_consumer_next(consumer, 50, &message, E), DISTCOORD_TIMED_OUT);
    CHECK_TEXT(group_stands(topic), "3 2 1");
    ACKNOWLEDGE(consumer, b);
    CHECK_TEXT(TAKE_AND(consumer, &b), "2");
    const char *ids[] = {a.id, b.id, "7-7"};
    size_t done = 0;
    CHECK_STATUS(distcoord_consumer_acknowledge_many(consumer, ids, 3, &done, E), DISTCOORD_LOST);
    CHECK_INT(done, 2);
    CHECK_TEXT(TAKE_AND(consumer, &a), "3");
    CHECK_TEXT(TAKE_AND(consumer, &b), "4");
    CHECK_OK(distcoord_consumer_acknowledge_many(consumer, ids, 2, &done, E));
    CHECK_INT(done, 2);
    CHECK_TEXT(group_stands(topic), "0 0 1");
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void what_is_released_is_delivered_again(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_consumer *a = consume(topic, (struct terms){.prefetch = 1}), *b = consume(topic, (struct terms){0});
    struct look look;
    publish(topic, "x", NULL);
    CHECK_TEXT(TAKE_AND(a, &look), "x");
    CHECK_OK(distcoord_consumer_release(a, look.id, 0, E));
    CHECK_STATUS(distcoord_consumer_release(a, look.id, 0, E), DISTCOORD_LOST);
    CHECK_TEXT(group_stands(topic), "1 0 2");
    CHECK_TEXT(TAKE_AND(b, &look), "x");
    CHECK_INT(look.deliveries, 2);
    CHECK_OK(distcoord_consumer_release(b, look.id, 300, E));
    int64_t start = now_ms();
    CHECK_NONE(a);
    CHECK_TEXT(TAKE_AND(a, &look), "x");
    CHECK(now_ms() - start >= 290 && took_less(start, 1000));
    CHECK_INT(look.deliveries, 3);
    ACKNOWLEDGE(a, look);
    CHECK_TEXT(group_stands(topic), "0 0 2");
    distcoord_consumer_free(a);
    distcoord_consumer_free(b);
    distcoord_topic_free(topic);
    close_client(client);
}

static void closing_gives_everything_back_at_once(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1), *theirs = open_topic(other, -1, -1);
    distcoord_consumer *a = consume(topic, (struct terms){0}), *b = consume(theirs, (struct terms){0});
    struct look look;
    publish_numbers(topic, 0, 10);
    CHECK_TEXT(TAKE(a), "0");
    CHECK_TEXT(TAKE(a), "1");
    CHECK_NONE(b); /* all were fetched ahead */
    CHECK_OK(distcoord_consumer_close(a, E));
    CHECK_OK(distcoord_consumer_close(a, E));
    distcoord_message *message = NULL;
    CHECK_STATUS(distcoord_consumer_next(a, 0, &message, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_consumer_acknowledge(a, "1-1", E), DISTCOORD_ERROR_CLOSED);
    for (int i = 0; i < 10; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        CHECK_TEXT(TAKE_AND(b, &look), text);
        CHECK_INT(look.deliveries, i < 2 ? 2 : 1); /* what nobody looked at was not delivered */
        ACKNOWLEDGE(b, look);
    }
    /* The same when a client closes that has not closed its consumers. */
    distcoord_consumer_free(a);
    a = consume(topic, (struct terms){0});
    publish_numbers(topic, 10, 2);
    CHECK_TEXT(TAKE(a), "10");
    close_client(client);
    CHECK_TEXT(TAKE_AND(b, &look), "10");
    CHECK_INT(look.deliveries, 2);
    CHECK_TEXT(TAKE_AND(b, &look), "11");
    CHECK_INT(look.deliveries, 1);
    CHECK_TEXT(group_stands(theirs), "0 2 1");
    distcoord_consumer_free(a);
    distcoord_consumer_free(b);
    distcoord_topic_free(topic);
    distcoord_topic_free(theirs);
    close_client(other);
}

static void of_two_consumers_with_one_name_the_second_is_refused(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_consumer *a = consume(topic, (struct terms){.name = "me"}), *b = (distcoord_consumer *)(void *)&a;
    CHECK_TEXT(distcoord_consumer_name(a), "me");
    CHECK_INT(try_consume(topic, (struct terms){.name = "me"}, &b), DISTCOORD_EXISTS);
    CHECK(b == NULL);
    distcoord_consumer_free(a); /* leaves in the background */
    CHECK(EVENTUALLY(5000, try_consume(topic, (struct terms){.name = "me"}, &b) == DISTCOORD_OK));
    distcoord_consumer_free(b);
    distcoord_topic_free(topic);
    close_client(client);
}

struct waiting {
    distcoord_consumer *consumer;
    char text[64];
    struct look look;
    int64_t came_at;
};

static void *wait_for_one(void *argument)
{
    struct waiting *waiting = argument;
    snprintf(waiting->text, sizeof waiting->text, "%s", TAKE_AND(waiting->consumer, &waiting->look));
    waiting->came_at = now_ms();
    return NULL;
}

static long long in_line(void)
{
    char answer[64], command[256];
    snprintf(command, sizeof command, "ZCARD dc:{%s:topic:t}:w:g", test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    return strtoll(answer + 1, NULL, 10);
}

static void one_that_waits_is_woken_and_no_other(void)
{
    enum { MANY = 6 };
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    struct waiting all[MANY];
    pthread_t threads[MANY];
    memset(all, 0, sizeof all);
    for (int i = 0; i < MANY; i++) {
        all[i].consumer = consume(topic, (struct terms){0});
        threads[i] = start_thread(wait_for_one, &all[i]);
        REQUIRE(EVENTUALLY(5000, in_line() == i + 1));
    }
    for (int i = 0; i < MANY; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        int64_t start = now_ms();
        publish(topic, text, NULL);
        pthread_join(threads[i], NULL);
        CHECK_TEXT(all[i].text, text); /* in order of arrival */
        CHECK(all[i].came_at - start < 800 * time_factor()); /* not because it asked again */
        CHECK_INT(in_line(), MANY - 1 - i);
    }
    for (int i = 0; i < MANY; i++) distcoord_consumer_free(all[i].consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void many_messages_at_once_wake_as_many_as_are_needed(void)
{
    enum { MANY = 4 };
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    struct waiting all[MANY];
    pthread_t threads[MANY];
    memset(all, 0, sizeof all);
    for (int i = 0; i < MANY; i++) {
        all[i].consumer = consume(topic, (struct terms){.prefetch = 1});
        threads[i] = start_thread(wait_for_one, &all[i]);
    }
    REQUIRE(EVENTUALLY(5000, in_line() == MANY));
    int64_t start = now_ms();
    publish_numbers(topic, 0, MANY);
    for (int i = 0; i < MANY; i++) {
        pthread_join(threads[i], NULL);
        CHECK(all[i].came_at - start < 800 * time_factor());
    }
    for (int i = 0; i < MANY; i++) distcoord_consumer_free(all[i].consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void who_gives_up_passes_its_turn_on(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_consumer *a = consume(topic, (struct terms){0});
    struct waiting b = {.consumer = consume(topic, (struct terms){0})};
    distcoord_message *message = NULL;
    CHECK_STATUS(distcoord_consumer_next(a, 60, &message, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(in_line(), 0);
    pthread_t thread = start_thread(wait_for_one, &b);
    REQUIRE(EVENTUALLY(5000, in_line() == 1));
    publish(topic, "x", NULL);
    pthread_join(thread, NULL);
    CHECK_TEXT(b.text, "x");
    distcoord_consumer_free(a);
    distcoord_consumer_free(b.consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

/* Again and again: a cancel ends waits that have begun, and this one may begin only a moment later. */
static atomic_bool is_cancelled;

static void *cancel_soon(void *consumer)
{
    while (!atomic_load(&is_cancelled)) {
        sleep_ms(50);
        distcoord_consumer_cancel(consumer);
    }
    return NULL;
}

static void waits_are_cancelled(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_consumer *consumer = consume(topic, (struct terms){.prefetch = 1});
    distcoord_message *message = NULL;
    pthread_t thread = start_thread(cancel_soon, consumer);
    CHECK_STATUS(distcoord_consumer_next(consumer, -1, &message, E), DISTCOORD_CANCELLED);
    atomic_store(&is_cancelled, true);
    pthread_join(thread, NULL);
    CHECK_INT(in_line(), 0);
    publish(topic, "x", NULL);
    CHECK_TEXT(TAKE(consumer), "x");
    /* Also where it waits for room. */
    atomic_store(&is_cancelled, false);
    thread = start_thread(cancel_soon, consumer);
    CHECK_STATUS(distcoord_consumer_next(consumer, -1, &message, E), DISTCOORD_CANCELLED);
    atomic_store(&is_cancelled, true);
    pthread_join(thread, NULL);
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void *take_some(void *consumer)
{
    intptr_t count = 0;
    for (;;) {
        distcoord_message *message = NULL;
        if (distcoord_consumer_next(consumer, 300 * time_factor(), &message, NULL) != DISTCOORD_OK) break;
        CHECK_OK(distcoord_consumer_acknowledge(consumer, distcoord_message_id(message), E));
        distcoord_message_free(message);
        count++;
    }
    return (void *)count;
}

static void threads_share_a_consumer(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_consumer *consumer = consume(topic, (struct terms){.prefetch = 8});
    pthread_t threads[4];
    intptr_t taken = 0;
    for (int i = 0; i < 4; i++) threads[i] = start_thread(take_some, consumer);
    for (int i = 0; i < 100; i++) publish(topic, "x", NULL);
    publish_numbers(topic, 0, 400);
    for (int i = 0; i < 4; i++) {
        void *count = NULL;
        pthread_join(threads[i], &count);
        taken += (intptr_t)count;
    }
    CHECK_INT(taken, 500);
    CHECK_TEXT(group_stands(topic), "0 0 1");
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void lost_answers_lose_and_double_nothing(void)
{
    struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_topic *topic = open_topic(client, -1, -1);
    proxy_lose(&proxy, LOSE_ANSWER);
    distcoord_consumer *consumer = consume(topic, (struct terms){.name = "me", .prefetch = 5});
    publish_numbers(topic, 0, 60);
    struct look look;
    for (int i = 0; i < 60; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        if (i % 5 == 0) proxy_lose(&proxy, i % 2 ? LOSE_ANSWER : LOSE_REQUEST);
        CHECK_TEXT(TAKE_AND(consumer, &look), text);
        CHECK_INT(look.deliveries, 1);
        CHECK_INT(look.missed, 0);
        if (i % 5 == 2) proxy_lose(&proxy, i % 2 ? LOSE_ANSWER : LOSE_REQUEST);
        ACKNOWLEDGE(consumer, look);
    }
    CHECK_INT(atomic_load(&proxy.losses), 25);
    CHECK_TEXT(group_stands(topic), "0 0 1");
    publish(topic, "x", NULL);
    CHECK_TEXT(TAKE_AND(consumer, &look), "x");
    proxy_lose(&proxy, LOSE_ANSWER);
    CHECK_OK(distcoord_consumer_release(consumer, look.id, 0, E));
    CHECK_TEXT(TAKE_AND(consumer, &look), "x");
    CHECK_INT(look.deliveries, 2);
    proxy_lose(&proxy, LOSE_ANSWER);
    CHECK_OK(distcoord_consumer_close(consumer, E));
    CHECK_TEXT(group_stands(topic), "1 0 0");
    proxy_lose(&proxy, LOSE_ANSWER);
    CHECK_OK(distcoord_topic_delete_group(topic, "g", E));
    CHECK_STATUS(distcoord_topic_delete_group(topic, "g", E), DISTCOORD_NOT_FOUND);
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static const struct test tests[] = {
    {"each_message_goes_to_one_consumer_of_each_group", each_message_goes_to_one_consumer_of_each_group},
    {"a_new_group_may_begin_with_what_is_new", a_new_group_may_begin_with_what_is_new},
    {"no_more_is_held_than_was_asked_for", no_more_is_held_than_was_asked_for},
    {"what_is_released_is_delivered_again", what_is_released_is_delivered_again},
    {"closing_gives_everything_back_at_once", closing_gives_everything_back_at_once},
    {"of_two_consumers_with_one_name_the_second_is_refused", of_two_consumers_with_one_name_the_second_is_refused},
    {"one_that_waits_is_woken_and_no_other", one_that_waits_is_woken_and_no_other},
    {"many_messages_at_once_wake_as_many_as_are_needed", many_messages_at_once_wake_as_many_as_are_needed},
    {"who_gives_up_passes_its_turn_on", who_gives_up_passes_its_turn_on},
    {"waits_are_cancelled", waits_are_cancelled},
    {"threads_share_a_consumer", threads_share_a_consumer},
    {"lost_answers_lose_and_double_nothing", lost_answers_lose_and_double_nothing},
};

HARNESS_MAIN(tests)
