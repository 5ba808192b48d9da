/* SPDX-License-Identifier: MIT */
/* The C library's <stdlib.h>; rand() gives 15 bits as on Windows, where sources count on it. */
#ifndef OPENWDF_UM_STDLIB_H
#define OPENWDF_UM_STDLIB_H

#include <limits.h>
#include_next <stdlib.h>
#include <openwdf_crtdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

#undef RAND_MAX
#define RAND_MAX 0x7fff
extern int rand(void) __asm__("owdf_rand");
extern void srand(unsigned seed) __asm__("owdf_srand");
extern errno_t rand_s(unsigned *value) __asm__("owdf_rand_s");
extern int _wtoi(const wchar_t *text) __asm__("owdf__wtoi");

#ifndef __cplusplus
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif
extern errno_t _itoa_s(int value, char *text, size_t size, int base) __asm__("owdf__itoa_s");
extern errno_t _itow_s(int value, wchar_t *text, size_t size, int base) __asm__("owdf__itow_s");
extern char *_itoa(int value, char *text, int base) __asm__("owdf__itoa");
extern wchar_t *_itow(int value, wchar_t *text, int base) __asm__("owdf__itow");
extern errno_t _splitpath_s(const char *path, char *drive, size_t drive_size, char *folder,
                            size_t folder_size, char *name, size_t name_size, char *extension,
                            size_t extension_size) __asm__("owdf__splitpath_s");
#ifndef _byteswap_ushort
#define _byteswap_ushort(v) __builtin_bswap16(v)
#define _byteswap_ulong(v)  __builtin_bswap32(v)
#define _byteswap_uint64(v) __builtin_bswap64(v)
#endif
#define _atoi64       atoll
#define _strtoui64    strtoull
#define _strtoi64     strtoll
#define _set_errno(e) ((void)(errno = (e)))

#ifdef __cplusplus
}
#endif

#endif
