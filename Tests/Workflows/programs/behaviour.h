/* What a task does: workflows/behaviour.py says it in words, and is the same in Python. */
#ifndef BEHAVIOUR_H
#define BEHAVIOUR_H

#include <distcoord.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RESULT = 1 << 16, MOST_WORK = 4096 };

struct wishes {
    long fail, die, skip, list, repeat, kill, hang, busy, big;
    char add[64];
};

struct deed {
    const char *how; /* complete, repeat, skip, fail, die */
    char result[MOST_RESULT];
    size_t length;
};

static inline struct wishes wishes_of(const distcoord_job *job) {
    struct wishes wishes = {0};
    char text[MOST_WORK], *rest = NULL;
    size_t length = 0;
    const char *work = distcoord_job_payload(job, &length);
    snprintf(text, sizeof text, "%.*s", (int)length, work ? work : "");
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        if (!value) continue;
        *value++ = '\0';
        struct {
            const char *key;
            long *place;
        } numbers[] = {{"fail", &wishes.fail}, {"die", &wishes.die}, {"skip", &wishes.skip}, {"list", &wishes.list},
            {"repeat", &wishes.repeat}, {"kill", &wishes.kill}, {"hang", &wishes.hang}, {"busy", &wishes.busy},
            {"big", &wishes.big}};
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            if (strcmp(word, numbers[i].key) == 0) *numbers[i].place = atol(value);
        }
        if (strcmp(word, "add") == 0) snprintf(wishes.add, sizeof wishes.add, "%s", value);
    }
    return wishes;
}

/* FNV-1a of 64 bits. */
static inline unsigned long long hashed(unsigned long long start, const void *data, size_t length) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < length; i++) start = (start ^ bytes[i]) * 0x100000001b3ull;
    return start;
}

static inline unsigned long long hashed_text(unsigned long long start, const char *text) {
    return hashed(hashed(start, text, strlen(text)), "\n", 1);
}

static inline unsigned long long hashed_number(unsigned long long start, long number) {
    char text[32];
    snprintf(text, sizeof text, "%ld", number);
    return hashed_text(start, text);
}

static inline unsigned long long digest_of(const distcoord_job *job, const distcoord_task_inputs *inputs) {
    unsigned long long number = hashed_text(0xcbf29ce484222325ull, distcoord_task_name(job));
    number = hashed_number(number, distcoord_task_round(job));
    size_t length = 0;
    const char *item = distcoord_task_item(job, &length);
    while (length > 0 && strchr(" \t\r\n", item[0])) item++, length--;
    while (length > 0 && strchr(" \t\r\n", item[length - 1])) length--;
    number = hashed(hashed(number, item, length), "\n", 1);
    for (size_t i = 0; i < distcoord_task_inputs_count(inputs); i++) {
        const char *task = distcoord_task_inputs_task(inputs, i);
        bool is_many = distcoord_task_inputs_is_many(inputs, i);
        number = hashed_text(number, distcoord_task_inputs_need(inputs, i));
        number = hashed_text(number, task);
        number = hashed_number(number, is_many);
        if (!*task && is_many) continue;
        number = hashed_number(number, distcoord_task_inputs_state(inputs, i));
        if (distcoord_task_inputs_state(inputs, i) == DISTCOORD_TASK_SUCCEEDED) {
            const void *bytes = distcoord_task_inputs_bytes(inputs, i, &length);
            number = hashed(hashed(number, bytes, length), "\n", 1);
        }
    }
    return number;
}

/* What is awkward to carry through anything that reads and writes JSON. */
static inline int write_item(char *text, size_t size, unsigned long long digest) {
    unsigned digit = (unsigned)(digest % 1000);
    switch (digest % 15) {
    case 0:
        return snprintf(text, size, "%u", digit);
    case 1:
        return snprintf(text, size, "\"%016llx\"", digest);
    case 2:
        return snprintf(text, size, "{\"key\": \"%016llx\", \"list\": []}", digest);
    case 3:
        return snprintf(text, size, "[]");
    case 4:
        return snprintf(text, size, "{}");
    case 5:
        return snprintf(text, size, "null");
    case 6:
        return snprintf(text, size, "12345678901234567890");
    case 7:
        return snprintf(text, size, "0.1");
    case 8:
        return snprintf(text, size, "\"a \\\"[,]\\\" \\\\ \\u00e9\"");
    case 9:
        return snprintf(text, size, "[[%u, \"]\"], {\"}\": \"{\"}]", digit);
    case 10:
        return snprintf(text, size, "-0");
    case 11:
        return snprintf(text, size, "1e400");
    case 12:
        return snprintf(text, size, "true");
    case 13:
        return snprintf(text, size, "\"\"");
    default:
        return snprintf(text, size, "%u.50", digit);
    }
}

static inline void write_list(struct deed *deed, unsigned long long digest, long most) {
    long count = (long)(digest % (unsigned long long)(most + 1));
    deed->result[deed->length++] = '[';
    for (long i = 0; i < count; i++) {
        char index[24];
        snprintf(index, sizeof index, "%ld", i);
        digest = hashed(digest, index, strlen(index));
        if (i > 0) deed->length += (size_t)sprintf(deed->result + deed->length, ", ");
        deed->length += (size_t)write_item(deed->result + deed->length, 256, digest);
    }
    deed->result[deed->length++] = ']';
}

/* What the attempt comes to, if nothing happens to its process. */
static inline void behave(
    const distcoord_job *job, const struct wishes *wishes, const distcoord_task_inputs *inputs, struct deed *deed) {
    deed->length = 0;
    deed->how = distcoord_job_attempt(job) <= wishes->fail ? "fail" : "die";
    if (distcoord_job_attempt(job) <= wishes->fail || wishes->die) return;
    unsigned long long digest = digest_of(job, inputs);
    deed->how = "skip";
    if (wishes->skip && digest % (unsigned long long)wishes->skip == 0) return;
    deed->how = distcoord_task_round(job) < wishes->repeat ? "repeat" : "complete";
    if (wishes->list) {
        write_list(deed, digest, wishes->list);
        return;
    }
    deed->length = (size_t)sprintf(deed->result, "%016llx", digest);
    memset(deed->result + deed->length, 'x', (size_t)wishes->big);
    deed->length += (size_t)wishes->big;
}

#endif
