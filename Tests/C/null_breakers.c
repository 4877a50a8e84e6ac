/* Every function of circuit breakers and rate limiters with NULL wherever it can be passed, and with numbers out of range. */
#include "null_tools.h"

static void breakers(void)
{
    distcoord_client *client = open_client();
    distcoord_breaker *breaker = NULL;
    distcoord_breaker_info *info = NULL;
    distcoord_watch *watch = NULL;
    uint64_t permit = 0;
    CHECK_INVALID(distcoord_breaker_open(NULL, "a", NULL, &breaker, E));
    CHECK_INVALID(distcoord_breaker_open(client, NULL, NULL, &breaker, E));
    CHECK_INVALID(distcoord_breaker_open(client, "", NULL, &breaker, E));
    CHECK_INVALID(distcoord_breaker_open(client, "a\n", NULL, &breaker, E));
    CHECK_INVALID(distcoord_breaker_open(client, "a", NULL, NULL, E));
    REQUIRE_OK(distcoord_breaker_open(client, "a", NULL, &breaker, E));
    CHECK_INVALID(distcoord_breaker_allow(NULL, &permit, NULL, E));
    CHECK_INVALID(distcoord_breaker_allow(breaker, NULL, NULL, E));
    CHECK_OK(distcoord_breaker_allow(breaker, &permit, NULL, E));
    CHECK_INVALID(distcoord_breaker_report(NULL, permit, DISTCOORD_CALL_SUCCEEDED, E));
    CHECK_INVALID(distcoord_breaker_report(breaker, 0, DISTCOORD_CALL_SUCCEEDED, E));
    CHECK_INVALID(distcoord_breaker_report(breaker, permit, 3, E));
    CHECK_INVALID(distcoord_breaker_report(breaker, permit, -1, E));
    /* Numbers that nobody was given say nothing. */
    for (uint64_t number = 1; number != 0; number = number << 1) {
        CHECK_OK(distcoord_breaker_report(breaker, number, DISTCOORD_CALL_FAILED, E));
        CHECK_OK(distcoord_breaker_report(breaker, ~number, DISTCOORD_CALL_DISCARDED, E));
    }
    CHECK_INVALID(distcoord_breaker_call(NULL, NULL, NULL, NULL, E));
    CHECK_INVALID(distcoord_breaker_call(breaker, NULL, NULL, NULL, E));
    CHECK_INT(distcoord_breaker_state(NULL), DISTCOORD_BREAKER_CLOSED);
    CHECK_INVALID(distcoord_breaker_force(NULL, true, E));
    CHECK_INVALID(distcoord_breaker_reset(NULL, E));
    CHECK_INVALID(distcoord_breaker_flush(NULL, E));
    CHECK_INVALID(distcoord_breaker_inspect(NULL, &info, E));
    CHECK_INVALID(distcoord_breaker_inspect(breaker, NULL, E));
    CHECK_INVALID(distcoord_breaker_watch(NULL, &watch, E));
    CHECK_INVALID(distcoord_breaker_watch(breaker, NULL, E));
    REQUIRE_OK(distcoord_breaker_watch(breaker, &watch, E));
    CHECK_INVALID(distcoord_breaker_watch_next(NULL, 0, &info, E));
    CHECK_INVALID(distcoord_breaker_watch_next(watch, 0, NULL, E));
    CHECK_INT(distcoord_breaker_info_state(NULL), 0);
    CHECK_INT(distcoord_breaker_info_failures(NULL), 0);
    CHECK_INT(distcoord_breaker_info_succeeded(NULL), 0);
    CHECK_INT(distcoord_breaker_info_failed(NULL), 0);
    CHECK_INT(distcoord_breaker_info_rejected(NULL), 0);
    CHECK_INT(distcoord_breaker_info_opened(NULL), 0);
    CHECK_INT(distcoord_breaker_info_trials(NULL), 0);
    CHECK_INT(distcoord_breaker_info_since_ms(NULL), 0);
    CHECK_INT(distcoord_breaker_info_retry_after_ms(NULL), 0);
    distcoord_breaker_info_free(NULL);
    distcoord_watch_free(watch);
    distcoord_breaker_free(NULL);
    distcoord_breaker_free(breaker);
    close_client(client);
}

static void breaker_options(void)
{
    typedef distcoord_status setter(distcoord_breaker_options *, int64_t);
    static const struct {
        setter *set;
        int64_t least, most;
    } numbers[] = {
        {distcoord_breaker_options_set_failure_threshold, 1, 10000},
        {distcoord_breaker_options_set_sampling_ms, 10, 86400000},
        {distcoord_breaker_options_set_recovery_ms, 10, 86400000},
        {distcoord_breaker_options_set_trials, 1, 1000},
        {distcoord_breaker_options_set_trial_timeout_ms, 10, 86400000},
        {distcoord_breaker_options_set_flush_ms, 10, 60000},
    };
    distcoord_breaker_options *options = distcoord_breaker_options_new();
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        CHECK_SETTER_INVALID(numbers[i].set(NULL, numbers[i].least));
        CHECK_SETTER_INVALID(numbers[i].set(options, numbers[i].least - 1));
        CHECK_SETTER_INVALID(numbers[i].set(options, numbers[i].most + 1));
        CHECK_SETTER_INVALID(numbers[i].set(options, INT64_MIN));
        CHECK_SETTER_INVALID(numbers[i].set(options, INT64_MAX));
        CHECK_INT(numbers[i].set(options, numbers[i].least), DISTCOORD_OK);
        CHECK_INT(numbers[i].set(options, numbers[i].most), DISTCOORD_OK);
    }
    CHECK_SETTER_INVALID(distcoord_breaker_options_set_fallback(NULL, 0));
    CHECK_SETTER_INVALID(distcoord_breaker_options_set_fallback(options, -1));
    CHECK_SETTER_INVALID(distcoord_breaker_options_set_fallback(options, 3));
    CHECK_INT(distcoord_breaker_options_set_fallback(options, 2), DISTCOORD_OK);
    distcoord_breaker_options_free(NULL);
    distcoord_breaker_options_free(options);
}

static void limiters(void)
{
    distcoord_client *client = open_client();
    distcoord_limiter *limiter = NULL;
    int64_t wait = 0;
    char key[514];
    memset(key, 'k', sizeof key);
    key[513] = '\0';
    CHECK_INVALID(distcoord_limiter_open(NULL, "a", NULL, &limiter, E));
    CHECK_INVALID(distcoord_limiter_open(client, NULL, NULL, &limiter, E));
    CHECK_INVALID(distcoord_limiter_open(client, "", NULL, &limiter, E));
    CHECK_INVALID(distcoord_limiter_open(client, "a", NULL, NULL, E));
    REQUIRE_OK(distcoord_limiter_open(client, "a", NULL, &limiter, E));
    CHECK_INVALID(distcoord_limiter_acquire(NULL, NULL, 1, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, "", 1, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, "\t", 1, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, "\xFF", 1, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, key, 1, 0, &wait, E));
    key[512] = '\0';
    CHECK_OK(distcoord_limiter_acquire(limiter, key, 1, INT64_MAX, &wait, E));
    CHECK_OK(distcoord_limiter_acquire(limiter, NULL, 1, INT64_MIN, NULL, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, NULL, 0, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, NULL, -1, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, NULL, 11, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_acquire(limiter, NULL, INT64_MAX, 0, &wait, E));
    CHECK_INVALID(distcoord_limiter_inspect(NULL, NULL, NULL, NULL, E));
    CHECK_OK(distcoord_limiter_inspect(limiter, NULL, NULL, NULL, E));
    CHECK_INVALID(distcoord_limiter_reset(NULL, NULL, E));
    CHECK_INVALID(distcoord_limiter_reset(limiter, "", E));
    distcoord_limiter_cancel(NULL);
    distcoord_limiter_cancel(limiter);
    distcoord_limiter_free(NULL);
    distcoord_limiter_free(limiter);
    close_client(client);
}

static void limiter_options(void)
{
    distcoord_client *client = open_client();
    distcoord_limiter_options *options = distcoord_limiter_options_new();
    distcoord_limiter *limiter = NULL;
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_algorithm(NULL, 0));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_algorithm(options, 2));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_algorithm(options, -1));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_limit(NULL, 1, 1));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_limit(options, 0, 1));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_limit(options, 1000001, 1));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_limit(options, 1, 0));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_limit(options, 1, 2592000001));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_burst(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_burst(options, -1));
    CHECK_SETTER_INVALID(distcoord_limiter_options_set_burst(options, 1000001));
    /* The extremes of what is possible. */
    static const int64_t extremes[][3] = {
        {1, 1, 1}, {1, 2592000000, 1}, {1, 2592000000, 1000000}, {1000000, 1, 1}, {1000000, 1, 1000000},
        {1000000, 2592000000, 1000000}, {7, 1, 1000000}};
    for (size_t i = 0; i < COUNT_OF(extremes); i++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", (int)i);
        CHECK_INT(distcoord_limiter_options_set_limit(options, extremes[i][0], extremes[i][1]), DISTCOORD_OK);
        CHECK_INT(distcoord_limiter_options_set_burst(options, extremes[i][2]), DISTCOORD_OK);
        REQUIRE_OK(distcoord_limiter_open(client, name, options, &limiter, E));
        int64_t available = 0, wait = 0;
        CHECK_OK(distcoord_limiter_acquire(limiter, NULL, extremes[i][2], 0, NULL, E));
        CHECK_OK(distcoord_limiter_inspect(limiter, NULL, &available, &wait, E));
        /* After the longest period, and what is rounded in a bucket that fills up in 80 000 years. */
        CHECK(available >= 0 && available <= extremes[i][2] && wait >= 0 && wait <= 2592000000 + 1);
        distcoord_limiter_free(limiter);
    }
    CHECK_INT(distcoord_limiter_options_set_algorithm(options, DISTCOORD_LIMIT_SLIDING_WINDOW), DISTCOORD_OK);
    CHECK_INVALID(distcoord_limiter_open(client, "w", options, &limiter, E));
    CHECK_INT(distcoord_limiter_options_set_burst(options, 0), DISTCOORD_OK);
    REQUIRE_OK(distcoord_limiter_open(client, "w", options, &limiter, E));
    distcoord_limiter_free(limiter);
    distcoord_limiter_options_free(NULL);
    distcoord_limiter_options_free(options);
    close_client(client);
}

static const struct test tests[] = {
    {"breakers", breakers},
    {"breaker_options", breaker_options},
    {"limiters", limiters},
    {"limiter_options", limiter_options},
};

HARNESS_MAIN(tests)
