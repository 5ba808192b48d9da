/* SPDX-License-Identifier: MIT */
/* For the power manager: which devices there are, and which of them depend on which. */
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/po/po.h"

static size_t
count_of(const struct pnp_devnode *devnode, size_t *pairs)
{
    struct pnp_devnode *child;
    size_t count = devnode->started;

    *pairs += 1 + (devnode->power_relations != NULL ? devnode->power_relations->Count : 0);
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        count += count_of(child, pairs);
    }
    return count;
}

static void
add_devices(struct pnp_power_order *order, struct pnp_devnode *devnode, size_t above)
{
    struct pnp_devnode *child;

    if (devnode->started && devnode != pnp_root) {
        size_t index = order->count++;

        devnode->power_index = index;
        ObReferenceObject(devnode->pdo);
        order->pdos[index] = devnode->pdo;
        if (above != SIZE_MAX) {
            order->pairs[order->pair_count++] = (struct pnp_power_pair){index, above};
        }
        above = index;
    }
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        add_devices(order, child, above);
    }
}

static void
add_relations(struct pnp_power_order *order, const struct pnp_devnode *devnode)
{
    struct pnp_devnode *child;

    for (ULONG i = 0; devnode->started && devnode->power_relations != NULL &&
                      i < devnode->power_relations->Count;
         i++) {
        PDEVICE_OBJECT const *objects = devnode->power_relations->Objects;
        const struct pnp_devnode *needed = io_device_devnode(objects[i]);

        if (needed != NULL && needed->in_tree && needed->started && needed != devnode) {
            order->pairs[order->pair_count++] =
                (struct pnp_power_pair){devnode->power_index, needed->power_index};
        }
    }
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        add_relations(order, child);
    }
}

NTSTATUS
pnp_power_order(struct pnp_power_order *ret_order)
{
    struct pnp_power_order order = {0};
    size_t pairs = 0;
    size_t count = pnp_root != NULL ? count_of(pnp_root, &pairs) : 0;

    order.pdos =
        ExAllocatePool2(POOL_FLAG_NON_PAGED, (count + 1) * sizeof(PDEVICE_OBJECT), PNP_TAG);
    order.pairs =
        ExAllocatePool2(POOL_FLAG_NON_PAGED, (pairs + 1) * sizeof(struct pnp_power_pair), PNP_TAG);
    if (order.pdos == NULL || order.pairs == NULL) {
        pnp_power_order_free(&order);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (pnp_root != NULL) {
        add_devices(&order, pnp_root, SIZE_MAX);
        add_relations(&order, pnp_root);
    }
    *ret_order = order;
    return STATUS_SUCCESS;
}

void
pnp_power_order_free(struct pnp_power_order *order)
{
    for (size_t i = 0; i < order->count; i++) {
        ObDereferenceObject(order->pdos[i]);
    }
    pnp_free(order->pdos);
    pnp_free(order->pairs);
}

void
pnp_note_irp(PDEVICE_OBJECT pdo, UCHAR major, const IO_STACK_LOCATION *stack, NTSTATUS status)
{
    if (pnp_system.irp_done != NULL) {
        pnp_system.irp_done(pnp_system.context, pdo, major, stack, status);
    }
}

bool
pnp_system_woken(void)
{
    if (pnp_system.woken == NULL) {
        return false;
    }
    pnp_system.woken(pnp_system.context);
    return true;
}

/* Its parent, referenced; NULL. */
static struct pnp_devnode *
parent_of(struct pnp_devnode *devnode)
{
    struct pnp_devnode *parent;

    sys_lock_acquire(&pnp_tree_lock);
    parent = devnode->parent;
    if (parent != NULL) {
        pnp_devnode_ref(parent);
    }
    sys_lock_release(&pnp_tree_lock);
    return parent;
}

struct signal {
    struct pnp_devnode *devnode;
    bool signalled;
};

/* An action: no bus driver goes while it is called. */
static void
run_signal(void *argument)
{
    struct signal *signal = argument;
    struct pnp_devnode *devnode = signal->devnode;

    pnp_devnode_ref(devnode);
    while (devnode != NULL) {
        struct pnp_devnode *parent;
        bool known = pnp_root_owns(devnode->pdo);

        if (known) {
            signal->signalled = pnp_root_signal_wake(devnode);
        } else if (devnode->started) {
            signal->signalled = po_device_signal(devnode->pdo, &known);
        }
        parent = known ? NULL : parent_of(devnode);
        pnp_devnode_unref(devnode);
        devnode = parent;
    }
}

bool
pnp_devnode_signal_wake(struct pnp_devnode *devnode)
{
    struct signal signal = {.devnode = devnode};

    if (pnp_root_owns(devnode->pdo)) {
        return pnp_root_signal_wake(devnode);
    }
    pnp_run_alone(run_signal, &signal);
    return signal.signalled;
}
