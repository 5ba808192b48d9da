/* SPDX-License-Identifier: MIT */
/*
 * Formatted output by Windows' rules, which are not the C library's:
 *
 *   - `l` means 32 bits; I64 and ll 64, I32 32, I, z and t the size of a pointer;
 *   - %s is as wide as the format string, %S the other way round; %hs is narrow, %ls and %ws wide;
 *   - %Z is a counted string's address (ANSI_STRING), %wZ a UNICODE_STRING's;
 *   - %p prints sixteen upper-case digits without 0x; %n writes nothing.
 *
 * A NULL string prints "(null)". Text leaves as UTF-8, piece by piece; format_to_wide makes
 * 16-bit units of it.
 */
#ifndef OPENWDF_BASE_FORMAT_H
#define OPENWDF_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Takes the next piece of the text. Pieces never split a character. */
typedef void format_sink(void *context, const char *bytes, size_t count);

/* Formats into the sink. Returns the bytes that it was given. */
size_t format_narrow(format_sink *sink, void *context, const char *format, va_list arguments);
size_t format_wide(format_sink *sink, void *context, const uint16_t *format, va_list arguments);

/*
 * Formats into a buffer of `size` characters. What does not fit is cut off; when size > 0 the text
 * is terminated. Returns the characters that all of it takes, without the terminator.
 */
size_t format_to_narrow(char *buffer, size_t size, const char *format, va_list arguments);
size_t format_to_wide(uint16_t *buffer, size_t size, const uint16_t *format, va_list arguments);

/* The same without a terminator: all `size` characters may be text. */
size_t format_fill_narrow(char *buffer, size_t size, const char *format, va_list arguments);
size_t format_fill_wide(uint16_t *buffer, size_t size, const uint16_t *format, va_list arguments);

#endif
