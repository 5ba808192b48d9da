/* SPDX-License-Identifier: MIT */
/*
 * Children: what a bus reports is compared with what the tree holds; what is missing departs, what
 * is new gets a devnode and is brought up. And the list of devnodes that wait for either.
 */
#include "base/log.h"
#include "nt/io/io.h"
#include "nt/ke/ke.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"

/* Bug check 0xCA, parameter 1. */
#define FATAL_DELETED_PDO 4

/* Of the action that runs; no lock. The place of a devnode on it is a reference. */
static struct list work;

void
pnp_work_init(void)
{
    list_init(&work);
}

void
pnp_work_add(struct pnp_devnode *devnode)
{
    if (list_empty(&devnode->work_link)) {
        pnp_devnode_ref(devnode);
        list_push_back(&work, &devnode->work_link);
    }
}

static void
bring_up(struct pnp_devnode *devnode)
{
    devnode->needs_configure = false;
    (void)pnp_post(devnode, PNP_EV_CONFIGURE);
    if (devnode->failed) {
        pnp_surprise_remove(devnode);
    } else if (devnode->requirements_changed && devnode->started) {
        pnp_requirements_changed(devnode);
    }
}

void
pnp_work_run(void)
{
    do {
        struct list *link;

        while ((link = list_pop_front(&work)) != NULL) {
            struct pnp_devnode *devnode = container_of(link, struct pnp_devnode, work_link);

            if (devnode->needs_configure && devnode->in_tree && !devnode->departed) {
                bring_up(devnode);
            }
            if (devnode->needs_enumerate && devnode->started) {
                pnp_enumerate(devnode);
            }
            pnp_devnode_unref(devnode);
        }
    } while (pnp_retry_conflicts());
}

/* The reported child that the tree knows; NULL: it is new. */
static struct pnp_devnode *
known_child(struct pnp_devnode *bus, PDEVICE_OBJECT pdo)
{
    struct pnp_devnode *child = io_device_devnode(pdo);

    if (child != NULL && child->parent != bus) {
        base_log(BASE_LOG_ERROR, "pnp", "%s reports %s, which %s", PNP_NAME(bus), PNP_NAME(child),
                 child->in_tree ? "is a child of another device" : "was removed");
    }
    if (child == NULL && io_device_is_deleted(pdo)) {
        ke_bugcheck(PNP_DETECTED_FATAL_ERROR, FATAL_DELETED_PDO, (ULONG_PTR)pdo, 0, 0,
                    io_driver_ascii_name(pdo->DriverObject), __builtin_return_address(0));
    }
    return child;
}

static struct pnp_devnode *
first_missing(struct pnp_devnode *bus)
{
    struct pnp_devnode *child;

    for (child = pnp_child_first(bus); child != NULL; child = pnp_child_next(child)) {
        if (!child->seen && !child->departed) {
            return child;
        }
    }
    return NULL;
}

static void
add_child(struct pnp_devnode *bus, PDEVICE_OBJECT pdo)
{
    struct pnp_devnode *child = NULL;
    NTSTATUS status = pnp_devnode_create(bus, pdo, &child);

    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "pnp", "out of memory: a child of %s is left out", PNP_NAME(bus));
        return;
    }
    child->seen = true;
    child->needs_configure = true;
    pnp_work_add(child);
}

void
pnp_enumerate(struct pnp_devnode *bus)
{
    PDEVICE_RELATIONS relations = NULL;
    struct pnp_devnode *child;

    bus->needs_enumerate = false;
    if (!NT_SUCCESS(pnp_query_relations(bus, BusRelations, &relations))) {
        return; /* Nothing is known to have changed. */
    }
    for (child = pnp_child_first(bus); child != NULL; child = pnp_child_next(child)) {
        child->seen = false;
    }
    for (ULONG i = 0; relations != NULL && i < relations->Count; i++) {
        child = known_child(bus, relations->Objects[i]);
        if (child != NULL) {
            child->seen = true;
        }
    }
    /* First: a device that was pulled out and plugged in again makes room for itself. */
    while ((child = first_missing(bus)) != NULL) {
        pnp_depart(child);
    }
    for (ULONG i = 0; relations != NULL && i < relations->Count; i++) {
        if (io_device_devnode(relations->Objects[i]) == NULL) {
            add_child(bus, relations->Objects[i]);
        }
    }
    pnp_free_relations(relations);
}
