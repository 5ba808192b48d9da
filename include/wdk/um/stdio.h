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
/* Nor may it bind the scanf family to its own variants. */
#include <features.h>
#pragma push_macro("__GLIBC_USE_DEPRECATED_SCANF")
#undef __GLIBC_USE_DEPRECATED_SCANF
#define __GLIBC_USE_DEPRECATED_SCANF 1
#include_next <stdio.h>
#pragma pop_macro("__GLIBC_USE_DEPRECATED_SCANF")
#pragma pop_macro("__USE_EXTERN_INLINES")
#pragma pop_macro("__USE_FORTIFY_LEVEL")
#pragma pop_macro("_FORTIFY_SOURCE")

#include <openwdf_crtdefs.h>
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

extern int vswprintf_s(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
    OWDF_CRT(vswprintf_s);
extern int vsprintf_s(char *buffer, size_t size, const char *format, va_list arguments)
    OWDF_CRT(vsprintf_s);
extern int _vsnwprintf(wchar_t *buffer, size_t size, const wchar_t *format, va_list arguments)
    OWDF_CRT(_vsnwprintf);
extern int vfwprintf(FILE *stream, const wchar_t *format, va_list arguments) OWDF_CRT(vfwprintf);
extern int _snprintf_s(char *buffer, size_t size, size_t most, const char *format, ...)
    OWDF_CRT(_snprintf_s);
extern int _snwprintf_s(wchar_t *buffer, size_t size, size_t most, const wchar_t *format, ...)
    OWDF_CRT(_snwprintf_s);
extern int _vsnprintf_s(char *buffer, size_t size, size_t most, const char *format,
                        va_list arguments) OWDF_CRT(_vsnprintf_s);
extern int _vsnwprintf_s(wchar_t *buffer, size_t size, size_t most, const wchar_t *format,
                         va_list arguments) OWDF_CRT(_vsnwprintf_s);
extern int _scprintf(const char *format, ...) OWDF_CRT(_scprintf);
extern int _vscprintf(const char *format, va_list arguments) OWDF_CRT(_vscprintf);
extern int wprintf_s(const wchar_t *format, ...) OWDF_CRT(wprintf);
extern int fwprintf_s(FILE *stream, const wchar_t *format, ...) OWDF_CRT(fwprintf);

/* Reading: l is 32 bits wide here too, and the _s variants take a size after each string. */
extern int scanf_s(const char *format, ...) OWDF_CRT(scanf_s);
extern int sscanf_s(const char *text, const char *format, ...) OWDF_CRT(sscanf_s);
extern int fscanf_s(FILE *stream, const char *format, ...) OWDF_CRT(fscanf_s);
extern int wscanf_s(const wchar_t *format, ...) OWDF_CRT(wscanf_s);
extern int scanf(const char *format, ...) OWDF_CRT(scanf);
extern int sscanf(const char *text, const char *format, ...) OWDF_CRT(sscanf);
extern int fscanf(FILE *stream, const char *format, ...) OWDF_CRT(fscanf);
extern char *gets_s(char *line, size_t size) OWDF_CRT(gets_s);
extern wchar_t *_getws_s(wchar_t *line, size_t size) OWDF_CRT(_getws_s);
extern wchar_t *fgetws(wchar_t *line, int size, FILE *stream) OWDF_CRT(fgetws);
extern int fputws(const wchar_t *text, FILE *stream) OWDF_CRT(fputws);
extern int _putws(const wchar_t *text) OWDF_CRT(_putws);
extern FILE *_wfopen(const wchar_t *name, const wchar_t *mode) OWDF_CRT(_wfopen);
extern int _wfopen_s(FILE **stream, const wchar_t *name, const wchar_t *mode) OWDF_CRT(_wfopen_s);
extern int fopen_s(FILE **stream, const char *name, const char *mode) OWDF_CRT(fopen_s);

#define _fileno     fileno
#define _flushall() fflush(NULL)
#define _fseeki64   fseeko
#define _ftelli64   ftello

#ifdef __cplusplus
}

/* In C++ the size of an array need not be said. */
extern "C++" {
template <size_t N, typename... Arguments>
inline int
sprintf_s(char (&buffer)[N], const char *format, Arguments... arguments)
{
    return sprintf_s(buffer, N, format, arguments...);
}
template <size_t N, typename... Arguments>
inline int
swprintf_s(wchar_t (&buffer)[N], const wchar_t *format, Arguments... arguments)
{
    return swprintf_s(buffer, N, format, arguments...);
}
}
#endif

#endif
