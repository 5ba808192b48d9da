/* SPDX-License-Identifier: MIT */
/*
 * Idle and wake. The settings are checked and kept. Until the power-policy machine exists a
 * started device stays in D0, as on a system whose idle detection is turned off: that is where
 * WdfDeviceStopIdle wants it, so its references only have to be counted.
 */
#include "fx/core/sized.h"
#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

NTSTATUS
imp_WdfDeviceAssignS0IdleSettings(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                  PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS Settings)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;

    fx_require(DriverGlobals, Settings);
    if (!device->power_policy_owner) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: %p is not the power policy owner", Device);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!fx_sized_copy(&settings, sizeof(settings), Settings, Settings->Size,
                       FX_SIZE_THROUGH(WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS, Enabled))) {
        fx_log(globals, "WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS.Size is %u", Settings->Size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (settings.IdleCaps < IdleCannotWakeFromS0 || settings.IdleCaps > IdleUsbSelectiveSuspend ||
        settings.UserControlOfIdleSettings < IdleDoNotAllowUserControl ||
        settings.UserControlOfIdleSettings > IdleAllowUserControl ||
        (ULONG)settings.Enabled > WdfUseDefault) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: a value is out of range");
        return STATUS_INVALID_PARAMETER;
    }
    if (settings.DxState < PowerDeviceD1 || settings.DxState > PowerDeviceMaximum) {
        fx_log(globals, "WdfDeviceAssignS0IdleSettings: DxState %u", (unsigned)settings.DxState);
        return STATUS_POWER_STATE_INVALID;
    }
    device->idle_settings = settings;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfDeviceAssignSxWakeSettings(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                  PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS Settings)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS settings;

    fx_require(DriverGlobals, Settings);
    if (!device->power_policy_owner) {
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
    device->wake_settings = settings;
    return STATUS_SUCCESS;
}

static NTSTATUS
stop_idle(struct fx_device *device)
{
    if (!device->power_policy_owner) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (!fx_device_is_powered(device)) {
        fx_log(device->object.globals, "WdfDeviceStopIdle: the device %p is not in D0",
               fx_object_handle(&device->object));
        return STATUS_POWER_STATE_INVALID;
    }
    (void)atomic_fetch_add_u32(&device->power_references, 1);
    return STATUS_SUCCESS;
}

static void
resume_idle(struct fx_device *device)
{
    uint32_t count = atomic_load_u32(&device->power_references);

    do {
        if (count == 0) {
            fx_log(device->object.globals,
                   "WdfDeviceResumeIdle: the device %p has no power reference to give back",
                   fx_object_handle(&device->object));
            return;
        }
    } while (!atomic_cas_u32(&device->power_references, &count, count - 1));
}

NTSTATUS
imp_WdfDeviceStopIdleActual(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, BOOLEAN WaitForD0,
                            PVOID Tag, LONG Line, PCCH File)
{
    return stop_idle(fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE));
}

VOID
imp_WdfDeviceResumeIdleActual(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, PVOID Tag,
                              LONG Line, PCCH File)
{
    resume_idle(fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE));
}

NTSTATUS
imp_WdfDeviceStopIdleNoTrack(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device, BOOLEAN WaitForD0)
{
    return stop_idle(fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE));
}

VOID
imp_WdfDeviceResumeIdleNoTrack(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    resume_idle(fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE));
}

/* The system does not sleep. */
POWER_ACTION
imp_WdfDeviceGetSystemPowerAction(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    (void)fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    return PowerActionNone;
}
