/* Shared state when answers are lost, connections cut and the server is killed: counted once, and never back. */
#define _GNU_SOURCE
#include "proxy.h"
#include "state_tools.h"

#include <limits.h>

static distcoord_client *open_at(const char *url, int64_t timeout_ms) {
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_command_timeout_ms(options, timeout_ms), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

/* Each call is done once, whichever message is lost, and what another has written meanwhile stays. */
static void lost_messages(void) {
    static struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_client *client = open_at(proxy.url, 10000), *other = open_client();
    distcoord_state *state = open_state(client), *theirs = open_state(other);
    uint64_t version = 0, now = 0;
    int64_t number = 0;
    set_text(state, "k", "first");
    for (int i = 0; i < 20; i++) {
        enum loss loss = i % 2 ? LOSE_ANSWER : LOSE_REQUEST;
        int before = atomic_load(&proxy.losses);
        proxy_lose(&proxy, loss);
        CHECK_OK(distcoord_state_add(state, "n", 1, KEEP, &number, E));
        CHECK_INT(number, i + 1);
        proxy_lose(&proxy, loss);
        CHECK_OK(distcoord_state_append(state, "l", "i", 1, 0, KEEP, &number, E));
        CHECK_INT(number, i + 1);
        proxy_lose(&proxy, loss);
        CHECK_OK(distcoord_state_set(state, "k", "mine", 4, NONE, &version, E));
        proxy_lose(&proxy, loss);
        CHECK_OK(distcoord_state_set_if(state, "k", "still mine", 10, NONE, version, &now, E));
        CHECK(now > version);
        proxy_lose(&proxy, loss);
        CHECK_OK(distcoord_state_delete(state, "k", now, E));
        proxy_lose(&proxy, loss);
        CHECK_OK(distcoord_state_set_if(state, "k", "new", 3, NONE, 0, &version, E));
        CHECK(version > now);
        proxy_lose(&proxy, loss);
        CHECK_OK(distcoord_state_clear(state, "k", &number, E));
        CHECK_INT(number, 1);
        CHECK_INT(atomic_load(&proxy.losses), before + 7);
    }
    CHECK_VALUE(theirs, "n", "20");
    distcoord_state_free(theirs);
    distcoord_state_free(state);
    close_client(other);
    close_client(client);
}

struct counting {
    struct proxy *proxy;
    distcoord_state *state;
    atomic_bool *stopping;
    int64_t added;
};

static void *count_up(void *argument) {
    struct counting *counting = argument;
    for (int i = 0; i < 150; i++) {
        CHECK_OK(distcoord_state_add(counting->state, "n", 1, KEEP, NULL, E));
        counting->added++;
    }
    return NULL;
}

/* Eight threads count through a proxy that loses an answer every few milliseconds. */
static void counters_are_exact_whatever_is_lost(void) {
    enum { THREADS = 8 };
    static struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_client *client = open_at(proxy.url, 20000);
    distcoord_state *state = open_state(client);
    struct counting counting[THREADS];
    pthread_t threads[THREADS];
    int64_t added = 0, value = 0;
    CHECK_OK(distcoord_state_add(state, "n", 0, KEEP, NULL, E));
    for (int i = 0; i < THREADS; i++) {
        counting[i] = (struct counting){.proxy = &proxy, .state = state};
        threads[i] = start_thread(count_up, &counting[i]);
    }
    for (int i = 0; i < 40; i++) {
        proxy_lose(&proxy, i % 2 ? LOSE_ANSWER : LOSE_REQUEST);
        sleep_ms(3);
    }
    proxy_lose(&proxy, LOSE_NOTHING);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        added += counting[i].added;
    }
    CHECK(atomic_load(&proxy.losses) > 5);
    CHECK_OK(distcoord_state_add(state, "n", 0, KEEP, &value, E));
    CHECK_INT(value, added);
    distcoord_state_free(state);
    close_client(client);
}

/* ---------------------------------------------------------------- killed and started again */

static const char *const durable[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};

struct adder {
    const char *url;
    int64_t confirmed;
    atomic_bool *stopping;
};

/* Adds; what is in doubt is not confirmed. */
static void *add_meanwhile(void *argument) {
    struct adder *adder = argument;
    distcoord_client *client = open_at(adder->url, 20000);
    distcoord_state *state = open_state(client);
    while (!atomic_load(adder->stopping)) {
        if (distcoord_state_add(state, "n", 1, KEEP, NULL, NULL) == DISTCOORD_OK) adder->confirmed++;
    }
    distcoord_state_free(state);
    close_client(client);
    return NULL;
}

/* The server is killed twice while four clients count: what it has confirmed it has counted, once. */
static void counters_are_exact_over_a_killed_server(void) {
    enum { THREADS = 4 };
    struct redis_server own;
    redis_server_start(&own, durable);
    atomic_bool stopping = false;
    struct adder adders[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        adders[i] = (struct adder){.url = own.url, .stopping = &stopping};
        threads[i] = start_thread(add_meanwhile, &adders[i]);
    }
    for (int i = 0; i < 2; i++) {
        sleep_ms(300);
        redis_server_kill(&own);
        redis_server_restart(&own, durable);
    }
    sleep_ms(300);
    atomic_store(&stopping, true);
    int64_t confirmed = 0, value = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        confirmed += adders[i].confirmed;
    }
    distcoord_client *client = open_at(own.url, 10000);
    distcoord_state *state = open_state(client);
    CHECK_OK(distcoord_state_add(state, "n", 0, KEEP, &value, E));
    CHECK(value > 0);
    CHECK_INT(value, confirmed);
    distcoord_state_free(state);
    close_client(client);
    redis_server_stop(&own);
}

/* ---------------------------------------------------------------- watching through it all */

/* A few keys that change all the time, and many that come and go: more than a watch remembers of those that are gone.
 */
enum { WRITERS = 8, BUSY_KEYS = 5, KEYS = 3000 };

struct writer {
    const char *url;
    int number;
    atomic_bool *stopping;
};

static void *write_meanwhile(void *argument) {
    struct writer *writer = argument;
    distcoord_client *client = open_at(writer->url, 20000);
    distcoord_state *state = open_state(client);
    unsigned dice = (unsigned)writer->number;
    for (int i = 0; !atomic_load(writer->stopping); i++) {
        char key[16], text[32];
        snprintf(key, sizeof key, "k%d", rand_r(&dice) % (i % 2 ? KEYS : BUSY_KEYS));
        snprintf(text, sizeof text, "%d of %d", i, writer->number);
        /* Failures are the server's, which is killed now and then. */
        switch (rand_r(&dice) % 8) {
        case 0:
        case 3:
            distcoord_state_delete(state, key, 0, NULL);
            break;
        case 1:
            distcoord_state_set(state, key, text, strlen(text), 1 + rand_r(&dice) % 30, NULL, NULL);
            break;
        case 2:
            distcoord_state_expire(state, key, rand_r(&dice) % 2 ? NONE : 20, NULL);
            break;
        default:
            distcoord_state_set(state, key, text, strlen(text), NONE, NULL, NULL);
        }
    }
    distcoord_state_free(state);
    close_client(client);
    return NULL;
}

struct seen {
    uint64_t version;
    int32_t kind;
    char text[32];
};

/* Takes what there is, up to that many changes, since the writers may be faster; checks that no key goes back. */
static void take(distcoord_watch *watch, struct seen *seen, int most, int64_t wait_ms) {
    for (int i = 0; i < most; i++) {
        distcoord_state_entry *entry = NULL;
        distcoord_status status = distcoord_state_watch_next(watch, wait_ms, &entry, NULL);
        if (status != DISTCOORD_OK) return;
        const char *key = distcoord_state_entry_key(entry);
        REQUIRE(key[0] == 'k' && atoi(key + 1) < KEYS);
        struct seen *last = &seen[atoi(key + 1)];
        uint64_t version = distcoord_state_entry_version(entry);
        /* Of one version there is the value, and then that it has expired. */
        bool has_expired = version == last->version && last->kind != DISTCOORD_STATE_ABSENT &&
                           distcoord_state_entry_kind(entry) == DISTCOORD_STATE_ABSENT;
        if (version <= last->version && !has_expired) {
            report(__FILE__, __LINE__, "%s goes from version %llu back to %llu", key, (unsigned long long)last->version,
                (unsigned long long)version);
        }
        last->version = version;
        last->kind = distcoord_state_entry_kind(entry);
        snprintf(last->text, sizeof last->text, "%s", (const char *)distcoord_state_entry_value(entry));
        distcoord_state_entry_free(entry);
    }
}

static bool is_at_the_end(distcoord_state *state, distcoord_watch *watch, struct seen *seen, int key_number) {
    char key[16];
    snprintf(key, sizeof key, "k%d", key_number);
    distcoord_state_entry *entry = get(state, key);
    struct seen *last = &seen[key_number];
    bool same = entry == NULL
                    ? last->kind == DISTCOORD_STATE_ABSENT
                    : last->kind == DISTCOORD_STATE_VALUE && last->version == distcoord_state_entry_version(entry) &&
                          strcmp(last->text, distcoord_state_entry_value(entry)) == 0;
    distcoord_state_entry_free(entry);
    if (!same) take(watch, seen, INT_MAX, 0);
    return same;
}

/* Eight write; connections are killed, and the server, twice. Two watches never go back, and end with what is there. */
static void a_watch_survives(void) {
    struct redis_server own;
    redis_server_start(&own, durable);
    distcoord_client *client = open_at(own.url, 20000);
    distcoord_state *state = open_state(client);
    distcoord_watch *watch = watch_of(state, "k", true), *one = watch_of(state, "k0", false);
    static struct seen seen[KEYS], seen_by_one[KEYS];
    atomic_bool stopping = false;
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.url = own.url, .number = i + 1, .stopping = &stopping};
        threads[i] = start_thread(write_meanwhile, &writers[i]);
    }
    for (int round = 0; round < 6; round++) {
        char answer[64];
        for (int64_t until = now_ms() + 150; now_ms() < until;) {
            take(watch, seen, 100, 5);
            take(one, seen_by_one, 100, 5);
        }
        if (round % 3 == 2) {
            redis_server_kill(&own);
            redis_server_restart(&own, durable);
        } else {
            redis_server_command(
                &own, round % 3 ? "CLIENT KILL TYPE normal" : "CLIENT KILL TYPE pubsub", answer, sizeof answer);
        }
    }
    for (int i = 0; i < BUSY_KEYS; i++) CHECK(seen[i].version > 0);
    CHECK(seen_by_one[0].version > 0);
    atomic_store(&stopping, true);
    for (int i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < KEYS; i++) CHECK(EVENTUALLY(15000, is_at_the_end(state, watch, seen, i)));
    CHECK(EVENTUALLY(15000, is_at_the_end(state, one, seen_by_one, 0)));
    distcoord_watch_free(one);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
    redis_server_stop(&own);
}

/* Written and deleted while the watch is cut off: it finds out. */
static void what_happened_meanwhile_is_found_out(void) {
    struct redis_server own;
    redis_server_start(&own, durable);
    distcoord_client *client = open_at(own.url, 20000);
    distcoord_state *state = open_state(client);
    set_text(state, "changed", "before");
    set_text(state, "deleted", "before");
    set_text(state, "same", "before");
    distcoord_watch *watch = watch_of(state, "", true), *one = watch_of(state, "deleted", false);
    CHECK_CHANGE(watch, "changed", DISTCOORD_STATE_VALUE, "before");
    CHECK_CHANGE(watch, "deleted", DISTCOORD_STATE_VALUE, "before");
    CHECK_CHANGE(watch, "same", DISTCOORD_STATE_VALUE, "before");
    CHECK_CHANGE(one, "deleted", DISTCOORD_STATE_VALUE, "before");
    /* Nobody hears what a client without a mailbox is told: the server is stopped and started between two writes. */
    redis_server_kill(&own);
    redis_server_restart(&own, durable);
    char answer[64], command[256];
    snprintf(command, sizeof command, "DEL dc:{%s:state:s}:v:deleted", test_name);
    CHECK_INT(redis_server_command(&own, command, answer, sizeof answer), 0);
    CHECK_TEXT(answer, ":1");
    snprintf(command, sizeof command, "SET dc:{%s:state:s}:v:changed 9000000000000000vafter", test_name);
    CHECK_INT(redis_server_command(&own, command, answer, sizeof answer), 0);
    snprintf(command, sizeof command, "SET dc:{%s:state:s}:v:new 9000000000000000vafter", test_name);
    CHECK_INT(redis_server_command(&own, command, answer, sizeof answer), 0);
    snprintf(command, sizeof command, "ZADD dc:{%s:state:s}:k 0 new", test_name);
    CHECK_INT(redis_server_command(&own, command, answer, sizeof answer), 0);
    CHECK_INT(redis_server_command(&own, "CLIENT KILL TYPE pubsub", answer, sizeof answer), 0);
    CHECK_CHANGE(watch, "changed", DISTCOORD_STATE_VALUE, "after");
    CHECK_CHANGE(watch, "new", DISTCOORD_STATE_VALUE, "after");
    CHECK_CHANGE(watch, "deleted", DISTCOORD_STATE_ABSENT, "");
    CHECK_CHANGE(one, "deleted", DISTCOORD_STATE_ABSENT, "");
    CHECK_QUIET(watch);
    distcoord_watch_free(one);
    distcoord_watch_free(watch);
    distcoord_state_free(state);
    close_client(client);
    redis_server_stop(&own);
}

static const struct test tests[] = {
    {"state_faults_lost_messages", lost_messages},
    {"state_faults_counters_are_exact_whatever_is_lost", counters_are_exact_whatever_is_lost},
    {"state_faults_counters_are_exact_over_a_killed_server", counters_are_exact_over_a_killed_server},
    {"state_faults_a_watch_survives", a_watch_survives},
    {"state_faults_what_happened_meanwhile_is_found_out", what_happened_meanwhile_is_found_out},
};

HARNESS_MAIN(tests)
