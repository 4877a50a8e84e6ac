/* What can be seen of a lock and done to it from outside: who holds it, who waits, and taking it away. */
#include "lock_tools.h"

static void forced_release(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *held = open_lock(client, "a", (struct settings){.lease_ms = KEPT_MS});
    distcoord_lock *next = open_lock(other, "a", (struct settings){0});
    distcoord_lock *breaker = open_lock(other, "a", (struct settings){0});
    CHECK_STATUS(distcoord_lock_break(breaker, 0, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_acquire(held, 0, E));
    uint64_t fence = distcoord_lock_fence(held);
    CHECK_STATUS(distcoord_lock_break(breaker, fence + 1, E), DISTCOORD_NOT_HELD);
    CHECK_INT(waiters_of(held), 0);
    struct waiter waiter = {.lock = next, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(held) == 1));

    CHECK_OK(distcoord_lock_break(breaker, fence, E));
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(next) > fence);
    /* Told at the latest with the next renewal, and it harms nobody. */
    int64_t start = now_ms();
    CHECK_INT(distcoord_lock_wait_lost(held, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK(took_less(start, KEPT_MS / 2));
    CHECK_INT(distcoord_lock_state(held), DISTCOORD_LOCK_LOST);
    CHECK_STATUS(distcoord_lock_release(held, E), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_state(next), DISTCOORD_LOCK_HELD);
    CHECK_STATUS(distcoord_lock_acquire(held, 0, E), DISTCOORD_TIMED_OUT);

    /* From the grant of that fence only, and by the holder's own handle as well. */
    CHECK_STATUS(distcoord_lock_break(breaker, fence, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_break(next, 0, E));
    CHECK_OK(distcoord_lock_acquire(held, 2000, E));
    CHECK_STATUS(distcoord_lock_release(next, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_release(held, E));
    distcoord_lock_free(held);
    distcoord_lock_free(next);
    distcoord_lock_free(breaker);
    close_client(client);
    close_client(other);
}

/* A release before the loss was noticed is answered by the server: somebody else's lock is left alone. */
static void release_right_after_a_forced_one(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *held = open_lock(client, "a", (struct settings){.lease_ms = 60000});
    distcoord_lock *next = open_lock(other, "a", (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(held, 0, E));
    CHECK_OK(distcoord_lock_break(next, 0, E));
    CHECK_OK(distcoord_lock_acquire(next, 0, E));
    CHECK_STATUS(distcoord_lock_extend(held, 0, E), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(held, E), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_state(next), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_extend(next, 0, E));
    CHECK_OK(distcoord_lock_release(next, E));
    distcoord_lock_free(held);
    distcoord_lock_free(next);
    close_client(client);
    close_client(other);
}

/* ---------------------------------------------------------------- who holds and who waits */

static void names_of_holder_and_waiters(void)
{
    distcoord_client *holder = open_labelled("holder"), *clients[3];
    const char *const labels[] = {"first", "second", "third"};
    distcoord_lock *held = open_lock(holder, "a", (struct settings){.owner = "run-17"});
    struct waiter waiters[3] = {0};
    distcoord_lock_info *info = NULL;
    CHECK_OK(distcoord_lock_acquire(held, 0, E));
    for (int i = 0; i < 3; i++) {
        clients[i] = open_labelled(labels[i]);
        waiters[i].lock = open_lock(clients[i], "a", (struct settings){0});
        waiters[i].wait_ms = -1;
        start_waiter(&waiters[i]);
        REQUIRE(EVENTUALLY(5000, waiters_of(held) == i + 1));
    }
    REQUIRE_OK(distcoord_lock_inspect(waiters[0].lock, &info, E));
    CHECK_TEXT(distcoord_lock_info_holder(info), "holder");
    CHECK_TEXT(distcoord_lock_info_owner(info), "run-17");
    CHECK_INT(distcoord_lock_info_waiters(info), 3);
    for (size_t i = 0; i < 3; i++) CHECK_TEXT(distcoord_lock_info_waiter(info, i), labels[i]);
    CHECK(distcoord_lock_info_waiter(info, 3) == NULL);
    CHECK(distcoord_lock_info_waiter(info, SIZE_MAX) == NULL);
    distcoord_lock_info_free(info);
    CHECK_OK(distcoord_lock_release(held, E));
    for (int i = 0; i < 3; i++) {
        CHECK_INT(join_waiter(&waiters[i]), DISTCOORD_OK);
        if (i == 0) {
            REQUIRE_OK(distcoord_lock_inspect(held, &info, E));
            CHECK_TEXT(distcoord_lock_info_holder(info), "first");
            CHECK_TEXT(distcoord_lock_info_owner(info), "");
            CHECK_TEXT(distcoord_lock_info_waiter(info, 0), "second");
            CHECK_TEXT(distcoord_lock_info_waiter(info, 1), "third");
            CHECK(distcoord_lock_info_waiter(info, 2) == NULL);
            distcoord_lock_info_free(info);
        }
        give_back(waiters[i].lock);
        close_client(clients[i]);
    }
    distcoord_lock_free(held);
    close_client(holder);
}

static void snapshots_name_a_thousand(void)
{
    enum { COUNT = 1003 };
    static struct waiter waiters[COUNT];
    distcoord_client *client = open_labelled("crowd");
    distcoord_lock *held = open_lock(client, "a", (struct settings){0});
    distcoord_lock_info *info = NULL;
    CHECK_OK(distcoord_lock_acquire(held, 0, E));
    for (int i = 0; i < COUNT; i++) {
        waiters[i].lock = open_lock(client, "a", (struct settings){0});
        waiters[i].wait_ms = -1;
        start_waiter(&waiters[i]);
    }
    REQUIRE(EVENTUALLY(20000, waiters_of(held) == COUNT));
    REQUIRE_OK(distcoord_lock_inspect(held, &info, E));
    CHECK_INT(distcoord_lock_info_waiters(info), COUNT);
    CHECK_TEXT(distcoord_lock_info_waiter(info, 0), "crowd");
    CHECK_TEXT(distcoord_lock_info_waiter(info, 999), "crowd");
    CHECK(distcoord_lock_info_waiter(info, 1000) == NULL);
    distcoord_lock_info_free(info);
    distcoord_client_cancel(client);
    for (int i = 0; i < COUNT; i++) {
        CHECK_INT(join_waiter(&waiters[i]), DISTCOORD_CANCELLED);
        distcoord_lock_free(waiters[i].lock);
    }
    CHECK_INT(waiters_of(held), 0);
    distcoord_lock_free(held);
    close_client(client);
}

static const struct test tests[] = {
    {"lock_forced_release", forced_release},
    {"lock_release_right_after_a_forced_one", release_right_after_a_forced_one},
    {"lock_names_of_holder_and_waiters", names_of_holder_and_waiters},
    {"lock_snapshots_name_a_thousand", snapshots_name_a_thousand},
};

HARNESS_MAIN(tests)
