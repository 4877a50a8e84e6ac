/* Loops of workflows: which can run again, which are refused, and how large graphs may be. */
#include "workflow_tools.h"

static void add_loop(distcoord_workflow *workflow, const char *first, const char *last) {
    REQUIRE_OK(distcoord_workflow_add_loop(workflow, first, last, 3, E));
}

/* a -> b -> c -> d, each needs the one before. */
static distcoord_workflow *line(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "a b c d", NULL);
    connect_nodes(workflow, "b needs a, c needs b, d needs c");
    return workflow;
}

static void loops_within_loops(void) {
    distcoord_workflow *workflow = line();
    add_loop(workflow, "b", "c");
    add_loop(workflow, "a", "d");
    add_loop(workflow, "b", "b");
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "x y z", "g");
    connect_nodes(workflow, "y needs x, z needs x, z needs y, g needs d, x needs d");
    add_loop(workflow, "x", "z");
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void a_group_that_needs_what_is_run_again(void) {
    distcoord_workflow *workflow = line();
    add_group(workflow, "g", NULL);
    connect_nodes(workflow, "g needs a");
    add_loop(workflow, "a", "d");
    CHECK_WRONG(
        workflow,
        "the loop from 'a' to 'd' leaks: 'g' outside of it needs 'a' within; only 'd' can be needed");
    distcoord_workflow_free(workflow);
}

static void a_loop_through_groups(void) {
    distcoord_workflow *workflow = line();
    add_group(workflow, "g", NULL);
    add_group_to(workflow, "g", "h");
    add_tasks(workflow, "x", "g");
    add_tasks(workflow, "y", "h");
    /* From b to d there is a way by a need of a member's. */
    connect_nodes(workflow, "y needs b, d needs x, x needs y");
    add_loop(workflow, "b", "d");
    CHECK_RIGHT(workflow);
    add_tasks(workflow, "out", NULL);
    connect_nodes(workflow, "out needs y");
    CHECK_WRONG(
        workflow,
        "the loop from 'b' to 'd' leaks: 'out' outside of it needs 'y' within; only 'd' can be needed");
    distcoord_workflow_free(workflow);
}

static void a_loop_within_a_loops_group(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_tasks(workflow, "first last", NULL);
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "x y", "g");
    connect_nodes(workflow, "g needs first, last needs g, y needs x, last needs y");
    add_loop(workflow, "x", "y");
    add_loop(workflow, "first", "last");
    CHECK_RIGHT(workflow);
    add_tasks(workflow, "out", NULL);
    connect_nodes(workflow, "out needs y");
    CHECK_WRONG(
        workflow,
        "the loop from 'first' to 'last' leaks: 'out' outside of it needs 'y' within; only 'last' can be needed");
    distcoord_workflow_free(workflow);
}

static void loops_that_cross(void) {
    distcoord_workflow *workflow = line();
    add_loop(workflow, "a", "c");
    add_loop(workflow, "b", "d");
    CHECK_WRONG(
        workflow,
        "the loop from 'a' to 'c' and the loop from 'b' to 'd' cross: neither lies within the other");
    distcoord_workflow_free(workflow);
}

static void a_loop_that_leaks(void) {
    distcoord_workflow *workflow = line();
    add_tasks(workflow, "spy", NULL);
    connect_nodes(workflow, "spy needs b");
    add_loop(workflow, "b", "d");
    CHECK_WRONG(
        workflow,
        "the loop from 'b' to 'd' leaks: 'spy' outside of it needs 'b' within; only 'd' can be needed");
    distcoord_workflow_free(workflow);
}

static void ends_of_loops(void) {
    distcoord_workflow *workflow = line();
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "x", "g");
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[]", NULL, 0, NULL, E));
    add_loop(workflow, "c", "b");
    add_loop(workflow, "a", "d");
    add_loop(workflow, "c", "d");
    add_loop(workflow, "a", "x");
    add_loop(workflow, "a", "g");
    add_loop(workflow, "m", "m");
    add_loop(workflow, "a", "nobody");
    add_loop(workflow, "nobody", "a");
    CHECK_WRONG(
        workflow,
        "the loop from 'c' to 'b': 'b' does not wait for 'c'\n"
        "the loop from 'c' to 'd': another loop ends with 'd' already\n"
        "the loop from 'a' to 'x': they belong to different groups\n"
        "the loop from 'a' to 'g': 'g' is no task; a task asks for the next round\n"
        "the loop from 'm' to 'm': 'm' is no task; a task asks for the next round\n"
        "the loop from 'a' to 'nobody': 'nobody' was never added\n"
        "the loop from 'nobody' to 'a': 'nobody' was never added");
    distcoord_workflow_free(workflow);
}

/* ---------------------------------------------------------------- large graphs */

enum { NODES = 50000 };

static const char *node(int number) {
    static char names[4][20];
    static int next;
    char *name = names[next++ % 4];
    snprintf(name, 20, "task-%d", number);
    return name;
}

/* What a check of the whole takes; the least of three. */
static int64_t check_time(distcoord_workflow *workflow, distcoord_status wanted) {
    int64_t least = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        distcoord_error *error = NULL;
        /* A change, so that it is looked at anew. */
        REQUIRE_OK(distcoord_workflow_set_always(workflow, node(0), i % 2 == 0, E));
        int64_t start = now_ms();
        CHECK_INT(distcoord_workflow_validate(workflow, &error), wanted);
        int64_t took = now_ms() - start;
        if (took < least) least = took;
        distcoord_error_free(error);
    }
    return least;
}

static void is_quick(const char *what, int64_t ms) {
    printf("  %s: %lld ms\n", what, (long long)ms);
    if (ms > 2000 * time_factor()) report(__FILE__, __LINE__, "%s: %lld ms", what, (long long)ms);
}

static void a_long_line_is_checked_quickly(void) {
    distcoord_workflow *workflow = new_workflow("w");
    int64_t start = now_ms();
    for (int i = 0; i < NODES; i++) add_task(workflow, node(i), NULL);
    for (int i = 1; i < NODES; i++) REQUIRE_OK(distcoord_workflow_add_need(workflow, node(i), node(i - 1), E));
    is_quick("building a line", now_ms() - start);
    is_quick("checking it", check_time(workflow, DISTCOORD_OK));
    start = now_ms();
    CHECK_INT(strlen(distcoord_workflow_fingerprint(workflow)), 64);
    is_quick("its fingerprint", now_ms() - start);
    for (int i = 0; i < NODES; i += 10) {
        REQUIRE_OK(distcoord_workflow_add_loop(workflow, node(i), node(i + 4), 2, E));
        REQUIRE_OK(distcoord_workflow_add_loop(workflow, node(i + 1), node(i + 3), 2, E));
    }
    is_quick("checking it with loops", check_time(workflow, DISTCOORD_OK));
    REQUIRE_OK(distcoord_workflow_add_need(workflow, node(0), node(NODES - 1), E));
    is_quick("finding it a circle", check_time(workflow, DISTCOORD_ERROR_INVALID_ARGUMENT));
    distcoord_workflow_free(workflow);
}

static void a_wide_graph_is_checked_quickly(void) {
    distcoord_workflow *workflow = new_workflow("w");
    char group[20];
    add_task(workflow, node(0), NULL);
    for (int i = 1; i < NODES; i++) {
        snprintf(group, sizeof group, "group-%d", i / 100);
        if (i % 100 == 1 || i == 1) {
            add_group(workflow, group, NULL);
            REQUIRE_OK(distcoord_workflow_add_need(workflow, group, node(0), E));
            if (i >= 200) {
                char before[20];
                snprintf(before, sizeof before, "group-%d", i / 100 - 1);
                REQUIRE_OK(distcoord_workflow_add_need(workflow, group, before, E));
            }
        }
        if (i % 100 == 0) snprintf(group, sizeof group, "group-%d", i / 100 - 1);
        add_task_to(workflow, group, node(i), NULL, NULL);
        /* Ten needs each. */
        for (int k = 1; k <= 10 && i - k > 0; k++) {
            REQUIRE_OK(distcoord_workflow_add_need(workflow, node(i), node(i - k), E));
        }
    }
    is_quick("checking groups with half a million needs", check_time(workflow, DISTCOORD_OK));
    REQUIRE_OK(distcoord_workflow_add_need(workflow, node(0), node(NODES / 2), E));
    is_quick("finding them a circle", check_time(workflow, DISTCOORD_ERROR_INVALID_ARGUMENT));
    distcoord_workflow_free(workflow);
}

static void there_is_room_for_a_hundred_thousand(void) {
    distcoord_workflow *workflow = new_workflow("w");
    for (int i = 0; i < 100000; i++) add_task(workflow, node(i), NULL);
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "more", NULL, NULL, 0, NULL, E), "100000 nodes");
    CHECK_INT(distcoord_workflow_count(workflow), 100000);
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static const struct test tests[] = {
    {"loops_within_loops", loops_within_loops},
    {"a_group_that_needs_what_is_run_again", a_group_that_needs_what_is_run_again},
    {"a_loop_through_groups", a_loop_through_groups},
    {"a_loop_within_a_loops_group", a_loop_within_a_loops_group},
    {"loops_that_cross", loops_that_cross},
    {"a_loop_that_leaks", a_loop_that_leaks},
    {"ends_of_loops", ends_of_loops},
    {"a_long_line_is_checked_quickly", a_long_line_is_checked_quickly},
    {"a_wide_graph_is_checked_quickly", a_wide_graph_is_checked_quickly},
    {"there_is_room_for_a_hundred_thousand", there_is_room_for_a_hundred_thousand},
};

HARNESS_MAIN(tests)
