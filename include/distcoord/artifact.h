/**
 * Artifacts: small files that belong to a run. One task publishes them, later ones fetch them, on whatever machine.
 * They are forgotten with their run.
 *
 * A file is sent in pieces of 256 KiB and becomes visible at once when all of it is there; publishing a name again
 * replaces it. What is fetched is checked against the SHA-256 of what was published, and put in its place only when it
 * is whole.
 */
#ifndef DISTCOORD_ARTIFACT_H
#define DISTCOORD_ARTIFACT_H

#include "client.h"
#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_artifact_list distcoord_artifact_list;

/**
 * Publishes a file. May block for many round trips.
 *
 * @param run The run.
 * @param name The artifact's name, 1 to 512 bytes as names are.
 * @param path The file, of at most 256 MiB; its permission bits come along.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND: the run is not known, or no longer; DISTCOORD_ERROR_TOO_LARGE;
 *   DISTCOORD_ERROR_INVALID_ARGUMENT: the file cannot be read, and the message says why; DISTCOORD_CANCELLED by
 *   `distcoord_run_cancel`.
 */
distcoord_status distcoord_artifact_publish(
    distcoord_run *run, const char *name, const char *path, distcoord_error **error);

/**
 * Fetches a file. May block for many round trips. The directory must be there; a file that is in the place is
 * replaced.
 *
 * @param run The run.
 * @param name The artifact's name.
 * @param path Where to put it.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND: there is no such artifact, or no such run;
 *   DISTCOORD_ERROR_INVALID_ARGUMENT: the file cannot be written; DISTCOORD_ERROR_SERVER: what came is not what was
 *   published; DISTCOORD_CANCELLED by `distcoord_run_cancel`.
 */
distcoord_status distcoord_artifact_fetch(
    distcoord_run *run, const char *name, const char *path, distcoord_error **error);

/**
 * Lists the artifacts of a run. May block for one round trip.
 *
 * @param run The run.
 * @param out_list Receives a list, ordered by name that the caller owns (`distcoord_artifact_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_artifacts_list(
    distcoord_run *run, distcoord_artifact_list **out_list, distcoord_error **error);

/**
 * How many there are.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_artifact_list_count(const distcoord_artifact_list *list);

/**
 * Name of an artifact.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_artifact_list_free`; empty when there is none.
 */
const char *distcoord_artifact_list_name(const distcoord_artifact_list *list, size_t index);

/**
 * Its size.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Bytes.
 */
int64_t distcoord_artifact_list_size(const distcoord_artifact_list *list, size_t index);

/**
 * SHA-256 of what is in it.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_artifact_list_free`; empty when there is none.
 */
const char *distcoord_artifact_list_sha256(const distcoord_artifact_list *list, size_t index);

/**
 * When it was published, by the server's clock.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970.
 */
int64_t distcoord_artifact_list_published_ms(const distcoord_artifact_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_artifact_list_free(distcoord_artifact_list *list);

#ifdef __cplusplus
}
#endif

#endif
