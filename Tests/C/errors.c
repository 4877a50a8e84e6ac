/* Statuses, error objects, version: what needs no server, and what an error says. */
#include "harness.h"

static const struct {
    distcoord_status status;
    const char *name;
    bool retriable;
} statuses[] = {
    {DISTCOORD_OK, "OK", false},
    {DISTCOORD_TIMED_OUT, "TIMED_OUT", false},
    {DISTCOORD_EMPTY, "EMPTY", false},
    {DISTCOORD_NOT_HELD, "NOT_HELD", false},
    {DISTCOORD_LOST, "LOST", false},
    {DISTCOORD_EXISTS, "EXISTS", false},
    {DISTCOORD_CANCELLED, "CANCELLED", false},
    {DISTCOORD_INTERRUPTED, "INTERRUPTED", false},
    {DISTCOORD_BROKEN, "BROKEN", false},
    {DISTCOORD_NOT_FOUND, "NOT_FOUND", false},
    {DISTCOORD_EXPIRED, "EXPIRED", false},
    {DISTCOORD_ERROR_INVALID_ARGUMENT, "ERROR_INVALID_ARGUMENT", false},
    {DISTCOORD_ERROR_TOO_LARGE, "ERROR_TOO_LARGE", false},
    {DISTCOORD_ERROR_CLOSED, "ERROR_CLOSED", false},
    {DISTCOORD_ERROR_FORKED, "ERROR_FORKED", false},
    {DISTCOORD_ERROR_CONFLICT, "ERROR_CONFLICT", false},
    {DISTCOORD_ERROR_UNREACHABLE, "ERROR_UNREACHABLE", true},
    {DISTCOORD_ERROR_NO_REPLY, "ERROR_NO_REPLY", true},
    {DISTCOORD_ERROR_NOT_PERMITTED, "ERROR_NOT_PERMITTED", false},
    {DISTCOORD_ERROR_UNAVAILABLE, "ERROR_UNAVAILABLE", true},
    {DISTCOORD_ERROR_SERVER_FULL, "ERROR_SERVER_FULL", true},
    {DISTCOORD_ERROR_UNSUPPORTED_SERVER, "ERROR_UNSUPPORTED_SERVER", false},
    {DISTCOORD_ERROR_SERVER, "ERROR_SERVER", false},
    {DISTCOORD_ERROR_INTERNAL, "ERROR_INTERNAL", false},
};

static void version(void)
{
    char text[32];
    snprintf(
        text, sizeof text, "%d.%d.%d", DISTCOORD_VERSION_MAJOR, DISTCOORD_VERSION_MINOR, DISTCOORD_VERSION_PATCH);
    CHECK_TEXT(DISTCOORD_VERSION_STRING, text);
    CHECK_TEXT(distcoord_version(), DISTCOORD_VERSION_STRING);
    CHECK_INT(distcoord_abi_version(), DISTCOORD_ABI_VERSION);
    CHECK(distcoord_version() == distcoord_version());
}

static void status_names(void)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        CHECK_TEXT(distcoord_status_name(statuses[i].status), statuses[i].name);
    }
    CHECK_TEXT(distcoord_status_name(1000), "UNKNOWN");
    CHECK_TEXT(distcoord_status_name(-1000), "UNKNOWN");
    CHECK_TEXT(distcoord_status_name(INT32_MIN), "UNKNOWN");
    CHECK_TEXT(distcoord_status_name(INT32_MAX), "UNKNOWN");
}

/* A positive status carries no error object, and a stale pointer is overwritten. */
static void error_is_cleared_on_success(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = NULL, *other = NULL;
    distcoord_error *error = NULL;
    REQUIRE(distcoord_lock_open(client, "", NULL, &lock, &error) == DISTCOORD_ERROR_INVALID_ARGUMENT);
    REQUIRE(error != NULL);
    distcoord_error_free(error);
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &other, E));
    error = (distcoord_error *)(void *)&error;
    CHECK_INT(distcoord_lock_acquire(lock, 0, &error), DISTCOORD_OK);
    CHECK(error == NULL);
    error = (distcoord_error *)(void *)&error;
    CHECK_INT(distcoord_lock_acquire(other, 0, &error), DISTCOORD_TIMED_OUT);
    CHECK(error == NULL);
    distcoord_lock_free(lock);
    distcoord_lock_free(other);
    close_client(client);
}

/* One line, without a full stop at its end, that names what was wrong. */
static void message_form(const distcoord_error *error)
{
    const char *message = distcoord_error_message(error);
    size_t length = strlen(message);
    CHECK(length > 10);
    CHECK(strchr(message, '\n') == NULL);
    if (length > 0) CHECK(message[length - 1] != '.');
}

static void invalid_argument(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = NULL;
    distcoord_error *error = NULL;
    REQUIRE(distcoord_lock_open(client, "", NULL, &lock, &error) == DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK(lock == NULL);
    CHECK_INT(distcoord_error_status(error), DISTCOORD_ERROR_INVALID_ARGUMENT);
    message_form(error);
    CHECK_TEXT(distcoord_error_server_text(error), "");
    CHECK(!distcoord_error_is_retriable(error));
    /* Accessors may be asked in any order and again. */
    CHECK(distcoord_error_message(error) == distcoord_error_message(error));
    distcoord_error_free(error);
    close_client(client);
}

static void no_server(void)
{
    char url[128];
    snprintf(url, sizeof url, "unix://%s/absent.sock", server.folder);
    distcoord_options *options = namespace_options();
    distcoord_options_set_connect_timeout_ms(options, 300);
    distcoord_options_set_command_timeout_ms(options, 500);
    const char *urls[] = {url, "redis://127.0.0.1:1", "redis://localhost:1/0"};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        distcoord_client *client = NULL;
        distcoord_error *error = NULL;
        REQUIRE_OK(distcoord_client_open(urls[i], options, &client, E));
        int64_t start = now_ms();
        CHECK_INT(distcoord_client_ping(client, NULL, &error), DISTCOORD_ERROR_UNREACHABLE);
        CHECK(took_less(start, 2000));
        CHECK(distcoord_error_is_retriable(error));
        message_form(error);
        CHECK(strstr(distcoord_error_message(error), i == 0 ? "absent.sock" : ":1") != NULL);
        distcoord_error_free(error);
        /* Nothing was held, so closing has nothing to tell the server. */
        CHECK_OK(distcoord_client_close(client, E));
        distcoord_client_free(client);
    }
    distcoord_options_free(options);
}

static void no_server_wait_is_bounded(void)
{
    distcoord_options *options = namespace_options();
    distcoord_options_set_connect_timeout_ms(options, 200);
    distcoord_options_set_command_timeout_ms(options, 300);
    distcoord_client *client = NULL;
    distcoord_lock *lock = NULL;
    REQUIRE_OK(distcoord_client_open("redis://127.0.0.1:1", options, &client, E));
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_ERROR_UNREACHABLE);
    CHECK(took_less(start, 2000));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_FREE);
    distcoord_lock_free(lock);
    distcoord_client_free(client);
    distcoord_options_free(options);
}

static void free_with_the_library_in_use(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = NULL;
    distcoord_error *errors[100];
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        errors[i] = NULL;
        CHECK_INT(distcoord_lock_open(client, NULL, NULL, &lock, &errors[i]), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    close_client(client);
    /* Errors outlive the client that they came from. */
    for (size_t i = COUNT_OF(errors); i-- > 0;) {
        message_form(errors[i]);
        distcoord_error_free(errors[i]);
    }
}

static const struct test tests[] = {
    {"version", version},
    {"status_names", status_names},
    {"error_is_cleared_on_success", error_is_cleared_on_success},
    {"error_invalid_argument", invalid_argument},
    {"error_no_server", no_server},
    {"error_no_server_wait_is_bounded", no_server_wait_is_bounded},
    {"error_outlives_client", free_with_the_library_in_use},
};

HARNESS_MAIN(tests)
