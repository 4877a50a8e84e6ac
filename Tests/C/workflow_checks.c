/* Workflows as a whole: what is found to be wrong with them before they are started, each with the path. */
#include "workflow_tools.h"

static void what_can_run_is_right(void) {
    distcoord_workflow *workflow = new_workflow("w");
    CHECK_RIGHT(workflow);
    add_tasks(workflow, "a b c d", NULL);
    connect_nodes(workflow, "b needs a, c needs a, d needs b, d needs c");
    add_group(workflow, "g", NULL);
    add_group_to(workflow, "g", "h");
    add_tasks(workflow, "x y", "g");
    add_tasks(workflow, "z", "h");
    connect_nodes(workflow, "g needs d, y needs x, z needs y, e needs g, x needs a");
    add_tasks(workflow, "e", NULL);
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", "g", "d", NULL, NULL, 0, NULL, E));
    CHECK_RIGHT(workflow);
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void names_that_were_never_added(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "a b", NULL);
    connect_nodes(workflow, "a needs x, y needs b");
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, "list", NULL, NULL, 0, NULL, E));
    connect_nodes(workflow, "b needs m[2], b needs n[2]");
    CHECK_WRONG(
        workflow,
        "'a' needs 'x', which was never added\n"
        "'y' is to need 'b', but was never added\n"
        "'m' needs 'list', which was never added\n"
        "'b' needs 'm[2]', one item of a map; it can only need 'm', all of it\n"
        "'b' needs 'n[2]', which was never added");
    distcoord_workflow_free(workflow);
}

static void they_may_be_added_later(void) {
    distcoord_workflow *workflow = new_workflow("w");
    connect_nodes(workflow, "b needs a");
    add_tasks(workflow, "b", NULL);
    CHECK_WRONG(workflow, "'b' needs 'a', which was never added");
    add_tasks(workflow, "a", NULL);
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void needs_in_a_circle(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "build test pack alone", NULL);
    connect_nodes(workflow, "build needs test, test needs pack, pack needs build");
    CHECK_WRONG(workflow, "needs in a circle: build -> test -> pack -> build (each waits for the next)");
    distcoord_workflow_free(workflow);
}

static void a_need_of_its_own(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "a", NULL);
    connect_nodes(workflow, "a needs a");
    CHECK_WRONG(workflow, "needs in a circle: a -> a (each waits for the next)");
    distcoord_workflow_free(workflow);
}

static void the_shortest_of_several_circles_is_named(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "a b c d", NULL);
    connect_nodes(workflow, "a needs b, b needs c, c needs d, d needs a, b needs a");
    CHECK_WRONG(workflow, "needs in a circle: a -> b -> a (each waits for the next)");
    distcoord_workflow_free(workflow);
}

static void circles_that_are_apart_are_all_named(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "a b c d e", NULL);
    connect_nodes(workflow, "a needs b, b needs a, c needs b, c needs d, d needs e, e needs d");
    CHECK_WRONG(
        workflow,
        "needs in a circle: a -> b -> a (each waits for the next)\n"
        "needs in a circle: d -> e -> d (each waits for the next)\n"
        "'c' could never begin: c -> b");
    distcoord_workflow_free(workflow);
}

static void what_waits_for_a_circle_could_never_begin(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "start a b deploy tell", NULL);
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "inner", "g");
    connect_nodes(workflow, "a needs start, a needs b, b needs a, deploy needs b, g needs deploy, tell needs g");
    CHECK_WRONG(
        workflow,
        "needs in a circle: a -> b -> a (each waits for the next)\n"
        "'deploy' could never begin: deploy -> b\n"
        "'tell' could never begin: tell -> g -> deploy -> b\n"
        "'g' could never begin: g -> deploy -> b\n"
        "'inner' could never begin: inner -> g -> deploy -> b");
    distcoord_workflow_free(workflow);
}

static void a_member_that_needs_its_group(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_group(workflow, "g", NULL);
    add_group_to(workflow, "g", "h");
    add_tasks(workflow, "m", "h");
    connect_nodes(workflow, "m needs g");
    CHECK_WRONG(workflow, "needs in a circle: g -> h -> m -> g (each waits for the next)");
    distcoord_workflow_free(workflow);
}

static void a_group_that_needs_its_member(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "m", "g");
    connect_nodes(workflow, "g needs m");
    CHECK_WRONG(workflow, "needs in a circle: g -> m -> g (each waits for the next)");
    distcoord_workflow_free(workflow);
}

static void a_member_that_needs_who_needs_its_group(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "m", "g");
    add_tasks(workflow, "after", NULL);
    connect_nodes(workflow, "after needs g, m needs after");
    CHECK_WRONG(workflow, "needs in a circle: g -> m -> after -> g (each waits for the next)");
    distcoord_workflow_free(workflow);
}

static void members_may_need_across_groups_both_ways(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_group(workflow, "g", NULL);
    add_group(workflow, "h", NULL);
    add_tasks(workflow, "a b", "g");
    add_tasks(workflow, "c d", "h");
    connect_nodes(workflow, "a needs c, d needs b");
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void a_list_comes_from_a_task(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_group(workflow, "g", NULL);
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, "g", NULL, NULL, 0, NULL, E));
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "n", NULL, "m", NULL, NULL, 0, NULL, E));
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "o", NULL, "o", NULL, NULL, 0, NULL, E));
    CHECK_WRONG(
        workflow,
        "'m' maps over the result of 'g', which is a group: only a task has a result\n"
        "'n' maps over the result of 'm', which is a map: only a task has a result\n"
        "'o' maps over the result of 'o', which is a map: only a task has a result\n"
        "needs in a circle: o -> o (each waits for the next)");
    distcoord_workflow_free(workflow);
}

static void at_least_as_many_as_there_are(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "a b", "g");
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[1,[2,3]]", NULL, 0, NULL, E));
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "n", NULL, "a", NULL, NULL, 0, NULL, E));
    REQUIRE_OK(distcoord_workflow_set_policy(workflow, "g", DISTCOORD_GROUP_AT_LEAST, 3, E));
    REQUIRE_OK(distcoord_workflow_set_policy(workflow, "m", DISTCOORD_GROUP_AT_LEAST, 3, E));
    REQUIRE_OK(distcoord_workflow_set_policy(workflow, "n", DISTCOORD_GROUP_AT_LEAST, 3, E));
    CHECK_WRONG(
        workflow,
        "'g' wants at least 3 to succeed, but has 2 members\n"
        "'m' wants at least 3 to succeed, but has 2 items");
    REQUIRE_OK(distcoord_workflow_set_policy(workflow, "m", DISTCOORD_GROUP_AT_LEAST, 2, E));
    add_tasks(workflow, "c", "g");
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void only_a_thousand_needs_of_one_node(void) {
    distcoord_workflow *workflow = new_workflow("w");
    char name[20];
    add_task(workflow, "all", NULL);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "t%d", i);
        add_task(workflow, name, NULL);
        REQUIRE_OK(distcoord_workflow_add_need(workflow, "all", name, E));
        REQUIRE_OK(distcoord_workflow_add_need(workflow, "all", name, E));
    }
    add_task(workflow, "more", NULL);
    CHECK_REFUSED(distcoord_workflow_add_need(workflow, "all", "more", E), "Put them into a group");
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void a_long_list_of_faults_is_cut(void) {
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_error *error = NULL;
    char name[20];
    for (int i = 0; i < 250; i++) {
        snprintf(name, sizeof name, "t%d", i);
        add_task(workflow, name, NULL);
        REQUIRE_OK(distcoord_workflow_add_need(workflow, name, "x", E));
    }
    CHECK_INT(distcoord_workflow_validate(workflow, &error), DISTCOORD_ERROR_INVALID_ARGUMENT);
    const char *message = distcoord_error_message(error), *end = strrchr(message, '\n');
    CHECK(strncmp(message, "'t0' needs 'x', which was never added\n", 38) == 0);
    CHECK_TEXT(end ? end : "", "\nand 150 more");
    distcoord_error_free(error);
    distcoord_workflow_free(workflow);
}

/* Needs of everybody among the workers that live. */
static void tasks_that_nobody_could_run_are_named(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client), *gpu = open_queue(client), *big = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_job_options *options = distcoord_job_options_new();
    add_task(workflow, "any", NULL);
    CHECK_REFUSED(
        distcoord_workflow_check_capabilities(workflow, queue, E),
        "'any' has no worker: nobody works on queue 'a'");
    REQUIRE_OK(distcoord_workflow_set_language(workflow, "any", "c", E));
    CHECK_REFUSED(
        distcoord_workflow_check_capabilities(workflow, queue, E),
        "'any' requires lang:c, and nobody works on queue 'a'");
    REQUIRE_OK(distcoord_workflow_set_language(workflow, "any", "", E));
    CHECK_INT(distcoord_queue_set_capabilities(gpu, "gpu,lang:c"), DISTCOORD_OK);
    CHECK_INT(distcoord_queue_set_capabilities(big, "big,pool:night"), DISTCOORD_OK);
    CHECK(claim(gpu, 0) == NULL);
    CHECK(claim(big, 0) == NULL);
    CHECK_OK(distcoord_workflow_check_capabilities(workflow, queue, E));
    CHECK_INT(distcoord_job_options_set_capabilities(options, "gpu,linux"), DISTCOORD_OK);
    REQUIRE_OK(distcoord_workflow_add_task(workflow, "train", NULL, NULL, 0, options, E));
    REQUIRE_OK(distcoord_workflow_set_language(workflow, "train", "C", E));
    CHECK_INT(distcoord_job_options_set_capabilities(options, "big"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_pool(options, "night"), DISTCOORD_OK);
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "sort", NULL, NULL, "[]", NULL, 0, options, E));
    CHECK_OK(distcoord_workflow_check_capabilities(workflow, queue, E));
    CHECK_INT(distcoord_job_options_set_pool(options, ""), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_capabilities(options, "gpu,big"), DISTCOORD_OK);
    REQUIRE_OK(distcoord_workflow_add_task(workflow, "both", NULL, NULL, 0, options, E));
    CHECK_INT(distcoord_job_options_set_capabilities(options, "gpu,tape,x86"), DISTCOORD_OK);
    REQUIRE_OK(distcoord_workflow_add_task(workflow, "store", NULL, NULL, 0, options, E));
    add_task(workflow, "tell", NULL);
    REQUIRE_OK(distcoord_workflow_set_language(workflow, "tell", "cobol", E));
    CHECK_REFUSED(
        distcoord_workflow_check_capabilities(workflow, queue, E),
        "'both' requires big and gpu, which no worker of queue 'a' has together\n"
        "'store' requires tape and x86, which no worker of queue 'a' has\n"
        "'tell' requires lang:cobol, which no worker of queue 'a' has");
    distcoord_job_options_free(options);
    distcoord_workflow_free(workflow);
    distcoord_queue_free(queue);
    distcoord_queue_free(gpu);
    distcoord_queue_free(big);
    close_client(client);
}

static void capabilities_are_not_asked_of_a_split_queue(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    CHECK_INT(distcoord_queue_set_partitions(queue, 2), DISTCOORD_OK);
    CHECK_REFUSED(distcoord_workflow_check_capabilities(workflow, queue, E), "split into partitions");
    distcoord_workflow_free(workflow);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"what_can_run_is_right", what_can_run_is_right},
    {"names_that_were_never_added", names_that_were_never_added},
    {"they_may_be_added_later", they_may_be_added_later},
    {"needs_in_a_circle", needs_in_a_circle},
    {"a_need_of_its_own", a_need_of_its_own},
    {"the_shortest_of_several_circles_is_named", the_shortest_of_several_circles_is_named},
    {"circles_that_are_apart_are_all_named", circles_that_are_apart_are_all_named},
    {"what_waits_for_a_circle_could_never_begin", what_waits_for_a_circle_could_never_begin},
    {"a_member_that_needs_its_group", a_member_that_needs_its_group},
    {"a_group_that_needs_its_member", a_group_that_needs_its_member},
    {"a_member_that_needs_who_needs_its_group", a_member_that_needs_who_needs_its_group},
    {"members_may_need_across_groups_both_ways", members_may_need_across_groups_both_ways},
    {"a_list_comes_from_a_task", a_list_comes_from_a_task},
    {"at_least_as_many_as_there_are", at_least_as_many_as_there_are},
    {"only_a_thousand_needs_of_one_node", only_a_thousand_needs_of_one_node},
    {"a_long_list_of_faults_is_cut", a_long_list_of_faults_is_cut},
    {"tasks_that_nobody_could_run_are_named", tasks_that_nobody_could_run_are_named},
    {"capabilities_are_not_asked_of_a_split_queue", capabilities_are_not_asked_of_a_split_queue},
};

HARNESS_MAIN(tests)
