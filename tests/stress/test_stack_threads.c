/* SPDX-License-Identifier: MIT */
/*
 * Everything at once, on real threads: a filter over a function driver, both of the framework. Applications open,
 * send, cancel and close with requests under way; another thread cancels what it finds; the filter sends with and without
 * timeouts, and waits for some; its target is stopped, purged and started; at last the device is pulled out. Each request
 * ends once, and nothing is left.
 */
#include <ntddk.h>
#include <wdf.h>

#include <check.h>
#include <initguid.h>
#include <stdbool.h>
#include <stdlib.h>

#include <openwdf/bench.h>

#include "system_thread.h"

#define SENDERS  3
#define ROUNDS   1000
#define REQUESTS 6
#define WAITING  64

DEFINE_GUID(stack_interface, 0x8d0b4b0e, 0x1e0c, 0x4f0c, 0x9f, 0x63, 0x5f, 0x2a, 0x6d, 0x0c, 0x77,
            0x1e);

#define CODE(n) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (n), METHOD_BUFFERED, FILE_ANY_ACCESS)

/* What a request's number says, bit by bit. */
#define HOLD     1u /* The function driver keeps it … */
#define OWN      2u /* … itself, cancelable, instead of in a queue. */
#define TIMEOUT  4u /* The filter sends it with a timeout … */
#define WAIT     8u /* … and waits for it. */
#define KINDS    16u
#define KIND(io) (((io) >> 2) & (KINDS - 1))

DRIVER_INITIALIZE DriverEntry;
NTSTATUS FxDriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);

static struct bench *bench;
static int layers; /* Devices of the stack so far: the function driver's is the first. */

static void
pause_for(LONG microseconds)
{
    LARGE_INTEGER moment = {.QuadPart = -10LL * microseconds};

    KeDelayExecutionThread(KernelMode, FALSE, &moment);
}

/* --- The function driver --------------------------------------------------------------------- */

static struct {
    WDFQUEUE held;
    WDFSPINLOCK lock;
    WDFREQUEST own[WAITING]; /* Under the lock. */
    HANDLE completer;
    LONG stop;
} lower;

static VOID
own_cancelled(WDFREQUEST Request)
{
    WdfSpinLockAcquire(lower.lock);
    for (unsigned i = 0; i < WAITING; i++) {
        if (lower.own[i] == Request) {
            lower.own[i] = NULL;
        }
    }
    WdfSpinLockRelease(lower.lock);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static NTSTATUS
keep(WDFREQUEST request)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    WdfSpinLockAcquire(lower.lock);
    for (unsigned i = 0; i < WAITING; i++) {
        if (lower.own[i] == NULL) {
            status = WdfRequestMarkCancelableEx(request, own_cancelled);
            if (NT_SUCCESS(status)) {
                lower.own[i] = request;
            }
            break;
        }
    }
    WdfSpinLockRelease(lower.lock);
    return status;
}

/* One of those that are kept, no longer cancelable; or NULL. */
static WDFREQUEST
take(void)
{
    WDFREQUEST request = NULL;

    WdfSpinLockAcquire(lower.lock);
    for (unsigned i = 0; i < WAITING && request == NULL; i++) {
        if (lower.own[i] != NULL) {
            /* Else the cancel callback is on its way, and completes it. */
            if (WdfRequestUnmarkCancelable(lower.own[i]) != STATUS_CANCELLED) {
                request = lower.own[i];
            }
            lower.own[i] = NULL;
        }
    }
    WdfSpinLockRelease(lower.lock);
    return request;
}

static VOID
complete_held(PVOID context)
{
    bool more = true;

    while (more) {
        WDFREQUEST request = take();

        more = InterlockedCompareExchange(&lower.stop, 0, 0) == 0 || request != NULL;
        if (request == NULL && !NT_SUCCESS(WdfIoQueueRetrieveNextRequest(lower.held, &request))) {
            pause_for(300);
            continue;
        }
        WdfRequestComplete(request, STATUS_SUCCESS);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
lower_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
              size_t InputBufferLength, ULONG IoControlCode)
{
    ULONG kind = KIND(IoControlCode);
    NTSTATUS status = STATUS_SUCCESS;

    if ((kind & HOLD) != 0) {
        status =
            (kind & OWN) != 0 ? keep(Request) : WdfRequestForwardToIoQueue(Request, lower.held);
        if (NT_SUCCESS(status)) {
            return;
        }
    }
    WdfRequestComplete(Request, status);
}

static NTSTATUS
lower_start(WDFDEVICE Device)
{
    lower.stop = 0;
    lower.completer = start_thread(complete_held, NULL);
    return STATUS_SUCCESS;
}

/* Everything has been given back by now, or the removal would still wait. */
static VOID
lower_end(WDFDEVICE Device)
{
    InterlockedExchange(&lower.stop, 1);
    join_thread(lower.completer);
}

/* --- The filter ------------------------------------------------------------------------------ */

static struct {
    WDFIOTARGET target;
    HANDLE changer;
    LONG stop;
} upper;

static VOID
sent(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
     WDFCONTEXT Context)
{
    WdfRequestComplete(Request, Params->IoStatus.Status);
}

static VOID
upper_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
              size_t InputBufferLength, ULONG IoControlCode)
{
    ULONG kind = KIND(IoControlCode);
    WDF_REQUEST_SEND_OPTIONS options;
    bool waits = (kind & (TIMEOUT | WAIT)) == (TIMEOUT | WAIT);

    WDF_REQUEST_SEND_OPTIONS_INIT(&options, waits ? WDF_REQUEST_SEND_OPTION_SYNCHRONOUS : 0);
    if ((kind & TIMEOUT) != 0) {
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_US(200));
    }
    WdfRequestFormatRequestUsingCurrentType(Request);
    if (!waits) {
        WdfRequestSetCompletionRoutine(Request, sent, NULL);
    }
    if (!WdfRequestSend(Request, upper.target, &options) || waits) {
        WdfRequestComplete(Request, WdfRequestGetStatus(Request));
    }
}

static VOID
change_target(PVOID context)
{
    for (unsigned round = 0; InterlockedCompareExchange(&upper.stop, 0, 0) == 0; round++) {
        switch (round % 4) {
        case 0:
            WdfIoTargetStop(upper.target, WdfIoTargetCancelSentIo);
            break;
        case 1:
            WdfIoTargetStop(upper.target, WdfIoTargetWaitForSentIoToComplete);
            break;
        case 2:
            WdfIoTargetStop(upper.target, WdfIoTargetLeaveSentIoPending);
            break;
        case 3:
            WdfIoTargetPurge(upper.target, WdfIoTargetPurgeIoAndWait);
            break;
        }
        ck_assert_int_eq(WdfIoTargetStart(upper.target), STATUS_SUCCESS);
        pause_for(500);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS
upper_start(WDFDEVICE Device)
{
    upper.stop = 0;
    upper.changer = start_thread(change_target, NULL);
    return STATUS_SUCCESS;
}

/* The first that a device which goes hears. */
static NTSTATUS
upper_suspend(WDFDEVICE Device)
{
    InterlockedExchange(&upper.stop, 1);
    join_thread(upper.changer);
    return STATUS_SUCCESS;
}

/* --- Both ------------------------------------------------------------------------------------ */

static NTSTATUS
device_add(WDFDRIVER driver, PWDFDEVICE_INIT init)
{
    bool filter = layers++ != 0;
    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFDEVICE device;

    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&pnp);
    pnp.EvtDeviceSelfManagedIoInit = filter ? upper_start : lower_start;
    pnp.EvtDeviceSelfManagedIoSuspend = filter ? upper_suspend : NULL;
    pnp.EvtDeviceSelfManagedIoCleanup = filter ? NULL : lower_end;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &pnp);
    if (filter) {
        WdfFdoInitSetFilter(init);
    }
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel =
        filter ? WdfExecutionLevelPassive : WdfExecutionLevelInheritFromParent;
    ck_assert_int_eq(WdfDeviceCreate(&init, &attributes, &device), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = filter ? upper_control : lower_control;
    ck_assert_int_eq(WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, NULL),
                     STATUS_SUCCESS);
    if (filter) {
        upper.target = WdfDeviceGetIoTarget(device);
        return STATUS_SUCCESS;
    }
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    ck_assert_int_eq(WdfIoQueueCreate(device, &config, WDF_NO_OBJECT_ATTRIBUTES, &lower.held),
                     STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device;
    ck_assert_int_eq(WdfSpinLockCreate(&attributes, &lower.lock), STATUS_SUCCESS);
    return WdfDeviceCreateDeviceInterface(device, &stack_interface, NULL);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, device_add);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           WDF_NO_HANDLE);
}

/* --- The applications ------------------------------------------------------------------------ */

static struct {
    struct bench_request *requests[SENDERS][REQUESTS];
    LONG asked;
    LONG ended;
    LONG stop;
} applications;

static void
ended(struct bench_request *request, void *argument)
{
    InterlockedIncrement(&applications.ended);
}

static bool
is_expected(NTSTATUS status)
{
    return status == STATUS_SUCCESS || status == STATUS_CANCELLED || status == STATUS_IO_TIMEOUT ||
           status == STATUS_INVALID_DEVICE_STATE || status == STATUS_NO_SUCH_DEVICE ||
           status == STATUS_DELETE_PENDING || status == STATUS_DEVICE_DOES_NOT_EXIST;
}

/* Until the device is gone. */
static VOID
send_many(PVOID context)
{
    struct bench_request **requests = context;
    unsigned long random = (unsigned long)((ULONG_PTR)context >> 4);
    struct bench_file *file;

    while (bench_ok(bench_open_interface(bench, (const struct _GUID *)&stack_interface, 0,
                                         BENCH_READ | BENCH_WRITE, &file))) {
        for (unsigned i = 0; i < REQUESTS; i++) {
            random = random * 6364136223846793005ul + 1442695040888963407ul;
            InterlockedIncrement(&applications.asked);
            bench_request_ioctl(requests[i], file, CODE((random >> 40) % KINDS), NULL, 0, NULL, 0);
        }
        bench_request_cancel(requests[random % REQUESTS]);
        /* The last handle goes with requests under way; every other time. */
        if ((random >> 33) & 1) {
            bench_cleanup(file);
        }
        for (unsigned i = 0; i < REQUESTS; i++) {
            NTSTATUS status = bench_request_wait(requests[i], -1, NULL);

            ck_assert_msg(is_expected(status), "%s", bench_status_name(status));
        }
        bench_close(file);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
cancel_many(PVOID context)
{
    for (unsigned i = 0; InterlockedCompareExchange(&applications.stop, 0, 0) == 0; i += 7) {
        bench_request_cancel(applications.requests[i % SENDERS][i % REQUESTS]);
        pause_for(50);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
run(bool by_surprise)
{
    struct bench_driver *drivers[2];
    struct bench_driver *filters[2] = {NULL, NULL};
    struct bench_device *device;
    HANDLE senders[SENDERS];
    HANDLE canceller;

    layers = 0;
    applications.asked = applications.ended = applications.stop = 0;
    ck_assert_int_eq(bench_create(NULL, &bench), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(bench_driver_load_entry(bench, i == 0 ? "function" : "filter",
                                                 (bench_entry_fn *)FxDriverEntry, &drivers[i]),
                         STATUS_SUCCESS);
    }
    filters[0] = drivers[1];
    ck_assert_int_eq(
        bench_device_add(bench,
                         &(struct bench_device_params){.function = drivers[0],
                                                       .upper_filters = filters,
                                                       .instance_id = "ROOT\\STRESS\\0000"},
                         &device),
        STATUS_SUCCESS);
    ck_assert_int_eq(layers, 2);
    for (unsigned i = 0; i < SENDERS; i++) {
        for (unsigned j = 0; j < REQUESTS; j++) {
            applications.requests[i][j] = bench_request_create(bench, ended, NULL);
        }
    }
    canceller = start_thread(cancel_many, NULL);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = start_thread(send_many, applications.requests[i]);
    }
    while (InterlockedCompareExchange(&applications.ended, 0, 0) < SENDERS * REQUESTS * ROUNDS) {
        pause_for(1000);
    }
    if (by_surprise) {
        bench_device_surprise_remove(device);
    } else {
        /* Refused as long as somebody has it open. */
        while (bench_device_remove(device) == STATUS_DEVICE_BUSY) {
            pause_for(100);
        }
    }
    for (unsigned i = 0; i < SENDERS; i++) {
        join_thread(senders[i]);
    }
    InterlockedExchange(&applications.stop, 1);
    join_thread(canceller);
    bench_run_until_idle(bench);
    ck_assert_int_eq(applications.ended, applications.asked);
    for (unsigned i = 0; i < SENDERS * REQUESTS; i++) {
        bench_request_delete(applications.requests[i / REQUESTS][i % REQUESTS]);
    }
    for (int i = 1; i >= 0; i--) {
        ck_assert_uint_eq(bench_driver_unload(drivers[i]), 0);
    }
    ck_assert_uint_eq(bench_destroy(bench), 0);
}

START_TEST(a_device_is_pulled_out_under_load)
{
    run(true);
}
END_TEST

START_TEST(a_device_is_removed_under_load)
{
    run(false);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stack under threads");
    TCase *tests = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_device_is_pulled_out_under_load);
    tcase_add_test(tests, a_device_is_removed_under_load);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
