/* Graphs of tasks that do nothing, for the programs that measure workflows. */
#ifndef GRAPHS_H
#define GRAPHS_H

#include "jobs.h"

static inline distcoord_workflow *new_graph(void) {
    distcoord_workflow *workflow = NULL;
    MUST(distcoord_workflow_new, "graph", &workflow);
    return workflow;
}

static inline void add_task(distcoord_workflow *workflow, const char *name, const char *needed) {
    MUST(distcoord_workflow_add_task, workflow, name, NULL, NULL, 0, NULL);
    if (needed) MUST(distcoord_workflow_add_need, workflow, name, needed);
}

static inline distcoord_workflow *chain_of(long tasks) {
    distcoord_workflow *workflow = new_graph();
    char name[32], before[32];
    for (long i = 0; i < tasks; i++) {
        snprintf(name, sizeof name, "t%ld", i);
        add_task(workflow, name, i > 0 ? before : NULL);
        memcpy(before, name, sizeof name);
    }
    return workflow;
}

/* One task, so many that need it, in a group, and one that needs the group. */
static inline distcoord_workflow *fan_of(long tasks) {
    distcoord_workflow *workflow = new_graph();
    char name[32];
    add_task(workflow, "first", NULL);
    MUST(distcoord_workflow_add_group, workflow, "fan", NULL);
    MUST(distcoord_workflow_add_need, workflow, "fan", "first");
    for (long i = 0; i < tasks; i++) {
        snprintf(name, sizeof name, "t%ld", i);
        MUST(distcoord_workflow_add_task, workflow, name, "fan", NULL, 0, NULL);
    }
    add_task(workflow, "last", "fan");
    return workflow;
}

/* One task, and so many that need it. */
static inline distcoord_workflow *needs_of(long tasks) {
    distcoord_workflow *workflow = new_graph();
    char name[32];
    add_task(workflow, "first", NULL);
    for (long i = 0; i < tasks; i++) {
        snprintf(name, sizeof name, "t%ld", i);
        add_task(workflow, name, "first");
    }
    return workflow;
}

static inline distcoord_workflow *graph_of(const char *shape, long tasks) {
    if (strcmp(shape, "chain") == 0) return chain_of(tasks);
    return strcmp(shape, "fan") == 0 ? fan_of(tasks) : needs_of(tasks);
}

static inline distcoord_run *start_graph(distcoord_queue *queue, distcoord_workflow *workflow) {
    distcoord_run *run = NULL;
    MUST(distcoord_run_start, queue, workflow, NULL, &run);
    return run;
}

/* Claims up to `batch` at a time and completes them in one call, until so many are done. */
static inline void drain_queue(distcoord_queue *queue, size_t batch, long jobs) {
    distcoord_job *had[PUSHED_TOGETHER];
    for (long done = 0; done < jobs;) {
        size_t count = 0;
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_queue_claim(queue, 10000, had, batch, &count, &error);
        check(status, error, "claim");
        if (batch == 1)
            MUST(distcoord_job_complete, had[0], NULL, 0);
        else
            MUST(distcoord_queue_complete_many, queue, had, NULL, NULL, count, NULL);
        for (size_t i = 0; i < count; i++) distcoord_job_free(had[i]);
        done += (long)count;
    }
}

#endif
