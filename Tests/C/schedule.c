/* Schedules of a queue: set, ticking, replaced, listed, ended. */
#include "schedule_tools.h"

static void ticks_come_to_who_waits(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    int64_t before = clock_ms();
    set_schedule(queue, "s", every_ms(150, 0), NULL);
    int64_t first = listed(queue, "s").next;
    CHECK(first >= before + 150 && first <= clock_ms() + 150);
    int64_t last = first - 150;
    for (int i = 0; i < 5; i++) {
        distcoord_job *job = claim(queue, 10000);
        REQUIRE(job != NULL);
        int64_t tick = tick_of(job, "s");
        CHECK(has_payload(job, "s"));
        /* At a tick, or of several that were missed on a busy machine at the last of them. */
        CHECK(tick > last && (tick - first) % 150 == 0);
        CHECK(distcoord_job_pushed_ms(job) >= tick);
        CHECK(distcoord_job_pushed_ms(job) < tick + 5000 * time_factor());
        last = tick;
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        distcoord_job_free(job);
    }
    struct listed now = listed(queue, "s");
    CHECK_INT(now.runs, 5);
    CHECK_INT(now.last, last);
    CHECK(now.next > last && (now.next - first) % 150 == 0);
    distcoord_queue_free(queue);
    close_client(client);
}

struct waiter {
    distcoord_client *client;
    atomic_bool is_done;
    int64_t tick;
};

static void *wait_for_tick(void *argument)
{
    struct waiter *waiter = argument;
    distcoord_queue *queue = open_queue(waiter->client);
    waiter->tick = next_tick(queue, "s", -1);
    atomic_store(&waiter->is_done, true);
    distcoord_queue_free(queue);
    return NULL;
}

static void setting_wakes_who_waits_already(void)
{
    distcoord_client *waiting = open_client(), *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static struct waiter waiter;
    waiter.client = waiting;
    pthread_t thread = start_thread(wait_for_tick, &waiter);
    REQUIRE(EVENTUALLY(10000, counts_of(queue).claimers == 1));
    int64_t start = clock_ms() + 1000;
    set_schedule(queue, "s", every_ms(366LL * 86400000, start), NULL);
    /* Who waits and knows of no tick asks again only after many seconds. */
    CHECK(EVENTUALLY(5000, atomic_load(&waiter.is_done)));
    pthread_join(thread, NULL);
    CHECK_INT(waiter.tick, start);
    distcoord_queue_free(queue);
    close_client(waiting);
    close_client(client);
}

static void cron_lines_tick_at_whole_seconds(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    set_schedule(queue, "s", at_line("* * * * * *", NULL), NULL);
    int64_t first = next_tick(queue, "s", 20000);
    int64_t second = next_tick(queue, "s", 20000);
    CHECK(first > 0 && first % 1000 == 0);
    CHECK(second > first && second % 1000 == 0);
    distcoord_queue_free(queue);
    close_client(client);
}

static void jobs_are_as_options_say(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_job_options_set_task(options, "report");
    distcoord_job_options_set_priority(options, 7);
    distcoord_job_options_set_max_attempts(options, 2);
    set_schedule(queue, "s", every_ms(366LL * 86400000, clock_ms() + 1000), options);
    distcoord_job *job = claim(queue, 10000);
    REQUIRE(job != NULL);
    CHECK_TEXT(distcoord_job_task(job), "report");
    CHECK_INT(distcoord_job_priority(job), 7);
    CHECK_INT(distcoord_job_max_attempts(job), 2);
    CHECK_INT(distcoord_job_attempt(job), 1);
    CHECK_OK(distcoord_job_complete(job, "r", 1, E));
    distcoord_result *result = NULL;
    CHECK_OK(distcoord_queue_result(queue, distcoord_job_id(job), 0, &result, E));
    CHECK_INT(distcoord_result_state(result), DISTCOORD_RESULT_COMPLETED);
    distcoord_result_free(result);
    distcoord_job_free(job);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void setting_again_changes_nothing(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    set_schedule(queue, "i", every_ms(60000, 0), NULL);
    set_schedule(queue, "c", at_line("30 4 1 1 *", "Europe/Berlin"), NULL);
    struct listed interval = listed(queue, "i"), cron = listed(queue, "c");
    sleep_ms(5);
    set_schedule(queue, "i", every_ms(60000, 0), NULL);
    set_schedule(queue, "c", at_line("30 4 1 1 *", "Europe/Berlin"), NULL);
    CHECK_INT(listed(queue, "i").next, interval.next);
    CHECK_INT(listed(queue, "c").next, cron.next);
    CHECK_INT(listed(queue, "c").count, 2);
    /* The server and the library reckon alike. */
    int64_t next = 0;
    CHECK_OK(distcoord_cron_next("30 4 1 1 *", "Europe/Berlin", clock_ms(), &next, E));
    CHECK_INT(cron.next, next);
    distcoord_queue_free(queue);
    close_client(client);
}

static void another_definition_replaces(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    set_schedule(queue, "s", every_ms(60000, 0), NULL);
    int64_t before = listed(queue, "s").next;
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_job_options_set_task(options, "other");
    set_schedule(queue, "s", every_ms(60000, 0), options);
    /* Else a schedule that is changed more often than it ticks would never tick. */
    CHECK_INT(listed(queue, "s").next, before);
    set_schedule(queue, "s", every_ms(366LL * 86400000, 0), options);
    CHECK(listed(queue, "s").next > before + 86400000);
    set_schedule(queue, "s", at_line("0 0 1 1 *", NULL), options);
    CHECK_INT(listed(queue, "s").next % 86400000, 0);
    CHECK_INT(listed(queue, "s").count, 1);
    set_schedule(queue, "s", every_ms(366LL * 86400000, clock_ms() + 1000), options);
    distcoord_job *job = claim(queue, 10000);
    REQUIRE(job != NULL);
    CHECK_TEXT(distcoord_job_task(job), "other");
    distcoord_job_free(job);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void removing_ends_ticks_and_leaves_jobs(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    CHECK_STATUS(distcoord_queue_remove_schedule(queue, "s", E), DISTCOORD_NOT_FOUND);
    set_schedule(queue, "s", every_ms(100, 0), NULL);
    distcoord_job *job = claim(queue, 10000);
    REQUIRE(job != NULL);
    CHECK_OK(distcoord_job_release(job, E));
    distcoord_job_free(job);
    CHECK_OK(distcoord_queue_remove_schedule(queue, "s", E));
    CHECK_INT(listed(queue, "s").count, 0);
    CHECK_STATUS(distcoord_queue_remove_schedule(queue, "s", E), DISTCOORD_NOT_FOUND);
    /* Nothing is pushed any more: what is there runs out. */
    for (int i = 0; i < 100 && next_tick(queue, "s", 0) > 0; i++) {
    }
    CHECK_INT(next_tick(queue, "s", 350), -1);
    distcoord_queue_free(queue);
    close_client(client);
}

static void lists_by_next_tick(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_schedule_list *list = NULL;
    REQUIRE_OK(distcoord_queue_list_schedules(queue, &list, E));
    CHECK_INT(distcoord_schedule_list_count(list), 0);
    distcoord_schedule_list_free(list);
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_job_options_set_task(options, "nightly");
    distcoord_schedule_options *cron = at_line("  0 3\t* * MON-fri ", "America/New_York");
    CHECK_INT(distcoord_schedule_options_set_missed(cron, DISTCOORD_MISSED_SKIP), DISTCOORD_OK);
    set_schedule(queue, "b", cron, options);
    set_schedule(queue, "c", every_ms(366LL * 86400000, 0), NULL);
    set_schedule(queue, "a", every_ms(1000, clock_ms() + 40LL * 86400000), NULL);
    REQUIRE_OK(distcoord_queue_list_schedules(queue, &list, E));
    REQUIRE(distcoord_schedule_list_count(list) == 3);
    CHECK_TEXT(distcoord_schedule_list_name(list, 0), "b");
    CHECK_TEXT(distcoord_schedule_list_cron(list, 0), "0 3 * * MON-fri");
    CHECK_TEXT(distcoord_schedule_list_time_zone(list, 0), "America/New_York");
    CHECK_INT(distcoord_schedule_list_interval_ms(list, 0), 0);
    CHECK_INT(distcoord_schedule_list_missed(list, 0), DISTCOORD_MISSED_SKIP);
    CHECK_TEXT(distcoord_schedule_list_task(list, 0), "nightly");
    CHECK_INT(distcoord_schedule_list_runs(list, 0), 0);
    CHECK_INT(distcoord_schedule_list_last_ms(list, 0), 0);
    CHECK_TEXT(distcoord_schedule_list_name(list, 1), "a");
    CHECK_TEXT(distcoord_schedule_list_cron(list, 1), "");
    CHECK_TEXT(distcoord_schedule_list_time_zone(list, 1), "");
    CHECK_INT(distcoord_schedule_list_interval_ms(list, 1), 1000);
    CHECK_INT(distcoord_schedule_list_missed(list, 1), DISTCOORD_MISSED_RUN_ONCE);
    CHECK_TEXT(distcoord_schedule_list_task(list, 1), "");
    CHECK_TEXT(distcoord_schedule_list_name(list, 2), "c");
    CHECK_INT(distcoord_schedule_list_interval_ms(list, 2), 366LL * 86400000);
    CHECK_TEXT(distcoord_schedule_list_name(list, 3), "");
    CHECK_INT(distcoord_schedule_list_next_ms(list, 3), 0);
    distcoord_schedule_list_free(list);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static void what_cannot_be_is_refused(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_schedule_options *empty = distcoord_schedule_options_new(), *good = every_ms(1000, 0);
    distcoord_schedule_options *never = at_line("0 0 30 2 *", NULL), *nowhere = at_line("* * * * *", "Europe/Nowhere");
    char name[114], *payload = calloc(1, 65537);
    memset(name, 'n', sizeof name);
    name[113] = '\0';
#define CHECK_REFUSED(call) CHECK_STATUS(call, DISTCOORD_ERROR_INVALID_ARGUMENT)
    CHECK_REFUSED(distcoord_queue_set_schedule(queue, name, good, NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_queue_set_schedule(queue, "", good, NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_queue_set_schedule(queue, "a\nb", good, NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_queue_set_schedule(queue, "s", empty, NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_queue_set_schedule(queue, "s", never, NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_queue_set_schedule(queue, "s", nowhere, NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_queue_remove_schedule(queue, name, E));
    CHECK_STATUS(distcoord_queue_set_schedule(queue, "s", good, payload, 65537, NULL, E), DISTCOORD_ERROR_TOO_LARGE);
    const char *after[] = {"x"};
    for (int i = 0; i < 6; i++) {
        distcoord_job_options *options = distcoord_job_options_new();
        distcoord_status status = DISTCOORD_ERROR_INVALID_ARGUMENT;
        if (i == 0) status = distcoord_job_options_set_id(options, "x");
        if (i == 1) status = distcoord_job_options_set_delay_ms(options, 5);
        if (i == 2) status = distcoord_job_options_set_at_ms(options, 4000000000000);
        if (i == 3) status = distcoord_job_options_set_unique(options, "x", DISTCOORD_UNIQUE_REFUSE);
        if (i == 4) status = distcoord_job_options_set_after(options, after, 1, DISTCOORD_DEPENDENCY_FAIL);
        if (i == 5) status = distcoord_job_options_set_batch(options, "x");
        CHECK_INT(status, DISTCOORD_OK);
        CHECK_REFUSED(distcoord_queue_set_schedule(queue, "s", good, NULL, 0, options, E));
        distcoord_job_options_free(options);
    }
    CHECK_INT(listed(queue, "s").count, 0);
    /* With its tick behind it, that is the longest id there may be. */
    name[112] = '\0';
    CHECK_OK(distcoord_queue_set_schedule(queue, name, good, payload, 65536, NULL, E));
    CHECK_INT(listed(queue, name).count, 1);
    free(payload);
    distcoord_schedule_options_free(empty);
    distcoord_schedule_options_free(good);
    distcoord_schedule_options_free(never);
    distcoord_schedule_options_free(nowhere);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"schedule_ticks_come_to_who_waits", ticks_come_to_who_waits},
    {"schedule_setting_wakes_who_waits_already", setting_wakes_who_waits_already},
    {"schedule_cron_lines_tick_at_whole_seconds", cron_lines_tick_at_whole_seconds},
    {"schedule_jobs_are_as_options_say", jobs_are_as_options_say},
    {"schedule_setting_again_changes_nothing", setting_again_changes_nothing},
    {"schedule_another_definition_replaces", another_definition_replaces},
    {"schedule_removing_ends_ticks_and_leaves_jobs", removing_ends_ticks_and_leaves_jobs},
    {"schedule_lists_by_next_tick", lists_by_next_tick},
    {"schedule_what_cannot_be_is_refused", what_cannot_be_is_refused},
};

HARNESS_MAIN(tests)
