/*
 * A command with variable parts, which harness/capture.py has taken from what the library sends.
 *
 * A file has a line per argument: `bytes-in-hex start length`, where the range gets a number that is never used twice
 * (all variable parts of one command get the same), or `fence` for an argument that is the fence of the grant.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "bench.h"

enum { MAX_ARGUMENTS = 1024 };

struct template {
    int count;
    char *arguments[MAX_ARGUMENTS];
    size_t lengths[MAX_ARGUMENTS], starts[MAX_ARGUMENTS], spans[MAX_ARGUMENTS];
    char fence[24];
};

static inline void template_read(struct template *template, const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    if (!file) die("no template");
    *template = (struct template){0};
    while (getline(&line, &capacity, file) > 0) {
        int at = template->count++;
        if (at == MAX_ARGUMENTS) die("too many arguments");
        if (strcmp(line, "fence\n") == 0) {
            template->arguments[at] = template->fence;
            continue;
        }
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
        size_t start, span;
        if (sscanf(space, "%zu %zu", &start, &span) != 2 || start + span > length) die("bad template");
        template->arguments[at] = bytes;
        template->lengths[at] = length;
        template->starts[at] = start;
        template->spans[at] = span;
    }
    free(line);
    fclose(file);
    if (template->count == 0) die("empty template");
}

static inline void template_fill_in(struct template *template, uint64_t serial) {
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int i = 0; i < template->count; i++) {
        uint64_t left = serial;
        size_t start = template->starts[i];
        for (size_t at = start + template->spans[i]; at-- > start; left /= 62)
            template->arguments[i][at] = digits[left % 62];
    }
}

static inline void template_set_fence(struct template *template, uint64_t fence) {
    size_t length = (size_t)snprintf(template->fence, sizeof template->fence, "%llu", (unsigned long long)fence);
    for (int i = 0; i < template->count; i++)
        if (template->arguments[i] == template->fence) template->lengths[i] = length;
}

static inline void template_append(struct template *template, redisContext *context) {
    if (redisAppendCommandArgv(
            context, template->count, (const char **)template->arguments, template->lengths) != REDIS_OK)
        die("append");
}

/* The next answer; an error ends the program. The caller frees it. */
static inline redisReply *template_reply(redisContext *context) {
    redisReply *reply = NULL;
    if (redisGetReply(context, (void **)&reply) != REDIS_OK) die(context->errstr);
    if (reply->type == REDIS_REPLY_ERROR) die(reply->str);
    return reply;
}

#endif
