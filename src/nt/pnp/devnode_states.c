/* SPDX-License-Identifier: MIT */
/*
 * The machine of a devnode: what may happen to one device in which order. The names of the states
 * that rest are those that a kernel debugger shows.
 *
 * What involves several devices (children before parents, removal relations, open handles, a
 * rebalance) is decided in remove.c, rebalance.c and enumerate.c, which post the events here.
 * Events are handled by the thread that runs the action, to the end, before pnp_post returns.
 */
#include "base/log.h"
#include "nt/io/io.h"
#include "nt/io/notify.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"

enum state {
    Uninitialized = 1,
    Describing,
    Reporting,
    Initialized,
    AddingDrivers,
    DriversAdded,
    ResourcesAssigned,
    StartPostWork,
    Started,
    QueryingStop,
    QueryStopped,
    CancellingStop,
    Stopping,
    Stopped,
    Restarting,
    AwaitingQueuedRemoval,
    QueryingRemove,
    QueryRemoved,
    CancellingRemove,
    SurpriseRemoving,
    RemovePendingCloses,
    Removing,
    Removed,
    Deleting,
    Deleted,
    STATE_COUNT,
};

static void
set_started(struct pnp_devnode *devnode, bool started)
{
    sys_lock_acquire(&pnp_tree_lock);
    devnode->started = started;
    if (started) {
        devnode->was_started = true;
    }
    sys_lock_release(&pnp_tree_lock);
}

/* --- Coming up ------------------------------------------------------------------------------- */

static unsigned
enter_describing(void *owner)
{
    struct pnp_devnode *devnode = owner;

    devnode->step_status = pnp_describe(devnode);
    return NT_SUCCESS(devnode->step_status) ? AddingDrivers : Uninitialized;
}

/* "The PnP manager considers the device to be started": no AddDevice, no IRP_MN_START_DEVICE. */
static unsigned
enter_reporting(void *owner)
{
    struct pnp_devnode *devnode = owner;

    devnode->step_status = pnp_describe(devnode);
    if (NT_SUCCESS(devnode->step_status)) {
        devnode->step_status = pnp_claim_boot(devnode);
    }
    if (!NT_SUCCESS(devnode->step_status)) {
        return Uninitialized;
    }
    devnode->has_stack = true;
    KeClearEvent(&devnode->removed);
    set_started(devnode, true);
    return Started;
}

static unsigned
enter_adding_drivers(void *owner)
{
    struct pnp_devnode *devnode = owner;

    pnp_set_problem(devnode, PNP_PROBLEM_NONE, STATUS_SUCCESS);
    devnode->failed = false;
    devnode->was_started = false;
    pnp_will_have(devnode, PNP_PROBLEM_NONE, STATUS_SUCCESS);
    devnode->step_status = pnp_add_drivers(devnode);
    if (NT_SUCCESS(devnode->step_status)) {
        return DriversAdded;
    }
    return devnode->has_stack ? Removing : Initialized;
}

static unsigned
enter_drivers_added(void *owner)
{
    struct pnp_devnode *devnode = owner;

    devnode->step_status = pnp_assign_resources(devnode);
    if (NT_SUCCESS(devnode->step_status)) {
        return ResourcesAssigned;
    }
    pnp_will_have(devnode,
                  devnode->step_status == STATUS_CONFLICTING_ADDRESSES ? PNP_PROBLEM_NORMAL_CONFLICT
                                                                       : PNP_PROBLEM_FAILED_START,
                  devnode->step_status);
    return Removing;
}

static enum pnp_problem
problem_of_start(NTSTATUS status)
{
    switch (status) {
    case STATUS_PNP_REBOOT_REQUIRED:
        return PNP_PROBLEM_NEED_RESTART;
    case STATUS_PNP_TRANSLATION_FAILED:
        return PNP_PROBLEM_TRANSLATION_FAILED;
    default:
        return PNP_PROBLEM_FAILED_START;
    }
}

static unsigned
enter_resources_assigned(void *owner)
{
    struct pnp_devnode *devnode = owner;

    devnode->step_status = pnp_start_device(devnode);
    if (NT_SUCCESS(devnode->step_status)) {
        return StartPostWork;
    }
    pnp_will_have(devnode, problem_of_start(devnode->step_status), devnode->step_status);
    return Removing;
}

static unsigned
enter_start_post_work(void *owner)
{
    struct pnp_devnode *devnode = owner;

    set_started(devnode, true);
    pnp_post_start(devnode);
    if (devnode->failed) {
        devnode->step_status = STATUS_DEVICE_CONFIGURATION_ERROR;
        return AwaitingQueuedRemoval;
    }
    devnode->needs_enumerate = true;
    pnp_work_add(devnode);
    return Started;
}

/* Its interfaces are announced, and it can be opened. */
static unsigned
enter_started(void *owner)
{
    struct pnp_devnode *devnode = owner;

    io_device_set_start_pending(devnode->pdo, false);
    return FSM_STAY;
}

/* --- Stop and restart ------------------------------------------------------------------------ */

static unsigned
enter_querying_stop(void *owner)
{
    struct pnp_devnode *devnode = owner;

    devnode->step_status = pnp_send_minor(devnode, IRP_MN_QUERY_STOP_DEVICE);
    if (devnode->step_status == STATUS_RESOURCE_REQUIREMENTS_CHANGED) {
        devnode->step_status = pnp_requery_requirements(devnode);
    }
    return NT_SUCCESS(devnode->step_status) ? QueryStopped : CancellingStop;
}

static unsigned
enter_cancelling_stop(void *owner)
{
    (void)pnp_send_minor(owner, IRP_MN_CANCEL_STOP_DEVICE);
    return Started;
}

static unsigned
enter_stopping(void *owner)
{
    (void)pnp_send_minor(owner, IRP_MN_STOP_DEVICE);
    return Stopped;
}

/* "If a driver fails to restart the device, the PnP manager sends remove IRPs": surprise first. */
static unsigned
enter_restarting(void *owner)
{
    struct pnp_devnode *devnode = owner;

    if (devnode->requirements_changed) {
        pnp_release_resources(devnode);
        devnode->step_status = pnp_assign_resources(devnode);
    }
    if (NT_SUCCESS(devnode->step_status)) {
        devnode->step_status = pnp_start_device(devnode);
    }
    if (NT_SUCCESS(devnode->step_status)) {
        return Started;
    }
    devnode->failed = true;
    pnp_will_have(devnode, problem_of_start(devnode->step_status), devnode->step_status);
    return AwaitingQueuedRemoval;
}

/* --- Removal --------------------------------------------------------------------------------- */

static unsigned
enter_querying_remove(void *owner)
{
    struct pnp_devnode *devnode = owner;
    NTSTATUS status = io_notify_removal(devnode->pdo, IO_TARGET_QUERY_REMOVE);

    if (NT_SUCCESS(status)) {
        io_device_set_start_pending(devnode->pdo, true); /* No new opens from here. */
        status = pnp_send_minor(devnode, IRP_MN_QUERY_REMOVE_DEVICE);
        if (NT_SUCCESS(status) && io_device_stack_is_open(devnode->pdo)) {
            status = STATUS_DEVICE_BUSY;
        }
    }
    devnode->step_status = status;
    return NT_SUCCESS(status) ? QueryRemoved : CancellingRemove;
}

static unsigned
enter_cancelling_remove(void *owner)
{
    struct pnp_devnode *devnode = owner;

    (void)pnp_send_minor(devnode, IRP_MN_CANCEL_REMOVE_DEVICE);
    io_device_set_start_pending(devnode->pdo, false);
    (void)io_notify_removal(devnode->pdo, IO_TARGET_REMOVE_CANCELLED);
    return Started;
}

/* The last handle of a surprise-removed stack was closed. IRQL <= DISPATCH_LEVEL. */
static void
all_closed(PDEVICE_OBJECT pdo)
{
    pnp_queue_ask(io_device_devnode(pdo), PNP_ASK_CLOSED);
}

static unsigned
enter_surprise_removing(void *owner)
{
    struct pnp_devnode *devnode = owner;

    io_device_set_start_pending(devnode->pdo, true);
    set_started(devnode, false);
    devnode->surprised = true;
    (void)pnp_send_minor(devnode, IRP_MN_SURPRISE_REMOVAL);
    io_interface_disable_all(devnode->pdo);
    if (devnode->departed) {
        /* The names are free for a new instance of the device. */
        io_interface_remove_all(devnode->pdo);
    }
    /* "As soon as a device is no longer available, its hardware resources should be freed." */
    pnp_release_resources(devnode);
    /* Now: drivers that hold files of the device close them, else they would keep it for ever. */
    (void)io_notify_removal(devnode->pdo, IO_TARGET_REMOVE_COMPLETE);
    devnode->open = !io_device_set_all_closed(devnode->pdo, all_closed);
    return RemovePendingCloses;
}

/* IRP_MN_REMOVE_DEVICE: every driver above the PDO detaches and deletes its device. */
static unsigned
enter_removing(void *owner)
{
    struct pnp_devnode *devnode = owner;
    bool announced = devnode->started;

    io_device_set_start_pending(devnode->pdo, true);
    set_started(devnode, false);
    if (announced) {
        (void)io_notify_removal(devnode->pdo, IO_TARGET_REMOVE_PENDING);
    }
    (void)pnp_send_minor(devnode, IRP_MN_REMOVE_DEVICE);
    io_interface_disable_all(devnode->pdo);
    io_device_set_all_closed(devnode->pdo, NULL);
    if (devnode->pdo->AttachedDevice != NULL) {
        base_log(BASE_LOG_ERROR, "pnp", "a driver stayed attached to %s after IRP_MN_REMOVE_DEVICE",
                 PNP_NAME(devnode));
    }
    if (announced) {
        (void)io_notify_removal(devnode->pdo, IO_TARGET_REMOVE_COMPLETE);
    }
    pnp_forget_children(devnode);
    pnp_free_relations(devnode->power_relations);
    devnode->power_relations = NULL;
    pnp_release_resources(devnode);
    pnp_release_drivers(devnode);
    devnode->has_stack = false;
    devnode->surprised = false;
    devnode->open = false;
    devnode->failed = false;
    return devnode->departed ? Deleted : Removed;
}

static unsigned
enter_removed(void *owner)
{
    struct pnp_devnode *devnode = owner;

    if (devnode->removal_problem != PNP_PROBLEM_NONE) {
        pnp_set_problem(devnode, devnode->removal_problem, devnode->removal_status);
    }
    KeSetEvent(&devnode->removed, IO_NO_INCREMENT, FALSE);
    return FSM_STAY;
}

/* "If, at some later time, the device is physically removed, the PnP manager sends another one." */
static unsigned
enter_deleting(void *owner)
{
    (void)pnp_send_minor(owner, IRP_MN_REMOVE_DEVICE);
    return Deleted;
}

static unsigned
enter_deleted(void *owner)
{
    struct pnp_devnode *devnode = owner;

    io_interface_remove_all(devnode->pdo);
    pnp_report(devnode, true);
    pnp_devnode_unlink(devnode);
    KeSetEvent(&devnode->removed, IO_NO_INCREMENT, FALSE);
    return FSM_STAY;
}

/* --- The table ------------------------------------------------------------------------------- */

#define BIT(event) FSM_BIT(PNP_EV_##event)

/* What a device without a stack has no answer to, and needs none. */
#define NO_STACK                                                                                   \
    (BIT(QUERY_STOP) | BIT(CANCEL_STOP) | BIT(STOP) | BIT(RESTART) | BIT(QUERY_REMOVE) |           \
     BIT(CANCEL_REMOVE) | BIT(REMOVE) | BIT(SURPRISE))

static const struct fsm_state states[STATE_COUNT] =
    {
        [Uninitialized] =
            {
                .name = "Uninitialized",
                .on = {{PNP_EV_CONFIGURE, Describing},
                       {PNP_EV_REPORT, Reporting},
                       {PNP_EV_DEPART, Deleting},
                       {PNP_EV_FORGET, Deleted}},
                .drop = NO_STACK,
            },
        [Describing] =
            {
                .name = "Describing",
                .enter = enter_describing,
                .may = {AddingDrivers, Uninitialized},
            },
        [Reporting] =
            {
                .name = "Reporting",
                .enter = enter_reporting,
                .may = {Started, Uninitialized},
            },
        [Initialized] =
            {
                .name = "Initialized",
                .on = {{PNP_EV_CONFIGURE, AddingDrivers},
                       {PNP_EV_DEPART, Deleting},
                       {PNP_EV_FORGET, Deleted}},
                .drop = NO_STACK,
            },
        [AddingDrivers] =
            {
                .name = "AddingDrivers",
                .enter = enter_adding_drivers,
                .may = {DriversAdded, Initialized, Removing},
            },
        [DriversAdded] =
            {
                .name = "DriversAdded",
                .enter = enter_drivers_added,
                .may = {ResourcesAssigned, Removing},
            },
        [ResourcesAssigned] =
            {
                .name = "ResourcesAssigned",
                .enter = enter_resources_assigned,
                .may = {StartPostWork, Removing},
            },
        [StartPostWork] =
            {
                .name = "StartPostWork",
                .enter = enter_start_post_work,
                .may = {Started, AwaitingQueuedRemoval},
            },
        [Started] =
            {
                .name = "Started",
                .enter = enter_started,
                .on = {{PNP_EV_QUERY_STOP, QueryingStop},
                       {PNP_EV_QUERY_REMOVE, QueryingRemove},
                       {PNP_EV_SURPRISE, SurpriseRemoving}},
                /* A query that was refused was cancelled for this device already. */
                .drop = BIT(CONFIGURE) | BIT(CANCEL_STOP) | BIT(CANCEL_REMOVE),
            },
        [QueryingStop] =
            {
                .name = "QueryingStop",
                .enter = enter_querying_stop,
                .may = {QueryStopped, CancellingStop},
            },
        [QueryStopped] =
            {
                .name = "QueryStopped",
                .on = {{PNP_EV_STOP, Stopping},
                       {PNP_EV_CANCEL_STOP, CancellingStop},
                       {PNP_EV_SURPRISE, SurpriseRemoving}},
                .drop = BIT(QUERY_STOP),
            },
        [CancellingStop] =
            {
                .name = "CancellingStop",
                .enter = enter_cancelling_stop,
                .may = {Started},
            },
        [Stopping] = {.name = "Stopping", .enter = enter_stopping, .may = {Stopped}},
        [Stopped] =
            {
                .name = "Stopped",
                .on = {{PNP_EV_RESTART, Restarting}, {PNP_EV_SURPRISE, SurpriseRemoving}},
                .drop = BIT(QUERY_STOP) | BIT(STOP) | BIT(CANCEL_STOP),
            },
        [Restarting] =
            {
                .name = "Restarting",
                .enter = enter_restarting,
                .may = {Started, AwaitingQueuedRemoval},
            },
        [AwaitingQueuedRemoval] =
            {
                .name = "AwaitingQueuedRemoval",
                .on = {{PNP_EV_SURPRISE, SurpriseRemoving}},
            },
        [QueryingRemove] =
            {
                .name = "QueryingRemove",
                .enter = enter_querying_remove,
                .may = {QueryRemoved, CancellingRemove},
            },
        [QueryRemoved] =
            {
                .name = "QueryRemoved",
                .on = {{PNP_EV_REMOVE, Removing},
                       {PNP_EV_CANCEL_REMOVE, CancellingRemove},
                       {PNP_EV_SURPRISE, SurpriseRemoving}},
                .drop = BIT(QUERY_REMOVE),
            },
        [CancellingRemove] =
            {
                .name = "CancellingRemove",
                .enter = enter_cancelling_remove,
                .may = {Started},
            },
        [SurpriseRemoving] =
            {
                .name = "SurpriseRemoving",
                .enter = enter_surprise_removing,
                .may = {RemovePendingCloses},
            },
        [RemovePendingCloses] =
            {
                .name = "RemovePendingCloses",
                .on = {{PNP_EV_REMOVE, Removing}, {PNP_EV_DEPART, Removing}},
                .drop = BIT(SURPRISE),
            },
        [Removing] = {.name = "Removing", .enter = enter_removing, .may = {Removed, Deleted}},
        [Removed] =
            {
                .name = "Removed",
                .enter = enter_removed,
                .on = {{PNP_EV_CONFIGURE, AddingDrivers},
                       {PNP_EV_DEPART, Deleting},
                       {PNP_EV_FORGET, Deleted}},
                .drop = NO_STACK,
            },
        [Deleting] = {.name = "Deleting", .enter = enter_deleting, .may = {Deleted}},
        [Deleted] =
            {
                .name = "Deleted",
                .enter = enter_deleted,
                .drop = BIT(REMOVE) | BIT(DEPART) | BIT(FORGET),
                .final = true,
            },
};

static const char *const event_names[PNP_EV_COUNT] = {
    [PNP_EV_CONFIGURE] = "CONFIGURE",
    [PNP_EV_QUERY_STOP] = "QUERY_STOP",
    [PNP_EV_CANCEL_STOP] = "CANCEL_STOP",
    [PNP_EV_STOP] = "STOP",
    [PNP_EV_RESTART] = "RESTART",
    [PNP_EV_QUERY_REMOVE] = "QUERY_REMOVE",
    [PNP_EV_CANCEL_REMOVE] = "CANCEL_REMOVE",
    [PNP_EV_REMOVE] = "REMOVE",
    [PNP_EV_SURPRISE] = "SURPRISE",
    [PNP_EV_DEPART] = "DEPART",
    [PNP_EV_FORGET] = "FORGET",
    [PNP_EV_REPORT] = "REPORT",
};

/* Somebody asked for what is not possible now. */
static void
unexpected(void *owner, unsigned state, unsigned event)
{
    struct pnp_devnode *devnode = owner;

    base_log(BASE_LOG_DEBUG, "pnp", "%s is %s and cannot take %s", PNP_NAME(devnode),
             fsm_state_name(&pnp_devnode_table, state), fsm_event_name(&pnp_devnode_table, event));
    devnode->step_status = STATUS_INVALID_DEVICE_STATE;
}

static void
moved(void *owner, unsigned from, unsigned event, unsigned to)
{
    if (states[to].enter == NULL || to == Started) {
        pnp_report(owner, false);
    }
}

static const struct fsm_ops ops = {.unexpected = unexpected, .moved = moved};

const struct fsm_table pnp_devnode_table = {
    .name = "devnode",
    .states = states,
    .state_count = STATE_COUNT,
    .start = Uninitialized,
    .events = event_names,
    .event_count = PNP_EV_COUNT,
    .ops = &ops,
};

NTSTATUS
pnp_post(struct pnp_devnode *devnode, enum pnp_event event)
{
    NTSTATUS status;

    ObReferenceObject(devnode->pdo); /* The machine is used until fsm_post returns. */
    devnode->step_status = STATUS_SUCCESS;
    if (!fsm_post(&devnode->machine, event)) {
        devnode->step_status = STATUS_INSUFFICIENT_RESOURCES;
    }
    status = devnode->step_status;
    ObDereferenceObject(devnode->pdo);
    return status;
}
