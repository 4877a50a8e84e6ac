/**
 * Distributed runs: the same program is started several times, on any machines, and the instances work through one
 * workflow together. All find each other by the identity of the run, and share nothing but the server.
 *
 * Each instance joins and works: it claims tasks from the queue of the run (`distcoord_instance_queue`) until the run
 * has ended, and exits with its outcome. One of them coordinates: it starts the run and answers for it; instance 0
 * first, and when that one dies, or does not come within 10 seconds, another takes over by election. Instances may
 * join late and die at any time; an instance that comes after the end finds that the run has ended and repeats
 * nothing. Two runs with different identities never meet. All keys of the run carry its identity, and expire some time
 * after the last activity.
 */
#ifndef DISTCOORD_INSTANCE_H
#define DISTCOORD_INSTANCE_H

#include "client.h"
#include "queue.h"
#include "run.h"
#include "workflow.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_instance distcoord_instance;
typedef struct distcoord_instance_options distcoord_instance_options;
typedef struct distcoord_instance_list distcoord_instance_list;

/**
 * Tells the identity of this run: the given one; else the first that is there of the environment variables GITHUB_SHA,
 * BUILD_SOURCEVERSION and CI_COMMIT_SHA; else what `git rev-parse HEAD` says in the working directory; else a random
 * UUID, which no other instance will find.
 *
 * @param explicit_id The identity, if it is known; NULL or "" otherwise.
 * @param with_attempt Whether to add which attempt of the pipeline it is, so that running it again is a new run:
 *   GITHUB_RUN_ID and GITHUB_RUN_ATTEMPT, or CI_PIPELINE_ID, or BUILD_BUILDID and SYSTEM_STAGEATTEMPT, as far as they
 *   are there. Not added to an explicit identity.
 * @param out_identity Receives the text and a NUL.
 * @param capacity Size of that buffer in bytes: 129 fits all.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT: not 1 to 128 bytes, else as names, or the buffer is too
 *   small.
 */
distcoord_status distcoord_run_identity(
    const char *explicit_id, bool with_attempt, char *out_identity, size_t capacity, distcoord_error **error);

/**
 * Makes options of instances with the defaults: identity as `distcoord_run_identity` tells it without the attempt,
 * index and total from INSTANCE_INDEX and TOTAL_INSTANCES (0 and 1 when neither is set), leases of 10 000 ms, keys
 * that expire 3 600 000 ms after the last activity, prefix "run:", no capabilities but the system's name.
 *
 * @returns Options that the caller owns (`distcoord_instance_options_free`).
 */
distcoord_instance_options *distcoord_instance_options_new(void);

/**
 * Frees options of instances.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_instance_options_free(distcoord_instance_options *options);

/**
 * The identity of the run.
 *
 * @param options The options.
 * @param identity 1 to 128 bytes, else as names; NULL to find it out.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_identity(distcoord_instance_options *options, const char *identity);

/**
 * Whether an identity that is found out has the attempt in it; see `distcoord_run_identity`.
 *
 * @param options The options.
 * @param with_attempt Whether it has.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_with_attempt(distcoord_instance_options *options, bool with_attempt);

/**
 * What the name of the run's queue begins with; the identity follows.
 *
 * @param options The options.
 * @param prefix At most 128 bytes, else as names.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_prefix(distcoord_instance_options *options, const char *prefix);

/**
 * Which instance this is. Replaces what the environment says.
 *
 * @param options The options.
 * @param index From 0; negative to ask the environment.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_index(distcoord_instance_options *options, int32_t index);

/**
 * How many instances there are to be. Replaces what the environment says.
 *
 * @param options The options.
 * @param total 1 to 100 000; 0 to ask the environment.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_total(distcoord_instance_options *options, int32_t total);

/**
 * Name of the environment variable that has the index.
 *
 * @param options The options.
 * @param name Letters, digits and "_".
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_index_variable(distcoord_instance_options *options, const char *name);

/**
 * Name of the environment variable that has the total.
 *
 * @param options The options.
 * @param name Letters, digits and "_".
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_total_variable(distcoord_instance_options *options, const char *name);

/**
 * What this instance has, for tasks that require it.
 *
 * @param options The options.
 * @param capabilities As for `distcoord_queue_set_capabilities`.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_capabilities(
    distcoord_instance_options *options, const char *capabilities);

/**
 * Length of the lease under which tasks are held: so long after the death of an instance its tasks go to another.
 *
 * @param options The options.
 * @param lease_ms Milliseconds, 100 to 86 400 000.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_lease_ms(distcoord_instance_options *options, int64_t lease_ms);

/**
 * When all keys of the run expire after its last activity.
 *
 * @param options The options.
 * @param expiry_ms Milliseconds, 10 000 to 30 days.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_expiry_ms(distcoord_instance_options *options, int64_t expiry_ms);

/**
 * Has the run stopped when a task fails; see `distcoord_run_options_set_fail_fast`.
 *
 * @param options The options.
 * @param fail_fast Whether it is.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_instance_options_set_fail_fast(distcoord_instance_options *options, bool fail_fast);

/**
 * Joins the run. May block for a few round trips. The run is started by the coordinator, in the background.
 *
 * @param client The client.
 * @param workflow What is to run: the same in all instances.
 * @param options Options, or NULL for the defaults.
 * @param out_instance Receives a handle that the caller owns (`distcoord_instance_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_EXPIRED: the run has ended already, and the handle tells how; DISTCOORD_EXISTS: an
 *   instance with that index lives; DISTCOORD_ERROR_CONFLICT: another workflow runs under this identity;
 *   DISTCOORD_ERROR_INVALID_ARGUMENT: the workflow is wrong (see `distcoord_workflow_validate`), or index and total
 *   are (only one of them is known, not a number, index not below total).
 */
distcoord_status distcoord_instance_join(
    distcoord_client *client, distcoord_workflow *workflow, const distcoord_instance_options *options,
    distcoord_instance **out_instance, distcoord_error **error);

/**
 * The identity of the run.
 *
 * @param instance The instance.
 * @returns Text, borrowed until `distcoord_instance_free`; empty for NULL.
 */
const char *distcoord_instance_identity(distcoord_instance *instance);

/**
 * Which instance this is.
 *
 * @param instance The instance.
 * @returns From 0; -1 for NULL.
 */
int32_t distcoord_instance_index(distcoord_instance *instance);

/**
 * How many instances there are to be.
 *
 * @param instance The instance.
 * @returns The number; 0 for NULL.
 */
int32_t distcoord_instance_total(distcoord_instance *instance);

/**
 * Whether this instance coordinates at the moment.
 *
 * @param instance The instance.
 * @returns Whether it does.
 */
bool distcoord_instance_is_coordinator(distcoord_instance *instance);

/**
 * The queue to claim tasks from, with this instance's capabilities and lease.
 *
 * @param instance The instance.
 * @returns A handle, borrowed until `distcoord_instance_free`; NULL for NULL.
 */
distcoord_queue *distcoord_instance_queue(distcoord_instance *instance);

/**
 * The run. Until the coordinator has started it its calls answer DISTCOORD_NOT_FOUND.
 *
 * @param instance The instance.
 * @returns A handle, borrowed until `distcoord_instance_free`; NULL for NULL.
 */
distcoord_run *distcoord_instance_run(distcoord_instance *instance);

/**
 * Waits for the end of the run, also while it has not been started. May block.
 *
 * @param instance The instance.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_summary Receives a summary when it has ended that the caller owns (`distcoord_run_summary_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED; DISTCOORD_ERROR_CONFLICT:
 *   another workflow runs under this identity; DISTCOORD_LOST: the run was there, and its keys are gone.
 */
distcoord_status distcoord_instance_wait(
    distcoord_instance *instance, int64_t wait_ms, distcoord_run_summary **out_summary, distcoord_error **error);

/**
 * Lists the instances that live. May block for one round trip.
 *
 * @param instance The instance.
 * @param out_list Receives a list, ordered by index that the caller owns (`distcoord_instance_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_instance_members(
    distcoord_instance *instance, distcoord_instance_list **out_list, distcoord_error **error);

/**
 * How many there are.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_instance_list_count(const distcoord_instance_list *list);

/**
 * Index of an instance.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number; -1 when there is none.
 */
int32_t distcoord_instance_list_index(const distcoord_instance_list *list, size_t index);

/**
 * The identity of its client, as tasks tell who ran them (`distcoord_task_list_worker`).
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_instance_list_free`; empty when there is none.
 */
const char *distcoord_instance_list_worker(const distcoord_instance_list *list, size_t index);

/**
 * What it has, separated by commas.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_instance_list_free`; empty when there is none.
 */
const char *distcoord_instance_list_capabilities(const distcoord_instance_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_instance_list_free(distcoord_instance_list *list);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED. It does not stop the run.
 *
 * @param instance The handle, or NULL.
 */
void distcoord_instance_cancel(distcoord_instance *instance);

/**
 * Leaves the run and frees the handle. May block for a few round trips. The run goes on by others.
 *
 * @param instance A handle that the caller owns, or NULL.
 */
void distcoord_instance_free(distcoord_instance *instance);

#ifdef __cplusplus
}
#endif

#endif
