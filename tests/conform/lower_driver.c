/* SPDX-License-Identifier: MIT */
#include "lower_driver.h"

#include <string.h>

struct lower_state below;

typedef struct extension {
    DEVICE_OBJECT *next;
} EXTENSION;

static NTSTATUS
finish(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

void
lower_complete_pending(NTSTATUS status)
{
    IRP *irp = below.pending;

    below.pending = NULL;
    if (IoSetCancelRoutine(irp, NULL) != NULL || below.answer == PEND_DEAF) {
        finish(irp, status, 0);
    }
}

static VOID
lower_cancel(PDEVICE_OBJECT device, PIRP irp)
{
    IoReleaseCancelSpinLock(irp->CancelIrql);
    below.pending = NULL;
    finish(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS
lower_io(PDEVICE_OBJECT device, PIRP irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    below.count++;
    below.last = *stack;
    below.system_buffer = irp->AssociatedIrp.SystemBuffer;
    if (below.answer != COMPLETE) {
        IoMarkIrpPending(irp);
        below.pending = irp;
        if (below.answer == PEND) {
            (void)IoSetCancelRoutine(irp, lower_cancel);
            if (__atomic_load_n(&irp->Cancel, __ATOMIC_ACQUIRE) &&
                IoSetCancelRoutine(irp, NULL) != NULL) {
                below.pending = NULL;
                finish(irp, STATUS_CANCELLED, 0);
            }
        }
        return STATUS_PENDING;
    }
    switch (stack->MajorFunction) {
    case IRP_MJ_READ:
        memset(irp->AssociatedIrp.SystemBuffer, 'r', stack->Parameters.Read.Length);
        return finish(irp, below.status, stack->Parameters.Read.Length);
    case IRP_MJ_WRITE:
        return finish(irp, below.status, stack->Parameters.Write.Length);
    default: {
        ULONG length = stack->Parameters.DeviceIoControl.OutputBufferLength;

        if (below.others) {
            return finish(irp, below.status, 0);
        }
        if (length != 0) {
            memset(irp->AssociatedIrp.SystemBuffer, 'c', length);
        }
        return finish(irp, below.status, length);
    }
    }
}

static NTSTATUS
lower_file(PDEVICE_OBJECT device, PIRP irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MajorFunction) {
    case IRP_MJ_CREATE:
        below.creates++;
        break;
    case IRP_MJ_CLOSE:
        below.closes++;
        break;
    default:
        break;
    }
    return finish(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS
lower_pass(PDEVICE_OBJECT device, PIRP irp)
{
    EXTENSION *extension = device->DeviceExtension;
    DEVICE_OBJECT *next = extension->next;
    bool removing = IoGetCurrentIrpStackLocation(irp)->MinorFunction == IRP_MN_REMOVE_DEVICE;
    NTSTATUS status;

    IoSkipCurrentIrpStackLocation(irp);
    status = IoCallDriver(next, irp);
    if (removing) {
        IoDetachDevice(next);
        IoDeleteDevice(device);
    }
    return status;
}

static NTSTATUS
lower_power(PDEVICE_OBJECT device, PIRP irp)
{
    EXTENSION *extension = device->DeviceExtension;

    PoStartNextPowerIrp(irp);
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(extension->next, irp);
}

static NTSTATUS
lower_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical)
{
    DEVICE_OBJECT *device;
    EXTENSION *extension;
    NTSTATUS status =
        IoCreateDevice(driver, sizeof(EXTENSION), NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    below.device = device;
    extension = device->DeviceExtension;
    extension->next = IoAttachDeviceToDeviceStack(device, physical);
    device->Flags |= DO_BUFFERED_IO;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID
lower_unload(PDRIVER_OBJECT driver)
{
}

bench_status
lower_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    driver->DriverExtension->AddDevice = lower_add;
    driver->DriverUnload = lower_unload;
    driver->MajorFunction[IRP_MJ_READ] = lower_io;
    driver->MajorFunction[IRP_MJ_WRITE] = lower_io;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = lower_io;
    driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = lower_io;
    driver->MajorFunction[IRP_MJ_CREATE] = lower_file;
    driver->MajorFunction[IRP_MJ_CLEANUP] = lower_file;
    driver->MajorFunction[IRP_MJ_CLOSE] = lower_file;
    driver->MajorFunction[IRP_MJ_PNP] = lower_pass;
    driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = lower_pass;
    driver->MajorFunction[IRP_MJ_POWER] = lower_power;
    return STATUS_SUCCESS;
}
