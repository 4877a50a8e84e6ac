/*
 * A process with one candidate of the election "target", which does as it is told on its standard input:
 *
 *   set LEASE_MS STEP_DOWN_MS   before all else
 *   campaign WAIT_MS            OK term= at=, or the status
 *   resign                      the status
 *   value TEXT                  the status
 *   evict TERM                  the status
 *   state                       OK state= term=
 *   lost WAIT_MS                the status, at=
 *   observe TERM WAIT_MS        OK term= value= candidates=, or the status
 *   watch                       the status of opening a watch
 *   next WAIT_MS                as observe, of the watch
 *   run                         OK; runs in the background
 *   told                        OK told=, what the callbacks were told so far: +TERM, -TERM, or ~TERM for a loss; at=
 *   stop                        ends the run: its status
 *
 * `at` is when the last thing happened, in microseconds of a clock that all processes share.
 *
 *   candidate URL NAMESPACE
 */
#include <distcoord.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static distcoord_client *client;
static distcoord_election *election;
static distcoord_watch *watch;
static pthread_t running;
static distcoord_status ran;
static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;
static char told[4096];
static long long told_at;

static long long now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void answer(distcoord_status status, const char *more, distcoord_error *error) {
    distcoord_error_free(error);
    printf("%s%s\n", distcoord_status_name(status), more);
    fflush(stdout);
}

static void need(distcoord_status status, distcoord_error *error) {
    if (status == DISTCOORD_OK) return;
    fprintf(stderr, "candidate: %s: %s\n", distcoord_status_name(status), error ? distcoord_error_message(error) : "");
    exit(70);
}

static void open_election(int64_t lease_ms, int64_t step_down_ms) {
    distcoord_error *error = NULL;
    distcoord_election_options *options = distcoord_election_options_new();
    need(distcoord_election_options_set_lease_ms(options, lease_ms), NULL);
    need(distcoord_election_options_set_step_down_ms(options, step_down_ms), NULL);
    need(distcoord_election_open(client, "target", options, &election, &error), error);
    distcoord_election_options_free(options);
}

static void answer_leader(distcoord_status status, distcoord_leader_info *info, distcoord_error *error) {
    char more[4300] = "";
    if (info) {
        snprintf(more, sizeof more, " term=%llu value=%s candidates=%lld",
            (unsigned long long)distcoord_leader_info_term(info), distcoord_leader_info_value(info),
            (long long)distcoord_leader_info_candidates(info));
    }
    answer(status, more, error);
    distcoord_leader_info_free(info);
}

static void tell(char mark, uint64_t term) {
    pthread_mutex_lock(&telling);
    size_t length = strlen(told);
    snprintf(told + length, sizeof told - length, "%c%llu", mark, (unsigned long long)term);
    told_at = now_us();
    pthread_mutex_unlock(&telling);
}

static void acquired(void *context, uint64_t term) {
    (void)context;
    tell('+', term);
}

static void ended(void *context, uint64_t term, bool was_lost) {
    (void)context;
    tell(was_lost ? '~' : '-', term);
}

static void *run(void *unused) {
    ran = distcoord_election_run(election, acquired, ended, NULL, NULL);
    return unused;
}

static void answer_told(void) {
    char more[4300];
    pthread_mutex_lock(&telling);
    snprintf(more, sizeof more, " told=%s at=%lld", told, told_at);
    pthread_mutex_unlock(&telling);
    answer(DISTCOORD_OK, more, NULL);
}

static void stop(void) {
    distcoord_election_cancel(election);
    pthread_join(running, NULL);
    answer(ran, "", NULL);
}

static void obey(const char *line) {
    distcoord_error *error = NULL;
    distcoord_leader_info *info = NULL;
    char more[128] = "", text[64];
    long long a = 0, b = 0;
    if (sscanf(line, "set %lld %lld", &a, &b) == 2) {
        open_election(a, b);
        answer(DISTCOORD_OK, "", NULL);
    } else if (sscanf(line, "campaign %lld", &a) == 1) {
        distcoord_status status = distcoord_election_campaign(election, a, &error);
        unsigned long long term = distcoord_election_term(election);
        if (status == DISTCOORD_OK) snprintf(more, sizeof more, " term=%llu at=%lld", term, now_us());
        answer(status, more, error);
    } else if (strcmp(line, "resign\n") == 0) {
        distcoord_status status = distcoord_election_resign(election, &error);
        answer(status, "", error);
    } else if (sscanf(line, "value %63s", text) == 1) {
        distcoord_status status = distcoord_election_set_value(election, text, &error);
        answer(status, "", error);
    } else if (sscanf(line, "evict %lld", &a) == 1) {
        distcoord_status status = distcoord_election_evict(election, (uint64_t)a, &error);
        answer(status, "", error);
    } else if (strcmp(line, "state\n") == 0) {
        static const char *const states[] = {"follower", "leader", "lost"};
        snprintf(more, sizeof more, " state=%s term=%llu", states[distcoord_election_state(election)],
            (unsigned long long)distcoord_election_term(election));
        answer(DISTCOORD_OK, more, NULL);
    } else if (sscanf(line, "lost %lld", &a) == 1) {
        distcoord_status status = distcoord_election_wait_lost(election, a);
        snprintf(more, sizeof more, " at=%lld", now_us());
        answer(status, more, NULL);
    } else if (sscanf(line, "observe %lld %lld", &a, &b) == 2) {
        distcoord_status status = distcoord_election_observe(election, (uint64_t)a, b, &info, &error);
        answer_leader(status, info, error);
    } else if (strcmp(line, "watch\n") == 0) {
        distcoord_status status = distcoord_election_watch(election, &watch, &error);
        answer(status, "", error);
    } else if (sscanf(line, "next %lld", &a) == 1) {
        distcoord_status status = distcoord_election_watch_next(watch, a, &info, &error);
        answer_leader(status, info, error);
    } else if (strcmp(line, "run\n") == 0) {
        answer(pthread_create(&running, NULL, run, NULL) == 0 ? DISTCOORD_OK : DISTCOORD_ERROR_INTERNAL, "", NULL);
    } else if (strcmp(line, "told\n") == 0) {
        answer_told();
    } else if (strcmp(line, "stop\n") == 0) {
        stop();
    } else {
        answer(DISTCOORD_ERROR_INVALID_ARGUMENT, "", NULL);
    }
}

int main(int argc, char **argv) {
    distcoord_error *error = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: candidate URL NAMESPACE\n");
        return 64;
    }
    distcoord_options *options = distcoord_options_new();
    need(distcoord_options_set_namespace(options, argv[2]), NULL);
    const char *timeout = getenv("RUNNER_TIMEOUT_MS");
    if (timeout) need(distcoord_options_set_command_timeout_ms(options, strtoll(timeout, NULL, 10)), NULL);
    need(distcoord_client_open(argv[1], options, &client, &error), error);
    distcoord_options_free(options);
    char line[256];
    while (fgets(line, sizeof line, stdin)) obey(line);
    return 0;
}
