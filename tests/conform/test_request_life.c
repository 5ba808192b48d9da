/* SPDX-License-Identifier: MIT */
/* A request's life: ownership, completion, cancellation, contexts; and the bug checks of those who break the rules. */
#include "io_fixture.h"

static WDFQUEUE queue;

static NTSTATUS
add_parallel(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    config.EvtIoRead = NULL;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static NTSTATUS
add_manual(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static const struct io_hooks parallel = {.add = add_parallel};

/* --- Completion --- */

START_TEST(completion_hands_over_status_and_information)
{
    struct bench_request *a;
    size_t size = 0;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    WdfRequestSetInformation(io_kept[0], 17);
    ck_assert_uint_eq(WdfRequestGetInformation(io_kept[0]), 17);
    WdfRequestCompleteWithInformation(io_kept[0], STATUS_BUFFER_OVERFLOW, 23);
    assert_status(bench_request_wait(a, 5000, &size), STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(size, 23);
    bench_request_delete(a);
    io_close();
}
END_TEST

START_TEST(referenced_request_outlives_its_irp)
{
    struct bench_request *a;
    WDFREQUEST request;
    PVOID buffer;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    request = io_kept[0];
    WdfObjectReference(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    io_reap(a);
    ck_assert_ptr_null(WdfRequestGetIoQueue(request));
    ck_assert_uint_eq(WdfRequestGetInformation(request), 0);
    assert_status(WdfRequestRetrieveInputBuffer(request, 1, &buffer, NULL), STATUS_INTERNAL_ERROR);
    WdfObjectDereference(request);
    io_close();
}
END_TEST

static void
complete_kept(void *argument)
{
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
}

START_TEST(completing_twice_is_a_bugcheck)
{
    io_open(&parallel);
    (void)io_send(IO_TEST(1));
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    io_expect_bugcheck(WDF_INVALID_HANDLE, complete_kept, NULL);
}
END_TEST

START_TEST(completing_a_referenced_request_twice_is_a_bugcheck)
{
    io_open(&parallel);
    (void)io_send(IO_TEST(1));
    WdfObjectReference(io_kept[0]);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR, complete_kept, NULL);
    ck_assert_uint_eq(bench_bugcheck_parameter(2), WDF_REQUEST_FATAL_ERROR_NULL_IRP);
}
END_TEST

static void
complete_found(void *argument)
{
    WDFREQUEST found;

    assert_status(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_SUCCESS);
    WdfRequestComplete(found, STATUS_SUCCESS);
}

START_TEST(completing_a_request_that_waits_in_a_queue_is_a_bugcheck)
{
    io_open(&(struct io_hooks){.add = add_manual});
    (void)io_send(IO_TEST(1));
    io_expect_bugcheck(WDF_QUEUE_FATAL_ERROR, complete_found, NULL);
}
END_TEST

static VOID
never_called(WDFREQUEST Request)
{
    ck_abort_msg("EvtRequestCancel was called");
}

START_TEST(completing_a_cancelable_request_is_a_bugcheck)
{
    io_open(&parallel);
    (void)io_send(IO_TEST(1));
    WdfRequestMarkCancelable(io_kept[0], never_called);
    io_expect_bugcheck(WDF_QUEUE_FATAL_ERROR, complete_kept, NULL);
}
END_TEST

static void
complete_created(void *argument)
{
    WDFREQUEST request;

    assert_status(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &request), STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
}

START_TEST(completing_a_request_of_ones_own_is_a_bugcheck)
{
    io_open(&parallel);
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR, complete_created, NULL);
    ck_assert_uint_eq(bench_bugcheck_parameter(2), WDF_REQUEST_FATAL_ERROR_REQUEST_NOT_IN_QUEUE);
}
END_TEST

static void
delete_kept(void *argument)
{
    WdfObjectDelete(io_kept[0]);
}

START_TEST(deleting_a_request_of_the_frameworks_is_a_bugcheck)
{
    io_open(&parallel);
    (void)io_send(IO_TEST(1));
    io_expect_bugcheck(WDF_OBJECT_ERROR, delete_kept, NULL);
}
END_TEST

static void
complete_with_too_much(void *argument)
{
    WdfRequestCompleteWithInformation(io_kept[0], STATUS_SUCCESS, 5);
}

START_TEST(more_information_than_the_output_buffer_has_is_a_bugcheck)
{
    struct bench_request *a;
    static char output[4];

    io_open(&parallel);
    a = bench_request_create(io.bench, NULL, NULL);
    bench_request_ioctl(a, io.file, IO_TEST(1), NULL, 0, output, sizeof(output));
    io_expect_bugcheck(WDF_REQUEST_FATAL_ERROR, complete_with_too_much, NULL);
    ck_assert_uint_eq(bench_bugcheck_parameter(2),
                      WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH);
}
END_TEST

/* --- Cancellation --- */

static unsigned cancels;
static WDFREQUEST cancelled;

static VOID
on_cancel(WDFREQUEST Request)
{
    cancels++;
    cancelled = Request;
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static VOID
on_cancel_remember(WDFREQUEST Request)
{
    cancels++;
    cancelled = Request;
}

START_TEST(cancelling_calls_evt_request_cancel)
{
    struct bench_request *a;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    WdfRequestMarkCancelable(io_kept[0], on_cancel);
    bench_request_cancel(a);
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert_uint_eq(cancels, 1);
    ck_assert_ptr_eq(cancelled, io_kept[0]);
    io_close();
}
END_TEST

START_TEST(cancelling_what_is_not_cancelable_does_nothing_yet)
{
    struct bench_request *a;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    ck_assert(!WdfRequestIsCanceled(io_kept[0]));
    bench_request_cancel(a);
    ck_assert(!bench_request_is_done(a));
    ck_assert(WdfRequestIsCanceled(io_kept[0]));
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(mark_calls_back_when_the_request_is_cancelled_already)
{
    struct bench_request *a;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    bench_request_cancel(a);
    WdfRequestMarkCancelable(io_kept[0], on_cancel);
    ck_assert_uint_eq(cancels, 1);
    assert_status(io_reap(a), STATUS_CANCELLED);
    io_close();
}
END_TEST

START_TEST(mark_ex_tells_instead_of_calling_back)
{
    struct bench_request *a;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    bench_request_cancel(a);
    assert_status(WdfRequestMarkCancelableEx(io_kept[0], never_called), STATUS_CANCELLED);
    WdfRequestComplete(io_kept[0], STATUS_CANCELLED);
    assert_status(io_reap(a), STATUS_CANCELLED);
    io_close();
}
END_TEST

START_TEST(mark_ex_refuses_a_cancelable_request)
{
    struct bench_request *a;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    assert_status(WdfRequestMarkCancelableEx(io_kept[0], never_called), STATUS_SUCCESS);
    assert_status(WdfRequestMarkCancelableEx(io_kept[0], never_called),
                  STATUS_INVALID_DEVICE_REQUEST);
    ck_assert(!WdfRequestIsCanceled(io_kept[0]));
    assert_status(WdfRequestUnmarkCancelable(io_kept[0]), STATUS_SUCCESS);
    assert_status(WdfRequestUnmarkCancelable(io_kept[0]), STATUS_INVALID_PARAMETER);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(unmarked_request_is_not_called_back)
{
    struct bench_request *a;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    WdfRequestMarkCancelable(io_kept[0], never_called);
    assert_status(WdfRequestUnmarkCancelable(io_kept[0]), STATUS_SUCCESS);
    bench_request_cancel(a);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(unmark_says_that_the_request_was_cancelled)
{
    struct bench_request *a;

    io_open(&parallel);
    a = io_send(IO_TEST(1));
    WdfRequestMarkCancelable(io_kept[0], on_cancel_remember);
    bench_request_cancel(a);
    ck_assert_uint_eq(cancels, 1);
    assert_status(WdfRequestUnmarkCancelable(io_kept[0]), STATUS_CANCELLED);
    WdfRequestComplete(io_kept[0], STATUS_CANCELLED);
    assert_status(io_reap(a), STATUS_CANCELLED);
    io_close();
}
END_TEST

static void
mark_twice(void *argument)
{
    WdfRequestMarkCancelable(io_kept[0], never_called);
    WdfRequestMarkCancelable(io_kept[0], never_called);
}

START_TEST(marking_twice_is_a_bugcheck)
{
    io_open(&parallel);
    (void)io_send(IO_TEST(1));
    io_expect_bugcheck(WDF_QUEUE_FATAL_ERROR, mark_twice, NULL);
}
END_TEST

/* --- Contexts and children --- */

typedef struct data {
    unsigned value;
    unsigned bytes[30];
} REQUEST_DATA;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_DATA, context_of)

static unsigned cleanups;
static unsigned destroys;
static bool irp_there;

static VOID
on_cleanup(WDFOBJECT Object)
{
    cleanups++;
    irp_there = WdfRequestWdmGetIrp((WDFREQUEST)Object) != NULL;
}

static VOID
on_destroy(WDFOBJECT Object)
{
    destroys++;
}

static bool with_callbacks;

static void
init_context(PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_DATA);
    if (with_callbacks) {
        attributes.EvtCleanupCallback = on_cleanup;
        attributes.EvtDestroyCallback = on_destroy;
    }
    WdfDeviceInitSetRequestAttributes(init, &attributes);
}

START_TEST(each_request_has_a_zeroed_context)
{
    io_open(&(struct io_hooks){.init = init_context, .add = add_parallel});
    for (unsigned round = 0; round < 3; round++) {
        struct bench_request *a = io_send(IO_TEST(1));
        REQUEST_DATA *context = context_of(io_kept[round]);

        ck_assert_uint_eq(context->value, 0);
        ck_assert_uint_eq(context->bytes[29], 0);
        context->value = 7;
        context->bytes[29] = 7;
        WdfRequestComplete(io_kept[round], STATUS_SUCCESS);
        io_reap(a);
    }
    io_close();
}
END_TEST

START_TEST(a_context_that_the_driver_adds_ends_with_the_request)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    io_open(&parallel);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_DATA);
    for (unsigned round = 0; round < 3; round++) {
        struct bench_request *a = io_send(IO_TEST(1));
        REQUEST_DATA *context = NULL;

        assert_status(WdfObjectAllocateContext(io_kept[round], &attributes, (PVOID *)&context),
                      STATUS_SUCCESS);
        ck_assert_uint_eq(context->value, 0);
        context->value = 7;
        WdfRequestComplete(io_kept[round], STATUS_SUCCESS);
        io_reap(a);
    }
    io_close();
}
END_TEST

START_TEST(context_is_cleaned_up_when_the_request_is_completed)
{
    struct bench_request *a;

    with_callbacks = true;
    io_open(&(struct io_hooks){.init = init_context, .add = add_parallel});
    a = io_send(IO_TEST(1));
    WdfObjectReference(io_kept[0]);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    ck_assert_uint_eq(cleanups, 1);
    ck_assert(irp_there);
    ck_assert_uint_eq(destroys, 0);
    WdfObjectDereference(io_kept[0]);
    ck_assert_uint_eq(destroys, 1);
    io_reap(a);
    io_close();
}
END_TEST

static unsigned child_cleanups;

static VOID
on_child_cleanup(WDFOBJECT Object)
{
    ck_assert_uint_eq(cleanups, 0);
    child_cleanups++;
}

START_TEST(children_of_a_request_go_before_it)
{
    struct bench_request *a;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFOBJECT child;

    with_callbacks = true;
    io_open(&(struct io_hooks){.init = init_context, .add = add_parallel});
    a = io_send(IO_TEST(1));
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = io_kept[0];
    attributes.EvtCleanupCallback = on_child_cleanup;
    assert_status(WdfObjectCreate(&attributes, &child), STATUS_SUCCESS);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    ck_assert_uint_eq(child_cleanups, 1);
    ck_assert_uint_eq(cleanups, 1);
    io_reap(a);
    io_close();
}
END_TEST

/* --- Who asks --- */

START_TEST(requestor_is_the_application)
{
    struct bench_request *a;

    io_bench();
    bench_set_process_id(io.bench, 4711);
    io_start(&parallel);
    a = io_send(IO_TEST(1));
    ck_assert_int_eq(WdfRequestGetRequestorMode(io_kept[0]), UserMode);
    ck_assert_uint_eq(WdfRequestGetRequestorProcessId(io_kept[0]), 4711);
    ck_assert(!WdfRequestIsFrom32BitProcess(io_kept[0]));
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    io_reap(a);
    io_close();
}
END_TEST

static VOID
complete_with_boost(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                    size_t InputBufferLength, ULONG IoControlCode)
{
    WdfRequestSetInformation(Request, 0);
    WdfRequestCompleteWithPriorityBoost(Request, STATUS_NO_MEDIA, IO_SERIAL_INCREMENT);
}

static NTSTATUS
add_boosting(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = complete_with_boost;
    (void)io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(completion_with_a_boost_has_the_drivers_status)
{
    io_open(&(struct io_hooks){.add = add_boosting});
    assert_status(io_control(IO_TEST(1)), STATUS_NO_MEDIA);
    assert_status(io_control(IO_TEST(1)), STATUS_NO_MEDIA);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, completion_with_a_boost_has_the_drivers_status);
    tcase_add_test(tests, completion_hands_over_status_and_information);
    tcase_add_test(tests, referenced_request_outlives_its_irp);
    tcase_add_test(tests, completing_twice_is_a_bugcheck);
    tcase_add_test(tests, completing_a_referenced_request_twice_is_a_bugcheck);
    tcase_add_test(tests, completing_a_request_that_waits_in_a_queue_is_a_bugcheck);
    tcase_add_test(tests, completing_a_cancelable_request_is_a_bugcheck);
    tcase_add_test(tests, completing_a_request_of_ones_own_is_a_bugcheck);
    tcase_add_test(tests, deleting_a_request_of_the_frameworks_is_a_bugcheck);
    tcase_add_test(tests, more_information_than_the_output_buffer_has_is_a_bugcheck);
    tcase_add_test(tests, cancelling_calls_evt_request_cancel);
    tcase_add_test(tests, cancelling_what_is_not_cancelable_does_nothing_yet);
    tcase_add_test(tests, mark_calls_back_when_the_request_is_cancelled_already);
    tcase_add_test(tests, mark_ex_tells_instead_of_calling_back);
    tcase_add_test(tests, mark_ex_refuses_a_cancelable_request);
    tcase_add_test(tests, unmarked_request_is_not_called_back);
    tcase_add_test(tests, unmark_says_that_the_request_was_cancelled);
    tcase_add_test(tests, marking_twice_is_a_bugcheck);
    tcase_add_test(tests, each_request_has_a_zeroed_context);
    tcase_add_test(tests, a_context_that_the_driver_adds_ends_with_the_request);
    tcase_add_test(tests, context_is_cleaned_up_when_the_request_is_completed);
    tcase_add_test(tests, children_of_a_request_go_before_it);
    tcase_add_test(tests, requestor_is_the_application);
}

int
main(void)
{
    return io_main("request life", fill);
}
