/* SPDX-License-Identifier: MIT */
/*
 * WDFIORESREQLIST, what resources a device could do with, and its logical configurations, WDFIORESLIST:
 * alternatives, the first the most wanted.
 */
#ifndef OPENWDF_FX_RES_IORESLIST_H
#define OPENWDF_FX_RES_IORESLIST_H

#include "fx/object/object.h"
#include "fx/res/access.h"
#include "fx/res/array.h"

struct fx_ioreqlist {
    struct fx_object object;
    struct fx_array lists; /* struct fx_ioreslist *, our children. */
    enum fx_res_access access;
    bool changed;
    INTERFACE_TYPE interface_type;
    ULONG bus_number;
    ULONG slot_number;
};

struct fx_ioreslist {
    struct fx_object object;
    struct fx_ioreqlist *owner;
    struct fx_array descriptors; /* IO_RESOURCE_DESCRIPTOR */
};

extern const struct fx_class fx_class_ioreslist;

/* `wdm` may be NULL: an empty list. */
_Must_inspect_result_ NTSTATUS fx_ioreqlist_create(struct fx_object *parent,
                                                   const IO_RESOURCE_REQUIREMENTS_LIST *wdm,
                                                   enum fx_res_access access,
                                                   struct fx_ioreqlist **ret_list);
void fx_ioreqlist_delete(struct fx_ioreqlist *list);

/* In paged pool; *ret is NULL when there is no configuration. STATUS_INSUFFICIENT_RESOURCES. */
_Must_inspect_result_ NTSTATUS fx_ioreqlist_to_wdm(const struct fx_ioreqlist *list,
                                                   IO_RESOURCE_REQUIREMENTS_LIST **ret);

/* A configuration of that list, in no place of it yet. */
_Must_inspect_result_ NTSTATUS fx_ioreslist_create(struct fx_ioreqlist *owner,
                                                   WDF_OBJECT_ATTRIBUTES *attributes,
                                                   struct fx_ioreslist **ret_list);

/* Whether the driver may; a line in the log when not. */
bool fx_ioreqlist_may(struct fx_ioreqlist *list, enum fx_res_access access, const char *function);

#endif
