/* Semaphores: permits one or several at a time, in order, resized, and given back by the dead. */
#include "lock_tools.h"

static const struct settings plain = {0};

static distcoord_lock *take(distcoord_semaphore *semaphore, int64_t count)
{
    distcoord_lock *permit = NULL;
    REQUIRE_OK(distcoord_semaphore_acquire(semaphore, count, 0, &permit, E));
    REQUIRE(permit != NULL);
    return permit;
}

static void check_standing(int line, distcoord_semaphore *semaphore, int64_t permits, int64_t used, int64_t waiters)
{
    struct standing had = standing_of(semaphore);
    if (had.permits != permits || had.used != used || had.waiters != waiters) {
        report(__FILE__, line, "%lld of %lld used, %lld wait; wanted %lld of %lld, %lld", (long long)had.used,
            (long long)had.permits, (long long)had.waiters, (long long)used, (long long)permits, (long long)waiters);
    }
}
#define CHECK_STANDING(semaphore, permits, used, waiters) check_standing(__LINE__, semaphore, permits, used, waiters)

static void as_many_as_there_are(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_semaphore *here = open_semaphore(client, "a", 3, plain), *there = open_semaphore(other, "a", 3, plain);
    distcoord_lock *permits[3], *none = (distcoord_lock *)(void *)&none;
    uint64_t fence = 0;
    for (int i = 0; i < 3; i++) {
        permits[i] = take(i % 2 ? there : here, 1);
        CHECK_INT(distcoord_lock_state(permits[i]), DISTCOORD_LOCK_HELD);
        CHECK(distcoord_lock_fence(permits[i]) > fence);
        fence = distcoord_lock_fence(permits[i]);
        CHECK_STANDING(here, 3, i + 1, 0);
    }
    CHECK_STATUS(distcoord_semaphore_acquire(there, 1, 0, &none, E), DISTCOORD_TIMED_OUT);
    CHECK(none == NULL);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_semaphore_acquire(there, 1, 120, &none, E), DISTCOORD_TIMED_OUT);
    int64_t took = now_ms() - start;
    CHECK(took >= 120 && took_less(start, 1000));
    CHECK_STANDING(here, 3, 3, 0);
    CHECK_STATUS(distcoord_lock_acquire(permits[0], 0, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_OK(distcoord_lock_extend(permits[0], 20000, E));
    CHECK(distcoord_lock_lease_left_ms(permits[0]) > 15000);
    struct waiter waiter = {.semaphore = there, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 1));
    CHECK_OK(distcoord_lock_release(permits[0], E));
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(waiter.hold) > fence);
    CHECK_STATUS(distcoord_lock_release(permits[0], E), DISTCOORD_NOT_HELD);
    CHECK_STANDING(here, 3, 3, 0);
    distcoord_lock_free(permits[0]);
    give_back(permits[1]);
    give_back(permits[2]);
    give_back(waiter.hold);
    CHECK_STANDING(here, 3, 0, 0);
    distcoord_semaphore_free(here);
    distcoord_semaphore_free(there);
    close_client(client);
    close_client(other);
}

static void several_at_a_time(void)
{
    distcoord_client *client = open_client();
    distcoord_semaphore *semaphore = open_semaphore(client, "a", 5, plain);
    distcoord_lock *three = take(semaphore, 3), *none = NULL;
    CHECK_STATUS(distcoord_semaphore_acquire(semaphore, 3, 0, &none, E), DISTCOORD_TIMED_OUT);
    distcoord_lock *two = take(semaphore, 2);
    CHECK_STANDING(semaphore, 5, 5, 0);
    give_back(three);
    CHECK_STANDING(semaphore, 5, 2, 0);
    three = take(semaphore, 3);
    give_back(two);
    give_back(three);
    distcoord_lock *all = take(semaphore, 5);
    CHECK_STATUS(distcoord_semaphore_acquire(semaphore, 1, 0, &none, E), DISTCOORD_TIMED_OUT);
    give_back(all);
    distcoord_semaphore_free(semaphore);
    close_client(client);
}

/* One that wants many is not overtaken by others that want few. */
static void big_wishes_keep_their_turn(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_semaphore *here = open_semaphore(client, "a", 4, plain), *there = open_semaphore(other, "a", 4, plain);
    distcoord_lock *first = take(here, 2), *second = take(here, 1), *none = NULL;
    struct waiter big = {.semaphore = there, .count = 3, .wait_ms = -1};
    struct waiter small = {.semaphore = here, .count = 1, .wait_ms = -1};
    struct waiter last = {.semaphore = there, .count = 1, .wait_ms = -1};
    start_waiter(&big);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 1));
    /* One permit is free, and it is not for newcomers. */
    CHECK_STATUS(distcoord_semaphore_acquire(here, 1, 0, &none, E), DISTCOORD_TIMED_OUT);
    start_waiter(&small);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 2));
    start_waiter(&last);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 3));
    CHECK_STANDING(here, 4, 3, 3);
    give_back(second);
    sleep_ms(100);
    CHECK(!atomic_load(&big.ended) && !atomic_load(&small.ended) && !atomic_load(&last.ended));
    give_back(first);
    CHECK(ends_soon(&big));
    CHECK(ends_soon(&small));
    CHECK_INT(join_waiter(&big), DISTCOORD_OK);
    CHECK_INT(join_waiter(&small), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(small.hold) > distcoord_lock_fence(big.hold));
    sleep_ms(50);
    CHECK(!atomic_load(&last.ended));
    CHECK_STANDING(here, 4, 4, 1);
    give_back(small.hold);
    CHECK(ends_soon(&last));
    CHECK_INT(join_waiter(&last), DISTCOORD_OK);
    give_back(big.hold);
    give_back(last.hold);
    /* A big one that gives up lets those through that stood behind it. */
    first = take(here, 2);
    big = (struct waiter){.semaphore = there, .count = 4, .wait_ms = 500};
    small = (struct waiter){.semaphore = here, .count = 2, .wait_ms = -1};
    start_waiter(&big);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 1));
    start_waiter(&small);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 2));
    CHECK_INT(join_waiter(&big), DISTCOORD_TIMED_OUT);
    CHECK(big.hold == NULL);
    CHECK(ends_soon(&small));
    CHECK_INT(join_waiter(&small), DISTCOORD_OK);
    give_back(first);
    give_back(small.hold);
    distcoord_semaphore_free(here);
    distcoord_semaphore_free(there);
    close_client(client);
    close_client(other);
}

static void resized(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_semaphore *here = open_semaphore(client, "a", 2, plain), *there = open_semaphore(other, "a", 2, plain);
    distcoord_lock *first = take(here, 1), *second = take(here, 1), *none = NULL;
    struct waiter waiters[2] = {{.semaphore = there, .count = 2, .wait_ms = -1}, {.semaphore = there, .wait_ms = -1}};
    for (int i = 0; i < 2; i++) {
        start_waiter(&waiters[i]);
        REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == i + 1));
    }
    /* More: those in line get them at once. */
    CHECK_OK(distcoord_semaphore_resize(there, 4, E));
    CHECK(ends_soon(&waiters[0]));
    CHECK_INT(join_waiter(&waiters[0]), DISTCOORD_OK);
    CHECK_STANDING(here, 4, 4, 1);
    CHECK(!atomic_load(&waiters[1].ended));
    /* Fewer: nobody loses any, and nobody gets one until there is room. */
    CHECK_OK(distcoord_semaphore_resize(here, 1, E));
    CHECK_STANDING(there, 1, 4, 1);
    CHECK_INT(distcoord_lock_state(first), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_extend(first, 0, E));
    give_back(first);
    give_back(waiters[0].hold);
    CHECK_STANDING(there, 1, 1, 1);
    CHECK(!atomic_load(&waiters[1].ended));
    give_back(second);
    CHECK(ends_soon(&waiters[1]));
    CHECK_INT(join_waiter(&waiters[1]), DISTCOORD_OK);
    CHECK_STATUS(distcoord_semaphore_acquire(here, 1, 0, &none, E), DISTCOORD_TIMED_OUT);
    give_back(waiters[1].hold);
    /* What a newcomer opens it with changes nothing. */
    distcoord_semaphore *newcomer = open_semaphore(other, "a", 50, plain);
    first = take(newcomer, 1);
    CHECK_STANDING(newcomer, 1, 1, 0);
    give_back(first);
    distcoord_semaphore_free(newcomer);
    distcoord_semaphore_free(here);
    distcoord_semaphore_free(there);
    close_client(client);
    close_client(other);
}

static void more_than_there_are(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_semaphore *here = open_semaphore(client, "a", 3, plain), *there = open_semaphore(other, "a", 3, plain);
    distcoord_lock *permit = take(here, 1), *none = permit;
    distcoord_error *error = NULL;
    int64_t start = now_ms();
    CHECK_INT(distcoord_semaphore_acquire(there, 4, -1, &none, &error), DISTCOORD_ERROR_CONFLICT);
    CHECK(took_less(start, 500));
    CHECK(none == NULL);
    CHECK(strstr(distcoord_error_message(error), "fewer than 4") != NULL);
    distcoord_error_free(error);
    CHECK_STATUS(distcoord_semaphore_acquire(there, 4, 0, &none, E), DISTCOORD_ERROR_CONFLICT);
    /* Who is in line already stays there, until it becomes possible again. */
    struct waiter waiter = {.semaphore = there, .count = 3, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 1));
    CHECK_OK(distcoord_semaphore_resize(here, 2, E));
    give_back(permit);
    sleep_ms(150);
    CHECK(!atomic_load(&waiter.ended));
    CHECK_STANDING(here, 2, 0, 1);
    CHECK_OK(distcoord_semaphore_resize(here, 3, E));
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    give_back(waiter.hold);
    /* A semaphore that nobody has used yet has what its opener says. */
    distcoord_semaphore *fresh = open_semaphore(client, "b", 2, plain);
    CHECK_STATUS(distcoord_semaphore_acquire(fresh, 3, 0, &none, E), DISTCOORD_ERROR_CONFLICT);
    give_back(take(fresh, 2));
    distcoord_semaphore_free(fresh);
    distcoord_semaphore_free(here);
    distcoord_semaphore_free(there);
    close_client(client);
    close_client(other);
}

static void ranges(void)
{
    distcoord_client *client = open_client();
    distcoord_semaphore *semaphore = NULL;
    distcoord_lock *none = NULL;
    const int64_t bad[] = {0, -1, INT64_MIN, DISTCOORD_SEMAPHORE_PERMITS_MAX + 1ll, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(
            distcoord_semaphore_open(client, "a", bad[i], NULL, &semaphore, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK(semaphore == NULL);
    }
    REQUIRE_OK(distcoord_semaphore_open(client, "a", DISTCOORD_SEMAPHORE_PERMITS_MAX, NULL, &semaphore, E));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(distcoord_semaphore_resize(semaphore, bad[i], E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    const int64_t bad_counts[] = {0, -1, INT64_MIN};
    for (size_t i = 0; i < COUNT_OF(bad_counts); i++) {
        CHECK_STATUS(
            distcoord_semaphore_acquire(semaphore, bad_counts[i], 0, &none, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK(distcoord_semaphore_acquire(semaphore, INT64_MAX, 0, &none, NULL) < 0);
    distcoord_lock *all = take(semaphore, DISTCOORD_SEMAPHORE_PERMITS_MAX);
    CHECK_STANDING(semaphore, DISTCOORD_SEMAPHORE_PERMITS_MAX, DISTCOORD_SEMAPHORE_PERMITS_MAX, 0);
    CHECK_STATUS(distcoord_semaphore_acquire(semaphore, 1, 0, &none, E), DISTCOORD_TIMED_OUT);
    give_back(all);
    distcoord_semaphore_free(semaphore);
    close_client(client);
}

static void default_wait(void)
{
    distcoord_client *client = open_client();
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_semaphore *semaphore = NULL;
    distcoord_lock *none = NULL;
    CHECK_INT(distcoord_lock_options_set_wait_ms(options, 100), DISTCOORD_OK);
    REQUIRE_OK(distcoord_semaphore_open(client, "a", 1, options, &semaphore, E));
    distcoord_lock_options_free(options);
    distcoord_lock *permit = take(semaphore, 1);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_semaphore_acquire(semaphore, 1, DISTCOORD_WAIT_DEFAULT, &none, E), DISTCOORD_TIMED_OUT);
    int64_t took = now_ms() - start;
    CHECK(took >= 100 && took_less(start, 1000));
    give_back(permit);
    distcoord_semaphore_free(semaphore);
    close_client(client);
}

/* ---------------------------------------------------------------- many at once */

static atomic_llong in_use, most_in_use;

struct user {
    distcoord_client *client;
    unsigned seed;
    pthread_t thread;
};

enum { PERMITS = 5 };

static void *use_permits(void *argument)
{
    struct user *user = argument;
    distcoord_semaphore *semaphore = open_semaphore(user->client, "a", PERMITS, plain);
    for (int i = 0; i < 80; i++) {
        int64_t count = 1 + rand_r(&user->seed) % 3;
        int64_t wait_ms = rand_r(&user->seed) % 3 ? 30000 : rand_r(&user->seed) % 4;
        distcoord_lock *permit = NULL;
        distcoord_status status = distcoord_semaphore_acquire(semaphore, count, wait_ms, &permit, NULL);
        CHECK(status == DISTCOORD_OK || (status == DISTCOORD_TIMED_OUT && wait_ms < 4));
        if (status != DISTCOORD_OK) continue;
        long long now = atomic_fetch_add(&in_use, count) + count, most = atomic_load(&most_in_use);
        while (now > most && !atomic_compare_exchange_weak(&most_in_use, &most, now)) {
        }
        if (i % 8 == 0) sleep_ms(1);
        atomic_fetch_sub(&in_use, count);
        give_back(permit);
    }
    distcoord_semaphore_free(semaphore);
    return NULL;
}

static void never_more_than_there_are(void)
{
    enum { THREADS = 10 };
    struct user users[THREADS];
    distcoord_client *clients[2] = {open_client(), open_client()};
    for (int i = 0; i < THREADS; i++) {
        users[i] = (struct user){.client = clients[i % 2], .seed = (unsigned)i + 1};
        users[i].thread = start_thread(use_permits, &users[i]);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(users[i].thread, NULL);
    CHECK(atomic_load(&most_in_use) <= PERMITS);
    CHECK(atomic_load(&most_in_use) >= 3);
    distcoord_semaphore *semaphore = open_semaphore(clients[0], "a", PERMITS, plain);
    CHECK_STANDING(semaphore, PERMITS, 0, 0);
    give_back(take(semaphore, PERMITS));
    distcoord_semaphore_free(semaphore);
    close_client(clients[0]);
    close_client(clients[1]);
}

/* ---------------------------------------------------------------- loss, death, the end */

static void takes_two_and_waits_for_death(struct shared *shared)
{
    take(open_semaphore(open_client(), "a", 3, (struct settings){.lease_ms = KEPT_MS}), 2);
    reach(shared, 1);
    hold_for_ever();
}

static void the_dead_give_back(void)
{
    struct process process = start_process(takes_two_and_waits_for_death);
    require_phase(&process, 1);
    distcoord_client *client = open_client();
    distcoord_semaphore *semaphore = open_semaphore(client, "a", 3, (struct settings){.lease_ms = KEPT_MS});
    distcoord_lock *own = take(semaphore, 1), *permit = NULL;
    kill_process(&process);
    CHECK_STANDING(semaphore, 3, 3, 0);
    int64_t start = now_ms();
    CHECK_OK(distcoord_semaphore_acquire(semaphore, 2, 10000, &permit, E));
    CHECK(took_less(start, KEPT_MS + 1500));
    CHECK_INT(distcoord_lock_state(own), DISTCOORD_LOCK_HELD);
    CHECK_STANDING(semaphore, 3, 3, 0);
    give_back(own);
    give_back(permit);
    distcoord_semaphore_free(semaphore);
    close_client(client);
}

static void lost_without_renewal(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_semaphore *brief = open_semaphore(client, "a", 1, (struct settings){.lease_ms = 300, .fixed = true});
    distcoord_semaphore *there = open_semaphore(other, "a", 1, plain);
    distcoord_lock *permit = take(brief, 1), *next = NULL;
    CHECK_OK(distcoord_semaphore_acquire(there, 1, 5000, &next, E));
    CHECK_INT(distcoord_lock_state(permit), DISTCOORD_LOCK_LOST);
    CHECK(EVENTUALLY(1000, readable(distcoord_lock_event_fd(permit))));
    CHECK(distcoord_lock_fence(next) > distcoord_lock_fence(permit));
    CHECK_STATUS(distcoord_lock_release(permit, E), DISTCOORD_LOST);
    CHECK_STANDING(there, 1, 1, 0);
    give_back(next);
    distcoord_lock_free(permit);
    distcoord_semaphore_free(brief);
    distcoord_semaphore_free(there);
    close_client(client);
    close_client(other);
}

static void permits_outlive_the_object(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_semaphore *here = open_semaphore(client, "a", 2, plain), *there = open_semaphore(other, "a", 2, plain);
    distcoord_lock *first = take(here, 1), *second = take(here, 1), *next = NULL;
    struct waiter waiter = {.semaphore = there, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, standing_of(here).waiters == 1));
    distcoord_semaphore_cancel(there);
    CHECK_INT(join_waiter(&waiter), DISTCOORD_CANCELLED);
    CHECK(waiter.hold == NULL);
    distcoord_semaphore_free(here);
    CHECK_STANDING(there, 2, 2, 0);
    /* Freeing a permit alone releases it in the background; closing the client the rest. */
    distcoord_lock_free(first);
    CHECK_OK(distcoord_semaphore_acquire(there, 1, 2000 * time_factor(), &next, E));
    CHECK_OK(distcoord_client_close(client, E));
    CHECK_STANDING(there, 2, 1, 0);
    give_back(next);
    distcoord_lock_free(second);
    distcoord_client_free(client);
    distcoord_semaphore_free(there);
    close_client(other);
}

static const struct test tests[] = {
    {"semaphore_as_many_as_there_are", as_many_as_there_are},
    {"semaphore_several_at_a_time", several_at_a_time},
    {"semaphore_big_wishes_keep_their_turn", big_wishes_keep_their_turn},
    {"semaphore_resized", resized},
    {"semaphore_more_than_there_are", more_than_there_are},
    {"semaphore_default_wait", default_wait},
    {"semaphore_ranges", ranges},
    {"semaphore_never_more_than_there_are", never_more_than_there_are},
    {"semaphore_the_dead_give_back", the_dead_give_back},
    {"semaphore_lost_without_renewal", lost_without_renewal},
    {"semaphore_permits_outlive_the_object", permits_outlive_the_object},
};

HARNESS_MAIN(tests)
