/* SPDX-License-Identifier: MIT */
/*
 * What the power policy owner asks its stack for: D0, Dx and wait/wake IRPs, and the stack's
 * capabilities, from which follows where to go.
 *
 * A request's completion may run on any thread; it posts an event and no more. The device stays
 * while one is outstanding (a reference).
 *
 * The wait/wake IRP is ours until its completion function returns, and may be cancelled until then.
 * wake_phase says who is where: a completion that finds the canceller inside IoCancelIrp waits for it to
 * come out, unless it is on the same thread.
 */
#include "fx/core/lock.h"
#include "fx/pnp/device_priv.h"
#include "nt/pnp/pnp.h"
#include "sys/thread.h"

enum wake_phase {
    WAKE_NONE,
    WAKE_WAITING,
    WAKE_CANCELING, /* Somebody is inside IoCancelIrp. */
    WAKE_DONE,
};

static DEVICE_OBJECT *
stack_of(struct fx_device *device)
{
    return device->physical;
}

static VOID
on_d0(DEVICE_OBJECT *wdm, UCHAR minor, POWER_STATE state, PVOID context, IO_STATUS_BLOCK *io)
{
    struct fx_device *device = context;

    fx_policy_post_later(device, NT_SUCCESS(io->Status) ? FX_POLICY_D0_DONE : FX_POLICY_D0_FAILED);
    fx_object_unref(&device->object);
}

static VOID
on_dx(DEVICE_OBJECT *wdm, UCHAR minor, POWER_STATE state, PVOID context, IO_STATUS_BLOCK *io)
{
    struct fx_device *device = context;
    /* Our own callbacks' failures do not stop the IRP. */
    bool ok = NT_SUCCESS(io->Status) && !device->power.down_failed;

    fx_policy_post_later(device, ok ? FX_POLICY_DX_DONE : FX_POLICY_DX_FAILED);
    fx_object_unref(&device->object);
}

static void
request_power(struct fx_device *device, DEVICE_POWER_STATE to, REQUEST_POWER_COMPLETE *done,
              enum fx_policy_event failed)
{
    POWER_STATE state = {.DeviceState = to};
    NTSTATUS status;

    fx_object_ref(&device->object);
    status = PoRequestPowerIrp(stack_of(device), IRP_MN_SET_POWER, state, done, device, NULL);
    if (!NT_SUCCESS(status)) {
        fx_log(device->object.globals, "device %p: the request for power state D%d failed: 0x%08x",
               fx_object_handle(&device->object), (int)to - PowerDeviceD0, (unsigned)status);
        fx_policy_post_later(device, failed);
        fx_object_unref(&device->object);
    }
}

void
fx_policy_request_d0(struct fx_device *device)
{
    request_power(device, PowerDeviceD0, on_d0, FX_POLICY_D0_FAILED);
}

void
fx_policy_request_dx(struct fx_device *device, DEVICE_POWER_STATE state)
{
    device->policy.requested = state;
    request_power(device, state, on_dx, FX_POLICY_DX_FAILED);
}

static VOID
on_wake(DEVICE_OBJECT *wdm, UCHAR minor, POWER_STATE state, PVOID context, IO_STATUS_BLOCK *io)
{
    struct fx_device *device = context;
    bool woke = NT_SUCCESS(io->Status) || atomic_load_u32(&device->policy.wake_interrupts) != 0;

    if (atomic_xchg_u32(&device->policy.wake_phase, WAKE_DONE) == WAKE_CANCELING &&
        device->policy.wake_canceler != KeGetCurrentThread()) {
        while (atomic_load_u32(&device->policy.wake_phase) != WAKE_NONE) {
            sys_thread_yield();
        }
    }
    fx_policy_post_later(device, woke ? FX_POLICY_WAKE_SUCCEEDED : FX_POLICY_WAKE_FAILED);
    fx_object_unref(&device->object);
}

void
fx_policy_request_wake(struct fx_device *device, SYSTEM_POWER_STATE system)
{
    POWER_STATE state = {.SystemState = system};
    NTSTATUS status;

    device->policy.woke = false;
    atomic_store_u32(&device->policy.wake_phase, WAKE_WAITING);
    fx_object_ref(&device->object);
    status = PoRequestPowerIrp(stack_of(device), IRP_MN_WAIT_WAKE, state, on_wake, device,
                               &device->policy.wake_irp);
    if (!NT_SUCCESS(status)) {
        fx_log(device->object.globals, "device %p: the wait/wake request failed: 0x%08x",
               fx_object_handle(&device->object), (unsigned)status);
        atomic_store_u32(&device->policy.wake_phase, WAKE_DONE);
        fx_policy_post_later(device, FX_POLICY_WAKE_FAILED);
        fx_object_unref(&device->object);
    }
}

void
fx_policy_cancel_wake(struct fx_device *device)
{
    uint32_t phase = WAKE_WAITING;

    device->policy.wake_canceler = KeGetCurrentThread();
    if (!atomic_cas_u32(&device->policy.wake_phase, &phase, WAKE_CANCELING)) {
        return; /* It has come back; its event is on the way. */
    }
    (void)IoCancelIrp(device->policy.wake_irp);
    phase = WAKE_CANCELING;
    if (!atomic_cas_u32(&device->policy.wake_phase, &phase, WAKE_WAITING)) {
        atomic_store_u32(&device->policy.wake_phase, WAKE_NONE); /* Lets the completion go on. */
    }
}

/* --- Where to go ----------------------------------------------------------------------------- */

NTSTATUS
fx_policy_get_capabilities(struct fx_device *device, const DEVICE_CAPABILITIES **ret)
{
    DEVICE_CAPABILITIES *capabilities = &device->policy.capabilities;
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_CAPABILITIES};
    NTSTATUS status = STATUS_SUCCESS;

    if (!device->policy.has_capabilities) {
        *capabilities = (DEVICE_CAPABILITIES){.Size = sizeof(*capabilities), .Version = 1};
        capabilities->Address = (ULONG)-1;
        capabilities->UINumber = (ULONG)-1;
        stack.Parameters.DeviceCapabilities.Capabilities = capabilities;
        status = pnp_send(stack_of(device), &stack, NULL);
        device->policy.has_capabilities = NT_SUCCESS(status);
    }
    *ret = capabilities;
    return status;
}

DEVICE_POWER_STATE
fx_policy_idle_state(struct fx_device *device)
{
    const DEVICE_CAPABILITIES *capabilities;
    DEVICE_POWER_STATE state = device->policy.idle.DxState;

    if (state != PowerDeviceMaximum) {
        return state;
    }
    /* "... the value that the driver for the device's bus supplied in DeviceWake." */
    if (device->policy.idle.IdleCaps != IdleCannotWakeFromS0 &&
        NT_SUCCESS(fx_policy_get_capabilities(device, &capabilities)) &&
        capabilities->DeviceWake > PowerDeviceD0 && capabilities->DeviceWake < PowerDeviceMaximum) {
        return capabilities->DeviceWake;
    }
    return PowerDeviceD3;
}

DEVICE_POWER_STATE
fx_policy_sleep_state(struct fx_device *device, bool wake)
{
    DEVICE_POWER_STATE state = device->power_capabilities.Size == 0
                                   ? PowerDeviceUnspecified
                                   : device->power_capabilities.IdealDxStateForSx;
    SYSTEM_POWER_STATE system = device->policy.system_state;
    const DEVICE_CAPABILITIES *capabilities;
    bool known = NT_SUCCESS(fx_policy_get_capabilities(device, &capabilities));

    if (wake) {
        state = device->policy.wake.DxState;
        if (state == PowerDeviceMaximum) {
            state = known && capabilities->DeviceWake > PowerDeviceD0 ? capabilities->DeviceWake
                                                                      : PowerDeviceD3;
        }
        return state;
    }
    /* "If this value is zero, the framework uses PowerDeviceD3." */
    if (state <= PowerDeviceD0 || state > PowerDeviceD3) {
        return PowerDeviceD3;
    }
    /* "The framework uses the lower-powered state that is in the array." */
    if (known && system < PowerSystemMaximum && capabilities->DeviceState[system] > state &&
        capabilities->DeviceState[system] <= PowerDeviceD3) {
        state = capabilities->DeviceState[system];
    }
    return state;
}

bool
fx_policy_wants_wake(struct fx_device *device)
{
    const WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS *settings = &device->policy.wake;
    const DEVICE_CAPABILITIES *capabilities;
    bool enabled;

    fx_lock(&device->lock);
    if (settings->Size == 0) {
        enabled = false;
    } else if (settings->Enabled == WdfFalse) {
        enabled = false;
    } else if (settings->UserControlOfWakeSettings == WakeAllowUserControl) {
        enabled = device->policy.wake_by_user;
    } else {
        enabled = true;
    }
    device->policy.wake_enabled = enabled;
    device->policy.wake_for_children = settings->Size != 0 &&
                                       settings->ArmForWakeIfChildrenAreArmedForWake &&
                                       atomic_load_u32(&device->power.armed_children) != 0;
    fx_unlock(&device->lock);
    if (!device->policy.wake_enabled && !device->policy.wake_for_children) {
        return false;
    }
    /* Not from a sleep that is deeper than what the device can end; never from off. */
    return device->policy.system_state < PowerSystemShutdown &&
           NT_SUCCESS(fx_policy_get_capabilities(device, &capabilities)) &&
           capabilities->SystemWake >= device->policy.system_state &&
           capabilities->SystemWake < PowerSystemMaximum;
}
