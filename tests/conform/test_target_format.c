/* SPDX-License-Identifier: MIT */
/* What a request says to the lower driver after each way of formatting it, and what comes back. */
#include "io_fixture.h"
#include "lower_driver.h"

#include <string.h>

static struct bench_driver *below_driver;
static WDFREQUEST request;

static WDFIOTARGET
target(void)
{
    return WdfDeviceGetIoTarget(io.handle);
}

static void
open_stack(void)
{
    memset(&below, 0, sizeof(below));
    io_bench();
    ck_assert(bench_ok(bench_driver_load_entry(io.bench, "below", lower_entry, &below_driver)));
    io_start(&(struct io_hooks){.lower = below_driver, .no_file = true});
    assert_status(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, target(), &request), STATUS_SUCCESS);
}

static void
close_stack(void)
{
    WdfObjectDelete(request);
    io_close();
}

static WDFMEMORY
memory_of(const char *text)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory;
    PVOID buffer;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = request;
    assert_status(WdfMemoryCreate(&attributes, NonPagedPoolNx, 0, strlen(text), &memory, &buffer),
                  STATUS_SUCCESS);
    memcpy(buffer, text, strlen(text));
    return memory;
}

static WDF_REQUEST_COMPLETION_PARAMS seen_params;
static unsigned seen;

static VOID
on_sent(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_COMPLETION_PARAMS Params,
        WDFCONTEXT Context)
{
    seen++;
    seen_params = *Params;
}

static void
send(void)
{
    unsigned before = seen;

    WdfRequestSetCompletionRoutine(request, on_sent, NULL);
    ck_assert(WdfRequestSend(request, target(), WDF_NO_SEND_OPTIONS));
    ck_assert_uint_eq(seen, before + 1);
}

START_TEST(write_sends_the_memory_from_its_offset)
{
    WDFMEMORY_OFFSET offset = {.BufferOffset = 2, .BufferLength = 3};
    LONGLONG device_offset = 4096;
    WDFMEMORY memory;

    open_stack();
    memory = memory_of("abcdefgh");
    assert_status(
        WdfIoTargetFormatRequestForWrite(target(), request, memory, &offset, &device_offset),
        STATUS_SUCCESS);
    send();
    ck_assert_uint_eq(below.last.MajorFunction, IRP_MJ_WRITE);
    ck_assert_uint_eq(below.last.Parameters.Write.Length, 3);
    ck_assert_int_eq(below.last.Parameters.Write.ByteOffset.QuadPart, 4096);
    ck_assert_ptr_eq(below.system_buffer, (char *)WdfMemoryGetBuffer(memory, NULL) + 2);
    ck_assert_int_eq(seen_params.Type, WdfRequestTypeWrite);
    ck_assert_ptr_eq(seen_params.Parameters.Write.Buffer, memory);
    ck_assert_uint_eq(seen_params.Parameters.Write.Length, 3);
    ck_assert_uint_eq(seen_params.Parameters.Write.Offset, 2);
    close_stack();
}
END_TEST

START_TEST(write_beyond_the_memory_is_refused)
{
    WDFMEMORY_OFFSET beyond = {.BufferOffset = 6, .BufferLength = 3};
    WDFMEMORY_OFFSET overflow = {.BufferOffset = 4, .BufferLength = (size_t)-2};

    open_stack();
    assert_status(
        WdfIoTargetFormatRequestForWrite(target(), request, memory_of("abcdefgh"), &beyond, NULL),
        STATUS_INVALID_DEVICE_REQUEST);
    assert_status(
        WdfIoTargetFormatRequestForWrite(target(), request, memory_of("abcdefgh"), &overflow, NULL),
        STATUS_INVALID_DEVICE_REQUEST);
    close_stack();
}
END_TEST

/* --- Ranges that the memory does not have ------------------------------------------------------ */

enum form {
    READ,
    WRITE,
    IOCTL_IN,
    IOCTL_OUT,
    INTERNAL_IN,
    INTERNAL_OUT,
    OTHERS_1,
    OTHERS_2,
    OTHERS_4,
    FORMS
};

static NTSTATUS
format_as(enum form form, WDFREQUEST request, WDFMEMORY memory, WDFMEMORY_OFFSET *offset)
{
    switch (form) {
    case READ:
        return WdfIoTargetFormatRequestForRead(target(), request, memory, offset, NULL);
    case WRITE:
        return WdfIoTargetFormatRequestForWrite(target(), request, memory, offset, NULL);
    case IOCTL_IN:
        return WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(1), memory, offset, NULL,
                                                NULL);
    case IOCTL_OUT:
        return WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(1), NULL, NULL, memory,
                                                offset);
    case INTERNAL_IN:
        return WdfIoTargetFormatRequestForInternalIoctl(target(), request, IO_TEST(1), memory,
                                                        offset, NULL, NULL);
    case INTERNAL_OUT:
        return WdfIoTargetFormatRequestForInternalIoctl(target(), request, IO_TEST(1), NULL, NULL,
                                                        memory, offset);
    case OTHERS_1:
        return WdfIoTargetFormatRequestForInternalIoctlOthers(target(), request, IO_TEST(1), memory,
                                                              offset, NULL, NULL, NULL, NULL);
    case OTHERS_2:
        return WdfIoTargetFormatRequestForInternalIoctlOthers(target(), request, IO_TEST(1), NULL,
                                                              NULL, memory, offset, NULL, NULL);
    default:
        return WdfIoTargetFormatRequestForInternalIoctlOthers(target(), request, IO_TEST(1), NULL,
                                                              NULL, NULL, NULL, memory, offset);
    }
}

static NTSTATUS
send_as(enum form form, WDF_MEMORY_DESCRIPTOR *descriptor)
{
    switch (form) {
    case READ:
        return WdfIoTargetSendReadSynchronously(target(), NULL, descriptor, NULL, NULL, NULL);
    case WRITE:
        return WdfIoTargetSendWriteSynchronously(target(), NULL, descriptor, NULL, NULL, NULL);
    case IOCTL_IN:
        return WdfIoTargetSendIoctlSynchronously(target(), NULL, IO_TEST(1), descriptor, NULL, NULL,
                                                 NULL);
    case IOCTL_OUT:
        return WdfIoTargetSendIoctlSynchronously(target(), NULL, IO_TEST(1), NULL, descriptor, NULL,
                                                 NULL);
    case INTERNAL_IN:
        return WdfIoTargetSendInternalIoctlSynchronously(target(), NULL, IO_TEST(1), descriptor,
                                                         NULL, NULL, NULL);
    case INTERNAL_OUT:
        return WdfIoTargetSendInternalIoctlSynchronously(target(), NULL, IO_TEST(1), NULL,
                                                         descriptor, NULL, NULL);
    case OTHERS_1:
        return WdfIoTargetSendInternalIoctlOthersSynchronously(target(), NULL, IO_TEST(1),
                                                               descriptor, NULL, NULL, NULL, NULL);
    case OTHERS_2:
        return WdfIoTargetSendInternalIoctlOthersSynchronously(target(), NULL, IO_TEST(1), NULL,
                                                               descriptor, NULL, NULL, NULL);
    default:
        return WdfIoTargetSendInternalIoctlOthersSynchronously(target(), NULL, IO_TEST(1), NULL,
                                                               NULL, descriptor, NULL, NULL);
    }
}

START_TEST(ranges_that_the_memory_does_not_have_are_refused)
{
    /* "The transfer length was larger than the buffer length." */
    static const WDFMEMORY_OFFSET cases[] = {
        {0, 9}, {9, 0}, {8, 1}, {1, (size_t)-1}, {(size_t)-1, 2},
    };
    WDF_MEMORY_DESCRIPTOR descriptor;
    WDFREQUEST request;
    WDFMEMORY memory;

    open_stack();
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    assert_status(WdfMemoryCreate(NULL, NonPagedPool, 0, 8, &memory, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        WDFMEMORY_OFFSET offset = cases[i];

        assert_status(format_as((enum form)_i, request, memory, &offset),
                      STATUS_INVALID_DEVICE_REQUEST);
        ck_assert(!WdfRequestSend(request, target(), NULL)); /* It is not formatted. */
        assert_status(WdfRequestGetStatus(request), STATUS_INVALID_DEVICE_REQUEST);
        WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(&descriptor, memory, &offset);
        assert_status(send_as((enum form)_i, &descriptor), STATUS_INVALID_DEVICE_REQUEST);
    }
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptor, NULL, 4);
    assert_status(send_as((enum form)_i, &descriptor), STATUS_INVALID_PARAMETER);
    descriptor.Type = (WDF_MEMORY_DESCRIPTOR_TYPE)77;
    assert_status(send_as((enum form)_i, &descriptor), STATUS_INVALID_PARAMETER);
    ck_assert_uint_eq(below.count, 0);
    WdfObjectDelete(request);
    WdfObjectDelete(memory);
    io_close();
}
END_TEST

/* An IRP has 32 bits for a length. */
START_TEST(memory_of_more_than_an_irp_can_say_is_refused)
{
    WDFREQUEST request;
    WDFMEMORY memory;
    char little[4];

    if (_i >= OTHERS_1) {
        return; /* Only the address goes along. */
    }
    open_stack();
    assert_status(WdfRequestCreate(NULL, target(), &request), STATUS_SUCCESS);
    assert_status(WdfMemoryCreatePreallocated(NULL, little, (size_t)1 << 32 | 4, &memory),
                  STATUS_SUCCESS);
    assert_status(format_as((enum form)_i, request, memory, NULL), STATUS_INVALID_PARAMETER);
    ck_assert(!WdfRequestSend(request, target(), NULL));
    ck_assert_uint_eq(below.count, 0);
    WdfObjectDelete(request);
    WdfObjectDelete(memory);
    io_close();
}
END_TEST

START_TEST(internal_control_has_the_internal_major_function)
{
    WDF_REQUEST_COMPLETION_PARAMS params;
    WDFMEMORY input, output;

    open_stack();
    input = memory_of("in");
    output = memory_of("......");
    assert_status(WdfIoTargetFormatRequestForInternalIoctl(target(), request, IO_TEST(7), input,
                                                           NULL, output, NULL),
                  STATUS_SUCCESS);
    send();
    ck_assert_uint_eq(below.last.MajorFunction, IRP_MJ_INTERNAL_DEVICE_CONTROL);
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.IoControlCode, IO_TEST(7));
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.InputBufferLength, 2);
    ck_assert_int_eq(memcmp(WdfMemoryGetBuffer(output, NULL), "cccccc", 6), 0);
    /* The same can be asked for later. */
    WDF_REQUEST_COMPLETION_PARAMS_INIT(&params);
    WdfRequestGetCompletionParams(request, &params);
    ck_assert_int_eq(params.Type, WdfRequestTypeDeviceControlInternal);
    ck_assert_uint_eq(params.Parameters.Ioctl.IoControlCode, IO_TEST(7));
    ck_assert_ptr_eq(params.Parameters.Ioctl.Input.Buffer, input);
    ck_assert_ptr_eq(params.Parameters.Ioctl.Output.Buffer, output);
    ck_assert_uint_eq(params.Parameters.Ioctl.Output.Length, 6);
    assert_status(params.IoStatus.Status, STATUS_SUCCESS);
    close_stack();
}
END_TEST

START_TEST(others_pass_three_arguments_as_they_are)
{
    WDFMEMORY arguments[3];
    WDF_MEMORY_DESCRIPTOR descriptors[3];
    char buffers[3][4];

    open_stack();
    for (int i = 0; i < 3; i++) {
        arguments[i] = memory_of("argument");
        WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&descriptors[i], buffers[i], 4);
    }
    below.others = true;
    assert_status(WdfIoTargetFormatRequestForInternalIoctlOthers(target(), request, IO_TEST(8),
                                                                 arguments[0], NULL, arguments[1],
                                                                 NULL, arguments[2], NULL),
                  STATUS_SUCCESS);
    send();
    ck_assert_ptr_eq(below.last.Parameters.Others.Argument1,
                     WdfMemoryGetBuffer(arguments[0], NULL));
    ck_assert_ptr_eq(below.last.Parameters.Others.Argument2,
                     WdfMemoryGetBuffer(arguments[1], NULL));
    ck_assert_ptr_eq(below.last.Parameters.Others.Argument4,
                     WdfMemoryGetBuffer(arguments[2], NULL));
    assert_status(WdfIoTargetSendInternalIoctlOthersSynchronously(target(), NULL, IO_TEST(8),
                                                                  &descriptors[0], &descriptors[1],
                                                                  NULL, NULL, NULL),
                  STATUS_SUCCESS);
    ck_assert_ptr_eq(below.last.Parameters.Others.Argument1, buffers[0]);
    ck_assert_ptr_eq(below.last.Parameters.Others.Argument2, buffers[1]);
    ck_assert_ptr_null(below.last.Parameters.Others.Argument4);
    close_stack();
}
END_TEST

START_TEST(stack_location_of_the_drivers_own_is_sent_unchanged)
{
    IO_STACK_LOCATION stack = {.MajorFunction = IRP_MJ_DEVICE_CONTROL};

    open_stack();
    stack.Parameters.DeviceIoControl.IoControlCode = IO_TEST(9);
    stack.Parameters.DeviceIoControl.InputBufferLength = 11;
    WdfRequestWdmFormatUsingStackLocation(request, &stack);
    send();
    ck_assert_uint_eq(below.last.MajorFunction, IRP_MJ_DEVICE_CONTROL);
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.IoControlCode, IO_TEST(9));
    ck_assert_uint_eq(below.last.Parameters.DeviceIoControl.InputBufferLength, 11);
    close_stack();
}
END_TEST

START_TEST(changed_target_checks_that_the_request_fits)
{
    WDFREQUEST small;
    WDFIOTARGET closed;

    open_stack();
    assert_status(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &small), STATUS_SUCCESS);
    assert_status(WdfRequestChangeTarget(small, target()), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(WdfRequestWdmGetIrp(small));
    ck_assert_int_ge(WdfRequestWdmGetIrp(small)->StackCount,
                     WdfIoTargetWdmGetTargetDeviceObject(target())->StackSize);
    assert_status(WdfIoTargetCreate(io.handle, WDF_NO_OBJECT_ATTRIBUTES, &closed), STATUS_SUCCESS);
    assert_status(WdfRequestChangeTarget(small, closed), STATUS_INVALID_DEVICE_STATE);
    WdfObjectDelete(closed);
    WdfObjectDelete(small);
    close_stack();
}
END_TEST

static bool
refuse_nothing_but_timers(void *argument, size_t size, uint32_t tag)
{
    (*(unsigned *)argument)++;
    return false;
}

START_TEST(allocated_timer_limits_the_send_without_new_memory)
{
    WDF_REQUEST_SEND_OPTIONS options;
    unsigned allocations = 0;

    open_stack();
    assert_status(WdfRequestAllocateTimer(request), STATUS_SUCCESS);
    assert_status(
        WdfIoTargetFormatRequestForIoctl(target(), request, IO_TEST(1), NULL, NULL, NULL, NULL),
        STATUS_SUCCESS);
    below.answer = PEND;
    WDF_REQUEST_SEND_OPTIONS_INIT(&options, WDF_REQUEST_SEND_OPTION_SYNCHRONOUS |
                                                WDF_REQUEST_SEND_OPTION_TIMEOUT);
    options.Timeout = WDF_REL_TIMEOUT_IN_MS(5);
    bench_set_pool_failure(io.bench, refuse_nothing_but_timers, &allocations);
    ck_assert(WdfRequestSend(request, target(), &options));
    bench_set_pool_failure(io.bench, NULL, NULL);
    assert_status(WdfRequestGetStatus(request), STATUS_IO_TIMEOUT);
    ck_assert_uint_eq(allocations, 0);
    close_stack();
}
END_TEST

/* --- The stack around a device --------------------------------------------------------------- */

START_TEST(attached_and_physical_device_are_those_of_the_stack)
{
    open_stack();
    ck_assert_ptr_eq(WdfDeviceWdmGetAttachedDevice(io.handle), below.device);
    ck_assert_ptr_eq(WdfDeviceWdmGetPhysicalDevice(io.handle), bench_device_pdo(io.device));
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetDeviceObject(target()), below.device);
    ck_assert_ptr_eq(WdfIoTargetWdmGetTargetPhysicalDevice(target()), bench_device_pdo(io.device));
    close_stack();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, write_sends_the_memory_from_its_offset);
    tcase_add_test(tests, write_beyond_the_memory_is_refused);
    tcase_add_loop_test(tests, ranges_that_the_memory_does_not_have_are_refused, 0, FORMS);
    tcase_add_loop_test(tests, memory_of_more_than_an_irp_can_say_is_refused, 0, FORMS);
    tcase_add_test(tests, internal_control_has_the_internal_major_function);
    tcase_add_test(tests, others_pass_three_arguments_as_they_are);
    tcase_add_test(tests, stack_location_of_the_drivers_own_is_sent_unchanged);
    tcase_add_test(tests, changed_target_checks_that_the_request_fits);
    tcase_add_test(tests, allocated_timer_limits_the_send_without_new_memory);
    tcase_add_test(tests, attached_and_physical_device_are_those_of_the_stack);
}

int
main(void)
{
    return io_main("target_format", fill);
}
