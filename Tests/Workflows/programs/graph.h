/* Builds a workflow from a file: a line for each call, fields separated by tabs (workflows/graphs.py writes them). */
#ifndef GRAPH_H
#define GRAPH_H

#include <distcoord.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 8 };

static inline void graph_must(distcoord_status status, distcoord_error *error, const char *line) {
    if (status == DISTCOORD_OK) return;
    fprintf(stderr, "%s: %s %s\n", line, distcoord_status_name(status), error ? distcoord_error_message(error) : "");
    exit(70);
}

static inline const char *or_null(const char *field) {
    return strcmp(field, "-") == 0 ? NULL : field;
}

/* The task name by which a worker might choose its code is left to be the node's. */
static inline distcoord_job_options *graph_options(const char *attempts, const char *timeout_ms) {
    distcoord_job_options *options = distcoord_job_options_new();
    bool fits = distcoord_job_options_set_max_attempts(options, atoi(attempts)) == DISTCOORD_OK &&
                distcoord_job_options_set_backoff_ms(options, 1, 20) == DISTCOORD_OK;
    if (fits && atoi(timeout_ms) > 0) {
        fits = distcoord_job_options_set_timeout_ms(options, atoi(timeout_ms)) == DISTCOORD_OK;
    }
    if (!fits) exit(70);
    return options;
}

static inline void graph_line(distcoord_workflow *workflow, char *line) {
    char *field[FIELDS] = {0}, *rest = line, whole[4096];
    distcoord_error *error = NULL;
    distcoord_job_options *options = NULL;
    distcoord_status status = DISTCOORD_ERROR_INVALID_ARGUMENT;
    snprintf(whole, sizeof whole, "%s", line);
    for (int i = 0; i < FIELDS && rest; i++) field[i] = strsep(&rest, "\t");
    if (strcmp(field[0], "task") == 0) {
        const char *work = or_null(field[5]) ? field[5] : "";
        options = graph_options(field[3], field[4]);
        status =
            distcoord_workflow_add_task(workflow, field[1], or_null(field[2]), work, strlen(work), options, &error);
    } else if (strcmp(field[0], "map") == 0) {
        const char *work = or_null(field[7]) ? field[7] : "";
        options = graph_options(field[5], field[6]);
        status = distcoord_workflow_add_map(workflow, field[1], or_null(field[2]), or_null(field[3]), or_null(field[4]),
            work, strlen(work), options, &error);
    } else if (strcmp(field[0], "group") == 0) {
        status = distcoord_workflow_add_group(workflow, field[1], or_null(field[2]), &error);
    } else if (strcmp(field[0], "policy") == 0) {
        status = distcoord_workflow_set_policy(workflow, field[1], atoi(field[2]), atol(field[3]), &error);
    } else if (strcmp(field[0], "always") == 0) {
        status = distcoord_workflow_set_always(workflow, field[1], true, &error);
    } else if (strcmp(field[0], "language") == 0) {
        status = distcoord_workflow_set_language(workflow, field[1], field[2], &error);
    } else if (strcmp(field[0], "need") == 0) {
        status = distcoord_workflow_add_need(workflow, field[1], field[2], &error);
    } else if (strcmp(field[0], "loop") == 0) {
        status = distcoord_workflow_add_loop(workflow, field[1], field[2], atoi(field[3]), &error);
    }
    distcoord_job_options_free(options);
    graph_must(status, error, whole);
}

static inline distcoord_workflow *graph_read(const char *path) {
    distcoord_workflow *workflow = NULL;
    distcoord_error *error = NULL;
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    if (!file) {
        perror(path);
        exit(70);
    }
    distcoord_status status = distcoord_workflow_new("graph", &workflow, &error);
    graph_must(status, error, path);
    while (getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        graph_line(workflow, line);
    }
    free(line);
    fclose(file);
    return workflow;
}

#endif
