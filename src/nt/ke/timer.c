/* SPDX-License-Identifier: MIT */
/*
 * Timers. Those that are set stand in one list, the next to expire first; the processor's thread
 * sleeps until then. There is no tick: nothing runs while nothing is due. An expiry signals the
 * timer and queues its DPC under the dispatcher lock, so after KeCancelTimer the timer is not
 * touched again, while its DPC may still be queued (KeFlushQueuedDpcs).
 *
 * KTIMER.DueTime holds the deadline in nanoseconds of sys_now_ns; Header.TimerMiscFlags tells
 * whether the timer is in the list, TimerType the unit of Period.
 */
#include "nt/ke/ke_priv.h"

#include "sys/clock.h"
#include "sys/wait.h"

#define TIMER_IN_LIST   0x80u
#define PERIOD_IN_MS    0
#define PERIOD_IN_100NS 1

/* Guarded by ke_dispatcher_lock. */
static LIST_ENTRY timers;
static uint32_t timer_count;

#define CHECK(object)                                                                              \
    ke_object_check(object, TimerNotificationObject, TimerSynchronizationObject,                   \
                    __builtin_return_address(0))

void
ke_timers_init(void)
{
    InitializeListHead(&timers);
    timer_count = 0;
}

void
ke_timers_fini(void)
{
    sys_lock_acquire(&ke_dispatcher_lock);
    while (!IsListEmpty(&timers)) {
        PKTIMER timer = CONTAINING_RECORD(RemoveHeadList(&timers), KTIMER, TimerListEntry);

        timer->Header.TimerMiscFlags = 0;
        timer_count--;
    }
    sys_lock_release(&ke_dispatcher_lock);
}

static bool
in_list(const KTIMER *timer)
{
    return (timer->Header.TimerMiscFlags & TIMER_IN_LIST) != 0;
}

/* From the far end: most timers that are set expire later than those that are set already. */
static void
insert_locked(PKTIMER timer, uint64_t deadline_ns)
{
    LIST_ENTRY *after = timers.Blink;

    while (after != &timers &&
           CONTAINING_RECORD(after, KTIMER, TimerListEntry)->DueTime.QuadPart > deadline_ns) {
        after = after->Blink;
    }
    timer->DueTime.QuadPart = deadline_ns;
    timer->Header.TimerMiscFlags = TIMER_IN_LIST;
    InsertHeadList(after, &timer->TimerListEntry);
    timer_count++;
}

static bool
remove_locked(PKTIMER timer)
{
    if (!in_list(timer)) {
        return false;
    }
    RemoveEntryList(&timer->TimerListEntry);
    timer->Header.TimerMiscFlags = 0;
    timer_count--;
    return true;
}

static uint64_t
period_ns(const KTIMER *timer)
{
    return (uint64_t)timer->Period * (timer->TimerType == PERIOD_IN_100NS ? 100 : 1000000);
}

/* The next multiple of the period that is still to come: periods that were missed are dropped. */
static uint64_t
next_period(uint64_t due_ns, uint64_t period, uint64_t now)
{
    uint64_t next = due_ns + period;

    return next > now ? next : due_ns + ((now - due_ns) / period + 1) * period;
}

/* True when a DPC was queued. */
static bool
expire_locked(PKTIMER timer, uint64_t due_ns, uint64_t now, struct ke_wake_list *woken)
{
    PKDPC dpc = timer->Dpc;

    if (timer->Period != 0) {
        insert_locked(timer, next_period(due_ns, period_ns(timer), now));
    }
    timer->Header.SignalState = 1;
    ke_signal_locked(&timer->Header, woken);
    return dpc != NULL && ke_dpc_insert(dpc, ULongToPtr((ULONG)now), ULongToPtr(now >> 32));
}

uint64_t
ke_timers_expire(void)
{
    struct ke_wake_list woken;
    uint64_t next = SYS_FOREVER;
    uint64_t now;

    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    now = sys_now_ns();
    while (!IsListEmpty(&timers)) {
        PKTIMER timer = CONTAINING_RECORD(timers.Flink, KTIMER, TimerListEntry);
        uint64_t due_ns = timer->DueTime.QuadPart;

        if (due_ns > now) {
            next = due_ns;
            break;
        }
        remove_locked(timer);
        expire_locked(timer, due_ns, now, &woken);
    }
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
    return next;
}

static void
set_period(PKTIMER timer, uint64_t period_100ns)
{
    if (period_100ns <= UINT32_MAX) {
        timer->TimerType = PERIOD_IN_100NS;
        timer->Period = (ULONG)period_100ns;
    } else {
        timer->TimerType = PERIOD_IN_MS;
        timer->Period = period_100ns / 10000 > UINT32_MAX ? UINT32_MAX : period_100ns / 10000;
    }
}

bool
ke_timer_set(PKTIMER timer, uint64_t deadline_ns, uint64_t period_100ns, PKDPC dpc)
{
    struct ke_wake_list woken;
    bool was_set;
    bool kick;
    uint64_t now;

    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    was_set = remove_locked(timer);
    timer->Header.SignalState = 0;
    timer->Dpc = dpc;
    set_period(timer, period_100ns);
    now = sys_now_ns();
    if (deadline_ns <= now) {
        kick = expire_locked(timer, deadline_ns, now, &woken) || timer->Period != 0;
    } else {
        insert_locked(timer, deadline_ns);
        kick = timers.Flink == &timer->TimerListEntry;
    }
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
    if (kick) {
        ke_processor_kick();
    }
    return was_set;
}

bool
ke_timer_is_set(PKTIMER timer)
{
    bool is_set;

    sys_lock_acquire(&ke_dispatcher_lock);
    is_set = in_list(timer);
    sys_lock_release(&ke_dispatcher_lock);
    return is_set;
}

VOID
KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}

VOID
KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    ke_object_init(&Timer->Header,
                   Type == NotificationTimer ? TimerNotificationObject : TimerSynchronizationObject,
                   sizeof(KTIMER), 0);
    Timer->DueTime.QuadPart = 0;
    Timer->TimerListEntry.Flink = NULL;
    Timer->TimerListEntry.Blink = NULL;
    Timer->Dpc = NULL;
    Timer->Processor = 0;
    Timer->TimerType = PERIOD_IN_MS;
    Timer->Period = 0;
}

BOOLEAN
KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    CHECK(Timer);
    return ke_timer_set(Timer, ke_deadline_ns(DueTime.QuadPart), 0, Dpc);
}

BOOLEAN
KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    CHECK(Timer);
    return ke_timer_set(Timer, ke_deadline_ns(DueTime.QuadPart),
                        Period > 0 ? (uint64_t)Period * 10000 : 0, Dpc);
}

/* The tolerable delay is permission, not duty: the timer expires in time. */
BOOLEAN
KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, ULONG TolerableDelay,
                      PKDPC Dpc)
{
    CHECK(Timer);
    return ke_timer_set(Timer, ke_deadline_ns(DueTime.QuadPart), (uint64_t)Period * 10000, Dpc);
}

BOOLEAN
KeCancelTimer(PKTIMER Timer)
{
    bool was_set;

    CHECK(Timer);
    sys_lock_acquire(&ke_dispatcher_lock);
    was_set = remove_locked(Timer);
    sys_lock_release(&ke_dispatcher_lock);
    return was_set;
}

BOOLEAN
KeReadStateTimer(PKTIMER Timer)
{
    BOOLEAN state;

    CHECK(Timer);
    sys_lock_acquire(&ke_dispatcher_lock);
    state = Timer->Header.SignalState != 0;
    sys_lock_release(&ke_dispatcher_lock);
    return state;
}

uint32_t
ke_timer_count(void)
{
    uint32_t count;

    sys_lock_acquire(&ke_dispatcher_lock);
    count = timer_count;
    sys_lock_release(&ke_dispatcher_lock);
    return count;
}
