/*
 * The word count's member in C: candidate, worker and reducer. worker.py says what each member does.
 *
 *   cc -O2 worker.c $(pkg-config --cflags --libs distcoord) -o worker
 */
#define _GNU_SOURCE
#include <distcoord.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *text; /* not terminated */
    size_t length;
    long count;
} word;

typedef struct {
    word *items;
    size_t count, capacity;
} words;

static const char *name;
static FILE *events;
static struct dirent **chunks;
static int chunk_count;

static const char *setting(const char *key) {
    const char *value = getenv(key);
    if (!value) {
        fprintf(stderr, "worker: %s is not set; run this with Tests/Demo/run\n", key);
        exit(64);
    }
    return value;
}

/* Ends the program unless the call went well; `name` and the library's own words say what happened. */
static void check(distcoord_status status, distcoord_error *error, const char *what) {
    if (status == DISTCOORD_OK) return;
    const char *why = error ? distcoord_error_message(error) : distcoord_status_name(status);
    fprintf(stderr, "%s: %s: %s\n", name, what, why);
    exit(70);
}

static void *grow(void *memory, size_t size) {
    void *result = realloc(memory, size);
    if (!result) {
        fputs("worker: out of memory\n", stderr);
        exit(71);
    }
    return result;
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t capacity = 0, part;
    if (!file) {
        perror(path);
        exit(66);
    }
    *length = 0;
    do {
        if (capacity - *length < 65536) text = grow(text, capacity += 131072);
        part = fread(text + *length, 1, capacity - *length - 1, file);
        *length += part;
    } while (part > 0);
    text[*length] = 0;
    fclose(file);
    return text;
}

/* ------------------------------------------------------------------------------------------------------- words */

static void add_word(words *list, const char *text, size_t length, long count) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 1024;
        list->items = grow(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] = (word){text, length, count};
}

static int compare_words(const void *a, const void *b) {
    const word *left = a, *right = b;
    size_t shorter = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->text, right->text, shorter);
    return order ? order : (left->length > right->length) - (left->length < right->length);
}

/* Sorts the list and adds the counts of equal words. */
static void merge_words(words *list) {
    size_t kept = 0;
    if (list->count == 0) return;
    qsort(list->items, list->count, sizeof *list->items, compare_words);
    for (size_t i = 1; i < list->count; i++) {
        if (compare_words(&list->items[kept], &list->items[i]) == 0)
            list->items[kept].count += list->items[i].count;
        else
            list->items[++kept] = list->items[i];
    }
    list->count = kept + 1;
}

static void count_words(char *text, size_t length, words *list) {
    for (size_t i = 0; i < length; i++)
        if (text[i] >= 'A' && text[i] <= 'Z') text[i] = (char)(text[i] - 'A' + 'a');
    for (size_t i = 0, start; i < length; i++) {
        for (start = i; i < length && text[i] >= 'a' && text[i] <= 'z';) i++;
        if (i > start) add_word(list, text + start, i - start, 1);
    }
    merge_words(list);
}

/* Adds the words of a result such as {"by":"c","attempt":1,"words":{"the":12,"of":7}} that fall to this part. */
static void read_result(const char *json, int part, int parts, words *list) {
    const char *at = strstr(json, "\"words\":{");
    if (!at) {
        fprintf(stderr, "%s: not a result: %.80s\n", name, json);
        exit(65);
    }
    at += strlen("\"words\":{");
    while (*at == '"') {
        const char *text = ++at;
        at += strcspn(at, "\"");
        size_t length = (size_t)(at - text);
        char *end;
        if (strncmp(at, "\":", 2) != 0) break;
        long count = strtol(at + 2, &end, 10);
        if (length > 0 && (text[0] - 'a') % parts == part) add_word(list, text, length, count);
        at = *end == ',' ? end + 1 : end;
    }
}

/* -------------------------------------------------------------------------------------------------- the five steps */

static void meet(distcoord_client *client, const char *where, const char *parties) {
    distcoord_error *error = NULL;
    distcoord_barrier *barrier;
    check(distcoord_barrier_open(client, where, atoi(parties), &barrier, &error), error, where);
    check(distcoord_barrier_wait(barrier, 30000, NULL, NULL, &error), error, where);
    distcoord_barrier_free(barrier);
}

static int64_t completed(distcoord_queue *queue, int64_t *known) {
    distcoord_error *error = NULL;
    distcoord_queue_counts *counts;
    check(distcoord_queue_count(queue, &counts, &error), error, "count");
    int64_t result = distcoord_queue_counts_completed(counts);
    if (known)
        *known = result + distcoord_queue_counts_waiting(counts) + distcoord_queue_counts_delayed(counts) +
                 distcoord_queue_counts_active(counts);
    distcoord_queue_counts_free(counts);
    return result;
}

static void lead(distcoord_client *client, distcoord_queue *queue) {
    distcoord_error *error = NULL;
    distcoord_election *election;
    distcoord_job_options *options = distcoord_job_options_new();
    int pushed = 0;
    int64_t known;

    check(distcoord_election_open(client, "splitter", NULL, &election, &error), error, "splitter");
    check(distcoord_election_campaign(election, -1, &error), error, "campaign");
    completed(queue, &known);
    for (int i = 0; i < chunk_count && known < chunk_count; i++) {
        char path[4096];
        size_t length;
        snprintf(path, sizeof path, "%s/%s", setting("DEMO_CHUNKS"), chunks[i]->d_name);
        char *text = read_file(path, &length);
        distcoord_job_options_set_id(options, chunks[i]->d_name);
        distcoord_job_options_set_task(options, "count");
        distcoord_status status = distcoord_queue_push(queue, text, length, options, NULL, 0, &error);
        if (status == DISTCOORD_OK) pushed++;
        if (status != DISTCOORD_EXISTS) check(status, error, "push");
        free(text);
    }
    fprintf(events, "%s leads %" PRIu64 " %d\n", name, distcoord_election_term(election), pushed);
    check(distcoord_election_resign(election, &error), error, "resign");
    distcoord_job_options_free(options);
    distcoord_election_free(election);
}

static void run_job(distcoord_job *job, double pace) {
    distcoord_error *error = NULL;
    words list = {0};
    size_t length, size;
    long total = 0;
    char *json;
    const void *payload = distcoord_job_payload(job, &length);
    struct timespec pause = {(time_t)pace, (long)((pace - (time_t)pace) * 1e9)};
    char *text = memcpy(grow(NULL, length + 1), payload, length);
    FILE *out = open_memstream(&json, &size);

    fprintf(events, "%s claims %s %d\n", name, distcoord_job_id(job), distcoord_job_attempt(job));
    if (getenv("DEMO_STALL")) sleep(3600);
    nanosleep(&pause, NULL);
    count_words(text, length, &list);
    fprintf(out, "{\"by\":\"%s\",\"attempt\":%d,\"words\":{", name, distcoord_job_attempt(job));
    for (size_t i = 0; i < list.count; i++) {
        const word *w = &list.items[i];
        fprintf(out, "%s\"%.*s\":%ld", i ? "," : "", (int)w->length, w->text, w->count);
        total += w->count;
    }
    fputs("}}", out);
    fclose(out);
    check(distcoord_job_complete(job, json, size, &error), error, distcoord_job_id(job));
    fprintf(events, "%s completes %s %ld\n", name, distcoord_job_id(job), total);
    free(json);
    free(text);
    free(list.items);
}

static void work(distcoord_queue *queue) {
    distcoord_error *error = NULL;
    double pace = atof(setting("DEMO_PACE"));
    distcoord_queue_set_lease_ms(queue, (int64_t)(atof(setting("DEMO_LEASE")) * 1000));
    while (completed(queue, NULL) < chunk_count) {
        distcoord_job *job;
        size_t count;
        distcoord_status status = distcoord_queue_claim(queue, 500, &job, 1, &count, &error);
        if (status == DISTCOORD_TIMED_OUT) continue;
        check(status, error, "claim");
        run_job(job, pace);
        distcoord_job_free(job);
    }
}

static void write_report(uint64_t fence, const words *list) {
    const char *path = setting("DEMO_REPORT");
    size_t length;
    char *text = read_file(path, &length), *rest;
    uint64_t last = strtoull(text, &rest, 10);
    long total = strtol(rest, &rest, 10);
    if (last >= fence) {
        fprintf(stderr, "%s: the report was written under fence %" PRIu64 ", mine is %" PRIu64 "\n", name, last, fence);
        exit(79);
    }
    FILE *out = fopen(path, "w");
    if (!out) {
        perror(path);
        exit(73);
    }
    for (size_t i = 0; i < list->count; i++) total += list->items[i].count;
    fprintf(out, "%" PRIu64 " %ld%s", fence, total, rest);
    for (size_t i = 0; i < list->count; i++)
        fprintf(out, "%.*s %ld\n", (int)list->items[i].length, list->items[i].text, list->items[i].count);
    fclose(out);
    free(text);
}

static void reduce(distcoord_client *client, distcoord_queue *queue) {
    distcoord_error *error = NULL;
    distcoord_lock *lock;
    words list = {0};
    int part = atoi(setting("DEMO_PART")), parts = atoi(setting("DEMO_PARTS"));
    distcoord_result **results = grow(NULL, (size_t)chunk_count * sizeof(distcoord_result *));

    for (int i = 0; i < chunk_count; i++) {
        check(distcoord_queue_result(queue, chunks[i]->d_name, 10000, &results[i], &error), error, "result");
        read_result(distcoord_result_bytes(results[i], NULL), part, parts, &list);
    }
    merge_words(&list);

    check(distcoord_lock_open(client, "report", NULL, &lock, &error), error, "report");
    check(distcoord_lock_acquire(lock, -1, &error), error, "acquire");
    write_report(distcoord_lock_fence(lock), &list);
    fprintf(events, "%s reports %" PRIu64 " %zu\n", name, distcoord_lock_fence(lock), list.count);
    check(distcoord_lock_release(lock, &error), error, "release");
    distcoord_lock_free(lock);
    for (int i = 0; i < chunk_count; i++) distcoord_result_free(results[i]);
    free(results);
    free(list.items);
}

static int is_chunk(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

int main(void) {
    distcoord_error *error = NULL;
    distcoord_options *options = distcoord_options_new();
    distcoord_client *client;
    distcoord_queue *queue;

    name = setting("DEMO_NAME");
    events = fopen(setting("DEMO_EVENTS"), "a");
    chunk_count = scandir(setting("DEMO_CHUNKS"), &chunks, is_chunk, alphasort);
    if (!events || chunk_count < 0) {
        perror("worker");
        return 66;
    }
    setvbuf(events, NULL, _IOLBF, 0);

    distcoord_options_set_label(options, name);
    check(distcoord_client_open(NULL, options, &client, &error), error, "open");
    check(distcoord_queue_open(client, "words", &queue, &error), error, "words");

    meet(client, "start", setting("DEMO_MEMBERS"));
    lead(client, queue);
    work(queue);
    char parties[16];
    snprintf(parties, sizeof parties, "%d", atoi(setting("DEMO_PARTS")) + 1);
    meet(client, "counted", parties);
    reduce(client, queue);

    distcoord_queue_free(queue);
    check(distcoord_client_close(client, &error), error, "close");
    distcoord_client_free(client);
    distcoord_options_free(options);
    return 0;
}
