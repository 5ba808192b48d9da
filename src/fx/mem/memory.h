/* SPDX-License-Identifier: MIT */
/*
 * WDFMEMORY: a buffer with a length and a life. Who owns the bytes differs: the object itself
 * (WdfMemoryCreate), the driver (WdfMemoryCreatePreallocated), a lookaside list, or an I/O
 * request (fx/io embeds two in each request).
 */
#ifndef OPENWDF_FX_MEM_MEMORY_H
#define OPENWDF_FX_MEM_MEMORY_H

#include "fx/object/object.h"

struct fx_lookaside;

struct fx_memory {
    struct fx_object object;
    void *buffer;
    size_t size;       /* Bytes. */
    bool read_only;    /* WdfMemoryCopyFromBuffer and writes by requests are refused. */
    bool preallocated; /* The driver's buffer: WdfMemoryAssignBuffer is allowed. */
    bool pool;         /* `buffer` came from the pool and goes back to it. */
    MDL *mdl;          /* Describes the buffer when its owner has one; not ours. */
    struct fx_lookaside
        *lookaside; /* Where buffer and object return to; referenced. NULL: nowhere. */
};

bool fx_pool_is_paged(POOL_TYPE type);

/* For ex_pool_allocate: like the pool type, and not zeroed. */
POOL_FLAGS fx_pool_flags(POOL_TYPE type);

/*
 * A memory object with a buffer of its own, not yet committed (see fx_object_create). Tag 0: the
 * driver's default. `caller`: the driver's code address, for leak reports of the pool.
 */
_Must_inspect_result_ NTSTATUS fx_memory_create(struct fx_globals *globals,
                                                const WDF_OBJECT_ATTRIBUTES *attributes,
                                                POOL_TYPE pool_type, ULONG tag, size_t size,
                                                const void *caller, struct fx_memory **ret_memory);

/*
 * Class of memory objects embedded in requests: undeletable, no parent, fx_memory.buffer not
 * owned.
 */
extern const struct fx_class fx_class_memory_embedded;

/*
 * For fx/io: makes an embedded memory object live. `free` of its class gives it back by doing
 * nothing.
 */
static inline void
fx_memory_init_embedded(struct fx_memory *memory, const struct fx_class *class,
                        struct fx_globals *globals, void *buffer, size_t size, bool read_only)
{
    fx_object_init(&memory->object, class, globals);
    memory->buffer = buffer;
    memory->size = size;
    memory->read_only = read_only;
    memory->preallocated = false;
    memory->pool = false;
    memory->mdl = NULL;
    memory->lookaside = NULL;
}

/* The buffer described by an offset pair inside a memory object; STATUS_INVALID_BUFFER_SIZE,
 * STATUS_INTEGER_OVERFLOW. offset may be NULL: the whole buffer. */
_Must_inspect_result_ NTSTATUS fx_memory_range(const struct fx_memory *memory,
                                               const WDFMEMORY_OFFSET *offset, void **ret_buffer,
                                               size_t *ret_length);

#endif
