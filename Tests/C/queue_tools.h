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
    int64_t waiting, delayed, active, dead, completed, failed, claimers, blocked, unserved, cancelled;
};

__attribute__((unused)) static struct counts counts_of(distcoord_queue *queue)
{
    distcoord_queue_counts *counts = NULL;
    REQUIRE_OK(distcoord_queue_count(queue, &counts, E));
    struct counts all = {
        distcoord_queue_counts_waiting(counts), distcoord_queue_counts_delayed(counts),
        distcoord_queue_counts_active(counts), distcoord_queue_counts_dead(counts),
        distcoord_queue_counts_completed(counts), distcoord_queue_counts_failed(counts),
        distcoord_queue_counts_claimers(counts), distcoord_queue_counts_blocked(counts),
        distcoord_queue_counts_unserved(counts), distcoord_queue_counts_cancelled(counts),
    };
    distcoord_queue_counts_free(counts);
    return all;
}

/* Pushes one job under an id of its own; the options get that id. */
__attribute__((unused)) static void push_as(
    distcoord_queue *queue, const char *id, const char *text, distcoord_job_options *options)
{
    distcoord_job_options *own = options ? options : distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_id(own, id), DISTCOORD_OK);
    push_text(queue, text, own);
    if (options == NULL) distcoord_job_options_free(own);
}

/* Where a job is, one of DISTCOORD_STATE_*; -1 when nobody knows it. */
__attribute__((unused)) static int32_t state_of(distcoord_queue *queue, const char *id)
{
    distcoord_job_list *list = NULL;
    distcoord_status status = distcoord_queue_inspect(queue, id, &list, NULL);
    int32_t state = status == DISTCOORD_OK ? distcoord_job_list_state(list, 0) : -1;
    if (status != DISTCOORD_OK && status != DISTCOORD_NOT_FOUND) {
        report(__FILE__, __LINE__, "inspect %s answers %s", id, distcoord_status_name(status));
    }
    distcoord_job_list_free(list);
    return state;
}

/* How a job ended, waiting for that; the caller frees it. */
__attribute__((unused)) static distcoord_result *end_of(distcoord_queue *queue, const char *id)
{
    distcoord_result *result = NULL;
    REQUIRE_OK(distcoord_queue_result(queue, id, 10000 * time_factor(), &result, E));
    return result;
}

/* The job must have ended in that state, with these bytes. */
#define CHECK_ENDED(queue, id, wanted_state, wanted_bytes)                                                  \
    do {                                                                                                    \
        distcoord_result *end_ = end_of((queue), (id));                                                     \
        CHECK_INT(distcoord_result_state(end_), (wanted_state));                                            \
        CHECK_TEXT((const char *)distcoord_result_bytes(end_, NULL), (wanted_bytes));                       \
        distcoord_result_free(end_);                                                                        \
    } while (0)

/* Claims one job at once, which must carry that text. */
#define CLAIM(queue, text)                                                                                  \
    ({                                                                                                      \
        distcoord_job *had_job_ = claim((queue), 0);                                                        \
        if (had_job_ == NULL || !has_payload(had_job_, (text)))                                             \
            report(__FILE__, __LINE__, "job is \"%s\", wanted \"%s\"",                                      \
                had_job_ ? (const char *)distcoord_job_payload(had_job_, NULL) : "(none)", (text));         \
        REQUIRE(had_job_ != NULL);                                                                          \
        had_job_;                                                                                           \
    })

/*
 * Starts a process that claims one job and dies with it. Before the test has made a client: sanitizers cannot follow a
 * process that forks after it has started threads. It looks again and again instead of waiting, since a job that is
 * handed out by a message is not counted as an attempt when nobody is heard of who got it.
 */
__attribute__((unused)) static pid_t start_doomed(int64_t lease_ms)
{
    fflush(NULL);
    pid_t child = fork();
    if (child != 0) return child;
    distcoord_queue *queue = open_queue(open_client());
    distcoord_queue_set_lease_ms(queue, lease_ms);
    for (int64_t until = now_ms() + 20000; now_ms() < until; sleep_ms(5)) {
        if (claim(queue, 0) != NULL) _exit(0);
    }
    _exit(1);
}

__attribute__((unused)) static void join_doomed(pid_t child)
{
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child && status == 0);
}

/* Settles a job by a call and frees it. */
#define SETTLE(job, call)                                                                                   \
    do {                                                                                                    \
        CHECK_OK(call);                                                                                     \
        distcoord_job_free(job);                                                                            \
    } while (0)

#endif
