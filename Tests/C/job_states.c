/* What a claimed job's handle learns while it is worked on: that it is to be cancelled, or that its time is over. */
#include "worker_tools.h"

#include <poll.h>

/* Whether the job's descriptor becomes readable within that time. */
static bool is_told(distcoord_job *job, int wait_ms)
{
    struct pollfd watched = {.fd = distcoord_job_event_fd(job), .events = POLLIN};
    return poll(&watched, 1, wait_ms) == 1 && (watched.revents & POLLIN);
}

static distcoord_job_options *with_timeout(int64_t timeout_ms)
{
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_timeout_ms(options, timeout_ms), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 2), DISTCOORD_OK);
    return options;
}

static void cancel_reaches_the_one_that_runs(distcoord_queue *queue, distcoord_job *job, int wait_ms)
{
    CHECK(!is_told(job, 0));
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    bool runs = false;
    CHECK_OK(distcoord_queue_cancel_job(queue, distcoord_job_id(job), "enough", &runs, E));
    CHECK(runs);
    CHECK(is_told(job, wait_ms * (int)time_factor()));
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CANCELLING);
}

/* A worker hears of it at once, also while it sits on the job and nobody asks for another. */
static void worker_hears_of_cancel(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(other);
    distcoord_worker *worker = open_worker(client, "w");
    char id[129];
    for (int round = 0; round < 2; round++) {
        CHECK_OK(distcoord_queue_push(queue, "x", 1, NULL, id, sizeof id, E));
        distcoord_job *job = next(worker, 5000);
        REQUIRE(job != NULL);
        cancel_reaches_the_one_that_runs(queue, job, 5000);
        if (round == 0) {
            CHECK_OK(distcoord_job_cancelled(job, E));
            CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_CANCELLED), 1);
            distcoord_result *result = NULL;
            CHECK_OK(distcoord_queue_result(queue, id, 5000, &result, E));
            CHECK_INT(distcoord_result_state(result), DISTCOORD_RESULT_CANCELLED);
            distcoord_result_free(result);
        } else {
            /* It may go on all the same. */
            CHECK_OK(distcoord_worker_done(worker, job, NULL, 0, E));
            CHECK(EVENTUALLY(5000, counts_of(queue).completed == 1));
        }
        CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
        CHECK(!is_told(job, 0));
        distcoord_job_free(job);
    }
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
    close_client(other);
}

/* Who has never waited has nobody who listens: the next renewal tells. */
static void renewal_tells_of_cancel(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *control = open_queue(other);
    CHECK_INT(distcoord_queue_set_lease_ms(queue, KEPT_MS), DISTCOORD_OK);
    push_text(control, "x", NULL);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    cancel_reaches_the_one_that_runs(control, job, 10000);
    CHECK_OK(distcoord_job_cancelled(job, E));
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    distcoord_queue_free(control);
    close_client(client);
    close_client(other);
}

/* A job that was claimed ahead and is cancelled is not given out. */
static void cancelled_ahead_is_not_given_out(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    CHECK_INT(distcoord_worker_set_prefetch(worker, 2), DISTCOORD_OK);
    char ids[3][129];
    for (int i = 0; i < 3; i++) {
        char text = (char)('0' + i);
        CHECK_OK(distcoord_queue_push(queue, &text, 1, NULL, ids[i], sizeof ids[i], E));
    }
    distcoord_job *first = next(worker, 5000);
    REQUIRE(first != NULL);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_AHEAD), 2);
    bool runs = false;
    CHECK_OK(distcoord_queue_cancel_job(queue, ids[1], NULL, &runs, E));
    distcoord_result *result = NULL;
    REQUIRE_OK(distcoord_queue_result(queue, ids[1], 20000, &result, E));
    CHECK_INT(distcoord_result_state(result), DISTCOORD_RESULT_CANCELLED);
    distcoord_result_free(result);
    CHECK_OK(distcoord_worker_done(worker, first, NULL, 0, E));
    distcoord_job_free(first);
    CHECK_WORK(worker, "2");
    CHECK(EVENTUALLY(5000, counts_of(queue).completed == 2));
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_CANCELLED), 1);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void time_over(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = with_timeout(100);
    char id[129];
    CHECK_OK(distcoord_queue_push(queue, "x", 1, options, id, sizeof id, E));
    for (int attempt = 1; attempt <= 2; attempt++) {
        distcoord_job *job = claim(queue, 5000);
        REQUIRE(job != NULL);
        int64_t start = now_ms();
        CHECK_INT(distcoord_job_attempt(job), attempt);
        CHECK_INT(distcoord_job_timeout_ms(job), 100);
        CHECK(is_told(job, 5000));
        CHECK(now_ms() - start >= 95);
        CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_EXPIRED);
        /* What its worker does then counts no more. */
        CHECK_STATUS(distcoord_job_complete(job, "late", 4, E), DISTCOORD_NOT_HELD);
        CHECK_STATUS(distcoord_job_release(job, E), DISTCOORD_NOT_HELD);
        CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_EXPIRED);
        distcoord_job_free(job);
    }
    distcoord_result *result = NULL;
    REQUIRE_OK(distcoord_queue_result(queue, id, 5000, &result, E));
    CHECK_INT(distcoord_result_state(result), DISTCOORD_RESULT_DEAD);
    CHECK_TEXT(distcoord_result_error_type(result), "timeout");
    size_t length = 0;
    const char *message = distcoord_result_bytes(result, &length);
    const char *wanted = "the attempt took longer than 100 ms";
    CHECK(length == strlen(wanted) && memcmp(message, wanted, length) == 0);
    distcoord_result_free(result);
    CHECK_INT(counts_of(queue).failed, 2);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* The time of a job that was claimed ahead begins when it is given out. */
static void time_counts_from_the_beginning(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    CHECK_INT(distcoord_worker_set_prefetch(worker, 1), DISTCOORD_OK);
    distcoord_job_options *options = with_timeout(300);
    push_text(queue, "0", NULL);
    push_text(queue, "1", options);
    distcoord_job *first = next(worker, 5000);
    REQUIRE(first != NULL);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_AHEAD), 1);
    sleep_ms(400);
    CHECK_OK(distcoord_worker_done(worker, first, NULL, 0, E));
    distcoord_job_free(first);
    distcoord_job *second = next(worker, 5000);
    REQUIRE(second != NULL);
    CHECK(has_payload(second, "1"));
    CHECK_INT(distcoord_job_attempt(second), 1);
    CHECK_INT(distcoord_job_state(second), DISTCOORD_JOB_CLAIMED);
    CHECK(is_told(second, 5000));
    CHECK_INT(distcoord_job_state(second), DISTCOORD_JOB_EXPIRED);
    CHECK_INT(distcoord_worker_count(worker, DISTCOORD_WORKER_FAILED), 1);
    CHECK_STATUS(distcoord_worker_done(worker, second, NULL, 0, E), DISTCOORD_NOT_HELD);
    /* And makes room for the next. */
    distcoord_job *third = next(worker, 5000);
    REQUIRE(third != NULL);
    CHECK_INT(distcoord_job_attempt(third), 2);
    distcoord_job_free(third);
    distcoord_job_free(second);
    distcoord_job_options_free(options);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

static void in_time(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = with_timeout(150);
    for (int i = 0; i < 50; i++) push_text(queue, "x", options);
    for (int i = 0; i < 50; i++) {
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        distcoord_job_free(job);
    }
    sleep_ms(200);
    CHECK_INT(counts_of(queue).completed, 50);
    CHECK_INT(counts_of(queue).failed, 0);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"job_worker_hears_of_cancel", worker_hears_of_cancel},
    {"job_renewal_tells_of_cancel", renewal_tells_of_cancel},
    {"job_cancelled_ahead_is_not_given_out", cancelled_ahead_is_not_given_out},
    {"job_time_over", time_over},
    {"job_time_counts_from_the_beginning", time_counts_from_the_beginning},
    {"job_in_time", in_time},
};

HARNESS_MAIN(tests)
