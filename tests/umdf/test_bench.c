/* SPDX-License-Identifier: MIT */
/* A user-mode driver in the bench, with real threads and in the simulation. */
#include <check.h>
#include <stdlib.h>

#include "openwdf/bench.h"
#include "public.h"

struct _GUID {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};

static const struct _GUID test_guid = UMDF_TEST_GUID;

static struct bench *bench;
static struct bench_driver *driver;
static struct bench_device *device;
static struct bench_file *file;

static void
start(void)
{
    const struct bench_device_params params = {.instance_id = "ROOT\\UMDFTEST\\0000"};
    struct bench_device_params with_driver = params;

    ck_assert_int_eq(bench_create(NULL, &bench), 0);
    ck_assert_msg(bench_ok(bench_driver_load(bench, UMDF_TEST_DRIVER, &driver)), "%s",
                  bench_error());
    with_driver.function = driver;
    ck_assert_msg(bench_ok(bench_device_add(bench, &with_driver, &device)), "%s", bench_error());
    ck_assert_msg(
        bench_ok(bench_open_interface(bench, &test_guid, 0, BENCH_READ | BENCH_WRITE, &file)), "%s",
        bench_error());
}

static void
stop(void)
{
    bench_close(file);
    ck_assert_int_eq(bench_device_remove(device), 0);
    ck_assert_uint_eq(bench_driver_unload(driver), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}

static void
run(unsigned number)
{
    unsigned line = ~0u;
    size_t size = 0;

    ck_assert_int_eq(
        bench_ioctl(file, IOCTL_TEST_RUN, &number, sizeof(number), &line, sizeof(line), &size), 0);
    ck_assert_uint_eq(size, sizeof(line));
    ck_assert_msg(line == 0, "driver.cpp:%u failed", line);
}

START_TEST(win32_inside_a_driver)
{
    start();
    run((unsigned)_i);
    stop();
}
END_TEST

START_TEST(built_for_an_older_version)
{
    unsigned minor = 0;
    unsigned who = 7;

    start();
    ck_assert_int_eq(bench_ioctl(file, IOCTL_TEST_WHO, NULL, 0, &who, sizeof(who), NULL), 0);
    ck_assert_uint_eq(who, 0);
    ck_assert_int_eq(bench_ioctl(file, IOCTL_TEST_VERSION, NULL, 0, &minor, sizeof(minor), NULL),
                     0);
    ck_assert_uint_eq(minor, 15);
    stop();
}
END_TEST

static void
simulated(void *argument)
{
    start();
    run(*(const unsigned *)argument);
    stop();
}

#define SEEDS 12

START_TEST(win32_inside_a_driver_simulated)
{
    unsigned number = (unsigned)_i / SEEDS;
    struct bench_simulation simulation = {.seed = (uint64_t)_i % SEEDS + 1};

    ck_assert_msg(bench_simulate(&simulation, simulated, &number, NULL), "check %u, seed %u",
                  number, (unsigned)simulation.seed);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("umdf bench");
    TCase *tcase = tcase_create("umdf bench");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, win32_inside_a_driver, 0, UMDF_TEST_COUNT);
    tcase_add_test(tcase, built_for_an_older_version);
    tcase_add_loop_test(tcase, win32_inside_a_driver_simulated, 0, UMDF_TEST_COUNT * SEEDS);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
