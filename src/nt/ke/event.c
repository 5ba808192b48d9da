/* SPDX-License-Identifier: MIT */
/* Events: notification (all waiters go on, until it is reset) and synchronization (one goes on). */
#include "nt/ke/ke_priv.h"

#define CHECK(object)                                                                              \
    ke_object_check(object, EventNotificationObject, EventSynchronizationObject,                   \
                    __builtin_return_address(0))

VOID
KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    ke_object_init(&Event->Header,
                   Type == NotificationEvent ? EventNotificationObject : EventSynchronizationObject,
                   sizeof(KEVENT), State != FALSE);
}

/* Header.Reserved1 of an event that stands for one elsewhere. */
#define FORWARDS 0x01

static void (*forward)(PKEVENT event);

void
ke_event_forward(PKEVENT event, void (*fn)(PKEVENT event))
{
    forward = fn;
    event->Header.Reserved1 |= FORWARDS;
}

static LONG
set(PRKEVENT event, bool pulse)
{
    bool forwards = (event->Header.Reserved1 & FORWARDS) != 0; /* Later it may be gone. */
    struct ke_wake_list woken;
    LONG previous;

    ke_wake_list_init(&woken);
    sys_lock_acquire(&ke_dispatcher_lock);
    previous = event->Header.SignalState;
    event->Header.SignalState = 1;
    if (previous == 0 && !IsListEmpty(&event->Header.WaitListHead)) {
        ke_signal_locked(&event->Header, &woken);
    }
    if (pulse) {
        event->Header.SignalState = 0;
    }
    sys_lock_release(&ke_dispatcher_lock);
    ke_wake_all(&woken);
    if (__builtin_expect(forwards, 0)) {
        forward(event);
    }
    return previous;
}

LONG
KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    CHECK(Event);
    return set(Event, false);
}

LONG
KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    CHECK(Event);
    return set(Event, true);
}

LONG
KeResetEvent(PRKEVENT Event)
{
    LONG previous;

    CHECK(Event);
    sys_lock_acquire(&ke_dispatcher_lock);
    previous = Event->Header.SignalState;
    Event->Header.SignalState = 0;
    sys_lock_release(&ke_dispatcher_lock);
    return previous;
}

VOID
KeClearEvent(PRKEVENT Event)
{
    CHECK(Event);
    sys_lock_acquire(&ke_dispatcher_lock);
    Event->Header.SignalState = 0;
    sys_lock_release(&ke_dispatcher_lock);
}

LONG
KeReadStateEvent(PRKEVENT Event)
{
    LONG state;

    CHECK(Event);
    sys_lock_acquire(&ke_dispatcher_lock);
    state = Event->Header.SignalState;
    sys_lock_release(&ke_dispatcher_lock);
    return state;
}
