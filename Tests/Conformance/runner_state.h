/* What the C runner can be asked about shared state. */
#ifndef RUNNER_STATE_H
#define RUNNER_STATE_H

#include "runner_wire.h"

static struct handle states[LIMIT], watches_of_state[LIMIT];

static distcoord_status find_state(distcoord_state **out) {
    struct handle *at = slot(states, name());
    distcoord_status status = DISTCOORD_OK;
    if (at->pointer == NULL) {
        distcoord_state *state = NULL;
        status = distcoord_state_open(client, name(), &state, NULL);
        if (status == DISTCOORD_OK) keep(at, name(), state);
    }
    *out = at->pointer;
    return status;
}

static int64_t ttl_of(int64_t missing) {
    const char *text = text_of("ttl", NULL);
    return text && strcmp(text, "keep") == 0 ? DISTCOORD_TTL_KEEP : number_of("ttl", missing);
}

static const char *kind_of(const distcoord_state_entry *entry) {
    switch (distcoord_state_entry_kind(entry)) {
    case DISTCOORD_STATE_VALUE:
        return "value";
    case DISTCOORD_STATE_LIST:
        return "list";
    default:
        return "absent";
    }
}

static void print_value(const distcoord_state_entry *entry) {
    bool is_value = distcoord_state_entry_kind(entry) == DISTCOORD_STATE_VALUE;
    print_text("kind", kind_of(entry));
    fputs(" value=", stdout);
    print_encoded(distcoord_state_entry_value(entry), is_value ? distcoord_state_entry_length(entry) : 0);
    print_number("length", (int64_t)distcoord_state_entry_length(entry));
    print_number("version", (int64_t)distcoord_state_entry_version(entry));
}

/* Keys or items with commas between them. */
static void print_page(const distcoord_state_page *page, const char *what, bool of_keys) {
    printf(" %s=", what);
    for (size_t i = 0; i < distcoord_state_page_count(page); i++) {
        const distcoord_state_entry *entry = distcoord_state_page_entry(page, i);
        if (i > 0) putchar(',');
        if (of_keys) {
            print_encoded(distcoord_state_entry_key(entry), strlen(distcoord_state_entry_key(entry)));
        } else {
            print_encoded(distcoord_state_entry_value(entry), distcoord_state_entry_length(entry));
        }
    }
}

static void ask_state_page(distcoord_state *state, bool lists) {
    distcoord_state_page *page = NULL;
    distcoord_status status = lists ? distcoord_state_list(state, text_of("prefix", NULL), text_of("after", NULL),
                                          number_of("limit", 1000), &page, NULL)
                                    : distcoord_state_items(state, text_of("key", ""), number_of("first", 0),
                                          number_of("count", 100), &page, NULL);
    if (answered(status)) {
        print_number("count", (int64_t)distcoord_state_page_count(page));
        print_page(page, lists ? "keys" : "items", lists);
        if (lists) {
            print_text("next", distcoord_state_page_cursor(page));
        } else {
            const distcoord_state_entry *first = distcoord_state_page_entry(page, 0);
            print_number("version", (int64_t)distcoord_state_entry_version(first));
        }
    }
    distcoord_state_page_free(page);
}

/* A watch is known by its state and what it watches. */
static void ask_state_watch(distcoord_state *state, bool begins) {
    char known_as[1200];
    const char *prefix = text_of("prefix", NULL), *key = prefix ? prefix : text_of("key", "");
    snprintf(known_as, sizeof known_as, "%s %s %s", name(), prefix ? "prefix" : "key", key);
    struct handle *at = slot(watches_of_state, known_as);
    distcoord_watch *watch = at->pointer;
    distcoord_state_entry *entry = NULL;
    if (begins) {
        distcoord_watch_free(watch);
        at->pointer = NULL;
        if (answered(distcoord_state_watch(state, key, prefix != NULL, &watch, NULL))) keep(at, known_as, watch);
    } else if (answered(distcoord_state_watch_next(watch, number_of("wait", -1), &entry, NULL))) {
        print_text("key", distcoord_state_entry_key(entry));
        print_value(entry);
    }
    distcoord_state_entry_free(entry);
}

static void set_state(distcoord_state *state) {
    size_t length = 0;
    const char *value = bytes_of("value", &length), *wanted = text_of("version", NULL);
    uint64_t version = 0;
    distcoord_status status = wanted ? distcoord_state_set_if(state, text_of("key", ""), value, length,
                                           ttl_of(DISTCOORD_TTL_NONE), strtoull(wanted, NULL, 10), &version, NULL)
                                     : distcoord_state_set(state, text_of("key", ""), value, length,
                                           ttl_of(DISTCOORD_TTL_NONE), &version, NULL);
    if (answered(status) || status == DISTCOORD_CHANGED) print_number("version", (int64_t)version);
}

static void ask_state(const char *verb) {
    distcoord_state *state = NULL;
    distcoord_state_entry *entry = NULL;
    const char *key = text_of("key", "");
    int64_t number = 0;
    size_t length = 0;
    distcoord_status status = find_state(&state);
    if (status != DISTCOORD_OK) {
        answered(status);
    } else if (strcmp(verb, "set") == 0) {
        set_state(state);
    } else if (strcmp(verb, "get") == 0) {
        if (answered(distcoord_state_get(state, key, &entry, NULL))) {
            print_value(entry);
            print_text("expires", distcoord_state_entry_ttl_left_ms(entry) >= 0 ? "yes" : "no");
        }
    } else if (strcmp(verb, "delete") == 0) {
        answered(distcoord_state_delete(state, key, (uint64_t)number_of("version", 0), NULL));
    } else if (strcmp(verb, "expire") == 0) {
        answered(distcoord_state_expire(state, key, ttl_of(0), NULL));
    } else if (strcmp(verb, "add") == 0) {
        if (answered(distcoord_state_add(state, key, number_of("by", 1), ttl_of(DISTCOORD_TTL_KEEP), &number, NULL))) {
            print_number("value", number);
        }
    } else if (strcmp(verb, "append") == 0) {
        const char *item = bytes_of("value", &length);
        if (answered(distcoord_state_append(
                state, key, item, length, number_of("limit", 0), ttl_of(DISTCOORD_TTL_KEEP), &number, NULL))) {
            print_number("count", number);
        }
    } else if (strcmp(verb, "clear") == 0) {
        if (answered(distcoord_state_clear(state, text_of("prefix", NULL), &number, NULL))) {
            print_number("count", number);
        }
    } else if (strcmp(verb, "list") == 0 || strcmp(verb, "items") == 0) {
        ask_state_page(state, verb[0] == 'l');
    } else if (strcmp(verb, "watch") == 0 || strcmp(verb, "next") == 0) {
        ask_state_watch(state, verb[0] == 'w');
    } else {
        fputs("UNKNOWN_REQUEST", stdout);
    }
    distcoord_state_entry_free(entry);
}

static void free_states(void) {
    for (int i = 0; i < LIMIT; i++) {
        distcoord_watch_free(watches_of_state[i].pointer);
        distcoord_state_free(states[i].pointer);
    }
}

#endif
