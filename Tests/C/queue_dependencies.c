/* Jobs that wait for others: released when the last of them has ended, and what becomes of them when one fails. */
#include "queue_tools.h"

static void push_after(distcoord_queue *queue, const char *id, const char *const *ids, size_t count, int32_t policy) {
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_after(options, ids, count, policy), DISTCOORD_OK);
    push_as(queue, id, id, options);
    distcoord_job_options_free(options);
}

static void push_after_one(distcoord_queue *queue, const char *id, const char *other, int32_t policy) {
    push_after(queue, id, &other, 1, policy);
}

static void fail_for_good(distcoord_queue *queue, const char *id) {
    distcoord_job *job = CLAIM(queue, id);
    SETTLE(job, distcoord_job_fail(job, "for good", false, E));
}

static void the_last_one_releases(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static const char *const all[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) push_as(queue, all[i], all[i], NULL);
    push_after(queue, "sum", all, 3, DISTCOORD_DEPENDENCY_FAIL);
    CHECK_INT(counts_of(queue).blocked, 1);
    CHECK_INT(counts_of(queue).waiting, 3);
    distcoord_job_list *list = NULL;
    REQUIRE_OK(distcoord_queue_inspect(queue, "sum", &list, E));
    CHECK_INT(distcoord_job_list_state(list, 0), DISTCOORD_STATE_BLOCKED);
    CHECK_INT(distcoord_job_list_after(list, 0), 3);
    distcoord_job_list_free(list);
    CHECK_NEXT(queue, "a");
    CHECK_NEXT(queue, "b");
    REQUIRE_OK(distcoord_queue_inspect(queue, "sum", &list, E));
    CHECK_INT(distcoord_job_list_after(list, 0), 1);
    distcoord_job_list_free(list);
    distcoord_job *last = CLAIM(queue, "c");
    CHECK(claim(queue, 0) == NULL);
    /* A failed attempt is not the end. */
    SETTLE(last, distcoord_job_fail_with(last, NULL, NULL, NULL, true, 0, E));
    last = CLAIM(queue, "c");
    CHECK(claim(queue, 0) == NULL);
    SETTLE(last, distcoord_job_complete(last, NULL, 0, E));
    CHECK_INT(counts_of(queue).blocked, 0);
    CHECK_NEXT(queue, "sum");
    distcoord_queue_free(queue);
    close_client(client);
}

struct waiter {
    distcoord_client *client;
    char got[16];
    pthread_t thread;
};

static void *wait_for_one(void *argument) {
    struct waiter *waiter = argument;
    distcoord_queue *queue = open_queue(waiter->client);
    distcoord_job *job = claim(queue, 20000);
    if (job) {
        snprintf(waiter->got, sizeof waiter->got, "%s", distcoord_job_id(job));
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    }
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    return NULL;
}

/* One who waits is handed the job by the completion that releases it. */
static void those_who_wait_are_handed_it(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "a", "a", NULL);
    push_after_one(queue, "b", "a", DISTCOORD_DEPENDENCY_FAIL);
    distcoord_job *job = CLAIM(queue, "a");
    struct waiter waiter = {.client = other};
    waiter.thread = start_thread(wait_for_one, &waiter);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    int64_t start = now_ms();
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    pthread_join(waiter.thread, NULL);
    CHECK_TEXT(waiter.got, "b");
    CHECK(took_less(start, 500));
    distcoord_queue_free(queue);
    close_client(client);
    close_client(other);
}

static void what_has_ended_is_not_waited_for(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "done", "done", NULL);
    CHECK_NEXT(queue, "done");
    push_as(queue, "dead", "dead", NULL);
    fail_for_good(queue, "dead");
    push_after_one(queue, "after done", "done", DISTCOORD_DEPENDENCY_FAIL);
    CHECK_NEXT(queue, "after done");
    push_after_one(queue, "run", "dead", DISTCOORD_DEPENDENCY_RUN);
    CHECK_NEXT(queue, "run");
    push_after_one(queue, "fail", "dead", DISTCOORD_DEPENDENCY_FAIL);
    push_after_one(queue, "skip", "dead", DISTCOORD_DEPENDENCY_SKIP);
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(state_of(queue, "fail"), DISTCOORD_STATE_DEAD);
    CHECK_INT(state_of(queue, "skip"), DISTCOORD_STATE_SKIPPED);
    distcoord_queue_free(queue);
    close_client(client);
}

static void unknown_jobs_are_refused(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new(), *good = distcoord_job_options_new();
    static const char *const ids[] = {"known", "unknown"};
    push_as(queue, "known", "known", NULL);
    CHECK_INT(distcoord_job_options_set_after(options, ids, 2, DISTCOORD_DEPENDENCY_FAIL), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_id(options, "waits"), DISTCOORD_OK);
    CHECK_STATUS(distcoord_queue_push(queue, "x", 1, options, NULL, 0, E), DISTCOORD_NOT_FOUND);
    CHECK_INT(state_of(queue, "waits"), -1);
    /* Of several the others are pushed; one may wait for another of the same call. */
    static const void *const payloads[3] = {"first", "refused", "second"};
    static const size_t lengths[3] = {5, 7, 6};
    distcoord_job_options *first = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_id(first, "first"), DISTCOORD_OK);
    const char *first_id = "first";
    CHECK_INT(distcoord_job_options_set_after(good, &first_id, 1, DISTCOORD_DEPENDENCY_FAIL), DISTCOORD_OK);
    const distcoord_job_options *all[3] = {first, options, good};
    distcoord_push_receipt *receipt = NULL;
    CHECK_STATUS(distcoord_queue_push_many(queue, payloads, lengths, all, 3, &receipt, E), DISTCOORD_NOT_FOUND);
    CHECK_INT(distcoord_push_receipt_count(receipt), 2);
    CHECK_INT(distcoord_push_receipt_status(receipt, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_push_receipt_status(receipt, 1), DISTCOORD_NOT_FOUND);
    CHECK_INT(distcoord_push_receipt_status(receipt, 2), DISTCOORD_OK);
    distcoord_push_receipt_free(receipt);
    CHECK_NEXT(queue, "known");
    distcoord_job *job = CLAIM(queue, "first");
    CHECK(claim(queue, 0) == NULL);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_NEXT(queue, "second");
    distcoord_job_options_free(options);
    distcoord_job_options_free(good);
    distcoord_job_options_free(first);
    distcoord_queue_free(queue);
    close_client(client);
}

/* A failure, a cancellation, a skip: each goes on down the line as each job says. */
static void failures_go_down_the_line(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "root", "root", NULL);
    push_after_one(queue, "fails", "root", DISTCOORD_DEPENDENCY_FAIL);
    push_after_one(queue, "skips", "root", DISTCOORD_DEPENDENCY_SKIP);
    push_after_one(queue, "runs", "root", DISTCOORD_DEPENDENCY_RUN);
    push_after_one(queue, "fails too", "fails", DISTCOORD_DEPENDENCY_FAIL);
    push_after_one(queue, "skips after it", "skips", DISTCOORD_DEPENDENCY_SKIP);
    push_after_one(queue, "runs after all", "skips after it", DISTCOORD_DEPENDENCY_RUN);
    CHECK_INT(counts_of(queue).blocked, 6);
    fail_for_good(queue, "root");
    static const struct {
        const char *id;
        int32_t state;
    } ends[] = {{"fails", DISTCOORD_RESULT_DEAD}, {"skips", DISTCOORD_RESULT_SKIPPED},
        {"fails too", DISTCOORD_RESULT_DEAD}, {"skips after it", DISTCOORD_RESULT_SKIPPED}};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        distcoord_result *end = end_of(queue, ends[i].id);
        CHECK_INT(distcoord_result_state(end), ends[i].state);
        CHECK_TEXT(distcoord_result_error_type(end), ends[i].state == DISTCOORD_RESULT_DEAD ? "dependency" : "");
        CHECK_INT(distcoord_result_attempts(end), 0);
        CHECK(strstr(distcoord_result_bytes(end, NULL), i < 2 ? "root" : ends[i - 2].id) != NULL);
        distcoord_result_free(end);
    }
    CHECK_NEXT(queue, "runs");
    CHECK_NEXT(queue, "runs after all");
    CHECK(claim(queue, 0) == NULL);
    struct counts all = counts_of(queue);
    CHECK_INT(all.blocked, 0);
    CHECK_INT(all.dead, 3);
    CHECK_INT(all.cancelled, 2);
    CHECK_INT(all.completed, 2);
    distcoord_queue_free(queue);
    close_client(client);
}

static void one_that_waits_can_be_cancelled(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    bool runs = true;
    push_as(queue, "a", "a", NULL);
    push_after_one(queue, "b", "a", DISTCOORD_DEPENDENCY_FAIL);
    push_after_one(queue, "c", "b", DISTCOORD_DEPENDENCY_RUN);
    CHECK_OK(distcoord_queue_cancel_job(queue, "b", "no need", &runs, E));
    CHECK(!runs);
    CHECK_INT(counts_of(queue).blocked, 0);
    CHECK_NEXT(queue, "a");
    CHECK_NEXT(queue, "c");
    CHECK(claim(queue, 0) == NULL);
    CHECK_ENDED(queue, "b", DISTCOORD_RESULT_CANCELLED, "no need");
    distcoord_queue_free(queue);
    close_client(client);
}

/* A delay counts from the push, and is kept when the others end before. */
static void a_delay_is_kept(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    push_as(queue, "a", "a", NULL);
    const char *id = "a";
    CHECK_INT(distcoord_job_options_set_after(options, &id, 1, DISTCOORD_DEPENDENCY_FAIL), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 1000 * time_factor()), DISTCOORD_OK);
    int64_t start = now_ms();
    push_as(queue, "b", "b", options);
    CHECK_NEXT(queue, "a");
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(state_of(queue, "b"), DISTCOORD_STATE_DELAYED);
    distcoord_job *job = claim(queue, 10000 * time_factor());
    REQUIRE(job != NULL);
    CHECK(now_ms() - start >= 1000 * time_factor() - 5);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* A thousand jobs wait for one, one for a thousand. */
static void wide_graphs(void) {
    enum { WIDTH = 1000 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static char ids[WIDTH][16];
    static const char *names[WIDTH];
    static const void *payloads[WIDTH];
    static size_t lengths[WIDTH];
    static distcoord_job_options *options[WIDTH];
    push_as(queue, "root", "root", NULL);
    const char *root = "root";
    for (int i = 0; i < WIDTH; i++) {
        snprintf(ids[i], sizeof ids[i], "leaf %d", i);
        names[i] = payloads[i] = ids[i];
        lengths[i] = strlen(ids[i]);
        options[i] = distcoord_job_options_new();
        distcoord_job_options_set_id(options[i], ids[i]);
        distcoord_job_options_set_after(options[i], &root, 1, DISTCOORD_DEPENDENCY_FAIL);
    }
    CHECK_OK(distcoord_queue_push_many(
        queue, payloads, lengths, (const distcoord_job_options *const *)options, WIDTH, NULL, E));
    push_after(queue, "end", names, WIDTH, DISTCOORD_DEPENDENCY_FAIL);
    CHECK_INT(counts_of(queue).blocked, WIDTH + 1);
    CHECK_NEXT(queue, "root");
    static distcoord_job *jobs[WIDTH];
    size_t had = 0;
    while (had < WIDTH) {
        size_t count = 0;
        REQUIRE_OK(distcoord_queue_claim(queue, 5000, jobs + had, WIDTH - had, &count, E));
        had += count;
    }
    CHECK_OK(distcoord_queue_complete_many(queue, jobs, NULL, NULL, WIDTH - 1, NULL, E));
    CHECK(claim(queue, 0) == NULL);
    CHECK_OK(distcoord_job_complete(jobs[WIDTH - 1], NULL, 0, E));
    for (int i = 0; i < WIDTH; i++) {
        distcoord_job_free(jobs[i]);
        distcoord_job_options_free(options[i]);
    }
    distcoord_job *end = claim(queue, 5000);
    REQUIRE(end != NULL);
    CHECK(has_payload(end, "end"));
    SETTLE(end, distcoord_job_complete(end, NULL, 0, E));
    distcoord_queue_free(queue);
    close_client(client);
}

/* Those that many wait for may fail: all learn of it, though nobody claims. */
static void wide_failures(void) {
    enum { WIDTH = 1500 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static char ids[WIDTH][16];
    static const void *payloads[WIDTH];
    static size_t lengths[WIDTH];
    static distcoord_job_options *options[WIDTH];
    push_as(queue, "root", "root", NULL);
    const char *root = "root";
    for (int i = 0; i < WIDTH; i++) {
        snprintf(ids[i], sizeof ids[i], "leaf %d", i);
        payloads[i] = ids[i];
        lengths[i] = strlen(ids[i]);
        options[i] = distcoord_job_options_new();
        distcoord_job_options_set_id(options[i], ids[i]);
        distcoord_job_options_set_after(options[i], &root, 1, DISTCOORD_DEPENDENCY_SKIP);
    }
    CHECK_OK(distcoord_queue_push_many(
        queue, payloads, lengths, (const distcoord_job_options *const *)options, WIDTH, NULL, E));
    fail_for_good(queue, "root");
    for (int i = 0; i < WIDTH; i += 299) {
        distcoord_result *end = end_of(queue, ids[i]);
        CHECK_INT(distcoord_result_state(end), DISTCOORD_RESULT_SKIPPED);
        distcoord_result_free(end);
    }
    CHECK(EVENTUALLY(10000, counts_of(queue).cancelled == WIDTH));
    CHECK_INT(counts_of(queue).blocked, 0);
    for (int i = 0; i < WIDTH; i++) distcoord_job_options_free(options[i]);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"dependencies_the_last_one_releases", the_last_one_releases},
    {"dependencies_those_who_wait_are_handed_it", those_who_wait_are_handed_it},
    {"dependencies_what_has_ended_is_not_waited_for", what_has_ended_is_not_waited_for},
    {"dependencies_unknown_jobs_are_refused", unknown_jobs_are_refused},
    {"dependencies_failures_go_down_the_line", failures_go_down_the_line},
    {"dependencies_one_that_waits_can_be_cancelled", one_that_waits_can_be_cancelled},
    {"dependencies_a_delay_is_kept", a_delay_is_kept},
    {"dependencies_wide_graphs", wide_graphs},
    {"dependencies_wide_failures", wide_failures},
};

HARNESS_MAIN(tests)
