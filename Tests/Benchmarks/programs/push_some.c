/*
 * Pushes a few jobs one at a time, for the runner to see what the library sends. Usage: push_some SOCKET jobs
 * payload-bytes
 */
#include "bench.h"

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int jobs = atoi(argv[2]), length = atoi(argv[3]);
    char payload[4096];
    if (length < 0 || (size_t)length > sizeof payload) return 64;
    memset(payload, 'x', (size_t)length);
    distcoord_client *client = open_client(argv[1]);
    distcoord_queue *queue = NULL;
    MUST(distcoord_queue_open, client, "push", &queue);
    for (int i = 0; i < jobs; i++) MUST(distcoord_queue_push, queue, payload, (size_t)length, NULL, NULL, 0);
    distcoord_queue_free(queue);
    close_client(client);
    return 0;
}
