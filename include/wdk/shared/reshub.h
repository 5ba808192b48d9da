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

/* ACPI's tag of such a descriptor, and its revisions. */
#define SERIAL_BUS_DESCRIPTOR             0x8e
#define SERIAL_BUS_DESCRIPTOR_REVISION    0x01
#define SERIAL_BUS_DESCRIPTOR_REVISION_V2 0x02

#define FILE_DEVICE_RESOURCE_HUB FILE_DEVICE_BUS_EXTENDER
#define IOCTL_RH_QUERY_CONNECTION_PROPERTIES                                                       \
    CTL_CODE(FILE_DEVICE_RESOURCE_HUB, 0x0, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define RH_QUERY_CONNECTION_PROPERTIES_INPUT_VERSION  1
#define RH_QUERY_CONNECTION_PROPERTIES_OUTPUT_VERSION 1

typedef enum _RH_QUERY_CONNECTION_PROPERTIES_INPUT_TYPE {
    ConnectionIdType,
    InterruptVectorType
} RH_QUERY_CONNECTION_PROPERTIES_INPUT_TYPE, *PRH_QUERY_CONNECTION_PROPERTIES_INPUT_TYPE;

typedef struct _RH_QUERY_CONNECTION_PROPERTIES_INPUT_BUFFER {
    ULONG Version;
    RH_QUERY_CONNECTION_PROPERTIES_INPUT_TYPE QueryType;
    union {
        LARGE_INTEGER ConnectionId;
        ULONG InterruptVector;
    } u;
} RH_QUERY_CONNECTION_PROPERTIES_INPUT_BUFFER, *PRH_QUERY_CONNECTION_PROPERTIES_INPUT_BUFFER;

/* What IOCTL_RH_QUERY_CONNECTION_PROPERTIES answers: the descriptor, and what follows it. */
typedef struct _RH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER {
    ULONG Version;
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

/* The opposite: the identity that the file's name, sixteen hexadecimal digits, stands for. */
OWDF_INLINE VOID
RESOURCE_HUB_ID_FROM_FILE_NAME(_In_ PCWSTR FileName, _Out_ PLARGE_INTEGER Id)
{
    ULONGLONG id = 0;
    int digit;

    for (digit = 0; digit < 16 && FileName[digit] != 0; digit++) {
        WCHAR c = FileName[digit];

        id = id << 4 | (ULONGLONG)(c <= L'9' ? c - L'0' : (c | 0x20) - L'a' + 10);
    }
    Id->QuadPart = (LONGLONG)id;
}

#endif
