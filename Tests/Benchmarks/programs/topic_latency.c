/*
 * From just before a message is published to the reader's thread in another process: of a channel, of a topic to a
 * subscription, of a topic to a consumer that waits. The floor is one bare message (two_processes.h). The two alternate
 * one by one, with the same pause before each.
 *
 * Usage: topic_latency SOCKET channel|topic|consumer blocks iterations-per-block
 * Prints the median of each block in microseconds ("ours", "floor"), and the 99th percentiles over all ("ours99",
 * "floor99").
 */
#include "two_processes.h"

static const char *socket_path, *kind;
static int blocks, iterations;
static distcoord_topic *topic;
static distcoord_subscription *subscription;
static distcoord_consumer *consumer;

static int is(const char *name) { return strcmp(kind, name) == 0; }

static distcoord_client *open_topic(void) {
    distcoord_client *client = open_client(socket_path);
    MUST(distcoord_topic_open, client, "latency", NULL, &topic);
    return client;
}

static void take(void) {
    distcoord_message *message = NULL;
    if (is("consumer"))
        MUST(distcoord_consumer_next, consumer, -1, &message);
    else
        MUST(distcoord_subscription_next, subscription, -1, &message);
    *woke_ns = now_ns();
    if (is("consumer")) MUST(distcoord_consumer_acknowledge, consumer, distcoord_message_id(message));
    distcoord_message_free(message);
}

static void reader(void) {
    distcoord_client *client = open_topic();
    redisContext *subscriber = open_subscriber(socket_path);
    if (is("channel")) {
        MUST(distcoord_subscription_open, client, 0, &subscription);
        MUST(distcoord_subscription_add, subscription, "latency");
    } else if (is("topic")) {
        MUST(distcoord_topic_subscribe, topic, NULL, 0, 0, &subscription);
    } else {
        MUST(distcoord_consumer_open, topic, "g", NULL, &consumer);
    }
    for (int i = 0; i < blocks * iterations; i++) {
        tell(to_parent);
        take();
        tell(to_parent);
        receive_bare(subscriber);
    }
    redisFree(subscriber);
    distcoord_subscription_free(subscription);
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
    close_client(client);
}

static double publish(distcoord_client *client) {
    const char payload[] = "0123456789012345678901 1763700000000000";
    await(to_parent);
    MUST(distcoord_client_ping, client, NULL);
    usleep(PAUSE_US);
    uint64_t start = now_ns();
    if (is("channel"))
        MUST(distcoord_channel_publish, client, "latency", payload, sizeof payload - 1, NULL);
    else
        MUST(distcoord_topic_publish, topic, payload, sizeof payload - 1, NULL, 0);
    await(to_parent);
    return (double)(*woke_ns - start) / 1000.0;
}

static void publisher(void) {
    distcoord_client *client = open_topic();
    redisContext *bare_publisher = open_hiredis(socket_path);
    double *ours = calloc((size_t)(blocks * iterations), sizeof *ours);
    double *bare = calloc((size_t)(blocks * iterations), sizeof *bare);
    if (!ours || !bare) die("memory");
    for (int i = 0; i < blocks * iterations; i++) {
        ours[i] = publish(client);
        bare[i] = publish_bare(bare_publisher);
    }
    print_blocks(ours, bare, blocks, iterations);
    free(ours);
    free(bare);
    redisFree(bare_publisher);
    distcoord_topic_free(topic);
    close_client(client);
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    socket_path = argv[1];
    kind = argv[2];
    blocks = atoi(argv[3]);
    iterations = atoi(argv[4]);
    if (blocks < 1 || iterations < 1 || (!is("channel") && !is("topic") && !is("consumer"))) return 64;
    return run_both(reader, publisher);
}
