/*
 * Pushing: jobs per second.
 *
 * Usage: push SOCKET threads batch milliseconds payload-bytes    pushes for that long; batch 1 is distcoord_queue_push
 *        push SOCKET fill jobs payload-bytes                     pushes exactly so many and leaves them there
 */
#include "bench.h"
#include <pthread.h>
#include <stdatomic.h>

enum { MAX_BATCH = 1000 };

static distcoord_queue *queue;
static char payload[4096];
static size_t payload_length;
static int batch;
static atomic_int stopping;
static const void *payloads[MAX_BATCH];
static size_t lengths[MAX_BATCH];

static void set_payload(const char *text) {
    payload_length = (size_t)atoi(text);
    if (payload_length > sizeof payload) die("payload of at most 4096 bytes");
    memset(payload, 'x', payload_length);
    for (int i = 0; i < MAX_BATCH; i++) {
        payloads[i] = payload;
        lengths[i] = payload_length;
    }
}

static void push(size_t count) {
    char id[129];
    if (count == 1)
        MUST(distcoord_queue_push, queue, payload, payload_length, NULL, id, sizeof id);
    else
        MUST(distcoord_queue_push_many, queue, payloads, lengths, NULL, count, NULL);
}

static void *pusher(void *argument) {
    uint64_t *jobs = argument;
    while (!atomic_load_explicit(&stopping, memory_order_relaxed)) {
        push((size_t)batch);
        *jobs += (uint64_t)batch;
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 5 && argc != 6) return 64;
    distcoord_client *client = open_client(argv[1]);
    MUST(distcoord_queue_open, client, "push", &queue);
    if (strcmp(argv[2], "fill") == 0) {
        set_payload(argv[4]);
        for (size_t left = (size_t)atol(argv[3]), n; left > 0; left -= n) push(n = left < MAX_BATCH ? left : MAX_BATCH);
    } else {
        int threads = atoi(argv[2]);
        batch = atoi(argv[3]);
        if (argc != 6 || threads < 1 || threads > 64 || batch < 1 || batch > MAX_BATCH) return 64;
        set_payload(argv[5]);
        push(1); /* connects and loads the script */
        push((size_t)batch);
        pthread_t ids[64];
        static uint64_t jobs[64][16]; /* a cache line or more for each */
        uint64_t start = now_ns(), total = 0;
        for (int i = 0; i < threads; i++)
            if (pthread_create(&ids[i], NULL, pusher, jobs[i]) != 0) die("thread");
        usleep((useconds_t)atoi(argv[4]) * 1000);
        atomic_store(&stopping, 1);
        for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL), total += jobs[i][0];
        printf("jobs %f\n", (double)total * 1e9 / (double)(now_ns() - start));
    }
    distcoord_queue_free(queue);
    close_client(client);
    return 0;
}
