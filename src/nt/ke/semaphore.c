/* SPDX-License-Identifier: MIT */
/* Counting semaphores. */
#include "nt/ke/ke_priv.h"

#define CHECK(object)                                                                              \
    ke_object_check(object, SemaphoreObject, SemaphoreObject, __builtin_return_address(0))

VOID
KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    ke_object_init(&Semaphore->Header, SemaphoreObject, sizeof(KSEMAPHORE), Count);
    Semaphore->Limit = Limit;
}

LONG
KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    LONG state;

    CHECK(Semaphore);
    sys_lock_acquire(&ke_dispatcher_lock);
    state = Semaphore->Header.SignalState;
    sys_lock_release(&ke_dispatcher_lock);
    return state;
}

/* Raises STATUS_SEMAPHORE_LIMIT_EXCEEDED, and changes nothing, when the limit would be passed. */
LONG
KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment, BOOLEAN Wait)
{
    struct ke_wake_list woken;
    LONG previous;
    bool exceeded;

    CHECK(Semaphore);
    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    previous = Semaphore->Header.SignalState;
    exceeded = Adjustment <= 0 || Adjustment > Semaphore->Limit - previous;
    if (!exceeded) {
        Semaphore->Header.SignalState = previous + Adjustment;
        ke_signal_locked(&Semaphore->Header, &woken);
    }
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
    if (exceeded) {
        ke_raise(STATUS_SEMAPHORE_LIMIT_EXCEEDED, __builtin_return_address(0), 0, NULL);
    }
    return previous;
}
