/*
 * A worker that drains a workflow whose tasks do nothing, to the end of its run ("ours"), and as many plain jobs
 * ("floor"), in the same way: `batch` at a time, completed in one call; both in tasks a second. The two take turns.
 * Starting and pushing are not part of that; "start" tells how many nodes a second are started.
 *
 * Usage: workflow_drain SOCKET chain|fan|needs tasks batch turns
 */
#include "graphs.h"

static double rate(uint64_t start, long tasks) {
    return (double)tasks * 1e9 / (double)(now_ns() - start);
}

static void drain_run(distcoord_queue *queue, distcoord_workflow *workflow, long tasks, size_t batch) {
    distcoord_run_summary *summary = NULL;
    uint64_t start = now_ns();
    distcoord_run *run = start_graph(queue, workflow);
    printf("start %f\n", rate(start, (long)distcoord_workflow_count(workflow)));
    start = now_ns();
    drain_queue(queue, batch, tasks);
    MUST(distcoord_run_wait, run, 0, &summary);
    printf("ours %f\n", rate(start, tasks));
    if (distcoord_run_summary_count(summary, DISTCOORD_TASK_SUCCEEDED) != tasks) die("not every task was completed");
    distcoord_run_summary_free(summary);
    MUST(distcoord_run_delete, run);
    distcoord_run_free(run);
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    size_t batch = (size_t)atol(argv[4]);
    if (batch < 1 || batch > PUSHED_TOGETHER || atol(argv[3]) < 1) return 64;
    distcoord_client *client = open_client(argv[1]);
    distcoord_queue *queue = open_queue(client, "graphs"), *plain = open_queue(client, "plain");
    distcoord_workflow *workflow = graph_of(argv[2], atol(argv[3]));
    long tasks = atol(argv[3]) + (strcmp(argv[2], "fan") == 0 ? 2 : strcmp(argv[2], "needs") == 0);
    for (int turn = 0; turn < atoi(argv[5]); turn++) {
        drain_run(queue, workflow, tasks, batch);
        fill_queue(plain, (size_t)tasks, 0, NULL, 0);
        uint64_t start = now_ns();
        drain_queue(plain, batch, tasks);
        printf("floor %f\n", rate(start, tasks));
    }
    distcoord_workflow_free(workflow);
    distcoord_queue_free(plain);
    distcoord_queue_free(queue);
    close_client(client);
    return 0;
}
