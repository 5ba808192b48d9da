/* SPDX-License-Identifier: MIT */
/*
 * <time.h> as Microsoft's kit has it for drivers: the types. The kernel has no functions of it, and no struct timespec: see
 * sys/types.h.
 */
#include <limits.h> /* __GLIBC__ */
#if !defined(__GLIBC__) || !defined(OPENWDF_NO_POSIX) || defined(__cplusplus)
#include_next <time.h>
#elif !defined(OPENWDF_KM_TIME_H)
#define OPENWDF_KM_TIME_H

#include <bits/types/clock_t.h>
#include <bits/types/struct_tm.h>
#include <bits/types/time_t.h>
#include <stddef.h>

#endif
