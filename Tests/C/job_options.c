/* Options of jobs: what setters refuse, and what of them travels with the job. */
#include "queue_tools.h"

#define REFUSED(call) CHECK_INT((call), DISTCOORD_ERROR_INVALID_ARGUMENT)
#define TAKEN(call) CHECK_INT((call), DISTCOORD_OK)

static char *repeated(char letter, size_t count) {
    static char texts[4][70000];
    static int next;
    char *text = texts[next++ % 4];
    memset(text, letter, count);
    text[count] = '\0';
    return text;
}

static void numbers_have_bounds(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    const int64_t ten_years = 10ll * 365 * 86400 * 1000, day = 86400000, month = 30 * day;
    TAKEN(distcoord_job_options_set_priority(options, INT32_MIN));
    TAKEN(distcoord_job_options_set_priority(options, INT32_MAX));
    TAKEN(distcoord_job_options_set_delay_ms(options, 0));
    TAKEN(distcoord_job_options_set_delay_ms(options, ten_years));
    REFUSED(distcoord_job_options_set_delay_ms(options, -1));
    REFUSED(distcoord_job_options_set_delay_ms(options, INT64_MAX));
    TAKEN(distcoord_job_options_set_at_ms(options, 0));
    TAKEN(distcoord_job_options_set_at_ms(options, 1800000000000));
    REFUSED(distcoord_job_options_set_at_ms(options, INT64_MAX));
    TAKEN(distcoord_job_options_set_max_attempts(options, 1));
    TAKEN(distcoord_job_options_set_max_attempts(options, 255));
    REFUSED(distcoord_job_options_set_max_attempts(options, 0));
    REFUSED(distcoord_job_options_set_max_attempts(options, 256));
    REFUSED(distcoord_job_options_set_max_attempts(options, -1));
    TAKEN(distcoord_job_options_set_backoff_ms(options, 0, 0));
    TAKEN(distcoord_job_options_set_backoff_ms(options, day, day));
    REFUSED(distcoord_job_options_set_backoff_ms(options, -1, 5));
    REFUSED(distcoord_job_options_set_backoff_ms(options, 6, 5));
    REFUSED(distcoord_job_options_set_backoff_ms(options, 0, day + 1));
    TAKEN(distcoord_job_options_set_result_ttl_ms(options, 0));
    TAKEN(distcoord_job_options_set_result_ttl_ms(options, month));
    REFUSED(distcoord_job_options_set_result_ttl_ms(options, -1));
    REFUSED(distcoord_job_options_set_result_ttl_ms(options, month + 1));
    TAKEN(distcoord_job_options_set_timeout_ms(options, 0));
    TAKEN(distcoord_job_options_set_timeout_ms(options, 10));
    TAKEN(distcoord_job_options_set_timeout_ms(options, month));
    REFUSED(distcoord_job_options_set_timeout_ms(options, 9));
    REFUSED(distcoord_job_options_set_timeout_ms(options, -1));
    REFUSED(distcoord_job_options_set_timeout_ms(options, month + 1));
    TAKEN(distcoord_job_options_set_capability_timeout_ms(options, 1000));
    TAKEN(distcoord_job_options_set_capability_timeout_ms(options, month));
    TAKEN(distcoord_job_options_set_capability_timeout_ms(options, -1));
    TAKEN(distcoord_job_options_set_capability_timeout_ms(options, INT64_MIN));
    REFUSED(distcoord_job_options_set_capability_timeout_ms(options, 0));
    REFUSED(distcoord_job_options_set_capability_timeout_ms(options, 999));
    REFUSED(distcoord_job_options_set_capability_timeout_ms(options, month + 1));
    distcoord_job_options_free(options);
}

static void texts_have_bounds(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    TAKEN(distcoord_job_options_set_id(options, repeated('i', 128)));
    TAKEN(distcoord_job_options_set_id(options, NULL));
    REFUSED(distcoord_job_options_set_id(options, repeated('i', 129)));
    REFUSED(distcoord_job_options_set_id(options, ""));
    REFUSED(distcoord_job_options_set_id(options, "a\nb"));
    TAKEN(distcoord_job_options_set_task(options, ""));
    TAKEN(distcoord_job_options_set_task(options, repeated('t', 255)));
    REFUSED(distcoord_job_options_set_task(options, repeated('t', 256)));
    TAKEN(distcoord_job_options_set_content_type(options, ""));
    TAKEN(distcoord_job_options_set_content_type(options, repeated('c', 255)));
    REFUSED(distcoord_job_options_set_content_type(options, repeated('c', 256)));
    REFUSED(distcoord_job_options_set_content_type(options, NULL));
    TAKEN(distcoord_job_options_set_unique(options, repeated('u', 512), DISTCOORD_UNIQUE_REFUSE));
    TAKEN(distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_EXTEND));
    TAKEN(distcoord_job_options_set_unique(options, NULL, DISTCOORD_UNIQUE_REFUSE));
    REFUSED(distcoord_job_options_set_unique(options, "", DISTCOORD_UNIQUE_REFUSE));
    REFUSED(distcoord_job_options_set_unique(options, repeated('u', 513), DISTCOORD_UNIQUE_REFUSE));
    REFUSED(distcoord_job_options_set_unique(options, "u", -1));
    REFUSED(distcoord_job_options_set_unique(options, "u", 3));
    TAKEN(distcoord_job_options_set_concurrency_key(options, repeated('k', 512)));
    TAKEN(distcoord_job_options_set_concurrency_key(options, NULL));
    REFUSED(distcoord_job_options_set_concurrency_key(options, ""));
    REFUSED(distcoord_job_options_set_concurrency_key(options, repeated('k', 513)));
    REFUSED(distcoord_job_options_set_concurrency_key(options, "\xff"));
    TAKEN(distcoord_job_options_set_batch(options, "b"));
    TAKEN(distcoord_job_options_set_batch(options, NULL));
    REFUSED(distcoord_job_options_set_batch(options, ""));
    REFUSED(distcoord_job_options_set_batch(options, repeated('b', 129)));
    distcoord_job_options_free(options);
}

static void capabilities_are_checked(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    TAKEN(distcoord_job_options_set_capabilities(options, ""));
    TAKEN(distcoord_job_options_set_capabilities(options, "gpu"));
    TAKEN(distcoord_job_options_set_capabilities(options, "GPU,cuda-12.1,a_b+c:d/e"));
    TAKEN(distcoord_job_options_set_capabilities(options, repeated('c', 64)));
    TAKEN(distcoord_job_options_set_capabilities(options, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"));
    REFUSED(distcoord_job_options_set_capabilities(options, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"));
    REFUSED(distcoord_job_options_set_capabilities(options, repeated('c', 65)));
    REFUSED(distcoord_job_options_set_capabilities(options, "a b"));
    REFUSED(distcoord_job_options_set_capabilities(options, "a*"));
    REFUSED(distcoord_job_options_set_capabilities(options, "caf\xc3\xa9"));
    REFUSED(distcoord_job_options_set_capabilities(options, NULL));
    TAKEN(distcoord_job_options_set_pool(options, "blue"));
    TAKEN(distcoord_job_options_set_pool(options, ""));
    TAKEN(distcoord_job_options_set_pool(options, repeated('p', 59)));
    REFUSED(distcoord_job_options_set_pool(options, repeated('p', 60)));
    REFUSED(distcoord_job_options_set_pool(options, "a,b"));
    REFUSED(distcoord_job_options_set_pool(options, NULL));
    distcoord_job_options_free(options);
}

static void a_workers_queue_goes_with_nothing_else(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    for (int other = 0; other < 3; other++) {
        for (int is_first = 0; is_first < 2; is_first++) {
            distcoord_job_options *options = distcoord_job_options_new();
            distcoord_status before = DISTCOORD_OK, status = DISTCOORD_OK;
            if (is_first) before = distcoord_job_options_set_worker(options, "w");
            if (other == 0) status = distcoord_job_options_set_capabilities(options, "gpu");
            if (other == 1) status = distcoord_job_options_set_pool(options, "blue");
            if (other == 2) status = distcoord_job_options_set_concurrency_key(options, "k");
            CHECK_INT(before, DISTCOORD_OK);
            if (!is_first) {
                CHECK_INT(status, DISTCOORD_OK);
                status = distcoord_job_options_set_worker(options, "w");
            }
            /* Refused when it is set, or at the latest when it is pushed. */
            if (status == DISTCOORD_OK) {
                CHECK_STATUS(
                    distcoord_queue_push(queue, "x", 1, options, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
            } else {
                CHECK_INT(status, DISTCOORD_ERROR_INVALID_ARGUMENT);
            }
            distcoord_job_options_free(options);
        }
    }
    CHECK_INT(counts_of(queue).waiting, 0);
    distcoord_queue_free(queue);
    close_client(client);
}

static void headers_are_bounded(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    TAKEN(distcoord_job_options_set_header(options, "trace", "1"));
    TAKEN(distcoord_job_options_set_header(options, "empty", ""));
    TAKEN(distcoord_job_options_set_header(options, "absent", NULL));
    REFUSED(distcoord_job_options_set_header(options, NULL, "1"));
    REFUSED(distcoord_job_options_set_header(options, "", "1"));
    REFUSED(distcoord_job_options_set_header(options, repeated('n', 256), "1"));
    TAKEN(distcoord_job_options_set_header(options, repeated('n', 255), "1"));
    REFUSED(distcoord_job_options_set_header(options, "large", repeated('v', 16384)));
    TAKEN(distcoord_job_options_set_header(options, "large", repeated('v', 15000)));
    /* One that does not fit changes nothing; room is given back by what is removed. */
    REFUSED(distcoord_job_options_set_header(options, "more", repeated('v', 2000)));
    TAKEN(distcoord_job_options_set_header(options, "large", NULL));
    TAKEN(distcoord_job_options_set_header(options, "more", repeated('v', 2000)));
    distcoord_job_options_free(options);
}

static void dependencies_are_bounded(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    const char *ids[1001];
    for (size_t i = 0; i < COUNT_OF(ids); i++) ids[i] = "id";
    const char *with_hole[] = {"a", NULL}, *with_empty[] = {"", "a"};
    TAKEN(distcoord_job_options_set_after(options, ids, 1000, DISTCOORD_DEPENDENCY_FAIL));
    TAKEN(distcoord_job_options_set_after(options, ids, 1, DISTCOORD_DEPENDENCY_RUN));
    TAKEN(distcoord_job_options_set_after(options, NULL, 0, DISTCOORD_DEPENDENCY_SKIP));
    REFUSED(distcoord_job_options_set_after(options, ids, 1001, DISTCOORD_DEPENDENCY_FAIL));
    REFUSED(distcoord_job_options_set_after(options, ids, 1, 3));
    REFUSED(distcoord_job_options_set_after(options, ids, 1, -1));
    REFUSED(distcoord_job_options_set_after(options, NULL, 1, DISTCOORD_DEPENDENCY_FAIL));
    REFUSED(distcoord_job_options_set_after(options, with_hole, 2, DISTCOORD_DEPENDENCY_FAIL));
    REFUSED(distcoord_job_options_set_after(options, with_empty, 2, DISTCOORD_DEPENDENCY_FAIL));
    /* One that replaces another with its key does not wait for jobs as well: refused at the latest when it is pushed.
     */
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    push_as(queue, "id", "x", NULL);
    TAKEN(distcoord_job_options_set_after(options, ids, 1, DISTCOORD_DEPENDENCY_RUN));
    if (distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_REPLACE) == DISTCOORD_OK) {
        CHECK_STATUS(distcoord_queue_push(queue, "x", 1, options, NULL, 0, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    TAKEN(distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_REFUSE));
    CHECK_OK(distcoord_queue_push(queue, "x", 1, options, NULL, 0, E));
    distcoord_queue_free(queue);
    close_client(client);
    distcoord_job_options_free(options);
}

/* The worker finds what was said of the job, in both ways of pushing, with a small and with a large payload. */
static void what_is_set_travels(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    TAKEN(distcoord_job_options_set_task(options, "resize"));
    TAKEN(distcoord_job_options_set_priority(options, -7));
    TAKEN(distcoord_job_options_set_max_attempts(options, 9));
    TAKEN(distcoord_job_options_set_backoff_ms(options, 5, 50));
    TAKEN(distcoord_job_options_set_result_ttl_ms(options, 60000));
    TAKEN(distcoord_job_options_set_timeout_ms(options, 45000));
    TAKEN(distcoord_job_options_set_content_type(options, "image/png"));
    TAKEN(distcoord_job_options_set_header(options, "trace", "00-ab-cd-01"));
    TAKEN(distcoord_job_options_set_header(options, "empty", ""));
    TAKEN(distcoord_job_options_set_header(options, "Zeta", "\xc3\xa9 x"));
    TAKEN(distcoord_job_options_set_header(options, "trace", "00-ab-cd-02"));
    static char large[100000];
    memset(large, 'L', sizeof large);
    const void *payloads[2] = {"small", large};
    const size_t lengths[2] = {5, sizeof large};
    const distcoord_job_options *all[2] = {options, options};
    CHECK_OK(distcoord_queue_push(queue, payloads[0], lengths[0], options, NULL, 0, E));
    CHECK_OK(distcoord_queue_push(queue, payloads[1], lengths[1], options, NULL, 0, E));
    CHECK_OK(distcoord_queue_push_many(queue, payloads, lengths, all, 2, NULL, E));
    for (int i = 0; i < 4; i++) {
        distcoord_job *job = claim(queue, 0);
        REQUIRE(job != NULL);
        size_t length = 0;
        const void *payload = distcoord_job_payload(job, &length);
        CHECK_INT(length, lengths[i % 2]);
        CHECK(length == lengths[i % 2] && memcmp(payload, payloads[i % 2], length) == 0);
        CHECK_TEXT(distcoord_job_task(job), "resize");
        CHECK_TEXT(distcoord_job_queue(job), "a");
        CHECK_INT(distcoord_job_priority(job), -7);
        CHECK_INT(distcoord_job_attempt(job), 1);
        CHECK_INT(distcoord_job_max_attempts(job), 9);
        CHECK_INT(distcoord_job_timeout_ms(job), 45000);
        CHECK_TEXT(distcoord_job_content_type(job), "image/png");
        CHECK_TEXT(distcoord_job_batch(job), "");
        CHECK_INT(distcoord_job_header_count(job), 3);
        static const char *const headers[3][2] = {{"Zeta", "\xc3\xa9 x"}, {"empty", ""}, {"trace", "00-ab-cd-02"}};
        for (size_t k = 0; k < 3; k++) {
            CHECK_TEXT(distcoord_job_header_name(job, k), headers[k][0]);
            CHECK_TEXT(distcoord_job_header_value(job, k), headers[k][1]);
        }
        CHECK_TEXT(distcoord_job_header_name(job, 3), "");
        CHECK_TEXT(distcoord_job_header_value(job, SIZE_MAX), "");
        SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    }
    distcoord_job_options_free(options);
    /* And nothing of what was not said. */
    push_text(queue, "plain", NULL);
    distcoord_job *job = CLAIM(queue, "plain");
    CHECK_INT(distcoord_job_max_attempts(job), 4);
    CHECK_INT(distcoord_job_timeout_ms(job), 0);
    CHECK_TEXT(distcoord_job_content_type(job), "");
    CHECK_INT(distcoord_job_header_count(job), 0);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_queue_free(queue);
    close_client(client);
}

static void a_moment_replaces_a_delay_and_the_other_way_round(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_unix_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    TAKEN(distcoord_job_options_set_delay_ms(options, 3600000));
    TAKEN(distcoord_job_options_set_at_ms(options, now_unix_ms - 5000));
    push_text(queue, "past is now", options);
    CHECK_NEXT(queue, "past is now");
    TAKEN(distcoord_job_options_set_at_ms(options, now_unix_ms + 3600000));
    push_text(queue, "in an hour", options);
    CHECK(claim(queue, 0) == NULL);
    CHECK_INT(counts_of(queue).delayed, 1);
    TAKEN(distcoord_job_options_set_delay_ms(options, 0));
    push_text(queue, "at once", options);
    CHECK_NEXT(queue, "at once");
    clock_gettime(CLOCK_REALTIME, &now);
    now_unix_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    TAKEN(distcoord_job_options_set_at_ms(options, now_unix_ms + 300));
    push_text(queue, "soon", options);
    distcoord_job *job = claim(queue, 5000);
    REQUIRE(job != NULL);
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 >= now_unix_ms + 300);
    CHECK(has_payload(job, "soon"));
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"job_options_numbers_have_bounds", numbers_have_bounds},
    {"job_options_texts_have_bounds", texts_have_bounds},
    {"job_options_capabilities_are_checked", capabilities_are_checked},
    {"job_options_a_workers_queue_goes_with_nothing_else", a_workers_queue_goes_with_nothing_else},
    {"job_options_headers_are_bounded", headers_are_bounded},
    {"job_options_dependencies_are_bounded", dependencies_are_bounded},
    {"job_options_what_is_set_travels", what_is_set_travels},
    {"job_options_a_moment_replaces_a_delay_and_the_other_way_round",
        a_moment_replaces_a_delay_and_the_other_way_round},
};

HARNESS_MAIN(tests)
