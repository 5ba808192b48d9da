/* SPDX-License-Identifier: MIT */
/* Memory objects and lookaside lists: results of failures, ranges that overflow, parents, pool types, replaced buffers. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "fx/core/globals.h"
#include "fx/mem/memory.h"
#include "fx/object/object.h"

#define NOT_NULL ((void *)(uintptr_t)16)

static unsigned destroyed;
static KIRQL destroyed_at; /* The last one. */

static VOID
on_destroy(WDFOBJECT object)
{
    destroyed_at = KeGetCurrentIrql();
    destroyed++;
}

START_TEST(a_failed_creation_leaves_no_handle_and_no_buffer)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory = NOT_NULL;
    WDFLOOKASIDE list = NOT_NULL;
    PVOID buffer = NOT_NULL;
    char own[4];

    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPool, 0, 0, &memory, &buffer),
                     STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(memory);
    ck_assert_ptr_null(buffer);
    memory = NOT_NULL;
    buffer = NOT_NULL;
    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPool, 0, SIZE_MAX, &memory, &buffer),
                     STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_ptr_null(memory);
    ck_assert_ptr_null(buffer);
    memory = NOT_NULL;
    ck_assert_int_eq(WdfMemoryCreatePreallocated(NULL, own, 0, &memory), STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(memory);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.Size--;
    memory = NOT_NULL;
    ck_assert_int_eq(WdfMemoryCreatePreallocated(&attributes, own, 4, &memory),
                     STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_ptr_null(memory);
    ck_assert_int_eq(WdfLookasideListCreate(NULL, 0, NonPagedPool, NULL, 0, &list),
                     STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(list);
    list = NOT_NULL;
    ck_assert_int_eq(WdfLookasideListCreate(NULL, 8, NonPagedPool, &attributes, 0, &list),
                     STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_ptr_null(list);
}
END_TEST

START_TEST(a_preallocated_buffer_is_the_drivers_and_may_be_another)
{
    char first[4] = "abc";
    char second[9] = "12345678";
    WDFMEMORY memory;
    size_t size;

    ck_assert_int_eq(WdfMemoryCreatePreallocated(NULL, first, sizeof(first), &memory),
                     STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, &size), first);
    ck_assert_uint_eq(size, sizeof(first));
    ck_assert_int_eq(WdfMemoryAssignBuffer(memory, second, 0), STATUS_INVALID_PARAMETER);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, &size), first);
    ck_assert_int_eq(WdfMemoryAssignBuffer(memory, second, sizeof(second)), STATUS_SUCCESS);
    ck_assert_ptr_eq(WdfMemoryGetBuffer(memory, &size), second);
    ck_assert_uint_eq(size, sizeof(second));
    WdfObjectDelete(memory); /* And neither is freed. */

    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPool, 0, 4, &memory, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(WdfMemoryAssignBuffer(memory, second, sizeof(second)),
                     STATUS_INVALID_DEVICE_REQUEST);
    WdfObjectDelete(memory);
}
END_TEST

START_TEST(copies_that_would_leave_the_buffer_copy_nothing)
{
    static const struct {
        size_t offset;
        size_t length;
        NTSTATUS from; /* WdfMemoryCopyFromBuffer */
        NTSTATUS to;
    } cases[] = {
        {0, 0, STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER},
        {0, 9, STATUS_BUFFER_TOO_SMALL, STATUS_BUFFER_TOO_SMALL},
        {8, 1, STATUS_BUFFER_TOO_SMALL, STATUS_BUFFER_TOO_SMALL},
        {9, 1, STATUS_INVALID_BUFFER_SIZE, STATUS_BUFFER_TOO_SMALL},
        {1, SIZE_MAX, STATUS_BUFFER_TOO_SMALL, STATUS_BUFFER_TOO_SMALL},
        {4, SIZE_MAX - 3, STATUS_BUFFER_TOO_SMALL, STATUS_BUFFER_TOO_SMALL},
        {SIZE_MAX, 1, STATUS_INVALID_BUFFER_SIZE, STATUS_BUFFER_TOO_SMALL},
        {SIZE_MAX, 2, STATUS_INVALID_BUFFER_SIZE, STATUS_BUFFER_TOO_SMALL},
        {SIZE_MAX, SIZE_MAX, STATUS_INVALID_BUFFER_SIZE, STATUS_BUFFER_TOO_SMALL},
    };
    char other[16];
    WDFMEMORY memory;
    char *buffer;

    ck_assert_int_eq(WdfMemoryCreate(NULL, NonPagedPool, 0, 8, &memory, (PVOID *)&buffer),
                     STATUS_SUCCESS);
    memset(buffer, 'm', 8);
    memset(other, 'o', sizeof(other));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_int_eq(WdfMemoryCopyFromBuffer(memory, cases[i].offset, other, cases[i].length),
                         cases[i].from);
        ck_assert_int_eq(WdfMemoryCopyToBuffer(memory, cases[i].offset, other, cases[i].length),
                         cases[i].to);
        ck_assert_mem_eq(buffer, "mmmmmmmm", 8);
        ck_assert_mem_eq(other, "oooooooooooooooo", 16);
    }
    ck_assert_int_eq(WdfMemoryCopyFromBuffer(memory, 7, "x", 1), STATUS_SUCCESS);
    ck_assert_int_eq(WdfMemoryCopyToBuffer(memory, 6, other, 2), STATUS_SUCCESS);
    ck_assert_mem_eq(other, "mxo", 3);
    WdfObjectDelete(memory);
}
END_TEST

START_TEST(ranges_that_overflow_are_told_from_those_that_are_too_long)
{
    static const struct {
        WDFMEMORY_OFFSET offset;
        NTSTATUS status;
        size_t length;
    } cases[] = {
        {{0, 0}, STATUS_SUCCESS, 8},
        {{3, 0}, STATUS_SUCCESS, 5},
        {{8, 0}, STATUS_SUCCESS, 0},
        {{3, 5}, STATUS_SUCCESS, 5},
        {{3, 6}, STATUS_INVALID_BUFFER_SIZE, 0},
        {{9, 0}, STATUS_INVALID_BUFFER_SIZE, 0},
        {{1, SIZE_MAX}, STATUS_INTEGER_OVERFLOW, 0},
        {{SIZE_MAX, 1}, STATUS_INTEGER_OVERFLOW, 0},
        {{SIZE_MAX, 0}, STATUS_INTEGER_OVERFLOW, 0},
    };
    struct fx_memory memory = {.size = 8};
    char bytes[8];

    memory.buffer = bytes;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *buffer = NULL;
        size_t length = 0;

        ck_assert_msg(fx_memory_range(&memory, &cases[i].offset, &buffer, &length) ==
                          cases[i].status,
                      "case %zu", i);
        if (cases[i].status == STATUS_SUCCESS) {
            ck_assert_ptr_eq(buffer, bytes + cases[i].offset.BufferOffset);
        }
        ck_assert_uint_eq(length, cases[i].length);
    }
}
END_TEST

/* --- Lookaside lists ------------------------------------------------------------------------- */

START_TEST(memory_of_a_list_has_the_attributes_of_the_list)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFLOOKASIDE list;
    WDFMEMORY memory;
    WDFOBJECT parent;
    size_t size;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    ck_assert_int_eq(WdfObjectCreate(&attributes, &parent), STATUS_SUCCESS);
    attributes.ParentObject = parent;
    attributes.EvtDestroyCallback = on_destroy;
    ck_assert_int_eq(WdfLookasideListCreate(NULL, 24, NonPagedPool, &attributes, 'tseT', &list),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfMemoryCreateFromLookaside(list, &memory), STATUS_SUCCESS);
    memset(WdfMemoryGetBuffer(memory, &size), 1, 24);
    ck_assert_uint_eq(size, 24);
    ck_assert_uint_eq(destroyed, 0);
    WdfObjectDelete(parent);
    ck_assert_uint_eq(destroyed, 1);

    /* The parent is gone: there is no memory any more, and no handle. */
    WdfObjectDelete(list);
}
END_TEST

static void
create_with_dead_parent(void *argument)
{
    WDF_OBJECT_ATTRIBUTES *attributes = argument;
    WDFLOOKASIDE list;

    (void)WdfLookasideListCreate(NULL, 24, NonPagedPool, attributes, 0, &list);
}

START_TEST(a_list_is_not_made_for_a_parent_that_is_gone)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFOBJECT parent;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    ck_assert_int_eq(WdfObjectCreate(&attributes, &parent), STATUS_SUCCESS);
    attributes.ParentObject = parent;
    WdfObjectDelete(parent);
    fixture_expect_bugcheck(WDF_INVALID_HANDLE, create_with_dead_parent, &attributes);
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), (ULONG_PTR)parent);
}
END_TEST

START_TEST(memory_for_a_parent_that_is_being_deleted_is_refused)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFMEMORY memory = NOT_NULL;
    WDFLOOKASIDE list;
    WDFOBJECT parent;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    ck_assert_int_eq(WdfObjectCreate(&attributes, &parent), STATUS_SUCCESS);
    attributes.ParentObject = parent;
    attributes.EvtDestroyCallback = on_destroy;
    ck_assert_int_eq(WdfLookasideListCreate(NULL, 24, NonPagedPool, &attributes, 0, &list),
                     STATUS_SUCCESS);
    WdfObjectReference(parent); /* Its handle stays. */
    WdfObjectDelete(parent);
    ck_assert_int_eq(WdfMemoryCreateFromLookaside(list, &memory), STATUS_DELETE_PENDING);
    ck_assert_ptr_null(memory);
    ck_assert_uint_eq(destroyed, 0); /* It never was the driver's. */
    WdfObjectDereference(parent);
    WdfObjectDelete(list);
}
END_TEST

START_TEST(paged_memory_goes_at_passive_level)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFLOOKASIDE list;
    WDFMEMORY memory;
    KIRQL irql;

    for (int paged = 0; paged <= 1; paged++) {
        destroyed = 0;
        WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
        attributes.EvtDestroyCallback = on_destroy;
        ck_assert_int_eq(WdfLookasideListCreate(&attributes, 24, paged ? PagedPool : NonPagedPool,
                                                &attributes, 0, &list),
                         STATUS_SUCCESS);
        ck_assert_int_eq(WdfMemoryCreateFromLookaside(list, &memory), STATUS_SUCCESS);
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        WdfObjectDelete(memory);
        KeLowerIrql(irql);
        fixture_flush(); /* Another thread may be at it already. */
        ck_assert_uint_eq(destroyed, 1);
        ck_assert_uint_eq(destroyed_at, paged ? PASSIVE_LEVEL : DISPATCH_LEVEL);
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        WdfObjectDelete(list);
        KeLowerIrql(irql);
        fixture_flush();
        ck_assert_uint_eq(destroyed, 2);
        ck_assert_uint_eq(destroyed_at, paged ? PASSIVE_LEVEL : DISPATCH_LEVEL);
    }
}
END_TEST

START_TEST(memory_of_a_list_is_counted_among_the_drivers_objects)
{
    const struct fx_globals *globals = fx_globals_of(WdfDriverGlobals);
    WDFLOOKASIDE list;
    WDFMEMORY memory;
    unsigned before;

    ck_assert_int_eq(WdfLookasideListCreate(NULL, 24, NonPagedPool, NULL, 0, &list),
                     STATUS_SUCCESS);
    before = globals->object_count;
    ck_assert_int_eq(WdfMemoryCreateFromLookaside(list, &memory), STATUS_SUCCESS);
    ck_assert_uint_eq(globals->object_count, before + 1);
    WdfObjectDelete(memory);
    ck_assert_uint_eq(globals->object_count, before);
    WdfObjectDelete(list);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/memory");
    TCase *tests = tcase_create("memory");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_test(tests, a_failed_creation_leaves_no_handle_and_no_buffer);
    tcase_add_test(tests, a_preallocated_buffer_is_the_drivers_and_may_be_another);
    tcase_add_test(tests, copies_that_would_leave_the_buffer_copy_nothing);
    tcase_add_test(tests, ranges_that_overflow_are_told_from_those_that_are_too_long);
    tcase_add_test(tests, memory_of_a_list_has_the_attributes_of_the_list);
    tcase_add_test(tests, a_list_is_not_made_for_a_parent_that_is_gone);
    tcase_add_test(tests, memory_for_a_parent_that_is_being_deleted_is_refused);
    tcase_add_test(tests, paged_memory_goes_at_passive_level);
    tcase_add_test(tests, memory_of_a_list_is_counted_among_the_drivers_objects);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
