/*
 * A USB device with a bulk pipe in each direction: what an application reads comes from one, what it
 * writes goes to the other. Requests wait while the device has no power.
 */
#include "driver.h"

#include <initguid.h>

#include "public.h"

EVT_WDF_DEVICE_PREPARE_HARDWARE @Name@EvtDevicePrepareHardware;
EVT_WDF_IO_QUEUE_IO_READ @Name@EvtIoRead;
EVT_WDF_IO_QUEUE_IO_WRITE @Name@EvtIoWrite;
EVT_WDF_REQUEST_COMPLETION_ROUTINE @Name@TransferCompleted;

NTSTATUS
@Name@EvtDeviceAdd(_In_ WDFDRIVER Driver, _Inout_ PWDFDEVICE_INIT DeviceInit)
{
    WDF_PNPPOWER_EVENT_CALLBACKS pnpCallbacks;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG queueConfig;
    WDFDEVICE device;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Driver);

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnpCallbacks);
    pnpCallbacks.EvtDevicePrepareHardware = @Name@EvtDevicePrepareHardware;
    WdfDeviceInitSetPnpPowerEventCallbacks(DeviceInit, &pnpCallbacks);
    WdfDeviceInitSetIoType(DeviceInit, WdfDeviceIoDirect);

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, @NAME@_DEVICE);
    status = WdfDeviceCreate(&DeviceInit, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queueConfig, WdfIoQueueDispatchParallel);
    queueConfig.EvtIoRead = @Name@EvtIoRead;
    queueConfig.EvtIoWrite = @Name@EvtIoWrite;
    status = WdfIoQueueCreate(device, &queueConfig, WDF_NO_OBJECT_ATTRIBUTES, WDF_NO_HANDLE);
    if (!NT_SUCCESS(status)) {
        return status;
    }

    return WdfDeviceCreateDeviceInterface(device, &GUID_DEVINTERFACE_@NAME@, NULL);
}

/* The first bulk pipe in each direction of the device's first interface. */
static NTSTATUS
@Name@FindPipes(_In_ @NAME@_DEVICE *Context)
{
    WDFUSBINTERFACE usbInterface = WdfUsbTargetDeviceGetInterface(Context->UsbDevice, 0);
    UCHAR count = WdfUsbInterfaceGetNumConfiguredPipes(usbInterface);
    UCHAR i;

    Context->BulkIn = NULL;
    Context->BulkOut = NULL;
    for (i = 0; i < count; i++) {
        WDF_USB_PIPE_INFORMATION information;
        WDFUSBPIPE pipe;

        WDF_USB_PIPE_INFORMATION_INIT(&information);
        pipe = WdfUsbInterfaceGetConfiguredPipe(usbInterface, i, &information);
        if (information.PipeType != WdfUsbPipeTypeBulk) {
            continue;
        }
        if (WdfUsbTargetPipeIsInEndpoint(pipe) && Context->BulkIn == NULL) {
            Context->BulkIn = pipe;
        } else if (WdfUsbTargetPipeIsOutEndpoint(pipe) && Context->BulkOut == NULL) {
            Context->BulkOut = pipe;
        }
        /* Reads of any length, not only of whole packets. */
        WdfUsbTargetPipeSetNoMaximumPacketSizeCheck(pipe);
    }
    return Context->BulkIn != NULL && Context->BulkOut != NULL ? STATUS_SUCCESS
                                                               : STATUS_INVALID_DEVICE_STATE;
}

/* The hardware is there: opens it, selects its configuration and finds its pipes. */
NTSTATUS
@Name@EvtDevicePrepareHardware(_In_ WDFDEVICE Device, _In_ WDFCMRESLIST ResourcesRaw,
                         _In_ WDFCMRESLIST ResourcesTranslated)
{
    @NAME@_DEVICE *context = @Name@GetDevice(Device);
    WDF_USB_DEVICE_SELECT_CONFIG_PARAMS selectParams;
@kmdf
    WDF_USB_DEVICE_CREATE_CONFIG createConfig;
@end
    NTSTATUS status;

    UNREFERENCED_PARAMETER(ResourcesRaw);
    UNREFERENCED_PARAMETER(ResourcesTranslated);

    /* The target device lives as long as the device does, also when its resources change. */
    if (context->UsbDevice == NULL) {
@kmdf
        WDF_USB_DEVICE_CREATE_CONFIG_INIT(&createConfig, USBD_CLIENT_CONTRACT_VERSION_602);
        status = WdfUsbTargetDeviceCreateWithParameters(Device, &createConfig, WDF_NO_OBJECT_ATTRIBUTES,
                                                        &context->UsbDevice);
@umdf
        status = WdfUsbTargetDeviceCreate(Device, WDF_NO_OBJECT_ATTRIBUTES, &context->UsbDevice);
@end
        if (!NT_SUCCESS(status)) {
            return status;
        }
    }

    WDF_USB_DEVICE_SELECT_CONFIG_PARAMS_INIT_SINGLE_INTERFACE(&selectParams);
    status = WdfUsbTargetDeviceSelectConfig(context->UsbDevice, WDF_NO_OBJECT_ATTRIBUTES, &selectParams);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return @Name@FindPipes(context);
}

/* Sends a formatted request to a pipe; a request that cannot be sent is completed here. */
static VOID
@Name@Transfer(_In_ WDFREQUEST Request, _In_ WDFUSBPIPE Pipe, _In_ NTSTATUS FormatStatus)
{
    NTSTATUS status = FormatStatus;

    if (NT_SUCCESS(status)) {
        WdfRequestSetCompletionRoutine(Request, @Name@TransferCompleted, NULL);
        if (WdfRequestSend(Request, WdfUsbTargetPipeGetIoTarget(Pipe), WDF_NO_SEND_OPTIONS)) {
            return;
        }
        status = WdfRequestGetStatus(Request);
    }
    WdfRequestComplete(Request, status);
}

VOID
@Name@EvtIoRead(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    WDFUSBPIPE pipe = @Name@GetDevice(WdfIoQueueGetDevice(Queue))->BulkIn;
    WDFMEMORY memory;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Length);

    status = WdfRequestRetrieveOutputMemory(Request, &memory);
    if (NT_SUCCESS(status)) {
        status = WdfUsbTargetPipeFormatRequestForRead(pipe, Request, memory, NULL);
    }
    @Name@Transfer(Request, pipe, status);
}

VOID
@Name@EvtIoWrite(_In_ WDFQUEUE Queue, _In_ WDFREQUEST Request, _In_ size_t Length)
{
    WDFUSBPIPE pipe = @Name@GetDevice(WdfIoQueueGetDevice(Queue))->BulkOut;
    WDFMEMORY memory;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Length);

    status = WdfRequestRetrieveInputMemory(Request, &memory);
    if (NT_SUCCESS(status)) {
        status = WdfUsbTargetPipeFormatRequestForWrite(pipe, Request, memory, NULL);
    }
    @Name@Transfer(Request, pipe, status);
}

VOID
@Name@TransferCompleted(_In_ WDFREQUEST Request, _In_ WDFIOTARGET Target,
                  _In_ PWDF_REQUEST_COMPLETION_PARAMS Params, _In_ WDFCONTEXT Context)
{
    UNREFERENCED_PARAMETER(Target);
    UNREFERENCED_PARAMETER(Context);

    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status, Params->IoStatus.Information);
}
