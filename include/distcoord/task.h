/**
 * A task of a workflow, seen by the worker that has claimed it. A task is a job (job.h): it is claimed from its queue
 * in the same way, completed with `distcoord_job_complete` and failed with `distcoord_job_fail`; the result of one
 * that completes goes to those that need it. The functions here tell what is more.
 */
#ifndef DISTCOORD_TASK_H
#define DISTCOORD_TASK_H

#include "client.h"
#include "job.h"
#include "run.h"
#include "workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_task_inputs distcoord_task_inputs;

/**
 * Id of the run it belongs to.
 *
 * @param job A job.
 * @returns Text, borrowed until `distcoord_job_free`; empty for a job that is no task of a workflow, so for all texts
 *   here.
 */
const char *distcoord_task_run(const distcoord_job *job);

/**
 * Name of the node, "name[3]" for one of a map.
 *
 * @param job A job.
 * @returns Text, borrowed until `distcoord_job_free`.
 */
const char *distcoord_task_name(const distcoord_job *job);

/**
 * Which item of its map it is.
 *
 * @param job A job.
 * @returns From 0; -1 when it is none.
 */
int64_t distcoord_task_index(const distcoord_job *job);

/**
 * The item of the list, as JSON.
 *
 * @param job A job.
 * @param out_length Receives how many bytes; may be NULL.
 * @returns Bytes, borrowed until `distcoord_job_free`; NULL when there is none.
 */
const void *distcoord_task_item(const distcoord_job *job, size_t *out_length);

/**
 * How often its loop has run it before.
 *
 * @param job A job.
 * @returns The number, from 0.
 */
int32_t distcoord_task_round(const distcoord_job *job);

/**
 * Fetches the results of what the task needs, in the order in which the needs were added; small ones came with the
 * job. In a round of a loop the first task has one more before them, what `distcoord_task_repeat` gave, under the name
 * "". May block.
 *
 * @param job The job, claimed.
 * @param out_inputs Receives a list that the caller owns (`distcoord_task_inputs_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND: the run is not known any more; DISTCOORD_ERROR_INVALID_ARGUMENT: the job
 *   is no task of a workflow.
 */
distcoord_status distcoord_task_fetch_inputs(
    distcoord_job *job, distcoord_task_inputs **out_inputs, distcoord_error **error);

/**
 * How many results there are. A group that is needed gives those of its members, a map those of its items, each in
 * order; groups within groups are laid out flat.
 *
 * @param inputs The inputs.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_task_inputs_count(const distcoord_task_inputs *inputs);

/**
 * The need a result came by: the name of the node that the task needs.
 *
 * @param inputs The inputs.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_inputs_free`; empty when there is none.
 */
const char *distcoord_task_inputs_need(const distcoord_task_inputs *inputs, size_t index);

/**
 * The task whose result it is: the need itself, or a member or item of it.
 *
 * @param inputs The inputs.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_task_inputs_free`; empty when there is none.
 */
const char *distcoord_task_inputs_task(const distcoord_task_inputs *inputs, size_t index);

/**
 * Whether the need is a group or a map, which gives any number of results, also none.
 *
 * @param inputs The inputs.
 * @param index From 0.
 * @returns Whether it is. A need that gives none is one entry whose task is "".
 */
bool distcoord_task_inputs_is_many(const distcoord_task_inputs *inputs, size_t index);

/**
 * How that task ended.
 *
 * @param inputs The inputs.
 * @param index From 0.
 * @returns One of DISTCOORD_TASK_*; only one that succeeded has a result.
 */
int32_t distcoord_task_inputs_state(const distcoord_task_inputs *inputs, size_t index);

/**
 * The result; the error's message of a task that failed.
 *
 * @param inputs The inputs.
 * @param index From 0.
 * @param out_length Receives how many bytes; may be NULL.
 * @returns Bytes, borrowed until `distcoord_task_inputs_free`; never NULL but for NULL inputs.
 */
const void *distcoord_task_inputs_bytes(const distcoord_task_inputs *inputs, size_t index, size_t *out_length);

/**
 * Frees inputs.
 *
 * @param inputs Inputs that the caller owns, or NULL.
 */
void distcoord_task_inputs_free(distcoord_task_inputs *inputs);

/**
 * Settles the task as skipped: what needs nothing but skipped tasks is skipped, too. May block for one round trip.
 *
 * @param job The job, claimed.
 * @param reason Why, at most 1 024 bytes; NULL for nothing.
 * @param error See distcoord.h.
 * @returns As `distcoord_job_complete`; DISTCOORD_ERROR_INVALID_ARGUMENT: the job is no task of a workflow.
 */
distcoord_status distcoord_task_skip(distcoord_job *job, const char *reason, distcoord_error **error);

/**
 * Settles the task and begins another round of the loop that ends with it. In the last round, or when no loop ends
 * with it, the same as `distcoord_job_complete`. May block for one round trip.
 *
 * @param job The job, claimed.
 * @param result What the first task of the loop is given in the next round; in the last round the task's result.
 * @param length How many bytes.
 * @param error See distcoord.h.
 * @returns As `distcoord_job_complete`; DISTCOORD_ERROR_INVALID_ARGUMENT: the job is no task of a workflow.
 */
distcoord_status distcoord_task_repeat(distcoord_job *job, const void *result, size_t length, distcoord_error **error);

/**
 * Adds tasks, maps and groups to the run. They come into being when the task is completed, at once with that: an
 * attempt that fails leaves none behind. What needs this task then also waits for them, and is blocked when one of
 * them ends badly. Their needs may name each other, what this task added in earlier calls, and any node of the run that
 * does not wait for this task, but no single item of a map. May block; may be called several times.
 *
 * @param job The job, claimed.
 * @param additions What to add, at most 10 000 nodes. Its name is ignored, names that are known to the run are refused
 *   when the task is completed: then the completion answers DISTCOORD_ERROR_INVALID_ARGUMENT, and the task can still
 *   be failed.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST, DISTCOORD_NOT_HELD as `distcoord_job_complete`;
 *   DISTCOORD_ERROR_INVALID_ARGUMENT: it is no task, or the additions are wrong in themselves; see
 *   `distcoord_workflow_validate`.
 */
distcoord_status distcoord_task_add(distcoord_job *job, distcoord_workflow *additions, distcoord_error **error);

/**
 * Opens the run that the task belongs to. Nothing is sent.
 *
 * @param job The job, claimed.
 * @param out_run Receives a handle that the caller owns (`distcoord_run_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the job is no task of a workflow.
 */
distcoord_status distcoord_task_open_run(distcoord_job *job, distcoord_run **out_run, distcoord_error **error);

#ifdef __cplusplus
}
#endif

#endif
