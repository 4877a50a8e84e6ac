/* Barriers, as barrier.h describes them, seen from one process. */
#include "harness.h"

struct party {
    distcoord_barrier *barrier;
    int64_t wait_ms;
    distcoord_status status;
    int64_t index;
    int64_t generation;
    pthread_t thread;
};

static void *arrive(void *argument)
{
    struct party *party = argument;
    distcoord_error *error = NULL;
    party->status = distcoord_barrier_wait(party->barrier, party->wait_ms, &party->index, &party->generation, &error);
    distcoord_error_free(error);
    return NULL;
}

static distcoord_barrier *open_barrier(distcoord_client *client, int64_t parties)
{
    distcoord_barrier *barrier = NULL;
    REQUIRE_OK(distcoord_barrier_open(client, "a", parties, &barrier, E));
    return barrier;
}

static int64_t waiting_at(distcoord_barrier *barrier)
{
    int64_t waiting = -1;
    return distcoord_barrier_inspect(barrier, &waiting, NULL, NULL, NULL) == DISTCOORD_OK ? waiting : -1;
}

static void start_party(struct party *party, distcoord_barrier *barrier, int64_t wait_ms)
{
    *party = (struct party){.barrier = barrier, .wait_ms = wait_ms, .index = -1, .generation = -1};
    party->thread = start_thread(arrive, party);
}

static void parties_range(void)
{
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = NULL;
    const int64_t bad[] = {0, -1, INT64_MIN, 1000001, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(distcoord_barrier_open(client, "a", bad[i], &barrier, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    const int64_t good[] = {1, 2, 1000000};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        REQUIRE_OK(distcoord_barrier_open(client, "a", good[i], &barrier, E));
        CHECK_INT(distcoord_barrier_parties(barrier), good[i]);
        distcoord_barrier_free(barrier);
    }
    close_client(client);
}

static void unused(void)
{
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 3);
    int64_t waiting = -1, generation = -1;
    bool broken = true;
    CHECK_OK(distcoord_barrier_inspect(barrier, &waiting, &generation, &broken, E));
    CHECK_INT(waiting, 0);
    CHECK_INT(generation, 0);
    CHECK(!broken);
    distcoord_barrier_free(barrier);
    close_client(client);
}

static void opens_again_and_again(void)
{
    enum { PARTIES = 5, ROUNDS = 20 };
    struct party parties[PARTIES];
    distcoord_client *clients[PARTIES];
    distcoord_barrier *barriers[PARTIES];
    for (int i = 0; i < PARTIES; i++) {
        clients[i] = open_client();
        barriers[i] = open_barrier(clients[i], PARTIES);
    }
    for (int round = 0; round < ROUNDS; round++) {
        bool seen[PARTIES] = {false};
        for (int i = 0; i < PARTIES; i++) start_party(&parties[i], barriers[i], 20000);
        for (int i = 0; i < PARTIES; i++) {
            pthread_join(parties[i].thread, NULL);
            CHECK_INT(parties[i].status, DISTCOORD_OK);
            CHECK_INT(parties[i].generation, round);
            REQUIRE(parties[i].index >= 0 && parties[i].index < PARTIES);
            CHECK(!seen[parties[i].index]);
            seen[parties[i].index] = true;
        }
    }
    for (int i = 0; i < PARTIES; i++) {
        distcoord_barrier_free(barriers[i]);
        close_client(clients[i]);
    }
}

static void index_is_order_of_arrival(void)
{
    struct party parties[3];
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 4);
    for (int i = 0; i < 3; i++) {
        start_party(&parties[i], barrier, -1);
        REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == i + 1));
    }
    int64_t index = -1, generation = -1;
    CHECK_OK(distcoord_barrier_wait(barrier, 0, &index, &generation, E));
    CHECK_INT(index, 3);
    for (int i = 0; i < 3; i++) {
        pthread_join(parties[i].thread, NULL);
        CHECK_INT(parties[i].status, DISTCOORD_OK);
        CHECK_INT(parties[i].index, i);
        CHECK_INT(parties[i].generation, generation);
    }
    CHECK_INT(waiting_at(barrier), 0);
    distcoord_barrier_free(barrier);
    close_client(client);
}

static void timeout_breaks_it_for_all(void)
{
    struct party patient;
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 3);
    bool broken = false;
    start_party(&patient, barrier, -1);
    REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_barrier_wait(barrier, 150, NULL, NULL, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 150);
    pthread_join(patient.thread, NULL);
    CHECK_INT(patient.status, DISTCOORD_BROKEN);
    CHECK(took_less(start, 1500));
    /* It stays broken, for handles of others, too. */
    distcoord_client *other = open_client();
    distcoord_barrier *second = open_barrier(other, 3);
    CHECK_STATUS(distcoord_barrier_wait(second, -1, NULL, NULL, E), DISTCOORD_BROKEN);
    CHECK_OK(distcoord_barrier_inspect(second, NULL, NULL, &broken, E));
    CHECK(broken);
    CHECK_OK(distcoord_barrier_reset(second, E));
    CHECK_OK(distcoord_barrier_inspect(barrier, NULL, NULL, &broken, E));
    CHECK(!broken);
    CHECK_INT(waiting_at(barrier), 0);
    distcoord_barrier_free(barrier);
    distcoord_barrier_free(second);
    close_client(client);
    close_client(other);
}

static void wait_zero_breaks_it_unless_last(void)
{
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 2);
    CHECK_STATUS(distcoord_barrier_wait(barrier, 0, NULL, NULL, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_barrier_wait(barrier, 0, NULL, NULL, E), DISTCOORD_BROKEN);
    CHECK_OK(distcoord_barrier_reset(barrier, E));
    struct party party;
    start_party(&party, barrier, -1);
    REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
    CHECK_OK(distcoord_barrier_wait(barrier, 0, NULL, NULL, E));
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_OK);
    distcoord_barrier_free(barrier);
    close_client(client);
}

static void abort_reset_and_cancel(void)
{
    struct party parties[2];
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 3), *other = open_barrier(client, 3);
    for (int how = 0; how < 3; how++) {
        bool broken = false;
        start_party(&parties[0], barrier, -1);
        REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
        start_party(&parties[1], other, -1);
        REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 2));
        if (how == 0) CHECK_OK(distcoord_barrier_abort(barrier, E));
        if (how == 1) CHECK_OK(distcoord_barrier_reset(barrier, E));
        if (how == 2) distcoord_barrier_cancel(barrier);
        pthread_join(parties[0].thread, NULL);
        pthread_join(parties[1].thread, NULL);
        /* Cancel is for the waits of one handle, and breaks the barrier for those of the other. */
        CHECK_INT(parties[0].status, how == 2 ? DISTCOORD_CANCELLED : DISTCOORD_BROKEN);
        CHECK_INT(parties[1].status, DISTCOORD_BROKEN);
        CHECK_OK(distcoord_barrier_inspect(barrier, NULL, NULL, &broken, E));
        CHECK_INT(broken, how != 1);
        CHECK_OK(distcoord_barrier_reset(barrier, E));
    }
    distcoord_barrier_free(barrier);
    distcoord_barrier_free(other);
    close_client(client);
}

static void other_number_of_parties(void)
{
    struct party party;
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 2), *disagreeing = open_barrier(client, 3);
    start_party(&party, barrier, -1);
    REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
    CHECK_STATUS(distcoord_barrier_wait(disagreeing, 100, NULL, NULL, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_INT(waiting_at(barrier), 1);
    CHECK_OK(distcoord_barrier_wait(barrier, 1000, NULL, NULL, E));
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_OK);
    distcoord_barrier_free(barrier);
    distcoord_barrier_free(disagreeing);
    close_client(client);
}

static void many_parties_one_handle(void)
{
    enum { PARTIES = 100 };
    static struct party parties[PARTIES];
    bool seen[PARTIES] = {false};
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, PARTIES);
    for (int i = 0; i < PARTIES; i++) start_party(&parties[i], barrier, 30000);
    for (int i = 0; i < PARTIES; i++) {
        pthread_join(parties[i].thread, NULL);
        CHECK_INT(parties[i].status, DISTCOORD_OK);
        REQUIRE(parties[i].index >= 0 && parties[i].index < PARTIES);
        CHECK(!seen[parties[i].index]);
        seen[parties[i].index] = true;
    }
    distcoord_barrier_free(barrier);
    close_client(client);
}

static const struct test tests[] = {
    {"barrier_parties_range", parties_range},
    {"barrier_unused", unused},
    {"barrier_opens_again_and_again", opens_again_and_again},
    {"barrier_index_is_order_of_arrival", index_is_order_of_arrival},
    {"barrier_timeout_breaks_it_for_all", timeout_breaks_it_for_all},
    {"barrier_wait_zero_breaks_it_unless_last", wait_zero_breaks_it_unless_last},
    {"barrier_abort_reset_and_cancel", abort_reset_and_cancel},
    {"barrier_other_number_of_parties", other_number_of_parties},
    {"barrier_many_parties_one_handle", many_parties_one_handle},
};

HARNESS_MAIN(tests)
