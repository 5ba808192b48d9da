/* SPDX-License-Identifier: MIT */
/* Device memory: what somebody plays, else what whoever has registered as its provider maps. */
#include "nt/mm/mm_priv.h"

#include "base/log.h"
#include "nt/hal/hal.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

struct mapping {
    struct list link;
    const struct mm_io_space_provider *provider; /* NULL: it is played. */
    void *base;
    size_t size;
    const void *caller;
};

static struct {
    struct sys_lock lock; /* Guards the list. */
    struct list mappings;
    const struct mm_io_space_provider *provider;
} io_space;

void
mm_io_space_init(void)
{
    io_space.lock = SYS_LOCK_INIT;
    list_init(&io_space.mappings);
}

static void
unmap(struct mapping *mapping)
{
    if (mapping->provider != NULL) {
        mapping->provider->unmap(mapping->provider->argument, mapping->base, mapping->size);
    } else {
        hal_unmap(mapping->base);
    }
    sys_free(mapping);
}

void
mm_io_space_fini(void)
{
    struct list *link;

    while ((link = list_pop_front(&io_space.mappings)) != NULL) {
        struct mapping *mapping = container_of(link, struct mapping, link);

        base_log(BASE_LOG_WARN, "nt", "device memory at %p of %zu bytes, mapped at %p, is left",
                 mapping->base, mapping->size, mapping->caller);
        unmap(mapping);
    }
    io_space.provider = NULL;
}

void
mm_set_io_space_provider(const struct mm_io_space_provider *provider)
{
    io_space.provider = provider;
}

static PVOID
map(PHYSICAL_ADDRESS address, SIZE_T size, MEMORY_CACHING_TYPE caching, const void *caller)
{
    const struct mm_io_space_provider *provider = io_space.provider;
    struct mapping *mapping;

    ke_irql_check(DISPATCH_LEVEL, caller);
    if (size == 0) {
        return NULL;
    }
    mapping = sys_alloc_zeroed(sizeof(*mapping));
    if (mapping == NULL) {
        return NULL;
    }
    mapping->base = hal_map((uint64_t)address.QuadPart, size);
    if (mapping->base == NULL && provider != NULL) {
        mapping->base = provider->map(provider->argument, address, size, caching);
        mapping->provider = provider;
    }
    if (mapping->base == NULL) {
        sys_free(mapping);
        return NULL;
    }
    mapping->size = size;
    mapping->caller = caller;
    sys_lock_acquire(&io_space.lock);
    list_push_back(&io_space.mappings, &mapping->link);
    sys_lock_release(&io_space.lock);
    return mapping->base;
}

PVOID
MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, MEMORY_CACHING_TYPE CacheType)
{
    return map(PhysicalAddress, NumberOfBytes, CacheType, __builtin_return_address(0));
}

/* Protect: one of the page protections, perhaps with PAGE_NOCACHE or PAGE_WRITECOMBINE. */
PVOID
MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect)
{
    const ULONG kinds =
        PAGE_READONLY | PAGE_READWRITE | PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE;
    ULONG kind = Protect & kinds;
    MEMORY_CACHING_TYPE caching = MmCached;

    if (kind == 0 || (kind & (kind - 1)) != 0 ||
        (Protect & ~(kinds | PAGE_NOCACHE | PAGE_WRITECOMBINE)) != 0) {
        return NULL;
    }
    if (Protect & PAGE_NOCACHE) {
        caching = MmNonCached;
    } else if (Protect & PAGE_WRITECOMBINE) {
        caching = MmWriteCombined;
    }
    return map(PhysicalAddress, NumberOfBytes, caching, __builtin_return_address(0));
}

VOID
MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    struct mapping *found = NULL;
    struct list *link;

    sys_lock_acquire(&io_space.lock);
    list_for_each(link, &io_space.mappings)
    {
        struct mapping *mapping = container_of(link, struct mapping, link);

        if (mapping->base == BaseAddress && mapping->size == NumberOfBytes) {
            found = mapping;
            list_remove(link);
            break;
        }
    }
    sys_lock_release(&io_space.lock);
    if (found == NULL) {
        ke_bugcheck(MEMORY_MANAGEMENT, 0x1236 /* Not what was mapped. */, (ULONG_PTR)BaseAddress,
                    NumberOfBytes, 0, NULL, __builtin_return_address(0));
    }
    unmap(found);
}
