/* Barriers, double barriers and events. */
#include "sharing.h"

void meet(struct sharer *sharer) {
    distcoord_barrier *barrier = NULL;
    distcoord_error *error = NULL;
    need(distcoord_barrier_open(client, "barrier", PARTIES, &barrier, &error), error);
    while (goes_on(sharer)) {
        int64_t wait = rand_r(&sharer->random) % 50 == 0 ? 1 + rand_r(&sharer->random) % 20 : 20000;
        int64_t index = -1, generation = -1;
        volatile struct deed *deed = begin(sharer, MEET, 0);
        distcoord_status status = distcoord_barrier_wait(barrier, wait, &index, &generation, NULL);
        deed->a = index;
        deed->b = generation;
        end(deed, status);
        /* Somebody has to make it whole again. */
        if (status == DISTCOORD_TIMED_OUT || status == DISTCOORD_BROKEN) {
            rest(sharer, 20000);
            if (rand_r(&sharer->random) % 2) distcoord_barrier_reset(barrier, NULL);
        }
        rest(sharer, 1000);
    }
    distcoord_barrier_free(barrier);
}

void enter_and_leave(struct sharer *sharer) {
    distcoord_double_barrier *barrier = NULL;
    distcoord_error *error = NULL;
    distcoord_double_barrier_options *options = distcoord_double_barrier_options_new();
    need(distcoord_double_barrier_options_set_lease_ms(options, LEASE_MS), NULL);
    need(distcoord_double_barrier_open(client, "double", PARTIES, options, &barrier, &error), error);
    distcoord_double_barrier_options_free(options);
    while (goes_on(sharer)) {
        int64_t index = -1;
        volatile struct deed *deed = begin(sharer, ENTER, 0);
        distcoord_status status = distcoord_double_barrier_enter(barrier, 5000, &index, NULL);
        deed->a = index;
        end(deed, status);
        if (status == DISTCOORD_OK) rest(sharer, 3000);
        if (status == DISTCOORD_OK || status < 0) {
            deed = begin(sharer, LEAVE, 0);
            end(deed, distcoord_double_barrier_leave(barrier, 5000, NULL));
        }
    }
    distcoord_double_barrier_free(barrier);
}

void signal_and_wait(struct sharer *sharer) {
    distcoord_event *event = NULL;
    distcoord_error *error = NULL;
    need(distcoord_event_open(client, "event", &event, &error), error);
    while (goes_on(sharer)) {
        unsigned dice = rand_r(&sharer->random) % 8;
        volatile struct deed *deed = begin(sharer, dice < 4 ? WAIT_EVENT : dice < 6 ? SET_EVENT : CLEAR_EVENT, 0);
        if (dice < 4)
            end(deed, distcoord_event_wait(event, 2000, NULL));
        else
            end(deed, dice < 6 ? distcoord_event_set(event, NULL) : distcoord_event_clear(event, NULL));
        rest(sharer, 10000);
    }
    distcoord_event_free(event);
}
