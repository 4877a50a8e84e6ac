/* Candidates, and threads that campaign without end. */
#ifndef ELECTION_TOOLS_H
#define ELECTION_TOOLS_H

#include "harness.h"

struct candidacy {
    int64_t lease_ms, renewal_ms, step_down_ms;
    const char *value;
};

/* A handle on the election "a"; what is 0 in the candidacy is the default. */
__attribute__((unused)) static distcoord_election *open_candidate(
    distcoord_client *client, struct candidacy candidacy)
{
    distcoord_election_options *options = distcoord_election_options_new();
    distcoord_election *election = NULL;
    if (candidacy.lease_ms) {
        CHECK_INT(distcoord_election_options_set_lease_ms(options, candidacy.lease_ms), DISTCOORD_OK);
    }
    if (candidacy.renewal_ms) {
        CHECK_INT(distcoord_election_options_set_renewal_ms(options, candidacy.renewal_ms), DISTCOORD_OK);
    }
    if (candidacy.step_down_ms) {
        CHECK_INT(distcoord_election_options_set_step_down_ms(options, candidacy.step_down_ms), DISTCOORD_OK);
    }
    if (candidacy.value) {
        CHECK_INT(distcoord_election_options_set_value(options, candidacy.value), DISTCOORD_OK);
    }
    REQUIRE_OK(distcoord_election_open(client, "a", options, &election, E));
    distcoord_election_options_free(options);
    return election;
}

__attribute__((unused)) static uint64_t leading_term(distcoord_election *election)
{
    distcoord_leader_info *info = NULL;
    distcoord_election_leader(election, &info, NULL);
    uint64_t term = distcoord_leader_info_term(info);
    distcoord_leader_info_free(info);
    return term;
}

/* Takes the next change of a watch and checks it; `value` NULL: nobody leads. */
__attribute__((unused)) static void expect_leader(distcoord_watch *watch, const char *value)
{
    distcoord_leader_info *info = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_election_watch_next(watch, 5000 * time_factor(), &info, &error);
    status_is(__FILE__, __LINE__, "watch_next", status, value ? DISTCOORD_OK : DISTCOORD_EMPTY, error);
    if (value) CHECK_TEXT(distcoord_leader_info_value(info), value);
    distcoord_leader_info_free(info);
}

/* A thread in `distcoord_election_run`, and what its callbacks have seen. */
struct runner {
    distcoord_election *election;
    pthread_t thread;
    distcoord_status status;
    /* What the callbacks do. */
    bool resigns_when_acquired;
    int64_t ending_takes_ms;
    /* Callbacks of all runners of the test that are between acquired and ended. */
    atomic_int *inside;
    atomic_int acquired, ended, lost, overlaps;
    _Atomic uint64_t term;
    _Atomic uint64_t resigned_at;
};

__attribute__((unused)) static void runner_acquired(void *context, uint64_t term)
{
    struct runner *runner = context;
    if (atomic_fetch_add(runner->inside, 1) != 0) atomic_fetch_add(&runner->overlaps, 1);
    if (term <= atomic_load(&runner->term)) report(__FILE__, __LINE__, "term %llu is no later one",
                                                   (unsigned long long)term);
    if (atomic_load(&runner->acquired) != atomic_load(&runner->ended)) report(__FILE__, __LINE__, "out of order");
    atomic_store(&runner->term, term);
    atomic_fetch_add(&runner->acquired, 1);
    if (runner->resigns_when_acquired) CHECK_OK(distcoord_election_resign(runner->election, E));
}

__attribute__((unused)) static void runner_ended(void *context, uint64_t term, bool was_lost)
{
    struct runner *runner = context;
    CHECK(term == atomic_load(&runner->term));
    sleep_ms(runner->ending_takes_ms);
    if (was_lost) atomic_fetch_add(&runner->lost, 1);
    atomic_fetch_sub(runner->inside, 1);
    atomic_fetch_add(&runner->ended, 1);
}

__attribute__((unused)) static void *runner_run(void *argument)
{
    struct runner *runner = argument;
    distcoord_error *error = NULL;
    runner->status = distcoord_election_run(runner->election, runner_acquired, runner_ended, runner, &error);
    if (error) report(__FILE__, __LINE__, "%s", distcoord_error_message(error));
    distcoord_error_free(error);
    return NULL;
}

__attribute__((unused)) static void start_runner(struct runner *runner)
{
    runner->thread = start_thread(runner_run, runner);
}

/* Ends it, as its owner would. */
__attribute__((unused)) static void stop_runner(struct runner *runner)
{
    distcoord_election_cancel(runner->election);
    pthread_join(runner->thread, NULL);
    CHECK_INT(runner->status, DISTCOORD_CANCELLED);
    CHECK_INT(atomic_load(&runner->acquired), atomic_load(&runner->ended));
    CHECK_INT(distcoord_election_state(runner->election), DISTCOORD_ELECTION_FOLLOWER);
    CHECK_INT(atomic_load(&runner->overlaps), 0);
}

#endif
