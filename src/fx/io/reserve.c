/* SPDX-License-Identifier: MIT */
/* Reserved requests (WdfIoQueueAssignForwardProgressPolicy); the invariants are in reserve.h. */
#include "fx/io/reserve.h"

#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx_imports.h"
#include "sys/memory.h"

/* --- IRPs that end here ---------------------------------------------------------------------- */

static void
complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static VOID
on_cancel_irp(DEVICE_OBJECT *device, IRP *irp)
{
    struct fx_reserve *reserve = irp->Tail.Overlay.DriverContext[0];
    struct fx_queue *queue = reserve->queue;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    fx_queue_lock(queue);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    fx_queue_unlock(queue);
    complete(irp, STATUS_CANCELLED);
    fx_queue_kick(queue);
}

/* The oldest IRP that waits and is not being cancelled, taken out; NULL: none. */
static IRP *
take_irp_locked(struct fx_reserve *reserve)
{
    for (LIST_ENTRY *link = reserve->irps.Flink; link != &reserve->irps; link = link->Flink) {
        IRP *irp = CONTAINING_RECORD(link, IRP, Tail.Overlay.ListEntry);

        if (IoSetCancelRoutine(irp, NULL) != NULL) {
            RemoveEntryList(link);
            return irp;
        }
    }
    return NULL;
}

void
fx_reserve_purge(struct fx_reserve *reserve)
{
    struct fx_queue *queue = reserve->queue;
    IRP *irp;

    for (;;) {
        fx_queue_lock(queue);
        irp = take_irp_locked(reserve);
        fx_queue_unlock(queue);
        if (irp == NULL) {
            return;
        }
        complete(irp, STATUS_CANCELLED);
        fx_queue_kick(queue);
    }
}

/* --- Arrival --------------------------------------------------------------------------------- */

/* The IRP gets a reserved request, now or when one comes back. */
static void
use_reserved(struct fx_reserve *reserve, IRP *irp, uint8_t major)
{
    struct fx_queue *queue = reserve->queue;
    struct fx_request *request;
    bool cancelled = false;
    NTSTATUS status;

    fx_queue_lock(queue);
    queue->pins++;
    request = reserve->free;
    if (request != NULL) {
        reserve->free = request->next;
    } else {
        irp->Tail.Overlay.DriverContext[0] = reserve;
        InsertTailList(&reserve->irps, &irp->Tail.Overlay.ListEntry);
        (void)IoSetCancelRoutine(irp, on_cancel_irp);
        cancelled = (atomic_load_u8(&irp->Cancel) || !queue->accept) &&
                    IoSetCancelRoutine(irp, NULL) != NULL;
        if (cancelled) {
            RemoveEntryList(&irp->Tail.Overlay.ListEntry);
        }
    }
    fx_queue_unlock(queue);
    if (request == NULL) {
        if (cancelled) {
            complete(irp, STATUS_CANCELLED);
            fx_queue_kick(queue);
        }
        return;
    }
    fx_request_start(request, irp, major);
    status = fx_queue_add(queue, request);
    if (!NT_SUCCESS(status)) {
        complete(irp, status);
        fx_reserve_give_back(request);
    }
}

void
fx_reserve_give_back(struct fx_request *request)
{
    struct fx_reserve *reserve = request->reserve;
    struct fx_queue *queue = reserve->queue;
    IRP *irp;

    request->irp = NULL;
    request->flags = 0;
    request->completion_routine = NULL;
    request->target = NULL;
    fx_queue_lock(queue);
    irp = queue->purging ? NULL : take_irp_locked(reserve); /* A purge ends them itself. */
    if (irp != NULL) {
        queue->pins--; /* The IRP's; the request's stays. */
    } else {
        request->queue = queue;
        fx_request_set_owner(request, FX_OWNER_ARRIVING);
        request->next = reserve->free;
        reserve->free = request;
    }
    fx_queue_unlock(queue);
    if (irp == NULL) {
        fx_queue_kick(queue);
        return;
    }
    fx_request_start(request, irp, IoGetCurrentIrpStackLocation(irp)->MajorFunction);
    fx_queue_add_admitted(queue, request);
}

/* Whether the driver has what it needs for the new request. */
static NTSTATUS
allocate_resources(struct fx_reserve *reserve, struct fx_request *request)
{
    PFN_WDF_IO_ALLOCATE_REQUEST_RESOURCES callback = reserve->policy.EvtIoAllocateRequestResources;
    NTSTATUS status;
    KIRQL irql;

    if (callback == NULL) {
        return STATUS_SUCCESS;
    }
    irql = fx_callback_begin();
    status = callback(fx_queue_handle(reserve->queue), fx_request_handle(request));
    fx_callback_end(reserve->queue->object.globals, irql, (const void *)callback);
    return status;
}

/* What the policy says about an IRP for which there is no memory. */
static bool
deserves_reserved(struct fx_reserve *reserve, IRP *irp)
{
    PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS examine;
    WDF_IO_FORWARD_PROGRESS_ACTION action;
    KIRQL irql;

    switch (reserve->policy.ForwardProgressReservedPolicy) {
    case WdfIoForwardProgressReservedPolicyPagingIO:
        return (irp->Flags & (IRP_PAGING_IO | IRP_SYNCHRONOUS_PAGING_IO)) != 0;
    case WdfIoForwardProgressReservedPolicyUseExamine:
        examine = reserve->policy.ForwardProgressReservePolicySettings.Policy.ExaminePolicy
                      .EvtIoWdmIrpForForwardProgress;
        irql = fx_callback_begin();
        action = examine(fx_queue_handle(reserve->queue), irp);
        fx_callback_end(reserve->queue->object.globals, irql, (const void *)examine);
        return action == WdfIoForwardProgressActionUseReservedRequest;
    default:
        return true;
    }
}

NTSTATUS
fx_reserve_add_irp(struct fx_reserve *reserve, IRP *irp, uint8_t major)
{
    struct fx_queue *queue = reserve->queue;
    struct fx_request *request = fx_request_cache_get(queue->cache, queue->device);
    NTSTATUS status;

    if (request == NULL) {
        if (deserves_reserved(reserve, irp)) {
            use_reserved(reserve, irp, major);
        } else {
            complete(irp, STATUS_INSUFFICIENT_RESOURCES);
        }
        return STATUS_PENDING;
    }
    fx_request_start(request, irp, major);
    request->queue = queue;
    fx_request_set_owner(request, FX_OWNER_ARRIVING);
    status = allocate_resources(reserve, request);
    if (!NT_SUCCESS(status)) {
        request->irp = NULL;
        fx_request_dispose(request);
        use_reserved(reserve, irp, major);
        return STATUS_PENDING;
    }
    status = fx_queue_add(queue, request);
    if (!NT_SUCCESS(status)) {
        request->irp = NULL;
        fx_request_dispose(request);
        complete(irp, status);
    }
    return STATUS_PENDING;
}

/* --- Life ------------------------------------------------------------------------------------ */

void
fx_reserve_delete(struct fx_reserve *reserve)
{
    struct fx_request *request;

    if (reserve == NULL) {
        return;
    }
    while ((request = reserve->free) != NULL) {
        reserve->free = request->next;
        (void)fx_object_delete(&request->object);
    }
    sys_free(reserve);
}

/* Makes one more reserved request, with the driver's resources. */
static NTSTATUS
add_one(struct fx_reserve *reserve)
{
    struct fx_queue *queue = reserve->queue;
    struct fx_request *request = fx_request_cache_get(queue->cache, queue->device);
    PFN_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST callback =
        reserve->policy.EvtIoAllocateResourcesForReservedRequest;
    NTSTATUS status;
    KIRQL irql;

    if (request == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    request->reserve = reserve;
    request->queue = queue;
    fx_request_set_owner(request, FX_OWNER_ARRIVING);
    request->next = reserve->free;
    reserve->free = request;
    if (callback == NULL) {
        return STATUS_SUCCESS;
    }
    irql = fx_callback_begin();
    status = callback(fx_queue_handle(queue), fx_request_handle(request));
    fx_callback_end(queue->object.globals, irql, (const void *)callback);
    return status;
}

/* What is wrong with the policy; NULL: nothing. */
static const char *
wrong_policy(const struct fx_queue *queue, const WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY *policy)
{
    if (policy->TotalForwardProgressRequests == 0) {
        return "TotalForwardProgressRequests is 0";
    }
    switch (policy->ForwardProgressReservedPolicy) {
    case WdfIoForwardProgressReservedPolicyUseExamine:
        if (policy->ForwardProgressReservePolicySettings.Policy.ExaminePolicy
                .EvtIoWdmIrpForForwardProgress == NULL) {
            return "EvtIoWdmIrpForForwardProgress is NULL";
        }
        break;
    case WdfIoForwardProgressReservedPolicyAlwaysUseReservedRequest:
    case WdfIoForwardProgressReservedPolicyPagingIO:
        break;
    default:
        return "ForwardProgressReservedPolicy is not a policy";
    }
    if (!queue->routed && !fx_built_for(queue->object.globals, 1, 11)) {
        return "before version 1.11, it must be the default queue or have a request type";
    }
    return NULL;
}

/* Under the queue's lock: from now on every IRP that arrives goes through the reserve. */
static bool
install(struct fx_queue *queue, struct fx_reserve *reserve)
{
    bool free;

    fx_queue_lock(queue);
    free = queue->reserve == NULL;
    if (free) {
        queue->reserve = reserve;
    }
    fx_queue_unlock(queue);
    return free;
}

NTSTATUS
imp_WdfIoQueueAssignForwardProgressPolicy(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
    PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY ForwardProgressPolicy)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_reserve *reserve;
    NTSTATUS status = STATUS_SUCCESS;
    const char *why;

    fx_require(DriverGlobals, ForwardProgressPolicy);
    if (ForwardProgressPolicy->Size != sizeof(*ForwardProgressPolicy)) {
        fx_log(globals, "WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY.Size is %u, not %u",
               ForwardProgressPolicy->Size, (unsigned)sizeof(*ForwardProgressPolicy));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    why = wrong_policy(queue, ForwardProgressPolicy);
    if (why != NULL) {
        fx_log(globals, "WdfIoQueueAssignForwardProgressPolicy: queue %p: %s", Queue, why);
        return STATUS_INVALID_PARAMETER;
    }
    reserve = sys_alloc_zeroed(sizeof(*reserve));
    if (reserve == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    reserve->queue = queue;
    reserve->policy = *ForwardProgressPolicy;
    InitializeListHead(&reserve->irps);
    for (ULONG i = 0; NT_SUCCESS(status) && i < reserve->policy.TotalForwardProgressRequests; i++) {
        status = add_one(reserve);
    }
    if (NT_SUCCESS(status) && !install(queue, reserve)) {
        fx_log(globals, "WdfIoQueueAssignForwardProgressPolicy: queue %p has a policy already",
               Queue);
        status = STATUS_INVALID_PARAMETER;
    }
    if (!NT_SUCCESS(status)) {
        fx_reserve_delete(reserve);
    }
    return status;
}

BOOLEAN
imp_WdfRequestIsReserved(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    return request->reserve != NULL;
}
