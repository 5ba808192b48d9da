/* SPDX-License-Identifier: MIT */
/*
 * A function driver whose device others watch: one interface, or with MANY_INTERFACES so many of another
 * class. Any write is echoed by its length; IOCTL_REPORT reports a custom event.
 */
#include <ntddk.h>
#include <wdf.h>

#include "notify_public.h"

DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD EvtDeviceAdd;
static EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL EvtIoDeviceControl;
static EVT_WDF_IO_QUEUE_IO_WRITE EvtIoWrite;

static NTSTATUS
Report(WDFDEVICE Device)
{
    static const char text[] = "news";
    union {
        TARGET_DEVICE_CUSTOM_NOTIFICATION notification;
        UCHAR room[sizeof(TARGET_DEVICE_CUSTOM_NOTIFICATION) + sizeof(text)];
    } u = {.notification = {.Version = 1, .Event = guid_news, .NameBufferOffset = -1}};

    u.notification.Size =
        FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) + sizeof(text);
    RtlCopyMemory(u.notification.CustomDataBuffer, text, sizeof(text));
    return IoReportTargetDeviceChange(WdfDeviceWdmGetPhysicalDevice(Device), &u.notification);
}

static VOID
EvtIoDeviceControl(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                   size_t InputBufferLength, ULONG IoControlCode)
{
    WdfRequestComplete(Request, IoControlCode == IOCTL_REPORT ? Report(WdfIoQueueGetDevice(Queue))
                                                              : STATUS_INVALID_DEVICE_REQUEST);
}

static VOID
EvtIoWrite(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static NTSTATUS
CreateInterfaces(WDFDEVICE Device)
{
#ifdef MANY_INTERFACES
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; NT_SUCCESS(status) && i < MANY_INTERFACES; i++) {
        DECLARE_UNICODE_STRING_SIZE(reference, 16);

        status = RtlIntegerToUnicodeString(i, 10, &reference);
        if (NT_SUCCESS(status)) {
            status = WdfDeviceCreateDeviceInterface(Device, &guid_many, &reference);
        }
    }
    return status;
#else
    return WdfDeviceCreateDeviceInterface(Device, &guid_single, NULL);
#endif
}

static NTSTATUS
EvtDeviceAdd(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit)
{
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;
    NTSTATUS status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = EvtIoDeviceControl;
    config.EvtIoWrite = EvtIoWrite;
    status = WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    return NT_SUCCESS(status) ? CreateInterfaces(device) : status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, EvtDeviceAdd);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}
