/**
 * Runs of workflows. All of a run is on the server: no process needs to live for the next task to become ready, and
 * any may die at any time.
 *
 * A run belongs to a queue and has an id, by which any process finds it again. Its tasks are jobs of that queue, held
 * under leases, retried and cancelled as any; each task ends by one accepted completion. A worker that dies costs a
 * task one of its attempts; when they are used up by deaths it gets up to three more.
 *
 * What became of a run is kept for its retention after its end. While it has not ended it is kept for at least 30 days
 * after its last change.
 */
#ifndef DISTCOORD_RUN_H
#define DISTCOORD_RUN_H

#include "client.h"
#include "queue.h"
#include "result.h"
#include "state.h"
#include "watch.h"
#include "workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_run distcoord_run;
typedef struct distcoord_run_options distcoord_run_options;
typedef struct distcoord_run_summary distcoord_run_summary;
typedef struct distcoord_run_list distcoord_run_list;
typedef struct distcoord_task_list distcoord_task_list;
typedef struct distcoord_run_event distcoord_run_event;

/**
 * How a run stands.
 */
enum {
    /** Tasks run or wait for others or for workers. */
    DISTCOORD_RUN_RUNNING = 0,
    /** Nothing new begins; what has begun goes on. */
    DISTCOORD_RUN_PAUSED = 1,
    /** It is being stopped: what runs was asked to stop, nothing new begins but what always runs. */
    DISTCOORD_RUN_STOPPING = 2,
    /** It has ended, and no node outside groups ended badly. */
    DISTCOORD_RUN_SUCCEEDED = 3,
    /** It has ended, and one did. */
    DISTCOORD_RUN_FAILED = 4,
    /** It has ended because it was stopped. */
    DISTCOORD_RUN_CANCELLED = 5
};

/**
 * How a node of a run stands.
 */
enum {
    /** It waits for others. */
    DISTCOORD_TASK_WAITING = 0,
    /** It waits for a worker, for the delay before its next attempt, or for the end of a pause. */
    DISTCOORD_TASK_READY = 1,
    /** A worker has it; of a group, a map, or a task that added others: it has begun and has not ended. */
    DISTCOORD_TASK_RUNNING = 2,
    /** It has ended well. */
    DISTCOORD_TASK_SUCCEEDED = 3,
    /** Its attempts are used up; a group's policy was not met. */
    DISTCOORD_TASK_FAILED = 4,
    /** Its worker skipped it, or all that it needs were skipped. */
    DISTCOORD_TASK_SKIPPED = 5,
    /** The run was stopped. */
    DISTCOORD_TASK_CANCELLED = 6,
    /** Something that it needs ended badly, so it did not run. */
    DISTCOORD_TASK_BLOCKED = 7
};

/**
 * What kind of node it is.
 */
enum {
    /** A task. */
    DISTCOORD_NODE_TASK = 0,
    /** A group. */
    DISTCOORD_NODE_GROUP = 1,
    /** A map. */
    DISTCOORD_NODE_MAP = 2,
    /** A task that a map made for one item. */
    DISTCOORD_NODE_ITEM = 3
};

/**
 * Makes options of runs with the defaults: a generated id, kept for 7 days after the end, other branches go on when a
 * task fails.
 *
 * @returns Options that the caller owns (`distcoord_run_options_free`).
 */
distcoord_run_options *distcoord_run_options_new(void);

/**
 * Frees options of runs.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_run_options_free(distcoord_run_options *options);

/**
 * The run's id. Starting an id that is known answers DISTCOORD_EXISTS and starts nothing.
 *
 * @param options The options.
 * @param id 1 to 128 bytes, else as names; NULL for a generated one.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_run_options_set_id(distcoord_run_options *options, const char *id);

/**
 * For how long what became of the run is kept after its end.
 *
 * @param options The options.
 * @param retention_ms Milliseconds, 1 000 to 365 days.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_run_options_set_retention_ms(distcoord_run_options *options, int64_t retention_ms);

/**
 * Has the run stopped when a task fails whose failure is not forgiven by its group's policy.
 *
 * @param options The options.
 * @param fail_fast Whether it is.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_run_options_set_fail_fast(distcoord_run_options *options, bool fail_fast);

/**
 * Starts a workflow. May block. Either all of it is started or nothing.
 *
 * @param queue The queue, not split into partitions.
 * @param workflow The workflow.
 * @param options Options, or NULL for the defaults.
 * @param out_run Receives a handle that the caller owns (`distcoord_run_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_EXISTS: there is a run with that id, of the same workflow, and `out_run` is a
 *   handle on it; DISTCOORD_ERROR_CONFLICT: there is one of another workflow (see `distcoord_workflow_fingerprint`);
 *   DISTCOORD_ERROR_INVALID_ARGUMENT as `distcoord_workflow_validate`.
 */
distcoord_status distcoord_run_start(
    distcoord_queue *queue, distcoord_workflow *workflow, const distcoord_run_options *options,
    distcoord_run **out_run, distcoord_error **error);

/**
 * Makes a handle on a run. Nothing is sent.
 *
 * @param queue The queue, not split into partitions.
 * @param id Its id.
 * @param out_run Receives a handle that the caller owns (`distcoord_run_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_run_open(
    distcoord_queue *queue, const char *id, distcoord_run **out_run, distcoord_error **error);

/**
 * The run's id.
 *
 * @param run The run.
 * @returns Text, borrowed until `distcoord_run_free`; empty for NULL.
 */
const char *distcoord_run_id(const distcoord_run *run);

/**
 * Waits for the end of the run. May block.
 *
 * @param run The run.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_summary Receives a summary, also when it has not ended; that the caller owns
 *   (`distcoord_run_summary_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK: it has ended, well or not; DISTCOORD_TIMED_OUT: it has not, and the summary tells how it
 *   stands; DISTCOORD_NOT_FOUND: it is not known, or no longer; DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_run_wait(
    distcoord_run *run, int64_t wait_ms, distcoord_run_summary **out_summary, distcoord_error **error);

/**
 * Fetches how a task of the run ended, waiting for its end if need be. May block. Of a node that did not succeed it
 * tells why.
 *
 * @param run The run.
 * @param task Its name; "name[3]" for one of a map.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_result Receives a result that the caller owns (`distcoord_result_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND: the run or the task is not known; DISTCOORD_TIMED_OUT,
 *   DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_run_result(
    distcoord_run *run, const char *task, int64_t wait_ms, distcoord_result **out_result, distcoord_error **error);

/**
 * Lists the nodes of the run. May block for several round trips.
 *
 * @param run The run.
 * @param out_list Receives a list in the order in which they were added, items behind their map that the caller owns
 *   (`distcoord_task_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_run_tasks(distcoord_run *run, distcoord_task_list **out_list, distcoord_error **error);

/**
 * Has nothing new begin. Tasks that run go on. May block for several round trips; when it returns no task that had not
 * begun will.
 *
 * @param run The run.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it was paused; DISTCOORD_NOT_FOUND; DISTCOORD_EXPIRED: it has ended.
 */
distcoord_status distcoord_run_pause(distcoord_run *run, distcoord_error **error);

/**
 * Goes on after a pause; or takes up again a run that failed or was stopped: what succeeded or was skipped stays as it
 * is, all else runs (again). May block.
 *
 * @param run The run.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it runs; DISTCOORD_NOT_FOUND; DISTCOORD_EXPIRED: it has succeeded.
 */
distcoord_status distcoord_run_resume(distcoord_run *run, distcoord_error **error);

/**
 * Stops the run: tasks that wait are cancelled, workers of those that run are asked to stop (`distcoord_job_state`),
 * and nodes that always run do so. Returns before the run has ended; see `distcoord_run_wait`. May block.
 *
 * @param run The run.
 * @param reason Why, at most 1 024 bytes; NULL for nothing.
 * @param at_once Not even nodes that always run.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it is being stopped; DISTCOORD_NOT_FOUND; DISTCOORD_EXPIRED: it has ended.
 */
distcoord_status distcoord_run_stop(distcoord_run *run, const char *reason, bool at_once, distcoord_error **error);

/**
 * Forgets a run that has ended, and all that belongs to it. May block.
 *
 * @param run The run.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when it is not known; DISTCOORD_ERROR_CONFLICT: it has not ended.
 */
distcoord_status distcoord_run_delete(distcoord_run *run, distcoord_error **error);

/**
 * Opens the shared state of the run (state.h), a scope of its own: what its tasks want to tell each other besides
 * results. Values that are set without a time to live are kept as long as the run's retention, but a day at least.
 *
 * @param run The run.
 * @param out_state Receives a handle that the caller owns (`distcoord_state_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_run_state(distcoord_run *run, distcoord_state **out_state, distcoord_error **error);

/**
 * Watches the run: all its events from the first one on, as far as they are kept (the latest 10 000), then new ones as
 * they happen. May block for one round trip.
 *
 * @param run The run.
 * @param out_watch Receives a watch that the caller owns (`distcoord_watch_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_run_watch(distcoord_run *run, distcoord_watch **out_watch, distcoord_error **error);

/**
 * Takes the next event. May block.
 *
 * @param watch A watch of a run.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_event Receives a event that the caller owns (`distcoord_run_event_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND: the run is not known, or no longer; DISTCOORD_TIMED_OUT,
 *   DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_run_watch_next(
    distcoord_watch *watch, int64_t wait_ms, distcoord_run_event **out_event, distcoord_error **error);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED. It does not stop the run.
 *
 * @param run The handle, or NULL.
 */
void distcoord_run_cancel(distcoord_run *run);

/**
 * Frees a handle. The run goes on.
 *
 * @param run A handle that the caller owns, or NULL.
 */
void distcoord_run_free(distcoord_run *run);

/* ---------------------------------------------------------------- how a run stands */

/**
 * How the run stands.
 *
 * @param summary A summary.
 * @returns One of DISTCOORD_RUN_*; DISTCOORD_RUN_FAILED for NULL.
 */
int32_t distcoord_run_summary_state(const distcoord_run_summary *summary);

/**
 * Name of its workflow.
 *
 * @param summary A summary.
 * @returns Text, borrowed until `distcoord_run_summary_free`; empty for NULL.
 */
const char *distcoord_run_summary_workflow(const distcoord_run_summary *summary);

/**
 * Why it failed or was stopped: the first task that failed and its error, or what `distcoord_run_stop` was told.
 *
 * @param summary A summary.
 * @returns Text, borrowed until `distcoord_run_summary_free`; empty for NULL.
 */
const char *distcoord_run_summary_reason(const distcoord_run_summary *summary);

/**
 * How many tasks are in a state. Groups and maps are not counted, items of maps are.
 *
 * @param summary A summary.
 * @param state One of DISTCOORD_TASK_*; negative for all. Tasks that run are counted as DISTCOORD_TASK_READY here;
 *   `distcoord_run_tasks` tells them apart.
 * @returns The number; 0 for NULL.
 */
int64_t distcoord_run_summary_count(const distcoord_run_summary *summary, int32_t state);

/**
 * When it was started, by the server's clock.
 *
 * @param summary A summary.
 * @returns Milliseconds since 1970.
 */
int64_t distcoord_run_summary_started_ms(const distcoord_run_summary *summary);

/**
 * When it ended.
 *
 * @param summary A summary.
 * @returns Milliseconds since 1970; 0 when it has not.
 */
int64_t distcoord_run_summary_ended_ms(const distcoord_run_summary *summary);

/**
 * Frees a summary.
 *
 * @param summary A summary that the caller owns, or NULL.
 */
void distcoord_run_summary_free(distcoord_run_summary *summary);

/* ---------------------------------------------------------------- nodes of a run */

/**
 * How many nodes there are.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_task_list_count(const distcoord_task_list *list);

/**
 * Name of a node.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_list_free`; empty when there is none.
 */
const char *distcoord_task_list_name(const distcoord_task_list *list, size_t index);

/**
 * What kind it is.
 *
 * @param list A list.
 * @param index From 0.
 * @returns One of DISTCOORD_NODE_*.
 */
int32_t distcoord_task_list_kind(const distcoord_task_list *list, size_t index);

/**
 * How it stands.
 *
 * @param list A list.
 * @param index From 0.
 * @returns One of DISTCOORD_TASK_*.
 */
int32_t distcoord_task_list_state(const distcoord_task_list *list, size_t index);

/**
 * The group, map, or task that added it, to which it belongs.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_list_free`; empty when there is none.
 */
const char *distcoord_task_list_group(const distcoord_task_list *list, size_t index);

/**
 * What it needs: names, each followed by a newline.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_list_free`; empty when there is none.
 */
const char *distcoord_task_list_needs(const distcoord_task_list *list, size_t index);

/**
 * Who has it or has ended it: the identity of its client (`distcoord_client_id`).
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_list_free`; empty when there is none.
 */
const char *distcoord_task_list_worker(const distcoord_task_list *list, size_t index);

/**
 * What its worker must have, separated by commas.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_list_free`; empty when there is none.
 */
const char *distcoord_task_list_capabilities(const distcoord_task_list *list, size_t index);

/**
 * What went wrong, or why it was skipped, cancelled or blocked.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_list_free`; empty when there is none.
 */
const char *distcoord_task_list_error(const distcoord_task_list *list, size_t index);

/**
 * How many attempts were made to run it.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number.
 */
int32_t distcoord_task_list_attempts(const distcoord_task_list *list, size_t index);

/**
 * How often its loop has run it before.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number, from 0.
 */
int32_t distcoord_task_list_round(const distcoord_task_list *list, size_t index);

/**
 * When it became ready, by the server's clock.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970; 0 when it has not.
 */
int64_t distcoord_task_list_ready_ms(const distcoord_task_list *list, size_t index);

/**
 * When the last attempt began.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970; 0 when none has.
 */
int64_t distcoord_task_list_started_ms(const distcoord_task_list *list, size_t index);

/**
 * When it ended.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970; 0 when it has not.
 */
int64_t distcoord_task_list_ended_ms(const distcoord_task_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_task_list_free(distcoord_task_list *list);

/* ---------------------------------------------------------------- what happens in a run */

/**
 * What happened.
 */
enum {
    /** The run began, or was taken up again. */
    DISTCOORD_RUN_EVENT_STARTED = 0,
    /** The run ended; the state is one of DISTCOORD_RUN_*. */
    DISTCOORD_RUN_EVENT_ENDED = 1,
    /** It was paused. */
    DISTCOORD_RUN_EVENT_PAUSED = 2,
    /** It goes on after a pause. */
    DISTCOORD_RUN_EVENT_RESUMED = 3,
    /** It is being stopped; the text is the reason. */
    DISTCOORD_RUN_EVENT_STOPPING = 4,
    /** A node ended; the state is one of DISTCOORD_TASK_*. */
    DISTCOORD_RUN_EVENT_NODE_ENDED = 5,
    /** An attempt at a task failed and there will be another; the text is the error. */
    DISTCOORD_RUN_EVENT_RETRY = 6,
    /** A map made its tasks, or a task added some; the text is how many. */
    DISTCOORD_RUN_EVENT_EXPANDED = 7,
    /** A loop begins another round; the text is its number, from 1. */
    DISTCOORD_RUN_EVENT_REPEATED = 8
};

/**
 * What happened.
 *
 * @param event An event.
 * @returns One of DISTCOORD_RUN_EVENT_*; DISTCOORD_RUN_EVENT_ENDED for NULL.
 */
int32_t distcoord_run_event_kind(const distcoord_run_event *event);

/**
 * Its number in the run, from 1; numbers that are missing were not kept.
 *
 * @param event An event.
 * @returns The number.
 */
int64_t distcoord_run_event_number(const distcoord_run_event *event);

/**
 * When, by the server's clock.
 *
 * @param event An event.
 * @returns Milliseconds since 1970.
 */
int64_t distcoord_run_event_time_ms(const distcoord_run_event *event);

/**
 * Name of the node it is about; empty for the run.
 *
 * @param event An event.
 * @returns Text, borrowed until `distcoord_run_event_free`; empty for NULL.
 */
const char *distcoord_run_event_task(const distcoord_run_event *event);

/**
 * State of the node or the run after it, where the kind says so.
 *
 * @param event An event.
 * @returns One of DISTCOORD_TASK_* or DISTCOORD_RUN_*.
 */
int32_t distcoord_run_event_state(const distcoord_run_event *event);

/**
 * More, as the kind says; of a node that did not succeed, why.
 *
 * @param event An event.
 * @returns Text, borrowed until `distcoord_run_event_free`; empty for NULL.
 */
const char *distcoord_run_event_text(const distcoord_run_event *event);

/**
 * Frees an event.
 *
 * @param event An event that the caller owns, or NULL.
 */
void distcoord_run_event_free(distcoord_run_event *event);

/* ---------------------------------------------------------------- which runs there are */

/**
 * Lists the runs of a queue, the latest first. May block for one round trip.
 *
 * @param queue The queue, not split into partitions.
 * @param offset How many to leave out, 0 or more.
 * @param limit How many at most, 1 to 1 000.
 * @param out_list Receives a list that the caller owns (`distcoord_run_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_runs_list(
    distcoord_queue *queue, int64_t offset, int64_t limit, distcoord_run_list **out_list, distcoord_error **error);

/**
 * How many runs are in the list.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_run_list_count(const distcoord_run_list *list);

/**
 * Id of a run.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_run_list_free`; empty when there is none.
 */
const char *distcoord_run_list_id(const distcoord_run_list *list, size_t index);

/**
 * How a run stands.
 *
 * @param list A list.
 * @param index From 0.
 * @returns A summary, borrowed until `distcoord_run_list_free`; NULL when there is none.
 */
const distcoord_run_summary *distcoord_run_list_summary(const distcoord_run_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_run_list_free(distcoord_run_list *list);

#ifdef __cplusplus
}
#endif

#endif
