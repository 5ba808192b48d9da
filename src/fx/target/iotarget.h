/* SPDX-License-Identifier: MIT */
/*
 * WDFIOTARGET: where a driver sends requests. The local target is the next lower driver of its own
 * stack; a remote one (remote.c) is whatever the driver opened.
 *
 * A sent request is Target's (request.h) until its IRP is back and the last canceller has let go
 * (fx_request.holds). `sent` lists those that stop and purge wait for or cancel; SEND_AND_FORGET and
 * IGNORE_TARGET_STATE are not in it. `waiting` holds what came while the target is stopped.
 */
#ifndef OPENWDF_FX_TARGET_IOTARGET_H
#define OPENWDF_FX_TARGET_IOTARGET_H

#include "fx/io/request.h"

struct fx_iotarget {
    struct fx_object object;
    struct fx_device *device;
    bool remote;        /* Made by WdfIoTargetCreate; constant. */
    DEVICE_OBJECT *wdm; /* Remote: what requests go to, NULL while it is closed. Local: NULL. */
    FILE_OBJECT *file;  /* Remote: the file that requests name; NULL: none. */

    /* Guards all below and fx_request.target_link. Up to DISPATCH_LEVEL. Below it: leaf locks. */
    struct sys_lock lock;
    WDF_IO_TARGET_STATE state;
    struct list sent;
    struct list waiting;
    uint32_t sent_count; /* Sent and not through their completion routine. */
    bool stopping;       /* Being deleted: fx_object_stopped is due when sent_count is 0. */
    uint32_t waiters;
    uint32_t word; /* Changes when sent_count becomes 0 and somebody waits. */
};

static inline WDFIOTARGET
fx_iotarget_handle(struct fx_iotarget *target)
{
    return fx_object_handle(&target->object);
}

/* The device object that requests go to; NULL when there is none. */
static inline DEVICE_OBJECT *
fx_iotarget_wdm(const struct fx_iotarget *target)
{
    return target->remote ? target->wdm : target->device->attached;
}

/* The device's local target, started. Deleted with the device. */
_Must_inspect_result_ NTSTATUS fx_iotarget_create_local(struct fx_device *device,
                                                        struct fx_iotarget **ret_target);

/* What every target starts with; the state is the caller's. */
void fx_iotarget_init(struct fx_iotarget *target, struct fx_device *device);

/* The device is being removed: refuses everything, cancels what was sent or waits. NULL is allowed. */
void fx_iotarget_remove(struct fx_iotarget *target);

/* Changes the state, then cancels what waits and asks for the cancellation of what was sent. */
void fx_iotarget_purge(struct fx_iotarget *target, WDF_IO_TARGET_STATE state);

/* Until all that was sent is through its completion routine. PASSIVE_LEVEL. */
void fx_iotarget_wait_for_sent(struct fx_iotarget *target);

/* fx_class.stop of every target. */
bool fx_iotarget_stop(struct fx_object *object);

/* --- The device behind it (target_device.c) --- */

/*
 * IRP_MN_QUERY_INTERFACE to the device. `interface` has `size` bytes; a driver that fills it in has
 * also called its InterfaceReference. PASSIVE_LEVEL.
 */
_Must_inspect_result_ NTSTATUS fx_query_interface(DEVICE_OBJECT *wdm, const GUID *type,
                                                  INTERFACE *interface, USHORT size, USHORT version,
                                                  void *specific);

/* --- Sending (send.c) --- */

/*
 * Sends a formatted request. options may be NULL. True when it is on its way (or, synchronously, back with
 * whatever status); false when it was not sent: request->status says why and the driver keeps it.
 */
_Must_inspect_result_ bool fx_request_send(struct fx_request *request, struct fx_iotarget *target,
                                           const WDF_REQUEST_SEND_OPTIONS *options);

/* Keeps a sent request's IRP from being given back; false when it is back. The memory must be safe. */
_Must_inspect_result_ bool fx_request_hold_sent(struct fx_request *request);

/* Cancels the IRP of a held request and lets go; whether a cancel routine was called. */
bool fx_request_cancel_held(struct fx_request *request);

/* Sends what waited while the target was stopped. Unlocked. */
void fx_iotarget_send_waiting(struct fx_iotarget *target);

/* Ends what waits with that status: the completion routines are called. Unlocked. */
void fx_iotarget_fail_waiting(struct fx_iotarget *target, NTSTATUS status);

/* --- Formatting (format.c) --- */

/* A buffer for a request to a target: any of an address, an MDL, a memory object. Length 0: none. */
struct fx_io_buffer {
    void *address;
    size_t length;
    MDL *mdl;                 /* Describes exactly these bytes; NULL: none known. */
    struct fx_memory *memory; /* Referenced while the request is formatted; NULL: none. */
    size_t offset;            /* In memory. */
};

/* What a request to a target says. */
struct fx_io_format {
    uint8_t major;
    WDF_REQUEST_TYPE type;
    ULONG ioctl;
    struct fx_io_buffer input;
    struct fx_io_buffer output;
    LONGLONG device_offset;
};

_Must_inspect_result_ NTSTATUS fx_request_format(struct fx_request *request,
                                                 struct fx_iotarget *target,
                                                 const struct fx_io_format *format);

/* Gives a request that the driver made an IRP of that many stack locations; what the former was marked with stays. */
_Must_inspect_result_ NTSTATUS fx_request_new_irp(struct fx_request *request, CCHAR stack_size);

/* Makes room for one more stack location: allocates or checks the IRP. STATUS_REQUEST_NOT_ACCEPTED. */
_Must_inspect_result_ NTSTATUS fx_request_prepare_irp(struct fx_request *request,
                                                      struct fx_iotarget *target);

/* The request is back from its target: buffers that were bounced are copied, the IRP gets its own back. */
void fx_request_unformat(struct fx_request *request);

/* Forgets what the request was formatted for; its own buffers are back in its IRP. */
void fx_request_reset_format(struct fx_request *request);

/* A request without a handle, for one synchronous send. */
void fx_request_init_internal(struct fx_request *request, struct fx_globals *globals);
void fx_request_fini_internal(struct fx_request *request);

/* Makes sure that the request has a timer. STATUS_INSUFFICIENT_RESOURCES. */
_Must_inspect_result_ NTSTATUS fx_request_make_timer(struct fx_request *request);

#endif
