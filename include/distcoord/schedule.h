/**
 * Recurring jobs. The server itself knows when a schedule ticks next, cron lines and time zones included: no instance
 * has to be there in particular, and no tick can give two jobs.
 */
#ifndef DISTCOORD_SCHEDULE_H
#define DISTCOORD_SCHEDULE_H

#include "queue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distcoord_schedule_options distcoord_schedule_options;
typedef struct distcoord_schedule_list distcoord_schedule_list;

/**
 * Makes options of a schedule. They need an interval or a cron line.
 *
 * @returns Options that the caller owns (`distcoord_schedule_options_free`).
 */
distcoord_schedule_options *distcoord_schedule_options_new(void);

/**
 * Frees options.
 *
 * @param options Options that the caller owns, or NULL.
 */
void distcoord_schedule_options_free(distcoord_schedule_options *options);

/**
 * A tick every so many milliseconds, counted from the start time: the n-th is at start + n * interval, however late the
 * one before was. Replaces a cron line.
 *
 * @param options The options.
 * @param interval_ms 100 to 366 days.
 * @returns DISTCOORD_OK, or DISTCOORD_ERROR_INVALID_ARGUMENT, which changes nothing; so for all setters here.
 */
distcoord_status distcoord_schedule_options_set_interval_ms(distcoord_schedule_options *options, int64_t interval_ms);

/**
 * A tick at each moment that a cron line names. Replaces an interval.
 *
 * Five fields, minute (0-59), hour (0-23), day of month (1-31), month (1-12 or jan-dec), day of week (0-7 or sun-sat, 0
 * and 7 are Sunday), or six, then the first is the second (0-59). Each is `*`, a number, a range `a-b`, a step `x/n` of
 * one of these, or several of all that with commas; `L` as day of month is the month's last day. When both days are
 * restricted either suffices, as cron has it; one that begins with `*` is not restricted. Also "@yearly", "@annually",
 * "@monthly", "@weekly", "@daily", "@midnight", "@hourly". Where clocks are set forward, what falls into the gap is due
 * at its end; where they are set back, a line with a fixed hour runs once, and one with any hour goes on by the clock
 * of the world.
 *
 * @param options The options.
 * @param line The cron line.
 * @param time_zone A name of the IANA database, for instance "Europe/Berlin"; NULL for "UTC". Read from this machine's
 *   zoneinfo when the schedule is set; the next 20 years of changes go to the server with it.
 * @returns See `distcoord_schedule_options_set_interval_ms`. `distcoord_cron_next` tells what is wrong with a line.
 */
distcoord_status distcoord_schedule_options_set_cron(
    distcoord_schedule_options *options, const char *line, const char *time_zone);

/**
 * When the schedule begins. Default: when it is first set.
 *
 * @param options The options.
 * @param unix_ms Milliseconds since 1970 by the server's clock; 0 for the default.
 * @returns See `distcoord_schedule_options_set_interval_ms`.
 */
distcoord_status distcoord_schedule_options_set_start_ms(distcoord_schedule_options *options, int64_t unix_ms);

/** What becomes of ticks that nobody was there for, the server or all workers being away. */
enum {
    /** One job for all of them. */
    DISTCOORD_MISSED_RUN_ONCE = 0,
    /** None, unless the last is not older than a second. */
    DISTCOORD_MISSED_SKIP = 1
};

/**
 * What becomes of missed ticks.
 *
 * @param options The options.
 * @param missed DISTCOORD_MISSED_RUN_ONCE (the default) or DISTCOORD_MISSED_SKIP.
 * @returns See `distcoord_schedule_options_set_interval_ms`.
 */
distcoord_status distcoord_schedule_options_set_missed(distcoord_schedule_options *options, int32_t missed);

/**
 * Sets a schedule of a queue: at each tick one job is pushed, exactly one whoever and how many look. It belongs to the
 * queue on the server; ticks come true as long as anybody claims from the queue or waits to. Setting what is set
 * already changes nothing, not even the next tick, so every instance of a program may do it when it starts. Other jobs
 * at the same times replace the jobs and keep the next tick; other times begin anew. May block for one round trip.
 *
 * @param queue The handle.
 * @param name The schedule's name in the queue, 1 to 112 bytes as for names.
 * @param schedule When.
 * @param payload The jobs' bytes, at most 65 536.
 * @param length How many.
 * @param options Options of the jobs, or NULL. Not the id (a job's is "<name>@<tick in ms>"), a delay, a time, a unique
 *   key, dependencies, a batch; in a queue with partitions no concurrency key.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK; DISTCOORD_ERROR_INVALID_ARGUMENT, also when no moment of the next 20 years fits the cron line;
 *   DISTCOORD_ERROR_TOO_LARGE.
 */
distcoord_status distcoord_queue_set_schedule(
    distcoord_queue *queue, const char *name, const distcoord_schedule_options *schedule, const void *payload,
    size_t length, const distcoord_job_options *options, distcoord_error **error);

/**
 * Ends a schedule. Jobs that it has pushed stay. May block for one round trip.
 *
 * @param queue The handle.
 * @param name The schedule's name.
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, DISTCOORD_NOT_FOUND.
 */
distcoord_status distcoord_queue_remove_schedule(distcoord_queue *queue, const char *name, distcoord_error **error);

/**
 * Lists the schedules of a queue by their next tick. May block for one round trip.
 *
 * @param queue The handle.
 * @param out_list Receives a list that the caller owns (`distcoord_schedule_list_free`).
 * @param error See distcoord.h.
 * @returns DISTCOORD_OK, also for an empty list.
 */
distcoord_status distcoord_queue_list_schedules(
    distcoord_queue *queue, distcoord_schedule_list **out_list, distcoord_error **error);

/**
 * Number of schedules in the list.
 *
 * @param list A list.
 * @returns The number; 0 for NULL.
 */
size_t distcoord_schedule_list_count(const distcoord_schedule_list *list);

/**
 * Its name.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_schedule_list_free`; empty when there is no such schedule.
 */
const char *distcoord_schedule_list_name(const distcoord_schedule_list *list, size_t index);

/**
 * Its cron line.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_schedule_list_free`; empty when it has an interval.
 */
const char *distcoord_schedule_list_cron(const distcoord_schedule_list *list, size_t index);

/**
 * The time zone of its cron line.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_schedule_list_free`; empty when it has an interval.
 */
const char *distcoord_schedule_list_time_zone(const distcoord_schedule_list *list, size_t index);

/**
 * Its interval.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds; 0 when it has a cron line.
 */
int64_t distcoord_schedule_list_interval_ms(const distcoord_schedule_list *list, size_t index);

/**
 * What becomes of missed ticks.
 *
 * @param list A list.
 * @param index From 0.
 * @returns DISTCOORD_MISSED_RUN_ONCE or DISTCOORD_MISSED_SKIP.
 */
int32_t distcoord_schedule_list_missed(const distcoord_schedule_list *list, size_t index);

/**
 * The task name of its jobs.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Text, borrowed until `distcoord_schedule_list_free`; empty when there is none.
 */
const char *distcoord_schedule_list_task(const distcoord_schedule_list *list, size_t index);

/**
 * When it ticks next.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 when it never does again.
 */
int64_t distcoord_schedule_list_next_ms(const distcoord_schedule_list *list, size_t index);

/**
 * The tick of its last job.
 *
 * @param list A list.
 * @param index From 0.
 * @returns Milliseconds since 1970 by the server's clock; 0 when there was none.
 */
int64_t distcoord_schedule_list_last_ms(const distcoord_schedule_list *list, size_t index);

/**
 * How many jobs it has pushed.
 *
 * @param list A list.
 * @param index From 0.
 * @returns The number.
 */
int64_t distcoord_schedule_list_runs(const distcoord_schedule_list *list, size_t index);

/**
 * Frees a list.
 *
 * @param list A list that the caller owns, or NULL.
 */
void distcoord_schedule_list_free(distcoord_schedule_list *list);

/**
 * The first moment after another that a cron line names; asks no server.
 *
 * @param line See `distcoord_schedule_options_set_cron`.
 * @param time_zone See there.
 * @param after_ms Milliseconds since 1970.
 * @param out_ms Receives the moment in milliseconds since 1970.
 * @param error See distcoord.h. The message says what is wrong with the line.
 * @returns DISTCOORD_OK; DISTCOORD_NOT_FOUND, there is none in the next 20 years.
 */
distcoord_status distcoord_cron_next(
    const char *line, const char *time_zone, int64_t after_ms, int64_t *out_ms, distcoord_error **error);

#ifdef __cplusplus
}
#endif

#endif
