/* Schedules that many processes set and serve, in partitions, over bad connections, with servers that were away. */
#define _GNU_SOURCE
#include "proxy.h"
#include "schedule_tools.h"

#include <sys/prctl.h>

/* A process that sets the schedule, as each instance of a program does, and then writes each tick that it is given. */
static void serve(int output, int64_t start)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    set_schedule(queue, "s", every_ms(100, start), NULL);
    for (;;) {
        int64_t tick = next_tick(queue, "s", 60000);
        if (write(output, &tick, sizeof tick) != sizeof tick || tick < 0) _exit(0);
    }
}

static void one_job_for_each_tick_over_all_processes(void)
{
    enum { PROCESSES = 4, TICKS = 40 };
    int pipes[2];
    pid_t processes[PROCESSES];
    int64_t start = clock_ms() + 300;
    REQUIRE(pipe(pipes) == 0);
    for (int i = 0; i < PROCESSES; i++) {
        processes[i] = fork();
        REQUIRE(processes[i] >= 0);
        if (processes[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(pipes[0]);
            serve(pipes[1], start);
        }
    }
    close(pipes[1]);
    int64_t ticks[TICKS];
    for (int i = 0; i < TICKS; i++) {
        REQUIRE(read(pipes[0], &ticks[i], sizeof ticks[i]) == sizeof ticks[i]);
        CHECK(ticks[i] >= start && (ticks[i] - start) % 100 == 0);
        for (int k = 0; k < i; k++) {
            if (ticks[k] == ticks[i]) report(__FILE__, __LINE__, "tick %lld twice", (long long)ticks[i]);
        }
    }
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    CHECK_OK(distcoord_queue_remove_schedule(queue, "s", E));
    /* Those that were on their way, and no others. */
    struct counts all = counts_of(queue);
    CHECK(all.completed + all.waiting + all.active >= TICKS);
    for (int i = 0; i < PROCESSES; i++) {
        kill(processes[i], SIGKILL);
        waitpid(processes[i], NULL, 0);
    }
    close(pipes[0]);
    distcoord_queue_free(queue);
    close_client(client);
}

static pthread_barrier_t at_once;

static void *set_at_once(void *argument)
{
    distcoord_queue *queue = open_queue(argument);
    pthread_barrier_wait(&at_once);
    set_schedule(queue, "s", every_ms(60000, 0), NULL);
    distcoord_queue_free(queue);
    return NULL;
}

static void setting_at_the_same_time_is_setting_once(void)
{
    enum { INSTANCES = 6 };
    distcoord_client *clients[INSTANCES];
    pthread_t threads[INSTANCES];
    int64_t before = clock_ms();
    pthread_barrier_init(&at_once, NULL, INSTANCES);
    for (int i = 0; i < INSTANCES; i++) clients[i] = open_client();
    for (int i = 0; i < INSTANCES; i++) threads[i] = start_thread(set_at_once, clients[i]);
    for (int i = 0; i < INSTANCES; i++) pthread_join(threads[i], NULL);
    distcoord_queue *queue = open_queue(clients[0]);
    struct listed now = listed(queue, "s");
    CHECK_INT(now.count, 1);
    CHECK(now.next >= before + 60000 && now.next <= clock_ms() + 60000);
    CHECK_INT(now.runs, 0);
    distcoord_queue_free(queue);
    for (int i = 0; i < INSTANCES; i++) close_client(clients[i]);
    pthread_barrier_destroy(&at_once);
}

static void ticks_missed_by_a_server_that_was_away(void)
{
    static const char *const keep[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};
    struct redis_server own;
    redis_server_start(&own, keep);
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(own.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_queue *queue = open_queue(client);
    int64_t start = clock_ms() + 2000, hour = 3600000;
    set_schedule(queue, "once", every_ms(hour, start), NULL);
    distcoord_schedule_options *skipping = every_ms(hour, start);
    CHECK_INT(distcoord_schedule_options_set_missed(skipping, DISTCOORD_MISSED_SKIP), DISTCOORD_OK);
    set_schedule(queue, "skip", skipping, NULL);
    CHECK_INT(listed(queue, "once").next, start);
    CHECK_INT(listed(queue, "skip").next, start);
    redis_server_kill(&own);
    while (clock_ms() <= start + 1000) sleep_ms(20);
    redis_server_restart(&own, keep);
    CHECK_INT(next_tick(queue, "once", 20000), start);
    CHECK_INT(next_tick(queue, "skip", 0), -1);
    CHECK_INT(listed(queue, "once").next, start + hour);
    CHECK_INT(listed(queue, "once").runs, 1);
    CHECK_INT(listed(queue, "skip").next, start + hour);
    CHECK_INT(listed(queue, "skip").runs, 0);
    redis_server_restart(&own, keep);
    CHECK(EVENTUALLY(10000, listed(queue, "once").count == 2));
    CHECK_INT(listed(queue, "once").next, start + hour);
    CHECK_INT(next_tick(queue, "once", 0), -1);
    distcoord_queue_free(queue);
    close_client(client);
    redis_server_stop(&own);
}

static void ticks_missed_because_nobody_claimed(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    int64_t start = clock_ms() + 100;
    set_schedule(queue, "s", every_ms(200, start), NULL);
    while (clock_ms() < start + 1100) sleep_ms(20);
    int64_t before = clock_ms();
    int64_t tick = next_tick(queue, "s", 0);
    /* One for all of them, that of the last. */
    CHECK(tick > before - 200 && tick <= clock_ms());
    CHECK_INT(listed(queue, "s").runs, 1);
    distcoord_queue_free(queue);
    close_client(client);
}

static void lost_requests_and_answers_do_not_matter(void)
{
    static struct proxy proxy;
    proxy_start(&proxy, &server);
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(proxy.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_queue *queue = open_queue(client);
    /* The server knows the scripts and the queue. */
    set_schedule(queue, "first", every_ms(60000, 0), NULL);
    CHECK_OK(distcoord_queue_remove_schedule(queue, "first", E));
    static const enum loss losses[] = {LOSE_REQUEST, LOSE_ANSWER};
    for (int i = 0; i < 2; i++) {
        proxy_lose(&proxy, losses[i]);
        set_schedule(queue, "s", every_ms(60000, 0), NULL);
        CHECK_INT(listed(queue, "s").count, 1);
        proxy_lose(&proxy, losses[i]);
        CHECK_OK(distcoord_queue_remove_schedule(queue, "s", E));
        CHECK_INT(listed(queue, "s").count, 0);
        proxy_lose(&proxy, losses[i]);
        CHECK_STATUS(distcoord_queue_remove_schedule(queue, "s", E), DISTCOORD_NOT_FOUND);
        CHECK_INT(atomic_load(&proxy.losses), 3 * (i + 1));
    }
    distcoord_queue_free(queue);
    close_client(client);
}

static distcoord_queue *open_split_queue(distcoord_client *client)
{
    distcoord_queue *queue = open_queue(client);
    CHECK_INT(distcoord_queue_set_partitions(queue, 4), DISTCOORD_OK);
    return queue;
}

static void schedules_of_a_queue_with_partitions(void)
{
    enum { COUNT = 8 };
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_split_queue(client), *others = open_split_queue(other);
    int64_t start = clock_ms() + 2000, year = 366LL * 86400000;
    char names[COUNT][8];
    bool has_come[COUNT] = {false};
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
        /* The later the name, the sooner. */
        set_schedule(queue, names[i], every_ms(year, start + 10 * (COUNT - i)), NULL);
    }
    distcoord_schedule_list *list = NULL;
    REQUIRE_OK(distcoord_queue_list_schedules(others, &list, E));
    REQUIRE(distcoord_schedule_list_count(list) == COUNT);
    for (int i = 0; i < COUNT; i++) CHECK_TEXT(distcoord_schedule_list_name(list, (size_t)i), names[COUNT - 1 - i]);
    distcoord_schedule_list_free(list);
    for (int n = 0; n < COUNT; n++) {
        distcoord_job *job = claim(others, 20000);
        REQUIRE(job != NULL);
        int i = atoi(distcoord_job_id(job) + 1);
        REQUIRE(i >= 0 && i < COUNT);
        CHECK(!has_come[i]);
        has_come[i] = true;
        CHECK_INT(tick_of(job, names[i]), start + 10 * (COUNT - i));
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        distcoord_result *result = NULL;
        CHECK_OK(distcoord_queue_result(queue, distcoord_job_id(job), 0, &result, E));
        distcoord_result_free(result);
        distcoord_job_free(job);
    }
    for (int i = 0; i < COUNT; i++) CHECK_OK(distcoord_queue_remove_schedule(others, names[i], E));
    CHECK_INT(listed(queue, "s0").count, 0);
    /* Its jobs would not be where the other jobs with that key are. */
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_schedule_options *schedule = every_ms(60000, 0);
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, "k"), DISTCOORD_OK);
    CHECK_STATUS(
        distcoord_queue_set_schedule(queue, "s", schedule, NULL, 0, options, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    distcoord_schedule_options_free(schedule);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    distcoord_queue_free(others);
    close_client(client);
    close_client(other);
}

static void jobs_with_a_concurrency_key_wait_for_room(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_concurrency_key(options, "k"), DISTCOORD_OK);
    set_schedule(queue, "s", every_ms(100, 0), options);
    distcoord_job *job = claim(queue, 20000);
    REQUIRE(job != NULL);
    /* Ticks go on, and their jobs wait. */
    CHECK(EVENTUALLY(10000, claim(queue, 0) == NULL && listed(queue, "s").runs >= 4));
    CHECK_OK(distcoord_queue_remove_schedule(queue, "s", E));
    CHECK_INT(counts_of(queue).waiting, 0);
    CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_free(job);
    CHECK(next_tick(queue, "s", 0) > 0);
    distcoord_job_options_free(options);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"schedule_one_job_for_each_tick_over_all_processes", one_job_for_each_tick_over_all_processes},
    {"schedule_setting_at_the_same_time_is_setting_once", setting_at_the_same_time_is_setting_once},
    {"schedule_ticks_missed_by_a_server_that_was_away", ticks_missed_by_a_server_that_was_away},
    {"schedule_ticks_missed_because_nobody_claimed", ticks_missed_because_nobody_claimed},
    {"schedule_lost_requests_and_answers_do_not_matter", lost_requests_and_answers_do_not_matter},
    {"schedule_those_of_a_queue_with_partitions", schedules_of_a_queue_with_partitions},
    {"schedule_jobs_with_a_concurrency_key_wait_for_room", jobs_with_a_concurrency_key_wait_for_room},
};

HARNESS_MAIN(tests)
