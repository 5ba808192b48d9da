/* SPDX-License-Identifier: MIT */
/*
 * EvtDeviceRelationsQuery, removal relations, and "Supporting Ejectable Devices" with ejection relations: who
 * goes when another goes, in which order, and who may refuse.
 */
#include "pnp_test.h"

#define DOWN(name) name ".pre:D3Final " name ".d0exit:D3Final " name ".release "

static struct bench_device *device, *other_device;
static struct pnp_node bus, one, two, fn1, fn2, node, other;

static VOID
on_relations(WDFDEVICE handle, DEVICE_RELATION_TYPE type)
{
    static const char *const names[] = {
        [BusRelations] = "bus",
        [EjectionRelations] = "ejection",
        [RemovalRelations] = "removal",
        [TargetDeviceRelation] = "target",
    };

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    pnp_note(pnp_node_of(handle), "relations", names[type]);
}

static void
with_relations(const struct pnp_node *unused, WDF_PNPPOWER_EVENT_CALLBACKS *callbacks)
{
    callbacks->EvtDeviceRelationsQuery = on_relations;
}

static struct pnp_node
quiet_node(const char *prefix)
{
    return (struct pnp_node){.prefix = prefix, .no_self_managed_io = true};
}

static void
open_pair(void)
{
    node = quiet_node("fn");
    other = quiet_node("other");
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(pnp_add(NULL, &other, NULL, &other_device));
}

static void
open_bus(void)
{
    bus = quiet_node("bus");
    one = quiet_node("one");
    two = quiet_node("two");
    fn1 = quiet_node("fn1");
    fn2 = quiet_node("fn2");
    bus.bus = true;
    one.serial = 1;
    one.function = &fn1;
    two.serial = 2;
    two.function = &fn2;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    pnp_plug(&bus, &one);
    pnp_plug(&bus, &two);
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
}

/* --- EvtDeviceRelationsQuery ------------------------------------------------------------------------ */

PNP_TEST(the_driver_hears_of_each_query_before_it_is_answered)
{
    node = quiet_node("fn");
    node.callbacks = with_relations;
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    EXPECT("fn.prepare fn.d0entry:D3Final fn.post:D3Final fn.relations:bus ");
    IoInvalidateDeviceRelations(node.pdo, BusRelations);
    bench_wait_quiet(pnp_bench);
    EXPECT("fn.relations:bus ");
    SUCCEEDS(bench_device_remove(device));
    EXPECT("fn.relations:removal fn.query-remove " DOWN("fn") "fn.object-cleanup ");
}

PNP_TEST(the_bus_driver_hears_of_ejection_at_the_childs_pdo)
{
    open_bus();
    pnp_unplug(&bus, &one);
    bench_wait_quiet(pnp_bench);
    one.callbacks = with_relations;
    pnp_plug(&bus, &one);
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
    SUCCEEDS(bench_device_eject(pnp_child_device(&one)));
    bench_wait_quiet(pnp_bench);
    EXPECT("one.relations:ejection one.relations:removal fn1.query-remove one.query-remove " DOWN(
        "fn1") DOWN("one") "fn1.object-cleanup one.eject one.missing one.object-cleanup ");
    SUCCEEDS(bench_device_remove(device));
}

/* --- Removal relations ------------------------------------------------------------------------------ */

PNP_TEST(a_device_goes_with_the_one_that_names_it)
{
    open_pair();
    SUCCEEDS(WdfDeviceAddRemovalRelationsPhysicalDevice(node.device, other.pdo));
    (void)pnp_events();
    SUCCEEDS(bench_device_remove(device));
    EXPECT("other.query-remove fn.query-remove " DOWN("other") "other.object-cleanup " DOWN(
        "fn") "fn.object-cleanup ");
    ck_assert_str_eq(bench_device_state(other_device), "Removed");
    SUCCEEDS(bench_device_remove(other_device));
}

PNP_TEST(a_related_device_may_refuse_for_both)
{
    open_pair();
    SUCCEEDS(WdfDeviceAddRemovalRelationsPhysicalDevice(node.device, other.pdo));
    other.fail[MONITOR_QUERY_REMOVE] = 1;
    (void)pnp_events();
    ck_assert_int_eq(bench_device_remove(device), STATUS_DEVICE_DATA_ERROR);
    EXPECT("other.query-remove ");
    ck_assert_str_eq(bench_device_state(device), "Started");
    ck_assert_str_eq(bench_device_state(other_device), "Started");
    SUCCEEDS(bench_device_remove(device));
    SUCCEEDS(bench_device_remove(other_device));
}

PNP_TEST(a_relation_ends_when_the_driver_takes_it_back)
{
    open_pair();
    SUCCEEDS(WdfDeviceAddRemovalRelationsPhysicalDevice(node.device, other.pdo));
    WdfDeviceRemoveRemovalRelationsPhysicalDevice(node.device, other.pdo);
    SUCCEEDS(WdfDeviceAddRemovalRelationsPhysicalDevice(node.device, other.pdo));
    WdfDeviceClearRemovalRelationsDevices(node.device);
    ck_assert_int_eq(WdfDeviceAddRemovalRelationsPhysicalDevice(node.device, NULL),
                     STATUS_INVALID_PARAMETER);
    (void)pnp_events();
    SUCCEEDS(bench_device_remove(device));
    EXPECT("fn.query-remove " DOWN("fn") "fn.object-cleanup ");
    SUCCEEDS(bench_device_remove(other_device));
}

PNP_TEST(a_surprise_removal_takes_related_devices_too)
{
    open_pair();
    SUCCEEDS(WdfDeviceAddRemovalRelationsPhysicalDevice(node.device, other.pdo));
    (void)pnp_events();
    bench_device_surprise_remove(device);
    bench_wait_quiet(pnp_bench);
    EXPECT("other.surprise " DOWN("other") "fn.surprise " DOWN(
        "fn") "other.object-cleanup fn.object-cleanup ");
    SUCCEEDS(bench_device_remove(other_device));
}

/* --- Ejection --------------------------------------------------------------------------------------- */

#define EJECTED(pdo, fn)                                                                           \
    fn ".query-remove " pdo ".query-remove " DOWN(fn) DOWN(pdo) fn                                 \
        ".object-cleanup " pdo ".eject " pdo ".missing " pdo ".object-cleanup "

PNP_TEST(the_bus_driver_asks_for_an_ejection_by_the_pdo)
{
    open_bus();
    WdfPdoRequestEject(one.device);
    bench_wait_quiet(pnp_bench);
    EXPECT(EJECTED("one", "fn1"));
    ck_assert_str_eq(bench_device_state(pnp_child_device(&two)), "Started");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(the_bus_driver_asks_for_an_ejection_by_the_description)
{
    struct pnp_identity identity;

    open_bus();
    pnp_identity_init(&identity, 2);
    ck_assert(WdfChildListRequestChildEject(bus.children, &identity.header));
    bench_wait_quiet(pnp_bench);
    EXPECT(EJECTED("two", "fn2"));
    ck_assert(!WdfChildListRequestChildEject(bus.children, &identity.header));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(devices_that_are_ejected_together_are_removed_together)
{
    open_bus();
    SUCCEEDS(WdfPdoAddEjectionRelationsPhysicalDevice(one.device, two.pdo));
    SUCCEEDS(bench_device_eject(pnp_child_device(&one)));
    bench_wait_quiet(pnp_bench);
    EXPECT("fn2.query-remove two.query-remove fn1.query-remove one.query-remove " DOWN("fn2")
               DOWN("two") "fn2.object-cleanup " DOWN("fn1")
                   DOWN("one") "fn1.object-cleanup one.eject "
                               "one.missing one.object-cleanup ");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_related_device_may_refuse_the_ejection)
{
    open_bus();
    SUCCEEDS(WdfPdoAddEjectionRelationsPhysicalDevice(one.device, two.pdo));
    fn2.fail[MONITOR_QUERY_REMOVE] = 1;
    ck_assert_int_eq(bench_device_eject(pnp_child_device(&one)), STATUS_DEVICE_DATA_ERROR);
    EXPECT("fn2.query-remove ");
    WdfPdoRemoveEjectionRelationsPhysicalDevice(one.device, two.pdo);
    SUCCEEDS(WdfPdoAddEjectionRelationsPhysicalDevice(one.device, two.pdo));
    WdfPdoClearEjectionRelationsDevices(one.device);
    SUCCEEDS(bench_device_eject(pnp_child_device(&one)));
    bench_wait_quiet(pnp_bench);
    EXPECT(EJECTED("one", "fn1"));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_device_that_cannot_be_ejected_stays_with_its_bus)
{
    open_bus();
    one.fail[MONITOR_EJECT] = 1;
    ck_assert_int_eq(bench_device_eject(pnp_child_device(&one)), STATUS_DEVICE_DATA_ERROR);
    bench_wait_quiet(pnp_bench);
    EXPECT("fn1.query-remove one.query-remove " DOWN("fn1") DOWN("one") "fn1.object-cleanup "
                                                                        "one.eject ");
    ck_assert_uint_eq(bench_device_problem(pnp_child_device(&one), NULL), 47);
    SUCCEEDS(bench_device_enable(pnp_child_device(&one)));
    EXPECT("one.prepare one.d0entry:D3Final one.post:D3Final "
           "fn1.prepare fn1.d0entry:D3Final fn1.post:D3Final ");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(only_a_pdo_has_ejection_relations)
{
    open_bus();
    ck_assert_int_eq(WdfPdoAddEjectionRelationsPhysicalDevice(fn1.device, two.pdo),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(WdfPdoAddEjectionRelationsPhysicalDevice(one.device, NULL),
                     STATUS_INVALID_PARAMETER);
    SUCCEEDS(bench_device_remove(device));
}

PNP_RUN("conform/pnp_relations", the_driver_hears_of_each_query_before_it_is_answered,
        the_bus_driver_hears_of_ejection_at_the_childs_pdo,
        a_device_goes_with_the_one_that_names_it, a_related_device_may_refuse_for_both,
        a_relation_ends_when_the_driver_takes_it_back, a_surprise_removal_takes_related_devices_too,
        the_bus_driver_asks_for_an_ejection_by_the_pdo,
        the_bus_driver_asks_for_an_ejection_by_the_description,
        devices_that_are_ejected_together_are_removed_together,
        a_related_device_may_refuse_the_ejection,
        a_device_that_cannot_be_ejected_stays_with_its_bus, only_a_pdo_has_ejection_relations)
