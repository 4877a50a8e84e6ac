/* Campaigning without end, stepping down in time, values, eviction and watching, as leader.h describes them. */
#include "election_tools.h"

static void callbacks_in_order(void)
{
    enum { COUNT = 3 };
    atomic_int inside = 0;
    distcoord_client *clients[COUNT];
    struct runner runners[COUNT] = {{0}};
    for (int i = 0; i < COUNT; i++) {
        clients[i] = open_client();
        runners[i].election = open_candidate(clients[i], (struct candidacy){.lease_ms = 5000});
        runners[i].inside = &inside;
        runners[i].resigns_when_acquired = true;
        runners[i].ending_takes_ms = 3;
        start_runner(&runners[i]);
    }
    /* Whoever stands down stands at the end of the line: all lead in turn. */
    for (int i = 0; i < COUNT; i++) REQUIRE(EVENTUALLY(10000, atomic_load(&runners[i].ended) >= 5));
    for (int i = 0; i < COUNT; i++) CHECK_INT(atomic_load(&runners[i].lost), 0);
    for (int i = 0; i < COUNT; i++) stop_runner(&runners[i]);
    CHECK_INT(atomic_load(&inside), 0);
    CHECK(leading_term(runners[0].election) == 0);
    for (int i = 0; i < COUNT; i++) {
        distcoord_election_free(runners[i].election);
        close_client(clients[i]);
    }
}

static void ended_before_handing_over(void)
{
    atomic_int inside = 0;
    distcoord_client *client = open_client(), *other = open_client();
    struct runner runner = {
        .election = open_candidate(client, (struct candidacy){0}), .inside = &inside, .ending_takes_ms = 300};
    distcoord_election *next = open_candidate(other, (struct candidacy){0});
    start_runner(&runner);
    REQUIRE(EVENTUALLY(5000, atomic_load(&runner.acquired) == 1));
    CHECK_STATUS(distcoord_election_campaign(next, 0, E), DISTCOORD_TIMED_OUT);
    /* Standing down from another thread is told to the program first. */
    CHECK_OK(distcoord_election_resign(runner.election, E));
    CHECK_OK(distcoord_election_campaign(next, 5000, E));
    CHECK_INT(atomic_load(&runner.ended), 1);
    CHECK_INT(atomic_load(&runner.lost), 0);
    CHECK_OK(distcoord_election_resign(next, E));
    REQUIRE(EVENTUALLY(5000, atomic_load(&runner.acquired) == 2));
    CHECK_STATUS(distcoord_election_run(runner.election, NULL, NULL, NULL, E), DISTCOORD_ERROR_CONFLICT);
    stop_runner(&runner);
    distcoord_election_free(runner.election);
    distcoord_election_free(next);
    close_client(client);
    close_client(other);
}

static void closing_ends_the_run(void)
{
    atomic_int inside = 0;
    distcoord_client *client = open_client(), *other = open_client();
    struct runner runner = {.election = open_candidate(client, (struct candidacy){0}), .inside = &inside};
    distcoord_election *next = open_candidate(other, (struct candidacy){0});
    start_runner(&runner);
    REQUIRE(EVENTUALLY(5000, atomic_load(&runner.acquired) == 1));
    close_client(client);
    pthread_join(runner.thread, NULL);
    CHECK_INT(runner.status, DISTCOORD_CANCELLED);
    CHECK_INT(atomic_load(&runner.ended), 1);
    CHECK_OK(distcoord_election_campaign(next, 2000, E));
    distcoord_election_free(runner.election);
    distcoord_election_free(next);
    close_client(other);
}

/* The server does not answer, so that nothing can be renewed, and goes on counting the lease. */
static void steps_down_before_the_end(void)
{
    atomic_int inside = 0;
    distcoord_client *client = open_client();
    struct runner runner = {
        .election = open_candidate(client, (struct candidacy){.lease_ms = 4000, .step_down_ms = 800}),
        .inside = &inside};
    start_runner(&runner);
    REQUIRE(EVENTUALLY(5000, atomic_load(&runner.acquired) == 1));
    pid_t pid = (pid_t)redis_server_number(&server, "process_id");
    REQUIRE(pid > 0);
    int64_t paused = now_ms();
    kill(pid, SIGSTOP);
    bool is_told = EVENTUALLY(10000, atomic_load(&runner.ended) == 1);
    /* Renewed at the latest just before the pause: 3 200 ms later it is told, 4 000 ms later others could win. */
    bool is_in_time = took_less(paused, 3600);
    kill(pid, SIGCONT);
    REQUIRE(is_told);
    CHECK(is_in_time);
    CHECK_INT(atomic_load(&runner.lost), 1);
    /* It campaigns again. */
    REQUIRE(EVENTUALLY(10000, atomic_load(&runner.acquired) == 2));
    stop_runner(&runner);
    distcoord_election_free(runner.election);
    close_client(client);
}

static void times_must_go_together(void)
{
    distcoord_client *client = open_client();
    distcoord_election_options *options = distcoord_election_options_new();
    distcoord_election *election = NULL;
    CHECK_INT(distcoord_election_options_set_renewal_ms(options, 9), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_options_set_renewal_ms(options, -1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_options_set_step_down_ms(options, -2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_options_set_step_down_ms(options, INT64_MAX), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_options_set_lease_ms(options, 1000), DISTCOORD_OK);
    CHECK_INT(distcoord_election_options_set_renewal_ms(options, 600), DISTCOORD_OK);
    CHECK_STATUS(distcoord_election_open(client, "a", options, &election, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_options_set_renewal_ms(options, 500), DISTCOORD_OK);
    CHECK_INT(distcoord_election_options_set_step_down_ms(options, 500), DISTCOORD_OK);
    CHECK_STATUS(distcoord_election_open(client, "a", options, &election, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_options_set_renewal_ms(options, 100), DISTCOORD_OK);
    CHECK_OK(distcoord_election_open(client, "a", options, &election, E));
    distcoord_election_options_free(options);
    distcoord_election_free(election);
    close_client(client);
}

static void evicted(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_election *leader = open_candidate(client, (struct candidacy){.lease_ms = KEPT_MS});
    distcoord_election *next = open_candidate(other, (struct candidacy){0});
    CHECK_STATUS(distcoord_election_evict(next, 0, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    uint64_t term = distcoord_election_term(leader);
    CHECK_STATUS(distcoord_election_evict(next, term + 1, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_election_evict(next, term, E));
    CHECK_OK(distcoord_election_campaign(next, 0, E));
    CHECK(distcoord_election_term(next) > term);
    CHECK_INT(distcoord_election_wait_lost(leader, 10000), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_election_evict(leader, term, E), DISTCOORD_NOT_HELD);
    CHECK_INT(distcoord_election_state(next), DISTCOORD_ELECTION_LEADER);
    CHECK_OK(distcoord_election_evict(leader, 0, E));
    distcoord_election_free(leader);
    distcoord_election_free(next);
    close_client(client);
    close_client(other);
}

static void watched(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_election *leader = open_candidate(client, (struct candidacy){.lease_ms = KEPT_MS, .value = "one"});
    distcoord_election *follower = open_candidate(other, (struct candidacy){.value = "two"});
    distcoord_watch *watch = NULL;
    distcoord_leader_info *info = NULL;
    char answer[64];
    REQUIRE_OK(distcoord_election_watch(follower, &watch, E));
    int fd = distcoord_watch_event_fd(watch);
    CHECK(readable(fd));
    expect_leader(watch, NULL);
    CHECK_STATUS(distcoord_election_watch_next(watch, 0, &info, E), DISTCOORD_TIMED_OUT);
    CHECK(!readable(fd));
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    CHECK(EVENTUALLY(3000, readable(fd)));
    expect_leader(watch, "one");
    uint64_t term = distcoord_election_term(leader);
    CHECK_OK(distcoord_election_set_value(leader, "one, and more", E));
    expect_leader(watch, "one, and more");
    CHECK(distcoord_election_term(leader) == term);
    CHECK_OK(distcoord_election_resign(leader, E));
    expect_leader(watch, NULL);
    /* A value holds for the next term, too; that of somebody else is another. */
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    expect_leader(watch, "one, and more");
    CHECK_OK(distcoord_election_resign(leader, E));
    CHECK_OK(distcoord_election_campaign(follower, 0, E));
    expect_leader(watch, "two");
    /* A lost connection: what was missed is found out. */
    CHECK(redis_server_command(&server, "CLIENT KILL TYPE pubsub", answer, sizeof answer) == 0);
    CHECK_OK(distcoord_election_resign(follower, E));
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    do {
        distcoord_leader_info_free(info);
        info = NULL;
        distcoord_election_watch_next(watch, 5000, &info, NULL);
    } while (info == NULL);
    CHECK_TEXT(distcoord_leader_info_value(info), "one, and more");
    distcoord_leader_info_free(info);
    distcoord_watch_free(watch);
    /* Not one of this kind. */
    CHECK_STATUS(distcoord_election_watch_next(NULL, 0, &info, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_election_free(leader);
    distcoord_election_free(follower);
    close_client(client);
    close_client(other);
}

/* Again and again: a cancel ends waits that have begun, and this one may begin only a moment later. */
static atomic_bool is_cancelled;

static void *cancel_soon(void *argument)
{
    while (!atomic_load(&is_cancelled)) {
        sleep_ms(100);
        distcoord_watch_cancel(argument);
    }
    return NULL;
}

static void watching_ends(void)
{
    distcoord_client *client = open_client();
    distcoord_election *election = open_candidate(client, (struct candidacy){0});
    distcoord_watch *watch = NULL;
    distcoord_leader_info *info = NULL;
    REQUIRE_OK(distcoord_election_watch(election, &watch, E));
    expect_leader(watch, NULL);
    CHECK_STATUS(distcoord_election_watch_next(watch, 50, &info, E), DISTCOORD_TIMED_OUT);
    pthread_t thread = start_thread(cancel_soon, watch);
    CHECK_STATUS(distcoord_election_watch_next(watch, -1, &info, E), DISTCOORD_CANCELLED);
    atomic_store(&is_cancelled, true);
    pthread_join(thread, NULL);
    /* In any order. */
    distcoord_election_free(election);
    CHECK_OK(distcoord_client_close(client, E));
    CHECK_STATUS(distcoord_election_watch_next(watch, 0, &info, E), DISTCOORD_ERROR_CLOSED);
    distcoord_client_free(client);
    distcoord_watch_free(watch);
}

static const struct test tests[] = {
    {"election_run_callbacks_in_order", callbacks_in_order},
    {"election_run_ended_before_handing_over", ended_before_handing_over},
    {"election_run_closing_ends_it", closing_ends_the_run},
    {"election_run_steps_down_before_the_end", steps_down_before_the_end},
    {"election_times_must_go_together", times_must_go_together},
    {"election_evicted", evicted},
    {"election_watched", watched},
    {"election_watching_ends", watching_ends},
};

HARNESS_MAIN(tests)
