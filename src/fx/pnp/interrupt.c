/* SPDX-License-Identifier: MIT */
/* Interrupt objects: made, dealt resources to, deleted. See interrupt.h. */
#include "fx/pnp/interrupt.h"

#include "fx/core/callback.h"
#include "fx/core/sized.h"
#include "fx/io/queue.h"
#include "fx/res/cmreslist.h"
#include "fx_imports.h"

/* --- The device's list ----------------------------------------------------------------------- */

struct fx_interrupt *
fx_interrupt_next(struct fx_device *device, uint64_t number)
{
    struct fx_interrupt *found = NULL;
    struct list *link;

    fx_lock(&device->lock);
    list_for_each(link, &device->interrupts)
    {
        struct fx_interrupt *interrupt = container_of(link, struct fx_interrupt, link);

        if (interrupt->number > number) {
            found = interrupt;
            fx_object_ref(&found->object);
            break;
        }
    }
    fx_unlock(&device->lock);
    return found;
}

struct fx_interrupt *
fx_interrupt_previous(struct fx_device *device, uint64_t number)
{
    struct fx_interrupt *found = NULL;
    struct list *link;

    fx_lock(&device->lock);
    for (link = device->interrupts.prev; link != &device->interrupts; link = link->prev) {
        struct fx_interrupt *interrupt = container_of(link, struct fx_interrupt, link);

        if (interrupt->number < number) {
            found = interrupt;
            fx_object_ref(&found->object);
            break;
        }
    }
    fx_unlock(&device->lock);
    return found;
}

static void
put_into_list(struct fx_interrupt *interrupt)
{
    struct fx_device *device = interrupt->device;

    fx_lock(&device->lock);
    interrupt->number = ++device->interrupt_number;
    interrupt->listed = true;
    list_push_back(&device->interrupts, &interrupt->link);
    fx_unlock(&device->lock);
}

static void
take_out_of_list(struct fx_interrupt *interrupt)
{
    fx_lock(&interrupt->device->lock);
    if (interrupt->listed) {
        interrupt->listed = false;
        list_remove(&interrupt->link);
    }
    fx_unlock(&interrupt->device->lock);
}

/* --- Resources ------------------------------------------------------------------------------- */

static WDF_INTERRUPT_INFO
describe(const struct fx_interrupt *interrupt, const CM_PARTIAL_RESOURCE_DESCRIPTOR *raw,
         const CM_PARTIAL_RESOURCE_DESCRIPTOR *translated, ULONG message, ULONG number)
{
    bool is_message = (translated->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0;
    WDF_INTERRUPT_INFO info = {
        .Size = sizeof(info),
        /* A translated message has these at the same places. */
        .TargetProcessorSet = translated->u.Interrupt.Affinity,
        .Vector = translated->u.Interrupt.Vector + message,
        .Irql = interrupt->mutex != NULL ? PASSIVE_LEVEL : (KIRQL)translated->u.Interrupt.Level,
        .Group = translated->u.Interrupt.Group,
        .MessageSignaled = is_message,
        .MessageNumber = is_message ? number : 0,
        .Mode = (translated->Flags & CM_RESOURCE_INTERRUPT_LATCHED) != 0 ? Latched : LevelSensitive,
        .Polarity = is_message ? WdfInterruptActiveHigh : WdfInterruptPolarityUnknown,
        .ShareDisposition = raw->ShareDisposition,
    };

    return info;
}

static void
give(struct fx_interrupt *interrupt, const WDF_INTERRUPT_INFO *info)
{
    fx_lock(&interrupt->device->lock);
    interrupt->info = *info;
    atomic_store_relaxed_u32(&interrupt->synchronize_irql, info->Irql);
    interrupt->assigned = true;
    fx_unlock(&interrupt->device->lock);
}

/* The next one that was made before resources were known; referenced. */
static struct fx_interrupt *
next_to_deal(struct fx_device *device, uint64_t *number)
{
    struct fx_interrupt *interrupt;

    while ((interrupt = fx_interrupt_next(device, *number)) != NULL) {
        *number = interrupt->number;
        if (!interrupt->in_prepare) {
            break;
        }
        fx_object_unref(&interrupt->object);
    }
    return interrupt;
}

static ULONG
messages_of(const CM_PARTIAL_RESOURCE_DESCRIPTOR *raw)
{
    return (raw->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0
               ? raw->u.MessageInterrupt.Raw.MessageCount
               : 1;
}

void
fx_interrupts_assign(struct fx_device *device)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *raw;
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *translated;
    uint64_t last = 0;
    ULONG number = 0;

    for (ULONG i = 0; (raw = fx_cmreslist_at(device->resources_raw, i)) != NULL &&
                      (translated = fx_cmreslist_at(device->resources_translated, i)) != NULL;
         i++) {
        ULONG messages = raw->Type == CmResourceTypeInterrupt ? messages_of(raw) : 0;

        for (ULONG message = 0; message < messages; message++) {
            struct fx_interrupt *interrupt = next_to_deal(device, &last);
            WDF_INTERRUPT_INFO info;

            if (interrupt == NULL) {
                return;
            }
            info = describe(interrupt, raw, translated, message, number++);
            give(interrupt, &info);
            fx_object_unref(&interrupt->object);
        }
    }
}

void
fx_interrupts_unassign(struct fx_device *device)
{
    struct fx_interrupt *interrupt;
    uint64_t number = 0;

    while ((interrupt = fx_interrupt_next(device, number)) != NULL) {
        number = interrupt->number;
        fx_lock(&device->lock);
        interrupt->assigned = false;
        fx_unlock(&device->lock);
        if (interrupt->in_prepare) {
            (void)fx_object_delete(&interrupt->object);
        }
        fx_object_unref(&interrupt->object);
    }
}

/* Interrupts of one message resource are its messages, in the order in which they are made. */
static void
take_descriptors(struct fx_interrupt *interrupt)
{
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *raw = interrupt->config.InterruptRaw;
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *translated = interrupt->config.InterruptTranslated;
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *other;
    struct fx_device *device = interrupt->device;
    WDF_INTERRUPT_INFO info;
    ULONG message = 0;
    ULONG before = 0;
    struct list *link;

    fx_lock(&device->lock);
    list_for_each(link, &device->interrupts)
    {
        const struct fx_interrupt *earlier = container_of(link, struct fx_interrupt, link);

        if (earlier->in_prepare && earlier->config.InterruptTranslated != NULL &&
            earlier->info.Vector - translated->u.Interrupt.Vector < messages_of(raw)) {
            message++;
        }
    }
    fx_unlock(&device->lock);
    /* Its number counts the messages of the resources before it. */
    for (ULONG i = 0; (other = fx_cmreslist_at(device->resources_translated, i)) != NULL &&
                      other->u.Interrupt.Vector != translated->u.Interrupt.Vector;
         i++) {
        if (other->Type == CmResourceTypeInterrupt) {
            before += messages_of(fx_cmreslist_at(device->resources_raw, i));
        }
    }
    message = message < messages_of(raw) ? message : 0;
    info = describe(interrupt, raw, translated, message, before + message);
    give(interrupt, &info);
}

/* --- Requirements ---------------------------------------------------------------------------- */

static bool
has_wishes(const struct fx_interrupt *interrupt)
{
    return interrupt->has_policy || interrupt->config.ShareVector == WdfTrue ||
           interrupt->config.ShareVector == WdfFalse;
}

bool
fx_interrupts_have_wishes(struct fx_device *device)
{
    struct fx_interrupt *interrupt;
    bool found = false;
    uint64_t number = 0;

    while (!found && (interrupt = next_to_deal(device, &number)) != NULL) {
        found = has_wishes(interrupt);
        fx_object_unref(&interrupt->object);
    }
    return found;
}

static void
wish(const struct fx_interrupt *interrupt, IO_RESOURCE_DESCRIPTOR *descriptor)
{
    bool is_message = (descriptor->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) != 0;

    if (interrupt->has_policy) {
        const WDF_INTERRUPT_EXTENDED_POLICY *policy = &interrupt->policy;

        descriptor->Flags |= CM_RESOURCE_INTERRUPT_POLICY_INCLUDED;
        descriptor->u.Interrupt.AffinityPolicy = (IRQ_DEVICE_POLICY)policy->Policy;
        descriptor->u.Interrupt.PriorityPolicy = (IRQ_PRIORITY)policy->Priority;
        descriptor->u.Interrupt.TargetedProcessors = policy->TargetProcessorSetAndGroup.Mask;
        descriptor->u.Interrupt.Group = policy->TargetProcessorSetAndGroup.Group;
    }
    if (!is_message && interrupt->config.ShareVector == WdfTrue) {
        descriptor->ShareDisposition = CmResourceShareShared;
    } else if (!is_message && interrupt->config.ShareVector == WdfFalse) {
        descriptor->ShareDisposition = CmResourceShareDeviceExclusive;
    }
}

/* In each list, the first interrupt is the first object's; an alternative is the same interrupt's. */
static void
filter_list(struct fx_device *device, IO_RESOURCE_LIST *list)
{
    IO_RESOURCE_DESCRIPTOR *descriptor = list->Descriptors;
    struct fx_interrupt *interrupt = NULL;
    uint64_t number = 0;

    for (ULONG i = 0; i < list->Count; i++, descriptor++) {
        if (descriptor->Type != CmResourceTypeInterrupt) {
            continue;
        }
        if (interrupt == NULL || (descriptor->Option & IO_RESOURCE_ALTERNATIVE) == 0) {
            if (interrupt != NULL) {
                fx_object_unref(&interrupt->object);
            }
            interrupt = next_to_deal(device, &number);
            if (interrupt == NULL) {
                return;
            }
        }
        wish(interrupt, descriptor);
    }
    if (interrupt != NULL) {
        fx_object_unref(&interrupt->object);
    }
}

void
fx_interrupts_filter(struct fx_device *device, IO_RESOURCE_REQUIREMENTS_LIST *requirements)
{
    IO_RESOURCE_LIST *list = &requirements->List[0];

    for (ULONG i = 0; i < requirements->AlternativeLists; i++) {
        filter_list(device, list);
        list = (void *)&list->Descriptors[list->Count];
    }
}

/* --- Deferred work --------------------------------------------------------------------------- */

static VOID
on_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct fx_interrupt *interrupt = context;
    KIRQL irql;
    KIRQL before;

    if (interrupt->config.EvtInterruptWorkItem != NULL) {
        fx_worker_enqueue(&interrupt->worker); /* WdfInterruptQueueWorkItemForIsr at DIRQL. */
        return;
    }
    irql = fx_callback_lock_acquire(interrupt->callback_lock);
    before = fx_callback_begin();
    interrupt->config.EvtInterruptDpc(fx_object_handle(&interrupt->object),
                                      fx_object_handle(&interrupt->device->object));
    fx_callback_end(interrupt->object.globals, before,
                    (const void *)interrupt->config.EvtInterruptDpc);
    fx_callback_lock_release(interrupt->callback_lock, irql);
}

static void
on_work(struct fx_object *object)
{
    struct fx_interrupt *interrupt = container_of(object, struct fx_interrupt, object);
    KIRQL irql;
    KIRQL before;

    atomic_store_u32(&interrupt->work_due, 0);
    irql = fx_callback_lock_acquire(interrupt->callback_lock);
    before = fx_callback_begin();
    interrupt->config.EvtInterruptWorkItem(fx_object_handle(object),
                                           fx_object_handle(&interrupt->device->object));
    fx_callback_end(object->globals, before, (const void *)interrupt->config.EvtInterruptWorkItem);
    fx_callback_lock_release(interrupt->callback_lock, irql);
}

/* --- Life ------------------------------------------------------------------------------------ */

/* No service routine afterwards, no DPC, and the work item is the last one. */
static bool
interrupt_stop(struct fx_object *object)
{
    struct fx_interrupt *interrupt = container_of(object, struct fx_interrupt, object);

    take_out_of_list(interrupt);
    (void)KeSetEvent(&interrupt->awake, IO_NO_INCREMENT, FALSE);
    fx_interrupt_disconnect(interrupt);
    (void)KeRemoveQueueDpc(&interrupt->dpc);
    KeFlushQueuedDpcs();
    return fx_worker_stop(&interrupt->worker);
}

static void
interrupt_destroy(struct fx_object *object)
{
    struct fx_interrupt *interrupt = container_of(object, struct fx_interrupt, object);

    if (interrupt->config.SpinLock != NULL) {
        fx_object_unref(fx_handle_address(interrupt->config.SpinLock));
    }
    if (interrupt->config.WaitLock != NULL) {
        fx_object_unref(fx_handle_address(interrupt->config.WaitLock));
    }
}

static const struct fx_class interrupt_class = {
    .type = FX_TYPE_INTERRUPT,
    .name = "WDFINTERRUPT",
    .size = sizeof(struct fx_interrupt),
    .parent_rule = FX_PARENT_OPTIONAL,
    .passive = true,
    .stop = interrupt_stop,
    .destroy = interrupt_destroy,
};

/* --- Creation -------------------------------------------------------------------------------- */

/* What is wrong with the configuration; NULL: nothing. */
static const char *
wrong_config(const WDF_INTERRUPT_CONFIG *config)
{
    if (config->EvtInterruptIsr == NULL) {
        return "EvtInterruptIsr is NULL";
    }
    if (config->EvtInterruptDpc != NULL && config->EvtInterruptWorkItem != NULL) {
        return "EvtInterruptDpc or EvtInterruptWorkItem, not both";
    }
    if (config->PassiveHandling && config->SpinLock != NULL) {
        return "SpinLock with PassiveHandling";
    }
    if (!config->PassiveHandling && config->WaitLock != NULL) {
        return "WaitLock without PassiveHandling";
    }
    if (config->CanWakeDevice && !config->PassiveHandling) {
        return "CanWakeDevice without PassiveHandling";
    }
    if ((config->InterruptRaw == NULL) != (config->InterruptTranslated == NULL)) {
        return "InterruptRaw and InterruptTranslated go together";
    }
    if (config->InterruptRaw != NULL &&
        (config->InterruptRaw->Type != CmResourceTypeInterrupt ||
         config->InterruptTranslated->Type != CmResourceTypeInterrupt)) {
        return "InterruptRaw and InterruptTranslated are no interrupt's";
    }
    return NULL;
}

/* "STATUS_INVALID_DEVICE_STATE: WdfInterruptCreate was called after the device was started", and others. */
static NTSTATUS
check_time(struct fx_globals *globals, const struct fx_device *device,
           const WDF_INTERRUPT_CONFIG *config)
{
    const char *why = NULL;
    NTSTATUS status = STATUS_INVALID_DEVICE_STATE;

    if (device->kind == FX_DEVICE_CONTROL || device->kind == FX_DEVICE_MINIPORT) {
        why = "the device has no hardware";
        status = STATUS_INVALID_DEVICE_REQUEST;
    } else if (device->preparing && config->InterruptRaw == NULL) {
        why = "in EvtDevicePrepareHardware InterruptRaw and InterruptTranslated are needed";
    } else if (!device->preparing && (device->has_hardware || device->was_started)) {
        why = "the device was started";
    } else if (!device->preparing && config->InterruptRaw != NULL) {
        why = "InterruptRaw is for EvtDevicePrepareHardware";
        status = STATUS_INVALID_PARAMETER;
    } else if (config->CanWakeDevice && !device->preparing) {
        why = "CanWakeDevice is for EvtDevicePrepareHardware";
    } else if (config->CanWakeDevice && !device->policy.owner) {
        why = "CanWakeDevice is for the power policy owner";
        status = STATUS_INVALID_DEVICE_REQUEST;
    }
    if (why == NULL) {
        return STATUS_SUCCESS;
    }
    fx_log(globals, "WdfInterruptCreate: %s", why);
    return status;
}

/* "Beginning in version 1.11, ParentObject can be a framework device object or queue object." */
static NTSTATUS
check_parent(struct fx_globals *globals, const struct fx_device *device, struct fx_object *parent,
             const WDF_OBJECT_ATTRIBUTES *attributes, const WDF_INTERRUPT_CONFIG *config)
{
    bool named = attributes != NULL && attributes->ParentObject != NULL;
    bool allowed = parent == &device->object ||
                   (parent->type == FX_TYPE_QUEUE &&
                    container_of(parent, struct fx_queue, object)->device == device);

    if (!named) {
        return STATUS_SUCCESS;
    }
    if (!allowed || !fx_built_for(globals, 1, 11)) {
        fx_log(globals,
               "WdfInterruptCreate: the parent %p is neither the device nor one of its "
               "queues, or the framework's version is below 1.11",
               attributes->ParentObject);
        return STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
    }
    if (!config->AutomaticSerialization) {
        fx_log(globals, "WdfInterruptCreate: a ParentObject needs AutomaticSerialization");
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
find_callback_lock(struct fx_globals *globals, struct fx_object *parent,
                   const WDF_INTERRUPT_CONFIG *config, struct fx_callback_lock **ret_lock)
{
    bool passive = parent->execution_level == WdfExecutionLevelPassive;

    *ret_lock = NULL;
    if (!config->AutomaticSerialization) {
        return STATUS_SUCCESS;
    }
    if (passive ? config->EvtInterruptDpc != NULL : config->EvtInterruptWorkItem != NULL) {
        fx_log(globals, "WdfInterruptCreate: AutomaticSerialization: %s with a parent of %s",
               passive ? "EvtInterruptDpc" : "EvtInterruptWorkItem",
               passive ? "WdfExecutionLevelPassive" : "WdfExecutionLevelDispatch");
        return STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL;
    }
    *ret_lock = fx_callback_lock_of(parent);
    return STATUS_SUCCESS;
}

static void
set_locks(struct fx_interrupt *interrupt, struct fx_object *spin_lock, struct fx_object *wait_lock)
{
    if (interrupt->config.PassiveHandling) {
        fx_wait_mutex_init(&interrupt->own_mutex);
        interrupt->mutex = wait_lock != NULL ? fx_waitlock_mutex(wait_lock) : &interrupt->own_mutex;
    } else {
        KeInitializeSpinLock(&interrupt->own_spin_lock);
        interrupt->spin_lock =
            spin_lock != NULL ? fx_spinlock_lock(spin_lock) : &interrupt->own_spin_lock;
    }
    if (spin_lock != NULL) {
        fx_object_ref(spin_lock);
    }
    if (wait_lock != NULL) {
        fx_object_ref(wait_lock);
    }
}

static NTSTATUS
check_config(struct fx_globals *globals, const WDF_INTERRUPT_CONFIG *from,
             WDF_INTERRUPT_CONFIG *config)
{
    const char *why;

    if (!fx_sized_copy(config, sizeof(*config), from, from->Size,
                       FX_SIZE_THROUGH(WDF_INTERRUPT_CONFIG, EvtInterruptDisable))) {
        fx_log(globals, "WDF_INTERRUPT_CONFIG.Size is %u, not %u", from->Size,
               (unsigned)sizeof(*config));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    why = wrong_config(config);
    if (why != NULL) {
        fx_log(globals, "WdfInterruptCreate: %s", why);
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

/*
 * A service routine for one of the device's interrupts, which it is given when the device starts: in the order
 * of creation, or, made in EvtDevicePrepareHardware, the one that the configuration names. IRQL <=
 * DISPATCH_LEVEL.
 */
NTSTATUS
imp_WdfInterruptCreate(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                       PWDF_INTERRUPT_CONFIG Configuration, PWDF_OBJECT_ATTRIBUTES Attributes,
                       WDFINTERRUPT *Interrupt)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_callback_lock *callback_lock;
    struct fx_interrupt *interrupt;
    struct fx_object *spin_lock;
    struct fx_object *wait_lock;
    struct fx_object *parent;
    WDF_INTERRUPT_CONFIG config;
    NTSTATUS status;

    fx_require(DriverGlobals, Configuration);
    fx_require(DriverGlobals, Interrupt);
    *Interrupt = NULL;
    status = check_config(globals, Configuration, &config);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    spin_lock = fx_handle_get_optional(DriverGlobals, config.SpinLock, FX_TYPE_SPINLOCK);
    wait_lock = fx_handle_get_optional(DriverGlobals, config.WaitLock, FX_TYPE_WAITLOCK);
    status = fx_attributes_check(&interrupt_class, globals, Attributes);
    if (NT_SUCCESS(status)) {
        status = check_time(globals, device, &config);
    }
    parent = fx_attributes_parent(globals, Attributes, &device->object);
    if (NT_SUCCESS(status)) {
        status = check_parent(globals, device, parent, Attributes, &config);
    }
    if (NT_SUCCESS(status)) {
        status = find_callback_lock(globals, parent, &config, &callback_lock);
    }
    if (NT_SUCCESS(status)) {
        status =
            fx_object_create(&interrupt_class, globals, Attributes, &device->object, 0, &interrupt);
    }
    if (!NT_SUCCESS(status)) {
        return status;
    }
    interrupt->device = device;
    interrupt->config = config;
    interrupt->in_prepare = device->preparing;
    interrupt->callback_lock = callback_lock;
    list_init(&interrupt->link);
    set_locks(interrupt, spin_lock, wait_lock);
    KeInitializeDpc(&interrupt->dpc, on_dpc, interrupt);
    fx_worker_init(&interrupt->worker, &interrupt->object, on_work);
    KeInitializeEvent(&interrupt->awake, NotificationEvent, FALSE);
    KeInitializeEvent(&interrupt->served, NotificationEvent, TRUE);
    if (interrupt->in_prepare) {
        take_descriptors(interrupt);
    }
    put_into_list(interrupt);
    *Interrupt = fx_object_commit(&interrupt->object);
    return STATUS_SUCCESS;
}
