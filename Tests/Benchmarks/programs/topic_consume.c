/*
 * Taking and acknowledging what a topic has: threads that are consumers of one group, or one bare connection with
 * XREADGROUP COUNT 64 and an XACK for each message.
 *
 * Usage: topic_consume SOCKET consumers messages payload-bytes
 *        topic_consume SOCKET bare messages payload-bytes
 */
#include "bench.h"
#include <pthread.h>
#include <stdatomic.h>

enum { MAX_THREADS = 64, BATCH = 500 };

static distcoord_topic *topic;
static atomic_long left;

static void fill(long messages, size_t length) {
    static char payload[4096];
    static const void *payloads[BATCH];
    static size_t lengths[BATCH];
    memset(payload, 'x', length);
    for (int i = 0; i < BATCH; i++) payloads[i] = payload, lengths[i] = length;
    for (long done = 0; done < messages; done += BATCH)
        MUST(distcoord_topic_publish_many, topic, payloads, lengths, BATCH, NULL);
}

static void *consumer(void *argument) {
    distcoord_consumer *consumer = argument;
    while (atomic_load(&left) > 0) {
        distcoord_message *message = NULL;
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_consumer_next(consumer, 100, &message, &error);
        if (status == DISTCOORD_TIMED_OUT) continue;
        check(status, error, "distcoord_consumer_next");
        MUST(distcoord_consumer_acknowledge, consumer, distcoord_message_id(message));
        distcoord_message_free(message);
        atomic_fetch_sub(&left, 1);
    }
    return NULL;
}

static void consume(int consumers) {
    pthread_t ids[MAX_THREADS];
    distcoord_consumer *all[MAX_THREADS];
    for (int i = 0; i < consumers; i++) MUST(distcoord_consumer_open, topic, "g", NULL, &all[i]);
    for (int i = 0; i < consumers; i++)
        if (pthread_create(&ids[i], NULL, consumer, all[i]) != 0) die("thread");
    for (int i = 0; i < consumers; i++) pthread_join(ids[i], NULL);
    for (int i = 0; i < consumers; i++) distcoord_consumer_free(all[i]);
}

static void consume_bare(const char *socket_path) {
    redisContext *context = open_hiredis(socket_path);
    const char *stream = "dc:{default:topic:consume}:x";
    const char *create[] = {"XGROUP", "CREATE", stream, "g", "0"};
    const char *read[] = {"XREADGROUP", "GROUP", "g", "c", "COUNT", "64", "STREAMS", stream, ">"};
    freeReplyObject(hiredis_command(context, 5, create, NULL));
    while (atomic_load(&left) > 0) {
        redisReply *reply = hiredis_command(context, 9, read, NULL);
        if (reply->type != REDIS_REPLY_ARRAY) die("the stream ended early");
        redisReply *entries = reply->element[0]->element[1];
        for (size_t i = 0; i < entries->elements; i++) {
            const char *done[] = {"XACK", stream, "g", entries->element[i]->element[0]->str};
            freeReplyObject(hiredis_command(context, 4, done, NULL));
            atomic_fetch_sub(&left, 1);
        }
        freeReplyObject(reply);
    }
    redisFree(context);
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    int is_bare = strcmp(argv[2], "bare") == 0, consumers = is_bare ? 1 : atoi(argv[2]);
    long messages = atol(argv[3]) / BATCH * BATCH;
    if (consumers < 1 || consumers > MAX_THREADS || messages < BATCH || atoi(argv[4]) > 4096) return 64;
    distcoord_client *client = open_client(argv[1]);
    distcoord_topic_options *options = distcoord_topic_options_new();
    distcoord_topic_options_set_max_messages(options, 0);
    MUST(distcoord_topic_open, client, "consume", options, &topic);
    distcoord_topic_options_free(options);
    fill(messages, (size_t)atoi(argv[4]));
    atomic_store(&left, messages);
    uint64_t start = now_ns();
    if (is_bare)
        consume_bare(argv[1]);
    else
        consume(consumers);
    printf("messages %f\n", (double)messages * 1e9 / (double)(now_ns() - start));
    distcoord_topic_free(topic);
    close_client(client);
    return 0;
}
