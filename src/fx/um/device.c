/* SPDX-License-Identifier: MIT */
/* A user-mode device: its stack's I/O types, custom events, properties of its interfaces. */
#include <string.h>

#include "fx/mem/memory.h"
#include "fx/object/object.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"
#include "sys/memory.h"

VOID
imp_WdfDeviceGetDeviceStackIoType(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                  WDF_DEVICE_IO_TYPE *ReadWriteIoType,
                                  WDF_DEVICE_IO_TYPE *IoControlIoType)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    fx_require(DriverGlobals, ReadWriteIoType);
    fx_require(DriverGlobals, IoControlIoType);
    *ReadWriteIoType = device->read_write_io_type;
    *IoControlIoType = device->ioctl_io_type;
}

/*
 * Applications that registered for the device's handle, and drivers that registered for its PDO, get the event.
 * Returns when it is on its way.
 */
NTSTATUS
imp_WdfDevicePostEvent(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, REFGUID EventGuid,
                       WDF_EVENT_TYPE WdfEventType, BYTE *Data, ULONG DataSizeCb)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    const size_t head = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);
    TARGET_DEVICE_CUSTOM_NOTIFICATION *custom;
    NTSTATUS status;

    fx_require(DriverGlobals, EventGuid);
    if (device->physical == NULL || WdfEventType != WdfEventBroadcast ||
        (Data == NULL && DataSizeCb != 0) || DataSizeCb > MAXUSHORT - head) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfDevicePostEvent: event type %d with %u bytes of data on %s", (int)WdfEventType,
               (unsigned)DataSizeCb, device->physical == NULL ? "a control device" : "a device");
        return STATUS_INVALID_PARAMETER;
    }
    custom = sys_alloc_zeroed(sizeof(*custom) + DataSizeCb);
    if (custom == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    custom->Version = 1;
    custom->Size = (USHORT)(head + DataSizeCb);
    custom->Event = *EventGuid;
    custom->NameBufferOffset = -1;
    if (DataSizeCb != 0) {
        memcpy(custom->CustomDataBuffer, Data, DataSizeCb);
    }
    status = IoReportTargetDeviceChangeAsynchronous(device->physical, custom, NULL, NULL);
    sys_free(custom);
    return status == STATUS_PENDING ? STATUS_SUCCESS : status;
}

/* --- Properties of interfaces ------------------------------------------------------------------ */

/* The interface's name; STATUS_INVALID_PARAMETER and a line that says why. */
static NTSTATUS
find(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE handle,
     const WDF_DEVICE_INTERFACE_PROPERTY_DATA *data, const char *caller, UNICODE_STRING *ret_name)
{
    struct fx_device *device = fx_handle_get(driver_globals, handle, FX_TYPE_DEVICE);

    if (data->Size != sizeof(*data) || data->InterfaceClassGUID == NULL ||
        data->PropertyKey == NULL) {
        fx_log(fx_globals_of(driver_globals),
               "%s: Size %u (expected %zu), or no class or no key is given", caller,
               (unsigned)data->Size, sizeof(*data));
        return data->Size != sizeof(*data) ? STATUS_INFO_LENGTH_MISMATCH : STATUS_INVALID_PARAMETER;
    }
    return fx_interface_name(device, data->InterfaceClassGUID, data->ReferenceString, ret_name);
}

NTSTATUS
imp_WdfDeviceAssignInterfaceProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                     PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                     DEVPROPTYPE Type, ULONG BufferLength, PVOID PropertyBuffer)
{
    UNICODE_STRING name;
    NTSTATUS status;

    fx_require(DriverGlobals, PropertyData);
    status = find(DriverGlobals, Device, PropertyData, "WdfDeviceAssignInterfaceProperty", &name);
    return !NT_SUCCESS(status)
               ? status
               : IoSetDeviceInterfacePropertyData(&name, PropertyData->PropertyKey,
                                                  PropertyData->Lcid, PropertyData->Flags, Type,
                                                  BufferLength, PropertyBuffer);
}

NTSTATUS
imp_WdfDeviceQueryInterfaceProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                    PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                    ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength,
                                    PDEVPROPTYPE Type)
{
    UNICODE_STRING name;
    NTSTATUS status;

    fx_require(DriverGlobals, PropertyData);
    fx_require(DriverGlobals, ResultLength);
    fx_require(DriverGlobals, Type);
    status = find(DriverGlobals, Device, PropertyData, "WdfDeviceQueryInterfaceProperty", &name);
    return !NT_SUCCESS(status)
               ? status
               : IoGetDeviceInterfacePropertyData(&name, PropertyData->PropertyKey,
                                                  PropertyData->Lcid, PropertyData->Flags,
                                                  BufferLength, PropertyBuffer, ResultLength, Type);
}

NTSTATUS
imp_WdfDeviceAllocAndQueryInterfaceProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                            PWDF_DEVICE_INTERFACE_PROPERTY_DATA PropertyData,
                                            POOL_TYPE PoolType,
                                            PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                            WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type)
{
    UNICODE_STRING name;
    struct fx_memory *memory;
    ULONG length = 0;
    NTSTATUS status;

    fx_require(DriverGlobals, PropertyData);
    fx_require(DriverGlobals, PropertyMemory);
    fx_require(DriverGlobals, Type);
    *PropertyMemory = NULL;
    status =
        find(DriverGlobals, Device, PropertyData, "WdfDeviceAllocAndQueryInterfaceProperty", &name);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    /* The size may change between the two queries: once more then. */
    for (;;) {
        status =
            IoGetDeviceInterfacePropertyData(&name, PropertyData->PropertyKey, PropertyData->Lcid,
                                             PropertyData->Flags, 0, NULL, &length, Type);
        if (status != STATUS_BUFFER_TOO_SMALL) {
            return NT_SUCCESS(status) ? STATUS_UNSUCCESSFUL : status;
        }
        status = fx_memory_create(fx_globals_of(DriverGlobals), PropertyMemoryAttributes, PoolType,
                                  0, length, __builtin_return_address(0), &memory);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        status = IoGetDeviceInterfacePropertyData(&name, PropertyData->PropertyKey,
                                                  PropertyData->Lcid, PropertyData->Flags, length,
                                                  memory->buffer, &length, Type);
        if (NT_SUCCESS(status)) {
            *PropertyMemory = fx_object_commit(&memory->object);
            return STATUS_SUCCESS;
        }
        (void)fx_object_delete(&memory->object);
        if (status != STATUS_BUFFER_TOO_SMALL) {
            return status;
        }
    }
}
