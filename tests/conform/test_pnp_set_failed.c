/* SPDX-License-Identifier: MIT */
/*
 * "Reporting Device Failures": WdfDeviceSetFailed with and without a restart, restarts after callbacks that
 * fail, how many of them there are, and failures that the bus driver reports.
 */
#include "pnp_test.h"

#define UP   "prepare d0entry:D3Final post:D3Final init "
#define GONE "surprise suspend pre:D3Final d0exit:D3Final release flush cleanup object-cleanup "
#define RESTARTS_MAX                                                                               \
    5 /* "Several consecutive restart attempts ... within a short period of time". */

static struct bench_device *device;
static struct pnp_node node, again;

static void
open_device(void)
{
    node = (struct pnp_node){0};
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    EXPECT(UP);
}

PNP_TEST(a_failed_device_is_removed_and_started_anew)
{
    open_device();
    again = (struct pnp_node){.prefix = "again"};
    pnp_expect_add(&again);
    WdfDeviceSetFailed(node.device, WdfDeviceFailedAttemptRestart);
    bench_wait_quiet(pnp_bench);
    EXPECT(GONE "again.prepare again.d0entry:D3Final again.post:D3Final again.init ");
    ck_assert_str_eq(bench_device_state(device), "Started");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_failed_device_that_is_not_to_restart_stays_away)
{
    open_device();
    WdfDeviceSetFailed(node.device, WdfDeviceFailedNoRestart);
    bench_wait_quiet(pnp_bench);
    EXPECT(GONE);
    bench_advance(pnp_bench, 60000);
    ck_assert_uint_eq(pnp_restarts, 0);
    ck_assert_uint_eq(bench_device_problem(device, NULL), 43);
    bench_device_surprise_remove(device);
}

PNP_TEST(a_failure_is_reported_once)
{
    open_device();
    WdfDeviceSetFailed(node.device, WdfDeviceFailedNoRestart);
    WdfDeviceSetFailed(node.device, WdfDeviceFailedNoRestart);
    bench_wait_quiet(pnp_bench);
    EXPECT(GONE);
    ck_assert_uint_eq(pnp_restarts, 0);
    bench_device_surprise_remove(device);
}

PNP_TEST(an_action_that_does_not_exist_is_ignored)
{
    open_device();
    WdfDeviceSetFailed(node.device, (WDF_DEVICE_FAILED_ACTION)3);
    WdfDeviceSetFailed(node.device, WdfDeviceFailedUndefined);
    bench_wait_quiet(pnp_bench);
    EXPECT("");
    SUCCEEDS(bench_device_remove(device));
}

/* --- Callbacks that fail ---------------------------------------------------------------------------- */

PNP_TEST(a_callback_that_fails_later_restarts_the_device)
{
    open_device();
    again = (struct pnp_node){.prefix = "again", .no_self_managed_io = true};
    pnp_expect_add(&again);
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    node.fail[MONITOR_D0_ENTRY] = 1;
    (void)pnp_events();
    bench_resume(pnp_bench);
    pnp_await("again.post");
    EXPECT("d0entry:D3 release surprise flush cleanup object-cleanup "
           "again.prepare again.d0entry:D3Final again.post:D3Final ");
    SUCCEEDS(bench_device_remove(device));
}

/* "... the callback function can prevent restarts by calling WdfDeviceSetFailed with NoRestart". */
static NTSTATUS
on_d0_entry_giving_up(WDFDEVICE handle, WDF_POWER_DEVICE_STATE previous)
{
    if (previous == WdfPowerDeviceD3Final) {
        monitor_enter(node.monitored, MONITOR_D0_ENTRY, previous);
        monitor_leave(node.monitored, MONITOR_D0_ENTRY, true);
        return STATUS_SUCCESS;
    }
    WdfDeviceSetFailed(handle, WdfDeviceFailedNoRestart);
    return STATUS_DEVICE_DATA_ERROR;
}

static void
gives_up(const struct pnp_node *unused, WDF_PNPPOWER_EVENT_CALLBACKS *callbacks)
{
    callbacks->EvtDeviceD0Entry = on_d0_entry_giving_up;
}

PNP_TEST(a_callback_can_prevent_the_restart)
{
    node = (struct pnp_node){.callbacks = gives_up, .no_self_managed_io = true};
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    (void)pnp_events();
    bench_resume(pnp_bench);
    pnp_await("object-cleanup");
    bench_advance(pnp_bench, 60000);
    ck_assert_uint_eq(pnp_restarts, 0);
    bench_device_surprise_remove(device);
}

PNP_TEST(a_device_that_fails_again_and_again_is_given_up)
{
    static struct pnp_node turns[RESTARTS_MAX + 2];
    unsigned restarts = 0;

    open_device();
    memset(turns, 0, sizeof(turns));
    for (struct pnp_node *current = &node; current->device != NULL;) {
        struct pnp_node *next = &turns[restarts];

        ck_assert_uint_le(restarts, RESTARTS_MAX);
        pnp_expect_add(next);
        WdfDeviceSetFailed(current->device, WdfDeviceFailedAttemptRestart);
        bench_wait_quiet(pnp_bench);
        ck_assert_ptr_null(current->device);
        current = next;
        restarts += next->device != NULL;
    }
    ck_assert_uint_eq(restarts, RESTARTS_MAX);
    ck_assert_uint_eq(bench_device_problem(device, NULL), 43);
    pnp_expect_add(NULL);
    bench_device_surprise_remove(device);
}

PNP_TEST(a_device_that_fails_now_and_then_is_always_restarted)
{
    static struct pnp_node turns[2 * RESTARTS_MAX];
    struct pnp_node *current = &node;

    open_device();
    memset(turns, 0, sizeof(turns));
    for (unsigned i = 0; i < 2 * RESTARTS_MAX; i++) {
        bench_advance(pnp_bench, 60000);
        pnp_expect_add(&turns[i]);
        WdfDeviceSetFailed(current->device, WdfDeviceFailedAttemptRestart);
        bench_wait_quiet(pnp_bench);
        current = &turns[i];
        ck_assert_ptr_nonnull(current->device);
    }
    SUCCEEDS(bench_device_remove(device));
}

/* --- Children ---------------------------------------------------------------------------------------- */

static struct pnp_node bus, pdo, fn, pdo_again, fn_again;

static void
open_bus(void)
{
    bus = (struct pnp_node){.prefix = "bus", .bus = true, .no_self_managed_io = true};
    pdo = (struct pnp_node){.prefix = "pdo",
                            .serial = 1,
                            .function = &fn,
                            .twin = &pdo_again,
                            .no_self_managed_io = true};
    fn = (struct pnp_node){.prefix = "fn", .no_self_managed_io = true};
    pdo_again = pdo;
    pdo_again.prefix = "pdo2";
    pdo_again.function = &fn_again;
    pdo_again.twin = NULL;
    fn_again = (struct pnp_node){.prefix = "fn2", .no_self_managed_io = true};
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
    (void)pnp_events();
}

#define DOWN(name) name ".pre:D3Final " name ".d0exit:D3Final " name ".release "
#define RISE(name) name ".prepare " name ".d0entry:D3Final " name ".post:D3Final "

/* "... by requesting the bus driver to reenumerate its devices". */
PNP_TEST(a_failed_child_is_enumerated_anew_by_its_bus)
{
    open_bus();
    WdfDeviceSetFailed(fn.device, WdfDeviceFailedAttemptRestart);
    bench_wait_quiet(pnp_bench);
    EXPECT("pdo2.create pdo.missing fn.surprise " DOWN("fn") "pdo.surprise " DOWN(
        "pdo") "pdo.object-cleanup fn.object-cleanup " RISE("pdo2") RISE("fn2"));
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_failed_child_that_is_not_to_restart_leaves_its_pdo_with_the_bus)
{
    open_bus();
    WdfDeviceSetFailed(fn.device, WdfDeviceFailedNoRestart);
    bench_wait_quiet(pnp_bench);
    EXPECT("fn.surprise " DOWN("fn") "pdo.surprise " DOWN("pdo") "fn.object-cleanup ");
    ck_assert_uint_eq(bench_device_problem(pnp_child_device(&pdo), NULL), 43);
    SUCCEEDS(bench_device_remove(device));
}

/* "The driver should set the Failed member of WDF_DEVICE_STATE": an unusable child that is still there. */
PNP_TEST(the_bus_driver_says_that_a_child_has_failed)
{
    WDF_DEVICE_STATE state;

    open_bus();
    WDF_DEVICE_STATE_INIT(&state);
    state.Failed = WdfTrue;
    WdfDeviceSetDeviceState(pdo.device, &state);
    bench_wait_quiet(pnp_bench);
    EXPECT("fn.surprise " DOWN("fn") "pdo.surprise " DOWN("pdo") "fn.object-cleanup ");
    ck_assert_uint_eq(bench_device_problem(pnp_child_device(&pdo), NULL), 43);
    SUCCEEDS(bench_device_remove(device));
}

PNP_RUN("conform/pnp_set_failed", a_failed_device_is_removed_and_started_anew,
        a_failed_device_that_is_not_to_restart_stays_away, a_failure_is_reported_once,
        an_action_that_does_not_exist_is_ignored, a_callback_that_fails_later_restarts_the_device,
        a_callback_can_prevent_the_restart, a_device_that_fails_again_and_again_is_given_up,
        a_device_that_fails_now_and_then_is_always_restarted,
        a_failed_child_is_enumerated_anew_by_its_bus,
        a_failed_child_that_is_not_to_restart_leaves_its_pdo_with_the_bus,
        the_bus_driver_says_that_a_child_has_failed)
