/* SPDX-License-Identifier: MIT */
/*
 * The power policy machine: when a device leaves D0 and when it returns. For the policy owner because it
 * is idle, because the system sleeps, because something happens; for others because an IRP says so.
 *
 * How a request is answered: the owner asks its stack for a state (policy_request.c); the IRP comes
 * by the power machine, which tells how far it is (IO_STOPPED, HARDWARE_STARTED) and waits for its COMPLETE_
 * event: there wake signals are armed and disarmed. Then the request comes back (…_DONE).
 *
 * Names are the documented ones (WDF_DEVICE_POWER_POLICY_STATE) where one exists. At PASSIVE_LEVEL.
 */
#include "fx/pnp/policy_states.h"

#include "fx/pnp/device_priv.h"
#include "fx_imports.h"

/* --- The table ------------------------------------------------------------------------------- */

/* A transition ends before these are looked at ... */
#define LATER                                                                                      \
    (FSM_BIT(FX_POLICY_STOP) | FSM_BIT(FX_POLICY_SX) | FSM_BIT(FX_POLICY_S0) |                     \
     FSM_BIT(FX_POLICY_WAKE_FOR_QUERY) | FSM_BIT(FX_POLICY_SETTINGS_CHANGED))
/* ... and these mean nothing then: references and settings are looked at when it has ended. */
#define HINTS (FSM_BIT(FX_POLICY_IO_PRESENT) | FSM_BIT(FX_POLICY_IDLE_TIMEOUT))
/* The power machine's own report of what the request's completion says for the whole stack. */
#define REPORTS                                                                                    \
    (FSM_BIT(FX_POLICY_POWER_UP) | FSM_BIT(FX_POLICY_POWER_UP_FAILED) |                            \
     FSM_BIT(FX_POLICY_POWER_DOWN) | FSM_BIT(FX_POLICY_POWER_DOWN_FAILED))
/* A wait/wake IRP that was cancelled or sent too late. */
#define WAKE_ENDS (FSM_BIT(FX_POLICY_WAKE_SUCCEEDED) | FSM_BIT(FX_POLICY_WAKE_FAILED))
#define WAKE_SENT FSM_BIT(FX_POLICY_WAKE_SENT)
#define DX_ENDS   (FSM_BIT(FX_POLICY_DX_DONE) | FSM_BIT(FX_POLICY_DX_FAILED))
#define D0_ENDS   (FSM_BIT(FX_POLICY_D0_DONE) | FSM_BIT(FX_POLICY_D0_FAILED))
/* Of earlier transitions, in states that wait for none. */
#define STALE                                                                                      \
    (REPORTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS | FSM_BIT(FX_POLICY_HARDWARE_STARTED))

/* A state of a transition: {edges}, and which of the reports it does not care for. */
#define TRANSIT(more) .drop = HINTS | REPORTS | (more), .defer = LATER

static const struct fsm_state states[POLICY_STATE_COUNT] =
    {
        /* --- Not started. --- */
        [ObjectCreated] =
            {
                .name = "ObjectCreated",
                .on = {{FX_POLICY_START, Starting},
                       {FX_POLICY_STOP, StoppingSendStatus},
                       {FX_POLICY_SX, StoppedPassIrp},
                       {FX_POLICY_REMOVE, Removed}},
                .drop = HINTS | STALE | FSM_BIT(FX_POLICY_S0) | FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
            },
        [Starting] =
            {
                .name = "Starting",
                .enter = fx_policy_enter_starting,
                .on = {{FX_POLICY_POWER_UP, StartingSucceeded},
                       {FX_POLICY_POWER_UP_FAILED, StartingFailed}},
                .drop = HINTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS,
                .defer = LATER,
            },
        [StartingSucceeded] =
            {
                .name = "StartingSucceeded",
                .enter = fx_policy_enter_starting_succeeded,
                .may = {StartingDecideS0Wake},
            },
        [StartingFailed] =
            {
                .name = "StartingFailed",
                .enter = fx_policy_enter_starting_failed,
                .may = {Stopped},
            },
        [StartingDecideS0Wake] =
            {
                .name = "StartingDecideS0Wake",
                .enter = fx_policy_enter_starting_decide_s0_wake,
                .may = {Started, StartedIdleCapable, StartedWakeCapable},
            },

        /* --- In D0, and following IRPs that others send. --- */
        [Started] =
            {
                .name = "Started",
                .on = {{FX_POLICY_STOP, Stopping},
                       {FX_POLICY_SX, Sleeping},
                       {FX_POLICY_SETTINGS_CHANGED, StartingDecideS0Wake},
                       {FX_POLICY_WAKE_FOR_QUERY, WakeForQuery},
                       {FX_POLICY_IO_STOPPED, GotoDx},
                       {FX_POLICY_HARDWARE_STARTED, GotoD0},
                       {FX_POLICY_POWER_UP_FAILED, DevicePowerRequestFailed},
                       {FX_POLICY_POWER_DOWN_FAILED, DevicePowerRequestFailed}},
                .drop = HINTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS | FSM_BIT(FX_POLICY_S0) |
                        FSM_BIT(FX_POLICY_POWER_UP) | FSM_BIT(FX_POLICY_POWER_DOWN),
            },
        [GotoDx] =
            {
                .name = "GotoDx",
                .enter = fx_policy_enter_complete_dx,
                .on = {{FX_POLICY_POWER_DOWN, Dx},
                       {FX_POLICY_POWER_DOWN_FAILED, DevicePowerRequestFailed}},
                .drop = HINTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS |
                        FSM_BIT(FX_POLICY_POWER_UP) | FSM_BIT(FX_POLICY_POWER_UP_FAILED),
                .defer = LATER,
            },
        [Dx] =
            {
                .name = "Dx",
                .on = {{FX_POLICY_STOP, Stopping},
                       {FX_POLICY_SX, Sleeping},
                       {FX_POLICY_HARDWARE_STARTED, GotoD0},
                       {FX_POLICY_WAKE_FOR_QUERY, DxQuery},
                       {FX_POLICY_POWER_UP_FAILED, DevicePowerRequestFailed}},
                .drop = HINTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS | FSM_BIT(FX_POLICY_S0) |
                        FSM_BIT(FX_POLICY_POWER_DOWN) | FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
            },
        [DxQuery] =
            {
                .name = "DxQuery",
                .enter = fx_policy_enter_dx_query,
                .may = {Dx},
            },
        [GotoD0] =
            {
                .name = "GotoD0",
                .enter = fx_policy_enter_complete_d0,
                .on = {{FX_POLICY_POWER_UP, StartingDecideS0Wake},
                       {FX_POLICY_POWER_UP_FAILED, DevicePowerRequestFailed}},
                .drop = HINTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS |
                        FSM_BIT(FX_POLICY_POWER_DOWN),
                .defer = LATER,
            },

        /* --- Idle; nothing wakes the device but software. --- */
        [StartedIdleCapable] =
            {
                .name = "StartedIdleCapable",
                .on = {{FX_POLICY_IDLE_TIMEOUT, IdleCapableDeviceIdle},
                       {FX_POLICY_STOP, Stopping},
                       {FX_POLICY_SX, Sleeping},
                       {FX_POLICY_SETTINGS_CHANGED, StartingDecideS0Wake},
                       {FX_POLICY_WAKE_FOR_QUERY, WakeForQuery},
                       {FX_POLICY_IO_STOPPED, GotoDx},
                       {FX_POLICY_POWER_UP_FAILED, DevicePowerRequestFailed},
                       {FX_POLICY_POWER_DOWN_FAILED, DevicePowerRequestFailed}},
                .drop = WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS | FSM_BIT(FX_POLICY_S0) |
                        FSM_BIT(FX_POLICY_IO_PRESENT) | FSM_BIT(FX_POLICY_POWER_UP) |
                        FSM_BIT(FX_POLICY_POWER_DOWN),
            },
        [IdleCapableDeviceIdle] =
            {
                .name = "IdleCapableDeviceIdle",
                .enter = fx_policy_enter_idle_capable_device_idle,
                .may = {TimerExpiredNoWake, DeviceIdleReturnToActive},
            },
        [DeviceIdleReturnToActive] =
            {
                .name = "DeviceIdleReturnToActive",
                .enter = fx_policy_enter_device_idle_return_to_active,
                .may = {StartingDecideS0Wake},
            },
        [TimerExpiredNoWake] =
            {
                .name = "TimerExpiredNoWake",
                .enter = fx_policy_enter_timer_expired_power_down,
                .on = {{FX_POLICY_IO_STOPPED, TimerExpiredNoWakeCompletePowerDown},
                       /* Another driver has failed it before it came here. */
                       {FX_POLICY_DX_DONE, DeviceIdleReturnToActive},
                       {FX_POLICY_DX_FAILED, DeviceIdleReturnToActive}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [TimerExpiredNoWakeCompletePowerDown] =
            {
                .name = "TimerExpiredNoWakeCompletePowerDown",
                .enter = fx_policy_enter_complete_dx,
                .on = {{FX_POLICY_DX_DONE, WaitingUnarmedQueryIdle},
                       {FX_POLICY_DX_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [WaitingUnarmed] =
            {
                .name = "WaitingUnarmed",
                .on = {{FX_POLICY_IO_PRESENT, WaitingUnarmedQueryIdle},
                       {FX_POLICY_SETTINGS_CHANGED, WaitingUnarmedQueryIdle},
                       {FX_POLICY_STOP, Stopping},
                       {FX_POLICY_SX, SystemSleepFromDeviceWaitingUnarmed},
                       {FX_POLICY_HARDWARE_STARTED, GotoD0},
                       {FX_POLICY_POWER_UP_FAILED, DevicePowerRequestFailed}},
                .drop = WAKE_ENDS | WAKE_SENT | DX_ENDS | FSM_BIT(FX_POLICY_S0) |
                        FSM_BIT(FX_POLICY_IDLE_TIMEOUT) | FSM_BIT(FX_POLICY_POWER_DOWN),
                .defer = FSM_BIT(FX_POLICY_WAKE_FOR_QUERY),
            },
        [WaitingUnarmedQueryIdle] =
            {
                .name = "WaitingUnarmedQueryIdle",
                .enter = fx_policy_enter_waiting_unarmed_query_idle,
                .may = {S0NoWakePowerUp, WaitingUnarmed},
            },
        [S0NoWakePowerUp] =
            {
                .name = "S0NoWakePowerUp",
                .enter = fx_policy_enter_request_d0,
                .on = {{FX_POLICY_HARDWARE_STARTED, S0NoWakeCompletePowerUp},
                       {FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [S0NoWakeCompletePowerUp] =
            {
                .name = "S0NoWakeCompletePowerUp",
                .enter = fx_policy_enter_complete_d0,
                .on = {{FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },

        /* --- Idle; the device can signal. --- */
        [StartedWakeCapable] =
            {
                .name = "StartedWakeCapable",
                .on = {{FX_POLICY_IDLE_TIMEOUT, WakeCapableDeviceIdle},
                       {FX_POLICY_STOP, Stopping},
                       {FX_POLICY_SX, Sleeping},
                       {FX_POLICY_SETTINGS_CHANGED, StartingDecideS0Wake},
                       {FX_POLICY_WAKE_FOR_QUERY, WakeForQuery},
                       {FX_POLICY_IO_STOPPED, GotoDx},
                       {FX_POLICY_POWER_UP_FAILED, DevicePowerRequestFailed},
                       {FX_POLICY_POWER_DOWN_FAILED, DevicePowerRequestFailed}},
                .drop = WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS | FSM_BIT(FX_POLICY_S0) |
                        FSM_BIT(FX_POLICY_IO_PRESENT) | FSM_BIT(FX_POLICY_POWER_UP) |
                        FSM_BIT(FX_POLICY_POWER_DOWN),
            },
        [WakeCapableDeviceIdle] =
            {
                .name = "WakeCapableDeviceIdle",
                .enter = fx_policy_enter_wake_capable_device_idle,
                .may = {TimerExpiredWakeCapablePowerDown, DeviceIdleReturnToActive},
            },
        [TimerExpiredWakeCapablePowerDown] =
            {
                .name = "TimerExpiredWakeCapablePowerDown",
                .enter = fx_policy_enter_timer_expired_power_down,
                .on = {{FX_POLICY_IO_STOPPED, TimerExpiredWakeCapableSendWake},
                       {FX_POLICY_DX_DONE, DeviceIdleReturnToActive},
                       {FX_POLICY_DX_FAILED, DeviceIdleReturnToActive}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [TimerExpiredWakeCapableSendWake] =
            {
                .name = "TimerExpiredWakeCapableSendWake",
                .enter = fx_policy_enter_send_wake_from_s0,
                .on = {{FX_POLICY_WAKE_SENT, TimerExpiredWakeCapableWakeArrived},
                       {FX_POLICY_WAKE_FAILED, TimerExpiredWakeCapableWakeCanceled},
                       {FX_POLICY_WAKE_SUCCEEDED, TimerExpiredWakeCapableWakeCanceled}},
                TRANSIT(0),
            },
        [TimerExpiredWakeCapableWakeArrived] =
            {
                .name = "TimerExpiredWakeCapableWakeArrived",
                .enter = fx_policy_enter_arm_from_s0,
                .may = {TimerExpiredWakeCapableCompletePowerDown,
                        TimerExpiredWakeCapableCancelWake},
            },
        [TimerExpiredWakeCapableCompletePowerDown] =
            {
                .name = "TimerExpiredWakeCapableCompletePowerDown",
                .enter = fx_policy_enter_complete_dx,
                .on = {{FX_POLICY_DX_DONE, WaitingArmedQueryIdle},
                       {FX_POLICY_DX_FAILED, TimerExpiredWakeCapablePowerDownFailedCancelWake},
                       {FX_POLICY_WAKE_SUCCEEDED, TimerExpiredWakeCapableWakeSucceeded},
                       {FX_POLICY_WAKE_FAILED, TimerExpiredWakeCapableWakeFailed}},
                TRANSIT(WAKE_SENT),
            },
        /* Could not be armed: down, and back at once; "... does not call EvtDeviceDisarmWakeFromS0". */
        [TimerExpiredWakeCapableCancelWake] =
            {
                .name = "TimerExpiredWakeCapableCancelWake",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, TimerExpiredWakeCapableWakeCanceled},
                       {FX_POLICY_WAKE_SUCCEEDED, TimerExpiredWakeCapableWakeCanceled}},
                TRANSIT(WAKE_SENT),
            },
        [TimerExpiredWakeCapableWakeCanceled] =
            {
                .name = "TimerExpiredWakeCapableWakeCanceled",
                .enter = fx_policy_enter_complete_dx,
                .on = {{FX_POLICY_DX_DONE, S0NoWakePowerUp},
                       {FX_POLICY_DX_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        /* The signal came on the way down. */
        [TimerExpiredWakeCapableWakeSucceeded] =
            {
                .name = "TimerExpiredWakeCapableWakeSucceeded",
                .enter = fx_policy_enter_note_woken,
                .on = {{FX_POLICY_DX_DONE, WokeFromS0},
                       {FX_POLICY_DX_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [TimerExpiredWakeCapableWakeFailed] =
            {
                .name = "TimerExpiredWakeCapableWakeFailed",
                .on = {{FX_POLICY_DX_DONE, IoPresentArmedWakeCanceled},
                       {FX_POLICY_DX_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [TimerExpiredWakeCapablePowerDownFailedCancelWake] =
            {
                .name = "TimerExpiredWakeCapablePowerDownFailedCancelWake",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, DevicePowerRequestFailed},
                       {FX_POLICY_WAKE_SUCCEEDED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [WaitingArmed] =
            {
                .name = "WaitingArmed",
                .on = {{FX_POLICY_IO_PRESENT, WaitingArmedQueryIdle},
                       {FX_POLICY_SETTINGS_CHANGED, WaitingArmedQueryIdle},
                       {FX_POLICY_WAKE_SUCCEEDED, WokeFromS0},
                       {FX_POLICY_WAKE_FAILED, IoPresentArmedWakeCanceled},
                       {FX_POLICY_STOP, StoppingCancelWake},
                       {FX_POLICY_SX, CancelingWakeForSystemSleep},
                       {FX_POLICY_HARDWARE_STARTED, GotoD0}},
                .drop = REPORTS | WAKE_SENT | DX_ENDS | D0_ENDS | FSM_BIT(FX_POLICY_S0) |
                        FSM_BIT(FX_POLICY_IDLE_TIMEOUT),
                .defer = FSM_BIT(FX_POLICY_WAKE_FOR_QUERY),
            },
        [WaitingArmedQueryIdle] =
            {
                .name = "WaitingArmedQueryIdle",
                .enter = fx_policy_enter_waiting_armed_query_idle,
                .may = {IoPresentArmed, WaitingArmed},
            },
        [IoPresentArmed] =
            {
                .name = "IoPresentArmed",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, IoPresentArmedWakeCanceled},
                       {FX_POLICY_WAKE_SUCCEEDED, WokeFromS0}},
                TRANSIT(WAKE_SENT),
            },
        [IoPresentArmedWakeCanceled] =
            {
                .name = "IoPresentArmedWakeCanceled",
                .enter = fx_policy_enter_request_d0,
                .on = {{FX_POLICY_HARDWARE_STARTED, S0WakeDisarm},
                       {FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [WokeFromS0] =
            {
                .name = "WokeFromS0",
                .enter = fx_policy_enter_woke_from_s0,
                .on = {{FX_POLICY_HARDWARE_STARTED, WokeFromS0NotifyDriver},
                       {FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [WokeFromS0NotifyDriver] =
            {
                .name = "WokeFromS0NotifyDriver",
                .enter = fx_policy_enter_woke_from_s0_notify_driver,
                .may = {S0WakeDisarm},
            },
        [S0WakeDisarm] =
            {
                .name = "S0WakeDisarm",
                .enter = fx_policy_enter_s0_wake_disarm,
                .may = {S0WakeCompletePowerUp},
            },
        [S0WakeCompletePowerUp] =
            {
                .name = "S0WakeCompletePowerUp",
                .enter = fx_policy_enter_complete_d0,
                .on = {{FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_SENT),
            },

        /* --- The system sleeps. --- */
        [Sleeping] =
            {
                .name = "Sleeping",
                .enter = fx_policy_enter_sleeping,
                .may = {SleepingWakePowerDown, SleepingNoWakePowerDown},
            },
        [SleepingNoWakePowerDown] =
            {
                .name = "SleepingNoWakePowerDown",
                .enter = fx_policy_enter_sleeping_no_wake_power_down,
                .on = {{FX_POLICY_IO_STOPPED, SleepingNoWakeCompletePowerDown},
                       {FX_POLICY_DX_DONE, SystemAsleepNoWake},
                       {FX_POLICY_DX_FAILED, SleepingNoWakeDxRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [SleepingNoWakeCompletePowerDown] =
            {
                .name = "SleepingNoWakeCompletePowerDown",
                .enter = fx_policy_enter_complete_dx,
                .on = {{FX_POLICY_DX_DONE, SystemAsleepNoWake},
                       {FX_POLICY_DX_FAILED, SleepingNoWakeDxRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [SleepingNoWakeDxRequestFailed] =
            {
                .name = "SleepingNoWakeDxRequestFailed",
                .enter = fx_policy_enter_system_power_request_failed,
                .may = {DevicePowerRequestFailed},
            },
        [SystemAsleepNoWake] =
            {
                .name = "SystemAsleepNoWake",
                .enter = fx_policy_enter_system_asleep,
                .on = {{FX_POLICY_S0, SystemWakeDeviceWakeDisabled},
                       {FX_POLICY_SX, SystemAsleepNoWake}, /* To another sleeping state. */
                       {FX_POLICY_HARDWARE_STARTED, GotoD0},
                       {FX_POLICY_STOP, Stopping}},
                .drop = HINTS | REPORTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS |
                        FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
                .defer = FSM_BIT(FX_POLICY_WAKE_FOR_QUERY),
            },
        [SystemWakeDeviceWakeDisabled] =
            {
                .name = "SystemWakeDeviceWakeDisabled",
                .enter = fx_policy_enter_system_wake_device_wake_disabled,
                .may = {WaitingUnarmedQueryIdle, SystemWakeDeviceToD0},
            },
        [SystemWakeDeviceToD0] =
            {
                .name = "SystemWakeDeviceToD0",
                .enter = fx_policy_enter_request_d0,
                .on = {{FX_POLICY_HARDWARE_STARTED, SystemWakeDeviceToD0CompletePowerUp},
                       {FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [SystemWakeDeviceToD0CompletePowerUp] =
            {
                .name = "SystemWakeDeviceToD0CompletePowerUp",
                .enter = fx_policy_enter_complete_d0,
                .on = {{FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },

        /* --- ... and the device may wake it. --- */
        [SleepingWakePowerDown] =
            {
                .name = "SleepingWakePowerDown",
                .enter = fx_policy_enter_sleeping_wake_power_down,
                .on = {{FX_POLICY_IO_STOPPED, SleepingSendWake},
                       {FX_POLICY_DX_DONE, SystemAsleepNoWake},
                       {FX_POLICY_DX_FAILED, SleepingNoWakeDxRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [SleepingSendWake] =
            {
                .name = "SleepingSendWake",
                .enter = fx_policy_enter_sleeping_send_wake,
                .on = {{FX_POLICY_WAKE_SENT, SleepingWakeWakeArrived},
                       {FX_POLICY_WAKE_FAILED, SleepingNoWakeCompletePowerDown},
                       {FX_POLICY_WAKE_SUCCEEDED, SleepingNoWakeCompletePowerDown}},
                TRANSIT(0),
            },
        [SleepingWakeWakeArrived] =
            {
                .name = "SleepingWakeWakeArrived",
                .enter = fx_policy_enter_arm_from_sx,
                .may = {SleepingWakeCompletePowerDown, SleepingWakeRevertArmWake},
            },
        [SleepingWakeCompletePowerDown] =
            {
                .name = "SleepingWakeCompletePowerDown",
                .enter = fx_policy_enter_complete_dx,
                .on = {{FX_POLICY_DX_DONE, SystemAsleepWakeArmed},
                       {FX_POLICY_DX_FAILED, SleepingWakePowerDownFailed},
                       {FX_POLICY_WAKE_SUCCEEDED, SleepingWakeSucceeded},
                       {FX_POLICY_WAKE_FAILED, SleepingWakeFailed}},
                TRANSIT(WAKE_SENT),
            },
        [SleepingWakeRevertArmWake] =
            {
                .name = "SleepingWakeRevertArmWake",
                .enter = fx_policy_enter_sleeping_wake_revert_arm_wake,
                .may = {SleepingWakeCancelWake},
            },
        [SleepingWakeCancelWake] =
            {
                .name = "SleepingWakeCancelWake",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, SleepingNoWakeCompletePowerDown},
                       {FX_POLICY_WAKE_SUCCEEDED, SleepingNoWakeCompletePowerDown}},
                TRANSIT(WAKE_SENT),
            },
        /* The wait ended on the way down; the device is armed. */
        [SleepingWakeSucceeded] =
            {
                .name = "SleepingWakeSucceeded",
                .enter = fx_policy_enter_note_woken,
                .on = {{FX_POLICY_DX_DONE, SystemWakeDeviceWakeTriggered},
                       {FX_POLICY_DX_FAILED, SleepingNoWakeDxRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [SleepingWakeFailed] =
            {
                .name = "SleepingWakeFailed",
                .on = {{FX_POLICY_DX_DONE, SleepingWakeLost},
                       {FX_POLICY_DX_FAILED, SleepingNoWakeDxRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [SleepingWakePowerDownFailed] =
            {
                .name = "SleepingWakePowerDownFailed",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, SleepingNoWakeDxRequestFailed},
                       {FX_POLICY_WAKE_SUCCEEDED, SleepingNoWakeDxRequestFailed}},
                TRANSIT(WAKE_SENT),
            },
        [SystemAsleepWakeArmed] =
            {
                .name = "SystemAsleepWakeArmed",
                .enter = fx_policy_enter_system_asleep_wake_armed,
                .may = {SystemAsleepWakeInterrupt},
                .on = {{FX_POLICY_WAKE_SUCCEEDED, SystemWakeDeviceWakeTriggered},
                       {FX_POLICY_IO_PRESENT, SystemAsleepWakeArmed},
                       {FX_POLICY_S0, SystemWakeDeviceWakeEnabled},
                       {FX_POLICY_SX, SystemAsleepWakeArmed},
                       {FX_POLICY_STOP, StoppingCancelWake},
                       {FX_POLICY_WAKE_FAILED, SleepingWakeLost}},
                .drop = FSM_BIT(FX_POLICY_IDLE_TIMEOUT) | REPORTS | WAKE_SENT | DX_ENDS | D0_ENDS |
                        FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
                .defer = FSM_BIT(FX_POLICY_WAKE_FOR_QUERY),
            },
        /* An interrupt that was left enabled: no IRP tells the power manager. */
        [SystemAsleepWakeInterrupt] =
            {
                .name = "SystemAsleepWakeInterrupt",
                .enter = fx_policy_enter_system_asleep_wake_interrupt,
                .on = {{FX_POLICY_WAKE_SUCCEEDED, SystemWakeDeviceWakeTriggered},
                       {FX_POLICY_WAKE_FAILED, SystemWakeDeviceWakeTriggered}},
                TRANSIT(WAKE_SENT | DX_ENDS | D0_ENDS),
            },
        /* The wait ended without a signal; the device is still armed. */
        [SleepingWakeLost] =
            {
                .name = "SleepingWakeLost",
                .enter = fx_policy_enter_system_asleep,
                .on = {{FX_POLICY_S0, SystemWakeDeviceWakeEnabledWakeCanceled},
                       {FX_POLICY_SX, SleepingWakeLost},
                       {FX_POLICY_STOP, Stopping}},
                .drop = HINTS | STALE | FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
                .defer = FSM_BIT(FX_POLICY_WAKE_FOR_QUERY),
            },
        [SystemWakeDeviceWakeEnabled] =
            {
                .name = "SystemWakeDeviceWakeEnabled",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, SystemWakeDeviceWakeEnabledWakeCanceled},
                       {FX_POLICY_WAKE_SUCCEEDED, SystemWakeDeviceWakeTriggeredS0}},
                TRANSIT(WAKE_SENT),
            },
        [SystemWakeDeviceWakeEnabledWakeCanceled] =
            {
                .name = "SystemWakeDeviceWakeEnabledWakeCanceled",
                .enter = fx_policy_enter_request_d0,
                .on = {{FX_POLICY_HARDWARE_STARTED, SystemWakeDeviceWakeDisarm},
                       {FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [SystemWakeDeviceWakeDisarm] =
            {
                .name = "SystemWakeDeviceWakeDisarm",
                .enter = fx_policy_enter_system_wake_device_wake_disarm,
                .may = {SystemWakeDeviceWakeCompletePowerUp},
            },
        [SystemWakeDeviceWakeTriggered] =
            {
                .name = "SystemWakeDeviceWakeTriggered",
                .enter = fx_policy_enter_system_wake_device_wake_triggered,
                .on = {{FX_POLICY_S0, SystemWakeDeviceWakeTriggeredS0},
                       {FX_POLICY_SX, SystemWakeDeviceWakeTriggered},
                       {FX_POLICY_STOP, Stopping}},
                .drop = HINTS | STALE | FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
                .defer = FSM_BIT(FX_POLICY_WAKE_FOR_QUERY),
            },
        [SystemWakeDeviceWakeTriggeredS0] =
            {
                .name = "SystemWakeDeviceWakeTriggeredS0",
                .enter = fx_policy_enter_request_d0,
                .on = {{FX_POLICY_HARDWARE_STARTED, SystemWakeDeviceWokeDisarm},
                       {FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [SystemWakeDeviceWokeDisarm] =
            {
                .name = "SystemWakeDeviceWokeDisarm",
                .enter = fx_policy_enter_system_wake_device_woke_disarm,
                .may = {SystemWakeDeviceWakeCompletePowerUp},
            },
        [SystemWakeDeviceWakeCompletePowerUp] =
            {
                .name = "SystemWakeDeviceWakeCompletePowerUp",
                .enter = fx_policy_enter_complete_d0,
                .on = {{FX_POLICY_D0_DONE, StartingDecideS0Wake},
                       {FX_POLICY_D0_FAILED, DevicePowerRequestFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },

        /* --- The system sleeps while the device is down for being idle. --- */
        [SystemSleepFromDeviceWaitingUnarmed] =
            {
                .name = "SystemSleepFromDeviceWaitingUnarmed",
                .enter = fx_policy_enter_system_sleep_from_device_waiting_unarmed,
                .may = {SystemSleepNeedWake, SystemAsleepNoWake},
            },
        [SystemSleepNeedWake] =
            {
                .name = "SystemSleepNeedWake",
                .enter = fx_policy_enter_request_d0,
                .on = {{FX_POLICY_HARDWARE_STARTED, SystemSleepNeedWakeCompletePowerUp},
                       {FX_POLICY_D0_DONE, Sleeping},
                       {FX_POLICY_D0_FAILED, PowerUpForSystemSleepFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [SystemSleepNeedWakeCompletePowerUp] =
            {
                .name = "SystemSleepNeedWakeCompletePowerUp",
                .enter = fx_policy_enter_complete_d0,
                .on = {{FX_POLICY_D0_DONE, Sleeping},
                       {FX_POLICY_D0_FAILED, PowerUpForSystemSleepFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [CancelingWakeForSystemSleep] =
            {
                .name = "CancelingWakeForSystemSleep",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, CancelingWakeForSystemSleepWakeCanceled},
                       {FX_POLICY_WAKE_SUCCEEDED, CancelingWakeForSystemSleepWoken}},
                TRANSIT(WAKE_SENT),
            },
        [CancelingWakeForSystemSleepWoken] =
            {
                .name = "CancelingWakeForSystemSleepWoken",
                .enter = fx_policy_enter_canceling_wake_for_system_sleep_woken,
                .may = {CancelingWakeForSystemSleepWakeCanceled},
            },
        [CancelingWakeForSystemSleepWakeCanceled] =
            {
                .name = "CancelingWakeForSystemSleepWakeCanceled",
                .enter = fx_policy_enter_request_d0,
                .on = {{FX_POLICY_HARDWARE_STARTED, DisarmingWakeForSystemSleepCompletePowerUp},
                       {FX_POLICY_D0_DONE, Sleeping},
                       {FX_POLICY_D0_FAILED, PowerUpForSystemSleepFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [DisarmingWakeForSystemSleepCompletePowerUp] =
            {
                .name = "DisarmingWakeForSystemSleepCompletePowerUp",
                .enter = fx_policy_enter_disarming_wake_for_system_sleep,
                .on = {{FX_POLICY_D0_DONE, Sleeping},
                       {FX_POLICY_D0_FAILED, PowerUpForSystemSleepFailed}},
                TRANSIT(WAKE_ENDS | WAKE_SENT),
            },
        [PowerUpForSystemSleepFailed] =
            {
                .name = "PowerUpForSystemSleepFailed",
                .enter = fx_policy_enter_system_power_request_failed,
                .may = {DevicePowerRequestFailed},
            },

        /* --- Failure. --- */
        [WakeForQuery] =
            {
                .name = "WakeForQuery",
                .enter = fx_policy_enter_wake_for_query,
                .may = {StartingDecideS0Wake},
            },
        [DevicePowerRequestFailed] =
            {
                .name = "DevicePowerRequestFailed",
                .enter = fx_policy_enter_device_power_request_failed,
                .may = {DeviceFailedReport},
                .on = {{FX_POLICY_DX_DONE, DeviceFailedReport},
                       {FX_POLICY_DX_FAILED, DeviceFailedReport},
                       {FX_POLICY_IO_STOPPED, DevicePowerRequestFailedCompleteDx}},
                TRANSIT(WAKE_ENDS | WAKE_SENT | D0_ENDS),
            },
        [DevicePowerRequestFailedCompleteDx] =
            {
                .name = "DevicePowerRequestFailedCompleteDx",
                .enter = fx_policy_enter_complete_dx,
                .on = {{FX_POLICY_DX_DONE, DeviceFailedReport},
                       {FX_POLICY_DX_FAILED, DeviceFailedReport}},
                TRANSIT(WAKE_ENDS | WAKE_SENT | D0_ENDS),
            },
        [DeviceFailedReport] =
            {
                .name = "DeviceFailedReport",
                .enter = fx_policy_enter_device_failed_report,
                .may = {DeviceFailed},
            },
        [DeviceFailed] =
            {
                .name = "DeviceFailed",
                .on = {{FX_POLICY_STOP, Stopping},
                       {FX_POLICY_SX, DeviceFailedPassIrp},
                       {FX_POLICY_WAKE_FOR_QUERY, DeviceFailedQuery},
                       {FX_POLICY_IO_STOPPED, DeviceFailedCompleteDx},
                       {FX_POLICY_HARDWARE_STARTED, DeviceFailedCompleteD0}},
                .drop = HINTS | REPORTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS |
                        FSM_BIT(FX_POLICY_S0) | FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
            },
        [DeviceFailedPassIrp] =
            {
                .name = "DeviceFailedPassIrp",
                .enter = fx_policy_enter_device_failed_pass_irp,
                .may = {DeviceFailed},
            },
        [DeviceFailedQuery] =
            {
                .name = "DeviceFailedQuery",
                .enter = fx_policy_enter_device_failed_query,
                .may = {DeviceFailed},
            },
        /* Another driver failed where this one had not; it follows on. */
        [DeviceFailedCompleteDx] =
            {
                .name = "DeviceFailedCompleteDx",
                .enter = fx_policy_enter_device_failed_complete_dx,
                .may = {DeviceFailed},
            },
        [DeviceFailedCompleteD0] =
            {
                .name = "DeviceFailedCompleteD0",
                .enter = fx_policy_enter_device_failed_complete_d0,
                .may = {DeviceFailed},
            },

        /* --- Stop and removal. --- */
        [StoppingCancelWake] =
            {
                .name = "StoppingCancelWake",
                .enter = fx_policy_enter_cancel_wake,
                .on = {{FX_POLICY_WAKE_FAILED, Stopping}, {FX_POLICY_WAKE_SUCCEEDED, Stopping}},
                TRANSIT(WAKE_SENT),
            },
        [Stopping] =
            {
                .name = "Stopping",
                .enter = fx_policy_enter_stopping,
                .on = {{FX_POLICY_POWER_DOWN, StoppingSendStatus},
                       {FX_POLICY_POWER_DOWN_FAILED, StoppingFailed}},
                .drop = HINTS | WAKE_ENDS | WAKE_SENT | DX_ENDS | D0_ENDS |
                        FSM_BIT(FX_POLICY_POWER_UP) | FSM_BIT(FX_POLICY_POWER_UP_FAILED),
                .defer = LATER,
            },
        [StoppingSendStatus] =
            {
                .name = "StoppingSendStatus",
                .enter = fx_policy_enter_stopping_send_status,
                .may = {Stopped},
            },
        [StoppingFailed] = {.name = "StoppingFailed",
                            .enter = fx_policy_enter_stopping_failed,
                            .may = {Stopped}},
        [Stopped] =
            {
                .name = "Stopped",
                .on = {{FX_POLICY_START, Starting},
                       {FX_POLICY_STOP, StoppingSendStatus},
                       {FX_POLICY_SX, StoppedPassIrp},
                       {FX_POLICY_REMOVE, Removed}},
                .drop = HINTS | STALE | FSM_BIT(FX_POLICY_S0) | FSM_BIT(FX_POLICY_WAKE_FOR_QUERY) |
                        FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
            },
        [StoppedPassIrp] =
            {
                .name = "StoppedPassIrp",
                .enter = fx_policy_enter_stopped_pass_irp,
                .may = {Stopped},
            },
        [Removed] =
            {
                .name = "Removed",
                .enter = fx_policy_enter_removed,
                .on = {{FX_POLICY_SX, Removed}},
                .drop = HINTS | STALE | FSM_BIT(FX_POLICY_S0) | FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
            },
};

static const char *const event_names[FX_POLICY_EVENT_COUNT] = {
    [FX_POLICY_START] = "START",
    [FX_POLICY_STOP] = "STOP",
    [FX_POLICY_REMOVE] = "REMOVE",
    [FX_POLICY_WAKE_FOR_QUERY] = "WAKE_FOR_QUERY",
    [FX_POLICY_POWER_UP] = "POWER_UP",
    [FX_POLICY_POWER_UP_FAILED] = "POWER_UP_FAILED",
    [FX_POLICY_HARDWARE_STARTED] = "HARDWARE_STARTED",
    [FX_POLICY_IO_STOPPED] = "IO_STOPPED",
    [FX_POLICY_POWER_DOWN] = "POWER_DOWN",
    [FX_POLICY_POWER_DOWN_FAILED] = "POWER_DOWN_FAILED",
    [FX_POLICY_D0_DONE] = "D0_DONE",
    [FX_POLICY_D0_FAILED] = "D0_FAILED",
    [FX_POLICY_DX_DONE] = "DX_DONE",
    [FX_POLICY_DX_FAILED] = "DX_FAILED",
    [FX_POLICY_WAKE_SENT] = "WAKE_SENT",
    [FX_POLICY_WAKE_SUCCEEDED] = "WAKE_SUCCEEDED",
    [FX_POLICY_WAKE_FAILED] = "WAKE_FAILED",
    [FX_POLICY_SX] = "SX",
    [FX_POLICY_S0] = "S0",
    [FX_POLICY_IO_PRESENT] = "IO_PRESENT",
    [FX_POLICY_IDLE_TIMEOUT] = "IDLE_TIMEOUT",
    [FX_POLICY_SETTINGS_CHANGED] = "SETTINGS_CHANGED",
};

static void
unexpected(void *owner, unsigned state, unsigned event)
{
    struct fx_device *device = owner;

    fx_machine_unexpected(device, &device->machines.policy, event);
}

static void
moving(void *owner, unsigned from, unsigned event, unsigned to)
{
    fx_state_moving(owner, FX_MACHINE_POLICY, fx_policy_documented_state(from),
                    fx_policy_documented_state(to));
}

static void
moved(void *owner, unsigned from, unsigned event, unsigned to)
{
    if (event == FX_POLICY_SX) {
        fx_policy_take_sleep_irp(owner);
    }
    fx_state_moved(owner, FX_MACHINE_POLICY, fx_policy_documented_state(from),
                   fx_policy_documented_state(to));
}

static const struct fsm_ops ops = {
    .lock = fx_machine_lock,
    .unlock = fx_machine_unlock,
    .kick = fx_machine_kick,
    .unexpected = unexpected,
    .moving = moving,
    .moved = moved,
};

const struct fsm_table fx_policy_table = {
    .name = "policy",
    .states = states,
    .state_count = POLICY_STATE_COUNT,
    .start = ObjectCreated,
    .events = event_names,
    .event_count = FX_POLICY_EVENT_COUNT,
    .coalesce = FSM_BIT(FX_POLICY_IO_PRESENT) | FSM_BIT(FX_POLICY_IDLE_TIMEOUT) |
                FSM_BIT(FX_POLICY_SETTINGS_CHANGED),
    .ops = &ops,
};

uint32_t
fx_policy_documented_state(unsigned state)
{
    static const uint32_t documented[POLICY_STATE_COUNT] = {
        [0] = WdfDevStatePwrPolObjectCreated,
        [ObjectCreated] = WdfDevStatePwrPolObjectCreated,
        [Starting] = WdfDevStatePwrPolStarting,
        [StartingSucceeded] = WdfDevStatePwrPolStartingSucceeded,
        [StartingFailed] = WdfDevStatePwrPolStartingFailed,
        [StartingDecideS0Wake] = WdfDevStatePwrPolStartingDecideS0Wake,
        [Started] = WdfDevStatePwrPolStarted,
        [GotoDx] = WdfDevStatePwrPolGotoDx,
        [Dx] = WdfDevStatePwrPolDx,
        [GotoD0] = WdfDevStatePwrPolGotoD0,
        [DxQuery] = WdfDevStatePwrPolDx,
        [StartedIdleCapable] = WdfDevStatePwrPolStartedIdleCapable,
        [IdleCapableDeviceIdle] = WdfDevStatePwrPolIdleCapableDeviceIdle,
        [DeviceIdleReturnToActive] = WdfDevStatePwrPolDeviceIdleReturnToActive,
        [TimerExpiredNoWake] = WdfDevStatePwrPolTimerExpiredNoWake,
        [TimerExpiredNoWakeCompletePowerDown] =
            WdfDevStatePwrPolTimerExpiredNoWakeCompletePowerDown,
        [WaitingUnarmed] = WdfDevStatePwrPolWaitingUnarmed,
        [WaitingUnarmedQueryIdle] = WdfDevStatePwrPolWaitingUnarmedQueryIdle,
        [S0NoWakePowerUp] = WdfDevStatePwrPolS0NoWakePowerUp,
        [S0NoWakeCompletePowerUp] = WdfDevStatePwrPolS0NoWakeCompletePowerUp,
        [StartedWakeCapable] = WdfDevStatePwrPolStartedWakeCapable,
        [WakeCapableDeviceIdle] = WdfDevStatePwrPolWakeCapableDeviceIdle,
        [TimerExpiredWakeCapablePowerDown] = WdfDevStatePwrPolTimerExpiredWakeCapablePowerDown,
        [TimerExpiredWakeCapableSendWake] = WdfDevStatePwrPolTimerExpiredWakeCapableSendWake,
        [TimerExpiredWakeCapableWakeArrived] = WdfDevStatePwrPolTimerExpiredWakeCapableWakeArrived,
        [TimerExpiredWakeCapableCompletePowerDown] =
            WdfDevStatePwrPolTimerExpiredWakeCapableWakeArrived,
        [TimerExpiredWakeCapableCancelWake] = WdfDevStatePwrPolTimerExpiredWakeCapableCancelWake,
        [TimerExpiredWakeCapableWakeCanceled] =
            WdfDevStatePwrPolTimerExpiredWakeCapableWakeCanceled,
        [TimerExpiredWakeCapableWakeSucceeded] =
            WdfDevStatePwrPolTimerExpiredWakeCapableWakeSucceeded,
        [TimerExpiredWakeCapableWakeFailed] = WdfDevStatePwrPolTimerExpiredWakeCapableWakeFailed,
        [TimerExpiredWakeCapablePowerDownFailedCancelWake] =
            WdfDevStatePwrPolTimerExpiredWakeCapablePowerDownFailedCancelWake,
        [WaitingArmed] = WdfDevStatePwrPolWaitingArmed,
        [WaitingArmedQueryIdle] = WdfDevStatePwrPolWaitingArmedQueryIdle,
        [IoPresentArmed] = WdfDevStatePwrPolIoPresentArmed,
        [IoPresentArmedWakeCanceled] = WdfDevStatePwrPolIoPresentArmedWakeCanceled,
        [WokeFromS0] = WdfDevStatePwrPolWokeFromS0,
        [WokeFromS0NotifyDriver] = WdfDevStatePwrPolWokeFromS0NotifyDriver,
        [S0WakeDisarm] = WdfDevStatePwrPolS0WakeDisarm,
        [S0WakeCompletePowerUp] = WdfDevStatePwrPolS0WakeCompletePowerUp,
        [Sleeping] = WdfDevStatePwrPolSleeping,
        [SleepingNoWakePowerDown] = WdfDevStatePwrPolSleepingNoWakePowerDown,
        [SleepingNoWakeCompletePowerDown] = WdfDevStatePwrPolSleepingNoWakeCompletePowerDown,
        [SleepingNoWakeDxRequestFailed] = WdfDevStatePwrPolSleepingNoWakeDxRequestFailed,
        [SystemAsleepNoWake] = WdfDevStatePwrPolSystemAsleepNoWake,
        [SystemWakeDeviceWakeDisabled] = WdfDevStatePwrPolSystemWakeDeviceWakeDisabled,
        [SystemWakeDeviceToD0] = WdfDevStatePwrPolSystemWakeDeviceToD0,
        [SystemWakeDeviceToD0CompletePowerUp] =
            WdfDevStatePwrPolSystemWakeDeviceToD0CompletePowerUp,
        [SleepingWakePowerDown] = WdfDevStatePwrPolSleepingWakePowerDown,
        [SleepingSendWake] = WdfDevStatePwrPolSleepingSendWake,
        [SleepingWakeWakeArrived] = WdfDevStatePwrPolSleepingWakeWakeArrived,
        [SleepingWakeCompletePowerDown] = WdfDevStatePwrPolSleepingWakeWakeArrived,
        [SleepingWakeRevertArmWake] = WdfDevStatePwrPolSleepingWakeRevertArmWake,
        [SleepingWakeCancelWake] = WdfDevStatePwrPolSleepingWakeCancelWake,
        [SleepingWakeSucceeded] = WdfDevStatePwrPolSleepingWakeWakeArrived,
        [SleepingWakeFailed] = WdfDevStatePwrPolSleepingWakeWakeArrived,
        [SleepingWakeLost] = WdfDevStatePwrPolSystemAsleepWakeArmed,
        [SleepingWakePowerDownFailed] = WdfDevStatePwrPolSleepingWakePowerDownFailed,
        [SystemAsleepWakeArmed] = WdfDevStatePwrPolSystemAsleepWakeArmed,
        [SystemAsleepWakeInterrupt] = WdfDevStatePwrPolSystemAsleepWakeArmed,
        [SystemWakeDeviceWakeEnabled] = WdfDevStatePwrPolSystemWakeDeviceWakeEnabled,
        [SystemWakeDeviceWakeEnabledWakeCanceled] =
            WdfDevStatePwrPolSystemWakeDeviceWakeEnabledWakeCanceled,
        [SystemWakeDeviceWakeDisarm] = WdfDevStatePwrPolSystemWakeDeviceWakeDisarm,
        [SystemWakeDeviceWakeTriggered] = WdfDevStatePwrPolSystemWakeDeviceWakeTriggered,
        [SystemWakeDeviceWakeTriggeredS0] = WdfDevStatePwrPolSystemWakeDeviceWakeTriggeredS0,
        [SystemWakeDeviceWokeDisarm] = WdfDevStatePwrPolSystemWakeDeviceWokeDisarm,
        [SystemWakeDeviceWakeCompletePowerUp] =
            WdfDevStatePwrPolSystemWakeDeviceWakeCompletePowerUp,
        [SystemSleepFromDeviceWaitingUnarmed] =
            WdfDevStatePwrPolSystemSleepFromDeviceWaitingUnarmed,
        [SystemSleepNeedWake] = WdfDevStatePwrPolSystemSleepNeedWake,
        [SystemSleepNeedWakeCompletePowerUp] = WdfDevStatePwrPolSystemSleepNeedWakeCompletePowerUp,
        [CancelingWakeForSystemSleep] = WdfDevStatePwrPolCancelingWakeForSystemSleep,
        [CancelingWakeForSystemSleepWoken] =
            WdfDevStatePwrPolCancelingWakeForSystemSleepWakeCanceled,
        [CancelingWakeForSystemSleepWakeCanceled] =
            WdfDevStatePwrPolCancelingWakeForSystemSleepWakeCanceled,
        [DisarmingWakeForSystemSleepCompletePowerUp] =
            WdfDevStatePwrPolDisarmingWakeForSystemSleepCompletePowerUp,
        [PowerUpForSystemSleepFailed] = WdfDevStatePwrPolPowerUpForSystemSleepFailed,
        [WakeForQuery] = WdfDevStatePwrPolStarted,
        [DevicePowerRequestFailed] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [DevicePowerRequestFailedCompleteDx] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [DeviceFailedReport] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [DeviceFailed] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [DeviceFailedPassIrp] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [DeviceFailedQuery] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [DeviceFailedCompleteDx] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [DeviceFailedCompleteD0] = WdfDevStatePwrPolDevicePowerRequestFailed,
        [StoppingCancelWake] = WdfDevStatePwrPolStoppingCancelWake,
        [Stopping] = WdfDevStatePwrPolStopping,
        [StoppingSendStatus] = WdfDevStatePwrPolStoppingSendStatus,
        [StoppingFailed] = WdfDevStatePwrPolStoppingFailed,
        [Stopped] = WdfDevStatePwrPolStopped,
        [StoppedPassIrp] = WdfDevStatePwrPolStopped,
        [Removed] = WdfDevStatePwrPolRemoved,
    };

    return documented[state];
}

WDF_DEVICE_POWER_POLICY_STATE
imp_WdfDeviceGetDevicePowerPolicyState(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);

    return (WDF_DEVICE_POWER_POLICY_STATE)fx_policy_documented_state(
        fsm_state_number(&device->machines.policy));
}
