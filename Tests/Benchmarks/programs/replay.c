/*
 * Sends one command over and over with bare hiredis and filled-in variable parts (template.h): the floor "the same
 * script". Does not use the library.
 *
 * Usage: replay SOCKET template pipeline milliseconds
 * Prints commands per second.
 */
#include "template.h"

int main(int argc, char **argv) {
    if (argc != 5) return 64;
    static struct template template;
    template_read(&template, argv[2]);
    int pipeline = atoi(argv[3]);
    uint64_t duration = (uint64_t)atoi(argv[4]) * 1000000u;
    redisContext *context = open_hiredis(argv[1]);
    uint64_t serial = now_ns() * 16, start = now_ns(), end = start + duration, now, commands = 0;
    do {
        for (int i = 0; i < pipeline; i++) {
            template_fill_in(&template, serial++);
            template_append(&template, context);
        }
        for (int i = 0; i < pipeline; i++) freeReplyObject(template_reply(context));
        commands += (uint64_t)pipeline;
    } while ((now = now_ns()) < end);
    printf("commands %f\n", (double)commands * 1e9 / (double)(now - start));
    redisFree(context);
    return 0;
}
