/* The lock, as lock.h describes it, seen from one process. */
#include "lock_tools.h"

static distcoord_lock *open_leased(distcoord_client *client, const char *name, int64_t lease_ms, bool renew)
{
    return open_lock(client, name, (struct settings){.lease_ms = lease_ms, .fixed = !renew});
}

static void acquire_and_release(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_leased(client, "a", 10000, true), *other = open_leased(client, "a", 10000, true);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    CHECK_INT(distcoord_lock_fence(lock), 0);
    CHECK_INT(distcoord_lock_lease_left_ms(lock), 0);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_extend(lock, 0, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK(fence > 0 && fence < (1ull << 53));
    int64_t left = distcoord_lock_lease_left_ms(lock);
    CHECK(left > 5000 && left <= 10000);
    /* As a mutex: an acquire waits while anyone holds it, this handle included. */
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK_STATUS(distcoord_lock_acquire(other, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_release(other, E), DISTCOORD_NOT_HELD);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(other, 120, E), DISTCOORD_TIMED_OUT);
    int64_t took = now_ms() - start;
    CHECK(took >= 120 && took_less(start, 1000));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    CHECK(distcoord_lock_fence(lock) == fence);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_acquire(other, 0, E));
    CHECK(distcoord_lock_fence(other) > fence);
    CHECK_OK(distcoord_lock_release(other, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(other);
    close_client(client);
}

static void fence_is_at_least_server_time(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_leased(client, "a", 10000, true);
    struct timespec before;
    clock_gettime(CLOCK_REALTIME, &before);
    uint64_t last = (uint64_t)before.tv_sec * 1000000 + (uint64_t)before.tv_nsec / 1000 - 1000000;
    for (int i = 0; i < 200; i++) {
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK(distcoord_lock_fence(lock) > last);
        last = distcoord_lock_fence(lock);
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    /* Also when everything that the server knew of the lock is gone. */
    char answer[64];
    CHECK(redis_server_command(&server, "FLUSHALL", answer, sizeof answer) == 0);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK(distcoord_lock_fence(lock) > last);
    distcoord_lock_free(lock);
    close_client(client);
}

static void *release_it(void *argument)
{
    CHECK_OK(distcoord_lock_release(argument, E));
    return NULL;
}

static void any_thread_may_release(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_leased(client, "a", 10000, true);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    pthread_join(start_thread(release_it, lock), NULL);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    distcoord_lock_free(lock);
    close_client(client);
}

static void *release_after_a_while(void *argument)
{
    sleep_ms(100);
    CHECK_OK(distcoord_lock_release(argument, E));
    return NULL;
}

static void release_hands_over_at_once(void)
{
    distcoord_client *a = open_client(), *b = open_client();
    distcoord_lock *held = open_leased(a, "a", 10000, true), *next = open_leased(b, "a", 10000, true);
    CHECK_OK(distcoord_lock_acquire(held, 0, E));
    pthread_t thread = start_thread(release_after_a_while, held);
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_acquire(next, -1, E));
    int64_t took = now_ms() - start;
    CHECK(took >= 90 && took_less(start, 600));
    CHECK(distcoord_lock_fence(next) > distcoord_lock_fence(held));
    pthread_join(thread, NULL);
    /* The same with both handles of one client, and with one handle used twice. */
    thread = start_thread(release_after_a_while, next);
    CHECK_OK(distcoord_lock_acquire(next, 5000, E));
    pthread_join(thread, NULL);
    CHECK_INT(distcoord_lock_state(next), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(next, E));
    distcoord_lock_free(held);
    distcoord_lock_free(next);
    close_client(a);
    close_client(b);
}

static void renewed_while_held(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_leased(client, "a", KEPT_MS, true), *next = open_leased(other, "a", KEPT_MS, true);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    int64_t until = now_ms() + PAST_KEPT_MS;
    while (now_ms() < until) {
        CHECK_STATUS(distcoord_lock_acquire(next, 0, E), DISTCOORD_TIMED_OUT);
        CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
        sleep_ms(20);
    }
    CHECK_INT(distcoord_lock_wait_lost(lock, 0), DISTCOORD_TIMED_OUT);
    CHECK(!readable(distcoord_lock_event_fd(lock)));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_OK(distcoord_lock_acquire(next, 0, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(next);
    close_client(client);
    close_client(other);
}

static void lost_without_renewal(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_leased(client, "a", 10000, false), *next = open_leased(other, "a", 10000, true);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    int fd = distcoord_lock_event_fd(lock);
    CHECK(fd >= 0);
    CHECK(!readable(fd));
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_extend(lock, 300, E));
    CHECK_OK(distcoord_lock_acquire(next, 5000, E));
    int64_t took = now_ms() - start;
    CHECK(took >= 250 && took_less(start, 1500));
    /* The holder knew before anybody else could have it. */
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_LOST);
    CHECK(readable(fd));
    CHECK_INT(distcoord_lock_lease_left_ms(lock), 0);
    CHECK_INT(distcoord_lock_wait_lost(lock, 0), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_extend(lock, 0, E), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_LOST);
    /* Told once: afterwards the handle holds nothing, and can be used again. */
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    CHECK(!readable(fd));
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_NOT_HELD);
    CHECK_INT(distcoord_lock_wait_lost(lock, -1), DISTCOORD_NOT_HELD);
    CHECK_INT(distcoord_lock_state(next), DISTCOORD_LOCK_HELD);
    CHECK(distcoord_lock_fence(next) > distcoord_lock_fence(lock));
    CHECK_OK(distcoord_lock_release(next, E));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    distcoord_lock_free(lock);
    distcoord_lock_free(next);
    close_client(client);
    close_client(other);
}

/* A lost handle that acquires again has told the loss by its state; the new grant is another. */
static void acquire_after_loss(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_leased(client, "a", KEPT_MS, false);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_extend(lock, 200, E));
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK_INT(distcoord_lock_wait_lost(lock, 5000), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_acquire(lock, 2000, E));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK(distcoord_lock_fence(lock) > fence);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    close_client(client);
}

static void extend(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_leased(client, "a", KEPT_MS, false);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    const int64_t bad[] = {-1, 1, 99, 86400001, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(distcoord_lock_extend(lock, bad[i], E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_OK(distcoord_lock_extend(lock, 20000, E));
    CHECK(distcoord_lock_lease_left_ms(lock) > 15000);
    sleep_ms(PAST_KEPT_MS);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_extend(lock, 0, E));
    CHECK(distcoord_lock_lease_left_ms(lock) <= KEPT_MS);
    CHECK_OK(distcoord_lock_extend(lock, 100, E));
    CHECK_INT(distcoord_lock_wait_lost(lock, 5000), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_LOST);
    distcoord_lock_free(lock);
    close_client(client);
}

static void inspect(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_leased(client, "a", 10000, true), *other = open_leased(client, "a", 10000, true);
    distcoord_lock_info *info = (distcoord_lock_info *)(void *)&info;
    CHECK_STATUS(distcoord_lock_inspect(lock, &info, E), DISTCOORD_EMPTY);
    CHECK(info == NULL);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    sleep_ms(50);
    REQUIRE_OK(distcoord_lock_inspect(other, &info, E));
    CHECK(strchr(distcoord_lock_info_holder(info), '@') != NULL);
    char process[32];
    snprintf(process, sizeof process, ":%d", (int)getpid());
    CHECK(strstr(distcoord_lock_info_holder(info), process) != NULL);
    CHECK(distcoord_lock_info_fence(info) == distcoord_lock_fence(lock));
    CHECK(distcoord_lock_info_held_ms(info) >= 50 && distcoord_lock_info_held_ms(info) < 5000 * time_factor());
    CHECK(distcoord_lock_info_lease_left_ms(info) > 5000 && distcoord_lock_info_lease_left_ms(info) <= 10000);
    CHECK_INT(distcoord_lock_info_waiters(info), 0);
    distcoord_lock_info_free(info);
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_STATUS(distcoord_lock_inspect(lock, &info, E), DISTCOORD_EMPTY);
    distcoord_lock_free(lock);
    distcoord_lock_free(other);
    close_client(client);
}

/* Taken away on the server by other means: told as lost, and never released from under the new holder. */
static void taken_away(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_leased(client, "a", KEPT_MS, true), *next = open_leased(other, "a", 10000, true);
    char answer[64];
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK(redis_server_command(&server, "FLUSHALL", answer, sizeof answer) == 0);
    CHECK_OK(distcoord_lock_acquire(next, 2000, E));
    CHECK_INT(distcoord_lock_wait_lost(lock, 10000), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_lock_state(next), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(next, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(next);
    close_client(client);
    close_client(other);
}

static const struct test tests[] = {
    {"lock_acquire_and_release", acquire_and_release},
    {"lock_fence_is_at_least_server_time", fence_is_at_least_server_time},
    {"lock_any_thread_may_release", any_thread_may_release},
    {"lock_release_hands_over_at_once", release_hands_over_at_once},
    {"lock_renewed_while_held", renewed_while_held},
    {"lock_lost_without_renewal", lost_without_renewal},
    {"lock_acquire_after_loss", acquire_after_loss},
    {"lock_extend", extend},
    {"lock_inspect", inspect},
    {"lock_taken_away", taken_away},
};

HARNESS_MAIN(tests)
