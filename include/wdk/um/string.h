/* SPDX-License-Identifier: MIT */
/* The C library's <string.h>, Microsoft's names beside it, and the 16-bit wide functions. */
#ifndef OPENWDF_UM_STRING_H
#define OPENWDF_UM_STRING_H

#include_next <string.h>
#include <strings.h>
#include <wchar.h>
#include <openwdf_crtdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

#define _stricmp  strcasecmp
#define _strcmpi  strcasecmp
#define strcmpi   strcasecmp
#define _strnicmp strncasecmp
#define stricmp   strcasecmp
#define strnicmp  strncasecmp
#define _strdup   strdup

extern int _memicmp(const void *a, const void *b, size_t count) __asm__("owdf__memicmp");
extern int strcpy_s(char *to, size_t size, const char *from) __asm__("owdf_strcpy_s");
extern int strcat_s(char *to, size_t size, const char *from) __asm__("owdf_strcat_s");
extern int strncpy_s(char *to, size_t size, const char *from,
                     size_t most) __asm__("owdf_strncpy_s");
extern errno_t strncat_s(char *to, size_t size, const char *from,
                         size_t most) __asm__("owdf_strncat_s");
extern char *strtok_s(char *text, const char *delimiters, char **context) __asm__("owdf_strtok_s");
extern errno_t memmove_s(void *to, size_t size, const void *from,
                         size_t count) __asm__("owdf_memmove_s");
extern errno_t strerror_s(char *text, size_t size, int error) __asm__("owdf_strerror_s");
extern char *_strupr(char *text) __asm__("owdf__strupr");
extern char *_strlwr(char *text) __asm__("owdf__strlwr");
extern char *_strrev(char *text) __asm__("owdf__strrev");
extern int memcpy_s(void *to, size_t size, const void *from, size_t count) __asm__("owdf_memcpy_s");

#ifdef __cplusplus
}

/* In C++ the size of an array need not be said. */
extern "C++" {
template <size_t N>
inline errno_t
strcpy_s(char (&to)[N], const char *from)
{
    return strcpy_s(to, N, from);
}
template <size_t N>
inline errno_t
strcat_s(char (&to)[N], const char *from)
{
    return strcat_s(to, N, from);
}
template <size_t N>
inline errno_t
strncpy_s(char (&to)[N], const char *from, size_t most)
{
    return strncpy_s(to, N, from, most);
}
template <size_t N>
inline errno_t
strncat_s(char (&to)[N], const char *from, size_t most)
{
    return strncat_s(to, N, from, most);
}
}
#endif

#endif
