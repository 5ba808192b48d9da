/* SPDX-License-Identifier: MIT */
/*
 * Pool. Each block is a block of the heap with a header before the payload, so that memory
 * checkers see every overrun, and stands in the list of its owner, so that what a driver leaves
 * behind can be named with tag, size and place. The last 16 bytes before the payload are never
 * used and, under the address sanitizer, must not be touched.
 *
 * A block of a page or more is aligned to a page; its header ends where the page begins.
 */
#include "nt/ex/ex_priv.h"

#include <string.h>

#include "base/log.h"
#include "base/sanitizers.h"
#include "nt/ke/ke.h"
#include "sys/memory.h"

#if BASE_ADDRESS_SANITIZER
void __asan_poison_memory_region(const volatile void *address, size_t size);
void __asan_unpoison_memory_region(const volatile void *address, size_t size);
#define FORBID(address, size) __asan_poison_memory_region(address, size)
#define ALLOW(address, size)  __asan_unpoison_memory_region(address, size)
#else
#define FORBID(address, size) ((void)0)
#define ALLOW(address, size)  ((void)0)
#endif

/* First parameters of BAD_POOL_CALLER. */
#define POOL_FREED_ALREADY   0x07u
#define POOL_ALLOCATION_IRQL 0x08u
#define POOL_FREE_IRQL       0x09u
#define POOL_WRONG_TAG       0x0Au
#define POOL_BAD_ADDRESS     0x46u
#define POOL_TAG_ZERO        0x9Bu

#define MAGIC_LIVE 0x6C6F6F50u
#define MAGIC_FREE 0x65657246u
#define MAX_SIZE   ((size_t)1 << 40)

/* What ExAllocatePool marks blocks with. */
#define TAG_NONE 'enoN'

#define RESERVE_BYTE 0xA5

struct header {
    struct list link; /* In owner->blocks; guarded by owner->lock. */
    struct ex_pool_owner *owner;
    const void *caller;
    size_t size;
    ULONG tag;
    uint32_t magic; /* MAGIC_… ^ the low half of the payload's address. */
    unsigned char reserve[16];
};

_Static_assert(sizeof(struct header) == 64, "the payload is aligned to 16");

struct ex_pool_owner ex_pool_system = {
    .name = "(system)",
    .link = {&ex_pool_system.link, &ex_pool_system.link},
    .blocks = {&ex_pool_system.blocks, &ex_pool_system.blocks},
};

static struct {
    struct sys_lock lock; /* Guards the list. */
    struct list list;
    uint32_t count; /* Changed under lock. */
} owners = {.list = {&owners.list, &owners.list}};

static struct {
    bool (*hook)(void *argument, size_t size, ULONG tag, const void *caller);
    void *argument;
} failure;

/* Owners --------------------------------------------------------------------------------------- */

void
ex_pool_owner_add(struct ex_pool_owner *owner, const char *name, uintptr_t text_start,
                  uintptr_t text_end)
{
    memset(owner, 0, sizeof(*owner));
    owner->name = name;
    owner->text_start = text_start;
    owner->text_end = text_end;
    list_init(&owner->blocks);
    sys_lock_acquire(&owners.lock);
    list_push_back(&owners.list, &owner->link);
    atomic_store_u32(&owners.count, owners.count + 1);
    sys_lock_release(&owners.lock);
}

static void
disown(struct ex_pool_owner *owner)
{
    struct list *link;

    /* No other path holds two owners' locks. */
    sys_lock_acquire(&owner->lock);
    sys_lock_acquire(&ex_pool_system.lock);
    while ((link = list_pop_front(&owner->blocks)) != NULL) {
        struct header *header = container_of(link, struct header, link);

        atomic_store_ptr((base_pointer *)(void *)&header->owner, &ex_pool_system);
        list_push_back(&ex_pool_system.blocks, link);
        ex_pool_system.bytes += header->size;
        ex_pool_system.count++;
    }
    owner->bytes = 0;
    owner->count = 0;
    sys_lock_release(&ex_pool_system.lock);
    sys_lock_release(&owner->lock);
}

void
ex_pool_owner_remove(struct ex_pool_owner *owner)
{
    sys_lock_acquire(&owners.lock);
    list_remove(&owner->link);
    atomic_store_u32(&owners.count, owners.count - 1);
    sys_lock_release(&owners.lock);
    disown(owner);
}

struct ex_pool_owner *
ex_pool_owner_of_code(const void *address)
{
    struct ex_pool_owner *found = NULL;
    struct list *link;

    if (atomic_load_u32(&owners.count) == 0) {
        return NULL;
    }
    sys_lock_acquire(&owners.lock);
    list_for_each(link, &owners.list)
    {
        struct ex_pool_owner *owner = container_of(link, struct ex_pool_owner, link);

        if ((uintptr_t)address >= owner->text_start && (uintptr_t)address < owner->text_end) {
            found = owner;
            break;
        }
    }
    sys_lock_release(&owners.lock);
    return found;
}

static struct ex_pool_owner *
owner_of_call(const void *caller)
{
    struct ex_pool_owner *owner = ex_pool_owner_of_code(caller);

    if (owner == NULL) {
        owner = ke_thread_owner();
    }
    return owner != NULL ? owner : &ex_pool_system;
}

/* Blocks --------------------------------------------------------------------------------------- */

static bool
is_page_block(const void *payload)
{
    return ((uintptr_t)payload & (PAGE_SIZE - 1)) == 0;
}

static struct header *
header_of(const void *payload)
{
    return (struct header *)(uintptr_t)payload - 1;
}

static uint32_t
magic_of(uint32_t magic, const void *payload)
{
    return magic ^ (uint32_t)(uintptr_t)payload;
}

/* A small block that happens to begin a page would be taken for a large one. */
static void *
heap_allocate(size_t size, bool cache_aligned)
{
    size_t alignment = cache_aligned ? 64 : 16;
    char *memory;

    if (size >= PAGE_SIZE) {
        memory = sys_alloc_aligned(size + PAGE_SIZE, PAGE_SIZE);
        return memory != NULL ? memory + PAGE_SIZE : NULL;
    }
    if (cache_aligned) {
        memory = sys_alloc_aligned(sizeof(struct header) + size, alignment);
    } else {
        memory = sys_alloc(sizeof(struct header) + size);
    }
    if (memory != NULL && is_page_block(memory + sizeof(struct header))) {
        void *other = heap_allocate(size, cache_aligned);

        sys_free(memory);
        return other;
    }
    return memory != NULL ? memory + sizeof(struct header) : NULL;
}

static void
heap_free(void *payload)
{
    sys_free(is_page_block(payload) ? (char *)payload - PAGE_SIZE : (char *)header_of(payload));
}

static void
attach(struct ex_pool_owner *owner, struct header *header)
{
    sys_lock_acquire(&owner->lock);
    list_push_back(&owner->blocks, &header->link);
    owner->bytes += header->size;
    owner->count++;
    if (owner->bytes > owner->peak_bytes) {
        owner->peak_bytes = owner->bytes;
    }
    sys_lock_release(&owner->lock);
}

/* The owner may hand its blocks to the system meanwhile. */
static void
detach(struct header *header)
{
    for (;;) {
        struct ex_pool_owner *owner = atomic_load_ptr((base_pointer *)(void *)&header->owner);
        bool same;

        sys_lock_acquire(&owner->lock);
        same = atomic_load_ptr((base_pointer *)(void *)&header->owner) == (void *)owner;
        if (same) {
            list_remove(&header->link);
            owner->bytes -= header->size;
            owner->count--;
        }
        sys_lock_release(&owner->lock);
        if (same) {
            return;
        }
    }
}

static void *
allocate(struct ex_pool_owner *owner, size_t size, bool zero, bool cache_aligned, ULONG tag,
         const void *caller)
{
    struct header *header;
    char *payload;

    if (size > MAX_SIZE ||
        (failure.hook != NULL && failure.hook(failure.argument, size, tag, caller))) {
        return NULL;
    }
    payload = heap_allocate(size, cache_aligned);
    if (payload == NULL) {
        return NULL;
    }
    header = header_of(payload);
    header->owner = owner;
    header->caller = caller;
    header->size = size;
    header->tag = tag;
    header->magic = magic_of(MAGIC_LIVE, payload);
    memset(header->reserve, RESERVE_BYTE, sizeof(header->reserve));
    FORBID(header->reserve, sizeof(header->reserve));
    attach(owner, header);
    if (zero) {
        memset(payload, 0, size);
    }
    return payload;
}

/* Reads the memory before any address that a driver may come up with: not instrumented. */
static __attribute__((no_sanitize("address"), no_sanitize("thread"), noinline)) struct header *
check_block(const void *payload, const void *caller)
{
    struct header *header;

    if (payload == NULL || ((uintptr_t)payload & 15) != 0) {
        ke_bugcheck(BAD_POOL_CALLER, POOL_BAD_ADDRESS, (ULONG_PTR)payload, 0, 0, NULL, caller);
    }
    header = header_of(payload);
    if (header->magic == magic_of(MAGIC_LIVE, payload)) {
        return header;
    }
    if (header->magic == magic_of(MAGIC_FREE, payload)) {
        ke_bugcheck(BAD_POOL_CALLER, POOL_FREED_ALREADY, 0, header->tag, (ULONG_PTR)payload, NULL,
                    caller);
    }
    ke_bugcheck(BAD_POOL_CALLER, POOL_BAD_ADDRESS, (ULONG_PTR)payload, 0, 0, NULL, caller);
}

static void
check_reserve(struct header *header, const void *caller)
{
    for (size_t i = 0; i < sizeof(header->reserve); i++) {
        if (header->reserve[i] != RESERVE_BYTE) {
            /* "0x20: the pool block header size is corrupt": written before the block's begin. */
            ke_bugcheck(BAD_POOL_HEADER, 0x20, (ULONG_PTR)(header + 1), 0, header->tag, NULL,
                        caller);
        }
    }
}

void
ex_pool_free(void *payload, ULONG tag, const void *caller)
{
    struct header *header = check_block(payload, caller);
    KIRQL irql = KeGetCurrentIrql();

    if (irql > DISPATCH_LEVEL) {
        ke_bugcheck(BAD_POOL_CALLER, POOL_FREE_IRQL, irql, 0, (ULONG_PTR)payload, NULL, caller);
    }
    if (tag != 0 && tag != header->tag) {
        ke_bugcheck(BAD_POOL_CALLER, POOL_WRONG_TAG, (ULONG_PTR)payload, header->tag, tag, NULL,
                    caller);
    }
    ALLOW(header->reserve, sizeof(header->reserve));
    check_reserve(header, caller);
    detach(header);
    header->magic = magic_of(MAGIC_FREE, payload);
    heap_free(payload);
}

size_t
ex_pool_block_size(const void *block)
{
    return check_block(block, __builtin_return_address(0))->size;
}

/* The old functions: a pool type. -------------------------------------------------------------- */

static void
check_irql(bool paged, ULONG type, size_t size, const void *caller)
{
    KIRQL irql = KeGetCurrentIrql();

    if (__builtin_expect(irql > (paged ? APC_LEVEL : DISPATCH_LEVEL), 0)) {
        ke_bugcheck(BAD_POOL_CALLER, POOL_ALLOCATION_IRQL, irql, type, size, NULL, caller);
    }
}

void *
ex_pool_allocate_by_type(ULONG type, size_t size, ULONG tag, const void *caller)
{
    void *payload;

    if (tag == 0) {
        ke_bugcheck(BAD_POOL_CALLER, POOL_TAG_ZERO, type, size, (ULONG_PTR)caller, NULL, caller);
    }
    check_irql((type & PagedPool) != 0, type, size, caller);
    payload = allocate(owner_of_call(caller), size, (type & POOL_ZERO_ALLOCATION) != 0,
                       (type & NonPagedPoolCacheAligned) != 0, tag, caller);
    if (payload == NULL && (type & POOL_RAISE_IF_ALLOCATION_FAILURE)) {
        ke_raise(STATUS_INSUFFICIENT_RESOURCES, caller, 0, NULL);
    }
    return payload;
}

#define CALLER __builtin_return_address(0)

PVOID
ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ex_pool_allocate_by_type(PoolType, NumberOfBytes, Tag, CALLER);
}

PVOID
ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ex_pool_allocate_by_type(PoolType, NumberOfBytes, TAG_NONE, CALLER);
}

PVOID
ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                              EX_POOL_PRIORITY Priority)
{
    return ex_pool_allocate_by_type(PoolType, NumberOfBytes, Tag, CALLER);
}

/* These raise by default; POOL_QUOTA_FAIL_INSTEAD_OF_RAISE makes them return NULL. */
PVOID
ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    ULONG type = (ULONG)PoolType;

    type = type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE ? type & ~POOL_QUOTA_FAIL_INSTEAD_OF_RAISE
                                                   : type | POOL_RAISE_IF_ALLOCATION_FAILURE;
    return ex_pool_allocate_by_type(type, NumberOfBytes, Tag, CALLER);
}

PVOID
ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    ULONG type = (ULONG)PoolType;

    type = type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE ? type & ~POOL_QUOTA_FAIL_INSTEAD_OF_RAISE
                                                   : type | POOL_RAISE_IF_ALLOCATION_FAILURE;
    return ex_pool_allocate_by_type(type, NumberOfBytes, TAG_NONE, CALLER);
}

/* The new ones: flags. ------------------------------------------------------------------------- */

#define KIND_FLAGS (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED)
#define KNOWN_FLAGS                                                                                \
    (KIND_FLAGS | POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED | POOL_FLAG_SESSION |              \
     POOL_FLAG_CACHE_ALIGNED | POOL_FLAG_RAISE_ON_FAILURE)
#define REQUIRED_FLAGS (POOL_FLAG_REQUIRED_END | (POOL_FLAG_REQUIRED_END - 1))

/* Exactly one kind of pool, and no unknown flag among those that must be understood. */
static bool
flags_valid(POOL_FLAGS flags)
{
    POOL_FLAGS kind = flags & KIND_FLAGS;

    return kind != 0 && (kind & (kind - 1)) == 0 && (flags & REQUIRED_FLAGS & ~KNOWN_FLAGS) == 0;
}

void *
ex_pool_allocate(struct ex_pool_owner *owner, POOL_FLAGS flags, size_t size, ULONG tag,
                 const void *caller)
{
    check_irql((flags & POOL_FLAG_PAGED) != 0, (ULONG)flags, size, caller);
    if (size == 0 || tag == 0 || !flags_valid(flags)) {
        return NULL;
    }
    return allocate(owner != NULL ? owner : owner_of_call(caller), size,
                    (flags & POOL_FLAG_UNINITIALIZED) == 0, (flags & POOL_FLAG_CACHE_ALIGNED) != 0,
                    tag, caller);
}

static void *
allocate_by_flags(POOL_FLAGS flags, size_t size, ULONG tag, const void *caller)
{
    void *payload = ex_pool_allocate(NULL, flags, size, tag, caller);

    if (payload == NULL && (flags & POOL_FLAG_RAISE_ON_FAILURE)) {
        ke_raise(STATUS_INSUFFICIENT_RESOURCES, caller, 0, NULL);
    }
    return payload;
}

PVOID
ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    return allocate_by_flags(Flags, NumberOfBytes, Tag, CALLER);
}

/* Priority and node are hints; a secure pool that is not optional cannot be had. */
PVOID
ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                PCPOOL_EXTENDED_PARAMETER ExtendedParameters, ULONG ExtendedParametersCount)
{
    for (ULONG i = 0; i < ExtendedParametersCount; i++) {
        const POOL_EXTENDED_PARAMETER *parameter = &ExtendedParameters[i];

        if (!parameter->Optional && parameter->Type != PoolExtendedParameterPriority &&
            parameter->Type != PoolExtendedParameterNumaNode) {
            if (Flags & POOL_FLAG_RAISE_ON_FAILURE) {
                ke_raise(STATUS_INVALID_PARAMETER, CALLER, 0, NULL);
            }
            return NULL;
        }
    }
    return allocate_by_flags(Flags, NumberOfBytes, Tag, CALLER);
}

VOID
ExFreePool(PVOID P)
{
    ex_pool_free(P, 0, CALLER);
}

VOID
ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    ex_pool_free(P, Tag, CALLER);
}

VOID
ExFreePool2(PVOID P, ULONG Tag, PCPOOL_EXTENDED_PARAMETER ExtendedParameters,
            ULONG ExtendedParametersCount)
{
    ex_pool_free(P, Tag, CALLER);
}

/* Accounting ----------------------------------------------------------------------------------- */

bool
ex_pool_refuses(size_t size, ULONG tag)
{
    return failure.hook != NULL &&
           failure.hook(failure.argument, size, tag, __builtin_return_address(0));
}

void
ex_pool_set_failure_hook(bool (*hook)(void *argument, size_t size, ULONG tag, const void *caller),
                         void *argument)
{
    failure.hook = hook;
    failure.argument = argument;
}

size_t
ex_pool_report_leaks(struct ex_pool_owner *owner,
                     void (*sink)(void *argument, const struct ex_pool_leak *leak), void *argument)
{
    size_t count = 0;
    struct list *link;

    sys_lock_acquire(&owner->lock);
    list_for_each(link, &owner->blocks)
    {
        struct header *header = container_of(link, struct header, link);
        struct ex_pool_leak leak = {
            .address = header + 1,
            .size = header->size,
            .tag = header->tag,
            .caller = header->caller,
        };

        count++;
        if (sink != NULL) {
            sink(argument, &leak);
        }
    }
    sys_lock_release(&owner->lock);
    return count;
}

void
ex_pool_tag_text(ULONG tag, char text[5])
{
    for (int i = 0; i < 4; i++) {
        char c = (char)(tag >> (8 * i));

        text[i] = (char)(c >= 0x20 && c <= 0x7E ? c : '?');
    }
    text[4] = 0;
}
