/*
 * Pushes a batch of jobs through a buffer, has a worker do them with a callback on four threads, and waits until all of
 * them have ended.
 *
 *   cc batch_worker.c $(pkg-config --cflags --libs distcoord) -o batch_worker && ./batch_worker 500
 */
#include <distcoord.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

/* Runs on a thread of the worker's. A job that is not settled here is completed without a result. */
static void work(distcoord_job *job, void *context)
{
    size_t length = 0;
    const unsigned char *payload = distcoord_job_payload(job, &length);
    (void)context;
    /* Long work would look at distcoord_job_state now and then: lost, cancelling, out of time. */
    if (length != sizeof(int)) {
        distcoord_job_fail_with(job, "format", "no number", NULL, false, -1, NULL);
    } else if (payload[0] % 100 == 99) {
        distcoord_job_fail_with(job, "unlucky", "the first byte ends in 99", NULL, false, -1, NULL);
    }
}

static int push(distcoord_queue *queue, distcoord_batch *batch, int count)
{
    distcoord_producer *producer = NULL;
    distcoord_error *error = NULL;
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_job_options_set_batch(options, distcoord_batch_id(batch));
    distcoord_status status = distcoord_producer_open(queue, &producer, &error);
    for (int i = 0; i < count && status == DISTCOORD_OK; i++) {
        /* Returns at once; a thread of the library sends fifty at a time. */
        status = distcoord_producer_push(producer, &i, sizeof i, options, NULL, 0, &error);
    }
    if (status == DISTCOORD_OK) status = distcoord_producer_close(producer, 10000, &error);
    if (status == DISTCOORD_OK) status = distcoord_batch_seal(batch, &error);
    distcoord_job_options_free(options);
    distcoord_producer_free(producer);
    return status == DISTCOORD_OK ? 0 : failed("push", status, error);
}

int main(int argc, char **argv)
{
    distcoord_client *client = NULL;
    distcoord_queue *queue = NULL;
    distcoord_batch *batch = NULL;
    distcoord_worker *worker = NULL;
    distcoord_batch_counts *counts = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 1;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_queue_open(client, "numbers", &queue, &error);
    if (status == DISTCOORD_OK) status = distcoord_batch_open(queue, NULL, &batch, &error);
    if (status == DISTCOORD_OK) status = distcoord_worker_open(client, NULL, &worker, &error);
    if (status == DISTCOORD_OK) status = distcoord_worker_add_queue(worker, "numbers", 1, &error);
    if (status != DISTCOORD_OK) {
        failed("set up", status, error);
    } else if (push(queue, batch, argc > 1 ? atoi(argv[1]) : 500) == 0) {
        distcoord_worker_set_concurrency(worker, 4);
        /* It ends when there is no more; without this, when distcoord_worker_stop says so. */
        distcoord_worker_drain(worker);
        status = distcoord_worker_run(worker, work, NULL, &error);
        if (status == DISTCOORD_OK) status = distcoord_worker_shutdown(worker, 5000, &error);
        if (status == DISTCOORD_OK) status = distcoord_batch_wait(batch, 10000, &counts, &error);
        if (status == DISTCOORD_OK) {
            printf("all %lld have ended, %lld failed\n", (long long)distcoord_batch_counts_total(counts),
                (long long)distcoord_batch_counts_failed(counts));
            result = 0;
        } else {
            failed("work", status, error);
        }
    }
    distcoord_batch_counts_free(counts);
    distcoord_worker_free(worker);
    distcoord_batch_free(batch);
    distcoord_queue_free(queue);
    distcoord_client_free(client);
    return result;
}
