/* SPDX-License-Identifier: MIT */
/*
 * Idle detection: why a device is to be in D0, since when there is no reason, and who waits for D0.
 *
 * The pair (references, in_d0) is used like Dekker's: whoever adds a reference looks at in_d0 afterwards,
 * the machine clears in_d0 before it looks at the references. So either the machine sees the
 * reference and stays, or the other one asks for D0. The same holds for (idle_since, timer_armed) between
 * the last release and the timer.
 */
#include "fx/core/lock.h"
#include "fx/pnp/device_priv.h"
#include "sys/memory.h"

#define DEFAULT_IDLE_TIMEOUT_MS 5000u
#define TICKS_PER_MS            10000u /* Interrupt time is in 100 ns. */

static uint64_t
idle_timeout_ticks(struct fx_device *device)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;
    ULONG timeout_ms;

    fx_lock(&device->lock);
    settings = device->policy.idle;
    fx_unlock(&device->lock);
    timeout_ms = settings.IdleTimeout;
    /* "The timeout value is determined by the power framework." */
    if (timeout_ms == IdleTimeoutDefaultValue ||
        settings.IdleTimeoutType == SystemManagedIdleTimeout) {
        timeout_ms = DEFAULT_IDLE_TIMEOUT_MS;
    }
    return (uint64_t)timeout_ms * TICKS_PER_MS;
}

void
fx_policy_framework_timeout(struct fx_device *device)
{
    fx_framework_set_timeout(device, idle_timeout_ticks(device));
}

/* Sets the timer for the time that is left, unless it runs. IRQL <= DISPATCH_LEVEL. */
static void
arm_timer(struct fx_device *device)
{
    uint64_t due = atomic_load_u64(&device->policy.idle_since) + idle_timeout_ticks(device);
    uint64_t now = KeQueryInterruptTime();
    LARGE_INTEGER left;

    if (fx_framework_is_used(device)) {
        return;
    }
    if (atomic_xchg_u32(&device->policy.timer_armed, 1) != 0) {
        return;
    }
    left.QuadPart = due > now ? -(LONGLONG)(due - now) : 0;
    (void)KeSetTimer(&device->policy.timer, left, &device->policy.timer_dpc);
}

static VOID
on_timer(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct fx_device *device = context;

    atomic_store_u32(&device->policy.timer_armed, 0);
    if (atomic_load_u32(&device->policy.idle_watch) == 0 ||
        atomic_load_u32(&device->policy.references) != 0) {
        return; /* Who gives the last reference back arms the timer. */
    }
    if (KeQueryInterruptTime() <
        atomic_load_u64(&device->policy.idle_since) + idle_timeout_ticks(device)) {
        arm_timer(device);
        return;
    }
    fx_policy_post_later(device, FX_POLICY_IDLE_TIMEOUT);
}

void
fx_policy_init(struct fx_device *device)
{
    KeInitializeTimer(&device->policy.timer);
    KeInitializeDpc(&device->policy.timer_dpc, on_timer, device);
    KeInitializeEvent(&device->policy.settled, NotificationEvent, TRUE);
    list_init(&device->policy.trackers);
    device->policy.system_state = PowerSystemWorking;
    device->policy.system_action = PowerActionNone;
    device->policy.idle_by_user = true; /* "The framework enables these settings by default." */
    device->policy.wake_by_user = true;
    fx_framework_init(device);
}

void
fx_policy_fini(struct fx_device *device)
{
    fx_policy_unwatch(device);
    (void)KeCancelTimer(&device->policy.timer);
    KeFlushQueuedDpcs();
    fx_framework_fini(device);
    fx_idle_trackers_end(device);
}

void
fx_policy_reference(struct fx_device *device)
{
    (void)atomic_fetch_add_u32(&device->policy.references, 1);
    if (atomic_load_u32(&device->policy.in_d0) == 0 &&
        atomic_load_u32(&device->policy.usable) != 0) {
        fx_policy_post_later(device, FX_POLICY_IO_PRESENT);
    }
    fx_framework_follow(device);
}

void
fx_policy_release(struct fx_device *device)
{
    if (atomic_load_u32(&device->policy.references) == 1) {
        atomic_store_u64(&device->policy.idle_since, KeQueryInterruptTime());
    }
    if (atomic_fetch_sub_u32(&device->policy.references, 1) == 1 &&
        atomic_load_u32(&device->policy.idle_watch) != 0) {
        arm_timer(device);
    }
    fx_framework_follow(device);
}

void
fx_policy_wake_by_interrupt(struct fx_device *device)
{
    (void)atomic_fetch_add_u32(&device->policy.wake_interrupts, 1);
    fx_policy_reference(device);
}

void
fx_policy_interrupt_served(struct fx_device *device)
{
    (void)atomic_fetch_sub_u32(&device->policy.wake_interrupts, 1);
    fx_policy_release(device);
}

void
fx_policy_watch(struct fx_device *device)
{
    atomic_store_u64(&device->policy.idle_since, KeQueryInterruptTime());
    atomic_store_u32(&device->policy.idle_watch, 1);
    if (atomic_load_u32(&device->policy.references) == 0) {
        arm_timer(device);
    }
    if (fx_framework_is_used(device)) {
        fx_policy_framework_timeout(device); /* The settings may be new. */
        if (fx_framework_allows_dx(device)) {
            fx_policy_post_later(device, FX_POLICY_IDLE_TIMEOUT);
        }
    }
}

void
fx_policy_unwatch(struct fx_device *device)
{
    atomic_store_u32(&device->policy.idle_watch, 0);
}

/* The event follows both flags; the lock keeps two changes from crossing. */
static void
settle(struct fx_device *device)
{
    fx_lock(&device->lock);
    if (atomic_load_u32(&device->policy.up) != 0 ||
        (atomic_load_u32(&device->policy.usable) == 0 &&
         atomic_load_u32(&device->policy.starting) == 0)) {
        KeSetEvent(&device->policy.settled, IO_NO_INCREMENT, FALSE);
    } else {
        KeClearEvent(&device->policy.settled);
    }
    fx_unlock(&device->lock);
}

void
fx_policy_set_in_d0(struct fx_device *device, bool in_d0)
{
    atomic_store_u32(&device->policy.in_d0, in_d0);
    if (!in_d0) {
        atomic_store_u32(&device->policy.up, 0);
    }
    settle(device);
    if (in_d0) {
        fx_framework_powered_on(device);
    }
}

void
fx_policy_set_up(struct fx_device *device)
{
    atomic_store_u32(&device->policy.up, 1);
    settle(device);
}

void
fx_policy_set_starting(struct fx_device *device, bool starting)
{
    atomic_store_u32(&device->policy.starting, starting);
    settle(device);
}

void
fx_policy_set_usable(struct fx_device *device, bool usable)
{
    atomic_store_u32(&device->policy.usable, usable);
    settle(device);
    if (!usable) {
        fx_framework_power_failed(device);
    }
}

bool
fx_policy_may_idle(struct fx_device *device)
{
    const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings = &device->policy.idle;
    bool enabled;

    fx_lock(&device->lock);
    if (settings->Size == 0 || settings->Enabled == WdfFalse) {
        enabled = false;
    } else if (settings->UserControlOfIdleSettings == IdleAllowUserControl) {
        enabled = device->policy.idle_by_user;
    } else {
        enabled = true;
    }
    fx_unlock(&device->lock);
    return enabled && device->policy.owner;
}
