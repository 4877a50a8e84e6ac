/* What belongs to the queue itself: pausing, the rate, how much is kept of what has ended. */
#include "queue_tools.h"

struct waiter {
    distcoord_client *client;
    atomic_bool has_one;
    pthread_t thread;
};

static void *wait_for_one(void *argument) {
    struct waiter *waiter = argument;
    distcoord_queue *queue = open_queue(waiter->client);
    distcoord_job *job = claim(queue, 20000);
    atomic_store(&waiter->has_one, job != NULL);
    if (job) CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    return NULL;
}

static void nothing_is_given_out_while_paused(void) {
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client);
    struct waiter waiter = {.client = other};
    push_text(queue, "runs", NULL);
    distcoord_job *running = CLAIM(queue, "runs");
    CHECK_OK(distcoord_queue_pause(queue, E));
    CHECK_OK(distcoord_queue_pause(queue, E));
    waiter.thread = start_thread(wait_for_one, &waiter);
    REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == 1));
    push_text(queue, "waits", NULL);
    CHECK(claim(queue, 0) == NULL);
    CHECK(claim(queue, 200) == NULL);
    CHECK(!atomic_load(&waiter.has_one));
    CHECK_INT(counts_of(queue).waiting, 1);
    /* What runs goes on, and may end in any way. */
    CHECK_OK(distcoord_job_progress(running, 50, "half", E));
    SETTLE(running, distcoord_job_release(running, E));
    CHECK(claim(queue, 0) == NULL);
    CHECK_OK(distcoord_queue_resume(queue, E));
    pthread_join(waiter.thread, NULL);
    CHECK(atomic_load(&waiter.has_one));
    CHECK_NEXT(queue, "waits");
    CHECK_OK(distcoord_queue_resume(queue, E));
    distcoord_queue_free(queue);
    close_client(client);
    close_client(other);
}

/* What comes due in a pause is given out after it. */
static void delays_end_in_a_pause(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_delay_ms(options, 100), DISTCOORD_OK);
    push_text(queue, "later", options);
    CHECK_OK(distcoord_queue_pause(queue, E));
    CHECK(claim(queue, 300) == NULL);
    CHECK_OK(distcoord_queue_resume(queue, E));
    CHECK_NEXT(queue, "later");
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void settings_are_told(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_queue_settings *settings = NULL;
    for (int round = 0; round < 3; round++) {
        CHECK_OK(distcoord_queue_inspect_settings(queue, &settings, E));
        bool is_set = round == 1;
        CHECK_INT(distcoord_queue_settings_is_paused(settings), is_set);
        CHECK_INT(distcoord_queue_settings_rate_count(settings), is_set ? 7 : 0);
        CHECK_INT(distcoord_queue_settings_rate_period_ms(settings), is_set ? 1500 : 0);
        CHECK_INT(distcoord_queue_settings_key_limit(settings), is_set ? 5 : 1);
        CHECK_INT(distcoord_queue_settings_results(settings), is_set ? 10 : 100000);
        if (is_set) {
            CHECK_INT(distcoord_queue_settings_dead(settings), 20);
        } else {
            CHECK(distcoord_queue_settings_dead(settings) < 0);
        }
        distcoord_queue_settings_free(settings);
        if (round == 0) {
            CHECK_OK(distcoord_queue_pause(queue, E));
            CHECK_OK(distcoord_queue_set_rate_limit(queue, 7, 1500, E));
            CHECK_OK(distcoord_queue_set_key_limit(queue, 5, E));
            CHECK_OK(distcoord_queue_set_history(queue, 10, 20, E));
        } else {
            CHECK_OK(distcoord_queue_resume(queue, E));
            CHECK_OK(distcoord_queue_set_rate_limit(queue, 0, 1, E));
            CHECK_OK(distcoord_queue_set_key_limit(queue, 1, E));
            CHECK_OK(distcoord_queue_set_history(queue, 100000, -1, E));
        }
    }
    distcoord_queue_free(queue);
    close_client(client);
}

static void limits_have_bounds(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    CHECK_STATUS(distcoord_queue_set_rate_limit(queue, -1, 1000, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_set_rate_limit(queue, 1000000001, 1000, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_set_rate_limit(queue, 1, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_set_rate_limit(queue, 1, 86400001, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_set_history(queue, -1, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_set_history(queue, 100000001, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_queue_set_history(queue, 0, 100000001, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_queue_free(queue);
    close_client(client);
}

/* A burst of the whole count, then evenly; it does not matter how many are claimed at a time, or who waits. */
static void the_rate_is_kept(void) {
    enum { COUNT = 5, PERIOD_MS = 500, JOBS = 12 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    CHECK_OK(distcoord_queue_set_rate_limit(queue, COUNT, PERIOD_MS, E));
    for (int i = 0; i < JOBS; i++) push_text(queue, "x", NULL);
    distcoord_job *jobs[JOBS];
    uint64_t moments[JOBS];
    size_t had = 0, count = 0;
    CHECK_OK(distcoord_queue_claim(queue, 0, jobs, JOBS, &count, E));
    CHECK_INT(count, COUNT);
    while (had < JOBS) {
        for (size_t i = 0; i < count; i++) {
            /* Fences are the server's microseconds. */
            moments[had++] = distcoord_job_fence(jobs[i]);
            SETTLE(jobs[i], distcoord_job_complete(jobs[i], NULL, 0, E));
        }
        if (had == JOBS) break;
        CHECK_STATUS(distcoord_queue_claim(queue, 5000, jobs, JOBS - had, &count, E), DISTCOORD_OK);
        REQUIRE(count > 0);
    }
    for (size_t i = COUNT; i < JOBS; i++) {
        int64_t least = (int64_t)(i - COUNT + 1) * PERIOD_MS * 1000 / COUNT;
        if ((int64_t)(moments[i] - moments[0]) < least - 1000) {
            report(__FILE__, __LINE__, "claim %zu after %lld us, wanted %lld", i, (long long)(moments[i] - moments[0]),
                (long long)least);
        }
    }
    CHECK((int64_t)(moments[JOBS - 1] - moments[0]) < 5000000 * time_factor());
    /* Without the limit at once. */
    for (int i = 0; i < JOBS; i++) push_text(queue, "x", NULL);
    CHECK_OK(distcoord_queue_set_rate_limit(queue, 0, 1, E));
    CHECK_OK(distcoord_queue_claim(queue, 0, jobs, JOBS, &count, E));
    CHECK_INT(count, JOBS);
    for (size_t i = 0; i < count; i++) distcoord_job_free(jobs[i]);
    distcoord_queue_free(queue);
    close_client(client);
}

static void old_results_are_forgotten(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    CHECK_OK(distcoord_queue_set_history(queue, 10, 5, E));
    for (int i = 0; i < 60; i++) {
        char id[16];
        snprintf(id, sizeof id, "%c%d", i % 2 ? 'd' : 'c', i);
        push_as(queue, id, "x", NULL);
        distcoord_job *job = CLAIM(queue, "x");
        if (i % 2) {
            SETTLE(job, distcoord_job_fail(job, "for good", false, E));
        } else {
            SETTLE(job, distcoord_job_complete(job, "r", 1, E));
        }
    }
    distcoord_result *result = NULL;
    CHECK_OK(distcoord_queue_result(queue, "c58", 0, &result, E));
    distcoord_result_free(result);
    result = NULL;
    CHECK_STATUS(distcoord_queue_result(queue, "c0", 0, &result, E), DISTCOORD_NOT_FOUND);
    CHECK_INT(counts_of(queue).dead, 5);
    CHECK_INT(state_of(queue, "d59"), DISTCOORD_STATE_DEAD);
    CHECK_INT(state_of(queue, "d1"), -1);
    /* Counts go on. */
    CHECK_INT(counts_of(queue).completed, 30);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"control_nothing_is_given_out_while_paused", nothing_is_given_out_while_paused},
    {"control_delays_end_in_a_pause", delays_end_in_a_pause},
    {"control_settings_are_told", settings_are_told},
    {"control_limits_have_bounds", limits_have_bounds},
    {"control_the_rate_is_kept", the_rate_is_kept},
    {"control_old_results_are_forgotten", old_results_are_forgotten},
};

HARNESS_MAIN(tests)
