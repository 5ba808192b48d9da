/* SPDX-License-Identifier: MIT */
/* Handles, events, mutexes, semaphores, waits, completion ports without a device. */
#include <windows.h>

#include <check.h>
#include <stdlib.h>

START_TEST(auto_reset_event_ends_one_wait)
{
    HANDLE event = CreateEventW(NULL, FALSE, TRUE, NULL);

    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    ck_assert(SetEvent(event));
    ck_assert_uint_eq(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
    ck_assert(CloseHandle(event));
}
END_TEST

START_TEST(manual_reset_event_stays_set)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    ck_assert(SetEvent(event));
    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    ck_assert(ResetEvent(event));
    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CloseHandle(event);
}
END_TEST

START_TEST(closed_handle_is_invalid)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    ck_assert(CloseHandle(event));
    SetLastError(0);
    ck_assert(!CloseHandle(event));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_HANDLE);
    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_FAILED);
    ck_assert(!SetEvent((HANDLE)0x1234567));
    ck_assert(!SetEvent(NULL));
}
END_TEST

START_TEST(event_function_refuses_a_mutex)
{
    HANDLE mutex = CreateMutexW(NULL, FALSE, NULL);

    ck_assert(!SetEvent(mutex));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_HANDLE);
    CloseHandle(mutex);
}
END_TEST

START_TEST(same_name_is_the_same_event)
{
    HANDLE a = CreateEventW(NULL, TRUE, FALSE, L"twin");
    HANDLE b;

    ck_assert_uint_eq(GetLastError(), ERROR_SUCCESS);
    b = CreateEventW(NULL, TRUE, FALSE, L"twin");
    ck_assert_uint_eq(GetLastError(), ERROR_ALREADY_EXISTS);
    ck_assert(SetEvent(a));
    ck_assert_uint_eq(WaitForSingleObject(b, 0), WAIT_OBJECT_0);
    CloseHandle(a);
    CloseHandle(b);
    a = CreateEventW(NULL, TRUE, FALSE, L"twin");
    ck_assert_uint_eq(GetLastError(), ERROR_SUCCESS);
    ck_assert_uint_eq(WaitForSingleObject(a, 0), WAIT_TIMEOUT);
    CloseHandle(a);
}
END_TEST

START_TEST(wait_all_takes_all_or_nothing)
{
    HANDLE events[2] = {CreateEventW(NULL, FALSE, TRUE, NULL),
                        CreateEventW(NULL, FALSE, FALSE, NULL)};

    ck_assert_uint_eq(WaitForMultipleObjects(2, events, TRUE, 0), WAIT_TIMEOUT);
    ck_assert_uint_eq(WaitForSingleObject(events[0], 0), WAIT_OBJECT_0); /* Was not consumed. */
    SetEvent(events[0]);
    SetEvent(events[1]);
    ck_assert_uint_eq(WaitForMultipleObjects(2, events, TRUE, 0), WAIT_OBJECT_0);
    ck_assert_uint_eq(WaitForMultipleObjects(2, events, FALSE, 0), WAIT_TIMEOUT);
    CloseHandle(events[0]);
    CloseHandle(events[1]);
}
END_TEST

START_TEST(wait_any_names_the_lowest_index)
{
    HANDLE events[3];
    int i;

    for (i = 0; i < 3; i++) {
        events[i] = CreateEventW(NULL, TRUE, i > 0, NULL);
    }
    ck_assert_uint_eq(WaitForMultipleObjects(3, events, FALSE, 0), WAIT_OBJECT_0 + 1);
    ck_assert_uint_eq(WaitForMultipleObjects(0, events, FALSE, 0), WAIT_FAILED);
    ck_assert_uint_eq(WaitForMultipleObjects(65, events, FALSE, 0), WAIT_FAILED);
    for (i = 0; i < 3; i++) {
        CloseHandle(events[i]);
    }
}
END_TEST

START_TEST(mutex_is_recursive_and_owned)
{
    HANDLE mutex = CreateMutexW(NULL, TRUE, NULL);

    ck_assert_uint_eq(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    ck_assert(ReleaseMutex(mutex));
    ck_assert(ReleaseMutex(mutex));
    ck_assert(!ReleaseMutex(mutex));
    ck_assert_uint_eq(GetLastError(), ERROR_NOT_OWNER);
    CloseHandle(mutex);
}
END_TEST

START_TEST(semaphore_counts)
{
    HANDLE semaphore = CreateSemaphoreW(NULL, 1, 2, NULL);
    LONG previous = -1;

    ck_assert(ReleaseSemaphore(semaphore, 1, &previous));
    ck_assert_int_eq(previous, 1);
    ck_assert(!ReleaseSemaphore(semaphore, 1, NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_TOO_MANY_POSTS);
    ck_assert_uint_eq(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    ck_assert_uint_eq(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    ck_assert_uint_eq(WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
    CloseHandle(semaphore);
    ck_assert_ptr_null(CreateSemaphoreW(NULL, 3, 2, NULL));
}
END_TEST

static DWORD
set_event_and_return_7(LPVOID event)
{
    SetEvent((HANDLE)event);
    return 7;
}

START_TEST(thread_is_signaled_when_it_ends)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, set_event_and_return_7, event, 0, NULL);
    DWORD code = 0;

    ck_assert_uint_eq(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
    ck_assert_uint_eq(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    ck_assert(GetExitCodeThread(thread, &code));
    ck_assert_uint_eq(code, 7);
    CloseHandle(thread);
    CloseHandle(event);
}
END_TEST

static DWORD
exit_with_9(LPVOID unused)
{
    (void)unused;
    ExitThread(9);
}

START_TEST(suspended_thread_runs_when_resumed)
{
    HANDLE thread = CreateThread(NULL, 0, exit_with_9, NULL, CREATE_SUSPENDED, NULL);
    DWORD code = 0;

    ck_assert(GetExitCodeThread(thread, &code));
    ck_assert_uint_eq(code, STILL_ACTIVE);
    ck_assert_uint_eq(ResumeThread(thread), 1);
    ck_assert_uint_eq(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    ck_assert(GetExitCodeThread(thread, &code));
    ck_assert_uint_eq(code, 9);
    CloseHandle(thread);
}
END_TEST

START_TEST(port_gives_packets_in_order)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    OVERLAPPED marker, *overlapped;
    OVERLAPPED_ENTRY entries[4];
    ULONG_PTR key;
    DWORD bytes;
    ULONG count;

    ck_assert(!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
    ck_assert_uint_eq(GetLastError(), WAIT_TIMEOUT);
    ck_assert_ptr_null(overlapped);
    ck_assert(PostQueuedCompletionStatus(port, 1, 10, &marker));
    ck_assert(PostQueuedCompletionStatus(port, 2, 20, NULL));
    ck_assert(PostQueuedCompletionStatus(port, 3, 30, NULL));
    ck_assert(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, INFINITE));
    ck_assert_uint_eq(bytes, 1);
    ck_assert_uint_eq(key, 10);
    ck_assert_ptr_eq(overlapped, &marker);
    ck_assert(GetQueuedCompletionStatusEx(port, entries, 4, &count, INFINITE, FALSE));
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(entries[1].lpCompletionKey, 30);
    CloseHandle(port);
}
END_TEST

static DWORD
add_many(LPVOID argument)
{
    struct {
        CRITICAL_SECTION lock;
        int sum;
    } *shared = argument;
    int i;

    for (i = 0; i < 20000; i++) {
        EnterCriticalSection(&shared->lock);
        EnterCriticalSection(&shared->lock);
        shared->sum++;
        LeaveCriticalSection(&shared->lock);
        LeaveCriticalSection(&shared->lock);
    }
    return 0;
}

START_TEST(critical_section_excludes_and_recurses)
{
    struct {
        CRITICAL_SECTION lock;
        int sum;
    } shared = {.sum = 0};
    HANDLE threads[3];
    int i;

    InitializeCriticalSection(&shared.lock);
    for (i = 0; i < 3; i++) {
        threads[i] = CreateThread(NULL, 0, add_many, &shared, 0, NULL);
    }
    ck_assert_uint_eq(WaitForMultipleObjects(3, threads, TRUE, INFINITE), WAIT_OBJECT_0);
    ck_assert_int_eq(shared.sum, 60000);
    for (i = 0; i < 3; i++) {
        CloseHandle(threads[i]);
    }
    DeleteCriticalSection(&shared.lock);
}
END_TEST

START_TEST(duplicate_keeps_the_object)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), twin = NULL;

    ck_assert(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &twin, 0, FALSE, 0));
    CloseHandle(event);
    ck_assert(SetEvent(twin));
    CloseHandle(twin);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("win32_sync");
    TCase *tests = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, auto_reset_event_ends_one_wait);
    tcase_add_test(tests, manual_reset_event_stays_set);
    tcase_add_test(tests, closed_handle_is_invalid);
    tcase_add_test(tests, event_function_refuses_a_mutex);
    tcase_add_test(tests, same_name_is_the_same_event);
    tcase_add_test(tests, wait_all_takes_all_or_nothing);
    tcase_add_test(tests, wait_any_names_the_lowest_index);
    tcase_add_test(tests, mutex_is_recursive_and_owned);
    tcase_add_test(tests, semaphore_counts);
    tcase_add_test(tests, thread_is_signaled_when_it_ends);
    tcase_add_test(tests, suspended_thread_runs_when_resumed);
    tcase_add_test(tests, port_gives_packets_in_order);
    tcase_add_test(tests, critical_section_excludes_and_recurses);
    tcase_add_test(tests, duplicate_keeps_the_object);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
