/* SPDX-License-Identifier: MIT */
/* Where a request's buffers are, for every buffer access method. */
#include "io_fixture.h"

#include <string.h>

static void (*body)(WDFREQUEST request); /* What the handler does before it completes. */
static NTSTATUS result;
static size_t information;
static bool seen;

static void
handle(WDFREQUEST request)
{
    seen = true;
    body(request);
    WdfRequestCompleteWithInformation(request, result, information);
}

static VOID
on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    handle(Request);
}

static VOID
on_transfer(WDFQUEUE Queue, WDFREQUEST Request, size_t Length)
{
    handle(Request);
}

static NTSTATUS
add_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = on_control;
    config.EvtIoInternalDeviceControl = on_control;
    config.EvtIoRead = on_transfer;
    config.EvtIoWrite = on_transfer;
    (void)io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static WDF_DEVICE_IO_TYPE io_type;

static void
init_io_type(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetIoType(init, io_type);
}

static void
open_with(WDF_DEVICE_IO_TYPE type, void (*handler)(WDFREQUEST request))
{
    io_type = type;
    body = handler;
    io_open(&(struct io_hooks){.init = init_io_type, .add = add_queue});
}

static void
done(void)
{
    ck_assert(seen);
    io_close();
}

/* --- Device controls --- */

static void
upper_case(WDFREQUEST request)
{
    char *input;
    char *output;
    size_t input_length;
    size_t output_length;

    assert_status(WdfRequestRetrieveInputBuffer(request, 3, (PVOID *)&input, &input_length),
                  STATUS_SUCCESS);
    assert_status(WdfRequestRetrieveOutputBuffer(request, 4, (PVOID *)&output, &output_length),
                  STATUS_SUCCESS);
    ck_assert_uint_eq(input_length, 3);
    ck_assert_uint_eq(output_length, 4);
    for (size_t i = 0; i < 3; i++) {
        output[i] = (char)(input[i] - 'a' + 'A');
    }
    output[3] = '!';
    information = 4;
}

static void
check_control(ULONG code)
{
    char output[4] = "....";
    size_t size;

    assert_status(bench_ioctl(io.file, code, "abc", 3, output, 4, &size), STATUS_SUCCESS);
    ck_assert_uint_eq(size, 4);
    ck_assert_int_eq(memcmp(output, "ABC!", 4), 0);
}

START_TEST(buffered_control_reads_input_and_writes_output)
{
    open_with(WdfDeviceIoBuffered, upper_case);
    check_control(IO_TEST(1));
    done();
}
END_TEST

START_TEST(direct_control_reads_input_and_writes_output)
{
    open_with(WdfDeviceIoBuffered, upper_case);
    check_control(IO_TEST_OUT(1));
    check_control(IO_TEST_IN(1));
    done();
}
END_TEST

static void
too_small(WDFREQUEST request)
{
    PVOID buffer = NULL;
    size_t length;

    assert_status(WdfRequestRetrieveInputBuffer(request, 4, &buffer, &length),
                  STATUS_BUFFER_TOO_SMALL);
    assert_status(WdfRequestRetrieveInputBuffer(request, SIZE_MAX, &buffer, &length),
                  STATUS_BUFFER_TOO_SMALL);
    assert_status(WdfRequestRetrieveOutputBuffer(request, 0, &buffer, &length),
                  STATUS_BUFFER_TOO_SMALL);
}

START_TEST(too_small_and_empty_buffers_are_refused)
{
    open_with(WdfDeviceIoBuffered, too_small);
    assert_status(bench_ioctl(io.file, IO_TEST(1), "abc", 3, NULL, 0, NULL), STATUS_SUCCESS);
    done();
}
END_TEST

static void
no_access(WDFREQUEST request)
{
    PVOID buffer;
    WDFMEMORY memory;

    assert_status(WdfRequestRetrieveInputBuffer(request, 1, &buffer, NULL),
                  STATUS_INVALID_DEVICE_REQUEST);
    assert_status(WdfRequestRetrieveOutputMemory(request, &memory), STATUS_INVALID_DEVICE_REQUEST);
    assert_status(WdfRequestRetrieveUnsafeUserInputBuffer(request, 1, &buffer, NULL),
                  STATUS_INVALID_DEVICE_REQUEST);
}

START_TEST(neither_control_from_an_application_has_no_safe_buffer)
{
    char output[4];

    open_with(WdfDeviceIoBuffered, no_access);
    assert_status(bench_ioctl(io.file, IO_TEST_NEITHER(1), "abc", 3, output, 4, NULL),
                  STATUS_SUCCESS);
    done();
}
END_TEST

START_TEST(neither_internal_control_has_its_buffers)
{
    char output[4] = "....";

    open_with(WdfDeviceIoBuffered, upper_case);
    assert_status(bench_internal_ioctl(io.file, IO_TEST_NEITHER(1), "abc", 3, output, 4, NULL),
                  STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(output, "ABC!", 4), 0);
    done();
}
END_TEST

/* --- Reads and writes --- */

static void
fill_output(WDFREQUEST request)
{
    PVOID buffer;
    size_t length;

    assert_status(WdfRequestRetrieveInputBuffer(request, 1, &buffer, &length),
                  STATUS_INVALID_DEVICE_REQUEST);
    assert_status(WdfRequestRetrieveOutputBuffer(request, 1, &buffer, &length), STATUS_SUCCESS);
    memset(buffer, 'x', length);
    information = length;
}

static void
check_read(WDF_DEVICE_IO_TYPE type)
{
    char buffer[5000];
    size_t size;

    open_with(type, fill_output);
    assert_status(bench_read(io.file, buffer, sizeof(buffer), &size), STATUS_SUCCESS);
    ck_assert_uint_eq(size, sizeof(buffer));
    ck_assert_int_eq(buffer[0], 'x');
    ck_assert_int_eq(buffer[4999], 'x');
    done();
}

START_TEST(buffered_read_has_an_output_buffer)
{
    check_read(WdfDeviceIoBuffered);
}
END_TEST

START_TEST(direct_read_has_an_output_buffer)
{
    check_read(WdfDeviceIoDirect);
}
END_TEST

static char written[16];

static void
take_input(WDFREQUEST request)
{
    PVOID buffer;
    size_t length;

    assert_status(WdfRequestRetrieveOutputBuffer(request, 1, &buffer, &length),
                  STATUS_INVALID_DEVICE_REQUEST);
    assert_status(WdfRequestRetrieveInputBuffer(request, 1, &buffer, &length), STATUS_SUCCESS);
    memcpy(written, buffer, length);
    information = length;
}

START_TEST(buffered_and_direct_writes_have_an_input_buffer)
{
    for (unsigned round = 0; round < 2; round++) {
        memset(written, 0, sizeof(written));
        open_with(round == 0 ? WdfDeviceIoBuffered : WdfDeviceIoDirect, take_input);
        assert_status(bench_write(io.file, "hello", 6, NULL), STATUS_SUCCESS);
        ck_assert_str_eq(written, "hello");
        done();
    }
}
END_TEST

/* --- Memory objects, MDLs --- */

static void
use_memory(WDFREQUEST request)
{
    WDFMEMORY input;
    WDFMEMORY again;
    WDFMEMORY output;
    char text[3];
    size_t size;
    PMDL mdl;

    assert_status(WdfRequestRetrieveInputMemory(request, &input), STATUS_SUCCESS);
    assert_status(WdfRequestRetrieveInputMemory(request, &again), STATUS_SUCCESS);
    ck_assert_ptr_eq(input, again);
    assert_status(WdfRequestRetrieveOutputMemory(request, &output), STATUS_SUCCESS);
    (void)WdfMemoryGetBuffer(output, &size);
    ck_assert_uint_eq(size, 4);
    assert_status(WdfMemoryCopyToBuffer(input, 0, text, 3), STATUS_SUCCESS);
    assert_status(WdfMemoryCopyFromBuffer(output, 1, text, 3), STATUS_SUCCESS);
    assert_status(WdfRequestRetrieveInputWdmMdl(request, &mdl), STATUS_SUCCESS);
    ck_assert_uint_eq(MmGetMdlByteCount(mdl), 3);
    assert_status(WdfRequestRetrieveOutputWdmMdl(request, &mdl), STATUS_SUCCESS);
    ck_assert_uint_eq(MmGetMdlByteCount(mdl), 4);
    information = 4;
}

START_TEST(memory_objects_describe_the_buffers)
{
    char output[4] = "....";

    open_with(WdfDeviceIoBuffered, use_memory);
    assert_status(bench_ioctl(io.file, IO_TEST_OUT(1), "abc", 3, output, 4, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(output + 1, "abc", 3), 0);
    done();
}
END_TEST

/* --- EvtIoInCallerContext --- */

static WDFMEMORY locked;
static NTSTATUS enqueued;

typedef struct data {
    WDFMEMORY memory;
} REQUEST_DATA;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(REQUEST_DATA, context_of)

static VOID
in_caller_context(WDFDEVICE Device, WDFREQUEST Request)
{
    PVOID buffer;
    size_t length;

    ck_assert_ptr_null(WdfRequestGetIoQueue(Request));
    assert_status(WdfRequestRetrieveUnsafeUserInputBuffer(Request, 1, &buffer, &length),
                  STATUS_SUCCESS);
    ck_assert_uint_eq(length, 3);
    assert_status(WdfRequestProbeAndLockUserBufferForRead(Request, buffer, 0, &locked),
                  STATUS_INVALID_USER_BUFFER);
    assert_status(WdfRequestProbeAndLockUserBufferForRead(Request, (PVOID)8, 3, &locked),
                  STATUS_ACCESS_VIOLATION);
    assert_status(WdfRequestProbeAndLockUserBufferForRead(Request, buffer, length,
                                                          &context_of(Request)->memory),
                  STATUS_SUCCESS);
    enqueued = WdfDeviceEnqueueRequest(Device, Request);
}

static void
init_in_caller_context(PWDFDEVICE_INIT init)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, REQUEST_DATA);
    WdfDeviceInitSetRequestAttributes(init, &attributes);
    WdfDeviceInitSetIoInCallerContextCallback(init, in_caller_context);
}

static void
use_locked(WDFREQUEST request)
{
    char text[3];

    assert_status(WdfMemoryCopyToBuffer(context_of(request)->memory, 0, text, 3), STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(text, "abc", 3), 0);
}

START_TEST(in_caller_context_locks_the_callers_buffer)
{
    body = use_locked;
    io_open(&(struct io_hooks){.init = init_in_caller_context, .add = add_queue});
    assert_status(bench_ioctl(io.file, IO_TEST_NEITHER(1), "abc", 3, NULL, 0, NULL),
                  STATUS_SUCCESS);
    assert_status(enqueued, STATUS_SUCCESS);
    done();
}
END_TEST

static VOID
lock_output(WDFDEVICE Device, WDFREQUEST Request)
{
    PVOID buffer;
    size_t length;

    assert_status(WdfRequestRetrieveUnsafeUserOutputBuffer(Request, 5, &buffer, &length),
                  STATUS_BUFFER_TOO_SMALL);
    assert_status(WdfRequestRetrieveUnsafeUserOutputBuffer(Request, 4, &buffer, &length),
                  STATUS_SUCCESS);
    ck_assert_uint_eq(length, 4);
    assert_status(WdfRequestProbeAndLockUserBufferForWrite(Request, (PVOID)8, 4, &locked),
                  STATUS_ACCESS_VIOLATION);
    assert_status(WdfRequestProbeAndLockUserBufferForWrite(Request, buffer, length,
                                                           &context_of(Request)->memory),
                  STATUS_SUCCESS);
    enqueued = WdfDeviceEnqueueRequest(Device, Request);
}

static void
init_lock_output(PWDFDEVICE_INIT init)
{
    init_in_caller_context(init);
    WdfDeviceInitSetIoInCallerContextCallback(init, lock_output);
}

static void
write_locked(WDFREQUEST request)
{
    assert_status(WdfMemoryCopyFromBuffer(context_of(request)->memory, 1, "xy", 2), STATUS_SUCCESS);
    information = 4;
}

START_TEST(locked_output_buffer_is_the_callers)
{
    char output[4] = "....";
    size_t size;

    body = write_locked;
    io_open(&(struct io_hooks){.init = init_lock_output, .add = add_queue});
    assert_status(bench_ioctl(io.file, IO_TEST_NEITHER(1), NULL, 0, output, 4, &size),
                  STATUS_SUCCESS);
    assert_status(enqueued, STATUS_SUCCESS);
    ck_assert_uint_eq(size, 4);
    ck_assert_int_eq(memcmp(output, ".xy.", 4), 0);
    done();
}
END_TEST

static VOID
enqueue_nowhere(WDFDEVICE Device, WDFREQUEST Request)
{
    enqueued = WdfDeviceEnqueueRequest(Device, Request);
    WdfRequestComplete(Request, enqueued);
}

static void
init_enqueue_nowhere(PWDFDEVICE_INIT init)
{
    WdfDeviceInitSetIoInCallerContextCallback(init, enqueue_nowhere);
}

START_TEST(enqueue_without_a_queue_is_refused)
{
    io_open(&(struct io_hooks){.init = init_enqueue_nowhere});
    assert_status(io_control(IO_TEST(1)), STATUS_INVALID_DEVICE_REQUEST);
    assert_status(enqueued, STATUS_INVALID_DEVICE_REQUEST);
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, buffered_control_reads_input_and_writes_output);
    tcase_add_test(tests, direct_control_reads_input_and_writes_output);
    tcase_add_test(tests, too_small_and_empty_buffers_are_refused);
    tcase_add_test(tests, neither_control_from_an_application_has_no_safe_buffer);
    tcase_add_test(tests, neither_internal_control_has_its_buffers);
    tcase_add_test(tests, buffered_read_has_an_output_buffer);
    tcase_add_test(tests, direct_read_has_an_output_buffer);
    tcase_add_test(tests, buffered_and_direct_writes_have_an_input_buffer);
    tcase_add_test(tests, memory_objects_describe_the_buffers);
    tcase_add_test(tests, in_caller_context_locks_the_callers_buffer);
    tcase_add_test(tests, locked_output_buffer_is_the_callers);
    tcase_add_test(tests, enqueue_without_a_queue_is_refused);
}

int
main(void)
{
    return io_main("request buffers", fill);
}
