/* SPDX-License-Identifier: MIT */
/*
 * Spin locks. The low half of a KSPIN_LOCK is a sys_lock, which spins and then sleeps; the high
 * half names the owner, so that taking a lock twice is a bug check and not a hang. All zero when
 * free.
 */
#include "nt/ke/ke_priv.h"

_Static_assert(sizeof(KSPIN_LOCK) == 8, "a lock word and an owner");

struct spin_lock {
    struct sys_lock lock;
    uint32_t owner; /* Low half of the owner's thread number. */
};

static struct spin_lock *
spin_lock_of(PKSPIN_LOCK lock)
{
    return (struct spin_lock *)(void *)lock;
}

static _Noreturn void
already_owned(PKSPIN_LOCK lock, const void *caller)
{
    ke_bugcheck(SPIN_LOCK_ALREADY_OWNED, (ULONG_PTR)lock, 0, 0, 0, NULL, caller);
}

static inline void
acquire(PKSPIN_LOCK spin_lock, struct ke_thread *thread, const void *caller)
{
    struct spin_lock *lock = spin_lock_of(spin_lock);
    uint32_t self = (uint32_t)thread->id;

    if (__builtin_expect(!sys_lock_try(&lock->lock), 0)) {
        if (atomic_load_relaxed_u32(&lock->owner) == self) {
            already_owned(spin_lock, caller);
        }
        sys_lock_acquire_slow(&lock->lock);
    }
    atomic_store_relaxed_u32(&lock->owner, self);
}

static inline void
release(PKSPIN_LOCK spin_lock, struct ke_thread *thread, const void *caller)
{
    struct spin_lock *lock = spin_lock_of(spin_lock);

    if (__builtin_expect(atomic_load_relaxed_u32(&lock->owner) != (uint32_t)thread->id, 0)) {
        ke_bugcheck(SPIN_LOCK_NOT_OWNED, (ULONG_PTR)spin_lock, 0, 0, 0, NULL, caller);
    }
    atomic_store_relaxed_u32(&lock->owner, 0);
    sys_lock_release(&lock->lock);
}

static inline KIRQL
raise(struct ke_thread *thread, const void *caller)
{
    KIRQL old = thread->irql;

    if (__builtin_expect(old > DISPATCH_LEVEL, 0)) {
        ke_bugcheck(IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)caller, old, 0, (ULONG_PTR)caller, NULL,
                    caller);
    }
    thread->irql = DISPATCH_LEVEL;
    return old;
}

static inline void
check_at_dispatch(struct ke_thread *thread, const void *caller)
{
    if (__builtin_expect(thread->irql < DISPATCH_LEVEL, 0)) {
        ke_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, (ULONG_PTR)caller, thread->irql, 0,
                    (ULONG_PTR)caller, NULL, caller);
    }
}

static inline void
lower(struct ke_thread *thread, KIRQL irql, const void *caller)
{
    if (__builtin_expect(irql > thread->irql, 0)) {
        ke_bugcheck(IRQL_NOT_LESS_OR_EQUAL, irql, thread->irql, 0, (ULONG_PTR)caller, NULL, caller);
    }
    thread->irql = irql;
}

#define CALLER __builtin_return_address(0)

void
ke_spin_lock_acquire(PKSPIN_LOCK lock, const void *caller)
{
    acquire(lock, ke_thread_self(), caller);
}

void
ke_spin_lock_release(PKSPIN_LOCK lock, const void *caller)
{
    release(lock, ke_thread_self(), caller);
}

VOID
KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    *SpinLock = 0;
}

KIRQL
KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    struct ke_thread *thread = ke_thread_self();
    KIRQL old = raise(thread, CALLER);

    acquire(SpinLock, thread, CALLER);
    return old;
}

VOID
KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    struct ke_thread *thread = ke_thread_self();

    release(SpinLock, thread, CALLER);
    lower(thread, NewIrql, CALLER);
}

VOID
KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    struct ke_thread *thread = ke_thread_self();

    check_at_dispatch(thread, CALLER);
    acquire(SpinLock, thread, CALLER);
}

VOID
KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    release(SpinLock, ke_thread_self(), CALLER);
}

BOOLEAN
KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    struct ke_thread *thread = ke_thread_self();
    struct spin_lock *lock = spin_lock_of(SpinLock);

    check_at_dispatch(thread, CALLER);
    if (!sys_lock_try(&lock->lock)) {
        return FALSE;
    }
    atomic_store_relaxed_u32(&lock->owner, (uint32_t)thread->id);
    return TRUE;
}

BOOLEAN
KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    return atomic_load_u32(&spin_lock_of(SpinLock)->lock.word) == 0;
}

/*
 * In a threaded DPC, which runs at PASSIVE_LEVEL, it raises; in an ordinary one there is no need.
 */
KIRQL
KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
    struct ke_thread *thread = ke_thread_self();
    KIRQL old = raise(thread, CALLER);

    acquire(SpinLock, thread, CALLER);
    return old;
}

VOID
KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
    struct ke_thread *thread = ke_thread_self();

    release(SpinLock, thread, CALLER);
    lower(thread, OldIrql, CALLER);
}

/* Queued locks: the queue is the system's sleep queue; the handle only remembers lock and IRQL. */

VOID
KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    struct ke_thread *thread = ke_thread_self();

    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = raise(thread, CALLER);
    acquire(SpinLock, thread, CALLER);
}

VOID
KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    struct ke_thread *thread = ke_thread_self();

    release(LockHandle->LockQueue.Lock, thread, CALLER);
    lower(thread, LockHandle->OldIrql, CALLER);
}

VOID
KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    struct ke_thread *thread = ke_thread_self();

    check_at_dispatch(thread, CALLER);
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = thread->irql;
    acquire(SpinLock, thread, CALLER);
}

VOID
KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    release(LockHandle->LockQueue.Lock, ke_thread_self(), CALLER);
}

VOID
KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    KeAcquireInStackQueuedSpinLock(SpinLock, LockHandle);
}

VOID
KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KeReleaseInStackQueuedSpinLock(LockHandle);
}
