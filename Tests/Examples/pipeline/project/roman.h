/* Roman numerals: what the pipeline beside this folder builds and tests. */
#ifndef ROMAN_H
#define ROMAN_H

#include <stddef.h>

/* Writes a number from 1 to 3999; 0, or the length. 16 bytes fit all. */
size_t roman_write(int number, char *out, size_t capacity);

/* Reads what roman_write writes; 0 for anything else. */
int roman_read(const char *text);

#endif
