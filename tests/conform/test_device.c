/* SPDX-License-Identifier: MIT */
/*
 * Devices: the documented order of the PnP and power callbacks from start to removal, what a
 * failure undoes, names and interfaces, and preprocessing of IRPs.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <initguid.h>
#include <ntddk.h>
#include <wdf.h>

#include "events.h"
#include "openwdf/bench.h"

DEFINE_GUID(GUID_FIRST, 0x7a2b1c30, 0x1111, 0x4222, 0x83, 0x33, 0x44, 0x44, 0x44, 0x44, 0x44, 0x01);
DEFINE_GUID(GUID_LATE, 0x7a2b1c30, 0x1111, 0x4222, 0x83, 0x33, 0x44, 0x44, 0x44, 0x44, 0x44, 0x02);

DRIVER_INITIALIZE DriverEntry;
extern bench_entry_fn FxDriverEntry;

static struct {
    NTSTATUS prepare;
    NTSTATUS d0_entry;
    NTSTATUS self_managed_init;
    NTSTATUS query_remove;
    bool veto;
    bool preprocess;
    WDFDEVICE device;
    NTSTATUS late_interface;
    ULONG pnp_state; /* As seen in EvtDeviceD0Entry. */
} driver;

static struct bench *bench;
static struct bench_driver *loaded;

/* --- The driver ------------------------------------------------------------------------------ */

static NTSTATUS
on_prepare(WDFDEVICE device, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    events_note("prepare");
    ck_assert_uint_eq(WdfCmResourceListGetCount(raw), WdfCmResourceListGetCount(translated));
    return driver.prepare;
}

static NTSTATUS
on_release(WDFDEVICE device, WDFCMRESLIST translated)
{
    events_note("release");
    return STATUS_SUCCESS;
}

static NTSTATUS
on_d0_entry(WDFDEVICE device, WDF_POWER_DEVICE_STATE previous)
{
    events_note(previous == WdfPowerDeviceD3Final ? "d0entry" : "d0entry-wrong");
    return driver.d0_entry;
}

static NTSTATUS
on_d0_exit(WDFDEVICE device, WDF_POWER_DEVICE_STATE target)
{
    events_note(target == WdfPowerDeviceD3Final ? "d0exit" : "d0exit-wrong");
    return STATUS_SUCCESS;
}

static NTSTATUS
on_self_managed_init(WDFDEVICE device)
{
    events_note("init");
    return driver.self_managed_init;
}

static NTSTATUS
on_self_managed_suspend(WDFDEVICE device)
{
    events_note("suspend");
    return STATUS_SUCCESS;
}

static VOID
on_self_managed_flush(WDFDEVICE device)
{
    events_note("flush");
}

static VOID
on_self_managed_cleanup(WDFDEVICE device)
{
    events_note("cleanup");
}

static VOID
on_surprise_removal(WDFDEVICE device)
{
    events_note("surprise");
}

static NTSTATUS
on_query_remove(WDFDEVICE device)
{
    events_note("query-remove");
    return driver.query_remove;
}

static VOID
on_context_cleanup(WDFOBJECT object)
{
    events_note(KeGetCurrentIrql() == PASSIVE_LEVEL ? "object-cleanup" : "object-cleanup-high");
}

static VOID
on_context_destroy(WDFOBJECT object)
{
    events_note("object-destroy");
}

static NTSTATUS
on_flush_irp(WDFDEVICE device, PIRP irp)
{
    events_note("preprocess");
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS
on_create_irp(WDFDEVICE device, PIRP irp)
{
    events_note("preprocess-create");
    IoSkipCurrentIrpStackLocation(irp);
    return WdfDeviceWdmDispatchPreprocessedIrp(device, irp);
}

static NTSTATUS
on_device_add(WDFDRIVER handle, PWDFDEVICE_INIT init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDevicePrepareHardware = on_prepare;
    pnp.EvtDeviceReleaseHardware = on_release;
    pnp.EvtDeviceD0Entry = on_d0_entry;
    pnp.EvtDeviceD0Exit = on_d0_exit;
    pnp.EvtDeviceSelfManagedIoInit = on_self_managed_init;
    pnp.EvtDeviceSelfManagedIoSuspend = on_self_managed_suspend;
    pnp.EvtDeviceSelfManagedIoFlush = on_self_managed_flush;
    pnp.EvtDeviceSelfManagedIoCleanup = on_self_managed_cleanup;
    pnp.EvtDeviceSurpriseRemoval = on_surprise_removal;
    pnp.EvtDeviceQueryRemove = on_query_remove;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &pnp);
    if (driver.preprocess) {
        status = WdfDeviceInitAssignWdmIrpPreprocessCallback(init, on_flush_irp,
                                                             IRP_MJ_FLUSH_BUFFERS, NULL, 0);
        ck_assert_int_eq(status, STATUS_SUCCESS);
        status = WdfDeviceInitAssignWdmIrpPreprocessCallback(init, on_create_irp, IRP_MJ_CREATE,
                                                             NULL, 0);
        ck_assert_int_eq(status, STATUS_SUCCESS);
    }
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = on_context_cleanup;
    attributes.EvtDestroyCallback = on_context_destroy;
    status = WdfDeviceCreate(&init, &attributes, &driver.device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ck_assert_ptr_null(init);
    WdfDeviceSetStaticStopRemove(driver.device, !driver.veto);
    ck_assert_ptr_eq(WdfWdmDeviceGetWdfDeviceHandle(WdfDeviceWdmGetDeviceObject(driver.device)),
                     driver.device);
    ck_assert_ptr_eq(WdfDeviceGetDriver(driver.device), handle);
    return WdfDeviceCreateDeviceInterface(driver.device, &GUID_FIRST, NULL);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, on_device_add);
    return WdfDriverCreate(driver_object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* --- Fixture --------------------------------------------------------------------------------- */

static void
open_bench(void)
{
    events_clear();
    memset(&driver, 0, sizeof(driver));
    ck_assert_int_eq(bench_create(NULL, &bench), STATUS_SUCCESS);
    ck_assert_int_eq(bench_driver_load_entry(bench, "conform", FxDriverEntry, &loaded),
                     STATUS_SUCCESS);
}

static void
close_bench(void)
{
    unsigned leaks = bench_destroy(bench);

    ck_assert_uint_eq(leaks, 0);
}

static bench_status
add(struct bench_device **ret_device)
{
    struct bench_device_params params = {.function = loaded};

    return bench_device_add(bench, &params, ret_device);
}

static bool
is_interface_there(const GUID *guid)
{
    char name[256];

    return bench_ok(bench_find_interface(bench, guid, 0, name, sizeof(name)));
}

/* --- Tests ----------------------------------------------------------------------------------- */

START_TEST(start_and_removal_call_the_driver_in_the_documented_order)
{
    struct bench_device *device;

    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    ck_assert_str_eq(events_text(), "prepare d0entry init ");
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(driver.device), WdfDevStatePnpStarted);
    events_clear();
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
    ck_assert_str_eq(events_text(), "query-remove suspend d0exit release flush cleanup "
                                    "object-cleanup object-destroy ");
}
END_TEST

START_TEST(release_hardware_follows_a_failed_prepare)
{
    struct bench_device *device;

    driver.prepare = STATUS_DEVICE_CONFIGURATION_ERROR;
    ck_assert_int_eq(add(&device), STATUS_DEVICE_CONFIGURATION_ERROR);
    ck_assert_str_eq(events_text(), "prepare release object-cleanup object-destroy ");
    ck_assert(!is_interface_there(&GUID_FIRST));
}
END_TEST

START_TEST(a_failed_d0_entry_is_not_followed_by_d0_exit)
{
    struct bench_device *device;

    driver.d0_entry = STATUS_DEVICE_POWER_FAILURE;
    ck_assert_int_eq(add(&device), STATUS_DEVICE_POWER_FAILURE);
    ck_assert_str_eq(events_text(), "prepare d0entry release object-cleanup object-destroy ");
}
END_TEST

START_TEST(a_failed_self_managed_init_takes_the_device_down_again)
{
    struct bench_device *device;

    driver.self_managed_init = STATUS_UNSUCCESSFUL;
    ck_assert_int_eq(add(&device), STATUS_UNSUCCESSFUL);
    ck_assert_str_eq(events_text(), "prepare d0entry init suspend d0exit release flush cleanup "
                                    "object-cleanup object-destroy ");
}
END_TEST

START_TEST(the_driver_can_refuse_removal)
{
    struct bench_device *device;

    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    events_clear();
    driver.query_remove = STATUS_UNSUCCESSFUL;
    ck_assert(!bench_ok(bench_device_remove(device)));
    ck_assert_str_eq(events_text(), "query-remove ");
    ck_assert_int_eq(WdfDeviceGetDevicePnpState(driver.device), WdfDevStatePnpStarted);
    driver.query_remove = STATUS_SUCCESS;
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_static_veto_refuses_removal_without_asking)
{
    struct bench_device *device;

    driver.veto = true;
    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    events_clear();
    ck_assert(!bench_ok(bench_device_remove(device)));
    ck_assert_str_eq(events_text(), "");
    WdfDeviceSetStaticStopRemove(driver.device, TRUE);
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

START_TEST(surprise_removal_tells_the_driver_first_and_asks_nothing)
{
    struct bench_device *device;

    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    events_clear();
    bench_device_surprise_remove(device);
    ck_assert_str_eq(events_text(), "surprise suspend d0exit release flush cleanup "
                                    "object-cleanup object-destroy ");
}
END_TEST

START_TEST(interfaces_are_enabled_while_the_device_is_started)
{
    struct bench_device *device;

    ck_assert(!is_interface_there(&GUID_FIRST));
    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    ck_assert(is_interface_there(&GUID_FIRST));
    WdfDeviceSetDeviceInterfaceState(driver.device, &GUID_FIRST, NULL, FALSE);
    ck_assert(!is_interface_there(&GUID_FIRST));
    WdfDeviceSetDeviceInterfaceState(driver.device, &GUID_FIRST, NULL, TRUE);
    ck_assert(is_interface_there(&GUID_FIRST));
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
    ck_assert(!is_interface_there(&GUID_FIRST));
}
END_TEST

START_TEST(an_interface_made_after_the_start_stays_disabled)
{
    UNICODE_STRING name;
    struct bench_device *device;
    WDFSTRING string;

    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceCreateDeviceInterface(driver.device, &GUID_LATE, NULL),
                     STATUS_SUCCESS);
    ck_assert(!is_interface_there(&GUID_LATE));
    WdfDeviceSetDeviceInterfaceState(driver.device, &GUID_LATE, NULL, TRUE);
    ck_assert(is_interface_there(&GUID_LATE));
    ck_assert_int_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    ck_assert_int_eq(
        WdfDeviceRetrieveDeviceInterfaceString(driver.device, &GUID_LATE, NULL, string),
        STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &name);
    ck_assert_uint_gt(name.Length, 0);
    WdfObjectDelete(string);
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_symbolic_link_opens_the_device_and_goes_with_it)
{
    DECLARE_CONST_UNICODE_STRING(link, L"\\DosDevices\\ConformLink");
    struct bench_device *device;
    struct bench_file *file;

    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceCreateSymbolicLink(driver.device, &link), STATUS_SUCCESS);
    ck_assert_int_eq(bench_open(bench, "\\\\.\\ConformLink", BENCH_READ, &file), STATUS_SUCCESS);
    bench_close(file);
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
    ck_assert(!bench_ok(bench_open(bench, "\\\\.\\ConformLink", BENCH_READ, &file)));
}
END_TEST

START_TEST(preprocess_callbacks_see_irps_first_and_may_give_them_back)
{
    struct bench_device *device;
    struct bench_file *file;

    driver.preprocess = true;
    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    events_clear();
    ck_assert_int_eq(bench_open_interface(bench, &GUID_FIRST, 0, BENCH_READ | BENCH_WRITE, &file),
                     STATUS_SUCCESS);
    ck_assert_int_eq(bench_flush(file), STATUS_SUCCESS);
    bench_close(file);
    ck_assert_str_eq(events_text(), "preprocess-create preprocess ");
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

START_TEST(stop_idle_succeeds_while_the_device_is_in_d0)
{
    struct bench_device *device;

    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceStopIdle(driver.device, TRUE), STATUS_SUCCESS);
    WdfDeviceResumeIdle(driver.device);
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

static void
finish_initializing(void *device)
{
    WdfControlFinishInitializing(device);
}

static void
delete_object(void *object)
{
    WdfObjectDelete(object);
}

START_TEST(a_driver_must_not_delete_or_finish_an_fdo)
{
    struct bench_device *device;

    ck_assert_int_eq(add(&device), STATUS_SUCCESS);
    ck_assert(bench_expect_bugcheck(0x10D, delete_object, driver.device));
    ck_assert_uint_eq(bench_bugcheck_parameter(1), WDF_OBJECT_ERROR);
    ck_assert_uint_eq(bench_bugcheck_parameter(2), (ULONG_PTR)driver.device);
    ck_assert(bench_expect_bugcheck(0x10D, finish_initializing, driver.device));
    ck_assert_int_eq(bench_device_remove(device), STATUS_SUCCESS);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conform/device");
    TCase *tests = tcase_create("device");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, open_bench, close_bench);
    tcase_add_test(tests, start_and_removal_call_the_driver_in_the_documented_order);
    tcase_add_test(tests, release_hardware_follows_a_failed_prepare);
    tcase_add_test(tests, a_failed_d0_entry_is_not_followed_by_d0_exit);
    tcase_add_test(tests, a_failed_self_managed_init_takes_the_device_down_again);
    tcase_add_test(tests, the_driver_can_refuse_removal);
    tcase_add_test(tests, a_static_veto_refuses_removal_without_asking);
    tcase_add_test(tests, surprise_removal_tells_the_driver_first_and_asks_nothing);
    tcase_add_test(tests, interfaces_are_enabled_while_the_device_is_started);
    tcase_add_test(tests, an_interface_made_after_the_start_stays_disabled);
    tcase_add_test(tests, a_symbolic_link_opens_the_device_and_goes_with_it);
    tcase_add_test(tests, preprocess_callbacks_see_irps_first_and_may_give_them_back);
    tcase_add_test(tests, stop_idle_succeeds_while_the_device_is_in_d0);
    tcase_add_test(tests, a_driver_must_not_delete_or_finish_an_fdo);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
