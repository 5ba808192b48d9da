/* SPDX-License-Identifier: MIT */
/* Idle, sleep and wake of a device: what the policy machine (policy_states.c) works with. */
#ifndef OPENWDF_FX_PNP_POLICY_H
#define OPENWDF_FX_PNP_POLICY_H

#include "base/list.h"
#include "fx/object/object.h"

struct fx_device;

/* The device's registration with the power management framework: power_framework.c. */
struct fx_power_framework {
    base_pointer handle; /* Atomic: POHANDLE. */
    bool assigned;       /* The driver has given its settings. */
    WDF_POWER_FRAMEWORK_SETTINGS settings;
    PO_FX_COMPONENT_V1 component;
    PO_FX_COMPONENT_IDLE_STATE *states; /* Ours; NULL: F0 alone. */
    PO_FX_COMPONENT_IDLE_STATE only_state;
    struct sys_lock references_lock; /* Guards `active`. A leaf, but for the power manager's own. */
    bool active;                     /* We have PoFxActivateComponent's reference. */
    uint32_t not_required;           /* Atomic: the device may leave D0. */
    uint32_t report_due;             /* Atomic: PoFxReportDevicePoweredOn is owed. */
};

/*
 * Reasons to be in D0 are counted in `references`: WdfDeviceStopIdle calls, power-managed queues with
 * requests, children in D0. A device is idle when there is none; the time since then is what the idle timer
 * compares with the timeout.
 */
struct fx_policy {
    bool owner;           /* Constant. */
    uint32_t references;  /* Atomic. */
    uint32_t in_d0;       /* Atomic: in D0 and not about to leave for being idle. */
    uint32_t usable;      /* Atomic: started, not failed: D0 can be reached. */
    uint32_t gone;        /* Atomic. Surprise-removed: not worth being woken. */
    uint32_t starting;    /* Atomic: between the PnP machine's start and its end. */
    uint32_t up;          /* Atomic: in D0, and the way there is over for the whole stack. */
    base_pointer raising; /* Atomic: the thread that calls the driver at the end of the way up. */
    uint32_t stop_idle_calls; /* Atomic: WdfDeviceStopIdle, not taken back. */
    KEVENT settled;           /* Signalled while up, or not usable: who waits for D0 looks again. */

    /* --- Idle detection. --- */
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle; /* Size 0: none set. fx_device.lock. */
    bool idle_by_user;                          /* What the registry says. fx_device.lock. */
    uint32_t idle_watch;                        /* Atomic: the machine waits for idleness. */
    uint32_t timer_armed;                       /* Atomic. */
    uint64_t idle_since;                        /* Atomic; interrupt time, 100 ns. */
    KTIMER timer;
    KDPC timer_dpc;

    /* --- Sleep and wake. --- */
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake; /* Size 0: none set. fx_device.lock. */
    bool wake_by_user;                          /* What the registry says. fx_device.lock. */
    IRP *
        sleep_arrived; /* IRP_MN_SET_POWER for a sleeping state: who posts FX_POLICY_SX writes it. */
    IRP *sleep_irp;    /* The machine's: it has taken the event, and holds the IRP. */
    SYSTEM_POWER_STATE system_state; /* Of that IRP; working since FX_POLICY_S0. */
    POWER_ACTION system_action;      /* While the system sleeps or comes back. */
    DEVICE_POWER_STATE requested;    /* Of the last Dx request. */
    bool woke;                       /* The wait/wake IRP succeeded. */
    bool wake_enabled;               /* The last answer of fx_policy_wants_wake, ... */
    bool wake_for_children;          /* ... in both its reasons. */
    uint32_t wake_interrupts;        /* Atomic: those that wait for D0 to be served. */
    uint32_t wake_phase;             /* Atomic; see policy_request.c. */
    PKTHREAD wake_canceler;
    IRP *wake_irp; /* Ours, from PoRequestPowerIrp. */

    bool has_capabilities;
    DEVICE_CAPABILITIES capabilities; /* Of the whole stack. */

    struct fx_power_framework framework;

    struct list trackers; /* struct fx_idle_tracker. fx_device.lock. */
};

void fx_policy_init(struct fx_device *device);
void fx_policy_fini(struct fx_device *device); /* The timer is cancelled, its DPC has run. */

/* --- idle.c --- */

/* IRQL <= DISPATCH_LEVEL, under leaf locks too. The first asks for D0 when the device is not there. */
void fx_policy_reference(struct fx_device *device);
void fx_policy_release(struct fx_device *device);

/*
 * An interrupt that was left enabled to wake the device is as good as a wake-up signal: until it is served, it keeps the device
 * from low power, and the end of a wait/wake IRP is its success. PASSIVE_LEVEL.
 */
void fx_policy_wake_by_interrupt(struct fx_device *device);
void fx_policy_interrupt_served(struct fx_device *device);

/* Starts and ends the wait for idleness. */
void fx_policy_watch(struct fx_device *device);
void fx_policy_unwatch(struct fx_device *device);

void fx_policy_set_in_d0(struct fx_device *device, bool in_d0);
void fx_policy_set_up(struct fx_device *device); /* Until in_d0 ends. */
void fx_policy_set_usable(struct fx_device *device, bool usable);
void fx_policy_set_starting(struct fx_device *device, bool starting);

/* Whether the settings allow to power down when idle. */
bool fx_policy_may_idle(struct fx_device *device);

/* user_settings.c: what the user has set for the device, where the driver leaves it to him. PASSIVE_LEVEL. */
void fx_policy_read_user_settings(struct fx_device *device);

/* power_policy.c: reports what WdfDeviceStopIdleWithTag took and nobody gave back. */
void fx_idle_trackers_end(struct fx_device *device);

/* --- power_framework.c: a device whose idle timeout the system manages --- */

void fx_framework_init(struct fx_device *device);
void fx_framework_fini(struct fx_device *device);

/* At the device's first start, as often as it may have new settings; and when it goes. PASSIVE_LEVEL. */
_Must_inspect_result_ NTSTATUS fx_framework_register(struct fx_device *device);
void fx_framework_start(struct fx_device *device); /* Components may become idle. */
void fx_framework_unregister(struct fx_device *device);

/* Whether the power manager, not our timer, decides when the device is idle; and whether it says so. */
bool fx_framework_is_used(struct fx_device *device);
bool fx_framework_allows_dx(struct fx_device *device);

/* policy.references has changed. IRQL <= DISPATCH_LEVEL. */
void fx_framework_follow(struct fx_device *device);

/* The device is in D0; it has failed or stopped. */
void fx_framework_powered_on(struct fx_device *device);
void fx_framework_power_failed(struct fx_device *device);
void fx_framework_set_timeout(struct fx_device *device, uint64_t ticks);

/* idle.c: tells it the timeout of the settings. */
void fx_policy_framework_timeout(struct fx_device *device);

/* --- policy_request.c: what the owner asks its stack for --- */

void fx_policy_request_d0(struct fx_device *device);
void fx_policy_request_dx(struct fx_device *device, DEVICE_POWER_STATE state);
void fx_policy_request_wake(struct fx_device *device, SYSTEM_POWER_STATE state);
void fx_policy_cancel_wake(struct fx_device *device);

/* The machine has FX_POLICY_SX, and from here the IRP that came with it. */
void fx_policy_take_sleep_irp(struct fx_device *device);

/* Passes the held sleep IRP to the lower drivers. Nothing when there is none. */
void fx_policy_pass_sleep_irp(struct fx_device *device);

/* The stack's capabilities, asked for once. PASSIVE_LEVEL. */
_Must_inspect_result_ NTSTATUS fx_policy_get_capabilities(struct fx_device *device,
                                                          const DEVICE_CAPABILITIES **ret);

/* The device state for idling, and for the system's sleeping state. */
DEVICE_POWER_STATE fx_policy_idle_state(struct fx_device *device);
DEVICE_POWER_STATE fx_policy_sleep_state(struct fx_device *device, bool wake);

/* Whether the device is to wake the system from the state it goes to. */
bool fx_policy_wants_wake(struct fx_device *device);

#endif
