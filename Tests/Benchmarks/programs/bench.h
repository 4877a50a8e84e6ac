/*
 * What the benchmark programs share. A program prints lines `series value`; the runner pairs the values of "ours" and
 * "floor" in their order and takes medians.
 */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <distcoord.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline void die(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void check(distcoord_status status, distcoord_error *error, const char *what) {
    if (status == DISTCOORD_OK) return;
    fprintf(stderr, "%s: %s %s\n", what, distcoord_status_name(status), error ? distcoord_error_message(error) : "");
    exit(1);
}

/* Calls a function whose last argument is the error object and ends the program unless it answers DISTCOORD_OK. */
#define MUST(call, ...)                                                                                                \
    do {                                                                                                               \
        distcoord_error *must_error = NULL;                                                                            \
        check(call(__VA_ARGS__, &must_error), must_error, #call);                                                      \
    } while (0)

static inline distcoord_client *open_client(const char *socket_path) {
    char url[256];
    snprintf(url, sizeof url, "unix://%s", socket_path);
    distcoord_client *client = NULL;
    MUST(distcoord_client_open, url, NULL, &client);
    MUST(distcoord_client_ping, client, NULL);
    return client;
}

static inline void close_client(distcoord_client *client) {
    MUST(distcoord_client_close, client);
    distcoord_client_free(client);
}

static inline redisContext *open_hiredis(const char *socket_path) {
    redisContext *context = redisConnectUnix(socket_path);
    if (!context || context->err) die("hiredis cannot connect");
    return context;
}

/* One command; ends the program on an error answer. The caller frees the reply. */
static inline redisReply *hiredis_command(redisContext *context, int argc, const char **argv, const size_t *lengths) {
    redisReply *reply = redisCommandArgv(context, argc, argv, lengths);
    if (!reply) die(context->errstr);
    if (reply->type == REDIS_REPLY_ERROR) die(reply->str);
    return reply;
}

static inline void load_script(redisContext *context, const char *text, char sha[41]) {
    const char *argv[] = {"SCRIPT", "LOAD", text};
    redisReply *reply = hiredis_command(context, 3, argv, NULL);
    if (reply->type != REDIS_REPLY_STRING) die("SCRIPT LOAD did not answer a digest");
    snprintf(sha, 41, "%s", reply->str);
    freeReplyObject(reply);
}

static inline int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double percentile(double *values, int count, double p) {
    qsort(values, (size_t)count, sizeof values[0], compare_doubles);
    int index = (int)(p * count);
    return values[index < count ? index : count - 1];
}

#endif
