/* SPDX-License-Identifier: MIT */
/*
 * Ports. "The specified port address … must be a mapped I/O-space address": here it is the number that the device's
 * resource has. The buffer forms access one port Count times, as a string instruction of the processor does.
 */
#include "nt/hal/hal.h"

#define PORT_ACCESS(suffix, type)                                                                  \
    type READ_PORT_##suffix(type *Port)                                                            \
    {                                                                                              \
        return (type)hal_read(HAL_PORT, (ULONG_PTR)Port, sizeof(type));                            \
    }                                                                                              \
    VOID WRITE_PORT_##suffix(type *Port, type Value)                                               \
    {                                                                                              \
        hal_write(HAL_PORT, (ULONG_PTR)Port, sizeof(type), Value);                                 \
    }                                                                                              \
    VOID READ_PORT_BUFFER_##suffix(type *Port, type *Buffer, ULONG Count)                          \
    {                                                                                              \
        while (Count-- != 0) {                                                                     \
            *Buffer++ = READ_PORT_##suffix(Port);                                                  \
        }                                                                                          \
    }                                                                                              \
    VOID WRITE_PORT_BUFFER_##suffix(type *Port, type *Buffer, ULONG Count)                         \
    {                                                                                              \
        while (Count-- != 0) {                                                                     \
            WRITE_PORT_##suffix(Port, *Buffer++);                                                  \
        }                                                                                          \
    }

PORT_ACCESS(UCHAR, UCHAR)
PORT_ACCESS(USHORT, USHORT)
PORT_ACCESS(ULONG, ULONG)

/* The serial port that a kernel debugger uses, which a serial driver must leave alone: there is none. */
static PUCHAR debugger_port;
PUCHAR *KdComPortInUse = &debugger_port;
