/*
 * Starts a workflow and leaves it there, to see how much memory its tasks take.
 *
 * Usage: workflow_start SOCKET chain|fan|needs tasks
 */
#include "graphs.h"

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    distcoord_client *client = open_client(argv[1]);
    distcoord_queue *queue = open_queue(client, "graphs");
    distcoord_workflow *workflow = graph_of(argv[2], atol(argv[3]));
    distcoord_run_free(start_graph(queue, workflow));
    distcoord_workflow_free(workflow);
    distcoord_queue_free(queue);
    close_client(client);
    return 0;
}
