/* Registered workers: who is listed, with what, and who is not any more. */
#include "worker_tools.h"

#include <limits.h>

static bool is_line(const char *text, const char *wanted)
{
    return text != NULL && strcmp(text, wanted) == 0;
}

static distcoord_worker_list *list_of(distcoord_client *client)
{
    distcoord_worker_list *list = NULL;
    REQUIRE_OK(distcoord_workers_list(client, &list, E));
    return list;
}

static void registered_when_first_asked(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "second");
    CHECK_OK(distcoord_worker_add_queue(worker, "other queue", 2, E));
    CHECK_INT(distcoord_worker_set_concurrency(worker, 3), DISTCOORD_OK);
    CHECK_INT(distcoord_worker_set_capabilities(worker, "GPU,avx2"), DISTCOORD_OK);
    CHECK_INT(distcoord_worker_set_pool(worker, "blue"), DISTCOORD_OK);
    CHECK_INT(workers_of(other), 0);
    CHECK(next(worker, 0) == NULL);
    distcoord_worker *first = open_worker(client, "first");
    CHECK(next(first, 0) == NULL);
    distcoord_worker_list *list = list_of(other);
    REQUIRE(distcoord_worker_list_count(list) == 2);
    CHECK_TEXT(distcoord_worker_list_name(list, 0), "first");
    CHECK_TEXT(distcoord_worker_list_name(list, 1), "second");
    CHECK(strncmp(distcoord_worker_list_client(list, 1), distcoord_client_id(client), 22) == 0);
    char host[HOST_NAME_MAX + 1] = "";
    gethostname(host, sizeof host - 1);
    CHECK_TEXT(distcoord_worker_list_host(list, 1), host);
    CHECK_INT(distcoord_worker_list_pid(list, 1), getpid());
    CHECK_TEXT(distcoord_worker_list_queues(list, 0), "a\n");
    CHECK_TEXT(distcoord_worker_list_queues(list, 1), "a\nother queue\n");
    CHECK_TEXT(distcoord_worker_list_capabilities(list, 0), "linux");
    CHECK_TEXT(distcoord_worker_list_capabilities(list, 1), "avx2,gpu,linux,pool:blue");
    CHECK_INT(distcoord_worker_list_concurrency(list, 1), 3);
    CHECK(distcoord_worker_list_started_ms(list, 1) > 1600000000000);
    CHECK(distcoord_worker_list_seen_ms(list, 1) >= distcoord_worker_list_started_ms(list, 1));
    CHECK(distcoord_worker_list_uptime_seconds(list, 1) < 60);
    CHECK_INT(distcoord_worker_list_tally(list, 1, DISTCOORD_WORKER_PROCESSED), 0);
    CHECK(distcoord_worker_list_rate(list, 1) == 0);
    CHECK(!distcoord_worker_list_is_stopping(list, 1));
    distcoord_worker_list_free(list);
    distcoord_worker_free(worker);
    /* One that is freed leaves, in the background. */
    CHECK(EVENTUALLY(5000, workers_of(other) == 1));
    CHECK_OK(distcoord_worker_shutdown(first, 0, E));
    CHECK_INT(workers_of(other), 0);
    distcoord_worker_free(first);
    distcoord_queue_free(queue);
    close_client(client);
    close_client(other);
}

static void says_how_it_is(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_worker *worker = open_worker(client, "w");
    push_numbers(queue, 0, 6);
    for (int i = 0; i < 5; i++) {
        distcoord_job *job = next(worker, 5000);
        REQUIRE(job != NULL);
        CHECK_OK(distcoord_worker_done(worker, job, NULL, 0, E));
        distcoord_job_free(job);
    }
    distcoord_job *job = next(worker, 5000);
    REQUIRE(job != NULL);
    distcoord_worker_stop(worker);
    /* Every five seconds it says how it is. */
    int64_t processed = 0, running = 0;
    bool is_stopping = false;
    double rate = 0;
    CHECK(EVENTUALLY(12000, ({
        distcoord_worker_list *list = list_of(client);
        processed = distcoord_worker_list_tally(list, 0, DISTCOORD_WORKER_PROCESSED);
        running = distcoord_worker_list_tally(list, 0, DISTCOORD_WORKER_RUNNING);
        is_stopping = distcoord_worker_list_is_stopping(list, 0);
        rate = distcoord_worker_list_rate(list, 0);
        distcoord_worker_list_free(list);
        sleep_ms(50);
        processed == 5;
    })));
    CHECK_INT(running, 1);
    CHECK(is_stopping);
    CHECK(rate > 0);
    /* A worker that was stopped leaves when its last job has ended. */
    CHECK_INT(workers_of(client), 1);
    CHECK_OK(distcoord_worker_done(worker, job, NULL, 0, E));
    CHECK(EVENTUALLY(5000, workers_of(client) == 0));
    distcoord_job_free(job);
    distcoord_worker_free(worker);
    distcoord_queue_free(queue);
    close_client(client);
}

/* One whose process died without a word is forgotten, soon after it was last heard of. */
static void the_dead_vanish(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        distcoord_client *client = open_client();
        distcoord_worker *worker = open_worker(client, "dies");
        distcoord_job *job = NULL;
        distcoord_worker_next(worker, -1, &job, NULL);
        _exit(0);
    }
    distcoord_client *client = open_client();
    distcoord_worker *worker = open_worker(client, "lives");
    CHECK(next(worker, 0) == NULL);
    REQUIRE(EVENTUALLY(10000, workers_of(client) == 2));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    CHECK(EVENTUALLY(25000, ({ sleep_ms(100); workers_of(client) == 1; })));
    distcoord_worker_list *list = list_of(client);
    CHECK(is_line(distcoord_worker_list_name(list, 0), "lives"));
    CHECK(distcoord_worker_list_seen_ms(list, 0) > distcoord_worker_list_started_ms(list, 0));
    distcoord_worker_list_free(list);
    distcoord_worker_free(worker);
    close_client(client);
}

/* One that the server has forgotten, as one that was stopped for long, is back with its next word. */
static void the_forgotten_are_back(void)
{
    distcoord_client *client = open_client();
    distcoord_worker *worker = open_worker(client, "w");
    CHECK(next(worker, 0) == NULL);
    distcoord_worker_list *list = list_of(client);
    int64_t started = distcoord_worker_list_started_ms(list, 0);
    distcoord_worker_list_free(list);
    char command[256], answer[64];
    snprintf(command, sizeof command, "DEL dc:{%s:registry}:workers dc:{%s:registry}:worker", test_name, test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    CHECK_INT(workers_of(client), 0);
    CHECK(EVENTUALLY(12000, ({ sleep_ms(50); workers_of(client) == 1; })));
    list = list_of(client);
    CHECK_INT(distcoord_worker_list_started_ms(list, 0), started);
    distcoord_worker_list_free(list);
    distcoord_worker_free(worker);
    close_client(client);
}

/* Nothing stays behind for long of workers that have left: their ids, which expire. */
static void an_empty_registry_expires(void)
{
    distcoord_client *client = open_client();
    for (int i = 0; i < 3; i++) {
        distcoord_worker *worker = open_worker(client, NULL);
        CHECK(next(worker, 0) == NULL);
        CHECK_OK(distcoord_worker_shutdown(worker, 0, E));
        distcoord_worker_free(worker);
    }
    char command[256], answer[64];
    snprintf(command, sizeof command, "EXISTS dc:{%s:registry}:worker", test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    CHECK_TEXT(answer, ":0");
    snprintf(command, sizeof command, "TTL dc:{%s:registry}:workers", test_name);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    CHECK(atoi(answer + 1) > 0 && atoi(answer + 1) <= 60);
    close_client(client);
}

static const struct test tests[] = {
    {"worker_registered_when_first_asked", registered_when_first_asked},
    {"worker_says_how_it_is", says_how_it_is},
    {"worker_the_dead_vanish", the_dead_vanish},
    {"worker_the_forgotten_are_back", the_forgotten_are_back},
    {"worker_empty_registry_expires", an_empty_registry_expires},
};

HARNESS_MAIN(tests)
