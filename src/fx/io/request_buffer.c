/* SPDX-License-Identifier: MIT */
/*
 * The buffers of a request that arrived: where they are follows from the major function, and from
 * the device's (read, write) or the control code's buffer access method.
 */
#include "base/assert.h"
#include "base/hot.h"
#include "fx/io/io_device.h"
#include "fx_imports.h"
#include "sys/memory.h"
#include "nt/io/io.h"

enum method {
    BUFFERED, /* irp->AssociatedIrp.SystemBuffer */
    DIRECT,   /* irp->MdlAddress */
    NEITHER,  /* The requestor's address. */
    NO_BUFFER,
};

struct place {
    enum method method;
    size_t length;
    void *address; /* BUFFERED, NEITHER */
    MDL *mdl;      /* DIRECT */
};

static enum method
device_method(const struct fx_device *device)
{
    if (io_device_flags(device->wdm) & DO_BUFFERED_IO) {
        return BUFFERED;
    }
    return io_device_flags(device->wdm) & DO_DIRECT_IO ? DIRECT : NEITHER;
}

/* Where the input or output buffer is. NO_BUFFER: this type of request has none. */
static inline struct place
locate(const struct fx_request *request, int which)
{
    IRP *irp = request->irp;
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct place place = {.method = NO_BUFFER};
    ULONG code;

    switch (stack->MajorFunction) {
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        code = stack->Parameters.DeviceIoControl.IoControlCode;
        place.length = which == FX_INPUT ? stack->Parameters.DeviceIoControl.InputBufferLength
                                         : stack->Parameters.DeviceIoControl.OutputBufferLength;
        switch (METHOD_FROM_CTL_CODE(code)) {
        case METHOD_BUFFERED:
            place.method = BUFFERED;
            break;
        case METHOD_NEITHER:
            place.method = NEITHER;
            place.address = which == FX_INPUT ? stack->Parameters.DeviceIoControl.Type3InputBuffer
                                              : irp->UserBuffer;
            break;
        default:
            place.method = which == FX_INPUT ? BUFFERED : DIRECT;
            break;
        }
        break;
    case IRP_MJ_READ:
        if (which == FX_OUTPUT) {
            place.method = device_method(request->device);
            place.length = stack->Parameters.Read.Length;
            place.address = irp->UserBuffer;
        }
        break;
    case IRP_MJ_WRITE:
        if (which == FX_INPUT) {
            place.method = device_method(request->device);
            place.length = stack->Parameters.Write.Length;
            place.address = irp->UserBuffer;
        }
        break;
    default:
        break;
    }
    if (place.method == BUFFERED) {
        place.address = irp->AssociatedIrp.SystemBuffer;
    } else if (place.method == DIRECT) {
        place.mdl = irp->MdlAddress;
    }
    return place;
}

/* The address of a buffer as the documentation lets a driver have it. */
static inline NTSTATUS
resolve(const struct fx_request *request, int which, size_t minimum, struct place *ret_place)
{
    struct place place;

    if (__builtin_expect(request->irp == NULL, 0)) {
        return STATUS_INTERNAL_ERROR; /* Completed. */
    }
    if (__builtin_expect(request->kind != FX_REQUEST_INCOMING, 0)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    place = locate(request, which);
    if (__builtin_expect(place.method == NO_BUFFER, 0)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    /* Only a driver's requests and internal ones have addresses that may be used as they are. */
    if (place.method == NEITHER && request->irp->RequestorMode != KernelMode &&
        request->major != IRP_MJ_INTERNAL_DEVICE_CONTROL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (__builtin_expect(place.length == 0 || place.length < minimum, 0)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (place.method == DIRECT) {
        place.address =
            place.mdl == NULL ? NULL : MmGetSystemAddressForMdlSafe(place.mdl, NormalPagePriority);
        if (place.address == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    *ret_place = place;
    return STATUS_SUCCESS;
}

/*
 * The same for what drivers ask for most, the buffers of buffered device controls; 0 bytes: not this simple.
 */
static inline size_t
resolve_simple(const struct fx_request *request, int which, PVOID *ret_address)
{
    IRP *irp = request->irp;
    const IO_STACK_LOCATION *stack;

    if (irp == NULL || request->kind != FX_REQUEST_INCOMING) {
        return 0;
    }
    stack = IoGetCurrentIrpStackLocation(irp);
    if (stack->MajorFunction != IRP_MJ_DEVICE_CONTROL ||
        METHOD_FROM_CTL_CODE(stack->Parameters.DeviceIoControl.IoControlCode) != METHOD_BUFFERED) {
        return 0;
    }
    *ret_address = irp->AssociatedIrp.SystemBuffer;
    return which == FX_INPUT ? stack->Parameters.DeviceIoControl.InputBufferLength
                             : stack->Parameters.DeviceIoControl.OutputBufferLength;
}

static __attribute__((noinline)) NTSTATUS
retrieve_any_buffer(const struct fx_request *request, int which, size_t minimum, PVOID *Buffer,
                    size_t *Length)
{
    struct place place;
    NTSTATUS status;

    status = resolve(request, which, minimum, &place);
    if (NT_SUCCESS(status)) {
        *Buffer = place.address;
        if (Length != NULL) {
            *Length = place.length;
        }
    }
    return status;
}

static inline __attribute__((always_inline)) NTSTATUS
retrieve_buffer(PWDF_DRIVER_GLOBALS driver_globals, WDFREQUEST handle, int which, size_t minimum,
                PVOID *Buffer, size_t *Length)
{
    struct fx_request *request = fx_handle_get(driver_globals, handle, FX_TYPE_REQUEST);
    PVOID address;
    size_t length;

    fx_require(driver_globals, Buffer);
    length = resolve_simple(request, which, &address);
    if (length == 0 || length < minimum) {
        return retrieve_any_buffer(request, which, minimum, Buffer, Length);
    }
    *Buffer = address;
    if (Length != NULL) {
        *Length = length;
    }
    return STATUS_SUCCESS;
}

BASE_HOT NTSTATUS
imp_WdfRequestRetrieveInputBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                  size_t MinimumRequiredLength, PVOID *Buffer, size_t *Length)
{
    return retrieve_buffer(DriverGlobals, Request, FX_INPUT, MinimumRequiredLength, Buffer, Length);
}

BASE_HOT NTSTATUS
imp_WdfRequestRetrieveOutputBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                   size_t MinimumRequiredSize, PVOID *Buffer, size_t *Length)
{
    return retrieve_buffer(DriverGlobals, Request, FX_OUTPUT, MinimumRequiredSize, Buffer, Length);
}

/* --- Memory objects -------------------------------------------------------------------------- */

/* A memory object inside a request holds the request's memory. */
static void
memory_free(struct fx_object *object)
{
    struct fx_request_memory *memory = (struct fx_request_memory *)object;

    fx_object_unref(&memory->request->object);
}

static const struct fx_class request_memory_class = {
    .type = FX_TYPE_MEMORY,
    .name = "WDFMEMORY",
    .size = sizeof(struct fx_memory),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
    .free = memory_free,
};

static NTSTATUS
retrieve_memory(PWDF_DRIVER_GLOBALS driver_globals, WDFREQUEST handle, int which,
                WDFMEMORY *ret_memory)
{
    static const uint32_t live[] = {FX_REQUEST_INPUT, FX_REQUEST_OUTPUT};
    struct fx_request *request = fx_handle_get(driver_globals, handle, FX_TYPE_REQUEST);
    struct fx_memory *memory = &request->memory[which].memory;
    struct place place;
    NTSTATUS status;

    fx_require(driver_globals, ret_memory);
    status = resolve(request, which, 0, &place);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if ((request->flags & live[which]) == 0) {
        fx_memory_init_embedded(memory, &request_memory_class, request->object.globals,
                                place.address, place.length, request->major == IRP_MJ_WRITE);
        memory->mdl = place.mdl;
        request->memory[which].request = request;
        fx_object_ref(&request->object);
        request->flags |= live[which];
    }
    *ret_memory = fx_object_handle(&memory->object);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestRetrieveInputMemory(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                  WDFMEMORY *Memory)
{
    return retrieve_memory(DriverGlobals, Request, FX_INPUT, Memory);
}

NTSTATUS
imp_WdfRequestRetrieveOutputMemory(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                   WDFMEMORY *Memory)
{
    return retrieve_memory(DriverGlobals, Request, FX_OUTPUT, Memory);
}

/* "Outstanding references to the input buffer, the output buffer, or both": WDF_VERIFIER_FATAL_ERROR. */
static void
check_memory_references(struct fx_request *request)
{
    uint32_t left = 0;

    for (int which = FX_INPUT; which <= FX_OUTPUT; which++) {
        if (request->flags & (which == FX_INPUT ? FX_REQUEST_INPUT : FX_REQUEST_OUTPUT)) {
            left += atomic_load_u32(&request->memory[which].memory.object.refs) - 1;
        }
    }
    if (left != 0) {
        fx_bugcheck(request->object.globals, WDF_VERIFIER_FATAL_ERROR,
                    (ULONG_PTR)fx_request_handle(request), left, 0,
                    "the request %p is completed while %u references to its buffers are "
                    "outstanding",
                    fx_request_handle(request), left);
    }
}

void
fx_request_release_buffers(struct fx_request *request)
{
    if ((request->object.globals->debug_flags & FX_DEBUG_VERIFIER) != 0) {
        check_memory_references(request);
    }
    for (int which = FX_INPUT; which <= FX_OUTPUT; which++) {
        uint32_t live = which == FX_INPUT ? FX_REQUEST_INPUT : FX_REQUEST_OUTPUT;

        if (request->flags & live) {
            struct fx_object *object = &request->memory[which].memory.object;

            request->flags &= ~live;
            if (fx_object_retire(object)) {
                fx_object_unref(&request->object);
            } else {
                (void)fx_object_delete(object);
            }
        }
        if (request->buffer_mdl[which] != NULL) {
            IoFreeMdl(request->buffer_mdl[which]);
            request->buffer_mdl[which] = NULL;
        }
    }
    request->flags &= ~FX_REQUEST_MDL;
}

/* --- MDLs ------------------------------------------------------------------------------------ */

static NTSTATUS
retrieve_mdl(PWDF_DRIVER_GLOBALS driver_globals, WDFREQUEST handle, int which, PMDL *ret_mdl)
{
    struct fx_request *request = fx_handle_get(driver_globals, handle, FX_TYPE_REQUEST);
    struct place place;
    NTSTATUS status;

    fx_require(driver_globals, ret_mdl);
    status = resolve(request, which, 0, &place);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (place.mdl != NULL) {
        *ret_mdl = place.mdl;
        return STATUS_SUCCESS;
    }
    if (request->buffer_mdl[which] == NULL) {
        MDL *mdl = IoAllocateMdl(place.address, (ULONG)place.length, FALSE, FALSE, NULL);

        if (mdl == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        MmBuildMdlForNonPagedPool(mdl);
        request->buffer_mdl[which] = mdl;
        request->flags |= FX_REQUEST_MDL;
    }
    *ret_mdl = request->buffer_mdl[which];
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestRetrieveInputWdmMdl(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request, PMDL *Mdl)
{
    return retrieve_mdl(DriverGlobals, Request, FX_INPUT, Mdl);
}

NTSTATUS
imp_WdfRequestRetrieveOutputWdmMdl(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request, PMDL *Mdl)
{
    return retrieve_mdl(DriverGlobals, Request, FX_OUTPUT, Mdl);
}

/* --- The requestor's own buffers (method "neither") ------------------------------------------- */

static NTSTATUS
retrieve_unsafe(PWDF_DRIVER_GLOBALS driver_globals, WDFREQUEST handle, int which, size_t minimum,
                PVOID *ret_buffer, size_t *ret_length)
{
    struct fx_request *request = fx_handle_get(driver_globals, handle, FX_TYPE_REQUEST);
    struct place place;

    fx_require(driver_globals, ret_buffer);
    if (request->irp == NULL || (request->flags & FX_REQUEST_IN_CONTEXT) == 0 ||
        request->major == IRP_MJ_INTERNAL_DEVICE_CONTROL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    place = locate(request, which);
    if (place.method != NEITHER) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (place.length < minimum) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    *ret_buffer = place.length == 0 ? NULL : place.address;
    if (ret_length != NULL) {
        *ret_length = place.length;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestRetrieveUnsafeUserInputBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                            size_t MinimumRequiredLength, PVOID *InputBuffer,
                                            size_t *Length)
{
    return retrieve_unsafe(DriverGlobals, Request, FX_INPUT, MinimumRequiredLength, InputBuffer,
                           Length);
}

NTSTATUS
imp_WdfRequestRetrieveUnsafeUserOutputBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                             size_t MinimumRequiredLength, PVOID *OutputBuffer,
                                             size_t *Length)
{
    return retrieve_unsafe(DriverGlobals, Request, FX_OUTPUT, MinimumRequiredLength, OutputBuffer,
                           Length);
}

/* A locked user buffer; a child of its request, so that completion unlocks it before the IRP ends. */
static void
locked_memory_destroy(struct fx_object *object)
{
    struct fx_memory *memory = (struct fx_memory *)object;

    if (memory->mdl != NULL) {
        MmUnlockPages(memory->mdl);
        IoFreeMdl(memory->mdl);
        memory->mdl = NULL;
    }
}

static const struct fx_class locked_memory_class = {
    .type = FX_TYPE_MEMORY,
    .name = "WDFMEMORY",
    .size = sizeof(struct fx_memory),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .destroy = locked_memory_destroy,
};

static NTSTATUS
lock_user_buffer(PWDF_DRIVER_GLOBALS driver_globals, WDFREQUEST handle, PVOID buffer, size_t length,
                 LOCK_OPERATION operation, WDFMEMORY *ret_memory)
{
    struct fx_request *request = fx_handle_get(driver_globals, handle, FX_TYPE_REQUEST);
    struct fx_memory *memory;
    NTSTATUS status;
    MDL *mdl;

    fx_require(driver_globals, ret_memory);
    if (length == 0) {
        return STATUS_INVALID_USER_BUFFER;
    }
    if (buffer == NULL || length > MAXULONG) {
        return STATUS_INVALID_PARAMETER;
    }
    if (request->irp == NULL || request->kind != FX_REQUEST_INCOMING ||
        fx_request_owner(request) != FX_OWNER_DRIVER) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    /* What MmProbeAndLockPages would raise an exception for. */
    if (operation == IoReadAccess ? !sys_memory_readable(buffer, length)
                                  : !sys_memory_writable(buffer, length)) {
        return STATUS_ACCESS_VIOLATION;
    }
    mdl = IoAllocateMdl(buffer, (ULONG)length, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = fx_object_create(&locked_memory_class, request->object.globals, NULL, &request->object,
                              0, &memory);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    MmProbeAndLockPages(mdl, request->irp->RequestorMode, operation);
    memory->mdl = mdl;
    memory->size = length;
    memory->read_only = operation == IoReadAccess;
    memory->buffer = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (memory->buffer == NULL) {
        (void)fx_object_delete(&memory->object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_memory = fx_object_commit(&memory->object);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfRequestProbeAndLockUserBufferForRead(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                            PVOID Buffer, size_t Length, WDFMEMORY *MemoryObject)
{
    return lock_user_buffer(DriverGlobals, Request, Buffer, Length, IoReadAccess, MemoryObject);
}

NTSTATUS
imp_WdfRequestProbeAndLockUserBufferForWrite(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                             PVOID Buffer, size_t Length, WDFMEMORY *MemoryObject)
{
    return lock_user_buffer(DriverGlobals, Request, Buffer, Length, IoWriteAccess, MemoryObject);
}
