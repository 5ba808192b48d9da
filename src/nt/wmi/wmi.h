/* SPDX-License-Identifier: MIT */
/*
 * WMI: which devices provide which blocks of data, and asking them. Everything goes to a device as
 * IRP_MJ_SYSTEM_CONTROL, as on Windows. PASSIVE_LEVEL.
 */
#ifndef OPENWDF_NT_WMI_WMI_H
#define OPENWDF_NT_WMI_WMI_H

#include <ntddk.h>
#include <wmistr.h>

#include <stdbool.h>

NTSTATUS wmi_init(void);

/* Reports devices that are still registered. */
void wmi_fini(void);

/* Calls fn for each block of each registered device until it returns false. No lock is held. */
void wmi_for_each_block(bool (*fn)(void *argument, PDEVICE_OBJECT device, const WMIREGGUIDW *block),
                        void *argument);

/*
 * Whose instance that is when the instances of all devices with that block are counted through, in
 * the order in which the devices registered: the device, referenced, and its own number of it.
 * STATUS_WMI_GUID_NOT_FOUND, STATUS_WMI_INSTANCE_NOT_FOUND. `instance` may be 0 for a block without
 * instances.
 */
NTSTATUS wmi_find(const GUID *guid, ULONG instance, PDEVICE_OBJECT *ret_device,
                  ULONG *ret_instance);

/*
 * The data of one instance, in pool (ExFreePool). STATUS_WMI_GUID_NOT_FOUND: the device has no such
 * block; STATUS_WMI_INSTANCE_NOT_FOUND.
 */
NTSTATUS wmi_query(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, PVOID *ret_data,
                   ULONG *ret_size);

NTSTATUS wmi_set(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, const void *data,
                 ULONG size);
NTSTATUS wmi_set_item(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, ULONG item,
                      const void *data, ULONG size);

/* `room`: the most that the method may give back. */
NTSTATUS wmi_execute(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, ULONG method,
                     const void *in, ULONG in_size, ULONG room, PVOID *ret_data, ULONG *ret_size);

/* Events of a block on or off; with `collection`, the collection of expensive data. */
NTSTATUS wmi_control(PDEVICE_OBJECT device, const GUID *guid, bool collection, bool enable);

#endif
