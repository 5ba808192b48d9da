/* SPDX-License-Identifier: MIT */
/* What the pnp machine does in its states: the entry actions of the table in pnp_states.c. */
#include "fx/pnp/pnp_states.h"

#include "fx/io/device_io.h"
#include "fx/misc/wmi.h"
#include "fx/pnp/call.h"
#include "fx/pnp/childlist.h"
#include "fx/pnp/interrupt.h"
#include "fx/res/cmreslist.h"

unsigned
fx_pnp_enter_answered(void *owner)
{
    struct fx_device *device = owner;

    KeSetEvent(&device->pnp_answered, IO_NO_INCREMENT, FALSE);
    return FSM_STAY;
}

/* --- Hardware -------------------------------------------------------------------------------- */

/*
 * "Always called if EvtDevicePrepareHardware has been called, even if that returned a failure
 * code."
 */
static NTSTATUS
release_hardware(struct fx_device *device)
{
    NTSTATUS status;

    if (!device->has_hardware) {
        return STATUS_SUCCESS;
    }
    device->has_hardware = false;
    status = FX_CALL_STATUS(device, device->pnp.EvtDeviceReleaseHardware,
                            fx_cmreslist_handle(device->resources_translated));
    fx_interrupts_unassign(device);
    fx_cmreslist_delete(device->resources_raw);
    fx_cmreslist_delete(device->resources_translated);
    device->resources_raw = NULL;
    device->resources_translated = NULL;
    return status;
}

/* After a failure; the driver may have asked to keep it until its children are gone. */
static void
release_hardware_early(struct fx_device *device)
{
    if (!device->release_hardware_late) {
        (void)release_hardware(device);
    }
}

static NTSTATUS
prepare_hardware(struct fx_device *device)
{
    device->has_hardware = true;
    fx_interrupts_assign(device);
    device->preparing = true;
    device->pnp_status = FX_CALL_STATUS(device, device->pnp.EvtDevicePrepareHardware,
                                        fx_cmreslist_handle(device->resources_raw),
                                        fx_cmreslist_handle(device->resources_translated));
    device->preparing = false;
    return device->pnp_status;
}

/* --- Start ----------------------------------------------------------------------------------- */

unsigned
fx_pnp_enter_hardware_available(void *owner)
{
    if (!NT_SUCCESS(prepare_hardware(owner))) {
        return FailedOwnHardware;
    }
    fx_policy_post(owner, FX_POLICY_START);
    return FSM_STAY;
}

unsigned
fx_pnp_enter_starting_from_stopped(void *owner)
{
    if (!NT_SUCCESS(prepare_hardware(owner))) {
        return FailedOwnHardware;
    }
    fx_policy_post(owner, FX_POLICY_START);
    return Restarting;
}

unsigned
fx_pnp_enter_enable_interfaces(void *owner)
{
    fx_interfaces_enable(owner);
    fx_wmi_start(owner);
    return Started;
}

unsigned
fx_pnp_enter_failed_own_hardware(void *owner)
{
    (void)release_hardware(owner);
    return FailedInit;
}

unsigned
fx_pnp_enter_hardware_available_power_policy_failed(void *owner)
{
    release_hardware_early(owner);
    return FailedInit;
}

/* --- Queries --------------------------------------------------------------------------------- */

/* WdfDeviceSetStaticStopRemove, and special files on the device, decide before the driver does. */
static bool
is_vetoed(struct fx_device *device)
{
    if (atomic_load_u32(&device->stop_vetoes) == 0 && !fx_usage_is_special(device)) {
        return false;
    }
    device->pnp_status = STATUS_UNSUCCESSFUL;
    return true;
}

unsigned
fx_pnp_enter_query_remove_static_check(void *owner)
{
    return is_vetoed(owner) ? QueryCanceled : QueryRemoveAskDriver;
}

unsigned
fx_pnp_enter_query_remove_ask_driver(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = FX_CALL_STATUS(device, device->pnp.EvtDeviceQueryRemove);
    return NT_SUCCESS(device->pnp_status) ? QueryRemoveEnsureDeviceAwake : QueryCanceled;
}

unsigned
fx_pnp_enter_query_stop_static_check(void *owner)
{
    return is_vetoed(owner) ? QueryCanceled : QueryStopAskDriver;
}

unsigned
fx_pnp_enter_query_stop_ask_driver(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = FX_CALL_STATUS(device, device->pnp.EvtDeviceQueryStop);
    return NT_SUCCESS(device->pnp_status) ? QueryStopEnsureDeviceAwake : QueryCanceled;
}

/* An orderly end begins in D0, so that D0Exit and its companions hear of it. */
unsigned
fx_pnp_enter_ensure_device_awake(void *owner)
{
    struct fx_device *device = owner;

    device->query_reference = true;
    fx_policy_reference(device);
    fx_policy_post(device, FX_POLICY_WAKE_FOR_QUERY);
    return FSM_STAY;
}

static void
end_query(struct fx_device *device)
{
    if (device->query_reference) {
        device->query_reference = false;
        fx_policy_release(device);
    }
}

unsigned
fx_pnp_enter_query_ended(void *owner)
{
    end_query(owner);
    return Started;
}

unsigned
fx_pnp_enter_queried_failed(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = STATUS_DEVICE_POWER_FAILURE;
    KeSetEvent(&device->pnp_answered, IO_NO_INCREMENT, FALSE);
    return FailedPowerDown;
}

/* --- Stop ------------------------------------------------------------------------------------ */

unsigned
fx_pnp_enter_stop_policy(void *owner)
{
    end_query(owner);
    fx_policy_post(owner, FX_POLICY_STOP);
    return FSM_STAY;
}

unsigned
fx_pnp_enter_stopped(void *owner)
{
    /* A failure of any of the callbacks fails the device. */
    return NT_SUCCESS(release_hardware(owner)) ? fx_pnp_enter_answered(owner) : StoppedFailed;
}

unsigned
fx_pnp_enter_stopped_failed(void *owner)
{
    release_hardware_early(owner);
    (void)fx_pnp_enter_answered(owner);
    return FailedStarted;
}

/* --- Removal --------------------------------------------------------------------------------- */

unsigned
fx_pnp_enter_go_on_removing(void *owner)
{
    return RemovingDisableInterfaces;
}

unsigned
fx_pnp_enter_removing_disable_interfaces(void *owner)
{
    fx_interfaces_disable(owner);
    fx_wmi_stop(owner);
    return fx_pnp_enter_stop_policy(owner);
}

unsigned
fx_pnp_enter_removed_wait_for_children(void *owner)
{
    fx_children_remove(owner);
    return RemovedChildrenRemoved;
}

/* The part of a removal that a surprise removal does at once. */
static void
take_down(struct fx_device *device)
{
    (void)release_hardware(device);
    fx_io_device_purge_managed(device);
    fx_framework_unregister(device);
    fx_usage_end(device);
    if (device->self_managed_io && !device->self_managed_end) {
        device->self_managed_end = true;
        FX_CALL_VOID(device, device->pnp.EvtDeviceSelfManagedIoFlush);
    }
}

unsigned
fx_pnp_enter_removed_children_removed(void *owner)
{
    take_down(owner);
    return CheckForDevicePresence;
}

unsigned
fx_pnp_enter_check_for_device_presence(void *owner)
{
    struct fx_device *device = owner;

    if (device->kind != FX_DEVICE_PDO) {
        return FdoRemoved;
    }
    return fx_pdo_is_missing(device) ? PdoRemoved : RemovedPdoWait;
}

unsigned
fx_pnp_enter_gone(void *owner)
{
    struct fx_device *device = owner;

    fx_io_device_purge(device);
    fx_io_device_tell_removed(device);
    fx_io_device_wait_idle(device);
    fx_framework_unregister(device);
    fx_usage_end(device);
    if (device->self_managed_io) {
        device->self_managed_io = false;
        FX_CALL_VOID(device, device->pnp.EvtDeviceSelfManagedIoCleanup);
    }
    fx_policy_post(device, FX_POLICY_REMOVE);
    return Removed;
}

/* The same PDO serves when the device is started again. */
unsigned
fx_pnp_enter_pdo_restart(void *owner)
{
    struct fx_device *device = owner;

    device->self_managed_end = false;
    atomic_store_u32(&device->policy.gone, 0);
    device->failure_reported = false;
    atomic_store_u32(&device->failed, 0);
    fx_io_device_revive(device);
    return HardwareAvailable;
}

unsigned
fx_pnp_enter_eject_hardware(void *owner)
{
    struct fx_device *device = owner;

    device->pnp_status = FX_CALL_STATUS(device, device->pdo->events.EvtDeviceEject);
    return NT_SUCCESS(device->pnp_status) ? EjectedWaitingForRemove : EjectFailed;
}

unsigned
fx_pnp_enter_eject_failed(void *owner)
{
    return RemovedPdoWait;
}

unsigned
fx_pnp_enter_ejected_waiting_for_remove(void *owner)
{
    fx_pdo_mark_missing(owner);
    return fx_pnp_enter_answered(owner);
}

/* --- Surprise removal ------------------------------------------------------------------------ */

static void
tell_surprise(struct fx_device *device)
{
    atomic_store_u32(&device->policy.gone, 1);
    FX_CALL_VOID(device, device->pnp.EvtDeviceSurpriseRemoval);
    /*
     * "The framework removes the symbolic link": the name is free for a new instance of the
     * device.
     */
    fx_symbolic_links_delete(device);
    fx_interfaces_disable(device);
    fx_wmi_stop(device);
}

unsigned
fx_pnp_enter_init_surprise_removed(void *owner)
{
    tell_surprise(owner);
    return fx_pnp_enter_answered(owner);
}

unsigned
fx_pnp_enter_surprise_remove_io_started(void *owner)
{
    tell_surprise(owner);
    return fx_pnp_enter_stop_policy(owner);
}

unsigned
fx_pnp_enter_surprise_remove(void *owner)
{
    take_down(owner);
    return SurpriseRemovedWaitForRemove;
}

unsigned
fx_pnp_enter_surprise_removed_removing(void *owner)
{
    fx_children_remove(owner);
    return CheckForDevicePresence;
}

/* --- Failure of a running device ------------------------------------------------------------- */

unsigned
fx_pnp_enter_failed_power_down(void *owner)
{
    return fx_pnp_enter_stop_policy(owner);
}

/* "The framework begins a surprise removal sequence for the device." */
unsigned
fx_pnp_enter_failed_started(void *owner)
{
    release_hardware_early(owner);
    fx_failure_report(owner);
    return FSM_STAY;
}

unsigned
fx_pnp_enter_failed_answer(void *owner)
{
    (void)fx_pnp_enter_answered(owner);
    return FailedStarted;
}

unsigned
fx_pnp_enter_failed_refuse_start(void *owner)
{
    ((struct fx_device *)owner)->pnp_status = STATUS_INVALID_DEVICE_STATE;
    (void)fx_pnp_enter_answered(owner);
    return FailedStarted;
}

unsigned
fx_pnp_enter_failed_init_answer(void *owner)
{
    return FailedInit;
}
