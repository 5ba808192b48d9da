/* SPDX-License-Identifier: MIT */
/*
 * Devices of other hosts: see host_remote.h.
 *
 * A remote is one open file: a device object whose requests become requests of the client library. Its
 * file and each registration for its device's changes hold it: a driver that closed the file to let the
 * device go still hears whether it went. `lock` guards its lists and counts; a request is in one of the
 * lists from before it can be cancelled until it has ended.
 */
#include "host/host_remote.h"

#include <errno.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "base/utf16.h"
#include "ipc/names.h"
#include "nt/io/io.h"
#include "nt/io/notify.h"
#include "openwdf/client.h"
#include "sys/fd.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "sys/wait.h"

#define REAPED_AT_ONCE 16

struct request {
    struct list link;
    PIRP irp;
    struct owdf_io io;
    uint64_t token; /* 0: it waits for room. */
};

struct remote {
    PDEVICE_OBJECT device;
    char path[NAMES_NAME_SIZE];
    owdf_handle *handle; /* NULL: not open. */
    struct sys_thread *reaper;
    int poll;
    int stop; /* An event. */

    struct sys_lock lock;
    struct list sent;
    struct list waiting; /* For room. */
    unsigned references;
    unsigned watchers;
    owdf_watch *watch;
    struct list watched_link; /* Of those that have a watch; under watched_lock. */
};

static PDRIVER_OBJECT driver;

/* Those that drivers watch: what they leave behind is ended by host_remote_stop. */
static struct sys_lock watched_lock;
static struct list watched = {&watched, &watched};

enum {
    TAG_ENDS,
    TAG_STOP
};

static struct remote *
remote_of(PDEVICE_OBJECT device)
{
    return device->DeviceExtension;
}

static void
unreference(struct remote *remote)
{
    bool last;

    sys_lock_acquire(&remote->lock);
    last = --remote->references == 0;
    sys_lock_release(&remote->lock);
    if (last) {
        IoDeleteDevice(remote->device);
    }
}

static NTSTATUS
complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS
status_of_errno(int error)
{
    return error == -EPIPE    ? OWDF_STATUS_DRIVER_PROCESS_TERMINATED
           : error == -EINVAL ? STATUS_INVALID_PARAMETER
                              : STATUS_INSUFFICIENT_RESOURCES;
}

/* ---- Requests ---- */

/* A cancel routine that has begun reads the IRP under the cancel lock: it is over when we have had it. */
static void
end_request(struct request *request, NTSTATUS status, ULONG_PTR information)
{
    KIRQL irql;

    IoAcquireCancelSpinLock(&irql);
    (void)IoSetCancelRoutine(request->irp, NULL);
    IoReleaseCancelSpinLock(irql);
    (void)complete(request->irp, status, information);
    sys_free(request);
}

/* Sends it, or lets it wait. A failure: the caller ends it, it is in no list. */
static int
send_locked(struct remote *remote, struct request *request)
{
    int error = owdf_submit(remote->handle, &request->io, &request->token);

    if (error == 0) {
        list_push_back(&remote->sent, &request->link);
    } else if (error == -EAGAIN && !list_empty(&remote->sent)) {
        request->token = 0;
        list_push_back(&remote->waiting, &request->link);
        error = 0;
    }
    return error;
}

/* There is room again. */
static void
send_waiting(struct remote *remote)
{
    struct list *link;
    int error = 0;

    for (;;) {
        struct request *request;

        sys_lock_acquire(&remote->lock);
        link = list_pop_front(&remote->waiting);
        if (link == NULL) {
            sys_lock_release(&remote->lock);
            return;
        }
        request = container_of(link, struct request, link);
        error = owdf_submit(remote->handle, &request->io, &request->token);
        if (error == 0) {
            list_push_back(&remote->sent, &request->link);
        } else if (error == -EAGAIN && !list_empty(&remote->sent)) {
            list_push_front(&remote->waiting, &request->link);
            sys_lock_release(&remote->lock);
            return;
        }
        sys_lock_release(&remote->lock);
        if (error != 0) {
            end_request(request, status_of_errno(error), 0);
        }
    }
}

static void
reap(struct remote *remote)
{
    struct owdf_completion ended[REAPED_AT_ONCE];
    int count;

    do {
        count = owdf_reap(remote->handle, ended, REAPED_AT_ONCE);
        for (int i = 0; i < count; i++) {
            struct request *request = (struct request *)(uintptr_t)ended[i].cookie;

            /* It was put there under the lock, maybe just now. */
            sys_lock_acquire(&remote->lock);
            list_remove(&request->link);
            sys_lock_release(&remote->lock);
            end_request(request, ended[i].status, ended[i].information);
        }
        send_waiting(remote);
    } while (count > 0);
}

static void
reaper_main(void *argument)
{
    struct remote *remote = argument;
    struct sys_poll_event events[2];
    bool stop = false;

    while (!stop) {
        int count = sys_poll_wait(remote->poll, events, 2, SYS_FOREVER);

        for (int i = 0; i < count; i++) {
            if (events[i].tag == TAG_STOP) {
                stop = true;
                continue;
            }
            reap(remote);
            if ((events[i].events & SYS_FD_HANGUP) != 0) {
                /* The host is dead: whoever sends now is told at once. */
                (void)sys_poll_remove(remote->poll, owdf_poll_fd(remote->handle));
            }
        }
    }
    reap(remote);
}

/* Called with the cancel lock; the request may end as soon as it is given back. */
static VOID
cancel(PDEVICE_OBJECT device, PIRP irp)
{
    struct remote *remote = remote_of(device);
    struct request *unsent = NULL;
    struct list *link;
    struct list *next;

    ObReferenceObject(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    sys_lock_acquire(&remote->lock);
    list_for_each(link, &remote->sent)
    {
        const struct request *request = container_of(link, struct request, link);

        if (request->irp == irp) {
            (void)owdf_cancel(remote->handle, request->token);
            break;
        }
    }
    list_for_each_safe(link, next, &remote->waiting)
    {
        struct request *request = container_of(link, struct request, link);

        if (request->irp == irp) {
            list_remove(link);
            unsent = request;
        }
    }
    sys_lock_release(&remote->lock);
    if (unsent != NULL) {
        end_request(unsent, STATUS_CANCELLED, 0);
    }
    ObDereferenceObject(device);
}

/* Where the data of a transfer is. */
static void *
transfer_buffer(PIRP irp)
{
    if (irp->MdlAddress != NULL) {
        return MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    }
    return irp->AssociatedIrp.SystemBuffer != NULL ? irp->AssociatedIrp.SystemBuffer
                                                   : irp->UserBuffer;
}

static void
describe_control(struct owdf_io *io, PIRP irp, const IO_STACK_LOCATION *stack)
{
    ULONG code = stack->Parameters.DeviceIoControl.IoControlCode;

    io->operation = OWDF_OP_IOCTL;
    io->code = code;
    io->in = irp->AssociatedIrp.SystemBuffer;
    io->out = irp->AssociatedIrp.SystemBuffer;
    io->in_size = stack->Parameters.DeviceIoControl.InputBufferLength;
    io->out_size = stack->Parameters.DeviceIoControl.OutputBufferLength;
    switch (code & 3) {
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        io->out = irp->MdlAddress == NULL
                      ? NULL
                      : MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
        break;
    case METHOD_NEITHER:
        io->in = stack->Parameters.DeviceIoControl.Type3InputBuffer;
        io->out = irp->UserBuffer;
        break;
    default:
        break;
    }
}

static bool
describe(struct owdf_io *io, PIRP irp, const IO_STACK_LOCATION *stack)
{
    switch (stack->MajorFunction) {
    case IRP_MJ_READ:
        io->operation = OWDF_OP_READ;
        io->out = transfer_buffer(irp);
        io->out_size = stack->Parameters.Read.Length;
        io->offset = (uint64_t)stack->Parameters.Read.ByteOffset.QuadPart;
        return true;
    case IRP_MJ_WRITE:
        io->operation = OWDF_OP_WRITE;
        io->in = transfer_buffer(irp);
        io->in_size = stack->Parameters.Write.Length;
        io->offset = (uint64_t)stack->Parameters.Write.ByteOffset.QuadPart;
        return true;
    case IRP_MJ_DEVICE_CONTROL:
        describe_control(io, irp, stack);
        return true;
    case IRP_MJ_FLUSH_BUFFERS:
        io->operation = OWDF_OP_FLUSH;
        return true;
    default:
        return false;
    }
}

static NTSTATUS
dispatch_io(PDEVICE_OBJECT device, PIRP irp)
{
    struct remote *remote = remote_of(device);
    struct request *request = sys_alloc_zeroed(sizeof(*request));
    int error;

    if (request == NULL) {
        return complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    if (remote->handle == NULL || !describe(&request->io, irp, IoGetCurrentIrpStackLocation(irp))) {
        sys_free(request);
        return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
    request->irp = irp;
    request->io.cookie = (uint64_t)(uintptr_t)request;
    list_init(&request->link);
    IoMarkIrpPending(irp);
    /* Until the lock is given back neither its end nor its cancellation goes on. */
    sys_lock_acquire(&remote->lock);
    (void)IoSetCancelRoutine(irp, cancel);
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL) {
        sys_lock_release(&remote->lock);
        sys_free(request);
        (void)complete(irp, STATUS_CANCELLED, 0);
        return STATUS_PENDING;
    }
    error = send_locked(remote, request);
    sys_lock_release(&remote->lock);
    if (error != 0) {
        end_request(request, status_of_errno(error), 0);
    }
    return STATUS_PENDING;
}

/* ---- Opening and closing ---- */

static int
start_reaper(struct remote *remote)
{
    int error;

    remote->poll = sys_poll_create();
    remote->stop = sys_event_create();
    error = remote->poll < 0   ? remote->poll
            : remote->stop < 0 ? remote->stop
                               : sys_poll_add(remote->poll, owdf_poll_fd(remote->handle),
                                              SYS_FD_READABLE, TAG_ENDS);
    error =
        error != 0 ? error : sys_poll_add(remote->poll, remote->stop, SYS_FD_READABLE, TAG_STOP);
    return error != 0 ? error
                      : sys_thread_create(&remote->reaper, "wdf-remote", reaper_main, remote);
}

static void
close_handle(struct remote *remote)
{
    sys_fd_close(&remote->poll);
    sys_fd_close(&remote->stop);
    owdf_close(remote->handle);
    remote->handle = NULL;
}

static NTSTATUS
dispatch_create(PDEVICE_OBJECT device, PIRP irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct remote *remote = remote_of(device);
    struct owdf_open_options options = {
        .size = sizeof(options),
        .access = stack->Parameters.Create.SecurityContext->DesiredAccess,
        .share = stack->Parameters.Create.ShareAccess,
        .disposition = stack->Parameters.Create.Options >> 24,
        .options = stack->Parameters.Create.Options & 0xFFFFFF,
        .attributes = stack->Parameters.Create.FileAttributes,
    };
    int32_t status;
    int error = owdf_open_with(remote->path, &options, &remote->handle, &status);

    if (error == 0) {
        error = start_reaper(remote);
        if (error != 0) {
            close_handle(remote);
            status = status_of_errno(error);
        }
    } else {
        remote->handle = NULL;
    }
    if (error != 0) {
        unreference(remote); /* The open file that there will not be. */
        return complete(irp, status < 0 ? status : STATUS_UNSUCCESSFUL, 0);
    }
    return complete(irp, STATUS_SUCCESS, FILE_OPENED);
}

static NTSTATUS
dispatch_cleanup(PDEVICE_OBJECT device, PIRP irp)
{
    (void)owdf_cancel_all(remote_of(device)->handle);
    return complete(irp, STATUS_SUCCESS, 0);
}

/* The file's last request has ended. */
static NTSTATUS
dispatch_close(PDEVICE_OBJECT device, PIRP irp)
{
    struct remote *remote = remote_of(device);

    sys_event_set(remote->stop);
    sys_thread_join(remote->reaper);
    close_handle(remote);
    unreference(remote);
    return complete(irp, STATUS_SUCCESS, 0);
}

static bool
is_drive(const char *path)
{
    return path[0] != '\0' && path[1] == ':';
}

/* Whether it is a name of the session; nothing is opened yet. The device is referenced. */
static NTSTATUS
find(PCUNICODE_STRING name, PDEVICE_OBJECT *ret_device)
{
    char path[NAMES_NAME_SIZE];
    size_t length = utf16_to_utf8(path, sizeof(path) - 1, (const uint16_t *)name->Buffer,
                                  name->Length / sizeof(WCHAR));
    struct remote *remote;
    PDEVICE_OBJECT device;
    NTSTATUS status;

    if (length >= sizeof(path)) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    path[length] = '\0';
    if ((strncasecmp(path, "\\??\\", 4) != 0 || is_drive(path + 4)) &&
        (strncasecmp(path, "\\DosDevices\\", 12) != 0 || is_drive(path + 12))) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    status = IoCreateDevice(driver, sizeof(*remote), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    remote = remote_of(device);
    remote->device = device;
    remote->references = 1;
    remote->poll = -1;
    remote->stop = -1;
    list_init(&remote->sent);
    list_init(&remote->waiting);
    list_init(&remote->watched_link);
    strcpy(remote->path, path);
    io_device_set_foreign(device);
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    ObReferenceObject(device);
    *ret_device = device;
    return STATUS_SUCCESS;
}

/* ---- What happens to the device ---- */

static NTSTATUS
on_custom(struct remote *remote, const struct owdf_change *change)
{
    const size_t head = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);
    TARGET_DEVICE_CUSTOM_NOTIFICATION *custom = sys_alloc_zeroed(sizeof(*custom) + change->size);

    if (custom == NULL) {
        base_log(BASE_LOG_ERROR, "host", "out of memory: a target device change is lost");
        return STATUS_SUCCESS;
    }
    custom->Version = 1;
    custom->Size = (USHORT)(head + change->size);
    memcpy(&custom->Event, change->event, sizeof(custom->Event));
    custom->NameBufferOffset = change->name_offset;
    memcpy(custom->CustomDataBuffer, change->data, change->size);
    (void)io_notify_foreign_target(remote->device, IO_TARGET_CUSTOM, custom);
    sys_free(custom);
    return STATUS_SUCCESS;
}

static int32_t
on_change(void *context, const struct owdf_change *change)
{
    static const enum io_target_event events[] = {
        [OWDF_CHANGE_QUERY_REMOVE] = IO_TARGET_QUERY_REMOVE,
        [OWDF_CHANGE_REMOVE_CANCELLED] = IO_TARGET_REMOVE_CANCELLED,
        [OWDF_CHANGE_REMOVE_PENDING] = IO_TARGET_REMOVE_PENDING,
        [OWDF_CHANGE_REMOVE_COMPLETE] = IO_TARGET_REMOVE_COMPLETE,
    };
    struct remote *remote = context;
    PDEVICE_OBJECT device = remote->device;
    NTSTATUS status;

    /* A driver may unregister, and with it give the last reference back, in what is called here. */
    ObReferenceObject(device);
    status = change->kind == OWDF_CHANGE_CUSTOM
                 ? on_custom(remote, change)
                 : io_notify_foreign_target(device, events[change->kind], NULL);
    ObDereferenceObject(device);
    return status;
}

NTSTATUS
host_remote_watch(PFILE_OBJECT file, void **ret_watch)
{
    PDEVICE_OBJECT device = io_device_bottom(file->DeviceObject);
    struct remote *remote;
    int error = 0;

    if (!io_device_is_foreign(device)) {
        return STATUS_SUCCESS;
    }
    remote = remote_of(device);
    if (remote->handle == NULL) {
        return STATUS_NO_SUCH_DEVICE;
    }
    sys_lock_acquire(&remote->lock);
    remote->references++;
    if (remote->watchers++ == 0) {
        error = owdf_watch_device(remote->handle, on_change, remote, &remote->watch);
        remote->watchers -= error != 0;
        if (error == 0) {
            sys_lock_acquire(&watched_lock);
            list_push_back(&watched, &remote->watched_link);
            sys_lock_release(&watched_lock);
        }
    }
    sys_lock_release(&remote->lock);
    if (error != 0) {
        unreference(remote);
        return status_of_errno(error);
    }
    *ret_watch = remote;
    return STATUS_SUCCESS;
}

void
host_remote_unwatch(void *watch)
{
    struct remote *remote = watch;
    owdf_watch *last = NULL;

    sys_lock_acquire(&remote->lock);
    if (--remote->watchers == 0) {
        last = remote->watch;
        remote->watch = NULL;
        sys_lock_acquire(&watched_lock);
        list_remove(&remote->watched_link);
        sys_lock_release(&watched_lock);
    }
    sys_lock_release(&remote->lock);
    owdf_unwatch(last);
    unreference(remote);
}

/* ---- Life ---- */

void
host_remote_start(void)
{
    NTSTATUS status = io_driver_create("OpenWdfRemote", &driver);

    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "drivers cannot open devices of other hosts: 0x%08x",
                 (unsigned)status);
        return;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = dispatch_create;
    driver->MajorFunction[IRP_MJ_CLEANUP] = dispatch_cleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch_close;
    driver->MajorFunction[IRP_MJ_READ] = dispatch_io;
    driver->MajorFunction[IRP_MJ_WRITE] = dispatch_io;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch_io;
    driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = dispatch_io;
    io_set_foreign_finder(find);
}

/* Drivers are gone; what they did not unregister must not be told of anything more. */
static void
end_watches(void)
{
    struct list *link;

    for (;;) {
        sys_lock_acquire(&watched_lock);
        link = list_pop_front(&watched);
        sys_lock_release(&watched_lock);
        if (link == NULL) {
            return;
        }
        base_log(BASE_LOG_WARN, "host", "a driver has left a registration for %s behind",
                 container_of(link, struct remote, watched_link)->path);
        owdf_unwatch(container_of(link, struct remote, watched_link)->watch);
    }
}

void
host_remote_stop(void)
{
    if (driver != NULL) {
        end_watches();
        io_set_foreign_finder(NULL);
        (void)io_driver_unload(driver);
        driver = NULL;
    }
}
