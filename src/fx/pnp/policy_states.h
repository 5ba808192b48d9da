/* SPDX-License-Identifier: MIT */
/* The states of the power policy machine, and what it does on entry to them (policy_actions.c). */
#ifndef OPENWDF_FX_PNP_POLICY_STATES_H
#define OPENWDF_FX_PNP_POLICY_STATES_H

enum policy_state {
    ObjectCreated = 1,
    Starting,
    StartingSucceeded,
    StartingFailed,
    StartingDecideS0Wake,
    Started, /* In D0; not to be idle. */
    GotoDx,
    Dx,
    GotoD0,
    DxQuery,

    StartedIdleCapable,
    IdleCapableDeviceIdle,
    DeviceIdleReturnToActive,
    TimerExpiredNoWake,
    TimerExpiredNoWakeCompletePowerDown,
    WaitingUnarmed,
    WaitingUnarmedQueryIdle,
    S0NoWakePowerUp,
    S0NoWakeCompletePowerUp,

    StartedWakeCapable,
    WakeCapableDeviceIdle,
    TimerExpiredWakeCapablePowerDown,
    TimerExpiredWakeCapableSendWake,
    TimerExpiredWakeCapableWakeArrived,
    TimerExpiredWakeCapableCompletePowerDown,
    TimerExpiredWakeCapableCancelWake,
    TimerExpiredWakeCapableWakeCanceled,
    TimerExpiredWakeCapableWakeSucceeded,
    TimerExpiredWakeCapableWakeFailed,
    TimerExpiredWakeCapablePowerDownFailedCancelWake,
    WaitingArmed,
    WaitingArmedQueryIdle,
    IoPresentArmed,
    IoPresentArmedWakeCanceled,
    WokeFromS0,
    WokeFromS0NotifyDriver,
    S0WakeDisarm,
    S0WakeCompletePowerUp,

    Sleeping,
    SleepingNoWakePowerDown,
    SleepingNoWakeCompletePowerDown,
    SleepingNoWakeDxRequestFailed,
    SystemAsleepNoWake,
    SystemWakeDeviceWakeDisabled,
    SystemWakeDeviceToD0,
    SystemWakeDeviceToD0CompletePowerUp,
    SleepingWakePowerDown,
    SleepingSendWake,
    SleepingWakeWakeArrived,
    SleepingWakeCompletePowerDown,
    SleepingWakeRevertArmWake,
    SleepingWakeCancelWake,
    SleepingWakeSucceeded,
    SleepingWakeFailed,
    SleepingWakeLost,
    SleepingWakePowerDownFailed,
    SystemAsleepWakeArmed,
    SystemAsleepWakeInterrupt,
    SystemWakeDeviceWakeEnabled,
    SystemWakeDeviceWakeEnabledWakeCanceled,
    SystemWakeDeviceWakeDisarm,
    SystemWakeDeviceWakeTriggered,
    SystemWakeDeviceWakeTriggeredS0,
    SystemWakeDeviceWokeDisarm,
    SystemWakeDeviceWakeCompletePowerUp,

    SystemSleepFromDeviceWaitingUnarmed,
    SystemSleepNeedWake,
    SystemSleepNeedWakeCompletePowerUp,
    CancelingWakeForSystemSleep,
    CancelingWakeForSystemSleepWoken,
    CancelingWakeForSystemSleepWakeCanceled,
    DisarmingWakeForSystemSleepCompletePowerUp,
    PowerUpForSystemSleepFailed,

    WakeForQuery,
    DevicePowerRequestFailed,
    DevicePowerRequestFailedCompleteDx,
    DeviceFailedReport,
    DeviceFailed,
    DeviceFailedPassIrp,
    DeviceFailedQuery,
    DeviceFailedCompleteDx,
    DeviceFailedCompleteD0,
    StoppingCancelWake,
    Stopping,
    StoppingSendStatus,
    StoppingFailed,
    Stopped,
    StoppedPassIrp,
    Removed,
    POLICY_STATE_COUNT,
};

unsigned fx_policy_enter_starting(void *owner);
unsigned fx_policy_enter_starting_succeeded(void *owner);
unsigned fx_policy_enter_starting_failed(void *owner);
unsigned fx_policy_enter_starting_decide_s0_wake(void *owner);
unsigned fx_policy_enter_complete_dx(void *owner);
unsigned fx_policy_enter_complete_d0(void *owner);
unsigned fx_policy_enter_request_d0(void *owner);
unsigned fx_policy_enter_idle_capable_device_idle(void *owner);
unsigned fx_policy_enter_wake_capable_device_idle(void *owner);
unsigned fx_policy_enter_device_idle_return_to_active(void *owner);
unsigned fx_policy_enter_timer_expired_power_down(void *owner);
unsigned fx_policy_enter_waiting_unarmed_query_idle(void *owner);
unsigned fx_policy_enter_waiting_armed_query_idle(void *owner);
unsigned fx_policy_enter_send_wake_from_s0(void *owner);
unsigned fx_policy_enter_arm_from_s0(void *owner);
unsigned fx_policy_enter_cancel_wake(void *owner);
unsigned fx_policy_enter_note_woken(void *owner);
unsigned fx_policy_enter_woke_from_s0(void *owner);
unsigned fx_policy_enter_woke_from_s0_notify_driver(void *owner);
unsigned fx_policy_enter_s0_wake_disarm(void *owner);
unsigned fx_policy_enter_sleeping(void *owner);
unsigned fx_policy_enter_sleeping_no_wake_power_down(void *owner);
unsigned fx_policy_enter_sleeping_wake_power_down(void *owner);
unsigned fx_policy_enter_sleeping_send_wake(void *owner);
unsigned fx_policy_enter_arm_from_sx(void *owner);
unsigned fx_policy_enter_sleeping_wake_revert_arm_wake(void *owner);
unsigned fx_policy_enter_system_asleep(void *owner);
unsigned fx_policy_enter_system_asleep_wake_armed(void *owner);
unsigned fx_policy_enter_system_asleep_wake_interrupt(void *owner);
unsigned fx_policy_enter_system_wake_device_wake_disabled(void *owner);
unsigned fx_policy_enter_system_wake_device_woke_disarm(void *owner);
unsigned fx_policy_enter_system_wake_device_wake_disarm(void *owner);
unsigned fx_policy_enter_system_wake_device_wake_triggered(void *owner);
unsigned fx_policy_enter_system_sleep_from_device_waiting_unarmed(void *owner);
unsigned fx_policy_enter_canceling_wake_for_system_sleep_woken(void *owner);
unsigned fx_policy_enter_disarming_wake_for_system_sleep(void *owner);
unsigned fx_policy_enter_wake_for_query(void *owner);
unsigned fx_policy_enter_system_power_request_failed(void *owner);
unsigned fx_policy_enter_device_power_request_failed(void *owner);
unsigned fx_policy_enter_device_failed_report(void *owner);
unsigned fx_policy_enter_device_failed_pass_irp(void *owner);
unsigned fx_policy_enter_dx_query(void *owner);
unsigned fx_policy_enter_device_failed_query(void *owner);
unsigned fx_policy_enter_device_failed_complete_dx(void *owner);
unsigned fx_policy_enter_device_failed_complete_d0(void *owner);
unsigned fx_policy_enter_stopping(void *owner);
unsigned fx_policy_enter_stopping_send_status(void *owner);
unsigned fx_policy_enter_stopping_failed(void *owner);
unsigned fx_policy_enter_stopped_pass_irp(void *owner);
unsigned fx_policy_enter_removed(void *owner);

#endif
