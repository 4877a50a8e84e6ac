/*
 * Many may read a configuration at a time, one may change it, and who has changed it goes on reading.
 *
 *   cc rwlock.c $(pkg-config --cflags --libs distcoord) -o rwlock && ./rwlock
 */
#include <distcoord.h>
#include <stdio.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

static int read_it(distcoord_rwlock *rwlock)
{
    distcoord_lock *hold = NULL;
    distcoord_error *error = NULL;
    int64_t readers = 0;
    distcoord_status status = distcoord_rwlock_read(rwlock, 5000, &hold, &error);
    if (status != DISTCOORD_OK) return failed("read", status, error);
    distcoord_rwlock_inspect(rwlock, &readers, NULL, NULL, NULL);
    printf("reading, one of %lld\n", (long long)readers);
    status = distcoord_lock_release(hold, &error);
    distcoord_lock_free(hold);
    return status == DISTCOORD_OK ? 0 : failed("release", status, error);
}

static int change_it(distcoord_rwlock *rwlock)
{
    distcoord_lock *hold = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_rwlock_write(rwlock, 5000, &hold, &error);
    if (status != DISTCOORD_OK) return failed("write", status, error);
    printf("writing alone with fence %llu\n", (unsigned long long)distcoord_lock_fence(hold));

    /* In one step: readers may come in now, and no other writer has been in between. */
    status = distcoord_rwlock_downgrade(hold, &error);
    if (status == DISTCOORD_OK) {
        printf("reading what was written\n");
        status = distcoord_lock_release(hold, &error);
    }
    distcoord_lock_free(hold);
    return status == DISTCOORD_OK ? 0 : failed("downgrade or release", status, error);
}

int main(void)
{
    distcoord_client *client = NULL;
    distcoord_rwlock *rwlock = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_rwlock_open(client, "configuration", NULL, &rwlock, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("rwlock", status, error);
    }

    result = read_it(rwlock);
    if (result == 0) result = change_it(rwlock);

    distcoord_rwlock_free(rwlock);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
