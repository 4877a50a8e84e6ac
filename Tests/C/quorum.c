/* Locks over several independent servers: held by a majority, whichever it is. */
#include "quorum_tools.h"

static const struct settings plain = {0};

static void as_on_one_server(void)
{
    start_nodes();
    distcoord_client *client = open_quorum(), *other = open_quorum();
    distcoord_lock *lock = open_lock(client, "a", plain), *there = open_lock(other, "a", plain);
    distcoord_lock_info *info = NULL;
    uint64_t fence = 0;
    CHECK(nobody_holds(there));
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_NOT_HELD);
    for (int i = 0; i < 20; i++) {
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
        CHECK(distcoord_lock_fence(lock) > fence && distcoord_lock_fence(lock) < (1ull << 53));
        fence = distcoord_lock_fence(lock);
        CHECK_STATUS(distcoord_lock_acquire(there, 0, E), DISTCOORD_TIMED_OUT);
        CHECK_OK(distcoord_lock_release(lock, E));
        CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
        distcoord_lock *const taken = lock;
        lock = there;
        there = taken;
    }
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    /* Valid for less than the lease: the clocks of servers may differ in speed. */
    int64_t left = distcoord_lock_lease_left_ms(lock);
    CHECK(left > 5000 && left < 10000);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(there, 150, E), DISTCOORD_TIMED_OUT);
    int64_t took = now_ms() - start;
    CHECK(took >= 150 && took_less(start, 1500));
    REQUIRE_OK(distcoord_lock_inspect(there, &info, E));
    CHECK(distcoord_lock_info_fence(info) == distcoord_lock_fence(lock));
    CHECK(strchr(distcoord_lock_info_holder(info), '@') != NULL);
    distcoord_lock_info_free(info);
    /* The last of the servers may hear of who gave up a moment later. */
    CHECK(EVENTUALLY(2000, waiters_of(lock) == 0));
    CHECK_OK(distcoord_lock_extend(lock, 20000, E));
    CHECK(distcoord_lock_lease_left_ms(lock) > 15000);
    struct waiter waiter = {.lock = there, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) == 1));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(there) > distcoord_lock_fence(lock));
    /* Taken away everywhere. */
    CHECK_OK(distcoord_lock_break(lock, 0, E));
    CHECK_OK(distcoord_lock_acquire(lock, 2000, E));
    CHECK_STATUS(distcoord_lock_release(there, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(there);
    close_client(client);
    close_client(other);
    stop_nodes();
}

static void owners(void)
{
    start_nodes();
    distcoord_client *client = open_quorum(), *other = open_quorum();
    distcoord_lock *nobody = open_lock(other, "a", plain);
    const struct settings owned = {.owner = "run-1"};
    distcoord_lock *first = open_lock(client, "a", owned), *second = open_lock(other, "a", owned);
    CHECK_OK(distcoord_lock_acquire(first, 0, E));
    uint64_t fence = distcoord_lock_fence(first);
    CHECK_STATUS(distcoord_lock_acquire(second, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_detach(first, E));
    CHECK_INT(distcoord_lock_state(first), DISTCOORD_LOCK_FREE);
    CHECK_STATUS(distcoord_lock_acquire(nobody, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_adopt(second, E));
    /* Of servers that gave a greater number than the grant's, it may come to know the greater one. */
    CHECK(distcoord_lock_fence(second) >= fence);
    fence = distcoord_lock_fence(second);
    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_OK(distcoord_lock_acquire(nobody, 2000, E));
    CHECK(distcoord_lock_fence(nobody) > fence);
    CHECK_STATUS(distcoord_lock_adopt(first, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_lock_release(nobody, E));
    distcoord_lock_free(nobody);
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    close_client(client);
    close_client(other);
    stop_nodes();
}

static void two_of_five_down(void)
{
    start_nodes();
    distcoord_client *client = open_quorum(), *other = open_quorum();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.lease_ms = KEPT_MS});
    distcoord_lock *there = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    /* One after the other while it is held: kept, for longer than its lease. */
    redis_server_kill(&nodes[1]);
    sleep_ms(300);
    redis_server_kill(&nodes[3]);
    CHECK_INT(distcoord_lock_wait_lost(lock, 3500), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK_STATUS(distcoord_lock_acquire(there, 0, E), DISTCOORD_TIMED_OUT);
    struct waiter waiter = {.lock = there, .wait_ms = -1};
    start_waiter(&waiter);
    sleep_ms(500);
    CHECK(!atomic_load(&waiter.ended));
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK_OK(distcoord_lock_extend(lock, 0, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK(EVENTUALLY(5000, atomic_load(&waiter.ended)));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(there) > fence);
    CHECK_OK(distcoord_lock_release(there, E));
    for (int i = 0; i < 10; i++) {
        CHECK_OK(distcoord_lock_acquire(lock, 5000, E));
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    distcoord_lock_free(lock);
    distcoord_lock_free(there);
    close_quorum(client);
    close_quorum(other);
    stop_nodes();
}

static void three_of_five_down(void)
{
    start_nodes();
    distcoord_client *client = open_quorum(), *other = open_quorum();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.lease_ms = KEPT_MS});
    distcoord_lock *there = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    uint64_t fence = distcoord_lock_fence(lock);
    int64_t start = now_ms();
    for (int i = 0; i < 3; i++) redis_server_kill(&nodes[i]);
    /* The holder is told before the two that are left, or any that come back, can give it to somebody else. */
    CHECK_INT(distcoord_lock_wait_lost(lock, 20000), DISTCOORD_LOST);
    CHECK(took_less(start, KEPT_MS + 500));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_LOST);
    const int64_t waits[] = {0, 100, -1};
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        distcoord_error *error = NULL;
        start = now_ms();
        distcoord_status status = distcoord_lock_acquire(there, waits[i], &error);
        CHECK(status < 0);
        CHECK(distcoord_error_is_retriable(error));
        CHECK(took_less(start, 6000));
        for (int k = 0; k < NODES; k++) {
            bool is_named = strstr(distcoord_error_message(error), nodes[k].socket) != NULL;
            /* One that lives seems to be dead when the machine stands still. */
            if (is_named != (k < 3) && (k < 3 || stood_still_ms() == 0)) {
                report(__FILE__, __LINE__, "names: %s", distcoord_error_message(error));
            }
        }
        distcoord_error_free(error);
        CHECK_INT(distcoord_lock_state(there), DISTCOORD_LOCK_FREE);
    }
    /* One comes back: enough again, once the lease of the lost grant is over. */
    restart_node(1);
    CHECK(EVENTUALLY(15000, distcoord_lock_acquire(there, 1000, NULL) == DISTCOORD_OK));
    CHECK(distcoord_lock_fence(there) > fence);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_LOST);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_state(there), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(there, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(there);
    close_quorum(client);
    close_quorum(other);
    stop_nodes();
}

/* Servers that do not answer are as bad as none: told in time, and not waited for longer than is said. */
static void three_of_five_stopped(void)
{
    start_nodes();
    distcoord_client *client = open_quorum();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.lease_ms = KEPT_MS});
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    int64_t start = now_ms();
    for (int i = 2; i < 5; i++) kill(nodes[i].pid, SIGSTOP);
    CHECK_INT(distcoord_lock_wait_lost(lock, 20000), DISTCOORD_LOST);
    CHECK(took_less(start, KEPT_MS + 500));
    /* The two that are left may refuse first: they still know the grant that was lost. */
    distcoord_status status = DISTCOORD_TIMED_OUT;
    CHECK(EVENTUALLY(10000, (status = distcoord_lock_acquire(lock, 0, NULL)) != DISTCOORD_TIMED_OUT));
    if (status >= 0) report(__FILE__, __LINE__, "acquire answers %s", distcoord_status_name(status));
    start = now_ms();
    CHECK(distcoord_lock_acquire(lock, -1, NULL) < 0);
    CHECK(took_less(start, 12000));
    for (int i = 2; i < 5; i++) kill(nodes[i].pid, SIGCONT);
    CHECK(EVENTUALLY(15000, distcoord_lock_acquire(lock, 1000, NULL) == DISTCOORD_OK));
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    close_quorum(client);
    stop_nodes();
}

static void minimum_nodes(void)
{
    start_nodes();
    char url[1024], message[512];
    quorum_url(url, sizeof url);
    const int64_t refused[] = {1, 2, 6, 64}, accepted[] = {0, 3, 4, 5};
    distcoord_options *options = quorum_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_minimum_nodes(options, -1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_minimum_nodes(options, 65), DISTCOORD_ERROR_INVALID_ARGUMENT);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        CHECK_INT(distcoord_options_set_minimum_nodes(options, refused[i]), DISTCOORD_OK);
        CHECK_STATUS(distcoord_client_open(url, options, &client, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK(client == NULL);
    }
    for (size_t i = 0; i < COUNT_OF(accepted); i++) {
        CHECK_INT(distcoord_options_set_minimum_nodes(options, accepted[i]), DISTCOORD_OK);
        CHECK_OK(distcoord_client_open(url, options, &client, E));
        distcoord_client_free(client);
    }
    CHECK_INT(distcoord_options_set_minimum_nodes(options, 4), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    distcoord_lock *lock = open_lock(client, "a", plain);
    redis_server_kill(&nodes[4]);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    redis_server_kill(&nodes[0]);
    distcoord_error *error = NULL;
    CHECK(distcoord_lock_acquire(lock, 0, &error) < 0);
    snprintf(message, sizeof message, "%s", distcoord_error_message(error));
    CHECK(strstr(message, nodes[0].socket) != NULL && strstr(message, nodes[4].socket) != NULL);
    distcoord_error_free(error);
    distcoord_lock_free(lock);
    close_quorum(client);
    stop_nodes();
}

/* What needs one server says so, and what to do. */
static void what_needs_one_server_is_refused(void)
{
    start_nodes();
    distcoord_client *client = open_quorum();
    const char *const names[] = {"a", "b"};
    distcoord_lock *many = NULL;
    distcoord_rwlock *rwlock = NULL;
    distcoord_semaphore *semaphore = NULL;
    distcoord_queue *queue = NULL;
    distcoord_barrier *barrier = NULL;
    distcoord_holds *holds = NULL;
    distcoord_lock_statistics *statistics = NULL;
    distcoord_error *error = NULL;
#define CHECK_REFUSED(call)                                                                         \
    do {                                                                                            \
        distcoord_error **E = &error;                                                               \
        CHECK((call) < 0);                                                                          \
        if (strstr(distcoord_error_message(error), "quorum") == NULL) {                             \
            report(__FILE__, __LINE__, "%s: %s", #call, distcoord_error_message(error));            \
        }                                                                                           \
        distcoord_error_free(error);                                                                \
        error = NULL;                                                                               \
    } while (0)
    distcoord_lock_options *reentrant = lock_options((struct settings){.reentrant = true});
    CHECK_REFUSED(distcoord_lock_open(client, "a", reentrant, &many, E));
    distcoord_lock_options_free(reentrant);
    CHECK_REFUSED(distcoord_lock_open_many(client, names, 2, NULL, &many, E));
    CHECK_REFUSED(distcoord_rwlock_open(client, "a", NULL, &rwlock, E));
    CHECK_REFUSED(distcoord_semaphore_open(client, "a", 2, NULL, &semaphore, E));
    CHECK_REFUSED(distcoord_queue_open(client, "a", &queue, E));
    CHECK_REFUSED(distcoord_barrier_open(client, "a", 2, &barrier, E));
    CHECK_REFUSED(distcoord_holds_list(client, DISTCOORD_HOLDS_ALL, &holds, E));
    CHECK_REFUSED(distcoord_lock_statistics_read(client, DISTCOORD_KIND_LOCK, "a", &statistics, E));
    CHECK(!many && !rwlock && !semaphore && !queue && !barrier && !holds && !statistics);
    close_client(client);
    stop_nodes();
}

static const struct test tests[] = {
    {"quorum_as_on_one_server", as_on_one_server},
    {"quorum_owners", owners},
    {"quorum_two_of_five_down", two_of_five_down},
    {"quorum_three_of_five_down", three_of_five_down},
    {"quorum_three_of_five_stopped", three_of_five_stopped},
    {"quorum_minimum_nodes", minimum_nodes},
    {"quorum_what_needs_one_server_is_refused", what_needs_one_server_is_refused},
};

HARNESS_MAIN(tests)
