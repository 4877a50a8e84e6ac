/* All keys of a distributed run expire, whatever happens to its instances. */
#include "instance_tools.h"

#define EXPIRY INT64_C(600000)
#define TWO_DAYS INT64_C(172800000)

/* Something of every kind that leaves keys behind. */
static distcoord_workflow *all_kinds(void)
{
    distcoord_workflow *workflow = new_workflow("all kinds");
    distcoord_job_options *options = distcoord_job_options_new();
    add_map(workflow, "map", NULL, "[1,2,3]");
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, "key"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_priority(options, 5), DISTCOORD_OK);
    add_task_to(workflow, NULL, "hold", NULL, options);
    add_task_to(workflow, NULL, "queues", NULL, options);
    distcoord_job_options_free(options);
    options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_capabilities(options, "nobody"), DISTCOORD_OK);
    add_task_to(workflow, NULL, "waits", NULL, options);
    distcoord_job_options_free(options);
    options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 3600000), DISTCOORD_OK);
    add_task_to(workflow, NULL, "later", NULL, options);
    distcoord_job_options_free(options);
    add_group(workflow, "group", "hold");
    add_task_to(workflow, "group", "member", NULL, NULL);
    /* Too large to go along with its job. */
    char *large = calloc(1, 300000);
    CHECK_OK(distcoord_workflow_add_task(workflow, "large", NULL, large, 300000, NULL, E));
    free(large);
    return workflow;
}

static distcoord_workflow *one(void)
{
    distcoord_workflow *workflow = new_workflow("one");
    add_task(workflow, "only", NULL);
    return workflow;
}

static distcoord_instance_options *expiring(int index)
{
    distcoord_instance_options *options = instance_options(index, 2);
    CHECK_INT(distcoord_instance_options_set_expiry_ms(options, EXPIRY), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_lease_ms(options, 10000), DISTCOORD_OK);
    return options;
}

/* Nothing stays for ever, and nothing of the queue longer than it should. */
static void check_keys(int at_least)
{
    int count = 0;
    CHECK_TEXT(lasting_keys("*:queue:@}*", EXPIRY, &count), "");
    if (count < at_least) report(__FILE__, __LINE__, "%d keys of the queue, wanted %d", count, at_least);
    CHECK_TEXT(lasting_keys("*@*", TWO_DAYS, &count), "");
    char pattern[160], answer[64];
    snprintf(pattern, sizeof pattern, "SISMEMBER dc:{%s:registry}:queues run:%s", test_name, test_name);
    REQUIRE(redis_server_command(&server, pattern, answer, sizeof answer) == 0);
    CHECK_TEXT(answer, ":0");
}

static void when_all_are_killed(void)
{
    pid_t children[2];
    for (int i = 0; i < 2; i++) children[i] = start_instance(all_kinds, i, 2, expiring(i));
    CHECK(EVENTUALLY(20000, noted("0 hold") + noted("1 hold") == 1));
    CHECK(EVENTUALLY(20000, noted("0 large") + noted("1 large") == 1));
    CHECK(EVENTUALLY(20000, noted("0 map[2]") + noted("1 map[2]") == 1));
    for (int i = 0; i < 2; i++) kill_hard(children[i]);
    check_keys(15);
}

static void when_they_are_killed_at_any_moment(void)
{
    /* Later each time, until all is done. */
    for (int ms = 0; ms < 60; ms += 6) {
        pid_t child = start_instance(all_kinds, 0, 2, expiring(0));
        CHECK(EVENTUALLY(10000, is_there("log")));
        sleep_ms(ms);
        kill_hard(child);
        check_keys(0);
        char answer[64];
        REQUIRE(redis_server_command(&server, "FLUSHALL", answer, sizeof answer) == 0);
        unlink(file_of("log"));
    }
}

static void when_it_has_ended(void)
{
    CHECK_INT(exit_of(start_instance(one, 0, 2, expiring(0))), DISTCOORD_RUN_SUCCEEDED);
    check_keys(4);
}

static void also_what_others_do_with_it(void)
{
    distcoord_client *client = open_client();
    distcoord_instance *instance = NULL;
    REQUIRE(join_with(client, all_kinds(), expiring(0), &instance) == DISTCOORD_OK);
    CHECK(EVENTUALLY(5000, is_started(instance)));
    /* Somebody who knows but the names: who only steers, */
    distcoord_client *second = open_client();
    distcoord_queue *queue = NULL, *steering = NULL;
    distcoord_run *run = NULL;
    char name[160];
    snprintf(name, sizeof name, "run:%s", test_name);
    REQUIRE_OK(distcoord_queue_open(second, name, &steering, E));
    REQUIRE_OK(distcoord_run_open(steering, test_name, &run, E));
    CHECK_OK(distcoord_artifact_publish(run, "a", "/proc/self/exe", E));
    check_keys(8);
    /* and who works. */
    REQUIRE_OK(distcoord_queue_open(second, name, &queue, E));
    distcoord_job *job = claim(queue, 5000);
    REQUIRE(job != NULL);
    check_keys(8);
    distcoord_state *state = NULL;
    REQUIRE_OK(distcoord_run_state(run, &state, E));
    CHECK_OK(distcoord_state_set(state, "a", "b", 1, 0, NULL, E));
    distcoord_state_free(state);
    push_text(queue, "of another", NULL);
    CHECK_OK(distcoord_run_stop(run, "enough", false, E));
    distcoord_run *of_job = NULL;
    REQUIRE_OK(distcoord_task_open_run(job, &of_job, E));
    CHECK_OK(distcoord_artifact_publish(of_job, "b", "/proc/self/exe", E));
    distcoord_run_free(of_job);
    check_keys(15);
    distcoord_job_free(job);
    distcoord_run_free(run);
    distcoord_queue_free(steering);
    distcoord_queue_free(queue);
    close_client(second);
    distcoord_instance_free(instance);
    close_client(client);
    check_keys(10);
}

static void other_queues_do_not_expire(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_text(queue, "a", NULL);
    char command[128], answer[64];
    snprintf(command, sizeof command, "PTTL dc:{%s:queue:a}:j", test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    CHECK_TEXT(answer, ":-1");
    snprintf(command, sizeof command, "EXISTS dc:{%s:queue:a}:Z", test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    CHECK_TEXT(answer, ":0");
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"when_all_are_killed", when_all_are_killed},
    {"when_they_are_killed_at_any_moment", when_they_are_killed_at_any_moment},
    {"when_it_has_ended", when_it_has_ended},
    {"also_what_others_do_with_it", also_what_others_do_with_it},
    {"other_queues_do_not_expire", other_queues_do_not_expire},
};

HARNESS_MAIN(tests)
