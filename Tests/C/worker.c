/* A worker that is asked for its jobs: order, settling, waiting, claiming ahead, stopping. */
#include "worker_tools.h"

static void jobs_in_order_and_done(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    CHECK_TEXT(distcoord_worker_name(worker), "w");
    push_numbers(queue, 0, 20);
    for (int i = 0; i < 20; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        CHECK_WORK(worker, text);
    }
    /* Nobody asks any more: what is done is sent all the same. */
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 20));
    CHECK(EVENTUALLY(5000, distcoord_worker_count(worker, DISTCOORD_WORKER_PROCESSED) == 20));
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RUNNING), 0);
    CHECK(next(worker, 0) == NULL);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void result_arrives(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, NULL);
    char id[129];
    CHECK_OK(distcoord_queue_push(queue, "x", 1, NULL, id, sizeof id, E));
    distcoord_job *job = next(worker, 5000);
    REQUIRE(job != NULL);
    CHECK_OK(distcoord_worker_done(worker, job, "answer", 6, E));
    /* For its holder it is settled, whether the server knows or not. */
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
    CHECK_STATUS(distcoord_worker_done(worker, job, NULL, 0, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_job_release(job, E), DISTCOORD_NOT_HELD);
    distcoord_result *result = NULL;
    REQUIRE_OK(distcoord_queue_result(queue, id, 5000, &result, E));
    size_t length = 0;
    const void *bytes = distcoord_result_bytes(result, &length);
    CHECK(length == 6 && memcmp(bytes, "answer", 6) == 0);
    distcoord_result_free(result);
    distcoord_job_free(job);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

/* What else can become of a job is counted, and makes room for the next. */
static void every_ending_counts(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_job_options_set_max_attempts(options, 1);
    for (int i = 0; i < 4; i++) push_text(queue, "x", options);
    distcoord_job *job = next(worker, 5000);
    REQUIRE(job != NULL);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RUNNING), 1);
    /* One at a time, by default. */
    CHECK(next(worker, 0) == NULL);
    CHECK_OK(distcoord_job_fail(job, "no", false, E));
    distcoord_job_free(job);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_FAILED), 1);
    job = next(worker, 5000);
    REQUIRE(job != NULL);
    CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_free(job);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_PROCESSED), 1);
    job = next(worker, 5000);
    REQUIRE(job != NULL);
    CHECK_OK(distcoord_job_cancelled(job, E));
    distcoord_job_free(job);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_CANCELLED), 1);
    job = next(worker, 5000);
    REQUIRE(job != NULL);
    /* Freed and not settled: given back. */
    distcoord_job_free(job);
    CHECK(distcoord_worker_count(worker, DISTCOORD_WORKER_RELEASED) >= 1);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RUNNING), 0);
    CHECK_INT(distcoord_worker_count(worker, 99), 0);
    job = next(worker, 5000);
    CHECK(job != NULL);
    distcoord_job_free(job);
    distcoord_job_options_free(options);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void only_its_own_jobs_are_done(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *one = open_worker(client, "one"), *other = open_worker(client, "other");
    push_numbers(queue, 0, 1);
    distcoord_job *job = next(one, 5000);
    REQUIRE(job != NULL);
    CHECK(next(other, 0) == NULL);
    CHECK_STATUS(distcoord_worker_done(other, job, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_worker_done(one, job, NULL, 0, E));
    distcoord_job_free(job);
    distcoord_worker_free(one);
    distcoord_worker_free(other);
    distcoord_queue_free(queue);
    close_client(client);
}

struct asking {
    distcoord_worker *worker;
    distcoord_status status;
    pthread_t thread;
};

static void *ask(void *argument)
{
    struct asking *asking = argument;
    distcoord_job *job = NULL;
    asking->status = distcoord_worker_next(asking->worker, -1, &job, NULL);
    if (job) CHECK_OK(distcoord_worker_done(asking->worker, job, NULL, 0, E));
    distcoord_job_free(job);
    return NULL;
}

static void waiting_ends_with_a_push(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    CHECK_INT(distcoord_worker_set_concurrency(worker, 4), DISTCOORD_OK);
    struct asking askers[4];
    for (int i = 0; i < 4; i++) {
        askers[i].worker = worker;
        askers[i].thread = start_thread(ask, &askers[i]);
    }
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    /* One waits for all, and the others follow. */
    push_numbers(queue, 0, 4);
    for (int i = 0; i < 4; i++) {
        pthread_join(askers[i].thread, NULL);
        CHECK_INT(askers[i].status, DISTCOORD_OK);
    }
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 4));
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void waiting_ends_by_cancel_stop_and_time(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    distcoord_job *job = NULL;
    CHECK_STATUS(distcoord_worker_next(worker, 0, &job, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_worker_next(worker, 30, &job, E), DISTCOORD_TIMED_OUT);
    struct asking asking = {.worker = worker};
    asking.thread = start_thread(ask, &asking);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    distcoord_worker_cancel(worker);
    pthread_join(asking.thread, NULL);
    CHECK_INT(asking.status, DISTCOORD_CANCELLED);
    CHECK(EVENTUALLY(5000, counts_of(queue).claimers == 0));
    asking.thread = start_thread(ask, &asking);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    distcoord_worker_stop(worker);
    pthread_join(asking.thread, NULL);
    CHECK_INT(asking.status, DISTCOORD_EMPTY);
    CHECK(EVENTUALLY(5000, counts_of(queue).claimers == 0));
    push_numbers(queue, 0, 1);
    CHECK_STATUS(distcoord_worker_next(worker, 0, &job, E), DISTCOORD_EMPTY);
    CHECK_INT(counts_of(queue).waiting, 1);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void ahead_and_given_back(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    CHECK_INT(distcoord_worker_set_prefetch(worker, 5), DISTCOORD_OK);
    push_numbers(queue, 0, 10);
    CHECK_WORK(worker, "0");
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_AHEAD), 5);
    CHECK_INT(counts_of(queue).waiting, 4);
    distcoord_worker_stop(worker);
    CHECK(EVENTUALLY(5000, counts_of(queue).waiting == 9));
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 1));
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_AHEAD), 0);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RELEASED), 5);
    /* In the order they had, and with no attempt counted. */
    for (int i = 1; i < 10; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        CHECK(has_payload(job, text));
        CHECK_INT(distcoord_job_attempt(job), 1);
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        distcoord_job_free(job);
    }
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

/* A worker that claims ahead as it sees fit lets go of what a long job would keep from others. */
static void idle_jobs_are_given_back(void)
{
    enum { JOBS = 3000 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    push_numbers(queue, 0, JOBS);
    distcoord_job *job = NULL;
    int done = 0;
    while (distcoord_worker_count(worker, DISTCOORD_WORKER_AHEAD) == 0) {
        REQUIRE(done++ < JOBS - 500);
        job = next(worker, 5000);
        REQUIRE(job != NULL);
        CHECK_OK(distcoord_worker_done(worker, job, NULL, 0, E));
        distcoord_job_free(job);
    }
    job = next(worker, 5000);
    REQUIRE(job != NULL);
    CHECK(EVENTUALLY(5000, distcoord_worker_count(worker, DISTCOORD_WORKER_AHEAD) == 0));
    CHECK(EVENTUALLY(5000, counts_of(queue).active == 1));
    CHECK_INT(counts_of(queue).waiting, JOBS - done - 1);
    distcoord_job_free(job);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void drains(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    struct asking asking = {.worker = worker};
    asking.thread = start_thread(ask, &asking);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    /* One that waits in vain ends when it is told to drain; one with jobs does them first. */
    distcoord_worker_drain(worker);
    pthread_join(asking.thread, NULL);
    CHECK_INT(asking.status, DISTCOORD_EMPTY);
    distcoord_worker *other = open_worker(client, "other");
    push_numbers(queue, 0, 30);
    distcoord_worker_drain(other);
    distcoord_job *job = NULL;
    int done = 0;
    distcoord_status status;
    while ((status = distcoord_worker_next(other, -1, &job, NULL)) == DISTCOORD_OK) {
        CHECK_OK(distcoord_worker_done(other, job, NULL, 0, E));
        distcoord_job_free(job);
        done++;
    }
    CHECK_INT(status, DISTCOORD_EMPTY);
    CHECK_INT(done, 30);
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 30));
    push_numbers(queue, 0, 1);
    CHECK_STATUS(distcoord_worker_next(other, 0, &job, E), DISTCOORD_EMPTY);
    distcoord_worker_free(worker);
    distcoord_worker_free(other);
    distcoord_queue_free(queue);
    close_client(client);
}

static void shuts_down(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    CHECK_INT(distcoord_worker_set_concurrency(worker, 2), DISTCOORD_OK);
    push_numbers(queue, 0, 2);
    distcoord_job *one = next(worker, 5000), *two = next(worker, 5000);
    REQUIRE(one != NULL && two != NULL);
    CHECK_OK(distcoord_worker_done(worker, one, "1", 1, E));
    /* Known to the server when the call returns: what is done, and what is not. */
    CHECK_STATUS(distcoord_worker_shutdown(worker, 0, E), DISTCOORD_TIMED_OUT);
    struct counts all = counts_of(queue);
    CHECK_INT(all.completed, 1);
    CHECK_INT(all.waiting, 1);
    CHECK_INT(all.active, 0);
    CHECK_INT(all.failed, 0);
    CHECK_INT(workers_of(client), 0);
    CHECK_INT(distcoord_job_state(two), DISTCOORD_JOB_SETTLED);
    CHECK_STATUS(distcoord_worker_done(worker, two, NULL, 0, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_worker_shutdown(worker, 0, E), DISTCOORD_TIMED_OUT);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_INT(distcoord_job_attempt(job), 1);
    distcoord_job_free(job);
    distcoord_job_free(one);
    distcoord_job_free(two);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

struct finishing {
    distcoord_worker *worker;
    distcoord_job *job;
};

static void *finish_later(void *argument)
{
    struct finishing *finishing = argument;
    sleep_ms(50);
    distcoord_worker_stop(finishing->worker);
    sleep_ms(50);
    CHECK_OK(distcoord_job_complete(finishing->job, NULL, 0, E));
    return NULL;
}

/* Whatever else is said to the worker meanwhile: only a shutdown that waits no longer gives its job back. */
static void shutdown_waits_for_running_jobs(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    push_numbers(queue, 0, 1);
    distcoord_job *job = next(worker, 5000);
    REQUIRE(job != NULL);
    struct finishing finishing = {worker, job};
    pthread_t thread = start_thread(finish_later, &finishing);
    CHECK_OK(distcoord_worker_shutdown(worker, 30000, E));
    CHECK_INT(counts_of(queue).completed, 1);
    pthread_join(thread, NULL);
    distcoord_job_free(job);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

/* A client that closes tells what its workers have done, and gives back the rest. */
static void closing_the_client_tells_all(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(other);
    distcoord_worker *worker = open_worker(client, "w");
    CHECK_INT(distcoord_worker_set_prefetch(worker, 3), DISTCOORD_OK);
    push_numbers(queue, 0, 10);
    CHECK_WORK(worker, "0");
    CHECK_WORK(worker, "1");
    CHECK_OK(distcoord_client_close(client, E));
    struct counts all = counts_of(queue);
    CHECK_INT(all.completed, 2);
    CHECK_INT(all.waiting, 8);
    CHECK_INT(workers_of(other), 0);
    distcoord_job *job = NULL;
    CHECK_STATUS(distcoord_worker_next(worker, 0, &job, E), DISTCOORD_ERROR_CLOSED);
    distcoord_worker_free(worker);
    distcoord_client_free(client);
    distcoord_queue_free(queue);
    close_client(other);
}

static void settings(void)
{
    distcoord_client *client = open_client();
    distcoord_worker *worker = NULL;
    REQUIRE_OK(distcoord_worker_open(client, "w", &worker, E));
    distcoord_job *job = NULL;
    CHECK_STATUS(distcoord_worker_next(worker, 0, &job, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_worker_add_queue(worker, "a", 0, E));
    CHECK_STATUS(distcoord_worker_add_queue(worker, "a", 1, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_STATUS(distcoord_worker_add_queue(worker, "b", -1, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_worker_add_queue(worker, "b", 1001, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_concurrency(worker, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_concurrency(worker, 10001), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_prefetch(worker, 1001), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_prefetch(worker, -1), DISTCOORD_OK);
    CHECK_INT(distcoord_worker_set_lease_ms(worker, 99), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_capabilities(worker, "a b"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_capabilities(worker, "gpu, Linux"), DISTCOORD_OK);
    CHECK_INT(distcoord_worker_set_pool(worker, "a b"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_pool(worker, NULL), DISTCOORD_OK);
    CHECK_INT(distcoord_worker_set_own_queue(worker, true, true), DISTCOORD_OK);
    CHECK_INT(distcoord_worker_set_partitions(worker, "other", 2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_partitions(worker, "a", 65), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_worker_set_partitions(worker, "a", 1), DISTCOORD_OK);
    CHECK_STATUS(distcoord_worker_next(worker, 0, &job, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_worker_set_concurrency(worker, 2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_worker_add_queue(worker, "b", 1, E), DISTCOORD_ERROR_CONFLICT);
    distcoord_worker_free(worker);
    /* A name of its own, which differs from that of the next. */
    distcoord_worker *other = NULL;
    REQUIRE_OK(distcoord_worker_open(client, NULL, &worker, E));
    REQUIRE_OK(distcoord_worker_open(client, NULL, &other, E));
    CHECK(strcmp(distcoord_worker_name(worker), distcoord_worker_name(other)) != 0);
    distcoord_worker_free(worker);
    distcoord_worker_free(other);
    CHECK_STATUS(distcoord_worker_open(client, "", &worker, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(worker == NULL);
    close_client(client);
}

static const struct test tests[] = {
    {"worker_jobs_in_order_and_done", jobs_in_order_and_done},
    {"worker_result_arrives", result_arrives},
    {"worker_every_ending_counts", every_ending_counts},
    {"worker_only_its_own_jobs_are_done", only_its_own_jobs_are_done},
    {"worker_waiting_ends_with_a_push", waiting_ends_with_a_push},
    {"worker_waiting_ends_by_cancel_stop_and_time", waiting_ends_by_cancel_stop_and_time},
    {"worker_ahead_and_given_back", ahead_and_given_back},
    {"worker_idle_jobs_are_given_back", idle_jobs_are_given_back},
    {"worker_drains", drains},
    {"worker_shuts_down", shuts_down},
    {"worker_shutdown_waits_for_running_jobs", shutdown_waits_for_running_jobs},
    {"worker_closing_the_client_tells_all", closing_the_client_tells_all},
    {"worker_settings", settings},
};

HARNESS_MAIN(tests)
