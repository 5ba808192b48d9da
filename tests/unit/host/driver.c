/* SPDX-License-Identifier: MIT */
/*
 * The driver of the host's end-to-end tests. With FAIL_ENTRY or FAIL_ADD defined it does not start.
 */
#include <ntddk.h>
#include <wdf.h>

#include <initguid.h>

#include "driver_public.h"

DEFINE_GUID(GUID_HOST_TEST, 0x1f5d3f5e, 0x26d4, 0x4a0c, 0x8a, 0xe7, 0x0f, 0x5a, 0x3c, 0x9b, 0xe7,
            0xa1);

typedef struct _DEVICE_CONTEXT {
    WDFQUEUE Pending;
    KEVENT Release;
    WDFSPINLOCK Lock;
    WDFREQUEST Kept; /* Lock. */
    volatile LONG Opens;
    volatile LONG Cleanups;
    volatile LONG Closes;
    volatile LONG Waiting;
    volatile LONG Blocked;
    volatile LONG Stuck;
} DEVICE_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, DeviceContext)

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
EVT_WDF_DEVICE_FILE_CREATE EvtFileCreate;
EVT_WDF_FILE_CLEANUP EvtFileCleanup;
EVT_WDF_FILE_CLOSE EvtFileClose;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL EvtIoDeviceControl;
EVT_WDF_IO_QUEUE_IO_READ EvtIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;
EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE EvtCanceledOnQueue;

VOID
EvtFileCreate(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    DEVICE_CONTEXT *context = DeviceContext(Device);
    PUNICODE_STRING name = WdfFileObjectGetFileName(FileObject);
    DECLARE_CONST_UNICODE_STRING(deny, L"\\deny");

    if (name != NULL && RtlEqualUnicodeString(name, &deny, TRUE)) {
        WdfRequestComplete(Request, STATUS_ACCESS_DENIED);
        return;
    }
    InterlockedIncrement(&context->Opens);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

VOID
EvtFileCleanup(WDFFILEOBJECT FileObject)
{
    DEVICE_CONTEXT *context = DeviceContext(WdfFileObjectGetDevice(FileObject));

    if (ReadAcquire(&context->Stuck)) {
        KEVENT never;

        KeInitializeEvent(&never, NotificationEvent, FALSE);
        KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, NULL);
    }
    InterlockedIncrement(&context->Cleanups);
}

VOID
EvtFileClose(WDFFILEOBJECT FileObject)
{
    InterlockedIncrement(&DeviceContext(WdfFileObjectGetDevice(FileObject))->Closes);
}

VOID
EvtCanceledOnQueue(WDFQUEUE Queue, WDFREQUEST Request)
{
    InterlockedDecrement(&DeviceContext(WdfIoQueueGetDevice(Queue))->Waiting);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID
Complete(WDFREQUEST Request, const void *Data, size_t Size)
{
    PVOID output;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, Size, &output, NULL);

    if (NT_SUCCESS(status)) {
        RtlCopyMemory(output, Data, Size);
        WdfRequestCompleteWithInformation(Request, status, Size);
    } else {
        WdfRequestComplete(Request, status);
    }
}

/* As drivers do that share an event with their application. */
static VOID
Signal(WDFREQUEST Request)
{
    PVOID object;
    HANDLE *handle;
    NTSTATUS status =
        WdfRequestRetrieveInputBuffer(Request, sizeof(*handle), (PVOID *)&handle, NULL);

    if (NT_SUCCESS(status)) {
        status =
            ObReferenceObjectByHandle(*handle, SYNCHRONIZE | EVENT_MODIFY_STATE, *ExEventObjectType,
                                      WdfRequestGetRequestorMode(Request), &object, NULL);
    }
    if (NT_SUCCESS(status)) {
        KeSetEvent(object, IO_NO_INCREMENT, FALSE);
        ObDereferenceObject(object);
    }
    WdfRequestComplete(Request, status);
}

static VOID
Echo(WDFREQUEST Request, size_t OutputLength, size_t InputLength, BOOLEAN Direct)
{
    PVOID input = NULL;
    PVOID output = NULL;
    size_t count = Direct || OutputLength < InputLength ? OutputLength : InputLength;
    NTSTATUS status = STATUS_SUCCESS;

    if (count != 0) {
        status = WdfRequestRetrieveInputBuffer(Request, 1, &input, NULL);
    }
    if (NT_SUCCESS(status) && count != 0) {
        status = WdfRequestRetrieveOutputBuffer(Request, count, &output, NULL);
    }
    if (NT_SUCCESS(status) && count != 0) {
        if (Direct) {
            RtlFillMemory(output, count, *(UCHAR *)input);
        } else {
            RtlMoveMemory(output, input, count);
        }
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? count : 0);
}

static VOID
Block(DEVICE_CONTEXT *Context, WDFREQUEST Request)
{
    InterlockedIncrement(&Context->Blocked);
    KeWaitForSingleObject(&Context->Release, Executive, KernelMode, FALSE, NULL);
    InterlockedDecrement(&Context->Blocked);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID
Release(DEVICE_CONTEXT *Context, WDFREQUEST Request)
{
    WDFREQUEST kept;

    WdfSpinLockAcquire(Context->Lock);
    kept = Context->Kept;
    Context->Kept = NULL;
    WdfSpinLockRelease(Context->Lock);
    if (kept != NULL) {
        WdfRequestComplete(kept, STATUS_SUCCESS);
    }
    KeSetEvent(&Context->Release, IO_NO_INCREMENT, FALSE);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID
Keep(DEVICE_CONTEXT *Context, WDFREQUEST Request)
{
    BOOLEAN taken;

    WdfSpinLockAcquire(Context->Lock);
    taken = Context->Kept == NULL;
    if (taken) {
        Context->Kept = Request;
    }
    WdfSpinLockRelease(Context->Lock);
    if (!taken) {
        WdfRequestComplete(Request, STATUS_DEVICE_BUSY);
    }
}

static VOID
Counts(DEVICE_CONTEXT *Context, WDFREQUEST Request)
{
    struct host_test_counts counts = {
        .opens = (unsigned)ReadAcquire(&Context->Opens),
        .cleanups = (unsigned)ReadAcquire(&Context->Cleanups),
        .closes = (unsigned)ReadAcquire(&Context->Closes),
        .pending = (unsigned)ReadAcquire(&Context->Waiting),
        .blocked = (unsigned)ReadAcquire(&Context->Blocked),
    };

    WdfSpinLockAcquire(Context->Lock);
    counts.kept = Context->Kept != NULL;
    WdfSpinLockRelease(Context->Lock);
    Complete(Request, &counts, sizeof(counts));
}

/* Reports name them, so they are there and visible. */
#define REPORTED __attribute__((noinline, visibility("default")))

REPORTED ULONG HostTestRecurse(ULONG Depth);
REPORTED VOID HostTestMisuse(WDFQUEUE Queue);

ULONG
HostTestRecurse(ULONG Depth)
{
    volatile UCHAR frame[4096];

    frame[Depth % sizeof(frame)] = (UCHAR)Depth;
    return Depth == MAXULONG ? 0 : HostTestRecurse(Depth + 1) + frame[0];
}

VOID
HostTestMisuse(WDFQUEUE Queue)
{
    WdfRequestComplete((WDFREQUEST)Queue, STATUS_SUCCESS);
    DbgPrint("HostTest: still here after a misuse\n");
}

VOID
EvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                   size_t InputBufferLength, ULONG IoControlCode)
{
    DEVICE_CONTEXT *context = DeviceContext(WdfIoQueueGetDevice(Queue));
    ULONG64 process;
    NTSTATUS status;

    switch (IoControlCode) {
    case HT_ECHO:
    case HT_ECHO_DIRECT:
        Echo(Request, OutputBufferLength, InputBufferLength, IoControlCode == HT_ECHO_DIRECT);
        break;
    case HT_PEND:
        InterlockedIncrement(&context->Waiting);
        status = WdfRequestForwardToIoQueue(Request, context->Pending);
        if (!NT_SUCCESS(status)) {
            InterlockedDecrement(&context->Waiting);
            WdfRequestComplete(Request, status);
        }
        break;
    case HT_KEEP:
        Keep(context, Request);
        break;
    case HT_BLOCK:
        Block(context, Request);
        break;
    case HT_RELEASE:
        Release(context, Request);
        break;
    case HT_COUNTS:
        Counts(context, Request);
        break;
    case HT_PROCESS:
        process = (ULONG64)(ULONG_PTR)PsGetCurrentProcessId();
        Complete(Request, &process, sizeof(process));
        break;
    case HT_CRASH:
        DbgPrint("about to write through a null pointer\n");
        *(volatile int *)NULL = 1;
        break;
    case HT_BUGCHECK:
        KeBugCheckEx(0xDEADDEAD, 1, 2, 3, 4);
    case HT_OVERFLOW:
        WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, HostTestRecurse(0));
        break;
    case HT_MISUSE:
        HostTestMisuse(Queue);
        break;
    case HT_SIGNAL:
        Signal(Request);
        break;
    case HT_STUCK:
        WriteRelease(&context->Stuck, 1);
        WdfRequestComplete(Request, STATUS_SUCCESS);
        break;
    default:
        WdfRequestComplete(Request, STATUS_INVALID_DEVICE_REQUEST);
        break;
    }
}

VOID
EvtIoRead(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WDF_REQUEST_PARAMETERS parameters;
    UCHAR *output;
    NTSTATUS status = WdfRequestRetrieveOutputBuffer(Request, Length, (PVOID *)&output, NULL);
    size_t i;

    UNREFERENCED_PARAMETER(Queue);
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    for (i = 0; NT_SUCCESS(status) && i < Length; i++) {
        output[i] = (UCHAR)(parameters.Parameters.Read.DeviceOffset + (LONGLONG)i);
    }
    WdfRequestCompleteWithInformation(Request, status, NT_SUCCESS(status) ? Length : 0);
}

VOID
EvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    UNREFERENCED_PARAMETER(Queue);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static NTSTATUS
CreateQueues(WDFDEVICE Device)
{
    DEVICE_CONTEXT *context = DeviceContext(Device);
    WDF_IO_QUEUE_CONFIG config;
    NTSTATUS status;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = EvtIoDeviceControl;
    config.EvtIoRead = EvtIoRead;
    config.EvtIoWrite = EvtIoWrite;
    config.AllowZeroLengthRequests = TRUE;
    status = WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    config.EvtIoCanceledOnQueue = EvtCanceledOnQueue;
    return WdfIoQueueCreate(Device, &config, WDF_NO_OBJECT_ATTRIBUTES, &context->Pending);
}

NTSTATUS
EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    DECLARE_CONST_UNICODE_STRING(link, L"\\DosDevices\\HostTest");
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_FILEOBJECT_CONFIG file;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
#ifdef FAIL_ADD
    return STATUS_DEVICE_CONFIGURATION_ERROR;
#endif
    WDF_FILEOBJECT_CONFIG_INIT(&file, EvtFileCreate, EvtFileClose, EvtFileCleanup);
    WdfDeviceInitSetFileObjectConfig(DeviceInit, &file, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    KeInitializeEvent(&DeviceContext(device)->Release, NotificationEvent, FALSE);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &DeviceContext(device)->Lock);
    if (NT_SUCCESS(status)) {
        status = CreateQueues(device);
    }
    if (NT_SUCCESS(status)) {
        status = WdfDeviceCreateDeviceInterface(device, &GUID_HOST_TEST, NULL);
    }
    if (NT_SUCCESS(status)) {
        /* A second device has no name of its own, and is told so. */
        status = WdfDeviceCreateSymbolicLink(device, &link);
        if (status == STATUS_OBJECT_NAME_COLLISION) {
            DbgPrint("HostTest: the name is somebody else's\n");
            status = STATUS_SUCCESS;
        }
    }
    return status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

#ifdef FAIL_ENTRY
    return STATUS_INSUFFICIENT_RESOURCES;
#endif
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
