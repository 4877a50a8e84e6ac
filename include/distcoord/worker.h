/**
 * Workers: claim from one or several queues, hand jobs to the program one by one or to its callback on several threads,
 * claim ahead, settle many jobs by one message, and stop in an orderly way. A worker with jobs to do needs one round
 * trip for many of them; one without sleeps until a push hands it a job.
 *
 * A worker belongs to its process: in a forked child every function but `distcoord_worker_free` answers
 * DISTCOORD_ERROR_FORKED.
 */
#ifndef DISTCOORD_WORKER_H
#define DISTCOORD_WORKER_H

#include "queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_worker distcoord_worker;
typedef struct distcoord_worker_list distcoord_worker_list;

/**
 * Makes a worker. Nothing is sent; the setters below apply until it is first asked for a job.
 *
 * @param client The client.
 * @param name The worker's name, 1 to 128 bytes as for names; NULL for the client's label and a number.
 * @param out_worker Receives a worker that the caller owns (`distcoord_worker_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_worker_open(
    distcoord_client *client, const char *name, distcoord_worker **out_worker, distcoord_error **error);

/**
 * Adds a queue to work on. Needed at least once.
 *
 * @param worker The worker.
 * @param queue A queue's name.
 * @param weight How often it is asked first when several have jobs, relative to the others: 1 to 1 000. 0: only when
 *   all others are empty.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_CONFLICT, the worker is at work already, or has the queue.
 */
distcoord_status distcoord_worker_add_queue(
    distcoord_worker *worker, const char *queue, int32_t weight, distcoord_error **error);

/**
 * How many jobs it works on at the same time: threads of `distcoord_worker_run`, or, for callers of
 * `distcoord_worker_next`, jobs that are not settled yet (the next one is given out when one is).
 *
 * @param worker The worker.
 * @param jobs 1 to 10 000. Default 1.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing (also when it is at work already);
 *   so for all setters here.
 */
distcoord_status distcoord_worker_set_concurrency(distcoord_worker *worker, int32_t jobs);

/**
 * How many jobs it claims ahead of those it works on. They are held under the lease like the others, and no other
 * worker has them meanwhile; more suits short jobs. Jobs claimed ahead are given back when it stops.
 *
 * @param worker The worker.
 * @param jobs 0 to 1 000; negative for the default: as many as are done in a few milliseconds, 0 for longer jobs.
 * @returns See `distcoord_worker_set_concurrency`.
 */
distcoord_status distcoord_worker_set_prefetch(distcoord_worker *worker, int32_t jobs);

/**
 * Length of the lease under which jobs are claimed.
 *
 * @param worker The worker.
 * @param lease_ms As `distcoord_queue_set_lease_ms`.
 * @returns See `distcoord_worker_set_concurrency`.
 */
distcoord_status distcoord_worker_set_lease_ms(distcoord_worker *worker, int64_t lease_ms);

/**
 * What the worker has, as `distcoord_queue_set_capabilities`.
 *
 * @param worker The worker.
 * @param capabilities See there.
 * @returns See `distcoord_worker_set_concurrency`.
 */
distcoord_status distcoord_worker_set_capabilities(distcoord_worker *worker, const char *capabilities);

/**
 * The pool the worker belongs to: it is given the jobs of that pool beside those of none.
 *
 * @param worker The worker.
 * @param pool A pool's name; NULL for none.
 * @returns See `distcoord_worker_set_concurrency`.
 */
distcoord_status distcoord_worker_set_pool(distcoord_worker *worker, const char *pool);

/**
 * Gives the worker a queue of its own under its name in each of its queues, as `distcoord_queue_set_worker`.
 *
 * @param worker The worker.
 * @param owns Whether it has one.
 * @param steals Whether it takes from others'.
 * @returns See `distcoord_worker_set_concurrency`.
 */
distcoord_status distcoord_worker_set_own_queue(distcoord_worker *worker, bool owns, bool steals);

/**
 * How many partitions the queues have (`distcoord_queue_set_partitions`).
 *
 * @param worker The worker.
 * @param queue A queue that was added.
 * @param count 1 to 64.
 * @returns See `distcoord_worker_set_concurrency`.
 */
distcoord_status distcoord_worker_set_partitions(distcoord_worker *worker, const char *queue, int32_t count);

/**
 * The next job. Registers the worker when first called. May block. Jobs are settled with the functions of job.h or,
 * cheaper by far for short jobs, with `distcoord_worker_done`.
 *
 * @param worker The worker.
 * @param wait_ms How long to wait: negative for ever, 0 try once.
 * @param out_job Receives a job that the caller owns (`distcoord_job_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_EMPTY, the worker has been stopped, and every further call answers so, or it drains
 *   and there is nothing to claim; DISTCOORD_TIMED_OUT; DISTCOORD_CANCELLED; DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_worker_next(
    distcoord_worker *worker, int64_t wait_ms, distcoord_job **out_job, distcoord_error **error);

/**
 * Completes a job, together with others: the completion is sent with the next claim, or some milliseconds later,
 * whichever is first. Then what became of it is in the worker's counts; a process that dies in between has done a job
 * that will run again. After this call the job is settled for the caller. Does not block unless very many wait to be
 * sent.
 *
 * @param worker The worker that gave the job out.
 * @param job The job; still to be freed.
 * @param result The result's bytes; copied.
 * @param length How many.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST; DISTCOORD_NOT_HELD; DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_worker_done(
    distcoord_worker *worker, distcoord_job *job, const void *result, size_t length, distcoord_error **error);

/**
 * Does one job. Runs on a thread of the worker's, several at the same time. It settles the job, or does not: then the
 * job is completed without a result when it returns. It must not free the job, nor call `distcoord_worker_run` or
 * `distcoord_worker_free`.
 *
 * @param job The job, borrowed for the call.
 * @param context As given to `distcoord_worker_run`.
 */
typedef void (*distcoord_job_handler)(distcoord_job *job, void *context);

/**
 * Works until the worker is stopped, with a handler on as many threads as its concurrency. May block for as long. Jobs
 * done are completed as `distcoord_worker_done` does. While the server is away it waits and goes on.
 *
 * @param worker The worker.
 * @param handler Called for each job.
 * @param context Passed on to the handler.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, it was stopped, or drained; DISTCOORD_CANCELLED; DISTCOORD_INTERRUPTED: it has been shut down,
 *   as by `distcoord_worker_shutdown` with no time.
 */
distcoord_status distcoord_worker_run(
    distcoord_worker *worker, distcoord_job_handler handler, void *context, distcoord_error **error);

/**
 * Takes no further job; those claimed ahead are given back, those that are worked on may end. Returns at once.
 *
 * @param worker The worker, or NULL.
 */
void distcoord_worker_stop(distcoord_worker *worker);

/**
 * Has the worker stop by itself once its queues have nothing more to claim and it works on no job, whose end might let
 * others in. Returns at once.
 *
 * @param worker The worker, or NULL.
 */
void distcoord_worker_drain(distcoord_worker *worker);

/**
 * Shuts the worker down: stops it, waits for the jobs that are worked on, sends what is done, gives back what is not
 * done in time without counting an attempt (its handles become DISTCOORD_JOB_SETTLED), and ends its registration. May
 * block.
 *
 * @param worker The worker.
 * @param grace_ms How long the jobs may take: negative for ever, 0 none.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, all were done; DISTCOORD_TIMED_OUT, some were given back.
 */
distcoord_status distcoord_worker_shutdown(distcoord_worker *worker, int64_t grace_ms, distcoord_error **error);

/**
 * The worker's name.
 *
 * @param worker The worker.
 * @returns Text, borrowed until `distcoord_worker_free`; empty for NULL.
 */
const char *distcoord_worker_name(const distcoord_worker *worker);

/** What a worker counts. */
enum {
    /** Jobs whose completion was accepted. */
    DISTCOORD_WORKER_PROCESSED = 0,
    /** Attempts that failed, those out of time included. */
    DISTCOORD_WORKER_FAILED = 1,
    /** Jobs given back. */
    DISTCOORD_WORKER_RELEASED = 2,
    /** Jobs whose lease was lost. */
    DISTCOORD_WORKER_LOST = 3,
    /** Jobs that are worked on. */
    DISTCOORD_WORKER_RUNNING = 4,
    /** Jobs claimed ahead. */
    DISTCOORD_WORKER_AHEAD = 5,
    /** Jobs ended as cancelled by its handlers. */
    DISTCOORD_WORKER_CANCELLED = 6
};

/**
 * A count of the worker, as it is now. Asks nobody.
 *
 * @param worker The worker.
 * @param which One of DISTCOORD_WORKER_*.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_worker_count(const distcoord_worker *worker, int32_t which);

/**
 * Ends the waits in progress on this worker, each with DISTCOORD_CANCELLED.
 *
 * @param worker The worker, or NULL.
 */
void distcoord_worker_cancel(distcoord_worker *worker);

/**
 * Frees a worker. What it has claimed ahead is given back, and what is done is sent, in the background; jobs given out
 * stay valid.
 *
 * @param worker A worker that the caller owns, or NULL.
 */
void distcoord_worker_free(distcoord_worker *worker);

/* ---------------------------------------------------------------- all workers */

/**
 * Lists the registered workers of the client's namespace by name. A worker tells the server every 5 seconds how it is;
 * one that has not for 15 is left out. May block for one round trip.
 *
 * @param client The client.
 * @param out_list Receives a list that the caller owns (`distcoord_worker_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for an empty list.
 */
distcoord_status distcoord_workers_list(
    distcoord_client *client, distcoord_worker_list **out_list, distcoord_error **error);

/**
 * Number of workers in the list.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_worker_list_count(const distcoord_worker_list *list);

/**
 * Its name.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_worker_list_free`; empty when there is no such worker.
 */
const char *distcoord_worker_list_name(const distcoord_worker_list *list, size_t index);

/**
 * Identity of its client.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_worker_list_free`; empty when there is no such worker.
 */
const char *distcoord_worker_list_client(const distcoord_worker_list *list, size_t index);

/**
 * Its machine.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_worker_list_free`; empty when there is none.
 */
const char *distcoord_worker_list_host(const distcoord_worker_list *list, size_t index);

/**
 * Its process on that machine.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such worker.
 */
int64_t distcoord_worker_list_pid(const distcoord_worker_list *list, size_t index);

/**
 * Its queues, each followed by a newline, as one text.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_worker_list_free`; empty when there is none.
 */
const char *distcoord_worker_list_queues(const distcoord_worker_list *list, size_t index);

/**
 * What it has, separated by commas, in order; its pool as "pool:<name>".
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_worker_list_free`; empty when there is none.
 */
const char *distcoord_worker_list_capabilities(const distcoord_worker_list *list, size_t index);

/**
 * How many jobs it works on at the same time.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such worker.
 */
int64_t distcoord_worker_list_concurrency(const distcoord_worker_list *list, size_t index);

/**
 * When it was registered.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 when there is no such worker.
 */
int64_t distcoord_worker_list_started_ms(const distcoord_worker_list *list, size_t index);

/**
 * When it was last heard of.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 when there is no such worker.
 */
int64_t distcoord_worker_list_seen_ms(const distcoord_worker_list *list, size_t index);

/**
 * For how long it has been registered, in seconds.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; 0 when there is no such worker.
 */
int64_t distcoord_worker_list_uptime_seconds(const distcoord_worker_list *list, size_t index);

/**
 * A count, as of when it was last heard of.
 *
 * @param list A list.
 * @param index From 0.
 * @param which One of DISTCOORD_WORKER_*.
 * @returns The number.
 */
int64_t distcoord_worker_list_tally(const distcoord_worker_list *list, size_t index, int32_t which);

/**
 * Jobs per second that it has completed, over the last minute or since it was registered if that is less.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The rate.
 */
double distcoord_worker_list_rate(const distcoord_worker_list *list, size_t index);

/**
 * Whether it takes no further jobs.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Whether it is so.
 */
bool distcoord_worker_list_is_stopping(const distcoord_worker_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_worker_list_free(distcoord_worker_list *list);

#ifdef __cplusplus
}
#endif

#endif
