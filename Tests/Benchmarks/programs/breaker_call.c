/*
 * What a closed breaker adds to a call: asking and reporting, by one or several threads, in microseconds for each; against
 * one INCR by bare hiredis, which is the least that a breaker costs that asks the server each time.
 *
 * Usage: breaker_call SOCKET threads slices milliseconds
 */
#include "bench.h"
#include <pthread.h>

enum { MAX_THREADS = 64, STEP = 1000 };

static distcoord_breaker *breaker;
static uint64_t duration;

static void call(void) {
    uint64_t permit = 0;
    distcoord_error *error = NULL;
    check(distcoord_breaker_allow(breaker, &permit, NULL, &error), error, "distcoord_breaker_allow");
    check(distcoord_breaker_report(breaker, permit, DISTCOORD_CALL_SUCCEEDED, &error), error, "distcoord_breaker_report");
}

/* Microseconds for a call. */
static void *our_slice(void *result) {
    uint64_t start = now_ns(), now, calls = 0;
    do {
        for (int i = 0; i < STEP; i++) call();
        calls += STEP;
    } while ((now = now_ns()) < start + duration);
    *(double *)result = (double)(now - start) / 1e3 / (double)calls;
    return NULL;
}

static double floor_slice(redisContext *context) {
    const char *incr[] = {"INCR", "bench:calls"};
    uint64_t start = now_ns(), now, calls = 0;
    do {
        freeReplyObject(hiredis_command(context, 2, incr, NULL));
        calls++;
    } while ((now = now_ns()) < start + duration);
    return (double)(now - start) / 1e3 / (double)calls;
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    int count = atoi(argv[2]), slices = atoi(argv[3]);
    if (count < 1 || count > MAX_THREADS) return 64;
    duration = (uint64_t)atoi(argv[4]) * 1000000u;
    redisContext *context = open_hiredis(argv[1]);
    distcoord_client *client = open_client(argv[1]);
    MUST(distcoord_breaker_open, client, "bench", NULL, &breaker);
    call();
    for (int i = 0; i < slices; i++) {
        pthread_t threads[MAX_THREADS];
        double results[MAX_THREADS], sum = 0;
        for (int k = 0; k < count; k++) {
            if (pthread_create(&threads[k], NULL, our_slice, &results[k]) != 0) die("no thread");
        }
        for (int k = 0; k < count; k++) {
            pthread_join(threads[k], NULL);
            sum += results[k];
        }
        printf("ours %f\n", sum / count);
        printf("floor %f\n", floor_slice(context));
    }
    distcoord_breaker_free(breaker);
    close_client(client);
    redisFree(context);
    return 0;
}
