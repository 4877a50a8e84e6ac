#include "roman.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void expect(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "wrong: %s\n", what);
        failures++;
    }
}

int main(void)
{
    char text[16];
    for (int number = 1; number < 4000; number++) {
        expect(roman_write(number, text, sizeof text) == strlen(text), "length");
        expect(roman_read(text) == number, text);
    }
    expect(roman_write(1994, text, sizeof text) && strcmp(text, "MCMXCIV") == 0, "1994 is MCMXCIV");
    expect(roman_write(4000, text, sizeof text) == 0, "4000 cannot be written");
    expect(roman_read("IIII") == 0, "IIII is not read");
    expect(roman_write(3888, text, 8) == 0, "no room is noticed");
    if (!failures) puts("all numbers from 1 to 3999 are right");
    return failures != 0;
}
