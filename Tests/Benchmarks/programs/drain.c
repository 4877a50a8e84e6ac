/*
 * A worker whose jobs do nothing: claims `batch` at a time, completes them in one call. Jobs are pushed before the
 * clock starts. With two threads one batch is fetched while the other is completed.
 *
 * Usage: drain SOCKET threads batch jobs payload-bytes
 */
#include "jobs.h"
#include <pthread.h>
#include <stdatomic.h>

enum { MAX_BATCH = 1000 };

static distcoord_queue *queue;
static size_t batch;
static atomic_long done;

static void *worker(void *argument) {
    (void)argument;
    distcoord_job *jobs[MAX_BATCH];
    for (;;) {
        size_t count = 0;
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_queue_claim(queue, 0, jobs, batch, &count, &error);
        if (status == DISTCOORD_EMPTY) return NULL;
        check(status, error, "claim");
        if (batch == 1)
            MUST(distcoord_job_complete, jobs[0], NULL, 0);
        else
            MUST(distcoord_queue_complete_many, queue, jobs, NULL, NULL, count, NULL);
        for (size_t i = 0; i < count; i++) distcoord_job_free(jobs[i]);
        atomic_fetch_add(&done, (long)count);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    int threads = atoi(argv[2]);
    batch = (size_t)atoi(argv[3]);
    size_t jobs = (size_t)atol(argv[4]), length = (size_t)atoi(argv[5]);
    if (threads < 1 || threads > 16 || batch < 1 || batch > MAX_BATCH) return 64;
    distcoord_client *client = open_client(argv[1]);
    queue = open_queue(client, "drain");
    fill_queue(queue, jobs, length, NULL, 0);
    pthread_t ids[16];
    uint64_t start = now_ns();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, worker, NULL) != 0) die("thread");
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    uint64_t end = now_ns();
    if ((size_t)atomic_load(&done) != jobs) die("not every job was claimed and completed");
    printf("jobs %f\n", (double)jobs * 1e9 / (double)(end - start));
    distcoord_queue_free(queue);
    close_client(client);
    return 0;
}
