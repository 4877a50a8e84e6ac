/* Buffered producers when the server is away, killed or full, or answers are lost: each job is pushed once, or told. */
#define _GNU_SOURCE
#include "producer_tools.h"
#include "proxy.h"

static const char *const durable[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};

struct crowd {
    distcoord_producer *producer;
    atomic_bool *is_over;
    int64_t pushed;
};

static void *push_until_told(void *argument)
{
    struct crowd *crowd = argument;
    while (!atomic_load(crowd->is_over)) {
        distcoord_status status = produce(crowd->producer, "a payload of some length, not too short", NULL, NULL);
        if (status == DISTCOORD_OK) crowd->pushed++;
        if (status != DISTCOORD_OK) report(__FILE__, __LINE__, "push answers %d", (int)status);
    }
    return NULL;
}

static void restarts_lose_and_double_nothing(void)
{
    enum { CROWD = 3 };
    struct own own;
    open_own(&own, durable, 10000);
    distcoord_producer *producer = open_producer(own.queue);
    CHECK_INT(distcoord_producer_set_batch(producer, 20, 5), DISTCOORD_OK);
    CHECK_INT(distcoord_producer_set_capacity(producer, 500, 1 << 20, true), DISTCOORD_OK);
    atomic_bool is_over = false;
    struct crowd crowd[CROWD];
    pthread_t threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = (struct crowd){producer, &is_over, 0};
        threads[i] = start_thread(push_until_told, &crowd[i]);
    }
    for (int round = 1; round <= 4; round++) {
        int64_t before = distcoord_producer_sent(producer);
        CHECK(EVENTUALLY(LONG_MS, distcoord_producer_sent(producer) > before + 200));
        redis_server_restart(&own.server, durable);
    }
    atomic_store(&is_over, true);
    int64_t pushed = 0;
    for (int i = 0; i < CROWD; i++) {
        pthread_join(threads[i], NULL);
        pushed += crowd[i].pushed;
    }
    CHECK_OK(distcoord_producer_close(producer, LONG_MS, E));
    CHECK_INT(failed_with(producer, DISTCOORD_OK), 0);
    CHECK_INT(distcoord_producer_sent(producer), pushed);
    CHECK_INT(counts_of(own.queue).waiting, pushed);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void lose_answers(int32_t partitions)
{
    enum { BATCH = 10, ROUNDS = 6 };
    struct proxy proxy;
    proxy_start(&proxy, &server);
    /* A short time: an answer that never comes is then asked for again by another call. */
    distcoord_client *client = open_client_at(proxy.url, 600), *watcher = open_client();
    distcoord_queue *queue = open_queue(client), *watched = open_queue(watcher);
    CHECK_INT(distcoord_queue_set_partitions(queue, partitions), DISTCOORD_OK);
    CHECK_INT(distcoord_queue_set_partitions(watched, partitions), DISTCOORD_OK);
    distcoord_producer *producer = open_patient_producer(queue, BATCH);
    REQUIRE_OK(produce(producer, "first", NULL, E));
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    int64_t pushed = 1;
    char id[32];
    for (int round = 0; round < ROUNDS; round++) {
        proxy_lose(&proxy, (enum loss)(LOSE_REQUEST + round % 3));
        for (int i = 0; i < BATCH; i++) {
            snprintf(id, sizeof id, "mine-%d-%d", round, i);
            /* Batches of generated ids, and batches where some are the caller's. */
            if (round >= 3 && i % 2) {
                produce_as(producer, "x", id);
            } else {
                REQUIRE_OK(produce(producer, "x", NULL, E));
            }
        }
        pushed += BATCH;
        CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
        CHECK_INT(failed_with(producer, DISTCOORD_OK), 0);
        CHECK_INT(distcoord_producer_sent(producer), pushed);
        CHECK_INT(counts_of(watched).waiting, pushed);
        CHECK_INT(atomic_load(&proxy.losses), round + 1);
    }
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    distcoord_queue_free(watched);
    distcoord_client_free(client);
    close_client(watcher);
}

static void lost_answers_double_nothing(void)
{
    lose_answers(1);
}

static void lost_answers_of_a_partition_double_nothing(void)
{
    lose_answers(3);
}

static void a_server_that_stays_away_is_told_job_by_job(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_producer(own.queue);
    CHECK_INT(distcoord_producer_set_retry_ms(producer, 300), DISTCOORD_OK);
    redis_server_kill(&own.server);
    int64_t start = now_ms();
    char ids[200][23];
    for (int i = 0; i < 200; i++) REQUIRE_OK(distcoord_producer_push(producer, "x", 1, NULL, ids[i], sizeof ids[i], E));
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    /* All at once, and not one batch after the other. */
    CHECK(now_ms() - start >= 300 && took_less(start, 4000));
    distcoord_push_failures *failures = failures_of(producer);
    CHECK_INT(distcoord_push_failures_count(failures), 200);
    for (size_t i = 0; i < distcoord_push_failures_count(failures); i++) {
        CHECK_TEXT(distcoord_push_failures_id(failures, i), ids[i]);
        CHECK(distcoord_push_failures_status(failures, i) < 0);
        CHECK(strlen(distcoord_push_failures_message(failures, i)) > 0);
    }
    distcoord_push_failures_free(failures);
    CHECK_INT(distcoord_producer_sent(producer), 0);
    CHECK_INT(distcoord_producer_pending(producer), 0);
    /* It goes on when the server is back. */
    CHECK_INT(distcoord_producer_set_retry_ms(producer, -1), DISTCOORD_OK);
    REQUIRE_OK(produce(producer, "x", NULL, E));
    redis_server_restart(&own.server, NULL);
    CHECK_OK(distcoord_producer_close(producer, LONG_MS, E));
    CHECK_INT(distcoord_producer_sent(producer), 1);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void configure(const struct own *own, const char *command)
{
    char answer[64] = "";
    REQUIRE(redis_server_command(&own->server, command, answer, sizeof answer) == 0);
    CHECK_TEXT(answer, "+OK");
}

static void a_full_server_is_tried_again(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_producer(own.queue);
    REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    configure(&own, "CONFIG SET maxmemory 1");
    CHECK_INT(distcoord_producer_set_retry_ms(producer, 200), DISTCOORD_OK);
    for (int i = 0; i < 60; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    CHECK_INT(failed_with(producer, DISTCOORD_ERROR_SERVER_FULL), 60);
    CHECK_INT(distcoord_producer_set_retry_ms(producer, -1), DISTCOORD_OK);
    for (int i = 0; i < 60; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK_STATUS(distcoord_producer_flush(producer, 100, E), DISTCOORD_TIMED_OUT);
    configure(&own, "CONFIG SET maxmemory 0");
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    CHECK_INT(distcoord_producer_sent(producer), 61);
    CHECK_INT(counts_of(own.queue).waiting, 61);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void a_job_too_large_for_the_server_fails_alone(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    configure(&own, "CONFIG SET proto-max-bulk-len 1048576");
    distcoord_producer *producer = open_patient_producer(own.queue, 50);
    CHECK_INT(distcoord_producer_set_retry_ms(producer, 300), DISTCOORD_OK);
    static char large[3 << 20];
    char id[23] = "";
    for (int i = 0; i < 5; i++) REQUIRE_OK(produce(producer, "before", NULL, E));
    REQUIRE_OK(distcoord_producer_push(producer, large, sizeof large, NULL, id, sizeof id, E));
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    for (int i = 0; i < 5; i++) REQUIRE_OK(produce(producer, "after", NULL, E));
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    distcoord_push_failures *failures = failures_of(producer);
    CHECK_INT(distcoord_push_failures_count(failures), 1);
    CHECK_TEXT(distcoord_push_failures_id(failures, 0), id);
    distcoord_push_failures_free(failures);
    CHECK_INT(counts_of(own.queue).waiting, 10);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void a_refusal_is_not_tried_again(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_producer(own.queue);
    CHECK_INT(distcoord_producer_set_retry_ms(producer, -1), DISTCOORD_OK);
    REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    configure(&own, "ACL SETUSER default -evalsha -eval");
    for (int i = 0; i < 3; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    CHECK_INT(failed_with(producer, DISTCOORD_ERROR_NOT_PERMITTED), 3);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void a_job_that_the_server_refuses_fails_alone(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_patient_producer(own.queue, 50);
    /* Large payloads are kept under keys of their own; these are forbidden. */
    configure(&own, "ACL SETUSER default resetkeys ~dc:{*}:[^b]* ~dc:{*}:");
    static char large[100000];
    char id[23] = "";
    for (int i = 0; i < 5; i++) REQUIRE_OK(produce(producer, "before", NULL, E));
    REQUIRE_OK(distcoord_producer_push(producer, large, sizeof large, NULL, id, sizeof id, E));
    for (int i = 0; i < 5; i++) REQUIRE_OK(produce(producer, "after", NULL, E));
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    distcoord_push_failures *failures = failures_of(producer);
    CHECK_INT(distcoord_push_failures_count(failures), 1);
    CHECK_TEXT(distcoord_push_failures_id(failures, 0), id);
    CHECK(distcoord_push_failures_status(failures, 0) < 0);
    distcoord_push_failures_free(failures);
    CHECK_INT(counts_of(own.queue).waiting, 10);
    for (int i = 0; i < 5; i++) CHECK_NEXT(own.queue, "before");
    for (int i = 0; i < 5; i++) CHECK_NEXT(own.queue, "after");
    distcoord_producer_free(producer);
    close_own(&own);
}

static void count_complaints(void *user, int32_t level, const char *message)
{
    if (level == DISTCOORD_LOG_ERROR && strstr(message, "70 jobs of queue 'a' were not pushed") != NULL)
        atomic_fetch_add((atomic_int *)user, 1);
}

static void what_a_freed_producer_cannot_send_is_logged(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    atomic_int complaints = 0;
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE(distcoord_options_set_log(options, DISTCOORD_LOG_ERROR, count_complaints, &complaints) == DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(own.server.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_patient_producer(queue, 100);
    CHECK_INT(distcoord_producer_set_retry_ms(producer, 100), DISTCOORD_OK);
    redis_server_kill(&own.server);
    for (int i = 0; i < 70; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    distcoord_producer_free(producer);
    CHECK(EVENTUALLY(LONG_MS, atomic_load(&complaints) == 1));
    distcoord_queue_free(queue);
    distcoord_client_free(client);
    close_own(&own);
}

static void flush_and_close_keep_their_time(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_producer(own.queue);
    CHECK_INT(distcoord_producer_set_retry_ms(producer, -1), DISTCOORD_OK);
    freeze(&own);
    for (int i = 0; i < 70; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_producer_flush(producer, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_producer_flush(producer, 100, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 100);
    CHECK_STATUS(distcoord_producer_close(producer, 100, E), DISTCOORD_BROKEN);
    CHECK(took_less(start, 5000));
    CHECK_INT(distcoord_producer_pending(producer), 0);
    CHECK_INT(failed_with(producer, DISTCOORD_ERROR_CLOSED), 70);
    thaw(&own);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void *close_the_client(void *client)
{
    CHECK_OK(distcoord_client_close(client, E));
    return NULL;
}

static void a_client_that_closes_tells_what_is_not_sent(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_producer(own.queue);
    CHECK_INT(distcoord_producer_set_capacity(producer, 60, 100000, true), DISTCOORD_OK);
    freeze(&own);
    for (int i = 0; i < 60; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    struct pushing pushing;
    begin_push(&pushing, producer);
    sleep_ms(20);
    int64_t start = now_ms();
    pthread_join(start_thread(close_the_client, own.client), NULL);
    CHECK(took_less(start, 10000));
    distcoord_status status = end_push(&pushing);
    CHECK(status == DISTCOORD_CANCELLED || status == DISTCOORD_ERROR_CLOSED);
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    CHECK_INT(failed_with(producer, DISTCOORD_ERROR_CLOSED), 60);
    CHECK_STATUS(produce(producer, "x", NULL, E), DISTCOORD_ERROR_CLOSED);
    thaw(&own);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void too_many_failures_drop_the_oldest(void)
{
    enum { COUNT = 100500 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_patient_producer(queue, 1000);
    distcoord_job_options *options = distcoord_job_options_new();
    REQUIRE(distcoord_job_options_set_id(options, "mine") == DISTCOORD_OK);
    REQUIRE_OK(produce(producer, "x", options, E));
    for (int i = 0; i < COUNT; i++) REQUIRE_OK(produce(producer, "x", options, E));
    produce_as(producer, "x", "last");
    produce_as(producer, "x", "last");
    distcoord_job_options_free(options);
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    CHECK_INT(distcoord_producer_sent(producer), 2);
    distcoord_push_failures *failures = failures_of(producer);
    size_t count = distcoord_push_failures_count(failures);
    CHECK(count > 50000 && count <= 100000);
    CHECK_TEXT(distcoord_push_failures_id(failures, count - 1), "last");
    distcoord_push_failures_free(failures);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"restarts_lose_and_double_nothing", restarts_lose_and_double_nothing},
    {"lost_answers_double_nothing", lost_answers_double_nothing},
    {"lost_answers_of_a_partition_double_nothing", lost_answers_of_a_partition_double_nothing},
    {"a_server_that_stays_away_is_told_job_by_job", a_server_that_stays_away_is_told_job_by_job},
    {"a_full_server_is_tried_again", a_full_server_is_tried_again},
    {"a_job_too_large_for_the_server_fails_alone", a_job_too_large_for_the_server_fails_alone},
    {"a_refusal_is_not_tried_again", a_refusal_is_not_tried_again},
    {"a_job_that_the_server_refuses_fails_alone", a_job_that_the_server_refuses_fails_alone},
    {"what_a_freed_producer_cannot_send_is_logged", what_a_freed_producer_cannot_send_is_logged},
    {"flush_and_close_keep_their_time", flush_and_close_keep_their_time},
    {"a_client_that_closes_tells_what_is_not_sent", a_client_that_closes_tells_what_is_not_sent},
    {"too_many_failures_drop_the_oldest", too_many_failures_drop_the_oldest},
};

HARNESS_MAIN(tests)
