/*
 * How long until a waiter in another process runs: for a lock from just before release to after acquire, for a queue
 * from just before push to after claim. The floor is one bare message (two_processes.h). The two alternate one by one,
 * with the same pause before each.
 *
 * Usage: wakeup SOCKET lock|queue blocks iterations-per-block
 * Prints the median of each block in microseconds ("ours", "floor"), and the 99th percentiles over all ("ours99",
 * "floor99").
 */
#include "two_processes.h"

static const char *socket_path;
static int is_queue, blocks, iterations;
static distcoord_lock *lock;
static distcoord_queue *queue;

static distcoord_client *open_both(void) {
    distcoord_client *client = open_client(socket_path);
    MUST(distcoord_lock_open, client, "wakeup", NULL, &lock);
    MUST(distcoord_queue_open, client, "wakeup", &queue);
    return client;
}

static void close_both(distcoord_client *client) {
    distcoord_lock_free(lock);
    distcoord_queue_free(queue);
    close_client(client);
}

static void wait_for_it(void) {
    distcoord_client *client = open_both();
    redisContext *subscriber = open_subscriber(socket_path);
    await(to_child);
    for (int i = 0; i < blocks * iterations; i++) {
        tell(to_parent);
        if (is_queue) {
            distcoord_job *job = NULL;
            size_t count = 0;
            MUST(distcoord_queue_claim, queue, -1, &job, 1, &count);
            *woke_ns = now_ns();
            MUST(distcoord_job_complete, job, NULL, 0);
            distcoord_job_free(job);
        } else {
            MUST(distcoord_lock_acquire, lock, -1);
            *woke_ns = now_ns();
            MUST(distcoord_lock_release, lock);
        }
        tell(to_parent);
        receive_bare(subscriber);
    }
    redisFree(subscriber);
    close_both(client);
}

static int64_t waiting(void) {
    int64_t n;
    if (is_queue) {
        distcoord_queue_counts *counts = NULL;
        MUST(distcoord_queue_count, queue, &counts);
        n = distcoord_queue_counts_claimers(counts);
        distcoord_queue_counts_free(counts);
    } else {
        distcoord_lock_info *info = NULL;
        MUST(distcoord_lock_inspect, lock, &info);
        n = distcoord_lock_info_waiters(info);
        distcoord_lock_info_free(info);
    }
    return n;
}

static void let_it_run(void) {
    distcoord_client *client = open_both();
    if (!is_queue) MUST(distcoord_lock_acquire, lock, -1);
    redisContext *publisher = open_hiredis(socket_path);
    int total = blocks * iterations;
    double *ours = calloc((size_t)total, sizeof *ours), *bare = calloc((size_t)total, sizeof *bare);
    if (!ours || !bare) die("memory");
    tell(to_child);
    for (int i = 0; i < total; i++) {
        await(to_parent);
        while (waiting() < 1) usleep(100);
        usleep(PAUSE_US);
        uint64_t start = now_ns();
        if (is_queue)
            MUST(distcoord_queue_push, queue, "payload", 7, NULL, NULL, 0);
        else
            MUST(distcoord_lock_release, lock);
        await(to_parent);
        ours[i] = (double)(*woke_ns - start) / 1000.0;
        if (!is_queue) MUST(distcoord_lock_acquire, lock, -1);
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
    is_queue = strcmp(argv[2], "queue") == 0;
    blocks = atoi(argv[3]);
    iterations = atoi(argv[4]);
    return run_both(wait_for_it, let_it_run);
}
