/*
 * Two processes that tell each other what happened when, and the floor of everything that one of them tells the other
 * through the server: one bare PUBLISH, from just before the command is written to after the subscriber in the other
 * process has parsed the message.
 */
#ifndef TWO_PROCESSES_H
#define TWO_PROCESSES_H

#include "bench.h"
#include <sys/mman.h>
#include <sys/wait.h>

/* Before each thing that is timed, so that all find the processors equally asleep. */
enum { PAUSE_US = 1500 };

static volatile uint64_t *woke_ns; /* written by the child, shared */
static int to_parent[2], to_child[2];

static inline void tell(const int pipe_ends[2]) {
    if (write(pipe_ends[1], "x", 1) != 1) die("pipe");
}

static inline void await(const int pipe_ends[2]) {
    char c;
    if (read(pipe_ends[0], &c, 1) != 1) die("the other process ended");
}

static inline void *shared_memory(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) die("memory");
    return memory;
}

/* Runs both, each in a process of its own; neither may have a client before. Returns the exit status. */
static inline int run_both(void (*child)(void), void (*parent)(void)) {
    woke_ns = shared_memory(4096);
    if (pipe(to_parent) != 0 || pipe(to_child) != 0) die("cannot set up");
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) {
        close(to_parent[0]);
        close(to_child[1]);
        child();
        exit(0);
    }
    close(to_parent[1]);
    close(to_child[0]);
    parent();
    fflush(stdout);
    int status = 0;
    waitpid(pid, &status, 0);
    return status != 0;
}

/* The child's side of one bare message, and the parent's, which returns microseconds. */
static inline redisContext *open_subscriber(const char *socket_path) {
    redisContext *subscriber = open_hiredis(socket_path);
    freeReplyObject(redisCommand(subscriber, "SUBSCRIBE bench:message"));
    return subscriber;
}

static inline void receive_bare(redisContext *subscriber) {
    tell(to_parent);
    redisReply *reply = NULL;
    if (redisGetReply(subscriber, (void **)&reply) != REDIS_OK) die("subscriber");
    *woke_ns = now_ns();
    freeReplyObject(reply);
    tell(to_parent);
}

static inline double publish_bare(redisContext *publisher) {
    const char *publish[] = {"PUBLISH", "bench:message", "0123456789012345678901 1763700000000000"};
    await(to_parent);
    freeReplyObject(redisCommand(publisher, "PING"));
    usleep(PAUSE_US);
    uint64_t start = now_ns();
    freeReplyObject(hiredis_command(publisher, 3, publish, NULL));
    await(to_parent);
    return (double)(*woke_ns - start) / 1000.0;
}

/* The median of each block of ours and of the floor, and the 99th percentiles over all. Sorts both. */
static inline void print_blocks(double *ours, double *bare, int blocks, int iterations) {
    for (int block = 0; block < blocks; block++) {
        printf("ours %f\n", percentile(ours + block * iterations, iterations, 0.5));
        printf("floor %f\n", percentile(bare + block * iterations, iterations, 0.5));
    }
    printf("ours99 %f\n", percentile(ours, blocks * iterations, 0.99));
    printf("floor99 %f\n", percentile(bare, blocks * iterations, 0.99));
}

#endif
