/* SPDX-License-Identifier: MIT */
/*
 * Real threads on one device: applications send and cancel, the driver completes from its handlers and from
 * threads of its own, somebody stops, starts and purges the queue meanwhile. Each request ends, and nothing is left.
 */
#include "io_fixture.h"
#include "system_thread.h"

#include <string.h>

#define SENDERS 3
#define ROUNDS  1000

static WDFQUEUE queue;
static WDFQUEUE held;
static LONG stop;

/* Even codes are completed at once, odd ones wait in the manual queue for the completer. */
static VOID
on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    if ((IoControlCode >> 2) & 1) {
        if (NT_SUCCESS(WdfRequestForwardToIoQueue(Request, held))) {
            return;
        }
    }
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static WDF_IO_QUEUE_DISPATCH_TYPE type;
static WDF_SYNCHRONIZATION_SCOPE scope;

static NTSTATUS
add_queues(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = scope;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, type);
    config.EvtIoDeviceControl = on_control;
    queue = io_queue(device, &config, &attributes);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    held = io_queue(device, &config, &attributes);
    return STATUS_SUCCESS;
}

static VOID
send_many(PVOID context)
{
    struct bench_request *requests[4];

    for (unsigned i = 0; i < 4; i++) {
        requests[i] = bench_request_create(io.bench, NULL, NULL);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < 4; i++) {
            bench_request_ioctl(requests[i], io.file, IO_TEST(round + i), NULL, 0, NULL, 0);
        }
        bench_request_cancel(requests[round % 4]);
        for (unsigned i = 0; i < 4; i++) {
            NTSTATUS status = bench_request_wait(requests[i], -1, NULL);

            ck_assert_msg(status == STATUS_SUCCESS || status == STATUS_CANCELLED ||
                              status == STATUS_INVALID_DEVICE_STATE,
                          "%s", bench_status_name(status));
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        bench_request_delete(requests[i]);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Completes what waits in the manual queue; cancelable now and then. */
static VOID
complete_held(PVOID context)
{
    WDFREQUEST request;
    unsigned count = 0;

    while (InterlockedCompareExchange(&stop, 0, 0) == 0) {
        if (!NT_SUCCESS(WdfIoQueueRetrieveNextRequest(held, &request))) {
            LARGE_INTEGER moment = {.QuadPart = -100};

            KeDelayExecutionThread(KernelMode, FALSE, &moment);
            continue;
        }
        if (++count % 3 == 0 && NT_SUCCESS(WdfRequestRequeue(request))) {
            continue;
        }
        WdfRequestComplete(request, STATUS_SUCCESS);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID
change_states(PVOID context)
{
    for (unsigned round = 0; InterlockedCompareExchange(&stop, 0, 0) == 0; round++) {
        LARGE_INTEGER moment = {.QuadPart = -2000};

        switch (round % 4) {
        case 0:
            WdfIoQueueStopSynchronously(queue);
            break;
        case 1:
            WdfIoQueuePurgeSynchronously(queue);
            break;
        case 2:
            WdfIoQueueStopAndPurge(queue, NULL, NULL);
            break;
        case 3:
            WdfIoQueueDrain(queue, NULL, NULL);
            break;
        }
        WdfIoQueueStart(queue);
        KeDelayExecutionThread(KernelMode, FALSE, &moment);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void
run(WDF_IO_QUEUE_DISPATCH_TYPE dispatch, WDF_SYNCHRONIZATION_SCOPE synchronization)
{
    HANDLE senders[SENDERS];
    HANDLE others[2];

    type = dispatch;
    scope = synchronization;
    stop = 0;
    io_open(&(struct io_hooks){.add = add_queues});
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = start_thread(send_many, NULL);
    }
    others[0] = start_thread(complete_held, NULL);
    others[1] = start_thread(change_states, NULL);
    for (unsigned i = 0; i < SENDERS; i++) {
        join_thread(senders[i]);
    }
    InterlockedExchange(&stop, 1);
    join_thread(others[0]);
    join_thread(others[1]);
    ck_assert(WDF_IO_QUEUE_IDLE(WdfIoQueueGetState(queue, NULL, NULL)));
    ck_assert(WDF_IO_QUEUE_IDLE(WdfIoQueueGetState(held, NULL, NULL)));
    io_close();
}

START_TEST(parallel_queue_under_threads)
{
    run(WdfIoQueueDispatchParallel, WdfSynchronizationScopeNone);
}
END_TEST

START_TEST(sequential_queue_under_threads)
{
    run(WdfIoQueueDispatchSequential, WdfSynchronizationScopeNone);
}
END_TEST

START_TEST(queue_synchronized_with_itself_under_threads)
{
    run(WdfIoQueueDispatchParallel, WdfSynchronizationScopeQueue);
}
END_TEST

START_TEST(queues_synchronized_with_their_device_under_threads)
{
    run(WdfIoQueueDispatchSequential, WdfSynchronizationScopeDevice);
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, parallel_queue_under_threads);
    tcase_add_test(tests, sequential_queue_under_threads);
    tcase_add_test(tests, queue_synchronized_with_itself_under_threads);
    tcase_add_test(tests, queues_synchronized_with_their_device_under_threads);
}

int
main(void)
{
    return io_main("queues under threads", fill);
}
