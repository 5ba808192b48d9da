/* SPDX-License-Identifier: MIT */
/*
 * Special files (paging, hibernation, dump, boot): which a device supports, which are on it, and the devices
 * that it depends on for them.
 */
#include "fx/core/lock.h"
#include "fx/pnp/call.h"
#include "fx/pnp/relations.h"
#include "fx_imports.h"
#include "nt/pnp/pnp.h"

/* -1: not a type that drivers know. */
static int
type_of(DEVICE_USAGE_NOTIFICATION_TYPE type)
{
    switch (type) {
    case DeviceUsageTypePaging:
        return WdfSpecialFilePaging;
    case DeviceUsageTypeHibernation:
        return WdfSpecialFileHibernation;
    case DeviceUsageTypeDumpFile:
        return WdfSpecialFileDump;
    case DeviceUsageTypeBoot:
        return WdfSpecialFileBoot;
    default:
        return -1;
    }
}

bool
fx_usage_in_path(struct fx_device *device, WDF_SPECIAL_FILE_TYPE type)
{
    return atomic_load_u32(&device->special_files[type]) != 0;
}

bool
fx_usage_is_special(struct fx_device *device)
{
    for (unsigned type = WdfSpecialFilePaging; type < WdfSpecialFileMax; type++) {
        if (fx_usage_in_path(device, (WDF_SPECIAL_FILE_TYPE)type)) {
            return true;
        }
    }
    return false;
}

VOID
imp_WdfDeviceSetSpecialFileSupport(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                   WDF_SPECIAL_FILE_TYPE FileType, BOOLEAN FileTypeIsSupported)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    if (FileType <= WdfSpecialFileUndefined || FileType >= WdfSpecialFileMax) {
        fx_log(fx_globals_of(DriverGlobals), "WdfDeviceSetSpecialFileSupport: file type %u",
               (unsigned)FileType);
        return;
    }
    device->supports_special[FileType] = FileTypeIsSupported != FALSE;
}

/* Tells the driver; STATUS_NOT_SUPPORTED for a type it has not enabled. */
static NTSTATUS
tell(struct fx_device *device, WDF_SPECIAL_FILE_TYPE type, bool in_path)
{
    if (device->pnp.EvtDeviceUsageNotificationEx != NULL) {
        return FX_CALL_STATUS(device, device->pnp.EvtDeviceUsageNotificationEx, type, in_path);
    }
    FX_CALL_VOID(device, device->pnp.EvtDeviceUsageNotification, type, in_path);
    return STATUS_SUCCESS;
}

/* The same IRP for another stack. */
static NTSTATUS
send_to(DEVICE_OBJECT *other, const IO_STACK_LOCATION *stack, bool in_path)
{
    IO_STACK_LOCATION copy = {.MinorFunction = IRP_MN_DEVICE_USAGE_NOTIFICATION};

    copy.Parameters.UsageNotification = stack->Parameters.UsageNotification;
    copy.Parameters.UsageNotification.InPath = in_path;
    return pnp_send(other, &copy, NULL);
}

/*
 * "A bus driver that handles this request for a child device must send a usage notification IRP to the device
 * stack for the device's parent."
 */
static NTSTATUS
tell_parent(struct fx_device *device, const IO_STACK_LOCATION *stack, bool in_path)
{
    if (device->kind != FX_DEVICE_PDO || device->parent == NULL) {
        return STATUS_SUCCESS;
    }
    return send_to(device->parent->physical, stack, in_path);
}

/* To the stacks it depends on; on a failure those that were told before hear the opposite. */
static NTSTATUS
tell_dependents(struct fx_device *device, const IO_STACK_LOCATION *stack, bool in_path)
{
    struct fx_relations others;
    NTSTATUS status = fx_relations_copy(device, &device->usage_dependents, &others);
    size_t told;

    for (told = 0; told < others.count && NT_SUCCESS(status); told++) {
        status = send_to(others.devices[told], stack, in_path);
    }
    if (NT_SUCCESS(status)) {
        status = tell_parent(device, stack, in_path);
    } else if (told > 0) {
        told--; /* Who has refused has not taken it. */
    }
    if (!NT_SUCCESS(status)) {
        for (size_t i = 0; i < told; i++) {
            (void)send_to(others.devices[i], stack, !in_path);
        }
    }
    fx_relations_copy_free(&others);
    return status;
}

/* The lower drivers have agreed, and hear that it was in vain. */
static void
tell_lower_the_opposite(struct fx_device *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    BOOLEAN in_path = stack->Parameters.UsageNotification.InPath;

    stack->Parameters.UsageNotification.InPath = !in_path;
    irp->IoStatus.Status = STATUS_SUCCESS;
    (void)fx_pnp_forward_and_wait(device, irp);
    stack->Parameters.UsageNotification.InPath = in_path;
}

/* "Dump: do not take the device out of the D0 state." "Hibernation: ensure that it is in D0" when that begins. */
static bool
keeps_in_d0(int type)
{
    return type == WdfSpecialFileDump || type == WdfSpecialFileHibernation;
}

static void
count(struct fx_device *device, int type, bool in_path)
{
    if (in_path) {
        (void)atomic_fetch_add_u32(&device->special_files[type], 1);
    } else if (atomic_load_u32(&device->special_files[type]) != 0) {
        (void)atomic_fetch_sub_u32(&device->special_files[type], 1);
    } else {
        return;
    }
    if (device->policy.owner && keeps_in_d0(type)) {
        if (in_path) {
            fx_policy_reference(device);
        } else {
            fx_policy_release(device);
        }
    }
    /* One writer, the PnP manager's action; requests that come in read other bits. */
    if (in_path) {
        device->was_pagable |= (device->wdm->Flags & DO_POWER_PAGABLE) != 0;
        atomic_store_relaxed_u32((uint32_t *)&device->wdm->Flags,
                                 device->wdm->Flags & ~(ULONG)DO_POWER_PAGABLE);
    } else if (device->was_pagable && !fx_usage_is_special(device)) {
        atomic_store_relaxed_u32((uint32_t *)&device->wdm->Flags,
                                 device->wdm->Flags | DO_POWER_PAGABLE);
    }
}

/* Runs after the lower drivers agreed; returns what the IRP is completed with. */
static NTSTATUS
usage_changed(struct fx_device *device, IRP *irp, int type)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    bool in_path = stack->Parameters.UsageNotification.InPath != FALSE;
    NTSTATUS status = tell(device, (WDF_SPECIAL_FILE_TYPE)type, in_path);

    if (!NT_SUCCESS(status)) {
        tell_lower_the_opposite(device, irp);
        (void)tell_dependents(device, stack, !in_path);
        return status;
    }
    count(device, type, in_path);
    IoInvalidateDeviceState(device->physical);
    return STATUS_SUCCESS;
}

void
fx_usage_end(struct fx_device *device)
{
    static const DEVICE_USAGE_NOTIFICATION_TYPE types[WdfSpecialFileMax] = {
        [WdfSpecialFilePaging] = DeviceUsageTypePaging,
        [WdfSpecialFileHibernation] = DeviceUsageTypeHibernation,
        [WdfSpecialFileDump] = DeviceUsageTypeDumpFile,
        [WdfSpecialFileBoot] = DeviceUsageTypeBoot,
    };

    for (int type = WdfSpecialFilePaging; type < WdfSpecialFileMax; type++) {
        IO_STACK_LOCATION stack = {.MajorFunction = IRP_MJ_PNP,
                                   .MinorFunction = IRP_MN_DEVICE_USAGE_NOTIFICATION};

        stack.Parameters.UsageNotification.Type = types[type];
        while (fx_usage_in_path(device, (WDF_SPECIAL_FILE_TYPE)type)) {
            (void)tell_dependents(device, &stack, false);
            count(device, type, false);
        }
    }
}

NTSTATUS
fx_usage_dispatch(struct fx_device *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    int type = type_of(stack->Parameters.UsageNotification.Type);
    bool in_path = stack->Parameters.UsageNotification.InPath != FALSE;
    NTSTATUS status;

    if (type < 0) {
        return fx_device_pass_down(device, irp, irp->IoStatus.Status);
    }
    /* A filter leaves the decision to those below it. */
    if (in_path && !device->filter && !device->supports_special[type]) {
        irp->IoStatus.Status = STATUS_NOT_IMPLEMENTED;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return STATUS_NOT_IMPLEMENTED;
    }
    status = tell_dependents(device, stack, in_path);
    if (NT_SUCCESS(status)) {
        irp->IoStatus.Status = STATUS_SUCCESS;
        status = fx_pnp_forward_and_wait(device, irp);
        if (NT_SUCCESS(status)) {
            status = usage_changed(device, irp, type);
        } else {
            (void)tell_dependents(device, stack, !in_path);
        }
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS
imp_WdfDeviceAddDependentUsageDeviceObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                           PDEVICE_OBJECT DependentDevice)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    if (DependentDevice == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return fx_relations_add(device, &device->usage_dependents, DependentDevice);
}

VOID
imp_WdfDeviceRemoveDependentUsageDeviceObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                              PDEVICE_OBJECT DependentDevice)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    fx_require(DriverGlobals, DependentDevice);
    fx_relations_remove(device, &device->usage_dependents, DependentDevice);
}
