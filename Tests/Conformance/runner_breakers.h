/* What the C runner can be asked about circuit breakers and rate limiters. */
#ifndef RUNNER_BREAKERS_H
#define RUNNER_BREAKERS_H

#include "runner_wire.h"

static struct handle breakers[LIMIT], limiters[LIMIT];

/* The place of a word in a list that NULL ends; `missing` when the request does not have the key, -1 for another word. */
static int32_t choice_of(const char *key, const char *const *among, int32_t missing)
{
    const char *word = text_of(key, NULL);
    if (word == NULL) return missing;
    for (int32_t i = 0; among[i]; i++) {
        if (strcmp(among[i], word) == 0) return i;
    }
    return -1;
}

/* ---------------------------------------------------------------- breakers */

static const char *const breaker_states[] = {"closed", "open", "half_open", "forced_closed", "forced_open", NULL};
static const char *const call_outcomes[] = {"success", "failure", "discarded", NULL};

/* Calls that were allowed and not reported, the first one first. */
struct allowed {
    struct allowed *next;
    uint64_t permit;
};

static struct handle allowed_calls[LIMIT];

static distcoord_status find_breaker(distcoord_breaker **out)
{
    static const struct {
        const char *key;
        distcoord_status (*set)(distcoord_breaker_options *, int64_t);
    } numbers[] = {
        {"threshold", distcoord_breaker_options_set_failure_threshold},
        {"sampling", distcoord_breaker_options_set_sampling_ms},
        {"recovery", distcoord_breaker_options_set_recovery_ms},
        {"trials", distcoord_breaker_options_set_trials},
        {"trial_timeout", distcoord_breaker_options_set_trial_timeout_ms},
        {"flush", distcoord_breaker_options_set_flush_ms},
    };
    static const char *const fallbacks[] = {"local", "closed", "open", NULL};
    struct handle *at = slot(breakers, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_breaker_options *options = distcoord_breaker_options_new();
        distcoord_breaker *breaker = NULL;
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && status == DISTCOORD_OK; i++) {
            if (text_of(numbers[i].key, NULL)) status = numbers[i].set(options, number_of(numbers[i].key, 0));
        }
        if (status == DISTCOORD_OK) {
            status = distcoord_breaker_options_set_fallback(options, choice_of("fallback", fallbacks, 0));
        }
        if (status == DISTCOORD_OK) status = distcoord_breaker_open(client, name(), options, &breaker, NULL);
        distcoord_breaker_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), breaker);
    }
    *out = at->pointer;
    return status;
}

static int32_t answer_with(void *context) { return *(int32_t *)context; }

static void allow_call(distcoord_breaker *breaker)
{
    uint64_t permit = 0;
    int64_t retry = 0;
    distcoord_status status = distcoord_breaker_allow(breaker, &permit, &retry, NULL);
    answered(status);
    if (status == DISTCOORD_REJECTED) print_number("retry", retry);
    if (status != DISTCOORD_OK) return;
    struct handle *at = slot(allowed_calls, name());
    struct allowed *made = malloc(sizeof *made), *last = at->pointer;
    *made = (struct allowed){NULL, permit};
    while (last && last->next) last = last->next;
    if (last) {
        last->next = made;
    } else {
        keep(at, name(), made);
    }
}

static void report_call(distcoord_breaker *breaker)
{
    struct handle *at = slot(allowed_calls, name());
    struct allowed *first = at->pointer;
    if (first == NULL) {
        answered(DISTCOORD_NOT_HELD);
        return;
    }
    at->pointer = first->next;
    answered(distcoord_breaker_report(breaker, first->permit, choice_of("outcome", call_outcomes, 0), NULL));
    free(first);
}

static void print_breaker(const distcoord_breaker_info *info)
{
    print_text("state", breaker_states[distcoord_breaker_info_state(info)]);
    print_number("failures", distcoord_breaker_info_failures(info));
    print_number("succeeded", distcoord_breaker_info_succeeded(info));
    print_number("failed", distcoord_breaker_info_failed(info));
    print_number("rejected", distcoord_breaker_info_rejected(info));
    print_number("opened", distcoord_breaker_info_opened(info));
    print_number("trials", distcoord_breaker_info_trials(info));
    print_number("retry", distcoord_breaker_info_retry_after_ms(info));
}

static void watch_breaker(distcoord_breaker *breaker)
{
    distcoord_watch *watch = NULL;
    distcoord_status status = distcoord_breaker_watch(breaker, &watch, NULL);
    int32_t wanted = choice_of("for", breaker_states, 0);
    while (status == DISTCOORD_OK) {
        distcoord_breaker_info *info = NULL;
        status = distcoord_breaker_watch_next(watch, number_of("wait", -1), &info, NULL);
        bool is_it = status == DISTCOORD_OK && distcoord_breaker_info_state(info) == wanted;
        if (is_it) {
            answered(status);
            print_breaker(info);
        }
        distcoord_breaker_info_free(info);
        if (is_it) break;
    }
    if (status != DISTCOORD_OK) answered(status);
    distcoord_watch_free(watch);
}

static void ask_breaker(const char *verb)
{
    distcoord_breaker *breaker = NULL;
    distcoord_breaker_info *info = NULL;
    distcoord_status status = find_breaker(&breaker);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "call") == 0) {
        int32_t outcome = choice_of("outcome", call_outcomes, 0);
        answered(distcoord_breaker_call(breaker, answer_with, &outcome, NULL, NULL));
    } else if (strcmp(verb, "allow") == 0) {
        allow_call(breaker);
    } else if (strcmp(verb, "report") == 0) {
        report_call(breaker);
    } else if (strcmp(verb, "state") == 0) {
        answered(DISTCOORD_OK);
        print_text("state", breaker_states[distcoord_breaker_state(breaker)]);
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_breaker_inspect(breaker, &info, NULL))) print_breaker(info);
        distcoord_breaker_info_free(info);
    } else if (strcmp(verb, "watch") == 0) {
        watch_breaker(breaker);
    } else if (strcmp(verb, "force") == 0) {
        answered(distcoord_breaker_force(breaker, strcmp(text_of("to", ""), "open") == 0, NULL));
    } else if (strcmp(verb, "reset") == 0) {
        answered(distcoord_breaker_reset(breaker, NULL));
    } else if (strcmp(verb, "flush") == 0) {
        answered(distcoord_breaker_flush(breaker, NULL));
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- limiters */

static distcoord_status find_limiter(distcoord_limiter **out)
{
    static const char *const algorithms[] = {"bucket", "window", NULL};
    struct handle *at = slot(limiters, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_limiter_options *options = distcoord_limiter_options_new();
        distcoord_limiter *limiter = NULL;
        status = distcoord_limiter_options_set_algorithm(options, choice_of("algorithm", algorithms, 0));
        if (status == DISTCOORD_OK) {
            status = distcoord_limiter_options_set_limit(options, number_of("limit", 10), number_of("per", 1000));
        }
        if (status == DISTCOORD_OK) status = distcoord_limiter_options_set_burst(options, number_of("burst", 0));
        if (status == DISTCOORD_OK) status = distcoord_limiter_open(client, name(), options, &limiter, NULL);
        distcoord_limiter_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), limiter);
    }
    *out = at->pointer;
    return status;
}

static void ask_limiter(const char *verb)
{
    distcoord_limiter *limiter = NULL;
    const char *key = text_of("key", NULL);
    int64_t available = 0, wait = 0;
    distcoord_status status = find_limiter(&limiter);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "acquire") == 0) {
        status = distcoord_limiter_acquire(
            limiter, key, number_of("permits", 1), number_of("wait", -1), &wait, NULL);
        answered(status);
        if (status == DISTCOORD_OK || status == DISTCOORD_TIMED_OUT) print_number("wait", wait);
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_limiter_inspect(limiter, key, &available, &wait, NULL))) {
            print_number("available", available);
            print_number("wait", wait);
        }
    } else if (strcmp(verb, "reset") == 0) {
        answered(distcoord_limiter_reset(limiter, key, NULL));
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- the end */

static void free_breakers(void)
{
    for (int i = 0; i < LIMIT; i++) {
        distcoord_limiter_free(limiters[i].pointer);
        distcoord_breaker_free(breakers[i].pointer);
        for (struct allowed *call = allowed_calls[i].pointer, *next; call; call = next) {
            next = call->next;
            free(call);
        }
    }
}

#endif
