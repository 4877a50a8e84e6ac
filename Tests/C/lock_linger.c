/* Lingering locks: taken again without a round trip, recalled by who waits elsewhere, and as safe as any other. */
#include "lock_tools.h"

static const struct settings lingering = {.linger_ms = 60000};
static const struct settings plain = {0};

/* How many commands a number of pairs of acquire and release have cost the server. */
static long long commands_of_pairs(distcoord_lock *lock, int pairs)
{
    long long before = redis_server_number(&server, "total_commands_processed");
    REQUIRE(before >= 0);
    for (int i = 0; i < pairs; i++) {
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    return redis_server_number(&server, "total_commands_processed") - before;
}

static void acquired_again_without_a_message(void)
{
    enum { PAIRS = 1000 };
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_lock(client, "a", lingering), *usual = open_lock(client, "b", plain);
    /* What is counted is what is meant: a lock that does not linger costs messages for every pair. */
    CHECK(commands_of_pairs(usual, PAIRS) >= 2 * PAIRS);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    CHECK_INT(distcoord_lock_depth(lock), 0);
    CHECK_INT(distcoord_lock_lease_left_ms(lock), 0);
    int64_t start = now_ms();
    /* Renewals and statistics of the time that it took are all that is sent. */
    long long sent = commands_of_pairs(lock, PAIRS), took = now_ms() - start;
    if (sent >= 50 + took / 50) report(__FILE__, __LINE__, "%lld commands in %lld ms", sent, took);
    CHECK(distcoord_lock_fence(lock) == fence);
    CHECK_STATUS(distcoord_lock_release(lock, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_lock_extend(lock, 0, E), DISTCOORD_NOT_HELD);
    CHECK_INT(distcoord_lock_wait_lost(lock, 0), DISTCOORD_NOT_HELD);
    /* The handle is a mutex to its own threads as ever. */
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_acquire(lock, 50, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_lock_depth(lock), 1);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(usual);
    close_client(client);
}

static void recalled_at_once_when_idle(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", lingering), *elsewhere = open_lock(other, "a", plain);
    distcoord_lock *beside = open_lock(client, "a", plain);
    distcoord_lock *const takers[] = {elsewhere, beside};
    for (size_t i = 0; i < COUNT_OF(takers); i++) {
        for (int round = 0; round < 20; round++) {
            CHECK_OK(distcoord_lock_acquire(lock, 0, E));
            uint64_t fence = distcoord_lock_fence(lock);
            CHECK_OK(distcoord_lock_release(lock, E));
            int64_t start = now_ms();
            CHECK_OK(distcoord_lock_acquire(takers[i], -1, E));
            CHECK(took_less(start, 500));
            CHECK(distcoord_lock_fence(takers[i]) > fence);
            CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
            CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
            CHECK_OK(distcoord_lock_release(takers[i], E));
        }
    }
    distcoord_lock_free(lock);
    distcoord_lock_free(elsewhere);
    distcoord_lock_free(beside);
    close_client(client);
    close_client(other);
}

/* One that only tries gives the recall a moment. */
static void tried_elsewhere(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", lingering), *elsewhere = open_lock(other, "a", plain);
    int had = 0;
    for (int round = 0; round < 20; round++) {
        CHECK_OK(distcoord_lock_acquire(lock, 5000, E));
        CHECK_OK(distcoord_lock_release(lock, E));
        int64_t start = now_ms();
        distcoord_status status = distcoord_lock_acquire(elsewhere, 0, NULL);
        CHECK(took_less(start, 250));
        if (status != DISTCOORD_OK) continue;
        had++;
        CHECK_OK(distcoord_lock_release(elsewhere, E));
    }
    /* A machine that is busy may be slower than that moment now and then. */
    CHECK(had >= 15);
    CHECK_OK(distcoord_lock_acquire(lock, 5000, E));
    CHECK_STATUS(distcoord_lock_acquire(elsewhere, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(elsewhere);
    close_client(client);
    close_client(other);
}

static void recalled_at_the_release_when_in_use(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", lingering), *elsewhere = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    struct waiter waiter = {.lock = elsewhere, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(lock) == 1));
    sleep_ms(200);
    CHECK(!atomic_load(&waiter.ended));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(lock, E));
    /* The recall wins over this. */
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK_OK(distcoord_lock_release(elsewhere, E));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK(distcoord_lock_fence(lock) > distcoord_lock_fence(elsewhere));
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(elsewhere);
    close_client(client);
    close_client(other);
}

static void given_back_when_the_time_is_over(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.linger_ms = 400});
    distcoord_lock *elsewhere = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK(!nobody_holds(elsewhere) || now_ms() - start >= 400);
    REQUIRE(EVENTUALLY(5000, nobody_holds(elsewhere)));
    int64_t took = now_ms() - start;
    CHECK(took >= 395 && took_less(start, 1500));
    /* Each release starts the time anew. */
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    start = now_ms();
    while (now_ms() - start < 800) {
        uint64_t fence = distcoord_lock_fence(lock);
        int64_t released = now_ms();
        CHECK_OK(distcoord_lock_release(lock, E));
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK(distcoord_lock_fence(lock) == fence || now_ms() - released >= 395);
    }
    /* In use it is not given back. */
    sleep_ms(700);
    CHECK(!nobody_holds(elsewhere));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(elsewhere);
    close_client(client);
    close_client(other);
}

static void renewed_while_it_lingers(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.linger_ms = 60000, .lease_ms = KEPT_MS});
    distcoord_lock *looking = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK_OK(distcoord_lock_release(lock, E));
    int64_t until = now_ms() + PAST_KEPT_MS;
    while (now_ms() < until) {
        CHECK(!nobody_holds(looking));
        sleep_ms(20);
    }
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK(distcoord_lock_fence(lock) == fence);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(looking);
    close_client(client);
    close_client(other);
}

static void closing_and_freeing_give_back(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", lingering), *looking = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK(!nobody_holds(looking));
    distcoord_lock_free(lock);
    CHECK(EVENTUALLY(2000, nobody_holds(looking)));
    lock = open_lock(client, "a", lingering);
    CHECK_OK(distcoord_lock_acquire(lock, 2000, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK(!nobody_holds(looking));
    CHECK_OK(distcoord_client_close(client, E));
    CHECK(nobody_holds(looking));
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_ERROR_CLOSED);
    distcoord_lock_free(lock);
    distcoord_client_free(client);
    distcoord_lock_free(looking);
    close_client(other);
}

/* ---------------------------------------------------------------- threads against a recall */

static atomic_int inside;
static atomic_bool enough;
static atomic_int local_rounds;

static void *use_it_again_and_again(void *argument)
{
    while (!atomic_load(&enough)) {
        REQUIRE_OK(distcoord_lock_acquire(argument, 20000, E));
        if (atomic_fetch_add(&inside, 1) != 0) report(__FILE__, __LINE__, "two hold the lock");
        atomic_fetch_add(&local_rounds, 1);
        atomic_fetch_sub(&inside, 1);
        CHECK_OK(distcoord_lock_release(argument, E));
    }
    return NULL;
}

/* However busy the handle is, who recalls it is served, and the two never hold it together. */
static void a_recall_wins_over_threads_of_the_holder(void)
{
    enum { THREADS = 4, ROUNDS = 150 };
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", lingering), *elsewhere = open_lock(other, "a", plain);
    pthread_t threads[THREADS];
    int64_t longest = 0;
    uint64_t fence = 0;
    for (int i = 0; i < THREADS; i++) threads[i] = start_thread(use_it_again_and_again, lock);
    REQUIRE(EVENTUALLY(5000, atomic_load(&local_rounds) > 1000));
    for (int i = 0; i < ROUNDS; i++) {
        int64_t start = now_ms();
        CHECK_OK(distcoord_lock_acquire(elsewhere, 20000, E));
        int64_t took = now_ms() - start;
        if (took > longest) longest = took;
        if (atomic_fetch_add(&inside, 1) != 0) report(__FILE__, __LINE__, "two hold the lock");
        CHECK(distcoord_lock_fence(elsewhere) > fence);
        fence = distcoord_lock_fence(elsewhere);
        atomic_fetch_sub(&inside, 1);
        CHECK_OK(distcoord_lock_release(elsewhere, E));
        if (i % 10 == 0) sleep_ms(2);
    }
    atomic_store(&enough, true);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK(longest < 1000 * time_factor());
    printf("     %d recalls among %d local acquires, the longest %lld ms\n", ROUNDS, atomic_load(&local_rounds),
        (long long)longest);
    distcoord_lock_free(lock);
    distcoord_lock_free(elsewhere);
    close_client(client);
    close_client(other);
}

/* Two handles that both linger recall each other, in turn. */
static void two_that_linger(void)
{
    enum { THREADS = 4 };
    distcoord_client *clients[2] = {open_client(), open_client()};
    distcoord_lock *locks[2];
    pthread_t threads[THREADS];
    for (int i = 0; i < 2; i++) locks[i] = open_lock(clients[i], "a", lingering);
    for (int i = 0; i < THREADS; i++) threads[i] = start_thread(use_it_again_and_again, locks[i % 2]);
    CHECK(EVENTUALLY(20000, atomic_load(&local_rounds) > 2000));
    atomic_store(&enough, true);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++) distcoord_lock_free(locks[i]);
    for (int i = 0; i < 2; i++) close_client(clients[i]);
}

/* ---------------------------------------------------------------- death, stops, loss */

static void lingers(struct shared *shared)
{
    distcoord_lock *lock = open_lock(open_client(), "a", (struct settings){.linger_ms = 60000, .lease_ms = 1000});
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    shared->fence = distcoord_lock_fence(lock);
    CHECK_OK(distcoord_lock_release(lock, E));
    reach(shared, 1);
    wait_until_wanted(shared, 1);
    /* After a stop past the lease: what it kept is no longer taken without asking. */
    atomic_store(&shared->status, distcoord_lock_acquire(lock, 0, NULL));
    reach(shared, 2);
    hold_for_ever();
}

static void killed_while_it_lingers(void)
{
    struct process process = start_process(lingers);
    require_phase(&process, 1);
    kill_process(&process);
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_lock(client, "a", plain);
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_acquire(lock, 10000, E));
    CHECK(took_less(start, 2000));
    CHECK(distcoord_lock_fence(lock) > process.shared->fence);
    distcoord_lock_free(lock);
    close_client(client);
}

static void stopped_while_it_lingers(void)
{
    struct process process = start_process(lingers);
    require_phase(&process, 1);
    kill(process.pid, SIGSTOP);
    distcoord_client *client = open_client();
    distcoord_lock *lock = open_lock(client, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 10000, E));
    send_on(&process, 1);
    kill(process.pid, SIGCONT);
    require_phase(&process, 2);
    CHECK_INT(atomic_load(&process.shared->status), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(lock, E));
    kill_process(&process);
    distcoord_lock_free(lock);
    close_client(client);
}

static void taken_away_while_it_lingers(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = open_lock(client, "a", (struct settings){.linger_ms = 60000, .lease_ms = KEPT_MS});
    distcoord_lock *next = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    uint64_t fence = distcoord_lock_fence(lock);
    CHECK_OK(distcoord_lock_release(lock, E));
    CHECK_OK(distcoord_lock_break(next, fence, E));
    CHECK_OK(distcoord_lock_acquire(next, 0, E));
    /* A handle that holds nothing has lost nothing; with the next renewal it knows that it keeps nothing either. */
    sleep_ms(KEPT_MS / 2);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    CHECK(EVENTUALLY(5000, ({
        distcoord_status status = distcoord_lock_acquire(lock, 0, NULL);
        if (status == DISTCOORD_OK) distcoord_lock_release(lock, NULL);
        status == DISTCOORD_TIMED_OUT;
    })));
    CHECK_INT(distcoord_lock_state(next), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(next, E));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK(distcoord_lock_fence(lock) > fence);
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    distcoord_lock_free(next);
    close_client(client);
    close_client(other);
}

/* Reentrant handles and several locks do not linger: a release is one. */
static void without_effect_where_it_has_none(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *reentrant = open_lock(client, "a", (struct settings){.linger_ms = 60000, .reentrant = true});
    distcoord_lock *looking = open_lock(other, "a", plain), *several = NULL;
    CHECK_OK(distcoord_lock_acquire(reentrant, 0, E));
    CHECK_OK(distcoord_lock_release(reentrant, E));
    CHECK(nobody_holds(looking));
    const char *const names[] = {"a", "b"};
    distcoord_lock_options *options = lock_options(lingering);
    REQUIRE_OK(distcoord_lock_open_many(client, names, 2, options, &several, E));
    distcoord_lock_options_free(options);
    CHECK_OK(distcoord_lock_acquire(several, 0, E));
    CHECK_OK(distcoord_lock_release(several, E));
    CHECK(nobody_holds(looking));
    distcoord_lock_free(reentrant);
    distcoord_lock_free(several);
    distcoord_lock_free(looking);
    close_client(client);
    close_client(other);
}

static const struct test tests[] = {
    {"linger_acquired_again_without_a_message", acquired_again_without_a_message},
    {"linger_recalled_at_once_when_idle", recalled_at_once_when_idle},
    {"linger_tried_elsewhere", tried_elsewhere},
    {"linger_recalled_at_the_release_when_in_use", recalled_at_the_release_when_in_use},
    {"linger_given_back_when_the_time_is_over", given_back_when_the_time_is_over},
    {"linger_renewed_while_it_lingers", renewed_while_it_lingers},
    {"linger_closing_and_freeing_give_back", closing_and_freeing_give_back},
    {"linger_a_recall_wins_over_threads_of_the_holder", a_recall_wins_over_threads_of_the_holder},
    {"linger_two_that_linger", two_that_linger},
    {"linger_killed", killed_while_it_lingers},
    {"linger_stopped", stopped_while_it_lingers},
    {"linger_taken_away", taken_away_while_it_lingers},
    {"linger_without_effect_where_it_has_none", without_effect_where_it_has_none},
};

HARNESS_MAIN(tests)
