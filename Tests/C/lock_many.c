/* Several locks at once: all or none, in order, and without the deadlock that taking them one by one has. */
#include "lock_tools.h"

static const char *const abc[] = {"a", "b", "c"};

struct singles {
    distcoord_lock *a;
    distcoord_lock *b;
    distcoord_lock *c;
};

static struct singles open_singles(distcoord_client *client, int64_t lease_ms)
{
    const struct settings settings = {.lease_ms = lease_ms};
    return (struct singles){
        open_lock(client, "a", settings), open_lock(client, "b", settings), open_lock(client, "c", settings)};
}

static void free_singles(struct singles singles)
{
    distcoord_lock_free(singles.a);
    distcoord_lock_free(singles.b);
    distcoord_lock_free(singles.c);
}

static void all_or_none(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *many = open_many(client, abc, 3, 0);
    struct singles singles = open_singles(other, 0);
    distcoord_lock *const each[] = {singles.a, singles.b, singles.c};
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    CHECK_INT(distcoord_lock_state(many), DISTCOORD_LOCK_HELD);
    CHECK_INT(distcoord_lock_depth(many), 1);
    uint64_t fence = distcoord_lock_fence(many);
    for (int i = 0; i < 3; i++) CHECK_STATUS(distcoord_lock_acquire(each[i], 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_acquire(many, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_extend(many, 20000, E));
    CHECK(distcoord_lock_lease_left_ms(many) > 15000);
    CHECK_OK(distcoord_lock_release(many, E));
    CHECK_STATUS(distcoord_lock_release(many, E), DISTCOORD_NOT_HELD);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(distcoord_lock_acquire(each[i], 0, E));
        CHECK(distcoord_lock_fence(each[i]) > fence);
        fence = distcoord_lock_fence(each[i]);
        /* One that is held elsewhere is enough to get none. */
        CHECK_STATUS(distcoord_lock_acquire(many, 0, E), DISTCOORD_TIMED_OUT);
        CHECK_STATUS(distcoord_lock_acquire(many, 60, E), DISTCOORD_TIMED_OUT);
        CHECK(nobody_holds(each[(i + 1) % 3]));
        CHECK(nobody_holds(each[(i + 2) % 3]));
        CHECK_INT(waiters_of(each[i]), 0);
        CHECK_OK(distcoord_lock_release(each[i], E));
    }
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    CHECK(distcoord_lock_fence(many) > fence);
    CHECK_OK(distcoord_lock_release(many, E));
    distcoord_lock_free(many);
    free_singles(singles);
    close_client(client);
    close_client(other);
}

/* In line it holds nothing, but has its place in each line. */
static void in_order_in_every_line(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    struct singles singles = open_singles(other, 0);
    struct waiter many = {.lock = open_many(client, abc, 3, 0), .wait_ms = -1};
    struct waiter after = {.lock = open_lock(other, "a", (struct settings){0}), .wait_ms = -1};
    CHECK_OK(distcoord_lock_acquire(singles.b, 0, E));
    start_waiter(&many);
    REQUIRE(EVENTUALLY(5000, waiters_of(singles.b) == 1));
    /* A newcomer to a name that is free stands behind it, or several that meet singles again and again would starve. */
    CHECK_STATUS(distcoord_lock_acquire(singles.a, 0, E), DISTCOORD_TIMED_OUT);
    start_waiter(&after);
    sleep_ms(150);
    CHECK(!atomic_load(&after.ended));
    CHECK(!atomic_load(&many.ended));
    CHECK_OK(distcoord_lock_release(singles.b, E));
    CHECK(ends_soon(&many));
    CHECK_INT(join_waiter(&many), DISTCOORD_OK);
    CHECK(!atomic_load(&after.ended));
    CHECK_OK(distcoord_lock_release(many.lock, E));
    CHECK(ends_soon(&after));
    CHECK_INT(join_waiter(&after), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(after.lock) > distcoord_lock_fence(many.lock));
    CHECK_OK(distcoord_lock_release(after.lock, E));
    distcoord_lock_free(many.lock);
    distcoord_lock_free(after.lock);
    free_singles(singles);
    close_client(client);
    close_client(other);
}

/* Who gives up lets those go on that stood behind it, in lines where nobody holds anything. */
static void giving_up_lets_others_go_on(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    struct singles singles = open_singles(other, 0);
    const char *const bc[] = {"b", "c"};
    struct waiter many = {.lock = open_many(client, abc, 3, 0), .wait_ms = 400};
    struct waiter single = {.lock = open_lock(other, "a", (struct settings){0}), .wait_ms = -1};
    struct waiter two = {.lock = open_many(other, bc, 2, 0), .wait_ms = -1};
    CHECK_OK(distcoord_lock_acquire(singles.b, 0, E));
    start_waiter(&many);
    REQUIRE(EVENTUALLY(5000, waiters_of(singles.b) == 1));
    start_waiter(&single);
    start_waiter(&two);
    REQUIRE(EVENTUALLY(5000, waiters_of(singles.b) == 2));
    CHECK_INT(join_waiter(&many), DISTCOORD_TIMED_OUT);
    CHECK(ends_soon(&single));
    CHECK_INT(join_waiter(&single), DISTCOORD_OK);
    CHECK(!atomic_load(&two.ended));
    CHECK_OK(distcoord_lock_release(singles.b, E));
    CHECK(ends_soon(&two));
    CHECK_INT(join_waiter(&two), DISTCOORD_OK);
    CHECK_OK(distcoord_lock_release(single.lock, E));
    CHECK_OK(distcoord_lock_release(two.lock, E));
    CHECK_OK(distcoord_lock_acquire(many.lock, 0, E));
    distcoord_lock_free(many.lock);
    distcoord_lock_free(single.lock);
    distcoord_lock_free(two.lock);
    free_singles(singles);
    close_client(client);
    close_client(other);
}

/* ---------------------------------------------------------------- sets that overlap */

enum { TABLE = 5 };

static pthread_barrier_t all_have_one;
static atomic_int holders[TABLE];

struct philosopher {
    distcoord_client *client;
    int seat;
    int rounds;
    distcoord_status second; /* of the naive one: what it was answered for its second fork */
    pthread_t thread;
};

static void fork_name(char *name, size_t capacity, int number) { snprintf(name, capacity, "fork-%d", number % TABLE); }

/* One by one, each in its own order: all have the left one and want the right one. */
static void *eat_naively(void *argument)
{
    struct philosopher *philosopher = argument;
    char left[16], right[16];
    fork_name(left, sizeof left, philosopher->seat);
    fork_name(right, sizeof right, philosopher->seat + 1);
    distcoord_lock *first = open_lock(philosopher->client, left, (struct settings){0});
    distcoord_lock *second = open_lock(philosopher->client, right, (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(first, 5000, E));
    pthread_barrier_wait(&all_have_one);
    philosopher->second = distcoord_lock_acquire(second, 700, NULL);
    pthread_barrier_wait(&all_have_one);
    if (philosopher->second == DISTCOORD_OK) CHECK_OK(distcoord_lock_release(second, E));
    CHECK_OK(distcoord_lock_release(first, E));
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    return NULL;
}

static void *eat(void *argument)
{
    struct philosopher *philosopher = argument;
    char left[16], right[16];
    int near = philosopher->seat, far = (philosopher->seat + 1) % TABLE;
    fork_name(left, sizeof left, near);
    fork_name(right, sizeof right, far);
    /* Every one names the left one first. */
    const char *const names[] = {left, right};
    distcoord_lock *both = open_many(philosopher->client, names, 2, 0);
    for (int i = 0; i < 100; i++) {
        REQUIRE_OK(distcoord_lock_acquire(both, 30000, E));
        if (atomic_fetch_add(&holders[near], 1) != 0 || atomic_fetch_add(&holders[far], 1) != 0) {
            report(__FILE__, __LINE__, "two hold one name");
        }
        philosopher->rounds++;
        atomic_fetch_sub(&holders[near], 1);
        atomic_fetch_sub(&holders[far], 1);
        CHECK_OK(distcoord_lock_release(both, E));
    }
    distcoord_lock_free(both);
    return NULL;
}

static void overlapping_sets_do_not_deadlock(void)
{
    struct philosopher table[TABLE];
    distcoord_client *clients[2] = {open_client(), open_client()};
    REQUIRE(pthread_barrier_init(&all_have_one, NULL, TABLE) == 0);
    /* What this saves from: with plain locks everybody waits for ever. */
    for (int i = 0; i < TABLE; i++) {
        table[i] = (struct philosopher){.client = clients[i % 2], .seat = i};
        table[i].thread = start_thread(eat_naively, &table[i]);
    }
    for (int i = 0; i < TABLE; i++) {
        pthread_join(table[i].thread, NULL);
        CHECK_INT(table[i].second, DISTCOORD_TIMED_OUT);
    }
    int64_t start = now_ms();
    for (int i = 0; i < TABLE; i++) table[i].thread = start_thread(eat, &table[i]);
    for (int i = 0; i < TABLE; i++) {
        pthread_join(table[i].thread, NULL);
        CHECK_INT(table[i].rounds, 100);
    }
    CHECK(took_less(start, 20000));
    close_client(clients[0]);
    close_client(clients[1]);
}

enum { NAMES = 8 };

struct random_set {
    distcoord_client *client;
    unsigned seed;
    atomic_int *rounds;
    pthread_t thread;
};

static atomic_int held_by[NAMES];

/* Sets of one to four of eight names, in any order, against each other and against waits that end. */
static void *take_random_sets(void *argument)
{
    struct random_set *self = argument;
    for (int i = 0; i < 60; i++) {
        const char *const all[NAMES] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"};
        const char *names[4];
        int chosen[4];
        size_t count = 1 + (size_t)(rand_r(&self->seed) % 4);
        int at = rand_r(&self->seed) % NAMES;
        for (size_t k = 0; k < count; k++) {
            chosen[k] = at;
            names[k] = all[at];
            at = (at + 3) % NAMES;
        }
        distcoord_lock *lock = open_many(self->client, names, count, 0);
        int64_t wait_ms = rand_r(&self->seed) % 4 == 0 ? rand_r(&self->seed) % 5 : 30000;
        distcoord_status status = distcoord_lock_acquire(lock, wait_ms, NULL);
        CHECK(status == DISTCOORD_OK || (status == DISTCOORD_TIMED_OUT && wait_ms < 5));
        if (status == DISTCOORD_OK) {
            for (size_t k = 0; k < count; k++) {
                if (atomic_fetch_add(&held_by[chosen[k]], 1) != 0) report(__FILE__, __LINE__, "two hold one name");
            }
            atomic_fetch_add(self->rounds, 1);
            for (size_t k = 0; k < count; k++) atomic_fetch_sub(&held_by[chosen[k]], 1);
            CHECK_OK(distcoord_lock_release(lock, E));
        }
        distcoord_lock_free(lock);
    }
    return NULL;
}

static void random_sets(void)
{
    enum { THREADS = 8 };
    struct random_set sets[THREADS];
    atomic_int rounds = 0;
    distcoord_client *clients[2] = {open_client(), open_client()};
    for (int i = 0; i < THREADS; i++) {
        sets[i] = (struct random_set){.client = clients[i % 2], .seed = (unsigned)i + 1, .rounds = &rounds};
        sets[i].thread = start_thread(take_random_sets, &sets[i]);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(sets[i].thread, NULL);
    CHECK(atomic_load(&rounds) > THREADS * 30);
    /* Nobody is left in any line. */
    for (int i = 0; i < NAMES; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        distcoord_lock *lock = open_lock(clients[0], name, (struct settings){0});
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK_INT(waiters_of(lock), 0);
        distcoord_lock_free(lock);
    }
    close_client(clients[0]);
    close_client(clients[1]);
}

static const struct test tests[] = {
    {"many_all_or_none", all_or_none},
    {"many_in_order_in_every_line", in_order_in_every_line},
    {"many_giving_up_lets_others_go_on", giving_up_lets_others_go_on},
    {"many_overlapping_sets_do_not_deadlock", overlapping_sets_do_not_deadlock},
    {"many_random_sets", random_sets},
};

HARNESS_MAIN(tests)
