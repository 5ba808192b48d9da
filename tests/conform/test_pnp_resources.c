/* SPDX-License-Identifier: MIT */
/*
 * "A User Plugs in a Device" up to its start: what the bus driver reports of resources, how filter and function
 * drivers take away from it and add to it, and what each gets when the device starts.
 */
#include "pnp_test.h"

#define ADDED   0x2000 /* Bytes of memory; what the function driver adds. */
#define BY_BUS  0x1000 /* What the bus driver reports. */
#define REMOVED 0x4000 /* What it reports and the upper filter takes away. */

static struct bench_device *device;
static struct pnp_node bus, pdo, lo, fn, up;

static struct fails {
    const char *who; /* The node whose callback fails. */
    const char *what;
} fails;

static NTSTATUS
note(WDFDEVICE handle, const char *what)
{
    struct pnp_node *node = pnp_node_of(handle);

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    pnp_note(node, what, NULL);
    return fails.who != NULL && strcmp(fails.who, node->prefix) == 0 &&
                   strcmp(fails.what, what) == 0
               ? STATUS_DEVICE_DATA_ERROR
               : STATUS_SUCCESS;
}

/* --- The bus driver ---------------------------------------------------------------------------------- */

static void
append_memory(WDFIORESLIST list, ULONG length)
{
    IO_RESOURCE_DESCRIPTOR memory = {.Type = CmResourceTypeMemory,
                                     .ShareDisposition = CmResourceShareDeviceExclusive,
                                     .Flags = CM_RESOURCE_MEMORY_READ_WRITE};

    memory.u.Memory.Length = length;
    memory.u.Memory.Alignment = 0x1000;
    memory.u.Memory.MaximumAddress.QuadPart = 0xFFFFFFFF;
    SUCCEEDS(WdfIoResourceListAppendDescriptor(list, &memory));
}

static NTSTATUS
on_requirements_query(WDFDEVICE handle, WDFIORESREQLIST requirements)
{
    NTSTATUS status = note(handle, "requirements");
    WDFIORESLIST list;

    SUCCEEDS(WdfIoResourceListCreate(requirements, WDF_NO_OBJECT_ATTRIBUTES, &list));
    append_memory(list, BY_BUS);
    append_memory(list, REMOVED);
    SUCCEEDS(WdfIoResourceRequirementsListAppendIoResList(requirements, list));
    return status;
}

static NTSTATUS
on_resources_query(WDFDEVICE handle, WDFCMRESLIST resources)
{
    ck_assert_uint_eq(WdfCmResourceListGetCount(resources), 0);
    return note(handle, "resources");
}

static void
init_pdo(struct pnp_node *node, PWDFDEVICE_INIT init)
{
    WDF_PDO_EVENT_CALLBACKS events;

    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceResourceRequirementsQuery = on_requirements_query;
    events.EvtDeviceResourcesQuery = on_resources_query;
    WdfPdoInitSetEventCallbacks(init, &events);
}

/* --- The others -------------------------------------------------------------------------------------- */

/* The length of the memory at a place of the only list. */
static ULONG
required(WDFIORESREQLIST requirements, ULONG place)
{
    WDFIORESLIST list = WdfIoResourceRequirementsListGetIoResList(requirements, 0);
    PIO_RESOURCE_DESCRIPTOR descriptor = WdfIoResourceListGetDescriptor(list, place);

    return descriptor != NULL ? descriptor->u.Memory.Length : 0;
}

static NTSTATUS
on_remove_requirements(WDFDEVICE handle, WDFIORESREQLIST requirements)
{
    NTSTATUS status = note(handle, "remove");

    ck_assert_uint_eq(WdfIoResourceRequirementsListGetCount(requirements), 1);
    ck_assert_uint_eq(required(requirements, 0), BY_BUS);
    if (pnp_node_of(handle) == &up) {
        WDFIORESLIST list = WdfIoResourceRequirementsListGetIoResList(requirements, 0);

        ck_assert_uint_eq(required(requirements, 1), REMOVED);
        WdfIoResourceListRemove(list, 1);
    } else {
        ck_assert_uint_eq(required(requirements, 1), 0); /* The one above has been here. */
    }
    return status;
}

static NTSTATUS
on_add_requirements(WDFDEVICE handle, WDFIORESREQLIST requirements)
{
    NTSTATUS status = note(handle, "add");

    ck_assert_uint_eq(required(requirements, 0), BY_BUS);
    if (pnp_node_of(handle) == &fn) {
        append_memory(WdfIoResourceRequirementsListGetIoResList(requirements, 0), ADDED);
    }
    ck_assert_uint_eq(required(requirements, 1), pnp_node_of(handle) == &lo ? 0 : ADDED);
    return status;
}

/* "The driver must remove from both lists what it added": the drivers below never see it. */
static NTSTATUS
on_remove_added(WDFDEVICE handle, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    ULONG count = WdfCmResourceListGetCount(raw);

    ck_assert_uint_eq(WdfCmResourceListGetCount(translated), count);
    ck_assert_uint_eq(count, pnp_node_of(handle) == &lo ? 1 : 2);
    for (ULONG i = count; pnp_node_of(handle) == &fn && i-- > 0;) {
        if (WdfCmResourceListGetDescriptor(raw, i)->u.Memory.Length == ADDED) {
            WdfCmResourceListRemove(raw, i);
            WdfCmResourceListRemove(translated, i);
        }
    }
    return note(handle, "remove-added");
}

static void
init_fdo(struct pnp_node *node, PWDFDEVICE_INIT init)
{
    WDF_FDO_EVENT_CALLBACKS events;

    WDF_FDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceFilterRemoveResourceRequirements = on_remove_requirements;
    events.EvtDeviceFilterAddResourceRequirements = on_add_requirements;
    events.EvtDeviceRemoveAddedResources = on_remove_added;
    WdfFdoInitSetEventCallbacks(init, &events);
}

/* EvtDevicePrepareHardware, in place of the fixture's: what the node has got. */
static NTSTATUS
on_prepare(WDFDEVICE handle, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    struct pnp_node *node = pnp_node_of(handle);
    char text[64] = "";

    ck_assert_uint_eq(WdfCmResourceListGetCount(raw), WdfCmResourceListGetCount(translated));
    for (ULONG i = 0; i < WdfCmResourceListGetCount(translated); i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR got = WdfCmResourceListGetDescriptor(translated, i);
        size_t used = strlen(text);

        ck_assert_uint_eq(got->Type, CmResourceTypeMemory);
        ck_assert_uint_eq(got->u.Memory.Start.QuadPart % 0x1000, 0);
        (void)snprintf(text + used, sizeof(text) - used, "%s%x", used != 0 ? "+" : "",
                       (unsigned)got->u.Memory.Length);
    }
    pnp_note(node, "prepare", text);
    monitor_enter(node->monitored, MONITOR_PREPARE_HARDWARE, 0);
    monitor_leave(node->monitored, MONITOR_PREPARE_HARDWARE, true);
    return STATUS_SUCCESS;
}

static void
with_prepare(const struct pnp_node *node, WDF_PNPPOWER_EVENT_CALLBACKS *callbacks)
{
    callbacks->EvtDevicePrepareHardware = on_prepare;
}

/* --- The tests --------------------------------------------------------------------------------------- */

static struct pnp_node
make(const char *prefix, void (*init)(struct pnp_node *node, PWDFDEVICE_INIT init))
{
    return (struct pnp_node){
        .prefix = prefix, .no_self_managed_io = true, .callbacks = with_prepare, .init = init};
}

static void
plug(const char *who, const char *what)
{
    fails = (struct fails){who, what};
    bus = make("bus", NULL);
    bus.bus = true;
    bus.callbacks = NULL;
    pdo = make("pdo", init_pdo);
    pdo.serial = 1;
    lo = make("lo", init_fdo);
    fn = make("fn", init_fdo);
    up = make("up", init_fdo);
    lo.filter = up.filter = true;
    pdo.function = &fn;
    pdo.lower = &lo;
    pdo.upper = &up;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    (void)pnp_events();
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
}

#define ON(name)  name ".d0entry:D3Final " name ".post:D3Final "
#define OFF(name) name ".pre:D3Final " name ".d0exit:D3Final " name ".release "
#define FILTERED                                                                                   \
    "up.remove fn.remove lo.remove lo.add fn.add up.add "                                          \
    "up.remove-added fn.remove-added lo.remove-added "
#define STARTED                                                                                    \
    "pdo.prepare:1000 " ON("pdo") "lo.prepare:1000 " ON("lo") "fn.prepare:1000+2000 " ON(          \
        "fn") "up.prepare:1000+2000 " ON("up")

PNP_TEST(each_driver_filters_what_the_bus_reports_and_gets_what_it_should)
{
    plug(NULL, NULL);
    EXPECT("pdo.create pdo.resources pdo.requirements " FILTERED STARTED);
    end();
}

/* "Restart from here if rebalancing resources": the requirements are not asked for again. */
PNP_TEST(a_rebalance_hides_what_was_added_again)
{
    plug(NULL, NULL);
    (void)pnp_events();
    SUCCEEDS(bench_device_stop(pnp_child_device(&pdo)));
    EXPECT("up.query-stop fn.query-stop lo.query-stop pdo.query-stop " OFF("up") OFF("fn") OFF("lo")
               OFF("pdo"));
    SUCCEEDS(bench_device_start(pnp_child_device(&pdo)));
    EXPECT("up.remove-added fn.remove-added lo.remove-added " STARTED);
    end();
}

static void
does_not_start(const char *who, const char *what, const char *expected)
{
    plug(who, what);
    EXPECT(expected);
    ck_assert_str_ne(bench_device_state(pnp_child_device(&pdo)), "Started");
    ck_assert_uint_ne(bench_device_problem(pnp_child_device(&pdo), NULL), 0);
    end();
}

#define GONE "lo.object-cleanup fn.object-cleanup up.object-cleanup "

PNP_TEST(a_function_driver_that_fails_to_filter_stops_the_start)
{
    does_not_start("fn", "remove",
                   "pdo.create pdo.resources pdo.requirements up.remove fn.remove " GONE);
}

PNP_TEST(a_filter_that_fails_to_add_stops_the_start)
{
    does_not_start("up", "add",
                   "pdo.create pdo.resources pdo.requirements up.remove fn.remove lo.remove "
                   "lo.add fn.add up.add " GONE);
}

PNP_TEST(a_driver_that_fails_to_hide_what_it_added_stops_the_start)
{
    does_not_start("fn", "remove-added",
                   "pdo.create pdo.resources pdo.requirements "
                   "up.remove fn.remove lo.remove lo.add fn.add up.add "
                   "up.remove-added fn.remove-added " GONE);
}

PNP_RUN("conform/pnp_resources", each_driver_filters_what_the_bus_reports_and_gets_what_it_should,
        a_rebalance_hides_what_was_added_again,
        a_function_driver_that_fails_to_filter_stops_the_start,
        a_filter_that_fails_to_add_stops_the_start,
        a_driver_that_fails_to_hide_what_it_added_stops_the_start)
