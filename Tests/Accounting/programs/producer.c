/*
 * Pushes the jobs of one round, writes down what it asked for and what it was told (record.h), and ends.
 *
 *   producer URL LABEL FOLDER ROUND SEED THEME=COUNT...
 *
 * Each theme is a queue of its own name and a promise of its own: see the table at the end.
 */
#include "themes.h"

static void remember(struct theme *theme, const char *id) {
    snprintf(theme->known[theme->known_count++ % RECENT], NAME_SIZE, "%s", id);
}

/* A push whose answer was lost may be made again when the id is the caller's own; else nobody knows. */
static void push_one(struct theme *theme, struct wish *wish) {
    char id[NAME_SIZE + 1] = "-";
    bool is_sure = false, is_unsure = false;
    for (int tries = 0; tries < 40 && !is_sure; tries++) {
        distcoord_status status = distcoord_queue_push(
            theme->queue, wish->payload, strlen(wish->payload), wish->options, id, sizeof id, NULL);
        is_sure = status >= 0 || !wish->has_id;
        if (status == DISTCOORD_EXISTS && is_unsure && strcmp(id, wish->name) == 0) status = DISTCOORD_OK;
        if (status == DISTCOORD_OK) remember(theme, id);
        if (is_sure) record("p %lld %s %s %s", moment(), wish->name, *id ? id : "-", distcoord_status_name(status));
        is_unsure = is_unsure || status < 0;
        if (!is_sure) sleep_us(50000);
    }
    if (!is_sure) record("p %lld %s - UNKNOWN", moment(), wish->name);
}

static void push_several(struct theme *theme, struct wish *wishes, size_t count) {
    const void *payloads[TOGETHER];
    size_t lengths[TOGETHER];
    const distcoord_job_options *options[TOGETHER];
    distcoord_push_receipt *receipt = NULL;
    for (size_t i = 0; i < count; i++) {
        payloads[i] = wishes[i].payload;
        lengths[i] = strlen(wishes[i].payload);
        options[i] = wishes[i].options;
    }
    distcoord_status status =
        distcoord_queue_push_many(theme->queue, payloads, lengths, options, count, &receipt, NULL);
    if (status == DISTCOORD_OK) {
        const char *id = distcoord_push_receipt_ids(receipt);
        for (size_t i = 0; i < count; i++) {
            int length = (int)strcspn(id, "\n");
            record("p %lld %s %.*s OK", moment(), wishes[i].name, length, id);
            id += length + 1;
        }
    } else {
        /* Which of them are there is found out by pushing them again, if they have names. */
        for (size_t i = 0; i < count; i++) {
            if (!wishes[i].has_id) record("p %lld %s - UNKNOWN", moment(), wishes[i].name);
        }
        for (size_t i = 0; i < count; i++) {
            if (wishes[i].has_id) push_one(theme, &wishes[i]);
        }
    }
    distcoord_push_receipt_free(receipt);
}

static void push_all(struct theme *theme, long count) {
    for (long number = 0; number < count;) {
        struct wish wishes[TOGETHER];
        size_t together = theme->is_single || chance(70) ? 1 : 1 + draw(TOGETHER), had = 0;
        for (; had < together && number < count; had++, number++) {
            make_wish(theme, &wishes[had], number);
            theme->dress(theme, &wishes[had], number);
            record("i %lld %s%s", moment(), wishes[had].name, wishes[had].notes);
        }
        if (had == 1) {
            push_one(theme, &wishes[0]);
        } else {
            push_several(theme, wishes, had);
        }
        for (size_t i = 0; i < had; i++) distcoord_job_options_free(wishes[i].options);
        if (theme->afterwards) theme->afterwards(theme, number, count);
        if (chance(theme->pause_percent)) sleep_us(draw(20000));
    }
}

int main(int argc, char **argv) {
    if (argc < 7) {
        fprintf(stderr, "usage: producer URL LABEL FOLDER ROUND SEED THEME=COUNT...\n");
        return 64;
    }
    label = argv[2];
    round_name = argv[4];
    randomness = (unsigned)strtoul(argv[5], NULL, 10);
    record_open(argv[3], label);
    client = open_client(argv[1], label);
    for (int i = 6; i < argc; i++) {
        struct theme *theme = find_theme(argv[i]);
        theme->queue = open_queue(client, theme->spec);
        if (theme->prepare) theme->prepare(theme);
        push_all(theme, atol(strchr(argv[i], '=') + 1));
        distcoord_queue_free(theme->queue);
    }
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
