/* SPDX-License-Identifier: MIT */
/* A driver that traces in every way: WPP with its recorder, TraceLogging and ETW. */
#include <ntddk.h>
#include <wdf.h>

#include <TraceLoggingProvider.h>
#include <WppRecorder.h>

#include "trace.h"
#include "traced_public.h"

/* As drivers do that bring headers of a compiler along which has no such thing. */
#define __attribute__(what)

#include "traced.tmh"

TRACELOGGING_DEFINE_PROVIDER(TracedLogging, "Traced.Logging",
                             (0x7c3f1e20, 0x8a4d, 0x4b61, 0x9e, 0x57, 0x0d, 0x2a, 0x6c, 0x81, 0xf3,
                              0xb4));

static const GUID TracedEtwGuid = {
    0x8c3f1e20, 0x8a4d, 0x4b61, {0x9e, 0x57, 0x0d, 0x2a, 0x6c, 0x81, 0xf3, 0xb4}};

DRIVER_INITIALIZE DriverEntry;
EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
EVT_WDF_DRIVER_UNLOAD EvtUnload;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL EvtIoDeviceControl;

static REGHANDLE Etw;
static RECORDER_LOG OwnLog;
static volatile LONG EtwCallbacks;
static volatile int *volatile Nowhere;

static VOID
EtwEnable(LPCGUID SourceId, ULONG ControlCode, UCHAR Level, ULONGLONG Any, ULONGLONG All,
          PEVENT_FILTER_DESCRIPTOR Filter, PVOID Context)
{
    UNREFERENCED_PARAMETER(SourceId);
    UNREFERENCED_PARAMETER(ControlCode);
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(Any);
    UNREFERENCED_PARAMETER(All);
    UNREFERENCED_PARAMETER(Filter);
    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&EtwCallbacks);
}

static VOID
TraceFormats(VOID)
{
    DECLARE_CONST_UNICODE_STRING(unicode, L"counted");
    ANSI_STRING ansi = RTL_CONSTANT_STRING("ansi");
    UCHAR bytes[4] = {1, 2, 0xab, 0xff};
    PCSTR none = NULL;
    TRACED_STATE state = TracedBusy;

    FuncEntry(DBG_DATA);
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA, "numbers %d %u 0x%08x %I64d %5d|%-5d|%%", -1,
                4000000000u, 0xbeef, -5000000000ll, 42, 42);
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA, "texts %s %S %ws %wZ %Z %.3s %s %c", "narrow", L"wide",
                L"w\u00e4", &unicode, &ansi, "abcdef", none, 'x');
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA,
                "named %!STATUS! %!WINERROR! %!HRESULT! %!bool! %!GUID!", STATUS_ACCESS_DENIED, 2,
                0x80070005, TRUE, &TracedEtwGuid);
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA, "%!FUNC! at %!LINE! of %!FILE! %!LEVEL! %!FLAGS!");
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA,
                "listed %!TracedState! %!TracedColor! %!TracedBits! %!TracedColor!", state, 2, 5,
                9);
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA, "bytes %!HEXDUMP! behind %d",
                log_xstr(bytes, sizeof(bytes)), 7);
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA, "ordered %11!s! %10!d!", 1, "two");
    TraceEvents(TRACE_LEVEL_ERROR, DBG_DATA, "net %!IPADDR! port %!PORT!", 0x0100007f, 0x5000);
    TraceGroup((TRACE_LEVEL_WARNING, DBG_IOCTL, "group %d", 3));
    TraceEvents(TRACE_LEVEL_INFORMATION, EXTRA, "of the other provider");
    TraceEvents(TRACE_LEVEL_VERBOSE, DBG_IOCTL, "double %.2f\n", 1.5);
}

static VOID
TraceAllEvents(VOID)
{
    EVENT_DESCRIPTOR descriptor = {7, 1, 0, TRACE_LEVEL_WARNING, 2, 3, 0x10};
    EVENT_DATA_DESCRIPTOR data[2];
    ULONG first = 0x11223344;
    UCHAR second = 0x55;
    ULONG numbers[3] = {1, 2, 3};
    DECLARE_CONST_UNICODE_STRING(unicode, L"counted");

    EventDataDescCreate(&data[0], &first, sizeof(first));
    EventDataDescCreate(&data[1], &second, sizeof(second));
    EtwWrite(Etw, &descriptor, NULL, 2, data);
    EtwWriteString(Etw, TRACE_LEVEL_ERROR, 0, NULL, L"an ETW text");
    TraceLoggingWrite(TracedLogging, "Plain");
    TraceLoggingWrite(
        TracedLogging, "Fields", TraceLoggingLevel(TRACE_LEVEL_INFORMATION),
        TraceLoggingKeyword(0x2), TraceLoggingUInt32(first, "First"), TraceLoggingHexUInt8(second),
        TraceLoggingString("text", "Text", "described"), TraceLoggingWideString(L"wide", "Wide"),
        TraceLoggingUnicodeString(&unicode, "Counted"),
        TraceLoggingNTStatus(STATUS_ACCESS_DENIED, "Status"),
        TraceLoggingUInt32Array(numbers, 3, "Numbers"), TraceLoggingStruct(2, "Inner"),
        TraceLoggingBool(TRUE, "Yes"), TraceLoggingFloat64(0.5, "Half"),
        TraceLoggingGuid(TracedEtwGuid, "Guid"), TraceLoggingValue(-3, "Value"));
}

static NTSTATUS
FailAndTrace(VOID)
{
    ReturnIfFailed(STATUS_INVALID_DEVICE_STATE);
    return STATUS_SUCCESS;
}

VOID
EvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputLength, size_t InputLength,
                   ULONG IoControlCode)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG_PTR information = 0;
    PULONG count;
    ULONG i;

    UNREFERENCED_PARAMETER(Queue);
    UNREFERENCED_PARAMETER(OutputLength);
    UNREFERENCED_PARAMETER(InputLength);
    switch (IoControlCode) {
    case IOCTL_TRACED_FORMATS:
        TraceFormats();
        break;
    case IOCTL_TRACED_MANY:
        status = WdfRequestRetrieveInputBuffer(Request, sizeof(*count), (PVOID *)&count, NULL);
        for (i = 0; NT_SUCCESS(status) && i < *count; i++) {
            TraceEvents(TRACE_LEVEL_INFORMATION, DBG_DATA, "message %u of %u", i, *count);
        }
        break;
    case IOCTL_TRACED_EVENTS:
        TraceAllEvents();
        break;
    case IOCTL_TRACED_RECORDER:
        TraceLog(OwnLog, DBG_DATA, "for its own log %d", 1);
        TraceEvents(TRACE_LEVEL_VERBOSE, DBG_DATA, "too verbose for the recorder");
        break;
    case IOCTL_TRACED_FAIL:
        status = FailAndTrace();
        break;
    case IOCTL_TRACED_CRASH:
        TraceEvents(TRACE_LEVEL_ERROR, DBG_IOCTL, "about to crash");
        *Nowhere = 1;
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
    }
    WdfRequestCompleteWithInformation(Request, status, information);
}

NTSTATUS
EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    DECLARE_CONST_UNICODE_STRING(link, L"\\DosDevices\\Traced");
    WDF_IO_QUEUE_CONFIG queue;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);
    TraceEvents(TRACE_LEVEL_INFORMATION, DBG_INIT, "device added");
    status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    ReturnIfFailed(status);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchParallel);
    queue.EvtIoDeviceControl = EvtIoDeviceControl;
    status = WdfIoQueueCreate(device, &queue, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    ReturnIfFailed(status);
    return WdfDeviceCreateSymbolicLink(device, &link);
}

VOID
EvtUnload(WDFDRIVER Driver)
{
    TraceEvents(TRACE_LEVEL_INFORMATION, DBG_INIT, "unloaded");
    WppRecorderLogDelete(OwnLog);
    TraceLoggingUnregister(TracedLogging);
    EtwUnregister(Etw);
    WPP_CLEANUP(WdfDriverWdmGetDriverObject(Driver));
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    RECORDER_LOG_CREATE_PARAMS log;
    NTSTATUS status;

    WPP_INIT_TRACING(DriverObject, RegistryPath);
    RECORDER_LOG_CREATE_PARAMS_INIT(&log, "own");
    status = WppRecorderLogCreate(&log, &OwnLog);
    if (!NT_SUCCESS(status)) {
        OwnLog = WppRecorderLogGetDefault();
    }
    TraceLoggingRegister(TracedLogging);
    EtwRegister(&TracedEtwGuid, EtwEnable, NULL, &Etw);
    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    config.EvtDriverUnload = EvtUnload;
    status = WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                             WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        WPP_CLEANUP(DriverObject);
    }
    return status;
}
