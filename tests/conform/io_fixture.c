/* SPDX-License-Identifier: MIT */
#include "io_fixture.h"

#include <initguid.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DEFINE_GUID(io_interface, 0x3bd0a5f1, 0x6d4c, 0x4a5f, 0x9a, 0x52, 0x11, 0x0e, 0x6c, 0x25, 0x7d,
            0x41);

DRIVER_INITIALIZE DriverEntry;
NTSTATUS FxDriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);

struct io_test io;
WDFREQUEST io_kept[IO_KEPT_MAX];
unsigned io_kept_count;
unsigned io_completed_count;

static struct io_hooks hooks;

static NTSTATUS
device_add(WDFDRIVER driver, PWDFDEVICE_INIT init)
{
    WDFDEVICE device;
    NTSTATUS status;

    if (hooks.init != NULL) {
        hooks.init(init);
    }
    status = WdfDeviceCreate(&init, hooks.device_attributes, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    io.handle = device;
    status = WdfDeviceCreateDeviceInterface(device, &io_interface, NULL);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return hooks.add == NULL ? STATUS_SUCCESS : hooks.add(device);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, device_add);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

static void
must(bench_status status, const char *what)
{
    ck_assert_msg(bench_ok(status), "%s: %s: %s\n%s", what, bench_status_name(status),
                  bench_error(), bench_output(io.bench));
}

void
io_bench(void)
{
    must(bench_create(NULL, &io.bench), "bench_create");
}

struct bench_file *
io_open_file(void)
{
    struct bench_file *file;

    must(bench_open_interface(io.bench, (const struct _GUID *)&io_interface, 0,
                              BENCH_READ | BENCH_WRITE, &file),
         "bench_open_interface");
    return file;
}

void
io_start(const struct io_hooks *test_hooks)
{
    struct bench_driver *lower[2] = {NULL, NULL};
    struct bench_device_params params = {.instance_id = "ROOT\\CONFORM\\0000"};

    hooks = *test_hooks;
    must(bench_driver_load_entry(io.bench, "conform", (bench_entry_fn *)FxDriverEntry, &io.driver),
         "bench_driver_load_entry");
    params.function = io.driver;
    if (hooks.lower != NULL) {
        lower[0] = hooks.lower;
        params.lower_filters = lower;
    }
    must(bench_device_add(io.bench, &params, &io.device), "bench_device_add");
    if (!hooks.no_file) {
        io.file = io_open_file();
    }
}

void
io_open(const struct io_hooks *test_hooks)
{
    io_bench();
    io_start(test_hooks);
}

void
io_close(void)
{
    unsigned leaks;

    if (io.file != NULL) {
        bench_close(io.file);
        io.file = NULL;
    }
    /* A device that was pulled out is removed after its last file was closed. */
    bench_run_until_idle(io.bench);
    if (io.device != NULL) {
        must(bench_device_remove(io.device), "bench_device_remove");
        io.device = NULL;
    }
    leaks = bench_driver_unload(io.driver);
    ck_assert_msg(leaks == 0, "%u leaks\n%s", leaks, bench_output(io.bench));
    leaks = bench_destroy(io.bench);
    ck_assert_msg(leaks == 0, "%u leaks", leaks);
    memset(&io, 0, sizeof(io));
    io_kept_count = 0;
    io_completed_count = 0;
}

/* What was allocated at the bug check stays so; the leak checker need not look. */
static void
leave_at_once(void)
{
    _exit(EXIT_SUCCESS);
}

void
io_expect_bugcheck(WDF_BUGCHECK_CODES code, void (*fn)(void *argument), void *argument)
{
    atexit(leave_at_once);
    ck_assert_msg(bench_expect_bugcheck(0x10D, fn, argument), "%s", bench_error());
    ck_assert_uint_eq(bench_bugcheck_parameter(1), code);
}

NTSTATUS
io_control(ULONG code)
{
    return bench_ioctl(io.file, code, NULL, 0, NULL, 0, NULL);
}

WDFQUEUE
io_queue(WDFDEVICE device, WDF_IO_QUEUE_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes)
{
    WDFQUEUE queue;

    assert_status(WdfIoQueueCreate(device, config, attributes, &queue), STATUS_SUCCESS);
    return queue;
}

struct bench_request *
io_send(ULONG code)
{
    struct bench_request *request = bench_request_create(io.bench, NULL, NULL);

    ck_assert_ptr_nonnull(request);
    bench_request_ioctl(request, io.file, code, NULL, 0, NULL, 0);
    return request;
}

NTSTATUS
io_reap(struct bench_request *request)
{
    NTSTATUS status = bench_request_wait(request, 5000, NULL);

    ck_assert_msg(status != STATUS_TIMEOUT, "a request does not end");
    bench_request_delete(request);
    return status;
}

VOID
io_keep(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
        ULONG IoControlCode)
{
    ck_assert_uint_lt(io_kept_count, IO_KEPT_MAX);
    io_kept[io_kept_count++] = Request;
}

VOID
io_keep_default(WDFQUEUE Queue, WDFREQUEST Request)
{
    ck_assert_uint_lt(io_kept_count, IO_KEPT_MAX);
    io_kept[io_kept_count++] = Request;
}

VOID
io_complete_now(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                size_t InputBufferLength, ULONG IoControlCode)
{
    io_completed_count++;
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

unsigned
io_code(WDFREQUEST request)
{
    WDF_REQUEST_PARAMETERS parameters;

    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(request, &parameters);
    return ((parameters.Parameters.DeviceIoControl.IoControlCode >> 2) & 0xfff) - 0x800;
}

int
io_main(const char *name, void (*fill)(TCase *tests))
{
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 30);
    fill(tests);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
