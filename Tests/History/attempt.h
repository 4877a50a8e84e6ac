/*
 * What a worker writes down of each acquire (recording.h), in one file per thread. history/records.py reads the same
 * layout.
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdint.h>

enum kind { PLAIN, UNFAIR, LINGER, REENTRANT, MANY, READ, WRITE, PERMITS, KINDS };

/* What may be wrong in the eyes of the worker itself; SEEN_LOST is only for finding what is held again after a loss. */
enum { INNER_REFUSED = 1, WRONG_DEPTH = 2, REVIVED = 4, SEEN_LOST = 8 };

/* In place of a release's status: the hold was freed without a release, which gives it back in the background. */
enum { FREED = 1000 };

struct attempt {
    int64_t called_ns;     /* before the acquire; written last of what describes it, 0 for a record that is not used */
    int64_t granted_ns;    /* after the acquire that succeeded */
    int64_t valid_ns;      /* last moment for which the handle said HELD afterwards */
    int64_t deadline_ns;   /* until when the handle then said that it is held for certain */
    int64_t downgraded_ns; /* before a writer became a reader */
    int64_t release_ns;    /* before the release */
    int64_t ended_ns;      /* after the release, or after the acquire that failed */
    uint64_t fence;
    int64_t wait_ms;
    uint64_t names; /* bits: several locks have several */
    int32_t kind;
    int32_t weight;
    int32_t acquire_status;
    int32_t release_status;
    int32_t lease_ms;
    int32_t faults;
};

enum { ATTEMPTS_MAX = 1 << 20 };

enum { LOCKS = 4, RWLOCKS = 2, SEMAPHORES = 2 };

#endif
