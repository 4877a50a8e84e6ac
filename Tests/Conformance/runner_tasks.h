/* What the C runner can be asked about tasks that it claims, and about instances of one run. */
#ifndef RUNNER_TASKS_H
#define RUNNER_TASKS_H

#include "runner_queues.h"
#include "runner_runs.h"

static struct handle task_queues[LIMIT], instances[LIMIT];

/* The queue with what this session has: its language, and what its first request says. */
static distcoord_status task_queue(distcoord_queue **out)
{
    struct handle *joined = slot(instances, name()), *at = slot(task_queues, name());
    distcoord_status status = DISTCOORD_OK;
    if (joined->pointer) {
        *out = distcoord_instance_queue(joined->pointer);
        return status;
    }
    if (at->pointer == NULL) {
        char capabilities[1024];
        const char *has = text_of("has", "");
        distcoord_queue *queue = NULL;
        snprintf(capabilities, sizeof capabilities, "lang:c%s%s", *has ? "," : "", has);
        status = distcoord_queue_open(client, name(), &queue, NULL);
        if (status == DISTCOORD_OK) status = distcoord_queue_set_capabilities(queue, capabilities);
        if (status == DISTCOORD_OK) status = distcoord_queue_set_lease_ms(queue, number_of("lease", 30000));
        if (status == DISTCOORD_OK) keep(at, name(), queue);
    }
    *out = at->pointer;
    return status;
}

static void print_inputs(const distcoord_task_inputs *inputs)
{
    fputs(" inputs=", stdout);
    for (size_t i = 0; i < distcoord_task_inputs_count(inputs); i++) {
        size_t length = 0;
        const char *bytes = distcoord_task_inputs_bytes(inputs, i, &length);
        const char *need = distcoord_task_inputs_need(inputs, i), *task = distcoord_task_inputs_task(inputs, i);
        if (i > 0) putchar(',');
        print_encoded(need, strlen(need));
        bool is_many = distcoord_task_inputs_is_many(inputs, i);
        if (is_many) putchar('*');
        putchar(':');
        print_encoded(task, strlen(task));
        printf(":%s:", is_many && !*task ? "" : node_states[distcoord_task_inputs_state(inputs, i)]);
        print_encoded(bytes, length);
    }
}

static void print_task(distcoord_job *job, const distcoord_task_inputs *inputs)
{
    size_t length = 0, item_length = 0;
    const char *arguments = distcoord_job_payload(job, &length), *item = distcoord_task_item(job, &item_length);
    print_text("id", distcoord_job_id(job));
    print_text("run", distcoord_task_run(job));
    print_text("name", distcoord_task_name(job));
    print_text("task", distcoord_job_task(job));
    fputs(" arguments=", stdout);
    print_encoded(arguments, length);
    print_number("index", distcoord_task_index(job));
    fputs(" item=", stdout);
    if (item) print_encoded(item, item_length);
    print_number("round", distcoord_task_round(job));
    print_number("attempt", distcoord_job_attempt(job));
    print_inputs(inputs);
}

static distcoord_status settle(distcoord_job *job, const char *how)
{
    size_t length = 0;
    const char *result = bytes_of("result", &length);
    if (strcmp(how, "complete") == 0) return distcoord_job_complete(job, result, length, NULL);
    if (strcmp(how, "fail") == 0) {
        return distcoord_job_fail_with(job, text_of("error", "error"), text_of("message", ""), NULL,
            strcmp(text_of("retry", "yes"), "no") != 0, -1, NULL);
    }
    if (strcmp(how, "skip") == 0) return distcoord_task_skip(job, text_of("reason", NULL), NULL);
    if (strcmp(how, "repeat") == 0) return distcoord_task_repeat(job, result, length, NULL);
    return DISTCOORD_ERROR_INVALID_ARGUMENT;
}

/* Claims a task, and for `work` settles it as the request says. */
static void claim_task(distcoord_queue *queue, bool settles)
{
    distcoord_job *job = NULL;
    distcoord_task_inputs *inputs = NULL;
    size_t count = 0;
    distcoord_status status = distcoord_queue_claim(queue, number_of("wait", -1), &job, 1, &count, NULL);
    if (status == DISTCOORD_EMPTY || status == DISTCOORD_TIMED_OUT) {
        fputs("NONE", stdout);
        return;
    }
    if (status == DISTCOORD_OK) status = distcoord_task_fetch_inputs(job, &inputs, NULL);
    if (status == DISTCOORD_OK && settles) status = settle(job, text_of("do", "complete"));
    if (answered(status)) print_task(job, inputs);
    distcoord_task_inputs_free(inputs);
    if (job && !settles) {
        struct handle *at = slot(jobs, distcoord_job_id(job));
        distcoord_job_free(at->pointer);
        keep(at, distcoord_job_id(job), job);
    } else {
        distcoord_job_free(job);
    }
}

static void ask_task(const char *verb)
{
    if (strcmp(verb, "claim") == 0 || strcmp(verb, "work") == 0) {
        distcoord_queue *queue = NULL;
        distcoord_status status = task_queue(&queue);
        if (status == DISTCOORD_OK) {
            claim_task(queue, strcmp(verb, "work") == 0);
        } else {
            answered(status);
        }
        return;
    }
    distcoord_job *job = slot(jobs, name())->pointer;
    if (job == NULL) {
        fputs("UNKNOWN_JOB", stdout);
    } else if (strcmp(verb, "add") == 0) {
        answered(distcoord_task_add(job, workflow_named(text_of("workflow", "")), NULL));
    } else {
        answered(settle(job, verb));
    }
}

/* ---------------------------------------------------------------- instances */

/* What the environment says about a run, for this request only what the request says. */
static void ask_identity(void)
{
    static const char *const variables[] = {
        "GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "CI_PIPELINE_ID",
        "BUILD_BUILDID", "SYSTEM_STAGEATTEMPT",
    };
    char identity[129] = "";
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (text_of(variables[i], NULL)) {
            setenv(variables[i], text_of(variables[i], ""), 1);
        } else {
            unsetenv(variables[i]);
        }
    }
    if (answered(distcoord_run_identity(
            text_of("id", NULL), is_yes("attempt"), identity, sizeof identity, NULL))) {
        print_text("identity", identity);
    }
}

static void join(struct handle *at)
{
    distcoord_instance_options *options = distcoord_instance_options_new();
    distcoord_instance *instance = NULL;
    distcoord_status status = distcoord_instance_options_set_identity(options, text_of("id", ""));
    /* The queue has the name by which the session knows the instance. */
    if (status == DISTCOORD_OK) status = distcoord_instance_options_set_prefix(options, text_of("prefix", "run:"));
    if (status == DISTCOORD_OK) {
        status = distcoord_instance_options_set_index(options, (int32_t)number_of("index", 0));
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_instance_options_set_total(options, (int32_t)number_of("total", 1));
    }
    if (status == DISTCOORD_OK) {
        char capabilities[1024];
        const char *has = text_of("has", "");
        snprintf(capabilities, sizeof capabilities, "lang:c%s%s", *has ? "," : "", has);
        status = distcoord_instance_options_set_capabilities(options, capabilities);
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_instance_options_set_lease_ms(options, number_of("lease", 10000));
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_instance_join(client, workflow_named(text_of("workflow", "")), options, &instance, NULL);
    }
    if (instance) keep(at, name(), instance);
    answered(status);
    distcoord_instance_options_free(options);
}

static void ask_instance(const char *verb)
{
    if (strcmp(verb, "identity") == 0) {
        ask_identity();
        return;
    }
    struct handle *at = slot(instances, name());
    if (strcmp(verb, "join") == 0) {
        join(at);
    } else if (at->pointer == NULL) {
        answered(DISTCOORD_NOT_HELD);
    } else if (strcmp(verb, "show") == 0) {
        distcoord_instance_list *list = NULL;
        if (answered(distcoord_instance_members(at->pointer, &list, NULL))) {
            print_text("identity", distcoord_instance_identity(at->pointer));
            print_number("index", distcoord_instance_index(at->pointer));
            print_number("total", distcoord_instance_total(at->pointer));
            print_text("coordinates", distcoord_instance_is_coordinator(at->pointer) ? "yes" : "no");
            fputs(" members=", stdout);
            for (size_t i = 0; i < distcoord_instance_list_count(list); i++) {
                printf("%s%d", i > 0 ? "," : "", (int)distcoord_instance_list_index(list, i));
            }
        }
        distcoord_instance_list_free(list);
    } else if (strcmp(verb, "wait") == 0) {
        distcoord_run_summary *summary = NULL;
        if (answered(distcoord_instance_wait(at->pointer, number_of("wait", -1), &summary, NULL))) {
            print_summary(summary);
        }
        distcoord_run_summary_free(summary);
    } else if (strcmp(verb, "leave") == 0) {
        distcoord_instance_free(at->pointer);
        at->pointer = NULL;
        answered(DISTCOORD_OK);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void free_tasks(void)
{
    for (int i = 0; i < LIMIT; i++) {
        distcoord_queue_free(task_queues[i].pointer);
        distcoord_instance_free(instances[i].pointer);
    }
}

#endif
