/* SPDX-License-Identifier: MIT */
/*
 * Requests that the driver makes or takes again: what a reuse resets, IRPs of the driver's own, formats that replace one
 * another, and what is refused. Below the driver is a WDM driver.
 */
#include "io_fixture.h"
#include "lower_driver.h"

#include <string.h>

static void (*on_request)(WDFREQUEST request);
static unsigned completions;
static WDF_REQUEST_COMPLETION_PARAMS seen;

static WDFIOTARGET
target(void)
{
    return WdfDeviceGetIoTarget(io.handle);
}

static VOID
on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    on_request(Request);
}

static NTSTATUS
add_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_control;
    (void)io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static struct bench_driver *below_driver;

static void
open_stack(void (*handler)(WDFREQUEST request))
{
    on_request = handler;
    io_bench();
    ck_assert(bench_ok(bench_driver_load_entry(io.bench, "below", lower_entry, &below_driver)));
    io_start(&(struct io_hooks){.add = add_queue, .lower = below_driver});
}

static VOID
on_complete(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
            WDFCONTEXT Context)
{
    completions++;
    seen = *Params;
}

static VOID
complete_it(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
            WDFCONTEXT Context)
{
    completions++;
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                      Params->IoStatus.Information);
}

static NTSTATUS
reuse(WDFREQUEST request, ULONG flags, NTSTATUS status, IRP *irp)
{
    WDF_REQUEST_REUSE_PARAMS params;

    WDF_REQUEST_REUSE_PARAMS_INIT(&params, flags, status);
    if (irp != NULL) {
        WDF_REQUEST_REUSE_PARAMS_SET_NEW_IRP(&params, irp);
    }
    return WdfRequestReuse(request, &params);
}

static unsigned destroyed;

static VOID
on_destroy(WDFOBJECT Object)
{
    destroyed++;
}

START_TEST(reuse_parameters_are_checked)
{
    WDF_REQUEST_REUSE_PARAMS params;
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    WDF_REQUEST_REUSE_PARAMS_INIT(&params, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    params.Size--;
    assert_status(WdfRequestReuse(request, &params), STATUS_INVALID_PARAMETER);
    assert_status(reuse(request, 0x80, STATUS_SUCCESS, NULL), STATUS_INVALID_PARAMETER);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(a_reused_request_is_as_new)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_REQUEST_COMPLETION_PARAMS params;
    WDFREQUEST request;
    WDFMEMORY memory;
    IRP *irp;

    open_stack(NULL);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtDestroyCallback = on_destroy;
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    assert_status(WdfMemoryCreate(&attributes, NonPagedPool, 0, 4, &memory, NULL), STATUS_SUCCESS);
    irp = WdfRequestWdmGetIrp(request);
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(1), NULL, NULL, memory, NULL),
        STATUS_SUCCESS);
    WdfRequestSetCompletionRoutine(request, on_complete, NULL);
    below.answer = PEND;
    ck_assert(WdfRequestSend(request, target(), NULL));
    ck_assert(WdfRequestCancelSentRequest(request));
    ck_assert_uint_eq(completions, 1);
    ck_assert(irp->Cancel);
    assert_status(WdfRequestGetStatus(request), STATUS_CANCELLED);
    WdfObjectDelete(memory);
    ck_assert_uint_eq(destroyed, 0); /* The completion's parameters name it. */

    assert_status(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_DEVICE_BUSY, NULL),
                  STATUS_SUCCESS);
    ck_assert_uint_eq(destroyed, 1);
    ck_assert_ptr_eq(WdfRequestWdmGetIrp(request), irp);
    ck_assert(!irp->Cancel);
    assert_status(irp->IoStatus.Status, STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(irp->IoStatus.Information, 0);
    assert_status(WdfRequestGetStatus(request), STATUS_DEVICE_BUSY);
    WDF_REQUEST_COMPLETION_PARAMS_INIT(&params);
    WdfRequestGetCompletionParams(request, &params);
    assert_status(params.IoStatus.Status, STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(params.IoStatus.Information, 0);
    ck_assert_int_eq(params.Type, WdfRequestTypeNoFormat);

    /* Nor is there a completion routine. */
    below.answer = COMPLETE;
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(2), NULL, NULL, NULL, NULL),
        STATUS_SUCCESS);
    ck_assert(WdfRequestSend(request, target(), NULL));
    ck_assert_uint_eq(completions, 1);
    assert_status(WdfRequestGetStatus(request), STATUS_SUCCESS);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(a_completion_routine_that_was_not_used_does_not_stay)
{
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    WdfRequestSetCompletionRoutine(request, on_complete, NULL);
    assert_status(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS, NULL), STATUS_SUCCESS);
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(1), NULL, NULL, NULL, NULL),
        STATUS_SUCCESS);
    ck_assert(WdfRequestSend(request, target(), NULL));
    ck_assert_uint_eq(below.count, 1);
    ck_assert_uint_eq(completions, 0);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(information_of_the_last_send_does_not_stay)
{
    WDF_REQUEST_COMPLETION_PARAMS params;
    WDFREQUEST request;
    WDFMEMORY memory;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    assert_status(WdfMemoryCreate(NULL, NonPagedPool, 0, 4, &memory, NULL), STATUS_SUCCESS);
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(1), NULL, NULL, memory, NULL),
        STATUS_SUCCESS);
    ck_assert(WdfRequestSend(request, target(), NULL));
    WDF_REQUEST_COMPLETION_PARAMS_INIT(&params);
    WdfRequestGetCompletionParams(request, &params);
    ck_assert_uint_eq(params.IoStatus.Information, 4);
    assert_status(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS, NULL), STATUS_SUCCESS);
    WDF_REQUEST_COMPLETION_PARAMS_INIT(&params);
    WdfRequestGetCompletionParams(request, &params);
    ck_assert_uint_eq(params.IoStatus.Information, 0);
    WdfObjectDelete(request);
    WdfObjectDelete(memory);
    io_close();
}
END_TEST

START_TEST(a_request_without_irp_is_reused_too)
{
    WDF_IO_TARGET_STATE state;
    WDFIOTARGET closed;
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfIoTargetCreate(io.handle, NULL, &closed), STATUS_SUCCESS);
    assert_status(WdfRequestCreate(NULL, closed, &request), STATUS_SUCCESS);
    ck_assert_ptr_null(WdfRequestWdmGetIrp(request));
    assert_status(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_PENDING, NULL), STATUS_SUCCESS);
    assert_status(WdfRequestGetStatus(request), STATUS_PENDING);
    /* What a target without device is told does not open it. */
    WdfIoTargetPurge(closed, WdfIoTargetPurgeIo);
    state = WdfIoTargetGetState(closed);
    ck_assert_int_eq(state, WdfIoTargetClosed);
    WdfObjectDelete(request);
    WdfObjectDelete(closed);
    io_close();
}
END_TEST

START_TEST(irps_of_the_drivers_own_are_wrapped_and_replaced)
{
    WDFREQUEST request;
    IRP *first;
    IRP *second;

    open_stack(NULL);
    first = IoAllocateIrp(4, FALSE);
    second = IoAllocateIrp(4, FALSE);
    assert_status(WdfRequestCreateFromIrp(NULL, first, FALSE, &request), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfRequestWdmGetIrp(request), first);
    first->Cancel = TRUE;
    first->IoStatus.Status = STATUS_CANCELLED;
    first->IoStatus.Information = 5;
    assert_status(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_DEVICE_BUSY, NULL),
                  STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfRequestWdmGetIrp(request), first);
    ck_assert(!first->Cancel);
    assert_status(first->IoStatus.Status, STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(first->IoStatus.Information, 0);
    assert_status(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS, second),
                  STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfRequestWdmGetIrp(request), second);
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(3), NULL, NULL, NULL, NULL),
        STATUS_SUCCESS);
    WdfRequestSetCompletionRoutine(request, on_complete, NULL);
    ck_assert(WdfRequestSend(request, target(), NULL));
    ck_assert_uint_eq(completions, 1);
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.IoControlCode, IO_TEST(3));
    WdfObjectDelete(request);
    IoFreeIrp(first);
    IoFreeIrp(second);

    /* One that goes with its request. A leaked IRP, or one freed twice, fails the test. */
    first = IoAllocateIrp(4, FALSE);
    second = IoAllocateIrp(4, FALSE);
    assert_status(WdfRequestCreateFromIrp(NULL, first, TRUE, &request), STATUS_SUCCESS);
    assert_status(reuse(request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS, second),
                  STATUS_WDF_REQUEST_INVALID_STATE);
    ck_assert_ptr_eq(WdfRequestWdmGetIrp(request), first);
    WdfObjectDelete(request);
    IoFreeIrp(second);
    io_close();
}
END_TEST

START_TEST(a_failed_creation_leaves_no_handle)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFREQUEST request = (WDFREQUEST)(ULONG_PTR)1;
    IRP *irp;

    open_stack(NULL);
    irp = IoAllocateIrp(1, FALSE);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.Size--;
    assert_status(WdfRequestCreate(&attributes, target(), &request), STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_ptr_null(request);
    request = (WDFREQUEST)(ULONG_PTR)1;
    assert_status(WdfRequestCreateFromIrp(&attributes, irp, FALSE, &request),
                  STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_ptr_null(request);
    IoFreeIrp(irp);
    io_close();
}
END_TEST

/* --- One that is at its target --------------------------------------------------------------- */

static WDFREQUEST sent;

static void
send_one(void)
{
    assert_status(WdfRequestCreate(NULL, target(), &sent), STATUS_SUCCESS);
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), sent, IO_TEST(1), NULL, NULL, NULL, NULL),
        STATUS_SUCCESS);
    below.answer = PEND;
    ck_assert(WdfRequestSend(sent, target(), NULL));
}

static void
reuse_it(void *argument)
{
    (void)reuse(sent, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS, NULL);
}

static void
change_it(void *argument)
{
    (void)WdfRequestChangeTarget(sent, target());
}

static void
set_routine(void *argument)
{
    WdfRequestSetCompletionRoutine(sent, on_complete, NULL);
}

START_TEST(what_is_sent_is_left_alone)
{
    static void (*const tries[])(void *) = {reuse_it, change_it, set_routine};

    open_stack(NULL);
    send_one();
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), sent, IO_TEST(2), NULL, NULL, NULL, NULL),
        STATUS_INVALID_DEVICE_REQUEST);
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR, tries[_i], NULL);
    ck_assert_uint_eq(bench_bugcheck_parameter(2), WDF_REQUEST_FATAL_ERROR_REQUEST_ALREADY_SENT);
}
END_TEST

/* --- A request of an application's, sent after it was cancelled -------------------------------- */

static VOID
send_when_cancelled(WDFREQUEST Request)
{
    assert_status(reuse(Request, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS, NULL), STATUS_SUCCESS);
    WdfRequestFormatRequestUsingCurrentType(Request);
    WdfRequestSetCompletionRoutine(Request, complete_it, NULL);
    ck_assert(WdfRequestSend(Request, target(), NULL));
}

static void
mark(WDFREQUEST request)
{
    WdfRequestMarkCancelable(request, send_when_cancelled);
}

START_TEST(a_cancelled_request_may_be_reused_and_sent)
{
    struct bench_request *request;

    open_stack(mark);
    below.status = STATUS_DEVICE_NOT_READY;
    request = io_send(IO_TEST(4));
    bench_request_cancel(request);
    assert_status(io_reap(request), STATUS_DEVICE_NOT_READY);
    ck_assert_uint_eq(completions, 1);
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.IoControlCode, IO_TEST(4));
    io_close();
}
END_TEST

/* --- Formats --------------------------------------------------------------------------------- */

static PVOID original;

static void
format_twice(WDFREQUEST request)
{
    WDFMEMORY memory;
    PVOID buffer;

    original = WdfRequestWdmGetIrp(request)->AssociatedIrp.SystemBuffer;
    assert_status(WdfMemoryCreate(NULL, NonPagedPool, 0, 8, &memory, &buffer), STATUS_SUCCESS);
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(7), memory, NULL, NULL, NULL),
        STATUS_SUCCESS);
    ck_assert_ptr_ne(WdfRequestWdmGetIrp(request)->AssociatedIrp.SystemBuffer, original);
    if (io_code(request) == 1) {
        WdfRequestFormatRequestUsingCurrentType(request);
    } else {
        IO_STACK_LOCATION location = *IoGetCurrentIrpStackLocation(WdfRequestWdmGetIrp(request));

        WdfRequestWdmFormatUsingStackLocation(request, &location);
    }
    WdfObjectDelete(memory);
    WdfRequestSetCompletionRoutine(request, complete_it, NULL);
    ck_assert(WdfRequestSend(request, target(), NULL));
}

START_TEST(a_later_format_takes_back_an_earlier_one)
{
    for (unsigned code = 1; code <= 2; code++) {
        char output[2];
        size_t size;

        completions = 0;
        open_stack(format_twice);
        assert_status(bench_ioctl(io.file, IO_TEST(code), "ab", 2, output, 2, &size),
                      STATUS_SUCCESS);
        ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.IoControlCode, IO_TEST(code));
        ck_assert_ptr_eq(below.system_buffer, original);
        ck_assert_uint_eq(size, 2);
        ck_assert_mem_eq(output, "cc", 2);
        io_close();
        memset(&below, 0, sizeof(below));
    }
}
END_TEST

static void
format_without_irp(void *argument)
{
    IO_STACK_LOCATION location = {.MajorFunction = IRP_MJ_READ};
    WDFREQUEST request;

    assert_status(WdfRequestCreate(NULL, NULL, &request), STATUS_SUCCESS);
    if (argument != NULL) {
        WdfRequestWdmFormatUsingStackLocation(request, &location);
    } else {
        WdfRequestFormatRequestUsingCurrentType(request);
    }
}

static void
format_without_location(void *argument)
{
    IO_STACK_LOCATION location = {.MajorFunction = IRP_MJ_READ};
    IRP *irp = IoAllocateIrp(1, FALSE);
    WDFREQUEST request;

    IoSetNextIrpStackLocation(irp);
    assert_status(WdfRequestCreateFromIrp(NULL, irp, FALSE, &request), STATUS_SUCCESS);
    if (argument != NULL) {
        WdfRequestWdmFormatUsingStackLocation(request, &location);
    } else {
        WdfRequestFormatRequestUsingCurrentType(request);
    }
}

START_TEST(formatting_needs_an_irp_with_a_free_location)
{
    void *const which = _i & 1 ? io_kept : NULL;

    open_stack(NULL);
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR,
                       _i & 2 ? format_without_location : format_without_irp, which);
    ck_assert_uint_eq(bench_bugcheck_parameter(2),
                      _i & 2 ? WDF_REQUEST_FATAL_ERROR_NO_MORE_STACK_LOCATIONS
                             : WDF_REQUEST_FATAL_ERROR_NULL_IRP);
}
END_TEST

/* --- Stopping and purging while something is sent ---------------------------------------------- */

static KEVENT stopping_ended;
static bool purges;

static VOID
stop_and_wait(PVOID StartContext)
{
    if (purges) {
        WdfIoTargetPurge(target(), WdfIoTargetPurgeIoAndWait);
    } else {
        WdfIoTargetStop(target(), StartContext == NULL ? WdfIoTargetWaitForSentIoToComplete
                                                       : WdfIoTargetCancelSentIo);
    }
    KeSetEvent(&stopping_ended, 0, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

START_TEST(stopping_waits_for_what_is_sent)
{
    LARGE_INTEGER soon = {.QuadPart = -20 * 10000};
    WDF_IO_TARGET_STATE wanted = _i == 2 ? WdfIoTargetPurged : WdfIoTargetStopped;
    HANDLE thread;

    open_stack(NULL);
    purges = _i == 2;
    KeInitializeEvent(&stopping_ended, NotificationEvent, FALSE);
    send_one();
    ck_assert_uint_eq(below.count, 1);
    /* Nobody can cancel it any more: only its completion ends the stop. */
    (void)IoSetCancelRoutine(below.pending, NULL);
    assert_status(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, stop_and_wait,
                                       _i == 1 ? io_kept : NULL),
                  STATUS_SUCCESS);
    while (WdfIoTargetGetState(target()) != wanted) {
        (void)KeDelayExecutionThread(KernelMode, FALSE, &soon);
    }
    assert_status(KeWaitForSingleObject(&stopping_ended, Executive, KernelMode, FALSE, &soon),
                  STATUS_TIMEOUT);
    {
        IRP *irp = below.pending;

        below.pending = NULL;
        irp->IoStatus.Status = STATUS_SUCCESS;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
    }
    assert_status(KeWaitForSingleObject(&stopping_ended, Executive, KernelMode, FALSE, NULL),
                  STATUS_SUCCESS);
    ZwClose(thread);
    if (_i == 2) {
        WdfIoTargetStop(target(), WdfIoTargetLeaveSentIoPending);
        ck_assert_int_eq(WdfIoTargetGetState(target()), WdfIoTargetStopped);
    }
    WdfObjectDelete(sent);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, reuse_parameters_are_checked);
    tcase_add_test(tests, a_reused_request_is_as_new);
    tcase_add_test(tests, a_completion_routine_that_was_not_used_does_not_stay);
    tcase_add_test(tests, information_of_the_last_send_does_not_stay);
    tcase_add_test(tests, a_request_without_irp_is_reused_too);
    tcase_add_test(tests, irps_of_the_drivers_own_are_wrapped_and_replaced);
    tcase_add_test(tests, a_failed_creation_leaves_no_handle);
    tcase_add_loop_test(tests, what_is_sent_is_left_alone, 0, 3);
    tcase_add_test(tests, a_cancelled_request_may_be_reused_and_sent);
    tcase_add_test(tests, a_later_format_takes_back_an_earlier_one);
    tcase_add_loop_test(tests, formatting_needs_an_irp_with_a_free_location, 0, 4);
    tcase_add_loop_test(tests, stopping_waits_for_what_is_sent, 0, 3);
}

int
main(void)
{
    return io_main("conform/request_reuse", fill);
}
