/*
 * What a candidate writes down of each time that it stands, and an observer of each change that it is told of
 * (recording.h): a file per thread. history/leaderships.py reads the same layout.
 */
#ifndef LEADERSHIP_H
#define LEADERSHIP_H

#include <stdint.h>

/* CAMPAIGNS: stands, leads, resigns. RUNS: told by callbacks. */
enum style { CAMPAIGNS, RUNS };

/* What may be wrong in the eyes of the candidate itself; SEEN_LOST is only for finding what leads again after it. */
enum { WRONG_TERM = 1, REVIVED = 2, LOSS_NOT_TOLD = 4, SEEN_LOST = 8 };

struct leadership {
    int64_t called_ns;   /* before it stood; written last of what describes it, 0 for a record that is not used */
    int64_t acquired_ns; /* after the campaign that succeeded; on entering the callback */
    int64_t valid_ns;    /* last moment for which the handle said LEADER afterwards */
    int64_t ending_ns;   /* before resigning; on entering the callback of the end */
    int64_t ended_ns;    /* after resigning, or after the campaign that failed; on leaving the callback of the end */
    uint64_t term;
    int64_t wait_ms;
    int32_t election;
    int32_t style;
    int32_t campaign_status;
    int32_t end_status; /* of resigning; for callbacks OK or LOST */
    int32_t lease_ms;
    int32_t step_down_ms;
    int32_t faults;
    int32_t padding;
};

struct observation {
    int64_t before_ns, after_ns; /* written last, 0 for a record that is not used */
    uint64_t term;               /* 0: nobody leads */
    int32_t election;
    int32_t by_watch;
};

struct eviction {
    int64_t before_ns, after_ns; /* before_ns is written last of what describes it */
    uint64_t term;
    int32_t election;
    int32_t status;
};

enum { LEADERSHIPS_MAX = 1 << 18, OBSERVATIONS_MAX = 1 << 18, EVICTIONS_MAX = 1 << 14 };

enum { ELECTIONS = 3 };

#endif
