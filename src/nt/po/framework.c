/* SPDX-License-Identifier: MIT */
/*
 * PoFx…: the power management framework as drivers call it. There is no power engine plug-in: what one decides on
 * Windows framework_run.c decides, and power control requests have nobody to go to.
 */
#include "nt/po/framework.h"

#include <string.h>

#include "nt/io/io.h"
#include "nt/ke/ke.h"
#include "nt/po/po_priv.h"

#define PROVIDER_DEPTH_MAX 4u /* As documented. */
#define ALREADY_REGISTERED 0x601u

static struct {
    struct sys_lock lock; /* Guards the list. Before a framework's lock. */
    struct list all;
} frameworks;

static struct po_framework *
of_handle(POHANDLE handle)
{
    return (struct po_framework *)(void *)handle;
}

static struct po_component *
component_of(struct po_framework *framework, ULONG index)
{
    if (index >= framework->count) {
        KeBugCheckEx(INTERNAL_POWER_ERROR, 0x600, index, framework->count, (ULONG_PTR)framework);
    }
    return &framework->components[index];
}

/* --- Registration ---------------------------------------------------------------------------- */

/* The three versions of PO_FX_DEVICE as one; components one by one. */
struct description {
    ULONG version;
    ULONG count;
    const PO_FX_DEVICE_V1 *v1;
    const PO_FX_COMPONENT_V2 *v2;
    struct po_framework callbacks; /* Only those and the context. */
};

static bool
describe(PPO_FX_DEVICE device, struct description *description)
{
    const PO_FX_DEVICE_V2 *v2 = (const void *)device;
    const PO_FX_DEVICE_V3 *v3 = (const void *)device;
    struct po_framework *to = &description->callbacks;

#define TAKE(from)                                                                                 \
    (description->count = (from)->ComponentCount,                                                  \
     to->active = (from)->ComponentActiveConditionCallback,                                        \
     to->idle = (from)->ComponentIdleConditionCallback,                                            \
     to->idle_state = (from)->ComponentIdleStateCallback,                                          \
     to->required = (from)->DevicePowerRequiredCallback,                                           \
     to->not_required = (from)->DevicePowerNotRequiredCallback,                                    \
     to->context = (from)->DeviceContext)

    memset(description, 0, sizeof(*description));
    description->version = device->Version;
    switch (device->Version) {
    case PO_FX_VERSION_V1:
        TAKE(device);
        description->v1 = device;
        break;
    case PO_FX_VERSION_V2:
        TAKE(v2);
        description->v2 = v2->Components;
        break;
    case PO_FX_VERSION_V3:
        TAKE(v3);
        description->v2 = v3->Components;
        break;
    default:
        return false;
    }
#undef TAKE
    return description->count != 0;
}

static PO_FX_COMPONENT_V2
component_described(const struct description *description, ULONG index)
{
    PO_FX_COMPONENT_V2 component = {.IdleStateCount = 0};

    if (description->v2 != NULL) {
        return description->v2[index];
    }
    component.IdleStateCount = description->v1->Components[index].IdleStateCount;
    component.DeepestWakeableIdleState =
        description->v1->Components[index].DeepestWakeableIdleState;
    component.IdleStates = description->v1->Components[index].IdleStates;
    return component;
}

/* Its providers' chain is no longer than allowed, and no circle. */
static bool
is_shallow(const struct description *description, ULONG index, unsigned depth)
{
    const PO_FX_COMPONENT_V2 component = component_described(description, index);

    if (depth > PROVIDER_DEPTH_MAX) {
        return false;
    }
    for (ULONG i = 0; i < component.ProviderCount; i++) {
        if (component.Providers[i] >= description->count ||
            !is_shallow(description, component.Providers[i], depth + 1)) {
            return false;
        }
        for (ULONG j = 0; j < i; j++) {
            if (component.Providers[j] == component.Providers[i]) {
                return false;
            }
        }
    }
    return true;
}

static bool
is_valid(const struct description *description, ULONG index)
{
    const PO_FX_COMPONENT_V2 component = component_described(description, index);

    return component.IdleStateCount != 0 && component.IdleStates != NULL &&
           component.DeepestWakeableIdleState < component.IdleStateCount &&
           component.IdleStates[0].TransitionLatency == 0 &&
           component.IdleStates[0].ResidencyRequirement == 0 &&
           (component.ProviderCount == 0 || component.Providers != NULL) &&
           is_shallow(description, index, 0);
}

/* A deep copy. */
static bool
copy_component(struct po_framework *framework, ULONG index, const PO_FX_COMPONENT_V2 *from)
{
    struct po_component *to = &framework->components[index];
    size_t states = from->IdleStateCount * sizeof(*to->states);
    size_t providers = from->ProviderCount * sizeof(*to->providers);

    to->state_count = from->IdleStateCount;
    to->deepest_wakeable = from->DeepestWakeableIdleState;
    to->states = ExAllocatePool2(POOL_FLAG_NON_PAGED, states, PO_TAG);
    if (providers != 0) {
        to->providers = ExAllocatePool2(POOL_FLAG_NON_PAGED, providers, PO_TAG);
    }
    if (to->states == NULL || (providers != 0 && to->providers == NULL)) {
        return false;
    }
    memcpy(to->states, from->IdleStates, states);
    if (providers != 0) {
        memcpy(to->providers, from->Providers, providers);
    }
    to->provider_count = from->ProviderCount;
    to->condition = PO_ACTIVE;
    to->references = 1;
    to->latency = UINT64_MAX;
    to->residency = UINT64_MAX;
    return true;
}

static void
free_framework(struct po_framework *framework)
{
    for (ULONG i = 0; i < framework->count; i++) {
        struct po_component *component = &framework->components[i];

        if (component->states != NULL) {
            ExFreePoolWithTag(component->states, PO_TAG);
        }
        if (component->providers != NULL) {
            ExFreePoolWithTag(component->providers, PO_TAG);
        }
    }
    ExFreePoolWithTag(framework, PO_TAG);
}

static void
go_out(struct po_framework *framework)
{
    sys_lock_acquire(&framework->lock);
    framework->inside--;
    po_framework_tell_locked(framework);
    sys_lock_release(&framework->lock);
}

static void
work(struct ex_work *item)
{
    struct po_framework *framework = container_of(item, struct po_framework, work);

    sys_lock_acquire(&framework->lock);
    framework->work_queued = false;
    sys_lock_release(&framework->lock);
    po_framework_run(framework);
    go_out(framework);
}

static VOID
on_timer(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    po_framework_kick(context);
}

static NTSTATUS
create(const struct description *description, PDEVICE_OBJECT pdo, struct po_framework **ret)
{
    struct po_framework *framework = ExAllocatePool2(
        POOL_FLAG_NON_PAGED,
        sizeof(*framework) + description->count * sizeof(framework->components[0]), PO_TAG);

    if (framework == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *framework = description->callbacks;
    framework->count = description->count;
    framework->pdo = pdo;
    framework->work.run = work;
    list_init(&framework->waiters);
    KeInitializeTimer(&framework->timer);
    KeInitializeDpc(&framework->timer_dpc, on_timer, framework);
    for (ULONG i = 0; i < description->count; i++) {
        const PO_FX_COMPONENT_V2 component = component_described(description, i);

        if (!copy_component(framework, i, &component)) {
            free_framework(framework);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    /* "Each provider's active reference count is incremented once for each component that depends on it." */
    for (ULONG i = 0; i < description->count; i++) {
        struct po_component *component = &framework->components[i];

        component->holds_providers = component->provider_count != 0;
        for (ULONG j = 0; j < component->provider_count; j++) {
            framework->components[component->providers[j]].references++;
        }
    }
    *ret = framework;
    return STATUS_SUCCESS;
}

static bool
is_registered(PDEVICE_OBJECT pdo)
{
    bool registered;

    sys_lock_acquire(&frameworks.lock);
    registered = io_device_power(pdo)->framework != NULL;
    sys_lock_release(&frameworks.lock);
    return registered;
}

NTSTATUS
PoFxRegisterDevice(PDEVICE_OBJECT Pdo, PPO_FX_DEVICE Device, POHANDLE *Handle)
{
    struct description description;
    struct po_framework *framework;
    NTSTATUS status;

    if (Pdo == NULL || !describe(Device, &description)) {
        return STATUS_INVALID_PARAMETER;
    }
    for (ULONG i = 0; i < description.count; i++) {
        if (!is_valid(&description, i)) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    if (po_device_state(Pdo) > PowerDeviceD0) {
        return STATUS_DEVICE_NOT_READY;
    }
    if (is_registered(Pdo)) {
        KeBugCheckEx(INTERNAL_POWER_ERROR, ALREADY_REGISTERED, (ULONG_PTR)Pdo, 0, 0);
    }
    status = create(&description, Pdo, &framework);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    sys_lock_acquire(&frameworks.lock);
    io_device_power(Pdo)->framework = framework;
    list_push_back(&frameworks.all, &framework->link);
    sys_lock_release(&frameworks.lock);
    ObReferenceObject(Pdo);
    *Handle = (POHANDLE)(void *)framework;
    return STATUS_SUCCESS;
}

static bool
is_left(const struct po_framework *framework, ULONG none)
{
    bool left = framework->inside == 0 && !framework->power_running;

    for (ULONG i = 0; left && i < framework->count; i++) {
        left = !framework->components[i].running;
    }
    return left;
}

VOID
PoFxUnregisterDevice(POHANDLE Handle)
{
    struct po_framework *framework = of_handle(Handle);
    PDEVICE_OBJECT pdo = framework->pdo;

    sys_lock_acquire(&frameworks.lock);
    io_device_power(pdo)->framework = NULL;
    list_remove(&framework->link);
    sys_lock_release(&frameworks.lock);
    sys_lock_acquire(&framework->lock);
    framework->ending = true;
    sys_lock_release(&framework->lock);
    (void)KeCancelTimer(&framework->timer);
    KeFlushQueuedDpcs();
    po_framework_wait(framework, is_left, 0);
    free_framework(framework);
    ObDereferenceObject(pdo);
}

VOID
PoFxStartDevicePowerManagement(POHANDLE Handle)
{
    struct po_framework *framework = of_handle(Handle);

    sys_lock_acquire(&framework->lock);
    if (!framework->started) {
        framework->started = true;
        for (ULONG i = 0; i < framework->count; i++) {
            framework->components[i].references--;
        }
        po_framework_kick_locked(framework);
    }
    sys_lock_release(&framework->lock);
}

/* --- Conditions ------------------------------------------------------------------------------ */

static bool
is_active(const struct po_framework *framework, ULONG index)
{
    const struct po_component *component = &framework->components[index];

    return framework->ending || component->references == 0 ||
           (component->condition == PO_ACTIVE && !component->running);
}

static bool
is_idle(const struct po_framework *framework, ULONG index)
{
    const struct po_component *component = &framework->components[index];

    return framework->ending || component->references != 0 ||
           (component->condition == PO_IDLE && !component->running);
}

/* What the change of a component's references leads to: here and now, or by a worker. */
static void
follow(struct po_framework *framework, ULONG component, ULONG flags,
       bool (*done)(const struct po_framework *framework, ULONG component))
{
    if ((flags & PO_FX_FLAG_BLOCKING) == 0) {
        po_framework_kick_locked(framework);
        sys_lock_release(&framework->lock);
        return;
    }
    framework->inside++;
    sys_lock_release(&framework->lock);
    po_framework_wait(framework, done, component);
    go_out(framework);
}

VOID
PoFxActivateComponent(POHANDLE Handle, ULONG Component, ULONG Flags)
{
    struct po_framework *framework = of_handle(Handle);
    struct po_component *component = component_of(framework, Component);

    sys_lock_acquire(&framework->lock);
    component->references++;
    follow(framework, Component, Flags, is_active);
}

VOID
PoFxIdleComponent(POHANDLE Handle, ULONG Component, ULONG Flags)
{
    struct po_framework *framework = of_handle(Handle);
    struct po_component *component = component_of(framework, Component);

    sys_lock_acquire(&framework->lock);
    if (component->references == 0) {
        sys_lock_release(&framework->lock);
        KeBugCheckEx(INTERNAL_POWER_ERROR, 0x602, (ULONG_PTR)framework, Component, 0);
    }
    component->references--;
    follow(framework, Component, Flags, is_idle);
}

VOID
PoFxCompleteIdleCondition(POHANDLE Handle, ULONG Component)
{
    struct po_framework *framework = of_handle(Handle);
    struct po_component *component = component_of(framework, Component);

    sys_lock_acquire(&framework->lock);
    if (component->condition == PO_IDLING) {
        component->condition = PO_IDLE;
    }
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

VOID
PoFxCompleteIdleState(POHANDLE Handle, ULONG Component)
{
    struct po_framework *framework = of_handle(Handle);
    struct po_component *component = component_of(framework, Component);

    sys_lock_acquire(&framework->lock);
    component->moving = false;
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

/* --- The device's power ---------------------------------------------------------------------- */

VOID
PoFxCompleteDevicePowerNotRequired(POHANDLE Handle)
{
    struct po_framework *framework = of_handle(Handle);

    sys_lock_acquire(&framework->lock);
    if (framework->power == PO_LEAVING) {
        framework->power = PO_NOT_REQUIRED;
    }
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

VOID
PoFxReportDevicePoweredOn(POHANDLE Handle)
{
    struct po_framework *framework = of_handle(Handle);

    sys_lock_acquire(&framework->lock);
    /* One that need not be in D0, and is after the system's sleep, need not be there still. */
    if (framework->power == PO_RETURNING || framework->power == PO_ASLEEP) {
        framework->power = PO_ON;
        framework->was_idle = false;
    }
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

VOID
PoFxNotifySurprisePowerOn(PDEVICE_OBJECT Pdo)
{
    struct po_framework *framework;

    sys_lock_acquire(&frameworks.lock);
    framework = io_device_power(Pdo)->framework;
    if (framework != NULL) {
        po_framework_kick(framework);
    }
    sys_lock_release(&frameworks.lock);
}

/* Its driver says when it is in D0 again. What is under way for the device itself ends the same way. */
void
po_framework_sleep(void)
{
    struct list *link;

    sys_lock_acquire(&frameworks.lock);
    list_for_each(link, &frameworks.all)
    {
        struct po_framework *framework = container_of(link, struct po_framework, link);

        sys_lock_acquire(&framework->lock);
        if (framework->power == PO_ON) {
            framework->power = PO_ASLEEP;
        }
        sys_lock_release(&framework->lock);
    }
    sys_lock_release(&frameworks.lock);
}

/* --- Hints ----------------------------------------------------------------------------------- */

VOID
PoFxSetComponentLatency(POHANDLE Handle, ULONG Component, ULONGLONG Latency)
{
    struct po_framework *framework = of_handle(Handle);
    struct po_component *component = component_of(framework, Component);

    sys_lock_acquire(&framework->lock);
    component->latency = Latency;
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

VOID
PoFxSetComponentResidency(POHANDLE Handle, ULONG Component, ULONGLONG Residency)
{
    struct po_framework *framework = of_handle(Handle);
    struct po_component *component = component_of(framework, Component);

    sys_lock_acquire(&framework->lock);
    component->residency = Residency;
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

VOID
PoFxSetComponentWake(POHANDLE Handle, ULONG Component, BOOLEAN WakeHint)
{
    struct po_framework *framework = of_handle(Handle);
    struct po_component *component = component_of(framework, Component);

    sys_lock_acquire(&framework->lock);
    component->wakes = WakeHint;
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

VOID
PoFxSetDeviceIdleTimeout(POHANDLE Handle, ULONGLONG IdleTimeout)
{
    struct po_framework *framework = of_handle(Handle);

    sys_lock_acquire(&framework->lock);
    framework->idle_timeout = IdleTimeout;
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

/* "The power engine plug-in does not acknowledge support for this device": there is none. */
NTSTATUS
PoFxPowerControl(POHANDLE Handle, LPCGUID PowerControlCode, PVOID InBuffer, SIZE_T InBufferSize,
                 PVOID OutBuffer, SIZE_T OutBufferSize, PSIZE_T BytesReturned)
{
    return STATUS_NOT_SUPPORTED;
}

void
po_framework_init(void)
{
    memset(&frameworks, 0, sizeof(frameworks));
    list_init(&frameworks.all);
}
