/*
 * Threads in several processes compete for one lock, each with a handle of its own, with nothing to do under it. Does
 * not count the first tenth of the time.
 *
 * Usage: contended SOCKET fair|unfair processes threads milliseconds
 * Prints acquisitions per second ("rate"), Jain's fairness index over the threads ("jain": 1 when all had the same
 * number, 1/threads when one had all), and percentiles of how long an acquire took in microseconds ("p50", "p99",
 * "longest").
 */
#include "crowd.h"

enum { MAX_THREADS = 64, MAX_WAITS = 1 << 20 };

struct contender {
    distcoord_lock *lock;
    struct record *record;
};

/* Shared by all processes. */
static struct record {
    int count; /* acquired within the time */
    int waits;
    float microseconds[MAX_WAITS];
} *records;
static struct {
    volatile uint64_t begin, end;
    uint64_t last_fence;
} *shared;

static const char *socket_path;
static int is_fair, threads;

static distcoord_lock *open_lock(distcoord_client *client) {
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_lock_options_set_fair(options, is_fair);
    distcoord_lock *lock = NULL;
    MUST(distcoord_lock_open, client, "contended", options, &lock);
    distcoord_lock_options_free(options);
    return lock;
}

static void sleep_until(uint64_t moment) {
    struct timespec t = {(time_t)(moment / 1000000000u), (long)(moment % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {}
}

static void *compete(void *argument) {
    struct contender *self = argument;
    struct record *record = self->record;
    uint64_t begin = shared->begin, end = shared->end, counted = begin + (end - begin) / 10;
    sleep_until(begin);
    for (uint64_t start = now_ns(); start < end; start = now_ns()) {
        MUST(distcoord_lock_acquire, self->lock, -1);
        uint64_t acquired = now_ns();
        uint64_t fence = distcoord_lock_fence(self->lock);
        if (__atomic_exchange_n(&shared->last_fence, fence, __ATOMIC_SEQ_CST) >= fence) die("two had the lock at once");
        MUST(distcoord_lock_release, self->lock);
        if (acquired < counted) continue;
        if (acquired < end) record->count++;
        if (record->waits < MAX_WAITS) record->microseconds[record->waits++] = (float)(acquired - start) / 1000;
    }
    return NULL;
}

static void process(int index, int commands) {
    distcoord_client *client = open_client(socket_path);
    struct contender contenders[MAX_THREADS];
    pthread_t ids[MAX_THREADS];
    for (int i = 0; i < threads; i++) {
        contenders[i] = (struct contender){open_lock(client), &records[index * threads + i]};
        MUST(distcoord_lock_acquire, contenders[i].lock, -1);
        MUST(distcoord_lock_release, contenders[i].lock);
    }
    crowd_say_done();
    int go;
    if (!next_command(commands, &go)) return;
    for (int i = 0; i < threads; i++) start_thread(&ids[i], compete, &contenders[i]);
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    for (int i = 0; i < threads; i++) distcoord_lock_free(contenders[i].lock);
    close_client(client);
    crowd_say_done();
}

static void print_results(int contenders, double seconds) {
    double sum = 0, squares = 0;
    size_t waits = 0;
    for (int i = 0; i < contenders; i++) {
        sum += records[i].count;
        squares += (double)records[i].count * records[i].count;
        waits += (size_t)records[i].waits;
    }
    if (sum == 0) die("nobody had the lock");
    double *all = malloc(waits * sizeof *all);
    if (!all) die("memory");
    size_t at = 0;
    for (int i = 0; i < contenders; i++)
        for (int j = 0; j < records[i].waits; j++) all[at++] = (double)records[i].microseconds[j];
    printf("rate %f\n", sum / seconds);
    printf("jain %f\n", sum * sum / (contenders * squares));
    printf("p50 %f\n", percentile(all, (int)waits, 0.5));
    printf("p99 %f\n", percentile(all, (int)waits, 0.99));
    printf("longest %f\n", percentile(all, (int)waits, 1));
    free(all);
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    socket_path = argv[1];
    is_fair = strcmp(argv[2], "fair") == 0;
    int processes = atoi(argv[3]);
    threads = atoi(argv[4]);
    if (threads < 1 || threads > MAX_THREADS) return 64;
    uint64_t duration = (uint64_t)atoi(argv[5]) * 1000000u;
    records = shared_memory((size_t)(processes * threads) * sizeof *records);
    shared = shared_memory(sizeof *shared);
    crowd_start(processes, process);
    crowd_await(processes);
    shared->begin = now_ns() + 50000000u;
    shared->end = shared->begin + duration;
    for (int i = 0; i < processes; i++) crowd_command(i, 1);
    crowd_await(processes);
    crowd_end();
    print_results(processes * threads, (double)duration * 0.9 / 1e9);
    return 0;
}
