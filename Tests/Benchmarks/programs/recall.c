/*
 * How long an acquire takes while a client in another process lingers on the lock, idle: the request, one message that
 * recalls the grant, the release, one message that grants. The floor is one bare message (two_processes.h). The two
 * alternate one by one, with the same pause before each.
 *
 * Usage: recall SOCKET blocks iterations-per-block
 * Prints the median of each block in microseconds ("ours", "floor"), and the 99th percentiles over all ("ours99",
 * "floor99").
 */
#include "two_processes.h"

enum { LINGER_MS = 600000 };

static const char *socket_path;
static int blocks, iterations;

static void linger(void) {
    distcoord_client *client = open_client(socket_path);
    distcoord_lock_options *options = distcoord_lock_options_new();
    if (distcoord_lock_options_set_linger_ms(options, LINGER_MS) != DISTCOORD_OK) die("linger");
    distcoord_lock *lock = NULL;
    MUST(distcoord_lock_open, client, "recall", options, &lock);
    distcoord_lock_options_free(options);
    redisContext *subscriber = open_subscriber(socket_path);
    for (int i = 0; i < blocks * iterations; i++) {
        MUST(distcoord_lock_acquire, lock, -1);
        MUST(distcoord_lock_release, lock);
        tell(to_parent);
        await(to_child);
        receive_bare(subscriber);
    }
    redisFree(subscriber);
    distcoord_lock_free(lock);
    close_client(client);
}

static void recall(void) {
    distcoord_client *client = open_client(socket_path);
    distcoord_lock *lock = NULL;
    MUST(distcoord_lock_open, client, "recall", NULL, &lock);
    redisContext *publisher = open_hiredis(socket_path);
    int total = blocks * iterations;
    double *ours = calloc((size_t)total, sizeof *ours), *bare = calloc((size_t)total, sizeof *bare);
    if (!ours || !bare) die("memory");
    for (int i = 0; i < total; i++) {
        await(to_parent);
        distcoord_lock_info *info = NULL;
        if (distcoord_lock_inspect(lock, &info, NULL) != DISTCOORD_OK) die("the other process does not linger");
        distcoord_lock_info_free(info);
        usleep(PAUSE_US);
        uint64_t start = now_ns();
        MUST(distcoord_lock_acquire, lock, -1);
        ours[i] = (double)(now_ns() - start) / 1000.0;
        MUST(distcoord_lock_release, lock);
        tell(to_child);
        bare[i] = publish_bare(publisher);
    }
    print_blocks(ours, bare, blocks, iterations);
    free(ours);
    free(bare);
    redisFree(publisher);
    distcoord_lock_free(lock);
    close_client(client);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    socket_path = argv[1];
    blocks = atoi(argv[2]);
    iterations = atoi(argv[3]);
    return run_both(linger, recall);
}
