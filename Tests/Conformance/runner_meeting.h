/* What the C runner can be asked about barriers, latches, events, double barriers and groups. */
#ifndef RUNNER_MEETING_H
#define RUNNER_MEETING_H

#include "runner_wire.h"

#include <unistd.h>

static struct handle barriers[LIMIT], latches[LIMIT], events[LIMIT], doubles[LIMIT], groups[LIMIT];

/* Watches of groups, by the name of the group. */
static struct handle group_watches[LIMIT];

/* ---------------------------------------------------------------- barriers */

/* The key of a handle that is opened for a number of parties. */
static const char *parties_key(void)
{
    static char key[700];
    snprintf(key, sizeof key, "%lld %s", (long long)number_of("parties", 1), name());
    return key;
}

static distcoord_status find_barrier(distcoord_barrier **out)
{
    const char *key = parties_key();
    struct handle *at = slot(barriers, key);
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_barrier *barrier = NULL;
        status = distcoord_barrier_open(client, name(), number_of("parties", 1), &barrier, NULL);
        if (status == DISTCOORD_OK) keep(at, key, barrier);
    }
    *out = at->pointer;
    return status;
}

static int acted;

/* Succeeds, fails, or never ends, which the fault tests ask for. */
static int32_t act(void *action)
{
    acted++;
    if (strcmp(action, "stall") == 0) pause();
    return strcmp(action, "ok") != 0;
}

static void wait_at_barrier(distcoord_barrier *barrier)
{
    const char *action = text_of("action", NULL);
    int64_t index = 0, generation = 0;
    distcoord_status status;
    acted = 0;
    if (action) {
        status = distcoord_barrier_wait_acting(
            barrier, number_of("wait", -1), act, (void *)action, &index, &generation, NULL);
    } else {
        status = distcoord_barrier_wait(barrier, number_of("wait", -1), &index, &generation, NULL);
    }
    if (!answered(status)) return;
    print_number("index", index);
    print_number("generation", generation);
    if (action) print_text("acted", acted == 1 ? "yes" : acted == 0 ? "no" : "often");
}

static void ask_barrier(const char *verb)
{
    distcoord_barrier *barrier = NULL;
    int64_t generation = 0, waiting = 0;
    bool broken = false;
    distcoord_status status = find_barrier(&barrier);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "wait") == 0) {
        wait_at_barrier(barrier);
    } else if (strcmp(verb, "abort") == 0) {
        answered(distcoord_barrier_abort(barrier, NULL));
    } else if (strcmp(verb, "reset") == 0) {
        answered(distcoord_barrier_reset(barrier, NULL));
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_barrier_inspect(barrier, &waiting, &generation, &broken, NULL))) {
            print_number("waiting", waiting);
            print_number("generation", generation);
            print_text("broken", broken ? "yes" : "no");
        }
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- latches and events */

static void ask_latch(const char *verb)
{
    struct handle *at = slot(latches, name());
    distcoord_status status = DISTCOORD_OK;
    int64_t left = 0;
    if (at->pointer == NULL) {
        distcoord_latch *made = NULL;
        status = distcoord_latch_open(client, name(), number_of("count", 0), &made, NULL);
        if (status == DISTCOORD_OK) keep(at, name(), made);
    }
    distcoord_latch *latch = at->pointer;
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "count_down") == 0) {
        if (answered(distcoord_latch_count_down(latch, number_of("by", 1), &left, NULL))) print_number("left", left);
    } else if (strcmp(verb, "wait") == 0) {
        answered(distcoord_latch_wait(latch, number_of("wait", -1), NULL));
    } else if (strcmp(verb, "count") == 0) {
        if (answered(distcoord_latch_count(latch, &left, NULL))) print_number("left", left);
    } else if (strcmp(verb, "reset") == 0) {
        answered(distcoord_latch_reset(latch, number_of("to", 0), NULL));
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void ask_event(const char *verb)
{
    struct handle *at = slot(events, name());
    distcoord_status status = DISTCOORD_OK;
    bool is_up = false;
    if (at->pointer == NULL) {
        distcoord_event *made = NULL;
        status = distcoord_event_open(client, name(), &made, NULL);
        if (status == DISTCOORD_OK) keep(at, name(), made);
    }
    distcoord_event *event = at->pointer;
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "set") == 0) {
        answered(distcoord_event_set(event, NULL));
    } else if (strcmp(verb, "clear") == 0) {
        answered(distcoord_event_clear(event, NULL));
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_event_is_set(event, &is_up, NULL))) print_text("set", is_up ? "yes" : "no");
    } else if (strcmp(verb, "wait") == 0) {
        answered(distcoord_event_wait(event, number_of("wait", -1), NULL));
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- double barriers */

static distcoord_status find_double(distcoord_double_barrier **out)
{
    const char *key = parties_key();
    struct handle *at = slot(doubles, key);
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_double_barrier_options *options = distcoord_double_barrier_options_new();
        distcoord_double_barrier *made = NULL;
        bool shrinks = strcmp(text_of("death", "break"), "shrink") == 0;
        distcoord_double_barrier_options_set_on_death(
            options, shrinks ? DISTCOORD_ON_DEATH_SHRINK : DISTCOORD_ON_DEATH_BREAK);
        status = distcoord_double_barrier_options_set_lease_ms(options, number_of("lease", 10000));
        if (status == DISTCOORD_OK) {
            status = distcoord_double_barrier_open(client, name(), number_of("parties", 1), options, &made, NULL);
        }
        distcoord_double_barrier_options_free(options);
        if (status == DISTCOORD_OK) keep(at, key, made);
    }
    *out = at->pointer;
    return status;
}

static void ask_double(const char *verb)
{
    static const char *const states[] = {"outside", "inside", "lost"};
    distcoord_double_barrier *barrier = NULL;
    int64_t index = 0, inside = 0, left = 0, parties = 0, round = 0;
    distcoord_status status = find_double(&barrier);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "enter") == 0) {
        if (answered(distcoord_double_barrier_enter(barrier, number_of("wait", -1), &index, NULL))) {
            print_number("index", index);
        }
    } else if (strcmp(verb, "leave") == 0) {
        answered(distcoord_double_barrier_leave(barrier, number_of("wait", -1), NULL));
    } else if (strcmp(verb, "abort") == 0) {
        answered(distcoord_double_barrier_abort(barrier, NULL));
    } else if (strcmp(verb, "state") == 0) {
        answered(DISTCOORD_OK);
        print_text("state", states[distcoord_double_barrier_state(barrier)]);
    } else if (strcmp(verb, "show") == 0) {
        if (answered(distcoord_double_barrier_inspect(barrier, &inside, &left, &parties, &round, NULL))) {
            print_number("inside", inside);
            print_number("left", left);
            print_number("parties", parties);
            print_number("round", round);
        }
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- groups */

static distcoord_status find_group(distcoord_membership **out)
{
    struct handle *at = slot(groups, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_membership_options *options = distcoord_membership_options_new();
        distcoord_membership *made = NULL;
        const char *id = text_of("id", NULL), *value = text_of("value", NULL);
        status = distcoord_membership_options_set_lease_ms(options, number_of("lease", 10000));
        if (status == DISTCOORD_OK && id) status = distcoord_membership_options_set_id(options, id);
        if (status == DISTCOORD_OK && value) status = distcoord_membership_options_set_value(options, value);
        if (status == DISTCOORD_OK) status = distcoord_membership_open(client, name(), options, &made, NULL);
        distcoord_membership_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), made);
    }
    *out = at->pointer;
    return status;
}

static void list_members(distcoord_membership *group)
{
    distcoord_member_list *list = NULL;
    if (answered(distcoord_membership_list(group, &list, NULL))) {
        size_t count = distcoord_member_list_count(list);
        print_number("count", (int64_t)count);
        fputs(" members=", stdout);
        for (size_t i = 0; i < count; i++) {
            if (i > 0) putchar(',');
            print_encoded(distcoord_member_list_id(list, i), strlen(distcoord_member_list_id(list, i)));
            putchar(':');
            print_encoded(distcoord_member_list_value(list, i), strlen(distcoord_member_list_value(list, i)));
        }
    }
    distcoord_member_list_free(list);
}

static void next_change(distcoord_membership *group)
{
    static const char *const kinds[] = {"came", "changed", "went"};
    struct handle *at = slot(group_watches, name());
    distcoord_member_change *change = NULL;
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_watch *watch = NULL;
        status = distcoord_membership_watch(group, &watch, NULL);
        if (status == DISTCOORD_OK) keep(at, name(), watch);
    }
    if (status == DISTCOORD_OK) {
        status = distcoord_membership_watch_next(at->pointer, number_of("wait", -1), &change, NULL);
    }
    if (answered(status)) {
        print_text("kind", kinds[distcoord_member_change_kind(change)]);
        print_text("id", distcoord_member_change_id(change));
        print_text("value", distcoord_member_change_value(change));
    }
    distcoord_member_change_free(change);
}

static void ask_group(const char *verb)
{
    static const char *const states[] = {"outside", "joined", "lost"};
    distcoord_membership *group = NULL;
    distcoord_status status = find_group(&group);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "join") == 0) {
        answered(distcoord_membership_join(group, NULL));
    } else if (strcmp(verb, "leave") == 0) {
        answered(distcoord_membership_leave(group, NULL));
    } else if (strcmp(verb, "set_value") == 0) {
        answered(distcoord_membership_set_value(group, text_of("value", ""), NULL));
    } else if (strcmp(verb, "state") == 0) {
        answered(DISTCOORD_OK);
        print_text("state", states[distcoord_membership_state(group)]);
    } else if (strcmp(verb, "list") == 0) {
        list_members(group);
    } else if (strcmp(verb, "next") == 0) {
        next_change(group);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

/* ---------------------------------------------------------------- the end */

static void free_meetings(void)
{
    for (int i = 0; i < LIMIT; i++) {
        distcoord_watch_free(group_watches[i].pointer);
        distcoord_membership_free(groups[i].pointer);
        distcoord_double_barrier_free(doubles[i].pointer);
        distcoord_event_free(events[i].pointer);
        distcoord_latch_free(latches[i].pointer);
        distcoord_barrier_free(barriers[i].pointer);
    }
}

#endif
