/* SPDX-License-Identifier: MIT */
/* File objects: create, cleanup, close; queues that belong to a file. */
#include "io_fixture.h"

#include <string.h>

static char order[64];
static WDF_FILEOBJECT_CLASS file_class;
static NTSTATUS create_status;
static WDFFILEOBJECT created;
static WDFQUEUE queue;
static bool synchronous; /* The file is opened so. */

typedef struct data {
    unsigned value;
} FILE_DATA;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FILE_DATA, context_of)

static void
note(const char *what)
{
    strcat(order, what);
}

static VOID
on_create(WDFDEVICE Device, WDFREQUEST Request, WDFFILEOBJECT FileObject)
{
    WDF_REQUEST_PARAMETERS parameters;

    note("create ");
    created = FileObject;
    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    ck_assert_int_eq(parameters.Type, WdfRequestTypeCreate);
    ck_assert_ptr_nonnull(parameters.Parameters.Create.SecurityContext);
    ck_assert_ptr_eq(WdfRequestGetFileObject(Request), FileObject);
    if (FileObject != NULL) {
        ck_assert_ptr_eq(WdfFileObjectGetDevice(FileObject), Device);
        ck_assert_ptr_nonnull(WdfFileObjectWdmGetFileObject(FileObject));
        ck_assert_ptr_nonnull(WdfFileObjectGetFileName(FileObject));
        ck_assert_uint_eq(WdfFileObjectGetFlags(FileObject),
                          WdfFileObjectWdmGetFileObject(FileObject)->Flags);
        ck_assert_uint_eq((WdfFileObjectGetFlags(FileObject) & FO_SYNCHRONOUS_IO) != 0,
                          synchronous);
        /* Nobody here opens files on behalf of others. */
        ck_assert_uint_eq(WdfFileObjectGetInitiatorProcessId(FileObject), 0);
        ck_assert_ptr_eq(WdfDeviceGetFileObject(Device, WdfFileObjectWdmGetFileObject(FileObject)),
                         FileObject);
        ck_assert_uint_eq(context_of(FileObject)->value, 0);
        context_of(FileObject)->value = 42;
    }
    WdfRequestComplete(Request, create_status);
}

static VOID
on_cleanup(WDFFILEOBJECT FileObject)
{
    note("cleanup ");
    ck_assert_ptr_eq(FileObject, created);
}

static VOID
on_close(WDFFILEOBJECT FileObject)
{
    note("close ");
    ck_assert_uint_eq(context_of(FileObject)->value, 42);
}

static VOID
on_object_cleanup(WDFOBJECT Object)
{
    note("gone ");
}

static void
init_files(PWDFDEVICE_INIT init)
{
    WDF_FILEOBJECT_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_FILEOBJECT_CONFIG_INIT(&config, on_create, on_close, on_cleanup);
    config.FileObjectClass = file_class;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FILE_DATA);
    attributes.EvtCleanupCallback = on_object_cleanup;
    WdfDeviceInitSetFileObjectConfig(init, &config, &attributes);
}

static VOID
on_control(WDFQUEUE Queue, WDFREQUEST Request, size_t OutputBufferLength, size_t InputBufferLength,
           ULONG IoControlCode)
{
    ck_assert_ptr_eq(WdfRequestGetFileObject(Request), created);
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS
add_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchSequential);
    config.EvtIoDeviceControl = on_control;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

static void
check_class(WDF_FILEOBJECT_CLASS class, const char *expected)
{
    order[0] = '\0';
    file_class = class;
    io_open(&(struct io_hooks){.init = init_files, .add = add_queue});
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    io_close();
    ck_assert_str_eq(order, expected);
}

START_TEST(callbacks_come_in_order_for_every_class)
{
    static const char all[] = "create cleanup close gone ";

    check_class(WdfFileObjectWdfCanUseFsContext, all);
    check_class(WdfFileObjectWdfCanUseFsContext2, all);
    check_class(WdfFileObjectWdfCannotUseFsContexts, all);
    check_class(WdfFileObjectWdfCanUseFsContext | WdfFileObjectCanBeOptional, all);
    check_class(WdfFileObjectNotRequired, "create ");
}
END_TEST

START_TEST(flags_say_how_the_file_was_opened)
{
    file_class = WdfFileObjectWdfCanUseFsContext;
    io_open(&(struct io_hooks){.init = init_files, .add = add_queue});
    bench_close(io.file);
    synchronous = true;
    ck_assert(bench_ok(bench_open_interface(io.bench, (const struct _GUID *)&io_interface, 0,
                                            BENCH_READ | BENCH_SYNCHRONOUS, &io.file)));
    io_close();
}
END_TEST

START_TEST(two_opens_have_two_file_objects)
{
    WDFFILEOBJECT first;
    struct bench_file *second;

    file_class = WdfFileObjectWdfCannotUseFsContexts;
    io_open(&(struct io_hooks){.init = init_files, .add = add_queue});
    first = created;
    second = io_open_file();
    ck_assert_ptr_ne(created, first);
    bench_close(second);
    created = first;
    assert_status(io_control(IO_TEST(1)), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(failed_create_has_neither_cleanup_nor_close)
{
    struct bench_file *file = NULL;

    file_class = WdfFileObjectWdfCanUseFsContext;
    create_status = STATUS_ACCESS_DENIED;
    io_bench();
    io_start(&(struct io_hooks){.init = init_files, .add = add_queue, .no_file = true});
    order[0] = '\0';
    assert_status(
        bench_open_interface(io.bench, (const struct _GUID *)&io_interface, 0, BENCH_READ, &file),
        STATUS_ACCESS_DENIED);
    ck_assert_str_eq(order, "create gone ");
    io_close();
    ck_assert_str_eq(order, "create gone ");
}
END_TEST

/* --- Creates in a queue --- */

static VOID
on_default(WDFQUEUE Queue, WDFREQUEST Request)
{
    WDF_REQUEST_PARAMETERS parameters;

    WDF_REQUEST_PARAMETERS_INIT(&parameters);
    WdfRequestGetParameters(Request, &parameters);
    ck_assert_int_eq(parameters.Type, WdfRequestTypeCreate);
    note("queue ");
    WdfRequestComplete(Request, STATUS_SUCCESS);
}

static NTSTATUS
add_create_queue(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT(&config, WdfIoQueueDispatchParallel);
    config.EvtIoDefault = on_default;
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    assert_status(WdfDeviceConfigureRequestDispatching(device, queue, WdfRequestTypeCreate),
                  STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

START_TEST(creates_can_go_to_a_queue)
{
    io_open(&(struct io_hooks){.add = add_create_queue});
    io_close();
    ck_assert_str_eq(order, "queue ");
}
END_TEST

START_TEST(create_succeeds_when_nobody_handles_it)
{
    io_open(&(struct io_hooks){0});
    io_close();
}
END_TEST

/* --- Cleanup cancels --- */

static NTSTATUS
add_manual(WDFDEVICE device)
{
    WDF_IO_QUEUE_CONFIG config;

    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&config, WdfIoQueueDispatchManual);
    queue = io_queue(device, &config, WDF_NO_OBJECT_ATTRIBUTES);
    return STATUS_SUCCESS;
}

START_TEST(cleanup_cancels_the_files_waiting_requests_and_no_others)
{
    struct bench_file *file;
    struct bench_request *mine;
    struct bench_request *others;
    WDFREQUEST request;

    file_class = WdfFileObjectWdfCanUseFsContext;
    io_open(&(struct io_hooks){.init = init_files, .add = add_manual});
    mine = io_send(IO_TEST(1));
    others = bench_request_create(io.bench, NULL, NULL);
    file = io_open_file();
    bench_request_ioctl(others, file, IO_TEST(2), NULL, 0, NULL, 0);
    bench_cleanup(file);
    assert_status(io_reap(others), STATUS_CANCELLED);
    ck_assert(!bench_request_is_done(mine));
    bench_close(file);
    assert_status(WdfIoQueueRetrieveNextRequest(queue, &request), STATUS_SUCCESS);
    created = WdfRequestGetFileObject(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
    assert_status(io_reap(mine), STATUS_SUCCESS);
    io_close();
}
END_TEST

START_TEST(requests_are_retrieved_by_file_object)
{
    struct bench_file *file;
    struct bench_request *mine;
    struct bench_request *others;
    WDFFILEOBJECT first;
    WDFREQUEST request;

    file_class = WdfFileObjectWdfCanUseFsContext;
    io_open(&(struct io_hooks){.init = init_files, .add = add_manual});
    first = created;
    mine = io_send(IO_TEST(1));
    others = bench_request_create(io.bench, NULL, NULL);
    file = io_open_file();
    bench_request_ioctl(others, file, IO_TEST(2), NULL, 0, NULL, 0);
    assert_status(WdfIoQueueRetrieveRequestByFileObject(queue, created, &request), STATUS_SUCCESS);
    ck_assert_uint_eq(io_code(request), 2);
    WdfRequestComplete(request, STATUS_SUCCESS);
    assert_status(WdfIoQueueRetrieveRequestByFileObject(queue, created, &request),
                  STATUS_NO_MORE_ENTRIES);
    assert_status(WdfIoQueueRetrieveRequestByFileObject(queue, first, &request), STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
    io_reap(mine);
    io_reap(others);
    bench_close(file);
    created = first;
    io_close();
}
END_TEST

static void
fill(TCase *tests)
{
    tcase_add_test(tests, callbacks_come_in_order_for_every_class);
    tcase_add_test(tests, flags_say_how_the_file_was_opened);
    tcase_add_test(tests, two_opens_have_two_file_objects);
    tcase_add_test(tests, failed_create_has_neither_cleanup_nor_close);
    tcase_add_test(tests, creates_can_go_to_a_queue);
    tcase_add_test(tests, create_succeeds_when_nobody_handles_it);
    tcase_add_test(tests, cleanup_cancels_the_files_waiting_requests_and_no_others);
    tcase_add_test(tests, requests_are_retrieved_by_file_object);
}

int
main(void)
{
    return io_main("file objects", fill);
}
