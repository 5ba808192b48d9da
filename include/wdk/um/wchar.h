/* SPDX-License-Identifier: MIT */
/*
 * The C library's <wchar.h> with its functions bound to 16-bit ones: the library's own would read two
 * characters at a time.
 */
#ifndef OPENWDF_UM_WCHAR_H
#define OPENWDF_UM_WCHAR_H

#include_next <wchar.h>

#ifdef __cplusplus
extern "C" {
#endif

extern size_t wcslen(const wchar_t *text) __asm__("owdf_wcslen");
extern size_t wcsnlen(const wchar_t *text, size_t most) __asm__("owdf_wcsnlen");
extern wchar_t *wcscpy(wchar_t *to, const wchar_t *from) __asm__("owdf_wcscpy");
extern wchar_t *wcsncpy(wchar_t *to, const wchar_t *from, size_t most) __asm__("owdf_wcsncpy");
extern wchar_t *wcscat(wchar_t *to, const wchar_t *from) __asm__("owdf_wcscat");
extern int wcscmp(const wchar_t *a, const wchar_t *b) __asm__("owdf_wcscmp");
extern int wcsncmp(const wchar_t *a, const wchar_t *b, size_t most) __asm__("owdf_wcsncmp");
extern int _wcsicmp(const wchar_t *a, const wchar_t *b) __asm__("owdf__wcsicmp");
extern int _wcsnicmp(const wchar_t *a, const wchar_t *b, size_t most) __asm__("owdf__wcsnicmp");
extern unsigned long wcstoul(const wchar_t *text, wchar_t **end, int base) __asm__("owdf_wcstoul");
extern long wcstol(const wchar_t *text, wchar_t **end, int base) __asm__("owdf_wcstol");
extern int wcscpy_s(wchar_t *to, size_t size, const wchar_t *from) __asm__("owdf_wcscpy_s");
extern int wcscat_s(wchar_t *to, size_t size, const wchar_t *from) __asm__("owdf_wcscat_s");
extern int swprintf(wchar_t *buffer, size_t size, const wchar_t *format,
                    ...) __asm__("owdf_swprintf");
extern int wprintf(const wchar_t *format, ...) __asm__("owdf_wprintf");
#ifndef __cplusplus
extern wchar_t *wcschr(const wchar_t *text, wchar_t c) __asm__("owdf_wcschr");
extern wchar_t *wcsrchr(const wchar_t *text, wchar_t c) __asm__("owdf_wcsrchr");
extern wchar_t *wcsstr(const wchar_t *text, const wchar_t *part) __asm__("owdf_wcsstr");
#endif

#ifdef __cplusplus
}
#endif

#endif
