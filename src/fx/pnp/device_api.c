/* SPDX-License-Identifier: MIT */
/* WdfDevice…: what a driver asks of its device, and tells it after creation. */
#include "fx/core/driver.h"
#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/misc/string.h"
#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

static struct fx_device *
get(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE handle)
{
    return fx_handle_get(driver_globals, handle, FX_TYPE_DEVICE);
}

WDFDEVICE
imp_WdfWdmDeviceGetWdfDeviceHandle(PWDF_DRIVER_GLOBALS DriverGlobals, PDEVICE_OBJECT DeviceObject)
{
    struct fx_device_extension *extension;

    fx_require(DriverGlobals, DeviceObject);
    extension = DeviceObject->DeviceExtension;
    if (extension == NULL || extension->magic != FX_DEVICE_EXTENSION_MAGIC ||
        extension->device == NULL) {
        return NULL;
    }
    return fx_object_handle(&extension->device->object);
}

PDEVICE_OBJECT
imp_WdfDeviceWdmGetDeviceObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    return get(DriverGlobals, Device)->wdm;
}

PDEVICE_OBJECT
imp_WdfDeviceWdmGetAttachedDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    return get(DriverGlobals, Device)->attached;
}

PDEVICE_OBJECT
imp_WdfDeviceWdmGetPhysicalDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    return get(DriverGlobals, Device)->physical;
}

WDFDRIVER
imp_WdfDeviceGetDriver(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    return fx_object_handle(&get(DriverGlobals, Device)->driver->object);
}

NTSTATUS
imp_WdfDeviceRetrieveDeviceName(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                WDFSTRING String)
{
    struct fx_device *device = get(DriverGlobals, Device);
    struct fx_string *string = fx_handle_get(DriverGlobals, String, FX_TYPE_STRING);

    if (device->name.Length == 0) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    return fx_string_set(string, device->name.Buffer, device->name.Length);
}

/* --- State ----------------------------------------------------------------------------------- */

VOID
imp_WdfDeviceGetDeviceState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                            PWDF_DEVICE_STATE DeviceState)
{
    struct fx_device *device = get(DriverGlobals, Device);

    fx_require(DriverGlobals, DeviceState);
    if (DeviceState->Size != sizeof(*DeviceState)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_DEVICE_STATE.Size is %u", DeviceState->Size);
        return;
    }
    fx_lock(&device->lock);
    *DeviceState = device->device_state;
    fx_unlock(&device->lock);
}

VOID
imp_WdfDeviceSetDeviceState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                            PWDF_DEVICE_STATE DeviceState)
{
    struct fx_device *device = get(DriverGlobals, Device);
    WDF_DEVICE_STATE state;

    fx_require(DriverGlobals, DeviceState);
    if (!fx_sized_copy(&state, sizeof(state), DeviceState, DeviceState->Size,
                       FX_SIZE_THROUGH(WDF_DEVICE_STATE, ResourcesChanged))) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_DEVICE_STATE.Size is %u", DeviceState->Size);
        return;
    }
    fx_lock(&device->lock);
    device->device_state = state;
    fx_unlock(&device->lock);
    if (device->physical != NULL) {
        IoInvalidateDeviceState(device->physical);
    }
}

VOID
imp_WdfDeviceSetStaticStopRemove(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                 BOOLEAN Stoppable)
{
    struct fx_device *device = get(DriverGlobals, Device);

    if (!Stoppable) {
        (void)atomic_fetch_add_u32(&device->stop_vetoes, 1);
        return;
    }
    if (atomic_load_u32(&device->stop_vetoes) == 0) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfDeviceSetStaticStopRemove: TRUE without an earlier FALSE for %p", Device);
        return;
    }
    (void)atomic_fetch_sub_u32(&device->stop_vetoes, 1);
}

/* --- Capabilities, flags --------------------------------------------------------------------- */

VOID
imp_WdfDeviceSetPnpCapabilities(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                PWDF_DEVICE_PNP_CAPABILITIES PnpCapabilities)
{
    struct fx_device *device = get(DriverGlobals, Device);

    fx_require(DriverGlobals, PnpCapabilities);
    if (PnpCapabilities->Size != sizeof(*PnpCapabilities)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_DEVICE_PNP_CAPABILITIES.Size is %u",
               PnpCapabilities->Size);
        return;
    }
    device->pnp_capabilities = *PnpCapabilities;
}

VOID
imp_WdfDeviceSetPowerCapabilities(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                  PWDF_DEVICE_POWER_CAPABILITIES PowerCapabilities)
{
    struct fx_device *device = get(DriverGlobals, Device);

    fx_require(DriverGlobals, PowerCapabilities);
    if (PowerCapabilities->Size != sizeof(*PowerCapabilities)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_DEVICE_POWER_CAPABILITIES.Size is %u",
               PowerCapabilities->Size);
        return;
    }
    device->power_capabilities = *PowerCapabilities;
    device->policy.has_capabilities = false; /* The stack's may be others now. */
}

VOID
imp_WdfDeviceSetBusInformationForChildren(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                          PPNP_BUS_INFORMATION BusInformation)
{
    struct fx_device *device = get(DriverGlobals, Device);

    fx_require(DriverGlobals, BusInformation);
    device->bus_information = *BusInformation;
    device->has_bus_information = true;
}

VOID
imp_WdfDeviceSetCharacteristics(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                ULONG DeviceCharacteristics)
{
    get(DriverGlobals, Device)->wdm->Characteristics = DeviceCharacteristics;
}

ULONG
imp_WdfDeviceGetCharacteristics(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    return get(DriverGlobals, Device)->wdm->Characteristics;
}

VOID
imp_WdfDeviceSetAlignmentRequirement(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                     ULONG AlignmentRequirement)
{
    get(DriverGlobals, Device)->wdm->AlignmentRequirement = AlignmentRequirement;
}

ULONG
imp_WdfDeviceGetAlignmentRequirement(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    return get(DriverGlobals, Device)->wdm->AlignmentRequirement;
}
