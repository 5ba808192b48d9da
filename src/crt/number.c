/* SPDX-License-Identifier: MIT */
/* Numbers from and to text, the C run time's way. Windows' `long` has 32 bits. */
#include <ntddk.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/number.h"
#include "base/utf16.h"

/* From text ----------------------------------------------------------------------------------- */

static struct number
parse(const wchar_t *text, wchar_t **end, int base)
{
    struct number number =
        number_parse_wide(text, utf16_length(text), (unsigned)base, NUMBER_PREFIX_C);

    if (end != NULL) {
        *end = (wchar_t *)(ULONG_PTR)(text + number.used);
    }
    return number;
}

/* What is beyond [-most - 1, most] is cut off there. */
static LONGLONG
clamp(const struct number *number, ULONGLONG most)
{
    ULONGLONG value = number->magnitude;

    if (number->negative) {
        return number->overflow || value > most + 1 ? -(LONGLONG)most - 1 : (LONGLONG)(0 - value);
    }
    return number->overflow || value > most ? (LONGLONG)most : (LONGLONG)value;
}

__int64
_wcstoi64(const wchar_t *text, wchar_t **end, int base)
{
    struct number number = parse(text, end, base);

    return clamp(&number, MAXLONGLONG);
}

unsigned __int64
_wcstoui64(const wchar_t *text, wchar_t **end, int base)
{
    struct number number = parse(text, end, base);

    if (number.overflow) {
        return MAXULONGLONG;
    }
    return number.negative ? 0 - number.magnitude : number.magnitude;
}

long
wcstol(const wchar_t *text, wchar_t **end, int base)
{
    struct number number = parse(text, end, base);

    return clamp(&number, MAXLONG);
}

/* A minus sign negates within 32 bits. */
unsigned long
wcstoul(const wchar_t *text, wchar_t **end, int base)
{
    struct number number = parse(text, end, base);

    if (number.overflow || number.magnitude > MAXULONG) {
        return MAXULONG;
    }
    return (ULONG)(number.negative ? 0 - number.magnitude : number.magnitude);
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
    struct number number = number_parse_narrow(text, strlen(text), 10, NUMBER_PREFIX_C);

    return clamp(&number, MAXLONGLONG);
}

/* To text ------------------------------------------------------------------------------------- */

/* Digits and a sign into text; returns how many. No digits in a radix that there is not. */
static size_t
put(ULONGLONG value, bool negative, int radix, char text[65])
{
    if (radix < 2 || radix > 36) {
        return 0;
    }
    text[0] = '-';
    return number_digits(value, (unsigned)radix, false, text + negative) + negative;
}

static char *
put_narrow(ULONGLONG value, bool negative, char *buffer, int radix)
{
    char text[65];
    size_t count = put(value, negative, radix, text);

    memcpy(buffer, text, count);
    buffer[count] = 0;
    return buffer;
}

static wchar_t *
put_wide(ULONGLONG value, bool negative, wchar_t *buffer, int radix)
{
    char text[65];
    size_t count = put(value, negative, radix, text);

    for (size_t i = 0; i < count; i++) {
        buffer[i] = (wchar_t)text[i];
    }
    buffer[count] = 0;
    return buffer;
}

/* Only decimal numbers have a sign. */
wchar_t *
_itow(int value, wchar_t *buffer, int radix)
{
    bool negative = radix == 10 && value < 0;

    return put_wide(negative ? 0u - (ULONG)value : (ULONG)value, negative, buffer, radix);
}

wchar_t *
_ultow(unsigned int value, wchar_t *buffer, int radix)
{
    return put_wide(value, false, buffer, radix);
}

wchar_t *
_i64tow(__int64 value, wchar_t *buffer, int radix)
{
    bool negative = radix == 10 && value < 0;

    return put_wide(negative ? 0 - (ULONGLONG)value : (ULONGLONG)value, negative, buffer, radix);
}

char *
_itoa(int value, char *buffer, int radix)
{
    bool negative = radix == 10 && value < 0;

    return put_narrow(negative ? 0u - (ULONG)value : (ULONG)value, negative, buffer, radix);
}

char *
_ultoa(unsigned int value, char *buffer, int radix)
{
    return put_narrow(value, false, buffer, radix);
}

char *
_i64toa(__int64 value, char *buffer, int radix)
{
    bool negative = radix == 10 && value < 0;

    return put_narrow(negative ? 0 - (ULONGLONG)value : (ULONGLONG)value, negative, buffer, radix);
}
