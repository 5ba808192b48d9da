/* SPDX-License-Identifier: MIT */
/*
 * Sending a request to a target, and getting it back.
 *
 * request->holds counts those who may touch the IRP while it is away: one for the IRP itself, one for the timer
 * while it is armed, one for each canceller. Who drops the last one gives the request back: so a
 * canceller never looks at an IRP that its owner has already completed.
 */
#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx/target/iotarget.h"
#include "fx_imports.h"
#include "sys/memory.h"
#include "sys/wait.h"

/* --- Back ------------------------------------------------------------------------------------ */

static void
fill_completion_params(const struct fx_request *request, WDF_REQUEST_COMPLETION_PARAMS *params)
{
    const struct fx_request_io *io = &request->io;

    memset(params, 0, sizeof(*params));
    params->Size = sizeof(*params);
    params->Type = io->type;
    params->IoStatus.Status = request->status;
    params->IoStatus.Information = request->information;
    switch (io->type) {
    case WdfRequestTypeRead:
        params->Parameters.Read.Buffer =
            io->output == NULL ? NULL : fx_object_handle(&io->output->object);
        params->Parameters.Read.Length = request->information;
        params->Parameters.Read.Offset = io->output_offset;
        break;
    case WdfRequestTypeWrite:
        params->Parameters.Write.Buffer =
            io->input == NULL ? NULL : fx_object_handle(&io->input->object);
        params->Parameters.Write.Length = request->information;
        params->Parameters.Write.Offset = io->input_offset;
        break;
    case WdfRequestTypeDeviceControl:
    case WdfRequestTypeDeviceControlInternal:
        params->Parameters.Ioctl.IoControlCode = io->ioctl;
        params->Parameters.Ioctl.Input.Buffer =
            io->input == NULL ? NULL : fx_object_handle(&io->input->object);
        params->Parameters.Ioctl.Input.Offset = io->input_offset;
        params->Parameters.Ioctl.Output.Buffer =
            io->output == NULL ? NULL : fx_object_handle(&io->output->object);
        params->Parameters.Ioctl.Output.Offset = io->output_offset;
        params->Parameters.Ioctl.Output.Length = request->information;
        break;
    default:
        break;
    }
}

/* fx_request.sync_done */
enum {
    SYNC_SENT,
    SYNC_DONE,
    SYNC_SLEEPS, /* The sender is about to sleep, or does. */
};

static void
target_done(struct fx_iotarget *target)
{
    bool ends;

    fx_lock(&target->lock);
    if (--target->sent_count == 0 && target->waiters != 0) {
        (void)atomic_fetch_add_u32(&target->word, 1);
        sys_wake(&target->word, UINT32_MAX);
    }
    ends = target->stopping && target->sent_count == 0 && list_empty(&target->waiting);
    target->stopping &= !ends;
    fx_unlock(&target->lock);
    if (ends) {
        fx_object_stopped(&target->object);
    }
}

/* The IRP is ours again and nobody else looks at it: the driver gets the request. */
static void
returned(struct fx_request *request)
{
    struct fx_iotarget *target = request->target;
    PFN_WDF_REQUEST_COMPLETION_ROUTINE routine = request->completion_routine;
    WDFCONTEXT context = request->completion_context;
    bool tracked = (request->flags & FX_REQUEST_IGNORE_STATE) == 0;
    WDF_REQUEST_COMPLETION_PARAMS params;
    uint32_t *word;

    if (tracked) {
        fx_lock(&target->lock);
        list_remove(&request->target_link);
        fx_unlock(&target->lock);
    }
    if (atomic_load_u32(&request->timed_out) != 0 && request->status == STATUS_CANCELLED) {
        request->status = STATUS_IO_TIMEOUT;
        request->irp->IoStatus.Status = STATUS_IO_TIMEOUT;
    }
    request->flags &= ~(FX_REQUEST_IGNORE_STATE | FX_REQUEST_FORMATTED);
    request->flags |= FX_REQUEST_SENT_ONCE;
    fx_request_unformat(request);
    request->completion_routine = NULL;
    fx_request_set_owner(request, FX_OWNER_DRIVER);
    if (request->synchronous) {
        if (tracked) {
            target_done(target);
        }
        /* The sender's request may be gone after the exchange; the address is only a key then. */
        word = &request->sync_done;
        if (atomic_xchg_u32(word, SYNC_DONE) == SYNC_SLEEPS) {
            sys_wake(word, UINT32_MAX);
        }
        return;
    }
    if (routine != NULL) {
        fill_completion_params(request, &params);
        routine(fx_request_handle(request), fx_iotarget_handle(target), &params, context);
    }
    if (tracked) {
        target_done(target);
    }
}

static void
let_go(struct fx_request *request)
{
    if (atomic_fetch_sub_u32(&request->holds, 1) == 1) {
        returned(request);
    }
}

bool
fx_request_hold_sent(struct fx_request *request)
{
    uint32_t holds = atomic_load_u32(&request->holds);

    while (holds != 0) {
        if (atomic_cas_u32(&request->holds, &holds, holds + 1)) {
            return true;
        }
    }
    return false;
}

static NTSTATUS
on_irp_back(DEVICE_OBJECT *wdm, IRP *irp, void *context)
{
    struct fx_request *request = context;

    request->status = irp->IoStatus.Status;
    request->information = irp->IoStatus.Information;
    if (request->timer != NULL && request->timer->armed && KeCancelTimer(&request->timer->timer)) {
        (void)atomic_fetch_sub_u32(&request->holds, 1); /* The timer's; never the last. */
    }
    let_go(request);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* --- Cancelling ------------------------------------------------------------------------------ */

/*
 * A request that waits in its target has a cancel routine on its IRP: who takes that out takes the
 * request out. It is then treated as sent.
 */
static void
waiting_to_sent_locked(struct fx_iotarget *target, struct fx_request *request)
{
    list_remove(&request->target_link);
    list_push_back(&target->sent, &request->target_link);
    target->sent_count++;
}

/* Ends a request that never left; it is not in target->waiting any more. */
static void
end_unsent(struct fx_request *request, NTSTATUS status)
{
    request->irp->IoStatus.Status = status;
    request->irp->IoStatus.Information = 0;
    (void)on_irp_back(NULL, request->irp, request);
}

static void
on_cancel_unsent(DEVICE_OBJECT *device, IRP *irp)
{
    struct fx_request *request = irp->Tail.Overlay.DriverContext[0];
    struct fx_iotarget *target = request->target;

    IoReleaseCancelSpinLock(irp->CancelIrql);
    fx_lock(&target->lock);
    waiting_to_sent_locked(target, request);
    fx_unlock(&target->lock);
    end_unsent(request, STATUS_CANCELLED);
}

bool
fx_request_cancel_held(struct fx_request *request)
{
    bool cancelled = IoCancelIrp(request->irp);

    let_go(request);
    return cancelled;
}

BOOLEAN
imp_WdfRequestCancelSentRequest(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    return fx_request_hold_sent(request) && fx_request_cancel_held(request);
}

/* --- Time limits ----------------------------------------------------------------------------- */

static VOID
on_timer(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct fx_request *request = ((struct fx_request_timer *)context)->request;

    /* The hold was taken when the timer was armed. */
    atomic_store_u32(&request->timed_out, 1);
    (void)fx_request_cancel_held(request);
}

NTSTATUS
fx_request_make_timer(struct fx_request *request)
{
    struct fx_request_timer *timer = request->timer;

    if (timer != NULL) {
        return STATUS_SUCCESS;
    }
    timer = sys_alloc_zeroed(sizeof(*timer));
    if (timer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    timer->request = request;
    KeInitializeTimer(&timer->timer);
    KeInitializeDpc(&timer->dpc, on_timer, timer);
    request->timer = timer;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestAllocateTimer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    NTSTATUS status;

    if (fx_request_owner(request) == FX_OWNER_COMPLETED ||
        (request->kind == FX_REQUEST_INCOMING && request->irp == NULL)) {
        return STATUS_INVALID_DEVICE_REQUEST; /* Nobody would take the timer back. */
    }
    status = fx_request_make_timer(request);
    if (NT_SUCCESS(status)) {
        request->flags |= FX_REQUEST_EXTRAS;
    }
    return status;
}

/* --- Sending --------------------------------------------------------------------------------- */

/* Down. The caller's thread may get it back before this returns. */
static void
call_down(struct fx_request *request, struct fx_iotarget *target)
{
    IRP *irp = request->irp;

    if (target->file != NULL) {
        /* "Included in all of the I/O requests that the driver sends to the I/O target." */
        IoGetNextIrpStackLocation(irp)->FileObject = target->file;
    }
    IoSetCompletionRoutine(irp, on_irp_back, request, TRUE, TRUE, TRUE);
    (void)IoCallDriver(fx_iotarget_wdm(target), irp);
}

/* The next one that waits and is not being cancelled; it counts as sent then. */
static struct fx_request *
take_waiting(struct fx_iotarget *target)
{
    struct fx_request *taken = NULL;
    struct list *link;

    fx_lock(&target->lock);
    list_for_each(link, &target->waiting)
    {
        struct fx_request *request = container_of(link, struct fx_request, target_link);

        if (IoSetCancelRoutine(request->irp, NULL) != NULL) {
            waiting_to_sent_locked(target, request);
            taken = request;
            break;
        }
    }
    fx_unlock(&target->lock);
    return taken;
}

void
fx_iotarget_send_waiting(struct fx_iotarget *target)
{
    struct fx_request *request;

    while ((request = take_waiting(target)) != NULL) {
        call_down(request, target);
    }
}

void
fx_iotarget_fail_waiting(struct fx_iotarget *target, NTSTATUS status)
{
    struct fx_request *request;

    while ((request = take_waiting(target)) != NULL) {
        end_unsent(request, status);
    }
}

static bool
refuse(struct fx_request *request, NTSTATUS status, const char *why)
{
    fx_log(request->object.globals, "WdfRequestSend: request %p: %s", fx_request_handle(request),
           why);
    request->status = status;
    return false;
}

/* The request leaves the driver for good. */
static bool
send_and_forget(struct fx_request *request, struct fx_iotarget *target, ULONG flags)
{
    DEVICE_OBJECT *wdm = fx_iotarget_wdm(target);
    IRP *irp = request->irp;
    struct fx_queue *queue;

    if (flags != WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET) {
        return refuse(request, STATUS_INVALID_PARAMETER,
                      "SEND_AND_FORGET does not go with other options");
    }
    if (request->kind != FX_REQUEST_INCOMING || request->io.type != WdfRequestTypeNoFormat) {
        return refuse(request, STATUS_INVALID_DEVICE_REQUEST,
                      "SEND_AND_FORGET is for requests that came from a queue and were not "
                      "formatted by WdfIoTargetFormatRequest...");
    }
    if (request->flags & FX_REQUEST_CREATE) {
        if (request->file != NULL) {
            return refuse(request, STATUS_INVALID_DEVICE_REQUEST,
                          "a file creation with a framework file object cannot be forgotten");
        }
    }
    if (target->file != NULL) {
        return refuse(request, STATUS_INVALID_DEVICE_REQUEST,
                      "SEND_AND_FORGET does not go with a target that has a file object");
    }
    if (wdm == NULL) {
        return refuse(request, STATUS_INVALID_DEVICE_STATE, "the target has no device");
    }
    if ((request->flags & FX_REQUEST_FORMATTED) == 0) {
        IoSkipCurrentIrpStackLocation(irp);
    }
    queue = fx_request_forget(request);
    (void)IoCallDriver(wdm, irp);
    fx_queue_kick(queue);
    return true;
}

/* Whether the options make sense; the effective flags. */
static NTSTATUS
check_options(const WDF_REQUEST_SEND_OPTIONS *options, ULONG *ret_flags)
{
    const ULONG known = WDF_REQUEST_SEND_OPTION_TIMEOUT | WDF_REQUEST_SEND_OPTION_SYNCHRONOUS |
                        WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE |
                        WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET |
                        WDF_REQUEST_SEND_OPTION_IMPERSONATE_CLIENT |
                        WDF_REQUEST_SEND_OPTION_IMPERSONATION_IGNORE_FAILURE;

    *ret_flags = 0;
    if (options == NULL) {
        return STATUS_SUCCESS;
    }
    if (options->Size != sizeof(*options)) {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if ((options->Flags & ~known) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    *ret_flags = options->Flags;
    return STATUS_SUCCESS;
}

/* A request that was completed at once costs no system call. */
static void
wait_for(struct fx_request *request)
{
    uint32_t state = SYNC_SENT;

    if (atomic_cas_u32(&request->sync_done, &state, SYNC_SLEEPS)) {
        while (atomic_load_u32(&request->sync_done) != SYNC_DONE) {
            (void)sys_wait(&request->sync_done, SYNC_SLEEPS, SYS_FOREVER);
        }
    }
}

bool
fx_request_send(struct fx_request *request, struct fx_iotarget *target,
                const WDF_REQUEST_SEND_OPTIONS *options)
{
    bool ignore_state;
    bool waits = false;
    bool cancelled = false;
    bool synchronous;
    LARGE_INTEGER due;
    NTSTATUS status;
    ULONG flags;

    status = check_options(options, &flags);
    if (!NT_SUCCESS(status)) {
        return refuse(request, status, "WDF_REQUEST_SEND_OPTIONS is not valid");
    }
    if (flags & WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET) {
        return send_and_forget(request, target, flags);
    }
    synchronous = (flags & WDF_REQUEST_SEND_OPTION_SYNCHRONOUS) != 0;
    ignore_state = (flags & WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE) != 0;
    due.QuadPart = flags & WDF_REQUEST_SEND_OPTION_TIMEOUT ? options->Timeout : 0;
    if (synchronous && KeGetCurrentIrql() > PASSIVE_LEVEL) {
        return refuse(request, STATUS_INVALID_DEVICE_REQUEST,
                      "a synchronous send must be made at PASSIVE_LEVEL");
    }
    if ((request->flags & FX_REQUEST_FORMATTED) == 0) {
        return refuse(request, STATUS_INVALID_DEVICE_REQUEST, "the request has not been formatted");
    }
    if (fx_iotarget_wdm(target) == NULL) {
        return refuse(request, STATUS_INVALID_DEVICE_STATE, "the target has no device");
    }
    if (due.QuadPart != 0) {
        status = fx_request_make_timer(request);
        if (!NT_SUCCESS(status)) {
            return refuse(request, status, "no memory for the timer");
        }
    }

    fx_lock(&target->lock);
    if (!ignore_state && target->state != WdfIoTargetStarted &&
        target->state != WdfIoTargetStopped) {
        fx_unlock(&target->lock);
        return refuse(request, STATUS_INVALID_DEVICE_STATE,
                      "the target is purged, closed or removed");
    }
    request->target = target;
    request->synchronous = synchronous;
    request->sync_done = SYNC_SENT;
    request->timed_out = 0;
    request->status = STATUS_PENDING;
    request->information = 0;
    request->flags |= FX_REQUEST_EXTRAS | (ignore_state ? FX_REQUEST_IGNORE_STATE : 0);
    fx_request_set_owner(request, FX_OWNER_TARGET);
    atomic_store_u32(&request->holds, due.QuadPart != 0 ? 3 : 2); /* One for this function. */
    if (!ignore_state) {
        waits = target->state == WdfIoTargetStopped;
        target->sent_count += !waits;
        list_push_back(waits ? &target->waiting : &target->sent, &request->target_link);
    }
    if (waits) {
        request->irp->Tail.Overlay.DriverContext[0] = request;
        (void)IoSetCancelRoutine(request->irp, on_cancel_unsent);
        /* Under the lock: once it is down, the cancel routine in the IRP is somebody else's. */
        if (atomic_load_u8(&request->irp->Cancel) &&
            IoSetCancelRoutine(request->irp, NULL) != NULL) {
            waiting_to_sent_locked(target, request);
            cancelled = true;
        }
    }
    if (request->timer != NULL) {
        /* Under the lock too: before anybody can send and get back what waits. */
        request->timer->armed = due.QuadPart != 0;
        if (request->timer->armed) {
            KeSetTimer(&request->timer->timer, due, &request->timer->dpc);
        }
    }
    fx_unlock(&target->lock);

    if (!waits) {
        call_down(request, target);
    } else if (cancelled) {
        end_unsent(request, STATUS_CANCELLED);
    }
    let_go(request);
    if (synchronous) {
        wait_for(request);
    }
    return true;
}

BOOLEAN
imp_WdfRequestSend(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request, WDFIOTARGET Target,
                   PWDF_REQUEST_SEND_OPTIONS Options)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, Target, FX_TYPE_IOTARGET);
    enum fx_request_owner owner = fx_request_owner(request);

    if (owner != FX_OWNER_DRIVER && owner != FX_OWNER_CANCELED) {
        fx_request_not_owned(DriverGlobals, request, "WdfRequestSend",
                             STATUS_INVALID_DEVICE_REQUEST);
    }
    if (request->irp == NULL) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_REQUEST_FATAL_ERROR,
                    WDF_REQUEST_FATAL_ERROR_NULL_IRP, (ULONG_PTR)Request, 0,
                    "WdfRequestSend: the request %p has not been formatted", Request);
    }
    return fx_request_send(request, target, Options);
}

/* --- Around sending -------------------------------------------------------------------------- */

VOID
imp_WdfRequestSetCompletionRoutine(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                   PFN_WDF_REQUEST_COMPLETION_ROUTINE CompletionRoutine,
                                   WDFCONTEXT CompletionContext)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    if (fx_request_owner(request) == FX_OWNER_TARGET) {
        fx_request_not_owned(DriverGlobals, request, "WdfRequestSetCompletionRoutine",
                             STATUS_INVALID_DEVICE_REQUEST);
    }
    request->completion_routine = CompletionRoutine;
    request->completion_context = CompletionContext;
}

VOID
imp_WdfRequestGetCompletionParams(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                  PWDF_REQUEST_COMPLETION_PARAMS Params)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    fx_require(DriverGlobals, Params);
    fill_completion_params(request, Params);
}

NTSTATUS
imp_WdfRequestGetStatus(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    return request->status;
}
