/* SPDX-License-Identifier: MIT */
/* The C library's <stdlib.h>; rand() gives 15 bits as on Windows, where sources count on it. */
#ifndef OPENWDF_UM_STDLIB_H
#define OPENWDF_UM_STDLIB_H

#include_next <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

#undef RAND_MAX
#define RAND_MAX 0x7fff
extern int rand(void) __asm__("owdf_rand");
extern void srand(unsigned seed) __asm__("owdf_srand");
extern int _wtoi(const wchar_t *text) __asm__("owdf__wtoi");

#ifndef _countof
#define _countof(a) (sizeof(a) / sizeof((a)[0]))
#endif
#define _MAX_PATH 260

#ifdef __cplusplus
}
#endif

#endif
