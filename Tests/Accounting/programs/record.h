/*
 * What producers and workers write down: one line per event, one file per process. A line is one write in append mode,
 * so what was written is there when the process is killed, and half a line at most is lost. accounting/records.py reads
 * the same lines; worker.py, worker.sh and the Swift worker write them too.
 *
 * Moments are CLOCK_REALTIME in ns, the clock that the server reads as well, on the same machine.
 *
 *   i MOMENT NAME KEY=VALUE...                      before a job is pushed; how
 *   p MOMENT NAME ID STATUS                         after the push
 *   c MOMENT NAME ID FENCE ATTEMPT ATTEMPTS         after a claim
 *   s BEFORE AFTER NAME FENCE HOW STATUS            around saying how the attempt ended
 *   t BEFORE AFTER WHAT NAME STATUS VALUE...        around anything else that is asked of the server
 *
 * NAME is the payload's first word, THEME.ROUND.PRODUCER.NUMBER: it names the job whatever its id is. The second word
 * says what each attempt does, one letter each, the last one for all further ones (worker.c); the third for how many
 * microseconds it works.
 */
#ifndef RECORD_H
#define RECORD_H

#include <distcoord.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LEASE_MS = 1000, NAME_SIZE = 128 };

/* Where the campaign's clients live; another campaign says so before it includes this. */
#ifndef RECORD_NAMESPACE
#define RECORD_NAMESPACE "accounting"
#endif

static int record_file = -1;

__attribute__((unused)) static void record_open(const char *folder, const char *label) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.log", folder, label);
    record_file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (record_file < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(70);
    }
}

__attribute__((format(printf, 1, 2), unused)) static void record(const char *format, ...) {
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= (int)sizeof line - 1) abort();
    line[length++] = '\n';
    if (write(record_file, line, (size_t)length) != length) abort();
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

/* Clients here give up soon, and try again themselves: the campaign is about what happens then. */
__attribute__((unused)) static distcoord_client *open_client(const char *url, const char *label) {
    distcoord_client *client = NULL;
    distcoord_error *error = NULL;
    distcoord_options *options = distcoord_options_new();
    distcoord_options_set_namespace(options, RECORD_NAMESPACE);
    distcoord_options_set_label(options, label);
    distcoord_options_set_connect_timeout_ms(options, 1000);
    distcoord_options_set_command_timeout_ms(options, 2000);
    if (distcoord_client_open(url, options, &client, &error) != DISTCOORD_OK) {
        fprintf(stderr, "%s: %s\n", label, distcoord_error_message(error));
        exit(70);
    }
    distcoord_options_free(options);
    return client;
}

/* `name` or `name/partitions`. */
__attribute__((unused)) static distcoord_queue *open_queue(distcoord_client *client, const char *spec) {
    char name[NAME_SIZE];
    distcoord_queue *queue = NULL;
    snprintf(name, sizeof name, "%s", spec);
    char *slash = strchr(name, '/');
    if (slash) *slash = '\0';
    if (distcoord_queue_open(client, name, &queue, NULL) != DISTCOORD_OK ||
        distcoord_queue_set_lease_ms(queue, LEASE_MS) != DISTCOORD_OK ||
        (slash && distcoord_queue_set_partitions(queue, atoi(slash + 1)) != DISTCOORD_OK)) {
        fprintf(stderr, "no queue %s\n", spec);
        exit(70);
    }
    return queue;
}

#endif
