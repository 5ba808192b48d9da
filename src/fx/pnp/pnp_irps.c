/* SPDX-License-Identifier: MIT */
/*
 * IRP_MJ_PNP. What changes a device's state goes through the machine in pnp_states.c, before or
 * after the lower drivers as WDM prescribes for the minor function; all else is passed down.
 */
#include "fx/core/callback.h"
#include "fx/core/lock.h"
#include "fx/pnp/device_priv.h"
#include "fx/pnp/pdo.h"
#include "fx/pnp/relations.h"
#include "fx/res/cmreslist.h"

/*
 * The PnP manager sends one state-changing IRP at a time to a stack; a second one is a fatal
 * error.
 */
static void
begin_change(struct fx_device *device, IRP *irp)
{
    if (atomic_xchg_u32(&device->pnp_busy, 1) != 0) {
        fx_bugcheck(device->object.globals, WDF_PNP_FATAL_ERROR,
                    (ULONG_PTR)fx_object_handle(&device->object), (ULONG_PTR)irp, 0,
                    "a state-changing PnP IRP came while another one was being processed");
    }
}

static void
end_change(struct fx_device *device)
{
    atomic_store_u32(&device->pnp_busy, 0);
}

/* Runs the machine until it answers; the result is what the IRP gets. */
static NTSTATUS
change(struct fx_device *device, IRP *irp, enum fx_pnp_event event)
{
    NTSTATUS status;

    begin_change(device, irp);
    device->pnp_status = STATUS_SUCCESS;
    KeClearEvent(&device->pnp_answered);
    fx_pnp_post(device, event);
    KeWaitForSingleObject(&device->pnp_answered, Executive, KernelMode, FALSE, NULL);
    status = device->pnp_status;
    end_change(device);
    return status;
}

void
fx_pnp_remove_now(struct fx_device *device)
{
    (void)change(device, NULL, FX_PNP_REMOVE);
}

static NTSTATUS
complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS
fx_pnp_forward_and_wait(struct fx_device *device, IRP *irp)
{
    if (device->attached == NULL) {
        return irp->IoStatus.Status;
    }
    if (!IoForwardIrpSynchronously(device->attached, irp)) {
        return STATUS_UNSUCCESSFUL;
    }
    return irp->IoStatus.Status;
}

static NTSTATUS
take_resources(struct fx_device *device, const IO_STACK_LOCATION *stack)
{
    NTSTATUS status =
        fx_cmreslist_create(&device->object, stack->Parameters.StartDevice.AllocatedResources,
                            FX_RES_READ, &device->resources_raw);

    if (NT_SUCCESS(status)) {
        status = fx_cmreslist_create(&device->object,
                                     stack->Parameters.StartDevice.AllocatedResourcesTranslated,
                                     FX_RES_READ, &device->resources_translated);
    }
    if (!NT_SUCCESS(status)) {
        fx_cmreslist_delete(device->resources_raw);
        device->resources_raw = NULL;
    }
    return status;
}

/* The lower drivers start first, without the resources that this driver has asked for itself. */
static NTSTATUS
start_lower(struct fx_device *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    CM_RESOURCE_LIST *raw = stack->Parameters.StartDevice.AllocatedResources;
    CM_RESOURCE_LIST *translated = stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    struct fx_start_lists lists;
    NTSTATUS status = fx_resources_remove_added(device, irp, &lists);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (lists.used) {
        stack->Parameters.StartDevice.AllocatedResources = lists.raw;
        stack->Parameters.StartDevice.AllocatedResourcesTranslated = lists.translated;
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    status = fx_pnp_forward_and_wait(device, irp);
    if (lists.used) {
        stack->Parameters.StartDevice.AllocatedResources = raw;
        stack->Parameters.StartDevice.AllocatedResourcesTranslated = translated;
        if (lists.raw != NULL) {
            ExFreePool(lists.raw);
        }
        if (lists.translated != NULL) {
            ExFreePool(lists.translated);
        }
    }
    return status;
}

static NTSTATUS
start(struct fx_device *device, IRP *irp)
{
    NTSTATUS status = start_lower(device, irp);

    if (NT_SUCCESS(status)) {
        status = take_resources(device, IoGetCurrentIrpStackLocation(irp));
    }
    if (NT_SUCCESS(status)) {
        status = change(device, irp, FX_PNP_START);
    }
    return complete(irp, status);
}

/* We first, then the lower drivers; a refusal ends it here. */
static NTSTATUS
change_then_pass_down(struct fx_device *device, IRP *irp, enum fx_pnp_event event)
{
    NTSTATUS status = change(device, irp, event);

    if (!NT_SUCCESS(status)) {
        return complete(irp, status);
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    return fx_device_pass_down(device, irp, STATUS_SUCCESS);
}

/* The lower drivers first. These must not fail. */
static NTSTATUS
cancel(struct fx_device *device, IRP *irp, enum fx_pnp_event event)
{
    irp->IoStatus.Status = STATUS_SUCCESS;
    (void)fx_pnp_forward_and_wait(device, irp);
    (void)change(device, irp, event);
    return complete(irp, STATUS_SUCCESS);
}

static NTSTATUS
remove_device(struct fx_device *device, IRP *irp)
{
    NTSTATUS status;

    (void)change(device, irp, FX_PNP_REMOVE);
    irp->IoStatus.Status = STATUS_SUCCESS;
    if (device->kind != FX_DEVICE_PDO) {
        status = fx_device_pass_down(device, irp, STATUS_SUCCESS);
        fx_device_remove(device);
        return status;
    }
    if (fx_pdo_is_missing(device)) {
        fx_pdo_remove(device);
    }
    return complete(irp, STATUS_SUCCESS);
}

/* --- Queries that collect answers on the way up ---------------------------------------------- */

static void
merge_flag(PNP_DEVICE_STATE *state, WDF_TRI_STATE value, ULONG flag)
{
    if (value == WdfTrue) {
        *state |= flag;
    } else if (value == WdfFalse) {
        *state &= ~flag;
    }
}

static NTSTATUS
query_device_state(struct fx_device *device, IRP *irp)
{
    NTSTATUS status = fx_pnp_forward_and_wait(device, irp);
    PNP_DEVICE_STATE state = 0;
    WDF_DEVICE_STATE ours;

    if (NT_SUCCESS(status)) {
        state = (PNP_DEVICE_STATE)irp->IoStatus.Information;
    } else if (status != STATUS_NOT_SUPPORTED) {
        return complete(irp, status);
    }
    fx_lock(&device->lock);
    ours = device->device_state;
    fx_unlock(&device->lock);
    merge_flag(&state, ours.Disabled, PNP_DEVICE_DISABLED);
    merge_flag(&state, ours.DontDisplayInUI, PNP_DEVICE_DONT_DISPLAY_IN_UI);
    merge_flag(&state, ours.Failed, PNP_DEVICE_FAILED);
    merge_flag(&state, fx_usage_is_special(device) ? WdfTrue : ours.NotDisableable,
               PNP_DEVICE_NOT_DISABLEABLE);
    merge_flag(&state, ours.Removed, PNP_DEVICE_REMOVED);
    merge_flag(&state, ours.ResourcesChanged, PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED);
    if (atomic_load_u32(&device->failed) != 0) {
        state |= PNP_DEVICE_FAILED;
    }
    if (device->kind == FX_DEVICE_PDO && fx_pdo_is_missing(device)) {
        state |= PNP_DEVICE_REMOVED;
    }
    irp->IoStatus.Information = state;
    return complete(irp, STATUS_SUCCESS);
}

#define MERGE_CAPABILITY(to, field, value)                                                         \
    do {                                                                                           \
        if ((value) != WdfUseDefault) {                                                            \
            (to)->field = (value) == WdfTrue;                                                      \
        }                                                                                          \
    } while (0)

static void
merge_pnp_capabilities(DEVICE_CAPABILITIES *to, const WDF_DEVICE_PNP_CAPABILITIES *from)
{
    MERGE_CAPABILITY(to, LockSupported, from->LockSupported);
    MERGE_CAPABILITY(to, EjectSupported, from->EjectSupported);
    MERGE_CAPABILITY(to, Removable, from->Removable);
    MERGE_CAPABILITY(to, DockDevice, from->DockDevice);
    MERGE_CAPABILITY(to, UniqueID, from->UniqueID);
    MERGE_CAPABILITY(to, SilentInstall, from->SilentInstall);
    MERGE_CAPABILITY(to, SurpriseRemovalOK, from->SurpriseRemovalOK);
    MERGE_CAPABILITY(to, HardwareDisabled, from->HardwareDisabled);
    MERGE_CAPABILITY(to, NoDisplayInUI, from->NoDisplayInUI);
    if (from->Address != (ULONG)-1) {
        to->Address = from->Address;
    }
    if (from->UINumber != (ULONG)-1) {
        to->UINumber = from->UINumber;
    }
}

static void
merge_power_capabilities(DEVICE_CAPABILITIES *to, const WDF_DEVICE_POWER_CAPABILITIES *from)
{
    unsigned i;

    MERGE_CAPABILITY(to, DeviceD1, from->DeviceD1);
    MERGE_CAPABILITY(to, DeviceD2, from->DeviceD2);
    MERGE_CAPABILITY(to, WakeFromD0, from->WakeFromD0);
    MERGE_CAPABILITY(to, WakeFromD1, from->WakeFromD1);
    MERGE_CAPABILITY(to, WakeFromD2, from->WakeFromD2);
    MERGE_CAPABILITY(to, WakeFromD3, from->WakeFromD3);
    for (i = 0; i < PowerSystemMaximum; i++) {
        if (from->DeviceState[i] != PowerDeviceMaximum) {
            to->DeviceState[i] = from->DeviceState[i];
        }
    }
    if (from->DeviceWake != PowerDeviceMaximum) {
        to->DeviceWake = from->DeviceWake;
    }
    if (from->SystemWake != PowerSystemMaximum) {
        to->SystemWake = from->SystemWake;
    }
    if (from->D1Latency != (ULONG)-1) {
        to->D1Latency = from->D1Latency;
    }
    if (from->D2Latency != (ULONG)-1) {
        to->D2Latency = from->D2Latency;
    }
    if (from->D3Latency != (ULONG)-1) {
        to->D3Latency = from->D3Latency;
    }
}

void
fx_capabilities_merge(struct fx_device *device, DEVICE_CAPABILITIES *capabilities)
{
    if (device->pnp_capabilities.Size != 0) {
        merge_pnp_capabilities(capabilities, &device->pnp_capabilities);
    }
    if (device->power_capabilities.Size != 0) {
        merge_power_capabilities(capabilities, &device->power_capabilities);
    }
}

static NTSTATUS
query_capabilities(struct fx_device *device, IRP *irp)
{
    NTSTATUS status = fx_pnp_forward_and_wait(device, irp);

    if (NT_SUCCESS(status)) {
        fx_capabilities_merge(
            device, IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceCapabilities.Capabilities);
    }
    return complete(irp, status);
}

NTSTATUS
fx_pnp_dispatch(struct fx_device *device, IRP *irp)
{
    NTSTATUS status;

    if (device->kind == FX_DEVICE_CONTROL) {
        return complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
    if (device->kind == FX_DEVICE_PDO && fx_pdo_dispatch(device, irp, &status)) {
        return status;
    }
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return start(device, irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return change_then_pass_down(device, irp, FX_PNP_QUERY_REMOVE);
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return cancel(device, irp, FX_PNP_CANCEL_REMOVE);
    case IRP_MN_QUERY_STOP_DEVICE:
        return change_then_pass_down(device, irp, FX_PNP_QUERY_STOP);
    case IRP_MN_CANCEL_STOP_DEVICE:
        return cancel(device, irp, FX_PNP_CANCEL_STOP);
    case IRP_MN_STOP_DEVICE:
        return change_then_pass_down(device, irp, FX_PNP_STOP);
    case IRP_MN_SURPRISE_REMOVAL:
        return change_then_pass_down(device, irp, FX_PNP_SURPRISE_REMOVAL);
    case IRP_MN_REMOVE_DEVICE:
        return remove_device(device, irp);
    case IRP_MN_QUERY_PNP_DEVICE_STATE:
        return query_device_state(device, irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return query_capabilities(device, irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return fx_relations_dispatch(device, irp);
    case IRP_MN_DEVICE_USAGE_NOTIFICATION:
        return fx_usage_dispatch(device, irp);
    case IRP_MN_QUERY_INTERFACE:
        return fx_query_interface_dispatch(device, irp);
    case IRP_MN_FILTER_RESOURCE_REQUIREMENTS:
        return fx_resources_filter_requirements(device, irp);
    case IRP_MN_EJECT:
        return change_then_pass_down(device, irp, FX_PNP_EJECT);
    default:
        return fx_device_pass_down(device, irp, irp->IoStatus.Status);
    }
}
