/* SPDX-License-Identifier: MIT */
/*
 * WDFCOLLECTION: an ordered set of referenced objects. The same object may be in it several
 * times. References go when an entry is removed, and at the latest with the collection's
 * clean-up.
 */
#include "fx/object/object.h"

#include "fx/core/lock.h"
#include "fx_imports.h"
#include "sys/memory.h"

struct item {
    struct list link;
    struct fx_object *object; /* Referenced. */
};

struct fx_collection {
    struct fx_object object;
    struct sys_lock lock; /* Guards items and count. Leaf. */
    struct list items;
    ULONG count;
};

/* Gives an unlinked item back. Not under a lock: the last reference may call the driver. */
static void
item_delete(struct item *item)
{
    struct fx_object *object = item->object;

    sys_free(item);
    fx_object_unref(object);
}

static void
collection_cleaned(struct fx_object *object)
{
    struct fx_collection *collection = container_of(object, struct fx_collection, object);
    struct list *link;

    for (;;) {
        fx_lock(&collection->lock);
        link = list_pop_front(&collection->items);
        collection->count -= link != NULL;
        fx_unlock(&collection->lock);
        if (link == NULL) {
            return;
        }
        item_delete(container_of(link, struct item, link));
    }
}

static const struct fx_class collection_class = {
    .type = FX_TYPE_COLLECTION,
    .name = "WDFCOLLECTION",
    .size = sizeof(struct fx_collection),
    .parent_rule = FX_PARENT_OPTIONAL,
    .cleaned = collection_cleaned,
};

NTSTATUS
imp_WdfCollectionCreate(PWDF_DRIVER_GLOBALS DriverGlobals,
                        PWDF_OBJECT_ATTRIBUTES CollectionAttributes, WDFCOLLECTION *Collection)
{
    struct fx_collection *collection;
    NTSTATUS status;

    fx_require(DriverGlobals, Collection);
    *Collection = NULL;
    status = fx_object_create(&collection_class, fx_globals_of(DriverGlobals), CollectionAttributes,
                              NULL, 0, &collection);
    if (NT_SUCCESS(status)) {
        list_init(&collection->items);
        *Collection = fx_object_commit(&collection->object);
    }
    return status;
}

ULONG
imp_WdfCollectionGetCount(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection)
{
    struct fx_collection *collection = fx_handle_get(DriverGlobals, Collection, FX_TYPE_COLLECTION);
    ULONG count;

    fx_lock(&collection->lock);
    count = collection->count;
    fx_unlock(&collection->lock);
    return count;
}

NTSTATUS
imp_WdfCollectionAdd(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection, WDFOBJECT Object)
{
    struct fx_collection *collection = fx_handle_get(DriverGlobals, Collection, FX_TYPE_COLLECTION);
    struct fx_object *object = fx_handle_get(DriverGlobals, Object, FX_TYPE_OBJECT);
    struct item *item = sys_alloc_zeroed(sizeof(*item));
    NTSTATUS status = STATUS_SUCCESS;

    if (item == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    item->object = object;
    fx_object_ref(object);
    fx_lock(&collection->lock);
    if (fx_object_is_deleting(&collection->object)) {
        status = STATUS_DELETE_PENDING;
    } else {
        list_push_back(&collection->items, &item->link);
        collection->count++;
    }
    fx_unlock(&collection->lock);
    if (!NT_SUCCESS(status)) {
        item_delete(item);
    }
    return status;
}

static struct item *
item_at_locked(struct fx_collection *collection, ULONG index)
{
    struct list *link;

    list_for_each(link, &collection->items)
    {
        if (index-- == 0) {
            return container_of(link, struct item, link);
        }
    }
    return NULL;
}

static struct item *
item_of_locked(struct fx_collection *collection, const struct fx_object *object)
{
    struct list *link;

    list_for_each(link, &collection->items)
    {
        struct item *item = container_of(link, struct item, link);

        if (item->object == object) {
            return item;
        }
    }
    return NULL;
}

VOID
imp_WdfCollectionRemove(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection, WDFOBJECT Item)
{
    struct fx_collection *collection = fx_handle_get(DriverGlobals, Collection, FX_TYPE_COLLECTION);
    struct fx_object *object = fx_handle_get(DriverGlobals, Item, FX_TYPE_OBJECT);
    struct item *item;

    fx_lock(&collection->lock);
    item = item_of_locked(collection, object);
    if (item != NULL) {
        list_remove(&item->link);
        collection->count--;
    }
    fx_unlock(&collection->lock);
    if (item == NULL) {
        fx_log(fx_globals_of(DriverGlobals), "WdfCollectionRemove: %p is not in collection %p",
               Item, Collection);
        return;
    }
    item_delete(item);
}

VOID
imp_WdfCollectionRemoveItem(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection,
                            ULONG Index)
{
    struct fx_collection *collection = fx_handle_get(DriverGlobals, Collection, FX_TYPE_COLLECTION);
    struct item *item;

    fx_lock(&collection->lock);
    item = item_at_locked(collection, Index);
    if (item != NULL) {
        list_remove(&item->link);
        collection->count--;
    }
    fx_unlock(&collection->lock);
    if (item == NULL) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfCollectionRemoveItem: collection %p has no item %u", Collection, Index);
        return;
    }
    item_delete(item);
}

WDFOBJECT
imp_WdfCollectionGetItem(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection, ULONG Index)
{
    struct fx_collection *collection = fx_handle_get(DriverGlobals, Collection, FX_TYPE_COLLECTION);
    struct item *item;
    WDFOBJECT handle;

    fx_lock(&collection->lock);
    item = item_at_locked(collection, Index);
    handle = item == NULL ? NULL : fx_object_handle(item->object);
    fx_unlock(&collection->lock);
    return handle;
}

WDFOBJECT
imp_WdfCollectionGetFirstItem(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection)
{
    return imp_WdfCollectionGetItem(DriverGlobals, Collection, 0);
}

WDFOBJECT
imp_WdfCollectionGetLastItem(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection)
{
    struct fx_collection *collection = fx_handle_get(DriverGlobals, Collection, FX_TYPE_COLLECTION);
    WDFOBJECT handle = NULL;

    fx_lock(&collection->lock);
    if (!list_empty(&collection->items)) {
        handle = fx_object_handle(container_of(collection->items.prev, struct item, link)->object);
    }
    fx_unlock(&collection->lock);
    return handle;
}
