/*
 * The bare lock pair alone, as a floor for other languages: SET NX PX and an EVALSHA that deletes when the value is its
 * own. Does not use the library.
 *
 * Usage: lock_floor SOCKET milliseconds
 */
#include "bench.h"

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    uint64_t duration = (uint64_t)atoi(argv[2]) * 1000000u;
    redisContext *context = open_hiredis(argv[1]);
    char sha[41];
    load_script(
        context, "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0", sha);
    const char *set[] = {"SET", "bench:lock", "0123456789012345678901", "NX", "PX", "10000"};
    const char *del[] = {"EVALSHA", sha, "1", "bench:lock", "0123456789012345678901"};
    uint64_t start = now_ns(), end = start + duration, now, pairs = 0;
    do {
        freeReplyObject(hiredis_command(context, 6, set, NULL));
        freeReplyObject(hiredis_command(context, 5, del, NULL));
        pairs++;
    } while ((now = now_ns()) < end);
    printf("pairs %f\n", (double)pairs * 1e9 / (double)(now - start));
    redisFree(context);
    return 0;
}
