/* SPDX-License-Identifier: MIT */
/*
 * Physical addresses, and memory that is contiguous in them.
 *
 * There is no physical memory to see, so the physical address of a byte is by rule its virtual
 * one, which is stable and unique. Only contiguous memory is different: drivers ask for it below
 * some limit that their device can reach, so such a block gets a range of low addresses, from 16
 * MB up (or from 1 MB, if the limit is low), the first that is free and fits. Whoever plays the
 * device turns an address back with mm_physical_to_virtual.
 */
#include "nt/mm/mm_priv.h"

#include <string.h>

#include "base/atomic.h"
#include "base/log.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

#define LOW_START  0x100000u
#define HIGH_START 0x1000000u

struct block {
    struct list link; /* Sorted by physical address. */
    char *memory;
    size_t size;
    uint64_t physical;
    const void *caller;
};

static struct {
    struct sys_lock lock; /* Guards the list. */
    struct list blocks;
    uint32_t count; /* Atomic. Of blocks: mostly there are none, and no lock is needed to know. */
} contiguous;

void
mm_contiguous_init(void)
{
    contiguous.lock = SYS_LOCK_INIT;
    list_init(&contiguous.blocks);
    contiguous.count = 0;
}

void
mm_contiguous_fini(void)
{
    struct list *link;

    while ((link = list_pop_front(&contiguous.blocks)) != NULL) {
        struct block *block = container_of(link, struct block, link);

        base_log(BASE_LOG_WARN, "nt", "contiguous memory %p of %zu bytes, allocated at %p, is left",
                 (void *)block->memory, block->size, block->caller);
        sys_free(block->memory);
        sys_free(block);
    }
}

static uint64_t
round_up(uint64_t value, uint64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

/* The first address from `start` on at which `size` bytes cross no multiple of `boundary`. */
static uint64_t
clear_of_boundary(uint64_t start, uint64_t size, uint64_t boundary)
{
    if (boundary != 0 && start / boundary != (start + size - 1) / boundary) {
        return round_up(start, boundary);
    }
    return start;
}

/* Puts the block in the first gap that fits. */
static bool
place_locked(struct block *block, uint64_t lowest, uint64_t highest, uint64_t boundary)
{
    uint64_t start = clear_of_boundary(round_up(lowest, PAGE_SIZE), block->size, boundary);
    struct list *link;

    list_for_each(link, &contiguous.blocks)
    {
        struct block *other = container_of(link, struct block, link);

        if (start + block->size <= other->physical) {
            break;
        }
        if (start < other->physical + other->size) {
            start = clear_of_boundary(other->physical + other->size, block->size, boundary);
        }
    }
    if (start + block->size - 1 > highest) {
        return false;
    }
    block->physical = start;
    list_push_back(link, &block->link);
    (void)atomic_fetch_add_u32(&contiguous.count, 1);
    return true;
}

static bool
place(struct block *block, uint64_t lowest, uint64_t highest, uint64_t boundary)
{
    bool placed;

    sys_lock_acquire(&contiguous.lock);
    placed = place_locked(block, lowest > HIGH_START ? lowest : HIGH_START, highest, boundary) ||
             place_locked(block, lowest > LOW_START ? lowest : LOW_START, highest, boundary);
    sys_lock_release(&contiguous.lock);
    return placed;
}

static PVOID
allocate(SIZE_T size, PHYSICAL_ADDRESS lowest, PHYSICAL_ADDRESS highest, PHYSICAL_ADDRESS boundary,
         const void *caller)
{
    struct block *block;

    ke_irql_check(DISPATCH_LEVEL, caller);
    if (size == 0 || size > (size_t)1 << 32 ||
        (boundary.QuadPart != 0 && size > (uint64_t)boundary.QuadPart)) {
        return NULL;
    }
    block = sys_alloc_zeroed(sizeof(*block));
    if (block == NULL) {
        return NULL;
    }
    block->size = ROUND_TO_PAGES(size);
    block->caller = caller;
    block->memory = sys_alloc_aligned(block->size, PAGE_SIZE);
    if (block->memory == NULL || !place(block, (uint64_t)lowest.QuadPart,
                                        (uint64_t)highest.QuadPart, (uint64_t)boundary.QuadPart)) {
        sys_free(block->memory);
        sys_free(block);
        return NULL;
    }
    memset(block->memory, 0, block->size);
    return block->memory;
}

static struct block *
find_by_virtual_locked(const void *address)
{
    struct list *link;

    list_for_each(link, &contiguous.blocks)
    {
        struct block *block = container_of(link, struct block, link);

        if ((const char *)address >= block->memory &&
            (const char *)address < block->memory + block->size) {
            return block;
        }
    }
    return NULL;
}

static uint64_t
physical_of_locked(const void *address)
{
    struct block *block = find_by_virtual_locked(address);

    return block == NULL ? (uint64_t)(uintptr_t)address
                         : block->physical + (uint64_t)((const char *)address - block->memory);
}

static uint64_t
physical_of(const void *address)
{
    uint64_t physical;

    sys_lock_acquire(&contiguous.lock);
    physical = physical_of_locked(address);
    sys_lock_release(&contiguous.lock);
    return physical;
}

void *
mm_physical_to_virtual(PHYSICAL_ADDRESS address)
{
    uint64_t physical = (uint64_t)address.QuadPart;
    void *found = NULL;
    struct list *link;

    sys_lock_acquire(&contiguous.lock);
    list_for_each(link, &contiguous.blocks)
    {
        struct block *block = container_of(link, struct block, link);

        if (physical >= block->physical && physical < block->physical + block->size) {
            found = block->memory + (physical - block->physical);
            break;
        }
    }
    sys_lock_release(&contiguous.lock);
    return found != NULL ? found : (void *)(uintptr_t)physical;
}

void
mm_page_numbers(const void *first_page, ULONG count, PFN_NUMBER *ret_numbers)
{
    PFN_NUMBER first = (ULONG_PTR)first_page >> PAGE_SHIFT;

    for (ULONG i = 0; i < count; i++) {
        ret_numbers[i] = first + i;
    }
    if (atomic_load_u32(&contiguous.count) == 0) {
        return;
    }
    sys_lock_acquire(&contiguous.lock);
    for (ULONG i = 0; i < count; i++) {
        const char *page = (const char *)first_page + (size_t)i * PAGE_SIZE;

        ret_numbers[i] = physical_of_locked(page) >> PAGE_SHIFT;
    }
    sys_lock_release(&contiguous.lock);
}

PHYSICAL_ADDRESS
MmGetPhysicalAddress(PVOID BaseAddress)
{
    return (PHYSICAL_ADDRESS){.QuadPart = (LONGLONG)physical_of(BaseAddress)};
}

#define CALLER __builtin_return_address(0)
#define ANY    ((PHYSICAL_ADDRESS){.QuadPart = 0})

PVOID
MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    return allocate(NumberOfBytes, ANY, HighestAcceptableAddress, ANY, CALLER);
}

PVOID
MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                       PHYSICAL_ADDRESS LowestAcceptableAddress,
                                       PHYSICAL_ADDRESS HighestAcceptableAddress,
                                       PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                       MEMORY_CACHING_TYPE CacheType)
{
    return allocate(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                    BoundaryAddressMultiple, CALLER);
}

PVOID
MmAllocateContiguousMemorySpecifyCacheNode(SIZE_T NumberOfBytes,
                                           PHYSICAL_ADDRESS LowestAcceptableAddress,
                                           PHYSICAL_ADDRESS HighestAcceptableAddress,
                                           PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                           MEMORY_CACHING_TYPE CacheType,
                                           NODE_REQUIREMENT PreferredNode)
{
    return allocate(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                    BoundaryAddressMultiple, CALLER);
}

PVOID
MmAllocateContiguousNodeMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
                               PHYSICAL_ADDRESS HighestAcceptableAddress,
                               PHYSICAL_ADDRESS BoundaryAddressMultiple, ULONG Protect,
                               NODE_REQUIREMENT PreferredNode)
{
    return allocate(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                    BoundaryAddressMultiple, CALLER);
}

static void
release(void *address, const void *caller)
{
    struct block *block;

    sys_lock_acquire(&contiguous.lock);
    block = find_by_virtual_locked(address);
    if (block != NULL && block->memory == address) {
        list_remove(&block->link);
        (void)atomic_fetch_sub_u32(&contiguous.count, 1);
    } else {
        block = NULL;
    }
    sys_lock_release(&contiguous.lock);
    if (block == NULL) {
        ke_bugcheck(BAD_POOL_CALLER, 0x60, (ULONG_PTR)address, 0, 0, NULL, caller);
    }
    sys_free(block->memory);
    sys_free(block);
}

VOID
MmFreeContiguousMemory(PVOID BaseAddress)
{
    release(BaseAddress, CALLER);
}

VOID
MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                   MEMORY_CACHING_TYPE CacheType)
{
    release(BaseAddress, CALLER);
}

PVOID
MmAllocateNonCachedMemory(SIZE_T NumberOfBytes)
{
    PHYSICAL_ADDRESS highest = {.QuadPart = MAXLONGLONG};

    return allocate(NumberOfBytes, ANY, highest, ANY, CALLER);
}

VOID
MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    release(BaseAddress, CALLER);
}
