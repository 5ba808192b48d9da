/* SPDX-License-Identifier: MIT */
/*
 * Remote I/O targets: a device, a file or a device interface that a driver opens by name, or another
 * device object that it knows.
 *
 * A closed target has neither a device nor a file, and nothing is outstanding: closing cancels what
 * was sent and waits for it before the file goes. So a request never outlives the file it names.
 *
 * The registration for the target device's removal lives from open to close and survives a close for
 * query-remove: "remain registered ... the impending remove operation might be canceled". Its
 * callback may close, reopen or delete the target; it holds a reference meanwhile.
 *
 * `changing` is set while an open or a close is under way: both call other drivers, so no lock can be
 * held. A second one at the same time is refused.
 */
#include "base/utf16.h"
#include "fx/core/callback.h"
#include "fx/core/driver.h"
#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/pnp/device.h"
#include "fx/pnp/device_init.h"
#include "fx/target/iotarget.h"
#include "fx_imports.h"
#include "nt/io/io.h"

struct fx_remote_target {
    struct fx_iotarget target; /* First. */
    bool changing;             /* Under target.lock. */

    /* Of who changes. */
    bool opened_once;
    WDF_IO_TARGET_OPEN_PARAMS params; /* The name's text is `name`. */
    UNICODE_STRING name;
    HANDLE handle; /* NULL: it was not opened by name, or is closed. */
    PVOID notification;
};

/* As documented in wdmguid.h. */
static const GUID guid_query_remove = {
    0xcb3a4006, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_remove_cancelled = {
    0xcb3a4007, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_remove_complete = {
    0xcb3a4008, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};

static struct fx_remote_target *
remote_of(struct fx_iotarget *target)
{
    return container_of(target, struct fx_remote_target, target);
}

/* The target that a handle stands for, which must be a remote one. */
static struct fx_remote_target *
remote_get(PWDF_DRIVER_GLOBALS driver_globals, WDFIOTARGET handle, const char *function)
{
    struct fx_iotarget *target = fx_handle_get(driver_globals, handle, FX_TYPE_IOTARGET);

    if (!target->remote) {
        fx_bugcheck(fx_globals_of(driver_globals), WDF_INVALID_HANDLE, (ULONG_PTR)handle,
                    FX_TYPE_IOTARGET, 0, "%s: %p is a local I/O target", function, handle);
    }
    return remote_of(target);
}

/* --- Closing --------------------------------------------------------------------------------- */

/* Gives back what was opened; nothing is outstanding. */
static void
release_device(struct fx_remote_target *remote)
{
    struct fx_iotarget *target = &remote->target;
    DEVICE_OBJECT *wdm;
    FILE_OBJECT *file;
    HANDLE handle;

    fx_lock(&target->lock);
    wdm = target->wdm;
    file = target->file;
    handle = remote->handle;
    target->wdm = NULL;
    target->file = NULL;
    remote->handle = NULL;
    fx_unlock(&target->lock);
    if (file != NULL) {
        ObDereferenceObject(file);
    }
    if (wdm != NULL) {
        ObDereferenceObject(wdm);
    }
    if (handle != NULL) {
        (void)ZwClose(handle);
    }
}

static void
unregister(struct fx_remote_target *remote)
{
    PVOID notification;

    fx_lock(&remote->target.lock);
    notification = remote->notification;
    remote->notification = NULL;
    fx_unlock(&remote->target.lock);
    if (notification != NULL) {
        (void)IoUnregisterPlugPlayNotificationEx(notification);
    }
}

/* Begins to open or close; false when somebody else is at it. */
static bool
begin_change(struct fx_remote_target *remote, const char *function)
{
    bool mine;

    fx_lock(&remote->target.lock);
    mine = !remote->changing;
    remote->changing = true;
    fx_unlock(&remote->target.lock);
    if (!mine) {
        fx_log(remote->target.object.globals,
               "%s: target %p is being opened or closed by another thread", function,
               fx_iotarget_handle(&remote->target));
    }
    return mine;
}

static void
end_change(struct fx_remote_target *remote)
{
    fx_lock(&remote->target.lock);
    remote->changing = false;
    fx_unlock(&remote->target.lock);
}

static void
close_remote(struct fx_remote_target *remote, WDF_IO_TARGET_STATE state, const char *function)
{
    if (!begin_change(remote, function)) {
        return;
    }
    fx_iotarget_purge(&remote->target, state);
    fx_iotarget_wait_for_sent(&remote->target);
    release_device(remote);
    if (state == WdfIoTargetClosed) {
        unregister(remote);
    }
    end_change(remote);
}

static void
remote_dispose(struct fx_object *object)
{
    struct fx_remote_target *remote = (struct fx_remote_target *)object;

    /* First: when it returns no callback closes or opens the target any more. */
    unregister(remote);
    release_device(remote);
}

static void
remote_destroy(struct fx_object *object)
{
    struct fx_remote_target *remote = (struct fx_remote_target *)object;

    if (remote->params.TargetFileObject != NULL) {
        ObDereferenceObject(remote->params.TargetFileObject);
    }
    if (remote->params.TargetDeviceObject != NULL) {
        ObDereferenceObject(remote->params.TargetDeviceObject);
    }
    fx_unicode_free(&remote->name);
}

static const struct fx_class remote_class = {
    .type = FX_TYPE_IOTARGET,
    .name = "WDFIOTARGET",
    .size = sizeof(struct fx_remote_target),
    .parent_rule = FX_PARENT_OPTIONAL,
    .passive = true,
    .stop = fx_iotarget_stop,
    .dispose = remote_dispose,
    .destroy = remote_destroy,
};

NTSTATUS
imp_WdfIoTargetCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                      PWDF_OBJECT_ATTRIBUTES IoTargetAttributes, WDFIOTARGET *IoTarget)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_remote_target *remote;
    struct fx_object *parent;
    NTSTATUS status;

    fx_require(DriverGlobals, IoTarget);
    *IoTarget = NULL;
    status = fx_attributes_check(&remote_class, globals, IoTargetAttributes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    parent = fx_attributes_parent(globals, IoTargetAttributes, &device->object);
    if (fx_device_above(parent) != device) {
        fx_log(globals, "WdfIoTargetCreate: the parent %p is not below the device %p",
               fx_object_handle(parent), Device);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status =
        fx_object_create(&remote_class, globals, IoTargetAttributes, &device->object, 0, &remote);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    fx_iotarget_init(&remote->target, device);
    remote->target.remote = true;
    remote->target.state = WdfIoTargetClosed;
    *IoTarget = fx_object_commit(&remote->target.object);
    return STATUS_SUCCESS;
}

/* --- Opening --------------------------------------------------------------------------------- */

/*
 * The object manager's name for what the driver gave: user-mode drivers may write it as applications
 * do ("\\?\...", "\\.\...").
 */
static NTSTATUS
object_name(const UNICODE_STRING *given, UNICODE_STRING *ret_name)
{
    NTSTATUS status = fx_unicode_copy(ret_name, given);

    if (NT_SUCCESS(status) && ret_name->Length >= 4 * sizeof(WCHAR) &&
        ret_name->Buffer[0] == L'\\' && ret_name->Buffer[1] == L'\\' &&
        (ret_name->Buffer[2] == L'?' || ret_name->Buffer[2] == L'.') &&
        ret_name->Buffer[3] == L'\\') {
        ret_name->Buffer[1] = L'?';
        ret_name->Buffer[2] = L'?';
    }
    return status;
}

/* CreateFile's dispositions as NtCreateFile's; 0 when it is none. */
static ULONG
disposition_of(const struct fx_globals *globals, ULONG given)
{
    static const UCHAR of_win32[] = {
        [1] = FILE_CREATE,  [2] = FILE_OVERWRITE_IF, [3] = FILE_OPEN,
        [4] = FILE_OPEN_IF, [5] = FILE_OVERWRITE,
    };

    if (!globals->is_umdf) {
        return given;
    }
    return given < RTL_NUMBER_OF(of_win32) ? of_win32[given] : FILE_MAXIMUM_DISPOSITION + 1;
}

static void
refused_name(const struct fx_remote_target *remote, NTSTATUS status)
{
    char name[256];
    size_t length;

    length = utf16_to_utf8(name, sizeof(name) - 1, (const uint16_t *)remote->name.Buffer,
                           remote->name.Length / sizeof(WCHAR));
    name[length < sizeof(name) - 1 ? length : sizeof(name) - 1] = '\0';
    fx_log(remote->target.object.globals, "WdfIoTargetOpen: \"%s\" cannot be opened: 0x%08x", name,
           (unsigned)status);
}

static NTSTATUS
open_by_name(struct fx_remote_target *remote, ULONG *ret_information)
{
    const WDF_IO_TARGET_OPEN_PARAMS *params = &remote->params;
    struct fx_globals *globals = remote->target.object.globals;
    LARGE_INTEGER allocation;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status;
    PVOID object;

    if (params->AllocationSize != NULL) {
        allocation.QuadPart = *params->AllocationSize;
    }
    InitializeObjectAttributes(&attributes, &remote->name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
                               NULL, NULL);
    status =
        ZwCreateFile(&remote->handle, params->DesiredAccess, &attributes, &iosb,
                     params->AllocationSize == NULL ? NULL : &allocation, params->FileAttributes,
                     params->ShareAccess, disposition_of(globals, params->CreateDisposition),
                     params->CreateOptions, params->EaBuffer, params->EaBufferLength);
    *ret_information = (ULONG)iosb.Information;
    if (!NT_SUCCESS(status)) {
        remote->handle = NULL;
        refused_name(remote, status);
        return status;
    }
    status =
        ObReferenceObjectByHandle(remote->handle, 0, *IoFileObjectType, KernelMode, &object, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    remote->target.file = object;
    remote->target.wdm = IoGetRelatedDeviceObject(object);
    ObReferenceObject(remote->target.wdm);
    return STATUS_SUCCESS;
}

static NTSTATUS
open_existing(struct fx_remote_target *remote)
{
    const WDF_IO_TARGET_OPEN_PARAMS *params = &remote->params;

    remote->target.wdm = params->TargetDeviceObject;
    ObReferenceObject(remote->target.wdm);
    remote->target.file = params->TargetFileObject;
    if (remote->target.file != NULL) {
        ObReferenceObject(remote->target.file);
    }
    return STATUS_SUCCESS;
}

/* The next lower device of our own stack, with a file object of its own. */
static NTSTATUS
open_local_by_file(struct fx_remote_target *remote)
{
    DEVICE_OBJECT *lower = remote->target.device->attached;
    FILE_OBJECT *file;
    NTSTATUS status;

    if (lower == NULL) {
        fx_log(remote->target.object.globals,
               "WdfIoTargetOpen: the device %p has no driver below it",
               fx_object_handle(&remote->target.device->object));
        return STATUS_INVALID_DEVICE_STATE;
    }
    status = io_open_device(lower, &remote->name, &remote->handle, &file);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    remote->target.file = file;
    remote->target.wdm = lower;
    ObReferenceObject(lower);
    return STATUS_SUCCESS;
}

/* Keeps what the driver says about the target until it says something else. */
static NTSTATUS
keep_params(struct fx_remote_target *remote, WDF_IO_TARGET_OPEN_PARAMS *params)
{
    UNICODE_STRING name = {0};
    NTSTATUS status = STATUS_SUCCESS;

    if (params->Type == WdfIoTargetOpenByName) {
        status = object_name(&params->TargetDeviceName, &name);
    } else if (params->Type == WdfIoTargetOpenLocalTargetByFile) {
        status = fx_unicode_copy(&name, &params->FileName);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (params->Type == WdfIoTargetOpenUseExistingDevice) {
        ObReferenceObject(params->TargetDeviceObject);
        if (params->TargetFileObject != NULL) {
            ObReferenceObject(params->TargetFileObject);
        }
    } else {
        params->TargetDeviceObject = NULL;
        params->TargetFileObject = NULL;
    }
    remote_destroy(&remote->target.object);
    remote->params = *params;
    remote->name = name;
    remote->opened_once = true;
    return STATUS_SUCCESS;
}

/* Says what is wrong with the driver's parameters. */
static NTSTATUS
check_params(struct fx_remote_target *remote, const WDF_IO_TARGET_OPEN_PARAMS *params)
{
    struct fx_globals *globals = remote->target.object.globals;
    bool valid = false;

    switch (params->Type) {
    case WdfIoTargetOpenUseExistingDevice:
        if (params->TargetFileObject != NULL && params->TargetFileObject->DeviceObject == NULL) {
            fx_log(globals, "WdfIoTargetOpen: TargetFileObject %p has no device",
                   (void *)params->TargetFileObject);
            return STATUS_NO_SUCH_DEVICE;
        }
        valid = params->TargetDeviceObject != NULL && !globals->is_umdf;
        break;
    case WdfIoTargetOpenByName:
        valid = params->TargetDeviceName.Length != 0 && params->TargetDeviceName.Buffer != NULL;
        break;
    case WdfIoTargetOpenReopen:
        if (!remote->opened_once) {
            fx_log(globals, "WdfIoTargetOpen: target %p was never open, it cannot be reopened",
                   fx_iotarget_handle(&remote->target));
            return STATUS_INVALID_DEVICE_STATE;
        }
        valid = true;
        break;
    case WdfIoTargetOpenLocalTargetByFile:
        valid = globals->is_umdf;
        for (size_t i = 0; i < params->FileName.Length / sizeof(WCHAR); i++) {
            valid =
                valid && params->FileName.Buffer[i] != L'\\' && params->FileName.Buffer[i] != L'/';
        }
        break;
    default:
        break;
    }
    if (!valid) {
        fx_log(globals, "WdfIoTargetOpen: the open parameters (Type %d) are not valid",
               (int)params->Type);
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS on_device_change(PVOID structure, PVOID context);

static NTSTATUS
register_for_removal(struct fx_remote_target *remote)
{
    FILE_OBJECT *file = remote->target.file;
    DEVICE_OBJECT *bottom = file == NULL ? NULL : io_device_bottom(file->DeviceObject);
    PVOID notification;
    NTSTATUS status;

    if (bottom == NULL || (io_device_devnode(bottom) == NULL && !io_device_is_foreign(bottom))) {
        return STATUS_SUCCESS; /* Not a PnP device: nothing will ever be said about it. */
    }
    status = IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, file,
                                            remote->target.object.globals->driver_object,
                                            on_device_change, remote, &notification);
    if (NT_SUCCESS(status)) {
        fx_lock(&remote->target.lock);
        remote->notification = notification;
        fx_unlock(&remote->target.lock);
    }
    return status;
}

static NTSTATUS
open_locked_out(struct fx_remote_target *remote, WDF_IO_TARGET_OPEN_PARAMS *params,
                ULONG *ret_information)
{
    struct fx_iotarget *target = &remote->target;
    NTSTATUS status = STATUS_SUCCESS;

    if (params->Type != WdfIoTargetOpenReopen) {
        status = keep_params(remote, params);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    unregister(remote); /* The old file's, when it was closed for query-remove. */
    switch (remote->params.Type) {
    case WdfIoTargetOpenByName:
        status = open_by_name(remote, ret_information);
        break;
    case WdfIoTargetOpenLocalTargetByFile:
        status = open_local_by_file(remote);
        break;
    default:
        status = open_existing(remote);
        break;
    }
    if (NT_SUCCESS(status)) {
        status = register_for_removal(remote);
    }
    if (!NT_SUCCESS(status)) {
        release_device(remote);
    }
    fx_lock(&target->lock);
    if (target->state != WdfIoTargetDeleted) {
        target->state = NT_SUCCESS(status) ? WdfIoTargetStarted : WdfIoTargetClosed;
    }
    fx_unlock(&target->lock);
    return status;
}

NTSTATUS
imp_WdfIoTargetOpen(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                    PWDF_IO_TARGET_OPEN_PARAMS OpenParams)
{
    struct fx_remote_target *remote = remote_get(DriverGlobals, IoTarget, "WdfIoTargetOpen");
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_IO_TARGET_STATE state;
    ULONG information = 0;
    NTSTATUS status;

    fx_require(DriverGlobals, OpenParams);
    if (!fx_sized_copy(&params, sizeof(params), OpenParams, OpenParams->Size,
                       FX_SIZE_THROUGH(WDF_IO_TARGET_OPEN_PARAMS, FileInformation))) {
        fx_log(globals, "WDF_IO_TARGET_OPEN_PARAMS.Size is %u, not %u", OpenParams->Size,
               (unsigned)sizeof(params));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    status = check_params(remote, &params);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!begin_change(remote, "WdfIoTargetOpen")) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    fx_lock(&remote->target.lock);
    state = remote->target.state;
    fx_unlock(&remote->target.lock);
    if (state == WdfIoTargetClosed || state == WdfIoTargetClosedForQueryRemove) {
        status = open_locked_out(remote, &params, &information);
        if (params.Type == WdfIoTargetOpenByName) {
            OpenParams->FileInformation = information;
        }
    } else {
        fx_log(globals, "WdfIoTargetOpen: target %p is %s", IoTarget,
               state == WdfIoTargetDeleted ? "being deleted" : "open already");
        status = STATUS_INVALID_DEVICE_STATE;
    }
    end_change(remote);
    return status;
}

VOID
imp_WdfIoTargetClose(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    close_remote(remote_get(DriverGlobals, IoTarget, "WdfIoTargetClose"), WdfIoTargetClosed,
                 "WdfIoTargetClose");
}

VOID
imp_WdfIoTargetCloseForQueryRemove(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    close_remote(remote_get(DriverGlobals, IoTarget, "WdfIoTargetCloseForQueryRemove"),
                 WdfIoTargetClosedForQueryRemove, "WdfIoTargetCloseForQueryRemove");
}

HANDLE
imp_WdfIoTargetWdmGetTargetFileHandle(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    return target->remote ? remote_of(target)->handle : NULL;
}

/* --- The target's device goes ---------------------------------------------------------------- */

static NTSTATUS
on_query_remove(struct fx_remote_target *remote)
{
    PFN_WDF_IO_TARGET_QUERY_REMOVE callback = remote->params.EvtIoTargetQueryRemove;
    NTSTATUS status;
    KIRQL irql;

    if (callback == NULL) {
        close_remote(remote, WdfIoTargetClosedForQueryRemove, "query-remove of the target");
        return STATUS_SUCCESS;
    }
    irql = fx_callback_begin();
    status = callback(fx_iotarget_handle(&remote->target));
    fx_callback_end(remote->target.object.globals, irql, (const void *)callback);
    return status;
}

static void
reopen(struct fx_remote_target *remote)
{
    WDF_IO_TARGET_OPEN_PARAMS params = {.Type = WdfIoTargetOpenReopen};
    ULONG information;
    bool due;

    if (!begin_change(remote, "reopening the target")) {
        return;
    }
    fx_lock(&remote->target.lock);
    due = remote->target.state == WdfIoTargetClosedForQueryRemove;
    fx_unlock(&remote->target.lock);
    if (due) {
        (void)open_locked_out(remote, &params, &information); /* It says what failed. */
    }
    end_change(remote);
}

static void
on_removed(struct fx_remote_target *remote, PFN_WDF_IO_TARGET_REMOVE_COMPLETE callback,
           void (*otherwise)(struct fx_remote_target *remote))
{
    struct fx_globals *globals = remote->target.object.globals;
    KIRQL irql;

    if (callback == NULL) {
        otherwise(remote);
        return;
    }
    irql = fx_callback_begin();
    callback(fx_iotarget_handle(&remote->target));
    fx_callback_end(globals, irql, (const void *)callback);
}

static void
close_for_good(struct fx_remote_target *remote)
{
    close_remote(remote, WdfIoTargetClosed, "removal of the target");
}

static NTSTATUS
on_device_change(PVOID structure, PVOID context)
{
    const TARGET_DEVICE_REMOVAL_NOTIFICATION *notification = structure;
    struct fx_remote_target *remote = context;
    NTSTATUS status = STATUS_SUCCESS;

    fx_object_ref(&remote->target.object);
    if (IsEqualGUID(&notification->Event, &guid_query_remove)) {
        status = on_query_remove(remote);
    } else if (IsEqualGUID(&notification->Event, &guid_remove_cancelled)) {
        on_removed(remote, remote->params.EvtIoTargetRemoveCanceled, reopen);
    } else if (IsEqualGUID(&notification->Event, &guid_remove_complete)) {
        on_removed(remote, remote->params.EvtIoTargetRemoveComplete, close_for_good);
    }
    fx_object_unref(&remote->target.object);
    return status;
}
