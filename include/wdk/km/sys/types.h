/* SPDX-License-Identifier: MIT */
/*
 * <sys/types.h> as Microsoft's C library has it: little more than the types of its <sys/stat.h>. POSIX's (int8_t, struct
 * timespec …) are not there: drivers that are written for several systems define them where they know Windows. `wdf build`
 * defines OPENWDF_NO_POSIX for drivers in C; a program that is a driver and more, as tests are, gets both.
 */
#if !defined(OPENWDF_NO_POSIX) || defined(__cplusplus)
#include_next <sys/types.h>
#elif !defined(OPENWDF_KM_SYS_TYPES_H)
#define OPENWDF_KM_SYS_TYPES_H

typedef unsigned short _ino_t;
typedef unsigned int _dev_t;
typedef int _off_t; /* Windows' long. */

#endif
