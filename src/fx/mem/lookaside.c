/* SPDX-License-Identifier: MIT */
/*
 * WDFLOOKASIDE: memory objects of one size that are made once and used again.
 *
 * An entry is one block: the memory object, its context, the buffer (page-aligned when it is a
 * page or more). Free entries wait in a list whose length is bounded; past that they are freed.
 * An entry keeps the list alive by a reference, so a driver may delete the lookaside list before
 * its last memory object.
 */
#include "fx/mem/memory.h"

#include "fx/core/lock.h"
#include "fx_imports.h"
#include "sys/memory.h"

/* Entries that are kept while nobody uses them. */
#define LOOKASIDE_KEEP_MAX 64

struct fx_lookaside {
    struct fx_object object;
    size_t buffer_size;
    POOL_TYPE pool_type;
    ULONG tag;
    size_t context_size;                     /* Of an entry, with header. */
    WDF_OBJECT_ATTRIBUTES memory_attributes; /* Size 0: none. */
    struct sys_lock lock;                    /* Guards free and free_count. Leaf. */
    struct list free;                        /* struct entry.link */
    unsigned free_count;
};

/* While free, an entry is only its link and its buffer. */
struct entry {
    struct fx_memory memory;
    struct list link;
    _Alignas(16) uint8_t context[];
};

static struct entry *
entry_of(struct fx_object *object)
{
    struct fx_memory *memory = container_of(object, struct fx_memory, object);

    return container_of(memory, struct entry, memory);
}

static void
entry_delete(struct entry *entry, void *buffer)
{
    ExFreePool(buffer);
    sys_free(entry);
}

/* class->free: back to the list, or gone when the list is full or being deleted. */
static void
entry_free(struct fx_object *object)
{
    struct entry *entry = entry_of(object);
    struct fx_lookaside *lookaside = entry->memory.lookaside;
    bool keep;

    fx_lock(&lookaside->lock);
    keep = lookaside->free_count < LOOKASIDE_KEEP_MAX && !fx_object_is_deleting(&lookaside->object);
    if (keep) {
        list_push_front(&lookaside->free, &entry->link);
        lookaside->free_count++;
    }
    fx_unlock(&lookaside->lock);
    if (!keep) {
        entry_delete(entry, entry->memory.buffer);
    }
    fx_object_unref(&lookaside->object);
}

static const struct fx_class entry_class = {
    .type = FX_TYPE_MEMORY,
    .name = "WDFMEMORY",
    .size = sizeof(struct fx_memory),
    .parent_rule = FX_PARENT_OPTIONAL,
    .free = entry_free,
};

static void
lookaside_destroy(struct fx_object *object)
{
    struct fx_lookaside *lookaside = container_of(object, struct fx_lookaside, object);
    struct list *link;

    while ((link = list_pop_front(&lookaside->free)) != NULL) {
        struct entry *entry = container_of(link, struct entry, link);

        entry_delete(entry, entry->memory.buffer);
    }
}

static const struct fx_class lookaside_class = {
    .type = FX_TYPE_LOOKASIDE,
    .name = "WDFLOOKASIDE",
    .size = sizeof(struct fx_lookaside),
    .parent_rule = FX_PARENT_OPTIONAL,
    .destroy = lookaside_destroy,
};

NTSTATUS
imp_WdfLookasideListCreate(PWDF_DRIVER_GLOBALS DriverGlobals,
                           PWDF_OBJECT_ATTRIBUTES LookasideAttributes, size_t BufferSize,
                           POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES MemoryAttributes,
                           ULONG PoolTag, WDFLOOKASIDE *Lookaside)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_lookaside *lookaside;
    NTSTATUS status;

    fx_require(DriverGlobals, Lookaside);
    *Lookaside = NULL;
    if (BufferSize == 0) {
        fx_log(globals, "WdfLookasideListCreate: BufferSize is 0");
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_attributes_check(&entry_class, globals, MemoryAttributes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (MemoryAttributes != NULL && MemoryAttributes->ParentObject != NULL) {
        (void)fx_handle_get(DriverGlobals, MemoryAttributes->ParentObject, FX_TYPE_OBJECT);
    }
    status = fx_object_create(&lookaside_class, globals, LookasideAttributes, NULL, 0, &lookaside);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    lookaside->buffer_size = BufferSize;
    lookaside->pool_type = PoolType;
    lookaside->tag = PoolTag != 0 ? PoolTag : globals->public.DriverTag;
    lookaside->context_size = fx_context_space(MemoryAttributes);
    if (MemoryAttributes != NULL) {
        lookaside->memory_attributes = *MemoryAttributes;
    }
    list_init(&lookaside->free);
    if (fx_pool_is_paged(PoolType)) {
        lookaside->object.flags |= FX_OBJECT_PASSIVE;
    }
    *Lookaside = fx_object_commit(&lookaside->object);
    return STATUS_SUCCESS;
}

static struct entry *
entry_take(struct fx_lookaside *lookaside)
{
    struct list *link;

    fx_lock(&lookaside->lock);
    link = list_pop_front(&lookaside->free);
    if (link != NULL) {
        lookaside->free_count--;
    }
    fx_unlock(&lookaside->lock);
    return link == NULL ? NULL : container_of(link, struct entry, link);
}

static struct entry *
entry_create(struct fx_lookaside *lookaside, const void *caller)
{
    struct entry *entry;

    if (lookaside->context_size > SIZE_MAX / 4) {
        return NULL;
    }
    entry = sys_alloc_zeroed(sizeof(*entry) + lookaside->context_size);
    if (entry == NULL) {
        return NULL;
    }
    entry->memory.buffer = ex_pool_allocate(NULL, fx_pool_flags(lookaside->pool_type),
                                            lookaside->buffer_size, lookaside->tag, caller);
    if (entry->memory.buffer == NULL) {
        sys_free(entry);
        return NULL;
    }
    return entry;
}

NTSTATUS
imp_WdfMemoryCreateFromLookaside(PWDF_DRIVER_GLOBALS DriverGlobals, WDFLOOKASIDE Lookaside,
                                 WDFMEMORY *Memory)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_lookaside *lookaside = fx_handle_get(DriverGlobals, Lookaside, FX_TYPE_LOOKASIDE);
    const WDF_OBJECT_ATTRIBUTES *attributes =
        lookaside->memory_attributes.Size != 0 ? &lookaside->memory_attributes : NULL;
    struct fx_object *parent = fx_attributes_parent(globals, attributes, NULL);
    struct fx_memory *memory;
    struct entry *entry;
    NTSTATUS status;

    fx_require(DriverGlobals, Memory);
    *Memory = NULL;
    entry = entry_take(lookaside);
    if (entry == NULL) {
        entry = entry_create(lookaside, __builtin_return_address(0));
    }
    if (entry == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memory = &entry->memory;
    fx_memory_init_embedded(memory, &entry_class, globals, memory->buffer, lookaside->buffer_size,
                            false);
    memory->lookaside = lookaside;
    if (fx_pool_is_paged(lookaside->pool_type)) {
        memory->object.flags |= FX_OBJECT_PASSIVE;
    }
    if (lookaside->context_size != 0) {
        fx_context_init_first(&memory->object, attributes, entry->context);
    }
    status = fx_object_set_parent_of_new(&memory->object, parent);
    if (!NT_SUCCESS(status)) {
        entry_delete(entry, memory->buffer);
        return status;
    }
    fx_object_ref(&lookaside->object);
    fx_object_list(&memory->object);
    *Memory = fx_object_commit(&memory->object);
    return STATUS_SUCCESS;
}
