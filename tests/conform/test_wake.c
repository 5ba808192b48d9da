/* SPDX-License-Identifier: MIT */
/*
 * "Supporting Idle Power-Down" and "Supporting System Wake-Up": who is armed when, at the device and at the
 * bus, what a signal does, and what follows when a step fails.
 */
#include "pnp_test.h"

static struct bench_device *device;
static struct pnp_node bus, pdo, fn;

/* A bus that passes signals, and a child whose function driver's settings the caller has made. */
static void
open_stack(void)
{
    bus = (struct pnp_node){.prefix = "bus", .bus = true, .no_self_managed_io = true};
    pdo = (struct pnp_node){.prefix = "pdo",
                            .serial = 1,
                            .function = &fn,
                            .can_wake = true,
                            .no_self_managed_io = true};
    fn.prefix = "fn";
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
    ck_assert_str_eq(bench_device_state(pnp_child_device(&pdo)), "Started");
    (void)pnp_events();
}

static void
idle_with_wake(void)
{
    fn = (struct pnp_node){0};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&fn.idle, IdleCanWakeFromS0);
    fn.idle.IdleTimeout = 100;
    open_stack();
}

static void
sleep_with_wake(void)
{
    fn = (struct pnp_node){0};
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&fn.wake);
    open_stack();
}

static void
system_power(SYSTEM_POWER_STATE state)
{
    struct pnp_node *first = state == PowerSystemWorking ? &bus : &fn;
    struct pnp_node *second = state == PowerSystemWorking ? &fn : &bus;

    SUCCEEDS(pnp_system_power(first->pdo, state, PowerActionSleep));
    SUCCEEDS(pnp_system_power(second->pdo, state, PowerActionSleep));
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
}

#define IDLE_DOWN                                                                                  \
    "fn.suspend pdo.enable-wake fn.arm-s0 fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 "
#define PDO_UP "pdo.d0entry:D2 pdo.post:D2 "
#define FN_UP  "fn.d0entry:D2 fn.post:D2 "

/* --- From S0 ------------------------------------------------------------------------------------------ */

PNP_TEST(a_signal_wakes_an_idle_device)
{
    idle_with_wake();
    bench_advance(pnp_bench, 150);
    EXPECT(IDLE_DOWN);
    SUCCEEDS(WdfDeviceIndicateWakeStatus(pdo.device, STATUS_SUCCESS));
    pnp_await("fn.restart");
    EXPECT("pdo.disable-wake " PDO_UP FN_UP "fn.triggered-s0 fn.disarm-s0 fn.restart ");
    end();
}

PNP_TEST(software_wakes_an_armed_device_without_a_trigger)
{
    idle_with_wake();
    bench_advance(pnp_bench, 150);
    EXPECT(IDLE_DOWN);
    SUCCEEDS(WdfDeviceStopIdle(fn.device, TRUE));
    pnp_await("fn.restart");
    EXPECT("pdo.disable-wake " PDO_UP FN_UP "fn.disarm-s0 fn.restart ");
    WdfDeviceResumeIdle(fn.device);
    bench_advance(pnp_bench, 150);
    EXPECT(IDLE_DOWN);
    end();
}

PNP_TEST(a_wait_that_fails_wakes_the_device_without_a_trigger)
{
    idle_with_wake();
    bench_advance(pnp_bench, 150);
    EXPECT(IDLE_DOWN);
    SUCCEEDS(WdfDeviceIndicateWakeStatus(pdo.device, STATUS_UNSUCCESSFUL));
    pnp_await("fn.restart");
    EXPECT("pdo.disable-wake " PDO_UP FN_UP "fn.disarm-s0 fn.restart ");
    end();
}

PNP_TEST(a_device_that_cannot_be_armed_returns_without_a_disarm)
{
    idle_with_wake();
    fn.fail[MONITOR_ARM_S0] = 1;
    bench_advance(pnp_bench, 150);
    EXPECT("fn.suspend pdo.enable-wake fn.arm-s0 pdo.disable-wake "
           "fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 " PDO_UP FN_UP "fn.restart ");
    end();
}

PNP_TEST(a_bus_that_cannot_be_enabled_fails_the_wait)
{
    idle_with_wake();
    pdo.fail[MONITOR_ENABLE_WAKE_AT_BUS] = 1;
    bench_advance(pnp_bench, 150);
    EXPECT(
        "fn.suspend pdo.enable-wake fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 " PDO_UP FN_UP
        "fn.restart ");
    end();
}

PNP_TEST(an_armed_device_is_woken_and_disarmed_for_its_removal)
{
    idle_with_wake();
    bench_advance(pnp_bench, 150);
    EXPECT(IDLE_DOWN);
    SUCCEEDS(bench_device_disable(pnp_child_device(&pdo)));
    EXPECT("fn.query-remove pdo.disable-wake " PDO_UP FN_UP "fn.disarm-s0 fn.restart "
           "pdo.query-remove fn.suspend fn.pre:D3Final fn.d0exit:D3Final fn.release fn.flush "
           "fn.cleanup pdo.pre:D3Final pdo.d0exit:D3Final pdo.release fn.object-cleanup ");
    end();
}

PNP_TEST(an_armed_device_that_is_pulled_out_is_disabled_at_the_bus)
{
    idle_with_wake();
    bench_advance(pnp_bench, 150);
    EXPECT(IDLE_DOWN);
    ck_assert(pnp_unplug(&bus, &pdo));
    bench_wait_quiet(pnp_bench);
    EXPECT("pdo.missing fn.surprise pdo.disable-wake fn.release fn.flush pdo.surprise pdo.release "
           "fn.cleanup pdo.object-cleanup fn.object-cleanup ");
    end();
}

PNP_TEST(an_armed_device_is_disarmed_before_the_system_sleeps)
{
    idle_with_wake();
    bench_advance(pnp_bench, 150);
    EXPECT(IDLE_DOWN);
    system_power(PowerSystemSleeping3);
    EXPECT("pdo.disable-wake " PDO_UP FN_UP "fn.disarm-s0 fn.restart "
           "fn.suspend fn.pre:D3 fn.d0exit:D3 pdo.pre:D3 pdo.d0exit:D3 bus.pre:D3 bus.d0exit:D3 ");
    system_power(PowerSystemWorking);
    pnp_await("fn.restart");
    EXPECT("bus.d0entry:D3 bus.post:D3 pdo.d0entry:D3 pdo.post:D3 fn.d0entry:D3 fn.post:D3 "
           "fn.restart ");
    end();
}

/* --- From Sx ------------------------------------------------------------------------------------------ */

#define SLEEP_DOWN                                                                                 \
    "fn.suspend pdo.enable-wake fn.arm-sx fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 "        \
    "bus.pre:D3 bus.d0exit:D3 "

PNP_TEST(a_device_armed_for_sleep_is_disarmed_when_another_wakes_the_system)
{
    sleep_with_wake();
    system_power(PowerSystemSleeping3);
    EXPECT(SLEEP_DOWN);
    system_power(PowerSystemWorking);
    pnp_await("fn.restart");
    EXPECT("bus.d0entry:D3 bus.post:D3 pdo.disable-wake " PDO_UP FN_UP "fn.disarm-sx fn.restart ");
    end();
}

PNP_TEST(a_device_that_wakes_the_system_hears_that_it_did)
{
    sleep_with_wake();
    system_power(PowerSystemSleeping3);
    EXPECT(SLEEP_DOWN);
    SUCCEEDS(WdfDeviceIndicateWakeStatus(pdo.device, STATUS_SUCCESS));
    bench_wait_quiet(pnp_bench);
    EXPECT(""); /* The bus is asleep. */
    system_power(PowerSystemWorking);
    pnp_await("fn.restart");
    EXPECT("bus.d0entry:D3 bus.post:D3 pdo.disable-wake " PDO_UP FN_UP
           "fn.triggered-sx fn.disarm-sx fn.restart ");
    end();
}

PNP_TEST(a_device_that_cannot_be_armed_is_disarmed_and_sleeps)
{
    sleep_with_wake();
    fn.fail[MONITOR_ARM_SX] = 1;
    system_power(PowerSystemSleeping3);
    EXPECT("fn.suspend pdo.enable-wake fn.arm-sx fn.disarm-sx pdo.disable-wake "
           "fn.pre:D2 fn.d0exit:D2 pdo.pre:D2 pdo.d0exit:D2 bus.pre:D3 bus.d0exit:D3 ");
    system_power(PowerSystemWorking);
    pnp_await("fn.restart");
    EXPECT("bus.d0entry:D3 bus.post:D3 " PDO_UP FN_UP "fn.restart ");
    end();
}

PNP_TEST(a_device_is_not_armed_for_a_sleep_that_it_cannot_end)
{
    sleep_with_wake();
    system_power(PowerSystemHibernate);
    EXPECT("fn.suspend fn.pre:D3 fn.d0exit:D3 pdo.pre:D3 pdo.d0exit:D3 bus.pre:D3 bus.d0exit:D3 ");
    system_power(PowerSystemWorking);
    pnp_await("fn.restart");
    end();
}

PNP_TEST(an_armed_sleeping_device_that_is_pulled_out_goes)
{
    sleep_with_wake();
    system_power(PowerSystemSleeping3);
    EXPECT(SLEEP_DOWN);
    ck_assert(pnp_unplug(&bus, &pdo));
    bench_wait_quiet(pnp_bench);
    EXPECT("pdo.missing fn.surprise fn.release fn.flush pdo.surprise pdo.disable-wake pdo.release "
           "fn.cleanup pdo.object-cleanup fn.object-cleanup ");
    SUCCEEDS(pnp_system_power(bus.pdo, PowerSystemWorking, PowerActionSleep));
    pnp_await("bus.post");
    end();
}

/* --- Refusals ------------------------------------------------------------------------------------------ */

PNP_TEST(wake_is_refused_where_the_bus_cannot_pass_it)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake;

    idle_with_wake();
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&wake);
    wake.DxState = PowerDeviceD3; /* The bus says D2. */
    ck_assert_int_eq(WdfDeviceAssignSxWakeSettings(fn.device, &wake), STATUS_POWER_STATE_INVALID);
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCanWakeFromS0);
    ck_assert_int_eq(WdfDeviceAssignS0IdleSettings(bus.device, &idle), STATUS_POWER_STATE_INVALID);
    ck_assert_int_eq(WdfDeviceAssignS0IdleSettings(pdo.device, &idle),
                     STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_int_eq(WdfDeviceIndicateWakeStatus(fn.device, STATUS_SUCCESS),
                     STATUS_INVALID_DEVICE_STATE);
    ck_assert_int_eq(WdfDeviceIndicateWakeStatus(pdo.device, STATUS_CANCELLED),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(WdfDeviceIndicateWakeStatus(pdo.device, STATUS_SUCCESS),
                     STATUS_INVALID_DEVICE_REQUEST);
    end();
}

PNP_RUN("conform/wake", a_signal_wakes_an_idle_device,
        software_wakes_an_armed_device_without_a_trigger,
        a_wait_that_fails_wakes_the_device_without_a_trigger,
        a_device_that_cannot_be_armed_returns_without_a_disarm,
        a_bus_that_cannot_be_enabled_fails_the_wait,
        an_armed_device_is_woken_and_disarmed_for_its_removal,
        an_armed_device_that_is_pulled_out_is_disabled_at_the_bus,
        an_armed_device_is_disarmed_before_the_system_sleeps,
        a_device_armed_for_sleep_is_disarmed_when_another_wakes_the_system,
        a_device_that_wakes_the_system_hears_that_it_did,
        a_device_that_cannot_be_armed_is_disarmed_and_sleeps,
        a_device_is_not_armed_for_a_sleep_that_it_cannot_end,
        an_armed_sleeping_device_that_is_pulled_out_goes,
        wake_is_refused_where_the_bus_cannot_pass_it)
