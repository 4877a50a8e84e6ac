/* Concurrency keys: so many of a key run at the same time, the others wait aside and keep nobody else waiting. */
#include "queue_tools.h"

static distcoord_job_options *keyed(const char *key) {
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, key), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    return options;
}

static void one_of_a_key_at_a_time(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *red = keyed("red"), *blue = keyed("blue");
    push_text(queue, "r1", red);
    push_text(queue, "r2", red);
    push_text(queue, "r3", red);
    push_text(queue, "b1", blue);
    push_text(queue, "x", NULL);
    CHECK_INT(counts_of(queue).blocked, 2);
    CHECK_INT(counts_of(queue).waiting, 3);
    distcoord_job *first = CLAIM(queue, "r1");
    CHECK_NEXT(queue, "b1");
    CHECK_NEXT(queue, "x");
    CHECK(claim(queue, 0) == NULL);
    SETTLE(first, distcoord_job_complete(first, NULL, 0, E));
    first = CLAIM(queue, "r2");
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(counts_of(queue).blocked, 1);
    SETTLE(first, distcoord_job_complete(first, NULL, 0, E));
    CHECK_NEXT(queue, "r3");
    CHECK_INT(counts_of(queue).blocked, 0);
    distcoord_job_options_free(red);
    distcoord_job_options_free(blue);
    distcoord_queue_free(queue);
    close_client(client);
}

/* Whichever way a job leaves, the next of its key comes in. */
static void room_is_made_however_a_job_leaves(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k");
    push_as(queue, "fails", "fails", options);
    push_as(queue, "dies", "dies", options);
    push_as(queue, "runs and is cancelled", "runs and is cancelled", options);
    push_as(queue, "waits and is cancelled", "waits and is cancelled", options);
    push_as(queue, "is delayed", "is delayed", options);
    push_as(queue, "last", "last", options);
    distcoord_job *job = CLAIM(queue, "fails");
    /* Tried again at once: behind those that have waited meanwhile. */
    SETTLE(job, distcoord_job_fail(job, "again", true, E));
    job = CLAIM(queue, "dies");
    SETTLE(job, distcoord_job_fail(job, "for good", false, E));
    job = CLAIM(queue, "runs and is cancelled");
    bool runs = false;
    CHECK_OK(distcoord_queue_cancel_job(queue, "waits and is cancelled", NULL, &runs, E));
    CHECK(!runs);
    CHECK_OK(distcoord_queue_cancel_job(queue, "runs and is cancelled", NULL, &runs, E));
    CHECK(runs);
    SETTLE(job, distcoord_job_cancelled(job, E));
    job = CLAIM(queue, "is delayed");
    SETTLE(job, distcoord_job_release_after(job, 300, E));
    CHECK_NEXT(queue, "last");
    CHECK_NEXT(queue, "fails");
    job = claim(queue, 5000);
    REQUIRE(job != NULL);
    CHECK(has_payload(job, "is delayed"));
    SETTLE(job, distcoord_job_release(job, E));
    CHECK_NEXT(queue, "is delayed");
    CHECK_INT(counts_of(queue).blocked + counts_of(queue).waiting + counts_of(queue).active, 0);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void order_within_a_key(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k");
    static const struct {
        const char *text;
        int32_t priority;
    } jobs[] = {{"first", 0}, {"c", 0}, {"d", 0}, {"a", 5}, {"b", 5}, {"e", -1}};
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        CHECK_INT(distcoord_job_options_set_priority(options, jobs[i].priority), DISTCOORD_OK);
        push_text(queue, jobs[i].text, options);
    }
    CHECK_NEXT(queue, "first");
    for (const char *text = "abcde"; *text; text++) {
        char one[2] = {*text, '\0'};
        CHECK_NEXT(queue, one);
    }
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void the_limit_is_the_queues(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k");
    distcoord_job *jobs[5];
    CHECK_STATUS(distcoord_queue_set_key_limit(queue, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_set_key_limit(queue, 1000001, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_queue_set_key_limit(queue, 3, E));
    for (int i = 0; i < 6; i++) push_text(queue, "x", options);
    for (int i = 0; i < 3; i++) jobs[i] = CLAIM(queue, "x");
    CHECK(claim(queue, 0) == NULL);
    /* Raised: those who wait may begin. Lowered: those who run go on. */
    CHECK_OK(distcoord_queue_set_key_limit(queue, 4, E));
    jobs[3] = CLAIM(queue, "x");
    CHECK(claim(queue, 0) == NULL);
    CHECK_OK(distcoord_queue_set_key_limit(queue, 1, E));
    for (int i = 0; i < 3; i++) {
        SETTLE(jobs[i], distcoord_job_complete(jobs[i], NULL, 0, E));
        CHECK(claim(queue, 0) == NULL);
    }
    SETTLE(jobs[3], distcoord_job_complete(jobs[3], NULL, 0, E));
    jobs[4] = CLAIM(queue, "x");
    CHECK(claim(queue, 0) == NULL);
    SETTLE(jobs[4], distcoord_job_complete(jobs[4], NULL, 0, E));
    CHECK_NEXT(queue, "x");
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* A worker that dies makes room when its lease has ended, for its own job first. */
static void the_dead_make_room(void) {
    pid_t doomed = start_doomed(500);
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = keyed("k");
    push_text(queue, "1", options);
    push_text(queue, "2", options);
    join_doomed(doomed);
    distcoord_job *job = claim(queue, 10000);
    REQUIRE(job != NULL);
    CHECK(has_payload(job, "1"));
    CHECK_INT(distcoord_job_attempt(job), 2);
    CHECK(claim(queue, 0) == NULL);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_NEXT(queue, "2");
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

enum { WORKERS = 6, JOBS = 300, KEYS = 3, LIMIT = 2 };
static atomic_int at_work[KEYS], most[KEYS], done;

static void *work(void *argument) {
    distcoord_queue *queue = open_queue(argument);
    while (atomic_load(&done) < JOBS) {
        distcoord_job *job = NULL;
        size_t count = 0;
        if (distcoord_queue_claim(queue, 20, &job, 1, &count, NULL) != DISTCOORD_OK) continue;
        int key = *(const char *)distcoord_job_payload(job, NULL) - '0';
        int now = atomic_fetch_add(&at_work[key], 1) + 1;
        if (now > atomic_load(&most[key])) atomic_store(&most[key], now);
        sleep_ms(1);
        atomic_fetch_sub(&at_work[key], 1);
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        distcoord_job_free(job);
        atomic_fetch_add(&done, 1);
    }
    distcoord_queue_free(queue);
    return NULL;
}

static void never_more_than_the_limit(void) {
    distcoord_client *clients[2] = {open_client(), open_client()};
    distcoord_queue *queue = open_queue(clients[0]);
    CHECK_OK(distcoord_queue_set_key_limit(queue, LIMIT, E));
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++) threads[i] = start_thread(work, clients[i % 2]);
    for (int i = 0; i < JOBS; i++) {
        char text[2] = {(char)('0' + i % KEYS), '\0'};
        distcoord_job_options *options = keyed(text);
        push_text(queue, text, options);
        distcoord_job_options_free(options);
    }
    for (int i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < KEYS; i++) {
        CHECK(atomic_load(&most[i]) <= LIMIT);
        CHECK(atomic_load(&most[i]) >= 1);
    }
    CHECK_INT(counts_of(queue).completed, JOBS);
    distcoord_queue_free(queue);
    close_client(clients[0]);
    close_client(clients[1]);
}

static const struct test tests[] = {
    {"keys_one_of_a_key_at_a_time", one_of_a_key_at_a_time},
    {"keys_room_is_made_however_a_job_leaves", room_is_made_however_a_job_leaves},
    {"keys_order_within_a_key", order_within_a_key},
    {"keys_the_limit_is_the_queues", the_limit_is_the_queues},
    {"keys_the_dead_make_room", the_dead_make_room},
    {"keys_never_more_than_the_limit", never_more_than_the_limit},
};

HARNESS_MAIN(tests)
