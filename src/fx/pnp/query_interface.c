/* SPDX-License-Identifier: MIT */
/* Driver-defined interfaces: WdfDeviceAddQueryInterface, IRP_MN_QUERY_INTERFACE, WdfFdoQueryForInterface. */
#include <string.h>

#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/pnp/call.h"
#include "fx/pnp/pdo.h"
#include "fx_imports.h"
#include "nt/pnp/pnp.h"
#include "sys/memory.h"

/* Entries stay as long as the device. */
struct fx_query_interface {
    struct list link; /* device->lock. */
    GUID guid;
    bool to_parent;
    bool import;
    PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST process;
    INTERFACE *interface; /* sys_alloc; NULL: none given. */
};

void
fx_query_interfaces_free(struct fx_device *device)
{
    struct list *link;

    while ((link = list_pop_front(&device->queried_interfaces)) != NULL) {
        struct fx_query_interface *entry = container_of(link, struct fx_query_interface, link);

        sys_free(entry->interface);
        sys_free(entry);
    }
}

static bool
is_valid(const struct fx_device *device, const WDF_QUERY_INTERFACE_CONFIG *config)
{
    bool to_parent = config->SendQueryToParentStack && device->kind == FX_DEVICE_PDO;

    if (config->InterfaceType == NULL) {
        return false;
    }
    if (config->Interface != NULL && config->Interface->Size < sizeof(INTERFACE)) {
        return false;
    }
    if (config->ImportInterface) {
        return config->EvtDeviceProcessQueryInterfaceRequest != NULL || to_parent;
    }
    return config->Interface != NULL || to_parent;
}

NTSTATUS
imp_WdfDeviceAddQueryInterface(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                               PWDF_QUERY_INTERFACE_CONFIG InterfaceConfig)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_query_interface *entry;

    fx_require(DriverGlobals, InterfaceConfig);
    if (KeGetCurrentIrql() != PASSIVE_LEVEL || device->physical == NULL) {
        fx_log(globals, "WdfDeviceAddQueryInterface: not at PASSIVE_LEVEL, or a control device");
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (InterfaceConfig->Size != sizeof(*InterfaceConfig)) {
        fx_log(globals, "WDF_QUERY_INTERFACE_CONFIG.Size is %u", InterfaceConfig->Size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (!is_valid(device, InterfaceConfig)) {
        fx_log(globals, "WdfDeviceAddQueryInterface: no interface type, or neither an interface "
                        "nor who provides it");
        return STATUS_INVALID_PARAMETER;
    }
    entry = sys_alloc_zeroed(sizeof(*entry));
    if (entry == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    entry->guid = *InterfaceConfig->InterfaceType;
    entry->to_parent = InterfaceConfig->SendQueryToParentStack && device->kind == FX_DEVICE_PDO;
    entry->import = InterfaceConfig->ImportInterface != FALSE;
    entry->process = InterfaceConfig->EvtDeviceProcessQueryInterfaceRequest;
    if (InterfaceConfig->Interface != NULL) {
        entry->interface = sys_alloc(InterfaceConfig->Interface->Size);
        if (entry->interface == NULL) {
            sys_free(entry);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        memcpy(entry->interface, InterfaceConfig->Interface, InterfaceConfig->Interface->Size);
    }
    fx_lock(&device->lock);
    list_push_back(&device->queried_interfaces, &entry->link);
    fx_unlock(&device->lock);
    return STATUS_SUCCESS;
}

/* --- The IRP --------------------------------------------------------------------------------- */

static struct fx_query_interface *
find(struct fx_device *device, const GUID *guid)
{
    struct fx_query_interface *found = NULL;
    struct list *link;

    fx_lock(&device->lock);
    list_for_each(link, &device->queried_interfaces)
    {
        struct fx_query_interface *entry = container_of(link, struct fx_query_interface, link);

        if (memcmp(&entry->guid, guid, sizeof(*guid)) == 0) {
            found = entry;
            break;
        }
    }
    fx_unlock(&device->lock);
    return found;
}

static NTSTATUS
send_to_parent(struct fx_device *device, const IO_STACK_LOCATION *stack)
{
    IO_STACK_LOCATION copy = {.MinorFunction = IRP_MN_QUERY_INTERFACE};

    copy.Parameters.QueryInterface = stack->Parameters.QueryInterface;
    return pnp_send(device->parent->physical, &copy, NULL);
}

/* Whether what the requester expects is what there is. */
static bool
fits(const struct fx_query_interface *entry, const IO_STACK_LOCATION *stack)
{
    const INTERFACE *ours = entry->interface;
    USHORT version = stack->Parameters.QueryInterface.Version;

    if (ours == NULL) {
        return true;
    }
    return stack->Parameters.QueryInterface.Size >= ours->Size &&
           (entry->import ? version >= ours->Version : version == ours->Version);
}

static NTSTATUS
provide(struct fx_device *device, const struct fx_query_interface *entry,
        const IO_STACK_LOCATION *stack)
{
    INTERFACE *exposed = stack->Parameters.QueryInterface.Interface;
    NTSTATUS status = STATUS_SUCCESS;

    if (!fits(entry, stack)) {
        fx_log(device->object.globals,
               "IRP_MN_QUERY_INTERFACE: size %u, version %u; ours is of size %u, version %u",
               stack->Parameters.QueryInterface.Size, stack->Parameters.QueryInterface.Version,
               entry->interface->Size, entry->interface->Version);
        return STATUS_INVALID_PARAMETER;
    }
    if (entry->to_parent) {
        status = send_to_parent(device, stack);
        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
    if (!entry->import && entry->interface != NULL) {
        memcpy(exposed, entry->interface, entry->interface->Size);
    }
    if (entry->process != NULL) {
        status = FX_CALL_STATUS(device, entry->process, (LPGUID)&entry->guid, exposed,
                                stack->Parameters.QueryInterface.InterfaceSpecificData);
    }
    if (NT_SUCCESS(status) && !entry->to_parent && exposed->InterfaceReference != NULL) {
        exposed->InterfaceReference(exposed->Context);
    }
    return status;
}

NTSTATUS
fx_query_interface_dispatch(struct fx_device *device, IRP *irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const struct fx_query_interface *entry =
        find(device, stack->Parameters.QueryInterface.InterfaceType);
    NTSTATUS status = irp->IoStatus.Status;

    if (entry != NULL) {
        status = provide(device, entry, stack);
        if (!NT_SUCCESS(status) && status != STATUS_NOT_SUPPORTED) {
            irp->IoStatus.Status = status;
            IoCompleteRequest(irp, IO_NO_INCREMENT);
            return status;
        }
        if (NT_SUCCESS(status)) {
            irp->IoStatus.Status = status;
        }
    } else if (device->kind == FX_DEVICE_PDO && fx_pdo_provide_reenumerate(device, stack)) {
        irp->IoStatus.Status = STATUS_SUCCESS;
    }
    return fx_device_pass_down(device, irp, irp->IoStatus.Status);
}

/* --- For the driver -------------------------------------------------------------------------- */

NTSTATUS
imp_WdfFdoQueryForInterface(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo, LPCGUID InterfaceType,
                            PINTERFACE Interface, USHORT Size, USHORT Version,
                            PVOID InterfaceSpecificData)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Fdo, FX_TYPE_DEVICE);
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_INTERFACE};

    if (InterfaceType == NULL || Interface == NULL || device->physical == NULL ||
        device->kind == FX_DEVICE_MINIPORT) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfFdoQueryForInterface: NULL, or a device outside of PnP");
        return STATUS_INVALID_PARAMETER;
    }
    stack.Parameters.QueryInterface.InterfaceType = InterfaceType;
    stack.Parameters.QueryInterface.Size = Size;
    stack.Parameters.QueryInterface.Version = Version;
    stack.Parameters.QueryInterface.Interface = Interface;
    stack.Parameters.QueryInterface.InterfaceSpecificData = InterfaceSpecificData;
    return pnp_send(device->physical, &stack, NULL);
}
