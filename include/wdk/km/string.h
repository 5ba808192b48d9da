/* SPDX-License-Identifier: MIT */
/* The C library's <string.h>, and what Microsoft's has beside it. */
#ifndef OPENWDF_KM_STRING_H
#define OPENWDF_KM_STRING_H

#define strnlen owdf_libc_strnlen
#include_next <string.h>
#undef strnlen

#include <openwdf_crt.h>

#endif
