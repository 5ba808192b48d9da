/* SPDX-License-Identifier: MIT */
/* Devices that belong together: removal and ejection relations, and those special files depend on. */
#ifndef OPENWDF_FX_PNP_RELATIONS_H
#define OPENWDF_FX_PNP_RELATIONS_H

#include "fx/pnp/device.h"

/* Adds a device; one that is there already stays once. STATUS_INSUFFICIENT_RESOURCES. */
_Must_inspect_result_ NTSTATUS fx_relations_add(struct fx_device *device,
                                                struct fx_relations *relations,
                                                DEVICE_OBJECT *other);
void fx_relations_remove(struct fx_device *device, struct fx_relations *relations,
                         DEVICE_OBJECT *other);
void fx_relations_clear(struct fx_device *device, struct fx_relations *relations);

/* A copy with a reference on each; end it with fx_relations_copy_free. STATUS_INSUFFICIENT_RESOURCES. */
_Must_inspect_result_ NTSTATUS fx_relations_copy(struct fx_device *device,
                                                 const struct fx_relations *relations,
                                                 struct fx_relations *ret_copy);
void fx_relations_copy_free(struct fx_relations *copy);

/*
 * DEVICE_RELATIONS in paged pool with what `old` holds (freed; may be NULL) and `more`, each of
 * which gets a reference of its own. NULL when there is no memory: `old` stays then.
 */
DEVICE_RELATIONS *fx_relations_merge(DEVICE_RELATIONS *old, DEVICE_OBJECT *const *more,
                                     size_t count);

/* IRP_MN_QUERY_DEVICE_RELATIONS. */
NTSTATUS fx_relations_dispatch(struct fx_device *device, IRP *irp);

#endif
