/*
 * Permits that are there: takings per second by one thread, each of another key if so wanted; against bare hiredis that
 * runs a script which only counts.
 *
 * Usage: limiter_take SOCKET bucket|window keys slices milliseconds
 */
#include "bench.h"

enum { MAX_KEYS = 10000 };

static char names[MAX_KEYS][32];

static double our_slice(distcoord_limiter *limiter, int keys, uint64_t duration) {
    uint64_t start = now_ns(), end = start + duration, now, taken = 0;
    do {
        MUST(distcoord_limiter_acquire, limiter, names[taken % (uint64_t)keys], 1, 0, NULL);
        taken++;
    } while ((now = now_ns()) < end);
    return (double)taken * 1e9 / (double)(now - start);
}

static double floor_slice(redisContext *context, const char *sha, int keys, uint64_t duration) {
    uint64_t start = now_ns(), end = start + duration, now, taken = 0;
    do {
        const char *call[] = {"EVALSHA", sha, "1", names[taken % (uint64_t)keys]};
        freeReplyObject(hiredis_command(context, 4, call, NULL));
        taken++;
    } while ((now = now_ns()) < end);
    return (double)taken * 1e9 / (double)(now - start);
}

int main(int argc, char **argv) {
    if (argc != 6) return 64;
    int keys = atoi(argv[3]), slices = atoi(argv[4]);
    if (keys < 1 || keys > MAX_KEYS) return 64;
    uint64_t duration = (uint64_t)atoi(argv[5]) * 1000000u;
    for (int i = 0; i < keys; i++) snprintf(names[i], sizeof names[i], "key-%d", i);
    redisContext *context = open_hiredis(argv[1]);
    char sha[41];
    load_script(context, "return redis.call('INCR', KEYS[1])", sha);
    distcoord_client *client = open_client(argv[1]);
    distcoord_limiter_options *options = distcoord_limiter_options_new();
    distcoord_limiter *limiter = NULL;
    if (argv[2][0] == 'w') distcoord_limiter_options_set_algorithm(options, DISTCOORD_LIMIT_SLIDING_WINDOW);
    distcoord_limiter_options_set_limit(options, 1000000, 1000);
    MUST(distcoord_limiter_open, client, "bench", options, &limiter);
    distcoord_limiter_options_free(options);
    our_slice(limiter, keys, duration / 4);
    floor_slice(context, sha, keys, duration / 4);
    for (int i = 0; i < slices; i++) {
        printf("ours %f\n", our_slice(limiter, keys, duration));
        printf("floor %f\n", floor_slice(context, sha, keys, duration));
    }
    distcoord_limiter_free(limiter);
    close_client(client);
    redisFree(context);
    return 0;
}
