/* SPDX-License-Identifier: MIT */
/*
 * Interrupts into D0 and out of it: connected and enabled after EvtDeviceD0Entry, disabled and
 * disconnected before EvtDeviceD0Exit. All at PASSIVE_LEVEL, by the power machine; the
 * service routines run on threads of the system's.
 */
#include "fx/pnp/call.h"
#include "fx/pnp/interrupt.h"
#include "fx/pnp/policy.h"
#include "nt/ke/interrupt.h"

/* --- The lock -------------------------------------------------------------------------------- */

KIRQL
fx_interrupt_lock(struct fx_interrupt *interrupt)
{
    KIRQL irql = (KIRQL)atomic_load_relaxed_u32(&interrupt->synchronize_irql);

    if (interrupt->mutex != NULL) {
        (void)fx_wait_mutex_acquire(interrupt->mutex, NULL);
        return PASSIVE_LEVEL;
    }
    return ke_interrupt_lock(interrupt->spin_lock, irql > DISPATCH_LEVEL ? irql : DISPATCH_LEVEL);
}

void
fx_interrupt_unlock(struct fx_interrupt *interrupt, KIRQL before)
{
    if (interrupt->mutex != NULL) {
        fx_wait_mutex_release(interrupt->mutex);
    } else {
        ke_interrupt_unlock(interrupt->spin_lock, before);
    }
}

/* --- Service --------------------------------------------------------------------------------- */

static BOOLEAN
call_isr(struct fx_interrupt *interrupt)
{
    KIRQL before = fx_callback_begin();
    BOOLEAN claimed = interrupt->config.EvtInterruptIsr(fx_object_handle(&interrupt->object),
                                                        interrupt->info.MessageNumber);

    fx_callback_end(interrupt->object.globals, before,
                    (const void *)interrupt->config.EvtInterruptIsr);
    return claimed;
}

/* The system holds the spin lock at its IRQL. */
static BOOLEAN
service(PKINTERRUPT wdm, PVOID context)
{
    return call_isr(context);
}

static BOOLEAN
call_isr_locked(struct fx_interrupt *interrupt)
{
    BOOLEAN claimed;

    (void)fx_wait_mutex_acquire(interrupt->mutex, NULL);
    claimed = call_isr(interrupt);
    fx_wait_mutex_release(interrupt->mutex);
    return claimed;
}

/*
 * "When the device interrupts, the framework calls the driver's EvtDeviceD0Entry and EvtInterruptIsr callback routines
 * at IRQL = PASSIVE_LEVEL", then the wake callbacks: the power machine goes on when the service routine is done (enable_one). A
 * device that is armed takes it for its wake-up signal.
 */
static BOOLEAN
wake_and_serve(struct fx_interrupt *interrupt)
{
    BOOLEAN claimed = FALSE;

    (void)KeClearEvent(&interrupt->served);
    atomic_store_u32(&interrupt->waits_for_d0, 1);
    fx_policy_wake_by_interrupt(interrupt->device);
    (void)KeWaitForSingleObject(&interrupt->awake, Executive, KernelMode, FALSE, NULL);
    if (atomic_load_u32(&interrupt->in_d0) != 0) {
        claimed = call_isr_locked(interrupt);
    }
    fx_policy_interrupt_served(interrupt->device);
    atomic_store_u32(&interrupt->waits_for_d0, 0);
    (void)KeSetEvent(&interrupt->served, IO_NO_INCREMENT, FALSE);
    return claimed;
}

static BOOLEAN
service_passive(PKINTERRUPT wdm, PVOID context)
{
    struct fx_interrupt *interrupt = context;

    return interrupt->config.CanWakeDevice && atomic_load_u32(&interrupt->in_d0) == 0
               ? wake_and_serve(interrupt)
               : call_isr_locked(interrupt);
}

/* --- Connection ------------------------------------------------------------------------------ */

/* "The framework determines the highest DIRQL of the set of interrupts." */
static KIRQL
highest_irql(const struct fx_interrupt *interrupt)
{
    KIRQL highest = interrupt->info.Irql;
    struct fx_interrupt *other = NULL;
    uint64_t number = 0;

    while ((other = fx_interrupt_next(interrupt->device, number)) != NULL) {
        number = other->number;
        if (other->mutex == NULL && other->assigned && other->spin_lock == interrupt->spin_lock &&
            other->info.Irql > highest) {
            highest = other->info.Irql;
        }
        fx_object_unref(&other->object);
    }
    return highest;
}

static NTSTATUS
connect(struct fx_interrupt *interrupt)
{
    const WDF_INTERRUPT_INFO *info = &interrupt->info;
    bool passive = interrupt->mutex != NULL;
    PKINTERRUPT wdm = NULL;
    IO_CONNECT_INTERRUPT_PARAMETERS parameters = {
        .Version = CONNECT_FULLY_SPECIFIED_GROUP,
        .FullySpecified.PhysicalDeviceObject = interrupt->device->physical,
        .FullySpecified.InterruptObject = &wdm,
        .FullySpecified.ServiceRoutine = passive ? service_passive : service,
        .FullySpecified.ServiceContext = interrupt,
        .FullySpecified.SpinLock = passive ? NULL : interrupt->spin_lock,
        .FullySpecified.Irql = info->Irql,
        .FullySpecified.SynchronizeIrql = passive ? PASSIVE_LEVEL : highest_irql(interrupt),
        .FullySpecified.FloatingSave = interrupt->config.FloatingSave,
        .FullySpecified.ShareVector = info->ShareDisposition == CmResourceShareShared,
        .FullySpecified.Vector = info->Vector,
        .FullySpecified.InterruptMode = info->Mode,
        .FullySpecified.ProcessorEnableMask = info->TargetProcessorSet,
        .FullySpecified.Group = info->Group,
    };
    NTSTATUS status;

    atomic_store_relaxed_u32(&interrupt->synchronize_irql,
                             parameters.FullySpecified.SynchronizeIrql);
    status = IoConnectInterruptEx(&parameters);
    if (!NT_SUCCESS(status)) {
        fx_log(interrupt->object.globals, "interrupt %p cannot be connected to vector %u: 0x%08x",
               fx_object_handle(&interrupt->object), info->Vector, (unsigned)status);
        return status;
    }
    atomic_store_ptr(&interrupt->wdm, (base_pointer)wdm);
    if (fx_object_is_deleting(&interrupt->object)) {
        fx_interrupt_disconnect(
            interrupt); /* Whoever deletes it may have been too early to see it. */
    }
    return STATUS_SUCCESS;
}

void
fx_interrupt_disconnect(struct fx_interrupt *interrupt)
{
    PKINTERRUPT wdm = (PKINTERRUPT)atomic_xchg_ptr(&interrupt->wdm, NULL);

    interrupt->inactive = false;
    atomic_store_u32(&interrupt->visible, 0);
    if (wdm != NULL) {
        IoDisconnectInterrupt(wdm);
    }
}

static void
set_active(struct fx_interrupt *interrupt, bool active)
{
    PKINTERRUPT wdm = (PKINTERRUPT)atomic_load_ptr(&interrupt->wdm);

    if (wdm != NULL) {
        IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS parameters = {
            .Version = CONNECT_FULLY_SPECIFIED_GROUP, .ConnectionContext.InterruptObject = wdm};

        interrupt->inactive = !active;
        if (active) {
            IoReportInterruptActive(&parameters);
        } else {
            IoReportInterruptInactive(&parameters);
        }
    }
}

/* --- Enabling -------------------------------------------------------------------------------- */

static NTSTATUS
call(struct fx_interrupt *interrupt, EVT_WDF_INTERRUPT_ENABLE *callback, const char *name)
{
    struct fx_device *device = interrupt->device;
    NTSTATUS status;
    KIRQL before;
    KIRQL irql;

    if (callback == NULL) {
        return STATUS_SUCCESS;
    }
    before = fx_interrupt_lock(interrupt);
    irql = fx_callback_begin();
    status = callback(fx_object_handle(&interrupt->object), fx_device_handle(device));
    fx_callback_end(interrupt->object.globals, irql, (const void *)callback);
    fx_interrupt_unlock(interrupt, before);
    if (!NT_SUCCESS(status)) {
        fx_device_refused(device, name, status);
    }
    return status;
}

NTSTATUS
fx_interrupt_call_enable(struct fx_interrupt *interrupt)
{
    return call(interrupt, interrupt->config.EvtInterruptEnable, "EvtInterruptEnable");
}

NTSTATUS
fx_interrupt_call_disable(struct fx_interrupt *interrupt)
{
    return call(interrupt, interrupt->config.EvtInterruptDisable, "EvtInterruptDisable");
}

static void
set_in_d0(struct fx_interrupt *interrupt, bool in_d0)
{
    atomic_store_u32(&interrupt->in_d0, in_d0);
    if (in_d0) {
        (void)KeSetEvent(&interrupt->awake, IO_NO_INCREMENT, FALSE);
    } else {
        (void)KeClearEvent(&interrupt->awake);
    }
}

static NTSTATUS
enable_one(struct fx_interrupt *interrupt)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!interrupt->assigned) {
        return STATUS_SUCCESS; /* "The driver doesn't use the extra interrupt objects." */
    }
    set_in_d0(interrupt, true);
    if (atomic_load_u32(&interrupt->waits_for_d0) != 0) {
        (void)KeWaitForSingleObject(&interrupt->served, Executive, KernelMode, FALSE, NULL);
    }
    if (atomic_load_ptr(&interrupt->wdm) == NULL) {
        status = connect(interrupt);
    } else if (interrupt->inactive) {
        set_active(interrupt, true);
    }
    if (NT_SUCCESS(status) && !interrupt->enabled) {
        atomic_store_u32(&interrupt->visible, 1);
        interrupt->enabled = true; /* When it fails too: the hardware may be half enabled. */
        status = fx_interrupt_call_enable(interrupt);
    }
    return status;
}

NTSTATUS
fx_interrupts_enable(struct fx_device *device)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct fx_interrupt *interrupt;
    uint64_t number = 0;

    while (NT_SUCCESS(status) && (interrupt = fx_interrupt_next(device, number)) != NULL) {
        number = interrupt->number;
        status = enable_one(interrupt);
        fx_object_unref(&interrupt->object);
    }
    return status;
}

static NTSTATUS
disable_one(struct fx_interrupt *interrupt, WDF_POWER_DEVICE_STATE target)
{
    bool final = target == WdfPowerDeviceD3Final;
    NTSTATUS status = STATUS_SUCCESS;

    set_in_d0(interrupt, false);
    if (interrupt->config.CanWakeDevice && !final) {
        /* "The framework does not call EvtInterruptDisable for the wake-capable interrupt." */
        return STATUS_SUCCESS;
    }
    (void)KeSetEvent(&interrupt->awake, IO_NO_INCREMENT,
                     FALSE); /* It does not wait, in vain, for D0. */
    if (interrupt->enabled) {
        interrupt->enabled = false;
        status = fx_interrupt_call_disable(interrupt);
        atomic_store_u32(&interrupt->visible, 0);
    }
    /* "For non-power pageable drivers, interrupts remain connected when Dx state transitions occur." */
    if (!final && !interrupt->device->power_pageable) {
        return status;
    }
    if (!final && interrupt->config.ReportInactiveOnPowerDown == WdfTrue) {
        set_active(interrupt, false);
    } else {
        fx_interrupt_disconnect(interrupt);
    }
    return status;
}

NTSTATUS
fx_interrupts_disable(struct fx_device *device, WDF_POWER_DEVICE_STATE target)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct fx_interrupt *interrupt;
    uint64_t number = UINT64_MAX;

    while ((interrupt = fx_interrupt_previous(device, number)) != NULL) {
        NTSTATUS one = disable_one(interrupt, target);

        number = interrupt->number;
        status = NT_SUCCESS(status) ? one : status;
        fx_object_unref(&interrupt->object);
    }
    if (number != UINT64_MAX) {
        KeFlushQueuedDpcs(); /* A DPC that touches the hardware comes before EvtDeviceD0Exit. */
    }
    return status;
}
