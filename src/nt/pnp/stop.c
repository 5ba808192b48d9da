/* SPDX-License-Identifier: MIT */
/* Stopping and restarting a device and all below it, as a rebalance does. */
#include "nt/pnp/pnp_priv.h"

/* Children before their parents; the first failure ends it. */
static NTSTATUS
go_down(struct pnp_devnode *devnode, enum pnp_event event)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct pnp_devnode *child;

    for (child = pnp_child_first(devnode); child != NULL && NT_SUCCESS(status);
         child = pnp_child_next(child)) {
        if (child->has_stack && !child->surprised) {
            status = go_down(child, event);
        }
    }
    return NT_SUCCESS(status) ? pnp_post(devnode, event) : status;
}

/* Parents before their children; what fails has its problem. */
static NTSTATUS
go_up(struct pnp_devnode *devnode, enum pnp_event event)
{
    NTSTATUS status = pnp_post(devnode, event);
    struct pnp_devnode *child;

    if (devnode->failed) {
        pnp_surprise_remove(devnode);
        return status;
    }
    /* A failing child is removed from below its parent's list only when it has departed. */
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        if (child->has_stack && !child->surprised) {
            (void)go_up(child, event);
        }
    }
    return status;
}

NTSTATUS
pnp_stop_step(struct pnp_devnode *devnode, enum pnp_event event)
{
    NTSTATUS status;

    if (event == PNP_EV_RESTART || event == PNP_EV_CANCEL_STOP) {
        return go_up(devnode, event);
    }
    status = go_down(devnode, event);
    if (!NT_SUCCESS(status) && event == PNP_EV_QUERY_STOP) {
        (void)go_up(devnode, PNP_EV_CANCEL_STOP);
    }
    return status;
}
