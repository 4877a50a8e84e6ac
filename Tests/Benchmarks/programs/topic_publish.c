/*
 * Publishing on a topic that keeps 100 000 messages, or as many XADD on bare connections, one for each thread.
 *
 * Usage: topic_publish SOCKET threads batch milliseconds payload-bytes    batch 1 is distcoord_topic_publish
 *        topic_publish SOCKET bare threads milliseconds payload-bytes
 */
#include "bench.h"
#include <pthread.h>
#include <stdatomic.h>

enum { MAX_BATCH = 1000, MAX_THREADS = 64 };

static const char *socket_path;
static distcoord_topic *topic;
static char payload[4096];
static size_t payload_length;
static int batch;
static atomic_int stopping;
static const void *payloads[MAX_BATCH];
static size_t lengths[MAX_BATCH];

static void publish(size_t count) {
    char id[48];
    if (count == 1)
        MUST(distcoord_topic_publish, topic, payload, payload_length, id, sizeof id);
    else
        MUST(distcoord_topic_publish_many, topic, payloads, lengths, count, NULL);
}

static void *publisher(void *argument) {
    uint64_t *messages = argument;
    while (!atomic_load_explicit(&stopping, memory_order_relaxed)) {
        publish((size_t)batch);
        *messages += (uint64_t)batch;
    }
    return NULL;
}

static void *bare_publisher(void *argument) {
    uint64_t *messages = argument;
    redisContext *context = open_hiredis(socket_path);
    const char *words[] = {"XADD", "bench:bare", "MAXLEN", "~", "100000", "*", "d", payload};
    const size_t sizes[] = {4, 10, 6, 1, 6, 1, 1, payload_length};
    while (!atomic_load_explicit(&stopping, memory_order_relaxed)) {
        freeReplyObject(hiredis_command(context, 8, words, sizes));
        *messages += 1;
    }
    redisFree(context);
    return NULL;
}

static void measure(int threads, int milliseconds, void *(*run)(void *)) {
    pthread_t ids[MAX_THREADS];
    static uint64_t messages[MAX_THREADS][16]; /* a cache line or more for each */
    uint64_t start = now_ns(), total = 0;
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, run, messages[i]) != 0) die("thread");
    usleep((useconds_t)milliseconds * 1000);
    atomic_store(&stopping, 1);
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL), total += messages[i][0];
    printf("messages %f\n", (double)total * 1e9 / (double)(now_ns() - start));
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    int is_bare = strcmp(argv[2], "bare") == 0, threads = atoi(argv[is_bare ? 3 : 2]);
    batch = is_bare ? 1 : atoi(argv[3]);
    payload_length = (size_t)atoi(argv[5]);
    if (threads < 1 || threads > MAX_THREADS || batch < 1 || batch > MAX_BATCH || payload_length > sizeof payload)
        return 64;
    socket_path = argv[1];
    memset(payload, 'x', payload_length);
    if (is_bare) {
        measure(threads, atoi(argv[4]), bare_publisher);
        return 0;
    }
    for (int i = 0; i < MAX_BATCH; i++) payloads[i] = payload, lengths[i] = payload_length;
    distcoord_client *client = open_client(argv[1]);
    MUST(distcoord_topic_open, client, "publish", NULL, &topic);
    publish(1); /* connects and loads the script */
    measure(threads, atoi(argv[4]), publisher);
    distcoord_topic_free(topic);
    close_client(client);
    return 0;
}
