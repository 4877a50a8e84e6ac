/* Batches: what is counted, and a latch that opens when all jobs have ended. */
#include "queue_tools.h"

struct tally {
    int64_t total, completed, failed, cancelled;
    bool is_sealed;
};

static distcoord_batch *open_batch(distcoord_queue *queue, const char *id) {
    distcoord_batch *batch = NULL;
    REQUIRE_OK(distcoord_batch_open(queue, id, &batch, E));
    return batch;
}

static void push_into(distcoord_queue *queue, distcoord_batch *batch, const char *id) {
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_batch(options, distcoord_batch_id(batch)), DISTCOORD_OK);
    push_as(queue, id, id, options);
    distcoord_job_options_free(options);
}

/* The counts as they are, without waiting. */
static struct tally tally_of(distcoord_batch *batch, distcoord_status wanted) {
    distcoord_batch_counts *counts = NULL;
    CHECK_STATUS(distcoord_batch_wait(batch, 0, &counts, E), wanted);
    struct tally tally = {distcoord_batch_counts_total(counts), distcoord_batch_counts_completed(counts),
        distcoord_batch_counts_failed(counts), distcoord_batch_counts_cancelled(counts),
        distcoord_batch_counts_is_sealed(counts)};
    distcoord_batch_counts_free(counts);
    return tally;
}

static void check_tally(struct tally had, int64_t total, int64_t completed, int64_t failed, int64_t cancelled) {
    CHECK_INT(had.total, total);
    CHECK_INT(had.completed, completed);
    CHECK_INT(had.failed, failed);
    CHECK_INT(had.cancelled, cancelled);
}

static void every_end_is_counted(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_batch *batch = open_batch(queue, NULL), *same = open_batch(queue, distcoord_batch_id(batch));
    CHECK_INT(strlen(distcoord_batch_id(batch)), 22);
    CHECK_TEXT(distcoord_batch_id(same), distcoord_batch_id(batch));
    distcoord_batch_counts *counts = NULL;
    CHECK_STATUS(distcoord_batch_wait(batch, 0, &counts, E), DISTCOORD_NOT_FOUND);
    CHECK(counts == NULL);
    push_into(queue, batch, "completes");
    push_into(queue, batch, "fails once");
    push_into(queue, batch, "dies");
    push_into(queue, batch, "cancelled");
    push_text(queue, "of no batch", NULL);
    check_tally(tally_of(same, DISTCOORD_TIMED_OUT), 4, 0, 0, 0);
    distcoord_job *job = CLAIM(queue, "completes");
    CHECK_TEXT(distcoord_job_batch(job), distcoord_batch_id(batch));
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    job = CLAIM(queue, "fails once");
    SETTLE(job, distcoord_job_fail_with(job, NULL, NULL, NULL, true, 3600000, E));
    check_tally(tally_of(same, DISTCOORD_TIMED_OUT), 4, 1, 0, 0);
    job = CLAIM(queue, "dies");
    SETTLE(job, distcoord_job_fail(job, NULL, false, E));
    CHECK_OK(distcoord_queue_cancel_job(queue, "cancelled", NULL, NULL, E));
    CHECK_OK(distcoord_queue_promote(queue, "fails once", E));
    CHECK_NEXT(queue, "of no batch");
    CHECK_NEXT(queue, "fails once");
    /* All have ended, but there may be more to come. */
    struct tally tally = tally_of(same, DISTCOORD_TIMED_OUT);
    check_tally(tally, 4, 2, 1, 1);
    CHECK(!tally.is_sealed);
    CHECK_OK(distcoord_batch_seal(batch, E));
    CHECK_OK(distcoord_batch_seal(same, E));
    tally = tally_of(same, DISTCOORD_OK);
    check_tally(tally, 4, 2, 1, 1);
    CHECK(tally.is_sealed);
    /* One that is tried again has not ended, after all. */
    CHECK_OK(distcoord_queue_retry_dead(queue, "dies", NULL, E));
    check_tally(tally_of(same, DISTCOORD_TIMED_OUT), 4, 2, 0, 1);
    CHECK_NEXT(queue, "dies");
    check_tally(tally_of(same, DISTCOORD_OK), 4, 3, 0, 1);
    distcoord_batch_free(batch);
    distcoord_batch_free(same);
    distcoord_queue_free(queue);
    close_client(client);
}

static void a_sealed_batch_takes_no_more(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_batch *batch = open_batch(queue, "b"), *empty = open_batch(queue, "empty");
    distcoord_job_options *options = distcoord_job_options_new();
    push_into(queue, batch, "a");
    CHECK_OK(distcoord_batch_seal(batch, E));
    CHECK_INT(distcoord_job_options_set_batch(options, "b"), DISTCOORD_OK);
    CHECK_STATUS(distcoord_queue_push(queue, "x", 1, options, NULL, 0, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_INT(counts_of(queue).waiting, 1);
    CHECK_NEXT(queue, "a");
    check_tally(tally_of(batch, DISTCOORD_OK), 1, 1, 0, 0);
    /* Nothing was to be done: done. */
    CHECK_OK(distcoord_batch_seal(empty, E));
    check_tally(tally_of(empty, DISTCOORD_OK), 0, 0, 0, 0);
    distcoord_job_options_free(options);
    distcoord_batch_free(batch);
    distcoord_batch_free(empty);
    distcoord_queue_free(queue);
    close_client(client);
}

struct waiter {
    distcoord_client *client;
    distcoord_batch *batch;
    distcoord_status status;
    int64_t completed;
    atomic_bool is_done;
    pthread_t thread;
};

static void *wait_for_all(void *argument) {
    struct waiter *waiter = argument;
    distcoord_batch_counts *counts = NULL;
    waiter->status = distcoord_batch_wait(waiter->batch, 20000, &counts, NULL);
    waiter->completed = distcoord_batch_counts_completed(counts);
    atomic_store(&waiter->is_done, true);
    distcoord_batch_counts_free(counts);
    return NULL;
}

static void the_last_end_opens_the_latch(void) {
    enum { WAITERS = 4, JOBS = 50 };
    distcoord_client *clients[2] = {open_client(), open_client()};
    distcoord_queue *queue = open_queue(clients[0]), *other = open_queue(clients[1]);
    distcoord_batch *batch = open_batch(queue, "b");
    static struct waiter waiters[WAITERS];
    for (int i = 0; i < JOBS; i++) {
        char id[16];
        snprintf(id, sizeof id, "j%d", i);
        push_into(queue, batch, id);
    }
    CHECK_OK(distcoord_batch_seal(batch, E));
    for (int i = 0; i < WAITERS; i++) {
        waiters[i] = (struct waiter){.batch = open_batch(i % 2 ? other : queue, "b")};
        waiters[i].thread = start_thread(wait_for_all, &waiters[i]);
    }
    distcoord_job *last = NULL;
    for (int i = 0; i < JOBS; i++) {
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        if (i == JOBS - 1) {
            last = job;
        } else {
            SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
        }
    }
    sleep_ms(100);
    for (int i = 0; i < WAITERS; i++) CHECK(!atomic_load(&waiters[i].is_done));
    int64_t start = now_ms();
    SETTLE(last, distcoord_job_complete(last, NULL, 0, E));
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        CHECK_INT(waiters[i].status, DISTCOORD_OK);
        CHECK_INT(waiters[i].completed, JOBS);
        distcoord_batch_free(waiters[i].batch);
    }
    CHECK(took_less(start, 1000));
    distcoord_batch_free(batch);
    distcoord_queue_free(queue);
    distcoord_queue_free(other);
    close_client(clients[0]);
    close_client(clients[1]);
}

/* Sealing may be what opens it. */
static void sealing_opens_the_latch(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_batch *batch = open_batch(queue, "b");
    struct waiter waiter = {.batch = batch};
    push_into(queue, batch, "a");
    CHECK_NEXT(queue, "a");
    waiter.thread = start_thread(wait_for_all, &waiter);
    sleep_ms(50);
    CHECK(!atomic_load(&waiter.is_done));
    CHECK_OK(distcoord_batch_seal(batch, E));
    pthread_join(waiter.thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_OK);
    distcoord_batch_free(batch);
    distcoord_queue_free(queue);
    close_client(client);
}

static void waits_end_otherwise(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_batch *batch = open_batch(queue, "b");
    distcoord_batch_counts *counts = NULL;
    push_into(queue, batch, "a");
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_batch_wait(batch, 150, &counts, E), DISTCOORD_TIMED_OUT);
    CHECK(now_ms() - start >= 145 && took_less(start, 2000));
    CHECK_INT(distcoord_batch_counts_total(counts), 1);
    distcoord_batch_counts_free(counts);
    struct waiter waiter = {.batch = batch};
    waiter.thread = start_thread(wait_for_all, &waiter);
    /* A wait that begins later is none of its business, so it is cancelled until it has ended. */
    while (!atomic_load(&waiter.is_done)) {
        distcoord_batch_cancel(batch);
        sleep_ms(5);
    }
    pthread_join(waiter.thread, NULL);
    CHECK_INT(waiter.status, DISTCOORD_CANCELLED);
    CHECK_STATUS(distcoord_batch_open(queue, "", &batch, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_batch_free(waiter.batch);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"batch_every_end_is_counted", every_end_is_counted},
    {"batch_a_sealed_one_takes_no_more", a_sealed_batch_takes_no_more},
    {"batch_the_last_end_opens_the_latch", the_last_end_opens_the_latch},
    {"batch_sealing_opens_the_latch", sealing_opens_the_latch},
    {"batch_waits_end_otherwise", waits_end_otherwise},
};

HARNESS_MAIN(tests)
