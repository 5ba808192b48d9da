/* SPDX-License-Identifier: MIT */
/*
 * "Static Enumeration": children that the bus driver makes itself and adds to the list that every FDO has, from
 * EvtDriverDeviceAdd to WdfPdoMarkMissing, and the list's iteration.
 */
#include "pnp_test.h"

#define UP(name)   name ".prepare " name ".d0entry:D3Final " name ".post:D3Final "
#define DOWN(name) name ".pre:D3Final " name ".d0exit:D3Final " name ".release "

static struct bench_device *device;
static struct pnp_node bus, one, two, fn1, fn2;

/* As a sound card's driver does with its functions. */
static void
add_children(struct pnp_node *node)
{
    SUCCEEDS(pnp_add_static(node, &one));
    SUCCEEDS(pnp_add_static(node, &two));
}

static void
prepare_nodes(void)
{
    bus = (struct pnp_node){.prefix = "bus", .no_self_managed_io = true, .created = add_children};
    one = (struct pnp_node){
        .prefix = "one", .serial = 1, .function = &fn1, .no_self_managed_io = true};
    two = (struct pnp_node){
        .prefix = "two", .serial = 2, .function = &fn2, .no_self_managed_io = true};
    fn1 = (struct pnp_node){.prefix = "fn1", .no_self_managed_io = true};
    fn2 = (struct pnp_node){.prefix = "fn2", .no_self_managed_io = true};
}

static void
open_bus(void)
{
    prepare_nodes();
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    bench_wait_quiet(pnp_bench);
}

PNP_TEST(children_of_device_add_start_after_their_bus)
{
    open_bus();
    EXPECT(UP("bus") UP("one") UP("fn1") UP("two") UP("fn2"));
    ck_assert_ptr_eq(WdfPdoGetParent(one.device), bus.device);
    SUCCEEDS(bench_device_remove(device));
    EXPECT("fn1.query-remove one.query-remove fn2.query-remove two.query-remove "
           "bus.query-remove " DOWN("fn1") DOWN("one") "fn1.object-cleanup " DOWN("fn2")
               DOWN("two") "fn2.object-cleanup bus.pre:D3Final bus.d0exit:D3Final "
                           "one.object-cleanup two.object-cleanup bus.release bus.object-cleanup ");
}

PNP_TEST(a_child_that_is_marked_missing_is_surprise_removed)
{
    open_bus();
    (void)pnp_events();
    SUCCEEDS(WdfPdoMarkMissing(one.device));
    bench_wait_quiet(pnp_bench);
    EXPECT("one.missing fn1.surprise " DOWN("fn1") "one.surprise " DOWN(
        "one") "one.object-cleanup fn1.object-cleanup ");
    ck_assert_str_eq(bench_device_state(pnp_child_device(&two)), "Started");
    ck_assert_int_eq(WdfPdoMarkMissing(bus.device), STATUS_INVALID_PARAMETER);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_disabled_child_keeps_its_pdo)
{
    WDFDEVICE handle;

    open_bus();
    handle = one.device;
    (void)pnp_events();
    SUCCEEDS(bench_device_disable(pnp_child_device(&one)));
    EXPECT("fn1.query-remove one.query-remove " DOWN("fn1") DOWN("one") "fn1.object-cleanup ");
    bench_device_rescan(device);
    EXPECT("");
    SUCCEEDS(bench_device_enable(pnp_child_device(&one)));
    EXPECT(UP("one") UP("fn1"));
    ck_assert_ptr_eq(one.device, handle);
    SUCCEEDS(bench_device_remove(device));
}

/* "Surprise removal" by a person: the bus driver has not said anything, so the PDO stays until it does. */
PNP_TEST(a_child_that_is_pulled_out_keeps_its_pdo_until_its_bus_says_so)
{
    open_bus();
    (void)pnp_events();
    bench_device_surprise_remove(pnp_child_device(&one));
    bench_wait_quiet(pnp_bench);
    EXPECT("fn1.surprise " DOWN("fn1") "one.surprise " DOWN("one") "fn1.object-cleanup ");
    ck_assert_ptr_nonnull(one.device);
    SUCCEEDS(WdfPdoMarkMissing(one.device));
    bench_wait_quiet(pnp_bench);
    EXPECT("one.missing one.object-cleanup ");
    ck_assert_str_eq(bench_device_state(pnp_child_device(&two)), "Started");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(an_ejected_child_is_gone_and_another_takes_its_place)
{
    open_bus();
    (void)pnp_events();
    SUCCEEDS(bench_device_eject(pnp_child_device(&one)));
    bench_wait_quiet(pnp_bench);
    EXPECT("fn1.query-remove one.query-remove " DOWN("fn1")
               DOWN("one") "fn1.object-cleanup one.eject one.missing one.object-cleanup ");
    ck_assert_ptr_null(one.device);
    SUCCEEDS(pnp_add_static(&bus, &one));
    bench_wait_quiet(pnp_bench);
    EXPECT(UP("one") UP("fn1"));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_disabled_child_that_is_missing_goes)
{
    open_bus();
    SUCCEEDS(bench_device_disable(pnp_child_device(&two)));
    (void)pnp_events();
    SUCCEEDS(WdfPdoMarkMissing(two.device));
    bench_wait_quiet(pnp_bench);
    EXPECT("two.missing two.object-cleanup ");
    SUCCEEDS(bench_device_remove(device));
}

/* A rebalance of the bus takes its children down and up; they are the same. */
PNP_TEST(children_live_through_a_stop_of_their_bus)
{
    WDFDEVICE before[2];

    open_bus();
    before[0] = one.device;
    before[1] = two.device;
    (void)pnp_events();
    SUCCEEDS(bench_device_stop(device));
    SUCCEEDS(bench_device_start(device));
    bench_wait_quiet(pnp_bench);
    ck_assert_ptr_eq(one.device, before[0]);
    ck_assert_ptr_eq(two.device, before[1]);
    ck_assert_str_eq(bench_device_state(pnp_child_device(&one)), "Started");
    ck_assert_str_eq(bench_device_state(pnp_child_device(&two)), "Started");
    SUCCEEDS(bench_device_remove(device));
}

/* Disabled and enabled, the bus is a new device, and makes new children in EvtDriverDeviceAdd. */
PNP_TEST(a_bus_that_comes_back_makes_its_children_anew)
{
    open_bus();
    (void)pnp_events();
    SUCCEEDS(bench_device_disable(device));
    ck_assert_ptr_null(one.device);
    ck_assert_ptr_null(two.device);
    (void)pnp_events();
    pnp_expect_add(&bus);
    SUCCEEDS(bench_device_enable(device));
    bench_wait_quiet(pnp_bench);
    EXPECT(UP("bus") UP("one") UP("fn1") UP("two") UP("fn2"));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_child_may_come_later)
{
    prepare_nodes();
    bus.created = NULL;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    EXPECT(UP("bus"));
    SUCCEEDS(pnp_add_static(&bus, &two));
    bench_wait_quiet(pnp_bench);
    EXPECT(UP("two") UP("fn2"));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_raw_child_is_driven_by_the_bus_driver)
{
    prepare_nodes();
    two.raw = true;
    two.function = NULL;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    bench_wait_quiet(pnp_bench);
    EXPECT(UP("bus") UP("one") UP("fn1") UP("two"));
    SUCCEEDS(bench_device_remove(device));
}

/* "If it returns a value that NT_SUCCESS evaluates as FALSE, the driver must call WdfObjectDelete." */
PNP_TEST(only_an_fdo_has_such_a_list)
{
    prepare_nodes();
    bus.created = NULL;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    SUCCEEDS(pnp_add_static(&bus, &one));
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
    ck_assert_int_eq(WdfFdoAddStaticChild(one.device, one.device), STATUS_INVALID_PARAMETER);
    EXPECT("");
    SUCCEEDS(bench_device_remove(device));
}

/* --- Iteration ------------------------------------------------------------------------------------ */

static unsigned
count(ULONG flags)
{
    WDFDEVICE child = NULL;
    unsigned found = 0;

    WdfFdoLockStaticChildListForIteration(bus.device);
    while ((child = WdfFdoRetrieveNextStaticChild(bus.device, child, flags)) != NULL) {
        ck_assert(child == one.device || child == two.device);
        found++;
    }
    WdfFdoUnlockStaticChildListFromIteration(bus.device);
    return found;
}

PNP_TEST(the_list_is_iterated_under_its_lock)
{
    open_bus();
    ck_assert_uint_eq(count(WdfRetrieveAllChildren), 2);
    ck_assert_uint_eq(count(WdfRetrievePresentChildren), 2);
    ck_assert_uint_eq(count(WdfRetrieveMissingChildren), 0);
    SUCCEEDS(WdfPdoMarkMissing(two.device));
    bench_wait_quiet(pnp_bench);
    ck_assert_uint_eq(count(WdfRetrieveAllChildren), 1);
    SUCCEEDS(bench_device_remove(device));
}

/* "The framework stores all of the changes until the last call to ...Unlock...". */
PNP_TEST(changes_under_the_lock_are_told_when_the_last_goes)
{
    open_bus();
    (void)pnp_events();
    WdfFdoLockStaticChildListForIteration(bus.device);
    WdfFdoLockStaticChildListForIteration(bus.device);
    SUCCEEDS(WdfPdoMarkMissing(one.device));
    bench_wait_quiet(pnp_bench);
    WdfFdoUnlockStaticChildListFromIteration(bus.device);
    bench_wait_quiet(pnp_bench);
    ck_assert_str_eq(bench_device_state(pnp_child_device(&one)), "Started");
    WdfFdoUnlockStaticChildListFromIteration(bus.device);
    bench_wait_quiet(pnp_bench);
    ck_assert_ptr_null(one.device);
    SUCCEEDS(bench_device_remove(device));
}

/* --- What fails ------------------------------------------------------------------------------------ */

PNP_TEST(a_child_that_does_not_start_leaves_its_bus_and_its_brother_alone)
{
    prepare_nodes();
    one.fail[MONITOR_D0_ENTRY] = 1;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    bench_wait_quiet(pnp_bench);
    EXPECT(UP("bus") "one.prepare one.d0entry:D3Final one.release fn1.object-cleanup " UP("two")
               UP("fn2"));
    ck_assert_uint_eq(bench_device_problem(pnp_child_device(&one), NULL), 10);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_bus_that_does_not_start_takes_its_children_with_it)
{
    prepare_nodes();
    bus.fail[MONITOR_PREPARE_HARDWARE] = 1;
    ck_assert_int_eq(pnp_add(NULL, &bus, NULL, &device), STATUS_DEVICE_DATA_ERROR);
    EXPECT("bus.prepare bus.release one.object-cleanup two.object-cleanup bus.object-cleanup ");
}

PNP_RUN("conform/pnp_static", a_child_that_is_pulled_out_keeps_its_pdo_until_its_bus_says_so,
        an_ejected_child_is_gone_and_another_takes_its_place, a_disabled_child_that_is_missing_goes,
        children_live_through_a_stop_of_their_bus, a_bus_that_comes_back_makes_its_children_anew,
        children_of_device_add_start_after_their_bus,
        a_child_that_is_marked_missing_is_surprise_removed, a_disabled_child_keeps_its_pdo,
        a_child_may_come_later, a_raw_child_is_driven_by_the_bus_driver,
        only_an_fdo_has_such_a_list, the_list_is_iterated_under_its_lock,
        changes_under_the_lock_are_told_when_the_last_goes,
        a_child_that_does_not_start_leaves_its_bus_and_its_brother_alone,
        a_bus_that_does_not_start_takes_its_children_with_it)
