/* What several threads write or publish at once goes to the server together: as if each had gone for itself. */
#define _GNU_SOURCE
#include "proxy.h"
#include "state_tools.h"

#include <signal.h>

enum { THREADS = 12, CALLS = 150, KEYS = 3, ID = 48 };

static distcoord_client *open_at(const char *url, int64_t timeout_ms)
{
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_command_timeout_ms(options, timeout_ms), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

static distcoord_topic *open_topic(distcoord_client *client)
{
    distcoord_topic *topic = NULL;
    REQUIRE_OK(distcoord_topic_open(client, "t", NULL, &topic, E));
    return topic;
}

struct caller {
    distcoord_state *state;
    distcoord_topic *topic;
    int number, failures;
    uint64_t versions[CALLS];
    int64_t places[CALLS];
};

/* What a thread writes as its nth; now and then something that goes for itself. */
static size_t content(char *text, int thread, int call)
{
    size_t length = (size_t)snprintf(text, 64, "%d of %d", call, thread);
    if (call % 50 != 49) return length;
    memset(text + length, '.', 3000 - length);
    return 3000;
}

static void start_all(pthread_t *threads, struct caller *callers, void *(*run)(void *), distcoord_state *state,
    distcoord_topic *topic)
{
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){.state = state, .topic = topic, .number = i};
        threads[i] = start_thread(run, &callers[i]);
    }
}

static void join_all(pthread_t *threads)
{
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static void lose_some(struct proxy *proxy)
{
    for (int i = 0; i < 30; i++) {
        proxy_lose(proxy, i % 2 ? LOSE_ANSWER : LOSE_REQUEST);
        sleep_ms(3);
    }
    proxy_lose(proxy, LOSE_NOTHING);
}

/* ---------------------------------------------------------------- values */

static void *write_all(void *argument)
{
    struct caller *caller = argument;
    char text[4096], key[8];
    for (int i = 0; i < CALLS; i++) {
        snprintf(key, sizeof key, "k%d", i % KEYS);
        CHECK_OK(distcoord_state_set(caller->state, key, text, content(text, caller->number, i), NONE,
            &caller->versions[i], E));
        if (i >= KEYS) CHECK(caller->versions[i] > caller->versions[i - KEYS]);
    }
    return NULL;
}

static int by_version(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* No two writes of a key have the same version, and what has the greatest stays. */
static void check_versions(const struct caller *callers, distcoord_state *state)
{
    static uint64_t versions[THREADS * CALLS / KEYS];
    char text[4096], key[8];
    for (int k = 0; k < KEYS; k++) {
        int count = 0, thread = 0, call = 0;
        uint64_t greatest = 0;
        for (int t = 0; t < THREADS; t++)
            for (int i = k; i < CALLS; i += KEYS) {
                uint64_t version = versions[count++] = callers[t].versions[i];
                if (version > greatest) greatest = version, thread = t, call = i;
            }
        qsort(versions, (size_t)count, sizeof versions[0], by_version);
        for (int i = 1; i < count; i++) CHECK(versions[i] > versions[i - 1]);
        snprintf(key, sizeof key, "k%d", k);
        distcoord_state_entry *entry = get(state, key);
        size_t length = content(text, thread, call);
        CHECK_INT(distcoord_state_entry_version(entry), greatest);
        CHECK_INT(distcoord_state_entry_length(entry), length);
        CHECK(memcmp(distcoord_state_entry_value(entry), text, length) == 0);
        distcoord_state_entry_free(entry);
    }
}

static void values_have_versions_of_their_own_whatever_is_lost(void)
{
    static struct proxy proxy;
    static struct caller callers[THREADS];
    pthread_t threads[THREADS];
    proxy_start(&proxy, &server);
    distcoord_client *client = open_at(proxy.url, 20000);
    distcoord_state *state = open_state(client);
    start_all(threads, callers, write_all, state, NULL);
    lose_some(&proxy);
    join_all(threads);
    CHECK(atomic_load(&proxy.losses) > 3);
    check_versions(callers, state);
    distcoord_state_free(state);
    close_client(client);
}

/* ---------------------------------------------------------------- messages */

static void *publish_all(void *argument)
{
    struct caller *caller = argument;
    char text[4096], id[ID];
    for (int i = 0; i < CALLS; i++) {
        CHECK_OK(distcoord_topic_publish(caller->topic, text, content(text, caller->number, i), id, sizeof id, E));
        caller->places[i] = atoll(strchr(id, '-') + 1);
        if (i > 0) CHECK(caller->places[i] > caller->places[i - 1]);
    }
    return NULL;
}

static void messages_have_ids_of_their_own_whatever_is_lost(void)
{
    static struct proxy proxy;
    static struct caller callers[THREADS];
    static bool seen[THREADS][CALLS];
    pthread_t threads[THREADS];
    proxy_start(&proxy, &server);
    distcoord_client *client = open_at(proxy.url, 20000);
    distcoord_topic *topic = open_topic(client);
    start_all(threads, callers, publish_all, NULL, topic);
    lose_some(&proxy);
    join_all(threads);
    CHECK(atomic_load(&proxy.losses) > 3);
    distcoord_subscription *all = NULL;
    REQUIRE_OK(distcoord_topic_subscribe(topic, "0", 0, 0, &all, E));
    for (int i = 0; i < THREADS * CALLS; i++) {
        distcoord_message *message = NULL;
        int call = -1, thread = -1;
        REQUIRE_OK(distcoord_subscription_next(all, 10000, &message, E));
        REQUIRE(sscanf(distcoord_message_payload(message), "%d of %d", &call, &thread) == 2);
        CHECK_INT(atoll(strchr(distcoord_message_id(message), '-') + 1), i + 1);
        CHECK_INT(callers[thread].places[call], i + 1);
        CHECK(!seen[thread][call]);
        seen[thread][call] = true;
        distcoord_message_free(message);
    }
    distcoord_message *more = NULL;
    CHECK_STATUS(distcoord_subscription_next(all, 0, &more, E), DISTCOORD_TIMED_OUT);
    distcoord_subscription_free(all);
    distcoord_topic_free(topic);
    close_client(client);
}

/* ---------------------------------------------------------------- a server that does not answer */

static void *write_in_vain(void *argument)
{
    struct caller *caller = argument;
    int64_t start = now_ms();
    distcoord_status status = distcoord_state_set(caller->state, "k", "x", 1, NONE, NULL, NULL);
    CHECK(status == DISTCOORD_ERROR_NO_REPLY || status == DISTCOORD_ERROR_UNREACHABLE);
    CHECK(now_ms() - start < 1600 * time_factor());
    caller->failures++;
    return NULL;
}

static void nobody_waits_longer_than_a_call_may_take(void)
{
    static struct caller callers[THREADS];
    struct redis_server own;
    pthread_t threads[THREADS];
    redis_server_start(&own, NULL);
    distcoord_client *client = open_at(own.url, 700);
    distcoord_state *state = open_state(client);
    set_text(state, "k", "before");
    kill(own.pid, SIGSTOP);
    start_all(threads, callers, write_in_vain, state, NULL);
    join_all(threads);
    for (int i = 0; i < THREADS; i++) CHECK_INT(callers[i].failures, 1);
    kill(own.pid, SIGCONT);
    /* Nothing is left behind that the next ones would wait for. */
    start_all(threads, callers, write_all, state, NULL);
    join_all(threads);
    check_versions(callers, state);
    distcoord_state_free(state);
    close_client(client);
    redis_server_stop(&own);
}

/* ---------------------------------------------------------------- forks */

static const struct test tests[] = {
    {"joint_calls_values_have_versions_of_their_own_whatever_is_lost",
        values_have_versions_of_their_own_whatever_is_lost},
    {"joint_calls_messages_have_ids_of_their_own_whatever_is_lost", messages_have_ids_of_their_own_whatever_is_lost},
    {"joint_calls_nobody_waits_longer_than_a_call_may_take", nobody_waits_longer_than_a_call_may_take},
};

HARNESS_MAIN(tests)
