/* Looking at jobs: lists of every state, and all that is told of one. */
#include "queue_tools.h"

static distcoord_job_list *list_of(distcoord_queue *queue, int32_t state, int64_t offset, int64_t limit) {
    distcoord_job_list *list = NULL;
    REQUIRE_OK(distcoord_queue_list(queue, state, offset, limit, &list, E));
    return list;
}

/* Ids of a list, with a space after each. */
static const char *ids_of(distcoord_queue *queue, int32_t state, int64_t offset, int64_t limit) {
    static char texts[4][4096];
    static int next;
    char *text = texts[next++ % 4];
    distcoord_job_list *list = list_of(queue, state, offset, limit);
    *text = '\0';
    for (size_t i = 0; i < distcoord_job_list_count(list); i++) {
        strcat(strcat(text, distcoord_job_list_id(list, i)), " ");
        CHECK_INT(distcoord_job_list_state(list, i), state);
    }
    distcoord_job_list_free(list);
    return text;
}

static void every_state_has_its_list(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    for (int32_t state = DISTCOORD_STATE_WAITING; state <= DISTCOORD_STATE_COMPLETED; state++) {
        CHECK_TEXT(ids_of(queue, state, 0, 10), "");
    }
    push_as(queue, "active", "x", NULL);
    distcoord_job *active = CLAIM(queue, "x");
    push_as(queue, "dead 1", "x", NULL);
    push_as(queue, "dead 2", "x", NULL);
    for (int i = 0; i < 2; i++) {
        distcoord_job *job = CLAIM(queue, "x");
        SETTLE(job, distcoord_job_fail(job, "for good", false, E));
        sleep_ms(2);
    }
    push_as(queue, "completed", "x", NULL);
    CHECK_NEXT(queue, "x");
    push_as(queue, "w3", "x", NULL);
    CHECK_INT(distcoord_job_options_set_priority(options, 5), DISTCOORD_OK);
    push_as(queue, "w1", "x", options);
    push_as(queue, "w2", "x", options);
    CHECK_INT(distcoord_job_options_set_priority(options, -5), DISTCOORD_OK);
    push_as(queue, "w4", "x", options);
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 3600000), DISTCOORD_OK);
    push_as(queue, "d2", "x", options);
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 1800000), DISTCOORD_OK);
    push_as(queue, "d1", "x", options);
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 0), DISTCOORD_OK);
    const char *active_id = "active";
    CHECK_INT(distcoord_job_options_set_after(options, &active_id, 1, DISTCOORD_DEPENDENCY_FAIL), DISTCOORD_OK);
    push_as(queue, "blocked", "x", options);
    CHECK_TEXT(ids_of(queue, DISTCOORD_STATE_WAITING, 0, 10), "w1 w2 w3 w4 ");
    CHECK_TEXT(ids_of(queue, DISTCOORD_STATE_WAITING, 1, 2), "w2 w3 ");
    CHECK_TEXT(ids_of(queue, DISTCOORD_STATE_WAITING, 4, 2), "");
    CHECK_TEXT(ids_of(queue, DISTCOORD_STATE_DELAYED, 0, 10), "d1 d2 ");
    CHECK_TEXT(ids_of(queue, DISTCOORD_STATE_ACTIVE, 0, 10), "active ");
    CHECK_TEXT(ids_of(queue, DISTCOORD_STATE_BLOCKED, 0, 10), "blocked ");
    CHECK_TEXT(ids_of(queue, DISTCOORD_STATE_DEAD, 0, 10), "dead 2 dead 1 ");
    distcoord_job_list *list = list_of(queue, DISTCOORD_STATE_COMPLETED, 0, 1000);
    bool has_completed = false;
    for (size_t i = 0; i < distcoord_job_list_count(list); i++) {
        has_completed = has_completed || strcmp(distcoord_job_list_id(list, i), "completed") == 0;
    }
    CHECK(has_completed);
    distcoord_job_list_free(list);
    CHECK_STATUS(distcoord_queue_list(queue, -1, 0, 1, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_list(queue, 8, 0, 1, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_list(queue, 0, -1, 1, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_list(queue, 0, 0, 0, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_list(queue, 0, 0, 1001, &list, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    SETTLE(active, distcoord_job_complete(active, NULL, 0, E));
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static int64_t unix_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void all_is_told_of_one(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    CHECK_INT(distcoord_queue_set_capabilities(queue, "gpu"), DISTCOORD_OK);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_job_list *list = NULL;
    CHECK_STATUS(distcoord_queue_inspect(queue, "job", &list, E), DISTCOORD_NOT_FOUND);
    CHECK(list == NULL);
    CHECK_INT(distcoord_job_options_set_task(options, "resize"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_priority(options, 3), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 7), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_content_type(options, "text/plain"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_header(options, "trace", "abc"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_capabilities(options, "Linux,GPU"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_REFUSE), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, "k"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_batch(options, "b"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 3600000, 3600000), DISTCOORD_OK);
    int64_t before = unix_ms();
    push_as(queue, "job", "payload", options);
    for (int32_t turn = 0; turn < 3; turn++) {
        static const int32_t states[] = {DISTCOORD_STATE_WAITING, DISTCOORD_STATE_ACTIVE, DISTCOORD_STATE_DELAYED};
        distcoord_job *job = turn == 1 ? CLAIM(queue, "payload") : NULL;
        REQUIRE_OK(distcoord_queue_inspect(queue, "job", &list, E));
        CHECK_INT(distcoord_job_list_count(list), 1);
        CHECK_TEXT(distcoord_job_list_id(list, 0), "job");
        CHECK_INT(distcoord_job_list_state(list, 0), states[turn]);
        CHECK_TEXT(distcoord_job_list_task(list, 0), "resize");
        CHECK_INT(distcoord_job_list_priority(list, 0), 3);
        CHECK_INT(distcoord_job_list_attempt(list, 0), turn == 2 ? 2 : 1);
        CHECK_INT(distcoord_job_list_max_attempts(list, 0), 7);
        CHECK(
            distcoord_job_list_pushed_ms(list, 0) >= before - 1 && distcoord_job_list_pushed_ms(list, 0) <= unix_ms());
        size_t length = 0;
        CHECK(memcmp(distcoord_job_list_payload(list, 0, &length), "payload", 7) == 0 && length == 7);
        CHECK_TEXT(distcoord_job_list_content_type(list, 0), "text/plain");
        CHECK_INT(distcoord_job_list_header_count(list, 0), 1);
        CHECK_TEXT(distcoord_job_list_header_name(list, 0, 0), "trace");
        CHECK_TEXT(distcoord_job_list_header_value(list, 0, 0), "abc");
        CHECK_TEXT(distcoord_job_list_header_name(list, 0, 1), "");
        CHECK_TEXT(distcoord_job_list_client(list, 0), turn == 1 ? distcoord_client_id(client) : "");
        CHECK_TEXT(distcoord_job_list_capabilities(list, 0), "gpu,linux");
        CHECK_TEXT(distcoord_job_list_worker(list, 0), "");
        CHECK_TEXT(distcoord_job_list_unique_key(list, 0), "u");
        CHECK_TEXT(distcoord_job_list_concurrency_key(list, 0), "k");
        CHECK_TEXT(distcoord_job_list_batch(list, 0), "b");
        CHECK_INT(distcoord_job_list_after(list, 0), 0);
        CHECK(!distcoord_job_list_cancelling(list, 0));
        CHECK_INT(distcoord_job_list_progress(list, 0), -1);
        CHECK_TEXT(distcoord_job_list_error_type(list, 0), turn == 2 ? "Odd" : "");
        CHECK_TEXT(distcoord_job_list_error_message(list, 0), turn == 2 ? "it went wrong" : "");
        CHECK_TEXT(distcoord_job_list_error_traceback(list, 0), turn == 2 ? "line 1\nline 2" : "");
        CHECK((*distcoord_job_list_error_worker(list, 0) != '\0') == (turn == 2));
        CHECK((distcoord_job_list_failed_ms(list, 0) >= before) == (turn == 2));
        int64_t due = distcoord_job_list_due_ms(list, 0);
        if (turn == 0) CHECK_INT(due, 0);
        if (turn == 1) CHECK(due > unix_ms() + 20000 && due <= unix_ms() + 30000);
        if (turn == 2) CHECK(due > unix_ms() + 1700000 && due <= unix_ms() + 3600000);
        distcoord_job_list_free(list);
        if (job) SETTLE(job, distcoord_job_fail_with(job, "Odd", "it went wrong", "line 1\nline 2", true, -1, E));
    }
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void progress_is_seen_by_all(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *watching = open_queue(other);
    distcoord_job_list *list = NULL;
    push_as(queue, "job", "x", NULL);
    distcoord_job *job = CLAIM(queue, "x");
    CHECK_OK(distcoord_job_progress(job, 0, NULL, E));
    CHECK_OK(distcoord_job_progress(job, 40, "two of five", E));
    REQUIRE_OK(distcoord_queue_inspect(watching, "job", &list, E));
    CHECK_INT(distcoord_job_list_progress(list, 0), 40);
    CHECK_TEXT(distcoord_job_list_progress_text(list, 0), "two of five");
    distcoord_job_list_free(list);
    CHECK_STATUS(distcoord_job_progress(job, -1, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_job_progress(job, 101, NULL, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    char large[1026];
    memset(large, 'x', sizeof large - 1);
    large[1025] = '\0';
    CHECK_STATUS(distcoord_job_progress(job, 50, large, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    large[1024] = '\0';
    CHECK_OK(distcoord_job_progress(job, 50, large, E));
    CHECK_OK(distcoord_job_progress(job, 60, NULL, E));
    REQUIRE_OK(distcoord_queue_inspect(watching, "job", &list, E));
    CHECK_INT(distcoord_job_list_progress(list, 0), 60);
    CHECK_TEXT(distcoord_job_list_progress_text(list, 0), "");
    distcoord_job_list_free(list);
    CHECK_OK(distcoord_job_complete(job, "done", 4, E));
    CHECK_STATUS(distcoord_job_progress(job, 70, NULL, E), DISTCOORD_NOT_HELD);
    distcoord_job_free(job);
    /* It ends with the job; then what is kept is the outcome. */
    REQUIRE_OK(distcoord_queue_inspect(watching, "job", &list, E));
    CHECK_INT(distcoord_job_list_state(list, 0), DISTCOORD_STATE_COMPLETED);
    CHECK_INT(distcoord_job_list_progress(list, 0), -1);
    CHECK_INT(distcoord_job_list_attempt(list, 0), 1);
    CHECK_INT(distcoord_job_list_max_attempts(list, 0), 0);
    size_t length = 0;
    CHECK(memcmp(distcoord_job_list_payload(list, 0, &length), "done", 4) == 0 && length == 4);
    CHECK(distcoord_job_list_due_ms(list, 0) > 0);
    distcoord_job_list_free(list);
    distcoord_queue_free(queue);
    distcoord_queue_free(watching);
    close_client(client);
    close_client(other);
}

/* In lists only the beginning of a payload, of one job all of it, whether it is kept apart or not. */
static void payloads_are_shown(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static char large[200000];
    memset(large, 'z', sizeof large);
    static const size_t sizes[] = {0, 10, 1024, 5000, sizeof large};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        CHECK_OK(distcoord_queue_push(queue, large, sizes[i], NULL, NULL, 0, E));
    }
    distcoord_job_list *list = list_of(queue, DISTCOORD_STATE_WAITING, 0, 10), *one = NULL;
    CHECK_INT(distcoord_job_list_count(list), COUNT_OF(sizes));
    for (size_t i = 0; i < distcoord_job_list_count(list); i++) {
        size_t length = 7;
        const char *bytes = distcoord_job_list_payload(list, i, &length);
        CHECK(bytes != NULL);
        CHECK_INT(length, sizes[i] < 1024 ? sizes[i] : 1024);
        CHECK(memcmp(bytes, large, length) == 0);
        REQUIRE_OK(distcoord_queue_inspect(queue, distcoord_job_list_id(list, i), &one, E));
        bytes = distcoord_job_list_payload(one, 0, &length);
        CHECK_INT(length, sizes[i]);
        CHECK(memcmp(bytes, large, length) == 0);
        distcoord_job_list_free(one);
    }
    size_t length = 7;
    CHECK(distcoord_job_list_payload(list, COUNT_OF(sizes), &length) == NULL);
    CHECK_TEXT(distcoord_job_list_id(list, COUNT_OF(sizes)), "");
    CHECK_INT(distcoord_job_list_state(list, COUNT_OF(sizes)), -1);
    distcoord_job_list_free(list);
    distcoord_queue_free(queue);
    close_client(client);
}

static void long_lists_come_in_pages(void) {
    enum { JOBS = 2500 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static const void *payloads[JOBS];
    static size_t lengths[JOBS];
    for (int i = 0; i < JOBS; i++) {
        payloads[i] = "x";
        lengths[i] = 1;
    }
    distcoord_push_receipt *receipt = NULL;
    CHECK_OK(distcoord_queue_push_many(queue, payloads, lengths, NULL, JOBS, &receipt, E));
    size_t seen = 0;
    for (int64_t offset = 0;; offset += 1000) {
        distcoord_job_list *list = list_of(queue, DISTCOORD_STATE_WAITING, offset, 1000);
        size_t count = distcoord_job_list_count(list);
        for (size_t i = 0; i < count; i++) {
            CHECK_TEXT(distcoord_job_list_id(list, i), distcoord_push_receipt_id(receipt, seen));
            seen++;
        }
        distcoord_job_list_free(list);
        if (count == 0) break;
    }
    CHECK_INT(seen, JOBS);
    distcoord_push_receipt_free(receipt);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"jobs_every_state_has_its_list", every_state_has_its_list},
    {"jobs_all_is_told_of_one", all_is_told_of_one},
    {"jobs_progress_is_seen_by_all", progress_is_seen_by_all},
    {"jobs_payloads_are_shown", payloads_are_shown},
    {"jobs_long_lists_come_in_pages", long_lists_come_in_pages},
};

HARNESS_MAIN(tests)
