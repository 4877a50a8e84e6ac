/* What the C runner can be asked about jobs that nobody has claimed: pushing, schedules, batches, lists. */
#ifndef RUNNER_PUSH_H
#define RUNNER_PUSH_H

#include "runner_wire.h"

/* One of several words, by its number; -1 for another. */
static int32_t number_among(const char *word, const char *const *choices, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(word, choices[i]) == 0) return i;
    }
    return -1;
}

static const char *const state_names[] = {
    "waiting", "delayed", "active", "blocked", "dead", "completed", "cancelled", "skipped",
};

static int32_t state_named(const char *word) { return number_among(word, state_names, 8); }

/* Sets what the request says about a job; stops at the first that is refused. */
static distcoord_status set_options(distcoord_job_options *options)
{
    static const char *const modes[] = {"refuse", "replace", "extend"}, *const policies[] = {"fail", "skip", "run"};
    static char after[LINE];
    const char *ids[1000], *header = text_of("header", NULL);
#define SET(call)                                                                                                      \
    do {                                                                                                               \
        distcoord_status status_ = (call);                                                                             \
        if (status_ != DISTCOORD_OK) return status_;                                                                   \
    } while (0)
    SET(distcoord_job_options_set_id(options, text_of("id", NULL)));
    SET(distcoord_job_options_set_task(options, text_of("task", "")));
    SET(distcoord_job_options_set_priority(options, (int32_t)number_of("priority", 0)));
    SET(distcoord_job_options_set_delay_ms(options, number_of("delay", 0)));
    SET(distcoord_job_options_set_max_attempts(options, (int32_t)number_of("attempts", 4)));
    SET(distcoord_job_options_set_backoff_ms(options, number_of("backoff", 1000), 300000));
    SET(distcoord_job_options_set_result_ttl_ms(options, number_of("ttl", 600000)));
    SET(distcoord_job_options_set_timeout_ms(options, number_of("timeout", 0)));
    SET(distcoord_job_options_set_content_type(options, text_of("type", "")));
    SET(distcoord_job_options_set_unique(
        options, text_of("unique", NULL), number_among(text_of("mode", "refuse"), modes, 3)));
    SET(distcoord_job_options_set_concurrency_key(options, text_of("key", NULL)));
    SET(distcoord_job_options_set_capabilities(options, text_of("needs", "")));
    SET(distcoord_job_options_set_pool(options, text_of("pool", "")));
    SET(distcoord_job_options_set_worker(options, text_of("worker", NULL)));
    SET(distcoord_job_options_set_batch(options, text_of("batch", NULL)));
    if (text_of("patience", NULL)) {
        SET(distcoord_job_options_set_capability_timeout_ms(options, number_of("patience", 0)));
    }
    if (header) {
        const char *colon = strchr(header, ':');
        char header_name[256];
        snprintf(header_name, sizeof header_name, "%.*s", colon ? (int)(colon - header) : 0, header);
        SET(distcoord_job_options_set_header(options, header_name, colon ? colon + 1 : NULL));
    }
    snprintf(after, sizeof after, "%s", text_of("after", ""));
    size_t count = split(after, ids, 1000);
    SET(distcoord_job_options_set_after(options, ids, count, number_among(text_of("policy", "fail"), policies, 3)));
#undef SET
    return DISTCOORD_OK;
}

static distcoord_status push(distcoord_queue *queue, char *id, size_t capacity)
{
    size_t length = 0;
    const char *payload = bytes_of("payload", &length);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_status status = set_options(options);
    if (status == DISTCOORD_OK) {
        status = distcoord_queue_push(queue, payload, length, options, id, capacity, NULL);
    }
    distcoord_job_options_free(options);
    return status;
}

/* ---------------------------------------------------------------- schedules */

static void ask_schedule(distcoord_queue *queue, const char *verb)
{
    distcoord_schedule_options *options = distcoord_schedule_options_new();
    distcoord_schedule_list *list = NULL;
    distcoord_status status = DISTCOORD_OK;
    if (strcmp(verb, "schedule") == 0) {
        size_t length = 0;
        const char *payload = bytes_of("payload", &length), *cron = text_of("cron", NULL);
        if (cron) status = distcoord_schedule_options_set_cron(options, cron, text_of("zone", "UTC"));
        if (text_of("every", NULL)) status = distcoord_schedule_options_set_interval_ms(options, number_of("every", 0));
        if (status == DISTCOORD_OK) {
            status = distcoord_queue_set_schedule(queue, text_of("as", ""), options, payload, length, NULL, NULL);
        }
        answered(status);
    } else if (strcmp(verb, "schedule_remove") == 0) {
        answered(distcoord_queue_remove_schedule(queue, text_of("as", ""), NULL));
    } else if (answered(distcoord_queue_list_schedules(queue, &list, NULL))) {
        print_number("count", (int64_t)distcoord_schedule_list_count(list));
        print_text("name", distcoord_schedule_list_name(list, 0));
        print_number("every", distcoord_schedule_list_interval_ms(list, 0));
        print_text("cron", distcoord_schedule_list_cron(list, 0));
        print_text("zone", distcoord_schedule_list_time_zone(list, 0));
        print_number("next", distcoord_schedule_list_next_ms(list, 0));
        print_number("runs", distcoord_schedule_list_runs(list, 0));
    }
    distcoord_schedule_list_free(list);
    distcoord_schedule_options_free(options);
}

static void ask_cron(const char *verb)
{
    int64_t next = 0;
    (void)verb;
    distcoord_status status = distcoord_cron_next(
        text_of("line", ""), text_of("zone", "UTC"), number_of("after", 0), &next, NULL);
    if (answered(status)) print_number("next", next);
}

/* ---------------------------------------------------------------- batches */

static void ask_batch(distcoord_queue *queue, const char *verb)
{
    distcoord_batch *batch = NULL;
    distcoord_batch_counts *counts = NULL;
    distcoord_status status = distcoord_batch_open(queue, text_of("id", NULL), &batch, NULL);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "batch_seal") == 0) {
        answered(distcoord_batch_seal(batch, NULL));
    } else {
        status = distcoord_batch_wait(batch, number_of("wait", -1), &counts, NULL);
        answered(status);
        if (status == DISTCOORD_OK || status == DISTCOORD_TIMED_OUT) {
            print_number("total", distcoord_batch_counts_total(counts));
            print_number("completed", distcoord_batch_counts_completed(counts));
            print_number("failed", distcoord_batch_counts_failed(counts));
            print_number("cancelled", distcoord_batch_counts_cancelled(counts));
            print_text("sealed", distcoord_batch_counts_is_sealed(counts) ? "yes" : "no");
        }
    }
    distcoord_batch_counts_free(counts);
    distcoord_batch_free(batch);
}

/* ---------------------------------------------------------------- looking at jobs */

static void show_jobs(distcoord_queue *queue, bool is_list)
{
    distcoord_job_list *list = NULL;
    distcoord_status status = is_list
        ? distcoord_queue_list(queue, state_named(text_of("state", "waiting")), number_of("offset", 0),
              number_of("limit", 100), &list, NULL)
        : distcoord_queue_inspect(queue, text_of("id", ""), &list, NULL);
    if (!answered(status)) return;
    if (is_list) {
        print_number("count", (int64_t)distcoord_job_list_count(list));
        fputs(" ids=", stdout);
        for (size_t i = 0; i < distcoord_job_list_count(list); i++) {
            const char *id = distcoord_job_list_id(list, i);
            if (i > 0) putchar(',');
            print_encoded(id, strlen(id));
        }
    } else {
        print_text("state", state_names[distcoord_job_list_state(list, 0)]);
        print_text("task", distcoord_job_list_task(list, 0));
        print_number("priority", distcoord_job_list_priority(list, 0));
        print_number("attempt", distcoord_job_list_attempt(list, 0));
        print_number("progress", distcoord_job_list_progress(list, 0));
        print_text("text", distcoord_job_list_progress_text(list, 0));
        print_text("cancelling", distcoord_job_list_cancelling(list, 0) ? "yes" : "no");
        print_text("error", distcoord_job_list_error_type(list, 0));
        print_text("message", distcoord_job_list_error_message(list, 0));
        print_text("needs", distcoord_job_list_capabilities(list, 0));
        print_text("worker", distcoord_job_list_worker(list, 0));
        print_text("unique", distcoord_job_list_unique_key(list, 0));
        print_text("key", distcoord_job_list_concurrency_key(list, 0));
        print_text("batch", distcoord_job_list_batch(list, 0));
        print_number("waits_for", distcoord_job_list_after(list, 0));
    }
    distcoord_job_list_free(list);
}

#endif
