/* SPDX-License-Identifier: MIT */
/*
 * The power machine: what a device does on its way into D0 and out of it, in the order of Microsoft's
 * "PnP and Power Management Callback Sequences".
 *
 * Set-power IRPs bring D0 and Dx; start and removal bring them without an IRP. Before I/O starts, and
 * after it has stopped, the machine waits for the policy machine, which then arms and disarms wake
 * signals. Every state that ends a transition answers the IRP in power.irp.
 *
 * Names are the documented ones (WDF_DEVICE_POWER_STATE) where one exists. At PASSIVE_LEVEL.
 */
#include "fx/pnp/power_states.h"

#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

/* --- The table ------------------------------------------------------------------------------- */

/* What may come at any time while a transition is under way is looked at when it has ended. */
#define WAKE_IRPS  (FSM_BIT(FX_POWER_WAKE_ARRIVED) | FSM_BIT(FX_POWER_WAKE_ENDED))
#define PARENT_D0_ FSM_BIT(FX_POWER_PARENT_D0) /* Came too late to matter. */
#define COMPLETE_  (FSM_BIT(FX_POWER_COMPLETE_D0) | FSM_BIT(FX_POWER_COMPLETE_DX))

static const struct fsm_state states[POWER_STATE_COUNT] =
    {
        /* --- Not started. --- */
        [Stopped] =
            {
                .name = "Stopped",
                .on = {{FX_POWER_IMPLICIT_D0, StartingCheckDeviceType},
                       {FX_POWER_IMPLICIT_D3, GotoStopped},
                       {FX_POWER_D0, StoppedCompleteDx},
                       {FX_POWER_DX, StoppedCompleteDx},
                       {FX_POWER_WAKE_ARRIVED, StoppedRefuseWake},
                       {FX_POWER_WAKE_ENDED, StoppedRefuseWake}},
                .drop = PARENT_D0_ | COMPLETE_,
            },
        [StoppedCompleteDx] =
            {
                .name = "StoppedCompleteDx",
                .enter = fx_power_enter_complete_irp,
                .may = {Stopped},
            },
        [StoppedRefuseWake] =
            {
                .name = "StoppedRefuseWake",
                .enter = fx_power_enter_stopped_refuse_wake,
                .may = {Stopped},
            },

        /* --- Into D0 for the first time, or after a stop. --- */
        [StartingCheckDeviceType] =
            {
                .name = "StartingCheckDeviceType",
                .enter = fx_power_enter_starting_check_device_type,
                .may = {StartingChild, D0Starting},
            },
        [StartingChild] =
            {
                .name = "StartingChild",
                .enter = fx_power_enter_starting_child,
                .may = {D0Starting},
                .on = {{FX_POWER_PARENT_D0, D0Starting}, {FX_POWER_IMPLICIT_D3, GotoStopped}},
                .defer = WAKE_IRPS,
            },
        [D0Starting] =
            {
                .name = "D0Starting",
                .enter = fx_power_enter_d0_starting,
                .may = {D0StartingConnectInterrupt, InitialPowerUpFailedDerefParent},
            },
        [D0StartingConnectInterrupt] =
            {
                .name = "D0StartingConnectInterrupt",
                .enter = fx_power_enter_d0_starting_connect_interrupt,
                .may = {D0StartingPostHardwareEnabled, InitialConnectInterruptFailed},
            },
        [D0StartingPostHardwareEnabled] =
            {
                .name = "D0StartingPostHardwareEnabled",
                .enter = fx_power_enter_d0_starting_post_hardware_enabled,
                .may = {D0StartingStartSelfManagedIo, InitialPostHardwareEnabledFailed},
            },
        [D0StartingStartSelfManagedIo] =
            {
                .name = "D0StartingStartSelfManagedIo",
                .enter = fx_power_enter_d0_starting_start_self_managed_io,
                .may = {DecideD0State, InitialSelfManagedIoFailed},
            },

        /* --- In D0. --- */
        [DecideD0State] =
            {
                .name = "DecideD0State",
                .enter = fx_power_enter_decide_d0_state,
                .may = {D0, EnablingWakeAtBus},
            },
        [D0] =
            {
                .name = "D0",
                .on = {{FX_POWER_DX, GotoDx},
                       {FX_POWER_D0, DecideD0State},
                       {FX_POWER_IMPLICIT_D3, GotoD3Stopped},
                       {FX_POWER_WAKE_ARRIVED, EnablingWakeAtBus},
                       {FX_POWER_WAKE_ENDED, D0DisarmingWakeAtBus}},
                .drop = PARENT_D0_ | COMPLETE_,
            },
        [EnablingWakeAtBus] =
            {
                .name = "EnablingWakeAtBus",
                .enter = fx_power_enter_enabling_wake_at_bus,
                .may = {D0ArmedForWake, D0},
            },
        [D0ArmedForWake] =
            {
                .name = "D0ArmedForWake",
                .on = {{FX_POWER_DX, GotoDx},
                       {FX_POWER_D0, DecideD0State},
                       {FX_POWER_IMPLICIT_D3, GotoD3Stopped},
                       {FX_POWER_WAKE_ENDED, D0DisarmingWakeAtBus}},
                .drop = PARENT_D0_ | COMPLETE_ | FSM_BIT(FX_POWER_WAKE_ARRIVED),
            },
        [D0DisarmingWakeAtBus] =
            {
                .name = "D0DisarmingWakeAtBus",
                .enter = fx_power_enter_d0_disarming_wake_at_bus,
                .may = {D0},
            },

        /* --- Out of D0. --- */
        [GotoDx] = {.name = "GotoDx", .enter = fx_power_enter_goto_dx, .may = {GotoDxIoStopped}},
        [GotoDxIoStopped] =
            {
                .name = "GotoDxIoStopped",
                .enter = fx_power_enter_goto_dx_io_stopped,
                .on = {{FX_POWER_COMPLETE_DX, GotoDxDisablingHardware}},
                .drop = PARENT_D0_,
                .defer = WAKE_IRPS | FSM_BIT(FX_POWER_IMPLICIT_D3),
            },
        [GotoDxDisablingHardware] =
            {
                .name = "GotoDxDisablingHardware",
                .enter = fx_power_enter_goto_dx_disabling_hardware,
                .may = {Dx, DxArmedForWake, GotoDxFailed},
            },
        [GotoDxFailed] = {.name = "GotoDxFailed",
                          .enter = fx_power_enter_goto_dx_failed,
                          .may = {UpFailed}},

        /* --- In a low-power state. --- */
        [Dx] =
            {
                .name = "Dx",
                .on = {{FX_POWER_D0, CheckParentState},
                       {FX_POWER_DX, DxCompleteIrp},
                       {FX_POWER_IMPLICIT_D3, GotoStopped},
                       {FX_POWER_WAKE_ARRIVED, DxStoppedArmForWake},
                       {FX_POWER_WAKE_ENDED, WakePending}},
                .drop = PARENT_D0_,
            },
        [DxArmedForWake] =
            {
                .name = "DxArmedForWake",
                .on = {{FX_POWER_D0, CheckParentStateArmedForWake},
                       {FX_POWER_DX, DxCompleteIrp},
                       {FX_POWER_IMPLICIT_D3, GotoImplicitD3DisarmWakeAtBus},
                       {FX_POWER_WAKE_ENDED, WakePending}},
                .drop = PARENT_D0_ | FSM_BIT(FX_POWER_WAKE_ARRIVED),
            },
        [DxCompleteIrp] =
            {
                .name = "DxCompleteIrp",
                .enter = fx_power_enter_dx_complete_irp,
                .may = {Dx, DxArmedForWake},
            },
        [DxStoppedArmForWake] =
            {
                .name = "DxStoppedArmForWake",
                .enter = fx_power_enter_dx_stopped_arm_for_wake,
                .may = {DxArmedForWake, Dx},
            },
        [DxDisablingWakeAtBus] =
            {
                .name = "DxDisablingWakeAtBus",
                .enter = fx_power_enter_dx_disabling_wake_at_bus,
                .may = {Waking},
            },
        [WakePending] =
            {
                .name = "WakePending",
                .enter = fx_power_enter_wake_pending,
                .may = {Dx, DxArmedForWake},
            },

        /* --- Back to D0. --- */
        [CheckParentState] =
            {
                .name = "CheckParentState",
                .enter = fx_power_enter_check_parent_state,
                .may = {Waking, WaitForParent},
            },
        [WaitForParent] =
            {
                .name = "WaitForParent",
                .enter = fx_power_enter_wait_for_parent,
                .may = {Waking},
                .on = {{FX_POWER_PARENT_D0, Waking}, {FX_POWER_IMPLICIT_D3, GotoStopped}},
                .defer = WAKE_IRPS,
            },
        [CheckParentStateArmedForWake] =
            {
                .name = "CheckParentStateArmedForWake",
                .enter = fx_power_enter_check_parent_state_armed_for_wake,
                .may = {DxDisablingWakeAtBus, WaitForParentArmedForWake},
            },
        [WaitForParentArmedForWake] =
            {
                .name = "WaitForParentArmedForWake",
                .enter = fx_power_enter_wait_for_parent_armed_for_wake,
                .may = {DxDisablingWakeAtBus},
                .on = {{FX_POWER_PARENT_D0, DxDisablingWakeAtBus},
                       {FX_POWER_IMPLICIT_D3, GotoImplicitD3DisarmWakeAtBus}},
                .defer = WAKE_IRPS,
            },
        [Waking] =
            {
                .name = "Waking",
                .enter = fx_power_enter_waking,
                .may = {WakingConnectInterrupt, UpFailedDerefParent},
            },
        [WakingConnectInterrupt] =
            {
                .name = "WakingConnectInterrupt",
                .enter = fx_power_enter_waking_connect_interrupt,
                .may = {WakingPostHardwareEnabled, WakingConnectInterruptFailed},
            },
        [WakingPostHardwareEnabled] =
            {
                .name = "WakingPostHardwareEnabled",
                .enter = fx_power_enter_waking_post_hardware_enabled,
                .may = {WakingHardwareStarted, WakingPostHardwareEnabledFailed},
            },
        [WakingHardwareStarted] =
            {
                .name = "WakingHardwareStarted",
                .enter = fx_power_enter_waking_hardware_started,
                .on = {{FX_POWER_COMPLETE_D0, StartSelfManagedIo}},
                .drop = PARENT_D0_,
                .defer = WAKE_IRPS | FSM_BIT(FX_POWER_IMPLICIT_D3),
            },
        [StartSelfManagedIo] =
            {
                .name = "StartSelfManagedIo",
                .enter = fx_power_enter_start_self_managed_io,
                .may = {DecideD0State, StartSelfManagedIoFailed},
            },

        /* --- What failed. --- */
        [InitialConnectInterruptFailed] =
            {
                .name = "InitialConnectInterruptFailed",
                .enter = fx_power_enter_initial_post_hardware_enabled_failed,
                .may = {InitialPowerUpFailedDerefParent},
            },
        [InitialPostHardwareEnabledFailed] =
            {
                .name = "InitialPostHardwareEnabledFailed",
                .enter = fx_power_enter_initial_post_hardware_enabled_failed,
                .may = {InitialPowerUpFailedDerefParent},
            },
        [InitialSelfManagedIoFailed] =
            {
                .name = "InitialSelfManagedIoFailed",
                .enter = fx_power_enter_initial_self_managed_io_failed,
                .may = {InitialPowerUpFailedDerefParent},
            },
        [InitialPowerUpFailedDerefParent] =
            {
                .name = "InitialPowerUpFailedDerefParent",
                .enter = fx_power_enter_initial_power_up_failed_deref_parent,
                .may = {InitialPowerUpFailed},
            },
        [InitialPowerUpFailed] =
            {
                .name = "InitialPowerUpFailed",
                .enter = fx_power_enter_initial_power_up_failed,
                .may = {Stopped},
            },
        [WakingConnectInterruptFailed] =
            {
                .name = "WakingConnectInterruptFailed",
                .enter = fx_power_enter_waking_post_hardware_enabled_failed,
                .may = {UpFailedDerefParent},
            },
        [WakingPostHardwareEnabledFailed] =
            {
                .name = "WakingPostHardwareEnabledFailed",
                .enter = fx_power_enter_waking_post_hardware_enabled_failed,
                .may = {UpFailedDerefParent},
            },
        [StartSelfManagedIoFailed] =
            {
                .name = "StartSelfManagedIoFailed",
                .enter = fx_power_enter_start_self_managed_io_failed,
                .may = {UpFailedDerefParent},
            },
        [UpFailedDerefParent] =
            {
                .name = "UpFailedDerefParent",
                .enter = fx_power_enter_up_failed_deref_parent,
                .may = {UpFailed},
            },
        [UpFailed] =
            {
                .name = "UpFailed",
                .on = {{FX_POWER_IMPLICIT_D3, GotoImplicitD3DisarmWakeAtBus},
                       {FX_POWER_D0, UpFailedCompleteIrp},
                       {FX_POWER_DX, UpFailedCompleteIrp},
                       {FX_POWER_WAKE_ARRIVED, UpFailedRefuseWake},
                       {FX_POWER_WAKE_ENDED, UpFailedRefuseWake}},
                .drop = PARENT_D0_ | COMPLETE_,
            },
        [UpFailedCompleteIrp] =
            {
                .name = "UpFailedCompleteIrp",
                .enter = fx_power_enter_up_failed_complete_irp,
                .may = {UpFailed},
            },
        [UpFailedRefuseWake] =
            {
                .name = "UpFailedRefuseWake",
                .enter = fx_power_enter_up_failed_refuse_wake,
                .may = {UpFailed},
            },

        /* --- Stop and removal. --- */
        [GotoD3Stopped] =
            {
                .name = "GotoD3Stopped",
                .enter = fx_power_enter_goto_d3_stopped,
                .may = {GotoStopped, GotoImplicitD3DisarmWakeAtBus},
            },
        [GotoImplicitD3DisarmWakeAtBus] =
            {
                .name = "GotoImplicitD3DisarmWakeAtBus",
                .enter = fx_power_enter_goto_implicit_d3_disarm_wake_at_bus,
                .may = {GotoStopped},
            },
        [GotoStopped] =
            {
                .name = "GotoStopped",
                .enter = fx_power_enter_goto_stopped,
                .may = {Stopped, FinalPowerDownFailed},
            },
        [FinalPowerDownFailed] =
            {
                .name = "FinalPowerDownFailed",
                .enter = fx_power_enter_final_power_down_failed,
                .may = {Stopped},
            },
};

static const char *const event_names[FX_POWER_EVENT_COUNT] = {
    [FX_POWER_IMPLICIT_D0] = "IMPLICIT_D0",
    [FX_POWER_IMPLICIT_D3] = "IMPLICIT_D3",
    [FX_POWER_D0] = "D0",
    [FX_POWER_DX] = "DX",
    [FX_POWER_COMPLETE_D0] = "COMPLETE_D0",
    [FX_POWER_COMPLETE_DX] = "COMPLETE_DX",
    [FX_POWER_PARENT_D0] = "PARENT_D0",
    [FX_POWER_WAKE_ARRIVED] = "WAKE_ARRIVED",
    [FX_POWER_WAKE_ENDED] = "WAKE_ENDED",
};

static void
unexpected(void *owner, unsigned state, unsigned event)
{
    struct fx_device *device = owner;

    fx_machine_unexpected(device, &device->machines.power, event);
}

static void
moving(void *owner, unsigned from, unsigned event, unsigned to)
{
    fx_state_moving(owner, FX_MACHINE_POWER, fx_power_documented_state(from),
                    fx_power_documented_state(to));
}

static void
moved(void *owner, unsigned from, unsigned event, unsigned to)
{
    struct fx_device *device = owner;

    if (event == FX_POWER_D0 || event == FX_POWER_DX) {
        device->power.irp = device->power.arrived;
    }
    fx_state_moved(owner, FX_MACHINE_POWER, fx_power_documented_state(from),
                   fx_power_documented_state(to));
}

static const struct fsm_ops ops = {
    .lock = fx_machine_lock,
    .unlock = fx_machine_unlock,
    .kick = fx_machine_kick,
    .unexpected = unexpected,
    .moving = moving,
    .moved = moved,
};

const struct fsm_table fx_power_table = {
    .name = "power",
    .states = states,
    .state_count = POWER_STATE_COUNT,
    .start = Stopped,
    .events = event_names,
    .event_count = FX_POWER_EVENT_COUNT,
    .coalesce = FSM_BIT(FX_POWER_PARENT_D0),
    .ops = &ops,
};

uint32_t
fx_power_documented_state(unsigned state)
{
    static const uint32_t documented[POWER_STATE_COUNT] = {
        [0] = WdfDevStatePowerObjectCreated,
        [Stopped] = WdfDevStatePowerStopped,
        [StoppedCompleteDx] = WdfDevStatePowerStoppedCompleteDx,
        [StoppedRefuseWake] = WdfDevStatePowerStopped,
        [StartingCheckDeviceType] = WdfDevStatePowerStartingCheckDeviceType,
        [StartingChild] = WdfDevStatePowerStartingChild,
        [D0Starting] = WdfDevStatePowerD0Starting,
        [D0StartingConnectInterrupt] = WdfDevStatePowerD0StartingConnectInterrupt,
        [D0StartingPostHardwareEnabled] = WdfDevStatePowerD0StartingPostHardwareEnabled,
        [D0StartingStartSelfManagedIo] = WdfDevStatePowerD0StartingStartSelfManagedIo,
        [DecideD0State] = WdfDevStatePowerDecideD0State,
        [D0] = WdfDevStatePowerD0,
        [EnablingWakeAtBus] = WdfDevStatePowerEnablingWakeAtBus,
        [D0ArmedForWake] = WdfDevStatePowerD0ArmedForWake,
        [D0DisarmingWakeAtBus] = WdfDevStatePowerD0DisarmingWakeAtBus,
        [GotoDx] = WdfDevStatePowerGotoDx,
        [GotoDxIoStopped] = WdfDevStatePowerGotoDxIoStopped,
        [GotoDxDisablingHardware] = WdfDevStatePowerGotoDxIoStopped,
        [GotoDxFailed] = WdfDevStatePowerGotoDxFailed,
        [Dx] = WdfDevStatePowerDx,
        [DxArmedForWake] = WdfDevStatePowerDxArmedForWake,
        [DxCompleteIrp] = WdfDevStatePowerDx,
        [DxStoppedArmForWake] = WdfDevStatePowerDxStoppedArmForWake,
        [DxDisablingWakeAtBus] = WdfDevStatePowerDxDisablingWakeAtBus,
        [WakePending] = WdfDevStatePowerWakePending,
        [CheckParentState] = WdfDevStatePowerCheckParentState,
        [WaitForParent] = WdfDevStatePowerWaitForParent,
        [CheckParentStateArmedForWake] = WdfDevStatePowerCheckParentStateArmedForWake,
        [WaitForParentArmedForWake] = WdfDevStatePowerWaitForParentArmedForWake,
        [Waking] = WdfDevStatePowerWaking,
        [WakingConnectInterrupt] = WdfDevStatePowerWakingConnectInterrupt,
        [WakingPostHardwareEnabled] = WdfDevStatePowerWakingPostHardwareEnabled,
        [WakingHardwareStarted] = WdfDevStatePowerWakingPostHardwareEnabled,
        [StartSelfManagedIo] = WdfDevStatePowerStartSelfManagedIo,
        [InitialConnectInterruptFailed] = WdfDevStatePowerInitialConnectInterruptFailed,
        [InitialPostHardwareEnabledFailed] = WdfDevStatePowerInitialPostHardwareEnabledFailed,
        [InitialSelfManagedIoFailed] = WdfDevStatePowerInitialSelfManagedIoFailed,
        [InitialPowerUpFailedDerefParent] = WdfDevStatePowerInitialPowerUpFailedDerefParent,
        [InitialPowerUpFailed] = WdfDevStatePowerInitialPowerUpFailed,
        [WakingConnectInterruptFailed] = WdfDevStatePowerWakingConnectInterruptFailed,
        [WakingPostHardwareEnabledFailed] = WdfDevStatePowerWakingPostHardwareEnabledFailed,
        [StartSelfManagedIoFailed] = WdfDevStatePowerStartSelfManagedIoFailed,
        [UpFailedDerefParent] = WdfDevStatePowerUpFailedDerefParent,
        [UpFailed] = WdfDevStatePowerUpFailed,
        [UpFailedCompleteIrp] = WdfDevStatePowerUpFailed,
        [UpFailedRefuseWake] = WdfDevStatePowerUpFailed,
        [GotoD3Stopped] = WdfDevStatePowerGotoD3Stopped,
        [GotoImplicitD3DisarmWakeAtBus] = WdfDevStatePowerGotoImplicitD3DisarmWakeAtBus,
        [GotoStopped] = WdfDevStatePowerGotoStopped,
        [FinalPowerDownFailed] = WdfDevStatePowerFinalPowerDownFailed,
    };

    return documented[state];
}

WDF_DEVICE_POWER_STATE
imp_WdfDeviceGetDevicePowerState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    return (WDF_DEVICE_POWER_STATE)fx_power_documented_state(
        fsm_state_number(&device->machines.power));
}
