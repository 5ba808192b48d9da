/* SPDX-License-Identifier: MIT */
/*
 * The I/O half of a device: where a request goes, and what the device's power and removal mean for
 * its queues. The table of routes is read without a lock; everything else is under fx_io_device.lock.
 */
#include "fx/io/device_io.h"

#include "base/hot.h"
#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx/io/file.h"
#include "fx/target/iotarget.h"
#include "fx_imports.h"
#include "sys/memory.h"

/* --- Life ------------------------------------------------------------------------------------ */

NTSTATUS
fx_io_device_create(struct fx_device *device)
{
    struct fx_io_device *io = sys_alloc_zeroed(sizeof(*io));
    NTSTATUS status;

    if (io == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    io->device = device;
    io->detour = device->io_in_caller_context != NULL;
    list_init(&io->queues);
    list_init(&io->files);
    status = fx_request_cache_create(device, &io->cache);
    if (NT_SUCCESS(status)) {
        device->io = io;
        status = fx_iotarget_create_local(device, &device->self_target);
    }
    if (!NT_SUCCESS(status)) {
        device->io = NULL;
        fx_request_cache_destroy(io->cache);
        sys_free(io);
    }
    return status;
}

void
fx_io_device_destroy(struct fx_device *device)
{
    struct fx_io_device *io = device->io;

    if (io == NULL) {
        return;
    }
    device->io = NULL;
    fx_request_cache_destroy(io->cache);
    sys_free(io);
}

/*
 * "If the device object represents a filter driver, the framework passes all other requests to the next lower
 * driver": a filter's default queue gets what it has a handler for.
 */
static bool
wants_by_default(const struct fx_queue *queue, enum fx_route route)
{
    if (!queue->device->filter || queue->manual || queue->evt_default != NULL) {
        return true;
    }
    switch (route) {
    case FX_ROUTE_READ:
        return queue->evt_read != NULL;
    case FX_ROUTE_WRITE:
        return queue->evt_write != NULL;
    case FX_ROUTE_DEVICE_CONTROL:
        return queue->evt_device_control != NULL;
    case FX_ROUTE_INTERNAL_DEVICE_CONTROL:
        return queue->evt_internal_device_control != NULL;
    default:
        return true;
    }
}

NTSTATUS
fx_io_device_add_queue(struct fx_queue *queue, bool is_default)
{
    struct fx_io_device *io = queue->device->io;
    NTSTATUS status = fx_queue_make_fast(queue, io->cache);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    fx_lock(&io->lock);
    if (is_default && io->default_queue != NULL) {
        status = STATUS_UNSUCCESSFUL;
    } else {
        queue->known = true;
        queue->pnp_held = queue->power_managed && !io->powered;
        queue->watched = queue->power_managed && io->watched;
        queue->removed = fx_io_is_removed(io) || (queue->power_managed && io->managed_removed);
        queue->accept = !queue->removed;
        list_push_back(&io->queues, &queue->device_link);
    }
    if (NT_SUCCESS(status) && is_default) {
        io->default_queue = queue;
        queue->routed = true;
        for (enum fx_route route = FX_ROUTE_READ; route < FX_ROUTE_COUNT; route++) {
            if (!io->routed[route] && wants_by_default(queue, route)) {
                atomic_store_ptr(&io->route[route], (base_pointer)queue);
            }
        }
    }
    fx_unlock(&io->lock);
    if (NT_SUCCESS(status)) {
        fx_queue_lock(queue);
        fx_queue_unlock(queue); /* Opens the way around it. */
    }
    return status;
}

void
fx_io_device_forget_queue(struct fx_queue *queue)
{
    struct fx_io_device *io = queue->device->io;

    fx_lock(&io->lock);
    list_remove(&queue->device_link);
    for (enum fx_route route = 0; route < FX_ROUTE_COUNT; route++) {
        if (io->route[route] == (base_pointer)queue) {
            atomic_store_ptr(&io->route[route], NULL);
        }
    }
    if (io->default_queue == queue) {
        io->default_queue = NULL;
    }
    fx_unlock(&io->lock);
}

/* --- All queues ------------------------------------------------------------------------------ */

/*
 * Calls visit for every queue, without the lock. A queue that is being visited is referenced; those that come
 * meanwhile take their state from io->powered and io->removed.
 */
static void
for_each_queue(struct fx_io_device *io, void (*visit)(struct fx_queue *queue, void *argument),
               void *argument)
{
    struct fx_queue *previous = NULL;
    struct list *link;

    fx_lock(&io->lock);
    link = io->queues.next;
    while (link != &io->queues) {
        struct fx_queue *queue = container_of(link, struct fx_queue, device_link);

        fx_object_ref(&queue->object);
        fx_unlock(&io->lock);
        if (previous != NULL) {
            fx_object_unref(&previous->object);
        }
        visit(queue, argument);
        previous = queue;
        fx_lock(&io->lock);
        /* A queue that was deleted meanwhile is linked to itself: start again, visits are idempotent. */
        link = list_empty(&queue->device_link) ? io->queues.next : queue->device_link.next;
    }
    fx_unlock(&io->lock);
    if (previous != NULL) {
        fx_object_unref(&previous->object);
    }
}

static void
visit_power_up(struct fx_queue *queue, void *argument)
{
    if (queue->power_managed) {
        fx_queue_power_up(queue);
    }
}

static void
visit_hold(struct fx_queue *queue, void *argument)
{
    if (queue->power_managed) {
        fx_queue_power_hold(queue);
    }
}

static void
visit_power_down(struct fx_queue *queue, void *argument)
{
    if (queue->power_managed) {
        fx_queue_power_down(queue, *(WDF_REQUEST_STOP_ACTION_FLAGS *)argument);
    }
}

static void
visit_remove(struct fx_queue *queue, void *argument)
{
    fx_queue_remove(queue);
}

static void
visit_remove_managed(struct fx_queue *queue, void *argument)
{
    if (queue->power_managed) {
        fx_queue_remove(queue);
        fx_queue_tell_removed(queue);
    }
}

static void
visit_tell_removed(struct fx_queue *queue, void *argument)
{
    if (!queue->power_managed) {
        fx_queue_tell_removed(queue);
    }
}

static void
visit_revive(struct fx_queue *queue, void *argument)
{
    fx_queue_revive(queue);
}

static void
visit_watch(struct fx_queue *queue, void *argument)
{
    if (queue->power_managed) {
        fx_queue_watch(queue);
    }
}

static void
visit_wait_idle(struct fx_queue *queue, void *argument)
{
    fx_queue_wait_idle(queue);
}

static void
visit_cancel_file(struct fx_queue *queue, void *argument)
{
    fx_queue_cancel_file(queue, argument);
}

void
fx_io_device_start(struct fx_device *device)
{
    struct fx_io_device *io = device->io;

    fx_lock(&io->lock);
    io->powered = true;
    fx_unlock(&io->lock);
    for_each_queue(io, visit_power_up, NULL);
}

void
fx_io_device_stop(struct fx_device *device, bool suspend_only)
{
    WDF_REQUEST_STOP_ACTION_FLAGS action =
        suspend_only ? WdfRequestStopActionSuspend : WdfRequestStopActionPurge;
    struct fx_io_device *io = device->io;

    fx_lock(&io->lock);
    io->powered = false;
    fx_unlock(&io->lock);
    /* First no queue delivers, then each gives up what it has delivered. */
    for_each_queue(io, visit_hold, NULL);
    for_each_queue(io, visit_power_down, &action);
}

void
fx_io_device_hold(struct fx_device *device)
{
    struct fx_io_device *io = device->io;

    fx_lock(&io->lock);
    io->powered = false;
    fx_unlock(&io->lock);
    for_each_queue(io, visit_hold, NULL);
}

void
fx_io_device_watch(struct fx_device *device)
{
    struct fx_io_device *io = device->io;

    fx_lock(&io->lock);
    io->watched = true;
    fx_unlock(&io->lock);
    for_each_queue(io, visit_watch, NULL);
}

void
fx_io_device_purge_managed(struct fx_device *device)
{
    struct fx_io_device *io = device->io;

    fx_lock(&io->lock);
    io->managed_removed = true;
    fx_unlock(&io->lock);
    for_each_queue(io, visit_remove_managed, NULL);
}

void
fx_io_device_tell_removed(struct fx_device *device)
{
    for_each_queue(device->io, visit_tell_removed, NULL);
}

void
fx_io_device_revive(struct fx_device *device)
{
    struct fx_io_device *io = device->io;

    fx_lock(&io->lock);
    io->managed_removed = false;
    atomic_store_u32(&io->removed, 0);
    fx_unlock(&io->lock);
    for_each_queue(io, visit_revive, NULL);
}

void
fx_io_device_purge(struct fx_device *device)
{
    struct fx_io_device *io = device->io;

    fx_lock(&io->lock);
    atomic_store_u32(&io->removed, 1);
    fx_unlock(&io->lock);
    for_each_queue(io, visit_remove, NULL);
    fx_iotarget_remove(device->self_target);
}

void
fx_io_device_wait_idle(struct fx_device *device)
{
    for_each_queue(device->io, visit_wait_idle, NULL);
}

void
fx_io_cancel_file(struct fx_io_device *io, FILE_OBJECT *wdm)
{
    for_each_queue(io, visit_cancel_file, wdm);
}

/* --- Dispatch -------------------------------------------------------------------------------- */

/* What is not inlined here leaves the way to a queue without registers to save. */
static __attribute__((noinline)) NTSTATUS
complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* A read or write of nothing, which the queue does not want to see. */
static inline bool
is_empty_transfer(const struct fx_queue *queue, const IO_STACK_LOCATION *stack)
{
    return (stack->MajorFunction == IRP_MJ_READ || stack->MajorFunction == IRP_MJ_WRITE) &&
           stack->Parameters.Read.Length == 0 && !queue->allow_zero_length;
}

/*
 * EvtIoInCallerContext sees every request first and gives it back by WdfDeviceEnqueueRequest, which puts
 * it into `destination`; NULL: where its type belongs.
 */
static NTSTATUS
dispatch_in_caller_context(struct fx_device *device, IRP *irp, uint8_t major,
                           struct fx_queue *destination)
{
    struct fx_request *request = fx_request_cache_get(device->io->cache, device);
    PFN_WDF_IO_IN_CALLER_CONTEXT callback = device->io_in_caller_context;
    KIRQL irql;

    if (request == NULL) {
        return complete(irp, STATUS_INSUFFICIENT_RESOURCES);
    }
    IoMarkIrpPending(irp);
    fx_request_start(request, irp, major);
    request->queue = NULL;
    request->destination = destination;
    request->flags = FX_REQUEST_IN_CONTEXT | FX_REQUEST_DELIVERED;
    fx_request_set_owner(request, FX_OWNER_DRIVER);
    irql = fx_callback_begin();
    callback(fx_object_handle(&device->object), fx_request_handle(request));
    fx_callback_end(device->object.globals, irql, (const void *)callback);
    return STATUS_PENDING;
}

static inline NTSTATUS
dispatch_to_queue(struct fx_queue *queue, IRP *irp, const IO_STACK_LOCATION *stack)
{
    if (is_empty_transfer(queue, stack)) {
        return complete(irp, STATUS_SUCCESS);
    }
    return fx_queue_add_irp(queue, irp, stack->MajorFunction);
}

static inline NTSTATUS
dispatch_to_route(struct fx_device *device, IRP *irp, const IO_STACK_LOCATION *stack,
                  enum fx_route route)
{
    struct fx_queue *queue = fx_io_route(device->io, route);

    if (__builtin_expect(queue == NULL, 0)) {
        if (device->filter) {
            return fx_device_pass_down(device, irp, STATUS_INVALID_DEVICE_REQUEST);
        }
        return complete(irp, fx_io_is_removed(device->io) ? STATUS_NO_SUCH_DEVICE
                                                          : STATUS_INVALID_DEVICE_REQUEST);
    }
    return dispatch_to_queue(queue, irp, stack);
}

/* What the framework does when no EvtDeviceWdmIrpDispatch has a say (any more). */
static NTSTATUS
dispatch_by_default(struct fx_device *device, IRP *irp, enum fx_route route)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    if (device->io_in_caller_context != NULL) {
        return dispatch_in_caller_context(device, irp, stack->MajorFunction, NULL);
    }
    return dispatch_to_route(device, irp, stack, route);
}

static __attribute__((noinline)) NTSTATUS
dispatch_detour(struct fx_device *device, IRP *irp, const IO_STACK_LOCATION *stack,
                enum fx_route route)
{
    const struct fx_irp_dispatch *dispatch = &device->io->irp_dispatch[route];
    struct fx_globals *globals = device->object.globals;
    ULONG code = 0;
    NTSTATUS status;
    KIRQL irql;

    if (dispatch->callback == NULL) {
        return dispatch_by_default(device, irp, route);
    }
    if (route == FX_ROUTE_DEVICE_CONTROL || route == FX_ROUTE_INTERNAL_DEVICE_CONTROL) {
        code = stack->Parameters.DeviceIoControl.IoControlCode;
    }
    irql = fx_callback_begin();
    status = dispatch->callback(fx_object_handle(&device->object), stack->MajorFunction,
                                stack->MinorFunction, code, dispatch->context, irp, device->io);
    fx_callback_end(globals, irql, (const void *)dispatch->callback);
    return status;
}

static inline NTSTATUS
dispatch_route(struct fx_device *device, IRP *irp, const IO_STACK_LOCATION *stack,
               enum fx_route route)
{
    if (__builtin_expect(device->io->detour, 0)) {
        return dispatch_detour(device, irp, stack, route);
    }
    return dispatch_to_route(device, irp, stack, route);
}

BASE_HOT NTSTATUS
fx_io_dispatch(struct fx_device *device, IRP *irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    int route = fx_route_of_major(stack->MajorFunction);

    if (__builtin_expect(route > FX_ROUTE_CREATE, 1)) {
        return dispatch_route(device, irp, stack, (enum fx_route)route);
    }
    switch (stack->MajorFunction) {
    case IRP_MJ_CREATE:
        return fx_file_create(device, irp);
    case IRP_MJ_CLEANUP:
        return fx_file_cleanup(device, irp);
    case IRP_MJ_CLOSE:
        return fx_file_close(device, irp);
    default:
        return device->filter ? fx_device_pass_down(device, irp, STATUS_INVALID_DEVICE_REQUEST)
                              : complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
}

/* --- For the driver -------------------------------------------------------------------------- */

WDFQUEUE
imp_WdfDeviceGetDefaultQueue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_queue *queue;

    fx_lock(&device->io->lock);
    queue = device->io->default_queue;
    fx_unlock(&device->io->lock);
    return queue == NULL ? NULL : fx_queue_handle(queue);
}

/* The route of a request type that can be configured; -1 for all others. */
static int
route_of_type(WDF_REQUEST_TYPE type)
{
    switch (type) {
    case WdfRequestTypeCreate:
        return FX_ROUTE_CREATE;
    case WdfRequestTypeRead:
        return FX_ROUTE_READ;
    case WdfRequestTypeWrite:
        return FX_ROUTE_WRITE;
    case WdfRequestTypeDeviceControl:
        return FX_ROUTE_DEVICE_CONTROL;
    case WdfRequestTypeDeviceControlInternal:
        return FX_ROUTE_INTERNAL_DEVICE_CONTROL;
    default:
        return -1;
    }
}

NTSTATUS
imp_WdfDeviceConfigureRequestDispatching(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                         WDFQUEUE Queue, WDF_REQUEST_TYPE RequestType)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    struct fx_io_device *io = device->io;
    int route = route_of_type(RequestType);
    NTSTATUS status = STATUS_SUCCESS;

    if (route < 0) {
        fx_log(device->object.globals,
               "WdfDeviceConfigureRequestDispatching: request type %d cannot be queued",
               (int)RequestType);
        return STATUS_INVALID_PARAMETER;
    }
    if (queue->device != device) {
        fx_log(device->object.globals,
               "WdfDeviceConfigureRequestDispatching: queue %p belongs to another device", Queue);
        return STATUS_INVALID_PARAMETER;
    }
    fx_lock(&io->lock);
    if (io->routed[route]) {
        status = STATUS_WDF_BUSY;
    } else if (route == FX_ROUTE_CREATE && io->default_queue == queue) {
        status = STATUS_INVALID_PARAMETER;
    } else {
        io->routed[route] = true;
        queue->routed = true;
        atomic_store_ptr(&io->route[route], (base_pointer)queue);
    }
    fx_unlock(&io->lock);
    if (!NT_SUCCESS(status)) {
        fx_log(device->object.globals,
               status == STATUS_WDF_BUSY
                   ? "WdfDeviceConfigureRequestDispatching: request type %d has a queue already"
                   : "WdfDeviceConfigureRequestDispatching: the default queue cannot receive "
                     "request type %d",
               (int)RequestType);
    }
    return status;
}

NTSTATUS
imp_WdfDeviceEnqueueRequest(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, WDFREQUEST Request)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    IRP *irp = request->irp;
    struct fx_queue *queue;
    NTSTATUS status;

    if (fx_request_owner(request) != FX_OWNER_DRIVER || request->device != device ||
        (request->flags & FX_REQUEST_IN_CONTEXT) == 0) {
        fx_request_not_owned(DriverGlobals, request, "WdfDeviceEnqueueRequest",
                             STATUS_INVALID_DEVICE_REQUEST);
    }
    queue = request->destination != NULL
                ? request->destination
                : fx_io_route(device->io, (enum fx_route)fx_route_of_major(request->major));
    if (queue == NULL) {
        if (!device->filter) {
            return STATUS_INVALID_DEVICE_REQUEST;
        }
        (void)fx_request_forget(request);
        (void)fx_device_pass_down(device, irp, STATUS_INVALID_DEVICE_REQUEST);
        return STATUS_SUCCESS;
    }
    if (is_empty_transfer(queue, fx_request_stack(request))) {
        irp->IoStatus.Information = 0;
        fx_request_finish(request, STATUS_SUCCESS, IO_NO_INCREMENT);
        return STATUS_SUCCESS;
    }
    request->flags &= ~FX_REQUEST_IN_CONTEXT;
    status = fx_queue_add(queue, request);
    if (!NT_SUCCESS(status)) {
        request->queue = NULL;
        request->flags |= FX_REQUEST_IN_CONTEXT;
    }
    return status;
}

/* --- WDM dispatch ---------------------------------------------------------------------------- */

NTSTATUS
imp_WdfDeviceConfigureWdmIrpDispatchCallback(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                             WDFDRIVER Driver, UCHAR MajorFunction,
                                             PFN_WDFDEVICE_WDM_IRP_DISPATCH EvtDeviceWdmIrpDispatch,
                                             WDFCONTEXT DriverContext)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    int route = fx_route_of_major(MajorFunction);

    (void)fx_handle_get_optional(DriverGlobals, Driver, FX_TYPE_DRIVER);
    fx_require(DriverGlobals, (const void *)EvtDeviceWdmIrpDispatch);
    if (route < 0 || route == FX_ROUTE_CREATE) {
        fx_log(device->object.globals,
               "WdfDeviceConfigureWdmIrpDispatchCallback: IRPs of major function 0x%02x are not "
               "dispatched to queues by a callback",
               MajorFunction);
        return STATUS_INVALID_PARAMETER;
    }
    device->io->irp_dispatch[route].context = DriverContext;
    device->io->irp_dispatch[route].callback = EvtDeviceWdmIrpDispatch;
    device->io->detour = true;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfDeviceWdmDispatchIrp(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, PIRP Irp,
                            WDFCONTEXT DispatchContext)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    int route;

    fx_require(DriverGlobals, Irp);
    route = fx_route_of_major(IoGetCurrentIrpStackLocation(Irp)->MajorFunction);
    if (DispatchContext != (WDFCONTEXT)device->io || route < 0) {
        fx_bugcheck(device->object.globals, WDF_INVALID_HANDLE, (ULONG_PTR)DispatchContext, 0, 0,
                    "WdfDeviceWdmDispatchIrp: IRP %p, DispatchContext %p: not what "
                    "EvtDeviceWdmIrpDispatch of device %p was called with",
                    (void *)Irp, DispatchContext, Device);
    }
    return dispatch_by_default(device, Irp, (enum fx_route)route);
}

NTSTATUS
imp_WdfDeviceWdmDispatchIrpToIoQueue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, PIRP Irp,
                                     WDFQUEUE Queue, ULONG Flags)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    const IO_STACK_LOCATION *stack;

    fx_require(DriverGlobals, Irp);
    if (Flags & WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP) {
        /* The driver has skipped or copied the location, as if for a next driver: that is us. */
        IoSetNextIrpStackLocation(Irp);
        IoGetCurrentIrpStackLocation(Irp)->DeviceObject = device->wdm;
    }
    stack = IoGetCurrentIrpStackLocation(Irp);
    if (queue->device != device || fx_route_of_major(stack->MajorFunction) < 0) {
        fx_log(device->object.globals,
               "WdfDeviceWdmDispatchIrpToIoQueue: an IRP of major function 0x%02x of device %p "
               "cannot go to queue %p",
               stack->MajorFunction, Device, Queue);
        return complete(Irp, STATUS_INVALID_DEVICE_REQUEST);
    }
    if ((Flags & WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK) != 0 &&
        device->io_in_caller_context != NULL) {
        return dispatch_in_caller_context(device, Irp, stack->MajorFunction, queue);
    }
    return dispatch_to_queue(queue, Irp, stack);
}
