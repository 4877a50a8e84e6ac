/* Dead letters and what else is done to jobs from outside: retry, promote, purge. */
#include "queue_tools.h"

static void kill_job(distcoord_queue *queue, const char *id, distcoord_job_options *options) {
    push_as(queue, id, id, options);
    distcoord_job *job = CLAIM(queue, id);
    SETTLE(job, distcoord_job_fail(job, "for good", false, E));
}

static void the_dead_are_tried_again(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    int64_t count = 7;
    CHECK_STATUS(distcoord_queue_retry_dead(queue, "a", &count, E), DISTCOORD_NOT_FOUND);
    CHECK_INT(count, 0);
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 2), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    kill_job(queue, "a", options);
    kill_job(queue, "b", options);
    kill_job(queue, "c", options);
    CHECK_OK(distcoord_queue_retry_dead(queue, "b", &count, E));
    CHECK_INT(count, 1);
    CHECK_INT(counts_of(queue).dead, 2);
    CHECK_INT(state_of(queue, "b"), DISTCOORD_STATE_WAITING);
    /* Its end is taken back: whoever asks now waits. */
    distcoord_result *result = NULL;
    CHECK_STATUS(distcoord_queue_result(queue, "b", 0, &result, E), DISTCOORD_TIMED_OUT);
    distcoord_job *job = CLAIM(queue, "b");
    CHECK_INT(distcoord_job_attempt(job), 1);
    CHECK_INT(distcoord_job_max_attempts(job), 2);
    SETTLE(job, distcoord_job_fail(job, "again", true, E));
    job = CLAIM(queue, "b");
    CHECK_INT(distcoord_job_attempt(job), 2);
    SETTLE(job, distcoord_job_complete(job, "at last", 7, E));
    CHECK_ENDED(queue, "b", DISTCOORD_RESULT_COMPLETED, "at last");
    CHECK_STATUS(distcoord_queue_retry_dead(queue, "b", &count, E), DISTCOORD_NOT_FOUND);
    CHECK_OK(distcoord_queue_retry_dead(queue, NULL, &count, E));
    CHECK_INT(count, 2);
    CHECK_INT(counts_of(queue).dead, 0);
    CHECK_NEXT(queue, "a");
    CHECK_NEXT(queue, "c");
    CHECK_OK(distcoord_queue_retry_dead(queue, NULL, NULL, E));
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void many_dead_are_tried_again(void) {
    enum { JOBS = 1500 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    static distcoord_job *jobs[JOBS];
    static const void *payloads[JOBS];
    static size_t lengths[JOBS];
    static const distcoord_job_options *all[JOBS];
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 1), DISTCOORD_OK);
    for (int i = 0; i < JOBS; i++) payloads[i] = "x", lengths[i] = 1, all[i] = options;
    CHECK_OK(distcoord_queue_push_many(queue, payloads, lengths, all, JOBS, NULL, E));
    size_t had = 0;
    while (had < JOBS) {
        size_t count = 0;
        REQUIRE_OK(distcoord_queue_claim(queue, 0, jobs + had, JOBS - had, &count, E));
        had += count;
    }
    for (int i = 0; i < JOBS; i++) SETTLE(jobs[i], distcoord_job_fail(jobs[i], NULL, true, E));
    CHECK_INT(counts_of(queue).dead, JOBS);
    int64_t count = 0;
    CHECK_OK(distcoord_queue_retry_dead(queue, NULL, &count, E));
    CHECK_INT(count, JOBS);
    CHECK_INT(counts_of(queue).waiting, JOBS);
    CHECK_OK(distcoord_queue_purge(queue, DISTCOORD_STATE_WAITING, NULL, 0, &count, E));
    CHECK_INT(count, JOBS);
    CHECK_INT(counts_of(queue).waiting, 0);
    CHECK(claim(queue, 0) == NULL);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Its unique key may have gone to another meanwhile. */
static void a_taken_key_keeps_the_dead_dead(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_unique(options, "k", DISTCOORD_UNIQUE_REFUSE), DISTCOORD_OK);
    kill_job(queue, "old", options);
    push_as(queue, "new", "new", options);
    CHECK_STATUS(distcoord_queue_retry_dead(queue, "old", NULL, E), DISTCOORD_EXISTS);
    CHECK_INT(state_of(queue, "old"), DISTCOORD_STATE_DEAD);
    CHECK_NEXT(queue, "new");
    CHECK_OK(distcoord_queue_retry_dead(queue, "old", NULL, E));
    distcoord_job *job = CLAIM(queue, "old");
    CHECK_INT(distcoord_job_options_set_id(options, NULL), DISTCOORD_OK);
    CHECK_STATUS(distcoord_queue_push(queue, "x", 1, options, NULL, 0, E), DISTCOORD_EXISTS);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void delayed_jobs_are_promoted(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 3600000), DISTCOORD_OK);
    push_as(queue, "later", "later", options);
    push_text(queue, "now", NULL);
    CHECK_OK(distcoord_queue_promote(queue, "later", E));
    CHECK_INT(counts_of(queue).delayed, 0);
    CHECK_STATUS(distcoord_queue_promote(queue, "later", E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_queue_promote(queue, "absent", E), DISTCOORD_NOT_FOUND);
    CHECK_NEXT(queue, "now");
    CHECK_NEXT(queue, "later");
    /* One that waits for its next attempt as well. */
    push_as(queue, "retried", "retried", NULL);
    distcoord_job *job = CLAIM(queue, "retried");
    SETTLE(job, distcoord_job_fail_with(job, NULL, "slow", NULL, true, 3600000, E));
    CHECK(claim(queue, 0) == NULL);
    CHECK_OK(distcoord_queue_promote(queue, "retried", E));
    CHECK_NEXT(queue, "retried");
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void purged_jobs_are_gone(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *delayed = distcoord_job_options_new(), *blocked = distcoord_job_options_new();
    int64_t count = 7;
    CHECK_INT(distcoord_job_options_set_delay_ms(delayed, 3600000), DISTCOORD_OK);
    kill_job(queue, "dead", NULL);
    push_as(queue, "completed", "x", NULL);
    CHECK_NEXT(queue, "x");
    push_as(queue, "active", "x", NULL);
    distcoord_job *active = CLAIM(queue, "x");
    push_as(queue, "waiting", "x", NULL);
    push_as(queue, "waiting 2", "x", NULL);
    push_as(queue, "delayed", "x", delayed);
    const char *active_id = "active";
    CHECK_INT(distcoord_job_options_set_after(blocked, &active_id, 1, DISTCOORD_DEPENDENCY_FAIL), DISTCOORD_OK);
    push_as(queue, "blocked", "x", blocked);
    CHECK_STATUS(
        distcoord_queue_purge(queue, DISTCOORD_STATE_ACTIVE, NULL, 0, &count, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_purge(queue, DISTCOORD_STATE_DEAD, "waiting", 0, &count, E), DISTCOORD_NOT_FOUND);
    CHECK_OK(distcoord_queue_purge(queue, DISTCOORD_STATE_WAITING, "waiting", 0, &count, E));
    CHECK_INT(count, 1);
    CHECK_INT(counts_of(queue).waiting, 1);
    /* Nothing is that old. */
    CHECK_OK(distcoord_queue_purge(queue, DISTCOORD_STATE_WAITING, NULL, 3600000, &count, E));
    CHECK_INT(count, 0);
    static const int32_t states[] = {
        DISTCOORD_STATE_WAITING, DISTCOORD_STATE_DELAYED, DISTCOORD_STATE_BLOCKED, DISTCOORD_STATE_DEAD};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        CHECK_OK(distcoord_queue_purge(queue, states[i], NULL, 0, &count, E));
        CHECK_INT(count, 1);
    }
    struct counts all = counts_of(queue);
    CHECK_INT(all.waiting + all.delayed + all.blocked + all.dead, 0);
    CHECK_INT(all.active, 1);
    CHECK_INT(state_of(queue, "completed"), DISTCOORD_STATE_COMPLETED);
    SETTLE(active, distcoord_job_complete(active, NULL, 0, E));
    CHECK_OK(distcoord_queue_purge(queue, DISTCOORD_STATE_COMPLETED, NULL, 0, &count, E));
    CHECK(count >= 2);
    static const char *const ids[] = {"dead", "completed", "active", "waiting", "waiting 2", "delayed", "blocked"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) CHECK_INT(state_of(queue, ids[i]), -1);
    CHECK(claim(queue, 0) == NULL);
    distcoord_job_options_free(delayed);
    distcoord_job_options_free(blocked);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Those who wait for one that is purged learn that it has been cancelled; what it kept from others is free. */
static void purging_sets_others_free(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new(), *after = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_REFUSE), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, "k"), DISTCOORD_OK);
    push_as(queue, "first", "x", options);
    CHECK_INT(distcoord_job_options_set_unique(options, NULL, DISTCOORD_UNIQUE_REFUSE), DISTCOORD_OK);
    push_as(queue, "second", "second", options);
    const char *first = "first";
    CHECK_INT(distcoord_job_options_set_after(after, &first, 1, DISTCOORD_DEPENDENCY_RUN), DISTCOORD_OK);
    push_as(queue, "after", "after", after);
    CHECK_INT(counts_of(queue).blocked, 2);
    CHECK_OK(distcoord_queue_purge(queue, DISTCOORD_STATE_WAITING, "first", 0, NULL, E));
    CHECK_INT(counts_of(queue).blocked, 0);
    CHECK_INT(distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_REFUSE), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, NULL), DISTCOORD_OK);
    push_as(queue, "third", "third", options);
    CHECK_NEXT(queue, "second");
    CHECK_NEXT(queue, "after");
    CHECK_NEXT(queue, "third");
    distcoord_job_options_free(options);
    distcoord_job_options_free(after);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"dead_are_tried_again", the_dead_are_tried_again},
    {"dead_many_are_tried_again", many_dead_are_tried_again},
    {"dead_a_taken_key_keeps_them_dead", a_taken_key_keeps_the_dead_dead},
    {"dead_delayed_jobs_are_promoted", delayed_jobs_are_promoted},
    {"dead_purged_jobs_are_gone", purged_jobs_are_gone},
    {"dead_purging_sets_others_free", purging_sets_others_free},
};

HARNESS_MAIN(tests)
