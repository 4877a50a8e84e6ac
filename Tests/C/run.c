/* Runs: started once, found again, waited for, paused, stopped, taken up, forgotten. */
#include "run_tools.h"

static distcoord_workflow *chain(const char *name) {
    distcoord_workflow *workflow = new_workflow(name);
    add_task(workflow, "a", NULL);
    add_task(workflow, "b", "a");
    add_task(workflow, "c", "b");
    return workflow;
}

static void a_run_is_worked_to_its_end(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, chain("etl"), NULL), *same = NULL;
    CHECK_INT(strlen(distcoord_run_id(run)), 22);
    REQUIRE_OK(distcoord_run_open(queue, distcoord_run_id(run), &same, E));
    CHECK_TEXT(distcoord_run_id(same), distcoord_run_id(run));
    struct standing now = standing_of(same);
    CHECK_INT(now.status, DISTCOORD_TIMED_OUT);
    CHECK_INT(now.state, DISTCOORD_RUN_RUNNING);
    CHECK_TEXT(now.workflow, "etl");
    CHECK_TEXT(now.reason, "");
    CHECK_INT(now.all, 3);
    CHECK_INT(now.counts[DISTCOORD_TASK_WAITING], 2);
    CHECK_INT(now.counts[DISTCOORD_TASK_READY], 1);
    CHECK(now.started_ms > 0);
    CHECK_INT(now.ended_ms, 0);
    distcoord_job *job = TAKE(queue, "a");
    CHECK(has_payload(job, "a"));
    CHECK_TEXT(distcoord_job_task(job), "a");
    CHECK_TEXT(distcoord_task_run(job), distcoord_run_id(run));
    CHECK_NOTHING_READY(queue);
    distcoord_result *result = NULL;
    CHECK_STATUS(distcoord_run_result(same, "a", 0, &result, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_run_result(same, "z", 0, &result, E), DISTCOORD_NOT_FOUND);
    CHECK(result == NULL);
    SETTLE(job, distcoord_job_complete(job, "one", 3, E));
    CHECK_RESULT(same, "a", DISTCOORD_RESULT_COMPLETED, "one");
    DO(queue, "b", "two");
    now = standing_of(run);
    CHECK_INT(now.counts[DISTCOORD_TASK_SUCCEEDED], 2);
    CHECK_INT(now.status, DISTCOORD_TIMED_OUT);
    DO(queue, "c", "");
    now = CHECK_END(same, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(now.counts[DISTCOORD_TASK_SUCCEEDED], 3);
    CHECK(now.ended_ms >= now.started_ms);
    CHECK_RESULT(run, "b", DISTCOORD_RESULT_COMPLETED, "two");
    CHECK_RESULT(run, "c", DISTCOORD_RESULT_COMPLETED, "");
    distcoord_run_free(same);
    end_run_test(run, queue, client);
}

static void an_id_is_started_once(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, chain("w"), "r"), *again = NULL;
    distcoord_workflow *workflow = chain("w"), *other = new_workflow("w");
    distcoord_run_options *options = distcoord_run_options_new();
    add_task(other, "a", NULL);
    CHECK_INT(distcoord_run_options_set_id(options, "r"), DISTCOORD_OK);
    REQUIRE_STATUS(distcoord_run_start(queue, workflow, options, &again, E), DISTCOORD_EXISTS);
    REQUIRE(again != NULL);
    CHECK_TEXT(distcoord_run_id(again), "r");
    distcoord_run_free(again);
    again = NULL;
    CHECK_STATUS(distcoord_run_start(queue, other, options, &again, E), DISTCOORD_ERROR_CONFLICT);
    CHECK(again == NULL);
    CHECK_INT(standing_of(run).all, 3);
    CHECK_STATUS(distcoord_run_delete(run, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_INT(work_until_end(queue, run, NULL, NULL), 3);
    /* Also when it has ended nothing is repeated. */
    REQUIRE_STATUS(distcoord_run_start(queue, workflow, options, &again, E), DISTCOORD_EXISTS);
    CHECK_INT(standing_of(again).state, DISTCOORD_RUN_SUCCEEDED);
    distcoord_run_free(again);
    CHECK_OK(distcoord_run_delete(run, E));
    CHECK_OK(distcoord_run_delete(run, E));
    CHECK_INT(standing_of(run).status, DISTCOORD_NOT_FOUND);
    REQUIRE_OK(distcoord_run_start(queue, other, options, &again, E));
    CHECK_INT(work_until_end(queue, again, NULL, NULL), 1);
    distcoord_run_free(again);
    distcoord_run_options_free(options);
    distcoord_workflow_free(workflow);
    distcoord_workflow_free(other);
    end_run_test(run, queue, client);
}

static void a_workflow_without_tasks_has_succeeded(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, new_workflow("nothing"), NULL);
    struct standing now = CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(now.all, 0);
    distcoord_task_list *list = tasks_of(run);
    CHECK_INT(distcoord_task_list_count(list), 0);
    distcoord_task_list_free(list);
    end_run_test(run, queue, client);
}

static void a_large_workflow_is_started_in_parts(void) {
    enum { TASKS = 1203 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("large");
    char name[16], megabyte[1 << 20];
    memset(megabyte, 'm', sizeof megabyte);
    for (int i = 0; i < TASKS; i++) {
        snprintf(name, sizeof name, "t%d", i);
        /* Some parts have many nodes, some many bytes. */
        CHECK_OK(distcoord_workflow_add_task(
            workflow, name, NULL, megabyte, i % 400 == 0 ? sizeof megabyte : 1, NULL, E));
        if (i > 0) CHECK_OK(distcoord_workflow_add_need(workflow, name, "t0", E));
    }
    distcoord_run *run = start(queue, workflow, NULL);
    struct standing now = standing_of(run);
    CHECK_INT(now.all, TASKS);
    CHECK_INT(now.counts[DISTCOORD_TASK_WAITING], TASKS - 1);
    distcoord_job *job = TAKE(queue, "t0");
    size_t length = 0;
    const char *payload = distcoord_job_payload(job, &length);
    CHECK_INT(length, sizeof megabyte);
    CHECK(memcmp(payload, megabyte, sizeof megabyte) == 0);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    /* Until all that became ready is in the queue several calls go by. */
    CHECK(EVENTUALLY(10000, standing_of(run).counts[DISTCOORD_TASK_READY] == TASKS - 1));
    distcoord_task_list *list = tasks_of(run);
    CHECK_INT(distcoord_task_list_count(list), TASKS);
    for (int i = 0; i < TASKS; i += 100) {
        snprintf(name, sizeof name, "t%d", i);
        CHECK_TEXT(distcoord_task_list_name(list, (size_t)i), name);
    }
    distcoord_task_list_free(list);
    CHECK_OK(distcoord_run_stop(run, NULL, false, E));
    now = CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    CHECK_INT(now.counts[DISTCOORD_TASK_CANCELLED], TASKS - 1);
    CHECK_INT(counts_of(queue).waiting, 0);
    end_run_test(run, queue, client);
}

static void nodes_are_listed_as_they_stand(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_capabilities(options, "gpu,linux"), DISTCOORD_OK);
    add_task(workflow, "z", NULL);
    add_map(workflow, "m", "z", NULL);
    add_group(workflow, "g", "z");
    add_task_to(workflow, "g", "y", NULL, options);
    add_task(workflow, "x", "m,g");
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_task_list *list = tasks_of(run);
    CHECK_TEXT(names_of(list), "z m g y x");
    CHECK_INT(distcoord_task_list_state(list, 0), DISTCOORD_TASK_READY);
    CHECK_INT(distcoord_task_list_state(list, 1), DISTCOORD_TASK_WAITING);
    CHECK_INT(distcoord_task_list_kind(list, 0), DISTCOORD_NODE_TASK);
    CHECK_INT(distcoord_task_list_kind(list, 1), DISTCOORD_NODE_MAP);
    CHECK_INT(distcoord_task_list_kind(list, 2), DISTCOORD_NODE_GROUP);
    CHECK_TEXT(distcoord_task_list_group(list, 3), "g");
    CHECK_TEXT(distcoord_task_list_group(list, 4), "");
    CHECK_TEXT(distcoord_task_list_needs(list, 4), "m\ng\n");
    CHECK_TEXT(distcoord_task_list_capabilities(list, 3), "gpu,linux");
    CHECK_TEXT(distcoord_task_list_worker(list, 0), "");
    CHECK_INT(distcoord_task_list_started_ms(list, 0), 0);
    CHECK(distcoord_task_list_ready_ms(list, 0) > 0);
    CHECK_INT(distcoord_task_list_ready_ms(list, 4), 0);
    distcoord_task_list_free(list);
    distcoord_job *job = TAKE(queue, "z");
    list = tasks_of(run);
    CHECK_INT(distcoord_task_list_state(list, 0), DISTCOORD_TASK_RUNNING);
    CHECK_TEXT(distcoord_task_list_worker(list, 0), distcoord_client_id(client));
    CHECK(distcoord_task_list_started_ms(list, 0) >= distcoord_task_list_ready_ms(list, 0));
    CHECK_INT(distcoord_task_list_ended_ms(list, 0), 0);
    distcoord_task_list_free(list);
    SETTLE(job, distcoord_job_complete(job, "[1, 2]", 6, E));
    job = TAKE(queue, "m[0]");
    SETTLE(job, distcoord_job_fail(job, "no", false, E));
    DO(queue, "m[1]", "");
    CHECK_NOTHING_READY(queue);
    list = tasks_of(run);
    CHECK_TEXT(names_of(list), "z m m[0] m[1] g y x");
    CHECK_INT(distcoord_task_list_state(list, 0), DISTCOORD_TASK_SUCCEEDED);
    CHECK_TEXT(distcoord_task_list_worker(list, 0), distcoord_client_id(client));
    CHECK(distcoord_task_list_started_ms(list, 0) >= distcoord_task_list_ready_ms(list, 0));
    CHECK(distcoord_task_list_ended_ms(list, 0) >= distcoord_task_list_started_ms(list, 0));
    CHECK_INT(distcoord_task_list_attempts(list, 0), 1);
    CHECK_INT(distcoord_task_list_round(list, 0), 0);
    CHECK_INT(distcoord_task_list_state(list, 1), DISTCOORD_TASK_FAILED);
    CHECK_INT(distcoord_task_list_kind(list, 2), DISTCOORD_NODE_ITEM);
    CHECK_TEXT(distcoord_task_list_group(list, 2), "m");
    CHECK_INT(distcoord_task_list_state(list, 2), DISTCOORD_TASK_FAILED);
    CHECK_TEXT(distcoord_task_list_error(list, 2), "no");
    CHECK_INT(distcoord_task_list_state(list, 3), DISTCOORD_TASK_SUCCEEDED);
    CHECK_INT(distcoord_task_list_state(list, 4), DISTCOORD_TASK_RUNNING);
    CHECK_INT(distcoord_task_list_state(list, 5), DISTCOORD_TASK_READY);
    CHECK_INT(distcoord_task_list_state(list, 6), DISTCOORD_TASK_WAITING);
    distcoord_task_list_free(list);
    CHECK_INT(distcoord_queue_set_capabilities(queue, "linux,gpu"), DISTCOORD_OK);
    DO(queue, "y", "");
    CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_INT(task_state(run, "x"), DISTCOORD_TASK_BLOCKED);
    CHECK_INT(task_state(run, "g"), DISTCOORD_TASK_SUCCEEDED);
    distcoord_job_options_free(options);
    end_run_test(run, queue, client);
}

static void a_failure_blocks_what_needs_it_and_nothing_else(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = chain("w");
    add_task(workflow, "other", NULL);
    add_task(workflow, "after all", "c,other");
    CHECK_OK(distcoord_workflow_set_always(workflow, "after all", true, E));
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "a");
    SETTLE(job, distcoord_job_fail_with(job, "KeyError", "boom", "line 1\nline 2", true, -1, E));
    DO(queue, "other", "fine");
    DO(queue, "after all", "cleaned");
    struct standing end = CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_TEXT(end.reason, "task 'a' failed: boom");
    CHECK_INT(end.counts[DISTCOORD_TASK_BLOCKED], 2);
    CHECK_INT(end.counts[DISTCOORD_TASK_FAILED], 1);
    CHECK_INT(end.counts[DISTCOORD_TASK_SUCCEEDED], 2);
    distcoord_result *result = NULL;
    CHECK_OK(distcoord_run_result(run, "a", 0, &result, E));
    CHECK_INT(distcoord_result_state(result), DISTCOORD_RESULT_DEAD);
    CHECK_TEXT(distcoord_result_error_type(result), "KeyError");
    CHECK_TEXT(distcoord_result_bytes(result, NULL), "boom");
    CHECK_TEXT(distcoord_result_traceback(result), "line 1\nline 2");
    distcoord_result_free(result);
    CHECK_RESULT(run, "b", DISTCOORD_RESULT_SKIPPED, "something that it needs did not succeed");
    /* Of a run that failed nothing is among the dead jobs: it is taken up as a whole. */
    CHECK_INT(counts_of(queue).dead, 0);
    end_run_test(run, queue, client);
}

static void fail_fast_stops_the_rest(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_run_options *options = distcoord_run_options_new();
    CHECK_INT(distcoord_run_options_set_fail_fast(options, true), DISTCOORD_OK);
    add_task(workflow, "a", NULL);
    add_task(workflow, "runs", NULL);
    add_task(workflow, "waits", NULL);
    add_task(workflow, "always", "a,runs,waits");
    CHECK_OK(distcoord_workflow_set_always(workflow, "always", true, E));
    distcoord_run *run = start_with(queue, workflow, options);
    /* A client that listens to no messages learns it when it renews. */
    CHECK_INT(distcoord_queue_set_lease_ms(queue, KEPT_MS), DISTCOORD_OK);
    distcoord_job *job = TAKE(queue, "a"), *other = TAKE(queue, "runs");
    SETTLE(job, distcoord_job_fail(job, "broken", false, E));
    CHECK(EVENTUALLY(10000, distcoord_job_state(other) == DISTCOORD_JOB_CANCELLING));
    CHECK_INT(standing_of(run).state, DISTCOORD_RUN_STOPPING);
    SETTLE(other, distcoord_job_cancelled(other, E));
    DO(queue, "always", "");
    struct standing end = CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_TEXT(end.reason, "task 'a' failed: broken");
    CHECK_INT(end.counts[DISTCOORD_TASK_CANCELLED], 2);
    CHECK_INT(end.counts[DISTCOORD_TASK_SUCCEEDED], 1);
    end_run_test(run, queue, client);
}

static void runs_are_listed_latest_first(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run_list *list = NULL;
    REQUIRE_OK(distcoord_runs_list(queue, 0, 10, &list, E));
    CHECK_INT(distcoord_run_list_count(list), 0);
    distcoord_run_list_free(list);
    for (int i = 0; i < 3; i++) {
        char id[8];
        snprintf(id, sizeof id, "r%d", i);
        distcoord_run_free(start(queue, chain(id), id));
        /* Those that start in one millisecond have no order. */
        sleep_ms(2);
    }
    REQUIRE_OK(distcoord_runs_list(queue, 0, 2, &list, E));
    CHECK_INT(distcoord_run_list_count(list), 2);
    CHECK_TEXT(distcoord_run_list_id(list, 0), "r2");
    CHECK_TEXT(distcoord_run_list_id(list, 1), "r1");
    CHECK_TEXT(distcoord_run_list_id(list, 2), "");
    CHECK_TEXT(distcoord_run_summary_workflow(distcoord_run_list_summary(list, 1)), "r1");
    CHECK_INT(distcoord_run_summary_count(distcoord_run_list_summary(list, 1), -1), 3);
    CHECK(distcoord_run_list_summary(list, 2) == NULL);
    distcoord_run_list_free(list);
    REQUIRE_OK(distcoord_runs_list(queue, 2, 10, &list, E));
    CHECK_INT(distcoord_run_list_count(list), 1);
    CHECK_TEXT(distcoord_run_list_id(list, 0), "r0");
    distcoord_run_list_free(list);
    CHECK_STATUS(distcoord_runs_list(queue, -1, 10, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_runs_list(queue, 0, 0, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_runs_list(queue, 0, 1001, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Keys of this test's namespace. */
static int keys_left(void) {
    char command[256], answer[64] = "";
    snprintf(command, sizeof command,
        "EVAL \"local n = 0 for _, k in ipairs(redis.call('KEYS', 'dc:{%s:queue:a}:*')) do "
        "if string.find(k, ':[RTGOHMP]:') then n = n + 1 end end return n\" 0",
        test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    return atoi(answer + 1);
}

static void what_became_of_a_run_is_forgotten_after_its_retention(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run_options *options = distcoord_run_options_new();
    CHECK_INT(distcoord_run_options_set_retention_ms(options, 1000), DISTCOORD_OK);
    distcoord_run *run = start_with(queue, chain("w"), options);
    /* While it has not ended its retention does not count. */
    DO(queue, "a", "");
    CHECK(keys_left() > 0);
    sleep_ms(1100);
    CHECK_INT(standing_of(run).status, DISTCOORD_TIMED_OUT);
    DO(queue, "b", "");
    DO(queue, "c", "");
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK(EVENTUALLY(5000, standing_of(run).status == DISTCOORD_NOT_FOUND));
    CHECK(EVENTUALLY(5000, keys_left() == 0));
    distcoord_run_list *list = NULL;
    REQUIRE_OK(distcoord_runs_list(queue, 0, 10, &list, E));
    CHECK_INT(distcoord_run_list_count(list), 0);
    distcoord_run_list_free(list);
    CHECK_STATUS(distcoord_run_pause(run, E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_run_resume(run, E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_run_stop(run, NULL, false, E), DISTCOORD_NOT_FOUND);
    distcoord_task_list *tasks = NULL;
    CHECK_STATUS(distcoord_run_tasks(run, &tasks, E), DISTCOORD_NOT_FOUND);
    end_run_test(run, queue, client);
}

static void what_is_wrong_is_refused(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client), *split = open_queue(client);
    distcoord_run_options *options = distcoord_run_options_new();
    distcoord_workflow *wrong = new_workflow("w"), *right = chain("w");
    distcoord_run *run = NULL;
    distcoord_run_list *list = NULL;
    char long_id[130], long_reason[1026];
    memset(long_id, 'i', sizeof long_id);
    memset(long_reason, 'r', sizeof long_reason);
    long_id[129] = long_reason[1025] = 0;
    CHECK_INT(distcoord_run_options_set_id(options, ""), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_run_options_set_id(options, long_id), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_run_options_set_id(options, "a\nb"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_run_options_set_retention_ms(options, 999), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(
        distcoord_run_options_set_retention_ms(options, 365LL * 86400000 + 1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    add_task(wrong, "a", "nobody");
    CHECK_STATUS(distcoord_run_start(queue, wrong, options, &run, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_run_open(queue, long_id, &run, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_queue_set_partitions(split, 2), DISTCOORD_OK);
    CHECK_STATUS(distcoord_run_start(split, right, options, &run, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_run_open(split, "r", &run, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_runs_list(split, 0, 1, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(run == NULL);
    REQUIRE_OK(distcoord_run_start(queue, right, options, &run, E));
    CHECK_STATUS(distcoord_run_stop(run, long_reason, false, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(standing_of(run).state, DISTCOORD_RUN_RUNNING);
    distcoord_workflow_free(wrong);
    distcoord_workflow_free(right);
    distcoord_run_options_free(options);
    distcoord_queue_free(split);
    end_run_test(run, queue, client);
}

static const struct test tests[] = {
    {"run_worked_to_its_end", a_run_is_worked_to_its_end},
    {"run_started_once", an_id_is_started_once},
    {"run_without_tasks", a_workflow_without_tasks_has_succeeded},
    {"run_in_parts", a_large_workflow_is_started_in_parts},
    {"run_nodes", nodes_are_listed_as_they_stand},
    {"run_failure", a_failure_blocks_what_needs_it_and_nothing_else},
    {"run_fail_fast", fail_fast_stops_the_rest},
    {"run_list", runs_are_listed_latest_first},
    {"run_retention", what_became_of_a_run_is_forgotten_after_its_retention},
    {"run_refused", what_is_wrong_is_refused},
};

HARNESS_MAIN(tests)
