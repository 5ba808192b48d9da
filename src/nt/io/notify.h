/* SPDX-License-Identifier: MIT */
/* Plug and Play notification, as pnp sees it. */
#ifndef OPENWDF_NT_IO_NOTIFY_H
#define OPENWDF_NT_IO_NOTIFY_H

#include <ntddk.h>

/*
 * Tells those who registered for the target device, in order, of GUID_TARGET_DEVICE_QUERY_REMOVE,
 * _REMOVE_CANCELLED or _REMOVE_COMPLETE. Returns the first refusal. PASSIVE_LEVEL.
 */
NTSTATUS io_notify_removal(PDEVICE_OBJECT pdo, const GUID *event);

#endif
