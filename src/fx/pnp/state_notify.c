/* SPDX-License-Identifier: MIT */
/*
 * WdfDeviceInitRegister…StateChangeCallback: drivers that want to see the machines move.
 *
 * From state a to b: a's leave-state callbacks, b's enter-state callbacks, the change, b's post-process callbacks.
 * Two states of a machine that are one in the documentation are one here too: between them nothing is told.
 *
 * The three machines' callbacks differ in the enumeration they name alone; the numbers of the three
 * do not overlap, and the structures have one layout.
 */
#include "fx/core/sized.h"
#include "fx/pnp/call.h"
#include "fx/pnp/device_init.h"
#include "fx_imports.h"
#include "sys/memory.h"

_Static_assert(sizeof(WDF_DEVICE_PNP_NOTIFICATION_DATA) ==
                       sizeof(WDF_DEVICE_POWER_NOTIFICATION_DATA) &&
                   sizeof(WDF_DEVICE_PNP_NOTIFICATION_DATA) ==
                       sizeof(WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA),
               "one structure serves the three");

static void
call(struct fx_device *device, enum fx_machine machine, void *callback,
     WDF_STATE_NOTIFICATION_TYPE type, uint32_t from, uint32_t to)
{
    KIRQL irql = fx_callback_begin();

    switch (machine) {
    case FX_MACHINE_PNP: {
        WDF_DEVICE_PNP_NOTIFICATION_DATA data = {.Type = type};

        data.Data.EnterState.CurrentState = (WDF_DEVICE_PNP_STATE)from;
        data.Data.EnterState.NewState = (WDF_DEVICE_PNP_STATE)to;
        ((PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION)callback)(fx_device_handle(device), &data);
        break;
    }
    case FX_MACHINE_POWER: {
        WDF_DEVICE_POWER_NOTIFICATION_DATA data = {.Type = type};

        data.Data.EnterState.CurrentState = (WDF_DEVICE_POWER_STATE)from;
        data.Data.EnterState.NewState = (WDF_DEVICE_POWER_STATE)to;
        ((PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION)callback)(fx_device_handle(device), &data);
        break;
    }
    default: {
        WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA data = {.Type = type};

        data.Data.EnterState.CurrentState = (WDF_DEVICE_POWER_POLICY_STATE)from;
        data.Data.EnterState.NewState = (WDF_DEVICE_POWER_POLICY_STATE)to;
        ((PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION)callback)(fx_device_handle(device),
                                                                          &data);
        break;
    }
    }
    fx_callback_end(device->object.globals, irql, callback);
}

static void
notify(struct fx_device *device, enum fx_machine machine, WDF_STATE_NOTIFICATION_TYPE type,
       uint32_t state, uint32_t from, uint32_t to)
{
    struct list *link;

    list_for_each(link, &device->machines.notices[machine])
    {
        struct fx_state_notice *notice = container_of(link, struct fx_state_notice, link);

        if (notice->state == state && (notice->types & (uint32_t)type) != 0) {
            call(device, machine, notice->callback, type, from, to);
        }
    }
}

static uint32_t
normalize(uint32_t state)
{
    return state & ~(uint32_t)WdfDevStateNP;
}

void
fx_state_moving(struct fx_device *device, enum fx_machine machine, uint32_t from, uint32_t to)
{
    if (from == to || list_empty(&device->machines.notices[machine])) {
        return;
    }
    notify(device, machine, StateNotificationLeaveState, normalize(from), from, to);
    notify(device, machine, StateNotificationEnterState, normalize(to), from, to);
}

void
fx_state_moved(struct fx_device *device, enum fx_machine machine, uint32_t from, uint32_t to)
{
    if (from == to || list_empty(&device->machines.notices[machine])) {
        return;
    }
    notify(device, machine, StateNotificationPostProcessState, normalize(to), to, 0);
}

void
fx_state_notices_free(struct list *notices)
{
    for (unsigned i = 0; i < FX_MACHINE_COUNT; i++) {
        struct list *link;

        while ((link = list_pop_front(&notices[i])) != NULL) {
            sys_free(container_of(link, struct fx_state_notice, link));
        }
    }
}

static NTSTATUS
add(PWDF_DRIVER_GLOBALS driver_globals, PWDFDEVICE_INIT device_init, enum fx_machine machine,
    uint32_t state, uint32_t first, uint32_t last, void *callback, ULONG types)
{
    struct WDFDEVICE_INIT *init = fx_device_init_get(driver_globals, device_init);
    struct fx_state_notice *notice;

    if (callback == NULL || types == 0 || (types & ~(ULONG)StateNotificationAllStates) != 0 ||
        normalize(state) <= first || normalize(state) >= last) {
        fx_log(fx_globals_of(driver_globals), "state change callback: state 0x%x, types 0x%x",
               (unsigned)state, (unsigned)types);
        return STATUS_INVALID_PARAMETER;
    }
    notice = sys_alloc_zeroed(sizeof(*notice));
    if (notice == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    notice->state = normalize(state);
    notice->types = types;
    notice->callback = callback;
    list_push_back(&init->notices[machine], &notice->link);
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfDeviceInitRegisterPnpStateChangeCallback(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_PNP_STATE PnpState,
    PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION EvtDevicePnpStateChange, ULONG CallbackTypes)
{
    return add(DriverGlobals, DeviceInit, FX_MACHINE_PNP, PnpState, WdfDevStatePnpObjectCreated,
               WdfDevStatePnpNull, (void *)EvtDevicePnpStateChange, CallbackTypes);
}

NTSTATUS
imp_WdfDeviceInitRegisterPowerStateChangeCallback(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
    WDF_DEVICE_POWER_STATE PowerState,
    PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION EvtDevicePowerStateChange, ULONG CallbackTypes)
{
    return add(DriverGlobals, DeviceInit, FX_MACHINE_POWER, PowerState,
               WdfDevStatePowerObjectCreated, WdfDevStatePowerNull,
               (void *)EvtDevicePowerStateChange, CallbackTypes);
}

NTSTATUS
imp_WdfDeviceInitRegisterPowerPolicyStateChangeCallback(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
    WDF_DEVICE_POWER_POLICY_STATE PowerPolicyState,
    PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION EvtDevicePowerPolicyStateChange,
    ULONG CallbackTypes)
{
    return add(DriverGlobals, DeviceInit, FX_MACHINE_POLICY, PowerPolicyState,
               WdfDevStatePwrPolObjectCreated, WdfDevStatePwrPolNull,
               (void *)EvtDevicePowerPolicyStateChange, CallbackTypes);
}
