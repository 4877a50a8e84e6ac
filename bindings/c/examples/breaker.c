/*
 * Calls a service only while it answers: when it fails too often, in whatever process, nobody calls it for a while. Give
 * 1 for a service that is down, 0 for one that works.
 *
 *   cc breaker.c $(pkg-config --cflags --libs distcoord) -o breaker && ./breaker 1 && ./breaker 0
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

/* The call that is guarded: 0 for success. */
static int32_t ask_service(void *context)
{
    return *(int *)context;
}

static int use(distcoord_breaker *breaker, int is_down)
{
    for (int i = 0; i < 10; i++) {
        distcoord_error *error = NULL;
        int32_t result = 0;
        distcoord_status status = distcoord_breaker_call(breaker, ask_service, &is_down, &result, &error);
        if (status == DISTCOORD_REJECTED) {
            printf("not called: the breaker is open\n");
            return 0;
        }
        /* A server of the breakers that cannot be reached is no error: this process then counts for itself. */
        if (status != DISTCOORD_OK) return failed("call", status, error);
        printf("called, and it %s\n", result == 0 ? "works" : "fails");
    }
    return 0;
}

int main(int argc, char **argv)
{
    int is_down = argc > 1 && atoi(argv[1]) != 0;
    distcoord_client *client = NULL;
    distcoord_breaker *breaker = NULL;
    distcoord_breaker_options *options = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    options = distcoord_breaker_options_new();
    distcoord_breaker_options_set_failure_threshold(options, 5);
    distcoord_breaker_options_set_recovery_ms(options, 10000);
    status = distcoord_breaker_open(client, "weather-service", options, &breaker, &error);
    distcoord_breaker_options_free(options);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("breaker", status, error);
    }

    result = use(breaker, is_down);

    distcoord_breaker_free(breaker);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
