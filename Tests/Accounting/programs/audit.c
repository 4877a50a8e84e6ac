/*
 * How jobs ended, as the server tells it to anybody who asks; and how many there are.
 *
 *   audit URL < REQUESTS
 *
 * One request a line: `r QUEUE ID` answers `QUEUE ID STATUS STATE ATTEMPTS FINISHED-MS TYPE RESULT...` with `-` for
 * a space in the type, `n QUEUE` answers the counts, `NAME=NUMBER` each; `x QUEUE` forgets all that is kept of jobs
 * that have ended.
 */
#include "record.h"

enum { QUEUES = 64 };

static distcoord_client *client;

static distcoord_queue *queue_of(const char *spec) {
    static char names[QUEUES][NAME_SIZE];
    static distcoord_queue *queues[QUEUES];
    int i = 0;
    while (i < QUEUES - 1 && *names[i] && strcmp(names[i], spec) != 0) i++;
    if (!*names[i]) {
        snprintf(names[i], sizeof names[i], "%s", spec);
        queues[i] = open_queue(client, spec);
    }
    return queues[i];
}

static void tell_result(const char *spec, const char *id) {
    distcoord_result *result = NULL;
    distcoord_status status = distcoord_queue_result(queue_of(spec), id, 0, &result, NULL);
    size_t length = 0;
    const char *bytes = distcoord_result_bytes(result, &length);
    char type[256] = "-";
    if (*distcoord_result_error_type(result)) snprintf(type, sizeof type, "%s", distcoord_result_error_type(result));
    for (char *space = type; (space = strchr(space, ' '));) *space = '-';
    printf("%s %s %s %d %d %lld %s %.*s\n", spec, id, distcoord_status_name(status),
        result ? distcoord_result_state(result) : -1, distcoord_result_attempts(result),
        (long long)distcoord_result_finished_ms(result), type, (int)length, bytes ? bytes : "");
    distcoord_result_free(result);
}

static void tell_counts(const char *spec) {
    distcoord_queue_counts *counts = NULL;
    distcoord_status status = distcoord_queue_count(queue_of(spec), &counts, NULL);
    printf("%s waiting=%lld delayed=%lld active=%lld blocked=%lld dead=%lld completed=%lld failed=%lld cancelled=%lld "
           "claimers=%lld\n",
        distcoord_status_name(status), (long long)distcoord_queue_counts_waiting(counts),
        (long long)distcoord_queue_counts_delayed(counts), (long long)distcoord_queue_counts_active(counts),
        (long long)distcoord_queue_counts_blocked(counts), (long long)distcoord_queue_counts_dead(counts),
        (long long)distcoord_queue_counts_completed(counts), (long long)distcoord_queue_counts_failed(counts),
        (long long)distcoord_queue_counts_cancelled(counts), (long long)distcoord_queue_counts_claimers(counts));
    distcoord_queue_counts_free(counts);
}

static void forget_ended(const char *spec) {
    int64_t dead = 0, ended = 0;
    distcoord_status status = distcoord_queue_purge(queue_of(spec), DISTCOORD_STATE_DEAD, NULL, 0, &dead, NULL);
    if (status >= 0) {
        status = distcoord_queue_purge(queue_of(spec), DISTCOORD_STATE_COMPLETED, NULL, 0, &ended, NULL);
    }
    printf("%s dead=%lld ended=%lld\n", distcoord_status_name(status), (long long)dead, (long long)ended);
}

int main(int argc, char **argv) {
    char line[1024], verb, spec[NAME_SIZE], id[256];
    if (argc != 2) {
        fprintf(stderr, "usage: audit URL\n");
        return 64;
    }
    client = open_client(argv[1], "audit");
    while (fgets(line, sizeof line, stdin)) {
        int words = sscanf(line, "%c %127s %255s", &verb, spec, id);
        if (words == 3 && verb == 'r') tell_result(spec, id);
        if (words == 2 && verb == 'n') tell_counts(spec);
        if (words == 2 && verb == 'x') forget_ended(spec);
        fflush(stdout);
    }
    distcoord_client_free(client);
    return 0;
}
