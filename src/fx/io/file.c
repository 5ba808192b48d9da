/* SPDX-License-Identifier: MIT */
/* File objects: create, cleanup, close, and what the driver can ask about them. */
#include "fx/io/file.h"

#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx_imports.h"

static void
file_destroy(struct fx_object *object)
{
    struct fx_file *related = container_of(object, struct fx_file, object)->related;

    if (related != NULL) {
        fx_object_unref(&related->object);
    }
}

static const struct fx_class file_class = {
    .type = FX_TYPE_FILEOBJECT,
    .name = "WDFFILEOBJECT",
    .size = sizeof(struct fx_file),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .execution_level = true,
    .sync_scope = true,
    .undeletable = true,
    .destroy = file_destroy,
};

static WDF_FILEOBJECT_CLASS
file_object_class(const struct fx_device *device)
{
    if (!device->has_file_config) {
        return WdfFileObjectNotRequired;
    }
    return device->file_config.FileObjectClass & ~WdfFileObjectCanBeOptional;
}

static bool
forwards(const struct fx_device *device)
{
    return device->has_file_config ? device->auto_forward_cleanup_close : device->filter;
}

/* --- Finding --------------------------------------------------------------------------------- */

static bool
is_file_of(const void *context, const struct fx_device *device, const FILE_OBJECT *wdm)
{
    const struct fx_file *file = fx_handle_address(context);

    return context != NULL && fx_handle_is(context, FX_TYPE_FILEOBJECT) && file->device == device &&
           file->wdm == wdm;
}

struct fx_file *
fx_file_find(struct fx_device *device, FILE_OBJECT *wdm)
{
    WDF_FILEOBJECT_CLASS kind = file_object_class(device);
    struct fx_file *found = NULL;
    struct list *link;
    void *context = NULL;

    if (kind == WdfFileObjectNotRequired || (wdm == NULL && !device->exclusive)) {
        return NULL;
    }
    if (wdm != NULL && kind == WdfFileObjectWdfCanUseFsContext) {
        context = wdm->FsContext;
    } else if (wdm != NULL && kind == WdfFileObjectWdfCanUseFsContext2) {
        context = wdm->FsContext2;
    }
    if (is_file_of(context, device, wdm)) {
        return fx_handle_address(context);
    }
    fx_lock(&device->io->lock);
    list_for_each(link, &device->io->files)
    {
        struct fx_file *file = container_of(link, struct fx_file, link);

        if (file->wdm == wdm) {
            found = file;
            break;
        }
    }
    fx_unlock(&device->io->lock);
    return found;
}

/* --- Making and ending ----------------------------------------------------------------------- */

static void
set_context(const struct fx_file *file, void *handle)
{
    switch (file_object_class(file->device)) {
    case WdfFileObjectWdfCanUseFsContext:
        file->wdm->FsContext = handle;
        break;
    case WdfFileObjectWdfCanUseFsContext2:
        file->wdm->FsContext2 = handle;
        break;
    default:
        break;
    }
}

/*
 * *ret_file is NULL when the driver wants none, or when the creation has no WDM file object; exclusive devices
 * that keep the handle inside get one even then, as documented.
 */
static NTSTATUS
make(struct fx_device *device, FILE_OBJECT *wdm, struct fx_file **ret_file)
{
    WDF_FILEOBJECT_CLASS kind = file_object_class(device);
    const WDF_OBJECT_ATTRIBUTES *attributes =
        device->file_attributes.Size != 0 ? &device->file_attributes : NULL;
    struct fx_file *file;
    NTSTATUS status;

    *ret_file = NULL;
    if (kind == WdfFileObjectNotRequired) {
        return STATUS_SUCCESS;
    }
    if (wdm == NULL && !(device->exclusive && kind == WdfFileObjectWdfCannotUseFsContexts)) {
        return STATUS_SUCCESS;
    }
    status = fx_object_create(&file_class, device->object.globals, attributes, &device->object, 0,
                              &file);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    file->device = device;
    file->wdm = wdm;
    if (wdm != NULL && wdm->RelatedFileObject != NULL) {
        file->related = fx_file_find(device, wdm->RelatedFileObject);
    }
    if (file->related != NULL) {
        fx_object_ref(&file->related->object); /* Its opener holds it during the creation. */
    }
    fx_lock(&device->io->lock);
    list_push_back(&device->io->files, &file->link);
    fx_unlock(&device->io->lock);
    (void)fx_object_commit(&file->object);
    if (wdm != NULL) {
        set_context(file, fx_file_handle(file));
    }
    *ret_file = file;
    return STATUS_SUCCESS;
}

static void
end(struct fx_file *file)
{
    if (file == NULL) {
        return;
    }
    fx_lock(&file->device->io->lock);
    list_remove(&file->link);
    fx_unlock(&file->device->io->lock);
    if (file->wdm != NULL) {
        set_context(file, NULL);
    }
    (void)fx_object_delete(&file->object);
}

/* --- Create ---------------------------------------------------------------------------------- */

static NTSTATUS
complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

void
fx_file_create_ends(struct fx_request *request, NTSTATUS status)
{
    struct fx_file *file = request->file;

    request->file = NULL;
    if (!NT_SUCCESS(status)) {
        end(file);
    }
}

static NTSTATUS
on_forwarded_create(DEVICE_OBJECT *wdm, IRP *irp, void *context)
{
    if (irp->PendingReturned) {
        IoMarkIrpPending(irp);
    }
    if (!NT_SUCCESS(irp->IoStatus.Status)) {
        end(context);
    }
    return STATUS_CONTINUE_COMPLETION;
}

/* Nobody in the driver handles the creation: AutoForwardCleanupClose decides. */
static NTSTATUS
create_by_default(struct fx_device *device, IRP *irp, struct fx_file *file)
{
    if (!forwards(device)) {
        return complete(irp, STATUS_SUCCESS);
    }
    if (file == NULL) {
        return fx_device_pass_down(device, irp, STATUS_SUCCESS);
    }
    if (device->attached == NULL) {
        return complete(irp, STATUS_SUCCESS);
    }
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, on_forwarded_create, file, TRUE, TRUE, TRUE);
    return IoCallDriver(device->attached, irp);
}

NTSTATUS
fx_file_create(struct fx_device *device, IRP *irp)
{
    struct fx_queue *queue = fx_io_route(device->io, FX_ROUTE_CREATE);
    PFN_WDF_DEVICE_FILE_CREATE evt_create =
        device->has_file_config ? device->file_config.EvtDeviceFileCreate : NULL;
    struct fx_request *request;
    struct fx_file *file;
    NTSTATUS status;
    KIRQL irql;

    if (fx_io_is_removed(device->io)) {
        return complete(irp, STATUS_NO_SUCH_DEVICE);
    }
    status = make(device, IoGetCurrentIrpStackLocation(irp)->FileObject, &file);
    if (!NT_SUCCESS(status)) {
        return complete(irp, status);
    }
    if (evt_create == NULL && queue == NULL) {
        return create_by_default(device, irp, file);
    }
    request = fx_request_cache_get(device->io->cache, device);
    if (request == NULL) {
        end(file);
        return complete(irp, STATUS_INSUFFICIENT_RESOURCES);
    }
    IoMarkIrpPending(irp);
    irp->IoStatus.Information = 0;
    fx_request_start(request, irp, IRP_MJ_CREATE);
    request->queue = NULL;
    request->file = file;
    request->flags = FX_REQUEST_CREATE;
    if (evt_create != NULL) {
        request->flags |= FX_REQUEST_DELIVERED;
        fx_request_set_owner(request, FX_OWNER_DRIVER);
        irql = fx_callback_begin();
        evt_create(fx_object_handle(&device->object), fx_request_handle(request),
                   fx_file_handle(file));
        fx_callback_end(device->object.globals, irql, (const void *)evt_create);
        return STATUS_PENDING;
    }
    status = fx_queue_add(queue, request);
    if (!NT_SUCCESS(status)) {
        request->queue = NULL;
        fx_request_finish(request, status == STATUS_WDF_BUSY ? STATUS_INVALID_DEVICE_STATE : status,
                          IO_NO_INCREMENT);
    }
    return STATUS_PENDING;
}

/* --- Cleanup and close ----------------------------------------------------------------------- */

static NTSTATUS
forward_or_complete(struct fx_device *device, IRP *irp)
{
    return forwards(device) ? fx_device_pass_down(device, irp, STATUS_SUCCESS)
                            : complete(irp, STATUS_SUCCESS);
}

NTSTATUS
fx_file_cleanup(struct fx_device *device, IRP *irp)
{
    FILE_OBJECT *wdm = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct fx_file *file = fx_file_find(device, wdm);
    KIRQL irql;

    if (wdm != NULL) {
        fx_io_cancel_file(device->io, wdm);
    }
    if (file != NULL && device->file_config.EvtFileCleanup != NULL) {
        irql = fx_callback_begin();
        device->file_config.EvtFileCleanup(fx_file_handle(file));
        fx_callback_end(device->object.globals, irql,
                        (const void *)device->file_config.EvtFileCleanup);
    }
    return forward_or_complete(device, irp);
}

NTSTATUS
fx_file_close(struct fx_device *device, IRP *irp)
{
    struct fx_file *file = fx_file_find(device, IoGetCurrentIrpStackLocation(irp)->FileObject);
    KIRQL irql;

    if (file != NULL && device->file_config.EvtFileClose != NULL) {
        irql = fx_callback_begin();
        device->file_config.EvtFileClose(fx_file_handle(file));
        fx_callback_end(device->object.globals, irql,
                        (const void *)device->file_config.EvtFileClose);
    }
    end(file);
    return forward_or_complete(device, irp);
}

/* --- For the driver -------------------------------------------------------------------------- */

PUNICODE_STRING
imp_WdfFileObjectGetFileName(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject)
{
    struct fx_file *file = fx_handle_get(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);

    if (file->wdm == NULL || KeGetCurrentIrql() > PASSIVE_LEVEL) {
        return NULL;
    }
    return &file->wdm->FileName;
}

ULONG
imp_WdfFileObjectGetFlags(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject)
{
    struct fx_file *file = fx_handle_get(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);

    return file->wdm == NULL ? 0 : file->wdm->Flags;
}

WDFDEVICE
imp_WdfFileObjectGetDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject)
{
    struct fx_file *file = fx_handle_get(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);

    return fx_object_handle(&file->device->object);
}

PFILE_OBJECT
imp_WdfFileObjectWdmGetFileObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject)
{
    struct fx_file *file = fx_handle_get(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);

    return file->wdm;
}

/* No component here opens files on behalf of another process: there never is an initiator. */
ULONG
imp_WdfFileObjectGetInitiatorProcessId(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject)
{
    (void)fx_handle_get(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);
    return 0;
}

WDFFILEOBJECT
imp_WdfDeviceGetFileObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                           PFILE_OBJECT FileObject)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    return fx_file_handle(fx_file_find(device, FileObject));
}
