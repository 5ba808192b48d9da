/* SPDX-License-Identifier: MIT */
#include "fx/res/ioreslist.h"

#include <string.h>

#include "fx_imports.h"

static void
ioreslist_destroy(struct fx_object *object)
{
    fx_array_free(&container_of(object, struct fx_ioreslist, object)->descriptors);
}

const struct fx_class fx_class_ioreslist = {
    .type = FX_TYPE_IORESLIST,
    .name = "WDFIORESLIST",
    .size = sizeof(struct fx_ioreslist),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
    .destroy = ioreslist_destroy,
};

NTSTATUS
fx_ioreslist_create(struct fx_ioreqlist *owner, WDF_OBJECT_ATTRIBUTES *attributes,
                    struct fx_ioreslist **ret_list)
{
    struct fx_ioreslist *list;
    NTSTATUS status = fx_object_create(&fx_class_ioreslist, owner->object.globals, attributes,
                                       &owner->object, 0, &list);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    list->owner = owner;
    list->descriptors.size = sizeof(IO_RESOURCE_DESCRIPTOR);
    (void)fx_object_commit(&list->object);
    *ret_list = list;
    return STATUS_SUCCESS;
}

static struct fx_ioreslist *
get(PWDF_DRIVER_GLOBALS driver_globals, WDFIORESLIST handle)
{
    return fx_handle_get(driver_globals, handle, FX_TYPE_IORESLIST);
}

NTSTATUS
imp_WdfIoResourceListCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIORESREQLIST RequirementsList,
                            PWDF_OBJECT_ATTRIBUTES Attributes, WDFIORESLIST *ResourceList)
{
    struct fx_ioreqlist *owner =
        fx_handle_get(DriverGlobals, RequirementsList, FX_TYPE_IORESREQLIST);
    struct fx_ioreslist *list;
    NTSTATUS status;

    fx_require(DriverGlobals, ResourceList);
    *ResourceList = NULL;
    status = fx_ioreslist_create(owner, Attributes, &list);
    if (NT_SUCCESS(status)) {
        *ResourceList = fx_object_handle(&list->object);
    }
    return status;
}

static NTSTATUS
insert(struct fx_ioreslist *list, ULONG index, const IO_RESOURCE_DESCRIPTOR *descriptor,
       const char *function)
{
    NTSTATUS status;

    if (!fx_ioreqlist_may(list->owner, FX_RES_ADD, function)) {
        return STATUS_ACCESS_DENIED;
    }
    status = fx_array_insert(&list->descriptors, index, descriptor);
    list->owner->changed |= NT_SUCCESS(status);
    return status;
}

NTSTATUS
imp_WdfIoResourceListAppendDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIORESLIST ResourceList,
                                      PIO_RESOURCE_DESCRIPTOR Descriptor)
{
    struct fx_ioreslist *list = get(DriverGlobals, ResourceList);

    fx_require(DriverGlobals, Descriptor);
    return insert(list, WDF_INSERT_AT_END, Descriptor, "WdfIoResourceListAppendDescriptor");
}

NTSTATUS
imp_WdfIoResourceListInsertDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIORESLIST ResourceList,
                                      PIO_RESOURCE_DESCRIPTOR Descriptor, ULONG Index)
{
    struct fx_ioreslist *list = get(DriverGlobals, ResourceList);

    fx_require(DriverGlobals, Descriptor);
    return insert(list, Index, Descriptor, "WdfIoResourceListInsertDescriptor");
}

VOID
imp_WdfIoResourceListUpdateDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIORESLIST ResourceList,
                                      PIO_RESOURCE_DESCRIPTOR Descriptor, ULONG Index)
{
    struct fx_ioreslist *list = get(DriverGlobals, ResourceList);
    IO_RESOURCE_DESCRIPTOR *place = fx_array_at(&list->descriptors, Index);

    fx_require(DriverGlobals, Descriptor);
    if (place == NULL) {
        fx_log(list->object.globals, "WdfIoResourceListUpdateDescriptor: index %u of %u", Index,
               list->descriptors.count);
        return;
    }
    *place = *Descriptor;
    list->owner->changed = true;
}

ULONG
imp_WdfIoResourceListGetCount(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIORESLIST ResourceList)
{
    return get(DriverGlobals, ResourceList)->descriptors.count;
}

/* The driver may change what it points to; so the list counts as changed. */
PIO_RESOURCE_DESCRIPTOR
imp_WdfIoResourceListGetDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIORESLIST ResourceList,
                                   ULONG Index)
{
    struct fx_ioreslist *list = get(DriverGlobals, ResourceList);

    list->owner->changed = true;
    return fx_array_at(&list->descriptors, Index);
}

VOID
imp_WdfIoResourceListRemove(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIORESLIST ResourceList,
                            ULONG Index)
{
    struct fx_ioreslist *list = get(DriverGlobals, ResourceList);

    if (!fx_ioreqlist_may(list->owner, FX_RES_REMOVE, "WdfIoResourceListRemove")) {
        return;
    }
    if (!fx_array_remove(&list->descriptors, Index)) {
        fx_log(list->object.globals, "WdfIoResourceListRemove: index %u of %u", Index,
               list->descriptors.count);
        return;
    }
    list->owner->changed = true;
}

VOID
imp_WdfIoResourceListRemoveByDescriptor(PWDF_DRIVER_GLOBALS DriverGlobals,
                                        WDFIORESLIST ResourceList,
                                        PIO_RESOURCE_DESCRIPTOR Descriptor)
{
    struct fx_ioreslist *list = get(DriverGlobals, ResourceList);

    fx_require(DriverGlobals, Descriptor);
    imp_WdfIoResourceListRemove(DriverGlobals, ResourceList,
                                fx_array_find(&list->descriptors, Descriptor));
}
