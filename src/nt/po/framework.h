/* SPDX-License-Identifier: MIT */
/* A device that is registered with the power management framework, and its components. */
#ifndef OPENWDF_NT_PO_FRAMEWORK_H
#define OPENWDF_NT_PO_FRAMEWORK_H

#include <ntddk.h>

#include "base/list.h"
#include "nt/ex/ex.h"
#include "sys/lock.h"

enum po_condition {
    PO_IDLE,
    PO_ACTIVE,
    PO_IDLING, /* ComponentIdleConditionCallback came, PoFxCompleteIdleCondition did not. */
};

struct po_component {
    ULONG state_count;
    ULONG deepest_wakeable;
    PO_FX_COMPONENT_IDLE_STATE *states;
    ULONG provider_count;
    ULONG *providers;

    /* Guarded by the device's lock. */
    ULONG references; /* Its own, those of dependents, one until power management starts. */
    enum po_condition condition;
    ULONG state;          /* Fx. */
    bool moving;          /* ComponentIdleStateCallback came, PoFxCompleteIdleState did not. */
    bool running;         /* Somebody is inside one of its callbacks. */
    bool holds_providers; /* It counts among their references. */
    ULONGLONG latency;    /* 100 ns. Hints of the driver. */
    ULONGLONG residency;
    bool wakes;
};

enum po_device_power {
    PO_ON,
    PO_LEAVING, /* DevicePowerNotRequiredCallback came, PoFxCompleteDevicePowerNotRequired did not. */
    PO_NOT_REQUIRED,
    PO_RETURNING, /* DevicePowerRequiredCallback came, PoFxReportDevicePoweredOn did not. */
    PO_ASLEEP,    /* With the system; until PoFxReportDevicePoweredOn. */
};

/* What a POHANDLE names. */
struct po_framework {
    struct list link;   /* Of all that are registered. */
    PDEVICE_OBJECT pdo; /* Referenced. */
    PO_FX_COMPONENT_ACTIVE_CONDITION_CALLBACK *active;
    PO_FX_COMPONENT_IDLE_CONDITION_CALLBACK *idle;
    PO_FX_COMPONENT_IDLE_STATE_CALLBACK *idle_state;
    PO_FX_DEVICE_POWER_REQUIRED_CALLBACK *required;
    PO_FX_DEVICE_POWER_NOT_REQUIRED_CALLBACK *not_required;
    PVOID context;

    struct sys_lock lock; /* Guards what follows. A leaf lock; any IRQL <= DISPATCH_LEVEL. */
    struct list waiters;  /* struct po_framework_waiter. */
    struct ex_work work;
    bool work_queued;
    bool started;
    bool ending;
    unsigned inside; /* Threads that run it. */
    enum po_device_power power;
    bool power_running; /* Somebody is inside one of the device's callbacks. */
    bool was_idle;      /* All components are, since: */
    ULONGLONG idle_since;
    ULONGLONG idle_timeout; /* 100 ns. */
    KTIMER timer;
    KDPC timer_dpc;
    ULONG count;
    struct po_component components[];
};

/* --- framework_run.c --- */

/* Makes callbacks that are due until there is none. IRQL < DISPATCH_LEVEL. */
void po_framework_run(struct po_framework *framework);

/* Has it run by a system worker. IRQL <= DISPATCH_LEVEL, under the lock too (_locked). */
void po_framework_kick(struct po_framework *framework);
void po_framework_kick_locked(struct po_framework *framework);

/* Those that wait look again. */
void po_framework_tell_locked(struct po_framework *framework);

/* Runs it here until `done`, which is called under the lock, is true. IRQL < DISPATCH_LEVEL. */
void po_framework_wait(struct po_framework *framework,
                       bool (*done)(const struct po_framework *framework, ULONG component),
                       ULONG component);

#endif
