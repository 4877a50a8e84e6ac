#include "roman.h"

#include <string.h>

static const struct {
    int value;
    const char *digits;
} numerals[] = {
#include "numerals.inc" /* made of numerals.txt by the step "restore" */
};

enum { COUNT = sizeof numerals / sizeof numerals[0] };

size_t roman_write(int number, char *out, size_t capacity)
{
    size_t length = 0;
    if (number < 1 || number > 3999) return 0;
    for (int i = 0; i < COUNT; i++) {
        while (number >= numerals[i].value) {
            size_t more = strlen(numerals[i].digits);
            if (length + more >= capacity) return 0;
            memcpy(out + length, numerals[i].digits, more);
            length += more;
            number -= numerals[i].value;
        }
    }
    out[length] = '\0';
    return length;
}

int roman_read(const char *text)
{
    const char *rest = text;
    char again[16];
    int number = 0;
    for (int i = 0; i < COUNT; i++) {
        size_t length = strlen(numerals[i].digits);
        while (number < 4000 && strncmp(rest, numerals[i].digits, length) == 0) {
            number += numerals[i].value;
            rest += length;
        }
    }
    /* Only the usual spelling: IIII is no number. */
    if (*rest || !roman_write(number, again, sizeof again) || strcmp(again, text) != 0) return 0;
    return number;
}
