/* SPDX-License-Identifier: MIT */
/* Numbers in text, narrow or wide: what wcstol, RtlUnicodeStringToInteger and their kin share. */
#ifndef OPENWDF_BASE_NUMBER_H
#define OPENWDF_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may tell the base when none is given (base 0). */
enum number_prefix {
    NUMBER_PREFIX_C,  /* 0x hexadecimal, 0 octal; base 16 too may have its 0x. */
    NUMBER_PREFIX_NT, /* 0x hexadecimal, 0o octal, 0b binary; only with base 0. */
};

struct number {
    uint64_t magnitude; /* Modulo 2^64 when overflow is set. */
    bool negative;
    bool overflow;
    size_t used; /* Characters up to the first that is no digit; 0: there was no number. */
};

/*
 * Reads a number at the start of `count` characters: white space, a sign, a prefix, digits. Base 2 to
 * 36, or 0 for what the prefix says and else 10; any other base finds no number.
 */
struct number number_parse_narrow(const char *text, size_t count, unsigned base,
                                  enum number_prefix prefix);
struct number number_parse_wide(const uint16_t *text, size_t count, unsigned base,
                                enum number_prefix prefix);

/* The digits of value in base 2 to 36, at least one, without a terminator. Returns how many. */
size_t number_digits(uint64_t value, unsigned base, bool upper, char digits[64]);

/* The value of one digit in any base up to 36; 36 when it is none. */
unsigned number_digit(uint32_t character);

#endif
