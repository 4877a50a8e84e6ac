/* The conformance runner of the C interface; README.md has the protocol. */
#include "runner_locks.h"
#include "runner_queues.h"
#include "runner_wire.h"

static struct handle elections[LIMIT], barriers[LIMIT];

static distcoord_status find_election(distcoord_election **out)
{
    struct handle *at = slot(elections, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_election_options *options = distcoord_election_options_new();
        distcoord_election *election = NULL;
        const char *value = text_of("value", NULL);
        status = distcoord_election_options_set_lease_ms(options, number_of("lease", 10000));
        if (status == DISTCOORD_OK && value) status = distcoord_election_options_set_value(options, value);
        if (status == DISTCOORD_OK) status = distcoord_election_open(client, name(), options, &election, NULL);
        distcoord_election_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), election);
    }
    *out = at->pointer;
    return status;
}

static distcoord_status find_barrier(distcoord_barrier **out)
{
    char key[700];
    int64_t parties = number_of("parties", 1);
    snprintf(key, sizeof key, "%lld %s", (long long)parties, name());
    struct handle *at = slot(barriers, key);
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_barrier *barrier = NULL;
        status = distcoord_barrier_open(client, name(), parties, &barrier, NULL);
        if (status == DISTCOORD_OK) keep(at, key, barrier);
    }
    *out = at->pointer;
    return status;
}

static void ask_election(const char *verb)
{
    distcoord_election *election = NULL;
    distcoord_leader_info *info = NULL;
    distcoord_status status = find_election(&election);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "campaign") == 0) {
        if (answered(distcoord_election_campaign(election, number_of("wait", -1), NULL))) {
            print_number("term", (int64_t)distcoord_election_term(election));
        }
    } else if (strcmp(verb, "resign") == 0) {
        answered(distcoord_election_resign(election, NULL));
    } else if (strcmp(verb, "leads") == 0) {
        answered(DISTCOORD_OK);
        print_text("leads", distcoord_election_state(election) == DISTCOORD_ELECTION_LEADER ? "yes" : "no");
    } else if (strcmp(verb, "leader") == 0 || strcmp(verb, "watch") == 0) {
        status = verb[0] == 'l' ? distcoord_election_leader(election, &info, NULL)
                                : distcoord_election_observe(election, 0, -1, &info, NULL);
        if (answered(status)) {
            print_text("value", distcoord_leader_info_value(info));
            print_number("term", (int64_t)distcoord_leader_info_term(info));
            print_number("candidates", distcoord_leader_info_candidates(info));
        }
        distcoord_leader_info_free(info);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void ask_barrier(const char *verb)
{
    distcoord_barrier *barrier = NULL;
    int64_t index = 0, generation = 0, waiting = 0;
    bool broken = false;
    distcoord_status status = find_barrier(&barrier);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "wait") == 0) {
        if (answered(distcoord_barrier_wait(barrier, number_of("wait", -1), &index, NULL, NULL))) {
            print_number("index", index);
        }
    } else if (strcmp(verb, "abort") == 0) {
        answered(distcoord_barrier_abort(barrier, NULL));
    } else if (strcmp(verb, "reset") == 0) {
        answered(distcoord_barrier_reset(barrier, NULL));
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_barrier_inspect(barrier, &waiting, &generation, &broken, NULL))) {
            print_number("waiting", waiting);
            print_number("generation", generation);
            print_text("broken", broken ? "yes" : "no");
        }
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

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
    {"lock", ask_lock}, {"many", ask_many}, {"rw", ask_rwlock}, {"sem", ask_semaphore}, {"holds", ask_holds},
    {"stats", ask_statistics}, {"election", ask_election}, {"barrier", ask_barrier}, {"queue", ask_queue},
    {"job", ask_job}, {"cron", ask_cron}, {"client", ask_client},
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
    free_queues();
    for (int i = 0; i < LIMIT; i++) {
        distcoord_barrier_free(barriers[i].pointer);
        distcoord_election_free(elections[i].pointer);
    }
    free_locks();
    distcoord_client_free(client);
    return 0;
}
