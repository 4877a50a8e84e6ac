/*
 * What workers write down: one line per event, one file per process. A line is one write in append mode, so what was
 * written is there when the process is killed. workflows/records.py reads the same lines, worker.py writes them too.
 * Moments are CLOCK_REALTIME in ns, the clock that the server reads as well, on the same machine.
 *
 *   w CLIENT                                                     first: the identity of the process's client
 *   c MOMENT RUN TASK ROUND ATTEMPT FENCE                        after a claim
 *   b MOMENT RUN TASK ROUND ATTEMPT FENCE HOW                    before saying how the attempt ended
 *   a MOMENT RUN TASK ROUND ATTEMPT FENCE HOW STATUS             after that
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <distcoord.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LEASE_MS = 1000 };

static int ledger_file = -1;

__attribute__((unused)) static void ledger_open(const char *folder, const char *label) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.log", folder, label);
    ledger_file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (ledger_file < 0) {
        perror(path);
        exit(70);
    }
}

__attribute__((format(printf, 1, 2), unused)) static void note(const char *format, ...) {
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= (int)sizeof line - 1) abort();
    line[length++] = '\n';
    if (write(ledger_file, line, (size_t)length) != length) abort();
}

__attribute__((unused)) static long long moment(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

__attribute__((unused)) static void sleep_us(long long us) {
    struct timespec left = {us / 1000000, us % 1000000 * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

__attribute__((unused)) static void note_job(
    const char *kind, const distcoord_job *job, const char *how, const char *status) {
    note("%s %lld %s %s %d %d %llu%s%s%s%s", kind, moment(), distcoord_task_run(job), distcoord_task_name(job),
        distcoord_task_round(job), distcoord_job_attempt(job), (unsigned long long)distcoord_job_fence(job),
        *how ? " " : "", how, *status ? " " : "", status);
}

/* Clients here give up soon, and try again themselves: the campaign is about what happens then. */
__attribute__((unused)) static distcoord_client *open_client(const char *url, const char *label) {
    distcoord_client *client = NULL;
    distcoord_error *error = NULL;
    distcoord_options *options = distcoord_options_new();
    distcoord_options_set_namespace(options, "graphs");
    distcoord_options_set_label(options, label);
    distcoord_options_set_connect_timeout_ms(options, 1000);
    distcoord_options_set_command_timeout_ms(options, 3000);
    if (distcoord_client_open(url, options, &client, &error) != DISTCOORD_OK) {
        fprintf(stderr, "%s: %s\n", label, distcoord_error_message(error));
        exit(70);
    }
    distcoord_options_free(options);
    return client;
}

#endif
