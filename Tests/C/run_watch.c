/* Watching a run: every event once, in order, whenever the watch begins. */
#include "run_tools.h"

static distcoord_watch *watch_of(distcoord_run *run) {
    distcoord_watch *watch = NULL;
    REQUIRE_OK(distcoord_run_watch(run, &watch, E));
    return watch;
}

/* The next event as "number kind state task text"; the status when there is none. */
static const char *next_event(distcoord_watch *watch, int64_t wait_ms) {
    static char text[512];
    distcoord_run_event *event = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_run_watch_next(watch, wait_ms, &event, &error);
    if (status == DISTCOORD_OK) {
        CHECK(distcoord_run_event_time_ms(event) > 1600000000000);
        snprintf(text, sizeof text, "%lld %d %d %s %s", (long long)distcoord_run_event_number(event),
            distcoord_run_event_kind(event), distcoord_run_event_state(event), distcoord_run_event_task(event),
            distcoord_run_event_text(event));
    } else {
        CHECK(event == NULL);
        snprintf(text, sizeof text, "%s", distcoord_status_name(status));
    }
    if (error) report(__FILE__, __LINE__, "next: %s", distcoord_error_message(error));
    distcoord_error_free(error);
    distcoord_run_event_free(event);
    return text;
}

#define CHECK_EVENT(watch, wanted) CHECK_TEXT(next_event((watch), 5000 * time_factor()), (wanted))
#define CHECK_NO_EVENT(watch) CHECK_TEXT(next_event((watch), 0), distcoord_status_name(DISTCOORD_TIMED_OUT))

static void every_event_is_told_once_and_in_order(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *far = open_queue(other);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 2), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 1, 1), DISTCOORD_OK);
    add_task_to(workflow, NULL, "a", NULL, options);
    add_map(workflow, "m", "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL), *same = NULL;
    REQUIRE_OK(distcoord_run_open(far, distcoord_run_id(run), &same, E));
    distcoord_watch *watch = watch_of(same);
    CHECK_EVENT(watch, "1 0 0  ");
    CHECK_NO_EVENT(watch);
    CHECK_OK(distcoord_run_pause(run, E));
    CHECK_EVENT(watch, "2 2 1  ");
    CHECK_OK(distcoord_run_resume(run, E));
    CHECK_EVENT(watch, "3 3 0  ");
    distcoord_job *job = TAKE(queue, "a");
    SETTLE(job, distcoord_job_fail(job, "once", true, E));
    CHECK_EVENT(watch, "4 6 1 a once");
    DO(queue, "a", "[7]");
    CHECK_EVENT(watch, "5 5 3 a ");
    CHECK_EVENT(watch, "6 7 2 m 1");
    CHECK_NO_EVENT(watch);
    CHECK_OK(distcoord_run_stop(run, "enough", false, E));
    CHECK_EVENT(watch, "7 4 2  enough");
    CHECK_EVENT(watch, "8 5 6 m[0] the run was stopped");
    CHECK_EVENT(watch, "9 5 4 m 1 of its members did not succeed");
    CHECK_EVENT(watch, "10 1 5  ");
    CHECK_NO_EVENT(watch);
    /* One that begins after the end is told the same. */
    distcoord_watch *late = watch_of(run);
    CHECK_EVENT(late, "1 0 0  ");
    for (int i = 2; i < 10; i++) CHECK_INT(atoi(next_event(late, 0)), i);
    CHECK_EVENT(late, "10 1 5  ");
    CHECK_NO_EVENT(late);
    /* And goes on when the run does. */
    CHECK_OK(distcoord_run_resume(run, E));
    CHECK_EVENT(late, "11 0 0  ");
    CHECK_EVENT(watch, "11 0 0  ");
    distcoord_watch_free(late);
    distcoord_watch_free(watch);
    distcoord_job_options_free(options);
    distcoord_run_free(same);
    distcoord_queue_free(far);
    close_client(other);
    end_run_test(run, queue, client);
}

static void a_slow_taker_misses_nothing(void) {
    enum { ITEMS = 1100 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_map_of(workflow, "m", ITEMS);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_watch *watch = watch_of(run);
    CHECK_EVENT(watch, "1 0 0  ");
    int fd = distcoord_watch_event_fd(watch);
    REQUIRE(fd >= 0);
    CHECK(EVENTUALLY(10000, standing_of(run).counts[DISTCOORD_TASK_READY] == ITEMS));
    CHECK_OK(distcoord_run_stop(run, NULL, false, E));
    CHECK_END(run, DISTCOORD_RUN_CANCELLED);
    CHECK(EVENTUALLY(5000, readable(fd)));
    /* More than one page of them. */
    char last[64] = "";
    for (int i = 2; i <= ITEMS + 5; i++) {
        snprintf(last, sizeof last, "%.60s", next_event(watch, 5000));
        if (atoi(last) != i) {
            report(__FILE__, __LINE__, "event %s, wanted %d", last, i);
            break;
        }
    }
    CHECK(strstr(last, " 1 5  ") != NULL);
    CHECK_NO_EVENT(watch);
    CHECK(!readable(fd));
    distcoord_watch_free(watch);
    end_run_test(run, queue, client);
}

struct taker {
    distcoord_watch *watch;
    int64_t wait_ms;
    distcoord_status status;
    atomic_bool is_done;
};

static void *take_one(void *argument) {
    struct taker *taker = argument;
    distcoord_run_event *event = NULL;
    taker->status = distcoord_run_watch_next(taker->watch, taker->wait_ms, &event, NULL);
    distcoord_run_event_free(event);
    atomic_store(&taker->is_done, true);
    return NULL;
}

static void a_watch_waits_and_is_cancelled(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_watch *watch = watch_of(run);
    CHECK_EVENT(watch, "1 0 0  ");
    struct taker taker = {.watch = watch, .wait_ms = -1};
    pthread_t thread = start_thread(take_one, &taker);
    DO(queue, "a", "");
    CHECK(EVENTUALLY(5000, atomic_load(&taker.is_done)));
    REQUIRE(pthread_join(thread, NULL) == 0);
    CHECK_INT(taker.status, DISTCOORD_OK);
    CHECK_EVENT(watch, "3 1 3  ");
    taker = (struct taker){.watch = watch, .wait_ms = -1};
    thread = start_thread(take_one, &taker);
    CHECK(EVENTUALLY(5000, (distcoord_watch_cancel(watch), atomic_load(&taker.is_done))));
    REQUIRE(pthread_join(thread, NULL) == 0);
    CHECK_INT(taker.status, DISTCOORD_CANCELLED);
    distcoord_watch_free(watch);
    end_run_test(run, queue, client);
}

static void a_watch_tells_when_there_is_no_run(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    distcoord_run *run = NULL, *started = NULL;
    REQUIRE_OK(distcoord_run_open(queue, "r", &run, E));
    distcoord_watch *watch = watch_of(run);
    CHECK_TEXT(next_event(watch, -1), distcoord_status_name(DISTCOORD_NOT_FOUND));
    started = start(queue, workflow, "r");
    CHECK_EVENT(watch, "1 0 0  ");
    CHECK_EVENT(watch, "2 1 3  ");
    CHECK_OK(distcoord_run_delete(run, E));
    distcoord_watch *after = watch_of(run);
    CHECK_TEXT(next_event(after, 0), distcoord_status_name(DISTCOORD_NOT_FOUND));
    /* A watch of something else is refused. */
    distcoord_state *state = NULL;
    distcoord_watch *other = NULL;
    distcoord_run_event *event = NULL;
    REQUIRE_OK(distcoord_run_state(run, &state, E));
    REQUIRE_OK(distcoord_state_watch(state, "k", false, &other, E));
    CHECK_STATUS(distcoord_run_watch_next(other, 0, &event, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_watch_free(other);
    distcoord_state_free(state);
    distcoord_watch_free(after);
    distcoord_watch_free(watch);
    distcoord_run_free(started);
    end_run_test(run, queue, client);
}

static const struct test tests[] = {
    {"run_watch_events", every_event_is_told_once_and_in_order},
    {"run_watch_slow", a_slow_taker_misses_nothing},
    {"run_watch_waits", a_watch_waits_and_is_cancelled},
    {"run_watch_unknown", a_watch_tells_when_there_is_no_run},
};

HARNESS_MAIN(tests)
