/* NULL in place of each pointer that workflow.h names as required, and of objects that hold nothing. */
#include "null_tools.h"
#include "workflow_tools.h"

static void building(void) {
    distcoord_workflow *workflow = new_workflow("w"), *made = NULL;
    CHECK_INVALID(distcoord_workflow_new(NULL, &made, E));
    CHECK_INVALID(distcoord_workflow_new("w", NULL, E));
    CHECK(made == NULL);
    CHECK_INVALID(distcoord_workflow_add_task(NULL, "t", NULL, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_workflow_add_task(workflow, NULL, NULL, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_workflow_add_task(workflow, "t", NULL, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_workflow_add_map(NULL, "m", NULL, NULL, "[]", NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_workflow_add_map(workflow, NULL, NULL, NULL, "[]", NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_workflow_add_map(workflow, "m", NULL, NULL, NULL, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[]", NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_workflow_add_group(NULL, "g", NULL, E));
    CHECK_INVALID(distcoord_workflow_add_group(workflow, NULL, NULL, E));
    CHECK_INT(distcoord_workflow_count(workflow), 0);
    add_group(workflow, "g", NULL);
    CHECK_INVALID(distcoord_workflow_set_policy(NULL, "g", DISTCOORD_GROUP_ALL, 0, E));
    CHECK_INVALID(distcoord_workflow_set_policy(workflow, NULL, DISTCOORD_GROUP_ALL, 0, E));
    CHECK_INVALID(distcoord_workflow_add_need(NULL, "a", "b", E));
    CHECK_INVALID(distcoord_workflow_add_need(workflow, NULL, "b", E));
    CHECK_INVALID(distcoord_workflow_add_need(workflow, "a", NULL, E));
    CHECK_INVALID(distcoord_workflow_set_always(NULL, "g", true, E));
    CHECK_INVALID(distcoord_workflow_set_always(workflow, NULL, true, E));
    CHECK_INVALID(distcoord_workflow_set_language(NULL, "g", "c", E));
    CHECK_INVALID(distcoord_workflow_set_language(workflow, NULL, "c", E));
    CHECK_INVALID(distcoord_workflow_set_language(workflow, "g", NULL, E));
    CHECK_INVALID(distcoord_workflow_add_loop(NULL, "a", "b", 1, E));
    CHECK_INVALID(distcoord_workflow_add_loop(workflow, NULL, "b", 1, E));
    CHECK_INVALID(distcoord_workflow_add_loop(workflow, "a", NULL, 1, E));
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void looking(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    CHECK_INVALID(distcoord_workflow_validate(NULL, E));
    CHECK_INVALID(distcoord_workflow_check_capabilities(NULL, queue, E));
    CHECK_INVALID(distcoord_workflow_check_capabilities(workflow, NULL, E));
    CHECK_TEXT(distcoord_workflow_name(NULL), "");
    CHECK_INT(distcoord_workflow_count(NULL), 0);
    CHECK_TEXT(distcoord_workflow_node(NULL, 0), "");
    CHECK_TEXT(distcoord_workflow_fingerprint(NULL), "");
    distcoord_workflow_free(NULL);
    distcoord_workflow_free(workflow);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"null_workflow_building", building},
    {"null_workflow_looking", looking},
};

HARNESS_MAIN(tests)
