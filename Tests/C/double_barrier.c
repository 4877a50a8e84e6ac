/* Double barriers, as double_barrier.h describes them. */
#include "fork_tools.h"

struct party {
    distcoord_double_barrier *barrier;
    bool leaves;
    int64_t wait_ms;
    distcoord_status status;
    int64_t index;
    pthread_t thread;
};

static void *go(void *argument)
{
    struct party *party = argument;
    party->status = party->leaves ? distcoord_double_barrier_leave(party->barrier, party->wait_ms, NULL)
                                  : distcoord_double_barrier_enter(party->barrier, party->wait_ms, &party->index, NULL);
    return NULL;
}

static void start_party(struct party *party, distcoord_double_barrier *barrier, bool leaves)
{
    *party = (struct party){.barrier = barrier, .leaves = leaves, .wait_ms = 30000, .index = -1};
    party->thread = start_thread(go, party);
}

static distcoord_double_barrier *open_party(
    distcoord_client *client, int64_t parties, int64_t lease_ms, int32_t on_death)
{
    distcoord_double_barrier *barrier = NULL;
    distcoord_double_barrier_options *options = distcoord_double_barrier_options_new();
    REQUIRE(distcoord_double_barrier_options_set_lease_ms(options, lease_ms) == DISTCOORD_OK);
    REQUIRE(distcoord_double_barrier_options_set_on_death(options, on_death) == DISTCOORD_OK);
    REQUIRE_OK(distcoord_double_barrier_open(client, "a", parties, options, &barrier, E));
    distcoord_double_barrier_options_free(options);
    return barrier;
}

static int64_t inside(distcoord_double_barrier *barrier)
{
    int64_t count = -1;
    return distcoord_double_barrier_inspect(barrier, &count, NULL, NULL, NULL, NULL) == DISTCOORD_OK ? count : -1;
}

static int64_t have_left(distcoord_double_barrier *barrier)
{
    int64_t count = -1;
    return distcoord_double_barrier_inspect(barrier, NULL, &count, NULL, NULL, NULL) == DISTCOORD_OK ? count : -1;
}

static void options_and_range(void)
{
    distcoord_client *client = open_client();
    distcoord_double_barrier *barrier = NULL;
    distcoord_double_barrier_options *options = distcoord_double_barrier_options_new();
    const int64_t bad_leases[] = {-1, 0, 99, 86400001, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad_leases); i++) {
        CHECK_INT(
            distcoord_double_barrier_options_set_lease_ms(options, bad_leases[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_double_barrier_options_set_on_death(options, 2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_double_barrier_options_set_on_death(options, -1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    const int64_t bad[] = {0, -1, 1000001, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_STATUS(
            distcoord_double_barrier_open(client, "a", bad[i], options, &barrier, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    distcoord_double_barrier_options_free(options);
    close_client(client);
}

static void together_in_and_together_out(void)
{
    enum { PARTIES = 6, ROUNDS = 8 };
    struct party parties[PARTIES];
    distcoord_client *clients[2] = {open_client(), open_client()};
    distcoord_double_barrier *barriers[PARTIES];
    for (int i = 0; i < PARTIES; i++) barriers[i] = open_party(clients[i % 2], PARTIES, 10000, 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int leaves = 0; leaves < 2; leaves++) {
            bool seen[PARTIES] = {false};
            for (int i = 0; i < PARTIES - 1; i++) start_party(&parties[i], barriers[i], leaves);
            /* All but one have come: nobody may go on before it does. */
            REQUIRE(EVENTUALLY(
                5000, (leaves ? have_left(barriers[0]) : inside(barriers[0])) == PARTIES - 1));
            start_party(&parties[PARTIES - 1], barriers[PARTIES - 1], leaves);
            for (int i = 0; i < PARTIES; i++) {
                pthread_join(parties[i].thread, NULL);
                CHECK_INT(parties[i].status, DISTCOORD_OK);
                CHECK_INT(
                    distcoord_double_barrier_state(barriers[i]),
                    leaves ? DISTCOORD_PARTY_OUTSIDE : DISTCOORD_PARTY_INSIDE);
                if (leaves) continue;
                REQUIRE(parties[i].index >= 0 && parties[i].index < PARTIES && !seen[parties[i].index]);
                seen[parties[i].index] = true;
            }
        }
        int64_t of = -1;
        CHECK_OK(distcoord_double_barrier_inspect(barriers[0], NULL, NULL, NULL, &of, E));
        CHECK_INT(of, round + 1);
    }
    for (int i = 0; i < PARTIES; i++) distcoord_double_barrier_free(barriers[i]);
    for (int i = 0; i < 2; i++) close_client(clients[i]);
}

static void what_a_handle_may_do(void)
{
    distcoord_client *client = open_client();
    distcoord_double_barrier *alone = open_party(client, 1, 10000, 0), *pair = NULL;
    int64_t index = -1;
    CHECK_STATUS(distcoord_double_barrier_leave(alone, 0, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_double_barrier_enter(alone, 0, &index, E));
    CHECK_INT(index, 0);
    CHECK_STATUS(distcoord_double_barrier_enter(alone, 0, NULL, E), DISTCOORD_EXISTS);
    pair = open_party(client, 2, 10000, 0);
    CHECK_STATUS(distcoord_double_barrier_enter(pair, 0, NULL, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_INT(distcoord_double_barrier_state(pair), DISTCOORD_PARTY_OUTSIDE);
    CHECK_OK(distcoord_double_barrier_leave(alone, 0, E));
    CHECK_STATUS(distcoord_double_barrier_leave(alone, 0, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_double_barrier_enter(pair, 0, NULL, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_double_barrier_enter(pair, 100, NULL, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_double_barrier_state(pair), DISTCOORD_PARTY_OUTSIDE);
    CHECK_INT(inside(pair), 0);
    distcoord_double_barrier_free(alone);
    distcoord_double_barrier_free(pair);
    close_client(client);
}

static void comers_wait_for_the_next_round(void)
{
    struct party late;
    distcoord_client *client = open_client();
    distcoord_double_barrier *first = open_party(client, 1, 10000, 0), *second = open_party(client, 1, 10000, 0);
    CHECK_OK(distcoord_double_barrier_enter(first, 0, NULL, E));
    CHECK_STATUS(distcoord_double_barrier_enter(second, 0, NULL, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_double_barrier_enter(second, 100, NULL, E), DISTCOORD_TIMED_OUT);
    start_party(&late, second, false);
    sleep_ms(50); /* it waits, or will find the round over: both are right */
    CHECK_OK(distcoord_double_barrier_leave(first, 0, E));
    pthread_join(late.thread, NULL);
    CHECK_INT(late.status, DISTCOORD_OK);
    CHECK_OK(distcoord_double_barrier_leave(second, 0, E));
    distcoord_double_barrier_free(first);
    distcoord_double_barrier_free(second);
    close_client(client);
}

static void abort_and_cancel(void)
{
    struct party party;
    distcoord_client *client = open_client();
    distcoord_double_barrier *first = open_party(client, 2, 10000, 0), *second = open_party(client, 2, 10000, 0);
    start_party(&party, first, false);
    REQUIRE(EVENTUALLY(5000, inside(second) == 1));
    CHECK_OK(distcoord_double_barrier_abort(second, E));
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_BROKEN);
    CHECK_INT(distcoord_double_barrier_state(first), DISTCOORD_PARTY_OUTSIDE);
    start_party(&party, first, false);
    REQUIRE(EVENTUALLY(5000, inside(second) == 1));
    distcoord_double_barrier_cancel(first);
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_CANCELLED);
    REQUIRE(EVENTUALLY(5000, inside(second) == 0));
    /* Whole again; who waits to leave is told of an abort as well. */
    start_party(&party, first, false);
    CHECK_OK(distcoord_double_barrier_enter(second, 20000, NULL, E));
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_OK);
    start_party(&party, first, true);
    REQUIRE(EVENTUALLY(5000, have_left(second) == 1));
    CHECK_OK(distcoord_double_barrier_abort(second, E));
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_BROKEN);
    CHECK_INT(distcoord_double_barrier_state(second), DISTCOORD_PARTY_INSIDE);
    CHECK_STATUS(distcoord_double_barrier_leave(second, 0, E), DISTCOORD_BROKEN);
    distcoord_double_barrier_free(first);
    distcoord_double_barrier_free(second);
    close_client(client);
}

static void leaving_is_done_though_nobody_waits(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_double_barrier *first = open_party(client, 2, 10000, 0), *second = open_party(other, 2, 10000, 0);
    struct party party;
    start_party(&party, first, false);
    CHECK_OK(distcoord_double_barrier_enter(second, 20000, NULL, E));
    pthread_join(party.thread, NULL);
    CHECK_STATUS(distcoord_double_barrier_leave(first, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_double_barrier_state(first), DISTCOORD_PARTY_OUTSIDE);
    CHECK_INT(have_left(second), 1);
    /* A handle that is freed leaves, too. */
    distcoord_double_barrier_free(second);
    CHECK(EVENTUALLY(5000, inside(first) == 0 && have_left(first) == 0));
    distcoord_double_barrier_free(first);
    close_client(client);
    close_client(other);
}

enum { DOOMED_MS = KEPT_MS };

/* A process that is a party until it is killed or stopped; it writes a byte when it is inside, if that is wanted. */
static pid_t start_doomed(int64_t parties, int32_t on_death, int *out_is_in)
{
    int ends[2] = {-1, -1};
    if (out_is_in) REQUIRE(pipe(ends) == 0);
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (out_is_in) *out_is_in = ends[0];
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        distcoord_double_barrier *barrier = open_party(open_client(), parties, DOOMED_MS, on_death);
        if (distcoord_double_barrier_enter(barrier, 30000, NULL, NULL) != DISTCOORD_OK) _exit(2);
        while (!out_is_in) pause();
        if (write(ends[1], "!", 1) != 1) _exit(4);
        /* Stopped for longer than its lease: lost, and that is what leaving says. */
        while (!readable(distcoord_double_barrier_event_fd(barrier))) sleep_ms(5);
        bool is_lost = distcoord_double_barrier_state(barrier) == DISTCOORD_PARTY_LOST;
        is_lost = is_lost && distcoord_double_barrier_leave(barrier, 0, NULL) == DISTCOORD_LOST;
        _exit(is_lost && distcoord_double_barrier_state(barrier) == DISTCOORD_PARTY_OUTSIDE ? 0 : 3);
    }
    return child;
}

static void a_death_while_they_enter(void)
{
    enum { PARTIES = 3, LIVING = PARTIES - 1 };
    const int32_t on_death = DISTCOORD_ON_DEATH_SHRINK;
    distcoord_client *client = open_client();
    distcoord_double_barrier *barriers[LIVING];
    struct party parties[LIVING];
    /* One more than there are: those that live are enough once the dead one is known. */
    pid_t child = start_doomed(PARTIES + 1, on_death, NULL);
    for (int i = 0; i < LIVING; i++) {
        barriers[i] = open_party(client, PARTIES + 1, 10000, on_death);
        start_party(&parties[i], barriers[i], false);
    }
    REQUIRE(EVENTUALLY(5000, inside(barriers[0]) == PARTIES));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK_INT(inside(barriers[0]), PARTIES);
    distcoord_double_barrier *late = open_party(client, PARTIES + 1, 10000, on_death);
    REQUIRE(EVENTUALLY(10000, inside(late) == LIVING));
    CHECK_OK(distcoord_double_barrier_enter(late, 20000, NULL, E));
    for (int i = 0; i < LIVING; i++) {
        pthread_join(parties[i].thread, NULL);
        CHECK_INT(parties[i].status, DISTCOORD_OK);
        CHECK_STATUS(distcoord_double_barrier_leave(barriers[i], 0, E), DISTCOORD_TIMED_OUT);
        distcoord_double_barrier_free(barriers[i]);
    }
    CHECK_OK(distcoord_double_barrier_leave(late, 0, E));
    distcoord_double_barrier_free(late);
    close_client(client);
}

static void one_that_is_stopped_inside(void)
{
    int status = -1, is_in = -1;
    pid_t child = start_doomed(2, DISTCOORD_ON_DEATH_BREAK, &is_in);
    distcoord_client *client = open_client();
    distcoord_double_barrier *barrier = open_party(client, 2, 10000, DISTCOORD_ON_DEATH_BREAK);
    REQUIRE_OK(distcoord_double_barrier_enter(barrier, 20000, NULL, E));
    REQUIRE(EVENTUALLY(5000, readable(is_in)));
    close(is_in);
    kill(child, SIGSTOP);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_double_barrier_leave(barrier, 20000, E), DISTCOORD_BROKEN);
    CHECK(took_less(start, DOOMED_MS + 1000));
    CHECK_INT(inside(barrier), 0);
    kill(child, SIGCONT);
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    distcoord_double_barrier_free(barrier);
    close_client(client);
}

/* How many leases end on the server later than that many ms from `moment`. */
static long long renewed_since(struct timespec moment, long long ms)
{
    char command[160], answer[64] = "";
    long long end = moment.tv_sec * 1000LL + moment.tv_nsec / 1000000 + ms;
    snprintf(command, sizeof command, "ZCOUNT dc:{%s:double:a}:m (%lld +inf", test_name, end);
    return redis_server_command(&server, command, answer, sizeof answer) == 0 ? atoll(answer + 1) : -1;
}

static void leases_are_renewed(void)
{
    enum { LEASE_MS = 3000 };
    struct timespec then;
    struct party party;
    distcoord_client *client = open_client();
    distcoord_double_barrier *first = open_party(client, 2, LEASE_MS, 0), *second = open_party(client, 2, LEASE_MS, 0);
    start_party(&party, first, false);
    REQUIRE(EVENTUALLY(5000, inside(second) == 1));
    clock_gettime(CLOCK_REALTIME, &then);
    CHECK(EVENTUALLY(5000, renewed_since(then, LEASE_MS) == 1));
    CHECK_OK(distcoord_double_barrier_enter(second, 20000, NULL, E));
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_OK);
    clock_gettime(CLOCK_REALTIME, &then);
    CHECK(EVENTUALLY(5000, renewed_since(then, LEASE_MS) == 2));
    CHECK_INT(inside(second), 2);
    CHECK(!readable(distcoord_double_barrier_event_fd(first)));
    CHECK_STATUS(distcoord_double_barrier_leave(first, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_double_barrier_leave(second, 0, E));
    distcoord_double_barrier_free(first);
    distcoord_double_barrier_free(second);
    close_client(client);
}

static void child_of_a_party(void *argument)
{
    distcoord_double_barrier *barrier = argument;
    CHECK_INT(distcoord_double_barrier_state(barrier), DISTCOORD_PARTY_OUTSIDE);
    CHECK_STATUS(distcoord_double_barrier_leave(barrier, 0, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_double_barrier_enter(barrier, 0, NULL, E), DISTCOORD_ERROR_FORKED);
    distcoord_double_barrier_free(barrier);
}

static void forked(void)
{
    distcoord_client *client = open_client();
    distcoord_double_barrier *barrier = open_party(client, 1, 10000, 0);
    CHECK_OK(distcoord_double_barrier_enter(barrier, 0, NULL, E));
    in_child(child_of_a_party, barrier);
    CHECK_INT(inside(barrier), 1);
    CHECK_OK(distcoord_double_barrier_leave(barrier, 0, E));
    distcoord_double_barrier_free(barrier);
    close_client(client);
}

static const struct test tests[] = {
    {"double_options_and_range", options_and_range},
    {"double_together_in_and_together_out", together_in_and_together_out},
    {"double_what_a_handle_may_do", what_a_handle_may_do},
    {"double_comers_wait_for_the_next_round", comers_wait_for_the_next_round},
    {"double_abort_and_cancel", abort_and_cancel},
    {"double_leaving_is_done_though_nobody_waits", leaving_is_done_though_nobody_waits},
    {"double_a_death_while_they_enter", a_death_while_they_enter},
    {"double_one_that_is_stopped_inside", one_that_is_stopped_inside},
    {"double_leases_are_renewed", leases_are_renewed},
    {"double_forked", forked},
};

HARNESS_MAIN(tests)
