/* SPDX-License-Identifier: MIT */
/* Events, semaphores, mutexes, and waits for them. */
#include "nt_fixture.h"

static KEVENT event;
static KEVENT other_event;
static KSEMAPHORE semaphore;
static KMUTEX mutex;

START_TEST(notification_event_stays_set)
{
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    ck_assert_int_eq(fixture_wait(&event, 0), STATUS_TIMEOUT);
    ck_assert_int_eq(KeSetEvent(&event, 0, FALSE), 0);
    ck_assert_int_eq(KeSetEvent(&event, 0, FALSE), 1);
    ck_assert_int_eq(fixture_wait(&event, -1), STATUS_SUCCESS);
    ck_assert_int_eq(fixture_wait(&event, -1), STATUS_SUCCESS);
    ck_assert_int_ne(KeReadStateEvent(&event), 0);
    ck_assert_int_eq(KeResetEvent(&event), 1);
    ck_assert_int_eq(fixture_wait(&event, 0), STATUS_TIMEOUT);
}
END_TEST

START_TEST(synchronization_event_lets_one_go)
{
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    ck_assert_int_eq(fixture_wait(&event, -1), STATUS_SUCCESS);
    ck_assert_int_eq(KeReadStateEvent(&event), 0);
    ck_assert_int_eq(fixture_wait(&event, 1), STATUS_TIMEOUT);
}
END_TEST

START_TEST(semaphore_counts)
{
    KeInitializeSemaphore(&semaphore, 2, 3);
    ck_assert_int_eq(fixture_wait(&semaphore, 0), STATUS_SUCCESS);
    ck_assert_int_eq(fixture_wait(&semaphore, 0), STATUS_SUCCESS);
    ck_assert_int_eq(fixture_wait(&semaphore, 0), STATUS_TIMEOUT);
    ck_assert_int_eq(KeReleaseSemaphore(&semaphore, 0, 3, FALSE), 0);
    ck_assert_int_eq(KeReadStateSemaphore(&semaphore), 3);
}
END_TEST

START_TEST(semaphore_past_its_limit_raises_and_keeps_its_count)
{
    volatile NTSTATUS code = 0;

    KeInitializeSemaphore(&semaphore, 1, 2);
    __try {
        KeReleaseSemaphore(&semaphore, 0, 2, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    ck_assert_int_eq(KeReadStateSemaphore(&semaphore), 1);
}
END_TEST

START_TEST(mutex_is_taken_again_by_its_owner)
{
    KeInitializeMutex(&mutex, 0);
    ck_assert_int_eq(fixture_wait(&mutex, -1), STATUS_SUCCESS);
    ck_assert(KeAreApcsDisabled());
    ck_assert_int_eq(fixture_wait(&mutex, 0), STATUS_SUCCESS);
    ck_assert_int_lt(KeReadStateMutex(&mutex), 0);
    ck_assert_int_ne(KeReleaseMutex(&mutex, FALSE), 0);
    ck_assert_int_eq(KeReleaseMutex(&mutex, FALSE), 0);
    ck_assert_int_eq(KeReadStateMutex(&mutex), 1);
    ck_assert(!KeAreApcsDisabled());
}
END_TEST

static void
releases_a_mutex(void *argument)
{
    volatile NTSTATUS *code = argument;

    __try {
        KeReleaseMutex(&mutex, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        *code = GetExceptionCode();
    }
}

START_TEST(mutex_is_released_by_its_owner_only)
{
    volatile NTSTATUS code = 0;

    KeInitializeMutex(&mutex, 0);
    fixture_wait(&mutex, -1);
    sys_thread_join(fixture_start(releases_a_mutex, (void *)&code));
    ck_assert_int_eq(code, STATUS_MUTANT_NOT_OWNED);
    ck_assert_int_eq(KeReadStateMutex(&mutex), 0);
    KeReleaseMutex(&mutex, FALSE);
}
END_TEST

static void
takes_the_mutex_and_ends(void *argument)
{
    ck_assert_int_eq(fixture_wait(&mutex, -1), STATUS_SUCCESS);
}

START_TEST(mutex_of_a_thread_that_ended_is_abandoned_once)
{
    KeInitializeMutex(&mutex, 0);
    sys_thread_join(fixture_start(takes_the_mutex_and_ends, NULL));
    ck_assert_int_eq(fixture_wait(&mutex, -1), STATUS_ABANDONED);
    KeReleaseMutex(&mutex, FALSE);
    ck_assert_int_eq(fixture_wait(&mutex, -1), STATUS_SUCCESS);
    KeReleaseMutex(&mutex, FALSE);
}
END_TEST

/* Several objects ------------------------------------------------------------------------------ */

START_TEST(wait_for_any_names_the_first_that_is_set)
{
    PVOID objects[3] = {&event, &semaphore, &other_event};

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeInitializeEvent(&other_event, SynchronizationEvent, TRUE);
    KeInitializeSemaphore(&semaphore, 1, 1);
    ck_assert_int_eq(
        KeWaitForMultipleObjects(3, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_WAIT_1);
    ck_assert_int_eq(KeReadStateSemaphore(&semaphore), 0);
    ck_assert_int_eq(
        KeWaitForMultipleObjects(3, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_WAIT_2);
}
END_TEST

START_TEST(wait_for_all_takes_nothing_until_it_can_take_all)
{
    PVOID objects[2] = {&semaphore, &event};
    LARGE_INTEGER soon = fixture_time(MS(1));

    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    KeInitializeSemaphore(&semaphore, 1, 1);
    ck_assert_int_eq(
        KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, &soon, NULL),
        STATUS_TIMEOUT);
    ck_assert_int_eq(KeReadStateSemaphore(&semaphore), 1);
    KeSetEvent(&event, 0, FALSE);
    ck_assert_int_eq(
        KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_SUCCESS);
    ck_assert_int_eq(KeReadStateSemaphore(&semaphore), 0);
    ck_assert_int_eq(KeReadStateEvent(&event), 0);
}
END_TEST

START_TEST(up_to_64_objects_with_wait_blocks)
{
    KEVENT events[MAXIMUM_WAIT_OBJECTS];
    KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];
    PVOID objects[MAXIMUM_WAIT_OBJECTS];
    LARGE_INTEGER soon = fixture_time(MS(1));

    for (int i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) {
        KeInitializeEvent(&events[i], NotificationEvent, FALSE);
        objects[i] = &events[i];
    }
    ck_assert_int_eq(KeWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, objects, WaitAny, Executive,
                                              KernelMode, FALSE, &soon, blocks),
                     STATUS_TIMEOUT);
    KeSetEvent(&events[63], 0, FALSE);
    ck_assert_int_eq(KeWaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, objects, WaitAny, Executive,
                                              KernelMode, FALSE, NULL, blocks),
                     STATUS_WAIT_63);
}
END_TEST

static void
waits_for_four_without_blocks(void *argument)
{
    PVOID objects[4] = {&event, &event, &event, &event};

    KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
}

START_TEST(more_than_three_objects_without_wait_blocks_is_a_bug_check)
{
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    fixture_expect_bugcheck(MAXIMUM_WAIT_OBJECTS_EXCEEDED, waits_for_four_without_blocks, NULL);
}
END_TEST

static void
sets_an_event(void *argument)
{
    KeSetEvent(argument, 0, FALSE);
}

START_TEST(object_named_twice_ends_the_wait_once)
{
    PVOID objects[2] = {&event, &event};
    struct sys_thread *thread;

    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    thread = fixture_start(sets_an_event, &event);
    ck_assert_int_eq(
        KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_WAIT_0);
    sys_thread_join(thread);
    ck_assert_int_eq(KeReadStateEvent(&event), 0);
}
END_TEST

/* Timeouts, IRQL, alerts ----------------------------------------------------------------------- */

START_TEST(absolute_timeout_in_the_past_is_over_at_once)
{
    LARGE_INTEGER past = fixture_time(1);

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    ck_assert_int_eq(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &past),
                     STATUS_TIMEOUT);
}
END_TEST

static void
waits_at_dispatch(void *argument)
{
    KeRaiseIrqlToDpcLevel();
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, argument);
}

START_TEST(waiting_at_dispatch_level_is_a_bug_check_unless_it_only_looks)
{
    LARGE_INTEGER soon = fixture_time(MS(1));
    KIRQL irql;

    KeInitializeEvent(&event, NotificationEvent, TRUE);
    fixture_expect_bugcheck(IRQL_NOT_LESS_OR_EQUAL, waits_at_dispatch, NULL);
    fixture_expect_bugcheck(IRQL_NOT_LESS_OR_EQUAL, waits_at_dispatch, &soon);
    ck_assert_uint_eq(fixture_bugcheck.parameter[1], DISPATCH_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    ck_assert_int_eq(fixture_wait(&event, 0), STATUS_SUCCESS);
    KeLowerIrql(irql);
}
END_TEST

static void
waits_for_what_is_no_object(void *argument)
{
    static KEVENT never_initialized;

    fixture_wait(&never_initialized, 0);
}

START_TEST(object_that_nobody_initialized_is_a_bug_check)
{
    fixture_expect_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, waits_for_what_is_no_object, NULL);
}
END_TEST

static void
alerts(void *argument)
{
    ke_thread_alert(argument);
}

START_TEST(alert_ends_an_alertable_wait_or_the_next_one)
{
    struct sys_thread *thread;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    ke_thread_alert(ke_thread_self());
    ck_assert_int_eq(fixture_wait(&event, 0), STATUS_TIMEOUT);
    ck_assert_int_eq(KeWaitForSingleObject(&event, Executive, KernelMode, TRUE, NULL),
                     STATUS_ALERTED);
    thread = fixture_start(alerts, ke_thread_self());
    ck_assert_int_eq(KeWaitForSingleObject(&event, Executive, KernelMode, TRUE, NULL),
                     STATUS_ALERTED);
    sys_thread_join(thread);
}
END_TEST

/* The waiter's event is on its stack: nobody may touch it once the waiter goes on. */
static void
waits_on_its_stack(void *argument)
{
    PKEVENT *place = argument;

    for (int i = 0; i < 100; i++) {
        KEVENT mine;

        KeInitializeEvent(&mine, NotificationEvent, FALSE);
        atomic_store_ptr((base_pointer *)place, &mine);
        fixture_wait(&mine, -1);
        memset(&mine, 0xEE, sizeof(mine));
    }
}

START_TEST(event_on_the_stack_of_its_waiter_is_not_touched_after_the_wait)
{
    PKEVENT place = NULL;
    struct sys_thread *thread = fixture_start(waits_on_its_stack, &place);

    for (int i = 0; i < 100; i++) {
        PKEVENT found;

        while ((found = atomic_xchg_ptr((base_pointer *)&place, NULL)) == NULL) {
            sys_spin_pause();
        }
        KeSetEvent(found, 0, FALSE);
    }
    sys_thread_join(thread);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("wait");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, notification_event_stays_set);
    tcase_add_test(tests, synchronization_event_lets_one_go);
    tcase_add_test(tests, semaphore_counts);
    tcase_add_test(tests, semaphore_past_its_limit_raises_and_keeps_its_count);
    tcase_add_test(tests, mutex_is_taken_again_by_its_owner);
    tcase_add_test(tests, mutex_is_released_by_its_owner_only);
    tcase_add_test(tests, mutex_of_a_thread_that_ended_is_abandoned_once);
    tcase_add_test(tests, wait_for_any_names_the_first_that_is_set);
    tcase_add_test(tests, wait_for_all_takes_nothing_until_it_can_take_all);
    tcase_add_test(tests, up_to_64_objects_with_wait_blocks);
    tcase_add_test(tests, more_than_three_objects_without_wait_blocks_is_a_bug_check);
    tcase_add_test(tests, object_named_twice_ends_the_wait_once);
    tcase_add_test(tests, absolute_timeout_in_the_past_is_over_at_once);
    tcase_add_test(tests, waiting_at_dispatch_level_is_a_bug_check_unless_it_only_looks);
    tcase_add_test(tests, object_that_nobody_initialized_is_a_bug_check);
    tcase_add_test(tests, alert_ends_an_alertable_wait_or_the_next_one);
    tcase_add_test(tests, event_on_the_stack_of_its_waiter_is_not_touched_after_the_wait);
    return fixture_run("nt/ke_wait", tests);
}
