/* SPDX-License-Identifier: MIT */
#include "fx/res/cmreslist.h"

#include <string.h>

#include "fx/res/array.h"
#include "fx_imports.h"

#define CMRESLIST_TAG 'cRxF'

struct fx_cmreslist {
    struct fx_object object;
    struct fx_array descriptors; /* CM_PARTIAL_RESOURCE_DESCRIPTOR */
    enum fx_res_access access;
    bool changed;
    INTERFACE_TYPE interface_type; /* Of the first full descriptor. */
    ULONG bus_number;
};

static void
cmreslist_destroy(struct fx_object *object)
{
    fx_array_free(&container_of(object, struct fx_cmreslist, object)->descriptors);
}

static const struct fx_class cmreslist_class = {
    .type = FX_TYPE_CMRESLIST,
    .name = "WDFCMRESLIST",
    .size = sizeof(struct fx_cmreslist),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
    .destroy = cmreslist_destroy,
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

static NTSTATUS
flatten(const CM_RESOURCE_LIST *resources, struct fx_array *to)
{
    const CM_FULL_RESOURCE_DESCRIPTOR *full = resources->List;
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; i < resources->Count && NT_SUCCESS(status); i++) {
        const CM_PARTIAL_RESOURCE_LIST *partial = &full->PartialResourceList;

        for (ULONG j = 0; j < partial->Count && NT_SUCCESS(status); j++) {
            status = fx_array_insert(to, WDF_INSERT_AT_END, &partial->PartialDescriptors[j]);
        }
        full = next_full(full);
    }
    return status;
}

NTSTATUS
fx_cmreslist_create(struct fx_object *parent, const CM_RESOURCE_LIST *resources,
                    enum fx_res_access access, struct fx_cmreslist **ret_list)
{
    struct fx_cmreslist *list;
    NTSTATUS status = fx_object_create(&cmreslist_class, parent->globals, NULL, parent, 0, &list);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    list->access = access;
    list->descriptors.size = sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
    list->interface_type = InterfaceTypeUndefined;
    if (resources != NULL && resources->Count != 0) {
        list->interface_type = resources->List[0].InterfaceType;
        list->bus_number = resources->List[0].BusNumber;
        status = flatten(resources, &list->descriptors);
    }
    if (!NT_SUCCESS(status)) {
        (void)fx_object_delete(&list->object);
        return status;
    }
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

const CM_PARTIAL_RESOURCE_DESCRIPTOR *
fx_cmreslist_at(const struct fx_cmreslist *list, ULONG index)
{
    return fx_array_at(&list->descriptors, index);
}

bool
fx_cmreslist_is_changed(const struct fx_cmreslist *list)
{
    return list->changed;
}

NTSTATUS
fx_cmreslist_to_wdm(const struct fx_cmreslist *list, CM_RESOURCE_LIST **ret)
{
    ULONG count = list->descriptors.count;
    CM_RESOURCE_LIST *wdm;

    *ret = NULL;
    if (count == 0) {
        return STATUS_SUCCESS;
    }
    wdm = ExAllocatePool2(POOL_FLAG_PAGED,
                          sizeof(*wdm) + (count - 1) * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR),
                          CMRESLIST_TAG);
    if (wdm == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    wdm->Count = 1;
    wdm->List[0].InterfaceType = list->interface_type;
    wdm->List[0].BusNumber = list->bus_number;
    wdm->List[0].PartialResourceList.Version = 1;
    wdm->List[0].PartialResourceList.Revision = 1;
    wdm->List[0].PartialResourceList.Count = count;
    memcpy(wdm->List[0].PartialResourceList.PartialDescriptors, list->descriptors.items,
           count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR));
    *ret = wdm;
    return STATUS_SUCCESS;
}

/* --- For the driver -------------------------------------------------------------------------- */

static struct fx_cmreslist *
get(PWDF_DRIVER_GLOBALS driver_globals, WDFCMRESLIST handle)
{
    return fx_handle_get(driver_globals, handle, FX_TYPE_CMRESLIST);
}

static bool
may(struct fx_cmreslist *list, enum fx_res_access access, const char *function)
{
    if ((list->access & access) != 0) {
        return true;
    }
    fx_log(list->object.globals, "%s: the list %p cannot be changed like that in this callback",
           function, fx_cmreslist_handle(list));
    return false;
}

static NTSTATUS
insert(struct fx_cmreslist *list, ULONG index, const CM_PARTIAL_RESOURCE_DESCRIPTOR *descriptor,
       const char *function)
{
    NTSTATUS status;

    if (!may(list, FX_RES_ADD, function)) {
        return STATUS_ACCESS_DENIED;
    }
    status = fx_array_insert(&list->descriptors, index, descriptor);
    list->changed |= NT_SUCCESS(status);
    return status;
}

NTSTATUS
imp_WdfCmResourceListAppendDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List,
                                      PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor)
{
    struct fx_cmreslist *list = get(DriverGlobals, List);

    fx_require(DriverGlobals, Descriptor);
    return insert(list, WDF_INSERT_AT_END, Descriptor, "WdfCmResourceListAppendDescriptor");
}

NTSTATUS
imp_WdfCmResourceListInsertDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List,
                                      PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor, ULONG Index)
{
    struct fx_cmreslist *list = get(DriverGlobals, List);

    fx_require(DriverGlobals, Descriptor);
    return insert(list, Index, Descriptor, "WdfCmResourceListInsertDescriptor");
}

ULONG
imp_WdfCmResourceListGetCount(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List)
{
    return get(DriverGlobals, List)->descriptors.count;
}

PCM_PARTIAL_RESOURCE_DESCRIPTOR
imp_WdfCmResourceListGetDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List,
                                   ULONG Index)
{
    return fx_array_at(&get(DriverGlobals, List)->descriptors, Index);
}

VOID
imp_WdfCmResourceListRemove(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List, ULONG Index)
{
    struct fx_cmreslist *list = get(DriverGlobals, List);

    if (!may(list, FX_RES_REMOVE, "WdfCmResourceListRemove")) {
        return;
    }
    if (!fx_array_remove(&list->descriptors, Index)) {
        fx_log(list->object.globals, "WdfCmResourceListRemove: index %u of %u", Index,
               list->descriptors.count);
        return;
    }
    list->changed = true;
}

VOID
imp_WdfCmResourceListRemoveByDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCMRESLIST List,
                                        PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor)
{
    struct fx_cmreslist *list = get(DriverGlobals, List);

    fx_require(DriverGlobals, Descriptor);
    imp_WdfCmResourceListRemove(DriverGlobals, List, fx_array_find(&list->descriptors, Descriptor));
}
