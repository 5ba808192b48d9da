/* SPDX-License-Identifier: MIT */
/*
 * Registers and ports for user-mode drivers: each access is a call, checked against the device's
 * resources.
 */
#ifndef OWDF_WDFHWACCESS_H
#define OWDF_WDFHWACCESS_H

#if OWDF_UMDF

#define WDF_NO_BUFFER         (NULL)
#define WDF_ZERO_BUFFER_COUNT (0)
#define WDF_UNUSED_VALUE      (0)

/* The four accesses to one width at one kind of place: REGISTER or PORT. */
#define OWDF_HARDWARE(PLACE, Place, WIDTH, Width)                                                  \
    OWDF_INLINE WIDTH WDF_READ_##PLACE##_##WIDTH(_In_ WDFDEVICE Device, _In_ WIDTH *Address)       \
    {                                                                                              \
        return (WIDTH)WdfDeviceReadFromHardware(Device, WdfDeviceHwAccessTargetType##Place,        \
                                                WdfDeviceHwAccessTargetSize##Width, Address,       \
                                                WDF_NO_BUFFER, WDF_ZERO_BUFFER_COUNT);             \
    }                                                                                              \
    OWDF_INLINE VOID WDF_WRITE_##PLACE##_##WIDTH(_In_ WDFDEVICE Device, _In_ WIDTH *Address,       \
                                                 _In_ WIDTH Value)                                 \
    {                                                                                              \
        WdfDeviceWriteToHardware(Device, WdfDeviceHwAccessTargetType##Place,                       \
                                 WdfDeviceHwAccessTargetSize##Width, Address, Value,               \
                                 WDF_NO_BUFFER, WDF_ZERO_BUFFER_COUNT);                            \
    }                                                                                              \
    OWDF_INLINE VOID WDF_READ_##PLACE##_BUFFER_##WIDTH(_In_ WDFDEVICE Device, _In_ WIDTH *Address, \
                                                       _Out_ WIDTH *Buffer, _In_ ULONG Count)      \
    {                                                                                              \
        WdfDeviceReadFromHardware(Device, WdfDeviceHwAccessTargetType##Place##Buffer,              \
                                  WdfDeviceHwAccessTargetSize##Width, Address, Buffer, Count);     \
    }                                                                                              \
    OWDF_INLINE VOID WDF_WRITE_##PLACE##_BUFFER_##WIDTH(                                           \
        _In_ WDFDEVICE Device, _In_ WIDTH *Address, _In_ WIDTH *Buffer, _In_ ULONG Count)          \
    {                                                                                              \
        WdfDeviceWriteToHardware(Device, WdfDeviceHwAccessTargetType##Place##Buffer,               \
                                 WdfDeviceHwAccessTargetSize##Width, Address, WDF_UNUSED_VALUE,    \
                                 Buffer, Count);                                                   \
    }

WDF_EXTERN_C_START

OWDF_HARDWARE(REGISTER, Register, UCHAR, Uchar)
OWDF_HARDWARE(REGISTER, Register, USHORT, Ushort)
OWDF_HARDWARE(REGISTER, Register, ULONG, Ulong)
OWDF_HARDWARE(REGISTER, Register, ULONG64, Ulong64)
OWDF_HARDWARE(PORT, Port, UCHAR, Uchar)
OWDF_HARDWARE(PORT, Port, USHORT, Ushort)
OWDF_HARDWARE(PORT, Port, ULONG, Ulong)

WDF_EXTERN_C_END

#undef OWDF_HARDWARE

#endif

#endif
