/* Tasks that add tasks to their run. */
#include "workflow_tools.h"
#include "worker_tools.h"

static void stage(distcoord_job *job, distcoord_workflow *additions) {
    CHECK_OK(distcoord_task_add(job, additions, E));
    distcoord_workflow_free(additions);
}

static void additions_come_with_the_completion(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
    add_task(workflow, "first", NULL);
    add_task(workflow, "plan", "first");
    add_task(workflow, "after", "plan");
    distcoord_run *run = start(queue, workflow, NULL);
    DO(queue, "first", "1");
    distcoord_job *job = TAKE(queue, "plan");
    add_task(more, "x", "first");
    add_task(more, "y", "x");
    add_map(more, "m", "x", NULL);
    stage(job, more);
    more = new_workflow("and more");
    add_group(more, "g", "x");
    add_task_to(more, "g", "z", NULL, NULL);
    stage(job, more);
    CHECK_INT(standing_of(run).all, 3);
    CHECK_NOTHING_READY(queue);
    SETTLE(job, distcoord_job_complete(job, "planned", 7, E));
    CHECK_INT(task_state(run, "plan"), DISTCOORD_TASK_RUNNING);
    distcoord_task_list *list = tasks_of(run);
    CHECK_TEXT(names_of(list), "first plan x y m g z after");
    CHECK_TEXT(distcoord_task_list_group(list, place_of(list, "x")), "plan");
    CHECK_TEXT(distcoord_task_list_needs(list, place_of(list, "x")), "first\n");
    distcoord_task_list_free(list);
    job = TAKE(queue, "x");
    CHECK_TEXT(inputs_of(job), "first/first=3:1");
    SETTLE(job, distcoord_job_complete(job, "[5]", 3, E));
    for (int i = 0; i < 3; i++) {
        job = claim(queue, 5000);
        REQUIRE(job != NULL);
        CHECK(strcmp(distcoord_task_name(job), "after") != 0);
        SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    }
    /* What needs the task has waited for all that it added. */
    job = TAKE(queue, "after");
    CHECK_TEXT(inputs_of(job), "plan/plan=3:planned");
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    struct standing end = CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(end.counts[DISTCOORD_TASK_SUCCEEDED], 7);
    CHECK_RESULT(run, "plan", DISTCOORD_RESULT_COMPLETED, "planned");
    end_run_test(run, queue, client);
}

static void an_attempt_that_fails_leaves_no_additions_behind(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 3), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 1, 1), DISTCOORD_OK);
    add_task_to(workflow, NULL, "plan", NULL, options);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "plan");
    add_task(more, "x", NULL);
    stage(job, more);
    SETTLE(job, distcoord_job_fail(job, "not yet", true, E));
    job = TAKE(queue, "plan");
    more = new_workflow("more");
    add_task(more, "x", NULL);
    stage(job, more);
    SETTLE(job, distcoord_job_release(job, E));
    /* The same name once more: it is no double of what was staged before. */
    job = TAKE(queue, "plan");
    more = new_workflow("more");
    add_task(more, "x", NULL);
    stage(job, more);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    DO(queue, "x", "");
    struct standing end = CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(end.all, 2);
    distcoord_job_options_free(options);
    end_run_test(run, queue, client);
}

static void additions_that_clash_are_refused_and_the_task_is_still_held(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more"), *wrong = new_workflow("wrong");
    add_task(workflow, "a", NULL);
    add_task(workflow, "b", "a");
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "a");
    /* Wrong in itself. */
    add_task(wrong, "x", "y");
    add_task(wrong, "y", "x");
    CHECK_STATUS(distcoord_task_add(job, wrong, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_workflow_free(wrong);
    add_task(more, "b", NULL);
    stage(job, more);
    CHECK_STATUS(distcoord_job_complete(job, "r", 1, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    distcoord_status status = DISTCOORD_OK;
    CHECK_STATUS(
        distcoord_queue_complete_many(queue, &job, NULL, NULL, 1, &status, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(status, DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(standing_of(run).all, 2);
    SETTLE(job, distcoord_job_fail(job, "cannot add", false, E));
    CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_INT(task_state(run, "b"), DISTCOORD_TASK_BLOCKED);
    end_run_test(run, queue, client);
}

static void additions_of_several_calls_do_not_go_in_a_circle(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
    add_task(workflow, "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "a");
    /* What it needs may be a node of the run, as far as this call knows. */
    add_task(more, "x", "y");
    stage(job, more);
    more = new_workflow("more");
    add_task(more, "y", "x");
    stage(job, more);
    CHECK_STATUS(distcoord_job_complete(job, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    SETTLE(job, distcoord_job_fail(job, "no", false, E));
    CHECK_INT(CHECK_END(run, DISTCOORD_RUN_FAILED).all, 1);
    end_run_test(run, queue, client);
}

static void what_is_added_later_may_need_what_was_added_before(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
    add_task(workflow, "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "a");
    add_task(more, "x", NULL);
    stage(job, more);
    more = new_workflow("more");
    add_task(more, "y", "x");
    stage(job, more);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_job *x = TAKE(queue, "x");
    CHECK_NOTHING_READY(queue);
    SETTLE(x, distcoord_job_complete(x, NULL, 0, E));
    DO(queue, "y", "");
    CHECK_INT(CHECK_END(run, DISTCOORD_RUN_SUCCEEDED).all, 3);
    end_run_test(run, queue, client);
}

static void additions_that_are_wrong_in_themselves_are_told_apart(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
    add_task(workflow, "a", NULL);
    add_map(workflow, "m", NULL, "[1]");
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "a");
    add_task(more, "a", NULL);
    add_task(more, "x", "a");
    add_task(more, "y", "m[0],elsewhere");
    add_needs(more, "z", "y");
    CHECK_REFUSED(
        distcoord_task_add(job, more, E),
        "'a' adds a node of its own name; names are unique\n"
        "needs in a circle: x -> a -> x; 'a' ends when all that it adds have ended\n"
        "'y' needs 'm[0]', one item of a map; it can only need 'm', all of it\n"
        "'z' is to need 'y', but is not among the additions");
    distcoord_workflow_free(more);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    DO(queue, "m[0]", "");
    CHECK_INT(CHECK_END(run, DISTCOORD_RUN_SUCCEEDED).all, 2);
    end_run_test(run, queue, client);
}

static void an_addition_that_fails_fails_its_task(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
    add_task(workflow, "plan", NULL);
    add_task(workflow, "after", "plan");
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "plan");
    add_task(more, "x", NULL);
    stage(job, more);
    SETTLE(job, distcoord_job_complete(job, "kept", 4, E));
    job = TAKE(queue, "x");
    SETTLE(job, distcoord_job_fail(job, "x broke", false, E));
    struct standing end = CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_TEXT(end.reason, "task 'x' failed: x broke");
    CHECK_INT(task_state(run, "after"), DISTCOORD_TASK_BLOCKED);
    /* Taken up again, only what failed runs. */
    CHECK_OK(distcoord_run_resume(run, E));
    DO(queue, "x", "");
    DO(queue, "after", "");
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_RESULT(run, "plan", DISTCOORD_RESULT_COMPLETED, "kept");
    end_run_test(run, queue, client);
}

static void many_additions_go_in_parts(void) {
    enum { ADDED = 1100 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more"), *most = new_workflow("most");
    add_task(workflow, "plan", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "plan");
    char name[16];
    for (int i = 0; i < ADDED; i++) {
        snprintf(name, sizeof name, "n%d", i);
        add_task(more, name, i ? "n0" : NULL);
    }
    stage(job, more);
    for (int i = 0; i < 10001; i++) {
        snprintf(name, sizeof name, "o%d", i);
        CHECK_OK(distcoord_workflow_add_task(most, name, NULL, NULL, 0, NULL, E));
    }
    CHECK_STATUS(distcoord_task_add(job, most, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_workflow_free(most);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_INT(standing_of(run).all, ADDED + 1);
    DO(queue, "n0", "");
    CHECK(EVENTUALLY(10000, standing_of(run).counts[DISTCOORD_TASK_READY] == ADDED - 1 + 1));
    CHECK_OK(distcoord_run_stop(run, NULL, false, E));
    CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    end_run_test(run, queue, client);
}

/* ---------------------------------------------------------------- workers */

static void a_worker_is_told_of_refused_additions_at_once(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
    add_task(workflow, "a", NULL);
    add_task(workflow, "b", "a");
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = next(worker, 5000);
    REQUIRE(job != NULL);
    add_task(more, "b", NULL);
    stage(job, more);
    CHECK_STATUS(distcoord_worker_done(worker, job, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RUNNING), 1);
    SETTLE(job, distcoord_job_fail(job, "refused", false, E));
    CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RUNNING), 0);
    distcoord_run_free(run);
    workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    run = start(queue, workflow, NULL);
    job = next(worker, 5000);
    REQUIRE(job != NULL);
    more = new_workflow("more");
    add_task(more, "b", NULL);
    stage(job, more);
    SETTLE(job, distcoord_worker_done(worker, job, NULL, 0, E));
    CHECK_WORK(worker, "b");
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_RUNNING), 0);
    distcoord_worker_free(worker);
    end_run_test(run, queue, client);
}

static void add_what_is_there(distcoord_job *job, void *context) {
    atomic_int *calls = context;
    atomic_fetch_add(calls, 1);
    distcoord_workflow *more = new_workflow("more");
    add_task(more, "b", NULL);
    stage(job, more);
}

struct running_worker {
    distcoord_worker *worker;
    atomic_int calls;
};

static void *run_worker(void *argument) {
    struct running_worker *running = argument;
    CHECK_OK(distcoord_worker_run(running->worker, add_what_is_there, &running->calls, E));
    return NULL;
}

static void a_handler_whose_additions_are_refused_fails_its_task(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    add_task(workflow, "b", "a");
    distcoord_run *run = start(queue, workflow, NULL);
    static struct running_worker running;
    running.worker = open_worker(client, "w");
    pthread_t thread = start_thread(run_worker, &running);
    struct standing end = CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK(strstr(end.reason, "cannot be added") != NULL);
    CHECK_INT(atomic_load(&running.calls), 1);
    distcoord_worker_stop(running.worker);
    REQUIRE(pthread_join(thread, NULL) == 0);
    distcoord_worker_free(running.worker);
    end_run_test(run, queue, client);
}

static const struct test tests[] = {
    {"task_add_completion", additions_come_with_the_completion},
    {"task_add_failed_attempt", an_attempt_that_fails_leaves_no_additions_behind},
    {"task_add_refused", additions_that_clash_are_refused_and_the_task_is_still_held},
    {"task_add_circle", additions_of_several_calls_do_not_go_in_a_circle},
    {"task_add_later", what_is_added_later_may_need_what_was_added_before},
    {"task_add_wrong", additions_that_are_wrong_in_themselves_are_told_apart},
    {"task_add_failure", an_addition_that_fails_fails_its_task},
    {"task_add_many", many_additions_go_in_parts},
    {"task_add_worker", a_worker_is_told_of_refused_additions_at_once},
    {"task_add_handler", a_handler_whose_additions_are_refused_fails_its_task},
};

HARNESS_MAIN(tests)
