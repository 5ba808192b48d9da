/* SPDX-License-Identifier: MIT */
/*
 * Strings of 16-bit units, as Windows has them, and their way to and from UTF-8.
 *
 * No unit is ever lost: a lone surrogate becomes the three bytes its value would have, and those come
 * back as the same surrogate. A byte that is not UTF-8 becomes U+FFFD.
 */
#ifndef OPENWDF_BASE_UTF16_H
#define OPENWDF_BASE_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Units before the terminating zero; at most `most`. */
size_t utf16_length(const uint16_t *text);
size_t utf16_length_most(const uint16_t *text, size_t most);

/*
 * Writes `count` units as UTF-8 into at most `size` bytes, without a terminator and never half a
 * character. Returns the bytes that all of it takes. `to` may be NULL when size is 0.
 */
size_t utf16_to_utf8(char *to, size_t size, const uint16_t *from, size_t count);

/* The reverse: `count` bytes into at most `size` units; returns the units that all of it takes. */
size_t utf8_to_utf16(uint16_t *to, size_t size, const char *from, size_t count);

/* One code point, or surrogate, as UTF-8 into to[4]; returns the bytes. */
size_t utf8_put(char to[4], uint32_t code_point);

/*
 * Upper and lower case of one unit, where one unit of the other case exists: Latin, Greek, Cyrillic, Armenian,
 * Roman numerals, circled and wide letters. Rare letters of these, and all others, are unchanged.
 */
uint16_t utf16_upcase(uint16_t unit);
uint16_t utf16_downcase(uint16_t unit);

/* <0, 0, >0 by unit values; with ignore_case by their upper case. Shorter is less. */
int utf16_compare(const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count,
                  bool ignore_case);

/*
 * In text that ends with a zero unit: the first (last) place of a unit, which may be the zero itself;
 * the first place of another text. NULL when there is none.
 */
const uint16_t *utf16_find(const uint16_t *text, uint16_t unit);
const uint16_t *utf16_find_last(const uint16_t *text, uint16_t unit);
const uint16_t *utf16_find_text(const uint16_t *text, const uint16_t *part);

/* How many units at the start of `text` are (with in_set false: are not) among those of `set`. */
size_t utf16_span(const uint16_t *text, const uint16_t *set, bool in_set);

#endif
