/* SPDX-License-Identifier: MIT */
/* The C library's <stdlib.h>, and what Microsoft's has beside it. POSIX's types do not come along; see sys/types.h. */
#ifndef OPENWDF_KM_STDLIB_H
#define OPENWDF_KM_STDLIB_H

#include <limits.h>
#if defined(__GLIBC__) && defined(OPENWDF_NO_POSIX) && !defined(__cplusplus)
/* Its own declarations want these two. */
#include <bits/types.h>
#pragma push_macro("int32_t")
#undef int32_t
#define int32_t __int32_t
#include_next <stdlib.h>
#pragma pop_macro("int32_t")
#else
#include_next <stdlib.h>
#endif

#include <openwdf_crt.h>
#include <openwdf_intrinsics.h>

#if !defined(__cplusplus) && !defined(min)
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#define _MAX_PATH 260

#endif
