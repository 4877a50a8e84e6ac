/* Unique keys: what a push gets whose key is taken, in each mode, and when a key is free again. */
#include "queue_tools.h"

static distcoord_job_options *keyed(const char *key, int32_t mode) {
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_unique(options, key, mode), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    return options;
}

static void check_push(
    distcoord_queue *queue, const char *text, const distcoord_job_options *options, distcoord_status wanted, char *id) {
    CHECK_STATUS(distcoord_queue_push(queue, text, strlen(text), options, id, 129, E), wanted);
}

static void a_taken_key_is_refused(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client), *other = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "b", &other, E));
    distcoord_job_options *options = keyed("k", DISTCOORD_UNIQUE_REFUSE);
    distcoord_job_options *another = keyed("l", DISTCOORD_UNIQUE_REFUSE);
    char first[129] = "", id[129] = "";
    check_push(queue, "1", options, DISTCOORD_OK, first);
    check_push(queue, "2", options, DISTCOORD_EXISTS, id);
    CHECK_TEXT(id, first);
    check_push(queue, "3", another, DISTCOORD_OK, id);
    check_push(other, "4", options, DISTCOORD_OK, id);
    CHECK_INT(counts_of(queue).waiting, 2);
    /* While it runs, while it waits for its next attempt, after it was given back. */
    distcoord_job *job = CLAIM(queue, "1");
    check_push(queue, "5", options, DISTCOORD_EXISTS, id);
    SETTLE(job, distcoord_job_fail(job, "again", true, E));
    check_push(queue, "6", options, DISTCOORD_EXISTS, id);
    CHECK_NEXT(queue, "3");
    job = CLAIM(queue, "1");
    SETTLE(job, distcoord_job_release(job, E));
    check_push(queue, "7", options, DISTCOORD_EXISTS, id);
    CHECK_TEXT(id, first);
    /* Free when it has ended. */
    CHECK_NEXT(queue, "1");
    check_push(queue, "8", options, DISTCOORD_OK, id);
    CHECK(strcmp(id, first) != 0);
    job = CLAIM(queue, "8");
    SETTLE(job, distcoord_job_fail(job, "for good", false, E));
    check_push(queue, "9", options, DISTCOORD_OK, id);
    CHECK_OK(distcoord_queue_cancel_job(queue, id, NULL, NULL, E));
    check_push(queue, "10", options, DISTCOORD_OK, id);
    CHECK_NEXT(queue, "10");
    distcoord_job_options_free(options);
    distcoord_job_options_free(another);
    distcoord_queue_free(queue);
    distcoord_queue_free(other);
    close_client(client);
}

static void several_of_one_key_in_one_call(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k", DISTCOORD_UNIQUE_REFUSE);
    const void *payloads[4] = {"a", "b", "c", "d"};
    const size_t lengths[4] = {1, 1, 1, 1};
    const distcoord_job_options *all[4] = {NULL, options, options, NULL};
    distcoord_push_receipt *receipt = NULL;
    CHECK_STATUS(distcoord_queue_push_many(queue, payloads, lengths, all, 4, &receipt, E), DISTCOORD_EXISTS);
    CHECK_INT(distcoord_push_receipt_count(receipt), 3);
    static const distcoord_status wanted[4] = {DISTCOORD_OK, DISTCOORD_OK, DISTCOORD_EXISTS, DISTCOORD_OK};
    for (size_t i = 0; i < 4; i++) CHECK_INT(distcoord_push_receipt_status(receipt, i), wanted[i]);
    CHECK_INT(distcoord_push_receipt_status(receipt, 4), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(*distcoord_push_receipt_id(receipt, 1) != '\0');
    CHECK_TEXT(distcoord_push_receipt_id(receipt, 2), distcoord_push_receipt_id(receipt, 1));
    CHECK_TEXT(distcoord_push_receipt_id(receipt, 4), "");
    CHECK_INT(counts_of(queue).waiting, 3);
    CHECK_NEXT(queue, "a");
    CHECK_NEXT(queue, "b");
    CHECK_NEXT(queue, "d");
    distcoord_push_receipt_free(receipt);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void the_last_replaces_those_that_wait(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k", DISTCOORD_UNIQUE_REPLACE);
    char ids[3][129] = {""};
    push_text(queue, "before", NULL);
    check_push(queue, "1", options, DISTCOORD_OK, ids[0]);
    push_text(queue, "between", NULL);
    check_push(queue, "2", options, DISTCOORD_OK, ids[1]);
    CHECK_INT(counts_of(queue).waiting, 3);
    CHECK_INT(counts_of(queue).cancelled, 1);
    distcoord_result *end = end_of(queue, ids[0]);
    CHECK_INT(distcoord_result_state(end), DISTCOORD_RESULT_CANCELLED);
    CHECK(strstr(distcoord_result_bytes(end, NULL), ids[1]) != NULL);
    distcoord_result_free(end);
    CHECK_NEXT(queue, "before");
    CHECK_NEXT(queue, "between");
    CHECK_NEXT(queue, "2");
    /* One that waits for its time is replaced as well. */
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 3600000), DISTCOORD_OK);
    check_push(queue, "3", options, DISTCOORD_OK, ids[0]);
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 0), DISTCOORD_OK);
    check_push(queue, "4", options, DISTCOORD_OK, ids[1]);
    CHECK_INT(counts_of(queue).delayed, 0);
    CHECK_NEXT(queue, "4");
    CHECK(claim(queue, 0) == NULL);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* One that runs goes on; of all that were pushed meanwhile the last alone runs after it. */
static void the_last_follows_one_that_runs(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k", DISTCOORD_UNIQUE_REPLACE);
    char ids[4][129] = {""};
    for (int round = 0; round < 2; round++) {
        check_push(queue, "1", options, DISTCOORD_OK, ids[0]);
        distcoord_job *job = CLAIM(queue, "1");
        check_push(queue, "2", options, DISTCOORD_OK, ids[1]);
        check_push(queue, "3", options, DISTCOORD_OK, ids[2]);
        check_push(queue, "4", options, DISTCOORD_OK, ids[3]);
        CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
        CHECK(claim(queue, 0) == NULL);
        CHECK_INT(counts_of(queue).blocked, 1);
        CHECK_INT(state_of(queue, ids[3]), DISTCOORD_STATE_BLOCKED);
        CHECK_INT(state_of(queue, ids[2]), DISTCOORD_STATE_CANCELLED);
        if (round == 0) {
            SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
        } else {
            SETTLE(job, distcoord_job_fail(job, "for good", false, E));
        }
        CHECK_NEXT(queue, "4");
        CHECK(claim(queue, 0) == NULL);
        CHECK_INT(counts_of(queue).cancelled, 2 * (round + 1));
    }
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* One that ran, failed and waits for its next attempt has not begun anew: it is replaced, and so is its heir. */
static void the_last_replaces_one_that_failed_and_its_heir(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k", DISTCOORD_UNIQUE_REPLACE);
    char ids[3][129] = {""};
    check_push(queue, "1", options, DISTCOORD_OK, ids[0]);
    distcoord_job *job = CLAIM(queue, "1");
    check_push(queue, "2", options, DISTCOORD_OK, ids[1]);
    SETTLE(job, distcoord_job_fail_with(job, NULL, NULL, NULL, true, 3600000, E));
    check_push(queue, "3", options, DISTCOORD_OK, ids[2]);
    struct counts all = counts_of(queue);
    CHECK_INT(all.waiting + all.delayed + all.blocked, 1);
    CHECK_INT(all.cancelled, 2);
    CHECK_NEXT(queue, "3");
    CHECK(claim(queue, 0) == NULL);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static int64_t due_of(distcoord_queue *queue, const char *id) {
    distcoord_job_list *list = NULL;
    REQUIRE_OK(distcoord_queue_inspect(queue, id, &list, E));
    int64_t due = distcoord_job_list_due_ms(list, 0);
    distcoord_job_list_free(list);
    return due;
}

static void one_that_has_not_begun_waits_anew(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k", DISTCOORD_UNIQUE_EXTEND);
    char first[129] = "", id[129] = "";
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 3600000), DISTCOORD_OK);
    check_push(queue, "1", options, DISTCOORD_OK, first);
    int64_t due = due_of(queue, first);
    sleep_ms(30);
    check_push(queue, "2", options, DISTCOORD_EXISTS, id);
    CHECK_TEXT(id, first);
    CHECK(due_of(queue, first) >= due + 29);
    /* A shorter delay brings it forward. */
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 200), DISTCOORD_OK);
    int64_t start = now_ms();
    check_push(queue, "3", options, DISTCOORD_EXISTS, id);
    CHECK_TEXT(id, first);
    distcoord_job *job = claim(queue, 5000 * time_factor());
    REQUIRE(job != NULL);
    CHECK(has_payload(job, "1"));
    CHECK(now_ms() - start >= 195);
    /* One that runs is left alone. */
    check_push(queue, "4", options, DISTCOORD_EXISTS, id);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_INT(counts_of(queue).delayed + counts_of(queue).waiting + counts_of(queue).blocked, 0);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"unique_a_taken_key_is_refused", a_taken_key_is_refused},
    {"unique_several_of_one_key_in_one_call", several_of_one_key_in_one_call},
    {"unique_the_last_replaces_those_that_wait", the_last_replaces_those_that_wait},
    {"unique_the_last_follows_one_that_runs", the_last_follows_one_that_runs},
    {"unique_the_last_replaces_one_that_failed_and_its_heir", the_last_replaces_one_that_failed_and_its_heir},
    {"unique_one_that_has_not_begun_waits_anew", one_that_has_not_begun_waits_anew},
};

HARNESS_MAIN(tests)
