/* SPDX-License-Identifier: MIT */
/* The device behind an I/O target: its PDO, its properties, the interfaces it exports. */
#include "fx/core/lock.h"
#include "fx/pnp/device.h"
#include "fx/pnp/property.h"
#include "fx/target/iotarget.h"
#include "fx_imports.h"
#include "nt/io/io.h"

/* The PDO of the target's stack; NULL when the target is closed or no PnP device. */
static DEVICE_OBJECT *
physical_of(struct fx_iotarget *target)
{
    DEVICE_OBJECT *physical = NULL;

    if (!target->remote) {
        return target->device->physical;
    }
    fx_lock(&target->lock);
    if (target->wdm != NULL) {
        physical = io_device_bottom(target->wdm);
    }
    fx_unlock(&target->lock);
    return physical != NULL && io_device_devnode(physical) != NULL ? physical : NULL;
}

PDEVICE_OBJECT
imp_WdfIoTargetWdmGetTargetPhysicalDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    return physical_of(fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET));
}

NTSTATUS
imp_WdfIoTargetQueryTargetProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                   DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    fx_require(DriverGlobals, ResultLength);
    return fx_property_query(physical_of(target), DeviceProperty, BufferLength, PropertyBuffer,
                             ResultLength);
}

NTSTATUS
imp_WdfIoTargetAllocAndQueryTargetProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                           DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                           POOL_TYPE PoolType,
                                           PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                           WDFMEMORY *PropertyMemory)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    fx_require(DriverGlobals, PropertyMemory);
    *PropertyMemory = NULL;
    return fx_property_query_alloc(fx_globals_of(DriverGlobals), physical_of(target),
                                   DeviceProperty, PoolType, PropertyMemoryAttributes,
                                   __builtin_return_address(0), PropertyMemory);
}

NTSTATUS
fx_query_interface(DEVICE_OBJECT *wdm, const GUID *type, INTERFACE *interface, USHORT size,
                   USHORT version, void *specific)
{
    IO_STACK_LOCATION *stack;
    NTSTATUS status;
    IRP *irp = IoAllocateIrp(wdm->StackSize, FALSE);

    if (irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    /* "A driver that handles this IRP sets Irp->IoStatus.Status"; nobody did otherwise. */
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
    stack->Parameters.QueryInterface.InterfaceType = type;
    stack->Parameters.QueryInterface.Size = size;
    stack->Parameters.QueryInterface.Version = version;
    stack->Parameters.QueryInterface.Interface = interface;
    stack->Parameters.QueryInterface.InterfaceSpecificData = specific;
    status = io_call_and_wait(wdm, irp);
    IoFreeIrp(irp);
    return status;
}

NTSTATUS
imp_WdfIoTargetQueryForInterface(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                 LPCGUID InterfaceType, PINTERFACE Interface, USHORT Size,
                                 USHORT Version, PVOID InterfaceSpecificData)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);
    DEVICE_OBJECT *wdm = fx_iotarget_wdm(target);

    fx_require(DriverGlobals, InterfaceType);
    fx_require(DriverGlobals, Interface);
    if (wdm == NULL) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfIoTargetQueryForInterface: target %p has no device", IoTarget);
        return STATUS_INVALID_DEVICE_STATE;
    }
    return fx_query_interface(wdm, InterfaceType, Interface, Size, Version, InterfaceSpecificData);
}
