/*
 * Acquiring again what the client lingers on, by one thread: nanoseconds of an acquire and of a pair. The floor is an
 * uncontended mutex of the C library.
 *
 * Usage: linger SOCKET rounds pairs-per-round
 */
#include "bench.h"
#include <pthread.h>

static distcoord_lock *lock;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static double each(uint64_t start, int count) { return (double)(now_ns() - start) / count; }

/* What reading the clock twice adds to a timed acquire. */
static double clock_cost(int count) {
    uint64_t start = now_ns(), sink = 0;
    for (int i = 0; i < count; i++) sink += now_ns();
    double cost = each(start, count);
    return sink ? cost : 0;
}

static double timed_acquires(int count) {
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) {
        uint64_t start = now_ns();
        MUST(distcoord_lock_acquire, lock, 0);
        sum += now_ns() - start;
        MUST(distcoord_lock_release, lock);
    }
    return (double)sum / count - clock_cost(count);
}

static double timed_pairs(int count) {
    uint64_t start = now_ns();
    for (int i = 0; i < count; i++) {
        MUST(distcoord_lock_acquire, lock, 0);
        MUST(distcoord_lock_release, lock);
    }
    return each(start, count);
}

static double timed_mutex(int count) {
    uint64_t start = now_ns();
    for (int i = 0; i < count; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    return each(start, count);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int rounds = atoi(argv[2]), count = atoi(argv[3]);
    distcoord_client *client = open_client(argv[1]);
    distcoord_lock_options *options = distcoord_lock_options_new();
    if (distcoord_lock_options_set_linger_ms(options, 60000) != DISTCOORD_OK) die("linger");
    MUST(distcoord_lock_open, client, "linger", options, &lock);
    distcoord_lock_options_free(options);
    timed_pairs(count / 10 + 1);
    uint64_t fence = distcoord_lock_fence(lock);
    for (int i = 0; i < rounds; i++) {
        printf("acquire %f\n", timed_acquires(count));
        printf("pair %f\n", timed_pairs(count));
        printf("mutex %f\n", timed_mutex(count));
    }
    if (distcoord_lock_fence(lock) != fence) die("an acquire went to the server");
    distcoord_lock_free(lock);
    close_client(client);
    return 0;
}
