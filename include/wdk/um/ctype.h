/* SPDX-License-Identifier: MIT */
/* The C library's <ctype.h>, and Microsoft's names beside it. */
#ifndef OPENWDF_UM_CTYPE_H
#define OPENWDF_UM_CTYPE_H

#include_next <ctype.h>

#define __iscsym(c)  (isalnum(c) || (c) == '_')
#define __iscsymf(c) (isalpha(c) || (c) == '_')
#ifndef __isascii
#define __isascii(c) ((unsigned)(c) < 0x80)
#endif
#ifndef __toascii
#define __toascii(c) ((c)&0x7f)
#endif

#endif
