/* SPDX-License-Identifier: MIT */
/* Time: virtual under the simulation, the system's otherwise. */
#ifndef OPENWDF_SYS_CLOCK_H
#define OPENWDF_SYS_CLOCK_H

#include <stdint.h>

/* Nanoseconds since an arbitrary start; never goes back. */
uint64_t sys_now_ns(void);

/*
 * The same clock for who asks millions of times a second: between two looks at it, a millisecond apart, the time is
 * taken from the processor's counter, when the system trusts that too; so it may be off by about a microsecond, but
 * never goes back for one user of it. The structure belongs to one thread; all zero at first.
 */
struct sys_quick_clock {
    uint64_t ticks; /* At the last look. */
    uint64_t ns;
    uint64_t last_ns; /* What was told last. */
};

uint64_t sys_quick_now_ns(struct sys_quick_clock *clock);

/* Wall-clock time in 100 ns units since 1601-01-01 00:00 UTC, as Windows counts it. */
uint64_t sys_wallclock_100ns(void);

/* Sleeps until sys_now_ns() >= deadline_ns. */
void sys_sleep_until(uint64_t deadline_ns);

/* Busy-waits, for delays of a few microseconds. */
void sys_stall_ns(uint64_t duration_ns);

#endif
