/* SPDX-License-Identifier: MIT */
/* The driver object: what happens around DriverEntry, EvtDriverDeviceAdd and unload. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <ntddk.h>
#include <wdf.h>
#include <wdfminiport.h>

#include "events.h"
#include "openwdf/bench.h"

DRIVER_INITIALIZE DriverEntry;
extern bench_entry_fn FxDriverEntry;

static struct {
    WDF_DRIVER_CONFIG config;
    NTSTATUS create_status; /* What WdfDriverCreate said. */
    NTSTATUS entry_status;  /* What DriverEntry returns after it succeeded. */
    bool create_control_device;
    bool create_device; /* In EvtDriverDeviceAdd. */
    bool filter;
    NTSTATUS add_status;
    DRIVER_UNLOAD *own_unload; /* Set by DriverEntry, as a port driver would. */
} driver;

static struct bench *bench;

static VOID
on_driver_cleanup(WDFOBJECT object)
{
    events_note(KeGetCurrentIrql() == PASSIVE_LEVEL ? "driver-cleanup" : "driver-cleanup-high");
}

static VOID
on_driver_destroy(WDFOBJECT object)
{
    events_note("driver-destroy");
}

static VOID
on_unload(WDFDRIVER object)
{
    events_note("unload");
}

static VOID
on_device_cleanup(WDFOBJECT object)
{
    events_note("device-cleanup");
}

static NTSTATUS
create_control_device(WDFDRIVER handle)
{
    DECLARE_CONST_UNICODE_STRING(sddl, L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)");
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\ConformControl");
    PWDFDEVICE_INIT init = WdfControlDeviceInitAllocate(handle, &sddl);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    if (init == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = WdfDeviceInitAssignName(init, &name);
    if (NT_SUCCESS(status)) {
        WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
        attributes.EvtCleanupCallback = on_device_cleanup;
        status = WdfDeviceCreate(&init, &attributes, &device);
    }
    if (!NT_SUCCESS(status)) {
        WdfDeviceInitFree(init);
        return status;
    }
    WdfControlFinishInitializing(device);
    return STATUS_SUCCESS;
}

static NTSTATUS
on_device_add(WDFDRIVER handle, PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE device;
    NTSTATUS status;

    events_note("add");
    if (driver.filter) {
        WdfFdoInitSetFilter(init);
    }
    if (driver.create_device) {
        WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
        attributes.EvtCleanupCallback = on_device_cleanup;
        status = WdfDeviceCreate(&init, &attributes, &device);
        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
    return driver.add_status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDRIVER handle;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = on_driver_cleanup;
    attributes.EvtDestroyCallback = on_driver_destroy;
    driver.create_status =
        WdfDriverCreate(driver_object, registry_path, &attributes, &driver.config, &handle);
    if (!NT_SUCCESS(driver.create_status)) {
        return driver.create_status;
    }
    if (driver.create_control_device) {
        NTSTATUS status = create_control_device(handle);

        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
    if (driver.own_unload != NULL) {
        driver_object->DriverUnload = driver.own_unload;
    }
    return driver.entry_status;
}

/* --- Fixture --------------------------------------------------------------------------------- */

static void
open_bench(void)
{
    events_clear();
    memset(&driver, 0, sizeof(driver));
    WDF_DRIVER_CONFIG_INIT(&driver.config, on_device_add);
    driver.config.EvtDriverUnload = on_unload;
    driver.create_device = true;
    ck_assert_int_eq(bench_create(NULL, &bench), STATUS_SUCCESS);
}

static void
close_bench(void)
{
    unsigned leaks = bench_destroy(bench);

    ck_assert_uint_eq(leaks, 0);
}

static bench_status
load(struct bench_driver **ret_driver)
{
    return bench_driver_load_entry(bench, "conform", FxDriverEntry, ret_driver);
}

/* --- Tests ----------------------------------------------------------------------------------- */

START_TEST(unload_calls_the_driver_then_cleans_up)
{
    struct bench_driver *loaded;

    ck_assert_int_eq(load(&loaded), STATUS_SUCCESS);
    ck_assert_str_eq(events_text(), "");
    ck_assert_uint_eq(bench_driver_unload(loaded), 0);
    ck_assert_str_eq(events_text(), "unload driver-cleanup driver-destroy ");
}
END_TEST

START_TEST(a_failing_driver_entry_runs_the_cleanup_and_never_the_unload)
{
    struct bench_driver *loaded;

    driver.entry_status = STATUS_DEVICE_CONFIGURATION_ERROR;
    ck_assert_int_eq(load(&loaded), STATUS_DEVICE_CONFIGURATION_ERROR);
    ck_assert_str_eq(events_text(), "driver-cleanup driver-destroy ");
}
END_TEST

START_TEST(control_devices_are_deleted_after_the_unload_callback)
{
    struct bench_driver *loaded;

    driver.create_control_device = true;
    driver.config.EvtDriverDeviceAdd = NULL;
    driver.config.DriverInitFlags = WdfDriverInitNonPnpDriver;
    ck_assert_int_eq(load(&loaded), STATUS_SUCCESS);
    ck_assert_uint_eq(bench_driver_unload(loaded), 0);
    ck_assert_str_eq(events_text(), "unload device-cleanup driver-cleanup driver-destroy ");
}
END_TEST

START_TEST(a_failing_driver_entry_deletes_its_control_devices)
{
    struct bench_driver *loaded;

    driver.create_control_device = true;
    driver.entry_status = STATUS_UNSUCCESSFUL;
    ck_assert_int_eq(load(&loaded), STATUS_UNSUCCESSFUL);
    ck_assert_str_eq(events_text(), "device-cleanup driver-cleanup driver-destroy ");
}
END_TEST

START_TEST(a_non_pnp_driver_cannot_have_a_device_add_callback)
{
    struct bench_driver *loaded;

    driver.config.DriverInitFlags = WdfDriverInitNonPnpDriver;
    ck_assert_int_eq(load(&loaded), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(driver.create_status, STATUS_INVALID_PARAMETER);
    ck_assert_str_eq(events_text(), "");
}
END_TEST

START_TEST(a_config_of_the_wrong_size_is_refused)
{
    struct bench_driver *loaded;

    driver.config.Size--;
    ck_assert_int_eq(load(&loaded), STATUS_INFO_LENGTH_MISMATCH);
}
END_TEST

START_TEST(a_failing_device_add_deletes_the_device_it_made)
{
    struct bench_driver *loaded;
    struct bench_device *device;
    struct bench_device_params params = {0};

    driver.add_status = STATUS_DEVICE_CONFIGURATION_ERROR;
    ck_assert_int_eq(load(&loaded), STATUS_SUCCESS);
    params.function = loaded;
    ck_assert_int_eq(bench_device_add(bench, &params, &device), STATUS_DEVICE_CONFIGURATION_ERROR);
    ck_assert_str_eq(events_text(), "add device-cleanup ");
}
END_TEST

START_TEST(a_failing_filter_does_not_stop_the_stack)
{
    struct bench_driver *loaded;
    struct bench_device *device;
    struct bench_driver *filters[2] = {0};
    struct bench_device_params params = {.lower_filters = filters};

    driver.filter = true;
    driver.add_status = STATUS_UNSUCCESSFUL;
    ck_assert_int_eq(load(&loaded), STATUS_SUCCESS);
    filters[0] = loaded;
    ck_assert_int_eq(bench_device_add(bench, &params, &device), STATUS_SUCCESS);
    ck_assert_str_eq(events_text(), "add device-cleanup ");
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_filter_may_leave_a_device_alone)
{
    struct bench_driver *loaded;
    struct bench_device *device;
    struct bench_driver *filters[2] = {0};
    struct bench_device_params params = {.lower_filters = filters};

    driver.create_device = false;
    ck_assert_int_eq(load(&loaded), STATUS_SUCCESS);
    filters[0] = loaded;
    ck_assert_int_eq(bench_device_add(bench, &params, &device), STATUS_SUCCESS);
    ck_assert_str_eq(events_text(), "add ");
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

static VOID
unload_miniport(PDRIVER_OBJECT driver_object)
{
    events_note("port-unload");
    WdfDriverMiniportUnload(WdfGetDriver());
    events_note("port-done");
}

START_TEST(a_miniport_keeps_its_dispatch_table_and_unloads_itself)
{
    struct bench_driver *loaded;
    PDRIVER_OBJECT wdm;

    driver.config.DriverInitFlags = WdfDriverInitNoDispatchOverride;
    driver.own_unload = unload_miniport;
    ck_assert_int_eq(load(&loaded), STATUS_SUCCESS);
    wdm = bench_driver_object(loaded);
    ck_assert_ptr_null(wdm->DriverExtension->AddDevice);
    ck_assert_uint_eq(bench_driver_unload(loaded), 0);
    ck_assert_str_eq(events_text(), "port-unload unload driver-cleanup driver-destroy port-done ");
}
END_TEST

static VOID
on_timer(WDFTIMER timer)
{
}

START_TEST(a_miniport_device_is_a_parent_for_other_objects)
{
    struct bench_driver *loaded;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_TIMER_CONFIG config;
    PDEVICE_OBJECT wdm;
    WDFDEVICE device;
    WDFTIMER timer;

    driver.config.DriverInitFlags = WdfDriverInitNoDispatchOverride;
    driver.own_unload = unload_miniport;
    ck_assert_int_eq(load(&loaded), STATUS_SUCCESS);
    ck_assert_int_eq(
        IoCreateDevice(bench_driver_object(loaded), 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &wdm),
        STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = on_device_cleanup;
    ck_assert_int_eq(WdfDeviceMiniportCreate(WdfGetDriver(), &attributes, wdm, NULL, NULL, &device),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfDeviceWdmGetDeviceObject(device), wdm);
    WDF_TIMER_CONFIG_INIT(&config, on_timer);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    ck_assert_int_eq(WdfTimerCreate(&config, &attributes, &timer), STATUS_SUCCESS);
    WdfObjectDelete(device);
    ck_assert_str_eq(events_text(), "device-cleanup ");
    IoDeleteDevice(wdm);
    ck_assert_uint_eq(bench_driver_unload(loaded), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conform/driver");
    TCase *tests = tcase_create("driver");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, open_bench, close_bench);
    tcase_add_test(tests, unload_calls_the_driver_then_cleans_up);
    tcase_add_test(tests, a_failing_driver_entry_runs_the_cleanup_and_never_the_unload);
    tcase_add_test(tests, control_devices_are_deleted_after_the_unload_callback);
    tcase_add_test(tests, a_failing_driver_entry_deletes_its_control_devices);
    tcase_add_test(tests, a_non_pnp_driver_cannot_have_a_device_add_callback);
    tcase_add_test(tests, a_config_of_the_wrong_size_is_refused);
    tcase_add_test(tests, a_failing_device_add_deletes_the_device_it_made);
    tcase_add_test(tests, a_failing_filter_does_not_stop_the_stack);
    tcase_add_test(tests, a_filter_may_leave_a_device_alone);
    tcase_add_test(tests, a_miniport_keeps_its_dispatch_table_and_unloads_itself);
    tcase_add_test(tests, a_miniport_device_is_a_parent_for_other_objects);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
