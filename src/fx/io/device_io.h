/* SPDX-License-Identifier: MIT */
/*
 * The I/O half of a device: what fx/pnp calls. Queues, routing of requests, file objects, the request
 * cache and the local I/O target hang on struct fx_io_device, which nobody outside fx/io and
 * fx/target looks into.
 *
 * Order of calls: create, then any number of (start, stop), then purge, then destroy. All at
 * PASSIVE_LEVEL but fx_io_dispatch.
 */
#ifndef OPENWDF_FX_IO_DEVICE_IO_H
#define OPENWDF_FX_IO_DEVICE_IO_H

#include "fx/pnp/device.h"

struct fx_io_device;

/*
 * Makes device->io and the local I/O target (device->self_target). WdfDeviceCreate calls it when all
 * that comes from WDFDEVICE_INIT is in *device and before an IRP can arrive. Power-managed queues
 * deliver nothing yet. STATUS_INSUFFICIENT_RESOURCES or what is wrong with the
 * request or file attributes.
 */
_Must_inspect_result_ NTSTATUS fx_io_device_create(struct fx_device *device);

/* Takes it back: the device's last reference went, or its creation failed. NULL device->io is allowed. */
void fx_io_device_destroy(struct fx_device *device);

/*
 * The device is in its working state (after EvtDeviceD0Entry; for control devices when finished):
 * power-managed queues deliver, EvtIoResume is called for what was suspended. The local target starts.
 */
void fx_io_device_start(struct fx_device *device);

/*
 * The device leaves its working state (before EvtDeviceD0Exit): power-managed queues stop delivering,
 * EvtIoStop (WdfRequestStopActionSuspend) is called for each request of theirs that the driver has
 * not completed. Returns when each of them is completed, requeued or acknowledged.
 */
void fx_io_device_stop(struct fx_device *device, bool suspend_only);

/* Power-managed queues deliver no more, that is all. fx_io_device_start takes it back. */
void fx_io_device_hold(struct fx_device *device);

/* From now on power-managed queues tell the power policy when they have requests (fx_policy_reference). */
void fx_io_device_watch(struct fx_device *device);

/*
 * The device is being removed or was surprise-removed, its hardware is released: power-managed queues
 * refuse new requests with STATUS_NO_SUCH_DEVICE, what waits in them is cancelled, and so is what the driver
 * marked cancelable; EvtIoStop (WdfRequestStopActionPurge) is called for the rest. Idempotent.
 */
void fx_io_device_purge_managed(struct fx_device *device);

/*
 * The last that a device hears of I/O, after EvtDeviceSelfManagedIoFlush: all queues are removed like
 * that (EvtIoStop for non-power-managed queues: fx_io_device_tell_removed). The local target closes and its
 * sent requests are cancelled. Does not wait for what the driver holds. Idempotent.
 */
void fx_io_device_purge(struct fx_device *device);
void fx_io_device_tell_removed(struct fx_device *device);

/* Takes a purge back: the same PDO is started again. */
void fx_io_device_revive(struct fx_device *device);

/* Waits until no queue of the device has a request that the driver owns. Before the device is deleted. */
void fx_io_device_wait_idle(struct fx_device *device);

/*
 * Create, cleanup, close, read, write, (internal) device control, and what else fx/pnp does not handle
 * itself: filters forward it, others refuse it with STATUS_INVALID_DEVICE_REQUEST. Any IRQL up to
 * DISPATCH_LEVEL. Returns what the dispatch routine must return.
 */
NTSTATUS fx_io_dispatch(struct fx_device *device, IRP *irp);

#endif
