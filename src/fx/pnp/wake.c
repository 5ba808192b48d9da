/* SPDX-License-Identifier: MIT */
/*
 * IRP_MN_WAIT_WAKE. The power policy owner's is on its way down here; at the bottom of the stack a PDO
 * keeps it until the bus driver says that the device has signalled (WdfDeviceIndicateWakeStatus), it is
 * cancelled, or the device goes.
 *
 * One of them ends it (power.wake_ending), the power machine completes it. The cancel routine has a
 * reference of its own, given back by whoever takes the routine off, or by the routine.
 */
#include "fx/core/lock.h"
#include "fx/pnp/call.h"
#include "fx/pnp/pdo.h"
#include "fx_imports.h"
#include "nt/po/po.h"

/* Lets the power machine complete the IRP. False when it ends already. */
static bool
end_wake(struct fx_device *device, NTSTATUS status)
{
    if (atomic_xchg_u32(&device->power.wake_ending, 1) != 0) {
        return false;
    }
    device->power.wake_status = status;
    fx_power_post_later(device, FX_POWER_WAKE_ENDED);
    return true;
}

static void
on_cancel(DEVICE_OBJECT *wdm, IRP *irp)
{
    struct fx_device *device = fx_device_of_wdm(wdm);

    IoReleaseCancelSpinLock(irp->CancelIrql);
    (void)end_wake(device, STATUS_CANCELLED);
    fx_object_unref(&device->object);
}

bool
fx_wake_is_wanted(const struct fx_device *device)
{
    return atomic_load_ptr((base_pointer *)&device->power.wake_irp) != NULL;
}

void
fx_wake_complete(struct fx_device *device, NTSTATUS status)
{
    /* In this order: the next IRP comes in when wake_irp is free, and opens wake_ending then. */
    bool ends = atomic_xchg_u32(&device->power.wake_ending, 1) != 0;
    IRP *irp = atomic_xchg_ptr(&device->power.wake_irp, NULL);

    if (irp == NULL) {
        return;
    }
    if (ends) {
        status = device->power.wake_status;
    }
    if (IoSetCancelRoutine(irp, NULL) != NULL) {
        fx_object_unref(&device->object);
    } else {
        KIRQL irql;

        /* The routine is past its use of the IRP when it has given the lock back. */
        IoAcquireCancelSpinLock(&irql);
        IoReleaseCancelSpinLock(irql);
    }
    if (device->parent != NULL) {
        (void)atomic_fetch_sub_u32(&device->parent->power.armed_children, 1);
    }
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

/* Whether the device's bus can pass its signal on. */
static bool
can_wake(const struct fx_device *device)
{
    const WDF_DEVICE_POWER_CAPABILITIES *capabilities = &device->power_capabilities;

    return device->pdo->events.EvtDeviceEnableWakeAtBus != NULL ||
           (capabilities->Size != 0 && capabilities->DeviceWake != PowerDeviceUnspecified &&
            capabilities->DeviceWake != PowerDeviceMaximum);
}

static NTSTATUS
refuse(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS
keep(struct fx_device *device, IRP *irp)
{
    base_pointer none = NULL;

    if (!can_wake(device)) {
        return refuse(irp, STATUS_NOT_SUPPORTED);
    }
    IoMarkIrpPending(irp);
    if (!fx_wake_is_wanted(device)) {
        /* Before the IRP is seen: the power machine may look at both at any time. */
        atomic_store_u32(
            &device->power.wake_system_state,
            (uint32_t)IoGetCurrentIrpStackLocation(irp)->Parameters.WaitWake.PowerState);
    }
    if (!atomic_cas_ptr(&device->power.wake_irp, &none, (base_pointer)irp)) {
        (void)refuse(irp, STATUS_DEVICE_BUSY); /* "There can be one for a device." */
        return STATUS_PENDING;
    }
    if (device->parent != NULL) {
        (void)atomic_fetch_add_u32(&device->parent->power.armed_children, 1);
    }
    atomic_store_u32(&device->power.wake_ending, 0);
    fx_object_ref(&device->object);
    (void)IoSetCancelRoutine(irp, on_cancel);
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL) {
        /* Nobody takes the routine off any more. */
        fx_object_unref(&device->object);
        (void)end_wake(device, STATUS_CANCELLED);
    }
    fx_power_post(device, FX_POWER_WAKE_ARRIVED);
    return STATUS_PENDING;
}

NTSTATUS
fx_wake_dispatch(struct fx_device *device, IRP *irp)
{
    NTSTATUS status;

    if (device->kind == FX_DEVICE_PDO) {
        status = keep(device, irp);
    } else {
        status = fx_device_pass_down(device, irp, STATUS_NOT_SUPPORTED);
    }
    if (device->policy.owner) {
        fx_policy_post_later(device, FX_POLICY_WAKE_SENT);
    }
    return status;
}

void
fx_wake_indicate_children(struct fx_device *parent)
{
    struct list *link;

    fx_lock(&parent->lock);
    list_for_each(link, &parent->children)
    {
        struct fx_device *child = container_of(link, struct fx_device, sibling);

        if (fx_wake_is_wanted(child)) {
            (void)end_wake(child, STATUS_SUCCESS);
        }
    }
    fx_unlock(&parent->lock);
}

/* There is no hardware below this bus that its driver could hear it from. */
static bool
on_signal(DEVICE_OBJECT *pdo)
{
    struct fx_device *device = fx_device_of_wdm(pdo);

    return fx_wake_is_wanted(device) && end_wake(device, STATUS_SUCCESS);
}

void
fx_wake_init(struct fx_device *device)
{
    if (device->kind == FX_DEVICE_PDO) {
        po_device_set_signal(device->wdm, on_signal);
    }
}

NTSTATUS
imp_WdfDeviceIndicateWakeStatus(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                NTSTATUS WaitWakeStatus)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    if (WaitWakeStatus == STATUS_PENDING || WaitWakeStatus == STATUS_CANCELLED) {
        fx_log(fx_globals_of(DriverGlobals), "WdfDeviceIndicateWakeStatus: status 0x%08x",
               (unsigned)WaitWakeStatus);
        return STATUS_INVALID_PARAMETER;
    }
    if (device->kind != FX_DEVICE_PDO) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfDeviceIndicateWakeStatus: the driver of %p is not its bus driver", Device);
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (!fx_wake_is_wanted(device) || !end_wake(device, WaitWakeStatus)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return STATUS_SUCCESS;
}
