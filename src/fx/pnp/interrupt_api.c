/* SPDX-License-Identifier: MIT */
/* WdfInterrupt…: what drivers do with their interrupt objects. */
#include "fx/core/sized.h"
#include "fx/core/callback.h"
#include "fx/pnp/call.h"
#include "fx/pnp/interrupt.h"
#include "fx_imports.h"
#include "sys/thread.h"

static struct fx_interrupt *
get(PWDF_DRIVER_GLOBALS driver_globals, WDFINTERRUPT handle)
{
    return fx_handle_get(driver_globals, handle, FX_TYPE_INTERRUPT);
}

/* --- Deferred work --------------------------------------------------------------------------- */

BOOLEAN
imp_WdfInterruptQueueDpcForIsr(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    if (interrupt->config.EvtInterruptDpc == NULL) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_INTERRUPT, (ULONG_PTR)Interrupt, 0, 0,
                    "WdfInterruptQueueDpcForIsr: interrupt %p has no EvtInterruptDpc", Interrupt);
    }
    return !fx_object_is_deleting(&interrupt->object) &&
           KeInsertQueueDpc(&interrupt->dpc, NULL, NULL);
}

/* At PASSIVE_LEVEL at once; "if the ISR is running at DIRQL, the framework first queues an internal DPC". */
BOOLEAN
imp_WdfInterruptQueueWorkItemForIsr(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    if (interrupt->config.EvtInterruptWorkItem == NULL) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_INTERRUPT, (ULONG_PTR)Interrupt, 0, 0,
                    "WdfInterruptQueueWorkItemForIsr: interrupt %p has no EvtInterruptWorkItem",
                    Interrupt);
    }
    /* One word for both ways: the answer must not depend on how far the internal DPC has come. */
    if (fx_object_is_deleting(&interrupt->object) ||
        atomic_xchg_u32(&interrupt->work_due, 1) != 0) {
        return FALSE;
    }
    return KeGetCurrentIrql() <= DISPATCH_LEVEL ? fx_worker_enqueue(&interrupt->worker)
                                                : KeInsertQueueDpc(&interrupt->dpc, NULL, NULL);
}

/* --- Locking --------------------------------------------------------------------------------- */

static bool
is_mine(const struct fx_interrupt *interrupt)
{
    return interrupt->mutex != NULL
               ? fx_wait_mutex_is_mine(interrupt->mutex)
               : atomic_load_relaxed_ptr(&interrupt->owner) == (base_pointer)sys_thread_self();
}

VOID
imp_WdfInterruptAcquireLock(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);
    KIRQL before;

    if (is_mine(interrupt)) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_RECURSIVE_LOCK, (ULONG_PTR)Interrupt, 0, 0,
                    "WdfInterruptAcquireLock: this thread holds the lock of %p already", Interrupt);
    }
    before = fx_interrupt_lock(interrupt);
    if (interrupt->mutex == NULL) {
        interrupt->irql_before = before;
        atomic_store_relaxed_ptr(&interrupt->owner, (base_pointer)sys_thread_self());
    }
}

BOOLEAN
imp_WdfInterruptTryToAcquireLock(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);
    LARGE_INTEGER now = {.QuadPart = 0};

    if (interrupt->mutex == NULL) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_LOCK_OPERATION, (ULONG_PTR)Interrupt,
                    1, 0, "WdfInterruptTryToAcquireLock: %p is not handled at PASSIVE_LEVEL",
                    Interrupt);
    }
    return fx_wait_mutex_acquire(interrupt->mutex, &now) == STATUS_SUCCESS;
}

VOID
imp_WdfInterruptReleaseLock(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);
    KIRQL before = interrupt->irql_before;

    if (!is_mine(interrupt)) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_LOCK_OPERATION, (ULONG_PTR)Interrupt,
                    1, 0, "WdfInterruptReleaseLock: this thread does not hold the lock of %p",
                    Interrupt);
    }
    atomic_store_relaxed_ptr(&interrupt->owner, NULL);
    fx_interrupt_unlock(interrupt, before);
}

BOOLEAN
imp_WdfInterruptSynchronize(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                            PFN_WDF_INTERRUPT_SYNCHRONIZE Callback, WDFCONTEXT Context)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);
    BOOLEAN result;
    KIRQL before;
    KIRQL irql;

    fx_require(DriverGlobals, Callback);
    before = fx_interrupt_lock(interrupt);
    irql = fx_callback_begin();
    result = Callback(Interrupt, Context);
    fx_callback_end(interrupt->object.globals, irql, (const void *)Callback);
    fx_interrupt_unlock(interrupt, before);
    return result;
}

/* --- Enabling by hand ------------------------------------------------------------------------ */

VOID
imp_WdfInterruptEnable(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    (void)fx_interrupt_call_enable(interrupt);
}

VOID
imp_WdfInterruptDisable(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    (void)fx_interrupt_call_disable(interrupt);
}

/* Component power states are the power framework's; an interrupt that is not connected has no state. */
static void
report(struct fx_interrupt *interrupt, bool active)
{
    PKINTERRUPT wdm = (PKINTERRUPT)atomic_load_ptr(&interrupt->wdm);
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS parameters = {
        .Version = CONNECT_FULLY_SPECIFIED_GROUP, .ConnectionContext.InterruptObject = wdm};

    if (wdm == NULL) {
        fx_log(interrupt->object.globals, "WdfInterruptReport%s: interrupt %p is not connected",
               active ? "Active" : "Inactive", fx_object_handle(&interrupt->object));
    } else if (active) {
        IoReportInterruptActive(&parameters);
    } else {
        IoReportInterruptInactive(&parameters);
    }
}

VOID
imp_WdfInterruptReportActive(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    report(interrupt, true);
}

VOID
imp_WdfInterruptReportInactive(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    report(interrupt, false);
}

/* --- Asking ---------------------------------------------------------------------------------- */

PKINTERRUPT
imp_WdfInterruptWdmGetInterrupt(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    return atomic_load_u32(&interrupt->visible) != 0 ? (PKINTERRUPT)atomic_load_ptr(&interrupt->wdm)
                                                     : NULL;
}

WDFDEVICE
imp_WdfInterruptGetDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt)
{
    return fx_device_handle(get(DriverGlobals, Interrupt)->device);
}

/* All zero but the size before EvtDevicePrepareHardware and after EvtDeviceReleaseHardware. */
VOID
imp_WdfInterruptGetInfo(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                        PWDF_INTERRUPT_INFO Info)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);
    WDF_INTERRUPT_INFO info = {0};
    ULONG size;

    fx_require(DriverGlobals, Info);
    size = Info->Size;
    if (size < FX_SIZE_THROUGH(WDF_INTERRUPT_INFO, ShareDisposition) || size > sizeof(info)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_INTERRUPT_INFO.Size is %u, not %u", size,
               (unsigned)sizeof(info));
        return;
    }
    fx_lock(&interrupt->device->lock);
    if (interrupt->assigned) {
        info = interrupt->info;
    }
    fx_unlock(&interrupt->device->lock);
    memcpy(Info, &info, size);
    Info->Size = size;
}

/* --- Policy ---------------------------------------------------------------------------------- */

static void
set_policy(struct fx_interrupt *interrupt, const WDF_INTERRUPT_EXTENDED_POLICY *policy)
{
    fx_lock(&interrupt->device->lock);
    interrupt->policy = *policy;
    interrupt->has_policy = true;
    fx_unlock(&interrupt->device->lock);
}

VOID
imp_WdfInterruptSetPolicy(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                          WDF_INTERRUPT_POLICY Policy, WDF_INTERRUPT_PRIORITY Priority,
                          KAFFINITY TargetProcessorSet)
{
    WDF_INTERRUPT_EXTENDED_POLICY policy = {
        .Size = sizeof(policy),
        .Policy = Policy,
        .Priority = Priority,
        .TargetProcessorSetAndGroup.Mask = TargetProcessorSet,
    };

    set_policy(get(DriverGlobals, Interrupt), &policy);
}

VOID
imp_WdfInterruptSetExtendedPolicy(PWDF_DRIVER_GLOBALS DriverGlobals, WDFINTERRUPT Interrupt,
                                  PWDF_INTERRUPT_EXTENDED_POLICY PolicyAndGroup)
{
    struct fx_interrupt *interrupt = get(DriverGlobals, Interrupt);

    fx_require(DriverGlobals, PolicyAndGroup);
    if (PolicyAndGroup->Size != sizeof(*PolicyAndGroup)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_INTERRUPT_EXTENDED_POLICY.Size is %u, not %u",
               PolicyAndGroup->Size, (unsigned)sizeof(*PolicyAndGroup));
        return;
    }
    set_policy(interrupt, PolicyAndGroup);
}
