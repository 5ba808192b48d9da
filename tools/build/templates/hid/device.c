/*
 * A HID device with eight buttons. The HID class driver, above, asks for descriptors and reports by
 * internal control codes; reads wait in a manual queue until the hardware has something to tell.
 */
#include "driver.h"

@kmdf
EVT_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL @Name@EvtIoControl;
@umdf
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL @Name@EvtIoControl;
@end

static const UCHAR @Name@ReportDescriptor[] = {
    0x06, 0x00, 0xFF, /* Usage Page (vendor defined) */
    0x09, 0x01,       /* Usage (1) */
    0xA1, 0x01,       /* Collection (Application) */
    0x05, 0x09,       /*   Usage Page (Button) */
    0x19, 0x01,       /*   Usage Minimum (1) */
    0x29, 0x08,       /*   Usage Maximum (8) */
    0x15, 0x00,       /*   Logical Minimum (0) */
    0x25, 0x01,       /*   Logical Maximum (1) */
    0x75, 0x01,       /*   Report Size (1) */
    0x95, 0x08,       /*   Report Count (8) */
    0x81, 0x02,       /*   Input (Data, Variable, Absolute) */
    0xC0,             /* End Collection */
};

static const HID_DESCRIPTOR @Name@HidDescriptor = {
    sizeof(HID_DESCRIPTOR), HID_HID_DESCRIPTOR_TYPE, HID_REVISION, 0, 1,
    {{HID_REPORT_DESCRIPTOR_TYPE, sizeof(@Name@ReportDescriptor)}},
};

NTSTATUS
@Name@EvtDeviceAdd(_In_ WDFDRIVER Driver, _Inout_ PWDFDEVICE_INIT DeviceInit)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG queueConfig;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);

    WdfFdoInitSetFilter(DeviceInit);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, @NAME@_DEVICE);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queueConfig, WdfIoQueueDispatchParallel);
@kmdf
    queueConfig.EvtIoInternalDeviceControl = @Name@EvtIoControl;
@umdf
    queueConfig.EvtIoDeviceControl = @Name@EvtIoControl;
@end
    status = WdfIoQueueCreate(device, &queueConfig, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_IO_QUEUE_CONFIG_INIT(&queueConfig, WdfIoQueueDispatchManual);
    return WdfIoQueueCreate(device, &queueConfig, WDF_NO_OBJECT_ATTRIBUTES,
                            &@Name@GetDevice(device)->Reads);
}

/* Answers with a copy of some bytes. */
static NTSTATUS
@Name@Answer(_In_ WDFREQUEST Request, _In_ const VOID *Bytes, _In_ size_t Length)
{
    WDFMEMORY memory;
    NTSTATUS status;

    status = WdfRequestRetrieveOutputMemory(Request, &memory);
    if (NT_SUCCESS(status)) {
        status = WdfMemoryCopyFromBuffer(memory, 0, (PVOID)Bytes, Length);
    }
    if (NT_SUCCESS(status)) {
        WdfRequestSetInformation(Request, Length);
    }
    return status;
}

static NTSTATUS
@Name@AnswerAttributes(_In_ WDFREQUEST Request)
{
    HID_DEVICE_ATTRIBUTES attributes;

    RtlZeroMemory(&attributes, sizeof(attributes));
    attributes.Size = sizeof(attributes);
    attributes.VendorID = @NAME@_VENDOR_ID;
    attributes.ProductID = @NAME@_PRODUCT_ID;
    attributes.VersionNumber = @NAME@_VERSION;
    return @Name@Answer(Request, &attributes, sizeof(attributes));
}

VOID
@Name@EvtIoControl(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t OutputBufferLength,
             _In_ size_t InputBufferLength, _In_ ULONG IoControlCode)
{
    @NAME@_DEVICE *context = @Name@GetDevice(WdfIoQueueGetDevice(Queue));
    NTSTATUS status;

    UNREFERENCED_PARAMETER(OutputBufferLength);
    UNREFERENCED_PARAMETER(InputBufferLength);

    switch (IoControlCode) {
    case IOCTL_HID_GET_DEVICE_DESCRIPTOR:
        status = @Name@Answer(Request, &@Name@HidDescriptor, sizeof(@Name@HidDescriptor));
        break;
    case IOCTL_HID_GET_REPORT_DESCRIPTOR:
        status = @Name@Answer(Request, @Name@ReportDescriptor, sizeof(@Name@ReportDescriptor));
        break;
    case IOCTL_HID_GET_DEVICE_ATTRIBUTES:
        status = @Name@AnswerAttributes(Request);
        break;
    case IOCTL_HID_READ_REPORT:
        status = WdfRequestForwardToIoQueue(Request, context->Reads);
        if (NT_SUCCESS(status)) {
            return; /* @Name@ReportChanged completes it. */
        }
        break;
    default:
        status = STATUS_NOT_SUPPORTED;
        break;
    }
    WdfRequestComplete(Request, status);
}

VOID
@Name@ReportChanged(_In_ WDFDEVICE Device, _In_ UCHAR Buttons)
{
    @NAME@_DEVICE *context = @Name@GetDevice(Device);
    WDFREQUEST request;

    context->Report.Buttons = Buttons;
    if (NT_SUCCESS(WdfIoQueueRetrieveNextRequest(context->Reads, &request))) {
        WdfRequestComplete(request, @Name@Answer(request, &context->Report, sizeof(context->Report)));
    }
}
