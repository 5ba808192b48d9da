/* SPDX-License-Identifier: MIT */
/* A user-mode driver's requests: acting for the client, and how their buffers are reached. */
#include "fx/io/request.h"
#include "fx/object/object.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"

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
