/* SPDX-License-Identifier: MIT */
/* The C library's <stdio.h>, with its formatting into buffers out of the way of ours. */
#ifndef OPENWDF_KM_STDIO_H
#define OPENWDF_KM_STDIO_H

#define sprintf   owdf_libc_sprintf
#define vsprintf  owdf_libc_vsprintf
#define snprintf  owdf_libc_snprintf
#define vsnprintf owdf_libc_vsnprintf
#pragma push_macro("_FORTIFY_SOURCE")
#undef _FORTIFY_SOURCE
#include_next <stdio.h>
#pragma pop_macro("_FORTIFY_SOURCE")
#undef sprintf
#undef vsprintf
#undef snprintf
#undef vsnprintf

#include <openwdf_crt.h>

#endif
