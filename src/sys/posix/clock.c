/* SPDX-License-Identifier: MIT */
/* The system's clocks. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/hot.h"
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

BASE_HOT uint64_t
posix_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* ---- The quick clock ---- */

#if defined(__x86_64__)

#define LOOK_EVERY_NS 1000000u /* The counter alone is trusted for so long. */
#define CALIBRATE_NS  5000000u /* The counter's rate is taken over at least this. */

/* ns for a tick, times 2^32; 0: not known yet. All relaxed: any of the values seen will do. */
static uint64_t tick_rate;
static uint64_t ticks_for_look; /* LOOK_EVERY_NS. */
static uint64_t first_ticks, first_ns;
static uint32_t counter_state; /* 0: not looked, 1: trusted, 2: not trusted. */

static bool
counter_trusted(void)
{
    uint32_t state = atomic_load_relaxed_u32(&counter_state);

    if (state == 0) {
        char name[16] = "";
        int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                      O_RDONLY | O_CLOEXEC);

        if (fd >= 0) {
            (void)!read(fd, name, sizeof(name) - 1);
            close(fd);
        }
        state = strcmp(name, "tsc\n") == 0 ? 1 : 2;
        atomic_store_relaxed_u32(&counter_state, state);
    }
    return state == 1;
}

/* A look at the real clock; now and then the counter's rate is measured. */
static uint64_t
look(struct sys_quick_clock *clock, uint64_t ticks)
{
    uint64_t ns = posix_now_ns(), began = atomic_load_relaxed_u64(&first_ns);

    if (began == 0) {
        atomic_store_relaxed_u64(&first_ticks, ticks);
        atomic_store_relaxed_u64(&first_ns, ns);
    } else if (atomic_load_relaxed_u64(&tick_rate) == 0 && ns - began >= CALIBRATE_NS &&
               ticks > atomic_load_relaxed_u64(&first_ticks)) {
        unsigned __int128 passed = (unsigned __int128)(ns - began) << 32;
        uint64_t rate = (uint64_t)(passed / (ticks - atomic_load_relaxed_u64(&first_ticks)));

        if (rate != 0) {
            atomic_store_relaxed_u64(&ticks_for_look, ((uint64_t)LOOK_EVERY_NS << 32) / rate);
            atomic_store_relaxed_u64(&tick_rate, rate);
        }
    }
    clock->ticks = ticks;
    clock->ns = ns;
    clock->last_ns = ns > clock->last_ns ? ns : clock->last_ns;
    return clock->last_ns;
}

uint64_t
posix_quick_now_ns(struct sys_quick_clock *clock)
{
    uint64_t ticks = __builtin_ia32_rdtsc(), since = ticks - clock->ticks;
    uint64_t rate = atomic_load_relaxed_u64(&tick_rate), ns;

    if (rate == 0 || since > atomic_load_relaxed_u64(&ticks_for_look)) {
        return counter_trusted() ? look(clock, ticks) : posix_now_ns();
    }
    ns = clock->ns + (since * rate >> 32);
    if (ns > clock->last_ns) {
        clock->last_ns = ns;
    }
    return clock->last_ns;
}

#else

uint64_t
posix_quick_now_ns(struct sys_quick_clock *clock)
{
    (void)clock;
    return posix_now_ns();
}

#endif

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
