/* SPDX-License-Identifier: MIT */
/* What a person or a test does to a device: each an action of the queue. */
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"

struct request {
    struct pnp_action action; /* Must be first. */
    struct pnp_devnode *devnode;
    enum pnp_event event;
    NTSTATUS status;
};

static NTSTATUS
request(struct pnp_devnode *devnode, void (*run)(struct pnp_action *action))
{
    struct request request = {.action.run = run, .devnode = devnode};

    pnp_queue_run(&request.action);
    return request.status;
}

static struct request *
request_of(struct pnp_action *action)
{
    return container_of(action, struct request, action);
}

/* Removal ------------------------------------------------------------------------------------- */

static void
run_remove(struct pnp_action *action)
{
    struct request *self = request_of(action);
    struct pnp_devnode *devnode = self->devnode;

    if (!devnode->in_tree) {
        return;
    }
    self->status = pnp_remove_orderly(devnode, PNP_PROBLEM_WILL_BE_REMOVED, false);
    if (NT_SUCCESS(self->status) && pnp_root_owns(devnode->pdo)) {
        pnp_root_drop(devnode->pdo);
        pnp_enumerate(pnp_root);
    }
}

NTSTATUS
pnp_devnode_remove(struct pnp_devnode *devnode)
{
    return request(devnode, run_remove);
}

static void
run_unplug(struct pnp_action *action)
{
    struct pnp_devnode *devnode = request_of(action)->devnode;

    if (!devnode->in_tree || devnode->departed) {
        return;
    }
    if (pnp_root_owns(devnode->pdo)) {
        pnp_root_drop(devnode->pdo);
        pnp_enumerate(pnp_root);
    } else {
        pnp_will_have(devnode, PNP_PROBLEM_DEVICE_NOT_THERE, STATUS_NO_SUCH_DEVICE);
        pnp_surprise_remove(devnode);
    }
}

void
pnp_devnode_unplug(struct pnp_devnode *devnode)
{
    (void)request(devnode, run_unplug);
}

void
pnp_devnode_wait_removed(struct pnp_devnode *devnode)
{
    KeWaitForSingleObject(&devnode->removed, Executive, KernelMode, FALSE, NULL);
}

static void
run_eject(struct pnp_action *action)
{
    struct request *self = request_of(action);

    self->status = !self->devnode->in_tree
                       ? STATUS_NO_SUCH_DEVICE
                       : pnp_remove_orderly(self->devnode, PNP_PROBLEM_HELD_FOR_EJECT, true);
}

NTSTATUS
pnp_devnode_eject(struct pnp_devnode *devnode)
{
    return request(devnode, run_eject);
}

/* Disabling, enabling ------------------------------------------------------------------------- */

static void
tell_disabled(struct pnp_devnode *devnode, bool disabled)
{
    if (pnp_system.set_disabled != NULL) {
        pnp_system.set_disabled(pnp_system.context, devnode->instance_path, disabled);
    }
}

static void
run_disable(struct pnp_action *action)
{
    struct request *self = request_of(action);
    struct pnp_status status;

    if (!self->devnode->in_tree) {
        self->status = STATUS_NO_SUCH_DEVICE;
        return;
    }
    pnp_devnode_status(self->devnode, &status);
    if (status.not_disableable) {
        self->status = STATUS_NOT_SUPPORTED;
        return;
    }
    self->status = pnp_remove_orderly(self->devnode, PNP_PROBLEM_DISABLED, false);
    if (NT_SUCCESS(self->status)) {
        tell_disabled(self->devnode, true);
    }
}

NTSTATUS
pnp_devnode_disable(struct pnp_devnode *devnode)
{
    return request(devnode, run_disable);
}

/* Brings it up; what comes of it is its problem's status. */
static NTSTATUS
configure(struct pnp_devnode *devnode)
{
    devnode->needs_configure = true;
    pnp_work_add(devnode);
    pnp_work_run();
    return devnode->problem_status;
}

static void
run_enable(struct pnp_action *action)
{
    struct request *self = request_of(action);

    if (!self->devnode->in_tree || self->devnode->surprised) {
        self->status = STATUS_NO_SUCH_DEVICE;
        return;
    }
    tell_disabled(self->devnode, false);
    self->status = configure(self->devnode);
}

NTSTATUS
pnp_devnode_enable(struct pnp_devnode *devnode)
{
    return request(devnode, run_enable);
}

static void
run_restart(struct pnp_action *action)
{
    struct request *self = request_of(action);

    if (!self->devnode->in_tree) {
        self->status = STATUS_NO_SUCH_DEVICE;
        return;
    }
    self->status = pnp_remove_orderly(self->devnode, PNP_PROBLEM_NONE, false);
    if (NT_SUCCESS(self->status)) {
        self->status = configure(self->devnode);
    }
}

NTSTATUS
pnp_devnode_restart(struct pnp_devnode *devnode)
{
    return request(devnode, run_restart);
}

/* Those that were removed and are there still come back. */
static void
run_rescan(struct pnp_action *action)
{
    struct pnp_devnode *devnode = request_of(action)->devnode;
    struct pnp_devnode *child;

    if (!devnode->started) {
        return;
    }
    pnp_enumerate(devnode);
    for (child = pnp_child_first(devnode); child != NULL; child = pnp_child_next(child)) {
        if (child->problem == PNP_PROBLEM_WILL_BE_REMOVED ||
            child->problem == PNP_PROBLEM_DEVICE_NOT_THERE) {
            child->needs_configure = true;
            pnp_work_add(child);
        }
    }
}

void
pnp_devnode_rescan(struct pnp_devnode *devnode)
{
    (void)request(devnode, run_rescan);
}

/* Stop and start ------------------------------------------------------------------------------ */

static void
run_event(struct pnp_action *action)
{
    struct request *self = request_of(action);

    self->status =
        self->devnode->in_tree ? pnp_stop_step(self->devnode, self->event) : STATUS_NO_SUCH_DEVICE;
}

static NTSTATUS
step(struct pnp_devnode *devnode, enum pnp_event event)
{
    struct request request = {.action.run = run_event, .devnode = devnode, .event = event};

    pnp_queue_run(&request.action);
    return request.status;
}

NTSTATUS
pnp_devnode_query_stop(struct pnp_devnode *devnode)
{
    return step(devnode, PNP_EV_QUERY_STOP);
}

void
pnp_devnode_cancel_stop(struct pnp_devnode *devnode)
{
    (void)step(devnode, PNP_EV_CANCEL_STOP);
}

NTSTATUS
pnp_devnode_stop(struct pnp_devnode *devnode)
{
    return step(devnode, PNP_EV_STOP);
}

NTSTATUS
pnp_devnode_start(struct pnp_devnode *devnode)
{
    return step(devnode, PNP_EV_RESTART);
}

/* Special files ------------------------------------------------------------------------------- */

struct usage {
    struct pnp_devnode *devnode;
    DEVICE_USAGE_NOTIFICATION_TYPE type;
    bool in_path;
    NTSTATUS status;
};

static void
run_usage(void *argument)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_DEVICE_USAGE_NOTIFICATION};
    struct usage *usage = argument;

    if (!usage->devnode->in_tree || !usage->devnode->started || usage->devnode->surprised) {
        usage->status = STATUS_NO_SUCH_DEVICE;
        return;
    }
    stack.Parameters.UsageNotification.Type = usage->type;
    stack.Parameters.UsageNotification.InPath = usage->in_path;
    usage->status = pnp_send(usage->devnode->pdo, &stack, NULL);
}

NTSTATUS
pnp_devnode_usage(struct pnp_devnode *devnode, DEVICE_USAGE_NOTIFICATION_TYPE type, bool in_path)
{
    struct usage usage = {.devnode = devnode, .type = type, .in_path = in_path};

    pnp_run_alone(run_usage, &usage);
    return usage.status;
}
