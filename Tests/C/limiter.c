/* Rate limiters: how many are let through, how long others wait, and that a limiter never lets more through. */
#define _GNU_SOURCE
#include "proxy.h"

#include <sys/mman.h>

static distcoord_limiter *open_limiter(
    distcoord_client *client, const char *name, int32_t algorithm, int64_t permits, int64_t period_ms, int64_t burst)
{
    distcoord_limiter_options *options = distcoord_limiter_options_new();
    distcoord_limiter *limiter = NULL;
    CHECK_INT(distcoord_limiter_options_set_algorithm(options, algorithm), DISTCOORD_OK);
    CHECK_INT(distcoord_limiter_options_set_limit(options, permits, period_ms), DISTCOORD_OK);
    CHECK_INT(distcoord_limiter_options_set_burst(options, burst), DISTCOORD_OK);
    REQUIRE_OK(distcoord_limiter_open(client, name, options, &limiter, E));
    distcoord_limiter_options_free(options);
    return limiter;
}

static int64_t available(distcoord_limiter *limiter, const char *key)
{
    int64_t number = -1;
    CHECK_OK(distcoord_limiter_inspect(limiter, key, &number, NULL, E));
    return number;
}

static void so_many_and_not_one_more(void)
{
    distcoord_client *client = open_client();
    for (int32_t algorithm = 0; algorithm < 2; algorithm++) {
        distcoord_limiter *limiter = open_limiter(client, algorithm ? "w" : "b", algorithm, 10, 60000, 0);
        int64_t wait = -1, number = -1;
        CHECK_INT(available(limiter, NULL), 10);
        CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 7, 0, &wait, E));
        CHECK_INT(wait, 0);
        CHECK_STATUS(distcoord_limiter_acquire(limiter, NULL, 4, 0, &wait, E), DISTCOORD_TIMED_OUT);
        CHECK(wait > 0 && wait <= 60000 + 60); /* a window rounds up to a thousandth of its period */
        CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 3, 0, NULL, E));
        /* The wait is too short, which is told at once. */
        int64_t began = now_ms();
        CHECK_STATUS(distcoord_limiter_acquire(limiter, NULL, 1, 4000, &wait, E), DISTCOORD_TIMED_OUT);
        CHECK(wait > 4000 && took_less(began, 2000));
        CHECK_OK(distcoord_limiter_inspect(limiter, NULL, &number, &wait, E));
        CHECK_INT(number, 0);
        CHECK(wait > 4000);
        CHECK_OK(distcoord_limiter_reset(limiter, NULL, E));
        CHECK_INT(available(limiter, NULL), 10);
        CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 10, 0, NULL, E));
        distcoord_limiter_free(limiter);
    }
    close_client(client);
}

static void each_key_has_its_own(void)
{
    distcoord_client *client = open_client();
    distcoord_limiter *one = open_limiter(client, "a", DISTCOORD_LIMIT_TOKEN_BUCKET, 2, 60000, 0);
    distcoord_limiter *other = open_limiter(client, "a:b", DISTCOORD_LIMIT_TOKEN_BUCKET, 2, 60000, 0);
    const char *const keys[] = {"b", "a", ":", "{b}", "a:b", "%3A", "b c", "\xC3\xBC"};
    CHECK_OK(distcoord_limiter_acquire(one, NULL, 2, 0, NULL, E));
    CHECK_INT(available(other, NULL), 2);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        CHECK_INT(available(one, keys[i]), 2);
        CHECK_OK(distcoord_limiter_acquire(one, keys[i], 2, 0, NULL, E));
        CHECK_STATUS(distcoord_limiter_acquire(one, keys[i], 1, 0, NULL, E), DISTCOORD_TIMED_OUT);
        CHECK_INT(available(other, keys[i]), 2);
    }
    CHECK_OK(distcoord_limiter_reset(one, "a", E));
    CHECK_INT(available(one, "a"), 2);
    CHECK_INT(available(one, "b"), 0);
    CHECK_INT(available(one, NULL), 0);
    distcoord_limiter_free(other);
    distcoord_limiter_free(one);
    close_client(client);
}

static void what_is_impossible_is_refused(void)
{
    distcoord_client *client = open_client();
    distcoord_limiter *bucket = open_limiter(client, "b", DISTCOORD_LIMIT_TOKEN_BUCKET, 5, 1000, 20);
    distcoord_limiter *window = open_limiter(client, "b", DISTCOORD_LIMIT_SLIDING_WINDOW, 5, 1000, 0);
    CHECK_OK(distcoord_limiter_acquire(bucket, NULL, 20, 0, NULL, E));
    CHECK_STATUS(distcoord_limiter_acquire(bucket, NULL, 21, 0, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_limiter_acquire(window, "k", 6, 0, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    /* One name is counted in one way. */
    CHECK_STATUS(distcoord_limiter_acquire(window, NULL, 1, 0, NULL, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_OK(distcoord_limiter_acquire(window, "k", 5, 0, NULL, E));
    CHECK_STATUS(distcoord_limiter_inspect(bucket, "k", NULL, NULL, E), DISTCOORD_ERROR_CONFLICT);
    distcoord_limiter_free(window);
    distcoord_limiter_free(bucket);
    close_client(client);
}

/* ---------------------------------------------------------------- waiting */

struct waiter {
    distcoord_limiter *limiter;
    int64_t permits, wait_ms, began, ended;
    _Atomic int status; /* -1 while it waits */
};

static void *wait_for_permits(void *argument)
{
    struct waiter *waiter = argument;
    waiter->began = now_ms();
    int status = distcoord_limiter_acquire(waiter->limiter, NULL, waiter->permits, -1, &waiter->wait_ms, NULL);
    waiter->ended = now_ms();
    atomic_store(&waiter->status, status);
    return NULL;
}

static void waiters_come_in_order_and_do_not_poll(void)
{
    distcoord_client *client = open_client();
    distcoord_limiter *limiter = open_limiter(client, "q", DISTCOORD_LIMIT_TOKEN_BUCKET, 10, 4000, 1);
    struct waiter waiters[4];
    pthread_t threads[4];
    int64_t last = 0, wait = 0;
    CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 1, 0, NULL, E));
    CHECK_OK(distcoord_limiter_inspect(limiter, NULL, NULL, &wait, E));
    last = now_ms() + wait;
    for (int i = 0; i < 4; i++) {
        waiters[i] = (struct waiter){.limiter = limiter, .permits = 1, .status = -1};
        threads[i] = start_thread(wait_for_permits, &waiters[i]);
        /* It is in line when the next one's turn is later. */
        int64_t before = last;
        REQUIRE(EVENTUALLY(5000, distcoord_limiter_inspect(limiter, NULL, NULL, &wait, NULL) == DISTCOORD_OK
                                     && now_ms() + wait > before + 200));
        last = now_ms() + wait;
    }
    long long commands = redis_server_number(&server, "total_commands_processed");
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(waiters[i].status, DISTCOORD_OK);
        CHECK(waiters[i].wait_ms > 0 && waiters[i].ended - waiters[i].began >= waiters[i].wait_ms - 1);
        if (i) CHECK(waiters[i].ended >= waiters[i - 1].ended - 1);
    }
    /* Whoever waits sleeps; the two commands are those that ask for the number. */
    CHECK(redis_server_number(&server, "total_commands_processed") - commands <= 2);
    distcoord_limiter_free(limiter);
    close_client(client);
}

static void a_cancelled_wait_gives_its_place_back(void)
{
    distcoord_client *client = open_client();
    for (int32_t algorithm = 0; algorithm < 2; algorithm++) {
        distcoord_limiter *limiter = open_limiter(client, algorithm ? "w" : "b", algorithm, 4, 600000, 0);
        struct waiter waiter = {.limiter = limiter, .permits = 4, .status = -1};
        int64_t before = 0, now = 0;
        CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 4, 0, NULL, E));
        CHECK_STATUS(distcoord_limiter_acquire(limiter, NULL, 4, 0, &before, E), DISTCOORD_TIMED_OUT);
        pthread_t thread = start_thread(wait_for_permits, &waiter);
        REQUIRE(EVENTUALLY(5000, distcoord_limiter_acquire(limiter, NULL, 4, 0, &now, NULL) == DISTCOORD_TIMED_OUT
                                     && now > before + 60000));
        int64_t began = now_ms();
        distcoord_limiter_cancel(limiter);
        pthread_join(thread, NULL);
        CHECK_INT(waiter.status, DISTCOORD_CANCELLED);
        CHECK(took_less(began, 5000));
        CHECK_STATUS(distcoord_limiter_acquire(limiter, NULL, 4, 0, &now, E), DISTCOORD_TIMED_OUT);
        CHECK(now <= before);
        distcoord_limiter_free(limiter);
    }
    close_client(client);
}

static void a_closed_client_ends_waits(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_limiter *limiter = open_limiter(client, "b", DISTCOORD_LIMIT_TOKEN_BUCKET, 1, 600000, 0);
    distcoord_limiter *same = open_limiter(other, "b", DISTCOORD_LIMIT_TOKEN_BUCKET, 1, 600000, 0);
    struct waiter waiter = {.limiter = limiter, .permits = 1, .status = -1};
    int64_t wait = 0;
    CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 1, 0, NULL, E));
    pthread_t thread = start_thread(wait_for_permits, &waiter);
    REQUIRE(EVENTUALLY(5000, distcoord_limiter_inspect(same, NULL, NULL, &wait, NULL) == DISTCOORD_OK && wait > 600000));
    CHECK_OK(distcoord_client_close(client, E));
    pthread_join(thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_CANCELLED);
    CHECK_OK(distcoord_limiter_inspect(same, NULL, NULL, &wait, E));
    CHECK(wait <= 600000);
    CHECK_STATUS(distcoord_limiter_acquire(limiter, NULL, 1, 0, NULL, E), DISTCOORD_ERROR_CLOSED);
    distcoord_limiter_free(same);
    distcoord_limiter_free(limiter);
    distcoord_client_free(client);
    close_client(other);
}

/* ---------------------------------------------------------------- faults */

static void a_lost_answer_takes_once(void)
{
    static struct proxy proxy;
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    proxy_start(&proxy, &server);
    distcoord_options_set_command_timeout_ms(options, 3000);
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &client, E));
    distcoord_options_free(options);
    for (int32_t algorithm = 0; algorithm < 2; algorithm++) {
        distcoord_limiter *limiter = open_limiter(client, algorithm ? "w" : "b", algorithm, 10, 600000, 0);
        CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 1, 0, NULL, E));
        const enum loss losses[] = {LOSE_REQUEST, LOSE_ANSWER, LOSE_ANSWER};
        for (size_t i = 0; i < COUNT_OF(losses); i++) {
            proxy_lose(&proxy, losses[i]);
            /* The last of these takes all that is left: sent again, it finds nothing and must know itself. */
            CHECK_OK(distcoord_limiter_acquire(limiter, NULL, i == 2 ? 7 : 1, 0, NULL, E));
        }
        CHECK_INT(available(limiter, NULL), 0);
        proxy_lose(&proxy, LOSE_ANSWER);
        CHECK_OK(distcoord_limiter_reset(limiter, NULL, E));
        CHECK_INT(available(limiter, NULL), 10);
        distcoord_limiter_free(limiter);
    }
    CHECK_INT(atomic_load(&proxy.losses), 8);
    close_client(client);
}

static void a_forked_child_takes_from_the_same(void)
{
    distcoord_client *client = open_client();
    distcoord_limiter *limiter = open_limiter(client, "b", DISTCOORD_LIMIT_TOKEN_BUCKET, 3, 600000, 0);
    CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 1, 0, NULL, E));
    pid_t child = fork();
    if (child == 0) {
        CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 2, 0, NULL, E));
        CHECK_STATUS(distcoord_limiter_acquire(limiter, NULL, 1, 0, NULL, E), DISTCOORD_TIMED_OUT);
        _exit(atomic_load(&failed_checks) != 0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
    CHECK_INT(available(limiter, NULL), 0);
    distcoord_limiter_free(limiter);
    close_client(client);
}

/* ---------------------------------------------------------------- many processes */

enum { PROCESSES = 8, MOST = 20000 };

struct history {
    atomic_int count;
    struct {
        int64_t asked_us, told_us;
    } entries[MOST];
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void hammer(struct history *history, int32_t algorithm, int64_t until, bool waits)
{
    distcoord_client *client = open_client();
    distcoord_limiter *limiter = open_limiter(client, algorithm ? "w" : "b", algorithm, 50, 200, 0);
    while (now_ms() < until) {
        int64_t asked = now_us();
        int status = distcoord_limiter_acquire(limiter, NULL, 1, waits ? 400 : 0, NULL, NULL);
        if (status == DISTCOORD_TIMED_OUT) continue;
        CHECK_INT(status, DISTCOORD_OK);
        int at = atomic_fetch_add(&history->count, 1);
        if (at >= MOST) break;
        history->entries[at].asked_us = asked;
        history->entries[at].told_us = now_us();
    }
    distcoord_limiter_free(limiter);
    close_client(client);
}

/* Each permit is used when it is told, which is never before it is due. So spans that begin when one was told and end
   when another was asked for hold no more than there may be: what was asked and told inside was due inside. */
static void processes_get_no_more_than_there_is(void)
{
    struct history *history = mmap(NULL, sizeof *history, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(history != MAP_FAILED);
    for (int32_t algorithm = 0; algorithm < 2; algorithm++) {
        pid_t children[PROCESSES];
        int64_t began = now_us(), until = now_ms() + 1500;
        atomic_store(&history->count, 0);
        for (int i = 0; i < PROCESSES; i++) {
            children[i] = fork();
            if (children[i] == 0) {
                hammer(history, algorithm, until, i % 2);
                _exit(atomic_load(&failed_checks) != 0);
            }
        }
        for (int i = 0; i < PROCESSES; i++) {
            int status = -1;
            waitpid(children[i], &status, 0);
            CHECK_INT(status, 0);
        }
        int64_t took = now_us() - began, count = atomic_load(&history->count);
        REQUIRE(count < MOST);
        /* In all: a burst, or a window's worth for each period begun, and 250 a second. */
        CHECK(count <= 50 + took * 50 / 200000 + 50);
        /* They used what there was, but for what a busy machine has slept over. */
        CHECK(count >= 50 * 2);
        int64_t period = 200000, most = algorithm ? 50 : 100;
        for (int i = 0; i < count; i++) {
            /* All that were asked for after `begin` and told before its period is over. */
            int64_t begin = history->entries[i].asked_us, inside = 0;
            for (int k = 0; k < count; k++) {
                inside += history->entries[k].asked_us >= begin && history->entries[k].told_us < begin + period;
            }
            if (inside > most) {
                report(__FILE__, __LINE__, "%lld in a period, at most %lld", (long long)inside, (long long)most);
                break;
            }
        }
    }
}

static const struct test tests[] = {
    {"so_many_and_not_one_more", so_many_and_not_one_more},
    {"each_key_has_its_own", each_key_has_its_own},
    {"what_is_impossible_is_refused", what_is_impossible_is_refused},
    {"waiters_come_in_order_and_do_not_poll", waiters_come_in_order_and_do_not_poll},
    {"a_cancelled_wait_gives_its_place_back", a_cancelled_wait_gives_its_place_back},
    {"a_closed_client_ends_waits", a_closed_client_ends_waits},
    {"a_lost_answer_takes_once", a_lost_answer_takes_once},
    {"a_forked_child_takes_from_the_same", a_forked_child_takes_from_the_same},
    {"processes_get_no_more_than_there_is", processes_get_no_more_than_there_is},
};

HARNESS_MAIN(tests)
