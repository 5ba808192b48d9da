/* SPDX-License-Identifier: MIT */
/* Child lists: see child.h. */
#include "fx/pnp/child.h"

#include <string.h>

#include "fx/core/lock.h"
#include "fx/pnp/call.h"
#include "fx/pnp/childlist.h"
#include "fx/pnp/device_init.h"
#include "fx/pnp/relations.h"
#include "sys/memory.h"
#include "sys/wait.h"

static WDFCHILDLIST
handle_of(struct fx_child_list *list)
{
    return fx_object_handle(&list->object);
}

/* --- Descriptions ---------------------------------------------------------------------------- */

static NTSTATUS
duplicate_id(struct fx_child_list *list, WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *from,
             WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER **ret)
{
    ULONG size = list->config.IdentificationDescriptionSize;
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *to = sys_alloc_zeroed(size);
    NTSTATUS status = STATUS_SUCCESS;

    if (to == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (list->config.EvtChildListIdentificationDescriptionDuplicate != NULL) {
        to->IdentificationDescriptionSize = size;
        status =
            list->config.EvtChildListIdentificationDescriptionDuplicate(handle_of(list), from, to);
    } else {
        memcpy(to, from, size);
    }
    if (!NT_SUCCESS(status)) {
        sys_free(to);
        return status;
    }
    *ret = to;
    return STATUS_SUCCESS;
}

static void
free_id(struct fx_child_list *list, WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *id)
{
    if (id != NULL && list->config.EvtChildListIdentificationDescriptionCleanup != NULL) {
        list->config.EvtChildListIdentificationDescriptionCleanup(handle_of(list), id);
    }
    sys_free(id);
}

static NTSTATUS
duplicate_address(struct fx_child_list *list, WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *from,
                  WDF_CHILD_ADDRESS_DESCRIPTION_HEADER **ret)
{
    ULONG size = list->config.AddressDescriptionSize;
    WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *to;
    NTSTATUS status = STATUS_SUCCESS;

    *ret = NULL;
    if (size == 0) {
        return STATUS_SUCCESS;
    }
    to = sys_alloc_zeroed(size);
    if (to == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    to->AddressDescriptionSize = size;
    if (from == NULL) {
        *ret = to; /* A place for WdfPdoUpdateAddressDescription. */
        return STATUS_SUCCESS;
    }
    if (list->config.EvtChildListAddressDescriptionDuplicate != NULL) {
        status = list->config.EvtChildListAddressDescriptionDuplicate(handle_of(list), from, to);
    } else {
        memcpy(to, from, size);
    }
    if (!NT_SUCCESS(status)) {
        sys_free(to);
        return status;
    }
    *ret = to;
    return STATUS_SUCCESS;
}

static void
free_address(struct fx_child_list *list, WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *address)
{
    if (address != NULL && list->config.EvtChildListAddressDescriptionCleanup != NULL) {
        list->config.EvtChildListAddressDescriptionCleanup(handle_of(list), address);
    }
    sys_free(address);
}

void
fx_child_copy_id_locked(struct fx_child *child, WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *to)
{
    struct fx_child_list *list = child->list;

    if (list->config.EvtChildListIdentificationDescriptionCopy != NULL) {
        list->config.EvtChildListIdentificationDescriptionCopy(handle_of(list), child->id, to);
    } else {
        memcpy(to, child->id, list->config.IdentificationDescriptionSize);
    }
}

void
fx_child_copy_address_locked(struct fx_child_list *list, WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *from,
                             WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *to)
{
    if (list->config.EvtChildListAddressDescriptionCopy != NULL) {
        list->config.EvtChildListAddressDescriptionCopy(handle_of(list), from, to);
    } else {
        memcpy(to, from, list->config.AddressDescriptionSize);
    }
}

static bool
is_same(struct fx_child_list *list, WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *a,
        WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *b)
{
    if (list->config.EvtChildListIdentificationDescriptionCompare != NULL) {
        return list->config.EvtChildListIdentificationDescriptionCompare(handle_of(list), a, b) !=
               FALSE;
    }
    return memcmp(a, b, list->config.IdentificationDescriptionSize) == 0;
}

/* --- Entries --------------------------------------------------------------------------------- */

struct fx_child *
fx_child_find_locked(struct fx_child_list *list, WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *id)
{
    struct list *link;

    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        /* One that was reported as missing is not the one that is plugged in again. */
        if (!child->reported_missing && is_same(list, child->id, id)) {
            return child;
        }
    }
    return NULL;
}

NTSTATUS
fx_child_add_locked(struct fx_child_list *list, WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *id,
                    WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *address)
{
    struct fx_child *child = sys_alloc_zeroed(sizeof(*child));
    NTSTATUS status;

    if (child == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    child->list = list;
    status = duplicate_id(list, id, &child->id);
    if (NT_SUCCESS(status)) {
        status = duplicate_address(list, address, &child->address);
        if (!NT_SUCCESS(status)) {
            free_id(list, child->id);
        }
    }
    if (!NT_SUCCESS(status)) {
        sys_free(child);
        return status;
    }
    child->next = FX_CHILD_PRESENT;
    list_push_back(&list->children, &child->link);
    return STATUS_SUCCESS;
}

static void
free_child_locked(struct fx_child *child)
{
    list_remove(&child->link);
    free_address(child->list, child->address);
    free_id(child->list, child->id);
    sys_free(child);
}

bool
fx_child_will_be_present_locked(const struct fx_child *child)
{
    return child->next == FX_CHILD_AS_IT_IS ? child->present : child->next == FX_CHILD_PRESENT;
}

/* Lets what was noted take effect. True: the PnP manager is to ask again. */
static bool
apply_locked(struct fx_child_list *list)
{
    struct list *link;
    struct list *following;
    bool changed = false;

    list_for_each_safe(link, following, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);
        bool present = fx_child_will_be_present_locked(child);

        changed |= present != child->present;
        child->present = present;
        child->next = FX_CHILD_AS_IT_IS;
        if (!present && child->pdo == NULL && !child->creating) {
            free_child_locked(child); /* Nobody has seen it. */
        }
    }
    return changed;
}

void
fx_child_list_hold(struct fx_child_list *list, bool all_missing)
{
    struct list *link;

    fx_lock(&list->lock);
    atomic_store_u32(&list->busy, list->busy + 1);
    if (all_missing) {
        list_for_each(link, &list->children)
        {
            container_of(link, struct fx_child, link)->next = FX_CHILD_MISSING;
        }
    }
    fx_unlock(&list->lock);
}

void
fx_child_list_release(struct fx_child_list *list)
{
    bool changed = false;

    fx_lock(&list->lock);
    if (list->busy == 0) {
        fx_unlock(&list->lock);
        fx_log(list->object.globals, "child list %p: an end without a beginning", handle_of(list));
        return;
    }
    atomic_store_u32(&list->busy, list->busy - 1);
    if (list->busy == 0) {
        changed = apply_locked(list);
        (void)atomic_fetch_add_u32(&list->word, 1);
        sys_wake(&list->word, UINT32_MAX);
    }
    fx_unlock(&list->lock);
    if (changed) {
        fx_child_list_invalidate(list);
    }
}

void
fx_child_list_invalidate(struct fx_child_list *list)
{
    IoInvalidateDeviceRelations(list->device->physical, BusRelations);
}

/* --- Lists ----------------------------------------------------------------------------------- */

static void
childlist_destroy(struct fx_object *object)
{
    struct fx_child_list *list = container_of(object, struct fx_child_list, object);

    while (!list_empty(&list->children)) {
        free_child_locked(container_of(list->children.next, struct fx_child, link));
    }
}

const struct fx_class fx_class_childlist = {
    .type = FX_TYPE_CHILDLIST,
    .name = "WDFCHILDLIST",
    .size = sizeof(struct fx_child_list),
    .parent_rule = FX_PARENT_NOT_ALLOWED,
    .undeletable = true,
    .passive = true,
    .destroy = childlist_destroy,
};

NTSTATUS
fx_child_list_create(struct fx_device *device, const WDF_CHILD_LIST_CONFIG *config,
                     WDF_OBJECT_ATTRIBUTES *attributes, struct fx_child_list **ret_list)
{
    struct fx_child_list *list;
    NTSTATUS status = fx_object_create(&fx_class_childlist, device->object.globals, attributes,
                                       &device->object, 0, &list);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    list->device = device;
    list->is_static = config == NULL;
    if (config != NULL) {
        list->config = *config;
    }
    list_init(&list->children);
    fx_lock(&device->lock);
    list_push_back(&device->child_lists, &list->device_link);
    fx_unlock(&device->lock);
    (void)fx_object_commit(&list->object);
    *ret_list = list;
    return STATUS_SUCCESS;
}

/* The lists stay as long as the device; new ones are at the end. */
static struct fx_child_list *
next_list(struct fx_device *device, struct fx_child_list *list)
{
    struct list *link;

    fx_lock(&device->lock);
    link = list == NULL ? device->child_lists.next : list->device_link.next;
    fx_unlock(&device->lock);
    return link == &device->child_lists ? NULL
                                        : container_of(link, struct fx_child_list, device_link);
}

void
fx_childlists_scan(struct fx_device *device)
{
    struct fx_child_list *list = NULL;

    while ((list = next_list(device, list)) != NULL) {
        PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN scan = list->config.EvtChildListScanForChildren;

        if (scan != NULL) {
            KIRQL irql = fx_callback_begin();

            scan(handle_of(list));
            fx_callback_end(device->object.globals, irql, (const void *)scan);
        }
    }
}

NTSTATUS
fx_child_add_static(struct fx_child_list *list, struct fx_device *pdo)
{
    struct fx_child *child = sys_alloc_zeroed(sizeof(*child));
    bool now;

    if (child == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    child->list = list;
    child->pdo = pdo;
    fx_lock(&list->lock);
    if (pdo->pdo->child != NULL) {
        fx_unlock(&list->lock);
        sys_free(child);
        return STATUS_INVALID_PARAMETER;
    }
    child->next = FX_CHILD_PRESENT;
    pdo->pdo->child = child;
    list_push_back(&list->children, &child->link);
    now = list->busy == 0 && apply_locked(list);
    fx_unlock(&list->lock);
    if (now) {
        fx_child_list_invalidate(list);
    }
    return STATUS_SUCCESS;
}

/* --- PDOs of dynamic children ---------------------------------------------------------------- */

/* Calls EvtChildListCreateDevice. `id` is the entry's own, which nobody frees meanwhile. */
static NTSTATUS
create_pdo(struct fx_child_list *list, struct fx_child *child, struct fx_device **ret_pdo)
{
    struct WDFDEVICE_INIT *init = fx_device_init_create(list->device->driver, FX_DEVICE_PDO, NULL);
    PFN_WDF_CHILD_LIST_CREATE_DEVICE create = list->config.EvtChildListCreateDevice;
    NTSTATUS status;
    KIRQL irql;

    *ret_pdo = NULL;
    if (init == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    init->parent = list->device;
    init->dynamic = true;
    irql = fx_callback_begin();
    status = create(handle_of(list), child->id, init);
    fx_callback_end(list->object.globals, irql, (const void *)create);
    *ret_pdo = init->created;
    fx_device_init_delete(init);
    if (NT_SUCCESS(status) && *ret_pdo == NULL) {
        status = STATUS_UNSUCCESSFUL;
    }
    if (!NT_SUCCESS(status)) {
        fx_log(list->object.globals, "EvtChildListCreateDevice failed with 0x%08x",
               (unsigned)status);
        if (*ret_pdo != NULL) {
            fx_device_remove(*ret_pdo);
            *ret_pdo = NULL;
            status = status == STATUS_RETRY ? STATUS_UNSUCCESSFUL : status;
        }
    }
    return status;
}

/* The next description without a PDO, taken; NULL: none. */
static struct fx_child *
next_to_create(struct fx_child_list *list)
{
    struct fx_child *found = NULL;
    struct list *link;

    fx_lock(&list->lock);
    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        if (child->present && child->pdo == NULL && !child->creating) {
            child->creating = true;
            found = child;
            break;
        }
    }
    fx_unlock(&list->lock);
    return found;
}

/* True: to be tried again, later. */
static bool
settle_creation(struct fx_child_list *list, struct fx_child *child, struct fx_device *pdo,
                NTSTATUS status)
{
    bool again = false;

    fx_lock(&list->lock);
    child->creating = false;
    if (pdo != NULL) {
        child->pdo = pdo;
        pdo->pdo->child = child;
    } else if (status == STATUS_RETRY && child->present &&
               ++child->retries < FX_CHILD_RETRIES_MAX) {
        again = true;
        child->creating = true; /* Until this round is over. */
    } else {
        free_child_locked(child);
    }
    fx_unlock(&list->lock);
    return again;
}

static void
create_pdos(struct fx_child_list *list)
{
    struct fx_child *child;
    bool again = false;
    struct list *link;

    while ((child = next_to_create(list)) != NULL) {
        struct fx_device *pdo;
        NTSTATUS status = create_pdo(list, child, &pdo);

        again |= settle_creation(list, child, pdo, status);
    }
    if (!again) {
        return;
    }
    fx_lock(&list->lock);
    list_for_each(link, &list->children)
    {
        container_of(link, struct fx_child, link)->creating = false;
    }
    fx_unlock(&list->lock);
    fx_child_list_invalidate(list);
}

/* --- Bus relations --------------------------------------------------------------------------- */

/* Adds the PDOs that are present to `devices` (room for all); returns how many. Each is referenced. */
static size_t
collect_present(struct fx_child_list *list, DEVICE_OBJECT **devices, size_t room)
{
    size_t count = 0;
    struct list *link;

    fx_lock(&list->lock);
    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        if (child->present && child->pdo != NULL && !child->creating) {
            if (count < room) {
                child->reported = true;
                ObReferenceObject(child->pdo->wdm);
                devices[count] = child->pdo->wdm;
            }
            count++;
        }
    }
    fx_unlock(&list->lock);
    return count;
}

/* The next PDO that the PnP manager hears the absence of now; referenced. */
static struct fx_device *
next_missing(struct fx_child_list *list)
{
    struct fx_device *found = NULL;
    struct list *link;

    fx_lock(&list->lock);
    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        if (!child->present && child->pdo != NULL && !child->reported_missing) {
            child->reported_missing = true;
            found = child->pdo;
            fx_object_ref(&found->object);
            break;
        }
    }
    fx_unlock(&list->lock);
    return found;
}

static void
report_missing(struct fx_child_list *list)
{
    struct fx_device *pdo;

    while ((pdo = next_missing(list)) != NULL) {
        FX_CALL_VOID(pdo, pdo->pdo->events.EvtDeviceReportedMissing);
        fx_object_unref(&pdo->object);
    }
}

static NTSTATUS
report_list(struct fx_child_list *list, IRP *irp)
{
    size_t room = collect_present(list, NULL, 0) + 1;
    DEVICE_OBJECT **devices;
    DEVICE_RELATIONS *merged;
    size_t count;

    /* Children may come meanwhile; they get an invalidation of their own. */
    devices = sys_alloc(room * sizeof(*devices));
    if (devices == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    count = collect_present(list, devices, room);
    count = count < room ? count : room;
    merged = fx_relations_merge((DEVICE_RELATIONS *)irp->IoStatus.Information, devices, count);
    for (size_t i = 0; i < count; i++) {
        ObDereferenceObject(devices[i]);
    }
    sys_free(devices);
    if (merged == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->IoStatus.Information = (ULONG_PTR)merged;
    return STATUS_SUCCESS;
}

NTSTATUS
fx_children_report(struct fx_device *device, IRP *irp)
{
    NTSTATUS status = irp->IoStatus.Status;
    struct fx_child_list *list = NULL;

    while ((list = next_list(device, list)) != NULL) {
        if (!list->is_static) {
            create_pdos(list);
        }
        status = report_list(list, irp);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        report_missing(list);
    }
    return status;
}

static struct fx_device *
first_pdo(struct fx_child_list *list)
{
    struct fx_device *found = NULL;
    struct list *link;

    fx_lock(&list->lock);
    list_for_each(link, &list->children)
    {
        struct fx_child *child = container_of(link, struct fx_child, link);

        if (child->pdo != NULL) {
            found = child->pdo;
            break;
        }
    }
    fx_unlock(&list->lock);
    return found;
}

void
fx_children_remove(struct fx_device *device)
{
    struct fx_child_list *list = NULL;

    while ((list = next_list(device, list)) != NULL) {
        struct fx_device *pdo;

        while ((pdo = first_pdo(list)) != NULL) {
            fx_pdo_remove_with_parent(pdo);
        }
    }
}

/* --- By PDO ---------------------------------------------------------------------------------- */

static struct fx_child_list *
list_of(struct fx_device *pdo)
{
    struct fx_child *child = pdo->pdo->child;

    return child == NULL ? NULL : child->list;
}

NTSTATUS
fx_child_mark_missing(struct fx_device *pdo)
{
    struct fx_child_list *list = list_of(pdo);
    bool changed = false;

    if (list == NULL) {
        return STATUS_NO_SUCH_DEVICE;
    }
    fx_lock(&list->lock);
    pdo->pdo->child->next = FX_CHILD_MISSING;
    if (list->busy == 0) {
        changed = apply_locked(list);
    }
    fx_unlock(&list->lock);
    if (changed) {
        fx_child_list_invalidate(list);
    }
    return STATUS_SUCCESS;
}

bool
fx_child_is_reported_missing(struct fx_device *pdo)
{
    struct fx_child_list *list = list_of(pdo);
    bool missing;

    if (list == NULL) {
        return true;
    }
    fx_lock(&list->lock);
    missing = pdo->pdo->child->reported_missing;
    fx_unlock(&list->lock);
    return missing;
}

void
fx_child_set_reported_missing(struct fx_device *pdo)
{
    struct fx_child_list *list = list_of(pdo);

    if (list != NULL) {
        fx_lock(&list->lock);
        pdo->pdo->child->present = false;
        pdo->pdo->child->next = FX_CHILD_AS_IT_IS;
        pdo->pdo->child->reported_missing = true;
        fx_unlock(&list->lock);
    }
}

bool
fx_child_is_dynamic(struct fx_device *pdo)
{
    struct fx_child_list *list = list_of(pdo);

    return list != NULL && !list->is_static;
}

/* An iteration that has the handle ends first. */
void
fx_child_forget_pdo(struct fx_device *pdo)
{
    struct fx_child_list *list = list_of(pdo);

    if (list == NULL) {
        return;
    }
    fx_lock(&list->lock);
    while (list->busy != 0) {
        uint32_t seen = atomic_load_u32(&list->word);

        fx_unlock(&list->lock);
        (void)sys_wait(&list->word, seen, SYS_FOREVER);
        fx_lock(&list->lock);
    }
    free_child_locked(pdo->pdo->child);
    pdo->pdo->child = NULL;
    fx_unlock(&list->lock);
}

NTSTATUS
fx_child_get_identification(struct fx_device *pdo, WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *to)
{
    struct fx_child_list *list = list_of(pdo);

    if (list == NULL || list->is_static ||
        to->IdentificationDescriptionSize != list->config.IdentificationDescriptionSize) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_lock(&list->lock);
    fx_child_copy_id_locked(pdo->pdo->child, to);
    fx_unlock(&list->lock);
    return STATUS_SUCCESS;
}

static bool
has_addresses(const struct fx_child_list *list, ULONG size)
{
    return list != NULL && !list->is_static && list->config.AddressDescriptionSize != 0 &&
           size == list->config.AddressDescriptionSize;
}

NTSTATUS
fx_child_get_address(struct fx_device *pdo, WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *to)
{
    struct fx_child_list *list = list_of(pdo);

    if (!has_addresses(list, to->AddressDescriptionSize)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_lock(&list->lock);
    fx_child_copy_address_locked(list, pdo->pdo->child->address, to);
    fx_unlock(&list->lock);
    return STATUS_SUCCESS;
}

NTSTATUS
fx_child_set_address(struct fx_device *pdo, const WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *from)
{
    struct fx_child_list *list = list_of(pdo);

    if (!has_addresses(list, from->AddressDescriptionSize)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    fx_lock(&list->lock);
    fx_child_copy_address_locked(list, (WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *)from,
                                 pdo->pdo->child->address);
    fx_unlock(&list->lock);
    return STATUS_SUCCESS;
}

/* --- Enumeration anew ------------------------------------------------------------------------ */

/* EvtChildListDeviceReenumerated; *ret_address is the new address, or NULL. Without the lock. */
static bool
ask_reenumerated(struct fx_child_list *list, struct fx_device *pdo,
                 WDF_CHILD_ADDRESS_DESCRIPTION_HEADER **ret_address)
{
    PFN_WDF_CHILD_LIST_DEVICE_REENUMERATED ask = list->config.EvtChildListDeviceReenumerated;
    WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *fresh = NULL;
    bool approved;
    KIRQL irql;

    *ret_address = NULL;
    if (ask == NULL) {
        return true;
    }
    if (!NT_SUCCESS(duplicate_address(list, pdo->pdo->child->address, &fresh))) {
        return false;
    }
    irql = fx_callback_begin();
    approved = ask(handle_of(list), fx_device_handle(pdo), pdo->pdo->child->address, fresh) != 0;
    fx_callback_end(list->object.globals, irql, (const void *)ask);
    if (!approved) {
        free_address(list, fresh);
        return false;
    }
    *ret_address = fresh;
    return true;
}

void
fx_child_reenumerate(struct fx_device *pdo)
{
    WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *address;
    struct fx_child_list *list = list_of(pdo);
    NTSTATUS status = STATUS_SUCCESS;
    bool changed = false;

    if (list == NULL || list->is_static || !ask_reenumerated(list, pdo, &address)) {
        return;
    }
    fx_lock(&list->lock);
    if (pdo->pdo->child->present && pdo->pdo->child->next != FX_CHILD_MISSING) {
        status = fx_child_add_locked(list, pdo->pdo->child->id,
                                     address != NULL ? address : pdo->pdo->child->address);
        pdo->pdo->child->next = FX_CHILD_MISSING;
        if (list->busy == 0) {
            changed = apply_locked(list);
        }
    }
    fx_unlock(&list->lock);
    free_address(list, address);
    if (!NT_SUCCESS(status)) {
        fx_log(list->object.globals, "device %p is not enumerated anew: 0x%08x",
               fx_device_handle(pdo), (unsigned)status);
    }
    if (changed) {
        fx_child_list_invalidate(list);
    }
}
