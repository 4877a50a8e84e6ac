/*
 * Very many delayed jobs that become due within one second: how long the longest claim waits from then on, how long
 * anybody else's command does, and how many jobs are done per second.
 *
 * Usage: due SOCKET jobs spread-ms threads
 * Jobs are due evenly over `spread-ms`; 0 is all in the same millisecond. Threads claim ten at a time, and wait before.
 * Prints "longest" and "p99" of the claims, and "ping", the longest of PINGs one after the other, in milliseconds; and
 * "jobs" per second from the first moment to the last completion.
 */
#include "jobs.h"
#include <pthread.h>
#include <stdatomic.h>

enum { PAYLOAD = 20, TOGETHER = 10, MAX_THREADS = 16, MAX_CLAIMS = 1000000 };

static distcoord_queue *queue;
static const char *socket_path;
static uint64_t due_ns; /* by now_ns */
static long jobs;
static atomic_long done, claims;
static atomic_int working;
static atomic_ullong ended_ns;
static double *waited_ms;

static int64_t unix_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static double ms_since(uint64_t start) {
    uint64_t now = now_ns();
    return now < start ? 0 : (double)(now - start) / 1e6;
}

static void *work(void *argument) {
    (void)argument;
    distcoord_job *claimed[TOGETHER];
    for (;;) {
        size_t count = 0;
        distcoord_error *error = NULL;
        uint64_t start = now_ns();
        distcoord_status status = distcoord_queue_claim(queue, -1, claimed, TOGETHER, &count, &error);
        if (status == DISTCOORD_CANCELLED) {
            distcoord_error_free(error);
            atomic_fetch_sub(&working, 1);
            return NULL;
        }
        check(status, error, "distcoord_queue_claim");
        long at = atomic_fetch_add(&claims, 1);
        if (at < MAX_CLAIMS) waited_ms[at] = ms_since(start > due_ns ? start : due_ns);
        MUST(distcoord_queue_complete_many, queue, claimed, NULL, NULL, count, NULL);
        for (size_t i = 0; i < count; i++) distcoord_job_free(claimed[i]);
        if (atomic_fetch_add(&done, (long)count) + (long)count == jobs) atomic_store(&ended_ns, now_ns());
    }
}

static void *ping(void *argument) {
    double *longest = argument;
    redisContext *context = open_hiredis(socket_path);
    while (!atomic_load(&ended_ns)) {
        uint64_t start = now_ns();
        freeReplyObject(redisCommand(context, "PING"));
        double took = ms_since(start);
        if (start > due_ns && took > *longest) *longest = took;
        usleep(200);
    }
    redisFree(context);
    return NULL;
}

static void fill(int64_t due_at, long spread) {
    distcoord_job_options *options[PUSHED_TOGETHER];
    for (int i = 0; i < PUSHED_TOGETHER; i++) options[i] = distcoord_job_options_new();
    for (long begin = 0; begin < jobs; begin += PUSHED_TOGETHER) {
        long n = jobs - begin < PUSHED_TOGETHER ? jobs - begin : PUSHED_TOGETHER;
        for (long i = 0; i < n; i++)
            if (distcoord_job_options_set_at_ms(options[i], due_at + (begin + i) * spread / jobs) != DISTCOORD_OK)
                die("moment");
        fill_queue(queue, (size_t)n, PAYLOAD, options, (size_t)n);
    }
    for (int i = 0; i < PUSHED_TOGETHER; i++) distcoord_job_options_free(options[i]);
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    socket_path = argv[1];
    jobs = atol(argv[2]);
    int threads = atoi(argv[4]);
    if (jobs < 1 || threads < 1 || threads > MAX_THREADS) return 64;
    distcoord_client *client = open_client(socket_path);
    queue = open_queue(client, "due");
    waited_ms = calloc(MAX_CLAIMS, sizeof *waited_ms);
    if (!waited_ms) die("memory");
    /* Long enough to push them all before, also on a busy machine. */
    int64_t ahead_ms = 3000 + jobs / 20;
    due_ns = now_ns() + (uint64_t)ahead_ms * 1000000;
    fill(unix_ms() + ahead_ms, atol(argv[3]));
    if (now_ns() + 500000000 > due_ns) die("pushing took too long");
    pthread_t workers[MAX_THREADS], pinger;
    double longest_ping = 0;
    atomic_store(&working, threads);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&workers[i], NULL, work, NULL) != 0) die("thread");
    if (pthread_create(&pinger, NULL, ping, &longest_ping) != 0) die("thread");
    pthread_join(pinger, NULL);
    /* Again and again, because it reaches those alone who wait at that moment. */
    for (; atomic_load(&working) > 0; usleep(1000)) distcoord_queue_cancel(queue);
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    int count = (int)atomic_load(&claims);
    if (count > MAX_CLAIMS) die("too many claims");
    printf("longest %f\n", percentile(waited_ms, count, 1));
    printf("p99 %f\n", percentile(waited_ms, count, 0.99));
    printf("ping %f\n", longest_ping);
    printf("jobs %f\n", (double)jobs * 1e9 / (double)(atomic_load(&ended_ns) - due_ns));
    free(waited_ms);
    distcoord_queue_free(queue);
    close_client(client);
    return 0;
}
