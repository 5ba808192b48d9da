/* SPDX-License-Identifier: MIT */
/*
 * How others find a device: device interfaces and symbolic links.
 *
 * Interfaces made before the device starts are enabled at its start and disabled when it goes;
 * the driver can veto that. Both lists only grow while the device lives; device->lock guards them
 * and the entries' flags.
 */
#include <string.h>

#include "fx/core/lock.h"
#include "fx/misc/string.h"
#include "fx/pnp/device_init.h"
#include "fx/pnp/device_priv.h"
#include "fx_imports.h"
#include "sys/memory.h"

/* --- Device interfaces ----------------------------------------------------------------------- */

static bool
same_reference(const UNICODE_STRING *a, const UNICODE_STRING *b)
{
    USHORT length = b == NULL ? 0 : b->Length;

    return a->Length == length && (length == 0 || memcmp(a->Buffer, b->Buffer, length) == 0);
}

static struct fx_interface *
find_interface(struct fx_device *device, const GUID *guid, const UNICODE_STRING *reference)
{
    struct fx_interface *found = NULL;
    struct list *link;

    fx_lock(&device->lock);
    list_for_each(link, &device->interfaces)
    {
        struct fx_interface *interface = container_of(link, struct fx_interface, link);

        if (memcmp(&interface->guid, guid, sizeof(*guid)) == 0 &&
            same_reference(&interface->reference, reference)) {
            found = interface;
            break;
        }
    }
    fx_unlock(&device->lock);
    return found;
}

/* Entries stay until the device goes, so the pointer outlives the lock. */
static void
set_enabled(struct fx_device *device, struct fx_interface *interface, bool enable)
{
    NTSTATUS status;
    bool change;

    fx_lock(&device->lock);
    change = interface->enabled != enable && interface->name.Length != 0;
    interface->enabled = change ? enable : interface->enabled;
    fx_unlock(&device->lock);
    if (!change) {
        return;
    }
    status = IoSetDeviceInterfaceState(&interface->name, enable);
    if (!NT_SUCCESS(status)) {
        fx_log(device->object.globals, "a device interface could not be %s: 0x%08x",
               enable ? "enabled" : "disabled", (unsigned)status);
    }
}

static void
free_interface(struct fx_interface *interface)
{
    fx_unicode_free(&interface->reference);
    if (interface->name.Buffer != NULL) {
        RtlFreeUnicodeString(&interface->name);
    }
    sys_free(interface);
}

/* The documented answer for a device outside PnP, and a bad handle's bugcheck. */
static struct fx_device *
pnp_device(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE handle)
{
    struct fx_device *device = fx_handle_get(driver_globals, handle, FX_TYPE_DEVICE);

    return device->physical == NULL || device->kind == FX_DEVICE_MINIPORT ? NULL : device;
}

/*
 * Gives the interface its name. A PDO that has not been reported yet is none to the PnP manager: then
 * the name comes when it starts.
 */
static NTSTATUS
register_interface(struct fx_device *device, struct fx_interface *interface)
{
    UNICODE_STRING *reference = interface->reference.Length != 0 ? &interface->reference : NULL;
    NTSTATUS status =
        IoRegisterDeviceInterface(device->physical, &interface->guid, reference, &interface->name);

    return status == STATUS_INVALID_DEVICE_REQUEST && device->kind == FX_DEVICE_PDO &&
                   !device->was_started
               ? STATUS_SUCCESS
               : status;
}

NTSTATUS
imp_WdfDeviceCreateDeviceInterface(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                   CONST GUID *InterfaceClassGUID, PCUNICODE_STRING ReferenceString)
{
    struct fx_device *device = pnp_device(DriverGlobals, Device);
    struct fx_interface *interface;
    NTSTATUS status;

    fx_require(DriverGlobals, InterfaceClassGUID);
    if (device == NULL || KeGetCurrentIrql() != PASSIVE_LEVEL) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfDeviceCreateDeviceInterface: no PnP device, or not at PASSIVE_LEVEL");
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (find_interface(device, InterfaceClassGUID, ReferenceString) != NULL) {
        return STATUS_SUCCESS;
    }
    interface = sys_alloc_zeroed(sizeof(*interface));
    if (interface == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    interface->guid = *InterfaceClassGUID;
    status = fx_unicode_copy(&interface->reference, ReferenceString);
    if (NT_SUCCESS(status)) {
        status = register_interface(device, interface);
    }
    if (!NT_SUCCESS(status)) {
        free_interface(interface);
        return status;
    }
    fx_lock(&device->lock);
    interface->wanted = !device->was_started;
    list_push_back(&device->interfaces, &interface->link);
    fx_unlock(&device->lock);
    return STATUS_SUCCESS;
}

static void
set_interface_state(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE handle, const GUID *guid,
                    const UNICODE_STRING *reference, bool enable, const char *function)
{
    struct fx_device *device = pnp_device(driver_globals, handle);
    struct fx_interface *interface;
    bool started;

    fx_require(driver_globals, guid);
    interface = device == NULL ? NULL : find_interface(device, guid, reference);
    if (interface == NULL) {
        fx_log(fx_globals_of(driver_globals), "%s: the device %p has no such interface", function,
               handle);
        return;
    }
    fx_lock(&device->lock);
    interface->wanted = enable;
    started = device->was_started;
    fx_unlock(&device->lock);
    if (started) {
        set_enabled(device, interface, enable);
    }
}

VOID
imp_WdfDeviceSetDeviceInterfaceState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                     CONST GUID *InterfaceClassGUID,
                                     PCUNICODE_STRING ReferenceString, BOOLEAN IsInterfaceEnabled)
{
    set_interface_state(DriverGlobals, Device, InterfaceClassGUID, ReferenceString,
                        IsInterfaceEnabled != FALSE, "WdfDeviceSetDeviceInterfaceState");
}

VOID
imp_WdfDeviceSetDeviceInterfaceStateEx(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                       CONST GUID *InterfaceClassGUID,
                                       PCUNICODE_STRING ReferenceString, BOOLEAN IsInterfaceEnabled)
{
    set_interface_state(DriverGlobals, Device, InterfaceClassGUID, ReferenceString,
                        IsInterfaceEnabled != FALSE, "WdfDeviceSetDeviceInterfaceStateEx");
}

NTSTATUS
imp_WdfDeviceRetrieveDeviceInterfaceString(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                           CONST GUID *InterfaceClassGUID,
                                           PCUNICODE_STRING ReferenceString, WDFSTRING String)
{
    struct fx_device *device = pnp_device(DriverGlobals, Device);
    struct fx_string *string = fx_handle_get(DriverGlobals, String, FX_TYPE_STRING);
    struct fx_interface *interface;

    fx_require(DriverGlobals, InterfaceClassGUID);
    if (device == NULL || KeGetCurrentIrql() != PASSIVE_LEVEL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    interface = find_interface(device, InterfaceClassGUID, ReferenceString);
    if (interface == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (interface->name.Length == 0) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    return fx_string_set(string, interface->name.Buffer, interface->name.Length);
}

NTSTATUS
fx_interface_name(struct fx_device *device, const GUID *guid, const UNICODE_STRING *reference,
                  UNICODE_STRING *ret_name)
{
    struct fx_interface *interface = find_interface(device, guid, reference);

    if (interface == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (interface->name.Length == 0) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    *ret_name = interface->name;
    return STATUS_SUCCESS;
}

/* Walks the list while others append; `interface` NULL: the first. */
static struct fx_interface *
next_interface(struct fx_device *device, struct fx_interface *interface)
{
    struct list *link;

    fx_lock(&device->lock);
    link = interface == NULL ? device->interfaces.next : interface->link.next;
    fx_unlock(&device->lock);
    return link == &device->interfaces ? NULL : container_of(link, struct fx_interface, link);
}

void
fx_interfaces_enable(struct fx_device *device)
{
    struct fx_interface *interface = NULL;

    fx_lock(&device->lock);
    device->was_started = true;
    fx_unlock(&device->lock);
    while ((interface = next_interface(device, interface)) != NULL) {
        bool wanted;

        fx_lock(&device->lock);
        wanted = interface->wanted;
        fx_unlock(&device->lock);
        if (interface->name.Length == 0) {
            NTSTATUS status = register_interface(device, interface);

            if (!NT_SUCCESS(status)) {
                fx_log(device->object.globals,
                       "an interface of the device %p cannot be registered: 0x%08x",
                       fx_object_handle(&device->object), (unsigned)status);
                continue;
            }
        }
        if (wanted) {
            set_enabled(device, interface, true);
        }
    }
}

void
fx_interfaces_disable(struct fx_device *device)
{
    struct fx_interface *interface = NULL;

    while ((interface = next_interface(device, interface)) != NULL) {
        set_enabled(device, interface, false);
    }
}

void
fx_interfaces_free(struct fx_device *device)
{
    struct list *link;

    while ((link = list_pop_front(&device->interfaces)) != NULL) {
        free_interface(container_of(link, struct fx_interface, link));
    }
}

/* --- Symbolic links -------------------------------------------------------------------------- */

/* What a link points to: the device's name, or that of its PDO. Freed with fx_unicode_free. */
static NTSTATUS
link_target(struct fx_device *device, UNICODE_STRING *ret_target)
{
    UNICODE_STRING name = {0};
    ULONG length = 0;
    NTSTATUS status;

    if (device->name.Length != 0) {
        return fx_unicode_copy(ret_target, &device->name);
    }
    if (device->physical == NULL) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    status = IoGetDeviceProperty(device->physical, DevicePropertyPhysicalDeviceObjectName, 0, NULL,
                                 &length);
    if (status != STATUS_BUFFER_TOO_SMALL || length > UNICODE_STRING_MAX_BYTES) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    name.Buffer = sys_alloc_zeroed(length + sizeof(WCHAR));
    if (name.Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = IoGetDeviceProperty(device->physical, DevicePropertyPhysicalDeviceObjectName, length,
                                 name.Buffer, &length);
    if (!NT_SUCCESS(status)) {
        sys_free(name.Buffer);
        return status;
    }
    while (name.Buffer[name.Length / sizeof(WCHAR)] != 0) {
        name.Length += sizeof(WCHAR);
    }
    name.MaximumLength = name.Length;
    *ret_target = name;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfDeviceCreateSymbolicLink(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                PCUNICODE_STRING SymbolicLinkName)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_symbolic_link *entry;
    UNICODE_STRING target;
    NTSTATUS status;

    fx_require(DriverGlobals, SymbolicLinkName);
    if (SymbolicLinkName->Length == 0 || SymbolicLinkName->Buffer == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    status = link_target(device, &target);
    if (!NT_SUCCESS(status)) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfDeviceCreateSymbolicLink: the device %p has no name", Device);
        return status;
    }
    entry = sys_alloc_zeroed(sizeof(*entry));
    status = entry == NULL ? STATUS_INSUFFICIENT_RESOURCES
                           : fx_unicode_copy(&entry->name, SymbolicLinkName);
    if (NT_SUCCESS(status)) {
        status = IoCreateSymbolicLink(&entry->name, &target);
    }
    fx_unicode_free(&target);
    if (!NT_SUCCESS(status)) {
        if (entry != NULL) {
            fx_unicode_free(&entry->name);
            sys_free(entry);
        }
        return status;
    }
    fx_lock(&device->lock);
    list_push_back(&device->links, &entry->link);
    fx_unlock(&device->lock);
    return STATUS_SUCCESS;
}

void
fx_symbolic_links_delete(struct fx_device *device)
{
    for (;;) {
        struct fx_symbolic_link *entry;
        struct list *link;

        fx_lock(&device->lock);
        link = list_pop_front(&device->links);
        fx_unlock(&device->lock);
        if (link == NULL) {
            return;
        }
        entry = container_of(link, struct fx_symbolic_link, link);
        (void)IoDeleteSymbolicLink(&entry->name);
        fx_unicode_free(&entry->name);
        sys_free(entry);
    }
}
