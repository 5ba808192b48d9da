/* SPDX-License-Identifier: MIT */
/* A bus whose children's requests go on to its own queues: WdfRequestForwardToParentDeviceIoQueue. */
#include "io_fixture.h"

#include <wdfpdo.h>

#include <string.h>

static const GUID child_interface = {
    0x51d7c0aa, 0x0b1e, 0x4a55, {0x9d, 0x2f, 0x6c, 0x10, 0x4e, 0x88, 0x2b, 0x31}};

static WDFDEVICE child;
static WDFQUEUE parent_queue, child_queue;
static bool allowed = true;
static NTSTATUS forwarded;
static ULONG flags = WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET;
static WDFQUEUE destination; /* NULL: the parent's. */

static VOID
on_child_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                 size_t InputBufferLength, ULONG IoControlCode)
{
    WDF_REQUEST_FORWARD_OPTIONS options;

    WDF_REQUEST_FORWARD_OPTIONS_INIT(&options);
    options.Flags = flags;
    forwarded = WdfRequestForwardToParentDeviceIoQueue(
        Request, destination != NULL ? destination : parent_queue, &options);
    if (!NT_SUCCESS(forwarded)) {
        WdfRequestComplete(Request, STATUS_UNSUCCESSFUL);
    }
}

/* The parent's: adds one to each byte. */
static VOID
on_parent_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength,
                  size_t InputBufferLength, ULONG IoControlCode)
{
    char *bytes;
    size_t length;

    ck_assert_ptr_eq(WdfIoQueueGetDevice(Queue), io.handle);
    ck_assert_ptr_eq(WdfRequestGetIoQueue(Request), parent_queue);
    if (IoControlCode == IO_TEST(2)) {
        io_keep(Queue, Request, OutputBufferLength, InputBufferLength, IoControlCode);
        return;
    }
    assert_status(WdfRequestRetrieveOutputBuffer(Request, 1, (PVOID *)&bytes, &length),
                  STATUS_SUCCESS);
    for (size_t i = 0; i < length; i++) {
        bytes[i]++;
    }
    WdfRequestCompleteWithInformation(Request, STATUS_SUCCESS, length);
}

static void
make_child(WDFDEVICE parent)
{
    DECLARE_CONST_UNICODE_STRING(id, L"CONFORM\\Child");
    DECLARE_CONST_UNICODE_STRING(instance, L"1");
    static const GUID class = {
        0x4d36e97d, 0xe325, 0x11ce, {0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18}};
    WDF_DEVICE_PNP_CAPABILITIES capabilities;
    WDF_IO_QUEUE_CONFIG config;
    PWDFDEVICE_INIT init = WdfPdoInitAllocate(parent);

    ck_assert_ptr_nonnull(init);
    WdfDeviceInitSetDeviceType(init, FILE_DEVICE_UNKNOWN);
    assert_status(WdfPdoInitAssignRawDevice(init, &class), STATUS_SUCCESS);
    assert_status(WdfPdoInitAssignDeviceID(init, &id), STATUS_SUCCESS);
    assert_status(WdfPdoInitAddHardwareID(init, &id), STATUS_SUCCESS);
    assert_status(WdfPdoInitAssignInstanceID(init, &instance), STATUS_SUCCESS);
    if (allowed) {
        WdfPdoInitAllowForwardingRequestToParent(init);
    }
    assert_status(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &child), STATUS_SUCCESS);
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&capabilities);
    capabilities.UniqueID = WdfTrue;
    WdfDeviceSetPnpCapabilities(child, &capabilities);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_child_control;
    child_queue = io_queue(child, &config, WDF_NO_OBJECT_ATTRIBUTES);
    assert_status(WdfDeviceCreateDeviceInterface(child, &child_interface, NULL), STATUS_SUCCESS);
    assert_status(WdfFdoAddStaticChild(parent, child), STATUS_SUCCESS);
}

static NTSTATUS
add(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDeviceControl = on_parent_control;
    parent_queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    make_child(device);
    return STATUS_SUCCESS;
}

static struct bench_file *child_file;

static void
start(void)
{
    destination = NULL;
    io_open(&(struct io_hooks){.add = add, .no_file = true});
    bench_wait_quiet(io.bench);
    ck_assert_msg(bench_ok(bench_open_interface(io.bench, (const struct _GUID *)&child_interface, 0,
                                                BENCH_READ | BENCH_WRITE, &child_file)),
                  "%s\n%s", bench_error(), bench_output(io.bench));
}

static void
end(void)
{
    bench_close(child_file);
    io_close();
}

START_TEST(parent_serves_the_childs_request)
{
    char bytes[3] = {'a', 'b', 'c'};
    size_t size;

    start();
    /* More than the queues keep for reuse, so that each one's requests go back where they came from. */
    for (int i = 0; i < 40; i++) {
        assert_status(bench_ioctl(child_file, IO_TEST(1), bytes, 3, bytes, 3, &size),
                      STATUS_SUCCESS);
        ck_assert_uint_eq(size, 3);
        assert_status(forwarded, STATUS_SUCCESS);
    }
    ck_assert_uint_eq((unsigned char)bytes[0], (unsigned char)('a' + 40));
    end();
}
END_TEST

START_TEST(forwarded_request_can_be_cancelled)
{
    struct bench_request *request;

    start();
    WdfIoQueueStopSynchronously(parent_queue);
    request = bench_request_create(io.bench, NULL, NULL);
    bench_request_ioctl(request, child_file, IO_TEST(1), NULL, 0, NULL, 0);
    assert_status(forwarded, STATUS_SUCCESS);
    ck_assert(!bench_request_is_done(request));
    bench_request_cancel(request);
    assert_status(bench_request_wait(request, -1, NULL), STATUS_CANCELLED);
    bench_request_delete(request);
    WdfIoQueueStart(parent_queue);
    end();
}
END_TEST

START_TEST(several_requests_are_with_the_parent_at_once)
{
    struct bench_request *requests[20];

    start();
    for (int i = 0; i < 20; i++) {
        requests[i] = bench_request_create(io.bench, NULL, NULL);
        bench_request_ioctl(requests[i], child_file, IO_TEST(2), NULL, 0, NULL, 0);
    }
    ck_assert_uint_eq(io_kept_count, 20);
    for (int i = 0; i < 20; i++) {
        WdfRequestComplete(io_kept[i], STATUS_SUCCESS);
        assert_status(bench_request_wait(requests[i], -1, NULL), STATUS_SUCCESS);
        bench_request_delete(requests[i]);
    }
    end();
}
END_TEST

START_TEST(bad_forwards_are_refused)
{
    start();
    flags = 0;
    assert_status(bench_ioctl(child_file, IO_TEST(1), NULL, 0, NULL, 0, NULL), STATUS_UNSUCCESSFUL);
    assert_status(forwarded, STATUS_INVALID_PARAMETER);
    flags = WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET;
    destination = child_queue;
    (void)bench_ioctl(child_file, IO_TEST(1), NULL, 0, NULL, 0, NULL);
    assert_status(forwarded, STATUS_INVALID_DEVICE_REQUEST);
    end();
}
END_TEST

START_TEST(forwarding_must_have_been_allowed)
{
    allowed = false;
    start();
    (void)bench_ioctl(child_file, IO_TEST(1), NULL, 0, NULL, 0, NULL);
    assert_status(forwarded, STATUS_INVALID_DEVICE_REQUEST);
    end();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, parent_serves_the_childs_request);
    tcase_add_test(tests, forwarded_request_can_be_cancelled);
    tcase_add_test(tests, several_requests_are_with_the_parent_at_once);
    tcase_add_test(tests, bad_forwards_are_refused);
    tcase_add_test(tests, forwarding_must_have_been_allowed);
}

int
main(void)
{
    return io_main("forward_parent", fill);
}
