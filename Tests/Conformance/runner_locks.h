/* What the C runner can be asked about locks of every kind, and about who holds them. */
#ifndef RUNNER_LOCKS_H
#define RUNNER_LOCKS_H

#include "runner_wire.h"

static struct handle locks[LIMIT], several[LIMIT], rwlocks[LIMIT], semaphores[LIMIT];

/* What was acquired under a name and not released, the newest first. */
struct hold {
    struct hold *next;
    distcoord_lock *lock;
};

static struct handle sides[LIMIT], permits[LIMIT];

/* ---------------------------------------------------------------- handles */

static bool is_set(const char *key, const char *word, bool missing)
{
    const char *text = text_of(key, NULL);
    return text ? strcmp(text, word) == 0 : missing;
}

/* Options as the request says; the caller frees them whatever is answered. */
static distcoord_status lock_options(distcoord_lock_options **out)
{
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_status status = distcoord_lock_options_set_lease_ms(options, number_of("lease", 10000));
    *out = options;
    distcoord_lock_options_set_renew(options, !is_set("renew", "no", false));
    distcoord_lock_options_set_reentrant(options, is_set("reentrant", "yes", false));
    distcoord_lock_options_set_fair(options, !is_set("fair", "no", false));
    if (status == DISTCOORD_OK) status = distcoord_lock_options_set_linger_ms(options, number_of("linger", 0));
    if (status == DISTCOORD_OK) status = distcoord_lock_options_set_owner(options, text_of("owner", NULL));
    return status;
}

static distcoord_status find_lock(distcoord_lock **out)
{
    struct handle *at = slot(locks, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_lock_options *options = NULL;
        distcoord_lock *lock = NULL;
        status = lock_options(&options);
        if (status == DISTCOORD_OK) status = distcoord_lock_open(client, name(), options, &lock, NULL);
        distcoord_lock_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), lock);
    }
    *out = at->pointer;
    return status;
}

static distcoord_status find_several(distcoord_lock **out)
{
    struct handle *at = slot(several, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_lock_options *options = NULL;
        distcoord_lock *lock = NULL;
        const char *names[DISTCOORD_LOCK_NAMES_MAX + 1];
        char *text = strdup(name()), *rest = NULL;
        size_t count = 0;
        for (char *word = strtok_r(text, ",", &rest); word && count <= DISTCOORD_LOCK_NAMES_MAX;
             word = strtok_r(NULL, ",", &rest)) {
            names[count++] = word;
        }
        status = lock_options(&options);
        if (status == DISTCOORD_OK) status = distcoord_lock_open_many(client, names, count, options, &lock, NULL);
        distcoord_lock_options_free(options);
        free(text);
        if (status == DISTCOORD_OK) keep(at, name(), lock);
    }
    *out = at->pointer;
    return status;
}

static distcoord_status find_rwlock(distcoord_rwlock **out)
{
    struct handle *at = slot(rwlocks, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_lock_options *options = NULL;
        distcoord_rwlock *rwlock = NULL;
        status = lock_options(&options);
        if (status == DISTCOORD_OK) status = distcoord_rwlock_open(client, name(), options, &rwlock, NULL);
        distcoord_lock_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), rwlock);
    }
    *out = at->pointer;
    return status;
}

static distcoord_status find_semaphore(distcoord_semaphore **out)
{
    struct handle *at = slot(semaphores, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_lock_options *options = NULL;
        distcoord_semaphore *semaphore = NULL;
        status = lock_options(&options);
        if (status == DISTCOORD_OK) {
            status = distcoord_semaphore_open(client, name(), number_of("permits", 1), options, &semaphore, NULL);
        }
        distcoord_lock_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), semaphore);
    }
    *out = at->pointer;
    return status;
}

/* ---------------------------------------------------------------- answers */

static void print_state(const distcoord_lock *lock)
{
    static const char *const states[] = {"free", "held", "lost"};
    answered(DISTCOORD_OK);
    print_text("state", states[distcoord_lock_state(lock)]);
}

static void print_grant(distcoord_status status, const distcoord_lock *lock)
{
    if (answered(status)) print_number("fence", (int64_t)distcoord_lock_fence(lock));
}

/* Keeps what was acquired, if it was. */
static void push_hold(struct handle *table, distcoord_status status, distcoord_lock *lock)
{
    print_grant(status, lock);
    if (status != DISTCOORD_OK) return;
    struct handle *at = slot(table, name());
    struct hold *hold = malloc(sizeof *hold);
    *hold = (struct hold){.next = at->pointer, .lock = lock};
    keep(at, name(), hold);
}

/* Requests about what was acquired last; false when it is none of them. */
static bool ask_newest(struct handle *table, const char *verb)
{
    struct handle *at = slot(table, name());
    struct hold *hold = at->pointer;
    if (strcmp(verb, "state") == 0) {
        print_state(hold ? hold->lock : NULL);
    } else if (strcmp(verb, "downgrade") == 0) {
        answered(hold ? distcoord_rwlock_downgrade(hold->lock, NULL) : DISTCOORD_NOT_HELD);
    } else if (strcmp(verb, "release") == 0) {
        answered(hold ? distcoord_lock_release(hold->lock, NULL) : DISTCOORD_NOT_HELD);
        if (hold) {
            at->pointer = hold->next;
            distcoord_lock_free(hold->lock);
            free(hold);
        }
    } else {
        return false;
    }
    return true;
}

/* ---------------------------------------------------------------- what can be asked */

static void show_lock(distcoord_lock *lock)
{
    distcoord_lock_info *info = NULL;
    if (answered(distcoord_lock_inspect(lock, &info, NULL))) {
        print_number("fence", (int64_t)distcoord_lock_info_fence(info));
        print_number("waiting", distcoord_lock_info_waiters(info));
        print_text("owner", distcoord_lock_info_owner(info));
    }
    distcoord_lock_info_free(info);
}

/* What is asked alike of one lock and of several. */
static bool ask_exclusive(distcoord_lock *lock, const char *verb)
{
    if (strcmp(verb, "acquire") == 0) {
        print_grant(distcoord_lock_acquire(lock, number_of("wait", -1), NULL), lock);
    } else if (strcmp(verb, "release") == 0) {
        answered(distcoord_lock_release(lock, NULL));
    } else if (strcmp(verb, "extend") == 0) {
        answered(distcoord_lock_extend(lock, number_of("by", 0), NULL));
    } else if (strcmp(verb, "state") == 0) {
        print_state(lock);
    } else {
        return false;
    }
    return true;
}

static void ask_lock(const char *verb)
{
    distcoord_lock *lock = NULL;
    distcoord_status status = find_lock(&lock);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (ask_exclusive(lock, verb)) {
        return;
    } else if (strcmp(verb, "leave") == 0) {
        status = distcoord_lock_acquire(lock, number_of("wait", -1), NULL);
        if (status == DISTCOORD_OK) status = distcoord_lock_detach(lock, NULL);
        print_grant(status, lock);
    } else if (strcmp(verb, "adopt") == 0) {
        print_grant(distcoord_lock_adopt(lock, NULL), lock);
    } else if (strcmp(verb, "detach") == 0) {
        answered(distcoord_lock_detach(lock, NULL));
    } else if (strcmp(verb, "depth") == 0) {
        answered(DISTCOORD_OK);
        print_number("depth", distcoord_lock_depth(lock));
    } else if (strcmp(verb, "break") == 0) {
        answered(distcoord_lock_break(lock, (uint64_t)number_of("fence", 0), NULL));
    } else if (strcmp(verb, "show") == 0) {
        show_lock(lock);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void ask_many(const char *verb)
{
    distcoord_lock *lock = NULL;
    distcoord_status status = find_several(&lock);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (!ask_exclusive(lock, verb)) {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void ask_rwlock(const char *verb)
{
    distcoord_rwlock *rwlock = NULL;
    distcoord_lock *hold = NULL;
    distcoord_status status = find_rwlock(&rwlock);
    int64_t readers = 0, writers = 0, waiting = 0;
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "read") == 0) {
        status = distcoord_rwlock_read(rwlock, number_of("wait", -1), &hold, NULL);
        push_hold(sides, status, hold);
    } else if (strcmp(verb, "write") == 0) {
        status = distcoord_rwlock_write(rwlock, number_of("wait", -1), &hold, NULL);
        push_hold(sides, status, hold);
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_rwlock_inspect(rwlock, &readers, &writers, &waiting, NULL))) {
            print_number("readers", readers);
            print_number("writers", writers);
            print_number("waiting", waiting);
        }
    } else if (!ask_newest(sides, verb)) {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void ask_semaphore(const char *verb)
{
    distcoord_semaphore *semaphore = NULL;
    distcoord_lock *permit = NULL;
    distcoord_status status = find_semaphore(&semaphore);
    int64_t there_are = 0, used = 0, waiting = 0;
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "acquire") == 0) {
        status = distcoord_semaphore_acquire(
            semaphore, number_of("count", 1), number_of("wait", -1), &permit, NULL);
        push_hold(permits, status, permit);
    } else if (strcmp(verb, "resize") == 0) {
        answered(distcoord_semaphore_resize(semaphore, number_of("to", 1), NULL));
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_semaphore_inspect(semaphore, &there_are, &used, &waiting, NULL))) {
            print_number("permits", there_are);
            print_number("used", used);
            print_number("waiting", waiting);
        }
    } else if (!ask_newest(permits, verb)) {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- monitoring */

static const char *const kind_names[] = {"lock", "read", "write", "semaphore", "election"};

/* The number of the kind that was asked for; -1 for none. */
static int32_t kind_asked(const char *text)
{
    for (int32_t kind = 0; kind < 5; kind++) {
        if (strcmp(kind_names[kind], text) == 0) return kind;
    }
    return -1;
}

static void list_holds(const distcoord_holds *holds)
{
    size_t count = distcoord_holds_count(holds);
    print_number("count", (int64_t)count);
    fputs(" holds=", stdout);
    for (size_t i = 0; i < count; i++) {
        printf("%s%s:", i > 0 ? "," : "", kind_names[distcoord_holds_kind(holds, i)]);
        print_encoded(distcoord_holds_name(holds, i), strlen(distcoord_holds_name(holds, i)));
    }
}

/* Breaks the first hold of that kind and name. */
static distcoord_status break_hold(const distcoord_holds *holds, int32_t kind, const char *wanted)
{
    for (size_t i = 0; i < distcoord_holds_count(holds); i++) {
        if (distcoord_holds_kind(holds, i) != kind || strcmp(distcoord_holds_name(holds, i), wanted) != 0) continue;
        return distcoord_holds_break(client, holds, i, NULL);
    }
    return DISTCOORD_NOT_HELD;
}

static void ask_holds(const char *verb)
{
    distcoord_holds *holds = NULL;
    int64_t count = 0;
    if (strcmp(verb, "release_client") == 0) {
        if (answered(distcoord_holds_release_client(client, text_of("id", ""), &count, NULL))) {
            print_number("count", count);
        }
        return;
    }
    int32_t which = is_set("stale", "yes", false) ? DISTCOORD_HOLDS_STALE : DISTCOORD_HOLDS_ALL;
    distcoord_status status = distcoord_holds_list(client, which, &holds, NULL);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "list") == 0) {
        answered(status);
        list_holds(holds);
    } else if (strcmp(verb, "break") == 0) {
        answered(break_hold(holds, kind_asked(text_of("kind", "lock")), name()));
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
    distcoord_holds_free(holds);
}

static void ask_statistics(const char *verb)
{
    static const char *const counts[] = {"acquired", "contended", "timed_out", "lost", "released"};
    int32_t kind = kind_asked(text_of("kind", "lock"));
    distcoord_lock_statistics *statistics = NULL;
    if (strcmp(verb, "reset") == 0) {
        answered(distcoord_lock_statistics_reset(client, kind, name(), NULL));
    } else if (strcmp(verb, "read") != 0) {
        fputs("UNKNOWN_REQUEST", stdout);
    } else if (answered(distcoord_lock_statistics_read(client, kind, name(), &statistics, NULL))) {
        for (int32_t i = 0; i < 5; i++) print_number(counts[i], distcoord_lock_statistics_count(statistics, i));
    }
    distcoord_lock_statistics_free(statistics);
}

/* ---------------------------------------------------------------- the end */

static void free_holds(struct handle *table)
{
    for (int i = 0; i < LIMIT; i++) {
        struct hold *hold = table[i].pointer;
        while (hold) {
            struct hold *next = hold->next;
            distcoord_lock_free(hold->lock);
            free(hold);
            hold = next;
        }
    }
}

static void free_locks(void)
{
    free_holds(sides);
    free_holds(permits);
    for (int i = 0; i < LIMIT; i++) {
        distcoord_lock_free(locks[i].pointer);
        distcoord_lock_free(several[i].pointer);
        distcoord_rwlock_free(rwlocks[i].pointer);
        distcoord_semaphore_free(semaphores[i].pointer);
    }
}

#endif
