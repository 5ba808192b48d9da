/* SPDX-License-Identifier: MIT */
/*
 * Formatted output into buffers. The families differ in what happens when the text does not fit:
 *
 *   snprintf                   cut off and terminated; returns what all of it takes
 *   _snprintf, _snwprintf      not terminated; returns -1. Terminated only where there is room
 *   swprintf                   cut off and terminated; returns -1
 *   …_s                        the buffer is emptied; returns -1
 *   _snprintf_s … _TRUNCATE    cut off and terminated; returns -1
 */
#include <ntddk.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/format.h"

/* Once per width: C the character, F what fills a buffer without a terminator. */
#define FORMAT_FAMILY(C, F, MINUS_N, SECURE, N_SECURE)                                             \
    int MINUS_N(C *buffer, size_t size, const C *format, va_list arguments)                        \
    {                                                                                              \
        size_t length = F(buffer, size, format, arguments);                                        \
                                                                                                   \
        if (length < size) {                                                                       \
            buffer[length] = 0;                                                                    \
        }                                                                                          \
        return length > size ? -1 : (int)length;                                                   \
    }                                                                                              \
    int SECURE(C *buffer, size_t size, const C *format, va_list arguments)                         \
    {                                                                                              \
        size_t length;                                                                             \
                                                                                                   \
        if (buffer == NULL || size == 0 || format == NULL) {                                       \
            return -1;                                                                             \
        }                                                                                          \
        length = F(buffer, size - 1, format, arguments);                                           \
        if (length >= size) {                                                                      \
            buffer[0] = 0;                                                                         \
            return -1;                                                                             \
        }                                                                                          \
        buffer[length] = 0;                                                                        \
        return (int)length;                                                                        \
    }                                                                                              \
    int N_SECURE(C *buffer, size_t size, size_t most, const C *format, va_list arguments)          \
    {                                                                                              \
        size_t length, room;                                                                       \
                                                                                                   \
        if (buffer == NULL || size == 0 || format == NULL) {                                       \
            return -1;                                                                             \
        }                                                                                          \
        room = most < size - 1 ? most : size - 1;                                                  \
        length = F(buffer, room, format, arguments);                                               \
        if (length <= room) {                                                                      \
            buffer[length] = 0;                                                                    \
            return (int)length;                                                                    \
        }                                                                                          \
        buffer[most == _TRUNCATE || most < size ? room : 0] = 0;                                   \
        return -1;                                                                                 \
    }
FORMAT_FAMILY(char, format_fill_narrow, _vsnprintf, vsprintf_s, _vsnprintf_s)
FORMAT_FAMILY(wchar_t, format_fill_wide, _vsnwprintf, vswprintf_s, _vsnwprintf_s)

int
vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    return (int)format_to_narrow(buffer, size, format, arguments);
}

int
vsprintf(char *buffer, const char *format, va_list arguments)
{
    return _vsnprintf(buffer, MAXLONG, format, arguments);
}

int
vswprintf(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
{
    size_t length = format_to_wide(buffer, size, format, arguments);

    return length < size ? (int)length : -1;
}

#define CALL(expression)                                                                           \
    va_list arguments;                                                                             \
    int result;                                                                                    \
                                                                                                   \
    va_start(arguments, format);                                                                   \
    result = expression;                                                                           \
    va_end(arguments);                                                                             \
    return result

int
sprintf(char *buffer, const char *format, ...)
{
    CALL(vsprintf(buffer, format, arguments));
}

int
snprintf(char *buffer, size_t size, const char *format, ...)
{
    CALL(vsnprintf(buffer, size, format, arguments));
}

int
_snprintf(char *buffer, size_t size, const char *format, ...)
{
    CALL(_vsnprintf(buffer, size, format, arguments));
}

int
sprintf_s(char *buffer, size_t size, const char *format, ...)
{
    CALL(vsprintf_s(buffer, size, format, arguments));
}

int
_snprintf_s(char *buffer, size_t size, size_t most, const char *format, ...)
{
    CALL(_vsnprintf_s(buffer, size, most, format, arguments));
}

int
swprintf(wchar_t *buffer, size_t size, const wchar_t *format, ...)
{
    CALL(vswprintf(buffer, size, format, arguments));
}

int
_swprintf(wchar_t *buffer, const wchar_t *format, ...)
{
    CALL(_vsnwprintf(buffer, MAXLONG, format, arguments));
}

int
_snwprintf(wchar_t *buffer, size_t size, const wchar_t *format, ...)
{
    CALL(_vsnwprintf(buffer, size, format, arguments));
}

int
swprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, ...)
{
    CALL(vswprintf_s(buffer, size, format, arguments));
}

int
_snwprintf_s(wchar_t *buffer, size_t size, size_t most, const wchar_t *format, ...)
{
    CALL(_vsnwprintf_s(buffer, size, most, format, arguments));
}
