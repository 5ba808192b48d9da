/* SPDX-License-Identifier: MIT */
/*
 * The device tree: its devnodes, and what may be asked about them.
 *
 * A devnode lives as long as its PDO's object: to refer to the one is to reference the other. The
 * tree itself holds a reference while the devnode is in it.
 */
#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/arbiter.h"
#include "nt/po/po.h"

struct sys_lock pnp_tree_lock;
struct pnp_devnode *pnp_root;
struct pnp_system pnp_system;

WCHAR pnp_no_text[1];

/* Life ---------------------------------------------------------------------------------------- */

static void
free_text(WCHAR *text)
{
    if (text != pnp_no_text) {
        pnp_free(text);
    }
}

void
pnp_devnode_free(struct pnp_devnode *devnode)
{
    free_text(devnode->device_id);
    free_text(devnode->instance_path);
    free_text(devnode->hardware_ids);
    free_text(devnode->compatible_ids);
    free_text(devnode->container_id);
    free_text(devnode->description);
    free_text(devnode->location);
    pnp_free(devnode->requirements);
    pnp_free(devnode->filtered);
    pnp_free(devnode->boot);
    pnp_free(devnode->boot_translated);
    pnp_free(devnode->allocated);
    pnp_free(devnode->translated);
    pnp_setup_clear(&devnode->setup);
    ExFreePoolWithTag(devnode, PNP_TAG);
}

NTSTATUS
pnp_devnode_create(struct pnp_devnode *parent, PDEVICE_OBJECT pdo, struct pnp_devnode **ret_devnode)
{
    struct pnp_devnode *devnode = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*devnode), PNP_TAG);

    if (devnode == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    devnode->pdo = pdo;
    devnode->parent = parent;
    devnode->depth = parent != NULL ? parent->depth + 1 : 0;
    list_init(&devnode->children);
    list_init(&devnode->sibling);
    list_init(&devnode->work_link);
    list_init(&devnode->going_link);
    KeInitializeEvent(&devnode->removed, NotificationEvent, TRUE);
    devnode->device_id = pnp_no_text;
    devnode->instance_path = pnp_no_text;
    devnode->hardware_ids = pnp_no_text;
    devnode->compatible_ids = pnp_no_text;
    devnode->container_id = pnp_no_text;
    devnode->description = pnp_no_text;
    devnode->location = pnp_no_text;
    fsm_init(&devnode->machine, &pnp_devnode_table, devnode);
    fsm_start(&devnode->machine);
    ObReferenceObject(pdo);
    io_device_set_devnode(pdo, devnode);
    io_device_set_start_pending(pdo, true);
    pdo->Flags |= DO_BUS_ENUMERATED_DEVICE;
    sys_lock_acquire(&pnp_tree_lock);
    devnode->in_tree = true;
    if (parent != NULL) {
        list_push_back(&parent->children, &devnode->sibling);
    }
    sys_lock_release(&pnp_tree_lock);
    *ret_devnode = devnode;
    return STATUS_SUCCESS;
}

void
pnp_devnode_unlink(struct pnp_devnode *devnode)
{
    sys_lock_acquire(&pnp_tree_lock);
    list_remove(&devnode->sibling);
    devnode->in_tree = false;
    devnode->parent = NULL;
    sys_lock_release(&pnp_tree_lock);
    ObDereferenceObject(devnode->pdo);
}

void
pnp_devnode_ref(struct pnp_devnode *devnode)
{
    ObReferenceObject(devnode->pdo);
}

void
pnp_devnode_unref(struct pnp_devnode *devnode)
{
    if (devnode != NULL) {
        ObDereferenceObject(devnode->pdo);
    }
}

/* Walking ------------------------------------------------------------------------------------- */

struct pnp_devnode *
pnp_child_first(const struct pnp_devnode *devnode)
{
    return list_empty(&devnode->children)
               ? NULL
               : container_of(devnode->children.next, struct pnp_devnode, sibling);
}

struct pnp_devnode *
pnp_child_next(const struct pnp_devnode *child)
{
    return child->sibling.next == &child->parent->children
               ? NULL
               : container_of(child->sibling.next, struct pnp_devnode, sibling);
}

/* The one after `devnode`, parents before children; NULL past the last. The lock is held. */
static struct pnp_devnode *
next_locked(struct pnp_devnode *devnode)
{
    struct pnp_devnode *next = pnp_child_first(devnode);

    while (next == NULL && devnode->parent != NULL) {
        next = pnp_child_next(devnode);
        devnode = devnode->parent;
    }
    return next;
}

static bool
same_path(const WCHAR *a, const WCHAR *b)
{
    return utf16_compare((const uint16_t *)a, pnp_wide_length(a), (const uint16_t *)b,
                         pnp_wide_length(b), true) == 0;
}

struct pnp_devnode *
pnp_find_locked(const WCHAR *instance_path)
{
    for (struct pnp_devnode *devnode = pnp_root; devnode != NULL; devnode = next_locked(devnode)) {
        if (!devnode->departed && same_path(devnode->instance_path, instance_path)) {
            return devnode;
        }
    }
    return NULL;
}

struct pnp_devnode *
pnp_devnode_find(const WCHAR *instance_path)
{
    struct pnp_devnode *devnode;

    sys_lock_acquire(&pnp_tree_lock);
    devnode = pnp_find_locked(instance_path);
    if (devnode != NULL) {
        ObReferenceObject(devnode->pdo);
    }
    sys_lock_release(&pnp_tree_lock);
    return devnode;
}

struct pnp_devnode *
pnp_devnode_of(PDEVICE_OBJECT device)
{
    PDEVICE_OBJECT pdo = IoGetDeviceAttachmentBaseRef(device);
    struct pnp_devnode *devnode = io_device_devnode(pdo);

    if (devnode == NULL) {
        ObDereferenceObject(pdo);
    }
    return devnode;
}

/* What is told ------------------------------------------------------------------------------- */

PDEVICE_OBJECT
pnp_devnode_pdo(const struct pnp_devnode *devnode)
{
    return devnode->pdo;
}

const WCHAR *
pnp_devnode_instance_path(const struct pnp_devnode *devnode)
{
    return devnode->instance_path;
}

static bool
not_disableable_locked(struct pnp_devnode *devnode)
{
    struct pnp_devnode *end = devnode;
    struct pnp_devnode *next;

    if ((devnode->device_state & PNP_DEVICE_NOT_DISABLEABLE) != 0) {
        return true;
    }
    for (next = next_locked(devnode); next != NULL && next->depth > end->depth;
         next = next_locked(next)) {
        if ((next->device_state & PNP_DEVICE_NOT_DISABLEABLE) != 0) {
            return true;
        }
    }
    return false;
}

static void
status_locked(struct pnp_devnode *devnode, struct pnp_status *status)
{
    *status = (struct pnp_status){
        .instance_path = devnode->instance_path,
        .parent_path = devnode->parent != NULL ? devnode->parent->instance_path : NULL,
        .description = devnode->setup.text[PNP_TEXT_DESCRIPTION] != NULL
                           ? devnode->setup.text[PNP_TEXT_DESCRIPTION]
                           : devnode->description,
        .state = fsm_state_name(&pnp_devnode_table, fsm_state_number(&devnode->machine)),
        .depth = devnode->depth,
        .problem = devnode->problem,
        .problem_status = devnode->problem_status,
        .started = devnode->started,
        .has_drivers = devnode->setup.driver_count != 0,
        .hidden = (devnode->device_state & PNP_DEVICE_DONT_DISPLAY_IN_UI) != 0 ||
                  devnode->capabilities.NoDisplayInUI,
        .gone = devnode->departed || !devnode->in_tree,
        .not_disableable = not_disableable_locked(devnode),
        .power = po_device_state(devnode->pdo),
        .wake_armed = po_device_wake_armed(devnode->pdo),
        .woke = po_device_woke_system(devnode->pdo),
    };
}

void
pnp_devnode_status(struct pnp_devnode *devnode, struct pnp_status *ret_status)
{
    sys_lock_acquire(&pnp_tree_lock);
    status_locked(devnode, ret_status);
    sys_lock_release(&pnp_tree_lock);
}

void
pnp_tree_walk(bool (*fn)(void *argument, struct pnp_devnode *devnode,
                         const struct pnp_status *status),
              void *argument)
{
    struct pnp_devnode **all = NULL;
    size_t count = 0;
    size_t room = 0;
    bool go_on = true;

    /* A snapshot: what fn does may change the tree. */
    do {
        struct pnp_devnode *devnode;

        pnp_free(all);
        room = count + 16;
        all = ExAllocatePool2(POOL_FLAG_NON_PAGED, room * sizeof(struct pnp_devnode *), PNP_TAG);
        if (all == NULL) {
            base_log(BASE_LOG_ERROR, "pnp", "out of memory: the tree cannot be listed");
            return;
        }
        count = 0;
        sys_lock_acquire(&pnp_tree_lock);
        for (devnode = pnp_root; devnode != NULL; devnode = next_locked(devnode)) {
            if (count < room) {
                all[count] = devnode;
            }
            count++;
        }
        for (size_t i = 0; count <= room && i < count; i++) {
            ObReferenceObject(all[i]->pdo);
        }
        sys_lock_release(&pnp_tree_lock);
    } while (count > room);
    for (size_t i = 0; i < count; i++) {
        struct pnp_status status;

        if (go_on) {
            pnp_devnode_status(all[i], &status);
            go_on = fn(argument, all[i], &status);
        }
        ObDereferenceObject(all[i]->pdo);
    }
    ExFreePoolWithTag(all, PNP_TAG);
}

void
pnp_report(struct pnp_devnode *devnode, bool gone_for_good)
{
    struct pnp_status status;

    if (pnp_system.changed != NULL && devnode->described) {
        pnp_devnode_status(devnode, &status);
        pnp_system.changed(pnp_system.context, &status, gone_for_good);
    }
}

void
pnp_set_problem(struct pnp_devnode *devnode, enum pnp_problem problem, NTSTATUS status)
{
    bool changed;

    sys_lock_acquire(&pnp_tree_lock);
    changed = devnode->problem != problem;
    devnode->problem = problem;
    devnode->problem_status = problem == PNP_PROBLEM_NONE ? STATUS_SUCCESS : status;
    sys_lock_release(&pnp_tree_lock);
    if (changed && problem != PNP_PROBLEM_NONE) {
        base_log(BASE_LOG_DEBUG, "pnp", "%s: problem %d, %s (status 0x%08x)", PNP_NAME(devnode),
                 (int)problem, pnp_problem_name(problem), (unsigned)status);
    }
    if (changed) {
        pnp_report(devnode, false);
    }
}

/* Start and end ------------------------------------------------------------------------------- */

static void
invalidate_state(PDEVICE_OBJECT pdo)
{
    pnp_queue_ask(io_device_devnode(pdo), PNP_ASK_STATE);
}

static void
invalidate_relations(PDEVICE_OBJECT pdo, DEVICE_RELATION_TYPE type)
{
    if (type == BusRelations || type == SingleBusRelations) {
        pnp_queue_ask(io_device_devnode(pdo), PNP_ASK_RELATIONS);
    } else if (type == PowerRelations) {
        pnp_queue_ask(io_device_devnode(pdo), PNP_ASK_POWER);
    }
}

static void
request_eject(PDEVICE_OBJECT pdo)
{
    pnp_queue_ask(io_device_devnode(pdo), PNP_ASK_EJECT);
}

/* NULL until the bus has told the ids. */
static const WCHAR *
instance_path(PDEVICE_OBJECT pdo)
{
    const struct pnp_devnode *devnode = io_device_devnode(pdo);

    return devnode->described ? devnode->instance_path : NULL;
}

void
pnp_set_system(const struct pnp_system *system)
{
    static const struct pnp_system nobody;

    pnp_system = system != NULL ? *system : nobody;
}

NTSTATUS
pnp_init(void)
{
    static const struct io_pnp_hooks hooks = {
        .invalidate_relations = invalidate_relations,
        .invalidate_state = invalidate_state,
        .request_eject = request_eject,
        .get_property = pnp_get_property,
        .instance_path = instance_path,
    };

    pnp_set_system(NULL);
    pnp_queue_init();
    pnp_work_init();
    pnp_arbiter_init();
    io_set_pnp_hooks(&hooks);
    return pnp_root_init();
}

void
pnp_fini(void)
{
    if (pnp_root != NULL) {
        pnp_queue_wait();
        while (pnp_child_first(pnp_root) != NULL) {
            struct pnp_devnode *child = pnp_child_first(pnp_root);

            base_log(BASE_LOG_WARN, "pnp", "%s was never removed", PNP_NAME(child));
            pnp_devnode_ref(child);
            pnp_devnode_unplug(child);
            if (child->in_tree) {
                base_log(BASE_LOG_ERROR, "pnp", "%s is still open", PNP_NAME(child));
                pnp_devnode_unlink(child);
            }
            pnp_devnode_unref(child);
        }
    }
    pnp_root_fini();
    pnp_arbiter_fini();
    io_set_pnp_hooks(NULL);
    pnp_set_system(NULL);
}
