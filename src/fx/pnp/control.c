/* SPDX-License-Identifier: MIT */
/*
 * Control devices: no stack, no PnP, no power. Open for requests from
 * WdfControlFinishInitializing on.
 */
#include "fx/core/callback.h"
#include "fx/core/driver.h"
#include "fx/io/device_io.h"
#include "fx/pnp/device_init.h"
#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

PWDFDEVICE_INIT
imp_WdfControlDeviceInitAllocate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                 CONST UNICODE_STRING *SDDLString)
{
    struct fx_driver *driver = fx_handle_get(DriverGlobals, Driver, FX_TYPE_DRIVER);
    struct WDFDEVICE_INIT *init;

    fx_require(DriverGlobals, SDDLString);
    init = fx_device_init_create(driver, FX_DEVICE_CONTROL, NULL);
    if (init != NULL && !NT_SUCCESS(fx_unicode_copy(&init->sddl, SDDLString))) {
        fx_device_init_delete(init);
        init = NULL;
    }
    return init;
}

VOID
imp_WdfControlDeviceInitSetShutdownNotification(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                PWDFDEVICE_INIT DeviceInit,
                                                PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION Notification,
                                                UCHAR Flags)
{
    const UCHAR known = WdfDeviceShutdown | WdfDeviceLastChanceShutdown;
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, Notification);
    if (init->kind != FX_DEVICE_CONTROL || Flags == 0 || (Flags & ~known) != 0) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfControlDeviceInitSetShutdownNotification: flags 0x%x, or no control device",
               Flags);
        init->status = STATUS_INVALID_PARAMETER;
        return;
    }
    init->shutdown_notification = Notification;
    init->shutdown_flags = Flags;
}

VOID
imp_WdfControlFinishInitializing(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    if (device->kind != FX_DEVICE_CONTROL) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_INVALID_HANDLE, (ULONG_PTR)Device, 0, 0,
                    "WdfControlFinishInitializing: %p is no control device", Device);
    }
    if (atomic_xchg_u32(&device->control_finished, 1) != 0) {
        return;
    }
    fx_io_device_start(device);
    device->wdm->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
}

/* --- Shutdown notification ------------------------------------------------------------------- */

NTSTATUS
fx_control_shutdown_register(struct fx_device *device, UCHAR flags)
{
    NTSTATUS status;

    if ((flags & WdfDeviceShutdown) != 0) {
        status = IoRegisterShutdownNotification(device->wdm);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        device->shutdown_flags = WdfDeviceShutdown;
    }
    if ((flags & WdfDeviceLastChanceShutdown) != 0) {
        status = IoRegisterLastChanceShutdownNotification(device->wdm);
        if (!NT_SUCCESS(status)) {
            return status; /* The object's clean-up takes the first one back. */
        }
        device->shutdown_flags |= WdfDeviceLastChanceShutdown;
    }
    return STATUS_SUCCESS;
}

void
fx_control_shutdown_unregister(struct fx_device *device)
{
    if (device->shutdown_flags != 0) {
        IoUnregisterShutdownNotification(device->wdm);
        device->shutdown_flags = 0;
    }
}

NTSTATUS
fx_control_shutdown(struct fx_device *device, IRP *irp)
{
    KIRQL irql = fx_callback_begin();

    device->shutdown_notification(fx_object_handle(&device->object));
    fx_callback_end(device->object.globals, irql, (const void *)device->shutdown_notification);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}
