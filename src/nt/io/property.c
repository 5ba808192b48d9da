/* SPDX-License-Identifier: MIT */
/*
 * Properties: the fixed ones of IoGetDeviceProperty come from pnp; those with a key are kept in
 * memory, with the PDO or with the device interface they were set for.
 */
#include <string.h>

#include "nt/io/io_priv.h"
#include "nt/io/property.h"
#include "nt/ob/ob.h"

#define PROPERTY_TAG 'pPoI'

struct property {
    struct list link;
    DEVPROPKEY key;
    LCID locale;
    DEVPROPTYPE type;
    ULONG size;
    unsigned char data[];
};

static struct sys_lock property_lock; /* Guards every property list. A leaf lock. */

static struct property *
find_locked(struct list *properties, const DEVPROPKEY *key, LCID locale)
{
    struct list *link;

    list_for_each(link, properties)
    {
        struct property *property = container_of(link, struct property, link);

        if (property->locale == locale && memcmp(&property->key, key, sizeof(*key)) == 0) {
            return property;
        }
    }
    return NULL;
}

NTSTATUS
io_property_set(struct list *properties, const DEVPROPKEY *key, LCID locale, DEVPROPTYPE type,
                ULONG size, const void *data)
{
    struct property *fresh = NULL;
    struct property *old;

    if (data != NULL && type != DEVPROP_TYPE_EMPTY) {
        fresh = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*fresh) + size, PROPERTY_TAG);
        if (fresh == NULL) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        fresh->key = *key;
        fresh->locale = locale;
        fresh->type = type;
        fresh->size = size;
        memcpy(fresh->data, data, size);
    }
    sys_lock_acquire(&property_lock);
    old = find_locked(properties, key, locale);
    if (old != NULL) {
        list_remove(&old->link);
    }
    if (fresh != NULL) {
        list_push_back(properties, &fresh->link);
    }
    sys_lock_release(&property_lock);
    if (old != NULL) {
        ExFreePoolWithTag(old, PROPERTY_TAG);
    }
    return STATUS_SUCCESS;
}

NTSTATUS
io_property_get(struct list *properties, const DEVPROPKEY *key, LCID locale, ULONG size, void *data,
                ULONG *ret_size, DEVPROPTYPE *ret_type)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct property *property;

    sys_lock_acquire(&property_lock);
    property = find_locked(properties, key, locale);
    if (property == NULL) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    } else {
        *ret_size = property->size;
        *ret_type = property->type;
        if (size < property->size) {
            status = STATUS_BUFFER_TOO_SMALL;
        } else {
            memcpy(data, property->data, property->size);
        }
    }
    sys_lock_release(&property_lock);
    return status;
}

void
io_property_free_list(struct list *properties)
{
    struct list *link;

    while ((link = list_pop_front(properties)) != NULL) {
        ExFreePoolWithTag(container_of(link, struct property, link), PROPERTY_TAG);
    }
}

void
io_property_free_all(PDEVICE_OBJECT device)
{
    io_property_free_list(&io_device_extension(device)->properties);
}

NTSTATUS
IoSetDevicePropertyData(PDEVICE_OBJECT Pdo, CONST DEVPROPKEY *PropertyKey, LCID Lcid, ULONG Flags,
                        DEVPROPTYPE Type, ULONG Size, PVOID Data)
{
    if (io_device_devnode(Pdo) == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return io_property_set(&io_device_extension(Pdo)->properties, PropertyKey, Lcid, Type, Size,
                           Data);
}

NTSTATUS
IoGetDevicePropertyData(PDEVICE_OBJECT Pdo, CONST DEVPROPKEY *PropertyKey, LCID Lcid, ULONG Flags,
                        ULONG Size, PVOID Data, PULONG RequiredSize, PDEVPROPTYPE Type)
{
    if (io_device_devnode(Pdo) == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return io_property_get(&io_device_extension(Pdo)->properties, PropertyKey, Lcid, Size, Data,
                           RequiredSize, Type);
}
