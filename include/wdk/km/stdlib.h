/* SPDX-License-Identifier: MIT */
/* The C library's <stdlib.h>, and what Microsoft's has beside it. */
#ifndef OPENWDF_KM_STDLIB_H
#define OPENWDF_KM_STDLIB_H

#include_next <stdlib.h>

#include <openwdf_crt.h>

#if !defined(__cplusplus) && !defined(min)
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#define _byteswap_ushort(v) __builtin_bswap16(v)
#define _byteswap_ulong(v)  __builtin_bswap32(v)
#define _byteswap_uint64(v) __builtin_bswap64(v)
#define _MAX_PATH           260

#endif
