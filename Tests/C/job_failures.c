/* How attempts fail, and what is known of it afterwards: the failure's record, delays, time limits, states of results.
 */
#include "queue_tools.h"

#include <poll.h>

static void check_failure(
    distcoord_queue *queue, const char *id, const char *type, const char *message, const char *traceback) {
    distcoord_result *end = end_of(queue, id);
    CHECK_INT(distcoord_result_state(end), DISTCOORD_RESULT_DEAD);
    CHECK_TEXT(distcoord_result_error_type(end), type);
    CHECK_TEXT((const char *)distcoord_result_bytes(end, NULL), message);
    CHECK_TEXT(distcoord_result_traceback(end), traceback);
    distcoord_result_free(end);
}

static void a_failure_is_kept_whole(void) {
    distcoord_options *settings = namespace_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_label(settings, "the label"), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, settings, &client, E));
    distcoord_options_free(settings);
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "a", "a", NULL);
    distcoord_job *job = CLAIM(queue, "a");
    SETTLE(job, distcoord_job_fail_with(
                    job, "ValueError", "no such \xc3\xa9l\xc3\xa9ment", "File x, line 1\n  y()", false, -1, E));
    check_failure(queue, "a", "ValueError", "no such \xc3\xa9l\xc3\xa9ment", "File x, line 1\n  y()");
    distcoord_result *end = end_of(queue, "a");
    CHECK_TEXT(distcoord_result_worker(end), "the label");
    CHECK_INT(distcoord_result_attempts(end), 1);
    CHECK(distcoord_result_finished_ms(end) > 1600000000000);
    distcoord_result_free(end);
    push_as(queue, "b", "b", NULL);
    job = CLAIM(queue, "b");
    SETTLE(job, distcoord_job_fail_with(job, NULL, NULL, NULL, false, -1, E));
    check_failure(queue, "b", "", "", "");
    push_as(queue, "c", "c", NULL);
    job = CLAIM(queue, "c");
    SETTLE(job, distcoord_job_fail(job, "just words", false, E));
    check_failure(queue, "c", "", "just words", "");
    /* A worker that has a name is known by it. */
    CHECK_INT(distcoord_queue_set_worker(queue, "ann", false), DISTCOORD_OK);
    push_as(queue, "d", "d", NULL);
    job = CLAIM(queue, "d");
    SETTLE(job, distcoord_job_fail(job, NULL, false, E));
    end = end_of(queue, "d");
    CHECK_TEXT(distcoord_result_worker(end), "ann");
    distcoord_result_free(end);
    distcoord_queue_free(queue);
    close_client(client);
}

/* All texts together up to 64 KiB, whichever is large; cut between characters. */
static void large_failures_are_cut(void) {
    enum { LARGE = 100000 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static char large[LARGE + 1];
    for (int i = 0; i < LARGE; i += 2) memcpy(large + i, "\xc3\xa9", 2);
    for (int which = 0; which < 3; which++) {
        char id[8];
        snprintf(id, sizeof id, "j%d", which);
        push_as(queue, id, id, NULL);
        distcoord_job *job = CLAIM(queue, id);
        SETTLE(job, distcoord_job_fail_with(job, which == 0 ? large : "type", which == 1 ? large : "message",
                        which == 2 ? large : "traceback", false, -1, E));
        distcoord_result *end = end_of(queue, id);
        const char *texts[] = {
            distcoord_result_error_type(end), distcoord_result_bytes(end, NULL), distcoord_result_traceback(end)};
        size_t all = 0;
        for (int i = 0; i < 3; i++) {
            size_t length = strlen(texts[i]);
            all += length;
            if (i == which) {
                // A traceback is cut in the middle, the others at their end; none inside a character.
                const char *gap = i == 2 ? strstr(texts[i], "\n[...]\n") : NULL;
                size_t head = gap ? (size_t)(gap - texts[i]) : length;
                size_t tail = gap ? length - head - 7 : 0;
                if (length <= 200 || head % 2 != 0 || tail % 2 != 0 || (i == 2) != (gap != NULL) ||
                    memcmp(texts[i], large, head) != 0 || memcmp(texts[i] + length - tail, large, tail) != 0) {
                    report(__FILE__, __LINE__, "text %d is kept with %zu bytes: %.20s", i, length, texts[i]);
                }
            }
        }
        CHECK(all <= 65536);
        distcoord_result_free(end);
    }
    distcoord_queue_free(queue);
    close_client(client);
}

static void the_next_attempt_waits_as_asked(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "a", "a", NULL);
    distcoord_job *job = CLAIM(queue, "a");
    CHECK_STATUS(distcoord_job_fail_with(job, NULL, NULL, NULL, true, INT64_MAX, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    SETTLE(job, distcoord_job_fail_with(job, NULL, NULL, NULL, true, 0, E));
    job = CLAIM(queue, "a");
    CHECK_INT(distcoord_job_attempt(job), 2);
    SETTLE(job, distcoord_job_fail_with(job, NULL, NULL, NULL, true, 3600000, E));
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(state_of(queue, "a"), DISTCOORD_STATE_DELAYED);
    CHECK_OK(distcoord_queue_promote(queue, "a", E));
    job = CLAIM(queue, "a");
    int64_t start = now_ms();
    SETTLE(job, distcoord_job_fail_with(job, NULL, NULL, NULL, true, 200, E));
    job = claim(queue, 5000 * time_factor());
    REQUIRE(job != NULL);
    CHECK(now_ms() - start >= 195);
    CHECK_INT(distcoord_job_attempt(job), 4);
    /* Given back for a while: no attempt is counted. */
    CHECK_STATUS(distcoord_job_release_after(job, -1, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_job_release_after(job, INT64_MAX, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    SETTLE(job, distcoord_job_release_after(job, 3600000, E));
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(counts_of(queue).delayed, 1);
    CHECK_INT(counts_of(queue).failed, 3);
    CHECK_OK(distcoord_queue_promote(queue, "a", E));
    job = CLAIM(queue, "a");
    CHECK_INT(distcoord_job_attempt(job), 4);
    start = now_ms();
    SETTLE(job, distcoord_job_release_after(job, 200, E));
    job = claim(queue, 5000 * time_factor());
    REQUIRE(job != NULL);
    CHECK(now_ms() - start >= 195);
    CHECK_INT(distcoord_job_attempt(job), 4);
    SETTLE(job, distcoord_job_release_after(job, 0, E));
    CHECK_NEXT(queue, "a");
    distcoord_queue_free(queue);
    close_client(client);
}

static void time_is_limited(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_timeout_ms(options, 300), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 2), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    push_as(queue, "slow", "slow", options);
    for (int attempt = 1; attempt <= 2; attempt++) {
        int64_t start = now_ms();
        distcoord_job *job = claim(queue, 5000);
        REQUIRE(job != NULL);
        CHECK_INT(distcoord_job_attempt(job), attempt);
        struct pollfd poll_for = {.fd = distcoord_job_event_fd(job), .events = POLLIN};
        CHECK_INT(poll(&poll_for, 1, (int)(3000 * time_factor())), 1);
        CHECK(now_ms() - start >= 280 && took_less(start, 2000));
        CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_EXPIRED);
        CHECK_STATUS(distcoord_job_complete(job, "late", 4, E), DISTCOORD_NOT_HELD);
        CHECK_STATUS(distcoord_job_fail(job, "late", true, E), DISTCOORD_NOT_HELD);
        CHECK_STATUS(distcoord_job_release(job, E), DISTCOORD_NOT_HELD);
        CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_EXPIRED);
        distcoord_job_free(job);
    }
    distcoord_result *end = end_of(queue, "slow");
    CHECK_INT(distcoord_result_state(end), DISTCOORD_RESULT_DEAD);
    CHECK_TEXT(distcoord_result_error_type(end), "timeout");
    CHECK_INT(distcoord_result_attempts(end), 2);
    distcoord_result_free(end);
    CHECK_INT(counts_of(queue).failed, 2);
    /* Done in time: nothing happens. */
    CHECK_INT(distcoord_job_options_set_timeout_ms(options, 60000), DISTCOORD_OK);
    push_as(queue, "quick", "quick", options);
    distcoord_job *job = CLAIM(queue, "quick");
    SETTLE(job, distcoord_job_complete(job, "r", 1, E));
    CHECK_ENDED(queue, "quick", DISTCOORD_RESULT_COMPLETED, "r");
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* A job that kills its workers is dead in the end, and tells whose they were. */
static void poison_is_buried(void) {
    pid_t doomed[2] = {start_doomed(300), start_doomed(300)};
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 2), DISTCOORD_OK);
    push_as(queue, "poison", "x", options);
    for (int i = 0; i < 2; i++) join_doomed(doomed[i]);
    distcoord_result *end = end_of(queue, "poison");
    CHECK_INT(distcoord_result_state(end), DISTCOORD_RESULT_DEAD);
    CHECK_INT(distcoord_result_attempts(end), 2);
    if (strstr(distcoord_result_bytes(end, NULL), "worker") == NULL) {
        report(__FILE__, __LINE__, "error \"%s\"", (const char *)distcoord_result_bytes(end, NULL));
    }
    CHECK(*distcoord_result_worker(end) != '\0');
    distcoord_result_free(end);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void states_are_told_apart(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new(), *after = distcoord_job_options_new();
    distcoord_result *result = NULL;
    push_as(queue, "completed", "1", NULL);
    CHECK_NEXT(queue, "1");
    push_as(queue, "dead", "2", NULL);
    distcoord_job *job = CLAIM(queue, "2");
    SETTLE(job, distcoord_job_fail(job, "m", false, E));
    push_as(queue, "cancelled", "3", NULL);
    CHECK_OK(distcoord_queue_cancel_job(queue, "cancelled", "c", NULL, E));
    const char *dead = "dead";
    CHECK_INT(distcoord_job_options_set_after(after, &dead, 1, DISTCOORD_DEPENDENCY_SKIP), DISTCOORD_OK);
    push_as(queue, "skipped", "4", after);
    static const char *const ids[] = {"completed", "dead", "cancelled", "skipped"};
    for (int32_t state = DISTCOORD_RESULT_COMPLETED; state <= DISTCOORD_RESULT_SKIPPED; state++) {
        result = end_of(queue, ids[state]);
        CHECK_INT(distcoord_result_state(result), state);
        CHECK_INT(distcoord_result_attempts(result), state <= DISTCOORD_RESULT_DEAD);
        CHECK(distcoord_result_finished_ms(result) > 1600000000000);
        distcoord_result_free(result);
    }
    result = NULL;
    push_as(queue, "waits", "5", NULL);
    CHECK_STATUS(distcoord_queue_result(queue, "waits", 0, &result, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_queue_result(queue, "absent", 0, &result, E), DISTCOORD_NOT_FOUND);
    CHECK_NEXT(queue, "5");
    /* Not kept: it is known that it has ended, for a while. */
    CHECK_INT(distcoord_job_options_set_result_ttl_ms(options, 0), DISTCOORD_OK);
    push_as(queue, "not kept", "6", options);
    CHECK_NEXT(queue, "6");
    CHECK_STATUS(distcoord_queue_result(queue, "not kept", 0, &result, E), DISTCOORD_EXPIRED);
    CHECK(result == NULL);
    distcoord_job_options_free(options);
    distcoord_job_options_free(after);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"failures_are_kept_whole", a_failure_is_kept_whole},
    {"failures_large_ones_are_cut", large_failures_are_cut},
    {"failures_the_next_attempt_waits_as_asked", the_next_attempt_waits_as_asked},
    {"failures_time_is_limited", time_is_limited},
    {"failures_poison_is_buried", poison_is_buried},
    {"failures_states_are_told_apart", states_are_told_apart},
};

HARNESS_MAIN(tests)
