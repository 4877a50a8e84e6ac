/* What the C runner can be asked about elections. */
#ifndef RUNNER_ELECTIONS_H
#define RUNNER_ELECTIONS_H

#include "runner_wire.h"

static struct handle elections[LIMIT], leader_watches[LIMIT];

static distcoord_status find_election(distcoord_election **out)
{
    struct handle *at = slot(elections, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_election_options *options = distcoord_election_options_new();
        distcoord_election *election = NULL;
        const char *value = text_of("value", NULL);
        status = distcoord_election_options_set_lease_ms(options, number_of("lease", 10000));
        if (status == DISTCOORD_OK && value) status = distcoord_election_options_set_value(options, value);
        if (status == DISTCOORD_OK) status = distcoord_election_open(client, name(), options, &election, NULL);
        distcoord_election_options_free(options);
        if (status == DISTCOORD_OK) keep(at, name(), election);
    }
    *out = at->pointer;
    return status;
}

static void print_leader(const distcoord_leader_info *info)
{
    print_text("value", distcoord_leader_info_value(info));
    print_number("term", (int64_t)distcoord_leader_info_term(info));
    print_number("candidates", distcoord_leader_info_candidates(info));
}

/* Takes changes of the watch that the first request of this kind begins. */
static void follow_election(distcoord_election *election)
{
    struct handle *at = slot(leader_watches, name());
    distcoord_watch *watch = at->pointer;
    distcoord_status status = DISTCOORD_OK;
    if (watch == NULL) {
        status = distcoord_election_watch(election, &watch, NULL);
        if (status == DISTCOORD_OK) keep(at, name(), watch);
    }
    const char *wanted = text_of("value", NULL);
    bool is_it = false;
    while ((status == DISTCOORD_OK || status == DISTCOORD_EMPTY) && !is_it) {
        distcoord_leader_info *info = NULL;
        status = distcoord_election_watch_next(watch, number_of("wait", -1), &info, NULL);
        is_it = wanted ? info && strcmp(distcoord_leader_info_value(info), wanted) == 0 : status == DISTCOORD_EMPTY;
        if (is_it && answered(DISTCOORD_OK) && wanted) print_number("term", (int64_t)distcoord_leader_info_term(info));
        distcoord_leader_info_free(info);
    }
    if (!is_it) answered(status);
}

static void ask_election(const char *verb)
{
    distcoord_election *election = NULL;
    distcoord_leader_info *info = NULL;
    distcoord_status status = find_election(&election);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "campaign") == 0) {
        if (answered(distcoord_election_campaign(election, number_of("wait", -1), NULL))) {
            print_number("term", (int64_t)distcoord_election_term(election));
        }
    } else if (strcmp(verb, "resign") == 0) {
        answered(distcoord_election_resign(election, NULL));
    } else if (strcmp(verb, "leads") == 0) {
        answered(DISTCOORD_OK);
        print_text("leads", distcoord_election_state(election) == DISTCOORD_ELECTION_LEADER ? "yes" : "no");
    } else if (strcmp(verb, "leader") == 0 || strcmp(verb, "watch") == 0) {
        status = verb[0] == 'l' ? distcoord_election_leader(election, &info, NULL)
                                : distcoord_election_observe(election, 0, -1, &info, NULL);
        if (answered(status)) print_leader(info);
        distcoord_leader_info_free(info);
    } else if (strcmp(verb, "announce") == 0) {
        answered(distcoord_election_set_value(election, text_of("value", ""), NULL));
    } else if (strcmp(verb, "evict") == 0) {
        answered(distcoord_election_evict(election, (uint64_t)number_of("term", 0), NULL));
    } else if (strcmp(verb, "follow") == 0) {
        follow_election(election);
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
}

static void free_elections(void)
{
    for (int i = 0; i < LIMIT; i++) {
        distcoord_watch_free(leader_watches[i].pointer);
        distcoord_election_free(elections[i].pointer);
    }
}

#endif
