/* SPDX-License-Identifier: MIT */
/* Numbers from and to text, the C run time's way. Windows' `long` has 32 bits. */
#include <ntddk.h>
#include <stdlib.h>
#include <wchar.h>

#define PARSE(name, C)                                                                             \
    /* Blanks, sign, prefix, digits. *overflow: it does not fit in 64 bits. */                     \
    static ULONGLONG name(const C *text, const C **end, int base, BOOLEAN *negative,               \
                          BOOLEAN *overflow)                                                       \
    {                                                                                              \
        const C *start = text;                                                                     \
        ULONGLONG value = 0;                                                                       \
        BOOLEAN any = FALSE;                                                                       \
                                                                                                   \
        *negative = FALSE;                                                                         \
        *overflow = FALSE;                                                                         \
        while (*text == ' ' || (*text >= '\t' && *text <= '\r')) {                                 \
            text++;                                                                                \
        }                                                                                          \
        if (*text == '-' || *text == '+') {                                                        \
            *negative = *text++ == '-';                                                            \
        }                                                                                          \
        if ((base == 0 || base == 16) && text[0] == '0' && (text[1] | 0x20) == 'x' &&              \
            digit(text[2]) < 16) {                                                                 \
            base = 16;                                                                             \
            text += 2;                                                                             \
        } else if (base == 0) {                                                                    \
            base = *text == '0' ? 8 : 10;                                                          \
        }                                                                                          \
        for (; digit(*text) < base; text++) {                                                      \
            any = TRUE;                                                                            \
            if (__builtin_mul_overflow(value, (ULONGLONG)base, &value) ||                          \
                __builtin_add_overflow(value, (ULONGLONG)digit(*text), &value)) {                  \
                *overflow = TRUE;                                                                  \
            }                                                                                      \
        }                                                                                          \
        if (end != NULL) {                                                                         \
            *end = any ? text : start;                                                             \
        }                                                                                          \
        return value;                                                                              \
    }

static int
digit(unsigned int c)
{
    if (c >= '0' && c <= '9') {
        return (int)c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? (int)c - 'a' + 10 : 99;
}

PARSE(parse_wide, wchar_t)
PARSE(parse_narrow, char)

static LONGLONG
clamp(ULONGLONG value, BOOLEAN negative, BOOLEAN overflow, ULONGLONG most)
{
    if (negative) {
        return overflow || value > most + 1 ? -(LONGLONG)most - 1 : (LONGLONG)(0 - value);
    }
    return overflow || value > most ? (LONGLONG)most : (LONGLONG)value;
}

__int64
_wcstoi64(const wchar_t *text, wchar_t **end, int base)
{
    BOOLEAN negative, overflow;
    ULONGLONG value = parse_wide(text, (const wchar_t **)end, base, &negative, &overflow);

    return clamp(value, negative, overflow, MAXLONGLONG);
}

unsigned __int64
_wcstoui64(const wchar_t *text, wchar_t **end, int base)
{
    BOOLEAN negative, overflow;
    ULONGLONG value = parse_wide(text, (const wchar_t **)end, base, &negative, &overflow);

    return overflow ? MAXULONGLONG : negative ? 0 - value : value;
}

long
wcstol(const wchar_t *text, wchar_t **end, int base)
{
    BOOLEAN negative, overflow;
    ULONGLONG value = parse_wide(text, (const wchar_t **)end, base, &negative, &overflow);

    return clamp(value, negative, overflow, MAXLONG);
}

unsigned long
wcstoul(const wchar_t *text, wchar_t **end, int base)
{
    BOOLEAN negative, overflow;
    ULONGLONG value = parse_wide(text, (const wchar_t **)end, base, &negative, &overflow);

    if (overflow || value > MAXULONG) {
        return MAXULONG;
    }
    return negative ? (ULONG)(0 - value) : value;
}

int
_wtoi(const wchar_t *text)
{
    return (int)wcstol(text, NULL, 10);
}

int
_wtol(const wchar_t *text)
{
    return (int)wcstol(text, NULL, 10);
}

__int64
_wtoi64(const wchar_t *text)
{
    return _wcstoi64(text, NULL, 10);
}

__int64
_atoi64(const char *text)
{
    BOOLEAN negative, overflow;
    ULONGLONG value = parse_narrow(text, NULL, 10, &negative, &overflow);

    return clamp(value, negative, overflow, MAXLONGLONG);
}

#define PUT(name, C)                                                                               \
    static C *name(ULONGLONG value, BOOLEAN negative, C *buffer, int radix)                        \
    {                                                                                              \
        C digits[65];                                                                              \
        int count = 0, place = 0;                                                                  \
                                                                                                   \
        if (radix < 2 || radix > 36) {                                                             \
            buffer[0] = 0;                                                                         \
            return buffer;                                                                         \
        }                                                                                          \
        do {                                                                                       \
            digits[count++] = (C) "0123456789abcdefghijklmnopqrstuvwxyz"[value % (ULONG)radix];    \
            value /= (ULONG)radix;                                                                 \
        } while (value != 0);                                                                      \
        if (negative) {                                                                            \
            buffer[place++] = '-';                                                                 \
        }                                                                                          \
        while (count != 0) {                                                                       \
            buffer[place++] = digits[--count];                                                     \
        }                                                                                          \
        buffer[place] = 0;                                                                         \
        return buffer;                                                                             \
    }

PUT(put_wide, wchar_t)
PUT(put_narrow, char)

/* Only decimal numbers have a sign. */
wchar_t *
_itow(int value, wchar_t *buffer, int radix)
{
    BOOLEAN negative = radix == 10 && value < 0;

    return put_wide(negative ? 0u - (ULONG)value : (ULONG)value, negative, buffer, radix);
}

wchar_t *
_ultow(unsigned int value, wchar_t *buffer, int radix)
{
    return put_wide(value, FALSE, buffer, radix);
}

wchar_t *
_i64tow(__int64 value, wchar_t *buffer, int radix)
{
    BOOLEAN negative = radix == 10 && value < 0;

    return put_wide(negative ? 0 - (ULONGLONG)value : (ULONGLONG)value, negative, buffer, radix);
}

char *
_itoa(int value, char *buffer, int radix)
{
    BOOLEAN negative = radix == 10 && value < 0;

    return put_narrow(negative ? 0u - (ULONG)value : (ULONG)value, negative, buffer, radix);
}

char *
_ultoa(unsigned int value, char *buffer, int radix)
{
    return put_narrow(value, FALSE, buffer, radix);
}

char *
_i64toa(__int64 value, char *buffer, int radix)
{
    BOOLEAN negative = radix == 10 && value < 0;

    return put_narrow(negative ? 0 - (ULONGLONG)value : (ULONGLONG)value, negative, buffer, radix);
}
