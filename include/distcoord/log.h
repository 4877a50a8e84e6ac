/**
 * What the library says while it runs: reconnects, lost leases, server settings that lose data. Nothing is printed
 * by the library itself; without a log function nothing is formatted either.
 */
#ifndef DISTCOORD_LOG_H
#define DISTCOORD_LOG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Levels, more talkative upwards. A client logs its level and everything below it. */
enum {
    DISTCOORD_LOG_OFF = 0,
    /** Something was lost: a lease, a subscription that could not be restored. */
    DISTCOORD_LOG_ERROR = 1,
    /** Something will go wrong unless someone acts: eviction policy, wrong password on reconnect. */
    DISTCOORD_LOG_WARNING = 2,
    /** State changes an operator wants to see: connection lost and restored, leadership gained and lost. */
    DISTCOORD_LOG_INFO = 3,
    /** Each grant, release, claim and completion. */
    DISTCOORD_LOG_DEBUG = 4
};

/**
 * Receives one line. It may run on any thread of the process, also on threads of the library, several at a time; it
 * must return soon (it can delay lease renewal) and must not call the library, nor unwind (throw, longjmp) out.
 *
 * @param user What was given to `distcoord_options_set_log`.
 * @param level One of DISTCOORD_LOG_*.
 * @param message One line of UTF-8 without a newline, borrowed for the duration of the callback.
 */
typedef void (*distcoord_log_function)(void *user, int32_t level, const char *message);

#ifdef __cplusplus
}
#endif

#endif
