/* SPDX-License-Identifier: MIT */
#include "pnp_fixture.h"

#include <stdio.h>
#include <string.h>

#include "events.h"

DRIVER_INITIALIZE DriverEntry;
extern bench_entry_fn FxDriverEntry;

const GUID pnp_interface = {
    0x3c0f9f0e, 0x4c63, 0x4d5c, {0x8f, 0x4a, 0x2e, 0x62, 0x38, 0x0a, 0x11, 0x05}};

struct bench *pnp_bench;
unsigned pnp_restarts;

static struct bench_driver *driver;
static KSPIN_LOCK handles; /* Guards the nodes' handles: the device, the requests kept. */
static struct pnp_node *children[PNP_CHILDREN]; /* By serial. */
static struct pnp_node
    *adding[3]; /* Whom the next EvtDriverDeviceAdd calls are for, bottom to top. */
static unsigned adding_count;

typedef struct context {
    struct pnp_node *node;
} DEVICE_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DEVICE_CONTEXT, context_of)

struct pnp_node *
pnp_node_of(WDFDEVICE device)
{
    return context_of(device)->node;
}

/* --- Noting ------------------------------------------------------------------------------------ */

static const char *
state_name(unsigned state)
{
    static const char *const names[] = {"?", "D0", "D1", "D2", "D3", "D3Final", "Hibernate"};

    return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

void
pnp_note(const struct pnp_node *node, const char *word, const char *argument)
{
    char text[96];

    snprintf(text, sizeof(text), "%s%s%s%s%s", node->prefix != NULL ? node->prefix : "",
             node->prefix != NULL ? "." : "", word, argument != NULL ? ":" : "",
             argument != NULL ? argument : "");
    events_note(text);
}

static struct pnp_node *
begin(WDFOBJECT object, enum monitor_callback callback, const char *text, unsigned argument)
{
    struct pnp_node *node = context_of(object)->node;

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    pnp_note(node, monitor_callback_name(callback), text);
    monitor_enter(node->monitored, callback, argument);
    return node;
}

/* What the callback returns: the failure it is told to, or success. */
static NTSTATUS
end(struct pnp_node *node, enum monitor_callback callback)
{
    bool fails = node->fail[callback] != 0 && --node->fail[callback] == 0;

    monitor_leave(node->monitored, callback, !fails);
    return fails ? STATUS_DEVICE_DATA_ERROR : STATUS_SUCCESS;
}

#define SIMPLE(function, callback)                                                                 \
    static NTSTATUS function(WDFDEVICE device)                                                     \
    {                                                                                              \
        return end(begin(device, callback, NULL, 0), callback);                                    \
    }
#define SIMPLE_VOID(function, callback)                                                            \
    static VOID function(WDFDEVICE device)                                                         \
    {                                                                                              \
        (void)end(begin(device, callback, NULL, 0), callback);                                     \
    }
#define WITH_STATE(function, callback)                                                             \
    static NTSTATUS function(WDFDEVICE device, WDF_POWER_DEVICE_STATE state)                       \
    {                                                                                              \
        return end(begin(device, callback, state_name(state), state), callback);                   \
    }

WITH_STATE(on_d0_entry, MONITOR_D0_ENTRY)
WITH_STATE(on_post, MONITOR_POST_INTERRUPTS_ENABLED)
WITH_STATE(on_pre, MONITOR_PRE_INTERRUPTS_DISABLED)
WITH_STATE(on_d0_exit, MONITOR_D0_EXIT)
SIMPLE(on_init, MONITOR_SELF_MANAGED_INIT)
SIMPLE(on_suspend, MONITOR_SELF_MANAGED_SUSPEND)
SIMPLE(on_restart, MONITOR_SELF_MANAGED_RESTART)
SIMPLE_VOID(on_flush, MONITOR_SELF_MANAGED_FLUSH)
SIMPLE_VOID(on_cleanup, MONITOR_SELF_MANAGED_CLEANUP)
SIMPLE_VOID(on_surprise, MONITOR_SURPRISE_REMOVAL)
SIMPLE(on_query_remove, MONITOR_QUERY_REMOVE)
SIMPLE(on_query_stop, MONITOR_QUERY_STOP)
SIMPLE(on_arm_s0, MONITOR_ARM_S0)
SIMPLE_VOID(on_disarm_s0, MONITOR_DISARM_S0)
SIMPLE_VOID(on_triggered_s0, MONITOR_TRIGGERED_S0)
SIMPLE(on_arm_sx, MONITOR_ARM_SX)
SIMPLE_VOID(on_disarm_sx, MONITOR_DISARM_SX)
SIMPLE_VOID(on_triggered_sx, MONITOR_TRIGGERED_SX)

static NTSTATUS
on_prepare(WDFDEVICE device, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct pnp_node *node;
    NTSTATUS ended;

    ck_assert_uint_eq(WdfCmResourceListGetCount(raw), WdfCmResourceListGetCount(translated));
    node = begin(device, MONITOR_PREPARE_HARDWARE, NULL, 0);
    if (node->prepare != NULL) {
        status = node->prepare(node, raw, translated);
    }
    ended = end(node, MONITOR_PREPARE_HARDWARE);
    return NT_SUCCESS(status) ? ended : status;
}

static NTSTATUS
on_release(WDFDEVICE device, WDFCMRESLIST translated)
{
    return end(begin(device, MONITOR_RELEASE_HARDWARE, NULL, 0), MONITOR_RELEASE_HARDWARE);
}

static VOID
on_object_cleanup(WDFOBJECT object)
{
    struct pnp_node *node = context_of(object)->node;
    KIRQL irql;

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    monitor_enter(node->monitored, MONITOR_OBJECT_CLEANUP, 0);
    monitor_leave(node->monitored, MONITOR_OBJECT_CLEANUP, true);
    KeAcquireSpinLock(&handles, &irql);
    node->device = NULL;
    KeReleaseSpinLock(&handles, irql);
    /* Last: a test that has waited for it may take the node away. */
    pnp_note(node, monitor_callback_name(MONITOR_OBJECT_CLEANUP), NULL);
}

/* --- I/O ---------------------------------------------------------------------------------------- */

static VOID
on_default(WDFQUEUE queue, WDFREQUEST request)
{
    struct pnp_node *node = begin(WdfIoQueueGetDevice(queue), MONITOR_IO_DELIVER, NULL, 0);
    KIRQL irql;

    KeAcquireSpinLock(&handles, &irql);
    node->kept[node->requests++] = request;
    KeReleaseSpinLock(&handles, irql);
    (void)end(node, MONITOR_IO_DELIVER);
}

/* False: the test is about to complete it. */
static bool
forget_request(struct pnp_node *node, WDFREQUEST request)
{
    bool found = false;
    KIRQL irql;

    KeAcquireSpinLock(&handles, &irql);
    for (unsigned i = 0; i < node->requests; i++) {
        if (node->kept[i] == request) {
            node->kept[i] = node->kept[--node->requests];
            found = true;
            break;
        }
    }
    KeReleaseSpinLock(&handles, irql);
    return found;
}

bool
pnp_complete_one(struct pnp_node *node)
{
    WDFREQUEST request = NULL;
    KIRQL irql;

    KeAcquireSpinLock(&handles, &irql);
    if (node->requests > 0) {
        request = node->kept[--node->requests];
    }
    KeReleaseSpinLock(&handles, irql);
    if (request != NULL) {
        WdfRequestComplete(request, STATUS_SUCCESS);
    }
    return request != NULL;
}

WDFDEVICE
pnp_hold(struct pnp_node *node)
{
    WDFDEVICE device;
    KIRQL irql;

    KeAcquireSpinLock(&handles, &irql);
    device = node->device;
    if (device != NULL) {
        WdfObjectReference(device);
    }
    KeReleaseSpinLock(&handles, irql);
    return device;
}

static VOID
on_io_stop(WDFQUEUE queue, WDFREQUEST request, ULONG flags)
{
    struct pnp_node *node = begin(WdfIoQueueGetDevice(queue), MONITOR_IO_STOP,
                                  (flags & WdfRequestStopActionPurge) != 0 ? "purge" : NULL, flags);

    (void)end(node, MONITOR_IO_STOP);
    if ((flags & WdfRequestStopActionPurge) != 0 || node->on_stop == STOP_COMPLETE) {
        if (forget_request(node, request)) {
            WdfRequestComplete(request, STATUS_DEVICE_POWERED_OFF);
        }
    } else if (node->on_stop == STOP_REQUEUE) {
        if (forget_request(node, request)) {
            WdfRequestStopAcknowledge(request, TRUE);
        }
    } else {
        WdfRequestStopAcknowledge(request, FALSE);
    }
}

static VOID
on_io_resume(WDFQUEUE queue, WDFREQUEST request)
{
    (void)end(begin(WdfIoQueueGetDevice(queue), MONITOR_IO_RESUME, NULL, 0), MONITOR_IO_RESUME);
}

static NTSTATUS
make_queue(struct pnp_node *node)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = on_default;
    config.EvtIoStop = on_io_stop;
    config.EvtIoResume = on_io_resume;
    config.PowerManaged = WdfTrue;
    return WdfIoQueueCreate(node->device, &config, WDF_NO_OBJECT_ATTRIBUTES, &node->queue);
}

static NTSTATUS create(struct pnp_node *node, PWDFDEVICE_INIT init, bool is_pdo);

/* --- A bus's children --------------------------------------------------------------------------- */

static NTSTATUS
on_enable_wake(WDFDEVICE device, SYSTEM_POWER_STATE state)
{
    return end(begin(device, MONITOR_ENABLE_WAKE_AT_BUS, NULL, state), MONITOR_ENABLE_WAKE_AT_BUS);
}

SIMPLE_VOID(on_disable_wake, MONITOR_DISABLE_WAKE_AT_BUS)
SIMPLE(on_eject, MONITOR_EJECT)

static VOID
on_reported_missing(WDFDEVICE device)
{
    pnp_note(context_of(device)->node, "missing", NULL);
}

static void
set_capabilities(const struct pnp_node *node, WDFDEVICE device)
{
    WDF_DEVICE_POWER_CAPABILITIES power;
    WDF_DEVICE_PNP_CAPABILITIES pnp;

    WDF_DEVICE_POWER_CAPABILITIES_INIT(&power);
    power.DeviceD1 = power.DeviceD2 = WdfTrue;
    power.DeviceState[PowerSystemWorking] = PowerDeviceD0;
    if (node->can_wake) {
        power.WakeFromD1 = power.WakeFromD2 = WdfTrue;
        power.DeviceWake = PowerDeviceD2;
        power.SystemWake = PowerSystemSleeping3;
    }
    WdfDeviceSetPowerCapabilities(device, &power);
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&pnp);
    pnp.EjectSupported = pnp.Removable = pnp.SurpriseRemovalOK = pnp.UniqueID = WdfTrue;
    WdfDeviceSetPnpCapabilities(device, &pnp);
}

static NTSTATUS
create_child(struct pnp_node *node, PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(driven_id, L"PNPTEST\\CHILD");
    DECLARE_CONST_UNICODE_STRING(raw_id, L"PNPTEST\\RAW");
    DECLARE_CONST_UNICODE_STRING(filtered_id, L"PNPTEST\\FILTERED");
    const UNICODE_STRING *id = node->raw             ? &raw_id
                               : node->lower != NULL ? &filtered_id
                                                     : &driven_id;
    WCHAR instance[] = {
        L'0' + (WCHAR)(node->serial / 1000), L'0' + (WCHAR)(node->serial / 100 % 10),
        L'0' + (WCHAR)(node->serial / 10 % 10), L'0' + (WCHAR)(node->serial % 10), 0};
    UNICODE_STRING instance_id = {4 * sizeof(WCHAR), sizeof(instance), instance};
    WDF_PDO_EVENT_CALLBACKS events;

    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceEject = on_eject;
    events.EvtDeviceReportedMissing = on_reported_missing;
    if (node->can_wake) {
        events.EvtDeviceEnableWakeAtBus = on_enable_wake;
        events.EvtDeviceDisableWakeAtBus = on_disable_wake;
    }
    WdfPdoInitSetEventCallbacks(init, &events);
    ck_assert_int_eq(WdfPdoInitAssignDeviceID(init, id), STATUS_SUCCESS);
    ck_assert_int_eq(WdfPdoInitAddHardwareID(init, id), STATUS_SUCCESS);
    ck_assert_int_eq(WdfPdoInitAssignInstanceID(init, &instance_id), STATUS_SUCCESS);
    if (node->raw) {
        ck_assert_int_eq(WdfPdoInitAssignRawDevice(init, &pnp_interface), STATUS_SUCCESS);
    }
    if (node->independent) {
        WdfPdoInitRemovePowerDependencyOnParent(init);
    }
    return create(node, init, true);
}

/* The child, or its other self when the instance before is not gone yet. */
static struct pnp_node *
free_child(unsigned serial)
{
    for (struct pnp_node *node = children[serial]; node != NULL; node = node->twin) {
        if (node->device == NULL && (node->function == NULL || node->function->device == NULL)) {
            return node;
        }
    }
    return NULL;
}

static NTSTATUS
on_create_child(WDFCHILDLIST list, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id,
                PWDFDEVICE_INIT init)
{
    struct pnp_node *node = free_child(((struct pnp_identity *)id)->serial);

    if (node == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES; /* Both instances are still there. */
    }
    node->parent = context_of(WdfChildListGetDevice(list))->node;
    pnp_note(node, "create", NULL);
    return create_child(node, init);
}

void
pnp_identity_init(struct pnp_identity *identity, unsigned serial)
{
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&identity->header, sizeof(*identity));
    identity->serial = serial;
}

void
pnp_plug(struct pnp_node *bus, struct pnp_node *child)
{
    struct pnp_identity identity;

    pnp_identity_init(&identity, child->serial);
    children[child->serial] = child;
    ck_assert(NT_SUCCESS(
        WdfChildListAddOrUpdateChildDescriptionAsPresent(bus->children, &identity.header, NULL)));
}

NTSTATUS
pnp_add_static(struct pnp_node *bus, struct pnp_node *child)
{
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(bus->device);
    NTSTATUS status;

    ck_assert_ptr_nonnull(init);
    child->parent = bus;
    status = create_child(child, init);
    if (!NT_SUCCESS(status)) {
        WdfDeviceInitFree(init);
        return status;
    }
    children[child->serial] = child;
    return WdfFdoAddStaticChild(bus->device, child->device);
}

bool
pnp_unplug(struct pnp_node *bus, struct pnp_node *child)
{
    struct pnp_identity identity;
    NTSTATUS status;

    pnp_identity_init(&identity, child->serial);
    status = WdfChildListUpdateChildDescriptionAsMissing(bus->children, &identity.header);
    ck_assert(NT_SUCCESS(status) || status == STATUS_NO_SUCH_DEVICE);
    return NT_SUCCESS(status);
}

struct bench_device *
pnp_child_device(const struct pnp_node *child)
{
    struct bench_device *device;
    char id[64];

    snprintf(id, sizeof(id), "PNPTEST\\%s\\%04u",
             child->raw             ? "RAW"
             : child->lower != NULL ? "FILTERED"
                                    : "CHILD",
             child->serial);
    ck_assert_msg(bench_ok(bench_device_find(pnp_bench, id, &device)), "%s: %s", id, bench_error());
    return device;
}

/* --- The driver --------------------------------------------------------------------------------- */

static void
set_callbacks(const struct pnp_node *node, PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_POWER_POLICY_EVENT_CALLBACKS policy;

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDevicePrepareHardware = on_prepare;
    pnp.EvtDeviceReleaseHardware = on_release;
    pnp.EvtDeviceD0Entry = on_d0_entry;
    pnp.EvtDeviceD0EntryPostInterruptsEnabled = on_post;
    pnp.EvtDeviceD0ExitPreInterruptsDisabled = on_pre;
    pnp.EvtDeviceD0Exit = on_d0_exit;
    if (!node->no_self_managed_io) {
        pnp.EvtDeviceSelfManagedIoInit = on_init;
        pnp.EvtDeviceSelfManagedIoSuspend = on_suspend;
        pnp.EvtDeviceSelfManagedIoRestart = on_restart;
        pnp.EvtDeviceSelfManagedIoFlush = on_flush;
        pnp.EvtDeviceSelfManagedIoCleanup = on_cleanup;
    }
    pnp.EvtDeviceSurpriseRemoval = on_surprise;
    pnp.EvtDeviceQueryRemove = on_query_remove;
    pnp.EvtDeviceQueryStop = on_query_stop;
    if (node->callbacks != NULL) {
        node->callbacks(node, &pnp);
    }
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &pnp);
    if (!node->no_wake_callbacks) {
        WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(&policy);
        policy.EvtDeviceArmWakeFromS0 = on_arm_s0;
        policy.EvtDeviceDisarmWakeFromS0 = on_disarm_s0;
        policy.EvtDeviceWakeFromS0Triggered = on_triggered_s0;
        policy.EvtDeviceArmWakeFromSx = on_arm_sx;
        policy.EvtDeviceDisarmWakeFromSx = on_disarm_sx;
        policy.EvtDeviceWakeFromSxTriggered = on_triggered_sx;
        WdfDeviceInitSetPowerPolicyEventCallbacks(init, &policy);
    }
}

static NTSTATUS
apply_settings(struct pnp_node *node)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (node->power_managed_queue) {
        status = make_queue(node);
    }
    if (NT_SUCCESS(status) && node->idle.Size != 0) {
        status = WdfDeviceAssignS0IdleSettings(node->device, &node->idle);
    }
    if (NT_SUCCESS(status) && node->wake.Size != 0) {
        status = WdfDeviceAssignSxWakeSettings(node->device, &node->wake);
    }
    return status;
}

static NTSTATUS
create(struct pnp_node *node, PWDFDEVICE_INIT init, bool is_pdo)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    set_callbacks(node, init);
    if (node->late_release) {
        WdfDeviceInitSetReleaseHardwareOrderOnFailure(
            init, WdfReleaseHardwareOrderOnFailureAfterDescendants);
    }
    if (node->init != NULL) {
        node->init(node, init);
    }
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DEVICE_CONTEXT);
    attributes.EvtCleanupCallback = on_object_cleanup;
    if (node->scope_device) {
        attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    }
    status = WdfDeviceCreate(&init, &attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    context_of(device)->node = node;
    if (is_pdo) {
        set_capabilities(node, device);
    }
    node->children = node->bus ? WdfFdoGetDefaultChildList(device) : NULL;
    node->pdo = WdfDeviceWdmGetPhysicalDevice(device);
    node->monitored = monitor_add(node->prefix != NULL ? node->prefix : "device",
                                  node->parent != NULL ? node->parent->monitored : NULL, is_pdo);
    node->device = device; /* Last: who sees it sees the rest. */
    if (node->created != NULL) {
        node->created(node);
    }
    return apply_settings(node);
}

/* A child's drivers are added from the bottom to the top. */
static struct pnp_node *
next_of_child(struct pnp_node *child)
{
    if (child->lower != NULL && child->lower->device == NULL) {
        return child->lower;
    }
    return child->upper == NULL || child->function->device == NULL ? child->function : child->upper;
}

/* Whom an EvtDriverDeviceAdd call is for: the child's function node, or what the test adds; NULL: a restart. */
static struct pnp_node *
take_node(DEVICE_OBJECT *pdo)
{
    struct pnp_node *node = adding[0];

    for (unsigned i = 0; i < PNP_CHILDREN; i++) {
        for (struct pnp_node *child = children[i]; child != NULL; child = child->twin) {
            if (child->device != NULL && child->pdo == pdo) {
                struct pnp_node *next = next_of_child(child);

                next->parent = child;
                return next;
            }
        }
    }
    if (adding_count == 0) {
        return NULL;
    }
    adding_count--;
    memmove(&adding[0], &adding[1], adding_count * sizeof(adding[0]));
    return node;
}

static NTSTATUS
on_device_add(WDFDRIVER handle, PWDFDEVICE_INIT init)
{
    struct pnp_node *node = take_node(WdfFdoInitWdmGetPhysicalDevice(init));
    NTSTATUS status;

    if (node == NULL) {
        pnp_restarts++; /* A device that failed is enumerated anew; the test wants no more of it. */
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    if (node->bus) {
        WDF_CHILD_LIST_CONFIG config;

        WDF_CHILD_LIST_CONFIG_INIT(&config, sizeof(struct pnp_identity), on_create_child);
        WdfFdoInitSetDefaultChildListConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
    }
    if (node->filter) {
        WdfFdoInitSetFilter(init);
    }
    if (node->not_owner) {
        WdfDeviceInitSetPowerPolicyOwnership(init, FALSE);
    }
    status = create(node, init, false);
    if (NT_SUCCESS(status) && !node->filter) {
        status = WdfDeviceCreateDeviceInterface(node->device, &pnp_interface, NULL);
    }
    return status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, on_device_add);
    return WdfDriverCreate(driver_object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* --- Fixture ------------------------------------------------------------------------------------ */

void
pnp_open(void)
{
    events_clear();
    KeInitializeSpinLock(&handles);
    adding_count = 0;
    pnp_restarts = 0;
    memset(children, 0, sizeof(children));
    ck_assert_int_eq(bench_create(NULL, &pnp_bench), STATUS_SUCCESS);
    ck_assert_int_eq(bench_driver_load_entry(pnp_bench, "conform", FxDriverEntry, &driver),
                     STATUS_SUCCESS);
    ck_assert_int_eq(bench_install(pnp_bench,
                                   &(struct bench_installation){
                                       .hardware_ids = (const char *[]){"PNPTEST\\CHILD", NULL},
                                       .function = driver}),
                     STATUS_SUCCESS);
    ck_assert_int_eq(bench_install(pnp_bench,
                                   &(struct bench_installation){
                                       .hardware_ids = (const char *[]){"PNPTEST\\FILTERED", NULL},
                                       .function = driver,
                                       .lower_filters = (struct bench_driver *[]){driver, NULL},
                                       .upper_filters = (struct bench_driver *[]){driver, NULL}}),
                     STATUS_SUCCESS);
}

void
pnp_close(void)
{
    unsigned leaks = bench_destroy(pnp_bench);

    ck_assert_uint_eq(leaks, 0);
    monitor_end();
}

bench_status
pnp_add(struct pnp_node *lower, struct pnp_node *function, struct pnp_node *upper,
        struct bench_device **ret_device)
{
    struct bench_device_params like = {.resources = function->resources,
                                       .resource_count = function->resource_count,
                                       .wakes_from = function->wakes_from};

    return pnp_add_like(&like, lower, function, upper, ret_device);
}

bench_status
pnp_add_like(const struct bench_device_params *like, struct pnp_node *lower,
             struct pnp_node *function, struct pnp_node *upper, struct bench_device **ret_device)
{
    struct bench_driver *filters[] = {driver, NULL};
    struct bench_device_params params = *like;

    params.function = driver;
    ck_assert_uint_eq(adding_count, 0);
    if (lower != NULL) {
        adding[adding_count++] = lower;
        params.lower_filters = filters;
    }
    adding[adding_count++] = function;
    if (upper != NULL) {
        adding[adding_count++] = upper;
        params.upper_filters = filters;
    }
    return bench_device_add(pnp_bench, &params, ret_device);
}

void
pnp_expect_add(struct pnp_node *node)
{
    adding_count = 0;
    if (node != NULL) {
        adding[adding_count++] = node;
    }
}

const char *
pnp_events(void)
{
    static char text[8192];

    snprintf(text, sizeof(text), "%s", events_text());
    events_clear();
    return text;
}

void
pnp_await(const char *text)
{
    for (unsigned i = 0; strstr(events_text(), text) == NULL; i++) {
        ck_assert_msg(i < 10000, "\"%s\" did not come: %s", text, events_text());
        bench_advance(pnp_bench, 1);
    }
}

/* --- IRPs ---------------------------------------------------------------------------------------- */

static NTSTATUS
on_sent(DEVICE_OBJECT *none, IRP *irp, PVOID context)
{
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS
send(DEVICE_OBJECT *pdo, const IO_STACK_LOCATION *stack)
{
    DEVICE_OBJECT *top = IoGetAttachedDeviceReference(pdo);
    IRP *irp = IoAllocateIrp(top->StackSize, FALSE);
    NTSTATUS status;
    KEVENT event;

    ck_assert_ptr_nonnull(irp);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    *IoGetNextIrpStackLocation(irp) = *stack;
    IoSetCompletionRoutine(irp, on_sent, &event, TRUE, TRUE, TRUE);
    (void)IoCallDriver(top, irp);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    status = irp->IoStatus.Status;
    IoFreeIrp(irp);
    ObDereferenceObject(top);
    return status;
}

NTSTATUS
pnp_irp(DEVICE_OBJECT *pdo, UCHAR minor)
{
    IO_STACK_LOCATION stack = {.MajorFunction = IRP_MJ_PNP, .MinorFunction = minor};

    return send(pdo, &stack);
}

NTSTATUS
pnp_set_lock(DEVICE_OBJECT *pdo, bool lock)
{
    IO_STACK_LOCATION stack = {.MajorFunction = IRP_MJ_PNP, .MinorFunction = IRP_MN_SET_LOCK};

    stack.Parameters.SetLock.Lock = lock;
    return send(pdo, &stack);
}

NTSTATUS
pnp_system_power(DEVICE_OBJECT *pdo, SYSTEM_POWER_STATE state, POWER_ACTION action)
{
    IO_STACK_LOCATION stack = {.MajorFunction = IRP_MJ_POWER, .MinorFunction = IRP_MN_SET_POWER};

    stack.Parameters.Power.Type = SystemPowerState;
    stack.Parameters.Power.State.SystemState = state;
    stack.Parameters.Power.ShutdownType = action;
    return send(pdo, &stack);
}

NTSTATUS
pnp_device_power(DEVICE_OBJECT *pdo, DEVICE_POWER_STATE state)
{
    IO_STACK_LOCATION stack = {.MajorFunction = IRP_MJ_POWER, .MinorFunction = IRP_MN_SET_POWER};

    stack.Parameters.Power.Type = DevicePowerState;
    stack.Parameters.Power.State.DeviceState = state;
    return send(pdo, &stack);
}
