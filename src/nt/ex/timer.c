/* SPDX-License-Identifier: MIT */
/*
 * Timer objects that the system allocates: a kernel timer with its DPC and the driver's callback. A
 * deleted timer is freed by a DPC of its own, queued behind the callback that may be under way.
 */
#include "nt/ex/ex_priv.h"

#include "nt/ke/ke.h"

#define TIMER_TAG   'mTxE'
#define TIMER_MAGIC 0x726D5478u

struct _EX_TIMER {
    KTIMER timer; /* Must be first: drivers wait for the object. */
    uint32_t magic;
    uint32_t deleted; /* ExDeleteTimer was called. */
    uint32_t freeing; /* The DPC that frees it is queued. */
    KDPC dpc;
    KDPC free_dpc;
    PEXT_CALLBACK callback;
    PVOID context;
    PEXT_DELETE_CALLBACK delete_callback;
    PVOID delete_context;
    bool high_resolution;
};

static void
check(PEX_TIMER timer, const void *caller)
{
    if (timer == NULL || timer->magic != TIMER_MAGIC || atomic_load_u32(&timer->deleted)) {
        ke_bugcheck(TIMER_OR_DPC_INVALID, 0, (ULONG_PTR)timer, 0, 0, NULL, caller);
    }
}

static VOID
free_timer(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PEX_TIMER timer = DeferredContext;
    PEXT_DELETE_CALLBACK callback = timer->delete_callback;
    PVOID context = timer->delete_context;

    timer->magic = 0;
    ExFreePoolWithTag(timer, TIMER_TAG);
    if (callback != NULL) {
        callback(context);
    }
}

/* Once; behind whatever is queued for the timer. */
static void
free_later(PEX_TIMER timer)
{
    if (atomic_xchg_u32(&timer->freeing, 1) == 0) {
        KeInsertQueueDpc(&timer->free_dpc, NULL, NULL);
    }
}

static VOID
expired(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PEX_TIMER timer = DeferredContext;

    if (timer->callback != NULL) {
        timer->callback(timer, timer->context);
    }
    /* Deleted while it was set, and not to be cancelled: this expiry was its last. */
    if (atomic_load_u32(&timer->deleted)) {
        KeCancelTimer(&timer->timer);
        free_later(timer);
    }
}

PEX_TIMER
ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes)
{
    const ULONG known = EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE | EX_TIMER_NOTIFICATION;
    PEX_TIMER timer;

    ke_irql_check(DISPATCH_LEVEL, __builtin_return_address(0));
    if ((Attributes & ~known) != 0 ||
        (Attributes & (EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE)) ==
            (EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE)) {
        ke_bugcheck(TIMER_OR_DPC_INVALID, 0, Attributes, 0, 0, NULL, __builtin_return_address(0));
    }
    timer = ex_pool_allocate(NULL, POOL_FLAG_NON_PAGED, sizeof(*timer), TIMER_TAG,
                             __builtin_return_address(0));
    if (timer == NULL) {
        return NULL;
    }
    KeInitializeTimerEx(&timer->timer, Attributes & EX_TIMER_NOTIFICATION ? NotificationTimer
                                                                          : SynchronizationTimer);
    KeInitializeDpc(&timer->dpc, expired, timer);
    KeInitializeDpc(&timer->free_dpc, free_timer, timer);
    timer->callback = Callback;
    timer->context = CallbackContext;
    timer->high_resolution = (Attributes & EX_TIMER_HIGH_RESOLUTION) != 0;
    timer->magic = TIMER_MAGIC;
    return timer;
}

BOOLEAN
ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period, PEXT_SET_PARAMETERS Parameters)
{
    check(Timer, __builtin_return_address(0));
    if (Period < 0 || Period > MAXLONG || (Timer->high_resolution && DueTime > 0)) {
        ke_bugcheck(TIMER_OR_DPC_INVALID, 1, (ULONG_PTR)Timer, (ULONG_PTR)DueTime,
                    (ULONG_PTR)Period, NULL, __builtin_return_address(0));
    }
    return ke_timer_set(&Timer->timer, ke_deadline_ns(DueTime), (uint64_t)Period, &Timer->dpc);
}

BOOLEAN
ExCancelTimer(PEX_TIMER Timer, PVOID Parameters)
{
    check(Timer, __builtin_return_address(0));
    return KeCancelTimer(&Timer->timer);
}

BOOLEAN
ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait, PEXT_DELETE_PARAMETERS Parameters)
{
    BOOLEAN canceled;

    check(Timer, __builtin_return_address(0));
    if (Wait && !Cancel) {
        ke_bugcheck(TIMER_OR_DPC_INVALID, 2, (ULONG_PTR)Timer, 0, 0, NULL,
                    __builtin_return_address(0));
    }
    ke_irql_check(Wait ? APC_LEVEL : DISPATCH_LEVEL, __builtin_return_address(0));
    if (Parameters != NULL) {
        Timer->delete_callback = Parameters->DeleteCallback;
        Timer->delete_context = Parameters->DeleteContext;
    }
    canceled = Cancel && KeCancelTimer(&Timer->timer);
    atomic_xchg_u32(&Timer->deleted, 1);
    if (Cancel || !ke_timer_is_set(&Timer->timer)) {
        free_later(Timer);
    }
    if (Wait) {
        KeFlushQueuedDpcs();
    }
    return canceled;
}

/* Timers here are as exact as the system's clock; what is asked for is granted on paper. ------- */

#define LOWEST_RESOLUTION  156250u
#define HIGHEST_RESOLUTION 5000u

static uint32_t resolution = LOWEST_RESOLUTION;

ULONG
ExSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution)
{
    uint32_t wanted = SetResolution ? DesiredTime : LOWEST_RESOLUTION;

    if (wanted < HIGHEST_RESOLUTION) {
        wanted = HIGHEST_RESOLUTION;
    }
    if (wanted > LOWEST_RESOLUTION) {
        wanted = LOWEST_RESOLUTION;
    }
    atomic_store_u32(&resolution, wanted);
    return wanted;
}

VOID
ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime, PULONG CurrentTime)
{
    *MaximumTime = LOWEST_RESOLUTION;
    *MinimumTime = HIGHEST_RESOLUTION;
    *CurrentTime = atomic_load_u32(&resolution);
}
