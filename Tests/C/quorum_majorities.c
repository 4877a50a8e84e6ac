/* Several servers that come and go: one holder at a time, and a fence that grows from majority to majority. */
#include "quorum_tools.h"

static const struct settings plain = {0};

static void fence_grows_over_changing_majorities(void)
{
    start_nodes();
    distcoord_client *client = open_quorum();
    distcoord_lock *lock = open_lock(client, "a", plain);
    uint64_t fence = 0;
    for (int round = 0; round < 10; round++) {
        int first = round % NODES, second = (round + 1 + round / NODES) % NODES;
        redis_server_kill(&nodes[first]);
        redis_server_kill(&nodes[second]);
        /* A majority is there, but the client may not have found those again that have just come back. */
        REQUIRE(EVENTUALLY(10000, distcoord_lock_acquire(lock, 10000, NULL) == DISTCOORD_OK));
        CHECK_OK(distcoord_lock_release(lock, E));
        for (int i = 0; i < 5; i++) {
            REQUIRE_OK(distcoord_lock_acquire(lock, 10000, E));
            CHECK(distcoord_lock_fence(lock) > fence);
            fence = distcoord_lock_fence(lock);
            CHECK_OK(distcoord_lock_release(lock, E));
        }
        restart_node(first);
        restart_node(second);
    }
    distcoord_lock_free(lock);
    close_quorum(client);
    stop_nodes();
}

/*
 * One server has given a number that is an hour ahead of all clocks. Whoever has seen it writes it back to a majority,
 * so it is not forgotten when that server is away. The field `f` of a lock's record is its last fence.
 */
static void a_number_far_ahead_is_not_forgotten(void)
{
    start_nodes();
    distcoord_client *client = open_quorum();
    distcoord_lock *lock = open_lock(client, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    uint64_t ahead = distcoord_lock_fence(lock) + 3600ull * 1000000;
    CHECK_OK(distcoord_lock_release(lock, E));
    char command[512], answer[128];
    snprintf(command, sizeof command,
        "EVAL \"local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do "
        "if redis.call('TYPE', key).ok == 'hash' and redis.call('HEXISTS', key, 'f') == 1 then "
        "redis.call('HSET', key, 'f', ARGV[1]) n = n + 1 end end return n\" 0 %llu",
        (unsigned long long)ahead);
    /* The server that is asked must answer in time, or its number need not be part of the majority's. */
    REQUIRE(redis_server_command(&nodes[2], command, answer, sizeof answer) == 0);
    CHECK_TEXT(answer, ":1");
    redis_server_kill(&nodes[0]);
    redis_server_kill(&nodes[1]);
    CHECK_OK(distcoord_lock_acquire(lock, 10000, E));
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK(fence > ahead);
    CHECK_OK(distcoord_lock_release(lock, E));
    restart_node(0);
    restart_node(1);
    redis_server_kill(&nodes[2]);
    for (int other = 3; other < NODES; other++) {
        redis_server_kill(&nodes[other]);
        CHECK(EVENTUALLY(10000, distcoord_lock_acquire(lock, 1000, NULL) == DISTCOORD_OK));
        CHECK(distcoord_lock_fence(lock) > fence);
        fence = distcoord_lock_fence(lock);
        CHECK_OK(distcoord_lock_release(lock, E));
        restart_node(other);
    }
    distcoord_lock_free(lock);
    close_quorum(client);
    stop_nodes();
}

/* ---------------------------------------------------------------- one holder at a time */

static atomic_int inside, rounds, errors;
static _Atomic uint64_t last_fence;
static atomic_bool enough;

static void *compete(void *argument)
{
    distcoord_client *client = argument;
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.lease_ms = 5000});
    while (!atomic_load(&enough)) {
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_lock_acquire(lock, 5000, &error);
        if (status == DISTCOORD_OK) {
            if (atomic_fetch_add(&inside, 1) != 0) report(__FILE__, __LINE__, "two hold the lock");
            if (distcoord_lock_fence(lock) <= last_fence) report(__FILE__, __LINE__, "the fence does not grow");
            last_fence = distcoord_lock_fence(lock);
            atomic_fetch_add(&rounds, 1);
            sleep_ms(1);
            atomic_fetch_sub(&inside, 1);
            /* It may be that the answer of some server is not had; it is let go all the same. */
            status = distcoord_lock_release(lock, NULL);
            if (status > 0) report(__FILE__, __LINE__, "release: %s", distcoord_status_name(status));
        } else if (status < 0) {
            if (!distcoord_error_is_retriable(error)) {
                report(__FILE__, __LINE__, "acquire: %s", distcoord_error_message(error));
            }
            atomic_fetch_add(&errors, 1);
        }
        distcoord_error_free(error);
    }
    distcoord_lock_free(lock);
    return NULL;
}

static void never_two_holders(void)
{
    enum { CLIENTS = 3, THREADS = 6 };
    start_nodes();
    distcoord_client *clients[CLIENTS];
    pthread_t threads[THREADS];
    for (int i = 0; i < CLIENTS; i++) clients[i] = open_quorum();
    for (int i = 0; i < THREADS; i++) threads[i] = start_thread(compete, clients[i % CLIENTS]);
    for (int round = 0; round < 8; round++) {
        int before = atomic_load(&rounds), first = round % NODES, second = (round + 2) % NODES;
        redis_server_kill(&nodes[first]);
        redis_server_kill(&nodes[second]);
        /* It goes on with whatever majority is there. */
        CHECK(EVENTUALLY(8000, atomic_load(&rounds) >= before + 3));
        restart_node(first);
        restart_node(second);
    }
    atomic_store(&enough, true);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    printf("     %d acquisitions, %d errors\n", atomic_load(&rounds), atomic_load(&errors));
    distcoord_lock *lock = open_lock(clients[0], "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 10000, E));
    distcoord_lock_free(lock);
    for (int i = 0; i < CLIENTS; i++) close_quorum(clients[i]);
    stop_nodes();
}

/* ---------------------------------------------------------------- many who wait */

static atomic_int served;

static void *wait_once(void *argument)
{
    distcoord_lock *lock = argument;
    REQUIRE_OK(distcoord_lock_acquire(lock, 30000, E));
    if (atomic_fetch_add(&inside, 1) != 0) report(__FILE__, __LINE__, "two hold the lock");
    atomic_fetch_add(&served, 1);
    atomic_fetch_sub(&inside, 1);
    CHECK_OK(distcoord_lock_release(lock, E));
    return NULL;
}

static void waiters_are_served(void)
{
    enum { COUNT = 8 };
    start_nodes();
    distcoord_client *clients[2] = {open_quorum(), open_quorum()};
    distcoord_lock *gate = open_lock(clients[0], "a", plain), *locks[COUNT];
    pthread_t threads[COUNT];
    CHECK_OK(distcoord_lock_acquire(gate, 0, E));
    for (int i = 0; i < COUNT; i++) {
        locks[i] = open_lock(clients[i % 2], "a", plain);
        threads[i] = start_thread(wait_once, locks[i]);
    }
    REQUIRE(EVENTUALLY(10000, waiters_of(gate) == COUNT));
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_release(gate, E));
    for (int i = 0; i < COUNT; i++) pthread_join(threads[i], NULL);
    CHECK_INT(served, COUNT);
    CHECK(took_less(start, 10000));
    printf("     %d waiters served in %lld ms\n", COUNT, (long long)(now_ms() - start));
    CHECK(nobody_holds(gate));
    for (int i = 0; i < COUNT; i++) distcoord_lock_free(locks[i]);
    distcoord_lock_free(gate);
    close_client(clients[0]);
    close_client(clients[1]);
    stop_nodes();
}

static void holds_until_it_is_killed(struct shared *shared)
{
    distcoord_client *client = NULL;
    distcoord_options *options = quorum_options();
    wait_until_wanted(shared, 1);
    REQUIRE_OK(distcoord_client_open(shared->url, options, &client, E));
    distcoord_options_free(options);
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.lease_ms = KEPT_MS});
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    shared->fence = distcoord_lock_fence(lock);
    reach(shared, 1);
    hold_for_ever();
}

static void killed_holder(void)
{
    struct process process = start_process(holds_until_it_is_killed);
    start_nodes();
    quorum_url(process.shared->url, sizeof process.shared->url);
    send_on(&process, 1);
    require_phase(&process, 1);
    distcoord_client *client = open_quorum();
    distcoord_lock *lock = open_lock(client, "a", plain);
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    kill_process(&process);
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_acquire(lock, 20000, E));
    CHECK(took_less(start, KEPT_MS + 2500));
    CHECK(distcoord_lock_fence(lock) > process.shared->fence);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    close_client(client);
    stop_nodes();
}

static const struct test tests[] = {
    {"quorum_fence_grows_over_changing_majorities", fence_grows_over_changing_majorities},
    {"quorum_a_number_far_ahead_is_not_forgotten", a_number_far_ahead_is_not_forgotten},
    {"quorum_never_two_holders", never_two_holders},
    {"quorum_waiters_are_served", waiters_are_served},
    {"quorum_killed_holder", killed_holder},
};

HARNESS_MAIN(tests)
