/* Watching elections beside forks: a child that dies as the leader, and one that inherits a watch. */
#include "election_tools.h"

/* A leader that dies is not announced by anybody: its lease ends. A forked child dies with what it holds. */
static void the_death_of_a_leader_is_seen(void)
{
    distcoord_client *client = open_client();
    distcoord_election *election = open_candidate(client, (struct candidacy){0});
    distcoord_watch *watch = NULL;
    REQUIRE_OK(distcoord_election_watch(election, &watch, E));
    int fd = distcoord_watch_event_fd(watch);
    expect_leader(watch, NULL);
    pid_t child = fork();
    if (child == 0) {
        distcoord_client *mine = open_client();
        distcoord_election *leader = open_candidate(mine, (struct candidacy){.lease_ms = KEPT_MS, .value = "child"});
        _exit(distcoord_election_campaign(leader, 0, NULL) == DISTCOORD_OK ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    expect_leader(watch, "child");
    distcoord_leader_info *info = NULL;
    CHECK_STATUS(distcoord_election_watch_next(watch, 0, &info, E), DISTCOORD_TIMED_OUT);
    /* Seen without a thread that waits. */
    CHECK(EVENTUALLY(10000, readable(fd)));
    expect_leader(watch, NULL);
    distcoord_watch_free(watch);
    distcoord_election_free(election);
    close_client(client);
}

static void a_watch_belongs_to_its_process(void)
{
    distcoord_client *client = open_client();
    distcoord_election *election = open_candidate(client, (struct candidacy){0});
    distcoord_watch *watch = NULL;
    distcoord_leader_info *info = NULL;
    REQUIRE_OK(distcoord_election_watch(election, &watch, E));
    expect_leader(watch, NULL);
    pid_t child = fork();
    if (child == 0) {
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_election_watch_next(watch, 0, &info, &error);
        distcoord_watch_free(watch);
        _exit(status == DISTCOORD_ERROR_FORKED ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_STATUS(distcoord_election_watch_next(watch, 0, &info, E), DISTCOORD_TIMED_OUT);
    distcoord_watch_free(watch);
    distcoord_election_free(election);
    close_client(client);
}

static const struct test tests[] = {
    {"election_watch_sees_the_death_of_a_leader", the_death_of_a_leader_is_seen},
    {"election_watch_belongs_to_its_process", a_watch_belongs_to_its_process},
};

HARNESS_MAIN(tests)
