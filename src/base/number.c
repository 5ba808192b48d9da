/* SPDX-License-Identifier: MIT */
/* See number.h. */
#include "base/number.h"

#define NO_DIGIT 36u

/* One of the two is set. */
struct text {
    const char *narrow;
    const uint16_t *wide;
    size_t count;
};

/* The character at i; 0 behind the end. */
static uint32_t
at(const struct text *text, size_t i)
{
    if (i >= text->count) {
        return 0;
    }
    return text->wide != NULL ? text->wide[i] : (unsigned char)text->narrow[i];
}

unsigned
number_digit(uint32_t character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'z') {
        return character - 'a' + 10;
    }
    if (character >= 'A' && character <= 'Z') {
        return character - 'A' + 10;
    }
    return NO_DIGIT;
}

static unsigned
base_of_letter(uint32_t letter)
{
    switch (letter) {
    case 'x':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    default:
        return 0;
    }
}

/* Skips a prefix at i and settles the base. A prefix without a digit behind it is the number 0. */
static size_t
skip_prefix(const struct text *text, size_t i, unsigned *base, enum number_prefix prefix)
{
    uint32_t letter = at(text, i) == '0' ? at(text, i + 1) | 0x20 : 0;
    unsigned told = base_of_letter(letter);

    if (prefix == NUMBER_PREFIX_C) {
        told = letter == 'x' ? 16 : 0;
    }
    if (told != 0 && number_digit(at(text, i + 2)) < told &&
        (*base == 0 || (*base == told && prefix == NUMBER_PREFIX_C))) {
        *base = told;
        return i + 2;
    }
    if (*base == 0) {
        *base = prefix == NUMBER_PREFIX_C && at(text, i) == '0' ? 8 : 10;
    }
    return i;
}

static struct number
parse(const struct text *text, unsigned base, enum number_prefix prefix)
{
    struct number number = {0};
    size_t i = 0;

    if (base == 1 || base > 36) {
        return number;
    }
    while (at(text, i) == ' ' || (at(text, i) >= '\t' && at(text, i) <= '\r')) {
        i++;
    }
    if (at(text, i) == '-' || at(text, i) == '+') {
        number.negative = at(text, i++) == '-';
    }
    for (i = skip_prefix(text, i, &base, prefix); number_digit(at(text, i)) < base; i++) {
        uint64_t scaled;
        bool over = __builtin_mul_overflow(number.magnitude, base, &scaled);

        over |= __builtin_add_overflow(scaled, number_digit(at(text, i)), &number.magnitude);
        number.overflow |= over;
        number.used = i + 1;
    }
    return number;
}

struct number
number_parse_narrow(const char *text, size_t count, unsigned base, enum number_prefix prefix)
{
    const struct text view = {.narrow = text, .count = count};

    return parse(&view, base, prefix);
}

struct number
number_parse_wide(const uint16_t *text, size_t count, unsigned base, enum number_prefix prefix)
{
    const struct text view = {.wide = text, .count = count};

    return parse(&view, base, prefix);
}

size_t
number_digits(uint64_t value, unsigned base, bool upper, char digits[64])
{
    const char *alphabet =
        upper ? "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "0123456789abcdefghijklmnopqrstuvwxyz";
    char reversed[64];
    size_t count = 0, i;

    do {
        reversed[count++] = alphabet[value % base];
        value /= base;
    } while (value != 0);
    for (i = 0; i < count; i++) {
        digits[i] = reversed[count - 1 - i];
    }
    return count;
}
