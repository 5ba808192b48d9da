/* SPDX-License-Identifier: MIT */
/*
 * Locks that are a word of the caller's: slim reader/writer locks, condition variables, one-time initialization,
 * waits on an address. None needs a destructor; all zero is the free state.
 */
#include "win32/object.h"

#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/wait.h"

/* What is in a SRWLOCK's and a CONDITION_VARIABLE's pointer. */
struct slim {
    uint32_t word; /* Lock: readers, or EXCLUSIVE. Condition: counts wakes. */
    uint32_t waiters;
};

_Static_assert(sizeof(struct slim) == sizeof(SRWLOCK), "fits");

#define EXCLUSIVE UINT32_MAX

/* --- Reader/writer locks --------------------------------------------------------------------- */

static bool
try_exclusive(struct slim *lock)
{
    uint32_t expected = 0;

    return atomic_cas_u32(&lock->word, &expected, EXCLUSIVE);
}

static bool
try_shared(struct slim *lock)
{
    uint32_t word = atomic_load_u32(&lock->word);

    while (word != EXCLUSIVE) {
        if (atomic_cas_u32(&lock->word, &word, word + 1)) {
            return true;
        }
    }
    return false;
}

static void
acquire(struct slim *lock, bool (*attempt)(struct slim *lock))
{
    while (!attempt(lock)) {
        uint32_t word;

        (void)atomic_fetch_add_u32(&lock->waiters, 1);
        word = atomic_load_u32(&lock->word);
        /* A reader waits for EXCLUSIVE to go, a writer for whatever is there. */
        if (word == EXCLUSIVE || (word != 0 && attempt == try_exclusive)) {
            (void)sys_wait(&lock->word, word, SYS_FOREVER);
        }
        (void)atomic_fetch_sub_u32(&lock->waiters, 1);
    }
}

static void
wake_waiters(struct slim *lock)
{
    if (atomic_load_u32(&lock->waiters) != 0) {
        sys_wake(&lock->word, UINT32_MAX);
    }
}

VOID
InitializeSRWLock(PSRWLOCK SRWLock)
{
    SRWLock->Ptr = NULL;
}

VOID
AcquireSRWLockExclusive(PSRWLOCK SRWLock)
{
    acquire((struct slim *)SRWLock, try_exclusive);
}

VOID
AcquireSRWLockShared(PSRWLOCK SRWLock)
{
    acquire((struct slim *)SRWLock, try_shared);
}

BOOLEAN
TryAcquireSRWLockExclusive(PSRWLOCK SRWLock)
{
    return try_exclusive((struct slim *)SRWLock);
}

BOOLEAN
TryAcquireSRWLockShared(PSRWLOCK SRWLock)
{
    return try_shared((struct slim *)SRWLock);
}

VOID
ReleaseSRWLockExclusive(PSRWLOCK SRWLock)
{
    struct slim *lock = (struct slim *)SRWLock;

    atomic_store_u32(&lock->word, 0);
    atomic_fence();
    wake_waiters(lock);
}

VOID
ReleaseSRWLockShared(PSRWLOCK SRWLock)
{
    struct slim *lock = (struct slim *)SRWLock;

    if (atomic_fetch_sub_u32(&lock->word, 1) == 1) {
        wake_waiters(lock);
    }
}

/* --- Condition variables --------------------------------------------------------------------- */

VOID
InitializeConditionVariable(PCONDITION_VARIABLE ConditionVariable)
{
    ConditionVariable->Ptr = NULL;
}

VOID
WakeConditionVariable(PCONDITION_VARIABLE ConditionVariable)
{
    struct slim *condition = (struct slim *)ConditionVariable;

    (void)atomic_fetch_add_u32(&condition->word, 1);
    sys_wake(&condition->word, 1);
}

VOID
WakeAllConditionVariable(PCONDITION_VARIABLE ConditionVariable)
{
    struct slim *condition = (struct slim *)ConditionVariable;

    (void)atomic_fetch_add_u32(&condition->word, 1);
    sys_wake(&condition->word, UINT32_MAX);
}

/* Sleeps from before the lock was released, so that no wake is lost. */
static BOOL
condition_wait(PCONDITION_VARIABLE variable, uint32_t seen, DWORD milliseconds)
{
    struct slim *condition = (struct slim *)variable;
    uint64_t deadline = w32_deadline(milliseconds);

    while (atomic_load_u32(&condition->word) == seen) {
        if (milliseconds != INFINITE && sys_now_ns() >= deadline) {
            return w32_fail(ERROR_TIMEOUT);
        }
        (void)sys_wait(&condition->word, seen, deadline);
    }
    return TRUE;
}

BOOL
SleepConditionVariableSRW(PCONDITION_VARIABLE ConditionVariable, PSRWLOCK SRWLock,
                          DWORD dwMilliseconds, ULONG Flags)
{
    uint32_t seen = atomic_load_u32(&((struct slim *)ConditionVariable)->word);
    bool shared = (Flags & CONDITION_VARIABLE_LOCKMODE_SHARED) != 0;
    BOOL woken;

    if (shared) {
        ReleaseSRWLockShared(SRWLock);
    } else {
        ReleaseSRWLockExclusive(SRWLock);
    }
    woken = condition_wait(ConditionVariable, seen, dwMilliseconds);
    if (shared) {
        AcquireSRWLockShared(SRWLock);
    } else {
        AcquireSRWLockExclusive(SRWLock);
    }
    return woken;
}

BOOL
SleepConditionVariableCS(PCONDITION_VARIABLE ConditionVariable, PCRITICAL_SECTION CriticalSection,
                         DWORD dwMilliseconds)
{
    uint32_t seen = atomic_load_u32(&((struct slim *)ConditionVariable)->word);
    BOOL woken;

    LeaveCriticalSection(CriticalSection);
    woken = condition_wait(ConditionVariable, seen, dwMilliseconds);
    EnterCriticalSection(CriticalSection);
    return woken;
}

/* --- One-time initialization ------------------------------------------------------------------- */

/* The low two bits of INIT_ONCE; the rest is the context, whose low two bits are zero. */
#define ONCE_NONE    0u
#define ONCE_RUNNING 1u
#define ONCE_DONE    2u
#define ONCE_MASK    ((ULONG_PTR)3)

VOID
InitOnceInitialize(PINIT_ONCE InitOnce)
{
    InitOnce->Ptr = NULL;
}

BOOL
InitOnceBeginInitialize(LPINIT_ONCE lpInitOnce, DWORD dwFlags, PBOOL fPending, LPVOID *lpContext)
{
    uint64_t *once = (uint64_t *)&lpInitOnce->Ptr;

    for (;;) {
        uint64_t value = atomic_load_u64(once);

        switch (value & ONCE_MASK) {
        case ONCE_DONE:
            *fPending = FALSE;
            if (lpContext != NULL) {
                *lpContext = (LPVOID)(value & ~ONCE_MASK);
            }
            return TRUE;
        case ONCE_NONE:
            if ((dwFlags & RTL_RUN_ONCE_CHECK_ONLY) != 0) {
                *fPending = TRUE;
                return w32_fail(ERROR_GEN_FAILURE);
            }
            if (atomic_cas_u64(once, &value, ONCE_RUNNING)) {
                *fPending = TRUE;
                return TRUE;
            }
            break;
        default:
            if ((dwFlags & RTL_RUN_ONCE_ASYNC) != 0) {
                *fPending = TRUE; /* Several may try; the first to complete wins. */
                return TRUE;
            }
            (void)sys_wait((uint32_t *)once, (uint32_t)value, SYS_FOREVER);
            break;
        }
    }
}

BOOL
InitOnceComplete(LPINIT_ONCE lpInitOnce, DWORD dwFlags, LPVOID lpContext)
{
    uint64_t *once = (uint64_t *)&lpInitOnce->Ptr;
    bool failed = (dwFlags & RTL_RUN_ONCE_INIT_FAILED) != 0;
    uint64_t value = atomic_load_u64(once);

    if (((ULONG_PTR)lpContext & ONCE_MASK) != 0 || (failed && lpContext != NULL)) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    if ((value & ONCE_MASK) != ONCE_RUNNING ||
        !atomic_cas_u64(once, &value, failed ? ONCE_NONE : (uint64_t)lpContext | ONCE_DONE)) {
        return w32_fail(ERROR_GEN_FAILURE);
    }
    sys_wake((uint32_t *)once, UINT32_MAX);
    return TRUE;
}

BOOL
InitOnceExecuteOnce(PINIT_ONCE InitOnce, PINIT_ONCE_FN InitFn, PVOID Parameter, LPVOID *Context)
{
    LPVOID context = NULL;
    BOOL pending;

    (void)InitOnceBeginInitialize(InitOnce, 0, &pending, Context);
    if (!pending) {
        return TRUE;
    }
    if (!InitFn(InitOnce, Parameter, &context)) {
        (void)InitOnceComplete(InitOnce, RTL_RUN_ONCE_INIT_FAILED, NULL);
        return FALSE;
    }
    if (Context != NULL) {
        *Context = context;
    }
    return InitOnceComplete(InitOnce, 0, context);
}

/* --- Addresses ------------------------------------------------------------------------------- */

static uint32_t address_words[64]; /* Counts wakes; addresses share them by their bits. */

static uint32_t *
address_word(const volatile void *address)
{
    ULONG_PTR bits = (ULONG_PTR)address >> 2;

    return &address_words[(bits ^ bits >> 6) % 64];
}

static bool
same(const volatile void *address, const void *compare, SIZE_T size)
{
    switch (size) {
    case 1:
        return *(const volatile uint8_t *)address == *(const uint8_t *)compare;
    case 2:
        return *(const volatile uint16_t *)address == *(const uint16_t *)compare;
    case 4:
        return *(const volatile uint32_t *)address == *(const uint32_t *)compare;
    default:
        return *(const volatile uint64_t *)address == *(const uint64_t *)compare;
    }
}

BOOL
WaitOnAddress(volatile VOID *Address, PVOID CompareAddress, SIZE_T AddressSize,
              DWORD dwMilliseconds)
{
    uint32_t *word = address_word(Address);
    uint64_t deadline = w32_deadline(dwMilliseconds);
    uint32_t seen;

    if (AddressSize != 1 && AddressSize != 2 && AddressSize != 4 && AddressSize != 8) {
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    seen = atomic_load_u32(word);
    if (!same(Address, CompareAddress, AddressSize)) {
        return TRUE;
    }
    (void)sys_wait(word, seen, deadline);
    if (dwMilliseconds != INFINITE && sys_now_ns() >= deadline &&
        same(Address, CompareAddress, AddressSize)) {
        return w32_fail(ERROR_TIMEOUT);
    }
    return TRUE;
}

VOID
WakeByAddressAll(PVOID Address)
{
    uint32_t *word = address_word(Address);

    (void)atomic_fetch_add_u32(word, 1);
    sys_wake(word, UINT32_MAX);
}

/* Several addresses share a word: all look, and one goes on. */
VOID
WakeByAddressSingle(PVOID Address)
{
    WakeByAddressAll(Address);
}
