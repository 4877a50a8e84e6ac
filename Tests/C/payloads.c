/* Payloads and results: any bytes, from none to the limit, and not one more. */
#include "harness.h"

#include <sys/mman.h>

static distcoord_queue *open_queue(distcoord_client *client)
{
    distcoord_queue *queue = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    return queue;
}

/* Pushes, claims, completes with the same bytes, fetches the result: four times unchanged. */
static void round_trip(distcoord_queue *queue, const void *bytes, size_t length)
{
    char id[129] = "";
    distcoord_job *job = NULL;
    distcoord_result *result = NULL;
    size_t count = 0, had = 0;
    REQUIRE_OK(distcoord_queue_push(queue, bytes, length, NULL, id, sizeof id, E));
    CHECK_INT(strlen(id), 22);
    REQUIRE_OK(distcoord_queue_claim(queue, 5000, &job, 1, &count, E));
    const void *payload = distcoord_job_payload(job, &had);
    CHECK_INT(had, length);
    REQUIRE(payload != NULL);
    CHECK(had == length && (length == 0 || memcmp(payload, bytes, length) == 0));
    CHECK_OK(distcoord_job_complete(job, bytes, length, E));
    distcoord_job_free(job);
    REQUIRE_OK(distcoord_queue_result(queue, id, 5000, &result, E));
    const char *returned = distcoord_result_bytes(result, &had);
    CHECK_INT(had, length);
    REQUIRE(returned != NULL);
    CHECK(had == length && (length == 0 || memcmp(returned, bytes, length) == 0));
    CHECK_INT(returned[had], '\0');
    distcoord_result_free(result);
}

static void any_bytes(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    char all[256];
    for (int i = 0; i < 256; i++) all[i] = (char)i;
    round_trip(queue, NULL, 0);
    round_trip(queue, "", 0);
    round_trip(queue, "\0", 1);
    round_trip(queue, all, sizeof all);
    round_trip(queue, "\r\n*3\r\n$3\r\nDEL\r\n", 15);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Sizes around the places where the way of storing or sending may change. */
static void sizes(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static const size_t lengths[] = {63, 64, 65, 255, 256, 1023, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 16383,
        16384, 16385, 65535, 65536, 65537, 1 << 20, (1 << 20) + 1};
    char *bytes = malloc((1 << 20) + 1);
    REQUIRE(bytes != NULL);
    for (size_t i = 0; i < (1 << 20) + 1; i++) bytes[i] = (char)(i * 2654435761u >> 13);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) round_trip(queue, bytes, lengths[i]);
    free(bytes);
    distcoord_queue_free(queue);
    close_client(client);
}

static void sixteen_megabytes(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    size_t length = 16 << 20;
    char *bytes = malloc(length);
    REQUIRE(bytes != NULL);
    memset(bytes, 'm', length);
    round_trip(queue, bytes, length);
    free(bytes);
    distcoord_queue_free(queue);
    close_client(client);
}

static void small_limit(void)
{
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    char bytes[101];
    memset(bytes, 'x', sizeof bytes);
    CHECK_INT(distcoord_options_set_max_payload(options, 100), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_queue *queue = open_queue(client);
    round_trip(queue, bytes, 100);
    CHECK_STATUS(distcoord_queue_push(queue, bytes, 101, NULL, NULL, 0, E), DISTCOORD_ERROR_TOO_LARGE);

    /* In a batch with one too large nothing is sent. */
    const void *payloads[3] = {bytes, bytes, bytes};
    const size_t lengths[3] = {1, 101, 2};
    distcoord_push_receipt *receipt = NULL;
    CHECK_STATUS(
        distcoord_queue_push_many(queue, payloads, lengths, NULL, 3, &receipt, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_INT(distcoord_push_receipt_count(receipt), 0);
    distcoord_push_receipt_free(receipt);
    distcoord_queue_counts *counts = NULL;
    REQUIRE_OK(distcoord_queue_count(queue, &counts, E));
    CHECK_INT(distcoord_queue_counts_waiting(counts), 0);
    distcoord_queue_counts_free(counts);

    /* A result that is too large leaves the job claimed: the worker may complete it with another. */
    distcoord_job *job = NULL;
    size_t count = 0;
    REQUIRE_OK(distcoord_queue_push(queue, bytes, 1, NULL, NULL, 0, E));
    REQUIRE_OK(distcoord_queue_claim(queue, 0, &job, 1, &count, E));
    CHECK_STATUS(distcoord_job_complete(job, bytes, 101, E), DISTCOORD_ERROR_TOO_LARGE);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    CHECK_OK(distcoord_job_complete(job, bytes, 100, E));
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    close_client(client);
    distcoord_options_free(options);
}

/* The limit is looked at before the bytes are: this memory is reserved, not there. */
static void default_limit(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    size_t length = (64 << 20) + 1;
    void *bytes = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(bytes != MAP_FAILED);
    distcoord_error *error = NULL;
    CHECK_INT(distcoord_queue_push(queue, bytes, length, NULL, NULL, 0, &error), DISTCOORD_ERROR_TOO_LARGE);
    CHECK(strstr(distcoord_error_message(error), "67108864") || strstr(distcoord_error_message(error), "64 MiB"));
    distcoord_error_free(error);
    CHECK_STATUS(distcoord_queue_push(queue, bytes, SIZE_MAX, NULL, NULL, 0, E), DISTCOORD_ERROR_TOO_LARGE);
    munmap(bytes, length);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Messages of failures are kept up to 64 KiB, cut between characters. */
static void long_failure_message(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job *job = NULL;
    distcoord_result *result = NULL;
    size_t count = 0, length = 0;
    char id[129];
    size_t written = 200001;
    char *message = malloc(written + 1);
    REQUIRE(message != NULL);
    message[0] = 'x';
    for (size_t i = 1; i + 1 < written + 1; i += 2) memcpy(message + i, "\xc3\xbc", 2);
    message[written] = '\0';
    REQUIRE_OK(distcoord_queue_push(queue, "x", 1, NULL, id, sizeof id, E));
    REQUIRE_OK(distcoord_queue_claim(queue, 0, &job, 1, &count, E));
    CHECK_OK(distcoord_job_fail(job, message, false, E));
    REQUIRE_OK(distcoord_queue_result(queue, id, 0, &result, E));
    CHECK_INT(distcoord_result_state(result), DISTCOORD_RESULT_DEAD);
    const char *kept = distcoord_result_bytes(result, &length);
    CHECK(length > 60000 && length <= 65536);
    CHECK(memcmp(kept, message, 60000) == 0);
    CHECK_INT(length % 2, 1);
    distcoord_result_free(result);
    distcoord_job_free(job);
    free(message);
    distcoord_queue_free(queue);
    close_client(client);
}

static void many_of_all_sizes(void)
{
    enum { COUNT = 500 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static char bytes[COUNT * 40];
    const void *payloads[COUNT];
    size_t lengths[COUNT];
    memset(bytes, 'b', sizeof bytes);
    for (size_t i = 0; i < COUNT; i++) {
        payloads[i] = i == 0 ? NULL : bytes;
        lengths[i] = i * 37;
    }
    distcoord_push_receipt *receipt = NULL;
    REQUIRE_OK(distcoord_queue_push_many(queue, payloads, lengths, NULL, COUNT, &receipt, E));
    CHECK_INT(distcoord_push_receipt_count(receipt), COUNT);
    const char *ids = distcoord_push_receipt_ids(receipt);
    for (size_t i = 0; i < COUNT; i++) {
        distcoord_job *job = NULL;
        size_t count = 0, length = 0;
        REQUIRE_OK(distcoord_queue_claim(queue, 0, &job, 1, &count, E));
        distcoord_job_payload(job, &length);
        CHECK_INT(length, lengths[i]);
        const char *end = strchr(ids, '\n');
        REQUIRE(end != NULL);
        CHECK(strncmp(ids, distcoord_job_id(job), (size_t)(end - ids)) == 0);
        ids = end + 1;
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        distcoord_job_free(job);
    }
    CHECK_TEXT(ids, "");
    distcoord_push_receipt_free(receipt);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"payload_any_bytes", any_bytes},
    {"payload_sizes", sizes},
    {"payload_sixteen_megabytes", sixteen_megabytes},
    {"payload_small_limit", small_limit},
    {"payload_default_limit", default_limit},
    {"payload_long_failure_message", long_failure_message},
    {"payload_many_of_all_sizes", many_of_all_sizes},
};

HARNESS_MAIN(tests)
