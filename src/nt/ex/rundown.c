/* SPDX-License-Identifier: MIT */
/*
 * Rundown protection. While it is not run down, Count is twice the number of those inside. A
 * waiter puts the address of its wait block there, plus 1; who leaves then counts down in the
 * block. When all are out, or nobody was in, it is 1: run down, and nobody gets in until it is
 * initialized anew.
 */
#include "nt/ex/ex_priv.h"

#include "nt/ke/ke.h"

_Static_assert(sizeof(EX_RUNDOWN_REF) == 8, "the layout is public");

struct waiter {
    uint64_t inside;
    KEVENT done;
};

static uint64_t *
count_of(PEX_RUNDOWN_REF reference)
{
    return (uint64_t *)(void *)reference;
}

VOID
ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    atomic_store_u64(count_of(RunRef), 0);
}

VOID
ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    atomic_store_u64(count_of(RunRef), 0);
}

VOID
ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    atomic_store_u64(count_of(RunRef), EX_RUNDOWN_ACTIVE);
}

BOOLEAN
ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    uint64_t seen = atomic_load_u64(count_of(RunRef));

    while ((seen & EX_RUNDOWN_ACTIVE) == 0) {
        if (atomic_cas_u64(count_of(RunRef), &seen,
                           seen + (uint64_t)Count * EX_RUNDOWN_COUNT_INC)) {
            return TRUE;
        }
    }
    return FALSE;
}

BOOLEAN
ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    return ExAcquireRundownProtectionEx(RunRef, 1);
}

static void
release(PEX_RUNDOWN_REF reference, uint64_t count, const void *caller)
{
    uint64_t seen = atomic_load_u64(count_of(reference));
    struct waiter *waiter;

    while ((seen & EX_RUNDOWN_ACTIVE) == 0) {
        if (seen < count * EX_RUNDOWN_COUNT_INC) {
            ke_bugcheck(REFERENCE_BY_POINTER, 0, (ULONG_PTR)reference, 2, 0, NULL, caller);
        }
        if (atomic_cas_u64(count_of(reference), &seen, seen - count * EX_RUNDOWN_COUNT_INC)) {
            return;
        }
    }
    waiter = (struct waiter *)(uintptr_t)(seen & ~(uint64_t)EX_RUNDOWN_ACTIVE);
    if (waiter == NULL) {
        ke_bugcheck(REFERENCE_BY_POINTER, 0, (ULONG_PTR)reference, 2, 0, NULL, caller);
    }
    if (atomic_fetch_sub_u64(&waiter->inside, count) == count) {
        KeSetEvent(&waiter->done, 0, FALSE);
    }
}

VOID
ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    release(RunRef, 1, __builtin_return_address(0));
}

VOID
ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    release(RunRef, Count, __builtin_return_address(0));
}

VOID
ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    struct waiter waiter;
    uint64_t seen = 0;
    uint64_t next;

    ke_irql_check(APC_LEVEL, __builtin_return_address(0));
    KeInitializeEvent(&waiter.done, NotificationEvent, FALSE);
    do {
        if (seen & EX_RUNDOWN_ACTIVE) {
            return;
        }
        waiter.inside = seen / EX_RUNDOWN_COUNT_INC;
        next = (waiter.inside != 0 ? (uint64_t)(uintptr_t)&waiter : 0) | EX_RUNDOWN_ACTIVE;
    } while (!atomic_cas_u64(count_of(RunRef), &seen, next));
    if (seen != 0) {
        KeWaitForSingleObject(&waiter.done, Executive, KernelMode, FALSE, NULL);
        ExRundownCompleted(RunRef);
    }
}

/* The cache-aware kind is one reference: so few processors do not need one each. --------------- */

struct _EX_RUNDOWN_REF_CACHE_AWARE {
    EX_RUNDOWN_REF reference;
};

SIZE_T
ExSizeOfRundownProtectionCacheAware(VOID)
{
    return sizeof(struct _EX_RUNDOWN_REF_CACHE_AWARE);
}

PEX_RUNDOWN_REF_CACHE_AWARE
ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType, ULONG PoolTag)
{
    PEX_RUNDOWN_REF_CACHE_AWARE reference = ex_pool_allocate_by_type(
        (ULONG)PoolType, sizeof(*reference), PoolTag, __builtin_return_address(0));

    if (reference != NULL) {
        ExInitializeRundownProtection(&reference->reference);
    }
    return reference;
}

VOID
ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExFreePool(RunRefCacheAware);
}

BOOLEAN
ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    return ExAcquireRundownProtection(&RunRefCacheAware->reference);
}

VOID
ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    release(&RunRefCacheAware->reference, 1, __builtin_return_address(0));
}

VOID
ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExWaitForRundownProtectionRelease(&RunRefCacheAware->reference);
}

VOID
ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExReInitializeRundownProtection(&RunRefCacheAware->reference);
}

VOID
ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExRundownCompleted(&RunRefCacheAware->reference);
}
