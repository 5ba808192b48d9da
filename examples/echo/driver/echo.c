/* SPDX-License-Identifier: MIT */
/*
 * echo: a device that keeps the last message written to it and gives it back to whoever reads.
 *
 * The driver has two queues. The default queue is sequential: the framework hands over one request at
 * a time, so the message needs no lock. The other is a manual queue in which requests wait for the
 * next message; the framework cancels them there by itself when an application gives up.
 *
 * The same source builds with the Windows Driver Kit.
 */
#include <ntddk.h>
#include <wdf.h>
#include <initguid.h>

#include "../public.h"

/* What belongs to one device. The framework allocates it with the device, zeroed. */
typedef struct _ECHO_DEVICE {
    WDFQUEUE Waiting;     /* Manual: IOCTL_ECHO_WAIT_FOR_MESSAGE requests. */
    WDFMEMORY Message;    /* ECHO_CAPACITY bytes; a child of the device, so it goes with it. */
    size_t MessageLength; /* In bytes. */
} ECHO_DEVICE;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(ECHO_DEVICE, EchoGetDevice)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD EchoEvtDeviceAdd;
EVT_WDF_IO_QUEUE_IO_READ EchoEvtIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE EchoEvtIoWrite;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL EchoEvtIoDeviceControl;

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EchoEvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* Creates the two queues. */
static NTSTATUS
EchoCreateQueues(WDFDEVICE Device)
{
    WDF_IO_QUEUE_CONFIG config;
    NTSTATUS status;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = EchoEvtIoRead;
    config.EvtIoWrite = EchoEvtIoWrite;
    config.EvtIoDeviceControl = EchoEvtIoDeviceControl;
    status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES,
                            &EchoGetDevice(Device)->Waiting);
}

/* A device has been found: make the object that stands for it. */
NTSTATUS
EchoEvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);

    WdfDeviceInitSetIoType(DeviceInit, WdfDeviceIoDirect);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, ECHO_DEVICE);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfMemoryCreate(&attributes, NonPagedPoolNx, 'ohcE', ECHO_CAPACITY,
                             &EchoGetDevice(device)->Message, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    status = EchoCreateQueues(device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_OPENWDF_ECHO, NULL);
}

/* Tells everyone who waits for a message how long it is. */
static VOID
EchoReleaseWaiting(ECHO_DEVICE *Echo)
{
    WDFREQUEST request;

    while (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(Echo->Waiting, &request))) {
        ULONG *length;
        NTSTATUS status;

        status = WdfRequestRetrieveOutputBuffer(request, sizeof(*length), (PVOID *)&length, NULL);
        if (NT_SUCCESS(status)) {
            *length = (ULONG)Echo->MessageLength;
        }
        WdfRequestCompleteWithInformation(request, status,
                                          NT_SUCCESS(status) ? sizeof(*length) : 0);
    }
}

VOID
EchoEvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    ECHO_DEVICE *echo = EchoGetDevice(WdfIoQueueGetDevice(Queue));
    WDFMEMORY input;
    NTSTATUS status;

    if (Length > ECHO_CAPACITY) {
        WdfRequestComplete(Request, STATUS_INVALID_BUFFER_SIZE);
        return;
    }
    status = WdfRequestRetrieveInputMemory(Request, &input);
    if (NT_SUCCESS(status)) {
        status = WdfMemoryCopyToBuffer(input, 0, WdfMemoryGetBuffer(echo->Message, NULL), Length);
    }
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    echo->MessageLength = Length;

    /* Before the write ends: who begins to wait after it waits for the next message. */
    EchoReleaseWaiting(echo);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

VOID
EchoEvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    ECHO_DEVICE *echo = EchoGetDevice(WdfIoQueueGetDevice(Queue));
    size_t length = min(Length, echo->MessageLength);
    WDFMEMORY output;
    NTSTATUS status;

    status = WdfRequestRetrieveOutputMemory(Request, &output);
    if (NT_SUCCESS(status)) {
        status =
            WdfMemoryCopyFromBuffer(output, 0, WdfMemoryGetBuffer(echo->Message, NULL), length);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? length : 0);
}

/* Reverses the input into the output. Buffered: both are the same memory. */
static VOID
EchoReverse(WDFREQUEST Request, size_t OutputLength, size_t InputLength)
{
    UCHAR *bytes;
    NTSTATUS status;
    size_t i;

    if (OutputLength < InputLength) {
        WdfRequestComplete(Request, STATUS_BUFFER_TOO_SMALL);
        return;
    }
    status = WdfRequestRetrieveInputBuffer(Request, 1, (PVOID *)&bytes, NULL);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    for (i = 0; i < InputLength / 2; i++) {
        UCHAR byte = bytes[i];

        bytes[i] = bytes[InputLength - 1 - i];
        bytes[InputLength - 1 - i] = byte;
    }
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, InputLength);
}

VOID
EchoEvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                       size_t InputBufferLength, ULONG IoControlCode)
{
    ECHO_DEVICE *echo = EchoGetDevice(WdfIoQueueGetDevice(Queue));
    NTSTATUS status;

    switch (IoControlCode) {
    case IOCTL_ECHO_REVERSE:
        EchoReverse(Request, OutputBufferLength, InputBufferLength);
        return;

    case IOCTL_ECHO_WAIT_FOR_MESSAGE:
        /* From here on the request is the queue's, and so is its cancellation. */
        status = WdfRequestForwardToIoQueue(Request, echo->Waiting);
        if (NT_SUCCESS(status)) {
            return;
        }
        break;

    case IOCTL_ECHO_CRASH:
        DbgPrint("echo: about to write through a null pointer, as asked\n");
        *(volatile ULONG *)NULL = 0;
        return;

    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    WdfRequestComplete(Request, status);
}
