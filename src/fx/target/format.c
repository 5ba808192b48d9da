/* SPDX-License-Identifier: MIT */
/*
 * Formatting requests for a target: what the next stack location says and where the data is, in the way
 * the target's device wants it (buffered, direct, neither).
 *
 * A request that arrived has buffers of its own in its IRP. They are saved when it is formatted for the
 * first time and put back when it returns.
 */
#include "fx/core/lock.h"
#include "fx/io/io_device.h"
#include "fx/target/iotarget.h"
#include "fx_imports.h"
#include "nt/io/io.h"
#include "sys/memory.h"

/* --- The IRP --------------------------------------------------------------------------------- */

NTSTATUS
fx_request_new_irp(struct fx_request *request, CCHAR stack_size)
{
    IRP *former = request->irp;
    IRP *irp = IoAllocateIrp(stack_size, FALSE);
    GUID activity;

    if (irp == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (request->object.globals->is_umdf) {
        io_irp_mark_um_driver(irp);
    }
    if (former != NULL) {
        if (NT_SUCCESS(IoGetActivityIdIrp(former, &activity))) {
            (void)IoSetActivityIdIrp(irp, &activity);
        }
        irp->Flags = (irp->Flags & ~(ULONG)IRP_UM_DRIVER_INITIATED_IO) |
                     (former->Flags & IRP_UM_DRIVER_INITIATED_IO);
        IoFreeIrp(former);
    }
    request->irp = irp;
    return STATUS_SUCCESS;
}

NTSTATUS
fx_request_prepare_irp(struct fx_request *request, struct fx_iotarget *target)
{
    DEVICE_OBJECT *wdm = fx_iotarget_wdm(target);
    IRP *irp = request->irp;

    if (wdm == NULL) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (request->kind == FX_REQUEST_CREATED && (irp == NULL || irp->StackCount < wdm->StackSize)) {
        return fx_request_new_irp(request, wdm->StackSize);
    }
    if (irp == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    /* Each driver below needs a location of its own. */
    if (irp->CurrentLocation - 1 < wdm->StackSize) {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    return STATUS_SUCCESS;
}

static void
save_buffers(struct fx_request *request)
{
    if (request->kind == FX_REQUEST_CREATED || (request->flags & FX_REQUEST_SAVED)) {
        return;
    }
    request->saved_system_buffer = request->irp->AssociatedIrp.SystemBuffer;
    request->saved_mdl = request->irp->MdlAddress;
    request->saved_user_buffer = request->irp->UserBuffer;
    request->saved_irp_flags = request->irp->Flags;
    request->flags |= FX_REQUEST_SAVED;
}

void
fx_request_unformat(struct fx_request *request)
{
    struct fx_request_io *io = &request->io;
    IRP *irp = request->irp;

    if (io->bounce_to != NULL && !NT_ERROR(request->status)) {
        size_t length =
            request->information < io->bounce_length ? request->information : io->bounce_length;

        memcpy(io->bounce_to, io->bounce, length);
    }
    io->bounce_to = NULL;
    if (request->flags & FX_REQUEST_SAVED) {
        irp->AssociatedIrp.SystemBuffer = request->saved_system_buffer;
        irp->MdlAddress = request->saved_mdl;
        irp->UserBuffer = request->saved_user_buffer;
        irp->Flags = request->saved_irp_flags;
        request->flags &= ~FX_REQUEST_SAVED;
    } else if (io->type != WdfRequestTypeNoFormat) {
        irp->AssociatedIrp.SystemBuffer = NULL;
        irp->MdlAddress = NULL;
        irp->UserBuffer = NULL;
    }
}

static void
unref_memory(struct fx_memory **memory)
{
    if (*memory != NULL) {
        fx_object_unref(&(*memory)->object);
        *memory = NULL;
    }
}

/* Drops what the last formatting refers to; what can be used again stays. */
static void
forget_format(struct fx_request *request)
{
    struct fx_request_io *io = &request->io;

    unref_memory(&io->input);
    unref_memory(&io->output);
    unref_memory(&io->other);
    if (io->mdl != NULL) {
        IoFreeMdl(io->mdl);
        io->mdl = NULL;
    }
    io->type = WdfRequestTypeNoFormat;
    io->bounce_to = NULL;
}

void
fx_request_reset_format(struct fx_request *request)
{
    /* The IRP must not keep pointing to what is given back now. */
    if (request->irp != NULL &&
        ((request->flags & FX_REQUEST_SAVED) != 0 ||
         (request->kind == FX_REQUEST_CREATED && request->io.type != WdfRequestTypeNoFormat))) {
        request->information = 0;
        fx_request_unformat(request);
    }
    forget_format(request);
    request->flags &= ~FX_REQUEST_FORMATTED;
}

void
fx_request_release_io(struct fx_request *request)
{
    fx_request_reset_format(request);
    sys_free(request->io.bounce);
    request->io.bounce = NULL;
    request->io.bounce_size = 0;
    if (request->timer != NULL) {
        /* It cannot be armed: its hold would have kept the request at the target. */
        sys_free(request->timer);
        request->timer = NULL;
    }
}

/* --- Where the data is ----------------------------------------------------------------------- */

static NTSTATUS
set_mdl(struct fx_request *request, const struct fx_io_buffer *buffer)
{
    MDL *mdl = buffer->mdl;

    if (buffer->length == 0) {
        request->irp->MdlAddress = NULL;
        return STATUS_SUCCESS;
    }
    if (mdl == NULL) {
        mdl = IoAllocateMdl(buffer->address, (ULONG)buffer->length, FALSE, FALSE, NULL);
        if (mdl == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        MmBuildMdlForNonPagedPool(mdl);
        request->io.mdl = mdl;
    }
    request->irp->MdlAddress = mdl;
    return STATUS_SUCCESS;
}

/* One system buffer for input and output, as METHOD_BUFFERED wants it. */
static NTSTATUS
set_system_buffer(struct fx_request *request, const struct fx_io_buffer *input,
                  const struct fx_io_buffer *output)
{
    struct fx_request_io *io = &request->io;
    size_t size = input->length > output->length ? input->length : output->length;

    if (output->length == 0) {
        request->irp->AssociatedIrp.SystemBuffer = input->address;
        return STATUS_SUCCESS;
    }
    if (input->length == 0 ||
        (input->address == output->address && input->length <= output->length)) {
        request->irp->AssociatedIrp.SystemBuffer = output->address;
        return STATUS_SUCCESS;
    }
    if (io->bounce_size < size) {
        void *bounce = sys_alloc(size);

        if (bounce == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        sys_free(io->bounce);
        io->bounce = bounce;
        io->bounce_size = size;
    }
    memcpy(io->bounce, input->address, input->length);
    io->bounce_to = output->address;
    io->bounce_length = output->length;
    request->irp->AssociatedIrp.SystemBuffer = io->bounce;
    return STATUS_SUCCESS;
}

static NTSTATUS
set_transfer(struct fx_request *request, const DEVICE_OBJECT *wdm,
             const struct fx_io_buffer *buffer)
{
    if (wdm->Flags & DO_BUFFERED_IO) {
        request->irp->AssociatedIrp.SystemBuffer = buffer->address;
        return STATUS_SUCCESS;
    }
    if (wdm->Flags & DO_DIRECT_IO) {
        return set_mdl(request, buffer);
    }
    request->irp->UserBuffer = buffer->address;
    return STATUS_SUCCESS;
}

static NTSTATUS
set_control(struct fx_request *request, IO_STACK_LOCATION *next, const struct fx_io_format *format)
{
    next->Parameters.DeviceIoControl.IoControlCode = format->ioctl;
    next->Parameters.DeviceIoControl.InputBufferLength = (ULONG)format->input.length;
    next->Parameters.DeviceIoControl.OutputBufferLength = (ULONG)format->output.length;
    switch (METHOD_FROM_CTL_CODE(format->ioctl)) {
    case METHOD_BUFFERED:
        return set_system_buffer(request, &format->input, &format->output);
    case METHOD_NEITHER:
        next->Parameters.DeviceIoControl.Type3InputBuffer = format->input.address;
        request->irp->UserBuffer = format->output.address;
        return STATUS_SUCCESS;
    default:
        request->irp->AssociatedIrp.SystemBuffer = format->input.address;
        return set_mdl(request, &format->output);
    }
}

static struct fx_memory *
ref_memory(struct fx_memory *memory)
{
    if (memory != NULL) {
        fx_object_ref(&memory->object);
    }
    return memory;
}

/* The next stack location, empty but for what is common. */
static IO_STACK_LOCATION *
begin_format(struct fx_request *request, struct fx_iotarget *target, uint8_t major)
{
    IO_STACK_LOCATION *next;

    fx_request_reset_format(request);
    save_buffers(request);
    next = IoGetNextIrpStackLocation(request->irp);
    memset(next, 0, sizeof(*next));
    next->MajorFunction = major;
    if (target->file == NULL && request->kind == FX_REQUEST_INCOMING) {
        next->FileObject = fx_request_stack(request)->FileObject;
    }
    request->irp->AssociatedIrp.SystemBuffer = NULL;
    request->irp->MdlAddress = NULL;
    request->irp->UserBuffer = NULL;
    request->flags |= FX_REQUEST_EXTRAS;
    return next;
}

NTSTATUS
fx_request_format(struct fx_request *request, struct fx_iotarget *target,
                  const struct fx_io_format *format)
{
    struct fx_request_io *io = &request->io;
    IO_STACK_LOCATION *next;
    NTSTATUS status;

    if (fx_request_owner(request) == FX_OWNER_TARGET) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (format->input.length > MAXULONG || format->output.length > MAXULONG) {
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_request_prepare_irp(request, target);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    next = begin_format(request, target, format->major);
    switch (format->major) {
    case IRP_MJ_READ:
        next->Parameters.Read.Length = (ULONG)format->output.length;
        next->Parameters.Read.ByteOffset.QuadPart = format->device_offset;
        status = set_transfer(request, fx_iotarget_wdm(target), &format->output);
        break;
    case IRP_MJ_WRITE:
        next->Parameters.Write.Length = (ULONG)format->input.length;
        next->Parameters.Write.ByteOffset.QuadPart = format->device_offset;
        status = set_transfer(request, fx_iotarget_wdm(target), &format->input);
        break;
    default:
        status = set_control(request, next, format);
        break;
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    io->type = format->type;
    io->ioctl = format->ioctl;
    io->input = ref_memory(format->input.memory);
    io->input_offset = format->input.offset;
    io->input_length = format->input.length;
    io->output = ref_memory(format->output.memory);
    io->output_offset = format->output.offset;
    io->output_length = format->output.length;
    request->flags |= FX_REQUEST_FORMATTED;
    request->target = target;
    return STATUS_SUCCESS;
}

/* --- WdfIoTargetFormatRequestFor… ------------------------------------------------------------ */

static NTSTATUS
memory_buffer(PWDF_DRIVER_GLOBALS driver_globals, WDFMEMORY handle, const WDFMEMORY_OFFSET *offset,
              struct fx_io_buffer *ret_buffer)
{
    struct fx_memory *memory = fx_handle_get_optional(driver_globals, handle, FX_TYPE_MEMORY);
    NTSTATUS status;

    memset(ret_buffer, 0, sizeof(*ret_buffer));
    if (memory == NULL) {
        return STATUS_SUCCESS;
    }
    status = fx_memory_range(memory, offset, &ret_buffer->address, &ret_buffer->length);
    if (!NT_SUCCESS(status)) {
        fx_log(fx_globals_of(driver_globals),
               "the transfer goes beyond the %lu bytes of memory object %p",
               (unsigned long)memory->size, handle);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (ret_buffer->length > MAXULONG) {
        fx_log(fx_globals_of(driver_globals), "an IRP cannot say a length of %lu bytes",
               (unsigned long)ret_buffer->length);
        return STATUS_INVALID_PARAMETER;
    }
    ret_buffer->memory = memory;
    ret_buffer->offset = offset == NULL ? 0 : offset->BufferOffset;
    if (memory->mdl != NULL && ret_buffer->offset == 0 &&
        ret_buffer->length == MmGetMdlByteCount(memory->mdl)) {
        ret_buffer->mdl = memory->mdl;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
format_with_memories(PWDF_DRIVER_GLOBALS driver_globals, WDFIOTARGET target_handle,
                     WDFREQUEST request_handle, struct fx_io_format *format, WDFMEMORY input,
                     const WDFMEMORY_OFFSET *input_offset, WDFMEMORY output,
                     const WDFMEMORY_OFFSET *output_offset)
{
    struct fx_iotarget *target = fx_handle_get(driver_globals, target_handle, FX_TYPE_IOTARGET);
    struct fx_request *request = fx_handle_get(driver_globals, request_handle, FX_TYPE_REQUEST);
    NTSTATUS status = memory_buffer(driver_globals, input, input_offset, &format->input);

    if (NT_SUCCESS(status)) {
        status = memory_buffer(driver_globals, output, output_offset, &format->output);
    }
    return NT_SUCCESS(status) ? fx_request_format(request, target, format) : status;
}

NTSTATUS
imp_WdfIoTargetFormatRequestForRead(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                    WDFREQUEST Request, WDFMEMORY OutputBuffer,
                                    PWDFMEMORY_OFFSET OutputBufferOffset, PLONGLONG DeviceOffset)
{
    struct fx_io_format format = {
        .major = IRP_MJ_READ,
        .type = WdfRequestTypeRead,
        .device_offset = DeviceOffset == NULL ? 0 : *DeviceOffset,
    };

    return format_with_memories(DriverGlobals, IoTarget, Request, &format, NULL, NULL, OutputBuffer,
                                OutputBufferOffset);
}

NTSTATUS
imp_WdfIoTargetFormatRequestForWrite(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                     WDFREQUEST Request, WDFMEMORY InputBuffer,
                                     PWDFMEMORY_OFFSET InputBufferOffset, PLONGLONG DeviceOffset)
{
    struct fx_io_format format = {
        .major = IRP_MJ_WRITE,
        .type = WdfRequestTypeWrite,
        .device_offset = DeviceOffset == NULL ? 0 : *DeviceOffset,
    };

    return format_with_memories(DriverGlobals, IoTarget, Request, &format, InputBuffer,
                                InputBufferOffset, NULL, NULL);
}

NTSTATUS
imp_WdfIoTargetFormatRequestForIoctl(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                     WDFREQUEST Request, ULONG IoctlCode, WDFMEMORY InputBuffer,
                                     PWDFMEMORY_OFFSET InputBufferOffset, WDFMEMORY OutputBuffer,
                                     PWDFMEMORY_OFFSET OutputBufferOffset)
{
    struct fx_io_format format = {
        .major = IRP_MJ_DEVICE_CONTROL,
        .type = WdfRequestTypeDeviceControl,
        .ioctl = IoctlCode,
    };

    return format_with_memories(DriverGlobals, IoTarget, Request, &format, InputBuffer,
                                InputBufferOffset, OutputBuffer, OutputBufferOffset);
}

NTSTATUS
imp_WdfIoTargetFormatRequestForInternalIoctl(PWDF_DRIVER_GLOBALS DriverGlobals,
                                             WDFIOTARGET IoTarget, WDFREQUEST Request,
                                             ULONG IoctlCode, WDFMEMORY InputBuffer,
                                             PWDFMEMORY_OFFSET InputBufferOffset,
                                             WDFMEMORY OutputBuffer,
                                             PWDFMEMORY_OFFSET OutputBufferOffset)
{
    struct fx_io_format format = {
        .major = IRP_MJ_INTERNAL_DEVICE_CONTROL,
        .type = WdfRequestTypeDeviceControlInternal,
        .ioctl = IoctlCode,
    };

    return format_with_memories(DriverGlobals, IoTarget, Request, &format, InputBuffer,
                                InputBufferOffset, OutputBuffer, OutputBufferOffset);
}

/* Three arguments whose meaning the two drivers agree on: the addresses go down as they are. */
static NTSTATUS
format_others(struct fx_request *request, struct fx_iotarget *target, ULONG ioctl,
              const struct fx_io_buffer arguments[3])
{
    IO_STACK_LOCATION *next;
    NTSTATUS status;

    if (fx_request_owner(request) == FX_OWNER_TARGET) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = fx_request_prepare_irp(request, target);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    next = begin_format(request, target, IRP_MJ_INTERNAL_DEVICE_CONTROL);
    next->Parameters.DeviceIoControl.IoControlCode = ioctl;
    next->Parameters.Others.Argument1 = arguments[0].address;
    next->Parameters.Others.Argument2 = arguments[1].address;
    next->Parameters.Others.Argument4 = arguments[2].address;
    request->io.type = WdfRequestTypeOther;
    request->io.ioctl = ioctl;
    request->io.input = ref_memory(arguments[0].memory);
    request->io.output = ref_memory(arguments[1].memory);
    request->io.other = ref_memory(arguments[2].memory);
    request->flags |= FX_REQUEST_FORMATTED;
    request->target = target;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfIoTargetFormatRequestForInternalIoctlOthers(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
    WDFMEMORY OtherArg1, PWDFMEMORY_OFFSET OtherArg1Offset, WDFMEMORY OtherArg2,
    PWDFMEMORY_OFFSET OtherArg2Offset, WDFMEMORY OtherArg4, PWDFMEMORY_OFFSET OtherArg4Offset)
{
    struct fx_iotarget *target = fx_handle_get(DriverGlobals, IoTarget, FX_TYPE_IOTARGET);
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);
    struct fx_io_buffer arguments[3];
    NTSTATUS status;

    status = memory_buffer(DriverGlobals, OtherArg1, OtherArg1Offset, &arguments[0]);
    if (NT_SUCCESS(status)) {
        status = memory_buffer(DriverGlobals, OtherArg2, OtherArg2Offset, &arguments[1]);
    }
    if (NT_SUCCESS(status)) {
        status = memory_buffer(DriverGlobals, OtherArg4, OtherArg4Offset, &arguments[2]);
    }
    return NT_SUCCESS(status) ? format_others(request, target, IoctlCode, arguments) : status;
}

/* --- WdfIoTargetSend…Synchronously ----------------------------------------------------------- */

static NTSTATUS
descriptor_buffer(PWDF_DRIVER_GLOBALS driver_globals, const WDF_MEMORY_DESCRIPTOR *descriptor,
                  struct fx_io_buffer *ret_buffer)
{
    memset(ret_buffer, 0, sizeof(*ret_buffer));
    if (descriptor == NULL) {
        return STATUS_SUCCESS;
    }
    switch (descriptor->Type) {
    case WdfMemoryDescriptorTypeBuffer:
        ret_buffer->address = descriptor->u.BufferType.Buffer;
        ret_buffer->length = descriptor->u.BufferType.Length;
        if (ret_buffer->address == NULL && ret_buffer->length != 0) {
            break;
        }
        return STATUS_SUCCESS;
    case WdfMemoryDescriptorTypeMdl:
        if (descriptor->u.MdlType.Mdl == NULL ||
            descriptor->u.MdlType.BufferLength > MmGetMdlByteCount(descriptor->u.MdlType.Mdl)) {
            break;
        }
        ret_buffer->length = descriptor->u.MdlType.BufferLength;
        ret_buffer->address =
            MmGetSystemAddressForMdlSafe(descriptor->u.MdlType.Mdl, NormalPagePriority);
        if (ret_buffer->length == MmGetMdlByteCount(descriptor->u.MdlType.Mdl)) {
            ret_buffer->mdl = descriptor->u.MdlType.Mdl;
        }
        return ret_buffer->address == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
    case WdfMemoryDescriptorTypeHandle:
        return memory_buffer(driver_globals, descriptor->u.HandleType.Memory,
                             descriptor->u.HandleType.Offsets, ret_buffer);
    default:
        break;
    }
    fx_log(fx_globals_of(driver_globals), "WDF_MEMORY_DESCRIPTOR (type %d) is not valid",
           (int)descriptor->Type);
    return STATUS_INVALID_PARAMETER;
}

/* Bugchecks on a bad handle, before anything else is looked at. */
static void
require_sync_handles(PWDF_DRIVER_GLOBALS driver_globals, WDFIOTARGET target, WDFREQUEST request)
{
    (void)fx_handle_get(driver_globals, target, FX_TYPE_IOTARGET);
    (void)fx_handle_get_optional(driver_globals, request, FX_TYPE_REQUEST);
}

/* What all synchronous senders check then. */
static NTSTATUS
sync_options(PWDF_DRIVER_GLOBALS driver_globals, const WDF_REQUEST_SEND_OPTIONS *given,
             WDF_REQUEST_SEND_OPTIONS *ret_options)
{
    memset(ret_options, 0, sizeof(*ret_options));
    ret_options->Size = sizeof(*ret_options);
    if (given != NULL) {
        if (given->Size != sizeof(*given)) {
            fx_log(fx_globals_of(driver_globals), "WDF_REQUEST_SEND_OPTIONS.Size is %u, not %u",
                   given->Size, (unsigned)sizeof(*given));
            return STATUS_INFO_LENGTH_MISMATCH;
        }
        if (given->Flags & WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET) {
            return STATUS_INVALID_PARAMETER;
        }
        *ret_options = *given;
    }
    if (KeGetCurrentIrql() > PASSIVE_LEVEL) {
        fx_log(fx_globals_of(driver_globals),
               "a synchronous request must be sent at PASSIVE_LEVEL");
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    ret_options->Flags |= WDF_REQUEST_SEND_OPTION_SYNCHRONOUS;
    return STATUS_SUCCESS;
}

/* Sends what is formatted; the request's final status. */
static NTSTATUS
send_formatted(struct fx_request *request, struct fx_iotarget *target,
               const WDF_REQUEST_SEND_OPTIONS *options, ULONG_PTR *ret_information)
{
    if (fx_request_send(request, target, options) && ret_information != NULL &&
        !NT_ERROR(request->status)) {
        *ret_information = request->information;
    }
    return request->status;
}

/* format: buffers are filled in here. others: the three arguments, or NULL. */
static NTSTATUS
send_synchronously(PWDF_DRIVER_GLOBALS driver_globals, WDFIOTARGET target_handle,
                   WDFREQUEST request_handle, struct fx_io_format *format,
                   const struct fx_io_buffer *others, const WDF_REQUEST_SEND_OPTIONS *given,
                   ULONG_PTR *ret_information)
{
    struct fx_iotarget *target = fx_handle_get(driver_globals, target_handle, FX_TYPE_IOTARGET);
    struct fx_request *request =
        fx_handle_get_optional(driver_globals, request_handle, FX_TYPE_REQUEST);
    WDF_REQUEST_SEND_OPTIONS options;
    struct fx_request internal;
    NTSTATUS status = sync_options(driver_globals, given, &options);

    if (ret_information != NULL) {
        *ret_information = 0;
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (request == NULL) {
        fx_request_init_internal(&internal, fx_globals_of(driver_globals));
        request = &internal;
    } else if (fx_request_owner(request) != FX_OWNER_DRIVER &&
               fx_request_owner(request) != FX_OWNER_CANCELED) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = others != NULL ? format_others(request, target, format->ioctl, others)
                            : fx_request_format(request, target, format);
    if (NT_SUCCESS(status)) {
        status = send_formatted(request, target, &options, ret_information);
    }
    if (request == &internal) {
        fx_request_fini_internal(&internal);
    } else {
        fx_request_reset_format(request);
    }
    return status;
}

NTSTATUS
imp_WdfIoTargetSendReadSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                     WDFREQUEST Request, PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                     PLONGLONG DeviceOffset,
                                     PWDF_REQUEST_SEND_OPTIONS RequestOptions, PULONG_PTR BytesRead)
{
    struct fx_io_format format = {
        .major = IRP_MJ_READ,
        .type = WdfRequestTypeRead,
        .device_offset = DeviceOffset == NULL ? 0 : *DeviceOffset,
    };
    NTSTATUS status;

    require_sync_handles(DriverGlobals, IoTarget, Request);
    status = descriptor_buffer(DriverGlobals, OutputBuffer, &format.output);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return send_synchronously(DriverGlobals, IoTarget, Request, &format, NULL, RequestOptions,
                              BytesRead);
}

NTSTATUS
imp_WdfIoTargetSendWriteSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                      WDFREQUEST Request, PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                      PLONGLONG DeviceOffset,
                                      PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                      PULONG_PTR BytesWritten)
{
    struct fx_io_format format = {
        .major = IRP_MJ_WRITE,
        .type = WdfRequestTypeWrite,
        .device_offset = DeviceOffset == NULL ? 0 : *DeviceOffset,
    };
    NTSTATUS status;

    require_sync_handles(DriverGlobals, IoTarget, Request);
    status = descriptor_buffer(DriverGlobals, InputBuffer, &format.input);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return send_synchronously(DriverGlobals, IoTarget, Request, &format, NULL, RequestOptions,
                              BytesWritten);
}

static NTSTATUS
send_control(PWDF_DRIVER_GLOBALS driver_globals, WDFIOTARGET target, WDFREQUEST request,
             struct fx_io_format *format, const WDF_MEMORY_DESCRIPTOR *input,
             const WDF_MEMORY_DESCRIPTOR *output, const WDF_REQUEST_SEND_OPTIONS *options,
             ULONG_PTR *ret_information)
{
    NTSTATUS status;

    require_sync_handles(driver_globals, target, request);
    status = descriptor_buffer(driver_globals, input, &format->input);
    if (NT_SUCCESS(status)) {
        status = descriptor_buffer(driver_globals, output, &format->output);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return send_synchronously(driver_globals, target, request, format, NULL, options,
                              ret_information);
}

NTSTATUS
imp_WdfIoTargetSendIoctlSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                      WDFREQUEST Request, ULONG IoctlCode,
                                      PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                      PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                      PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                      PULONG_PTR BytesReturned)
{
    struct fx_io_format format = {
        .major = IRP_MJ_DEVICE_CONTROL,
        .type = WdfRequestTypeDeviceControl,
        .ioctl = IoctlCode,
    };

    return send_control(DriverGlobals, IoTarget, Request, &format, InputBuffer, OutputBuffer,
                        RequestOptions, BytesReturned);
}

NTSTATUS
imp_WdfIoTargetSendInternalIoctlSynchronously(PWDF_DRIVER_GLOBALS DriverGlobals,
                                              WDFIOTARGET IoTarget, WDFREQUEST Request,
                                              ULONG IoctlCode, PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                              PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                              PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                              PULONG_PTR BytesReturned)
{
    struct fx_io_format format = {
        .major = IRP_MJ_INTERNAL_DEVICE_CONTROL,
        .type = WdfRequestTypeDeviceControlInternal,
        .ioctl = IoctlCode,
    };

    return send_control(DriverGlobals, IoTarget, Request, &format, InputBuffer, OutputBuffer,
                        RequestOptions, BytesReturned);
}

NTSTATUS
imp_WdfIoTargetSendInternalIoctlOthersSynchronously(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
    PWDF_MEMORY_DESCRIPTOR OtherArg1, PWDF_MEMORY_DESCRIPTOR OtherArg2,
    PWDF_MEMORY_DESCRIPTOR OtherArg4, PWDF_REQUEST_SEND_OPTIONS RequestOptions,
    PULONG_PTR BytesReturned)
{
    const WDF_MEMORY_DESCRIPTOR *descriptors[3] = {OtherArg1, OtherArg2, OtherArg4};
    struct fx_io_format format = {
        .major = IRP_MJ_INTERNAL_DEVICE_CONTROL,
        .ioctl = IoctlCode,
    };
    struct fx_io_buffer others[3];

    require_sync_handles(DriverGlobals, IoTarget, Request);
    for (int i = 0; i < 3; i++) {
        NTSTATUS status = descriptor_buffer(DriverGlobals, descriptors[i], &others[i]);

        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
    return send_synchronously(DriverGlobals, IoTarget, Request, &format, others, RequestOptions,
                              BytesReturned);
}

/* --- WdfRequestFormat… ----------------------------------------------------------------------- */

/* The request has an IRP with a free stack location; documented bugchecks otherwise. */
static void
require_location(PWDF_DRIVER_GLOBALS driver_globals, const struct fx_request *request,
                 WDFREQUEST handle, const char *function)
{
    if (request->irp == NULL) {
        fx_bugcheck(fx_globals_of(driver_globals), WDF_REQUEST_FATAL_ERROR,
                    WDF_REQUEST_FATAL_ERROR_NULL_IRP, (ULONG_PTR)handle, 0,
                    "%s: the request %p has no IRP", function, handle);
    }
    if (request->irp->CurrentLocation <= 1) {
        fx_bugcheck(fx_globals_of(driver_globals), WDF_REQUEST_FATAL_ERROR,
                    WDF_REQUEST_FATAL_ERROR_NO_MORE_STACK_LOCATIONS, (ULONG_PTR)request->irp, 0,
                    "%s: the IRP of request %p has no more stack locations", function, handle);
    }
}

VOID
imp_WdfRequestFormatRequestUsingCurrentType(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    require_location(DriverGlobals, request, Request, "WdfRequestFormatRequestUsingCurrentType");
    if (__builtin_expect(request->flags & (FX_REQUEST_SAVED | FX_REQUEST_EXTRAS), 0)) {
        fx_request_reset_format(request);
    }
    IoCopyCurrentIrpStackLocationToNext(request->irp);
    request->flags |= FX_REQUEST_FORMATTED;
}

VOID
imp_WdfRequestWdmFormatUsingStackLocation(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                          PIO_STACK_LOCATION Stack)
{
    struct fx_request *request = fx_handle_get(DriverGlobals, Request, FX_TYPE_REQUEST);

    fx_require(DriverGlobals, Stack);
    require_location(DriverGlobals, request, Request, "WdfRequestWdmFormatUsingStackLocation");
    fx_request_reset_format(request);
    *IoGetNextIrpStackLocation(request->irp) = *Stack;
    request->flags |= FX_REQUEST_FORMATTED;
}
