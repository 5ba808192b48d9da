/* SPDX-License-Identifier: MIT */
/* I/O targets: their life and their state. */
#include "fx/target/iotarget.h"

#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx_imports.h"
#include "sys/wait.h"

/* --- Life ------------------------------------------------------------------------------------ */

bool
fx_iotarget_stop(struct fx_object *object)
{
    struct fx_iotarget *target = (struct fx_iotarget *)object;
    bool ended;

    fx_iotarget_remove(target);
    fx_lock(&target->lock);
    ended = target->sent_count == 0 && list_empty(&target->waiting);
    target->stopping = !ended;
    fx_unlock(&target->lock);
    return ended;
}

static const struct fx_class local_class = {
    .type = FX_TYPE_IOTARGET,
    .name = "WDFIOTARGET",
    .size = sizeof(struct fx_iotarget),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .passive = true,
    .undeletable = true,
    .stop = fx_iotarget_stop,
};

void
fx_iotarget_init(struct fx_iotarget *target, struct fx_device *device)
{
    target->device = device;
    list_init(&target->sent);
    list_init(&target->waiting);
}

NTSTATUS
fx_iotarget_create_local(struct fx_device *device, struct fx_iotarget **ret_target)
{
    struct fx_iotarget *target;
    NTSTATUS status =
        fx_object_create(&local_class, device->object.globals, NULL, &device->object, 0, &target);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    fx_iotarget_init(target, device);
    target->state = WdfIoTargetStarted;
    (void)fx_object_commit(&target->object);
    *ret_target = target;
    return STATUS_SUCCESS;
}

/* --- State ----------------------------------------------------------------------------------- */

void
fx_iotarget_wait_for_sent(struct fx_iotarget *target)
{
    fx_lock(&target->lock);
    target->waiters++;
    while (target->sent_count != 0) {
        uint32_t seen = atomic_load_u32(&target->word);

        fx_unlock(&target->lock);
        (void)sys_wait(&target->word, seen, SYS_FOREVER);
        fx_lock(&target->lock);
    }
    target->waiters--;
    fx_unlock(&target->lock);
}

/* Asks for the cancellation of all that was sent. */
static void
cancel_sent(struct fx_iotarget *target)
{
    for (;;) {
        struct fx_request *found = NULL;
        struct list *link;

        fx_lock(&target->lock);
        list_for_each(link, &target->sent)
        {
            struct fx_request *request = container_of(link, struct fx_request, target_link);

            if (!atomic_load_u8(&request->irp->Cancel) && fx_request_hold_sent(request)) {
                found = request;
                break;
            }
        }
        fx_unlock(&target->lock);
        if (found == NULL) {
            return;
        }
        (void)fx_request_cancel_held(found);
    }
}

void
fx_iotarget_purge(struct fx_iotarget *target, WDF_IO_TARGET_STATE state)
{
    fx_lock(&target->lock);
    target->state = state;
    fx_unlock(&target->lock);
    fx_iotarget_fail_waiting(target, STATUS_CANCELLED);
    cancel_sent(target);
}

void
fx_iotarget_remove(struct fx_iotarget *target)
{
    if (target != NULL) {
        fx_iotarget_purge(target, WdfIoTargetDeleted);
    }
}

/* Neither closed nor removed: it may be started, stopped and purged. */
static bool
has_device_locked(const struct fx_iotarget *target)
{
    return target->state == WdfIoTargetStarted || target->state == WdfIoTargetStopped ||
           target->state == WdfIoTargetPurged;
}

NTSTATUS
imp_WdfIoTargetStart(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);
    NTSTATUS status = STATUS_SUCCESS;

    fx_lock(&target->lock);
    if (!has_device_locked(target)) {
        status = STATUS_INVALID_DEVICE_STATE;
    } else {
        target->state = WdfIoTargetStarted;
    }
    fx_unlock(&target->lock);
    if (NT_SUCCESS(status)) {
        fx_iotarget_send_waiting(target);
    }
    return status;
}

VOID
imp_WdfIoTargetStop(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                    WDF_IO_TARGET_SENT_IO_ACTION Action)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    fx_lock(&target->lock);
    if (target->state == WdfIoTargetStarted || target->state == WdfIoTargetPurged) {
        target->state = WdfIoTargetStopped;
    }
    fx_unlock(&target->lock);
    switch (Action) {
    case WdfIoTargetCancelSentIo:
        fx_iotarget_fail_waiting(target, STATUS_CANCELLED);
        cancel_sent(target);
        fx_iotarget_wait_for_sent(target);
        break;
    case WdfIoTargetWaitForSentIoToComplete:
        fx_iotarget_send_waiting(target);
        fx_iotarget_wait_for_sent(target);
        break;
    default:
        break;
    }
}

VOID
imp_WdfIoTargetPurge(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                     WDF_IO_TARGET_PURGE_IO_ACTION Action)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);
    bool live;

    fx_lock(&target->lock);
    live = has_device_locked(target);
    fx_unlock(&target->lock);
    if (live) {
        fx_iotarget_purge(target, WdfIoTargetPurged);
    }
    if (Action == WdfIoTargetPurgeIoAndWait) {
        fx_iotarget_wait_for_sent(target);
    }
}

/* --- Asking ---------------------------------------------------------------------------------- */

WDF_IO_TARGET_STATE
imp_WdfIoTargetGetState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);
    WDF_IO_TARGET_STATE state;

    fx_lock(&target->lock);
    state = target->state;
    fx_unlock(&target->lock);
    return state;
}

WDFDEVICE
imp_WdfIoTargetGetDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    return fx_object_handle(&target->device->object);
}

PDEVICE_OBJECT
imp_WdfIoTargetWdmGetTargetDeviceObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    return fx_iotarget_wdm(target);
}

PFILE_OBJECT
imp_WdfIoTargetWdmGetTargetFileObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    return target->file;
}

WDFIOTARGET
imp_WdfDeviceGetIoTarget(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    return device->self_target == NULL ? NULL : fx_iotarget_handle(device->self_target);
}
