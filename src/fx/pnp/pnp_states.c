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
#include "fx/pnp/pnp_states.h"

#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

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
            .enter = fx_pnp_enter_answered,
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
            .enter = fx_pnp_enter_hardware_available,
            .may = {FailedOwnHardware},
            .on = {{FX_PNP_POLICY_STARTED, EnableInterfaces},
                   {FX_PNP_POLICY_START_FAILED, HardwareAvailablePowerPolicyFailed}},
            .defer = POWER_FAILED,
        },
    [EnableInterfaces] =
        {
            .name = "EnableInterfaces",
            .enter = fx_pnp_enter_enable_interfaces,
            .may = {Started},
        },
    [Started] =
        {
            .name = "Started",
            .enter = fx_pnp_enter_answered,
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
            .enter = fx_pnp_enter_failed_own_hardware,
            .may = {FailedInit},
        },
    [HardwareAvailablePowerPolicyFailed] =
        {
            .name = "HardwareAvailablePowerPolicyFailed",
            .enter = fx_pnp_enter_hardware_available_power_policy_failed,
            .may = {FailedInit},
        },
    [FailedInit] =
        {
            .name = "FailedInit",
            .enter = fx_pnp_enter_answered,
            .on = {{FX_PNP_QUERY_REMOVE, FailedInitAnswer},
                   {FX_PNP_CANCEL_REMOVE, FailedInitAnswer},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoveIoStarted},
                   {FX_PNP_REMOVE, RemovingDisableInterfaces}},
            .drop = LATE | POWER_FAILED,
        },
    [FailedInitAnswer] =
        {
            .name = "FailedInitAnswer",
            .enter = fx_pnp_enter_failed_init_answer,
            .may = {FailedInit},
        },

    /* --- May it go? --- */
    [InitQueryRemove] =
        {
            .name = "InitQueryRemove",
            .enter = fx_pnp_enter_answered,
            .on = {{FX_PNP_CANCEL_REMOVE, Init},
                   {FX_PNP_SURPRISE_REMOVAL, InitSurpriseRemoved},
                   {FX_PNP_REMOVE, RemovingDisableInterfaces}},
        },
    [QueryRemoveStaticCheck] =
        {
            .name = "QueryRemoveStaticCheck",
            .enter = fx_pnp_enter_query_remove_static_check,
            .may = {QueryCanceled, QueryRemoveAskDriver},
        },
    [QueryRemoveAskDriver] =
        {
            .name = "QueryRemoveAskDriver",
            .enter = fx_pnp_enter_query_remove_ask_driver,
            .may = {QueryRemoveEnsureDeviceAwake, QueryCanceled},
        },
    [QueryRemoveEnsureDeviceAwake] =
        {
            .name = "QueryRemoveEnsureDeviceAwake",
            .enter = fx_pnp_enter_ensure_device_awake,
            .on = {{FX_PNP_POLICY_AWAKE, QueryRemovePending}, {FX_PNP_POWER_FAILED, QueriedFailed}},
            .defer = IRPS,
        },
    [QueryRemovePending] =
        {
            .name = "QueryRemovePending",
            .enter = fx_pnp_enter_answered,
            .on = {{FX_PNP_CANCEL_REMOVE, StartedCancelRemove},
                   {FX_PNP_SURPRISE_REMOVAL, QueriedSurpriseRemove},
                   {FX_PNP_REMOVE, QueriedRemoving},
                   {FX_PNP_POWER_FAILED, FailedPowerDown}},
            .drop = LATE,
        },
    [StartedCancelRemove] =
        {
            .name = "StartedCancelRemove",
            .enter = fx_pnp_enter_query_ended,
            .may = {Started},
        },
    [QueryStopStaticCheck] =
        {
            .name = "QueryStopStaticCheck",
            .enter = fx_pnp_enter_query_stop_static_check,
            .may = {QueryCanceled, QueryStopAskDriver},
        },
    [QueryStopAskDriver] =
        {
            .name = "QueryStopAskDriver",
            .enter = fx_pnp_enter_query_stop_ask_driver,
            .may = {QueryStopEnsureDeviceAwake, QueryCanceled},
        },
    [QueryStopEnsureDeviceAwake] =
        {
            .name = "QueryStopEnsureDeviceAwake",
            .enter = fx_pnp_enter_ensure_device_awake,
            .on = {{FX_PNP_POLICY_AWAKE, QueryStopPending}, {FX_PNP_POWER_FAILED, QueriedFailed}},
            .defer = IRPS,
        },
    [QueryStopPending] =
        {
            .name = "QueryStopPending",
            .enter = fx_pnp_enter_answered,
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
            .enter = fx_pnp_enter_query_ended,
            .may = {Started},
        },
    [QueryCanceled] =
        {
            .name = "QueryCanceled",
            .enter = fx_pnp_enter_query_ended,
            .may = {Started},
        },
    [QueriedFailed] =
        {
            .name = "QueriedFailed",
            .enter = fx_pnp_enter_queried_failed,
            .may = {FailedPowerDown},
        },

    /* --- Stop, for new resources. --- */
    [StartedStopping] =
        {
            .name = "StartedStopping",
            .enter = fx_pnp_enter_stop_policy,
            .on = {{FX_PNP_POLICY_STOPPED, Stopped}, {FX_PNP_POLICY_STOP_FAILED, StoppedFailed}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [Stopped] =
        {
            .name = "Stopped",
            .enter = fx_pnp_enter_stopped,
            .may = {StoppedFailed},
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
            .enter = fx_pnp_enter_starting_from_stopped,
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
            .enter = fx_pnp_enter_stopped_failed,
            .may = {FailedStarted},
        },

    /* --- Orderly removal. --- */
    [StartedRemoving] =
        {
            .name = "StartedRemoving",
            .enter = fx_pnp_enter_go_on_removing,
            .may = {RemovingDisableInterfaces},
        },
    [QueriedRemoving] =
        {
            .name = "QueriedRemoving",
            .enter = fx_pnp_enter_go_on_removing,
            .may = {RemovingDisableInterfaces},
        },
    [RemovingDisableInterfaces] =
        {
            .name = "RemovingDisableInterfaces",
            .enter = fx_pnp_enter_removing_disable_interfaces,
            .on = {{FX_PNP_POLICY_STOPPED, RemovedWaitForChildren},
                   {FX_PNP_POLICY_STOP_FAILED, RemovedWaitForChildren}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [RemovedWaitForChildren] =
        {
            .name = "RemovedWaitForChildren",
            .enter = fx_pnp_enter_removed_wait_for_children,
            .may = {RemovedChildrenRemoved},
        },
    [RemovedChildrenRemoved] =
        {
            .name = "RemovedChildrenRemoved",
            .enter = fx_pnp_enter_removed_children_removed,
            .may = {CheckForDevicePresence},
        },
    [CheckForDevicePresence] =
        {
            .name = "CheckForDevicePresence",
            .enter = fx_pnp_enter_check_for_device_presence,
            .may = {FdoRemoved, PdoRemoved, RemovedPdoWait},
        },
    [FdoRemoved] = {.name = "FdoRemoved", .enter = fx_pnp_enter_gone, .may = {Removed}},
    [PdoRemoved] = {.name = "PdoRemoved", .enter = fx_pnp_enter_gone, .may = {Removed}},
    [Removed] = {.name = "Removed", .enter = fx_pnp_enter_answered, .final = true},

    /* --- "The framework does not delete the PDO until the device is physically removed." --- */
    [RemovedPdoWait] =
        {
            .name = "RemovedPdoWait",
            .enter = fx_pnp_enter_answered,
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
            .enter = fx_pnp_enter_init_surprise_removed,
            .on = {{FX_PNP_REMOVE, CheckForDevicePresence}},
            .drop = LATE | POWER_FAILED,
        },
    [PdoRestart] =
        {
            .name = "PdoRestart",
            .enter = fx_pnp_enter_pdo_restart,
            .may = {HardwareAvailable},
        },
    [EjectHardware] =
        {
            .name = "EjectHardware",
            .enter = fx_pnp_enter_eject_hardware,
            .may = {EjectedWaitingForRemove, EjectFailed},
        },
    [EjectFailed] =
        {
            .name = "EjectFailed",
            .enter = fx_pnp_enter_eject_failed,
            .may = {RemovedPdoWait},
        },
    [EjectedWaitingForRemove] =
        {
            .name = "EjectedWaitingForRemove",
            .enter = fx_pnp_enter_ejected_waiting_for_remove,
            .on = {{FX_PNP_REMOVE, CheckForDevicePresence},
                   {FX_PNP_SURPRISE_REMOVAL, RemovedPdoSurpriseRemoved}},
            .drop = LATE | POWER_FAILED,
        },

    /* --- Surprise removal. --- */
    [InitSurpriseRemoved] =
        {
            .name = "InitSurpriseRemoved",
            .enter = fx_pnp_enter_init_surprise_removed,
            .on = {{FX_PNP_REMOVE, RemovingDisableInterfaces}},
        },
    [SurpriseRemoveIoStarted] =
        {
            .name = "SurpriseRemoveIoStarted",
            .enter = fx_pnp_enter_surprise_remove_io_started,
            .on = {{FX_PNP_POLICY_STOPPED, SurpriseRemove},
                   {FX_PNP_POLICY_STOP_FAILED, SurpriseRemove}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [QueriedSurpriseRemove] =
        {
            .name = "QueriedSurpriseRemove",
            .enter = fx_pnp_enter_surprise_remove_io_started,
            .on = {{FX_PNP_POLICY_STOPPED, SurpriseRemove},
                   {FX_PNP_POLICY_STOP_FAILED, SurpriseRemove}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [SurpriseRemove] =
        {
            .name = "SurpriseRemove",
            .enter = fx_pnp_enter_surprise_remove,
            .may = {SurpriseRemovedWaitForRemove},
        },
    [SurpriseRemovedWaitForRemove] =
        {
            .name = "SurpriseRemovedWaitForRemove",
            .enter = fx_pnp_enter_answered,
            .on = {{FX_PNP_REMOVE, SurpriseRemovedRemoving}},
            .drop = LATE | POWER_FAILED,
        },
    [SurpriseRemovedRemoving] =
        {
            .name = "SurpriseRemovedRemoving",
            .enter = fx_pnp_enter_surprise_removed_removing,
            .may = {CheckForDevicePresence},
        },

    /* --- Failure of a running device. --- */
    [FailedPowerDown] =
        {
            .name = "FailedPowerDown",
            .enter = fx_pnp_enter_failed_power_down,
            .on = {{FX_PNP_POLICY_STOPPED, FailedStarted},
                   {FX_PNP_POLICY_STOP_FAILED, FailedStarted}},
            .drop = POWER_FAILED | FSM_BIT(FX_PNP_POLICY_AWAKE),
            .defer = IRPS,
        },
    [FailedStarted] =
        {
            .name = "FailedStarted",
            .enter = fx_pnp_enter_failed_started,
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
            .enter = fx_pnp_enter_failed_answer,
            .may = {FailedStarted},
        },
    [FailedRefuseStart] =
        {
            .name = "FailedRefuseStart",
            .enter = fx_pnp_enter_failed_refuse_start,
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
        (void)fx_pnp_enter_answered(device);
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
    fx_state_moved(owner, FX_MACHINE_PNP, fx_pnp_documented_state(from),
                   fx_pnp_documented_state(to));
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
