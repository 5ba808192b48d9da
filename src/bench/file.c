/* SPDX-License-Identifier: MIT */
/* An application's side of the bench: open files and their requests. */
#include <string.h>

#include "base/atomic.h"
#include "base/log.h"
#include "base/utf16.h"
#include "bench/bench_priv.h"
#include "nt/io/io.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/wait.h"

#define NAME_UNITS 1024 /* Longest name, in 16-bit units. */

/* \??\X for an application's \\.\X and \\?\X; other names stay as they are. */
static NTSTATUS
make_name(const char *name, uint16_t buffer[NAME_UNITS], UNICODE_STRING *ret_name)
{
    size_t units;

    if (strncmp(name, "\\\\.\\", 4) == 0 || strncmp(name, "\\\\?\\", 4) == 0) {
        static const uint16_t prefix[] = {'\\', '?', '?', '\\'};

        memcpy(buffer, prefix, sizeof(prefix));
        units = 4 + utf8_to_utf16(buffer + 4, NAME_UNITS - 4, name + 4, strlen(name + 4));
    } else {
        units = utf8_to_utf16(buffer, NAME_UNITS, name, strlen(name));
    }
    if (units > NAME_UNITS) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    ret_name->Buffer = (WCHAR *)buffer;
    ret_name->Length = (USHORT)(units * sizeof(WCHAR));
    ret_name->MaximumLength = ret_name->Length;
    return STATUS_SUCCESS;
}

static bench_status
open_name(struct bench *bench, PCUNICODE_STRING name, unsigned access, struct bench_file **ret_file)
{
    struct io_user_open open = {
        .path = name,
        .access = ((access & BENCH_READ) ? GENERIC_READ : 0) |
                  ((access & BENCH_WRITE) ? GENERIC_WRITE : 0) | SYNCHRONIZE,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
        .disposition = FILE_OPEN,
        .options = (access & BENCH_SYNCHRONOUS) ? FILE_SYNCHRONOUS_IO_NONALERT : 0,
        .process_id = bench->process_id,
    };
    struct bench_file *file = sys_alloc_zeroed(sizeof(*file));
    NTSTATUS status;

    if (file == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    status = io_user_open(&open, &file->file);
    if (!NT_SUCCESS(status)) {
        sys_free(file);
        return status;
    }
    file->bench = bench;
    file->synchronous = (access & BENCH_SYNCHRONOUS) != 0;
    sys_lock_acquire(&bench->lock);
    list_push_back(&bench->files, &file->link);
    sys_lock_release(&bench->lock);
    *ret_file = file;
    return status;
}

bench_status
bench_open(struct bench *bench, const char *name, unsigned access, struct bench_file **ret_file)
{
    uint16_t buffer[NAME_UNITS];
    UNICODE_STRING wide;
    bench_status status = make_name(name, buffer, &wide);

    if (NT_SUCCESS(status)) {
        status = open_name(bench, &wide, access, ret_file);
    }
    return NT_SUCCESS(status)
               ? status
               : bench_fail(status, "%s cannot be opened: %s", name, bench_status_name(status));
}

bench_status
bench_open_interface(struct bench *bench, const struct _GUID *guid, unsigned index, unsigned access,
                     struct bench_file **ret_file)
{
    uint16_t buffer[NAME_UNITS];
    UNICODE_STRING name = {.Buffer = (WCHAR *)buffer, .MaximumLength = sizeof(buffer)};
    bench_status status = io_interface_get(guid, index, &name);

    if (!NT_SUCCESS(status)) {
        return bench_fail(status, "there is no enabled interface number %u of this class", index);
    }
    status = open_name(bench, &name, access, ret_file);
    return NT_SUCCESS(status) ? status
                              : bench_fail(status, "the interface cannot be opened: %s",
                                           bench_status_name(status));
}

bench_status
bench_find_interface(struct bench *bench, const struct _GUID *guid, unsigned index, char *name,
                     size_t name_size)
{
    uint16_t buffer[NAME_UNITS];
    UNICODE_STRING wide = {.Buffer = (WCHAR *)buffer, .MaximumLength = sizeof(buffer)};
    NTSTATUS status = io_interface_get(guid, index, &wide);
    size_t bytes;

    if (!NT_SUCCESS(status)) {
        return status;
    }
    bytes = utf16_to_utf8(name, name_size, buffer, wide.Length / sizeof(WCHAR));
    if (bytes >= name_size) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    name[bytes] = '\0';
    return STATUS_SUCCESS;
}

void
bench_cleanup(struct bench_file *file)
{
    struct io_user_waiter waiter;

    if (file->cleaned_up) {
        return;
    }
    file->cleaned_up = true;
    io_user_waiter_init(&waiter);
    io_user_file_cleanup(file->file, &waiter.request);
    (void)io_user_wait(&waiter);
    io_user_waiter_fini(&waiter);
}

void
bench_close(struct bench_file *file)
{
    struct bench *bench = file->bench;

    bench_cleanup(file);
    io_user_close(file->file);
    sys_lock_acquire(&bench->lock);
    list_remove(&file->link);
    sys_lock_release(&bench->lock);
    sys_free(file);
}

void
bench_set_process_id(struct bench *bench, uint64_t process_id)
{
    bench->process_id = process_id;
}

/* Synchronous requests ------------------------------------------------------------------------ */

/* The synchronous functions share this: a waiter made, used by `expression`, waited for. */
static bench_status
wait_and_fini(struct io_user_waiter *waiter, size_t *ret_size)
{
    NTSTATUS status = io_user_wait(waiter);

    if (ret_size != NULL) {
        *ret_size = waiter->request.information;
    }
    io_user_waiter_fini(waiter);
    return status;
}

static int64_t
position(const struct bench_file *file)
{
    return file->synchronous ? IO_USER_CURRENT_OFFSET : 0;
}

bench_status
bench_read(struct bench_file *file, void *buffer, size_t size, size_t *ret_size)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_read(&waiter.request, file->file, buffer, size, position(file));
    return wait_and_fini(&waiter, ret_size);
}

bench_status
bench_read_at(struct bench_file *file, void *buffer, size_t size, uint64_t offset, size_t *ret_size)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_read(&waiter.request, file->file, buffer, size, (int64_t)offset);
    return wait_and_fini(&waiter, ret_size);
}

bench_status
bench_write(struct bench_file *file, const void *buffer, size_t size, size_t *ret_size)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_write(&waiter.request, file->file, buffer, size, position(file));
    return wait_and_fini(&waiter, ret_size);
}

bench_status
bench_write_at(struct bench_file *file, const void *buffer, size_t size, uint64_t offset,
               size_t *ret_size)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_write(&waiter.request, file->file, buffer, size, (int64_t)offset);
    return wait_and_fini(&waiter, ret_size);
}

bench_status
bench_ioctl(struct bench_file *file, uint32_t code, const void *input, size_t input_size,
            void *output, size_t output_size, size_t *ret_size)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_device_control(&waiter.request, file->file, code, input, input_size, output,
                           output_size);
    return wait_and_fini(&waiter, ret_size);
}

bench_status
bench_internal_ioctl(struct bench_file *file, uint32_t code, const void *input, size_t input_size,
                     void *output, size_t output_size, size_t *ret_size)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_internal_device_control(&waiter.request, file->file, code, input, input_size, output,
                                    output_size);
    return wait_and_fini(&waiter, ret_size);
}

bench_status
bench_flush(struct bench_file *file)
{
    struct io_user_waiter waiter;

    io_user_waiter_init(&waiter);
    io_user_flush(&waiter.request, file->file);
    return wait_and_fini(&waiter, NULL);
}

/* Asynchronous requests ----------------------------------------------------------------------- */

/*
 * For requests with a done function of the caller's. First the waiters: done() may use the request
 * again, or wake somebody who deletes it. Requests without one are waited for as they are.
 */
static void
request_done(struct io_user_request *io)
{
    struct bench_request *request = (struct bench_request *)(void *)io;
    void (*done)(struct bench_request * request, void *argument) = request->done;
    void *argument = request->argument;

    if (atomic_xchg_u32(&request->pending, 0) == 2) {
        sys_wake(&request->pending, UINT32_MAX);
    }
    done(request, argument);
}

struct bench_request *
bench_request_create(struct bench *bench,
                     void (*done)(struct bench_request *request, void *argument), void *argument)
{
    struct bench_request *request = sys_alloc_zeroed(sizeof(*request));

    if (request == NULL) {
        return NULL;
    }
    io_user_request_init(&request->io, done != NULL ? request_done : NULL);
    request->bench = bench;
    request->done = done;
    request->argument = argument;
    sys_lock_acquire(&bench->lock);
    list_push_back(&bench->requests, &request->link);
    sys_lock_release(&bench->lock);
    return request;
}

void
bench_request_delete(struct bench_request *request)
{
    if (request == NULL) {
        return;
    }
    sys_lock_acquire(&request->bench->lock);
    list_remove(&request->link);
    sys_lock_release(&request->bench->lock);
    io_user_request_fini(&request->io);
    sys_free(request);
}

void
bench_request_read(struct bench_request *request, struct bench_file *file, void *buffer,
                   size_t size, uint64_t offset)
{
    atomic_store_u32(&request->pending, 1);
    io_user_read(&request->io, file->file, buffer, size, (int64_t)offset);
}

void
bench_request_write(struct bench_request *request, struct bench_file *file, const void *buffer,
                    size_t size, uint64_t offset)
{
    atomic_store_u32(&request->pending, 1);
    io_user_write(&request->io, file->file, buffer, size, (int64_t)offset);
}

void
bench_request_ioctl(struct bench_request *request, struct bench_file *file, uint32_t code,
                    const void *input, size_t input_size, void *output, size_t output_size)
{
    atomic_store_u32(&request->pending, 1);
    io_user_device_control(&request->io, file->file, code, input, input_size, output, output_size);
}

void
bench_request_cancel(struct bench_request *request)
{
    io_user_cancel(&request->io);
}

bool
bench_request_is_done(struct bench_request *request)
{
    return request->done != NULL ? atomic_load_u32(&request->pending) == 0
                                 : io_user_request_is_idle(&request->io);
}

static bool
wait_for_pending(struct bench_request *request, uint64_t deadline_ns)
{
    uint32_t pending = atomic_load_u32(&request->pending);

    while (pending != 0) {
        if (pending == 2 || atomic_cas_u32(&request->pending, &pending, 2)) {
            bool too_late = sys_wait(&request->pending, 2, deadline_ns) != 0;

            pending = atomic_load_u32(&request->pending);
            if (too_late && pending != 0) {
                return false;
            }
        }
    }
    return true;
}

static bool
wait_for_end(struct bench_request *request, int64_t timeout_ms)
{
    uint64_t deadline_ns =
        timeout_ms < 0 ? SYS_FOREVER : sys_now_ns() + (uint64_t)timeout_ms * 1000000;

    return request->done != NULL ? wait_for_pending(request, deadline_ns)
                                 : io_user_request_wait(&request->io, deadline_ns);
}

bench_status
bench_request_wait(struct bench_request *request, int64_t timeout_ms, size_t *ret_size)
{
    if (!wait_for_end(request, timeout_ms)) {
        return STATUS_TIMEOUT;
    }
    if (ret_size != NULL) {
        *ret_size = request->io.information;
    }
    return request->io.status;
}

unsigned
bench_close_all(struct bench *bench)
{
    unsigned count = 0;
    struct list *link;

    list_for_each(link, &bench->requests)
    {
        struct bench_request *request = container_of(link, struct bench_request, link);

        io_user_cancel(&request->io);
    }
    while (!list_empty(&bench->files)) {
        base_log(BASE_LOG_WARN, "bench", "a file was never closed");
        count++;
        bench_close(container_of(bench->files.next, struct bench_file, link));
    }
    while (!list_empty(&bench->requests)) {
        base_log(BASE_LOG_WARN, "bench", "a request was never deleted");
        count++;
        bench_request_delete(container_of(bench->requests.next, struct bench_request, link));
    }
    return count;
}
