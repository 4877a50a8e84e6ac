/* A client and what it holds, across fork: the child gets a client of its own, and nothing of the parent's. */
#include "fork_tools.h"
#include "queue_tools.h"

struct held {
    distcoord_client *client;
    distcoord_lock *lock;
    distcoord_election *election;
    distcoord_queue *queue;
    distcoord_job *job;
    char id[128];
};

static struct held hold(void)
{
    struct held held = {.client = open_client()};
    REQUIRE_OK(distcoord_lock_open(held.client, "a", NULL, &held.lock, E));
    REQUIRE_OK(distcoord_lock_acquire(held.lock, 0, E));
    REQUIRE_OK(distcoord_election_open(held.client, "a", NULL, &held.election, E));
    REQUIRE_OK(distcoord_election_campaign(held.election, 0, E));
    held.queue = open_queue(held.client);
    push_text(held.queue, "x", NULL);
    held.job = claim(held.queue, 0);
    REQUIRE(held.job != NULL);
    snprintf(held.id, sizeof held.id, "%s", distcoord_client_id(held.client));
    return held;
}

/* In the parent, after a child did its worst: everything is held as before. */
static void still_held(struct held *held)
{
    distcoord_client *other = open_client();
    distcoord_lock *lock = NULL;
    distcoord_election *election = NULL;
    REQUIRE_OK(distcoord_lock_open(other, "a", NULL, &lock, E));
    REQUIRE_OK(distcoord_election_open(other, "a", NULL, &election, E));
    CHECK_STATUS(distcoord_lock_acquire(lock, 150, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_election_campaign(election, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_INT(distcoord_lock_state(held->lock), DISTCOORD_LOCK_HELD);
    CHECK_INT(distcoord_election_state(held->election), DISTCOORD_ELECTION_LEADER);
    CHECK_INT(distcoord_job_state(held->job), DISTCOORD_JOB_CLAIMED);
    CHECK_TEXT(distcoord_client_id(held->client), held->id);
    CHECK_OK(distcoord_lock_release(held->lock, E));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_election_resign(held->election, E));
    CHECK_OK(distcoord_job_complete(held->job, NULL, 0, E));
    distcoord_lock_free(lock);
    distcoord_election_free(election);
    close_client(other);
    distcoord_job_free(held->job);
    distcoord_queue_free(held->queue);
    distcoord_election_free(held->election);
    distcoord_lock_free(held->lock);
    close_client(held->client);
}

static void answers_forked(void *argument)
{
    struct held *held = argument;
    CHECK_STATUS(distcoord_lock_release(held->lock, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_lock_extend(held->lock, 0, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_election_resign(held->election, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_job_complete(held->job, NULL, 0, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_job_fail(held->job, "m", true, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_job_release(held->job, E), DISTCOORD_ERROR_FORKED);
}

static void held_by_the_parent(void)
{
    struct held held = hold();
    in_child(answers_forked, &held);
    still_held(&held);
}

static void frees_everything(void *argument)
{
    struct held *held = argument;
    distcoord_job_free(held->job);
    distcoord_lock_free(held->lock);
    distcoord_election_free(held->election);
    distcoord_queue_free(held->queue);
    distcoord_client_free(held->client);
}

static void freeing_in_the_child_frees_memory_only(void)
{
    struct held held = hold();
    in_child(frees_everything, &held);
    still_held(&held);
}

static void uses_and_closes(void *argument)
{
    struct held *held = argument;
    CHECK_OK(distcoord_client_ping(held->client, NULL, E));
    CHECK(strlen(distcoord_client_id(held->client)) > 0);
    CHECK(strcmp(distcoord_client_id(held->client), held->id) != 0);
    distcoord_lock *lock = NULL, *free_lock = NULL;
    REQUIRE_OK(distcoord_lock_open(held->client, "a", NULL, &lock, E));
    CHECK_STATUS(distcoord_lock_acquire(lock, 50, E), DISTCOORD_TIMED_OUT);
    REQUIRE_OK(distcoord_lock_open(held->client, "b", NULL, &free_lock, E));
    CHECK_OK(distcoord_lock_acquire(free_lock, 0, E));
    CHECK_OK(distcoord_lock_release(free_lock, E));
    push_text(held->queue, "from the child", NULL);
    distcoord_job *job = claim(held->queue, 0);
    CHECK(job != NULL && has_payload(job, "from the child"));
    CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_free(job);
    distcoord_lock_free(lock);
    distcoord_lock_free(free_lock);
    CHECK_OK(distcoord_client_close(held->client, E));
}

static void child_has_a_client_of_its_own(void)
{
    struct held held = hold();
    in_child(uses_and_closes, &held);
    still_held(&held);
}

static void has_children(void *argument)
{
    struct held *held = argument;
    CHECK_OK(distcoord_client_ping(held->client, NULL, E));
    struct held own = {.client = held->client, .queue = held->queue};
    snprintf(own.id, sizeof own.id, "%s", distcoord_client_id(held->client));
    in_child(uses_and_closes, &own);
    CHECK_OK(distcoord_client_ping(held->client, NULL, E));
}

static void grandchildren(void)
{
    struct held held = hold();
    in_child(has_children, &held);
    still_held(&held);
}

/* A handle that holds nothing is as good in the child as in the parent. */
static void acquires(void *argument)
{
    distcoord_lock *lock = argument;
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(lock, E));
}

static void unheld_handles_work_in_both(void)
{
    distcoord_client *client = open_client();
    distcoord_lock *lock = NULL;
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    in_child(acquires, lock);
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_lock_release(lock, E));
    in_child(acquires, lock);
    distcoord_lock_free(lock);
    close_client(client);
}

/* Forks at any moment of the parent's lease keeping: its threads never leave a lock behind that the child needs. */
static void forked_while_leases_are_kept(void)
{
    distcoord_client *client = open_client();
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_lock_options_set_lease_ms(options, 100);
    distcoord_lock *locks[20];
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "lock-%d", i);
        REQUIRE_OK(distcoord_lock_open(client, name, options, &locks[i], E));
        REQUIRE_OK(distcoord_lock_acquire(locks[i], 0, E));
    }
    struct held held = {.client = client, .queue = open_queue(client)};
    snprintf(held.id, sizeof held.id, "%s", distcoord_client_id(client));
    for (int i = 0; i < 60; i++) {
        pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            alarm(20);
            push_text(held.queue, "child", NULL);
            _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (status != 0) report(__FILE__, __LINE__, "child %d ended with %#x", i, status);
        sleep_ms(i % 5);
    }
    CHECK_INT(counts_of(held.queue).waiting, 60);
    distcoord_lock_options_free(options);
    for (int i = 0; i < 20; i++) distcoord_lock_free(locks[i]);
    distcoord_queue_free(held.queue);
    close_client(client);
}

/* The thread that forked, and others, meet on every lock of the library in the child. */
static void *push_some(void *argument)
{
    for (int i = 0; i < 300; i++) push_text(argument, "x", NULL);
    return NULL;
}

static void pushes_from_many_threads(void *argument)
{
    struct held *held = argument;
    pthread_t threads[7];
    for (size_t i = 0; i < COUNT_OF(threads); i++) threads[i] = start_thread(push_some, held->queue);
    push_some(held->queue);
    for (size_t i = 0; i < COUNT_OF(threads); i++) pthread_join(threads[i], NULL);
    CHECK_OK(distcoord_client_close(held->client, E));
}

static void threads_of_the_child(void)
{
    struct held held = {.client = open_client()};
    held.queue = open_queue(held.client);
    for (int i = 0; i < 5; i++) {
        push_text(held.queue, "x", NULL);
        in_child(pushes_from_many_threads, &held);
    }
    CHECK_INT(counts_of(held.queue).waiting, 5 + 5 * 8 * 300);
    distcoord_queue_free(held.queue);
    close_client(held.client);
}

static void prefork_workers(void)
{
    enum { CHILDREN = 8, EACH = 50 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    pid_t children[CHILDREN];
    CHECK_OK(distcoord_client_ping(client, NULL, E));
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        REQUIRE(children[i] >= 0);
        if (children[i] == 0) {
            alarm(50);
            for (int k = 0; k < EACH; k++) {
                push_text(queue, "x", NULL);
                distcoord_job *job = claim(queue, 10000);
                CHECK(job != NULL);
                CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
                distcoord_job_free(job);
            }
            distcoord_queue_free(queue);
            close_client(client);
            _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = 0;
        waitpid(children[i], &status, 0);
        if (status != 0) report(__FILE__, __LINE__, "child %d ended with %#x", i, status);
    }
    struct counts all = counts_of(queue);
    CHECK_INT(all.completed, CHILDREN * EACH);
    CHECK_INT(all.waiting + all.active, 0);
    distcoord_queue_free(queue);
    close_client(client);
}

static const struct test tests[] = {
    {"fork_held_by_the_parent", held_by_the_parent},
    {"fork_freeing_in_the_child_frees_memory_only", freeing_in_the_child_frees_memory_only},
    {"fork_child_has_a_client_of_its_own", child_has_a_client_of_its_own},
    {"fork_grandchildren", grandchildren},
    {"fork_unheld_handles_work_in_both", unheld_handles_work_in_both},
    {"fork_while_leases_are_kept", forked_while_leases_are_kept},
    {"fork_threads_of_the_child", threads_of_the_child},
    {"fork_prefork_workers", prefork_workers},
};

HARNESS_MAIN(tests)
