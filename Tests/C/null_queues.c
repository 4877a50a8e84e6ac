/* NULL in place of each pointer that queue.h and its neighbours name as required, and of objects that hold nothing. */
#include "null_tools.h"
#include "queue_tools.h"

static void job_options(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    const char *ids[] = {"a"};
    CHECK_SETTER_INVALID(distcoord_job_options_set_at_ms(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_job_options_set_timeout_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_job_options_set_content_type(NULL, "t"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_content_type(options, NULL));
    CHECK_SETTER_INVALID(distcoord_job_options_set_header(NULL, "n", "v"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_header(options, NULL, "v"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_unique(NULL, "k", DISTCOORD_UNIQUE_REFUSE));
    CHECK_SETTER_INVALID(distcoord_job_options_set_concurrency_key(NULL, "k"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_capabilities(NULL, "c"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_capabilities(options, NULL));
    CHECK_SETTER_INVALID(distcoord_job_options_set_capability_timeout_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_job_options_set_pool(NULL, "p"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_pool(options, NULL));
    CHECK_SETTER_INVALID(distcoord_job_options_set_worker(NULL, "w"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_after(NULL, ids, 1, DISTCOORD_DEPENDENCY_FAIL));
    CHECK_SETTER_INVALID(distcoord_job_options_set_after(options, NULL, 1, DISTCOORD_DEPENDENCY_FAIL));
    CHECK_SETTER_INVALID(distcoord_job_options_set_batch(NULL, "b"));
    distcoord_job_options_free(options);
}

static void queue(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_queue_settings *settings = NULL;
    CHECK_SETTER_INVALID(distcoord_queue_set_capabilities(NULL, "c"));
    CHECK_SETTER_INVALID(distcoord_queue_set_capabilities(queue, NULL));
    CHECK_SETTER_INVALID(distcoord_queue_set_worker(NULL, "w", false));
    CHECK_SETTER_INVALID(distcoord_queue_set_partitions(NULL, 2));
    CHECK_INT(distcoord_push_receipt_status(NULL, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_TEXT(distcoord_push_receipt_id(NULL, 0), "");
    CHECK_INT(distcoord_queue_counts_blocked(NULL), 0);
    CHECK_INT(distcoord_queue_counts_unserved(NULL), 0);
    CHECK_INT(distcoord_queue_counts_cancelled(NULL), 0);
    CHECK_INVALID(distcoord_queue_pause(NULL, E));
    CHECK_INVALID(distcoord_queue_resume(NULL, E));
    CHECK_INVALID(distcoord_queue_set_rate_limit(NULL, 1, 1, E));
    CHECK_INVALID(distcoord_queue_set_key_limit(NULL, 1, E));
    CHECK_INVALID(distcoord_queue_set_history(NULL, 1, 1, E));
    CHECK_INVALID(distcoord_queue_inspect_settings(NULL, &settings, E));
    CHECK_INVALID(distcoord_queue_inspect_settings(queue, NULL, E));
    CHECK(!distcoord_queue_settings_is_paused(NULL));
    CHECK_INT(distcoord_queue_settings_rate_count(NULL), 0);
    CHECK_INT(distcoord_queue_settings_rate_period_ms(NULL), 0);
    CHECK_INT(distcoord_queue_settings_key_limit(NULL), 0);
    CHECK_INT(distcoord_queue_settings_results(NULL), 0);
    CHECK_INT(distcoord_queue_settings_dead(NULL), 0);
    distcoord_queue_settings_free(NULL);
    distcoord_queue_free(queue);
    close_client(client);
}

static void job(void) {
    CHECK_INT(distcoord_job_max_attempts(NULL), 0);
    CHECK_INT(distcoord_job_timeout_ms(NULL), 0);
    CHECK_TEXT(distcoord_job_content_type(NULL), "");
    CHECK_INT(distcoord_job_header_count(NULL), 0);
    CHECK_TEXT(distcoord_job_header_name(NULL, 0), "");
    CHECK_TEXT(distcoord_job_header_value(NULL, 0), "");
    CHECK_TEXT(distcoord_job_batch(NULL), "");
    CHECK_TEXT(distcoord_job_queue(NULL), "");
    CHECK_INVALID(distcoord_job_fail_with(NULL, "t", "m", "b", true, -1, E));
    CHECK_INVALID(distcoord_job_cancelled(NULL, E));
    CHECK_INVALID(distcoord_job_release_after(NULL, 1, E));
    CHECK_INVALID(distcoord_job_progress(NULL, 1, "t", E));
    CHECK_TEXT(distcoord_result_error_type(NULL), "");
    CHECK_TEXT(distcoord_result_traceback(NULL), "");
    CHECK_TEXT(distcoord_result_worker(NULL), "");
}

static void jobs(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_list *list = NULL;
    CHECK_INVALID(distcoord_queue_list(NULL, DISTCOORD_STATE_WAITING, 0, 1, &list, E));
    CHECK_INVALID(distcoord_queue_list(queue, DISTCOORD_STATE_WAITING, 0, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_inspect(NULL, "i", &list, E));
    CHECK_INVALID(distcoord_queue_inspect(queue, NULL, &list, E));
    CHECK_INVALID(distcoord_queue_inspect(queue, "i", NULL, E));
    CHECK_INVALID(distcoord_queue_cancel_job(NULL, "i", NULL, NULL, E));
    CHECK_INVALID(distcoord_queue_cancel_job(queue, NULL, NULL, NULL, E));
    CHECK_INVALID(distcoord_queue_retry_dead(NULL, NULL, NULL, E));
    CHECK_INVALID(distcoord_queue_promote(NULL, "i", E));
    CHECK_INVALID(distcoord_queue_promote(queue, NULL, E));
    CHECK_INVALID(distcoord_queue_purge(NULL, DISTCOORD_STATE_DEAD, NULL, 0, NULL, E));
    CHECK(list == NULL);
    distcoord_queue_free(queue);
    close_client(client);
}

/* What an absent list, or an absent place in one that is there, answers. */
static void check_absent(const distcoord_job_list *list, size_t index) {
    size_t length = 7;
    CHECK_TEXT(distcoord_job_list_id(list, index), "");
    CHECK_INT(distcoord_job_list_state(list, index), -1);
    CHECK_TEXT(distcoord_job_list_task(list, index), "");
    CHECK_INT(distcoord_job_list_priority(list, index), 0);
    CHECK_INT(distcoord_job_list_attempt(list, index), 0);
    CHECK_INT(distcoord_job_list_max_attempts(list, index), 0);
    CHECK_INT(distcoord_job_list_pushed_ms(list, index), 0);
    CHECK_INT(distcoord_job_list_due_ms(list, index), 0);
    CHECK(distcoord_job_list_payload(list, index, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(distcoord_job_list_payload(list, index, NULL) == NULL);
    CHECK_TEXT(distcoord_job_list_content_type(list, index), "");
    CHECK_INT(distcoord_job_list_header_count(list, index), 0);
    CHECK_TEXT(distcoord_job_list_header_name(list, index, 0), "");
    CHECK_TEXT(distcoord_job_list_header_value(list, index, 0), "");
    CHECK_TEXT(distcoord_job_list_client(list, index), "");
    CHECK_INT(distcoord_job_list_progress(list, index), -1);
    CHECK_TEXT(distcoord_job_list_progress_text(list, index), "");
    CHECK(!distcoord_job_list_cancelling(list, index));
    CHECK_TEXT(distcoord_job_list_error_type(list, index), "");
    CHECK_TEXT(distcoord_job_list_error_message(list, index), "");
    CHECK_TEXT(distcoord_job_list_error_traceback(list, index), "");
    CHECK_TEXT(distcoord_job_list_error_worker(list, index), "");
    CHECK_INT(distcoord_job_list_failed_ms(list, index), 0);
    CHECK_TEXT(distcoord_job_list_capabilities(list, index), "");
    CHECK_TEXT(distcoord_job_list_worker(list, index), "");
    CHECK_TEXT(distcoord_job_list_unique_key(list, index), "");
    CHECK_TEXT(distcoord_job_list_concurrency_key(list, index), "");
    CHECK_TEXT(distcoord_job_list_batch(list, index), "");
    CHECK_INT(distcoord_job_list_after(list, index), 0);
}

static void lists(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_list *list = NULL;
    CHECK_INT(distcoord_job_list_count(NULL), 0);
    check_absent(NULL, 0);
    distcoord_job_list_free(NULL);
    push_text(queue, "x", NULL);
    REQUIRE_OK(distcoord_queue_list(queue, DISTCOORD_STATE_WAITING, 0, 10, &list, E));
    CHECK_INT(distcoord_job_list_count(list), 1);
    check_absent(list, 1);
    check_absent(list, SIZE_MAX);
    distcoord_job_list_free(list);
    distcoord_queue_free(queue);
    close_client(client);
}

static void batch(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_batch *batch = NULL;
    distcoord_batch_counts *counts = NULL;
    CHECK_INVALID(distcoord_batch_open(NULL, "b", &batch, E));
    CHECK_INVALID(distcoord_batch_open(queue, "b", NULL, E));
    CHECK_TEXT(distcoord_batch_id(NULL), "");
    CHECK_INVALID(distcoord_batch_seal(NULL, E));
    CHECK_INVALID(distcoord_batch_wait(NULL, 0, &counts, E));
    distcoord_batch_cancel(NULL);
    distcoord_batch_free(NULL);
    CHECK_INT(distcoord_batch_counts_total(NULL), 0);
    CHECK_INT(distcoord_batch_counts_completed(NULL), 0);
    CHECK_INT(distcoord_batch_counts_failed(NULL), 0);
    CHECK_INT(distcoord_batch_counts_cancelled(NULL), 0);
    CHECK(!distcoord_batch_counts_is_sealed(NULL));
    distcoord_batch_counts_free(NULL);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"null_queues_job_options", job_options},
    {"null_queues_queue", queue},
    {"null_queues_job", job},
    {"null_queues_jobs", jobs},
    {"null_queues_lists", lists},
    {"null_queues_batch", batch},
};

HARNESS_MAIN(tests)
