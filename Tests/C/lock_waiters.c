/* Many who want one lock: order, exclusion, numbers, and those who give up. */
#include "lock_tools.h"

struct competitor {
    distcoord_client *client;
    int number;
    int64_t wait_ms;
    distcoord_status status;
    uint64_t fence;
    pthread_t thread;
};

/* Written only while holding the lock. Atomic, because the order that the server gives is not seen by sanitizers. */
static atomic_int inside;
static atomic_int most_inside;
static atomic_int order[4096];
static atomic_int order_count;
static _Atomic uint64_t last_fence;
static atomic_bool fences_grow = true;

static void *wait_hold_release(void *argument)
{
    struct competitor *competitor = argument;
    distcoord_lock *lock = NULL;
    distcoord_error *error = NULL;
    REQUIRE_OK(distcoord_lock_open(competitor->client, "a", NULL, &lock, E));
    competitor->status = distcoord_lock_acquire(lock, competitor->wait_ms, &error);
    if (competitor->status < 0) {
        report(__FILE__, __LINE__, "waiter %d: %s", competitor->number, distcoord_error_message(error));
    }
    distcoord_error_free(error);
    if (competitor->status == DISTCOORD_OK) {
        int now = atomic_fetch_add(&inside, 1) + 1;
        if (now > most_inside) most_inside = now;
        competitor->fence = distcoord_lock_fence(lock);
        if (competitor->fence <= last_fence) fences_grow = false;
        last_fence = competitor->fence;
        if (order_count < (int)COUNT_OF(order)) order[order_count++] = competitor->number;
        atomic_fetch_sub(&inside, 1);
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    distcoord_lock_free(lock);
    return NULL;
}

static void thousand_waiters(void)
{
    enum { COUNT = 1000, CLIENTS = 4 };
    static struct competitor waiters[COUNT];
    distcoord_client *clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) clients[i] = open_client();
    distcoord_lock *gate = NULL;
    REQUIRE_OK(distcoord_lock_open(clients[0], "a", NULL, &gate, E));
    REQUIRE_OK(distcoord_lock_acquire(gate, 0, E));
    last_fence = distcoord_lock_fence(gate);
    for (int i = 0; i < COUNT; i++) {
        waiters[i] = (struct competitor){.client = clients[i % CLIENTS], .number = i, .wait_ms = -1};
        waiters[i].thread = start_thread(wait_hold_release, &waiters[i]);
    }
    CHECK(EVENTUALLY(20000, waiters_of(gate) == COUNT));
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_release(gate, E));
    for (int i = 0; i < COUNT; i++) pthread_join(waiters[i].thread, NULL);
    printf("     %d hand-overs in %lld ms\n", COUNT, (long long)(now_ms() - start));
    for (int i = 0; i < COUNT; i++) CHECK_INT(waiters[i].status, DISTCOORD_OK);
    CHECK_INT(order_count, COUNT);
    CHECK_INT(most_inside, 1);
    CHECK(fences_grow);
    distcoord_lock_info *info = NULL;
    CHECK_STATUS(distcoord_lock_inspect(gate, &info, E), DISTCOORD_EMPTY);
    distcoord_lock_free(gate);
    for (int i = 0; i < CLIENTS; i++) close_client(clients[i]);
}

static void served_in_order_of_arrival(void)
{
    enum { COUNT = 40 };
    static struct competitor waiters[COUNT];
    distcoord_client *clients[2] = {open_client(), open_client()};
    distcoord_lock *gate = NULL;
    REQUIRE_OK(distcoord_lock_open(clients[0], "a", NULL, &gate, E));
    REQUIRE_OK(distcoord_lock_acquire(gate, 0, E));
    for (int i = 0; i < COUNT; i++) {
        waiters[i] = (struct competitor){.client = clients[i % 2], .number = i, .wait_ms = 20000};
        waiters[i].thread = start_thread(wait_hold_release, &waiters[i]);
        /* One at a time: the order in which the server saw them is then known. */
        REQUIRE(EVENTUALLY(5000, waiters_of(gate) == i + 1));
    }
    /* A newcomer does not overtake, also not in the moment of the release. */
    CHECK_OK(distcoord_lock_release(gate, E));
    distcoord_status newcomer = distcoord_lock_acquire(gate, -1, NULL);
    CHECK_INT(newcomer, DISTCOORD_OK);
    CHECK_INT(order_count, COUNT);
    CHECK_OK(distcoord_lock_release(gate, E));
    for (int i = 0; i < COUNT; i++) pthread_join(waiters[i].thread, NULL);
    for (int i = 0; i < order_count; i++) CHECK_INT(order[i], i);
    CHECK(fences_grow);
    distcoord_lock_free(gate);
    close_client(clients[0]);
    close_client(clients[1]);
}

static void who_gives_up_leaves_no_trace(void)
{
    enum { COUNT = 30 };
    static struct competitor waiters[COUNT];
    distcoord_client *client = open_client();
    distcoord_lock *gate = NULL;
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &gate, E));
    REQUIRE_OK(distcoord_lock_acquire(gate, 0, E));
    for (int i = 0; i < COUNT; i++) {
        /* Every third one stays. */
        waiters[i] = (struct competitor){.client = client, .number = i, .wait_ms = i % 3 == 0 ? 30000 : 200 + i};
        waiters[i].thread = start_thread(wait_hold_release, &waiters[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        if (i % 3 == 0) continue;
        pthread_join(waiters[i].thread, NULL);
        CHECK_INT(waiters[i].status, DISTCOORD_TIMED_OUT);
    }
    CHECK_INT(waiters_of(gate), COUNT / 3);
    CHECK_OK(distcoord_lock_release(gate, E));
    for (int i = 0; i < COUNT; i += 3) {
        pthread_join(waiters[i].thread, NULL);
        CHECK_INT(waiters[i].status, DISTCOORD_OK);
    }
    CHECK_INT(order_count, COUNT / 3);
    distcoord_lock_free(gate);
    close_client(client);
}

/* Giving up races with being granted: whoever answers OK holds it, whoever answers anything else does not. */
static void *hurry(void *argument)
{
    struct competitor *competitor = argument;
    distcoord_lock *lock = NULL;
    int had = 0;
    REQUIRE_OK(distcoord_lock_open(competitor->client, "a", NULL, &lock, E));
    for (int i = 0; i < 150; i++) {
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_lock_acquire(lock, (i * 7 + competitor->number) % 4, &error);
        if (status == DISTCOORD_OK) {
            int now = atomic_fetch_add(&inside, 1) + 1;
            if (now != 1) report(__FILE__, __LINE__, "%d hold the lock", now);
            had++;
            atomic_fetch_sub(&inside, 1);
            CHECK_OK(distcoord_lock_release(lock, E));
        } else if (status != DISTCOORD_TIMED_OUT) {
            report(__FILE__, __LINE__, "acquire: %s", distcoord_error_message(error));
        }
        distcoord_error_free(error);
        CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    }
    distcoord_lock_free(lock);
    competitor->status = had > 0 ? DISTCOORD_OK : DISTCOORD_TIMED_OUT;
    return NULL;
}

static void giving_up_races_with_grants(void)
{
    enum { COUNT = 12 };
    static struct competitor waiters[COUNT];
    distcoord_client *clients[3] = {open_client(), open_client(), open_client()};
    for (int i = 0; i < COUNT; i++) {
        waiters[i] = (struct competitor){.client = clients[i % 3], .number = i};
        waiters[i].thread = start_thread(hurry, &waiters[i]);
    }
    for (int i = 0; i < COUNT; i++) pthread_join(waiters[i].thread, NULL);
    /* Nobody holds it now, so it is free at once: no grant went to one who had left. */
    distcoord_lock *lock = NULL;
    REQUIRE_OK(distcoord_lock_open(clients[0], "a", NULL, &lock, E));
    CHECK_OK(distcoord_lock_acquire(lock, 50 * time_factor(), E));
    CHECK_INT(waiters_of(lock), 0);
    distcoord_lock_free(lock);
    for (int i = 0; i < 3; i++) close_client(clients[i]);
}

/* Waiters whose client was closed are skipped in the same hand-over. */
static void closed_clients_are_skipped(void)
{
    static struct competitor leaving, staying;
    distcoord_client *holder = open_client(), *first = open_client(), *second = open_client();
    distcoord_lock *gate = NULL;
    REQUIRE_OK(distcoord_lock_open(holder, "a", NULL, &gate, E));
    REQUIRE_OK(distcoord_lock_acquire(gate, 0, E));
    leaving = (struct competitor){.client = first, .number = 0, .wait_ms = -1};
    leaving.thread = start_thread(wait_hold_release, &leaving);
    REQUIRE(EVENTUALLY(5000, waiters_of(gate) == 1));
    staying = (struct competitor){.client = second, .number = 1, .wait_ms = -1};
    staying.thread = start_thread(wait_hold_release, &staying);
    REQUIRE(EVENTUALLY(5000, waiters_of(gate) == 2));
    CHECK_OK(distcoord_client_close(first, E));
    pthread_join(leaving.thread, NULL);
    CHECK_INT(leaving.status, DISTCOORD_CANCELLED);
    int64_t start = now_ms();
    CHECK_OK(distcoord_lock_release(gate, E));
    pthread_join(staying.thread, NULL);
    CHECK_INT(staying.status, DISTCOORD_OK);
    CHECK(took_less(start, 500));
    distcoord_lock_free(gate);
    distcoord_client_free(first);
    close_client(holder);
    close_client(second);
}

static const struct test tests[] = {
    {"lock_thousand_waiters", thousand_waiters},
    {"lock_served_in_order_of_arrival", served_in_order_of_arrival},
    {"lock_who_gives_up_leaves_no_trace", who_gives_up_leaves_no_trace},
    {"lock_giving_up_races_with_grants", giving_up_races_with_grants},
    {"lock_closed_clients_are_skipped", closed_clients_are_skipped},
};

HARNESS_MAIN(tests)
