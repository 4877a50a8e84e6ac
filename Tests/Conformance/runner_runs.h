/* What the C runner can be asked about runs, their nodes, events, state and artifacts. */
#ifndef RUNNER_RUNS_H
#define RUNNER_RUNS_H

#include "runner_workflows.h"

#include <unistd.h>

static const char *const run_states[] = {"running", "paused", "stopping", "succeeded", "failed", "cancelled"};
static const char *const node_states[] = {
    "waiting", "ready", "running", "succeeded", "failed", "skipped", "cancelled", "blocked",
};
static const char *const node_kinds[] = {"task", "group", "map", "item"};
static const char *const event_kinds[] = {
    "started", "ended", "paused", "resumed", "stopping", "task_ended", "retry", "expanded", "repeated",
};

static struct handle run_watches[LIMIT]; /* by queue and run */

static void print_summary(const distcoord_run_summary *summary)
{
    print_text("state", run_states[distcoord_run_summary_state(summary)]);
    print_text("workflow", distcoord_run_summary_workflow(summary));
    print_text("reason", distcoord_run_summary_reason(summary));
    for (int32_t state = 0; state < 8; state++) {
        if (state == DISTCOORD_TASK_RUNNING) continue; /* counted as ready */
        print_number(node_states[state], distcoord_run_summary_count(summary, state));
    }
}

static void start_run(distcoord_queue *queue)
{
    distcoord_run_options *options = distcoord_run_options_new();
    distcoord_run *run = NULL;
    distcoord_status status = distcoord_run_options_set_id(options, text_of("id", NULL));
    if (status == DISTCOORD_OK) status = distcoord_run_options_set_fail_fast(options, is_yes("fail_fast"));
    if (status == DISTCOORD_OK && text_of("retention", NULL)) {
        status = distcoord_run_options_set_retention_ms(options, number_of("retention", 0));
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_run_start(queue, workflow_named(text_of("workflow", "")), options, &run, NULL);
    }
    answered(status);
    if (run) print_text("id", distcoord_run_id(run));
    distcoord_run_free(run);
    distcoord_run_options_free(options);
}

/* Ends of jobs have other names than those of nodes. */
static void print_outcome(const distcoord_result *result)
{
    static const char *const states[] = {"succeeded", "failed", "cancelled", "skipped"};
    size_t length = 0;
    const char *bytes = distcoord_result_bytes(result, &length);
    print_text("state", states[distcoord_result_state(result)]);
    fputs(" result=", stdout);
    print_encoded(bytes, length);
    print_text("error", distcoord_result_error_type(result));
}

static void print_tasks(const distcoord_task_list *list)
{
    print_number("count", (int64_t)distcoord_task_list_count(list));
    fputs(" tasks=", stdout);
    for (size_t i = 0; i < distcoord_task_list_count(list); i++) {
        const char *task = distcoord_task_list_name(list, i);
        if (i > 0) putchar(',');
        print_encoded(task, strlen(task));
        printf(":%s", node_states[distcoord_task_list_state(list, i)]);
    }
}

static void print_node(const distcoord_task_list *list, size_t i)
{
    char needs[4096];
    snprintf(needs, sizeof needs, "%s", distcoord_task_list_needs(list, i));
    for (char *end = needs; *end; end++) {
        if (*end == '\n') *end = end[1] ? ',' : '\0';
    }
    print_text("kind", node_kinds[distcoord_task_list_kind(list, i)]);
    print_text("state", node_states[distcoord_task_list_state(list, i)]);
    print_text("group", distcoord_task_list_group(list, i));
    print_text("needs", needs);
    print_text("requires", distcoord_task_list_capabilities(list, i));
    print_text("error", distcoord_task_list_error(list, i));
    print_number("attempts", distcoord_task_list_attempts(list, i));
    print_number("round", distcoord_task_list_round(list, i));
    print_text("worker", distcoord_task_list_worker(list, i));
    print_number("ready", distcoord_task_list_ready_ms(list, i));
    print_number("started", distcoord_task_list_started_ms(list, i));
    print_number("ended", distcoord_task_list_ended_ms(list, i));
}

static void ask_nodes(distcoord_run *run, const char *verb)
{
    distcoord_task_list *list = NULL;
    distcoord_status status = distcoord_run_tasks(run, &list, NULL);
    size_t i = 0;
    if (status != DISTCOORD_OK || strcmp(verb, "tasks") == 0) {
        if (answered(status)) print_tasks(list);
    } else {
        const char *wanted = text_of("task", "");
        while (i < distcoord_task_list_count(list) && strcmp(distcoord_task_list_name(list, i), wanted) != 0) i++;
        if (answered(i < distcoord_task_list_count(list) ? DISTCOORD_OK : DISTCOORD_NOT_FOUND)) print_node(list, i);
    }
    distcoord_task_list_free(list);
}

/* Takes events until one is of the wanted kind, or of any. */
static void next_event(distcoord_run *run)
{
    char key[512];
    snprintf(key, sizeof key, "%s/%s", name(), distcoord_run_id(run));
    struct handle *at = slot(run_watches, key);
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_watch *watch = NULL;
        status = distcoord_run_watch(run, &watch, NULL);
        if (status == DISTCOORD_OK) keep(at, key, watch);
    }
    const char *wanted = text_of("for", NULL);
    for (;;) {
        distcoord_run_event *event = NULL;
        if (status == DISTCOORD_OK) status = distcoord_run_watch_next(at->pointer, number_of("wait", -1), &event, NULL);
        if (status != DISTCOORD_OK) {
            answered(status);
            return;
        }
        int32_t kind = distcoord_run_event_kind(event);
        bool is_it = wanted == NULL || strcmp(wanted, event_kinds[kind]) == 0;
        if (is_it) {
            const char *const *states = kind == DISTCOORD_RUN_EVENT_ENDED ? run_states : node_states;
            bool has_state = kind == DISTCOORD_RUN_EVENT_ENDED || kind == DISTCOORD_RUN_EVENT_NODE_ENDED;
            answered(DISTCOORD_OK);
            print_text("kind", event_kinds[kind]);
            print_number("number", distcoord_run_event_number(event));
            print_text("task", distcoord_run_event_task(event));
            print_text("state", has_state ? states[distcoord_run_event_state(event)] : "");
            print_text("text", distcoord_run_event_text(event));
        }
        distcoord_run_event_free(event);
        if (is_it) return;
    }
}

static void ask_run_state(distcoord_run *run, const char *verb)
{
    distcoord_state *state = NULL;
    distcoord_state_entry *entry = NULL;
    size_t length = 0;
    const char *value = bytes_of("value", &length);
    distcoord_status status = distcoord_run_state(run, &state, NULL);
    if (status == DISTCOORD_OK && strcmp(verb, "set") == 0) {
        answered(distcoord_state_set(state, text_of("key", ""), value, length, 0, NULL, NULL));
    } else if (status == DISTCOORD_OK) {
        status = distcoord_state_get(state, text_of("key", ""), &entry, NULL);
        if (answered(status)) {
            fputs(" value=", stdout);
            print_encoded(distcoord_state_entry_value(entry), distcoord_state_entry_length(entry));
        }
    } else {
        answered(status);
    }
    distcoord_state_entry_free(entry);
    distcoord_state_free(state);
}

static void list_runs(distcoord_queue *queue)
{
    distcoord_run_list *list = NULL;
    if (answered(distcoord_runs_list(queue, number_of("offset", 0), number_of("limit", 100), &list, NULL))) {
        print_number("count", (int64_t)distcoord_run_list_count(list));
        fputs(" runs=", stdout);
        for (size_t i = 0; i < distcoord_run_list_count(list); i++) {
            const char *id = distcoord_run_list_id(list, i);
            if (i > 0) putchar(',');
            print_encoded(id, strlen(id));
            printf(":%s", run_states[distcoord_run_summary_state(distcoord_run_list_summary(list, i))]);
        }
    }
    distcoord_run_list_free(list);
}

static void ask_of_run(distcoord_run *run, const char *verb)
{
    if (strcmp(verb, "wait") == 0) {
        distcoord_run_summary *summary = NULL;
        distcoord_status status = distcoord_run_wait(run, number_of("wait", -1), &summary, NULL);
        answered(status);
        if (status == DISTCOORD_OK || status == DISTCOORD_TIMED_OUT) print_summary(summary);
        distcoord_run_summary_free(summary);
    } else if (strcmp(verb, "result") == 0) {
        distcoord_result *result = NULL;
        if (answered(distcoord_run_result(run, text_of("task", ""), number_of("wait", -1), &result, NULL))) {
            print_outcome(result);
        }
        distcoord_result_free(result);
    } else if (strcmp(verb, "tasks") == 0 || strcmp(verb, "node") == 0) {
        ask_nodes(run, verb);
    } else if (strcmp(verb, "pause") == 0) {
        answered(distcoord_run_pause(run, NULL));
    } else if (strcmp(verb, "resume") == 0) {
        answered(distcoord_run_resume(run, NULL));
    } else if (strcmp(verb, "stop") == 0) {
        answered(distcoord_run_stop(run, text_of("reason", NULL), is_yes("at_once"), NULL));
    } else if (strcmp(verb, "delete") == 0) {
        answered(distcoord_run_delete(run, NULL));
    } else if (strcmp(verb, "next") == 0) {
        next_event(run);
    } else if (strcmp(verb, "set") == 0 || strcmp(verb, "get") == 0) {
        ask_run_state(run, verb);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* Calls with the run that the request names by its queue and its id. */
static void with_run(void (*ask)(distcoord_run *, const char *), const char *verb)
{
    distcoord_queue *queue = NULL;
    distcoord_run *run = NULL;
    distcoord_status status = distcoord_queue_open(client, name(), &queue, NULL);
    if (status == DISTCOORD_OK) status = distcoord_run_open(queue, text_of("id", ""), &run, NULL);
    if (status == DISTCOORD_OK) {
        ask(run, verb);
    } else {
        answered(status);
    }
    distcoord_run_free(run);
    distcoord_queue_free(queue);
}

static void ask_run(const char *verb)
{
    if (strcmp(verb, "start") != 0 && strcmp(verb, "list") != 0) {
        with_run(ask_of_run, verb);
        return;
    }
    distcoord_queue *queue = NULL;
    distcoord_status status = distcoord_queue_open(client, name(), &queue, NULL);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "start") == 0) {
        start_run(queue);
    } else {
        list_runs(queue);
    }
    distcoord_queue_free(queue);
}

/* ---------------------------------------------------------------- artifacts */

static void ask_of_artifacts(distcoord_run *run, const char *verb)
{
    char path[] = "/tmp/distcoord-runner-XXXXXX";
    const char *artifact = text_of("as", "");
    int file = mkstemp(path);
    if (strcmp(verb, "publish") == 0) {
        size_t length = 0;
        const char *content = bytes_of("content", &length);
        bool written = file >= 0 && write(file, content ? content : "", length) == (ssize_t)length;
        answered(written ? distcoord_artifact_publish(run, artifact, path, NULL) : DISTCOORD_ERROR_INTERNAL);
    } else if (strcmp(verb, "fetch") == 0) {
        static char content[LINE];
        if (answered(distcoord_artifact_fetch(run, artifact, path, NULL))) {
            FILE *fetched = fopen(path, "rb"); /* another file than the one that was made above */
            size_t length = fetched ? fread(content, 1, sizeof content, fetched) : 0;
            if (fetched) fclose(fetched);
            print_number("length", (int64_t)length);
            fputs(" content=", stdout);
            print_encoded(content, length < 1000 ? length : 1000);
        }
    } else {
        distcoord_artifact_list *list = NULL;
        if (answered(distcoord_artifacts_list(run, &list, NULL))) {
            print_number("count", (int64_t)distcoord_artifact_list_count(list));
            fputs(" artifacts=", stdout);
            for (size_t i = 0; i < distcoord_artifact_list_count(list); i++) {
                const char *listed = distcoord_artifact_list_name(list, i);
                if (i > 0) putchar(',');
                print_encoded(listed, strlen(listed));
                printf(":%lld", (long long)distcoord_artifact_list_size(list, i));
            }
            print_text("sha256", distcoord_artifact_list_sha256(list, 0));
        }
        distcoord_artifact_list_free(list);
    }
    if (file >= 0) close(file);
    unlink(path);
}

static void ask_artifact(const char *verb) { with_run(ask_of_artifacts, verb); }

static void free_runs(void)
{
    for (int i = 0; i < LIMIT; i++) distcoord_watch_free(run_watches[i].pointer);
}

#endif
