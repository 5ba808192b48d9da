/* SPDX-License-Identifier: MIT */
/*
 * Uncounted text between 8 and 16 bits. The system's narrow code page is UTF-8, so that the MultiByte functions
 * lose nothing: a lone surrogate survives both ways. Only the functions that have UTF8 in their name replace
 * what is no Unicode by U+FFFD, and say so.
 */
#include "nt/rtl/rtl_priv.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf16.h"

#define REPLACEMENT 0xFFFDu

static bool
is_high(uint32_t unit)
{
    return unit >= 0xD800 && unit < 0xDC00;
}

static bool
is_low(uint32_t unit)
{
    return unit >= 0xDC00 && unit < 0xE000;
}

/* The code page ------------------------------------------------------------------------------- */

NTSTATUS
RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                          ULONG BytesInMultiByteString)
{
    *BytesInUnicodeString =
        (ULONG)(utf8_to_utf16(NULL, 0, MultiByteString, BytesInMultiByteString) * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* Truncation is no error; a pair of surrogates is not split. */
NTSTATUS
RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                       PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                       ULONG BytesInMultiByteString)
{
    size_t room = MaxBytesInUnicodeString / sizeof(WCHAR);
    size_t needed, used;

    if (room > 0) {
        UnicodeString[room - 1] = 0; /* Stays so when half a pair would have to go there. */
    }
    needed = utf8_to_utf16(UnicodeString, room, MultiByteString, BytesInMultiByteString);
    used = needed < room ? needed : room;
    if (needed > room && room > 0 && UnicodeString[room - 1] == 0) {
        used--;
    }
    if (BytesInUnicodeString != NULL) {
        *BytesInUnicodeString = (ULONG)(used * sizeof(WCHAR));
    }
    return STATUS_SUCCESS;
}

NTSTATUS
RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString, PCWCH UnicodeString,
                          ULONG BytesInUnicodeString)
{
    *BytesInMultiByteString =
        (ULONG)utf16_to_utf8(NULL, 0, UnicodeString, BytesInUnicodeString / sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* The bytes of the characters that fit into `size`: where our own encoder stopped. */
static ULONG
bytes_that_fit(const WCHAR *from, size_t count, ULONG size)
{
    size_t used = 0, i = 0;

    while (i < count) {
        size_t units = is_high(from[i]) && i + 1 < count && is_low(from[i + 1]) ? 2 : 1;
        size_t bytes = utf16_to_utf8(NULL, 0, from + i, units);

        if (used + bytes > size) {
            break;
        }
        used += bytes;
        i += units;
    }
    return (ULONG)used;
}

/* Truncation is no error; a character is not split. */
NTSTATUS
RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                       PULONG BytesInMultiByteString, PCWCH UnicodeString,
                       ULONG BytesInUnicodeString)
{
    size_t count = BytesInUnicodeString / sizeof(WCHAR);
    size_t needed = utf16_to_utf8(MultiByteString, MaxBytesInMultiByteString, UnicodeString, count);

    if (BytesInMultiByteString != NULL) {
        *BytesInMultiByteString =
            needed <= MaxBytesInMultiByteString
                ? (ULONG)needed
                : bytes_that_fit(UnicodeString, count, MaxBytesInMultiByteString);
    }
    return STATUS_SUCCESS;
}

/* UTF-8, strictly ----------------------------------------------------------------------------- */

/* Where converted text goes; without a buffer it is only measured. Sizes in elements of the target. */
struct target {
    void *buffer;
    size_t element;
    size_t size;
    size_t used;
    bool full;
    bool replaced; /* Something was no Unicode. */
};

/* Puts all of a character or none of it; false: it does not fit. */
static bool
put(struct target *to, const void *elements, size_t count)
{
    if (to->buffer != NULL) {
        if (to->used + count > to->size) {
            to->full = true;
            return false;
        }
        memcpy((char *)to->buffer + to->used * to->element, elements, count * to->element);
    }
    to->used += count;
    return true;
}

static NTSTATUS
finish(const struct target *to, PULONG ret_bytes)
{
    if (ret_bytes != NULL) {
        *ret_bytes = (ULONG)(to->used * to->element);
    }
    return to->full       ? STATUS_BUFFER_TOO_SMALL
           : to->replaced ? STATUS_SOME_NOT_MAPPED
                          : STATUS_SUCCESS;
}

/* Takes one code point; returns how many units it had. */
static size_t
take_wide(const WCHAR *text, size_t count, uint32_t *ret_code_point, bool *ret_replaced)
{
    if (is_high(text[0]) && count > 1 && is_low(text[1])) {
        *ret_code_point = 0x10000 + ((text[0] - 0xD800u) << 10) + (text[1] - 0xDC00u);
        return 2;
    }
    *ret_code_point = text[0];
    if (is_high(text[0]) || is_low(text[0])) {
        *ret_replaced = true;
        *ret_code_point = REPLACEMENT;
    }
    return 1;
}

/* STATUS_SOME_NOT_MAPPED: a lone surrogate became U+FFFD. */
NTSTATUS
RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                  PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                  ULONG UnicodeStringByteCount)
{
    struct target to = {
        .buffer = UTF8StringDestination, .element = 1, .size = UTF8StringMaxByteCount};
    size_t count = UnicodeStringByteCount / sizeof(WCHAR), i = 0;
    uint32_t code_point;
    char bytes[4];

    if (UnicodeStringSource == NULL) {
        return STATUS_INVALID_PARAMETER_4;
    }
    if (UnicodeStringByteCount % sizeof(WCHAR) != 0) {
        return STATUS_INVALID_PARAMETER_5;
    }
    if (UTF8StringDestination == NULL && UTF8StringActualByteCount == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    while (i < count) {
        i += take_wide(UnicodeStringSource + i, count - i, &code_point, &to.replaced);
        if (!put(&to, bytes, utf8_put(bytes, code_point))) {
            break;
        }
    }
    return finish(&to, UTF8StringActualByteCount);
}

/*
 * Takes one code point, as Unicode advises: an ill-formed sequence gives one replacement for its longest
 * well-formed start. Returns how many bytes it had.
 */
static size_t
take_utf8(const unsigned char *bytes, size_t count, uint32_t *ret_code_point, bool *ret_replaced)
{
    unsigned first = bytes[0];
    /* The bounds of the second byte exclude overlong forms, surrogates and what is beyond Unicode. */
    unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    size_t n = first >= 0xF5 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    uint32_t code_point = first & (0x7Fu >> n);
    size_t i;

    if (first < 0x80) {
        *ret_code_point = first;
        return 1;
    }
    for (i = 1; i < n && i < count && bytes[i] >= low && bytes[i] <= high; i++) {
        code_point = code_point << 6 | (bytes[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    if (i != n) {
        *ret_replaced = true;
        code_point = REPLACEMENT;
    }
    *ret_code_point = code_point;
    return i;
}

/* STATUS_SOME_NOT_MAPPED: something that is no UTF-8 became U+FFFD. */
NTSTATUS
RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                  PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
                  ULONG UTF8StringByteCount)
{
    struct target to = {.buffer = UnicodeStringDestination,
                        .element = sizeof(WCHAR),
                        .size = UnicodeStringMaxByteCount / sizeof(WCHAR)};
    const unsigned char *bytes = (const unsigned char *)UTF8StringSource;
    uint32_t code_point;
    WCHAR units[2];
    size_t i = 0;

    if (UTF8StringSource == NULL) {
        return STATUS_INVALID_PARAMETER_4;
    }
    if (UnicodeStringDestination == NULL && UnicodeStringActualByteCount == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    while (i < UTF8StringByteCount) {
        i += take_utf8(bytes + i, UTF8StringByteCount - i, &code_point, &to.replaced);
        units[0] = (WCHAR)code_point;
        if (code_point >= 0x10000) {
            units[0] = (WCHAR)(0xD800 + ((code_point - 0x10000) >> 10));
            units[1] = (WCHAR)(0xDC00 + ((code_point - 0x10000) & 0x3FF));
        }
        if (!put(&to, units, code_point >= 0x10000 ? 2 : 1)) {
            break;
        }
    }
    return finish(&to, UnicodeStringActualByteCount);
}
