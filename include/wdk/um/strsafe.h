/* SPDX-License-Identifier: MIT */
/*
 * String functions that know their destination's size. …Cch… count characters, …Cb… bytes; the terminator
 * is included. On truncation the destination holds as much as fits, terminated, and the result is
 * STRSAFE_E_INSUFFICIENT_BUFFER.
 */
#ifndef _STRSAFE_H_INCLUDED_
#define _STRSAFE_H_INCLUDED_

#include <stdarg.h>
#include <stddef.h>
#include <windef.h>
#include <winbase.h>

#if defined(__cplusplus)
extern "C" {
#endif

typedef LPSTR STRSAFE_LPSTR;
typedef LPCSTR STRSAFE_LPCSTR, STRSAFE_PCNZCH;
typedef LPWSTR STRSAFE_LPWSTR;
typedef LPCWSTR STRSAFE_LPCWSTR, STRSAFE_PCNZWCH;

#define STRSAFE_MAX_CCH 2147483647
#ifndef STRSAFE_E_INSUFFICIENT_BUFFER
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER   ((HRESULT)0x80070057)
#define STRSAFE_E_END_OF_FILE         ((HRESULT)0x80070026)
#endif

#define STRSAFE_PAIR(name, params_a, params_w)                                                     \
    WINBASEAPI HRESULT name##A params_a;                                                           \
    WINBASEAPI HRESULT name##W params_w;

/* clang-format off */
STRSAFE_PAIR(StringCchCopy,    (LPSTR d, size_t n, LPCSTR s),             (LPWSTR d, size_t n, LPCWSTR s))
STRSAFE_PAIR(StringCbCopy,     (LPSTR d, size_t n, LPCSTR s),             (LPWSTR d, size_t n, LPCWSTR s))
STRSAFE_PAIR(StringCchCopyN,   (LPSTR d, size_t n, LPCSTR s, size_t most), (LPWSTR d, size_t n, LPCWSTR s, size_t most))
STRSAFE_PAIR(StringCbCopyN,    (LPSTR d, size_t n, LPCSTR s, size_t most), (LPWSTR d, size_t n, LPCWSTR s, size_t most))
STRSAFE_PAIR(StringCchCat,     (LPSTR d, size_t n, LPCSTR s),             (LPWSTR d, size_t n, LPCWSTR s))
STRSAFE_PAIR(StringCbCat,      (LPSTR d, size_t n, LPCSTR s),             (LPWSTR d, size_t n, LPCWSTR s))
STRSAFE_PAIR(StringCchLength,  (LPCSTR s, size_t most, size_t *length),   (LPCWSTR s, size_t most, size_t *length))
STRSAFE_PAIR(StringCbLength,   (LPCSTR s, size_t most, size_t *length),   (LPCWSTR s, size_t most, size_t *length))
STRSAFE_PAIR(StringCchPrintf,  (LPSTR d, size_t n, LPCSTR format, ...),   (LPWSTR d, size_t n, LPCWSTR format, ...))
STRSAFE_PAIR(StringCbPrintf,   (LPSTR d, size_t n, LPCSTR format, ...),   (LPWSTR d, size_t n, LPCWSTR format, ...))
STRSAFE_PAIR(StringCchVPrintf, (LPSTR d, size_t n, LPCSTR format, va_list arguments), (LPWSTR d, size_t n, LPCWSTR format, va_list arguments))
STRSAFE_PAIR(StringCbVPrintf,  (LPSTR d, size_t n, LPCSTR format, va_list arguments), (LPWSTR d, size_t n, LPCWSTR format, va_list arguments))
/* clang-format on */

#undef STRSAFE_PAIR

#ifdef UNICODE
#define StringCchCopy    StringCchCopyW
#define StringCbCopy     StringCbCopyW
#define StringCchCopyN   StringCchCopyNW
#define StringCbCopyN    StringCbCopyNW
#define StringCchCat     StringCchCatW
#define StringCbCat      StringCbCatW
#define StringCchLength  StringCchLengthW
#define StringCbLength   StringCbLengthW
#define StringCchPrintf  StringCchPrintfW
#define StringCbPrintf   StringCbPrintfW
#define StringCchVPrintf StringCchVPrintfW
#define StringCbVPrintf  StringCbVPrintfW
#else
#define StringCchCopy    StringCchCopyA
#define StringCbCopy     StringCbCopyA
#define StringCchCopyN   StringCchCopyNA
#define StringCbCopyN    StringCbCopyNA
#define StringCchCat     StringCchCatA
#define StringCbCat      StringCbCatA
#define StringCchLength  StringCchLengthA
#define StringCbLength   StringCbLengthA
#define StringCchPrintf  StringCchPrintfA
#define StringCbPrintf   StringCbPrintfA
#define StringCchVPrintf StringCchVPrintfA
#define StringCbVPrintf  StringCbVPrintfA
#endif

#if defined(__cplusplus)
}
#endif

#endif
