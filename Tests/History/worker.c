/*
 * One process of a recorded history: some threads that acquire, hold for a moment and release, and write down what
 * happened (attempt.h). It goes on until SIGTERM, whatever the server does meanwhile.
 *
 *   worker URL LABEL FOLDER THREADS SEED KINDS SEEDED
 *
 * KINDS is a set of bits of `enum kind`. SEEDED is 0, or a letter for what the checker has to catch: `l` for a liar,
 * who goes on as if it held what it has lost, `p` for one who pushes in where it should stand in line.
 */
#include "recording.h"
#include "things.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { USUAL_NS = 150000000 };

static distcoord_client *client;
static const char *label, *folder;
static unsigned kinds, seed;
static enum seeded seeded;
static atomic_bool is_ending;
static atomic_int running;

/* ---------------------------------------------------------------- one acquire */

/* Notes that it is still held. The moment is taken first: it was held then, if it is held now. */
static void mark(volatile struct attempt *attempt, distcoord_lock *hold) {
    int64_t now = now_ns(), left = distcoord_lock_lease_left_ms(hold);
    if (distcoord_lock_state(hold) == DISTCOORD_LOCK_HELD) {
        if (attempt->faults & SEEN_LOST) attempt->faults |= REVIVED;
        attempt->deadline_ns = now + left * 1000000;
        attempt->valid_ns = now;
    } else {
        attempt->faults |= SEEN_LOST;
        if (seeded == LIES) attempt->deadline_ns = attempt->valid_ns = now;
    }
}

/* Mostly next to nothing; sometimes so long that the lease must have been renewed, or has ended. */
static void work(volatile struct attempt *attempt, distcoord_lock *hold, unsigned *random) {
    unsigned dice = rand_r(random) % 10000;
    int64_t start = now_ns(), length = 0;
    /* Liars often hold for longer than they may. */
    if (seeded == LIES && dice >= 9900) dice = 9999;
    if (dice >= 6000 && dice < 9500) {
        while (now_ns() < start + dice * 2) {
        }
    } else if (dice >= 9500 && dice < 9930) {
        sleep_us(dice - 9400);
    } else if (dice >= 9930 && dice < 9999) {
        length = (dice - 9920) * INT64_C(250000);
    } else if (dice == 9999) {
        length = attempt->lease_ms * INT64_C(1400000);
    }
    while (now_ns() < start + length) {
        sleep_us(1000);
        mark(attempt, hold);
    }
}

/*
 * A second level must be had at once while the first is held; both are counted, unless the first may have been lost.
 * With the first one lost the second is a grant of its own, which is no part of this attempt.
 */
static void enter_again(volatile struct attempt *attempt, distcoord_lock *hold) {
    if (distcoord_lock_state(hold) != DISTCOORD_LOCK_HELD) return;
    distcoord_status status = distcoord_lock_acquire(hold, 0, NULL);
    int64_t depth = distcoord_lock_depth(hold);
    bool is_held = distcoord_lock_state(hold) == DISTCOORD_LOCK_HELD;
    bool is_same = distcoord_lock_fence(hold) == attempt->fence;
    bool was_quick = now_ns() - attempt->granted_ns < 100 * INT64_C(1000000);
    if (status == DISTCOORD_OK) {
        if (is_held && is_same && was_quick && depth != 2) attempt->faults |= WRONG_DEPTH;
        /* Not marked: with the second level its lease goes as well, which may be longer than that of the first. */
        distcoord_lock_release(hold, NULL);
    } else if (status == DISTCOORD_TIMED_OUT && is_held && was_quick) {
        attempt->faults |= INNER_REFUSED;
    }
}

static void hold_it(volatile struct attempt *attempt, const struct wish *wish, distcoord_lock *hold, unsigned *random) {
    attempt->fence = distcoord_lock_fence(hold);
    attempt->granted_ns = now_ns();
    mark(attempt, hold);
    if (wish->kind == REENTRANT) enter_again(attempt, hold);
    work(attempt, hold, random);
    if (rand_r(random) % 64 == 0) distcoord_lock_extend(hold, 0, NULL);
    if (wish->kind == WRITE && rand_r(random) % 4 == 0) {
        attempt->downgraded_ns = now_ns();
        distcoord_rwlock_downgrade(hold, NULL);
        work(attempt, hold, random);
    }
    mark(attempt, hold);
    attempt->release_ns = now_ns();
    attempt->release_status = things_let_go(wish, hold, random);
}

static struct wish choose(unsigned *random) {
    static const unsigned chances[KINDS] = {30, 10, 16, 6, 12, 12, 6, 8};
    struct wish wish = {.kind = PLAIN};
    do {
        unsigned dice = rand_r(random) % 100, kind = 0;
        while (dice >= chances[kind]) dice -= chances[kind++];
        wish.kind = (enum kind)kind;
    } while (!(kinds >> wish.kind & 1));
    if (wish.kind == READ || wish.kind == WRITE)
        wish.number = rand_r(random) % RWLOCKS;
    else if (wish.kind == PERMITS)
        wish.number = rand_r(random) % SEMAPHORES;
    else if (wish.kind == MANY)
        wish.number = rand_r(random) % SETS;
    else
        wish.number = rand_r(random) % LOCKS;
    wish.permits = 1 + rand_r(random) % 3;
    unsigned dice = rand_r(random) % 10;
    wish.wait_ms = dice == 0 ? 0 : dice == 1 ? 1 + rand_r(random) % 20 : 15000;
    return wish;
}

static void *run(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument, random = seed * 16 + number;
    char name[64];
    struct things things;
    snprintf(name, sizeof name, "%s-%u.history", label, number);
    volatile struct attempt *attempts = record_file(folder, name, ATTEMPTS_MAX * sizeof *attempts);
    things_open(&things, client, kinds, seeded, &random);
    for (int i = 0; i < ATTEMPTS_MAX && !is_ending; i++) {
        volatile struct attempt *attempt = &attempts[i];
        struct wish wish = choose(&random);
        /* One who lingers comes back at once, which is what lingering is for. */
        for (int turn = wish.kind == LINGER ? 1 + rand_r(&random) % 8 : 1; turn > 0; turn--) {
            distcoord_lock *hold = NULL;
            attempt->kind = wish.kind;
            attempt->names = things_names(&wish);
            attempt->weight = (int32_t)wish.permits;
            attempt->wait_ms = wish.wait_ms;
            attempt->lease_ms = things.lease_ms[wish.kind][wish.number];
            attempt->called_ns = now_ns();
            distcoord_status status = things_acquire(&things, &wish, &hold);
            attempt->acquire_status = status;
            if (status == DISTCOORD_OK) hold_it(attempt, &wish, hold, &random);
            attempt->ended_ns = now_ns();
            if (status < 0) sleep_us(2000);
            if (turn > 1 && i + 1 < ATTEMPTS_MAX && !is_ending)
                attempt = &attempts[++i];
            else
                break;
        }
        unsigned dice = rand_r(&random) % 10;
        if (dice >= 5) sleep_us(dice == 9 ? 1000 + rand_r(&random) % 4000 : rand_r(&random) % 200);
    }
    things_free(&things);
    running--;
    return NULL;
}

/* ---------------------------------------------------------------- the process */

static void *beat(void *argument) {
    record_pauses(argument, USUAL_NS);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    sigset_t ending;
    if (argc != 8) {
        fprintf(stderr, "usage: worker URL LABEL FOLDER THREADS SEED KINDS SEEDED\n");
        return 64;
    }
    label = argv[2];
    folder = argv[3];
    running = atoi(argv[4]);
    seed = (unsigned)strtoul(argv[5], NULL, 10);
    kinds = (unsigned)strtoul(argv[6], NULL, 10);
    seeded = (enum seeded)argv[7][0];
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    client = open_client(argv[1], label);
    char name[64];
    snprintf(name, sizeof name, "%s.pauses", label);
    pthread_create(&thread, NULL, beat, record_file(folder, name, PAUSES_MAX * sizeof(struct pause)));
    int threads = running;
    for (int i = 0; i < threads; i++) pthread_create(&thread, NULL, run, (void *)(uintptr_t)i);
    int number;
    sigwait(&ending, &number);
    is_ending = true;
    while (running > 0) {
        distcoord_client_cancel(client);
        sleep_us(5000);
    }
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
