/* Workers and fork: a child has none of the parent's, and one of its own works. */
#include "fork_tools.h"
#include "worker_tools.h"

static distcoord_client *client;
static distcoord_worker *worker;
static distcoord_job *job;

static void parents_worker_is_refused(void *unused)
{
    (void)unused;
    distcoord_job *other = NULL;
    CHECK_STATUS(distcoord_worker_next(worker, -1, &other, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_worker_shutdown(worker, -1, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_worker_add_queue(worker, "b", 1, E), DISTCOORD_ERROR_FORKED);
    CHECK_INT(distcoord_worker_set_concurrency(worker, 2), DISTCOORD_ERROR_FORKED);
    distcoord_worker_stop(worker);
    distcoord_worker_drain(worker);
    distcoord_worker_cancel(worker);
    if (job) CHECK_STATUS(distcoord_worker_done(worker, job, NULL, 0, E), DISTCOORD_ERROR_FORKED);
    distcoord_job_free(job);
    distcoord_worker_free(worker);
    /* One of its own on the inherited client. */
    distcoord_queue *queue = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "b", &queue, E));
    push_text(queue, "1", NULL);
    REQUIRE_OK(distcoord_worker_open(client, "child", &worker, E));
    CHECK_OK(distcoord_worker_add_queue(worker, "b", 1, E));
    CHECK_WORK(worker, "1");
    CHECK_OK(distcoord_worker_shutdown(worker, 0, E));
    CHECK_INT(counts_of(queue).completed, 1);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
}

static void *wait_for_jobs(void *argument)
{
    distcoord_job *other = NULL;
    CHECK_STATUS(distcoord_worker_next(worker, -1, &other, E), DISTCOORD_EMPTY);
    return argument;
}

static void fork_with_a_worker(void)
{
    client = open_client();
    distcoord_queue *queue = open_queue(client);
    worker = open_worker(client, "parent");
    CHECK_INT(distcoord_worker_set_prefetch(worker, 0), DISTCOORD_OK);
    push_numbers(queue, 0, 1);
    job = next(worker, 5000);
    REQUIRE(job != NULL);
    in_child(parents_worker_is_refused, NULL);
    /* The parent's is as it was. */
    CHECK_INT(counts_of(queue).active, 1);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    CHECK_OK(distcoord_worker_done(worker, job, NULL, 0, E));
    distcoord_job_free(job);
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 1));
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Children are forked while a thread of the parent waits for jobs, and holds whatever it holds. */
static void fork_while_it_waits(void)
{
    client = open_client();
    distcoord_queue *queue = open_queue(client);
    worker = open_worker(client, "parent");
    pthread_t thread = start_thread(wait_for_jobs, NULL);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    in_child(parents_worker_is_refused, NULL);
    /* The parent waits on. */
    CHECK_INT(counts_of(queue).claimers, 1);
    distcoord_worker_stop(worker);
    pthread_join(thread, NULL);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"worker_fork_with_a_worker", fork_with_a_worker},
    {"worker_fork_while_it_waits", fork_while_it_waits},
};

HARNESS_MAIN(tests)
