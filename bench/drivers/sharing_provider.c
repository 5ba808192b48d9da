/* SPDX-License-Identifier: MIT */
/* A driver that others use by its device or by a direct-call interface. */
#include <ntddk.h>
#include <wdf.h>
#include <initguid.h>

#include "sharing.h"

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD ProviderEvtDeviceAdd;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL ProviderEvtIoDeviceControl;

static unsigned
Increment(PVOID Context, unsigned Value)
{
    UNREFERENCED_PARAMETER(Context);
    return Value + 1;
}

VOID
ProviderEvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                           size_t InputBufferLength, ULONG IoControlCode)
{
    ULONG *value;
    NTSTATUS status =
        WdfRequestRetrieveOutputBuffer(Request, sizeof(*value), (PVOID *)&value, NULL);

    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    if (NT_SUCCESS(status)) {
        *value = Increment(NULL, *value);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? sizeof(*value) : 0);
}

NTSTATUS
ProviderEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    DECLARE_CONST_UNICODE_STRING(name, SHARING_PROVIDER_NAME);
    SHARING_INTERFACE_STANDARD standard;
    WDF_QUERY_INTERFACE_CONFIG interface;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);

    UNREFERENCED_PARAMETER(Driver);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = WdfDeviceCreateSymbolicLink(device, &name);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    RtlZeroMemory(&standard, sizeof(standard));
    standard.InterfaceHeader.Size = sizeof(standard);
    standard.InterfaceHeader.Version = 1;
    standard.InterfaceHeader.Context = device;
    standard.InterfaceHeader.InterfaceReference = WdfDeviceInterfaceReferenceNoOp;
    standard.InterfaceHeader.InterfaceDereference = WdfDeviceInterfaceDereferenceNoOp;
    standard.Increment = Increment;
    WDF_QUERY_INTERFACE_CONFIG_INIT(&interface, &standard.InterfaceHeader, &GUID_SHARING_INTERFACE,
                                    NULL);
    status = WdfDeviceAddQueryInterface(device, &interface);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = ProviderEvtIoDeviceControl;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, ProviderEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
