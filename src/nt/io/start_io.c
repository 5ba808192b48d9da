/* SPDX-License-Identifier: MIT */
/*
 * The StartIo model: one request at a time, the others in the device queue. Cancelable packets are
 * protected by the cancel spin lock, as documented.
 */
#include "nt/io/io_priv.h"

enum {
    DEFERRED_START = 1,
    NON_CANCELABLE = 2
}; /* start_io_flags */

static void
start(PDEVICE_OBJECT device, PIRP irp)
{
    device->DriverObject->DriverStartIo(device, irp);
}

/* Takes the next IRP; with a key when `key` is not NULL. */
static PIRP
dequeue(PDEVICE_OBJECT device, const ULONG *key)
{
    PKDEVICE_QUEUE_ENTRY entry;

    device->CurrentIrp = NULL;
    entry = key != NULL ? KeRemoveByKeyDeviceQueue(&device->DeviceQueue, *key)
                        : KeRemoveDeviceQueue(&device->DeviceQueue);
    return entry == NULL ? NULL : CONTAINING_RECORD(entry, IRP, Tail.Overlay.DeviceQueueEntry);
}

static void
start_next(PDEVICE_OBJECT device, BOOLEAN cancelable, const ULONG *key)
{
    KIRQL irql = 0;
    PIRP irp;

    if (cancelable) {
        IoAcquireCancelSpinLock(&irql);
    }
    irp = dequeue(device, key);
    device->CurrentIrp = irp;
    if (irp != NULL && cancelable &&
        (io_device_extension(device)->start_io_flags & NON_CANCELABLE)) {
        IoSetCancelRoutine(irp, NULL);
    }
    if (cancelable) {
        IoReleaseCancelSpinLock(irql);
    }
    if (irp != NULL) {
        start(device, irp);
    }
}

/*
 * With deferred start, IoStartNextPacket called from inside StartIo does not recurse: the call that
 * is under way starts the next packet after StartIo has returned.
 */
static void
start_next_deferred(PDEVICE_OBJECT device, BOOLEAN cancelable, const ULONG *key)
{
    struct io_device_extension *extension = io_device_extension(device);

    if (InterlockedIncrement(&extension->start_io_count) > 1) {
        return;
    }
    do {
        start_next(device, cancelable, key);
    } while (InterlockedDecrement(&extension->start_io_count) > 0);
}

VOID
IoStartPacket(PDEVICE_OBJECT DeviceObject, PIRP Irp, PULONG Key, PDRIVER_CANCEL CancelFunction)
{
    struct io_device_extension *extension = io_device_extension(DeviceObject);
    KIRQL cancel_irql = 0;
    KIRQL irql;
    BOOLEAN queued;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    if (CancelFunction != NULL) {
        IoAcquireCancelSpinLock(&cancel_irql);
        IoSetCancelRoutine(Irp, CancelFunction);
    }
    queued = Key != NULL ? KeInsertByKeyDeviceQueue(&DeviceObject->DeviceQueue,
                                                    &Irp->Tail.Overlay.DeviceQueueEntry, *Key)
                         : KeInsertDeviceQueue(&DeviceObject->DeviceQueue,
                                               &Irp->Tail.Overlay.DeviceQueueEntry);
    if (queued) {
        if (CancelFunction != NULL) {
            /* Cancelled before it was queued: run the routine, which takes it out again. */
            if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL) {
                Irp->CancelIrql = cancel_irql;
                CancelFunction(DeviceObject, Irp);
            } else {
                IoReleaseCancelSpinLock(cancel_irql);
            }
        }
    } else {
        DeviceObject->CurrentIrp = Irp;
        if (CancelFunction != NULL) {
            if (extension->start_io_flags & NON_CANCELABLE) {
                IoSetCancelRoutine(Irp, NULL);
            }
            IoReleaseCancelSpinLock(cancel_irql);
        }
        if (extension->start_io_flags & DEFERRED_START) {
            InterlockedIncrement(&extension->start_io_count);
        }
        start(DeviceObject, Irp);
        if (extension->start_io_flags & DEFERRED_START) {
            while (InterlockedDecrement(&extension->start_io_count) > 0) {
                start_next(DeviceObject, CancelFunction != NULL, NULL);
            }
        }
    }
    KeLowerIrql(irql);
}

VOID
IoStartNextPacket(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable)
{
    if (io_device_extension(DeviceObject)->start_io_flags & DEFERRED_START) {
        start_next_deferred(DeviceObject, Cancelable, NULL);
    } else {
        start_next(DeviceObject, Cancelable, NULL);
    }
}

VOID
IoStartNextPacketByKey(PDEVICE_OBJECT DeviceObject, BOOLEAN Cancelable, ULONG Key)
{
    if (io_device_extension(DeviceObject)->start_io_flags & DEFERRED_START) {
        start_next_deferred(DeviceObject, Cancelable, &Key);
    } else {
        start_next(DeviceObject, Cancelable, &Key);
    }
}

VOID
IoSetStartIoAttributes(PDEVICE_OBJECT DeviceObject, BOOLEAN DeferredStartIo, BOOLEAN NonCancelable)
{
    io_device_extension(DeviceObject)->start_io_flags =
        (DeferredStartIo ? DEFERRED_START : 0) | (NonCancelable ? NON_CANCELABLE : 0);
}
