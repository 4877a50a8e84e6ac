/* Requests, answers and handles of the C runner; README.md has the protocol. */
#ifndef RUNNER_WIRE_H
#define RUNNER_WIRE_H

#include <distcoord.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1024, LINE = 1 << 20 };

static distcoord_client *client;

/* ---------------------------------------------------------------- requests */

static char *words[32];
static size_t word_lengths[32]; /* a value may contain NUL */
static int word_count;

static size_t decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char digits[3] = {from[0] == '%' ? from[1] : '\0', from[0] == '%' && from[1] ? from[2] : '\0', '\0'};
        if (isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1])) {
            *to++ = (char)strtol(digits, NULL, 16);
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

static const char *name(void) { return word_count > 1 ? words[1] : ""; }

static const char *text_of(const char *key, const char *missing)
{
    size_t length = strlen(key);
    for (int i = 1; i < word_count; i++) {
        if (strncmp(words[i], key, length) == 0 && words[i][length] == '=') return words[i] + length + 1;
    }
    return missing;
}

static const char *bytes_of(const char *key, size_t *out_length)
{
    const char *bytes = text_of(key, NULL);
    *out_length = 0;
    for (int i = 1; i < word_count; i++) {
        if (bytes && words[i] + strlen(key) + 1 == bytes) *out_length = word_lengths[i] - strlen(key) - 1;
    }
    return bytes;
}

static int64_t number_of(const char *key, int64_t missing)
{
    const char *text = text_of(key, NULL);
    return text ? strtoll(text, NULL, 10) : missing;
}

static bool is_yes(const char *key) { return strcmp(text_of(key, "no"), "yes") == 0; }

/* Splits a text at its commas, in place; at most `most` parts. */
static size_t split(char *text, const char **parts, size_t most)
{
    size_t count = 0;
    for (char *part = strtok(text, ","); part && count < most; part = strtok(NULL, ",")) parts[count++] = part;
    return count;
}

/* ---------------------------------------------------------------- answers */

static void print_encoded(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= 33 && byte <= 126 && byte != '%') {
            putchar(byte);
        } else {
            printf("%%%02X", byte);
        }
    }
}

static void print_text(const char *key, const char *text)
{
    printf(" %s=", key);
    print_encoded(text, strlen(text));
}

static void print_number(const char *key, int64_t number) { printf(" %s=%lld", key, (long long)number); }

/* Prints the status, and tells whether there is more to print. */
static int answered(distcoord_status status)
{
    fputs(distcoord_status_name(status), stdout);
    return status == DISTCOORD_OK;
}

/* ---------------------------------------------------------------- handles by kind and name */

struct handle {
    char *name;
    void *pointer;
};

static struct handle *slot(struct handle *table, const char *wanted)
{
    for (int i = 0; i < LIMIT; i++) {
        if (table[i].name == NULL || strcmp(table[i].name, wanted) == 0) return &table[i];
    }
    fprintf(stderr, "runner: more than %d handles of a kind\n", LIMIT);
    exit(70);
}

static void keep(struct handle *at, const char *wanted, void *pointer)
{
    if (at->name == NULL) at->name = strdup(wanted);
    at->pointer = pointer;
}

#endif
