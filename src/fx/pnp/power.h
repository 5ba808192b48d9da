/* SPDX-License-Identifier: MIT */
/* The power of a device: what the power machine (power_states.c) works with. */
#ifndef OPENWDF_FX_PNP_POWER_H
#define OPENWDF_FX_PNP_POWER_H

#include "fx/object/object.h"

struct fx_device;

/* Written by the power machine alone, but for what is marked. */
struct fx_power {
    /*
     * An IRP_MN_SET_POWER for a device state. The dispatch leaves it in `arrived` and posts its event; with
     * the event the machine takes it. So a machine that ends what is under way never answers an IRP whose
     * event it has not seen.
     */
    IRP *arrived;
    IRP *irp;
    DEVICE_POWER_STATE state;        /* Where the device is. */
    WDF_POWER_DEVICE_STATE previous; /* What EvtDeviceD0Entry hears. */
    POWER_ACTION action;             /* Of the IRP that took the device out of D0. */
    NTSTATUS status;                 /* Of the callback that failed. */
    bool down_failed;                /* A callback failed on the way out of D0. */
    uint32_t in_d0;                  /* Atomic: power-managed I/O may run, or is about to. */

    /* A PDO keeps its parent in D0 while it is in D0 itself. */
    bool depends_on_parent; /* Constant. */
    bool holds_parent;
    bool waits_for_parent; /* parent->lock. */

    /* The wait/wake IRP of a PDO (wake.c). */
    base_pointer wake_irp;      /* Atomic: IRP *. */
    uint32_t wake_system_state; /* Atomic: the deepest sleep that the device is to end. */
    uint32_t wake_ending;       /* Atomic: somebody ends it; wake_status is that one's. */
    NTSTATUS wake_status;       /* What it is completed with. */
    bool wake_enabled;       /* EvtDeviceEnableWakeAtBus has succeeded, ...Disable... not called. */
    uint32_t armed_children; /* Atomic: children with a wait/wake IRP. */
};

/* --- power_irps.c --- */

/* IRP_MJ_POWER. */
NTSTATUS fx_power_dispatch(struct fx_device *device, IRP *irp);

/* The machine is done with power.irp: passed down or completed. Nothing when there is none. */
void fx_power_finish_irp(struct fx_device *device, NTSTATUS status);

/* --- wake.c --- */

/* The device has its device object. */
void fx_wake_init(struct fx_device *device);

NTSTATUS fx_wake_dispatch(struct fx_device *device, IRP *irp);

/* Completes the PDO's wait/wake IRP, if there is one, with what ended it or else with `status`. */
void fx_wake_complete(struct fx_device *device, NTSTATUS status);

/* Whether the PDO has a wait/wake IRP. */
bool fx_wake_is_wanted(const struct fx_device *device);

/* --- parent.c --- */

void fx_parent_adopt(struct fx_device *parent, struct fx_device *child);
void fx_parent_forget(struct fx_device *child);

/*
 * The parent is kept in D0 from here. True when it is there; else the child gets FX_POWER_PARENT_D0
 * when it is, or has failed to.
 */
bool fx_parent_hold(struct fx_device *child);
void fx_parent_release(struct fx_device *child);

/* The device is in D0, or will not be: its children go on. */
void fx_parent_ready(struct fx_device *parent);

#endif
