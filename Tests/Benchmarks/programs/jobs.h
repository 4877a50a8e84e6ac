/* Fills queues, for the programs that measure what is done with many jobs. */
#ifndef JOBS_H
#define JOBS_H

#include "bench.h"

enum { MAX_PAYLOAD = 4096, PUSHED_TOGETHER = 1000 };

static inline distcoord_queue *open_queue(distcoord_client *client, const char *name) {
    distcoord_queue *queue = NULL;
    MUST(distcoord_queue_open, client, name, &queue);
    return queue;
}

/* Pushes `count` jobs of `length` bytes; job i has `options[i % kinds]`, or the defaults when there are no kinds. */
static inline void fill_queue(
    distcoord_queue *queue, size_t count, size_t length, distcoord_job_options *const *options, size_t kinds) {
    static char payload[MAX_PAYLOAD];
    const void *payloads[PUSHED_TOGETHER];
    const distcoord_job_options *chosen[PUSHED_TOGETHER];
    size_t lengths[PUSHED_TOGETHER];
    if (length > MAX_PAYLOAD) die("payload of at most 4096 bytes");
    memset(payload, 'x', sizeof payload);
    for (size_t done = 0, n; done < count; done += n) {
        n = count - done < PUSHED_TOGETHER ? count - done : PUSHED_TOGETHER;
        for (size_t i = 0; i < n; i++) {
            payloads[i] = payload;
            lengths[i] = length;
            chosen[i] = kinds > 0 ? options[(done + i) % kinds] : NULL;
        }
        MUST(distcoord_queue_push_many, queue, payloads, lengths, kinds > 0 ? chosen : NULL, n, NULL);
    }
}

#endif
