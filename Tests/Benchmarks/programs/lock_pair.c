/*
 * An uncontended lock pair, acquire and release, by one thread: ours against bare hiredis doing SET NX PX and an
 * EVALSHA that deletes when the value is its own. Slices of the two alternate.
 *
 * Usage: lock_pair SOCKET slices milliseconds
 */
#include "bench.h"

static const char compare_and_delete[] =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

static double floor_slice(redisContext *context, const char *sha, uint64_t duration) {
    const char *set[] = {"SET", "bench:lock", "0123456789012345678901", "NX", "PX", "10000"};
    const char *del[] = {"EVALSHA", sha, "1", "bench:lock", "0123456789012345678901"};
    uint64_t start = now_ns(), end = start + duration, now, pairs = 0;
    do {
        redisReply *reply = hiredis_command(context, 6, set, NULL);
        if (reply->type != REDIS_REPLY_STATUS) die("the bare lock is held by somebody else");
        freeReplyObject(reply);
        reply = hiredis_command(context, 5, del, NULL);
        if (reply->integer != 1) die("the bare lock was lost");
        freeReplyObject(reply);
        pairs++;
    } while ((now = now_ns()) < end);
    return (double)pairs * 1e9 / (double)(now - start);
}

static double our_slice(distcoord_lock *lock, uint64_t duration) {
    uint64_t start = now_ns(), end = start + duration, now, pairs = 0;
    do {
        MUST(distcoord_lock_acquire, lock, 0);
        MUST(distcoord_lock_release, lock);
        pairs++;
    } while ((now = now_ns()) < end);
    return (double)pairs * 1e9 / (double)(now - start);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int slices = atoi(argv[2]);
    uint64_t duration = (uint64_t)atoi(argv[3]) * 1000000u;
    redisContext *context = open_hiredis(argv[1]);
    char sha[41];
    load_script(context, compare_and_delete, sha);
    distcoord_client *client = open_client(argv[1]);
    distcoord_lock *lock = NULL;
    MUST(distcoord_lock_open, client, "pair", NULL, &lock);
    our_slice(lock, duration / 4);
    floor_slice(context, sha, duration / 4);
    for (int i = 0; i < slices; i++) {
        printf("ours %f\n", our_slice(lock, duration));
        printf("floor %f\n", floor_slice(context, sha, duration));
    }
    distcoord_lock_free(lock);
    close_client(client);
    redisFree(context);
    return 0;
}
