/* SPDX-License-Identifier: MIT */
/*
 * The PnP machine of a device with a stack: a simple one that follows the PnP IRPs. A device is
 * in D0 from start to stop or removal. Each action calls the driver in the documented order and
 * undoes in the opposite one; what it answers to the IRP is device->pnp_status. One IRP at a time
 * drives it (pnp_irps.c), at PASSIVE_LEVEL.
 */
#include "fx/core/callback.h"
#include "fx/io/device_io.h"
#include "fx/pnp/device_priv.h"
#include "fx/res/cmreslist.h"

enum pnp_state {
    Init = 1,
    Starting,
    Started,
    StartFailed,
    InitQueryRemovePending,
    QueryRemove,
    QueryRemovePending,
    QueryStop,
    QueryStopPending,
    Stopping,
    Stopped,
    SurpriseRemoving,
    SurpriseRemoved,
    Removing,
    Removed,
    PNP_STATE_COUNT,
};

/* Calls a callback of the form NTSTATUS f(WDFDEVICE, ...) if the driver has it; 0 if it has not. */
#define CALL_STATUS(device, callback, ...)                                                         \
    ({                                                                                             \
        NTSTATUS status_ = STATUS_SUCCESS;                                                         \
        if ((callback) != NULL) {                                                                  \
            KIRQL irql_ = fx_callback_begin();                                                     \
            status_ = (callback)(__VA_ARGS__);                                                     \
            fx_callback_end((device)->object.globals, irql_, (const void *)(callback));            \
        }                                                                                          \
        status_;                                                                                   \
    })

#define CALL_VOID(device, callback, ...)                                                           \
    do {                                                                                           \
        if ((callback) != NULL) {                                                                  \
            KIRQL irql_ = fx_callback_begin();                                                     \
            (callback)(__VA_ARGS__);                                                               \
            fx_callback_end((device)->object.globals, irql_, (const void *)(callback));            \
        }                                                                                          \
    } while (0)

static WDFDEVICE
handle_of(struct fx_device *device)
{
    return fx_object_handle(&device->object);
}

static NTSTATUS
refused(struct fx_device *device, const char *callback, NTSTATUS status)
{
    fx_log(device->object.globals, "%s of device %p failed with 0x%08x", callback,
           (void *)handle_of(device), (unsigned)status);
    return status;
}

/* --- Hardware -------------------------------------------------------------------------------- */

/*
 * "Always called if EvtDevicePrepareHardware has been called, even if that returned a failure
 * code."
 */
static void
release_hardware(struct fx_device *device)
{
    if (!device->has_hardware) {
        return;
    }
    device->has_hardware = false;
    if (!NT_SUCCESS(CALL_STATUS(device, device->pnp.EvtDeviceReleaseHardware, handle_of(device),
                                fx_cmreslist_handle(device->resources_translated)))) {
        (void)refused(device, "EvtDeviceReleaseHardware", STATUS_UNSUCCESSFUL);
    }
    fx_cmreslist_delete(device->resources_raw);
    fx_cmreslist_delete(device->resources_translated);
    device->resources_raw = NULL;
    device->resources_translated = NULL;
}

static NTSTATUS
prepare_hardware(struct fx_device *device)
{
    NTSTATUS status;

    device->has_hardware = true;
    status = CALL_STATUS(device, device->pnp.EvtDevicePrepareHardware, handle_of(device),
                         fx_cmreslist_handle(device->resources_raw),
                         fx_cmreslist_handle(device->resources_translated));
    return NT_SUCCESS(status) ? status : refused(device, "EvtDevicePrepareHardware", status);
}

/* --- Power ----------------------------------------------------------------------------------- */

/* Leaves D0; the counterpart of power_up. */
static void
power_down(struct fx_device *device, bool removing)
{
    if (!fx_device_is_powered(device)) {
        return;
    }
    if (device->self_managed_io) {
        NTSTATUS status =
            CALL_STATUS(device, device->pnp.EvtDeviceSelfManagedIoSuspend, handle_of(device));

        if (!NT_SUCCESS(status)) {
            (void)refused(device, "EvtDeviceSelfManagedIoSuspend", status);
        }
    }
    fx_io_device_stop(device, !removing);
    (void)CALL_STATUS(device, device->pnp.EvtDeviceD0ExitPreInterruptsDisabled, handle_of(device),
                      WdfPowerDeviceD3Final);
    atomic_store_u32(&device->in_d0, 0);
    if (!NT_SUCCESS(CALL_STATUS(device, device->pnp.EvtDeviceD0Exit, handle_of(device),
                                WdfPowerDeviceD3Final))) {
        (void)refused(device, "EvtDeviceD0Exit", STATUS_UNSUCCESSFUL);
    }
}

static NTSTATUS
start_self_managed_io(struct fx_device *device)
{
    NTSTATUS status;

    if (device->self_managed_io) {
        status = CALL_STATUS(device, device->pnp.EvtDeviceSelfManagedIoRestart, handle_of(device));
        return NT_SUCCESS(status) ? status
                                  : refused(device, "EvtDeviceSelfManagedIoRestart", status);
    }
    status = CALL_STATUS(device, device->pnp.EvtDeviceSelfManagedIoInit, handle_of(device));
    device->self_managed_io = true; /* Even when it failed: Flush and Cleanup follow. */
    return NT_SUCCESS(status) ? status : refused(device, "EvtDeviceSelfManagedIoInit", status);
}

static NTSTATUS
power_up(struct fx_device *device)
{
    NTSTATUS status;

    status =
        CALL_STATUS(device, device->pnp.EvtDeviceD0Entry, handle_of(device), WdfPowerDeviceD3Final);
    if (!NT_SUCCESS(status)) {
        /* Documented: EvtDeviceD0Exit is not called then. */
        return refused(device, "EvtDeviceD0Entry", status);
    }
    atomic_store_u32(&device->in_d0, 1);
    status = CALL_STATUS(device, device->pnp.EvtDeviceD0EntryPostInterruptsEnabled,
                         handle_of(device), WdfPowerDeviceD3Final);
    if (!NT_SUCCESS(status)) {
        (void)refused(device, "EvtDeviceD0EntryPostInterruptsEnabled", status);
    } else {
        fx_io_device_start(device);
        status = start_self_managed_io(device);
    }
    if (!NT_SUCCESS(status)) {
        power_down(device, true);
    }
    return status;
}

/* --- Entry actions --------------------------------------------------------------------------- */

static unsigned
enter_starting(void *owner)
{
    struct fx_device *device = owner;
    NTSTATUS status = prepare_hardware(device);

    if (NT_SUCCESS(status)) {
        status = power_up(device);
    }
    if (!NT_SUCCESS(status)) {
        release_hardware(device);
        device->pnp_status = status;
        return StartFailed;
    }
    fx_interfaces_enable(device);
    return Started;
}

/* Whether WdfDeviceSetStaticStopRemove allows it. */
static bool
is_vetoed(struct fx_device *device)
{
    if (atomic_load_u32(&device->stop_vetoes) == 0) {
        return false;
    }
    device->pnp_status = STATUS_UNSUCCESSFUL;
    return true;
}

static unsigned
enter_query_remove(void *owner)
{
    struct fx_device *device = owner;

    if (!is_vetoed(device)) {
        device->pnp_status =
            CALL_STATUS(device, device->pnp.EvtDeviceQueryRemove, handle_of(device));
    }
    return NT_SUCCESS(device->pnp_status) ? QueryRemovePending : Started;
}

static unsigned
enter_query_stop(void *owner)
{
    struct fx_device *device = owner;

    if (!is_vetoed(device)) {
        device->pnp_status = CALL_STATUS(device, device->pnp.EvtDeviceQueryStop, handle_of(device));
    }
    return NT_SUCCESS(device->pnp_status) ? QueryStopPending : Started;
}

static unsigned
enter_stopping(void *owner)
{
    struct fx_device *device = owner;

    power_down(device, false);
    release_hardware(device);
    return Stopped;
}

/* The part of a removal that a surprise removal does at once. */
static void
take_down(struct fx_device *device)
{
    fx_interfaces_disable(device);
    power_down(device, true);
    release_hardware(device);
    fx_io_device_purge(device);
    if (device->self_managed_io) {
        CALL_VOID(device, device->pnp.EvtDeviceSelfManagedIoFlush, handle_of(device));
    }
    fx_io_device_wait_idle(device);
}

static unsigned
enter_surprise_removing(void *owner)
{
    struct fx_device *device = owner;

    CALL_VOID(device, device->pnp.EvtDeviceSurpriseRemoval, handle_of(device));
    /*
     * "The framework removes the symbolic link": the name is free for a new instance of the
     * device.
     */
    fx_symbolic_links_delete(device);
    take_down(device);
    return SurpriseRemoved;
}

static void
clean_self_managed_io(struct fx_device *device)
{
    if (device->self_managed_io) {
        device->self_managed_io = false;
        CALL_VOID(device, device->pnp.EvtDeviceSelfManagedIoCleanup, handle_of(device));
    }
}

static unsigned
enter_removing(void *owner)
{
    struct fx_device *device = owner;

    take_down(device);
    return Removed;
}

static unsigned
enter_removed(void *owner)
{
    clean_self_managed_io(owner);
    return FSM_STAY;
}

/* --- The table ------------------------------------------------------------------------------- */

static const struct fsm_state states[PNP_STATE_COUNT] = {
    [Init] =
        {
            .name = "Init",
            .on = {{FX_PNP_START, Starting},
                   {FX_PNP_QUERY_REMOVE, InitQueryRemovePending},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoving},
                   {FX_PNP_REMOVE, Removing}},
            .drop = FSM_BIT(FX_PNP_QUERY_STOP) | FSM_BIT(FX_PNP_CANCEL_STOP) |
                    FSM_BIT(FX_PNP_CANCEL_REMOVE) | FSM_BIT(FX_PNP_STOP),
        },
    [Starting] = {.name = "Starting", .enter = enter_starting, .may = {Started, StartFailed}},
    [Started] =
        {
            .name = "Started",
            .on = {{FX_PNP_QUERY_REMOVE, QueryRemove},
                   {FX_PNP_QUERY_STOP, QueryStop},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoving},
                   {FX_PNP_REMOVE, Removing}},
            /* After a refused query the PnP manager cancels it for all. */
            .drop = FSM_BIT(FX_PNP_CANCEL_STOP) | FSM_BIT(FX_PNP_CANCEL_REMOVE),
        },
    [StartFailed] =
        {
            .name = "StartFailed",
            .on = {{FX_PNP_SURPRISE_REMOVAL, SurpriseRemoving}, {FX_PNP_REMOVE, Removing}},
            .drop = FSM_BIT(FX_PNP_QUERY_REMOVE) | FSM_BIT(FX_PNP_CANCEL_REMOVE),
        },
    [InitQueryRemovePending] =
        {
            .name = "InitQueryRemovePending",
            .on = {{FX_PNP_CANCEL_REMOVE, Init},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoving},
                   {FX_PNP_REMOVE, Removing}},
        },
    [QueryRemove] =
        {
            .name = "QueryRemove",
            .enter = enter_query_remove,
            .may = {QueryRemovePending, Started},
        },
    [QueryRemovePending] =
        {
            .name = "QueryRemovePending",
            .on = {{FX_PNP_CANCEL_REMOVE, Started},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoving},
                   {FX_PNP_REMOVE, Removing}},
        },
    [QueryStop] =
        {
            .name = "QueryStop",
            .enter = enter_query_stop,
            .may = {QueryStopPending, Started},
        },
    [QueryStopPending] =
        {
            .name = "QueryStopPending",
            .on = {{FX_PNP_CANCEL_STOP, Started},
                   {FX_PNP_STOP, Stopping},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoving},
                   {FX_PNP_REMOVE, Removing}},
        },
    [Stopping] = {.name = "Stopping", .enter = enter_stopping, .may = {Stopped}},
    [Stopped] =
        {
            .name = "Stopped",
            .on = {{FX_PNP_START, Starting},
                   {FX_PNP_SURPRISE_REMOVAL, SurpriseRemoving},
                   {FX_PNP_REMOVE, Removing}},
            .drop = FSM_BIT(FX_PNP_QUERY_REMOVE) | FSM_BIT(FX_PNP_CANCEL_REMOVE),
        },
    [SurpriseRemoving] =
        {
            .name = "SurpriseRemoving",
            .enter = enter_surprise_removing,
            .may = {SurpriseRemoved},
        },
    [SurpriseRemoved] = {.name = "SurpriseRemoved", .on = {{FX_PNP_REMOVE, Removed}}},
    [Removing] = {.name = "Removing", .enter = enter_removing, .may = {Removed}},
    [Removed] = {.name = "Removed", .enter = enter_removed, .final = true},
};

static const char *const event_names[FX_PNP_EVENT_COUNT] = {
    [FX_PNP_START] = "START",
    [FX_PNP_QUERY_REMOVE] = "QUERY_REMOVE",
    [FX_PNP_CANCEL_REMOVE] = "CANCEL_REMOVE",
    [FX_PNP_QUERY_STOP] = "QUERY_STOP",
    [FX_PNP_CANCEL_STOP] = "CANCEL_STOP",
    [FX_PNP_STOP] = "STOP",
    [FX_PNP_SURPRISE_REMOVAL] = "SURPRISE_REMOVAL",
    [FX_PNP_REMOVE] = "REMOVE",
};

static void
unexpected(void *owner, unsigned state, unsigned event)
{
    struct fx_device *device = owner;

    fx_log(device->object.globals, "device %p is %s and cannot take %s", (void *)handle_of(device),
           fsm_state_name(&fx_pnp_table, state), fsm_event_name(&fx_pnp_table, event));
    device->pnp_status = STATUS_INVALID_DEVICE_STATE;
}

static const struct fsm_ops ops = {.unexpected = unexpected};

const struct fsm_table fx_pnp_table = {
    .name = "pnp",
    .states = states,
    .state_count = PNP_STATE_COUNT,
    .start = Init,
    .events = event_names,
    .event_count = FX_PNP_EVENT_COUNT,
    .ops = &ops,
};

WDF_DEVICE_PNP_STATE
fx_pnp_documented_state(const struct fx_device *device)
{
    static const WDF_DEVICE_PNP_STATE documented[PNP_STATE_COUNT] = {
        [0] = WdfDevStatePnpObjectCreated,
        [Init] = WdfDevStatePnpInit,
        [Starting] = WdfDevStatePnpHardwareAvailable,
        [Started] = WdfDevStatePnpStarted,
        [StartFailed] = WdfDevStatePnpFailedStarted,
        [InitQueryRemovePending] = WdfDevStatePnpInitQueryRemove,
        [QueryRemove] = WdfDevStatePnpQueryRemoveAskDriver,
        [QueryRemovePending] = WdfDevStatePnpQueryRemovePending,
        [QueryStop] = WdfDevStatePnpQueryStopAskDriver,
        [QueryStopPending] = WdfDevStatePnpQueryStopPending,
        [Stopping] = WdfDevStatePnpStartedStopping,
        [Stopped] = WdfDevStatePnpStopped,
        [SurpriseRemoving] = WdfDevStatePnpSurpriseRemove,
        [SurpriseRemoved] = WdfDevStatePnpFailedSurpriseRemoved,
        [Removing] = WdfDevStatePnpRemovingDisableInterfaces,
        [Removed] = WdfDevStatePnpRemoved,
    };

    return documented[fsm_state_number(&device->pnp_machine)];
}
