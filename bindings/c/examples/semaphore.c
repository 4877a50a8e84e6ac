/*
 * At most four of all processes everywhere use the printer at a time; a big document counts for two. Start it many
 * times.
 *
 *   cc semaphore.c $(pkg-config --cflags --libs distcoord) -o semaphore && ./semaphore 2
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

static int print_something(distcoord_semaphore *semaphore, int64_t count)
{
    distcoord_lock *permit = NULL;
    distcoord_error *error = NULL;
    int64_t permits = 0, used = 0;
    distcoord_status status = distcoord_semaphore_acquire(semaphore, count, 60000, &permit, &error);
    if (status == DISTCOORD_ERROR_CONFLICT) return failed("there are not that many permits", status, error);
    if (status != DISTCOORD_OK) return failed("acquire", status, error);
    distcoord_semaphore_inspect(semaphore, &permits, &used, NULL, NULL);
    printf("%lld of %lld permits are in use\n", (long long)used, (long long)permits);

    /* The permits come back by themselves when this process dies. */
    status = distcoord_lock_release(permit, &error);
    distcoord_lock_free(permit);
    return status == DISTCOORD_OK ? 0 : failed("release", status, error);
}

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? atoi(argv[1]) : 1;
    distcoord_client *client = NULL;
    distcoord_semaphore *semaphore = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_semaphore_open(client, "printer", 4, NULL, &semaphore, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("semaphore", status, error);
    }

    result = print_something(semaphore, count);

    distcoord_semaphore_free(semaphore);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
