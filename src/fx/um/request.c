/* SPDX-License-Identifier: MIT */
/* A user-mode driver's requests: acting for the client, and how their buffers are reached. */
#include "fx/io/request.h"
#include "fx/target/iotarget.h"
#include "fx/object/object.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"
#include "nt/io/io.h"

/* False, and said: it has no IRP, and cannot get one. One that the driver made gets one that the target replaces. */
static bool
needs_irp(PWDF_DRIVER_GLOBALS driver_globals, struct fx_request *request, const char *function)
{
    if (request->irp == NULL && request->kind == FX_REQUEST_CREATED) {
        (void)fx_request_new_irp(request, 1);
    }
    if (request->irp == NULL) {
        fx_log(fx_globals_of(driver_globals), "%s: request %p has no IRP", function,
               fx_object_handle(&request->object));
    }
    return request->irp != NULL;
}

/*
 * Calls the driver back while it acts for the client. A session's hosts and applications are one user's (the
 * runtime folder is nobody else's), so the identity is the same and every level can be had.
 */
NTSTATUS
imp_WdfRequestImpersonate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                          SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
                          PFN_WDF_REQUEST_IMPERSONATE EvtRequestImpersonate, PVOID Context)
{
    (void)fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    fx_require(DriverGlobals, EvtRequestImpersonate);
    if (ImpersonationLevel < SecurityAnonymous || ImpersonationLevel > SecurityDelegation) {
        fx_log(fx_globals_of(DriverGlobals), "WdfRequestImpersonate: there is no level %d",
               (int)ImpersonationLevel);
        return STATUS_INVALID_PARAMETER;
    }
    EvtRequestImpersonate(Request, Context);
    return STATUS_SUCCESS;
}

WDF_DEVICE_IO_TYPE
imp_WdfRequestGetEffectiveIoType(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    WDF_REQUEST_PARAMETERS parameters;

    if (request->device == NULL) {
        return WdfDeviceIoUndefined; /* The driver's own: it has its buffers itself. */
    }
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    fx_request_get_parameters(request, &parameters);
    switch (parameters.Type) {
    case WdfRequestTypeRead:
    case WdfRequestTypeWrite:
        return request->device->read_write_io_type;
    case WdfRequestTypeDeviceControl:
    case WdfRequestTypeDeviceControlInternal:
        switch (METHOD_FROM_CTL_CODE(parameters.Parameters.DeviceIoControl.IoControlCode)) {
        case METHOD_BUFFERED:
            return WdfDeviceIoBuffered;
        case METHOD_NEITHER:
            return WdfDeviceIoNeither;
        default:
            return WdfDeviceIoDirect;
        }
    default:
        return WdfDeviceIoUndefined;
    }
}

/* --- Whose request it is ---------------------------------------------------------------------- */

/*
 * Of what comes down a stack; a request that a user-mode driver sends by a file's handle looks like an
 * application's.
 */
BOOLEAN
imp_WdfRequestIsFromUserModeDriver(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    return request->irp != NULL && io_irp_is_um_driver(request->irp);
}

VOID
imp_WdfRequestSetUserModeDriverInitiatedIo(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                           BOOLEAN IsUserModeDriverInitiated)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    if (!needs_irp(DriverGlobals, request, "WdfRequestSetUserModeDriverInitiatedIo")) {
        return;
    }
    if (IsUserModeDriverInitiated) {
        request->irp->Flags |= IRP_UM_DRIVER_INITIATED_IO;
    } else {
        request->irp->Flags &= ~(ULONG)IRP_UM_DRIVER_INITIATED_IO;
    }
}

BOOLEAN
imp_WdfRequestGetUserModeDriverInitiatedIo(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    if (request->irp == NULL) {
        return request->kind == FX_REQUEST_CREATED; /* "Already marked as from a UMDF driver." */
    }
    return (request->irp->Flags & IRP_UM_DRIVER_INITIATED_IO) != 0;
}

/* --- Activities ------------------------------------------------------------------------------- */

VOID
imp_WdfRequestSetActivityId(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                            LPGUID ActivityId)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    NTSTATUS status;

    fx_require(DriverGlobals, ActivityId);
    if (!needs_irp(DriverGlobals, request, "WdfRequestSetActivityId")) {
        return;
    }
    status = IoSetActivityIdIrp(request->irp, ActivityId);
    if (!NT_SUCCESS(status)) {
        fx_log(fx_globals_of(DriverGlobals), "WdfRequestSetActivityId: request %p: 0x%08x", Request,
               (unsigned)status);
    }
}

NTSTATUS
imp_WdfRequestRetrieveActivityId(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                 LPGUID ActivityId)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    fx_require(DriverGlobals, ActivityId);
    return request->irp == NULL ? STATUS_NOT_FOUND : IoGetActivityIdIrp(request->irp, ActivityId);
}
