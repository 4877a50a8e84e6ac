/* How jobs end: results, retries, dead jobs, counts, and finding a job by its id. */
#include "queue_tools.h"

static bool result_is(distcoord_result *result, int32_t state, const char *text, int32_t attempts)
{
    size_t length = 0;
    const char *bytes = distcoord_result_bytes(result, &length);
    if (bytes == NULL) return false;
    CHECK_INT(bytes[length], '\0');
    CHECK_INT(distcoord_result_state(result), state);
    CHECK_TEXT(bytes, text);
    CHECK_INT(distcoord_result_attempts(result), attempts);
    int64_t age = (int64_t)time(NULL) * 1000 - distcoord_result_finished_ms(result);
    CHECK(age > -5000 && age < 60000);
    return length == strlen(text);
}

static void fetched_and_waited_for(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_result *result = NULL;
    char id[129];
    CHECK_STATUS(distcoord_queue_result(queue, "unknown", 0, &result, E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_queue_result(queue, "unknown", -1, &result, E), DISTCOORD_NOT_FOUND);
    CHECK(result == NULL);
    CHECK_OK(distcoord_queue_push(queue, "x", 1, NULL, id, sizeof id, E));
    CHECK_STATUS(distcoord_queue_result(queue, id, 0, &result, E), DISTCOORD_TIMED_OUT);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_queue_result(queue, id, 100, &result, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 100);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_STATUS(distcoord_queue_result(queue, id, 0, &result, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_job_complete(job, "answer", 6, E));
    for (int i = 0; i < 2; i++) {
        REQUIRE_OK(distcoord_queue_result(queue, id, i == 0 ? 0 : -1, &result, E));
        CHECK(result_is(result, DISTCOORD_RESULT_COMPLETED, "answer", 1));
        distcoord_result_free(result);
    }
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    close_client(client);
}

struct asker {
    distcoord_client *client;
    const char *id;
    distcoord_status status;
    char text[16];
    pthread_t thread;
};

static void *ask(void *argument)
{
    struct asker *asker = argument;
    distcoord_queue *queue = open_queue(asker->client);
    distcoord_result *result = NULL;
    asker->status = distcoord_queue_result(queue, asker->id, 20000, &result, NULL);
    if (result) snprintf(asker->text, sizeof asker->text, "%s", (const char *)distcoord_result_bytes(result, NULL));
    distcoord_result_free(result);
    distcoord_queue_free(queue);
    return NULL;
}

static void all_who_wait_are_told(void)
{
    enum { COUNT = 12 };
    struct asker askers[COUNT];
    distcoord_client *clients[3] = {open_client(), open_client(), open_client()};
    distcoord_queue *queue = open_queue(clients[0]);
    char id[129];
    /* Also when the result is not kept: who waits already is told. */
    for (int round = 0; round < 2; round++) {
        distcoord_job_options *options = distcoord_job_options_new();
        if (round == 1) CHECK_INT(distcoord_job_options_set_result_ttl_ms(options, 0), DISTCOORD_OK);
        CHECK_OK(distcoord_queue_push(queue, "x", 1, options, id, sizeof id, E));
        distcoord_job_options_free(options);
        for (int i = 0; i < COUNT; i++) {
            askers[i] = (struct asker){.client = clients[i % 3], .id = id};
            askers[i].thread = start_thread(ask, &askers[i]);
        }
        sleep_ms(200 * time_factor());
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        int64_t start = now_ms();
        CHECK_OK(distcoord_job_complete(job, "told", 4, E));
        for (int i = 0; i < COUNT; i++) {
            pthread_join(askers[i].thread, NULL);
            CHECK_INT(askers[i].status, DISTCOORD_OK);
            CHECK_TEXT(askers[i].text, "told");
        }
        CHECK(took_less(start, 1000));
        distcoord_job_free(job);
    }
    distcoord_result *result = NULL;
    distcoord_status status = distcoord_queue_result(queue, id, 0, &result, NULL);
    CHECK(status == DISTCOORD_EXPIRED || status == DISTCOORD_NOT_FOUND);
    distcoord_queue_free(queue);
    for (int i = 0; i < 3; i++) close_client(clients[i]);
}

static void kept_for_their_time(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_result *result = NULL;
    char id[129];
    const int64_t bad[] = {-1, INT64_MIN, INT64_MAX, 30ll * 86400000 + 1};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_INT(distcoord_job_options_set_result_ttl_ms(options, bad[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_job_options_set_result_ttl_ms(options, 2500), DISTCOORD_OK);
    CHECK_OK(distcoord_queue_push(queue, "x", 1, options, id, sizeof id, E));
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_OK(distcoord_job_complete(job, "brief", 5, E));
    distcoord_job_free(job);
    CHECK_OK(distcoord_queue_result(queue, id, 0, &result, E));
    distcoord_result_free(result);
    distcoord_status status = DISTCOORD_OK;
    CHECK(EVENTUALLY(10000, (status = distcoord_queue_result(queue, id, 0, &result, NULL)) != DISTCOORD_OK
        || (distcoord_result_free(result), false)));
    CHECK(status == DISTCOORD_EXPIRED || status == DISTCOORD_NOT_FOUND);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void retried_with_backoff(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_result *result = NULL;
    char id[129];
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 3), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 200, 100000), DISTCOORD_OK);
    CHECK_OK(distcoord_queue_push(queue, "x", 1, options, id, sizeof id, E));
    uint64_t fence = 0;
    int64_t start = now_ms();
    for (int attempt = 1; attempt <= 3; attempt++) {
        distcoord_job *job = claim(queue, 5000);
        REQUIRE(job != NULL);
        /* Between half of the delay and the whole of it; the delay doubles. */
        int64_t delay = attempt == 1 ? 0 : 200 << (attempt - 2);
        CHECK(now_ms() - start >= delay / 2 - 5 && took_less(start, delay + 500));
        CHECK_INT(distcoord_job_attempt(job), attempt);
        CHECK(distcoord_job_fence(job) > fence);
        fence = distcoord_job_fence(job);
        char message[32];
        snprintf(message, sizeof message, "failure %d", attempt);
        start = now_ms();
        CHECK_OK(distcoord_job_fail(job, message, true, E));
        CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
        distcoord_job_free(job);
        struct counts counts = counts_of(queue);
        CHECK_INT(counts.failed, attempt);
        CHECK_INT(counts.delayed, attempt < 3);
        CHECK_INT(counts.dead, attempt == 3);
        CHECK_INT(counts.active, 0);
    }
    REQUIRE_OK(distcoord_queue_result(queue, id, 0, &result, E));
    CHECK(result_is(result, DISTCOORD_RESULT_DEAD, "failure 3", 3));
    distcoord_result_free(result);
    CHECK(claim(queue, 0) == NULL);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void no_retry(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_result *result = NULL;
    char id[129];
    for (int round = 0; round < 2; round++) {
        /* Dead because the worker says so, or because there is only one attempt. */
        if (round == 1) CHECK_INT(distcoord_job_options_set_max_attempts(options, 1), DISTCOORD_OK);
        CHECK_OK(distcoord_queue_push(queue, "x", 1, options, id, sizeof id, E));
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        CHECK_OK(distcoord_job_fail(job, round == 0 ? NULL : "once", round == 1, E));
        distcoord_job_free(job);
        REQUIRE_OK(distcoord_queue_result(queue, id, 0, &result, E));
        CHECK(result_is(result, DISTCOORD_RESULT_DEAD, round == 0 ? "" : "once", 1));
        distcoord_result_free(result);
        CHECK_INT(counts_of(queue).dead, round + 1);
    }
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void option_ranges(void)
{
    distcoord_job_options *options = distcoord_job_options_new();
    const int32_t bad_attempts[] = {0, -1, 256, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < COUNT_OF(bad_attempts); i++) {
        CHECK_INT(
            distcoord_job_options_set_max_attempts(options, bad_attempts[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_job_options_set_max_attempts(options, 255), DISTCOORD_OK);
    const int64_t bad_backoffs[][2] = {
        {-1, 0}, {10, 9}, {86400001, 86400001}, {0, 86400001}, {0, -1}, {INT64_MIN, INT64_MAX}, {INT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(bad_backoffs); i++) {
        CHECK_INT(
            distcoord_job_options_set_backoff_ms(options, bad_backoffs[i][0], bad_backoffs[i][1]),
            DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 86400000, 86400000), DISTCOORD_OK);
    distcoord_job_options_free(options);
}

/* With no backoff a failed job is there again at once, behind those that wait. */
static void retried_at_once(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    push_text(queue, "a", options);
    push_text(queue, "b", options);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_OK(distcoord_job_fail(job, "no", true, E));
    distcoord_job_free(job);
    CHECK_NEXT(queue, "b");
    job = claim(queue, 2000);
    REQUIRE(job != NULL);
    CHECK(has_payload(job, "a"));
    CHECK_INT(distcoord_job_attempt(job), 2);
    CHECK_OK(distcoord_job_complete(job, "late", 4, E));
    distcoord_result *result = NULL;
    REQUIRE_OK(distcoord_queue_result(queue, distcoord_job_id(job), 0, &result, E));
    CHECK(result_is(result, DISTCOORD_RESULT_COMPLETED, "late", 2));
    distcoord_result_free(result);
    distcoord_job_free(job);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void counts(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    struct counts all = counts_of(queue);
    CHECK_INT(all.waiting + all.delayed + all.active + all.dead + all.completed + all.failed + all.claimers, 0);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 60000), DISTCOORD_OK);
    for (int i = 0; i < 6; i++) push_text(queue, "x", i < 4 ? NULL : options);
    distcoord_job *job = claim(queue, 0), *dead = claim(queue, 0), *done = claim(queue, 0);
    REQUIRE(job != NULL && dead != NULL && done != NULL);
    CHECK_OK(distcoord_job_fail(dead, "no", false, E));
    CHECK_OK(distcoord_job_complete(done, NULL, 0, E));
    all = counts_of(queue);
    CHECK_INT(all.waiting, 1);
    CHECK_INT(all.delayed, 2);
    CHECK_INT(all.active, 1);
    CHECK_INT(all.dead, 1);
    CHECK_INT(all.completed, 1);
    CHECK_INT(all.failed, 1);
    CHECK_INT(all.claimers, 0);
    distcoord_job_free(job);
    distcoord_job_free(dead);
    distcoord_job_free(done);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void find(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queues[3], *found = NULL;
    char ids[3][129];
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "queue-%d", i);
        REQUIRE_OK(distcoord_queue_open(client, name, &queues[i], E));
        CHECK_OK(distcoord_queue_push(queues[i], "x", 1, NULL, ids[i], sizeof ids[i], E));
    }
    for (int i = 0; i < 3; i++) {
        CHECK_OK(distcoord_queue_find(client, ids[i], &found, E));
        CHECK_TEXT(distcoord_queue_name(found), distcoord_queue_name(queues[i]));
        distcoord_queue_free(found);
        found = NULL;
    }
    CHECK_STATUS(distcoord_queue_find(client, "absent", &found, E), DISTCOORD_NOT_FOUND);
    CHECK(found == NULL);
    for (int i = 0; i < 3; i++) distcoord_queue_free(queues[i]);
    close_client(client);
}

static const struct test tests[] = {
    {"result_fetched_and_waited_for", fetched_and_waited_for},
    {"result_all_who_wait_are_told", all_who_wait_are_told},
    {"result_kept_for_their_time", kept_for_their_time},
    {"job_retried_with_backoff", retried_with_backoff},
    {"job_retried_at_once", retried_at_once},
    {"job_no_retry", no_retry},
    {"job_option_ranges", option_ranges},
    {"queue_counts", counts},
    {"queue_find", find},
};

HARNESS_MAIN(tests)
