/*
 * A lock that is nearly always wanted by the same process: after a release this client keeps the grant for up to a
 * second, and takes it again without asking the server, until somebody else wants it.
 *
 *   cc lingering.c $(pkg-config --cflags --libs distcoord) -o lingering && ./lingering 100000
 */
#include <distcoord.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 1000, grants = 0;
    uint64_t fence = 0;
    distcoord_client *client = NULL;
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_lock *lock = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) {
        distcoord_lock_options_free(options);
        return failed("open", status, error);
    }
    distcoord_lock_options_set_linger_ms(options, 1000);
    status = distcoord_lock_open(client, "index", options, &lock, &error);
    distcoord_lock_options_free(options);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("lock", status, error);
    }

    for (long round = 0; round < rounds && result == 0; round++) {
        status = distcoord_lock_acquire(lock, -1, &error);
        if (status == DISTCOORD_OK) {
            /* Acquires without a round trip share a fence: nobody else can have held the lock in between. */
            if (distcoord_lock_fence(lock) != fence) grants++;
            fence = distcoord_lock_fence(lock);
            status = distcoord_lock_release(lock, &error);
        }
        if (status != DISTCOORD_OK) result = failed("acquire or release", status, error);
    }
    if (result == 0) printf("acquired: %ld, granted by the server: %ld\n", rounds, grants);

    distcoord_lock_free(lock);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
