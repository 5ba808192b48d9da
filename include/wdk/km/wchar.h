/* SPDX-License-Identifier: MIT */
/* The C library's <wchar.h>, with its 32-bit functions out of the way of ours. */
#ifndef OPENWDF_KM_WCHAR_H
#define OPENWDF_KM_WCHAR_H

#define wcslen    owdf_libc_wcslen
#define wcsnlen   owdf_libc_wcsnlen
#define wcscpy    owdf_libc_wcscpy
#define wcsncpy   owdf_libc_wcsncpy
#define wcscat    owdf_libc_wcscat
#define wcsncat   owdf_libc_wcsncat
#define wcscmp    owdf_libc_wcscmp
#define wcsncmp   owdf_libc_wcsncmp
#define wcschr    owdf_libc_wcschr
#define wcsrchr   owdf_libc_wcsrchr
#define wcsstr    owdf_libc_wcsstr
#define wcspbrk   owdf_libc_wcspbrk
#define wcsspn    owdf_libc_wcsspn
#define wcscspn   owdf_libc_wcscspn
#define wmemcpy   owdf_libc_wmemcpy
#define wmemset   owdf_libc_wmemset
#define swprintf  owdf_libc_swprintf
#define vswprintf owdf_libc_vswprintf
#define wcstol    owdf_libc_wcstol
#define wcstoul   owdf_libc_wcstoul
#include_next <wchar.h>
#undef wcslen
#undef wcsnlen
#undef wcscpy
#undef wcsncpy
#undef wcscat
#undef wcsncat
#undef wcscmp
#undef wcsncmp
#undef wcschr
#undef wcsrchr
#undef wcsstr
#undef wcspbrk
#undef wcsspn
#undef wcscspn
#undef wmemcpy
#undef wmemset
#undef swprintf
#undef vswprintf
#undef wcstol
#undef wcstoul

#include <openwdf_crt.h>

#endif
