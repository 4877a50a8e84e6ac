/* Locks of every kind and the client they hang on: cancelled, closed, freed in any order, interrupted. */
#include "lock_tools.h"

/* One object of each kind, with something held of each. */
struct handles {
    distcoord_client *client;
    distcoord_lock *lingering;
    distcoord_lock *owned;
    distcoord_lock *many;
    distcoord_rwlock *rwlock;
    distcoord_lock *writer;
    distcoord_semaphore *semaphore;
    distcoord_lock *permit;
};

static const char *const names[] = {"many-1", "many-2"};

static struct handles open_handles(distcoord_client *client)
{
    struct handles all = {.client = client};
    all.lingering = open_lock(client, "lingering", (struct settings){.linger_ms = 60000});
    REQUIRE_OK(distcoord_lock_acquire(all.lingering, 0, E));
    all.owned = open_lock(client, "owned", (struct settings){.owner = "run-1", .reentrant = true});
    for (int i = 0; i < 2; i++) REQUIRE_OK(distcoord_lock_acquire(all.owned, 0, E));
    all.many = open_many(client, names, 2, 0);
    REQUIRE_OK(distcoord_lock_acquire(all.many, 0, E));
    all.rwlock = open_rwlock(client, "rwlock", (struct settings){0});
    all.writer = write_now(all.rwlock);
    all.semaphore = open_semaphore(client, "semaphore", 2, (struct settings){0});
    REQUIRE_OK(distcoord_semaphore_acquire(all.semaphore, 2, 0, &all.permit, E));
    return all;
}

static void free_one(struct handles *all, int which)
{
    switch (which) {
        case 0: distcoord_client_free(all->client); break;
        case 1: distcoord_lock_free(all->lingering); break;
        case 2: distcoord_lock_free(all->owned); break;
        case 3: distcoord_lock_free(all->many); break;
        case 4: distcoord_rwlock_free(all->rwlock); break;
        case 5: distcoord_lock_free(all->writer); break;
        case 6: distcoord_semaphore_free(all->semaphore); break;
        default: distcoord_lock_free(all->permit); break;
    }
}

static void free_handles(struct handles *all)
{
    for (int i = 7; i >= 0; i--) free_one(all, i);
}

static void closed(void)
{
    struct handles all = open_handles(open_client());
    distcoord_lock *hold = NULL, *lock = NULL;
    distcoord_rwlock *rwlock = NULL;
    distcoord_semaphore *semaphore = NULL;
    distcoord_holds *holds = NULL;
    distcoord_lock_statistics *statistics = NULL;
    int64_t count = 0;
    CHECK_OK(distcoord_client_close(all.client, E));
#define CHECK_CLOSED(call) CHECK_STATUS(call, DISTCOORD_ERROR_CLOSED)
    CHECK_CLOSED(distcoord_lock_acquire(all.lingering, -1, E));
    CHECK_CLOSED(distcoord_lock_release(all.lingering, E));
    CHECK_CLOSED(distcoord_lock_acquire(all.owned, -1, E));
    CHECK_CLOSED(distcoord_lock_release(all.owned, E));
    CHECK_CLOSED(distcoord_lock_adopt(all.owned, E));
    CHECK_CLOSED(distcoord_lock_detach(all.owned, E));
    CHECK_CLOSED(distcoord_lock_break(all.owned, 0, E));
    CHECK_CLOSED(distcoord_lock_open_many(all.client, names, 2, NULL, &lock, E));
    CHECK_CLOSED(distcoord_lock_acquire(all.many, -1, E));
    CHECK_CLOSED(distcoord_lock_release(all.many, E));
    CHECK_CLOSED(distcoord_rwlock_open(all.client, "a", NULL, &rwlock, E));
    CHECK_CLOSED(distcoord_rwlock_read(all.rwlock, -1, &hold, E));
    CHECK_CLOSED(distcoord_rwlock_write(all.rwlock, -1, &hold, E));
    CHECK_CLOSED(distcoord_rwlock_inspect(all.rwlock, NULL, NULL, NULL, E));
    CHECK_CLOSED(distcoord_rwlock_downgrade(all.writer, E));
    CHECK_CLOSED(distcoord_lock_release(all.writer, E));
    CHECK_CLOSED(distcoord_semaphore_open(all.client, "a", 1, NULL, &semaphore, E));
    CHECK_CLOSED(distcoord_semaphore_acquire(all.semaphore, 1, -1, &hold, E));
    CHECK_CLOSED(distcoord_semaphore_resize(all.semaphore, 1, E));
    CHECK_CLOSED(distcoord_semaphore_inspect(all.semaphore, NULL, NULL, NULL, E));
    CHECK_CLOSED(distcoord_lock_release(all.permit, E));
    CHECK_CLOSED(distcoord_holds_list(all.client, DISTCOORD_HOLDS_ALL, &holds, E));
    CHECK_CLOSED(distcoord_holds_release_client(all.client, "c", &count, E));
    CHECK_CLOSED(distcoord_guardian_run(all.client, getppid(), "c", &count, E));
    CHECK_CLOSED(distcoord_lock_statistics_read(all.client, DISTCOORD_KIND_LOCK, NULL, &statistics, E));
    CHECK_CLOSED(distcoord_lock_statistics_reset(all.client, DISTCOORD_KIND_LOCK, NULL, E));
    CHECK(hold == NULL && lock == NULL && rwlock == NULL && semaphore == NULL);
    distcoord_lock *const held[] = {all.lingering, all.owned, all.many, all.writer, all.permit};
    for (size_t i = 0; i < COUNT_OF(held); i++) CHECK(distcoord_lock_state(held[i]) != DISTCOORD_LOCK_HELD);
    /* All that was held has been given back. */
    struct handles next = open_handles(open_client());
    CHECK_OK(distcoord_client_close(next.client, E));
    free_handles(&next);
    free_handles(&all);
}

/* Eight things in 40 320 orders, of which each 577th is tried, closed before or not. */
static void free_in_any_order(void)
{
    int step = time_factor() > 1 ? 3001 : 577;
    for (int order = 0; order < 40320; order += step) {
        int left[8] = {0, 1, 2, 3, 4, 5, 6, 7}, number = order;
        char name[64];
        snprintf(name, sizeof name, "%s-%d", test_name, order);
        const char *whole = test_name;
        test_name = name; /* a namespace per order: nothing waits for what an earlier one held */
        struct handles all = open_handles(open_client());
        test_name = whole;
        if (order % 2) CHECK_OK(distcoord_client_close(all.client, E));
        for (int count = 8; count > 0; count--) {
            int chosen = number % count;
            number /= count;
            free_one(&all, left[chosen]);
            for (int i = chosen; i + 1 < count; i++) left[i] = left[i + 1];
        }
    }
}

enum { WAITS = 5 };

/* One who waits for each kind, on objects of another client. */
static void start_waits(struct handles *all, distcoord_client *client, struct waiter *waiters)
{
    const struct settings plain = {0};
    waiters[0] = (struct waiter){.lock = open_lock(client, "lingering", plain)};
    waiters[1] = (struct waiter){.lock = open_many(client, names, 2, 0)};
    waiters[2] = (struct waiter){.rwlock = open_rwlock(client, "rwlock", plain)};
    waiters[3] = (struct waiter){.rwlock = open_rwlock(client, "rwlock", plain), .writes = true};
    waiters[4] = (struct waiter){.semaphore = open_semaphore(client, "semaphore", 2, plain)};
    for (int i = 0; i < WAITS; i++) {
        waiters[i].wait_ms = -1;
        start_waiter(&waiters[i]);
    }
    REQUIRE(EVENTUALLY(5000, waiters_of(all->lingering) == 1));
    REQUIRE(EVENTUALLY(5000, inside_of(all->rwlock).waiters == 2));
    REQUIRE(EVENTUALLY(5000, standing_of(all->semaphore).waiters == 1));
    sleep_ms(100);
    for (int i = 0; i < WAITS; i++) CHECK(!atomic_load(&waiters[i].ended));
}

static void end_waits(struct waiter *waiters, distcoord_status wanted)
{
    int64_t start = now_ms();
    for (int i = 0; i < WAITS; i++) {
        CHECK_INT(join_waiter(&waiters[i]), wanted);
        if (!waiters[i].lock) CHECK(waiters[i].hold == NULL);
        distcoord_lock_free(waiters[i].lock);
        distcoord_rwlock_free(waiters[i].rwlock);
        distcoord_semaphore_free(waiters[i].semaphore);
    }
    CHECK(took_less(start, 2000));
}

static void cancelled_and_closed(void)
{
    struct handles all = open_handles(open_client());
    distcoord_client *client = open_client();
    struct waiter waiters[WAITS];
    start_waits(&all, client, waiters);
    distcoord_client_cancel(client);
    end_waits(waiters, DISTCOORD_CANCELLED);
    /* Who gave up has left no trace. */
    CHECK_INT(waiters_of(all.lingering), 0);
    CHECK_INT(inside_of(all.rwlock).waiters, 0);
    CHECK_INT(standing_of(all.semaphore).waiters, 0);
    start_waits(&all, client, waiters);
    CHECK_OK(distcoord_client_close(client, E));
    end_waits(waiters, DISTCOORD_CANCELLED);
    CHECK_INT(inside_of(all.rwlock).waiters, 0);
    CHECK_INT(standing_of(all.semaphore).waiters, 0);
    distcoord_client_free(client);
    CHECK_OK(distcoord_client_close(all.client, E));
    free_handles(&all);
}

/* The cancel of an object ends the waits on it, and no others. */
static void cancelled_one_by_one(void)
{
    struct handles all = open_handles(open_client());
    distcoord_client *client = open_client();
    struct waiter waiters[WAITS];
    start_waits(&all, client, waiters);
    distcoord_lock_cancel(waiters[1].lock);
    CHECK(ends_soon(&waiters[1]));
    distcoord_rwlock_cancel(waiters[3].rwlock);
    CHECK(ends_soon(&waiters[3]));
    CHECK(!atomic_load(&waiters[0].ended) && !atomic_load(&waiters[2].ended) && !atomic_load(&waiters[4].ended));
    distcoord_semaphore_cancel(waiters[4].semaphore);
    CHECK(ends_soon(&waiters[4]));
    distcoord_rwlock_cancel(waiters[2].rwlock);
    CHECK(ends_soon(&waiters[2]));
    CHECK(!atomic_load(&waiters[0].ended));
    distcoord_lock_cancel(waiters[0].lock);
    end_waits(waiters, DISTCOORD_CANCELLED);
    close_client(client);
    CHECK_OK(distcoord_client_close(all.client, E));
    free_handles(&all);
}

static atomic_int asked;

static int32_t ask(void *user)
{
    (void)user;
    return atomic_fetch_add(&asked, 1) + 1 >= 4 ? 1 : 0;
}

static void interrupted(void)
{
    struct handles all = open_handles(open_client());
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    distcoord_lock *hold = NULL;
    CHECK_INT(distcoord_options_set_interrupt(options, ask, NULL), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_lock *many = open_many(client, names, 2, 0);
    distcoord_lock *lingering = open_lock(client, "lingering", (struct settings){.linger_ms = 1000});
    distcoord_lock *owned = open_lock(client, "owned", (struct settings){.owner = "run-2", .reentrant = true});
    distcoord_rwlock *rwlock = open_rwlock(client, "rwlock", (struct settings){0});
    distcoord_semaphore *semaphore = open_semaphore(client, "semaphore", 2, (struct settings){0});
#define CHECK_INTERRUPTED(call)                                    \
    do {                                                           \
        atomic_store(&asked, 0);                                   \
        int64_t start_ = now_ms();                                 \
        CHECK_STATUS(call, DISTCOORD_INTERRUPTED);                 \
        CHECK(took_less(start_, 1000));           \
    } while (0)
    CHECK_INTERRUPTED(distcoord_lock_acquire(many, -1, E));
    CHECK_INTERRUPTED(distcoord_lock_acquire(lingering, 60000, E));
    CHECK_INTERRUPTED(distcoord_lock_acquire(owned, -1, E));
    CHECK_INTERRUPTED(distcoord_rwlock_read(rwlock, -1, &hold, E));
    CHECK_INTERRUPTED(distcoord_rwlock_write(rwlock, DISTCOORD_WAIT_DEFAULT, &hold, E));
    CHECK_INTERRUPTED(distcoord_semaphore_acquire(semaphore, 1, -1, &hold, E));
    CHECK_INTERRUPTED(distcoord_guardian_run(client, getppid(), "of another", NULL, E));
    CHECK(hold == NULL);
    CHECK_INT(inside_of(all.rwlock).waiters, 0);
    CHECK_INT(standing_of(all.semaphore).waiters, 0);
    distcoord_lock_free(many);
    distcoord_lock_free(lingering);
    distcoord_lock_free(owned);
    distcoord_rwlock_free(rwlock);
    distcoord_semaphore_free(semaphore);
    close_client(client);
    CHECK_OK(distcoord_client_close(all.client, E));
    free_handles(&all);
}

static const struct test tests[] = {
    {"locks_closed", closed},
    {"locks_free_in_any_order", free_in_any_order},
    {"locks_cancelled_and_closed", cancelled_and_closed},
    {"locks_cancelled_one_by_one", cancelled_one_by_one},
    {"locks_interrupted", interrupted},
};

HARNESS_MAIN(tests)
