/* SPDX-License-Identifier: MIT */
/*
 * The three machines of a device and how they run.
 *
 *     PnP (pnp_states.c)        what the PnP manager wants: start, stop, remove
 *     policy (policy_states.c)  which power state the device is to have: idle, sleep, wake
 *     power (power_states.c)    what it takes to get there: D0 entry and exit, queues, self-managed I/O
 *
 * They talk by events alone. Each runs on one thread at a time, and never under a lock. An event is
 * posted in one of two ways:
 *   - fx_*_post: the machine runs on this thread, unless it runs elsewhere. For the threads that
 *     carry a PnP IRP and for entry actions of the other machines.
 *   - fx_*_post_later: it runs on a system worker. For everybody else: these may be inside the driver, under
 *     its locks, or at DISPATCH_LEVEL.
 * The PnP machine has a worker of its own, because a query callback may wait for D0, which the other two
 * bring about.
 */
#ifndef OPENWDF_FX_PNP_MACHINES_H
#define OPENWDF_FX_PNP_MACHINES_H

#include "base/fsm.h"
#include "fx/object/object.h"
#include "nt/ex/ex.h"
#include "sys/lock.h"

struct fx_device;

enum fx_pnp_event {
    FX_PNP_NO_EVENT,
    /* IRPs. */
    FX_PNP_START, /* The stack below has started. */
    FX_PNP_QUERY_REMOVE,
    FX_PNP_CANCEL_REMOVE,
    FX_PNP_QUERY_STOP,
    FX_PNP_CANCEL_STOP,
    FX_PNP_STOP,
    FX_PNP_SURPRISE_REMOVAL,
    FX_PNP_REMOVE,
    FX_PNP_EJECT,
    /* From the policy machine. */
    FX_PNP_POLICY_STARTED,
    FX_PNP_POLICY_START_FAILED,
    FX_PNP_POLICY_AWAKE,   /* Answers FX_POLICY_WAKE_FOR_QUERY. */
    FX_PNP_POLICY_STOPPED, /* Answers FX_POLICY_STOP. */
    FX_PNP_POLICY_STOP_FAILED,
    FX_PNP_POWER_FAILED, /* The running device could not change its power state. */
    FX_PNP_EVENT_COUNT,
};

enum fx_policy_event {
    FX_POLICY_NO_EVENT,
    /* From the PnP machine. */
    FX_POLICY_START,
    FX_POLICY_STOP,
    FX_POLICY_REMOVE,
    FX_POLICY_WAKE_FOR_QUERY, /* A query must find the device in D0. A reference is taken already. */
    /* From the power machine. */
    FX_POLICY_POWER_UP, /* In D0 and everything runs. */
    FX_POLICY_POWER_UP_FAILED,
    FX_POLICY_HARDWARE_STARTED, /* In D0, no I/O yet: waits for FX_POWER_COMPLETE_D0. */
    FX_POLICY_IO_STOPPED,       /* Still in D0, no I/O more: waits for FX_POWER_COMPLETE_DX. */
    FX_POLICY_POWER_DOWN,
    FX_POLICY_POWER_DOWN_FAILED,
    /* What the owner asked the stack for. */
    FX_POLICY_D0_DONE,
    FX_POLICY_D0_FAILED,
    FX_POLICY_DX_DONE,
    FX_POLICY_DX_FAILED,
    FX_POLICY_WAKE_SENT,      /* The wait/wake IRP has been passed to the lower drivers. */
    FX_POLICY_WAKE_SUCCEEDED, /* It came back: the device has signalled. */
    FX_POLICY_WAKE_FAILED,    /* It came back for another reason. */
    /* The system and the device's use. */
    FX_POLICY_SX, /* IRP_MN_SET_POWER for a sleeping state, held in policy.sleep_irp. */
    FX_POLICY_S0, /* ... for the working state; the lower drivers have seen it. */
    FX_POLICY_IO_PRESENT,
    FX_POLICY_IDLE_TIMEOUT,
    FX_POLICY_SETTINGS_CHANGED,
    FX_POLICY_EVENT_COUNT,
};

enum fx_power_event {
    FX_POWER_NO_EVENT,
    FX_POWER_IMPLICIT_D0, /* The device starts: its power is up without an IRP. */
    FX_POWER_IMPLICIT_D3, /* The device is stopped or gone. */
    FX_POWER_D0,          /* IRP_MN_SET_POWER in power.irp; the lower drivers are in D0. */
    FX_POWER_DX,          /* IRP_MN_SET_POWER in power.irp. */
    FX_POWER_COMPLETE_D0,
    FX_POWER_COMPLETE_DX,
    FX_POWER_PARENT_D0,
    FX_POWER_WAKE_ARRIVED, /* IRP_MN_WAIT_WAKE at the bottom of the stack. */
    FX_POWER_WAKE_ENDED,   /* It was cancelled, or the bus driver has indicated its end. */
    FX_POWER_EVENT_COUNT,
};

extern const struct fsm_table fx_pnp_table;
extern const struct fsm_table fx_policy_table;
extern const struct fsm_table fx_power_table;

/* Runs machines on a system worker, once for any number of requests that come meanwhile. */
struct fx_runner {
    struct ex_work work;
    struct fx_device *device;
    void (*run)(struct fx_device *device);
    uint32_t state; /* Atomic. */
};

/* A registration of WdfDeviceInitRegister...StateChangeCallback. */
struct fx_state_notice {
    struct list link;
    uint32_t state; /* WDF_DEVICE_..._STATE, without the mark of states that may not page. */
    uint32_t types; /* WDF_STATE_NOTIFICATION_TYPE */
    void *callback;
};

enum fx_machine {
    FX_MACHINE_PNP,
    FX_MACHINE_POWER,
    FX_MACHINE_POLICY,
    FX_MACHINE_COUNT,
};

struct fx_machines {
    struct fsm pnp;
    struct fsm policy;
    struct fsm power;
    struct sys_lock lock; /* Guards the three queues of events. Leaf. */
    struct fx_runner pnp_runner;
    struct fx_runner power_runner;
    uint32_t failure_due; /* Atomic: the PnP runner is to call fx_failure_report. */
    struct list notices[FX_MACHINE_COUNT]; /* struct fx_state_notice; constant once created. */
};

void fx_machines_init(struct fx_device *device);
void fx_machines_start(struct fx_device *device);

/* Returns when no machine runs. No event is handled afterwards. PASSIVE_LEVEL, not on a runner. */
void fx_machines_end(struct fx_device *device);

void fx_pnp_post(struct fx_device *device, enum fx_pnp_event event);
void fx_policy_post(struct fx_device *device, enum fx_policy_event event);
void fx_power_post(struct fx_device *device, enum fx_power_event event);

/* IRQL <= DISPATCH_LEVEL; under leaf locks too. */
void fx_pnp_post_later(struct fx_device *device, enum fx_pnp_event event);
void fx_policy_post_later(struct fx_device *device, enum fx_policy_event event);
void fx_power_post_later(struct fx_device *device, enum fx_power_event event);

/* fx_failure_report, soon, at PASSIVE_LEVEL and outside of the driver. IRQL <= DISPATCH_LEVEL. */
void fx_machines_report_failure(struct fx_device *device);

/* The documented numbers of states, for reports and callbacks. */
uint32_t fx_pnp_documented_state(unsigned state);
uint32_t fx_power_documented_state(unsigned state);
uint32_t fx_policy_documented_state(unsigned state);

/* What every machine says about an event that its table does not know. */
void fx_machine_unexpected(struct fx_device *device, const struct fsm *fsm, unsigned event);

/* fsm_ops of the three. */
void fx_machine_lock(void *owner);
void fx_machine_unlock(void *owner);
void fx_machine_kick(void *owner);

/* state_notify.c: calls who registered for the move of that machine. */
void fx_state_moving(struct fx_device *device, enum fx_machine machine, uint32_t from, uint32_t to);
void fx_state_moved(struct fx_device *device, enum fx_machine machine, uint32_t from, uint32_t to);
void fx_state_notices_free(struct list *notices); /* An array of FX_MACHINE_COUNT. */

#endif
