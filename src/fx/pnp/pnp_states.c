/* SPDX-License-Identifier: MIT */
/*
 * The PnP machine: a device from AddDevice to its removal, driven by PnP IRPs one at a time
 * (pnp_irps.c). It calls the driver for hardware, queries and removal; power is the policy machine's, which
 * it starts and stops.
 *
 * A state in which the IRP is answered has enter_answered; the answer is device->pnp_status, success
 * unless an action says otherwise. Names are the documented ones (WDF_DEVICE_PNP_STATE) where one
 * exists. At PASSIVE_LEVEL.
 */
#include "fx/io/device_io.h"
#include "fx/pnp/call.h"
#include "fx/pnp/childlist.h"
#include "fx/res/cmreslist.h"
#include "fx_imports.h"

enum pnp_state {
    Init = 1,
    HardwareAvailable,
    EnableInterfaces,
    Started,
    FailedOwnHardware,
    HardwareAvailablePowerPolicyFailed,
    FailedInit,
    FailedInitAnswer,

    InitQueryRemove,
    QueryRemoveStaticCheck,
    QueryRemoveAskDriver,
    QueryRemoveEnsureDeviceAwake,
    QueryRemovePending,
    StartedCancelRemove,
    QueryStopStaticCheck,
    QueryStopAskDriver,
    QueryStopEnsureDeviceAwake,
    QueryStopPending,
    StartedCancelStop,
    QueryCanceled,
    QueriedFailed,

    StartedStopping,
    Stopped,
    StartingFromStopped,
    Restarting,
    StoppedFailed,

    StartedRemoving,
    QueriedRemoving,
    RemovingDisableInterfaces,
    RemovedWaitForChildren,
    RemovedChildrenRemoved,
    CheckForDevicePresence,
    FdoRemoved,
    PdoRemoved,
    Removed,
    RemovedPdoWait,
    RemovedPdoSurpriseRemoved,
    PdoRestart,
    EjectHardware,
    EjectFailed,
    EjectedWaitingForRemove,

    InitSurpriseRemoved,
    SurpriseRemoveIoStarted,
    QueriedSurpriseRemove,
    SurpriseRemove,
    SurpriseRemovedWaitForRemove,
    SurpriseRemovedRemoving,

    FailedPowerDown,
    FailedStarted,
    FailedAnswer,
    FailedRefuseStart,
    PNP_STATE_COUNT,
};

static unsigned
enter_answered(void *owner)
{
    struct fx_device *device = owner;

    KeSetEvent(&device->pnp_answered, IO_NO_INCREMENT, FALSE);
    return FSM_STAY;
}

/* --- Hardware -------------------------------------------------------------------------------- */

/*
 * "Always called if EvtDevicePrepareHardware has been called, even if that returned a failure
 * code."
 */
static void
release_hardware(struct fx_device *device)
{
    if (!device->has_hardware) {
        return;
    }
    device->has_hardware = false;
    (void)FX_CALL_STATUS(device, device->pnp.EvtDeviceReleaseHardware,
                         fx_cmreslist_handle(device->resources_translated));
    fx_cmreslist_delete(device->resources_raw);
    fx_cmreslist_delete(device->resources_translated);
    device->resources_raw = NULL;
    device->resources_translated = NULL;
}

/* After a failure; the driver may have asked to keep it until its children are gone. */
static void
release_hardware_early(struct fx_device *device)
{
    if (!device->release_hardware_late) {
        release_hardware(device);
    }
}

static NTSTATUS
prepare_hardware(struct fx_device *device)
{
    device->has_hardware = true;
    device->pnp_status = FX_CALL_STATUS(device, device->pnp.EvtDevicePrepareHardware,
                                        fx_cmreslist_handle(device->resources_raw),
                                        fx_cmreslist_handle(device->resources_translated));
    return device->pnp_status;
}

/* --- Start ----------------------------------------------------------------------------------- */

static unsigned
enter_hardware_available(void *owner)
{
    if (!NT_SUCCESS(prepare_hardware(owner))) {
        return FailedOwnHardware;
    }
    fx_policy_post(owner, FX_POLICY_START);
    return FSM_STAY;
}

static unsigned
enter_starting_from_stopped(void *owner)
{
    if (!NT_SUCCESS(prepare_hardware(owner))) {
        return FailedOwnHardware;
    }
    fx_policy_post(owner, FX_POLICY_START);
    return Restarting;
}

static unsigned
enter_enable_interfaces(void *owner)
{
    fx_interfaces_enable(owner);
    return Started;
}

static unsigned
enter_failed_own_hardware(void *owner)
{
    release_hardware(owner);
    return FailedInit;
}

static unsigned
enter_hardware_available_power_policy_failed(void *owner)
{
    release_hardware_early(owner);
    return FailedInit;
}

/* --- Queries --------------------------------------------------------------------------------- */

/* WdfDeviceSetStaticStopRemove, and special files on the device, decide before the driver does. */
static bool
is_vetoed(struct fx_device *device)
{
    if (atomic_load_u32(&device->stop_vetoes) == 0 && !fx_usage_is_special(device)) {
        return false;
    }
    device->pnp_status = STATUS_UNSUCCESSFUL;
    return true;
}

static unsigned
enter_query_remove_static_check(void *owner)
{
    return is_vetoed(owner) ? QueryCanceled : QueryRemoveAskDriver;
}

static unsigned
enter_query_remove_ask_driver(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = FX_CALL_STATUS(device, device->pnp.EvtDeviceQueryRemove);
    return NT_SUCCESS(device->pnp_status) ? QueryRemoveEnsureDeviceAwake : QueryCanceled;
}

static unsigned
enter_query_stop_static_check(void *owner)
{
    return is_vetoed(owner) ? QueryCanceled : QueryStopAskDriver;
}

static unsigned
enter_query_stop_ask_driver(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = FX_CALL_STATUS(device, device->pnp.EvtDeviceQueryStop);
    return NT_SUCCESS(device->pnp_status) ? QueryStopEnsureDeviceAwake : QueryCanceled;
}

/* An orderly end begins in D0, so that D0Exit and its companions hear of it. */
static unsigned
enter_ensure_device_awake(void *owner)
{
    struct fx_device *device = owner;

    device->query_reference = true;
    fx_policy_reference(device);
    fx_policy_post(device, FX_POLICY_WAKE_FOR_QUERY);
    return FSM_STAY;
}

static void
end_query(struct fx_device *device)
{
    if (device->query_reference) {
        device->query_reference = false;
        fx_policy_release(device);
    }
}

static unsigned
enter_query_ended(void *owner)
{
    end_query(owner);
    return Started;
}

static unsigned
enter_queried_failed(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = STATUS_DEVICE_POWER_FAILURE;
    KeSetEvent(&device->pnp_answered, IO_NO_INCREMENT, FALSE);
    return FailedPowerDown;
}

/* --- Stop ------------------------------------------------------------------------------------ */

static unsigned
enter_stop_policy(void *owner)
{
    end_query(owner);
    fx_policy_post(owner, FX_POLICY_STOP);
    return FSM_STAY;
}

static unsigned
enter_stopped(void *owner)
{
    release_hardware(owner);
    return enter_answered(owner);
}

static unsigned
enter_stopped_failed(void *owner)
{
    release_hardware_early(owner);
    (void)enter_answered(owner);
    return FailedStarted;
}

/* --- Removal --------------------------------------------------------------------------------- */

static unsigned
enter_go_on_removing(void *owner)
{
    return RemovingDisableInterfaces;
}

static unsigned
enter_removing_disable_interfaces(void *owner)
{
    fx_interfaces_disable(owner);
    return enter_stop_policy(owner);
}

static unsigned
enter_removed_wait_for_children(void *owner)
{
    fx_children_remove(owner);
    return RemovedChildrenRemoved;
}

/* The part of a removal that a surprise removal does at once. */
static void
take_down(struct fx_device *device)
{
    release_hardware(device);
    fx_io_device_purge_managed(device);
    if (device->self_managed_io && !device->self_managed_end) {
        device->self_managed_end = true;
        FX_CALL_VOID(device, device->pnp.EvtDeviceSelfManagedIoFlush);
    }
}

static unsigned
enter_removed_children_removed(void *owner)
{
    take_down(owner);
    return CheckForDevicePresence;
}

static unsigned
enter_check_for_device_presence(void *owner)
{
    struct fx_device *device = owner;

    if (device->kind != FX_DEVICE_PDO) {
        return FdoRemoved;
    }
    return fx_pdo_is_missing(device) ? PdoRemoved : RemovedPdoWait;
}

static unsigned
enter_gone(void *owner)
{
    struct fx_device *device = owner;

    fx_io_device_purge(device);
    fx_io_device_tell_removed(device);
    fx_io_device_wait_idle(device);
    if (device->self_managed_io) {
        device->self_managed_io = false;
        FX_CALL_VOID(device, device->pnp.EvtDeviceSelfManagedIoCleanup);
    }
    fx_policy_post(device, FX_POLICY_REMOVE);
    return Removed;
}

/* The same PDO serves when the device is started again. */
static unsigned
enter_pdo_restart(void *owner)
{
    struct fx_device *device = owner;

    device->self_managed_end = false;
    atomic_store_u32(&device->failed, 0);
    fx_io_device_revive(device);
    return HardwareAvailable;
}

static unsigned
enter_eject_hardware(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = FX_CALL_STATUS(device, device->pdo->events.EvtDeviceEject);
    return NT_SUCCESS(device->pnp_status) ? EjectedWaitingForRemove : EjectFailed;
}

static unsigned
enter_eject_failed(void *owner)
{
    return RemovedPdoWait;
}

static unsigned
enter_ejected_waiting_for_remove(void *owner)
{
    fx_pdo_mark_missing(owner);
    return enter_answered(owner);
}

/* --- Surprise removal ------------------------------------------------------------------------ */

static void
tell_surprise(struct fx_device *device)
{
    FX_CALL_VOID(device, device->pnp.EvtDeviceSurpriseRemoval);
    /*
     * "The framework removes the symbolic link": the name is free for a new instance of the
     * device.
     */
    fx_symbolic_links_delete(device);
    fx_interfaces_disable(device);
}

static unsigned
enter_init_surprise_removed(void *owner)
{
    tell_surprise(owner);
    return enter_answered(owner);
}

static unsigned
enter_surprise_remove_io_started(void *owner)
{
    tell_surprise(owner);
    return enter_stop_policy(owner);
}

static unsigned
enter_surprise_remove(void *owner)
{
    take_down(owner);
    return SurpriseRemovedWaitForRemove;
}

static unsigned
enter_surprise_removed_removing(void *owner)
{
    fx_children_remove(owner);
    return CheckForDevicePresence;
}

/* --- Failure of a running device ------------------------------------------------------------- */

static unsigned
enter_failed_power_down(void *owner)
{
    return enter_stop_policy(owner);
}

/* "The framework begins a surprise removal sequence for the device." */
static unsigned
enter_failed_started(void *owner)
{
    release_hardware_early(owner);
    fx_failure_report(owner);
    return FSM_STAY;
}

static unsigned
enter_failed_answer(void *owner)
{
    (void)enter_answered(owner);
    return FailedStarted;
}

static unsigned
enter_failed_refuse_start(void *owner)
{
    ((struct fx_device *)owner)->pnp_status = STATUS_INVALID_DEVICE_STATE;
    (void)enter_answered(owner);
    return FailedStarted;
}

static unsigned
enter_failed_init_answer(void *owner)
{
    return FailedInit;
}

/* --- The table ------------------------------------------------------------------------------- */

/* Answers that nobody waits for any more. */
#define LATE                                                                                       \
    (FSM_BIT(FX_PNP_POLICY_AWAKE) | FSM_BIT(FX_PNP_POLICY_STARTED) |                               \
     FSM_BIT(FX_PNP_POLICY_START_FAILED) | FSM_BIT(FX_PNP_POLICY_STOPPED) |                        \
     FSM_BIT(FX_PNP_POLICY_STOP_FAILED))
#define POWER_FAILED FSM_BIT(FX_PNP_POWER_FAILED)
/* The IRP that is under way is answered first. */
#define IRPS                                                                                       \
    (FSM_BIT(FX_PNP_START) | FSM_BIT(FX_PNP_QUERY_REMOVE) | FSM_BIT(FX_PNP_CANCEL_REMOVE) |        \
     FSM_BIT(FX_PNP_QUERY_STOP) | FSM_BIT(FX_PNP_CANCEL_STOP) | FSM_BIT(FX_PNP_STOP) |             \
     FSM_BIT(FX_PNP_SURPRISE_REMOVAL) | FSM_BIT(FX_PNP_REMOVE))

static const struct fsm_state states[PNP_STATE_COUNT] = {
    /* --- Start. --- */
    [Init] =
        {
            .name = "Init",
            .enter = enter_answered,
            .on = {{FX_PNP_START, HardwareAvailable},
                   {FX_PNP_QUERY_REMOVE, InitQueryRemove},
                   {FX_PNP_CANCEL_REMOVE, Init},
                   {FX_PNP_QUERY_STOP, Init},
                   {FX_PNP_CANCEL_STOP, Init},
                   {FX_PNP_STOP, Init},
                   {FX_PNP_SURPRISE_REMOVAL, InitSurpriseRemoved},
                   {FX_PNP_REMOVE, RemovingDisableInterfaces},
                   {FX_PNP_EJECT, EjectHardware}},
        },
    [HardwareAvailable] =
        {
            .name = "HardwareAvailable", /* EvtDevicePrepareHardware, then power up. */
            .enter = enter_hardware_available,
            .may = {FailedOwnHardware},
            .on = {{FX_PNP_POLICY_STARTED, EnableInterfaces},
                   {FX_PNP_POLICY_START_FAILED, HardwareAvailablePowerPolicyFailed}},
            .defer = POWER_FAILED,
        },
    [EnableInterfaces] =
        {
            .name = "EnableInterfaces",
            .enter = enter_enable_interfaces,
            .may = {Started},
        },
    [Started] =
        {
            .name = "Started",
            .enter = enter_answered,
            .on = {{FX_PNP_QUERY_REMOVE, QueryRemoveStaticCheck},
                   {FX_PNP_QUERY_STOP, QueryStopStaticCheck},
                   /* After a refused query the PnP manager cancels it for all. */
                   {FX_PNP_CANCEL_REMOVE, Started},
                   {FX_PNP_CANCEL_STOP, Started},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoveIoStarted},
                   {FX_PNP_REMOVE, StartedRemoving},
                   {FX_PNP_POWER_FAILED, FailedPowerDown}},
            .drop = LATE,
        },
    [FailedOwnHardware] =
        {
            .name = "FailedOwnHardware",
            .enter = enter_failed_own_hardware,
            .may = {FailedInit},
        },
    [HardwareAvailablePowerPolicyFailed] =
        {
            .name = "HardwareAvailablePowerPolicyFailed",
            .enter = enter_hardware_available_power_policy_failed,
            .may = {FailedInit},
        },
    [FailedInit] =
        {
            .name = "FailedInit",
            .enter = enter_answered,
            .on = {{FX_PNP_QUERY_REMOVE, FailedInitAnswer},
                   {FX_PNP_CANCEL_REMOVE, FailedInitAnswer},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoveIoStarted},
                   {FX_PNP_REMOVE, RemovingDisableInterfaces}},
            .drop = LATE | POWER_FAILED,
        },
    [FailedInitAnswer] =
        {
            .name = "FailedInitAnswer",
            .enter = enter_failed_init_answer,
            .may = {FailedInit},
        },

    /* --- May it go? --- */
    [InitQueryRemove] =
        {
            .name = "InitQueryRemove",
            .enter = enter_answered,
            .on = {{FX_PNP_CANCEL_REMOVE, Init},
                   {FX_PNP_SURPRISE_REMOVAL, InitSurpriseRemoved},
                   {FX_PNP_REMOVE, RemovingDisableInterfaces}},
        },
    [QueryRemoveStaticCheck] =
        {
            .name = "QueryRemoveStaticCheck",
            .enter = enter_query_remove_static_check,
            .may = {QueryCanceled, QueryRemoveAskDriver},
        },
    [QueryRemoveAskDriver] =
        {
            .name = "QueryRemoveAskDriver",
            .enter = enter_query_remove_ask_driver,
            .may = {QueryRemoveEnsureDeviceAwake, QueryCanceled},
        },
    [QueryRemoveEnsureDeviceAwake] =
        {
            .name = "QueryRemoveEnsureDeviceAwake",
            .enter = enter_ensure_device_awake,
            .on = {{FX_PNP_POLICY_AWAKE, QueryRemovePending}, {FX_PNP_POWER_FAILED, QueriedFailed}},
            .defer = IRPS,
        },
    [QueryRemovePending] =
        {
            .name = "QueryRemovePending",
            .enter = enter_answered,
            .on = {{FX_PNP_CANCEL_REMOVE, StartedCancelRemove},
                   {FX_PNP_SURPRISE_REMOVAL, QueriedSurpriseRemove},
                   {FX_PNP_REMOVE, QueriedRemoving},
                   {FX_PNP_POWER_FAILED, FailedPowerDown}},
            .drop = LATE,
        },
    [StartedCancelRemove] =
        {
            .name = "StartedCancelRemove",
            .enter = enter_query_ended,
            .may = {Started},
        },
    [QueryStopStaticCheck] =
        {
            .name = "QueryStopStaticCheck",
            .enter = enter_query_stop_static_check,
            .may = {QueryCanceled, QueryStopAskDriver},
        },
    [QueryStopAskDriver] =
        {
            .name = "QueryStopAskDriver",
            .enter = enter_query_stop_ask_driver,
            .may = {QueryStopEnsureDeviceAwake, QueryCanceled},
        },
    [QueryStopEnsureDeviceAwake] =
        {
            .name = "QueryStopEnsureDeviceAwake",
            .enter = enter_ensure_device_awake,
            .on = {{FX_PNP_POLICY_AWAKE, QueryStopPending}, {FX_PNP_POWER_FAILED, QueriedFailed}},
            .defer = IRPS,
        },
    [QueryStopPending] =
        {
            .name = "QueryStopPending",
            .enter = enter_answered,
            .on = {{FX_PNP_CANCEL_STOP, StartedCancelStop},
                   {FX_PNP_STOP, StartedStopping},
                   {FX_PNP_SURPRISE_REMOVAL, QueriedSurpriseRemove},
                   {FX_PNP_REMOVE, QueriedRemoving},
                   {FX_PNP_POWER_FAILED, FailedPowerDown}},
            .drop = LATE,
        },
    [StartedCancelStop] =
        {
            .name = "StartedCancelStop",
            .enter = enter_query_ended,
            .may = {Started},
        },
    [QueryCanceled] =
        {
            .name = "QueryCanceled",
            .enter = enter_query_ended,
            .may = {Started},
        },
    [QueriedFailed] =
        {
            .name = "QueriedFailed",
            .enter = enter_queried_failed,
            .may = {FailedPowerDown},
        },

    /* --- Stop, for new resources. --- */
    [StartedStopping] =
        {
            .name = "StartedStopping",
            .enter = enter_stop_policy,
            .on = {{FX_PNP_POLICY_STOPPED, Stopped}, {FX_PNP_POLICY_STOP_FAILED, StoppedFailed}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [Stopped] =
        {
            .name = "Stopped",
            .enter = enter_stopped,
            .on = {{FX_PNP_START, StartingFromStopped},
                   {FX_PNP_QUERY_REMOVE, Stopped},
                   {FX_PNP_CANCEL_REMOVE, Stopped},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoveIoStarted},
                   {FX_PNP_REMOVE, StartedRemoving}},
            .drop = LATE | POWER_FAILED,
        },
    [StartingFromStopped] =
        {
            .name = "StartingFromStopped",
            .enter = enter_starting_from_stopped,
            .may = {Restarting, FailedOwnHardware},
        },
    [Restarting] =
        {
            .name = "Restarting",
            .on = {{FX_PNP_POLICY_STARTED, Started},
                   {FX_PNP_POLICY_START_FAILED, HardwareAvailablePowerPolicyFailed}},
            .defer = POWER_FAILED,
        },
    [StoppedFailed] =
        {
            .name = "StoppedFailed",
            .enter = enter_stopped_failed,
            .may = {FailedStarted},
        },

    /* --- Orderly removal. --- */
    [StartedRemoving] =
        {
            .name = "StartedRemoving",
            .enter = enter_go_on_removing,
            .may = {RemovingDisableInterfaces},
        },
    [QueriedRemoving] =
        {
            .name = "QueriedRemoving",
            .enter = enter_go_on_removing,
            .may = {RemovingDisableInterfaces},
        },
    [RemovingDisableInterfaces] =
        {
            .name = "RemovingDisableInterfaces",
            .enter = enter_removing_disable_interfaces,
            .on = {{FX_PNP_POLICY_STOPPED, RemovedWaitForChildren},
                   {FX_PNP_POLICY_STOP_FAILED, RemovedWaitForChildren}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [RemovedWaitForChildren] =
        {
            .name = "RemovedWaitForChildren",
            .enter = enter_removed_wait_for_children,
            .may = {RemovedChildrenRemoved},
        },
    [RemovedChildrenRemoved] =
        {
            .name = "RemovedChildrenRemoved",
            .enter = enter_removed_children_removed,
            .may = {CheckForDevicePresence},
        },
    [CheckForDevicePresence] =
        {
            .name = "CheckForDevicePresence",
            .enter = enter_check_for_device_presence,
            .may = {FdoRemoved, PdoRemoved, RemovedPdoWait},
        },
    [FdoRemoved] = {.name = "FdoRemoved", .enter = enter_gone, .may = {Removed}},
    [PdoRemoved] = {.name = "PdoRemoved", .enter = enter_gone, .may = {Removed}},
    [Removed] = {.name = "Removed", .enter = enter_answered, .final = true},

    /* --- "The framework does not delete the PDO until the device is physically removed." --- */
    [RemovedPdoWait] =
        {
            .name = "RemovedPdoWait",
            .enter = enter_answered,
            .on = {{FX_PNP_START, PdoRestart},
                   {FX_PNP_QUERY_REMOVE, RemovedPdoWait},
                   {FX_PNP_CANCEL_REMOVE, RemovedPdoWait},
                   {FX_PNP_SURPRISE_REMOVAL, RemovedPdoSurpriseRemoved},
                   {FX_PNP_REMOVE, CheckForDevicePresence},
                   {FX_PNP_EJECT, EjectHardware}},
            .drop = LATE | POWER_FAILED,
        },
    [RemovedPdoSurpriseRemoved] =
        {
            .name = "RemovedPdoSurpriseRemoved",
            .enter = enter_init_surprise_removed,
            .on = {{FX_PNP_REMOVE, CheckForDevicePresence}},
            .drop = LATE | POWER_FAILED,
        },
    [PdoRestart] =
        {
            .name = "PdoRestart",
            .enter = enter_pdo_restart,
            .may = {HardwareAvailable},
        },
    [EjectHardware] =
        {
            .name = "EjectHardware",
            .enter = enter_eject_hardware,
            .may = {EjectedWaitingForRemove, EjectFailed},
        },
    [EjectFailed] =
        {
            .name = "EjectFailed",
            .enter = enter_eject_failed,
            .may = {RemovedPdoWait},
        },
    [EjectedWaitingForRemove] =
        {
            .name = "EjectedWaitingForRemove",
            .enter = enter_ejected_waiting_for_remove,
            .on = {{FX_PNP_REMOVE, CheckForDevicePresence},
                   {FX_PNP_SURPRISE_REMOVAL, RemovedPdoSurpriseRemoved}},
            .drop = LATE | POWER_FAILED,
        },

    /* --- Surprise removal. --- */
    [InitSurpriseRemoved] =
        {
            .name = "InitSurpriseRemoved",
            .enter = enter_init_surprise_removed,
            .on = {{FX_PNP_REMOVE, RemovingDisableInterfaces}},
        },
    [SurpriseRemoveIoStarted] =
        {
            .name = "SurpriseRemoveIoStarted",
            .enter = enter_surprise_remove_io_started,
            .on = {{FX_PNP_POLICY_STOPPED, SurpriseRemove},
                   {FX_PNP_POLICY_STOP_FAILED, SurpriseRemove}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [QueriedSurpriseRemove] =
        {
            .name = "QueriedSurpriseRemove",
            .enter = enter_surprise_remove_io_started,
            .on = {{FX_PNP_POLICY_STOPPED, SurpriseRemove},
                   {FX_PNP_POLICY_STOP_FAILED, SurpriseRemove}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [SurpriseRemove] =
        {
            .name = "SurpriseRemove",
            .enter = enter_surprise_remove,
            .may = {SurpriseRemovedWaitForRemove},
        },
    [SurpriseRemovedWaitForRemove] =
        {
            .name = "SurpriseRemovedWaitForRemove",
            .enter = enter_answered,
            .on = {{FX_PNP_REMOVE, SurpriseRemovedRemoving}},
            .drop = LATE | POWER_FAILED,
        },
    [SurpriseRemovedRemoving] =
        {
            .name = "SurpriseRemovedRemoving",
            .enter = enter_surprise_removed_removing,
            .may = {CheckForDevicePresence},
        },

    /* --- Failure of a running device. --- */
    [FailedPowerDown] =
        {
            .name = "FailedPowerDown",
            .enter = enter_failed_power_down,
            .on = {{FX_PNP_POLICY_STOPPED, FailedStarted},
                   {FX_PNP_POLICY_STOP_FAILED, FailedStarted}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [FailedStarted] =
        {
            .name = "FailedStarted",
            .enter = enter_failed_started,
            .on = {{FX_PNP_SURPRISE_REMOVAL, SurpriseRemoveIoStarted},
                   {FX_PNP_REMOVE, RemovingDisableInterfaces},
                   {FX_PNP_QUERY_REMOVE, FailedAnswer},
                   {FX_PNP_CANCEL_REMOVE, FailedAnswer},
                   {FX_PNP_QUERY_STOP, FailedAnswer},
                   {FX_PNP_CANCEL_STOP, FailedAnswer},
                   {FX_PNP_STOP, FailedAnswer},
                   {FX_PNP_START, FailedRefuseStart}},
            .drop = LATE | POWER_FAILED,
        },
    [FailedAnswer] =
        {
            .name = "FailedAnswer",
            .enter = enter_failed_answer,
            .may = {FailedStarted},
        },
    [FailedRefuseStart] =
        {
            .name = "FailedRefuseStart",
            .enter = enter_failed_refuse_start,
            .may = {FailedStarted},
        },
};

static const char *const event_names[FX_PNP_EVENT_COUNT] = {
    [FX_PNP_START] = "START",
    [FX_PNP_QUERY_REMOVE] = "QUERY_REMOVE",
    [FX_PNP_CANCEL_REMOVE] = "CANCEL_REMOVE",
    [FX_PNP_QUERY_STOP] = "QUERY_STOP",
    [FX_PNP_CANCEL_STOP] = "CANCEL_STOP",
    [FX_PNP_STOP] = "STOP",
    [FX_PNP_SURPRISE_REMOVAL] = "SURPRISE_REMOVAL",
    [FX_PNP_REMOVE] = "REMOVE",
    [FX_PNP_EJECT] = "EJECT",
    [FX_PNP_POLICY_STARTED] = "POLICY_STARTED",
    [FX_PNP_POLICY_START_FAILED] = "POLICY_START_FAILED",
    [FX_PNP_POLICY_AWAKE] = "POLICY_AWAKE",
    [FX_PNP_POLICY_STOPPED] = "POLICY_STOPPED",
    [FX_PNP_POLICY_STOP_FAILED] = "POLICY_STOP_FAILED",
    [FX_PNP_POWER_FAILED] = "POWER_FAILED",
};

/* An IRP that cannot come in this state is refused; all else is reported. */
static void
unexpected(void *owner, unsigned state, unsigned event)
{
    struct fx_device *device = owner;

    fx_machine_unexpected(device, &device->machines.pnp, event);
    if (event <= FX_PNP_EJECT) {
        device->pnp_status = STATUS_INVALID_DEVICE_STATE;
        (void)enter_answered(device);
    }
}

static void
moving(void *owner, unsigned from, unsigned event, unsigned to)
{
    fx_state_moving(owner, FX_MACHINE_PNP, fx_pnp_documented_state(from),
                    fx_pnp_documented_state(to));
}

static void
moved(void *owner, unsigned from, unsigned event, unsigned to)
{
    fx_state_moved(owner, FX_MACHINE_PNP, fx_pnp_documented_state(to));
}

static const struct fsm_ops ops = {
    .lock = fx_machine_lock,
    .unlock = fx_machine_unlock,
    .kick = fx_machine_kick,
    .unexpected = unexpected,
    .moving = moving,
    .moved = moved,
};

const struct fsm_table fx_pnp_table = {
    .name = "pnp",
    .states = states,
    .state_count = PNP_STATE_COUNT,
    .start = Init,
    .events = event_names,
    .event_count = FX_PNP_EVENT_COUNT,
    .coalesce = FSM_BIT(FX_PNP_POWER_FAILED),
    .ops = &ops,
};

uint32_t
fx_pnp_documented_state(unsigned state)
{
    static const uint32_t documented[PNP_STATE_COUNT] = {
        [0] = WdfDevStatePnpObjectCreated,
        [Init] = WdfDevStatePnpInit,
        [HardwareAvailable] = WdfDevStatePnpHardwareAvailable,
        [EnableInterfaces] = WdfDevStatePnpEnableInterfaces,
        [Started] = WdfDevStatePnpStarted,
        [FailedOwnHardware] = WdfDevStatePnpFailedOwnHardware,
        [HardwareAvailablePowerPolicyFailed] = WdfDevStatePnpHardwareAvailablePowerPolicyFailed,
        [FailedInit] = WdfDevStatePnpFailedInit,
        [FailedInitAnswer] = WdfDevStatePnpFailedInit,
        [InitQueryRemove] = WdfDevStatePnpInitQueryRemove,
        [QueryRemoveStaticCheck] = WdfDevStatePnpQueryRemoveStaticCheck,
        [QueryRemoveAskDriver] = WdfDevStatePnpQueryRemoveAskDriver,
        [QueryRemoveEnsureDeviceAwake] = WdfDevStatePnpQueryRemoveEnsureDeviceAwake,
        [QueryRemovePending] = WdfDevStatePnpQueryRemovePending,
        [StartedCancelRemove] = WdfDevStatePnpStartedCancelRemove,
        [QueryStopStaticCheck] = WdfDevStatePnpQueryStopStaticCheck,
        [QueryStopAskDriver] = WdfDevStatePnpQueryStopAskDriver,
        [QueryStopEnsureDeviceAwake] = WdfDevStatePnpQueryStopEnsureDeviceAwake,
        [QueryStopPending] = WdfDevStatePnpQueryStopPending,
        [StartedCancelStop] = WdfDevStatePnpStartedCancelStop,
        [QueryCanceled] = WdfDevStatePnpQueryCanceled,
        [QueriedFailed] = WdfDevStatePnpFailed,
        [StartedStopping] = WdfDevStatePnpStartedStopping,
        [Stopped] = WdfDevStatePnpStopped,
        [StartingFromStopped] = WdfDevStatePnpStartingFromStopped,
        [Restarting] = WdfDevStatePnpRestarting,
        [StoppedFailed] = WdfDevStatePnpFailedPowerDown,
        [StartedRemoving] = WdfDevStatePnpStartedRemoving,
        [QueriedRemoving] = WdfDevStatePnpQueriedRemoving,
        [RemovingDisableInterfaces] = WdfDevStatePnpRemovingDisableInterfaces,
        [RemovedWaitForChildren] = WdfDevStatePnpRemovedWaitForChildren,
        [RemovedChildrenRemoved] = WdfDevStatePnpRemovedChildrenRemoved,
        [CheckForDevicePresence] = WdfDevStatePnpCheckForDevicePresence,
        [FdoRemoved] = WdfDevStatePnpFdoRemoved,
        [PdoRemoved] = WdfDevStatePnpPdoRemoved,
        [Removed] = WdfDevStatePnpRemoved,
        [RemovedPdoWait] = WdfDevStatePnpRemovedPdoWait,
        [RemovedPdoSurpriseRemoved] = WdfDevStatePnpRemovedPdoSurpriseRemoved,
        [PdoRestart] = WdfDevStatePnpPdoRestart,
        [EjectHardware] = WdfDevStatePnpEjectHardware,
        [EjectFailed] = WdfDevStatePnpEjectFailed,
        [EjectedWaitingForRemove] = WdfDevStatePnpEjectedWaitingForRemove,
        [InitSurpriseRemoved] = WdfDevStatePnpInitSurpriseRemoved,
        [SurpriseRemoveIoStarted] = WdfDevStatePnpSurpriseRemoveIoStarted,
        [QueriedSurpriseRemove] = WdfDevStatePnpQueriedSurpriseRemove,
        [SurpriseRemove] = WdfDevStatePnpSurpriseRemove,
        [SurpriseRemovedWaitForRemove] = WdfDevStatePnpFailedSurpriseRemoved,
        [SurpriseRemovedRemoving] = WdfDevStatePnpFailedWaitForRemove,
        [FailedPowerDown] = WdfDevStatePnpFailedPowerDown,
        [FailedStarted] = WdfDevStatePnpFailedStarted,
        [FailedAnswer] = WdfDevStatePnpFailedStarted,
        [FailedRefuseStart] = WdfDevStatePnpFailedStarted,
    };

    return documented[state];
}

WDF_DEVICE_PNP_STATE
imp_WdfDeviceGetDevicePnpState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    return (WDF_DEVICE_PNP_STATE)fx_pnp_documented_state(fsm_state_number(&device->machines.pnp));
}
