/* SPDX-License-Identifier: MIT */
/*
 * The birth and death of devices.
 *
 * WdfDeviceCreate makes the WDM device object and the framework object, takes over what
 * WDFDEVICE_INIT says, attaches to the stack last: from then on IRPs may come. Death: an FDO goes
 * with IRP_MN_REMOVE_DEVICE, a control device with WdfObjectDelete or the driver, a miniport's
 * with WdfObjectDelete. The object's clean-up detaches, its last reference deletes the WDM device
 * object.
 */
#include "fx/pnp/device.h"

#include <string.h>

#include "base/assert.h"
#include "fx/core/callback.h"
#include "fx/core/driver.h"
#include "fx/core/lock.h"
#include "fx/io/device_io.h"
#include "fx/misc/wmi.h"
#include "fx/pnp/device_init.h"
#include "fx/pnp/child.h"
#include "fx/pnp/device_priv.h"
#include "fx/pnp/pdo.h"
#include "fx/pnp/relations.h"
#include "fx_imports.h"
#include "sys/memory.h"
#include "nt/io/io.h"

static struct fx_device *
device_of(struct fx_object *object)
{
    return container_of(object, struct fx_device, object);
}

/* "The driver must sometimes delete" its control devices, and its miniport devices. */
static bool
device_may_delete(struct fx_object *object)
{
    enum fx_device_kind kind = device_of(object)->kind;

    return kind == FX_DEVICE_CONTROL || kind == FX_DEVICE_MINIPORT;
}

/* No PnP manager tells the queues and targets of these devices that it ends. */
static bool
is_outside_pnp(const struct fx_device *device)
{
    return device->kind == FX_DEVICE_CONTROL || device->kind == FX_DEVICE_MINIPORT;
}

static void
device_deleting(struct fx_object *object)
{
    struct fx_device *device = device_of(object);

    if (is_outside_pnp(device) && device->io != NULL) {
        fx_io_device_purge(device);
    }
}

/* The queues are gone; IRPs may still be on their way in or out. */
static bool
device_stop(struct fx_object *object)
{
    struct fx_device *device = device_of(object);
    struct fx_device_extension *extension;

    if (device->kind != FX_DEVICE_CONTROL || device->wdm == NULL) {
        return true;
    }
    extension = device->wdm->DeviceExtension;
    return atomic_fetch_or_u32(&extension->gate, FX_GATE_CLOSED) == 0;
}

static void
device_cleaned(struct fx_object *object)
{
    struct fx_device *device = device_of(object);

    fx_symbolic_links_delete(device);
    fx_interfaces_disable(device);
    fx_wmi_stop(device);
    fx_control_shutdown_unregister(device);
    fx_parent_forget(device);
    if (device->kind != FX_DEVICE_MINIPORT && device->attached != NULL) {
        IoDetachDevice(device->attached);
        device->attached = NULL;
    }
}

static void
device_destroy(struct fx_object *object)
{
    struct fx_device *device = device_of(object);
    unsigned major;

    if (device->io != NULL) {
        fx_io_device_destroy(device);
    }
    fx_symbolic_links_delete(device);
    fx_interfaces_free(device);
    fx_wmi_free(device);
    fx_query_interfaces_free(device);
    fx_relations_clear(device, &device->removal_relations);
    fx_relations_clear(device, &device->ejection_relations);
    fx_relations_clear(device, &device->usage_dependents);
    fx_state_notices_free(device->machines.notices);
    fx_pdo_free(device->pdo);
    if (device->parent != NULL) {
        fx_object_unref(&device->parent->object);
    }
    if (device->kind != FX_DEVICE_MINIPORT && device->wdm != NULL) {
        struct fx_device_extension *extension = device->wdm->DeviceExtension;

        /* Somebody may hold the WDM device object for longer. */
        if (!extension->has_gate) {
            extension->magic = 0;
        }
        extension->device = NULL;
        IoDeleteDevice(device->wdm);
    }
    for (major = 0; major < FX_MAJOR_COUNT; major++) {
        sys_free(device->preprocess[major].minors);
    }
    fx_unicode_free(&device->name);
}

static struct fx_callback_lock *
device_callback_lock(struct fx_object *object)
{
    return &device_of(object)->own_lock;
}

static struct fx_callback_lock *
device_scope_lock(struct fx_object *object)
{
    return device_of(object)->scope_lock;
}

const struct fx_class fx_class_device = {
    .type = FX_TYPE_DEVICE,
    .name = "WDFDEVICE",
    .size = sizeof(struct fx_device),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .passive = true,
    .execution_level = true,
    .sync_scope = true,
    .undeletable = true,
    .may_delete = device_may_delete,
    .deleting = device_deleting,
    .stop = device_stop,
    .cleaned = device_cleaned,
    .destroy = device_destroy,
    .callback_lock = device_callback_lock,
    .scope_lock = device_scope_lock,
};

struct fx_device *
fx_device_above(struct fx_object *object)
{
    while (object != NULL && object->type != FX_TYPE_DEVICE) {
        object = object->parent;
    }
    return object == NULL ? NULL : device_of(object);
}

bool
fx_device_is_powered(const struct fx_device *device)
{
    return atomic_load_u32(&device->power.in_d0) != 0;
}

/* --- WdfDeviceCreate ------------------------------------------------------------------------- */

static NTSTATUS
check_init(struct fx_globals *globals, const struct WDFDEVICE_INIT *init)
{
    bool has_name = init->name.Length != 0 || init->kind == FX_DEVICE_CONTROL ||
                    (init->characteristics & FILE_AUTOGENERATED_DEVICE_NAME) != 0;

    if (init->created != NULL) {
        fx_log(globals, "WdfDeviceCreate: this device has been created already");
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (!NT_SUCCESS(init->status)) {
        return init->status;
    }
    if ((init->sddl.Length != 0 || init->has_class_guid) && !has_name) {
        fx_log(globals,
               "WdfDeviceCreate: a security setting or device class without a device name");
        return STATUS_INVALID_SECURITY_DESCR;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
create_wdm(struct fx_device *device, struct WDFDEVICE_INIT *init)
{
    ULONG characteristics = init->characteristics;
    DEVICE_TYPE type = init->device_type;
    struct fx_device_extension *extension;
    NTSTATUS status;

    if (init->name.Length == 0 && init->kind == FX_DEVICE_CONTROL) {
        characteristics |= FILE_AUTOGENERATED_DEVICE_NAME;
    }
    if (type == 0) {
        type = FILE_DEVICE_UNKNOWN;
    }
    status = IoCreateDevice(init->driver->wdm, sizeof(*extension),
                            init->name.Length != 0 ? &init->name : NULL, type, characteristics,
                            init->exclusive, &device->wdm);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    extension = device->wdm->DeviceExtension;
    extension->magic = FX_DEVICE_EXTENSION_MAGIC;
    extension->device = device;
    extension->has_gate = init->kind == FX_DEVICE_CONTROL;
    return STATUS_SUCCESS;
}

/* Everything that is only stored. The preprocess tables' memory passes to the device. */
static void
take_init(struct fx_device *device, struct WDFDEVICE_INIT *init)
{
    device->kind = init->kind;
    device->driver = init->driver;
    device->physical = init->physical;
    device->read_write_io_type = init->read_write_io_type;
    device->ioctl_io_type = init->ioctl_io_type;
    device->direct_transfer_threshold = init->direct_transfer_threshold;
    device->has_file_config = init->has_file_config;
    device->file_config = init->file_config;
    device->file_attributes = init->file_attributes;
    device->request_attributes = init->request_attributes;
    device->io_in_caller_context = init->io_in_caller_context;
    device->filter = init->filter;
    device->exclusive = init->exclusive;
    device->power_pageable = init->power_pageable;
    device->policy.owner = init->power_policy_owner;
    device->remove_lock_for_io = init->remove_lock_for_io;
    device->release_hardware_late = init->release_hardware_late;
    device->pnp = init->pnp;
    device->fdo = init->fdo;
    device->power_policy = init->power_policy;
    device->shutdown_notification = init->shutdown_notification;
    /* "WdfUseDefault: forwarded by filter drivers, not by function drivers." */
    device->auto_forward_cleanup_close =
        !init->has_file_config || init->file_config.AutoForwardCleanupClose == WdfUseDefault
            ? init->filter
            : init->file_config.AutoForwardCleanupClose == WdfTrue;
    if (!init->has_file_config) {
        device->file_config.FileObjectClass = WdfFileObjectNotRequired;
    }
    device->has_preprocess = init->has_preprocess;
    memcpy(device->preprocess, init->preprocess, sizeof(device->preprocess));
    memset(init->preprocess, 0, sizeof(init->preprocess));
    device->name = init->name;
    init->name = (UNICODE_STRING){0};
    device->pdo = init->pdo;
    init->pdo = NULL;
    for (unsigned i = 0; i < FX_MACHINE_COUNT; i++) {
        list_move_all(&device->machines.notices[i], &init->notices[i]);
    }
}

/* The opposite, so that the driver can try again with the same WDFDEVICE_INIT. */
static void
give_init_back(struct fx_device *device, struct WDFDEVICE_INIT *init)
{
    memcpy(init->preprocess, device->preprocess, sizeof(init->preprocess));
    memset(device->preprocess, 0, sizeof(device->preprocess));
    init->name = device->name;
    device->name = (UNICODE_STRING){0};
    init->pdo = device->pdo;
    device->pdo = NULL;
    for (unsigned i = 0; i < FX_MACHINE_COUNT; i++) {
        list_move_all(&init->notices[i], &device->machines.notices[i]);
    }
}

void
fx_device_init_fields(struct fx_device *device)
{
    fx_callback_lock_init(&device->own_lock,
                          device->object.execution_level == WdfExecutionLevelPassive);
    device->scope_lock =
        device->object.sync_scope == WdfSynchronizationScopeDevice ? &device->own_lock : NULL;
    list_init(&device->links);
    list_init(&device->interfaces);
    device->device_state = (WDF_DEVICE_STATE){
        .Size = sizeof(WDF_DEVICE_STATE),
        .Disabled = WdfUseDefault,
        .DontDisplayInUI = WdfUseDefault,
        .Failed = WdfUseDefault,
        .NotDisableable = WdfUseDefault,
        .Removed = WdfUseDefault,
        .ResourcesChanged = WdfUseDefault,
        .AssignedToGuest = WdfUseDefault,
    };
    KeInitializeEvent(&device->pnp_answered, NotificationEvent, FALSE);
    list_init(&device->children);
    list_init(&device->sibling);
    list_init(&device->child_lists);
    list_init(&device->interrupts);
    list_init(&device->queried_interfaces);
    device->power.state = PowerDeviceD3;
    device->power.wake_ending = 1; /* There is no wait/wake IRP. */
    fx_machines_init(device);
    fx_policy_init(device);
}

static void
set_io_flags(struct fx_device *device)
{
    if (device->read_write_io_type == WdfDeviceIoBuffered) {
        device->wdm->Flags |= DO_BUFFERED_IO;
    } else if (device->read_write_io_type == WdfDeviceIoDirect) {
        device->wdm->Flags |= DO_DIRECT_IO;
    }
}

/*
 * A filter looks like the device below it; a function driver decides for itself. What the stack
 * needs (alignment, stack locations) comes from below for both; IoAttachDeviceToDeviceStackSafe
 * sets them.
 */
static NTSTATUS
attach(struct fx_device *device, const struct WDFDEVICE_INIT *init)
{
    const ULONG inherited = DO_BUFFERED_IO | DO_DIRECT_IO | DO_POWER_PAGABLE | DO_POWER_INRUSH;
    DEVICE_OBJECT *wdm = device->wdm;
    NTSTATUS status = IoAttachDeviceToDeviceStackSafe(wdm, device->physical, &device->attached);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (device->filter) {
        wdm->Flags |= io_device_flags(device->attached) & inherited;
        if (init->device_type == 0) {
            wdm->DeviceType = device->attached->DeviceType;
        }
        wdm->Characteristics |=
            device->attached->Characteristics &
            (FILE_REMOVABLE_MEDIA | FILE_READ_ONLY_DEVICE | FILE_FLOPPY_DISKETTE);
        device->read_write_io_type = (wdm->Flags & DO_BUFFERED_IO) != 0 ? WdfDeviceIoBuffered
                                     : (wdm->Flags & DO_DIRECT_IO) != 0 ? WdfDeviceIoDirect
                                                                        : WdfDeviceIoNeither;
        if (init->power_pageable_set) {
            wdm->Flags &= ~(ULONG)DO_POWER_PAGABLE;
            wdm->Flags |= init->power_pageable ? DO_POWER_PAGABLE : 0;
        }
    } else {
        set_io_flags(device);
        if (init->power_inrush) {
            wdm->Flags |= DO_POWER_INRUSH; /* Excludes DO_POWER_PAGABLE, as WDM has it. */
        } else if (init->power_pageable) {
            wdm->Flags |= DO_POWER_PAGABLE;
        }
    }
    return STATUS_SUCCESS;
}

/* A PDO is the bottom of its own stack. */
static NTSTATUS
be_child(struct fx_device *device, const struct WDFDEVICE_INIT *init)
{
    device->physical = device->wdm;
    set_io_flags(device);
    if (init->power_pageable) {
        device->wdm->Flags |= DO_POWER_PAGABLE;
    }
    if (device->pdo->forwards_to_parent) {
        device->wdm->StackSize = (CCHAR)(init->parent->wdm->StackSize + 1);
    }
    device->power.depends_on_parent = !device->pdo->no_power_dependency;
    fx_parent_adopt(init->parent, device);
    return STATUS_SUCCESS;
}

static NTSTATUS
create_child_lists(struct fx_device *device, struct WDFDEVICE_INIT *init)
{
    NTSTATUS status = fx_child_list_create(device, NULL, NULL, &device->static_children);

    if (NT_SUCCESS(status) && init->child_list.Size != 0) {
        status = fx_child_list_create(
            device, &init->child_list,
            init->child_list_attributes.Size != 0 ? &init->child_list_attributes : NULL,
            &device->default_children);
    }
    return status;
}

NTSTATUS
imp_WdfDeviceCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT *DeviceInit,
                    PWDF_OBJECT_ATTRIBUTES DeviceAttributes, WDFDEVICE *Device)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct WDFDEVICE_INIT *init;
    struct fx_device *device;
    NTSTATUS status;

    fx_require(DriverGlobals, DeviceInit);
    fx_require(DriverGlobals, Device);
    *Device = NULL;
    init = fx_device_init_get(DriverGlobals, *DeviceInit);
    status = check_init(globals, init);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = fx_object_create(&fx_class_device, globals, DeviceAttributes, &init->driver->object, 0,
                              &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    fx_device_init_fields(device);
    device->kind = init->kind;
    status = create_wdm(device, init);
    if (!NT_SUCCESS(status)) {
        fx_log(globals, "WdfDeviceCreate: IoCreateDevice failed with 0x%08x", (unsigned)status);
        goto fail;
    }
    take_init(device, init);
    fx_wake_init(device);
    if (device->kind == FX_DEVICE_PDO) {
        status = be_child(device, init);
    } else if (device->physical != NULL) {
        status = attach(device, init);
    } else {
        set_io_flags(device);
    }
    if (NT_SUCCESS(status)) {
        status = fx_io_device_create(device);
    }
    if (NT_SUCCESS(status) && device->attached != NULL) {
        status = create_child_lists(device, init);
    }
    if (!NT_SUCCESS(status)) {
        give_init_back(device, init);
        goto fail;
    }
    if (device->has_preprocess) {
        device->wdm->StackSize++; /* For the callback's completion routine. */
    }
    if (device->shutdown_notification != NULL) {
        status = fx_control_shutdown_register(device, init->shutdown_flags);
        if (!NT_SUCCESS(status)) {
            give_init_back(device, init);
            goto fail;
        }
    }
    if (init->kind == FX_DEVICE_PDO) {
        /* Nobody opens it before the PnP manager has started it; it has no AddDevice of ours. */
        device->wdm->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    fx_machines_start(device);
    init->created = device;
    *Device = fx_object_commit(&device->object);
    *DeviceInit = NULL;
    if (init->kind == FX_DEVICE_CONTROL || (init->kind == FX_DEVICE_PDO && !init->dynamic)) {
        fx_device_init_delete(init); /* Who made the others still needs them. */
    }
    return STATUS_SUCCESS;

fail:
    fx_object_delete_and_wait(&device->object);
    return status;
}

/* --- AddDevice ------------------------------------------------------------------------------- */

void
fx_device_remove(struct fx_device *device)
{
    fx_policy_fini(device);
    fx_machines_end(device);
    if (device->attached != NULL) {
        IoDetachDevice(device->attached);
        device->attached = NULL;
    }
    fx_object_delete_and_wait(&device->object);
}

NTSTATUS
fx_device_add(struct fx_driver *driver, DEVICE_OBJECT *physical)
{
    PFN_WDF_DRIVER_DEVICE_ADD callback = driver->config.EvtDriverDeviceAdd;
    struct fx_globals *globals = driver->object.globals;
    struct WDFDEVICE_INIT *init;
    struct fx_device *device;
    NTSTATUS status;
    bool filter;
    KIRQL irql;

    if (callback == NULL) {
        return STATUS_SUCCESS; /* The driver does not care for the device: no device object. */
    }
    init = fx_device_init_create(driver, FX_DEVICE_FDO, physical);
    if (init == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irql = fx_callback_begin();
    status = callback(fx_object_handle(&driver->object), init);
    fx_callback_end(globals, irql, (const void *)callback);

    filter = init->filter;
    device = init->created;
    fx_device_init_delete(init);
    if (NT_SUCCESS(status)) {
        if (device != NULL) {
            device->wdm->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
        }
        return status;
    }
    fx_log(globals, "EvtDriverDeviceAdd failed with 0x%08x", (unsigned)status);
    if (device != NULL) {
        fx_io_device_purge(device);
        fx_device_remove(device);
    }
    /* Documented: the stack is built without a filter that fails. */
    return filter ? STATUS_SUCCESS : status;
}
