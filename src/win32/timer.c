/* SPDX-License-Identifier: MIT */
/* Waitable timers: objects that a timer of the pool sets. */
#include "win32/object.h"

#include <stdlib.h>

#include "sys/clock.h"

struct w32_timer {
    struct w32_object object;
    bool manual_reset;
    bool set;     /* Under w32_dispatcher, as the rest. */
    HANDLE timer; /* Of the pool; NULL: not set. */
    PTIMERAPCROUTINE routine;
    LPVOID argument;
    struct w32_thread_state *thread;
};

struct timer_apc {
    struct w32_apc apc;
    PTIMERAPCROUTINE routine;
    LPVOID argument;
};

static bool
timer_signaled(const struct w32_object *object, uint64_t thread)
{
    (void)thread;
    return container_of(object, const struct w32_timer, object)->set;
}

static bool
timer_take(struct w32_object *object, uint64_t thread)
{
    struct w32_timer *timer = container_of(object, struct w32_timer, object);

    (void)thread;
    timer->set = timer->manual_reset;
    return false;
}

static void
run_routine(struct w32_apc *apc)
{
    struct timer_apc *call = container_of(apc, struct timer_apc, apc);
    uint64_t now = sys_wallclock_100ns();

    call->routine(call->argument, (DWORD)now, (DWORD)(now >> 32));
    free(call);
}

static VOID
expired(PVOID context, BOOLEAN fired)
{
    struct w32_timer *timer = context;
    struct timer_apc *call = calloc(1, sizeof(*call));
    struct w32_thread_state *thread = NULL;

    (void)fired;
    sys_lock_acquire(&w32_dispatcher);
    if (timer->timer != NULL) {
        timer->set = true;
        w32_wake_locked(&timer->object);
        if (timer->routine != NULL && call != NULL) {
            call->apc.run = run_routine;
            call->routine = timer->routine;
            call->argument = timer->argument;
            thread = timer->thread;
        }
    }
    sys_lock_release(&w32_dispatcher);
    if (thread != NULL) {
        w32_apc_queue(thread, &call->apc);
    } else {
        free(call);
    }
}

/* Takes the pool's timer away and waits for its callback. */
static void
stop(struct w32_timer *timer)
{
    HANDLE handle;

    sys_lock_acquire(&w32_dispatcher);
    handle = timer->timer;
    timer->timer = NULL;
    sys_lock_release(&w32_dispatcher);
    if (handle != NULL) {
        (void)DeleteTimerQueueTimer(NULL, handle, INVALID_HANDLE_VALUE);
    }
}

static void
timer_closed(struct w32_object *object)
{
    stop(container_of(object, struct w32_timer, object));
}

HANDLE
CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES lpTimerAttributes, LPCWSTR lpTimerName, DWORD dwFlags,
                       DWORD dwDesiredAccess)
{
    struct w32_timer *timer = w32_object_new(W32_TIMER, sizeof(*timer));

    (void)lpTimerAttributes;
    (void)dwDesiredAccess;
    if (timer == NULL) {
        return NULL;
    }
    if (lpTimerName != NULL) {
        w32_object_unref(&timer->object);
        w32_fail(ERROR_NOT_SUPPORTED); /* Nobody has asked for named ones yet. */
        return NULL;
    }
    timer->object.signaled = timer_signaled;
    timer->object.take = timer_take;
    timer->object.closed = timer_closed;
    timer->manual_reset = (dwFlags & CREATE_WAITABLE_TIMER_MANUAL_RESET) != 0;
    return w32_handle_new(&timer->object);
}

HANDLE
CreateWaitableTimerW(LPSECURITY_ATTRIBUTES lpTimerAttributes, BOOL bManualReset,
                     LPCWSTR lpTimerName)
{
    return CreateWaitableTimerExW(lpTimerAttributes, lpTimerName,
                                  bManualReset ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0, 0);
}

HANDLE
CreateWaitableTimerA(LPSECURITY_ATTRIBUTES lpTimerAttributes, BOOL bManualReset, LPCSTR lpTimerName)
{
    if (lpTimerName != NULL) {
        w32_fail(ERROR_NOT_SUPPORTED);
        return NULL;
    }
    return CreateWaitableTimerW(lpTimerAttributes, bManualReset, NULL);
}

BOOL
SetWaitableTimer(HANDLE hTimer, const LARGE_INTEGER *lpDueTime, LONG lPeriod,
                 PTIMERAPCROUTINE pfnCompletionRoutine, LPVOID lpArgToCompletionRoutine,
                 BOOL fResume)
{
    struct w32_object *object = w32_handle_ref(hTimer, 1u << W32_TIMER);
    struct w32_timer *timer;
    uint64_t due, now = sys_now_ns();
    HANDLE handle = NULL;
    BOOL done;

    (void)fResume;
    if (object == NULL) {
        return FALSE;
    }
    if (lpDueTime == NULL || lPeriod < 0) {
        w32_object_unref(object);
        return w32_fail(ERROR_INVALID_PARAMETER);
    }
    timer = container_of(object, struct w32_timer, object);
    stop(timer);
    due = w32_due_ns(lpDueTime->QuadPart);
    sys_lock_acquire(&w32_dispatcher);
    timer->set = false;
    timer->routine = pfnCompletionRoutine;
    timer->argument = lpArgToCompletionRoutine;
    timer->thread = pfnCompletionRoutine != NULL ? w32_thread() : NULL;
    timer->timer = INVALID_HANDLE_VALUE; /* It may expire before its handle is known. */
    sys_lock_release(&w32_dispatcher);
    done = CreateTimerQueueTimer(&handle, NULL, expired, timer,
                                 due <= now ? 0 : (DWORD)((due - now + 999999) / 1000000),
                                 (DWORD)lPeriod, lPeriod == 0 ? WT_EXECUTEONLYONCE : 0);
    sys_lock_acquire(&w32_dispatcher);
    timer->timer = done ? handle : NULL;
    sys_lock_release(&w32_dispatcher);
    w32_object_unref(object);
    return done;
}

BOOL
CancelWaitableTimer(HANDLE hTimer)
{
    struct w32_object *object = w32_handle_ref(hTimer, 1u << W32_TIMER);

    if (object == NULL) {
        return FALSE;
    }
    stop(container_of(object, struct w32_timer, object));
    w32_object_unref(object);
    return TRUE;
}
