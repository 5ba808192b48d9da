/*
 * A device of @name@. Its queue is sequential: the framework hands over one request at a time, so what
 * the callbacks share needs no lock.
 */
#include "driver.h"

#include <initguid.h>

#include "public.h"

EVT_WDF_IO_QUEUE_IO_READ @Name@EvtIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE @Name@EvtIoWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL @Name@EvtIoDeviceControl;

/* A device has been found: makes the object that stands for it. */
NTSTATUS
@Name@EvtDeviceAdd(_In_ WDFDRIVER Driver, _Inout_ PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG queueConfig;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, @NAME@_DEVICE);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queueConfig, WdfIoQueueDispatchSequential);
    queueConfig.EvtIoRead = @Name@EvtIoRead;
    queueConfig.EvtIoWrite = @Name@EvtIoWrite;
    queueConfig.EvtIoDeviceControl = @Name@EvtIoDeviceControl;
    status = WdfIoQueueCreate(device, &queueConfig, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    return WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_@NAME@, NULL);
}

/* There is never anything to read: completes with no bytes. */
VOID
@Name@EvtIoRead(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    UNREFERENCED_PARAMETER(Length);

    @Name@GetDevice(WdfIoQueueGetDevice(Queue))->RequestCount++;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, 0);
}

/* Takes everything and keeps nothing. */
VOID
@Name@EvtIoWrite(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    @Name@GetDevice(WdfIoQueueGetDevice(Queue))->RequestCount++;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

VOID
@Name@EvtIoDeviceControl(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t OutputBufferLength,
                   _In_ size_t InputBufferLength, _In_ ULONG IoControlCode)
{
    @NAME@_DEVICE *context = @Name@GetDevice(WdfIoQueueGetDevice(Queue));
    NTSTATUS status = STATUS_INVALID_DEVICE_REQUEST;
    size_t written = 0;
    ULONG *count;

    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);

    context->RequestCount++;
    if (IoControlCode == IOCTL_@NAME@_GET_COUNT) {
        status = WdfRequestRetrieveOutputBuffer(Request, sizeof(*count), (PVOID *)&count, NULL);
        if (NT_SUCCESS(status)) {
            *count = context->RequestCount;
            written = sizeof(*count);
        }
    }
    WdfRequestCompleteWithInformation(Request, status, written);
}
