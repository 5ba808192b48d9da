/* SPDX-License-Identifier: MIT */
/*
 * Power settings that drivers are told of, and what they say of the system's being in use. There is no
 * power policy here: the settings have the values of a machine at the wall with its lid open and
 * somebody before it, and the display goes off and on with the system's sleep.
 *
 * A registration's callback runs on one thread at a time and hears the last value in the end; values that
 * followed each other quickly may be one call. The initial call comes before the registration returns.
 */
#include <initguid.h>

#include "nt/ex/ex.h"
#include "nt/po/po_priv.h"

struct setting {
    const GUID *guid;
    ULONG value;
};

struct registration {
    struct list link;
    struct setting *setting; /* NULL: one that has no value here. */
    PPOWER_SETTING_CALLBACK callback;
    PVOID context;
    bool pending;    /* It has not heard of the value yet. */
    bool gone;       /* Unregistered: freed by whoever is last. */
    PKTHREAD caller; /* Who runs the callback; NULL: nobody. */
    KEVENT idle;
};

/* A driver's say that the system is in use. */
struct in_use {
    EXECUTION_STATE flags;
};

static struct setting settings[] = {
    {&GUID_CONSOLE_DISPLAY_STATE, PowerMonitorOn}, {&GUID_MONITOR_POWER_ON, 1},
    {&GUID_ACDC_POWER_SOURCE, 0 /* PoAc */},       {&GUID_BATTERY_PERCENTAGE_REMAINING, 100},
    {&GUID_LIDSWITCH_STATE_CHANGE, 1 /* Open. */}, {&GUID_GLOBAL_USER_PRESENCE, 0 /* Present. */},
};

static struct {
    struct sys_lock lock; /* Guards all of this and the settings' values. A leaf lock. */
    struct list registrations;
    struct ex_work work;
    bool queued;
} state;

static struct setting *
find(const GUID *guid)
{
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (IsEqualGUID(settings[i].guid, guid)) {
            return &settings[i];
        }
    }
    return NULL;
}

/* Calls until there is nothing new to hear. The lock is held, but for the calls. May free it. */
static void
call_locked(struct registration *one)
{
    bool gone;

    one->caller = KeGetCurrentThread();
    while (one->pending && !one->gone) {
        ULONG value = one->setting->value;

        one->pending = false;
        sys_lock_release(&state.lock);
        (void)one->callback(one->setting->guid, &value, sizeof(value), one->context);
        sys_lock_acquire(&state.lock);
    }
    gone = one->gone && one->caller == NULL; /* Unregistered by its own callback. */
    one->caller = NULL;
    if (gone) {
        ExFreePoolWithTag(one, PO_TAG);
    } else {
        KeSetEvent(&one->idle, IO_NO_INCREMENT, FALSE);
    }
}

static struct registration *
next_pending_locked(void)
{
    struct list *link;

    list_for_each(link, &state.registrations)
    {
        struct registration *one = container_of(link, struct registration, link);

        if (one->pending && one->caller == NULL) {
            return one;
        }
    }
    return NULL;
}

static void
deliver(struct ex_work *work)
{
    struct registration *one;

    sys_lock_acquire(&state.lock);
    state.queued = false;
    while ((one = next_pending_locked()) != NULL) {
        call_locked(one);
    }
    sys_lock_release(&state.lock);
}

/* The setting has that value from now on. */
static void
change(const GUID *guid, ULONG value)
{
    struct setting *setting = find(guid);
    struct list *link;
    bool any = false;

    sys_lock_acquire(&state.lock);
    if (setting->value != value) {
        setting->value = value;
        list_for_each(link, &state.registrations)
        {
            struct registration *one = container_of(link, struct registration, link);

            if (one->setting == setting) {
                one->pending = true;
                any = true;
            }
        }
    }
    any = any && !state.queued;
    state.queued = state.queued || any;
    sys_lock_release(&state.lock);
    if (any) {
        ex_work_queue_insert(&state.work);
    }
}

void
po_display_changed(bool on)
{
    change(&GUID_CONSOLE_DISPLAY_STATE, on ? PowerMonitorOn : PowerMonitorOff);
    change(&GUID_MONITOR_POWER_ON, on);
}

/* A setting that nobody here knows may be registered for too: it never changes. */
NTSTATUS
PoRegisterPowerSettingCallback(PDEVICE_OBJECT DeviceObject, LPCGUID SettingGuid,
                               PPOWER_SETTING_CALLBACK Callback, PVOID Context, PVOID *Handle)
{
    struct registration *one;

    if (SettingGuid == NULL || Callback == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    one = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*one), PO_TAG);
    if (one == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    one->setting = find(SettingGuid);
    one->callback = Callback;
    one->context = Context;
    one->pending = one->setting != NULL;
    KeInitializeEvent(&one->idle, NotificationEvent, TRUE);
    if (Handle != NULL) {
        *Handle = one; /* The initial call may already use it. */
    }
    sys_lock_acquire(&state.lock);
    list_push_back(&state.registrations, &one->link);
    if (one->pending) {
        KeClearEvent(&one->idle);
        call_locked(one);
    }
    sys_lock_release(&state.lock);
    return STATUS_SUCCESS;
}

/* When it returns the callback does not run and will not, unless it is the callback that calls. */
NTSTATUS
PoUnregisterPowerSettingCallback(PVOID Handle)
{
    struct registration *one = Handle;
    bool own;

    if (one == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    sys_lock_acquire(&state.lock);
    list_remove(&one->link);
    one->gone = true;
    own = one->caller == KeGetCurrentThread();
    if (own) {
        one->caller = NULL; /* It is freed when the callback has returned. */
    } else {
        while (one->caller != NULL) {
            KeClearEvent(&one->idle);
            sys_lock_release(&state.lock);
            (void)KeWaitForSingleObject(&one->idle, Executive, KernelMode, FALSE, NULL);
            sys_lock_acquire(&state.lock);
        }
    }
    sys_lock_release(&state.lock);
    if (!own) {
        ExFreePoolWithTag(one, PO_TAG);
    }
    return STATUS_SUCCESS;
}

/* --- The system's being in use --------------------------------------------------------------- */

/* It restarts the counting towards an idle system's sleep, which nobody does here. */
VOID
PoSetSystemState(EXECUTION_STATE Flags)
{
}

/* NULL: memory is short. A handle from before only gets other flags. */
PVOID
PoRegisterSystemState(PVOID StateHandle, EXECUTION_STATE Flags)
{
    struct in_use *in_use = StateHandle;

    if (in_use == NULL) {
        in_use = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*in_use), PO_TAG);
    }
    if (in_use != NULL) {
        in_use->flags = Flags;
    }
    return in_use;
}

VOID
PoUnregisterSystemState(PVOID StateHandle)
{
    if (StateHandle != NULL) {
        ExFreePoolWithTag(StateHandle, PO_TAG);
    }
}

void
po_settings_init(void)
{
    list_init(&state.registrations);
    state.queued = false;
    state.work.run = deliver;
    for (size_t i = 0; i < 2; i++) {
        settings[i].value = 1; /* The display: on. */
    }
}
