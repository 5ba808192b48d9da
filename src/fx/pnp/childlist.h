/* SPDX-License-Identifier: MIT */
/*
 * The children that a device has found: dynamic child lists (WDFCHILDLIST) and the static one, which is a list
 * whose entries have a PDO from the beginning and no description.
 */
#ifndef OPENWDF_FX_PNP_CHILDLIST_H
#define OPENWDF_FX_PNP_CHILDLIST_H

#include "fx/pnp/device.h"
#include "fx/pnp/pdo.h"

/* EvtChildListScanForChildren of every list: the device is in D0. PASSIVE_LEVEL. */
void fx_childlists_scan(struct fx_device *device);

/*
 * IRP_MN_QUERY_DEVICE_RELATIONS, BusRelations: makes PDOs of the descriptions that have none, adds
 * what is present to the IRP's relations. Returns the IRP's status.
 */
NTSTATUS fx_children_report(struct fx_device *device, IRP *irp);

/* The parent is removed: so are the PDOs that the PnP manager has left behind. PASSIVE_LEVEL. */
void fx_children_remove(struct fx_device *device);

/* fx_device.destroy: what the lists own. */
void fx_children_free(struct fx_device *device);

#endif
