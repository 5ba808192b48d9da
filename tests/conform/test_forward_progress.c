/* SPDX-License-Identifier: MIT */
/* Guaranteed forward progress, and requests that the driver sends to a queue by their IRP. */
#include "io_fixture.h"

#include <string.h>

/* --- Reserved requests ----------------------------------------------------------------------- */

static WDFQUEUE queue;
static unsigned reserved_made, new_asked, examined;
static NTSTATUS new_answer;
static WDF_IO_FORWARD_PROGRESS_ACTION examine_answer;
static WDFREQUEST first_reserved;

static NTSTATUS
for_reserved(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory;

    ck_assert(WdfRequestIsReserved(Request));
    if (reserved_made++ == 0) {
        first_reserved = Request;
    }
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = Request;
    return WdfMemoryCreate(&attributes, NonPagedPoolNx, 0, 64, &memory, NULL);
}

static NTSTATUS
for_new(WDFQUEUE Queue, WDFREQUEST Request)
{
    ck_assert_ptr_eq(Queue, queue);
    ck_assert(!WdfRequestIsReserved(Request));
    new_asked++;
    return new_answer;
}

static WDF_IO_FORWARD_PROGRESS_ACTION
examine(WDFQUEUE Queue, PIRP Irp)
{
    examined++;
    ck_assert_uint_eq(IoGetCurrentIrpStackLocation(Irp)->MajorFunction, IRP_MJ_DEVICE_CONTROL);
    return examine_answer;
}

static WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY policy;

static NTSTATUS
add(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return WdfIoQueueAssignForwardProgressPolicy(queue, &policy);
}

static void
start(void)
{
    policy.EvtIoAllocateResourcesForReservedRequest = for_reserved;
    policy.EvtIoAllocateRequestResources = for_new;
    io_open(&(struct io_hooks){.add = add});
}

/* Request objects cannot be allocated any more. */
static bool
refuse_requests(void *argument, size_t size, uint32_t tag)
{
    return tag == 'RxF';
}

static void
no_memory(void)
{
    bench_set_pool_failure(io.bench, refuse_requests, NULL);
}

static void
memory_again(void)
{
    bench_set_pool_failure(io.bench, NULL, NULL);
}

/* Takes the request objects that are kept for speed. */
static struct bench_request *held[4];

static void
use_up_kept_requests(void)
{
    for (unsigned i = 0; i < RTL_NUMBER_OF(held); i++) {
        unsigned before = io_kept_count;

        held[i] = io_send(IO_TEST(1));
        ck_assert_uint_eq(io_kept_count, before + 1);
        if (WdfRequestIsReserved(io_kept[before])) {
            WdfRequestComplete(io_kept[before], STATUS_SUCCESS);
            assert_status(io_reap(held[i]), STATUS_SUCCESS);
            held[i] = NULL;
            io_kept_count = before;
            return;
        }
    }
}

static void
end_held(void)
{
    for (unsigned i = 0; i < RTL_NUMBER_OF(held) && held[i] != NULL; i++) {
        WdfRequestComplete(io_kept[i], STATUS_SUCCESS);
        assert_status(io_reap(held[i]), STATUS_SUCCESS);
        held[i] = NULL;
    }
}

START_TEST(driver_prepares_every_reserved_request)
{
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 3);
    start();
    ck_assert_uint_eq(reserved_made, 3);
    ck_assert_uint_eq(new_asked, 0);
    io_close();
}
END_TEST

START_TEST(new_request_is_used_while_the_driver_has_what_it_needs)
{
    struct bench_request *request;

    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 1);
    start();
    request = io_send(IO_TEST(1));
    ck_assert_uint_eq(new_asked, 1);
    ck_assert(!WdfRequestIsReserved(io_kept[0]));
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(request), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(reserved_request_is_used_when_the_driver_lacks_something)
{
    struct bench_request *request;

    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_PAGINGIO_INIT(&policy, 1);
    start();
    new_answer = STATUS_INSUFFICIENT_RESOURCES;
    for (int i = 0; i < 3; i++) {
        request = io_send(IO_TEST(1));
        ck_assert_ptr_eq(io_kept[i], first_reserved);
        ck_assert(WdfRequestIsReserved(io_kept[i]));
        ck_assert_ptr_eq(WdfRequestGetIoQueue(io_kept[i]), queue);
        WdfRequestCompleteWithInformation(io_kept[i], STATUS_SUCCESS, 0);
        assert_status(io_reap(request), STATUS_SUCCESS);
    }
    ck_assert_uint_eq(reserved_made, 1);
    io_close();
}
END_TEST

START_TEST(request_waits_when_all_reserved_ones_are_out)
{
    struct bench_request *first, *second, *third;

    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 1);
    start();
    new_answer = STATUS_INSUFFICIENT_RESOURCES;
    first = io_send(IO_TEST(1));
    second = io_send(IO_TEST(2));
    third = io_send(IO_TEST(3));
    ck_assert_uint_eq(io_kept_count, 1);
    bench_request_cancel(second);
    assert_status(io_reap(second), STATUS_CANCELLED);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(first), STATUS_SUCCESS);
    ck_assert_uint_eq(io_kept_count, 2);
    ck_assert_uint_eq(io_code(io_kept[1]), 3);
    WdfRequestComplete(io_kept[1], STATUS_SUCCESS);
    assert_status(io_reap(third), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(purge_ends_what_waits_for_a_reserved_request)
{
    struct bench_request *first, *second;

    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 1);
    start();
    new_answer = STATUS_INSUFFICIENT_RESOURCES;
    first = io_send(IO_TEST(1));
    second = io_send(IO_TEST(2));
    WdfIoQueuePurge(queue, NULL, NULL);
    assert_status(io_reap(second), STATUS_CANCELLED);
    WdfRequestComplete(io_kept[0], STATUS_SUCCESS);
    assert_status(io_reap(first), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(always_policy_serves_without_memory)
{
    struct bench_request *request;

    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 1);
    start();
    no_memory();
    use_up_kept_requests();
    request = io_send(IO_TEST(1));
    ck_assert(WdfRequestIsReserved(io_kept[io_kept_count - 1]));
    WdfRequestComplete(io_kept[io_kept_count - 1], STATUS_SUCCESS);
    assert_status(io_reap(request), STATUS_SUCCESS);
    end_held();
    memory_again();
    io_close();
}
END_TEST

START_TEST(paging_policy_fails_what_is_not_paging)
{
    struct bench_request *request;

    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_PAGINGIO_INIT(&policy, 1);
    start();
    no_memory();
    for (;;) {
        unsigned before = io_kept_count;

        request = io_send(IO_TEST(1));
        if (io_kept_count == before) {
            break;
        }
        ck_assert_uint_lt(before, RTL_NUMBER_OF(held));
        held[before] = request;
    }
    assert_status(io_reap(request), STATUS_INSUFFICIENT_RESOURCES);
    end_held();
    memory_again();
    io_close();
}
END_TEST

START_TEST(examine_policy_asks_the_driver)
{
    struct bench_request *request;

    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_EXAMINE_INIT(&policy, 1, examine);
    start();
    no_memory();
    examine_answer = WdfIoForwardProgressActionUseReservedRequest;
    use_up_kept_requests();
    ck_assert_uint_eq(examined, 1);
    examine_answer = WdfIoForwardProgressActionFailRequest;
    request = io_send(IO_TEST(1));
    assert_status(io_reap(request), STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_uint_eq(examined, 2);
    end_held();
    memory_again();
    io_close();
}
END_TEST

static NTSTATUS seen[5];

static NTSTATUS
add_badly(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = io_keep;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 0);
    seen[0] = WdfIoQueueAssignForwardProgressPolicy(queue, &policy);
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_EXAMINE_INIT(&policy, 1, NULL);
    seen[1] = WdfIoQueueAssignForwardProgressPolicy(queue, &policy);
    policy.Size--;
    seen[2] = WdfIoQueueAssignForwardProgressPolicy(queue, &policy);
    WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(&policy, 1);
    seen[3] = WdfIoQueueAssignForwardProgressPolicy(queue, &policy);
    seen[4] = WdfIoQueueAssignForwardProgressPolicy(queue, &policy);
    return STATUS_SUCCESS;
}

START_TEST(bad_policy_is_refused)
{
    io_open(&(struct io_hooks){.add = add_badly});
    assert_status(seen[0], STATUS_INVALID_PARAMETER);
    assert_status(seen[1], STATUS_INVALID_PARAMETER);
    assert_status(seen[2], STATUS_INFO_LENGTH_MISMATCH);
    assert_status(seen[3], STATUS_SUCCESS);
    assert_status(seen[4], STATUS_INVALID_PARAMETER);
    io_close();
}
END_TEST

/* --- Queues by IRP --------------------------------------------------------------------------- */

static WDFQUEUE special;
static unsigned in_special, in_default, in_context;
static ULONG dispatch_flags;
static int dispatch_context;

static VOID
on_special(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    in_special++;
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID
on_default(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    in_default++;
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static VOID
on_in_context(WDFDEVICE Device, WDFREQUEST Request)
{
    in_context++;
    assert_status(WdfDeviceEnqueueRequest(Device, Request), STATUS_SUCCESS);
}

/* Odd codes go to the special queue, 8 is completed here, others by default. */
static NTSTATUS
on_irp(WDFDEVICE Device, UCHAR MajorFunction, UCHAR MinorFunction, ULONG Code,
       WDFCONTEXT DriverContext, PIRP Irp, WDFCONTEXT DispatchContext)
{
    unsigned function = (Code >> 2 & 0xFFF) - 0x800;

    ck_assert_ptr_eq(DriverContext, &dispatch_context);
    ck_assert_uint_eq(MajorFunction, IRP_MJ_DEVICE_CONTROL);
    if (function == 8) {
        Irp->IoStatus.Status = STATUS_DEVICE_BUSY;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return STATUS_DEVICE_BUSY;
    }
    return function % 2 != 0
               ? WdfDeviceWdmDispatchIrpToIoQueue(Device, Irp, special, dispatch_flags)
               : WdfDeviceWdmDispatchIrp(Device, Irp, DispatchContext);
}

static NTSTATUS
on_preprocess(WDFDEVICE Device, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return WdfDeviceWdmDispatchIrpToIoQueue(Device, Irp, special,
                                            WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP);
}

static void
init_in_context(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetIoInCallerContextCallback(init, on_in_context);
}

static void
init_preprocess(PWDFDEVICE_INIT init)
{
    assert_status(WdfDeviceInitAssignWdmIrpPreprocessCallback(init, on_preprocess,
                                                              IRP_MJ_DEVICE_CONTROL, NULL, 0),
                  STATUS_SUCCESS);
}

static NTSTATUS
add_two_queues(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_default;
    (void)io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = on_special;
    special = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static NTSTATUS
add_with_dispatch(WDFDEVICE device)
{
    (void)add_two_queues(device);
    assert_status(
        WdfDeviceConfigureWdmIrpDispatchCallback(device, WdfGetDriver(), IRP_MJ_PNP, on_irp, NULL),
        STATUS_INVALID_PARAMETER);
    return WdfDeviceConfigureWdmIrpDispatchCallback(device, NULL, IRP_MJ_DEVICE_CONTROL, on_irp,
                                                    &dispatch_context);
}

START_TEST(driver_chooses_the_queue_of_an_irp)
{
    io_open(&(struct io_hooks){.add = add_with_dispatch});
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    ck_assert_uint_eq(in_special, 1);
    assert_status(io_control(IO_TEST(2)), STATUS_SUCCESS);
    ck_assert_uint_eq(in_default, 1);
    assert_status(io_control(IO_TEST(8)), STATUS_DEVICE_BUSY);
    ck_assert_uint_eq(in_default + in_special, 2);
    io_close();
}
END_TEST

START_TEST(caller_context_is_invoked_when_asked_for)
{
    io_open(&(struct io_hooks){.init = init_in_context, .add = add_with_dispatch});
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    ck_assert_uint_eq(in_context, 0);
    dispatch_flags = WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK;
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    ck_assert_uint_eq(in_context, 1);
    ck_assert_uint_eq(in_special, 2);
    assert_status(io_control(IO_TEST(2)), STATUS_SUCCESS);
    ck_assert_uint_eq(in_context, 2);
    ck_assert_uint_eq(in_default, 1);
    io_close();
}
END_TEST

START_TEST(preprocess_callback_chooses_the_queue)
{
    io_open(&(struct io_hooks){.init = init_preprocess, .add = add_two_queues});
    assert_status(io_control(IO_TEST(2)), STATUS_SUCCESS);
    ck_assert_uint_eq(in_special, 1);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, driver_prepares_every_reserved_request);
    tcase_add_test(tests, new_request_is_used_while_the_driver_has_what_it_needs);
    tcase_add_test(tests, reserved_request_is_used_when_the_driver_lacks_something);
    tcase_add_test(tests, request_waits_when_all_reserved_ones_are_out);
    tcase_add_test(tests, purge_ends_what_waits_for_a_reserved_request);
    tcase_add_test(tests, always_policy_serves_without_memory);
    tcase_add_test(tests, paging_policy_fails_what_is_not_paging);
    tcase_add_test(tests, examine_policy_asks_the_driver);
    tcase_add_test(tests, bad_policy_is_refused);
    tcase_add_test(tests, driver_chooses_the_queue_of_an_irp);
    tcase_add_test(tests, caller_context_is_invoked_when_asked_for);
    tcase_add_test(tests, preprocess_callback_chooses_the_queue);
}

int
main(void)
{
    return io_main("forward_progress", fill);
}
