/* Every function of locks and of what is built from them with NULL wherever it can be passed. */
#include "null_tools.h"

static void lock(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = NULL;
    distcoord_lock_info *info = NULL;
    CHECK_SETTER_INVALID(distcoord_lock_options_set_lease_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_lock_options_set_renew(NULL, true));
    CHECK_SETTER_INVALID(distcoord_lock_options_set_wait_ms(NULL, 0));
    CHECK_SETTER_INVALID(distcoord_lock_options_set_owner(NULL, "o"));
    CHECK_SETTER_INVALID(distcoord_lock_options_set_reentrant(NULL, true));
    CHECK_SETTER_INVALID(distcoord_lock_options_set_fair(NULL, true));
    CHECK_SETTER_INVALID(distcoord_lock_options_set_linger_ms(NULL, 0));
    CHECK_SETTER_INVALID(distcoord_lock_options_set_tracing(NULL, true));
    distcoord_lock_options *options = distcoord_lock_options_new();
    REQUIRE(options != NULL);
    distcoord_lock_options_free(options);
    distcoord_lock_options_free(NULL);
    CHECK_INVALID(distcoord_lock_open(NULL, "a", NULL, &lock, E));
    CHECK_INVALID(distcoord_lock_open(client, NULL, NULL, &lock, E));
    CHECK_INVALID(distcoord_lock_open(client, "a", NULL, NULL, E));
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    CHECK_INVALID(distcoord_lock_acquire(NULL, 0, E));
    CHECK_INVALID(distcoord_lock_release(NULL, E));
    CHECK_INVALID(distcoord_lock_extend(NULL, 0, E));
    CHECK_INVALID(distcoord_lock_adopt(NULL, E));
    CHECK_INVALID(distcoord_lock_detach(NULL, E));
    CHECK_INVALID(distcoord_lock_break(NULL, 0, E));
    CHECK_INT(distcoord_lock_depth(NULL), 0);
    CHECK_INT(distcoord_lock_state(NULL), DISTCOORD_LOCK_FREE);
    CHECK_INT(distcoord_lock_fence(NULL), 0);
    CHECK_INT(distcoord_lock_lease_left_ms(NULL), 0);
    CHECK_INT(distcoord_lock_wait_lost(NULL, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_lock_event_fd(NULL), -1);
    distcoord_lock_cancel(NULL);
    CHECK_INVALID(distcoord_lock_inspect(NULL, &info, E));
    CHECK_INVALID(distcoord_lock_inspect(lock, NULL, E));
    CHECK_TEXT(distcoord_lock_info_holder(NULL), "");
    CHECK_TEXT(distcoord_lock_info_owner(NULL), "");
    CHECK(distcoord_lock_info_waiter(NULL, 0) == NULL);
    CHECK_INT(distcoord_lock_info_fence(NULL), 0);
    CHECK_INT(distcoord_lock_info_held_ms(NULL), 0);
    CHECK_INT(distcoord_lock_info_lease_left_ms(NULL), 0);
    CHECK_INT(distcoord_lock_info_waiters(NULL), 0);
    distcoord_lock_info_free(NULL);
    distcoord_lock_free(NULL);
    distcoord_lock_free(lock);
    close_client(client);
}

static void several_locks(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = NULL;
    const char *const names[] = {"a", "b"}, *const with_null[] = {"a", NULL};
    CHECK_INVALID(distcoord_lock_open_many(NULL, names, 2, NULL, &lock, E));
    CHECK_INVALID(distcoord_lock_open_many(client, NULL, 2, NULL, &lock, E));
    CHECK_INVALID(distcoord_lock_open_many(client, NULL, 0, NULL, &lock, E));
    CHECK_INVALID(distcoord_lock_open_many(client, with_null, 2, NULL, &lock, E));
    CHECK_INVALID(distcoord_lock_open_many(client, names, 2, NULL, NULL, E));
    CHECK(lock == NULL);
    close_client(client);
}

static void rwlock(void)
{
    distcoord_client *client = open_client();
    distcoord_rwlock *rwlock = NULL;
    distcoord_lock *hold = NULL;
    CHECK_INVALID(distcoord_rwlock_open(NULL, "a", NULL, &rwlock, E));
    CHECK_INVALID(distcoord_rwlock_open(client, NULL, NULL, &rwlock, E));
    CHECK_INVALID(distcoord_rwlock_open(client, "a", NULL, NULL, E));
    REQUIRE_OK(distcoord_rwlock_open(client, "a", NULL, &rwlock, E));
    CHECK_INVALID(distcoord_rwlock_read(NULL, 0, &hold, E));
    CHECK_INVALID(distcoord_rwlock_read(rwlock, 0, NULL, E));
    CHECK_INVALID(distcoord_rwlock_write(NULL, 0, &hold, E));
    CHECK_INVALID(distcoord_rwlock_write(rwlock, 0, NULL, E));
    CHECK_INVALID(distcoord_rwlock_downgrade(NULL, E));
    CHECK_INVALID(distcoord_rwlock_inspect(NULL, NULL, NULL, NULL, E));
    CHECK_BOTH(distcoord_rwlock_inspect(rwlock, NULL, NULL, NULL, E), DISTCOORD_OK);
    distcoord_rwlock_cancel(NULL);
    /* What was refused has acquired nothing. */
    REQUIRE_OK(distcoord_rwlock_write(rwlock, 0, &hold, E));
    CHECK_OK(distcoord_lock_release(hold, E));
    distcoord_lock_free(hold);
    distcoord_rwlock_free(NULL);
    distcoord_rwlock_free(rwlock);
    close_client(client);
}

static void semaphore(void)
{
    distcoord_client *client = open_client();
    distcoord_semaphore *semaphore = NULL;
    distcoord_lock *permit = NULL;
    CHECK_INVALID(distcoord_semaphore_open(NULL, "a", 1, NULL, &semaphore, E));
    CHECK_INVALID(distcoord_semaphore_open(client, NULL, 1, NULL, &semaphore, E));
    CHECK_INVALID(distcoord_semaphore_open(client, "a", 1, NULL, NULL, E));
    REQUIRE_OK(distcoord_semaphore_open(client, "a", 1, NULL, &semaphore, E));
    CHECK_INVALID(distcoord_semaphore_acquire(NULL, 1, 0, &permit, E));
    CHECK_INVALID(distcoord_semaphore_acquire(semaphore, 1, 0, NULL, E));
    CHECK_INVALID(distcoord_semaphore_resize(NULL, 1, E));
    CHECK_INVALID(distcoord_semaphore_inspect(NULL, NULL, NULL, NULL, E));
    CHECK_BOTH(distcoord_semaphore_inspect(semaphore, NULL, NULL, NULL, E), DISTCOORD_OK);
    distcoord_semaphore_cancel(NULL);
    REQUIRE_OK(distcoord_semaphore_acquire(semaphore, 1, 0, &permit, E));
    CHECK_OK(distcoord_lock_release(permit, E));
    distcoord_lock_free(permit);
    distcoord_semaphore_free(NULL);
    distcoord_semaphore_free(semaphore);
    close_client(client);
}

static void monitor(void)
{
    distcoord_client *client = open_client();
    distcoord_holds *holds = NULL;
    CHECK_INVALID(distcoord_holds_list(NULL, DISTCOORD_HOLDS_ALL, &holds, E));
    CHECK_INVALID(distcoord_holds_list(client, DISTCOORD_HOLDS_ALL, NULL, E));
    CHECK_INT(distcoord_holds_count(NULL), 0);
    CHECK_INT(distcoord_holds_kind(NULL, 0), -1);
    CHECK_TEXT(distcoord_holds_name(NULL, 0), "");
    CHECK_TEXT(distcoord_holds_holder(NULL, 0), "");
    CHECK_TEXT(distcoord_holds_host(NULL, 0), "");
    CHECK_INT(distcoord_holds_pid(NULL, 0), 0);
    CHECK_TEXT(distcoord_holds_owner(NULL, 0), "");
    CHECK_TEXT(distcoord_holds_client(NULL, 0), "");
    CHECK_INT(distcoord_holds_fence(NULL, 0), 0);
    CHECK_INT(distcoord_holds_permits(NULL, 0), 0);
    CHECK_INT(distcoord_holds_since_ms(NULL, 0), 0);
    CHECK_INT(distcoord_holds_held_ms(NULL, 0), 0);
    CHECK_INT(distcoord_holds_lease_left_ms(NULL, 0), 0);
    CHECK_INT(distcoord_holds_waiters(NULL, 0), 0);
    CHECK(!distcoord_holds_is_stale(NULL, 0));
    REQUIRE_OK(distcoord_holds_list(client, DISTCOORD_HOLDS_ALL, &holds, E));
    CHECK_INVALID(distcoord_holds_break(NULL, holds, 0, E));
    CHECK_INVALID(distcoord_holds_break(client, NULL, 0, E));
    CHECK_BOTH(distcoord_holds_break(client, holds, 0, E), DISTCOORD_NOT_FOUND);
    distcoord_holds_free(holds);
    distcoord_holds_free(NULL);
    CHECK_INVALID(distcoord_holds_release_client(NULL, "c", NULL, E));
    CHECK_INVALID(distcoord_holds_release_client(client, NULL, NULL, E));
    CHECK_INVALID(distcoord_guardian_run(NULL, 1, "c", NULL, E));
    CHECK_INVALID(distcoord_guardian_run(client, 1, NULL, NULL, E));
    CHECK_INVALID(distcoord_guardian_run(client, 0, "c", NULL, E));
    CHECK_INVALID(distcoord_guardian_run(client, -1, "c", NULL, E));
    close_client(client);
}

static void statistics(void)
{
    distcoord_client *client = open_client();
    distcoord_lock_statistics *statistics = NULL;
    CHECK_INVALID(distcoord_lock_statistics_read(NULL, DISTCOORD_KIND_LOCK, "a", &statistics, E));
    CHECK_INVALID(distcoord_lock_statistics_read(client, DISTCOORD_KIND_LOCK, "a", NULL, E));
    CHECK_INT(distcoord_lock_statistics_count(NULL, DISTCOORD_COUNT_ACQUIRED), 0);
    CHECK(distcoord_lock_statistics_mean_us(NULL, DISTCOORD_TIME_WAIT) == 0);
    CHECK(distcoord_lock_statistics_percentile_us(NULL, DISTCOORD_TIME_WAIT, 50) == 0);
    distcoord_lock_statistics_free(NULL);
    CHECK_INVALID(distcoord_lock_statistics_reset(NULL, DISTCOORD_KIND_LOCK, "a", E));
    CHECK_BOTH(distcoord_lock_statistics_reset(client, DISTCOORD_KIND_LOCK, NULL, E), DISTCOORD_OK);
    close_client(client);
}

static const struct test tests[] = {
    {"null_lock", lock},
    {"null_several_locks", several_locks},
    {"null_rwlock", rwlock},
    {"null_semaphore", semaphore},
    {"null_monitor", monitor},
    {"null_statistics", statistics},
};

HARNESS_MAIN(tests)
