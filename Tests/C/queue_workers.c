/* Many producers and workers on one queue: direct hand-over, and every job accounted for exactly once. */
#include "queue_tools.h"

struct worker {
    distcoord_client *client;
    int number;
    int64_t wait_ms;
    int done;
    distcoord_status status;
    atomic_bool has_one;
    char got[16];
    pthread_t thread;
};

static void *take_one(void *argument)
{
    struct worker *worker = argument;
    distcoord_queue *queue = open_queue(worker->client);
    distcoord_job *job = NULL;
    size_t count = 0;
    worker->status = distcoord_queue_claim(queue, worker->wait_ms, &job, 1, &count, NULL);
    if (job) {
        size_t length = 0;
        const char *bytes = distcoord_job_payload(job, &length);
        snprintf(worker->got, sizeof worker->got, "%.*s", (int)length, bytes);
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    }
    atomic_store(&worker->has_one, job != NULL);
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    return NULL;
}

static void start_worker(struct worker *worker, distcoord_client *client, int number, int64_t wait_ms, void *(*run)(void *))
{
    memset(worker, 0, sizeof *worker);
    worker->client = client;
    worker->number = number;
    worker->wait_ms = wait_ms;
    worker->thread = start_thread(run, worker);
}

static void push_hands_over_to_the_first_who_waits(void)
{
    enum { COUNT = 10 };
    static struct worker workers[COUNT];
    distcoord_client *clients[2] = {open_client(), open_client()};
    distcoord_queue *queue = open_queue(clients[0]);
    for (int i = 0; i < COUNT; i++) {
        start_worker(&workers[i], clients[i % 2], i, -1, take_one);
        REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == i + 1));
    }
    for (int i = 0; i < COUNT; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        int64_t start = now_ms();
        push_text(queue, text, NULL);
        /* The first who came gets it, and soon: nobody polls. */
        pthread_join(workers[i].thread, NULL);
        CHECK(took_less(start, 400));
        CHECK_TEXT(workers[i].got, text);
    }
    struct counts all = counts_of(queue);
    CHECK_INT(all.completed, COUNT);
    CHECK_INT(all.waiting + all.active + all.claimers, 0);
    distcoord_queue_free(queue);
    close_client(clients[0]);
    close_client(clients[1]);
}

static void who_gives_up_takes_nothing(void)
{
    enum { COUNT = 10 };
    static struct worker workers[COUNT];
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    for (int i = 0; i < COUNT; i++) start_worker(&workers[i], client, i, 50 + i, take_one);
    for (int i = 0; i < COUNT; i++) {
        pthread_join(workers[i].thread, NULL);
        CHECK_INT(workers[i].status, DISTCOORD_TIMED_OUT);
    }
    /* Told later by those whom the machine gave no time to say it as they went. */
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 0));
    push_text(queue, "x", NULL);
    CHECK_INT(counts_of(queue).waiting, 1);
    CHECK_INT(counts_of(queue).active, 0);
    CHECK_NEXT(queue, "x");
    distcoord_queue_free(queue);
    close_client(client);
}

enum { JOBS = 2000 };
static atomic_int ran[JOBS];
static atomic_int completions;

/* Claims with all kinds of waits, fails some first attempts, gives some back, and counts what it completed. */
static void *work(void *argument)
{
    struct worker *worker = argument;
    distcoord_queue *queue = open_queue(worker->client);
    unsigned random = (unsigned)worker->number * 2654435761u + 1;
    while (atomic_load(&completions) < JOBS) {
        distcoord_job *jobs[8];
        size_t count = 0;
        random = random * 1664525u + 1013904223u;
        int64_t wait_ms = (int64_t)(random >> 16) % 6;
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_queue_claim(queue, wait_ms, jobs, 1 + (random >> 24) % 8, &count, &error);
        if (status < 0) report(__FILE__, __LINE__, "claim: %s", distcoord_error_message(error));
        distcoord_error_free(error);
        for (size_t i = 0; i < count; i++) {
            size_t length = 0;
            const void *payload = distcoord_job_payload(jobs[i], &length);
            int number = -1;
            if (length == sizeof number) memcpy(&number, payload, sizeof number);
            REQUIRE(number >= 0 && number < JOBS);
            random = random * 1664525u + 1013904223u;
            if (distcoord_job_attempt(jobs[i]) == 1 && random % 16 == 0) {
                CHECK_OK(distcoord_job_fail(jobs[i], "again", true, E));
            } else if (random % 16 == 1) {
                CHECK_OK(distcoord_job_release(jobs[i], E));
            } else if (random % 16 == 2) {
                /* freed unsettled: it comes back */
            } else {
                CHECK_OK(distcoord_job_complete(jobs[i], payload, length, E));
                atomic_fetch_add(&ran[number], 1);
                atomic_fetch_add(&completions, 1);
                worker->done++;
            }
            distcoord_job_free(jobs[i]);
        }
    }
    distcoord_queue_free(queue);
    return NULL;
}

static void *produce(void *argument)
{
    struct worker *producer = argument;
    distcoord_queue *queue = open_queue(producer->client);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_job_options_set_backoff_ms(options, 0, 0);
    for (int i = producer->number; i < JOBS; i += 4) {
        CHECK_OK(distcoord_queue_push(queue, &i, sizeof i, options, NULL, 0, E));
    }
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    return NULL;
}

static void every_job_exactly_once(void)
{
    enum { WORKERS = 8, PRODUCERS = 4 };
    static struct worker workers[WORKERS], producers[PRODUCERS];
    distcoord_client *clients[3] = {open_client(), open_client(), open_client()};
    for (int i = 0; i < WORKERS; i++) start_worker(&workers[i], clients[i % 3], i, 0, work);
    for (int i = 0; i < PRODUCERS; i++) start_worker(&producers[i], clients[i % 3], i, 0, produce);
    for (int i = 0; i < PRODUCERS; i++) pthread_join(producers[i].thread, NULL);
    for (int i = 0; i < WORKERS; i++) pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < JOBS; i++) {
        if (atomic_load(&ran[i]) != 1) report(__FILE__, __LINE__, "job %d completed %d times", i, atomic_load(&ran[i]));
    }
    distcoord_queue *queue = open_queue(clients[0]);
    struct counts all = counts_of(queue);
    CHECK_INT(all.completed, JOBS);
    CHECK_INT(all.waiting + all.delayed + all.active + all.dead, 0);
    CHECK(claim(queue, 0) == NULL);
    distcoord_queue_free(queue);
    for (int i = 0; i < 3; i++) close_client(clients[i]);
}

static const struct test tests[] = {
    {"queue_push_hands_over_to_the_first_who_waits", push_hands_over_to_the_first_who_waits},
    {"queue_who_gives_up_takes_nothing", who_gives_up_takes_nothing},
    {"queue_every_job_exactly_once", every_job_exactly_once},
};

HARNESS_MAIN(tests)
