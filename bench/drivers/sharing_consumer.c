/* SPDX-License-Identifier: MIT */
/* A driver that uses another one's code in each of the ways, as often as it is told. */
#include <ntddk.h>
#include <wdf.h>
#include <initguid.h>

#include "sharing.h"

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD ConsumerEvtDeviceAdd;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL ConsumerEvtIoDeviceControl;

typedef struct _CONSUMER {
    WDFIOTARGET Target;
    SHARING_INTERFACE_STANDARD Interface;
} CONSUMER;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(CONSUMER, ConsumerOf)

static NTSTATUS
Ask(CONSUMER *Consumer, unsigned *Value)
{
    WDF_MEMORY_DESCRIPTOR memory;

    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, Value, sizeof(*Value));
    return WdfIoTargetSendIoctlSynchronously(Consumer->Target, NULL, SHARING_IOCTL_INCREMENT,
                                             &memory, &memory, NULL, NULL);
}

static NTSTATUS
Run(CONSUMER *Consumer, unsigned Way, unsigned Count, unsigned *Value)
{
    NTSTATUS status = STATUS_SUCCESS;

    for (unsigned i = 0; NT_SUCCESS(status) && i < Count; i++) {
        switch (Way) {
        case SHARING_LIBRARY:
            *Value = LibraryIncrement(*Value);
            break;
        case SHARING_EXPORT:
            *Value = ExportIncrement(*Value);
            break;
        case SHARING_EXPORT_LOCKED:
            *Value = ExportIncrementLocked(*Value);
            break;
        case SHARING_INTERFACE:
            *Value =
                Consumer->Interface.Increment(Consumer->Interface.InterfaceHeader.Context, *Value);
            break;
        default:
            status = Ask(Consumer, Value);
            break;
        }
    }
    return status;
}

VOID
ConsumerEvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                           size_t InputBufferLength, ULONG IoControlCode)
{
    struct sharing_order *order;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    status = WdfRequestRetrieveOutputBuffer(Request, sizeof(*order), (PVOID *)&order, NULL);
    if (NT_SUCCESS(status)) {
        status =
            Run(ConsumerOf(WdfIoQueueGetDevice(Queue)), order->way, order->count, &order->value);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? sizeof(*order) : 0);
}

static NTSTATUS
OpenProvider(WDFDEVICE Device, CONSUMER *Consumer)
{
    DECLARE_CONST_UNICODE_STRING(name, SHARING_PROVIDER_NAME);
    WDF_IO_TARGET_OPEN_PARAMS params;
    NTSTATUS status = WdfIoTargetCreate(Device, WDF_NO_OBJECT_ATTRIBUTES, &Consumer->Target);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &name, GENERIC_READ | GENERIC_WRITE);
    status = WdfIoTargetOpen(Consumer->Target, &params);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return WdfIoTargetQueryForInterface(Consumer->Target, &GUID_SHARING_INTERFACE,
                                        &Consumer->Interface.InterfaceHeader,
                                        sizeof(Consumer->Interface), 1, NULL);
}

NTSTATUS
ConsumerEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, CONSUMER);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (NT_SUCCESS(status)) {
        status = OpenProvider(device, ConsumerOf(device));
    }
    if (NT_SUCCESS(status)) {
        status = WdfDeviceCreateDeviceInterface(device, &GUID_SHARING_CONSUMER, NULL);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = ConsumerEvtIoDeviceControl;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, ConsumerEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
