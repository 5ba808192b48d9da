/* SPDX-License-Identifier: MIT */
/*
 * The presentation lock: what automatic synchronization takes around a driver's callbacks.
 *
 * One belongs to each device and each queue. Its level is fixed at creation: Dispatch raises to
 * DISPATCH_LEVEL (a spin lock), Passive stays at PASSIVE_LEVEL in a critical region (a mutex).
 * Which lock a callback takes follows from the synchronization scope: see fx_callback_lock_of.
 *
 * The owner may take it again (EvtRequestCancel is called inside a call of the driver that
 * already runs synchronized); a driver's second WdfObjectAcquireLock on the same thread is a
 * WDF_RECURSIVE_LOCK bugcheck.
 */
#ifndef OPENWDF_FX_OBJECT_CALLBACK_LOCK_H
#define OPENWDF_FX_OBJECT_CALLBACK_LOCK_H

#include <ntddk.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/atomic.h"
#include "sys/lock.h"
#include "sys/thread.h"

struct fx_object;

struct fx_callback_lock {
    struct sys_lock lock; /* Held across driver callbacks. Rank: above all internal locks. */
    bool passive;         /* Fixed: a mutex at PASSIVE_LEVEL, not a spin lock. */
    KIRQL driver_irql;    /* IRQL to restore in WdfObjectReleaseLock; the owner's. */
    bool driver_held;     /* Taken by WdfObjectAcquireLock; the owner's. */
    uint32_t depth;       /* The owner's; 0 when free. */
    base_pointer owner;   /* struct sys_thread; atomic. */
};

static inline void
fx_callback_lock_init(struct fx_callback_lock *lock, bool passive)
{
    *lock = (struct fx_callback_lock){.passive = passive};
}

/* Whether the calling thread holds it. */
static inline bool
fx_callback_lock_is_mine(const struct fx_callback_lock *lock)
{
    return atomic_load_relaxed_ptr(&lock->owner) == (base_pointer)sys_thread_self();
}

/*
 * Takes the lock; raises to DISPATCH_LEVEL or enters a critical region. `lock` may be NULL: nothing
 * is synchronized then and nothing happens. Returns the IRQL for the release. A passive lock
 * must be taken at PASSIVE_LEVEL: the caller defers to a work item otherwise.
 */
static inline KIRQL
fx_callback_lock_acquire(struct fx_callback_lock *lock)
{
    KIRQL irql = PASSIVE_LEVEL;
    base_pointer self;

    if (lock == NULL) {
        return irql;
    }
    self = (base_pointer)sys_thread_self();
    if (atomic_load_relaxed_ptr(&lock->owner) == self) {
        lock->depth++;
        return KeGetCurrentIrql();
    }
    if (lock->passive) {
        KeEnterCriticalRegion();
        sys_lock_acquire(&lock->lock);
    } else {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        sys_lock_acquire(&lock->lock);
    }
    atomic_store_relaxed_ptr(&lock->owner, self);
    lock->depth = 1;
    return irql;
}

static inline void
fx_callback_lock_release(struct fx_callback_lock *lock, KIRQL irql)
{
    if (lock == NULL || --lock->depth != 0) {
        return;
    }
    atomic_store_relaxed_ptr(&lock->owner, NULL);
    sys_lock_release(&lock->lock);
    if (lock->passive) {
        KeLeaveCriticalRegion();
    } else {
        KeLowerIrql(irql);
    }
}

/*
 * The lock that synchronizes callbacks of `object` (a queue, a file object's device, or a child
 * of one of them with AutomaticSerialization): the queue's own with scope Queue, the device's
 * with scope Device, NULL with scope None or when no queue or device is above.
 */
struct fx_callback_lock *fx_callback_lock_of(struct fx_object *object);

#endif
