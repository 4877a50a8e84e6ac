/*
 * What a sharer writes down of each thing that it does (recording.h): a file per thread. history/deeds.py reads the
 * same layout.
 */
#ifndef DEED_H
#define DEED_H

#include <stdint.h>

/* What is done, and what `a` and `b` are about. */
enum deed_kind {
    MEET,        /* waits at a barrier: index, generation */
    ENTER,       /* a double barrier: index */
    LEAVE,       /* a double barrier */
    ADD,         /* to a counter: its value afterwards */
    SET,         /* a value: its version afterwards, the version that it had to have or 0 */
    GET,         /* a value: its version */
    WATCHED,     /* a value, by a watch: its version, what is there */
    TAKE_TOKENS, /* from a bucket: how many */
    TAKE_SLOTS,  /* from a sliding window: how many */
    PUBLISH,     /* to a topic: the message's number */
    DELIVERED,   /* of a consumer group: the message's number, deliveries */
    ACKNOWLEDGE, /* of a consumer group: the message's number */
    READ_BACK,   /* at the end, the whole topic: the message's number */
    COUNTED,     /* at the end, a counter: its value */
    ASK,         /* a breaker of what always fails: what is let through is OK */
    SET_EVENT,
    CLEAR_EVENT,
    WAIT_EVENT
};

struct deed {
    int64_t before_ns; /* written last of what describes it, 0 for a record that is not used */
    int64_t after_ns;  /* 0 while it goes on */
    int64_t a, b;
    int32_t kind;
    int32_t object;
    int32_t status;
    int32_t padding;
};

enum { DEEDS_MAX = 1 << 20 };

enum {
    PARTIES = 3,
    COUNTERS = 2,
    VALUES = 3,
    TOKENS = 40, /* a second, and at once at most: */
    BURST = 8,
    SLOTS = 15, /* in any: */
    WINDOW_MS = 400,
    TRIALS = 2, /* of a breaker, and again only after: */
    RECOVERY_MS = 150,
    LEASE_MS = 800
};

#endif
