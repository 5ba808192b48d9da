/* SPDX-License-Identifier: MIT */
/*
 * Idle and wake settings, and the driver's references that keep a device in D0.
 */
#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/io/device_io.h"
#include "fx/pnp/call.h"
#include "fx_imports.h"
#include "sys/memory.h"

/* --- Settings -------------------------------------------------------------------------------- */

/* "The bus driver indicates the device cannot wake itself", or not from so deep. */
static NTSTATUS
check_wake_state(struct fx_device *device, const char *function, DEVICE_POWER_STATE state)
{
    const DEVICE_CAPABILITIES *capabilities;
    NTSTATUS status = fx_policy_get_capabilities(device, &capabilities);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (capabilities->DeviceWake <= PowerDeviceUnspecified ||
        capabilities->DeviceWake >= PowerDeviceMaximum) {
        fx_log(device->object.globals, "%s: the bus of device %p passes no wake signals", function,
               fx_device_handle(device));
        return STATUS_POWER_STATE_INVALID;
    }
    if (state != PowerDeviceMaximum && state > capabilities->DeviceWake) {
        fx_log(device->object.globals, "%s: from D%d the device cannot signal, from D%d at most",
               function, (int)state - PowerDeviceD0, (int)capabilities->DeviceWake - PowerDeviceD0);
        return STATUS_POWER_STATE_INVALID;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
check_idle_settings(struct fx_device *device, const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings)
{
    struct fx_globals *globals = device->object.globals;

    if (settings->IdleCaps < IdleCannotWakeFromS0 || settings->IdleCaps > IdleUsbSelectiveSuspend ||
        settings->UserControlOfIdleSettings < IdleDoNotAllowUserControl ||
        settings->UserControlOfIdleSettings > IdleAllowUserControl ||
        (ULONG)settings->Enabled > WdfUseDefault ||
        (ULONG)settings->PowerUpIdleDeviceOnSystemWake > WdfUseDefault ||
        (ULONG)settings->IdleTimeoutType > SystemManagedIdleTimeoutWithHint ||
        (ULONG)settings->ExcludeD3Cold > WdfUseDefault) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: a value is out of range");
        return STATUS_INVALID_PARAMETER;
    }
    if (settings->IdleCaps != IdleCannotWakeFromS0 &&
        settings->PowerUpIdleDeviceOnSystemWake == WdfTrue) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: PowerUpIdleDeviceOnSystemWake is for "
                        "IdleCannotWakeFromS0 alone");
        return STATUS_INVALID_PARAMETER;
    }
    if (settings->DxState < PowerDeviceD1 || settings->DxState > PowerDeviceMaximum) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: DxState %u", (unsigned)settings->DxState);
        return STATUS_POWER_STATE_INVALID;
    }
    return settings->IdleCaps == IdleCanWakeFromS0
               ? check_wake_state(device, "WdfDeviceAssignS0IdleSettings", settings->DxState)
               : STATUS_SUCCESS;
}

/* The first call stores all, later ones what may change. False: a change that is not allowed. */
static bool
store_idle_settings(struct fx_device *device, const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *settings)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *stored = &device->policy.idle;
    bool ok = true;

    fx_lock(&device->lock);
    if (stored->Size == 0) {
        *stored = *settings;
    } else if (stored->IdleTimeoutType != settings->IdleTimeoutType) {
        ok = false;
    } else {
        stored->DxState = settings->DxState;
        stored->IdleTimeout = settings->IdleTimeout;
        stored->Enabled = settings->Enabled;
        stored->IdleCaps = settings->IdleCaps;
    }
    fx_unlock(&device->lock);
    return ok;
}

NTSTATUS
imp_WdfDeviceAssignS0IdleSettings(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                  PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS Settings)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;
    NTSTATUS status;

    fx_require(DriverGlobals, Settings);
    if (!device->policy.owner) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: %p is not the power policy owner", Device);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!fx_sized_copy(&settings, sizeof(settings), Settings, Settings->Size,
                       FX_SIZE_THROUGH(WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS, Enabled))) {
        fx_log(globals, "WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS.Size is %u", Settings->Size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    status = check_idle_settings(device, &settings);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (!store_idle_settings(device, &settings)) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: IdleTimeoutType cannot change");
        return STATUS_INVALID_PARAMETER;
    }
    if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
        fx_policy_read_user_settings(device);
    }
    fx_io_device_watch(device);
    fx_policy_post_later(device, FX_POLICY_SETTINGS_CHANGED);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfDeviceAssignSxWakeSettings(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                  PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS Settings)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS settings;
    NTSTATUS status;

    fx_require(DriverGlobals, Settings);
    if (!device->policy.owner) {
        fx_log(globals, "WdfDeviceAssignSxWakeSettings: %p is not the power policy owner", Device);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!fx_sized_copy(&settings, sizeof(settings), Settings, Settings->Size,
                       FX_SIZE_THROUGH(WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS, Enabled))) {
        fx_log(globals, "WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS.Size is %u", Settings->Size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (settings.UserControlOfWakeSettings < WakeDoNotAllowUserControl ||
        settings.UserControlOfWakeSettings > WakeAllowUserControl ||
        (ULONG)settings.Enabled > WdfUseDefault) {
        fx_log(globals, "WdfDeviceAssignSxWakeSettings: a value is out of range");
        return STATUS_INVALID_PARAMETER;
    }
    if (settings.DxState < PowerDeviceD1 || settings.DxState > PowerDeviceMaximum) {
        fx_log(globals, "WdfDeviceAssignSxWakeSettings: DxState %u", (unsigned)settings.DxState);
        return STATUS_POWER_STATE_INVALID;
    }
    status = check_wake_state(device, "WdfDeviceAssignSxWakeSettings", settings.DxState);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    fx_lock(&device->lock);
    if (device->policy.wake.Size != 0) {
        settings.UserControlOfWakeSettings = device->policy.wake.UserControlOfWakeSettings;
    }
    device->policy.wake = settings;
    fx_unlock(&device->lock);
    if (KeGetCurrentIrql() == PASSIVE_LEVEL) {
        fx_policy_read_user_settings(device);
    }
    return STATUS_SUCCESS;
}

/* --- References ------------------------------------------------------------------------------ */

/* Calls of WdfDeviceStopIdleWithTag from one place with one tag. */
struct fx_idle_tracker {
    struct list link; /* device->lock. */
    void *tag;
    const char *file; /* The driver's constant. */
    LONG line;
    uint32_t count;
};

/* Counts one more, or one less of that tag: from that place if there is one. */
static void
track(struct fx_device *device, void *tag, LONG line, const char *file, bool stop)
{
    struct fx_idle_tracker *fresh = stop ? sys_alloc_zeroed(sizeof(*fresh)) : NULL;
    struct fx_idle_tracker *found = NULL;
    struct list *link;

    fx_lock(&device->lock);
    list_for_each(link, &device->policy.trackers)
    {
        struct fx_idle_tracker *tracker = container_of(link, struct fx_idle_tracker, link);

        if (tracker->tag == tag &&
            (stop ? tracker->line == line && tracker->file == file : tracker->count != 0)) {
            found = tracker;
            break;
        }
    }
    if (found == NULL && fresh != NULL) {
        *fresh = (struct fx_idle_tracker){.tag = tag, .file = file, .line = line};
        list_push_back(&device->policy.trackers, &fresh->link);
        found = fresh;
        fresh = NULL;
    }
    if (found != NULL) {
        found->count += stop ? 1 : -1;
    }
    fx_unlock(&device->lock);
    sys_free(fresh);
}

void
fx_idle_trackers_end(struct fx_device *device)
{
    struct list *link;

    while ((link = list_pop_front(&device->policy.trackers)) != NULL) {
        struct fx_idle_tracker *tracker = container_of(link, struct fx_idle_tracker, link);

        if (tracker->count != 0) {
            fx_log(device->object.globals,
                   "device %p goes with %u power references of tag %p that WdfDeviceStopIdle took "
                   "at %s:%d",
                   fx_device_handle(device), tracker->count, tracker->tag, tracker->file,
                   (int)tracker->line);
        }
        sys_free(tracker);
    }
}

/*
 * "It returns only after the specified device has entered the D0 device power state": all drivers of the stack have, and what follows in
 * the documented power-up sequence, to EvtDeviceSelfManagedIoRestart, has succeeded. A callback of that
 * sequence cannot wait for its own end; in it the hardware is on. False: the device has failed or goes. PASSIVE_LEVEL.
 */
static bool
wait_for_d0(struct fx_device *device)
{
    for (;;) {
        if (atomic_load_u32(&device->policy.up) != 0) {
            return true;
        }
        if (atomic_load_u32(&device->policy.in_d0) != 0 &&
            atomic_load_ptr(&device->policy.raising) == (base_pointer)KeGetCurrentThread()) {
            return true;
        }
        if (atomic_load_u32(&device->policy.usable) == 0 &&
            atomic_load_u32(&device->policy.starting) == 0) {
            return false;
        }
        KeWaitForSingleObject(&device->policy.settled, Executive, KernelMode, FALSE, NULL);
    }
}

static NTSTATUS
stop_idle(struct fx_device *device, bool wait)
{
    if (!device->policy.owner) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (atomic_load_u32(&device->policy.in_d0) == 0 &&
        atomic_load_u32(&device->policy.usable) == 0 &&
        atomic_load_u32(&device->policy.starting) == 0) {
        fx_log(device->object.globals, "WdfDeviceStopIdle: the device %p cannot enter D0",
               fx_device_handle(device));
        return STATUS_POWER_STATE_INVALID;
    }
    (void)atomic_fetch_add_u32(&device->policy.stop_idle_calls, 1);
    fx_policy_reference(device);
    if (!wait) {
        return atomic_load_u32(&device->policy.in_d0) != 0 ? STATUS_SUCCESS : STATUS_PENDING;
    }
    if (!wait_for_d0(device)) {
        (void)atomic_fetch_sub_u32(&device->policy.stop_idle_calls, 1);
        fx_policy_release(device);
        return STATUS_POWER_STATE_INVALID;
    }
    return STATUS_SUCCESS;
}

static void
resume_idle(struct fx_device *device)
{
    uint32_t count = atomic_load_u32(&device->policy.stop_idle_calls);

    do {
        if (count == 0) {
            fx_log(device->object.globals,
                   "WdfDeviceResumeIdle: the device %p has no power reference to give back",
                   fx_device_handle(device));
            return;
        }
    } while (!atomic_cas_u32(&device->policy.stop_idle_calls, &count, count - 1));
    fx_policy_release(device);
}

NTSTATUS
imp_WdfDeviceStopIdleActual(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, BOOLEAN WaitForD0,
                            PVOID Tag, LONG Line, PCCH File)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    NTSTATUS status = stop_idle(device, WaitForD0 != FALSE);

    if (NT_SUCCESS(status)) {
        track(device, Tag, Line, File, true);
    }
    return status;
}

VOID
imp_WdfDeviceResumeIdleActual(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, PVOID Tag,
                              LONG Line, PCCH File)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    track(device, Tag, Line, File, false);
    resume_idle(device);
}

NTSTATUS
imp_WdfDeviceStopIdleNoTrack(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, BOOLEAN WaitForD0)
{
    return stop_idle(fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE), WaitForD0 != FALSE);
}

VOID
imp_WdfDeviceResumeIdleNoTrack(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    resume_idle(fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE));
}

/* The reason for the transition that the calling callback is part of. */
POWER_ACTION
imp_WdfDeviceGetSystemPowerAction(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    const struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    return device->policy.owner ? device->policy.system_action : device->power.action;
}
