/* SPDX-License-Identifier: MIT */
#include "fx/pnp/property.h"

#include "fx/mem/memory.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"

NTSTATUS
fx_property_query(DEVICE_OBJECT *physical, DEVICE_REGISTRY_PROPERTY property, ULONG length,
                  void *buffer, ULONG *ret_length)
{
    if (physical == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return IoGetDeviceProperty(physical, property, length, buffer, ret_length);
}

NTSTATUS
fx_property_query_alloc(struct fx_globals *globals, DEVICE_OBJECT *physical,
                        DEVICE_REGISTRY_PROPERTY property, POOL_TYPE pool_type,
                        WDF_OBJECT_ATTRIBUTES *attributes, const void *caller,
                        WDFMEMORY *ret_memory)
{
    struct fx_memory *memory;
    ULONG length = 0;
    NTSTATUS status;

    /* The size may change between the two queries: once more then. */
    for (;;) {
        status = fx_property_query(physical, property, 0, NULL, &length);
        if (status != STATUS_BUFFER_TOO_SMALL) {
            return NT_SUCCESS(status) ? STATUS_UNSUCCESSFUL : status;
        }
        status = fx_memory_create(globals, attributes, pool_type, 0, length, caller, &memory);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        status = fx_property_query(physical, property, length, memory->buffer, &length);
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
imp_WdfDeviceQueryProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                           DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                           PVOID PropertyBuffer, PULONG ResultLength)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    fx_require(DriverGlobals, ResultLength);
    return fx_property_query(device->physical, DeviceProperty, BufferLength, PropertyBuffer,
                             ResultLength);
}

NTSTATUS
imp_WdfDeviceAllocAndQueryProperty(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                   DEVICE_REGISTRY_PROPERTY DeviceProperty, POOL_TYPE PoolType,
                                   PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                   WDFMEMORY *PropertyMemory)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    fx_require(DriverGlobals, PropertyMemory);
    *PropertyMemory = NULL;
    return fx_property_query_alloc(fx_globals_of(DriverGlobals), device->physical, DeviceProperty,
                                   PoolType, PropertyMemoryAttributes, __builtin_return_address(0),
                                   PropertyMemory);
}
