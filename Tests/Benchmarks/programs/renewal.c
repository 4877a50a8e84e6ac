/*
 * One client holds many locks and does nothing else: what keeping them costs.
 *
 * Usage: renewal SOCKET locks milliseconds
 * Prints percent of one core over that time: of this process ("client") and of the server ("server"), and renewals per
 * second as the server counted them ("renewals").
 */
#include "bench.h"
#include <sys/resource.h>

enum { LEASE_MS = 10000 };

static double own_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* The number behind a label in INFO; 0 when it is not there. */
static double info(redisContext *context, const char *section, const char *label) {
    const char *argv[] = {"INFO", section};
    redisReply *reply = hiredis_command(context, 2, argv, NULL);
    const char *found = strstr(reply->str, label);
    double value = found ? strtod(found + strlen(label), NULL) : 0;
    freeReplyObject(reply);
    return value;
}

struct usage {
    uint64_t at;
    double client, server, calls;
};

static struct usage used(redisContext *context) {
    return (struct usage){now_ns(), own_seconds(),
        info(context, "cpu", "used_cpu_user:") + info(context, "cpu", "used_cpu_sys:"),
        info(context, "commandstats", "cmdstat_evalsha:calls=")};
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    int count = atoi(argv[2]);
    useconds_t duration = (useconds_t)atoi(argv[3]) * 1000;
    distcoord_client *client = open_client(argv[1]);
    redisContext *context = open_hiredis(argv[1]);
    distcoord_lock **locks = calloc((size_t)count, sizeof *locks);
    if (!locks) die("memory");
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_lock_options_set_lease_ms(options, LEASE_MS);
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "renewal-%d", i);
        MUST(distcoord_lock_open, client, name, options, &locks[i]);
        MUST(distcoord_lock_acquire, locks[i], 0);
    }
    distcoord_lock_options_free(options);
    struct usage before = used(context);
    usleep(duration);
    struct usage after = used(context);
    double seconds = (double)(after.at - before.at) / 1e9;
    printf("client %f\n", (after.client - before.client) / seconds * 100);
    printf("server %f\n", (after.server - before.server) / seconds * 100);
    printf("renewals %f\n", (after.calls - before.calls) / seconds);
    for (int i = 0; i < count; i++) {
        if (distcoord_lock_state(locks[i]) != DISTCOORD_LOCK_HELD) die("a lock was lost");
        distcoord_lock_free(locks[i]);
    }
    free(locks);
    redisFree(context);
    close_client(client);
    return 0;
}
