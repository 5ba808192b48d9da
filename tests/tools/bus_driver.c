/* SPDX-License-Identifier: MIT */
/* A bus with two devices, TESTBUS\Leaf, always plugged in; they can wake the system from S3. */
#include <ntddk.h>
#include <wdf.h>

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;

static NTSTATUS
AddChild(WDFDEVICE Bus, PCWSTR Instance)
{
    DECLARE_CONST_UNICODE_STRING(id, L"TESTBUS\\Leaf");
    UNICODE_STRING instance;
    WDF_DEVICE_POWER_CAPABILITIES capabilities;
    WDFDEVICE child;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(Bus);

    RtlInitUnicodeString(&instance, Instance);
    if (init != NULL) {
        status = WdfPdoInitAssignDeviceID(init, &id);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAssignInstanceID(init, &instance);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAddHardwareID(init, &id);
    }
    if (NT_SUCCESS(status)) {
        status = WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &child);
    }
    if (!NT_SUCCESS(status)) {
        if (init != NULL) {
            WdfDeviceInitFree(init);
        }
        return status;
    }
    WDF_DEVICE_POWER_CAPABILITIES_INIT(&capabilities);
    capabilities.DeviceWake = PowerDeviceD3;
    capabilities.SystemWake = PowerSystemSleeping3;
    WdfDeviceSetPowerCapabilities(child, &capabilities);
    status = WdfFdoAddStaticChild(Bus, child);
    if (!NT_SUCCESS(status)) {
        WdfObjectDelete(child);
    }
    return status;
}

NTSTATUS
EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDFDEVICE bus;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &bus);

    if (NT_SUCCESS(status)) {
        status = AddChild(bus, L"0");
    }
    return NT_SUCCESS(status) ? AddChild(bus, L"1") : status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
