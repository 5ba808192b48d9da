/* SPDX-License-Identifier: MIT */
/*
 * The part of Microsoft's C run time that kernel drivers use: 16-bit wide strings and Windows' format
 * rules. The names are the documented ones; the assembler labels lead to our own functions, so the C
 * library's 32-bit namesakes are never meant.
 *
 * The headers of this folder that have a namesake in the C library (<wchar.h>, <stdio.h> …) let that one
 * declare its functions under names nobody uses, and then include this header.
 */
#ifndef OPENWDF_CRT_H
#define OPENWDF_CRT_H

#include <openwdf_compiler.h>
#include <stdarg.h>
#include <stddef.h>

#define OWDF_CRT(name) __asm__("owdf_" #name)

#ifndef _ERRNO_T_DEFINED
#define _ERRNO_T_DEFINED
typedef int errno_t;
#endif
typedef size_t rsize_t;

#ifdef __cplusplus
extern "C" {
#endif

#ifndef __cplusplus
/* An intrinsic of Microsoft's compiler: sources use it without <stdlib.h>. */
extern int abs(int value);
#endif

/* Wide strings. */
OWDF_EXPORT size_t wcslen(const wchar_t *text) OWDF_CRT(wcslen);
OWDF_EXPORT size_t wcsnlen(const wchar_t *text, size_t most) OWDF_CRT(wcsnlen);
#define wcsnlen_s(text, most) ((text) != NULL ? wcsnlen(text, most) : 0)
OWDF_EXPORT wchar_t *wcscpy(wchar_t *to, const wchar_t *from) OWDF_CRT(wcscpy);
OWDF_EXPORT wchar_t *wcsncpy(wchar_t *to, const wchar_t *from, size_t most) OWDF_CRT(wcsncpy);
OWDF_EXPORT wchar_t *wcscat(wchar_t *to, const wchar_t *from) OWDF_CRT(wcscat);
OWDF_EXPORT wchar_t *wcsncat(wchar_t *to, const wchar_t *from, size_t most) OWDF_CRT(wcsncat);
OWDF_EXPORT int wcscmp(const wchar_t *a, const wchar_t *b) OWDF_CRT(wcscmp);
OWDF_EXPORT int wcsncmp(const wchar_t *a, const wchar_t *b, size_t most) OWDF_CRT(wcsncmp);
OWDF_EXPORT int _wcsicmp(const wchar_t *a, const wchar_t *b) OWDF_CRT(_wcsicmp);
OWDF_EXPORT int _wcsnicmp(const wchar_t *a, const wchar_t *b, size_t most) OWDF_CRT(_wcsnicmp);
OWDF_EXPORT wchar_t *wcschr(const wchar_t *text, wchar_t c) OWDF_CRT(wcschr);
OWDF_EXPORT wchar_t *wcsrchr(const wchar_t *text, wchar_t c) OWDF_CRT(wcsrchr);
OWDF_EXPORT wchar_t *wcsstr(const wchar_t *text, const wchar_t *part) OWDF_CRT(wcsstr);
OWDF_EXPORT wchar_t *wcspbrk(const wchar_t *text, const wchar_t *any) OWDF_CRT(wcspbrk);
OWDF_EXPORT size_t wcsspn(const wchar_t *text, const wchar_t *any) OWDF_CRT(wcsspn);
OWDF_EXPORT size_t wcscspn(const wchar_t *text, const wchar_t *any) OWDF_CRT(wcscspn);
OWDF_EXPORT wchar_t *_wcsupr(wchar_t *text) OWDF_CRT(_wcsupr);
OWDF_EXPORT wchar_t *_wcslwr(wchar_t *text) OWDF_CRT(_wcslwr);
OWDF_EXPORT wchar_t *_wcsrev(wchar_t *text) OWDF_CRT(_wcsrev);
OWDF_EXPORT wchar_t *_wcsset(wchar_t *text, wchar_t c) OWDF_CRT(_wcsset);
OWDF_EXPORT wchar_t *_wcsnset(wchar_t *text, wchar_t c, size_t count) OWDF_CRT(_wcsnset);
OWDF_EXPORT errno_t wcscpy_s(wchar_t *to, rsize_t size, const wchar_t *from) OWDF_CRT(wcscpy_s);
OWDF_EXPORT errno_t wcsncpy_s(wchar_t *to, rsize_t size, const wchar_t *from, rsize_t most)
    OWDF_CRT(wcsncpy_s);
OWDF_EXPORT errno_t wcscat_s(wchar_t *to, rsize_t size, const wchar_t *from) OWDF_CRT(wcscat_s);
OWDF_EXPORT errno_t wcsncat_s(wchar_t *to, rsize_t size, const wchar_t *from, rsize_t most)
    OWDF_CRT(wcsncat_s);
OWDF_EXPORT wchar_t *wmemcpy(wchar_t *to, const wchar_t *from, size_t count) OWDF_CRT(wmemcpy);
OWDF_EXPORT wchar_t *wmemset(wchar_t *to, wchar_t c, size_t count) OWDF_CRT(wmemset);

/* Wide characters. */
OWDF_EXPORT unsigned int towupper(unsigned int c) OWDF_CRT(towupper);
OWDF_EXPORT unsigned int towlower(unsigned int c) OWDF_CRT(towlower);

/* Numbers. What does not fit in 32 bits is cut off at their limits, as Windows' `long` has it. */
OWDF_EXPORT int _wtoi(const wchar_t *text) OWDF_CRT(_wtoi);
OWDF_EXPORT int _wtol(const wchar_t *text) OWDF_CRT(_wtol);
OWDF_EXPORT __int64 _wtoi64(const wchar_t *text) OWDF_CRT(_wtoi64);
OWDF_EXPORT __int64 _atoi64(const char *text) OWDF_CRT(_atoi64);
OWDF_EXPORT long wcstol(const wchar_t *text, wchar_t **end, int base) OWDF_CRT(wcstol);
OWDF_EXPORT unsigned long wcstoul(const wchar_t *text, wchar_t **end, int base) OWDF_CRT(wcstoul);
OWDF_EXPORT __int64 _wcstoi64(const wchar_t *text, wchar_t **end, int base) OWDF_CRT(_wcstoi64);
OWDF_EXPORT unsigned __int64 _wcstoui64(const wchar_t *text, wchar_t **end, int base)
    OWDF_CRT(_wcstoui64);
OWDF_EXPORT wchar_t *_itow(int value, wchar_t *buffer, int radix) OWDF_CRT(_itow);
OWDF_EXPORT wchar_t *_ultow(unsigned int value, wchar_t *buffer, int radix) OWDF_CRT(_ultow);
OWDF_EXPORT wchar_t *_i64tow(__int64 value, wchar_t *buffer, int radix) OWDF_CRT(_i64tow);
OWDF_EXPORT char *_itoa(int value, char *buffer, int radix) OWDF_CRT(_itoa);
OWDF_EXPORT char *_ultoa(unsigned int value, char *buffer, int radix) OWDF_CRT(_ultoa);
OWDF_EXPORT char *_i64toa(__int64 value, char *buffer, int radix) OWDF_CRT(_i64toa);

/* Narrow strings beyond the C library's. */
OWDF_EXPORT size_t strnlen(const char *text, size_t most) OWDF_CRT(strnlen);
OWDF_EXPORT int _stricmp(const char *a, const char *b) OWDF_CRT(_stricmp);
OWDF_EXPORT int _strnicmp(const char *a, const char *b, size_t most) OWDF_CRT(_strnicmp);
/* Declared by Microsoft's <string.h>; the kernel has no such function. */
extern char *_strdup(const char *text);
OWDF_EXPORT char *_strupr(char *text) OWDF_CRT(_strupr);
OWDF_EXPORT char *_strlwr(char *text) OWDF_CRT(_strlwr);
OWDF_EXPORT char *_strrev(char *text) OWDF_CRT(_strrev);
OWDF_EXPORT char *_strset(char *text, int c) OWDF_CRT(_strset);
OWDF_EXPORT char *_strnset(char *text, int c, size_t count) OWDF_CRT(_strnset);
OWDF_EXPORT errno_t strcpy_s(char *to, rsize_t size, const char *from) OWDF_CRT(strcpy_s);
OWDF_EXPORT errno_t strncpy_s(char *to, rsize_t size, const char *from, rsize_t most)
    OWDF_CRT(strncpy_s);
OWDF_EXPORT errno_t strcat_s(char *to, rsize_t size, const char *from) OWDF_CRT(strcat_s);
OWDF_EXPORT errno_t strncat_s(char *to, rsize_t size, const char *from, rsize_t most)
    OWDF_CRT(strncat_s);
OWDF_EXPORT errno_t memcpy_s(void *to, rsize_t size, const void *from, rsize_t count)
    OWDF_CRT(memcpy_s);
OWDF_EXPORT errno_t memmove_s(void *to, rsize_t size, const void *from, rsize_t count)
    OWDF_CRT(memmove_s);
OWDF_EXPORT int _memicmp(const void *a, const void *b, size_t count) OWDF_CRT(_memicmp);
#define _TRUNCATE ((size_t)-1)

/* Formatted text. */
OWDF_EXPORT int sprintf(char *buffer, const char *format, ...) OWDF_CRT(sprintf);
OWDF_EXPORT int vsprintf(char *buffer, const char *format, va_list arguments) OWDF_CRT(vsprintf);
OWDF_EXPORT int snprintf(char *buffer, size_t size, const char *format, ...) OWDF_CRT(snprintf);
OWDF_EXPORT int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
    OWDF_CRT(vsnprintf);
OWDF_EXPORT int _snprintf(char *buffer, size_t size, const char *format, ...) OWDF_CRT(_snprintf);
OWDF_EXPORT int _vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
    OWDF_CRT(_vsnprintf);
OWDF_EXPORT int sprintf_s(char *buffer, size_t size, const char *format, ...) OWDF_CRT(sprintf_s);
OWDF_EXPORT int vsprintf_s(char *buffer, size_t size, const char *format, va_list arguments)
    OWDF_CRT(vsprintf_s);
OWDF_EXPORT int _snprintf_s(char *buffer, size_t size, size_t most, const char *format, ...)
    OWDF_CRT(_snprintf_s);
OWDF_EXPORT int _vsnprintf_s(char *buffer, size_t size, size_t most, const char *format,
                             va_list arguments) OWDF_CRT(_vsnprintf_s);
OWDF_EXPORT int swprintf(wchar_t *buffer, size_t size, const wchar_t *format, ...)
    OWDF_CRT(swprintf);
OWDF_EXPORT int vswprintf(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
    OWDF_CRT(vswprintf);
OWDF_EXPORT int _swprintf(wchar_t *buffer, const wchar_t *format, ...) OWDF_CRT(_swprintf);
OWDF_EXPORT int _snwprintf(wchar_t *buffer, size_t size, const wchar_t *format, ...)
    OWDF_CRT(_snwprintf);
OWDF_EXPORT int _vsnwprintf(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
    OWDF_CRT(_vsnwprintf);
OWDF_EXPORT int swprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, ...)
    OWDF_CRT(swprintf_s);
OWDF_EXPORT int vswprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
    OWDF_CRT(vswprintf_s);
OWDF_EXPORT int _snwprintf_s(wchar_t *buffer, size_t size, size_t most, const wchar_t *format, ...)
    OWDF_CRT(_snwprintf_s);
OWDF_EXPORT int _vsnwprintf_s(wchar_t *buffer, size_t size, size_t most, const wchar_t *format,
                              va_list arguments) OWDF_CRT(_vsnwprintf_s);

#ifdef __cplusplus
}

extern "C++" {
/* MSVC's C++ has swprintf without a size too. */
OWDF_EXPORT int swprintf(wchar_t *buffer, const wchar_t *format, ...) OWDF_CRT(_swprintf);
/* And the secure functions without the size of an array. */
template <size_t N>
inline errno_t
wcscpy_s(wchar_t (&to)[N], const wchar_t *from)
{
    return wcscpy_s(to, N, from);
}
template <size_t N>
inline errno_t
wcscat_s(wchar_t (&to)[N], const wchar_t *from)
{
    return wcscat_s(to, N, from);
}
template <size_t N>
inline errno_t
wcsncpy_s(wchar_t (&to)[N], const wchar_t *from, rsize_t most)
{
    return wcsncpy_s(to, N, from, most);
}
template <size_t N>
inline errno_t
strncpy_s(char (&to)[N], const char *from, rsize_t most)
{
    return strncpy_s(to, N, from, most);
}
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
}
#endif

#endif
