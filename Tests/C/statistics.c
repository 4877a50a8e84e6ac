/* Statistics of locks: what is counted and timed, over all clients, and reset. */
#include "lock_tools.h"

static const struct settings plain = {0};

static distcoord_lock_statistics *read_statistics(distcoord_client *client, int32_t kind, const char *name)
{
    distcoord_lock_statistics *statistics = NULL;
    REQUIRE_OK(distcoord_lock_statistics_read(client, kind, name, &statistics, E));
    REQUIRE(statistics != NULL);
    return statistics;
}

struct counts {
    int64_t acquired;
    int64_t contended;
    int64_t timed_out;
    int64_t lost;
    int64_t released;
};

static struct counts counts_of(distcoord_client *client, int32_t kind, const char *name)
{
    distcoord_lock_statistics *statistics = read_statistics(client, kind, name);
    struct counts counts = {
        distcoord_lock_statistics_count(statistics, DISTCOORD_COUNT_ACQUIRED),
        distcoord_lock_statistics_count(statistics, DISTCOORD_COUNT_CONTENDED),
        distcoord_lock_statistics_count(statistics, DISTCOORD_COUNT_TIMED_OUT),
        distcoord_lock_statistics_count(statistics, DISTCOORD_COUNT_LOST),
        distcoord_lock_statistics_count(statistics, DISTCOORD_COUNT_RELEASED),
    };
    distcoord_lock_statistics_free(statistics);
    return counts;
}

static void check_counts(int line, struct counts had, struct counts wanted)
{
    if (memcmp(&had, &wanted, sizeof had) == 0) return;
    report(__FILE__, line, "acquired %lld contended %lld timed out %lld lost %lld released %lld",
        (long long)had.acquired, (long long)had.contended, (long long)had.timed_out, (long long)had.lost,
        (long long)had.released);
}
#define CHECK_COUNTS(had, ...) check_counts(__LINE__, (had), (struct counts){__VA_ARGS__})

static void counted(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", plain), *there = open_lock(other, "a", plain);
    distcoord_lock *second = open_lock(client, "b", plain);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 0, 0, 0, 0, 0);
    for (int i = 0; i < 10; i++) {
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    /* Its own, to the last operation. */
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 10, 0, 0, 0, 10);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 11, 0, 0, 0, 10);
    CHECK_STATUS(distcoord_lock_acquire(there, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_acquire(there, 20, E), DISTCOORD_TIMED_OUT);
    struct waiter waiter = {.lock = there, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) == 1));
    distcoord_lock_cancel(there);
    CHECK_INT(join_waiter(&waiter), DISTCOORD_CANCELLED);
    waiter = (struct waiter){.lock = there, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) == 1));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK_OK(distcoord_lock_release(there, E));
    /* Another client's come within two seconds, or with its end. */
    CHECK(EVENTUALLY(6000, counts_of(other, DISTCOORD_KIND_LOCK, "a").released == 12));
    CHECK_COUNTS(counts_of(other, DISTCOORD_KIND_LOCK, "a"), 12, 1, 3, 0, 12);
    CHECK(EVENTUALLY(6000, counts_of(client, DISTCOORD_KIND_LOCK, "a").released == 12));
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 12, 1, 3, 0, 12);
    CHECK_OK(distcoord_lock_acquire(second, 0, E));
    CHECK_OK(distcoord_lock_release(second, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(second);
    close_client(client);
    CHECK_COUNTS(counts_of(other, DISTCOORD_KIND_LOCK, "b"), 1, 0, 0, 0, 1);
    /* All names together. */
    CHECK_COUNTS(counts_of(other, DISTCOORD_KIND_LOCK, NULL), 13, 1, 3, 0, 13);
    CHECK_COUNTS(counts_of(other, DISTCOORD_KIND_READ, NULL), 0, 0, 0, 0, 0);
    distcoord_lock_free(there);
    close_client(other);
}

static void losses_are_counted(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.lease_ms = 200, .fixed = true});
    for (int i = 0; i < 2; i++) {
        CHECK_OK(distcoord_lock_acquire(lock, 5000, E));
        CHECK_INT(distcoord_lock_wait_lost(lock, 5000), DISTCOORD_LOST);
        if (i == 0) CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_LOST);
    }
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 2, 0, 0, 2, 0);
    distcoord_lock_free(lock);
    close_client(client);
}

static void every_kind_is_counted(void)
{
    distcoord_client *client = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", plain);
    distcoord_semaphore *semaphore = open_semaphore(client, "a", 2, plain);
    distcoord_election *election = NULL;
    distcoord_lock *many = NULL, *hold = NULL, *none = NULL;
    REQUIRE_OK(distcoord_election_open(client, "a", NULL, &election, E));
    for (int i = 0; i < 2; i++) give_back(read_now(rwlock));
    for (int i = 0; i < 3; i++) give_back(write_now(rwlock));
    for (int i = 0; i < 4; i++) {
        REQUIRE_OK(distcoord_semaphore_acquire(semaphore, 1 + i % 2, 0, &hold, E));
        give_back(hold);
    }
    for (int i = 0; i < 5; i++) {
        CHECK_OK(distcoord_election_campaign(election, 0, E));
        CHECK_OK(distcoord_election_resign(election, E));
    }
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_READ, "a"), 2, 0, 0, 0, 2);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_WRITE, "a"), 3, 0, 0, 0, 3);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_SEMAPHORE, "a"), 4, 0, 0, 0, 4);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_ELECTION, "a"), 5, 0, 0, 0, 5);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, NULL), 0, 0, 0, 0, 0);
    REQUIRE_OK(distcoord_semaphore_acquire(semaphore, 2, 0, &hold, E));
    CHECK_STATUS(distcoord_semaphore_acquire(semaphore, 1, 0, &none, E), DISTCOORD_TIMED_OUT);
    give_back(hold);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_SEMAPHORE, "a"), 5, 0, 1, 0, 5);
    /* Several locks count for each of their names. */
    const char *const names[] = {"x", "y"};
    many = open_many(client, names, 2, 0);
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    CHECK_OK(distcoord_lock_release(many, E));
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "x"), 1, 0, 0, 0, 1);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "y"), 1, 0, 0, 0, 1);
    /* So does an acquire that needed no message. */
    distcoord_lock *lingering = open_lock(client, "z", (struct settings){.linger_ms = 60000});
    for (int i = 0; i < 100; i++) {
        CHECK_OK(distcoord_lock_acquire(lingering, 0, E));
        CHECK_OK(distcoord_lock_release(lingering, E));
    }
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "z"), 100, 0, 0, 0, 100);
    distcoord_lock_free(lingering);
    distcoord_lock_free(many);
    distcoord_election_free(election);
    distcoord_semaphore_free(semaphore);
    distcoord_rwlock_free(rwlock);
    close_client(client);
}

/* What the program itself measures is the measure. */
static void timed(void)
{
    enum { SHORT = 15, LONG = 5 };
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", plain), *there = open_lock(other, "a", plain);
    double least_us[SHORT + LONG], most_us[SHORT + LONG], least_sum = 0, most_sum = 0;
    for (int i = 0; i < SHORT + LONG; i++) {
        struct timespec at[4];
        clock_gettime(CLOCK_MONOTONIC, &at[0]);
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        clock_gettime(CLOCK_MONOTONIC, &at[1]);
        sleep_ms(i < SHORT ? 5 : 60);
        clock_gettime(CLOCK_MONOTONIC, &at[2]);
        CHECK_OK(distcoord_lock_release(lock, E));
        clock_gettime(CLOCK_MONOTONIC, &at[3]);
        least_us[i] = (double)(at[2].tv_sec - at[1].tv_sec) * 1e6 + (double)(at[2].tv_nsec - at[1].tv_nsec) / 1e3;
        most_us[i] = (double)(at[3].tv_sec - at[0].tv_sec) * 1e6 + (double)(at[3].tv_nsec - at[0].tv_nsec) / 1e3;
        least_sum += least_us[i];
        most_sum += most_us[i];
    }
    distcoord_lock_statistics *statistics = read_statistics(client, DISTCOORD_KIND_LOCK, "a");
    double mean = distcoord_lock_statistics_mean_us(statistics, DISTCOORD_TIME_HOLD);
    CHECK(mean >= least_sum / (SHORT + LONG) * 0.999 && mean <= most_sum / (SHORT + LONG) * 1.001);
    /* Three of four were short. At most ten percent too high, and never too low. */
    double longest = 0;
    for (int i = SHORT; i < SHORT + LONG; i++) longest = most_us[i] > longest ? most_us[i] : longest;
    double half = distcoord_lock_statistics_percentile_us(statistics, DISTCOORD_TIME_HOLD, 50);
    CHECK(half >= 5000 && half < 60000);
    double most = distcoord_lock_statistics_percentile_us(statistics, DISTCOORD_TIME_HOLD, 100);
    CHECK(most >= 60000 && most <= longest * 1.1);
    double before = 0;
    for (int percent = 0; percent <= 100; percent++) {
        double now = distcoord_lock_statistics_percentile_us(statistics, DISTCOORD_TIME_HOLD, percent);
        CHECK(now >= before);
        before = now;
    }
    CHECK(distcoord_lock_statistics_percentile_us(statistics, DISTCOORD_TIME_HOLD, 80) >= 60000);
    CHECK(distcoord_lock_statistics_mean_us(statistics, DISTCOORD_TIME_WAIT) > 0);
    CHECK(distcoord_lock_statistics_mean_us(statistics, DISTCOORD_TIME_WAIT) < 50000 * (double)time_factor());
    CHECK(distcoord_lock_statistics_mean_us(statistics, 2) == 0);
    CHECK(distcoord_lock_statistics_percentile_us(statistics, -1, 50) == 0);
    CHECK_INT(distcoord_lock_statistics_count(statistics, 5), 0);
    CHECK_INT(distcoord_lock_statistics_count(statistics, -1), 0);
    distcoord_lock_statistics_free(statistics);

    /* A wait is a time from the call to the success. */
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    struct waiter waiter = {.lock = there, .wait_ms = -1};
    int64_t start = now_ms();
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) == 1));
    sleep_ms(200);
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    int64_t took = now_ms() - start;
    CHECK_OK(distcoord_lock_release(there, E));
    statistics = read_statistics(other, DISTCOORD_KIND_LOCK, "a");
    most = distcoord_lock_statistics_percentile_us(statistics, DISTCOORD_TIME_WAIT, 100);
    CHECK(most >= 200000 && most <= (double)(took + 1) * 1100);
    distcoord_lock_statistics_free(statistics);
    distcoord_lock_free(lock);
    distcoord_lock_free(there);
    close_client(client);
    close_client(other);
}

static void reset(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *a = open_lock(client, "a", plain), *b = open_lock(client, "b", plain);
    distcoord_lock *const locks[] = {a, b, a};
    for (int i = 0; i < 3; i++) {
        CHECK_OK(distcoord_lock_acquire(locks[i], 0, E));
        CHECK_OK(distcoord_lock_release(locks[i], E));
    }
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, NULL), 3, 0, 0, 0, 3);
    CHECK_OK(distcoord_lock_statistics_reset(client, DISTCOORD_KIND_LOCK, "a", E));
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 0, 0, 0, 0, 0);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "b"), 1, 0, 0, 0, 1);
    distcoord_lock_statistics *statistics = read_statistics(client, DISTCOORD_KIND_LOCK, "a");
    CHECK(distcoord_lock_statistics_mean_us(statistics, DISTCOORD_TIME_HOLD) == 0);
    CHECK(distcoord_lock_statistics_percentile_us(statistics, DISTCOORD_TIME_WAIT, 99) == 0);
    distcoord_lock_statistics_free(statistics);
    CHECK_OK(distcoord_lock_statistics_reset(client, DISTCOORD_KIND_LOCK, NULL, E));
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, NULL), 0, 0, 0, 0, 0);
    CHECK_COUNTS(counts_of(other, DISTCOORD_KIND_LOCK, NULL), 0, 0, 0, 0, 0);
    CHECK_OK(distcoord_lock_acquire(a, 0, E));
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 1, 0, 0, 0, 0);
    statistics = NULL;
    const int32_t no_kinds[] = {-1, 5};
    for (size_t i = 0; i < COUNT_OF(no_kinds); i++) {
        CHECK_STATUS(distcoord_lock_statistics_read(client, no_kinds[i], "a", &statistics, E),
            DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(
            distcoord_lock_statistics_reset(client, no_kinds[i], NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_STATUS(distcoord_lock_statistics_read(client, DISTCOORD_KIND_LOCK, "", &statistics, E),
        DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_lock_free(a);
    distcoord_lock_free(b);
    close_client(client);
    close_client(other);
}

static void works_until_it_is_killed(struct shared *shared)
{
    distcoord_lock *lock = open_lock(open_client(), "a", plain);
    for (int i = 0; i < 50; i++) {
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    reach(shared, 1);
    hold_for_ever();
}

/* A client that is killed loses the last two seconds, and nothing before. */
static void of_a_killed_client(void)
{
    struct process process = start_process(works_until_it_is_killed);
    require_phase(&process, 1);
    distcoord_client *client = open_client();
    CHECK(EVENTUALLY(6000, counts_of(client, DISTCOORD_KIND_LOCK, "a").acquired == 50));
    kill_process(&process);
    CHECK_COUNTS(counts_of(client, DISTCOORD_KIND_LOCK, "a"), 50, 0, 0, 0, 50);
    close_client(client);
}

static const struct test tests[] = {
    {"statistics_counted", counted},
    {"statistics_losses_are_counted", losses_are_counted},
    {"statistics_every_kind_is_counted", every_kind_is_counted},
    {"statistics_timed", timed},
    {"statistics_reset", reset},
    {"statistics_of_a_killed_client", of_a_killed_client},
};

HARNESS_MAIN(tests)
