/* The conformance runner of the C interface; README.md has the protocol. */
#include "runner_breakers.h"
#include "runner_elections.h"
#include "runner_events.h"
#include "runner_locks.h"
#include "runner_meeting.h"
#include "runner_queues.h"
#include "runner_state.h"
#include "runner_tasks.h"
#include "runner_wire.h"

static void ask_client(const char *verb)
{
    if (strcmp(verb, "close") == 0) {
        answered(distcoord_client_close(client, NULL));
    } else if (strcmp(verb, "id") == 0) {
        answered(DISTCOORD_OK);
        print_text("id", distcoord_client_id(client));
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static const struct {
    const char *name;
    void (*ask)(const char *verb);
} kinds[] = {
    {"lock", ask_lock},
    {"many", ask_many},
    {"rw", ask_rwlock},
    {"sem", ask_semaphore},
    {"holds", ask_holds},
    {"stats", ask_statistics},
    {"election", ask_election},
    {"barrier", ask_barrier},
    {"latch", ask_latch},
    {"event", ask_event},
    {"double", ask_double},
    {"group", ask_group},
    {"queue", ask_queue},
    {"job", ask_job},
    {"cron", ask_cron},
    {"state", ask_state},
    {"channel", ask_channel},
    {"subscription", ask_subscription},
    {"topic", ask_topic},
    {"consumer", ask_consumer},
    {"breaker", ask_breaker},
    {"limit", ask_limiter},
    {"wf", ask_workflow},
    {"run", ask_run},
    {"task", ask_task},
    {"artifact", ask_artifact},
    {"instance", ask_instance},
    {"client", ask_client},
};

int main(int argc, char **argv)
{
    static char line[LINE];
    distcoord_options *options = distcoord_options_new();
    distcoord_error *error = NULL;
    const char *timeout = getenv("RUNNER_TIMEOUT_MS"); /* the fault tests shorten it */
    if (timeout) {
        distcoord_options_set_connect_timeout_ms(options, strtoll(timeout, NULL, 10));
        distcoord_options_set_command_timeout_ms(options, strtoll(timeout, NULL, 10));
    }
    if (argc != 3 || distcoord_options_set_namespace(options, argv[2]) != DISTCOORD_OK
        || distcoord_client_open(argv[1], options, &client, &error) != DISTCOORD_OK) {
        fprintf(stderr, "usage: runner URL NAMESPACE (%s)\n", distcoord_error_message(error));
        return 64;
    }
    distcoord_options_free(options);
    while (fgets(line, sizeof line, stdin)) {
        word_count = 0;
        for (char *word = strtok(line, " \n"); word && word_count < 32; word = strtok(NULL, " \n")) {
            words[word_count++] = word;
        }
        if (word_count == 0) continue;
        for (int i = 0; i < word_count; i++) word_lengths[i] = decode(words[i]);
        char *dot = strchr(words[0], '.');
        const char *verb = dot ? dot + 1 : "";
        if (dot) *dot = '\0';
        void (*ask)(const char *) = NULL;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (strcmp(words[0], kinds[i].name) == 0) ask = kinds[i].ask;
        }
        if (ask) {
            ask(verb);
        } else {
            fputs("UNKNOWN_REQUEST", stdout);
        }
        putchar('\n');
        fflush(stdout);
    }
    free_breakers();
    free_runs();
    free_queues();
    free_tasks();
    free_workflows();
    free_meetings();
    free_states();
    free_elections();
    free_locks();
    distcoord_client_free(client);
    return 0;
}
