/* SPDX-License-Identifier: MIT */
/* What the files of fx/pnp share. */
#ifndef OPENWDF_FX_PNP_DEVICE_PRIV_H
#define OPENWDF_FX_PNP_DEVICE_PRIV_H

#include "fx/pnp/device.h"

extern const struct fx_class fx_class_device;

/* device.c: fields that need more than zero. */
void fx_device_init_fields(struct fx_device *device);

/* device.c: takes a device out of its stack and deletes it; returns when its clean-up has run. */
void fx_device_remove(struct fx_device *device);

/* interface.c */
void fx_interfaces_enable(struct fx_device *device);  /* Those that the driver wants enabled. */
void fx_interfaces_disable(struct fx_device *device); /* All. */
void fx_interfaces_free(struct fx_device *device);
void fx_symbolic_links_delete(struct fx_device *device);

/* pnp_irps.c */
NTSTATUS fx_pnp_dispatch(struct fx_device *device, IRP *irp);

/* pnp_states.c */
extern const struct fsm_table fx_pnp_table;

enum fx_pnp_event {
    FX_PNP_NO_EVENT,
    FX_PNP_START, /* The stack below has started. */
    FX_PNP_QUERY_REMOVE,
    FX_PNP_CANCEL_REMOVE,
    FX_PNP_QUERY_STOP,
    FX_PNP_CANCEL_STOP,
    FX_PNP_STOP,
    FX_PNP_SURPRISE_REMOVAL,
    FX_PNP_REMOVE,
    FX_PNP_EVENT_COUNT,
};

/* The documented name of the machine's state. */
WDF_DEVICE_PNP_STATE fx_pnp_documented_state(const struct fx_device *device);

/* control.c */
_Must_inspect_result_ NTSTATUS fx_control_shutdown_register(struct fx_device *device, UCHAR flags);
void fx_control_shutdown_unregister(struct fx_device *device);
NTSTATUS fx_control_shutdown(struct fx_device *device, IRP *irp);

#endif
