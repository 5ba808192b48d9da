/* SPDX-License-Identifier: MIT */
/* WaitForSingleObject and its family, alertable waits and the completion routines they run. */
#include "win32/object.h"

#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "sys/wait.h"

struct w32_wait_block {
    struct list link; /* In w32_object.waiters. */
    uint32_t *word;   /* Becomes 1 when the waiter should look again. */
};

uint64_t
w32_deadline(DWORD milliseconds)
{
    return milliseconds == INFINITE ? SYS_FOREVER
                                    : sys_now_ns() + (uint64_t)milliseconds * 1000000u;
}

void
w32_wake_locked(struct w32_object *object)
{
    struct list *link;

    list_for_each(link, &object->waiters)
    {
        struct w32_wait_block *block = container_of(link, struct w32_wait_block, link);

        atomic_store_u32(block->word, 1);
        sys_wake(block->word, 1);
    }
}

void
w32_apc_queue(struct w32_thread_state *thread, struct w32_apc *apc)
{
    sys_lock_acquire(&w32_dispatcher);
    list_push_back(&thread->apcs, &apc->link);
    if (thread->alert != NULL) {
        atomic_store_u32(thread->alert, 1);
        sys_wake(thread->alert, 1);
    }
    sys_lock_release(&w32_dispatcher);
}

/* Runs the thread's completion routines; whether there were any. */
static bool
run_apcs(struct w32_thread_state *thread)
{
    bool any = false;

    for (;;) {
        struct list *link;

        sys_lock_acquire(&w32_dispatcher);
        link = list_pop_front(&thread->apcs);
        sys_lock_release(&w32_dispatcher);
        if (link == NULL) {
            return any;
        }
        container_of(link, struct w32_apc, link)->run(container_of(link, struct w32_apc, link));
        any = true;
    }
}

/* Under w32_dispatcher: takes what the wait is for if it is there; WAIT_TIMEOUT otherwise. */
static DWORD
try_take_locked(struct w32_object **objects, DWORD count, bool all, uint64_t thread)
{
    DWORD i, result = WAIT_OBJECT_0;

    if (!all) {
        for (i = 0; i < count; i++) {
            if (objects[i]->signaled(objects[i], thread)) {
                return (objects[i]->take(objects[i], thread) ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) +
                       i;
            }
        }
        return WAIT_TIMEOUT;
    }
    for (i = 0; i < count; i++) {
        if (!objects[i]->signaled(objects[i], thread)) {
            return WAIT_TIMEOUT;
        }
    }
    for (i = 0; i < count; i++) {
        if (objects[i]->take(objects[i], thread)) {
            result = WAIT_ABANDONED_0;
        }
    }
    return result;
}

DWORD
w32_wait(struct w32_object **objects, DWORD count, bool all, DWORD milliseconds, bool alertable)
{
    struct w32_wait_block blocks[MAXIMUM_WAIT_OBJECTS];
    struct w32_thread_state *thread = w32_thread();
    uint64_t deadline = w32_deadline(milliseconds);
    DWORD i, result;
    uint32_t word = 0;
    bool alerted = false;

    sys_lock_acquire(&w32_dispatcher);
    for (i = 0; i < count; i++) {
        blocks[i].word = &word;
        list_push_back(&objects[i]->waiters, &blocks[i].link);
    }
    if (alertable) {
        thread->alert = &word;
    }
    for (;;) {
        atomic_store_u32(&word, 0);
        result = count == 0 ? WAIT_TIMEOUT : try_take_locked(objects, count, all, thread->id);
        alerted = alertable && result == WAIT_TIMEOUT && !list_empty(&thread->apcs);
        if (result != WAIT_TIMEOUT || alerted || sys_now_ns() >= deadline) {
            break;
        }
        sys_lock_release(&w32_dispatcher);
        (void)sys_wait(&word, 0, deadline);
        sys_lock_acquire(&w32_dispatcher);
    }
    for (i = 0; i < count; i++) {
        list_remove(&blocks[i].link);
    }
    thread->alert = NULL;
    sys_lock_release(&w32_dispatcher);

    if (alerted) {
        run_apcs(thread);
        return WAIT_IO_COMPLETION;
    }
    return result;
}

DWORD
WaitForMultipleObjectsEx(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll, DWORD dwMilliseconds,
                         BOOL bAlertable)
{
    struct w32_object *objects[MAXIMUM_WAIT_OBJECTS];
    DWORD i, result = WAIT_FAILED;

    if (nCount == 0 || nCount > MAXIMUM_WAIT_OBJECTS || lpHandles == NULL) {
        w32_fail(ERROR_INVALID_PARAMETER);
        return WAIT_FAILED;
    }
    for (i = 0; i < nCount; i++) {
        objects[i] = w32_handle_ref(lpHandles[i], W32_ANY & ~(1u << W32_PORT));
        if (objects[i] == NULL) {
            break;
        }
    }
    if (i == nCount) {
        result = w32_wait(objects, nCount, bWaitAll != 0, dwMilliseconds, bAlertable != 0);
    }
    while (i-- > 0) {
        w32_object_unref(objects[i]);
    }
    return result;
}

DWORD
WaitForMultipleObjects(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll, DWORD dwMilliseconds)
{
    return WaitForMultipleObjectsEx(nCount, lpHandles, bWaitAll, dwMilliseconds, FALSE);
}

DWORD
WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable)
{
    return WaitForMultipleObjectsEx(1, &hHandle, FALSE, dwMilliseconds, bAlertable);
}

DWORD
WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds)
{
    return WaitForMultipleObjectsEx(1, &hHandle, FALSE, dwMilliseconds, FALSE);
}

DWORD
SleepEx(DWORD dwMilliseconds, BOOL bAlertable)
{
    if (dwMilliseconds == 0 && !bAlertable) {
        sys_thread_yield();
        return 0;
    }
    return w32_wait(NULL, 0, false, dwMilliseconds, bAlertable != 0) == WAIT_IO_COMPLETION
               ? WAIT_IO_COMPLETION
               : 0;
}

VOID
Sleep(DWORD dwMilliseconds)
{
    (void)SleepEx(dwMilliseconds, FALSE);
}

BOOL
SwitchToThread(VOID)
{
    sys_thread_yield();
    return TRUE;
}
