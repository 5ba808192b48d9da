/* SPDX-License-Identifier: MIT */
/*
 * Devices of miniport drivers: a framework object for a WDM device that a port driver owns. It
 * has I/O targets and serves as a parent; no queues, no PnP, no power.
 */
#include "fx/core/driver.h"
#include "fx/io/device_io.h"
#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

NTSTATUS
imp_WdfDeviceMiniportCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                            PWDF_OBJECT_ATTRIBUTES Attributes, PDEVICE_OBJECT DeviceObject,
                            PDEVICE_OBJECT AttachedDeviceObject, PDEVICE_OBJECT Pdo,
                            WDFDEVICE *Device)
{
    struct fx_driver *driver = fx_handle_get(DriverGlobals, Driver, FX_TYPE_DRIVER);
    struct fx_device *device;
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceObject);
    fx_require(DriverGlobals, Device);
    *Device = NULL;
    status = fx_object_create(&fx_class_device, fx_globals_of(DriverGlobals), Attributes,
                              &driver->object, 0, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    fx_device_init_fields(device);
    device->kind = FX_DEVICE_MINIPORT;
    device->driver = driver;
    device->wdm = DeviceObject;
    device->attached = AttachedDeviceObject;
    device->physical = Pdo;
    device->file_config.FileObjectClass = WdfFileObjectNotRequired;
    status = fx_io_device_create(device);
    if (!NT_SUCCESS(status)) {
        fx_object_delete_and_wait(&device->object);
        return status;
    }
    fx_io_device_start(device);
    *Device = fx_object_commit(&device->object);
    return STATUS_SUCCESS;
}
