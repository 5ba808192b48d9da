/* SPDX-License-Identifier: MIT */
/*
 * The wide strings of the C run time, 16-bit, and Microsoft's additions to the narrow ones. Drivers
 * reach these through assembler labels in <openwdf_crt.h>; here they go by the documented names too.
 */
#include <ntddk.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "base/utf16.h"

#define ERROR_INVALID 22 /* EINVAL */
#define ERROR_RANGE   34 /* ERANGE */
#define ERROR_CUT     80 /* STRUNCATE */

size_t
wcslen(const wchar_t *text)
{
    return utf16_length(text);
}

size_t
wcsnlen(const wchar_t *text, size_t most)
{
    return utf16_length_most(text, most);
}

wchar_t *
wcscpy(wchar_t *to, const wchar_t *from)
{
    return memcpy(to, from, (utf16_length(from) + 1) * sizeof(wchar_t));
}

/* Fills up with zeros; no terminator when it is full. */
wchar_t *
wcsncpy(wchar_t *to, const wchar_t *from, size_t most)
{
    size_t length = utf16_length_most(from, most);

    memcpy(to, from, length * sizeof(wchar_t));
    memset(to + length, 0, (most - length) * sizeof(wchar_t));
    return to;
}

wchar_t *
wcscat(wchar_t *to, const wchar_t *from)
{
    wcscpy(to + utf16_length(to), from);
    return to;
}

wchar_t *
wcsncat(wchar_t *to, const wchar_t *from, size_t most)
{
    wchar_t *end = to + utf16_length(to);
    size_t length = utf16_length_most(from, most);

    memcpy(end, from, length * sizeof(wchar_t));
    end[length] = 0;
    return to;
}

int
wcscmp(const wchar_t *a, const wchar_t *b)
{
    return utf16_compare(a, utf16_length(a), b, utf16_length(b), false);
}

int
wcsncmp(const wchar_t *a, const wchar_t *b, size_t most)
{
    return utf16_compare(a, utf16_length_most(a, most), b, utf16_length_most(b, most), false);
}

/* These two compare lower case, as Microsoft's do: '_' stands before letters. */
int
_wcsnicmp(const wchar_t *a, const wchar_t *b, size_t most)
{
    for (size_t i = 0; i < most; i++) {
        int difference = utf16_downcase(a[i]) - utf16_downcase(b[i]);

        if (difference != 0 || a[i] == 0) {
            return difference;
        }
    }
    return 0;
}

int
_wcsicmp(const wchar_t *a, const wchar_t *b)
{
    return _wcsnicmp(a, b, (size_t)-1);
}

wchar_t *
wcschr(const wchar_t *text, wchar_t c)
{
    for (; *text != c; text++) {
        if (*text == 0) {
            return NULL;
        }
    }
    return (wchar_t *)(ULONG_PTR)text;
}

wchar_t *
wcsrchr(const wchar_t *text, wchar_t c)
{
    const wchar_t *found = NULL;

    do {
        if (*text == c) {
            found = text;
        }
    } while (*text++ != 0);
    return (wchar_t *)(ULONG_PTR)found;
}

wchar_t *
wcsstr(const wchar_t *text, const wchar_t *part)
{
    size_t length = utf16_length(part);

    for (; wcsncmp(text, part, length) != 0; text++) {
        if (*text == 0) {
            return NULL;
        }
    }
    return (wchar_t *)(ULONG_PTR)text;
}

static BOOLEAN
is_one_of(wchar_t c, const wchar_t *any)
{
    while (*any != 0) {
        if (*any++ == c) {
            return TRUE;
        }
    }
    return FALSE;
}

size_t
wcsspn(const wchar_t *text, const wchar_t *any)
{
    size_t length = 0;

    while (text[length] != 0 && is_one_of(text[length], any)) {
        length++;
    }
    return length;
}

size_t
wcscspn(const wchar_t *text, const wchar_t *any)
{
    size_t length = 0;

    while (text[length] != 0 && !is_one_of(text[length], any)) {
        length++;
    }
    return length;
}

wchar_t *
wcspbrk(const wchar_t *text, const wchar_t *any)
{
    text += wcscspn(text, any);
    return *text == 0 ? NULL : (wchar_t *)(ULONG_PTR)text;
}

wchar_t *
_wcsupr(wchar_t *text)
{
    for (wchar_t *c = text; *c != 0; c++) {
        *c = utf16_upcase(*c);
    }
    return text;
}

wchar_t *
_wcslwr(wchar_t *text)
{
    for (wchar_t *c = text; *c != 0; c++) {
        *c = utf16_downcase(*c);
    }
    return text;
}

wchar_t *
_wcsrev(wchar_t *text)
{
    size_t length = utf16_length(text);

    for (size_t i = 0; i < length / 2; i++) {
        wchar_t c = text[i];

        text[i] = text[length - 1 - i];
        text[length - 1 - i] = c;
    }
    return text;
}

wchar_t *
_wcsset(wchar_t *text, wchar_t c)
{
    return _wcsnset(text, c, (size_t)-1);
}

wchar_t *
_wcsnset(wchar_t *text, wchar_t c, size_t count)
{
    for (size_t i = 0; i < count && text[i] != 0; i++) {
        text[i] = c;
    }
    return text;
}

wchar_t *
wmemcpy(wchar_t *to, const wchar_t *from, size_t count)
{
    return memcpy(to, from, count * sizeof(wchar_t));
}

wchar_t *
wmemset(wchar_t *to, wchar_t c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = c;
    }
    return to;
}

unsigned int
towupper(unsigned int c)
{
    return c <= 0xffff ? utf16_upcase((uint16_t)c) : c;
}

unsigned int
towlower(unsigned int c)
{
    return c <= 0xffff ? utf16_downcase((uint16_t)c) : c;
}

size_t
strnlen(const char *text, size_t most)
{
    const char *end = memchr(text, 0, most);

    return end == NULL ? most : (size_t)(end - text);
}

/*
 * The secure family, once per width. `start` characters are kept. On an error the destination is empty,
 * as documented; _TRUNCATE cuts off instead.
 */
#define SECURE_PUT(name, C, length_most)                                                           \
    static errno_t name(C *to, rsize_t size, rsize_t start, const C *from, rsize_t most)           \
    {                                                                                              \
        rsize_t length;                                                                            \
                                                                                                   \
        if (to == NULL || size == 0) {                                                             \
            return ERROR_INVALID;                                                                  \
        }                                                                                          \
        if (from == NULL || start == size) {                                                       \
            to[0] = 0;                                                                             \
            return ERROR_INVALID;                                                                  \
        }                                                                                          \
        length = length_most(from, most == _TRUNCATE ? size : min(most, size));                    \
        if (length >= size - start) {                                                              \
            if (most != _TRUNCATE) {                                                               \
                to[0] = 0;                                                                         \
                return ERROR_RANGE;                                                                \
            }                                                                                      \
            length = size - start - 1;                                                             \
            memcpy(to + start, from, length * sizeof(C));                                          \
            to[start + length] = 0;                                                                \
            return ERROR_CUT;                                                                      \
        }                                                                                          \
        memcpy(to + start, from, length * sizeof(C));                                              \
        to[start + length] = 0;                                                                    \
        return 0;                                                                                  \
    }
#define WHOLE ((rsize_t)-2)

SECURE_PUT(put_wide, wchar_t, utf16_length_most)
SECURE_PUT(put_narrow, char, strnlen)

errno_t
wcscpy_s(wchar_t *to, rsize_t size, const wchar_t *from)
{
    return put_wide(to, size, 0, from, WHOLE);
}

errno_t
wcsncpy_s(wchar_t *to, rsize_t size, const wchar_t *from, rsize_t most)
{
    return put_wide(to, size, 0, from, most);
}

errno_t
wcscat_s(wchar_t *to, rsize_t size, const wchar_t *from)
{
    return put_wide(to, size, to == NULL ? 0 : utf16_length_most(to, size), from, WHOLE);
}

errno_t
wcsncat_s(wchar_t *to, rsize_t size, const wchar_t *from, rsize_t most)
{
    return put_wide(to, size, to == NULL ? 0 : utf16_length_most(to, size), from, most);
}

errno_t
strcpy_s(char *to, rsize_t size, const char *from)
{
    return put_narrow(to, size, 0, from, WHOLE);
}

errno_t
strncpy_s(char *to, rsize_t size, const char *from, rsize_t most)
{
    return put_narrow(to, size, 0, from, most);
}

errno_t
strcat_s(char *to, rsize_t size, const char *from)
{
    return put_narrow(to, size, to == NULL ? 0 : strnlen(to, size), from, WHOLE);
}

errno_t
strncat_s(char *to, rsize_t size, const char *from, rsize_t most)
{
    return put_narrow(to, size, to == NULL ? 0 : strnlen(to, size), from, most);
}

errno_t
memcpy_s(void *to, rsize_t size, const void *from, rsize_t count)
{
    if (count == 0) {
        return 0;
    }
    if (to == NULL) {
        return ERROR_INVALID;
    }
    if (from == NULL || count > size) {
        memset(to, 0, size);
        return from == NULL ? ERROR_INVALID : ERROR_RANGE;
    }
    memcpy(to, from, count);
    return 0;
}

errno_t
memmove_s(void *to, rsize_t size, const void *from, rsize_t count)
{
    if (count == 0) {
        return 0;
    }
    if (to == NULL || from == NULL) {
        return ERROR_INVALID;
    }
    if (count > size) {
        return ERROR_RANGE;
    }
    memmove(to, from, count);
    return 0;
}

static int
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (UCHAR)c;
}

int
_strnicmp(const char *a, const char *b, size_t most)
{
    for (size_t i = 0; i < most; i++) {
        int difference = lower(a[i]) - lower(b[i]);

        if (difference != 0 || a[i] == 0) {
            return difference;
        }
    }
    return 0;
}

int
_stricmp(const char *a, const char *b)
{
    return _strnicmp(a, b, (size_t)-1);
}

int
_memicmp(const void *a, const void *b, size_t count)
{
    const char *left = a, *right = b;

    for (size_t i = 0; i < count; i++) {
        int difference = lower(left[i]) - lower(right[i]);

        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

char *
_strupr(char *text)
{
    for (char *c = text; *c != 0; c++) {
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
    return text;
}

char *
_strlwr(char *text)
{
    for (char *c = text; *c != 0; c++) {
        *c = (char)lower(*c);
    }
    return text;
}

char *
_strrev(char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length / 2; i++) {
        char c = text[i];

        text[i] = text[length - 1 - i];
        text[length - 1 - i] = c;
    }
    return text;
}

char *
_strset(char *text, int c)
{
    return memset(text, c, strlen(text));
}

char *
_strnset(char *text, int c, size_t count)
{
    return memset(text, c, strnlen(text, count));
}
