/* Elections over five servers of which a majority must agree, as leader.h describes them. */
#define _GNU_SOURCE
#include "quorum_tools.h"

#include "election_tools.h"

/* Takes changes of a watch until the leader's value is this one (NULL: until nobody leads). */
static bool comes(distcoord_watch *watch, const char *value)
{
    int64_t until = now_ms() + 10000 * time_factor();
    while (now_ms() < until) {
        distcoord_leader_info *info = NULL;
        distcoord_status status = distcoord_election_watch_next(watch, until - now_ms(), &info, NULL);
        bool is_it = value ? status == DISTCOORD_OK && strcmp(distcoord_leader_info_value(info), value) == 0
                           : status == DISTCOORD_EMPTY;
        distcoord_leader_info_free(info);
        if (is_it) return true;
        if (status != DISTCOORD_OK && status != DISTCOORD_EMPTY) return false;
    }
    return false;
}

static void led_and_watched_with_a_minority_away(void)
{
    start_nodes();
    distcoord_client *client = open_quorum(), *other = open_quorum();
    distcoord_election *first = open_candidate(client, (struct candidacy){.lease_ms = 3000, .value = "one"});
    distcoord_election *second = open_candidate(other, (struct candidacy){.lease_ms = 3000, .value = "two"});
    distcoord_watch *watch = NULL;
    REQUIRE_OK(distcoord_election_watch(second, &watch, E));
    CHECK(comes(watch, NULL));
    CHECK_OK(distcoord_election_campaign(first, 5000, E));
    CHECK(comes(watch, "one"));
    CHECK_STATUS(distcoord_election_campaign(second, 0, E), DISTCOORD_TIMED_OUT);
    CHECK(leading_term(second) == distcoord_election_term(first));
    uint64_t term = distcoord_election_term(first);
    /* It is kept without two of them, and what it publishes can change. */
    redis_server_kill(&nodes[0]);
    redis_server_kill(&nodes[1]);
    CHECK_OK(distcoord_election_set_value(first, "one, still", E));
    CHECK(comes(watch, "one, still"));
    sleep_ms(3500);
    CHECK_INT(distcoord_election_state(first), DISTCOORD_ELECTION_LEADER);
    CHECK(leading_term(second) == term);
    CHECK_OK(distcoord_election_resign(first, E));
    CHECK_OK(distcoord_election_campaign(second, 5000, E));
    CHECK(distcoord_election_term(second) > term);
    CHECK(comes(watch, "two"));
    CHECK_OK(distcoord_election_evict(first, distcoord_election_term(second), E));
    CHECK_INT(distcoord_election_wait_lost(second, 5000 * time_factor()), DISTCOORD_LOST);
    /* Three of five away: nobody can win, and it says why. */
    redis_server_kill(&nodes[2]);
    distcoord_error *error = NULL;
    CHECK(distcoord_election_campaign(first, 500, &error) < 0);
    CHECK(error && strstr(distcoord_error_message(error), "quorum") != NULL);
    distcoord_error_free(error);
    distcoord_watch_free(watch);
    distcoord_election_free(first);
    distcoord_election_free(second);
    close_quorum(client);
    close_quorum(other);
    stop_nodes();
}

static void minimum_nodes(void)
{
    start_nodes();
    char url[1024];
    distcoord_client *client = NULL;
    distcoord_options *options = quorum_options();
    CHECK_INT(distcoord_options_set_minimum_nodes(options, 4), DISTCOORD_OK);
    quorum_url(url, sizeof url);
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    distcoord_election *election = open_candidate(client, (struct candidacy){.lease_ms = KEPT_MS});
    redis_server_kill(&nodes[4]);
    CHECK_OK(distcoord_election_campaign(election, 5000, E));
    /* Three are a majority, and fewer than asked for: it steps down in time. */
    redis_server_kill(&nodes[3]);
    CHECK_INT(distcoord_election_wait_lost(election, 10000), DISTCOORD_LOST);
    distcoord_election_free(election);
    close_quorum(client);
    stop_nodes();
}

static const struct test tests[] = {
    {"quorum_election_led_and_watched_with_a_minority_away", led_and_watched_with_a_minority_away},
    {"quorum_election_minimum_nodes", minimum_nodes},
};

HARNESS_MAIN(tests)
