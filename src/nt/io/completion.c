/* SPDX-License-Identifier: MIT */
/*
 * Completing an IRP: the walk up its stack locations.
 *
 * A driver's completion routine is stored in the stack location of the driver below it. The walk
 * moves the IRP's current location to the driver whose routine it calls, so that the routine finds
 * its own location as the current one, and a driver that returned STATUS_MORE_PROCESSING_REQUIRED
 * resumes the walk exactly there by completing the IRP again.
 *
 * An IRP whose walk has ended has CurrentLocation == StackCount + 2: completing it again is noticed.
 */
#include "base/hot.h"
#include "base/log.h"
#include "base/atomic.h"
#include "nt/io/io_priv.h"
#include "nt/ke/ke.h"

/* What a completed driver leaves is not for the one above: it could be taken for its own. */
static inline void
clear_location(PIO_STACK_LOCATION stack)
{
    stack->MinorFunction = 0;
    stack->Flags = 0;
    stack->Control = 0;
    stack->Parameters.Others.Argument1 = NULL;
    stack->Parameters.Others.Argument2 = NULL;
    stack->Parameters.Others.Argument3 = NULL;
    stack->Parameters.Others.Argument4 = NULL;
    stack->FileObject = NULL;
    stack->CompletionRoutine = NULL;
}

#define INVOKE_ANY (SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL)

static inline bool
wants_completion(UCHAR control, const IRP *irp)
{
    if ((control & INVOKE_ANY) == 0) {
        return false;
    }
    return (NT_SUCCESS(irp->IoStatus.Status) ? control & SL_INVOKE_ON_SUCCESS
                                             : control & SL_INVOKE_ON_ERROR) ||
           ((control & SL_INVOKE_ON_CANCEL) && atomic_load_relaxed_u8(&irp->Cancel));
}

static inline void
check_completable(PIRP irp)
{
    if (irp->Type != IO_TYPE_IRP || irp->CurrentLocation > irp->StackCount + 1) {
        io_bugcheck(IO_BUGCHECK_MULTIPLE_COMPLETE, (ULONG_PTR)irp, 0, 0, 0);
    }
    if (io_irp_cancel_routine(irp) != NULL) {
        io_bugcheck(IO_BUGCHECK_CANCEL_STATE, (ULONG_PTR)irp, (ULONG_PTR)io_irp_cancel_routine(irp),
                    0, 0);
    }
    if (irp->IoStatus.Status == STATUS_PENDING || irp->IoStatus.Status == (NTSTATUS)-1) {
        io_bugcheck(IO_BUGCHECK_VIOLATION, IO_VIOLATION_COMPLETE_PENDING,
                    (ULONG_PTR)irp->IoStatus.Status, (ULONG_PTR)irp, 0);
    }
    if (ke_irql() > DISPATCH_LEVEL) {
        io_bugcheck(IO_BUGCHECK_VIOLATION, IO_VIOLATION_COMPLETE_IRQL, ke_irql(), (ULONG_PTR)irp,
                    0);
    }
}

/* The last associated IRP completes its master. */
static void
finish_associated(PIRP irp)
{
    PIRP master = irp->AssociatedIrp.MasterIrp;
    LONG left = InterlockedDecrement(&master->AssociatedIrp.IrpCount);

    io_irp_free(irp);
    if (left == 0) {
        IofCompleteRequest(master, IO_NO_INCREMENT);
    }
}

static void
finish(PIRP irp)
{
    struct io_irp_block *block;

    if (irp->AllocationFlags & IO_IRP_BLOCK) {
        block = io_block_of_irp(irp);
        if (block->finish != NULL) {
            block->finish(block, irp);
            return;
        }
        if (irp->Flags & IRP_ASSOCIATED_IRP) {
            finish_associated(irp);
            return;
        }
    }
    /*
     * The creator of an IRP that belongs to no thread has to take it back in a completion routine
     * that returns STATUS_MORE_PROCESSING_REQUIRED. This one did not, and there is no thread whose
     * request the I/O manager could end.
     */
    base_log(BASE_LOG_ERROR, "io",
             "IRP %p was completed and its creator has no completion routine that takes it back",
             (void *)irp);
    io_bugcheck(IO_BUGCHECK_MULTIPLE_COMPLETE, (ULONG_PTR)irp, 1, 0, 0);
}

BASE_HOT VOID
IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    PIO_STACK_LOCATION stack = Irp->Tail.Overlay.CurrentStackLocation;
    CHAR location = Irp->CurrentLocation;

    check_completable(Irp);
    for (; location <= Irp->StackCount; location++) {
        PIO_STACK_LOCATION upper = stack + 1;
        bool has_upper = location < Irp->StackCount;
        UCHAR control = stack->Control;

        Irp->CurrentLocation = (CHAR)(location + 1);
        Irp->Tail.Overlay.CurrentStackLocation = upper;
        Irp->PendingReturned = (control & SL_PENDING_RETURNED) != 0;
        if (wants_completion(control, Irp)) {
            PIO_COMPLETION_ROUTINE routine = stack->CompletionRoutine;
            PVOID context = stack->Context;

            clear_location(stack);
            if (routine(has_upper ? upper->DeviceObject : NULL, Irp, context) ==
                STATUS_MORE_PROCESSING_REQUIRED) {
                return; /* The IRP may be freed already. */
            }
        } else if (has_upper) {
            upper->Control |= control & SL_PENDING_RETURNED;
            clear_location(stack);
        }
        stack = upper;
    }
    /* Two above the last: check_completable recognizes a second completion by it. */
    Irp->CurrentLocation = (CHAR)(location + 1);
    Irp->Tail.Overlay.CurrentStackLocation = stack + 1;
    finish(Irp);
}

NTSTATUS
io_complete(PIRP irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS
signal_event(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS
io_call_and_wait(PDEVICE_OBJECT device, PIRP irp)
{
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoSetCompletionRoutine(irp, signal_event, &event, TRUE, TRUE, TRUE);
    if (IofCallDriver(device, irp) == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    }
    return irp->IoStatus.Status;
}

BOOLEAN
IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (DeviceObject == NULL || Irp->CurrentLocation <= 1) {
        return FALSE;
    }
    IoCopyCurrentIrpStackLocationToNext(Irp);
    (void)io_call_and_wait(DeviceObject, Irp);
    return TRUE;
}

struct completion_ex {
    PDEVICE_OBJECT device;
    PIO_COMPLETION_ROUTINE routine;
    PVOID context;
};

static NTSTATUS
call_completion_ex(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct completion_ex ex = *(struct completion_ex *)context;
    NTSTATUS status;

    ExFreePool(context);
    status = ex.routine(device, irp, ex.context);
    ObDereferenceObject(ex.device);
    return status;
}

NTSTATUS
IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                         PIO_COMPLETION_ROUTINE CompletionRoutine, PVOID Context,
                         BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError, BOOLEAN InvokeOnCancel)
{
    struct completion_ex *ex;

    ex = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*ex), 'xEoI');
    if (ex == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    /* The device, and with it its driver, stays until the routine has returned. */
    ObReferenceObject(DeviceObject);
    ex->device = DeviceObject;
    ex->routine = CompletionRoutine;
    ex->context = Context;
    IoSetCompletionRoutine(Irp, call_completion_ex, ex, InvokeOnSuccess, InvokeOnError,
                           InvokeOnCancel);
    return STATUS_SUCCESS;
}
