/*
 * Sends one command over and over with bare hiredis and filled-in variable parts: the floor "the same script". Does not
 * use the library.
 *
 * Usage: replay SOCKET template pipeline milliseconds
 * Template: a line per argument, `bytes-in-hex start length`; the range gets a number that is never used twice (all
 * variable parts of one command get the same). Prints commands per second.
 */
#include "bench.h"

enum { MAX_ARGUMENTS = 1024 };

static char *arguments[MAX_ARGUMENTS];
static size_t lengths[MAX_ARGUMENTS], starts[MAX_ARGUMENTS], spans[MAX_ARGUMENTS];
static int count;

static void read_template(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    if (!file) die("no template");
    while (getline(&line, &capacity, file) > 0) {
        if (count == MAX_ARGUMENTS) die("too many arguments");
        char *space = strchr(line, ' ');
        if (!space) die("bad template");
        size_t length = line[0] == '-' ? 0 : (size_t)(space - line) / 2;
        char *bytes = malloc(length + 1);
        if (!bytes) die("memory");
        for (size_t i = 0; i < length; i++) {
            unsigned byte;
            if (sscanf(line + 2 * i, "%2x", &byte) != 1) die("bad template");
            bytes[i] = (char)byte;
        }
        if (sscanf(space, "%zu %zu", &starts[count], &spans[count]) != 2) die("bad template");
        if (starts[count] + spans[count] > length) die("bad template");
        arguments[count] = bytes;
        lengths[count++] = length;
    }
    free(line);
    fclose(file);
    if (count == 0) die("empty template");
}

static void fill_in(uint64_t serial) {
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int i = 0; i < count; i++) {
        uint64_t left = serial;
        for (size_t at = starts[i] + spans[i]; at-- > starts[i]; left /= 62) arguments[i][at] = digits[left % 62];
    }
}

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    read_template(argv[2]);
    int pipeline = atoi(argv[3]);
    uint64_t duration = (uint64_t)atoi(argv[4]) * 1000000u;
    redisContext *context = open_hiredis(argv[1]);
    uint64_t serial = now_ns() * 16, start = now_ns(), end = start + duration, now, commands = 0;
    do {
        for (int i = 0; i < pipeline; i++) {
            fill_in(serial++);
            if (redisAppendCommandArgv(context, count, (const char **)arguments, lengths) != REDIS_OK) die("append");
        }
        for (int i = 0; i < pipeline; i++) {
            redisReply *reply = NULL;
            if (redisGetReply(context, (void **)&reply) != REDIS_OK) die(context->errstr);
            if (reply->type == REDIS_REPLY_ERROR) die(reply->str);
            freeReplyObject(reply);
        }
        commands += (uint64_t)pipeline;
    } while ((now = now_ns()) < end);
    printf("commands %f\n", (double)commands * 1e9 / (double)(now - start));
    redisFree(context);
    return 0;
}
