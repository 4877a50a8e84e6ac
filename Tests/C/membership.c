/* Groups and who belongs to them, as membership.h describes them. */
#define _GNU_SOURCE
#include "fork_tools.h"
#include "proxy.h"

static distcoord_membership *open_member(
    distcoord_client *client, const char *id, const char *value, int64_t lease_ms)
{
    distcoord_membership *member = NULL;
    distcoord_membership_options *options = distcoord_membership_options_new();
    REQUIRE(distcoord_membership_options_set_lease_ms(options, lease_ms) == DISTCOORD_OK);
    if (id) REQUIRE(distcoord_membership_options_set_id(options, id) == DISTCOORD_OK);
    if (value) REQUIRE(distcoord_membership_options_set_value(options, value) == DISTCOORD_OK);
    REQUIRE_OK(distcoord_membership_open(client, "a", options, &member, E));
    distcoord_membership_options_free(options);
    return member;
}

static size_t count(distcoord_membership *group)
{
    distcoord_member_list *list = NULL;
    CHECK_OK(distcoord_membership_list(group, &list, E));
    size_t count = distcoord_member_list_count(list);
    distcoord_member_list_free(list);
    return count;
}

static distcoord_watch *watch(distcoord_membership *group)
{
    distcoord_watch *watch = NULL;
    REQUIRE_OK(distcoord_membership_watch(group, &watch, E));
    return watch;
}

/* The next change must be that one. */
static void expect(int line, distcoord_watch *watch, int32_t kind, const char *id, const char *value)
{
    distcoord_member_change *change = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_membership_watch_next(watch, 10000 * time_factor(), &change, &error);
    if (status != DISTCOORD_OK || distcoord_member_change_kind(change) != kind
        || strcmp(distcoord_member_change_id(change), id) != 0
        || strcmp(distcoord_member_change_value(change), value) != 0) {
        report(
            __FILE__, line, "%s: kind %d, '%s' '%s'; wanted kind %d, '%s' '%s'", distcoord_status_name(status),
            distcoord_member_change_kind(change), distcoord_member_change_id(change),
            distcoord_member_change_value(change), kind, id, value);
    }
    distcoord_error_free(error);
    distcoord_member_change_free(change);
}

#define EXPECT(watch, kind, id, value) expect(__LINE__, watch, DISTCOORD_MEMBER_##kind, id, value)

/* Takes changes until that member has gone. */
static void take_until_gone(distcoord_watch *watch, const char *id)
{
    for (bool is_gone = false; !is_gone;) {
        distcoord_member_change *change = NULL;
        REQUIRE_OK(distcoord_membership_watch_next(watch, 10000 * time_factor(), &change, E));
        is_gone = distcoord_member_change_kind(change) == DISTCOORD_MEMBER_WENT
            && strcmp(distcoord_member_change_id(change), id) == 0;
        distcoord_member_change_free(change);
    }
}

static void expect_nothing(distcoord_watch *watch)
{
    distcoord_member_change *change = NULL;
    CHECK_STATUS(distcoord_membership_watch_next(watch, 0, &change, E), DISTCOORD_TIMED_OUT);
    CHECK(change == NULL);
}

static void options(void)
{
    static char long_text[5000];
    distcoord_membership_options *options = distcoord_membership_options_new();
    const int64_t bad_leases[] = {-1, 0, 99, 86400001};
    for (size_t i = 0; i < COUNT_OF(bad_leases); i++) {
        CHECK_INT(distcoord_membership_options_set_lease_ms(options, bad_leases[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    memset(long_text, 'x', 4097);
    CHECK_INT(distcoord_membership_options_set_value(options, long_text), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_membership_options_set_id(options, long_text), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_membership_options_set_id(options, ""), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_membership_options_set_id(options, "a\nb"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_membership_options_set_value(options, "\xff"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    long_text[4096] = '\0';
    CHECK_INT(distcoord_membership_options_set_value(options, long_text), DISTCOORD_OK);
    long_text[128] = '\0';
    CHECK_INT(distcoord_membership_options_set_id(options, long_text), DISTCOORD_OK);
    CHECK_INT(distcoord_membership_options_set_value(options, ""), DISTCOORD_OK);
    distcoord_membership_options_free(options);
}

static void join_list_and_leave(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_membership *first = open_member(client, "b id", "one\ntwo three", 10000);
    distcoord_membership *second = open_member(other, NULL, NULL, 10000);
    distcoord_member_list *list = NULL;
    CHECK_INT(count(first), 0);
    CHECK_INT(distcoord_membership_state(first), DISTCOORD_MEMBER_OUTSIDE);
    CHECK_STATUS(distcoord_membership_leave(first, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_membership_join(first, E));
    CHECK_OK(distcoord_membership_join(first, E));
    CHECK_OK(distcoord_membership_join(second, E));
    CHECK_INT(distcoord_membership_state(first), DISTCOORD_MEMBER_JOINED);
    CHECK_TEXT(distcoord_membership_id(first), "b id");
    CHECK(strlen(distcoord_membership_id(second)) > 10);
    REQUIRE_OK(distcoord_membership_list(second, &list, E));
    REQUIRE(distcoord_member_list_count(list) == 2);
    CHECK_TEXT(distcoord_member_list_id(list, 0), "b id");
    CHECK_TEXT(distcoord_member_list_value(list, 0), "one\ntwo three");
    CHECK_TEXT(distcoord_member_list_id(list, 1), distcoord_membership_id(second));
    CHECK_TEXT(distcoord_member_list_value(list, 1), distcoord_member_list_label(list, 1));
    CHECK(distcoord_member_list_label(list, 0)[0] != '\0');
    int64_t now = (int64_t)time(NULL) * 1000;
    CHECK(llabs(distcoord_member_list_since_ms(list, 0) - now) < 60000);
    CHECK(distcoord_member_list_since_ms(list, 0) <= distcoord_member_list_since_ms(list, 1));
    CHECK(distcoord_member_list_lease_left_ms(list, 0) > 5000 && distcoord_member_list_lease_left_ms(list, 0) <= 10000);
    CHECK_TEXT(distcoord_member_list_id(list, 2), "");
    CHECK_INT(distcoord_member_list_since_ms(list, 2), 0);
    distcoord_member_list_free(list);
    CHECK_OK(distcoord_membership_leave(first, E));
    CHECK_STATUS(distcoord_membership_leave(first, E), DISTCOORD_NOT_HELD);
    CHECK_INT(count(first), 1);
    /* A handle that is freed leaves, too. */
    distcoord_membership_free(second);
    CHECK(EVENTUALLY(5000, count(first) == 0));
    distcoord_membership_free(first);
    close_client(client);
    close_client(other);
}

static void an_id_is_one_members(void)
{
    distcoord_client *client = open_client();
    distcoord_membership *first = open_member(client, "x", "1", 10000), *second = open_member(client, "x", "2", 10000);
    CHECK_OK(distcoord_membership_join(first, E));
    CHECK_STATUS(distcoord_membership_join(second, E), DISTCOORD_EXISTS);
    CHECK_INT(distcoord_membership_state(second), DISTCOORD_MEMBER_OUTSIDE);
    CHECK_OK(distcoord_membership_leave(first, E));
    CHECK_OK(distcoord_membership_join(second, E));
    CHECK_OK(distcoord_membership_leave(second, E));
    distcoord_membership_free(first);
    distcoord_membership_free(second);
    close_client(client);
}

static void watched(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_membership *first = open_member(client, "a", "1", 10000), *second = open_member(other, "b", "2", 10000);
    CHECK_OK(distcoord_membership_join(first, E));
    distcoord_watch *early = watch(second), *late = NULL, *witness = NULL;
    EXPECT(early, CAME, "a", "1");
    expect_nothing(early);
    int fd = distcoord_watch_event_fd(early);
    REQUIRE(fd >= 0);
    CHECK(EVENTUALLY(5000, readable(fd)));
    expect_nothing(early);
    CHECK(!readable(fd));
    CHECK_OK(distcoord_membership_join(second, E));
    CHECK(EVENTUALLY(5000, readable(fd)));
    EXPECT(early, CAME, "b", "2");
    CHECK_OK(distcoord_membership_set_value(first, "3", E));
    CHECK_OK(distcoord_membership_set_value(first, "3", E));
    EXPECT(early, CHANGED, "a", "3");
    late = watch(first);
    EXPECT(late, CAME, "a", "3");
    EXPECT(late, CAME, "b", "2");
    /* Changes that nobody takes are seen as one. They come on a connection of their own, so that `leave` may return before
     * they are there: a witness on each client takes until the last of them. */
    witness = watch(second);
    EXPECT(witness, CAME, "a", "3");
    EXPECT(witness, CAME, "b", "2");
    for (int i = 0; i < 5; i++) CHECK_OK(distcoord_membership_set_value(second, i % 2 ? "4" : "5", E));
    CHECK_OK(distcoord_membership_leave(first, E));
    take_until_gone(witness, "a");
    distcoord_watch_free(witness);
    EXPECT(early, CHANGED, "b", "5");
    EXPECT(early, WENT, "a", "3");
    expect_nothing(early);
    EXPECT(late, CHANGED, "b", "5");
    EXPECT(late, WENT, "a", "3");
    expect_nothing(late);
    /* The value holds for the next time, too. */
    CHECK_OK(distcoord_membership_set_value(first, "6", E));
    CHECK_OK(distcoord_membership_join(first, E));
    EXPECT(early, CAME, "a", "6");
    distcoord_watch_free(early);
    distcoord_watch_free(late);
    distcoord_membership_free(first);
    distcoord_membership_free(second);
    close_client(client);
    close_client(other);
}

static void *take_one(void *watch)
{
    distcoord_member_change *change = NULL;
    distcoord_status status = distcoord_membership_watch_next(watch, -1, &change, NULL);
    distcoord_member_change_free(change);
    return (void *)(intptr_t)status;
}

static void watching_ends(void)
{
    distcoord_client *client = open_client();
    distcoord_membership *group = open_member(client, NULL, NULL, 10000);
    distcoord_watch *watching = watch(group);
    distcoord_member_change *change = NULL;
    void *status = NULL;
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_membership_watch_next(watching, 100, &change, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 100);
    pthread_t thread = start_thread(take_one, watching);
    sleep_ms(20); /* before or while it waits: both end it, or else the join below hangs */
    while (true) {
        distcoord_watch_cancel(watching);
        sleep_ms(2);
        if (pthread_tryjoin_np(thread, &status) == 0) break;
    }
    CHECK_INT((intptr_t)status, DISTCOORD_CANCELLED);
    distcoord_watch_free(watching);
    distcoord_membership_free(group);
    close_client(client);
}

enum { DOOMED_MS = KEPT_MS };

static distcoord_status watch_for(distcoord_watch *watch, int64_t ms)
{
    distcoord_member_change *change = NULL;
    distcoord_status status = distcoord_membership_watch_next(watch, ms, &change, NULL);
    distcoord_member_change_free(change);
    return status;
}

static void the_dead_go(void)
{
    distcoord_client *client = open_client();
    distcoord_membership *group = open_member(client, "watcher", "0", 10000);
    distcoord_watch *waited = watch(group), *polled = watch(group);
    int fd = distcoord_watch_event_fd(polled);
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        distcoord_membership *doomed = open_member(open_client(), "doomed", "1", DOOMED_MS);
        if (distcoord_membership_join(doomed, NULL) != DISTCOORD_OK) _exit(1);
        for (;;) pause();
    }
    EXPECT(waited, CAME, "doomed", "1");
    EXPECT(polled, CAME, "doomed", "1");
    /* It is renewed, and a watch that looks when the first lease would have ended has nothing to tell. */
    int64_t first_end = now_ms() + DOOMED_MS;
    while (now_ms() < first_end + 200) CHECK_INT(watch_for(waited, 50), DISTCOORD_TIMED_OUT);
    expect_nothing(waited);
    expect_nothing(polled);
    CHECK_INT(count(group), 1);
    kill(child, SIGKILL);
    int64_t start = now_ms();
    CHECK(EVENTUALLY(10000, readable(fd)));
    EXPECT(waited, WENT, "doomed", "1");
    EXPECT(polled, WENT, "doomed", "1");
    CHECK(took_less(start, DOOMED_MS + 1000));
    CHECK_INT(count(group), 0);
    waitpid(child, NULL, 0);
    distcoord_watch_free(waited);
    distcoord_watch_free(polled);
    distcoord_membership_free(group);
    close_client(client);
}

static void lost(void)
{
    distcoord_client *client = open_client();
    distcoord_membership *member = open_member(client, "x", "1", 1500), *other = open_member(client, "x", "2", 10000);
    char command[160], answer[64];
    CHECK_INT(distcoord_membership_wait_lost(member, 0), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_membership_join(member, E));
    int fd = distcoord_membership_event_fd(member);
    CHECK_INT(distcoord_membership_wait_lost(member, 50), DISTCOORD_TIMED_OUT);
    CHECK(!readable(fd));
    /* As if the server had forgotten it. */
    snprintf(command, sizeof command, "DEL dc:{%s:group:a}:m dc:{%s:group:a}:d", test_name, test_name);
    CHECK_INT(redis_server_command(&server, command, answer, sizeof answer), 0);
    CHECK_OK(distcoord_membership_join(other, E));
    CHECK_INT(distcoord_membership_wait_lost(member, 5000), DISTCOORD_LOST);
    CHECK_INT(distcoord_membership_state(member), DISTCOORD_MEMBER_LOST);
    CHECK(readable(fd));
    CHECK_STATUS(distcoord_membership_set_value(member, "3", E), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_membership_leave(member, E), DISTCOORD_LOST);
    CHECK_INT(distcoord_membership_state(member), DISTCOORD_MEMBER_OUTSIDE);
    CHECK(!readable(fd));
    CHECK_INT(count(member), 1);
    CHECK_STATUS(distcoord_membership_join(member, E), DISTCOORD_EXISTS);
    distcoord_membership_free(member);
    distcoord_membership_free(other);
    close_client(client);
}

static void lost_answers(void)
{
    struct proxy proxy;
    distcoord_client *client = NULL, *direct = open_client();
    distcoord_options *options = namespace_options();
    proxy_start(&proxy, &server);
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_membership *member = open_member(client, "x", "1", 10000);
    distcoord_membership *group = open_member(direct, NULL, NULL, 10000);
    distcoord_watch *watching = watch(group);
    expect_nothing(watching);
    const enum loss losses[] = {LOSE_REQUEST, LOSE_ANSWER};
    for (int i = 0; i < 8; i++) {
        proxy_lose(&proxy, losses[i % 2]);
        CHECK_OK(distcoord_membership_join(member, E));
        EXPECT(watching, CAME, "x", i == 0 ? "1" : "2");
        proxy_lose(&proxy, losses[i % 2]);
        CHECK_OK(distcoord_membership_set_value(member, "2", E));
        if (i == 0) EXPECT(watching, CHANGED, "x", "2");
        CHECK_INT(count(group), 1);
        proxy_lose(&proxy, losses[i % 2]);
        CHECK_OK(distcoord_membership_leave(member, E));
        EXPECT(watching, WENT, "x", "2");
        CHECK_INT(count(group), 0);
    }
    expect_nothing(watching);
    distcoord_watch_free(watching);
    distcoord_membership_free(member);
    distcoord_membership_free(group);
    close_client(client);
    close_client(direct);
}

static void child_of_a_member(void *argument)
{
    distcoord_membership *member = argument;
    CHECK_INT(distcoord_membership_state(member), DISTCOORD_MEMBER_OUTSIDE);
    CHECK_STATUS(distcoord_membership_leave(member, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_membership_join(member, E), DISTCOORD_ERROR_FORKED);
    CHECK_INT(count(member), 1);
    distcoord_membership_free(member);
}

static void forked(void)
{
    distcoord_client *client = open_client();
    distcoord_membership *member = open_member(client, "x", "1", 10000);
    CHECK_OK(distcoord_membership_join(member, E));
    in_child(child_of_a_member, member);
    CHECK_INT(count(member), 1);
    CHECK_OK(distcoord_membership_leave(member, E));
    distcoord_membership_free(member);
    close_client(client);
}

static const struct test tests[] = {
    {"membership_options", options},
    {"membership_join_list_and_leave", join_list_and_leave},
    {"membership_an_id_is_one_members", an_id_is_one_members},
    {"membership_watched", watched},
    {"membership_watching_ends", watching_ends},
    {"membership_the_dead_go", the_dead_go},
    {"membership_lost", lost},
    {"membership_lost_answers", lost_answers},
    {"membership_forked", forked},
};

HARNESS_MAIN(tests)
