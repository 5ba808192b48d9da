/*
 * The bus and its children. What is plugged in is told to the framework's child list; the framework
 * compares, reports to the PnP manager, and asks for a device object when a child is new.
 */
#include "driver.h"

#include <initguid.h>
#include <ntstrsafe.h>

#include "public.h"

#define ID_CHARACTERS 32

EVT_WDF_CHILD_LIST_CREATE_DEVICE @Name@EvtChildListCreateDevice;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL @Name@EvtIoDeviceControl;

NTSTATUS
@Name@EvtDeviceAdd(_In_ WDFDRIVER Driver, _Inout_ PWDFDEVICE_INIT DeviceInit)
{
    WDF_CHILD_LIST_CONFIG childConfig;
    WDF_IO_QUEUE_CONFIG queueConfig;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);

    WdfDeviceInitSetDeviceType(DeviceInit, FILE_DEVICE_BUS_EXTENDER);

    WDF_CHILD_LIST_CONFIG_INIT(&childConfig, sizeof(@NAME@_CHILD), @Name@EvtChildListCreateDevice);
    WdfFdoInitSetDefaultChildListConfig(DeviceInit, &childConfig, WDF_NO_OBJECT_ATTRIBUTES);

    status = WdfDeviceCreate(&DeviceInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queueConfig, WdfIoQueueDispatchSequential);
    queueConfig.EvtIoDeviceControl = @Name@EvtIoDeviceControl;
    status = WdfIoQueueCreate(device, &queueConfig, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    return WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_@NAME@, NULL);
}

/* Gives a child its names: the device identifier tells its kind, the instance its serial number. */
static NTSTATUS
@Name@NameChild(_In_ PWDFDEVICE_INIT ChildInit, _In_ ULONG SerialNumber)
{
    DECLARE_CONST_UNICODE_STRING(deviceId, @NAME@_CHILD_HARDWARE_ID);
    DECLARE_UNICODE_STRING_SIZE(text, ID_CHARACTERS);
    DECLARE_CONST_UNICODE_STRING(location, L"@name@");
    NTSTATUS status;

    status = WdfPdoInitAssignDeviceID(ChildInit, &deviceId);
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAddHardwareID(ChildInit, &deviceId);
    }
    if (NT_SUCCESS(status)) {
        status = RtlUnicodeStringPrintf(&text, L"%02u", SerialNumber);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAssignInstanceID(ChildInit, &text);
    }
    if (NT_SUCCESS(status)) {
        status = RtlUnicodeStringPrintf(&text, L"@name@ child %u", SerialNumber);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAddDeviceText(ChildInit, &text, &location, 0x409);
    }
    if (NT_SUCCESS(status)) {
        WdfPdoInitSetDefaultLocale(ChildInit, 0x409);
    }
    return status;
}

/* A child that the framework has not seen before. */
NTSTATUS
@Name@EvtChildListCreateDevice(_In_ WDFCHILDLIST ChildList,
                         _In_ PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER Identification,
                         _In_ PWDFDEVICE_INIT ChildInit)
{
    @NAME@_CHILD *child = CONTAINING_RECORD(Identification, @NAME@_CHILD, Header);
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(ChildList);

    status = @Name@NameChild(ChildInit, child->SerialNumber);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return WdfDeviceCreate(&ChildInit, WDF_NO_OBJECT_ATTRIBUTES, &device);
}

/* Plugs a child in, or pulls it. */
VOID
@Name@EvtIoDeviceControl(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t OutputBufferLength,
                   _In_ size_t InputBufferLength, _In_ ULONG IoControlCode)
{
    WDFCHILDLIST list = WdfFdoGetDefaultChildList(WdfIoQueueGetDevice(Queue));
    @NAME@_CHILD child;
    NTSTATUS status;
    ULONG *serialNumber;

    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);

    status = WdfRequestRetrieveInputBuffer(Request, sizeof(*serialNumber), (PVOID *)&serialNumber, NULL);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(Request, status);
        return;
    }
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&child.Header, sizeof(child));
    child.SerialNumber = *serialNumber;

    switch (IoControlCode) {
    case IOCTL_@NAME@_PLUG_IN:
        status = WdfChildListAddOrUpdateChildDescriptionAsPresent(list, &child.Header, NULL);
        if (status == STATUS_OBJECT_NAME_EXISTS) {
            status = STATUS_INVALID_PARAMETER; /* There is one with that number. */
        }
        break;
    case IOCTL_@NAME@_UNPLUG:
        status = WdfChildListUpdateChildDescriptionAsMissing(list, &child.Header);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        break;
    }
    WdfRequestComplete(Request, status);
}
