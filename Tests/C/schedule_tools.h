/* What the tests of schedules share. */
#ifndef SCHEDULE_TOOLS_H
#define SCHEDULE_TOOLS_H

#include "queue_tools.h"

/* Milliseconds since 1970; the server is on this machine. */
__attribute__((unused)) static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((unused)) static distcoord_schedule_options *every_ms(int64_t interval_ms, int64_t start_ms)
{
    distcoord_schedule_options *options = distcoord_schedule_options_new();
    CHECK_INT(distcoord_schedule_options_set_interval_ms(options, interval_ms), DISTCOORD_OK);
    CHECK_INT(distcoord_schedule_options_set_start_ms(options, start_ms), DISTCOORD_OK);
    return options;
}

__attribute__((unused)) static distcoord_schedule_options *at_line(const char *line, const char *zone)
{
    distcoord_schedule_options *options = distcoord_schedule_options_new();
    CHECK_INT(distcoord_schedule_options_set_cron(options, line, zone), DISTCOORD_OK);
    return options;
}

/* Sets a schedule, whose jobs carry its name, and frees the options. */
__attribute__((unused)) static void set_schedule(
    distcoord_queue *queue, const char *name, distcoord_schedule_options *schedule,
    const distcoord_job_options *options)
{
    CHECK_OK(distcoord_queue_set_schedule(queue, name, schedule, name, strlen(name), options, E));
    distcoord_schedule_options_free(schedule);
}

struct listed {
    bool found;
    size_t count;
    int64_t next, last, runs;
};

/* A schedule in the list, and how many there are. */
__attribute__((unused)) static struct listed listed(distcoord_queue *queue, const char *name)
{
    distcoord_schedule_list *list = NULL;
    struct listed found = {0};
    REQUIRE_OK(distcoord_queue_list_schedules(queue, &list, E));
    found.count = distcoord_schedule_list_count(list);
    for (size_t i = 0; i < found.count; i++) {
        if (strcmp(distcoord_schedule_list_name(list, i), name) != 0) continue;
        found.found = true;
        found.next = distcoord_schedule_list_next_ms(list, i);
        found.last = distcoord_schedule_list_last_ms(list, i);
        found.runs = distcoord_schedule_list_runs(list, i);
    }
    distcoord_schedule_list_free(list);
    return found;
}

/* The tick in the id of a job of a schedule; -1 when it is not one. */
__attribute__((unused)) static int64_t tick_of(const distcoord_job *job, const char *name)
{
    const char *id = distcoord_job_id(job);
    size_t length = strlen(name);
    if (strncmp(id, name, length) != 0 || id[length] != '@') return -1;
    return atoll(id + length + 1);
}

/* Claims and completes the next job, waiting for it; the tick in its id, or -1. */
__attribute__((unused)) static int64_t next_tick(distcoord_queue *queue, const char *name, int64_t wait_ms)
{
    distcoord_job *job = claim(queue, wait_ms);
    if (job == NULL) return -1;
    int64_t tick = tick_of(job, name);
    CHECK(tick > 0);
    CHECK(has_payload(job, name));
    CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_free(job);
    return tick;
}

#endif
