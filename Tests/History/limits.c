/* Limiters and circuit breakers. */
#include "sharing.h"

static distcoord_limiter *open_limiter(bool is_window) {
    distcoord_limiter *limiter = NULL;
    distcoord_error *error = NULL;
    distcoord_limiter_options *options = distcoord_limiter_options_new();
    if (is_window) {
        need(distcoord_limiter_options_set_algorithm(options, DISTCOORD_LIMIT_SLIDING_WINDOW), NULL);
        need(distcoord_limiter_options_set_limit(options, SLOTS, WINDOW_MS), NULL);
    } else {
        need(distcoord_limiter_options_set_limit(options, TOKENS, 1000), NULL);
        need(distcoord_limiter_options_set_burst(options, BURST), NULL);
    }
    need(distcoord_limiter_open(client, is_window ? "window" : "bucket", options, &limiter, &error), error);
    distcoord_limiter_options_free(options);
    return limiter;
}

void take(struct sharer *sharer) {
    distcoord_limiter *limiters[] = {open_limiter(false), open_limiter(true)};
    while (goes_on(sharer)) {
        int which = (int)(rand_r(&sharer->random) % 2);
        int64_t wait = rand_r(&sharer->random) % 2 ? rand_r(&sharer->random) % 300 : 0;
        int64_t permits = 1 + rand_r(&sharer->random) % 3;
        volatile struct deed *deed = begin(sharer, which ? TAKE_SLOTS : TAKE_TOKENS, 0);
        deed->a = permits;
        end(deed, distcoord_limiter_acquire(limiters[which], NULL, permits, wait, NULL, NULL));
        rest(sharer, 20000);
    }
    distcoord_limiter_free(limiters[0]);
    distcoord_limiter_free(limiters[1]);
}

static distcoord_breaker *open_breaker(void) {
    distcoord_breaker *breaker = NULL;
    distcoord_error *error = NULL;
    distcoord_breaker_options *options = distcoord_breaker_options_new();
    need(distcoord_breaker_options_set_failure_threshold(options, 3), NULL);
    need(distcoord_breaker_options_set_recovery_ms(options, RECOVERY_MS), NULL);
    need(distcoord_breaker_options_set_trials(options, TRIALS), NULL);
    need(distcoord_breaker_options_set_trial_timeout_ms(options, LEASE_MS), NULL);
    need(distcoord_breaker_options_set_flush_ms(options, 20), NULL);
    /* A process by itself would let its own trials through. */
    need(distcoord_breaker_options_set_fallback(options, DISTCOORD_FALLBACK_OPEN), NULL);
    need(distcoord_breaker_open(client, "breaker", options, &breaker, &error), error);
    distcoord_breaker_options_free(options);
    return breaker;
}

void call_what_fails(struct sharer *sharer) {
    distcoord_breaker *breaker = open_breaker();
    while (goes_on(sharer)) {
        uint64_t permit = 0;
        volatile struct deed *deed = begin(sharer, ASK, 0);
        distcoord_status status = distcoord_breaker_allow(breaker, &permit, NULL, NULL);
        end(deed, status);
        rest(sharer, 20000);
        if (status == DISTCOORD_OK) distcoord_breaker_report(breaker, permit, DISTCOORD_CALL_FAILED, NULL);
    }
    distcoord_breaker_free(breaker);
}
