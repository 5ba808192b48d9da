/* SPDX-License-Identifier: MIT */
/*
 * Formatted input by Windows' rules: `l` means 32 bits, I64 and ll 64, I the size of a pointer; %s is as wide
 * as the format string, %S the other way round, %hs narrow, %ls and %ws wide. In the secure variants a size in
 * characters (unsigned int) follows the address of each %s, %c and %[.
 */
#ifndef OPENWDF_CRT_SCAN_H
#define OPENWDF_CRT_SCAN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define SCAN_END (-1)

/* Gives the next character and moves on (`take`), or only shows it; SCAN_END at the end. */
typedef int32_t scan_source(void *context, bool take);

/* The number of conversions stored; -1 when the input ended before the first. */
int scan_narrow(scan_source *source, void *context, bool secure, const char *format,
                va_list *arguments);
int scan_wide(scan_source *source, void *context, bool secure, const uint16_t *format,
              va_list *arguments);

#endif
