/*
 * Moves money between accounts, holding the lock of each: all of them in one step or none, whatever the order in which
 * they are named, so that two transfers in opposite directions cannot wait for each other.
 *
 *   cc several_locks.c $(pkg-config --cflags --libs distcoord) -o several_locks && ./several_locks alice bob
 */
#include <distcoord.h>
#include <stdio.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

int main(int argc, char **argv)
{
    const char *const *accounts = (const char *const *)(argv + 1);
    size_t count = argc > 1 ? (size_t)argc - 1 : 0;
    distcoord_client *client = NULL;
    distcoord_lock *lock = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_lock_open_many(client, accounts, count, NULL, &lock, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("locks", status, error);
    }

    status = distcoord_lock_acquire(lock, 5000, &error);
    if (status == DISTCOORD_TIMED_OUT) {
        printf("not all of them became free within 5 s; none is held\n");
    } else if (status != DISTCOORD_OK) {
        result = failed("acquire", status, error);
    } else {
        printf("holding all %zu with fence %llu\n", count, (unsigned long long)distcoord_lock_fence(lock));
        status = distcoord_lock_release(lock, &error);
        if (status != DISTCOORD_OK) result = failed("release", status, error);
    }

    distcoord_lock_free(lock);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
