/* Cancelling from outside: a job that waits ends at once, one that runs is asked to stop. */
#include "queue_tools.h"

#include <poll.h>

static bool cancel(distcoord_queue *queue, const char *id, const char *reason) {
    bool runs = false;
    CHECK_OK(distcoord_queue_cancel_job(queue, id, reason, &runs, E));
    return runs;
}

static void one_that_waits_ends_at_once(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    push_text(queue, "before", NULL);
    push_as(queue, "waits", "x", NULL);
    push_text(queue, "after", NULL);
    CHECK(!cancel(queue, "waits", "not needed"));
    CHECK_ENDED(queue, "waits", DISTCOORD_RESULT_CANCELLED, "not needed");
    CHECK_INT(counts_of(queue).waiting, 2);
    CHECK_INT(counts_of(queue).cancelled, 1);
    CHECK_STATUS(distcoord_queue_cancel_job(queue, "waits", NULL, NULL, E), DISTCOORD_EXPIRED);
    CHECK_STATUS(distcoord_queue_cancel_job(queue, "absent", NULL, NULL, E), DISTCOORD_NOT_FOUND);
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 3600000), DISTCOORD_OK);
    push_as(queue, "delayed", "x", options);
    CHECK(!cancel(queue, "delayed", NULL));
    CHECK_ENDED(queue, "delayed", DISTCOORD_RESULT_CANCELLED, "cancelled");
    CHECK_INT(counts_of(queue).delayed, 0);
    CHECK_NEXT(queue, "before");
    CHECK_NEXT(queue, "after");
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(counts_of(queue).completed, 2);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

struct waiting {
    distcoord_client *client;
    distcoord_status status;
    distcoord_result *result;
    pthread_t thread;
};

static void *wait_for_end(void *argument) {
    struct waiting *waiting = argument;
    distcoord_queue *queue = open_queue(waiting->client);
    waiting->status = distcoord_queue_result(queue, "job", 20000, &waiting->result, NULL);
    distcoord_queue_free(queue);
    return NULL;
}

static void those_who_wait_are_told(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client);
    struct waiting waiting = {.client = other};
    push_as(queue, "job", "x", NULL);
    waiting.thread = start_thread(wait_for_end, &waiting);
    char answer[64] = "";
    REQUIRE(EVENTUALLY(5000,
        redis_server_command(&server, "EVAL \"return #redis.call('KEYS', '*:y')\" 0", answer, sizeof answer) == 0 &&
            strncmp(answer, ":1", 2) == 0));
    CHECK(!cancel(queue, "job", "why not"));
    pthread_join(waiting.thread, NULL);
    CHECK_INT(waiting.status, DISTCOORD_OK);
    CHECK_INT(distcoord_result_state(waiting.result), DISTCOORD_RESULT_CANCELLED);
    CHECK_TEXT((const char *)distcoord_result_bytes(waiting.result, NULL), "why not");
    distcoord_result_free(waiting.result);
    distcoord_queue_free(queue);
    close_client(client);
    close_client(other);
}

/* Its handle says so within milliseconds when its worker waits for messages; the descriptor becomes readable. */
static void one_that_runs_is_asked(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *from_outside = open_queue(other);
    /* Another wait, for which the worker's client hears messages. */
    struct waiting waiting = {.client = client};
    push_as(queue, "job", "x", NULL);
    distcoord_job *job = CLAIM(queue, "x");
    waiting.thread = start_thread(wait_for_end, &waiting);
    struct pollfd poll_for = {.fd = distcoord_job_event_fd(job), .events = POLLIN};
    CHECK(poll_for.fd >= 0 && poll(&poll_for, 1, 100) == 0);
    CHECK(cancel(from_outside, "job", "stop it"));
    CHECK_INT(poll(&poll_for, 1, (int)(2000 * time_factor())), 1);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CANCELLING);
    distcoord_job_list *list = NULL;
    REQUIRE_OK(distcoord_queue_inspect(queue, "job", &list, E));
    CHECK(distcoord_job_list_cancelling(list, 0));
    CHECK_INT(distcoord_job_list_state(list, 0), DISTCOORD_STATE_ACTIVE);
    distcoord_job_list_free(list);
    CHECK_OK(distcoord_job_cancelled(job, E));
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
    CHECK_STATUS(distcoord_job_cancelled(job, E), DISTCOORD_NOT_HELD);
    distcoord_job_free(job);
    pthread_join(waiting.thread, NULL);
    CHECK_INT(waiting.status, DISTCOORD_OK);
    distcoord_result_free(waiting.result);
    CHECK_ENDED(queue, "job", DISTCOORD_RESULT_CANCELLED, "stop it");
    CHECK_INT(counts_of(queue).cancelled, 1);
    CHECK_INT(counts_of(queue).active, 0);
    distcoord_queue_free(queue);
    distcoord_queue_free(from_outside);
    close_client(client);
    close_client(other);
}

static void the_next_renewal_tells_at_the_latest(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *from_outside = open_queue(other);
    CHECK_INT(distcoord_queue_set_lease_ms(queue, KEPT_MS), DISTCOORD_OK);
    push_as(queue, "job", "x", NULL);
    distcoord_job *job = CLAIM(queue, "x");
    CHECK(cancel(from_outside, "job", NULL));
    CHECK(EVENTUALLY(10000, distcoord_job_state(job) == DISTCOORD_JOB_CANCELLING));
    SETTLE(job, distcoord_job_cancelled(job, E));
    distcoord_queue_free(queue);
    distcoord_queue_free(from_outside);
    close_client(client);
    close_client(other);
}

/* Who is asked may settle it otherwise; a failure is not tried again. */
static void the_worker_decides(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "completes", "1", NULL);
    distcoord_job *job = CLAIM(queue, "1");
    CHECK(cancel(queue, "completes", "stop"));
    CHECK_OK(distcoord_job_progress(job, 99, "nearly", E));
    SETTLE(job, distcoord_job_complete(job, "done", 4, E));
    CHECK_ENDED(queue, "completes", DISTCOORD_RESULT_COMPLETED, "done");
    push_as(queue, "fails", "2", NULL);
    job = CLAIM(queue, "2");
    CHECK(cancel(queue, "fails", "stop"));
    SETTLE(job, distcoord_job_fail(job, "again", true, E));
    CHECK_ENDED(queue, "fails", DISTCOORD_RESULT_CANCELLED, "stop");
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(counts_of(queue).delayed + counts_of(queue).waiting, 0);
    CHECK_INT(counts_of(queue).dead, 0);
    distcoord_queue_free(queue);
    close_client(client);
}

static void a_dead_workers_job_is_not_tried_again(void) {
    pid_t doomed = start_doomed(1500 * time_factor());
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "job", "x", NULL);
    join_doomed(doomed);
    CHECK(cancel(queue, "job", "stop"));
    CHECK_ENDED(queue, "job", DISTCOORD_RESULT_CANCELLED, "stop");
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(counts_of(queue).cancelled, 1);
    distcoord_queue_free(queue);
    close_client(client);
}

static void reasons_are_bounded(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static char reason[1026];
    memset(reason, 'r', 1025);
    push_as(queue, "job", "x", NULL);
    CHECK_STATUS(distcoord_queue_cancel_job(queue, "job", reason, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(counts_of(queue).waiting, 1);
    reason[1024] = '\0';
    CHECK(!cancel(queue, "job", reason));
    CHECK_ENDED(queue, "job", DISTCOORD_RESULT_CANCELLED, reason);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"cancel_one_that_waits_ends_at_once", one_that_waits_ends_at_once},
    {"cancel_those_who_wait_are_told", those_who_wait_are_told},
    {"cancel_one_that_runs_is_asked", one_that_runs_is_asked},
    {"cancel_the_next_renewal_tells_at_the_latest", the_next_renewal_tells_at_the_latest},
    {"cancel_the_worker_decides", the_worker_decides},
    {"cancel_a_dead_workers_job_is_not_tried_again", a_dead_workers_job_is_not_tried_again},
    {"cancel_reasons_are_bounded", reasons_are_bounded},
};

HARNESS_MAIN(tests)
