/* What the tests of queues share. */
#ifndef QUEUE_TOOLS_H
#define QUEUE_TOOLS_H

#include "harness.h"

__attribute__((unused)) static distcoord_queue *open_queue(distcoord_client *client)
{
    distcoord_queue *queue = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    return queue;
}

__attribute__((unused)) static void push_text(distcoord_queue *queue, const char *text, const distcoord_job_options *options)
{
    CHECK_OK(distcoord_queue_push(queue, text, strlen(text), options, NULL, 0, E));
}

/* Claims one job; NULL when there is none. */
__attribute__((unused)) static distcoord_job *claim(distcoord_queue *queue, int64_t wait_ms)
{
    distcoord_job *job = NULL;
    distcoord_error *error = NULL;
    size_t count = 7;
    distcoord_status status = distcoord_queue_claim(queue, wait_ms, &job, 1, &count, &error);
    if (status == DISTCOORD_OK) {
        CHECK_INT(count, 1);
        REQUIRE(job != NULL);
        return job;
    }
    CHECK_INT(count, 0);
    CHECK_INT(status, wait_ms == 0 ? DISTCOORD_EMPTY : DISTCOORD_TIMED_OUT);
    if (error) report(__FILE__, __LINE__, "claim: %s", distcoord_error_message(error));
    distcoord_error_free(error);
    return NULL;
}

__attribute__((unused)) static bool has_payload(const distcoord_job *job, const char *text)
{
    size_t length = 0;
    const void *payload = distcoord_job_payload(job, &length);
    return payload != NULL && length == strlen(text) && memcmp(payload, text, length) == 0;
}

/* Claims one job, which must carry that text, completes it and frees it. */
#define CHECK_NEXT(queue, text)                                                                             \
    do {                                                                                                    \
        distcoord_job *next_ = claim((queue), 0);                                                           \
        if (next_ == NULL) {                                                                                \
            report(__FILE__, __LINE__, "no job, wanted \"%s\"", (text));                                    \
        } else {                                                                                            \
            if (!has_payload(next_, (text)))                                                                \
                report(__FILE__, __LINE__, "job is \"%.*s\", wanted \"%s\"", 40,                            \
                    (const char *)distcoord_job_payload(next_, NULL), (text));                              \
            CHECK_OK(distcoord_job_complete(next_, NULL, 0, E));                                            \
            distcoord_job_free(next_);                                                                      \
        }                                                                                                   \
    } while (0)

struct counts {
    int64_t waiting, delayed, active, dead, completed, failed, claimers;
};

__attribute__((unused)) static struct counts counts_of(distcoord_queue *queue)
{
    distcoord_queue_counts *counts = NULL;
    REQUIRE_OK(distcoord_queue_count(queue, &counts, E));
    struct counts all = {
        distcoord_queue_counts_waiting(counts), distcoord_queue_counts_delayed(counts),
        distcoord_queue_counts_active(counts), distcoord_queue_counts_dead(counts),
        distcoord_queue_counts_completed(counts), distcoord_queue_counts_failed(counts),
        distcoord_queue_counts_claimers(counts),
    };
    distcoord_queue_counts_free(counts);
    return all;
}

#endif
