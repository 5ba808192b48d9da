/* SPDX-License-Identifier: MIT */
/*
 * WDFMEMORY. The buffer of WdfMemoryCreate comes from the pool, under the driver's tag, so that
 * it is accounted like any allocation of the driver's; it goes after EvtDestroyCallback.
 */
#include "fx/mem/memory.h"

#include <string.h>

#include "fx_imports.h"
#include "nt/ex/ex.h"

static void
memory_destroy(struct fx_object *object)
{
    struct fx_memory *memory = container_of(object, struct fx_memory, object);

    if (memory->pool) {
        ExFreePool(memory->buffer);
    }
    memory->buffer = NULL;
}

static const struct fx_class memory_class = {
    .type = FX_TYPE_MEMORY,
    .name = "WDFMEMORY",
    .size = sizeof(struct fx_memory),
    .parent_rule = FX_PARENT_OPTIONAL,
    .destroy = memory_destroy,
};

static void
embedded_free(struct fx_object *object)
{
    (void)object; /* The bigger structure owns the memory. */
}

const struct fx_class fx_class_memory_embedded = {
    .type = FX_TYPE_MEMORY,
    .name = "WDFMEMORY",
    .size = sizeof(struct fx_memory),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
    .free = embedded_free,
};

bool
fx_pool_is_paged(POOL_TYPE type)
{
    /* The base type's lowest bit is the difference, as in PagedPool, PagedPoolCacheAligned. */
    return ((ULONG)type & 1) != 0;
}

POOL_FLAGS
fx_pool_flags(POOL_TYPE type)
{
    return (fx_pool_is_paged(type) ? POOL_FLAG_PAGED : POOL_FLAG_NON_PAGED) |
           POOL_FLAG_UNINITIALIZED;
}

NTSTATUS
fx_memory_create(struct fx_globals *globals, const WDF_OBJECT_ATTRIBUTES *attributes,
                 POOL_TYPE pool_type, ULONG tag, size_t size, const void *caller,
                 struct fx_memory **ret_memory)
{
    struct fx_memory *memory;
    NTSTATUS status = fx_object_create(&memory_class, globals, attributes, NULL, 0, &memory);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (fx_pool_is_paged(pool_type)) {
        /* Documented: the clean-up of paged memory runs at PASSIVE_LEVEL. */
        memory->object.flags |= FX_OBJECT_PASSIVE;
    }
    memory->buffer = ex_pool_allocate(NULL, fx_pool_flags(pool_type), size,
                                      tag != 0 ? tag : globals->public.DriverTag, caller);
    if (memory->buffer == NULL) {
        (void)fx_object_delete(&memory->object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memory->pool = true;
    memory->size = size;
    *ret_memory = memory;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfMemoryCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES Attributes,
                    POOL_TYPE PoolType, ULONG PoolTag, size_t BufferSize, WDFMEMORY *Memory,
                    PVOID *Buffer)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_memory *memory;
    NTSTATUS status;

    fx_require(DriverGlobals, Memory);
    *Memory = NULL;
    if (Buffer != NULL) {
        *Buffer = NULL;
    }
    if (BufferSize == 0) {
        fx_log(globals, "WdfMemoryCreate: BufferSize is 0");
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_memory_create(globals, Attributes, PoolType, PoolTag, BufferSize,
                              __builtin_return_address(0), &memory);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (Buffer != NULL) {
        *Buffer = memory->buffer;
    }
    *Memory = fx_object_commit(&memory->object);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfMemoryCreatePreallocated(PWDF_DRIVER_GLOBALS DriverGlobals,
                                PWDF_OBJECT_ATTRIBUTES Attributes, PVOID Buffer, size_t BufferSize,
                                WDFMEMORY *Memory)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_memory *memory;
    NTSTATUS status;

    fx_require(DriverGlobals, Buffer);
    fx_require(DriverGlobals, Memory);
    *Memory = NULL;
    if (BufferSize == 0) {
        fx_log(globals, "WdfMemoryCreatePreallocated: BufferSize is 0");
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_object_create(&memory_class, globals, Attributes, NULL, 0, &memory);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    memory->buffer = Buffer;
    memory->size = BufferSize;
    memory->preallocated = true;
    *Memory = fx_object_commit(&memory->object);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfMemoryAssignBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY Memory, PVOID Buffer,
                          size_t BufferSize)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_memory *memory = fx_handle_get(DriverGlobals, Memory, FX_TYPE_MEMORY);

    fx_require(DriverGlobals, Buffer);
    if (BufferSize == 0) {
        fx_log(globals, "WdfMemoryAssignBuffer: BufferSize is 0");
        return STATUS_INVALID_PARAMETER;
    }
    if (!memory->preallocated) {
        fx_log(globals, "WdfMemoryAssignBuffer: %p was not made by WdfMemoryCreatePreallocated",
               Memory);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    memory->buffer = Buffer;
    memory->size = BufferSize;
    return STATUS_SUCCESS;
}

PVOID
imp_WdfMemoryGetBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY Memory, size_t *BufferSize)
{
    struct fx_memory *memory = fx_handle_get(DriverGlobals, Memory, FX_TYPE_MEMORY);

    if (BufferSize != NULL) {
        *BufferSize = memory->size;
    }
    return memory->buffer;
}

NTSTATUS
imp_WdfMemoryCopyToBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY SourceMemory,
                          size_t SourceOffset, PVOID Buffer, size_t NumBytesToCopyTo)
{
    struct fx_memory *memory = fx_handle_get(DriverGlobals, SourceMemory, FX_TYPE_MEMORY);

    fx_require(DriverGlobals, Buffer);
    if (NumBytesToCopyTo == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (SourceOffset > memory->size || NumBytesToCopyTo > memory->size - SourceOffset) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfMemoryCopyToBuffer: %p bytes at offset %p of a buffer of %p bytes",
               (void *)NumBytesToCopyTo, (void *)SourceOffset, (void *)memory->size);
        return STATUS_BUFFER_TOO_SMALL;
    }
    memmove(Buffer, (char *)memory->buffer + SourceOffset, NumBytesToCopyTo);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfMemoryCopyFromBuffer(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY DestinationMemory,
                            size_t DestinationOffset, PVOID Buffer, size_t NumBytesToCopyFrom)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_memory *memory = fx_handle_get(DriverGlobals, DestinationMemory, FX_TYPE_MEMORY);

    fx_require(DriverGlobals, Buffer);
    if (NumBytesToCopyFrom == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (memory->read_only) {
        fx_log(globals, "WdfMemoryCopyFromBuffer: the buffer of %p is only for reading",
               DestinationMemory);
        return STATUS_ACCESS_VIOLATION;
    }
    if (DestinationOffset > memory->size) {
        fx_log(globals, "WdfMemoryCopyFromBuffer: offset %p in a buffer of %p bytes",
               (void *)DestinationOffset, (void *)memory->size);
        return STATUS_INVALID_BUFFER_SIZE;
    }
    if (NumBytesToCopyFrom > memory->size - DestinationOffset) {
        fx_log(globals, "WdfMemoryCopyFromBuffer: %p bytes at offset %p of a buffer of %p bytes",
               (void *)NumBytesToCopyFrom, (void *)DestinationOffset, (void *)memory->size);
        return STATUS_BUFFER_TOO_SMALL;
    }
    memmove((char *)memory->buffer + DestinationOffset, Buffer, NumBytesToCopyFrom);
    return STATUS_SUCCESS;
}

NTSTATUS
fx_memory_range(const struct fx_memory *memory, const WDFMEMORY_OFFSET *offset, void **ret_buffer,
                size_t *ret_length)
{
    size_t start = 0;
    size_t length = memory->size;
    size_t end;

    if (offset != NULL) {
        start = offset->BufferOffset;
        if (offset->BufferLength != 0) {
            length = offset->BufferLength;
        } else if (start <= memory->size) {
            length = memory->size - start;
        }
        if (__builtin_add_overflow(start, length, &end)) {
            return STATUS_INTEGER_OVERFLOW;
        }
        if (end > memory->size) {
            return STATUS_INVALID_BUFFER_SIZE;
        }
    }
    *ret_buffer = (char *)memory->buffer + start;
    *ret_length = length;
    return STATUS_SUCCESS;
}
