/* SPDX-License-Identifier: MIT */
/* WDFCMRESLIST: the hardware resources that the PnP manager assigned to a device. */
#ifndef OPENWDF_FX_RES_CMRESLIST_H
#define OPENWDF_FX_RES_CMRESLIST_H

#include "fx/object/object.h"

struct fx_cmreslist;

/*
 * A list, as a child of `parent`, of all descriptors in `resources` (NULL: an empty one). The
 * framework deletes it; a driver must not. STATUS_INSUFFICIENT_RESOURCES, STATUS_DELETE_PENDING.
 */
_Must_inspect_result_ NTSTATUS fx_cmreslist_create(struct fx_object *parent,
                                                   const CM_RESOURCE_LIST *resources,
                                                   struct fx_cmreslist **ret_list);

/* NULL is allowed. */
void fx_cmreslist_delete(struct fx_cmreslist *list);

WDFCMRESLIST fx_cmreslist_handle(struct fx_cmreslist *list);

#endif
