/* SPDX-License-Identifier: MIT */
/* Requests that a driver makes to send them: WdfRequestCreate, CreateFromIrp, Reuse, ChangeTarget. */
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx/target/iotarget.h"
#include "fx_imports.h"
#include "nt/io/io.h"

static void
created_destroy(struct fx_object *object)
{
    struct fx_request *request = (struct fx_request *)object;

    fx_request_release_io(request);
    if (request->irp != NULL &&
        (request->kind == FX_REQUEST_CREATED || (request->flags & FX_REQUEST_FREES_IRP) != 0)) {
        IoFreeIrp(request->irp);
    }
    request->irp = NULL;
}

static const struct fx_class created_class = {
    .type = FX_TYPE_REQUEST,
    .name = "WDFREQUEST",
    .size = sizeof(struct fx_request),
    .parent_rule = FX_PARENT_OPTIONAL,
    .destroy = created_destroy,
};

static void
init_common(struct fx_request *request, enum fx_request_kind kind)
{
    request->kind = (uint8_t)kind;
    request->io.type = WdfRequestTypeNoFormat;
    request->status = STATUS_SUCCESS;
    list_init(&request->link);
    list_init(&request->target_link);
    fx_request_set_owner(request, FX_OWNER_DRIVER);
}

static void
internal_free(struct fx_object *object)
{
    (void)object; /* On its sender's stack. */
}

static const struct fx_class internal_class = {
    .type = FX_TYPE_REQUEST,
    .name = "WDFREQUEST",
    .size = sizeof(struct fx_request),
    .free = internal_free,
};

void
fx_request_init_internal(struct fx_request *request, struct fx_globals *globals)
{
    memset(request, 0, sizeof(*request));
    fx_object_init(&request->object, &internal_class, globals);
    init_common(request, FX_REQUEST_CREATED);
}

void
fx_request_fini_internal(struct fx_request *request)
{
    created_destroy(&request->object);
    fx_handle_end(&request->object);
}

NTSTATUS
imp_WdfRequestCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES RequestAttributes,
                     WDFIOTARGET IoTarget, WDFREQUEST *Request)
{
    struct fx_iotarget *target = fx_handle_get_optional(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);
    struct fx_request *request;
    NTSTATUS status;

    fx_require(DriverGlobals, Request);
    *Request = NULL;
    status = fx_object_create(&created_class, fx_globals_of(DriverGlobals), RequestAttributes, NULL,
                              0, &request);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    init_common(request, FX_REQUEST_CREATED);
    if (target != NULL && fx_iotarget_wdm(target) != NULL) {
        status = fx_request_prepare_irp(request, target);
        if (!NT_SUCCESS(status)) {
            (void)fx_object_delete(&request->object);
            return status;
        }
    }
    *Request = fx_object_commit(&request->object);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestCreateFromIrp(PWDF_DRIVER_GLOBALS DriverGlobals,
                            PWDF_OBJECT_ATTRIBUTES RequestAttributes, PIRP Irp,
                            BOOLEAN RequestFreesIrp, WDFREQUEST *Request)
{
    struct fx_request *request;
    NTSTATUS status;

    fx_require(DriverGlobals, Irp);
    fx_require(DriverGlobals, Request);
    *Request = NULL;
    status = fx_object_create(&created_class, fx_globals_of(DriverGlobals), RequestAttributes, NULL,
                              0, &request);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    init_common(request, FX_REQUEST_WRAPPED);
    request->irp = Irp;
    request->flags = RequestFreesIrp ? FX_REQUEST_FREES_IRP : 0;
    *Request = fx_object_commit(&request->object);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestReuse(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                    PWDF_REQUEST_REUSE_PARAMS ReuseParams)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    enum fx_request_owner owner = fx_request_owner(request);
    bool new_irp;

    fx_require(DriverGlobals, ReuseParams);
    if (ReuseParams->Size != sizeof(*ReuseParams) ||
        (ReuseParams->Flags & ~(ULONG)WDF_REQUEST_REUSE_SET_NEW_IRP) != 0) {
        fx_log(fx_globals_of(DriverGlobals), "WdfRequestReuse: Size %u or Flags 0x%x is not valid",
               ReuseParams->Size, ReuseParams->Flags);
        return STATUS_INVALID_PARAMETER;
    }
    new_irp = (ReuseParams->Flags & WDF_REQUEST_REUSE_SET_NEW_IRP) != 0;
    if (new_irp &&
        (request->kind != FX_REQUEST_WRAPPED || (request->flags & FX_REQUEST_FREES_IRP) != 0)) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfRequestReuse: request %p: only one made by WdfRequestCreateFromIrp without "
               "RequestFreesIrp takes a new IRP",
               Request);
        return STATUS_WDF_REQUEST_INVALID_STATE;
    }
    if (owner != FX_OWNER_DRIVER && owner != FX_OWNER_CANCELED) {
        fx_request_not_owned(DriverGlobals, request, "WdfRequestReuse",
                             STATUS_WDF_REQUEST_INVALID_STATE);
    }
    fx_request_reset_format(request);
    request->completion_routine = NULL;
    request->completion_context = NULL;
    request->target = NULL;
    request->status = ReuseParams->Status;
    request->information = 0;
    if (new_irp) {
        request->irp = ReuseParams->NewIrp;
    }
    if (request->irp == NULL) {
        return STATUS_SUCCESS;
    }
    if (request->kind == FX_REQUEST_CREATED) {
        IoReuseIrp(request->irp, ReuseParams->Status); /* An activity id stays, as documented. */
        if (request->object.globals->is_umdf) {
            io_irp_mark_um_driver(request->irp);
        }
    } else {
        atomic_store_u8(&request->irp->Cancel, FALSE);
        request->irp->IoStatus.Status = ReuseParams->Status;
        request->irp->IoStatus.Information = 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestChangeTarget(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                           WDFIOTARGET IoTarget)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);

    if (fx_request_owner(request) == FX_OWNER_TARGET) {
        fx_request_not_owned(DriverGlobals, request, "WdfRequestChangeTarget",
                             STATUS_INVALID_DEVICE_REQUEST);
    }
    return fx_request_prepare_irp(request, target);
}
