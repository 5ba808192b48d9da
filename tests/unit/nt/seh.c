/* SPDX-License-Identifier: MIT */
/* Structured exceptions in C. */
#include "nt_fixture.h"

#include "base/sanitizers.h"
#include "seh_body.h"

/* A sanitizer's own report takes the place of the signal: its exit status. */
#if BASE_ADDRESS_SANITIZER
#define SANITIZED 1
#elif BASE_THREAD_SANITIZER
#define SANITIZED 66
#endif

static void
raise_without_a_handler(void *argument)
{
    ExRaiseStatus(STATUS_ACCESS_DENIED);
}

START_TEST(exception_that_nobody_handles_is_a_bug_check)
{
    fixture_expect_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, raise_without_a_handler, NULL);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], (ULONG)STATUS_ACCESS_DENIED);
}
END_TEST

START_TEST(fault_without_a_frame_kills_as_ever)
{
    step(*nowhere);
}
END_TEST

START_TEST(probes_raise)
{
    char byte = 0;
    NTSTATUS code = 0;

    __try {
        ProbeForRead((PVOID)0xFFFF800000001000ul, 4, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_ACCESS_VIOLATION);
    __try {
        ProbeForWrite((PVOID)8, 4, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode() + 1;
    }
    ck_assert_int_eq(code, STATUS_ACCESS_VIOLATION + 1);
    __try {
        ProbeForRead((PVOID)0x1001, 4, 4);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_DATATYPE_MISALIGNMENT);
    code = 0;
    __try {
        ProbeForRead((PVOID)0xFFFF800000001000ul, 0, 4);
        ProbeForWrite(&byte, 1, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, 0);
}
END_TEST

/* Each simulated thread has frames of its own, on one thread of the system. */
static void
raises_and_handles(void *argument)
{
    for (volatile int i = 0; i < 3; i++) {
        volatile int handled = 0;

        __try {
            LARGE_INTEGER soon = fixture_time(MS(1));

            KeDelayExecutionThread(KernelMode, FALSE, &soon);
            if (i == 1) {
                *nowhere = 1;
            }
            raise_it();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            handled = GetExceptionCode();
        }
        ck_assert_int_eq(handled, i == 1 ? STATUS_ACCESS_VIOLATION : STATUS_INVALID_PARAMETER);
    }
}

static void
raise_on_three_threads(void)
{
    struct sys_thread *threads[3];

    for (int i = 0; i < 3; i++) {
        threads[i] = fixture_start(raises_and_handles, NULL);
    }
    for (int i = 0; i < 3; i++) {
        sys_thread_join(threads[i]);
    }
}

START_TEST(each_thread_has_its_own_frames)
{
    raise_on_three_threads();
}
END_TEST

START_TEST(each_simulated_thread_has_its_own_frames)
{
    fixture_teardown();
    fixture_over_seeds(50, raise_on_three_threads);
    fixture_setup();
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("seh");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    SEH_TESTS(tests);
    tcase_add_test(tests, exception_that_nobody_handles_is_a_bug_check);
#if defined(SANITIZED)
    tcase_add_exit_test(tests, fault_without_a_frame_kills_as_ever, SANITIZED);
#else
    tcase_add_test_raise_signal(tests, fault_without_a_frame_kills_as_ever, SIGSEGV);
#endif
    tcase_add_test(tests, probes_raise);
    tcase_add_test(tests, each_thread_has_its_own_frames);
    tcase_add_test(tests, each_simulated_thread_has_its_own_frames);
    return fixture_run("nt/seh", tests);
}
