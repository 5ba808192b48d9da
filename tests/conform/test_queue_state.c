/* SPDX-License-Identifier: MIT */
/* Stop, start, drain, purge; the device's power; what happens to requests meanwhile. */
#include "io_fixture.h"

static WDFQUEUE queue;
static WDFQUEUE other;
static unsigned callbacks;

static NTSTATUS
add_queue(WDFDEVICE device, WDF_IO_QUEUE_CONFIG *config)
{
    queue = io_queue(device, config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static NTSTATUS
add_parallel(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    return add_queue(device, &config);
}

static NTSTATUS
add_manual(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    return add_queue(device, &config);
}

static VOID
on_state(WDFQUEUE Queue, WDFCONTEXT Context)
{
    ck_assert_ptr_eq(Queue, queue);
    ck_assert_ptr_eq(Context, &callbacks);
    callbacks++;
}

static WDF_IO_QUEUE_STATE
state(void)
{
    return WdfIoQueueGetState(queue, NULL, NULL);
}

/* --- States --- */

START_TEST(a_new_queue_is_ready_and_idle)
{
    io_open(&(struct io_hooks){.add = add_parallel});
    ck_assert(WDF_IO_QUEUE_READY(state()));
    ck_assert(WDF_IO_QUEUE_IDLE(state()));
    ck_assert(!WDF_IO_QUEUE_STOPPED(state()));
    io_close();
}
END_TEST

START_TEST(stop_holds_requests_until_start)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    WdfIoQueueStop(queue, NULL, NULL);
    ck_assert(WDF_IO_QUEUE_STOPPED(state()));
    a = io_send(IO_TEST(1));
    ck_assert_uint_eq(io_kept_count, 0);
    ck_assert(!WDF_IO_QUEUE_IDLE(state()));
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(io_kept_count, 1);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(stop_complete_comes_when_the_driver_has_completed_what_it_has)
{
    struct bench_request *a;
    struct bench_request *b;

    io_open(&(struct io_hooks){.add = add_parallel});
    a = io_send(IO_TEST(1));
    WdfIoQueueStop(queue, on_state, &callbacks);
    b = io_send(IO_TEST(2));
    ck_assert_uint_eq(callbacks, 0);
    ck_assert(!WDF_IO_QUEUE_STOPPED(state()));
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    ck_assert_uint_eq(callbacks, 1);
    ck_assert(WDF_IO_QUEUE_STOPPED(state()));
    WdfIoQueueStart(queue);
    WdfRequestComplete(io_kept[1], STATUS_SUCCESS);
    io_reap(a);
    io_reap(b);
    ck_assert_uint_eq(callbacks, 1);
    io_close();
}
END_TEST

START_TEST(stop_complete_comes_at_once_when_the_driver_has_nothing)
{
    io_open(&(struct io_hooks){.add = add_parallel});
    WdfIoQueueStop(queue, on_state, &callbacks);
    ck_assert_uint_eq(callbacks, 1);
    WdfIoQueueStart(queue);
    io_close();
}
END_TEST

START_TEST(retrieving_from_a_stopped_queue_is_paused)
{
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_manual});
    WdfIoQueueStop(queue, NULL, NULL);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_WDF_PAUSED);
    WdfIoQueueStart(queue);
    io_close();
}
END_TEST

static VOID
complete_first_kept(PVOID context)
{
    LARGE_INTEGER delay = {.QuadPart = -10000};

    KeDelayExecutionThread(KernelMode, FALSE, &delay);
    callbacks = 1;
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
complete_soon(void)
{
    HANDLE thread;

    assert_status(PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, complete_first_kept, NULL),
                  STATUS_SUCCESS);
    ZwClose(thread);
}

START_TEST(stop_synchronously_waits_for_the_driver)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    a = io_send(IO_TEST(1));
    complete_soon();
    WdfIoQueueStopSynchronously(queue);
    ck_assert_uint_eq(callbacks, 1);
    ck_assert(WDF_IO_QUEUE_STOPPED(state()));
    assert_status(io_reap(a), STATUS_SUCCESS);
    WdfIoQueueStart(queue);
    io_close();
}
END_TEST

/* --- Drain --- */

START_TEST(drain_refuses_new_requests_and_delivers_old_ones)
{
    struct bench_request *a;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_manual});
    a = io_send(IO_TEST(1));
    WdfIoQueueDrain(queue, on_state, &callbacks);
    assert_status(io_control(IO_TEST(2)), STATUS_INVALID_DEVICE_STATE);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    ck_assert_uint_eq(callbacks, 0);
    WdfRequestComplete(request, STATUS_SUCCESS);
    ck_assert_uint_eq(callbacks, 1);
    ck_assert(WDF_IO_QUEUE_DRAINED(state()));
    assert_status(io_reap(a), STATUS_SUCCESS);
    WdfIoQueueStart(queue);
    ck_assert(WDF_IO_QUEUE_READY(state()));
    io_close();
}
END_TEST

START_TEST(drain_synchronously_waits)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    a = io_send(IO_TEST(1));
    complete_soon();
    WdfIoQueueDrainSynchronously(queue);
    ck_assert_uint_eq(callbacks, 1);
    io_reap(a);
    io_close();
}
END_TEST

/* --- Purge --- */

static unsigned cancels;

static VOID
on_cancel(WDFREQUEST Request)
{
    cancels++;
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

START_TEST(purge_cancels_what_waits)
{
    struct bench_request *a;
    struct bench_request *b;

    io_open(&(struct io_hooks){.add = add_manual});
    a = io_send(IO_TEST(1));
    b = io_send(IO_TEST(2));
    WdfIoQueuePurge(queue, on_state, &callbacks);
    assert_status(io_reap(a), STATUS_CANCELLED);
    assert_status(io_reap(b), STATUS_CANCELLED);
    ck_assert_uint_eq(callbacks, 1);
    ck_assert(WDF_IO_QUEUE_PURGED(state()));
    assert_status(io_control(IO_TEST(2)), STATUS_INVALID_DEVICE_STATE);
    io_close();
}
END_TEST

START_TEST(purge_cancels_requests_marked_cancelable)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    a = io_send(IO_TEST(1));
    WdfRequestMarkCancelable(io_kept[0], on_cancel);
    WdfIoQueuePurgeSynchronously(queue);
    ck_assert_uint_eq(cancels, 1);
    assert_status(io_reap(a), STATUS_CANCELLED);
    io_close();
}
END_TEST

START_TEST(purge_waits_for_what_the_driver_does_not_let_be_cancelled)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    a = io_send(IO_TEST(1));
    complete_soon();
    WdfIoQueuePurgeSynchronously(queue);
    ck_assert_uint_eq(callbacks, 1);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(request_of_a_purged_queue_counts_as_cancelled)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    a = io_send(IO_TEST(1));
    WdfIoQueuePurge(queue, NULL, NULL);
    ck_assert(WdfRequestIsCanceled(io_kept[0]));
    assert_status(WdfRequestMarkCancelableEx(io_kept[0], on_cancel), STATUS_CANCELLED);
    WdfRequestComplete(io_kept[0], STATUS_CANCELLED);
    io_reap(a);
    io_close();
}
END_TEST

START_TEST(start_makes_a_purged_queue_ready_again)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    WdfIoQueuePurgeSynchronously(queue);
    WdfIoQueueStart(queue);
    a = io_send(IO_TEST(1));
    ck_assert_uint_eq(io_kept_count, 1);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(stop_and_purge_cancels_but_accepts)
{
    struct bench_request *a;
    struct bench_request *b;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_manual});
    a = io_send(IO_TEST(1));
    WdfIoQueueStopAndPurgeSynchronously(queue);
    assert_status(io_reap(a), STATUS_CANCELLED);
    b = io_send(IO_TEST(2));
    ck_assert(WDF_IO_QUEUE_STOPPED(state()));
    ck_assert(!bench_request_is_done(b));
    WdfIoQueueStart(queue);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
    assert_status(io_reap(b), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(requeuing_into_a_purge_cancels_the_request)
{
    struct bench_request *a;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_manual});
    a = io_send(IO_TEST(1));
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    WdfIoQueuePurge(queue, on_state, &callbacks);
    ck_assert_uint_eq(callbacks, 0);
    assert_status(WdfRequestRequeue(request), STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert_uint_eq(callbacks, 1);
    io_close();
}
END_TEST

/* --- Cancelling in the queue --- */

static unsigned canceled_on_queue;

static VOID
on_canceled_on_queue(WDFQUEUE Queue, WDFREQUEST Request)
{
    canceled_on_queue++;
    ck_assert_ptr_eq(WdfRequestGetIoQueue(Request), Queue);
    WdfRequestComplete(Request, STATUS_CANCELLED);
}

static NTSTATUS
add_canceled_on_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    config.EvtIoCanceledOnQueue = on_canceled_on_queue;
    return add_queue(device, &config);
}

START_TEST(waiting_request_the_driver_never_saw_is_cancelled_silently)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_canceled_on_queue});
    a = io_send(IO_TEST(1));
    bench_request_cancel(a);
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert_uint_eq(canceled_on_queue, 0);
    io_close();
}
END_TEST

START_TEST(requeued_request_is_cancelled_through_the_driver)
{
    struct bench_request *a;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_canceled_on_queue});
    a = io_send(IO_TEST(1));
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    assert_status(WdfRequestRequeue(request), STATUS_SUCCESS);
    bench_request_cancel(a);
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert_uint_eq(canceled_on_queue, 1);
    io_close();
}
END_TEST

START_TEST(request_cancelled_before_it_is_requeued_is_cancelled_then)
{
    struct bench_request *a;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_canceled_on_queue});
    a = io_send(IO_TEST(1));
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    bench_request_cancel(a);
    ck_assert(!bench_request_is_done(a));
    assert_status(WdfRequestRequeue(request), STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert_uint_eq(canceled_on_queue, 1);
    io_close();
}
END_TEST

/* --- Power and removal --- */

static unsigned stops;
static ULONG stop_flags;
static BOOLEAN requeue;

static VOID
on_stop(WDFQUEUE Queue, WDFREQUEST Request, ULONG ActionFlags)
{
    stops++;
    stop_flags = ActionFlags;
    if (ActionFlags & WdfRequestStopRequestCancelable) {
        assert_status(WdfRequestUnmarkCancelable(Request), STATUS_SUCCESS);
    }
    if (requeue) {
        WdfRequestStopAcknowledge(Request, TRUE);
    } else {
        WdfRequestComplete(Request, STATUS_DEVICE_POWERED_OFF);
    }
}

static NTSTATUS
add_stoppable(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.PowerManaged = WdfTrue;
    config.EvtIoDeviceControl = io_keep;
    config.EvtIoStop = on_stop;
    return add_queue(device, &config);
}

static void
surprise(void)
{
    bench_device_surprise_remove(io.device);
    io.device = NULL;
}

START_TEST(removal_calls_evt_io_stop_for_each_request_of_the_driver)
{
    struct bench_request *a;
    struct bench_request *b;

    io_open(&(struct io_hooks){.add = add_stoppable});
    a = io_send(IO_TEST(1));
    b = io_send(IO_TEST(2));
    surprise();
    ck_assert_uint_eq(stops, 2);
    /* "IRP_MN_SURPRISE_REMOVAL: ... EvtIoStop (WdfRequestStopActionSuspend flag)". */
    ck_assert_uint_eq(stop_flags, WdfRequestStopActionSuspend);
    assert_status(io_reap(a), STATUS_DEVICE_POWERED_OFF);
    assert_status(io_reap(b), STATUS_DEVICE_POWERED_OFF);
    io_close();
}
END_TEST

START_TEST(evt_io_stop_says_that_the_request_is_cancelable)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_stoppable});
    a = io_send(IO_TEST(1));
    WdfRequestMarkCancelable(io_kept[0], on_cancel);
    surprise();
    ck_assert_uint_eq(stop_flags, WdfRequestStopActionSuspend | WdfRequestStopRequestCancelable);
    assert_status(io_reap(a), STATUS_DEVICE_POWERED_OFF);
    io_close();
}
END_TEST

START_TEST(request_requeued_by_stop_acknowledge_is_cancelled_by_removal)
{
    struct bench_request *a;

    requeue = TRUE;
    io_open(&(struct io_hooks){.add = add_stoppable});
    a = io_send(IO_TEST(1));
    surprise();
    ck_assert_uint_eq(stops, 1);
    assert_status(io_reap(a), STATUS_CANCELLED);
    io_close();
}
END_TEST

START_TEST(removal_cancels_what_waits_and_refuses_the_rest)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_manual});
    a = io_send(IO_TEST(1));
    surprise();
    assert_status(io_reap(a), STATUS_CANCELLED);
    ck_assert(!NT_SUCCESS(io_control(IO_TEST(2))));
    io_close();
}
END_TEST

static void
acknowledge_outside(void *argument)
{
    WdfRequestStopAcknowledge(io_kept[0], FALSE);
}

START_TEST(stop_acknowledge_outside_evt_io_stop_is_a_bugcheck)
{
    io_open(&(struct io_hooks){.add = add_stoppable});
    (void)io_send(IO_TEST(1));
    io_expect_bugcheck(WDF_QUEUE_FATAL_ERROR, acknowledge_outside, NULL);
}
END_TEST

/* --- Deleting --- */

static WDFREQUEST forwarded;

static NTSTATUS
add_with_extra(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    add_parallel(device);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    other = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(deleting_a_queue_cancels_what_waits_in_it)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_with_extra});
    a = io_send(IO_TEST(1));
    forwarded = io_kept[0];
    assert_status(WdfRequestForwardToIoQueue(forwarded, other), STATUS_SUCCESS);
    WdfObjectDelete(other);
    assert_status(io_reap(a), STATUS_CANCELLED);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, a_new_queue_is_ready_and_idle);
    tcase_add_test(tests, stop_holds_requests_until_start);
    tcase_add_test(tests, stop_complete_comes_when_the_driver_has_completed_what_it_has);
    tcase_add_test(tests, stop_complete_comes_at_once_when_the_driver_has_nothing);
    tcase_add_test(tests, retrieving_from_a_stopped_queue_is_paused);
    tcase_add_test(tests, stop_synchronously_waits_for_the_driver);
    tcase_add_test(tests, drain_refuses_new_requests_and_delivers_old_ones);
    tcase_add_test(tests, drain_synchronously_waits);
    tcase_add_test(tests, purge_cancels_what_waits);
    tcase_add_test(tests, purge_cancels_requests_marked_cancelable);
    tcase_add_test(tests, purge_waits_for_what_the_driver_does_not_let_be_cancelled);
    tcase_add_test(tests, request_of_a_purged_queue_counts_as_cancelled);
    tcase_add_test(tests, start_makes_a_purged_queue_ready_again);
    tcase_add_test(tests, stop_and_purge_cancels_but_accepts);
    tcase_add_test(tests, requeuing_into_a_purge_cancels_the_request);
    tcase_add_test(tests, waiting_request_the_driver_never_saw_is_cancelled_silently);
    tcase_add_test(tests, requeued_request_is_cancelled_through_the_driver);
    tcase_add_test(tests, request_cancelled_before_it_is_requeued_is_cancelled_then);
    tcase_add_test(tests, removal_calls_evt_io_stop_for_each_request_of_the_driver);
    tcase_add_test(tests, evt_io_stop_says_that_the_request_is_cancelable);
    tcase_add_test(tests, request_requeued_by_stop_acknowledge_is_cancelled_by_removal);
    tcase_add_test(tests, removal_cancels_what_waits_and_refuses_the_rest);
    tcase_add_test(tests, stop_acknowledge_outside_evt_io_stop_is_a_bugcheck);
    tcase_add_test(tests, deleting_a_queue_cancels_what_waits_in_it);
}

int
main(void)
{
    return io_main("queue state", fill);
}
