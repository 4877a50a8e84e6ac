/**
 * What a call can answer. Numbers are part of the binary interface: given once, never reused.
 */
#ifndef DISTCOORD_STATUS_H
#define DISTCOORD_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Result of a call: 0 success, positive a normal answer, negative an error. */
typedef int32_t distcoord_status;

enum {
    /** Done. */
    DISTCOORD_OK = 0,

    /* Normal answers. They carry no error object. */

    /** The wait ended before the thing was had. Nothing is left behind on the server. */
    DISTCOORD_TIMED_OUT = 1,
    /** There is nothing: no job to claim, no leader. */
    DISTCOORD_EMPTY = 2,
    /** The handle does not hold what it was asked to release or extend. */
    DISTCOORD_NOT_HELD = 3,
    /** The handle held it, but the lease ended or it was taken away; somebody else may hold it now. */
    DISTCOORD_LOST = 4,
    /** A thing of that identity is there already. */
    DISTCOORD_EXISTS = 5,
    /** The wait was ended by a cancel function or by closing the client. */
    DISTCOORD_CANCELLED = 6,
    /** The wait was ended by the interrupt function (options.h). */
    DISTCOORD_INTERRUPTED = 7,
    /** The barrier is broken: a party timed out, gave up or aborted it. */
    DISTCOORD_BROKEN = 8,
    /** Nothing of that identity is known. */
    DISTCOORD_NOT_FOUND = 9,
    /** It was there, but the time for which it is kept has passed. */
    DISTCOORD_EXPIRED = 10,
    /** It has another version than the one asked for; nothing was written. */
    DISTCOORD_CHANGED = 11,
    /** The circuit breaker is open: the call must not be made. */
    DISTCOORD_REJECTED = 12,

    /* Errors of the caller. Calling again with the same arguments fails again. */

    /** An argument is NULL, empty, too long, not UTF-8, negative where it may not be, or a malformed URL. */
    DISTCOORD_ERROR_INVALID_ARGUMENT = -1,
    /** A payload is above the client's limit. Nothing was sent. */
    DISTCOORD_ERROR_TOO_LARGE = -2,
    /** The client was closed. */
    DISTCOORD_ERROR_CLOSED = -3,
    /** The object is held by the parent of this forked process. */
    DISTCOORD_ERROR_FORKED = -4,
    /** The name is in use with other parameters, for example a barrier with another number of parties. */
    DISTCOORD_ERROR_CONFLICT = -5,

    /* Errors of the group "server". Those marked (r) may pass by themselves: `distcoord_error_is_retriable`. */

    /** No connection could be made within the connect timeout. (r) */
    DISTCOORD_ERROR_UNREACHABLE = -10,
    /** No answer within the command timeout, or it was lost and is forgotten: whether the command ran is not known. (r) */
    DISTCOORD_ERROR_NO_REPLY = -11,
    /** The server wants a password, the password is wrong, or the user may not run the command. */
    DISTCOORD_ERROR_NOT_PERMITTED = -12,
    /** The server is loading, busy in a script, a read-only replica, or its cluster is down. (r) */
    DISTCOORD_ERROR_UNAVAILABLE = -13,
    /** The server has reached its `maxmemory`. (r) */
    DISTCOORD_ERROR_SERVER_FULL = -14,
    /** The server is too old or lacks what the library needs: Redis 6.2 or later, or Valkey. */
    DISTCOORD_ERROR_UNSUPPORTED_SERVER = -15,
    /** Any other error answer; its text is in `distcoord_error_server_text`. */
    DISTCOORD_ERROR_SERVER = -16,

    /** A fault of the library or of the machine (no thread, no file descriptor). Please report it. */
    DISTCOORD_ERROR_INTERNAL = -90
};

/**
 * Name of a status as written above without the prefix ("TIMED_OUT", "ERROR_CLOSED"); "UNKNOWN" for other numbers.
 *
 * @param status Any number.
 * @returns Text, borrowed until the process ends.
 */
const char *distcoord_status_name(distcoord_status status);

#ifdef __cplusplus
}
#endif

#endif
