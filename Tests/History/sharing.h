/*
 * One thread of a process that shares things with others, and how it writes down what it does (deed.h).
 */
#ifndef SHARING_H
#define SHARING_H

#include "deed.h"
#include "recording.h"

#include <stdatomic.h>

struct sharer {
    char part;
    unsigned random;
    volatile struct deed *next, *end;
    int64_t number; /* of its last message */
};

/* The process's. */
extern distcoord_client *client;
extern unsigned seed;
extern atomic_bool is_ending;

static inline void need(distcoord_status status, distcoord_error *error) {
    if (status != DISTCOORD_OK) fail(distcoord_status_name(status), distcoord_error_message(error));
}

static inline bool goes_on(const struct sharer *sharer) {
    return !is_ending && sharer->next + 2 < sharer->end;
}

static inline volatile struct deed *begin(struct sharer *sharer, enum deed_kind kind, int object) {
    volatile struct deed *deed = sharer->next++;
    deed->kind = kind;
    deed->object = object;
    deed->before_ns = now_ns();
    return deed;
}

/* An error is followed by a short rest: the server may be away. */
static inline void end(volatile struct deed *deed, distcoord_status status) {
    deed->status = status;
    deed->after_ns = now_ns();
    if (status < 0) sleep_us(2000);
}

static inline void rest(struct sharer *sharer, unsigned most_us) {
    sleep_us(rand_r(&sharer->random) % most_us);
}

/* What a thread does, until `goes_on` says no more. */
void meet(struct sharer *sharer);
void enter_and_leave(struct sharer *sharer);
void signal_and_wait(struct sharer *sharer);
void count(struct sharer *sharer);
void write_and_read(struct sharer *sharer);
void watch(struct sharer *sharer);
void take(struct sharer *sharer);
void call_what_fails(struct sharer *sharer);
void publish_and_consume(struct sharer *sharer);

/* At the end: the counters' values; what nobody has acknowledged, and then the whole topic. */
void read_counters(struct sharer *sharer);
void read_topic(struct sharer *sharer);

#endif
