/* SPDX-License-Identifier: MIT */
/* The system's clocks. */
#define _GNU_SOURCE
#include <time.h>

#include "sys/posix/posix_priv.h"

/* From 1601-01-01 to 1970-01-01. */
#define EPOCH_DIFFERENCE_100NS UINT64_C(116444736000000000)

static uint64_t
read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t
posix_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t
posix_wallclock_100ns(void)
{
    return read_clock(CLOCK_REALTIME) / 100 + EPOCH_DIFFERENCE_100NS;
}

void
posix_sleep_until(uint64_t deadline_ns)
{
    struct timespec deadline = posix_timespec(deadline_ns);

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) != 0) {
    }
}

void
posix_stall_ns(uint64_t duration_ns)
{
    uint64_t end = posix_now_ns() + duration_ns;

    while (posix_now_ns() < end) {
        posix_pause();
    }
}
