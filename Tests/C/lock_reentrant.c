/* Reentrant locks: levels, each with a lease of its own, and whose they are. */
#include "lock_tools.h"

static const struct settings reentrant = {.reentrant = true};

struct attempt {
    distcoord_lock *lock;
    distcoord_status status;
};

static void *try_once(void *argument)
{
    struct attempt *attempt = argument;
    attempt->status = distcoord_lock_acquire(attempt->lock, 0, NULL);
    return NULL;
}

struct visitor {
    distcoord_lock *lock;
    atomic_bool is_inside;
    atomic_bool may_go;
};

static void *wait_hold_release(void *argument)
{
    struct visitor *visitor = argument;
    CHECK_OK(distcoord_lock_acquire(visitor->lock, -1, E));
    atomic_store(&visitor->is_inside, true);
    CHECK(EVENTUALLY(20000, atomic_load(&visitor->may_go)));
    CHECK_OK(distcoord_lock_release(visitor->lock, E));
    return NULL;
}

/* What another thread is answered that tries this handle. */
static distcoord_status tried_elsewhere(distcoord_lock *lock)
{
    struct attempt attempt = {.lock = lock};
    pthread_join(start_thread(try_once, &attempt), NULL);
    return attempt.status;
}

static void levels(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_lock(client, "a", reentrant), *other = open_lock(client, "a", reentrant);
    distcoord_lock *plain = open_lock(client, "a", (struct settings){0});
    CHECK_INT(distcoord_lock_depth(lock), 0);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    uint64_t fence = distcoord_lock_fence(lock);
    for (int depth = 1; depth <= 5; depth++) {
        CHECK_INT(distcoord_lock_depth(lock), depth);
        CHECK_OK(distcoord_lock_acquire(lock, depth % 2 ? 0 : -1, E));
        CHECK(distcoord_lock_fence(lock) == fence);
    }
    CHECK_INT(distcoord_lock_depth(lock), 6);
    /* Another handle is another owner, also on this thread. */
    CHECK_STATUS(distcoord_lock_acquire(other, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_acquire(plain, 0, E), DISTCOORD_TIMED_OUT);
    for (int depth = 5; depth >= 0; depth--) {
        CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
        CHECK_STATUS(distcoord_lock_acquire(plain, 0, E), DISTCOORD_TIMED_OUT);
        CHECK_OK(distcoord_lock_release(lock, E));
        CHECK_INT(distcoord_lock_depth(lock), depth);
    }
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_acquire(plain, 0, E));
    CHECK(distcoord_lock_fence(plain) > fence);
    CHECK_INT(distcoord_lock_depth(plain), 1);
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(plain, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(other);
    distcoord_lock_free(plain);
    close_client(client);
}

static void another_thread_is_another_owner(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_lock(client, "a", reentrant);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_INT(tried_elsewhere(lock), DISTCOORD_TIMED_OUT);
    struct visitor visitor = {.lock = lock};
    pthread_t thread = start_thread(wait_hold_release, &visitor);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) == 1));
    /* The owner goes in again, past those who wait. */
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_INT(waiters_of(lock), 1);
    CHECK(!atomic_load(&visitor.is_inside));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK(EVENTUALLY(2000, atomic_load(&visitor.is_inside)));
    /* As with any recursive mutex, what that thread has acquired is its own to release. */
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_NOT_HELD);
    CHECK_INT(waiters_of(lock), 0);
    atomic_store(&visitor.may_go, true);
    pthread_join(thread, NULL);
    CHECK(nobody_holds(lock));
    distcoord_lock_free(lock);
    close_client(client);
}

/* An explicit owner goes in again from any handle of that owner; every acquire wants a release. */
static void one_owner_with_two_handles(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    const struct settings owned = {.reentrant = true, .owner = "run-1"};
    distcoord_lock *first = open_lock(client, "a", owned), *second = open_lock(other, "a", owned);
    distcoord_lock *stranger = open_lock(other, "a", reentrant);
    CHECK_OK(distcoord_lock_acquire(first, 0, E));
    CHECK_OK(distcoord_lock_acquire(second, 0, E));
    CHECK_OK(distcoord_lock_acquire(second, 0, E));
    CHECK_INT(tried_elsewhere(first), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(first) == distcoord_lock_fence(second));
    CHECK_INT(distcoord_lock_depth(first), 2);
    CHECK_INT(distcoord_lock_depth(second), 2);
    CHECK_OK(distcoord_lock_release(first, E));
    CHECK_OK(distcoord_lock_release(first, E));
    CHECK_INT(distcoord_lock_state(first), DISTCOORD_LOCK_FREE);
    CHECK_STATUS(distcoord_lock_acquire(stranger, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_STATUS(distcoord_lock_acquire(stranger, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_OK(distcoord_lock_acquire(stranger, 0, E));
    CHECK_OK(distcoord_lock_release(stranger, E));
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    distcoord_lock_free(stranger);
    close_client(client);
    close_client(other);
}

/* A level whose lease has ended counts no more; the longest counts. */
static void leases_of_levels(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lasting = open_lock(client, "a", (struct settings){.reentrant = true, .owner = "run-1"});
    const struct settings brief_settings = {.reentrant = true, .owner = "run-1", .lease_ms = 300, .fixed = true};
    distcoord_lock *brief = open_lock(other, "a", brief_settings);
    distcoord_lock *stranger = open_lock(other, "a", (struct settings){0});
    /* First the long one, then the short one on top. */
    CHECK_OK(distcoord_lock_acquire(lasting, 0, E));
    CHECK_OK(distcoord_lock_acquire(brief, 0, E));
    CHECK_INT(distcoord_lock_wait_lost(brief, 5000), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_acquire(stranger, 300, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_lock_state(lasting), DISTCOORD_LOCK_HELD);
    CHECK_STATUS(distcoord_lock_release(brief, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_release(lasting, E));
    CHECK_OK(distcoord_lock_acquire(stranger, 1000, E));
    CHECK_OK(distcoord_lock_release(stranger, E));
    /* And the other way round. */
    CHECK_OK(distcoord_lock_acquire(brief, 0, E));
    CHECK_OK(distcoord_lock_acquire(lasting, 0, E));
    CHECK_INT(distcoord_lock_wait_lost(brief, 5000), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_acquire(stranger, 300, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(lasting, E));
    CHECK_OK(distcoord_lock_acquire(stranger, 1000, E));
    CHECK_OK(distcoord_lock_release(stranger, E));
    distcoord_lock_free(lasting);
    distcoord_lock_free(brief);
    distcoord_lock_free(stranger);
    close_client(client);
    close_client(other);
}

static void renewed_at_every_level(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.reentrant = true, .lease_ms = KEPT_MS});
    distcoord_lock *stranger = open_lock(other, "a", (struct settings){0});
    for (int i = 0; i < 3; i++) CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(distcoord_lock_acquire(stranger, PAST_KEPT_MS / 3, E), DISTCOORD_TIMED_OUT);
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    CHECK_OK(distcoord_lock_acquire(stranger, 0, E));
    CHECK_OK(distcoord_lock_release(stranger, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(stranger);
    close_client(client);
    close_client(other);
}

/* A loss takes all levels of the handle; told once, and it starts anew. */
static void lost_with_all_levels(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.reentrant = true, .lease_ms = KEPT_MS});
    distcoord_lock *next = open_lock(other, "a", (struct settings){0});
    for (int i = 0; i < 3; i++) CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK_OK(distcoord_lock_break(next, 0, E));
    CHECK_OK(distcoord_lock_acquire(next, 0, E));
    CHECK_INT(distcoord_lock_wait_lost(lock, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_LOST);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_extend(next, 0, E));
    CHECK_OK(distcoord_lock_release(next, E));
    while (distcoord_lock_depth(lock) > 0) CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_INT(distcoord_lock_depth(lock), 1);
    CHECK(distcoord_lock_fence(lock) > fence);
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK(nobody_holds(next));
    distcoord_lock_free(lock);
    distcoord_lock_free(next);
    close_client(client);
    close_client(other);
}

static void freeing_gives_back_all_levels(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", reentrant), *next = open_lock(other, "a", (struct settings){0});
    for (int i = 0; i < 4; i++) CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    distcoord_lock_free(lock);
    CHECK_OK(distcoord_lock_acquire(next, 2000 * time_factor(), E));
    CHECK_OK(distcoord_lock_release(next, E));

    lock = open_lock(client, "a", reentrant);
    for (int i = 0; i < 4; i++) CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_client_close(client, E));
    CHECK_OK(distcoord_lock_acquire(next, 0, E));
    CHECK_OK(distcoord_lock_release(next, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(next);
    distcoord_client_free(client);
    close_client(other);
}

static const struct test tests[] = {
    {"reentrant_levels", levels},
    {"reentrant_another_thread_is_another_owner", another_thread_is_another_owner},
    {"reentrant_one_owner_with_two_handles", one_owner_with_two_handles},
    {"reentrant_leases_of_levels", leases_of_levels},
    {"reentrant_renewed_at_every_level", renewed_at_every_level},
    {"reentrant_lost_with_all_levels", lost_with_all_levels},
    {"reentrant_freeing_gives_back_all_levels", freeing_gives_back_all_levels},
};

HARNESS_MAIN(tests)
