/* SPDX-License-Identifier: MIT */
#include "fx/res/cmreslist.h"

#include <string.h>

#include "fx_imports.h"

/* Constant once made: "this callback function cannot modify the resource lists". */
struct fx_cmreslist {
    struct fx_object object;
    ULONG count;
    CM_PARTIAL_RESOURCE_DESCRIPTOR descriptors[];
};

static const struct fx_class cmreslist_class = {
    .type = FX_TYPE_CMRESLIST,
    .name = "WDFCMRESLIST",
    .size = sizeof(struct fx_cmreslist),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
};

/* The full list after this one; device-specific data behind the last descriptor is skipped. */
static const CM_FULL_RESOURCE_DESCRIPTOR *
next_full(const CM_FULL_RESOURCE_DESCRIPTOR *full)
{
    const CM_PARTIAL_RESOURCE_LIST *partial = &full->PartialResourceList;
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *end = &partial->PartialDescriptors[partial->Count];
    size_t extra = 0;

    if (partial->Count != 0 && end[-1].Type == CmResourceTypeDeviceSpecific) {
        extra = end[-1].u.DeviceSpecificData.DataSize;
    }
    return (const void *)((const char *)end + extra);
}

/* Copies into `to` when it is not NULL; returns how many descriptors there are. */
static ULONG
flatten(const CM_RESOURCE_LIST *resources, CM_PARTIAL_RESOURCE_DESCRIPTOR *to)
{
    const CM_FULL_RESOURCE_DESCRIPTOR *full;
    ULONG count = 0;
    ULONG i;

    if (resources == NULL) {
        return 0;
    }
    full = resources->List;
    for (i = 0; i < resources->Count; i++) {
        ULONG partial_count = full->PartialResourceList.Count;

        if (to != NULL) {
            memcpy(to + count, full->PartialResourceList.PartialDescriptors,
                   partial_count * sizeof(*to));
        }
        count += partial_count;
        full = next_full(full);
    }
    return count;
}

NTSTATUS
fx_cmreslist_create(struct fx_object *parent, const CM_RESOURCE_LIST *resources,
                    struct fx_cmreslist **ret_list)
{
    ULONG count = flatten(resources, NULL);
    struct fx_cmreslist *list;
    NTSTATUS status = fx_object_create(&cmreslist_class, parent->globals, NULL, parent,
                                       count * sizeof(list->descriptors[0]), &list);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    list->count = flatten(resources, list->descriptors);
    (void)fx_object_commit(&list->object);
    *ret_list = list;
    return STATUS_SUCCESS;
}

void
fx_cmreslist_delete(struct fx_cmreslist *list)
{
    if (list != NULL) {
        (void)fx_object_delete(&list->object);
    }
}

WDFCMRESLIST
fx_cmreslist_handle(struct fx_cmreslist *list)
{
    return fx_object_handle(&list->object);
}

ULONG
imp_WdfCmResourceListGetCount(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List)
{
    struct fx_cmreslist *list = fx_handle_get(DriverGlobals, List, FX_TYPE_CMRESLIST);

    return list->count;
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR
imp_WdfCmResourceListGetDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List,
                                   ULONG Index)
{
    struct fx_cmreslist *list = fx_handle_get(DriverGlobals, List, FX_TYPE_CMRESLIST);

    return Index < list->count ? &list->descriptors[Index] : NULL;
}
