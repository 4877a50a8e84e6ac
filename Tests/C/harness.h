/*
 * A small harness for tests of the C interface.
 *
 * A program lists its tests and calls `harness_main`. Each test runs in a process of its own, a new start of the
 * program, so a crash or a hang fails one test, leak checks are per test, and only tests of fork see a forked library.
 * All tests of a program share one private redis-server; each has a namespace of its own. A failed CHECK is reported
 * and the test goes on; a failed REQUIRE ends it.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include "redis_server.h"

#include <distcoord.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct test {
    const char *name;
    void (*run)(void);
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The server of this program, and the test that runs. */
static struct redis_server server;
static const char *test_name = "";
static atomic_int failed_checks;

__attribute__((format(printf, 3, 4), unused)) static void report(const char *file, int line, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "  %s: %s:%d: %s\n", test_name, file, line, text);
    atomic_fetch_add(&failed_checks, 1);
}

#define CHECK(condition)                                         \
    do {                                                         \
        if (!(condition)) report(__FILE__, __LINE__, "not true: %s", #condition); \
    } while (0)

#define REQUIRE(condition)                                       \
    do {                                                         \
        if (!(condition)) {                                      \
            report(__FILE__, __LINE__, "not true: %s", #condition); \
            _exit(1);                                            \
        }                                                        \
    } while (0)

#define CHECK_INT(expression, wanted)                                                                        \
    do {                                                                                                     \
        long long had_ = (long long)(expression), wanted_ = (long long)(wanted);                             \
        if (had_ != wanted_) report(__FILE__, __LINE__, "%s is %lld, wanted %lld", #expression, had_, wanted_); \
    } while (0)

#define CHECK_TEXT(expression, wanted)                                                                         \
    do {                                                                                                       \
        const char *had_ = (expression), *wanted_ = (wanted);                                                  \
        if (had_ == NULL || strcmp(had_, wanted_) != 0)                                                        \
            report(__FILE__, __LINE__, "%s is \"%s\", wanted \"%s\"", #expression, had_ ? had_ : "(null)", wanted_); \
    } while (0)

/* Every status that a call can answer is compared here; an unexpected error says why in its own words. */
__attribute__((unused)) static bool status_is(
    const char *file, int line, const char *call, distcoord_status had, distcoord_status wanted, distcoord_error *error)
{
    bool same = had == wanted;
    if (!same) {
        report(
            file, line, "%s answers %s, wanted %s%s%s", call, distcoord_status_name(had), distcoord_status_name(wanted),
            error ? ": " : "", error ? distcoord_error_message(error) : "");
    }
    if ((had < 0) != (error != NULL)) report(file, line, "%s: error object %s", call, error ? "made" : "missing");
    if (error && distcoord_error_status(error) != had) report(file, line, "%s: error of another status", call);
    distcoord_error_free(error);
    return same;
}

/* `call` is a call whose last argument is written `E`. */
#define CHECK_STATUS(call, wanted)                                                             \
    do {                                                                                       \
        distcoord_error *error_ = NULL, **E = &error_;                                         \
        distcoord_status status_ = (call);                                                     \
        status_is(__FILE__, __LINE__, #call, status_, (wanted), error_);                       \
    } while (0)

#define REQUIRE_STATUS(call, wanted)                                                           \
    do {                                                                                       \
        distcoord_error *error_ = NULL, **E = &error_;                                         \
        distcoord_status status_ = (call);                                                     \
        if (!status_is(__FILE__, __LINE__, #call, status_, (wanted), error_)) _exit(1);        \
    } while (0)

#define CHECK_OK(call) CHECK_STATUS(call, DISTCOORD_OK)
#define REQUIRE_OK(call) REQUIRE_STATUS(call, DISTCOORD_OK)

__attribute__((unused)) static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((unused)) static void sleep_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* Sanitizers make everything slower; upper bounds on time are multiplied by this. */
__attribute__((unused)) static int64_t time_factor(void)
{
    const char *text = getenv("HARNESS_TIME_FACTOR");
    return text ? atoi(text) : 1;
}

/*
 * For how many milliseconds the machine has stood still since the test began, as shared ones do for a second or two.
 * The program that runs the tests writes it, which does nothing but sleep and look at the clock.
 */
static _Atomic int64_t *stood_still;

/*
 * A lease that is renewed in time although the machine stands still so long or a sanitizer makes the program slow; what
 * a renewal tells is told after a third of it. And how long to look at one to see that it was renewed.
 */
enum { KEPT_MS = 3000, PAST_KEPT_MS = 3500 };

__attribute__((unused)) static int64_t stood_still_ms(void)
{
    sleep_ms(50); /* until it is written */
    return stood_still ? atomic_load(stood_still) : 0;
}

/* Whether what began at `start` took less than `ms`. Only the time in which the machine ran counts. */
__attribute__((unused)) static bool took_less(int64_t start, int64_t ms)
{
    int64_t took = now_ms() - start, most = ms * time_factor();
    return took < most || took - stood_still_ms() < most;
}

/* Waits for a condition, which is looked at every few milliseconds; false after `ms`. */
#define EVENTUALLY(ms, condition)                                                  \
    ({                                                                             \
        int64_t start_ = now_ms();                                                 \
        bool came_ = (condition);                                                  \
        while (!came_ && took_less(start_, (ms))) {                                \
            sleep_ms(2);                                                           \
            came_ = (condition);                                                   \
        }                                                                          \
        came_;                                                                     \
    })

/* Whether a poll loop would be told of this descriptor now. */
__attribute__((unused)) static bool readable(int fd)
{
    struct pollfd poll_for = {.fd = fd, .events = POLLIN};
    return poll(&poll_for, 1, 0) == 1;
}

__attribute__((unused)) static distcoord_options *namespace_options(void)
{
    distcoord_options *options = distcoord_options_new();
    REQUIRE(options != NULL);
    REQUIRE(distcoord_options_set_namespace(options, test_name) == DISTCOORD_OK);
    return options;
}

/* A client of the program's server in the test's namespace. */
__attribute__((unused)) static distcoord_client *open_client(void)
{
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    REQUIRE(client != NULL);
    distcoord_options_free(options);
    return client;
}

__attribute__((unused)) static void close_client(distcoord_client *client)
{
    CHECK_OK(distcoord_client_close(client, E));
    distcoord_client_free(client);
}

__attribute__((unused)) static pthread_t start_thread(void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    /* Small, so that a thousand fit, as hosts with many threads have them; sanitizers need more. */
    REQUIRE(pthread_attr_setstacksize(&attributes, (time_factor() > 1 ? 1024 : 256) * 1024) == 0);
    REQUIRE(pthread_create(&thread, &attributes, run, argument) == 0);
    pthread_attr_destroy(&attributes);
    return thread;
}

static bool harness_run(const struct test *test, int64_t limit_ms)
{
    atomic_store(stood_still, 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        setenv("HARNESS_TEST", test->name, 1);
        setenv("HARNESS_SOCKET", server.socket, 1);
        execl("/proc/self/exe", test->name, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    int64_t start = now_ms(), until = start + limit_ms * time_factor();
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (now_ms() > until) {
            fprintf(stderr, "  %s: still running after %lld ms\n", test->name, (long long)(limit_ms * time_factor()));
            kill(child, SIGABRT);
            sleep_ms(200);
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            status = 1 << 8; /* exited with 1: what it died of is known */
            break;
        }
        int64_t slept_at = now_ms();
        sleep_ms(1);
        int64_t slept = now_ms() - slept_at;
        if (slept > 100) atomic_fetch_add(stood_still, slept);
    }
    bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFSIGNALED(status)) fprintf(stderr, "  %s: ended by signal %d\n", test->name, WTERMSIG(status));
    printf("%s %s (%.1f s)\n", passed ? "ok  " : "FAIL", test->name, (double)(now_ms() - start) / 1000);
    fflush(stdout);
    return passed;
}

/* Lets the program and the tests that it starts see the same `stood_still`, in a file beside the server's socket. */
static void share_standstills(void)
{
    char path[sizeof server.socket + 8];
    snprintf(path, sizeof path, "%s.still", server.socket);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(file >= 0 && ftruncate(file, sizeof *stood_still) == 0);
    void *memory = mmap(NULL, sizeof *stood_still, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    REQUIRE(memory != MAP_FAILED);
    stood_still = memory;
    close(file);
}

/* Runs the tests named on the command line, or all. */
__attribute__((unused)) static int harness_main(int argc, char **argv, const struct test *tests, size_t count)
{
    int passed = 0, failed = 0;
    signal(SIGPIPE, SIG_IGN);
    if (getenv("HARNESS_TEST")) {
        redis_server_join(&server, getenv("HARNESS_SOCKET"));
        share_standstills();
        for (size_t i = 0; i < count; i++) {
            if (strcmp(tests[i].name, getenv("HARNESS_TEST")) != 0) continue;
            test_name = tests[i].name;
            tests[i].run();
        }
        return atomic_load(&failed_checks) == 0 ? 0 : 1;
    }
    redis_server_start(&server, NULL);
    share_standstills();
    for (size_t i = 0; i < count; i++) {
        bool chosen = argc < 2;
        for (int k = 1; k < argc; k++) chosen = chosen || strcmp(argv[k], tests[i].name) == 0;
        if (!chosen) continue;
        if (harness_run(&tests[i], 60000)) {
            passed++;
        } else {
            failed++;
        }
    }
    redis_server_stop(&server);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}

#define HARNESS_MAIN(tests) \
    int main(int argc, char **argv) { return harness_main(argc, argv, (tests), COUNT_OF(tests)); }

#endif
