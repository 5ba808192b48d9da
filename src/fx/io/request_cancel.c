/* SPDX-License-Identifier: MIT */
/*
 * Cancellation of requests that the driver owns: marking, unmarking, EvtRequestCancel.
 *
 * Whoever takes the cancel routine out of the IRP decides: IoCancelIrp or a purge (then EvtRequestCancel
 * will be called, once, and until it is called nobody may complete), or WdfRequestUnmarkCancelable (then it
 * will not).
 */
#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx_imports.h"

void
fx_request_call_cancel(struct fx_request *request)
{
    struct fx_queue *queue = request->queue;
    PFN_WDF_REQUEST_CANCEL cancel;
    struct fx_callback_lock *lock;
    WDFREQUEST handle;
    KIRQL irql;

    if (queue != NULL) {
        if (fx_queue_may_call(queue)) {
            fx_queue_call(queue, &(struct fx_work){.kind = FX_WORK_CANCEL, .request = request});
        } else {
            fx_queue_defer_cancel(queue, request);
        }
        return;
    }
    lock = request->device->scope_lock;
    irql = fx_callback_lock_acquire(lock);
    cancel = request->evt_cancel;
    handle = fx_request_handle(request);
    request->flags &= ~FX_REQUEST_MARKED;
    fx_request_set_owner(request,
                         FX_OWNER_CANCELED); /* From here on another thread may complete it. */
    cancel(handle);
    fx_callback_lock_release(lock, irql);
}

static VOID
on_cancel(DEVICE_OBJECT *device, IRP *irp)
{
    struct fx_request *request = irp->Tail.Overlay.DriverContext[0];

    IoReleaseCancelSpinLock(irp->CancelIrql);
    fx_request_lock(request);
    fx_request_set_owner(request, FX_OWNER_CANCELING);
    fx_request_unlock(request);
    fx_request_call_cancel(request);
}

/*
 * STATUS_INVALID_DEVICE_REQUEST when the driver does not own it or it is cancelable already.
 * STATUS_CANCELLED when it is cancelled already; its owner is then `if_cancelled`.
 */
static NTSTATUS
mark(struct fx_request *request, PFN_WDF_REQUEST_CANCEL evt_cancel,
     enum fx_request_owner if_cancelled)
{
    IRP *irp = request->irp;
    NTSTATUS status = STATUS_SUCCESS;

    if (request->kind != FX_REQUEST_INCOMING) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_request_lock(request);
    if (fx_request_owner(request) != FX_OWNER_DRIVER) {
        fx_request_unlock(request);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    request->evt_cancel = evt_cancel;
    request->flags |= FX_REQUEST_MARKED;
    fx_request_set_owner(request, FX_OWNER_CANCELABLE);
    irp->Tail.Overlay.DriverContext[0] = request;
    if (request->power & FX_POWER_CANCELED) {
        atomic_store_u8(&irp->Cancel, TRUE);
    }
    (void)IoSetCancelRoutine(irp, on_cancel);
    if (atomic_load_u8(&irp->Cancel) && IoSetCancelRoutine(irp, NULL) != NULL) {
        fx_request_set_owner(request, if_cancelled);
        if (if_cancelled == FX_OWNER_DRIVER) {
            request->flags &= ~FX_REQUEST_MARKED;
        }
        status = STATUS_CANCELLED;
    }
    fx_request_unlock(request);
    return status;
}

VOID
imp_WdfRequestMarkCancelable(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                             PFN_WDF_REQUEST_CANCEL EvtRequestCancel)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    NTSTATUS status;

    fx_require(DriverGlobals, EvtRequestCancel);
    status = mark(request, EvtRequestCancel, FX_OWNER_CANCELING);
    if (status == STATUS_CANCELLED) {
        fx_request_call_cancel(request);
    } else if (!NT_SUCCESS(status)) {
        fx_request_not_owned(DriverGlobals, request, "WdfRequestMarkCancelable", status);
    }
}

NTSTATUS
imp_WdfRequestMarkCancelableEx(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                               PFN_WDF_REQUEST_CANCEL EvtRequestCancel)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    NTSTATUS status;

    fx_require(DriverGlobals, EvtRequestCancel);
    status = mark(request, EvtRequestCancel, FX_OWNER_DRIVER);
    if (status == STATUS_INVALID_DEVICE_REQUEST) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfRequestMarkCancelableEx: the driver does not own the request %p, or it is "
               "cancelable already",
               Request);
    }
    return status;
}

NTSTATUS
imp_WdfRequestUnmarkCancelable(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    NTSTATUS status;

    if (request->kind != FX_REQUEST_INCOMING) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_request_lock(request);
    switch (fx_request_owner(request)) {
    case FX_OWNER_CANCELABLE:
        if (IoSetCancelRoutine(request->irp, NULL) != NULL) {
            fx_request_set_owner(request, FX_OWNER_DRIVER);
            request->flags &= ~FX_REQUEST_MARKED;
            status = STATUS_SUCCESS;
        } else {
            status = STATUS_CANCELLED; /* on_cancel is on its way. */
        }
        break;
    case FX_OWNER_CANCELING:
    case FX_OWNER_CANCELED:
        status = STATUS_CANCELLED;
        break;
    case FX_OWNER_DRIVER:
        status = STATUS_INVALID_PARAMETER;
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    fx_request_unlock(request);
    return status;
}

BOOLEAN
imp_WdfRequestIsCanceled(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    enum fx_request_owner owner = fx_request_owner(request);
    IRP *irp = request->irp;
    bool purged;

    if ((owner != FX_OWNER_DRIVER && owner != FX_OWNER_CANCELED) || irp == NULL ||
        request->kind != FX_REQUEST_INCOMING) {
        return FALSE;
    }
    fx_request_lock(request);
    purged = (request->power & FX_POWER_CANCELED) != 0;
    fx_request_unlock(request);
    return purged || atomic_load_u8(&irp->Cancel);
}
