/* SPDX-License-Identifier: MIT */
/* Work items, callback objects, events behind handles. */
#include "nt_fixture.h"

static KEVENT event;
static uint32_t runs;

struct work {
    struct ex_work work;
    bool waits;
};

static void
run_once(struct ex_work *work)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    if (((struct work *)work)->waits) {
        fixture_wait(&event, -1);
    }
    atomic_fetch_add_u32(&runs, 1);
}

START_TEST(flush_waits_for_all_that_was_queued)
{
    static struct work items[50];

    runs = 0;
    for (int i = 0; i < 50; i++) {
        items[i].work.run = run_once;
        ex_work_queue_insert(&items[i].work);
    }
    ex_work_queue_flush();
    ck_assert_uint_eq(runs, 50);
}
END_TEST

START_TEST(items_that_wait_do_not_hold_up_others)
{
    static struct work items[10];
    static struct work last;

    runs = 0;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    for (int i = 0; i < 10; i++) {
        items[i].work.run = run_once;
        items[i].waits = true;
        ex_work_queue_insert(&items[i].work);
    }
    last.work.run = run_once;
    ex_work_queue_insert(&last.work);
    while (atomic_load_u32(&runs) == 0) {
        sys_thread_yield();
    }
    KeSetEvent(&event, 0, FALSE);
    ex_work_queue_flush();
    ck_assert_uint_eq(runs, 11);
}
END_TEST

static VOID
free_and_count(PVOID Parameter)
{
    ExFreePool(Parameter);
    atomic_fetch_add_u32(&runs, 1);
}

START_TEST(routine_may_free_its_own_item)
{
    runs = 0;
    for (int i = 0; i < 20; i++) {
        PWORK_QUEUE_ITEM item = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*item), 'krow');

        ExInitializeWorkItem(item, free_and_count, item);
        ExQueueWorkItem(item, DelayedWorkQueue);
    }
    ex_work_queue_flush();
    ck_assert_uint_eq(runs, 20);
}
END_TEST

static void
queues_twice(void *argument)
{
    static WORK_QUEUE_ITEM item;
    static LIST_ENTRY somewhere;

    ExInitializeWorkItem(&item, free_and_count, NULL);
    item.List.Flink = &somewhere; /* As it is while it is queued. */
    ExQueueWorkItem(&item, DelayedWorkQueue);
}

START_TEST(queuing_a_queued_item_is_a_bug_check)
{
    fixture_expect_bugcheck(WORKER_INVALID, queues_twice, NULL);
}
END_TEST

static VOID
return_at_dispatch(PVOID Parameter)
{
    KeRaiseIrqlToDpcLevel();
}

START_TEST(returning_at_a_raised_irql_is_a_bug_check)
{
    static WORK_QUEUE_ITEM item;

    ExInitializeWorkItem(&item, return_at_dispatch, NULL);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    ex_work_queue_flush();
}
END_TEST

static void
idle_workers(void)
{
    static struct work item;
    LARGE_INTEGER long_after = fixture_time(MS(10000));

    item.work.item.List.Flink = NULL;
    item.work.run = run_once;
    ex_work_queue_insert(&item.work);
    ex_work_queue_flush();
    ck_assert_uint_eq(ex_worker_count(), 1);
    KeDelayExecutionThread(KernelMode, FALSE, &long_after);
    ck_assert_uint_eq(ex_worker_count(), 0);
    ex_work_queue_insert(&item.work);
}

START_TEST(idle_workers_end_after_a_while)
{
    fixture_teardown();
    fixture_over_seeds(20, idle_workers);
    fixture_setup();
}
END_TEST

/* Callback objects ----------------------------------------------------------------------------- */

static PVOID registrations[3];

static VOID
count_call(PVOID CallbackContext, PVOID Argument1, PVOID Argument2)
{
    ck_assert_ptr_eq(Argument2, (PVOID)2);
    runs = runs * 10 + (uint32_t)(ULONG_PTR)CallbackContext;
}

static VOID
unregister_myself(PVOID CallbackContext, PVOID Argument1, PVOID Argument2)
{
    runs = runs * 10 + 7;
    ExUnregisterCallback(registrations[1]);
}

START_TEST(callbacks_are_called_in_order_until_unregistered)
{
    UNICODE_STRING name = fixture_string(L"\\Callback\\Test");
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT callback;
    PCALLBACK_OBJECT again;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    ck_assert_int_eq(ExCreateCallback(&callback, &attributes, FALSE, TRUE),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(ExCreateCallback(&callback, &attributes, TRUE, TRUE), STATUS_SUCCESS);
    ck_assert_int_eq(ExCreateCallback(&again, &attributes, FALSE, TRUE), STATUS_SUCCESS);
    ck_assert_ptr_eq(callback, again);
    ObDereferenceObject(again);
    registrations[0] = ExRegisterCallback(callback, count_call, (PVOID)1);
    registrations[1] = ExRegisterCallback(callback, unregister_myself, NULL);
    registrations[2] = ExRegisterCallback(callback, count_call, (PVOID)3);
    runs = 0;
    ExNotifyCallback(callback, NULL, (PVOID)2);
    ck_assert_uint_eq(runs, 173);
    runs = 0;
    ExNotifyCallback(callback, NULL, (PVOID)2);
    ck_assert_uint_eq(runs, 13);
    ExUnregisterCallback(registrations[0]);
    ExUnregisterCallback(registrations[2]);
    ExNotifyCallback(callback, NULL, (PVOID)2);
    ck_assert_uint_eq(runs, 13);
    ObDereferenceObject(callback);
    ck_assert_int_eq(ExCreateCallback(&callback, &attributes, FALSE, TRUE),
                     STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(callback_objects_of_the_system_are_there)
{
    UNICODE_STRING name = fixture_string(L"\\callback\\powerstate");
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT callback;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    ck_assert_int_eq(ExCreateCallback(&callback, &attributes, FALSE, TRUE), STATUS_SUCCESS);
    ObDereferenceObject(callback);
    ck_assert_int_eq(ExCreateCallback(&callback, NULL, TRUE, TRUE), STATUS_UNSUCCESSFUL);
}
END_TEST

/* Events behind handles ------------------------------------------------------------------------ */

START_TEST(named_event_is_one_event)
{
    UNICODE_STRING name = fixture_string(L"\\BaseNamedObjects\\Test");
    LARGE_INTEGER at_once = fixture_time(0);
    OBJECT_ATTRIBUTES attributes;
    HANDLE first;
    HANDLE second;
    LONG state;

    InitializeObjectAttributes(&attributes, &name, 0, NULL, NULL);
    ck_assert_int_eq(ZwCreateEvent(&first, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
                     STATUS_SUCCESS);
    ck_assert_int_eq(
        ZwCreateEvent(&second, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
        STATUS_OBJECT_NAME_COLLISION);
    attributes.Attributes = OBJ_OPENIF;
    ck_assert_int_eq(
        ZwCreateEvent(&second, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
        STATUS_OBJECT_NAME_EXISTS);
    ck_assert_int_eq(ZwWaitForSingleObject(second, FALSE, &at_once), STATUS_TIMEOUT);
    ck_assert_int_eq(ZwSetEvent(first, &state), STATUS_SUCCESS);
    ck_assert_int_eq(state, 0);
    ck_assert_int_eq(ZwWaitForSingleObject(second, FALSE, &at_once), STATUS_SUCCESS);
    ck_assert_int_eq(ZwResetEvent(second, &state), STATUS_SUCCESS);
    ck_assert_int_eq(state, 1);
    ZwClose(first);
    ZwClose(second);
    ck_assert_int_eq(ZwOpenEvent(&first, EVENT_ALL_ACCESS, &attributes),
                     STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(handles_are_waited_for_together)
{
    LARGE_INTEGER at_once = fixture_time(0);
    HANDLE handles[5];

    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(
            ZwCreateEvent(&handles[i], EVENT_ALL_ACCESS, NULL, NotificationEvent, i == 3),
            STATUS_SUCCESS);
    }
    ck_assert_int_eq(ZwWaitForMultipleObjects(5, handles, WaitAny, FALSE, NULL), STATUS_WAIT_3);
    ck_assert_int_eq(ZwWaitForMultipleObjects(5, handles, WaitAll, FALSE, &at_once),
                     STATUS_TIMEOUT);
    ck_assert_int_eq(ZwWaitForMultipleObjects(65, handles, WaitAll, FALSE, &at_once),
                     STATUS_INVALID_PARAMETER_1);
    ZwClose(handles[4]);
    ck_assert_int_eq(ZwWaitForMultipleObjects(5, handles, WaitAny, FALSE, NULL),
                     STATUS_INVALID_HANDLE);
    for (int i = 0; i < 4; i++) {
        ZwClose(handles[i]);
    }
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("work");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, flush_waits_for_all_that_was_queued);
    tcase_add_test(tests, items_that_wait_do_not_hold_up_others);
    tcase_add_test(tests, routine_may_free_its_own_item);
    tcase_add_test(tests, queuing_a_queued_item_is_a_bug_check);
    tcase_add_test_raise_signal(tests, returning_at_a_raised_irql_is_a_bug_check, SIGABRT);
    tcase_add_test(tests, idle_workers_end_after_a_while);
    tcase_add_test(tests, callbacks_are_called_in_order_until_unregistered);
    tcase_add_test(tests, callback_objects_of_the_system_are_there);
    tcase_add_test(tests, named_event_is_one_event);
    tcase_add_test(tests, handles_are_waited_for_together);
    return fixture_run("nt/ex_work", tests);
}
