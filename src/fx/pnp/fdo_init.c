/* SPDX-License-Identifier: MIT */
/* WdfFdoInit…: what function and filter drivers say and ask before they create their device. */
#include "fx/core/sized.h"
#include "fx/mem/memory.h"
#include "fx/pnp/device_init.h"
#include "fx/pnp/property.h"
#include "fx_imports.h"

static bool
is_from_add_device(const struct WDFDEVICE_INIT *init)
{
    return init->kind == FX_DEVICE_FDO || init->kind == FX_DEVICE_FILTER;
}

VOID
imp_WdfFdoInitSetFilter(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    if (!is_from_add_device(init)) {
        init->status = STATUS_INVALID_DEVICE_REQUEST;
        return;
    }
    init->kind = FX_DEVICE_FILTER;
    init->filter = true;
    init->power_policy_owner = false;
}

VOID
imp_WdfFdoInitSetEventCallbacks(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                PWDF_FDO_EVENT_CALLBACKS FdoEventCallbacks)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, FdoEventCallbacks);
    if (!is_from_add_device(init) || FdoEventCallbacks->Size != sizeof(*FdoEventCallbacks)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_FDO_EVENT_CALLBACKS.Size is %u",
               FdoEventCallbacks->Size);
        init->status = STATUS_INFO_LENGTH_MISMATCH;
        return;
    }
    init->fdo = *FdoEventCallbacks;
}

PDEVICE_OBJECT
imp_WdfFdoInitWdmGetPhysicalDevice(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit)
{
    return fx_device_init_get(DriverGlobals, DeviceInit)->physical;
}

NTSTATUS
imp_WdfFdoInitQueryProperty(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                            DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                            PVOID PropertyBuffer, PULONG ResultLength)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, ResultLength);
    return fx_property_query(init->physical, DeviceProperty, BufferLength, PropertyBuffer,
                             ResultLength);
}

NTSTATUS
imp_WdfFdoInitAllocAndQueryProperty(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                    DEVICE_REGISTRY_PROPERTY DeviceProperty, POOL_TYPE PoolType,
                                    PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                    WDFMEMORY *PropertyMemory)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, PropertyMemory);
    *PropertyMemory = NULL;
    return fx_property_query_alloc(fx_globals_of(DriverGlobals), init->physical, DeviceProperty,
                                   PoolType, PropertyMemoryAttributes, __builtin_return_address(0),
                                   PropertyMemory);
}
