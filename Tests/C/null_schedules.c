/* Every function of schedules with NULL wherever it can be passed. */
#include "null_tools.h"

static void options(void)
{
    distcoord_schedule_options *options = distcoord_schedule_options_new();
    REQUIRE(options != NULL);
    CHECK_SETTER_INVALID(distcoord_schedule_options_set_interval_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_schedule_options_set_cron(NULL, "* * * * *", NULL));
    CHECK_SETTER_INVALID(distcoord_schedule_options_set_cron(options, NULL, NULL));
    CHECK_INT(distcoord_schedule_options_set_cron(options, "* * * * *", NULL), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_schedule_options_set_start_ms(NULL, 0));
    CHECK_SETTER_INVALID(distcoord_schedule_options_set_missed(NULL, DISTCOORD_MISSED_SKIP));
    distcoord_schedule_options_free(options);
    distcoord_schedule_options_free(NULL);
}

static void cron_next(void)
{
    int64_t next = 0;
    CHECK_INVALID(distcoord_cron_next(NULL, NULL, 0, &next, E));
    CHECK_INVALID(distcoord_cron_next("* * * * *", NULL, 0, NULL, E));
    CHECK_BOTH(distcoord_cron_next("* * * * *", NULL, 0, &next, E), DISTCOORD_OK);
    CHECK_INT(next, 60000);
}

static void schedules(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL;
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    distcoord_schedule_options *options = distcoord_schedule_options_new();
    distcoord_schedule_options_set_interval_ms(options, 60000);
    distcoord_schedule_list *list = NULL;
    CHECK_INVALID(distcoord_queue_set_schedule(NULL, "s", options, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_queue_set_schedule(queue, NULL, options, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_queue_set_schedule(queue, "s", NULL, NULL, 0, NULL, E));
    CHECK_INVALID(distcoord_queue_set_schedule(queue, "s", options, NULL, 1, NULL, E));
    CHECK_BOTH(distcoord_queue_set_schedule(queue, "s", options, NULL, 0, NULL, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_queue_list_schedules(NULL, &list, E));
    CHECK_INVALID(distcoord_queue_list_schedules(queue, NULL, E));
    REQUIRE_OK(distcoord_queue_list_schedules(queue, &list, E));
    CHECK_INT(distcoord_schedule_list_count(list), 1);
    distcoord_schedule_list_free(list);
    CHECK_INVALID(distcoord_queue_remove_schedule(NULL, "s", E));
    CHECK_INVALID(distcoord_queue_remove_schedule(queue, NULL, E));
    CHECK_STATUS(distcoord_queue_remove_schedule(queue, "s", E), DISTCOORD_OK);
    CHECK_INT(distcoord_schedule_list_count(NULL), 0);
    CHECK_TEXT(distcoord_schedule_list_name(NULL, 0), "");
    CHECK_TEXT(distcoord_schedule_list_cron(NULL, 0), "");
    CHECK_TEXT(distcoord_schedule_list_time_zone(NULL, 0), "");
    CHECK_TEXT(distcoord_schedule_list_task(NULL, 0), "");
    CHECK_INT(distcoord_schedule_list_interval_ms(NULL, 0), 0);
    CHECK_INT(distcoord_schedule_list_missed(NULL, 0), DISTCOORD_MISSED_RUN_ONCE);
    CHECK_INT(distcoord_schedule_list_next_ms(NULL, 0), 0);
    CHECK_INT(distcoord_schedule_list_last_ms(NULL, 0), 0);
    CHECK_INT(distcoord_schedule_list_runs(NULL, 0), 0);
    distcoord_schedule_list_free(NULL);
    distcoord_schedule_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"null_schedule_options", options},
    {"null_cron_next", cron_next},
    {"null_schedules", schedules},
};

HARNESS_MAIN(tests)
