/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fx/res/ioreslist.h"
#include "fx_imports.h"

#define IOREQLIST_TAG 'qRxF'

static void
ioreqlist_destroy(struct fx_object *object)
{
    fx_array_free(&container_of(object, struct fx_ioreqlist, object)->lists);
}

static const struct fx_class ioreqlist_class = {
    .type = FX_TYPE_IORESREQLIST,
    .name = "WDFIORESREQLIST",
    .size = sizeof(struct fx_ioreqlist),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
    .destroy = ioreqlist_destroy,
};

bool
fx_ioreqlist_may(struct fx_ioreqlist *list, enum fx_res_access access, const char *function)
{
    if ((list->access & access) != 0) {
        return true;
    }
    fx_log(list->object.globals, "%s: the list %p cannot be changed like that in this callback",
           function, fx_object_handle(&list->object));
    return false;
}

static struct fx_ioreslist *
list_at(const struct fx_ioreqlist *list, ULONG index)
{
    struct fx_ioreslist **place = fx_array_at(&list->lists, index);

    return place == NULL ? NULL : *place;
}

/* One alternative of a WDM list. */
static NTSTATUS
take_list(struct fx_ioreqlist *list, const IO_RESOURCE_LIST *wdm)
{
    struct fx_ioreslist *one;
    NTSTATUS status = fx_ioreslist_create(list, NULL, &one);

    for (ULONG i = 0; i < wdm->Count && NT_SUCCESS(status); i++) {
        status = fx_array_insert(&one->descriptors, WDF_INSERT_AT_END, &wdm->Descriptors[i]);
    }
    return NT_SUCCESS(status) ? fx_array_insert(&list->lists, WDF_INSERT_AT_END, &one) : status;
}

NTSTATUS
fx_ioreqlist_create(struct fx_object *parent, const IO_RESOURCE_REQUIREMENTS_LIST *wdm,
                    enum fx_res_access access, struct fx_ioreqlist **ret_list)
{
    struct fx_ioreqlist *list;
    NTSTATUS status = fx_object_create(&ioreqlist_class, parent->globals, NULL, parent, 0, &list);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    list->lists.size = sizeof(struct fx_ioreslist *);
    list->access = access;
    list->interface_type = InterfaceTypeUndefined;
    if (wdm != NULL) {
        const IO_RESOURCE_LIST *one = wdm->List;

        list->interface_type = wdm->InterfaceType;
        list->bus_number = wdm->BusNumber;
        list->slot_number = wdm->SlotNumber;
        for (ULONG i = 0; i < wdm->AlternativeLists && NT_SUCCESS(status); i++) {
            status = take_list(list, one);
            one = (const void *)&one->Descriptors[one->Count];
        }
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
fx_ioreqlist_delete(struct fx_ioreqlist *list)
{
    if (list != NULL) {
        (void)fx_object_delete(&list->object);
    }
}

static size_t
size_of_list(const struct fx_ioreslist *one)
{
    return offsetof(IO_RESOURCE_LIST, Descriptors) +
           (size_t)one->descriptors.count * sizeof(IO_RESOURCE_DESCRIPTOR);
}

NTSTATUS
fx_ioreqlist_to_wdm(const struct fx_ioreqlist *list, IO_RESOURCE_REQUIREMENTS_LIST **ret)
{
    size_t size = offsetof(IO_RESOURCE_REQUIREMENTS_LIST, List);
    IO_RESOURCE_REQUIREMENTS_LIST *wdm;
    IO_RESOURCE_LIST *to;

    *ret = NULL;
    if (list->lists.count == 0) {
        return STATUS_SUCCESS;
    }
    for (ULONG i = 0; i < list->lists.count; i++) {
        size += size_of_list(list_at(list, i));
    }
    if (size < sizeof(*wdm)) {
        size = sizeof(*wdm);
    }
    wdm = ExAllocatePool2(POOL_FLAG_PAGED, size, IOREQLIST_TAG);
    if (wdm == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    wdm->ListSize = (ULONG)size;
    wdm->InterfaceType = list->interface_type;
    wdm->BusNumber = list->bus_number;
    wdm->SlotNumber = list->slot_number;
    wdm->AlternativeLists = list->lists.count;
    to = wdm->List;
    for (ULONG i = 0; i < list->lists.count; i++) {
        const struct fx_ioreslist *one = list_at(list, i);

        to->Version = 1;
        to->Revision = 1;
        to->Count = one->descriptors.count;
        if (one->descriptors.count != 0) {
            memcpy(to->Descriptors, one->descriptors.items,
                   (size_t)one->descriptors.count * sizeof(IO_RESOURCE_DESCRIPTOR));
        }
        to = (void *)((char *)to + size_of_list(one));
    }
    *ret = wdm;
    return STATUS_SUCCESS;
}

/* --- For the driver -------------------------------------------------------------------------- */

static struct fx_ioreqlist *
get(PWDF_DRIVER_GLOBALS driver_globals, WDFIORESREQLIST handle)
{
    return fx_handle_get(driver_globals, handle, FX_TYPE_IORESREQLIST);
}

VOID
imp_WdfIoResourceRequirementsListSetSlotNumber(PWDF_DRIVER_GLOBALS DriverGlobals,
                                               WDFIORESREQLIST RequirementsList, ULONG SlotNumber)
{
    struct fx_ioreqlist *list = get(DriverGlobals, RequirementsList);

    list->slot_number = SlotNumber;
    list->changed = true;
}

VOID
imp_WdfIoResourceRequirementsListSetInterfaceType(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                  WDFIORESREQLIST RequirementsList,
                                                  INTERFACE_TYPE InterfaceType)
{
    struct fx_ioreqlist *list = get(DriverGlobals, RequirementsList);

    list->interface_type = InterfaceType;
    list->changed = true;
}

static NTSTATUS
insert(struct fx_ioreqlist *list, struct fx_ioreslist *one, ULONG index, const char *function)
{
    NTSTATUS status;

    if (!fx_ioreqlist_may(list, FX_RES_ADD, function)) {
        return STATUS_ACCESS_DENIED;
    }
    if (one->owner != list) {
        fx_log(list->object.globals, "%s: %p was not made for %p", function,
               fx_object_handle(&one->object), fx_object_handle(&list->object));
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = fx_array_insert(&list->lists, index, &one);
    list->changed |= NT_SUCCESS(status);
    return status;
}

NTSTATUS
imp_WdfIoResourceRequirementsListAppendIoResList(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                 WDFIORESREQLIST RequirementsList,
                                                 WDFIORESLIST IoResList)
{
    struct fx_ioreqlist *list = get(DriverGlobals, RequirementsList);
    struct fx_ioreslist *one = fx_handle_get(DriverGlobals, IoResList, FX_TYPE_IORESLIST);

    return insert(list, one, WDF_INSERT_AT_END, "WdfIoResourceRequirementsListAppendIoResList");
}

NTSTATUS
imp_WdfIoResourceRequirementsListInsertIoResList(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                 WDFIORESREQLIST RequirementsList,
                                                 WDFIORESLIST IoResList, ULONG Index)
{
    struct fx_ioreqlist *list = get(DriverGlobals, RequirementsList);
    struct fx_ioreslist *one = fx_handle_get(DriverGlobals, IoResList, FX_TYPE_IORESLIST);

    return insert(list, one, Index, "WdfIoResourceRequirementsListInsertIoResList");
}

ULONG
imp_WdfIoResourceRequirementsListGetCount(PWDF_DRIVER_GLOBALS DriverGlobals,
                                          WDFIORESREQLIST RequirementsList)
{
    return get(DriverGlobals, RequirementsList)->lists.count;
}

WDFIORESLIST
imp_WdfIoResourceRequirementsListGetIoResList(PWDF_DRIVER_GLOBALS DriverGlobals,
                                              WDFIORESREQLIST RequirementsList, ULONG Index)
{
    struct fx_ioreslist *one = list_at(get(DriverGlobals, RequirementsList), Index);

    return one == NULL ? NULL : fx_object_handle(&one->object);
}

VOID
imp_WdfIoResourceRequirementsListRemove(PWDF_DRIVER_GLOBALS DriverGlobals,
                                        WDFIORESREQLIST RequirementsList, ULONG Index)
{
    struct fx_ioreqlist *list = get(DriverGlobals, RequirementsList);

    if (!fx_ioreqlist_may(list, FX_RES_REMOVE, "WdfIoResourceRequirementsListRemove")) {
        return;
    }
    if (!fx_array_remove(&list->lists, Index)) {
        fx_log(list->object.globals, "WdfIoResourceRequirementsListRemove: index %u of %u", Index,
               list->lists.count);
        return;
    }
    list->changed = true;
}

VOID
imp_WdfIoResourceRequirementsListRemoveByIoResList(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                   WDFIORESREQLIST RequirementsList,
                                                   WDFIORESLIST IoResList)
{
    struct fx_ioreqlist *list = get(DriverGlobals, RequirementsList);
    struct fx_ioreslist *one = fx_handle_get(DriverGlobals, IoResList, FX_TYPE_IORESLIST);

    imp_WdfIoResourceRequirementsListRemove(DriverGlobals, RequirementsList,
                                            fx_array_find(&list->lists, &one));
}
