/* SPDX-License-Identifier: MIT */
/*
 * Removals: of whom, in which order, and when.
 *
 * Who goes with a device: all below it, its removal relations, and with an ejection its ejection
 * relations too, each with all below them. Children are asked and removed before their parents. An orderly
 * removal goes to its end or is cancelled for all. A surprise removal cannot be refused; each device gets its
 * IRP_MN_REMOVE_DEVICE when its own last handle is closed and no device below it has drivers any more.
 */
#include "base/log.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"

/* Who goes ------------------------------------------------------------------------------------ */

static void collect(struct list *going, struct pnp_devnode *devnode);

static void
collect_relations(struct list *going, struct pnp_devnode *devnode, DEVICE_RELATION_TYPE type)
{
    PDEVICE_RELATIONS relations = NULL;

    (void)pnp_query_relations(devnode, type, &relations);
    for (ULONG i = 0; relations != NULL && i < relations->Count; i++) {
        struct pnp_devnode *related = io_device_devnode(relations->Objects[i]);

        if (related == NULL || !related->in_tree) {
            base_log(BASE_LOG_WARN, "pnp", "%s: a relation is no device of the tree",
                     PNP_NAME(devnode));
        } else {
            collect(going, related);
        }
    }
    pnp_free_relations(relations);
}

/* Appends the devnode after all that must go before it. Its place on the list is a reference. */
static void
collect(struct list *going, struct pnp_devnode *devnode)
{
    struct pnp_devnode *child;

    if (devnode->listed || devnode == pnp_root) {
        return;
    }
    devnode->listed = true;
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        collect(going, child);
    }
    if (devnode->started) {
        collect_relations(going, devnode, RemovalRelations);
    }
    pnp_devnode_ref(devnode);
    list_push_back(going, &devnode->going_link);
}

static void
release(struct list *going)
{
    struct list *link;

    while ((link = list_pop_front(going)) != NULL) {
        struct pnp_devnode *devnode = container_of(link, struct pnp_devnode, going_link);

        devnode->listed = false;
        pnp_devnode_unref(devnode);
    }
}

static struct pnp_devnode *
going_of(struct list *link)
{
    return container_of(link, struct pnp_devnode, going_link);
}

void
pnp_will_have(struct pnp_devnode *devnode, enum pnp_problem problem, NTSTATUS status)
{
    devnode->removal_problem = problem;
    devnode->removal_status = status;
}

/* Those that go because another one does, and stay plugged in. */
static void
give_reasons(struct list *going, struct pnp_devnode *target, enum pnp_problem of_others)
{
    struct list *link;

    list_for_each(link, going)
    {
        if (going_of(link) != target) {
            pnp_will_have(going_of(link), of_others, STATUS_NO_SUCH_DEVICE);
        }
    }
}

/* The end ------------------------------------------------------------------------------------- */

void
pnp_forget_children(struct pnp_devnode *devnode)
{
    struct pnp_devnode *child;

    while ((child = pnp_child_first(devnode)) != NULL) {
        (void)pnp_post(child, PNP_EV_FORGET);
        if (pnp_child_first(devnode) == child) {
            base_log(BASE_LOG_ERROR, "pnp", "%s is gone, and %s below it is not", PNP_NAME(devnode),
                     PNP_NAME(child));
            pnp_devnode_unlink(child);
        }
    }
}

static bool
has_busy_child(const struct pnp_devnode *devnode)
{
    struct pnp_devnode *child;

    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        if (child->has_stack) {
            return true;
        }
    }
    return false;
}

/* Whether it waits for nothing any more. */
static bool
may_end(const struct pnp_devnode *devnode)
{
    bool wants_to = devnode->surprised || (devnode->departed && !devnode->has_stack);

    return devnode->in_tree && wants_to && !devnode->open && !has_busy_child(devnode);
}

/* Ends it if it may end, and then those above it that waited for it. */
static void
finish(struct pnp_devnode *devnode)
{
    while (devnode != NULL && may_end(devnode)) {
        struct pnp_devnode *parent = devnode->parent;

        (void)pnp_post(devnode, devnode->departed ? PNP_EV_DEPART : PNP_EV_REMOVE);
        devnode = parent;
    }
}

void
pnp_closed(struct pnp_devnode *devnode)
{
    devnode->open = false;
    finish(devnode);
}

/* Surprise ------------------------------------------------------------------------------------ */

/* All of them, children first, hear of it before the first of them is removed. */
static void
surprise(struct list *going)
{
    struct list *link;

    list_for_each(link, going)
    {
        (void)pnp_post(going_of(link), PNP_EV_SURPRISE);
    }
    list_for_each(link, going)
    {
        finish(going_of(link));
    }
}

void
pnp_surprise_remove(struct pnp_devnode *devnode)
{
    struct list going;

    list_init(&going);
    collect(&going, devnode);
    give_reasons(&going, devnode, PNP_PROBLEM_WILL_BE_REMOVED);
    surprise(&going);
    release(&going);
}

static void
mark_departed(struct pnp_devnode *devnode)
{
    struct pnp_devnode *child;

    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        mark_departed(child);
    }
    sys_lock_acquire(&pnp_tree_lock);
    devnode->departed = true;
    sys_lock_release(&pnp_tree_lock);
}

void
pnp_depart(struct pnp_devnode *devnode)
{
    struct list going;

    list_init(&going);
    collect(&going, devnode); /* While its drivers still answer for it. */
    mark_departed(devnode);
    give_reasons(&going, devnode, PNP_PROBLEM_WILL_BE_REMOVED);
    surprise(&going);
    release(&going);
}

/* Orderly ------------------------------------------------------------------------------------- */

/* Asks all; when one refuses, those that agreed are told that nothing happens, parents first. */
static NTSTATUS
ask_all(struct list *going)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct list *link;

    list_for_each(link, going)
    {
        if (going_of(link)->surprised) {
            return STATUS_DEVICE_BUSY; /* One below it waits for its last handle. */
        }
    }
    for (link = going->next; link != going && NT_SUCCESS(status); link = link->next) {
        status = pnp_post(going_of(link), PNP_EV_QUERY_REMOVE);
        if (!NT_SUCCESS(status)) {
            struct list *asked;

            for (asked = link->prev; asked != going; asked = asked->prev) {
                (void)pnp_post(going_of(asked), PNP_EV_CANCEL_REMOVE);
            }
        }
    }
    return status;
}

static void
remove_all(struct list *going)
{
    struct list *link;

    list_for_each(link, going)
    {
        (void)pnp_post(going_of(link), PNP_EV_REMOVE);
    }
}

/* Whether none of the others, or below them, would be left without its bus. */
static NTSTATUS
eject(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION unlock = {.MinorFunction = IRP_MN_SET_LOCK};

    if (!devnode->capabilities.EjectSupported) {
        return STATUS_SUCCESS; /* Somebody pulls it out by hand. */
    }
    if (devnode->capabilities.LockSupported) {
        (void)pnp_send(devnode->pdo, &unlock, NULL);
    }
    return pnp_send_minor(devnode, IRP_MN_EJECT);
}

/* The buses of those that may have left are asked again. */
static void
rescan_buses(struct list *going)
{
    struct list *link;

    list_for_each(link, going)
    {
        struct pnp_devnode *devnode = going_of(link);

        if (devnode->in_tree && devnode->parent != NULL) {
            devnode->parent->needs_enumerate = true;
            pnp_work_add(devnode->parent);
        }
    }
}

NTSTATUS
pnp_remove_orderly(struct pnp_devnode *devnode, enum pnp_problem problem, bool ejecting)
{
    struct list going;
    NTSTATUS status;

    if (ejecting && !devnode->capabilities.EjectSupported && !devnode->capabilities.Removable) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    list_init(&going);
    if (ejecting && devnode->in_tree) {
        collect_relations(&going, devnode, EjectionRelations);
    }
    collect(&going, devnode);
    status = ask_all(&going);
    if (NT_SUCCESS(status)) {
        give_reasons(&going, devnode, ejecting ? problem : PNP_PROBLEM_WILL_BE_REMOVED);
        pnp_will_have(devnode, problem, STATUS_NO_SUCH_DEVICE);
        remove_all(&going);
        if (devnode->in_tree && !devnode->has_stack) {
            pnp_set_problem(devnode, problem, STATUS_NO_SUCH_DEVICE); /* It may have had none. */
        }
        if (ejecting) {
            status = eject(devnode);
            rescan_buses(&going);
        }
    }
    release(&going);
    return status;
}
