/* SPDX-License-Identifier: MIT */
/* What Microsoft's C run time defines in each of its headers. */
#ifndef OPENWDF_CRTDEFS_H
#define OPENWDF_CRTDEFS_H

#include <stddef.h>

typedef int errno_t;
typedef size_t rsize_t;

#define _TRUNCATE ((size_t)-1)
#ifndef _CRTIMP
#define _CRTIMP
#endif
#define __cdecl
#define _cdecl
#define _MAX_PATH  260
#define _MAX_DRIVE 3
#define _MAX_DIR   256
#define _MAX_FNAME 256
#define _MAX_EXT   256
#ifndef _countof
#define _countof(a) (sizeof(a) / sizeof((a)[0]))
#endif

#endif
