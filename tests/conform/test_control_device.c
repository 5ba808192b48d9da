/* SPDX-License-Identifier: MIT */
/* Control devices: made in DriverEntry or later, outside any stack. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <ntddk.h>
#include <wdf.h>

#include "events.h"
#include "openwdf/bench.h"

#define NAME L"\\Device\\ConformControl"
#define LINK L"\\DosDevices\\ConformControl"
#define PATH "\\\\.\\ConformControl"
#define CODE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)

DRIVER_INITIALIZE DriverEntry;
extern bench_entry_fn FxDriverEntry;

static struct bench *bench;
static WDFDRIVER driver;
static WDFDEVICE device;
static bool delete_in_request;

static VOID
on_ioctl(WDFQUEUE queue, WDFREQUEST request, size_t output, size_t input, ULONG code)
{
    events_note("ioctl");
    WdfRequestComplete(request, STATUS_SUCCESS);
    if (delete_in_request) {
        WdfObjectDelete(device);
    }
}

static VOID
on_cleanup(WDFOBJECT object)
{
    events_note("cleanup");
}

static VOID
on_destroy(WDFOBJECT object)
{
    events_note("destroy");
}

static VOID
on_shutdown(WDFDEVICE handle)
{
    events_note("shutdown");
}

/* A new WDFDEVICE_INIT for the driver's one control device. */
static PWDFDEVICE_INIT
allocate(bool named)
{
    DECLARE_CONST_UNICODE_STRING(sddl, L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;WD)");
    DECLARE_CONST_UNICODE_STRING(name, NAME);
    PWDFDEVICE_INIT init = WdfControlDeviceInitAllocate(driver, &sddl);

    ck_assert_ptr_nonnull(init);
    if (named) {
        ck_assert_int_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
    }
    return init;
}

static void
create(PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(link, LINK);
    WDF_IO_QUEUE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFQUEUE queue;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtCleanupCallback = on_cleanup;
    attributes.EvtDestroyCallback = on_destroy;
    ck_assert_int_eq(WdfDeviceCreate(&init, &attributes, &device), STATUS_SUCCESS);
    ck_assert_ptr_null(init);
    ck_assert_int_eq(WdfDeviceCreateSymbolicLink(device, &link), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = on_ioctl;
    ck_assert_int_eq(WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &queue),
                     STATUS_SUCCESS);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT driver_object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    config.DriverInitFlags = WdfDriverInitNonPnpDriver;
    return WdfDriverCreate(driver_object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           &driver);
}

static void
open_bench(void)
{
    struct bench_driver *loaded;

    events_clear();
    delete_in_request = false;
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

static struct bench_file *
open_file(void)
{
    struct bench_file *file;

    ck_assert_int_eq(bench_open(bench, PATH, BENCH_READ | BENCH_WRITE, &file), STATUS_SUCCESS);
    return file;
}

/* --- Tests ----------------------------------------------------------------------------------- */

START_TEST(it_serves_requests_once_it_is_finished)
{
    struct bench_file *file;

    create(allocate(true));
    ck_assert(!bench_ok(bench_open(bench, PATH, BENCH_READ, &file)));
    WdfControlFinishInitializing(device);
    file = open_file();
    ck_assert_int_eq(bench_ioctl(file, CODE, NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
    bench_close(file);
    ck_assert_str_eq(events_text(), "ioctl ");
}
END_TEST

START_TEST(the_driver_may_delete_it_and_use_the_name_again)
{
    struct bench_file *file;

    create(allocate(true));
    WdfControlFinishInitializing(device);
    WdfObjectDelete(device);
    ck_assert_str_eq(events_text(), "cleanup destroy ");
    ck_assert(!bench_ok(bench_open(bench, PATH, BENCH_READ, &file)));
    create(allocate(true));
    WdfControlFinishInitializing(device);
    bench_close(open_file());
}
END_TEST

START_TEST(an_open_file_outlives_it_harmlessly)
{
    struct bench_file *file;

    create(allocate(true));
    WdfControlFinishInitializing(device);
    file = open_file();
    WdfObjectDelete(device);
    ck_assert_str_eq(events_text(), "cleanup destroy ");
    ck_assert(!bench_ok(bench_ioctl(file, CODE, NULL, 0, NULL, 0, NULL)));
    bench_close(file);
}
END_TEST

START_TEST(a_request_handler_may_delete_its_device)
{
    struct bench_file *file;

    create(allocate(true));
    WdfControlFinishInitializing(device);
    file = open_file();
    delete_in_request = true;
    ck_assert_int_eq(bench_ioctl(file, CODE, NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
    bench_run_until_idle(bench);
    bench_close(file);
    ck_assert_str_eq(events_text(), "ioctl cleanup destroy ");
}
END_TEST

START_TEST(a_taken_name_is_refused_and_the_init_stays_usable)
{
    DECLARE_CONST_UNICODE_STRING(other, L"\\Device\\ConformOther");
    PWDFDEVICE_INIT init;
    WDFDEVICE second;
    WDFSTRING string;
    UNICODE_STRING text;

    create(allocate(true));
    init = allocate(true);
    ck_assert_int_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &second),
                     STATUS_OBJECT_NAME_COLLISION);
    ck_assert_ptr_nonnull(init);
    ck_assert_int_eq(WdfDeviceInitAssignName(init, &other), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &second), STATUS_SUCCESS);
    ck_assert_int_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceRetrieveDeviceName(second, string), STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &text);
    ck_assert_uint_eq(text.Length, other.Length);
    ck_assert_mem_eq(text.Buffer, other.Buffer, other.Length);
    WdfObjectDelete(string);
    WdfObjectDelete(second);
}
END_TEST

START_TEST(an_unused_init_is_freed_by_the_driver)
{
    WdfDeviceInitFree(allocate(true));
}
END_TEST

START_TEST(setters_refusals_surface_at_creation)
{
    PWDFDEVICE_INIT init = allocate(true);
    WDF_FILEOBJECT_CONFIG config;
    WDFDEVICE other;

    WDF_FILEOBJECT_CONFIG_INIT(&config, NULL, NULL, NULL);
    config.Size = 1;
    WdfDeviceInitSetFileObjectConfig(init, &config, WDF_NO_OBJECT_ATTRIBUTES);
    ck_assert_int_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &other),
                     STATUS_INFO_LENGTH_MISMATCH);
    WdfDeviceInitFree(init);
}
END_TEST

START_TEST(a_parent_cannot_be_given)
{
    PWDFDEVICE_INIT init = allocate(true);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFDEVICE other;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = driver;
    ck_assert_int_eq(WdfDeviceCreate(&init, &attributes, &other),
                     STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
    WdfDeviceInitFree(init);
}
END_TEST

START_TEST(device_interfaces_are_for_pnp_devices)
{
    static const GUID guid = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};

    create(allocate(true));
    ck_assert_int_eq(WdfDeviceCreateDeviceInterface(device, &guid, NULL),
                     STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(shutdown_reaches_the_callback)
{
    PWDFDEVICE_INIT init = allocate(true);

    WdfControlDeviceInitSetShutdownNotification(init, on_shutdown, WdfDeviceShutdown);
    create(init);
    WdfControlFinishInitializing(device);
    {
        PDEVICE_OBJECT wdm = WdfDeviceWdmGetDeviceObject(device);
        PIRP irp;
        KEVENT event;
        IO_STATUS_BLOCK status_block;
        NTSTATUS status;

        KeInitializeEvent(&event, NotificationEvent, FALSE);
        irp = IoBuildSynchronousFsdRequest(IRP_MJ_SHUTDOWN, wdm, NULL, 0, NULL, &event,
                                           &status_block);
        ck_assert_ptr_nonnull(irp);
        status = IoCallDriver(wdm, irp);
        if (status == STATUS_PENDING) {
            KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
            status = status_block.Status;
        }
        ck_assert_int_eq(status, STATUS_SUCCESS);
    }
    ck_assert_str_eq(events_text(), "shutdown ");
}
END_TEST

static void
lock_twice(void *handle)
{
    WdfObjectAcquireLock(handle);
    WdfObjectAcquireLock(handle);
}

static void
release(void *handle)
{
    WdfObjectReleaseLock(handle);
}

START_TEST(its_lock_is_not_recursive_and_belongs_to_its_taker)
{
    create(allocate(true));
    ck_assert(bench_expect_bugcheck(0x10D, release, device));
    ck_assert_uint_eq(bench_bugcheck_parameter(1), WDF_INVALID_LOCK_OPERATION);
    ck_assert(bench_expect_bugcheck(0x10D, lock_twice, device));
    ck_assert_uint_eq(bench_bugcheck_parameter(1), WDF_RECURSIVE_LOCK);
    WdfObjectReleaseLock(device);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conform/control_device");
    TCase *tests = tcase_create("control_device");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, open_bench, close_bench);
    tcase_add_test(tests, it_serves_requests_once_it_is_finished);
    tcase_add_test(tests, the_driver_may_delete_it_and_use_the_name_again);
    tcase_add_test(tests, an_open_file_outlives_it_harmlessly);
    tcase_add_test(tests, a_request_handler_may_delete_its_device);
    tcase_add_test(tests, a_taken_name_is_refused_and_the_init_stays_usable);
    tcase_add_test(tests, an_unused_init_is_freed_by_the_driver);
    tcase_add_test(tests, setters_refusals_surface_at_creation);
    tcase_add_test(tests, a_parent_cannot_be_given);
    tcase_add_test(tests, device_interfaces_are_for_pnp_devices);
    tcase_add_test(tests, shutdown_reaches_the_callback);
    tcase_add_test(tests, its_lock_is_not_recursive_and_belongs_to_its_taker);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
