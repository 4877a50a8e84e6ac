/* A buffered producer across fork: what is in the buffer is the parent's. */
#include "fork_tools.h"
#include "producer_tools.h"

static void a_child_has_an_empty_buffer(void *argument)
{
    distcoord_producer *producer = argument;
    CHECK_INT(distcoord_producer_pending(producer), 0);
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    CHECK_OK(produce(producer, "child", NULL, E));
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    CHECK_INT(distcoord_producer_sent(producer), 1);
    distcoord_producer_free(producer);
}

static void a_child_frees_memory_only(void *argument)
{
    distcoord_producer_free(argument);
}

static void a_fork_sends_nothing_twice(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_producer *producer = open_patient_producer(queue, 50);
    for (int i = 0; i < 30; i++) REQUIRE_OK(produce(producer, "parent", NULL, E));
    in_child(a_child_has_an_empty_buffer, producer);
    in_child(a_child_frees_memory_only, producer);
    CHECK_INT(counts_of(queue).waiting, 1);
    CHECK_INT(distcoord_producer_pending(producer), 30);
    CHECK_OK(distcoord_producer_flush(producer, LONG_MS, E));
    CHECK_INT(distcoord_producer_sent(producer), 30);
    CHECK_INT(counts_of(queue).waiting, 31);
    distcoord_producer_free(producer);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"a_fork_sends_nothing_twice", a_fork_sends_nothing_twice},
};

HARNESS_MAIN(tests)
