/* What latches, events, double barriers and groups have in common: names, closing, and how their waits end. */
#include "harness.h"

struct all {
    distcoord_client *client;
    distcoord_latch *latch;
    distcoord_event *event;
    distcoord_double_barrier *entering, *leaving;
    distcoord_membership *group;
    distcoord_watch *watch;
};

enum { WAITS = 6 };

/* Waits at one of them, where nothing will happen. */
static distcoord_status wait_at(struct all *all, int which, distcoord_error **error)
{
    distcoord_member_change *change = NULL;
    switch (which) {
    case 0: return distcoord_latch_wait(all->latch, -1, error);
    case 1: return distcoord_event_wait(all->event, -1, error);
    case 2: return distcoord_double_barrier_enter(all->entering, -1, NULL, error);
    case 3: return distcoord_membership_watch_next(all->watch, -1, &change, error);
    case 4: return distcoord_membership_wait_lost(all->group, -1);
    default: return distcoord_double_barrier_leave(all->leaving, -1, error);
    }
}

static void open_all(struct all *all, distcoord_client *client, const char *name)
{
    *all = (struct all){.client = client};
    REQUIRE_OK(distcoord_latch_open(client, name, 1, &all->latch, E));
    REQUIRE_OK(distcoord_event_open(client, name, &all->event, E));
    REQUIRE_OK(distcoord_double_barrier_open(client, name, 2, NULL, &all->entering, E));
    REQUIRE_OK(distcoord_double_barrier_open(client, "pair", 2, NULL, &all->leaving, E));
    REQUIRE_OK(distcoord_membership_open(client, name, NULL, &all->group, E));
    REQUIRE_OK(distcoord_membership_watch(all->group, &all->watch, E));
}

static void *enter_pair(void *argument)
{
    distcoord_double_barrier *second = NULL;
    REQUIRE_OK(distcoord_double_barrier_open(argument, "pair", 2, NULL, &second, E));
    CHECK_OK(distcoord_double_barrier_enter(second, 20000, NULL, E));
    return second;
}

/* A party beside which `leaving` waits for ever; the caller frees it. */
static distcoord_double_barrier *make_pair(struct all *all, distcoord_client *other)
{
    void *second = NULL;
    pthread_t thread = start_thread(enter_pair, other);
    CHECK_OK(distcoord_double_barrier_enter(all->leaving, 20000, NULL, E));
    pthread_join(thread, &second);
    return second;
}

static void join_group(struct all *all)
{
    distcoord_member_change *change = NULL;
    CHECK_OK(distcoord_membership_join(all->group, E));
    CHECK_OK(distcoord_membership_watch_next(all->watch, 20000, &change, E));
    distcoord_member_change_free(change);
}

static void free_all(struct all *all)
{
    distcoord_watch_free(all->watch);
    distcoord_membership_free(all->group);
    distcoord_double_barrier_free(all->entering);
    distcoord_double_barrier_free(all->leaving);
    distcoord_event_free(all->event);
    distcoord_latch_free(all->latch);
}

static int32_t ask(void *asked)
{
    return atomic_fetch_add((atomic_int *)asked, 1) + 1 >= 4 ? 1 : 0;
}

static void interrupted(void)
{
    atomic_int asked = 0;
    struct all all;
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL, *other = open_client();
    CHECK_INT(distcoord_options_set_interrupt(options, ask, &asked), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    atomic_store(&asked, -1000000);
    open_all(&all, client, "a");
    join_group(&all);
    distcoord_double_barrier *second = make_pair(&all, other);
    for (int which = 0; which < WAITS; which++) {
        int64_t start = now_ms();
        atomic_store(&asked, 0);
        CHECK_STATUS(wait_at(&all, which, E), DISTCOORD_INTERRUPTED);
        CHECK(took_less(start, 2000));
    }
    atomic_store(&asked, -1000000);
    distcoord_double_barrier_free(second);
    free_all(&all);
    close_client(client);
    close_client(other);
}

struct waiter {
    struct all *all;
    int which;
    distcoord_status status;
    atomic_bool has_ended;
    pthread_t thread;
};

static void *wait_there(void *argument)
{
    struct waiter *waiter = argument;
    waiter->status = wait_at(waiter->all, waiter->which, NULL);
    atomic_store(&waiter->has_ended, true);
    return NULL;
}

/* What was entered or waited for is known to the server. */
static long long there(const char *command)
{
    char answer[64] = "";
    return redis_server_command(&server, command, answer, sizeof answer) == 0 ? atoll(answer + 1) : -1;
}

static bool all_wait(void)
{
    char commands[3][160];
    snprintf(commands[0], sizeof commands[0], "ZCARD dc:{%s:latch:a}:w", test_name);
    snprintf(commands[1], sizeof commands[1], "ZCARD dc:{%s:event:a}:w", test_name);
    snprintf(commands[2], sizeof commands[2], "HLEN dc:{%s:double:a}:w", test_name);
    return there(commands[0]) == 1 && there(commands[1]) == 1 && there(commands[2]) == 1;
}

static void cancelled_and_closed_with_the_client(void)
{
    for (int closes = 0; closes < 2; closes++) {
        struct all all;
        struct waiter waiters[WAITS];
        distcoord_client *client = open_client(), *other = open_client();
        open_all(&all, client, "a");
        join_group(&all);
        distcoord_double_barrier *second = make_pair(&all, other);
        for (int i = 0; i < WAITS; i++) {
            waiters[i].all = &all;
            waiters[i].which = i;
            atomic_store(&waiters[i].has_ended, false);
            waiters[i].thread = start_thread(wait_there, &waiters[i]);
        }
        REQUIRE(EVENTUALLY(5000, all_wait()));
        if (closes) CHECK_OK(distcoord_client_close(client, E));
        for (int i = 0; i < WAITS; i++) {
            /* The others leave no mark on the server: whoever was not waiting yet is cancelled the next time. */
            while (!atomic_load(&waiters[i].has_ended)) {
                if (!closes) distcoord_client_cancel(client);
                sleep_ms(2);
            }
            pthread_join(waiters[i].thread, NULL);
            if (waiters[i].status != DISTCOORD_CANCELLED && !(closes && waiters[i].status == DISTCOORD_ERROR_CLOSED)) {
                report(__FILE__, __LINE__, "wait %d ended with %s", i, distcoord_status_name(waiters[i].status));
            }
        }
        CHECK(EVENTUALLY(2000, !all_wait()));
        free_all(&all);
        distcoord_double_barrier_free(second);
        distcoord_client_free(client);
        close_client(other);
    }
}

static void closed(void)
{
    struct all all;
    distcoord_client *client = open_client();
    bool is_set = false;
    int64_t count = 0;
    distcoord_member_list *list = NULL;
    distcoord_watch *watch = NULL;
    open_all(&all, client, "a");
    CHECK_OK(distcoord_client_close(client, E));
    for (int which = 0; which < WAITS - 2; which++) CHECK_STATUS(wait_at(&all, which, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_latch_count_down(all.latch, 1, NULL, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_latch_count(all.latch, &count, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_latch_reset(all.latch, 1, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_event_set(all.event, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_event_clear(all.event, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_event_is_set(all.event, &is_set, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_double_barrier_leave(all.leaving, 0, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_double_barrier_abort(all.leaving, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(
        distcoord_double_barrier_inspect(all.leaving, NULL, NULL, NULL, NULL, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_membership_join(all.group, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_membership_leave(all.group, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_membership_set_value(all.group, "a", E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_membership_list(all.group, &list, E), DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_membership_watch(all.group, &watch, E), DISTCOORD_ERROR_CLOSED);
    distcoord_latch *latch = NULL;
    CHECK_STATUS(distcoord_latch_open(client, "b", 1, &latch, E), DISTCOORD_ERROR_CLOSED);
    free_all(&all);
    distcoord_client_free(client);
}

static void bad_names(void)
{
    const char *const names[] = {"", "a\nb", "a\x7f", "\xff"};
    distcoord_client *client = open_client();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        distcoord_latch *latch = NULL;
        distcoord_event *event = NULL;
        distcoord_double_barrier *barrier = NULL;
        distcoord_membership *group = NULL;
        CHECK_STATUS(distcoord_latch_open(client, names[i], 1, &latch, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(distcoord_event_open(client, names[i], &event, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(
            distcoord_double_barrier_open(client, names[i], 1, NULL, &barrier, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(distcoord_membership_open(client, names[i], NULL, &group, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK(!latch && !event && !barrier && !group);
    }
    close_client(client);
}

/* Kinds never collide, and a name may be anything that is taken. */
static void odd_names(void)
{
    const char *const names[] = {"{a}", "}{", "a:b", "*", "a b", "%s", "\xe2\x82\xac", "a:w"};
    distcoord_client *client = open_client();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct all all;
        int64_t left = -1;
        open_all(&all, client, names[i]);
        CHECK_OK(distcoord_latch_count_down(all.latch, 1, &left, E));
        CHECK_INT(left, 0);
        CHECK_STATUS(distcoord_event_wait(all.event, 0, E), DISTCOORD_TIMED_OUT);
        CHECK_OK(distcoord_event_set(all.event, E));
        CHECK_OK(distcoord_event_wait(all.event, 0, E));
        CHECK_STATUS(distcoord_double_barrier_enter(all.entering, 0, NULL, E), DISTCOORD_TIMED_OUT);
        join_group(&all);
        CHECK_OK(distcoord_membership_leave(all.group, E));
        free_all(&all);
    }
    close_client(client);
}

static const struct test tests[] = {
    {"meeting_interrupted", interrupted},
    {"meeting_cancelled_and_closed_with_the_client", cancelled_and_closed_with_the_client},
    {"meeting_closed", closed},
    {"meeting_bad_names", bad_names},
    {"meeting_odd_names", odd_names},
};

HARNESS_MAIN(tests)
