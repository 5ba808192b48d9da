/* SPDX-License-Identifier: MIT */
/*
 * A small port driver, as NDIS or KS are big ones: an export driver that owns its miniports' dispatch
 * tables, devices, PnP and power, and calls them for the work.
 */
#ifndef OPENWDF_TESTS_PORT_H
#define OPENWDF_TESTS_PORT_H

#include <ntddk.h>

typedef struct port_miniport {
    /* The device has started; `context` is the miniport's to set. */
    NTSTATUS(*initialize)
    (PDEVICE_OBJECT Fdo, PDEVICE_OBJECT Next, PDEVICE_OBJECT Pdo, PVOID *Context);
    /* It is going. */
    VOID (*halt)(PVOID Context);
    /* An application wants bytes. */
    NTSTATUS (*read)(PVOID Context, PVOID Buffer, ULONG Length, PULONG_PTR Read);
    /* The last call. */
    VOID (*unload)(PDRIVER_OBJECT DriverObject);
} PORT_MINIPORT;

/* Takes over the driver object. */
NTSTATUS PortRegister(PDRIVER_OBJECT DriverObject, const PORT_MINIPORT *Miniport);

#endif
