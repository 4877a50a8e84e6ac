/*
 * One process of a recorded history of elections: threads that stand, lead for a moment and resign, or are told by
 * callbacks when they lead; one that observes, one that watches, one that now and then puts a leader out. They write
 * down what happened (leadership.h). It goes on until SIGTERM, whatever the server does meanwhile.
 *
 *   candidate URL LABEL FOLDER THREADS SEED STYLES SEEDED
 *
 * STYLES is a set of bits of `enum style`. SEEDED is 0, or a letter for what the checker has to catch: `l` for a liar,
 * who goes on as if it led when it has lost that, `s` for one whose end of a leadership takes longer than it may.
 */
#include "leadership.h"
#include "recording.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum seeded { NOTHING = '0', LIES = 'l', IS_SLOW = 's' };

enum { USUAL_NS = 40000000, MARK_US = 2000, THREADS_MAX = 8 };

struct candidate {
    distcoord_election *handles[ELECTIONS], *handle;
    int32_t lease_ms[ELECTIONS], step_down_ms[ELECTIONS];
    volatile struct leadership *records;
    _Atomic(volatile struct leadership *) leading; /* for who marks */
    atomic_bool is_running;                        /* by callbacks */
    int count, election;
    unsigned random;
};

static distcoord_client *client;
static const char *label, *folder;
static unsigned styles, seed, threads;
static enum seeded seeded;
static atomic_bool is_ending;
static atomic_int running;
static struct candidate candidates[THREADS_MAX];

static void need(distcoord_status status, distcoord_error *error) {
    if (status != DISTCOORD_OK) fail(distcoord_status_name(status), distcoord_error_message(error));
}

static void *file_for(const char *ending, unsigned number, size_t size) {
    char name[64];
    snprintf(name, sizeof name, "%s-%u.%s", label, number, ending);
    return record_file(folder, name, size);
}

static const char *name_of(int election) {
    static const char *const names[ELECTIONS] = {"e-0", "e-1", "e-2"};
    return names[election];
}

static bool lasts(const volatile void *records, const volatile void *record, size_t size, size_t count) {
    return (const volatile char *)record < (const volatile char *)records + size * count;
}

/* ---------------------------------------------------------------- leading */

/*
 * Notes that it still leads. The moment is taken first: it led then, if it leads now. The term is read last: the handle
 * may have got on to its next leadership meanwhile.
 */
static void mark(volatile struct leadership *record, distcoord_election *handle) {
    int64_t now = now_ns();
    int32_t state = distcoord_election_state(handle);
    if (distcoord_election_term(handle) != record->term) return;
    if (state == DISTCOORD_ELECTION_LEADER) {
        if (record->faults & SEEN_LOST) record->faults |= REVIVED;
        record->valid_ns = now;
    } else if (state == DISTCOORD_ELECTION_LOST) {
        record->faults |= SEEN_LOST;
        if (seeded == LIES) record->valid_ns = now;
    }
}

/* All that lead are marked by a thread of their own as well: some of them wait within the library meanwhile. */
static void *mark_all(void *unused) {
    while (running > 0) {
        sleep_us(MARK_US);
        for (unsigned i = 0; i < threads; i++) {
            volatile struct leadership *record = candidates[i].leading;
            if (record) mark(record, candidates[i].handle);
        }
    }
    return unused;
}

static volatile struct leadership *begin(struct candidate *candidate, enum style style, int64_t wait_ms) {
    volatile struct leadership *record = &candidate->records[candidate->count++];
    record->election = candidate->election;
    record->style = style;
    record->wait_ms = wait_ms;
    record->lease_ms = candidate->lease_ms[candidate->election];
    record->step_down_ms = candidate->step_down_ms[candidate->election];
    record->called_ns = now_ns();
    return record;
}

static void acquired(struct candidate *candidate, volatile struct leadership *record, uint64_t term) {
    record->term = term;
    record->acquired_ns = now_ns();
    mark(record, candidate->handle);
    candidate->leading = record;
}

/* Mostly for a moment; sometimes so long that the lease must have been renewed. */
static void lead(struct candidate *candidate) {
    unsigned dice = rand_r(&candidate->random) % 100;
    int64_t lease = candidate->lease_ms[candidate->election] * INT64_C(1000000);
    int64_t length = dice < 80 ? dice * 50000 : dice < 95 ? lease / 16 : lease * (dice - 93) / 4;
    /* Who lies about its leadership has to lose it. */
    for (int64_t until = now_ns() + (seeded == LIES ? 2 * lease : length); now_ns() < until && !is_ending;) {
        sleep_us(1000);
        mark(candidate->leading, candidate->handle);
        if (distcoord_election_state(candidate->handle) != DISTCOORD_ELECTION_LEADER && seeded != LIES) break;
    }
    /* Not in a callback, which has to return in time: that waits for the server. */
    bool may_wait = candidate->leading->style == CAMPAIGNS;
    if (may_wait && rand_r(&candidate->random) % 16 == 0) {
        distcoord_election_set_value(candidate->handle, "changed", NULL);
    }
    mark(candidate->leading, candidate->handle);
}

/* What has been lost is told by all that can tell it. */
static void look_at_loss(volatile struct leadership *record, distcoord_election *handle) {
    if (distcoord_election_state(handle) != DISTCOORD_ELECTION_LOST) return;
    if (distcoord_election_wait_lost(handle, 0) != DISTCOORD_LOST) record->faults |= LOSS_NOT_TOLD;
}

static void campaign(struct candidate *candidate) {
    unsigned dice = rand_r(&candidate->random) % 10;
    int64_t wait = dice == 0 ? 0 : dice == 1 ? 1 + rand_r(&candidate->random) % 50 : 15000;
    volatile struct leadership *record = begin(candidate, CAMPAIGNS, wait);
    record->campaign_status = distcoord_election_campaign(candidate->handle, wait, NULL);
    if (record->campaign_status == DISTCOORD_OK) {
        acquired(candidate, record, distcoord_election_term(candidate->handle));
        lead(candidate);
        look_at_loss(record, candidate->handle);
        candidate->leading = NULL;
        record->ending_ns = now_ns();
        record->end_status = distcoord_election_resign(candidate->handle, NULL);
    }
    record->ended_ns = now_ns();
    if (record->campaign_status < 0) sleep_us(2000);
}

static void told_acquired(void *context, uint64_t term) {
    struct candidate *candidate = context;
    /* Records of one run follow each other: the next one stands as soon as the last has ended. */
    volatile struct leadership *record = &candidate->records[candidate->count - 1];
    acquired(candidate, record, term);
    if (distcoord_election_term(candidate->handle) != term) record->faults |= WRONG_TERM;
    if (rand_r(&candidate->random) % 2) lead(candidate);
    if (rand_r(&candidate->random) % 8) distcoord_election_resign(candidate->handle, NULL);
}

static void told_ended(void *context, uint64_t term, bool was_lost) {
    struct candidate *candidate = context;
    volatile struct leadership *record = candidate->leading;
    if (!record || record->term != term) {
        candidate->records[candidate->count - 1].faults |= WRONG_TERM;
        return;
    }
    record->ending_ns = now_ns();
    record->end_status = was_lost ? DISTCOORD_LOST : DISTCOORD_OK;
    /* What it did as a leader takes a moment to stop. */
    if (seeded == IS_SLOW)
        sleep_us(900000);
    else
        sleep_us(rand_r(&candidate->random) % 2000);
    candidate->leading = NULL;
    record->ended_ns = now_ns();
    begin(candidate, RUNS, -1);
}

static void run(struct candidate *candidate) {
    begin(candidate, RUNS, -1);
    candidate->is_running = true;
    distcoord_status status = distcoord_election_run(candidate->handle, told_acquired, told_ended, candidate, NULL);
    candidate->is_running = false;
    volatile struct leadership *record = &candidate->records[candidate->count - 1];
    record->campaign_status = status;
    record->ended_ns = now_ns();
    if (status < 0) sleep_us(2000);
}

static void open_handles(struct candidate *candidate) {
    static const int32_t leases[] = {250, 400, 600, 900};
    for (int election = 0; election < ELECTIONS; election++) {
        distcoord_error *error = NULL;
        distcoord_election_options *options = distcoord_election_options_new();
        int32_t lease = leases[rand_r(&candidate->random) % 4];
        /* Runs take their time to end. */
        int32_t step_down = lease / (styles == 1u << RUNS ? 3 : 2 + rand_r(&candidate->random) % 8);
        candidate->lease_ms[election] = lease;
        candidate->step_down_ms[election] = step_down;
        need(distcoord_election_options_set_lease_ms(options, lease), NULL);
        need(distcoord_election_options_set_step_down_ms(options, step_down), NULL);
        need(distcoord_election_options_set_renewal_ms(options, lease / (3 + rand_r(&candidate->random) % 3)), NULL);
        need(distcoord_election_open(client, name_of(election), options, &candidate->handles[election], &error), error);
        distcoord_election_options_free(options);
    }
}

static void *stand(void *argument) {
    struct candidate *candidate = argument;
    unsigned number = (unsigned)(candidate - candidates);
    candidate->random = seed * 16 + number;
    candidate->records = file_for("leaderships", number, LEADERSHIPS_MAX * sizeof *candidate->records);
    open_handles(candidate);
    /* A run begins records of its own. */
    while (candidate->count < LEADERSHIPS_MAX - 4096 && !is_ending) {
        candidate->election = (int)(rand_r(&candidate->random) % ELECTIONS);
        candidate->handle = candidate->handles[candidate->election];
        bool both = styles == (1u << CAMPAIGNS | 1u << RUNS);
        if (both ? rand_r(&candidate->random) % 3 == 0 : styles == 1u << RUNS)
            run(candidate);
        else
            campaign(candidate);
        sleep_us(rand_r(&candidate->random) % 4 == 0 ? rand_r(&candidate->random) % 5000 : 0);
    }
    running--;
    return NULL;
}

/* ---------------------------------------------------------------- looking on */

static void note(volatile struct observation *observation, int election, bool by_watch, int64_t before,
    distcoord_leader_info *info) {
    observation->term = distcoord_leader_info_term(info);
    observation->election = election;
    observation->by_watch = by_watch;
    observation->before_ns = before;
    observation->after_ns = now_ns();
    distcoord_leader_info_free(info);
}

static distcoord_election *open_to_look(int election) {
    distcoord_election *handle = NULL;
    distcoord_error *error = NULL;
    need(distcoord_election_open(client, name_of(election), NULL, &handle, &error), error);
    return handle;
}

static void *observe(void *unused) {
    volatile struct observation *records = file_for("observations", 0, OBSERVATIONS_MAX * sizeof *records);
    volatile struct observation *next = records;
    int election = (int)(seed % ELECTIONS);
    distcoord_election *handle = open_to_look(election);
    uint64_t term = 0;
    while (!is_ending && lasts(records, next, sizeof *next, OBSERVATIONS_MAX)) {
        distcoord_leader_info *info = NULL;
        int64_t before = now_ns();
        distcoord_status status = distcoord_election_observe(handle, term, 1000, &info, NULL);
        if (status != DISTCOORD_OK && status != DISTCOORD_EMPTY) {
            if (status < 0) sleep_us(2000);
            continue;
        }
        note(next, election, false, before, info);
        term = next++->term;
    }
    distcoord_election_free(handle);
    running--;
    return unused;
}

static void *watch(void *unused) {
    volatile struct observation *records = file_for("observations", 1, OBSERVATIONS_MAX * sizeof *records);
    volatile struct observation *next = records;
    int election = (int)((seed + 1) % ELECTIONS);
    distcoord_election *handle = open_to_look(election);
    distcoord_watch *watched = NULL;
    while (!is_ending && lasts(records, next, sizeof *next, OBSERVATIONS_MAX)) {
        distcoord_leader_info *info = NULL;
        if (!watched && distcoord_election_watch(handle, &watched, NULL) != DISTCOORD_OK) {
            watched = NULL;
            sleep_us(2000);
            continue;
        }
        int64_t before = now_ns();
        distcoord_status status = distcoord_election_watch_next(watched, 1000, &info, NULL);
        if (status == DISTCOORD_OK || status == DISTCOORD_EMPTY) note(next++, election, true, before, info);
        if (status < 0) sleep_us(2000);
    }
    distcoord_watch_free(watched);
    distcoord_election_free(handle);
    running--;
    return unused;
}

/* Puts leaders out, and ends runs. */
static void *interfere(void *unused) {
    volatile struct eviction *records = file_for("evictions", 0, EVICTIONS_MAX * sizeof *records), *next = records;
    unsigned random = seed + 7;
    while (!is_ending && lasts(records, next, sizeof *next, EVICTIONS_MAX)) {
        int election = (int)(rand_r(&random) % ELECTIONS);
        distcoord_leader_info *info = NULL;
        sleep_us(20000 + rand_r(&random) % 200000);
        struct candidate *candidate = &candidates[rand_r(&random) % threads];
        if (candidate->is_running) distcoord_election_cancel(candidate->handle);
        distcoord_election *handle = open_to_look(election);
        if (rand_r(&random) % 16 == 0 && distcoord_election_leader(handle, &info, NULL) == DISTCOORD_OK) {
            next->term = distcoord_leader_info_term(info);
            next->election = election;
            next->before_ns = now_ns();
            next->status = distcoord_election_evict(handle, next->term, NULL);
            next++->after_ns = now_ns();
            distcoord_leader_info_free(info);
        }
        distcoord_election_free(handle);
    }
    running--;
    return unused;
}

/* ---------------------------------------------------------------- the process */

static void *beat(void *argument) {
    record_pauses(argument, USUAL_NS);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread, marking;
    sigset_t ending;
    int number;
    char name[64];
    if (argc != 8) {
        fprintf(stderr, "usage: candidate URL LABEL FOLDER THREADS SEED STYLES SEEDED\n");
        return 64;
    }
    label = argv[2];
    folder = argv[3];
    threads = (unsigned)atoi(argv[4]);
    seed = (unsigned)strtoul(argv[5], NULL, 10);
    styles = (unsigned)strtoul(argv[6], NULL, 10);
    seeded = (enum seeded)argv[7][0];
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    client = open_client(argv[1], label);
    snprintf(name, sizeof name, "%s.pauses", label);
    pthread_create(&thread, NULL, beat, record_file(folder, name, PAUSES_MAX * sizeof(struct pause)));
    void *(*const others[])(void *) = {observe, watch, interfere};
    running = (int)threads + 3;
    for (unsigned i = 0; i < threads; i++) pthread_create(&thread, NULL, stand, &candidates[i]);
    for (int i = 0; i < 3; i++) pthread_create(&thread, NULL, others[i], NULL);
    pthread_create(&marking, NULL, mark_all, NULL);
    sigwait(&ending, &number);
    is_ending = true;
    while (running > 0) {
        distcoord_client_cancel(client);
        sleep_us(5000);
    }
    pthread_join(marking, NULL);
    for (unsigned i = 0; i < threads; i++) {
        for (int which = 0; which < ELECTIONS; which++) distcoord_election_free(candidates[i].handles[which]);
    }
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
