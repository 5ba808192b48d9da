/* SPDX-License-Identifier: MIT */
/*
 * The words that mingw-w64's headers lean on, for those of them that the build lets through
 * (include/wdk/mingw). Included before each of them.
 */
#ifndef OPENWDF_MINGW_H
#define OPENWDF_MINGW_H

#ifndef __MSABI_LONG
#define __MSABI_LONG(x) (x)
#endif
#ifndef __MINGW_EXTENSION
#define __MINGW_EXTENSION __extension__
#endif
#ifndef __GNU_EXTENSION
#define __GNU_EXTENSION __extension__
#endif
#ifndef __C89_NAMELESS
#define __C89_NAMELESS __extension__
#define __C89_NAMELESSSTRUCTNAME
#define __C89_NAMELESSSTRUCTNAME1
#define __C89_NAMELESSSTRUCTNAME2
#define __C89_NAMELESSSTRUCTNAME3
#define __C89_NAMELESSSTRUCTNAME4
#define __C89_NAMELESSSTRUCTNAME5
#define __C89_NAMELESSUNIONNAME
#define __C89_NAMELESSUNIONNAME1
#define __C89_NAMELESSUNIONNAME2
#define __C89_NAMELESSUNIONNAME3
#define __C89_NAMELESSUNIONNAME4
#define __C89_NAMELESSUNIONNAME5
#define __C89_NAMELESSUNIONNAME6
#define __C89_NAMELESSUNIONNAME7
#define __C89_NAMELESSUNIONNAME8
#endif
#ifndef _ANONYMOUS_UNION
#define _ANONYMOUS_UNION
#define _ANONYMOUS_STRUCT
#endif
/* A kernel driver has no narrow and wide variants: the wide names are meant. */
#if defined(_KERNEL_MODE) && !defined(__MINGW_TYPEDEF_AW)
#define __MINGW_TYPEDEF_AW(name)
#define __MINGW_NAME_AW(name) name##W
#endif
#ifndef __LONG32
#define __LONG32 int
#endif
#ifndef __MINGW_DEPRECATED
#define __MINGW_DEPRECATED
#endif
#ifndef DUMMYSTRUCTNAME7
#define DUMMYSTRUCTNAME7
#endif
#ifndef WINAPI_FAMILY_ONE_PARTITION
#define WINAPI_FAMILY_ONE_PARTITION(set, partition) (partition)
#endif

#endif
