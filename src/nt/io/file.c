/* SPDX-License-Identifier: MIT */
/*
 * File objects: from a name to an open one, and their end.
 *
 * The last handle's end sends IRP_MJ_CLEANUP, the last reference's end IRP_MJ_CLOSE. Requests under
 * way and drivers hold references.
 */
#include "base/atomic.h"
#include "nt/ex/ex.h"
#include "nt/io/file.h"
#include "nt/io/io_priv.h"
#include "nt/ob/ob.h"

static void
cleanup(struct io_user_file *file)
{
    if (!file->opened || file->cleaned_up) {
        return;
    }
    io_user_file_cleanup(file, &file->control.request);
    (void)io_user_wait(&file->control);
}

/* PASSIVE_LEVEL. The memory goes when this returns. */
static void
delete_file(void *body)
{
    struct io_user_file *file = body;

    cleanup(file);
    if (file->opened) {
        io_user_send_close(file, &file->control.request);
        (void)io_user_wait(&file->control);
    }
    io_user_waiter_fini(&file->control);
    if (file->counted) {
        io_device_close(file->object.DeviceObject);
    }
    if (file->object.DeviceObject != NULL) {
        ObDereferenceObject(file->object.DeviceObject);
    }
    if (file->path != NULL) {
        ExFreePool(file->path);
    }
    if (file->closed != NULL) {
        file->closed(file->closed_argument);
    }
}

static void
last_handle_closed(void *body)
{
    struct io_user_file *file = body;

    cleanup(file);
    if (file->by_handle) {
        io_user_opener_leaves(file);
    }
}

static void *
waitable(void *body)
{
    return &((PFILE_OBJECT)body)->Event;
}

struct ob_type io_file_type = {
    .name = "File",
    .delete_object = delete_file,
    .last_handle_closed = last_handle_closed,
    .waitable = waitable,
    .delete_at_passive = true,
};

static POBJECT_TYPE file_type_handle = (POBJECT_TYPE)(void *)&io_file_type;
POBJECT_TYPE *IoFileObjectType = &file_type_handle;

/* The rights a handle gets: whatever was asked, the generic ones spelled out. */
static ACCESS_MASK
map_access(ACCESS_MASK access)
{
    if (access & GENERIC_READ) {
        access |= FILE_GENERIC_READ;
    }
    if (access & GENERIC_WRITE) {
        access |= FILE_GENERIC_WRITE;
    }
    if (access & GENERIC_EXECUTE) {
        access |= FILE_GENERIC_EXECUTE;
    }
    if (access & (GENERIC_ALL | MAXIMUM_ALLOWED)) {
        access |= FILE_ALL_ACCESS;
    }
    return access & ~(ACCESS_MASK)(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL |
                                   MAXIMUM_ALLOWED);
}

static void
fill_file_object(struct io_user_file *file, const struct io_user_open *open, PDEVICE_OBJECT device)
{
    PFILE_OBJECT object = &file->object;

    object->Type = IO_TYPE_FILE;
    object->RelatedFileObject = open->related;
    object->Size = sizeof(*object);
    object->DeviceObject = device;
    object->ReadAccess = (file->granted & (FILE_READ_DATA | FILE_EXECUTE)) != 0;
    object->WriteAccess = (file->granted & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
    object->DeleteAccess = (file->granted & DELETE) != 0;
    object->SharedRead = (open->share & FILE_SHARE_READ) != 0;
    object->SharedWrite = (open->share & FILE_SHARE_WRITE) != 0;
    object->SharedDelete = (open->share & FILE_SHARE_DELETE) != 0;
    object->Flags = FO_HANDLE_CREATED;
    if (open->options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) {
        object->Flags |= FO_SYNCHRONOUS_IO;
    }
    if (open->options & FILE_SYNCHRONOUS_IO_ALERT) {
        object->Flags |= FO_ALERTABLE_IO;
    }
    if (open->options & FILE_NO_INTERMEDIATE_BUFFERING) {
        object->Flags |= FO_NO_INTERMEDIATE_BUFFERING;
    }
    if (open->options & FILE_WRITE_THROUGH) {
        object->Flags |= FO_WRITE_THROUGH;
    }
    KeInitializeEvent(&object->Lock, SynchronizationEvent, FALSE);
    KeInitializeEvent(&object->Event, NotificationEvent, FALSE);
}

/* The file's name below a device that is opened itself: "\name", or empty. */
static NTSTATUS
name_below(PCUNICODE_STRING name, PUNICODE_STRING ret_path)
{
    ret_path->Length = 0;
    if (name->Length == 0) {
        return STATUS_SUCCESS;
    }
    if (name->Length > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR)) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    ret_path->MaximumLength = (USHORT)(name->Length + sizeof(WCHAR));
    ret_path->Buffer = ExAllocatePool2(POOL_FLAG_PAGED, ret_path->MaximumLength, 'fPoI');
    if (ret_path->Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlAppendUnicodeToString(ret_path, L"\\");
    return RtlAppendUnicodeStringToString(ret_path, name);
}

static NTSTATUS (*find_foreign)(PCUNICODE_STRING name, PDEVICE_OBJECT *ret_device);

void
io_set_foreign_finder(NTSTATUS (*find)(PCUNICODE_STRING name, PDEVICE_OBJECT *ret_device))
{
    find_foreign = find;
}

void
io_device_set_foreign(PDEVICE_OBJECT device)
{
    io_device_extension(device)->foreign = true;
}

bool
io_device_is_foreign(PDEVICE_OBJECT device)
{
    return io_device_extension(device)->foreign;
}

/* By its name; what no device here has may be another host's, for a driver. */
static NTSTATUS
look_up(const struct io_user_open *open, void **ret_device, PUNICODE_STRING ret_path,
        PUNICODE_STRING ret_rest)
{
    NTSTATUS status = ob_lookup(open->path, &io_device_type, ret_device, ret_path, ret_rest);
    PDEVICE_OBJECT device;

    if ((status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_OBJECT_PATH_NOT_FOUND) &&
        open->kernel && find_foreign != NULL && NT_SUCCESS(find_foreign(open->path, &device))) {
        *ret_device = device;
        *ret_path = (UNICODE_STRING){0};
        *ret_rest = (UNICODE_STRING){0};
        return STATUS_SUCCESS;
    }
    return status;
}

/* The device that is opened, referenced, and the file's name below it, `rest` of `path`. */
static NTSTATUS
find_device(const struct io_user_open *open, void **ret_device, PUNICODE_STRING ret_path,
            PUNICODE_STRING ret_rest)
{
    NTSTATUS status;

    if (open->device == NULL) {
        return look_up(open, ret_device, ret_path, ret_rest);
    }
    status = name_below(open->path, ret_path);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    *ret_rest = *ret_path;
    *ret_device = open->device;
    ObReferenceObject(open->device);
    return STATUS_SUCCESS;
}

NTSTATUS
io_user_file_create(const struct io_user_open *open, struct io_user_file **ret_file)
{
    UNICODE_STRING path = {0};
    UNICODE_STRING rest = {0};
    struct io_user_file *file;
    void *device = NULL;
    void *body;
    NTSTATUS status;

    status = find_device(open, &device, &path, &rest);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = ob_create(&io_file_type, sizeof(*file), &body);
    if (!NT_SUCCESS(status)) {
        ObDereferenceObject(device);
        if (path.Buffer != NULL) {
            ExFreePool(path.Buffer);
        }
        return status;
    }
    file = body;
    file->users = 1;
    list_init(&file->bound);
    file->path = path.Buffer;
    file->direct = open->device;
    file->granted = map_access(open->access);
    file->share = open->share;
    file->disposition = open->disposition;
    file->options = open->options;
    file->attributes = open->attributes;
    file->process_id = open->process_id;
    file->administrator = open->kernel || !open->no_administrator;
    file->kernel = open->kernel;
    file->um_driver = open->um_driver;
    io_user_waiter_init(&file->control);
    fill_file_object(file, open, device);
    file->object.FileName = rest;
    status = io_device_open(device);
    if (!NT_SUCCESS(status)) {
        io_user_file_discard(file);
        return status;
    }
    file->counted = true;
    *ret_file = file;
    return STATUS_SUCCESS;
}

void
io_user_file_discard(struct io_user_file *file)
{
    if (file != NULL) {
        io_user_opener_leaves(file);
    }
}

NTSTATUS
io_user_open(const struct io_user_open *open, struct io_user_file **ret_file)
{
    struct io_user_file *file;
    NTSTATUS status;

    status = io_user_file_create(open, &file);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    io_user_file_open(file, &file->control.request);
    status = io_user_wait(&file->control);
    file->object.RelatedFileObject =
        NULL; /* "Valid only during the processing of IRP_MJ_CREATE." */
    if (!NT_SUCCESS(status)) {
        io_user_file_discard(file);
        return status;
    }
    *ret_file = file;
    return status;
}

void
io_user_file_close(struct io_user_file *file, void (*closed)(void *argument), void *argument)
{
    file->closed = closed;
    file->closed_argument = argument;
    io_user_opener_leaves(file);
}

static void
set_event(void *argument)
{
    KeSetEvent(argument, IO_NO_INCREMENT, FALSE);
}

void
io_user_close(struct io_user_file *file)
{
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    cleanup(file);
    io_user_file_close(file, set_event, &event);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
}

PFILE_OBJECT
io_user_file_object(struct io_user_file *file)
{
    return &file->object;
}

PDEVICE_OBJECT
IoGetRelatedDeviceObject(PFILE_OBJECT FileObject)
{
    return io_device_top(FileObject->DeviceObject);
}

NTSTATUS
IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess,
                         PFILE_OBJECT *FileObject, PDEVICE_OBJECT *DeviceObject)
{
    struct io_user_open open = {
        .path = ObjectName,
        .access = DesiredAccess,
        .disposition = FILE_OPEN,
        .options = FILE_NON_DIRECTORY_FILE,
        .kernel = true,
    };
    struct io_user_file *file;
    NTSTATUS status;

    status = io_user_open(&open, &file);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    /* There is no handle any more; the caller's reference keeps the file open. */
    cleanup(file);
    *FileObject = &file->object;
    *DeviceObject = IoGetRelatedDeviceObject(&file->object);
    return STATUS_SUCCESS;
}

NTSTATUS
io_open_device(PDEVICE_OBJECT device, PCUNICODE_STRING name, PHANDLE ret_handle,
               PFILE_OBJECT *ret_file)
{
    struct io_user_open open = {
        .path = name,
        .device = device,
        .access = FILE_ALL_ACCESS,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
        .disposition = FILE_OPEN,
        .kernel = true,
    };
    struct io_user_file *file;
    NTSTATUS status;

    status = io_user_open(&open, &file);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    file->by_handle = true;
    status = ob_open_handle(file, file->granted, ret_handle);
    if (!NT_SUCCESS(status)) {
        io_user_opener_leaves(file);
        return status;
    }
    ObReferenceObject(&file->object);
    *ret_file = &file->object;
    return STATUS_SUCCESS;
}

/* Share access: bookkeeping for drivers that do it themselves. --------------------------------- */

static void
count_share(PSHARE_ACCESS share, PFILE_OBJECT file, LONG step)
{
    if (!file->ReadAccess && !file->WriteAccess && !file->DeleteAccess) {
        return;
    }
    share->OpenCount += (ULONG)step;
    share->Readers += (ULONG)(file->ReadAccess ? step : 0);
    share->Writers += (ULONG)(file->WriteAccess ? step : 0);
    share->Deleters += (ULONG)(file->DeleteAccess ? step : 0);
    share->SharedRead += (ULONG)(file->SharedRead ? step : 0);
    share->SharedWrite += (ULONG)(file->SharedWrite ? step : 0);
    share->SharedDelete += (ULONG)(file->SharedDelete ? step : 0);
}

/* What the opener asks for, noted in its file object. */
static void
note_share(ACCESS_MASK access, ULONG desired_share, PFILE_OBJECT file)
{
    file->ReadAccess = (access & (FILE_EXECUTE | FILE_READ_DATA)) != 0;
    file->WriteAccess = (access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
    file->DeleteAccess = (access & DELETE) != 0;
    if (file->ReadAccess || file->WriteAccess || file->DeleteAccess) {
        file->SharedRead = (desired_share & FILE_SHARE_READ) != 0;
        file->SharedWrite = (desired_share & FILE_SHARE_WRITE) != 0;
        file->SharedDelete = (desired_share & FILE_SHARE_DELETE) != 0;
    }
}

VOID
IoSetShareAccess(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess, PFILE_OBJECT FileObject,
                 PSHARE_ACCESS ShareAccess)
{
    RtlZeroMemory(ShareAccess, sizeof(*ShareAccess));
    note_share(DesiredAccess, DesiredShareAccess, FileObject);
    count_share(ShareAccess, FileObject, 1);
}

VOID
IoUpdateShareAccess(PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess)
{
    count_share(ShareAccess, FileObject, 1);
}

VOID
IoRemoveShareAccess(PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess)
{
    count_share(ShareAccess, FileObject, -1);
}

NTSTATUS
IoCheckShareAccess(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess, PFILE_OBJECT FileObject,
                   PSHARE_ACCESS ShareAccess, BOOLEAN Update)
{
    note_share(DesiredAccess, DesiredShareAccess, FileObject);
    if (FileObject->ReadAccess || FileObject->WriteAccess || FileObject->DeleteAccess) {
        ULONG opens = ShareAccess->OpenCount;

        if ((FileObject->ReadAccess && ShareAccess->SharedRead < opens) ||
            (FileObject->WriteAccess && ShareAccess->SharedWrite < opens) ||
            (FileObject->DeleteAccess && ShareAccess->SharedDelete < opens) ||
            (ShareAccess->Readers != 0 && !FileObject->SharedRead) ||
            (ShareAccess->Writers != 0 && !FileObject->SharedWrite) ||
            (ShareAccess->Deleters != 0 && !FileObject->SharedDelete)) {
            return STATUS_SHARING_VIOLATION;
        }
    }
    if (Update) {
        count_share(ShareAccess, FileObject, 1);
    }
    return STATUS_SUCCESS;
}
