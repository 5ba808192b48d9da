/* SPDX-License-Identifier: MIT */
/*
 * A client's registration with the USB stack below it. A stack that is none of USB's has no version and no capability:
 * the handle is there all the same, as a client driver gets it in AddDevice, before anything was asked.
 */
#include "nt/usbd/usbd_priv.h"

#include "nt/ke/ke.h"

#define HANDLE_MAGIC 0x48425355u /* "USBH" */
#define USBDI        0x00000600u
#define USB_2_0      0x0200u

struct usbd_handle {
    ULONG magic;
    ULONG tag;
    PDEVICE_OBJECT device;
    PDEVICE_OBJECT target;
};

static struct usbd_handle *
decode(USBD_HANDLE handle, const void *caller)
{
    struct usbd_handle *decoded = (struct usbd_handle *)handle;

    if (decoded == NULL || decoded->magic != HANDLE_MAGIC) {
        ke_bugcheck(BUGCODE_USB_DRIVER, 0x5 /* Not what the function gave. */, (ULONG_PTR)handle, 0,
                    0, NULL, caller);
    }
    return decoded;
}

ULONG
usbd_tag(USBD_HANDLE handle)
{
    return decode(handle, __builtin_return_address(0))->tag;
}

/* IRQL PASSIVE_LEVEL; else STATUS_INVALID_LEVEL. The handle goes with USBD_CloseHandle. */
NTSTATUS
USBD_CreateHandle(PDEVICE_OBJECT DeviceObject, PDEVICE_OBJECT TargetDeviceObject,
                  ULONG USBDClientContractVersion, ULONG PoolTag, USBD_HANDLE *USBDHandle)
{
    struct usbd_handle *handle;

    if (ke_irql() != PASSIVE_LEVEL) {
        return STATUS_INVALID_LEVEL;
    }
    if (DeviceObject == NULL || TargetDeviceObject == NULL || USBDHandle == NULL || PoolTag == 0 ||
        USBDClientContractVersion != USBD_CLIENT_CONTRACT_VERSION_602) {
        return STATUS_INVALID_PARAMETER;
    }
    handle = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*handle), PoolTag);
    if (handle == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    handle->magic = HANDLE_MAGIC;
    handle->tag = PoolTag;
    handle->device = DeviceObject;
    handle->target = TargetDeviceObject;
    *USBDHandle = (USBD_HANDLE)handle;
    return STATUS_SUCCESS;
}

VOID
USBD_CloseHandle(USBD_HANDLE USBDHandle)
{
    struct usbd_handle *handle = decode(USBDHandle, __builtin_return_address(0));

    handle->magic = 0;
    ExFreePoolWithTag(handle, handle->tag);
}

VOID
USBD_AssignUrbToIoStackLocation(USBD_HANDLE USBDHandle, PIO_STACK_LOCATION IoStackLocation,
                                PURB Urb)
{
    (void)decode(USBDHandle, __builtin_return_address(0));
    IoStackLocation->Parameters.Others.Argument1 = Urb;
}

/* No USB stack is below, so none of its versions is supported. */
BOOLEAN
USBD_IsInterfaceVersionSupported(USBD_HANDLE USBDHandle, ULONG USBDInterfaceVersion)
{
    (void)decode(USBDHandle, __builtin_return_address(0));
    return FALSE;
}

/* "STATUS_NOT_IMPLEMENTED: The specified capability is not supported by the underlying USB driver stack." */
NTSTATUS
USBD_QueryUsbCapability(USBD_HANDLE USBDHandle, const GUID *CapabilityType,
                        ULONG OutputBufferLength, PUCHAR OutputBuffer, PULONG ResultLength)
{
    if (ResultLength != NULL) {
        *ResultLength = 0;
    }
    if (USBDHandle == NULL || CapabilityType == NULL ||
        (OutputBuffer == NULL) != (OutputBufferLength == 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    (void)decode(USBDHandle, __builtin_return_address(0));
    return STATUS_NOT_IMPLEMENTED;
}

/* The version of the interface that a client driver is built for; that of the bus cannot be known without a handle. */
VOID
USBD_GetUSBDIVersion(PUSBD_VERSION_INFORMATION VersionInformation)
{
    VersionInformation->USBDI_Version = USBDI;
    VersionInformation->Supported_USB_Version = USB_2_0;
}
