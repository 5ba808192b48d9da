/* SPDX-License-Identifier: MIT */
/* What only user-mode drivers ask of requests and files: whose they are, activity ids, related files. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "fx/core/globals.h"
#include "fx_imports.h"

static const GUID one = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static const GUID two = {2, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};

static WDFDEVICE device;
static WDFFILEOBJECT opened[2]; /* In the order of their creation. */
static unsigned opens;
static void (*on_request)(WDFREQUEST request);

static VOID
on_create(WDFDEVICE unused, WDFREQUEST request, WDFFILEOBJECT file)
{
    opened[opens++] = file;
    WdfRequestComplete(request, STATUS_SUCCESS);
}

static VOID
on_ioctl(WDFQUEUE queue, WDFREQUEST request, size_t output, size_t input, ULONG code)
{
    on_request(request);
    WdfRequestComplete(request, STATUS_SUCCESS);
}

static void
start(void)
{
    DECLARE_CONST_UNICODE_STRING(sddl, L"D:P(A;;GA;;;WD)");
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\um_request");
    WDF_FILEOBJECT_CONFIG files;
    WDF_IO_QUEUE_CONFIG queue;
    PWDFDEVICE_INIT init;

    fixture_open();
    opens = 0;
    fx_globals_of(WdfDriverGlobals)->is_umdf = true; /* The tables are a kernel driver's. */
    init = WdfControlDeviceInitAllocate(WdfDriverGlobals->Driver, &sddl);
    ck_assert_int_eq(WdfDeviceInitAssignName(init, &name), STATUS_SUCCESS);
    WDF_FILEOBJECT_CONFIG_INIT(&files, on_create, NULL, NULL);
    WdfDeviceInitSetFileObjectConfig(init, &files, WDF_NO_OBJECT_ATTRIBUTES);
    ck_assert_int_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &device), STATUS_SUCCESS);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchParallel);
    queue.EvtIoDeviceControl = on_ioctl;
    ck_assert_int_eq(WdfIoQueueCreate(device, &queue, WDF_NO_OBJECT_ATTRIBUTES, NULL),
                     STATUS_SUCCESS);
    WdfControlFinishInitializing(device);
}

static void
stop(void)
{
    WdfObjectDelete(device);
    fx_globals_of(WdfDriverGlobals)->is_umdf = false;
    fixture_close();
}

static HANDLE
open_file(HANDLE root, const WCHAR *text)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK io_status;
    UNICODE_STRING name;
    HANDLE handle;

    RtlInitUnicodeString(&name, text);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, root, NULL);
    ck_assert_int_eq(ZwCreateFile(&handle, GENERIC_READ | GENERIC_WRITE, &attributes, &io_status,
                                  NULL, 0, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN,
                                  FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0),
                     STATUS_SUCCESS);
    return handle;
}

static void
control(void (*fn)(WDFREQUEST request))
{
    HANDLE handle = open_file(NULL, L"\\Device\\um_request");
    IO_STATUS_BLOCK io_status;

    on_request = fn;
    ck_assert_int_eq(ZwDeviceIoControlFile(
                         handle, NULL, NULL, NULL, &io_status,
                         CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS),
                         NULL, 0, NULL, 0),
                     STATUS_SUCCESS);
    ZwClose(handle);
}

/* --- Files --------------------------------------------------------------------------------------- */

START_TEST(a_file_that_is_opened_relative_to_another_knows_it)
{
    HANDLE first = open_file(NULL, L"\\Device\\um_request");
    HANDLE second = open_file(first, L"part");

    ck_assert_uint_eq(opens, 2);
    ck_assert_ptr_null(imp_WdfFileObjectGetRelatedFileObject(WdfDriverGlobals, opened[0]));
    ck_assert_ptr_eq(imp_WdfFileObjectGetRelatedFileObject(WdfDriverGlobals, opened[1]), opened[0]);
    ck_assert_ptr_null(WdfFileObjectWdmGetFileObject(opened[1])->RelatedFileObject);
    ZwClose(first);
    ck_assert_ptr_null(imp_WdfFileObjectGetRelatedFileObject(WdfDriverGlobals, opened[1]));
    ZwClose(second);
}
END_TEST

/* --- Activities ---------------------------------------------------------------------------------- */

static GUID
activity_of(WDFREQUEST request)
{
    GUID id;

    ck_assert_int_eq(imp_WdfRequestRetrieveActivityId(WdfDriverGlobals, request, &id),
                     STATUS_SUCCESS);
    return id;
}

static void
check_activity(WDFREQUEST request)
{
    GUID id = two;

    ck_assert_int_eq(imp_WdfRequestRetrieveActivityId(WdfDriverGlobals, request, &id),
                     STATUS_NOT_FOUND);
    ck_assert(IsEqualGUID(&id, &two));
    id = one;
    imp_WdfRequestSetActivityId(WdfDriverGlobals, request, &id);
    id = activity_of(request);
    ck_assert(IsEqualGUID(&id, &one));
    ck_assert_int_eq(IoGetActivityIdIrp(WdfRequestWdmGetIrp(request), &id), STATUS_SUCCESS);
    ck_assert(IsEqualGUID(&id, &one));
    id = two; /* "Any existing activity identifier is overwritten." */
    imp_WdfRequestSetActivityId(WdfDriverGlobals, request, &id);
    id = activity_of(request);
    ck_assert(IsEqualGUID(&id, &two));
}

START_TEST(a_request_keeps_its_activity_id)
{
    control(check_activity);
    control(check_activity); /* The next request has none again. */
}
END_TEST

/* A target that needs more stack locations brings another IRP. */
START_TEST(a_drivers_own_request_keeps_it_over_reuse_and_change_of_target)
{
    DECLARE_CONST_UNICODE_STRING(name, L"\\Device\\um_request");
    WDF_IO_TARGET_OPEN_PARAMS params;
    WDF_REQUEST_REUSE_PARAMS reuse;
    WDFREQUEST request;
    WDFIOTARGET target;
    GUID id = one;

    ck_assert_int_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &request), STATUS_SUCCESS);
    ck_assert_int_eq(imp_WdfRequestRetrieveActivityId(WdfDriverGlobals, request, &id),
                     STATUS_NOT_FOUND);
    imp_WdfRequestSetActivityId(WdfDriverGlobals, request, &id);
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    ck_assert_int_eq(WdfRequestReuse(request, &reuse), STATUS_SUCCESS);
    id = activity_of(request);
    ck_assert(IsEqualGUID(&id, &one));

    fx_globals_of(WdfDriverGlobals)->is_umdf =
        false; /* Opening by a device's name is a kernel driver's. */
    WdfDeviceWdmGetDeviceObject(device)->StackSize = 3;
    ck_assert_int_eq(WdfIoTargetCreate(device, WDF_NO_OBJECT_ATTRIBUTES, &target), STATUS_SUCCESS);
    WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&params, &name, GENERIC_READ);
    ck_assert_int_eq(WdfIoTargetOpen(target, &params), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRequestChangeTarget(request, target), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRequestWdmGetIrp(request)->StackCount, 3);
    id = activity_of(request);
    ck_assert(IsEqualGUID(&id, &one));
    ck_assert(imp_WdfRequestGetUserModeDriverInitiatedIo(WdfDriverGlobals, request));
    WdfObjectDelete(request);
    WdfObjectDelete(target);
    WdfDeviceWdmGetDeviceObject(device)->StackSize = 1;
}
END_TEST

static void
null_activity(void *argument)
{
    imp_WdfRequestSetActivityId(WdfDriverGlobals, argument, NULL);
}

static void
retrieve_to_null(void *argument)
{
    (void)imp_WdfRequestRetrieveActivityId(WdfDriverGlobals, argument, NULL);
}

static void
activity_of_a_device(void *argument)
{
    GUID id = one;

    imp_WdfRequestSetActivityId(WdfDriverGlobals, (WDFREQUEST)device, &id);
}

static void
related_of_a_device(void *argument)
{
    (void)imp_WdfFileObjectGetRelatedFileObject(WdfDriverGlobals, (WDFFILEOBJECT)device);
}

START_TEST(misuse_is_a_violation)
{
    WDFREQUEST request;

    ck_assert_int_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &request), STATUS_SUCCESS);
    fixture_expect_bugcheck(WDF_REQUIRED_PARAMETER_IS_NULL, null_activity, request);
    fixture_expect_bugcheck(WDF_REQUIRED_PARAMETER_IS_NULL, retrieve_to_null, request);
    fixture_expect_bugcheck(WDF_INVALID_HANDLE, activity_of_a_device, NULL);
    fixture_expect_bugcheck(WDF_INVALID_HANDLE, related_of_a_device, NULL);
    WdfObjectDelete(request);
}
END_TEST

/* --- Whose request ------------------------------------------------------------------------------- */

static void
check_application(WDFREQUEST request)
{
    ck_assert(!imp_WdfRequestIsFromUserModeDriver(WdfDriverGlobals, request));
    ck_assert(!imp_WdfRequestGetUserModeDriverInitiatedIo(WdfDriverGlobals, request));
    imp_WdfRequestSetUserModeDriverInitiatedIo(WdfDriverGlobals, request, TRUE);
    ck_assert(imp_WdfRequestGetUserModeDriverInitiatedIo(WdfDriverGlobals, request));
    ck_assert_uint_ne(WdfRequestWdmGetIrp(request)->Flags & IRP_UM_DRIVER_INITIATED_IO, 0);
    ck_assert(!imp_WdfRequestIsFromUserModeDriver(WdfDriverGlobals, request)); /* It stays so. */
    imp_WdfRequestSetUserModeDriverInitiatedIo(WdfDriverGlobals, request, FALSE);
    ck_assert_uint_eq(WdfRequestWdmGetIrp(request)->Flags & IRP_UM_DRIVER_INITIATED_IO, 0);
}

START_TEST(an_applications_request_can_be_marked)
{
    control(check_application);
}
END_TEST

START_TEST(a_drivers_own_request_is_marked_already)
{
    WDF_REQUEST_REUSE_PARAMS reuse;
    WDFREQUEST request;

    ck_assert_int_eq(WdfRequestCreate(WDF_NO_OBJECT_ATTRIBUTES, NULL, &request), STATUS_SUCCESS);
    ck_assert(imp_WdfRequestGetUserModeDriverInitiatedIo(WdfDriverGlobals, request));
    imp_WdfRequestSetUserModeDriverInitiatedIo(WdfDriverGlobals, request, FALSE);
    ck_assert(!imp_WdfRequestGetUserModeDriverInitiatedIo(WdfDriverGlobals, request));
    ck_assert(imp_WdfRequestIsFromUserModeDriver(WdfDriverGlobals, request));
    WDF_REQUEST_REUSE_PARAMS_INIT(&reuse, WDF_REQUEST_REUSE_NO_FLAGS, STATUS_SUCCESS);
    ck_assert_int_eq(WdfRequestReuse(request, &reuse), STATUS_SUCCESS);
    ck_assert(imp_WdfRequestGetUserModeDriverInitiatedIo(WdfDriverGlobals, request));
    WdfObjectDelete(request);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/um_request");
    TCase *tests = tcase_create("um_request");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, a_file_that_is_opened_relative_to_another_knows_it);
    tcase_add_test(tests, a_request_keeps_its_activity_id);
    tcase_add_test(tests, a_drivers_own_request_keeps_it_over_reuse_and_change_of_target);
    tcase_add_test(tests, misuse_is_a_violation);
    tcase_add_test(tests, an_applications_request_can_be_marked);
    tcase_add_test(tests, a_drivers_own_request_is_marked_already);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
