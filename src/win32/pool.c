/* SPDX-License-Identifier: MIT */
/*
 * The process's thread pool: work, timers, waits, and the older functions over them.
 *
 * A callback object (TP_WORK, TP_TIMER, TP_WAIT) is in the queue at most once; how often it is to run is counted.
 * Workers are made when work finds none idle, since a callback may block, and end when idle for a while. One
 * thread watches the timers; each armed wait has a thread of its own. `pool.lock` guards all of it and is held
 * during no callback.
 */
#include "win32/object.h"

#include <stdlib.h>

#include "base/atomic.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "sys/wait.h"

#define WORKERS_MAX 500u
#define IDLE_NS     10000000000ull /* A worker that nobody needed for so long ends. */

enum kind {
    KIND_SIMPLE, /* Once, then gone. */
    KIND_WORK,
    KIND_TIMER,
    KIND_WAIT,
};

/* What the opaque TP_… pointers are. */
struct callback {
    enum kind kind;
    union {
        PTP_SIMPLE_CALLBACK simple;
        PTP_WORK_CALLBACK work;
        PTP_TIMER_CALLBACK timer;
        PTP_WAIT_CALLBACK wait;
        LPTHREAD_START_ROUTINE start;       /* QueueUserWorkItem */
        WAITORTIMERCALLBACKFUNC wait_timer; /* The older timers and waits. */
    } fn;
    bool older;
    void *context;

    struct list link; /* In pool.queue. */
    bool queued;
    uint32_t pending; /* Runs still to begin. */
    uint32_t running;
    uint32_t changed; /* Counts ends of runs; waiters sleep on it. */
    bool closed;      /* Gone when nothing is pending or running. */

    /* Timers. */
    struct list timer_link; /* In pool.timers, by time. */
    bool armed;
    uint64_t due_ns;
    uint64_t period_ns;

    /* Waits. */
    HANDLE object;
    HANDLE stop; /* An event that ends the waiting thread. */
    uint64_t wait_limit_ms;
    DWORD result; /* Of the last wait. */
    bool repeats;
    uint32_t waiting; /* 1 while the thread is there. */
};

static struct {
    struct sys_lock lock;
    struct list queue;
    struct list timers;
    uint32_t workers;
    uint32_t idle;
    uint32_t work_word;  /* Counts submissions; idle workers sleep on it. */
    uint32_t timer_word; /* Counts changes of the timers. */
    bool timer_thread;
} pool = {.queue = {&pool.queue, &pool.queue}, .timers = {&pool.timers, &pool.timers}};

static struct callback *
callback_new(enum kind kind, void *context)
{
    struct callback *callback = calloc(1, sizeof(*callback));

    if (callback == NULL) {
        w32_fail(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    callback->kind = kind;
    callback->context = context;
    list_init(&callback->link);
    list_init(&callback->timer_link);
    return callback;
}

/* Under pool.lock: frees what is closed and done with; true when it has. */
static bool
reclaim_locked(struct callback *callback)
{
    if (!callback->closed || callback->pending != 0 || callback->running != 0 || callback->armed ||
        callback->waiting != 0) {
        return false;
    }
    if (callback->queued) {
        list_remove(&callback->link);
    }
    if (callback->stop != NULL) {
        CloseHandle(callback->stop);
    }
    free(callback);
    return true;
}

static void
call(const struct callback *callback)
{
    switch (callback->kind) {
    case KIND_SIMPLE:
        if (callback->older) {
            (void)callback->fn.start(callback->context);
        } else {
            callback->fn.simple((PTP_CALLBACK_INSTANCE)callback, callback->context);
        }
        break;
    case KIND_WORK:
        callback->fn.work((PTP_CALLBACK_INSTANCE)callback, callback->context, (PTP_WORK)callback);
        break;
    case KIND_TIMER:
        if (callback->older) {
            callback->fn.wait_timer(callback->context, TRUE);
        } else {
            callback->fn.timer((PTP_CALLBACK_INSTANCE)callback, callback->context,
                               (PTP_TIMER)callback);
        }
        break;
    case KIND_WAIT:
        if (callback->older) {
            callback->fn.wait_timer(callback->context, callback->result == WAIT_TIMEOUT);
        } else {
            callback->fn.wait((PTP_CALLBACK_INSTANCE)callback, callback->context,
                              (PTP_WAIT)callback, callback->result);
        }
        break;
    }
}

static void
worker_main(void *argument)
{
    (void)argument;
    sys_lock_acquire(&pool.lock);
    for (;;) {
        struct list *link = list_pop_front(&pool.queue);
        struct callback *callback;

        if (link == NULL) {
            uint32_t seen = pool.work_word;
            uint64_t deadline = sys_now_ns() + IDLE_NS;
            bool late;

            pool.idle++;
            sys_lock_release(&pool.lock);
            (void)sys_wait(&pool.work_word, seen, deadline);
            late = sys_now_ns() >= deadline;
            sys_lock_acquire(&pool.lock);
            pool.idle--;
            if (late && list_empty(&pool.queue)) {
                break;
            }
            continue;
        }
        callback = container_of(link, struct callback, link);
        callback->queued = false;
        callback->pending--;
        callback->running++;
        if (callback->pending != 0) {
            list_push_back(&pool.queue, &callback->link);
            callback->queued = true;
        }
        sys_lock_release(&pool.lock);
        call(callback);
        sys_lock_acquire(&pool.lock);
        callback->running--;
        (void)atomic_fetch_add_u32(&callback->changed, 1);
        sys_wake(&callback->changed, UINT32_MAX);
        (void)reclaim_locked(callback);
    }
    pool.workers--;
    sys_lock_release(&pool.lock);
}

/* Under pool.lock: one more run. */
static void
submit_locked(struct callback *callback)
{
    struct sys_thread *thread;

    callback->pending++;
    if (!callback->queued) {
        list_push_back(&pool.queue, &callback->link);
        callback->queued = true;
    }
    (void)atomic_fetch_add_u32(&pool.work_word, 1);
    if (pool.idle != 0) {
        sys_wake(&pool.work_word, 1);
    } else if (pool.workers < WORKERS_MAX &&
               sys_thread_create(&thread, "win32-pool", worker_main, NULL) == 0) {
        pool.workers++;
        sys_thread_detach(thread);
    }
}

/* Until no run is under way and none is to come; drops those to come first when `drop`. */
static void
drain(struct callback *callback, bool drop)
{
    sys_lock_acquire(&pool.lock);
    if (drop && callback->queued) {
        list_remove(&callback->link);
        callback->queued = false;
        callback->pending = 0;
    }
    while (callback->pending != 0 || callback->running != 0) {
        uint32_t seen = atomic_load_u32(&callback->changed);

        sys_lock_release(&pool.lock);
        (void)sys_wait(&callback->changed, seen, SYS_FOREVER);
        sys_lock_acquire(&pool.lock);
    }
    sys_lock_release(&pool.lock);
}

static void
close_callback(struct callback *callback)
{
    sys_lock_acquire(&pool.lock);
    callback->closed = true;
    (void)reclaim_locked(callback);
    sys_lock_release(&pool.lock);
}

/* --- Work ------------------------------------------------------------------------------------ */

BOOL
TrySubmitThreadpoolCallback(PTP_SIMPLE_CALLBACK pfns, PVOID pv, PTP_CALLBACK_ENVIRON pcbe)
{
    struct callback *callback = callback_new(KIND_SIMPLE, pv);

    (void)pcbe; /* There is one pool. */
    if (callback == NULL) {
        return FALSE;
    }
    callback->fn.simple = pfns;
    callback->closed = true;
    sys_lock_acquire(&pool.lock);
    submit_locked(callback);
    sys_lock_release(&pool.lock);
    return TRUE;
}

BOOL
QueueUserWorkItem(LPTHREAD_START_ROUTINE Function, PVOID Context, ULONG Flags)
{
    struct callback *callback = callback_new(KIND_SIMPLE, Context);

    (void)Flags;
    if (callback == NULL) {
        return FALSE;
    }
    callback->fn.start = Function;
    callback->older = true;
    callback->closed = true;
    sys_lock_acquire(&pool.lock);
    submit_locked(callback);
    sys_lock_release(&pool.lock);
    return TRUE;
}

PTP_WORK
CreateThreadpoolWork(PTP_WORK_CALLBACK pfnwk, PVOID pv, PTP_CALLBACK_ENVIRON pcbe)
{
    struct callback *callback = callback_new(KIND_WORK, pv);

    (void)pcbe;
    if (callback != NULL) {
        callback->fn.work = pfnwk;
    }
    return (PTP_WORK)callback;
}

VOID
SubmitThreadpoolWork(PTP_WORK pwk)
{
    sys_lock_acquire(&pool.lock);
    submit_locked((struct callback *)pwk);
    sys_lock_release(&pool.lock);
}

VOID
WaitForThreadpoolWorkCallbacks(PTP_WORK pwk, BOOL fCancelPendingCallbacks)
{
    drain((struct callback *)pwk, fCancelPendingCallbacks);
}

VOID
CloseThreadpoolWork(PTP_WORK pwk)
{
    close_callback((struct callback *)pwk);
}

/* --- Timers ---------------------------------------------------------------------------------- */

static void
timers_main(void *argument)
{
    (void)argument;
    sys_lock_acquire(&pool.lock);
    for (;;) {
        uint64_t now = sys_now_ns(), deadline = SYS_FOREVER;
        uint32_t seen = pool.timer_word;
        struct list *link, *next;

        list_for_each_safe(link, next, &pool.timers)
        {
            struct callback *timer = container_of(link, struct callback, timer_link);

            if (timer->due_ns > now) {
                deadline = timer->due_ns < deadline ? timer->due_ns : deadline;
                continue;
            }
            if (timer->period_ns != 0) {
                timer->due_ns += timer->period_ns;
                timer->due_ns = timer->due_ns <= now ? now + timer->period_ns : timer->due_ns;
                deadline = timer->due_ns < deadline ? timer->due_ns : deadline;
            } else {
                list_remove(&timer->timer_link);
                timer->armed = false;
            }
            submit_locked(timer);
        }
        if (list_empty(&pool.timers)) {
            deadline = now + IDLE_NS;
        }
        sys_lock_release(&pool.lock);
        (void)sys_wait(&pool.timer_word, seen, deadline);
        sys_lock_acquire(&pool.lock);
        if (list_empty(&pool.timers) && sys_now_ns() >= deadline) {
            break;
        }
    }
    pool.timer_thread = false;
    sys_lock_release(&pool.lock);
}

/* Under pool.lock. */
static void
disarm_locked(struct callback *timer)
{
    if (timer->armed) {
        list_remove(&timer->timer_link);
        timer->armed = false;
    }
}

static bool
arm(struct callback *timer, uint64_t due_ns, uint64_t period_ns)
{
    struct sys_thread *thread;
    bool there;

    sys_lock_acquire(&pool.lock);
    disarm_locked(timer);
    if (!pool.timer_thread && sys_thread_create(&thread, "win32-timers", timers_main, NULL) == 0) {
        sys_thread_detach(thread);
        pool.timer_thread = true;
    }
    there = pool.timer_thread;
    if (there) {
        timer->due_ns = due_ns;
        timer->period_ns = period_ns;
        timer->armed = true;
        list_push_back(&pool.timers, &timer->timer_link);
        (void)atomic_fetch_add_u32(&pool.timer_word, 1);
        sys_wake(&pool.timer_word, 1);
    }
    sys_lock_release(&pool.lock);
    return there;
}

/* A FILETIME as a deadline: negative counts from now, positive is a time of day. */
uint64_t
w32_due_ns(int64_t due)
{
    uint64_t now = sys_now_ns();

    if (due <= 0) {
        return now + (uint64_t)-due * 100;
    }
    return (uint64_t)due > sys_wallclock_100ns()
               ? now + ((uint64_t)due - sys_wallclock_100ns()) * 100
               : now;
}

PTP_TIMER
CreateThreadpoolTimer(PTP_TIMER_CALLBACK pfnti, PVOID pv, PTP_CALLBACK_ENVIRON pcbe)
{
    struct callback *callback = callback_new(KIND_TIMER, pv);

    (void)pcbe;
    if (callback != NULL) {
        callback->fn.timer = pfnti;
    }
    return (PTP_TIMER)callback;
}

VOID
SetThreadpoolTimer(PTP_TIMER pti, PFILETIME pftDueTime, DWORD msPeriod, DWORD msWindowLength)
{
    struct callback *timer = (struct callback *)pti;

    (void)msWindowLength;
    if (pftDueTime == NULL) {
        sys_lock_acquire(&pool.lock);
        disarm_locked(timer);
        sys_lock_release(&pool.lock);
        return;
    }
    (void)arm(timer,
              w32_due_ns((int64_t)((uint64_t)pftDueTime->dwHighDateTime << 32 |
                                   pftDueTime->dwLowDateTime)),
              (uint64_t)msPeriod * 1000000u);
}

BOOL
IsThreadpoolTimerSet(PTP_TIMER pti)
{
    BOOL armed;

    sys_lock_acquire(&pool.lock);
    armed = ((struct callback *)pti)->armed;
    sys_lock_release(&pool.lock);
    return armed;
}

VOID
WaitForThreadpoolTimerCallbacks(PTP_TIMER pti, BOOL fCancelPendingCallbacks)
{
    drain((struct callback *)pti, fCancelPendingCallbacks);
}

VOID
CloseThreadpoolTimer(PTP_TIMER pti)
{
    sys_lock_acquire(&pool.lock);
    disarm_locked((struct callback *)pti);
    sys_lock_release(&pool.lock);
    close_callback((struct callback *)pti);
}

/* Queues of timers: a queue is only a name for them here, and there is the default one (NULL). */
HANDLE
CreateTimerQueue(VOID)
{
    return CreateEventW(NULL, FALSE, FALSE, NULL);
}

BOOL
DeleteTimerQueue(HANDLE TimerQueue)
{
    return CloseHandle(TimerQueue);
}

BOOL
DeleteTimerQueueEx(HANDLE TimerQueue, HANDLE CompletionEvent)
{
    if (CompletionEvent != NULL && CompletionEvent != INVALID_HANDLE_VALUE) {
        SetEvent(CompletionEvent);
    }
    return CloseHandle(TimerQueue);
}

BOOL
CreateTimerQueueTimer(PHANDLE phNewTimer, HANDLE TimerQueue, WAITORTIMERCALLBACK Callback,
                      PVOID Parameter, DWORD DueTime, DWORD Period, ULONG Flags)
{
    struct callback *timer = callback_new(KIND_TIMER, Parameter);

    (void)TimerQueue;
    if (timer == NULL) {
        return FALSE;
    }
    timer->older = true;
    timer->fn.wait_timer = Callback;
    *phNewTimer = (HANDLE)timer;
    if (!arm(timer, sys_now_ns() + (uint64_t)DueTime * 1000000u,
             (Flags & WT_EXECUTEONLYONCE) != 0 ? 0 : (uint64_t)Period * 1000000u)) {
        free(timer);
        return w32_fail(ERROR_NO_SYSTEM_RESOURCES);
    }
    return TRUE;
}

BOOL
ChangeTimerQueueTimer(HANDLE TimerQueue, HANDLE Timer, ULONG DueTime, ULONG Period)
{
    (void)TimerQueue;
    return arm((struct callback *)Timer, sys_now_ns() + (uint64_t)DueTime * 1000000u,
               (uint64_t)Period * 1000000u)
               ? TRUE
               : w32_fail(ERROR_NO_SYSTEM_RESOURCES);
}

/* What CompletionEvent means to timers and waits alike. */
static BOOL
finish(struct callback *callback, HANDLE completion)
{
    bool busy;

    if (completion == INVALID_HANDLE_VALUE) {
        drain(callback, true);
        close_callback(callback);
        return TRUE;
    }
    sys_lock_acquire(&pool.lock);
    busy = callback->running != 0 || callback->pending != 0;
    sys_lock_release(&pool.lock);
    close_callback(callback);
    if (completion != NULL) {
        SetEvent(completion);
    }
    return busy ? w32_fail(ERROR_IO_PENDING) : TRUE;
}

BOOL
DeleteTimerQueueTimer(HANDLE TimerQueue, HANDLE Timer, HANDLE CompletionEvent)
{
    struct callback *timer = (struct callback *)Timer;

    (void)TimerQueue;
    sys_lock_acquire(&pool.lock);
    disarm_locked(timer);
    sys_lock_release(&pool.lock);
    return finish(timer, CompletionEvent);
}

/* --- Waits ----------------------------------------------------------------------------------- */

static void
wait_main(void *argument)
{
    struct callback *wait = argument;
    HANDLE handles[2] = {wait->stop, wait->object};
    bool go_on = true;

    while (go_on) {
        DWORD milliseconds =
            wait->wait_limit_ms >= INFINITE ? INFINITE : (DWORD)wait->wait_limit_ms;
        DWORD result = WaitForMultipleObjects(2, handles, FALSE, milliseconds);

        sys_lock_acquire(&pool.lock);
        go_on = result != WAIT_OBJECT_0 && result != WAIT_FAILED;
        if (go_on) {
            wait->result = result == WAIT_TIMEOUT ? WAIT_TIMEOUT : WAIT_OBJECT_0;
            submit_locked(wait);
            if (!wait->repeats) {
                /* Its callback may set it again, or close it, from now on. */
                wait->waiting = 0;
                sys_lock_release(&pool.lock);
                return;
            }
        }
        sys_lock_release(&pool.lock);
        if (go_on) {
            drain(wait, false); /* The next wait begins when the callback has returned. */
        }
    }
    sys_lock_acquire(&pool.lock);
    wait->waiting = 0;
    (void)atomic_fetch_add_u32(&wait->changed, 1);
    sys_wake(&wait->changed, UINT32_MAX);
    (void)reclaim_locked(wait);
    sys_lock_release(&pool.lock);
}

/* Ends the waiting thread, if there is one; from inside its callback that happens afterwards. */
static void
stop_waiting(struct callback *wait)
{
    sys_lock_acquire(&pool.lock);
    if (wait->waiting != 0) {
        SetEvent(wait->stop);
    }
    while (wait->waiting != 0 && wait->running == 0) {
        uint32_t seen = atomic_load_u32(&wait->changed);

        sys_lock_release(&pool.lock);
        (void)sys_wait(&wait->changed, seen, SYS_FOREVER);
        sys_lock_acquire(&pool.lock);
    }
    sys_lock_release(&pool.lock);
}

static BOOL
start_waiting(struct callback *wait, HANDLE object, uint64_t milliseconds, bool repeats)
{
    struct sys_thread *thread;

    if (wait->stop == NULL) {
        wait->stop = CreateEventW(NULL, FALSE, FALSE, NULL);
    } else {
        ResetEvent(wait->stop);
    }
    if (wait->stop == NULL) {
        return FALSE;
    }
    wait->object = object;
    wait->wait_limit_ms = milliseconds;
    wait->repeats = repeats;
    wait->waiting = 1;
    if (sys_thread_create(&thread, "win32-wait", wait_main, wait) != 0) {
        wait->waiting = 0;
        return w32_fail(ERROR_NO_SYSTEM_RESOURCES);
    }
    sys_thread_detach(thread);
    return TRUE;
}

PTP_WAIT
CreateThreadpoolWait(PTP_WAIT_CALLBACK pfnwa, PVOID pv, PTP_CALLBACK_ENVIRON pcbe)
{
    struct callback *callback = callback_new(KIND_WAIT, pv);

    (void)pcbe;
    if (callback != NULL) {
        callback->fn.wait = pfnwa;
    }
    return (PTP_WAIT)callback;
}

VOID
SetThreadpoolWait(PTP_WAIT pwa, HANDLE h, PFILETIME pftTimeout)
{
    struct callback *wait = (struct callback *)pwa;
    uint64_t milliseconds = INFINITE;

    stop_waiting(wait);
    if (h == NULL) {
        return;
    }
    if (pftTimeout != NULL) {
        uint64_t due = w32_due_ns(
            (int64_t)((uint64_t)pftTimeout->dwHighDateTime << 32 | pftTimeout->dwLowDateTime));
        uint64_t now = sys_now_ns();

        milliseconds = due <= now ? 0 : (due - now + 999999) / 1000000;
    }
    (void)start_waiting(wait, h, milliseconds, false);
}

VOID
WaitForThreadpoolWaitCallbacks(PTP_WAIT pwa, BOOL fCancelPendingCallbacks)
{
    drain((struct callback *)pwa, fCancelPendingCallbacks);
}

VOID
CloseThreadpoolWait(PTP_WAIT pwa)
{
    stop_waiting((struct callback *)pwa);
    close_callback((struct callback *)pwa);
}

BOOL
RegisterWaitForSingleObject(PHANDLE phNewWaitObject, HANDLE hObject, WAITORTIMERCALLBACK Callback,
                            PVOID Context, ULONG dwMilliseconds, ULONG dwFlags)
{
    struct callback *wait = callback_new(KIND_WAIT, Context);

    if (wait == NULL) {
        return FALSE;
    }
    wait->older = true;
    wait->fn.wait_timer = Callback;
    *phNewWaitObject = (HANDLE)wait;
    if (!start_waiting(wait, hObject, dwMilliseconds, (dwFlags & WT_EXECUTEONLYONCE) == 0)) {
        close_callback(wait);
        return FALSE;
    }
    return TRUE;
}

BOOL
UnregisterWaitEx(HANDLE WaitHandle, HANDLE CompletionEvent)
{
    struct callback *wait = (struct callback *)WaitHandle;

    if (wait == NULL) {
        return w32_fail(ERROR_INVALID_HANDLE);
    }
    stop_waiting(wait);
    return finish(wait, CompletionEvent);
}

BOOL
UnregisterWait(HANDLE WaitHandle)
{
    return UnregisterWaitEx(WaitHandle, NULL);
}
