/* SPDX-License-Identifier: MIT */
/* The bench itself, through its public header alone, with a WDM driver of the test's own. */
#include <ntddk.h>

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <openwdf/bench.h>

#define CODE_ECHO CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_HOLD CTL_CODE(FILE_DEVICE_UNKNOWN, 0x901, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_LEAK CTL_CODE(FILE_DEVICE_UNKNOWN, 0x902, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define CODE_PID  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x903, METHOD_BUFFERED, FILE_ANY_ACCESS)

/* {0a1b2c3d-0001-0002-0003-040506070809} */
static const GUID smoke_class = {
    0x0a1b2c3d, 0x0001, 0x0002, {0x00, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09}};

/* The driver ---------------------------------------------------------------------------------- */

struct extension {
    PDEVICE_OBJECT lower;
    UNICODE_STRING link;
};

static struct extension *
extension_of(PDEVICE_OBJECT device)
{
    return device->DeviceExtension;
}

static NTSTATUS
complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static VOID
cancel(PDEVICE_OBJECT device, PIRP irp)
{
    IoReleaseCancelSpinLock(irp->CancelIrql);
    complete(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS
hold(PIRP irp)
{
    IoMarkIrpPending(irp);
    IoSetCancelRoutine(irp, cancel);
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL) != NULL) {
        complete(irp, STATUS_CANCELLED, 0);
    }
    return STATUS_PENDING;
}

static NTSTATUS
control(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG pid = IoGetRequestorProcessId(irp);

    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case CODE_ECHO:
        return complete(irp, STATUS_SUCCESS, stack->Parameters.DeviceIoControl.OutputBufferLength);
    case CODE_HOLD:
        return hold(irp);
    case CODE_LEAK:
        return complete(irp,
                        ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 'kaeL') != NULL
                            ? STATUS_SUCCESS
                            : STATUS_INSUFFICIENT_RESOURCES,
                        0);
    case CODE_PID:
        memcpy(irp->AssociatedIrp.SystemBuffer, &pid, sizeof(pid));
        return complete(irp, STATUS_SUCCESS, sizeof(pid));
    default:
        return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS
succeed(PDEVICE_OBJECT device, PIRP irp)
{
    return complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS
pnp(PDEVICE_OBJECT device, PIRP irp)
{
    struct extension *extension = extension_of(device);
    PDEVICE_OBJECT lower = extension->lower;
    NTSTATUS status;

    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        IoForwardIrpSynchronously(lower, irp);
        (void)IoSetDeviceInterfaceState(&extension->link, TRUE);
        DbgPrint("smoke: started\n");
        return complete(irp, STATUS_SUCCESS, 0);
    case IRP_MN_REMOVE_DEVICE:
        irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(irp);
        status = IoCallDriver(lower, irp);
        RtlFreeUnicodeString(&extension->link);
        IoDetachDevice(lower);
        IoDeleteDevice(device);
        return status;
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    }
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(lower, irp);
}

static NTSTATUS
add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, sizeof(struct extension), NULL, FILE_DEVICE_UNKNOWN, 0,
                                     FALSE, &device);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = IoRegisterDeviceInterface(pdo, &smoke_class, NULL, &extension_of(device)->link);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    extension_of(device)->lower = IoAttachDeviceToDeviceStack(device, pdo);
    device->Flags |= DO_BUFFERED_IO;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS
smoke_entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    driver->DriverExtension->AddDevice = add_device;
    driver->MajorFunction[IRP_MJ_CREATE] = succeed;
    driver->MajorFunction[IRP_MJ_CLEANUP] = succeed;
    driver->MajorFunction[IRP_MJ_CLOSE] = succeed;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    driver->MajorFunction[IRP_MJ_PNP] = pnp;
    return STATUS_SUCCESS;
}

static NTSTATUS
failing_entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    return STATUS_DEVICE_CONFIGURATION_ERROR;
}

/* The tests ----------------------------------------------------------------------------------- */

static struct bench *bench;
static struct bench_driver *driver;
static struct bench_device *device;
static struct bench_file *file;

/* Bench, driver, device and an open file. */
static void
start(void)
{
    ck_assert_int_eq(bench_create(NULL, &bench), 0);
    ck_assert_msg(bench_ok(bench_driver_load_entry(bench, "smoke", smoke_entry, &driver)), "%s",
                  bench_error());
    ck_assert_msg(bench_ok(bench_device_add(
                      bench, &(struct bench_device_params){.function = driver}, &device)),
                  "%s", bench_error());
    ck_assert_msg(
        bench_ok(bench_open_interface(bench, &smoke_class, 0, BENCH_READ | BENCH_WRITE, &file)),
        "%s", bench_error());
}

START_TEST(a_request_goes_through_and_nothing_is_left)
{
    char name[200];
    char output[4];
    size_t size = 0;

    start();
    ck_assert_int_eq(bench_find_interface(bench, &smoke_class, 0, name, sizeof(name)), 0);
    ck_assert_str_eq(name, "\\??\\ROOT#SMOKE#0000#{0a1b2c3d-0001-0002-0003-040506070809}");
    ck_assert_int_eq(bench_find_interface(bench, &smoke_class, 1, name, sizeof(name)),
                     STATUS_NO_MORE_ENTRIES);
    ck_assert_int_eq(bench_ioctl(file, CODE_ECHO, "abc", 4, output, 4, &size), 0);
    ck_assert_uint_eq(size, 4);
    ck_assert_str_eq(output, "abc");
    ck_assert_int_eq(bench_ioctl(file, 0, NULL, 0, NULL, 0, NULL), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_nonnull(strstr(bench_output(bench), "smoke: started"));
    bench_close(file);
    ck_assert_int_eq(bench_device_remove(device), 0);
    ck_assert_uint_eq(bench_driver_unload(driver), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(destroying_the_bench_takes_everything_down)
{
    start();
    bench_close(file);
    ck_assert_uint_eq(bench_destroy(bench), 0);
    start(); /* And a second one works. */
    bench_close(file);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(leaks_are_counted)
{
    start();
    ck_assert_int_eq(bench_ioctl(file, CODE_LEAK, NULL, 0, NULL, 0, NULL), 0);
    ck_assert_int_eq(bench_ioctl(file, CODE_LEAK, NULL, 0, NULL, 0, NULL), 0);
    bench_close(file);
    ck_assert_int_eq(bench_device_remove(device), 0);
    ck_assert_uint_eq(bench_driver_unload(driver), 2);
    ck_assert_ptr_nonnull(strstr(bench_output(bench), "Leak"));
    ck_assert_uint_eq(bench_destroy(bench), 2);
}
END_TEST

START_TEST(an_open_file_at_the_end_is_a_leak_and_is_closed)
{
    start();
    ck_assert_uint_eq(bench_destroy(bench), 1);
}
END_TEST

static unsigned done_count;

static void
count_done(struct bench_request *request, void *argument)
{
    ck_assert_ptr_eq(argument, &done_count);
    done_count++;
}

START_TEST(an_asynchronous_request_waits_and_is_cancelled)
{
    struct bench_request *request;

    start();
    request = bench_request_create(bench, count_done, &done_count);
    ck_assert(bench_request_is_done(request));
    bench_request_ioctl(request, file, CODE_HOLD, NULL, 0, NULL, 0);
    ck_assert(!bench_request_is_done(request));
    ck_assert_int_eq(bench_request_wait(request, 0, NULL), STATUS_TIMEOUT);
    bench_request_cancel(request);
    ck_assert_int_eq(bench_request_wait(request, -1, NULL), STATUS_CANCELLED);
    ck_assert_uint_eq(done_count, 1);
    bench_request_delete(request);
    bench_close(file);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(a_device_with_an_open_file_is_only_removed_by_surprise)
{
    char output[4];

    start();
    ck_assert_int_eq(bench_device_remove(device), STATUS_DEVICE_BUSY);
    ck_assert_int_eq(bench_ioctl(file, CODE_ECHO, "abc", 4, output, 4, NULL), 0);
    bench_device_surprise_remove(device);
    bench_close(file);
    bench_run_until_idle(bench);
    ck_assert_uint_eq(bench_driver_unload(driver), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(drivers_see_the_process_id_that_was_set)
{
    ULONG pid = 0;

    start();
    bench_close(file);
    bench_set_process_id(bench, 31337);
    ck_assert_int_eq(bench_open_interface(bench, &smoke_class, 0, BENCH_READ, &file), 0);
    ck_assert_int_eq(bench_ioctl(file, CODE_PID, NULL, 0, &pid, sizeof(pid), NULL), 0);
    ck_assert_uint_eq(pid, 31337);
    bench_close(file);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(failures_say_what_was_wrong)
{
    struct bench *second;

    start();
    bench_close(file);
    ck_assert_int_lt(bench_create(NULL, &second), 0);
    ck_assert_ptr_nonnull(strstr(bench_error(), "already"));
    ck_assert_int_lt(bench_open(bench, "\\\\.\\Nobody", BENCH_READ, &file), 0);
    ck_assert_ptr_nonnull(strstr(bench_error(), "Nobody"));
    ck_assert_ptr_nonnull(strstr(bench_error(), "STATUS_OBJECT_NAME_NOT_FOUND"));
    ck_assert_int_lt(bench_driver_load(bench, "/nonexistent.so", &driver), 0);
    ck_assert_ptr_nonnull(strstr(bench_error(), "/nonexistent.so"));
    ck_assert_int_eq(bench_driver_load_entry(bench, "failing", failing_entry, &driver),
                     STATUS_DEVICE_CONFIGURATION_ERROR);
    ck_assert_ptr_nonnull(strstr(bench_error(), "STATUS_DEVICE_CONFIGURATION_ERROR"));
    ck_assert_str_eq(bench_status_name((bench_status)0xE1234567), "0xE1234567");
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

static bool
fail_leaks(void *argument, size_t size, uint32_t tag)
{
    return tag == 'kaeL';
}

START_TEST(pool_allocations_fail_on_demand)
{
    start();
    bench_set_pool_failure(bench, fail_leaks, NULL);
    ck_assert_int_eq(bench_ioctl(file, CODE_LEAK, NULL, 0, NULL, 0, NULL),
                     STATUS_INSUFFICIENT_RESOURCES);
    bench_set_pool_failure(bench, NULL, NULL);
    bench_close(file);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

static void
free_with_a_wrong_tag(void *argument)
{
    ExFreePoolWithTag(argument, 'gnrw');
}

static void
do_nothing(void *argument)
{
}

static void
raise_bugcheck(void *argument)
{
    KeBugCheckEx(0x12345678, 1, 2, 3, 4);
}

START_TEST(an_expected_bugcheck_is_caught)
{
    ck_assert_int_eq(bench_create(NULL, &bench), 0);
    ck_assert(bench_expect_bugcheck(0x12345678, raise_bugcheck, NULL));
    ck_assert_uint_eq(bench_bugcheck_parameter(3), 3);
    ck_assert(!bench_expect_bugcheck(0x12345678, do_nothing, NULL));
    ck_assert(bench_expect_bugcheck(0xC2, free_with_a_wrong_tag,
                                    ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 'tseT')));
}
END_TEST

static void
simulated(void *argument)
{
    char output[4];
    LARGE_INTEGER before;
    LARGE_INTEGER after;

    start();
    ck_assert_int_eq(bench_ioctl(file, CODE_ECHO, "abc", 4, output, 4, NULL), 0);
    KeQuerySystemTime(&before);
    bench_advance(bench, 3600 * 1000);
    KeQuerySystemTime(&after);
    ck_assert_int_ge(after.QuadPart - before.QuadPart, 36000000000);
    bench_close(file);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}

START_TEST(a_simulated_bench_repeats_itself_and_an_hour_passes_at_once)
{
    struct bench_simulation simulation = {.seed = 7};
    uint64_t first = 1;
    uint64_t second = 2;
    uint64_t other = 3;

    ck_assert(bench_simulate(&simulation, simulated, NULL, &first));
    ck_assert(bench_simulate(&simulation, simulated, NULL, &second));
    ck_assert_uint_eq(first, second);
    simulation.seed = 8;
    ck_assert(bench_simulate(&simulation, simulated, NULL, &other));
    ck_assert_uint_ne(first, other);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("bench");
    TCase *tests = tcase_create("smoke");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, a_request_goes_through_and_nothing_is_left);
    tcase_add_test(tests, destroying_the_bench_takes_everything_down);
    tcase_add_test(tests, leaks_are_counted);
    tcase_add_test(tests, an_open_file_at_the_end_is_a_leak_and_is_closed);
    tcase_add_test(tests, an_asynchronous_request_waits_and_is_cancelled);
    tcase_add_test(tests, a_device_with_an_open_file_is_only_removed_by_surprise);
    tcase_add_test(tests, drivers_see_the_process_id_that_was_set);
    tcase_add_test(tests, failures_say_what_was_wrong);
    tcase_add_test(tests, pool_allocations_fail_on_demand);
    tcase_add_test(tests, an_expected_bugcheck_is_caught);
    tcase_add_test(tests, a_simulated_bench_repeats_itself_and_an_hour_passes_at_once);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
