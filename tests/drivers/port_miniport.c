/* SPDX-License-Identifier: MIT */
/*
 * A miniport that uses the framework for its lower edge: it asks the driver below by its I/O target, and
 * counts with a framework lock and timer. Each step is a line of debug output, which the test reads.
 */
#include <ntddk.h>
#include <wdf.h>
#include <wdfminiport.h>

#include "port.h"

DRIVER_INITIALIZE DriverEntry;

typedef struct adapter {
    WDFDEVICE device;
    WDFSPINLOCK lock;
    WDFTIMER timer;
    LONG reads;
    KEVENT ticked;
} ADAPTER;

WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(ADAPTER, AdapterOf)

static VOID
on_device_cleanup(WDFOBJECT Object)
{
    DbgPrint("story: device cleanup\n");
}

static VOID
on_driver_cleanup(WDFOBJECT Object)
{
    DbgPrint("story: driver cleanup\n");
}

static VOID
on_timer(WDFTIMER Timer)
{
    KeSetEvent(&AdapterOf(WdfTimerGetParentObject(Timer))->ticked, IO_NO_INCREMENT, FALSE);
}

/* What a miniport's device is not for. */
static BOOLEAN
is_refused_a_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDFQUEUE queue;

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue) ==
               STATUS_INVALID_DEVICE_REQUEST &&
           queue == NULL;
}

/* A creation that fails leaves no handle. */
static BOOLEAN
is_checked(PDEVICE_OBJECT Fdo, PDEVICE_OBJECT Next, PDEVICE_OBJECT Pdo)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device = (WDFDEVICE)(ULONG_PTR)1;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.Size--;
    return WdfDeviceMiniportCreate(WdfGetDriver(), &attributes, Fdo, Next, Pdo, &device) ==
               STATUS_INFO_LENGTH_MISMATCH &&
           device == NULL;
}

static NTSTATUS
initialize(PDEVICE_OBJECT Fdo, PDEVICE_OBJECT Next, PDEVICE_OBJECT Pdo, PVOID *Context)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG config;
    ADAPTER *adapter;
    WDFDEVICE device;
    NTSTATUS status;

    if (!is_checked(Fdo, Next, Pdo)) {
        return STATUS_INTERNAL_ERROR;
    }
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, ADAPTER);
    attributes.EvtCleanupCallback = on_device_cleanup;
    status = WdfDeviceMiniportCreate(WdfGetDriver(), &attributes, Fdo, Next, Pdo, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    adapter = AdapterOf(device);
    adapter->device = device;
    KeInitializeEvent(&adapter->ticked, SynchronizationEvent, FALSE);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    status = WdfSpinLockCreate(&attributes, &adapter->lock);
    if (NT_SUCCESS(status)) {
        WDF_TIMER_CONFIG_INIT(&config, on_timer);
        status = WdfTimerCreate(&config, &attributes, &adapter->timer);
    }
    if (NT_SUCCESS(status) &&
        (WdfDeviceGetDriver(device) != WdfGetDriver() ||
         WdfDeviceWdmGetDeviceObject(device) != Fdo ||
         WdfDeviceWdmGetAttachedDevice(device) != Next ||
         WdfDeviceWdmGetPhysicalDevice(device) != Pdo || !is_refused_a_queue(device))) {
        status = STATUS_INTERNAL_ERROR;
    }
    if (!NT_SUCCESS(status)) {
        WdfObjectDelete(device);
        return status;
    }
    *Context = adapter;
    DbgPrint("story: initialize\n");
    return STATUS_SUCCESS;
}

static VOID
halt(PVOID Context)
{
    ADAPTER *adapter = Context;

    DbgPrint("story: halt after %d reads\n", adapter->reads);
    WdfObjectDelete(adapter->device);
}

/* The bytes come from the driver below, after a tick of the timer. */
static NTSTATUS
read(PVOID Context, PVOID Buffer, ULONG Length, PULONG_PTR Read)
{
    ADAPTER *adapter = Context;
    WDF_MEMORY_DESCRIPTOR memory;

    WdfTimerStart(adapter->timer, WDF_REL_TIMEOUT_IN_MS(1));
    KeWaitForSingleObject(&adapter->ticked, Executive, KernelMode, FALSE, NULL);
    WdfSpinLockAcquire(adapter->lock);
    adapter->reads++;
    WdfSpinLockRelease(adapter->lock);
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&memory, Buffer, Length);
    return WdfIoTargetSendReadSynchronously(WdfDeviceGetIoTarget(adapter->device), NULL, &memory,
                                            NULL, NULL, Read);
}

static VOID
unload(PDRIVER_OBJECT DriverObject)
{
    DbgPrint("story: unload\n");
    WdfDriverMiniportUnload(WdfGetDriver());
}

static const PORT_MINIPORT miniport = {initialize, halt, read, unload};

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_DRIVER_CONFIG config;
    NTSTATUS status = PortRegister(DriverObject, &miniport);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    config.DriverInitFlags |= WdfDriverInitNoDispatchOverride;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = on_driver_cleanup;
    return WdfDriverCreate(DriverObject, RegistryPath, &attributes, &config, WDF_NO_HANDLE);
}
