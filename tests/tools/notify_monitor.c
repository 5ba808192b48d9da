/* SPDX-License-Identifier: MIT */
/*
 * A driver that watches devices of other hosts: says which interfaces come and go, opens those of one
 * class with a remote I/O target, writes to it, and says what it hears of it. \\.\NotifyMonitor takes IOCTL_VETO
 * (from then on a query is refused, until the next one) and IOCTL_DREAM (a query is not answered in time).
 */
#include <ntddk.h>
#include <initguid.h>
#include <wdmguid.h>
#include <wdf.h>

#include "notify_public.h"

typedef struct TARGET_CONTEXT {
    PVOID custom; /* Its registration for custom events. */
} TARGET_CONTEXT;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(TARGET_CONTEXT, TargetContext)

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_OBJECT_CONTEXT_CLEANUP EvtTargetCleanup;
static EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT EvtSelfManagedIoInit;
static EVT_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP EvtSelfManagedIoCleanup;
static EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL EvtIoDeviceControl;
static EVT_WDF_IO_TARGET_QUERY_REMOVE EvtQueryRemove;
static EVT_WDF_IO_TARGET_REMOVE_CANCELED EvtRemoveCanceled;
static EVT_WDF_IO_TARGET_REMOVE_COMPLETE EvtRemoveComplete;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE OnInterface;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE OnTarget;

static PVOID registrations[2];
static volatile LONG veto, dream;

static VOID
Say(const char *What)
{
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "monitor: %s\n", What);
}

/* The events that the framework has no callback for. */
static NTSTATUS
OnTarget(PVOID Structure, PVOID Context)
{
    const TARGET_DEVICE_CUSTOM_NOTIFICATION *custom = Structure;

    if (IsEqualGUID(&custom->Event, &guid_news)) {
        Say((const char *)custom->CustomDataBuffer);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
EvtQueryRemove(WDFIOTARGET Target)
{
    LARGE_INTEGER time = {.QuadPart = -10LL * 1000 * 1000 * 5};

    Say("query-remove");
    if (InterlockedExchange(&dream, 0) != 0) {
        KeDelayExecutionThread(KernelMode, FALSE, &time);
    }
    if (InterlockedExchange(&veto, 0) != 0) {
        return STATUS_DEVICE_BUSY;
    }
    WdfIoTargetCloseForQueryRemove(Target);
    return STATUS_SUCCESS;
}

static VOID
EvtRemoveCanceled(WDFIOTARGET Target)
{
    WDF_IO_TARGET_OPEN_PARAMS params;
    NTSTATUS status = STATUS_SUCCESS;

    if (WdfIoTargetGetState(Target) == WdfIoTargetClosedForQueryRemove) {
        WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(&params);
        status = WdfIoTargetOpen(Target, &params);
    }
    Say(NT_SUCCESS(status) ? "remove-canceled, open" : "remove-canceled, lost");
}

static VOID
EvtTargetCleanup(WDFOBJECT Target)
{
    if (TargetContext(Target)->custom != NULL) {
        IoUnregisterPlugPlayNotificationEx(TargetContext(Target)->custom);
    }
}

static VOID
EvtRemoveComplete(WDFIOTARGET Target)
{
    Say("remove-complete");
    WdfIoTargetClose(Target);
    WdfObjectDelete(Target);
}

static NTSTATUS
Write(WDFIOTARGET Target)
{
    WDF_MEMORY_DESCRIPTOR memory;
    ULONG_PTR written = 0;
    char text[] = "hello";
    NTSTATUS status;

    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, text, sizeof(text));
    status = WdfIoTargetSendWriteSynchronously(Target, NULL, &memory, NULL, NULL, &written);
    return NT_SUCCESS(status) && written != sizeof(text) ? STATUS_UNSUCCESSFUL : status;
}

static VOID
OpenTarget(WDFDEVICE Device, PUNICODE_STRING Name)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDFIOTARGET target;
    NTSTATUS status;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, TARGET_CONTEXT);
    attributes.EvtCleanupCallback = EvtTargetCleanup;
    status = WdfIoTargetCreate(Device, &attributes, &target);
    if (!NT_SUCCESS(status)) {
        Say("no target");
        return;
    }
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, Name, GENERIC_READ | GENERIC_WRITE);
    params.ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE;
    params.EvtIoTargetQueryRemove = EvtQueryRemove;
    params.EvtIoTargetRemoveCanceled = EvtRemoveCanceled;
    params.EvtIoTargetRemoveComplete = EvtRemoveComplete;
    status = WdfIoTargetOpen(target, &params);
    if (NT_SUCCESS(status)) {
        status = IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0,
                                                WdfIoTargetWdmGetTargetFileObject(target),
                                                WdfDriverWdmGetDriverObject(WdfGetDriver()),
                                                OnTarget, NULL, &TargetContext(target)->custom);
    }
    if (NT_SUCCESS(status)) {
        status = Write(target);
    }
    Say(NT_SUCCESS(status) ? "opened and written to" : "not opened");
}

static NTSTATUS
OnInterface(PVOID Structure, PVOID Context)
{
    const DEVICE_INTERFACE_CHANGE_NOTIFICATION *change = Structure;
    BOOLEAN arrival = IsEqualGUID(&change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL);

    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "monitor: %s %wZ%s\n",
               arrival ? "arrival" : "removal", change->SymbolicLinkName,
               KeGetCurrentIrql() == PASSIVE_LEVEL ? "" : " too high");
    if (arrival && IsEqualGUID(&change->InterfaceClassGuid, &guid_single)) {
        OpenTarget(Context, change->SymbolicLinkName);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
EvtSelfManagedIoInit(WDFDEVICE Device)
{
    static const GUID *const classes[] = {&guid_single, &guid_many};
    NTSTATUS status = STATUS_SUCCESS;

    for (int i = 0; NT_SUCCESS(status) && i < 2; i++) {
        status = IoRegisterPlugPlayNotification(
            EventCategoryDeviceInterfaceChange,
            PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES, (PVOID)(ULONG_PTR)classes[i],
            WdfDriverWdmGetDriverObject(WdfGetDriver()), OnInterface, Device, &registrations[i]);
    }
    return status;
}

static VOID
EvtSelfManagedIoCleanup(WDFDEVICE Device)
{
    for (int i = 0; i < 2; i++) {
        if (registrations[i] != NULL) {
            IoUnregisterPlugPlayNotificationEx(registrations[i]);
            registrations[i] = NULL;
        }
    }
}

static VOID
EvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                   size_t InputBufferLength, ULONG IoControlCode)
{
    if (IoControlCode == IOCTL_VETO) {
        InterlockedExchange(&veto, 1);
    } else if (IoControlCode == IOCTL_DREAM) {
        InterlockedExchange(&dream, 1);
    }
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS
EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\DosDevices\\NotifyMonitor");
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status;

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDeviceSelfManagedIoInit = EvtSelfManagedIoInit;
    callbacks.EvtDeviceSelfManagedIoCleanup = EvtSelfManagedIoCleanup;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &callbacks);
    status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (NT_SUCCESS(status)) {
        status = WdfDeviceCreateSymbolicLink(device, &name);
    }
    if (NT_SUCCESS(status)) {
        WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
        config.EvtIoDeviceControl = EvtIoDeviceControl;
        config.PowerManaged = WdfFalse;
        status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    }
    return status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
