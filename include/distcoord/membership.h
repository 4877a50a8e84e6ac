/**
 * Membership: who belongs to a group right now, each member with a value (its address, say), under a lease.
 *
 * A handle is a view on a group, and may itself be one member of it. A member that dies is gone when its lease ends;
 * one that leaves, at once. Watching tells who comes and goes.
 */
#ifndef DISTCOORD_MEMBERSHIP_H
#define DISTCOORD_MEMBERSHIP_H

#include "client.h"
#include "watch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_membership distcoord_membership;
typedef struct distcoord_membership_options distcoord_membership_options;
typedef struct distcoord_member_list distcoord_member_list;
typedef struct distcoord_member_change distcoord_member_change;

/**
 * What a handle knows about its own membership, without asking the server.
 */
enum {
    /** It has not joined, or has left. */
    DISTCOORD_MEMBER_OUTSIDE = 0,
    /** It is a member. */
    DISTCOORD_MEMBER_JOINED = 1,
    /** It was one, but its lease has ended. */
    DISTCOORD_MEMBER_LOST = 2
};

/**
 * Kinds of changes.
 */
enum {
    /** A member has joined, or was there when the watch began. */
    DISTCOORD_MEMBER_CAME = 0,
    /** A member has another value. */
    DISTCOORD_MEMBER_CHANGED = 1,
    /** A member has left, or its lease has ended. */
    DISTCOORD_MEMBER_WENT = 2
};

/**
 * Makes options of a membership with the defaults: lease 10 000 ms, an id that the library makes, value = the client's
 * label.
 *
 * @returns Options that the caller owns (`distcoord_membership_options_free`).
 */
distcoord_membership_options *distcoord_membership_options_new(void);

/**
 * Frees options of a membership.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_membership_options_free(distcoord_membership_options *options);

/**
 * How long a member outlives its process. 100 to 86 400 000 ms.
 *
 * @param options The options.
 * @param lease_ms Milliseconds.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_membership_options_set_lease_ms(distcoord_membership_options *options, int64_t lease_ms);

/**
 * Under which id this handle joins; no two members have the same.
 *
 * @param options The options.
 * @param id As for names, 1 to 128 bytes.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_membership_options_set_id(distcoord_membership_options *options, const char *id);

/**
 * What others see of this member.
 *
 * @param options The options.
 * @param value NUL-terminated UTF-8 of at most 4 096 bytes.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing.
 */
distcoord_status distcoord_membership_options_set_value(distcoord_membership_options *options, const char *value);

/**
 * Makes a handle on a group. Nothing is sent.
 *
 * @param client The client.
 * @param name The group's name.
 * @param options Options, or NULL for the defaults.
 * @param out_membership Receives a handle that the caller owns (`distcoord_membership_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_membership_open(
    distcoord_client *client, const char *name, const distcoord_membership_options *options,
    distcoord_membership **out_membership, distcoord_error **error);

/**
 * Joins. The library renews the lease until `distcoord_membership_leave`. May block for one round trip.
 *
 * @param membership The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also when this handle is a member already; DISTCOORD_EXISTS, another member has the id.
 */
distcoord_status distcoord_membership_join(distcoord_membership *membership, distcoord_error **error);

/**
 * Leaves. May block for one round trip.
 *
 * @param membership The handle.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_HELD, or DISTCOORD_LOST when the lease had ended before.
 */
distcoord_status distcoord_membership_leave(distcoord_membership *membership, distcoord_error **error);

/**
 * Changes the value of this member, now if it has joined, and for the next time it joins. May block for one round
 * trip.
 *
 * @param membership The handle.
 * @param value NUL-terminated UTF-8 of at most 4 096 bytes.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_LOST, the lease had ended.
 */
distcoord_status distcoord_membership_set_value(
    distcoord_membership *membership, const char *value, distcoord_error **error);

/**
 * The id under which this handle joins.
 *
 * @param membership The handle.
 * @returns Text, borrowed until `distcoord_membership_free`; empty for NULL.
 */
const char *distcoord_membership_id(const distcoord_membership *membership);

/**
 * What this handle is.
 *
 * @param membership The handle.
 * @returns DISTCOORD_MEMBER_OUTSIDE, _JOINED or _LOST.
 */
int32_t distcoord_membership_state(const distcoord_membership *membership);

/**
 * Waits until the membership that this handle has now is lost. May block; sends nothing.
 *
 * @param membership The handle.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @returns DISTCOORD_LOST; DISTCOORD_NOT_HELD when it is no member or has left meanwhile; DISTCOORD_TIMED_OUT,
 *   DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_membership_wait_lost(distcoord_membership *membership, int64_t wait_ms);

/**
 * A file descriptor (eventfd) that is readable while the state is LOST. Do not read, write or close it.
 *
 * @param membership The handle.
 * @returns A descriptor, borrowed until `distcoord_membership_free`; -1 when the process has none left.
 */
int32_t distcoord_membership_event_fd(distcoord_membership *membership);

/**
 * Lists the members in order of joining. May block for one round trip.
 *
 * @param membership The handle.
 * @param out_list Receives a list that the caller owns (`distcoord_member_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for an empty list.
 */
distcoord_status distcoord_membership_list(
    distcoord_membership *membership, distcoord_member_list **out_list, distcoord_error **error);

/**
 * Number of members in the list.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_member_list_count(const distcoord_member_list *list);

/**
 * Id of a member.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_member_list_free`; empty when there is no such member.
 */
const char *distcoord_member_list_id(const distcoord_member_list *list, size_t index);

/**
 * Value of a member.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_member_list_free`; empty when there is no such member.
 */
const char *distcoord_member_list_value(const distcoord_member_list *list, size_t index);

/**
 * Label of the member's client.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_member_list_free`; empty when there is no such member.
 */
const char *distcoord_member_list_label(const distcoord_member_list *list, size_t index);

/**
 * Since when it is a member: milliseconds since 1970 by the server's clock.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds; 0 when there is no such member.
 */
int64_t distcoord_member_list_since_ms(const distcoord_member_list *list, size_t index);

/**
 * How long its lease still runs.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds; 0 when there is no such member.
 */
int64_t distcoord_member_list_lease_left_ms(const distcoord_member_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_member_list_free(distcoord_member_list *list);

/**
 * Watches who comes and goes. May block for one round trip.
 *
 * @param membership The handle.
 * @param out_watch Receives a watch that the caller owns (`distcoord_watch_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK.
 */
distcoord_status distcoord_membership_watch(
    distcoord_membership *membership, distcoord_watch **out_watch, distcoord_error **error);

/**
 * Takes the next change. The members that are there when the watch begins come first. May block.
 *
 * @param watch A watch of a group.
 * @param wait_ms How long to wait: negative for ever, 0 look once.
 * @param out_change Receives a change that the caller owns (`distcoord_member_change_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_TIMED_OUT, DISTCOORD_CANCELLED, DISTCOORD_INTERRUPTED.
 */
distcoord_status distcoord_membership_watch_next(
    distcoord_watch *watch, int64_t wait_ms, distcoord_member_change **out_change, distcoord_error **error);

/**
 * What has happened.
 *
 * @param change A change.
 * @returns One of DISTCOORD_MEMBER_CAME, _CHANGED and _WENT; -1 for NULL.
 */
int32_t distcoord_member_change_kind(const distcoord_member_change *change);

/**
 * Id of the member.
 *
 * @param change A change.
 * @returns Text, borrowed until `distcoord_member_change_free`; empty for NULL.
 */
const char *distcoord_member_change_id(const distcoord_member_change *change);

/**
 * Value of the member; the last one known when it went.
 *
 * @param change A change.
 * @returns Text, borrowed until `distcoord_member_change_free`; empty for NULL.
 */
const char *distcoord_member_change_value(const distcoord_member_change *change);

/**
 * Label of the member's client.
 *
 * @param change A change.
 * @returns Text, borrowed until `distcoord_member_change_free`; empty for NULL.
 */
const char *distcoord_member_change_label(const distcoord_member_change *change);

/**
 * Frees a change.
 *
 * @param change A change that the caller owns, or NULL.
 */
void distcoord_member_change_free(distcoord_member_change *change);

/**
 * Ends the waits in progress on this handle, each with DISTCOORD_CANCELLED.
 *
 * @param membership The handle, or NULL.
 */
void distcoord_membership_cancel(distcoord_membership *membership);

/**
 * Frees a handle. A member leaves in the background.
 *
 * @param membership A handle that the caller owns, or NULL.
 */
void distcoord_membership_free(distcoord_membership *membership);

#ifdef __cplusplus
}
#endif

#endif
