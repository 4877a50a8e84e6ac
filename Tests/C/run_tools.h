/* What the tests of runs and their tasks share. */
#ifndef RUN_TOOLS_H
#define RUN_TOOLS_H

#include "queue_tools.h"

/* ---------------------------------------------------------------- building */

__attribute__((unused)) static distcoord_workflow *new_workflow(const char *name)
{
    distcoord_workflow *workflow = NULL;
    REQUIRE_OK(distcoord_workflow_new(name, &workflow, E));
    return workflow;
}

/* `needs` are names separated by commas, NULL for none. */
__attribute__((unused)) static void add_needs(distcoord_workflow *workflow, const char *name, const char *needs)
{
    char *copy = strdup(needs ? needs : ""), *rest = copy;
    for (char *need = strsep(&rest, ","); need && *need; need = strsep(&rest, ",")) {
        CHECK_OK(distcoord_workflow_add_need(workflow, name, need, E));
    }
    free(copy);
}

/* A task whose arguments are its name. */
__attribute__((unused)) static void add_task_to(
    distcoord_workflow *workflow, const char *group, const char *name, const char *needs,
    const distcoord_job_options *options)
{
    CHECK_OK(distcoord_workflow_add_task(workflow, name, group, name, strlen(name), options, E));
    add_needs(workflow, name, needs);
}

__attribute__((unused)) static void add_task(distcoord_workflow *workflow, const char *name, const char *needs)
{
    add_task_to(workflow, NULL, name, needs, NULL);
}

__attribute__((unused)) static void add_group(distcoord_workflow *workflow, const char *name, const char *needs)
{
    CHECK_OK(distcoord_workflow_add_group(workflow, name, NULL, E));
    add_needs(workflow, name, needs);
}

/* A map over the result of a node, or over a JSON array. */
__attribute__((unused)) static void add_map(
    distcoord_workflow *workflow, const char *name, const char *from, const char *items)
{
    CHECK_OK(distcoord_workflow_add_map(workflow, name, NULL, from, items, name, strlen(name), NULL, E));
}

/* A map over a list of so many items. */
__attribute__((unused)) static void add_map_of(distcoord_workflow *workflow, const char *name, size_t count)
{
    char *items = malloc(count * 2 + 2);
    REQUIRE(items != NULL && count > 0);
    for (size_t i = 0; i < count; i++) memcpy(items + 2 * i, i ? ",1" : "[1", 2);
    strcpy(items + 2 * count, "]");
    add_map(workflow, name, NULL, items);
    free(items);
}

/* ---------------------------------------------------------------- starting */

__attribute__((unused)) static distcoord_run *start_with(
    distcoord_queue *queue, distcoord_workflow *workflow, distcoord_run_options *options)
{
    distcoord_run *run = NULL;
    REQUIRE_OK(distcoord_run_start(queue, workflow, options, &run, E));
    REQUIRE(run != NULL);
    distcoord_run_options_free(options);
    distcoord_workflow_free(workflow);
    return run;
}

/* Starts a workflow and frees it. `id` may be NULL. */
__attribute__((unused)) static distcoord_run *start(
    distcoord_queue *queue, distcoord_workflow *workflow, const char *id)
{
    distcoord_run_options *options = distcoord_run_options_new();
    CHECK_INT(distcoord_run_options_set_id(options, id), DISTCOORD_OK);
    return start_with(queue, workflow, options);
}

/* ---------------------------------------------------------------- working */

/* Claims the task of that name, waiting for it. */
#define TAKE(queue, name)                                                                                   \
    ({                                                                                                      \
        distcoord_job *task_ = claim((queue), 5000 * time_factor());                                        \
        REQUIRE(task_ != NULL);                                                                             \
        CHECK_TEXT(distcoord_task_name(task_), (name));                                                     \
        task_;                                                                                              \
    })

/* The same, and completes it with a text. */
#define DO(queue, name, text)                                                                               \
    do {                                                                                                    \
        distcoord_job *done_ = TAKE((queue), (name));                                                       \
        SETTLE(done_, distcoord_job_complete(done_, (text), strlen(text), E));                              \
    } while (0)

#define CHECK_NOTHING_READY(queue)                                                                          \
    do {                                                                                                    \
        distcoord_job *ready_ = claim((queue), 0);                                                          \
        if (ready_) report(__FILE__, __LINE__, "ready: %s", distcoord_task_name(ready_));                   \
        distcoord_job_free(ready_);                                                                         \
    } while (0)

struct standing {
    distcoord_status status;
    int32_t state;
    int64_t all, counts[8], started_ms, ended_ms;
    char workflow[64], reason[256];
};

__attribute__((unused)) static struct standing standing_after(distcoord_run *run, int64_t wait_ms)
{
    struct standing standing = {.state = -1};
    distcoord_run_summary *summary = NULL;
    distcoord_error *error = NULL;
    standing.status = distcoord_run_wait(run, wait_ms, &summary, &error);
    if (error) report(__FILE__, __LINE__, "wait: %s", distcoord_error_message(error));
    distcoord_error_free(error);
    if (summary == NULL) return standing;
    standing.state = distcoord_run_summary_state(summary);
    standing.all = distcoord_run_summary_count(summary, -1);
    for (int i = 0; i < 8; i++) standing.counts[i] = distcoord_run_summary_count(summary, i);
    standing.started_ms = distcoord_run_summary_started_ms(summary);
    standing.ended_ms = distcoord_run_summary_ended_ms(summary);
    snprintf(standing.workflow, sizeof standing.workflow, "%s", distcoord_run_summary_workflow(summary));
    snprintf(standing.reason, sizeof standing.reason, "%s", distcoord_run_summary_reason(summary));
    distcoord_run_summary_free(summary);
    return standing;
}

/* How the run stands now. */
__attribute__((unused)) static struct standing standing_of(distcoord_run *run)
{
    return standing_after(run, 0);
}

/* The run must end in that state. */
#define CHECK_END(run, wanted)                                                                              \
    ({                                                                                                      \
        struct standing end_ = standing_after((run), 10000 * time_factor());                                \
        CHECK_INT(end_.status, DISTCOORD_OK);                                                               \
        CHECK_INT(end_.state, (wanted));                                                                    \
        end_;                                                                                               \
    })

/* The task must end in that state, one of DISTCOORD_RESULT_*, with that text. */
#define CHECK_RESULT(run, task, wanted_state, wanted_text)                                                  \
    do {                                                                                                    \
        distcoord_result *result_ = NULL;                                                                   \
        CHECK_OK(distcoord_run_result((run), (task), 5000 * time_factor(), &result_, E));                   \
        CHECK_INT(distcoord_result_state(result_), (wanted_state));                                         \
        CHECK_TEXT(result_ ? distcoord_result_bytes(result_, NULL) : "(none)", (wanted_text));              \
        distcoord_result_free(result_);                                                                     \
    } while (0)

/*
 * Works on all tasks of a queue until a run has ended, as a worker does that knows nothing but the queue. The handler
 * settles its task or leaves it, then it completes with its name. Returns how many tasks were worked on.
 */
typedef void (*task_handler)(distcoord_job *job, void *context);

__attribute__((unused)) static int work_until_end(
    distcoord_queue *queue, distcoord_run *run, task_handler handler, void *context)
{
    int worked = 0;
    for (int64_t until = now_ms() + 30000 * time_factor(); now_ms() < until;) {
        distcoord_job *job = claim(queue, 0);
        if (job == NULL) {
            if (standing_of(run).state >= DISTCOORD_RUN_SUCCEEDED) return worked;
            job = claim(queue, 50);
            if (job == NULL) continue;
        }
        worked++;
        if (handler) handler(job, context);
        if (distcoord_job_state(job) == DISTCOORD_JOB_CLAIMED) {
            const char *name = distcoord_task_name(job);
            CHECK_OK(distcoord_job_complete(job, name, strlen(name), E));
        }
        distcoord_job_free(job);
    }
    report(__FILE__, __LINE__, "the run has not ended after %d tasks", worked);
    return worked;
}

/* ---------------------------------------------------------------- looking */

__attribute__((unused)) static distcoord_task_list *tasks_of(distcoord_run *run)
{
    distcoord_task_list *list = NULL;
    REQUIRE_OK(distcoord_run_tasks(run, &list, E));
    return list;
}

/* Place of a node in a list; the test ends when it is not there. */
__attribute__((unused)) static size_t place_of(const distcoord_task_list *list, const char *name)
{
    for (size_t i = 0; i < distcoord_task_list_count(list); i++) {
        if (strcmp(distcoord_task_list_name(list, i), name) == 0) return i;
    }
    report(__FILE__, __LINE__, "no node %s", name);
    _exit(1);
}

/* One of DISTCOORD_TASK_*; -1 when there is no such node. */
__attribute__((unused)) static int32_t task_state(distcoord_run *run, const char *name)
{
    distcoord_task_list *list = tasks_of(run);
    int32_t state = -1;
    for (size_t i = 0; i < distcoord_task_list_count(list); i++) {
        if (strcmp(distcoord_task_list_name(list, i), name) == 0) state = distcoord_task_list_state(list, i);
    }
    distcoord_task_list_free(list);
    return state;
}

/* All names, separated by spaces, in the order of the list. */
__attribute__((unused)) static const char *names_of(const distcoord_task_list *list)
{
    static char names[4096];
    size_t length = 0;
    names[0] = 0;
    for (size_t i = 0; i < distcoord_task_list_count(list) && length < sizeof names; i++) {
        length += (size_t)snprintf(
            names + length, sizeof names - length, "%s%s", i ? " " : "", distcoord_task_list_name(list, i));
    }
    return names;
}

/* The inputs of a task as text: "need/task=state:bytes", with '*' behind a need that gives many, and spaces between. */
__attribute__((unused)) static const char *inputs_of(distcoord_job *job)
{
    static char text[8192];
    size_t size = 0;
    distcoord_task_inputs *inputs = NULL;
    text[0] = 0;
    REQUIRE_OK(distcoord_task_fetch_inputs(job, &inputs, E));
    for (size_t i = 0; i < distcoord_task_inputs_count(inputs) && size < sizeof text; i++) {
        size_t length = 0;
        const char *bytes = distcoord_task_inputs_bytes(inputs, i, &length);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%s%s/%s=%d:%.*s", i ? " " : "",
            distcoord_task_inputs_need(inputs, i), distcoord_task_inputs_is_many(inputs, i) ? "*" : "",
            distcoord_task_inputs_task(inputs, i), distcoord_task_inputs_state(inputs, i), (int)length, bytes);
    }
    distcoord_task_inputs_free(inputs);
    return text;
}

__attribute__((unused)) static void end_run_test(
    distcoord_run *run, distcoord_queue *queue, distcoord_client *client)
{
    distcoord_run_free(run);
    distcoord_queue_free(queue);
    close_client(client);
}

#endif
