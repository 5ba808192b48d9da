/* SPDX-License-Identifier: MIT */
/* The states of the power machine, and what it does on entry to them (power_actions.c). */
#ifndef OPENWDF_FX_PNP_POWER_STATES_H
#define OPENWDF_FX_PNP_POWER_STATES_H

enum power_state {
    Stopped = 1, /* Not started, or stopped: no power of its own. */
    StoppedCompleteDx,
    StoppedRefuseWake,
    StartingCheckDeviceType,
    StartingChild,
    D0Starting,
    D0StartingConnectInterrupt,
    D0StartingPostHardwareEnabled,
    D0StartingStartSelfManagedIo,
    DecideD0State,
    D0,
    EnablingWakeAtBus,
    D0ArmedForWake,
    D0DisarmingWakeAtBus,
    GotoDx,
    GotoDxIoStopped,
    GotoDxDisablingHardware,
    GotoDxFailed,
    Dx,
    DxArmedForWake,
    DxCompleteIrp,
    DxStoppedArmForWake,
    DxDisablingWakeAtBus,
    WakePending,
    CheckParentState,
    WaitForParent,
    CheckParentStateArmedForWake,
    WaitForParentArmedForWake,
    Waking,
    WakingConnectInterrupt,
    WakingPostHardwareEnabled,
    WakingHardwareStarted,
    StartSelfManagedIo,
    InitialConnectInterruptFailed,
    InitialPostHardwareEnabledFailed,
    InitialSelfManagedIoFailed,
    InitialPowerUpFailedDerefParent,
    InitialPowerUpFailed,
    WakingConnectInterruptFailed,
    WakingPostHardwareEnabledFailed,
    StartSelfManagedIoFailed,
    UpFailedDerefParent,
    UpFailed,
    UpFailedCompleteIrp,
    UpFailedRefuseWake,
    GotoD3Stopped,
    GotoImplicitD3DisarmWakeAtBus,
    GotoStopped,
    FinalPowerDownFailed,
    POWER_STATE_COUNT,
};

unsigned fx_power_enter_starting_check_device_type(void *owner);
unsigned fx_power_enter_starting_child(void *owner);
unsigned fx_power_enter_d0_starting(void *owner);
unsigned fx_power_enter_d0_starting_connect_interrupt(void *owner);
unsigned fx_power_enter_d0_starting_post_hardware_enabled(void *owner);
unsigned fx_power_enter_d0_starting_start_self_managed_io(void *owner);
unsigned fx_power_enter_decide_d0_state(void *owner);
unsigned fx_power_enter_check_parent_state(void *owner);
unsigned fx_power_enter_wait_for_parent(void *owner);
unsigned fx_power_enter_waking(void *owner);
unsigned fx_power_enter_waking_connect_interrupt(void *owner);
unsigned fx_power_enter_waking_post_hardware_enabled(void *owner);
unsigned fx_power_enter_waking_hardware_started(void *owner);
unsigned fx_power_enter_start_self_managed_io(void *owner);
unsigned fx_power_enter_initial_post_hardware_enabled_failed(void *owner);
unsigned fx_power_enter_initial_self_managed_io_failed(void *owner);
unsigned fx_power_enter_initial_power_up_failed_deref_parent(void *owner);
unsigned fx_power_enter_initial_power_up_failed(void *owner);
unsigned fx_power_enter_waking_post_hardware_enabled_failed(void *owner);
unsigned fx_power_enter_start_self_managed_io_failed(void *owner);
unsigned fx_power_enter_up_failed_deref_parent(void *owner);
unsigned fx_power_enter_complete_irp(void *owner);
unsigned fx_power_enter_up_failed_complete_irp(void *owner);
unsigned fx_power_enter_goto_dx(void *owner);
unsigned fx_power_enter_goto_dx_io_stopped(void *owner);
unsigned fx_power_enter_goto_dx_disabling_hardware(void *owner);
unsigned fx_power_enter_goto_dx_failed(void *owner);
unsigned fx_power_enter_check_parent_state_armed_for_wake(void *owner);
unsigned fx_power_enter_wait_for_parent_armed_for_wake(void *owner);
unsigned fx_power_enter_dx_complete_irp(void *owner);
unsigned fx_power_enter_goto_d3_stopped(void *owner);
unsigned fx_power_enter_goto_stopped(void *owner);
unsigned fx_power_enter_final_power_down_failed(void *owner);
unsigned fx_power_enter_enabling_wake_at_bus(void *owner);
unsigned fx_power_enter_d0_disarming_wake_at_bus(void *owner);
unsigned fx_power_enter_dx_stopped_arm_for_wake(void *owner);
unsigned fx_power_enter_dx_disabling_wake_at_bus(void *owner);
unsigned fx_power_enter_wake_pending(void *owner);
unsigned fx_power_enter_goto_implicit_d3_disarm_wake_at_bus(void *owner);
unsigned fx_power_enter_stopped_refuse_wake(void *owner);
unsigned fx_power_enter_up_failed_refuse_wake(void *owner);

#endif
