/*
 * Three ways for many threads to call one Redis server, measured against each other without the library:
 *
 *   pool       every thread owns a connection: write, read.
 *   iothread   callers queue requests; one thread writes and reads for all and wakes each caller by futex.
 *   combine    callers append to a connection's out buffer. Whoever finds nobody writing writes for all; whoever finds
 *              nobody reading reads and delivers for all; the others sleep on their own futex. A reader whose own
 *              reply has come hands the role to a caller that still waits.
 *
 * Each call is one EVALSHA of `return redis.call('GET', KEYS[1])`. Designs take turns within a round, so that noise of
 * the machine falls on all of them; the table shows the median of the rounds.
 *
 * Usage: calls SOCKET [rounds] [milliseconds per run] [design-prefix]
 */
#define _GNU_SOURCE
#include "designs.h"
#include <sys/resource.h>

struct caller {
    pthread_t thread;
    int index;
    struct waiter waiter;
    uint64_t calls;
    uint32_t histogram[BUCKETS];
} __attribute__((aligned(64)));

static struct caller callers[MAX_THREADS];

static struct connection *choose(const struct caller *caller) {
    int n = design->connections, start = caller->index % n;
    if (design->pick_idle)
        for (int i = 0; i < n; i++) {
            struct connection *c = connections[i];
            if (atomic_load_explicit(&c->pending, memory_order_relaxed) == 0) return c;
        }
    return connections[start];
}

static void *caller_thread(void *argument) {
    struct caller *caller = argument;
    while (!atomic_load_explicit(&stopping, memory_order_relaxed)) {
        uint64_t start = now_ns();
        char *bytes;
        size_t length = (size_t)format_call(&bytes);
        struct connection *c = choose(caller);
        redisReply *reply = design->kind == POOL       ? call_pool(c, bytes, length)
                            : design->kind == IOTHREAD ? call_iothread(c, &caller->waiter, bytes, length)
                                                       : call_combine(c, &caller->waiter, bytes, length);
        redisFreeCommand(bytes);
        check_reply(reply);
        uint64_t bucket = (now_ns() - start) / BUCKET_NS;
        caller->histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
        caller->calls++;
    }
    return NULL;
}

struct measurement {
    double rate, p50, p99, cpu; /* calls/s, µs, µs, µs of this process per call */
};

static double cpu_us(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double percentile(const uint64_t *total, uint64_t calls, double p) {
    uint64_t rank = (uint64_t)((double)calls * p), seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += total[i]) > rank) return (i + 0.5) * BUCKET_NS / 1000.0;
    return BUCKETS * BUCKET_NS / 1000.0;
}

static struct measurement measure(const struct design *chosen, int threads, int milliseconds) {
    design = chosen;
    atomic_store(&stopping, 0);
    int open = design->kind == POOL ? threads : design->connections;
    for (int i = 0; i < open; i++) connections[i] = connection_open(design->inherit);
    pthread_t io;
    if (design->kind == IOTHREAD) {
        connections[0]->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (pthread_create(&io, NULL, io_thread, connections[0]) != 0) die("thread");
    }
    double cpu = cpu_us();
    uint64_t start = now_ns();
    for (int i = 0; i < threads; i++) {
        memset(&callers[i], 0, sizeof callers[i]);
        callers[i].index = i;
        if (pthread_create(&callers[i].thread, NULL, caller_thread, &callers[i]) != 0) die("thread");
    }
    usleep((useconds_t)milliseconds * 1000);
    atomic_store(&stopping, 1);
    for (int i = 0; i < threads; i++) pthread_join(callers[i].thread, NULL);
    double seconds = (double)(now_ns() - start) / 1e9;
    cpu = cpu_us() - cpu;
    if (design->kind == IOTHREAD) {
        atomic_store(&stopping, 2);
        uint64_t one = 1;
        if (write(connections[0]->wake_fd, &one, sizeof one) != sizeof one) die("eventfd");
        pthread_join(io, NULL);
    }
    for (int i = 0; i < open; i++) connection_free(connections[i]);
    static uint64_t total[BUCKETS];
    memset(total, 0, sizeof total);
    uint64_t calls = 0;
    for (int t = 0; t < threads; t++) {
        calls += callers[t].calls;
        for (int i = 0; i < BUCKETS; i++) total[i] += callers[t].histogram[i];
    }
    return (struct measurement){
        (double)calls / seconds, percentile(total, calls, 0.5), percentile(total, calls, 0.99), cpu / (double)calls};
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct measurement *m, int n, size_t offset) {
    double values[64];
    for (int i = 0; i < n; i++) values[i] = *(const double *)((const char *)&m[i] + offset);
    qsort(values, (size_t)n, sizeof values[0], compare_doubles);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: calls SOCKET [rounds] [milliseconds] [design-prefix]\n");
        return 64;
    }
    socket_path = argv[1];
    int rounds = argc > 2 ? atoi(argv[2]) : 5, milliseconds = argc > 3 ? atoi(argv[3]) : 300;
    const char *prefix = argc > 4 ? argv[4] : "";
    if (rounds < 1 || rounds > 64 || milliseconds < 1) return 64;
    redisContext *context = redisConnectUnix(socket_path);
    if (!context || context->err) die("connect");
    redisReply *reply = redisCommand(context, "SCRIPT LOAD %s", "return redis.call('GET', KEYS[1])");
    if (!reply || reply->type != REDIS_REPLY_STRING) die("script");
    snprintf(script_sha, sizeof script_sha, "%s", reply->str);
    freeReplyObject(reply);
    freeReplyObject(redisCommand(context, "SET dc:bench:key value"));
    redisFree(context);

    static const int thread_counts[] = {1, 4, 16, 64};
    static struct measurement results[4][DESIGNS][64];
    for (int round = 0; round < rounds; round++)
        for (int t = 0; t < 4; t++)
            for (int d = 0; d < DESIGNS; d++)
                if (strncmp(designs[d].name, prefix, strlen(prefix)) == 0)
                    results[t][d][round] = measure(&designs[d], thread_counts[t], milliseconds);
    printf(
        "%-24s %7s %10s %9s %9s %9s %10s\n", "design", "threads", "calls/s", "p50 us", "p99 us", "cpu us", "to pool");
    for (int t = 0; t < 4; t++)
        for (int d = 0; d < DESIGNS; d++) {
            if (strncmp(designs[d].name, prefix, strlen(prefix)) != 0) continue;
            const struct measurement *m = results[t][d];
            double rate = median(m, rounds, offsetof(struct measurement, rate));
            double pool = results[t][0][0].rate > 0 ? median(results[t][0], rounds, 0) : 0;
            printf("%-24s %7d %10.0f %9.1f %9.1f %9.2f %10.2f\n", designs[d].name, thread_counts[t], rate,
                median(m, rounds, offsetof(struct measurement, p50)),
                median(m, rounds, offsetof(struct measurement, p99)),
                median(m, rounds, offsetof(struct measurement, cpu)), pool > 0 ? rate / pool : 0);
        }
    return 0;
}
