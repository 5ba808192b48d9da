/* SPDX-License-Identifier: MIT */
/*
 * WDFTIMER. A kernel timer with a DPC; the DPC calls the driver, or, for a passive-level timer,
 * asks a worker to. Passive-level is what the driver asks for with WdfExecutionLevelPassive; it
 * is not inherited.
 */
#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/misc/worker.h"
#include "fx/object/callback_lock.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"

struct fx_timer {
    struct fx_object object;
    PFN_WDF_TIMER callback;
    struct fx_callback_lock *serialization; /* Automatic synchronization; NULL: none. */
    bool passive;
    bool high_resolution;
    ULONG period_ms; /* 0: fires once. */
    ULONG tolerable_delay_ms;
    KTIMER ktimer;
    KDPC kdpc;
    struct sys_lock lock;    /* Guards stopping, and setting the kernel timer against it. Leaf. */
    bool stopping;           /* The clean-up has begun: the timer is never set again. */
    struct fx_worker worker; /* Passive-level timers only. */
};

static void
call_driver(struct fx_object *object)
{
    struct fx_timer *timer = container_of(object, struct fx_timer, object);
    KIRQL irql;
    KIRQL before;

    if (timer->callback == NULL) {
        return; /* Allowed: "a pointer to a callback function, or NULL". */
    }
    irql = fx_callback_lock_acquire(timer->serialization);
    before = fx_callback_begin();
    timer->callback(fx_object_handle(object));
    fx_callback_end(object->globals, before, (const void *)timer->callback);
    fx_callback_lock_release(timer->serialization, irql);
}

static VOID
timer_expired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    struct fx_timer *timer = Context;

    if (timer->passive) {
        fx_worker_enqueue(&timer->worker);
    } else {
        call_driver(&timer->object);
    }
}

/* At PASSIVE_LEVEL, so never inside the DPC; a passive callback may delete its own timer. */
static bool
timer_stop(struct fx_object *object)
{
    struct fx_timer *timer = container_of(object, struct fx_timer, object);

    fx_lock(&timer->lock);
    timer->stopping = true;
    fx_unlock(&timer->lock);
    (void)KeCancelTimer(&timer->ktimer);
    KeFlushQueuedDpcs();
    return !timer->passive || fx_worker_stop(&timer->worker);
}

static const struct fx_class timer_class = {
    .type = FX_TYPE_TIMER,
    .name = "WDFTIMER",
    .size = sizeof(struct fx_timer),
    .parent_rule = FX_PARENT_REQUIRED,
    .passive = true,
    .execution_level = true,
    .stop = timer_stop,
};

static NTSTATUS
check_config(struct fx_globals *globals, const WDF_TIMER_CONFIG *config, bool passive)
{
    if ((LONG)config->Period < 0) {
        fx_log(globals, "WdfTimerCreate: Period %u ms is too long", config->Period);
        return STATUS_INVALID_PARAMETER;
    }
    if ((LONG)config->TolerableDelay < 0 && config->TolerableDelay != TolerableDelayUnlimited) {
        fx_log(globals, "WdfTimerCreate: TolerableDelay %u ms is too long", config->TolerableDelay);
        return STATUS_INVALID_PARAMETER;
    }
    if (passive && config->Period != 0 && !globals->is_umdf) {
        fx_log(globals, "WdfTimerCreate: a passive-level timer cannot be periodic");
        return STATUS_INVALID_PARAMETER;
    }
    if (config->UseHighResolutionTimer == WdfTrue && config->TolerableDelay != 0) {
        fx_log(globals, "WdfTimerCreate: a high-resolution timer has no TolerableDelay");
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfTimerCreate(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_TIMER_CONFIG Config,
                   PWDF_OBJECT_ATTRIBUTES Attributes, WDFTIMER *Timer)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_callback_lock *serialization = NULL;
    WDF_TIMER_CONFIG config;
    struct fx_object *parent;
    struct fx_timer *timer;
    bool passive;
    NTSTATUS status;

    fx_require(DriverGlobals, Config);
    fx_require(DriverGlobals, Timer);
    *Timer = NULL;
    if (!fx_sized_copy(&config, sizeof(config), Config, Config->Size,
                       FX_SIZE_THROUGH(WDF_TIMER_CONFIG, AutomaticSerialization))) {
        fx_log(globals, "WDF_TIMER_CONFIG.Size is %u, not %u", Config->Size,
               (unsigned)sizeof(config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    status = fx_attributes_check(&timer_class, globals, Attributes);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    passive = globals->is_umdf || Attributes->ExecutionLevel == WdfExecutionLevelPassive;
    status = check_config(globals, &config, passive);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    parent = fx_attributes_parent(globals, Attributes, NULL);
    if (fx_device_above(parent) == NULL) {
        fx_log(globals, "WdfTimerCreate: no device is above the parent %p",
               Attributes->ParentObject);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (config.AutomaticSerialization) {
        serialization = fx_callback_lock_of(parent);
        if (serialization != NULL && serialization->passive != passive) {
            fx_log(globals,
                   "WdfTimerCreate: AutomaticSerialization of a %s-level timer with a "
                   "parent of the other execution level",
                   passive ? "passive" : "dispatch");
            return STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL;
        }
    }
    status = fx_object_create(&timer_class, globals, Attributes, NULL, 0, &timer);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    timer->callback = config.EvtTimerFunc;
    timer->serialization = serialization;
    timer->passive = passive;
    timer->high_resolution = config.UseHighResolutionTimer == WdfTrue;
    timer->period_ms = config.Period;
    timer->tolerable_delay_ms =
        config.TolerableDelay == TolerableDelayUnlimited ? 0 : config.TolerableDelay;
    KeInitializeTimerEx(&timer->ktimer, NotificationTimer);
    KeInitializeDpc(&timer->kdpc, timer_expired, timer);
    fx_worker_init(&timer->worker, &timer->object, call_driver);
    *Timer = fx_object_commit(&timer->object);
    return STATUS_SUCCESS;
}

BOOLEAN
imp_WdfTimerStart(PWDF_DRIVER_GLOBALS DriverGlobals, WDFTIMER Timer, LONGLONG DueTime)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_timer *timer = fx_handle_get(DriverGlobals, Timer, FX_TYPE_TIMER);
    LARGE_INTEGER due = {.QuadPart = DueTime};
    BOOLEAN was_set = FALSE;
    bool too_late;

    if (timer->high_resolution && DueTime >= 0) {
        fx_bugcheck(globals, WDF_OBJECT_ERROR, (ULONG_PTR)Timer, 0, 0,
                    "WdfTimerStart: the due time of the high-resolution timer %p is not relative",
                    Timer);
    }
    fx_lock(&timer->lock);
    too_late = timer->stopping;
    if (!too_late) {
        was_set = KeSetCoalescableTimer(&timer->ktimer, due, timer->period_ms,
                                        timer->tolerable_delay_ms, &timer->kdpc);
    }
    fx_unlock(&timer->lock);
    if (too_late) {
        fx_log(globals, "WdfTimerStart: the timer %p is being deleted", Timer);
    }
    return was_set;
}

BOOLEAN
imp_WdfTimerStop(PWDF_DRIVER_GLOBALS DriverGlobals, WDFTIMER Timer, BOOLEAN Wait)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_timer *timer = fx_handle_get(DriverGlobals, Timer, FX_TYPE_TIMER);
    BOOLEAN was_set = KeCancelTimer(&timer->ktimer);

    if (!Wait) {
        return was_set;
    }
    if (KeGetCurrentIrql() != PASSIVE_LEVEL) {
        fx_log(globals, "WdfTimerStop: waiting for %p at IRQL %u would never end", Timer,
               KeGetCurrentIrql());
        return was_set;
    }
    KeFlushQueuedDpcs();
    if (timer->passive && !fx_worker_flush(&timer->worker)) {
        fx_log(globals, "WdfTimerStop: the callback of %p waits for its own end", Timer);
    }
    return was_set;
}

WDFOBJECT
imp_WdfTimerGetParentObject(PWDF_DRIVER_GLOBALS DriverGlobals, WDFTIMER Timer)
{
    struct fx_timer *timer = fx_handle_get(DriverGlobals, Timer, FX_TYPE_TIMER);

    return fx_handle_of(timer->object.parent);
}
