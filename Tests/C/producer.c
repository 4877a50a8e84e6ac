/* Buffered producers with a server that is well, or stands still. */
#include "producer_tools.h"

static void sends_everything_in_order(void)
{
    enum { COUNT = 1234 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_producer(queue);
    char text[32];
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "%d", i);
        REQUIRE_OK(produce(producer, text, NULL, E));
        memset(text, 'x', sizeof text - 1);
    }
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    CHECK_INT(distcoord_producer_pending(producer), 0);
    CHECK_INT(distcoord_producer_sent(producer), COUNT);
    CHECK_INT(counts_of(queue).waiting, COUNT);
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "%d", i);
        CHECK_NEXT(queue, text);
    }
    CHECK_INT(failed_with(producer, DISTCOORD_OK), 0);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void options_and_ids_are_those_of_the_push(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_producer(queue);
    distcoord_job_options *options = distcoord_job_options_new();
    char id[129] = "", generated[129] = "";
    REQUIRE(distcoord_job_options_set_task(options, "paint") == DISTCOORD_OK);
    REQUIRE(distcoord_job_options_set_priority(options, 7) == DISTCOORD_OK);
    REQUIRE(distcoord_job_options_set_id(options, "mine") == DISTCOORD_OK);
    CHECK_STATUS(distcoord_producer_push(producer, "x", 1, options, id, 4, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_producer_push(producer, "x", 1, options, id, sizeof id, E));
    CHECK_TEXT(id, "mine");
    /* The options were copied. */
    REQUIRE(distcoord_job_options_set_task(options, "other") == DISTCOORD_OK);
    distcoord_job_options_free(options);
    CHECK_OK(distcoord_producer_push(producer, NULL, 0, NULL, generated, sizeof generated, E));
    CHECK_INT(strlen(generated), 22);
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    distcoord_job *job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_TEXT(distcoord_job_id(job), "mine");
    CHECK_TEXT(distcoord_job_task(job), "paint");
    CHECK_INT(distcoord_job_priority(job), 7);
    CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_free(job);
    job = claim(queue, 0);
    REQUIRE(job != NULL);
    CHECK_TEXT(distcoord_job_id(job), generated);
    CHECK(has_payload(job, ""));
    distcoord_job_free(job);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void a_full_batch_is_sent_at_once(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_patient_producer(queue, 10);
    for (int i = 0; i < 25; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK(EVENTUALLY(LONG_MS, distcoord_producer_sent(producer) == 20));
    CHECK_INT(distcoord_producer_pending(producer), 5);
    CHECK_INT(counts_of(queue).waiting, 20);
    for (int i = 0; i < 5; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK(EVENTUALLY(LONG_MS, distcoord_producer_sent(producer) == 30));
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void an_old_job_does_not_wait_for_a_full_batch(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_producer(queue);
    int64_t start = now_ms();
    CHECK_INT(distcoord_producer_set_batch(producer, 1000, 60), DISTCOORD_OK);
    REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK(EVENTUALLY(LONG_MS, distcoord_producer_sent(producer) == 1));
    CHECK(now_ms() - start >= 55);
    /* So is one that a change of the settings makes old. */
    CHECK_INT(distcoord_producer_set_batch(producer, 1000, 60000), DISTCOORD_OK);
    REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK_INT(distcoord_producer_set_batch(producer, 1000, 0), DISTCOORD_OK);
    CHECK(EVENTUALLY(LONG_MS, distcoord_producer_sent(producer) == 2));
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void a_known_id_is_told_and_the_rest_is_pushed(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_patient_producer(queue, 50);
    for (int i = 0; i < 3; i++) {
        produce_as(producer, "x", "mine");
        REQUIRE_OK(produce(producer, "y", NULL, E));
    }
    CHECK_STATUS(distcoord_producer_flush(producer, LONG_MS, E), DISTCOORD_BROKEN);
    CHECK_STATUS(distcoord_producer_flush(producer, 0, E), DISTCOORD_BROKEN);
    distcoord_push_failures *failures = failures_of(producer);
    CHECK_INT(distcoord_push_failures_count(failures), 2);
    for (size_t i = 0; i < 2; i++) {
        CHECK_TEXT(distcoord_push_failures_id(failures, i), "mine");
        CHECK_INT(distcoord_push_failures_status(failures, i), DISTCOORD_EXISTS);
        CHECK(strstr(distcoord_push_failures_message(failures, i), "known") != NULL);
    }
    distcoord_push_failures_free(failures);
    CHECK_OK(distcoord_producer_flush(producer, 0, E));
    CHECK_INT(failed_with(producer, DISTCOORD_OK), 0);
    CHECK_INT(distcoord_producer_sent(producer), 4);
    CHECK_INT(counts_of(queue).waiting, 4);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

struct crowd {
    distcoord_producer *producer;
    char (*ids)[23];
};

enum { CROWD = 8, EACH = 2000 };

static void *push_many(void *argument)
{
    struct crowd *crowd = argument;
    for (int i = 0; i < EACH; i++) {
        distcoord_status status = distcoord_producer_push(
            crowd->producer, "xxxxxxxxxxxxxxxx", 16, NULL, crowd->ids[i], sizeof crowd->ids[i], NULL);
        if (status != DISTCOORD_OK) report(__FILE__, __LINE__, "push answers %d", (int)status);
    }
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void ids_of_many_threads_are_unique(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_producer(queue);
    /* Small, so that they meet in the line of those who wait for room. */
    CHECK_INT(distcoord_producer_set_capacity(producer, 100, 1000, true), DISTCOORD_OK);
    char(*ids)[23] = calloc(CROWD * EACH, sizeof *ids);
    struct crowd crowd[CROWD];
    pthread_t threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = (struct crowd){producer, ids + i * EACH};
        threads[i] = start_thread(push_many, &crowd[i]);
    }
    for (int i = 0; i < CROWD; i++) pthread_join(threads[i], NULL);
    CHECK_OK(distcoord_producer_close(producer, LONG_MS, E));
    CHECK_INT(distcoord_producer_sent(producer), CROWD * EACH);
    CHECK_INT(counts_of(queue).waiting, CROWD * EACH);
    qsort(ids, CROWD * EACH, sizeof *ids, compare_ids);
    for (int i = 1; i < CROWD * EACH; i++) {
        if (strcmp(ids[i - 1], ids[i]) == 0) report(__FILE__, __LINE__, "%s is there twice", ids[i]);
    }
    free(ids);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void a_delay_counts_from_the_push(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_patient_producer(queue, 100);
    distcoord_job_options *options = distcoord_job_options_new();
    REQUIRE(distcoord_job_options_set_delay_ms(options, 300) == DISTCOORD_OK);
    REQUIRE_OK(produce(producer, "soon", options, E));
    REQUIRE(distcoord_job_options_set_delay_ms(options, 600000) == DISTCOORD_OK);
    REQUIRE_OK(produce(producer, "later", options, E));
    distcoord_job_options_free(options);
    sleep_ms(350);
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    CHECK_NEXT(queue, "soon");
    CHECK_INT(counts_of(queue).delayed, 1);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void a_full_buffer_refuses_if_told_to(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_patient_producer(own.queue, 1000);
    CHECK_INT(distcoord_producer_set_capacity(producer, 2, 1000, false), DISTCOORD_OK);
    freeze(&own);
    CHECK_OK(produce(producer, "x", NULL, E));
    CHECK_OK(produce(producer, "x", NULL, E));
    CHECK_STATUS(produce(producer, "x", NULL, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_producer_pending(producer), 2);
    thaw(&own);
    /* Room comes without a flush: a full buffer is in a hurry. */
    CHECK(EVENTUALLY(LONG_MS, distcoord_producer_pending(producer) == 0));
    freeze(&own);
    static const char large[2000];
    CHECK_OK(distcoord_producer_push(producer, large, sizeof large, NULL, NULL, 0, E));
    CHECK_STATUS(produce(producer, "x", NULL, E), DISTCOORD_TIMED_OUT);
    thaw(&own);
    CHECK(EVENTUALLY(LONG_MS, distcoord_producer_pending(producer) == 0));
    freeze(&own);
    CHECK_OK(distcoord_producer_push(producer, large, 600, NULL, NULL, 0, E));
    CHECK_STATUS(distcoord_producer_push(producer, large, 600, NULL, NULL, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_producer_push(producer, large, 400, NULL, NULL, 0, E));
    thaw(&own);
    CHECK_OK(distcoord_producer_close(producer, LONG_MS, E));
    CHECK_INT(distcoord_producer_sent(producer), 5);
    CHECK_INT(counts_of(own.queue).waiting, 5);
    distcoord_producer_free(producer);
    close_own(&own);
}

static int32_t is_interrupted(void *user)
{
    return atomic_load((atomic_int *)user);
}

static void a_push_into_a_full_buffer_waits_for_room(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    distcoord_producer *producer = open_producer(own.queue);
    CHECK_INT(distcoord_producer_set_capacity(producer, 2, 1000, true), DISTCOORD_OK);
    freeze(&own);
    CHECK_OK(produce(producer, "a", NULL, E));
    CHECK_OK(produce(producer, "b", NULL, E));
    struct pushing pushing, other;
    begin_push(&pushing, producer);
    sleep_ms(50);
    CHECK(!atomic_load(&pushing.is_over));
    distcoord_producer_cancel(producer);
    /* Cancelled before it waited, it would wait now. */
    CHECK(EVENTUALLY(LONG_MS, (distcoord_producer_cancel(producer), atomic_load(&pushing.is_over))));
    CHECK_INT(end_push(&pushing), DISTCOORD_CANCELLED);
    begin_push(&pushing, producer);
    CHECK(EVENTUALLY(LONG_MS, (distcoord_client_cancel(own.client), atomic_load(&pushing.is_over))));
    CHECK_INT(end_push(&pushing), DISTCOORD_CANCELLED);
    CHECK_INT(distcoord_producer_pending(producer), 2);
    begin_push(&pushing, producer);
    begin_push(&other, producer);
    thaw(&own);
    CHECK_INT(end_push(&pushing), DISTCOORD_OK);
    CHECK_INT(end_push(&other), DISTCOORD_OK);
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    CHECK_INT(counts_of(own.queue).waiting, 4);
    /* More room is room, too. */
    freeze(&own);
    CHECK_OK(produce(producer, "a", NULL, E));
    CHECK_OK(produce(producer, "b", NULL, E));
    begin_push(&pushing, producer);
    sleep_ms(20);
    CHECK_INT(distcoord_producer_set_capacity(producer, 3, 1000, true), DISTCOORD_OK);
    CHECK_INT(end_push(&pushing), DISTCOORD_OK);
    begin_push(&pushing, producer);
    sleep_ms(20);
    CHECK_STATUS(distcoord_producer_close(producer, 50, E), DISTCOORD_BROKEN);
    CHECK_INT(end_push(&pushing), DISTCOORD_ERROR_CLOSED);
    CHECK_INT(failed_with(producer, DISTCOORD_ERROR_CLOSED), 3);
    thaw(&own);
    distcoord_producer_free(producer);
    close_own(&own);
}

static void an_interrupt_ends_the_wait_for_room(void)
{
    struct own own;
    open_own(&own, NULL, 10000);
    atomic_int interrupted = 0;
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE(distcoord_options_set_interrupt(options, is_interrupted, &interrupted) == DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(own.server.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_producer(queue);
    CHECK_INT(distcoord_producer_set_capacity(producer, 1, 1000, true), DISTCOORD_OK);
    freeze(&own);
    CHECK_OK(produce(producer, "a", NULL, E));
    atomic_store(&interrupted, 1);
    CHECK_STATUS(produce(producer, "b", NULL, E), DISTCOORD_INTERRUPTED);
    CHECK_STATUS(distcoord_producer_flush(producer, -1, E), DISTCOORD_INTERRUPTED);
    atomic_store(&interrupted, 0);
    thaw(&own);
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
    close_own(&own);
}

static void a_freed_producer_sends_what_it_has(void)
{
    distcoord_client *client = open_client(), *watcher = open_client();
    distcoord_queue *queue = open_queue(client), *watched = open_queue(watcher);
    distcoord_producer *producer = open_patient_producer(queue, 50);
    for (int i = 0; i < 120; i++) REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK(EVENTUALLY(LONG_MS, distcoord_producer_sent(producer) == 100));
    distcoord_queue_free(queue);
    distcoord_producer_free(producer);
    /* The client was not closed: it lives until all is sent. */
    distcoord_client_free(client);
    CHECK(EVENTUALLY(LONG_MS, counts_of(watched).waiting == 120));
    distcoord_queue_free(watched);
    close_client(watcher);
}

static void a_closed_producer_takes_nothing(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_patient_producer(queue, 50);
    REQUIRE_OK(produce(producer, "x", NULL, E));
    CHECK_OK(distcoord_producer_close(producer, LONG_MS, E));
    CHECK_INT(counts_of(queue).waiting, 1);
    CHECK_STATUS(produce(producer, "x", NULL, E), DISTCOORD_ERROR_CLOSED);
    CHECK_OK(distcoord_producer_close(producer, 0, E));
    distcoord_producer_free(producer);
    /* Also one that was never used. */
    producer = open_producer(queue);
    CHECK_OK(distcoord_producer_flush(producer, -1, E));
    CHECK_OK(distcoord_producer_close(producer, -1, E));
    CHECK_STATUS(produce(producer, "x", NULL, E), DISTCOORD_ERROR_CLOSED);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"sends_everything_in_order", sends_everything_in_order},
    {"options_and_ids_are_those_of_the_push", options_and_ids_are_those_of_the_push},
    {"a_full_batch_is_sent_at_once", a_full_batch_is_sent_at_once},
    {"an_old_job_does_not_wait_for_a_full_batch", an_old_job_does_not_wait_for_a_full_batch},
    {"a_known_id_is_told_and_the_rest_is_pushed", a_known_id_is_told_and_the_rest_is_pushed},
    {"ids_of_many_threads_are_unique", ids_of_many_threads_are_unique},
    {"a_delay_counts_from_the_push", a_delay_counts_from_the_push},
    {"a_full_buffer_refuses_if_told_to", a_full_buffer_refuses_if_told_to},
    {"a_push_into_a_full_buffer_waits_for_room", a_push_into_a_full_buffer_waits_for_room},
    {"an_interrupt_ends_the_wait_for_room", an_interrupt_ends_the_wait_for_room},
    {"a_freed_producer_sends_what_it_has", a_freed_producer_sends_what_it_has},
    {"a_closed_producer_takes_nothing", a_closed_producer_takes_nothing},
};

HARNESS_MAIN(tests)
