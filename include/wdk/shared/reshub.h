/* SPDX-License-Identifier: MIT */
/*
 * The resource hub: a driver opens a controller's connection (GPIO, I2C, SPI, UART) by a path made of the
 * connection id that it finds among its resources.
 */
#ifndef _RESHUB_H_
#define _RESHUB_H_

#ifdef _KERNEL_MODE
#define RESOURCE_HUB_DEVICE_NAME L"\\Device\\RESOURCE_HUB"
#else
#define RESOURCE_HUB_DEVICE_NAME L"\\\\.\\RESOURCE_HUB"
#endif

/* The head of a serial bus connection among a device's resources: ACPI's descriptor of the same name. */
#pragma pack(push, 1)
typedef struct _PNP_SERIAL_BUS_DESCRIPTOR {
    UCHAR Tag;
    USHORT Length;
    UCHAR RevisionId;
    UCHAR ResourceSourceIndex;
    UCHAR SerialBusType;
    UCHAR GeneralFlags;
    USHORT TypeSpecificFlags;
    UCHAR TypeSpecificRevisionId;
    USHORT TypeDataLength;
} PNP_SERIAL_BUS_DESCRIPTOR, *PPNP_SERIAL_BUS_DESCRIPTOR;
#pragma pack(pop)

/* What IOCTL_RH_QUERY_CONNECTION_PROPERTIES answers: the descriptor, and what follows it. */
typedef struct _RH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER {
    ULONG PropertiesLength;
    UCHAR ConnectionProperties[ANYSIZE_ARRAY];
} RH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER, *PRH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER;

/* Bytes of the path with its final zero: the device's name, a back-slash, sixteen hexadecimal digits. */
#define RESOURCE_HUB_PATH_SIZE                                                                     \
    (sizeof(RESOURCE_HUB_DEVICE_NAME) + sizeof(L"\\0000000000000000") - sizeof(WCHAR))

#define RESOURCE_HUB_PATH_CHARS (RESOURCE_HUB_PATH_SIZE / sizeof(WCHAR))

/* Fills a string whose buffer holds RESOURCE_HUB_PATH_SIZE bytes; else STATUS_BUFFER_TOO_SMALL. */
OWDF_INLINE NTSTATUS
RESOURCE_HUB_CREATE_PATH_FROM_ID(_Inout_ PUNICODE_STRING DevicePath, _In_ ULONG ConnIdLowPart,
                                 _In_ ULONG ConnIdHighPart)
{
    const WCHAR name[] = RESOURCE_HUB_DEVICE_NAME;
    ULONGLONG id = ((ULONGLONG)ConnIdHighPart << 32) | ConnIdLowPart;
    USHORT used = 0;
    int shift;

    if (DevicePath->MaximumLength < RESOURCE_HUB_PATH_SIZE) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    while (name[used] != 0) {
        DevicePath->Buffer[used] = name[used];
        used++;
    }
    DevicePath->Buffer[used++] = L'\\';
    for (shift = 60; shift >= 0; shift -= 4) {
        DevicePath->Buffer[used++] = (WCHAR)(L"0123456789abcdef"[(id >> shift) & 0xf]);
    }
    DevicePath->Buffer[used] = 0;
    DevicePath->Length = (USHORT)(used * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

#endif
