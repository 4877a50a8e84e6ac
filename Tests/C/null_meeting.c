/* Every function of latches, events, double barriers and groups with NULL wherever it can be passed. */
#include "null_tools.h"

static void barrier_action(void)
{
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = NULL;
    REQUIRE_OK(distcoord_barrier_open(client, "a", 1, &barrier, E));
    CHECK_INVALID(distcoord_barrier_wait_acting(NULL, 0, NULL, NULL, NULL, NULL, E));
    CHECK_BOTH(distcoord_barrier_wait_acting(barrier, 0, NULL, NULL, NULL, NULL, E), DISTCOORD_OK);
    distcoord_barrier_free(barrier);
    close_client(client);
}

static void latch(void)
{
    distcoord_client *client = open_client();
    distcoord_latch *latch = NULL;
    int64_t count = 0;
    CHECK_INVALID(distcoord_latch_open(NULL, "a", 1, &latch, E));
    CHECK_INVALID(distcoord_latch_open(client, NULL, 1, &latch, E));
    CHECK_INVALID(distcoord_latch_open(client, "a", 1, NULL, E));
    REQUIRE_OK(distcoord_latch_open(client, "a", 2, &latch, E));
    CHECK_INVALID(distcoord_latch_count_down(NULL, 1, &count, E));
    CHECK_BOTH(distcoord_latch_count_down(latch, 1, NULL, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_latch_wait(NULL, 0, E));
    CHECK_BOTH(distcoord_latch_wait(latch, 0, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_latch_count(NULL, &count, E));
    CHECK_INVALID(distcoord_latch_count(latch, NULL, E));
    CHECK_INVALID(distcoord_latch_reset(NULL, 1, E));
    CHECK_BOTH(distcoord_latch_reset(latch, 0, E), DISTCOORD_OK);
    distcoord_latch_cancel(NULL);
    distcoord_latch_free(NULL);
    distcoord_latch_free(latch);
    close_client(client);
}

static void event(void)
{
    distcoord_client *client = open_client();
    distcoord_event *event = NULL;
    bool is_set = false;
    CHECK_INVALID(distcoord_event_open(NULL, "a", &event, E));
    CHECK_INVALID(distcoord_event_open(client, NULL, &event, E));
    CHECK_INVALID(distcoord_event_open(client, "a", NULL, E));
    REQUIRE_OK(distcoord_event_open(client, "a", &event, E));
    CHECK_INVALID(distcoord_event_set(NULL, E));
    CHECK_BOTH(distcoord_event_set(event, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_event_clear(NULL, E));
    CHECK_INVALID(distcoord_event_is_set(NULL, &is_set, E));
    CHECK_INVALID(distcoord_event_is_set(event, NULL, E));
    CHECK_INVALID(distcoord_event_wait(NULL, 0, E));
    CHECK_BOTH(distcoord_event_wait(event, 0, E), DISTCOORD_OK);
    CHECK_BOTH(distcoord_event_clear(event, E), DISTCOORD_OK);
    distcoord_event_cancel(NULL);
    distcoord_event_free(NULL);
    distcoord_event_free(event);
    close_client(client);
}

static void double_barrier(void)
{
    distcoord_client *client = open_client();
    distcoord_double_barrier *barrier = NULL;
    distcoord_double_barrier_options *options = distcoord_double_barrier_options_new();
    CHECK_SETTER_INVALID(distcoord_double_barrier_options_set_lease_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_double_barrier_options_set_on_death(NULL, DISTCOORD_ON_DEATH_BREAK));
    distcoord_double_barrier_options_free(NULL);
    CHECK_INVALID(distcoord_double_barrier_open(NULL, "a", 1, options, &barrier, E));
    distcoord_double_barrier_options_free(options);
    CHECK_INVALID(distcoord_double_barrier_open(client, NULL, 1, NULL, &barrier, E));
    CHECK_INVALID(distcoord_double_barrier_open(client, "a", 1, NULL, NULL, E));
    REQUIRE_OK(distcoord_double_barrier_open(client, "a", 1, NULL, &barrier, E));
    CHECK_INVALID(distcoord_double_barrier_enter(NULL, 0, NULL, E));
    CHECK_OK(distcoord_double_barrier_enter(barrier, 0, NULL, E));
    CHECK_INVALID(distcoord_double_barrier_leave(NULL, 0, E));
    CHECK_OK(distcoord_double_barrier_leave(barrier, 0, E));
    CHECK_INVALID(distcoord_double_barrier_abort(NULL, E));
    CHECK_BOTH(distcoord_double_barrier_abort(barrier, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_double_barrier_inspect(NULL, NULL, NULL, NULL, NULL, E));
    CHECK_BOTH(distcoord_double_barrier_inspect(barrier, NULL, NULL, NULL, NULL, E), DISTCOORD_OK);
    CHECK_INT(distcoord_double_barrier_state(NULL), DISTCOORD_PARTY_OUTSIDE);
    CHECK_INT(distcoord_double_barrier_event_fd(NULL), -1);
    distcoord_double_barrier_cancel(NULL);
    distcoord_double_barrier_free(NULL);
    distcoord_double_barrier_free(barrier);
    close_client(client);
}

static void membership(void)
{
    distcoord_client *client = open_client();
    distcoord_membership *group = NULL;
    distcoord_membership_options *options = distcoord_membership_options_new();
    distcoord_member_list *list = NULL;
    CHECK_SETTER_INVALID(distcoord_membership_options_set_lease_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_membership_options_set_id(NULL, "a"));
    CHECK_SETTER_INVALID(distcoord_membership_options_set_id(options, NULL));
    CHECK_SETTER_INVALID(distcoord_membership_options_set_value(NULL, "a"));
    CHECK_SETTER_INVALID(distcoord_membership_options_set_value(options, NULL));
    distcoord_membership_options_free(NULL);
    CHECK_INVALID(distcoord_membership_open(NULL, "a", options, &group, E));
    CHECK_INVALID(distcoord_membership_open(client, NULL, options, &group, E));
    CHECK_INVALID(distcoord_membership_open(client, "a", options, NULL, E));
    REQUIRE_OK(distcoord_membership_open(client, "a", NULL, &group, E));
    CHECK_INVALID(distcoord_membership_join(NULL, E));
    CHECK_BOTH(distcoord_membership_join(group, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_membership_set_value(NULL, "a", E));
    CHECK_INVALID(distcoord_membership_set_value(group, NULL, E));
    CHECK_INVALID(distcoord_membership_list(NULL, &list, E));
    CHECK_INVALID(distcoord_membership_list(group, NULL, E));
    CHECK_INVALID(distcoord_membership_leave(NULL, E));
    CHECK_OK(distcoord_membership_leave(group, E));
    CHECK_TEXT(distcoord_membership_id(NULL), "");
    CHECK_INT(distcoord_membership_state(NULL), DISTCOORD_MEMBER_OUTSIDE);
    CHECK_INT(distcoord_membership_wait_lost(NULL, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_membership_event_fd(NULL), -1);
    REQUIRE_OK(distcoord_membership_list(group, &list, E));
    distcoord_member_list *const lists[] = {NULL, list};
    for (int i = 0; i < 2; i++) {
        CHECK_INT(distcoord_member_list_count(lists[i]), 0);
        CHECK_TEXT(distcoord_member_list_id(lists[i], 0), "");
        CHECK_TEXT(distcoord_member_list_value(lists[i], 0), "");
        CHECK_TEXT(distcoord_member_list_label(lists[i], 0), "");
        CHECK_INT(distcoord_member_list_since_ms(lists[i], 0), 0);
        CHECK_INT(distcoord_member_list_lease_left_ms(lists[i], 0), 0);
        distcoord_member_list_free(lists[i]);
    }
    distcoord_membership_cancel(NULL);
    distcoord_membership_free(NULL);
    distcoord_membership_free(group);
    distcoord_membership_options_free(options);
    close_client(client);
}

static void membership_watch(void)
{
    distcoord_client *client = open_client();
    distcoord_membership *group = NULL;
    distcoord_election *election = NULL;
    distcoord_watch *watch = NULL, *other = NULL;
    distcoord_member_change *change = NULL;
    REQUIRE_OK(distcoord_membership_open(client, "a", NULL, &group, E));
    CHECK_INVALID(distcoord_membership_watch(NULL, &watch, E));
    CHECK_INVALID(distcoord_membership_watch(group, NULL, E));
    REQUIRE_OK(distcoord_membership_watch(group, &watch, E));
    CHECK_INVALID(distcoord_membership_watch_next(NULL, 0, &change, E));
    CHECK_INVALID(distcoord_membership_watch_next(watch, 0, NULL, E));
    REQUIRE_OK(distcoord_election_open(client, "a", NULL, &election, E));
    REQUIRE_OK(distcoord_election_watch(election, &other, E));
    CHECK_INVALID(distcoord_membership_watch_next(other, 0, &change, E));
    CHECK_INT(distcoord_member_change_kind(NULL), -1);
    CHECK_TEXT(distcoord_member_change_id(NULL), "");
    CHECK_TEXT(distcoord_member_change_value(NULL), "");
    CHECK_TEXT(distcoord_member_change_label(NULL), "");
    distcoord_member_change_free(NULL);
    distcoord_watch_free(other);
    distcoord_watch_free(watch);
    distcoord_election_free(election);
    distcoord_membership_free(group);
    close_client(client);
}

static const struct test tests[] = {
    {"null_barrier_action", barrier_action},
    {"null_latch", latch},
    {"null_event", event},
    {"null_double_barrier", double_barrier},
    {"null_membership", membership},
    {"null_membership_watch", membership_watch},
};

HARNESS_MAIN(tests)
