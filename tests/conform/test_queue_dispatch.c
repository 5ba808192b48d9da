/* SPDX-License-Identifier: MIT */
/* How queues deliver: dispatching methods, handlers, routing, retrieving, forwarding. */
#include "io_fixture.h"

static WDFQUEUE queue;
static WDFQUEUE other;

static void
make_queue(WDFDEVICE device, WDF_IO_QUEUE_DISPATCH_TYPE type,
           PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL handler)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, type);
    config.EvtIoDeviceControl = handler;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
}

static NTSTATUS
add_sequential(WDFDEVICE device)
{
    make_queue(device, WdfIoQueueDispatchSequential, io_keep);
    return STATUS_SUCCESS;
}

static NTSTATUS
add_parallel(WDFDEVICE device)
{
    make_queue(device, WdfIoQueueDispatchParallel, io_keep);
    return STATUS_SUCCESS;
}

static NTSTATUS
add_manual(WDFDEVICE device)
{
    make_queue(device, WdfIoQueueDispatchManual, NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS
add_manual_target(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    make_queue(device, WdfIoQueueDispatchParallel, io_keep);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    other = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

/* --- Creating --- */

static NTSTATUS
add_bad_queues(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    assert_status(WdfIoQueueCreate(device, &config, NULL, NULL), STATUS_WDF_NO_CALLBACK);

    config.EvtIoDeviceControl = io_keep;
    config.Size = 7;
    assert_status(WdfIoQueueCreate(device, &config, NULL, NULL), STATUS_INFO_LENGTH_MISMATCH);

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = io_keep;
    config.Settings.Parallel.NumberOfPresentedRequests = 2;
    assert_status(WdfIoQueueCreate(device, &config, NULL, NULL), STATUS_INVALID_PARAMETER);

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchInvalid);
    assert_status(WdfIoQueueCreate(device, &config, NULL, NULL), STATUS_INVALID_PARAMETER);

    make_queue(device, WdfIoQueueDispatchManual, NULL);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    assert_status(WdfIoQueueCreate(device, &config, NULL, NULL), STATUS_UNSUCCESSFUL);
    ck_assert_ptr_eq(WdfDeviceGetDefaultQueue(device), queue);
    ck_assert_ptr_eq(WdfIoQueueGetDevice(queue), device);
    return STATUS_SUCCESS;
}

START_TEST(create_refuses_what_the_documentation_refuses)
{
    io_open(&(struct io_hooks){.add = add_bad_queues});
    io_close();
}
END_TEST

static void
use_device_as_queue(void *argument)
{
    WdfIoQueueStart((WDFQUEUE)argument);
}

START_TEST(handle_of_another_type_is_a_bugcheck)
{
    io_open(&(struct io_hooks){.add = add_manual});
    io_expect_bugcheck(WDF_INVALID_HANDLE, use_device_as_queue, io.handle);
}
END_TEST

/* --- Dispatching methods --- */

START_TEST(sequential_delivers_the_next_when_the_last_is_completed)
{
    struct bench_request *a;
    struct bench_request *b;

    io_open(&(struct io_hooks){.add = add_sequential});
    a = io_send(IO_TEST(1));
    b = io_send(IO_TEST(2));
    ck_assert_uint_eq(io_kept_count, 1);
    ck_assert_uint_eq(io_code(io_kept[0]), 1);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    ck_assert_uint_eq(io_kept_count, 2);
    ck_assert_uint_eq(io_code(io_kept[1]), 2);
    WdfRequestComplete(io_kept[1], STATUS_UNSUCCESSFUL);
    assert_status(io_reap(a), STATUS_SUCCESS);
    assert_status(io_reap(b), STATUS_UNSUCCESSFUL);
    io_close();
}
END_TEST

START_TEST(sequential_lets_the_driver_retrieve_more)
{
    struct bench_request *a;
    struct bench_request *b;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_sequential});
    a = io_send(IO_TEST(1));
    b = io_send(IO_TEST(2));
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    ck_assert_uint_eq(io_code(request), 2);
    WdfRequestComplete(request, STATUS_SUCCESS);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    io_reap(a);
    io_reap(b);
    io_close();
}
END_TEST

START_TEST(parallel_delivers_as_they_come)
{
    struct bench_request *requests[3];

    io_open(&(struct io_hooks){.add = add_parallel});
    for (unsigned i = 0; i < 3; i++) {
        requests[i] = io_send(IO_TEST(i));
        ck_assert_uint_eq(io_kept_count, i + 1);
    }
    for (unsigned i = 0; i < 3; i++) {
        WdfRequestComplete(io_kept[i], STATUS_SUCCESS);
        assert_status(io_reap(requests[i]), STATUS_SUCCESS);
    }
    io_close();
}
END_TEST

static NTSTATUS
add_limited(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    config.Settings.Parallel.NumberOfPresentedRequests = 2;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(parallel_presents_at_most_the_given_number)
{
    struct bench_request *requests[4];
    ULONG waiting;
    ULONG driver;

    io_open(&(struct io_hooks){.add = add_limited});
    for (unsigned i = 0; i < 4; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    ck_assert_uint_eq(io_kept_count, 2);
    (void)WdfIoQueueGetState(queue, &waiting, &driver);
    ck_assert_uint_eq(waiting, 2);
    ck_assert_uint_eq(driver, 2);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    ck_assert_uint_eq(io_kept_count, 3);
    for (unsigned i = 1; i < 4; i++) {
        WdfRequestComplete(io_kept[i], STATUS_SUCCESS);
    }
    for (unsigned i = 0; i < 4; i++) {
        assert_status(io_reap(requests[i]), STATUS_SUCCESS);
    }
    io_close();
}
END_TEST

START_TEST(manual_gives_requests_in_order_and_only_when_asked)
{
    struct bench_request *a;
    struct bench_request *b;
    WDFREQUEST request = (WDFREQUEST)1;

    io_open(&(struct io_hooks){.add = add_manual});
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_NO_MORE_ENTRIES);
    ck_assert_ptr_null(request);
    a = io_send(IO_TEST(1));
    b = io_send(IO_TEST(2));
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    ck_assert_uint_eq(io_code(request), 1);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(request), queue);
    WdfRequestComplete(request, STATUS_SUCCESS);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    ck_assert_uint_eq(io_code(request), 2);
    WdfRequestComplete(request, STATUS_SUCCESS);
    io_reap(a);
    io_reap(b);
    io_close();
}
END_TEST

START_TEST(retrieving_from_a_parallel_queue_is_refused)
{
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_parallel});
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_INVALID_DEVICE_STATE);
    io_close();
}
END_TEST

#define BACKLOG 20000

static NTSTATUS
add_backlog(WDFDEVICE device)
{
    make_queue(device, WdfIoQueueDispatchSequential, io_complete_now);
    return STATUS_SUCCESS;
}

START_TEST(a_long_backlog_completed_in_the_handler_does_not_recurse)
{
    static struct bench_request *requests[BACKLOG];

    io_open(&(struct io_hooks){.add = add_backlog});
    WdfIoQueueStop(queue, NULL, NULL);
    for (unsigned i = 0; i < BACKLOG; i++) {
        requests[i] = io_send(IO_TEST(1));
    }
    ck_assert_uint_eq(io_completed_count, 0);
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(io_completed_count, BACKLOG);
    for (unsigned i = 0; i < BACKLOG; i++) {
        bench_request_delete(requests[i]);
    }
    io_close();
}
END_TEST

/* --- Handlers and routing --- */

static unsigned reads;
static unsigned defaults;
static unsigned writes;

static VOID
on_read(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    reads++;
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static VOID
on_default(WDFQUEUE Queue, WDFREQUEST Request)
{
    defaults++;
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS
add_read_and_default(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = on_read;
    config.EvtIoDefault = on_default;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(default_handler_gets_what_has_no_handler_of_its_own)
{
    char byte = 0;
    size_t size;

    io_open(&(struct io_hooks){.add = add_read_and_default});
    assert_status(bench_read(io.file, &byte, 1, &size), STATUS_SUCCESS);
    assert_status(bench_write(io.file, &byte, 1, &size), STATUS_SUCCESS);
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    ck_assert_uint_eq(reads, 1);
    ck_assert_uint_eq(defaults, 2);
    io_close();
}
END_TEST

START_TEST(request_without_handler_is_refused)
{
    char byte = 0;

    io_open(&(struct io_hooks){.add = add_backlog});
    assert_status(bench_write(io.file, &byte, 1, NULL), STATUS_INVALID_DEVICE_REQUEST);
    io_close();
}
END_TEST

START_TEST(request_without_queue_is_refused_by_a_function_driver)
{
    io_open(&(struct io_hooks){0});
    assert_status(io_control(IO_TEST(1)), STATUS_INVALID_DEVICE_REQUEST);
    io_close();
}
END_TEST

START_TEST(empty_transfer_is_completed_without_the_driver)
{
    char byte = 0;
    size_t size = 7;

    io_open(&(struct io_hooks){.add = add_read_and_default});
    assert_status(bench_read(io.file, &byte, 0, &size), STATUS_SUCCESS);
    ck_assert_uint_eq(size, 0);
    ck_assert_uint_eq(reads, 0);
    io_close();
}
END_TEST

static NTSTATUS
add_empty_allowed(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoRead = on_read;
    config.AllowZeroLengthRequests = TRUE;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(empty_transfer_is_delivered_to_who_asked_for_it)
{
    char byte = 0;

    io_open(&(struct io_hooks){.add = add_empty_allowed});
    assert_status(bench_read(io.file, &byte, 0, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(reads, 1);
    io_close();
}
END_TEST

static VOID
on_write(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    writes++;
    ck_assert_ptr_eq(Queue, other);
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, Length);
}

static NTSTATUS
add_routed(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    add_read_and_default(device);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoWrite = on_write;
    other = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    assert_status(WdfDeviceConfigureRequestDispatching(device, other, WdfRequestTypeWrite),
                  STATUS_SUCCESS);
    assert_status(WdfDeviceConfigureRequestDispatching(device, queue, WdfRequestTypeWrite),
                  STATUS_WDF_BUSY);
    assert_status(WdfDeviceConfigureRequestDispatching(device, other, WdfRequestTypePnp),
                  STATUS_INVALID_PARAMETER);
    assert_status(WdfDeviceConfigureRequestDispatching(device, queue, WdfRequestTypeCreate),
                  STATUS_INVALID_PARAMETER);
    return STATUS_SUCCESS;
}

START_TEST(configured_request_type_goes_to_its_queue)
{
    char byte = 0;

    io_open(&(struct io_hooks){.add = add_routed});
    assert_status(bench_write(io.file, &byte, 1, NULL), STATUS_SUCCESS);
    assert_status(bench_read(io.file, &byte, 1, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(writes, 1);
    ck_assert_uint_eq(reads, 1);
    io_close();
}
END_TEST

/* --- Ready notification --- */

static unsigned ready_calls;

static VOID
on_ready(WDFQUEUE Queue, WDFCONTEXT Context)
{
    ck_assert_ptr_eq(Context, &ready_calls);
    ready_calls++;
}

static NTSTATUS
add_notified(WDFDEVICE device)
{
    add_manual(device);
    assert_status(WdfIoQueueReadyNotify(queue, on_ready, &ready_calls), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

static void
complete_all(void)
{
    WDFREQUEST request;

    while (WdfIoQueueRetrieveNextRequest(queue, &request) == STATUS_SUCCESS) {
        WdfRequestComplete(request, STATUS_SUCCESS);
    }
}

START_TEST(ready_callback_comes_when_the_empty_queue_gets_a_request)
{
    struct bench_request *a;
    struct bench_request *b;

    io_open(&(struct io_hooks){.add = add_notified});
    a = io_send(IO_TEST(1));
    ck_assert_uint_eq(ready_calls, 1);
    b = io_send(IO_TEST(2));
    ck_assert_uint_eq(ready_calls, 1);
    complete_all();
    io_reap(a);
    io_reap(b);
    a = io_send(IO_TEST(3));
    ck_assert_uint_eq(ready_calls, 2);
    complete_all();
    io_reap(a);
    io_close();
}
END_TEST

START_TEST(ready_callback_waits_for_the_start_of_a_stopped_queue)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_notified});
    WdfIoQueueStop(queue, NULL, NULL);
    a = io_send(IO_TEST(1));
    ck_assert_uint_eq(ready_calls, 0);
    WdfIoQueueStart(queue);
    ck_assert_uint_eq(ready_calls, 1);
    complete_all();
    io_reap(a);
    io_close();
}
END_TEST

START_TEST(ready_callback_is_registered_once_and_taken_back_while_stopped)
{
    io_open(&(struct io_hooks){.add = add_notified});
    assert_status(WdfIoQueueReadyNotify(queue, on_ready, &ready_calls),
                  STATUS_INVALID_DEVICE_REQUEST);
    assert_status(WdfIoQueueReadyNotify(queue, NULL, NULL), STATUS_INVALID_DEVICE_REQUEST);
    WdfIoQueueStop(queue, NULL, NULL);
    assert_status(WdfIoQueueReadyNotify(queue, NULL, NULL), STATUS_SUCCESS);
    assert_status(WdfIoQueueReadyNotify(queue, NULL, NULL), STATUS_INVALID_DEVICE_REQUEST);
    WdfIoQueueStart(queue);
    io_close();
}
END_TEST

START_TEST(ready_callback_is_for_manual_queues_only)
{
    io_open(&(struct io_hooks){.add = add_sequential});
    assert_status(WdfIoQueueReadyNotify(queue, on_ready, NULL), STATUS_INVALID_DEVICE_REQUEST);
    io_close();
}
END_TEST

/* --- Finding --- */

START_TEST(find_walks_the_queue_without_giving_ownership)
{
    struct bench_request *sent[3];
    WDF_REQUEST_PARAMETERS parameters;
    WDFREQUEST found = NULL;
    WDFREQUEST next;
    WDFREQUEST owned;
    NTSTATUS status;
    unsigned count = 0;

    io_open(&(struct io_hooks){.add = add_manual});
    for (unsigned i = 0; i < 3; i++) {
        sent[i] = io_send(IO_TEST(i));
    }
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    while ((status = WdfIoQueueFindRequest(queue, found, NULL, &parameters, &next)) ==
           STATUS_SUCCESS) {
        ck_assert_uint_eq(parameters.Parameters.DeviceIoControl.IoControlCode, IO_TEST(count));
        if (found != NULL) {
            WdfObjectDereference(found);
        }
        found = next;
        if (++count == 2) {
            break;
        }
    }
    assert_status(status, STATUS_SUCCESS);
    assert_status(WdfIoQueueRetrieveFoundRequest(queue, found, &owned), STATUS_SUCCESS);
    ck_assert_uint_eq(io_code(owned), 1);
    assert_status(WdfIoQueueRetrieveFoundRequest(queue, found, &next), STATUS_NOT_FOUND);
    WdfObjectDereference(found);
    WdfRequestComplete(owned, STATUS_SUCCESS);
    complete_all();
    for (unsigned i = 0; i < 3; i++) {
        io_reap(sent[i]);
    }
    assert_status(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &next), STATUS_NO_MORE_ENTRIES);
    io_close();
}
END_TEST

START_TEST(find_after_a_request_that_is_gone_says_so)
{
    struct bench_request *a;
    WDFREQUEST found;
    WDFREQUEST next;

    io_open(&(struct io_hooks){.add = add_manual});
    a = io_send(IO_TEST(1));
    assert_status(WdfIoQueueFindRequest(queue, NULL, NULL, NULL, &found), STATUS_SUCCESS);
    bench_request_cancel(a);
    assert_status(io_reap(a), STATUS_CANCELLED);
    assert_status(WdfIoQueueFindRequest(queue, found, NULL, NULL, &next), STATUS_NOT_FOUND);
    assert_status(WdfIoQueueRetrieveFoundRequest(queue, found, &next), STATUS_NOT_FOUND);
    WdfObjectDereference(found);
    io_close();
}
END_TEST

/* --- Forwarding, requeuing --- */

START_TEST(forwarded_request_belongs_to_the_other_queue)
{
    struct bench_request *a;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_manual_target});
    a = io_send(IO_TEST(1));
    assert_status(WdfRequestForwardToIoQueue(io_kept[0], other), STATUS_SUCCESS);
    assert_status(WdfIoQueueRetrieveNextRequest(other, &request), STATUS_SUCCESS);
    ck_assert_ptr_eq(request, io_kept[0]);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(request), other);
    WdfRequestComplete(request, STATUS_SUCCESS);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

static VOID
never_called(WDFREQUEST Request)
{
    ck_abort_msg("EvtRequestCancel was called");
}

START_TEST(forwarding_is_refused_as_documented)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_manual_target});
    a = io_send(IO_TEST(1));
    assert_status(WdfRequestForwardToIoQueue(io_kept[0], queue), STATUS_INVALID_DEVICE_REQUEST);
    WdfRequestMarkCancelable(io_kept[0], never_called);
    assert_status(WdfRequestForwardToIoQueue(io_kept[0], other), STATUS_INVALID_DEVICE_REQUEST);
    assert_status(WdfRequestUnmarkCancelable(io_kept[0]), STATUS_SUCCESS);
    WdfIoQueuePurgeSynchronously(other);
    assert_status(WdfRequestForwardToIoQueue(io_kept[0], other), STATUS_WDF_BUSY);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    io_reap(a);
    io_close();
}
END_TEST

static VOID
forward_it(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    assert_status(WdfRequestForwardToIoQueue(Request, other), STATUS_SUCCESS);
}

static NTSTATUS
add_sequential_forwarding(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    make_queue(device, WdfIoQueueDispatchSequential, forward_it);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchManual);
    other = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(forwarding_frees_a_sequential_queue_for_the_next)
{
    struct bench_request *requests[3];
    WDFREQUEST request;
    ULONG waiting;

    io_open(&(struct io_hooks){.add = add_sequential_forwarding});
    for (unsigned i = 0; i < 3; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    (void)WdfIoQueueGetState(other, &waiting, NULL);
    ck_assert_uint_eq(waiting, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_status(WdfIoQueueRetrieveNextRequest(other, &request), STATUS_SUCCESS);
        ck_assert_uint_eq(io_code(request), i);
        WdfRequestComplete(request, STATUS_SUCCESS);
        io_reap(requests[i]);
    }
    io_close();
}
END_TEST

START_TEST(requeued_request_is_the_next_one_again)
{
    struct bench_request *a;
    struct bench_request *b;
    WDFREQUEST request;

    io_open(&(struct io_hooks){.add = add_manual});
    a = io_send(IO_TEST(1));
    b = io_send(IO_TEST(2));
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    assert_status(WdfRequestRequeue(request), STATUS_SUCCESS);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    ck_assert_uint_eq(io_code(request), 1);
    WdfRequestComplete(request, STATUS_SUCCESS);
    complete_all();
    io_reap(a);
    io_reap(b);
    io_close();
}
END_TEST

START_TEST(requeuing_is_for_manual_queues_only)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_parallel});
    a = io_send(IO_TEST(1));
    assert_status(WdfRequestRequeue(io_kept[0]), STATUS_INVALID_DEVICE_REQUEST);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    io_reap(a);
    io_close();
}
END_TEST

/* --- Synchronization and execution level --- */

static KIRQL seen_irql;

static VOID
note_irql(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
          ULONG IoControlCode)
{
    seen_irql = KeGetCurrentIrql();
    if (seen_irql == PASSIVE_LEVEL) {
        ck_assert(KeAreApcsDisabled());
    }
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static WDF_OBJECT_ATTRIBUTES attributes;

static NTSTATUS
add_with_attributes(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = note_irql;
    queue = io_queue(device, &config, &attributes);
    return STATUS_SUCCESS;
}

static void
check_irql(WDF_SYNCHRONIZATION_SCOPE scope, WDF_EXECUTION_LEVEL level, KIRQL expected)
{
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = scope;
    attributes.ExecutionLevel = level;
    seen_irql = HIGH_LEVEL;
    io_open(&(struct io_hooks){.add = add_with_attributes});
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    ck_assert_uint_eq(seen_irql, expected);
    io_close();
}

START_TEST(handlers_run_at_the_irql_of_the_documented_table)
{
    check_irql(WdfSynchronizationScopeQueue, WdfExecutionLevelPassive, PASSIVE_LEVEL);
    check_irql(WdfSynchronizationScopeQueue, WdfExecutionLevelDispatch, DISPATCH_LEVEL);
    check_irql(WdfSynchronizationScopeDevice, WdfExecutionLevelDispatch, DISPATCH_LEVEL);
    check_irql(WdfSynchronizationScopeNone, WdfExecutionLevelPassive, PASSIVE_LEVEL);
}
END_TEST

static NTSTATUS
add_passive_keep(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    make_queue(device, WdfIoQueueDispatchSequential, io_keep);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = note_irql;
    other = io_queue(device, &config, &attributes);
    return STATUS_SUCCESS;
}

START_TEST(passive_queue_delivers_from_a_work_item_when_the_irql_is_too_high)
{
    struct bench_request *a;
    KIRQL irql;

    io_open(&(struct io_hooks){.add = add_passive_keep});
    seen_irql = HIGH_LEVEL;
    a = io_send(IO_TEST(1));
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    assert_status(WdfRequestForwardToIoQueue(io_kept[0], other), STATUS_SUCCESS);
    KeLowerIrql(irql);
    assert_status(io_reap(a), STATUS_SUCCESS);
    ck_assert_uint_eq(seen_irql, PASSIVE_LEVEL);
    io_close();
}
END_TEST

static unsigned depth;
static unsigned deepest;

static VOID
complete_a_kept_one(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                    size_t InputBufferLength, ULONG IoControlCode)
{
    depth++;
    deepest = depth > deepest ? depth : deepest;
    WdfRequestComplete(Request, STATUS_SUCCESS);
    depth--;
}

static NTSTATUS
add_synchronized(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.SynchronizationScope = WdfSynchronizationScopeQueue;
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = complete_a_kept_one;
    queue = io_queue(device, &config, &attributes);
    return STATUS_SUCCESS;
}

START_TEST(synchronized_handlers_do_not_nest)
{
    struct bench_request *requests[8];

    io_open(&(struct io_hooks){.add = add_synchronized});
    WdfIoQueueStop(queue, NULL, NULL);
    for (unsigned i = 0; i < 8; i++) {
        requests[i] = io_send(IO_TEST(i));
    }
    WdfIoQueueStart(queue);
    for (unsigned i = 0; i < 8; i++) {
        assert_status(io_reap(requests[i]), STATUS_SUCCESS);
    }
    ck_assert_uint_eq(deepest, 1);
    io_close();
}
END_TEST

START_TEST(delivery_waits_while_the_driver_holds_the_queues_lock)
{
    struct bench_request *a;

    io_open(&(struct io_hooks){.add = add_synchronized});
    WdfIoQueueStop(queue, NULL, NULL);
    a = io_send(IO_TEST(1));
    WdfObjectAcquireLock(queue);
    WdfIoQueueStart(queue);
    ck_assert(!bench_request_is_done(a));
    WdfObjectReleaseLock(queue);
    assert_status(io_reap(a), STATUS_SUCCESS);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, create_refuses_what_the_documentation_refuses);
    tcase_add_test(tests, handle_of_another_type_is_a_bugcheck);
    tcase_add_test(tests, sequential_delivers_the_next_when_the_last_is_completed);
    tcase_add_test(tests, sequential_lets_the_driver_retrieve_more);
    tcase_add_test(tests, parallel_delivers_as_they_come);
    tcase_add_test(tests, parallel_presents_at_most_the_given_number);
    tcase_add_test(tests, manual_gives_requests_in_order_and_only_when_asked);
    tcase_add_test(tests, retrieving_from_a_parallel_queue_is_refused);
    tcase_add_test(tests, a_long_backlog_completed_in_the_handler_does_not_recurse);
    tcase_add_test(tests, default_handler_gets_what_has_no_handler_of_its_own);
    tcase_add_test(tests, request_without_handler_is_refused);
    tcase_add_test(tests, request_without_queue_is_refused_by_a_function_driver);
    tcase_add_test(tests, empty_transfer_is_completed_without_the_driver);
    tcase_add_test(tests, empty_transfer_is_delivered_to_who_asked_for_it);
    tcase_add_test(tests, configured_request_type_goes_to_its_queue);
    tcase_add_test(tests, ready_callback_comes_when_the_empty_queue_gets_a_request);
    tcase_add_test(tests, ready_callback_waits_for_the_start_of_a_stopped_queue);
    tcase_add_test(tests, ready_callback_is_registered_once_and_taken_back_while_stopped);
    tcase_add_test(tests, ready_callback_is_for_manual_queues_only);
    tcase_add_test(tests, find_walks_the_queue_without_giving_ownership);
    tcase_add_test(tests, find_after_a_request_that_is_gone_says_so);
    tcase_add_test(tests, forwarded_request_belongs_to_the_other_queue);
    tcase_add_test(tests, forwarding_is_refused_as_documented);
    tcase_add_test(tests, forwarding_frees_a_sequential_queue_for_the_next);
    tcase_add_test(tests, requeued_request_is_the_next_one_again);
    tcase_add_test(tests, requeuing_is_for_manual_queues_only);
    tcase_add_test(tests, handlers_run_at_the_irql_of_the_documented_table);
    tcase_add_test(tests, passive_queue_delivers_from_a_work_item_when_the_irql_is_too_high);
    tcase_add_test(tests, synchronized_handlers_do_not_nest);
    tcase_add_test(tests, delivery_waits_while_the_driver_holds_the_queues_lock);
}

int
main(void)
{
    return io_main("queue dispatch", fill);
}
