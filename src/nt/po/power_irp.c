/* SPDX-License-Identifier: MIT */
/*
 * Power IRPs that drivers ask for, and the little that the power manager does for IRP_MJ_POWER here.
 *
 * A requested IRP is sent from a system worker, so that a driver may ask for it at DISPATCH_LEVEL and
 * under its own locks. It is freed after the requester's completion function has run.
 */
#include "nt/ex/ex.h"
#include "nt/io/io.h"

#define PO_TAG 'rPoP'

struct power_request {
    struct ex_work work;
    PDEVICE_OBJECT device; /* The requester's; referenced. */
    PDEVICE_OBJECT top;    /* Of its stack; referenced. */
    PIRP irp;
    UCHAR minor;
    POWER_STATE state;
    PREQUEST_POWER_COMPLETE completion;
    PVOID context;
};

static NTSTATUS
request_done(PDEVICE_OBJECT none, PIRP irp, PVOID context)
{
    struct power_request *request = context;

    if (request->completion != NULL) {
        request->completion(request->device, request->minor, request->state, request->context,
                            &irp->IoStatus);
    }
    ObDereferenceObject(request->top);
    ObDereferenceObject(request->device);
    IoFreeIrp(irp);
    ExFreePoolWithTag(request, PO_TAG);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void
send_request(struct ex_work *work)
{
    struct power_request *request = container_of(work, struct power_request, work);

    (void)IofCallDriver(request->top, request->irp);
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
    ObReferenceObject(DeviceObject);
    request->device = DeviceObject;
    request->work.run = send_request;
    request->minor = MinorFunction;
    request->state = PowerState;
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
    ex_work_queue_insert(&request->work);
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

/* The device's state is in the low four bits of PowerFlags, the system's in the next. */
POWER_STATE
PoSetPowerState(PDEVICE_OBJECT DeviceObject, POWER_STATE_TYPE Type, POWER_STATE State)
{
    PDEVOBJ_EXTENSION extension = DeviceObject->DeviceObjectExtension;
    unsigned shift = Type == DevicePowerState ? 0 : 4;
    POWER_STATE former;

    former.SystemState = (SYSTEM_POWER_STATE)((extension->PowerFlags >> shift) & 15);
    extension->PowerFlags =
        (extension->PowerFlags & ~(15u << shift)) | (((ULONG)State.SystemState & 15u) << shift);
    return former;
}
