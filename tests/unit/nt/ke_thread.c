/* SPDX-License-Identifier: MIT */
/* Threads, IRQL, spin locks, device queues, bug checks. */
#include "nt_fixture.h"

#define MAGIC_PARAMETER 0x1234

static KEVENT event;
static KSPIN_LOCK lock;

static VOID
ends_with_a_status(PVOID context)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    ck_assert(PsIsSystemThread(PsGetCurrentThread()));
    ck_assert(KeAreApcsDisabled());
    *(PKTHREAD *)context = KeGetCurrentThread();
    PsTerminateSystemThread(STATUS_SUCCESS);
    ck_abort_msg("went on after its end");
}

START_TEST(system_thread_is_waited_for_through_its_handle)
{
    PKTHREAD seen = NULL;
    PVOID object;
    HANDLE handle;

    ck_assert_int_eq(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL,
                                          ends_with_a_status, &seen),
                     STATUS_SUCCESS);
    ck_assert_int_eq(
        ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, &object, NULL),
        STATUS_SUCCESS);
    ck_assert_int_eq(ObReferenceObjectByHandle(handle, SYNCHRONIZE, *ExEventObjectType, KernelMode,
                                               &object, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_int_eq(
        ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL, KernelMode, &object, NULL),
        STATUS_SUCCESS);
    ck_assert_int_eq(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_SUCCESS);
    ck_assert_ptr_eq(seen, object);
    ck_assert_int_eq(fixture_wait(object, -1), STATUS_SUCCESS);
    ObDereferenceObject(object);
    ObDereferenceObject(object);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(handle), STATUS_INVALID_HANDLE);
}
END_TEST

START_TEST(other_threads_cannot_be_terminated_as_system_threads)
{
    ck_assert_int_eq(PsTerminateSystemThread(STATUS_SUCCESS), STATUS_INVALID_PARAMETER);
}
END_TEST

static VOID
waits_for_the_event(PVOID context)
{
    fixture_wait(&event, -1);
}

START_TEST(end_of_the_executive_waits_for_system_threads)
{
    HANDLE handle;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, waits_for_the_event, NULL);
    ZwClose(handle);
    KeSetEvent(&event, 0, FALSE);
}
END_TEST

/* IRQL ----------------------------------------------------------------------------------------- */

static void
lowers_upwards(void *argument)
{
    KeLowerIrql(DISPATCH_LEVEL);
}

static void
raises_downwards(void *argument)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    KeRaiseIrql(APC_LEVEL, &irql);
}

START_TEST(irql_goes_up_by_raising_and_down_by_lowering)
{
    KIRQL irql;

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(APC_LEVEL, &irql);
    ck_assert_uint_eq(irql, PASSIVE_LEVEL);
    ck_assert_uint_eq(KeRaiseIrqlToDpcLevel(), APC_LEVEL);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    fixture_expect_bugcheck(IRQL_NOT_LESS_OR_EQUAL, lowers_upwards, NULL);
    fixture_expect_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, raises_downwards, NULL);
}
END_TEST

/* Spin locks ----------------------------------------------------------------------------------- */

static unsigned counter;

static void
counts_under_the_lock(void *argument)
{
    KLOCK_QUEUE_HANDLE handle;
    KIRQL irql;

    for (int i = 0; i < 2000; i++) {
        if (i % 2) {
            KeAcquireSpinLock(&lock, &irql);
            counter++;
            KeReleaseSpinLock(&lock, irql);
        } else {
            KeAcquireInStackQueuedSpinLock(&lock, &handle);
            counter++;
            KeReleaseInStackQueuedSpinLock(&handle);
        }
    }
}

START_TEST(spin_lock_excludes)
{
    struct sys_thread *threads[3];

    counter = 0;
    KeInitializeSpinLock(&lock);
    for (int i = 0; i < 3; i++) {
        threads[i] = fixture_start(counts_under_the_lock, NULL);
    }
    for (int i = 0; i < 3; i++) {
        sys_thread_join(threads[i]);
    }
    ck_assert_uint_eq(counter, 6000);
    ck_assert_uint_eq(lock, 0);
}
END_TEST

START_TEST(spin_lock_raises_to_dispatch_level_and_back)
{
    KIRQL irql;

    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &irql);
    ck_assert_uint_eq(KeGetCurrentIrql(), DISPATCH_LEVEL);
    ck_assert(!KeTestSpinLock(&lock));
    ck_assert(!KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLock(&lock, irql);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
END_TEST

static void
takes_it_twice(void *argument)
{
    KIRQL irql;

    KeAcquireSpinLock(&lock, &irql);
    KeAcquireSpinLockAtDpcLevel(&lock);
}

static void
gives_back_what_is_free(void *argument)
{
    KSPIN_LOCK mine = 0;

    KeReleaseSpinLockFromDpcLevel(&mine);
}

static void
takes_it_at_passive(void *argument)
{
    KeAcquireSpinLockAtDpcLevel(&lock);
}

START_TEST(misused_spin_locks_are_bug_checks)
{
    KeInitializeSpinLock(&lock);
    fixture_expect_bugcheck(SPIN_LOCK_ALREADY_OWNED, takes_it_twice, NULL);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], (ULONG_PTR)&lock);
    fixture_expect_bugcheck(SPIN_LOCK_NOT_OWNED, gives_back_what_is_free, NULL);
    fixture_expect_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, takes_it_at_passive, NULL);
}
END_TEST

/* Regions, device queues ----------------------------------------------------------------------- */

static void
leaves_what_it_did_not_enter(void *argument)
{
    KeLeaveCriticalRegion();
}

START_TEST(regions_nest)
{
    KeEnterCriticalRegion();
    KeEnterGuardedRegion();
    ck_assert(KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
    ck_assert(!KeAreAllApcsDisabled());
    ck_assert(KeAreApcsDisabled());
    KeLeaveCriticalRegion();
    fixture_expect_bugcheck(APC_INDEX_MISMATCH, leaves_what_it_did_not_enter, NULL);
}
END_TEST

START_TEST(device_queue_hands_out_entries_by_key)
{
    KDEVICE_QUEUE_ENTRY entries[4];
    KDEVICE_QUEUE queue;

    KeInitializeDeviceQueue(&queue);
    ck_assert(!KeInsertByKeyDeviceQueue(&queue, &entries[0], 5));
    ck_assert(KeInsertByKeyDeviceQueue(&queue, &entries[1], 30));
    ck_assert(KeInsertByKeyDeviceQueue(&queue, &entries[2], 10));
    ck_assert(KeInsertDeviceQueue(&queue, &entries[3]));
    ck_assert(KeRemoveEntryDeviceQueue(&queue, &entries[3]));
    ck_assert(!KeRemoveEntryDeviceQueue(&queue, &entries[3]));
    ck_assert_ptr_eq(KeRemoveByKeyDeviceQueue(&queue, 20), &entries[1]);
    ck_assert_ptr_eq(KeRemoveByKeyDeviceQueue(&queue, 20), &entries[2]);
    ck_assert_ptr_null(KeRemoveDeviceQueue(&queue));
    ck_assert(!queue.Busy);
}
END_TEST

/* Bug checks ----------------------------------------------------------------------------------- */

static VOID
bug_check_callback(PVOID Buffer, ULONG Length)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), HIGH_LEVEL);
    memset(Buffer, 'x', Length);
}

static void
gives_up(void *argument)
{
    KeBugCheckEx(0xE2, MAGIC_PARAMETER, 2, 3, 4);
}

START_TEST(bug_check_calls_callbacks_then_the_handler)
{
    KBUGCHECK_CALLBACK_RECORD record;
    char buffer[8] = "";

    KeInitializeCallbackRecord(&record);
    ck_assert(KeRegisterBugCheckCallback(&record, bug_check_callback, buffer, 4, (PUCHAR) "test"));
    ck_assert(!KeRegisterBugCheckCallback(&record, bug_check_callback, buffer, 4, (PUCHAR) "test"));
    fixture_expect_bugcheck(0xE2, gives_up, NULL);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], MAGIC_PARAMETER);
    ck_assert_uint_eq(fixture_bugcheck.parameter[3], 4);
    ck_assert_str_eq(fixture_bugcheck.name, "MANUALLY_INITIATED_CRASH");
    ck_assert_str_eq(buffer, "xxxx");
    ck_assert(KeDeregisterBugCheckCallback(&record));
    ck_assert(!KeDeregisterBugCheckCallback(&record));
}
END_TEST

START_TEST(bug_check_names_the_driver_whose_code_asked_for_it)
{
    static struct ex_pool_owner driver;

    ex_pool_owner_add(&driver, "echo", (uintptr_t)gives_up, (uintptr_t)gives_up + 64);
    fixture_expect_bugcheck(0xE2, gives_up, NULL);
    ck_assert_str_eq(fixture_bugcheck.driver, "echo");
    ex_pool_owner_remove(&driver);
}
END_TEST

static void *
resolve(void *argument, const char *name)
{
    return strcmp(name, "KeSetEvent") == 0 ? (void *)KeSetEvent : NULL;
}

START_TEST(routine_address_comes_from_the_resolver)
{
    UNICODE_STRING known = fixture_string(L"KeSetEvent");
    UNICODE_STRING unknown = fixture_string(L"KeSetEvents");

    ck_assert_ptr_null(MmGetSystemRoutineAddress(&known));
    ke_set_routine_resolver(resolve, NULL);
    ck_assert_ptr_eq(MmGetSystemRoutineAddress(&known), (void *)KeSetEvent);
    ck_assert_ptr_null(MmGetSystemRoutineAddress(&unknown));
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("thread");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, system_thread_is_waited_for_through_its_handle);
    tcase_add_test(tests, other_threads_cannot_be_terminated_as_system_threads);
    tcase_add_test(tests, end_of_the_executive_waits_for_system_threads);
    tcase_add_test(tests, irql_goes_up_by_raising_and_down_by_lowering);
    tcase_add_test(tests, spin_lock_excludes);
    tcase_add_test(tests, spin_lock_raises_to_dispatch_level_and_back);
    tcase_add_test(tests, misused_spin_locks_are_bug_checks);
    tcase_add_test(tests, regions_nest);
    tcase_add_test(tests, device_queue_hands_out_entries_by_key);
    tcase_add_test(tests, bug_check_calls_callbacks_then_the_handler);
    tcase_add_test(tests, bug_check_names_the_driver_whose_code_asked_for_it);
    tcase_add_test(tests, routine_address_comes_from_the_resolver);
    return fixture_run("nt/ke_thread", tests);
}
