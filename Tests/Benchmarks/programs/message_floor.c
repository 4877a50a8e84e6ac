/*
 * One bare PUBLISH to a subscriber in another process, alone: as the floor for the wake-up of peers in other languages.
 * Does not use the library.
 *
 * Usage: message_floor SOCKET iterations
 */
#include "bench.h"
#include <sys/mman.h>
#include <sys/wait.h>

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    int iterations = atoi(argv[2]);
    volatile uint64_t *woke_ns = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ready[2];
    if (woke_ns == MAP_FAILED || pipe(ready) != 0) die("cannot set up");
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) {
        close(ready[0]);
        redisContext *subscriber = open_hiredis(argv[1]);
        freeReplyObject(redisCommand(subscriber, "SUBSCRIBE bench:message"));
        for (int i = 0; i <= iterations; i++) {
            if (write(ready[1], "x", 1) != 1) die("pipe");
            if (i == iterations) return 0;
            redisReply *reply = NULL;
            if (redisGetReply(subscriber, (void **)&reply) != REDIS_OK) die("subscriber");
            *woke_ns = now_ns();
            freeReplyObject(reply);
        }
    }
    close(ready[1]);
    redisContext *publisher = open_hiredis(argv[1]);
    const char *publish[] = {"PUBLISH", "bench:message", "0123456789012345678901 1763700000000000"};
    double *bare = calloc((size_t)iterations, sizeof *bare);
    if (!bare) die("memory");
    char c;
    if (read(ready[0], &c, 1) != 1) die("the subscriber ended");
    for (int i = 0; i < iterations; i++) {
        usleep(1500);
        uint64_t start = now_ns();
        freeReplyObject(hiredis_command(publisher, 3, publish, NULL));
        if (read(ready[0], &c, 1) != 1) die("the subscriber ended");
        bare[i] = (double)(*woke_ns - start) / 1000.0;
    }
    printf("p50 %f\n", percentile(bare, iterations, 0.5));
    printf("p99 %f\n", percentile(bare, iterations, 0.99));
    waitpid(pid, NULL, 0);
    return 0;
}
