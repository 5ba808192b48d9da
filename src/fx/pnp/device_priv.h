/* SPDX-License-Identifier: MIT */
/* What the files of fx/pnp share. */
#ifndef OPENWDF_FX_PNP_DEVICE_PRIV_H
#define OPENWDF_FX_PNP_DEVICE_PRIV_H

#include "fx/pnp/device.h"

extern const struct fx_class fx_class_device;

/* device.c: fields that need more than zero. */
void fx_device_init_fields(struct fx_device *device);

/* wake.c: the children's wait/wake IRPs end as the parent's has. */
void fx_wake_indicate_children(struct fx_device *device);

/* device.c: takes a device out of its stack and deletes it; returns when its clean-up has run. */
void fx_device_remove(struct fx_device *device);

/* interface.c */
void fx_interfaces_enable(struct fx_device *device);  /* Those that the driver wants enabled. */
void fx_interfaces_disable(struct fx_device *device); /* All. */
void fx_interfaces_free(struct fx_device *device);
void fx_symbolic_links_delete(struct fx_device *device);

/* pnp_irps.c */
NTSTATUS fx_pnp_dispatch(struct fx_device *device, IRP *irp);

/* Sends the IRP to the lower drivers and waits; the IRP is ours again, with their status. */
NTSTATUS fx_pnp_forward_and_wait(struct fx_device *device, IRP *irp);

/* Runs the machine to the device's end, as IRP_MN_REMOVE_DEVICE does. PASSIVE_LEVEL. */
void fx_pnp_remove_now(struct fx_device *device);

/* Overlays what the driver has set on the capabilities that are there. */
void fx_capabilities_merge(struct fx_device *device, DEVICE_CAPABILITIES *capabilities);

/* usage.c: special files. */
NTSTATUS fx_usage_dispatch(struct fx_device *device, IRP *irp);
bool fx_usage_in_path(struct fx_device *device, WDF_SPECIAL_FILE_TYPE type);
bool fx_usage_is_special(struct fx_device *device);

/* The device goes with its files: its parent, and those that it depends on, have them no more. */
void fx_usage_end(struct fx_device *device);

/* failure.c: tells the PnP manager, once, that the device is to be removed and, maybe, started again. PASSIVE_LEVEL. */
void fx_failure_report(struct fx_device *device);
extern const GUID fx_guid_reenumerate_self;

/* resource_irps.c */
NTSTATUS fx_resources_filter_requirements(struct fx_device *device, IRP *irp);
NTSTATUS fx_resources_query(struct fx_device *device, IRP *irp);              /* PDO */
NTSTATUS fx_resources_query_requirements(struct fx_device *device, IRP *irp); /* PDO */

/* What the lower drivers get instead of the IRP's lists; in paged pool. */
struct fx_start_lists {
    bool used;
    CM_RESOURCE_LIST *raw;
    CM_RESOURCE_LIST *translated;
};

_Must_inspect_result_ NTSTATUS fx_resources_remove_added(struct fx_device *device, IRP *irp,
                                                         struct fx_start_lists *ret_lists);

/* query_interface.c: IRP_MN_QUERY_INTERFACE. */
NTSTATUS fx_query_interface_dispatch(struct fx_device *device, IRP *irp);
void fx_query_interfaces_free(struct fx_device *device);

/* control.c */
_Must_inspect_result_ NTSTATUS fx_control_shutdown_register(struct fx_device *device, UCHAR flags);
void fx_control_shutdown_unregister(struct fx_device *device);
NTSTATUS fx_control_shutdown(struct fx_device *device, IRP *irp);

#endif
