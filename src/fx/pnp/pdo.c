/* SPDX-License-Identifier: MIT */
/* WdfPdo…: a PDO and its place among its parent's children; the end of a PDO. */
#include "fx/pnp/pdo.h"

#include "fx/io/device_io.h"
#include "fx/pnp/child.h"
#include "fx/pnp/call.h"
#include "fx_imports.h"

static struct fx_device *
get(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE handle, const char *function)
{
    struct fx_device *device = fx_handle_get(driver_globals, handle, FX_TYPE_DEVICE);

    if (device->kind != FX_DEVICE_PDO) {
        fx_log(fx_globals_of(driver_globals), "%s: %p is not a PDO", function, handle);
        return NULL;
    }
    return device;
}

WDFDEVICE
imp_WdfPdoGetParent(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = get(DriverGlobals, Device, "WdfPdoGetParent");

    return device == NULL ? NULL : fx_device_handle(device->parent);
}

NTSTATUS
imp_WdfPdoMarkMissing(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = get(DriverGlobals, Device, "WdfPdoMarkMissing");

    if (device == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    return fx_child_mark_missing(device);
}

VOID
imp_WdfPdoRequestEject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = get(DriverGlobals, Device, "WdfPdoRequestEject");

    if (device != NULL) {
        IoRequestDeviceEject(device->wdm);
    }
}

NTSTATUS
imp_WdfPdoRetrieveIdentificationDescription(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription)
{
    struct fx_device *device =
        get(DriverGlobals, Device, "WdfPdoRetrieveIdentificationDescription");

    fx_require(DriverGlobals, IdentificationDescription);
    return device == NULL ? STATUS_INVALID_PARAMETER
                          : fx_child_get_identification(device, IdentificationDescription);
}

NTSTATUS
imp_WdfPdoRetrieveAddressDescription(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                     PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct fx_device *device = get(DriverGlobals, Device, "WdfPdoRetrieveAddressDescription");

    fx_require(DriverGlobals, AddressDescription);
    return device == NULL ? STATUS_INVALID_PARAMETER
                          : fx_child_get_address(device, AddressDescription);
}

NTSTATUS
imp_WdfPdoUpdateAddressDescription(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                   PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct fx_device *device = get(DriverGlobals, Device, "WdfPdoUpdateAddressDescription");

    fx_require(DriverGlobals, AddressDescription);
    return device == NULL ? STATUS_INVALID_PARAMETER
                          : fx_child_set_address(device, AddressDescription);
}

/* --- Inside ---------------------------------------------------------------------------------- */

bool
fx_pdo_is_missing(struct fx_device *device)
{
    return fx_child_is_reported_missing(device);
}

void
fx_pdo_mark_missing(struct fx_device *device)
{
    (void)fx_child_mark_missing(device);
}

void
fx_pdo_remove(struct fx_device *device)
{
    fx_child_forget_pdo(device);
    fx_device_remove(device);
}

void
fx_pdo_remove_with_parent(struct fx_device *device)
{
    fx_child_set_reported_missing(device);
    fx_pnp_remove_now(device);
    fx_pdo_remove(device);
}

static VOID
reference(PVOID context)
{
    fx_object_ref(&((struct fx_device *)context)->object);
}

static VOID
dereference(PVOID context)
{
    fx_object_unref(&((struct fx_device *)context)->object);
}

static VOID
reenumerate(PVOID context)
{
    fx_child_reenumerate(context);
}

bool
fx_pdo_provide_reenumerate(struct fx_device *device, const IO_STACK_LOCATION *stack)
{
    REENUMERATE_SELF_INTERFACE_STANDARD *interface =
        (void *)stack->Parameters.QueryInterface.Interface;

    if (!IsEqualGUID(stack->Parameters.QueryInterface.InterfaceType, &fx_guid_reenumerate_self) ||
        stack->Parameters.QueryInterface.Size < sizeof(*interface) ||
        !fx_child_is_dynamic(device)) {
        return false;
    }
    *interface = (REENUMERATE_SELF_INTERFACE_STANDARD){
        .Size = sizeof(*interface),
        .Version = 1,
        .Context = device,
        .InterfaceReference = reference,
        .InterfaceDereference = dereference,
        .SurpriseRemoveAndReenumerateSelf = reenumerate,
    };
    reference(device);
    return true;
}
