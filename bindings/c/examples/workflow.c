/*
 * Builds a workflow that adds up the squares of a list, starts it, works on it with a callback on four threads, and
 * prints what came out. Any number of these may run at the same time, on any machines: each starts a run of its own,
 * and all help with the tasks of all.
 *
 *   cc workflow.c $(pkg-config --cflags --libs distcoord) -o workflow && ./workflow 10
 */
#include <distcoord.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

/* Arguments, items and results are bytes, with no NUL behind them. */
static long long number_in(const char *bytes, size_t length)
{
    char text[24];
    snprintf(text, sizeof text, "%.*s", (int)length, bytes ? bytes : "");
    return strtoll(text, NULL, 10);
}

/* Adds up what the squares' tasks returned: one input for each, in the order of the list. */
static long long sum_of(distcoord_job *job)
{
    distcoord_task_inputs *inputs = NULL;
    long long sum = 0;
    if (distcoord_task_fetch_inputs(job, &inputs, NULL) == DISTCOORD_OK) {
        for (size_t i = 0; i < distcoord_task_inputs_count(inputs); i++) {
            size_t length = 0;
            const char *bytes = distcoord_task_inputs_bytes(inputs, i, &length);
            sum += number_in(bytes, length);
        }
    }
    distcoord_task_inputs_free(inputs);
    return sum;
}

/* Does one task; the name tells which. Runs on a thread of the worker's. */
static void work(distcoord_job *job, void *context)
{
    char text[4096] = "";
    size_t length = 0;
    const char *bytes = NULL, *task = distcoord_job_task(job);
    (void)context;
    if (strcmp(task, "list") == 0) {
        bytes = distcoord_job_payload(job, &length);
        long long count = number_in(bytes, length);
        length = (size_t)snprintf(text, sizeof text, "[");
        for (int i = 1; i <= count && length < sizeof text - 16; i++) {
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%d", i > 1 ? "," : "", i);
        }
        snprintf(text + length, sizeof text - length, "]");
    } else if (strcmp(task, "square") == 0) {
        bytes = distcoord_task_item(job, &length);
        long long number = number_in(bytes, length);
        snprintf(text, sizeof text, "%lld", number * number);
    } else if (strcmp(task, "sum") == 0) {
        snprintf(text, sizeof text, "%lld", sum_of(job));
    } else {
        distcoord_job_fail(job, "unknown task", false, NULL);
        return;
    }
    /* The last of those that another task waits for starts it, in the same message. */
    distcoord_job_complete(job, text, strlen(text), NULL);
}

/* list -> square, once for each number -> sum */
static distcoord_status build(distcoord_workflow *workflow, const char *count, distcoord_error **error)
{
    distcoord_status status = distcoord_workflow_add_task(
        workflow, "list", NULL, count, strlen(count), NULL, error);
    if (status == DISTCOORD_OK) {
        status = distcoord_workflow_add_map(workflow, "square", NULL, "list", NULL, NULL, 0, NULL, error);
    }
    if (status == DISTCOORD_OK) status = distcoord_workflow_add_task(workflow, "sum", NULL, NULL, 0, NULL, error);
    if (status == DISTCOORD_OK) status = distcoord_workflow_add_need(workflow, "sum", "square", error);
    return status;
}

int main(int argc, char **argv)
{
    distcoord_client *client = NULL;
    distcoord_queue *queue = NULL;
    distcoord_workflow *workflow = NULL;
    distcoord_run *run = NULL;
    distcoord_worker *worker = NULL;
    distcoord_run_summary *summary = NULL;
    distcoord_result *sum = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 1;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_queue_open(client, "squares", &queue, &error);
    if (status == DISTCOORD_OK) status = distcoord_workflow_new("squares", &workflow, &error);
    if (status == DISTCOORD_OK) status = build(workflow, argc > 1 ? argv[1] : "10", &error);
    if (status == DISTCOORD_OK) status = distcoord_run_start(queue, workflow, NULL, &run, &error);
    if (status == DISTCOORD_OK) status = distcoord_worker_open(client, NULL, &worker, &error);
    if (status == DISTCOORD_OK) status = distcoord_worker_add_queue(worker, "squares", 1, &error);
    if (status == DISTCOORD_OK) {
        distcoord_worker_set_concurrency(worker, 4);
        distcoord_worker_drain(worker); /* it ends when there is no more */
        status = distcoord_worker_run(worker, work, NULL, &error);
    }
    if (status == DISTCOORD_OK) status = distcoord_worker_shutdown(worker, 5000, &error);
    if (status == DISTCOORD_OK) status = distcoord_run_wait(run, 60000, &summary, &error);
    if (status == DISTCOORD_OK) status = distcoord_run_result(run, "sum", 0, &sum, &error);
    if (status != DISTCOORD_OK) {
        failed("squares", status, error);
    } else if (distcoord_run_summary_state(summary) != DISTCOORD_RUN_SUCCEEDED) {
        fprintf(stderr, "the run did not succeed: %s\n", distcoord_run_summary_reason(summary));
    } else {
        size_t length = 0;
        const char *bytes = distcoord_result_bytes(sum, &length);
        printf("%lld tasks, sum of squares: %.*s\n", (long long)distcoord_run_summary_count(summary, -1),
            (int)length, bytes);
        result = 0;
    }
    distcoord_result_free(sum);
    distcoord_run_summary_free(summary);
    distcoord_worker_free(worker);
    distcoord_run_free(run);
    distcoord_workflow_free(workflow);
    distcoord_queue_free(queue);
    distcoord_client_free(client);
    return result;
}
