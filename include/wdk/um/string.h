/* SPDX-License-Identifier: MIT */
/* The C library's <string.h>, Microsoft's names beside it, and the 16-bit wide functions. */
#ifndef OPENWDF_UM_STRING_H
#define OPENWDF_UM_STRING_H

#include_next <string.h>
#include <strings.h>
#include <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

#define _stricmp  strcasecmp
#define _strnicmp strncasecmp
#define stricmp   strcasecmp
#define strnicmp  strncasecmp
#define _strdup   strdup
#define _memicmp  strncasecmp

extern int strcpy_s(char *to, size_t size, const char *from) __asm__("owdf_strcpy_s");
extern int strcat_s(char *to, size_t size, const char *from) __asm__("owdf_strcat_s");
extern int strncpy_s(char *to, size_t size, const char *from,
                     size_t most) __asm__("owdf_strncpy_s");
extern int memcpy_s(void *to, size_t size, const void *from, size_t count) __asm__("owdf_memcpy_s");

#ifdef __cplusplus
}
#endif

#endif
