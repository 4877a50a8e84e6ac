/*
 * Pushes each argument as a job and waits for the results. Start queue_worker.c first, or afterwards.
 *
 *   cc queue_push.c $(pkg-config --cflags --libs distcoord) -o queue_push && ./queue_push "some text" "and more"
 */
#include <distcoord.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

/* Waits for the job with that id and prints how it ended. */
static int print_result(distcoord_queue *queue, const char *id)
{
    distcoord_result *result = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_queue_result(queue, id, 60000, &result, &error);
    if (status < 0) return failed("result", status, error);
    if (status != DISTCOORD_OK) {
        printf("%s: %s\n", id, distcoord_status_name(status));
        return 1;
    }
    /* A NUL follows the bytes, so text can be printed as it is. */
    int dead = distcoord_result_state(result) == DISTCOORD_RESULT_DEAD;
    printf("%s: %s%s\n", id, dead ? "failed: " : "", (const char *)distcoord_result_bytes(result, NULL));
    distcoord_result_free(result);
    return dead;
}

int main(int argc, char **argv)
{
    distcoord_client *client = NULL;
    distcoord_queue *queue = NULL;
    distcoord_push_receipt *receipt = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    size_t count = (size_t)(argc - 1);
    int result = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: queue_push TEXT...\n");
        return 64;
    }
    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_queue_open(client, "texts", &queue, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("queue", status, error);
    }

    /* All in one round trip. For a single job there is distcoord_queue_push. */
    const void **payloads = malloc(count * sizeof *payloads);
    size_t *lengths = malloc(count * sizeof *lengths);
    if (payloads && lengths) {
        for (size_t i = 0; i < count; i++) {
            payloads[i] = argv[i + 1];
            lengths[i] = strlen(argv[i + 1]);
        }
        status = distcoord_queue_push_many(queue, payloads, lengths, NULL, count, &receipt, &error);
        if (status != DISTCOORD_OK) result = failed("push", status, error);
    }

    const char *id = distcoord_push_receipt_ids(receipt);
    for (const char *end; (end = strchr(id, '\n')) != NULL; id = end + 1) {
        char one[129];
        snprintf(one, sizeof one, "%.*s", (int)(end - id), id);
        if (print_result(queue, one) != 0) result = 1;
    }

    free(payloads);
    free(lengths);
    distcoord_push_receipt_free(receipt);
    distcoord_queue_free(queue);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
