/* SPDX-License-Identifier: MIT */
/*
 * Devices whose idle timeout the system manages: the driver's settings, and their registration with the power management
 * framework (PoFx…) as one component. The component is active while the device has a reason to be in D0 (policy.references); the
 * device leaves D0 when the power manager says that it need not be there.
 *
 *   references come   PoFxActivateComponent; DevicePowerRequired; D0; PoFxReportDevicePoweredOn; the component is active
 *   the last goes     PoFxIdleComponent; idle, Fx; after the timeout DevicePowerNotRequired; the policy machine goes to Dx
 *
 * The lock `references_lock` keeps the component's reference what the device's references say, whoever changes them.
 */
#include "fx/core/lock.h"
#include "fx/core/sized.h"
#include "fx/pnp/call.h"
#include "fx_imports.h"
#include "sys/memory.h"

static POHANDLE
handle_of(struct fx_device *device)
{
    return (POHANDLE)atomic_load_ptr(&device->policy.framework.handle);
}

bool
fx_framework_is_used(struct fx_device *device)
{
    return handle_of(device) != NULL;
}

bool
fx_framework_allows_dx(struct fx_device *device)
{
    return handle_of(device) == NULL ||
           atomic_load_u32(&device->policy.framework.not_required) != 0;
}

void
fx_framework_follow(struct fx_device *device)
{
    struct fx_power_framework *framework = &device->policy.framework;
    bool wanted;

    if (handle_of(device) == NULL) {
        return;
    }
    fx_lock(&framework->references_lock);
    wanted = atomic_load_u32(&device->policy.references) != 0;
    if (handle_of(device) != NULL && wanted != framework->active) {
        framework->active = wanted;
        if (wanted) {
            PoFxActivateComponent(handle_of(device), 0, PO_FX_FLAG_ASYNC_ONLY);
        } else {
            PoFxIdleComponent(handle_of(device), 0, PO_FX_FLAG_ASYNC_ONLY);
        }
    }
    fx_unlock(&framework->references_lock);
}

void
fx_framework_powered_on(struct fx_device *device)
{
    if (handle_of(device) != NULL) {
        atomic_store_u32(&device->policy.framework.report_due, 0);
        PoFxReportDevicePoweredOn(handle_of(device));
    }
}

/* "The driver must call PoFxReportDevicePoweredOn regardless of whether ... the D0 IRP succeeds or fails." */
void
fx_framework_power_failed(struct fx_device *device)
{
    if (handle_of(device) != NULL &&
        atomic_xchg_u32(&device->policy.framework.report_due, 0) != 0) {
        PoFxReportDevicePoweredOn(handle_of(device));
    }
}

/* --- From the power manager ------------------------------------------------------------------ */

static VOID
on_active(PVOID context, ULONG component)
{
    struct fx_device *device = context;
    const WDF_POWER_FRAMEWORK_SETTINGS *settings = &device->policy.framework.settings;

    if (settings->ComponentActiveConditionCallback != NULL) {
        KIRQL irql = fx_callback_begin();

        settings->ComponentActiveConditionCallback(settings->PoFxDeviceContext, component);
        fx_callback_end(device->object.globals, irql,
                        (const void *)settings->ComponentActiveConditionCallback);
    }
}

static VOID
on_idle(PVOID context, ULONG component)
{
    struct fx_device *device = context;
    const WDF_POWER_FRAMEWORK_SETTINGS *settings = &device->policy.framework.settings;

    if (settings->ComponentIdleConditionCallback == NULL) {
        PoFxCompleteIdleCondition(handle_of(device), component);
    } else {
        KIRQL irql = fx_callback_begin();

        settings->ComponentIdleConditionCallback(settings->PoFxDeviceContext, component);
        fx_callback_end(device->object.globals, irql,
                        (const void *)settings->ComponentIdleConditionCallback);
    }
}

static VOID
on_idle_state(PVOID context, ULONG component, ULONG state)
{
    struct fx_device *device = context;
    const WDF_POWER_FRAMEWORK_SETTINGS *settings = &device->policy.framework.settings;

    if (settings->ComponentIdleStateCallback == NULL) {
        PoFxCompleteIdleState(handle_of(device), component);
    } else {
        KIRQL irql = fx_callback_begin();

        settings->ComponentIdleStateCallback(settings->PoFxDeviceContext, component, state);
        fx_callback_end(device->object.globals, irql,
                        (const void *)settings->ComponentIdleStateCallback);
    }
}

static NTSTATUS
on_power_control(PVOID context, LPCGUID code, PVOID in, SIZE_T in_size, PVOID out, SIZE_T out_size,
                 PSIZE_T returned)
{
    struct fx_device *device = context;
    const WDF_POWER_FRAMEWORK_SETTINGS *settings = &device->policy.framework.settings;
    KIRQL irql = fx_callback_begin();
    NTSTATUS status = settings->PowerControlCallback(settings->PoFxDeviceContext, code, in, in_size,
                                                     out, out_size, returned);

    fx_callback_end(device->object.globals, irql, (const void *)settings->PowerControlCallback);
    return status;
}

/* The report follows D0, or comes now when the device is there: whoever is later sees the other. */
static VOID
on_power_required(PVOID context)
{
    struct fx_device *device = context;

    atomic_store_u32(&device->policy.framework.not_required, 0);
    atomic_store_u32(&device->policy.framework.report_due, 1);
    fx_policy_post_later(device, FX_POLICY_IO_PRESENT);
    if (atomic_load_u32(&device->policy.in_d0) != 0 ||
        atomic_load_u32(&device->policy.usable) == 0) {
        fx_framework_power_failed(device); /* There is nothing to wait for. */
    }
}

static VOID
on_power_not_required(PVOID context)
{
    struct fx_device *device = context;

    atomic_store_u32(&device->policy.framework.not_required, 1);
    fx_policy_post_later(device, FX_POLICY_IDLE_TIMEOUT);
    PoFxCompleteDevicePowerNotRequired(handle_of(device));
}

/* --- Registration ---------------------------------------------------------------------------- */

void
fx_framework_init(struct fx_device *device)
{
    struct fx_power_framework *framework = &device->policy.framework;

    framework->component =
        (PO_FX_COMPONENT_V1){.IdleStateCount = 1, .IdleStates = &framework->only_state};
}

void
fx_framework_set_timeout(struct fx_device *device, uint64_t ticks)
{
    if (handle_of(device) != NULL) {
        PoFxSetDeviceIdleTimeout(handle_of(device), ticks);
    }
}

static bool
is_wanted(struct fx_device *device)
{
    const WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS *idle = &device->policy.idle;
    bool wanted;

    fx_lock(&device->lock);
    wanted = device->policy.owner && idle->Size != 0 &&
             (idle->IdleTimeoutType == SystemManagedIdleTimeout ||
              idle->IdleTimeoutType == SystemManagedIdleTimeoutWithHint);
    fx_unlock(&device->lock);
    return wanted && handle_of(device) == NULL;
}

static void
unregister(struct fx_device *device)
{
    struct fx_power_framework *framework = &device->policy.framework;
    POHANDLE handle;

    fx_lock(&framework->references_lock);
    handle = (POHANDLE)atomic_xchg_ptr(&framework->handle, NULL);
    framework->active = false;
    fx_unlock(&framework->references_lock);
    PoFxUnregisterDevice(handle);
}

NTSTATUS
fx_framework_register(struct fx_device *device)
{
    struct fx_power_framework *framework = &device->policy.framework;
    PO_FX_DEVICE_V1 description = {
        .Version = PO_FX_VERSION_V1,
        .ComponentCount = 1,
        .ComponentActiveConditionCallback = on_active,
        .ComponentIdleConditionCallback = on_idle,
        .ComponentIdleStateCallback = on_idle_state,
        .DevicePowerRequiredCallback = on_power_required,
        .DevicePowerNotRequiredCallback = on_power_not_required,
        .PowerControlCallback =
            framework->settings.PowerControlCallback != NULL ? on_power_control : NULL,
        .DeviceContext = device,
        .Components = {framework->component},
    };
    POHANDLE handle;
    NTSTATUS status;

    if (!is_wanted(device)) {
        return STATUS_SUCCESS;
    }
    status = PoFxRegisterDevice(device->physical, (PPO_FX_DEVICE)(void *)&description, &handle);
    if (!NT_SUCCESS(status)) {
        fx_log(device->object.globals, "device %p: PoFxRegisterDevice failed with 0x%08x",
               fx_device_handle(device), (unsigned)status);
        return status;
    }
    atomic_store_u32(&framework->not_required, 0);
    atomic_store_ptr(&framework->handle, (base_pointer)handle);
    fx_policy_framework_timeout(device);
    status = FX_CALL_STATUS(device, framework->settings.EvtDeviceWdmPostPoFxRegisterDevice, handle);
    if (!NT_SUCCESS(status)) {
        unregister(device);
        return status;
    }
    return STATUS_SUCCESS;
}

void
fx_framework_start(struct fx_device *device)
{
    if (handle_of(device) != NULL) {
        fx_framework_follow(device);
        PoFxStartDevicePowerManagement(handle_of(device));
    }
}

void
fx_framework_unregister(struct fx_device *device)
{
    struct fx_power_framework *framework = &device->policy.framework;

    if (handle_of(device) != NULL) {
        FX_CALL_VOID(device, framework->settings.EvtDeviceWdmPrePoFxUnregisterDevice,
                     handle_of(device));
        unregister(device);
    }
}

void
fx_framework_fini(struct fx_device *device)
{
    struct fx_power_framework *framework = &device->policy.framework;

    if (handle_of(device) != NULL) {
        unregister(device);
    }
    sys_free(framework->states);
    framework->states = NULL;
}

/* --- Settings -------------------------------------------------------------------------------- */

static NTSTATUS
keep_component(struct fx_power_framework *framework, const PO_FX_COMPONENT_V1 *component)
{
    size_t size;

    if (component == NULL) {
        return STATUS_SUCCESS; /* "... defaults to F0 support only." */
    }
    if (component->IdleStateCount == 0 || component->IdleStates == NULL ||
        component->DeepestWakeableIdleState >= component->IdleStateCount) {
        return STATUS_INVALID_PARAMETER;
    }
    size = component->IdleStateCount * sizeof(*component->IdleStates);
    framework->states = sys_alloc(size);
    if (framework->states == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(framework->states, component->IdleStates, size);
    framework->component = *component;
    framework->component.IdleStates = framework->states;
    return STATUS_SUCCESS;
}

NTSTATUS
imp_WdfDeviceWdmAssignPowerFrameworkSettings(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                             PWDF_POWER_FRAMEWORK_SETTINGS PowerFrameworkSettings)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_power_framework *framework = &device->policy.framework;
    WDF_POWER_FRAMEWORK_SETTINGS settings;
    NTSTATUS status;

    fx_require(DriverGlobals, PowerFrameworkSettings);
    if (!device->policy.owner) {
        fx_log(globals,
               "WdfDeviceWdmAssignPowerFrameworkSettings: %p is not the power policy owner",
               Device);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (!fx_sized_copy(&settings, sizeof(settings), PowerFrameworkSettings,
                       PowerFrameworkSettings->Size,
                       FX_SIZE_THROUGH(WDF_POWER_FRAMEWORK_SETTINGS, PoFxDeviceContext))) {
        fx_log(globals, "WDF_POWER_FRAMEWORK_SETTINGS.Size is %u", PowerFrameworkSettings->Size);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if (framework->assigned || handle_of(device) != NULL) {
        fx_log(globals,
               "WdfDeviceWdmAssignPowerFrameworkSettings: it is called once, before the "
               "device %p is registered",
               Device);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = keep_component(framework, settings.Component);
    if (NT_SUCCESS(status)) {
        framework->assigned = true;
        framework->settings = settings;
        framework->settings.Component = NULL; /* The driver's own; ours is a copy. */
    }
    return status;
}
