/*
 * What a call costs that asks nothing of the server, in nanoseconds, against a call to a function of the C library
 * through the same kind of stub.
 *
 * Usage: trivial SOCKET rounds
 */
#include "bench.h"

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    int rounds = atoi(argv[2]);
    enum { CALLS = 2000000 };
    distcoord_client *client = open_client(argv[1]);
    distcoord_lock *lock = NULL;
    MUST(distcoord_lock_open, client, "trivial", NULL, &lock);
    volatile int64_t sink = 0;
    for (int round = 0; round < rounds; round++) {
        uint64_t start = now_ns();
        for (int i = 0; i < CALLS; i++) sink += distcoord_lock_state(lock);
        printf("state %f\n", (double)(now_ns() - start) / CALLS);
        start = now_ns();
        for (int i = 0; i < CALLS; i++) sink += distcoord_abi_version();
        printf("version %f\n", (double)(now_ns() - start) / CALLS);
        start = now_ns();
        for (int i = 0; i < CALLS; i++) sink += (int64_t)distcoord_lock_fence(lock);
        printf("fence %f\n", (double)(now_ns() - start) / CALLS);
        start = now_ns();
        for (int i = 0; i < CALLS; i++) sink += getppid() != 0;
        printf("system %f\n", (double)(now_ns() - start) / CALLS);
    }
    distcoord_lock_free(lock);
    close_client(client);
    return 0;
}
