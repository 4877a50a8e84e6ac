/**
 * A client: one namespace on one server, with the few connections, the mailbox and the lease keeper that everything
 * made from it shares. One per process is usual.
 */
#ifndef DISTCOORD_CLIENT_H
#define DISTCOORD_CLIENT_H

#include "error.h"
#include "options.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_client distcoord_client;
typedef struct distcoord_health distcoord_health;

/**
 * Makes a client. Only the URL is checked here; the first operation connects (`distcoord_client_ping` to do so now).
 *
 * URLs:
 *   redis://[[user]:password@]host[:port][/db]      TCP
 *   rediss://...                                    the same with TLS
 *   unix:///path/to/socket[?db=n]                   unix socket; also redis-socket:// and redis+unix://
 *   local:[name]                                    a private server on this machine, started when first needed and
 *                                                   stopped when idle for a minute (DISTCOORD_LOCAL_IDLE seconds, 0 for
 *                                                   never, in the environment of who starts it); its data is kept
 *   host:port,password=...,ssl=true,...             as StackExchange.Redis writes it
 *   quorum:URL,URL,...                              several independent servers, 3 to 64, an odd number is best:
 *                                                   locks and leaderships are held by a majority of them (see
 *                                                   lock.h, leader.h); all else needs one server
 * Query parameters: db, client_name, ssl_ca_certs, ssl_certfile, ssl_keyfile, ssl_cert_reqs (required or none).
 *
 * @param url The URL, or NULL for DISTCOORD_URL, else REDIS_URL, else redis://localhost:6379.
 * @param options Options, or NULL for the defaults.
 * @param out_client Receives a client that the caller owns (`distcoord_client_close`, then `distcoord_client_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_client_open(
    const char *url, const distcoord_options *options, distcoord_client **out_client, distcoord_error **error);

/**
 * One round trip. May block.
 *
 * @param client The client.
 * @param out_latency_us Receives the round trip's microseconds; may be NULL.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_client_ping(distcoord_client *client, int64_t *out_latency_us, distcoord_error **error);

/**
 * Ends every wait that is in progress on this client, each with DISTCOORD_CANCELLED. Later calls are not affected.
 * Safe from any thread and from within a log function, but not from a signal handler.
 *
 * @param client The client, or NULL.
 */
void distcoord_client_cancel(distcoord_client *client);

/**
 * Ends all waits, gives back all that is held (locks, leaderships, jobs without counting an attempt), stops the
 * client's threads and closes its connections. Later calls on the client and on all that was made from it answer
 * DISTCOORD_ERROR_CLOSED. Closing twice is DISTCOORD_OK. May block for at most the command timeout; when the server
 * cannot be reached everything is closed all the same, leases free what was held, and the error says so.
 *
 * @param client The client.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_client_close(distcoord_client *client, distcoord_error **error);

/**
 * Frees a client. One that was not closed is closed in the background without telling the server more than it can
 * take at once; leases free the rest.
 *
 * @param client A client that the caller owns, or NULL.
 */
void distcoord_client_free(distcoord_client *client);

/**
 * The identity under which the server knows this client; another one after fork.
 *
 * @param client The client.
 * @returns Text, borrowed until `distcoord_client_free` or until the process forks; empty for NULL.
 */
const char *distcoord_client_id(const distcoord_client *client);

/**
 * The URL in use without password.
 *
 * @param client The client.
 * @returns Text, borrowed until `distcoord_client_free`; empty for NULL.
 */
const char *distcoord_client_url(const distcoord_client *client);

/**
 * The namespace in use.
 *
 * @param client The client.
 * @returns Text, borrowed until `distcoord_client_free`; empty for NULL.
 */
const char *distcoord_client_namespace(const distcoord_client *client);

/**
 * Checks the server and the way to it: reachable, version, memory policy, persistence, clock, scripts, a lock's round
 * trip, the mailbox. May block for some round trips. A check that fails is a line of the report, not an error of this
 * function; also an unreachable server is DISTCOORD_OK with a report that says so.
 *
 * @param client The client.
 * @param out_health Receives a report that the caller owns (`distcoord_health_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_client_check(
    distcoord_client *client, distcoord_health **out_health, distcoord_error **error);

/** State of one check, and of a report: the worst of its checks. */
enum { DISTCOORD_HEALTHY = 0, DISTCOORD_DEGRADED = 1, DISTCOORD_UNHEALTHY = 2 };

/**
 * Worst state in the report.
 *
 * @param health A report.
 * @returns DISTCOORD_HEALTHY, DISTCOORD_DEGRADED or DISTCOORD_UNHEALTHY; the last for NULL.
 */
int32_t distcoord_health_state(const distcoord_health *health);

/**
 * Number of checks in the report.
 *
 * @param health A report.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_health_count(const distcoord_health *health);

/**
 * Name of a check, for example "memory policy".
 *
 * @param health A report.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_health_free`; empty when there is no such check.
 */
const char *distcoord_health_name(const distcoord_health *health, size_t index);

/**
 * What was found, and what to do about it.
 *
 * @param health A report.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_health_free`; empty when there is no such check.
 */
const char *distcoord_health_detail(const distcoord_health *health, size_t index);

/**
 * State of one check.
 *
 * @param health A report.
 * @param index From 0.
 * @returns As `distcoord_health_state`; DISTCOORD_UNHEALTHY when there is no such check.
 */
int32_t distcoord_health_check_state(const distcoord_health *health, size_t index);

/**
 * Frees a report.
 *
 * @param health A report that the caller owns, or NULL.
 */
void distcoord_health_free(distcoord_health *health);

#ifdef __cplusplus
}
#endif

#endif
