/* The functions of run.h and task.h are given nothing. */
#include "null_tools.h"
#include "run_tools.h"

static void run_options(void) {
    distcoord_run_options *options = distcoord_run_options_new();
    REQUIRE(options != NULL);
    CHECK_SETTER_INVALID(distcoord_run_options_set_id(NULL, "r"));
    CHECK_SETTER_INVALID(distcoord_run_options_set_retention_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_run_options_set_fail_fast(NULL, true));
    CHECK_INT(distcoord_run_options_set_id(options, NULL), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_run_options_set_id(options, "\xff"));
    distcoord_run_options_free(options);
    distcoord_run_options_free(NULL);
}

static void runs(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_run *run = NULL, *opened = NULL;
    distcoord_run_summary *summary = NULL;
    distcoord_result *result = NULL;
    distcoord_state *state = NULL;
    distcoord_watch *watch = NULL;
    distcoord_run_event *event = NULL;
    distcoord_task_list *tasks = NULL;
    distcoord_run_list *list = NULL;
    CHECK_INVALID(distcoord_run_start(NULL, workflow, NULL, &opened, E));
    CHECK_INVALID(distcoord_run_start(queue, NULL, NULL, &opened, E));
    CHECK_INVALID(distcoord_run_start(queue, workflow, NULL, NULL, E));
    CHECK_INVALID(distcoord_run_open(NULL, "r", &opened, E));
    CHECK_INVALID(distcoord_run_open(queue, NULL, &opened, E));
    CHECK_INVALID(distcoord_run_open(queue, "", &opened, E));
    CHECK_INVALID(distcoord_run_open(queue, "r", NULL, E));
    CHECK(opened == NULL);
    REQUIRE_OK(distcoord_run_open(queue, "r", &run, E));
    CHECK_TEXT(distcoord_run_id(NULL), "");
    CHECK_INVALID(distcoord_run_wait(NULL, 0, &summary, E));
    CHECK_INVALID(distcoord_run_wait(run, 0, NULL, E));
    CHECK_INVALID(distcoord_run_result(NULL, "a", 0, &result, E));
    CHECK_INVALID(distcoord_run_result(run, NULL, 0, &result, E));
    CHECK_INVALID(distcoord_run_result(run, "", 0, &result, E));
    CHECK_INVALID(distcoord_run_result(run, "a", 0, NULL, E));
    CHECK_INVALID(distcoord_run_tasks(NULL, &tasks, E));
    CHECK_INVALID(distcoord_run_tasks(run, NULL, E));
    CHECK_INVALID(distcoord_run_pause(NULL, E));
    CHECK_INVALID(distcoord_run_resume(NULL, E));
    CHECK_INVALID(distcoord_run_stop(NULL, "why", false, E));
    CHECK_INVALID(distcoord_run_stop(run, "\xff", false, E));
    CHECK_INVALID(distcoord_run_delete(NULL, E));
    CHECK_INVALID(distcoord_run_state(NULL, &state, E));
    CHECK_INVALID(distcoord_run_state(run, NULL, E));
    CHECK_INVALID(distcoord_run_watch(NULL, &watch, E));
    CHECK_INVALID(distcoord_run_watch(run, NULL, E));
    CHECK_INVALID(distcoord_run_watch_next(NULL, 0, &event, E));
    REQUIRE_OK(distcoord_run_watch(run, &watch, E));
    CHECK_INVALID(distcoord_run_watch_next(watch, 0, NULL, E));
    CHECK_INVALID(distcoord_runs_list(NULL, 0, 1, &list, E));
    CHECK_INVALID(distcoord_runs_list(queue, 0, 1, NULL, E));
    CHECK(summary == NULL && result == NULL && state == NULL && event == NULL && tasks == NULL && list == NULL);
    distcoord_run_cancel(NULL);
    distcoord_run_free(NULL);
    distcoord_watch_free(watch);
    distcoord_workflow_free(workflow);
    end_run_test(run, queue, client);
}

static void summaries_and_events(void) {
    CHECK_INT(distcoord_run_summary_state(NULL), DISTCOORD_RUN_FAILED);
    CHECK_TEXT(distcoord_run_summary_workflow(NULL), "");
    CHECK_TEXT(distcoord_run_summary_reason(NULL), "");
    CHECK_INT(distcoord_run_summary_count(NULL, -1), 0);
    CHECK_INT(distcoord_run_summary_started_ms(NULL), 0);
    CHECK_INT(distcoord_run_summary_ended_ms(NULL), 0);
    distcoord_run_summary_free(NULL);
    CHECK_INT(distcoord_run_event_kind(NULL), DISTCOORD_RUN_EVENT_ENDED);
    CHECK_INT(distcoord_run_event_number(NULL), 0);
    CHECK_INT(distcoord_run_event_time_ms(NULL), 0);
    CHECK_TEXT(distcoord_run_event_task(NULL), "");
    CHECK_INT(distcoord_run_event_state(NULL), 0);
    CHECK_TEXT(distcoord_run_event_text(NULL), "");
    distcoord_run_event_free(NULL);
    CHECK_INT(distcoord_run_list_count(NULL), 0);
    CHECK_TEXT(distcoord_run_list_id(NULL, 0), "");
    CHECK(distcoord_run_list_summary(NULL, 0) == NULL);
    distcoord_run_list_free(NULL);
}

/* What an absent list, or an absent place in one that is there, answers. */
static void check_absent(const distcoord_task_list *list, size_t index) {
    CHECK_TEXT(distcoord_task_list_name(list, index), "");
    CHECK_INT(distcoord_task_list_kind(list, index), -1);
    CHECK_INT(distcoord_task_list_state(list, index), -1);
    CHECK_TEXT(distcoord_task_list_group(list, index), "");
    CHECK_TEXT(distcoord_task_list_needs(list, index), "");
    CHECK_TEXT(distcoord_task_list_worker(list, index), "");
    CHECK_TEXT(distcoord_task_list_capabilities(list, index), "");
    CHECK_TEXT(distcoord_task_list_error(list, index), "");
    CHECK_INT(distcoord_task_list_attempts(list, index), 0);
    CHECK_INT(distcoord_task_list_round(list, index), 0);
    CHECK_INT(distcoord_task_list_ready_ms(list, index), 0);
    CHECK_INT(distcoord_task_list_started_ms(list, index), 0);
    CHECK_INT(distcoord_task_list_ended_ms(list, index), 0);
}

static void nodes(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_task_list *list = tasks_of(run);
    CHECK_INT(distcoord_task_list_count(NULL), 0);
    check_absent(NULL, 0);
    CHECK_INT(distcoord_task_list_count(list), 1);
    check_absent(list, 1);
    check_absent(list, SIZE_MAX);
    distcoord_task_list_free(list);
    distcoord_task_list_free(NULL);
    end_run_test(run, queue, client);
}

static void tasks(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *additions = new_workflow("more");
    distcoord_task_inputs *inputs = NULL;
    distcoord_run *run = NULL;
    size_t length = 7;
    CHECK_TEXT(distcoord_task_run(NULL), "");
    CHECK_TEXT(distcoord_task_name(NULL), "");
    CHECK_INT(distcoord_task_index(NULL), -1);
    CHECK(distcoord_task_item(NULL, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(distcoord_task_item(NULL, NULL) == NULL);
    CHECK_INT(distcoord_task_round(NULL), 0);
    CHECK_INVALID(distcoord_task_fetch_inputs(NULL, &inputs, E));
    CHECK_INVALID(distcoord_task_skip(NULL, NULL, E));
    CHECK_INVALID(distcoord_task_repeat(NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_task_add(NULL, additions, E));
    CHECK_INVALID(distcoord_task_open_run(NULL, &run, E));
    /* A job that is no task of a workflow. */
    push_text(queue, "x", NULL);
    distcoord_job *job = CLAIM(queue, "x");
    CHECK_TEXT(distcoord_task_run(job), "");
    CHECK_TEXT(distcoord_task_name(job), "");
    CHECK_INT(distcoord_task_index(job), -1);
    CHECK(distcoord_task_item(job, &length) == NULL);
    CHECK_INT(distcoord_task_round(job), 0);
    CHECK_INVALID(distcoord_task_fetch_inputs(job, &inputs, E));
    CHECK_INVALID(distcoord_task_fetch_inputs(job, NULL, E));
    CHECK_INVALID(distcoord_task_skip(job, "why", E));
    CHECK_INVALID(distcoord_task_repeat(job, "r", 1, E));
    CHECK_INVALID(distcoord_task_repeat(job, NULL, 1, E));
    CHECK_INVALID(distcoord_task_add(job, additions, E));
    CHECK_INVALID(distcoord_task_add(job, NULL, E));
    CHECK_INVALID(distcoord_task_open_run(job, &run, E));
    CHECK_INVALID(distcoord_task_open_run(job, NULL, E));
    CHECK(inputs == NULL && run == NULL);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_workflow_free(additions);
    distcoord_queue_free(queue);
    close_client(client);
}

static void inputs_of_nothing(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_task_inputs *inputs = NULL;
    size_t length = 7;
    CHECK_INT(distcoord_task_inputs_count(NULL), 0);
    CHECK_TEXT(distcoord_task_inputs_need(NULL, 0), "");
    CHECK_TEXT(distcoord_task_inputs_task(NULL, 0), "");
    CHECK(!distcoord_task_inputs_is_many(NULL, 0));
    CHECK_INT(distcoord_task_inputs_state(NULL, 0), -1);
    CHECK(distcoord_task_inputs_bytes(NULL, 0, &length) == NULL);
    CHECK_INT(length, 0);
    distcoord_task_inputs_free(NULL);
    distcoord_job *job = TAKE(queue, "a");
    REQUIRE_OK(distcoord_task_fetch_inputs(job, &inputs, E));
    CHECK_INT(distcoord_task_inputs_count(inputs), 0);
    CHECK_TEXT(distcoord_task_inputs_need(inputs, 0), "");
    CHECK_TEXT(distcoord_task_inputs_task(inputs, SIZE_MAX), "");
    CHECK_INT(distcoord_task_inputs_state(inputs, 0), -1);
    CHECK(distcoord_task_inputs_bytes(inputs, 0, NULL) != NULL);
    distcoord_task_inputs_free(inputs);
    distcoord_job_free(job);
    end_run_test(run, queue, client);
}

static const struct test tests_of_nothing[] = {
    {"null_run_options", run_options},
    {"null_run_runs", runs},
    {"null_run_summaries", summaries_and_events},
    {"null_run_nodes", nodes},
    {"null_run_tasks", tasks},
    {"null_run_inputs", inputs_of_nothing},
};

HARNESS_MAIN(tests_of_nothing)
