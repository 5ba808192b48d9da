/* SPDX-License-Identifier: MIT */
/* See utf16.h. */
#include "base/utf16.h"

#define REPLACEMENT 0xFFFDu

size_t
utf16_length(const uint16_t *text)
{
    return utf16_length_most(text, SIZE_MAX);
}

size_t
utf16_length_most(const uint16_t *text, size_t most)
{
    size_t length = 0;

    while (length < most && text[length] != 0) {
        length++;
    }
    return length;
}

size_t
utf8_put(char to[4], uint32_t code_point)
{
    if (code_point < 0x80) {
        to[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        to[0] = (char)(0xC0 | code_point >> 6);
        to[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        to[0] = (char)(0xE0 | code_point >> 12);
        to[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        to[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | code_point >> 18);
    to[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    to[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    to[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

size_t
utf16_to_utf8(char *to, size_t size, const uint16_t *from, size_t count)
{
    size_t needed = 0, used = 0, i;
    bool room = true;

    for (i = 0; i < count; i++) {
        uint32_t code_point = from[i];
        char bytes[4];
        size_t n, k;

        if (code_point >= 0xD800 && code_point < 0xDC00 && i + 1 < count && from[i + 1] >= 0xDC00 &&
            from[i + 1] < 0xE000) {
            code_point = 0x10000 + ((code_point - 0xD800) << 10) + (from[++i] - 0xDC00u);
        }
        n = utf8_put(bytes, code_point);
        needed += n;
        room = room && used + n <= size;
        for (k = 0; room && k < n; k++) {
            to[used++] = bytes[k];
        }
    }
    return needed;
}

/* Decodes one character at from[0..count); returns the bytes it took. */
static size_t
utf8_get(const unsigned char *from, size_t count, uint32_t *ret_code_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code_point;
    size_t n, i;

    if (from[0] < 0x80) {
        *ret_code_point = from[0];
        return 1;
    }
    n = from[0] >= 0xF0 && from[0] < 0xF8   ? 4
        : from[0] >= 0xE0 && from[0] < 0xF0 ? 3
        : from[0] >= 0xC0 && from[0] < 0xE0 ? 2
                                            : 0;
    *ret_code_point = REPLACEMENT;
    if (n == 0 || n > count) {
        return 1;
    }
    code_point = from[0] & (0x7Fu >> n);
    for (i = 1; i < n; i++) {
        if ((from[i] & 0xC0) != 0x80) {
            return 1;
        }
        code_point = code_point << 6 | (from[i] & 0x3F);
    }
    if (code_point < least[n] || code_point > 0x10FFFF) {
        return 1;
    }
    *ret_code_point = code_point;
    return n;
}

size_t
utf8_to_utf16(uint16_t *to, size_t size, const char *from, size_t count)
{
    const unsigned char *bytes = (const unsigned char *)from;
    size_t needed = 0, used = 0, i = 0;
    bool room = true;

    while (i < count) {
        uint32_t code_point;
        size_t units;

        i += utf8_get(bytes + i, count - i, &code_point);
        units = code_point >= 0x10000 ? 2 : 1;
        needed += units;
        room = room && used + units <= size;
        if (room && units == 2) {
            to[used++] = (uint16_t)(0xD800 + ((code_point - 0x10000) >> 10));
            to[used++] = (uint16_t)(0xDC00 + ((code_point - 0x10000) & 0x3FF));
        } else if (room) {
            to[used++] = (uint16_t)code_point;
        }
    }
    return needed;
}

/* A run of letters whose other case lies a fixed distance away, or right beside (pairs). */
struct case_range {
    uint16_t first, last; /* Lower case letters; for pairs: both cases, upper case first. */
    int16_t to_upper;     /* 0: pairs. */
};

static const struct case_range case_ranges[] = {
    {0x0061, 0x007A, -32}, {0x00E0, 0x00F6, -32}, {0x00F8, 0x00FE, -32}, {0x00FF, 0x00FF, 121},
    {0x0100, 0x012F, 0},   {0x0132, 0x0137, 0},   {0x0139, 0x0148, 0},   {0x014A, 0x0177, 0},
    {0x0179, 0x017E, 0},   {0x01CD, 0x01DC, 0},   {0x01DE, 0x01EF, 0},   {0x01F4, 0x01F5, 0},
    {0x01F8, 0x021F, 0},   {0x0222, 0x0233, 0},   {0x0370, 0x0373, 0},   {0x0376, 0x0377, 0},
    {0x03AC, 0x03AC, -38}, {0x03AD, 0x03AF, -37}, {0x03B1, 0x03C1, -32}, {0x03C3, 0x03CB, -32},
    {0x03CC, 0x03CC, -64}, {0x03CD, 0x03CE, -63}, {0x03D8, 0x03EF, 0},   {0x0430, 0x044F, -32},
    {0x0450, 0x045F, -80}, {0x0460, 0x0481, 0},   {0x048A, 0x04BF, 0},   {0x04C1, 0x04CE, 0},
    {0x04D0, 0x052F, 0},   {0x0561, 0x0586, -48}, {0x1E00, 0x1E95, 0},   {0x1EA0, 0x1EFF, 0},
    {0x1F00, 0x1F07, 8},   {0x1F10, 0x1F15, 8},   {0x1F20, 0x1F27, 8},   {0x1F30, 0x1F37, 8},
    {0x1F40, 0x1F45, 8},   {0x1F60, 0x1F67, 8},   {0x2170, 0x217F, -16}, {0x24D0, 0x24E9, -26},
    {0xFF41, 0xFF5A, -32},
};

#define CASE_RANGES (sizeof(case_ranges) / sizeof(case_ranges[0]))

uint16_t
utf16_upcase(uint16_t unit)
{
    size_t i;

    if (unit < 0x80) {
        return unit >= 'a' && unit <= 'z' ? (uint16_t)(unit - 32) : unit;
    }
    for (i = 0; i < CASE_RANGES && unit >= case_ranges[i].first; i++) {
        if (unit <= case_ranges[i].last) {
            return case_ranges[i].to_upper == 0
                       ? (uint16_t)(unit - ((unit - case_ranges[i].first) & 1))
                       : (uint16_t)(unit + case_ranges[i].to_upper);
        }
    }
    return unit;
}

uint16_t
utf16_downcase(uint16_t unit)
{
    size_t i;

    if (unit < 0x80) {
        return unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit + 32) : unit;
    }
    for (i = 0; i < CASE_RANGES; i++) {
        const struct case_range *range = &case_ranges[i];

        if (range->to_upper == 0) {
            if (unit >= range->first && unit <= range->last) {
                return (uint16_t)(unit + (((unit - range->first) & 1) == 0));
            }
        } else if (unit >= range->first + range->to_upper &&
                   unit <= range->last + range->to_upper) {
            return (uint16_t)(unit - range->to_upper);
        }
    }
    return unit;
}

int
utf16_compare(const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count,
              bool ignore_case)
{
    size_t i;

    for (i = 0; i < a_count && i < b_count; i++) {
        uint16_t x = ignore_case ? utf16_upcase(a[i]) : a[i];
        uint16_t y = ignore_case ? utf16_upcase(b[i]) : b[i];

        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return a_count == b_count ? 0 : a_count < b_count ? -1 : 1;
}

const uint16_t *
utf16_find(const uint16_t *text, uint16_t unit)
{
    for (; *text != unit; text++) {
        if (*text == 0) {
            return NULL;
        }
    }
    return text;
}

const uint16_t *
utf16_find_last(const uint16_t *text, uint16_t unit)
{
    const uint16_t *last = NULL;

    for (;; text++) {
        if (*text == unit) {
            last = text;
        }
        if (*text == 0) {
            return last;
        }
    }
}

const uint16_t *
utf16_find_text(const uint16_t *text, const uint16_t *part)
{
    size_t i;

    for (;; text++) {
        for (i = 0; part[i] != 0 && text[i] == part[i]; i++) {
        }
        if (part[i] == 0) {
            return text;
        }
        if (*text == 0) {
            return NULL;
        }
    }
}

size_t
utf16_span(const uint16_t *text, const uint16_t *set, bool in_set)
{
    size_t i = 0;

    while (text[i] != 0 && (utf16_find(set, text[i]) != NULL) == in_set) {
        i++;
    }
    return i;
}
