/*
 * How long until one who waits for a latch or an event in another process runs: from just before the count is taken to
 * zero, or the event is set, to after the wait. The floor is one bare message (two_processes.h). The two alternate one
 * by one, with the same pause before each.
 *
 * Usage: flag_wakeup SOCKET latch|event blocks iterations-per-block
 * Prints the median of each block in microseconds ("ours", "floor"), and the 99th percentiles over all ("ours99",
 * "floor99").
 */
#include "two_processes.h"

/* There is no way to see who waits; a wait that has begun is in its place long before that. */
enum { SETTLED_US = 3000 };

static const char *socket_path;
static int is_latch, blocks, iterations;
static distcoord_latch *latch;
static distcoord_event *event;

static distcoord_client *open_both(void) {
    distcoord_client *client = open_client(socket_path);
    MUST(distcoord_latch_open, client, "wakeup", 1, &latch);
    MUST(distcoord_event_open, client, "wakeup", &event);
    return client;
}

static void close_both(distcoord_client *client) {
    distcoord_latch_free(latch);
    distcoord_event_free(event);
    close_client(client);
}

static void wait_for_it(void) {
    distcoord_client *client = open_both();
    redisContext *subscriber = open_subscriber(socket_path);
    for (int i = 0; i < blocks * iterations; i++) {
        await(to_child);
        tell(to_parent);
        if (is_latch)
            MUST(distcoord_latch_wait, latch, -1);
        else
            MUST(distcoord_event_wait, event, -1);
        *woke_ns = now_ns();
        tell(to_parent);
        receive_bare(subscriber);
    }
    redisFree(subscriber);
    close_both(client);
}

static void make_anew(void) {
    if (is_latch)
        MUST(distcoord_latch_reset, latch, 1);
    else
        MUST(distcoord_event_clear, event);
}

static void let_it_run(void) {
    distcoord_client *client = open_both();
    redisContext *publisher = open_hiredis(socket_path);
    int total = blocks * iterations;
    double *ours = calloc((size_t)total, sizeof *ours), *bare = calloc((size_t)total, sizeof *bare);
    if (!ours || !bare) die("memory");
    for (int i = 0; i < total; i++) {
        make_anew();
        tell(to_child);
        await(to_parent);
        usleep(SETTLED_US);
        MUST(distcoord_client_ping, client, NULL);
        usleep(PAUSE_US);
        uint64_t start = now_ns();
        if (is_latch)
            MUST(distcoord_latch_count_down, latch, 1, NULL);
        else
            MUST(distcoord_event_set, event);
        await(to_parent);
        ours[i] = (double)(*woke_ns - start) / 1000.0;
        bare[i] = publish_bare(publisher);
    }
    print_blocks(ours, bare, blocks, iterations);
    free(ours);
    free(bare);
    redisFree(publisher);
    close_both(client);
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    socket_path = argv[1];
    is_latch = strcmp(argv[2], "latch") == 0;
    blocks = atoi(argv[3]);
    iterations = atoi(argv[4]);
    return run_both(wait_for_it, let_it_run);
}
