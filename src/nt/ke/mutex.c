/* SPDX-License-Identifier: MIT */
/*
 * Mutexes (the kernel calls them mutants): owned by a thread, taken again by the owner without
 * waiting, abandoned when the owner ends. SignalState is 1 when free and 1 - depth when owned.
 */
#include "nt/ke/ke_priv.h"

#define CHECK(object)                                                                              \
    ke_object_check(object, MutantObject, MutantObject, __builtin_return_address(0))

VOID
KeInitializeMutant(PRKMUTANT Mutant, BOOLEAN InitialOwner)
{
    ke_object_init(&Mutant->Header, MutantObject, sizeof(KMUTANT), InitialOwner ? 0 : 1);
    Mutant->OwnerThread = NULL;
    Mutant->MutantFlags = 0;
    Mutant->ApcDisable = 0;
    if (InitialOwner) {
        struct ke_thread *thread = ke_thread_self();

        Mutant->OwnerThread = (PKTHREAD)(void *)thread;
        sys_lock_acquire(&ke_dispatcher_lock);
        InsertTailList(&thread->mutants, &Mutant->MutantListEntry);
        sys_lock_release(&ke_dispatcher_lock);
    }
}

VOID
KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    KeInitializeMutant(Mutex, FALSE);
    Mutex->ApcDisable = 1;
}

LONG
KeReadStateMutex(PRKMUTEX Mutex)
{
    LONG state;

    CHECK(Mutex);
    sys_lock_acquire(&ke_dispatcher_lock);
    state = Mutex->Header.SignalState;
    sys_lock_release(&ke_dispatcher_lock);
    return state;
}

static void
set_free(PRKMUTEX mutex, struct ke_wake_list *woken)
{
    RemoveEntryList(&mutex->MutantListEntry);
    mutex->OwnerThread = NULL;
    mutex->Header.SignalState = 1;
    ke_signal_locked(&mutex->Header, woken);
}

/* Raises STATUS_MUTANT_NOT_OWNED, or STATUS_ABANDONED, when the caller does not own it. */
LONG
KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    struct ke_thread *thread = ke_thread_self();
    struct ke_wake_list woken;
    NTSTATUS status = STATUS_SUCCESS;
    LONG previous;

    CHECK(Mutex);
    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    previous = Mutex->Header.SignalState;
    if ((void *)Mutex->OwnerThread != thread) {
        status = Mutex->Abandoned ? STATUS_ABANDONED : STATUS_MUTANT_NOT_OWNED;
    } else if (previous < 0) {
        Mutex->Header.SignalState = previous + 1;
    } else {
        thread->critical_regions -= Mutex->ApcDisable;
        set_free(Mutex, &woken);
    }
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
    if (status != STATUS_SUCCESS) {
        ke_raise(status, __builtin_return_address(0), 0, NULL);
    }
    return previous;
}

void
ke_mutants_abandon(struct ke_thread *thread)
{
    struct ke_wake_list woken;

    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    while (!IsListEmpty(&thread->mutants)) {
        PKMUTANT mutant = CONTAINING_RECORD(thread->mutants.Flink, KMUTANT, MutantListEntry);

        mutant->Abandoned = 1;
        set_free(mutant, &woken);
    }
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
}
