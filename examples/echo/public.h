/* SPDX-License-Identifier: MIT */
/* What the echo driver and its applications agree on. */
#ifndef ECHO_PUBLIC_H
#define ECHO_PUBLIC_H

/* {6A2E5A52-0C0B-4C59-9A3E-5D1C7B6B1E01}: the interface by which applications find the device. */
DEFINE_GUID(GUID_DEVINTERFACE_OPENWDF_ECHO, 0x6a2e5a52, 0x0c0b, 0x4c59, 0x9a, 0x3e, 0x5d, 0x1c,
            0x7b, 0x6b, 0x1e, 0x01);

/* The longest message the device keeps, in bytes. */
#define ECHO_CAPACITY 65536

/* Input: any bytes. Output: the same bytes, last first. */
#define IOCTL_ECHO_REVERSE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

/* Completes when the next message is written; output: its length as a ULONG. Can be cancelled. */
#define IOCTL_ECHO_WAIT_FOR_MESSAGE                                                                \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS)

/* Makes the driver write through a null pointer, to show what becomes of its host. */
#define IOCTL_ECHO_CRASH CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_WRITE_ACCESS)

#endif
