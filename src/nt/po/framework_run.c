/* SPDX-License-Identifier: MIT */
/*
 * What a registered device's components have to do next, and the callbacks that follow. The power manager's choice is: a
 * component without references becomes idle at once, and goes to the deepest state that the driver's hints
 * allow; a device whose components are all there is not required to stay in D0 after its idle timeout.
 *
 * A component has one callback at a time, and the device has; those of different components may run
 * at once. All of it at an IRQL below DISPATCH_LEVEL, without the lock.
 */
#include "nt/po/framework.h"

#include "nt/ke/ke.h"

struct po_framework_waiter {
    struct list link;
    KEVENT changed;
};

/* A callback that is due. */
struct due {
    enum {
        DUE_NOTHING,
        DUE_AGAIN, /* Look once more. */
        DUE_ACTIVE,
        DUE_IDLE,
        DUE_STATE,
        DUE_NOT_REQUIRED,
        DUE_REQUIRED,
    } what;
    ULONG component;
    ULONG state;
};

void
po_framework_tell_locked(struct po_framework *framework)
{
    struct list *link;

    list_for_each(link, &framework->waiters)
    {
        KeSetEvent(&container_of(link, struct po_framework_waiter, link)->changed, IO_NO_INCREMENT,
                   FALSE);
    }
}

/* --- What is due ----------------------------------------------------------------------------- */

/* "PoFx tries to select an Fx state that does not violate the maximum latency requirement." */
static ULONG
wanted_state(const struct po_component *component)
{
    ULONG state = 0;

    for (ULONG i = 1; i < component->state_count; i++) {
        const PO_FX_COMPONENT_IDLE_STATE *candidate = &component->states[i];

        if (candidate->TransitionLatency <= component->latency &&
            candidate->ResidencyRequirement <= component->residency &&
            (!component->wakes || i <= component->deepest_wakeable)) {
            state = i;
        }
    }
    return state;
}

static void
hold_providers(struct po_framework *framework, struct po_component *component, bool hold)
{
    component->holds_providers = hold;
    for (ULONG i = 0; i < component->provider_count; i++) {
        framework->components[component->providers[i]].references += hold ? 1 : -1;
    }
}

static bool
providers_are_active(const struct po_framework *framework, const struct po_component *component)
{
    for (ULONG i = 0; i < component->provider_count; i++) {
        const struct po_component *provider = &framework->components[component->providers[i]];

        if (provider->condition != PO_ACTIVE || provider->running) {
            return false;
        }
    }
    return true;
}

/* Without references it becomes idle; then its state may go down. */
static struct due
due_when_unused(struct po_framework *framework, ULONG index)
{
    struct po_component *component = &framework->components[index];
    ULONG wanted;

    if (component->condition == PO_ACTIVE) {
        component->condition = framework->idle != NULL ? PO_IDLING : PO_IDLE;
        return (struct due){framework->idle != NULL ? DUE_IDLE : DUE_AGAIN, index, 0};
    }
    if (component->holds_providers) {
        hold_providers(framework, component, false);
        return (struct due){.what = DUE_AGAIN};
    }
    wanted = wanted_state(component);
    if (framework->power != PO_ON || component->state == wanted) {
        return (struct due){.what = DUE_NOTHING};
    }
    /* "Never ... directly from one low-power Fx state to another." */
    return (struct due){DUE_STATE, index, component->state != 0 ? 0 : wanted};
}

static struct due
due_when_used(struct po_framework *framework, ULONG index, bool *ret_power)
{
    struct po_component *component = &framework->components[index];

    if (component->condition == PO_ACTIVE) {
        return (struct due){.what = DUE_NOTHING};
    }
    if (framework->power != PO_ON) {
        *ret_power = true;
        return (struct due){.what = DUE_NOTHING};
    }
    if (!component->holds_providers && component->provider_count != 0) {
        hold_providers(framework, component, true);
        return (struct due){.what = DUE_AGAIN};
    }
    if (!providers_are_active(framework, component)) {
        return (struct due){.what = DUE_NOTHING};
    }
    if (component->state != 0) {
        return (struct due){DUE_STATE, index, 0};
    }
    component->condition = PO_ACTIVE;
    return (struct due){framework->active != NULL ? DUE_ACTIVE : DUE_AGAIN, index, 0};
}

static bool
is_all_idle(const struct po_framework *framework)
{
    for (ULONG i = 0; i < framework->count; i++) {
        const struct po_component *component = &framework->components[i];

        if (component->references != 0 || component->condition != PO_IDLE || component->moving ||
            component->running || component->state != wanted_state(component)) {
            return false;
        }
    }
    return framework->started;
}

/* "The time-out interval starts when all components complete their transitions to the idle condition." */
static bool
is_timeout_over(struct po_framework *framework)
{
    ULONGLONG now = KeQueryInterruptTime();
    LARGE_INTEGER left;

    if (!framework->was_idle) {
        framework->was_idle = true;
        framework->idle_since = now;
    }
    if (now - framework->idle_since >= framework->idle_timeout) {
        return true;
    }
    left.QuadPart = -(LONGLONG)(framework->idle_since + framework->idle_timeout - now);
    (void)KeSetTimer(&framework->timer, left, &framework->timer_dpc);
    return false;
}

static struct due
due_of_device(struct po_framework *framework, bool power_wanted)
{
    if (framework->power_running) {
        return (struct due){.what = DUE_NOTHING};
    }
    if (framework->power == PO_NOT_REQUIRED && power_wanted) {
        framework->power = framework->required != NULL ? PO_RETURNING : PO_ON;
        return (struct due){.what = framework->required != NULL ? DUE_REQUIRED : DUE_AGAIN};
    }
    if (framework->power != PO_ON || framework->not_required == NULL || !is_all_idle(framework)) {
        framework->was_idle = false;
        return (struct due){.what = DUE_NOTHING};
    }
    if (!is_timeout_over(framework)) {
        return (struct due){.what = DUE_NOTHING};
    }
    framework->power = PO_LEAVING;
    return (struct due){.what = DUE_NOT_REQUIRED};
}

static struct due
next_due_locked(struct po_framework *framework)
{
    bool power_wanted = false;
    struct due due = {.what = DUE_NOTHING};

    for (ULONG i = 0; !framework->ending && i < framework->count; i++) {
        const struct po_component *component = &framework->components[i];

        if (component->running || component->moving || component->condition == PO_IDLING) {
            continue;
        }
        due = component->references != 0 ? due_when_used(framework, i, &power_wanted)
                                         : due_when_unused(framework, i);
        if (due.what != DUE_NOTHING) {
            return due;
        }
    }
    return framework->ending ? due : due_of_device(framework, power_wanted);
}

/* --- Doing it -------------------------------------------------------------------------------- */

static void
begin_locked(struct po_framework *framework, const struct due *due)
{
    struct po_component *component = &framework->components[due->component];

    if (due->what == DUE_REQUIRED || due->what == DUE_NOT_REQUIRED) {
        framework->power_running = true;
    } else {
        component->running = true;
        if (due->what == DUE_STATE) {
            component->moving = framework->idle_state != NULL;
            component->state = due->state;
        }
    }
}

static void
end_locked(struct po_framework *framework, const struct due *due)
{
    if (due->what == DUE_REQUIRED || due->what == DUE_NOT_REQUIRED) {
        framework->power_running = false;
    } else {
        framework->components[due->component].running = false;
    }
}

static void
call(struct po_framework *framework, const struct due *due)
{
    switch (due->what) {
    case DUE_ACTIVE:
        framework->active(framework->context, due->component);
        break;
    case DUE_IDLE:
        framework->idle(framework->context, due->component);
        break;
    case DUE_STATE:
        if (framework->idle_state != NULL) {
            framework->idle_state(framework->context, due->component, due->state);
        }
        break;
    case DUE_REQUIRED:
        framework->required(framework->context);
        break;
    case DUE_NOT_REQUIRED:
        framework->not_required(framework->context);
        break;
    default:
        break;
    }
}

void
po_framework_run(struct po_framework *framework)
{
    sys_lock_acquire(&framework->lock);
    for (;;) {
        struct due due = next_due_locked(framework);

        if (due.what == DUE_NOTHING) {
            break;
        }
        if (due.what == DUE_AGAIN) {
            po_framework_tell_locked(framework);
            continue;
        }
        begin_locked(framework, &due);
        sys_lock_release(&framework->lock);
        call(framework, &due);
        sys_lock_acquire(&framework->lock);
        end_locked(framework, &due);
        po_framework_tell_locked(framework);
    }
    sys_lock_release(&framework->lock);
}

void
po_framework_kick_locked(struct po_framework *framework)
{
    po_framework_tell_locked(framework);
    if (!framework->work_queued && !framework->ending) {
        framework->work_queued = true;
        framework->inside++;
        ex_work_queue_insert(&framework->work);
    }
}

void
po_framework_kick(struct po_framework *framework)
{
    sys_lock_acquire(&framework->lock);
    po_framework_kick_locked(framework);
    sys_lock_release(&framework->lock);
}

void
po_framework_wait(struct po_framework *framework,
                  bool (*done)(const struct po_framework *framework, ULONG component),
                  ULONG component)
{
    struct po_framework_waiter waiter;

    KeInitializeEvent(&waiter.changed, SynchronizationEvent, FALSE);
    sys_lock_acquire(&framework->lock);
    list_push_back(&framework->waiters, &waiter.link);
    while (!done(framework, component)) {
        sys_lock_release(&framework->lock);
        po_framework_run(framework);
        sys_lock_acquire(&framework->lock);
        if (!done(framework, component)) {
            sys_lock_release(&framework->lock);
            KeWaitForSingleObject(&waiter.changed, Executive, KernelMode, FALSE, NULL);
            sys_lock_acquire(&framework->lock);
        }
    }
    list_remove(&waiter.link);
    sys_lock_release(&framework->lock);
}
