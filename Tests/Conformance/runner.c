/* The conformance runner of the C interface; README.md has the protocol. */
#include <distcoord.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1024, BATCH = 256, LINE = 1 << 20 };

static distcoord_client *client;

/* ---------------------------------------------------------------- requests */

static char *words[32];
static size_t word_lengths[32]; /* a value may contain NUL */
static int word_count;

static size_t decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char digits[3] = {from[0] == '%' ? from[1] : '\0', from[0] == '%' && from[1] ? from[2] : '\0', '\0'};
        if (isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1])) {
            *to++ = (char)strtol(digits, NULL, 16);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

static const char *name(void) { return word_count > 1 ? words[1] : ""; }

static const char *text_of(const char *key, const char *missing)
{
    size_t length = strlen(key);
    for (int i = 1; i < word_count; i++) {
        if (strncmp(words[i], key, length) == 0 && words[i][length] == '=') return words[i] + length + 1;
    }
    return missing;
}

static const char *bytes_of(const char *key, size_t *out_length)
{
    const char *bytes = text_of(key, NULL);
    *out_length = 0;
    for (int i = 1; i < word_count; i++) {
        if (bytes && words[i] + strlen(key) + 1 == bytes) *out_length = word_lengths[i] - strlen(key) - 1;
    }
    return bytes;
}

static int64_t number_of(const char *key, int64_t missing)
{
    const char *text = text_of(key, NULL);
    return text ? strtoll(text, NULL, 10) : missing;
}

/* ---------------------------------------------------------------- answers */

static void print_encoded(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= 33 && byte <= 126 && byte != '%') {
            putchar(byte);
        } else {
            printf("%%%02X", byte);
        }
    }
}

static void print_text(const char *key, const char *text)
{
    printf(" %s=", key);
    print_encoded(text, strlen(text));
}

static void print_number(const char *key, int64_t number) { printf(" %s=%lld", key, (long long)number); }

/* Prints the status, and tells whether there is more to print. */
static int answered(distcoord_status status)
{
    fputs(distcoord_status_name(status), stdout);
    return status == DISTCOORD_OK;
}

/* ---------------------------------------------------------------- handles by kind and name */

struct handle {
    char *name;
    void *pointer;
};

static struct handle locks[LIMIT], elections[LIMIT], barriers[LIMIT], queues[LIMIT], jobs[LIMIT];

static struct handle *slot(struct handle *table, const char *wanted)
{
    for (int i = 0; i < LIMIT; i++) {
        if (table[i].name == NULL || strcmp(table[i].name, wanted) == 0) return &table[i];
    }
    fprintf(stderr, "runner: more than %d handles of a kind\n", LIMIT);
    exit(70);
}

static void keep(struct handle *at, const char *wanted, void *pointer)
{
    if (at->name == NULL) at->name = strdup(wanted);
    at->pointer = pointer;
}

static distcoord_status find_lock(distcoord_lock **out)
{
    struct handle *at = slot(locks, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_lock_options *options = distcoord_lock_options_new();
        distcoord_lock *lock = NULL;
        status = distcoord_lock_options_set_lease_ms(options, number_of("lease", 10000));
        distcoord_lock_options_set_renew(options, strcmp(text_of("renew", "yes"), "no") != 0);
        if (status == DISTCOORD_OK) status = distcoord_lock_open(client, name(), options, &lock, NULL);
        distcoord_lock_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), lock);
    }
    *out = at->pointer;
    return status;
}

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

static distcoord_status find_queue(distcoord_queue **out)
{
    struct handle *at = slot(queues, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_queue *queue = NULL;
        status = distcoord_queue_open(client, name(), &queue, NULL);
        if (status == DISTCOORD_OK && text_of("lease", NULL)) {
            status = distcoord_queue_set_lease_ms(queue, number_of("lease", 0));
        }
        if (status == DISTCOORD_OK) keep(at, name(), queue);
    }
    *out = at->pointer;
    return status;
}

/* ---------------------------------------------------------------- what can be asked */

static void ask_lock(const char *verb)
{
    distcoord_lock *lock = NULL;
    distcoord_lock_info *info = NULL;
    distcoord_status status = find_lock(&lock);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "acquire") == 0) {
        if (answered(distcoord_lock_acquire(lock, number_of("wait", -1), NULL))) {
            print_number("fence", (int64_t)distcoord_lock_fence(lock));
        }
    } else if (strcmp(verb, "release") == 0) {
        answered(distcoord_lock_release(lock, NULL));
    } else if (strcmp(verb, "extend") == 0) {
        answered(distcoord_lock_extend(lock, number_of("by", 0), NULL));
    } else if (strcmp(verb, "state") == 0) {
        static const char *const states[] = {"free", "held", "lost"};
        answered(DISTCOORD_OK);
        print_text("state", states[distcoord_lock_state(lock)]);
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_lock_inspect(lock, &info, NULL))) {
            print_number("fence", (int64_t)distcoord_lock_info_fence(info));
            print_number("waiting", distcoord_lock_info_waiters(info));
        }
        distcoord_lock_info_free(info);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
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

static distcoord_status push(distcoord_queue *queue, char *id, size_t capacity)
{
    size_t length = 0;
    const char *payload = bytes_of("payload", &length);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_status status = distcoord_job_options_set_id(options, text_of("id", NULL));
    if (status == DISTCOORD_OK) status = distcoord_job_options_set_task(options, text_of("task", ""));
    distcoord_job_options_set_priority(options, (int32_t)number_of("priority", 0));
    if (status == DISTCOORD_OK) status = distcoord_job_options_set_delay_ms(options, number_of("delay", 0));
    if (status == DISTCOORD_OK) {
        status = distcoord_job_options_set_max_attempts(options, (int32_t)number_of("attempts", 4));
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_job_options_set_backoff_ms(options, number_of("backoff", 1000), 300000);
    }
    if (status == DISTCOORD_OK) status = distcoord_job_options_set_result_ttl_ms(options, number_of("ttl", 600000));
    if (status == DISTCOORD_OK) {
        status = distcoord_queue_push(queue, payload, length, options, id, capacity, NULL);
    }
    distcoord_job_options_free(options);
    return status;
}

static void push_many(distcoord_queue *queue)
{
    size_t count = (size_t)number_of("count", 0);
    const void **payloads = calloc(count + 1, sizeof *payloads);
    size_t *lengths = calloc(count + 1, sizeof *lengths);
    distcoord_push_receipt *receipt = NULL;
    for (size_t i = 0; i < count; i++) {
        char text[256];
        lengths[i] = (size_t)snprintf(text, sizeof text, "%s%zu", text_of("prefix", ""), i);
        payloads[i] = strdup(text);
    }
    if (answered(distcoord_queue_push_many(queue, payloads, lengths, NULL, count, &receipt, NULL))) {
        print_number("count", (int64_t)distcoord_push_receipt_count(receipt));
    }
    for (size_t i = 0; i < count; i++) free((void *)(uintptr_t)payloads[i]);
    free(payloads);
    free(lengths);
    distcoord_push_receipt_free(receipt);
}

static void claim(distcoord_queue *queue, size_t capacity, bool many)
{
    distcoord_job *claimed[BATCH];
    size_t count = 0;
    distcoord_status status = distcoord_queue_claim(queue, number_of("wait", -1), claimed, capacity, &count, NULL);
    if (status == DISTCOORD_EMPTY || status == DISTCOORD_TIMED_OUT) {
        fputs("NONE", stdout);
        return;
    }
    if (!answered(status)) return;
    if (many) {
        print_number("count", (int64_t)count);
        fputs(" payloads=", stdout);
    }
    for (size_t i = 0; i < count; i++) {
        distcoord_job *job = claimed[i];
        size_t length = 0;
        const char *payload = distcoord_job_payload(job, &length);
        struct handle *at = slot(jobs, distcoord_job_id(job));
        distcoord_job_free(at->pointer);
        keep(at, distcoord_job_id(job), job);
        if (!many) {
            print_text("id", distcoord_job_id(job));
            fputs(" payload=", stdout);
        } else if (i > 0) {
            putchar(',');
        }
        print_encoded(payload, length);
        if (!many) {
            print_text("task", distcoord_job_task(job));
            print_number("attempt", distcoord_job_attempt(job));
            print_number("priority", distcoord_job_priority(job));
            print_number("fence", (int64_t)distcoord_job_fence(job));
        }
    }
}

static void ask_queue(const char *verb)
{
    distcoord_queue *queue = NULL;
    distcoord_status status = DISTCOORD_OK;
    if (strcmp(verb, "find") == 0) {
        if (answered(distcoord_queue_find(client, name(), &queue, NULL))) print_text("queue", distcoord_queue_name(queue));
        distcoord_queue_free(queue);
        return;
    }
    status = find_queue(&queue);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "push") == 0) {
        char id[129] = "";
        if (answered(push(queue, id, sizeof id))) print_text("id", id);
    } else if (strcmp(verb, "push_many") == 0) {
        push_many(queue);
    } else if (strcmp(verb, "claim") == 0) {
        claim(queue, 1, false);
    } else if (strcmp(verb, "claim_many") == 0) {
        int64_t count = number_of("count", 1);
        claim(queue, count < BATCH ? (size_t)count : BATCH, true);
    } else if (strcmp(verb, "result") == 0) {
        distcoord_result *result = NULL;
        if (answered(distcoord_queue_result(queue, text_of("id", ""), number_of("wait", -1), &result, NULL))) {
            size_t length = 0;
            const char *bytes = distcoord_result_bytes(result, &length);
            bool completed = distcoord_result_state(result) == DISTCOORD_RESULT_COMPLETED;
            print_text("state", completed ? "completed" : "dead");
            fputs(" result=", stdout);
            print_encoded(bytes, length);
        }
        distcoord_result_free(result);
    } else if (strcmp(verb, "counts") == 0) {
        distcoord_queue_counts *counts = NULL;
        if (answered(distcoord_queue_count(queue, &counts, NULL))) {
            print_number("waiting", distcoord_queue_counts_waiting(counts));
            print_number("delayed", distcoord_queue_counts_delayed(counts));
            print_number("active", distcoord_queue_counts_active(counts));
            print_number("dead", distcoord_queue_counts_dead(counts));
            print_number("completed", distcoord_queue_counts_completed(counts));
            print_number("failed", distcoord_queue_counts_failed(counts));
            print_number("claimers", distcoord_queue_counts_claimers(counts));
        }
        distcoord_queue_counts_free(counts);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void ask_job(const char *verb)
{
    distcoord_job *job = slot(jobs, name())->pointer;
    if (job == NULL) {
        fputs("UNKNOWN_JOB", stdout);
    } else if (strcmp(verb, "complete") == 0) {
        size_t length = 0;
        const char *result = bytes_of("result", &length);
        answered(distcoord_job_complete(job, result, length, NULL));
    } else if (strcmp(verb, "fail") == 0) {
        answered(distcoord_job_fail(job, text_of("message", ""), strcmp(text_of("retry", "yes"), "no") != 0, NULL));
    } else if (strcmp(verb, "release") == 0) {
        answered(distcoord_job_release(job, NULL));
    } else if (strcmp(verb, "lost") == 0) {
        answered(DISTCOORD_OK);
        print_text("lost", distcoord_job_state(job) == DISTCOORD_JOB_LOST ? "yes" : "no");
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

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
        if (strncmp(words[0], "lock.", 5) == 0) ask_lock(verb);
        else if (strncmp(words[0], "election.", 9) == 0) ask_election(verb);
        else if (strncmp(words[0], "barrier.", 8) == 0) ask_barrier(verb);
        else if (strncmp(words[0], "queue.", 6) == 0) ask_queue(verb);
        else if (strncmp(words[0], "job.", 4) == 0) ask_job(verb);
        else if (strcmp(words[0], "client.close") == 0) answered(distcoord_client_close(client, NULL));
        else fputs("UNKNOWN_REQUEST", stdout);
        putchar('\n');
        fflush(stdout);
    }
    for (int i = 0; i < LIMIT; i++) {
        distcoord_job_free(jobs[i].pointer);
        distcoord_queue_free(queues[i].pointer);
        distcoord_barrier_free(barriers[i].pointer);
        distcoord_election_free(elections[i].pointer);
        distcoord_lock_free(locks[i].pointer);
    }
    distcoord_client_free(client);
    return 0;
}
