/* What becomes of what consumers hold: they die, are stopped, take too long; groups are moved and deleted. */
#define _GNU_SOURCE
#include "topic_tools.h"

static void what_the_dead_held_goes_to_others(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    publish_numbers(topic, 0, 3);
    pid_t child = fork();
    if (child == 0) {
        /* A process of its own dies with two messages taken and one fetched ahead. */
        distcoord_client *own = open_client();
        distcoord_topic *theirs = open_topic(own, -1, -1);
        distcoord_consumer *dying = consume(theirs, (struct terms){.name = "dying", .lease_ms = KEPT_MS});
        TAKE(dying);
        TAKE(dying);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    int64_t start = now_ms();
    distcoord_consumer *heir = consume(topic, (struct terms){0});
    struct look look;
    for (int i = 0; i < 3; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        CHECK_TEXT(TAKE_AND(heir, &look), text);
        CHECK_INT(look.deliveries, 2);
        ACKNOWLEDGE(heir, look);
    }
    CHECK(took_less(start, KEPT_MS + 1000));
    CHECK_TEXT(group_stands(topic), "0 0 1");
    distcoord_consumer_free(heir);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_lease_that_ended_is_told_and_the_next_call_joins_anew(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    publish_numbers(topic, 0, 3);
    int to_child[2], from_child[2];
    REQUIRE(pipe(to_child) == 0 && pipe(from_child) == 0);
    pid_t child = fork();
    if (child == 0) {
        char byte = 0;
        struct look look;
        distcoord_message *message = NULL;
        distcoord_client *own = open_client();
        distcoord_topic *theirs = open_topic(own, -1, -1);
        distcoord_consumer *slow = consume(theirs, (struct terms){.name = "slow", .lease_ms = KEPT_MS});
        CHECK_TEXT(TAKE_AND(slow, &look), "0");
        CHECK_INT(write(from_child[1], "x", 1), 1);
        CHECK_INT(read(to_child[0], &byte, 1), 1);
        /* It was stopped for longer than its lease; meanwhile another had the messages. */
        CHECK_STATUS(distcoord_consumer_acknowledge(slow, look.id, E), DISTCOORD_LOST);
        CHECK_STATUS(distcoord_consumer_release(slow, look.id, 0, E), DISTCOORD_LOST);
        CHECK_STATUS(distcoord_consumer_next(slow, 0, &message, E), DISTCOORD_LOST);
        CHECK(message == NULL);
        CHECK_STATUS(distcoord_consumer_acknowledge(slow, look.id, E), DISTCOORD_LOST);
        CHECK_TEXT(TAKE_AND(slow, &look), "later");
        CHECK_OK(distcoord_consumer_acknowledge(slow, look.id, E));
        CHECK_OK(distcoord_consumer_close(slow, E));
        _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
    }
    char byte = 0;
    int status = 0;
    CHECK_INT(read(from_child[0], &byte, 1), 1);
    kill(child, SIGSTOP);
    distcoord_consumer *heir = consume(topic, (struct terms){0});
    struct look look;
    for (int i = 0; i < 3; i++) {
        CHECK(strcmp(TAKE_AND(heir, &look), "(none)") != 0);
        ACKNOWLEDGE(heir, look);
    }
    CHECK_OK(distcoord_consumer_close(heir, E));
    CHECK_INT(write(to_child[1], "x", 1), 1);
    kill(child, SIGCONT);
    publish(topic, "later", NULL);
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_TEXT(group_stands(topic), "0 0 0");
    distcoord_consumer_free(heir);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_name_that_another_has_taken_meanwhile_is_refused(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    int from_child[2];
    REQUIRE(pipe(from_child) == 0);
    pid_t child = fork();
    if (child == 0) {
        distcoord_message *message = NULL;
        distcoord_client *own = open_client();
        distcoord_topic *theirs = open_topic(own, -1, -1);
        distcoord_consumer *slow = consume(theirs, (struct terms){.name = "me", .lease_ms = 300});
        CHECK_INT(write(from_child[1], "x", 1), 1);
        raise(SIGSTOP);
        CHECK_STATUS(distcoord_consumer_next(slow, 0, &message, E), DISTCOORD_LOST);
        CHECK_STATUS(distcoord_consumer_next(slow, 200, &message, E), DISTCOORD_ERROR_CONFLICT);
        _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
    }
    char byte = 0;
    int status = 0;
    distcoord_consumer *other = NULL;
    CHECK_INT(read(from_child[0], &byte, 1), 1);
    CHECK(EVENTUALLY(5000, try_consume(topic, (struct terms){.name = "me"}, &other) == DISTCOORD_OK));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_TEXT(group_stands(topic), "0 0 1");
    distcoord_consumer_free(other);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_message_that_is_held_too_long_goes_to_another(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    struct terms terms = {.timeout_ms = 3000, .prefetch = 1};
    distcoord_consumer *a = consume(topic, terms), *b = consume(topic, terms);
    struct look first, second;
    publish(topic, "x", NULL);
    int64_t start = now_ms();
    CHECK_TEXT(TAKE_AND(a, &first), "x");
    CHECK_TEXT(TAKE_AND(b, &second), "x");
    CHECK(now_ms() - start > 2900 && took_less(start, 4500));
    CHECK_TEXT(second.id, first.id);
    CHECK_INT(second.deliveries, 2);
    CHECK_STATUS(distcoord_consumer_acknowledge(a, first.id, E), DISTCOORD_LOST);
    ACKNOWLEDGE(b, second);
    /* What was fetched ahead and lay too long is not handed out: it is fetched anew, and was not delivered before. */
    distcoord_consumer *c = consume(topic, (struct terms){.timeout_ms = 4000});
    publish_numbers(topic, 0, 2);
    CHECK_TEXT(TAKE_AND(c, &first), "0");
    sleep_ms(2200);
    CHECK_TEXT(TAKE_AND(c, &second), "1");
    CHECK_INT(second.deliveries, 1);
    ACKNOWLEDGE(c, second);
    distcoord_consumer_free(a);
    distcoord_consumer_free(b);
    distcoord_consumer_free(c);
    distcoord_topic_free(topic);
    close_client(client);
}

static void a_group_is_moved(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    char third[ID], last[ID];
    CHECK_STATUS(distcoord_topic_seek(topic, "g", "0", 0, E), DISTCOORD_NOT_FOUND);
    publish_numbers(topic, 0, 2);
    publish(topic, "2", third);
    sleep_ms(5);
    int64_t between = atoll(third) + 2;
    publish_numbers(topic, 3, 2);
    publish(topic, "5", last);
    distcoord_consumer *consumer = consume(topic, (struct terms){.prefetch = 1});
    struct look look;
    for (int i = 0; i < 6; i++) {
        CHECK(strcmp(TAKE_AND(consumer, &look), "(none)") != 0);
        ACKNOWLEDGE(consumer, look);
    }
    CHECK_TEXT(group_stands(topic), "0 0 1");
    CHECK_OK(distcoord_topic_seek(topic, "g", third, 0, E));
    CHECK_TEXT(group_stands(topic), "3 0 1");
    CHECK_TEXT(TAKE_AND(consumer, &look), "3");
    CHECK_INT(look.deliveries, 1);
    ACKNOWLEDGE(consumer, look);
    CHECK_OK(distcoord_topic_seek(topic, "g", NULL, between, E));
    CHECK_TEXT(TAKE_AND(consumer, &look), "3");
    ACKNOWLEDGE(consumer, look);
    CHECK_OK(distcoord_topic_seek(topic, "g", "0", 0, E));
    CHECK_TEXT(TAKE_AND(consumer, &look), "0");
    /* What was given back does not come again after a leap forward. */
    CHECK_OK(distcoord_consumer_release(consumer, look.id, 0, E));
    CHECK_OK(distcoord_topic_seek(topic, "g", NULL, 0, E));
    CHECK_NONE(consumer);
    CHECK_TEXT(group_stands(topic), "0 0 1");
    publish(topic, "6", NULL);
    CHECK_TEXT(TAKE_AND(consumer, &look), "6");
    ACKNOWLEDGE(consumer, look);
    CHECK_OK(distcoord_topic_seek(topic, "g", last, 0, E));
    CHECK_TEXT(TAKE(consumer), "6");
    CHECK_INT(distcoord_consumer_missed(consumer), 0);
    CHECK_STATUS(distcoord_topic_seek(topic, "g", "no id", 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void *wait_for_loss(void *consumer)
{
    distcoord_message *message = NULL;
    CHECK_STATUS(distcoord_consumer_next(consumer, 8000 * time_factor(), &message, E), DISTCOORD_LOST);
    return NULL;
}

static void a_group_is_deleted(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_topic_info *info = NULL;
    distcoord_consumer *waiting = consume(topic, (struct terms){0}), *holding = consume(topic, (struct terms){0});
    struct look look;
    publish(topic, "x", NULL);
    CHECK_TEXT(TAKE_AND(holding, &look), "x");
    int64_t start = now_ms();
    pthread_t thread = start_thread(wait_for_loss, waiting);
    sleep_ms(50);
    CHECK_OK(distcoord_topic_delete_group(topic, "g", E));
    pthread_join(thread, NULL);
    CHECK(took_less(start, 2000)); /* whoever waits is told */
    CHECK_STATUS(distcoord_consumer_acknowledge(holding, look.id, E), DISTCOORD_LOST);
    REQUIRE_OK(distcoord_topic_inspect(topic, &info, E));
    CHECK_INT(distcoord_topic_info_group_count(info), 0);
    distcoord_topic_info_free(info);
    /* Whoever goes on makes it anew. */
    CHECK_TEXT(TAKE_AND(waiting, &look), "x");
    CHECK_INT(look.deliveries, 1);
    distcoord_consumer_free(waiting);
    distcoord_consumer_free(holding);
    distcoord_topic_free(topic);
    close_client(client);
}

static void what_a_group_missed_is_counted(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, 0, -1);
    int64_t dropped = 0;
    struct look look;
    publish_numbers(topic, 0, 5);
    REQUIRE_OK(distcoord_topic_trim(topic, 2, &dropped, E));
    distcoord_consumer *consumer = consume(topic, (struct terms){.prefetch = 1});
    CHECK_TEXT(TAKE_AND(consumer, &look), "3"); /* a new group begins with the oldest that is kept */
    CHECK_INT(look.missed, 0);
    /* One that is held, one that is given back, and some that nobody had are dropped. */
    ACKNOWLEDGE(consumer, look);
    CHECK_TEXT(TAKE_AND(consumer, &look), "4");
    CHECK_OK(distcoord_consumer_release(consumer, look.id, 0, E));
    publish_numbers(topic, 5, 10);
    REQUIRE_OK(distcoord_topic_trim(topic, 3, &dropped, E));
    CHECK_TEXT(TAKE_AND(consumer, &look), "12");
    CHECK_INT(look.missed, 7);
    CHECK_INT(distcoord_consumer_missed(consumer), 8);
    ACKNOWLEDGE(consumer, look);
    CHECK_TEXT(TAKE_AND(consumer, &look), "13");
    REQUIRE_OK(distcoord_topic_trim(topic, 0, &dropped, E));
    ACKNOWLEDGE(consumer, look); /* held is held, though it is kept no longer */
    CHECK_NONE(consumer);
    CHECK_TEXT(group_stands(topic), "0 0 1");
    publish(topic, "end", NULL);
    CHECK_TEXT(TAKE_AND(consumer, &look), "end");
    CHECK_INT(look.missed, 1);
    CHECK_INT(distcoord_consumer_missed(consumer), 9);
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void living_consumers_keep_their_topic(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, 1000);
    distcoord_consumer *consumer = consume(topic, (struct terms){.lease_ms = 3000});
    struct look look;
    publish(topic, "x", NULL);
    CHECK_TEXT(TAKE_AND(consumer, &look), "x");
    ACKNOWLEDGE(consumer, look);
    sleep_ms(1500);
    CHECK_NONE(consumer);
    CHECK_TEXT(group_stands(topic), "0 0 1");
    publish(topic, "y", NULL);
    CHECK_TEXT(TAKE_AND(consumer, &look), "y");
    CHECK_INT(look.missed, 0);
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static void the_child_of_a_fork_holds_nothing(void)
{
    distcoord_client *client = open_client();
    distcoord_topic *topic = open_topic(client, -1, -1);
    distcoord_subscription *subscription = read_from(topic, NULL, 0, 0);
    distcoord_consumer *consumer = consume(topic, (struct terms){0});
    struct look look;
    publish_numbers(topic, 0, 2);
    CHECK_TEXT(TAKE_AND(consumer, &look), "0");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        distcoord_message *message = NULL;
        CHECK_STATUS(distcoord_consumer_next(consumer, 0, &message, E), DISTCOORD_ERROR_FORKED);
        CHECK_STATUS(distcoord_consumer_acknowledge(consumer, look.id, E), DISTCOORD_ERROR_FORKED);
        CHECK_STATUS(distcoord_consumer_close(consumer, E), DISTCOORD_ERROR_FORKED);
        CHECK_STATUS(distcoord_subscription_next(subscription, 0, &message, E), DISTCOORD_ERROR_FORKED);
        publish(topic, "from the child", NULL);
        distcoord_consumer *own = consume(topic, (struct terms){0});
        CHECK_TEXT(TAKE_AND(own, &look), "from the child");
        CHECK_OK(distcoord_consumer_acknowledge(own, look.id, E));
        CHECK_OK(distcoord_consumer_close(own, E));
        distcoord_consumer_free(own);
        distcoord_consumer_free(consumer);
        distcoord_subscription_free(subscription);
        distcoord_topic_free(topic);
        _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ACKNOWLEDGE(consumer, look);
    CHECK_TEXT(TAKE_AND(consumer, &look), "1");
    CHECK_INT(look.deliveries, 1);
    for (int i = 0; i < 3; i++) CHECK(strcmp(NEXT(subscription), "(none)") != 0);
    distcoord_consumer_free(consumer);
    distcoord_subscription_free(subscription);
    distcoord_topic_free(topic);
    close_client(client);
}

static const struct test tests[] = {
    {"what_the_dead_held_goes_to_others", what_the_dead_held_goes_to_others},
    {"a_lease_that_ended_is_told_and_the_next_call_joins_anew",
     a_lease_that_ended_is_told_and_the_next_call_joins_anew},
    {"a_name_that_another_has_taken_meanwhile_is_refused", a_name_that_another_has_taken_meanwhile_is_refused},
    {"a_message_that_is_held_too_long_goes_to_another", a_message_that_is_held_too_long_goes_to_another},
    {"a_group_is_moved", a_group_is_moved},
    {"a_group_is_deleted", a_group_is_deleted},
    {"what_a_group_missed_is_counted", what_a_group_missed_is_counted},
    {"living_consumers_keep_their_topic", living_consumers_keep_their_topic},
    {"the_child_of_a_fork_holds_nothing", the_child_of_a_fork_holds_nothing},
};

HARNESS_MAIN(tests)
