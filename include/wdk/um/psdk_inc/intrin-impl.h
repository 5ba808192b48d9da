/* SPDX-License-Identifier: MIT */
/* mingw-w64's headers expect the compiler's intrinsics by this name; openwdf_interlocked.h has them. */
#include <openwdf_interlocked.h>
