/*
 * Starts runs, looks at them and deals with them from outside: a request per line, each answered by a line that begins
 * with a status.
 *
 *   control URL
 *
 *   start QUEUE RUN FILE         of the graph in the file; EXISTS when that was done before
 *   summary QUEUE RUN            OK STATE COUNT...           of all tasks, then of those in each state
 *   pause|resume|stop|delete QUEUE RUN
 *   tasks QUEUE RUN              OK COUNT, and for each node a line
 *                                NAME KIND STATE GROUP WORKER ATTEMPTS ROUND READY STARTED ENDED LENGTH RESULT
 *                                separated by tabs; times in ms since 1970
 */
#include "graph.h"
#include "ledger.h"

enum { STATES = 8 };

static distcoord_client *client;

static void answer(distcoord_status status, distcoord_error *error) {
    const char *message = error ? distcoord_error_message(error) : "";
    printf("%s %.*s\n", distcoord_status_name(status), (int)strcspn(message, "\n"), message);
    distcoord_error_free(error);
}

static void start(distcoord_queue *queue, const char *id, const char *path) {
    distcoord_workflow *workflow = graph_read(path);
    distcoord_run_options *options = distcoord_run_options_new();
    distcoord_run *run = NULL;
    distcoord_error *error = NULL;
    distcoord_run_options_set_id(options, id);
    distcoord_run_options_set_retention_ms(options, 3600000);
    distcoord_status status = distcoord_run_start(queue, workflow, options, &run, &error);
    answer(status, error);
    distcoord_run_free(run);
    distcoord_run_options_free(options);
    distcoord_workflow_free(workflow);
}

static void summary(distcoord_run *run) {
    distcoord_run_summary *summary = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_run_wait(run, 0, &summary, &error);
    if (status != DISTCOORD_OK && status != DISTCOORD_TIMED_OUT) {
        answer(status, error);
        return;
    }
    distcoord_error_free(error);
    printf("OK %d", distcoord_run_summary_state(summary));
    for (int state = -1; state < STATES; state++) {
        printf(" %lld", (long long)distcoord_run_summary_count(summary, state));
    }
    printf("\n");
    distcoord_run_summary_free(summary);
}

static void tasks(distcoord_run *run) {
    distcoord_task_list *list = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_run_tasks(run, &list, &error);
    if (status != DISTCOORD_OK) {
        answer(status, error);
        return;
    }
    printf("OK %zu\n", distcoord_task_list_count(list));
    for (size_t i = 0; i < distcoord_task_list_count(list); i++) {
        distcoord_result *result = NULL;
        const char *name = distcoord_task_list_name(list, i);
        size_t length = 0;
        const void *bytes = "";
        if (distcoord_task_list_state(list, i) == DISTCOORD_TASK_SUCCEEDED) {
            status = distcoord_run_result(run, name, 0, &result, &error);
            graph_must(status, error, name);
            bytes = distcoord_result_bytes(result, &length);
        }
        printf("%s\t%d\t%d\t%s\t%s\t%d\t%d\t%lld\t%lld\t%lld\t%zu\t%.*s\n", name, distcoord_task_list_kind(list, i),
            distcoord_task_list_state(list, i), distcoord_task_list_group(list, i), distcoord_task_list_worker(list, i),
            distcoord_task_list_attempts(list, i), distcoord_task_list_round(list, i),
            (long long)distcoord_task_list_ready_ms(list, i), (long long)distcoord_task_list_started_ms(list, i),
            (long long)distcoord_task_list_ended_ms(list, i), length, (int)length, (const char *)bytes);
        distcoord_result_free(result);
    }
    distcoord_task_list_free(list);
}

static void attend(char *what, char *queue_name, char *id, char *rest) {
    distcoord_queue *queue = NULL;
    distcoord_run *run = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_queue_open(client, queue_name, &queue, &error);
    if (status == DISTCOORD_OK) status = distcoord_run_open(queue, id, &run, &error);
    graph_must(status, error, id);
    if (strcmp(what, "start") == 0) {
        start(queue, id, rest);
    } else if (strcmp(what, "summary") == 0) {
        summary(run);
    } else if (strcmp(what, "tasks") == 0) {
        tasks(run);
    } else if (strcmp(what, "pause") == 0) {
        status = distcoord_run_pause(run, &error);
        answer(status, error);
    } else if (strcmp(what, "resume") == 0) {
        status = distcoord_run_resume(run, &error);
        answer(status, error);
    } else if (strcmp(what, "stop") == 0) {
        status = distcoord_run_stop(run, "asked to", false, &error);
        answer(status, error);
    } else if (strcmp(what, "delete") == 0) {
        status = distcoord_run_delete(run, &error);
        answer(status, error);
    } else {
        printf("UNKNOWN\n");
    }
    distcoord_run_free(run);
    distcoord_queue_free(queue);
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t capacity = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: control URL\n");
        return 64;
    }
    client = open_client(argv[1], "control");
    while (getline(&line, &capacity, stdin) > 0) {
        char *rest = line, *words[3] = {0};
        line[strcspn(line, "\n")] = '\0';
        for (int i = 0; i < 3 && rest; i++) words[i] = strsep(&rest, " ");
        if (words[2]) attend(words[0], words[1], words[2], rest);
        fflush(stdout);
    }
    free(line);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
