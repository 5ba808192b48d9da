/* SPDX-License-Identifier: MIT */
/*
 * IRP_MJ_POWER. Set-power IRPs for the device go through the power machine: on the way down for
 * Dx, after the lower drivers for D0. Those for the system concern the power policy owner, which
 * holds a sleep IRP until its device is asleep and lets the S0 IRP go at once, as WDM wants it.
 */
#include "fx/pnp/call.h"

static NTSTATUS
complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

/* To the lower drivers, whose answer it gets; success from the bottom of the stack. */
static NTSTATUS
pass_down(struct fx_device *device, IRP *irp)
{
    if (device->attached == NULL) {
        return complete(irp, STATUS_SUCCESS);
    }
    IoSkipCurrentIrpStackLocation(irp);
    return PoCallDriver(device->attached, irp);
}

void
fx_power_finish_irp(struct fx_device *device, NTSTATUS status)
{
    IRP *irp = device->power.irp;

    device->power.irp = NULL;
    if (irp == NULL) {
        return;
    }
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.Power.State.DeviceState == PowerDeviceD0 ||
        !NT_SUCCESS(status)) {
        (void)complete(irp, status);
    } else {
        irp->IoStatus.Status = STATUS_SUCCESS;
        (void)pass_down(device, irp);
    }
}

static void
give_to_machine(struct fx_device *device, IRP *irp, enum fx_power_event event)
{
    device->power.arrived = irp;
    fx_power_post_later(device, event);
}

static NTSTATUS
lower_drivers_in_d0(DEVICE_OBJECT *wdm, IRP *irp, void *context)
{
    struct fx_device *device = context;

    if (!NT_SUCCESS(irp->IoStatus.Status)) {
        return STATUS_CONTINUE_COMPLETION; /* Nobody is in D0; the requester hears it. */
    }
    give_to_machine(device, irp, FX_POWER_D0);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS
set_device_power(struct fx_device *device, IRP *irp, DEVICE_POWER_STATE state)
{
    if (state < PowerDeviceD0 || state > PowerDeviceD3) {
        fx_log(device->object.globals, "IRP_MN_SET_POWER for device state %u", (unsigned)state);
        return complete(irp, STATUS_INVALID_PARAMETER);
    }
    IoMarkIrpPending(irp);
    if (state != PowerDeviceD0) {
        give_to_machine(device, irp, FX_POWER_DX);
    } else if (device->attached == NULL) {
        give_to_machine(device, irp, FX_POWER_D0);
    } else {
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoSetCompletionRoutine(irp, lower_drivers_in_d0, device, TRUE, TRUE, TRUE);
        (void)PoCallDriver(device->attached, irp);
    }
    return STATUS_PENDING;
}

/* The machine hears of it while the IRP goes on up: "do not wait for the device's D0". */
static NTSTATUS
lower_drivers_in_s0(DEVICE_OBJECT *wdm, IRP *irp, void *context)
{
    if (irp->PendingReturned) {
        IoMarkIrpPending(irp);
    }
    fx_policy_post_later(context, FX_POLICY_S0);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS
set_system_power(struct fx_device *device, IRP *irp, SYSTEM_POWER_STATE state)
{
    if (state == PowerSystemWorking) {
        if (device->attached == NULL) {
            fx_policy_post_later(device, FX_POLICY_S0);
            return complete(irp, STATUS_SUCCESS);
        }
        IoCopyCurrentIrpStackLocationToNext(irp);
        IoSetCompletionRoutine(irp, lower_drivers_in_s0, device, TRUE, TRUE, TRUE);
        return PoCallDriver(device->attached, irp);
    }
    IoMarkIrpPending(irp);
    device->policy.sleep_arrived = irp;
    fx_policy_post_later(device, FX_POLICY_SX);
    return STATUS_PENDING;
}

void
fx_policy_take_sleep_irp(struct fx_device *device)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(device->policy.sleep_arrived);

    device->policy.sleep_irp = device->policy.sleep_arrived;
    device->policy.system_state = stack->Parameters.Power.State.SystemState;
    device->policy.system_action = stack->Parameters.Power.ShutdownType;
}

void
fx_policy_pass_sleep_irp(struct fx_device *device)
{
    IRP *irp = device->policy.sleep_irp;

    device->policy.sleep_irp = NULL;
    if (irp != NULL) {
        irp->IoStatus.Status = STATUS_SUCCESS;
        (void)pass_down(device, irp);
    }
}

static NTSTATUS
set_power(struct fx_device *device, IRP *irp)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    irp->IoStatus.Status = STATUS_SUCCESS;
    if (stack->Parameters.Power.Type == DevicePowerState) {
        return set_device_power(device, irp, stack->Parameters.Power.State.DeviceState);
    }
    if (!device->policy.owner) {
        return pass_down(device, irp);
    }
    return set_system_power(device, irp, stack->Parameters.Power.State.SystemState);
}

NTSTATUS
fx_power_dispatch(struct fx_device *device, IRP *irp)
{
    PoStartNextPowerIrp(irp);
    if (device->kind == FX_DEVICE_CONTROL || device->kind == FX_DEVICE_MINIPORT) {
        return fx_device_pass_down(device, irp, STATUS_INVALID_DEVICE_REQUEST);
    }
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_SET_POWER:
        return set_power(device, irp);
    case IRP_MN_QUERY_POWER:
        irp->IoStatus.Status = STATUS_SUCCESS;
        return pass_down(device, irp);
    case IRP_MN_WAIT_WAKE:
        return fx_wake_dispatch(device, irp);
    default:
        return fx_device_pass_down(device, irp, irp->IoStatus.Status);
    }
}
