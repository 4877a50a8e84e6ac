/* Own queues of workers: their owner takes them first, others steal from the end, and of the dead all is taken. */
#include "queue_tools.h"

static distcoord_queue *open_as(distcoord_client *client, const char *worker, bool steals) {
    distcoord_queue *queue = open_queue(client);
    CHECK_INT(distcoord_queue_set_worker(queue, worker, steals), DISTCOORD_OK);
    return queue;
}

static void push_for(distcoord_queue *queue, const char *worker, const char *text, int32_t priority) {
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_worker(options, worker), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_priority(options, priority), DISTCOORD_OK);
    push_text(queue, text, options);
    distcoord_job_options_free(options);
}

/* Looks once, which shows others that it lives. */
static void show_life(distcoord_queue *queue) {
    CHECK(claim(queue, 0) == NULL);
}

static void the_owner_has_its_own_first(void) {
    distcoord_client *client = open_client();
    distcoord_queue *ann = open_as(client, "ann", false), *bob = open_as(client, "bob", false),
                    *other = open_queue(client);
    show_life(ann);
    show_life(bob);
    push_text(other, "urgent", NULL);
    push_for(other, "ann", "low", -1);
    push_for(other, "ann", "first", 0);
    push_for(other, "bob", "bob's", 0);
    push_for(other, "ann", "second", 0);
    CHECK_INT(counts_of(other).waiting, 5);
    /* Even before what is more urgent and for all; in the same order as everywhere. */
    CHECK_NEXT(ann, "first");
    CHECK_NEXT(ann, "second");
    CHECK_NEXT(ann, "low");
    CHECK_NEXT(other, "urgent");
    CHECK(claim(other, 0) == NULL);
    CHECK(claim(ann, 0) == NULL);
    CHECK_NEXT(bob, "bob's");
    distcoord_queue_free(ann);
    distcoord_queue_free(bob);
    distcoord_queue_free(other);
    close_client(client);
}

static void thieves_take_from_the_end_of_the_longest(void) {
    distcoord_client *client = open_client();
    distcoord_queue *ann = open_as(client, "ann", false), *bob = open_as(client, "bob", false),
                    *thief = open_as(client, "thief", true);
    show_life(ann);
    show_life(bob);
    push_for(ann, "bob", "b1", 0);
    push_for(ann, "ann", "a1", 0);
    push_for(ann, "ann", "a2", 0);
    push_for(ann, "ann", "a3", 0);
    push_for(ann, "thief", "own", 0);
    push_text(ann, "any", NULL);
    CHECK_NEXT(thief, "own");
    CHECK_NEXT(thief, "any");
    CHECK_NEXT(thief, "a3");
    CHECK_NEXT(thief, "a2");
    CHECK_NEXT(ann, "a1");
    CHECK_NEXT(thief, "b1");
    CHECK(claim(thief, 0) == NULL);
    distcoord_queue_free(ann);
    distcoord_queue_free(bob);
    distcoord_queue_free(thief);
    close_client(client);
}

static void who_does_not_steal_waits(void) {
    distcoord_client *client = open_client();
    distcoord_queue *ann = open_as(client, "ann", false), *honest = open_as(client, "honest", false);
    show_life(ann);
    push_for(ann, "ann", "hers", 0);
    CHECK(claim(honest, 300) == NULL);
    CHECK_NEXT(ann, "hers");
    distcoord_queue_free(ann);
    distcoord_queue_free(honest);
    close_client(client);
}

/* Nobody of that name lives: then it is for all. */
static void what_is_for_nobody_is_for_all(void) {
    distcoord_client *client = open_client();
    distcoord_queue *any = open_queue(client);
    push_for(any, "ghost", "2", 0);
    push_for(any, "ghost", "1", 5);
    CHECK_NEXT(any, "1");
    CHECK_NEXT(any, "2");
    CHECK_INT(distcoord_queue_set_worker(any, "", false), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_queue_set_worker(any, NULL, false), DISTCOORD_OK);
    distcoord_queue_free(any);
    close_client(client);
}

struct waiter {
    distcoord_client *client;
    const char *worker;
    bool steals;
    char got[16];
    pthread_t thread;
};

static void *wait_for_one(void *argument) {
    struct waiter *waiter = argument;
    distcoord_queue *queue = open_as(waiter->client, waiter->worker, waiter->steals);
    distcoord_job *job = claim(queue, 20000);
    if (job) {
        size_t length = 0;
        const char *payload = distcoord_job_payload(job, &length);
        snprintf(waiter->got, sizeof waiter->got, "%.*s", (int)length, payload);
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    }
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    return NULL;
}

static void a_push_is_handed_to_the_owner(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    static struct waiter waiters[] = {{.worker = "ann"}, {.worker = "bob"}, {.worker = NULL}};
    for (int i = 0; i < 3; i++) {
        waiters[i].client = client;
        waiters[i].thread = start_thread(wait_for_one, &waiters[i]);
        REQUIRE(EVENTUALLY(5000, counts_of(queue).claimers == i + 1));
    }
    push_for(queue, "bob", "bob's", 0);
    pthread_join(waiters[1].thread, NULL);
    CHECK_TEXT(waiters[1].got, "bob's");
    push_text(queue, "any", NULL);
    pthread_join(waiters[0].thread, NULL);
    CHECK_TEXT(waiters[0].got, "any");
    push_text(queue, "more", NULL);
    pthread_join(waiters[2].thread, NULL);
    CHECK_TEXT(waiters[2].got, "more");
    distcoord_queue_free(queue);
    close_client(client);
}

/* Attempts count as everywhere, and a job that comes back comes back to its owner's queue. */
static void a_retry_goes_back_to_its_queue(void) {
    distcoord_client *client = open_client();
    distcoord_queue *ann = open_as(client, "ann", false), *thief = open_as(client, "thief", true);
    show_life(ann);
    distcoord_job_options *options = distcoord_job_options_new();
    CHECK_INT(distcoord_job_options_set_worker(options, "ann"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_backoff_ms(options, 0, 0), DISTCOORD_OK);
    push_text(ann, "x", options);
    distcoord_job *job = CLAIM(thief, "x");
    SETTLE(job, distcoord_job_fail(job, "again", true, E));
    job = CLAIM(ann, "x");
    CHECK_INT(distcoord_job_attempt(job), 2);
    SETTLE(job, distcoord_job_release(job, E));
    job = CLAIM(thief, "x");
    CHECK_INT(distcoord_job_attempt(job), 2);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_INT(counts_of(ann).completed, 1);
    distcoord_job_options_free(options);
    distcoord_queue_free(ann);
    distcoord_queue_free(thief);
    close_client(client);
}

static const struct test tests[] = {
    {"own_the_owner_has_its_own_first", the_owner_has_its_own_first},
    {"own_thieves_take_from_the_end_of_the_longest", thieves_take_from_the_end_of_the_longest},
    {"own_who_does_not_steal_waits", who_does_not_steal_waits},
    {"own_what_is_for_nobody_is_for_all", what_is_for_nobody_is_for_all},
    {"own_a_push_is_handed_to_the_owner", a_push_is_handed_to_the_owner},
    {"own_a_retry_goes_back_to_its_queue", a_retry_goes_back_to_its_queue},
};

HARNESS_MAIN(tests)
