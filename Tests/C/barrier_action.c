/* The action of a barrier, as barrier.h describes it. */
#include "harness.h"

/* What an action did and saw. */
struct action {
    distcoord_barrier *barrier;
    int32_t answer;
    int64_t takes_ms;
    atomic_int runs;
    atomic_int gone_on; /* parties that had gone on when it ended */
    int seen_gone_on;
    int64_t seen_waiting;
};

struct party {
    distcoord_barrier *barrier;
    struct action *action;
    int64_t wait_ms;
    distcoord_status status;
    int64_t index;
    pthread_t thread;
};

static int32_t act(void *context)
{
    struct action *action = context;
    atomic_fetch_add(&action->runs, 1);
    sleep_ms(action->takes_ms);
    /* It may use the library, also what it is the action of. */
    if (action->barrier) distcoord_barrier_inspect(action->barrier, &action->seen_waiting, NULL, NULL, NULL);
    action->seen_gone_on = atomic_load(&action->gone_on);
    return action->answer;
}

static void *arrive(void *argument)
{
    struct party *party = argument;
    party->status = distcoord_barrier_wait_acting(
        party->barrier, party->wait_ms, party->action ? act : NULL, party->action, &party->index, NULL, NULL);
    if (party->action) atomic_fetch_add(&party->action->gone_on, 1);
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

static bool is_broken(distcoord_barrier *barrier)
{
    bool broken = false;
    CHECK_OK(distcoord_barrier_inspect(barrier, NULL, NULL, &broken, E));
    return broken;
}

static void start_party(struct party *party, distcoord_barrier *barrier, struct action *action, int64_t wait_ms)
{
    *party = (struct party){.barrier = barrier, .action = action, .wait_ms = wait_ms, .index = -1};
    party->thread = start_thread(arrive, party);
}

static void runs_once_before_anybody_goes_on(void)
{
    enum { PARTIES = 6, ROUNDS = 10 };
    struct party parties[PARTIES];
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_barrier *barriers[] = {open_barrier(client, PARTIES), open_barrier(other, PARTIES)};
    for (int round = 0; round < ROUNDS; round++) {
        struct action action = {.barrier = barriers[0], .takes_ms = 5};
        bool seen[PARTIES] = {false};
        for (int i = 0; i < PARTIES; i++) start_party(&parties[i], barriers[i % 2], &action, 20000);
        for (int i = 0; i < PARTIES; i++) {
            pthread_join(parties[i].thread, NULL);
            CHECK_INT(parties[i].status, DISTCOORD_OK);
            REQUIRE(parties[i].index >= 0 && parties[i].index < PARTIES && !seen[parties[i].index]);
            seen[parties[i].index] = true;
        }
        CHECK_INT(action.runs, 1);
        CHECK_INT(action.seen_gone_on, 0);
        CHECK_INT(action.seen_waiting, PARTIES);
    }
    for (int i = 0; i < 2; i++) distcoord_barrier_free(barriers[i]);
    close_client(client);
    close_client(other);
}

static void alone_and_without_one(void)
{
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 1);
    struct action action = {.answer = 0};
    int64_t index = -1, generation = -1;
    CHECK_OK(distcoord_barrier_wait_acting(barrier, 0, act, &action, &index, &generation, E));
    CHECK_INT(index, 0);
    CHECK_INT(generation, 0);
    CHECK_INT(action.runs, 1);
    CHECK_OK(distcoord_barrier_wait_acting(barrier, 0, NULL, NULL, NULL, &generation, E));
    CHECK_INT(generation, 1);
    action.answer = 7;
    CHECK_STATUS(distcoord_barrier_wait_acting(barrier, 0, act, &action, NULL, NULL, E), DISTCOORD_BROKEN);
    CHECK(is_broken(barrier));
    distcoord_barrier_free(barrier);
    close_client(client);
}

static void failing_breaks_it(void)
{
    struct party party;
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 2);
    struct action action = {.answer = 1};
    start_party(&party, barrier, &action, -1);
    REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
    CHECK_STATUS(distcoord_barrier_wait_acting(barrier, -1, act, &action, NULL, NULL, E), DISTCOORD_BROKEN);
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_BROKEN);
    CHECK_INT(action.runs, 1);
    CHECK(is_broken(barrier) && waiting_at(barrier) == 0);
    distcoord_barrier_free(barrier);
    close_client(client);
}

/* Until when the server takes the party that acts to live, in ms. */
static long long act_end(void)
{
    char command[160], answer[64] = "";
    snprintf(command, sizeof command, "HSTRLEN dc:{%s:barrier:a}:s u", test_name);
    if (redis_server_command(&server, command, answer, sizeof answer) != 0 || strcmp(answer, ":13") != 0) return -1;
    /* Nothing but a number is answered in one line. */
    snprintf(command, sizeof command, "HINCRBY dc:{%s:barrier:a}:s u 0", test_name);
    return redis_server_command(&server, command, answer, sizeof answer) == 0 ? atoll(answer + 1) : -1;
}

static int32_t outlast(void *context)
{
    long long *first_end = context;
    *first_end = act_end();
    return EVENTUALLY(8000, act_end() > *first_end) ? 0 : 1;
}

/* The library tells the server that the party lives, however long the action takes. */
static void a_long_one_is_waited_for(void)
{
    struct party party;
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_barrier *barrier = open_barrier(client, 2), *second = open_barrier(other, 2);
    long long first_end = -1;
    start_party(&party, barrier, NULL, -1);
    REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
    /* What it takes is not counted for who runs it. */
    CHECK_OK(distcoord_barrier_wait_acting(second, 1000, outlast, &first_end, NULL, NULL, E));
    CHECK(first_end > 0);
    pthread_join(party.thread, NULL);
    CHECK_INT(party.status, DISTCOORD_OK);
    CHECK_INT(party.index, 0);
    distcoord_barrier_free(barrier);
    distcoord_barrier_free(second);
    close_client(client);
    close_client(other);
}

static void a_timeout_breaks_it_meanwhile(void)
{
    struct party hasty, acting;
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, 2);
    struct action action = {.takes_ms = 600};
    start_party(&hasty, barrier, NULL, 300);
    REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
    start_party(&acting, barrier, &action, -1);
    pthread_join(hasty.thread, NULL);
    pthread_join(acting.thread, NULL);
    CHECK_INT(hasty.status, DISTCOORD_TIMED_OUT);
    CHECK_INT(acting.status, DISTCOORD_BROKEN);
    CHECK_INT(action.runs, 1);
    CHECK(is_broken(barrier));
    distcoord_barrier_free(barrier);
    close_client(client);
}

static void comers_meanwhile_are_the_next_generation(void)
{
    enum { PARTIES = 2 };
    struct party first, acting, later[PARTIES];
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = open_barrier(client, PARTIES);
    struct action action = {.takes_ms = 400}, second = {.takes_ms = 0};
    start_party(&first, barrier, &action, -1);
    REQUIRE(EVENTUALLY(5000, waiting_at(barrier) == 1));
    start_party(&acting, barrier, &action, -1);
    REQUIRE(EVENTUALLY(5000, atomic_load(&action.runs) == 1));
    for (int i = 0; i < PARTIES; i++) start_party(&later[i], barrier, &second, -1);
    for (int i = 0; i < PARTIES; i++) {
        pthread_join(later[i].thread, NULL);
        CHECK_INT(later[i].status, DISTCOORD_OK);
    }
    pthread_join(first.thread, NULL);
    pthread_join(acting.thread, NULL);
    CHECK_INT(first.status, DISTCOORD_OK);
    CHECK_INT(acting.status, DISTCOORD_OK);
    CHECK_INT(second.runs, 1);
    int64_t generation = -1;
    CHECK_OK(distcoord_barrier_inspect(barrier, NULL, &generation, NULL, E));
    CHECK_INT(generation, 2);
    distcoord_barrier_free(barrier);
    close_client(client);
}

static const struct test tests[] = {
    {"barrier_action_runs_once_before_anybody_goes_on", runs_once_before_anybody_goes_on},
    {"barrier_action_alone_and_without_one", alone_and_without_one},
    {"barrier_action_failing_breaks_it", failing_breaks_it},
    {"barrier_action_a_long_one_is_waited_for", a_long_one_is_waited_for},
    {"barrier_action_a_timeout_breaks_it_meanwhile", a_timeout_breaks_it_meanwhile},
    {"barrier_action_comers_meanwhile_are_the_next_generation", comers_meanwhile_are_the_next_generation},
};

HARNESS_MAIN(tests)
