/* Events, as event.h describes them. */
#include "harness.h"

struct waiter {
    distcoord_event *event;
    int64_t wait_ms;
    distcoord_status status;
    pthread_t thread;
};

static void *wait_for(void *argument)
{
    struct waiter *waiter = argument;
    waiter->status = distcoord_event_wait(waiter->event, waiter->wait_ms, NULL);
    return NULL;
}

static void start_waiter(struct waiter *waiter, distcoord_event *event, int64_t wait_ms)
{
    *waiter = (struct waiter){.event = event, .wait_ms = wait_ms};
    waiter->thread = start_thread(wait_for, waiter);
}

static distcoord_event *open_event(distcoord_client *client)
{
    distcoord_event *event = NULL;
    REQUIRE_OK(distcoord_event_open(client, "a", &event, E));
    return event;
}

static bool is_up(distcoord_event *event)
{
    bool up = false;
    CHECK_OK(distcoord_event_is_set(event, &up, E));
    return up;
}

/* How many wait on the server. */
static long long waiters(void)
{
    char command[160], answer[64] = "";
    snprintf(command, sizeof command, "ZCARD dc:{%s:event:a}:w", test_name);
    return redis_server_command(&server, command, answer, sizeof answer) == 0 ? atoll(answer + 1) : -1;
}

static void set_clear_and_look(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_event *event = open_event(client), *second = open_event(other);
    CHECK(!is_up(event));
    CHECK_STATUS(distcoord_event_wait(event, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_event_clear(event, E));
    CHECK_OK(distcoord_event_set(second, E));
    CHECK_OK(distcoord_event_set(event, E));
    CHECK(is_up(event) && is_up(second));
    CHECK_OK(distcoord_event_wait(event, 0, E));
    CHECK_OK(distcoord_event_wait(event, -1, E));
    CHECK_OK(distcoord_event_clear(event, E));
    CHECK(!is_up(second));
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_event_wait(second, 120, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 120);
    CHECK_INT(waiters(), 0);
    distcoord_event_free(event);
    distcoord_event_free(second);
    close_client(client);
    close_client(other);
}

static void who_waits_goes_on_though_it_is_cleared_at_once(void)
{
    enum { WAITERS = 60, ROUNDS = 5 };
    static struct waiter all[WAITERS];
    distcoord_client *clients[3];
    distcoord_event *events[3];
    for (int i = 0; i < 3; i++) {
        clients[i] = open_client();
        events[i] = open_event(clients[i]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < WAITERS; i++) start_waiter(&all[i], events[i % 3], 20000);
        REQUIRE(EVENTUALLY(10000, waiters() == WAITERS));
        CHECK_OK(distcoord_event_set(events[0], E));
        CHECK_OK(distcoord_event_clear(events[0], E));
        for (int i = 0; i < WAITERS; i++) {
            pthread_join(all[i].thread, NULL);
            CHECK_INT(all[i].status, DISTCOORD_OK);
        }
        CHECK(!is_up(events[1]));
    }
    for (int i = 0; i < 3; i++) {
        distcoord_event_free(events[i]);
        close_client(clients[i]);
    }
}

static void cancelled(void)
{
    struct waiter waiter, kept;
    distcoord_client *client = open_client();
    distcoord_event *event = open_event(client), *other = open_event(client);
    start_waiter(&waiter, event, -1);
    start_waiter(&kept, other, 20000);
    REQUIRE(EVENTUALLY(5000, waiters() == 2));
    distcoord_event_cancel(event);
    pthread_join(waiter.thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_CANCELLED);
    CHECK(EVENTUALLY(2000, waiters() == 1));
    CHECK_OK(distcoord_event_set(event, E));
    pthread_join(kept.thread, NULL);
    CHECK_INT(kept.status, DISTCOORD_OK);
    CHECK_OK(distcoord_event_clear(event, E));
    start_waiter(&waiter, event, -1);
    REQUIRE(EVENTUALLY(5000, waiters() == 1));
    distcoord_client_cancel(client);
    pthread_join(waiter.thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_CANCELLED);
    distcoord_event_free(event);
    distcoord_event_free(other);
    close_client(client);
}

static const struct test tests[] = {
    {"event_set_clear_and_look", set_clear_and_look},
    {"event_who_waits_goes_on_though_it_is_cleared_at_once", who_waits_goes_on_though_it_is_cleared_at_once},
    {"event_cancelled", cancelled},
};

HARNESS_MAIN(tests)
