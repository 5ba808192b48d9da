/* SPDX-License-Identifier: MIT */
/* Queues: what is refused and with what result, older configurations, ready callbacks of queues that are not empty. */
#include "io_fixture.h"

#define NOT_NULL ((void *)(ULONG_PTR)16)

static WDFQUEUE queue;
static WDFQUEUE parallel;
static unsigned calls;

static VOID
on_state(WDFQUEUE Queue, WDFCONTEXT Context)
{
    ck_assert_ptr_eq(Context, &calls);
    calls++;
}

static NTSTATUS
add_queues(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    parallel = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static const struct io_hooks manual = {.add = add_queues};

/* --- Making them ----------------------------------------------------------------------------- */

static NTSTATUS
add_older(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    /* As before there were Settings. What is beyond Size is not looked at. */
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    config.Size = FIELD_OFFSET(WDF_IO_QUEUE_CONFIG, Settings);
    config.Settings.Parallel.NumberOfPresentedRequests = 1;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(an_older_parallel_queue_presents_all_requests)
{
    struct bench_request *requests[3];

    io_open(&(struct io_hooks){.add = add_older});
    for (unsigned i = 0; i < 3; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    ck_assert_uint_eq(io_kept_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        WdfRequestComplete(io_kept[i], STATUS_SUCCESS);
        assert_status(io_reap(requests[i]), STATUS_SUCCESS);
    }
    io_close();
}
END_TEST

START_TEST(a_queue_that_is_not_made_has_no_handle)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_IO_QUEUE_CONFIG config;
    WDFQUEUE made = NOT_NULL;
    WDFOBJECT elsewhere;

    io_open(&manual);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    assert_status(WdfIoQueueCreate(io.handle, &config, NULL, &made), STATUS_UNSUCCESSFUL);
    ck_assert_ptr_null(made);
    /* Its parent must be the device or below it. */
    assert_status(WdfObjectCreate(NULL, &elsewhere), STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = elsewhere;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    made = NOT_NULL;
    assert_status(WdfIoQueueCreate(io.handle, &config, &attributes, &made),
                  STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(made);
    WdfObjectDelete(elsewhere);
    io_close();
}
END_TEST

/* --- Finding and taking ---------------------------------------------------------------------- */

START_TEST(finding_is_checked_and_leaves_no_handle)
{
    WDF_REQUEST_PARAMETERS parameters;
    struct bench_request *request;
    WDFREQUEST waiting;
    WDFREQUEST found = NOT_NULL;

    io_open(&manual);
    request = io_send(IO_TEST(1));
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    parameters.Size--;
    assert_status(WdfIoQueueFindRequest(queue, NULL, NULL, &parameters, &found),
                  STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_ptr_null(found);
    found = NOT_NULL;
    assert_status(WdfIoQueueFindRequest(parallel, NULL, NULL, NULL, &found),
                  STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_null(found);
    assert_status(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &waiting), STATUS_SUCCESS);
    found = NOT_NULL;
    assert_status(WdfIoQueueRetrieveFoundRequest(parallel, waiting, &found),
                  STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_ptr_null(found);
    assert_status(WdfIoQueueRetrieveFoundRequest(queue, waiting, &found), STATUS_SUCCESS);
    ck_assert_ptr_eq(found, waiting);
    found = NOT_NULL;
    assert_status(WdfIoQueueRetrieveFoundRequest(queue, waiting, &found), STATUS_NOT_FOUND);
    ck_assert_ptr_null(found);
    found = NOT_NULL;
    assert_status(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_NO_MORE_ENTRIES);
    ck_assert_ptr_null(found);
    WdfObjectDereference(waiting);
    WdfRequestComplete(waiting, STATUS_SUCCESS);
    assert_status(io_reap(request), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(a_waiting_request_is_nobodys_to_unmark)
{
    struct bench_request *request;
    WDFREQUEST waiting;
    WDFREQUEST taken;

    io_open(&manual);
    request = io_send(IO_TEST(1));
    assert_status(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &waiting), STATUS_SUCCESS);
    assert_status(WdfRequestUnmarkCancelable(waiting), STATUS_INVALID_DEVICE_REQUEST);
    ck_assert(!WdfRequestIsCanceled(waiting));
    assert_status(WdfIoQueueRetrieveFoundRequest(queue, waiting, &taken), STATUS_SUCCESS);
    assert_status(WdfRequestUnmarkCancelable(taken), STATUS_INVALID_PARAMETER);
    WdfObjectDereference(waiting);
    WdfRequestComplete(taken, STATUS_SUCCESS);
    assert_status(io_reap(request), STATUS_SUCCESS);
    io_close();
}
END_TEST

/* --- Telling the driver ---------------------------------------------------------------------- */

START_TEST(a_ready_callback_of_a_queue_that_is_not_empty_comes_at_once)
{
    struct bench_request *request;
    WDFREQUEST taken;

    io_open(&manual);
    request = io_send(IO_TEST(1));
    assert_status(WdfIoQueueReadyNotify(queue, on_state, &calls), STATUS_SUCCESS);
    ck_assert_uint_eq(calls, 1);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &taken), STATUS_SUCCESS);
    WdfRequestComplete(taken, STATUS_SUCCESS);
    assert_status(io_reap(request), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(a_ready_callback_of_a_stopped_queue_comes_with_its_start)
{
    struct bench_request *request;
    WDFREQUEST taken;

    io_open(&manual);
    request = io_send(IO_TEST(1));
    WdfIoQueueStop(queue, NULL, NULL);
    assert_status(WdfIoQueueReadyNotify(queue, on_state, &calls), STATUS_SUCCESS);
    ck_assert_uint_eq(calls, 0);
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(calls, 1);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &taken), STATUS_SUCCESS);
    WdfRequestComplete(taken, STATUS_SUCCESS);
    assert_status(io_reap(request), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(stop_and_purge_tells_when_the_driver_has_nothing)
{
    struct bench_request *first;
    struct bench_request *second;
    struct bench_request *third;
    WDFREQUEST taken;

    io_open(&manual);
    first = io_send(IO_TEST(1));
    second = io_send(IO_TEST(2));
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &taken), STATUS_SUCCESS);
    WdfIoQueueStopAndPurge(queue, on_state, &calls);
    assert_status(io_reap(second), STATUS_CANCELLED);
    ck_assert_uint_eq(calls, 0);
    third = io_send(IO_TEST(3));
    ck_assert(!bench_request_is_done(third)); /* It waits: the queue accepts, and is stopped. */
    WdfRequestComplete(taken, STATUS_SUCCESS);
    assert_status(io_reap(first), STATUS_SUCCESS);
    ck_assert_uint_eq(calls, 1);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &taken), STATUS_WDF_PAUSED);
    WdfIoQueueStart(queue);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &taken), STATUS_SUCCESS);
    WdfRequestComplete(taken, STATUS_DEVICE_BUSY);
    assert_status(io_reap(third), STATUS_DEVICE_BUSY);
    io_close();
}
END_TEST

/* --- Guaranteed forward progress ------------------------------------------------------------- */

START_TEST(a_second_forward_progress_policy_is_refused)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY policy;

    io_open(&manual);
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 2);
    assert_status(WdfIoQueueAssignForwardProgressPolicy(queue, &policy), STATUS_SUCCESS);
    assert_status(WdfIoQueueAssignForwardProgressPolicy(queue, &policy), STATUS_INVALID_PARAMETER);
    io_close(); /* The second one's requests are gone. */
}
END_TEST

/* --- EvtIoStop ------------------------------------------------------------------------------- */

static bool requeues_cancelable;

static VOID
on_cancel(WDFREQUEST Request)
{
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static void
acknowledge(void *argument)
{
    WdfRequestStopAcknowledge(argument, TRUE);
}

static VOID
on_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    ck_assert(WdfIoQueueGetState(Queue, NULL, NULL) & WdfIoQueuePnpHeld);
    if (requeues_cancelable) {
        ck_assert((ActionFlags & WdfRequestStopRequestCancelable) != 0);
        ck_assert(bench_expect_bugcheck(0x10D, acknowledge, Request));
        ck_assert_uint_eq(bench_bugcheck_parameter(1), WDF_QUEUE_FATAL_ERROR);
        calls++;
        assert_status(WdfRequestUnmarkCancelable(Request), STATUS_SUCCESS);
    }
    WdfRequestStopAcknowledge(Request, FALSE);
    WdfRequestComplete(Request, STATUS_DEVICE_REMOVED);
}

static NTSTATUS
add_stopped(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    config.PowerManaged = WdfTrue;
    config.EvtIoStop = on_stop;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(the_queue_says_that_it_is_held)
{
    struct bench_request *request;

    io_open(&(struct io_hooks){.add = add_stopped});
    ck_assert((WdfIoQueueGetState(queue, NULL, NULL) & WdfIoQueuePnpHeld) == 0);
    request = io_send(IO_TEST(1));
    bench_device_surprise_remove(io.device);
    io.device = NULL;
    assert_status(io_reap(request), STATUS_DEVICE_REMOVED);
    io_close();
}
END_TEST

START_TEST(requeuing_a_cancelable_request_is_a_bugcheck)
{
    struct bench_request *request;

    requeues_cancelable = true;
    io_open(&(struct io_hooks){.add = add_stopped});
    request = io_send(IO_TEST(1));
    WdfRequestMarkCancelable(io_kept[0], on_cancel);
    bench_device_surprise_remove(io.device);
    io.device = NULL;
    ck_assert_uint_eq(calls, 1);
    assert_status(io_reap(request), STATUS_DEVICE_REMOVED);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, an_older_parallel_queue_presents_all_requests);
    tcase_add_test(tests, a_queue_that_is_not_made_has_no_handle);
    tcase_add_test(tests, finding_is_checked_and_leaves_no_handle);
    tcase_add_test(tests, a_waiting_request_is_nobodys_to_unmark);
    tcase_add_test(tests, a_ready_callback_of_a_queue_that_is_not_empty_comes_at_once);
    tcase_add_test(tests, a_ready_callback_of_a_stopped_queue_comes_with_its_start);
    tcase_add_test(tests, stop_and_purge_tells_when_the_driver_has_nothing);
    tcase_add_test(tests, a_second_forward_progress_policy_is_refused);
    tcase_add_test(tests, the_queue_says_that_it_is_held);
    tcase_add_test(tests, requeuing_a_cancelable_request_is_a_bugcheck);
}

int
main(void)
{
    return io_main("conform/queue_misuse", fill);
}
