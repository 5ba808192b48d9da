/* SPDX-License-Identifier: MIT */
/*
 * Building IRPs for other drivers.
 *
 * "Threaded" ones (IoBuildDeviceIoControlRequest, IoBuildSynchronousFsdRequest) are freed by their
 * completion, which also copies buffered output back, fills in the caller's status block and sets
 * its event, in this order. Those of IoBuildAsynchronousFsdRequest belong to the caller, who frees
 * the IRP and, as documented, its MDLs or system buffer in a completion routine.
 */
#include "nt/io/io_priv.h"

#define IO_BUFFER_TAG 'fBoI'

static void
free_mdls(PIRP irp)
{
    while (irp->MdlAddress != NULL) {
        PMDL mdl = irp->MdlAddress;

        irp->MdlAddress = mdl->Next;
        if (mdl->MdlFlags & MDL_PAGES_LOCKED) {
            MmUnlockPages(mdl);
        }
        IoFreeMdl(mdl);
    }
}

static void
free_buffers(PIRP irp)
{
    free_mdls(irp);
    if (irp->Flags & IRP_DEALLOCATE_BUFFER) {
        ExFreePoolWithTag(irp->AssociatedIrp.SystemBuffer, IO_BUFFER_TAG);
        irp->Flags &= ~(ULONG)IRP_DEALLOCATE_BUFFER;
    }
}

static void
finish_threaded(struct io_irp_block *block, PIRP irp)
{
    PIO_STATUS_BLOCK user_iosb = irp->UserIosb;
    PKEVENT event = irp->UserEvent;
    IO_STATUS_BLOCK result = irp->IoStatus;

    if ((irp->Flags & IRP_INPUT_OPERATION) && !NT_ERROR(result.Status) &&
        result.Status != STATUS_VERIFY_REQUIRED && irp->UserBuffer != NULL) {
        SIZE_T room = (SIZE_T)(ULONG_PTR)block->owner;

        RtlCopyMemory(irp->UserBuffer, irp->AssociatedIrp.SystemBuffer,
                      result.Information < room ? result.Information : room);
    }
    free_buffers(irp);
    io_irp_free(irp);
    if (user_iosb != NULL) {
        *user_iosb = result;
    }
    if (event != NULL) {
        KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    }
}

/* An MDL over a buffer of the caller, probed and locked. The buffer's address may be bad. */
static NTSTATUS
lock_buffer(PIRP irp, PVOID buffer, ULONG length, LOCK_OPERATION operation)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(mdl);
    (void)operation;
    irp->MdlAddress = mdl;
    return STATUS_SUCCESS;
}

/* A system buffer of `size` bytes whose first `input_length` are a copy of `input`. */
static NTSTATUS
system_buffer(PIRP irp, const void *input, ULONG input_length, ULONG size)
{
    PVOID buffer;

    if (size == 0) {
        return STATUS_SUCCESS;
    }
    buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, size, IO_BUFFER_TAG);
    if (buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (input != NULL) {
        RtlCopyMemory(buffer, input, input_length);
    }
    irp->AssociatedIrp.SystemBuffer = buffer;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return STATUS_SUCCESS;
}

static NTSTATUS
set_ioctl_buffers(PIRP irp, PIO_STACK_LOCATION stack, ULONG method, PVOID input, ULONG input_length,
                  PVOID output, ULONG output_length)
{
    NTSTATUS status;

    switch (method) {
    case METHOD_BUFFERED:
        status = system_buffer(irp, input, input_length,
                               input_length > output_length ? input_length : output_length);
        if (NT_SUCCESS(status) && output_length > 0 && output != NULL) {
            irp->UserBuffer = output;
            irp->Flags |= IRP_INPUT_OPERATION;
        }
        return status;
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        status = system_buffer(irp, input, input_length, input_length);
        if (NT_SUCCESS(status) && output_length > 0 && output != NULL) {
            status = lock_buffer(irp, output, output_length,
                                 method == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess);
        }
        return status;
    default: /* METHOD_NEITHER */
        irp->UserBuffer = output;
        stack->Parameters.DeviceIoControl.Type3InputBuffer = input;
        return STATUS_SUCCESS;
    }
}

/* Makes the IRP one whose completion ends it for the calling thread. */
static void
make_threaded(PIRP irp, PKEVENT event, PIO_STATUS_BLOCK iosb, ULONG output_room)
{
    struct io_irp_block *block = io_block_of_irp(irp);

    irp->UserEvent = event;
    irp->UserIosb = iosb;
    irp->Tail.Overlay.Thread = (PETHREAD)KeGetCurrentThread();
    block->finish = finish_threaded;
    block->owner = (void *)(ULONG_PTR)output_room;
}

PIRP
IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject, PVOID InputBuffer,
                              ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength,
                              BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                              PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP irp = io_irp_allocate((unsigned)DeviceObject->StackSize, __builtin_return_address(0));
    PIO_STACK_LOCATION stack;

    if (irp == NULL) {
        return NULL;
    }
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction =
        InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
    stack->Parameters.DeviceIoControl.IoControlCode = IoControlCode;
    stack->Parameters.DeviceIoControl.InputBufferLength = InputBufferLength;
    stack->Parameters.DeviceIoControl.OutputBufferLength = OutputBufferLength;
    if (!NT_SUCCESS(set_ioctl_buffers(irp, stack, METHOD_FROM_CTL_CODE(IoControlCode), InputBuffer,
                                      InputBufferLength, OutputBuffer, OutputBufferLength))) {
        free_buffers(irp);
        io_irp_free(irp);
        return NULL;
    }
    make_threaded(irp, Event, IoStatusBlock, OutputBufferLength);
    return irp;
}

/* The transfer parameters and buffers of a read or write. */
static NTSTATUS
set_transfer(PIRP irp, PDEVICE_OBJECT device, ULONG major, PVOID buffer, ULONG length,
             PLARGE_INTEGER offset)
{
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    NTSTATUS status = STATUS_SUCCESS;

    if (io_device_flags(device) & DO_BUFFERED_IO) {
        status = system_buffer(irp, major == IRP_MJ_WRITE ? buffer : NULL, length, length);
        if (NT_SUCCESS(status) && major == IRP_MJ_READ && length > 0) {
            irp->UserBuffer = buffer;
            irp->Flags |= IRP_INPUT_OPERATION;
        }
    } else if (io_device_flags(device) & DO_DIRECT_IO) {
        if (length > 0) {
            status = lock_buffer(irp, buffer, length,
                                 major == IRP_MJ_READ ? IoWriteAccess : IoReadAccess);
        }
    } else {
        irp->UserBuffer = buffer;
    }
    if (major == IRP_MJ_READ) {
        stack->Parameters.Read.Length = length;
        stack->Parameters.Read.ByteOffset.QuadPart = offset != NULL ? offset->QuadPart : 0;
        irp->Flags |= IRP_READ_OPERATION;
    } else {
        stack->Parameters.Write.Length = length;
        stack->Parameters.Write.ByteOffset.QuadPart = offset != NULL ? offset->QuadPart : 0;
        irp->Flags |= IRP_WRITE_OPERATION;
    }
    return status;
}

static PIRP
build_fsd(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length, PLARGE_INTEGER offset,
          void *caller)
{
    PIRP irp = io_irp_allocate((unsigned)device->StackSize, caller);

    if (irp == NULL) {
        return NULL;
    }
    IoGetNextIrpStackLocation(irp)->MajorFunction = (UCHAR)major;
    if ((major == IRP_MJ_READ || major == IRP_MJ_WRITE) &&
        !NT_SUCCESS(set_transfer(irp, device, major, buffer, length, offset))) {
        free_buffers(irp);
        io_irp_free(irp);
        return NULL;
    }
    return irp;
}

PIRP
IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer,
                              ULONG Length, PLARGE_INTEGER StartingOffset,
                              PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP irp = build_fsd(MajorFunction, DeviceObject, Buffer, Length, StartingOffset,
                         __builtin_return_address(0));

    if (irp != NULL) {
        irp->UserIosb = IoStatusBlock;
        irp->Tail.Overlay.Thread = (PETHREAD)KeGetCurrentThread();
    }
    return irp;
}

PIRP
IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer,
                             ULONG Length, PLARGE_INTEGER StartingOffset, PKEVENT Event,
                             PIO_STATUS_BLOCK IoStatusBlock)
{
    PIRP irp = build_fsd(MajorFunction, DeviceObject, Buffer, Length, StartingOffset,
                         __builtin_return_address(0));

    if (irp != NULL) {
        make_threaded(irp, Event, IoStatusBlock, Length);
    }
    return irp;
}

PIRP
IoMakeAssociatedIrp(PIRP Irp, CCHAR StackSize)
{
    PIRP associated = io_irp_allocate((unsigned)StackSize, __builtin_return_address(0));

    if (associated != NULL) {
        associated->Flags |= IRP_ASSOCIATED_IRP;
        associated->Tail.Overlay.Thread = Irp->Tail.Overlay.Thread;
        associated->AssociatedIrp.MasterIrp = Irp;
    }
    return associated;
}
