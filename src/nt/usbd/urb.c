/* SPDX-License-Identifier: MIT */
/*
 * URBs that select a configuration or one setting of an interface: their variable part is made from interface
 * descriptors. The pipes are filled by whoever carries the request out; here they are counted.
 */
#include <ntddk.h>
#include <usbdlib.h>

#include <stdbool.h>
#include <string.h>

#include "nt/usbd/usbd_priv.h"

/* In the URB behind the pipe-less part; an interface without pipes still has room for one, as documented. */
static size_t
interface_size(const USB_INTERFACE_DESCRIPTOR *descriptor)
{
    size_t pipes = descriptor->bNumEndpoints;

    return FIELD_OFFSET(USBD_INTERFACE_INFORMATION, Pipes) + pipes * sizeof(USBD_PIPE_INFORMATION);
}

static void
fill_interface(USBD_INTERFACE_INFORMATION *information, const USB_INTERFACE_DESCRIPTOR *descriptor)
{
    information->Length = (USHORT)interface_size(descriptor);
    information->InterfaceNumber = descriptor->bInterfaceNumber;
    information->AlternateSetting = descriptor->bAlternateSetting;
    information->Class = descriptor->bInterfaceClass;
    information->SubClass = descriptor->bInterfaceSubClass;
    information->Protocol = descriptor->bInterfaceProtocol;
    information->NumberOfPipes = descriptor->bNumEndpoints;
    for (ULONG i = 0; i < information->NumberOfPipes; i++) {
        information->Pipes[i].MaximumTransferSize = USBD_DEFAULT_MAXIMUM_TRANSFER_SIZE;
    }
}

/* The size of the request for these interfaces; 0: it is more than an URB's Length can say. */
static size_t
select_configuration_size(const USBD_INTERFACE_LIST_ENTRY *list)
{
    size_t size = FIELD_OFFSET(struct _URB_SELECT_CONFIGURATION, Interface);

    for (; list->InterfaceDescriptor != NULL; list++) {
        size += interface_size(list->InterfaceDescriptor);
    }
    /* Nobody shall get less than the structure. */
    size = size < sizeof(struct _URB_SELECT_CONFIGURATION)
               ? sizeof(struct _URB_SELECT_CONFIGURATION)
               : size;
    return size <= MAXUSHORT ? size : 0;
}

static PURB
select_configuration(PUSB_CONFIGURATION_DESCRIPTOR descriptor, PUSBD_INTERFACE_LIST_ENTRY list,
                     ULONG tag)
{
    size_t size = select_configuration_size(list);
    PURB urb = size != 0 ? ExAllocatePoolZero(NonPagedPoolNx, size, tag) : NULL;
    char *at;

    if (urb == NULL) {
        return NULL;
    }
    urb->UrbHeader.Function = URB_FUNCTION_SELECT_CONFIGURATION;
    urb->UrbHeader.Length = (USHORT)size;
    urb->UrbSelectConfiguration.ConfigurationDescriptor = descriptor;
    at = (char *)&urb->UrbSelectConfiguration.Interface;
    for (; list->InterfaceDescriptor != NULL; list++) {
        list->Interface = (PUSBD_INTERFACE_INFORMATION)at;
        fill_interface(list->Interface, list->InterfaceDescriptor);
        at += list->Interface->Length;
    }
    return urb;
}

/*
 * InterfaceList ends with an entry without descriptor; each entry's Interface becomes its part of the URB, which the
 * caller frees with ExFreePool. NULL: memory is short, or the URB would be too long for its Length. IRQL <=
 * DISPATCH_LEVEL.
 */
PURB
USBD_CreateConfigurationRequestEx(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                  PUSBD_INTERFACE_LIST_ENTRY InterfaceList)
{
    return select_configuration(ConfigurationDescriptor, InterfaceList, USBD_TAG);
}

/* Setting 0 of every interface that the configuration has, in its order. *Siz: the URB's length. */
PURB
USBD_CreateConfigurationRequest(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor, PUSHORT Siz)
{
    PUSBD_INTERFACE_LIST_ENTRY list = ExAllocatePoolZero(
        NonPagedPoolNx, (ConfigurationDescriptor->bNumInterfaces + 1u) * sizeof(*list), USBD_TAG);
    PUSB_INTERFACE_DESCRIPTOR found = NULL;
    PVOID from = ConfigurationDescriptor;
    PURB urb;

    *Siz = 0;
    if (list == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < ConfigurationDescriptor->bNumInterfaces; i++) {
        found =
            USBD_ParseConfigurationDescriptorEx(ConfigurationDescriptor, from, -1, 0, -1, -1, -1);
        if (found == NULL) {
            break; /* It has fewer than it says. */
        }
        list[i].InterfaceDescriptor = found;
        from = (PUCHAR)found + found->bLength;
    }
    urb = select_configuration(ConfigurationDescriptor, list, USBD_TAG);
    *Siz = urb != NULL ? urb->UrbHeader.Length : 0;
    ExFreePoolWithTag(list, USBD_TAG);
    return urb;
}

NTSTATUS
USBD_SelectConfigUrbAllocateAndBuild(USBD_HANDLE USBDHandle,
                                     PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                     PUSBD_INTERFACE_LIST_ENTRY InterfaceList, PURB *Urb)
{
    if (USBDHandle == NULL || Urb == NULL || ConfigurationDescriptor == NULL ||
        InterfaceList == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    *Urb = select_configuration(ConfigurationDescriptor, InterfaceList, usbd_tag(USBDHandle));
    return *Urb != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS
USBD_SelectInterfaceUrbAllocateAndBuild(USBD_HANDLE USBDHandle,
                                        USBD_CONFIGURATION_HANDLE ConfigurationHandle,
                                        PUSBD_INTERFACE_LIST_ENTRY InterfaceListEntry, PURB *Urb)
{
    size_t size;
    PURB urb;

    if (USBDHandle == NULL || Urb == NULL || ConfigurationHandle == NULL ||
        InterfaceListEntry == NULL || InterfaceListEntry->InterfaceDescriptor == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    *Urb = NULL;
    size = FIELD_OFFSET(struct _URB_SELECT_INTERFACE, Interface) +
           interface_size(InterfaceListEntry->InterfaceDescriptor);
    size =
        size < sizeof(struct _URB_SELECT_INTERFACE) ? sizeof(struct _URB_SELECT_INTERFACE) : size;
    urb = ExAllocatePoolZero(NonPagedPoolNx, size, usbd_tag(USBDHandle));
    if (urb == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    urb->UrbHeader.Function = URB_FUNCTION_SELECT_INTERFACE;
    urb->UrbHeader.Length = (USHORT)size;
    urb->UrbSelectInterface.ConfigurationHandle = ConfigurationHandle;
    fill_interface(&urb->UrbSelectInterface.Interface, InterfaceListEntry->InterfaceDescriptor);
    InterfaceListEntry->Interface = &urb->UrbSelectInterface.Interface;
    *Urb = urb;
    return STATUS_SUCCESS;
}

static NTSTATUS
allocate(USBD_HANDLE handle, size_t size, PURB *urb)
{
    if (urb != NULL) {
        *urb = NULL;
    }
    if (handle == NULL || urb == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    *urb = ExAllocatePoolZero(NonPagedPoolNx, size, usbd_tag(handle));
    return *urb != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* Zeroed, for any request of a fixed length. IRQL <= DISPATCH_LEVEL. */
NTSTATUS
USBD_UrbAllocate(USBD_HANDLE USBDHandle, PURB *Urb)
{
    return allocate(USBDHandle, sizeof(URB), Urb);
}

NTSTATUS
USBD_IsochUrbAllocate(USBD_HANDLE USBDHandle, ULONG NumberOfIsochPacket, PURB *Urb)
{
    size_t size = GET_ISO_URB_SIZE((size_t)NumberOfIsochPacket);
    NTSTATUS status;

    if (size > MAXUSHORT) {
        return STATUS_INVALID_PARAMETER;
    }
    status = allocate(USBDHandle, size < sizeof(URB) ? sizeof(URB) : size, Urb);
    if (NT_SUCCESS(status)) {
        (*Urb)->UrbHeader.Function = URB_FUNCTION_ISOCH_TRANSFER;
        (*Urb)->UrbHeader.Length = (USHORT)size;
        (*Urb)->UrbIsochronousTransfer.NumberOfPackets = NumberOfIsochPacket;
    }
    return status;
}

VOID
USBD_UrbFree(USBD_HANDLE USBDHandle, PURB Urb)
{
    ExFreePoolWithTag(Urb, usbd_tag(USBDHandle));
}
