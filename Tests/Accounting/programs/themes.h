/* What the producer pushes: themes, each with its promise. */
#ifndef THEMES_H
#define THEMES_H

#include "record.h"

#include <stdbool.h>

enum { TOGETHER = 32, NOTES = 1024, RECENT = 40 };

static distcoord_client *client;
static const char *label, *round_name;
static unsigned randomness;

/* One job to be pushed. */
struct wish {
    char name[NAME_SIZE], payload[NAME_SIZE + 128], script[32], notes[NOTES];
    bool has_id;
    distcoord_job_options *options;
};

struct theme {
    const char *name, *spec;
    void (*dress)(struct theme *theme, struct wish *wish, long number);
    void (*afterwards)(struct theme *theme, long number, long count);
    void (*prepare)(struct theme *theme);
    bool is_single; /* one push at a time */
    int pause_percent;
    distcoord_queue *queue;
    distcoord_batch *batch;
    long batch_left;
    char known[RECENT][NAME_SIZE]; /* ids pushed last, as a ring */
    long known_count;
};

static unsigned draw(unsigned below) {
    return (unsigned)rand_r(&randomness) % below;
}
static bool chance(int percent) {
    return draw(100) < (unsigned)percent;
}

__attribute__((format(printf, 2, 3))) static void note(struct wish *wish, const char *format, ...) {
    size_t length = strlen(wish->notes);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(wish->notes + length, sizeof wish->notes - length, format, arguments);
    va_end(arguments);
}

/* What must succeed, however often it has to be tried. */
#define insist(what, call)                                                                                             \
    do {                                                                                                               \
        distcoord_status status_ = (call);                                                                             \
        for (int tries_ = 0; status_ < 0 && tries_ < 40; tries_++) {                                                   \
            sleep_us(50000);                                                                                           \
            status_ = (call);                                                                                          \
        }                                                                                                              \
        if (status_ != DISTCOORD_OK) {                                                                                 \
            fprintf(stderr, "%s: %s answers %s\n", label, (what), distcoord_status_name(status_));                     \
            exit(70);                                                                                                  \
        }                                                                                                              \
    } while (0)

/* How the attempts of a job go: mostly well, else by chance. */
static void script_of(struct wish *wish) {
    static const char *const scripts[] = {
        "fo",
        "fo",
        "fd",
        "ffo",
        "fffd",
        "r",
        "r",
        "f",
        "x",
        "fx",
        "w",
        "rfo",
        "ko",
        "k",
    };
    const char *script = chance(55) ? "o" : chance(70) ? "d" : scripts[draw(sizeof scripts / sizeof *scripts)];
    /* Work beyond the lease takes a worker away from the others; poison kills one. */
    if ((*script == 'w' || *script == 'k') && !chance(15)) script = "fo";
    snprintf(wish->script, sizeof wish->script, "%s", script);
}

/* What all themes have in common; then the payload is made from the script. */
static void make_wish(struct theme *theme, struct wish *wish, long number) {
    memset(wish, 0, sizeof *wish);
    snprintf(wish->name, sizeof wish->name, "%s.%s.%s.%ld", theme->name, round_name, label, number);
    wish->options = distcoord_job_options_new();
    wish->has_id = true;
    distcoord_job_options_set_backoff_ms(wish->options, 4, 40);
    distcoord_job_options_set_result_ttl_ms(wish->options, 3600000);
    distcoord_job_options_set_id(wish->options, wish->name);
}

static void finish(struct wish *wish, unsigned us) {
    snprintf(wish->payload, sizeof wish->payload, "%s %s %u", wish->name, wish->script, us);
}

static void set_attempts(struct wish *wish, int attempts) {
    distcoord_job_options_set_max_attempts(wish->options, attempts);
    note(wish, " max=%d", attempts);
}

static void set_priority(struct wish *wish, int priority) {
    distcoord_job_options_set_priority(wish->options, priority);
    note(wish, " priority=%d", priority);
}

static void set_delay(struct wish *wish, unsigned ms) {
    distcoord_job_options_set_delay_ms(wish->options, ms);
    note(wish, " delay=%u", ms);
}

/* Everything that a job of any theme may have: attempts, priorities, delays. */
static void dress_plain(struct theme *theme, struct wish *wish, long number) {
    (void)theme;
    (void)number;
    script_of(wish);
    set_attempts(wish, 2 + (int)draw(6));
    if (chance(30)) set_priority(wish, (int)draw(7) - 3);
    if (chance(10)) set_delay(wish, draw(400));
    if (chance(1)) {
        /* Works for longer than it may, and then less. */
        distcoord_job_options_set_timeout_ms(wish->options, 150);
        note(wish, " timeout=150");
        snprintf(wish->script, sizeof wish->script, "%s", chance(50) ? "to" : "t");
    }
    if (chance(25)) {
        wish->has_id = false;
        distcoord_job_options_set_id(wish->options, NULL);
    }
    finish(wish, chance(10) ? draw(4000) : 0);
}

/* One consumer, one job at a time, nothing fails: highest priority first, then in order of pushing. */
static void dress_order(struct theme *theme, struct wish *wish, long number) {
    (void)theme;
    (void)number;
    snprintf(wish->script, sizeof wish->script, "o");
    set_priority(wish, (int)draw(4));
    finish(wish, 0);
}

/* For workers to whom nothing happens: their memory is watched. */
static void dress_calm(struct theme *theme, struct wish *wish, long number) {
    static const char *const scripts[] = {"o", "d", "d", "fo", "r", "x"};
    (void)theme;
    (void)number;
    snprintf(wish->script, sizeof wish->script, "%s", scripts[draw(6)]);
    finish(wish, 0);
}

/* ---------------------------------------------------------------- keys */

/* Never more than two of a key at the same time. */
static void prepare_keys(struct theme *theme) {
    insist("key_limit", distcoord_queue_set_key_limit(theme->queue, 2, NULL));
}

static void dress_keys(struct theme *theme, struct wish *wish, long number) {
    dress_plain(theme, wish, number);
    if (!chance(85)) return;
    char key[16];
    snprintf(key, sizeof key, "k%u", draw(4));
    distcoord_job_options_set_concurrency_key(wish->options, key);
    note(wish, " key=%s", key);
    finish(wish, draw(3000));
}

/* Of a key one waits or runs; the next one is refused, replaces it, or has it wait anew. */
static void dress_unique(struct theme *theme, struct wish *wish, long number) {
    (void)theme;
    (void)number;
    char key[16];
    int32_t mode = chance(50)   ? DISTCOORD_UNIQUE_REFUSE
                   : chance(50) ? DISTCOORD_UNIQUE_REPLACE
                                : DISTCOORD_UNIQUE_EXTEND;
    snprintf(key, sizeof key, "u%u", draw(4));
    snprintf(wish->script, sizeof wish->script, "%s", chance(85) ? "o" : "fo");
    distcoord_job_options_set_unique(wish->options, key, mode);
    note(wish, " unique=%s mode=%d", key, (int)mode);
    if (chance(30)) set_delay(wish, draw(60));
    finish(wish, draw(8000));
}

/* ---------------------------------------------------------------- jobs that belong together */

/* Jobs wait for some of those pushed before; of those some fail. */
static void dress_deps(struct theme *theme, struct wish *wish, long number) {
    dress_plain(theme, wish, number);
    wish->has_id = true;
    distcoord_job_options_set_id(wish->options, wish->name);
    const char *ids[3];
    size_t count = 0;
    for (unsigned i = 0, wanted = draw(4); i < wanted && theme->known_count > 0; i++) {
        long most = theme->known_count < RECENT ? theme->known_count : RECENT;
        const char *id = theme->known[(theme->known_count - 1 - draw((unsigned)most)) % RECENT];
        bool is_new = true;
        for (size_t k = 0; k < count; k++) is_new = is_new && strcmp(ids[k], id) != 0;
        if (!is_new) continue;
        note(wish, "%s%s", count == 0 ? " after=" : ",", id);
        ids[count++] = id;
    }
    if (count == 0) return;
    int32_t policy = chance(60)   ? DISTCOORD_DEPENDENCY_RUN
                     : chance(50) ? DISTCOORD_DEPENDENCY_FAIL
                                  : DISTCOORD_DEPENDENCY_SKIP;
    note(wish, " policy=%d", (int)policy);
    distcoord_job_options_set_after(wish->options, ids, count, policy);
}

/* All of a batch are counted. */
static void dress_batch(struct theme *theme, struct wish *wish, long number) {
    dress_plain(theme, wish, number);
    wish->has_id = true;
    distcoord_job_options_set_id(wish->options, wish->name);
    if (theme->batch == NULL) {
        char id[NAME_SIZE];
        snprintf(id, sizeof id, "%s.%s.%ld", round_name, label, number);
        insist("batch", distcoord_batch_open(theme->queue, id, &theme->batch, NULL));
        theme->batch_left = 10 + (long)draw(60);
    }
    distcoord_job_options_set_batch(wish->options, distcoord_batch_id(theme->batch));
    note(wish, " batch=%s", distcoord_batch_id(theme->batch));
}

static void end_batch(struct theme *theme, long number, long count) {
    theme->batch_left -= TOGETHER / 2;
    if (theme->batch == NULL || (theme->batch_left > 0 && number < count)) return;
    distcoord_batch_counts *counts = NULL;
    insist("seal", distcoord_batch_seal(theme->batch, NULL));
    long long before = moment();
    distcoord_status status;
    for (int tries = 0; (status = distcoord_batch_wait(theme->batch, 60000, &counts, NULL)) < 0 && tries < 40;
         tries++) {
        sleep_us(50000);
    }
    record("t %lld %lld batch %s %s %lld %lld %lld %lld", before, moment(), distcoord_batch_id(theme->batch),
        distcoord_status_name(status), (long long)distcoord_batch_counts_total(counts),
        (long long)distcoord_batch_counts_completed(counts), (long long)distcoord_batch_counts_failed(counts),
        (long long)distcoord_batch_counts_cancelled(counts));
    distcoord_batch_counts_free(counts);
    distcoord_batch_free(theme->batch);
    theme->batch = NULL;
}

/* ---------------------------------------------------------------- from outside */

/* Some wait to be cancelled while they run, others are cancelled before that. */
static void dress_cancel(struct theme *theme, struct wish *wish, long number) {
    (void)theme;
    (void)number;
    snprintf(wish->script, sizeof wish->script, "%s", chance(30) ? "c" : chance(80) ? "o" : "f");
    if (chance(30)) set_delay(wish, draw(200));
    finish(wish, draw(2000));
}

static void cancel_one(struct theme *theme, long number, long count) {
    (void)number;
    (void)count;
    if (theme->known_count == 0 || chance(60)) return;
    long most = theme->known_count < RECENT ? theme->known_count : RECENT;
    const char *id = theme->known[(theme->known_count - 1 - draw((unsigned)most)) % RECENT];
    bool runs = false;
    long long before = moment();
    distcoord_status status = distcoord_queue_cancel_job(theme->queue, id, "asked to", &runs, NULL);
    record("t %lld %lld cancel %s %s %d", before, moment(), id, distcoord_status_name(status), runs);
}

/* Nothing is given out while the queue is paused. */
static void dress_pause(struct theme *theme, struct wish *wish, long number) {
    dress_plain(theme, wish, number);
}

static void pause_now_and_then(struct theme *theme, long number, long count) {
    if (!chance(12) && number < count) return;
    long long before = moment();
    distcoord_status status;
    if (number < count) {
        status = distcoord_queue_pause(theme->queue, NULL);
        record("t %lld %lld pause - %s", before, moment(), distcoord_status_name(status));
        sleep_us(20000 + draw(150000));
        before = moment();
    }
    insist("resume", distcoord_queue_resume(theme->queue, NULL));
    record("t %lld %lld resume - OK", before, moment());
}

enum { RATE = 20, PERIOD_MS = 100 };

/* So many in a period. */
static void prepare_rate(struct theme *theme) {
    insist("rate", distcoord_queue_set_rate_limit(theme->queue, RATE, PERIOD_MS, NULL));
}

static void dress_rate(struct theme *theme, struct wish *wish, long number) {
    dress_order(theme, wish, number);
}

/* ---------------------------------------------------------------- for some workers */

/* Given to those only who have what they need. */
static void dress_caps(struct theme *theme, struct wish *wish, long number) {
    static const char *const needs[] = {"gpu", "GPU,big", "linux", "big,Linux", "", "gpu,big"};
    const char *need = needs[draw(sizeof needs / sizeof *needs)];
    dress_plain(theme, wish, number);
    distcoord_job_options_set_capabilities(wish->options, need);
    if (*need) note(wish, " needs=%s", need);
}

/* In the queues of workers, of which some have died for ever. */
static void dress_own(struct theme *theme, struct wish *wish, long number) {
    static const char *const owners[] = {"own7", "own8"};
    dress_plain(theme, wish, number);
    if (!chance(80)) return;
    const char *owner = owners[draw(sizeof owners / sizeof *owners)];
    distcoord_job_options_set_worker(wish->options, owner);
    note(wish, " owner=%s", owner);
}

static struct theme themes[] = {
    {.name = "plain", .spec = "plain", .dress = dress_plain, .pause_percent = 10},
    {.name = "order", .spec = "order", .dress = dress_order, .is_single = true, .pause_percent = 2},
    {.name = "calm", .spec = "calm", .dress = dress_calm, .pause_percent = 10},
    {.name = "parts", .spec = "parts/4", .dress = dress_plain, .pause_percent = 10},
    {.name = "keys", .spec = "keys", .dress = dress_keys, .prepare = prepare_keys, .pause_percent = 10},
    {.name = "unique", .spec = "unique", .dress = dress_unique, .is_single = true, .pause_percent = 30},
    {.name = "deps", .spec = "deps", .dress = dress_deps, .is_single = true, .pause_percent = 10},
    {.name = "batch", .spec = "batch", .dress = dress_batch, .afterwards = end_batch, .pause_percent = 10},
    {.name = "cancel",
        .spec = "cancel",
        .dress = dress_cancel,
        .afterwards = cancel_one,
        .is_single = true,
        .pause_percent = 30},
    {.name = "pause", .spec = "pause", .dress = dress_pause, .afterwards = pause_now_and_then, .pause_percent = 30},
    {.name = "rate", .spec = "rate", .dress = dress_rate, .prepare = prepare_rate, .pause_percent = 2},
    {.name = "caps", .spec = "caps", .dress = dress_caps, .pause_percent = 10},
    {.name = "own", .spec = "own", .dress = dress_own, .pause_percent = 10},
};

/* By `THEME=COUNT`. */
static struct theme *find_theme(const char *text) {
    size_t length = strcspn(text, "=");
    for (size_t i = 0; i < sizeof themes / sizeof *themes; i++) {
        if (strlen(themes[i].name) == length && strncmp(themes[i].name, text, length) == 0) return &themes[i];
    }
    fprintf(stderr, "no theme %s\n", text);
    exit(64);
}

#endif
