/* Latches, as latch.h describes them. */
#define _GNU_SOURCE
#include "proxy.h"

struct waiter {
    distcoord_latch *latch;
    int64_t wait_ms;
    distcoord_status status;
    pthread_t thread;
};

static void *wait_for(void *argument)
{
    struct waiter *waiter = argument;
    waiter->status = distcoord_latch_wait(waiter->latch, waiter->wait_ms, NULL);
    return NULL;
}

static void start_waiter(struct waiter *waiter, distcoord_latch *latch, int64_t wait_ms)
{
    *waiter = (struct waiter){.latch = latch, .wait_ms = wait_ms};
    waiter->thread = start_thread(wait_for, waiter);
}

static distcoord_latch *open_latch(distcoord_client *client, int64_t count)
{
    distcoord_latch *latch = NULL;
    REQUIRE_OK(distcoord_latch_open(client, "a", count, &latch, E));
    return latch;
}

static int64_t count_of(distcoord_latch *latch)
{
    int64_t count = -1;
    CHECK_OK(distcoord_latch_count(latch, &count, E));
    return count;
}

/* How many wait on the server. */
static long long waiters(void)
{
    char command[160], answer[64] = "";
    snprintf(command, sizeof command, "ZCARD dc:{%s:latch:a}:w", test_name);
    return redis_server_command(&server, command, answer, sizeof answer) == 0 ? atoll(answer + 1) : -1;
}

static void range(void)
{
    distcoord_client *client = open_client();
    distcoord_latch *latch = NULL;
    const int64_t bad[] = {-1, 1000000001, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(distcoord_latch_open(client, "a", bad[i], &latch, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK(latch == NULL);
    }
    latch = open_latch(client, 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(distcoord_latch_count_down(latch, bad[i], NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(distcoord_latch_reset(latch, bad[i], E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_STATUS(distcoord_latch_count_down(latch, 0, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_latch_reset(latch, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_latch_reset(latch, 1000000000, E));
    CHECK_INT(count_of(latch), 1000000000);
    distcoord_latch_free(latch);
    close_client(client);
}

static void comes_into_being_with_a_count(void)
{
    distcoord_client *client = open_client();
    distcoord_latch *without = open_latch(client, 0), *with = open_latch(client, 3), *other = open_latch(client, 9);
    int64_t left = -1;
    CHECK_STATUS(distcoord_latch_count(without, &left, E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_latch_count_down(without, 1, &left, E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_latch_wait(without, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(left, -1);
    CHECK_OK(distcoord_latch_count_down(with, 1, &left, E));
    CHECK_INT(left, 2);
    CHECK_INT(count_of(other), 2);
    CHECK_OK(distcoord_latch_count_down(without, 7, &left, E));
    CHECK_INT(left, 0);
    CHECK_OK(distcoord_latch_count_down(other, 1, NULL, E));
    CHECK_OK(distcoord_latch_wait(without, 0, E));
    CHECK_OK(distcoord_latch_reset(other, 0, E));
    CHECK_INT(count_of(without), 9);
    distcoord_latch_free(without);
    distcoord_latch_free(with);
    distcoord_latch_free(other);
    close_client(client);
}

static void many_wait_and_many_count_down(void)
{
    enum { WAITERS = 40, COUNT = 40 };
    static struct waiter all[WAITERS];
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_latch *latch = open_latch(client, COUNT), *second = open_latch(other, 0);
    for (int i = 0; i < WAITERS; i++) start_waiter(&all[i], i % 2 ? latch : second, 20000);
    REQUIRE(EVENTUALLY(10000, waiters() == WAITERS));
    for (int i = 0; i < COUNT; i++) {
        int64_t left = -1;
        CHECK_OK(distcoord_latch_count_down(i % 2 ? latch : second, 1, &left, E));
        CHECK_INT(left, COUNT - 1 - i);
    }
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(all[i].thread, NULL);
        CHECK_INT(all[i].status, DISTCOORD_OK);
    }
    CHECK_INT(waiters(), 0);
    distcoord_latch_free(latch);
    distcoord_latch_free(second);
    close_client(client);
    close_client(other);
}

static void one_that_is_not_there_is_waited_for(void)
{
    struct waiter waiter;
    distcoord_client *client = open_client();
    distcoord_latch *without = open_latch(client, 0), *with = open_latch(client, 1);
    start_waiter(&waiter, without, 20000);
    REQUIRE(EVENTUALLY(5000, waiters() == 1));
    CHECK_OK(distcoord_latch_count_down(with, 1, NULL, E));
    pthread_join(waiter.thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_OK);
    distcoord_latch_free(without);
    distcoord_latch_free(with);
    close_client(client);
}

static void reset_timeout_and_cancel(void)
{
    struct waiter waiter;
    distcoord_client *client = open_client();
    distcoord_latch *latch = open_latch(client, 2), *other = open_latch(client, 2);
    start_waiter(&waiter, latch, -1);
    REQUIRE(EVENTUALLY(5000, waiters() == 1));
    CHECK_OK(distcoord_latch_reset(other, 0, E));
    pthread_join(waiter.thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_BROKEN);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_latch_wait(latch, 120, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 120);
    CHECK_INT(waiters(), 0);
    start_waiter(&waiter, latch, -1);
    REQUIRE(EVENTUALLY(5000, waiters() == 1));
    distcoord_latch_cancel(other);
    distcoord_latch_cancel(latch);
    pthread_join(waiter.thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_CANCELLED);
    CHECK_INT(waiters(), 0);
    CHECK_INT(count_of(latch), 2);
    distcoord_latch_free(latch);
    distcoord_latch_free(other);
    close_client(client);
}

static void a_lost_answer_counts_once(void)
{
    struct proxy proxy;
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE(distcoord_options_set_command_timeout_ms(options, 400) == DISTCOORD_OK);
    proxy_start(&proxy, &server);
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_latch *latch = open_latch(client, 100);
    CHECK_INT(count_of(latch), 100);
    const enum loss losses[] = {LOSE_REQUEST, LOSE_ANSWER};
    for (int i = 0; i < 20; i++) {
        int64_t left = -1;
        proxy_lose(&proxy, losses[i % 2]);
        CHECK_OK(distcoord_latch_count_down(latch, 1, &left, E));
        CHECK_INT(left, 99 - i);
    }
    CHECK_INT(atomic_load(&proxy.losses), 20);
    distcoord_latch_free(latch);
    close_client(client);
}

static const struct test tests[] = {
    {"latch_range", range},
    {"latch_comes_into_being_with_a_count", comes_into_being_with_a_count},
    {"latch_many_wait_and_many_count_down", many_wait_and_many_count_down},
    {"latch_one_that_is_not_there_is_waited_for", one_that_is_not_there_is_waited_for},
    {"latch_reset_timeout_and_cancel", reset_timeout_and_cancel},
    {"latch_a_lost_answer_counts_once", a_lost_answer_counts_once},
};

HARNESS_MAIN(tests)
