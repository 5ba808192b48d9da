/* SPDX-License-Identifier: MIT */
/* The states of the PnP machine, and what it does on entry to them (pnp_actions.c). */
#ifndef OPENWDF_FX_PNP_PNP_STATES_H
#define OPENWDF_FX_PNP_PNP_STATES_H

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

unsigned fx_pnp_enter_answered(void *owner);
unsigned fx_pnp_enter_hardware_available(void *owner);
unsigned fx_pnp_enter_starting_from_stopped(void *owner);
unsigned fx_pnp_enter_enable_interfaces(void *owner);
unsigned fx_pnp_enter_failed_own_hardware(void *owner);
unsigned fx_pnp_enter_hardware_available_power_policy_failed(void *owner);
unsigned fx_pnp_enter_query_remove_static_check(void *owner);
unsigned fx_pnp_enter_query_remove_ask_driver(void *owner);
unsigned fx_pnp_enter_query_stop_static_check(void *owner);
unsigned fx_pnp_enter_query_stop_ask_driver(void *owner);
unsigned fx_pnp_enter_ensure_device_awake(void *owner);
unsigned fx_pnp_enter_query_ended(void *owner);
unsigned fx_pnp_enter_queried_failed(void *owner);
unsigned fx_pnp_enter_stop_policy(void *owner);
unsigned fx_pnp_enter_stopped(void *owner);
unsigned fx_pnp_enter_stopped_failed(void *owner);
unsigned fx_pnp_enter_go_on_removing(void *owner);
unsigned fx_pnp_enter_removing_disable_interfaces(void *owner);
unsigned fx_pnp_enter_removed_wait_for_children(void *owner);
unsigned fx_pnp_enter_removed_children_removed(void *owner);
unsigned fx_pnp_enter_check_for_device_presence(void *owner);
unsigned fx_pnp_enter_gone(void *owner);
unsigned fx_pnp_enter_pdo_restart(void *owner);
unsigned fx_pnp_enter_eject_hardware(void *owner);
unsigned fx_pnp_enter_eject_failed(void *owner);
unsigned fx_pnp_enter_ejected_waiting_for_remove(void *owner);
unsigned fx_pnp_enter_init_surprise_removed(void *owner);
unsigned fx_pnp_enter_surprise_remove_io_started(void *owner);
unsigned fx_pnp_enter_surprise_remove(void *owner);
unsigned fx_pnp_enter_surprise_removed_removing(void *owner);
unsigned fx_pnp_enter_failed_power_down(void *owner);
unsigned fx_pnp_enter_failed_started(void *owner);
unsigned fx_pnp_enter_failed_answer(void *owner);
unsigned fx_pnp_enter_failed_refuse_start(void *owner);
unsigned fx_pnp_enter_failed_init_answer(void *owner);

#endif
