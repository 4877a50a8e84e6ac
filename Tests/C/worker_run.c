/* A worker that calls a handler: on several threads, until it is stopped, drained, cancelled or shut down. */
#include "worker_tools.h"

struct seen {
    distcoord_worker *worker;
    atomic_int jobs, running, most;
    /* After so many jobs the worker is stopped; 0: never. */
    int stop_after;
    int64_t each_ms;
    atomic_bool is_open;
};

static void handle(distcoord_job *job, void *context)
{
    struct seen *seen = context;
    int running = atomic_fetch_add(&seen->running, 1) + 1, most = atomic_load(&seen->most);
    while (running > most && !atomic_compare_exchange_weak(&seen->most, &most, running)) {
    }
    int number = atomic_fetch_add(&seen->jobs, 1) + 1;
    if (seen->each_ms > 0) sleep_ms(seen->each_ms);
    /* All ways to end a job, and none. */
    if (number % 4 == 1) CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    if (number % 4 == 2) CHECK_OK(distcoord_worker_done(seen->worker, job, "2", 1, E));
    if (seen->stop_after > 0 && number == seen->stop_after) distcoord_worker_stop(seen->worker);
    atomic_fetch_sub(&seen->running, 1);
}

static void until_drained(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    struct seen seen = {.worker = worker};
    CHECK_INT(distcoord_worker_set_concurrency(worker, 3), DISTCOORD_OK);
    push_numbers(queue, 0, 500);
    distcoord_worker_drain(worker);
    CHECK_OK(distcoord_worker_run(worker, handle, &seen, E));
    CHECK_INT(atomic_load(&seen.jobs), 500);
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 500));
    CHECK(EVENTUALLY(5000, distcoord_worker_count(worker, DISTCOORD_WORKER_PROCESSED) == 500));
    CHECK_OK(distcoord_worker_run(worker, handle, &seen, E));
    CHECK_INT(atomic_load(&seen.jobs), 500);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void several_at_the_same_time(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    struct seen seen = {.worker = worker, .each_ms = 100};
    CHECK_INT(distcoord_worker_set_concurrency(worker, 4), DISTCOORD_OK);
    push_numbers(queue, 0, 12);
    distcoord_worker_drain(worker);
    CHECK_OK(distcoord_worker_run(worker, handle, &seen, E));
    CHECK_INT(atomic_load(&seen.jobs), 12);
    CHECK_INT(atomic_load(&seen.most), 4);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void stopped_by_its_handler(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    struct seen seen = {.worker = worker, .stop_after = 5};
    push_numbers(queue, 0, 50);
    CHECK_OK(distcoord_worker_run(worker, handle, &seen, E));
    CHECK_INT(atomic_load(&seen.jobs), 5);
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 5));
    CHECK(EVENTUALLY(5000, counts_of(queue).waiting == 45));
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

struct running {
    distcoord_worker *worker;
    struct seen *seen;
    distcoord_status status;
    pthread_t thread;
};

static void *run(void *argument)
{
    struct running *running = argument;
    running->status = distcoord_worker_run(running->worker, handle, running->seen, NULL);
    return NULL;
}

static void cancelled_and_run_again(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    struct seen seen = {.worker = worker};
    struct running running = {.worker = worker, .seen = &seen};
    running.thread = start_thread(run, &running);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    CHECK_STATUS(distcoord_worker_run(worker, handle, &seen, E), DISTCOORD_ERROR_CONFLICT);
    distcoord_worker_cancel(worker);
    pthread_join(running.thread, NULL);
    CHECK_INT(running.status, DISTCOORD_CANCELLED);
    running.thread = start_thread(run, &running);
    push_numbers(queue, 0, 10);
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 10));
    distcoord_worker_stop(worker);
    pthread_join(running.thread, NULL);
    CHECK_INT(running.status, DISTCOORD_OK);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void wait_for_the_gate(distcoord_job *job, void *context)
{
    struct seen *seen = context;
    atomic_fetch_add(&seen->jobs, 1);
    while (!atomic_load(&seen->is_open) && distcoord_job_state(job) == DISTCOORD_JOB_CLAIMED) sleep_ms(2);
}

static void *run_gated(void *argument)
{
    struct running *running = argument;
    running->status = distcoord_worker_run(running->worker, wait_for_the_gate, running->seen, NULL);
    return NULL;
}

/* A handler sees that its job was given back. */
static void shut_down_while_a_handler_runs(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    struct seen seen = {.worker = worker};
    struct running running = {.worker = worker, .seen = &seen};
    push_numbers(queue, 0, 1);
    running.thread = start_thread(run_gated, &running);
    REQUIRE(EVENTUALLY(5000, atomic_load(&seen.jobs) == 1));
    CHECK_STATUS(distcoord_worker_shutdown(worker, 20, E), DISTCOORD_TIMED_OUT);
    pthread_join(running.thread, NULL);
    CHECK_INT(running.status, DISTCOORD_OK);
    CHECK_INT(counts_of(queue).waiting, 1);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_INT(distcoord_job_attempt(job), 1);
    distcoord_job_free(job);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Says yes once the handler runs. */
static int32_t is_at_work(void *context)
{
    struct seen *seen = context;
    return atomic_load(&seen->jobs) > 0;
}

static void shut_down_from_within(distcoord_job *job, void *context)
{
    struct seen *seen = context;
    atomic_fetch_add(&seen->jobs, 1);
    CHECK_STATUS(distcoord_worker_shutdown(seen->worker, -1, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
}

/* A handler that shuts its worker down does not wait for itself. */
static void shut_down_by_its_handler(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    struct seen seen = {.worker = worker};
    push_numbers(queue, 0, 2);
    CHECK_OK(distcoord_worker_run(worker, shut_down_from_within, &seen, E));
    CHECK_INT(atomic_load(&seen.jobs), 1);
    CHECK_INT(counts_of(queue).waiting, 2);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

/* The interrupt function is asked on the thread that called, while others work; a job that runs is given back. */
static void interrupted(void)
{
    distcoord_client *other = open_client();
    distcoord_queue *queue = open_queue(other);
    struct seen seen = {.each_ms = 0};
    distcoord_options *options = namespace_options();
    CHECK_INT(distcoord_options_set_interrupt(options, is_at_work, &seen), DISTCOORD_OK);
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_worker *worker = open_worker(client, "w");
    push_numbers(queue, 0, 1);
    CHECK_STATUS(distcoord_worker_run(worker, wait_for_the_gate, &seen, E), DISTCOORD_INTERRUPTED);
    CHECK(EVENTUALLY(5000, counts_of(queue).waiting == 1));
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RELEASED), 1);
    distcoord_worker_free(worker);
    distcoord_client_free(client);
    distcoord_queue_free(queue);
    close_client(other);
}

static const struct test tests[] = {
    {"worker_run_until_drained", until_drained},
    {"worker_run_several_at_the_same_time", several_at_the_same_time},
    {"worker_run_stopped_by_its_handler", stopped_by_its_handler},
    {"worker_run_cancelled_and_run_again", cancelled_and_run_again},
    {"worker_run_shut_down_while_a_handler_runs", shut_down_while_a_handler_runs},
    {"worker_run_shut_down_by_its_handler", shut_down_by_its_handler},
    {"worker_run_interrupted", interrupted},
};

HARNESS_MAIN(tests)
