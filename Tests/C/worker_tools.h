/* What the tests of workers share. */
#ifndef WORKER_TOOLS_H
#define WORKER_TOOLS_H

#include "queue_tools.h"

/* A worker on the queue that `open_queue` opens. */
__attribute__((unused)) static distcoord_worker *open_worker(distcoord_client *client, const char *name)
{
    distcoord_worker *worker = NULL;
    REQUIRE_OK(distcoord_worker_open(client, name, &worker, E));
    REQUIRE_OK(distcoord_worker_add_queue(worker, "a", 1, E));
    return worker;
}

/* The next job; NULL when there is none in that time. */
__attribute__((unused)) static distcoord_job *next(distcoord_worker *worker, int64_t wait_ms)
{
    distcoord_job *job = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_worker_next(worker, wait_ms, &job, &error);
    if (error) report(__FILE__, __LINE__, "next: %s", distcoord_error_message(error));
    distcoord_error_free(error);
    CHECK(status == DISTCOORD_OK || job == NULL);
    return job;
}

/* Takes the next job, which must carry that text, and says that it is done. */
#define CHECK_WORK(worker, text)                                                                            \
    do {                                                                                                    \
        distcoord_job *job_ = next((worker), 5000);                                                         \
        if (job_ == NULL) {                                                                                 \
            report(__FILE__, __LINE__, "no job, wanted \"%s\"", (text));                                    \
        } else {                                                                                            \
            if (!has_payload(job_, (text)))                                                                 \
                report(__FILE__, __LINE__, "job is \"%.*s\", wanted \"%s\"", 40,                            \
                    (const char *)distcoord_job_payload(job_, NULL), (text));                               \
            CHECK_OK(distcoord_worker_done((worker), job_, NULL, 0, E));                                    \
            distcoord_job_free(job_);                                                                       \
        }                                                                                                   \
    } while (0)

__attribute__((unused)) static void push_numbers(distcoord_queue *queue, int from, int count)
{
    for (int i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", from + i);
        push_text(queue, text, NULL);
    }
}

/* Number of registered workers in the client's namespace. */
__attribute__((unused)) static size_t workers_of(distcoord_client *client)
{
    distcoord_worker_list *list = NULL;
    REQUIRE_OK(distcoord_workers_list(client, &list, E));
    size_t count = distcoord_worker_list_count(list);
    distcoord_worker_list_free(list);
    return count;
}

#endif
