/*
 * Shared state: calls per second.
 *
 * Usage: state_set SOCKET set|add|get threads milliseconds value-bytes watched
 *
 * Each thread works on keys of its own, of which it has a hundred. With `watched` 1 a watch of the whole scope is kept
 * up to date meanwhile, by another client.
 */
#include "bench.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { MAX_VALUE = 4096, KEYS = 100, MAX_THREADS = 64 };

enum call { SET, ADD, GET };

static distcoord_state *state;
static char value[MAX_VALUE];
static size_t value_length;
static enum call call;
static atomic_bool stopping;

static void do_call(const char *key) {
    distcoord_state_entry *entry = NULL;
    switch (call) {
    case SET:
        MUST(distcoord_state_set, state, key, value, value_length, DISTCOORD_TTL_NONE, NULL);
        break;
    case ADD:
        MUST(distcoord_state_add, state, key, 1, DISTCOORD_TTL_KEEP, NULL);
        break;
    case GET:
        MUST(distcoord_state_get, state, key, &entry);
        distcoord_state_entry_free(entry);
        break;
    }
}

/* A counter in front of the keys of a thread: a cache line or more for each. */
struct caller {
    uint64_t calls;
    char keys[KEYS][32];
};

static void *run(void *argument) {
    struct caller *caller = argument;
    for (size_t i = 0; !atomic_load_explicit(&stopping, memory_order_relaxed); i = (i + 1) % KEYS) {
        do_call(caller->keys[i]);
        caller->calls++;
    }
    return NULL;
}

static void *follow(void *argument) {
    uint64_t changes = 0;
    while (!atomic_load(&stopping)) {
        distcoord_state_entry *entry = NULL;
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_state_watch_next(argument, 100, &entry, &error);
        if (status != DISTCOORD_TIMED_OUT) check(status, error, "distcoord_state_watch_next"), changes++;
        distcoord_state_entry_free(entry);
    }
    printf("told %f\n", (double)changes);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 7) return 64;
    int threads = atoi(argv[3]);
    if (threads < 1 || threads > MAX_THREADS) return 64;
    call = argv[2][0] == 's' ? SET : argv[2][0] == 'a' ? ADD : GET;
    value_length = (size_t)atoi(argv[5]);
    if (value_length > sizeof value) die("value of at most 4096 bytes");
    memset(value, 'x', value_length);
    distcoord_client *client = open_client(argv[1]), *other = open_client(argv[1]);
    distcoord_state *watched = NULL;
    distcoord_watch *watch = NULL;
    MUST(distcoord_state_open, client, "bench", &state);
    static struct caller callers[MAX_THREADS];
    for (int i = 0; i < threads; i++)
        for (int k = 0; k < KEYS; k++) {
            snprintf(callers[i].keys[k], sizeof callers[i].keys[k], "key:%02d:%04d", i, k);
            if (call == GET)
                MUST(distcoord_state_set, state, callers[i].keys[k], value, value_length, DISTCOORD_TTL_NONE, NULL);
            else
                do_call(callers[i].keys[k]);
        }
    pthread_t ids[MAX_THREADS], follower;
    if (atoi(argv[6])) {
        MUST(distcoord_state_open, other, "bench", &watched);
        MUST(distcoord_state_watch, watched, NULL, true, &watch);
        if (pthread_create(&follower, NULL, follow, watch) != 0) die("thread");
    }
    uint64_t start = now_ns(), total = 0;
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, run, &callers[i]) != 0) die("thread");
    usleep((useconds_t)atoi(argv[4]) * 1000);
    atomic_store(&stopping, true);
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL), total += callers[i].calls;
    printf("calls %f\n", (double)total * 1e9 / (double)(now_ns() - start));
    if (watch) pthread_join(follower, NULL);
    distcoord_watch_free(watch);
    distcoord_state_free(watched);
    distcoord_state_free(state);
    close_client(other);
    close_client(client);
    return 0;
}
