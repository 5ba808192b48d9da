/* SPDX-License-Identifier: MIT */
/*
 * The volume: ordinary files for drivers that read firmware or write logs. It is a small file system
 * driver, so that whoever opens a name speaks IRPs to whatever the name leads to.
 *
 * \??\C: and \SystemRoot lead to \Device\HarddiskVolume1, and that is one folder of the system's file
 * system; sys/file.h makes sure that no path leaves it.
 */
#include <string.h>

#include "base/utf16.h"
#include "nt/io/io_priv.h"
#include "nt/ob/ob.h"
#include "sys/fd.h"
#include "sys/file.h"

#define VOLUME_TAG  'lVoI'
#define PATH_BYTES  1024 /* Longest path below the root, in UTF-8. */
#define DRIVER_NAME "OpenWdfVolume"

static struct {
    PDRIVER_OBJECT driver;
    PDEVICE_OBJECT device;
    int root; /* The folder's descriptor; -1: there is none. */
} volume = {.root = -1};

/* FsContext of an open file. */
struct volume_file {
    int fd;
    bool directory;
    bool delete_on_close;
    char path[PATH_BYTES];
};

static NTSTATUS
status_of(long error)
{
    static const struct {
        int error;
        NTSTATUS status;
    } table[] = {
        {ENOENT, STATUS_OBJECT_NAME_NOT_FOUND},
        {ENOTDIR, STATUS_OBJECT_PATH_NOT_FOUND},
        {EEXIST, STATUS_OBJECT_NAME_COLLISION},
        {EINVAL, STATUS_OBJECT_NAME_INVALID},
        {ENAMETOOLONG, STATUS_OBJECT_NAME_INVALID},
        {EACCES, STATUS_ACCESS_DENIED},
        {EBADF, STATUS_ACCESS_DENIED}, /* Not opened for that. */
        {EPERM, STATUS_ACCESS_DENIED},
        {ELOOP, STATUS_ACCESS_DENIED},
        {EROFS, STATUS_MEDIA_WRITE_PROTECTED},
        {EISDIR, STATUS_FILE_IS_A_DIRECTORY},
        {ENOTEMPTY, STATUS_DIRECTORY_NOT_EMPTY},
        {ENOSPC, STATUS_DISK_FULL},
        {EMFILE, STATUS_TOO_MANY_OPENED_FILES},
        {ENOMEM, STATUS_INSUFFICIENT_RESOURCES},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (error == -table[i].error) {
            return table[i].status;
        }
    }
    return STATUS_UNSUCCESSFUL;
}

static NTSTATUS
complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* "Windows/Temp/x" for "\Windows\Temp\x"; a backslash at the end says that it is a folder. */
static NTSTATUS
make_path(PCUNICODE_STRING name, char path[PATH_BYTES], bool *ret_folder)
{
    const WCHAR *text = name->Buffer;
    size_t count = name->Length / sizeof(WCHAR);
    size_t bytes;

    *ret_folder = false;
    if (count > 0 && text[0] == '\\') {
        text++;
        count--;
    }
    if (count > 0 && text[count - 1] == '\\') {
        *ret_folder = true;
        count--;
    }
    bytes = utf16_to_utf8(path, PATH_BYTES - 1, (const uint16_t *)text, count);
    if (bytes > PATH_BYTES - 1) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    path[bytes] = '\0';
    for (size_t i = 0; i < bytes; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            return STATUS_OBJECT_NAME_INVALID;
        }
        if (path[i] == '\\') {
            path[i] = '/';
        }
    }
    return STATUS_SUCCESS;
}

static unsigned
access_flags(const PFILE_OBJECT object)
{
    return SYS_FILE_READ | (object->WriteAccess ? SYS_FILE_WRITE : 0);
}

/* Opens what is there, or makes it, as the disposition says. */
static int
open_by_disposition(const char *path, ULONG disposition, unsigned flags, ULONG_PTR *ret_information)
{
    bool may_open = disposition != FILE_CREATE;
    bool may_create = disposition != FILE_OPEN && disposition != FILE_OVERWRITE;
    bool truncate = disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF ||
                    disposition == FILE_SUPERSEDE;
    int fd = -ENOENT;

    if (may_open) {
        fd = sys_file_open_beneath(volume.root, path,
                                   flags | (truncate ? SYS_FILE_TRUNCATE | SYS_FILE_WRITE : 0));
        *ret_information = !truncate                       ? FILE_OPENED
                           : disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED
                                                           : FILE_OVERWRITTEN;
    }
    if (fd == -ENOENT && may_create) {
        fd = sys_file_open_beneath(volume.root, path, flags | SYS_FILE_CREATE | SYS_FILE_EXCLUSIVE);
        *ret_information = FILE_CREATED;
    }
    return fd;
}

static NTSTATUS
volume_create(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG options = stack->Parameters.Create.Options & 0xFFFFFF;
    ULONG disposition = stack->Parameters.Create.Options >> 24;
    struct volume_file *file;
    struct sys_file_info info;
    ULONG_PTR information = 0;
    NTSTATUS status;
    bool folder;
    int fd;

    if (volume.root < 0) {
        return complete(irp, STATUS_OBJECT_PATH_NOT_FOUND, 0);
    }
    file = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*file), VOLUME_TAG);
    if (file == NULL) {
        return complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    status = make_path(&stack->FileObject->FileName, file->path, &folder);
    if (!NT_SUCCESS(status)) {
        goto fail;
    }
    folder = folder || (options & FILE_DIRECTORY_FILE);
    fd = open_by_disposition(file->path, disposition,
                             access_flags(stack->FileObject) | (folder ? SYS_FILE_DIRECTORY : 0),
                             &information);
    if (fd < 0) {
        status = folder && fd == -ENOTDIR ? STATUS_NOT_A_DIRECTORY : status_of(fd);
        goto fail;
    }
    file->fd = fd;
    file->directory = sys_file_query(fd, &info) == 0 && info.directory;
    if (file->directory && (options & FILE_NON_DIRECTORY_FILE)) {
        sys_fd_close(&file->fd);
        status = STATUS_FILE_IS_A_DIRECTORY;
        goto fail;
    }
    file->delete_on_close = (options & FILE_DELETE_ON_CLOSE) != 0;
    stack->FileObject->FsContext = file;
    return complete(irp, STATUS_SUCCESS, information);

fail:
    ExFreePoolWithTag(file, VOLUME_TAG);
    return complete(irp, status, 0);
}

static NTSTATUS
volume_cleanup(PDEVICE_OBJECT device, PIRP irp)
{
    struct volume_file *file = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;

    if (file->delete_on_close) {
        (void)sys_file_remove_beneath(volume.root, file->path);
    }
    return complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS
volume_close(PDEVICE_OBJECT device, PIRP irp)
{
    struct volume_file *file = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;

    sys_fd_close(&file->fd);
    ExFreePoolWithTag(file, VOLUME_TAG);
    return complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS
volume_read(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct volume_file *file = stack->FileObject->FsContext;
    ULONG length = stack->Parameters.Read.Length;
    LONGLONG offset = stack->Parameters.Read.ByteOffset.QuadPart;
    long count;

    if (file->directory || offset < 0) {
        return complete(
            irp, file->directory ? STATUS_INVALID_DEVICE_REQUEST : STATUS_INVALID_PARAMETER, 0);
    }
    count = sys_file_read(file->fd, irp->UserBuffer, length, (uint64_t)offset);
    if (count < 0) {
        return complete(irp, status_of(count), 0);
    }
    return complete(irp, count == 0 && length > 0 ? STATUS_END_OF_FILE : STATUS_SUCCESS,
                    (ULONG_PTR)count);
}

static NTSTATUS
volume_write(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct volume_file *file = stack->FileObject->FsContext;
    LARGE_INTEGER offset = stack->Parameters.Write.ByteOffset;
    struct sys_file_info info;
    long count;

    if (offset.HighPart == -1 && offset.LowPart == FILE_WRITE_TO_END_OF_FILE) {
        if (sys_file_query(file->fd, &info) < 0) {
            return complete(irp, STATUS_UNSUCCESSFUL, 0);
        }
        offset.QuadPart = (LONGLONG)info.size;
    }
    if (file->directory || offset.QuadPart < 0) {
        return complete(
            irp, file->directory ? STATUS_INVALID_DEVICE_REQUEST : STATUS_INVALID_PARAMETER, 0);
    }
    count = sys_file_write(file->fd, irp->UserBuffer, stack->Parameters.Write.Length,
                           (uint64_t)offset.QuadPart);
    return count < 0 ? complete(irp, status_of(count), 0)
                     : complete(irp, STATUS_SUCCESS, (ULONG_PTR)count);
}

static NTSTATUS
volume_flush(PDEVICE_OBJECT device, PIRP irp)
{
    struct volume_file *file = IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext;
    int error = file->directory ? 0 : sys_file_flush(file->fd);

    return complete(irp, error < 0 ? status_of(error) : STATUS_SUCCESS, 0);
}

static NTSTATUS
volume_query(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct volume_file *file = stack->FileObject->FsContext;
    PVOID buffer = irp->AssociatedIrp.SystemBuffer;
    ULONG length = stack->Parameters.QueryFile.Length;
    struct sys_file_info info;

    if (sys_file_query(file->fd, &info) < 0) {
        return complete(irp, STATUS_UNSUCCESSFUL, 0);
    }
    switch (stack->Parameters.QueryFile.FileInformationClass) {
    case FileBasicInformation: {
        FILE_BASIC_INFORMATION basic = {0};

        if (length < sizeof(basic)) {
            return complete(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        }
        basic.CreationTime.QuadPart = (LONGLONG)info.written_100ns;
        basic.LastAccessTime.QuadPart = (LONGLONG)info.written_100ns;
        basic.LastWriteTime.QuadPart = (LONGLONG)info.written_100ns;
        basic.ChangeTime.QuadPart = (LONGLONG)info.written_100ns;
        basic.FileAttributes = info.directory   ? FILE_ATTRIBUTE_DIRECTORY
                               : info.read_only ? FILE_ATTRIBUTE_READONLY
                                                : FILE_ATTRIBUTE_NORMAL;
        memcpy(buffer, &basic, sizeof(basic));
        return complete(irp, STATUS_SUCCESS, sizeof(basic));
    }
    case FileStandardInformation: {
        FILE_STANDARD_INFORMATION standard = {0};

        if (length < sizeof(standard)) {
            return complete(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        }
        standard.AllocationSize.QuadPart = (LONGLONG)info.allocated;
        standard.EndOfFile.QuadPart = info.directory ? 0 : (LONGLONG)info.size;
        standard.NumberOfLinks = 1;
        standard.DeletePending = file->delete_on_close;
        standard.Directory = info.directory;
        memcpy(buffer, &standard, sizeof(standard));
        return complete(irp, STATUS_SUCCESS, sizeof(standard));
    }
    case FilePositionInformation: {
        FILE_POSITION_INFORMATION position = {0};

        if (length < sizeof(position)) {
            return complete(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        }
        position.CurrentByteOffset = stack->FileObject->CurrentByteOffset;
        memcpy(buffer, &position, sizeof(position));
        return complete(irp, STATUS_SUCCESS, sizeof(position));
    }
    default:
        return complete(irp, STATUS_INVALID_INFO_CLASS, 0);
    }
}

static NTSTATUS
volume_set(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    struct volume_file *file = stack->FileObject->FsContext;
    PVOID buffer = irp->AssociatedIrp.SystemBuffer;
    ULONG length = stack->Parameters.SetFile.Length;
    LARGE_INTEGER value;
    int error;

    switch (stack->Parameters.SetFile.FileInformationClass) {
    case FileDispositionInformation:
        if (length < sizeof(FILE_DISPOSITION_INFORMATION)) {
            return complete(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        }
        file->delete_on_close = ((FILE_DISPOSITION_INFORMATION *)buffer)->DeleteFile;
        return complete(irp, STATUS_SUCCESS, 0);
    case FileEndOfFileInformation:
    case FilePositionInformation:
        if (length < sizeof(value)) {
            return complete(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        }
        memcpy(&value, buffer, sizeof(value));
        if (value.QuadPart < 0) {
            return complete(irp, STATUS_INVALID_PARAMETER, 0);
        }
        if (stack->Parameters.SetFile.FileInformationClass == FilePositionInformation) {
            stack->FileObject->CurrentByteOffset = value;
            return complete(irp, STATUS_SUCCESS, 0);
        }
        error = sys_file_resize(file->fd, (uint64_t)value.QuadPart);
        return complete(irp, error < 0 ? status_of(error) : STATUS_SUCCESS, 0);
    case FileBasicInformation:
    case FileAllocationInformation:
        return complete(irp, STATUS_SUCCESS, 0); /* Hints here. */
    default:
        return complete(irp, STATUS_INVALID_INFO_CLASS, 0);
    }
}

static NTSTATUS
volume_entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    static const struct {
        const WCHAR *name;
        const WCHAR *target;
    } links[] = {
        {L"\\??\\C:", L"\\Device\\HarddiskVolume1"},
        {L"\\SystemRoot", L"\\Device\\HarddiskVolume1\\Windows"},
    };
    UNICODE_STRING name;
    UNICODE_STRING target;
    NTSTATUS status;

    driver->MajorFunction[IRP_MJ_CREATE] = volume_create;
    driver->MajorFunction[IRP_MJ_CLEANUP] = volume_cleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = volume_close;
    driver->MajorFunction[IRP_MJ_READ] = volume_read;
    driver->MajorFunction[IRP_MJ_WRITE] = volume_write;
    driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = volume_flush;
    driver->MajorFunction[IRP_MJ_QUERY_INFORMATION] = volume_query;
    driver->MajorFunction[IRP_MJ_SET_INFORMATION] = volume_set;
    RtlInitUnicodeString(&name, L"\\Device\\HarddiskVolume1");
    status =
        IoCreateDevice(driver, 0, &name, FILE_DEVICE_DISK_FILE_SYSTEM, 0, FALSE, &volume.device);
    for (size_t i = 0; NT_SUCCESS(status) && i < sizeof(links) / sizeof(links[0]); i++) {
        RtlInitUnicodeString(&name, links[i].name);
        RtlInitUnicodeString(&target, links[i].target);
        status = IoCreateSymbolicLink(&name, &target);
    }
    return status;
}

static void
delete_links(void)
{
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, L"\\??\\C:");
    (void)IoDeleteSymbolicLink(&name);
    RtlInitUnicodeString(&name, L"\\SystemRoot");
    (void)IoDeleteSymbolicLink(&name);
}

NTSTATUS
io_volume_init(void)
{
    NTSTATUS status = io_driver_create(DRIVER_NAME, &volume.driver);

    if (NT_SUCCESS(status)) {
        status = io_driver_start(volume.driver, volume_entry);
    }
    return status;
}

void
io_volume_fini(void)
{
    delete_links();
    if (volume.device != NULL) {
        IoDeleteDevice(volume.device);
        volume.device = NULL;
    }
    if (volume.driver != NULL) {
        (void)io_driver_unload(volume.driver);
        volume.driver = NULL;
    }
    sys_fd_close(&volume.root);
}

NTSTATUS
io_set_file_root(const char *path)
{
    int root = -1;
    int fd;

    if (path != NULL) {
        root = sys_root_open(path);
        if (root < 0) {
            return status_of(root);
        }
        fd = sys_file_open_beneath(root, "Windows",
                                   SYS_FILE_READ | SYS_FILE_CREATE | SYS_FILE_DIRECTORY);
        sys_fd_close(&fd);
        fd = sys_file_open_beneath(root, "Windows/Temp",
                                   SYS_FILE_READ | SYS_FILE_CREATE | SYS_FILE_DIRECTORY);
        sys_fd_close(&fd);
    }
    sys_fd_close(&volume.root);
    volume.root = root;
    return STATUS_SUCCESS;
}
