/* SPDX-License-Identifier: MIT */
/*
 * Waiting for dispatcher objects.
 *
 * One lock guards the state of all of them, so that a wait for several is atomic: a WaitAll takes
 * nothing until it can take everything. A thread that waits has a wait block in the list of each
 * object. Whoever signals an object ends the waits that can end, in the order they began, takes the
 * threads out of all lists, and tells them after the lock is given back. From then on it does not
 * touch the object any more: a waiter may free it as soon as it goes on.
 */
#include "nt/ke/ke_priv.h"

#include "sys/clock.h"
#include "sys/wait.h"

struct sys_lock ke_dispatcher_lock;

static bool
is_signaled(const DISPATCHER_HEADER *object, const struct ke_thread *thread)
{
    if (object->SignalState > 0) {
        return true;
    }
    return object->Type == MutantObject &&
           ((const KMUTANT *)(const void *)object)->OwnerThread == (const void *)thread;
}

static NTSTATUS
take_mutant(PKMUTANT mutant, struct ke_thread *thread)
{
    NTSTATUS status = STATUS_SUCCESS;

    mutant->Header.SignalState--;
    if (mutant->Header.SignalState == 0) {
        mutant->OwnerThread = (PKTHREAD)(void *)thread;
        thread->critical_regions += mutant->ApcDisable;
        InsertTailList(&thread->mutants, &mutant->MutantListEntry);
        if (mutant->Abandoned) {
            mutant->Abandoned = 0;
            status = STATUS_ABANDONED_WAIT_0;
        }
    }
    return status;
}

/* What the end of a wait does to the object. */
static NTSTATUS
take(DISPATCHER_HEADER *object, struct ke_thread *thread)
{
    switch (object->Type) {
    case EventSynchronizationObject:
    case TimerSynchronizationObject:
        object->SignalState = 0;
        return STATUS_SUCCESS;
    case SemaphoreObject:
        object->SignalState--;
        return STATUS_SUCCESS;
    case MutantObject:
        return take_mutant((PKMUTANT)(void *)object, thread);
    default:
        return STATUS_SUCCESS;
    }
}

static bool
all_signaled(void *const *objects, ULONG count, const struct ke_thread *thread)
{
    for (ULONG i = 0; i < count; i++) {
        if (!is_signaled(objects[i], thread)) {
            return false;
        }
    }
    return true;
}

static bool
all_blocks_signaled(const struct ke_thread *thread)
{
    for (ULONG i = 0; i < thread->wait_count; i++) {
        if (!is_signaled(thread->wait_blocks[i].Object, thread)) {
            return false;
        }
    }
    return true;
}

static void
unlink_blocks(struct ke_thread *thread)
{
    for (ULONG i = 0; i < thread->wait_count; i++) {
        RemoveEntryList(&thread->wait_blocks[i].WaitListEntry);
    }
}

static void
end_wait(struct ke_thread *thread, NTSTATUS status, struct ke_wake_list *woken)
{
    unlink_blocks(thread);
    thread->wait_state = KE_WAIT_SATISFIED;
    thread->wait_status = status;
    thread->wake_next = NULL;
    *woken->tail = thread;
    woken->tail = &thread->wake_next;
}

/* True when the block's wait ended. */
static bool
try_end_wait(KWAIT_BLOCK *block, struct ke_wake_list *woken)
{
    struct ke_thread *thread = (struct ke_thread *)(void *)block->Thread;
    NTSTATUS status;

    if (thread->wait_type == WaitAny) {
        status = take(block->Object, thread) + block->WaitKey;
    } else {
        if (!all_blocks_signaled(thread)) {
            return false;
        }
        status = STATUS_SUCCESS;
        for (ULONG i = 0; i < thread->wait_count; i++) {
            NTSTATUS taken = take(thread->wait_blocks[i].Object, thread);

            status = taken != STATUS_SUCCESS ? taken : status;
        }
    }
    end_wait(thread, status, woken);
    return true;
}

void
ke_signal_locked(DISPATCHER_HEADER *object, struct ke_wake_list *woken)
{
    LIST_ENTRY *head = &object->WaitListHead;
    LIST_ENTRY *entry = head->Flink;

    while (entry != head && object->SignalState > 0) {
        KWAIT_BLOCK *block = CONTAINING_RECORD(entry, KWAIT_BLOCK, WaitListEntry);

        /* The end of a wait may unlink the next block too: a thread may name an object twice. */
        entry = try_end_wait(block, woken) ? head->Flink : entry->Flink;
    }
}

void
ke_wake_all(struct ke_wake_list *list)
{
    struct ke_thread *thread = list->head;

    while (thread != NULL) {
        struct ke_thread *next = thread->wake_next;
        uint32_t *wake = &thread->wake;

        /* From here on the thread may end: only the address of the word is used. */
        atomic_store_u32(wake, 1);
        sys_wake(wake, 1);
        thread = next;
    }
}

uint64_t
ke_deadline_ns(LONGLONG due_time)
{
    const uint64_t most = (SYS_FOREVER - 1) / 100;
    uint64_t now = sys_now_ns();
    uint64_t distance;

    if (due_time < 0) {
        distance = 0 - (uint64_t)due_time;
    } else {
        uint64_t system_time = sys_wallclock_100ns();

        distance = (uint64_t)due_time > system_time ? (uint64_t)due_time - system_time : 0;
    }
    if (distance >= most || distance * 100 >= SYS_FOREVER - 1 - now) {
        return SYS_FOREVER - 1;
    }
    return now + distance * 100;
}

/* The wait ends at once if it can; true then. */
static bool
wait_now(struct ke_thread *thread, ULONG count, void *const *objects, WAIT_TYPE type,
         NTSTATUS *ret_status)
{
    if (type == WaitAll) {
        NTSTATUS status = STATUS_SUCCESS;

        if (!all_signaled(objects, count, thread)) {
            return false;
        }
        for (ULONG i = 0; i < count; i++) {
            NTSTATUS taken = take(objects[i], thread);

            status = taken != STATUS_SUCCESS ? taken : status;
        }
        *ret_status = status;
        return true;
    }
    for (ULONG i = 0; i < count; i++) {
        if (is_signaled(objects[i], thread)) {
            *ret_status = take(objects[i], thread) + (NTSTATUS)i;
            return true;
        }
    }
    return false;
}

static void
link_blocks(struct ke_thread *thread, ULONG count, void *const *objects, WAIT_TYPE type,
            KWAIT_BLOCK *blocks)
{
    thread->wait_type = type;
    thread->wait_count = count;
    thread->wait_blocks = blocks;
    thread->wait_state = KE_WAIT_WAITING;
    thread->wake = 0;
    for (ULONG i = 0; i < count; i++) {
        DISPATCHER_HEADER *object = objects[i];

        blocks[i].WaitType = (UCHAR)type;
        blocks[i].BlockState = 0;
        blocks[i].WaitKey = (USHORT)i;
        blocks[i].Thread = (PKTHREAD)(void *)thread;
        blocks[i].Object = object;
        InsertTailList(&object->WaitListHead, &blocks[i].WaitListEntry);
    }
}

/* Sleeps until the wait has ended; returns its status. */
static NTSTATUS
sleep_until_woken(struct ke_thread *thread, uint64_t deadline_ns)
{
    while (atomic_load_u32(&thread->wake) == 0) {
        if (sys_wait(&thread->wake, 0, deadline_ns) != 0) {
            bool still_waiting;

            sys_lock_acquire(&ke_dispatcher_lock);
            still_waiting = thread->wait_state == KE_WAIT_WAITING;
            if (still_waiting) {
                unlink_blocks(thread);
                thread->wait_state = KE_WAIT_NONE;
            }
            sys_lock_release(&ke_dispatcher_lock);
            if (still_waiting) {
                return STATUS_TIMEOUT;
            }
            /* Its waker has decided and is about to say so. */
            deadline_ns = SYS_FOREVER;
        }
    }
    return thread->wait_status;
}

static NTSTATUS
wait(ULONG count, void *const *objects, WAIT_TYPE type, KPROCESSOR_MODE mode, BOOLEAN alertable,
     const LARGE_INTEGER *timeout, KWAIT_BLOCK *blocks)
{
    struct ke_thread *thread = ke_thread_self();
    uint64_t deadline_ns = SYS_FOREVER;
    NTSTATUS status;

    if (timeout != NULL && timeout->QuadPart != 0) {
        deadline_ns = ke_deadline_ns(timeout->QuadPart);
    }
    sys_lock_acquire(&ke_dispatcher_lock);
    if (wait_now(thread, count, objects, type, &status)) {
        sys_lock_release(&ke_dispatcher_lock);
        return status;
    }
    if (alertable && thread->alerted) {
        thread->alerted = false;
        sys_lock_release(&ke_dispatcher_lock);
        return STATUS_ALERTED;
    }
    if (timeout != NULL && timeout->QuadPart == 0) {
        sys_lock_release(&ke_dispatcher_lock);
        return STATUS_TIMEOUT;
    }
    thread->alertable = alertable;
    link_blocks(thread, count, objects, type, blocks);
    sys_lock_release(&ke_dispatcher_lock);
    return sleep_until_woken(thread, deadline_ns);
}

/* "Callers must run at IRQL <= APC_LEVEL; at DISPATCH_LEVEL only with a timeout of zero." */
static void
check_may_wait(const LARGE_INTEGER *timeout, const void *object, const void *caller)
{
    KIRQL irql = ke_thread_self()->irql;
    KIRQL highest = timeout != NULL && timeout->QuadPart == 0 ? DISPATCH_LEVEL : APC_LEVEL;

    if (__builtin_expect(irql > highest, 0)) {
        ke_bugcheck(IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)object, irql, 0, (ULONG_PTR)caller, NULL,
                    caller);
    }
}

/* Reads the list's head without the dispatcher lock: whether it is NULL never changes once it is set. */
__attribute__((no_sanitize("thread"))) void
ke_object_check(const void *object, unsigned lowest_type, unsigned highest_type, const void *caller)
{
    const DISPATCHER_HEADER *header = object;

    if (__builtin_expect(header->Type < lowest_type || header->Type > highest_type ||
                             header->Size == 0 || header->WaitListHead.Flink == NULL,
                         0)) {
        /* The list of waiters of an object that nobody initialized begins at NULL. */
        ke_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_ACCESS_VIOLATION, (ULONG_PTR)caller,
                    0, (ULONG_PTR)object, NULL, caller);
    }
}

NTSTATUS
KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                      BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    check_may_wait(Timeout, Object, __builtin_return_address(0));
    ke_object_check(Object, 0, TimerSynchronizationObject, __builtin_return_address(0));
    return wait(1, &Object, WaitAny, WaitMode, Alertable, Timeout,
                ke_thread_self()->builtin_blocks);
}

NTSTATUS
KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType, KWAIT_REASON WaitReason,
                         KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                         PKWAIT_BLOCK WaitBlockArray)
{
    check_may_wait(Timeout, Object, __builtin_return_address(0));
    if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS ||
        (Count > THREAD_WAIT_OBJECTS && WaitBlockArray == NULL)) {
        ke_bugcheck(MAXIMUM_WAIT_OBJECTS_EXCEEDED, Count, 0, 0, 0, NULL,
                    __builtin_return_address(0));
    }
    for (ULONG i = 0; i < Count; i++) {
        ke_object_check(Object[i], 0, TimerSynchronizationObject, __builtin_return_address(0));
    }
    if (WaitBlockArray == NULL) {
        WaitBlockArray = ke_thread_self()->builtin_blocks;
    }
    return wait(Count, Object, WaitType, WaitMode, Alertable, Timeout, WaitBlockArray);
}

NTSTATUS
KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Interval)
{
    NTSTATUS status;

    check_may_wait(NULL, Interval, __builtin_return_address(0));
    if (Interval->QuadPart == 0) {
        sys_thread_yield();
    }
    status = wait(0, NULL, WaitAny, WaitMode, Alertable, Interval, NULL);
    return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}

void
ke_thread_alert(struct ke_thread *thread)
{
    struct ke_wake_list woken;

    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    if (thread->wait_state == KE_WAIT_WAITING && thread->alertable) {
        end_wait(thread, STATUS_ALERTED, &woken);
    } else {
        thread->alerted = true;
    }
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
}
