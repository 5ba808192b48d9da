/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer spin locks (DISPATCH_LEVEL) and push locks (PASSIVE_LEVEL): one algorithm on one
 * word. WANTED keeps new sharers out while somebody waits for it exclusively; whoever gives the
 * lock back entirely wakes all who sleep, and they try again.
 */
#include "nt/ex/ex_priv.h"

#include "nt/ke/ke.h"
#include "sys/thread.h"
#include "sys/wait.h"

#define EXCLUSIVE 0x80000000u
#define WANTED    0x40000000u
#define SLEEPERS  0x20000000u
#define SHARERS   0x1FFFFFFFu

#define SPINS 64

/* Waits until the word changes from `seen`. */
static void
wait_for_change(uint32_t *word, uint32_t seen, unsigned *spins)
{
    if (*spins < SPINS) {
        (*spins)++;
        sys_spin_pause();
        return;
    }
    if ((seen & SLEEPERS) == 0 && !atomic_cas_u32(word, &seen, seen | SLEEPERS)) {
        return;
    }
    sys_wait(word, seen | SLEEPERS, SYS_FOREVER);
}

void
ex_rw_acquire_shared(uint32_t *word)
{
    unsigned spins = 0;

    for (;;) {
        uint32_t seen = atomic_load_u32(word);

        if (seen & (EXCLUSIVE | WANTED)) {
            wait_for_change(word, seen, &spins);
        } else if (atomic_cas_u32(word, &seen, seen + 1)) {
            return;
        }
    }
}

void
ex_rw_acquire_exclusive(uint32_t *word)
{
    unsigned spins = 0;

    for (;;) {
        uint32_t seen = atomic_load_u32(word);

        if ((seen & (EXCLUSIVE | SHARERS)) == 0) {
            if (atomic_cas_u32(word, &seen, (seen & SLEEPERS) | EXCLUSIVE)) {
                return;
            }
        } else if ((seen & WANTED) == 0) {
            atomic_cas_u32(word, &seen, seen | WANTED);
        } else {
            wait_for_change(word, seen, &spins);
        }
    }
}

void
ex_rw_release_shared(uint32_t *word)
{
    uint32_t seen = atomic_load_u32(word);

    for (;;) {
        bool last = (seen & SHARERS) == 1;
        uint32_t next = last ? 0 : seen - 1;

        if (atomic_cas_u32(word, &seen, next)) {
            if (last && (seen & SLEEPERS)) {
                sys_wake(word, UINT32_MAX);
            }
            return;
        }
    }
}

void
ex_rw_release_exclusive(uint32_t *word)
{
    if (atomic_xchg_u32(word, 0) & SLEEPERS) {
        sys_wake(word, UINT32_MAX);
    }
}

bool
ex_rw_try_upgrade(uint32_t *word)
{
    uint32_t seen = atomic_load_u32(word);

    while ((seen & SHARERS) == 1) {
        if (atomic_cas_u32(word, &seen, (seen & ~(uint32_t)(SHARERS | WANTED)) | EXCLUSIVE)) {
            return true;
        }
    }
    return false;
}

static uint32_t *
word_of(volatile void *lock)
{
    return (uint32_t *)(uintptr_t)lock;
}

/* Giving back what is not held would free it for two. */
static void
check_held(volatile void *lock, uint32_t bits, const void *caller)
{
    if (__builtin_expect((atomic_load_u32(word_of(lock)) & bits) == 0, 0)) {
        ke_bugcheck(SPIN_LOCK_NOT_OWNED, (ULONG_PTR)lock, 0, 0, 0, NULL, caller);
    }
}

static void
check_irql(KIRQL lowest, const void *caller)
{
    KIRQL irql = KeGetCurrentIrql();

    if (__builtin_expect(irql < lowest, 0)) {
        ke_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, (ULONG_PTR)caller, irql, 0, (ULONG_PTR)caller, NULL,
                    caller);
    }
}

#define CALLER __builtin_return_address(0)

/* Reader-writer spin locks --------------------------------------------------------------------- */

static KIRQL
raise(const void *caller)
{
    ke_irql_check(DISPATCH_LEVEL, caller);
    return ke_irql_set(DISPATCH_LEVEL);
}

KIRQL
ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    KIRQL old = raise(CALLER);

    ex_rw_acquire_shared(word_of(SpinLock));
    return old;
}

VOID
ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    check_held(SpinLock, SHARERS, CALLER);
    ex_rw_release_shared(word_of(SpinLock));
    KeLowerIrql(OldIrql);
}

VOID
ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    check_irql(DISPATCH_LEVEL, CALLER);
    ex_rw_acquire_shared(word_of(SpinLock));
}

VOID
ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    check_held(SpinLock, SHARERS, CALLER);
    ex_rw_release_shared(word_of(SpinLock));
}

KIRQL
ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    KIRQL old = raise(CALLER);

    ex_rw_acquire_exclusive(word_of(SpinLock));
    return old;
}

VOID
ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    check_held(SpinLock, EXCLUSIVE, CALLER);
    ex_rw_release_exclusive(word_of(SpinLock));
    KeLowerIrql(OldIrql);
}

VOID
ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    check_irql(DISPATCH_LEVEL, CALLER);
    ex_rw_acquire_exclusive(word_of(SpinLock));
}

VOID
ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    check_held(SpinLock, EXCLUSIVE, CALLER);
    ex_rw_release_exclusive(word_of(SpinLock));
}

LOGICAL
ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    return ex_rw_try_upgrade(word_of(SpinLock));
}

/* Push locks: "normal kernel APC delivery must be disabled" is not asked for. ------------------ */

VOID
ExInitializePushLock(PEX_PUSH_LOCK PushLock)
{
    *PushLock = 0;
}

VOID
ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    ke_irql_check(APC_LEVEL, CALLER);
    ex_rw_acquire_shared(word_of(PushLock));
}

VOID
ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    ke_irql_check(APC_LEVEL, CALLER);
    ex_rw_acquire_exclusive(word_of(PushLock));
}

VOID
ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    check_held(PushLock, SHARERS, CALLER);
    ex_rw_release_shared(word_of(PushLock));
}

VOID
ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    check_held(PushLock, EXCLUSIVE, CALLER);
    ex_rw_release_exclusive(word_of(PushLock));
}
