/* SPDX-License-Identifier: MIT */
/*
 * "Reporting Device Failures": for each callback that can fail, on each way, exactly what follows. A
 * failed start is removed in order; a running device that fails is surprise-removed.
 */
#include "pnp_test.h"

#define UP      "prepare d0entry:D3Final post:D3Final init "
#define GONE    "surprise flush cleanup object-cleanup "
#define DOWN_D3 "suspend pre:D3 d0exit:D3 "

static struct bench_device *device;

/* --- The start ----------------------------------------------------------------------------------- */

static void
start_fails(enum monitor_callback callback, const char *expected)
{
    struct pnp_node node = {0};

    node.fail[callback] = 1;
    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &device), STATUS_DEVICE_DATA_ERROR);
    EXPECT(expected);
}

PNP_TEST(prepare_hardware_fails_at_start)
{
    start_fails(MONITOR_PREPARE_HARDWARE, "prepare release object-cleanup ");
}

PNP_TEST(d0_entry_fails_at_start)
{
    start_fails(MONITOR_D0_ENTRY, "prepare d0entry:D3Final release object-cleanup ");
}

PNP_TEST(post_interrupts_enabled_fails_at_start)
{
    start_fails(MONITOR_POST_INTERRUPTS_ENABLED,
                "prepare d0entry:D3Final post:D3Final d0exit:D3Final release object-cleanup ");
}

PNP_TEST(self_managed_io_init_fails_at_start)
{
    start_fails(MONITOR_SELF_MANAGED_INIT,
                UP "suspend pre:D3Final d0exit:D3Final release flush cleanup object-cleanup ");
}

/* --- On the way to sleep ------------------------------------------------------------------------- */

/* The power goes down all the same; then the device is removed. */
static void
sleep_fails(enum monitor_callback callback, const char *expected, bool late)
{
    struct pnp_node node = {.late_release = late};

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    EXPECT(UP);
    node.fail[callback] = 1;
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemSleeping3, PowerActionSleep));
    pnp_await("object-cleanup ");
    EXPECT(expected);
    bench_device_surprise_remove(device);
}

PNP_TEST(self_managed_io_suspend_fails_going_to_sleep)
{
    sleep_fails(MONITOR_SELF_MANAGED_SUSPEND, DOWN_D3 "release " GONE, false);
}

PNP_TEST(pre_interrupts_disabled_fails_going_to_sleep)
{
    sleep_fails(MONITOR_PRE_INTERRUPTS_DISABLED, DOWN_D3 "release " GONE, false);
}

PNP_TEST(d0_exit_fails_going_to_sleep)
{
    sleep_fails(MONITOR_D0_EXIT, DOWN_D3 "release " GONE, false);
}

PNP_TEST(hardware_is_released_after_the_descendants_when_the_driver_wants_it)
{
    sleep_fails(MONITOR_D0_EXIT, DOWN_D3 "surprise release flush cleanup object-cleanup ", true);
}

/* --- On the way back ----------------------------------------------------------------------------- */

static void
wake_fails(enum monitor_callback callback, const char *expected)
{
    struct pnp_node node = {0};

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemSleeping3, PowerActionSleep));
    EXPECT(UP DOWN_D3);
    node.fail[callback] = 1;
    SUCCEEDS(pnp_system_power(node.pdo, PowerSystemWorking, PowerActionSleep));
    pnp_await("object-cleanup ");
    EXPECT(expected);
    bench_device_surprise_remove(device);
}

PNP_TEST(d0_entry_fails_on_the_way_back)
{
    wake_fails(MONITOR_D0_ENTRY, "d0entry:D3 release " GONE);
}

PNP_TEST(post_interrupts_enabled_fails_on_the_way_back)
{
    wake_fails(MONITOR_POST_INTERRUPTS_ENABLED, "d0entry:D3 post:D3 d0exit:D3Final release " GONE);
}

PNP_TEST(self_managed_io_restart_fails_on_the_way_back)
{
    wake_fails(MONITOR_SELF_MANAGED_RESTART,
               "d0entry:D3 post:D3 restart suspend pre:D3Final d0exit:D3Final release " GONE);
}

/* --- Stop and removal: what is on its way out goes on -------------------------------------------- */

static void
removal_fails(enum monitor_callback callback)
{
    struct pnp_node node = {0};

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    EXPECT(UP);
    node.fail[callback] = 1;
    SUCCEEDS(bench_device_remove(device));
    EXPECT("query-remove suspend pre:D3Final d0exit:D3Final release flush cleanup "
           "object-cleanup ");
}

PNP_TEST(self_managed_io_suspend_fails_at_removal)
{
    removal_fails(MONITOR_SELF_MANAGED_SUSPEND);
}

PNP_TEST(pre_interrupts_disabled_fails_at_removal)
{
    removal_fails(MONITOR_PRE_INTERRUPTS_DISABLED);
}

PNP_TEST(d0_exit_fails_at_removal)
{
    removal_fails(MONITOR_D0_EXIT);
}

PNP_TEST(release_hardware_fails_at_removal)
{
    removal_fails(MONITOR_RELEASE_HARDWARE);
}

/* A device that fails to stop is not started again. */
static void
stop_fails(enum monitor_callback callback)
{
    struct pnp_node node = {0};

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_QUERY_STOP_DEVICE));
    EXPECT(UP "query-stop ");
    node.fail[callback] = 1;
    SUCCEEDS(pnp_irp(node.pdo, IRP_MN_STOP_DEVICE));
    pnp_await("object-cleanup ");
    EXPECT("suspend pre:D3Final d0exit:D3Final release " GONE);
    bench_device_surprise_remove(device);
}

PNP_TEST(self_managed_io_suspend_fails_at_stop)
{
    stop_fails(MONITOR_SELF_MANAGED_SUSPEND);
}

PNP_TEST(d0_exit_fails_at_stop)
{
    stop_fails(MONITOR_D0_EXIT);
}

/* --- The driver says so itself ------------------------------------------------------------------- */

PNP_TEST(a_device_set_failed_is_surprise_removed)
{
    struct pnp_node node = {0};

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    EXPECT(UP);
    WdfDeviceSetFailed(node.device, WdfDeviceFailedNoRestart);
    pnp_await("object-cleanup ");
    EXPECT("surprise suspend pre:D3Final d0exit:D3Final release flush cleanup object-cleanup ");
    bench_device_surprise_remove(device);
}

PNP_RUN("conform/pnp_failure", prepare_hardware_fails_at_start, d0_entry_fails_at_start,
        post_interrupts_enabled_fails_at_start, self_managed_io_init_fails_at_start,
        self_managed_io_suspend_fails_going_to_sleep, pre_interrupts_disabled_fails_going_to_sleep,
        d0_exit_fails_going_to_sleep,
        hardware_is_released_after_the_descendants_when_the_driver_wants_it,
        d0_entry_fails_on_the_way_back, post_interrupts_enabled_fails_on_the_way_back,
        self_managed_io_restart_fails_on_the_way_back, self_managed_io_suspend_fails_at_removal,
        pre_interrupts_disabled_fails_at_removal, d0_exit_fails_at_removal,
        release_hardware_fails_at_removal, self_managed_io_suspend_fails_at_stop,
        d0_exit_fails_at_stop, a_device_set_failed_is_surprise_removed)
