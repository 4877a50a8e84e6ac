/*
 * How long until a waiter in another process runs: for a lock from just before release to after acquire, for a queue
 * from just before push to after claim. The floor is one bare PUBLISH from just before the command is written to after
 * the subscriber in the other process has parsed the message. The two alternate one by one, with the same pause before
 * each, so that both find the processors equally asleep.
 *
 * Usage: wakeup SOCKET lock|queue blocks iterations-per-block
 * Prints the median of each block in microseconds ("ours", "floor"), and the 99th percentiles over all ("ours99",
 * "floor99").
 */
#include "bench.h"
#include <sys/mman.h>
#include <sys/wait.h>

enum { PAUSE_US = 1500 };

static int is_queue;
static volatile uint64_t *woke_ns; /* written by the child, shared */
static int to_parent[2], to_child[2];

static void tell_parent(void) {
    if (write(to_parent[1], "x", 1) != 1) die("pipe");
}

static void await_child(void) {
    char c;
    if (read(to_parent[0], &c, 1) != 1) die("the waiting process ended");
}

static void child(const char *socket_path, int iterations) {
    distcoord_client *client = open_client(socket_path);
    distcoord_lock *lock = NULL;
    distcoord_queue *queue = NULL;
    MUST(distcoord_lock_open, client, "wakeup", NULL, &lock);
    MUST(distcoord_queue_open, client, "wakeup", &queue);
    redisContext *subscriber = open_hiredis(socket_path);
    freeReplyObject(redisCommand(subscriber, "SUBSCRIBE bench:wakeup"));
    char begin;
    if (read(to_child[0], &begin, 1) != 1) die("the releasing process ended");
    for (int i = 0; i < iterations; i++) {
        tell_parent();
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
        tell_parent();
        tell_parent();
        redisReply *reply = NULL;
        if (redisGetReply(subscriber, (void **)&reply) != REDIS_OK) die("subscriber");
        *woke_ns = now_ns();
        freeReplyObject(reply);
        tell_parent();
    }
    redisFree(subscriber);
    distcoord_lock_free(lock);
    distcoord_queue_free(queue);
    close_client(client);
}

static int64_t waiting(distcoord_lock *lock, distcoord_queue *queue) {
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

static void parent(const char *socket_path, int blocks, int iterations) {
    distcoord_client *client = open_client(socket_path);
    distcoord_lock *lock = NULL;
    distcoord_queue *queue = NULL;
    MUST(distcoord_lock_open, client, "wakeup", NULL, &lock);
    MUST(distcoord_queue_open, client, "wakeup", &queue);
    if (!is_queue) MUST(distcoord_lock_acquire, lock, -1);
    redisContext *publisher = open_hiredis(socket_path);
    const char *publish[] = {"PUBLISH", "bench:wakeup", "0123456789012345678901 1763700000000000"};
    int total = blocks * iterations;
    double *ours = calloc((size_t)total, sizeof *ours), *bare = calloc((size_t)total, sizeof *bare);
    if (!ours || !bare) die("memory");
    if (write(to_child[1], "x", 1) != 1) die("pipe");
    for (int i = 0; i < total; i++) {
        await_child();
        while (waiting(lock, queue) < 1) usleep(100);
        usleep(PAUSE_US);
        uint64_t start = now_ns();
        if (is_queue)
            MUST(distcoord_queue_push, queue, "payload", 7, NULL, NULL, 0);
        else
            MUST(distcoord_lock_release, lock);
        await_child();
        ours[i] = (double)(*woke_ns - start) / 1000.0;
        if (!is_queue) MUST(distcoord_lock_acquire, lock, -1);

        await_child();
        freeReplyObject(redisCommand(publisher, "PING"));
        usleep(PAUSE_US);
        start = now_ns();
        freeReplyObject(hiredis_command(publisher, 3, publish, NULL));
        await_child();
        bare[i] = (double)(*woke_ns - start) / 1000.0;
    }
    for (int block = 0; block < blocks; block++) {
        printf("ours %f\n", percentile(ours + block * iterations, iterations, 0.5));
        printf("floor %f\n", percentile(bare + block * iterations, iterations, 0.5));
    }
    printf("ours99 %f\n", percentile(ours, total, 0.99));
    printf("floor99 %f\n", percentile(bare, total, 0.99));
    fflush(stdout);
    free(ours);
    free(bare);
    redisFree(publisher);
    distcoord_lock_free(lock);
    distcoord_queue_free(queue);
    close_client(client);
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    is_queue = strcmp(argv[2], "queue") == 0;
    int blocks = atoi(argv[3]), iterations = atoi(argv[4]);
    woke_ns = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (woke_ns == MAP_FAILED || pipe(to_parent) != 0 || pipe(to_child) != 0) die("cannot set up");
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) {
        close(to_parent[0]);
        close(to_child[1]);
        child(argv[1], blocks * iterations);
        return 0;
    }
    close(to_parent[1]);
    close(to_child[0]);
    parent(argv[1], blocks, iterations);
    int status = 0;
    waitpid(pid, &status, 0);
    return status != 0;
}
