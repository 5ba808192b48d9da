/* SPDX-License-Identifier: MIT */
/* Time: virtual under the simulation, the system's otherwise. */
#ifndef OPENWDF_SYS_CLOCK_H
#define OPENWDF_SYS_CLOCK_H

#include <stdint.h>

/* Nanoseconds since an arbitrary start; never goes back. */
uint64_t sys_now_ns(void);

/* Wall-clock time in 100 ns units since 1601-01-01 00:00 UTC, as Windows counts it. */
uint64_t sys_wallclock_100ns(void);

/* Sleeps until sys_now_ns() >= deadline_ns. */
void sys_sleep_until(uint64_t deadline_ns);

/* Busy-waits, for delays of a few microseconds. */
void sys_stall_ns(uint64_t duration_ns);

#endif
