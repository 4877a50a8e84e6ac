/*
 * A worker of the library's own runtime whose jobs do nothing, until the queue is empty and every completion has been
 * accepted. Jobs are pushed before the clock starts.
 *
 * Usage: worker_drain SOCKET next|run threads jobs payload-bytes
 * `next` is a loop of distcoord_worker_next and distcoord_worker_done on one thread, `run` a callback on so many.
 */
#include "jobs.h"

static void no_op(distcoord_job *job, void *context) {
    (void)job;
    (void)context;
}

static void take_all(distcoord_worker *worker) {
    for (;;) {
        distcoord_job *job = NULL;
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_worker_next(worker, -1, &job, &error);
        if (status == DISTCOORD_EMPTY) return;
        check(status, error, "distcoord_worker_next");
        MUST(distcoord_worker_done, worker, job, NULL, 0);
        distcoord_job_free(job);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    int64_t jobs = atol(argv[4]);
    distcoord_client *client = open_client(argv[1]);
    distcoord_queue *queue = open_queue(client, "drain");
    fill_queue(queue, (size_t)jobs, (size_t)atoi(argv[5]), NULL, 0);
    distcoord_worker *worker = NULL;
    MUST(distcoord_worker_open, client, NULL, &worker);
    MUST(distcoord_worker_add_queue, worker, "drain", 1);
    if (distcoord_worker_set_concurrency(worker, atoi(argv[3])) != DISTCOORD_OK) return 64;
    uint64_t start = now_ns();
    distcoord_worker_drain(worker);
    if (strcmp(argv[2], "next") == 0)
        take_all(worker);
    else
        MUST(distcoord_worker_run, worker, no_op, NULL);
    MUST(distcoord_worker_shutdown, worker, -1);
    uint64_t end = now_ns();
    if (distcoord_worker_count(worker, DISTCOORD_WORKER_PROCESSED) != jobs) die("not every job was completed");
    printf("jobs %f\n", (double)jobs * 1e9 / (double)(end - start));
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
    return 0;
}
