/* A child that writes and publishes while threads of its parent, which it has not, do so together. */
#include "state_tools.h"

#include <sys/wait.h>

enum { THREADS = 12, CHILDREN = 5 };

static distcoord_state *state;
static distcoord_topic *topic;
static atomic_bool stopping;

static bool write_and_publish(const char *key)
{
    return distcoord_state_set(state, key, "x", 1, NONE, NULL, NULL) == DISTCOORD_OK &&
           distcoord_topic_publish(topic, "x", 1, NULL, 0, NULL) == DISTCOORD_OK;
}

static void *keep_writing(void *argument)
{
    while (!atomic_load(&stopping)) CHECK(write_and_publish("parent"));
    return argument;
}

static void a_child_does_not_wait_for_threads_of_its_parent(void)
{
    pthread_t threads[THREADS];
    distcoord_client *client = open_client();
    state = open_state(client);
    REQUIRE_OK(distcoord_topic_open(client, "t", NULL, &topic, E));
    for (int i = 0; i < THREADS; i++) threads[i] = start_thread(keep_writing, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            alarm(20);
            _exit(write_and_publish("child") ? 0 : 1);
        }
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK_INT(status, 0);
    }
    atomic_store(&stopping, true);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK_VALUE(state, "child", "x");
    distcoord_topic_free(topic);
    distcoord_state_free(state);
    close_client(client);
}

static const struct test tests[] = {
    {"fork_state_a_child_does_not_wait_for_threads_of_its_parent", a_child_does_not_wait_for_threads_of_its_parent},
};

HARNESS_MAIN(tests)
