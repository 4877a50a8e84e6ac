/* Options of locks: their ranges, how long to wait, fairness, tracing. */
#include "lock_tools.h"

static void ranges(void)
{
    distcoord_lock_options *options = distcoord_lock_options_new();
    const int64_t bad[] = {-1, INT64_MIN, 86400001, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_INT(distcoord_lock_options_set_linger_ms(options, bad[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_lock_options_set_linger_ms(options, 86400000), DISTCOORD_OK);
    CHECK_INT(distcoord_lock_options_set_linger_ms(options, 0), DISTCOORD_OK);
    /* Any number is a time to wait. */
    const int64_t waits[] = {DISTCOORD_WAIT_DEFAULT, -1, 0, 1, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        CHECK_INT(distcoord_lock_options_set_wait_ms(options, waits[i]), DISTCOORD_OK);
    }
    char owner[258];
    memset(owner, 'o', sizeof owner);
    owner[257] = '\0';
    CHECK_INT(distcoord_lock_options_set_owner(options, owner), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_lock_options_set_owner(options, ""), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_lock_options_set_owner(options, NULL), DISTCOORD_OK);
    owner[256] = '\0';
    CHECK_INT(distcoord_lock_options_set_owner(options, owner), DISTCOORD_OK);
    distcoord_lock_options_free(options);
}

static distcoord_lock *open_waiting(distcoord_client *client, int64_t wait_ms)
{
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_lock *lock = NULL;
    CHECK_INT(distcoord_lock_options_set_wait_ms(options, wait_ms), DISTCOORD_OK);
    REQUIRE_OK(distcoord_lock_open(client, "a", options, &lock, E));
    distcoord_lock_options_free(options);
    return lock;
}

static void default_wait(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *held = open_lock(client, "a", (struct settings){0});
    distcoord_lock *tries = open_waiting(client, 0), *waits = open_waiting(client, 200);
    distcoord_lock *patient = open_lock(client, "a", (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(held, DISTCOORD_WAIT_DEFAULT, E));

    int64_t start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(tries, DISTCOORD_WAIT_DEFAULT, E), DISTCOORD_TIMED_OUT);
    CHECK(took_less(start, 150));
    start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(waits, DISTCOORD_WAIT_DEFAULT, E), DISTCOORD_TIMED_OUT);
    int64_t took = now_ms() - start;
    CHECK(took >= 200 && took_less(start, 1000));
    /* What the call says wins. */
    start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(tries, 250, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 250);
    start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(waits, 0, E), DISTCOORD_TIMED_OUT);
    CHECK(took_less(start, 150));

    /* Without the option: for ever. */
    struct waiter waiter = {.lock = patient, .wait_ms = DISTCOORD_WAIT_DEFAULT};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(held) == 1));
    sleep_ms(300);
    CHECK(!atomic_load(&waiter.ended));
    CHECK_OK(distcoord_lock_release(held, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK_OK(distcoord_lock_release(patient, E));
    distcoord_lock_free(held);
    distcoord_lock_free(tries);
    distcoord_lock_free(waits);
    distcoord_lock_free(patient);
    close_client(client);
}

/* ---------------------------------------------------------------- fairness */

static void waits_in_line(struct shared *shared)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){0});
    reach(shared, 1);
    wait_until_wanted(shared, 1);
    CHECK_OK(distcoord_lock_acquire(lock, -1, E));
    shared->fence = distcoord_lock_fence(lock);
    reach(shared, 2);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    close_client(client);
}

/* The first in line is stopped, so that it is woken and does not come. */
static void unfair_overtakes_who_waits(void)
{
    struct process slow = start_process(waits_in_line);
    require_phase(&slow, 1);
    distcoord_client *client = open_client();
    distcoord_lock *unfair = open_lock(client, "a", (struct settings){.unfair = true});
    distcoord_lock *fair = open_lock(client, "a", (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(unfair, 0, E));
    send_on(&slow, 1);
    REQUIRE(EVENTUALLY(5000, waiters_of(fair) == 1));
    kill(slow.pid, SIGSTOP);
    uint64_t fence = distcoord_lock_fence(unfair);
    for (int i = 0; i < 20; i++) {
        CHECK_OK(distcoord_lock_release(unfair, E));
        CHECK_OK(distcoord_lock_acquire(unfair, 0, E));
        CHECK(distcoord_lock_fence(unfair) > fence);
        fence = distcoord_lock_fence(unfair);
    }
    CHECK_OK(distcoord_lock_release(unfair, E));
    /* A fair one lets the first in line go first. */
    CHECK_STATUS(distcoord_lock_acquire(fair, 0, E), DISTCOORD_TIMED_OUT);
    kill(slow.pid, SIGCONT);
    require_phase(&slow, 2);
    CHECK(slow.shared->fence > fence);
    join_process(&slow);
    CHECK_OK(distcoord_lock_acquire(fair, 5000, E));
    CHECK_OK(distcoord_lock_release(fair, E));
    distcoord_lock_free(unfair);
    distcoord_lock_free(fair);
    close_client(client);
}

static atomic_int inside;
static atomic_int rounds_done;

struct competitor {
    distcoord_client *client;
    bool unfair;
    int had;
    pthread_t thread;
};

static void *compete(void *argument)
{
    struct competitor *competitor = argument;
    distcoord_lock *lock = open_lock(competitor->client, "a", (struct settings){.unfair = competitor->unfair});
    for (int i = 0; i < 200; i++) {
        REQUIRE_OK(distcoord_lock_acquire(lock, 30000, E));
        if (atomic_fetch_add(&inside, 1) != 0) report(__FILE__, __LINE__, "two hold the lock");
        competitor->had++;
        atomic_fetch_add(&rounds_done, 1);
        atomic_fetch_sub(&inside, 1);
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    distcoord_lock_free(lock);
    return NULL;
}

/* Overtaking loses nobody: each that waits is woken in the end, and never are two inside. */
static void fair_and_unfair_compete(void)
{
    enum { COUNT = 8 };
    static struct competitor competitors[COUNT];
    distcoord_client *clients[2] = {open_client(), open_client()};
    for (int i = 0; i < COUNT; i++) {
        competitors[i] = (struct competitor){.client = clients[i % 2], .unfair = i % 4 != 3};
        competitors[i].thread = start_thread(compete, &competitors[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        pthread_join(competitors[i].thread, NULL);
        CHECK_INT(competitors[i].had, 200);
    }
    CHECK_INT(rounds_done, COUNT * 200);
    distcoord_lock *lock = open_lock(clients[0], "a", (struct settings){0});
    CHECK(nobody_holds(lock));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    distcoord_lock_free(lock);
    close_client(clients[0]);
    close_client(clients[1]);
}

/* ---------------------------------------------------------------- tracing */

struct lines {
    pthread_mutex_t mutex;
    int count;
    char last[1024];
};

static void collect(void *user, int32_t level, const char *message)
{
    struct lines *lines = user;
    if (level != DISTCOORD_LOG_INFO || strstr(message, "traced-lock") == NULL) return;
    pthread_mutex_lock(&lines->mutex);
    lines->count++;
    snprintf(lines->last, sizeof lines->last, "%s", message);
    pthread_mutex_unlock(&lines->mutex);
}

/* Exactly one line more than before, which has this text in it. */
static void says(struct lines *lines, int line, int *seen, const char *text)
{
    pthread_mutex_lock(&lines->mutex);
    if (lines->count != *seen + 1 || strstr(lines->last, text) == NULL) {
        report(__FILE__, line, "%d lines, the last: \"%s\", wanted \"%s\"", lines->count - *seen, lines->last, text);
    }
    *seen = lines->count;
    pthread_mutex_unlock(&lines->mutex);
}

static void tracing(void)
{
    struct lines lines = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL, *other = open_client();
    CHECK_INT(distcoord_options_set_log(options, DISTCOORD_LOG_INFO, collect, &lines), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_lock *traced = open_lock(client, "traced-lock", (struct settings){.tracing = true});
    distcoord_lock *quiet = open_lock(client, "traced-lock", (struct settings){0});
    distcoord_lock *elsewhere = open_lock(other, "traced-lock", (struct settings){.tracing = true});
    char fence[32];
    int seen = 0;
    CHECK_OK(distcoord_lock_acquire(quiet, 0, E));
    CHECK_OK(distcoord_lock_release(quiet, E));
    CHECK_INT(lines.count, 0);

    CHECK_OK(distcoord_lock_acquire(traced, 0, E));
    snprintf(fence, sizeof fence, "%llu", (unsigned long long)distcoord_lock_fence(traced));
    says(&lines, __LINE__, &seen, fence);
    CHECK_OK(distcoord_lock_release(traced, E));
    says(&lines, __LINE__, &seen, fence);

    CHECK_OK(distcoord_lock_acquire(elsewhere, 0, E));
    CHECK_STATUS(distcoord_lock_acquire(traced, 50, E), DISTCOORD_TIMED_OUT);
    says(&lines, __LINE__, &seen, "traced-lock");
    CHECK_OK(distcoord_lock_release(elsewhere, E));
    distcoord_lock_free(traced);
    distcoord_lock_free(quiet);
    distcoord_lock_free(elsewhere);
    close_client(client);
    close_client(other);
}

static const struct test tests[] = {
    {"lock_options_ranges", ranges},
    {"lock_default_wait", default_wait},
    {"lock_unfair_overtakes_who_waits", unfair_overtakes_who_waits},
    {"lock_fair_and_unfair_compete", fair_and_unfair_compete},
    {"lock_tracing", tracing},
};

HARNESS_MAIN(tests)
