/* Breakers with short times, and what is asked of them again and again. */
#ifndef BREAKER_TOOLS_H
#define BREAKER_TOOLS_H

#include "harness.h"

struct terms {
    int64_t threshold, sampling, recovery, trials, trial_timeout, flush;
    int32_t fallback;
};

__attribute__((unused)) static const struct terms usual = {3, 60000, 60000, 1, 60000, 50, DISTCOORD_FALLBACK_LOCAL};

__attribute__((unused)) static distcoord_breaker *open_breaker(
    distcoord_client *client, const char *name, struct terms terms)
{
    distcoord_breaker_options *options = distcoord_breaker_options_new();
    distcoord_breaker *breaker = NULL;
    CHECK_INT(distcoord_breaker_options_set_failure_threshold(options, terms.threshold), DISTCOORD_OK);
    CHECK_INT(distcoord_breaker_options_set_sampling_ms(options, terms.sampling), DISTCOORD_OK);
    CHECK_INT(distcoord_breaker_options_set_recovery_ms(options, terms.recovery), DISTCOORD_OK);
    CHECK_INT(distcoord_breaker_options_set_trials(options, terms.trials), DISTCOORD_OK);
    CHECK_INT(distcoord_breaker_options_set_trial_timeout_ms(options, terms.trial_timeout), DISTCOORD_OK);
    CHECK_INT(distcoord_breaker_options_set_flush_ms(options, terms.flush), DISTCOORD_OK);
    CHECK_INT(distcoord_breaker_options_set_fallback(options, terms.fallback), DISTCOORD_OK);
    REQUIRE_OK(distcoord_breaker_open(client, name, options, &breaker, E));
    distcoord_breaker_options_free(options);
    return breaker;
}

/* Whether a call is let through; it is not reported. */
__attribute__((unused)) static bool is_allowed(distcoord_breaker *breaker, uint64_t *out_permit)
{
    uint64_t permit = 0;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_breaker_allow(breaker, &permit, NULL, &error);
    if (status != DISTCOORD_OK && status != DISTCOORD_REJECTED) {
        report(__FILE__, __LINE__, "allow answers %s: %s", distcoord_status_name(status), distcoord_error_message(error));
    }
    distcoord_error_free(error);
    CHECK((permit != 0) == (status == DISTCOORD_OK));
    if (out_permit) *out_permit = permit;
    return status == DISTCOORD_OK;
}

/* A call that ends like that; whether it was let through. */
__attribute__((unused)) static bool call(distcoord_breaker *breaker, int32_t outcome)
{
    uint64_t permit = 0;
    if (!is_allowed(breaker, &permit)) return false;
    CHECK_OK(distcoord_breaker_report(breaker, permit, outcome, E));
    return true;
}

struct standing {
    int32_t state;
    int64_t failures, succeeded, failed, rejected, opened, trials, since, retry;
};

__attribute__((unused)) static struct standing take_info(distcoord_breaker_info *info)
{
    struct standing standing = {
        distcoord_breaker_info_state(info), distcoord_breaker_info_failures(info), distcoord_breaker_info_succeeded(info),
        distcoord_breaker_info_failed(info), distcoord_breaker_info_rejected(info), distcoord_breaker_info_opened(info),
        distcoord_breaker_info_trials(info), distcoord_breaker_info_since_ms(info),
        distcoord_breaker_info_retry_after_ms(info)};
    distcoord_breaker_info_free(info);
    return standing;
}

__attribute__((unused)) static struct standing inspect(distcoord_breaker *breaker)
{
    distcoord_breaker_info *info = NULL;
    CHECK_OK(distcoord_breaker_inspect(breaker, &info, E));
    return take_info(info);
}

#endif
