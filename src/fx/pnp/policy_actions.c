/* SPDX-License-Identifier: MIT */
/* What the policy machine does in its states: the entry actions of the table in policy_states.c. */
#include "fx/pnp/policy_states.h"

#include "fx/io/device_io.h"
#include "fx/pnp/call.h"
#include "fx/pnp/childlist.h"
#include "nt/po/po.h"

/* --- Start ----------------------------------------------------------------------------------- */

unsigned
fx_policy_enter_starting(void *owner)
{
    fx_policy_set_starting(owner, true);
    fx_power_post(owner, FX_POWER_IMPLICIT_D0);
    return FSM_STAY;
}

unsigned
fx_policy_enter_starting_succeeded(void *owner)
{
    fx_policy_set_usable(owner, true);
    fx_policy_set_starting(owner, false);
    fx_pnp_post_later(owner, FX_PNP_POLICY_STARTED);
    return StartingDecideS0Wake;
}

unsigned
fx_policy_enter_starting_failed(void *owner)
{
    fx_policy_set_starting(owner, false);
    fx_pnp_post_later(owner, FX_PNP_POLICY_START_FAILED);
    return Stopped;
}

unsigned
fx_policy_enter_starting_decide_s0_wake(void *owner)
{
    struct fx_device *device = owner;

    device->policy.system_action = PowerActionNone;
    fx_policy_set_up(device);
    if (!fx_policy_may_idle(device)) {
        fx_policy_unwatch(device);
        return Started;
    }
    fx_policy_watch(device);
    return device->policy.idle.IdleCaps == IdleCannotWakeFromS0 ? StartedIdleCapable
                                                                : StartedWakeCapable;
}

/* --- Completing what the power machine waits for --------------------------------------------- */

unsigned
fx_policy_enter_complete_dx(void *owner)
{
    fx_power_post(owner, FX_POWER_COMPLETE_DX);
    return FSM_STAY;
}

unsigned
fx_policy_enter_complete_d0(void *owner)
{
    fx_power_post(owner, FX_POWER_COMPLETE_D0);
    return FSM_STAY;
}

unsigned
fx_policy_enter_request_d0(void *owner)
{
    fx_policy_request_d0(owner);
    return FSM_STAY;
}

/* --- Idle ------------------------------------------------------------------------------------ */

/*
 * The queues are held before the references are looked at: a request that comes later waits, and
 * finds a device that returns for it.
 */
static bool
is_idle(struct fx_device *device)
{
    fx_policy_unwatch(device);
    fx_policy_set_in_d0(device, false);
    fx_io_device_hold(device);
    return atomic_load_u32(&device->policy.references) == 0 && fx_policy_may_idle(device) &&
           fx_framework_allows_dx(device);
}

unsigned
fx_policy_enter_idle_capable_device_idle(void *owner)
{
    return is_idle(owner) ? TimerExpiredNoWake : DeviceIdleReturnToActive;
}

unsigned
fx_policy_enter_wake_capable_device_idle(void *owner)
{
    return is_idle(owner) ? TimerExpiredWakeCapablePowerDown : DeviceIdleReturnToActive;
}

unsigned
fx_policy_enter_device_idle_return_to_active(void *owner)
{
    fx_policy_set_in_d0(owner, true);
    fx_parent_ready(owner);
    fx_io_device_start(owner);
    return StartingDecideS0Wake;
}

unsigned
fx_policy_enter_timer_expired_power_down(void *owner)
{
    fx_policy_request_dx(owner, fx_policy_idle_state(owner));
    return FSM_STAY;
}

static bool
is_wanted_in_d0(struct fx_device *device)
{
    if (atomic_load_u32(&device->policy.gone) != 0) {
        return false; /* It is about to be stopped. */
    }
    return atomic_load_u32(&device->policy.references) != 0 || !fx_policy_may_idle(device) ||
           !fx_framework_allows_dx(device);
}

unsigned
fx_policy_enter_waiting_unarmed_query_idle(void *owner)
{
    return is_wanted_in_d0(owner) ? S0NoWakePowerUp : WaitingUnarmed;
}

unsigned
fx_policy_enter_waiting_armed_query_idle(void *owner)
{
    return is_wanted_in_d0(owner) ? IoPresentArmed : WaitingArmed;
}

/* --- Idle with wake -------------------------------------------------------------------------- */

unsigned
fx_policy_enter_send_wake_from_s0(void *owner)
{
    fx_policy_request_wake(owner, PowerSystemWorking);
    return FSM_STAY;
}

unsigned
fx_policy_enter_arm_from_s0(void *owner)
{
    struct fx_device *device = owner;

    return NT_SUCCESS(FX_CALL_STATUS(device, device->power_policy.EvtDeviceArmWakeFromS0))
               ? TimerExpiredWakeCapableCompletePowerDown
               : TimerExpiredWakeCapableCancelWake;
}

unsigned
fx_policy_enter_cancel_wake(void *owner)
{
    fx_policy_cancel_wake(owner);
    return FSM_STAY;
}

unsigned
fx_policy_enter_note_woken(void *owner)
{
    ((struct fx_device *)owner)->policy.woke = true;
    return FSM_STAY;
}

unsigned
fx_policy_enter_woke_from_s0(void *owner)
{
    ((struct fx_device *)owner)->policy.woke = true;
    fx_policy_request_d0(owner);
    return FSM_STAY;
}

unsigned
fx_policy_enter_woke_from_s0_notify_driver(void *owner)
{
    struct fx_device *device = owner;

    FX_CALL_VOID(device, device->power_policy.EvtDeviceWakeFromS0Triggered);
    return S0WakeDisarm;
}

unsigned
fx_policy_enter_s0_wake_disarm(void *owner)
{
    struct fx_device *device = owner;

    FX_CALL_VOID(device, device->power_policy.EvtDeviceDisarmWakeFromS0);
    return S0WakeCompletePowerUp;
}

/* --- Sleep ----------------------------------------------------------------------------------- */

unsigned
fx_policy_enter_sleeping(void *owner)
{
    fx_policy_unwatch(owner);
    return fx_policy_wants_wake(owner) ? SleepingWakePowerDown : SleepingNoWakePowerDown;
}

unsigned
fx_policy_enter_sleeping_no_wake_power_down(void *owner)
{
    fx_policy_request_dx(owner, fx_policy_sleep_state(owner, false));
    return FSM_STAY;
}

unsigned
fx_policy_enter_sleeping_wake_power_down(void *owner)
{
    fx_policy_request_dx(owner, fx_policy_sleep_state(owner, true));
    return FSM_STAY;
}

unsigned
fx_policy_enter_sleeping_send_wake(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_request_wake(device, device->policy.system_state);
    return FSM_STAY;
}

unsigned
fx_policy_enter_arm_from_sx(void *owner)
{
    struct fx_device *device = owner;
    NTSTATUS status;

    if (device->power_policy.EvtDeviceArmWakeFromSxWithReason != NULL) {
        status = FX_CALL_STATUS(device, device->power_policy.EvtDeviceArmWakeFromSxWithReason,
                                device->policy.wake_enabled, device->policy.wake_for_children);
    } else {
        status = FX_CALL_STATUS(device, device->power_policy.EvtDeviceArmWakeFromSx);
    }
    return NT_SUCCESS(status) ? SleepingWakeCompletePowerDown : SleepingWakeRevertArmWake;
}

/* "If NT_SUCCESS(status) equals FALSE, the framework calls EvtDeviceDisarmWakeFromSx." */
unsigned
fx_policy_enter_sleeping_wake_revert_arm_wake(void *owner)
{
    struct fx_device *device = owner;

    FX_CALL_VOID(device, device->power_policy.EvtDeviceDisarmWakeFromSx);
    return SleepingWakeCancelWake;
}

unsigned
fx_policy_enter_system_asleep(void *owner)
{
    fx_policy_pass_sleep_irp(owner);
    return FSM_STAY;
}

unsigned
fx_policy_enter_system_asleep_wake_armed(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_pass_sleep_irp(device);
    return atomic_load_u32(&device->policy.wake_interrupts) != 0 ? SystemAsleepWakeInterrupt
                                                                 : FSM_STAY;
}

unsigned
fx_policy_enter_system_asleep_wake_interrupt(void *owner)
{
    struct fx_device *device = owner;

    po_device_woke(device->physical);
    fx_policy_cancel_wake(device);
    return FSM_STAY;
}

/*
 * "If both the device and the system are in a low-power state, the device remains in the low-power
 * state when the system returns" unless PowerUpIdleDeviceOnSystemWake says otherwise.
 */
unsigned
fx_policy_enter_system_wake_device_wake_disabled(void *owner)
{
    struct fx_device *device = owner;
    bool stays = fx_policy_may_idle(device) &&
                 device->policy.idle.IdleCaps == IdleCannotWakeFromS0 &&
                 device->policy.idle.PowerUpIdleDeviceOnSystemWake != WdfTrue &&
                 atomic_load_u32(&device->policy.references) == 0;

    if (stays) {
        device->policy.system_action = PowerActionNone;
    }
    return stays ? WaitingUnarmedQueryIdle : SystemWakeDeviceToD0;
}

unsigned
fx_policy_enter_system_wake_device_woke_disarm(void *owner)
{
    struct fx_device *device = owner;

    FX_CALL_VOID(device, device->power_policy.EvtDeviceWakeFromSxTriggered);
    FX_CALL_VOID(device, device->power_policy.EvtDeviceDisarmWakeFromSx);
    return SystemWakeDeviceWakeCompletePowerUp;
}

unsigned
fx_policy_enter_system_wake_device_wake_disarm(void *owner)
{
    struct fx_device *device = owner;

    FX_CALL_VOID(device, device->power_policy.EvtDeviceDisarmWakeFromSx);
    return SystemWakeDeviceWakeCompletePowerUp;
}

/* "IndicateChildWakeOnParentWake: wake-up status to child devices if a parent detects a signal." */
unsigned
fx_policy_enter_system_wake_device_wake_triggered(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_pass_sleep_irp(device);
    if (device->policy.wake.IndicateChildWakeOnParentWake) {
        fx_wake_indicate_children(device);
    }
    return FSM_STAY;
}

/* --- Sleep of a device that is down already -------------------------------------------------- */

unsigned
fx_policy_enter_system_sleep_from_device_waiting_unarmed(void *owner)
{
    struct fx_device *device = owner;

    if (fx_policy_wants_wake(device)) {
        return SystemSleepNeedWake; /* Only a device in D0 can be armed. */
    }
    return fx_policy_sleep_state(device, false) == device->policy.requested ? SystemAsleepNoWake
                                                                            : SystemSleepNeedWake;
}

unsigned
fx_policy_enter_canceling_wake_for_system_sleep_woken(void *owner)
{
    ((struct fx_device *)owner)->policy.woke = true;
    return CancelingWakeForSystemSleepWakeCanceled;
}

unsigned
fx_policy_enter_disarming_wake_for_system_sleep(void *owner)
{
    struct fx_device *device = owner;

    if (device->policy.woke) {
        FX_CALL_VOID(device, device->power_policy.EvtDeviceWakeFromS0Triggered);
    }
    FX_CALL_VOID(device, device->power_policy.EvtDeviceDisarmWakeFromS0);
    fx_power_post(device, FX_POWER_COMPLETE_D0);
    return FSM_STAY;
}

/* --- Failure and end ------------------------------------------------------------------------- */

unsigned
fx_policy_enter_wake_for_query(void *owner)
{
    fx_pnp_post_later(owner, FX_PNP_POLICY_AWAKE);
    return StartingDecideS0Wake;
}

unsigned
fx_policy_enter_system_power_request_failed(void *owner)
{
    return DevicePowerRequestFailed;
}

/* The stack is taken down: a lower driver may be in D0, and keep the bus there. */
unsigned
fx_policy_enter_device_power_request_failed(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_unwatch(device);
    fx_policy_set_in_d0(device, false);
    fx_policy_set_usable(device, false);
    fx_parent_ready(device); /* Nothing to wait for any more. */
    if (!device->policy.owner) {
        return DeviceFailedReport;
    }
    fx_policy_request_dx(device, PowerDeviceD3);
    return FSM_STAY;
}

unsigned
fx_policy_enter_device_failed_report(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_pass_sleep_irp(device);
    device->policy.system_action = PowerActionNone;
    fx_pnp_post_later(device, FX_PNP_POWER_FAILED);
    return DeviceFailed;
}

unsigned
fx_policy_enter_device_failed_pass_irp(void *owner)
{
    fx_policy_pass_sleep_irp(owner);
    return DeviceFailed;
}

/* Whose power another driver decides about is asked as it is. */
unsigned
fx_policy_enter_dx_query(void *owner)
{
    fx_pnp_post_later(owner, FX_PNP_POLICY_AWAKE);
    return Dx;
}

unsigned
fx_policy_enter_device_failed_query(void *owner)
{
    fx_pnp_post_later(owner, FX_PNP_POLICY_AWAKE);
    return DeviceFailed;
}

unsigned
fx_policy_enter_device_failed_complete_dx(void *owner)
{
    fx_power_post(owner, FX_POWER_COMPLETE_DX);
    return DeviceFailed;
}

unsigned
fx_policy_enter_device_failed_complete_d0(void *owner)
{
    fx_power_post(owner, FX_POWER_COMPLETE_D0);
    return DeviceFailed;
}

unsigned
fx_policy_enter_stopping(void *owner)
{
    fx_policy_unwatch(owner);
    fx_policy_set_usable(owner, false);
    fx_power_post(owner, FX_POWER_IMPLICIT_D3);
    return FSM_STAY;
}

unsigned
fx_policy_enter_stopping_send_status(void *owner)
{
    fx_pnp_post_later(owner, FX_PNP_POLICY_STOPPED);
    return Stopped;
}

unsigned
fx_policy_enter_stopping_failed(void *owner)
{
    fx_pnp_post_later(owner, FX_PNP_POLICY_STOP_FAILED);
    return Stopped;
}

unsigned
fx_policy_enter_stopped_pass_irp(void *owner)
{
    fx_policy_pass_sleep_irp(owner);
    return Stopped;
}

unsigned
fx_policy_enter_removed(void *owner)
{
    fx_policy_pass_sleep_irp(owner);
    return FSM_STAY;
}
