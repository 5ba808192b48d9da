/* SPDX-License-Identifier: MIT */
/*
 * Fast mutexes and guarded mutexes, which have the same layout. Count is 1 when free and goes down
 * by one with each who wants it; who finds it not free waits for the event, which passes the mutex
 * on.
 */
#include "nt/ex/ex_priv.h"

#include "base/atomic.h"

#include "nt/ke/ke.h"

#define CALLER __builtin_return_address(0)

static void
acquire(PFAST_MUTEX mutex, const void *caller)
{
    PVOID self = KeGetCurrentThread();

    if (atomic_load_relaxed_ptr((void *const *)&mutex->Owner) == self) {
        ke_bugcheck(MUTEX_ALREADY_OWNED, (ULONG_PTR)mutex, (ULONG_PTR)self, 0, 0, NULL, caller);
    }
    if (atomic_fetch_sub_i32(&mutex->Count, 1) != 1) {
        (void)atomic_fetch_add_u32(&mutex->Contention, 1);
        KeWaitForSingleObject(&mutex->Event, WrFastMutex, KernelMode, FALSE, NULL);
    }
    atomic_store_relaxed_ptr((void **)&mutex->Owner, self);
}

static bool
try_acquire(PFAST_MUTEX mutex)
{
    int32_t expected = 1;

    if (!atomic_cas_i32(&mutex->Count, &expected, 0)) {
        return false;
    }
    atomic_store_relaxed_ptr((void **)&mutex->Owner, KeGetCurrentThread());
    return true;
}

static void
release(PFAST_MUTEX mutex, const void *caller)
{
    if (atomic_load_relaxed_ptr((void *const *)&mutex->Owner) != (PVOID)KeGetCurrentThread()) {
        ke_bugcheck(SPIN_LOCK_NOT_OWNED, (ULONG_PTR)mutex, 0, 0, 0, NULL, caller);
    }
    atomic_store_relaxed_ptr((void **)&mutex->Owner, NULL);
    if (atomic_fetch_add_i32(&mutex->Count, 1) != 0) {
        KeSetEvent(&mutex->Event, EVENT_INCREMENT, FALSE);
    }
}

VOID
ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL irql;

    ke_irql_check(APC_LEVEL, CALLER);
    irql = ke_irql_set(APC_LEVEL);
    acquire(FastMutex, CALLER);
    FastMutex->OldIrql = irql;
}

VOID
ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL irql = (KIRQL)FastMutex->OldIrql;

    release(FastMutex, CALLER);
    KeLowerIrql(irql);
}

BOOLEAN
ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL irql;

    ke_irql_check(APC_LEVEL, CALLER);
    if (!try_acquire(FastMutex)) {
        return FALSE;
    }
    irql = ke_irql_set(APC_LEVEL);
    FastMutex->OldIrql = irql;
    return TRUE;
}

VOID
ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    ke_irql_check(APC_LEVEL, CALLER);
    acquire(FastMutex, CALLER);
}

VOID
ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    release(FastMutex, CALLER);
}

/* Guarded: inside a guarded region instead of at APC_LEVEL. ------------------------------------ */

VOID
KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    ExInitializeFastMutex(Mutex);
}

VOID
KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    ke_irql_check(APC_LEVEL, CALLER);
    KeEnterGuardedRegion();
    acquire(Mutex, CALLER);
}

VOID
KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    release(Mutex, CALLER);
    KeLeaveGuardedRegion();
}

BOOLEAN
KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KeEnterGuardedRegion();
    if (try_acquire(Mutex)) {
        return TRUE;
    }
    KeLeaveGuardedRegion();
    return FALSE;
}

VOID
KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX FastMutex)
{
    acquire(FastMutex, CALLER);
}

VOID
KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX FastMutex)
{
    release(FastMutex, CALLER);
}
