/* SPDX-License-Identifier: MIT */
/*
 * A device that wakes the system: says when it is armed, when it has signalled, when it is disarmed. With a value
 * RefuseSleep among its parameters it does not let the system sleep.
 */
#include <ntddk.h>
#include <wdf.h>

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
EVT_WDF_DEVICE_PREPARE_HARDWARE EvtPrepareHardware;
EVT_WDF_DEVICE_D0_ENTRY EvtD0Entry;
EVT_WDF_DEVICE_D0_EXIT EvtD0Exit;
EVT_WDF_DEVICE_ARM_WAKE_FROM_SX EvtArm;
EVT_WDF_DEVICE_DISARM_WAKE_FROM_SX EvtDisarm;
EVT_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED EvtTriggered;
EVT_WDFDEVICE_WDM_IRP_PREPROCESS EvtQueryPower;

static NTSTATUS
Say(WDFDEVICE Device, PCSTR What)
{
    DbgPrint("wake %p: %s\n", Device, What);
    return STATUS_SUCCESS;
}

NTSTATUS
EvtD0Entry(WDFDEVICE Device, WDF_POWER_DEVICE_STATE Former)
{
    return Say(Device, Former == WdfPowerDeviceD3Final ? "start" : "d0");
}

NTSTATUS
EvtD0Exit(WDFDEVICE Device, WDF_POWER_DEVICE_STATE Target)
{
    return Say(Device, Target == WdfPowerDeviceD3Final ? "stop" : "dx");
}

NTSTATUS
EvtArm(WDFDEVICE Device)
{
    return Say(Device, "arm");
}

VOID
EvtDisarm(WDFDEVICE Device)
{
    (VOID) Say(Device, "disarm");
}

VOID
EvtTriggered(WDFDEVICE Device)
{
    (VOID) Say(Device, "triggered");
}

static BOOLEAN
IsToRefuse(WDFDEVICE Device)
{
    DECLARE_CONST_UNICODE_STRING(name, L"RefuseSleep");
    ULONG value = 0;
    WDFKEY key;

    if (NT_SUCCESS(WdfDeviceOpenRegistryKey(Device, PLUGPLAY_REGKEY_DEVICE, KEY_READ,
                                            WDF_NO_OBJECT_ATTRIBUTES, &key))) {
        (VOID) WdfRegistryQueryULong(key, &name, &value);
        WdfRegistryClose(key);
    }
    return value != 0;
}

NTSTATUS
EvtQueryPower(WDFDEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);

    if (stack->Parameters.Power.Type == SystemPowerState &&
        stack->Parameters.Power.State.SystemState != PowerSystemWorking && IsToRefuse(Device)) {
        Irp->IoStatus.Status = STATUS_DEVICE_BUSY;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return STATUS_DEVICE_BUSY;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return WdfDeviceWdmDispatchPreprocessedIrp(Device, Irp);
}

NTSTATUS
EvtPrepareHardware(WDFDEVICE Device, WDFCMRESLIST Raw, WDFCMRESLIST Translated)
{
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;

    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    return WdfDeviceAssignSxWakeSettings(Device, &wake);
}

NTSTATUS
EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    UCHAR minor = IRP_MN_QUERY_POWER;
    WDF_PNPPOWER_EVENT_CALLBACKS events;
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;
    WDFDEVICE device;
    NTSTATUS status;

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&events);
    events.EvtDevicePrepareHardware = EvtPrepareHardware;
    events.EvtDeviceD0Entry = EvtD0Entry;
    events.EvtDeviceD0Exit = EvtD0Exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &events);
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
    policy.EvtDeviceArmWakeFromSx = EvtArm;
    policy.EvtDeviceDisarmWakeFromSx = EvtDisarm;
    policy.EvtDeviceWakeFromSxTriggered = EvtTriggered;
    WdfDeviceInitSetPowerPolicyEventCallbacks(DeviceInit, &policy);
    status = WdfDeviceInitAssignWdmIrpPreprocessCallback(DeviceInit, EvtQueryPower, IRP_MJ_POWER,
                                                         &minor, 1);
    return NT_SUCCESS(status) ? WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device)
                              : status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
