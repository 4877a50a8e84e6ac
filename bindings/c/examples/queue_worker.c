/*
 * Counts the words of each job's text until there has been nothing to do for a while.
 *
 *   cc queue_worker.c $(pkg-config --cflags --libs distcoord) -o queue_worker && ./queue_worker [IDLE_SECONDS]
 */
#include <ctype.h>
#include <distcoord.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

static long count_words(const char *text, size_t length)
{
    long words = 0;
    bool within = false;
    for (size_t i = 0; i < length; i++) {
        bool letter = !isspace((unsigned char)text[i]);
        if (letter && !within) words++;
        within = letter;
    }
    return words;
}

/* Runs one job. While it runs its lease is renewed; should this process die the job goes to another worker. */
static void run(distcoord_job *job)
{
    size_t length = 0;
    const char *text = distcoord_job_payload(job, &length);
    distcoord_error *error = NULL;
    distcoord_status status;
    printf("%s, attempt %d\n", distcoord_job_id(job), (int)distcoord_job_attempt(job));
    if (length == 0) {
        /* Another attempt would not help. */
        status = distcoord_job_fail(job, "there is no text", false, &error);
    } else {
        char result[32];
        int size = snprintf(result, sizeof result, "%ld words", count_words(text, length));
        status = distcoord_job_complete(job, result, (size_t)size, &error);
    }
    if (status == DISTCOORD_LOST) {
        printf("%s: the lease had ended; another worker has the job now\n", distcoord_job_id(job));
    } else if (status < 0) {
        failed("settle", status, error);
    }
    distcoord_job_free(job);
}

int main(int argc, char **argv)
{
    int64_t idle_ms = (argc > 1 ? atoi(argv[1]) : 10) * (int64_t)1000;
    distcoord_client *client = NULL;
    distcoord_queue *queue = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_queue_open(client, "texts", &queue, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("queue", status, error);
    }

    for (;;) {
        distcoord_job *jobs[10];
        size_t count = 0;
        status = distcoord_queue_claim(queue, idle_ms, jobs, sizeof jobs / sizeof jobs[0], &count, &error);
        if (status != DISTCOORD_OK) break;
        for (size_t i = 0; i < count; i++) run(jobs[i]);
    }
    int result = status < 0 ? failed("claim", status, error) : 0;

    distcoord_queue_free(queue);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
