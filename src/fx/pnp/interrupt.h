/* SPDX-License-Identifier: MIT */
/*
 * WDFINTERRUPT: a service routine of a device. What the PnP manager gives the device is dealt out to its
 * interrupt objects when it starts; the power machine connects and enables them on the way into D0.
 *
 * Interrupts of a device are in device->interrupts, in the order of their creation, until they are deleted.
 */
#ifndef OPENWDF_FX_PNP_INTERRUPT_H
#define OPENWDF_FX_PNP_INTERRUPT_H

#include "fx/misc/locks.h"
#include "fx/misc/worker.h"
#include "fx/pnp/device.h"

struct fx_interrupt {
    struct fx_object object;
    struct fx_device *device;
    WDF_INTERRUPT_CONFIG config; /* Constant. */
    bool in_prepare; /* Made in EvtDevicePrepareHardware; goes after EvtDeviceReleaseHardware. */
    struct fx_callback_lock *callback_lock; /* Automatic serialization; NULL: none. */
    struct list link;                       /* In device->interrupts; device->lock. */
    uint64_t number;                        /* Unique in the device; grows. */
    bool listed;

    /* One of both synchronizes; the driver's objects are referenced. */
    KSPIN_LOCK own_spin_lock;
    KSPIN_LOCK *spin_lock;
    KIRQL irql_before;  /* WdfInterruptAcquireLock; the owner's. */
    base_pointer owner; /* Of the spin lock by WdfInterruptAcquireLock; atomic. */
    struct fx_wait_mutex own_mutex;
    struct fx_wait_mutex *mutex; /* NULL: it is served at DIRQL. */

    KDPC dpc;
    struct fx_worker worker;
    uint32_t work_due; /* Atomic: the work item was asked for and has not begun. */

    /* What it was given, while the device has its hardware; device->lock. */
    bool assigned;
    WDF_INTERRUPT_INFO info;
    uint32_t synchronize_irql; /* Atomic. The highest of those that share the spin lock. */

    /* WdfInterruptSetPolicy; device->lock. */
    bool has_policy;
    WDF_INTERRUPT_EXTENDED_POLICY policy;

    /* The power machine's. */
    base_pointer wdm; /* PKINTERRUPT; NULL: not connected. Atomic. */
    uint32_t visible; /* Atomic: WdfInterruptWdmGetInterrupt gives it. */
    bool enabled;     /* EvtInterruptEnable was called, EvtInterruptDisable not. */
    bool inactive;
    uint32_t in_d0;        /* Atomic. One that wakes waits for it: */
    KEVENT awake;          /* Set in D0, and when it is not to wait any more. */
    uint32_t waits_for_d0; /* Atomic: it does, and the way up waits for */
    KEVENT served;         /* ... the end of its service routine. */
};

/* interrupt.c: dealing out. `raw` and `translated` are the device's lists. PASSIVE_LEVEL. */
void fx_interrupts_assign(struct fx_device *device);
void
fx_interrupts_unassign(struct fx_device *device); /* Deletes those made in the prepare callback. */

/* Puts what drivers set (policy, sharing) into the requirements, in place. */
bool fx_interrupts_have_wishes(struct fx_device *device);
void fx_interrupts_filter(struct fx_device *device, IO_RESOURCE_REQUIREMENTS_LIST *list);

/* The next one after `number`, referenced; NULL. */
struct fx_interrupt *fx_interrupt_next(struct fx_device *device, uint64_t number);
struct fx_interrupt *fx_interrupt_previous(struct fx_device *device, uint64_t number);

/*
 * interrupt_power.c. Into D0: connects and enables all, in the order of their creation; the first failure ends
 * it, and fx_interrupts_disable undoes what was done. Out of it, in the opposite order; `target` decides what
 * stays connected.
 */
_Must_inspect_result_ NTSTATUS fx_interrupts_enable(struct fx_device *device);
NTSTATUS fx_interrupts_disable(struct fx_device *device, WDF_POWER_DEVICE_STATE target);

void fx_interrupt_disconnect(struct fx_interrupt *interrupt);

/* Calls EvtInterruptEnable, EvtInterruptDisable under the interrupt's lock. */
NTSTATUS fx_interrupt_call_enable(struct fx_interrupt *interrupt);
NTSTATUS fx_interrupt_call_disable(struct fx_interrupt *interrupt);

/* Takes the lock at its IRQL: DIRQL, or PASSIVE_LEVEL. */
KIRQL fx_interrupt_lock(struct fx_interrupt *interrupt);
void fx_interrupt_unlock(struct fx_interrupt *interrupt, KIRQL before);

#endif
