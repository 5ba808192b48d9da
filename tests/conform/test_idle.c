/* SPDX-License-Identifier: MIT */
/*
 * "Supporting Idle Power-Down": what WdfDeviceStopIdle and WdfDeviceResumeIdle promise, whose references are
 * kept, and what the idle settings change while the device runs.
 */
#include "events.h"
#include "pnp_test.h"

#define UP     "prepare d0entry:D3Final post:D3Final init "
#define DOWN   "suspend pre:D2 d0exit:D2 "
#define BACK   "d0entry:D2 post:D2 restart "
#define IDLE   100
#define TAG(x) ((PVOID)(ULONG_PTR)(x))

static struct bench_device *device;
static struct pnp_node node;

static void
open_with(DEVICE_POWER_STATE state, WDF_TRI_STATE power_up)
{
    node = (struct pnp_node){0};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = IDLE;
    node.idle.DxState = state;
    node.idle.PowerUpIdleDeviceOnSystemWake = power_up;
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    EXPECT(UP);
}

static void
open_idle(void)
{
    open_with(PowerDeviceD2, WdfUseDefault);
}

static void
become_idle(void)
{
    bench_advance(pnp_bench, IDLE + IDLE / 2);
    EXPECT(DOWN);
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
}

/* --- WdfDeviceStopIdle ------------------------------------------------------------------------------- */

PNP_TEST(a_device_in_d0_stays_there)
{
    open_idle();
    SUCCEEDS(WdfDeviceStopIdle(node.device, FALSE));
    bench_advance(pnp_bench, 100 * IDLE);
    EXPECT("");
    WdfDeviceResumeIdle(node.device);
    become_idle();
    end();
}

PNP_TEST(a_device_in_dx_is_powered_up_meanwhile)
{
    open_idle();
    become_idle();
    ck_assert_int_eq(WdfDeviceStopIdle(node.device, FALSE), STATUS_PENDING);
    pnp_await("restart");
    EXPECT(BACK);
    bench_advance(pnp_bench, 100 * IDLE);
    EXPECT(""); /* STATUS_PENDING is a success: the reference is held. */
    WdfDeviceResumeIdle(node.device);
    become_idle();
    end();
}

PNP_TEST(a_caller_that_waits_returns_in_d0)
{
    open_idle();
    become_idle();
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    EXPECT(BACK); /* All of it. */
    bench_wait_quiet(pnp_bench);
    EXPECT("");
    WdfDeviceResumeIdle(node.device);
    end();
}

/* Those above are parts of the device too. */
PNP_TEST(a_caller_that_waits_waits_for_the_whole_stack)
{
    struct pnp_node filter = {.prefix = "up", .filter = true, .no_self_managed_io = true};

    node = (struct pnp_node){.prefix = "fn"};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = IDLE;
    node.idle.DxState = PowerDeviceD2;
    SUCCEEDS(pnp_add(NULL, &node, &filter, &device));
    bench_advance(pnp_bench, 2 * IDLE);
    (void)pnp_events();
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    EXPECT("fn.d0entry:D2 fn.post:D2 fn.restart up.d0entry:D2 up.post:D2 ");
    WdfDeviceResumeIdle(node.device);
    end();
}

static NTSTATUS restart_wait;

static NTSTATUS
on_restart(WDFDEVICE handle)
{
    restart_wait = WdfDeviceStopIdle(handle, TRUE);
    WdfDeviceResumeIdle(handle);
    return STATUS_SUCCESS;
}

static void
waiting_restart(const struct pnp_node *self, WDF_PNPPOWER_EVENT_CALLBACKS *callbacks)
{
    callbacks->EvtDeviceSelfManagedIoInit = on_restart;
    callbacks->EvtDeviceSelfManagedIoRestart = on_restart;
    callbacks->EvtDeviceSelfManagedIoSuspend = NULL;
    callbacks->EvtDeviceSelfManagedIoFlush = NULL;
    callbacks->EvtDeviceSelfManagedIoCleanup = NULL;
}

/* A callback on the way up does not wait for its own end. */
PNP_TEST(a_driver_that_waits_on_the_way_up_is_not_held)
{
    node = (struct pnp_node){.no_self_managed_io = true, .callbacks = waiting_restart};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = IDLE;
    node.idle.DxState = PowerDeviceD2;
    restart_wait = STATUS_UNSUCCESSFUL;
    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    ck_assert_int_eq(restart_wait, STATUS_SUCCESS);
    bench_advance(pnp_bench, 2 * IDLE);
    restart_wait = STATUS_UNSUCCESSFUL;
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    ck_assert_int_eq(restart_wait, STATUS_SUCCESS);
    WdfDeviceResumeIdle(node.device);
    (void)pnp_events();
    end();
}

/* "The number of calls to WdfDeviceResumeIdle must equal the number of calls to WdfDeviceStopIdle." */
PNP_TEST(references_are_counted)
{
    open_idle();
    SUCCEEDS(WdfDeviceStopIdle(node.device, FALSE));
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    WdfDeviceResumeIdle(node.device);
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT("");
    WdfDeviceResumeIdle(node.device);
    become_idle();
    end();
}

PNP_TEST(the_timeout_begins_anew_with_the_last_reference)
{
    open_idle();
    bench_advance(pnp_bench, IDLE - 20);
    SUCCEEDS(WdfDeviceStopIdle(node.device, FALSE));
    WdfDeviceResumeIdle(node.device);
    bench_advance(pnp_bench, IDLE - 20);
    EXPECT("");
    bench_advance(pnp_bench, 40);
    EXPECT(DOWN);
    end();
}

/* "If the system enters a low-power state, the device also does ... The power reference remains active." */
PNP_TEST(the_systems_sleep_goes_over_a_reference_and_leaves_it)
{
    open_idle();
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT("suspend pre:D3 d0exit:D3 ");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT("d0entry:D3 post:D3 restart ");
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT("");
    WdfDeviceResumeIdle(node.device);
    become_idle();
    end();
}

/* "It can restore an idle device to its working state only if the system is in its working (S0) state." */
PNP_TEST(a_device_that_sleeps_with_the_system_wakes_with_it)
{
    open_idle();
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    (void)pnp_events();
    ck_assert_int_eq(WdfDeviceStopIdle(node.device, FALSE), STATUS_PENDING);
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT("");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT("d0entry:D3 post:D3 restart ");
    WdfDeviceResumeIdle(node.device);
    end();
}

PNP_TEST(who_does_not_own_the_power_policy_cannot_ask)
{
    struct pnp_node filter = {.prefix = "lo", .filter = true, .no_self_managed_io = true};

    node = (struct pnp_node){.prefix = "fn", .no_self_managed_io = true};
    SUCCEEDS(pnp_add(&filter, &node, NULL, &device));
    ck_assert_int_eq(WdfDeviceStopIdle(filter.device, FALSE), STATUS_INVALID_DEVICE_STATE);
    ck_assert_int_eq(WdfDeviceStopIdle(filter.device, TRUE), STATUS_INVALID_DEVICE_STATE);
    end();
}

PNP_TEST(a_device_that_cannot_come_back_fails_the_caller)
{
    open_idle();
    become_idle();
    node.fail[MONITOR_D0_ENTRY] = 1;
    ck_assert_int_eq(WdfDeviceStopIdle(node.device, TRUE), STATUS_POWER_STATE_INVALID);
    pnp_await("object-cleanup");
    EXPECT("d0entry:D2 release surprise flush cleanup object-cleanup ");
    bench_device_surprise_remove(device);
}

/* --- With a tag -------------------------------------------------------------------------------------- */

PNP_TEST(a_reference_that_is_never_given_back_is_named_at_the_end)
{
    open_idle();
    SUCCEEDS(WdfDeviceStopIdleWithTag(node.device, FALSE, TAG(0x11)));
    SUCCEEDS(WdfDeviceStopIdleWithTag(node.device, FALSE, TAG(0x22)));
    SUCCEEDS(WdfDeviceStopIdleWithTag(node.device, FALSE, TAG(0x22)));
    WdfDeviceResumeIdleWithTag(node.device, TAG(0x22));
    WdfDeviceResumeIdleWithTag(node.device, TAG(0x11));
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT("");
    end();
    ck_assert_ptr_nonnull(strstr(bench_output(pnp_bench), "1 power references of tag 0x22"));
    ck_assert_ptr_nonnull(strstr(bench_output(pnp_bench), "test_idle.c:"));
    ck_assert_ptr_null(strstr(bench_output(pnp_bench), "of tag 0x11"));
}

/* --- The settings ------------------------------------------------------------------------------------ */

static void
assign(WDF_TRI_STATE enabled, ULONG timeout_ms)
{
    node.idle.Enabled = enabled;
    node.idle.IdleTimeout = timeout_ms;
    SUCCEEDS(WdfDeviceAssignS0IdleSettings(node.device, &node.idle));
}

PNP_TEST(a_driver_can_forbid_and_allow_idling)
{
    open_idle();
    become_idle();
    assign(WdfFalse, IDLE);
    pnp_await("restart");
    EXPECT(BACK);
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT("");
    assign(WdfTrue, IDLE);
    become_idle();
    end();
}

PNP_TEST(a_longer_timeout_holds_from_now_on)
{
    open_idle();
    assign(WdfTrue, 10 * IDLE);
    bench_advance(pnp_bench, 9 * IDLE);
    EXPECT("");
    bench_advance(pnp_bench, 2 * IDLE);
    EXPECT(DOWN);
    end();
}

/* "PowerUpIdleDeviceOnSystemWake": else "the device remains in the low-power state when the system returns". */
PNP_TEST(an_idle_device_stays_down_when_the_system_returns)
{
    open_with(PowerDeviceD3, WdfUseDefault);
    bench_advance(pnp_bench, 2 * IDLE);
    EXPECT("suspend pre:D3 d0exit:D3 ");
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    bench_resume(pnp_bench);
    bench_advance(pnp_bench, 10 * IDLE);
    EXPECT("");
    SUCCEEDS(
        WdfDeviceStopIdle(node.device, TRUE)); /* "... only when software accesses the device". */
    bench_wait_quiet(pnp_bench);
    EXPECT("d0entry:D3 post:D3 restart ");
    WdfDeviceResumeIdle(node.device);
    end();
}

PNP_TEST(a_driver_can_have_it_powered_up_when_the_system_returns)
{
    open_with(PowerDeviceD3, WdfTrue);
    bench_advance(pnp_bench, 2 * IDLE);
    EXPECT("suspend pre:D3 d0exit:D3 ");
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT("");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT("d0entry:D3 post:D3 restart ");
    end();
}

/* "During subsequent calls the framework only stores DxState, IdleTimeout, and Enabled", and IdleCaps. */
PNP_TEST(what_the_first_call_has_said_of_the_systems_return_holds)
{
    open_with(PowerDeviceD3, WdfUseDefault);
    node.idle.PowerUpIdleDeviceOnSystemWake = WdfTrue;
    SUCCEEDS(WdfDeviceAssignS0IdleSettings(node.device, &node.idle));
    bench_advance(pnp_bench, 2 * IDLE);
    EXPECT("suspend pre:D3 d0exit:D3 ");
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    EXPECT("");
    end();
}

/* The system's sleep wants a deeper state than the device is idle in: it gets there through D0. */
PNP_TEST(a_device_that_is_not_deep_enough_sleeps_deeper)
{
    open_idle();
    become_idle();
    SUCCEEDS(bench_sleep(pnp_bench, 3));
    EXPECT(BACK "suspend pre:D3 d0exit:D3 ");
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    end();
}

PNP_TEST(settings_that_cannot_be_are_refused)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS settings;

    open_idle();
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&settings, IdleCannotWakeFromS0);
    settings.DxState = PowerDeviceD0;
    ck_assert_int_eq(WdfDeviceAssignS0IdleSettings(node.device, &settings),
                     STATUS_POWER_STATE_INVALID);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&settings, IdleCannotWakeFromS0);
    settings.Size++;
    ck_assert_int_eq(WdfDeviceAssignS0IdleSettings(node.device, &settings),
                     STATUS_INFO_LENGTH_MISMATCH);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&settings, IdleCanWakeFromS0);
    settings.PowerUpIdleDeviceOnSystemWake = WdfTrue;
    ck_assert_int_eq(WdfDeviceAssignS0IdleSettings(node.device, &settings),
                     STATUS_INVALID_PARAMETER);
    become_idle(); /* What was set before holds. */
    end();
}

/* --- A whole stack ----------------------------------------------------------------------------------- */

PNP_TEST(an_idle_stack_goes_down_from_the_top_and_up_from_the_bottom)
{
    struct pnp_node lower = {.prefix = "lo", .filter = true, .no_self_managed_io = true};
    struct pnp_node upper = {.prefix = "up", .filter = true, .no_self_managed_io = true};

    node = (struct pnp_node){.prefix = "fn"};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node.idle, IdleCannotWakeFromS0);
    node.idle.IdleTimeout = IDLE;
    SUCCEEDS(pnp_add(&lower, &node, &upper, &device));
    (void)pnp_events();
    bench_advance(pnp_bench, 2 * IDLE);
    EXPECT("up.pre:D3 up.d0exit:D3 fn.suspend fn.pre:D3 fn.d0exit:D3 lo.pre:D3 lo.d0exit:D3 ");
    SUCCEEDS(WdfDeviceStopIdle(node.device, TRUE));
    bench_wait_quiet(pnp_bench);
    EXPECT(
        "lo.d0entry:D3 lo.post:D3 fn.d0entry:D3 fn.post:D3 fn.restart up.d0entry:D3 up.post:D3 ");
    WdfDeviceResumeIdle(node.device);
    end();
}

PNP_RUN("conform/idle", a_device_in_d0_stays_there, a_device_in_dx_is_powered_up_meanwhile,
        a_caller_that_waits_returns_in_d0, a_caller_that_waits_waits_for_the_whole_stack,
        a_driver_that_waits_on_the_way_up_is_not_held, references_are_counted,
        the_timeout_begins_anew_with_the_last_reference,
        the_systems_sleep_goes_over_a_reference_and_leaves_it,
        a_device_that_sleeps_with_the_system_wakes_with_it,
        who_does_not_own_the_power_policy_cannot_ask,
        a_device_that_cannot_come_back_fails_the_caller,
        a_reference_that_is_never_given_back_is_named_at_the_end,
        a_driver_can_forbid_and_allow_idling, a_longer_timeout_holds_from_now_on,
        an_idle_device_stays_down_when_the_system_returns,
        a_driver_can_have_it_powered_up_when_the_system_returns,
        what_the_first_call_has_said_of_the_systems_return_holds,
        a_device_that_is_not_deep_enough_sleeps_deeper, settings_that_cannot_be_are_refused,
        an_idle_stack_goes_down_from_the_top_and_up_from_the_bottom)
