/* Who holds what, who is silent, taking a hold away, and giving back what the dead have left. */
#include "lock_tools.h"

static distcoord_holds *list(distcoord_client *client, int32_t which)
{
    distcoord_holds *holds = NULL;
    REQUIRE_OK(distcoord_holds_list(client, which, &holds, E));
    REQUIRE(holds != NULL);
    return holds;
}

static size_t count_of(distcoord_client *client, int32_t which)
{
    distcoord_holds *holds = list(client, which);
    size_t count = distcoord_holds_count(holds);
    distcoord_holds_free(holds);
    return count;
}

/* One hold of each kind. */
struct all_kinds {
    distcoord_client *client;
    distcoord_lock *lock;
    distcoord_rwlock *rwlock, *other_rwlock;
    distcoord_lock *reader, *writer;
    distcoord_semaphore *semaphore;
    distcoord_lock *permits;
    distcoord_election *election;
};

static struct all_kinds hold_all(distcoord_client *client, int64_t lease_ms)
{
    struct all_kinds all = {.client = client};
    const struct settings settings = {.lease_ms = lease_ms};
    all.lock = open_lock(client, "a lock", (struct settings){.lease_ms = lease_ms, .owner = "run-9"});
    REQUIRE_OK(distcoord_lock_acquire(all.lock, 0, E));
    all.rwlock = open_rwlock(client, "read", settings);
    all.reader = read_now(all.rwlock);
    all.other_rwlock = open_rwlock(client, "written", settings);
    all.writer = write_now(all.other_rwlock);
    all.semaphore = open_semaphore(client, "permits", 5, settings);
    REQUIRE_OK(distcoord_semaphore_acquire(all.semaphore, 3, 0, &all.permits, E));
    distcoord_election_options *options = distcoord_election_options_new();
    CHECK_INT(distcoord_election_options_set_lease_ms(options, lease_ms), DISTCOORD_OK);
    REQUIRE_OK(distcoord_election_open(client, "leader", options, &all.election, E));
    distcoord_election_options_free(options);
    REQUIRE_OK(distcoord_election_campaign(all.election, 0, E));
    return all;
}

static void free_all(struct all_kinds *all)
{
    distcoord_lock_free(all->lock);
    distcoord_lock_free(all->reader);
    distcoord_lock_free(all->writer);
    distcoord_lock_free(all->permits);
    distcoord_election_free(all->election);
    distcoord_rwlock_free(all->rwlock);
    distcoord_rwlock_free(all->other_rwlock);
    distcoord_semaphore_free(all->semaphore);
}

/* Whether another client can have all of it without waiting. */
static void check_all_free(distcoord_client *client)
{
    struct all_kinds all = hold_all(client, 10000);
    CHECK_OK(distcoord_lock_release(all.lock, E));
    CHECK_OK(distcoord_lock_release(all.reader, E));
    CHECK_OK(distcoord_lock_release(all.writer, E));
    CHECK_OK(distcoord_lock_release(all.permits, E));
    CHECK_OK(distcoord_election_resign(all.election, E));
    free_all(&all);
}

/* In the order of the list: by kind and name. */
static const struct {
    int32_t kind;
    const char *name;
} kinds[] = {
    {DISTCOORD_KIND_LOCK, "a lock"},
    {DISTCOORD_KIND_READ, "read"},
    {DISTCOORD_KIND_WRITE, "written"},
    {DISTCOORD_KIND_SEMAPHORE, "permits"},
    {DISTCOORD_KIND_ELECTION, "leader"},
};

static void lists_all_kinds(void)
{
    distcoord_client *client = open_labelled("holder"), *other = open_client();
    CHECK_INT(count_of(other, DISTCOORD_HOLDS_ALL), 0);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t before_ms = now.tv_sec * 1000ll + now.tv_nsec / 1000000;
    struct all_kinds all = hold_all(client, 60000);
    struct waiter waiter = {.lock = open_lock(other, "a lock", (struct settings){0}), .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(all.lock) == 1));
    sleep_ms(30);
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    distcoord_holds *holds = list(other, DISTCOORD_HOLDS_ALL);
    REQUIRE(distcoord_holds_count(holds) == COUNT_OF(kinds));
    const uint64_t fences[] = {distcoord_lock_fence(all.lock), distcoord_lock_fence(all.reader),
        distcoord_lock_fence(all.writer), distcoord_lock_fence(all.permits), distcoord_election_term(all.election)};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        CHECK_INT(distcoord_holds_kind(holds, i), kinds[i].kind);
        CHECK_TEXT(distcoord_holds_name(holds, i), kinds[i].name);
        CHECK_TEXT(distcoord_holds_holder(holds, i), "holder");
        CHECK_TEXT(distcoord_holds_host(holds, i), host);
        CHECK_INT(distcoord_holds_pid(holds, i), getpid());
        CHECK_TEXT(distcoord_holds_owner(holds, i), i == 0 ? "run-9" : "");
        CHECK_TEXT(distcoord_holds_client(holds, i), distcoord_client_id(client));
        CHECK(distcoord_holds_fence(holds, i) == fences[i]);
        CHECK_INT(distcoord_holds_permits(holds, i), kinds[i].kind == DISTCOORD_KIND_SEMAPHORE ? 3 : 1);
        int64_t since = distcoord_holds_since_ms(holds, i), held = distcoord_holds_held_ms(holds, i);
        CHECK(since >= before_ms - 5 && since < before_ms + 10000 * time_factor());
        CHECK(held >= 30 && held < 10000 * time_factor());
        int64_t left = distcoord_holds_lease_left_ms(holds, i);
        CHECK(left > 30000 && left <= 60000);
        CHECK_INT(distcoord_holds_waiters(holds, i), i == 0 ? 1 : 0);
        CHECK(!distcoord_holds_is_stale(holds, i));
    }
    const size_t beyond[] = {COUNT_OF(kinds), SIZE_MAX};
    for (size_t i = 0; i < COUNT_OF(beyond); i++) {
        CHECK_INT(distcoord_holds_kind(holds, beyond[i]), -1);
        CHECK_TEXT(distcoord_holds_name(holds, beyond[i]), "");
        CHECK_TEXT(distcoord_holds_holder(holds, beyond[i]), "");
        CHECK_INT(distcoord_holds_pid(holds, beyond[i]), 0);
        CHECK_INT(distcoord_holds_fence(holds, beyond[i]), 0);
        CHECK_INT(distcoord_holds_permits(holds, beyond[i]), 0);
        CHECK(!distcoord_holds_is_stale(holds, beyond[i]));
        CHECK_STATUS(distcoord_holds_break(other, holds, beyond[i], E), DISTCOORD_NOT_FOUND);
    }
    distcoord_holds_free(holds);
    CHECK_INT(count_of(other, DISTCOORD_HOLDS_STALE), 0);
    distcoord_holds *none = NULL;
    CHECK_STATUS(distcoord_holds_list(other, 2, &none, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_holds_list(other, -1, &none, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_lock_release(all.lock, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK_OK(distcoord_lock_release(waiter.lock, E));
    distcoord_lock_free(waiter.lock);
    free_all(&all);
    close_client(client);
    CHECK_INT(count_of(other, DISTCOORD_HOLDS_ALL), 0);
    close_client(other);
}

/* More than one step of the pass, beside other namespaces and other keys. */
static void lists_thousands(void)
{
    enum { COUNT = 2500 };
    distcoord_client *client = open_client(), *elsewhere = NULL;
    distcoord_options *options = distcoord_options_new();
    CHECK_INT(distcoord_options_set_namespace(options, "another"), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &elsewhere, E));
    distcoord_options_free(options);
    static distcoord_lock *locks[COUNT];
    char name[32], last[32] = "", answer[64];
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "lock-%d", i);
        locks[i] = open_lock(i % 5 == 4 ? elsewhere : client, name, (struct settings){.lease_ms = 60000});
        REQUIRE_OK(distcoord_lock_acquire(locks[i], 0, E));
        if (i % 2) continue;
        snprintf(name, sizeof name, "SET other-%d x", i);
        REQUIRE(redis_server_command(&server, name, answer, sizeof answer) == 0);
    }
    distcoord_holds *holds = list(client, DISTCOORD_HOLDS_ALL);
    CHECK_INT(distcoord_holds_count(holds), COUNT / 5 * 4);
    for (size_t i = 0; i < distcoord_holds_count(holds); i++) {
        CHECK(strcmp(distcoord_holds_name(holds, i), last) > 0);
        snprintf(last, sizeof last, "%s", distcoord_holds_name(holds, i));
    }
    distcoord_holds_free(holds);
    CHECK_INT(count_of(elsewhere, DISTCOORD_HOLDS_ALL), COUNT / 5);
    CHECK_OK(distcoord_client_close(client, E));
    CHECK_OK(distcoord_client_close(elsewhere, E));
    for (int i = 0; i < COUNT; i++) distcoord_lock_free(locks[i]);
    distcoord_client_free(client);
    distcoord_client_free(elsewhere);
}

/* ---------------------------------------------------------------- the silent and the dead */

static void holds_with_a_long_lease(struct shared *shared)
{
    distcoord_client *client = open_client();
    hold_all(client, 60000);
    snprintf(shared->id, sizeof shared->id, "%s", distcoord_client_id(client));
    reach(shared, 1);
    hold_for_ever();
}

static void the_dead_are_stale(void)
{
    struct process process = start_process(holds_with_a_long_lease);
    require_phase(&process, 1);
    distcoord_client *client = open_client();
    CHECK_INT(count_of(client, DISTCOORD_HOLDS_ALL), 5);
    CHECK_INT(count_of(client, DISTCOORD_HOLDS_STALE), 0);
    kill_process(&process);
    CHECK(EVENTUALLY(5000, count_of(client, DISTCOORD_HOLDS_STALE) == 5));
    distcoord_holds *holds = list(client, DISTCOORD_HOLDS_STALE);
    for (size_t i = 0; i < distcoord_holds_count(holds); i++) {
        CHECK(distcoord_holds_is_stale(holds, i));
        CHECK_INT(distcoord_holds_kind(holds, i), kinds[i].kind);
        CHECK_TEXT(distcoord_holds_client(holds, i), process.shared->id);
        CHECK_INT(distcoord_holds_pid(holds, i), process.pid);
    }
    distcoord_holds_free(holds);
    /* Given back by anybody who knows that it is dead; once. */
    int64_t count = -1;
    CHECK_OK(distcoord_holds_release_client(client, "nobody", &count, E));
    CHECK_INT(count, 0);
    CHECK_INT(count_of(client, DISTCOORD_HOLDS_ALL), 5);
    CHECK_OK(distcoord_holds_release_client(client, process.shared->id, &count, E));
    CHECK_INT(count, 5);
    CHECK_INT(count_of(client, DISTCOORD_HOLDS_ALL), 0);
    CHECK_OK(distcoord_holds_release_client(client, process.shared->id, NULL, E));
    check_all_free(client);
    close_client(client);
}

static void holds_with_a_lease_of_seconds(struct shared *shared)
{
    distcoord_lock *lock = open_lock(open_client(), "a", (struct settings){.lease_ms = 6000});
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    reach(shared, 1);
    hold_for_ever();
}

/* Connected, but it has missed a renewal: stale, and no longer so when it has caught up. */
static void the_silent_are_stale(void)
{
    struct process process = start_process(holds_with_a_lease_of_seconds);
    require_phase(&process, 1);
    distcoord_client *client = open_client();
    CHECK_INT(count_of(client, DISTCOORD_HOLDS_STALE), 0);
    kill(process.pid, SIGSTOP);
    CHECK(EVENTUALLY(5500, count_of(client, DISTCOORD_HOLDS_STALE) == 1));
    CHECK_INT(count_of(client, DISTCOORD_HOLDS_ALL), 1);
    kill(process.pid, SIGCONT);
    CHECK(EVENTUALLY(5000, count_of(client, DISTCOORD_HOLDS_STALE) == 0));
    CHECK_INT(count_of(client, DISTCOORD_HOLDS_ALL), 1);
    kill_process(&process);
    close_client(client);
}

/* ---------------------------------------------------------------- taking one away */

static void broken_through_the_list(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    struct all_kinds all = hold_all(client, 1500);
    distcoord_rwlock *written = open_rwlock(other, "written", (struct settings){0});
    struct waiter waiter = {.rwlock = written, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, inside_of(written).waiters == 1));
    distcoord_holds *holds = list(other, DISTCOORD_HOLDS_ALL);
    REQUIRE(distcoord_holds_count(holds) == COUNT_OF(kinds));
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        CHECK_OK(distcoord_holds_break(other, holds, i, E));
        CHECK_STATUS(distcoord_holds_break(other, holds, i, E), DISTCOORD_NOT_HELD);
    }
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    give_back(waiter.hold);
    check_all_free(other);
    CHECK_INT(distcoord_lock_wait_lost(all.lock, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_wait_lost(all.reader, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_wait_lost(all.writer, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_wait_lost(all.permits, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_INT(distcoord_election_wait_lost(all.election, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(all.lock, E), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_election_resign(all.election, E), DISTCOORD_LOST);
    /* A list is of its moment: what has been acquired since is left alone. */
    CHECK_OK(distcoord_lock_acquire(all.lock, 0, E));
    CHECK_STATUS(distcoord_holds_break(other, holds, 0, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_extend(all.lock, 0, E));
    distcoord_holds_free(holds);
    distcoord_rwlock_free(written);
    free_all(&all);
    close_client(client);
    close_client(other);
}

static const struct test tests[] = {
    {"monitor_lists_all_kinds", lists_all_kinds},
    {"monitor_lists_thousands", lists_thousands},
    {"monitor_the_dead_are_stale", the_dead_are_stale},
    {"monitor_the_silent_are_stale", the_silent_are_stale},
    {"monitor_broken_through_the_list", broken_through_the_list},
};

HARNESS_MAIN(tests)
