/* SPDX-License-Identifier: MIT */
/* What the power machine does in its states: the entry actions of the table in power_states.c. */
#include "fx/pnp/power_states.h"

#include "fx/io/device_io.h"
#include "fx/pnp/call.h"
#include "fx/pnp/childlist.h"
#include "fx/pnp/interrupt.h"

/* --- In -------------------------------------------------------------------------------------- */

unsigned
fx_power_enter_starting_check_device_type(void *owner)
{
    struct fx_device *device = owner;

    device->power.previous = WdfPowerDeviceD3Final;
    return device->power.depends_on_parent ? StartingChild : D0Starting;
}

unsigned
fx_power_enter_starting_child(void *owner)
{
    return fx_parent_hold(owner) ? D0Starting : FSM_STAY;
}

static NTSTATUS
enter_d0(struct fx_device *device)
{
    device->power.status =
        FX_CALL_STATUS(device, device->pnp.EvtDeviceD0Entry, device->power.previous);
    if (NT_SUCCESS(device->power.status)) {
        POWER_STATE state = {.DeviceState = PowerDeviceD0};

        device->power.state = PowerDeviceD0;
        (void)PoSetPowerState(device->wdm, DevicePowerState, state);
    }
    return device->power.status;
}

static NTSTATUS
connect_interrupts(struct fx_device *device)
{
    device->power.status = fx_interrupts_enable(device);
    return device->power.status;
}

static NTSTATUS
enable_hardware(struct fx_device *device)
{
    device->power.status = FX_CALL_STATUS(device, device->pnp.EvtDeviceD0EntryPostInterruptsEnabled,
                                          device->power.previous);
    return device->power.status;
}

static NTSTATUS
start_self_managed_io(struct fx_device *device)
{
    if (device->self_managed_io) {
        device->power.status = FX_CALL_STATUS(device, device->pnp.EvtDeviceSelfManagedIoRestart);
    } else {
        device->self_managed_io = true; /* Even when it fails: Flush and Cleanup follow. */
        device->power.status = FX_CALL_STATUS(device, device->pnp.EvtDeviceSelfManagedIoInit);
    }
    return device->power.status;
}

/* "Request information about child devices", start the queues, then the driver's own I/O. */
static NTSTATUS
start_io(struct fx_device *device)
{
    NTSTATUS status;

    atomic_store_u32(&device->power.in_d0, 1);
    fx_policy_set_in_d0(device, true);
    fx_childlists_scan(device);
    fx_io_device_start(device);
    atomic_store_ptr(&device->policy.raising, (base_pointer)KeGetCurrentThread());
    status = start_self_managed_io(device);
    atomic_store_ptr(&device->policy.raising, NULL);
    return status;
}

/* Before and after EvtDeviceSelfManagedIoInit, which may be where the settings come from. */
static NTSTATUS
register_device(struct fx_device *device)
{
    device->power.status = fx_framework_register(device);
    return device->power.status;
}

/* The hardware only; D0Exit's counterpart is a D0Entry that succeeded. */
static NTSTATUS
leave_d0(struct fx_device *device, WDF_POWER_DEVICE_STATE target, bool interrupts)
{
    NTSTATUS status = STATUS_SUCCESS;
    NTSTATUS disable_status;
    NTSTATUS exit_status;

    if (interrupts) {
        status = FX_CALL_STATUS(device, device->pnp.EvtDeviceD0ExitPreInterruptsDisabled, target);
    }
    disable_status = fx_interrupts_disable(device, target);
    exit_status = FX_CALL_STATUS(device, device->pnp.EvtDeviceD0Exit, target);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return NT_SUCCESS(disable_status) ? exit_status : disable_status;
}

static NTSTATUS
stop_io(struct fx_device *device)
{
    NTSTATUS status = STATUS_SUCCESS;

    fx_policy_set_in_d0(device, false);
    if (device->self_managed_io) {
        status = FX_CALL_STATUS(device, device->pnp.EvtDeviceSelfManagedIoSuspend);
    }
    fx_io_device_stop(device, true);
    atomic_store_u32(&device->power.in_d0, 0);
    return status;
}

unsigned
fx_power_enter_d0_starting(void *owner)
{
    return NT_SUCCESS(enter_d0(owner)) ? D0StartingConnectInterrupt
                                       : InitialPowerUpFailedDerefParent;
}

unsigned
fx_power_enter_d0_starting_connect_interrupt(void *owner)
{
    return NT_SUCCESS(connect_interrupts(owner)) ? D0StartingPostHardwareEnabled
                                                 : InitialConnectInterruptFailed;
}

unsigned
fx_power_enter_d0_starting_post_hardware_enabled(void *owner)
{
    return NT_SUCCESS(enable_hardware(owner)) ? D0StartingStartSelfManagedIo
                                              : InitialPostHardwareEnabledFailed;
}

unsigned
fx_power_enter_d0_starting_start_self_managed_io(void *owner)
{
    if (!NT_SUCCESS(register_device(owner)) || !NT_SUCCESS(start_io(owner)) ||
        !NT_SUCCESS(register_device(owner))) {
        return InitialSelfManagedIoFailed;
    }
    fx_framework_start(owner);
    return DecideD0State;
}

unsigned
fx_power_enter_decide_d0_state(void *owner)
{
    struct fx_device *device = owner;

    device->power.action = PowerActionNone;
    fx_parent_ready(device);
    /* Reports come before what the end of the IRP leads to. */
    fx_policy_post_later(device, FX_POLICY_POWER_UP);
    fx_power_finish_irp(device, STATUS_SUCCESS);
    return fx_wake_is_wanted(device) ? EnablingWakeAtBus : D0;
}

unsigned
fx_power_enter_check_parent_state(void *owner)
{
    struct fx_device *device = owner;

    if (!device->power.depends_on_parent) {
        return Waking;
    }
    return WaitForParent;
}

unsigned
fx_power_enter_wait_for_parent(void *owner)
{
    return fx_parent_hold(owner) ? Waking : FSM_STAY;
}

unsigned
fx_power_enter_waking(void *owner)
{
    return NT_SUCCESS(enter_d0(owner)) ? WakingConnectInterrupt : UpFailedDerefParent;
}

unsigned
fx_power_enter_waking_connect_interrupt(void *owner)
{
    return NT_SUCCESS(connect_interrupts(owner)) ? WakingPostHardwareEnabled
                                                 : WakingConnectInterruptFailed;
}

unsigned
fx_power_enter_waking_post_hardware_enabled(void *owner)
{
    return NT_SUCCESS(enable_hardware(owner)) ? WakingHardwareStarted
                                              : WakingPostHardwareEnabledFailed;
}

/* "Disarm wake signal, if it was armed" is the policy machine's. */
unsigned
fx_power_enter_waking_hardware_started(void *owner)
{
    fx_policy_post(owner, FX_POLICY_HARDWARE_STARTED);
    return FSM_STAY;
}

unsigned
fx_power_enter_start_self_managed_io(void *owner)
{
    return NT_SUCCESS(start_io(owner)) ? DecideD0State : StartSelfManagedIoFailed;
}

/* --- In, failed ------------------------------------------------------------------------------ */

unsigned
fx_power_enter_initial_post_hardware_enabled_failed(void *owner)
{
    (void)leave_d0(owner, WdfPowerDeviceD3Final, false);
    return InitialPowerUpFailedDerefParent;
}

unsigned
fx_power_enter_initial_self_managed_io_failed(void *owner)
{
    NTSTATUS cause = ((struct fx_device *)owner)->power.status;

    (void)stop_io(owner);
    (void)leave_d0(owner, WdfPowerDeviceD3Final, true);
    ((struct fx_device *)owner)->power.status = cause;
    return InitialPowerUpFailedDerefParent;
}

unsigned
fx_power_enter_initial_power_up_failed_deref_parent(void *owner)
{
    fx_parent_release(owner);
    return InitialPowerUpFailed;
}

unsigned
fx_power_enter_initial_power_up_failed(void *owner)
{
    struct fx_device *device = owner;

    device->power.state = PowerDeviceD3;
    device->pnp_status = device->power.status;
    fx_parent_ready(device);
    fx_policy_post_later(device, FX_POLICY_POWER_UP_FAILED);
    return Stopped;
}

unsigned
fx_power_enter_waking_post_hardware_enabled_failed(void *owner)
{
    (void)leave_d0(owner, WdfPowerDeviceD3Final, false);
    return UpFailedDerefParent;
}

unsigned
fx_power_enter_start_self_managed_io_failed(void *owner)
{
    struct fx_device *device = owner;
    NTSTATUS cause = device->power.status;

    (void)stop_io(device);
    (void)leave_d0(device, WdfPowerDeviceD3Final, true);
    device->power.status = cause;
    return UpFailedDerefParent;
}

unsigned
fx_power_enter_up_failed_deref_parent(void *owner)
{
    struct fx_device *device = owner;

    device->power.state = PowerDeviceD3;
    (void)fx_interrupts_disable(device, WdfPowerDeviceD3Final); /* Those that stayed connected. */
    fx_parent_release(device);
    fx_parent_ready(device);
    fx_policy_post_later(device, FX_POLICY_POWER_UP_FAILED);
    fx_power_finish_irp(device, device->power.status);
    return UpFailed;
}

/* Dx is no trouble; a device that is not up does not claim to be, if it is the one that has the power. */
static void
answer_irp(struct fx_device *device, bool has_power)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(device->power.irp);
    bool up = stack->Parameters.Power.State.DeviceState == PowerDeviceD0;

    fx_power_finish_irp(device, up && has_power ? STATUS_DEVICE_POWER_FAILURE : STATUS_SUCCESS);
}

unsigned
fx_power_enter_complete_irp(void *owner)
{
    answer_irp(owner, ((struct fx_device *)owner)->kind == FX_DEVICE_PDO);
    return Stopped;
}

unsigned
fx_power_enter_up_failed_complete_irp(void *owner)
{
    answer_irp(owner, true);
    return UpFailed;
}

/* --- Out ------------------------------------------------------------------------------------- */

/*
 * "If TargetState is D3Final, you should assume that the system is being turned off ...
 * PrepareForHibernation: the driver must not shut off the device".
 */
static WDF_POWER_DEVICE_STATE
target_of_irp(struct fx_device *device)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(device->power.irp);
    DEVICE_POWER_STATE state = stack->Parameters.Power.State.DeviceState;

    switch (device->power.action) {
    case PowerActionShutdown:
    case PowerActionShutdownReset:
    case PowerActionShutdownOff:
        return WdfPowerDeviceD3Final;
    case PowerActionHibernate:
        if (state == PowerDeviceD3 && fx_usage_in_path(device, WdfSpecialFileHibernation)) {
            return WdfPowerDevicePrepareForHibernation;
        }
        break;
    default:
        break;
    }
    return (WDF_POWER_DEVICE_STATE)(WdfPowerDeviceD0 + (state - PowerDeviceD0));
}

unsigned
fx_power_enter_goto_dx(void *owner)
{
    struct fx_device *device = owner;
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(device->power.irp);

    device->power.action = stack->Parameters.Power.ShutdownType;
    if (device->policy.owner && device->policy.system_action != PowerActionNone) {
        device->power.action = device->policy.system_action;
    }
    device->power.status = stop_io(device);
    device->power.down_failed = !NT_SUCCESS(device->power.status);
    return GotoDxIoStopped;
}

/* "... the framework calls its EvtDeviceArmWakeFromS0, ...Sx": the policy machine's. */
unsigned
fx_power_enter_goto_dx_io_stopped(void *owner)
{
    fx_policy_post(owner, FX_POLICY_IO_STOPPED);
    return FSM_STAY;
}

unsigned
fx_power_enter_goto_dx_disabling_hardware(void *owner)
{
    struct fx_device *device = owner;
    WDF_POWER_DEVICE_STATE target = target_of_irp(device);
    NTSTATUS status = leave_d0(device, target, true);
    POWER_STATE state;

    device->power.previous = target;
    device->power.state =
        IoGetCurrentIrpStackLocation(device->power.irp)->Parameters.Power.State.DeviceState;
    state.DeviceState = device->power.state;
    (void)PoSetPowerState(device->wdm, DevicePowerState, state);
    if (!NT_SUCCESS(status)) {
        device->power.status = status;
        device->power.down_failed = true;
    }
    fx_parent_release(device);
    if (device->power.down_failed) {
        return GotoDxFailed;
    }
    fx_policy_post_later(device, FX_POLICY_POWER_DOWN);
    fx_power_finish_irp(device, STATUS_SUCCESS);
    return device->power.wake_enabled ? DxArmedForWake : Dx;
}

/* The power goes all the same: the lower drivers see the IRP. The failure is reported beside it. */
unsigned
fx_power_enter_goto_dx_failed(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_post_later(device, FX_POLICY_POWER_DOWN_FAILED);
    fx_power_finish_irp(device, STATUS_SUCCESS);
    return UpFailed;
}

/* From one low state to another: nothing for the driver. */
unsigned
fx_power_enter_dx_complete_irp(void *owner)
{
    struct fx_device *device = owner;

    device->power.state =
        IoGetCurrentIrpStackLocation(device->power.irp)->Parameters.Power.State.DeviceState;
    fx_power_finish_irp(device, STATUS_SUCCESS);
    return device->power.wake_enabled ? DxArmedForWake : Dx;
}

unsigned
fx_power_enter_goto_d3_stopped(void *owner)
{
    struct fx_device *device = owner;
    NTSTATUS status = stop_io(device);
    NTSTATUS exit_status = leave_d0(device, WdfPowerDeviceD3Final, true);

    device->power.state = PowerDeviceD3;
    device->power.down_failed = !NT_SUCCESS(status) || !NT_SUCCESS(exit_status);
    if (device->power.down_failed) {
        device->power.status = NT_SUCCESS(status) ? exit_status : status;
    }
    fx_parent_release(device);
    return device->power.wake_enabled ? GotoImplicitD3DisarmWakeAtBus : GotoStopped;
}

unsigned
fx_power_enter_goto_stopped(void *owner)
{
    struct fx_device *device = owner;

    (void)fx_interrupts_disable(device, WdfPowerDeviceD3Final); /* Those that stayed connected. */
    fx_wake_complete(device, STATUS_NO_SUCH_DEVICE);
    fx_parent_release(device);
    fx_parent_ready(device);
    fx_power_finish_irp(device, STATUS_NO_SUCH_DEVICE);
    if (device->power.down_failed) {
        return FinalPowerDownFailed;
    }
    fx_policy_post_later(device, FX_POLICY_POWER_DOWN);
    return Stopped;
}

unsigned
fx_power_enter_final_power_down_failed(void *owner)
{
    struct fx_device *device = owner;

    device->power.down_failed = false;
    fx_policy_post_later(device, FX_POLICY_POWER_DOWN_FAILED);
    return Stopped;
}

/* --- Wake at the bus ------------------------------------------------------------------------- */

static NTSTATUS
enable_wake_at_bus(struct fx_device *device)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!fx_wake_is_wanted(device)) {
        return STATUS_CANCELLED; /* It ended before its arrival was looked at. */
    }
    if (!device->power.wake_enabled) {
        status =
            FX_CALL_STATUS(device, device->pdo->events.EvtDeviceEnableWakeAtBus,
                           (SYSTEM_POWER_STATE)atomic_load_u32(&device->power.wake_system_state));
    }
    device->power.wake_enabled = NT_SUCCESS(status);
    if (!NT_SUCCESS(status)) {
        fx_wake_complete(device, status);
    }
    return status;
}

static void
disable_wake_at_bus(struct fx_device *device)
{
    if (device->power.wake_enabled) {
        device->power.wake_enabled = false;
        FX_CALL_VOID(device, device->pdo->events.EvtDeviceDisableWakeAtBus);
    }
}

unsigned
fx_power_enter_enabling_wake_at_bus(void *owner)
{
    return NT_SUCCESS(enable_wake_at_bus(owner)) ? D0ArmedForWake : D0;
}

unsigned
fx_power_enter_d0_disarming_wake_at_bus(void *owner)
{
    disable_wake_at_bus(owner);
    fx_wake_complete(owner, STATUS_CANCELLED);
    return D0;
}

unsigned
fx_power_enter_dx_stopped_arm_for_wake(void *owner)
{
    return NT_SUCCESS(enable_wake_at_bus(owner)) ? DxArmedForWake : Dx;
}

/* "Disable wake signal, if it was enabled" on the way up, when the bus is up; the IRP may wait on. */
unsigned
fx_power_enter_dx_disabling_wake_at_bus(void *owner)
{
    disable_wake_at_bus(owner);
    return Waking;
}

unsigned
fx_power_enter_check_parent_state_armed_for_wake(void *owner)
{
    const struct fx_device *device = owner;

    return device->power.depends_on_parent ? WaitForParentArmedForWake : DxDisablingWakeAtBus;
}

unsigned
fx_power_enter_wait_for_parent_armed_for_wake(void *owner)
{
    return fx_parent_hold(owner) ? DxDisablingWakeAtBus : FSM_STAY;
}

/* A bus that is not in D0 is disabled on the way up: what has ended the wait leads there. */
unsigned
fx_power_enter_wake_pending(void *owner)
{
    struct fx_device *device = owner;

    if (!device->power.depends_on_parent || atomic_load_u32(&device->parent->policy.in_d0) != 0) {
        disable_wake_at_bus(device);
    }
    fx_wake_complete(device, STATUS_CANCELLED);
    return device->power.wake_enabled ? DxArmedForWake : Dx;
}

unsigned
fx_power_enter_goto_implicit_d3_disarm_wake_at_bus(void *owner)
{
    disable_wake_at_bus(owner);
    return GotoStopped;
}

unsigned
fx_power_enter_stopped_refuse_wake(void *owner)
{
    fx_wake_complete(owner, STATUS_INVALID_DEVICE_STATE);
    return Stopped;
}

unsigned
fx_power_enter_up_failed_refuse_wake(void *owner)
{
    fx_wake_complete(owner, STATUS_INVALID_DEVICE_STATE);
    return UpFailed;
}
