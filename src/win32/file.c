/* SPDX-License-Identifier: MIT */
/*
 * CreateFile, ReadFile, WriteFile, DeviceIoControl, overlapped or not.
 *
 * A handle without FILE_FLAG_OVERLAPPED makes synchronous requests of its device (device.h). One with it
 * submits them; when one has ended, whoever is to be told is told: the OVERLAPPED, its event, the
 * completion port, the completion routine, the file itself. When the device has no free slot, requests
 * wait in the file's backlog: Windows knows no such bound.
 */
#include "win32/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "sys/wait.h"

#define STATUS_PENDING_VALUE   0x103
#define STATUS_CANCELLED_VALUE ((int32_t)0xC0000120)

/* Requests in flight to a device before the backlog grows; arena bytes are committed only when used. */
#define OVERLAPPED_DEPTH 512u
#define OVERLAPPED_ARENA ((uint64_t)256 << 20)

/* NT create dispositions by CreateFile's (CREATE_NEW is 1). */
static const uint32_t dispositions[] = {
    0, 2 /* FILE_CREATE */, 5 /* FILE_OVERWRITE_IF */, 1 /* FILE_OPEN */, 3 /* FILE_OPEN_IF */,
    4 /* FILE_OVERWRITE */};

static const struct w32_device_ops *devices; /* Set at the program's start. */

void
w32_set_devices(const struct w32_device_ops *ops)
{
    devices = ops;
}

/* --- Opening and closing --------------------------------------------------------------------- */

static bool
file_signaled(const struct w32_object *object, uint64_t thread)
{
    (void)thread;
    return container_of(object, const struct w32_file, object)->idle_signal;
}

static bool
file_take(struct w32_object *object, uint64_t thread)
{
    (void)object;
    (void)thread;
    return false;
}

/* Takes everything out of the backlog and ends it as cancelled, by the reaper's path. */
static void backlog_cancel(struct w32_file *file, const OVERLAPPED *overlapped, uint64_t thread_id);

/* The last handle is gone: cancels what is under way; the ends come before the device closes. */
static void
file_closed(struct w32_object *object)
{
    struct w32_file *file = container_of(object, struct w32_file, object);

    if (file->device == NULL || !file->overlapped) {
        return;
    }
    sys_lock_acquire(&file->lock);
    file->closing = true;
    sys_lock_release(&file->lock);
    backlog_cancel(file, NULL, 0);
    (void)file->ops->cancel_all(file->device);
    for (;;) {
        uint32_t generation = atomic_load_u32(&file->generation);
        bool empty;

        sys_lock_acquire(&file->lock);
        empty = list_empty(&file->pending);
        sys_lock_release(&file->lock);
        if (empty) {
            break;
        }
        (void)sys_wait(&file->generation, generation, SYS_FOREVER);
    }
    file->ops->quiet(file->device);
}

static void
file_destroy(struct w32_object *object)
{
    struct w32_file *file = container_of(object, struct w32_file, object);

    if (file->device != NULL) {
        file->ops->close(file->device);
    }
    if (file->fd >= 0) {
        close(file->fd);
    }
    w32_object_unref(file->port);
}

static struct w32_file *
file_new(bool overlapped)
{
    struct w32_file *file = w32_object_new(W32_FILE, sizeof(*file));

    if (file != NULL) {
        file->object.signaled = file_signaled;
        file->object.take = file_take;
        file->object.closed = file_closed;
        file->object.destroy = file_destroy;
        file->fd = -1;
        file->overlapped = overlapped;
        list_init(&file->pending);
        list_init(&file->backlog);
        list_init(&file->ending);
    }
    return file;
}

static uint32_t
nt_access(DWORD access)
{
    uint32_t mapped = access & ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);

    if ((access & (GENERIC_READ | GENERIC_ALL)) != 0) {
        mapped |= FILE_GENERIC_READ;
    }
    if ((access & (GENERIC_WRITE | GENERIC_ALL)) != 0) {
        mapped |= FILE_GENERIC_WRITE;
    }
    if ((access & (GENERIC_EXECUTE | GENERIC_ALL)) != 0) {
        mapped |= FILE_EXECUTE;
    }
    return mapped | SYNCHRONIZE | FILE_READ_ATTRIBUTES;
}

DWORD
w32_errno(int error)
{
    switch (error) {
    case ENOENT:
        return ERROR_FILE_NOT_FOUND;
    case ENOTDIR:
        return ERROR_PATH_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERROR_ACCESS_DENIED;
    case EEXIST:
        return ERROR_FILE_EXISTS;
    case EMFILE:
    case ENFILE:
        return ERROR_TOO_MANY_OPEN_FILES;
    case ENOMEM:
        return ERROR_NOT_ENOUGH_MEMORY;
    case ENOSPC:
        return ERROR_DISK_FULL;
    case EPIPE:
        return ERROR_DRIVER_PROCESS_TERMINATED;
    case EINVAL:
        return ERROR_INVALID_PARAMETER;
    default:
        return ERROR_GEN_FAILURE;
    }
}

static BOOL
device_open(struct w32_file *file, const char *path, DWORD access, DWORD share, DWORD disposition,
            DWORD flags)
{
    struct owdf_open_options options = {
        .size = sizeof(options),
        .access = nt_access(access),
        .share = share & 7,
        .disposition = dispositions[disposition],
        .options = file->overlapped ? 0x40 : 0x60, /* NON_DIRECTORY, SYNCHRONOUS_IO_NONALERT */
        .attributes = flags & 0xffff,
        .depth = file->overlapped ? OVERLAPPED_DEPTH : 0,
        .arena_size = file->overlapped ? OVERLAPPED_ARENA : 0,
    };
    int32_t status = 0;
    int error = -ENOENT;

    if (devices != NULL) {
        file->ops = devices;
        error =
            devices->open(path, &options, file->overlapped ? file : NULL, &file->device, &status);
    }
    if (error == 0) {
        return TRUE;
    }
    return w32_fail(status < 0 ? owdf_status_to_win32(status) : w32_errno(-error));
}

static BOOL
ordinary_open(struct w32_file *file, char *path, DWORD access, DWORD disposition)
{
    static const int creation[] = {0, O_CREAT | O_EXCL, O_CREAT | O_TRUNC, 0, O_CREAT, O_TRUNC};
    bool reads = (access & (GENERIC_READ | GENERIC_ALL | FILE_READ_DATA)) != 0;
    bool writes = (access & (GENERIC_WRITE | GENERIC_ALL | FILE_WRITE_DATA)) != 0;
    int mode = writes ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY;
    file->fd = open(path, mode | creation[disposition] | O_CLOEXEC, 0666);
    return file->fd >= 0 ? TRUE : w32_fail(w32_errno(errno));
}

static bool
names_device(const char *path)
{
    return strncmp(path, "\\\\.\\", 4) == 0 || strncmp(path, "\\\\?\\", 4) == 0;
}

/* COM1 to COM9 and LPT1 to LPT9 are devices without a prefix too, with or without a colon. Takes over `path`. */
static char *
without_reserved_name(char *path)
{
    char *device = NULL;

    if (path == NULL || (strncasecmp(path, "COM", 3) != 0 && strncasecmp(path, "LPT", 3) != 0) ||
        path[3] < '1' || path[3] > '9' || (path[4] != '\0' && strcmp(path + 4, ":") != 0)) {
        return path;
    }
    if (asprintf(&device, "\\\\.\\%.4s", path) < 0) {
        device = NULL;
    }
    free(path);
    return device;
}

/* Takes over `path`. */
static HANDLE
file_create(char *path, DWORD access, DWORD share, DWORD disposition, DWORD flags)
{
    struct w32_file *file;
    HANDLE handle;
    BOOL opened;

    path = without_reserved_name(path);
    if (path == NULL || disposition < CREATE_NEW || disposition > TRUNCATE_EXISTING) {
        free(path);
        w32_fail(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    file = file_new((flags & FILE_FLAG_OVERLAPPED) != 0);
    if (file == NULL) {
        free(path);
        return INVALID_HANDLE_VALUE;
    }
    w32_order(NULL);
    if (!names_device(path)) {
        path = w32_path(path);
    }
    opened = path == NULL         ? w32_fail(ERROR_NOT_ENOUGH_MEMORY)
             : names_device(path) ? device_open(file, path, access, share, disposition, flags)
                                  : ordinary_open(file, path, access, disposition);
    free(path);
    if (!opened) {
        w32_object_unref(&file->object);
        return INVALID_HANDLE_VALUE;
    }
    handle = w32_handle_new(&file->object);
    if (handle == NULL) {
        return INVALID_HANDLE_VALUE;
    }
    SetLastError(ERROR_SUCCESS);
    return handle;
}

HANDLE
CreateFileW(LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
            LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
            DWORD dwFlagsAndAttributes, HANDLE hTemplateFile)
{
    (void)lpSecurityAttributes;
    (void)hTemplateFile;
    return file_create(w32_utf8(lpFileName), dwDesiredAccess, dwShareMode, dwCreationDisposition,
                       dwFlagsAndAttributes);
}

HANDLE
CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
            LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
            DWORD dwFlagsAndAttributes, HANDLE hTemplateFile)
{
    (void)lpSecurityAttributes;
    (void)hTemplateFile;
    return file_create(lpFileName == NULL ? NULL : strdup(lpFileName), dwDesiredAccess, dwShareMode,
                       dwCreationDisposition, dwFlagsAndAttributes);
}

/* --- Overlapped requests --------------------------------------------------------------------- */

static void
io_unref(struct w32_io *io)
{
    if (atomic_fetch_sub_u32(&io->refs, 1) != 1) {
        return;
    }
    w32_object_unref(io->event);
    w32_object_unref(&io->file->object);
    free(io);
}

static void
run_routine(struct w32_apc *apc)
{
    struct w32_io *io = container_of(apc, struct w32_io, apc);
    int32_t status = (int32_t)io->overlapped->Internal;

    io->routine(status >= 0 ? 0 : owdf_status_to_win32(status), (DWORD)io->overlapped->InternalHigh,
                io->overlapped);
    io_unref(io);
}

/*
 * Tells everyone that the request, already off the file's lists, has ended. The OVERLAPPED may be gone or
 * reused as soon as Internal is written, so that comes last of what touches it; and the file's
 * generation last of all, since the closer frees nothing before it.
 */
static void
io_ended(struct w32_io *io, int32_t status, uint64_t information)
{
    struct w32_file *file = io->file;
    OVERLAPPED *overlapped = io->overlapped;
    struct w32_object *port;
    ULONG_PTR key;

    sys_lock_acquire(&file->lock);
    port = io->to_port && io->routine == NULL ? file->port : NULL;
    key = file->key;
    list_push_back(&file->ending, &io->ending_link);
    sys_lock_release(&file->lock);

    overlapped->InternalHigh = information;
    atomic_store_u64(&overlapped->Internal, (uint32_t)status);

    if (io->event != NULL) {
        w32_event_set(io->event);
    }
    sys_lock_acquire(&file->lock);
    list_remove(&io->ending_link);
    sys_lock_release(&file->lock);
    sys_lock_acquire(&w32_dispatcher);
    file->idle_signal = true;
    w32_wake_locked(&file->object);
    sys_lock_release(&w32_dispatcher);
    if (port != NULL) {
        (void)w32_port_post(port, key, (DWORD)information, overlapped, status);
    }
    (void)atomic_fetch_add_u32(&file->generation, 1);
    sys_wake(&file->generation, UINT32_MAX);
    if (io->routine != NULL) {
        w32_apc_queue(io->thread, &io->apc);
    } else {
        io_unref(io);
    }
}

/*
 * Gives the request, which is on file->pending, to the device. Not under a lock: it may end in here. On a
 * refusal it is taken off again: 0, -EAGAIN when the device has no room, or another negative errno.
 */
static int
io_submit(struct w32_file *file, struct w32_io *io)
{
    uint64_t token = 0;
    int error = file->ops->submit(file->device, &io->io, &token);
    bool cancel = false;

    sys_lock_acquire(&file->lock);
    if (error == 0) {
        /* Who wanted to cancel it meanwhile had no token. */
        io->token = token;
        cancel = io->cancelled || file->closing;
    } else {
        list_remove(&io->link);
        list_init(&io->link);
    }
    sys_lock_release(&file->lock);
    if (cancel) {
        (void)file->ops->cancel(file->device, token);
    }
    return error;
}

/* Back to the backlog, for want of room; on a file that closes it ends instead. */
static void
io_park(struct w32_file *file, struct w32_io *io, bool first)
{
    bool closing;

    sys_lock_acquire(&file->lock);
    closing = file->closing;
    if (!closing && first) {
        list_push_front(&file->backlog, &io->link);
    } else if (!closing) {
        list_push_back(&file->backlog, &io->link);
    }
    sys_lock_release(&file->lock);
    if (closing) {
        io_ended(io, STATUS_CANCELLED_VALUE, 0);
    }
}

/*
 * Moves what fits from the backlog to the device. One thread at a time, so that requests stay in order; who
 * comes meanwhile leaves word that there may be more room.
 */
static void
backlog_pump(struct w32_file *file)
{
    bool again = true;

    sys_lock_acquire(&file->lock);
    if (file->pumping) {
        file->pump_again = true;
        sys_lock_release(&file->lock);
        return;
    }
    while (again && !list_empty(&file->backlog)) {
        struct w32_io *io = container_of(list_pop_front(&file->backlog), struct w32_io, link);
        int error;

        file->pumping = true;
        file->pump_again = false;
        list_push_back(&file->pending, &io->link);
        (void)atomic_fetch_add_u32(&io->refs, 1);
        sys_lock_release(&file->lock);
        error = io_submit(file, io);
        if (error == -EAGAIN) {
            io_park(file, io, true);
        } else if (error != 0) {
            io_ended(io,
                     error == -EPIPE ? OWDF_STATUS_DRIVER_PROCESS_TERMINATED
                                     : OWDF_STATUS_INSUFFICIENT_RESOURCES,
                     0);
        }
        io_unref(io);
        sys_lock_acquire(&file->lock);
        again = error != -EAGAIN || file->pump_again;
        file->pumping = false;
    }
    sys_lock_release(&file->lock);
}

static void
backlog_cancel(struct w32_file *file, const OVERLAPPED *overlapped, uint64_t thread_id)
{
    for (;;) {
        struct w32_io *found = NULL;
        struct list *link;

        sys_lock_acquire(&file->lock);
        list_for_each(link, &file->backlog)
        {
            struct w32_io *io = container_of(link, struct w32_io, link);

            if ((overlapped == NULL || io->overlapped == overlapped) &&
                (thread_id == 0 || io->thread_id == thread_id)) {
                found = io;
                list_remove(&io->link);
                break;
            }
        }
        sys_lock_release(&file->lock);
        if (found == NULL) {
            return;
        }
        io_ended(found, STATUS_CANCELLED_VALUE, 0);
    }
}

void
w32_file_ended(struct w32_file *file, uint64_t cookie, int32_t status, uint64_t information)
{
    struct w32_io *io = (struct w32_io *)(uintptr_t)cookie;

    sys_lock_acquire(&file->lock);
    list_remove(&io->link);
    sys_lock_release(&file->lock);
    io_ended(io, status, information);
}

void
w32_file_room(struct w32_file *file)
{
    backlog_pump(file);
}

/* Starts an overlapped request. TRUE is never returned: the end always comes by the reaper. */
static BOOL
io_start(struct w32_file *file, const struct owdf_io *what, OVERLAPPED *overlapped,
         LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct w32_io *io = calloc(1, sizeof(*io));
    bool queued;
    HANDLE event = (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1);
    int error;

    if (io == NULL) {
        return w32_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    w32_object_ref(&file->object);
    io->file = file;
    io->refs = 1;
    if (event != NULL && routine == NULL) {
        io->event = w32_handle_ref(event, 1u << W32_EVENT);
        if (io->event == NULL) {
            io_unref(io);
            return FALSE;
        }
        w32_event_reset(io->event);
    }
    io->io = *what;
    io->io.cookie = (uintptr_t)io;
    io->overlapped = overlapped;
    io->to_port = ((ULONG_PTR)overlapped->hEvent & 1) == 0;
    io->routine = routine;
    io->apc.run = run_routine;
    io->thread = w32_thread();
    io->thread_id = io->thread->id;
    list_init(&io->link);
    overlapped->Internal = STATUS_PENDING_VALUE;
    overlapped->InternalHigh = 0;

    sys_lock_acquire(&w32_dispatcher);
    file->idle_signal = false;
    sys_lock_release(&w32_dispatcher);

    sys_lock_acquire(&file->lock);
    error = file->closing ? -EBADF : 0;
    queued = file->pumping || !list_empty(&file->backlog);
    if (error == 0) {
        list_push_back(queued ? &file->backlog : &file->pending, &io->link);
        (void)atomic_fetch_add_u32(&io->refs, 1);
    }
    sys_lock_release(&file->lock);
    if (error == 0 && !queued) {
        error = io_submit(file, io);
        if (error == -EAGAIN) {
            io_park(file, io, false);
            error = 0;
        } else if (error != 0) {
            io_unref(io); /* What would have ended. */
        }
    }
    if (error != 0) {
        io_unref(io);
        return w32_fail(error == -EMSGSIZE ? ERROR_NO_SYSTEM_RESOURCES
                        : error == -EBADF  ? ERROR_INVALID_HANDLE
                                           : w32_errno(-error));
    }
    io_unref(io);
    /* A slot may have come free between the refusal and our place in the backlog. */
    backlog_pump(file);
    return w32_fail(ERROR_IO_PENDING);
}

/* --- Requests -------------------------------------------------------------------------------- */

/* A request on a handle without FILE_FLAG_OVERLAPPED, or one whose caller waits. */
static BOOL
io_synchronous(struct w32_file *file, const struct owdf_io *what, LPDWORD transferred,
               OVERLAPPED *overlapped)
{
    struct owdf_result result = {0, 0};
    int error = file->ops->request(file->device, what, &result);

    if (error != 0) {
        result.status = error == -EPIPE ? OWDF_STATUS_DRIVER_PROCESS_TERMINATED
                                        : OWDF_STATUS_INSUFFICIENT_RESOURCES;
    }
    if (transferred != NULL) {
        *transferred = (DWORD)result.information;
    }
    if (overlapped != NULL) {
        overlapped->Internal = (ULONG_PTR)(uint32_t)result.status;
        overlapped->InternalHigh = result.information;
        if (overlapped->hEvent != NULL) {
            SetEvent((HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1));
        }
    }
    return result.status >= 0 ? TRUE : w32_fail(owdf_status_to_win32(result.status));
}

static BOOL
ordinary_transfer(struct w32_file *file, const struct owdf_io *what, LPDWORD transferred,
                  OVERLAPPED *overlapped)
{
    ssize_t n;

    if (what->operation == OWDF_OP_READ) {
        n = overlapped != NULL ? pread(file->fd, what->out, what->out_size, (off_t)what->offset)
                               : read(file->fd, what->out, what->out_size);
    } else if (what->operation == OWDF_OP_WRITE) {
        n = overlapped != NULL ? pwrite(file->fd, what->in, what->in_size, (off_t)what->offset)
                               : write(file->fd, what->in, what->in_size);
    } else {
        return w32_fail(ERROR_INVALID_FUNCTION);
    }
    if (n < 0) {
        return w32_fail(w32_errno(errno));
    }
    if (transferred != NULL) {
        *transferred = (DWORD)n;
    }
    if (overlapped != NULL) {
        overlapped->Internal = 0;
        overlapped->InternalHigh = (ULONG_PTR)n;
        if (overlapped->hEvent != NULL) {
            SetEvent(overlapped->hEvent);
        }
    }
    return TRUE;
}

void
w32_order(HANDLE except)
{
    struct w32_thread_state *thread = w32_thread();
    HANDLE handle = thread->undelivered;
    DWORD last_error = thread->last_error;
    struct w32_file *file;

    if (handle == NULL || handle == except) {
        return;
    }
    thread->undelivered = NULL;
    /* A handle, not a reference: the file may have been closed meanwhile, and the number be another's. */
    file = w32_handle_ref(handle, 1u << W32_FILE);
    if (file != NULL) {
        if (file->device != NULL) {
            (void)file->ops->fence(file->device);
        }
        w32_object_unref(&file->object);
    }
    thread->last_error = last_error;
}

/* What ReadFile, WriteFile and DeviceIoControl have in common. */
static BOOL
file_request(HANDLE handle, const struct owdf_io *what, LPDWORD transferred, OVERLAPPED *overlapped,
             LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct w32_file *file = w32_handle_ref(handle, 1u << W32_FILE);
    struct owdf_io io = *what;
    BOOL done;

    if (file == NULL) {
        return FALSE;
    }
    w32_order(handle);
    if (transferred != NULL) {
        *transferred = 0;
    }
    if (overlapped != NULL) {
        io.offset = (uint64_t)overlapped->OffsetHigh << 32 | overlapped->Offset;
    }
    if (file->device == NULL) {
        done = ordinary_transfer(file, &io, transferred, overlapped);
    } else if (file->overlapped && overlapped != NULL) {
        done = io_start(file, &io, overlapped, routine);
        w32_thread()->undelivered = handle;
    } else if (file->overlapped && io.operation != OWDF_OP_IOCTL && io.operation != OWDF_OP_FLUSH) {
        done = w32_fail(ERROR_INVALID_PARAMETER); /* As documented: an OVERLAPPED is required. */
    } else {
        done = io_synchronous(file, &io, transferred, overlapped);
    }
    w32_object_unref(&file->object);
    return done;
}

BOOL
ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPDWORD lpNumberOfBytesRead,
         LPOVERLAPPED lpOverlapped)
{
    struct owdf_io io = {
        .operation = OWDF_OP_READ, .out = lpBuffer, .out_size = nNumberOfBytesToRead};

    return file_request(hFile, &io, lpNumberOfBytesRead, lpOverlapped, NULL);
}

BOOL
WriteFile(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite,
          LPDWORD lpNumberOfBytesWritten, LPOVERLAPPED lpOverlapped)
{
    struct owdf_io io = {
        .operation = OWDF_OP_WRITE, .in = lpBuffer, .in_size = nNumberOfBytesToWrite};

    return file_request(hFile, &io, lpNumberOfBytesWritten, lpOverlapped, NULL);
}

/* The Ex variants: TRUE when the request was queued; its end arrives as a completion routine. */
static BOOL
file_request_ex(HANDLE handle, const struct owdf_io *io, OVERLAPPED *overlapped,
                LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    if (overlapped == NULL || routine == NULL) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    if (file_request(handle, io, NULL, overlapped, routine)) {
        return w32_fail(ERROR_INVALID_PARAMETER); /* Not an overlapped device handle. */
    }
    if (GetLastError() != ERROR_IO_PENDING) {
        return FALSE;
    }
    SetLastError(ERROR_SUCCESS);
    return TRUE;
}

BOOL
ReadFileEx(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPOVERLAPPED lpOverlapped,
           LPOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine)
{
    struct owdf_io io = {
        .operation = OWDF_OP_READ, .out = lpBuffer, .out_size = nNumberOfBytesToRead};

    return file_request_ex(hFile, &io, lpOverlapped, lpCompletionRoutine);
}

BOOL
WriteFileEx(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite, LPOVERLAPPED lpOverlapped,
            LPOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine)
{
    struct owdf_io io = {
        .operation = OWDF_OP_WRITE, .in = lpBuffer, .in_size = nNumberOfBytesToWrite};

    return file_request_ex(hFile, &io, lpOverlapped, lpCompletionRoutine);
}

BOOL
DeviceIoControl(HANDLE hDevice, DWORD dwIoControlCode, LPVOID lpInBuffer, DWORD nInBufferSize,
                LPVOID lpOutBuffer, DWORD nOutBufferSize, LPDWORD lpBytesReturned,
                LPOVERLAPPED lpOverlapped)
{
    struct owdf_io io = {
        .operation = OWDF_OP_IOCTL,
        .code = dwIoControlCode,
        .in = lpInBuffer,
        .in_size = lpInBuffer == NULL ? 0 : nInBufferSize,
        .out = lpOutBuffer,
        .out_size = lpOutBuffer == NULL ? 0 : nOutBufferSize,
    };

    return file_request(hDevice, &io, lpBytesReturned, lpOverlapped, NULL);
}

BOOL
FlushFileBuffers(HANDLE hFile)
{
    struct w32_file *file = w32_handle_ref(hFile, 1u << W32_FILE);
    struct owdf_result result = {0, 0};
    BOOL done;

    if (file == NULL) {
        return FALSE;
    }
    if (file->device == NULL) {
        done = fsync(file->fd) == 0 ? TRUE : w32_fail(w32_errno(errno));
    } else {
        struct owdf_io flush = {.operation = OWDF_OP_FLUSH};

        (void)file->ops->request(file->device, &flush, &result);
        done = result.status >= 0 ? TRUE : w32_fail(owdf_status_to_win32(result.status));
    }
    w32_object_unref(&file->object);
    return done;
}

DWORD
SetFilePointer(HANDLE hFile, LONG lDistanceToMove, PLONG lpDistanceToMoveHigh, DWORD dwMoveMethod)
{
    static const int whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    struct w32_file *file = w32_handle_ref(hFile, 1u << W32_FILE);
    int64_t distance = lDistanceToMove;
    off_t position = -1;

    if (file == NULL) {
        return INVALID_FILE_SIZE;
    }
    if (lpDistanceToMoveHigh != NULL) {
        distance =
            (int64_t)((uint64_t)(uint32_t)*lpDistanceToMoveHigh << 32 | (uint32_t)lDistanceToMove);
    }
    if (file->device != NULL || dwMoveMethod > FILE_END) {
        w32_fail(ERROR_INVALID_PARAMETER);
    } else {
        position = lseek(file->fd, distance, whence[dwMoveMethod]);
        w32_fail(position < 0 ? w32_errno(errno) : ERROR_SUCCESS);
    }
    w32_object_unref(&file->object);
    if (lpDistanceToMoveHigh != NULL && position >= 0) {
        *lpDistanceToMoveHigh = (LONG)(position >> 32);
    }
    return (DWORD)position;
}

DWORD
GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh)
{
    struct w32_file *file = w32_handle_ref(hFile, 1u << W32_FILE);
    struct stat about;
    DWORD size = INVALID_FILE_SIZE;

    if (file == NULL) {
        return INVALID_FILE_SIZE;
    }
    if (file->device != NULL || fstat(file->fd, &about) != 0) {
        w32_fail(ERROR_INVALID_FUNCTION);
    } else {
        size = (DWORD)about.st_size;
        if (lpFileSizeHigh != NULL) {
            *lpFileSizeHigh = (DWORD)((uint64_t)about.st_size >> 32);
        }
        SetLastError(ERROR_SUCCESS);
    }
    w32_object_unref(&file->object);
    return size;
}

/* --- Cancelling and waiting for results ------------------------------------------------------ */

/* Asks for the end of the file's requests that match; whether there was one. */
static bool
file_cancel(struct w32_file *file, const OVERLAPPED *overlapped, uint64_t thread_id)
{
    uint64_t tokens[64];
    struct list *link;
    bool any;
    size_t count, i;

    sys_lock_acquire(&file->lock);
    any = !list_empty(&file->backlog);
    sys_lock_release(&file->lock);
    if (any) {
        backlog_cancel(file, overlapped, thread_id);
    }
    /* In pieces, for the library must not be called under the lock and a list may be long. */
    do {
        count = 0;
        sys_lock_acquire(&file->lock);
        list_for_each(link, &file->pending)
        {
            struct w32_io *io = container_of(link, struct w32_io, link);

            if (count < sizeof(tokens) / sizeof(tokens[0]) && !io->cancelled &&
                (overlapped == NULL || io->overlapped == overlapped) &&
                (thread_id == 0 || io->thread_id == thread_id)) {
                io->cancelled = true;
                any = true;
                if (io->token != 0) {
                    tokens[count++] = io->token;
                }
            }
        }
        sys_lock_release(&file->lock);
        for (i = 0; i < count; i++) {
            (void)file->ops->cancel(file->device, tokens[i]);
        }
    } while (count == sizeof(tokens) / sizeof(tokens[0]));
    return any;
}

BOOL
CancelIoEx(HANDLE hFile, LPOVERLAPPED lpOverlapped)
{
    struct w32_file *file = w32_handle_ref(hFile, 1u << W32_FILE);
    bool any;

    if (file == NULL) {
        return FALSE;
    }
    any = file->device != NULL && file_cancel(file, lpOverlapped, 0);
    if (file->device != NULL && lpOverlapped == NULL && !file->overlapped) {
        any = file->ops->cancel_all(file->device) == 0;
    }
    w32_object_unref(&file->object);
    return any ? TRUE : w32_fail(ERROR_NOT_FOUND);
}

BOOL
CancelIo(HANDLE hFile)
{
    struct w32_file *file = w32_handle_ref(hFile, 1u << W32_FILE);

    if (file == NULL) {
        return FALSE;
    }
    if (file->device != NULL) {
        (void)file_cancel(file, NULL, w32_thread()->id);
    }
    w32_object_unref(&file->object);
    return TRUE;
}

/* Whether the request's event may yet be set: who resets it now would see it set by what it has waited for. */
static bool
is_ending(struct w32_file *file, const OVERLAPPED *overlapped)
{
    struct list *link;
    bool found = false;

    sys_lock_acquire(&file->lock);
    list_for_each(link, &file->ending)
    {
        found = found || container_of(link, struct w32_io, ending_link)->overlapped == overlapped;
    }
    sys_lock_release(&file->lock);
    return found;
}

BOOL
GetOverlappedResultEx(HANDLE hFile, LPOVERLAPPED lpOverlapped, LPDWORD lpNumberOfBytesTransferred,
                      DWORD dwMilliseconds, BOOL bAlertable)
{
    struct w32_file *file = w32_handle_ref(hFile, 1u << W32_FILE);
    uint64_t deadline = w32_deadline(dwMilliseconds);
    int32_t status;

    (void)bAlertable;
    if (file == NULL) {
        return FALSE;
    }
    for (;;) {
        uint32_t generation = atomic_load_u32(&file->generation);

        status = (int32_t)atomic_load_u64(&lpOverlapped->Internal);
        if (dwMilliseconds == 0 || sys_now_ns() >= deadline ||
            (status != STATUS_PENDING_VALUE && !is_ending(file, lpOverlapped))) {
            break;
        }
        (void)sys_wait(&file->generation, generation, deadline);
    }
    w32_object_unref(&file->object);
    if (status == STATUS_PENDING_VALUE) {
        return w32_fail(dwMilliseconds == 0 ? ERROR_IO_INCOMPLETE : WAIT_TIMEOUT);
    }
    if (lpOverlapped->hEvent != NULL && dwMilliseconds != 0) {
        /* The wait would have consumed an auto-reset event. */
        (void)WaitForSingleObject((HANDLE)((ULONG_PTR)lpOverlapped->hEvent & ~(ULONG_PTR)1), 0);
    }
    if (lpNumberOfBytesTransferred != NULL) {
        *lpNumberOfBytesTransferred = (DWORD)lpOverlapped->InternalHigh;
    }
    return status >= 0 ? TRUE : w32_fail(owdf_status_to_win32(status));
}

BOOL
GetOverlappedResult(HANDLE hFile, LPOVERLAPPED lpOverlapped, LPDWORD lpNumberOfBytesTransferred,
                    BOOL bWait)
{
    return GetOverlappedResultEx(hFile, lpOverlapped, lpNumberOfBytesTransferred,
                                 bWait ? INFINITE : 0, FALSE);
}

BOOL
SetFileCompletionNotificationModes(HANDLE FileHandle, UCHAR Flags)
{
    struct w32_file *file = w32_handle_ref(FileHandle, 1u << W32_FILE);

    if (file == NULL) {
        return FALSE;
    }
    /* Every request here ends by the reaper, never "at once": the port is told in any case. */
    file->modes |= Flags;
    w32_object_unref(&file->object);
    return TRUE;
}
