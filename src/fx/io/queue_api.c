/* SPDX-License-Identifier: MIT */
/* WdfIoQueue…: checks what the driver passed, then does it (queue.c, queue_state.c). */
#include "fx/core/sized.h"
#include "fx/io/io_device.h"
#include "fx/io/file.h"
#include "fx_imports.h"

/* --- Creating -------------------------------------------------------------------------------- */

static NTSTATUS
check_config(struct fx_globals *globals, const struct fx_device *device,
             const WDF_IO_QUEUE_CONFIG *config)
{
    bool parallel = config->DispatchType == WdfIoQueueDispatchParallel;

    if (config->DispatchType <= WdfIoQueueDispatchInvalid ||
        config->DispatchType >= WdfIoQueueDispatchMax) {
        fx_log(globals, "WdfIoQueueCreate: DispatchType %d does not exist",
               (int)config->DispatchType);
        return STATUS_INVALID_PARAMETER;
    }
    if (config->PowerManaged < WdfFalse || config->PowerManaged > WdfUseDefault) {
        fx_log(globals, "WdfIoQueueCreate: PowerManaged %d is no WDF_TRI_STATE",
               (int)config->PowerManaged);
        return STATUS_INVALID_PARAMETER;
    }
    if (parallel ? config->Settings.Parallel.NumberOfPresentedRequests == 0
                 : config->Settings.Parallel.NumberOfPresentedRequests != 0) {
        fx_log(globals,
               "WdfIoQueueCreate: NumberOfPresentedRequests %u does not fit the "
               "dispatch type",
               config->Settings.Parallel.NumberOfPresentedRequests);
        return STATUS_INVALID_PARAMETER;
    }
    if (config->DispatchType != WdfIoQueueDispatchManual && config->EvtIoDefault == NULL &&
        config->EvtIoRead == NULL && config->EvtIoWrite == NULL &&
        config->EvtIoDeviceControl == NULL && config->EvtIoInternalDeviceControl == NULL) {
        fx_log(globals, "WdfIoQueueCreate: no request handler, and the queue is not manual");
        return STATUS_WDF_NO_CALLBACK;
    }
    if (fx_object_is_deleting(&device->object)) {
        return STATUS_DELETE_PENDING;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfIoQueueCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                     PWDF_IO_QUEUE_CONFIG Config, PWDF_OBJECT_ATTRIBUTES QueueAttributes,
                     WDFQUEUE *Queue)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    WDF_IO_QUEUE_CONFIG config;
    struct fx_queue *queue;
    NTSTATUS status;

    fx_require(DriverGlobals, Config);
    if (Queue != NULL) {
        *Queue = NULL;
    }
    if (device->kind == FX_DEVICE_MINIPORT) {
        fx_log(globals, "WdfIoQueueCreate: %p is a miniport's device: its port driver has the I/O",
               Device);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!fx_sized_copy(&config, sizeof(config), Config, Config->Size,
                       FX_SIZE_THROUGH(WDF_IO_QUEUE_CONFIG, EvtIoCanceledOnQueue))) {
        fx_log(globals, "WdfIoQueueCreate: WDF_IO_QUEUE_CONFIG.Size is %u, not %u", Config->Size,
               (unsigned)sizeof(config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (Config->Size < FX_SIZE_THROUGH(WDF_IO_QUEUE_CONFIG, Settings) &&
        config.DispatchType == WdfIoQueueDispatchParallel) {
        config.Settings.Parallel.NumberOfPresentedRequests = FX_QUEUE_UNLIMITED;
    }
    status = check_config(globals, device, &config);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status =
        fx_object_create(&fx_class_queue, globals, QueueAttributes, &device->object, 0, &queue);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (fx_device_above(queue->object.parent) != device) {
        fx_log(globals, "WdfIoQueueCreate: ParentObject is not the device or below it");
        status = STATUS_INVALID_PARAMETER;
    } else {
        fx_queue_init(queue, device, &config);
        status = fx_io_device_add_queue(queue, config.DefaultQueue != FALSE);
        if (status == STATUS_UNSUCCESSFUL) {
            fx_log(globals, "WdfIoQueueCreate: the device has a default queue already");
        }
    }
    if (!NT_SUCCESS(status)) {
        (void)fx_object_delete(&queue->object);
        return status;
    }
    (void)fx_object_commit(&queue->object);
    if (Queue != NULL) {
        *Queue = fx_queue_handle(queue);
    }
    return STATUS_SUCCESS;
}

/* --- Asking ---------------------------------------------------------------------------------- */

WDFDEVICE
imp_WdfIoQueueGetDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    return fx_object_handle(&queue->device->object);
}

WDF_IO_QUEUE_STATE
imp_WdfIoQueueGetState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue, PULONG QueueRequests,
                       PULONG DriverRequests)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    ULONG state = 0;
    ULONG waiting;
    ULONG owned;

    fx_queue_lock(queue);
    waiting = queue->waiting_count;
    owned = queue->owned_count;
    state |= queue->accept ? WdfIoQueueAcceptRequests : 0;
    state |= queue->dispatch ? WdfIoQueueDispatchRequests : 0;
    state |= queue->pnp_held ? WdfIoQueuePnpHeld : 0;
    fx_queue_unlock(queue);
    state |= waiting == 0 ? WdfIoQueueNoRequests : 0;
    state |= owned == 0 ? WdfIoQueueDriverNoRequests : 0;
    if (QueueRequests != NULL) {
        *QueueRequests = waiting;
    }
    if (DriverRequests != NULL) {
        *DriverRequests = owned;
    }
    return (WDF_IO_QUEUE_STATE)state;
}

/* --- State ----------------------------------------------------------------------------------- */

VOID
imp_WdfIoQueueStart(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue)
{
    fx_queue_start(fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE));
}

VOID
imp_WdfIoQueueStop(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                   PFN_WDF_IO_QUEUE_STATE StopComplete, WDFCONTEXT Context)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_stop(queue, false, StopComplete, Context, FX_NO_WAIT);
}

VOID
imp_WdfIoQueueStopSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_stop(queue, false, NULL, NULL, FX_WAIT);
}

VOID
imp_WdfIoQueueStopAndPurge(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                           PFN_WDF_IO_QUEUE_STATE StopAndPurgeComplete, WDFCONTEXT Context)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_stop(queue, true, StopAndPurgeComplete, Context, FX_NO_WAIT);
}

VOID
imp_WdfIoQueueStopAndPurgeSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_stop(queue, true, NULL, NULL, FX_WAIT);
}

VOID
imp_WdfIoQueueDrain(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                    PFN_WDF_IO_QUEUE_STATE DrainComplete, WDFCONTEXT Context)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_drain(queue, DrainComplete, Context, FX_NO_WAIT);
}

VOID
imp_WdfIoQueueDrainSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_drain(queue, NULL, NULL, FX_WAIT);
}

VOID
imp_WdfIoQueuePurge(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                    PFN_WDF_IO_QUEUE_STATE PurgeComplete, WDFCONTEXT Context)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_purge(queue, PurgeComplete, Context, FX_NO_WAIT);
}

VOID
imp_WdfIoQueuePurgeSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_queue_purge(queue, NULL, NULL, FX_WAIT);
}

NTSTATUS
imp_WdfIoQueueReadyNotify(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                          PFN_WDF_IO_QUEUE_STATE QueueReady, WDFCONTEXT Context)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    const char *why = NULL;

    fx_queue_lock(queue);
    if (!queue->manual) {
        why = "the queue is not manual";
    } else if (QueueReady != NULL && queue->ready_callback != NULL) {
        why = "a callback is registered already";
    } else if (QueueReady == NULL && queue->ready_callback == NULL) {
        why = "no callback is registered";
    } else if (QueueReady == NULL && queue->dispatch) {
        why = "the queue is not stopped";
    }
    if (why != NULL) {
        fx_queue_unlock(queue);
        fx_log(fx_globals_of(DriverGlobals), "WdfIoQueueReadyNotify: queue %p: %s", Queue, why);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    queue->ready_callback = QueueReady;
    queue->ready_context = Context;
    queue->ready_due = QueueReady != NULL && queue->waiting_count != 0;
    if (queue->ready_due && queue->dispatch && !queue->pnp_held) {
        queue->attention = true;
    }
    fx_queue_unlock_and_run(queue);
    return STATUS_SUCCESS;
}

/* --- Taking requests out --------------------------------------------------------------------- */

static NTSTATUS
retrieve(struct fx_queue *queue, FILE_OBJECT *file, WDFREQUEST *OutRequest)
{
    struct fx_request *request;
    NTSTATUS status;

    if (!queue->manual && !queue->sequential) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    status = fx_queue_retrieve(queue, file, &request);
    if (NT_SUCCESS(status)) {
        *OutRequest = fx_request_handle(request);
    }
    return status;
}

NTSTATUS
imp_WdfIoQueueRetrieveNextRequest(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                  WDFREQUEST *OutRequest)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);

    fx_require(DriverGlobals, OutRequest);
    *OutRequest = NULL;
    return retrieve(queue, NULL, OutRequest);
}

NTSTATUS
imp_WdfIoQueueRetrieveRequestByFileObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                          WDFFILEOBJECT FileObject, WDFREQUEST *OutRequest)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    struct fx_file *file = fx_handle_get(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);

    fx_require(DriverGlobals, OutRequest);
    if (file->wdm == NULL) {
        return STATUS_NO_MORE_ENTRIES;
    }
    return retrieve(queue, file->wdm, OutRequest);
}

NTSTATUS
imp_WdfIoQueueFindRequest(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                          WDFREQUEST FoundRequest, WDFFILEOBJECT FileObject,
                          PWDF_REQUEST_PARAMETERS Parameters, WDFREQUEST *OutRequest)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    struct fx_request *after = fx_handle_get_optional(DriverGlobals, FoundRequest, FX_TYPE_REQUEST);
    struct fx_file *file = fx_handle_get_optional(DriverGlobals, FileObject, FX_TYPE_FILEOBJECT);
    struct fx_request *request;
    NTSTATUS status;

    fx_require(DriverGlobals, OutRequest);
    *OutRequest = NULL;
    if (Parameters != NULL && Parameters->Size != sizeof(*Parameters)) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfIoQueueFindRequest: WDF_REQUEST_PARAMETERS.Size is %u, not %u", Parameters->Size,
               (unsigned)sizeof(*Parameters));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (!queue->manual) {
        fx_log(fx_globals_of(DriverGlobals), "WdfIoQueueFindRequest: queue %p is not manual",
               Queue);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = fx_queue_find(queue, after, file == NULL ? NULL : file->wdm, Parameters, &request);
    if (NT_SUCCESS(status)) {
        *OutRequest = fx_request_handle(request);
    }
    return status;
}

NTSTATUS
imp_WdfIoQueueRetrieveFoundRequest(PWDF_DRIVER_GLOBALS DriverGlobals, WDFQUEUE Queue,
                                   WDFREQUEST FoundRequest, WDFREQUEST *OutRequest)
{
    struct fx_queue *queue = fx_handle_get(DriverGlobals, Queue, FX_TYPE_QUEUE);
    struct fx_request *found = fx_handle_get(DriverGlobals, FoundRequest, FX_TYPE_REQUEST);
    struct fx_request *request;
    NTSTATUS status;

    fx_require(DriverGlobals, OutRequest);
    *OutRequest = NULL;
    if (!queue->manual) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfIoQueueRetrieveFoundRequest: queue %p is not manual", Queue);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = fx_queue_retrieve_found(queue, found, &request);
    if (NT_SUCCESS(status)) {
        *OutRequest = fx_request_handle(request);
    }
    return status;
}
