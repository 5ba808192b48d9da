/* SPDX-License-Identifier: MIT */
/* WDFCMRESLIST: the resources of a device, all its full descriptors flattened into one list. */
#ifndef OPENWDF_FX_RES_CMRESLIST_H
#define OPENWDF_FX_RES_CMRESLIST_H

#include "fx/object/object.h"
#include "fx/res/access.h"

struct fx_cmreslist;

/* `resources` may be NULL: an empty list. */
_Must_inspect_result_ NTSTATUS fx_cmreslist_create(struct fx_object *parent,
                                                   const CM_RESOURCE_LIST *resources,
                                                   enum fx_res_access access,
                                                   struct fx_cmreslist **ret_list);

/* Deletes the object; NULL is allowed. */
void fx_cmreslist_delete(struct fx_cmreslist *list);

WDFCMRESLIST fx_cmreslist_handle(struct fx_cmreslist *list);

/* The descriptor at `index`; NULL past the last one. Valid until the list changes. */
const CM_PARTIAL_RESOURCE_DESCRIPTOR *fx_cmreslist_at(const struct fx_cmreslist *list, ULONG index);

/* Whether the driver has changed it. */
bool fx_cmreslist_is_changed(const struct fx_cmreslist *list);

/*
 * The list as WDM has it, in paged pool; *ret is NULL when it is empty. Bus type and number
 * come from what it was made of. STATUS_INSUFFICIENT_RESOURCES.
 */
_Must_inspect_result_ NTSTATUS fx_cmreslist_to_wdm(const struct fx_cmreslist *list,
                                                   CM_RESOURCE_LIST **ret);

#endif
