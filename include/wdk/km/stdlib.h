/* SPDX-License-Identifier: MIT */
/* The C library's <stdlib.h>, and what Microsoft's has beside it. */
#ifndef OPENWDF_KM_STDLIB_H
#define OPENWDF_KM_STDLIB_H

#include_next <stdlib.h>

#include <openwdf_crt.h>
#include <openwdf_intrinsics.h>

#if !defined(__cplusplus) && !defined(min)
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#define _MAX_PATH 260

#endif
