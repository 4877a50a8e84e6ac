/* Explicit owners: a lock that one handle acquired and another, in whatever process, renews and releases. */
#include "lock_tools.h"

static const struct settings run_1 = {.owner = "run-1"};
static const struct settings run_2 = {.owner = "run-2"};
static const struct settings anonymous = {0};

static void another_handle_of_the_owner_releases(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *first = open_lock(client, "a", (struct settings){.owner = "run-1", .lease_ms = KEPT_MS});
    distcoord_lock *second = open_lock(other, "a", run_1), *stranger = open_lock(other, "a", run_2);
    distcoord_lock *nobody = open_lock(other, "a", anonymous);
    CHECK_OK(distcoord_lock_acquire(first, 0, E));
    uint64_t fence = distcoord_lock_fence(first);
    /* Exclusive between them all the same. */
    CHECK_STATUS(distcoord_lock_acquire(second, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_release(stranger, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_extend(stranger, 0, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_release(nobody, E), DISTCOORD_NOT_HELD);
    CHECK_INT(waiters_of(first), 0);

    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_INT(distcoord_lock_state(second), DISTCOORD_LOCK_FREE);
    CHECK(nobody_holds(nobody));
    CHECK_OK(distcoord_lock_acquire(stranger, 0, E));
    CHECK(distcoord_lock_fence(stranger) > fence);
    CHECK_INT(distcoord_lock_wait_lost(first, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(first, E), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(second, E), DISTCOORD_NOT_HELD);
    CHECK_INT(distcoord_lock_state(stranger), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(stranger, E));
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    distcoord_lock_free(stranger);
    distcoord_lock_free(nobody);
    close_client(client);
    close_client(other);
}

static void adopted(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    const struct settings brief = {.owner = "run-1", .lease_ms = KEPT_MS};
    distcoord_lock *first = open_lock(client, "a", brief), *second = open_lock(other, "a", brief);
    distcoord_lock *nobody = open_lock(client, "a", anonymous);
    CHECK_STATUS(distcoord_lock_adopt(second, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_adopt(nobody, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_lock_acquire(first, 0, E));
    CHECK_OK(distcoord_lock_adopt(second, E));
    CHECK_INT(distcoord_lock_state(second), DISTCOORD_LOCK_HELD);
    CHECK(distcoord_lock_fence(second) == distcoord_lock_fence(first));
    CHECK_INT(distcoord_lock_depth(second), 1);
    CHECK(distcoord_lock_lease_left_ms(second) > 0);
    /* The one finds it lost, the other keeps it for as long as it likes. */
    CHECK_INT(distcoord_lock_wait_lost(first, 5000 * time_factor()), DISTCOORD_LOST);
    int64_t until = now_ms() + PAST_KEPT_MS;
    while (now_ms() < until) {
        CHECK_STATUS(distcoord_lock_acquire(nobody, 0, E), DISTCOORD_TIMED_OUT);
        sleep_ms(50);
    }
    CHECK_INT(distcoord_lock_state(second), DISTCOORD_LOCK_HELD);
    CHECK_STATUS(distcoord_lock_release(first, E), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_acquire(nobody, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_OK(distcoord_lock_acquire(nobody, 0, E));
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    distcoord_lock_free(nobody);
    close_client(client);
    close_client(other);
}

static void extending_adopts(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    const struct settings brief = {.owner = "run-1", .fixed = true, .lease_ms = KEPT_MS};
    distcoord_lock *first = open_lock(client, "a", brief);
    distcoord_lock *second = open_lock(other, "a", (struct settings){.owner = "run-1", .fixed = true});
    CHECK_OK(distcoord_lock_acquire(first, 0, E));
    CHECK_OK(distcoord_lock_extend(second, 30000, E));
    CHECK_INT(distcoord_lock_state(second), DISTCOORD_LOCK_HELD);
    CHECK(distcoord_lock_fence(second) == distcoord_lock_fence(first));
    CHECK(distcoord_lock_lease_left_ms(second) > 20000);
    CHECK_INT(distcoord_lock_wait_lost(first, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_state(second), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_STATUS(distcoord_lock_extend(second, 1000, E), DISTCOORD_NOT_HELD);
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    close_client(client);
    close_client(other);
}

static void detached_and_adopted(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *first = open_lock(client, "a", run_1), *second = open_lock(other, "a", run_1);
    distcoord_lock *nobody = open_lock(other, "a", anonymous);
    CHECK_STATUS(distcoord_lock_detach(first, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_detach(nobody, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_lock_acquire(first, 0, E));
    uint64_t fence = distcoord_lock_fence(first);
    CHECK_OK(distcoord_lock_detach(first, E));
    /* Forgotten, not lost; and held by the owner. */
    CHECK_INT(distcoord_lock_state(first), DISTCOORD_LOCK_FREE);
    CHECK_INT(distcoord_lock_depth(first), 0);
    CHECK_INT(distcoord_lock_wait_lost(first, 0), DISTCOORD_NOT_HELD);
    CHECK(!readable(distcoord_lock_event_fd(first)));
    CHECK_STATUS(distcoord_lock_detach(first, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_acquire(nobody, 0, E), DISTCOORD_TIMED_OUT);
    /* Also when the client that left it is gone. */
    close_client(client);
    CHECK_STATUS(distcoord_lock_acquire(nobody, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_adopt(second, E));
    CHECK(distcoord_lock_fence(second) == fence);
    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_OK(distcoord_lock_acquire(nobody, 0, E));
    CHECK(distcoord_lock_fence(nobody) > fence);
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    distcoord_lock_free(nobody);
    close_client(other);
}

/* Nobody comes for it: the lease, set anew when it was detached, ends it. */
static void detached_and_forgotten(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *first = open_lock(client, "a", (struct settings){.owner = "run-1", .lease_ms = KEPT_MS});
    distcoord_lock *nobody = open_lock(client, "a", anonymous);
    CHECK_OK(distcoord_lock_acquire(first, 0, E));
    sleep_ms(KEPT_MS / 2);
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_detach(first, E));
    CHECK_OK(distcoord_lock_acquire(nobody, 10000, E));
    int64_t took = now_ms() - start;
    CHECK(took >= KEPT_MS - 50 && took_less(start, KEPT_MS + 1700));
    CHECK_STATUS(distcoord_lock_release(first, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_adopt(first, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_release(nobody, E));
    distcoord_lock_free(first);
    distcoord_lock_free(nobody);
    close_client(client);
}

static void acquires_and_waits_for_death(struct shared *shared)
{
    distcoord_lock *lock = open_lock(open_client(), "a", (struct settings){.owner = "run-1", .lease_ms = 60000});
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    shared->fence = distcoord_lock_fence(lock);
    reach(shared, 1);
    hold_for_ever();
}

/* Who knows the owner id need not wait for the lease of a process that has died. */
static void taken_over_from_the_dead(void)
{
    struct process dead = start_process(acquires_and_waits_for_death);
    require_phase(&dead, 1);
    kill_process(&dead);
    distcoord_client *client = open_client();
    distcoord_lock *heir = open_lock(client, "a", run_1), *nobody = open_lock(client, "a", anonymous);
    CHECK_STATUS(distcoord_lock_acquire(nobody, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_adopt(heir, E));
    CHECK(distcoord_lock_fence(heir) == dead.shared->fence);
    struct waiter waiter = {.lock = nobody, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(heir) == 1));
    CHECK_OK(distcoord_lock_release(heir, E));
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    distcoord_lock_free(heir);
    distcoord_lock_free(nobody);
    close_client(client);
}

/* Handed round by many: the number stays, and one at a time has it. */
static void handed_round(void)
{
    enum { COUNT = 4 };
    distcoord_client *clients[COUNT];
    distcoord_lock *handles[COUNT];
    for (int i = 0; i < COUNT; i++) {
        clients[i] = open_client();
        handles[i] = open_lock(clients[i], "a", run_1);
    }
    CHECK_OK(distcoord_lock_acquire(handles[0], 0, E));
    uint64_t fence = distcoord_lock_fence(handles[0]);
    for (int i = 0; i < 100; i++) {
        CHECK_OK(distcoord_lock_detach(handles[i % COUNT], E));
        CHECK_OK(distcoord_lock_adopt(handles[(i + 1) % COUNT], E));
        CHECK(distcoord_lock_fence(handles[(i + 1) % COUNT]) == fence);
    }
    CHECK_INT(distcoord_lock_state(handles[0]), DISTCOORD_LOCK_HELD);
    for (int i = 1; i < COUNT; i++) CHECK_INT(distcoord_lock_state(handles[i]), DISTCOORD_LOCK_FREE);
    CHECK_OK(distcoord_lock_release(handles[0], E));
    CHECK(nobody_holds(handles[1]));
    for (int i = 0; i < COUNT; i++) {
        distcoord_lock_free(handles[i]);
        close_client(clients[i]);
    }
}

/* An owner of that name elsewhere does not make a hold of another lock, of another namespace, or of a waiter. */
static void an_owner_holds_only_what_it_acquired(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *held = open_lock(client, "a", run_2), *waiting = open_lock(client, "a", run_1);
    distcoord_lock *other_name = open_lock(client, "b", run_2), *same = open_lock(client, "a", run_1);
    CHECK_OK(distcoord_lock_acquire(held, 0, E));
    CHECK_STATUS(distcoord_lock_adopt(other_name, E), DISTCOORD_NOT_HELD);
    struct waiter waiter = {.lock = waiting, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(held) == 1));
    CHECK_STATUS(distcoord_lock_adopt(same, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_release(same, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_release(held, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK_OK(distcoord_lock_release(waiting, E));
    distcoord_lock_free(held);
    distcoord_lock_free(waiting);
    distcoord_lock_free(other_name);
    distcoord_lock_free(same);
    close_client(client);
}

static const struct test tests[] = {
    {"owner_another_handle_releases", another_handle_of_the_owner_releases},
    {"owner_adopted", adopted},
    {"owner_extending_adopts", extending_adopts},
    {"owner_detached_and_adopted", detached_and_adopted},
    {"owner_detached_and_forgotten", detached_and_forgotten},
    {"owner_taken_over_from_the_dead", taken_over_from_the_dead},
    {"owner_handed_round", handed_round},
    {"owner_holds_only_what_it_acquired", an_owner_holds_only_what_it_acquired},
};

HARNESS_MAIN(tests)
