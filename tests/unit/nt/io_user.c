/* SPDX-License-Identifier: MIT */
/* The user side: an application's files and requests as drivers see them. */
#include "io_fixture.h"

#define NAME         L"\\Device\\UserTest"
#define CODE(method) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, method, FILE_ANY_ACCESS)
#define BIG          100000

static PDEVICE_OBJECT device;
static struct io_user_file *file;

/* What the device saw last, and what it shall do. */
static struct {
    UCHAR majors[32];
    unsigned count;
    PVOID system_buffer;
    PVOID user_buffer;
    PVOID type3;
    PVOID mdl_address;
    ULONG mdl_bytes;
    KPROCESSOR_MODE mode;
    PVOID thread;
    PFILE_OBJECT object;
    PFILE_OBJECT original;
    ULONG pid;
    LONGLONG offset;
    NTSTATUS status;
    ULONG_PTR information;
    bool fill;
    PIRP held;
} saw;

static void
fill_output(PIRP irp, ULONG length)
{
    PVOID to = irp->MdlAddress != NULL
                   ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority)
                   : irp->AssociatedIrp.SystemBuffer;

    memset(to, 'x', length);
}

static NTSTATUS
handler(PDEVICE_OBJECT self, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = 0;

    saw.majors[saw.count++ % 32] = stack->MajorFunction;
    saw.system_buffer = irp->AssociatedIrp.SystemBuffer;
    saw.user_buffer = irp->UserBuffer;
    saw.mode = irp->RequestorMode;
    saw.thread = irp->Tail.Overlay.Thread;
    saw.object = stack->FileObject;
    saw.original = irp->Tail.Overlay.OriginalFileObject;
    saw.pid = IoGetRequestorProcessId(irp);
    saw.mdl_address = NULL;
    if (irp->MdlAddress != NULL) {
        saw.mdl_address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
        saw.mdl_bytes = MmGetMdlByteCount(irp->MdlAddress);
    }
    switch (stack->MajorFunction) {
    case IRP_MJ_READ:
        length = stack->Parameters.Read.Length;
        saw.offset = stack->Parameters.Read.ByteOffset.QuadPart;
        break;
    case IRP_MJ_DEVICE_CONTROL:
        length = stack->Parameters.DeviceIoControl.OutputBufferLength;
        saw.type3 = stack->Parameters.DeviceIoControl.Type3InputBuffer;
        break;
    case IRP_MJ_CREATE:
    case IRP_MJ_CLEANUP:
    case IRP_MJ_CLOSE:
        return fixture_complete(irp, STATUS_SUCCESS, 0);
    }
    if (saw.status == STATUS_PENDING) {
        IoMarkIrpPending(irp);
        saw.held = irp;
        return STATUS_PENDING;
    }
    if (saw.fill && length != 0) {
        fill_output(irp, length);
    }
    return fixture_complete(irp, saw.status, saw.information);
}

static void
setup(void)
{
    fixture_setup();
    memset(&saw, 0, sizeof(saw));
    device = fixture_device(NAME, DO_BUFFERED_IO, handler);
    file = fixture_open(NAME, GENERIC_READ | GENERIC_WRITE);
}

static void
teardown(void)
{
    if (file != NULL) {
        io_user_close(file);
    }
    fixture_delete_stack(device);
    fixture_teardown();
}

static NTSTATUS
ioctl(uint32_t code, const void *input, size_t input_length, void *output, size_t output_length,
      ULONG_PTR *ret_information)
{
    struct io_user_waiter waiter;
    NTSTATUS status;

    io_user_waiter_init(&waiter);
    io_user_device_control(&waiter.request, file, code, input, input_length, output, output_length);
    status = io_user_wait(&waiter);
    if (ret_information != NULL) {
        *ret_information = waiter.request.information;
    }
    io_user_waiter_fini(&waiter);
    return status;
}

START_TEST(a_handle_lives_through_create_cleanup_close)
{
    io_user_close(file);
    file = NULL;
    ck_assert_uint_eq(saw.count, 3);
    ck_assert_uint_eq(saw.majors[0], IRP_MJ_CREATE);
    ck_assert_uint_eq(saw.majors[1], IRP_MJ_CLEANUP);
    ck_assert_uint_eq(saw.majors[2], IRP_MJ_CLOSE);
}
END_TEST

static NTSTATUS
refuse_create(PDEVICE_OBJECT self, PIRP irp)
{
    saw.majors[saw.count++] = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    return fixture_complete(irp, STATUS_SHARING_VIOLATION, 0);
}

START_TEST(a_refused_create_is_followed_by_nothing)
{
    UNICODE_STRING name = fixture_string(NAME);
    struct io_user_open open = {.path = &name, .disposition = FILE_OPEN};
    struct io_user_file *second = NULL;

    fixture_of(device)->handler = refuse_create;
    saw.count = 0;
    ck_assert_int_eq(io_user_open(&open, &second), STATUS_SHARING_VIOLATION);
    ck_assert_ptr_null(second);
    ck_assert_uint_eq(saw.count, 1);
    fixture_of(device)->handler = handler;
}
END_TEST

START_TEST(what_follows_the_device_name_is_the_file_name)
{
    UNICODE_STRING expected = fixture_string(L"\\sub\\file");
    struct io_user_file *second = fixture_open(NAME L"\\sub\\file", 0);

    ck_assert(RtlEqualUnicodeString(&io_user_file_object(second)->FileName, &expected, FALSE));
    io_user_close(second);
}
END_TEST

START_TEST(a_name_that_is_not_there_is_not_found)
{
    UNICODE_STRING name = fixture_string(L"\\Device\\Nobody");
    struct io_user_open open = {.path = &name, .disposition = FILE_OPEN};
    struct io_user_file *second;

    ck_assert_int_eq(io_user_file_create(&open, &second), STATUS_OBJECT_NAME_NOT_FOUND);
    name = fixture_string(L"\\Device");
    ck_assert_int_eq(io_user_file_create(&open, &second), STATUS_OBJECT_TYPE_MISMATCH);
}
END_TEST

START_TEST(an_exclusive_device_opens_once)
{
    UNICODE_STRING name = fixture_string(NAME);
    struct io_user_open open = {.path = &name, .disposition = FILE_OPEN};
    struct io_user_file *second;

    device->Flags |= DO_EXCLUSIVE;
    ck_assert_int_eq(io_user_file_create(&open, &second), STATUS_ACCESS_DENIED);
    device->Flags &= ~(ULONG)DO_EXCLUSIVE;
    ck_assert_int_eq(io_user_file_create(&open, &second), STATUS_SUCCESS);
    io_user_file_discard(second);
}
END_TEST

START_TEST(an_irp_says_who_asks)
{
    ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(saw.mode, UserMode);
    ck_assert_ptr_eq(saw.thread, KeGetCurrentThread());
    ck_assert_ptr_eq(saw.object, io_user_file_object(file));
    ck_assert_ptr_eq(saw.original, io_user_file_object(file));
    ck_assert_uint_eq(saw.pid, 4711);
}
END_TEST

START_TEST(buffered_input_and_output_use_private_memory)
{
    char input[16] = "input";
    char output[16] = "output";
    ULONG_PTR information = 0;

    saw.fill = true;
    saw.information = 4;
    ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), input, 16, output, 16, &information),
                     STATUS_SUCCESS);
    ck_assert_ptr_ne(saw.system_buffer, input);
    ck_assert_ptr_ne(saw.system_buffer, output);
    ck_assert_uint_eq(information, 4);
    /* Only `information` bytes come back; the driver wrote all sixteen. */
    ck_assert_mem_eq(output, "xxxxut", 6);
    ck_assert_str_eq(input, "input");
}
END_TEST

START_TEST(a_warning_brings_output_and_an_error_brings_none)
{
    char output[8] = "-------";

    saw.fill = true;
    saw.information = 2;
    saw.status = STATUS_INVALID_PARAMETER;
    ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), NULL, 0, output, 8, NULL),
                     STATUS_INVALID_PARAMETER);
    ck_assert_str_eq(output, "-------");
    saw.status = STATUS_BUFFER_OVERFLOW;
    ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), NULL, 0, output, 8, NULL),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(output, "xx-----");
}
END_TEST

START_TEST(a_driver_that_claims_too_much_does_not_overrun_the_caller)
{
    char output[8] = "-------";

    saw.fill = true;
    saw.information = 100;
    ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), NULL, 0, output, 4, NULL), STATUS_SUCCESS);
    ck_assert_str_eq(output, "xxxx---");
}
END_TEST

START_TEST(large_buffered_requests_work_and_can_be_repeated)
{
    char *buffer = calloc(1, BIG);
    struct io_user_waiter waiter;

    saw.fill = true;
    saw.information = BIG;
    io_user_waiter_init(&waiter);
    for (unsigned i = 0; i < 3; i++) {
        memset(buffer, 0, BIG);
        io_user_read(&waiter.request, file, buffer, BIG, 77);
        ck_assert_int_eq(io_user_wait(&waiter), STATUS_SUCCESS);
        ck_assert_int_eq(buffer[BIG - 1], 'x');
        ck_assert_int_eq(saw.offset, 77);
    }
    io_user_waiter_fini(&waiter);
    free(buffer);
}
END_TEST

START_TEST(direct_io_maps_the_callers_memory_without_a_copy)
{
    char input[8] = "in";
    char output[5000];

    saw.fill = true;
    saw.information = sizeof(output);
    memset(output, 0, sizeof(output));
    ck_assert_int_eq(ioctl(CODE(METHOD_OUT_DIRECT), input, 8, output, sizeof(output), NULL),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(saw.mdl_address, output);
    ck_assert_uint_eq(saw.mdl_bytes, sizeof(output));
    ck_assert_ptr_nonnull(saw.system_buffer);
    ck_assert_ptr_ne(saw.system_buffer, input);
    ck_assert_int_eq(output[4999], 'x');

    device->Flags = (device->Flags & ~(ULONG)DO_BUFFERED_IO) | DO_DIRECT_IO;
    {
        struct io_user_waiter waiter;

        io_user_waiter_init(&waiter);
        io_user_write(&waiter.request, file, input, 8, 0);
        ck_assert_int_eq(io_user_wait(&waiter), STATUS_SUCCESS);
        ck_assert_ptr_eq(saw.mdl_address, input);
        ck_assert_ptr_null(saw.system_buffer);
        io_user_waiter_fini(&waiter);
    }
}
END_TEST

START_TEST(method_neither_hands_the_addresses_over)
{
    char input[4] = {0};
    char output[4] = {0};

    ck_assert_int_eq(ioctl(CODE(METHOD_NEITHER), input, 4, output, 4, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(saw.type3, input);
    ck_assert_ptr_eq(saw.user_buffer, output);
    ck_assert_ptr_null(saw.system_buffer);
}
END_TEST

START_TEST(requests_beyond_the_handles_access_never_reach_a_driver)
{
    struct io_user_file *reader = fixture_open(NAME, GENERIC_READ);
    struct io_user_waiter waiter;
    char byte = 0;

    saw.count = 0;
    io_user_waiter_init(&waiter);
    io_user_write(&waiter.request, reader, &byte, 1, 0);
    ck_assert_int_eq(io_user_wait(&waiter), STATUS_ACCESS_DENIED);
    io_user_device_control(
        &waiter.request, reader,
        CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS),
        NULL, 0, NULL, 0);
    ck_assert_int_eq(io_user_wait(&waiter), STATUS_ACCESS_DENIED);
    ck_assert_uint_eq(saw.count, 0);
    io_user_read(&waiter.request, reader, &byte, 1, 0);
    ck_assert_int_eq(io_user_wait(&waiter), STATUS_SUCCESS);
    io_user_waiter_fini(&waiter);
    io_user_close(reader);
}
END_TEST

/* Asynchronous -------------------------------------------------------------------------------- */

static unsigned done_count;

static void
count_done(struct io_user_request *request)
{
    done_count++;
}

static VOID
cancel_held(PDEVICE_OBJECT self, PIRP irp)
{
    IoReleaseCancelSpinLock(irp->CancelIrql);
    fixture_complete(irp, STATUS_CANCELLED, 0);
}

START_TEST(cancelling_ends_a_cancelable_request_once)
{
    struct io_user_request request;
    char byte;

    io_user_request_init(&request, count_done);
    saw.status = STATUS_PENDING;
    io_user_cancel(&request); /* Idle: nothing. */
    io_user_read(&request, file, &byte, 1, 0);
    IoSetCancelRoutine(saw.held, cancel_held);
    ck_assert_uint_eq(done_count, 0);
    io_user_cancel(&request);
    ck_assert_uint_eq(done_count, 1);
    ck_assert_int_eq(request.status, STATUS_CANCELLED);
    io_user_cancel(&request); /* Ended: nothing. */
    ck_assert_uint_eq(done_count, 1);
    io_user_request_fini(&request);
}
END_TEST

START_TEST(cancelling_a_request_without_cancel_routine_marks_it)
{
    struct io_user_request request;
    char byte;

    io_user_request_init(&request, count_done);
    saw.status = STATUS_PENDING;
    io_user_read(&request, file, &byte, 1, 0);
    io_user_cancel(&request);
    ck_assert_uint_eq(done_count, 0);
    ck_assert(saw.held->Cancel);
    fixture_complete(saw.held, STATUS_SUCCESS, 0);
    ck_assert_uint_eq(done_count, 1);
    /* The next use starts clean. */
    saw.status = STATUS_SUCCESS;
    io_user_read(&request, file, &byte, 1, 0);
    ck_assert_uint_eq(done_count, 2);
    io_user_request_fini(&request);
}
END_TEST

static unsigned closed_at;

static void
note_close(void *argument)
{
    closed_at = saw.count;
}

START_TEST(the_close_waits_for_the_last_request)
{
    struct io_user_request request;
    struct io_user_waiter waiter;
    char byte;

    io_user_request_init(&request, count_done);
    io_user_waiter_init(&waiter);
    saw.status = STATUS_PENDING;
    io_user_read(&request, file, &byte, 1, 0);
    io_user_file_cleanup(file, &waiter.request);
    ck_assert_int_eq(io_user_wait(&waiter), STATUS_SUCCESS);
    io_user_file_close(file, note_close, NULL);
    file = NULL;
    ck_assert_uint_eq(saw.majors[saw.count - 1], IRP_MJ_CLEANUP);
    ck_assert_uint_eq(closed_at, 0);
    fixture_complete(saw.held, STATUS_SUCCESS, 0);
    ck_assert_uint_eq(done_count, 1);
    ck_assert_uint_eq(saw.majors[saw.count - 1], IRP_MJ_CLOSE);
    ck_assert_uint_eq(closed_at, saw.count);
    io_user_request_fini(&request);
    io_user_waiter_fini(&waiter);
}
END_TEST

/* Used often enough with the file that it is bound to it. */
static void
use_before(struct io_user_request *request, struct io_user_file *with)
{
    char byte;

    for (unsigned i = 0; i < 3; i++) {
        io_user_read(request, with, &byte, 1, 0);
        ck_assert(io_user_request_is_idle(request));
    }
}

START_TEST(the_close_waits_for_a_request_that_was_used_before)
{
    struct io_user_request request;
    struct io_user_request idle;
    char byte;

    io_user_request_init(&request, NULL);
    io_user_request_init(&idle, NULL);
    use_before(&request, file);
    use_before(&idle, file);
    saw.status = STATUS_PENDING;
    io_user_read(&request, file, &byte, 1, 0);
    io_user_file_close(file, note_close, NULL);
    file = NULL;
    ck_assert_uint_eq(closed_at, 0);
    ck_assert(!io_user_request_wait(&request, 0));
    fixture_complete(saw.held, STATUS_SUCCESS, 0);
    ck_assert(io_user_request_wait(&request, 0));
    ck_assert_int_eq(request.status, STATUS_SUCCESS);
    ck_assert_uint_eq(saw.majors[saw.count - 1], IRP_MJ_CLOSE);
    ck_assert_uint_eq(closed_at, saw.count);
    io_user_request_fini(&request);
    io_user_request_fini(&idle);
}
END_TEST

START_TEST(a_request_goes_from_file_to_file_and_keeps_none_open)
{
    struct io_user_file *second = fixture_open(NAME, GENERIC_READ | GENERIC_WRITE);
    struct io_user_request request;

    io_user_request_init(&request, NULL);
    use_before(&request, file);
    use_before(&request, second);
    use_before(&request, file);
    io_user_close(file);
    ck_assert_uint_eq(saw.majors[saw.count - 1], IRP_MJ_CLOSE);
    file = second;
    use_before(&request, second);
    io_user_request_fini(&request);
}
END_TEST

START_TEST(a_request_used_again_and_again_keeps_its_irp)
{
    struct io_user_request request;

    io_user_request_init(&request, count_done);
    for (unsigned i = 1; i <= 50; i++) {
        io_user_device_control(&request, file, CODE(METHOD_BUFFERED), &i, sizeof(i), &i, sizeof(i));
        ck_assert_uint_eq(done_count, i);
        /* It keeps its IRP: with the file's own there are two. */
        ck_assert_uint_eq(io_irps_in_use(), 2);
    }
    io_user_request_fini(&request);
}
END_TEST

START_TEST(filters_see_the_request_and_the_stack_may_grow_while_open)
{
    PDEVICE_OBJECT filter;

    ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
    for (unsigned i = 0; i < 6; i++) {
        filter = fixture_filter(device, fixture_pass);
        saw.count = 0;
        ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
        ck_assert_uint_eq(saw.count, 1);
        ck_assert_ptr_eq(IoGetRelatedDeviceObject(io_user_file_object(file)), filter);
    }
}
END_TEST

START_TEST(a_position_moves_with_synchronous_transfers)
{
    UNICODE_STRING name = fixture_string(NAME);
    struct io_user_open open = {
        .path = &name,
        .access = GENERIC_READ,
        .disposition = FILE_OPEN,
        .options = FILE_SYNCHRONOUS_IO_NONALERT,
    };
    struct io_user_file *second;
    struct io_user_waiter waiter;
    char buffer[10];

    ck_assert_int_eq(io_user_open(&open, &second), STATUS_SUCCESS);
    io_user_waiter_init(&waiter);
    saw.information = 7;
    for (unsigned i = 0; i < 3; i++) {
        io_user_read(&waiter.request, second, buffer, sizeof(buffer), IO_USER_CURRENT_OFFSET);
        ck_assert_int_eq(io_user_wait(&waiter), STATUS_SUCCESS);
        ck_assert_int_eq(saw.offset, 7 * i);
    }
    io_user_waiter_fini(&waiter);
    io_user_close(second);
}
END_TEST

START_TEST(a_device_pointer_keeps_the_file_open_until_dereferenced)
{
    UNICODE_STRING name = fixture_string(NAME);
    PDEVICE_OBJECT filter = fixture_filter(device, fixture_pass);
    PDEVICE_OBJECT found;
    PFILE_OBJECT object;

    saw.count = 0;
    ck_assert_int_eq(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &object, &found),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(found, filter);
    ck_assert_uint_eq(saw.count, 2);
    ck_assert_uint_eq(saw.majors[1], IRP_MJ_CLEANUP);
    ObDereferenceObject(object);
    ck_assert_uint_eq(saw.count, 3);
    ck_assert_uint_eq(saw.majors[2], IRP_MJ_CLOSE);
}
END_TEST

START_TEST(a_deleted_device_stays_until_its_last_close)
{
    UNICODE_STRING name = fixture_string(NAME);
    struct io_user_open open = {.path = &name, .disposition = FILE_OPEN};
    struct io_user_file *second;

    IoDeleteDevice(device);
    ck_assert_int_eq(io_user_file_create(&open, &second), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_ptr_eq(fixture_driver->DeviceObject, device);
    ck_assert_int_eq(ioctl(CODE(METHOD_BUFFERED), NULL, 0, NULL, 0, NULL), STATUS_SUCCESS);
    io_user_close(file);
    file = NULL;
    ck_assert_ptr_null(fixture_driver->DeviceObject);
    device = fixture_device(NULL, 0, handler); /* For the teardown. */
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("user");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_handle_lives_through_create_cleanup_close);
    tcase_add_test(tests, a_refused_create_is_followed_by_nothing);
    tcase_add_test(tests, what_follows_the_device_name_is_the_file_name);
    tcase_add_test(tests, a_name_that_is_not_there_is_not_found);
    tcase_add_test(tests, an_exclusive_device_opens_once);
    tcase_add_test(tests, an_irp_says_who_asks);
    tcase_add_test(tests, buffered_input_and_output_use_private_memory);
    tcase_add_test(tests, a_warning_brings_output_and_an_error_brings_none);
    tcase_add_test(tests, a_driver_that_claims_too_much_does_not_overrun_the_caller);
    tcase_add_test(tests, large_buffered_requests_work_and_can_be_repeated);
    tcase_add_test(tests, direct_io_maps_the_callers_memory_without_a_copy);
    tcase_add_test(tests, method_neither_hands_the_addresses_over);
    tcase_add_test(tests, requests_beyond_the_handles_access_never_reach_a_driver);
    tcase_add_test(tests, cancelling_ends_a_cancelable_request_once);
    tcase_add_test(tests, cancelling_a_request_without_cancel_routine_marks_it);
    tcase_add_test(tests, the_close_waits_for_the_last_request);
    tcase_add_test(tests, the_close_waits_for_a_request_that_was_used_before);
    tcase_add_test(tests, a_request_goes_from_file_to_file_and_keeps_none_open);
    tcase_add_test(tests, a_request_used_again_and_again_keeps_its_irp);
    tcase_add_test(tests, filters_see_the_request_and_the_stack_may_grow_while_open);
    tcase_add_test(tests, a_position_moves_with_synchronous_transfers);
    tcase_add_test(tests, a_device_pointer_keeps_the_file_open_until_dereferenced);
    tcase_add_test(tests, a_deleted_device_stays_until_its_last_close);
    return fixture_run("nt/io/user", tests);
}
