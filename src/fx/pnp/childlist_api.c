/* SPDX-License-Identifier: MIT */
/* WdfChildList… and the static list's WdfFdo…. */
#include "fx/core/driver.h"
#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/pnp/call.h"
#include "fx/pnp/child.h"
#include "fx/pnp/device_init.h"
#include "fx_imports.h"

static struct fx_child_list *
get(PWDF_DRIVER_GLOBALS driver_globals, WDFCHILDLIST handle)
{
    return fx_handle_get(driver_globals, handle, FX_TYPE_CHILDLIST);
}

static bool
is_valid_config(const WDF_CHILD_LIST_CONFIG *config)
{
    return config->IdentificationDescriptionSize >=
               sizeof(WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER) &&
           (config->AddressDescriptionSize == 0 ||
            config->AddressDescriptionSize >= sizeof(WDF_CHILD_ADDRESS_DESCRIPTION_HEADER)) &&
           config->EvtChildListCreateDevice != NULL;
}

NTSTATUS
imp_WdfChildListCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                       PWDF_CHILD_LIST_CONFIG Config, PWDF_OBJECT_ATTRIBUTES ChildListAttributes,
                       WDFCHILDLIST *ChildList)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_child_list *list;
    NTSTATUS status;

    fx_require(DriverGlobals, Config);
    fx_require(DriverGlobals, ChildList);
    *ChildList = NULL;
    if (Config->Size != sizeof(*Config)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_CHILD_LIST_CONFIG.Size is %u", Config->Size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (!is_valid_config(Config) || device->attached == NULL) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfChildListCreate: the configuration is incomplete, or %p is no FDO", Device);
        return STATUS_INVALID_PARAMETER;
    }
    status = fx_child_list_create(device, Config, ChildListAttributes, &list);
    if (NT_SUCCESS(status)) {
        *ChildList = fx_object_handle(&list->object);
    }
    return status;
}

WDFDEVICE
imp_WdfChildListGetDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList)
{
    return fx_device_handle(get(DriverGlobals, ChildList)->device);
}

/* --- Changing -------------------------------------------------------------------------------- */

VOID
imp_WdfChildListBeginScan(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList)
{
    fx_child_list_hold(get(DriverGlobals, ChildList), true);
}

VOID
imp_WdfChildListEndScan(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList)
{
    fx_child_list_release(get(DriverGlobals, ChildList));
}

NTSTATUS
imp_WdfChildListAddOrUpdateChildDescriptionAsPresent(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);
    NTSTATUS status = STATUS_OBJECT_NAME_EXISTS;
    struct fx_child *child;

    fx_require(DriverGlobals, IdentificationDescription);
    if (IdentificationDescription->IdentificationDescriptionSize !=
            list->config.IdentificationDescriptionSize ||
        (AddressDescription != NULL &&
         AddressDescription->AddressDescriptionSize != list->config.AddressDescriptionSize)) {
        fx_log(fx_globals_of(DriverGlobals), "child list %p: a description of size %u", ChildList,
               IdentificationDescription->IdentificationDescriptionSize);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_child_list_hold(list, false);
    fx_lock(&list->lock);
    child = fx_child_find_locked(list, IdentificationDescription);
    if (child == NULL) {
        status = fx_child_add_locked(list, IdentificationDescription, AddressDescription);
    } else {
        child->next = FX_CHILD_PRESENT;
        if (AddressDescription != NULL && child->address != NULL) {
            fx_child_copy_address_locked(list, AddressDescription, child->address);
        }
    }
    fx_unlock(&list->lock);
    fx_child_list_release(list);
    return status;
}

NTSTATUS
imp_WdfChildListUpdateChildDescriptionAsMissing(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    struct fx_child *child;

    fx_require(DriverGlobals, IdentificationDescription);
    if (IdentificationDescription->IdentificationDescriptionSize !=
        list->config.IdentificationDescriptionSize) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_child_list_hold(list, false);
    fx_lock(&list->lock);
    child = fx_child_find_locked(list, IdentificationDescription);
    if (child != NULL && fx_child_will_be_present_locked(child)) {
        child->next = FX_CHILD_MISSING;
        status = STATUS_SUCCESS;
    }
    fx_unlock(&list->lock);
    fx_child_list_release(list);
    return status;
}

VOID
imp_WdfChildListUpdateAllChildDescriptionsAsPresent(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                    WDFCHILDLIST ChildList)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);
    struct list *link;

    fx_child_list_hold(list, false);
    fx_lock(&list->lock);
    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        if (!child->reported_missing) {
            child->next = FX_CHILD_PRESENT;
        }
    }
    fx_unlock(&list->lock);
    fx_child_list_release(list);
}

/* --- Looking --------------------------------------------------------------------------------- */

static bool
matches_flags(const struct fx_child *child, ULONG flags)
{
    if (!fx_child_will_be_present_locked(child)) {
        return (flags & WdfRetrieveMissingChildren) != 0;
    }
    return (flags & (child->pdo != NULL ? (ULONG)WdfRetrievePresentChildren
                                        : (ULONG)WdfRetrievePendingChildren)) != 0;
}

static WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS
status_of(const struct fx_child *child)
{
    return child->pdo != NULL && child->reported ? WdfChildListRetrieveDeviceSuccess
                                                 : WdfChildListRetrieveDeviceNotYetCreated;
}

/* Whether what the driver hands in for a description to be written to has the right size. */
static bool
fits(const struct fx_child_list *list, const WDF_CHILD_RETRIEVE_INFO *info)
{
    return info->IdentificationDescription->IdentificationDescriptionSize ==
               list->config.IdentificationDescriptionSize &&
           (info->AddressDescription == NULL || (list->config.AddressDescriptionSize != 0 &&
                                                 info->AddressDescription->AddressDescriptionSize ==
                                                     list->config.AddressDescriptionSize));
}

WDFDEVICE
imp_WdfChildListRetrievePdo(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                            PWDF_CHILD_RETRIEVE_INFO RetrieveInfo)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);
    struct fx_child *child;
    WDFDEVICE found = NULL;

    fx_require(DriverGlobals, RetrieveInfo);
    fx_require(DriverGlobals, RetrieveInfo->IdentificationDescription);
    RetrieveInfo->Status = WdfChildListRetrieveDeviceUndefined;
    if (!fits(list, RetrieveInfo)) {
        fx_log(fx_globals_of(DriverGlobals), "WdfChildListRetrievePdo: a description's size");
        return NULL;
    }
    fx_lock(&list->lock);
    child = fx_child_find_locked(list, RetrieveInfo->IdentificationDescription);
    if (child == NULL) {
        RetrieveInfo->Status = WdfChildListRetrieveDeviceNoSuchDevice;
    } else {
        RetrieveInfo->Status = status_of(child);
        if (RetrieveInfo->AddressDescription != NULL) {
            fx_child_copy_address_locked(list, child->address, RetrieveInfo->AddressDescription);
        }
        if (RetrieveInfo->Status == WdfChildListRetrieveDeviceSuccess) {
            found = fx_device_handle(child->pdo);
        }
    }
    fx_unlock(&list->lock);
    return found;
}

NTSTATUS
imp_WdfChildListRetrieveAddressDescription(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);
    NTSTATUS status = STATUS_NO_SUCH_DEVICE;
    struct fx_child *child;

    fx_require(DriverGlobals, IdentificationDescription);
    fx_require(DriverGlobals, AddressDescription);
    if (list->config.AddressDescriptionSize == 0 ||
        AddressDescription->AddressDescriptionSize != list->config.AddressDescriptionSize ||
        IdentificationDescription->IdentificationDescriptionSize !=
            list->config.IdentificationDescriptionSize) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_lock(&list->lock);
    child = fx_child_find_locked(list, IdentificationDescription);
    if (child != NULL) {
        fx_child_copy_address_locked(list, child->address, AddressDescription);
        status = STATUS_SUCCESS;
    }
    fx_unlock(&list->lock);
    return status;
}

/* An iterator's own fields. */
enum {
    ITERATOR_LIST,  /* struct fx_child_list *: it has begun. */
    ITERATOR_INDEX, /* Of the next entry to look at. */
};

VOID
imp_WdfChildListBeginIteration(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                               PWDF_CHILD_LIST_ITERATOR Iterator)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);

    fx_require(DriverGlobals, Iterator);
    if (Iterator->Size != sizeof(*Iterator) ||
        (Iterator->Flags & ~(ULONG)WdfRetrieveAllChildren) != 0 || Iterator->Flags == 0) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_CHILD_LIST_ITERATOR: size %u, flags 0x%x",
               Iterator->Size, Iterator->Flags);
        return;
    }
    fx_child_list_hold(list, false);
    Iterator->Reserved[ITERATOR_LIST] = list;
    Iterator->Reserved[ITERATOR_INDEX] = NULL;
}

VOID
imp_WdfChildListEndIteration(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                             PWDF_CHILD_LIST_ITERATOR Iterator)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);

    fx_require(DriverGlobals, Iterator);
    if (Iterator->Reserved[ITERATOR_LIST] != list) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfChildListEndIteration: there is no WdfChildListBeginIteration for it");
        return;
    }
    Iterator->Reserved[ITERATOR_LIST] = NULL;
    fx_child_list_release(list);
}

static bool
matches_info(struct fx_child *child, const WDF_CHILD_RETRIEVE_INFO *info)
{
    return info == NULL || info->EvtChildListIdentificationDescriptionCompare == NULL ||
           info->EvtChildListIdentificationDescriptionCompare(
               fx_object_handle(&child->list->object), info->IdentificationDescription,
               child->id) != FALSE;
}

/* The iterator's next child that matches; NULL at the end. Entries do not go while one iterates. */
static struct fx_child *
next_locked(struct fx_child_list *list, WDF_CHILD_LIST_ITERATOR *iterator,
            const WDF_CHILD_RETRIEVE_INFO *info)
{
    ULONG_PTR index = 0;
    struct list *link;

    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        if (index++ < (ULONG_PTR)iterator->Reserved[ITERATOR_INDEX]) {
            continue;
        }
        iterator->Reserved[ITERATOR_INDEX] = (PVOID)index;
        if (matches_flags(child, iterator->Flags) && matches_info(child, info)) {
            return child;
        }
    }
    return NULL;
}

NTSTATUS
imp_WdfChildListRetrieveNextDevice(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                                   PWDF_CHILD_LIST_ITERATOR Iterator, WDFDEVICE *Device,
                                   PWDF_CHILD_RETRIEVE_INFO Info)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;
    struct fx_child *child;

    fx_require(DriverGlobals, Iterator);
    fx_require(DriverGlobals, Device);
    *Device = NULL;
    if (Iterator->Size != sizeof(*Iterator)) {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (Iterator->Reserved[ITERATOR_LIST] != list) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (Info != NULL && (Info->IdentificationDescription == NULL || !fits(list, Info))) {
        fx_log(fx_globals_of(DriverGlobals),
               "WdfChildListRetrieveNextDevice: a description's size");
        return Info->AddressDescription != NULL && list->config.AddressDescriptionSize == 0
                   ? STATUS_INVALID_DEVICE_REQUEST
                   : STATUS_INVALID_PARAMETER;
    }
    fx_lock(&list->lock);
    child = next_locked(list, Iterator, Info);
    if (child != NULL) {
        status = STATUS_SUCCESS;
        *Device = child->pdo == NULL ? NULL : fx_device_handle(child->pdo);
        if (Info != NULL) {
            Info->Status = status_of(child);
            fx_child_copy_id_locked(child, Info->IdentificationDescription);
            if (Info->AddressDescription != NULL) {
                fx_child_copy_address_locked(list, child->address, Info->AddressDescription);
            }
        }
    } else if (Info != NULL) {
        Info->Status = WdfChildListRetrieveDeviceNoSuchDevice;
    }
    fx_unlock(&list->lock);
    return status;
}

BOOLEAN
imp_WdfChildListRequestChildEject(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription)
{
    struct fx_child_list *list = get(DriverGlobals, ChildList);
    DEVICE_OBJECT *wdm = NULL;
    struct fx_child *child;

    fx_require(DriverGlobals, IdentificationDescription);
    if (IdentificationDescription->IdentificationDescriptionSize !=
        list->config.IdentificationDescriptionSize) {
        return FALSE;
    }
    fx_lock(&list->lock);
    child = fx_child_find_locked(list, IdentificationDescription);
    if (child != NULL && child->pdo != NULL && child->present && child->reported) {
        wdm = child->pdo->wdm;
        ObReferenceObject(wdm);
    }
    fx_unlock(&list->lock);
    if (wdm == NULL) {
        return FALSE;
    }
    IoRequestDeviceEject(wdm);
    ObDereferenceObject(wdm);
    return TRUE;
}

/* --- The FDO's lists ------------------------------------------------------------------------- */

VOID
imp_WdfFdoInitSetDefaultChildListConfig(PWDF_DRIVER_GLOBALS DriverGlobals,
                                        PWDFDEVICE_INIT DeviceInit, PWDF_CHILD_LIST_CONFIG Config,
                                        PWDF_OBJECT_ATTRIBUTES DefaultChildListAttributes)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(DriverGlobals, DeviceInit);

    fx_require(DriverGlobals, Config);
    if (Config->Size != sizeof(*Config) || !is_valid_config(Config) ||
        (init->kind != FX_DEVICE_FDO && init->kind != FX_DEVICE_FILTER)) {
        fx_log(fx_globals_of(DriverGlobals), "WDF_CHILD_LIST_CONFIG: size %u, or incomplete",
               Config->Size);
        init->status = STATUS_INVALID_PARAMETER;
        return;
    }
    init->child_list = *Config;
    if (DefaultChildListAttributes != NULL) {
        init->child_list_attributes = *DefaultChildListAttributes;
    }
}

WDFCHILDLIST
imp_WdfFdoGetDefaultChildList(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Fdo, FX_TYPE_DEVICE);

    return device->default_children == NULL ? NULL
                                            : fx_object_handle(&device->default_children->object);
}

/* The static list, made when it is first needed; NULL for what is no FDO. */
static struct fx_child_list *
static_list(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE fdo, const char *function)
{
    struct fx_device *device = fx_handle_get(driver_globals, fdo, FX_TYPE_DEVICE);

    if (device->static_children == NULL) {
        fx_log(fx_globals_of(driver_globals), "%s: %p is no FDO", function, fdo);
    }
    return device->static_children;
}

NTSTATUS
imp_WdfFdoAddStaticChild(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo, WDFDEVICE Child)
{
    struct fx_child_list *list = static_list(DriverGlobals, Fdo, "WdfFdoAddStaticChild");
    struct fx_device *child = fx_handle_get(DriverGlobals, Child, FX_TYPE_DEVICE);

    if (list == NULL || child->kind != FX_DEVICE_PDO || child->parent != list->device) {
        return STATUS_INVALID_PARAMETER;
    }
    return fx_child_add_static(list, child);
}

VOID
imp_WdfFdoLockStaticChildListForIteration(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo)
{
    struct fx_child_list *list =
        static_list(DriverGlobals, Fdo, "WdfFdoLockStaticChildListForIteration");

    if (list != NULL) {
        fx_child_list_hold(list, false);
    }
}

VOID
imp_WdfFdoUnlockStaticChildListFromIteration(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo)
{
    struct fx_child_list *list =
        static_list(DriverGlobals, Fdo, "WdfFdoUnlockStaticChildListFromIteration");

    if (list != NULL) {
        fx_child_list_release(list);
    }
}

WDFDEVICE
imp_WdfFdoRetrieveNextStaticChild(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo,
                                  WDFDEVICE PreviousChild, ULONG Flags)
{
    struct fx_child_list *list = static_list(DriverGlobals, Fdo, "WdfFdoRetrieveNextStaticChild");
    struct fx_device *previous =
        PreviousChild == NULL ? NULL : fx_handle_get(DriverGlobals, PreviousChild, FX_TYPE_DEVICE);
    WDFDEVICE found = NULL;
    struct list *link;

    if (list == NULL || Flags == 0 || (Flags & ~(ULONG)WdfRetrieveAllChildren) != 0) {
        return NULL;
    }
    fx_lock(&list->lock);
    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        if (previous != NULL) {
            previous = child->pdo == previous ? NULL : previous;
            continue;
        }
        /* A static child that was never reported is pending, though it has its device. */
        if (matches_flags(child, Flags) ||
            (!child->reported && fx_child_will_be_present_locked(child) &&
             (Flags & WdfRetrievePendingChildren) != 0)) {
            found = fx_device_handle(child->pdo);
            break;
        }
    }
    fx_unlock(&list->lock);
    return found;
}
