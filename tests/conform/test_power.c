/* SPDX-License-Identifier: MIT */
/*
 * "A Device Enters a Low-Power State", "A Device Returns to Its Working State": for the system's sleep,
 * for being idle, and back, without wake signals. In simulated time.
 */
#include "pnp_test.h"

static struct bench_device *bench_dev;

static void
set_idle(struct pnp_node *node, ULONG timeout_ms)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node->idle, IdleCannotWakeFromS0);
    node->idle.IdleTimeout = timeout_ms;
    node->idle.Enabled = WdfTrue;
    node->idle.DxState = PowerDeviceD2;
}

/* --- System sleep ------------------------------------------------------------------------------- */

PNP_TEST(system_sleep_takes_the_device_to_d3_and_back)
{
    struct pnp_node node = {0};

    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &bench_dev), STATUS_SUCCESS);
    ck_assert_str_eq(pnp_events(), "prepare d0entry:D3Final post:D3Final init ");
    ck_assert_int_eq(pnp_system_power(node.pdo, PowerSystemSleeping3, PowerActionSleep),
                     STATUS_SUCCESS);
    ck_assert_str_eq(pnp_events(), "suspend pre:D3 d0exit:D3 ");
    ck_assert_int_eq(pnp_system_power(node.pdo, PowerSystemWorking, PowerActionSleep),
                     STATUS_SUCCESS);
    pnp_await("restart ");
    ck_assert_str_eq(pnp_events(), "d0entry:D3 post:D3 restart ");
    ck_assert_int_eq(bench_device_remove(bench_dev), STATUS_SUCCESS);
    ck_assert_str_eq(pnp_events(), "query-remove suspend pre:D3Final d0exit:D3Final release flush "
                                   "cleanup object-cleanup ");
}

/* --- Idle ---------------------------------------------------------------------------------------- */

PNP_TEST(an_idle_device_powers_down_after_the_timeout_and_up_for_a_request)
{
    struct bench_request *request;
    struct bench_file *file;
    struct pnp_node node = {.power_managed_queue = true};

    set_idle(&node, 1000);
    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &bench_dev), STATUS_SUCCESS);
    (void)pnp_events();
    bench_advance(pnp_bench, 900);
    ck_assert_str_eq(pnp_events(), "");
    bench_advance(pnp_bench, 200);
    ck_assert_str_eq(pnp_events(), "suspend pre:D2 d0exit:D2 ");
    ck_assert_int_eq(
        bench_open_interface(pnp_bench, &pnp_interface, 0, BENCH_READ | BENCH_WRITE, &file),
        STATUS_SUCCESS);
    bench_advance(pnp_bench, 100);
    ck_assert_str_eq(pnp_events(), ""); /* To open is no request of a power-managed queue. */
    request = bench_request_create(pnp_bench, NULL, NULL);
    bench_request_read(request, file, &(char[1]){0}, 1, 0);
    pnp_await("io ");
    ck_assert_str_eq(pnp_events(), "d0entry:D2 post:D2 io restart ");
    bench_advance(pnp_bench, 5000); /* The driver has the request: not idle. */
    ck_assert_str_eq(pnp_events(), "");
    WdfRequestComplete(node.kept[--node.requests], STATUS_SUCCESS);
    ck_assert_int_eq(bench_request_wait(request, -1, NULL), STATUS_SUCCESS);
    bench_request_delete(request);
    pnp_await("d0exit");
    ck_assert_str_eq(pnp_events(), "suspend pre:D2 d0exit:D2 ");
    bench_close(file);
    ck_assert_int_eq(bench_device_remove(bench_dev), STATUS_SUCCESS);
}

PNP_RUN("conform/power", system_sleep_takes_the_device_to_d3_and_back,
        an_idle_device_powers_down_after_the_timeout_and_up_for_a_request)
