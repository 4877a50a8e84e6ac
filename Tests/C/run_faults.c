/* Runs when things go wrong: lost answers, workers that die or take too long, a server that starts again, forks. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "fork_tools.h"
#include "proxy.h"
#include "run_tools.h"

static distcoord_client *client_of(const char *url) {
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

static void a_call_whose_answer_is_lost_has_one_effect(void) {
    static struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_client *client = client_of(proxy.url);
    distcoord_queue *queue = open_queue(client);
    /* The first call makes the queue known. */
    distcoord_run_free(start(queue, new_workflow("o"), NULL));
    static const enum loss losses[] = {LOSE_REQUEST, LOSE_ANSWER};
    int lost = 0;
    for (size_t i = 0; i < COUNT_OF(losses); i++) {
#define LOSING(call) (proxy_lose(&proxy, losses[i]), lost++, (call))
        distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more");
        distcoord_run *run = NULL;
        add_task(workflow, "plan", NULL);
        add_task(workflow, "last", "plan");
        CHECK_OK(distcoord_workflow_add_loop(workflow, "last", "last", 2, E));
        REQUIRE_OK(LOSING(distcoord_run_start(queue, workflow, NULL, &run, E)));
        distcoord_workflow_free(workflow);
        CHECK_INT(standing_of(run).all, 2);
        CHECK_OK(LOSING(distcoord_run_pause(run, E)));
        CHECK_INT(standing_of(run).state, DISTCOORD_RUN_PAUSED);
        CHECK_OK(LOSING(distcoord_run_resume(run, E)));
        distcoord_job *job = TAKE(queue, "plan");
        add_task(more, "x", NULL);
        CHECK_OK(LOSING(distcoord_task_add(job, more, E)));
        distcoord_workflow_free(more);
        SETTLE(job, LOSING(distcoord_job_complete(job, "p", 1, E)));
        CHECK_INT(standing_of(run).all, 3);
        DO(queue, "x", "");
        job = TAKE(queue, "last");
        SETTLE(job, LOSING(distcoord_task_repeat(job, "r", 1, E)));
        job = TAKE(queue, "last");
        CHECK_INT(distcoord_task_round(job), 1);
        CHECK_TEXT(inputs_of(job), "/=3:r plan/plan=3:p");
        SETTLE(job, LOSING(distcoord_task_skip(job, "enough", E)));
        struct standing end = CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
        CHECK_INT(end.counts[DISTCOORD_TASK_SUCCEEDED], 2);
        CHECK_INT(end.counts[DISTCOORD_TASK_SKIPPED], 1);
        CHECK_OK(LOSING(distcoord_run_delete(run, E)));
        distcoord_run_free(run);
        workflow = new_workflow("w");
        add_task(workflow, "a", NULL);
        run = start(queue, workflow, NULL);
        CHECK_OK(LOSING(distcoord_run_stop(run, NULL, false, E)));
        CHECK_END(run, DISTCOORD_RUN_CANCELLED);
        distcoord_run_free(run);
    }
    CHECK_INT(atomic_load(&proxy.losses), lost);
    distcoord_queue_free(queue);
    close_client(client);
}

static void additions_that_could_not_be_told_do_not_come_into_being(void) {
    static struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_command_timeout_ms(options, 700), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w"), *more = new_workflow("more"), *other = new_workflow("other");
    add_task(workflow, "plan", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "plan");
    add_task(more, "x", NULL);
    add_task(other, "y", NULL);
    /* The server has them, and nobody hears of it. */
    proxy_lose(&proxy, SWALLOW_ANSWER);
    CHECK_STATUS(distcoord_task_add(job, more, E), DISTCOORD_ERROR_NO_REPLY);
    CHECK_STATUS(distcoord_job_complete(job, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    /* What is added next takes their place, once there is a connection again. */
    CHECK(EVENTUALLY(5000, distcoord_task_add(job, other, NULL) == DISTCOORD_OK));
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    DO(queue, "y", "");
    struct standing end = CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(end.all, 2);
    distcoord_workflow_free(more);
    distcoord_workflow_free(other);
    end_run_test(run, queue, client);
}

static void the_task_of_a_worker_that_died_runs_elsewhere(void) {
    enum { LEASE = 300 };
    pid_t doomed = start_doomed(LEASE);
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 2), DISTCOORD_OK);
    add_task_to(workflow, NULL, "a", NULL, options);
    add_task(workflow, "b", "a");
    distcoord_run *run = start(queue, workflow, NULL);
    join_doomed(doomed);
    int64_t died = now_ms();
    distcoord_job *job = claim(queue, 10000);
    REQUIRE(job != NULL);
    CHECK(took_less(died, LEASE + 1000));
    CHECK_TEXT(distcoord_task_name(job), "a");
    CHECK_INT(distcoord_job_attempt(job), 2);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    DO(queue, "b", "");
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    distcoord_task_list *list = tasks_of(run);
    CHECK_INT(distcoord_task_list_attempts(list, 0), 2);
    distcoord_task_list_free(list);
    distcoord_job_options_free(options);
    end_run_test(run, queue, client);
}

static void deaths_beyond_the_attempts_are_forgiven_some_times(void) {
    enum { LEASE = 100, DEATHS = 4 };
    pid_t doomed[DEATHS];
    for (int i = 0; i < DEATHS; i++) doomed[i] = start_doomed(LEASE);
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    for (int i = 0; i < DEATHS; i++) join_doomed(doomed[i]);
    /* One attempt, and three more for those who died with it. */
    struct standing end = CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK(strstr(end.reason, "task 'a' failed") != NULL);
    end_run_test(run, queue, client);
}

static void whoever_waits_finds_out_that_the_last_worker_died(void) {
    pid_t doomed = start_doomed(300);
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    add_task(workflow, "b", "a");
    distcoord_run *run = start(queue, workflow, NULL);
    join_doomed(doomed);
    /* Nobody claims who would see the lease end. */
    CHECK_OK(distcoord_run_stop(run, NULL, false, E));
    int64_t began = now_ms();
    CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    CHECK(took_less(began, 1500));
    CHECK_RESULT(run, "a", DISTCOORD_RESULT_CANCELLED, "the run was stopped");
    end_run_test(run, queue, client);
}

static void nobody_who_could_run_a_task_is_found_out(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_capabilities(options, "quantum"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_capability_timeout_ms(options, 1000), DISTCOORD_OK);
    add_task_to(workflow, NULL, "a", NULL, options);
    distcoord_run *run = start(queue, workflow, NULL);
    CHECK_RESULT(run, "a", DISTCOORD_RESULT_DEAD, "no live worker has all of its capabilities: quantum");
    struct standing end = CHECK_END(run, DISTCOORD_RUN_FAILED);
    CHECK_TEXT(end.reason, "task 'a' failed: no live worker has all of its capabilities: quantum");
    distcoord_job_options_free(options);
    end_run_test(run, queue, client);
}

static void a_task_that_takes_too_long_is_tried_again(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_timeout_ms(options, 100), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 2), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 1, 1), DISTCOORD_OK);
    add_task_to(workflow, NULL, "a", NULL, options);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "a");
    CHECK(EVENTUALLY(5000, distcoord_job_state(job) == DISTCOORD_JOB_EXPIRED));
    CHECK_STATUS(distcoord_job_complete(job, NULL, 0, E), DISTCOORD_NOT_HELD);
    distcoord_job_free(job);
    job = TAKE(queue, "a");
    CHECK_INT(distcoord_job_attempt(job), 2);
    CHECK(EVENTUALLY(5000, distcoord_job_state(job) == DISTCOORD_JOB_EXPIRED));
    distcoord_job_free(job);
    CHECK_END(run, DISTCOORD_RUN_FAILED);
    distcoord_task_list *list = tasks_of(run);
    CHECK_INT(distcoord_task_list_attempts(list, 0), 2);
    distcoord_task_list_free(list);
    distcoord_job_options_free(options);
    end_run_test(run, queue, client);
}

static void a_run_goes_on_when_the_server_has_started_again(void) {
    struct redis_server own;
    const char *const kept[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
    redis_server_start(&own, kept);
    distcoord_client *client = client_of(own.url);
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_run_event *event = NULL;
    distcoord_watch *watch = NULL;
    add_task(workflow, "a", NULL);
    add_task(workflow, "b", "a");
    add_task(workflow, "c", "b");
    distcoord_run *run = start(queue, workflow, NULL);
    REQUIRE_OK(distcoord_run_watch(run, &watch, E));
    DO(queue, "a", "kept");
    redis_server_kill(&own);
    redis_server_restart(&own, kept);
    distcoord_job *job = TAKE(queue, "b");
    CHECK_TEXT(inputs_of(job), "a/a=3:kept");
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    DO(queue, "c", "");
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    for (int i = 1; i <= 5; i++) {
        REQUIRE_OK(distcoord_run_watch_next(watch, 20000, &event, E));
        CHECK_INT(distcoord_run_event_number(event), i);
        if (i == 5) CHECK_INT(distcoord_run_event_kind(event), DISTCOORD_RUN_EVENT_ENDED);
        distcoord_run_event_free(event);
    }
    distcoord_watch_free(watch);
    end_run_test(run, queue, client);
    redis_server_stop(&own);
}

struct inherited {
    distcoord_run *run;
    distcoord_job *job;
    distcoord_watch *watch;
};

static void use_what_is_inherited(void *argument) {
    struct inherited *inherited = argument;
    distcoord_task_inputs *inputs = NULL;
    distcoord_run_event *event = NULL;
    distcoord_run *own = NULL;
    /* A run is anybody's; a claim and a watch are their process's. */
    CHECK_INT(standing_of(inherited->run).state, DISTCOORD_RUN_RUNNING);
    CHECK_INT(task_state(inherited->run, "a"), DISTCOORD_TASK_RUNNING);
    CHECK_TEXT(distcoord_task_name(inherited->job), "a");
    CHECK_STATUS(distcoord_task_skip(inherited->job, NULL, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_task_repeat(inherited->job, NULL, 0, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_task_fetch_inputs(inherited->job, &inputs, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_task_open_run(inherited->job, &own, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_run_watch_next(inherited->watch, 0, &event, E), DISTCOORD_ERROR_FORKED);
    distcoord_watch_free(inherited->watch);
    distcoord_job_free(inherited->job);
    distcoord_run_free(inherited->run);
}

static void a_child_looks_at_a_run_of_its_parent(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    struct inherited inherited = {0};
    add_task(workflow, "a", NULL);
    inherited.run = start(queue, workflow, NULL);
    REQUIRE_OK(distcoord_run_watch(inherited.run, &inherited.watch, E));
    inherited.job = TAKE(queue, "a");
    in_child(use_what_is_inherited, &inherited);
    CHECK_INT(distcoord_job_state(inherited.job), DISTCOORD_JOB_CLAIMED);
    SETTLE(inherited.job, distcoord_job_complete(inherited.job, NULL, 0, E));
    CHECK_END(inherited.run, DISTCOORD_RUN_SUCCEEDED);
    distcoord_watch_free(inherited.watch);
    end_run_test(inherited.run, queue, client);
}

static const struct test tests[] = {
    {"run_faults_lost_answers", a_call_whose_answer_is_lost_has_one_effect},
    {"run_faults_additions", additions_that_could_not_be_told_do_not_come_into_being},
    {"run_faults_death", the_task_of_a_worker_that_died_runs_elsewhere},
    {"run_faults_deaths", deaths_beyond_the_attempts_are_forgiven_some_times},
    {"run_faults_last_worker", whoever_waits_finds_out_that_the_last_worker_died},
    {"run_faults_capabilities", nobody_who_could_run_a_task_is_found_out},
    {"run_faults_timeout", a_task_that_takes_too_long_is_tried_again},
    {"run_faults_restart", a_run_goes_on_when_the_server_has_started_again},
    {"run_faults_fork", a_child_looks_at_a_run_of_its_parent},
};

HARNESS_MAIN(tests)
