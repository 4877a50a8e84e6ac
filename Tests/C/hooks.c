/* What a client reports and asks: health report, log function, interrupt function. */
#include "harness.h"

static void health(void)
{
    distcoord_client *client = open_client();
    distcoord_health *health = NULL;
    REQUIRE_OK(distcoord_client_check(client, &health, E));
    size_t count = distcoord_health_count(health);
    CHECK(count >= 5);
    int32_t worst = DISTCOORD_HEALTHY;
    bool has_memory_policy = false;
    for (size_t i = 0; i < count; i++) {
        int32_t state = distcoord_health_check_state(health, i);
        CHECK(state >= DISTCOORD_HEALTHY && state <= DISTCOORD_UNHEALTHY);
        CHECK(distcoord_health_name(health, i)[0] != '\0');
        CHECK(distcoord_health_detail(health, i)[0] != '\0');
        if (strcmp(distcoord_health_name(health, i), "memory policy") == 0) has_memory_policy = true;
        if (state > worst) worst = state;
    }
    CHECK(has_memory_policy);
    CHECK_INT(distcoord_health_state(health), worst);
    CHECK(worst != DISTCOORD_UNHEALTHY);
    CHECK_TEXT(distcoord_health_name(health, count), "");
    CHECK_TEXT(distcoord_health_detail(health, SIZE_MAX), "");
    CHECK_INT(distcoord_health_check_state(health, count), DISTCOORD_UNHEALTHY);
    distcoord_health_free(health);
    close_client(client);
}

static void health_names_a_bad_eviction_policy(void)
{
    struct redis_server evicting;
    const char *const arguments[] = {"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru", NULL};
    redis_server_start(&evicting, arguments);
    distcoord_client *client = NULL;
    distcoord_health *health = NULL;
    REQUIRE_OK(distcoord_client_open(evicting.url, NULL, &client, E));
    REQUIRE_OK(distcoord_client_check(client, &health, E));
    CHECK(distcoord_health_state(health) != DISTCOORD_HEALTHY);
    for (size_t i = 0; i < distcoord_health_count(health); i++) {
        if (strcmp(distcoord_health_name(health, i), "memory policy") != 0) continue;
        CHECK(distcoord_health_check_state(health, i) != DISTCOORD_HEALTHY);
        CHECK(strstr(distcoord_health_detail(health, i), "noeviction") != NULL);
    }
    distcoord_health_free(health);
    close_client(client);
    redis_server_stop(&evicting);
}

static void health_without_a_server(void)
{
    distcoord_options *options = namespace_options();
    distcoord_options_set_connect_timeout_ms(options, 300);
    distcoord_options_set_command_timeout_ms(options, 500);
    distcoord_client *client = NULL;
    distcoord_health *health = NULL;
    REQUIRE_OK(distcoord_client_open("redis://127.0.0.1:1", options, &client, E));
    REQUIRE_OK(distcoord_client_check(client, &health, E));
    CHECK_INT(distcoord_health_state(health), DISTCOORD_UNHEALTHY);
    CHECK(distcoord_health_count(health) >= 1);
    distcoord_health_free(health);
    distcoord_client_free(client);
    distcoord_options_free(options);
}

struct lines {
    pthread_mutex_t mutex;
    int count;
    int32_t highest;
    bool malformed;
};

static void collect(void *user, int32_t level, const char *message)
{
    struct lines *lines = user;
    pthread_mutex_lock(&lines->mutex);
    lines->count++;
    if (level > lines->highest) lines->highest = level;
    if (message == NULL || message[0] == '\0' || strchr(message, '\n')) lines->malformed = true;
    if (level < DISTCOORD_LOG_ERROR || level > DISTCOORD_LOG_DEBUG) lines->malformed = true;
    pthread_mutex_unlock(&lines->mutex);
}

static void log_lines(void)
{
    struct lines debug = {.mutex = PTHREAD_MUTEX_INITIALIZER}, off = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    struct lines *const collectors[] = {&debug, &off};
    const int32_t levels[] = {DISTCOORD_LOG_DEBUG, DISTCOORD_LOG_OFF};
    for (int i = 0; i < 2; i++) {
        distcoord_options *options = namespace_options();
        CHECK_INT(distcoord_options_set_log(options, levels[i], collect, collectors[i]), DISTCOORD_OK);
        distcoord_client *client = NULL;
        distcoord_lock *lock = NULL;
        REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
        distcoord_options_free(options);
        REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK_OK(distcoord_lock_release(lock, E));
        distcoord_lock_free(lock);
        close_client(client);
    }
    CHECK(debug.count > 0);
    CHECK_INT(debug.highest, DISTCOORD_LOG_DEBUG);
    CHECK(!debug.malformed);
    CHECK_INT(off.count, 0);
}

struct interrupt {
    atomic_int asked;
    int answer_from;
    pthread_t thread;
    atomic_bool other_thread;
};

static int32_t ask(void *user)
{
    struct interrupt *interrupt = user;
    if (!pthread_equal(pthread_self(), interrupt->thread)) atomic_store(&interrupt->other_thread, true);
    return atomic_fetch_add(&interrupt->asked, 1) + 1 >= interrupt->answer_from ? 1 : 0;
}

struct waiting_thread {
    distcoord_client *client;
    distcoord_status status;
};

static void *wait_on_a_thread(void *argument)
{
    struct waiting_thread *waiting = argument;
    distcoord_lock *lock = NULL;
    REQUIRE_OK(distcoord_lock_open(waiting->client, "a", NULL, &lock, E));
    waiting->status = distcoord_lock_acquire(lock, 500, NULL);
    distcoord_lock_free(lock);
    return NULL;
}

/* A client whose waits on the initial thread are asked about, and a lock that another client holds. */
static void interrupt_function(void)
{
    struct interrupt interrupt = {.answer_from = 4, .thread = pthread_self()};
    distcoord_options *options = namespace_options();
    CHECK_INT(distcoord_options_set_interrupt(options, ask, &interrupt), DISTCOORD_OK);
    distcoord_client *holder = open_client(), *client = NULL;
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_lock *held = NULL, *lock = NULL;
    distcoord_election *leading = NULL, *election = NULL;
    distcoord_barrier *barrier = NULL;
    distcoord_queue *queue = NULL;
    distcoord_job *job = NULL;
    distcoord_result *result = NULL;
    distcoord_leader_info *info = NULL;
    size_t count = 0;
    char id[129];
    REQUIRE_OK(distcoord_lock_open(holder, "a", NULL, &held, E));
    REQUIRE_OK(distcoord_lock_acquire(held, 0, E));
    REQUIRE_OK(distcoord_election_open(holder, "a", NULL, &leading, E));
    REQUIRE_OK(distcoord_election_campaign(leading, 0, E));
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    REQUIRE_OK(distcoord_election_open(client, "a", NULL, &election, E));
    REQUIRE_OK(distcoord_barrier_open(client, "a", 2, &barrier, E));
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    REQUIRE_OK(distcoord_queue_push(queue, "x", 1, NULL, id, sizeof id, E));
    REQUIRE_OK(distcoord_queue_claim(queue, 0, &job, 1, &count, E));

#define CHECK_INTERRUPTED(call)                                    \
    do {                                                           \
        atomic_store(&interrupt.asked, 0);                         \
        int64_t start_ = now_ms();                                 \
        CHECK_STATUS(call, DISTCOORD_INTERRUPTED);                 \
        CHECK(took_less(start_, 1000));           \
        CHECK_INT(atomic_load(&interrupt.asked), 4);               \
    } while (0)
    CHECK_INTERRUPTED(distcoord_lock_acquire(lock, -1, E));
    CHECK_INTERRUPTED(distcoord_lock_acquire(lock, 60000, E));
    CHECK_INTERRUPTED(distcoord_election_campaign(election, -1, E));
    CHECK_INTERRUPTED(distcoord_election_observe(election, distcoord_election_term(leading), -1, &info, E));
    CHECK_INTERRUPTED(distcoord_barrier_wait(barrier, -1, NULL, NULL, E));
    distcoord_job *none = NULL;
    CHECK_INTERRUPTED(distcoord_queue_claim(queue, -1, &none, 1, &count, E));
    CHECK_INTERRUPTED(distcoord_queue_result(queue, id, -1, &result, E));

    /* Waits on other threads are not asked about. */
    atomic_store(&interrupt.asked, 0);
    struct waiting_thread waiting = {.client = client};
    pthread_t thread = start_thread(wait_on_a_thread, &waiting);
    pthread_join(thread, NULL);
    CHECK_INT(waiting.status, DISTCOORD_TIMED_OUT);
    CHECK_INT(atomic_load(&interrupt.asked), 0);
    CHECK(!atomic_load(&interrupt.other_thread));

    distcoord_job_free(job);
    distcoord_queue_free(queue);
    distcoord_barrier_free(barrier);
    distcoord_election_free(election);
    distcoord_election_free(leading);
    distcoord_lock_free(lock);
    distcoord_lock_free(held);
    close_client(client);
    close_client(holder);
}

static const struct test tests[] = {
    {"health", health},
    {"health_names_a_bad_eviction_policy", health_names_a_bad_eviction_policy},
    {"health_without_a_server", health_without_a_server},
    {"log_lines", log_lines},
    {"interrupt_function", interrupt_function},
};

HARNESS_MAIN(tests)
