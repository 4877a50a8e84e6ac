/* Circuit breakers: when they open, what they let through meanwhile, when they close, and that all processes agree. */
#include "breaker_tools.h"

static void so_many_failures_open_it(void)
{
    distcoord_client *client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", usual);
    uint64_t permit = 0;
    int64_t retry = 0;
    CHECK_INT(distcoord_breaker_state(breaker), DISTCOORD_BREAKER_CLOSED);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED));
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    CHECK(call(breaker, DISTCOORD_CALL_DISCARDED));
    CHECK(call(breaker, DISTCOORD_CALL_FAILED));
    CHECK(call(breaker, DISTCOORD_CALL_FAILED));
    /* Not one more, although the server is told in the background. */
    CHECK_STATUS(distcoord_breaker_allow(breaker, &permit, &retry, E), DISTCOORD_REJECTED);
    CHECK(retry > 50000 && retry <= 60000);
    CHECK_INT(distcoord_breaker_state(breaker), DISTCOORD_BREAKER_OPEN);
    CHECK_OK(distcoord_breaker_flush(breaker, E));
    struct standing standing = inspect(breaker);
    CHECK_INT(standing.state, DISTCOORD_BREAKER_OPEN);
    CHECK_INT(standing.succeeded, 1);
    CHECK_INT(standing.failed, 3);
    CHECK_INT(standing.rejected, 1);
    CHECK_INT(standing.opened, 1);
    CHECK_INT(standing.failures, 0);
    CHECK(standing.since > 1600000000000 && standing.retry > 50000 && standing.retry <= 60000);
    distcoord_breaker_free(breaker);
    close_client(client);
}

static void failures_far_apart_do_not(void)
{
    struct terms terms = usual;
    terms.sampling = 100;
    distcoord_client *client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", terms);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED) && call(breaker, DISTCOORD_CALL_FAILED));
    sleep_ms(150);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED) && call(breaker, DISTCOORD_CALL_FAILED));
    CHECK(is_allowed(breaker, NULL));
    CHECK_OK(distcoord_breaker_flush(breaker, E));
    CHECK_INT(inspect(breaker).opened, 0);
    distcoord_breaker_free(breaker);
    close_client(client);
}

static void trials_decide(void)
{
    struct terms terms = usual;
    terms.recovery = 100, terms.trials = 2;
    distcoord_client *client = open_client(), *other_client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", terms), *other = open_breaker(other_client, "b", terms);
    CHECK(call(other, DISTCOORD_CALL_SUCCEEDED));
    for (int round = 0; round < 2; round++) {
        uint64_t first = 0, second = 0, none = 0;
        while (call(breaker, DISTCOORD_CALL_FAILED)) {
        }
        CHECK(EVENTUALLY(5000, distcoord_breaker_state(other) == DISTCOORD_BREAKER_HALF_OPEN));
        REQUIRE(EVENTUALLY(5000, is_allowed(breaker, &first)));
        REQUIRE(EVENTUALLY(5000, is_allowed(other, &second)));
        /* As many as must succeed, in the whole fleet. */
        CHECK(!is_allowed(breaker, &none) && !is_allowed(other, &none));
        struct standing standing = inspect(breaker);
        CHECK_INT(standing.state, DISTCOORD_BREAKER_HALF_OPEN);
        CHECK_INT(standing.trials, 2);
        CHECK_INT(standing.retry, 0);
        CHECK_OK(distcoord_breaker_report(breaker, first, DISTCOORD_CALL_SUCCEEDED, E));
        CHECK(!is_allowed(other, &none));
        if (round == 0) {
            /* One that fails opens it again. */
            CHECK_OK(distcoord_breaker_report(other, second, DISTCOORD_CALL_FAILED, E));
            CHECK_INT(inspect(breaker).opened, standing.opened + 1);
            CHECK(EVENTUALLY(5000, distcoord_breaker_state(breaker) != DISTCOORD_BREAKER_CLOSED));
            /* Who says nothing of the called makes room for another. */
            REQUIRE(EVENTUALLY(5000, is_allowed(breaker, &first)));
            REQUIRE(is_allowed(breaker, &second));
            CHECK_OK(distcoord_breaker_report(breaker, first, DISTCOORD_CALL_DISCARDED, E));
            REQUIRE(EVENTUALLY(5000, is_allowed(other, &first)));
            CHECK_OK(distcoord_breaker_report(other, first, DISTCOORD_CALL_SUCCEEDED, E));
        }
        CHECK_OK(distcoord_breaker_report(breaker, second, DISTCOORD_CALL_SUCCEEDED, E));
        CHECK(EVENTUALLY(5000, distcoord_breaker_state(breaker) == DISTCOORD_BREAKER_CLOSED));
        CHECK(EVENTUALLY(5000, distcoord_breaker_state(other) == DISTCOORD_BREAKER_CLOSED));
        CHECK(call(other, DISTCOORD_CALL_SUCCEEDED) && call(breaker, DISTCOORD_CALL_SUCCEEDED));
    }
    distcoord_breaker_free(other);
    distcoord_breaker_free(breaker);
    close_client(other_client);
    close_client(client);
}

static void a_closed_breaker_adds_no_round_trips(void)
{
    distcoord_client *client = open_client();
    struct terms terms = usual;
    terms.flush = 60000;
    distcoord_breaker *breaker = open_breaker(client, "b", terms);
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    CHECK_OK(distcoord_breaker_flush(breaker, E));
    long long commands = redis_server_number(&server, "total_commands_processed");
    for (int i = 0; i < 100000; i++) call(breaker, DISTCOORD_CALL_SUCCEEDED);
    /* The one that asks. */
    CHECK_INT(redis_server_number(&server, "total_commands_processed") - commands, 1);
    CHECK_OK(distcoord_breaker_flush(breaker, E));
    CHECK_INT(inspect(breaker).succeeded, 100001);
    distcoord_breaker_free(breaker);
    close_client(client);
}

static void counts_are_told_within_the_flush_interval(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", usual), *watching = open_breaker(other, "b", usual);
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED) && call(breaker, DISTCOORD_CALL_FAILED));
    CHECK(EVENTUALLY(5000, inspect(watching).succeeded == 1 && inspect(watching).failures == 1));
    /* What a closing client has not told yet, it tells then. */
    struct terms terms = usual;
    terms.flush = 60000;
    distcoord_breaker *slow = open_breaker(client, "slow", terms), *seen = open_breaker(other, "slow", terms);
    CHECK(call(slow, DISTCOORD_CALL_SUCCEEDED));
    close_client(client);
    CHECK_INT(inspect(seen).succeeded, 1);
    CHECK_STATUS(distcoord_breaker_allow(slow, &(uint64_t){0}, NULL, E), DISTCOORD_ERROR_CLOSED);
    distcoord_breaker_free(slow);
    distcoord_breaker_free(seen);
    distcoord_breaker_free(breaker);
    distcoord_breaker_free(watching);
    close_client(other);
}

static void a_freed_handle_is_told_of(void)
{
    distcoord_client *client = open_client();
    struct terms terms = usual;
    terms.flush = 60000;
    distcoord_breaker *breaker = open_breaker(client, "b", terms), *other = open_breaker(client, "b", terms);
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    distcoord_breaker_free(breaker);
    CHECK(EVENTUALLY(5000, inspect(other).succeeded == 1));
    distcoord_breaker_free(other);
    close_client(client);
}

static void what_was_counted_last_is_told_by_a_close(void)
{
    distcoord_client *other_client = open_client();
    distcoord_breaker *other = open_breaker(other_client, "b", usual);
    for (int i = 1; i <= 20; i++) {
        distcoord_client *client = open_client();
        distcoord_breaker *breaker = open_breaker(client, "b", usual);
        CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
        /* Freed before it is closed, as languages do that free what is not used any more. */
        distcoord_breaker_free(breaker);
        close_client(client);
        CHECK_INT(inspect(other).succeeded, i);
    }
    distcoord_breaker_free(other);
    close_client(other_client);
}

static void calls_allowed_before_a_change_do_not_count(void)
{
    distcoord_client *client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", usual);
    uint64_t permits[3];
    for (int i = 0; i < 3; i++) REQUIRE(is_allowed(breaker, &permits[i]));
    CHECK_OK(distcoord_breaker_reset(breaker, E));
    for (int i = 0; i < 3; i++) CHECK_OK(distcoord_breaker_report(breaker, permits[i], DISTCOORD_CALL_FAILED, E));
    CHECK_OK(distcoord_breaker_flush(breaker, E));
    CHECK(is_allowed(breaker, NULL));
    CHECK_INT(inspect(breaker).failed, 3);
    CHECK_INT(inspect(breaker).failures, 0);
    /* What has failed and was not told before a reset is forgotten as well. */
    CHECK(call(breaker, DISTCOORD_CALL_FAILED) && call(breaker, DISTCOORD_CALL_FAILED));
    CHECK_OK(distcoord_breaker_reset(breaker, E));
    CHECK(call(breaker, DISTCOORD_CALL_FAILED) && call(breaker, DISTCOORD_CALL_FAILED));
    CHECK(is_allowed(breaker, NULL));
    distcoord_breaker_free(breaker);
    close_client(client);
}

static void it_can_be_forced(void)
{
    distcoord_client *client = open_client(), *other_client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", usual), *other = open_breaker(other_client, "b", usual);
    int64_t retry = 0;
    uint64_t permit = 0;
    CHECK(call(other, DISTCOORD_CALL_SUCCEEDED) && call(breaker, DISTCOORD_CALL_SUCCEEDED));
    CHECK_OK(distcoord_breaker_force(breaker, true, E));
    CHECK(EVENTUALLY(5000, distcoord_breaker_state(other) == DISTCOORD_BREAKER_FORCED_OPEN));
    CHECK_STATUS(distcoord_breaker_allow(other, &permit, &retry, E), DISTCOORD_REJECTED);
    CHECK_INT(retry, -1);
    CHECK_INT(inspect(other).retry, -1);
    CHECK_OK(distcoord_breaker_force(other, false, E));
    CHECK(EVENTUALLY(5000, distcoord_breaker_state(breaker) == DISTCOORD_BREAKER_FORCED_CLOSED));
    for (int i = 0; i < 5; i++) CHECK(call(breaker, DISTCOORD_CALL_FAILED) && call(other, DISTCOORD_CALL_FAILED));
    CHECK_OK(distcoord_breaker_flush(breaker, E));
    CHECK_OK(distcoord_breaker_flush(other, E));
    CHECK(is_allowed(breaker, NULL));
    CHECK_INT(inspect(breaker).state, DISTCOORD_BREAKER_FORCED_CLOSED);
    CHECK_INT(inspect(breaker).failed, 10);
    CHECK_OK(distcoord_breaker_reset(breaker, E));
    CHECK_INT(distcoord_breaker_state(breaker), DISTCOORD_BREAKER_CLOSED);
    while (call(breaker, DISTCOORD_CALL_FAILED)) {
    }
    CHECK_INT(inspect(breaker).failed, 13);
    CHECK_OK(distcoord_breaker_reset(other, E));
    CHECK(EVENTUALLY(5000, is_allowed(breaker, NULL)));
    distcoord_breaker_free(other);
    distcoord_breaker_free(breaker);
    close_client(other_client);
    close_client(client);
}

static void each_name_is_one_breaker(void)
{
    distcoord_client *client = open_client();
    distcoord_breaker *one = open_breaker(client, "a", usual), *other = open_breaker(client, "a:changes", usual);
    while (call(one, DISTCOORD_CALL_FAILED)) {
    }
    CHECK(call(other, DISTCOORD_CALL_SUCCEEDED));
    CHECK_INT(inspect(other).failed, 0);
    /* A new handle finds an open breaker open, and one with other options does, too. */
    struct terms terms = usual;
    terms.threshold = 100;
    distcoord_breaker *late = open_breaker(client, "a", terms);
    CHECK(!is_allowed(late, NULL));
    distcoord_breaker_free(late);
    distcoord_breaker_free(other);
    distcoord_breaker_free(one);
    close_client(client);
}

static int32_t guarded(void *context)
{
    int32_t *result = context;
    return *result;
}

static void it_makes_calls_itself(void)
{
    distcoord_client *client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", usual);
    int32_t result = 0, wanted = 0;
    CHECK_OK(distcoord_breaker_call(breaker, guarded, &wanted, &result, E));
    for (wanted = 7; wanted < 10; wanted++) {
        CHECK_OK(distcoord_breaker_call(breaker, guarded, &wanted, &result, E));
        CHECK_INT(result, wanted);
    }
    CHECK_STATUS(distcoord_breaker_call(breaker, guarded, &wanted, NULL, E), DISTCOORD_REJECTED);
    distcoord_breaker_free(breaker);
    close_client(client);
}

static void changes_can_be_watched(void)
{
    struct terms terms = usual;
    terms.recovery = 3000;
    distcoord_client *client = open_client(), *other_client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", terms), *other = open_breaker(other_client, "b", terms);
    distcoord_watch *watch = NULL;
    distcoord_breaker_info *info = NULL;
    REQUIRE_OK(distcoord_breaker_watch(other, &watch, E));
    REQUIRE_OK(distcoord_breaker_watch_next(watch, 5000, &info, E));
    CHECK_INT(take_info(info).state, DISTCOORD_BREAKER_CLOSED);
    CHECK_STATUS(distcoord_breaker_watch_next(watch, 0, &info, E), DISTCOORD_TIMED_OUT);
    CHECK(info == NULL);
    while (call(breaker, DISTCOORD_CALL_FAILED)) {
    }
    REQUIRE_OK(distcoord_breaker_watch_next(watch, 5000, &info, E));
    struct standing standing = take_info(info);
    CHECK_INT(standing.state, DISTCOORD_BREAKER_OPEN);
    /* Its handle has made no call, and knows it all the same. */
    CHECK_INT(distcoord_breaker_state(other), DISTCOORD_BREAKER_OPEN);
    CHECK_INT(standing.opened, 1);
    /* That the recovery time is over, nobody says. */
    REQUIRE_OK(distcoord_breaker_watch_next(watch, 5000, &info, E));
    CHECK_INT(take_info(info).state, DISTCOORD_BREAKER_HALF_OPEN);
    REQUIRE(EVENTUALLY(5000, call(breaker, DISTCOORD_CALL_SUCCEEDED)));
    REQUIRE_OK(distcoord_breaker_watch_next(watch, 5000, &info, E));
    CHECK_INT(take_info(info).state, DISTCOORD_BREAKER_CLOSED);
    CHECK_STATUS(distcoord_breaker_watch_next(watch, 0, &info, E), DISTCOORD_TIMED_OUT);
    distcoord_watch_free(watch);
    distcoord_breaker_free(other);
    distcoord_breaker_free(breaker);
    close_client(other_client);
    close_client(client);
}

/* ---------------------------------------------------------------- threads and processes */

static void *many_calls(void *argument)
{
    distcoord_breaker *breaker = argument;
    for (int i = 0; i < 5000; i++) CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    return NULL;
}

static void threads_count_each_call(void)
{
    distcoord_client *client = open_client();
    struct terms terms = usual;
    terms.flush = 10;
    distcoord_breaker *breaker = open_breaker(client, "b", terms);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) threads[i] = start_thread(many_calls, breaker);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK_OK(distcoord_breaker_flush(breaker, E));
    CHECK(EVENTUALLY(5000, inspect(breaker).succeeded == 40000));
    distcoord_breaker_free(breaker);
    close_client(client);
}

static const struct test tests[] = {
    {"so_many_failures_open_it", so_many_failures_open_it},
    {"failures_far_apart_do_not", failures_far_apart_do_not},
    {"trials_decide", trials_decide},
    {"a_closed_breaker_adds_no_round_trips", a_closed_breaker_adds_no_round_trips},
    {"counts_are_told_within_the_flush_interval", counts_are_told_within_the_flush_interval},
    {"a_freed_handle_is_told_of", a_freed_handle_is_told_of},
    {"what_was_counted_last_is_told_by_a_close", what_was_counted_last_is_told_by_a_close},
    {"calls_allowed_before_a_change_do_not_count", calls_allowed_before_a_change_do_not_count},
    {"it_can_be_forced", it_can_be_forced},
    {"each_name_is_one_breaker", each_name_is_one_breaker},
    {"it_makes_calls_itself", it_makes_calls_itself},
    {"changes_can_be_watched", changes_can_be_watched},
    {"threads_count_each_call", threads_count_each_call},
};

HARNESS_MAIN(tests)
