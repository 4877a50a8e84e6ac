/**
 * libdistcoord: locks, elections, barriers and job queues on Redis, one implementation for every language.
 *
 * Include this header alone; it brings in one header per subject:
 *
 *   version.h   which library is loaded
 *   status.h    what a call can answer, each number once
 *   error.h     why a call failed, in words and in attributes
 *   log.h       what the library says while it runs
 *   options.h   how a client connects and behaves
 *   client.h    a connection to one namespace on one server; everything else hangs on it
 *   lock.h      fair mutual exclusion with leases and fencing numbers; several locks at once
 *   rwlock.h    many readers or one writer
 *   semaphore.h n permits
 *   monitor.h   who holds what, how long waits take, what the dead have left
 *   leader.h    elections: one leader at a time, with terms
 *   watch.h     following something, by waits or from a poll loop
 *   barrier.h   n parties wait for each other, again and again
 *   double_barrier.h  n parties begin together and leave together
 *   latch.h     a count that is taken down to zero, and waiting for that
 *   event.h     a flag, and waiting for it
 *   membership.h  who belongs to a group, who comes and goes
 *   state.h     shared values with versions, counters, lists; watching them
 *   channel.h   publish and subscribe, at most once; with message.h
 *   topic.h     messages that are kept, replay, consumer groups
 *   breaker.h   circuit breakers for the whole fleet
 *   limiter.h   rate limits for the whole fleet
 *   queue.h     jobs: pushed, claimed under a lease, completed or retried, results waited for; with job_options.h,
 *               job.h and result.h
 *   control.h   pausing a queue, its limits
 *   jobs.h      looking at jobs; cancelling, retrying and purging them
 *   batch.h     jobs that are counted together, and waiting for all of them
 *   schedule.h  recurring jobs, by interval or cron line
 *   producer.h  pushing through a buffer
 *   worker.h    working on queues: threads, claiming ahead, orderly ends; and who works
 *   workflow.h  graphs of tasks
 *   run.h       a workflow as it runs: waiting, results, pausing, stopping, taking up again, watching
 *   task.h      a task of a run, seen by its worker
 *   artifact.h  files that the tasks of a run pass on
 *   instance.h  the same program started several times, working through one workflow together
 *
 * Rules that hold for every function and are not repeated on each:
 *
 * Results. Every function that can fail returns a `distcoord_status`: 0 is success, a small positive number is a
 *   normal answer (timed out, lost, ...), a negative number is an error. Each function lists the answers it can give;
 *   beyond those any function that takes an object may return DISTCOORD_ERROR_INVALID_ARGUMENT (an argument is NULL
 *   or malformed) and any function that talks to the server may return an error of the group "server" in status.h.
 *
 * Errors. The last argument, `distcoord_error **error`, may be NULL. When the status is negative, and the pointer is
 *   not NULL, it receives an error object that the caller owns (`distcoord_error_free`). Otherwise it is set to NULL.
 *
 * Ownership. Three phrases are used and no others: "the caller owns it" (free it with the function named there),
 *   "borrowed until X" (valid until X happens, never freed by the caller), "borrowed for the call" (the library copies
 *   what it needs before it returns). Every pointer passed in is borrowed for the call unless the text says otherwise.
 *
 * Freeing. `_free` functions accept NULL, never fail, never wait for the server, and may be called in any order: a
 *   lock may be freed after its client. `_close` tells the server and may fail.
 *
 * Names. Names of locks, queues, ... are NUL-terminated UTF-8 of 1 to 512 bytes without control characters. The same
 *   name may be used for a lock, a queue and a barrier: kinds never collide.
 *
 * Payloads. A pointer and a length, any bytes; NULL is allowed when the length is 0. Longer than the client's limit
 *   (64 MiB unless set lower) is DISTCOORD_ERROR_TOO_LARGE, found before anything is sent.
 *
 * Time. `int64_t ..._ms`, milliseconds. For waits a negative number waits for ever and 0 tries once. Leases are
 *   counted by the server's clock; clocks of clients never matter.
 *
 * Blocking. Functions whose text says "May block" talk to the server and return within the client's command timeout,
 *   plus the wait they were given. Every wait ends early on `distcoord_client_cancel`, on the `_cancel` of its handle
 *   and on a positive answer of the interrupt function (options.h). The interrupt function also ends a function that does
 *   not wait but sits on a server that does not answer: DISTCOORD_INTERRUPTED, and whether it was done is not known. All
 *   others return at once.
 *
 * Threads. Every object may be used from any number of threads at the same time unless its header says otherwise.
 *   An object must not be used during or after its own `_free`.
 *
 * Fork. A client that is used in a forked child reopens itself there with a new identity. Objects that were held by
 *   the parent (a held lock, a leadership, a claimed job) answer DISTCOORD_ERROR_FORKED in the child; freeing them
 *   there frees memory only. Do not fork while another thread is inside the library and then use it in the child;
 *   the usual rule for threads and fork.
 *
 * Signals and callbacks. The library installs no signal handler. Callbacks (log, interrupt) say in their headers which
 *   thread runs them and what they must not do.
 */
#ifndef DISTCOORD_H
#define DISTCOORD_H

#include "distcoord/version.h"
#include "distcoord/status.h"
#include "distcoord/error.h"
#include "distcoord/log.h"
#include "distcoord/options.h"
#include "distcoord/client.h"
#include "distcoord/lock.h"
#include "distcoord/rwlock.h"
#include "distcoord/semaphore.h"
#include "distcoord/monitor.h"
#include "distcoord/leader.h"
#include "distcoord/watch.h"
#include "distcoord/barrier.h"
#include "distcoord/double_barrier.h"
#include "distcoord/latch.h"
#include "distcoord/event.h"
#include "distcoord/membership.h"
#include "distcoord/state.h"
#include "distcoord/message.h"
#include "distcoord/channel.h"
#include "distcoord/topic.h"
#include "distcoord/breaker.h"
#include "distcoord/limiter.h"
#include "distcoord/queue.h"
#include "distcoord/control.h"
#include "distcoord/jobs.h"
#include "distcoord/batch.h"
#include "distcoord/schedule.h"
#include "distcoord/producer.h"
#include "distcoord/worker.h"
#include "distcoord/workflow.h"
#include "distcoord/run.h"
#include "distcoord/task.h"
#include "distcoord/artifact.h"
#include "distcoord/instance.h"

#endif
