/* SPDX-License-Identifier: MIT */
/*
 * What a bus driver is asked beside its children's lives: EvtChildListScanForChildren whenever the bus is in D0 again,
 * EvtDeviceSetLock of a PDO.
 */
#include "pnp_test.h"

#define UP(name)   name ".prepare " name ".d0entry:D3Final " name ".post:D3Final "
#define DOWN(name) name ".pre:D3Final " name ".d0exit:D3Final " name ".release "

static struct bench_device *device;
static struct pnp_node bus, pdo, fn;
static bool child_is_there;
static NTSTATUS lock_status;

static NTSTATUS
on_create(WDFCHILDLIST list, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER id, PWDFDEVICE_INIT init)
{
    return STATUS_NOT_SUPPORTED; /* The list of this test has descriptions only. */
}

/* All children that there are: those that are not named here are missing. */
static VOID
on_scan(WDFCHILDLIST list)
{
    struct pnp_identity identity;

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    pnp_note(pnp_node_of(WdfChildListGetDevice(list)), "scan", NULL);
    WdfChildListBeginScan(bus.children);
    if (child_is_there) {
        pnp_identity_init(&identity, pdo.serial);
        ck_assert(NT_SUCCESS(WdfChildListAddOrUpdateChildDescriptionAsPresent(
            bus.children, &identity.header, NULL)));
    }
    WdfChildListEndScan(bus.children);
}

static void
add_list(struct pnp_node *node)
{
    WDF_CHILD_LIST_CONFIG config;
    WDFCHILDLIST list;

    WDF_CHILD_LIST_CONFIG_INIT(&config, sizeof(struct pnp_identity), on_create);
    config.EvtChildListScanForChildren = on_scan;
    SUCCEEDS(WdfChildListCreate(node->device, &config, WDF_NO_OBJECT_ATTRIBUTES, &list));
}

static NTSTATUS
on_set_lock(WDFDEVICE handle, BOOLEAN lock)
{
    pnp_note(pnp_node_of(handle), "lock", lock ? "on" : "off");
    return lock_status;
}

static void
init_lock(struct pnp_node *node, PWDFDEVICE_INIT init)
{
    WDF_PDO_EVENT_CALLBACKS events;

    WDF_PDO_EVENT_CALLBACKS_INIT(&events);
    events.EvtDeviceSetLock = on_set_lock;
    WdfPdoInitSetEventCallbacks(init, &events);
}

static void
open_bus(void)
{
    bus = (struct pnp_node){
        .prefix = "bus", .bus = true, .no_self_managed_io = true, .created = add_list};
    pdo = (struct pnp_node){
        .prefix = "pdo", .serial = 1, .function = &fn, .no_self_managed_io = true};
    fn = (struct pnp_node){.prefix = "fn", .no_self_managed_io = true};
    lock_status = STATUS_SUCCESS;
}

static void
start(void)
{
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    pnp_plug(&bus, &pdo); /* The fixture learns which node it is. */
    bench_wait_quiet(pnp_bench);
}

/* "... each time the parent device enters its working (D0) state", before its queues start and its own I/O. */
PNP_TEST(a_bus_is_scanned_whenever_it_enters_d0)
{
    open_bus();
    bus.no_self_managed_io = false;
    child_is_there = false;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    EXPECT("bus.prepare bus.d0entry:D3Final bus.post:D3Final bus.scan bus.init ");
    SUCCEEDS(pnp_system_power(bus.pdo, PowerSystemSleeping3, PowerActionSleep));
    EXPECT("bus.suspend bus.pre:D3 bus.d0exit:D3 ");
    SUCCEEDS(pnp_system_power(bus.pdo, PowerSystemWorking, PowerActionSleep));
    pnp_await("bus.restart ");
    EXPECT("bus.d0entry:D3 bus.post:D3 bus.scan bus.restart ");
    SUCCEEDS(bench_device_stop(device));
    (void)pnp_events();
    SUCCEEDS(bench_device_start(device));
    EXPECT("bus.prepare bus.d0entry:D3Final bus.post:D3Final bus.scan bus.restart ");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_child_that_the_scan_does_not_find_after_sleep_is_gone)
{
    open_bus();
    child_is_there = true;
    start();
    EXPECT(UP("bus") "bus.scan pdo.create " UP("pdo") UP("fn"));
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    child_is_there = false;
    (void)pnp_events();
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    ck_assert_ptr_nonnull(strstr(pnp_events(), "fn.surprise "));
    ck_assert_ptr_null(pdo.device);
    ck_assert_ptr_null(fn.device);

    /* And one that it finds has come. */
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    child_is_there = true;
    (void)pnp_events();
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT("bus.d0entry:D3 bus.post:D3 bus.scan pdo.create " UP("pdo") UP("fn"));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_bus_driver_is_asked_to_lock_its_child_in)
{
    open_bus();
    child_is_there = true;
    pdo.init = init_lock;
    start();
    (void)pnp_events();
    SUCCEEDS(pnp_set_lock(pdo.pdo, true));
    SUCCEEDS(pnp_set_lock(pdo.pdo, false));
    EXPECT("pdo.lock:on pdo.lock:off ");
    lock_status = STATUS_UNSUCCESSFUL;
    ck_assert_int_eq(pnp_set_lock(pdo.pdo, true), STATUS_UNSUCCESSFUL);
    EXPECT("pdo.lock:on ");
    ck_assert_str_eq(bench_device_state(pnp_child_device(&pdo)), "Started");
    SUCCEEDS(bench_device_remove(device));
}

/* "Not implementing an EvtDeviceSetLock callback function" is a failure. */
PNP_TEST(a_child_without_a_lock_cannot_be_locked)
{
    open_bus();
    child_is_there = true;
    start();
    (void)pnp_events();
    ck_assert(!NT_SUCCESS(pnp_set_lock(pdo.pdo, true)));
    EXPECT("");
    SUCCEEDS(bench_device_remove(device));
}

PNP_RUN("conform/pnp_scan", a_bus_is_scanned_whenever_it_enters_d0,
        a_child_that_the_scan_does_not_find_after_sleep_is_gone,
        a_bus_driver_is_asked_to_lock_its_child_in, a_child_without_a_lock_cannot_be_locked)
