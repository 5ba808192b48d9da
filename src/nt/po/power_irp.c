/* SPDX-License-Identifier: MIT */
/*
 * Power IRPs that drivers ask for, and what else drivers tell the power manager.
 *
 * A requested IRP is sent from a system worker, so that a driver may ask for it at DISPATCH_LEVEL and
 * under its own locks. A stack has at most one query or set IRP for its device at a time; the next one is sent when the
 * first has completed. Of devices that draw much current when they are switched on (DO_POWER_INRUSH), one goes to D0
 * at a time. An IRP is freed after the requester's completion function has run.
 */
#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp.h"
#include "nt/po/po_priv.h"

struct power_request {
    struct ex_work work;
    struct list link;        /* In its device's queue, the first one is under way; not WAIT_WAKE. */
    struct list inrush_link; /* In the queue of all inrush devices, the same. */
    PDEVICE_OBJECT device;   /* The requester's; referenced. */
    PDEVICE_OBJECT top;      /* Of its stack; referenced. */
    PDEVICE_OBJECT bottom;   /* The same. */
    PIRP irp;
    UCHAR minor;
    bool inrush;
    POWER_STATE state;
    PREQUEST_POWER_COMPLETE completion;
    PVOID context;
};

static struct {
    struct sys_lock lock; /* Guards all queues. A leaf lock. */
    struct list inrush;
} requests;

void
po_requests_init(void)
{
    list_init(&requests.inrush);
}

static void
send_request(struct ex_work *work)
{
    struct power_request *request = container_of(work, struct power_request, work);

    (void)IofCallDriver(request->top, request->irp);
}

/* It is the first of its device: of the others that draw current it may have to wait for one. */
static bool
begin_locked(struct power_request *request)
{
    if (!request->inrush) {
        return true;
    }
    list_push_back(&requests.inrush, &request->inrush_link);
    return requests.inrush.next == &request->inrush_link;
}

static struct power_request *
first_of(struct list *queue)
{
    return list_empty(queue) ? NULL : container_of(queue->next, struct power_request, link);
}

static void
submit(struct power_request *request)
{
    struct list *queue = &io_device_power(request->bottom)->requests;
    bool send = true;

    if (request->minor != IRP_MN_WAIT_WAKE) {
        sys_lock_acquire(&requests.lock);
        list_push_back(queue, &request->link);
        send = queue->next == &request->link && begin_locked(request);
        sys_lock_release(&requests.lock);
    } else {
        po_wake_waits(request->bottom, true);
    }
    if (send) {
        ex_work_queue_insert(&request->work);
    }
}

/* Its successors, of the same device and of those that draw current, are sent. */
static void
end(struct power_request *request)
{
    struct list *queue = &io_device_power(request->bottom)->requests;
    struct power_request *inrush = NULL;
    struct power_request *next;

    sys_lock_acquire(&requests.lock);
    list_remove(&request->link);
    if (request->inrush) {
        list_remove(&request->inrush_link);
        inrush = list_empty(&requests.inrush)
                     ? NULL
                     : container_of(requests.inrush.next, struct power_request, inrush_link);
    }
    next = first_of(queue);
    if (next != NULL && !begin_locked(next)) {
        next = NULL;
    }
    if (next == inrush) {
        inrush = NULL; /* It was the only one. */
    }
    sys_lock_release(&requests.lock);
    if (next != NULL) {
        ex_work_queue_insert(&next->work);
    }
    if (inrush != NULL) {
        ex_work_queue_insert(&inrush->work);
    }
}

static void
free_request(struct power_request *request)
{
    ObDereferenceObject(request->top);
    ObDereferenceObject(request->bottom);
    ObDereferenceObject(request->device);
    IoFreeIrp(request->irp);
    ExFreePoolWithTag(request, PO_TAG);
}

static NTSTATUS
request_done(PDEVICE_OBJECT none, PIRP irp, PVOID context)
{
    struct power_request *request = context;

    if (request->minor != IRP_MN_WAIT_WAKE) {
        end(request);
    } else {
        po_wake_waits(request->bottom, false);
        if (NT_SUCCESS(irp->IoStatus.Status)) {
            po_wake_signalled(request->bottom);
        }
    }
    if (request->completion != NULL) {
        request->completion(request->device, request->minor, request->state, request->context,
                            &irp->IoStatus);
    }
    free_request(request);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS
PoRequestPowerIrp(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE PowerState,
                  PREQUEST_POWER_COMPLETE CompletionFunction, PVOID Context, PIRP *Irp)
{
    struct power_request *request;
    PIO_STACK_LOCATION stack;

    if (MinorFunction != IRP_MN_QUERY_POWER && MinorFunction != IRP_MN_SET_POWER &&
        MinorFunction != IRP_MN_WAIT_WAKE) {
        return STATUS_INVALID_PARAMETER_2;
    }
    request = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*request), PO_TAG);
    if (request == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    request->top = IoGetAttachedDeviceReference(DeviceObject);
    request->irp = IoAllocateIrp(request->top->StackSize, FALSE);
    if (request->irp == NULL) {
        ObDereferenceObject(request->top);
        ExFreePoolWithTag(request, PO_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    request->bottom = IoGetDeviceAttachmentBaseRef(DeviceObject);
    ObReferenceObject(DeviceObject);
    request->device = DeviceObject;
    request->work.run = send_request;
    list_init(&request->link);
    list_init(&request->inrush_link);
    request->minor = MinorFunction;
    request->state = PowerState;
    request->inrush = MinorFunction == IRP_MN_SET_POWER &&
                      PowerState.DeviceState == PowerDeviceD0 &&
                      (io_device_flags(request->bottom) & DO_POWER_INRUSH) != 0;
    request->completion = CompletionFunction;
    request->context = Context;
    request->irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack = IoGetNextIrpStackLocation(request->irp);
    stack->MajorFunction = IRP_MJ_POWER;
    stack->MinorFunction = MinorFunction;
    if (MinorFunction == IRP_MN_WAIT_WAKE) {
        stack->Parameters.WaitWake.PowerState = PowerState.SystemState;
    } else {
        stack->Parameters.Power.Type = DevicePowerState;
        stack->Parameters.Power.State = PowerState;
        stack->Parameters.Power.ShutdownType = PowerActionNone;
    }
    IoSetCompletionRoutine(request->irp, request_done, request, TRUE, TRUE, TRUE);
    /* Before it is sent: the requester may want to cancel it at once. */
    if (Irp != NULL) {
        *Irp = request->irp;
    }
    submit(request);
    return STATUS_PENDING;
}

NTSTATUS
PoCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return IofCallDriver(DeviceObject, Irp);
}

/* Since Windows Vista there is nothing to start: kept for drivers that call it. */
VOID
PoStartNextPowerIrp(PIRP Irp)
{
}

/*
 * The device's state is in the low four bits of PowerFlags, the system's in the next: two IRPs may tell of
 * one each at the same time.
 */
POWER_STATE
PoSetPowerState(PDEVICE_OBJECT DeviceObject, POWER_STATE_TYPE Type, POWER_STATE State)
{
    volatile LONG *flags = (volatile LONG *)&DeviceObject->DeviceObjectExtension->PowerFlags;
    unsigned shift = Type == DevicePowerState ? 0 : 4;
    LONG seen = ReadAcquire(flags);
    POWER_STATE former;

    for (;;) {
        LONG wanted =
            (LONG)(((ULONG)seen & ~(15u << shift)) | (((ULONG)State.SystemState & 15u) << shift));
        LONG found = InterlockedCompareExchange(flags, wanted, seen);

        if (found == seen) {
            break;
        }
        seen = found;
    }
    former.SystemState = (SYSTEM_POWER_STATE)(((ULONG)seen >> shift) & 15);
    return former;
}

DEVICE_POWER_STATE
po_device_state(PDEVICE_OBJECT device)
{
    volatile LONG *flags = (volatile LONG *)&device->DeviceObjectExtension->PowerFlags;

    return (DEVICE_POWER_STATE)(ReadAcquire(flags) & 15);
}
