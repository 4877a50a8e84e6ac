/* What the tests of buffered producers share. */
#ifndef PRODUCER_TOOLS_H
#define PRODUCER_TOOLS_H

#include "queue_tools.h"

/* So long a wait that only a bug makes it end without what is waited for. */
enum { LONG_MS = 30000 };

__attribute__((unused)) static distcoord_producer *open_producer(distcoord_queue *queue)
{
    distcoord_producer *producer = NULL;
    REQUIRE_OK(distcoord_producer_open(queue, &producer, E));
    REQUIRE(producer != NULL);
    return producer;
}

/* A producer that sends only when a batch is full or somebody is in a hurry. */
__attribute__((unused)) static distcoord_producer *open_patient_producer(distcoord_queue *queue, int32_t size)
{
    distcoord_producer *producer = open_producer(queue);
    CHECK_INT(distcoord_producer_set_batch(producer, size, 60000), DISTCOORD_OK);
    return producer;
}

__attribute__((unused)) static distcoord_status produce(
    distcoord_producer *producer, const char *text, const distcoord_job_options *options, distcoord_error **error)
{
    return distcoord_producer_push(producer, text, strlen(text), options, NULL, 0, error);
}

/* Pushes a job with an id of the caller's. */
__attribute__((unused)) static void produce_as(distcoord_producer *producer, const char *text, const char *id)
{
    distcoord_job_options *options = distcoord_job_options_new();
    REQUIRE(distcoord_job_options_set_id(options, id) == DISTCOORD_OK);
    REQUIRE_OK(produce(producer, text, options, E));
    distcoord_job_options_free(options);
}

__attribute__((unused)) static distcoord_push_failures *failures_of(distcoord_producer *producer)
{
    distcoord_push_failures *failures = NULL;
    REQUIRE_OK(distcoord_producer_failures(producer, &failures, E));
    REQUIRE(failures != NULL);
    return failures;
}

/* Fetches the failures, which must all be of that status, and tells how many there were. */
__attribute__((unused)) static int64_t failed_with(distcoord_producer *producer, distcoord_status status)
{
    distcoord_push_failures *failures = failures_of(producer);
    size_t count = distcoord_push_failures_count(failures);
    for (size_t i = 0; i < count; i++) {
        if (distcoord_push_failures_status(failures, i) == status) continue;
        report(__FILE__, __LINE__, "failure %zu is %s, wanted %s: %s", i,
            distcoord_status_name(distcoord_push_failures_status(failures, i)), distcoord_status_name(status),
            distcoord_push_failures_message(failures, i));
        break;
    }
    distcoord_push_failures_free(failures);
    return (int64_t)count;
}

/* A push on a thread of its own. */
struct pushing {
    distcoord_producer *producer;
    pthread_t thread;
    distcoord_status status;
    atomic_bool is_over;
};

__attribute__((unused)) static void *push_one(void *argument)
{
    struct pushing *pushing = argument;
    pushing->status = produce(pushing->producer, "one more", NULL, NULL);
    atomic_store(&pushing->is_over, true);
    return NULL;
}

__attribute__((unused)) static void begin_push(struct pushing *pushing, distcoord_producer *producer)
{
    memset(pushing, 0, sizeof *pushing);
    pushing->producer = producer;
    pushing->thread = start_thread(push_one, pushing);
}

/* What the push answers, which must come soon. */
__attribute__((unused)) static distcoord_status end_push(struct pushing *pushing)
{
    REQUIRE(EVENTUALLY(LONG_MS, atomic_load(&pushing->is_over)));
    pthread_join(pushing->thread, NULL);
    return pushing->status;
}

/* A server of the test's own, which it can stop and kill, and what talks to it. */
struct own {
    struct redis_server server;
    distcoord_client *client;
    distcoord_queue *queue;
};

__attribute__((unused)) static distcoord_client *open_client_at(const char *url, int64_t command_timeout_ms)
{
    distcoord_options *options = namespace_options();
    REQUIRE(distcoord_options_set_command_timeout_ms(options, command_timeout_ms) == DISTCOORD_OK);
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

/* Has made contact: from then on a server that is away is waited for. */
__attribute__((unused)) static void open_own(
    struct own *own, const char *const *arguments, int64_t command_timeout_ms)
{
    redis_server_start(&own->server, arguments);
    own->client = open_client_at(own->server.url, command_timeout_ms);
    own->queue = open_queue(own->client);
    CHECK_INT(counts_of(own->queue).waiting, 0);
}

__attribute__((unused)) static void close_own(struct own *own)
{
    distcoord_queue_free(own->queue);
    distcoord_client_free(own->client);
    redis_server_stop(&own->server);
}

/* The server takes nothing and answers nothing from now on; */
__attribute__((unused)) static void freeze(struct own *own)
{
    REQUIRE(kill(own->server.pid, SIGSTOP) == 0);
}

/* and goes on. */
__attribute__((unused)) static void thaw(struct own *own)
{
    REQUIRE(kill(own->server.pid, SIGCONT) == 0);
}

#endif
