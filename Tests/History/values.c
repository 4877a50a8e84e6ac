/* Counters and values of shared state, and watches of them. */
#include "sharing.h"

static distcoord_state *open_state(void) {
    distcoord_state *state = NULL;
    distcoord_error *error = NULL;
    need(distcoord_state_open(client, "shared", &state, &error), error);
    return state;
}

static const char *const counter_names[COUNTERS] = {"counter-0", "counter-1"};

void count(struct sharer *sharer) {
    distcoord_state *state = open_state();
    while (goes_on(sharer)) {
        int which = (int)(rand_r(&sharer->random) % COUNTERS);
        int64_t value = 0;
        volatile struct deed *deed = begin(sharer, ADD, which);
        distcoord_status status = distcoord_state_add(state, counter_names[which], 1, DISTCOORD_TTL_KEEP, &value, NULL);
        deed->a = value;
        end(deed, status);
        rest(sharer, 3000);
    }
    distcoord_state_free(state);
}

static const char *const value_names[VALUES] = {"value-0", "value-1", "value-2"};

static uint64_t read_value(struct sharer *sharer, distcoord_state *state, int which) {
    distcoord_state_entry *entry = NULL;
    volatile struct deed *deed = begin(sharer, GET, which);
    distcoord_status status = distcoord_state_get(state, value_names[which], &entry, NULL);
    uint64_t version = distcoord_state_entry_version(entry);
    deed->a = (int64_t)version;
    end(deed, status);
    distcoord_state_entry_free(entry);
    return version;
}

void write_and_read(struct sharer *sharer) {
    distcoord_state *state = open_state();
    while (goes_on(sharer)) {
        int which = (int)(rand_r(&sharer->random) % VALUES);
        unsigned dice = rand_r(&sharer->random) % 8;
        uint64_t version = read_value(sharer, state, which), written = 0;
        int64_t ttl = rand_r(&sharer->random) % 8 == 0 ? 20 + rand_r(&sharer->random) % 200 : DISTCOORD_TTL_NONE;
        if (dice == 0) {
            distcoord_state_delete(state, value_names[which], 0, NULL);
        } else if (dice < 4) {
            volatile struct deed *deed = begin(sharer, SET, which);
            distcoord_status status = distcoord_state_set(state, value_names[which], "x", 1, ttl, &written, NULL);
            deed->a = (int64_t)written;
            end(deed, status);
        } else if (version) {
            volatile struct deed *deed = begin(sharer, SET, which);
            deed->b = (int64_t)version;
            distcoord_status status =
                distcoord_state_set_if(state, value_names[which], "y", 1, ttl, version, &written, NULL);
            deed->a = (int64_t)written;
            end(deed, status);
        }
        rest(sharer, 4000);
    }
    distcoord_state_free(state);
}

void watch(struct sharer *sharer) {
    distcoord_state *state = open_state();
    distcoord_watch *watched = NULL;
    bool is_prefix = seed % 2;
    while (goes_on(sharer)) {
        if (!watched) {
            distcoord_status opened =
                distcoord_state_watch(state, is_prefix ? "value-" : value_names[0], is_prefix, &watched, NULL);
            if (opened != DISTCOORD_OK) {
                watched = NULL;
                sleep_us(2000);
                continue;
            }
        }
        distcoord_state_entry *entry = NULL;
        volatile struct deed *deed = sharer->next;
        int64_t before = now_ns();
        distcoord_status status = distcoord_state_watch_next(watched, 1000, &entry, NULL);
        if (status == DISTCOORD_OK) {
            deed = begin(sharer, WATCHED, atoi(distcoord_state_entry_key(entry) + strlen("value-")));
            deed->a = (int64_t)distcoord_state_entry_version(entry);
            deed->b = distcoord_state_entry_kind(entry);
            deed->before_ns = before;
            end(deed, status);
        }
        if (status < 0) sleep_us(2000);
        distcoord_state_entry_free(entry);
    }
    distcoord_watch_free(watched);
    distcoord_state_free(state);
}

void read_counters(struct sharer *sharer) {
    distcoord_state *state = open_state();
    for (int which = 0; which < COUNTERS; which++) {
        int64_t value = 0;
        volatile struct deed *deed = begin(sharer, COUNTED, which);
        distcoord_status status = distcoord_state_add(state, counter_names[which], 0, DISTCOORD_TTL_KEEP, &value, NULL);
        deed->a = value;
        end(deed, status);
    }
    distcoord_state_free(state);
}
