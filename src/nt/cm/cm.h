/* SPDX-License-Identifier: MIT */
/*
 * The configuration manager: keys of the registry as objects with handles. What is behind them is
 * the store that the composition root gave, or else one in memory that goes with the executive.
 */
#ifndef OPENWDF_NT_CM_CM_H
#define OPENWDF_NT_CM_CM_H

#include <ntddk.h>

#include "registry/registry.h"

NTSTATUS cm_init(void);
void cm_fini(void);

/* Before any driver runs. The store is closed by cm_fini. */
void cm_set_store(struct reg_store *store);

/* The store; opened at the first use. NULL: there is no memory for it. */
struct reg_store *cm_store(void);

/* A driver came: its key below Services is there from now on. */
void cm_driver_added(PCUNICODE_STRING registry_path);

/* A status for a negative errno of the registry. */
NTSTATUS cm_status(int error);

/*
 * Opens the key at a full path ("\Registry\Machine\…", UTF-8), or makes it with all keys on the way,
 * and a handle to it.
 */
NTSTATUS cm_open_path(const char *path, ACCESS_MASK access, bool create, HANDLE *ret_handle);

/*
 * The path of a device's hardware (PLUGPLAY_REGKEY_DEVICE) or software key (PLUGPLAY_REGKEY_DRIVER),
 * UTF-8, made if it is missing. STATUS_INVALID_DEVICE_REQUEST: not a PDO.
 */
NTSTATUS cm_device_path(PDEVICE_OBJECT pdo, ULONG type, char *path, size_t size);

/*
 * A value as a block of pool (ExFreePool), its data followed by zeros. STATUS_OBJECT_NAME_NOT_FOUND.
 */
NTSTATUS cm_query_value(HANDLE handle, PCUNICODE_STRING name,
                        KEY_VALUE_PARTIAL_INFORMATION **ret_value);

#endif
