/* SPDX-License-Identifier: MIT */
/* A framework miniport under a port driver that owns its dispatch table, over a WDM driver. */
#include <ntddk.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/bench.h>

#include "lower_driver.h"

static const GUID port_guid = {
    0xd3a10b47, 0x5f0e, 0x4a2c, {0x8a, 0x77, 0x30, 0xc4, 0x11, 0x6b, 0x0d, 0x92}};

static struct bench *bench;
static struct bench_driver *below_driver, *miniport;

static void
must(bench_status status)
{
    ck_assert_msg(bench_ok(status), "%s: %s\n%s", bench_status_name(status), bench_error(),
                  bench_output(bench));
}

static void
open_bench(void)
{
    must(bench_create(NULL, &bench));
    must(bench_driver_load_entry(bench, "below", lower_entry, &below_driver));
    must(bench_driver_load(bench, PORT_MINIPORT, &miniport));
}

static void
close_bench(void)
{
    ck_assert_uint_eq(bench_driver_unload(miniport), 0);
    ck_assert_uint_eq(bench_driver_unload(below_driver), 0);
}

/* The lines of debug output that begin with "story: ", joined. */
static const char *
story(void)
{
    static char text[512];
    const char *at = bench_output(bench);

    text[0] = '\0';
    while ((at = strstr(at, "story: ")) != NULL) {
        at += strlen("story: ");
        strncat(text, at, strcspn(at, "\n"));
        strcat(text, ", ");
    }
    return text;
}

START_TEST(the_port_owns_the_device_and_the_miniport_its_lower_edge)
{
    struct bench_driver *lower[2] = {NULL, NULL};
    struct bench_device_params params = {0};
    struct bench_device *device;
    struct bench_file *file;
    char text[4] = "....";
    size_t size;

    open_bench();
    lower[0] = below_driver;
    params.lower_filters = lower;
    params.function = miniport;
    must(bench_device_add(bench, &params, &device));
    must(bench_open_interface(bench, (const struct _GUID *)&port_guid, 0, BENCH_READ, &file));
    for (int i = 0; i < 3; i++) {
        must(bench_read(file, text, 4, &size));
        ck_assert_uint_eq(size, 4);
        ck_assert_int_eq(memcmp(text, "rrrr", 4), 0);
    }
    ck_assert_uint_eq(below.count, 3);
    bench_close(file);
    must(bench_device_remove(device));
    close_bench();
    ck_assert_str_eq(story(),
                     "initialize, halt after 3 reads, device cleanup, unload, driver cleanup, ");
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(two_devices_of_one_miniport_come_and_go)
{
    struct bench_driver *lower[2] = {NULL, NULL};
    struct bench_device_params params = {0};
    struct bench_device *devices[2];

    open_bench();
    lower[0] = below_driver;
    params.lower_filters = lower;
    params.function = miniport;
    must(bench_device_add(bench, &params, &devices[0]));
    must(bench_device_add(bench, &params, &devices[1]));
    bench_device_surprise_remove(devices[0]);
    bench_run_until_idle(bench);
    must(bench_device_remove(devices[1]));
    close_bench();
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("port");
    TCase *tests = tcase_create("port");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, the_port_owns_the_device_and_the_miniport_its_lower_edge);
    tcase_add_test(tests, two_devices_of_one_miniport_come_and_go);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
