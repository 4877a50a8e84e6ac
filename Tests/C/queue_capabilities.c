/* Capabilities and pools: jobs are given to those workers only that have all they need. */
#include "queue_tools.h"

static distcoord_queue *open_with(distcoord_client *client, const char *capabilities) {
    distcoord_queue *queue = open_queue(client);
    CHECK_INT(distcoord_queue_set_capabilities(queue, capabilities), DISTCOORD_OK);
    return queue;
}

static void push_needing(distcoord_queue *queue, const char *text, const char *capabilities) {
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_capabilities(options, capabilities), DISTCOORD_OK);
    push_text(queue, text, options);
    distcoord_job_options_free(options);
}

static void all_that_is_needed(void) {
    distcoord_client *client = open_client();
    distcoord_queue *plain = open_queue(client), *gpu = open_with(client, "gpu"), *both = open_with(client, "big,gpu");
    push_needing(plain, "both", "gpu,big");
    push_needing(plain, "gpu", "gpu");
    push_needing(plain, "anybody", "");
    CHECK_NEXT(plain, "anybody");
    CHECK(claim(plain, 0) == NULL);
    CHECK_NEXT(gpu, "gpu");
    CHECK(claim(gpu, 0) == NULL);
    CHECK_NEXT(both, "both");
    CHECK_INT(counts_of(plain).waiting, 0);
    distcoord_queue_free(plain);
    distcoord_queue_free(gpu);
    distcoord_queue_free(both);
    close_client(client);
}

static void upper_and_lower_case_are_alike(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_with(client, "GPU,Cuda-12.1");
    static const char *const needs[] = {"gpu", "Gpu,CUDA-12.1", "Linux,gpu"};
    for (size_t i = 0; i < COUNT_OF(needs); i++) {
        push_needing(queue, needs[i], needs[i]);
        CHECK_NEXT(queue, needs[i]);
    }
    distcoord_queue_free(queue);
    close_client(client);
}

static void the_system_is_had_by_default(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_needing(queue, "linux", "LINUX");
    push_needing(queue, "windows", "windows");
    CHECK_NEXT(queue, "linux");
    CHECK(claim(queue, 0) == NULL);
    distcoord_queue_free(queue);
    close_client(client);
}

static void what_claimers_have_is_checked(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    char many[64 * 4 + 8] = "";
    for (int i = 0; i < 65; i++) {
        char name[8];
        snprintf(name, sizeof name, "%sc%d", i ? "," : "", i);
        if (i == 64) CHECK_INT(distcoord_queue_set_capabilities(queue, many), DISTCOORD_OK);
        strcat(many, name);
    }
    CHECK_INT(distcoord_queue_set_capabilities(queue, many), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_queue_set_capabilities(queue, "a b"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_queue_set_capabilities(queue, "a*"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_queue_set_capabilities(queue, NULL), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_queue_set_capabilities(queue, ""), DISTCOORD_OK);
    push_needing(queue, "linux", "linux");
    CHECK_NEXT(queue, "linux");
    distcoord_queue_free(queue);
    close_client(client);
}

static void pools_are_kept_apart(void) {
    distcoord_client *client = open_client();
    distcoord_queue *plain = open_queue(client), *blue = open_with(client, "pool:blue");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_pool(options, "Blue"), DISTCOORD_OK);
    push_as(plain, "1", "blue", options);
    push_text(plain, "any", NULL);
    CHECK_NEXT(plain, "any");
    CHECK(claim(plain, 0) == NULL);
    push_text(plain, "any", NULL);
    /* Those of the pool take jobs of none as well. */
    CHECK_NEXT(blue, "blue");
    CHECK_NEXT(blue, "any");
    distcoord_job_options_free(options);
    distcoord_queue_free(plain);
    distcoord_queue_free(blue);
    close_client(client);
}

/* Over all that a worker may have: highest priority first, then in order of pushing. */
static void order_holds_over_all_that_fit(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_with(client, "gpu,big");
    static const struct {
        const char *text, *needs;
        int32_t priority;
    } jobs[] = {{"c", "gpu", 0}, {"d", "", 0}, {"a", "big", 3}, {"b", "gpu,big", 3}, {"never", "other", 9},
        {"e", "gpu", 0}, {"f", "", -1}};
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        distcoord_job_options *options = distcoord_job_options_new();
        CHECK_INT(distcoord_job_options_set_capabilities(options, jobs[i].needs), DISTCOORD_OK);
        CHECK_INT(distcoord_job_options_set_priority(options, jobs[i].priority), DISTCOORD_OK);
        push_text(queue, jobs[i].text, options);
        distcoord_job_options_free(options);
        /* Order over several kinds is that of the server's milliseconds. */
        sleep_ms(2);
    }
    for (const char *text = "abcdef"; *text; text++) {
        char one[2] = {*text, '\0'};
        CHECK_NEXT(queue, one);
    }
    CHECK(claim(queue, 0) == NULL);
    distcoord_queue_free(queue);
    close_client(client);
}

struct waiter {
    distcoord_client *client;
    const char *capabilities;
    char got[16];
    pthread_t thread;
};

static void *wait_for_one(void *argument) {
    struct waiter *waiter = argument;
    distcoord_queue *queue = open_with(waiter->client, waiter->capabilities);
    distcoord_job *job = claim(queue, 20000);
    if (job) {
        size_t length = 0;
        const char *payload = distcoord_job_payload(job, &length);
        snprintf(waiter->got, sizeof waiter->got, "%.*s", (int)length, payload);
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    }
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    return NULL;
}

/* A push is handed to the first of those who have what it needs, not to the first. */
static void a_push_goes_to_one_who_waits_and_fits(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static struct waiter waiters[] = {
        {.capabilities = ""}, {.capabilities = "gpu"}, {.capabilities = "gpu,big"}, {.capabilities = "gpu"}};
    for (int i = 0; i < 4; i++) {
        waiters[i].client = client;
        waiters[i].thread = start_thread(wait_for_one, &waiters[i]);
        REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == i + 1));
    }
    push_needing(queue, "big", "big");
    push_needing(queue, "gpu", "gpu");
    push_needing(queue, "plain", "");
    push_needing(queue, "gpu2", "gpu,linux");
    static const char *const wanted[] = {"plain", "gpu", "big", "gpu2"};
    for (int i = 0; i < 4; i++) {
        pthread_join(waiters[i].thread, NULL);
        CHECK_TEXT(waiters[i].got, wanted[i]);
    }
    distcoord_queue_free(queue);
    close_client(client);
}

static void what_nobody_can_do_dies_in_the_end(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_capabilities(options, "unheard-of"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_capability_timeout_ms(options, -1), DISTCOORD_OK);
    push_as(queue, "patient", "x", options);
    CHECK_INT(counts_of(queue).unserved, 1);
    CHECK_INT(counts_of(queue).waiting, 1);
    CHECK_INT(distcoord_job_options_set_capability_timeout_ms(options, 1000), DISTCOORD_OK);
    int64_t start = now_ms();
    push_as(queue, "impatient", "x", options);
    /* Whoever waits for its end learns it although nobody could ever claim it. */
    distcoord_result *end = end_of(queue, "impatient");
    CHECK(now_ms() - start >= 995 && took_less(start, 5000));
    CHECK_INT(distcoord_result_state(end), DISTCOORD_RESULT_DEAD);
    CHECK_TEXT(distcoord_result_error_type(end), "capabilities");
    CHECK(strstr(distcoord_result_bytes(end, NULL), "unheard-of") != NULL);
    CHECK_INT(distcoord_result_attempts(end), 0);
    distcoord_result_free(end);
    CHECK_INT(state_of(queue, "patient"), DISTCOORD_STATE_WAITING);
    CHECK_INT(counts_of(queue).dead, 1);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

/* While one who has them lives the job waits, however long he is busy. */
static void what_somebody_can_do_waits(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client), *gpu = open_with(client, "gpu");
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_capabilities(options, "gpu"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_capability_timeout_ms(options, 1000), DISTCOORD_OK);
    push_as(queue, "first", "first", options);
    distcoord_job *first = CLAIM(gpu, "first");
    push_as(queue, "second", "second", options);
    CHECK(claim(queue, 1500) == NULL);
    CHECK_INT(state_of(queue, "second"), DISTCOORD_STATE_WAITING);
    CHECK_INT(counts_of(queue).unserved, 0);
    SETTLE(first, distcoord_job_complete(first, NULL, 0, E));
    CHECK_NEXT(gpu, "second");
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    distcoord_queue_free(gpu);
    close_client(client);
}

static const struct test tests[] = {
    {"capabilities_all_that_is_needed", all_that_is_needed},
    {"capabilities_upper_and_lower_case_are_alike", upper_and_lower_case_are_alike},
    {"capabilities_the_system_is_had_by_default", the_system_is_had_by_default},
    {"capabilities_what_claimers_have_is_checked", what_claimers_have_is_checked},
    {"capabilities_pools_are_kept_apart", pools_are_kept_apart},
    {"capabilities_order_holds_over_all_that_fit", order_holds_over_all_that_fit},
    {"capabilities_a_push_goes_to_one_who_waits_and_fits", a_push_goes_to_one_who_waits_and_fits},
    {"capabilities_what_nobody_can_do_dies_in_the_end", what_nobody_can_do_dies_in_the_end},
    {"capabilities_what_somebody_can_do_waits", what_somebody_can_do_waits},
};

HARNESS_MAIN(tests)
