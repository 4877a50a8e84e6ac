/* Every function of buffered producers with NULL wherever it can be passed, and with numbers out of range. */
#include "null_tools.h"

static void producers(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL;
    distcoord_producer *producer = NULL;
    distcoord_push_failures *failures = NULL;
    char id[129];
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    CHECK_INVALID(distcoord_producer_open(NULL, &producer, E));
    CHECK_INVALID(distcoord_producer_open(queue, NULL, E));
    REQUIRE_OK(distcoord_producer_open(queue, &producer, E));
    CHECK_SETTER_INVALID(distcoord_producer_set_batch(NULL, 1, 0));
    CHECK_SETTER_INVALID(distcoord_producer_set_capacity(NULL, 1, 1, true));
    CHECK_SETTER_INVALID(distcoord_producer_set_retry_ms(NULL, 0));
    CHECK_INVALID(distcoord_producer_push(NULL, "x", 1, NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_producer_push(producer, NULL, 1, NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_producer_push(producer, "x", 1, NULL, id, 22, E));
    CHECK_BOTH(distcoord_producer_push(producer, "x", SIZE_MAX, NULL, NULL, 0, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_BOTH(distcoord_producer_push(producer, id, (size_t)1 << 40, NULL, NULL, 0, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_INVALID(distcoord_producer_flush(NULL, 0, E));
    CHECK_INVALID(distcoord_producer_close(NULL, 0, E));
    CHECK_INVALID(distcoord_producer_failures(NULL, &failures, E));
    CHECK_INVALID(distcoord_producer_failures(producer, NULL, E));
    CHECK_INT(distcoord_producer_pending(NULL), 0);
    CHECK_INT(distcoord_producer_sent(NULL), 0);
    CHECK_INT(distcoord_producer_pending(producer), 0);
    distcoord_producer_cancel(NULL);
    distcoord_producer_cancel(producer);
    distcoord_producer_free(NULL);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void producers_out_of_range(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL;
    distcoord_producer *producer = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    REQUIRE_OK(distcoord_producer_open(queue, &producer, E));
    CHECK_INT(distcoord_producer_set_batch(producer, 1, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_producer_set_batch(producer, 1000, 60000), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_producer_set_batch(producer, 0, 0));
    CHECK_SETTER_INVALID(distcoord_producer_set_batch(producer, 1001, 0));
    CHECK_SETTER_INVALID(distcoord_producer_set_batch(producer, 1, -1));
    CHECK_SETTER_INVALID(distcoord_producer_set_batch(producer, 1, 60001));
    CHECK_INT(distcoord_producer_set_capacity(producer, 1, 1, true), DISTCOORD_OK);
    CHECK_INT(distcoord_producer_set_capacity(producer, 10000000, INT64_MAX, false), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_producer_set_capacity(producer, 0, 1, true));
    CHECK_SETTER_INVALID(distcoord_producer_set_capacity(producer, 10000001, 1, true));
    CHECK_SETTER_INVALID(distcoord_producer_set_capacity(producer, 1, 0, true));
    CHECK_INT(distcoord_producer_set_retry_ms(producer, INT64_MIN), DISTCOORD_OK);
    CHECK_INT(distcoord_producer_set_retry_ms(producer, INT64_MAX), DISTCOORD_OK);
    CHECK_OK(distcoord_producer_push(producer, "x", 1, NULL, NULL, 0, E));
    CHECK_OK(distcoord_producer_flush(producer, INT64_MAX, E));
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static void failures(void)
{
    distcoord_push_failures *failures = NULL;
    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL;
    distcoord_producer *producer = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    REQUIRE_OK(distcoord_producer_open(queue, &producer, E));
    REQUIRE_OK(distcoord_producer_failures(producer, &failures, E));
    REQUIRE(failures != NULL);
    CHECK_INT(distcoord_push_failures_count(NULL), 0);
    CHECK_TEXT(distcoord_push_failures_id(NULL, 0), "");
    CHECK_TEXT(distcoord_push_failures_message(NULL, 0), "");
    CHECK_INT(distcoord_push_failures_status(NULL, 0), DISTCOORD_OK);
    CHECK_INT(distcoord_push_failures_count(failures), 0);
    CHECK_TEXT(distcoord_push_failures_id(failures, 0), "");
    CHECK_TEXT(distcoord_push_failures_message(failures, SIZE_MAX), "");
    CHECK_INT(distcoord_push_failures_status(failures, SIZE_MAX), DISTCOORD_OK);
    distcoord_push_failures_free(NULL);
    distcoord_push_failures_free(failures);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"producers", producers},
    {"producers_out_of_range", producers_out_of_range},
    {"failures", failures},
};

HARNESS_MAIN(tests)
