/* SPDX-License-Identifier: MIT */
/* Comparing and summing memory. */
#include "nt/rtl/rtl_priv.h"

/* Returns how many bytes are equal up to the first that differs. */
SIZE_T
RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *a = Source1, *b = Source2;
    SIZE_T i = 0;

    while (i < Length && a[i] == b[i]) {
        i++;
    }
    return i;
}

/* The same against a repeated pattern; 0 when address or length is no multiple of four. */
SIZE_T
RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern)
{
    const ULONG *words = Source;
    SIZE_T i = 0;

    if ((ULONG_PTR)Source % sizeof(ULONG) != 0 || Length % sizeof(ULONG) != 0) {
        return 0;
    }
    while (i < Length / sizeof(ULONG) && words[i] == Pattern) {
        i++;
    }
    return i * sizeof(ULONG);
}

/* The CRC of Ethernet and zip, a nibble at a time. PartialCrc: 0, or the CRC of what came before. */
ULONG
RtlComputeCrc32(ULONG PartialCrc, const VOID *Buffer, ULONG Length)
{
    static const ULONG table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    const UCHAR *bytes = Buffer;
    ULONG crc = ~PartialCrc, i;

    for (i = 0; i < Length; i++) {
        crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
        crc = table[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}
