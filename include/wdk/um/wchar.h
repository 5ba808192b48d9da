/* SPDX-License-Identifier: MIT */
/*
 * The C library's <wchar.h> with its functions bound to 16-bit ones: the library's own would read two
 * characters at a time.
 */
#ifndef OPENWDF_UM_WCHAR_H
#define OPENWDF_UM_WCHAR_H

/* Nor may it bind the scanf family to its own variants. */
#include <features.h>
#pragma push_macro("__GLIBC_USE_DEPRECATED_SCANF")
#undef __GLIBC_USE_DEPRECATED_SCANF
#define __GLIBC_USE_DEPRECATED_SCANF 1
/* Those that C++ has twice are bound by the library already. */
#define wcschr  owdf_libc_wcschr
#define wcsrchr owdf_libc_wcsrchr
#define wcsstr  owdf_libc_wcsstr
#define wcspbrk owdf_libc_wcspbrk
#include_next <wchar.h>
#undef wcschr
#undef wcsrchr
#undef wcsstr
#undef wcspbrk
#pragma pop_macro("__GLIBC_USE_DEPRECATED_SCANF")
#include <openwdf_crtdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

extern size_t wcslen(const wchar_t *text) __asm__("owdf_wcslen");
extern size_t wcsnlen(const wchar_t *text, size_t most) __asm__("owdf_wcsnlen");
#define wcsnlen_s(text, most) ((text) != NULL ? wcsnlen(text, most) : 0)
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
extern errno_t wcsncpy_s(wchar_t *to, size_t size, const wchar_t *from,
                         size_t most) __asm__("owdf_wcsncpy_s");
extern errno_t wcsncat_s(wchar_t *to, size_t size, const wchar_t *from,
                         size_t most) __asm__("owdf_wcsncat_s");
extern wchar_t *wcsncat(wchar_t *to, const wchar_t *from, size_t most) __asm__("owdf_wcsncat");
extern wchar_t *wcstok_s(wchar_t *text, const wchar_t *delimiters,
                         wchar_t **context) __asm__("owdf_wcstok_s");
extern size_t wcsspn(const wchar_t *text, const wchar_t *set) __asm__("owdf_wcsspn");
extern size_t wcscspn(const wchar_t *text, const wchar_t *set) __asm__("owdf_wcscspn");
extern wchar_t *_wcsdup(const wchar_t *text) __asm__("owdf__wcsdup");
extern wchar_t *_wcslwr(wchar_t *text) __asm__("owdf__wcslwr");
extern wchar_t *_wcsupr(wchar_t *text) __asm__("owdf__wcsupr");
extern unsigned long long _wcstoui64(const wchar_t *text, wchar_t **end,
                                     int base) __asm__("owdf__wcstoui64");
extern long long _wcstoi64(const wchar_t *text, wchar_t **end, int base) __asm__("owdf__wcstoi64");
extern int swscanf_s(const wchar_t *text, const wchar_t *format, ...) __asm__("owdf_swscanf_s");
extern int swscanf(const wchar_t *text, const wchar_t *format, ...) __asm__("owdf_swscanf");
extern int swprintf(wchar_t *buffer, size_t size, const wchar_t *format,
                    ...) __asm__("owdf_swprintf");
extern int wprintf(const wchar_t *format, ...) __asm__("owdf_wprintf");
#if defined(__cplusplus) && defined(__CORRECT_ISO_CPP_WCHAR_H_PROTO)
#define OWDF_TWICE(name, ...)                                                                      \
    extern "C++" wchar_t *name(wchar_t *text, __VA_ARGS__) __asm__("owdf_" #name);                 \
    extern "C++" const wchar_t *name(const wchar_t *text, __VA_ARGS__) __asm__("owdf_" #name)
#else
#define OWDF_TWICE(name, ...)                                                                      \
    extern wchar_t *name(const wchar_t *text, __VA_ARGS__) __asm__("owdf_" #name)
#endif
OWDF_TWICE(wcschr, wchar_t c);
OWDF_TWICE(wcsrchr, wchar_t c);
OWDF_TWICE(wcsstr, const wchar_t *part);
OWDF_TWICE(wcspbrk, const wchar_t *any);
#undef OWDF_TWICE

#ifdef __cplusplus
}

/* In C++ the size of an array need not be said. */
extern "C++" {
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
wcsncpy_s(wchar_t (&to)[N], const wchar_t *from, size_t most)
{
    return wcsncpy_s(to, N, from, most);
}
template <size_t N>
inline errno_t
wcsncat_s(wchar_t (&to)[N], const wchar_t *from, size_t most)
{
    return wcsncat_s(to, N, from, most);
}
}
#endif

#endif
