/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: a walk from one to the next by bLength, which is what the device says. A descriptor shorter than its two
 * common bytes, or longer than what is left, ends every walk.
 */
#include <ntddk.h>
#include <usbdlib.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CONFIGURATION_SIZE 9u
#define INTERFACE_SIZE     9u
#define ENDPOINT_SIZE      7u
#define ASSOCIATION_SIZE   8u
#define ASSOCIATION_TYPE   0x0B
#define ENDPOINTS          32 /* Numbers 0 … 15, two directions. */

/* The descriptor at `at` if it is whole before `end`; NULL: the walk is over. */
static const USB_COMMON_DESCRIPTOR *
whole(const UCHAR *at, const UCHAR *end)
{
    const USB_COMMON_DESCRIPTOR *descriptor = (const void *)at;

    if ((size_t)(end - at) < sizeof(*descriptor) || descriptor->bLength < sizeof(*descriptor) ||
        descriptor->bLength > (size_t)(end - at)) {
        return NULL;
    }
    return descriptor;
}

static bool
is_inside(const void *start, const void *buffer, size_t size)
{
    return (uintptr_t)start >= (uintptr_t)buffer && (uintptr_t)start - (uintptr_t)buffer <= size;
}

/* The first descriptor of that type from StartPosition on; NULL: there is none. Any IRQL. */
PUSB_COMMON_DESCRIPTOR
USBD_ParseDescriptors(PVOID DescriptorBuffer, ULONG TotalLength, PVOID StartPosition,
                      LONG DescriptorType)
{
    const UCHAR *end = (const UCHAR *)DescriptorBuffer + TotalLength;
    const UCHAR *at = StartPosition;
    const USB_COMMON_DESCRIPTOR *found;

    if (!is_inside(StartPosition, DescriptorBuffer, TotalLength)) {
        return NULL;
    }
    while ((found = whole(at, end)) != NULL) {
        if (found->bDescriptorType == DescriptorType) {
            return (PUSB_COMMON_DESCRIPTOR)found;
        }
        at += found->bLength;
    }
    return NULL;
}

/* -1 is anything. */
static bool
fits(LONG wanted, UCHAR value)
{
    return wanted == -1 || wanted == value;
}

/* The first interface descriptor from StartPosition on that fits all; NULL: there is none. Any IRQL. */
PUSB_INTERFACE_DESCRIPTOR
USBD_ParseConfigurationDescriptorEx(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                    PVOID StartPosition, LONG InterfaceNumber,
                                    LONG AlternateSetting, LONG InterfaceClass,
                                    LONG InterfaceSubClass, LONG InterfaceProtocol)
{
    ULONG length = ConfigurationDescriptor->wTotalLength;
    UCHAR *at = StartPosition;
    PUSB_INTERFACE_DESCRIPTOR found;

    while ((found = (PUSB_INTERFACE_DESCRIPTOR)USBD_ParseDescriptors(
                ConfigurationDescriptor, length, at, USB_INTERFACE_DESCRIPTOR_TYPE)) != NULL) {
        if (found->bLength >= INTERFACE_SIZE && fits(InterfaceNumber, found->bInterfaceNumber) &&
            fits(AlternateSetting, found->bAlternateSetting) &&
            fits(InterfaceClass, found->bInterfaceClass) &&
            fits(InterfaceSubClass, found->bInterfaceSubClass) &&
            fits(InterfaceProtocol, found->bInterfaceProtocol)) {
            return found;
        }
        at = (UCHAR *)found + found->bLength;
    }
    return NULL;
}

/* The deprecated form: its criteria are bytes, so -1 is 255 here. */
PUSB_INTERFACE_DESCRIPTOR
USBD_ParseConfigurationDescriptor(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                  UCHAR InterfaceNumber, UCHAR AlternateSetting)
{
    return USBD_ParseConfigurationDescriptorEx(ConfigurationDescriptor, ConfigurationDescriptor,
                                               InterfaceNumber == 0xFF ? -1 : InterfaceNumber,
                                               AlternateSetting == 0xFF ? -1 : AlternateSetting, -1,
                                               -1, -1);
}

/* The bytes of an interface descriptor and of all that belongs to it: up to the next interface or BufferEnd. */
ULONG
USBD_GetInterfaceLength(PUSB_INTERFACE_DESCRIPTOR InterfaceDescriptor, PUCHAR BufferEnd)
{
    const UCHAR *start = (const UCHAR *)InterfaceDescriptor;
    const UCHAR *at = start;
    const USB_COMMON_DESCRIPTOR *next;

    if ((uintptr_t)BufferEnd < (uintptr_t)start) {
        return 0;
    }
    while ((next = whole(at, BufferEnd)) != NULL &&
           (at == start || next->bDescriptorType != USB_INTERFACE_DESCRIPTOR_TYPE)) {
        at += next->bLength;
    }
    return (ULONG)(at - start);
}

/* Validation ----------------------------------------------------------------------------------- */

struct check {
    const USB_CONFIGURATION_DESCRIPTOR *configuration;
    USHORT level;
    const UCHAR *at; /* The descriptor that is looked at. */
    /* Of the current interface. */
    const USB_INTERFACE_DESCRIPTOR *interface;
    unsigned endpoints;
    bool endpoint_seen[ENDPOINTS];
    /* Of all. */
    UCHAR seen[256][256 / 8]; /* [interface]: a bit for each of its settings. */
    bool number_seen[256];
    unsigned numbers;
};

/* [interface] and setting; false: it was there before. */
static bool
note_setting(UCHAR (*seen)[256 / 8], UCHAR number, UCHAR setting)
{
    UCHAR bit = (UCHAR)(1u << (setting % 8));
    bool is_new = (seen[number][setting / 8] & bit) == 0;

    seen[number][setting / 8] |= bit;
    return is_new;
}

static bool
interface_is_complete(const struct check *check)
{
    return check->level < 3 || check->interface == NULL ||
           check->endpoints == check->interface->bNumEndpoints;
}

static USBD_STATUS
check_interface(struct check *check, const USB_INTERFACE_DESCRIPTOR *descriptor)
{
    UCHAR number = descriptor->bInterfaceNumber;

    if (descriptor->bLength < INTERFACE_SIZE ||
        (check->level >= 3 && descriptor->bLength != INTERFACE_SIZE)) {
        return USBD_STATUS_BAD_DESCRIPTOR_BLEN;
    }
    if (!interface_is_complete(check)) {
        return USBD_STATUS_BAD_INTERFACE_DESCRIPTOR;
    }
    if (!note_setting(check->seen, number, descriptor->bAlternateSetting)) {
        return USBD_STATUS_BAD_INTERFACE_DESCRIPTOR; /* A second time. */
    }
    if (!check->number_seen[number]) {
        if (check->level >= 3 && number != check->numbers) {
            return USBD_STATUS_BAD_INTERFACE_DESCRIPTOR; /* Out of order. */
        }
        check->number_seen[number] = true;
        check->numbers++;
    }
    check->interface = descriptor;
    check->endpoints = 0;
    memset(check->endpoint_seen, 0, sizeof(check->endpoint_seen));
    return USBD_STATUS_SUCCESS;
}

static USBD_STATUS
check_endpoint(struct check *check, const USB_ENDPOINT_DESCRIPTOR *descriptor)
{
    UCHAR address = descriptor->bEndpointAddress;
    unsigned index;

    if (descriptor->bLength < ENDPOINT_SIZE) {
        return USBD_STATUS_BAD_DESCRIPTOR_BLEN;
    }
    address = descriptor->bEndpointAddress;
    index = (address & USB_ENDPOINT_ADDRESS_MASK) + (USB_ENDPOINT_DIRECTION_IN(address) ? 16 : 0);
    if (check->interface == NULL || (address & USB_ENDPOINT_ADDRESS_MASK) == 0 ||
        (address & 0x70) != 0 || check->endpoint_seen[index]) {
        return USBD_STATUS_BAD_ENDPOINT_DESCRIPTOR;
    }
    check->endpoint_seen[index] = true;
    check->endpoints++;
    return USBD_STATUS_SUCCESS;
}

static USBD_STATUS
check_one(struct check *check, const USB_COMMON_DESCRIPTOR *descriptor)
{
    switch (descriptor->bDescriptorType) {
    case USB_CONFIGURATION_DESCRIPTOR_TYPE:
        return check->at == (const UCHAR *)check->configuration ? USBD_STATUS_SUCCESS
                                                                : USBD_STATUS_BAD_DESCRIPTOR_TYPE;
    case USB_INTERFACE_DESCRIPTOR_TYPE:
        return check_interface(check, (const void *)descriptor);
    case USB_ENDPOINT_DESCRIPTOR_TYPE:
        return check_endpoint(check, (const void *)descriptor);
    case ASSOCIATION_TYPE:
        return descriptor->bLength == ASSOCIATION_SIZE ? USBD_STATUS_SUCCESS
                                                       : USBD_STATUS_BAD_INTERFACE_ASSOC_DESCRIPTOR;
    default:
        return USBD_STATUS_SUCCESS; /* Of a class or a vendor. */
    }
}

static USBD_STATUS
check_all(struct check *check, const UCHAR *end)
{
    while (check->at < end) {
        const USB_COMMON_DESCRIPTOR *descriptor = whole(check->at, end);
        USBD_STATUS status =
            descriptor != NULL ? check_one(check, descriptor) : USBD_STATUS_BAD_DESCRIPTOR_BLEN;

        if (status != USBD_STATUS_SUCCESS) {
            return status;
        }
        check->at += descriptor->bLength;
    }
    if (!interface_is_complete(check)) {
        return USBD_STATUS_BAD_INTERFACE_DESCRIPTOR;
    }
    return check->numbers == check->configuration->bNumInterfaces
               ? USBD_STATUS_SUCCESS
               : USBD_STATUS_INAVLID_CONFIGURATION_DESCRIPTOR;
}

/* The header: level 1. */
static USBD_STATUS
check_header(const USB_CONFIGURATION_DESCRIPTOR *configuration, ULONG length, USHORT level)
{
    if (length < CONFIGURATION_SIZE) {
        return USBD_STATUS_BAD_CONFIG_DESC_LENGTH;
    }
    if (configuration->bDescriptorType != USB_CONFIGURATION_DESCRIPTOR_TYPE) {
        return USBD_STATUS_BAD_DESCRIPTOR_TYPE;
    }
    if (configuration->bLength < CONFIGURATION_SIZE ||
        (level >= 3 && configuration->bLength != CONFIGURATION_SIZE)) {
        return USBD_STATUS_BAD_DESCRIPTOR_BLEN;
    }
    if (configuration->wTotalLength > length ||
        configuration->wTotalLength < configuration->bLength) {
        return USBD_STATUS_BAD_CONFIG_DESC_LENGTH;
    }
    return USBD_STATUS_SUCCESS;
}

/*
 * Level 1: the header; 2: every descriptor's length, interface numbers and settings, endpoint addresses, the number of
 * interfaces; 3: also the number of endpoints of each interface, exact lengths, interface numbers in sequence. *Offset:
 * the descriptor at which it failed. IRQL <= DISPATCH_LEVEL.
 */
USBD_STATUS
USBD_ValidateConfigurationDescriptor(PUSB_CONFIGURATION_DESCRIPTOR ConfigDesc, ULONG BufferLength,
                                     USHORT Level, PUCHAR *Offset, ULONG Tag)
{
    USBD_STATUS status = check_header(ConfigDesc, BufferLength, Level);
    struct check *check;

    *Offset = (PUCHAR)ConfigDesc;
    if (status != USBD_STATUS_SUCCESS || Level < 2) {
        return status;
    }
    check = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*check), Tag != 0 ? Tag : 'DBSU');
    if (check == NULL) {
        return USBD_STATUS_INSUFFICIENT_RESOURCES;
    }
    check->configuration = ConfigDesc;
    check->level = Level;
    check->at = (const UCHAR *)ConfigDesc;
    status = check_all(check, check->at + ConfigDesc->wTotalLength);
    *Offset = (PUCHAR)check->at;
    ExFreePool(check);
    return status;
}
