/* Nothing is kept for ever: every key that locks of any kind leave on the server is forgotten in the end. */
#include "lock_tools.h"

/* Reports the keys of this test's namespace that have no end. */
static void check_retention(int line)
{
    char command[512], answer[1024] = "";
    snprintf(command, sizeof command,
        "EVAL \"local kept = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
        "if redis.call('PTTL', key) == -1 then kept[#kept + 1] = key end end "
        "return redis.status_reply(#kept .. ' ' .. table.concat(kept, ' '))\" 0");
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    if (strncmp(answer, "+0 ", 3) != 0) report(__FILE__, line, "kept for ever: %s", answer + 1);
}
#define CHECK_RETENTION() check_retention(__LINE__)

static const struct settings plain = {0};
static const char *const names[] = {"a", "b", "c"};

/* Stands in the line of everything. */
static void waits_until_it_is_killed(struct shared *shared)
{
    distcoord_client *client = open_client();
    struct waiter waiters[4] = {
        {.lock = open_lock(client, "a", plain), .wait_ms = -1},
        {.lock = open_many(client, names, 3, 0), .wait_ms = -1},
        {.rwlock = open_rwlock(client, "a", plain), .writes = true, .wait_ms = -1},
        {.semaphore = open_semaphore(client, "a", 2, plain), .count = 2, .wait_ms = -1},
    };
    reach(shared, 1);
    wait_until_wanted(shared, 1);
    for (int i = 0; i < 4; i++) start_waiter(&waiters[i]);
    hold_for_ever();
}

static void lines_and_states(void)
{
    struct process doomed = start_process(waits_until_it_is_killed);
    require_phase(&doomed, 1);
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.lease_ms = KEPT_MS});
    distcoord_rwlock *rwlock = open_rwlock(client, "a", (struct settings){.lease_ms = KEPT_MS});
    distcoord_semaphore *semaphore = open_semaphore(client, "a", 2, (struct settings){.lease_ms = KEPT_MS});
    distcoord_lock *hold = NULL, *permit = NULL;
    CHECK_OK(distcoord_lock_acquire(lock, 5000, E));
    CHECK_OK(distcoord_rwlock_write(rwlock, 5000, &hold, E));
    CHECK_OK(distcoord_semaphore_acquire(semaphore, 2, 5000, &permit, E));
    CHECK_RETENTION();
    send_on(&doomed, 1);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) == 2));
    struct waiter waiters[6] = {
        {.lock = open_lock(other, "a", plain), .wait_ms = -1},
        {.lock = open_many(other, names, 3, 0), .wait_ms = 300},
        {.rwlock = open_rwlock(other, "a", plain), .wait_ms = 300},
        {.rwlock = open_rwlock(other, "a", plain), .writes = true, .wait_ms = -1},
        {.semaphore = open_semaphore(other, "a", 2, plain), .wait_ms = 300},
        {.semaphore = open_semaphore(other, "a", 2, plain), .count = 2, .wait_ms = -1},
    };
    for (int i = 0; i < 6; i++) start_waiter(&waiters[i]);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) >= 3));
    REQUIRE(EVENTUALLY(5000, inside_of(rwlock).waiters >= 2));
    REQUIRE(EVENTUALLY(5000, standing_of(semaphore).waiters >= 2));
    CHECK_RETENTION();
    kill_process(&doomed);
    CHECK_INT(join_waiter(&waiters[1]), DISTCOORD_TIMED_OUT);
    CHECK_INT(join_waiter(&waiters[2]), DISTCOORD_TIMED_OUT);
    CHECK_INT(join_waiter(&waiters[4]), DISTCOORD_TIMED_OUT);
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_RETENTION();
    give_back(hold);
    give_back(permit);
    CHECK_INT(join_waiter(&waiters[0]), DISTCOORD_OK);
    CHECK_INT(join_waiter(&waiters[3]), DISTCOORD_OK);
    CHECK_INT(join_waiter(&waiters[5]), DISTCOORD_OK);
    CHECK_RETENTION();
    CHECK_OK(distcoord_semaphore_resize(semaphore, 1, E));
    CHECK_OK(distcoord_lock_release(waiters[0].lock, E));
    give_back(waiters[3].hold);
    give_back(waiters[5].hold);
    CHECK_RETENTION();
    for (int i = 0; i < 6; i++) {
        distcoord_lock_free(waiters[i].lock);
        distcoord_rwlock_free(waiters[i].rwlock);
        distcoord_semaphore_free(waiters[i].semaphore);
    }
    distcoord_lock_free(lock);
    distcoord_rwlock_free(rwlock);
    distcoord_semaphore_free(semaphore);
    close_client(client);
    close_client(other);
    /* With the statistics that closing has added up. */
    CHECK_RETENTION();
}

static void levels_owners_and_several(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *reentrant = open_lock(client, "levels", (struct settings){.reentrant = true, .owner = "run-1"});
    distcoord_lock *lingering = open_lock(client, "lingering", (struct settings){.linger_ms = 100});
    distcoord_lock *many = open_many(client, names, 3, 0), *single = open_lock(other, "b", plain);
    for (int i = 0; i < 3; i++) CHECK_OK(distcoord_lock_acquire(reentrant, 0, E));
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_detach(reentrant, E));
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_adopt(reentrant, E));
    for (int i = 0; i < 3; i++) CHECK_OK(distcoord_lock_release(reentrant, E));
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_acquire(lingering, 0, E));
    CHECK_OK(distcoord_lock_release(lingering, E));
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    CHECK_RETENTION();
    struct waiter waiter = {.lock = single, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(many) == 1 || waiters_of(single) == 1));
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_release(many, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    waiter = (struct waiter){.lock = many, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(single) == 1));
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_break(single, 0, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK_RETENTION();
    CHECK_OK(distcoord_lock_release(many, E));
    CHECK_STATUS(distcoord_lock_release(single, E), DISTCOORD_LOST);
    CHECK_RETENTION();
    distcoord_lock_free(reentrant);
    distcoord_lock_free(lingering);
    distcoord_lock_free(many);
    distcoord_lock_free(single);
    close_client(client);
    close_client(other);
    CHECK_RETENTION();
}

static const struct test tests[] = {
    {"retention_lines_and_states", lines_and_states},
    {"retention_levels_owners_and_several", levels_owners_and_several},
};

HARNESS_MAIN(tests)
