/* Channels, as channel.h describes them. */
#define _GNU_SOURCE
#include "topic_tools.h"

#include "proxy.h"

static void who_subscribes_gets_what_is_published(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    struct look look;
    CHECK_INT(tell(other, "a", "nobody hears this"), 0);
    distcoord_subscription *subscription = subscribe(client, 0, "a"), *second = subscribe(other, 0, "a");
    CHECK_NOTHING(subscription);
    CHECK_INT(tell(other, "a", "one"), 2);
    CHECK_INT(tell(client, "a", "two"), 2);
    CHECK_INT(tell(other, "b", "not for us"), 0);
    CHECK_TEXT(NEXT_AND(subscription, &look), "one");
    CHECK_TEXT(look.source, "a");
    CHECK_TEXT(look.id, "");
    CHECK_INT(look.missed, 0);
    CHECK_INT(look.deliveries, 1);
    CHECK_INT(look.published_ms, 0);
    CHECK_TEXT(NEXT(subscription), "two");
    CHECK_NOTHING(subscription);
    CHECK_TEXT(NEXT(second), "one");
    CHECK_TEXT(NEXT(second), "two");
    CHECK_INT(distcoord_subscription_missed(subscription), 0);
    distcoord_subscription_free(second);
    distcoord_subscription_free(subscription);
    CHECK(EVENTUALLY(2000, tell(other, "a", "gone") == 0));
    close_client(client);
    close_client(other);
}

static void a_subscription_has_several_channels(void)
{
    distcoord_client *client = open_client();
    struct look look;
    distcoord_subscription *subscription = subscribe(client, 0, "a"), *witness = subscribe(client, 0, "c");
    CHECK_OK(distcoord_subscription_add(subscription, "b", E));
    CHECK_OK(distcoord_subscription_add(subscription, "b", E)); /* has it already */
    tell(client, "a", "1");
    tell(client, "b", "2");
    tell(client, "a", "3");
    tell(client, "c", "all have arrived");
    CHECK_TEXT(NEXT_AND(subscription, &look), "1");
    CHECK_TEXT(NEXT_AND(subscription, &look), "2");
    CHECK_TEXT(look.source, "b");
    CHECK_TEXT(NEXT(witness), "all have arrived");
    distcoord_subscription_free(witness);
    /* Messages that have arrived stay. */
    CHECK_OK(distcoord_subscription_remove(subscription, "a", E));
    CHECK_STATUS(distcoord_subscription_remove(subscription, "a", E), DISTCOORD_NOT_FOUND);
    CHECK_TEXT(NEXT_AND(subscription, &look), "3");
    CHECK_TEXT(look.source, "a");
    CHECK(EVENTUALLY(2000, tell(client, "a", "4") == 0));
    tell(client, "b", "5");
    CHECK_TEXT(NEXT(subscription), "5");
    distcoord_subscription_free(subscription);
    close_client(client);
}

static void a_slow_reader_is_told_how_many_fell_out(void)
{
    distcoord_client *client = open_client();
    struct look look;
    distcoord_subscription *subscription = subscribe(client, 3, "a");
    CHECK_OK(distcoord_subscription_add(subscription, "b", E));
    char text[16];
    tell(client, "b", "other");
    for (int i = 1; i <= 10; i++) {
        snprintf(text, sizeof text, "%d", i);
        tell(client, "a", text);
    }
    /* "other" and 1 to 7 fall out, before anybody reads. */
    CHECK(EVENTUALLY(5000, distcoord_subscription_missed(subscription) == 8));
    CHECK_TEXT(NEXT_AND(subscription, &look), "8");
    CHECK_INT(look.missed, 7);
    CHECK_TEXT(NEXT_AND(subscription, &look), "9");
    CHECK_INT(look.missed, 0);
    CHECK_TEXT(NEXT_AND(subscription, &look), "10");
    CHECK_INT(look.missed, 0);
    tell(client, "b", "again");
    CHECK_TEXT(NEXT_AND(subscription, &look), "again");
    CHECK_INT(look.missed, 1);
    CHECK_INT(distcoord_subscription_missed(subscription), 8);
    distcoord_subscription_free(subscription);
    close_client(client);
}

static void what_was_published_without_a_connection_is_counted(void)
{
    char answer[64];
    distcoord_client *client = open_client(), *other = open_client();
    struct look look;
    distcoord_subscription *subscription = subscribe(client, 0, "a");
    tell(other, "a", "1");
    CHECK_TEXT(NEXT(subscription), "1");
    /* The server cuts the subscriber off, and is too busy with messages to let it come back before they are gone. */
    REQUIRE(redis_server_command(&server, "CLIENT KILL TYPE pubsub", answer, sizeof answer) == 0);
    int lost = 0;
    while (tell(other, "a", "lost") == 0) lost++;
    /* The last one may have been heard already. */
    CHECK(lost > 0);
    tell(other, "a", "heard");
    int heard = 0, missed = 0;
    const char *text;
    do {
        text = NEXT_AND(subscription, &look);
        missed += (int)look.missed;
        heard++;
    } while (strcmp(text, "heard") != 0 && strcmp(text, "(none)") != 0);
    CHECK_INT(heard + missed, lost + 2);
    CHECK(missed >= lost);
    CHECK_INT(distcoord_subscription_missed(subscription), missed);
    distcoord_subscription_free(subscription);
    close_client(client);
    close_client(other);
}

static void a_lost_answer_publishes_once(void)
{
    struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_options *options = namespace_options();
    distcoord_client *client = open_client(), *through = NULL;
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &through, E));
    distcoord_options_free(options);
    distcoord_subscription *subscription = subscribe(client, 0, "a");
    tell(through, "a", "0");
    for (int i = 0; i < 3; i++) {
        atomic_store(&proxy.next_loss, i == 2 ? LOSE_REQUEST : LOSE_ANSWER);
        CHECK_INT(tell(through, "a", "x"), 1);
    }
    tell(through, "a", "end");
    CHECK_TEXT(NEXT(subscription), "0");
    for (int i = 0; i < 3; i++) CHECK_TEXT(NEXT(subscription), "x");
    CHECK_TEXT(NEXT(subscription), "end");
    CHECK_INT(atomic_load(&proxy.losses), 3);
    distcoord_subscription_free(subscription);
    close_client(client);
    close_client(through);
}

static void bytes_arrive_as_they_were(void)
{
    distcoord_client *client = open_client();
    distcoord_subscription *subscription = subscribe(client, 0, "a:{b}% c");
    distcoord_message *message = NULL;
    size_t length = 3 << 20;
    unsigned char *bytes = malloc(length);
    for (size_t i = 0; i < length; i++) bytes[i] = (unsigned char)(i * 7 + i / 256);
    CHECK_OK(distcoord_channel_publish(client, "a:{b}% c", bytes, length, NULL, E));
    CHECK_OK(distcoord_channel_publish(client, "a:{b}% c", NULL, 0, NULL, E));
    REQUIRE_OK(distcoord_subscription_next(subscription, 10000, &message, E));
    CHECK_INT(distcoord_message_length(message), length);
    CHECK(memcmp(distcoord_message_payload(message), bytes, length) == 0);
    CHECK_INT(((const char *)distcoord_message_payload(message))[length], 0);
    CHECK_TEXT(distcoord_message_source(message), "a:{b}% c");
    distcoord_message_free(message);
    REQUIRE_OK(distcoord_subscription_next(subscription, 10000, &message, E));
    CHECK_INT(distcoord_message_length(message), 0);
    CHECK_TEXT(distcoord_message_payload(message), "");
    distcoord_message_free(message);
    free(bytes);
    distcoord_subscription_free(subscription);
    close_client(client);
}

static void an_event_descriptor_tells(void)
{
    distcoord_client *client = open_client();
    distcoord_subscription *subscription = subscribe(client, 0, "a");
    int fd = distcoord_subscription_event_fd(subscription);
    REQUIRE(fd >= 0);
    CHECK_NOTHING(subscription);
    CHECK(!readable(fd));
    tell(client, "a", "1");
    tell(client, "a", "2");
    CHECK(EVENTUALLY(2000, readable(fd)));
    CHECK_TEXT(NEXT(subscription), "1");
    CHECK(readable(fd));
    CHECK_TEXT(NEXT(subscription), "2");
    CHECK_NOTHING(subscription);
    CHECK(!readable(fd));
    distcoord_subscription_free(subscription);
    close_client(client);
}

/* Again and again: a cancel ends waits that have begun, and this one may begin only a moment later. */
static atomic_bool is_cancelled;

static void *cancel_soon(void *subscription)
{
    while (!atomic_load(&is_cancelled)) {
        sleep_ms(50);
        distcoord_subscription_cancel(subscription);
    }
    return NULL;
}

static void a_wait_ends_in_time_and_when_it_is_cancelled(void)
{
    distcoord_client *client = open_client();
    distcoord_subscription *subscription = subscribe(client, 0, "a");
    distcoord_message *message = NULL;
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_subscription_next(subscription, 60, &message, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 60);
    pthread_t thread = start_thread(cancel_soon, subscription);
    CHECK_STATUS(distcoord_subscription_next(subscription, -1, &message, E), DISTCOORD_CANCELLED);
    atomic_store(&is_cancelled, true);
    pthread_join(thread, NULL);
    /* Only waits in progress. */
    tell(client, "a", "1");
    CHECK_TEXT(NEXT(subscription), "1");
    distcoord_subscription_free(subscription);
    close_client(client);
}

static void *say(void *client)
{
    for (int i = 0; i < 500; i++) tell(client, "a", "x");
    return NULL;
}

static void *hear(void *subscription)
{
    static _Thread_local int count;
    for (count = 0; count < 1000; count++) {
        distcoord_message *message = NULL;
        if (distcoord_subscription_next(subscription, 1000 * time_factor(), &message, NULL) != DISTCOORD_OK) break;
        distcoord_message_free(message);
    }
    return (void *)(intptr_t)count;
}

static void threads_share_a_subscription(void)
{
    distcoord_client *client = open_client();
    distcoord_subscription *subscription = subscribe(client, 100000, "a");
    pthread_t hearers[3], sayers[2];
    intptr_t heard = 0;
    for (int i = 0; i < 3; i++) hearers[i] = start_thread(hear, subscription);
    for (int i = 0; i < 2; i++) sayers[i] = start_thread(say, client);
    for (int i = 0; i < 2; i++) pthread_join(sayers[i], NULL);
    for (int i = 0; i < 3; i++) {
        void *count = NULL;
        pthread_join(hearers[i], &count);
        heard += (intptr_t)count;
    }
    CHECK_INT(heard, 1000);
    CHECK_INT(distcoord_subscription_missed(subscription), 0);
    distcoord_subscription_free(subscription);
    close_client(client);
}

static void a_channel_leaves_nothing_behind_for_ever(void)
{
    distcoord_client *client = open_client();
    char answer[64], command[256];
    tell(client, "a", "1");
    snprintf(command, sizeof command, "PTTL dc:{%s:channel:a}:n", test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    long long left = strtoll(answer + 1, NULL, 10);
    CHECK(left > 86000000 && left <= 86400000);
    close_client(client);
}

static const struct test tests[] = {
    {"who_subscribes_gets_what_is_published", who_subscribes_gets_what_is_published},
    {"a_subscription_has_several_channels", a_subscription_has_several_channels},
    {"a_slow_reader_is_told_how_many_fell_out", a_slow_reader_is_told_how_many_fell_out},
    {"what_was_published_without_a_connection_is_counted", what_was_published_without_a_connection_is_counted},
    {"a_lost_answer_publishes_once", a_lost_answer_publishes_once},
    {"bytes_arrive_as_they_were", bytes_arrive_as_they_were},
    {"an_event_descriptor_tells", an_event_descriptor_tells},
    {"a_wait_ends_in_time_and_when_it_is_cancelled", a_wait_ends_in_time_and_when_it_is_cancelled},
    {"threads_share_a_subscription", threads_share_a_subscription},
    {"a_channel_leaves_nothing_behind_for_ever", a_channel_leaves_nothing_behind_for_ever},
};

HARNESS_MAIN(tests)
