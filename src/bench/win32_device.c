/* SPDX-License-Identifier: MIT */
/*
 * The devices that a user-mode driver in the bench opens with CreateFile: those of the same bench, by calls.
 *
 * A request is in its device's list from submit() until it has ended. cancel() holds a reference meanwhile, since
 * a request may end, and be freed, at any moment.
 */
#include <errno.h>
#include <string.h>

#include "base/atomic.h"
#include "base/utf16.h"
#include "bench/bench_priv.h"
#include "nt/io/user.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "win32/device.h"

#define NAME_UNITS 1024

struct device {
    struct io_user_file *file;
    struct w32_file *watcher;
    struct sys_lock lock; /* Guards the list and the tokens. A leaf lock. */
    struct list requests; /* struct request.link */
    uint64_t last_token;
};

struct request {
    struct io_user_request io; /* Must be first. */
    struct list link;
    struct device *device;
    uint64_t cookie;
    uint64_t token;
    uint32_t refs; /* Atomic. */
};

static void
request_unref(struct request *request)
{
    if (atomic_fetch_sub_u32(&request->refs, 1) == 1) {
        io_user_request_fini(&request->io);
        sys_free(request);
    }
}

static void
request_done(struct io_user_request *io)
{
    struct request *request = container_of(io, struct request, io);
    struct device *device = request->device;

    sys_lock_acquire(&device->lock);
    list_remove(&request->link);
    sys_lock_release(&device->lock);
    w32_file_ended(device->watcher, request->cookie, io->status, io->information);
    request_unref(request);
}

static int
device_open(const char *path, const struct owdf_open_options *options, struct w32_file *watcher,
            void **ret_device, int32_t *ret_status)
{
    static const uint16_t prefix[] = {'\\', '?', '?', '\\'};
    uint16_t buffer[NAME_UNITS];
    UNICODE_STRING name = {.Buffer = (WCHAR *)buffer};
    struct io_user_open open = {
        .path = &name,
        .access = options->access,
        .share = options->share,
        .disposition = options->disposition,
        .options = options->options,
        .attributes = options->attributes,
        .process_id = 0,
        .um_driver = true,
    };
    struct device *device = sys_alloc_zeroed(sizeof(*device));
    size_t units;

    if (device == NULL) {
        return -ENOMEM;
    }
    memcpy(buffer, prefix, sizeof(prefix));
    units = 4 + utf8_to_utf16(buffer + 4, NAME_UNITS - 4, path + 4, strlen(path + 4));
    if (units > NAME_UNITS) {
        sys_free(device);
        return -ENAMETOOLONG;
    }
    name.Length = name.MaximumLength = (USHORT)(units * sizeof(WCHAR));
    device->watcher = watcher;
    list_init(&device->requests);
    *ret_status = io_user_open(&open, &device->file);
    if (!NT_SUCCESS(*ret_status)) {
        sys_free(device);
        return -EIO;
    }
    *ret_device = device;
    return 0;
}

static void
device_quiet(void *context)
{
    (void)context; /* The face has waited for the last end; there is nobody else to silence. */
}

static void
device_close(void *context)
{
    struct device *device = context;

    io_user_close(device->file);
    sys_free(device);
}

static void
start(struct io_user_request *io, struct io_user_file *file, const struct owdf_io *what)
{
    switch (what->operation) {
    case OWDF_OP_READ:
        io_user_read(io, file, what->out, what->out_size, (int64_t)what->offset);
        break;
    case OWDF_OP_WRITE:
        io_user_write(io, file, what->in, what->in_size, (int64_t)what->offset);
        break;
    case OWDF_OP_IOCTL:
        io_user_device_control(io, file, what->code, what->in, what->in_size, what->out,
                               what->out_size);
        break;
    default:
        io_user_flush(io, file);
        break;
    }
}

static int
device_request(void *context, const struct owdf_io *what, struct owdf_result *ret_result)
{
    struct device *device = context;
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    start(&waiter.request, device->file, what);
    ret_result->status = io_user_wait(&waiter);
    ret_result->information = waiter.request.information;
    io_user_waiter_fini(&waiter);
    return 0;
}

static int
device_submit(void *context, const struct owdf_io *what, uint64_t *ret_token)
{
    struct device *device = context;
    struct request *request = sys_alloc_zeroed(sizeof(*request));

    if (request == NULL) {
        return -ENOMEM;
    }
    io_user_request_init(&request->io, request_done);
    request->device = device;
    request->cookie = what->cookie;
    request->refs = 2; /* One of them this function's. */
    sys_lock_acquire(&device->lock);
    request->token = *ret_token = ++device->last_token;
    list_push_back(&device->requests, &request->link);
    sys_lock_release(&device->lock);
    start(&request->io, device->file, what);
    request_unref(request);
    return 0;
}

/* The first request with this token, or after it when `later`; with a reference. NULL: none. */
static struct request *
find(struct device *device, uint64_t token, bool later)
{
    struct request *found = NULL;
    struct list *link;

    sys_lock_acquire(&device->lock);
    list_for_each(link, &device->requests)
    {
        struct request *request = container_of(link, struct request, link);

        if (later ? request->token > token : request->token == token) {
            (void)atomic_fetch_add_u32(&request->refs, 1);
            found = request;
            break;
        }
    }
    sys_lock_release(&device->lock);
    return found;
}

static int
device_cancel(void *context, uint64_t token)
{
    struct request *request = find(context, token, false);

    if (request == NULL) {
        return -ENOENT;
    }
    io_user_cancel(&request->io);
    request_unref(request);
    return 0;
}

static int
device_cancel_all(void *context)
{
    struct request *request;
    uint64_t token = 0;
    int result = -ENOENT;

    while ((request = find(context, token, true)) != NULL) {
        token = request->token;
        io_user_cancel(&request->io);
        request_unref(request);
        result = 0;
    }
    return result;
}

static int
device_fence(void *context)
{
    (void)context; /* submit() returns when the driver has the request. */
    return 0;
}

const struct w32_device_ops bench_win32_devices = {
    .open = device_open,
    .quiet = device_quiet,
    .close = device_close,
    .request = device_request,
    .submit = device_submit,
    .cancel = device_cancel,
    .cancel_all = device_cancel_all,
    .fence = device_fence,
};
