/* SPDX-License-Identifier: MIT */
/*
 * "A User Unplugs a Device" and "The PnP Manager Redistributes System Resources": orderly and surprise
 * removal from each state, stop and restart, vetoes; one device without and with filters around it.
 */
#include "pnp_test.h"

#define UP   "prepare d0entry:D3Final post:D3Final init "
#define DOWN "suspend pre:D3Final d0exit:D3Final "

static struct bench_device *device;

static void
add(struct pnp_node *node)
{
    SUCCEEDS(pnp_add(NULL, node, NULL, &device));
    EXPECT(UP);
}

/* --- Orderly removal ------------------------------------------------------------------------------ */

PNP_TEST(orderly_removal_undoes_the_start_in_reverse)
{
    struct pnp_node node = {0};

    add(&node);
    SUCCEEDS(bench_device_remove(device));
    EXPECT("query-remove " DOWN "release flush cleanup object-cleanup ");
}

PNP_TEST(a_cancelled_removal_leaves_the_device_running)
{
    struct pnp_node node = {0};

    add(&node);
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_QUERY_REMOVE_DEVICE));
    EXPECT("query-remove ");
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(node.device), WdfDevStatePnpQueryRemovePending);
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_CANCEL_REMOVE_DEVICE));
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(node.device), WdfDevStatePnpStarted);
    SUCCEEDS(bench_device_remove(device));
    EXPECT("query-remove " DOWN "release flush cleanup object-cleanup ");
}

PNP_TEST(the_driver_can_refuse_removal_and_stop)
{
    struct pnp_node node = {0};

    add(&node);
    node.fail[MONITOR_QUERY_REMOVE] = 1;
    node.fail[MONITOR_QUERY_STOP] = 1;
    ck_assert_int_eq(pnp_irp(node.pdo, IRP_MN_QUERY_REMOVE_DEVICE), STATUS_DEVICE_DATA_ERROR);
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_CANCEL_REMOVE_DEVICE));
    ck_assert_int_eq(pnp_irp(node.pdo, IRP_MN_QUERY_STOP_DEVICE), STATUS_DEVICE_DATA_ERROR);
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_CANCEL_STOP_DEVICE));
    EXPECT("query-remove query-stop ");
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(node.device), WdfDevStatePnpStarted);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_static_veto_refuses_both_without_asking)
{
    struct pnp_node node = {0};

    add(&node);
    WdfDeviceSetStaticStopRemove(node.device, FALSE);
    ck_assert(!NT_SUCCESS(pnp_irp(node.pdo, IRP_MN_QUERY_REMOVE_DEVICE)));
    ck_assert(!NT_SUCCESS(pnp_irp(node.pdo, IRP_MN_QUERY_STOP_DEVICE)));
    WdfDeviceSetStaticStopRemove(node.device, TRUE);
    EXPECT("");
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(an_idle_device_is_woken_for_its_removal)
{
    struct pnp_node node = {0};

    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = 10;
    add(&node);
    bench_advance(pnp_bench, 50);
    EXPECT("suspend pre:D3 d0exit:D3 ");
    SUCCEEDS(bench_device_remove(device));
    EXPECT("query-remove d0entry:D3 post:D3 restart " DOWN "release flush cleanup "
           "object-cleanup ");
}

/* --- Stop and restart ------------------------------------------------------------------------------ */

PNP_TEST(a_rebalance_stops_the_device_and_starts_it_again)
{
    struct pnp_node node = {0};

    add(&node);
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_QUERY_STOP_DEVICE));
    EXPECT("query-stop ");
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_STOP_DEVICE));
    EXPECT(DOWN "release ");
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(node.device), WdfDevStatePnpStopped);
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_START_DEVICE));
    EXPECT("prepare d0entry:D3Final post:D3Final restart ");
    SUCCEEDS(bench_device_remove(device));
    EXPECT("query-remove " DOWN "release flush cleanup object-cleanup ");
}

PNP_TEST(a_request_waits_while_the_device_is_stopped)
{
    struct pnp_node node = {.power_managed_queue = true};
    struct bench_request *request;
    struct bench_file *file;

    add(&node);
    SUCCEEDS(bench_open_interface(pnp_bench, &pnp_interface, 0, BENCH_READ, &file));
    request = bench_request_create(pnp_bench, NULL, NULL);
    bench_request_read(request, file, &(char[1]){0}, 1, 0);
    EXPECT("io ");
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_QUERY_STOP_DEVICE));
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_STOP_DEVICE));
    EXPECT("query-stop suspend io-stop pre:D3Final d0exit:D3Final release ");
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_START_DEVICE));
    EXPECT("prepare d0entry:D3Final post:D3Final io-resume restart ");
    node.on_stop = STOP_REQUEUE;
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_QUERY_STOP_DEVICE));
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_STOP_DEVICE));
    EXPECT("query-stop suspend io-stop pre:D3Final d0exit:D3Final release ");
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_START_DEVICE));
    EXPECT("prepare d0entry:D3Final post:D3Final io restart ");
    ck_assert(pnp_complete_one(&node));
    SUCCEEDS(bench_request_wait(request, -1, NULL));
    bench_request_delete(request);
    bench_close(file);
    SUCCEEDS(bench_device_remove(device));
}

/* --- Surprise removal ------------------------------------------------------------------------------ */

PNP_TEST(surprise_removal_from_d0)
{
    struct pnp_node node = {0};

    add(&node);
    bench_device_surprise_remove(device);
    EXPECT("surprise " DOWN "release flush cleanup object-cleanup ");
}

PNP_TEST(surprise_removal_while_idle_leaves_out_what_was_done)
{
    struct pnp_node node = {0};

    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = 10;
    add(&node);
    bench_advance(pnp_bench, 50);
    EXPECT("suspend pre:D3 d0exit:D3 ");
    bench_device_surprise_remove(device);
    EXPECT("surprise release flush cleanup object-cleanup ");
}

PNP_TEST(surprise_removal_while_the_system_sleeps)
{
    struct pnp_node node = {0};

    add(&node);
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemSleeping3, PowerActionSleep));
    EXPECT("suspend pre:D3 d0exit:D3 ");
    bench_device_surprise_remove(device);
    EXPECT("surprise release flush cleanup object-cleanup ");
}

PNP_TEST(surprise_removal_purges_power_managed_queues_and_waits_for_the_files)
{
    struct pnp_node node = {.power_managed_queue = true};
    struct bench_request *request;
    struct bench_file *file;

    add(&node);
    SUCCEEDS(bench_open_interface(pnp_bench, &pnp_interface, 0, BENCH_READ, &file));
    request = bench_request_create(pnp_bench, NULL, NULL);
    bench_request_read(request, file, &(char[1]){0}, 1, 0);
    EXPECT("io ");
    bench_device_surprise_remove(device);
    EXPECT("surprise suspend io-stop pre:D3Final d0exit:D3Final release io-stop:purge flush ");
    ck_assert_int_eq(bench_request_wait(request, -1, NULL), STATUS_DEVICE_POWERED_OFF);
    bench_request_read(request, file, &(char[1]){0}, 1, 0);
    ck_assert(!bench_ok(bench_request_wait(request, -1, NULL)));
    bench_request_delete(request);
    EXPECT("");
    bench_close(file);
    pnp_await("object-cleanup");
    EXPECT("cleanup object-cleanup ");
}

/* --- Stacks ----------------------------------------------------------------------------------------- */

PNP_TEST(a_stack_starts_from_the_bottom_and_goes_from_the_top)
{
    struct pnp_node lower = {.prefix = "lo", .filter = true, .no_self_managed_io = true};
    struct pnp_node upper = {.prefix = "up", .filter = true, .no_self_managed_io = true};
    struct pnp_node node = {.prefix = "fn", .no_self_managed_io = true};

    SUCCEEDS(pnp_add(&lower, &node, &upper, &device));
    EXPECT("lo.prepare lo.d0entry:D3Final lo.post:D3Final "
           "fn.prepare fn.d0entry:D3Final fn.post:D3Final "
           "up.prepare up.d0entry:D3Final up.post:D3Final ");
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemSleeping1, PowerActionSleep));
    EXPECT("up.pre:D3 up.d0exit:D3 fn.pre:D3 fn.d0exit:D3 lo.pre:D3 lo.d0exit:D3 ");
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemWorking, PowerActionSleep));
    pnp_await("up.post");
    EXPECT("lo.d0entry:D3 lo.post:D3 fn.d0entry:D3 fn.post:D3 up.d0entry:D3 up.post:D3 ");
    SUCCEEDS(bench_device_remove(device));
    EXPECT(
        "up.query-remove fn.query-remove lo.query-remove "
        "up.pre:D3Final up.d0exit:D3Final up.release fn.pre:D3Final fn.d0exit:D3Final fn.release "
        "lo.pre:D3Final lo.d0exit:D3Final lo.release "
        "lo.object-cleanup fn.object-cleanup up.object-cleanup ");
}

PNP_TEST(a_filter_that_fails_to_wake_takes_the_stack_with_it)
{
    struct pnp_node lower = {.prefix = "lo", .filter = true, .no_self_managed_io = true};
    struct pnp_node node = {.prefix = "fn", .no_self_managed_io = true};

    SUCCEEDS(pnp_add(&lower, &node, NULL, &device));
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemSleeping3, PowerActionSleep));
    (void)pnp_events();
    lower.fail[MONITOR_D0_ENTRY] = 1;
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemWorking, PowerActionSleep));
    pnp_await("fn.object-cleanup ");
    ck_assert_ptr_nonnull(strstr(pnp_events(), "lo.d0entry:D3 "));
    bench_device_surprise_remove(device);
}

PNP_RUN("conform/pnp_remove", orderly_removal_undoes_the_start_in_reverse,
        a_cancelled_removal_leaves_the_device_running, the_driver_can_refuse_removal_and_stop,
        a_static_veto_refuses_both_without_asking, an_idle_device_is_woken_for_its_removal,
        a_rebalance_stops_the_device_and_starts_it_again,
        a_request_waits_while_the_device_is_stopped, surprise_removal_from_d0,
        surprise_removal_while_idle_leaves_out_what_was_done,
        surprise_removal_while_the_system_sleeps,
        surprise_removal_purges_power_managed_queues_and_waits_for_the_files,
        a_stack_starts_from_the_bottom_and_goes_from_the_top,
        a_filter_that_fails_to_wake_takes_the_stack_with_it)
