/* SPDX-License-Identifier: MIT */
/* Time: the choice between the back ends. */
#include "sys/clock.h"

#include "base/hot.h"
#include "sys/posix/posix_priv.h"
#include "sys/sim/sim_priv.h"
#include "sys/sys_priv.h"

BASE_HOT uint64_t
sys_now_ns(void)
{
    return sys_simulated() ? sim_now_ns() : posix_now_ns();
}

uint64_t
sys_quick_now_ns(struct sys_quick_clock *clock)
{
    return sys_simulated() ? sim_now_ns() : posix_quick_now_ns(clock);
}

uint64_t
sys_wallclock_100ns(void)
{
    return sys_simulated() ? sim_wallclock_100ns() : posix_wallclock_100ns();
}

void
sys_sleep_until(uint64_t deadline_ns)
{
    if (sys_simulated()) {
        sim_sleep_until(deadline_ns);
    } else {
        posix_sleep_until(deadline_ns);
    }
}

void
sys_stall_ns(uint64_t duration_ns)
{
    if (sys_simulated()) {
        sim_sleep_for(duration_ns);
    } else {
        posix_stall_ns(duration_ns);
    }
}
