/* SPDX-License-Identifier: MIT */
/* Framework objects through the public DDI: contexts, attributes, references, deletion, misuse. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

typedef struct _FIRST {
    ULONG number;
    char text[40];
} FIRST;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(FIRST, get_first)

typedef struct _SECOND {
    ULONG_PTR value;
} SECOND;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(SECOND, get_second)

WDF_DECLARE_CUSTOM_TYPE(SPECIAL)

/* --- Recording callbacks ---------------------------------------------------------------------- */

/* What was called, in order: "c1" cleanup of object number 1, "d1" its destroy. */
static char events[4096];
static KIRQL last_irql;

static void
note(char kind, WDFOBJECT object)
{
    size_t used = strlen(events);

    last_irql = KeGetCurrentIrql();
    snprintf(events + used, sizeof(events) - used, "%c%u ", kind, get_first(object)->number);
}

static VOID
note_cleanup(WDFOBJECT object)
{
    note('c', object);
}

static VOID
note_destroy(WDFOBJECT object)
{
    note('d', object);
}

static WDF_OBJECT_ATTRIBUTES
recording(WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, FIRST);
    attributes.ParentObject = parent;
    attributes.EvtCleanupCallback = note_cleanup;
    attributes.EvtDestroyCallback = note_destroy;
    return attributes;
}

static WDFOBJECT
create(WDF_OBJECT_ATTRIBUTES attributes, ULONG number)
{
    WDFOBJECT object = NULL;

    ck_assert_int_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    get_first(object)->number = number;
    return object;
}

static void
open_fixture(void)
{
    events[0] = '\0';
    fixture_open();
}

/* --- Handles and contexts -------------------------------------------------------------------- */

START_TEST(a_handle_is_not_a_usable_pointer)
{
    WDFOBJECT object;

    ck_assert_int_eq(WdfObjectCreate(WDF_NO_OBJECT_ATTRIBUTES, &object), STATUS_SUCCESS);
    ck_assert((ULONG_PTR)object >> 63 == 1);
    WdfObjectDelete(object);
}
END_TEST

START_TEST(a_context_is_zeroed_and_found_by_its_type_only)
{
    WDFOBJECT object = create(recording(NULL), 0);
    static const FIRST zero;

    ck_assert_mem_eq(get_first(object), &zero, sizeof(zero));
    ck_assert_ptr_null(get_second(object));
    ck_assert_ptr_eq(WdfObjectContextGetObject(get_first(object)), object);
    WdfObjectDelete(object);
}
END_TEST

START_TEST(an_object_has_several_contexts_each_with_its_own_callbacks)
{
    WDFOBJECT object = create(recording(NULL), 7);
    WDF_OBJECT_ATTRIBUTES attributes;
    SECOND *second = NULL;
    SECOND *again = NULL;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SECOND);
    attributes.EvtCleanupCallback = note_cleanup;
    ck_assert_int_eq(WdfObjectAllocateContext(object, &attributes, (PVOID *)&second),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(second->value, 0);
    ck_assert_ptr_eq(get_second(object), second);
    ck_assert_ptr_eq(WdfObjectContextGetObject(second), object);
    ck_assert_int_eq(WdfObjectAllocateContext(object, &attributes, (PVOID *)&again),
                     STATUS_OBJECT_NAME_EXISTS);
    ck_assert_ptr_eq(again, second);
    WdfObjectDelete(object);
    ck_assert_str_eq(events, "c7 c7 d7 ");
}
END_TEST

START_TEST(the_size_override_gives_room_behind_the_context)
{
    WDF_OBJECT_ATTRIBUTES attributes = recording(NULL);
    WDFOBJECT object;

    attributes.ContextSizeOverride = sizeof(FIRST) + 4096;
    object = create(attributes, 1);
    memset(get_first(object) + 1, 0xA5, 4096); /* A sanitizer watches. */
    WdfObjectDelete(object);
}
END_TEST

START_TEST(a_custom_type_marks_an_object_and_carries_data)
{
    WDFOBJECT object = create(recording(NULL), 1);

    ck_assert(!WdfObjectIsCustomType(object, SPECIAL));
    ck_assert_int_eq(WdfObjectAddCustomTypeWithData(object, SPECIAL, 42, NULL, NULL),
                     STATUS_SUCCESS);
    ck_assert(WdfObjectIsCustomType(object, SPECIAL));
    ck_assert_uint_eq(WdfObjectGetCustomTypeData(object, SPECIAL), 42);
    ck_assert_int_eq(WdfObjectAddCustomType(object, SPECIAL), STATUS_OBJECT_NAME_EXISTS);
    WdfObjectDelete(object);
}
END_TEST

/* --- Attributes ------------------------------------------------------------------------------ */

static NTSTATUS
try_create(WDF_OBJECT_ATTRIBUTES attributes)
{
    WDFOBJECT object = (WDFOBJECT)1;
    NTSTATUS status = WdfObjectCreate(&attributes, &object);

    if (NT_SUCCESS(status)) {
        WdfObjectDelete(object);
    } else {
        ck_assert_ptr_null(object);
    }
    return status;
}

START_TEST(wrong_attributes_are_refused_with_the_documented_status)
{
    WDF_OBJECT_CONTEXT_TYPE_INFO empty = *WDF_GET_CONTEXT_TYPE_INFO(FIRST);
    WDF_OBJECT_ATTRIBUTES attributes;

    attributes = recording(NULL);
    attributes.Size--;
    ck_assert_int_eq(try_create(attributes), STATUS_INFO_LENGTH_MISMATCH);

    attributes = recording(NULL);
    attributes.ContextSizeOverride = sizeof(FIRST) - 1;
    ck_assert_int_eq(try_create(attributes), STATUS_WDF_OBJECT_ATTRIBUTES_INVALID);

    attributes = recording(NULL);
    attributes.ContextTypeInfo = NULL;
    attributes.EvtCleanupCallback = NULL;
    attributes.EvtDestroyCallback = NULL;
    attributes.ContextSizeOverride = 100;
    ck_assert_int_eq(try_create(attributes), STATUS_WDF_OBJECT_ATTRIBUTES_INVALID);

    empty.ContextSize = 0;
    attributes = recording(NULL);
    attributes.ContextTypeInfo = &empty;
    ck_assert_int_eq(try_create(attributes), STATUS_WDF_OBJECT_ATTRIBUTES_INVALID);

    attributes = recording(NULL);
    attributes.ExecutionLevel = WdfExecutionLevelInvalid;
    ck_assert_int_eq(try_create(attributes), STATUS_WDF_OBJECT_ATTRIBUTES_INVALID);

    attributes = recording(NULL);
    attributes.SynchronizationScope = WdfSynchronizationScopeDevice;
    ck_assert_int_eq(try_create(attributes), STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID);
}
END_TEST

START_TEST(a_level_is_refused_where_the_type_has_none)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFSPINLOCK lock;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    ck_assert_int_eq(WdfSpinLockCreate(&attributes, &lock), STATUS_WDF_EXECUTION_LEVEL_INVALID);
    ck_assert_int_eq(try_create(attributes), STATUS_SUCCESS); /* General objects have one. */
}
END_TEST

START_TEST(a_context_needs_a_type_and_takes_no_parent)
{
    WDFOBJECT object = create(recording(NULL), 1);
    WDF_OBJECT_ATTRIBUTES attributes;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    ck_assert_int_eq(WdfObjectAllocateContext(object, &attributes, NULL),
                     STATUS_OBJECT_NAME_INVALID);
    WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(&attributes, SECOND);
    attributes.ParentObject = object;
    ck_assert_int_eq(WdfObjectAllocateContext(object, &attributes, NULL),
                     STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
    WdfObjectDelete(object);
}
END_TEST

START_TEST(timers_dpcs_and_work_items_need_a_device_above)
{
    WDFOBJECT parent = create(recording(NULL), 1);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDF_WORKITEM_CONFIG item_config;
    WDF_TIMER_CONFIG timer_config;
    WDF_DPC_CONFIG dpc_config;
    WDFWORKITEM item;
    WDFTIMER timer;
    WDFDPC dpc;

    WDF_WORKITEM_CONFIG_INIT(&item_config, (PFN_WDF_WORKITEM)note_cleanup);
    WDF_TIMER_CONFIG_INIT(&timer_config, (PFN_WDF_TIMER)note_cleanup);
    WDF_DPC_CONFIG_INIT(&dpc_config, (PFN_WDF_DPC)note_cleanup);
    ck_assert_int_eq(WdfWorkItemCreate(&item_config, WDF_NO_OBJECT_ATTRIBUTES, &item),
                     STATUS_WDF_PARENT_NOT_SPECIFIED);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    ck_assert_int_eq(WdfTimerCreate(&timer_config, &attributes, &timer),
                     STATUS_WDF_PARENT_NOT_SPECIFIED);
    ck_assert_int_eq(WdfDpcCreate(&dpc_config, &attributes, &dpc), STATUS_WDF_PARENT_NOT_SPECIFIED);
    attributes.ParentObject = parent;
    ck_assert_int_eq(WdfWorkItemCreate(&item_config, &attributes, &item),
                     STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_int_eq(WdfTimerCreate(&timer_config, &attributes, &timer),
                     STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_int_eq(WdfDpcCreate(&dpc_config, &attributes, &dpc), STATUS_INVALID_DEVICE_REQUEST);
    WdfObjectDelete(parent);
}
END_TEST

/* --- Deletion -------------------------------------------------------------------------------- */

START_TEST(cleanup_runs_children_first_and_destroy_after_the_whole_cleanup)
{
    WDFOBJECT top = create(recording(NULL), 1);
    WDFOBJECT middle = create(recording(top), 2);

    create(recording(middle), 3);
    WdfObjectDelete(top);
    ck_assert_str_eq(events, "c3 c2 c1 d3 d2 d1 ");
}
END_TEST

/* Every object of the subtree must still be there: its context is written to. */
static WDFOBJECT family[3];

static VOID
touch_family(WDFOBJECT object)
{
    unsigned i;

    for (i = 0; i < 3; i++) {
        get_first(family[i])->text[0]++;
    }
    note('c', object);
}

START_TEST(the_whole_subtree_exists_in_every_cleanup)
{
    WDF_OBJECT_ATTRIBUTES attributes = recording(NULL);
    unsigned i;

    attributes.EvtCleanupCallback = touch_family;
    for (i = 0; i < 3; i++) {
        attributes.ParentObject = i == 0 ? NULL : family[i - 1];
        family[i] = create(attributes, i);
    }
    WdfObjectDelete(family[0]);
    ck_assert_str_eq(events, "c2 c1 c0 d2 d1 d0 ");
}
END_TEST

START_TEST(a_reference_keeps_context_and_handle_but_not_the_cleanup_away)
{
    WDFOBJECT object = create(recording(NULL), 5);

    WdfObjectReferenceWithTag(object, (PVOID)(ULONG_PTR)'gaT1');
    WdfObjectDelete(object);
    ck_assert_str_eq(events, "c5 ");
    ck_assert_uint_eq(get_first(object)->number, 5);
    WdfObjectDelete(object); /* A second deletion changes nothing. */
    ck_assert_str_eq(events, "c5 ");
    WdfObjectDereferenceWithTag(object, (PVOID)(ULONG_PTR)'gaT1');
    ck_assert_str_eq(events, "c5 d5 ");
}
END_TEST

START_TEST(a_childs_memory_may_outlive_its_parents)
{
    WDFOBJECT parent = create(recording(NULL), 1);
    WDFOBJECT child = create(recording(parent), 2);

    WdfObjectReference(child);
    WdfObjectDelete(parent);
    ck_assert_str_eq(events, "c2 c1 d1 ");
    WdfObjectDereference(child);
    ck_assert_str_eq(events, "c2 c1 d1 d2 ");
}
END_TEST

static VOID
delete_parent_first(WDFOBJECT object)
{
    note('c', object);
    WdfObjectDelete(family[0]);
}

START_TEST(a_cleanup_may_delete_the_parent)
{
    WDF_OBJECT_ATTRIBUTES attributes = recording(NULL);
    WDFOBJECT child;

    family[0] = create(attributes, 1);
    attributes.ParentObject = family[0];
    create(attributes, 3);
    attributes.EvtCleanupCallback = delete_parent_first;
    child = create(attributes, 2);
    WdfObjectDelete(child);
    ck_assert_str_eq(events, "c2 c3 c1 d2 d3 d1 ");
}
END_TEST

static NTSTATUS status_in_cleanup[2];

static VOID
grow_while_dying(WDFOBJECT object)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFOBJECT child;

    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = object;
    status_in_cleanup[0] = WdfObjectCreate(&attributes, &child);
    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, SECOND);
    status_in_cleanup[1] = WdfObjectAllocateContext(object, &attributes, NULL);
}

START_TEST(a_dying_object_takes_no_children_and_no_contexts)
{
    WDF_OBJECT_ATTRIBUTES attributes = recording(NULL);

    attributes.EvtCleanupCallback = grow_while_dying;
    WdfObjectDelete(create(attributes, 1));
    ck_assert_int_eq(status_in_cleanup[0], STATUS_DELETE_PENDING);
    ck_assert_int_eq(status_in_cleanup[1], STATUS_DELETE_PENDING);
}
END_TEST

START_TEST(a_chain_of_many_objects_goes_without_recursion)
{
    WDFOBJECT top = create(recording(NULL), 0);
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFOBJECT object = top;
    unsigned i;

    for (i = 0; i < 20000; i++) {
        WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
        attributes.ParentObject = object;
        ck_assert_int_eq(WdfObjectCreate(&attributes, &object), STATUS_SUCCESS);
    }
    WdfObjectDelete(top);
    ck_assert_str_eq(events, "c0 d0 ");
}
END_TEST

static unsigned passive_calls;

static VOID
passive_callback(WDFOBJECT object)
{
    ck_assert_int_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    passive_calls++;
    note('p', object);
}

START_TEST(what_needs_passive_level_is_cleaned_up_there_and_its_parent_after_it)
{
    WDF_OBJECT_ATTRIBUTES attributes = recording(NULL);
    WDFOBJECT parent = create(attributes, 1);
    KIRQL irql;

    attributes.ParentObject = parent;
    attributes.ExecutionLevel = WdfExecutionLevelPassive;
    attributes.EvtCleanupCallback = passive_callback;
    attributes.EvtDestroyCallback = passive_callback;
    create(attributes, 2);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    WdfObjectDelete(parent);
    KeLowerIrql(irql);
    fixture_flush();
    /* Which of the two is destroyed first is open. */
    ck_assert_uint_eq(passive_calls, 2);
    ck_assert_int_eq(strncmp(events, "p2 c1 ", 6), 0);
}
END_TEST

START_TEST(an_object_at_dispatch_level_goes_at_once)
{
    WDFOBJECT object = create(recording(NULL), 1);
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    WdfObjectDelete(object);
    ck_assert_str_eq(events, "c1 d1 ");
    ck_assert_int_eq(last_irql, DISPATCH_LEVEL);
    KeLowerIrql(irql);
}
END_TEST

START_TEST(objects_left_to_the_driver_go_with_it)
{
    create(recording(NULL), 1);
    create(recording(NULL), 2);
    fixture_close();
    ck_assert_str_eq(events, "c2 c1 d2 d1 ");
    fixture_open();
}
END_TEST

/* --- Misuse ---------------------------------------------------------------------------------- */

static void
delete_it(void *handle)
{
    WdfObjectDelete(handle);
}

static void
read_as_string(void *handle)
{
    UNICODE_STRING text;

    WdfStringGetUnicodeString(handle, &text);
}

static void
drop_the_creation_reference(void *handle)
{
    WdfObjectDereference(handle);
}

START_TEST(null_and_nonsense_handles_bugcheck)
{
    int local = 0;

    fixture_expect_bugcheck(WDF_REQUIRED_PARAMETER_IS_NULL, delete_it, NULL);
    fixture_expect_bugcheck(WDF_INVALID_HANDLE, delete_it, &local);
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), (ULONG_PTR)&local);
    fixture_expect_bugcheck(WDF_INVALID_HANDLE, delete_it, (void *)42);
}
END_TEST

START_TEST(a_handle_of_another_type_bugchecks)
{
    WDFOBJECT object = create(recording(NULL), 1);

    fixture_expect_bugcheck(WDF_INVALID_HANDLE, read_as_string, object);
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), (ULONG_PTR)object);
    WdfObjectDelete(object);
}
END_TEST

START_TEST(deleting_what_the_framework_owns_bugchecks)
{
    fixture_expect_bugcheck(WDF_OBJECT_ERROR, delete_it, WdfGetDriver());
}
END_TEST

START_TEST(dereferencing_instead_of_deleting_bugchecks)
{
    WDFOBJECT object = create(recording(NULL), 1);

    WdfObjectReference(object);
    WdfObjectDereference(object);
    fixture_expect_bugcheck(WDF_OBJECT_ERROR, drop_the_creation_reference, object);
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), (ULONG_PTR)object);
    WdfObjectReference(object); /* The count went to zero: give the creation reference back. */
    WdfObjectDelete(object);
}
END_TEST

static VOID
raise_and_stay(WDFOBJECT object)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
}

START_TEST(a_callback_that_returns_at_another_irql_bugchecks)
{
    WDF_OBJECT_ATTRIBUTES attributes = recording(NULL);

    attributes.EvtCleanupCallback = raise_and_stay;
    fixture_expect_bugcheck(WDF_VERIFIER_IRQL_MISMATCH, delete_it, create(attributes, 1));
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), PASSIVE_LEVEL);
    ck_assert_uint_eq(fixture_bugcheck_parameter(3), DISPATCH_LEVEL);
    exit(0); /* The object stays half-way: nothing to close. */
}
END_TEST

START_TEST(a_leak_is_reported_with_type_context_handle_and_tag)
{
    WDFOBJECT object = create(recording(NULL), 1);
    char handle[32];

    WdfObjectReferenceWithTag(object, (PVOID)(ULONG_PTR)'kaeL');
    snprintf(handle, sizeof(handle), "WDFOBJECT 0x%llx", (unsigned long long)(ULONG_PTR)object);
    ck_assert_uint_eq(fixture_close_leaking(), 1);
    ck_assert(fixture_logged(handle));
    ck_assert(fixture_logged("FIRST"));
    ck_assert(fixture_logged("Leak"));
    ck_assert(fixture_logged("object.c:"));
    fixture_open();
}
END_TEST

START_TEST(giving_back_a_reference_with_another_tag_is_reported)
{
    WDFOBJECT object = create(recording(NULL), 1);

    WdfObjectReferenceWithTag(object, (PVOID)1);
    WdfObjectDereferenceWithTag(object, (PVOID)2);
    ck_assert(fixture_logged("which nobody took"));
    WdfObjectDelete(object);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/object");
    TCase *tests = tcase_create("object");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, open_fixture, fixture_close);
    tcase_add_test(tests, a_handle_is_not_a_usable_pointer);
    tcase_add_test(tests, a_context_is_zeroed_and_found_by_its_type_only);
    tcase_add_test(tests, an_object_has_several_contexts_each_with_its_own_callbacks);
    tcase_add_test(tests, the_size_override_gives_room_behind_the_context);
    tcase_add_test(tests, a_custom_type_marks_an_object_and_carries_data);
    tcase_add_test(tests, wrong_attributes_are_refused_with_the_documented_status);
    tcase_add_test(tests, a_level_is_refused_where_the_type_has_none);
    tcase_add_test(tests, a_context_needs_a_type_and_takes_no_parent);
    tcase_add_test(tests, timers_dpcs_and_work_items_need_a_device_above);
    tcase_add_test(tests, cleanup_runs_children_first_and_destroy_after_the_whole_cleanup);
    tcase_add_test(tests, the_whole_subtree_exists_in_every_cleanup);
    tcase_add_test(tests, a_reference_keeps_context_and_handle_but_not_the_cleanup_away);
    tcase_add_test(tests, a_childs_memory_may_outlive_its_parents);
    tcase_add_test(tests, a_cleanup_may_delete_the_parent);
    tcase_add_test(tests, a_dying_object_takes_no_children_and_no_contexts);
    tcase_add_test(tests, a_chain_of_many_objects_goes_without_recursion);
    tcase_add_test(tests, what_needs_passive_level_is_cleaned_up_there_and_its_parent_after_it);
    tcase_add_test(tests, an_object_at_dispatch_level_goes_at_once);
    tcase_add_test(tests, objects_left_to_the_driver_go_with_it);
    tcase_add_test(tests, null_and_nonsense_handles_bugcheck);
    tcase_add_test(tests, a_handle_of_another_type_bugchecks);
    tcase_add_test(tests, deleting_what_the_framework_owns_bugchecks);
    tcase_add_test(tests, dereferencing_instead_of_deleting_bugchecks);
    tcase_add_test(tests, a_callback_that_returns_at_another_irql_bugchecks);
    tcase_add_test(tests, a_leak_is_reported_with_type_context_handle_and_tag);
    tcase_add_test(tests, giving_back_a_reference_with_another_tag_is_reported);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
