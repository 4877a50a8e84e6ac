/* What the C runner can be asked about queues and jobs. */
#ifndef RUNNER_QUEUES_H
#define RUNNER_QUEUES_H

#include "runner_wire.h"

enum { BATCH = 256 };

static struct handle queues[LIMIT], jobs[LIMIT];

static distcoord_status find_queue(distcoord_queue **out)
{
    struct handle *at = slot(queues, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_queue *queue = NULL;
        status = distcoord_queue_open(client, name(), &queue, NULL);
        if (status == DISTCOORD_OK && text_of("lease", NULL)) {
            status = distcoord_queue_set_lease_ms(queue, number_of("lease", 0));
        }
        if (status == DISTCOORD_OK) keep(at, name(), queue);
    }
    *out = at->pointer;
    return status;
}

static distcoord_status push(distcoord_queue *queue, char *id, size_t capacity)
{
    size_t length = 0;
    const char *payload = bytes_of("payload", &length);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_status status = distcoord_job_options_set_id(options, text_of("id", NULL));
    if (status == DISTCOORD_OK) status = distcoord_job_options_set_task(options, text_of("task", ""));
    distcoord_job_options_set_priority(options, (int32_t)number_of("priority", 0));
    if (status == DISTCOORD_OK) status = distcoord_job_options_set_delay_ms(options, number_of("delay", 0));
    if (status == DISTCOORD_OK) {
        status = distcoord_job_options_set_max_attempts(options, (int32_t)number_of("attempts", 4));
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_job_options_set_backoff_ms(options, number_of("backoff", 1000), 300000);
    }
    if (status == DISTCOORD_OK) status = distcoord_job_options_set_result_ttl_ms(options, number_of("ttl", 600000));
    if (status == DISTCOORD_OK) {
        status = distcoord_queue_push(queue, payload, length, options, id, capacity, NULL);
    }
    distcoord_job_options_free(options);
    return status;
}

static void push_many(distcoord_queue *queue)
{
    size_t count = (size_t)number_of("count", 0);
    const void **payloads = calloc(count + 1, sizeof *payloads);
    size_t *lengths = calloc(count + 1, sizeof *lengths);
    distcoord_push_receipt *receipt = NULL;
    for (size_t i = 0; i < count; i++) {
        char text[256];
        lengths[i] = (size_t)snprintf(text, sizeof text, "%s%zu", text_of("prefix", ""), i);
        payloads[i] = strdup(text);
    }
    if (answered(distcoord_queue_push_many(queue, payloads, lengths, NULL, count, &receipt, NULL))) {
        print_number("count", (int64_t)distcoord_push_receipt_count(receipt));
    }
    for (size_t i = 0; i < count; i++) free((void *)(uintptr_t)payloads[i]);
    free(payloads);
    free(lengths);
    distcoord_push_receipt_free(receipt);
}

static void claim(distcoord_queue *queue, size_t capacity, bool many)
{
    distcoord_job *claimed[BATCH];
    size_t count = 0;
    distcoord_status status = distcoord_queue_claim(queue, number_of("wait", -1), claimed, capacity, &count, NULL);
    if (status == DISTCOORD_EMPTY || status == DISTCOORD_TIMED_OUT) {
        fputs("NONE", stdout);
        return;
    }
    if (!answered(status)) return;
    if (many) {
        print_number("count", (int64_t)count);
        fputs(" payloads=", stdout);
    }
    for (size_t i = 0; i < count; i++) {
        distcoord_job *job = claimed[i];
        size_t length = 0;
        const char *payload = distcoord_job_payload(job, &length);
        struct handle *at = slot(jobs, distcoord_job_id(job));
        distcoord_job_free(at->pointer);
        keep(at, distcoord_job_id(job), job);
        if (!many) {
            print_text("id", distcoord_job_id(job));
            fputs(" payload=", stdout);
        } else if (i > 0) {
            putchar(',');
        }
        print_encoded(payload, length);
        if (!many) {
            print_text("task", distcoord_job_task(job));
            print_number("attempt", distcoord_job_attempt(job));
            print_number("priority", distcoord_job_priority(job));
            print_number("fence", (int64_t)distcoord_job_fence(job));
        }
    }
}

static void ask_queue(const char *verb)
{
    distcoord_queue *queue = NULL;
    distcoord_status status = DISTCOORD_OK;
    if (strcmp(verb, "find") == 0) {
        status = distcoord_queue_find(client, name(), &queue, NULL);
        if (answered(status)) print_text("queue", distcoord_queue_name(queue));
        distcoord_queue_free(queue);
        return;
    }
    status = find_queue(&queue);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "push") == 0) {
        char id[129] = "";
        if (answered(push(queue, id, sizeof id))) print_text("id", id);
    } else if (strcmp(verb, "push_many") == 0) {
        push_many(queue);
    } else if (strcmp(verb, "claim") == 0) {
        claim(queue, 1, false);
    } else if (strcmp(verb, "claim_many") == 0) {
        int64_t count = number_of("count", 1);
        claim(queue, count < BATCH ? (size_t)count : BATCH, true);
    } else if (strcmp(verb, "result") == 0) {
        distcoord_result *result = NULL;
        if (answered(distcoord_queue_result(queue, text_of("id", ""), number_of("wait", -1), &result, NULL))) {
            size_t length = 0;
            const char *bytes = distcoord_result_bytes(result, &length);
            bool completed = distcoord_result_state(result) == DISTCOORD_RESULT_COMPLETED;
            print_text("state", completed ? "completed" : "dead");
            fputs(" result=", stdout);
            print_encoded(bytes, length);
        }
        distcoord_result_free(result);
    } else if (strcmp(verb, "counts") == 0) {
        distcoord_queue_counts *counts = NULL;
        if (answered(distcoord_queue_count(queue, &counts, NULL))) {
            print_number("waiting", distcoord_queue_counts_waiting(counts));
            print_number("delayed", distcoord_queue_counts_delayed(counts));
            print_number("active", distcoord_queue_counts_active(counts));
            print_number("dead", distcoord_queue_counts_dead(counts));
            print_number("completed", distcoord_queue_counts_completed(counts));
            print_number("failed", distcoord_queue_counts_failed(counts));
            print_number("claimers", distcoord_queue_counts_claimers(counts));
        }
        distcoord_queue_counts_free(counts);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void ask_job(const char *verb)
{
    distcoord_job *job = slot(jobs, name())->pointer;
    if (job == NULL) {
        fputs("UNKNOWN_JOB", stdout);
    } else if (strcmp(verb, "complete") == 0) {
        size_t length = 0;
        const char *result = bytes_of("result", &length);
        answered(distcoord_job_complete(job, result, length, NULL));
    } else if (strcmp(verb, "fail") == 0) {
        answered(distcoord_job_fail(job, text_of("message", ""), strcmp(text_of("retry", "yes"), "no") != 0, NULL));
    } else if (strcmp(verb, "release") == 0) {
        answered(distcoord_job_release(job, NULL));
    } else if (strcmp(verb, "lost") == 0) {
        answered(DISTCOORD_OK);
        print_text("lost", distcoord_job_state(job) == DISTCOORD_JOB_LOST ? "yes" : "no");
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void free_queues(void)
{
    for (int i = 0; i < LIMIT; i++) {
        distcoord_job_free(jobs[i].pointer);
        distcoord_queue_free(queues[i].pointer);
    }
}

#endif
