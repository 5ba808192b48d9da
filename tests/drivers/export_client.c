/* SPDX-License-Identifier: MIT */
/*
 * A driver that links the export drivers. Built twice, as two drivers. Its device answers controls with
 * what the export driver says; the test compares.
 */
#include <ntddk.h>
#include <wdf.h>

#include "export_common.h"
#include "export_client.h"

DRIVER_INITIALIZE DriverEntry;

static WDFDRIVER
call_back(void)
{
    return WdfGetDriver();
}

/* Whether each object that the export driver makes is this driver's. */
static NTSTATUS
check_ownership(WDFDEVICE device)
{
    WDFCOLLECTION collection;
    WDFMEMORY memory;
    NTSTATUS status;

    if (CommonDriver() != WdfGetDriver() || CommonDriverThrough(call_back) != WdfGetDriver()) {
        return STATUS_INVALID_HANDLE;
    }
    if (CommonOwnDriver() == WdfGetDriver() || CommonTagOf() != WdfDriverGlobals->DriverTag) {
        return STATUS_INVALID_OWNER;
    }
    status = CommonMakeCollection(&collection);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = CommonMakeMemory(device, &memory);
    if (NT_SUCCESS(status)) {
        status = WdfCollectionAdd(collection, memory);
        WdfObjectDelete(memory);
    }
    WdfObjectDelete(collection);
    return status;
}

static VOID
on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    NTSTATUS status = STATUS_SUCCESS;

    switch (IoControlCode) {
    case EXPORT_CHECK:
        for (int i = 0; NT_SUCCESS(status) && i < 200; i++) {
            status = check_ownership(WdfIoQueueGetDevice(Queue));
        }
        break;
    case EXPORT_LEAK: {
        WDFCOLLECTION collection;

        status = CommonMakeCollection(&collection); /* Goes with this driver. */
        break;
    }
    default:
        status = PlainInitialized() == 1 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
        break;
    }
    CommonComplete(Request, status);
}

static NTSTATUS
on_add(WDFDRIVER driver, PWDFDEVICE_INIT init)
{
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = WdfDeviceCreateDeviceInterface(device, &export_guid, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_control;
    return WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, on_add);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
