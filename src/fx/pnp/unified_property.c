/* SPDX-License-Identifier: MIT */
/* The unified property model: DEVPROPKEYs of a device stack, for devices and before they are created. */
#include "fx/mem/memory.h"
#include "fx/pnp/device_init.h"
#include "fx_imports.h"

/* The PDO whose properties they are; NULL: a device outside of PnP. */
static NTSTATUS
check(struct fx_globals *globals, const char *function, DEVICE_OBJECT *physical,
      const WDF_DEVICE_PROPERTY_DATA *data)
{
    if (data->Size != sizeof(*data)) {
        fx_log(globals, "%s: WDF_DEVICE_PROPERTY_DATA.Size is %u", function, data->Size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (data->PropertyKey == NULL) {
        fx_log(globals, "%s: no property key", function);
        return STATUS_INVALID_PARAMETER;
    }
    return physical == NULL ? STATUS_INVALID_DEVICE_REQUEST : STATUS_SUCCESS;
}

static NTSTATUS
query(DEVICE_OBJECT *physical, const WDF_DEVICE_PROPERTY_DATA *data, ULONG length, void *buffer,
      ULONG *ret_length, DEVPROPTYPE *ret_type)
{
    return IoGetDevicePropertyData(physical, data->PropertyKey, data->Lcid, data->Flags, length,
                                   buffer, ret_length, ret_type);
}

static NTSTATUS
query_alloc(struct fx_globals *globals, DEVICE_OBJECT *physical,
            const WDF_DEVICE_PROPERTY_DATA *data, POOL_TYPE pool_type,
            WDF_OBJECT_ATTRIBUTES *attributes, const void *caller, WDFMEMORY *ret_memory,
            DEVPROPTYPE *ret_type)
{
    struct fx_memory *memory;
    ULONG length = 0;
    NTSTATUS status;

    /* The size may change between the two queries: once more then. */
    for (;;) {
        status = query(physical, data, 0, NULL, &length, ret_type);
        if (status != STATUS_BUFFER_TOO_SMALL) {
            return NT_SUCCESS(status) ? STATUS_UNSUCCESSFUL : status;
        }
        status = fx_memory_create(globals, attributes, pool_type, 0, length, caller, &memory);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        status = query(physical, data, length, memory->buffer, &length, ret_type);
        if (NT_SUCCESS(status)) {
            *ret_memory = fx_object_commit(&memory->object);
            return STATUS_SUCCESS;
        }
        (void)fx_object_delete(&memory->object);
        if (status != STATUS_BUFFER_TOO_SMALL) {
            return status;
        }
    }
}

NTSTATUS
imp_WdfDeviceQueryPropertyEx(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                             PWDF_DEVICE_PROPERTY_DATA DeviceProperty, ULONG BufferLength,
                             PVOID PropertyBuffer, PULONG RequiredSize, PDEVPROPTYPE Type)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceProperty);
    fx_require(DriverGlobals, RequiredSize);
    fx_require(DriverGlobals, Type);
    status = check(fx_globals_of(DriverGlobals), "WdfDeviceQueryPropertyEx", device->physical,
                   DeviceProperty);
    return NT_SUCCESS(status) ? query(device->physical, DeviceProperty, BufferLength,
                                      PropertyBuffer, RequiredSize, Type)
                              : status;
}

NTSTATUS
imp_WdfDeviceAllocAndQueryPropertyEx(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                     PWDF_DEVICE_PROPERTY_DATA DeviceProperty, POOL_TYPE PoolType,
                                     PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                     WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceProperty);
    fx_require(DriverGlobals, PropertyMemory);
    fx_require(DriverGlobals, Type);
    *PropertyMemory = NULL;
    status = check(fx_globals_of(DriverGlobals), "WdfDeviceAllocAndQueryPropertyEx",
                   device->physical, DeviceProperty);
    return NT_SUCCESS(status) ? query_alloc(fx_globals_of(DriverGlobals), device->physical,
                                            DeviceProperty, PoolType, PropertyMemoryAttributes,
                                            __builtin_return_address(0), PropertyMemory, Type)
                              : status;
}

NTSTATUS
imp_WdfDeviceAssignProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                            PWDF_DEVICE_PROPERTY_DATA DeviceProperty, DEVPROPTYPE Type, ULONG Size,
                            PVOID Data)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceProperty);
    status = check(fx_globals_of(DriverGlobals), "WdfDeviceAssignProperty", device->physical,
                   DeviceProperty);
    return NT_SUCCESS(status)
               ? IoSetDevicePropertyData(device->physical, DeviceProperty->PropertyKey,
                                         DeviceProperty->Lcid, DeviceProperty->Flags, Type, Size,
                                         Data)
               : status;
}

NTSTATUS
imp_WdfFdoInitQueryPropertyEx(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                              PWDF_DEVICE_PROPERTY_DATA DeviceProperty, ULONG BufferLength,
                              PVOID PropertyBuffer, PULONG ResultLength, PDEVPROPTYPE Type)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceProperty);
    fx_require(DriverGlobals, ResultLength);
    fx_require(DriverGlobals, Type);
    status = check(fx_globals_of(DriverGlobals), "WdfFdoInitQueryPropertyEx", init->physical,
                   DeviceProperty);
    return NT_SUCCESS(status) ? query(init->physical, DeviceProperty, BufferLength, PropertyBuffer,
                                      ResultLength, Type)
                              : status;
}

NTSTATUS
imp_WdfFdoInitAllocAndQueryPropertyEx(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                      PWDF_DEVICE_PROPERTY_DATA DeviceProperty, POOL_TYPE PoolType,
                                      PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                      WDFMEMORY *PropertyMemory, PDEVPROPTYPE Type)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceProperty);
    fx_require(DriverGlobals, PropertyMemory);
    fx_require(DriverGlobals, Type);
    *PropertyMemory = NULL;
    status = check(fx_globals_of(DriverGlobals), "WdfFdoInitAllocAndQueryPropertyEx",
                   init->physical, DeviceProperty);
    return NT_SUCCESS(status) ? query_alloc(fx_globals_of(DriverGlobals), init->physical,
                                            DeviceProperty, PoolType, PropertyMemoryAttributes,
                                            __builtin_return_address(0), PropertyMemory, Type)
                              : status;
}
