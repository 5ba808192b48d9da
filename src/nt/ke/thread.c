/* SPDX-License-Identifier: MIT */
/*
 * Threads. Every thread that calls into nt has a thread object: system threads from their start,
 * others (a host's, a test's) from their first call. The object lives in a slot of the thread and
 * goes with its last reference, which may be after the thread.
 */
#include "nt/ke/ke_priv.h"

#include "base/hot.h"
#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/ob/ob.h"

#define SYSTEM_PROCESS_ID 4u
#define DEFAULT_PRIORITY  8

/* How long the end of the executive waits for a driver's thread before it says so. */
#define THREAD_END_PATIENCE_100NS (5 * 10000000ll)

struct ke_process {
    DISPATCHER_HEADER header; /* Must be first. */
    HANDLE id;
};

/* System threads that run, and those that ended and were not joined. Each holds a reference. */
static struct {
    struct sys_lock lock;
    struct list list;
    struct ke_process *process;
} ke_threads;

/* From 1, so that no owner of a lock is 0. */
static uint64_t next_thread_id = 1;

static void
thread_delete(void *body)
{
    ((struct ke_thread *)body)->magic = 0;
}

struct ob_type ke_thread_type = {
    .name = "Thread", .delete_object = thread_delete, .may_outlive = true};
struct ob_type ke_process_type = {.name = "Process", .may_outlive = true};

static POBJECT_TYPE thread_type_handle = (POBJECT_TYPE)(void *)&ke_thread_type;
static POBJECT_TYPE process_type_handle = (POBJECT_TYPE)(void *)&ke_process_type;
POBJECT_TYPE *PsThreadType = &thread_type_handle;
POBJECT_TYPE *PsProcessType = &process_type_handle;
PEPROCESS PsInitialSystemProcess;

static struct ke_thread *
thread_new(void)
{
    struct ke_thread *thread;
    void *body;

    if (ob_create(&ke_thread_type, sizeof(*thread), &body) != STATUS_SUCCESS) {
        return NULL;
    }
    thread = body;
    ke_object_init(&thread->header, ThreadObject, sizeof(DISPATCHER_HEADER), 0);
    thread->magic = KE_THREAD_MAGIC;
    thread->id = atomic_fetch_add_u64(&next_thread_id, 1);
    thread->priority = DEFAULT_PRIORITY;
    thread->affinity = KeQueryActiveProcessors();
    thread->process_id = ULongToHandle(SYSTEM_PROCESS_ID);
    thread->exit_status = STATUS_PENDING;
    InitializeListHead(&thread->mutants);
    list_init(&thread->link);
    return thread;
}

struct ke_thread *
ke_thread_adopt(void)
{
    struct ke_thread *thread = thread_new();

    if (thread == NULL) {
        ke_bugcheck(NO_PAGES_AVAILABLE, 0, 0, 0, 0, NULL, NULL);
    }
    sys_slot_set(SYS_SLOT_KE, thread);
    return thread;
}

/* The thread ends: what it owns is abandoned, and who waits for it goes on. */
static void
thread_ended(void *value)
{
    struct ke_thread *thread = value;
    struct ke_wake_list woken;

    /* What follows may ask for the current thread. */
    sys_slot_set(SYS_SLOT_KE, thread);
    ke_mutants_abandon(thread);
    if (thread->exit_status == STATUS_PENDING) {
        thread->exit_status = STATUS_SUCCESS;
    }
    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    thread->header.SignalState = 1;
    ke_signal_locked(&thread->header, &woken);
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
    if (thread->system) {
        sys_lock_acquire(&ke_threads.lock);
        thread->ended = true;
        sys_lock_release(&ke_threads.lock);
    }
    sys_slot_set(SYS_SLOT_KE, NULL);
    ObDereferenceObject(thread);
}

static void
join(struct ke_thread *thread)
{
    sys_thread_join(thread->sys_thread);
    ObDereferenceObject(thread);
}

/* Joins the threads that have ended. */
static void
reap(void)
{
    for (;;) {
        struct ke_thread *found = NULL;
        struct list *link;

        sys_lock_acquire(&ke_threads.lock);
        list_for_each(link, &ke_threads.list)
        {
            struct ke_thread *thread = container_of(link, struct ke_thread, link);

            if (thread->ended) {
                found = thread;
                list_remove(&thread->link);
                break;
            }
        }
        sys_lock_release(&ke_threads.lock);
        if (found == NULL) {
            return;
        }
        join(found);
    }
}

NTSTATUS
ke_threads_init(void)
{
    void *body;
    NTSTATUS status = ob_create(&ke_process_type, sizeof(struct ke_process), &body);

    if (status != STATUS_SUCCESS) {
        return status;
    }
    ke_threads.process = body;
    PsInitialSystemProcess = body;
    ke_threads.process->id = ULongToHandle(SYSTEM_PROCESS_ID);
    ke_object_init(&ke_threads.process->header, ProcessObject, sizeof(DISPATCHER_HEADER), 0);
    ke_threads.lock = SYS_LOCK_INIT;
    list_init(&ke_threads.list);
    sys_slot_set_destructor(SYS_SLOT_KE, thread_ended);
    return STATUS_SUCCESS;
}

static void
wait_until_ended(struct ke_thread *thread)
{
    LARGE_INTEGER patience = {.QuadPart = -THREAD_END_PATIENCE_100NS};

    if (KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, &patience) == STATUS_TIMEOUT) {
        base_log(BASE_LOG_WARN, "nt", "system thread %lu%s%s (start routine %p) has not ended",
                 thread->id, thread->owner != NULL ? " of driver " : "",
                 thread->owner != NULL ? thread->owner->name : "", (void *)thread->start);
        KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    }
}

void
ke_threads_join(void)
{
    struct list *link;

    for (;;) {
        sys_lock_acquire(&ke_threads.lock);
        link = list_pop_front(&ke_threads.list);
        sys_lock_release(&ke_threads.lock);
        if (link == NULL) {
            break;
        }
        wait_until_ended(container_of(link, struct ke_thread, link));
        join(container_of(link, struct ke_thread, link));
    }
}

void
ke_threads_fini(void)
{
    thread_ended(ke_thread_self());
    ObDereferenceObject(ke_threads.process);
    ke_threads.process = NULL;
    PsInitialSystemProcess = NULL;
}

static void
system_thread_main(void *argument)
{
    struct ke_thread *thread = argument;

    sys_slot_set(SYS_SLOT_KE, thread);
    thread->start(thread->start_context);
    if (thread->irql != PASSIVE_LEVEL) {
        ke_bugcheck(IRQL_UNEXPECTED_VALUE, thread->irql, PASSIVE_LEVEL, 0, (ULONG_PTR)thread->start,
                    NULL, (const void *)thread->start);
    }
}

/* On success the caller owns a reference. */
static NTSTATUS
system_thread_create(const char *name, PKSTART_ROUTINE start, PVOID context,
                     struct ex_pool_owner *owner, struct ke_thread **ret_thread)
{
    struct ke_thread *thread = thread_new();

    if (thread == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    reap();
    thread->system = true;
    thread->critical_regions = 1;
    thread->start = start;
    thread->start_context = context;
    thread->owner = owner;
    /* Now one for the thread that runs, one for the list; the third is the caller's. */
    ObReferenceObject(thread);
    ObReferenceObject(thread);
    if (sys_thread_create(&thread->sys_thread, name, system_thread_main, thread) != 0) {
        ObDereferenceObject(thread);
        ObDereferenceObject(thread);
        ObDereferenceObject(thread);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    sys_lock_acquire(&ke_threads.lock);
    list_push_back(&ke_threads.list, &thread->link);
    sys_lock_release(&ke_threads.lock);
    *ret_thread = thread;
    return STATUS_SUCCESS;
}

NTSTATUS
ke_thread_create(const char *name, void (*fn)(void *context), void *context, PKTHREAD *ret_thread)
{
    struct ke_thread *thread;
    NTSTATUS status = system_thread_create(name, fn, context, NULL, &thread);

    if (status == STATUS_SUCCESS) {
        *ret_thread = (PKTHREAD)(void *)thread;
    }
    return status;
}

NTSTATUS
PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                     HANDLE ProcessHandle, PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                     PVOID StartContext)
{
    struct ex_pool_owner *owner = ex_pool_owner_of_code((const void *)StartRoutine);
    struct ke_thread *thread;
    NTSTATUS status;

    ke_irql_check(PASSIVE_LEVEL, __builtin_return_address(0));
    if (ThreadHandle == NULL || StartRoutine == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (owner == NULL) {
        owner = ke_thread_owner();
    }
    status = system_thread_create(owner != NULL ? owner->name : "nt-system", StartRoutine,
                                  StartContext, owner, &thread);
    if (status != STATUS_SUCCESS) {
        return status;
    }
    status = ob_open_handle(thread, DesiredAccess, ThreadHandle);
    if (status == STATUS_SUCCESS && ClientId != NULL) {
        ClientId->UniqueProcess = ke_threads.process->id;
        ClientId->UniqueThread = PsGetThreadId((PETHREAD)(void *)thread);
    }
    ObDereferenceObject(thread);
    return status;
}

NTSTATUS
PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    struct ke_thread *thread = ke_thread_self();

    if (!thread->system) {
        return STATUS_INVALID_PARAMETER;
    }
    if (thread->irql != PASSIVE_LEVEL) {
        ke_bugcheck(IRQL_UNEXPECTED_VALUE, thread->irql, PASSIVE_LEVEL, 0, (ULONG_PTR)thread->start,
                    NULL, __builtin_return_address(0));
    }
    thread->exit_status = ExitStatus;
    thread->seh.top = NULL;
    sys_thread_exit();
}

struct ex_pool_owner *
ke_thread_set_owner(struct ex_pool_owner *owner)
{
    struct ke_thread *thread = ke_thread_self();
    struct ex_pool_owner *former = thread->owner;

    thread->owner = owner;
    return former;
}

struct ex_pool_owner *
ke_thread_owner(void)
{
    return ke_thread_self()->owner;
}

BASE_HOT HANDLE
ke_thread_set_process_id(HANDLE process_id)
{
    struct ke_thread *thread = ke_thread_self();
    HANDLE former = thread->process_id;

    thread->process_id = process_id != NULL ? process_id : ULongToHandle(SYSTEM_PROCESS_ID);
    return former;
}

GUID *
ke_thread_activity(void)
{
    return ke_thread_self()->activity;
}

GUID *
ke_thread_set_activity(GUID *activity)
{
    struct ke_thread *thread = ke_thread_self();
    GUID *former = thread->activity;

    thread->activity = activity;
    return former;
}

/* Who am I ------------------------------------------------------------------------------------ */

PKTHREAD
KeGetCurrentThread(VOID)
{
    return (PKTHREAD)(void *)ke_thread_self();
}

#undef PsGetCurrentThread
PETHREAD
PsGetCurrentThread(VOID)
{
    return (PETHREAD)(void *)ke_thread_self();
}

HANDLE
PsGetThreadId(PETHREAD Thread)
{
    return (HANDLE)(ULONG_PTR)(((struct ke_thread *)(void *)Thread)->id * 4);
}

HANDLE
PsGetCurrentThreadId(VOID)
{
    return PsGetThreadId(PsGetCurrentThread());
}

#undef PsGetCurrentProcess
PEPROCESS
PsGetCurrentProcess(VOID)
{
    return (PEPROCESS)(void *)ke_threads.process;
}

HANDLE
PsGetProcessId(PEPROCESS Process)
{
    return ((struct ke_process *)(void *)Process)->id;
}

HANDLE
PsGetCurrentProcessId(VOID)
{
    return ke_thread_self()->process_id;
}

HANDLE
PsGetThreadProcessId(PETHREAD Thread)
{
    return ((struct ke_thread *)(void *)Thread)->process_id;
}

BOOLEAN
PsIsSystemThread(PETHREAD Thread)
{
    return ((struct ke_thread *)(void *)Thread)->system;
}

/* Priorities and affinities are kept and reported; Linux schedules. ---------------------------- */

KPRIORITY
KeQueryPriorityThread(PKTHREAD Thread)
{
    return atomic_load_i32(&((struct ke_thread *)(void *)Thread)->priority);
}

KPRIORITY
KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    return atomic_xchg_i32(&((struct ke_thread *)(void *)Thread)->priority, Priority);
}

LONG
KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment)
{
    return atomic_xchg_i32(&((struct ke_thread *)(void *)Thread)->base_increment, Increment);
}

KAFFINITY
KeSetSystemAffinityThreadEx(KAFFINITY Affinity)
{
    struct ke_thread *thread = ke_thread_self();
    KAFFINITY former = thread->affinity;

    thread->affinity = Affinity & KeQueryActiveProcessors();
    return former;
}

VOID
KeSetSystemAffinityThread(KAFFINITY Affinity)
{
    KeSetSystemAffinityThreadEx(Affinity);
}

VOID
KeRevertToUserAffinityThread(VOID)
{
    ke_thread_self()->affinity = KeQueryActiveProcessors();
}

VOID
KeRevertToUserAffinityThreadEx(KAFFINITY Affinity)
{
    ke_thread_self()->affinity = Affinity != 0 ? Affinity : KeQueryActiveProcessors();
}

VOID
KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity, PGROUP_AFFINITY PreviousAffinity)
{
    KAFFINITY former = KeSetSystemAffinityThreadEx(Affinity->Mask);

    if (PreviousAffinity != NULL) {
        *PreviousAffinity = (GROUP_AFFINITY){.Mask = former};
    }
}

VOID
KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity)
{
    KeRevertToUserAffinityThreadEx(PreviousAffinity->Mask);
}

/* Regions ------------------------------------------------------------------------------------- */

/* Leaving more often than entering is what APC_INDEX_MISMATCH is about. */
static void
leave_region(int32_t *count, const void *caller)
{
    if (*count <= 0) {
        ke_bugcheck(APC_INDEX_MISMATCH, (ULONG_PTR)caller, 0, 0, 0, NULL, caller);
    }
    (*count)--;
}

VOID
KeEnterCriticalRegion(VOID)
{
    ke_thread_self()->critical_regions++;
}

VOID
KeLeaveCriticalRegion(VOID)
{
    leave_region(&ke_thread_self()->critical_regions, __builtin_return_address(0));
}

VOID
KeEnterGuardedRegion(VOID)
{
    ke_thread_self()->guarded_regions++;
}

VOID
KeLeaveGuardedRegion(VOID)
{
    leave_region(&ke_thread_self()->guarded_regions, __builtin_return_address(0));
}

BOOLEAN
KeAreApcsDisabled(VOID)
{
    struct ke_thread *thread = ke_thread_self();

    return thread->critical_regions != 0 || thread->guarded_regions != 0;
}

BOOLEAN
KeAreAllApcsDisabled(VOID)
{
    struct ke_thread *thread = ke_thread_self();

    return thread->guarded_regions != 0 || thread->irql >= APC_LEVEL;
}
