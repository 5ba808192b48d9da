/* SPDX-License-Identifier: MIT */
/*
 * The driver that the benchmarks talk to: answers at once, in the caller's thread, through a sequential
 * queue. Reads and writes are direct I/O and move each byte once.
 */
#include <ntddk.h>
#include <wdf.h>
#include <initguid.h>

#include "target.h"

static UCHAR g_data[TARGET_DATA_SIZE]; /* What reads give and writes change. */

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD TargetEvtDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ TargetEvtIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE TargetEvtIoWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL TargetEvtIoDeviceControl;

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, TargetEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

NTSTATUS
TargetEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    WdfDeviceInitSetIoType(DeviceInit, WdfDeviceIoDirect);
    status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = TargetEvtIoRead;
    config.EvtIoWrite = TargetEvtIoWrite;
    config.EvtIoDeviceControl = TargetEvtIoDeviceControl;
    status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_BENCH_TARGET, NULL);
}

VOID
TargetEvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                         size_t InputBufferLength, ULONG IoControlCode)
{
    ULONG *value;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);
    UNREFERENCED_PARAMETER(IoControlCode);
    status = WdfRequestRetrieveOutputBuffer(Request, sizeof(*value), (PVOID *)&value, NULL);
    if (NT_SUCCESS(status)) {
        *value += 1;
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, sizeof(*value));
    } else {
        WdfRequestComplete(Request, status);
    }
}

VOID
TargetEvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, Length, &buffer, NULL);

    UNREFERENCED_PARAMETER(Queue);
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(buffer, g_data, min(Length, sizeof(g_data)));
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

VOID
TargetEvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    PVOID buffer;
    NTSTATUS status = WdfRequestRetrieveInputBuffer(Request, Length, &buffer, NULL);

    UNREFERENCED_PARAMETER(Queue);
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(g_data, buffer, min(Length, sizeof(g_data)));
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}
