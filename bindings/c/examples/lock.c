/*
 * Does something that only one process in the fleet may do at a time.
 *
 *   cc lock.c $(pkg-config --cflags --libs distcoord) -o lock && ./lock
 *
 * The server is DISTCOORD_URL, else REDIS_URL, else redis://localhost:6379.
 */
#include <distcoord.h>
#include <stdio.h>

/* Says why a call failed. */
static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

int main(void)
{
    distcoord_client *client = NULL;
    distcoord_lock *lock = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_lock_open(client, "deploy", NULL, &lock, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("lock", status, error);
    }

    status = distcoord_lock_acquire(lock, 5000, &error);
    if (status == DISTCOORD_TIMED_OUT) {
        printf("somebody else has held the lock for 5 s\n");
    } else if (status != DISTCOORD_OK) {
        result = failed("acquire", status, error);
    } else {
        /* The lease is renewed in the background for as long as this process lives. What is written under the lock
         * should carry the fence, and be refused where a higher one has been seen. */
        printf("holding the lock with fence %llu\n", (unsigned long long)distcoord_lock_fence(lock));

        status = distcoord_lock_release(lock, &error);
        if (status == DISTCOORD_LOST) {
            printf("the lease had ended before the release: somebody may have worked at the same time\n");
            result = 1;
        } else if (status != DISTCOORD_OK) {
            result = failed("release", status, error);
        } else {
            printf("released\n");
        }
    }

    distcoord_lock_free(lock);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
