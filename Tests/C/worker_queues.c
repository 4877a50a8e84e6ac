/* Workers on several queues at once, by their weights; and several threads that share them. */
#include "worker_tools.h"

static distcoord_queue *open_named(distcoord_client *client, const char *name)
{
    distcoord_queue *queue = NULL;
    REQUIRE_OK(distcoord_queue_open(client, name, &queue, E));
    return queue;
}

/* Takes `count` jobs and counts those of queue "a". */
static int taken_from_a(distcoord_worker *worker, int count)
{
    int from_a = 0;
    for (int i = 0; i < count; i++) {
        distcoord_job *job = next(worker, 5000);
        REQUIRE(job != NULL);
        if (strcmp(distcoord_job_queue(job), "a") == 0) from_a++;
        CHECK_OK(distcoord_worker_done(worker, job, NULL, 0, E));
        distcoord_job_free(job);
    }
    return from_a;
}

static void weights_share_the_work(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *a = open_queue(client), *b = open_named(client, "b");
    distcoord_worker *worker = NULL;
    REQUIRE_OK(distcoord_worker_open(client, "w", &worker, E));
    CHECK_OK(distcoord_worker_add_queue(worker, "a", 3, E));
    CHECK_OK(distcoord_worker_add_queue(worker, "b", 1, E));
    CHECK_INT(distcoord_worker_set_prefetch(worker, 0), DISTCOORD_OK);
    push_numbers(a, 0, 500);
    push_numbers(b, 0, 500);
    /* 300 of 400 expected, with a deviation of 9. */
    int from_a = taken_from_a(worker, 400);
    if (from_a < 240 || from_a > 360) report(__FILE__, __LINE__, "%d of 400 jobs from the heavier queue", from_a);
    /* When one is empty the other is worked on alone. */
    taken_from_a(worker, 600);
    CHECK(EVENTUALLY(5000, counts_of(a).completed == 500 && counts_of(b).completed == 500));
    distcoord_worker_free(worker);
    distcoord_queue_free(a);
    distcoord_queue_free(b);
    close_client(client);
}

static void a_reserve_is_for_when_all_else_is_done(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *a = open_queue(client), *b = open_named(client, "b");
    distcoord_worker *worker = NULL;
    REQUIRE_OK(distcoord_worker_open(client, "w", &worker, E));
    CHECK_OK(distcoord_worker_add_queue(worker, "b", 0, E));
    CHECK_OK(distcoord_worker_add_queue(worker, "a", 1, E));
    CHECK_INT(distcoord_worker_set_prefetch(worker, 0), DISTCOORD_OK);
    push_numbers(b, 0, 20);
    push_numbers(a, 0, 20);
    CHECK_INT(taken_from_a(worker, 20), 20);
    CHECK_INT(taken_from_a(worker, 10), 0);
    push_numbers(a, 0, 5);
    CHECK_INT(taken_from_a(worker, 5), 5);
    CHECK_INT(taken_from_a(worker, 10), 0);
    distcoord_worker_free(worker);
    distcoord_queue_free(a);
    distcoord_queue_free(b);
    close_client(client);
}

struct taking {
    distcoord_worker *worker;
    atomic_int *left;
    pthread_t thread;
};

static void *take(void *argument)
{
    struct taking *taking = argument;
    while (atomic_load(taking->left) > 0) {
        distcoord_job *job = NULL;
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_worker_next(taking->worker, 20, &job, &error);
        if (status < 0) report(__FILE__, __LINE__, "next: %s", distcoord_error_message(error));
        distcoord_error_free(error);
        if (!job) continue;
        CHECK_OK(distcoord_worker_done(taking->worker, job, NULL, 0, E));
        distcoord_job_free(job);
        atomic_fetch_sub(taking->left, 1);
    }
    return NULL;
}

/* Pushes come one by one to queues that are mostly empty, so that jobs are handed over in all of them. */
static void many_threads_on_many_queues(void)
{
    enum { QUEUES = 4, WORKERS = 2, THREADS = 3, JOBS = 1200 };
    distcoord_client *clients[WORKERS];
    distcoord_worker *workers[WORKERS];
    struct taking takers[WORKERS * THREADS];
    atomic_int left = JOBS;
    char name[8];
    for (int w = 0; w < WORKERS; w++) {
        clients[w] = open_client();
        REQUIRE_OK(distcoord_worker_open(clients[w], NULL, &workers[w], E));
        for (int q = 0; q < QUEUES; q++) {
            snprintf(name, sizeof name, "q%d", q);
            CHECK_OK(distcoord_worker_add_queue(workers[w], name, 1, E));
        }
        CHECK_INT(distcoord_worker_set_concurrency(workers[w], THREADS), DISTCOORD_OK);
        for (int t = 0; t < THREADS; t++) {
            struct taking *taker = &takers[w * THREADS + t];
            *taker = (struct taking){.worker = workers[w], .left = &left};
            taker->thread = start_thread(take, taker);
        }
    }
    distcoord_client *client = open_client();
    distcoord_queue *queues[QUEUES];
    for (int q = 0; q < QUEUES; q++) {
        snprintf(name, sizeof name, "q%d", q);
        queues[q] = open_named(client, name);
    }
    for (int i = 0; i < JOBS; i++) push_numbers(queues[i % QUEUES], i, 1);
    for (int i = 0; i < WORKERS * THREADS; i++) pthread_join(takers[i].thread, NULL);
    int64_t processed = 0;
    for (int w = 0; w < WORKERS; w++) {
        CHECK_OK(distcoord_worker_shutdown(workers[w], 10000, E));
        processed += distcoord_worker_count(workers[w], DISTCOORD_WORKER_PROCESSED);
        CHECK_INT(distcoord_worker_count(workers[w], DISTCOORD_WORKER_LOST), 0);
        distcoord_worker_free(workers[w]);
        close_client(clients[w]);
    }
    CHECK_INT(processed, JOBS);
    for (int q = 0; q < QUEUES; q++) {
        struct counts all = counts_of(queues[q]);
        CHECK_INT(all.completed, JOBS / QUEUES);
        CHECK_INT(all.waiting + all.active + all.delayed + all.claimers + all.failed, 0);
        distcoord_queue_free(queues[q]);
    }
    close_client(client);
}

static const struct test tests[] = {
    {"worker_weights_share_the_work", weights_share_the_work},
    {"worker_reserve_is_for_when_all_else_is_done", a_reserve_is_for_when_all_else_is_done},
    {"worker_many_threads_on_many_queues", many_threads_on_many_queues},
};

HARNESS_MAIN(tests)
