/* Distributed runs whose first instance does not come, and whose server goes away. */
#include "instance_tools.h"

static distcoord_workflow *held(void)
{
    distcoord_workflow *workflow = new_workflow("held");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 5), DISTCOORD_OK);
    add_task_to(workflow, NULL, "hold", NULL, options);
    distcoord_job_options_free(options);
    add_task(workflow, "after", "hold");
    return workflow;
}

/* Whether its lease was lost meanwhile or not: the task was begun by one of the two, the second is done once. */
static void check_done(pid_t one, pid_t two)
{
    CHECK_INT(exit_of(one), DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(exit_of(two), DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(noted("1 after") + noted("2 after"), 1);
}

static void without_the_first_another_starts_also_when_the_server_goes_away(void)
{
    struct redis_server own;
    const char *const kept[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
    struct redis_server shared = server;
    redis_server_start(&own, kept);
    server = own;
    int64_t began = now_ms();
    pid_t one = start_instance(held, 1, 3, NULL), two = start_instance(held, 2, 3, NULL);
    CHECK(EVENTUALLY(10000, noted("1 joined") == 1 && noted("2 joined") == 1));
    /* While they wait for the first, */
    redis_server_kill(&own);
    redis_server_restart(&own, kept);
    CHECK(EVENTUALLY(25000, noted("1 hold") + noted("2 hold") >= 1));
    CHECK(now_ms() - began >= 9500);
    /* and while they work. */
    redis_server_kill(&own);
    redis_server_restart(&own, kept);
    touch("hold");
    check_done(one, two);
    redis_server_stop(&own);
    server = shared;
}

static size_t living(distcoord_instance *instance)
{
    distcoord_instance_list *list = NULL;
    CHECK_OK(distcoord_instance_members(instance, &list, E));
    size_t count = distcoord_instance_list_count(list);
    distcoord_instance_list_free(list);
    return count;
}

static void a_member_that_was_paused_for_long_is_one_again(void)
{
    distcoord_client *client = open_client();
    pid_t one = start_instance(held, 1, 3, NULL);
    CHECK(EVENTUALLY(10000, noted("1 joined") == 1));
    distcoord_instance *other = join(client, held(), 0, 3);
    CHECK(EVENTUALLY(10000, noted("1 hold") == 1));
    CHECK_INT(kill(one, SIGSTOP), 0);
    CHECK(EVENTUALLY(10000, living(other) == 1));
    CHECK_INT(kill(one, SIGCONT), 0);
    CHECK(EVENTUALLY(10000, living(other) == 2));
    touch("hold");
    CHECK_INT(work(other), DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(exit_of(one), DISTCOORD_RUN_SUCCEEDED);
    distcoord_instance_free(other);
    close_client(client);
}

static const struct test tests[] = {
    {"without_the_first_another_starts_also_when_the_server_goes_away",
     without_the_first_another_starts_also_when_the_server_goes_away},
    {"a_member_that_was_paused_for_long_is_one_again", a_member_that_was_paused_for_long_is_one_again},
};

HARNESS_MAIN(tests)
