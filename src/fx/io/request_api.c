/* SPDX-License-Identifier: MIT */
/* WdfRequest…: completing, moving between queues, and what can be asked about a request that arrived. */
#include "fx/io/io_device.h"
#include "base/hot.h"
#include "fx/io/file.h"
#include "fx/pnp/pdo.h"
#include "fx_imports.h"
#include "nt/io/user.h"

/* --- Completing ------------------------------------------------------------------------------ */

BASE_HOT VOID
imp_WdfRequestComplete(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request, NTSTATUS Status)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    fx_request_complete(DriverGlobals, request, Status, IO_NO_INCREMENT);
}

VOID
imp_WdfRequestCompleteWithPriorityBoost(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                        NTSTATUS Status, CCHAR PriorityBoost)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    fx_request_complete(DriverGlobals, request, Status, PriorityBoost);
}

BASE_HOT VOID
imp_WdfRequestCompleteWithInformation(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                      NTSTATUS Status, ULONG_PTR Information)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    if (__builtin_expect(request->irp != NULL, 1)) {
        request->irp->IoStatus.Information = Information;
    }
    fx_request_complete(DriverGlobals, request, Status, IO_NO_INCREMENT);
}

VOID
imp_WdfRequestSetInformation(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                             ULONG_PTR Information)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    if (request->irp != NULL) {
        request->irp->IoStatus.Information = Information;
    }
}

ULONG_PTR
imp_WdfRequestGetInformation(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    return request->irp == NULL ? 0 : request->irp->IoStatus.Information;
}

/* --- Between queues -------------------------------------------------------------------------- */

/* What keeps a request from going to another queue of `device`; NULL: nothing. */
static const char *
wrong_forward(const struct fx_request *request, const struct fx_queue *to,
              const struct fx_device *device)
{
    if (request->kind != FX_REQUEST_INCOMING || request->queue == NULL) {
        return "it did not come from a queue";
    }
    if (request->queue == to) {
        return "it came from that queue; WdfRequestRequeue returns it";
    }
    if (to->device != device) {
        return "the queue belongs to another device";
    }
    if (fx_request_owner(request) != FX_OWNER_DRIVER) {
        return "the driver does not own it, or it is cancelable";
    }
    return NULL;
}

NTSTATUS
imp_WdfRequestForwardToIoQueue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                               WDFQUEUE DestinationQueue)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    struct fx_queue *to = fx_handle_get(DriverGlobals, DestinationQueue, FX_TYPE_QUEUE);
    const char *why = wrong_forward(request, to, request->device);

    if (why != NULL) {
        fx_log(fx_globals_of(DriverGlobals), "WdfRequestForwardToIoQueue: request %p, queue %p: %s",
               Request, DestinationQueue, why);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return fx_queue_forward(request->queue, to, request);
}

/* The same for a queue of the device that enumerated this one; the request is then that device's. */
NTSTATUS
imp_WdfRequestForwardToParentDeviceIoQueue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                           WDFQUEUE ParentDeviceQueue,
                                           PWDF_REQUEST_FORWARD_OPTIONS ForwardOptions)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    struct fx_queue *to = fx_handle_get(DriverGlobals, ParentDeviceQueue, FX_TYPE_QUEUE);
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    const struct fx_device *device = request->device;
    const char *why;

    fx_require(DriverGlobals, ForwardOptions);
    if (ForwardOptions->Size != sizeof(*ForwardOptions)) {
        fx_log(globals, "WDF_REQUEST_FORWARD_OPTIONS.Size is %u, not %u", ForwardOptions->Size,
               (unsigned)sizeof(*ForwardOptions));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (ForwardOptions->Flags != WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET) {
        fx_log(globals,
               "WdfRequestForwardToParentDeviceIoQueue: Flags 0x%x: only SEND_AND_FORGET is valid",
               ForwardOptions->Flags);
        return STATUS_INVALID_PARAMETER;
    }
    if (device == NULL || device->pdo == NULL || !device->pdo->forwards_to_parent) {
        why = "its device is no PDO that WdfPdoInitAllowForwardingRequestToParent was called for";
    } else if (request->reserve != NULL) {
        why = "it is reserved for when memory is short";
    } else {
        why = wrong_forward(request, to, device->parent);
    }
    if (why != NULL) {
        fx_log(globals, "WdfRequestForwardToParentDeviceIoQueue: request %p, queue %p: %s", Request,
               ParentDeviceQueue, why);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return fx_queue_forward(request->queue, to, request);
}

NTSTATUS
imp_WdfRequestRequeue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    struct fx_queue *queue = request->queue;

    if (request->kind != FX_REQUEST_INCOMING || queue == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return fx_queue_requeue(queue, request);
}

WDFQUEUE
imp_WdfRequestGetIoQueue(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    if (request->kind != FX_REQUEST_INCOMING || request->queue == NULL || request->irp == NULL) {
        return NULL;
    }
    return fx_queue_handle(request->queue);
}

VOID
imp_WdfRequestStopAcknowledge(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                              BOOLEAN Requeue)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    enum fx_request_owner owner = fx_request_owner(request);
    struct fx_queue *queue = request->queue;
    WDF_QUEUE_FATAL_ERROR_DATA data = {.Request = Request};
    const char *why = NULL;

    if (request->kind != FX_REQUEST_INCOMING || queue == NULL || owner == FX_OWNER_COMPLETED) {
        why = "it is in no queue";
    } else if ((request->power & FX_POWER_STOPPING) == 0) {
        why = "EvtIoStop is not being called for it";
    } else if (Requeue && owner != FX_OWNER_DRIVER) {
        why = "it is cancelable or at an I/O target, and is to be requeued";
    }
    if (why != NULL) {
        data.Queue = queue == NULL ? NULL : fx_queue_handle(queue);
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_QUEUE_FATAL_ERROR, (ULONG_PTR)&data, 0, 0,
                    "WdfRequestStopAcknowledge: request %p: %s", Request, why);
    }
    fx_queue_stop_acknowledge(queue, request, Requeue != FALSE);
}

/* --- What it is ------------------------------------------------------------------------------ */

void
fx_request_get_parameters(struct fx_request *request, WDF_REQUEST_PARAMETERS *parameters)
{
    const IO_STACK_LOCATION *stack = fx_request_stack(request);

    parameters->MinorFunction = stack->MinorFunction;
    parameters->Type = stack->MajorFunction <= IRP_MJ_MAXIMUM_FUNCTION
                           ? (WDF_REQUEST_TYPE)stack->MajorFunction
                           : WdfRequestTypeOther;
    switch (stack->MajorFunction) {
    case IRP_MJ_CREATE:
        parameters->Parameters.Create.SecurityContext = stack->Parameters.Create.SecurityContext;
        parameters->Parameters.Create.Options = stack->Parameters.Create.Options;
        parameters->Parameters.Create.FileAttributes = stack->Parameters.Create.FileAttributes;
        parameters->Parameters.Create.ShareAccess = stack->Parameters.Create.ShareAccess;
        parameters->Parameters.Create.EaLength = stack->Parameters.Create.EaLength;
        break;
    case IRP_MJ_READ:
        parameters->Parameters.Read.Length = stack->Parameters.Read.Length;
        parameters->Parameters.Read.Key = stack->Parameters.Read.Key;
        parameters->Parameters.Read.DeviceOffset = stack->Parameters.Read.ByteOffset.QuadPart;
        break;
    case IRP_MJ_WRITE:
        parameters->Parameters.Write.Length = stack->Parameters.Write.Length;
        parameters->Parameters.Write.Key = stack->Parameters.Write.Key;
        parameters->Parameters.Write.DeviceOffset = stack->Parameters.Write.ByteOffset.QuadPart;
        break;
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        parameters->Parameters.DeviceIoControl.OutputBufferLength =
            stack->Parameters.DeviceIoControl.OutputBufferLength;
        parameters->Parameters.DeviceIoControl.InputBufferLength =
            stack->Parameters.DeviceIoControl.InputBufferLength;
        parameters->Parameters.DeviceIoControl.IoControlCode =
            stack->Parameters.DeviceIoControl.IoControlCode;
        parameters->Parameters.DeviceIoControl.Type3InputBuffer =
            stack->Parameters.DeviceIoControl.Type3InputBuffer;
        break;
    default:
        break;
    }
    if (stack->MajorFunction == IRP_MJ_INTERNAL_DEVICE_CONTROL) {
        /* The argument words of internal requests mean what the drivers agreed on: hand over all. */
        parameters->Parameters.Others.Arg1 = stack->Parameters.Others.Argument1;
        parameters->Parameters.Others.Arg2 = stack->Parameters.Others.Argument2;
        parameters->Parameters.Others.Arg4 = stack->Parameters.Others.Argument4;
    }
}

/* The request has an IRP of ours to look at; bugchecks otherwise. */
static struct fx_request *
arrived(PWDF_DRIVER_GLOBALS driver_globals, WDFREQUEST handle, const char *function)
{
    struct fx_request *request = fx_handle_get(driver_globals, handle, FX_TYPE_REQUEST);

    if (request->irp == NULL || request->kind != FX_REQUEST_INCOMING) {
        fx_bugcheck(fx_globals_of(driver_globals), WDF_REQUEST_FATAL_ERROR,
                    WDF_REQUEST_FATAL_ERROR_NULL_IRP, (ULONG_PTR)handle, 0,
                    "%s: the request %p did not come from the I/O manager, or is completed",
                    function, handle);
    }
    return request;
}

VOID
imp_WdfRequestGetParameters(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                            PWDF_REQUEST_PARAMETERS Parameters)
{
    fx_require(DriverGlobals, Parameters);
    fx_request_get_parameters(arrived(DriverGlobals, Request, "WdfRequestGetParameters"),
                              Parameters);
}

WDFFILEOBJECT
imp_WdfRequestGetFileObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    if (request->irp == NULL || request->kind != FX_REQUEST_INCOMING) {
        return NULL;
    }
    if (request->flags & FX_REQUEST_CREATE) {
        return fx_file_handle(request->file);
    }
    return fx_file_handle(fx_file_find(request->device, fx_request_stack(request)->FileObject));
}

KPROCESSOR_MODE
imp_WdfRequestGetRequestorMode(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    return request->irp == NULL ? KernelMode : request->irp->RequestorMode;
}

/* There are no 32-bit requestors. */
BOOLEAN
imp_WdfRequestIsFrom32BitProcess(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    (void)arrived(DriverGlobals, Request, "WdfRequestIsFrom32BitProcess");
    return FALSE;
}

ULONG
imp_WdfRequestGetRequestorProcessId(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = arrived(DriverGlobals, Request, "WdfRequestGetRequestorProcessId");

    return (ULONG)io_user_process_id(request->irp);
}

PIRP
imp_WdfRequestWdmGetIrp(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    return request->irp;
}
