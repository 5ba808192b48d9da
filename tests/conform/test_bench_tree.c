/* SPDX-License-Identifier: MIT */
/*
 * Devices of the bench as a driver's author uses them: a framework bus driver whose children get
 * drivers from an installation, hardware resources, problems, sleep, and IRPs that fail. The test
 * program is the bus driver and its children's function driver.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <ntddk.h>
#include <wdf.h>

#include "events.h"
#include "openwdf/bench.h"

DRIVER_INITIALIZE DriverEntry;

bench_entry_fn FxDriverEntry; /* The stub, linked in. */

static struct bench *bench;
static struct bench_driver *driver;
static ULONG raw_count;
static ULONGLONG first_address;
static NTSTATUS prepare_status;

static const char bus_id[] = "ROOT\\BENCHBUS\\0000";
static const char *const bus_ids[] = {"BENCH\\BUS", NULL};
static const char *const child_ids[] = {"BENCH\\CHILD", NULL};

/* --- The driver ------------------------------------------------------------------------------- */

static NTSTATUS
on_prepare(WDFDEVICE device, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    raw_count = WdfCmResourceListGetCount(raw);
    if (raw_count != 0) {
        first_address =
            (ULONGLONG)WdfCmResourceListGetDescriptor(translated, 0)->u.Memory.Start.QuadPart;
    }
    events_note("prepare");
    return prepare_status;
}

static NTSTATUS
on_d0_entry(WDFDEVICE device, WDF_POWER_DEVICE_STATE former)
{
    events_note("D0");
    return STATUS_SUCCESS;
}

static NTSTATUS
on_d0_exit(WDFDEVICE device, WDF_POWER_DEVICE_STATE target)
{
    events_note("exit");
    return STATUS_SUCCESS;
}

static NTSTATUS
add_child(WDFDEVICE bus)
{
    DECLARE_CONST_UNICODE_STRING(device_id, L"BENCH\\CHILD");
    DECLARE_CONST_UNICODE_STRING(instance_id, L"7");
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(bus);
    WDFDEVICE child;
    NTSTATUS status;

    if (init == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = WdfPdoInitAssignDeviceID(init, &device_id);
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAddHardwareID(init, &device_id);
    }
    if (NT_SUCCESS(status)) {
        status = WdfPdoInitAssignInstanceID(init, &instance_id);
    }
    if (NT_SUCCESS(status)) {
        status = WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &child);
    }
    if (NT_SUCCESS(status)) {
        status = WdfFdoAddStaticChild(bus, child);
    } else if (init != NULL) {
        WdfDeviceInitFree(init);
    }
    return status;
}

static bool
is_bus(WDFDEVICE device)
{
    WCHAR ids[64] = {0};
    ULONG length = 0;

    return NT_SUCCESS(WdfDeviceQueryProperty(device, DevicePropertyHardwareID, sizeof(ids), ids,
                                             &length)) &&
           memcmp(ids, L"BENCH\\BUS", 9 * sizeof(WCHAR)) == 0;
}

static NTSTATUS
on_device_add(WDFDRIVER handle, PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks;
    WDFDEVICE device;
    NTSTATUS status;

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&callbacks);
    callbacks.EvtDevicePrepareHardware = on_prepare;
    callbacks.EvtDeviceD0Entry = on_d0_entry;
    callbacks.EvtDeviceD0Exit = on_d0_exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &callbacks);
    status = WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &device);
    return NT_SUCCESS(status) && is_bus(device) ? add_child(device) : status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, on_device_add);
    return WdfDriverCreate(object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE);
}

/* --- Fixture ---------------------------------------------------------------------------------- */

static void
setup(void)
{
    const struct bench_params params = {.faults = true};

    events_clear();
    prepare_status = STATUS_SUCCESS;
    ck_assert_int_eq(bench_create(&params, &bench), STATUS_SUCCESS);
    ck_assert_int_eq(bench_driver_load_entry(bench, "benchbus", FxDriverEntry, &driver),
                     STATUS_SUCCESS);
}

static void
teardown(void)
{
    ck_assert_uint_eq(bench_destroy(bench), 0);
}

static void
install_child(void)
{
    const struct bench_installation installation = {
        .hardware_ids = child_ids, .function = driver, .class_name = "Bench"};

    ck_assert_int_eq(bench_install(bench, &installation), STATUS_SUCCESS);
}

static struct bench_device *
add_bus(void)
{
    const struct bench_device_params params = {
        .function = driver, .instance_id = bus_id, .hardware_ids = bus_ids};
    struct bench_device *device = NULL;

    ck_assert_msg(bench_ok(bench_device_add(bench, &params, &device)), "%s", bench_error());
    return device;
}

/* The line of the tree with this word; the part after it. */
static const char *
in_tree(const char *word)
{
    const char *found = strstr(bench_tree(bench), word);

    ck_assert_msg(found != NULL, "%s is not in the tree:\n%s", word, bench_tree(bench));
    return found;
}

static struct bench_device *
find_child(void)
{
    struct bench_device *device = NULL;
    char id[200];
    const char *line = in_tree("BENCH\\CHILD\\");

    snprintf(id, sizeof(id), "%.*s", (int)strcspn(line, " "), line);
    ck_assert_msg(bench_ok(bench_device_find(bench, id, &device)), "%s", bench_error());
    return device;
}

/* --- Tests ------------------------------------------------------------------------------------ */

START_TEST(a_child_gets_the_drivers_that_are_installed_for_its_id)
{
    struct bench_device *bus;
    struct bench_device *child;

    install_child();
    bus = add_bus();
    child = find_child();
    ck_assert_str_eq(bench_device_state(bus), "Started");
    ck_assert_str_eq(bench_device_state(child), "Started");
    /* Below its bus. */
    ck_assert_int_eq(
        strncmp(bench_tree(bench), "ROOT\\BENCHBUS\\0000 Started\n  BENCH\\CHILD\\", 40), 0);
    ck_assert_int_eq(bench_device_remove(bus), STATUS_SUCCESS);
    ck_assert_str_eq(bench_tree(bench), "");
}
END_TEST

START_TEST(a_child_without_a_driver_has_a_problem_until_there_is_one)
{
    struct bench_device *child;
    bench_status status = 0;

    add_bus();
    child = find_child();
    ck_assert_uint_eq(bench_device_problem(child, &status), 28);
    ck_assert(!bench_ok(status));
    install_child();
    ck_assert_int_eq(bench_device_enable(child), STATUS_SUCCESS);
    ck_assert_uint_eq(bench_device_problem(child, NULL), 0);
    ck_assert_int_eq(bench_device_disable(child), STATUS_SUCCESS);
    ck_assert_uint_eq(bench_device_problem(child, NULL), 22);
    /* It is remembered. */
    ck_assert(!bench_ok(bench_device_restart(child)));
    ck_assert_uint_eq(bench_device_problem(child, NULL), 22);
    ck_assert_int_eq(bench_device_enable(child), STATUS_SUCCESS);
    ck_assert_str_eq(bench_device_state(child), "Started");
    ck_assert_int_eq(bench_device_find(bench, "ROOT\\NO\\SUCH", &child), STATUS_NO_SUCH_DEVICE);
}
END_TEST

START_TEST(hardware_resources_reach_the_driver)
{
    static const struct bench_resource resources[] = {
        {.kind = BENCH_MEMORY, .maximum = 0xFFFFFFFF, .length = 0x1000, .alignment = 0x1000},
        {.kind = BENCH_INTERRUPT, .minimum = 5, .maximum = 5},
    };
    const struct bench_device_params params = {
        .function = driver, .resources = resources, .resource_count = 2};
    struct bench_device *device;

    ck_assert_msg(bench_ok(bench_device_add(bench, &params, &device)), "%s", bench_error());
    ck_assert_uint_eq(raw_count, 2);
    ck_assert_uint_ge(first_address, 0x100000);
    ck_assert_uint_eq(first_address % 0x1000, 0);
    /* There is one interrupt 5. */
    ck_assert_int_eq(bench_device_add(bench, &params, &device), STATUS_CONFLICTING_ADDRESSES);
    ck_assert_ptr_nonnull(strstr(bench_error(), "CM_PROB_NORMAL_CONFLICT"));
}
END_TEST

START_TEST(a_device_that_does_not_start_may_stay_with_its_problem)
{
    const struct bench_device_params params = {.function = driver, .keep = true};
    struct bench_device *device;

    prepare_status = STATUS_DEVICE_CONFIGURATION_ERROR;
    ck_assert_int_eq(bench_device_add(bench, &params, &device), STATUS_SUCCESS);
    ck_assert_uint_ne(bench_device_problem(device, NULL), 0);
    prepare_status = STATUS_SUCCESS;
    ck_assert_int_eq(bench_device_enable(device), STATUS_SUCCESS);
    ck_assert_str_eq(bench_device_state(device), "Started");
}
END_TEST

START_TEST(irps_that_fail_are_seen_by_the_drivers)
{
    const struct bench_device_params params = {.function = driver, .keep = true};
    struct bench_device *device;
    bench_status status = 0;

    ck_assert_int_eq(
        bench_fail_irp(bench, NULL, IRP_MJ_PNP, IRP_MN_START_DEVICE, STATUS_IO_TIMEOUT, 1),
        STATUS_SUCCESS);
    ck_assert_int_eq(bench_device_add(bench, &params, &device), STATUS_SUCCESS);
    ck_assert_uint_eq(bench_device_problem(device, &status), 10);
    ck_assert_int_eq(status, STATUS_IO_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(bench_pnp_log(bench), "START_DEVICE STATUS_IO_TIMEOUT\n"));
    ck_assert_int_eq(bench_device_enable(device), STATUS_SUCCESS);
    bench_pnp_log_clear(bench);
    ck_assert_int_eq(
        bench_fail_irp(bench, NULL, IRP_MJ_PNP, IRP_MN_QUERY_REMOVE_DEVICE, STATUS_DEVICE_BUSY, 1),
        STATUS_SUCCESS);
    ck_assert_int_eq(bench_device_remove(device), STATUS_DEVICE_BUSY);
    ck_assert_ptr_nonnull(strstr(bench_pnp_log(bench), "CANCEL_REMOVE_DEVICE\n"));
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
    ck_assert_int_eq(bench_fail_irp(bench, NULL, IRP_MJ_PNP, 0, STATUS_SUCCESS, 1),
                     STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_system_sleeps_and_wakes)
{
    install_child();
    add_bus();
    events_clear();
    bench_pnp_log_clear(bench);
    ck_assert_int_eq(bench_sleep(bench, 3), STATUS_SUCCESS);
    ck_assert_uint_eq(bench_system_state(bench), 3);
    ck_assert_str_eq(events_text(), "exit exit ");
    bench_resume(bench);
    bench_wait_quiet(bench);
    ck_assert_uint_eq(bench_system_state(bench), 0);
    ck_assert_str_eq(events_text(), "exit exit D0 D0 ");
    ck_assert_ptr_nonnull(strstr(bench_pnp_log(bench), "ROOT\\BENCHBUS\\0000 SET_POWER S3\n"));
    ck_assert_int_eq(bench_sleep(bench, 6), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_refusal_keeps_the_system_awake)
{
    add_bus();
    ck_assert_int_eq(
        bench_fail_irp(bench, bus_id, IRP_MJ_POWER, IRP_MN_QUERY_POWER, STATUS_DEVICE_BUSY, 1),
        STATUS_SUCCESS);
    ck_assert_int_eq(bench_sleep(bench, 3), STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(bench_system_state(bench), 0);
}
END_TEST

START_TEST(a_device_is_stopped_and_started_again)
{
    struct bench_device *bus;
    struct bench_device *child;

    install_child();
    bus = add_bus();
    child = find_child();
    events_clear();
    ck_assert_int_eq(bench_device_stop(bus), STATUS_SUCCESS);
    ck_assert_str_eq(bench_device_state(child), "Stopped");
    ck_assert_str_eq(events_text(), "exit exit ");
    ck_assert_int_eq(bench_device_start(bus), STATUS_SUCCESS);
    ck_assert_str_eq(bench_device_state(child), "Started");
    ck_assert_str_eq(events_text(), "exit exit prepare D0 prepare D0 ");
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("tree");
    Suite *suite = suite_create("conform/bench_tree");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_child_gets_the_drivers_that_are_installed_for_its_id);
    tcase_add_test(tests, a_child_without_a_driver_has_a_problem_until_there_is_one);
    tcase_add_test(tests, hardware_resources_reach_the_driver);
    tcase_add_test(tests, a_device_that_does_not_start_may_stay_with_its_problem);
    tcase_add_test(tests, irps_that_fail_are_seen_by_the_drivers);
    tcase_add_test(tests, the_system_sleeps_and_wakes);
    tcase_add_test(tests, a_refusal_keeps_the_system_awake);
    tcase_add_test(tests, a_device_is_stopped_and_started_again);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
