/* SPDX-License-Identifier: MIT */
/*
 * HidD_…: each is a control request to the HID class driver behind the handle. Strings come back as the device
 * gave them. Preparsed data is the class driver's as it is; HidP_… (src/hid) reads it.
 */
#include <windows.h>
#include <hidsdi.h>

#include <hidclass.h>
#include <stdlib.h>
#include <string.h>

#include "hid/preparsed.h"

/* {4d1e55b2-f16f-11cf-88cb-001111000030} */
static const GUID hid_guid = {
    0x4d1e55b2, 0xf16f, 0x11cf, {0x88, 0xcb, 0x00, 0x11, 0x11, 0x00, 0x00, 0x30}};

VOID
HidD_GetHidGuid(LPGUID HidGuid)
{
    *HidGuid = hid_guid;
}

static BOOLEAN
control(HANDLE device, DWORD code, PVOID in, ULONG in_size, PVOID out, ULONG out_size)
{
    DWORD bytes;

    return (BOOLEAN)(DeviceIoControl(device, code, in, in_size, out, out_size, &bytes, NULL) != 0);
}

BOOLEAN
HidD_GetAttributes(HANDLE HidDeviceObject, PHIDD_ATTRIBUTES Attributes)
{
    HID_COLLECTION_INFORMATION information;

    if (!control(HidDeviceObject, IOCTL_HID_GET_COLLECTION_INFORMATION, NULL, 0, &information,
                 sizeof(information))) {
        return FALSE;
    }
    Attributes->Size = sizeof(*Attributes);
    Attributes->VendorID = information.VendorID;
    Attributes->ProductID = information.ProductID;
    Attributes->VersionNumber = information.VersionNumber;
    return TRUE;
}

/* The block of the collection that the handle is open on; for HidD_FreePreparsedData. */
BOOLEAN
HidD_GetPreparsedData(HANDLE HidDeviceObject, PHIDP_PREPARSED_DATA *PreparsedData)
{
    HID_COLLECTION_INFORMATION information;
    PHIDP_PREPARSED_DATA data;
    DWORD bytes = 0;

    if (!control(HidDeviceObject, IOCTL_HID_GET_COLLECTION_INFORMATION, NULL, 0, &information,
                 sizeof(information))) {
        return FALSE;
    }
    data = information.DescriptorSize >= sizeof(*data) ? malloc(information.DescriptorSize) : NULL;
    if (data == NULL) {
        SetLastError(information.DescriptorSize >= sizeof(*data) ? ERROR_NOT_ENOUGH_MEMORY
                                                                 : ERROR_INVALID_DATA);
        return FALSE;
    }
    if (!DeviceIoControl(HidDeviceObject, IOCTL_HID_GET_COLLECTION_DESCRIPTOR, NULL, 0, data,
                         information.DescriptorSize, &bytes, NULL)) {
        free(data);
        return FALSE;
    }
    if (bytes < sizeof(*data) || data->magic != HID_MAGIC || data->size > bytes) {
        free(data);
        SetLastError(ERROR_INVALID_DATA);
        return FALSE;
    }
    *PreparsedData = data;
    return TRUE;
}

BOOLEAN
HidD_FreePreparsedData(PHIDP_PREPARSED_DATA PreparsedData)
{
    free(PreparsedData);
    return TRUE;
}

BOOLEAN
HidD_FlushQueue(HANDLE HidDeviceObject)
{
    return control(HidDeviceObject, IOCTL_HID_FLUSH_QUEUE, NULL, 0, NULL, 0);
}

/* The report's first byte is its id, both ways. */
BOOLEAN
HidD_GetFeature(HANDLE HidDeviceObject, PVOID ReportBuffer, ULONG ReportBufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_GET_FEATURE, ReportBuffer, ReportBufferLength,
                   ReportBuffer, ReportBufferLength);
}

BOOLEAN
HidD_SetFeature(HANDLE HidDeviceObject, PVOID ReportBuffer, ULONG ReportBufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_SET_FEATURE, ReportBuffer, ReportBufferLength, NULL,
                   0);
}

BOOLEAN
HidD_GetInputReport(HANDLE HidDeviceObject, PVOID ReportBuffer, ULONG ReportBufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_GET_INPUT_REPORT, ReportBuffer, ReportBufferLength,
                   ReportBuffer, ReportBufferLength);
}

BOOLEAN
HidD_SetOutputReport(HANDLE HidDeviceObject, PVOID ReportBuffer, ULONG ReportBufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_SET_OUTPUT_REPORT, ReportBuffer, ReportBufferLength,
                   NULL, 0);
}

BOOLEAN
HidD_GetManufacturerString(HANDLE HidDeviceObject, PVOID Buffer, ULONG BufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_GET_MANUFACTURER_STRING, NULL, 0, Buffer,
                   BufferLength);
}

BOOLEAN
HidD_GetProductString(HANDLE HidDeviceObject, PVOID Buffer, ULONG BufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_GET_PRODUCT_STRING, NULL, 0, Buffer, BufferLength);
}

BOOLEAN
HidD_GetSerialNumberString(HANDLE HidDeviceObject, PVOID Buffer, ULONG BufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_GET_SERIALNUMBER_STRING, NULL, 0, Buffer,
                   BufferLength);
}

BOOLEAN
HidD_GetIndexedString(HANDLE HidDeviceObject, ULONG StringIndex, PVOID Buffer, ULONG BufferLength)
{
    return control(HidDeviceObject, IOCTL_HID_GET_INDEXED_STRING, &StringIndex, sizeof(StringIndex),
                   Buffer, BufferLength);
}

BOOLEAN
HidD_GetNumInputBuffers(HANDLE HidDeviceObject, PULONG NumberBuffers)
{
    return control(HidDeviceObject, IOCTL_GET_NUM_DEVICE_INPUT_BUFFERS, NULL, 0, NumberBuffers,
                   sizeof(*NumberBuffers));
}

BOOLEAN
HidD_SetNumInputBuffers(HANDLE HidDeviceObject, ULONG NumberBuffers)
{
    return control(HidDeviceObject, IOCTL_SET_NUM_DEVICE_INPUT_BUFFERS, &NumberBuffers,
                   sizeof(NumberBuffers), NULL, 0);
}
