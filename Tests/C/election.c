/* Elections, as leader.h describes them, seen from one process. */
#include "harness.h"

#include <poll.h>

static distcoord_election *open_election(distcoord_client *client, int64_t lease_ms, const char *value)
{
    distcoord_election_options *options = distcoord_election_options_new();
    distcoord_election *election = NULL;
    CHECK_INT(distcoord_election_options_set_lease_ms(options, lease_ms), DISTCOORD_OK);
    if (value) CHECK_INT(distcoord_election_options_set_value(options, value), DISTCOORD_OK);
    REQUIRE_OK(distcoord_election_open(client, "a", options, &election, E));
    distcoord_election_options_free(options);
    return election;
}

static void campaign_and_resign(void)
{
    distcoord_client *client = open_client();
    distcoord_election *a = open_election(client, 10000, "host-a:80"), *b = open_election(client, 10000, NULL);
    distcoord_leader_info *info = (distcoord_leader_info *)(void *)&info;
    CHECK_INT(distcoord_election_state(a), DISTCOORD_ELECTION_FOLLOWER);
    CHECK_INT(distcoord_election_term(a), 0);
    CHECK_STATUS(distcoord_election_leader(a, &info, E), DISTCOORD_EMPTY);
    CHECK(info == NULL);
    CHECK_STATUS(distcoord_election_resign(a, E), DISTCOORD_NOT_HELD);
    CHECK_INT(distcoord_election_wait_lost(a, -1), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_election_campaign(a, 0, E));
    CHECK_INT(distcoord_election_state(a), DISTCOORD_ELECTION_LEADER);
    uint64_t term = distcoord_election_term(a);
    CHECK(term > 0 && term < (1ull << 53));
    /* Who leads already wins at once, with the same term. */
    CHECK_OK(distcoord_election_campaign(a, -1, E));
    CHECK(distcoord_election_term(a) == term);
    CHECK_STATUS(distcoord_election_campaign(b, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_election_campaign(b, 100, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_election_state(b), DISTCOORD_ELECTION_FOLLOWER);
    REQUIRE_OK(distcoord_election_leader(b, &info, E));
    CHECK_TEXT(distcoord_leader_info_value(info), "host-a:80");
    CHECK(strchr(distcoord_leader_info_label(info), '@') != NULL);
    CHECK(distcoord_leader_info_term(info) == term);
    CHECK_INT(distcoord_leader_info_candidates(info), 0);
    int64_t age = (int64_t)time(NULL) * 1000 - distcoord_leader_info_since_ms(info);
    CHECK(age > -2000 && age < 60000);
    CHECK(distcoord_leader_info_lease_left_ms(info) > 5000 && distcoord_leader_info_lease_left_ms(info) <= 10000);
    distcoord_leader_info_free(info);
    CHECK_STATUS(distcoord_election_resign(b, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_election_resign(a, E));
    CHECK_INT(distcoord_election_state(a), DISTCOORD_ELECTION_FOLLOWER);
    CHECK(distcoord_election_term(a) == term);
    CHECK_STATUS(distcoord_election_leader(a, &info, E), DISTCOORD_EMPTY);
    CHECK_OK(distcoord_election_campaign(b, 0, E));
    CHECK(distcoord_election_term(b) > term);
    REQUIRE_OK(distcoord_election_leader(a, &info, E));
    CHECK_TEXT(distcoord_leader_info_value(info), distcoord_leader_info_label(info)); /* the default value */
    distcoord_leader_info_free(info);
    distcoord_election_free(a);
    distcoord_election_free(b);
    close_client(client);
}

struct candidate {
    distcoord_election *election;
    pthread_t thread;
    distcoord_status status;
    atomic_bool ended;
};

static void *run_campaign(void *argument)
{
    struct candidate *candidate = argument;
    candidate->status = distcoord_election_campaign(candidate->election, -1, NULL);
    atomic_store(&candidate->ended, true);
    return NULL;
}

static int64_t candidates_of(distcoord_election *election)
{
    distcoord_leader_info *info = NULL;
    int64_t count = distcoord_election_leader(election, &info, NULL) == DISTCOORD_OK
        ? distcoord_leader_info_candidates(info) : -1;
    distcoord_leader_info_free(info);
    return count;
}

static void resigning_hands_over_in_order(void)
{
    enum { COUNT = 5 };
    struct candidate candidates[COUNT];
    distcoord_client *clients[COUNT];
    distcoord_client *client = open_client();
    distcoord_election *leader = open_election(client, 10000, "first");
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    uint64_t term = distcoord_election_term(leader);
    for (int i = 0; i < COUNT; i++) {
        clients[i] = open_client();
        candidates[i] = (struct candidate){.election = open_election(clients[i], 10000, NULL)};
        candidates[i].thread = start_thread(run_campaign, &candidates[i]);
        REQUIRE(EVENTUALLY(5000, candidates_of(leader) == i + 1));
    }
    CHECK_OK(distcoord_election_resign(leader, E));
    for (int i = 0; i < COUNT; i++) {
        int64_t start = now_ms();
        pthread_join(candidates[i].thread, NULL);
        CHECK(took_less(start, 500));
        CHECK_INT(candidates[i].status, DISTCOORD_OK);
        CHECK(distcoord_election_term(candidates[i].election) > term);
        term = distcoord_election_term(candidates[i].election);
        for (int k = i + 1; k < COUNT; k++) CHECK(!atomic_load(&candidates[k].ended));
        CHECK_OK(distcoord_election_resign(candidates[i].election, E));
    }
    for (int i = 0; i < COUNT; i++) {
        distcoord_election_free(candidates[i].election);
        close_client(clients[i]);
    }
    distcoord_election_free(leader);
    close_client(client);
}

static void renewed_while_leading(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_election *leader = open_election(client, KEPT_MS, NULL), *follower = open_election(other, KEPT_MS, NULL);
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    CHECK_STATUS(distcoord_election_campaign(follower, PAST_KEPT_MS, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_election_state(leader), DISTCOORD_ELECTION_LEADER);
    CHECK(!readable(distcoord_election_event_fd(leader)));
    CHECK_INT(distcoord_election_wait_lost(leader, 10), DISTCOORD_TIMED_OUT);
    distcoord_election_free(leader);
    distcoord_election_free(follower);
    close_client(client);
    close_client(other);
}

static void lost(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_election *leader = open_election(client, KEPT_MS, NULL), *next = open_election(other, 10000, NULL);
    char answer[64];
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    uint64_t term = distcoord_election_term(leader);
    int fd = distcoord_election_event_fd(leader);
    CHECK(fd >= 0 && !readable(fd));
    CHECK(redis_server_command(&server, "FLUSHALL", answer, sizeof answer) == 0);
    CHECK_OK(distcoord_election_campaign(next, 3000, E));
    CHECK(distcoord_election_term(next) > term);
    CHECK_INT(distcoord_election_wait_lost(leader, 10000), DISTCOORD_LOST);
    CHECK_INT(distcoord_election_state(leader), DISTCOORD_ELECTION_LOST);
    CHECK(readable(fd));
    CHECK_STATUS(distcoord_election_resign(leader, E), DISTCOORD_LOST);
    CHECK_INT(distcoord_election_state(leader), DISTCOORD_ELECTION_FOLLOWER);
    CHECK(!readable(fd));
    CHECK_INT(distcoord_election_state(next), DISTCOORD_ELECTION_LEADER);
    CHECK_STATUS(distcoord_election_campaign(leader, 0, E), DISTCOORD_TIMED_OUT);
    distcoord_election_free(leader);
    distcoord_election_free(next);
    close_client(client);
    close_client(other);
}

struct observer {
    distcoord_election *election;
    uint64_t known;
    distcoord_status status;
    uint64_t term;
    pthread_t thread;
};

static void *run_observe(void *argument)
{
    struct observer *observer = argument;
    distcoord_leader_info *info = NULL;
    observer->status = distcoord_election_observe(observer->election, observer->known, 10000, &info, NULL);
    observer->term = distcoord_leader_info_term(info);
    distcoord_leader_info_free(info);
    return NULL;
}

static void observe(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_election *leader = open_election(client, 10000, "v"), *follower = open_election(other, 10000, NULL);
    distcoord_leader_info *info = NULL;
    /* Nobody leads and nobody was known to lead: no change. */
    CHECK_STATUS(distcoord_election_observe(follower, 0, 0, &info, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_election_observe(follower, 0, 80, &info, E), DISTCOORD_TIMED_OUT);
    CHECK(info == NULL);
    /* Somebody was known, nobody leads: told at once. */
    CHECK_STATUS(distcoord_election_observe(follower, 12345, 10000, &info, E), DISTCOORD_EMPTY);

    struct observer observer = {.election = follower};
    observer.thread = start_thread(run_observe, &observer);
    sleep_ms(100);
    CHECK_OK(distcoord_election_campaign(leader, 0, E));
    uint64_t term = distcoord_election_term(leader);
    int64_t start = now_ms();
    pthread_join(observer.thread, NULL);
    CHECK(took_less(start, 500));
    CHECK_INT(observer.status, DISTCOORD_OK);
    CHECK(observer.term == term);

    CHECK_OK(distcoord_election_observe(follower, 0, 0, &info, E));
    CHECK_TEXT(distcoord_leader_info_value(info), "v");
    distcoord_leader_info_free(info);
    info = NULL;
    CHECK_STATUS(distcoord_election_observe(follower, term, 50, &info, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_election_observe(follower, term - 1, 50, &info, E));
    distcoord_leader_info_free(info);

    observer = (struct observer){.election = follower, .known = term};
    observer.thread = start_thread(run_observe, &observer);
    sleep_ms(100);
    CHECK_OK(distcoord_election_resign(leader, E));
    start = now_ms();
    pthread_join(observer.thread, NULL);
    CHECK(took_less(start, 500));
    CHECK_INT(observer.status, DISTCOORD_EMPTY);
    distcoord_election_free(leader);
    distcoord_election_free(follower);
    close_client(client);
    close_client(other);
}

/* Never two leaders, and terms that only grow, whatever candidates do. */
static atomic_int leading;
static _Atomic uint64_t last_term;

static void *come_and_go(void *argument)
{
    distcoord_client *client = open_client();
    distcoord_election *election = open_election(client, 10000, NULL);
    for (int i = 0; i < 40; i++) {
        distcoord_status status = distcoord_election_campaign(election, (i + *(int *)argument) % 5, NULL);
        if (status == DISTCOORD_OK) {
            int now = atomic_fetch_add(&leading, 1) + 1;
            if (now != 1) report(__FILE__, __LINE__, "%d leaders", now);
            if (distcoord_election_term(election) <= atomic_load(&last_term)) report(__FILE__, __LINE__, "an old term");
            atomic_store(&last_term, distcoord_election_term(election));
            atomic_fetch_sub(&leading, 1);
            CHECK_OK(distcoord_election_resign(election, E));
        } else {
            CHECK_INT(status, DISTCOORD_TIMED_OUT);
        }
    }
    distcoord_election_free(election);
    close_client(client);
    return NULL;
}

static void candidates_come_and_go(void)
{
    pthread_t threads[8];
    int numbers[8];
    for (int i = 0; i < 8; i++) {
        numbers[i] = i;
        threads[i] = start_thread(come_and_go, &numbers[i]);
    }
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    distcoord_client *client = open_client();
    distcoord_election *election = open_election(client, 10000, NULL);
    CHECK_OK(distcoord_election_campaign(election, 50 * time_factor(), E));
    CHECK_INT(candidates_of(election), 0);
    distcoord_election_free(election);
    close_client(client);
}

static const struct test tests[] = {
    {"election_campaign_and_resign", campaign_and_resign},
    {"election_resigning_hands_over_in_order", resigning_hands_over_in_order},
    {"election_renewed_while_leading", renewed_while_leading},
    {"election_lost", lost},
    {"election_observe", observe},
    {"election_candidates_come_and_go", candidates_come_and_go},
};

HARNESS_MAIN(tests)
