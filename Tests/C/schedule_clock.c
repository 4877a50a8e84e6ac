/* Schedules set by a client whose clock is wrong: only the server's counts. */
#define _GNU_SOURCE
#include "schedule_tools.h"

#include <sys/syscall.h>

static atomic_llong seconds_ahead;

/* Before the C library's, for the library too. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME && result == 0) time->tv_sec += (time_t)atomic_load(&seconds_ahead);
    return result;
}

static void a_clients_clock_does_not_matter(void)
{
    static const long long years[] = {-50, -3, 3, 25};
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    /* In summer, so that offsets of other years would show. */
    const char *line = "30 12 1 7 *", *zone = "Europe/Berlin";
    int64_t wanted = 0, now = clock_ms();
    CHECK_OK(distcoord_cron_next(line, zone, now, &wanted, E));
    for (size_t i = 0; i < COUNT_OF(years); i++) {
        char name[32];
        snprintf(name, sizeof name, "%lld", years[i]);
        atomic_store(&seconds_ahead, years[i] * 365 * 86400);
        CHECK(llabs(clock_ms() - now) > 86400000);
        set_schedule(queue, name, at_line(line, zone), NULL);
        set_schedule(queue, "interval", every_ms(60000, 0), NULL);
        atomic_store(&seconds_ahead, 0);
        CHECK_INT(listed(queue, name).next, wanted);
        int64_t next = listed(queue, "interval").next;
        CHECK(next > now && next <= clock_ms() + 60000);
    }
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"schedule_a_clients_clock_does_not_matter", a_clients_clock_does_not_matter},
};

HARNESS_MAIN(tests)
