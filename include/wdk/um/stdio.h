/* SPDX-License-Identifier: MIT */
/*
 * The C library's <stdio.h>, with the printf family bound to functions that follow Windows' format
 * rules (%I64d, %ws, %S, 32-bit l) and know 16-bit wide strings.
 */
#ifndef OPENWDF_UM_STDIO_H
#define OPENWDF_UM_STDIO_H

/* glibc's inline variants of the printf family would be defined before ours are declared. */
#include <features.h>
#pragma push_macro("_FORTIFY_SOURCE")
#pragma push_macro("__USE_FORTIFY_LEVEL")
#pragma push_macro("__USE_EXTERN_INLINES")
#undef _FORTIFY_SOURCE
#undef __USE_FORTIFY_LEVEL
#undef __USE_EXTERN_INLINES
#include_next <stdio.h>
#pragma pop_macro("__USE_EXTERN_INLINES")
#pragma pop_macro("__USE_FORTIFY_LEVEL")
#pragma pop_macro("_FORTIFY_SOURCE")

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OWDF_CRT(name) __asm__("owdf_" #name)

extern int printf(const char *format, ...) OWDF_CRT(printf);
extern int fprintf(FILE *stream, const char *format, ...) OWDF_CRT(fprintf);
extern int sprintf(char *buffer, const char *format, ...) OWDF_CRT(sprintf);
extern int snprintf(char *buffer, size_t size, const char *format, ...) OWDF_CRT(snprintf);
extern int vprintf(const char *format, va_list arguments) OWDF_CRT(vprintf);
extern int vfprintf(FILE *stream, const char *format, va_list arguments) OWDF_CRT(vfprintf);
extern int vsprintf(char *buffer, const char *format, va_list arguments) OWDF_CRT(vsprintf);
extern int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
    OWDF_CRT(vsnprintf);
extern int _snprintf(char *buffer, size_t size, const char *format, ...) OWDF_CRT(_snprintf);
extern int _vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
    OWDF_CRT(_vsnprintf);
extern int sprintf_s(char *buffer, size_t size, const char *format, ...) OWDF_CRT(sprintf_s);
extern int printf_s(const char *format, ...) OWDF_CRT(printf);
extern int fprintf_s(FILE *stream, const char *format, ...) OWDF_CRT(fprintf);

extern int wprintf(const wchar_t *format, ...) OWDF_CRT(wprintf);
extern int fwprintf(FILE *stream, const wchar_t *format, ...) OWDF_CRT(fwprintf);
extern int vwprintf(const wchar_t *format, va_list arguments) OWDF_CRT(vwprintf);
extern int swprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, ...)
    OWDF_CRT(swprintf_s);
extern int _snwprintf(wchar_t *buffer, size_t size, const wchar_t *format, ...)
    OWDF_CRT(_snwprintf);

extern int fopen_s(FILE **stream, const char *name, const char *mode) OWDF_CRT(fopen_s);

#define _fileno fileno

#ifdef __cplusplus
}
#endif

#endif
