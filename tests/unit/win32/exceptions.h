/* SPDX-License-Identifier: MIT */
/*
 * Structured exceptions in an application, as C and as C++: raised, made of a processor's fault, across functions and
 * threads. The kernel's tests have the many ways out of a block; the engine is the same.
 */
#include <windows.h>

#include <check.h>
#include <stdlib.h>

static volatile int order[8];
static volatile int steps;

static void
step(int number)
{
    order[steps++] = number;
}

/* In a function of its own, or the compiler sees what is done here. */
static int *volatile nowhere = (int *)8;

static void
inner(void)
{
    __try {
        step(1);
        RaiseException(0xE0000001, 0, 0, NULL);
        step(2);
    } __finally {
        step(AbnormalTermination() ? 3 : 4);
    }
}

START_TEST(raised_code_reaches_the_handler_past_a_finally_block)
{
    volatile DWORD code = 0;

    steps = 0;
    __try {
        inner();
    } __except ((DWORD)GetExceptionCode() == 0xE0000001 ? EXCEPTION_EXECUTE_HANDLER
                                                        : EXCEPTION_CONTINUE_SEARCH) {
        code = GetExceptionCode();
        step(5);
    }
    ck_assert_uint_eq(code, 0xE0000001);
    ck_assert_int_eq(steps, 3);
    ck_assert(order[0] == 1 && order[1] == 3 && order[2] == 5);
}
END_TEST

START_TEST(access_violation_is_an_exception)
{
    volatile DWORD code = 0;
    volatile ULONG_PTR address = 0;
    PEXCEPTION_POINTERS pointers = NULL;

    __try {
        *nowhere = 5;
    } __except (pointers = GetExceptionInformation(), EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
        address = pointers->ExceptionRecord->ExceptionInformation[1];
    }
    ck_assert_uint_eq(code, (DWORD)STATUS_ACCESS_VIOLATION);
    ck_assert_uint_eq(address, 8);
}
END_TEST

static int
early(int value)
{
    __try {
        if (value) {
            return 1;
        }
    } __finally {
        step(6);
    }
    return 2;
}

START_TEST(return_out_of_a_block_runs_its_finally)
{
    steps = 0;
    ck_assert_int_eq(early(1), 1);
    ck_assert_int_eq(early(0), 2);
    ck_assert_int_eq(steps, 2);
}
END_TEST

static DWORD WINAPI
thread(LPVOID parameter)
{
    volatile DWORD code = 0;

    (void)parameter;
    for (int i = 0; i < 200; i++) {
        __try {
            RaiseException(0xE0000002 + (DWORD)i, 0, 0, NULL);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            code += GetExceptionCode() - 0xE0000002;
        }
    }
    return code;
}

START_TEST(each_thread_has_its_own)
{
    HANDLE threads[4];
    DWORD sum = 0;

    for (int i = 0; i < 4; i++) {
        threads[i] = CreateThread(NULL, 0, thread, NULL, 0, NULL);
        ck_assert_ptr_nonnull(threads[i]);
    }
    ck_assert_uint_eq(WaitForMultipleObjects(4, threads, TRUE, INFINITE), WAIT_OBJECT_0);
    for (int i = 0; i < 4; i++) {
        ck_assert(GetExitCodeThread(threads[i], &sum));
        ck_assert_uint_eq(sum, 199 * 200 / 2);
        CloseHandle(threads[i]);
    }
}
END_TEST

/* Ends the process, as on Windows; the test expects the signal. */
START_TEST(unhandled_exception_ends_the_program)
{
    __try {
        RaiseException(0xE0000003, 0, 0, NULL);
    } __except (EXCEPTION_CONTINUE_SEARCH) {
        exit(1);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("win32/exceptions");
    TCase *tests = tcase_create("exceptions");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, raised_code_reaches_the_handler_past_a_finally_block);
    tcase_add_test(tests, access_violation_is_an_exception);
    tcase_add_test(tests, return_out_of_a_block_runs_its_finally);
    tcase_add_test(tests, each_thread_has_its_own);
    tcase_add_test_raise_signal(tests, unhandled_exception_ends_the_program, 6);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
