/*
 * Waits until N processes have come this far, two phases in a row. Start it N times.
 *
 *   cc barrier.c $(pkg-config --cflags --libs distcoord) -o barrier && for i in 1 2 3; do ./barrier 3 & done; wait
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
    int64_t parties = argc > 1 ? atoi(argv[1]) : 1;
    distcoord_client *client = NULL;
    distcoord_barrier *barrier = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_barrier_open(client, "map-done", parties, &barrier, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("barrier", status, error);
    }

    for (int phase = 1; phase <= 2 && result == 0; phase++) {
        int64_t index = 0, generation = 0;
        status = distcoord_barrier_wait(barrier, 60000, &index, &generation, &error);
        if (status == DISTCOORD_OK) {
            printf("phase %d: all %lld are here, this is number %lld of generation %lld\n", phase, (long long)parties,
                (long long)index, (long long)generation);
        } else if (status > 0) {
            printf("phase %d: %s; `distcoord barrier reset map-done` makes the barrier whole again\n", phase,
                distcoord_status_name(status));
            result = 1;
        } else {
            result = failed("wait", status, error);
        }
    }

    distcoord_barrier_free(barrier);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
