/* The locks, read-write locks and semaphores of one thread: how they are opened, acquired and let go. */
#ifndef THINGS_H
#define THINGS_H

#include "attempt.h"

#include <distcoord.h>

enum { SETS = 4 };

struct things {
    distcoord_lock *plain[LOCKS], *unfair[LOCKS], *linger[LOCKS], *reentrant[LOCKS], *many[SETS];
    distcoord_rwlock *rwlock[RWLOCKS];
    distcoord_semaphore *semaphore[SEMAPHORES];
    /* Of each kind and number, in ms. */
    int32_t lease_ms[KINDS][LOCKS];
};

/* What one acquire is about. */
struct wish {
    enum kind kind;
    unsigned number;
    int64_t permits;
    int64_t wait_ms;
};

extern const int64_t permits_of[SEMAPHORES];

/* What a worker does wrong on purpose. */
enum seeded { NOTHING = '0', LIES = 'l', PUSHES_IN = 'p' };

/*
 * Opens all kinds whose bit is in `kinds`; ends the process when the library refuses one. Handles of those who push in
 * are not as fair as they are taken for; those of liars are not renewed, so that there is something to lie about.
 */
void things_open(struct things *things, distcoord_client *client, unsigned kinds, enum seeded seeded, unsigned *seed);

void things_free(struct things *things);

/* The names that a wish is about, as bits. */
uint64_t things_names(const struct wish *wish);

/* With DISTCOORD_OK `out_hold` is what is held; it is freed with `things_let_go`. */
distcoord_status things_acquire(struct things *things, const struct wish *wish, distcoord_lock **out_hold);

/* Releases; `FREED` for a hold that is let go of in the background instead. */
int32_t things_let_go(const struct wish *wish, distcoord_lock *hold, unsigned *seed);

#endif
