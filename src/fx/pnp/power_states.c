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
#include "fx/io/device_io.h"
#include "fx/pnp/call.h"
#include "fx/pnp/childlist.h"
#include "fx_imports.h"

enum power_state {
    Stopped = 1, /* Not started, or stopped: no power of its own. */
    StoppedCompleteDx,
    StoppedRefuseWake,
    StartingCheckDeviceType,
    StartingChild,
    D0Starting,
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
    Waking,
    WakingPostHardwareEnabled,
    WakingHardwareStarted,
    StartSelfManagedIo,
    InitialPostHardwareEnabledFailed,
    InitialSelfManagedIoFailed,
    InitialPowerUpFailedDerefParent,
    InitialPowerUpFailed,
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

/* --- In -------------------------------------------------------------------------------------- */

static unsigned
enter_starting_check_device_type(void *owner)
{
    struct fx_device *device = owner;

    device->power.previous = WdfPowerDeviceD3Final;
    return device->power.depends_on_parent ? StartingChild : D0Starting;
}

static unsigned
enter_starting_child(void *owner)
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
    atomic_store_u32(&device->power.in_d0, 1);
    fx_policy_set_in_d0(device, true);
    fx_childlists_scan(device);
    fx_io_device_start(device);
    return start_self_managed_io(device);
}

/* The hardware only; D0Exit's counterpart is a D0Entry that succeeded. */
static NTSTATUS
leave_d0(struct fx_device *device, WDF_POWER_DEVICE_STATE target, bool interrupts)
{
    NTSTATUS status = STATUS_SUCCESS;
    NTSTATUS exit_status;

    if (interrupts) {
        status = FX_CALL_STATUS(device, device->pnp.EvtDeviceD0ExitPreInterruptsDisabled, target);
    }
    exit_status = FX_CALL_STATUS(device, device->pnp.EvtDeviceD0Exit, target);
    return NT_SUCCESS(status) ? exit_status : status;
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

static unsigned
enter_d0_starting(void *owner)
{
    return NT_SUCCESS(enter_d0(owner)) ? D0StartingPostHardwareEnabled
                                       : InitialPowerUpFailedDerefParent;
}

static unsigned
enter_d0_starting_post_hardware_enabled(void *owner)
{
    return NT_SUCCESS(enable_hardware(owner)) ? D0StartingStartSelfManagedIo
                                              : InitialPostHardwareEnabledFailed;
}

static unsigned
enter_d0_starting_start_self_managed_io(void *owner)
{
    return NT_SUCCESS(start_io(owner)) ? DecideD0State : InitialSelfManagedIoFailed;
}

static unsigned
enter_decide_d0_state(void *owner)
{
    struct fx_device *device = owner;

    device->power.action = PowerActionNone;
    fx_parent_ready(device);
    /* Reports come before what the end of the IRP leads to. */
    fx_policy_post_later(device, FX_POLICY_POWER_UP);
    fx_power_finish_irp(device, STATUS_SUCCESS);
    return fx_wake_is_wanted(device) ? EnablingWakeAtBus : D0;
}

static unsigned
enter_check_parent_state(void *owner)
{
    struct fx_device *device = owner;

    if (!device->power.depends_on_parent) {
        return Waking;
    }
    return WaitForParent;
}

static unsigned
enter_wait_for_parent(void *owner)
{
    return fx_parent_hold(owner) ? Waking : FSM_STAY;
}

static unsigned
enter_waking(void *owner)
{
    return NT_SUCCESS(enter_d0(owner)) ? WakingPostHardwareEnabled : UpFailedDerefParent;
}

static unsigned
enter_waking_post_hardware_enabled(void *owner)
{
    return NT_SUCCESS(enable_hardware(owner)) ? WakingHardwareStarted
                                              : WakingPostHardwareEnabledFailed;
}

/* "Disarm wake signal, if it was armed" is the policy machine's. */
static unsigned
enter_waking_hardware_started(void *owner)
{
    fx_policy_post(owner, FX_POLICY_HARDWARE_STARTED);
    return FSM_STAY;
}

static unsigned
enter_start_self_managed_io(void *owner)
{
    return NT_SUCCESS(start_io(owner)) ? DecideD0State : StartSelfManagedIoFailed;
}

/* --- In, failed ------------------------------------------------------------------------------ */

static unsigned
enter_initial_post_hardware_enabled_failed(void *owner)
{
    (void)leave_d0(owner, WdfPowerDeviceD3Final, false);
    return InitialPowerUpFailedDerefParent;
}

static unsigned
enter_initial_self_managed_io_failed(void *owner)
{
    NTSTATUS cause = ((struct fx_device *)owner)->power.status;

    (void)stop_io(owner);
    (void)leave_d0(owner, WdfPowerDeviceD3Final, true);
    ((struct fx_device *)owner)->power.status = cause;
    return InitialPowerUpFailedDerefParent;
}

static unsigned
enter_initial_power_up_failed_deref_parent(void *owner)
{
    fx_parent_release(owner);
    return InitialPowerUpFailed;
}

static unsigned
enter_initial_power_up_failed(void *owner)
{
    struct fx_device *device = owner;

    device->power.state = PowerDeviceD3;
    device->pnp_status = device->power.status;
    fx_parent_ready(device);
    fx_policy_post_later(device, FX_POLICY_POWER_UP_FAILED);
    return Stopped;
}

static unsigned
enter_waking_post_hardware_enabled_failed(void *owner)
{
    (void)leave_d0(owner, WdfPowerDeviceD3Final, false);
    return UpFailedDerefParent;
}

static unsigned
enter_start_self_managed_io_failed(void *owner)
{
    struct fx_device *device = owner;
    NTSTATUS cause = device->power.status;

    (void)stop_io(device);
    (void)leave_d0(device, WdfPowerDeviceD3Final, true);
    device->power.status = cause;
    return UpFailedDerefParent;
}

static unsigned
enter_up_failed_deref_parent(void *owner)
{
    struct fx_device *device = owner;

    device->power.state = PowerDeviceD3;
    fx_parent_release(device);
    fx_parent_ready(device);
    fx_policy_post_later(device, FX_POLICY_POWER_UP_FAILED);
    fx_power_finish_irp(device, device->power.status);
    return UpFailed;
}

static unsigned
enter_complete_irp(void *owner)
{
    fx_power_finish_irp(owner, STATUS_SUCCESS);
    return Stopped;
}

static unsigned
enter_up_failed_complete_irp(void *owner)
{
    fx_power_finish_irp(owner, STATUS_SUCCESS);
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

static unsigned
enter_goto_dx(void *owner)
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
static unsigned
enter_goto_dx_io_stopped(void *owner)
{
    fx_policy_post(owner, FX_POLICY_IO_STOPPED);
    return FSM_STAY;
}

static unsigned
enter_goto_dx_disabling_hardware(void *owner)
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
    return device->power.down_failed ? GotoDxFailed : Dx;
}

/* The power goes all the same; the PnP manager hears of the failure. */
static unsigned
enter_goto_dx_failed(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_post_later(device, FX_POLICY_POWER_DOWN_FAILED);
    fx_power_finish_irp(device, device->power.status);
    return UpFailed;
}

static unsigned
enter_dx(void *owner)
{
    struct fx_device *device = owner;

    fx_policy_post_later(device, FX_POLICY_POWER_DOWN);
    fx_power_finish_irp(device, STATUS_SUCCESS);
    return device->power.wake_enabled ? DxArmedForWake : FSM_STAY;
}

/* From one low state to another: nothing for the driver. */
static unsigned
enter_dx_complete_irp(void *owner)
{
    struct fx_device *device = owner;

    device->power.state =
        IoGetCurrentIrpStackLocation(device->power.irp)->Parameters.Power.State.DeviceState;
    fx_power_finish_irp(device, STATUS_SUCCESS);
    return device->power.wake_enabled ? DxArmedForWake : Dx;
}

static unsigned
enter_goto_d3_stopped(void *owner)
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

static unsigned
enter_goto_stopped(void *owner)
{
    struct fx_device *device = owner;

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

static unsigned
enter_final_power_down_failed(void *owner)
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
        status = FX_CALL_STATUS(device, device->pdo->events.EvtDeviceEnableWakeAtBus,
                                device->power.wake_system_state);
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

static unsigned
enter_enabling_wake_at_bus(void *owner)
{
    return NT_SUCCESS(enable_wake_at_bus(owner)) ? D0ArmedForWake : D0;
}

static unsigned
enter_d0_disarming_wake_at_bus(void *owner)
{
    disable_wake_at_bus(owner);
    fx_wake_complete(owner, STATUS_CANCELLED);
    return D0;
}

static unsigned
enter_dx_stopped_arm_for_wake(void *owner)
{
    return NT_SUCCESS(enable_wake_at_bus(owner)) ? DxArmedForWake : Dx;
}

/* "Disable wake signal, if it was enabled" on the way up; the IRP may wait on. */
static unsigned
enter_dx_disabling_wake_at_bus(void *owner)
{
    disable_wake_at_bus(owner);
    return CheckParentState;
}

static unsigned
enter_wake_pending(void *owner)
{
    disable_wake_at_bus(owner);
    fx_wake_complete(owner, STATUS_CANCELLED);
    return Dx;
}

static unsigned
enter_goto_implicit_d3_disarm_wake_at_bus(void *owner)
{
    disable_wake_at_bus(owner);
    return GotoStopped;
}

static unsigned
enter_stopped_refuse_wake(void *owner)
{
    fx_wake_complete(owner, STATUS_INVALID_DEVICE_STATE);
    return Stopped;
}

static unsigned
enter_up_failed_refuse_wake(void *owner)
{
    fx_wake_complete(owner, STATUS_INVALID_DEVICE_STATE);
    return UpFailed;
}

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
                .enter = enter_complete_irp,
                .may = {Stopped},
            },
        [StoppedRefuseWake] =
            {
                .name = "StoppedRefuseWake",
                .enter = enter_stopped_refuse_wake,
                .may = {Stopped},
            },

        /* --- Into D0 for the first time, or after a stop. --- */
        [StartingCheckDeviceType] =
            {
                .name = "StartingCheckDeviceType",
                .enter = enter_starting_check_device_type,
                .may = {StartingChild, D0Starting},
            },
        [StartingChild] =
            {
                .name = "StartingChild",
                .enter = enter_starting_child,
                .may = {D0Starting},
                .on = {{FX_POWER_PARENT_D0, D0Starting}, {FX_POWER_IMPLICIT_D3, GotoStopped}},
                .defer = WAKE_IRPS,
            },
        [D0Starting] =
            {
                .name = "D0Starting",
                .enter = enter_d0_starting,
                .may = {D0StartingPostHardwareEnabled, InitialPowerUpFailedDerefParent},
            },
        [D0StartingPostHardwareEnabled] =
            {
                .name = "D0StartingPostHardwareEnabled",
                .enter = enter_d0_starting_post_hardware_enabled,
                .may = {D0StartingStartSelfManagedIo, InitialPostHardwareEnabledFailed},
            },
        [D0StartingStartSelfManagedIo] =
            {
                .name = "D0StartingStartSelfManagedIo",
                .enter = enter_d0_starting_start_self_managed_io,
                .may = {DecideD0State, InitialSelfManagedIoFailed},
            },

        /* --- In D0. --- */
        [DecideD0State] =
            {
                .name = "DecideD0State",
                .enter = enter_decide_d0_state,
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
                .enter = enter_enabling_wake_at_bus,
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
                .enter = enter_d0_disarming_wake_at_bus,
                .may = {D0},
            },

        /* --- Out of D0. --- */
        [GotoDx] = {.name = "GotoDx", .enter = enter_goto_dx, .may = {GotoDxIoStopped}},
        [GotoDxIoStopped] =
            {
                .name = "GotoDxIoStopped",
                .enter = enter_goto_dx_io_stopped,
                .on = {{FX_POWER_COMPLETE_DX, GotoDxDisablingHardware}},
                .drop = PARENT_D0_,
                .defer = WAKE_IRPS | FSM_BIT(FX_POWER_IMPLICIT_D3),
            },
        [GotoDxDisablingHardware] =
            {
                .name = "GotoDxDisablingHardware",
                .enter = enter_goto_dx_disabling_hardware,
                .may = {Dx, GotoDxFailed},
            },
        [GotoDxFailed] = {.name = "GotoDxFailed", .enter = enter_goto_dx_failed, .may = {UpFailed}},

        /* --- In a low-power state. --- */
        [Dx] =
            {
                .name = "Dx",
                .enter = enter_dx,
                .may = {DxArmedForWake},
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
                .on = {{FX_POWER_D0, DxDisablingWakeAtBus},
                       {FX_POWER_DX, DxCompleteIrp},
                       {FX_POWER_IMPLICIT_D3, GotoImplicitD3DisarmWakeAtBus},
                       {FX_POWER_WAKE_ENDED, WakePending}},
                .drop = PARENT_D0_ | FSM_BIT(FX_POWER_WAKE_ARRIVED),
            },
        [DxCompleteIrp] =
            {
                .name = "DxCompleteIrp",
                .enter = enter_dx_complete_irp,
                .may = {Dx, DxArmedForWake},
            },
        [DxStoppedArmForWake] =
            {
                .name = "DxStoppedArmForWake",
                .enter = enter_dx_stopped_arm_for_wake,
                .may = {DxArmedForWake, Dx},
            },
        [DxDisablingWakeAtBus] =
            {
                .name = "DxDisablingWakeAtBus",
                .enter = enter_dx_disabling_wake_at_bus,
                .may = {CheckParentState},
            },
        [WakePending] = {.name = "WakePending", .enter = enter_wake_pending, .may = {Dx}},

        /* --- Back to D0. --- */
        [CheckParentState] =
            {
                .name = "CheckParentState",
                .enter = enter_check_parent_state,
                .may = {Waking, WaitForParent},
            },
        [WaitForParent] =
            {
                .name = "WaitForParent",
                .enter = enter_wait_for_parent,
                .may = {Waking},
                .on = {{FX_POWER_PARENT_D0, Waking}, {FX_POWER_IMPLICIT_D3, GotoStopped}},
                .defer = WAKE_IRPS,
            },
        [Waking] =
            {
                .name = "Waking",
                .enter = enter_waking,
                .may = {WakingPostHardwareEnabled, UpFailedDerefParent},
            },
        [WakingPostHardwareEnabled] =
            {
                .name = "WakingPostHardwareEnabled",
                .enter = enter_waking_post_hardware_enabled,
                .may = {WakingHardwareStarted, WakingPostHardwareEnabledFailed},
            },
        [WakingHardwareStarted] =
            {
                .name = "WakingHardwareStarted",
                .enter = enter_waking_hardware_started,
                .on = {{FX_POWER_COMPLETE_D0, StartSelfManagedIo}},
                .drop = PARENT_D0_,
                .defer = WAKE_IRPS | FSM_BIT(FX_POWER_IMPLICIT_D3),
            },
        [StartSelfManagedIo] =
            {
                .name = "StartSelfManagedIo",
                .enter = enter_start_self_managed_io,
                .may = {DecideD0State, StartSelfManagedIoFailed},
            },

        /* --- What failed. --- */
        [InitialPostHardwareEnabledFailed] =
            {
                .name = "InitialPostHardwareEnabledFailed",
                .enter = enter_initial_post_hardware_enabled_failed,
                .may = {InitialPowerUpFailedDerefParent},
            },
        [InitialSelfManagedIoFailed] =
            {
                .name = "InitialSelfManagedIoFailed",
                .enter = enter_initial_self_managed_io_failed,
                .may = {InitialPowerUpFailedDerefParent},
            },
        [InitialPowerUpFailedDerefParent] =
            {
                .name = "InitialPowerUpFailedDerefParent",
                .enter = enter_initial_power_up_failed_deref_parent,
                .may = {InitialPowerUpFailed},
            },
        [InitialPowerUpFailed] =
            {
                .name = "InitialPowerUpFailed",
                .enter = enter_initial_power_up_failed,
                .may = {Stopped},
            },
        [WakingPostHardwareEnabledFailed] =
            {
                .name = "WakingPostHardwareEnabledFailed",
                .enter = enter_waking_post_hardware_enabled_failed,
                .may = {UpFailedDerefParent},
            },
        [StartSelfManagedIoFailed] =
            {
                .name = "StartSelfManagedIoFailed",
                .enter = enter_start_self_managed_io_failed,
                .may = {UpFailedDerefParent},
            },
        [UpFailedDerefParent] =
            {
                .name = "UpFailedDerefParent",
                .enter = enter_up_failed_deref_parent,
                .may = {UpFailed},
            },
        [UpFailed] =
            {
                .name = "UpFailed",
                .on = {{FX_POWER_IMPLICIT_D3, GotoStopped},
                       {FX_POWER_D0, UpFailedCompleteIrp},
                       {FX_POWER_DX, UpFailedCompleteIrp},
                       {FX_POWER_WAKE_ARRIVED, UpFailedRefuseWake},
                       {FX_POWER_WAKE_ENDED, UpFailedRefuseWake}},
                .drop = PARENT_D0_ | COMPLETE_,
            },
        [UpFailedCompleteIrp] =
            {
                .name = "UpFailedCompleteIrp",
                .enter = enter_up_failed_complete_irp,
                .may = {UpFailed},
            },
        [UpFailedRefuseWake] =
            {
                .name = "UpFailedRefuseWake",
                .enter = enter_up_failed_refuse_wake,
                .may = {UpFailed},
            },

        /* --- Stop and removal. --- */
        [GotoD3Stopped] =
            {
                .name = "GotoD3Stopped",
                .enter = enter_goto_d3_stopped,
                .may = {GotoStopped, GotoImplicitD3DisarmWakeAtBus},
            },
        [GotoImplicitD3DisarmWakeAtBus] =
            {
                .name = "GotoImplicitD3DisarmWakeAtBus",
                .enter = enter_goto_implicit_d3_disarm_wake_at_bus,
                .may = {GotoStopped},
            },
        [GotoStopped] =
            {
                .name = "GotoStopped",
                .enter = enter_goto_stopped,
                .may = {Stopped, FinalPowerDownFailed},
            },
        [FinalPowerDownFailed] =
            {
                .name = "FinalPowerDownFailed",
                .enter = enter_final_power_down_failed,
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
    fx_state_moved(owner, FX_MACHINE_POWER, fx_power_documented_state(to));
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
        [Waking] = WdfDevStatePowerWaking,
        [WakingPostHardwareEnabled] = WdfDevStatePowerWakingPostHardwareEnabled,
        [WakingHardwareStarted] = WdfDevStatePowerWakingPostHardwareEnabled,
        [StartSelfManagedIo] = WdfDevStatePowerStartSelfManagedIo,
        [InitialPostHardwareEnabledFailed] = WdfDevStatePowerInitialPostHardwareEnabledFailed,
        [InitialSelfManagedIoFailed] = WdfDevStatePowerInitialSelfManagedIoFailed,
        [InitialPowerUpFailedDerefParent] = WdfDevStatePowerInitialPowerUpFailedDerefParent,
        [InitialPowerUpFailed] = WdfDevStatePowerInitialPowerUpFailed,
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
