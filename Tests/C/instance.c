/* Distributed runs: several instances of one program work through one workflow. */
#include "instance_tools.h"

/* first, then two at once, then last. */
static distcoord_workflow *diamond(void)
{
    distcoord_workflow *workflow = new_workflow("diamond");
    add_task(workflow, "first", NULL);
    add_task(workflow, "left", "first");
    add_task(workflow, "right", "first");
    add_task(workflow, "last", "left,right");
    return workflow;
}

/* One task that goes on until it is let go, then another. */
static distcoord_workflow *held(void)
{
    distcoord_workflow *workflow = new_workflow("held");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 3), DISTCOORD_OK);
    add_task_to(workflow, NULL, "hold", NULL, options);
    add_task(workflow, "after", "hold");
    distcoord_job_options_free(options);
    return workflow;
}

static distcoord_workflow *other(void)
{
    distcoord_workflow *workflow = new_workflow("held");
    add_task(workflow, "something else", NULL);
    return workflow;
}

static int ran(const char *task)
{
    int count = 0;
    for (int index = 0; index < 4; index++) {
        char line[64];
        snprintf(line, sizeof line, "%d %s", index, task);
        count += noted(line);
    }
    return count;
}

static void they_work_through_it_together(void)
{
    pid_t children[3];
    for (int i = 0; i < 3; i++) children[i] = start_instance(diamond, i, 3, NULL);
    for (int i = 0; i < 3; i++) CHECK_INT(exit_of(children[i]), DISTCOORD_RUN_SUCCEEDED);
    static const char *const tasks[] = {"first", "left", "right", "last"};
    for (int i = 0; i < 4; i++) CHECK_INT(ran(tasks[i]), 1);
    CHECK_INT(noted("0 coordinates"), 1);
}

static void one_alone_does_all(void)
{
    distcoord_client *client = open_client();
    distcoord_instance *instance = join(client, diamond(), 0, 1);
    CHECK_TEXT(distcoord_instance_identity(instance), test_name);
    CHECK_INT(distcoord_instance_index(instance), 0);
    CHECK_INT(distcoord_instance_total(instance), 1);
    CHECK_INT(work(instance), DISTCOORD_RUN_SUCCEEDED);
    CHECK(distcoord_instance_is_coordinator(instance));
    distcoord_run_summary *summary = NULL;
    CHECK_OK(distcoord_instance_wait(instance, -1, &summary, E));
    CHECK_INT(distcoord_run_summary_count(summary, DISTCOORD_TASK_SUCCEEDED), 4);
    distcoord_run_summary_free(summary);
    CHECK_TEXT(distcoord_run_id(distcoord_instance_run(instance)), test_name);
    distcoord_instance_free(instance);
    close_client(client);
}

static void when_the_coordinator_dies_another_takes_over(void)
{
    pid_t first = start_instance(held, 0, 2, NULL);
    CHECK(EVENTUALLY(10000, noted("0 hold") == 1));
    pid_t second = start_instance(held, 1, 2, NULL);
    CHECK(EVENTUALLY(10000, noted("1 joined") == 1));
    kill_hard(first);
    /* Its task is begun again when its lease is over. */
    int64_t died = now_ms();
    CHECK(EVENTUALLY(10000, noted("1 hold") == 1));
    CHECK(took_less(died, KEPT_MS + 1000));
    CHECK(EVENTUALLY(10000, noted("1 coordinates") == 1));
    touch("hold");
    CHECK_INT(exit_of(second), DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(noted("1 after"), 1);
}

static void when_the_first_dies_before_it_has_started_another_does(void)
{
    /* Who leads already keeps it from starting the run. */
    distcoord_client *client = open_client();
    distcoord_election *election = NULL;
    char name[160];
    snprintf(name, sizeof name, "run:%s", test_name);
    REQUIRE_OK(distcoord_election_open(client, name, NULL, &election, E));
    REQUIRE_OK(distcoord_election_campaign(election, 5000, E));
    pid_t second = start_instance(diamond, 1, 2, NULL);
    pid_t first = start_instance(diamond, 0, 2, NULL);
    CHECK(EVENTUALLY(10000, noted("0 joined") == 1 && noted("1 joined") == 1));
    /* Until the other has seen it. */
    sleep_ms(600);
    kill_hard(first);
    CHECK_INT(ran("first"), 0);
    REQUIRE_OK(distcoord_election_resign(election, E));
    int64_t died = now_ms();
    CHECK_INT(exit_of(second), DISTCOORD_RUN_SUCCEEDED);
    CHECK(took_less(died, 5000));
    CHECK_INT(noted("1 last"), 1);
    distcoord_election_free(election);
    close_client(client);
}

static void who_comes_late_joins_in(void)
{
    pid_t first = start_instance(held, 0, 3, NULL);
    CHECK(EVENTUALLY(10000, noted("0 hold") == 1));
    pid_t late = start_instance(held, 2, 3, NULL);
    CHECK(EVENTUALLY(10000, noted("2 joined") == 1));
    touch("hold");
    CHECK_INT(exit_of(first), DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(exit_of(late), DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(ran("hold"), 1);
    CHECK_INT(ran("after"), 1);
}

static void who_comes_after_the_end_repeats_nothing(void)
{
    CHECK_INT(exit_of(start_instance(diamond, 0, 2, NULL)), DISTCOORD_RUN_SUCCEEDED);
    distcoord_client *client = open_client();
    distcoord_instance *instance = NULL;
    CHECK_INT(join_with(client, diamond(), instance_options(1, 2), &instance), DISTCOORD_EXPIRED);
    REQUIRE(instance != NULL);
    distcoord_run_summary *summary = NULL;
    CHECK_OK(distcoord_instance_wait(instance, -1, &summary, E));
    CHECK_INT(distcoord_run_summary_state(summary), DISTCOORD_RUN_SUCCEEDED);
    distcoord_run_summary_free(summary);
    CHECK(!distcoord_instance_is_coordinator(instance));
    CHECK_INT(work(instance), DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(ran("first") + ran("last"), 2);
    distcoord_instance_free(instance);
    instance = NULL;
    CHECK_INT(join_with(client, other(), instance_options(1, 2), &instance), DISTCOORD_ERROR_CONFLICT);
    CHECK(instance == NULL);
    close_client(client);
}

static void an_index_lives_once(void)
{
    distcoord_client *client = open_client(), *second = open_client();
    distcoord_instance *instance = join(client, held(), 1, 2), *again = NULL;
    CHECK_INT(join_with(client, held(), instance_options(1, 2), &again), DISTCOORD_EXISTS);
    CHECK(again == NULL);
    CHECK_INT(join_with(second, held(), instance_options(1, 2), &again), DISTCOORD_EXISTS);
    CHECK(again == NULL);
    distcoord_instance_free(instance);
    instance = join(second, held(), 1, 2);
    distcoord_instance_free(instance);
    close_client(second);
    close_client(client);
}

static void instances_see_each_other(void)
{
    distcoord_client *client = open_client(), *second = open_client();
    distcoord_instance_options *options = instance_options(7, 10);
    CHECK_INT(distcoord_instance_options_set_capabilities(options, "GPU, lang:c"), DISTCOORD_OK);
    distcoord_instance *instance = NULL, *low = join(second, held(), 2, 10);
    CHECK_INT(join_with(client, held(), options, &instance), DISTCOORD_OK);
    distcoord_instance_list *list = NULL;
    REQUIRE_OK(distcoord_instance_members(low, &list, E));
    CHECK_INT(distcoord_instance_list_count(list), 2);
    CHECK_INT(distcoord_instance_list_index(list, 0), 2);
    CHECK_INT(distcoord_instance_list_index(list, 1), 7);
    CHECK_INT(distcoord_instance_list_index(list, 2), -1);
    CHECK_TEXT(distcoord_instance_list_worker(list, 0), distcoord_client_id(second));
    CHECK_TEXT(distcoord_instance_list_worker(list, 1), distcoord_client_id(client));
    CHECK_TEXT(distcoord_instance_list_capabilities(list, 1), "gpu,lang:c,linux");
    CHECK_TEXT(distcoord_instance_list_capabilities(list, 2), "");
    distcoord_instance_list_free(list);
    distcoord_instance_free(instance);
    REQUIRE_OK(distcoord_instance_members(low, &list, E));
    CHECK_INT(distcoord_instance_list_count(list), 1);
    distcoord_instance_list_free(list);
    distcoord_instance_free(low);
    close_client(second);
    close_client(client);
}

static void another_workflow_under_the_same_identity_is_refused(void)
{
    distcoord_client *client = open_client(), *second = open_client();
    /* Before the run is there, it is found out later. */
    distcoord_instance *early = join(second, other(), 1, 2);
    distcoord_run_summary *summary = NULL;
    CHECK_STATUS(distcoord_instance_wait(early, 0, &summary, E), DISTCOORD_TIMED_OUT);
    distcoord_instance *first = join(client, held(), 0, 2);
    CHECK_STATUS(distcoord_instance_wait(early, 10000 * time_factor(), &summary, E), DISTCOORD_ERROR_CONFLICT);
    CHECK(summary == NULL);
    distcoord_instance *late = NULL;
    CHECK_INT(join_with(client, other(), instance_options(2, 3), &late), DISTCOORD_ERROR_CONFLICT);
    CHECK(late == NULL);
    CHECK_STATUS(distcoord_instance_wait(first, 0, &summary, E), DISTCOORD_TIMED_OUT);
    /* Nor does it stand in the way of others. */
    distcoord_instance_free(first);
    first = join(client, held(), 0, 2);
    CHECK(EVENTUALLY(10000, distcoord_instance_is_coordinator(first)));
    CHECK(!distcoord_instance_is_coordinator(early));
    distcoord_instance_free(early);
    distcoord_instance_free(first);
    close_client(second);
    close_client(client);
}

static void two_identities_never_meet(void)
{
    distcoord_client *client = open_client();
    distcoord_instance *one = join(client, held(), 0, 1), *two = NULL;
    distcoord_instance_options *options = instance_options(0, 1);
    CHECK_INT(distcoord_instance_options_set_identity(options, "another"), DISTCOORD_OK);
    CHECK_INT(join_with(client, other(), options, &two), DISTCOORD_OK);
    CHECK_INT(work(two), DISTCOORD_RUN_SUCCEEDED);
    distcoord_run_summary *summary = NULL;
    CHECK_STATUS(distcoord_instance_wait(one, 0, &summary, E), DISTCOORD_TIMED_OUT);
    distcoord_instance_free(two);
    distcoord_instance_free(one);
    close_client(client);
}

struct waiting {
    distcoord_instance *instance;
    distcoord_status status;
    atomic_bool over;
};

static void *wait_for_end(void *argument)
{
    struct waiting *waiting = argument;
    distcoord_run_summary *summary = NULL;
    waiting->status = distcoord_instance_wait(waiting->instance, -1, &summary, NULL);
    distcoord_run_summary_free(summary);
    atomic_store(&waiting->over, true);
    return NULL;
}

static void waits_can_be_cancelled_and_the_part_goes_on(void)
{
    distcoord_client *client = open_client();
    distcoord_instance *instance = join(client, held(), 0, 1);
    struct waiting waiting = {.instance = instance};
    pthread_t thread = start_thread(wait_for_end, &waiting);
    CHECK(EVENTUALLY(5000, (distcoord_instance_cancel(instance), atomic_load(&waiting.over))));
    pthread_join(thread, NULL);
    CHECK_INT(waiting.status, DISTCOORD_CANCELLED);
    waiting.over = false;
    thread = start_thread(wait_for_end, &waiting);
    CHECK(EVENTUALLY(5000, (distcoord_client_cancel(client), atomic_load(&waiting.over))));
    pthread_join(thread, NULL);
    CHECK_INT(waiting.status, DISTCOORD_CANCELLED);
    /* It coordinates still, and sees the end. */
    touch("hold");
    CHECK_INT(work(instance), DISTCOORD_RUN_SUCCEEDED);
    CHECK(EVENTUALLY(5000, distcoord_instance_is_coordinator(instance)));
    distcoord_run_summary *summary = NULL;
    CHECK_OK(distcoord_instance_wait(instance, 5000 * time_factor(), &summary, E));
    distcoord_run_summary_free(summary);
    distcoord_instance_free(instance);
    close_client(client);
}

static void a_closed_client_ends_waits_and_the_part(void)
{
    distcoord_client *client = open_client(), *second = open_client();
    distcoord_instance *instance = join(client, held(), 0, 2), *other_one = join(second, held(), 1, 2);
    struct waiting waiting = {.instance = instance};
    pthread_t thread = start_thread(wait_for_end, &waiting);
    sleep_ms(20);
    CHECK_OK(distcoord_client_close(client, E));
    CHECK(EVENTUALLY(5000, atomic_load(&waiting.over)));
    pthread_join(thread, NULL);
    CHECK(waiting.status == DISTCOORD_CANCELLED || waiting.status == DISTCOORD_ERROR_CLOSED);
    /* The others know at once, not when a lease is over. */
    distcoord_instance_list *list = NULL;
    REQUIRE_OK(distcoord_instance_members(other_one, &list, E));
    CHECK_INT(distcoord_instance_list_count(list), 1);
    distcoord_instance_list_free(list);
    distcoord_instance_free(instance);
    distcoord_client_free(client);
    distcoord_instance_free(other_one);
    close_client(second);
}

static void when_the_run_is_gone_it_is_lost(void)
{
    distcoord_client *client = open_client();
    distcoord_instance_options *options = instance_options(0, 1);
    CHECK_INT(distcoord_instance_options_set_expiry_ms(options, 10000), DISTCOORD_OK);
    distcoord_instance *instance = NULL;
    CHECK_INT(join_with(client, held(), options, &instance), DISTCOORD_OK);
    distcoord_run_summary *summary = NULL;
    CHECK(EVENTUALLY(5000, is_started(instance)));
    char answer[64];
    REQUIRE(redis_server_command(&server, "FLUSHALL", answer, sizeof answer) == 0);
    CHECK_STATUS(distcoord_instance_wait(instance, 10000 * time_factor(), &summary, E), DISTCOORD_LOST);
    CHECK(summary == NULL);
    /* Nor is it started again. */
    CHECK_STATUS(distcoord_run_wait(distcoord_instance_run(instance), 0, &summary, E), DISTCOORD_NOT_FOUND);
    distcoord_instance_free(instance);
    close_client(client);
}

static void in_a_child(void *argument)
{
    distcoord_instance *instance = argument;
    distcoord_run_summary *summary = NULL;
    distcoord_instance_list *list = NULL;
    CHECK_STATUS(distcoord_instance_wait(instance, -1, &summary, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_instance_members(instance, &list, E), DISTCOORD_ERROR_FORKED);
    CHECK(!distcoord_instance_is_coordinator(instance));
    distcoord_instance_cancel(instance);
    distcoord_instance_free(instance);
}

static void a_child_has_no_part_in_it(void)
{
    distcoord_client *client = open_client();
    distcoord_instance *instance = join(client, held(), 0, 1);
    CHECK(EVENTUALLY(5000, distcoord_instance_is_coordinator(instance)));
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        in_a_child(instance);
        _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
    }
    CHECK_INT(exit_of(child), 0);
    distcoord_instance_list *list = NULL;
    REQUIRE_OK(distcoord_instance_members(instance, &list, E));
    CHECK_INT(distcoord_instance_list_count(list), 1);
    distcoord_instance_list_free(list);
    touch("hold");
    CHECK_INT(work(instance), DISTCOORD_RUN_SUCCEEDED);
    distcoord_instance_free(instance);
    close_client(client);
}

static const struct test tests[] = {
    {"they_work_through_it_together", they_work_through_it_together},
    {"one_alone_does_all", one_alone_does_all},
    {"when_the_coordinator_dies_another_takes_over", when_the_coordinator_dies_another_takes_over},
    {"when_the_first_dies_before_it_has_started_another_does", when_the_first_dies_before_it_has_started_another_does},
    {"who_comes_late_joins_in", who_comes_late_joins_in},
    {"who_comes_after_the_end_repeats_nothing", who_comes_after_the_end_repeats_nothing},
    {"an_index_lives_once", an_index_lives_once},
    {"instances_see_each_other", instances_see_each_other},
    {"another_workflow_under_the_same_identity_is_refused", another_workflow_under_the_same_identity_is_refused},
    {"two_identities_never_meet", two_identities_never_meet},
    {"waits_can_be_cancelled_and_the_part_goes_on", waits_can_be_cancelled_and_the_part_goes_on},
    {"a_closed_client_ends_waits_and_the_part", a_closed_client_ends_waits_and_the_part},
    {"when_the_run_is_gone_it_is_lost", when_the_run_is_gone_it_is_lost},
    {"a_child_has_no_part_in_it", a_child_has_no_part_in_it},
};

HARNESS_MAIN(tests)
