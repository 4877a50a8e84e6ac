/**
 * How a client connects and behaves. Make an options object, set what differs from the defaults, open clients with it,
 * free it; a client copies what it needs. An options object is used by one thread at a time.
 *
 * Setters return DISTCOORD_ERROR_INVALID_ARGUMENT for values out of range, which leaves the option as it was.
 */
#ifndef DISTCOORD_OPTIONS_H
#define DISTCOORD_OPTIONS_H

#include "log.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_options distcoord_options;

/**
 * Asked now and then, on the process's initial thread, whether to give up: by every wait, and by every other call
 * while the server does not answer it. A non-zero answer ends the call with DISTCOORD_INTERRUPTED. It exists for
 * hosts that can act on signals only when the initial thread returns to them (Python), and is asked each 50 ms. It
 * runs on the waiting thread, with no lock of the library held, and must not call the library nor unwind out.
 *
 * @param user What was given to `distcoord_options_set_interrupt`.
 * @returns 0 to go on waiting.
 */
typedef int32_t (*distcoord_interrupt_function)(void *user);

/**
 * Makes an options object with the defaults.
 *
 * @returns Options that the caller owns (`distcoord_options_free`).
 */
distcoord_options *distcoord_options_new(void);

/**
 * Frees an options object.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_options_free(distcoord_options *options);

/**
 * Namespace: programs meet only inside one namespace of one server. Default "default", or DISTCOORD_NAMESPACE of the
 * environment. A name as described in distcoord.h, of at most 128 bytes.
 *
 * @param options The options.
 * @param name_space The namespace.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_namespace(distcoord_options *options, const char *name_space);

/**
 * How this client appears to people who look at holders and waiters. Default "user@host:pid", or DISTCOORD_LABEL of
 * the environment. A name of at most 128 bytes.
 *
 * @param options The options.
 * @param label The label.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_label(distcoord_options *options, const char *label);

/**
 * User name and password; they win over those in the URL, which in turn win over REDIS_USERNAME and REDIS_PASSWORD (or
 * REDISCLI_AUTH) of the environment.
 *
 * @param options The options.
 * @param user User name, or NULL for the server's default user.
 * @param password Password, or NULL for none.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_credentials(distcoord_options *options, const char *user, const char *password);

/**
 * How long making one connection may take. Default 5 000 ms; 1 to 600 000.
 *
 * @param options The options.
 * @param timeout_ms Milliseconds.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_connect_timeout_ms(distcoord_options *options, int64_t timeout_ms);

/**
 * How long one operation may take on the server's side, reconnecting and sending it again included. Default 10 000 ms;
 * 1 to 600 000. It bounds calls, not waits: waiting for a lock for an hour rides out outages of the server meanwhile.
 *
 * @param options The options.
 * @param timeout_ms Milliseconds.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_command_timeout_ms(distcoord_options *options, int64_t timeout_ms);

/**
 * Largest payload or result in bytes. Default 67 108 864 (64 MiB); 1 to that number.
 *
 * @param options The options.
 * @param bytes Bytes.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_max_payload(distcoord_options *options, int64_t bytes);

/**
 * How many servers of a quorum must grant, when more than half of them are not enough. No effect for other URLs.
 *
 * @param options The options.
 * @param nodes 0 (the default) for more than half; else 1 to 64. Opening a client fails when it is no more than half
 *   of the servers, or more than there are.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_minimum_nodes(distcoord_options *options, int64_t nodes);

/**
 * A guardian: a helper process that gives back, within milliseconds, what this process held when it died by a crash
 * or SIGKILL; without one leases do, in their time. It is started with the first thing that is held, with these
 * arguments followed by "--pid N --client ID", its standard streams on /dev/null, the client's URL in DISTCOORD_URL
 * and its namespace in DISTCOORD_NAMESPACE; it must call `distcoord_guardian_run`. The command's `distcoord guard`
 * does. It ends with the client.
 *
 * @param options The options.
 * @param arguments Program (looked for on PATH) and arguments, for example {"distcoord", "guard"}; each 1 to 4 096
 *   bytes.
 * @param count How many, to 64; 0 (the default) for no guardian.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_guardian(
    distcoord_options *options, const char *const *arguments, size_t count);

/**
 * Where log lines go. The function and `user` must stay valid until the last client opened with these options, and
 * every handle made from it, is freed.
 *
 * @param options The options.
 * @param level One of DISTCOORD_LOG_*.
 * @param function The function, or NULL for none.
 * @param user Handed to the function.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_log(
    distcoord_options *options, int32_t level, distcoord_log_function function, void *user);

/**
 * A function that can end waits on the process's initial thread; see `distcoord_interrupt_function`. Lifetime as for
 * the log function.
 *
 * @param options The options.
 * @param function The function, or NULL for none.
 * @param user Handed to the function.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_options_set_interrupt(
    distcoord_options *options, distcoord_interrupt_function function, void *user);

#ifdef __cplusplus
}
#endif

#endif
