/* SPDX-License-Identifier: MIT */
/*
 * "Power-Up Sequence for a Bus Driver", "Power-Down and Removal Sequence for a Bus Driver": dynamically
 * enumerated children, from the bus driver's report to their end, and their parent's power.
 */
#include "pnp_test.h"

#define UP(name)   name ".prepare " name ".d0entry:D3Final " name ".post:D3Final "
#define DOWN(name) name ".pre:D3Final " name ".d0exit:D3Final "

static struct bench_device *device;
static struct pnp_node bus, pdo, fn;

static void
open_bus(void)
{
    bus = (struct pnp_node){.prefix = "bus", .bus = true, .no_self_managed_io = true};
    pdo = (struct pnp_node){
        .prefix = "pdo", .serial = 1, .function = &fn, .no_self_managed_io = true};
    fn = (struct pnp_node){.prefix = "fn", .no_self_managed_io = true};
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    EXPECT(UP("bus"));
}

static void
plug(void)
{
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
}

static void
unplug(void)
{
    ck_assert(pnp_unplug(&bus, &pdo));
    bench_wait_quiet(pnp_bench);
}

PNP_TEST(a_child_that_is_plugged_in_gets_its_pdo_and_its_stack)
{
    open_bus();
    plug();
    EXPECT("pdo.create " UP("pdo") UP("fn"));
    ck_assert_str_eq(bench_device_state(pnp_child_device(&pdo)), "Started");
    ck_assert_ptr_eq(WdfPdoGetParent(pdo.device), bus.device);
    SUCCEEDS(bench_device_remove(device));
    EXPECT("fn.query-remove pdo.query-remove bus.query-remove " DOWN("fn") "fn.release " DOWN(
        "pdo") "pdo.release fn.object-cleanup " DOWN("bus") "pdo.object-cleanup bus.release "
                                                            "bus.object-cleanup ");
}

PNP_TEST(a_child_that_is_pulled_out_is_surprise_removed)
{
    open_bus();
    plug();
    (void)pnp_events();
    unplug();
    EXPECT("pdo.missing fn.surprise " DOWN("fn") "fn.release pdo.surprise " DOWN(
        "pdo") "pdo.release pdo.object-cleanup fn.object-cleanup ");
    plug();
    EXPECT("pdo.create " UP("pdo") UP("fn"));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_disabled_child_keeps_its_pdo)
{
    open_bus();
    plug();
    (void)pnp_events();
    SUCCEEDS(bench_device_disable(pnp_child_device(&pdo)));
    EXPECT("fn.query-remove pdo.query-remove " DOWN("fn") "fn.release " DOWN(
        "pdo") "pdo.release fn.object-cleanup ");
    SUCCEEDS(bench_device_enable(pnp_child_device(&pdo)));
    EXPECT(UP("pdo") UP("fn"));
    unplug();
    (void)pnp_events();
    SUCCEEDS(bench_device_remove(device));
    EXPECT("bus.query-remove " DOWN("bus") "bus.release bus.object-cleanup ");
}

PNP_TEST(a_disabled_child_that_is_pulled_out_goes)
{
    open_bus();
    plug();
    SUCCEEDS(bench_device_disable(pnp_child_device(&pdo)));
    (void)pnp_events();
    unplug();
    ck_assert_ptr_null(pdo.device);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(an_ejected_child_is_asked_removed_and_ejected)
{
    open_bus();
    plug();
    (void)pnp_events();
    SUCCEEDS(bench_device_eject(pnp_child_device(&pdo)));
    bench_wait_quiet(pnp_bench);
    EXPECT("fn.query-remove pdo.query-remove " DOWN("fn") "fn.release " DOWN(
        "pdo") "pdo.release fn.object-cleanup pdo.eject pdo.missing pdo.object-cleanup ");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_raw_child_is_driven_by_the_bus_driver)
{
    open_bus();
    pdo.raw = true;
    pdo.serial = 2;
    pdo.function = NULL;
    plug();
    EXPECT("pdo.create " UP("pdo"));
    ck_assert_str_eq(bench_device_state(pnp_child_device(&pdo)), "Started");
    SUCCEEDS(WdfDeviceStopIdle(pdo.device, TRUE)); /* It is the power policy owner. */
    WdfDeviceResumeIdle(pdo.device);
    ck_assert_int_eq(WdfDeviceStopIdle(bus.device, TRUE), STATUS_SUCCESS);
    WdfDeviceResumeIdle(bus.device);
    unplug();
    EXPECT("pdo.missing pdo.surprise " DOWN("pdo") "pdo.release pdo.object-cleanup ");
    SUCCEEDS(bench_device_remove(device));
}

/* --- The parent's power ----------------------------------------------------------------------------- */

static void
idle(struct pnp_node *node, WDF_POWER_POLICY_S0_IDLE_CAPABILITIES caps)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node->idle, caps);
    node->idle.IdleTimeout = 100;
    node->idle.DxState = PowerDeviceD2;
}

static void
open_idle_bus(void)
{
    bus = (struct pnp_node){.prefix = "bus", .bus = true, .no_self_managed_io = true};
    pdo = (struct pnp_node){
        .prefix = "pdo", .serial = 1, .function = &fn, .no_self_managed_io = true};
    fn = (struct pnp_node){.prefix = "fn", .no_self_managed_io = true};
    idle(&bus, IdleCannotWakeFromS0);
    idle(&fn, IdleCannotWakeFromS0);
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    plug();
    (void)pnp_events();
}

PNP_TEST(a_parent_is_not_idle_while_a_child_is_in_d0)
{
    open_idle_bus();
    SUCCEEDS(WdfDeviceStopIdle(fn.device, TRUE));
    bench_advance(pnp_bench, 1000);
    EXPECT("");
    WdfDeviceResumeIdle(fn.device);
    bench_advance(pnp_bench, 150);
    EXPECT("fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 ");
    bench_advance(pnp_bench, 100);
    EXPECT("bus.pre:D2 bus.d0exit:D2 ");
    SUCCEEDS(WdfDeviceStopIdle(fn.device, TRUE));
    EXPECT("bus.d0entry:D2 bus.post:D2 pdo.d0entry:D2 pdo.post:D2 fn.d0entry:D2 fn.post:D2 ");
    WdfDeviceResumeIdle(fn.device);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_parent_that_fails_to_wake_does_not_hang_its_children)
{
    open_idle_bus();
    bench_advance(pnp_bench, 500);
    EXPECT("fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 bus.pre:D2 bus.d0exit:D2 ");
    bus.fail[MONITOR_D0_ENTRY] = 1;
    (void)WdfDeviceStopIdle(bus.device, FALSE);
    pnp_await("bus.object-cleanup");
    bench_device_surprise_remove(device);
}

PNP_RUN("conform/pnp_bus", a_child_that_is_plugged_in_gets_its_pdo_and_its_stack,
        a_child_that_is_pulled_out_is_surprise_removed, a_disabled_child_keeps_its_pdo,
        a_disabled_child_that_is_pulled_out_goes, an_ejected_child_is_asked_removed_and_ejected,
        a_raw_child_is_driven_by_the_bus_driver, a_parent_is_not_idle_while_a_child_is_in_d0,
        a_parent_that_fails_to_wake_does_not_hang_its_children)
