/*
 * How a process of a recorded history writes down what happens to it: records of a fixed size in shared memory, which
 * are still there when the process is killed.
 *
 * Moments are CLOCK_BOOTTIME in ns, the same clock for all processes of a machine. A moment before a call is taken
 * before it, a moment after a call after it, so that every interval that is read from them is rather too short.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <distcoord.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* A while in which the process did not run: stopped, or the machine was busy. A file of these per process. */
struct pause {
    int64_t from_ns, to_ns;
};

enum { PAUSES_MAX = 1 << 14, BEAT_US = 10000 };

static inline int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline void sleep_us(unsigned us) {
    nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000L}, NULL);
}

static inline void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(70);
}

/* A file that is memory; it takes no more room than what is written to it. */
static inline void *record_file(const char *folder, const char *name, size_t size) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    void *memory = MAP_FAILED;
    if (file >= 0 && ftruncate(file, (off_t)size) == 0) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (memory == MAP_FAILED) fail(path, strerror(errno));
    close(file);
    return memory;
}

/* A thread's work: notes in the process's file of pauses when it did not run for longer than usual. */
static inline void record_pauses(volatile struct pause *pauses, int64_t usual_ns) {
    int64_t last = now_ns();
    for (int count = 0; count < PAUSES_MAX;) {
        sleep_us(BEAT_US);
        int64_t now = now_ns();
        if (now - last > usual_ns) {
            pauses[count].to_ns = now;
            pauses[count++].from_ns = last;
        }
        last = now;
    }
}

/* A client that gives up on a server that is away sooner than it would by itself. */
static inline distcoord_client *open_client(const char *url, const char *label) {
    distcoord_client *client = NULL;
    distcoord_error *error = NULL;
    distcoord_options *options = distcoord_options_new();
    distcoord_options_set_namespace(options, "history");
    distcoord_options_set_label(options, label);
    distcoord_options_set_connect_timeout_ms(options, 1000);
    distcoord_options_set_command_timeout_ms(options, 2000);
    if (distcoord_client_open(url, options, &client, &error) != DISTCOORD_OK) {
        fail(label, distcoord_error_message(error));
    }
    distcoord_options_free(options);
    return client;
}

#endif
