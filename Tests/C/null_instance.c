/* Every function of instances and artifacts with NULL wherever it can be passed. */
#include "null_tools.h"

static void options(void)
{
    char text[129];
    CHECK_BOTH(distcoord_run_identity(NULL, false, text, sizeof text, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_run_identity("a", false, NULL, sizeof text, E));
    CHECK_INVALID(distcoord_run_identity("a", false, text, 0, E));
    distcoord_instance_options *o = distcoord_instance_options_new();
    REQUIRE(o != NULL);
    CHECK_SETTER_INVALID(distcoord_instance_options_set_identity(NULL, "a"));
    CHECK_INT(distcoord_instance_options_set_identity(o, NULL), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_instance_options_set_with_attempt(NULL, true));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_prefix(NULL, "a"));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_prefix(o, NULL));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_index(NULL, 0));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_total(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_index_variable(NULL, "A"));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_index_variable(o, NULL));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_total_variable(NULL, "A"));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_total_variable(o, NULL));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_capabilities(NULL, "a"));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_capabilities(o, NULL));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_lease_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_expiry_ms(NULL, 100000));
    CHECK_SETTER_INVALID(distcoord_instance_options_set_fail_fast(NULL, true));
    distcoord_instance_options_free(NULL);
    distcoord_instance_options_free(o);
}

static void instance(void)
{
    distcoord_client *client = open_client();
    distcoord_workflow *workflow = NULL;
    distcoord_instance *instance = NULL;
    distcoord_instance_options *o = distcoord_instance_options_new();
    distcoord_run_summary *summary = NULL;
    distcoord_instance_list *list = NULL;
    CHECK_INT(distcoord_instance_options_set_identity(o, test_name), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_index(o, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_total(o, 1), DISTCOORD_OK);
    REQUIRE_OK(distcoord_workflow_new("a", &workflow, E));
    REQUIRE_OK(distcoord_workflow_add_task(workflow, "a", NULL, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_instance_join(NULL, workflow, o, &instance, E));
    CHECK_INVALID(distcoord_instance_join(client, NULL, o, &instance, E));
    CHECK_INVALID(distcoord_instance_join(client, workflow, o, NULL, E));
    REQUIRE_OK(distcoord_instance_join(client, workflow, o, &instance, E));
    CHECK_TEXT(distcoord_instance_identity(NULL), "");
    CHECK_INT(distcoord_instance_index(NULL), -1);
    CHECK_INT(distcoord_instance_total(NULL), 0);
    CHECK(!distcoord_instance_is_coordinator(NULL));
    CHECK(distcoord_instance_queue(NULL) == NULL);
    CHECK(distcoord_instance_run(NULL) == NULL);
    CHECK(distcoord_instance_queue(instance) != NULL);
    CHECK(distcoord_instance_run(instance) != NULL);
    CHECK_INVALID(distcoord_instance_wait(NULL, 0, &summary, E));
    CHECK_INVALID(distcoord_instance_wait(instance, 0, NULL, E));
    CHECK_BOTH(distcoord_instance_wait(instance, 0, &summary, E), DISTCOORD_TIMED_OUT);
    CHECK_INVALID(distcoord_instance_members(NULL, &list, E));
    CHECK_INVALID(distcoord_instance_members(instance, NULL, E));
    REQUIRE_OK(distcoord_instance_members(instance, &list, E));
    CHECK_INT(distcoord_instance_list_count(NULL), 0);
    CHECK_INT(distcoord_instance_list_count(list), 1);
    CHECK_INT(distcoord_instance_list_index(NULL, 0), -1);
    CHECK_INT(distcoord_instance_list_index(list, SIZE_MAX), -1);
    CHECK_TEXT(distcoord_instance_list_worker(NULL, 0), "");
    CHECK_TEXT(distcoord_instance_list_worker(list, SIZE_MAX), "");
    CHECK_TEXT(distcoord_instance_list_capabilities(NULL, 0), "");
    CHECK_TEXT(distcoord_instance_list_capabilities(list, SIZE_MAX), "");
    distcoord_instance_list_free(NULL);
    distcoord_instance_list_free(list);
    distcoord_instance_cancel(NULL);
    distcoord_instance_cancel(instance);
    distcoord_instance_free(NULL);
    distcoord_instance_free(instance);
    distcoord_instance_options_free(o);
    distcoord_workflow_free(workflow);
    close_client(client);
}

static void artifact(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL;
    distcoord_run *run = NULL;
    distcoord_artifact_list *list = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    REQUIRE_OK(distcoord_run_open(queue, "a", &run, E));
    CHECK_INVALID(distcoord_artifact_publish(NULL, "a", "/dev/null", E));
    CHECK_INVALID(distcoord_artifact_publish(run, NULL, "/dev/null", E));
    CHECK_INVALID(distcoord_artifact_publish(run, "a", NULL, E));
    CHECK_INVALID(distcoord_artifact_fetch(NULL, "a", "/tmp/a", E));
    CHECK_INVALID(distcoord_artifact_fetch(run, NULL, "/tmp/a", E));
    CHECK_INVALID(distcoord_artifact_fetch(run, "a", NULL, E));
    CHECK_INVALID(distcoord_artifacts_list(NULL, &list, E));
    CHECK_INVALID(distcoord_artifacts_list(run, NULL, E));
    REQUIRE_OK(distcoord_artifacts_list(run, &list, E));
    CHECK_INT(distcoord_artifact_list_count(NULL), 0);
    CHECK_INT(distcoord_artifact_list_count(list), 0);
    CHECK_TEXT(distcoord_artifact_list_name(NULL, 0), "");
    CHECK_TEXT(distcoord_artifact_list_name(list, 0), "");
    CHECK_INT(distcoord_artifact_list_size(NULL, 0), 0);
    CHECK_INT(distcoord_artifact_list_size(list, SIZE_MAX), 0);
    CHECK_TEXT(distcoord_artifact_list_sha256(NULL, 0), "");
    CHECK_TEXT(distcoord_artifact_list_sha256(list, 0), "");
    CHECK_INT(distcoord_artifact_list_published_ms(NULL, 0), 0);
    CHECK_INT(distcoord_artifact_list_published_ms(list, 0), 0);
    distcoord_artifact_list_free(NULL);
    distcoord_artifact_list_free(list);
    distcoord_run_free(run);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"options", options},
    {"instance", instance},
    {"artifact", artifact},
};

HARNESS_MAIN(tests)
