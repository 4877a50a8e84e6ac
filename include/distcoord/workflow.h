/**
 * Workflows: graphs of tasks. A workflow is built with the calls here, checked, and started on a queue as a run
 * (run.h); whoever claims jobs from that queue runs its tasks (task.h).
 *
 * A workflow has nodes, at most 100 000: tasks, maps and groups. Names are unique within the workflow, 1 to 200 bytes,
 * else as names; not with '[' or ']'. A node begins when all that it needs have ended, none of them badly, and at least
 * one of them succeeded; when all were skipped it is skipped, too. A node that needs one that ended badly (failed,
 * cancelled, or blocked itself) is blocked: it does not run. A node that always runs begins when all that it needs have
 * ended, however that was.
 *
 * A workflow has no lock: one thread builds it. Once no call changes it any more it may be started by several threads,
 * any number of times.
 */
#ifndef DISTCOORD_WORKFLOW_H
#define DISTCOORD_WORKFLOW_H

#include "client.h"
#include "job_options.h"
#include "queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_workflow distcoord_workflow;

/**
 * When a group, or a map, that has ended has succeeded.
 */
enum {
    /** No member ended badly. A group all of whose members were skipped is skipped. */
    DISTCOORD_GROUP_ALL = 0,
    /** Always. */
    DISTCOORD_GROUP_BEST_EFFORT = 1,
    /** At least so many members succeeded. */
    DISTCOORD_GROUP_AT_LEAST = 2
};

/**
 * Makes an empty workflow.
 *
 * @param name Its name, 1 to 200 bytes, else as names.
 * @param out_workflow Receives a workflow that the caller owns (`distcoord_workflow_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_workflow_new(const char *name, distcoord_workflow **out_workflow, distcoord_error **error);

/**
 * Adds a task.
 *
 * @param workflow The workflow.
 * @param name The node's name.
 * @param group The group it belongs to, added before; NULL for none. Members begin when their group does.
 * @param arguments What its worker is given (`distcoord_job_payload`).
 * @param length How many bytes.
 * @param options Task name for the worker to choose its code by (the node's name when it says none), priority, delay,
 *   attempts, backoff, time limit, capabilities, pool, worker, concurrency key, content type, headers; NULL for the
 *   defaults, but one attempt. Ids, unique keys, dependencies, batches and result times are refused.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_add_task(
    distcoord_workflow *workflow, const char *name, const char *group, const void *arguments, size_t length,
    const distcoord_job_options *options, distcoord_error **error);

/**
 * Adds a map: one task for each item of a list. They are named "name[0]", "name[1]" ..., and each is given its item
 * (`distcoord_task_item`). The map begins and ends as a group does; who needs it is given the results in the order of
 * the items.
 *
 * @param workflow The workflow.
 * @param name The node's name.
 * @param group The group it belongs to, added before; NULL for none. Members begin when their group does.
 * @param from The task whose result is the list, a JSON array, of at most 100 000 items; the map needs it. NULL when
 *   `items` is the list.
 * @param items A JSON array; NULL with `from`.
 * @param arguments What each task is given besides its item.
 * @param length How many bytes.
 * @param options Task name for the worker to choose its code by (the node's name when it says none), priority, delay,
 *   attempts, backoff, time limit, capabilities, pool, worker, concurrency key, content type, headers; NULL for the
 *   defaults, but one attempt. Ids, unique keys, dependencies, batches and result times are refused.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_add_map(
    distcoord_workflow *workflow, const char *name, const char *group, const char *from, const char *items,
    const void *arguments, size_t length, const distcoord_job_options *options, distcoord_error **error);

/**
 * Adds a group, which ends when all its members have ended. Members are tasks, maps and groups; at most 100 groups lie
 * within one another. A group without members ends at once.
 *
 * @param workflow The workflow.
 * @param name The node's name.
 * @param group The group it belongs to, added before; NULL for none. Members begin when their group does.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_add_group(
    distcoord_workflow *workflow, const char *name, const char *group, distcoord_error **error);

/**
 * Says when a group or a map has succeeded. Default: DISTCOORD_GROUP_ALL.
 *
 * @param workflow The workflow.
 * @param name The node's name.
 * @param policy One of DISTCOORD_GROUP_*.
 * @param at_least For DISTCOORD_GROUP_AT_LEAST: how many, 1 or more. Else ignored.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_set_policy(
    distcoord_workflow *workflow, const char *name, int32_t policy, int64_t at_least, distcoord_error **error);

/**
 * Says that a node needs another to have ended. The same need twice is one. Either may be added later;
 * `distcoord_workflow_validate` finds names that were not. A node has at most 1 000 needs: put more into a group and
 * need that.
 *
 * @param workflow The workflow.
 * @param name The node's name.
 * @param needed The name of the other.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_add_need(
    distcoord_workflow *workflow, const char *name, const char *needed, distcoord_error **error);

/**
 * Has a node run whatever became of those that it needs, also when the run is being stopped.
 *
 * @param workflow The workflow.
 * @param name The node's name.
 * @param always Whether it does.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_set_always(
    distcoord_workflow *workflow, const char *name, bool always, distcoord_error **error);

/**
 * Has a task, or the tasks of a map, run only by workers of one language; the same as the capability
 * "lang:<language>".
 *
 * @param workflow The workflow.
 * @param name The node's name.
 * @param language "c", "python", "swift", "shell", or a name of the caller's, as for capabilities; "" for any.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_set_language(
    distcoord_workflow *workflow, const char *name, const char *language, distcoord_error **error);

/**
 * Lets a part of the workflow run again: when the worker of `last` asks for it (`distcoord_task_repeat`), `first`,
 * `last` and all between them run once more, `first` with what that call gave. `first` may be `last`. Both belong to
 * the same group, or to none; nothing outside needs a node within, but for `last`. Loops may lie within one another,
 * but not cross.
 *
 * @param workflow The workflow.
 * @param first Where it begins.
 * @param last Where it ends; a task.
 * @param at_most How many rounds there are in all, 1 to 10 000. In the last one `distcoord_task_repeat` completes the
 *   task as `distcoord_job_complete` does.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message says what is wrong; nothing is changed.
 */
distcoord_status distcoord_workflow_add_loop(
    distcoord_workflow *workflow, const char *first, const char *last, int32_t at_most, distcoord_error **error);

/**
 * Checks the whole: names that were never added, needs in a circle, nodes that could never begin, loops that cross or
 * leak, at-least counts above the number of members; each with the path, as "build -> test -> build". Starting checks,
 * too.
 *
 * @param workflow The workflow.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message names all that was found, one per line.
 */
distcoord_status distcoord_workflow_validate(distcoord_workflow *workflow, distcoord_error **error);

/**
 * Checks that workers that were heard of in the last minute have what the tasks require. May block for one round trip.
 *
 * @param workflow The workflow.
 * @param queue The queue on which it is to run.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: the message names each task that nobody there could run,
 *   and what is missing, one per line; or the queue is split into partitions.
 */
distcoord_status distcoord_workflow_check_capabilities(
    distcoord_workflow *workflow, distcoord_queue *queue, distcoord_error **error);

/**
 * The workflow's name.
 *
 * @param workflow The workflow.
 * @returns Text, borrowed until `distcoord_workflow_free`; empty for NULL.
 */
const char *distcoord_workflow_name(const distcoord_workflow *workflow);

/**
 * How many nodes it has.
 *
 * @param workflow The workflow.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_workflow_count(const distcoord_workflow *workflow);

/**
 * Name of a node.
 *
 * @param workflow The workflow.
 * @param index From 0, in the order in which they were added.
 * @returns Text, borrowed until the workflow is changed or freed; empty when there is none.
 */
const char *distcoord_workflow_node(const distcoord_workflow *workflow, size_t index);

/**
 * A number of what the workflow says, the same in every process and language that builds the same graph, in whatever
 * order its nodes are added: SHA-256 in hexadecimal digits.
 *
 * @param workflow The workflow.
 * @returns Text, borrowed until the workflow is changed or freed; empty for NULL.
 */
const char *distcoord_workflow_fingerprint(distcoord_workflow *workflow);

/**
 * Frees a workflow. Runs of it go on.
 *
 * @param workflow A workflow that the caller owns, or NULL.
 */
void distcoord_workflow_free(distcoord_workflow *workflow);

#ifdef __cplusplus
}
#endif

#endif
