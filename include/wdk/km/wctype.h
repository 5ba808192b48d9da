/* SPDX-License-Identifier: MIT */
/* The C library's <wctype.h>, with its case mapping out of the way of ours. */
#ifndef OPENWDF_KM_WCTYPE_H
#define OPENWDF_KM_WCTYPE_H

#define towupper owdf_libc_towupper
#define towlower owdf_libc_towlower
#include_next <wctype.h>
#undef towupper
#undef towlower

#include <openwdf_crt.h>

#endif
