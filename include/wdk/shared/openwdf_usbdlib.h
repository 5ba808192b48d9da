/* SPDX-License-Identifier: MIT */
/* The USBD functions since Windows 8, which work with a client's handle. Included by <usbdlib.h>. */
#ifndef OPENWDF_USBDLIB_H
#define OPENWDF_USBDLIB_H

#include <ntdef.h>
#include <usb.h>

#ifdef __cplusplus
extern "C" {
#endif

struct _DEVICE_OBJECT;
struct _IO_STACK_LOCATION;

DECLARE_HANDLE(USBD_HANDLE);

#define USBD_CLIENT_CONTRACT_VERSION_INVALID 0xFFFFFFFF
#define USBD_CLIENT_CONTRACT_VERSION_602     0x602
#define USBD_INTERFACE_VERSION_600           0x600
#define USBD_INTERFACE_VERSION_602           0x602
#define USBD_INTERFACE_VERSION_603           0x603

NTKERNELAPI NTSTATUS USBD_CreateHandle(struct _DEVICE_OBJECT *DeviceObject,
                                       struct _DEVICE_OBJECT *TargetDeviceObject,
                                       ULONG USBDClientContractVersion, ULONG PoolTag,
                                       USBD_HANDLE *USBDHandle);
NTKERNELAPI VOID USBD_CloseHandle(USBD_HANDLE USBDHandle);
NTKERNELAPI NTSTATUS USBD_UrbAllocate(USBD_HANDLE USBDHandle, PURB *Urb);
NTKERNELAPI NTSTATUS USBD_IsochUrbAllocate(USBD_HANDLE USBDHandle, ULONG NumberOfIsochPacket,
                                           PURB *Urb);
NTKERNELAPI NTSTATUS USBD_SelectConfigUrbAllocateAndBuild(
    USBD_HANDLE USBDHandle, PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
    PUSBD_INTERFACE_LIST_ENTRY InterfaceList, PURB *Urb);
NTKERNELAPI NTSTATUS USBD_SelectInterfaceUrbAllocateAndBuild(
    USBD_HANDLE USBDHandle, USBD_CONFIGURATION_HANDLE ConfigurationHandle,
    PUSBD_INTERFACE_LIST_ENTRY InterfaceListEntry, PURB *Urb);
NTKERNELAPI VOID USBD_UrbFree(USBD_HANDLE USBDHandle, PURB Urb);
NTKERNELAPI VOID USBD_AssignUrbToIoStackLocation(USBD_HANDLE USBDHandle,
                                                 struct _IO_STACK_LOCATION *IoStackLocation,
                                                 PURB Urb);
NTKERNELAPI BOOLEAN USBD_IsInterfaceVersionSupported(USBD_HANDLE USBDHandle,
                                                     ULONG USBDInterfaceVersion);
NTKERNELAPI NTSTATUS USBD_QueryUsbCapability(USBD_HANDLE USBDHandle, const GUID *CapabilityType,
                                             ULONG OutputBufferLength, PUCHAR OutputBuffer,
                                             PULONG ResultLength);

#ifdef __cplusplus
}
#endif

#endif
