/* SPDX-License-Identifier: MIT */
/* Memory, lookaside lists, strings, collections and locks through the public DDI. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

typedef struct _MARK {
    ULONG value;
} MARK;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(MARK, get_mark)

static unsigned destroyed;

static VOID
count_destroy(WDFOBJECT object)
{
    destroyed++;
}

/* --- Memory ---------------------------------------------------------------------------------- */

START_TEST(memory_has_its_size_and_a_buffer)
{
    size_t size = 0;
    WDFMEMORY memory;
    PVOID buffer;

    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPoolNx, 'tseT', 100, &memory, &buffer),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, &size), buffer);
    ck_assert_uint_eq(size, 100);
    memset(buffer, 1, 100);
    WdfObjectDelete(memory);
    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPoolNx, 0, 0, &memory, NULL),
                     STATUS_INVALID_PARAMETER);
}
END_TEST

typedef struct sized {
    ULONG value;
} SIZED_CONTEXT;
WDF_DECLARE_CONTEXT_TYPE(SIZED_CONTEXT)

START_TEST(copies_stay_inside_the_buffer)
{
    UCHAR local[16] = "0123456789abcde";
    WDFMEMORY memory;
    UCHAR *buffer;

    ck_assert_int_eq(WdfMemoryCreate(NULL, PagedPool, 0, 8, &memory, (PVOID *)&buffer),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfMemoryCopyFromBuffer(memory, 0, local, 8), STATUS_SUCCESS);
    ck_assert_mem_eq(buffer, "01234567", 8);
    ck_assert_int_eq(WdfMemoryCopyFromBuffer(memory, 4, local, 5), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(WdfMemoryCopyFromBuffer(memory, 9, local, 1), STATUS_INVALID_BUFFER_SIZE);
    ck_assert_int_eq(WdfMemoryCopyFromBuffer(memory, 1, local, SIZE_MAX), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(WdfMemoryCopyFromBuffer(memory, 0, local, 0), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(WdfMemoryCopyToBuffer(memory, 6, local, 2), STATUS_SUCCESS);
    ck_assert_mem_eq(local, "672345", 6);
    ck_assert_int_eq(WdfMemoryCopyToBuffer(memory, 6, local, 3), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(WdfMemoryCopyToBuffer(memory, 9, local, 1), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(WdfMemoryCopyToBuffer(memory, SIZE_MAX, local, 2), STATUS_BUFFER_TOO_SMALL);
    WdfObjectDelete(memory);
}
END_TEST

START_TEST(sizes_that_no_memory_has_are_refused)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory;
    WDFSTRING string;

    ck_assert_int_eq(WdfMemoryCreate(NULL, PagedPool, 0, SIZE_MAX, &memory, NULL),
                     STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_ptr_null(memory);
    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPool, 0, SIZE_MAX - 64, &memory, NULL),
                     STATUS_INSUFFICIENT_RESOURCES);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SIZED_CONTEXT);
    attributes.ContextSizeOverride = SIZE_MAX;
    ck_assert_int_eq(WdfStringCreate(NULL, &attributes, &string), STATUS_INSUFFICIENT_RESOURCES);
    attributes.ContextSizeOverride = SIZE_MAX / 2 - 20;
    ck_assert_int_eq(WdfStringCreate(NULL, &attributes, &string), STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_ptr_null(string);
}
END_TEST

START_TEST(only_a_preallocated_buffer_can_be_replaced)
{
    WDFMEMORY memory;
    UCHAR first[4];
    UCHAR second[8];
    size_t size;

    ck_assert_int_eq(WdfMemoryCreatePreallocated(NULL, first, sizeof(first), &memory),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfMemoryAssignBuffer(memory, second, sizeof(second)), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, &size), second);
    ck_assert_uint_eq(size, sizeof(second));
    ck_assert_int_eq(WdfMemoryAssignBuffer(memory, second, 0), STATUS_INVALID_PARAMETER);
    WdfObjectDelete(memory);
    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPoolNx, 0, 4, &memory, NULL), STATUS_SUCCESS);
    ck_assert(!NT_SUCCESS(WdfMemoryAssignBuffer(memory, second, sizeof(second))));
    WdfObjectDelete(memory);
}
END_TEST

START_TEST(a_lookaside_list_gives_fresh_objects_from_used_memory)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFLOOKASIDE lookaside;
    WDFMEMORY memory;
    unsigned i;

    destroyed = 0;
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, MARK);
    attributes.EvtDestroyCallback = count_destroy;
    ck_assert_int_eq(
        WdfLookasideListCreate(NULL, 64, NonPagedPoolNx, &attributes, 'kooL', &lookaside),
        STATUS_SUCCESS);
    for (i = 0; i < 10; i++) {
        ck_assert_int_eq(WdfMemoryCreateFromLookaside(lookaside, &memory), STATUS_SUCCESS);
        ck_assert_uint_eq(get_mark(memory)->value, 0);
        get_mark(memory)->value = i + 1;
        memset(WdfMemoryGetBuffer(memory, NULL), 0xEE, 64);
        WdfObjectDelete(memory);
        ck_assert_uint_eq(destroyed, i + 1);
    }
    /* The list may go before its last memory object. */
    ck_assert_int_eq(WdfMemoryCreateFromLookaside(lookaside, &memory), STATUS_SUCCESS);
    WdfObjectDelete(lookaside);
    memset(WdfMemoryGetBuffer(memory, NULL), 0xEE, 64);
    WdfObjectDelete(memory);
}
END_TEST

/* --- Strings and collections ----------------------------------------------------------------- */

START_TEST(a_string_is_a_terminated_copy)
{
    UNICODE_STRING text = RTL_CONSTANT_STRING(L"abc");
    UNICODE_STRING copy;
    WDFSTRING string;

    ck_assert_int_eq(WdfStringCreate(&text, NULL, &string), STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &copy);
    ck_assert_ptr_ne(copy.Buffer, text.Buffer);
    ck_assert_uint_eq(copy.Length, text.Length);
    ck_assert_mem_eq(copy.Buffer, text.Buffer, sizeof(L"abc"));
    WdfObjectDelete(string);
    ck_assert_int_eq(WdfStringCreate(NULL, NULL, &string), STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &copy);
    ck_assert_uint_eq(copy.Length, 0);
    WdfObjectDelete(string);
}
END_TEST

START_TEST(a_string_with_half_a_character_is_refused)
{
    UNICODE_STRING text = RTL_CONSTANT_STRING(L"abc");
    WDFSTRING string;

    text.Length--;
    ck_assert_int_eq(WdfStringCreate(&text, NULL, &string), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_collection_keeps_order_and_references)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFCOLLECTION collection;
    WDFOBJECT object[3];
    unsigned i;

    destroyed = 0;
    ck_assert_int_eq(WdfCollectionCreate(NULL, &collection), STATUS_SUCCESS);
    ck_assert_ptr_null(WdfCollectionGetFirstItem(collection));
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.EvtDestroyCallback = count_destroy;
    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(WdfObjectCreate(&attributes, &object[i]), STATUS_SUCCESS);
        ck_assert_int_eq(WdfCollectionAdd(collection, object[i]), STATUS_SUCCESS);
        WdfObjectDelete(object[i]);
    }
    ck_assert_uint_eq(destroyed, 0);
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 3);
    ck_assert_ptr_eq(WdfCollectionGetItem(collection, 1), object[1]);
    ck_assert_ptr_eq(WdfCollectionGetLastItem(collection), object[2]);
    ck_assert_ptr_null(WdfCollectionGetItem(collection, 3));
    WdfCollectionRemove(collection, object[1]);
    ck_assert_uint_eq(destroyed, 1);
    ck_assert_ptr_eq(WdfCollectionGetItem(collection, 1), object[2]);
    WdfCollectionRemoveItem(collection, 0);
    ck_assert_ptr_eq(WdfCollectionGetFirstItem(collection), object[2]);
    WdfObjectDelete(collection);
    ck_assert_uint_eq(destroyed, 3);
}
END_TEST

/* --- Locks ----------------------------------------------------------------------------------- */

static void
acquire_spin(void *lock)
{
    WdfSpinLockAcquire(lock);
}

static void
release_spin(void *lock)
{
    WdfSpinLockRelease(lock);
}

START_TEST(a_spin_lock_raises_and_restores_the_irql)
{
    WDFSPINLOCK lock;

    ck_assert_int_eq(WdfSpinLockCreate(NULL, &lock), STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    ck_assert_int_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    fixture_expect_bugcheck(WDF_RECURSIVE_LOCK, acquire_spin, lock);
    WdfSpinLockRelease(lock);
    ck_assert_int_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    fixture_expect_bugcheck(WDF_INVALID_LOCK_OPERATION, release_spin, lock);
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), (ULONG_PTR)lock);
    ck_assert_uint_eq(fixture_bugcheck_parameter(3), 1);
    WdfObjectDelete(lock);
}
END_TEST

static WDFWAITLOCK shared_lock;
static NTSTATUS other_status[2];

static VOID
try_from_elsewhere(PVOID context)
{
    LONGLONG timeout = 0;

    other_status[0] = WdfWaitLockAcquire(shared_lock, &timeout);
    timeout = WDF_REL_TIMEOUT_IN_MS(1);
    other_status[1] = WdfWaitLockAcquire(shared_lock, &timeout);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

START_TEST(a_wait_lock_times_out_while_another_thread_holds_it)
{
    HANDLE handle;
    PVOID thread;

    ck_assert_int_eq(WdfWaitLockCreate(NULL, &shared_lock), STATUS_SUCCESS);
    ck_assert_int_eq(WdfWaitLockAcquire(shared_lock, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    ck_assert(KeAreApcsDisabled());
    ck_assert_int_eq(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL,
                                          try_from_elsewhere, NULL),
                     STATUS_SUCCESS);
    ck_assert_int_eq(ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                               &thread, NULL),
                     STATUS_SUCCESS);
    ZwClose(handle);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(thread);
    ck_assert_int_eq(other_status[0], STATUS_TIMEOUT);
    ck_assert_int_eq(other_status[1], STATUS_TIMEOUT);
    WdfWaitLockRelease(shared_lock);
    ck_assert(!KeAreApcsDisabled());
    WdfObjectDelete(shared_lock);
}
END_TEST

static void
acquire_device_lock(void *handle)
{
    WdfObjectAcquireLock(handle);
}

START_TEST(an_object_without_synchronization_lock_bugchecks)
{
    WDFOBJECT object;

    ck_assert_int_eq(WdfObjectCreate(NULL, &object), STATUS_SUCCESS);
    fixture_expect_bugcheck(WDF_INVALID_LOCK_OPERATION, acquire_device_lock, object);
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), (ULONG_PTR)object);
    ck_assert_uint_eq(fixture_bugcheck_parameter(3), 0);
    WdfObjectDelete(object);
}
END_TEST

/* --- The driver object ----------------------------------------------------------------------- */

START_TEST(the_driver_knows_its_version_path_and_wdm_object)
{
    WDF_DRIVER_VERSION_AVAILABLE_PARAMS params;
    UNICODE_STRING text;
    WDFSTRING string;

    WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&params, 1, 9);
    ck_assert(WdfDriverIsVersionAvailable(WdfGetDriver(), &params));
    params.MinorVersion = 99;
    ck_assert(!WdfDriverIsVersionAvailable(WdfGetDriver(), &params));
    params.Size = 1;
    ck_assert(!WdfDriverIsVersionAvailable(WdfGetDriver(), &params));
    ck_assert_int_eq(WdfStringCreate(NULL, NULL, &string), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDriverRetrieveVersionString(WdfGetDriver(), string), STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &text);
    ck_assert_uint_gt(text.Length, 0);
    WdfObjectDelete(string);
    ck_assert_mem_eq(WdfDriverGetRegistryPath(WdfGetDriver()), L"\\Registry", 18);
    ck_assert_ptr_eq(WdfWdmDriverGetWdfDriverHandle(WdfDriverWdmGetDriverObject(WdfGetDriver())),
                     WdfGetDriver());
}
END_TEST

START_TEST(a_second_driver_object_is_refused)
{
    UNICODE_STRING path = RTL_CONSTANT_STRING(L"x");
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, NULL);
    ck_assert_int_eq(
        WdfDriverCreate(WdfDriverWdmGetDriverObject(WdfGetDriver()), &path, NULL, &config, NULL),
        STATUS_DRIVER_INTERNAL_ERROR);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/misc");
    TCase *tests = tcase_create("misc");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, memory_has_its_size_and_a_buffer);
    tcase_add_test(tests, copies_stay_inside_the_buffer);
    tcase_add_test(tests, sizes_that_no_memory_has_are_refused);
    tcase_add_test(tests, only_a_preallocated_buffer_can_be_replaced);
    tcase_add_test(tests, a_lookaside_list_gives_fresh_objects_from_used_memory);
    tcase_add_test(tests, a_string_is_a_terminated_copy);
    tcase_add_test(tests, a_string_with_half_a_character_is_refused);
    tcase_add_test(tests, a_collection_keeps_order_and_references);
    tcase_add_test(tests, a_spin_lock_raises_and_restores_the_irql);
    tcase_add_test(tests, a_wait_lock_times_out_while_another_thread_holds_it);
    tcase_add_test(tests, an_object_without_synchronization_lock_bugchecks);
    tcase_add_test(tests, the_driver_knows_its_version_path_and_wdm_object);
    tcase_add_test(tests, a_second_driver_object_is_refused);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
