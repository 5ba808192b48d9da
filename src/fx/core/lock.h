/* SPDX-License-Identifier: MIT */
/*
 * Internal locks of the framework: short, leaf, never held across a driver's callback, and
 * independent of the IRQL. Builds with a sanitizer count them per thread, so that
 * fx_callback_begin can tell.
 */
#ifndef OPENWDF_FX_CORE_LOCK_H
#define OPENWDF_FX_CORE_LOCK_H

#include "base/assert.h"
#include "base/sanitizers.h"
#include "sys/lock.h"
#include "sys/thread.h"

#define FX_LOCK_CHECKS (BASE_ADDRESS_SANITIZER || BASE_THREAD_SANITIZER)

#if FX_LOCK_CHECKS
static inline void
fx_lock_count(intptr_t change)
{
    intptr_t held = (intptr_t)sys_slot_get(SYS_SLOT_FX) + change;

    sys_slot_set(SYS_SLOT_FX, (void *)held);
}
#else
static inline void
fx_lock_count(intptr_t change)
{
    (void)change;
}
#endif

static inline void
fx_lock(struct sys_lock *lock)
{
    sys_lock_acquire(lock);
    fx_lock_count(1);
}

static inline void
fx_unlock(struct sys_lock *lock)
{
    fx_lock_count(-1);
    sys_lock_release(lock);
}

static inline void
fx_lock_assert_none_held(void)
{
#if FX_LOCK_CHECKS
    base_assert(sys_slot_get(SYS_SLOT_FX) == NULL);
#endif
}

#endif
