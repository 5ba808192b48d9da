/* SPDX-License-Identifier: MIT */
/* A driver's tracing seen from the bench: WPP's formats, levels and flags, TraceLogging, ETW. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/bench.h>

#include <ntddk.h>

#include "traced_public.h"

static struct bench *bench;
static struct bench_driver *driver;
static struct bench_device *device;
static struct bench_file *file;

static void
trace(const char *items)
{
    ck_assert_msg(bench_ok(bench_trace(bench, items)), "%s", bench_error());
}

static void
set_up(void)
{
    const struct bench_device_params params = {.instance_id = "ROOT\\TRACED\\0000"};
    struct bench_device_params own = params;

    ck_assert(bench_ok(bench_create(NULL, &bench)));
    ck_assert_msg(bench_ok(bench_driver_load(bench, TRACED_DRIVER, &driver)), "%s", bench_error());
    own.function = driver;
    ck_assert_msg(bench_ok(bench_device_add(bench, &own, &device)), "%s", bench_error());
    ck_assert(bench_ok(bench_open(bench, "\\\\.\\Traced", BENCH_READ | BENCH_WRITE, &file)));
    trace(NULL); /* Whatever the environment says. */
    bench_output_clear(bench);
}

static void
tear_down(void)
{
    bench_close(file);
    ck_assert(bench_ok(bench_device_remove(device)));
    ck_assert_uint_eq(bench_driver_unload(driver), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}

static bench_status
control(uint32_t code)
{
    return bench_ioctl(file, code, NULL, 0, NULL, 0, NULL);
}

/* A line of the output that has `part`. */
static void
expect(const char *part)
{
    ck_assert_msg(strstr(bench_output(bench), part) != NULL, "no \"%s\" in:\n%s", part,
                  bench_output(bench));
}

static void
expect_not(const char *part)
{
    ck_assert_msg(strstr(bench_output(bench), part) == NULL, "\"%s\" in:\n%s", part,
                  bench_output(bench));
}

START_TEST(a_loaded_driver_finds_the_executives_routines)
{
    UNICODE_STRING routine = RTL_CONSTANT_STRING(L"ExAllocatePool2");
    UNICODE_STRING library = RTL_CONSTANT_STRING(L"memcpy");

    ck_assert_ptr_eq(MmGetSystemRoutineAddress(&routine), (PVOID)ExAllocatePool2);
    ck_assert_ptr_null(MmGetSystemRoutineAddress(&library));
}
END_TEST

START_TEST(nothing_is_said_until_it_is_asked_for)
{
    ck_assert(bench_ok(control(IOCTL_TRACED_FORMATS)));
    ck_assert(bench_ok(control(IOCTL_TRACED_EVENTS)));
    expect_not("trace:");
}
END_TEST

START_TEST(every_format_shows_its_value)
{
    trace("TracedDriver");
    ck_assert(bench_ok(control(IOCTL_TRACED_FORMATS)));
    expect("TracedDriver verbose traced.c:");
    expect("TraceFormats: --> TraceFormats\n");
    expect("numbers -1 4000000000 0x0000beef -5000000000    42|42   |%\n");
    expect("texts narrow wide w\xc3\xa4 counted ansi abc (null) x\n");
    expect(
        "named 0xc0000022(STATUS_ACCESS_DENIED) 2(ERROR_FILE_NOT_FOUND) 0x80070005(E_ACCESSDENIED) "
        "TRUE {8c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4}\n");
    expect(" of traced.c TRACE_LEVEL_ERROR DBG_DATA\n");
    expect("listed TracedBusy Blue Low|High 9(0x9)\n");
    expect("bytes 01 02 ab ff behind 7\n");
    expect("ordered two 1\n");
    expect("net 127.0.0.1 port 80\n");
    expect("group 3\n");
    expect("double 1.50\n");
    expect_not("of the other provider");
}
END_TEST

START_TEST(levels_and_flags_select)
{
    trace("TracedDriver:warning:DBG_IOCTL");
    ck_assert(bench_ok(control(IOCTL_TRACED_FORMATS)));
    expect("group 3");
    expect_not("numbers");
    expect_not("double");
    bench_output_clear(bench);
    trace("6c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4");
    ck_assert(bench_ok(control(IOCTL_TRACED_FORMATS)));
    expect("TracedExtra info traced.c:");
    expect_not("group 3");
    bench_output_clear(bench);
    trace(NULL);
    ck_assert(bench_ok(control(IOCTL_TRACED_FORMATS)));
    expect_not("trace:");
}
END_TEST

START_TEST(a_macro_that_returns_says_why)
{
    trace("TracedDriver");
    ck_assert_int_eq(control(IOCTL_TRACED_FAIL), STATUS_INVALID_DEVICE_STATE);
    expect("FailAndTrace: failed with 0xc0000184(STATUS_INVALID_DEVICE_STATE)\n");
}
END_TEST

START_TEST(events_of_both_kinds_show_their_fields)
{
    trace("all");
    ck_assert(bench_ok(control(IOCTL_TRACED_EVENTS)));
    expect("8c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4 warning: event 7 version 1 task 3 opcode 2 "
           "keywords 0x10: "
           "44 33 22 11 55\n");
    expect("error: \"an ETW text\"\n");
    expect("Traced.Logging verbose: Plain\n");
    expect("Traced.Logging info: Fields First=287454020 second=0x55 Text=\"text\" Wide=\"wide\" "
           "Counted=\"counted\" Status=0xc0000022(STATUS_ACCESS_DENIED) Numbers=[1, 2, 3] Inner={ "
           "Yes=true Half=0.5 } Guid={8c3f1e20-8a4d-4b61-9e57-0d2a6c81f3b4} Value=-3\n");
    bench_output_clear(bench);
    trace("Traced.Logging:5:1");
    ck_assert(bench_ok(control(IOCTL_TRACED_EVENTS)));
    expect("Plain");
    expect_not("Fields");
}
END_TEST

START_TEST(a_malformed_list_is_refused)
{
    ck_assert_int_eq(bench_trace(bench, "TracedDriver:loud"), STATUS_INVALID_PARAMETER);
    ck_assert_ptr_nonnull(strstr(bench_error(), "not a level"));
}
END_TEST

static void
simulated(void *argument)
{
    (void)argument;
    set_up();
    trace("TracedDriver");
    ck_assert(bench_ok(control(IOCTL_TRACED_FORMATS)));
    expect("group 3");
    tear_down();
}

START_TEST(tracing_is_no_choice_of_the_simulation)
{
    const struct bench_simulation simulation = {.seed = 11};
    uint64_t first, second;

    ck_assert(bench_simulate(&simulation, simulated, NULL, &first));
    ck_assert(bench_simulate(&simulation, simulated, NULL, &second));
    ck_assert_uint_eq(first, second);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("drivers/traced");
    TCase *tcase = tcase_create("bench"), *alone = tcase_create("simulation");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_loaded_driver_finds_the_executives_routines);
    tcase_add_test(tcase, nothing_is_said_until_it_is_asked_for);
    tcase_add_test(tcase, every_format_shows_its_value);
    tcase_add_test(tcase, levels_and_flags_select);
    tcase_add_test(tcase, a_macro_that_returns_says_why);
    tcase_add_test(tcase, events_of_both_kinds_show_their_fields);
    tcase_add_test(tcase, a_malformed_list_is_refused);
    tcase_add_test(alone, tracing_is_no_choice_of_the_simulation);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, alone);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
