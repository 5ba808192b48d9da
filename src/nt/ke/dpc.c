/* SPDX-License-Identifier: MIT */
/*
 * Deferred procedure calls, and the thread that runs them: the processor. It runs one DPC at a
 * time at DISPATCH_LEVEL, expires timers, and sleeps otherwise. It starts with the first DPC or
 * timer.
 *
 * There is one processor so far; what is per processor is in struct ke_processor, and a DPC's
 * target is remembered in its Number.
 */
#include "nt/ke/ke_priv.h"

#include "sys/clock.h"
#include "sys/wait.h"

#define DPC_TYPE          19
#define THREADED_DPC_TYPE 26

/* A DPC is in the queue exactly while its DpcData is not NULL: it points to its processor then. */
struct ke_processor {
    struct sys_lock lock;
    SINGLE_LIST_ENTRY *head; /* Guarded by lock. */
    SINGLE_LIST_ENTRY *tail; /* Guarded by lock. */
    uint32_t queued;         /* Guarded by lock for changes. */
    uint32_t word;           /* Changes with every kick. */
    uint32_t asleep;         /* The thread sleeps on word, or is about to. */
    uint32_t started;
    uint32_t stop;
    struct sys_lock start_lock;
    struct sys_thread *thread; /* Guarded by start_lock. */
};

static struct ke_processor processor;

static void
queue_insert_locked(struct ke_processor *p, PKDPC dpc)
{
    bool first = dpc->Importance == HighImportance;

    dpc->DpcData = p;
    dpc->DpcListEntry.Next = first ? p->head : NULL;
    if (p->head == NULL) {
        p->head = p->tail = &dpc->DpcListEntry;
    } else if (first) {
        p->head = &dpc->DpcListEntry;
    } else {
        p->tail->Next = &dpc->DpcListEntry;
        p->tail = &dpc->DpcListEntry;
    }
    atomic_store_relaxed_u32(&p->queued, p->queued + 1);
}

static bool
queue_remove_locked(struct ke_processor *p, PKDPC dpc)
{
    SINGLE_LIST_ENTRY *previous = NULL;
    SINGLE_LIST_ENTRY *entry = p->head;

    while (entry != NULL && entry != &dpc->DpcListEntry) {
        previous = entry;
        entry = entry->Next;
    }
    if (entry == NULL) {
        return false;
    }
    *(previous != NULL ? &previous->Next : &p->head) = entry->Next;
    if (p->tail == entry) {
        p->tail = previous;
    }
    dpc->DpcData = NULL;
    atomic_store_relaxed_u32(&p->queued, p->queued - 1);
    return true;
}

/* Everything that a call needs: the routine may free the DPC or queue it again. */
struct dpc_call {
    PKDPC dpc;
    PKDEFERRED_ROUTINE routine;
    PVOID context;
    PVOID argument1;
    PVOID argument2;
    bool threaded;
};

static bool
queue_pop(struct ke_processor *p, struct dpc_call *call)
{
    PKDPC dpc;

    sys_lock_acquire(&p->lock);
    if (p->head == NULL) {
        sys_lock_release(&p->lock);
        return false;
    }
    dpc = CONTAINING_RECORD(p->head, KDPC, DpcListEntry);
    *call = (struct dpc_call){
        .dpc = dpc,
        .routine = dpc->DeferredRoutine,
        .context = dpc->DeferredContext,
        .argument1 = dpc->SystemArgument1,
        .argument2 = dpc->SystemArgument2,
        .threaded = dpc->Type == THREADED_DPC_TYPE,
    };
    queue_remove_locked(p, dpc);
    sys_lock_release(&p->lock);
    return true;
}

static void
run_dpc(const struct dpc_call *call)
{
    KIRQL irql = call->threaded ? PASSIVE_LEVEL : DISPATCH_LEVEL;
    KIRQL after;

    ke_irql_set(irql);
    call->routine(call->dpc, call->context, call->argument1, call->argument2);
    after = ke_irql_set(PASSIVE_LEVEL);
    if (after != irql) {
        ke_bugcheck(IRQL_UNEXPECTED_VALUE, after, irql, 0, (ULONG_PTR)call->routine, NULL,
                    (const void *)call->routine);
    }
}

static void
processor_main(void *argument)
{
    struct ke_processor *p = argument;
    struct dpc_call call;

    for (;;) {
        uint32_t word = atomic_load_u32(&p->word);
        uint64_t deadline_ns = ke_timers_expire();

        if (queue_pop(p, &call)) {
            run_dpc(&call);
            continue;
        }
        if (atomic_load_u32(&p->stop)) {
            return;
        }
        atomic_xchg_u32(&p->asleep, 1);
        if (atomic_load_u32(&p->word) == word) {
            sys_wait(&p->word, word, deadline_ns);
        }
        atomic_store_u32(&p->asleep, 0);
    }
}

static void
processor_start(struct ke_processor *p)
{
    sys_lock_acquire(&p->start_lock);
    if (p->thread == NULL) {
        if (sys_thread_create(&p->thread, "nt-dpc", processor_main, p) != 0) {
            sys_lock_release(&p->start_lock);
            ke_bugcheck(NO_PAGES_AVAILABLE, 0, 0, 0, 0, NULL, NULL);
        }
        atomic_store_u32(&p->started, 1);
    }
    sys_lock_release(&p->start_lock);
}

void
ke_processor_kick(void)
{
    struct ke_processor *p = &processor;

    if (!atomic_load_u32(&p->started)) {
        processor_start(p);
    }
    atomic_fetch_add_u32(&p->word, 1);
    atomic_fence();
    if (atomic_load_u32(&p->asleep)) {
        sys_wake(&p->word, 1);
    }
}

void
ke_processor_init(void)
{
    processor = (struct ke_processor){0};
}

void
ke_processor_fini(void)
{
    struct ke_processor *p = &processor;

    if (p->thread != NULL) {
        atomic_store_u32(&p->stop, 1);
        atomic_fetch_add_u32(&p->word, 1);
        sys_wake(&p->word, 1);
        sys_thread_join(p->thread);
        p->thread = NULL;
    }
    atomic_store_u32(&p->started, 0);
}

bool
ke_dpc_insert(PKDPC dpc, PVOID argument1, PVOID argument2)
{
    struct ke_processor *p = &processor;
    bool inserted;

    sys_lock_acquire(&p->lock);
    inserted = dpc->DpcData == NULL;
    if (inserted) {
        dpc->SystemArgument1 = argument1;
        dpc->SystemArgument2 = argument2;
        queue_insert_locked(p, dpc);
    }
    sys_lock_release(&p->lock);
    return inserted;
}

static void
dpc_init(PRKDPC dpc, UCHAR type, PKDEFERRED_ROUTINE routine, PVOID context)
{
    dpc->TargetInfoAsUlong = 0;
    dpc->Type = type;
    dpc->Importance = MediumImportance;
    dpc->DpcListEntry.Next = NULL;
    dpc->ProcessorHistory = 0;
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
    dpc->SystemArgument1 = NULL;
    dpc->SystemArgument2 = NULL;
    dpc->DpcData = NULL;
}

static void
check(const KDPC *dpc, const void *caller)
{
    if (__builtin_expect(dpc->Type != DPC_TYPE && dpc->Type != THREADED_DPC_TYPE, 0)) {
        ke_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_ACCESS_VIOLATION, (ULONG_PTR)caller,
                    0, (ULONG_PTR)dpc, NULL, caller);
    }
}

#define CALLER __builtin_return_address(0)

VOID
KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    dpc_init(Dpc, DPC_TYPE, DeferredRoutine, DeferredContext);
}

VOID
KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    dpc_init(Dpc, THREADED_DPC_TYPE, DeferredRoutine, DeferredContext);
}

BOOLEAN
KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    check(Dpc, CALLER);
    if (!ke_dpc_insert(Dpc, SystemArgument1, SystemArgument2)) {
        return FALSE;
    }
    ke_processor_kick();
    return TRUE;
}

BOOLEAN
KeRemoveQueueDpc(PRKDPC Dpc)
{
    struct ke_processor *p = &processor;
    bool removed;

    check(Dpc, CALLER);
    sys_lock_acquire(&p->lock);
    removed = Dpc->DpcData != NULL && queue_remove_locked(p, Dpc);
    sys_lock_release(&p->lock);
    return removed;
}

VOID
KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    Dpc->Importance = (UCHAR)Importance;
}

VOID
KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    Dpc->Number = (USHORT)(MAXIMUM_PROCESSORS + Number);
}

NTSTATUS
KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber->Group != 0 || ProcNumber->Number >= sys_cpu_count() ||
        ProcNumber->Reserved != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    KeSetTargetProcessorDpc(Dpc, (CCHAR)ProcNumber->Number);
    return STATUS_SUCCESS;
}

static VOID
set_event(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    KeSetEvent(DeferredContext, 0, FALSE);
}

/* What is queued now, and what runs now, has run when a DPC behind them has. */
VOID
KeFlushQueuedDpcs(VOID)
{
    struct ke_processor *p = &processor;
    KEVENT done;
    KDPC last;

    ke_irql_check(APC_LEVEL, CALLER);
    if (!atomic_load_u32(&p->started)) {
        return;
    }
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    KeInitializeDpc(&last, set_event, &done);
    KeInsertQueueDpc(&last, NULL, NULL);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
}

uint32_t
ke_dpc_count(void)
{
    return atomic_load_u32(&processor.queued);
}
