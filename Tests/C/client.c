/* The client: identity, closing and freeing in any order, cancelling, health report, log and interrupt functions. */
#include "harness.h"

static void identity(void)
{
    distcoord_client *a = open_client(), *b = open_client();
    int64_t latency = -1;
    CHECK_OK(distcoord_client_ping(a, &latency, E));
    CHECK(latency > 0 && latency < 10000000);
    CHECK(strlen(distcoord_client_id(a)) > 0);
    CHECK(strcmp(distcoord_client_id(a), distcoord_client_id(b)) != 0);
    CHECK(distcoord_client_id(a) == distcoord_client_id(a));
    CHECK(strstr(distcoord_client_url(a), server.socket) != NULL);
    CHECK_TEXT(distcoord_client_namespace(a), test_name);
    close_client(a);
    close_client(b);
}

struct handles {
    distcoord_client *client;
    distcoord_lock *lock;
    distcoord_election *election;
    distcoord_barrier *barrier;
    distcoord_queue *queue;
    distcoord_job *job;
};

/* One of everything, with something held by each. */
static struct handles open_handles(void)
{
    struct handles all = {.client = open_client()};
    size_t count = 0;
    REQUIRE_OK(distcoord_lock_open(all.client, "a", NULL, &all.lock, E));
    REQUIRE_OK(distcoord_election_open(all.client, "a", NULL, &all.election, E));
    REQUIRE_OK(distcoord_barrier_open(all.client, "a", 2, &all.barrier, E));
    REQUIRE_OK(distcoord_queue_open(all.client, "a", &all.queue, E));
    REQUIRE_OK(distcoord_lock_acquire(all.lock, 0, E));
    REQUIRE_OK(distcoord_election_campaign(all.election, 0, E));
    REQUIRE_OK(distcoord_queue_push(all.queue, "x", 1, NULL, NULL, 0, E));
    REQUIRE_OK(distcoord_queue_claim(all.queue, 0, &all.job, 1, &count, E));
    return all;
}

static void closed(void)
{
    struct handles all = open_handles();
    distcoord_lock *lock = NULL;
    distcoord_lock_info *lock_info = NULL;
    distcoord_leader_info *leader_info = NULL;
    distcoord_queue_counts *counts = NULL;
    distcoord_result *result = NULL;
    distcoord_health *health = NULL;
    distcoord_queue *queue = NULL;
    distcoord_job *job = NULL;
    size_t count = 7;
    const void *payload = "x";
    size_t length = 1;
    CHECK_OK(distcoord_client_close(all.client, E));
    CHECK_OK(distcoord_client_close(all.client, E));
#define CHECK_CLOSED(call) CHECK_STATUS(call, DISTCOORD_ERROR_CLOSED)
    CHECK_CLOSED(distcoord_client_ping(all.client, NULL, E));
    CHECK_CLOSED(distcoord_client_check(all.client, &health, E));
    CHECK_CLOSED(distcoord_lock_open(all.client, "b", NULL, &lock, E));
    CHECK_CLOSED(distcoord_lock_acquire(all.lock, -1, E));
    CHECK_CLOSED(distcoord_lock_release(all.lock, E));
    CHECK_CLOSED(distcoord_lock_extend(all.lock, 0, E));
    CHECK_CLOSED(distcoord_lock_inspect(all.lock, &lock_info, E));
    CHECK_CLOSED(distcoord_election_campaign(all.election, -1, E));
    CHECK_CLOSED(distcoord_election_resign(all.election, E));
    CHECK_CLOSED(distcoord_election_leader(all.election, &leader_info, E));
    CHECK_CLOSED(distcoord_election_observe(all.election, 0, -1, &leader_info, E));
    CHECK_CLOSED(distcoord_barrier_wait(all.barrier, -1, NULL, NULL, E));
    CHECK_CLOSED(distcoord_barrier_abort(all.barrier, E));
    CHECK_CLOSED(distcoord_barrier_reset(all.barrier, E));
    CHECK_CLOSED(distcoord_barrier_inspect(all.barrier, NULL, NULL, NULL, E));
    CHECK_CLOSED(distcoord_queue_push(all.queue, "x", 1, NULL, NULL, 0, E));
    CHECK_CLOSED(distcoord_queue_push_many(all.queue, &payload, &length, NULL, 1, NULL, E));
    CHECK_CLOSED(distcoord_queue_claim(all.queue, -1, &job, 1, &count, E));
    CHECK_INT(count, 0);
    CHECK_CLOSED(distcoord_queue_count(all.queue, &counts, E));
    CHECK_CLOSED(distcoord_queue_result(all.queue, "x", -1, &result, E));
    CHECK_CLOSED(distcoord_queue_find(all.client, "x", &queue, E));
    CHECK_CLOSED(distcoord_job_complete(all.job, NULL, 0, E));
    CHECK_CLOSED(distcoord_job_fail(all.job, "m", true, E));
    CHECK_CLOSED(distcoord_job_release(all.job, E));
    CHECK(distcoord_lock_state(all.lock) != DISTCOORD_LOCK_HELD);
    CHECK(distcoord_election_state(all.election) != DISTCOORD_ELECTION_LEADER);
    CHECK(distcoord_job_state(all.job) != DISTCOORD_JOB_CLAIMED);
    CHECK_TEXT(distcoord_client_namespace(all.client), test_name);

    distcoord_lock_free(lock);
    /* All that was held has been given back, the job without counting an attempt. */
    struct handles next = open_handles();
    CHECK_INT(distcoord_job_attempt(next.job), 1);
    distcoord_job *second = NULL;
    CHECK_OK(distcoord_queue_claim(next.queue, 0, &second, 1, &count, E));
    CHECK_INT(distcoord_job_attempt(second), 1);
    distcoord_job_free(second);
    close_client(next.client);
    distcoord_job_free(next.job);
    distcoord_queue_free(next.queue);
    distcoord_barrier_free(next.barrier);
    distcoord_election_free(next.election);
    distcoord_lock_free(next.lock);
    distcoord_job_free(all.job);
    distcoord_queue_free(all.queue);
    distcoord_barrier_free(all.barrier);
    distcoord_election_free(all.election);
    distcoord_lock_free(all.lock);
    distcoord_client_free(all.client);
}

/* All 720 orders in which six things can be freed, closed before or not. */
static void free_one(struct handles *all, int which)
{
    switch (which) {
        case 0: distcoord_client_free(all->client); break;
        case 1: distcoord_lock_free(all->lock); break;
        case 2: distcoord_election_free(all->election); break;
        case 3: distcoord_barrier_free(all->barrier); break;
        case 4: distcoord_queue_free(all->queue); break;
        default: distcoord_job_free(all->job); break;
    }
}

static void free_in_any_order(void)
{
    int step = time_factor() > 1 ? 29 : 7;
    for (int order = 0; order < 720; order += step) {
        int left[6] = {0, 1, 2, 3, 4, 5}, number = order;
        char name[64];
        snprintf(name, sizeof name, "%s-%d", test_name, order);
        const char *whole = test_name;
        test_name = name; /* a namespace per order: nothing waits for what an earlier one held */
        struct handles all = open_handles();
        test_name = whole;
        if (order % 2) CHECK_OK(distcoord_client_close(all.client, E));
        for (int count = 6; count > 0; count--) {
            int chosen = number % count;
            number /= count;
            free_one(&all, left[chosen]);
            for (int i = chosen; i + 1 < count; i++) left[i] = left[i + 1];
        }
    }
}

struct wait {
    struct handles *all;
    int which;
    distcoord_status status;
    pthread_t thread;
    atomic_bool ended;
};

static const char *const wait_names[] = {"lock", "election", "barrier", "claim", "result", "wait_lost", "observe"};

static void *run_wait(void *argument)
{
    struct wait *wait = argument;
    struct handles *all = wait->all;
    distcoord_job *job = NULL;
    distcoord_result *result = NULL;
    distcoord_leader_info *info = NULL;
    size_t count = 0;
    switch (wait->which) {
        case 0: wait->status = distcoord_lock_acquire(all->lock, -1, NULL); break;
        case 1: {
            distcoord_election *other = NULL;
            REQUIRE_OK(distcoord_election_open(all->client, "a", NULL, &other, E));
            wait->status = distcoord_election_campaign(other, -1, NULL);
            distcoord_election_free(other);
            break;
        }
        case 2: wait->status = distcoord_barrier_wait(all->barrier, -1, NULL, NULL, NULL); break;
        case 3: wait->status = distcoord_queue_claim(all->queue, -1, &job, 1, &count, NULL); break;
        case 4:
            wait->status = distcoord_queue_result(all->queue, distcoord_job_id(all->job), -1, &result, NULL);
            break;
        case 5: wait->status = distcoord_lock_wait_lost(all->lock, -1); break;
        default:
            wait->status =
                distcoord_election_observe(all->election, distcoord_election_term(all->election), -1, &info, NULL);
            break;
    }
    atomic_store(&wait->ended, true);
    return NULL;
}

/* Starts one wait of each kind and makes sure that each is under way. */
static void start_waits(struct handles *all, struct wait *waits)
{
    for (size_t i = 0; i < COUNT_OF(wait_names); i++) {
        waits[i] = (struct wait){.all = all, .which = (int)i};
        waits[i].thread = start_thread(run_wait, &waits[i]);
    }
    sleep_ms(150 * time_factor());
    for (size_t i = 0; i < COUNT_OF(wait_names); i++) {
        if (atomic_load(&waits[i].ended)) {
            report(__FILE__, __LINE__, "%s: ended: %s", wait_names[i], distcoord_status_name(waits[i].status));
        }
    }
}

static void join_waits(struct wait *waits, distcoord_status wanted)
{
    int64_t start = now_ms();
    for (size_t i = 0; i < COUNT_OF(wait_names); i++) {
        if (waits[i].thread != 0) pthread_join(waits[i].thread, NULL);
        if (waits[i].status != wanted) {
            report(
                __FILE__, __LINE__, "%s answers %s, wanted %s", wait_names[i], distcoord_status_name(waits[i].status),
                distcoord_status_name(wanted));
        }
    }
    CHECK(took_less(start, 2000));
}

static void free_handles(struct handles *all)
{
    distcoord_job_free(all->job);
    distcoord_queue_free(all->queue);
    distcoord_barrier_free(all->barrier);
    distcoord_election_free(all->election);
    distcoord_lock_free(all->lock);
    distcoord_client_free(all->client);
}

static void cancel_ends_all_waits(void)
{
    struct handles all = open_handles();
    struct wait waits[COUNT_OF(wait_names)];
    start_waits(&all, waits);
    distcoord_client_cancel(all.client);
    join_waits(waits, DISTCOORD_CANCELLED);
    /* Later calls are not affected, and who gave up has left no trace. */
    CHECK_OK(distcoord_lock_release(all.lock, E));
    CHECK_OK(distcoord_lock_acquire(all.lock, 0, E));
    CHECK_INT(distcoord_lock_wait_lost(all.lock, 10), DISTCOORD_TIMED_OUT);
    distcoord_lock_info *info = NULL;
    REQUIRE_OK(distcoord_lock_inspect(all.lock, &info, E));
    CHECK_INT(distcoord_lock_info_waiters(info), 0);
    distcoord_lock_info_free(info);
    distcoord_queue_counts *counts = NULL;
    REQUIRE_OK(distcoord_queue_count(all.queue, &counts, E));
    CHECK_INT(distcoord_queue_counts_claimers(counts), 0);
    distcoord_queue_counts_free(counts);
    bool broken = false;
    CHECK_OK(distcoord_barrier_inspect(all.barrier, NULL, NULL, &broken, E));
    CHECK(broken);
    CHECK_OK(distcoord_client_close(all.client, E));
    free_handles(&all);
}

static void close_while_others_wait(void)
{
    struct handles all = open_handles();
    struct wait waits[COUNT_OF(wait_names)];
    start_waits(&all, waits);
    int64_t start = now_ms();
    CHECK_OK(distcoord_client_close(all.client, E));
    CHECK(took_less(start, 3000));
    /* Closing also releases the lock, so whoever waits for its loss may be told that instead. */
    pthread_join(waits[5].thread, NULL);
    CHECK(waits[5].status == DISTCOORD_CANCELLED || waits[5].status == DISTCOORD_NOT_HELD);
    waits[5].status = DISTCOORD_CANCELLED;
    waits[5].thread = 0;
    join_waits(waits, DISTCOORD_CANCELLED);
    free_handles(&all);
}

static void handle_cancel_ends_only_its_own(void)
{
    struct handles all = open_handles();
    struct wait waits[COUNT_OF(wait_names)];
    start_waits(&all, waits);
    distcoord_lock_cancel(all.lock);
    CHECK(EVENTUALLY(2000, atomic_load(&waits[0].ended) && atomic_load(&waits[5].ended)));
    CHECK(!atomic_load(&waits[1].ended) && !atomic_load(&waits[2].ended) && !atomic_load(&waits[3].ended));
    distcoord_queue_cancel(all.queue);
    CHECK(EVENTUALLY(2000, atomic_load(&waits[3].ended) && atomic_load(&waits[4].ended)));
    distcoord_barrier_cancel(all.barrier);
    CHECK(EVENTUALLY(2000, atomic_load(&waits[2].ended)));
    CHECK(!atomic_load(&waits[6].ended));
    distcoord_election_cancel(all.election);
    CHECK(EVENTUALLY(2000, atomic_load(&waits[6].ended)));
    CHECK(!atomic_load(&waits[1].ended)); /* it campaigns on a handle of its own */
    distcoord_client_cancel(all.client);
    join_waits(waits, DISTCOORD_CANCELLED);
    CHECK_OK(distcoord_client_close(all.client, E));
    free_handles(&all);
}

static void free_unclosed_gives_back_held_lock(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *lock = NULL, *next = NULL;
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    REQUIRE_OK(distcoord_lock_open(other, "a", NULL, &next, E));
    REQUIRE_OK(distcoord_lock_acquire(lock, 0, E));
    distcoord_lock_free(lock);
    /* In the background, so not at once; but long before the lease of 10 s ends. */
    CHECK_OK(distcoord_lock_acquire(next, 4000, E));
    distcoord_lock_free(next);
    close_client(client);
    close_client(other);
}

static void close_without_a_server(void)
{
    struct redis_server doomed;
    redis_server_start(&doomed, NULL);
    distcoord_options *options = namespace_options();
    distcoord_options_set_command_timeout_ms(options, 500);
    distcoord_client *client = NULL;
    distcoord_lock *lock = NULL;
    REQUIRE_OK(distcoord_client_open(doomed.url, options, &client, E));
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    REQUIRE_OK(distcoord_lock_acquire(lock, 0, E));
    redis_server_stop(&doomed);
    int64_t start = now_ms();
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_client_close(client, &error);
    CHECK(status == DISTCOORD_ERROR_UNREACHABLE || status == DISTCOORD_ERROR_NO_REPLY);
    CHECK(error != NULL);
    distcoord_error_free(error);
    CHECK(took_less(start, 2000));
    CHECK_STATUS(distcoord_client_ping(client, NULL, E), DISTCOORD_ERROR_CLOSED);
    distcoord_lock_free(lock);
    distcoord_client_free(client);
    distcoord_options_free(options);
}

static const struct test tests[] = {
    {"client_identity", identity},
    {"client_closed", closed},
    {"client_free_in_any_order", free_in_any_order},
    {"client_cancel_ends_all_waits", cancel_ends_all_waits},
    {"client_close_while_others_wait", close_while_others_wait},
    {"client_handle_cancel_ends_only_its_own", handle_cancel_ends_only_its_own},
    {"client_free_unclosed_gives_back_held_lock", free_unclosed_gives_back_held_lock},
    {"client_close_without_a_server", close_without_a_server},
};

HARNESS_MAIN(tests)
