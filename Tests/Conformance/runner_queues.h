/* What the C runner can be asked about queues and jobs. */
#ifndef RUNNER_QUEUES_H
#define RUNNER_QUEUES_H

#include "runner_push.h"

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
        if (status == DISTCOORD_OK && text_of("has", NULL)) {
            status = distcoord_queue_set_capabilities(queue, text_of("has", ""));
        }
        if (status == DISTCOORD_OK && text_of("as", NULL)) {
            status = distcoord_queue_set_worker(queue, text_of("as", NULL), is_yes("steals"));
        }
        if (status == DISTCOORD_OK && text_of("partitions", NULL)) {
            status = distcoord_queue_set_partitions(queue, (int32_t)number_of("partitions", 1));
        }
        if (status == DISTCOORD_OK) keep(at, name(), queue);
    }
    *out = at->pointer;
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
            print_number("attempts", distcoord_job_max_attempts(job));
            print_number("timeout", distcoord_job_timeout_ms(job));
            print_text("type", distcoord_job_content_type(job));
            print_text("batch", distcoord_job_batch(job));
            print_text("queue", distcoord_job_queue(job));
            fputs(" headers=", stdout);
            for (size_t k = 0; k < distcoord_job_header_count(job); k++) {
                const char *header = distcoord_job_header_name(job, k), *value = distcoord_job_header_value(job, k);
                if (k > 0) putchar(',');
                print_encoded(header, strlen(header));
                putchar(':');
                print_encoded(value, strlen(value));
            }
        }
    }
}

/* What belongs to the queue, and its jobs as others see them. */
static void ask_from_outside(distcoord_queue *queue, const char *verb)
{
    int64_t count = 0;
    bool runs = false;
    if (strcmp(verb, "pause") == 0) {
        answered(distcoord_queue_pause(queue, NULL));
    } else if (strcmp(verb, "resume") == 0) {
        answered(distcoord_queue_resume(queue, NULL));
    } else if (strcmp(verb, "limit_keys") == 0) {
        answered(distcoord_queue_set_key_limit(queue, number_of("to", 1), NULL));
    } else if (strcmp(verb, "limit_rate") == 0) {
        answered(distcoord_queue_set_rate_limit(queue, number_of("to", 0), number_of("per", 1000), NULL));
    } else if (strcmp(verb, "list") == 0 || strcmp(verb, "inspect") == 0) {
        show_jobs(queue, strcmp(verb, "list") == 0);
    } else if (strcmp(verb, "cancel") == 0) {
        if (answered(distcoord_queue_cancel_job(queue, text_of("id", ""), text_of("reason", NULL), &runs, NULL))) {
            print_text("runs", runs ? "yes" : "no");
        }
    } else if (strcmp(verb, "retry") == 0) {
        if (answered(distcoord_queue_retry_dead(queue, text_of("id", NULL), &count, NULL))) {
            print_number("count", count);
        }
    } else if (strcmp(verb, "promote") == 0) {
        answered(distcoord_queue_promote(queue, text_of("id", ""), NULL));
    } else if (strcmp(verb, "purge") == 0) {
        int32_t state = state_named(text_of("state", "dead"));
        if (answered(distcoord_queue_purge(queue, state, text_of("id", NULL), 0, &count, NULL))) {
            print_number("count", count);
        }
    } else if (strncmp(verb, "schedule", 8) == 0) {
        ask_schedule(queue, verb);
    } else if (strncmp(verb, "batch", 5) == 0) {
        ask_batch(queue, verb);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
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
        status = push(queue, id, sizeof id);
        answered(status);
        if (status == DISTCOORD_OK || status == DISTCOORD_EXISTS) print_text("id", id);
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
            static const char *const states[] = {"completed", "dead", "cancelled", "skipped"};
            print_text("state", states[distcoord_result_state(result)]);
            fputs(" result=", stdout);
            print_encoded(bytes, length);
            print_text("error", distcoord_result_error_type(result));
            print_text("traceback", *distcoord_result_traceback(result) ? "yes" : "no");
            if (distcoord_result_state(result) == DISTCOORD_RESULT_DEAD) {
                print_number("attempts", distcoord_result_attempts(result));
            }
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
            print_number("blocked", distcoord_queue_counts_blocked(counts));
            print_number("unserved", distcoord_queue_counts_unserved(counts));
            print_number("cancelled", distcoord_queue_counts_cancelled(counts));
        }
        distcoord_queue_counts_free(counts);
    } else {
        ask_from_outside(queue, verb);
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
        answered(distcoord_job_fail_with(job, text_of("error", ""), text_of("message", ""), text_of("traceback", NULL),
            strcmp(text_of("retry", "yes"), "no") != 0, number_of("delay", -1), NULL));
    } else if (strcmp(verb, "release") == 0) {
        bool is_later = text_of("delay", NULL) != NULL;
        answered(is_later ? distcoord_job_release_after(job, number_of("delay", 0), NULL)
                          : distcoord_job_release(job, NULL));
    } else if (strcmp(verb, "cancelled") == 0) {
        answered(distcoord_job_cancelled(job, NULL));
    } else if (strcmp(verb, "progress") == 0) {
        answered(distcoord_job_progress(job, (int32_t)number_of("percent", 0), text_of("text", NULL), NULL));
    } else if (strcmp(verb, "state") == 0) {
        static const char *const states[] = {"claimed", "settled", "lost", "cancelling", "expired"};
        answered(DISTCOORD_OK);
        print_text("state", states[distcoord_job_state(job)]);
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
