/* SPDX-License-Identifier: MIT */
/* Requests: caches, the end of a request, and what happens to those who use one that is not theirs. */
#include "fx/io/request.h"

#include "base/assert.h"
#include "base/hot.h"
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx/io/file.h"
#include "fx/io/reserve.h"
#include "nt/ex/ex.h"
#include "sys/memory.h"

/* --- The cache ------------------------------------------------------------------------------- */

#define FX_REQUEST_TAG 'RxF'

/* A request that could not be retired: the driver's last reference went. */
static void
request_free(struct fx_object *object)
{
    struct fx_request *request = (struct fx_request *)object;

    fx_request_cache_put(request->cache, request);
}

const struct fx_class fx_class_request = {
    .type = FX_TYPE_REQUEST,
    .name = "WDFREQUEST",
    .size = sizeof(struct fx_request),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
    .free = request_free,
};

NTSTATUS
fx_request_cache_create(struct fx_device *device, struct fx_request_cache **ret_cache)
{
    const WDF_OBJECT_ATTRIBUTES *attributes =
        device->request_attributes.Size != 0 ? &device->request_attributes : NULL;
    struct fx_request_cache *cache;
    size_t space = 0;
    NTSTATUS status;

    if (attributes != NULL) {
        status = fx_attributes_check(&fx_class_request, device->object.globals, attributes);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        space = fx_context_space(attributes);
    }
    cache = sys_alloc_zeroed(sizeof(*cache));
    if (cache == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    cache->globals = device->object.globals;
    cache->space_offset = (sizeof(struct fx_request) + 15) & ~(size_t)15;
    cache->size = cache->space_offset + space;
    if (space != 0) {
        cache->context_offset = cache->space_offset + offsetof(struct fx_context, body);
        cache->context_size = cache->size - cache->context_offset;
    }
    if (attributes != NULL) {
        cache->attributes = *attributes;
    }
    *ret_cache = cache;
    return STATUS_SUCCESS;
}

/* Makes what is in a request's memory a live request, from nothing but the handles it had: none comes again. */
static void
request_init(struct fx_request_cache *cache, struct fx_request *request, struct fx_device *device,
             bool used)
{
    void *own = used ? request->object.handle : NULL;
    void *input = used ? request->memory[FX_INPUT].memory.object.handle : NULL;
    void *output = used ? request->memory[FX_OUTPUT].memory.object.handle : NULL;

    memset(request, 0, sizeof(*request));
    request->object.handle = own;
    request->memory[FX_INPUT].memory.object.handle = input;
    request->memory[FX_OUTPUT].memory.object.handle = output;
    fx_object_init(&request->object, &fx_class_request, cache->globals);
    request->kind = FX_REQUEST_INCOMING;
    request->cache = cache;
    request->device = device;
    request->io.type = WdfRequestTypeNoFormat;
    list_init(&request->link);
    list_init(&request->target_link);
    if (cache->size > cache->space_offset) {
        fx_context_init_first(&request->object, &cache->attributes,
                              (uint8_t *)request + cache->space_offset);
    }
}

struct fx_request *
fx_request_cache_get(struct fx_request_cache *cache, struct fx_device *device)
{
    struct fx_request *request;
    bool used;

    fx_lock(&cache->lock);
    request = cache->first;
    used = request != NULL;
    if (used) {
        cache->first = request->next;
        cache->free_count--;
    } else {
        cache->total++;
    }
    fx_unlock(&cache->lock);
    if (!used) {
        request = ex_pool_refuses(cache->size, FX_REQUEST_TAG) ? NULL
                                                               : sys_alloc_aligned(cache->size, 64);
        if (request == NULL) {
            fx_lock(&cache->lock);
            cache->total--;
            fx_unlock(&cache->lock);
            return NULL;
        }
    }
    request_init(cache, request, device, used);
    return request;
}

void
fx_request_cache_put(struct fx_request_cache *cache, struct fx_request *request)
{
    bool keep;
    bool last;

    fx_lock(&cache->lock);
    keep = !cache->orphaned && cache->free_count < FX_REQUEST_CACHE_LIMIT;
    if (keep) {
        request->next = cache->first;
        cache->first = request;
        cache->free_count++;
    } else {
        cache->total--;
    }
    last = cache->orphaned && cache->total == 0;
    fx_unlock(&cache->lock);
    if (!keep) {
        sys_free(request);
    }
    if (last) {
        sys_free(cache);
    }
}

void
fx_request_cache_destroy(struct fx_request_cache *cache)
{
    struct fx_request *request;
    bool last;

    if (cache == NULL) {
        return;
    }
    fx_lock(&cache->lock);
    cache->orphaned = true;
    request = cache->first;
    cache->first = NULL;
    cache->total -= cache->free_count;
    cache->free_count = 0;
    last = cache->total == 0;
    fx_unlock(&cache->lock);
    while (request != NULL) {
        struct fx_request *next = request->next;

        sys_free(request);
        request = next;
    }
    if (last) {
        sys_free(cache);
    }
}

/* --- The end --------------------------------------------------------------------------------- */

void
fx_request_lock(struct fx_request *request)
{
    if (request->queue != NULL) {
        fx_queue_lock(request->queue);
    } else {
        fx_lock(&request->device->io->lock);
    }
}

void
fx_request_unlock(struct fx_request *request)
{
    if (request->queue != NULL) {
        fx_queue_unlock(request->queue);
    } else {
        fx_unlock(&request->device->io->lock);
    }
}

void
fx_request_not_owned(PWDF_DRIVER_GLOBALS driver_globals, struct fx_request *request,
                     const char *function, NTSTATUS status)
{
    struct fx_globals *globals = fx_globals_of(driver_globals);
    WDFREQUEST handle = fx_request_handle(request);
    WDF_QUEUE_FATAL_ERROR_DATA data = {.Request = handle, .Status = status};

    if (request->kind != FX_REQUEST_INCOMING && fx_request_owner(request) != FX_OWNER_TARGET) {
        fx_bugcheck(globals, WDF_REQUEST_FATAL_ERROR, WDF_REQUEST_FATAL_ERROR_REQUEST_NOT_IN_QUEUE,
                    (ULONG_PTR)handle, 0,
                    "%s: the driver created the request %p; only one that came from a queue can "
                    "be completed or requeued",
                    function, handle);
    }
    switch (fx_request_owner(request)) {
    case FX_OWNER_TARGET:
        fx_bugcheck(globals, WDF_REQUEST_FATAL_ERROR, WDF_REQUEST_FATAL_ERROR_REQUEST_ALREADY_SENT,
                    (ULONG_PTR)handle, 0, "%s: the request %p is at an I/O target", function,
                    handle);
    case FX_OWNER_COMPLETED:
    case FX_OWNER_ARRIVING:
    case FX_OWNER_NOBODY:
        fx_bugcheck(globals, WDF_REQUEST_FATAL_ERROR, WDF_REQUEST_FATAL_ERROR_NULL_IRP,
                    (ULONG_PTR)handle, 0, "%s: the request %p has been completed already", function,
                    handle);
    case FX_OWNER_CANCELABLE:
        data.Queue = request->queue == NULL ? NULL : fx_queue_handle(request->queue);
        fx_bugcheck(globals, WDF_QUEUE_FATAL_ERROR, (ULONG_PTR)&data, 0, 0,
                    "%s: the request %p is cancelable; WdfRequestUnmarkCancelable must come first",
                    function, handle);
    case FX_OWNER_CANCELING:
        data.Queue = request->queue == NULL ? NULL : fx_queue_handle(request->queue);
        fx_bugcheck(globals, WDF_QUEUE_FATAL_ERROR, (ULONG_PTR)&data, 0, 0,
                    "%s: the request %p is being cancelled and EvtRequestCancel has not been "
                    "called yet",
                    function, handle);
    default:
        data.Queue = request->queue == NULL ? NULL : fx_queue_handle(request->queue);
        fx_bugcheck(globals, WDF_QUEUE_FATAL_ERROR, (ULONG_PTR)&data, 0, 0,
                    "%s: the request %p is in a queue; the driver does not own it", function,
                    handle);
    }
}

/* Before the IRP is completed: what the flags say was used besides the IRP. */
static void
end_extras(struct fx_request *request, NTSTATUS status)
{
    if (request->flags & FX_REQUEST_CREATE) {
        fx_file_create_ends(request, status);
    }
    fx_request_release_io(request);
    fx_request_release_buffers(request);
}

#define PLAIN_FLAGS (FX_REQUEST_DELIVERED | FX_REQUEST_IN_CONTEXT)

void
fx_request_dispose(struct fx_request *request)
{
    if (fx_object_retire(&request->object)) {
        fx_request_cache_put(request->cache, request);
    } else {
        (void)fx_object_delete(&request->object);
    }
}

/* Whether somebody sees a difference between the object's end before the IRP's and after it. */
static inline bool
ends_early(const struct fx_request *request)
{
    return (request->object.flags & FX_OBJECT_CALLBACKS) != 0 || request->object.child_count != 0;
}

/* Deletes the object now if so, with a reference for the caller: clean-up callbacks and children run before the
 * IRP is gone. */
static bool
delete_early(struct fx_request *request)
{
    if (!ends_early(request)) {
        return false;
    }
    fx_object_ref(&request->object);
    (void)fx_object_delete(&request->object);
    return true;
}

/* The request object's end, after its IRP's. */
static inline void
end_object(struct fx_request *request, bool deleted)
{
    if (deleted) {
        fx_object_unref(&request->object);
    } else {
        fx_request_dispose(request);
    }
}

/* A reserved request's object stays: contexts, children and all. */
static __attribute__((noinline)) void
finish_reserved(struct fx_request *request, NTSTATUS status, CCHAR boost)
{
    IRP *irp = request->irp;

    fx_object_ref(&request->object); /* Goes with its place in the queue. */
    request->irp = NULL;
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, boost);
    fx_queue_done(request->queue, request, true);
    fx_reserve_give_back(request);
}

/* The end of a request that is more than its IRP. */
static __attribute__((noinline)) void
finish_special(struct fx_request *request, NTSTATUS status, CCHAR boost)
{
    struct fx_queue *queue = request->queue;
    IRP *irp = request->irp;
    bool deleted;

    if ((request->flags & ~PLAIN_FLAGS) != 0) {
        end_extras(request, status);
    }
    if (request->reserve != NULL) {
        finish_reserved(request, status, boost);
        return;
    }
    deleted = delete_early(request);
    request->irp = NULL;
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, boost);
    if (queue != NULL) {
        fx_queue_done(queue, request, deleted);
    } else {
        end_object(request, deleted);
    }
}

BASE_HOT void
fx_request_finish(struct fx_request *request, NTSTATUS status, CCHAR boost)
{
    IRP *irp = request->irp;

    fx_request_set_owner(request, FX_OWNER_COMPLETED);
    if (__builtin_expect((request->flags & ~PLAIN_FLAGS) != 0 || request->reserve != NULL ||
                             request->queue == NULL || ends_early(request),
                         0)) {
        finish_special(request, status, boost);
        return;
    }
    request->irp = NULL;
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, boost);
    fx_queue_done(request->queue, request, false);
}

struct fx_queue *
fx_request_forget(struct fx_request *request)
{
    struct fx_queue *queue = request->queue;
    bool deleted;

    fx_request_set_owner(request, FX_OWNER_COMPLETED);
    if (__builtin_expect((request->flags & ~(PLAIN_FLAGS | FX_REQUEST_FORMATTED)) != 0, 0)) {
        fx_request_release_io(request);
        fx_request_release_buffers(request);
    }
    if (request->reserve != NULL) {
        fx_object_ref(&request->object);
        request->irp = NULL;
        queue = fx_queue_release(queue, request, true);
        fx_reserve_give_back(request);
        return queue;
    }
    deleted = delete_early(request);
    request->irp = NULL;
    if (queue != NULL) {
        return fx_queue_release(queue, request, deleted);
    }
    end_object(request, deleted);
    return NULL;
}

/* More bytes than the buffer has: the driver has overwritten memory, or the I/O manager will read past it. */
static void
check_information(PWDF_DRIVER_GLOBALS driver_globals, struct fx_request *request)
{
    const IO_STACK_LOCATION *stack = fx_request_stack(request);
    ULONG length;

    if (request->major == IRP_MJ_DEVICE_CONTROL) {
        if (METHOD_FROM_CTL_CODE(stack->Parameters.DeviceIoControl.IoControlCode) !=
            METHOD_BUFFERED) {
            return;
        }
        length = stack->Parameters.DeviceIoControl.OutputBufferLength;
    } else if (request->major == IRP_MJ_READ) {
        length = stack->Parameters.Read.Length;
    } else {
        return;
    }
    if (__builtin_expect(request->irp->IoStatus.Information > length, 0) && length != 0) {
        WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA data = {
            .Request = fx_request_handle(request),
            .Irp = request->irp,
            .OutputBufferLength = length,
            .Information = request->irp->IoStatus.Information,
            .MajorFunction = request->major,
        };

        fx_bugcheck(fx_globals_of(driver_globals), WDF_REQUEST_FATAL_ERROR,
                    WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH, (ULONG_PTR)&data, 0,
                    "the request %p is completed with Information %lu; its output buffer has %u "
                    "bytes",
                    data.Request, (unsigned long)data.Information, length);
    }
}

BASE_HOT void
fx_request_complete(PWDF_DRIVER_GLOBALS driver_globals, struct fx_request *request, NTSTATUS status,
                    CCHAR boost)
{
    enum fx_request_owner owner = fx_request_owner(request);

    if (__builtin_expect((owner != FX_OWNER_DRIVER && owner != FX_OWNER_CANCELED) ||
                             request->kind != FX_REQUEST_INCOMING,
                         0)) {
        fx_request_not_owned(driver_globals, request, "WdfRequestComplete", status);
    }
    if (NT_SUCCESS(status) && request->irp->IoStatus.Information != 0) {
        check_information(driver_globals, request);
    }
    fx_request_finish(request, status, boost);
}
