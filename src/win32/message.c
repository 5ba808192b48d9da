/* SPDX-License-Identifier: MIT */
/*
 * FormatMessage: the system's texts, those of the program's message table (made of its .mc file, tools/build), and those
 * that are given; with their inserts.
 */
#include "win32/object.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win32/error.h"

#define INSERTS_MAX     99
#define FORMAT_MAX      32
#define INSERT_SIZE_MAX (1u << 20) /* What is longer, or cannot be printed, is nothing. */

/* The program's: sorted by number, the last is 0. It is there when the program has one. */
struct owdf_message {
    unsigned id;
    const char *text;
};
extern const struct owdf_message owdf_message_table[] __attribute__((weak, visibility("default")));

/* Text that grows. */
struct output {
    WCHAR *text;
    size_t length;
    size_t room;
    bool failed;
};

static void
put(struct output *output, const WCHAR *text, size_t length)
{
    if (output->failed) {
        return;
    }
    if (output->length + length + 1 > output->room) {
        size_t room = 2 * (output->length + length + 1);
        WCHAR *larger = realloc(output->text, room * sizeof(WCHAR));

        if (larger == NULL) {
            output->failed = true;
            return;
        }
        output->text = larger;
        output->room = room;
    }
    memcpy(output->text + output->length, text, length * sizeof(WCHAR));
    output->length += length;
    output->text[output->length] = 0;
}

/* The inserts: all are as wide as a pointer, so those that are passed over can be. */
struct inserts {
    DWORD_PTR *array;
    va_list *list;
    DWORD_PTR taken[INSERTS_MAX];
    unsigned count;
};

static DWORD_PTR
insert(struct inserts *inserts, unsigned number)
{
    if (inserts->array != NULL) {
        return inserts->array[number - 1];
    }
    while (inserts->count < number) {
        inserts->taken[inserts->count++] =
            inserts->list != NULL ? va_arg(*inserts->list, DWORD_PTR) : 0;
    }
    return inserts->taken[number - 1];
}

/* One insert as text, for free(). */
static WCHAR *
print(const WCHAR *spec, DWORD_PTR value, size_t *ret_length)
{
    for (size_t room = 64;; room *= 2) {
        WCHAR *text = malloc(room * sizeof(WCHAR));
        int length = text != NULL ? _snwprintf(text, room, spec, value) : 0;

        if (text == NULL || (length >= 0 && (size_t)length < room) || room > INSERT_SIZE_MAX) {
            *ret_length = text != NULL && length > 0 ? (size_t)length : 0;
            return text;
        }
        free(text);
    }
}

/* %1, %1!spec!; returns what follows it. */
static const WCHAR *
put_insert(struct output *output, const WCHAR *at, bool wide, struct inserts *inserts)
{
    WCHAR spec[FORMAT_MAX] = L"%s";
    unsigned number = (unsigned)(*at++ - '0');
    WCHAR *text;
    DWORD_PTR value;
    size_t length = 2;

    if (*at >= '0' && *at <= '9') {
        number = 10 * number + (unsigned)(*at++ - '0');
    }
    if (*at == '!') {
        for (length = 1, at++; *at != 0 && *at != '!' && length < FORMAT_MAX - 2; at++) {
            spec[length++] = *at;
        }
        at += *at == '!';
        spec[length] = 0;
    }
    if (!wide && (spec[length - 1] == 's' || spec[length - 1] == 'S')) {
        spec[length] = spec[length - 1]; /* Strings are the caller's characters. */
        spec[length - 1] = spec[length] == 's' ? 'h' : 'l';
        spec[length++] = 's';
        spec[length] = 0;
    }
    value = insert(inserts, number);
    if (spec[length - 1] == 's' && value == 0) {
        value = wide ? (DWORD_PTR)L"(null)" : (DWORD_PTR) "(null)";
    }
    text = print(spec, value, &length);
    if (text == NULL) {
        output->failed = true;
        return at;
    }
    put(output, text, length);
    free(text);
    return at;
}

/* What stands after a percent sign; false: the text ends here, without a new line. */
static bool
put_escape(struct output *output, const WCHAR **at, bool wide, struct inserts *inserts)
{
    WCHAR c = **at;

    if (c >= '1' && c <= '9' && inserts != NULL) {
        *at = put_insert(output, *at, wide, inserts);
        return true;
    }
    if (c >= '1' && c <= '9') { /* Inserts are left as they are. */
        put(output, L"%", 1);
        return true;
    }
    *at += c != 0;
    switch (c) {
    case '0':
        return false;
    case 'n':
        put(output, L"\r\n", 2);
        break;
    case 'r':
        put(output, L"\r", 1);
        break;
    case 't':
        put(output, L"\t", 1);
        break;
    case 'b':
        put(output, L" ", 1);
        break;
    case 0:
        break;
    default:
        put(output, &c, 1); /* %%, %., %! … */
        break;
    }
    return true;
}

static void
expand(struct output *output, const WCHAR *at, bool wide, struct inserts *inserts)
{
    put(output, L"", 0);
    while (*at != 0) {
        if (*at == '%') {
            at++;
            if (!put_escape(output, &at, wide, inserts)) {
                return;
            }
        } else {
            put(output, at++, 1);
        }
    }
}

/* The message's text, for free(); NULL and the last error. */
static WCHAR *
find(DWORD flags, LPCVOID source, DWORD id, bool wide)
{
    const struct owdf_message *table = owdf_message_table;

    if ((flags & FORMAT_MESSAGE_FROM_STRING) != 0) {
        return wide ? _wcsdup(source) : w32_wide(source);
    }
    if ((flags & FORMAT_MESSAGE_FROM_HMODULE) != 0 && table != NULL) {
        for (const struct owdf_message *message = table; message->text != NULL; message++) {
            if (message->id == id) {
                return w32_wide(message->text);
            }
        }
    }
    if ((flags & FORMAT_MESSAGE_FROM_SYSTEM) != 0) {
        char text[W32_ERROR_TEXT];

        w32_describe(id, text);
        return w32_wide(text);
    }
    w32_fail((flags & FORMAT_MESSAGE_FROM_HMODULE) != 0 ? ERROR_MR_MID_NOT_FOUND
                                                        : ERROR_INVALID_PARAMETER);
    return NULL;
}

static WCHAR *
format(DWORD flags, LPCVOID source, DWORD id, bool wide, va_list *arguments)
{
    struct inserts inserts = {0};
    struct output output = {0};
    WCHAR *text = find(flags, source, id, wide);

    if (text == NULL) {
        return NULL;
    }
    if ((flags & FORMAT_MESSAGE_ARGUMENT_ARRAY) != 0) {
        inserts.array = (DWORD_PTR *)(void *)arguments;
    } else {
        inserts.list = arguments;
    }
    /* Without inserts to take, a system's text is a text. */
    expand(&output, text, wide,
           (flags & FORMAT_MESSAGE_IGNORE_INSERTS) != 0 || arguments == NULL ? NULL : &inserts);
    free(text);
    if (output.failed) {
        free(output.text);
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    return output.text;
}

/* nSize: the buffer's, in characters; with FORMAT_MESSAGE_ALLOCATE_BUFFER the result is for LocalFree. */
DWORD
FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
               LPWSTR lpBuffer, DWORD nSize, va_list *Arguments)
{
    WCHAR *text = format(dwFlags, lpSource, dwMessageId, true, Arguments);
    DWORD length;

    (void)dwLanguageId;
    if (text == NULL) {
        return 0;
    }
    length = (DWORD)wcslen(text);
    if ((dwFlags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
        *(WCHAR **)(void *)lpBuffer = text;
        return length;
    }
    if (length >= nSize) {
        length = (DWORD)w32_fail(ERROR_INSUFFICIENT_BUFFER);
    } else {
        memcpy(lpBuffer, text, (length + 1) * sizeof(WCHAR));
    }
    free(text);
    return length;
}

DWORD
FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
               LPSTR lpBuffer, DWORD nSize, va_list *Arguments)
{
    WCHAR *wide = format(dwFlags, lpSource, dwMessageId, false, Arguments);
    char *text = wide != NULL ? w32_utf8(wide) : NULL;
    DWORD length;

    (void)dwLanguageId;
    free(wide);
    if (text == NULL) {
        return 0;
    }
    length = (DWORD)strlen(text);
    if ((dwFlags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
        *(char **)(void *)lpBuffer = text;
        return length;
    }
    if (length >= nSize) {
        length = (DWORD)w32_fail(ERROR_INSUFFICIENT_BUFFER);
    } else {
        memcpy(lpBuffer, text, length + 1);
    }
    free(text);
    return length;
}
