/*
 * One bare PUBLISH to a subscriber in another process, alone: as the floor for the wake-up of peers in other languages.
 * Does not use the library.
 *
 * Usage: message_floor SOCKET iterations
 */
#include "two_processes.h"

static const char *socket_path;
static int iterations;

static void subscribe(void) {
    redisContext *subscriber = open_subscriber(socket_path);
    for (int i = 0; i < iterations; i++) receive_bare(subscriber);
    redisFree(subscriber);
}

static void publish(void) {
    redisContext *publisher = open_hiredis(socket_path);
    double *bare = calloc((size_t)iterations, sizeof *bare);
    if (!bare) die("memory");
    for (int i = 0; i < iterations; i++) bare[i] = publish_bare(publisher);
    printf("p50 %f\n", percentile(bare, iterations, 0.5));
    printf("p99 %f\n", percentile(bare, iterations, 0.99));
    free(bare);
    redisFree(publisher);
}

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    socket_path = argv[1];
    iterations = atoi(argv[2]);
    return run_both(subscribe, publish);
}
