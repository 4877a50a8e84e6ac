/* Queues: pushing, order, claiming, settling, leases; as queue.h describes them. */
#include "queue_tools.h"

#include <poll.h>

static void push_and_claim(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    char id[129] = "", second[129] = "";
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK_TEXT(distcoord_queue_name(queue), "a");
    CHECK(claim(queue, 0) == NULL);
    int64_t start = now_ms();
    CHECK(claim(queue, 120) == NULL);
    CHECK(now_ms() - start >= 120 && took_less(start, 1000));
    CHECK_OK(distcoord_queue_push(queue, "hello", 5, NULL, id, sizeof id, E));
    CHECK_OK(distcoord_queue_push(queue, "world", 5, NULL, second, sizeof second, E));
    CHECK_INT(strlen(id), 22);
    CHECK_INT(strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), 22);
    CHECK(strcmp(id, second) != 0);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_TEXT(distcoord_job_id(job), id);
    CHECK_TEXT(distcoord_job_task(job), "");
    CHECK(has_payload(job, "hello"));
    CHECK_INT(distcoord_job_attempt(job), 1);
    CHECK_INT(distcoord_job_priority(job), 0);
    int64_t age = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - distcoord_job_pushed_ms(job);
    CHECK(age > -5000 && age < 5000);
    CHECK(distcoord_job_fence(job) > 0 && distcoord_job_fence(job) < (1ull << 53));
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    distcoord_job *next = claim(queue, 0);
    REQUIRE(next != NULL);
    CHECK(distcoord_job_fence(next) > distcoord_job_fence(job));
    CHECK_OK(distcoord_job_complete(job, "done", 4, E));
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
    CHECK_STATUS(distcoord_job_complete(job, "again", 5, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_job_fail(job, "again", true, E), DISTCOORD_NOT_HELD);
    CHECK_STATUS(distcoord_job_release(job, E), DISTCOORD_NOT_HELD);
    CHECK_OK(distcoord_job_release(next, E));
    CHECK_INT(distcoord_job_state(next), DISTCOORD_JOB_SETTLED);
    distcoord_job_free(job);
    distcoord_job_free(next);
    CHECK_NEXT(queue, "world");
    distcoord_queue_free(queue);
    close_client(client);
}

static void id_buffer(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    char guarded[40];
    memset(guarded, '#', sizeof guarded);
    CHECK_OK(distcoord_queue_push(queue, "x", 1, NULL, guarded, 23, E));
    CHECK_INT(strlen(guarded), 22);
    CHECK_INT(guarded[23], '#');
    /* A buffer that cannot hold it is refused before anything is sent, and is not written beyond its end. */
    memset(guarded, '#', sizeof guarded);
    CHECK_STATUS(distcoord_queue_push(queue, "x", 1, NULL, guarded, 22, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(guarded[22], '#');
    CHECK_STATUS(distcoord_queue_push(queue, "x", 1, NULL, guarded, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_queue_push(queue, "y", 1, NULL, NULL, 0, E));
    CHECK_INT(counts_of(queue).waiting, 2);
    distcoord_queue_free(queue);
    close_client(client);
}

static void own_ids(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client), *other = NULL;
    distcoord_job_options *options = distcoord_job_options_new();
    char id[129] = "";
    CHECK_INT(distcoord_job_options_set_id(options, "order-1"), DISTCOORD_OK);
    CHECK_OK(distcoord_queue_push(queue, "first", 5, options, id, sizeof id, E));
    CHECK_TEXT(id, "order-1");
    CHECK_STATUS(distcoord_queue_push(queue, "second", 6, options, id, sizeof id, E), DISTCOORD_EXISTS);
    CHECK_TEXT(id, "order-1");
    CHECK_INT(counts_of(queue).waiting, 1);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK(has_payload(job, "first"));
    CHECK_STATUS(distcoord_queue_push(queue, "second", 6, options, NULL, 0, E), DISTCOORD_EXISTS);
    CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    /* Known as long as its result is kept. */
    CHECK_STATUS(distcoord_queue_push(queue, "second", 6, options, NULL, 0, E), DISTCOORD_EXISTS);
    distcoord_job_free(job);
    /* Another queue knows nothing of it. */
    REQUIRE_OK(distcoord_queue_open(client, "b", &other, E));
    CHECK_OK(distcoord_queue_push(other, "x", 1, options, NULL, 0, E));
    distcoord_queue_free(other);

    const void *payloads[2] = {"x", "y"};
    const size_t lengths[2] = {1, 1};
    const distcoord_job_options *both[2] = {options, options};
    CHECK_STATUS(distcoord_queue_push_many(queue, payloads, lengths, both, 2, NULL, E), DISTCOORD_EXISTS);
    CHECK_INT(counts_of(queue).waiting, 0);
    /* One id for two jobs of a batch: the first has it. */
    CHECK_INT(distcoord_job_options_set_id(options, "order-2"), DISTCOORD_OK);
    CHECK_STATUS(distcoord_queue_push_many(queue, payloads, lengths, both, 2, NULL, E), DISTCOORD_EXISTS);
    CHECK_INT(counts_of(queue).waiting, 1);
    CHECK_NEXT(queue, "x");
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void order(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    static const struct {
        const char *text;
        int32_t priority;
    } jobs[] = {
        {"e", 0}, {"f", 0}, {"c", 5}, {"h", -1}, {"a", INT32_MAX}, {"d", 5}, {"b", 6}, {"i", INT32_MIN}, {"g", 0},
    };
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        CHECK_INT(distcoord_job_options_set_priority(options, jobs[i].priority), DISTCOORD_OK);
        push_text(queue, jobs[i].text, options);
    }
    for (const char *text = "abcdefghi"; *text; text++) {
        char one[2] = {*text, '\0'};
        CHECK_NEXT(queue, one);
    }
    CHECK(claim(queue, 0) == NULL);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void released_goes_to_the_front(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_text(queue, "a", NULL);
    push_text(queue, "b", NULL);
    push_text(queue, "c", NULL);
    for (int i = 0; i < 3; i++) {
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        CHECK(has_payload(job, "a"));
        /* No attempt is counted. */
        CHECK_INT(distcoord_job_attempt(job), 1);
        CHECK_OK(distcoord_job_release(job, E));
        distcoord_job_free(job);
    }
    CHECK_NEXT(queue, "a");
    /* Freed without being settled: given back in the background. */
    distcoord_job_free(claim(queue, 0));
    CHECK(EVENTUALLY(5000, counts_of(queue).waiting == 2));
    CHECK_NEXT(queue, "b");
    CHECK_NEXT(queue, "c");
    distcoord_queue_free(queue);
    close_client(client);
}

static void delayed(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    const int64_t bad[] = {-1, INT64_MIN, INT64_MAX, 10ll * 366 * 86400 * 1000 + 1};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_INT(distcoord_job_options_set_delay_ms(options, bad[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 2500), DISTCOORD_OK);
    int64_t start = now_ms();
    push_text(queue, "later", options);
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 2000), DISTCOORD_OK);
    push_text(queue, "sooner", options);
    push_text(queue, "now", NULL);
    CHECK_INT(counts_of(queue).delayed, 2);
    CHECK_INT(counts_of(queue).waiting, 1);
    CHECK_NEXT(queue, "now");
    CHECK(claim(queue, 0) == NULL);
    /* One that waits is woken when the time has come; delayed jobs do not delay each other. */
    distcoord_job *job = claim(queue, 5000);
    REQUIRE(job != NULL);
    CHECK(has_payload(job, "sooner"));
    int64_t took = now_ms() - start;
    CHECK(took >= 1995 && took_less(start, 3000));
    distcoord_job_free(job);
    job = NULL;
    CHECK(EVENTUALLY(5000, counts_of(queue).active == 0));
    CHECK_NEXT(queue, "sooner");
    job = claim(queue, 5000);
    REQUIRE(job != NULL);
    CHECK(has_payload(job, "later"));
    took = now_ms() - start;
    CHECK(took >= 2495 && took_less(start, 3500));
    distcoord_job_free(job);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void claim_many(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job *jobs[10];
    size_t count = 7;
    CHECK_STATUS(distcoord_queue_claim(queue, 0, jobs, 0, &count, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_claim(queue, 0, jobs, 10001, &count, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    for (int i = 0; i < 15; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        push_text(queue, text, NULL);
    }
    CHECK_OK(distcoord_queue_claim(queue, 0, jobs, 10, &count, E));
    CHECK_INT(count, 10);
    CHECK_INT(counts_of(queue).active, 10);
    const void *results[10];
    size_t lengths[10];
    distcoord_status statuses[10];
    for (int i = 0; i < 10; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        CHECK(has_payload(jobs[i], text));
        if (i > 0) CHECK(distcoord_job_fence(jobs[i]) > distcoord_job_fence(jobs[i - 1]));
        results[i] = "result";
        lengths[i] = (size_t)(i % 7);
        statuses[i] = -1;
    }
    /* One is settled before: it alone answers so, the others are completed. */
    CHECK_OK(distcoord_job_release(jobs[3], E));
    CHECK_STATUS(
        distcoord_queue_complete_many(queue, jobs, results, lengths, 10, statuses, E), DISTCOORD_NOT_HELD);
    for (int i = 0; i < 10; i++) {
        CHECK_INT(statuses[i], i == 3 ? DISTCOORD_NOT_HELD : DISTCOORD_OK);
        CHECK_INT(distcoord_job_state(jobs[i]), DISTCOORD_JOB_SETTLED);
        distcoord_result *result = NULL;
        if (i != 3) {
            CHECK_OK(distcoord_queue_result(queue, distcoord_job_id(jobs[i]), 0, &result, E));
            size_t length = 99;
            distcoord_result_bytes(result, &length);
            CHECK_INT(length, i % 7);
            distcoord_result_free(result);
        }
        distcoord_job_free(jobs[i]);
    }
    /* Never more than there are, and no wait for more than one. */
    int64_t start = now_ms();
    CHECK_OK(distcoord_queue_claim(queue, 5000, jobs, 10, &count, E));
    CHECK_INT(count, 6);
    CHECK(took_less(start, 2000));
    CHECK(has_payload(jobs[0], "3"));
    CHECK_OK(distcoord_queue_complete_many(queue, jobs, NULL, NULL, count, NULL, E));
    for (size_t i = 0; i < count; i++) distcoord_job_free(jobs[i]);
    CHECK_INT(counts_of(queue).completed, 15);
    CHECK_INT(counts_of(queue).active, 0);
    distcoord_queue_free(queue);
    close_client(client);
}

static void push_many(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *urgent = distcoord_job_options_new(), *named = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_priority(urgent, 9), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_task(urgent, "resize"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_id(named, "mine"), DISTCOORD_OK);
    const void *payloads[4] = {"a", "b", "c", "d"};
    const size_t lengths[4] = {1, 1, 1, 1};
    const distcoord_job_options *options[4] = {NULL, urgent, NULL, named};
    distcoord_push_receipt *receipt = NULL;
    CHECK_OK(distcoord_queue_push_many(queue, payloads, lengths, options, 4, &receipt, E));
    CHECK_INT(distcoord_push_receipt_count(receipt), 4);
    const char *ids = distcoord_push_receipt_ids(receipt);
    CHECK_INT(strlen(ids), 3 * 23 + 5);
    CHECK(strlen(ids) > 5 && strcmp(ids + strlen(ids) - 5, "mine\n") == 0);
    distcoord_push_receipt_free(receipt);
    /* One id is known: the others are pushed all the same. */
    receipt = NULL;
    CHECK_STATUS(distcoord_queue_push_many(queue, payloads, lengths, options, 4, &receipt, E), DISTCOORD_EXISTS);
    distcoord_push_receipt_free(receipt);
    CHECK_INT(counts_of(queue).waiting, 7);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_TEXT(distcoord_job_task(job), "resize");
    CHECK_INT(distcoord_job_priority(job), 9);
    distcoord_job_free(job);
    distcoord_job_options_free(urgent);
    distcoord_job_options_free(named);
    distcoord_queue_free(queue);
    close_client(client);
}

static void lease(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client), *second = open_queue(other);
    const int64_t bad[] = {99, 0, -1, 86400001, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_INT(distcoord_queue_set_lease_ms(queue, bad[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_queue_set_lease_ms(queue, KEPT_MS), DISTCOORD_OK);
    push_text(queue, "x", NULL);
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    /* Renewed while the worker's process lives. */
    CHECK(claim(second, PAST_KEPT_MS) == NULL);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    struct pollfd poll_for = {.fd = distcoord_job_event_fd(job), .events = POLLIN};
    CHECK(poll_for.fd >= 0 && poll(&poll_for, 1, 0) == 0);
    /* Taken away on the server: told, and nothing is accepted any more. */
    char answer[64];
    CHECK(redis_server_command(&server, "FLUSHALL", answer, sizeof answer) == 0);
    CHECK_INT(poll(&poll_for, 1, 10000), 1);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_LOST);
    CHECK_STATUS(distcoord_job_complete(job, NULL, 0, E), DISTCOORD_LOST);
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    distcoord_queue_free(second);
    close_client(client);
    close_client(other);
}

static const struct test tests[] = {
    {"queue_push_and_claim", push_and_claim},
    {"queue_id_buffer", id_buffer},
    {"queue_own_ids", own_ids},
    {"queue_order", order},
    {"queue_released_goes_to_the_front", released_goes_to_the_front},
    {"queue_delayed", delayed},
    {"queue_claim_many", claim_many},
    {"queue_push_many", push_many},
    {"queue_lease", lease},
};

HARNESS_MAIN(tests)
