/* SPDX-License-Identifier: MIT */
/*
 * Every function that takes a request, with one that is completed and whose handle a reference keeps, and with one of
 * the driver's own that no target has seen: a status or a bug check, and nothing else happens.
 */
#include "io_fixture.h"

#include <stdio.h>
#include <string.h>

static WDFQUEUE other_queue;

static NTSTATUS
add_queues(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    (void)io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    other_queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static VOID
on_cancel(WDFREQUEST Request)
{
    ck_abort_msg("cancelled");
}

static VOID
on_completion(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
              WDFCONTEXT Context)
{
    ck_abort_msg("it was sent");
}

static WDFIOTARGET
target(void)
{
    return WdfDeviceGetIoTarget(io.handle);
}

static void *out; /* What a function may write, where its result is not looked at. */
static size_t length;
static LONGLONG offset;
static ULONG_PTR bytes;

static ULONG_PTR
reuse(WDFREQUEST r)
{
    WDF_REQUEST_REUSE_PARAMS params;

    WDF_REQUEST_REUSE_PARAMS_INIT(&params, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    return (ULONG)WdfRequestReuse(r, &params);
}

static ULONG_PTR
use_stack_location(WDFREQUEST r)
{
    IO_STACK_LOCATION location = {.MajorFunction = IRP_MJ_READ};

    WdfRequestWdmFormatUsingStackLocation(r, &location);
    return 0;
}

static ULONG_PTR
completion_params(WDFREQUEST r)
{
    WDF_REQUEST_COMPLETION_PARAMS params;

    WDF_REQUEST_COMPLETION_PARAMS_INIT(&params);
    WdfRequestGetCompletionParams(r, &params);
    return params.Type == WdfRequestTypeNoFormat;
}

static ULONG_PTR
parameters(WDFREQUEST r)
{
    WDF_REQUEST_PARAMETERS params;

    WDF_REQUEST_PARAMETERS_INIT(&params);
    WdfRequestGetParameters(r, &params);
    return 0;
}

static ULONG_PTR
to_parent(WDFREQUEST r)
{
    WDF_REQUEST_FORWARD_OPTIONS options;

    WDF_REQUEST_FORWARD_OPTIONS_INIT(&options);
    return (ULONG)WdfRequestForwardToParentDeviceIoQueue(r, other_queue, &options);
}

#define STATUS_OF(name, call)                                                                      \
    static ULONG_PTR name(WDFREQUEST r)                                                            \
    {                                                                                              \
        return (ULONG)(call);                                                                      \
    }
#define VOID_OF(name, call)                                                                        \
    static ULONG_PTR name(WDFREQUEST r)                                                            \
    {                                                                                              \
        call;                                                                                      \
        return 0;                                                                                  \
    }
#define VALUE_OF(name, call)                                                                       \
    static ULONG_PTR name(WDFREQUEST r)                                                            \
    {                                                                                              \
        return (ULONG_PTR)(call);                                                                  \
    }

STATUS_OF(enqueue, WdfDeviceEnqueueRequest(io.handle, r))
STATUS_OF(retrieve_found, WdfIoQueueRetrieveFoundRequest(other_queue, r, (WDFREQUEST *)&out))
STATUS_OF(find_after, WdfIoQueueFindRequest(other_queue, r, NULL, NULL, (WDFREQUEST *)&out))
STATUS_OF(read_now, WdfIoTargetSendReadSynchronously(target(), r, NULL, &offset, NULL, &bytes))
STATUS_OF(write_now, WdfIoTargetSendWriteSynchronously(target(), r, NULL, &offset, NULL, &bytes))
STATUS_OF(ioctl_now,
          WdfIoTargetSendIoctlSynchronously(target(), r, IO_TEST(1), NULL, NULL, NULL, &bytes))
STATUS_OF(internal_now, WdfIoTargetSendInternalIoctlSynchronously(target(), r, IO_TEST(1), NULL,
                                                                  NULL, NULL, &bytes))
STATUS_OF(others_now, WdfIoTargetSendInternalIoctlOthersSynchronously(target(), r, IO_TEST(1), NULL,
                                                                      NULL, NULL, NULL, &bytes))
STATUS_OF(for_read, WdfIoTargetFormatRequestForRead(target(), r, NULL, NULL, NULL))
STATUS_OF(for_write, WdfIoTargetFormatRequestForWrite(target(), r, NULL, NULL, NULL))
STATUS_OF(for_ioctl,
          WdfIoTargetFormatRequestForIoctl(target(), r, IO_TEST(1), NULL, NULL, NULL, NULL))
STATUS_OF(for_internal,
          WdfIoTargetFormatRequestForInternalIoctl(target(), r, IO_TEST(1), NULL, NULL, NULL, NULL))
STATUS_OF(for_others, WdfIoTargetFormatRequestForInternalIoctlOthers(target(), r, IO_TEST(1), NULL,
                                                                     NULL, NULL, NULL, NULL, NULL))
STATUS_OF(change_target, WdfRequestChangeTarget(r, target()))
VOID_OF(current_type, WdfRequestFormatRequestUsingCurrentType(r))
VALUE_OF(send, WdfRequestSend(r, target(), NULL))
STATUS_OF(get_status, WdfRequestGetStatus(r))
VOID_OF(mark, WdfRequestMarkCancelable(r, on_cancel))
STATUS_OF(mark_ex, WdfRequestMarkCancelableEx(r, on_cancel))
STATUS_OF(unmark, WdfRequestUnmarkCancelable(r))
VALUE_OF(is_canceled, WdfRequestIsCanceled(r))
VALUE_OF(cancel_sent, WdfRequestCancelSentRequest(r))
VALUE_OF(is_32_bit, WdfRequestIsFrom32BitProcess(r))
VOID_OF(set_completion, WdfRequestSetCompletionRoutine(r, on_completion, NULL))
STATUS_OF(allocate_timer, WdfRequestAllocateTimer(r))
VOID_OF(complete, WdfRequestComplete(r, STATUS_SUCCESS))
VOID_OF(complete_boost, WdfRequestCompleteWithPriorityBoost(r, STATUS_SUCCESS, 1))
VOID_OF(complete_information, WdfRequestCompleteWithInformation(r, STATUS_SUCCESS, 1))
STATUS_OF(input_memory, WdfRequestRetrieveInputMemory(r, (WDFMEMORY *)&out))
STATUS_OF(output_memory, WdfRequestRetrieveOutputMemory(r, (WDFMEMORY *)&out))
STATUS_OF(input_buffer, WdfRequestRetrieveInputBuffer(r, 0, &out, &length))
STATUS_OF(output_buffer, WdfRequestRetrieveOutputBuffer(r, 0, &out, &length))
STATUS_OF(input_mdl, WdfRequestRetrieveInputWdmMdl(r, (PMDL *)&out))
STATUS_OF(output_mdl, WdfRequestRetrieveOutputWdmMdl(r, (PMDL *)&out))
STATUS_OF(unsafe_input, WdfRequestRetrieveUnsafeUserInputBuffer(r, 0, &out, &length))
STATUS_OF(unsafe_output, WdfRequestRetrieveUnsafeUserOutputBuffer(r, 0, &out, &length))
VOID_OF(set_information, WdfRequestSetInformation(r, 7))
VALUE_OF(get_information, WdfRequestGetInformation(r))
VALUE_OF(file_object, WdfRequestGetFileObject(r))
STATUS_OF(lock_for_read,
          WdfRequestProbeAndLockUserBufferForRead(r, &length, sizeof(length), (WDFMEMORY *)&out))
STATUS_OF(lock_for_write,
          WdfRequestProbeAndLockUserBufferForWrite(r, &length, sizeof(length), (WDFMEMORY *)&out))
VALUE_OF(requestor_mode, WdfRequestGetRequestorMode(r))
STATUS_OF(forward, WdfRequestForwardToIoQueue(r, other_queue))
VALUE_OF(io_queue_of, WdfRequestGetIoQueue(r))
STATUS_OF(requeue, WdfRequestRequeue(r))
VOID_OF(stop_acknowledge, WdfRequestStopAcknowledge(r, FALSE))
VALUE_OF(wdm_irp, WdfRequestWdmGetIrp(r))
VALUE_OF(is_reserved, WdfRequestIsReserved(r))
STATUS_OF(process_id, WdfRequestGetRequestorProcessId(r))

/* Bug checks: the sub-code, and parameter 2 with WDF_REQUEST_FATAL_ERROR. */
#define BUGCHECK(code, what) ((ULONG_PTR)1 << 40 | (ULONG_PTR)(code) << 16 | (ULONG_PTR)(what))
#define NULL_IRP             BUGCHECK(WDF_REQUEST_FATAL_ERROR, WDF_REQUEST_FATAL_ERROR_NULL_IRP)
#define NOT_IN_QUEUE         BUGCHECK(WDF_REQUEST_FATAL_ERROR, WDF_REQUEST_FATAL_ERROR_REQUEST_NOT_IN_QUEUE)
#define QUEUE_ERROR          BUGCHECK(WDF_QUEUE_FATAL_ERROR, 0)
#define S(status)            ((ULONG_PTR)(ULONG)(status))

static const struct {
    const char *name;
    ULONG_PTR (*fn)(WDFREQUEST request);
    ULONG_PTR completed; /* Of a completed request. */
    ULONG_PTR own;       /* Of one made by WdfRequestCreate without a target. */
} calls[] = {
    {"WdfDeviceEnqueueRequest", enqueue, NULL_IRP, NOT_IN_QUEUE},
    {"WdfIoQueueFindRequest", find_after, S(STATUS_NOT_FOUND), S(STATUS_NOT_FOUND)},
    {"WdfIoQueueRetrieveFoundRequest", retrieve_found, S(STATUS_NOT_FOUND), S(STATUS_NOT_FOUND)},
    {"WdfIoTargetFormatRequestForInternalIoctl", for_internal, S(STATUS_INVALID_DEVICE_REQUEST), 0},
    {"WdfIoTargetFormatRequestForInternalIoctlOthers", for_others, S(STATUS_INVALID_DEVICE_REQUEST),
     0},
    {"WdfIoTargetFormatRequestForIoctl", for_ioctl, S(STATUS_INVALID_DEVICE_REQUEST), 0},
    {"WdfIoTargetFormatRequestForRead", for_read, S(STATUS_INVALID_DEVICE_REQUEST), 0},
    {"WdfIoTargetFormatRequestForWrite", for_write, S(STATUS_INVALID_DEVICE_REQUEST), 0},
    {"WdfIoTargetSendInternalIoctlOthersSynchronously", others_now,
     S(STATUS_INVALID_DEVICE_REQUEST), S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfIoTargetSendInternalIoctlSynchronously", internal_now, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfIoTargetSendIoctlSynchronously", ioctl_now, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfIoTargetSendReadSynchronously", read_now, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfIoTargetSendWriteSynchronously", write_now, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestAllocateTimer", allocate_timer, S(STATUS_INVALID_DEVICE_REQUEST), 0},
    {"WdfRequestCancelSentRequest", cancel_sent, 0, 0},
    {"WdfRequestChangeTarget", change_target, S(STATUS_INVALID_DEVICE_REQUEST), 0},
    {"WdfRequestComplete", complete, NULL_IRP, NOT_IN_QUEUE},
    {"WdfRequestCompleteWithInformation", complete_information, NULL_IRP, NOT_IN_QUEUE},
    {"WdfRequestCompleteWithPriorityBoost", complete_boost, NULL_IRP, NOT_IN_QUEUE},
    {"WdfRequestFormatRequestUsingCurrentType", current_type, NULL_IRP, NULL_IRP},
    {"WdfRequestForwardToIoQueue", forward, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestForwardToParentDeviceIoQueue", to_parent, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestGetCompletionParams", completion_params, 1, 1},
    {"WdfRequestGetFileObject", file_object, 0, 0},
    {"WdfRequestGetInformation", get_information, 0, 0},
    {"WdfRequestGetIoQueue", io_queue_of, 0, 0},
    {"WdfRequestGetParameters", parameters, NULL_IRP, NULL_IRP},
    {"WdfRequestGetRequestorMode", requestor_mode, 0, 0},
    {"WdfRequestGetRequestorProcessId", process_id, NULL_IRP, NULL_IRP},
    {"WdfRequestGetStatus", get_status, 0, 0},
    {"WdfRequestIsCanceled", is_canceled, 0, 0},
    {"WdfRequestIsFrom32BitProcess", is_32_bit, NULL_IRP, NULL_IRP},
    {"WdfRequestIsReserved", is_reserved, 0, 0},
    {"WdfRequestMarkCancelable", mark, NULL_IRP, NOT_IN_QUEUE},
    {"WdfRequestMarkCancelableEx", mark_ex, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestProbeAndLockUserBufferForRead", lock_for_read, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestProbeAndLockUserBufferForWrite", lock_for_write, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestRequeue", requeue, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestRetrieveInputBuffer", input_buffer, S(STATUS_INTERNAL_ERROR),
     S(STATUS_INTERNAL_ERROR)},
    {"WdfRequestRetrieveInputMemory", input_memory, S(STATUS_INTERNAL_ERROR),
     S(STATUS_INTERNAL_ERROR)},
    {"WdfRequestRetrieveInputWdmMdl", input_mdl, S(STATUS_INTERNAL_ERROR),
     S(STATUS_INTERNAL_ERROR)},
    {"WdfRequestRetrieveOutputBuffer", output_buffer, S(STATUS_INTERNAL_ERROR),
     S(STATUS_INTERNAL_ERROR)},
    {"WdfRequestRetrieveOutputMemory", output_memory, S(STATUS_INTERNAL_ERROR),
     S(STATUS_INTERNAL_ERROR)},
    {"WdfRequestRetrieveOutputWdmMdl", output_mdl, S(STATUS_INTERNAL_ERROR),
     S(STATUS_INTERNAL_ERROR)},
    {"WdfRequestRetrieveUnsafeUserInputBuffer", unsafe_input, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestRetrieveUnsafeUserOutputBuffer", unsafe_output, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestReuse", reuse, NULL_IRP, 0},
    {"WdfRequestSend", send, NULL_IRP, NULL_IRP},
    {"WdfRequestSetCompletionRoutine", set_completion, 0, 0},
    {"WdfRequestSetInformation", set_information, 0, 0},
    {"WdfRequestStopAcknowledge", stop_acknowledge, QUEUE_ERROR, QUEUE_ERROR},
    {"WdfRequestUnmarkCancelable", unmark, S(STATUS_INVALID_DEVICE_REQUEST),
     S(STATUS_INVALID_DEVICE_REQUEST)},
    {"WdfRequestWdmFormatUsingStackLocation", use_stack_location, NULL_IRP, NULL_IRP},
    {"WdfRequestWdmGetIrp", wdm_irp, 0, 0},
};

#define CALL_COUNT ((int)(sizeof(calls) / sizeof(calls[0])))

static ULONG_PTR (*current)(WDFREQUEST);
static ULONG_PTR result;

static void
try_it(void *argument)
{
    result = current(argument);
}

/* What the call ends in, as the table has it. */
static ULONG_PTR
outcome(int number, WDFREQUEST request)
{
    ULONG_PTR code;

    current = calls[number].fn;
    if (!bench_expect_bugcheck(0x10D, try_it, request)) {
        return result;
    }
    code = bench_bugcheck_parameter(1);
    return BUGCHECK(code, code == WDF_REQUEST_FATAL_ERROR ? bench_bugcheck_parameter(2) : 0);
}

/* The next request of the queue is served as if nothing had been. */
static void
serve_another(void)
{
    struct bench_request *next = io_send(IO_TEST(2));

    ck_assert_uint_eq(io_kept_count, 2);
    ck_assert_uint_eq(io_code(io_kept[1]), 2);
    WdfRequestComplete(io_kept[1], STATUS_DEVICE_BUSY);
    assert_status(io_reap(next), STATUS_DEVICE_BUSY);
}

START_TEST(a_completed_request_is_refused)
{
    struct bench_request *first;
    WDFREQUEST request;
    ULONG_PTR seen;

    io_open(&(struct io_hooks){.add = add_queues});
    first = io_send(IO_TEST(1));
    request = io_kept[0];
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    assert_status(io_reap(first), STATUS_SUCCESS);
    seen = outcome(_i, request);
    ck_assert_msg(seen == calls[_i].completed, "%s: 0x%lx", calls[_i].name, seen);
    ck_assert_ptr_null(out);
    WdfObjectDereference(request);
    serve_another();
    io_close();
}
END_TEST

/* The reference is gone, and its memory is the next request's, which must not notice. */
START_TEST(the_handle_of_a_completed_request_does_not_reach_the_next)
{
    struct bench_request *first;
    struct bench_request *second;
    WDFREQUEST stale;

    io_open(&(struct io_hooks){.add = add_queues});
    first = io_send(IO_TEST(1));
    stale = io_kept[0];
    WdfRequestComplete(stale, STATUS_SUCCESS);
    assert_status(io_reap(first), STATUS_SUCCESS);
    second = io_send(IO_TEST(2));
    ck_assert_ptr_ne(io_kept[1], stale);
    ck_assert(outcome(_i, stale) == BUGCHECK(WDF_INVALID_HANDLE, 0));
    ck_assert_uint_eq(bench_bugcheck_parameter(2), (ULONG_PTR)stale);
    ck_assert(!bench_request_is_done(second));
    ck_assert_uint_eq(WdfRequestGetInformation(io_kept[1]), 0);
    WdfRequestComplete(io_kept[1], STATUS_DEVICE_BUSY);
    assert_status(io_reap(second), STATUS_DEVICE_BUSY);
    io_close();
}
END_TEST

START_TEST(a_request_of_ones_own_without_irp_is_refused_or_gets_one)
{
    WDFREQUEST request;
    ULONG_PTR seen;

    io_open(&(struct io_hooks){.add = add_queues});
    assert_status(WdfRequestCreate(NULL, NULL, &request), STATUS_SUCCESS);
    seen = outcome(_i, request);
    ck_assert_msg(seen == calls[_i].own, "%s: 0x%lx", calls[_i].name, seen);
    ck_assert_ptr_null(out);
    WdfObjectDelete(request);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_loop_test(tests, a_completed_request_is_refused, 0, CALL_COUNT);
    tcase_add_loop_test(tests, the_handle_of_a_completed_request_does_not_reach_the_next, 0,
                        CALL_COUNT);
    tcase_add_loop_test(tests, a_request_of_ones_own_without_irp_is_refused_or_gets_one, 0,
                        CALL_COUNT);
}

int
main(void)
{
    return io_main("conform/completed", fill);
}
