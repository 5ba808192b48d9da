/* SPDX-License-Identifier: MIT */
/* The local I/O target: formatting, sending, coming back, cancelling, states. Below the driver is a WDM driver. */
#include "io_fixture.h"
#include "lower_driver.h"

#include <string.h>

/* --- The driver under test ------------------------------------------------------------------- */

static WDFQUEUE queue;
static void (*on_request)(WDFREQUEST request);
static bool is_filter;

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

static void
init_filter(PWDFDEVICE_INIT init)
{
    if (is_filter) {
        WdfFdoInitSetFilter(init);
    }
}

static NTSTATUS
add_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    if (on_request == NULL) {
        return STATUS_SUCCESS;
    }
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_control;
    config.EvtIoDefault = NULL;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static struct bench_driver *below_driver;

static void
open_stack(void (*handler)(WDFREQUEST request))
{
    on_request = handler;
    io_bench();
    ck_assert(bench_ok(bench_driver_load_entry(io.bench, "below", lower_entry, &below_driver)));
    io_start(&(struct io_hooks){.init = init_filter, .add = add_queue, .lower = below_driver});
}

/* --- Passing on ------------------------------------------------------------------------------ */

static void
send_and_forget(WDFREQUEST request)
{
    WDF_REQUEST_SEND_OPTIONS options;

    WdfRequestFormatRequestUsingCurrentType(request);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    ck_assert(WdfRequestSend(request, target(), &options));
}

static void
forget_unformatted(WDFREQUEST request)
{
    WDF_REQUEST_SEND_OPTIONS options;

    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    ck_assert(WdfRequestSend(request, target(), &options));
}

START_TEST(forgotten_request_is_completed_by_the_lower_driver)
{
    char output[2] = "..";
    size_t size;

    open_stack(send_and_forget);
    assert_status(bench_ioctl(io.file, IO_TEST(5), "ab", 2, output, 2, &size), STATUS_SUCCESS);
    ck_assert_uint_eq(size, 2);
    ck_assert_int_eq(memcmp(output, "cc", 2), 0);
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.IoControlCode, IO_TEST(5));
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.InputBufferLength, 2);
    on_request = forget_unformatted;
    below.status = STATUS_DEVICE_BUSY;
    assert_status(io_control(IO_TEST(6)), STATUS_DEVICE_BUSY);
    io_close();
}
END_TEST

START_TEST(filter_forwards_what_it_has_no_queue_for)
{
    is_filter = true;
    open_stack(NULL);
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    ck_assert_uint_eq(below.count, 1);
    ck_assert_uint_eq(below.creates, 1);
    bench_close(io.file);
    io.file = NULL;
    ck_assert_uint_eq(below.closes, 1);
    io_close();
}
END_TEST

START_TEST(function_driver_keeps_file_operations_for_itself)
{
    open_stack(NULL);
    ck_assert_uint_eq(below.creates, 0);
    assert_status(io_control(IO_TEST(1)), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_uint_eq(below.count, 0);
    io_close();
}
END_TEST

/* --- Asynchronous ---------------------------------------------------------------------------- */

static unsigned completions;

static VOID
on_sent_complete(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                 WDFCONTEXT Context)
{
    completions++;
    ck_assert_ptr_eq(Target, target());
    ck_assert_ptr_eq(Context, &completions);
    ck_assert_int_eq(Params->IoStatus.Status, WdfRequestGetStatus(Request));
    WdfRequestCompleteWithInformation(Request, Params->IoStatus.Status,
                                      Params->IoStatus.Information);
}

static void
send_async(WDFREQUEST request)
{
    WdfRequestFormatRequestUsingCurrentType(request);
    WdfRequestSetCompletionRoutine(request, on_sent_complete, &completions);
    ck_assert(WdfRequestSend(request, target(), NULL));
}

START_TEST(completion_routine_gets_the_request_back)
{
    open_stack(send_async);
    below.status = STATUS_DEVICE_NOT_READY;
    assert_status(io_control(IO_TEST(1)), STATUS_DEVICE_NOT_READY);
    ck_assert_uint_eq(completions, 1);
    io_close();
}
END_TEST

START_TEST(pending_request_comes_back_later)
{
    struct bench_request *a;

    below.answer = PEND;
    open_stack(send_async);
    a = io_send(IO_TEST(1));
    ck_assert_uint_eq(completions, 0);
    lower_complete_pending(STATUS_SUCCESS);
    ck_assert_uint_eq(completions, 1);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(application_cancels_through_the_target)
{
    struct bench_request *a;

    below.answer = PEND;
    open_stack(send_async);
    a = io_send(IO_TEST(1));
    bench_request_cancel(a);
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert_uint_eq(completions, 1);
    io_close();
}
END_TEST

START_TEST(purging_the_queue_cancels_what_was_sent_from_it)
{
    struct bench_request *a;

    below.answer = PEND;
    open_stack(send_async);
    a = io_send(IO_TEST(1));
    WdfIoQueuePurgeSynchronously(queue);
    ck_assert_uint_eq(completions, 1);
    assert_status(io_reap(a), STATUS_CANCELLED);
    io_close();
}
END_TEST

static WDFREQUEST sent;

static void
send_remembered(WDFREQUEST request)
{
    sent = request;
    WdfObjectReference(request);
    send_async(request);
}

START_TEST(cancel_sent_request_says_whether_it_reached_the_target)
{
    struct bench_request *a;

    below.answer = PEND;
    open_stack(send_remembered);
    a = io_send(IO_TEST(1));
    ck_assert(WdfRequestCancelSentRequest(sent));
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert(!WdfRequestCancelSentRequest(sent));
    WdfObjectDereference(sent);
    io_close();
}
END_TEST

static void
complete_sent(void *argument)
{
    WdfRequestComplete(sent, STATUS_SUCCESS);
}

START_TEST(completing_a_sent_request_is_a_bugcheck)
{
    below.answer = PEND;
    open_stack(send_remembered);
    (void)io_send(IO_TEST(1));
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR, complete_sent, NULL);
    ck_assert_uint_eq(bench_bugcheck_parameter(2), WDF_REQUEST_FATAL_ERROR_REQUEST_ALREADY_SENT);
}
END_TEST

static void
send_again(void *argument)
{
    (void)WdfRequestSend(sent, target(), NULL);
}

START_TEST(sending_a_sent_request_is_a_bugcheck)
{
    below.answer = PEND;
    open_stack(send_remembered);
    (void)io_send(IO_TEST(1));
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR, send_again, NULL);
    ck_assert_uint_eq(bench_bugcheck_parameter(2), WDF_REQUEST_FATAL_ERROR_REQUEST_ALREADY_SENT);
}
END_TEST

/* --- Synchronous ----------------------------------------------------------------------------- */

START_TEST(synchronous_control_returns_status_and_output)
{
    WDF_MEMORY_DESCRIPTOR input;
    WDF_MEMORY_DESCRIPTOR output;
    char bytes[8] = "........";
    ULONG_PTR size = 0;

    open_stack(NULL);
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&input, "hello", 5);
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&output, bytes, 3);
    assert_status(
        WdfIoTargetSendIoctlSynchronously(target(), NULL, IO_TEST(9), &input, &output, NULL, &size),
        STATUS_SUCCESS);
    ck_assert_uint_eq(size, 3);
    ck_assert_int_eq(memcmp(bytes, "ccc.....", 8), 0);
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.InputBufferLength, 5);
    assert_status(WdfIoTargetSendInternalIoctlSynchronously(target(), NULL, IO_TEST(9), NULL, NULL,
                                                            NULL, NULL),
                  STATUS_SUCCESS);
    ck_assert_uint_eq(below.last.MajorFunction, IRP_MJ_INTERNAL_DEVICE_CONTROL);
    io_close();
}
END_TEST

START_TEST(synchronous_read_and_write_carry_offset_and_length)
{
    WDF_MEMORY_DESCRIPTOR descriptor;
    LONGLONG offset = 0x123456789aLL;
    char bytes[4] = "....";
    ULONG_PTR size;
    WDFMEMORY memory;
    WDFMEMORY_OFFSET part = {.BufferOffset = 1, .BufferLength = 2};
    PVOID buffer;

    open_stack(NULL);
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, bytes, 4);
    assert_status(
        WdfIoTargetSendReadSynchronously(target(), NULL, &descriptor, &offset, NULL, &size),
        STATUS_SUCCESS);
    ck_assert_uint_eq(size, 4);
    ck_assert_int_eq(memcmp(bytes, "rrrr", 4), 0);
    ck_assert_int_eq(below.last.Parameters.Read.ByteOffset.QuadPart, offset);

    assert_status(WdfMemoryCreate(NULL, NonPagedPool, 0, 4, &memory, &buffer), STATUS_SUCCESS);
    WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(&descriptor, memory, &part);
    assert_status(WdfIoTargetSendWriteSynchronously(target(), NULL, &descriptor, NULL, NULL, &size),
                  STATUS_SUCCESS);
    ck_assert_uint_eq(size, 2);
    ck_assert_ptr_eq(below.system_buffer, (char *)buffer + 1);
    part.BufferLength = 9;
    ck_assert(!NT_SUCCESS(
        WdfIoTargetSendWriteSynchronously(target(), NULL, &descriptor, NULL, NULL, &size)));
    WdfObjectDelete(memory);
    io_close();
}
END_TEST

START_TEST(synchronous_send_gives_up_when_its_time_is_over)
{
    WDF_REQUEST_SEND_OPTIONS options;

    below.answer = PEND;
    open_stack(NULL);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&options, WDF_REL_TIMEOUT_IN_MS(5));
    assert_status(
        WdfIoTargetSendIoctlSynchronously(target(), NULL, IO_TEST(1), NULL, NULL, &options, NULL),
        STATUS_IO_TIMEOUT);
    options.Size = 3;
    assert_status(
        WdfIoTargetSendIoctlSynchronously(target(), NULL, IO_TEST(1), NULL, NULL, &options, NULL),
        STATUS_INFO_LENGTH_MISMATCH);
    io_close();
}
END_TEST

/* --- Requests of the driver's own ------------------------------------------------------------ */

static WDF_REQUEST_COMPLETION_PARAMS seen_params;

static VOID
on_own_complete(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
                WDFCONTEXT Context)
{
    completions++;
    seen_params = *Params;
}

START_TEST(own_request_is_formatted_sent_reused_and_deleted)
{
    WDF_REQUEST_REUSE_PARAMS reuse;
    WDFREQUEST request;
    WDFMEMORY memory;
    PVOID buffer;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    assert_status(WdfMemoryCreate(NULL, NonPagedPool, 0, 4, &memory, &buffer), STATUS_SUCCESS);
    for (unsigned round = 1; round <= 3; round++) {
        assert_status(WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(round), NULL,
                                                       NULL, memory, NULL),
                      STATUS_SUCCESS);
        WdfRequestSetCompletionRoutine(request, on_own_complete, NULL);
        ck_assert(WdfRequestSend(request, target(), NULL));
        ck_assert_uint_eq(completions, round);
        ck_assert_int_eq(seen_params.Type, WdfRequestTypeDeviceControl);
        ck_assert_uint_eq(seen_params.Parameters.Ioctl.IoControlCode, IO_TEST(round));
        ck_assert_ptr_eq(seen_params.Parameters.Ioctl.Output.Buffer, memory);
        ck_assert_uint_eq(seen_params.Parameters.Ioctl.Output.Length, 4);
        ck_assert_int_eq(memcmp(buffer, "cccc", 4), 0);
        WDF_REQUEST_REUSE_PARAMS_INIT(&reuse, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
        assert_status(WdfRequestReuse(request, &reuse), STATUS_SUCCESS);
    }
    WdfObjectDelete(request);
    WdfObjectDelete(memory);
    io_close();
}
END_TEST

static void
send_unformatted(void *argument)
{
    WDFREQUEST request;

    assert_status(WdfRequestCreate(NULL, NULL, &request), STATUS_SUCCESS);
    (void)WdfRequestSend(request, target(), NULL);
}

START_TEST(sending_what_was_never_formatted_is_a_bugcheck)
{
    open_stack(NULL);
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR, send_unformatted, NULL);
    ck_assert_uint_eq(bench_bugcheck_parameter(2), WDF_REQUEST_FATAL_ERROR_NULL_IRP);
}
END_TEST

START_TEST(new_irp_is_only_for_requests_made_from_one)
{
    WDF_REQUEST_REUSE_PARAMS reuse;
    WDFREQUEST request;
    IRP *irp;

    open_stack(NULL);
    irp = IoAllocateIrp(4, FALSE);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    WDF_REQUEST_REUSE_PARAMS_SET_NEW_IRP(&reuse, irp);
    assert_status(WdfRequestReuse(request, &reuse), STATUS_WDF_REQUEST_INVALID_STATE);
    WdfObjectDelete(request);
    assert_status(WdfRequestCreateFromIrp(NULL, irp, FALSE, &request), STATUS_SUCCESS);
    assert_status(WdfRequestReuse(request, &reuse), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfRequestWdmGetIrp(request), irp);
    WdfObjectDelete(request);
    IoFreeIrp(irp);
    io_close();
}
END_TEST

/* --- States ---------------------------------------------------------------------------------- */

static void
send_own(WDFREQUEST request)
{
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(1), NULL, NULL, NULL, NULL),
        STATUS_SUCCESS);
    WdfRequestSetCompletionRoutine(request, on_own_complete, NULL);
}

START_TEST(stopped_target_keeps_requests_until_it_is_started)
{
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    WdfIoTargetStop(target(), WdfIoTargetLeaveSentIoPending);
    ck_assert_int_eq(WdfIoTargetGetState(target()), WdfIoTargetStopped);
    send_own(request);
    ck_assert(WdfRequestSend(request, target(), NULL));
    ck_assert_uint_eq(below.count, 0);
    assert_status(WdfIoTargetStart(target()), STATUS_SUCCESS);
    ck_assert_uint_eq(below.count, 1);
    ck_assert_uint_eq(completions, 1);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(ignore_target_state_passes_a_stopped_target)
{
    WDF_REQUEST_SEND_OPTIONS options;
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    WdfIoTargetStop(target(), WdfIoTargetLeaveSentIoPending);
    send_own(request);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE);
    ck_assert(WdfRequestSend(request, target(), &options));
    ck_assert_uint_eq(completions, 1);
    assert_status(WdfIoTargetStart(target()), STATUS_SUCCESS);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(waiting_request_of_a_stopped_target_can_be_cancelled)
{
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    WdfIoTargetStop(target(), WdfIoTargetLeaveSentIoPending);
    send_own(request);
    ck_assert(WdfRequestSend(request, target(), NULL));
    ck_assert(WdfRequestCancelSentRequest(request));
    ck_assert_uint_eq(completions, 1);
    assert_status(seen_params.IoStatus.Status, STATUS_CANCELLED);
    ck_assert_uint_eq(below.count, 0);
    assert_status(WdfIoTargetStart(target()), STATUS_SUCCESS);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(stop_with_cancel_cancels_and_waits)
{
    WDFREQUEST request;

    below.answer = PEND;
    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    send_own(request);
    ck_assert(WdfRequestSend(request, target(), NULL));
    WdfIoTargetStop(target(), WdfIoTargetCancelSentIo);
    ck_assert_uint_eq(completions, 1);
    assert_status(seen_params.IoStatus.Status, STATUS_CANCELLED);
    assert_status(WdfIoTargetStart(target()), STATUS_SUCCESS);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(purged_target_refuses_requests)
{
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    WdfIoTargetPurge(target(), WdfIoTargetPurgeIoAndWait);
    ck_assert_int_eq(WdfIoTargetGetState(target()), WdfIoTargetPurged);
    send_own(request);
    ck_assert(!WdfRequestSend(request, target(), NULL));
    assert_status(WdfRequestGetStatus(request), STATUS_INVALID_DEVICE_STATE);
    assert_status(WdfIoTargetStart(target()), STATUS_SUCCESS);
    ck_assert(WdfRequestSend(request, target(), NULL));
    ck_assert_uint_eq(completions, 1);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

START_TEST(send_options_are_checked)
{
    WDF_REQUEST_SEND_OPTIONS options;
    WDFREQUEST request;

    open_stack(NULL);
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    send_own(request);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, 0);
    options.Size = 1;
    ck_assert(!WdfRequestSend(request, target(), &options));
    assert_status(WdfRequestGetStatus(request), STATUS_INFO_LENGTH_MISMATCH);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET |
                                                WDF_REQUEST_SEND_OPTION_SYNCHRONOUS);
    ck_assert(!WdfRequestSend(request, target(), &options));
    assert_status(WdfRequestGetStatus(request), STATUS_INVALID_PARAMETER);
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET);
    ck_assert(!WdfRequestSend(request, target(), &options));
    assert_status(WdfRequestGetStatus(request), STATUS_INVALID_DEVICE_REQUEST);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, forgotten_request_is_completed_by_the_lower_driver);
    tcase_add_test(tests, filter_forwards_what_it_has_no_queue_for);
    tcase_add_test(tests, function_driver_keeps_file_operations_for_itself);
    tcase_add_test(tests, completion_routine_gets_the_request_back);
    tcase_add_test(tests, pending_request_comes_back_later);
    tcase_add_test(tests, application_cancels_through_the_target);
    tcase_add_test(tests, purging_the_queue_cancels_what_was_sent_from_it);
    tcase_add_test(tests, cancel_sent_request_says_whether_it_reached_the_target);
    tcase_add_test(tests, completing_a_sent_request_is_a_bugcheck);
    tcase_add_test(tests, sending_a_sent_request_is_a_bugcheck);
    tcase_add_test(tests, synchronous_control_returns_status_and_output);
    tcase_add_test(tests, synchronous_read_and_write_carry_offset_and_length);
    tcase_add_test(tests, synchronous_send_gives_up_when_its_time_is_over);
    tcase_add_test(tests, own_request_is_formatted_sent_reused_and_deleted);
    tcase_add_test(tests, sending_what_was_never_formatted_is_a_bugcheck);
    tcase_add_test(tests, new_irp_is_only_for_requests_made_from_one);
    tcase_add_test(tests, stopped_target_keeps_requests_until_it_is_started);
    tcase_add_test(tests, ignore_target_state_passes_a_stopped_target);
    tcase_add_test(tests, waiting_request_of_a_stopped_target_can_be_cancelled);
    tcase_add_test(tests, stop_with_cancel_cancels_and_waits);
    tcase_add_test(tests, purged_target_refuses_requests);
    tcase_add_test(tests, send_options_are_checked);
}

int
main(void)
{
    return io_main("local target", fill);
}
