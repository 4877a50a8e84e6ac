/* What the C runner can be asked about workflows: graphs that a session builds and later starts or adds. */
#ifndef RUNNER_WORKFLOWS_H
#define RUNNER_WORKFLOWS_H

#include "runner_push.h"

static struct handle workflows[LIMIT];

static distcoord_workflow *workflow_named(const char *wanted)
{
    struct handle *at = slot(workflows, wanted);
    if (at->pointer == NULL) {
        distcoord_workflow *workflow = NULL;
        if (distcoord_workflow_new(wanted, &workflow, NULL) == DISTCOORD_OK) keep(at, wanted, workflow);
    }
    return at->pointer;
}

/* Sets what the request says about a task; stops at the first that is refused. */
static distcoord_status set_node_options(distcoord_job_options *options)
{
    distcoord_status status = distcoord_job_options_set_max_attempts(options, (int32_t)number_of("attempts", 1));
    if (status == DISTCOORD_OK) status = distcoord_job_options_set_backoff_ms(options, number_of("backoff", 0), 300000);
    if (status == DISTCOORD_OK && text_of("task", NULL)) {
        status = distcoord_job_options_set_task(options, text_of("task", ""));
    }
    if (status == DISTCOORD_OK && text_of("priority", NULL)) {
        status = distcoord_job_options_set_priority(options, (int32_t)number_of("priority", 0));
    }
    if (status == DISTCOORD_OK && text_of("delay", NULL)) {
        status = distcoord_job_options_set_delay_ms(options, number_of("delay", 0));
    }
    if (status == DISTCOORD_OK && text_of("timeout", NULL)) {
        status = distcoord_job_options_set_timeout_ms(options, number_of("timeout", 0));
    }
    if (status == DISTCOORD_OK && text_of("requires", NULL)) {
        status = distcoord_job_options_set_capabilities(options, text_of("requires", ""));
    }
    if (status == DISTCOORD_OK && text_of("patience", NULL)) {
        status = distcoord_job_options_set_capability_timeout_ms(options, number_of("patience", 0));
    }
    return status;
}

/* What may be said of a node of any kind besides adding it. */
static distcoord_status tie_node(distcoord_workflow *workflow, const char *node)
{
    static char needs[LINE];
    const char *needed[1000];
    distcoord_status status = DISTCOORD_OK;
    snprintf(needs, sizeof needs, "%s", text_of("needs", ""));
    size_t count = split(needs, needed, 1000);
    for (size_t i = 0; i < count && status == DISTCOORD_OK; i++) {
        status = distcoord_workflow_add_need(workflow, node, needed[i], NULL);
    }
    if (status == DISTCOORD_OK && text_of("policy", NULL)) {
        static const char *const policies[] = {"all", "best_effort", "at_least"};
        status = distcoord_workflow_set_policy(
            workflow, node, number_among(text_of("policy", ""), policies, 3), number_of("least", 0), NULL);
    }
    if (status == DISTCOORD_OK && is_yes("always")) status = distcoord_workflow_set_always(workflow, node, true, NULL);
    if (status == DISTCOORD_OK && text_of("language", NULL)) {
        status = distcoord_workflow_set_language(workflow, node, text_of("language", ""), NULL);
    }
    return status;
}

static distcoord_status add_node(distcoord_workflow *workflow, const char *verb)
{
    const char *node = text_of("as", ""), *group = text_of("group", NULL);
    size_t length = 0;
    const char *arguments = bytes_of("arguments", &length);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_status status = set_node_options(options);
    if (status == DISTCOORD_OK && strcmp(verb, "task") == 0) {
        status = distcoord_workflow_add_task(workflow, node, group, arguments, length, options, NULL);
    } else if (status == DISTCOORD_OK && strcmp(verb, "map") == 0) {
        status = distcoord_workflow_add_map(workflow, node, group, text_of("from", NULL), text_of("items", NULL),
            arguments, length, options, NULL);
    } else if (status == DISTCOORD_OK) {
        status = distcoord_workflow_add_group(workflow, node, group, NULL);
    }
    distcoord_job_options_free(options);
    return status == DISTCOORD_OK ? tie_node(workflow, node) : status;
}

static void ask_workflow(const char *verb)
{
    distcoord_workflow *workflow = workflow_named(name());
    if (workflow == NULL) {
        answered(DISTCOORD_ERROR_INVALID_ARGUMENT);
    } else if (strcmp(verb, "task") == 0 || strcmp(verb, "map") == 0 || strcmp(verb, "group") == 0) {
        answered(add_node(workflow, verb));
    } else if (strcmp(verb, "need") == 0) {
        answered(distcoord_workflow_add_need(workflow, text_of("node", ""), text_of("needed", ""), NULL));
    } else if (strcmp(verb, "loop") == 0) {
        answered(distcoord_workflow_add_loop(
            workflow, text_of("first", ""), text_of("last", ""), (int32_t)number_of("most", 1), NULL));
    } else if (strcmp(verb, "validate") == 0) {
        answered(distcoord_workflow_validate(workflow, NULL));
    } else if (strcmp(verb, "check") == 0) {
        distcoord_queue *queue = NULL;
        distcoord_status status = distcoord_queue_open(client, text_of("queue", ""), &queue, NULL);
        if (status == DISTCOORD_OK) status = distcoord_workflow_check_capabilities(workflow, queue, NULL);
        answered(status);
        distcoord_queue_free(queue);
    } else if (strcmp(verb, "show") == 0) {
        answered(DISTCOORD_OK);
        print_number("count", (int64_t)distcoord_workflow_count(workflow));
        print_text("fingerprint", distcoord_workflow_fingerprint(workflow));
        fputs(" nodes=", stdout);
        for (size_t i = 0; i < distcoord_workflow_count(workflow); i++) {
            const char *node = distcoord_workflow_node(workflow, i);
            if (i > 0) putchar(',');
            print_encoded(node, strlen(node));
        }
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void free_workflows(void)
{
    for (int i = 0; i < LIMIT; i++) distcoord_workflow_free(workflows[i].pointer);
}

#endif
