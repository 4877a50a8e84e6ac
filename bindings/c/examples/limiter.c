/*
 * Sends mails to a user, of all processes together at most three at once and ten in a second. Start it several times.
 *
 *   cc limiter.c $(pkg-config --cflags --libs distcoord) -o limiter && ./limiter ann 10
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

static int send_mails(distcoord_limiter *limiter, const char *user, int count)
{
    for (int i = 1; i <= count; i++) {
        distcoord_error *error = NULL;
        int64_t waited = 0;
        distcoord_status status = distcoord_limiter_acquire(limiter, user, 1, 5000, &waited, &error);
        if (status == DISTCOORD_TIMED_OUT) {
            printf("it would be the turn of mail %d in %lld ms, which is too late\n", i, (long long)waited);
            return 0;
        }
        if (status != DISTCOORD_OK) return failed("acquire", status, error);
        printf("mail %d to %s after %lld ms\n", i, user, (long long)waited);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *user = argc > 1 ? argv[1] : "ann";
    int count = argc > 2 ? atoi(argv[2]) : 5;
    distcoord_client *client = NULL;
    distcoord_limiter *limiter = NULL;
    distcoord_limiter_options *options = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    options = distcoord_limiter_options_new();
    distcoord_limiter_options_set_limit(options, 10, 1000);
    distcoord_limiter_options_set_burst(options, 3);
    status = distcoord_limiter_open(client, "mails", options, &limiter, &error);
    distcoord_limiter_options_free(options);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("limiter", status, error);
    }

    result = send_mails(limiter, user, count);

    distcoord_limiter_free(limiter);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
