/* Steering a run: pauses, stops, taking it up again; and waits for it that end in every way. */
#include "run_tools.h"

static distcoord_workflow *fork_and_join(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    add_task(workflow, "left", "a");
    add_task(workflow, "right", "a");
    add_task(workflow, "join", "left,right");
    return workflow;
}

static void nothing_begins_during_a_pause(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, fork_and_join(), NULL);
    CHECK_OK(distcoord_run_pause(run, E));
    CHECK_OK(distcoord_run_pause(run, E));
    CHECK_INT(standing_of(run).state, DISTCOORD_RUN_PAUSED);
    CHECK_INT(task_state(run, "a"), DISTCOORD_TASK_READY);
    CHECK_NOTHING_READY(queue);
    CHECK_OK(distcoord_run_resume(run, E));
    CHECK_OK(distcoord_run_resume(run, E));
    CHECK_INT(standing_of(run).state, DISTCOORD_RUN_RUNNING);
    distcoord_job *job = TAKE(queue, "a");
    CHECK_OK(distcoord_run_pause(run, E));
    /* What has begun goes on. */
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_NOTHING_READY(queue);
    struct standing now = standing_of(run);
    CHECK_INT(now.state, DISTCOORD_RUN_PAUSED);
    CHECK_INT(now.counts[DISTCOORD_TASK_READY], 2);
    CHECK_OK(distcoord_run_resume(run, E));
    CHECK_INT(work_until_end(queue, run, NULL, NULL), 3);
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_STATUS(distcoord_run_pause(run, E), DISTCOORD_EXPIRED);
    CHECK_STATUS(distcoord_run_resume(run, E), DISTCOORD_EXPIRED);
    CHECK_STATUS(distcoord_run_stop(run, NULL, false, E), DISTCOORD_EXPIRED);
    end_run_test(run, queue, client);
}

static void a_pause_outlives_those_who_made_it(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, fork_and_join(), "r");
    DO(queue, "a", "kept");
    CHECK_OK(distcoord_run_pause(run, E));
    end_run_test(run, queue, client);
    client = open_client();
    queue = open_queue(client);
    REQUIRE_OK(distcoord_run_open(queue, "r", &run, E));
    CHECK_NOTHING_READY(queue);
    CHECK_OK(distcoord_run_resume(run, E));
    CHECK_INT(work_until_end(queue, run, NULL, NULL), 3);
    CHECK_RESULT(run, "a", DISTCOORD_RESULT_COMPLETED, "kept");
    end_run_test(run, queue, client);
}

static void a_stop_cancels_what_waits_and_asks_what_runs(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *workers = open_queue(other);
    distcoord_workflow *workflow = fork_and_join();
    add_task(workflow, "always", "join");
    CHECK_OK(distcoord_workflow_set_always(workflow, "always", true, E));
    distcoord_run *run = start(queue, workflow, NULL);
    /* A client that listens to no messages learns it when it renews. */
    CHECK_INT(distcoord_queue_set_lease_ms(workers, KEPT_MS), DISTCOORD_OK);
    DO(workers, "a", "");
    distcoord_job *job = claim(workers, 0);
    REQUIRE(job != NULL);
    int fd = distcoord_job_event_fd(job);
    CHECK(!readable(fd));
    CHECK_OK(distcoord_run_stop(run, "not wanted", false, E));
    CHECK_OK(distcoord_run_stop(run, "again", false, E));
    CHECK(EVENTUALLY(10000, distcoord_job_state(job) == DISTCOORD_JOB_CANCELLING));
    CHECK(readable(fd));
    struct standing now = standing_of(run);
    CHECK_INT(now.state, DISTCOORD_RUN_STOPPING);
    CHECK_TEXT(now.reason, "not wanted");
    SETTLE(job, distcoord_job_cancelled(job, E));
    DO(workers, "always", "cleaned");
    now = CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    CHECK_TEXT(now.reason, "not wanted");
    CHECK_INT(now.counts[DISTCOORD_TASK_CANCELLED], 3);
    CHECK_INT(now.counts[DISTCOORD_TASK_SUCCEEDED], 2);
    CHECK_RESULT(run, "join", DISTCOORD_RESULT_CANCELLED, "the run was stopped");
    distcoord_queue_free(workers);
    close_client(other);
    end_run_test(run, queue, client);
}

static void a_stop_at_once_leaves_nothing_out(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = fork_and_join();
    add_task(workflow, "always", "join");
    CHECK_OK(distcoord_workflow_set_always(workflow, "always", true, E));
    distcoord_run *run = start(queue, workflow, NULL);
    CHECK_OK(distcoord_run_stop(run, NULL, true, E));
    struct standing now = CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    CHECK_INT(now.counts[DISTCOORD_TASK_CANCELLED], 5);
    CHECK_NOTHING_READY(queue);
    end_run_test(run, queue, client);
}

static void what_failed_is_taken_up_again(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, fork_and_join(), NULL);
    DO(queue, "a", "one");
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    SETTLE(job, distcoord_job_fail(job, "at first", false, E));
    job = claim(queue, 0);
    REQUIRE(job != NULL);
    SETTLE(job, distcoord_job_complete(job, "stays", 5, E));
    CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_OK(distcoord_run_resume(run, E));
    struct standing now = standing_of(run);
    CHECK_INT(now.state, DISTCOORD_RUN_RUNNING);
    CHECK_TEXT(now.reason, "");
    CHECK_INT(now.ended_ms, 0);
    /* The one that failed and the one that it blocked. */
    CHECK_INT(work_until_end(queue, run, NULL, NULL), 2);
    now = CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(now.counts[DISTCOORD_TASK_SUCCEEDED], 4);
    CHECK_RESULT(run, "a", DISTCOORD_RESULT_COMPLETED, "one");
    end_run_test(run, queue, client);
}

static void what_was_stopped_is_taken_up_again(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, fork_and_join(), NULL);
    DO(queue, "a", "");
    CHECK_OK(distcoord_run_stop(run, "later", false, E));
    CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    CHECK_OK(distcoord_run_resume(run, E));
    CHECK_INT(work_until_end(queue, run, NULL, NULL), 3);
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    end_run_test(run, queue, client);
}

/* ---------------------------------------------------------------- waits */

struct waiter {
    distcoord_run *run;
    /* Waits for a task when it has a name, else for the run. */
    const char *task;
    int64_t wait_ms;
    distcoord_status status;
    atomic_bool is_done;
    pthread_t thread;
};

static void *wait_for_it(void *argument) {
    struct waiter *waiter = argument;
    if (waiter->task) {
        distcoord_result *result = NULL;
        waiter->status = distcoord_run_result(waiter->run, waiter->task, waiter->wait_ms, &result, NULL);
        distcoord_result_free(result);
    } else {
        distcoord_run_summary *summary = NULL;
        waiter->status = distcoord_run_wait(waiter->run, waiter->wait_ms, &summary, NULL);
        distcoord_run_summary_free(summary);
    }
    atomic_store(&waiter->is_done, true);
    return NULL;
}

static void start_waiter(struct waiter *waiter) {
    atomic_init(&waiter->is_done, false);
    waiter->thread = start_thread(wait_for_it, waiter);
}

static distcoord_status join_waiter(struct waiter *waiter) {
    CHECK(EVENTUALLY(8000, atomic_load(&waiter->is_done)));
    REQUIRE(atomic_load(&waiter->is_done));
    REQUIRE(pthread_join(waiter->thread, NULL) == 0);
    return waiter->status;
}

/* How many wait for the end of the run, as the server knows. */
static int waiters_of(distcoord_run *run) {
    char command[256], answer[64] = "";
    snprintf(command, sizeof command,
        "EVAL \"local w = redis.call('HGET', 'dc:{%s:queue:a}:R:%s', 'w') or '' "
        "local _, n = string.gsub(w, ' ', '') return n\" 0",
        test_name, distcoord_run_id(run));
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    return atoi(answer + 1);
}

static void whoever_waits_is_told(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *far = open_queue(other);
    distcoord_run *run = start(queue, fork_and_join(), NULL), *same = NULL;
    REQUIRE_OK(distcoord_run_open(far, distcoord_run_id(run), &same, E));
    struct waiter waiters[4] = {
        {.run = run, .wait_ms = -1}, {.run = same, .wait_ms = -1}, {.run = same, .task = "left", .wait_ms = -1},
        {.run = run, .task = "join", .wait_ms = 20000},
    };
    for (int i = 0; i < 4; i++) start_waiter(&waiters[i]);
    REQUIRE(EVENTUALLY(5000, waiters_of(run) == 2));
    DO(queue, "a", "");
    CHECK(!atomic_load(&waiters[2].is_done));
    distcoord_job *left = claim(queue, 0), *right = claim(queue, 0);
    REQUIRE(left && right);
    if (strcmp(distcoord_task_name(left), "left") != 0) {
        distcoord_job *swap = left;
        left = right;
        right = swap;
    }
    SETTLE(left, distcoord_job_complete(left, NULL, 0, E));
    CHECK_INT(join_waiter(&waiters[2]), DISTCOORD_OK);
    CHECK(!atomic_load(&waiters[0].is_done) && !atomic_load(&waiters[3].is_done));
    SETTLE(right, distcoord_job_complete(right, NULL, 0, E));
    DO(queue, "join", "");
    CHECK_INT(join_waiter(&waiters[0]), DISTCOORD_OK);
    CHECK_INT(join_waiter(&waiters[1]), DISTCOORD_OK);
    CHECK_INT(join_waiter(&waiters[3]), DISTCOORD_OK);
    distcoord_run_free(same);
    distcoord_queue_free(far);
    close_client(other);
    end_run_test(run, queue, client);
}

static void waits_end_in_time_and_when_they_are_cancelled(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, fork_and_join(), NULL), *unknown = NULL;
    REQUIRE_OK(distcoord_run_open(queue, "nobody", &unknown, E));
    distcoord_run_summary *summary = NULL;
    distcoord_result *result = NULL;
    int64_t began = now_ms();
    CHECK_STATUS(distcoord_run_wait(run, 60, &summary, E), DISTCOORD_TIMED_OUT);
    CHECK(summary != NULL);
    distcoord_run_summary_free(summary);
    CHECK_STATUS(distcoord_run_result(run, "join", 60, &result, E), DISTCOORD_TIMED_OUT);
    CHECK(result == NULL);
    CHECK(now_ms() - began >= 120);
    CHECK_STATUS(distcoord_run_wait(unknown, -1, &summary, E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_run_result(unknown, "a", -1, &result, E), DISTCOORD_NOT_FOUND);
    CHECK(summary == NULL && result == NULL);
    struct waiter waiters[2] = {{.run = run, .wait_ms = -1}, {.run = run, .task = "a", .wait_ms = -1}};
    for (int i = 0; i < 2; i++) start_waiter(&waiters[i]);
    REQUIRE(EVENTUALLY(5000, waiters_of(run) == 1));
    /* The second may not wait yet, which nobody can see: asked again until it does. */
    CHECK(EVENTUALLY(5000, (distcoord_run_cancel(run), atomic_load(&waiters[1].is_done))));
    CHECK_INT(join_waiter(&waiters[0]), DISTCOORD_CANCELLED);
    CHECK_INT(join_waiter(&waiters[1]), DISTCOORD_CANCELLED);
    /* The run goes on, and the server has forgotten who waited. */
    CHECK(EVENTUALLY(5000, waiters_of(run) == 0));
    CHECK_INT(work_until_end(queue, run, NULL, NULL), 4);
    distcoord_run_free(unknown);
    end_run_test(run, queue, client);
}

static void a_run_that_is_deleted_is_not_waited_for(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, fork_and_join(), "r"), *again = NULL;
    distcoord_state *state = NULL;
    distcoord_state_entry *entry = NULL;
    REQUIRE_OK(distcoord_run_state(run, &state, E));
    CHECK_OK(distcoord_state_set(state, "k", "v", 1, 0, NULL, E));
    CHECK_OK(distcoord_run_stop(run, NULL, false, E));
    CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    CHECK_OK(distcoord_run_delete(run, E));
    CHECK_INT(standing_of(run).status, DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_state_get(state, "k", &entry, E), DISTCOORD_NOT_FOUND);
    /* Its id is free, and nothing of the old one is in the new one. */
    again = start(queue, fork_and_join(), "r");
    CHECK_INT(standing_of(again).counts[DISTCOORD_TASK_READY], 1);
    CHECK_INT(work_until_end(queue, again, NULL, NULL), 4);
    distcoord_state_free(state);
    distcoord_run_free(again);
    end_run_test(run, queue, client);
}

static void objects_are_freed_in_any_order(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_run *run = start(queue, fork_and_join(), NULL), *of_job = NULL;
    distcoord_task_list *list = tasks_of(run);
    distcoord_task_inputs *inputs = NULL;
    distcoord_run_summary *summary = NULL;
    distcoord_watch *watch = NULL;
    distcoord_run_event *event = NULL, *none = NULL;
    DO(queue, "a", "one");
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    REQUIRE_OK(distcoord_task_fetch_inputs(job, &inputs, E));
    REQUIRE_OK(distcoord_task_open_run(job, &of_job, E));
    REQUIRE_OK(distcoord_run_watch(of_job, &watch, E));
    REQUIRE_OK(distcoord_run_watch_next(watch, 0, &event, E));
    CHECK_STATUS(distcoord_run_wait(of_job, 0, &summary, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_client_close(client, E));
    distcoord_client_free(client);
    distcoord_queue_free(queue);
    /* What was read stays readable; what would have to ask cannot. */
    CHECK_STATUS(distcoord_task_skip(job, NULL, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_run_pause(run, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_run_watch_next(watch, -1, &none, E), DISTCOORD_ERROR_CLOSED);
    distcoord_run_free(run);
    distcoord_run_free(of_job);
    distcoord_watch_free(watch);
    CHECK_TEXT(distcoord_task_list_name(list, 0), "a");
    CHECK_TEXT(distcoord_task_inputs_need(inputs, 0), "a");
    CHECK_INT(distcoord_run_summary_count(summary, -1), 4);
    CHECK_INT(distcoord_run_event_number(event), 1);
    CHECK(distcoord_task_name(job)[0] != 0);
    distcoord_job_free(job);
    distcoord_task_list_free(list);
    distcoord_task_inputs_free(inputs);
    distcoord_run_summary_free(summary);
    distcoord_run_event_free(event);
}

static const struct test tests[] = {
    {"run_control_pause", nothing_begins_during_a_pause},
    {"run_control_pause_outlives", a_pause_outlives_those_who_made_it},
    {"run_control_stop", a_stop_cancels_what_waits_and_asks_what_runs},
    {"run_control_stop_at_once", a_stop_at_once_leaves_nothing_out},
    {"run_control_resume_failed", what_failed_is_taken_up_again},
    {"run_control_resume_stopped", what_was_stopped_is_taken_up_again},
    {"run_control_waits", whoever_waits_is_told},
    {"run_control_cancelled_waits", waits_end_in_time_and_when_they_are_cancelled},
    {"run_control_freed", objects_are_freed_in_any_order},
    {"run_control_delete", a_run_that_is_deleted_is_not_waited_for},
};

HARNESS_MAIN(tests)
