/*
 * Map and reduce over real text, in C: a task for each file counts its words, one more adds the counts up. What comes
 * out is the same as of wordcount.py.
 *
 *   cc wordcount.c $(pkg-config --cflags --libs distcoord) -o wordcount && ./wordcount /usr/share/common-licenses/GPL*
 *
 * Further programs on other machines that see the same files help when they are started as `./wordcount --help-only`.
 */
#include <ctype.h>
#include <distcoord.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char queue_name[] = "wordcount-c";

/* ---------------------------------------------------------------- counting */

struct entry {
    const char *word;
    size_t length;
    long long count;
};

struct counts {
    struct entry *entries;
    size_t used, room;
};

static void add(struct counts *counts, const char *word, size_t length, long long count)
{
    if (counts->used == counts->room) {
        counts->room = counts->room ? counts->room * 2 : 1024;
        counts->entries = realloc(counts->entries, counts->room * sizeof *counts->entries);
        if (!counts->entries) abort();
    }
    counts->entries[counts->used++] = (struct entry){word, length, count};
}

static int by_word(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = memcmp(a->word, b->word, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int by_count(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return a->count != b->count ? (a->count < b->count) - (a->count > b->count) : by_word(left, right);
}

/* One entry for each word. */
static void merge(struct counts *counts)
{
    size_t kept = 0;
    if (counts->used == 0) return;
    qsort(counts->entries, counts->used, sizeof *counts->entries, by_word);
    for (size_t i = 1; i < counts->used; i++) {
        if (by_word(&counts->entries[kept], &counts->entries[i]) == 0) {
            counts->entries[kept].count += counts->entries[i].count;
        } else {
            counts->entries[++kept] = counts->entries[i];
        }
    }
    counts->used = kept + 1;
}

/* The counts as a JSON object, the most frequent word first. The caller frees it. Words are letters: none needs to be
 * written in another way. */
static char *as_json(struct counts *counts)
{
    size_t size = 3;
    for (size_t i = 0; i < counts->used; i++) size += counts->entries[i].length + 26;
    char *json = malloc(size), *to = json;
    if (!json) abort();
    if (counts->used) qsort(counts->entries, counts->used, sizeof *counts->entries, by_count);
    *to++ = '{';
    for (size_t i = 0; i < counts->used; i++) {
        const struct entry *entry = &counts->entries[i];
        to += sprintf(to, "%s\"%.*s\":%lld", i ? "," : "", (int)entry->length, entry->word, entry->count);
    }
    memcpy(to, "}", 2);
    return json;
}

/* Reads such an object again, also with spaces in it; what is added points into the text. */
static void read_json(struct counts *counts, const char *text, size_t length)
{
    const char *end = text + length;
    while ((text = memchr(text, '"', (size_t)(end - text)))) {
        const char *word = text + 1, *quote = memchr(word, '"', (size_t)(end - word));
        if (!quote) return;
        text = memchr(quote, ':', (size_t)(end - quote));
        if (!text) return;
        long long count = 0;
        do text++; while (text < end && *text == ' ');
        for (; text < end && isdigit((unsigned char)*text); text++) count = count * 10 + (*text - '0');
        add(counts, word, (size_t)(quote - word), count);
    }
}

/* ---------------------------------------------------------------- the tasks */

/* The file's text in small letters; NULL when it cannot be read. The caller frees it. */
static char *read_file(const char *path, size_t *out_length)
{
    FILE *file = fopen(path, "rb");
    long size = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    *out_length = 0;
    if (text) {
        rewind(file);
        *out_length = fread(text, 1, (size_t)size, file);
        for (size_t i = 0; i < *out_length; i++) text[i] = (char)tolower((unsigned char)text[i]);
    }
    if (file) fclose(file);
    return text;
}

static void complete(distcoord_job *job, struct counts *counts)
{
    merge(counts);
    char *json = as_json(counts);
    distcoord_job_complete(job, json, strlen(json), NULL);
    free(json);
    free(counts->entries);
}

/* Counts one file: the item of the map, a JSON string. */
static void count_file(distcoord_job *job)
{
    size_t length = 0;
    const char *item = distcoord_task_item(job, &length);
    char path[4096] = "";
    if (!item || length < 2 || length > sizeof path) {
        distcoord_job_fail(job, "no file", false, NULL);
        return;
    }
    memcpy(path, item + 1, length - 2);
    char *text = read_file(path, &length);
    if (!text) {
        distcoord_job_fail(job, "the file cannot be read", false, NULL);
        return;
    }
    struct counts counts = {0};
    for (size_t i = 0; i < length; i++) {
        size_t start = i;
        while (i < length && text[i] >= 'a' && text[i] <= 'z') i++;
        if (i > start) add(&counts, text + start, i - start, 1);
    }
    complete(job, &counts);
    free(text);
}

/* Adds up what all the others have counted. */
static void add_up(distcoord_job *job)
{
    distcoord_task_inputs *inputs = NULL;
    distcoord_error *error = NULL;
    if (distcoord_task_fetch_inputs(job, &inputs, &error) != DISTCOORD_OK) {
        distcoord_job_fail(job, distcoord_error_message(error), true, NULL);
        distcoord_error_free(error);
        return;
    }
    struct counts counts = {0};
    for (size_t i = 0; i < distcoord_task_inputs_count(inputs); i++) {
        size_t length = 0;
        const char *bytes = distcoord_task_inputs_bytes(inputs, i, &length);
        read_json(&counts, bytes, length);
    }
    complete(job, &counts);
    distcoord_task_inputs_free(inputs);
}

static void work(distcoord_job *job, void *context)
{
    (void)context;
    if (strcmp(distcoord_job_task(job), "count") == 0) {
        count_file(job);
    } else {
        add_up(job);
    }
}

/* ---------------------------------------------------------------- the workflow */

/* The paths as a JSON array; NULL when one would have to be escaped. The caller frees it. */
static char *json_of_paths(char **paths, int count)
{
    size_t size = 3;
    for (int i = 0; i < count; i++) {
        size += strlen(paths[i]) + 3;
        if (strpbrk(paths[i], "\"\\\n\t")) return NULL;
    }
    char *json = malloc(size), *to = json;
    if (!json) abort();
    *to++ = '[';
    for (int i = 0; i < count; i++) to += sprintf(to, "%s\"%s\"", i ? "," : "", paths[i]);
    memcpy(to, "]", 2);
    return json;
}

static distcoord_status start(
    distcoord_queue *queue, const char *files, distcoord_run **out_run, distcoord_error **error)
{
    distcoord_workflow *workflow = NULL;
    distcoord_status status = distcoord_workflow_new("wordcount", &workflow, error);
    if (status == DISTCOORD_OK) {
        status = distcoord_workflow_add_map(workflow, "count", NULL, NULL, files, NULL, 0, NULL, error);
    }
    if (status == DISTCOORD_OK) status = distcoord_workflow_add_task(workflow, "add_up", NULL, NULL, 0, NULL, error);
    if (status == DISTCOORD_OK) status = distcoord_workflow_add_need(workflow, "add_up", "count", error);
    if (status == DISTCOORD_OK) status = distcoord_run_start(queue, workflow, NULL, out_run, error);
    distcoord_workflow_free(workflow);
    return status;
}

static distcoord_status print_counts(distcoord_run *run, distcoord_error **error)
{
    distcoord_result *result = NULL;
    struct counts counts = {0};
    size_t length = 0;
    long long words = 0;
    distcoord_status status = distcoord_run_result(run, "add_up", 60000, &result, error);
    if (status == DISTCOORD_OK && distcoord_result_state(result) != DISTCOORD_RESULT_COMPLETED) {
        const char *why = distcoord_result_bytes(result, &length);
        fprintf(stderr, "not counted: %.*s\n", (int)length, why);
        status = DISTCOORD_NOT_FOUND;
    } else if (status == DISTCOORD_OK) {
        const char *bytes = distcoord_result_bytes(result, &length);
        read_json(&counts, bytes, length);
        for (size_t i = 0; i < counts.used; i++) words += counts.entries[i].count;
        printf("%lld words, %zu different\n", words, counts.used);
        for (size_t i = 0; i < counts.used && i < 5; i++) {
            const struct entry *entry = &counts.entries[i];
            printf("%8lld %.*s\n", entry->count, (int)entry->length, entry->word);
        }
    }
    free(counts.entries);
    distcoord_result_free(result);
    return status;
}

int main(int argc, char **argv)
{
    distcoord_client *client = NULL;
    distcoord_queue *queue = NULL;
    distcoord_worker *worker = NULL;
    distcoord_run *run = NULL;
    distcoord_error *error = NULL;
    bool helps_only = argc > 1 && strcmp(argv[1], "--help-only") == 0;
    char *files = helps_only ? NULL : json_of_paths(argv + 1, argc - 1);
    if (argc < 2 || (!helps_only && !files)) {
        fputs("usage: wordcount FILE...\n", stderr);
        return 64;
    }
    distcoord_status status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status == DISTCOORD_OK) status = distcoord_queue_open(client, queue_name, &queue, &error);
    if (status == DISTCOORD_OK && !helps_only) status = start(queue, files, &run, &error);
    if (status == DISTCOORD_OK) status = distcoord_worker_open(client, NULL, &worker, &error);
    if (status == DISTCOORD_OK) status = distcoord_worker_add_queue(worker, queue_name, 1, &error);
    if (status == DISTCOORD_OK) {
        distcoord_worker_set_concurrency(worker, 4);
        distcoord_worker_drain(worker); /* it ends when there is no more to do */
        status = distcoord_worker_run(worker, work, NULL, &error);
    }
    if (status == DISTCOORD_OK) status = distcoord_worker_shutdown(worker, 5000, &error);
    if (status == DISTCOORD_OK && run) status = print_counts(run, &error);
    if (status != DISTCOORD_OK && error) fprintf(stderr, "wordcount: %s\n", distcoord_error_message(error));
    distcoord_error_free(error);
    distcoord_worker_free(worker);
    distcoord_run_free(run);
    distcoord_queue_free(queue);
    distcoord_client_free(client);
    free(files);
    return status == DISTCOORD_OK ? 0 : 1;
}
