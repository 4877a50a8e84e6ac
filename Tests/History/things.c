#include "things.h"

#include <stdio.h>
#include <stdlib.h>

const int64_t permits_of[SEMAPHORES] = {5, 3};

/* Overlapping ones: taken one after the other in these orders they would block each other for ever. */
static const unsigned sets[SETS][3] = {{0, 1, 1}, {1, 2, 2}, {2, 0, 0}, {3, 2, 1}};

static void need(distcoord_status status, distcoord_error *error) {
    if (status == DISTCOORD_OK) return;
    fprintf(stderr, "worker: %s: %s\n", distcoord_status_name(status), distcoord_error_message(error));
    exit(70);
}

/* Leases of very different lengths, and a few that are not renewed. */
static distcoord_lock_options *options_for(unsigned *seed, int32_t *out_lease) {
    static const int32_t leases[] = {250, 400, 600, 900};
    distcoord_lock_options *options = distcoord_lock_options_new();
    *out_lease = leases[rand_r(seed) % 4];
    distcoord_lock_options_set_lease_ms(options, *out_lease);
    distcoord_lock_options_set_renew(options, rand_r(seed) % 8 != 0);
    return options;
}

static void open_lock(struct things *things, distcoord_client *client, enum kind kind, unsigned number,
    enum seeded seeded, unsigned *seed) {
    distcoord_lock **out[] = {
        [PLAIN] = things->plain, [UNFAIR] = things->unfair, [LINGER] = things->linger, [REENTRANT] = things->reentrant};
    char name[16];
    distcoord_error *error = NULL;
    distcoord_lock_options *options = options_for(seed, &things->lease_ms[kind][number]);
    if (kind == UNFAIR || seeded == PUSHES_IN) distcoord_lock_options_set_fair(options, false);
    if (seeded == LIES) distcoord_lock_options_set_renew(options, false);
    if (kind == LINGER) distcoord_lock_options_set_linger_ms(options, 20 + rand_r(seed) % 200);
    if (kind == REENTRANT) distcoord_lock_options_set_reentrant(options, true);
    snprintf(name, sizeof name, "lock-%u", number);
    need(distcoord_lock_open(client, name, options, &out[kind][number], &error), error);
    distcoord_lock_options_free(options);
}

static void open_many(struct things *things, distcoord_client *client, unsigned number, unsigned *seed) {
    static const char *const names[LOCKS] = {"lock-0", "lock-1", "lock-2", "lock-3"};
    const char *chosen[3];
    distcoord_error *error = NULL;
    distcoord_lock_options *options = options_for(seed, &things->lease_ms[MANY][number]);
    for (int i = 0; i < 3; i++) chosen[i] = names[sets[number][i]];
    need(distcoord_lock_open_many(client, chosen, 3, options, &things->many[number], &error), error);
    distcoord_lock_options_free(options);
}

static void open_rwlock(struct things *things, distcoord_client *client, unsigned number, unsigned *seed) {
    char name[16];
    distcoord_error *error = NULL;
    distcoord_lock_options *options = options_for(seed, &things->lease_ms[READ][number]);
    things->lease_ms[WRITE][number] = things->lease_ms[READ][number];
    snprintf(name, sizeof name, "rw-%u", number);
    need(distcoord_rwlock_open(client, name, options, &things->rwlock[number], &error), error);
    distcoord_lock_options_free(options);
}

static void open_semaphore(struct things *things, distcoord_client *client, unsigned number, unsigned *seed) {
    char name[16];
    distcoord_error *error = NULL;
    distcoord_lock_options *options = options_for(seed, &things->lease_ms[PERMITS][number]);
    snprintf(name, sizeof name, "semaphore-%u", number);
    need(
        distcoord_semaphore_open(client, name, permits_of[number], options, &things->semaphore[number], &error), error);
    distcoord_lock_options_free(options);
}

void things_open(struct things *things, distcoord_client *client, unsigned kinds, enum seeded seeded, unsigned *seed) {
    *things = (struct things){0};
    for (unsigned number = 0; number < LOCKS; number++) {
        for (enum kind kind = PLAIN; kind <= REENTRANT; kind++) {
            if (kinds >> kind & 1) open_lock(things, client, kind, number, seeded, seed);
        }
    }
    for (unsigned number = 0; number < SETS && kinds >> MANY & 1; number++) open_many(things, client, number, seed);
    for (unsigned number = 0; number < RWLOCKS && (kinds >> READ & 1 || kinds >> WRITE & 1); number++) {
        open_rwlock(things, client, number, seed);
    }
    for (unsigned number = 0; number < SEMAPHORES && kinds >> PERMITS & 1; number++) {
        open_semaphore(things, client, number, seed);
    }
}

void things_free(struct things *things) {
    for (unsigned number = 0; number < LOCKS; number++) {
        distcoord_lock_free(things->plain[number]);
        distcoord_lock_free(things->unfair[number]);
        distcoord_lock_free(things->linger[number]);
        distcoord_lock_free(things->reentrant[number]);
    }
    for (unsigned number = 0; number < SETS; number++) distcoord_lock_free(things->many[number]);
    for (unsigned number = 0; number < RWLOCKS; number++) distcoord_rwlock_free(things->rwlock[number]);
    for (unsigned number = 0; number < SEMAPHORES; number++) distcoord_semaphore_free(things->semaphore[number]);
}

uint64_t things_names(const struct wish *wish) {
    if (wish->kind != MANY) return 1u << wish->number;
    uint64_t names = 0;
    for (int i = 0; i < 3; i++) names |= 1u << sets[wish->number][i];
    return names;
}

static distcoord_lock *lock_for(const struct things *things, const struct wish *wish) {
    switch (wish->kind) {
    case PLAIN:
        return things->plain[wish->number];
    case UNFAIR:
        return things->unfair[wish->number];
    case LINGER:
        return things->linger[wish->number];
    case REENTRANT:
        return things->reentrant[wish->number];
    default:
        return things->many[wish->number];
    }
}

distcoord_status things_acquire(struct things *things, const struct wish *wish, distcoord_lock **out_hold) {
    switch (wish->kind) {
    case READ:
        return distcoord_rwlock_read(things->rwlock[wish->number], wish->wait_ms, out_hold, NULL);
    case WRITE:
        return distcoord_rwlock_write(things->rwlock[wish->number], wish->wait_ms, out_hold, NULL);
    case PERMITS:
        return distcoord_semaphore_acquire(
            things->semaphore[wish->number], wish->permits, wish->wait_ms, out_hold, NULL);
    default:
        *out_hold = lock_for(things, wish);
        return distcoord_lock_acquire(*out_hold, wish->wait_ms, NULL);
    }
}

int32_t things_let_go(const struct wish *wish, distcoord_lock *hold, unsigned *seed) {
    int32_t status = FREED;
    bool is_hold = wish->kind == READ || wish->kind == WRITE || wish->kind == PERMITS;
    if (!is_hold || rand_r(seed) % 64 != 0) status = distcoord_lock_release(hold, NULL);
    if (is_hold) distcoord_lock_free(hold);
    return status;
}
