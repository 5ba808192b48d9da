/* SPDX-License-Identifier: MIT */
/* Functions of the C run time that only user-mode sources use; still without a system below. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/utf16.h"

#define CRT __attribute__((visibility("default")))

typedef uint16_t unit;

CRT char *owdf_strtok_s(char *text, const char *delimiters, char **context);
CRT unit *owdf_wcstok_s(unit *text, const unit *delimiters, unit **context);
CRT int owdf__itoa_s(int value, char *text, size_t size, int base);
CRT int owdf__itow_s(int value, unit *text, size_t size, int base);
CRT int owdf_strerror_s(char *text, size_t size, int error);
CRT int owdf__splitpath_s(const char *path, char *drive, size_t drive_size, char *folder,
                          size_t folder_size, char *name, size_t name_size, char *extension,
                          size_t extension_size);

/* The next part of a text; *context remembers where the following one starts. */
char *
owdf_strtok_s(char *text, const char *delimiters, char **context)
{
    char *start = text != NULL ? text : *context;
    char *end;

    start += strspn(start, delimiters);
    if (*start == 0) {
        *context = start;
        return NULL;
    }
    end = start + strcspn(start, delimiters);
    *context = *end == 0 ? end : end + 1;
    *end = 0;
    return start;
}

unit *
owdf_wcstok_s(unit *text, const unit *delimiters, unit **context)
{
    unit *start = text != NULL ? text : *context;
    unit *end;

    while (*start != 0 && utf16_find(delimiters, *start) != NULL) {
        start++;
    }
    if (*start == 0) {
        *context = start;
        return NULL;
    }
    for (end = start; *end != 0 && utf16_find(delimiters, *end) == NULL; end++) {
    }
    *context = *end == 0 ? end : end + 1;
    *end = 0;
    return start;
}

/* The digits, with a sign in base 10 only. Returns their number. */
static size_t
integer_text(int value, int base, char text[66])
{
    size_t used = 0;

    if (value < 0 && base == 10) {
        text[used++] = '-';
        return used + number_digits(0 - (uint64_t)(int64_t)value, 10, false, text + used);
    }
    return used + number_digits((uint32_t)value, (unsigned)base, false, text + used);
}

int
owdf__itoa_s(int value, char *text, size_t size, int base)
{
    char digits[66];
    size_t count;

    if (text == NULL || size == 0 || base < 2 || base > 36) {
        return EINVAL;
    }
    count = integer_text(value, base, digits);
    if (count >= size) {
        text[0] = 0;
        return ERANGE;
    }
    memcpy(text, digits, count);
    text[count] = 0;
    return 0;
}

int
owdf__itow_s(int value, unit *text, size_t size, int base)
{
    char digits[66];
    size_t count, i;

    if (text == NULL || size == 0 || base < 2 || base > 36) {
        return EINVAL;
    }
    count = integer_text(value, base, digits);
    if (count >= size) {
        text[0] = 0;
        return ERANGE;
    }
    for (i = 0; i < count; i++) {
        text[i] = (unit)digits[i];
    }
    text[count] = 0;
    return 0;
}

int
owdf_strerror_s(char *text, size_t size, int error)
{
    if (text == NULL || size == 0) {
        return EINVAL;
    }
    (void)snprintf(text, size, "%s", strerror(error));
    return 0;
}

/* Copies count characters into a part's buffer, which may be absent. */
static int
part(char *to, size_t size, const char *from, size_t count)
{
    if (to == NULL) {
        return 0;
    }
    if (count >= size) {
        return ERANGE;
    }
    memcpy(to, from, count);
    to[count] = 0;
    return 0;
}

/* Both slashes separate. When a part does not fit all are emptied. */
int
owdf__splitpath_s(const char *path, char *drive, size_t drive_size, char *folder,
                  size_t folder_size, char *name, size_t name_size, char *extension,
                  size_t extension_size)
{
    const char *after_drive, *after_folder, *dot, *end, *c;

    if (path == NULL) {
        return EINVAL;
    }
    after_drive = path[0] != 0 && path[1] == ':' ? path + 2 : path;
    end = path + strlen(path);
    after_folder = after_drive;
    dot = end;
    for (c = after_drive; *c != 0; c++) {
        if (*c == '/' || *c == '\\') {
            after_folder = c + 1;
            dot = end;
        } else if (*c == '.') {
            dot = c;
        }
    }
    if (part(drive, drive_size, path, (size_t)(after_drive - path)) == 0 &&
        part(folder, folder_size, after_drive, (size_t)(after_folder - after_drive)) == 0 &&
        part(name, name_size, after_folder, (size_t)(dot - after_folder)) == 0 &&
        part(extension, extension_size, dot, (size_t)(end - dot)) == 0) {
        return 0;
    }
    (void)part(drive, drive_size, "", 0);
    (void)part(folder, folder_size, "", 0);
    (void)part(name, name_size, "", 0);
    (void)part(extension, extension_size, "", 0);
    return ERANGE;
}
