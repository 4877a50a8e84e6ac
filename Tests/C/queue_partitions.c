/* Queues that are split into partitions: the same jobs with the same promises, but for the order among partitions. */
#include "queue_tools.h"

static distcoord_queue *open_split(distcoord_client *client, const char *name, int32_t count) {
    distcoord_queue *queue = NULL;
    REQUIRE_OK(distcoord_queue_open(client, name, &queue, E));
    CHECK_INT(distcoord_queue_set_partitions(queue, count), DISTCOORD_OK);
    return queue;
}

static void the_number_is_checked(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_split(client, "a", 4), *wrong = open_split(other, "a", 3);
    distcoord_queue *usual = open_queue(other), *right = open_split(other, "a", 4);
    CHECK_INT(distcoord_queue_set_partitions(queue, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_queue_set_partitions(queue, 65), DISTCOORD_ERROR_INVALID_ARGUMENT);
    push_text(queue, "x", NULL);
    distcoord_job *job = NULL;
    size_t count = 0;
    CHECK_STATUS(distcoord_queue_push(wrong, "y", 1, NULL, NULL, 0, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_STATUS(distcoord_queue_claim(wrong, 0, &job, 1, &count, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_STATUS(distcoord_queue_push(usual, "y", 1, NULL, NULL, 0, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_NEXT(right, "x");
    /* Not once it is used. */
    CHECK_INT(distcoord_queue_set_partitions(queue, 5), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_queue_free(queue);
    distcoord_queue_free(wrong);
    distcoord_queue_free(usual);
    distcoord_queue_free(right);
    close_client(client);
    close_client(other);
}

static void jobs_are_spread_and_all_are_found(void) {
    enum { JOBS = 400, PARTITIONS = 8 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_split(client, "a", PARTITIONS);
    static char ids[JOBS][129];
    static bool seen[JOBS];
    for (int i = 0; i < JOBS / 2; i++) {
        int number = i;
        CHECK_OK(distcoord_queue_push(queue, &number, sizeof number, NULL, ids[i], sizeof ids[i], E));
    }
    static int numbers[JOBS];
    static const void *payloads[JOBS];
    static size_t lengths[JOBS];
    for (int i = JOBS / 2; i < JOBS; i++) {
        numbers[i] = i;
        payloads[i - JOBS / 2] = &numbers[i];
        lengths[i - JOBS / 2] = sizeof numbers[i];
    }
    distcoord_push_receipt *receipt = NULL;
    CHECK_OK(distcoord_queue_push_many(queue, payloads, lengths, NULL, JOBS / 2, &receipt, E));
    CHECK_INT(distcoord_push_receipt_count(receipt), JOBS / 2);
    for (int i = JOBS / 2; i < JOBS; i++) {
        snprintf(ids[i], sizeof ids[i], "%s", distcoord_push_receipt_id(receipt, (size_t)(i - JOBS / 2)));
    }
    distcoord_push_receipt_free(receipt);
    CHECK_INT(counts_of(queue).waiting, JOBS);
    char answer[64] = "";
    CHECK(redis_server_command(&server, "EVAL \"return #redis.call('KEYS', '*:r:0')\" 0", answer, sizeof answer) == 0);
    CHECK_INT(atoi(answer + 1), PARTITIONS);
    size_t had = 0;
    while (had < JOBS) {
        distcoord_job *jobs[100];
        size_t count = 0;
        REQUIRE_OK(distcoord_queue_claim(queue, 0, jobs, 1 + had % 100, &count, E));
        for (size_t i = 0; i < count; i++) {
            int number = -1;
            memcpy(&number, distcoord_job_payload(jobs[i], NULL), sizeof number);
            REQUIRE(number >= 0 && number < JOBS && !seen[number]);
            seen[number] = true;
            CHECK_TEXT(distcoord_job_id(jobs[i]), ids[number]);
            CHECK_TEXT(distcoord_job_queue(jobs[i]), "a");
        }
        CHECK_OK(distcoord_queue_complete_many(queue, jobs, NULL, NULL, count, NULL, E));
        for (size_t i = 0; i < count; i++) distcoord_job_free(jobs[i]);
        had += count;
    }
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(counts_of(queue).completed, JOBS);
    for (int i = 0; i < JOBS; i++) {
        distcoord_result *result = NULL;
        CHECK_OK(distcoord_queue_result(queue, ids[i], 0, &result, E));
        distcoord_result_free(result);
    }
    distcoord_queue_free(queue);
    close_client(client);
}

struct waiter {
    distcoord_client *client;
    int had;
    pthread_t thread;
};

enum { HANDED = 60 };
static atomic_int handed;

static void *take_some(void *argument) {
    struct waiter *waiter = argument;
    distcoord_queue *queue = open_split(waiter->client, "a", 5);
    while (atomic_load(&handed) < HANDED) {
        distcoord_job *job = NULL;
        size_t count = 0;
        if (distcoord_queue_claim(queue, 200, &job, 1, &count, NULL) != DISTCOORD_OK) continue;
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        distcoord_job_free(job);
        waiter->had++;
        atomic_fetch_add(&handed, 1);
    }
    distcoord_queue_free(queue);
    return NULL;
}

/* Who waits stands in the lines of all partitions, and takes one job only. */
static void pushes_reach_those_who_wait(void) {
    enum { WAITERS = 3 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_split(client, "a", 5);
    static struct waiter waiters[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        waiters[i].client = client;
        waiters[i].thread = start_thread(take_some, &waiters[i]);
    }
    for (int i = 0; i < HANDED; i++) {
        push_text(queue, "x", NULL);
        REQUIRE(EVENTUALLY(10000, atomic_load(&handed) == i + 1));
    }
    for (int i = 0; i < WAITERS; i++) pthread_join(waiters[i].thread, NULL);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 0));
    struct counts all = counts_of(queue);
    CHECK_INT(all.completed, HANDED);
    CHECK_INT(all.waiting + all.active, 0);
    CHECK_INT(all.failed, 0);
    distcoord_queue_free(queue);
    close_client(client);
}

static void keys_hold_over_partitions(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_split(client, "a", 16);
    distcoord_job_options *options = distcoord_job_options_new();
    char first[129] = "", id[129] = "";
    CHECK_INT(distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_REFUSE), DISTCOORD_OK);
    CHECK_OK(distcoord_queue_push(queue, "u", 1, options, first, sizeof first, E));
    for (int i = 0; i < 10; i++) {
        CHECK_STATUS(distcoord_queue_push(queue, "u", 1, options, id, sizeof id, E), DISTCOORD_EXISTS);
        CHECK_TEXT(id, first);
    }
    CHECK_NEXT(queue, "u");
    CHECK_INT(distcoord_job_options_set_unique(options, NULL, DISTCOORD_UNIQUE_REFUSE), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, "k"), DISTCOORD_OK);
    for (int i = 0; i < 10; i++) push_text(queue, "k", options);
    for (int i = 0; i < 10; i++) {
        distcoord_job *job = CLAIM(queue, "k");
        CHECK(claim(queue, 0) == NULL);
        SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    }
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void what_needs_all_of_it_is_refused(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_split(client, "a", 4);
    distcoord_job_options *after = distcoord_job_options_new(), *batched = distcoord_job_options_new();
    distcoord_batch *batch = NULL;
    push_as(queue, "known", "x", NULL);
    const char *known = "known";
    CHECK_INT(distcoord_job_options_set_after(after, &known, 1, DISTCOORD_DEPENDENCY_RUN), DISTCOORD_OK);
    CHECK_STATUS(distcoord_queue_push(queue, "y", 1, after, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_job_options_set_batch(batched, "b"), DISTCOORD_OK);
    CHECK_STATUS(distcoord_queue_push(queue, "y", 1, batched, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_batch_open(queue, "b", &batch, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(counts_of(queue).waiting, 1);
    distcoord_job_options_free(after);
    distcoord_job_options_free(batched);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Whatever is done to jobs from outside finds them. */
static void jobs_are_dealt_with(void) {
    enum { JOBS = 40 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_split(client, "a", 4), *found = NULL;
    distcoord_job_options *delayed = distcoord_job_options_new();
    int64_t count = 0;
    CHECK_INT(distcoord_job_options_set_delay_ms(delayed, 3600000), DISTCOORD_OK);
    for (int i = 0; i < JOBS; i++) {
        char id[16];
        snprintf(id, sizeof id, "w%d", i);
        push_as(queue, id, "w", NULL);
        snprintf(id, sizeof id, "d%d", i);
        push_as(queue, id, "d", delayed);
    }
    distcoord_job_list *list = NULL;
    REQUIRE_OK(distcoord_queue_list(queue, DISTCOORD_STATE_WAITING, 0, 1000, &list, E));
    CHECK_INT(distcoord_job_list_count(list), JOBS);
    distcoord_job_list_free(list);
    size_t seen = 0;
    for (int64_t offset = 0; offset < 2 * JOBS; offset += 15) {
        REQUIRE_OK(distcoord_queue_list(queue, DISTCOORD_STATE_DELAYED, offset, 15, &list, E));
        seen += distcoord_job_list_count(list);
        distcoord_job_list_free(list);
    }
    CHECK_INT(seen, JOBS);
    CHECK_OK(distcoord_queue_promote(queue, "d7", E));
    CHECK_INT(state_of(queue, "d7"), DISTCOORD_STATE_WAITING);
    CHECK_OK(distcoord_queue_cancel_job(queue, "w7", "c", NULL, E));
    CHECK_ENDED(queue, "w7", DISTCOORD_RESULT_CANCELLED, "c");
    CHECK_OK(distcoord_queue_purge(queue, DISTCOORD_STATE_DELAYED, NULL, 0, &count, E));
    CHECK_INT(count, JOBS - 1);
    for (int i = 0; i < JOBS; i++) {
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        SETTLE(job, distcoord_job_fail(job, "for good", false, E));
    }
    CHECK_INT(counts_of(queue).dead, JOBS);
    CHECK_OK(distcoord_queue_retry_dead(queue, NULL, &count, E));
    CHECK_INT(count, JOBS);
    CHECK_INT(counts_of(queue).waiting, JOBS);
    CHECK_OK(distcoord_queue_find(client, "w3", &found, E));
    CHECK_TEXT(distcoord_queue_name(found), "a");
    /* The handle that was found knows how the queue is split. */
    CHECK_INT(counts_of(found).waiting, JOBS);
    CHECK_OK(distcoord_queue_pause(found, E));
    CHECK(claim(queue, 0) == NULL);
    CHECK_OK(distcoord_queue_resume(queue, E));
    distcoord_job *job = claim(found, 0);
    REQUIRE(job != NULL);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_queue_free(found);
    distcoord_job_options_free(delayed);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"partitions_the_number_is_checked", the_number_is_checked},
    {"partitions_jobs_are_spread_and_all_are_found", jobs_are_spread_and_all_are_found},
    {"partitions_pushes_reach_those_who_wait", pushes_reach_those_who_wait},
    {"partitions_keys_hold_over_partitions", keys_hold_over_partitions},
    {"partitions_what_needs_all_of_it_is_refused", what_needs_all_of_it_is_refused},
    {"partitions_jobs_are_dealt_with", jobs_are_dealt_with},
};

HARNESS_MAIN(tests)
