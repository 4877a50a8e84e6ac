/* Circuit breakers while the server is away, forgetful, or slow to answer: no call fails for that, or waits for long. */
#define _GNU_SOURCE
#include "breaker_tools.h"
#include "proxy.h"

/* A client of a server of the test's own. */
static distcoord_client *client_of(const char *url, int64_t timeout_ms)
{
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    distcoord_options_set_command_timeout_ms(options, timeout_ms);
    distcoord_options_set_connect_timeout_ms(options, timeout_ms);
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

/* No call waits much longer than for one answer that does not come. */
#define CHECK_FAST(expression)                                          \
    do {                                                                \
        int64_t began_ = now_ms();                                      \
        CHECK(expression);                                              \
        CHECK(took_less(began_, 3000));                \
    } while (0)

static void alone_it_counts_for_itself(void)
{
    struct redis_server own;
    struct terms terms = usual;
    terms.recovery = 3000, terms.trials = 2;
    redis_server_start(&own, NULL);
    distcoord_client *client = client_of(own.url, 300);
    distcoord_breaker *breaker = open_breaker(client, "b", terms);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED));
    redis_server_kill(&own);
    /* As many as the threshold, at the first time with one that was counted before. */
    for (int wanted = 2; wanted < 4; wanted++) {
        int64_t began = now_ms();
        int failures = 0;
        while (call(breaker, DISTCOORD_CALL_FAILED)) failures++;
        CHECK_INT(failures, wanted);
        CHECK(took_less(began, 5000));
        CHECK_INT(distcoord_breaker_state(breaker), DISTCOORD_BREAKER_OPEN);
        if (wanted == 3) break;
        uint64_t first = 0, second = 0, none = 0;
        REQUIRE(EVENTUALLY(5000, is_allowed(breaker, &first)));
        CHECK_INT(distcoord_breaker_state(breaker), DISTCOORD_BREAKER_HALF_OPEN);
        CHECK(is_allowed(breaker, &second) && !is_allowed(breaker, &none));
        CHECK_OK(distcoord_breaker_report(breaker, first, DISTCOORD_CALL_SUCCEEDED, E));
        CHECK(!is_allowed(breaker, &none));
        CHECK_OK(distcoord_breaker_report(breaker, second, DISTCOORD_CALL_SUCCEEDED, E));
        CHECK_INT(distcoord_breaker_state(breaker), DISTCOORD_BREAKER_CLOSED);
    }
    distcoord_breaker_free(breaker);
    distcoord_client_free(client);
    redis_server_stop(&own);
}

static void alone_it_does_as_chosen(void)
{
    struct redis_server own;
    struct terms lenient = usual, strict = usual;
    lenient.fallback = DISTCOORD_FALLBACK_CLOSED, strict.fallback = DISTCOORD_FALLBACK_OPEN;
    lenient.recovery = strict.recovery = 100;
    redis_server_start(&own, NULL);
    distcoord_client *client = client_of(own.url, 300);
    distcoord_breaker *breakers[] = {
        open_breaker(client, "c", lenient), open_breaker(client, "o", strict), open_breaker(client, "oc", lenient),
        open_breaker(client, "never", lenient), open_breaker(client, "nevero", strict)};
    uint64_t permit = 0;
    int64_t retry = 0;
    CHECK(call(breakers[0], DISTCOORD_CALL_SUCCEEDED) && call(breakers[1], DISTCOORD_CALL_SUCCEEDED));
    while (call(breakers[2], DISTCOORD_CALL_FAILED)) {
    }
    redis_server_kill(&own);
    /* Each finds out by itself, when the keeper or a call finds nobody. */
    CHECK(call(breakers[1], DISTCOORD_CALL_FAILED));
    CHECK(EVENTUALLY(10000, !is_allowed(breakers[1], NULL)));
    CHECK_STATUS(distcoord_breaker_allow(breakers[1], &permit, &retry, E), DISTCOORD_REJECTED);
    CHECK_INT(retry, -1);
    CHECK_INT(distcoord_breaker_state(breakers[1]), DISTCOORD_BREAKER_OPEN);
    for (int i = 0; i < 10; i++) CHECK_FAST(call(breakers[0], DISTCOORD_CALL_FAILED));
    CHECK_INT(distcoord_breaker_state(breakers[0]), DISTCOORD_BREAKER_CLOSED);
    /* Also one that was open, when its process finds that it cannot ask; and one that was never asked. */
    CHECK(EVENTUALLY(10000, call(breakers[2], DISTCOORD_CALL_FAILED)));
    for (int i = 0; i < 5; i++) CHECK_FAST(call(breakers[2], DISTCOORD_CALL_FAILED));
    CHECK_FAST(call(breakers[3], DISTCOORD_CALL_SUCCEEDED));
    CHECK_FAST(!is_allowed(breakers[4], NULL));
    for (size_t i = 0; i < COUNT_OF(breakers); i++) distcoord_breaker_free(breakers[i]);
    distcoord_client_free(client);
    redis_server_stop(&own);
}

static void what_failed_meanwhile_is_told(void)
{
    struct redis_server own;
    static const char *const durable[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
    struct terms terms = usual;
    terms.threshold = 4;
    redis_server_start(&own, durable);
    distcoord_client *client = client_of(own.url, 300);
    distcoord_breaker *breaker = open_breaker(client, "b", terms);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED));
    CHECK(EVENTUALLY(5000, inspect(breaker).failures == 1));
    redis_server_kill(&own);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED) && call(breaker, DISTCOORD_CALL_FAILED));
    CHECK_STATUS(distcoord_breaker_flush(breaker, E), DISTCOORD_ERROR_UNREACHABLE);
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    redis_server_restart(&own, durable);
    distcoord_client *other_client = client_of(own.url, 10000);
    distcoord_breaker *other = open_breaker(other_client, "b", terms);
    CHECK(EVENTUALLY(10000, inspect(other).failures == 3 && inspect(other).succeeded == 1));
    /* From now on they are one again. */
    CHECK(call(other, DISTCOORD_CALL_FAILED));
    CHECK(EVENTUALLY(10000, !is_allowed(breaker, NULL)));
    CHECK_INT(inspect(other).opened, 1);
    CHECK_INT(inspect(other).failed, 4);
    distcoord_breaker_free(other);
    distcoord_breaker_free(breaker);
    close_client(other_client);
    close_client(client);
    redis_server_stop(&own);
}

static void lost_keys_are_a_closed_breaker(void)
{
    struct redis_server own;
    redis_server_start(&own, NULL);
    distcoord_client *client = client_of(own.url, 5000);
    distcoord_breaker *breaker = open_breaker(client, "b", usual);
    /* Not by failures: those that are just being told again would open it again. */
    CHECK_OK(distcoord_breaker_force(breaker, true, E));
    CHECK(!is_allowed(breaker, NULL));
    redis_server_restart(&own, NULL);
    /* It looks when it is connected again. */
    CHECK(EVENTUALLY(10000, call(breaker, DISTCOORD_CALL_SUCCEEDED)));
    /* The next change is a later one for all. */
    while (call(breaker, DISTCOORD_CALL_FAILED)) {
    }
    CHECK_INT(inspect(breaker).opened, 1);
    CHECK_INT(inspect(breaker).state, DISTCOORD_BREAKER_OPEN);
    distcoord_breaker_free(breaker);
    close_client(client);
    redis_server_stop(&own);
}

static void a_server_that_hangs_is_not_waited_for(void)
{
    struct redis_server own;
    struct terms terms = usual;
    redis_server_start(&own, NULL);
    distcoord_client *client = client_of(own.url, 30000);
    distcoord_breaker *breaker = open_breaker(client, "b", terms), *late = open_breaker(client, "late", terms);
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    kill(own.pid, SIGSTOP);
    CHECK_FAST(call(late, DISTCOORD_CALL_SUCCEEDED));
    for (int i = 0; i < 1000; i++) call(late, DISTCOORD_CALL_SUCCEEDED);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED) && call(breaker, DISTCOORD_CALL_FAILED));
    CHECK_FAST(call(breaker, DISTCOORD_CALL_FAILED));
    CHECK_FAST(!is_allowed(breaker, NULL));
    kill(own.pid, SIGCONT);
    CHECK(EVENTUALLY(20000, inspect(late).succeeded == 1001));
    CHECK(EVENTUALLY(20000, inspect(breaker).state == DISTCOORD_BREAKER_OPEN));
    distcoord_breaker_free(late);
    distcoord_breaker_free(breaker);
    close_client(client);
    redis_server_stop(&own);
}

static void a_lost_answer_counts_once(void)
{
    static struct proxy proxy;
    static const enum loss losses[] = {LOSE_REQUEST, LOSE_ANSWER};
    struct terms terms = usual;
    terms.flush = 60000, terms.recovery = 100, terms.trials = 2;
    proxy_start(&proxy, &server);
    distcoord_client *client = client_of(proxy.url, 5000), *other_client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", terms), *other = open_breaker(other_client, "b", terms);
    for (int i = 0; i < 2; i++) {
        struct standing before = inspect(other);
        CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED) && call(breaker, DISTCOORD_CALL_FAILED));
        proxy_lose(&proxy, losses[i]);
        CHECK_OK(distcoord_breaker_flush(breaker, E));
        struct standing after = inspect(other);
        CHECK_INT(after.succeeded - before.succeeded, 1);
        CHECK_INT(after.failed - before.failed, 1);
        CHECK_INT(after.failures, i + 1);
    }
    while (call(breaker, DISTCOORD_CALL_FAILED)) {
    }
    sleep_ms(120);
    /* A trial whose answer is lost is the same one when it is asked for again, and so is its report. */
    uint64_t first = 0, second = 0, none = 0;
    proxy_lose(&proxy, LOSE_ANSWER);
    REQUIRE(EVENTUALLY(5000, is_allowed(breaker, &first)));
    CHECK_INT(inspect(other).trials, 1);
    REQUIRE(is_allowed(breaker, &second));
    CHECK(!is_allowed(breaker, &none));
    proxy_lose(&proxy, LOSE_ANSWER);
    CHECK_OK(distcoord_breaker_report(breaker, first, DISTCOORD_CALL_SUCCEEDED, E));
    CHECK_INT(inspect(other).state, DISTCOORD_BREAKER_HALF_OPEN);
    CHECK_INT(inspect(other).trials, 1);
    proxy_lose(&proxy, LOSE_ANSWER);
    CHECK_OK(distcoord_breaker_report(breaker, second, DISTCOORD_CALL_SUCCEEDED, E));
    CHECK_INT(inspect(other).state, DISTCOORD_BREAKER_CLOSED);
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    CHECK_INT(atomic_load(&proxy.losses), 5);
    distcoord_breaker_free(other);
    distcoord_breaker_free(breaker);
    close_client(other_client);
    close_client(client);
}

static void closing_without_a_server_is_no_failure(void)
{
    struct redis_server own;
    redis_server_start(&own, NULL);
    distcoord_client *client = client_of(own.url, 300);
    struct terms terms = usual;
    terms.flush = 60000;
    distcoord_breaker *breaker = open_breaker(client, "b", terms);
    CHECK(call(breaker, DISTCOORD_CALL_SUCCEEDED));
    redis_server_kill(&own);
    CHECK_FAST(distcoord_client_close(client, NULL) == DISTCOORD_OK);
    distcoord_breaker_free(breaker);
    distcoord_client_free(client);
    redis_server_stop(&own);
}

static void failures_of_processes_add_up(void)
{
    struct terms terms = usual;
    terms.threshold = 8, terms.flush = 100;
    distcoord_client *client = open_client();
    distcoord_breaker *breaker = open_breaker(client, "b", terms);
    CHECK(call(breaker, DISTCOORD_CALL_FAILED));
    pid_t children[7];
    for (int i = 0; i < 7; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            /* The parent's handle is the child's, with a state of its own; its one failure is known to nobody else. */
            CHECK(call(breaker, DISTCOORD_CALL_FAILED));
            CHECK(EVENTUALLY(10000, distcoord_breaker_state(breaker) == DISTCOORD_BREAKER_OPEN));
            CHECK(!is_allowed(breaker, NULL));
            distcoord_breaker_free(breaker);
            distcoord_client_free(client);
            _exit(atomic_load(&failed_checks) != 0);
        }
    }
    for (int i = 0; i < 7; i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        CHECK_INT(status, 0);
    }
    CHECK(!is_allowed(breaker, NULL));
    CHECK_INT(inspect(breaker).failed, 8);
    CHECK_INT(inspect(breaker).opened, 1);
    distcoord_breaker_free(breaker);
    close_client(client);
}

static const struct test tests[] = {
    {"failures_of_processes_add_up", failures_of_processes_add_up},
    {"alone_it_counts_for_itself", alone_it_counts_for_itself},
    {"alone_it_does_as_chosen", alone_it_does_as_chosen},
    {"what_failed_meanwhile_is_told", what_failed_meanwhile_is_told},
    {"lost_keys_are_a_closed_breaker", lost_keys_are_a_closed_breaker},
    {"a_server_that_hangs_is_not_waited_for", a_server_that_hangs_is_not_waited_for},
    {"a_lost_answer_counts_once", a_lost_answer_counts_once},
    {"closing_without_a_server_is_no_failure", closing_without_a_server_is_no_failure},
};

HARNESS_MAIN(tests)
