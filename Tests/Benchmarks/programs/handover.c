/*
 * A thousand threads wait for one lock; then it goes through all of them. Microseconds per hand-over, against as many
 * bare PUBLISH messages bounced between two threads on connections of their own.
 *
 * Usage: handover SOCKET rounds waiters
 */
#include "bench.h"
#include <pthread.h>

static distcoord_client *client;
static uint64_t last_fence;
static int out_of_order;

static void *wait_and_pass_on(void *argument) {
    distcoord_lock *lock = argument;
    MUST(distcoord_lock_acquire, lock, -1);
    /* Under the lock: no other thread is here. */
    uint64_t fence = distcoord_lock_fence(lock);
    if (fence <= last_fence) out_of_order = 1;
    last_fence = fence;
    MUST(distcoord_lock_release, lock);
    return NULL;
}

static double our_round(int waiters) {
    distcoord_lock *first = NULL, **locks = calloc((size_t)waiters, sizeof *locks);
    pthread_t *threads = calloc((size_t)waiters, sizeof *threads);
    if (!locks || !threads) die("memory");
    MUST(distcoord_lock_open, client, "crowd", NULL, &first);
    MUST(distcoord_lock_acquire, first, -1);
    last_fence = distcoord_lock_fence(first);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    for (int i = 0; i < waiters; i++) {
        MUST(distcoord_lock_open, client, "crowd", NULL, &locks[i]);
        if (pthread_create(&threads[i], &attributes, wait_and_pass_on, locks[i]) != 0) die("thread");
    }
    for (;;) {
        distcoord_lock_info *info = NULL;
        MUST(distcoord_lock_inspect, first, &info);
        int64_t n = distcoord_lock_info_waiters(info);
        distcoord_lock_info_free(info);
        if (n >= waiters) break;
        usleep(2000);
    }
    uint64_t start = now_ns();
    MUST(distcoord_lock_release, first);
    for (int i = 0; i < waiters; i++) pthread_join(threads[i], NULL);
    double each = (double)(now_ns() - start) / 1000.0 / waiters;
    for (int i = 0; i < waiters; i++) distcoord_lock_free(locks[i]);
    distcoord_lock_free(first);
    free(locks);
    free(threads);
    return each;
}

struct side {
    redisContext *subscriber, *publisher;
    const char *channel; /* the other side's */
    int messages, begins;
};

static void *bounce(void *argument) {
    struct side *side = argument;
    const char *publish[] = {"PUBLISH", side->channel, "0123456789012345678901 1763700000000000"};
    if (side->begins) freeReplyObject(hiredis_command(side->publisher, 3, publish, NULL));
    for (int i = 0; i < side->messages; i++) {
        redisReply *reply = NULL;
        if (redisGetReply(side->subscriber, (void **)&reply) != REDIS_OK) die("subscriber");
        freeReplyObject(reply);
        if (!side->begins || i + 1 < side->messages)
            freeReplyObject(hiredis_command(side->publisher, 3, publish, NULL));
    }
    return NULL;
}

static double floor_round(const char *socket_path, int messages) {
    struct side sides[2];
    for (int i = 0; i < 2; i++) {
        sides[i] = (struct side){open_hiredis(socket_path), open_hiredis(socket_path),
            i == 0 ? "bench:crowd:1" : "bench:crowd:0", messages / 2, i == 0};
        freeReplyObject(redisCommand(sides[i].subscriber, "SUBSCRIBE bench:crowd:%d", i));
    }
    pthread_t threads[2];
    uint64_t start = now_ns();
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, bounce, &sides[i]) != 0) die("thread");
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    double each = (double)(now_ns() - start) / 1000.0 / messages;
    for (int i = 0; i < 2; i++) {
        redisFree(sides[i].subscriber);
        redisFree(sides[i].publisher);
    }
    return each;
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int rounds = atoi(argv[2]), waiters = atoi(argv[3]) / 2 * 2;
    client = open_client(argv[1]);
    for (int i = 0; i < rounds; i++) {
        printf("ours %f\n", our_round(waiters));
        printf("floor %f\n", floor_round(argv[1], waiters));
    }
    if (out_of_order) die("fencing numbers did not grow");
    close_client(client);
    return 0;
}
