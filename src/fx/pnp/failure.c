/* SPDX-License-Identifier: MIT */
/*
 * A device that has failed: WdfDeviceSetFailed, and callbacks of a running device that returned a
 * failure. The PnP manager hears of it by the device's state and removes the stack; to be started
 * again, the device is enumerated anew by its bus (REENUMERATE_SELF_INTERFACE_STANDARD). "If, within a short
 * period of time, several consecutive restart attempts fail, the framework stops trying."
 */
#include <string.h>

#include "fx/core/lock.h"
#include "fx/pnp/call.h"
#include "fx_imports.h"
#include "nt/nt.h"
#include "nt/pnp/pnp.h"

/* GUID_REENUMERATE_SELF_INTERFACE_STANDARD. */
const GUID fx_guid_reenumerate_self = {
    0x2aeb0243, 0x6a6e, 0x486b, {0x82, 0xfc, 0xd8, 0x15, 0xf6, 0xb9, 0x70, 0x06}};

#define RESTARTS_MAX         5u           /* Consecutive ones, ... */
#define RESTART_PERIOD_100NS 100000000ull /* ... each within this of the one before. */
#define RESTARTS_KNOWN       64u /* Devices; the one restarted the longest ago is forgotten. */

/* A device that was restarted is another object each time: it is known by its ids. */
struct restart {
    uint64_t device; /* A hash of them. 0: free. */
    uint64_t last;   /* Interrupt time. */
    unsigned count;
};

static struct sys_lock restarts_lock; /* Guards the table. Leaf. */
static struct restart restarts[RESTARTS_KNOWN];
static uint32_t restarts_life; /* Of the executive: the table is about it. */

static uint64_t
hash_id(struct fx_device *device, BUS_QUERY_ID_TYPE type, uint64_t hash)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_ID};
    ULONG_PTR information = 0;
    const WCHAR *text;

    stack.Parameters.QueryId.IdType = type;
    if (!NT_SUCCESS(pnp_send(device->physical, &stack, &information)) || information == 0) {
        return hash;
    }
    for (text = (const WCHAR *)information; *text != 0; text++) {
        hash = (hash ^ *text) * 0x100000001b3ull; /* FNV-1a. */
    }
    ExFreePool((PVOID)information);
    return hash;
}

/* Counts a restart of the device; false when there were too many. */
static bool
may_restart(struct fx_device *device)
{
    uint64_t hash = hash_id(device, BusQueryDeviceID, 0xcbf29ce484222325ull);
    uint64_t now = KeQueryInterruptTime();
    struct restart *entry = &restarts[0];
    bool ok = true;

    hash = hash_id(device, BusQueryInstanceID, hash) | 1;
    fx_lock(&restarts_lock);
    if (restarts_life != nt_life()) {
        restarts_life = nt_life();
        memset(restarts, 0, sizeof(restarts));
    }
    for (unsigned i = 0; i < RESTARTS_KNOWN; i++) {
        if (restarts[i].device == hash) {
            entry = &restarts[i];
            break;
        }
        if (restarts[i].last < entry->last) {
            entry = &restarts[i];
        }
    }
    if (entry->device != hash || now - entry->last > RESTART_PERIOD_100NS) {
        *entry = (struct restart){.device = hash};
    }
    ok = entry->count < RESTARTS_MAX;
    entry->count += ok ? 1 : 0;
    entry->last = now;
    fx_unlock(&restarts_lock);
    return ok;
}

/* Asks the bus driver; false when the bus cannot do it. */
static bool
reenumerate(struct fx_device *device)
{
    REENUMERATE_SELF_INTERFACE_STANDARD interface = {.Size = sizeof(interface), .Version = 1};
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_INTERFACE};

    stack.Parameters.QueryInterface.InterfaceType = &fx_guid_reenumerate_self;
    stack.Parameters.QueryInterface.Size = sizeof(interface);
    stack.Parameters.QueryInterface.Version = 1;
    stack.Parameters.QueryInterface.Interface = (PINTERFACE)&interface;
    if (!NT_SUCCESS(pnp_send(device->physical, &stack, NULL))) {
        return false;
    }
    interface.SurpriseRemoveAndReenumerateSelf(interface.Context);
    interface.InterfaceDereference(interface.Context);
    return true;
}

void
fx_failure_report(struct fx_device *device)
{
    if (device->failure_reported) {
        return;
    }
    device->failure_reported = true;
    atomic_store_u32(&device->failed, 1);
    if (!device->no_restart) {
        if (!may_restart(device)) {
            fx_log(device->object.globals,
                   "device %p failed %u times in a row and is not restarted any more",
                   fx_device_handle(device), RESTARTS_MAX);
        } else if (reenumerate(device)) {
            return;
        }
    }
    IoInvalidateDeviceState(device->physical);
}

VOID
imp_WdfDeviceSetFailed(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                       WDF_DEVICE_FAILED_ACTION FailedAction)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    if (FailedAction != WdfDeviceFailedAttemptRestart && FailedAction != WdfDeviceFailedNoRestart) {
        fx_log(fx_globals_of(DriverGlobals), "WdfDeviceSetFailed: action %u does not exist",
               (unsigned)FailedAction);
        return;
    }
    if (FailedAction == WdfDeviceFailedNoRestart) {
        device->no_restart = true;
    }
    atomic_store_u32(&device->failed, 1);
    if (device->physical == NULL || device->kind == FX_DEVICE_MINIPORT) {
        return;
    }
    if (device->was_started) {
        fx_machines_report_failure(device);
    } else {
        IoInvalidateDeviceState(device->physical);
    }
}

void
fx_device_refused(struct fx_device *device, const char *callback, NTSTATUS status)
{
    const char *name = callback;

    for (const char *at = callback; *at != '\0'; at++) {
        if (*at == '.' || *at == '>') {
            name = at + 1;
        }
    }
    fx_log(device->object.globals, "%s of device %p failed with 0x%08x", name,
           fx_device_handle(device), (unsigned)status);
}
