/* SPDX-License-Identifier: MIT */
/*
 * A thousand devices on twenty buses that become idle, are woken, and sleep with the system, all at once. The monitor
 * judges the order over the tree: a bus is in D0 before its children and leaves it after them. Hours pass in no
 * time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform/pnp_fixture.h"

#define BUSES    20
#define PER_BUS  50
#define DEVICES  (BUSES * PER_BUS)
#define SEEDS    2
#define HOUR_MS  3600000ull
#define IDLE_MS  5000 /* Of the functions; the buses' is the same, after that of their last child. */
#define ARMED_OF 10   /* One of so many is to wake the system. */

static struct {
    struct pnp_node bus[BUSES];
    struct pnp_node pdo[DEVICES];
    struct pnp_node fn[DEVICES];
    struct bench_device *device[BUSES];
} all;

static void
make_device(unsigned i)
{
    struct pnp_node *fn = &all.fn[i];

    all.pdo[i] = (struct pnp_node){.prefix = "pdo",
                                   .serial = i + 1,
                                   .function = fn,
                                   .can_wake = true,
                                   .no_self_managed_io = true};
    *fn = (struct pnp_node){.prefix = "fn", .no_self_managed_io = i % 2 == 0};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&fn->idle, i % 3 == 0 ? IdleCannotWakeFromS0
                                                                     : IdleCanWakeFromS0);
    fn->idle.IdleTimeout = IDLE_MS;
    fn->idle.DxState = PowerDeviceD2;
    if (i % 3 == 0) {
        fn->idle.PowerUpIdleDeviceOnSystemWake = WdfTrue; /* The others always do. */
    }
    if (i % ARMED_OF == 0) {
        WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&fn->wake);
    }
}

static void
plug_all(void)
{
    for (unsigned b = 0; b < BUSES; b++) {
        all.bus[b] = (struct pnp_node){.prefix = "bus", .bus = true, .no_self_managed_io = true};
        WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&all.bus[b].idle, IdleCannotWakeFromS0);
        all.bus[b].idle.IdleTimeout = IDLE_MS;
        all.bus[b].idle.PowerUpIdleDeviceOnSystemWake = WdfTrue;
        ck_assert_int_eq(pnp_add(NULL, &all.bus[b], NULL, &all.device[b]), STATUS_SUCCESS);
        for (unsigned i = b * PER_BUS; i < (b + 1) * PER_BUS; i++) {
            make_device(i);
            pnp_plug(&all.bus[b], &all.pdo[i]);
        }
    }
    bench_wait_quiet(pnp_bench);
}

/* --- Where they are ---------------------------------------------------------------------------------- */

static bool
is_up(struct pnp_node *node)
{
    WDF_DEVICE_POWER_STATE state = WdfDeviceGetDevicePowerState(node->device);

    return state == WdfDevStatePowerD0 || state == WdfDevStatePowerD0ArmedForWake;
}

static bool
is_down(struct pnp_node *node)
{
    WDF_DEVICE_POWER_STATE state = WdfDeviceGetDevicePowerState(node->device);

    return state == WdfDevStatePowerDx || state == WdfDevStatePowerDxArmedForWake;
}

static void
expect_all(bool (*is)(struct pnp_node *node), const char *when)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        ck_assert_msg(is(&all.pdo[i]) && is(&all.fn[i]), "%s: device %u: 0x%x, 0x%x", when, i,
                      (unsigned)WdfDeviceGetDevicePowerState(all.pdo[i].device),
                      (unsigned)WdfDeviceGetDevicePowerState(all.fn[i].device));
    }
    for (unsigned b = 0; b < BUSES; b++) {
        ck_assert_msg(is(&all.bus[b]), "%s: bus %u", when, b);
    }
}

/* Nothing is called while an hour goes by. */
static void
pass_an_hour(void)
{
    unsigned long before = monitor_count();

    bench_advance(pnp_bench, HOUR_MS);
    ck_assert_uint_eq(monitor_count(), before);
}

/* --- What happens to them ---------------------------------------------------------------------------- */

static void
become_idle(const char *when)
{
    bench_advance(pnp_bench, 3 * IDLE_MS);
    bench_wait_quiet(pnp_bench);
    expect_all(is_down, when);
    pass_an_hour();
}

/* A third by its signal, the others by their drivers, all at one moment. */
static void
wake_all(void)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        if (i % 3 == 1) {
            ck_assert_int_eq(WdfDeviceIndicateWakeStatus(all.pdo[i].device, STATUS_SUCCESS),
                             STATUS_SUCCESS);
        } else {
            ck_assert(NT_SUCCESS(WdfDeviceStopIdle(all.fn[i].device, FALSE)));
        }
    }
    bench_advance(pnp_bench, 1);
    bench_wait_quiet(pnp_bench);
    expect_all(is_up, "woken");
    for (unsigned i = 0; i < DEVICES; i++) {
        if (i % 3 != 1) {
            WdfDeviceResumeIdle(all.fn[i].device);
        }
    }
}

static void
sleep_and_wake(bool by_device)
{
    ck_assert_int_eq(bench_sleep(pnp_bench, 3), STATUS_SUCCESS);
    expect_all(is_down, "asleep");
    pass_an_hour();
    if (by_device) {
        /* No bus here passes the signal on to the system: it is looked at when that has been woken. */
        for (unsigned i = 0; i < DEVICES; i += ARMED_OF) {
            ck_assert_int_eq(WdfDeviceIndicateWakeStatus(all.pdo[i].device, STATUS_SUCCESS),
                             STATUS_SUCCESS);
        }
    }
    bench_resume(pnp_bench);
    bench_wait_quiet(pnp_bench);
    expect_all(is_up, "resumed");
}

static void
live(void *unused)
{
    memset(&all, 0, sizeof(all));
    pnp_open();
    plug_all();
    expect_all(is_up, "started");
    become_idle("idle");
    wake_all();
    become_idle("idle again");
    sleep_and_wake(false); /* From idle, ... */
    sleep_and_wake(true);  /* ... and from work. */
    become_idle("idle at last");
    for (unsigned b = 0; b < BUSES; b++) {
        ck_assert_int_eq(bench_device_remove(all.device[b]), STATUS_SUCCESS);
    }
    pnp_close();
}

START_TEST(a_thousand_devices_idle_wake_and_sleep)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct bench_simulation simulation = {.seed = seed, .max_steps = 2000000000};

        ck_assert_msg(bench_simulate(&simulation, live, NULL, NULL), "seed %lu",
                      (unsigned long)seed);
    }
    printf("%lu callbacks\n", monitor_count());
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sim/thousand");
    TCase *tests = tcase_create("thousand");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, a_thousand_devices_idle_wake_and_sleep);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
