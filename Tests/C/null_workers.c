/* Every function of workers with NULL wherever it can be passed. */
#include "null_tools.h"

static void do_nothing(distcoord_job *job, void *context)
{
    (void)job;
    (void)context;
}

static void worker(void)
{
    distcoord_client *client = open_client();
    distcoord_worker *worker = NULL;
    distcoord_job *job = NULL;
    CHECK_INVALID(distcoord_worker_open(NULL, "w", &worker, E));
    CHECK_INVALID(distcoord_worker_open(client, "w", NULL, E));
    REQUIRE_OK(distcoord_worker_open(client, NULL, &worker, E));
    CHECK_INVALID(distcoord_worker_add_queue(NULL, "a", 1, E));
    CHECK_INVALID(distcoord_worker_add_queue(worker, NULL, 1, E));
    CHECK_OK(distcoord_worker_add_queue(worker, "a", 1, E));
    CHECK_SETTER_INVALID(distcoord_worker_set_concurrency(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_worker_set_prefetch(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_worker_set_lease_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_worker_set_capabilities(NULL, "a"));
    CHECK_SETTER_INVALID(distcoord_worker_set_capabilities(worker, NULL));
    CHECK_SETTER_INVALID(distcoord_worker_set_pool(NULL, "a"));
    CHECK_SETTER_INVALID(distcoord_worker_set_own_queue(NULL, true, true));
    CHECK_SETTER_INVALID(distcoord_worker_set_partitions(NULL, "a", 1));
    CHECK_SETTER_INVALID(distcoord_worker_set_partitions(worker, NULL, 1));
    CHECK_INVALID(distcoord_worker_next(NULL, 0, &job, E));
    CHECK_INVALID(distcoord_worker_next(worker, 0, NULL, E));
    CHECK_INVALID(distcoord_worker_done(NULL, job, NULL, 0, E));
    CHECK_INVALID(distcoord_worker_done(worker, NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_worker_run(NULL, do_nothing, NULL, E));
    CHECK_INVALID(distcoord_worker_run(worker, NULL, NULL, E));
    CHECK_INVALID(distcoord_worker_shutdown(NULL, 0, E));
    distcoord_worker_stop(NULL);
    distcoord_worker_drain(NULL);
    distcoord_worker_cancel(NULL);
    CHECK_TEXT(distcoord_worker_name(NULL), "");
    CHECK_INT(distcoord_worker_count(NULL, DISTCOORD_WORKER_PROCESSED), 0);
    distcoord_worker_free(NULL);
    distcoord_worker_free(worker);
    close_client(client);
}

static void list(void)
{
    distcoord_client *client = open_client();
    distcoord_worker_list *list = NULL;
    CHECK_INVALID(distcoord_workers_list(NULL, &list, E));
    CHECK_INVALID(distcoord_workers_list(client, NULL, E));
    REQUIRE_OK(distcoord_workers_list(client, &list, E));
    distcoord_worker_list *const lists[] = {NULL, list};
    for (int i = 0; i < 2; i++) {
        /* No such worker: an empty list answers as NULL does. */
        CHECK_INT(distcoord_worker_list_count(lists[i]), 0);
        CHECK_TEXT(distcoord_worker_list_name(lists[i], 0), "");
        CHECK_TEXT(distcoord_worker_list_client(lists[i], 0), "");
        CHECK_TEXT(distcoord_worker_list_host(lists[i], 0), "");
        CHECK_TEXT(distcoord_worker_list_queues(lists[i], 0), "");
        CHECK_TEXT(distcoord_worker_list_capabilities(lists[i], 0), "");
        CHECK_INT(distcoord_worker_list_pid(lists[i], 0), 0);
        CHECK_INT(distcoord_worker_list_concurrency(lists[i], 0), 0);
        CHECK_INT(distcoord_worker_list_started_ms(lists[i], 0), 0);
        CHECK_INT(distcoord_worker_list_seen_ms(lists[i], 0), 0);
        CHECK_INT(distcoord_worker_list_uptime_seconds(lists[i], 0), 0);
        CHECK_INT(distcoord_worker_list_tally(lists[i], 0, DISTCOORD_WORKER_PROCESSED), 0);
        CHECK(distcoord_worker_list_rate(lists[i], 0) == 0);
        CHECK(!distcoord_worker_list_is_stopping(lists[i], 0));
        distcoord_worker_list_free(lists[i]);
    }
    close_client(client);
}

static const struct test tests[] = {
    {"null_worker", worker},
    {"null_worker_list", list},
};

HARNESS_MAIN(tests)
