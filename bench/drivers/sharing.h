/* SPDX-License-Identifier: MIT */
/* What the drivers of the sharing benchmark agree on: the ways in which one uses the other's code. */
#ifndef BENCH_SHARING_H
#define BENCH_SHARING_H

/* In the library, which each driver links, and in the export driver, which is there once. */
unsigned LibraryIncrement(unsigned Value);
unsigned ExportIncrement(unsigned Value);
unsigned ExportIncrementLocked(unsigned Value); /* Uses a framework lock of its own. */

#define SHARING_PROVIDER_NAME L"\\DosDevices\\BenchSharingProvider"

/* CTL_CODE(FILE_DEVICE_UNKNOWN, 0x810, METHOD_BUFFERED, FILE_ANY_ACCESS): adds one to a ULONG. */
#define SHARING_IOCTL_INCREMENT 0x222040u

/* The consumer's: input struct sharing_order; output the value after `count` increments. */
#define SHARING_IOCTL_RUN 0x222044u

enum sharing_way {
    SHARING_LIBRARY,
    SHARING_EXPORT,
    SHARING_EXPORT_LOCKED,
    SHARING_INTERFACE, /* A direct call through IRP_MN_QUERY_INTERFACE's function pointer. */
    SHARING_DEVICE,    /* A device control to the provider's device. */
    SHARING_WAYS,
};

struct sharing_order {
    unsigned way;
    unsigned count;
    unsigned value;
};

#ifdef DEFINE_GUID
DEFINE_GUID(GUID_SHARING_INTERFACE, 0x6b0bb3d1, 0x2f6e, 0x4f7c, 0x9a, 0x11, 0x07, 0x35, 0x9d, 0x22,
            0x4c, 0x10);
DEFINE_GUID(GUID_SHARING_CONSUMER, 0x6b0bb3d2, 0x2f6e, 0x4f7c, 0x9a, 0x11, 0x07, 0x35, 0x9d, 0x22,
            0x4c, 0x10);

typedef struct _SHARING_INTERFACE_STANDARD {
    INTERFACE InterfaceHeader;
    unsigned (*Increment)(PVOID Context, unsigned Value);
} SHARING_INTERFACE_STANDARD;
#endif

#endif
