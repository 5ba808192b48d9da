/* SPDX-License-Identifier: MIT */
/*
 * Small services of the I/O manager: whose request this is, named events, error log entries, timers
 * of devices, and what drivers ask of a system that is not there.
 */
#include <string.h>

#include "base/log.h"
#include "nt/io/io_priv.h"
#include "nt/io/user.h"

#define LOG_TAG   'lEoI'
#define TIMER_TAG 'mToI'

/* Requestors ---------------------------------------------------------------------------------- */

ULONG
IoGetRequestorProcessId(PIRP Irp)
{
    uint64_t id = io_user_process_id(Irp);

    return id != 0 ? (ULONG)id : (ULONG)(ULONG_PTR)PsGetCurrentProcessId();
}

PEPROCESS
IoGetCurrentProcess(VOID)
{
    return PsGetCurrentProcess();
}

PEPROCESS
IoGetRequestorProcess(PIRP Irp)
{
    /* All requests are issued by this process; the requestor's number is with the request. */
    return Irp->Tail.Overlay.Thread != NULL ? IoGetCurrentProcess() : NULL;
}

NTSTATUS
IoGetRequestorSessionId(PIRP Irp, PULONG pSessionId)
{
    *pSessionId = 0;
    return STATUS_SUCCESS;
}

BOOLEAN
IoIs32bitProcess(PIRP Irp)
{
    return FALSE;
}

/* Named events -------------------------------------------------------------------------------- */

static PKEVENT
named_event(PUNICODE_STRING name, EVENT_TYPE type, PHANDLE ret_handle)
{
    OBJECT_ATTRIBUTES attributes;
    PVOID event = NULL;
    HANDLE handle;

    InitializeObjectAttributes(&attributes, name, OBJ_OPENIF | OBJ_KERNEL_HANDLE, NULL, NULL);
    if (!NT_SUCCESS(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, type, TRUE))) {
        return NULL;
    }
    if (!NT_SUCCESS(
            ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, KernelMode, &event, NULL))) {
        ZwClose(handle);
        return NULL;
    }
    ObDereferenceObject(event); /* The handle keeps it, as documented. */
    *ret_handle = handle;
    return event;
}

PKEVENT
IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    return named_event(EventName, NotificationEvent, EventHandle);
}

PKEVENT
IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    return named_event(EventName, SynchronizationEvent, EventHandle);
}

/* The error log ------------------------------------------------------------------------------- */

struct log_entry {
    PVOID io_object;
    _Alignas(16) unsigned char packet[];
};

PVOID
IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize)
{
    struct log_entry *entry;

    if (EntrySize < sizeof(IO_ERROR_LOG_PACKET) - sizeof(ULONG) ||
        EntrySize > ERROR_LOG_MAXIMUM_SIZE) {
        return NULL;
    }
    entry = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*entry) + ERROR_LOG_MAXIMUM_SIZE, LOG_TAG);
    if (entry == NULL) {
        return NULL;
    }
    entry->io_object = IoObject;
    return entry->packet;
}

VOID
IoFreeErrorLogEntry(PVOID ElEntry)
{
    if (ElEntry != NULL) {
        ExFreePoolWithTag(CONTAINING_RECORD(ElEntry, struct log_entry, packet), LOG_TAG);
    }
}

VOID
IoWriteErrorLogEntry(PVOID ElEntry)
{
    const IO_ERROR_LOG_PACKET *packet = ElEntry;

    base_log(BASE_LOG_WARN, "io",
             "error log entry: code 0x%08x, unique value %u, final status 0x%08x",
             (unsigned)packet->ErrorCode, packet->UniqueErrorValue, (unsigned)packet->FinalStatus);
    IoFreeErrorLogEntry(ElEntry);
}

/* One-second timers of devices ---------------------------------------------------------------- */

struct _IO_TIMER {
    KTIMER timer;
    KDPC dpc;
    PDEVICE_OBJECT device;
    PIO_TIMER_ROUTINE routine;
    PVOID context;
};

static VOID
timer_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct _IO_TIMER *timer = context;

    timer->routine(timer->device, timer->context);
}

NTSTATUS
IoInitializeTimer(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine, PVOID Context)
{
    struct _IO_TIMER *timer = DeviceObject->Timer;

    if (timer == NULL) {
        timer = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*timer), TIMER_TAG);
        if (timer == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        KeInitializeTimerEx(&timer->timer, SynchronizationTimer);
        KeInitializeDpc(&timer->dpc, timer_dpc, timer);
        timer->device = DeviceObject;
        DeviceObject->Timer = timer;
    }
    timer->routine = TimerRoutine;
    timer->context = Context;
    return STATUS_SUCCESS;
}

VOID
IoStartTimer(PDEVICE_OBJECT DeviceObject)
{
    LARGE_INTEGER due = {.QuadPart = -10 * 1000 * 1000};

    KeSetTimerEx(&DeviceObject->Timer->timer, due, 1000, &DeviceObject->Timer->dpc);
}

VOID
IoStopTimer(PDEVICE_OBJECT DeviceObject)
{
    KeCancelTimer(&DeviceObject->Timer->timer);
}

void
io_timer_free(PDEVICE_OBJECT device)
{
    if (device->Timer != NULL) {
        KeCancelTimer(&device->Timer->timer);
        KeFlushQueuedDpcs();
        ExFreePoolWithTag(device->Timer, TIMER_TAG);
        device->Timer = NULL;
    }
}

/* Counts some drivers keep. ------------------------------------------------------------------- */

PCONFIGURATION_INFORMATION
IoGetConfigurationInformation(VOID)
{
    static CONFIGURATION_INFORMATION information = {.Version = 1};

    return &information;
}

NTSTATUS
io_copy_string(PCUNICODE_STRING source, PUNICODE_STRING copy)
{
    WCHAR *buffer = ExAllocatePool2(POOL_FLAG_PAGED, source->Length + sizeof(WCHAR), 'rSoI');

    if (buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(buffer, source->Buffer, source->Length);
    buffer[source->Length / sizeof(WCHAR)] = 0;
    copy->Buffer = buffer;
    copy->Length = source->Length;
    copy->MaximumLength = (USHORT)(source->Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}
