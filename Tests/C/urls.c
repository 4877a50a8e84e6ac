/* URLs, credentials and ranges of client options. */
#include "harness.h"

static distcoord_status open_url(const char *url, char *shown, size_t capacity, char *message, size_t message_capacity)
{
    distcoord_client *client = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_client_open(url, NULL, &client, &error);
    if (shown) snprintf(shown, capacity, "%s", distcoord_client_url(client));
    if (message) snprintf(message, message_capacity, "%s", distcoord_error_message(error));
    if (status == DISTCOORD_OK && client == NULL) report(__FILE__, __LINE__, "%s: no client", url);
    if (status != DISTCOORD_OK && client != NULL) report(__FILE__, __LINE__, "%s: a client", url);
    distcoord_error_free(error);
    distcoord_client_free(client);
    return status;
}

static void accepted(void)
{
    /* Opening checks the text and sends nothing, so none of these need exist. */
    static const char *const urls[] = {
        "redis://",
        "redis://localhost",
        "redis://localhost:6380",
        "redis://127.0.0.1:6379/3",
        "redis://[::1]:6379/0",
        "redis://:secret@example.invalid",
        "redis://user:secret@example.invalid:7000/15",
        "redis://user:p%40ss%3Aword@example.invalid",
        "redis://localhost?db=2&client_name=me",
        "rediss://example.invalid:6380",
        "rediss://example.invalid?ssl_cert_reqs=none",
        "unix:///tmp/redis.sock",
        "unix:///tmp/redis.sock?db=4",
        "redis-socket:///tmp/redis.sock",
        "redis+unix:///tmp/redis.sock",
        "local:",
        "local:tests",
        "example.invalid:6379",
        "example.invalid:6380,password=secret,ssl=true",
        "quorum:redis://a,redis://b,redis://c",
        "quorum:redis://:secret@a:1,rediss://u:secret@b:2/3,unix:///tmp/redis.sock?db=1",
        "quorum:redis://a,redis://b,redis://c,redis://d",
        "example.invalid:6379,user=me,password=secret,defaultDatabase=2,abortConnect=false,connectTimeout=5000",
    };
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        char message[512], shown[512];
        distcoord_status status = open_url(urls[i], shown, sizeof shown, message, sizeof message);
        if (status != DISTCOORD_OK) {
            report(__FILE__, __LINE__, "%s: %s: %s", urls[i], distcoord_status_name(status), message);
        }
        if (strstr(shown, "secret") || strstr(shown, "p%40ss") || strstr(shown, "p@ss")) {
            report(__FILE__, __LINE__, "%s: shows the password: %s", urls[i], shown);
        }
        if (shown[0] == '\0') report(__FILE__, __LINE__, "%s: shows nothing", urls[i]);
    }
}

static void refused(void)
{
    static const char *const urls[] = {
        "",
        " ",
        "http://localhost",
        "redis:/localhost",
        "redis://localhost:0x10",
        "redis://localhost:65536",
        "redis://localhost:-1",
        "redis://localhost:6379/abc",
        "redis://localhost:6379/-1",
        "redis://localhost:6379/99999999999999999999",
        "redis://localhost?nonsense=1",
        "redis://localhost?db=x",
        "rediss://localhost?ssl_cert_reqs=perhaps",
        "redis://user:bad%zzescape@localhost",
        "redis://[::1",
        "redis://host name",
        "redis://\xff\xfe",
        "redis://a\nb",
        "unix://",
        "unix:///tmp/x?db=-1",
        "local:../up",
        "local:a b",
        "quorum:",
        "quorum:redis://a",
        "quorum:redis://a,redis://b",
        "quorum:redis://a,,redis://b",
        "quorum:redis://a,redis://b,http://c",
        "quorum:redis://a,redis://b,quorum:redis://c",
        "host:6379,nonsense=1",
        "host:6379,ssl=perhaps",
        "host:6379,defaultDatabase=x",
        "host:99999",
    };
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        char message[512];
        distcoord_status status = open_url(urls[i], NULL, 0, message, sizeof message);
        if (status != DISTCOORD_ERROR_INVALID_ARGUMENT) {
            report(__FILE__, __LINE__, "\"%s\" answers %s", urls[i], distcoord_status_name(status));
        } else if (strlen(message) < 10) {
            report(__FILE__, __LINE__, "\"%s\": message too short: %s", urls[i], message);
        }
    }
    /* What is known is listed where something unknown was given, and passwords never get into a message. */
    char message[512];
    CHECK_INT(open_url("redis://h?nonsense=1", NULL, 0, message, sizeof message), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(strstr(message, "nonsense") != NULL && strstr(message, "client_name") != NULL);
    CHECK_INT(open_url("http://h", NULL, 0, message, sizeof message), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(strstr(message, "rediss://") != NULL);
    CHECK_INT(
        open_url("redis://u:hidden-word@h:99999", NULL, 0, message, sizeof message), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(strstr(message, "hidden-word") == NULL);
}

static void long_urls(void)
{
    char *url = malloc(1 << 20);
    REQUIRE(url != NULL);
    memset(url, 'a', 1 << 20);
    url[(1 << 20) - 1] = '\0';
    open_url(url, NULL, 0, NULL, 0);
    memcpy(url, "redis://", 8);
    open_url(url, NULL, 0, NULL, 0);
    memcpy(url, "unix:///", 8);
    CHECK_INT(open_url(url, NULL, 0, NULL, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    free(url);
}

static void options_ranges(void)
{
    distcoord_options *options = distcoord_options_new();
    const int64_t bad_timeouts[] = {0, -1, INT64_MIN, 600001, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad_timeouts); i++) {
        CHECK_INT(
            distcoord_options_set_connect_timeout_ms(options, bad_timeouts[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_INT(
            distcoord_options_set_command_timeout_ms(options, bad_timeouts[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_options_set_connect_timeout_ms(options, 1), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_connect_timeout_ms(options, 600000), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_command_timeout_ms(options, 1), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_command_timeout_ms(options, 600000), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_max_payload(options, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_max_payload(options, -1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_max_payload(options, 67108865), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_max_payload(options, 1), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_max_payload(options, 67108864), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_log(options, -1, NULL, NULL), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_log(options, 5, NULL, NULL), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_options_free(options);

    distcoord_lock_options *lock_options = distcoord_lock_options_new();
    distcoord_election_options *election_options = distcoord_election_options_new();
    const int64_t bad_leases[] = {99, 0, -1, INT64_MIN, 86400001, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(bad_leases); i++) {
        CHECK_INT(
            distcoord_lock_options_set_lease_ms(lock_options, bad_leases[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_INT(
            distcoord_election_options_set_lease_ms(election_options, bad_leases[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_lock_options_set_lease_ms(lock_options, 100), DISTCOORD_OK);
    CHECK_INT(distcoord_lock_options_set_lease_ms(lock_options, 86400000), DISTCOORD_OK);
    CHECK_INT(distcoord_election_options_set_lease_ms(election_options, 100), DISTCOORD_OK);
    CHECK_INT(distcoord_election_options_set_lease_ms(election_options, 86400000), DISTCOORD_OK);
    char value[4098];
    memset(value, 'v', sizeof value);
    value[4097] = '\0';
    CHECK_INT(distcoord_election_options_set_value(election_options, value), DISTCOORD_ERROR_INVALID_ARGUMENT);
    value[4096] = '\0';
    CHECK_INT(distcoord_election_options_set_value(election_options, value), DISTCOORD_OK);
    CHECK_INT(distcoord_election_options_set_value(election_options, "\xff"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_options_set_value(election_options, ""), DISTCOORD_OK);
    distcoord_lock_options_free(lock_options);
    distcoord_election_options_free(election_options);
}

/* A server of its own that wants a password. */
static distcoord_status ping_with(const char *url, const char *user, const char *password, bool *said_so)
{
    distcoord_options *options = namespace_options();
    if (password) CHECK_INT(distcoord_options_set_credentials(options, user, password), DISTCOORD_OK);
    distcoord_options_set_command_timeout_ms(options, 3000);
    distcoord_client *client = NULL;
    distcoord_error *error = NULL;
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_status status = distcoord_client_ping(client, NULL, &error);
    const char *message = distcoord_error_message(error), *server_text = distcoord_error_server_text(error);
    CHECK(strstr(message, "wrong-word") == NULL && strstr(server_text, "wrong-word") == NULL);
    *said_so = strstr(message, "password") != NULL && !distcoord_error_is_retriable(error) && server_text[0] != '\0';
    distcoord_error_free(error);
    distcoord_client_free(client);
    distcoord_options_free(options);
    return status;
}

static void passwords(void)
{
    struct redis_server guarded;
    const char *const arguments[] = {
        "--requirepass", "right-word", "--user", "worker", "on", ">right-word", "~*", "&*", "+@all", NULL};
    char url[256];
    bool said_so = false;
    redis_server_start(&guarded, arguments);
    int64_t start = now_ms();
    CHECK_INT(ping_with(guarded.url, NULL, NULL, &said_so), DISTCOORD_ERROR_NOT_PERMITTED);
    CHECK(said_so);
    CHECK_INT(ping_with(guarded.url, NULL, "wrong-word", &said_so), DISTCOORD_ERROR_NOT_PERMITTED);
    CHECK(said_so);
    CHECK_INT(ping_with(guarded.url, "nobody", "wrong-word", &said_so), DISTCOORD_ERROR_NOT_PERMITTED);
    /* A wrong password does not become right by waiting. */
    CHECK(took_less(start, 2500));
    CHECK_INT(ping_with(guarded.url, NULL, "right-word", &said_so), DISTCOORD_OK);
    CHECK_INT(ping_with(guarded.url, "worker", "right-word", &said_so), DISTCOORD_OK);

    setenv("REDIS_PASSWORD", "right-word", 1);
    CHECK_INT(ping_with(guarded.url, NULL, NULL, &said_so), DISTCOORD_OK);
    CHECK_INT(ping_with(guarded.url, NULL, "wrong-word", &said_so), DISTCOORD_ERROR_NOT_PERMITTED);
    unsetenv("REDIS_PASSWORD");
    setenv("REDISCLI_AUTH", "right-word", 1);
    CHECK_INT(ping_with(guarded.url, NULL, NULL, &said_so), DISTCOORD_OK);
    unsetenv("REDISCLI_AUTH");

    const char *const arguments_tcp[] = {"--requirepass", "right-word", NULL};
    redis_server_restart(&guarded, arguments_tcp);
    snprintf(url, sizeof url, "%s?db=3", guarded.url);
    CHECK_INT(ping_with(url, NULL, "right-word", &said_so), DISTCOORD_OK);
    snprintf(url, sizeof url, "%s?db=999999", guarded.url);
    CHECK(ping_with(url, NULL, "right-word", &said_so) < 0);
    redis_server_stop(&guarded);
}

static void databases_do_not_meet(void)
{
    char url[256];
    distcoord_client *clients[2];
    distcoord_lock *locks[2];
    distcoord_options *options = namespace_options();
    for (int i = 0; i < 2; i++) {
        snprintf(url, sizeof url, "%s?db=%d", server.url, i);
        REQUIRE_OK(distcoord_client_open(url, options, &clients[i], E));
        REQUIRE_OK(distcoord_lock_open(clients[i], "a", NULL, &locks[i], E));
        CHECK_OK(distcoord_lock_acquire(locks[i], 0, E));
    }
    for (int i = 0; i < 2; i++) {
        distcoord_lock_free(locks[i]);
        close_client(clients[i]);
    }
    distcoord_options_free(options);
}

static const struct test tests[] = {
    {"urls_accepted", accepted},
    {"urls_refused", refused},
    {"urls_long", long_urls},
    {"options_ranges", options_ranges},
    {"passwords", passwords},
    {"databases_do_not_meet", databases_do_not_meet},
};

HARNESS_MAIN(tests)
