/* SPDX-License-Identifier: MIT */
/*
 * Files by handle, for drivers: ZwCreateFile and what follows. They are the user side with kernel
 * access: every name, a device's or an ordinary file's, leads to IRPs.
 *
 * A handle that was not opened for synchronous I/O gets STATUS_PENDING when the driver below did not
 * finish at once; the event and the status block then follow. Asynchronous procedure calls are not
 * delivered: a routine for one is refused.
 */
#include <string.h>

#include "base/atomic.h"
#include "nt/io/file.h"
#include "nt/io/io_priv.h"
#include "nt/ob/ob.h"

#define ZW_TAG 'wZoI'

/* A request that may outlive the call. */
struct zw_request {
    struct io_user_request request; /* Must be first. */
    KEVENT done;
    PIO_STATUS_BLOCK iosb;
    PKEVENT event;       /* Referenced; NULL: none. */
    PFILE_OBJECT object; /* Referenced. */
    uint32_t references; /* The call's and the request's. */
};

static void
release(struct zw_request *zw)
{
    if (atomic_fetch_sub_u32(&zw->references, 1) != 1) {
        return;
    }
    if (zw->event != NULL) {
        ObDereferenceObject(zw->event);
    }
    ObDereferenceObject(zw->object);
    io_user_request_fini(&zw->request);
    ExFreePoolWithTag(zw, ZW_TAG);
}

static void
zw_done(struct io_user_request *request)
{
    struct zw_request *zw = (struct zw_request *)(void *)request;

    zw->iosb->Status = request->status;
    zw->iosb->Information = request->information;
    if (zw->event != NULL) {
        KeSetEvent(zw->event, IO_NO_INCREMENT, FALSE);
    }
    KeSetEvent(&zw->object->Event, IO_NO_INCREMENT, FALSE);
    KeSetEvent(&zw->done, IO_NO_INCREMENT, FALSE);
    release(zw);
}

/* Decodes a handle and makes the request for it. */
static NTSTATUS
begin(HANDLE handle, HANDLE event, PIO_APC_ROUTINE apc, PIO_STATUS_BLOCK iosb,
      struct zw_request **ret_zw, struct io_user_file **ret_file)
{
    struct zw_request *zw;
    PVOID object;
    PVOID event_object = NULL;
    NTSTATUS status;

    if (apc != NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    status = ObReferenceObjectByHandle(handle, 0, *IoFileObjectType, KernelMode, &object, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (event != NULL) {
        status = ObReferenceObjectByHandle(event, EVENT_MODIFY_STATE, *ExEventObjectType,
                                           KernelMode, &event_object, NULL);
        if (!NT_SUCCESS(status)) {
            ObDereferenceObject(object);
            return status;
        }
        KeClearEvent(event_object);
    }
    zw = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*zw), ZW_TAG);
    if (zw == NULL) {
        if (event_object != NULL) {
            ObDereferenceObject(event_object);
        }
        ObDereferenceObject(object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    io_user_request_init(&zw->request, zw_done);
    KeInitializeEvent(&zw->done, NotificationEvent, FALSE);
    zw->iosb = iosb;
    zw->event = event_object;
    zw->object = object;
    zw->references = 2;
    KeClearEvent(&zw->object->Event);
    *ret_zw = zw;
    *ret_file = object;
    return STATUS_SUCCESS;
}

/* After the request was sent. */
static NTSTATUS
end(struct zw_request *zw)
{
    NTSTATUS status = STATUS_PENDING;

    if (zw->object->Flags & FO_SYNCHRONOUS_IO) {
        KeWaitForSingleObject(&zw->done, Executive, KernelMode, FALSE, NULL);
    }
    if (KeReadStateEvent(&zw->done) != 0) {
        status = zw->request.status;
    }
    release(zw);
    return status;
}

/* The offset of a transfer: NULL and FILE_USE_FILE_POINTER_POSITION mean the file's own. */
static int64_t
offset_of(const LARGE_INTEGER *offset)
{
    if (offset == NULL ||
        (offset->HighPart == -1 && offset->LowPart == FILE_USE_FILE_POINTER_POSITION)) {
        return IO_USER_CURRENT_OFFSET;
    }
    return offset->QuadPart;
}

/*
 * The full name that OBJECT_ATTRIBUTES stand for. With a root directory it is put together in pool,
 * which the caller frees (*ret_buffer), and the root's file is referenced for the caller (*ret_related).
 */
static NTSTATUS
full_name(POBJECT_ATTRIBUTES attributes, PUNICODE_STRING ret_name, PVOID *ret_buffer,
          PFILE_OBJECT *ret_related)
{
    PFILE_OBJECT root;
    UNICODE_STRING name;
    NTSTATUS status;
    PVOID object;

    *ret_buffer = NULL;
    *ret_related = NULL;
    if (attributes->ObjectName == NULL) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    if (attributes->RootDirectory == NULL) {
        *ret_name = *attributes->ObjectName;
        return STATUS_SUCCESS;
    }
    status = ObReferenceObjectByHandle(attributes->RootDirectory, 0, *IoFileObjectType, KernelMode,
                                       &object, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    root = object;
    name.Length = 0;
    name.MaximumLength = 2048;
    name.Buffer = ExAllocatePool2(POOL_FLAG_PAGED, name.MaximumLength, ZW_TAG);
    status = name.Buffer == NULL ? STATUS_INSUFFICIENT_RESOURCES
                                 : ob_query_name(root->DeviceObject, &name);
    if (NT_SUCCESS(status)) {
        status = RtlAppendUnicodeStringToString(&name, &root->FileName);
    }
    if (NT_SUCCESS(status) && attributes->ObjectName->Length > 0) {
        status = RtlAppendUnicodeToString(&name, L"\\");
    }
    if (NT_SUCCESS(status)) {
        status = RtlAppendUnicodeStringToString(&name, attributes->ObjectName);
    }
    if (!NT_SUCCESS(status)) {
        ObDereferenceObject(object);
        if (name.Buffer != NULL) {
            ExFreePoolWithTag(name.Buffer, ZW_TAG);
        }
        return status;
    }
    *ret_related = root;
    *ret_name = name;
    *ret_buffer = name.Buffer;
    return STATUS_SUCCESS;
}

NTSTATUS
ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
             PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER AllocationSize, ULONG FileAttributes,
             ULONG ShareAccess, ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
             ULONG EaLength)
{
    struct io_user_open open = {
        .access = DesiredAccess,
        .share = ShareAccess,
        .disposition = CreateDisposition,
        .options = CreateOptions,
        .attributes = FileAttributes,
        .kernel = true,
    };
    struct io_user_file *file;
    UNICODE_STRING name;
    NTSTATUS status;
    PVOID buffer;

    if (CreateDisposition > FILE_MAXIMUM_DISPOSITION) {
        return STATUS_INVALID_PARAMETER;
    }
    status = full_name(ObjectAttributes, &name, &buffer, &open.related);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    open.path = &name;
    status = io_user_open(&open, &file);
    if (buffer != NULL) {
        ExFreePoolWithTag(buffer, ZW_TAG);
        ObDereferenceObject(open.related);
    }
    IoStatusBlock->Status = status;
    if (!NT_SUCCESS(status)) {
        return status;
    }
    IoStatusBlock->Information = file->control.request.information;
    file->by_handle = true;
    status = ob_open_handle(file, file->granted, FileHandle);
    if (!NT_SUCCESS(status)) {
        io_user_opener_leaves(file);
    }
    return status;
}

NTSTATUS
ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
           PIO_STATUS_BLOCK IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions)
{
    return ZwCreateFile(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, NULL, 0,
                        ShareAccess, FILE_OPEN, OpenOptions, NULL, 0);
}

NTSTATUS
ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
           PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
           PULONG Key)
{
    struct zw_request *zw;
    struct io_user_file *file;
    NTSTATUS status = begin(FileHandle, Event, ApcRoutine, IoStatusBlock, &zw, &file);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    io_user_read(&zw->request, file, Buffer, Length, offset_of(ByteOffset));
    return end(zw);
}

NTSTATUS
ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
            PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
            PULONG Key)
{
    struct zw_request *zw;
    struct io_user_file *file;
    NTSTATUS status = begin(FileHandle, Event, ApcRoutine, IoStatusBlock, &zw, &file);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    io_user_write(&zw->request, file, Buffer, Length, offset_of(ByteOffset));
    return end(zw);
}

NTSTATUS
ZwDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                      PIO_STATUS_BLOCK IoStatusBlock, ULONG IoControlCode, PVOID InputBuffer,
                      ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength)
{
    struct zw_request *zw;
    struct io_user_file *file;
    NTSTATUS status = begin(FileHandle, Event, ApcRoutine, IoStatusBlock, &zw, &file);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    io_user_device_control(&zw->request, file, IoControlCode, InputBuffer, InputBufferLength,
                           OutputBuffer, OutputBufferLength);
    return end(zw);
}

NTSTATUS
ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    struct zw_request *zw;
    struct io_user_file *file;
    NTSTATUS status = begin(FileHandle, NULL, NULL, IoStatusBlock, &zw, &file);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    io_user_flush(&zw->request, file);
    KeWaitForSingleObject(&zw->done, Executive, KernelMode, FALSE, NULL);
    return end(zw);
}

NTSTATUS
ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation,
                       ULONG Length, FILE_INFORMATION_CLASS FileInformationClass)
{
    struct zw_request *zw;
    struct io_user_file *file;
    NTSTATUS status = begin(FileHandle, NULL, NULL, IoStatusBlock, &zw, &file);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    io_user_query_information(&zw->request, file, FileInformationClass, FileInformation, Length);
    KeWaitForSingleObject(&zw->done, Executive, KernelMode, FALSE, NULL);
    return end(zw);
}

NTSTATUS
ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation,
                     ULONG Length, FILE_INFORMATION_CLASS FileInformationClass)
{
    struct zw_request *zw;
    struct io_user_file *file;
    NTSTATUS status = begin(FileHandle, NULL, NULL, IoStatusBlock, &zw, &file);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    io_user_set_information(&zw->request, file, FileInformationClass, FileInformation, Length);
    KeWaitForSingleObject(&zw->done, Executive, KernelMode, FALSE, NULL);
    return end(zw);
}

NTSTATUS
ZwDeleteFile(POBJECT_ATTRIBUTES ObjectAttributes)
{
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    NTSTATUS status;

    status = ZwCreateFile(&handle, DELETE | SYNCHRONIZE, ObjectAttributes, &iosb, NULL, 0,
                          FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN,
                          FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    return NT_SUCCESS(status) ? ZwClose(handle) : status;
}
