/* Read-write locks: who is let in together, in which order, and what an owner may do that is inside. */
#include "lock_tools.h"

static const struct settings plain = {0};

/* A value for an output that must be set to NULL. */
static distcoord_lock *const untouched = (distcoord_lock *)(void *)&untouched;

static void check_no_entry(distcoord_rwlock *rwlock, bool reading, bool writing)
{
    distcoord_lock *hold = untouched;
    if (reading) CHECK_STATUS(distcoord_rwlock_read(rwlock, 0, &hold, E), DISTCOORD_TIMED_OUT);
    if (reading) CHECK(hold == NULL);
    hold = untouched;
    if (writing) CHECK_STATUS(distcoord_rwlock_write(rwlock, 0, &hold, E), DISTCOORD_TIMED_OUT);
    if (writing) CHECK(hold == NULL);
}

static void readers_together_writers_alone(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_rwlock *here = open_rwlock(client, "a", plain), *there = open_rwlock(other, "a", plain);
    distcoord_rwlock *third = open_rwlock(other, "a", plain);
    struct inside inside = inside_of(here);
    CHECK(inside.readers == 0 && inside.writers == 0 && inside.waiters == 0);

    distcoord_lock *first = read_now(here), *second = read_now(there);
    CHECK_INT(distcoord_lock_state(first), DISTCOORD_LOCK_HELD);
    CHECK(distcoord_lock_fence(first) > 0 && distcoord_lock_fence(second) > 0);
    CHECK(distcoord_lock_lease_left_ms(first) > 5000);
    inside = inside_of(third);
    CHECK(inside.readers == 2 && inside.writers == 0 && inside.waiters == 0);
    check_no_entry(third, false, true);
    uint64_t highest = distcoord_lock_fence(first);
    if (distcoord_lock_fence(second) > highest) highest = distcoord_lock_fence(second);
    give_back(first);
    check_no_entry(third, false, true);
    give_back(second);

    distcoord_lock *writer = write_now(third);
    CHECK(distcoord_lock_fence(writer) > highest);
    inside = inside_of(here);
    CHECK(inside.readers == 0 && inside.writers == 1 && inside.waiters == 0);
    check_no_entry(here, true, true);
    check_no_entry(there, true, true);
    int64_t start = now_ms();
    distcoord_lock *none = untouched;
    CHECK_STATUS(distcoord_rwlock_read(here, 120, &none, E), DISTCOORD_TIMED_OUT);
    CHECK(none == NULL);
    int64_t took = now_ms() - start;
    CHECK(took >= 120 && took_less(start, 1000));
    CHECK_INT(inside_of(here).waiters, 0);
    CHECK_OK(distcoord_lock_extend(writer, 20000, E));
    CHECK(distcoord_lock_lease_left_ms(writer) > 15000);
    highest = distcoord_lock_fence(writer);
    give_back(writer);
    writer = write_now(there);
    CHECK(distcoord_lock_fence(writer) > highest);
    give_back(writer);
    inside = inside_of(here);
    CHECK(inside.readers == 0 && inside.writers == 0 && inside.waiters == 0);
    /* A lock of that name is another thing. */
    writer = write_now(here);
    distcoord_lock *lock = open_lock(other, "a", plain);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    give_back(writer);
    distcoord_lock_free(lock);
    distcoord_rwlock_free(here);
    distcoord_rwlock_free(there);
    distcoord_rwlock_free(third);
    close_client(client);
    close_client(other);
}

static void default_wait(void)
{
    distcoord_client *client = open_client();
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_rwlock *rwlock = NULL, *other = open_rwlock(client, "a", plain);
    distcoord_lock *hold = write_now(other), *none = NULL;
    CHECK_INT(distcoord_lock_options_set_wait_ms(options, 100), DISTCOORD_OK);
    REQUIRE_OK(distcoord_rwlock_open(client, "a", options, &rwlock, E));
    distcoord_lock_options_free(options);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_rwlock_read(rwlock, DISTCOORD_WAIT_DEFAULT, &none, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_rwlock_write(rwlock, DISTCOORD_WAIT_DEFAULT, &none, E), DISTCOORD_TIMED_OUT);
    int64_t took = now_ms() - start;
    CHECK(took >= 200 && took_less(start, 1500));
    give_back(hold);
    distcoord_rwlock_free(rwlock);
    distcoord_rwlock_free(other);
    close_client(client);
}

/* ---------------------------------------------------------------- one line for all */

struct line {
    distcoord_client *clients[2];
    struct waiter waiters[8];
    int count;
};

/* Puts one more in line, and waits until the server has seen it. */
static struct waiter *stand(struct line *line, bool writes)
{
    struct waiter *waiter = &line->waiters[line->count];
    *waiter = (struct waiter){
        .rwlock = open_rwlock(line->clients[line->count % 2], "a", plain), .writes = writes, .wait_ms = -1};
    start_waiter(waiter);
    line->count++;
    return waiter;
}

static void wait_for_line(distcoord_rwlock *rwlock, int64_t waiters)
{
    REQUIRE(EVENTUALLY(5000, inside_of(rwlock).waiters == waiters));
}

static void is_let_in(struct waiter *waiter)
{
    CHECK(ends_soon(waiter));
    CHECK_INT(join_waiter(waiter), DISTCOORD_OK);
}

static void leave(struct waiter *waiter)
{
    give_back(waiter->hold);
    distcoord_rwlock_free(waiter->rwlock);
}

static void in_order_of_arrival(void)
{
    struct line line = {.clients = {open_client(), open_client()}};
    distcoord_rwlock *rwlock = open_rwlock(line.clients[0], "a", plain);
    distcoord_rwlock *newcomer = open_rwlock(line.clients[1], "a", plain);
    distcoord_lock *reader = read_now(rwlock);
    struct waiter *w1 = stand(&line, true);
    wait_for_line(rwlock, 1);
    /* Readers that come later do not starve the writer. */
    check_no_entry(newcomer, true, true);
    struct waiter *r2 = stand(&line, false);
    wait_for_line(rwlock, 2);
    struct waiter *r3 = stand(&line, false);
    wait_for_line(rwlock, 3);
    struct waiter *w4 = stand(&line, true);
    wait_for_line(rwlock, 4);
    struct waiter *r5 = stand(&line, false);
    wait_for_line(rwlock, 5);
    sleep_ms(100);
    for (int i = 0; i < line.count; i++) CHECK(!atomic_load(&line.waiters[i].ended));

    give_back(reader);
    is_let_in(w1);
    CHECK(!atomic_load(&r2->ended) && !atomic_load(&r3->ended));
    uint64_t fence = distcoord_lock_fence(w1->hold);
    leave(w1);
    /* Both that stand together, and not the one behind the next writer. */
    is_let_in(r2);
    is_let_in(r3);
    sleep_ms(100);
    CHECK(!atomic_load(&w4->ended) && !atomic_load(&r5->ended));
    struct inside inside = inside_of(rwlock);
    CHECK(inside.readers == 2 && inside.writers == 0 && inside.waiters == 2);
    CHECK(distcoord_lock_fence(r2->hold) >= fence && distcoord_lock_fence(r3->hold) >= fence);
    leave(r2);
    sleep_ms(50);
    CHECK(!atomic_load(&w4->ended));
    leave(r3);
    is_let_in(w4);
    CHECK(distcoord_lock_fence(w4->hold) > fence);
    CHECK(!atomic_load(&r5->ended));
    leave(w4);
    is_let_in(r5);
    leave(r5);
    distcoord_rwlock_free(rwlock);
    distcoord_rwlock_free(newcomer);
    close_client(line.clients[0]);
    close_client(line.clients[1]);
}

/* A writer that gives up lets the readers in that stood behind it. */
static void giving_up_lets_others_in(void)
{
    struct line line = {.clients = {open_client(), open_client()}};
    distcoord_rwlock *rwlock = open_rwlock(line.clients[0], "a", plain);
    distcoord_lock *reader = read_now(rwlock);
    struct waiter gives_up = {.rwlock = open_rwlock(line.clients[0], "a", plain), .writes = true, .wait_ms = 500};
    start_waiter(&gives_up);
    wait_for_line(rwlock, 1);
    struct waiter *r1 = stand(&line, false), *r2 = stand(&line, false);
    wait_for_line(rwlock, 3);
    CHECK(!atomic_load(&r1->ended) && !atomic_load(&r2->ended));
    CHECK_INT(join_waiter(&gives_up), DISTCOORD_TIMED_OUT);
    CHECK(gives_up.hold == NULL);
    is_let_in(r1);
    is_let_in(r2);
    CHECK_INT(inside_of(rwlock).readers, 3);
    /* The same when it is cancelled. */
    gives_up = (struct waiter){.rwlock = gives_up.rwlock, .writes = true, .wait_ms = -1};
    start_waiter(&gives_up);
    wait_for_line(rwlock, 1);
    struct waiter *r3 = stand(&line, false);
    wait_for_line(rwlock, 2);
    distcoord_rwlock_cancel(gives_up.rwlock);
    CHECK_INT(join_waiter(&gives_up), DISTCOORD_CANCELLED);
    CHECK(gives_up.hold == NULL);
    is_let_in(r3);
    leave(r1);
    leave(r2);
    leave(r3);
    give_back(reader);
    distcoord_rwlock_free(gives_up.rwlock);
    distcoord_rwlock_free(rwlock);
    close_client(line.clients[0]);
    close_client(line.clients[1]);
}

/* ---------------------------------------------------------------- no starvation, exclusion under load */

static atomic_int reading, writing, violations;
static atomic_bool enough;

struct busy {
    distcoord_client *client;
    bool writes;
    int rounds; /* 0: until it is enough */
    int64_t longest_ms;
    int done;
    pthread_t thread;
};

static void *come_and_go(void *argument)
{
    struct busy *busy = argument;
    distcoord_rwlock *rwlock = open_rwlock(busy->client, "a", plain);
    while (busy->rounds ? busy->done < busy->rounds : !atomic_load(&enough)) {
        distcoord_lock *hold = NULL;
        int64_t start = now_ms();
        if (busy->writes) {
            REQUIRE_OK(distcoord_rwlock_write(rwlock, 30000, &hold, E));
            if (atomic_fetch_add(&writing, 1) != 0 || atomic_load(&reading) != 0) atomic_fetch_add(&violations, 1);
        } else {
            REQUIRE_OK(distcoord_rwlock_read(rwlock, 30000, &hold, E));
            atomic_fetch_add(&reading, 1);
            if (atomic_load(&writing) != 0) atomic_fetch_add(&violations, 1);
        }
        int64_t took = now_ms() - start;
        if (took > busy->longest_ms) busy->longest_ms = took;
        busy->done++;
        sleep_ms(1);
        atomic_fetch_sub(busy->writes ? &writing : &reading, 1);
        CHECK_OK(distcoord_lock_release(hold, E));
        distcoord_lock_free(hold);
    }
    distcoord_rwlock_free(rwlock);
    return NULL;
}

/* `many` come and go without a pause; `few` of the other kind get in all the same. */
static void no_starvation(bool many_write)
{
    enum { MANY = 6, FEW = 2, ROUNDS = 30 };
    struct busy all[MANY + FEW];
    distcoord_client *clients[2] = {open_client(), open_client()};
    for (int i = 0; i < MANY + FEW; i++) {
        bool few = i >= MANY;
        all[i] = (struct busy){
            .client = clients[i % 2], .writes = few ? !many_write : many_write, .rounds = few ? ROUNDS : 0};
        all[i].thread = start_thread(come_and_go, &all[i]);
    }
    for (int i = MANY; i < MANY + FEW; i++) {
        pthread_join(all[i].thread, NULL);
        CHECK_INT(all[i].done, ROUNDS);
        CHECK(all[i].longest_ms < 2000 * time_factor());
    }
    atomic_store(&enough, true);
    for (int i = 0; i < MANY; i++) pthread_join(all[i].thread, NULL);
    for (int i = 0; i < MANY; i++) CHECK(all[i].done > 0);
    CHECK_INT(violations, 0);
    close_client(clients[0]);
    close_client(clients[1]);
}

static void readers_do_not_starve_writers(void) { no_starvation(false); }

static void writers_do_not_starve_readers(void) { no_starvation(true); }

/* ---------------------------------------------------------------- death and loss */

static void reads_and_waits_for_death(struct shared *shared)
{
    distcoord_rwlock *rwlock = open_rwlock(open_client(), "a", (struct settings){.lease_ms = KEPT_MS});
    shared->fence = distcoord_lock_fence(read_now(rwlock));
    reach(shared, 1);
    hold_for_ever();
}

static void writes_and_waits_for_death(struct shared *shared)
{
    distcoord_rwlock *rwlock = open_rwlock(open_client(), "b", (struct settings){.lease_ms = KEPT_MS});
    shared->fence = distcoord_lock_fence(write_now(rwlock));
    reach(shared, 1);
    hold_for_ever();
}

/* One hold of several ends with its own lease; those that are alive keep theirs. */
static void killed_inside(void)
{
    struct process reader = start_process(reads_and_waits_for_death);
    struct process writer = start_process(writes_and_waits_for_death);
    require_phase(&reader, 1);
    require_phase(&writer, 1);
    distcoord_client *client = open_client();
    distcoord_rwlock *a = open_rwlock(client, "a", plain), *b = open_rwlock(client, "b", plain);
    distcoord_rwlock *another = open_rwlock(client, "a", plain);
    distcoord_lock *alive = read_now(a), *hold = NULL;
    kill_process(&reader);
    kill_process(&writer);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_rwlock_read(b, 0, &hold, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_rwlock_read(b, 10000, &hold, E));
    CHECK(took_less(start, KEPT_MS + 1500));
    CHECK(distcoord_lock_fence(hold) >= writer.shared->fence);
    give_back(hold);
    CHECK(EVENTUALLY(5000, inside_of(a).readers == 1));
    CHECK_STATUS(distcoord_rwlock_write(another, 50, &hold, E), DISTCOORD_TIMED_OUT);
    give_back(alive);
    CHECK_OK(distcoord_rwlock_write(another, 0, &hold, E));
    CHECK(distcoord_lock_fence(hold) > reader.shared->fence);
    give_back(hold);
    distcoord_rwlock_free(a);
    distcoord_rwlock_free(b);
    distcoord_rwlock_free(another);
    close_client(client);
}

static void a_hold_is_lost_alone(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_rwlock *brief = open_rwlock(client, "a", (struct settings){.lease_ms = 300, .fixed = true});
    distcoord_rwlock *lasting = open_rwlock(other, "a", (struct settings){.lease_ms = KEPT_MS});
    distcoord_lock *first = read_now(brief), *second = read_now(lasting);
    int fd = distcoord_lock_event_fd(first);
    CHECK_INT(distcoord_lock_wait_lost(first, 5000), DISTCOORD_LOST);
    CHECK(readable(fd));
    CHECK_INT(distcoord_lock_state(first), DISTCOORD_LOCK_LOST);
    CHECK_STATUS(distcoord_lock_release(first, E), DISTCOORD_LOST);
    sleep_ms(PAST_KEPT_MS - 300);
    CHECK_INT(distcoord_lock_state(second), DISTCOORD_LOCK_HELD);
    CHECK_INT(inside_of(lasting).readers, 1);
    give_back(second);
    distcoord_lock_free(first);
    distcoord_rwlock_free(brief);
    distcoord_rwlock_free(lasting);
    close_client(client);
    close_client(other);
}

static void holds_outlive_the_object(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", plain), *there = open_rwlock(other, "a", plain);
    distcoord_lock *hold = write_now(rwlock);
    distcoord_rwlock_free(rwlock);
    check_no_entry(there, true, true);
    /* Freeing the hold alone releases it in the background. */
    distcoord_lock_free(hold);
    CHECK_OK(distcoord_rwlock_write(there, 2000 * time_factor(), &hold, E));
    give_back(hold);
    /* And closing the client all of its holds. */
    rwlock = open_rwlock(client, "a", plain);
    hold = write_now(rwlock);
    CHECK_OK(distcoord_client_close(client, E));
    distcoord_lock *next = write_now(there);
    give_back(next);
    distcoord_lock_free(hold);
    distcoord_rwlock_free(rwlock);
    distcoord_rwlock_free(there);
    distcoord_client_free(client);
    close_client(other);
}

static const struct test tests[] = {
    {"rwlock_readers_together_writers_alone", readers_together_writers_alone},
    {"rwlock_default_wait", default_wait},
    {"rwlock_in_order_of_arrival", in_order_of_arrival},
    {"rwlock_giving_up_lets_others_in", giving_up_lets_others_in},
    {"rwlock_readers_do_not_starve_writers", readers_do_not_starve_writers},
    {"rwlock_writers_do_not_starve_readers", writers_do_not_starve_readers},
    {"rwlock_killed_inside", killed_inside},
    {"rwlock_a_hold_is_lost_alone", a_hold_is_lost_alone},
    {"rwlock_holds_outlive_the_object", holds_outlive_the_object},
};

HARNESS_MAIN(tests)
