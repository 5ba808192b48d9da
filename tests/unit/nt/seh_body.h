/* SPDX-License-Identifier: MIT */
/*
 * The tests of structured exceptions, compiled as C and as C++: __try and its companions behave in
 * both as they do on Windows. The including file is main.
 */

static volatile unsigned trace; /* What ran, a decimal digit each, the first leftmost. */

static void
step(int digit)
{
    trace = trace * 10 + (unsigned)digit;
}

static void
raise_it(void)
{
    ExRaiseStatus(STATUS_INVALID_PARAMETER);
}

/* In a function of its own, or the compiler sees what is done here. */
static int *volatile nowhere = (int *)8;
static volatile int zero;

START_TEST(body_that_ends_skips_the_handler)
{
    trace = 0;
    __try {
        step(1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(2);
    }
    step(3);
    ck_assert_uint_eq(trace, 13);
    ck_assert(!ke_has_exception_frame());
}
END_TEST

START_TEST(raised_status_reaches_the_handler)
{
    NTSTATUS code = 0;

    trace = 0;
    __try {
        step(1);
        raise_it();
        step(2);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
        step(3);
    }
    ck_assert_uint_eq(trace, 13);
    ck_assert_int_eq(code, STATUS_INVALID_PARAMETER);
    ck_assert(!ke_has_exception_frame());
}
END_TEST

static int
remember(PEXCEPTION_POINTERS pointers, EXCEPTION_RECORD *record)
{
    *record = *pointers->ExceptionRecord;
    return EXCEPTION_EXECUTE_HANDLER;
}

START_TEST(read_of_a_bad_address_is_an_access_violation)
{
    EXCEPTION_RECORD record;

    trace = 0;
    __try {
        step(*nowhere);
    } __except (remember(GetExceptionInformation(), &record)) {
        step(3);
    }
    ck_assert_uint_eq(trace, 3);
    ck_assert_int_eq(record.ExceptionCode, STATUS_ACCESS_VIOLATION);
    ck_assert_uint_eq(record.NumberParameters, 2);
    ck_assert_uint_eq(record.ExceptionInformation[0], 0);
    ck_assert_uint_eq(record.ExceptionInformation[1], 8);
    ck_assert_ptr_nonnull(record.ExceptionAddress);
}
END_TEST

START_TEST(write_to_a_bad_address_is_an_access_violation_each_time)
{
    EXCEPTION_RECORD record;

    for (volatile int i = 0; i < 3; i++) {
        __try {
            *nowhere = 1;
        } __except (remember(GetExceptionInformation(), &record)) {
        }
        ck_assert_int_eq(record.ExceptionCode, STATUS_ACCESS_VIOLATION);
        ck_assert_uint_eq(record.ExceptionInformation[0], 1);
    }
}
END_TEST

START_TEST(division_by_zero_reaches_the_handler)
{
    volatile int result = 0;
    NTSTATUS code = 0;

    __try {
#if defined(__x86_64__)
        int divisor = zero;

        /* Written out: the compilers' checkers would report a division in C. */
        __asm__ volatile("xorl %%edx, %%edx; movl $1, %%eax; idivl %0" ::"r"(divisor)
                         : "eax", "edx");
#else
        ExRaiseStatus(STATUS_INTEGER_DIVIDE_BY_ZERO);
#endif
        result = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(result, 0);
    ck_assert_int_eq(code, STATUS_INTEGER_DIVIDE_BY_ZERO);
}
END_TEST

START_TEST(exception_passes_a_filter_that_declines)
{
    trace = 0;
    __try {
        __try {
            raise_it();
        } __except (step(1), EXCEPTION_CONTINUE_SEARCH) {
            step(2);
        }
        step(3);
    } __except (step(4), GetExceptionCode() == STATUS_INVALID_PARAMETER) {
        step(5);
    }
    ck_assert_uint_eq(trace, 145);
}
END_TEST

START_TEST(handler_may_raise_again)
{
    NTSTATUS code = 0;

    __try {
        __try {
            raise_it();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            ExRaiseStatus(STATUS_ACCESS_DENIED);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_ACCESS_DENIED);
}
END_TEST

START_TEST(continuing_execution_is_refused)
{
    NTSTATUS code = 0;

    __try {
        __try {
            raise_it();
        } __except (EXCEPTION_CONTINUE_EXECUTION) {
            step(2);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_NONCONTINUABLE_EXCEPTION);
}
END_TEST

START_TEST(finally_runs_at_the_normal_end)
{
    trace = 0;
    __try {
        step(1);
    } __finally {
        ck_assert(!AbnormalTermination());
        step(2);
    }
    step(3);
    ck_assert_uint_eq(trace, 123);
}
END_TEST

START_TEST(leave_jumps_to_the_end_of_the_block)
{
    trace = 0;
    __try {
        step(1);
        for (;;) {
            __leave;
        }
    } __finally {
        ck_assert(!AbnormalTermination());
        step(3);
    }
    __try {
        __leave;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(4);
    }
    ck_assert_uint_eq(trace, 13);
    ck_assert(!ke_has_exception_frame());
}
END_TEST

START_TEST(finally_runs_before_the_outer_handler)
{
    trace = 0;
    __try {
        __try {
            step(1);
            raise_it();
        } __finally {
            ck_assert(AbnormalTermination());
            step(2);
        }
        step(3);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        ck_assert_int_eq(GetExceptionCode(), STATUS_INVALID_PARAMETER);
        step(4);
    }
    ck_assert_uint_eq(trace, 124);
}
END_TEST

START_TEST(exception_goes_on_behind_a_finally_that_handles_one_of_its_own)
{
    NTSTATUS code = 0;

    trace = 0;
    __try {
        __try {
            raise_it();
        } __finally {
            __try {
                ExRaiseStatus(STATUS_ACCESS_DENIED);
            } __except (EXCEPTION_EXECUTE_HANDLER) {
                step(1);
            }
            step(2);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_uint_eq(trace, 12);
    ck_assert_int_eq(code, STATUS_INVALID_PARAMETER);
}
END_TEST

/* Leaving the block early ---------------------------------------------------------------------- */

static __attribute__((noinline)) int
returns_out_of_except(int value)
{
    __try {
        if (value > 0) {
            return value * 3;
        }
        step(1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(2);
    }
    return -1;
}

START_TEST(return_out_of_the_block_takes_the_frame_off)
{
    trace = 0;
    ck_assert_int_eq(returns_out_of_except(7), 21);
    ck_assert(!ke_has_exception_frame());
    ck_assert_uint_eq(trace, 0);
    ck_assert_int_eq(returns_out_of_except(0), -1);
    ck_assert_uint_eq(trace, 1);
}
END_TEST

static volatile int freed;

static __attribute__((noinline)) void
use_stack(int depth)
{
    volatile char room[256];

    for (int i = 0; i < 256; i++) {
        room[i] = (char)(i + depth);
    }
    if (depth > 0) {
        use_stack(depth - 1);
    }
    freed += room[0] & 0;
}

static __attribute__((noinline)) long
returns_out_of_finally(int value)
{
    long result = value;

    __try {
        if (value > 1) {
            return result * 1000 + value;
        }
        result = 5;
    } __finally {
        /* Calls over the place where the return was under way. */
        use_stack(4);
        freed++;
        step(AbnormalTermination() ? 1 : 2);
    }
    return result;
}

START_TEST(return_out_of_the_block_runs_finally_and_keeps_the_value)
{
    trace = 0;
    freed = 0;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(returns_out_of_finally(i + 2), (i + 2) * 1001);
    }
    ck_assert_int_eq(freed, 100);
    trace = 0;
    ck_assert_int_eq(returns_out_of_finally(1), 5);
    ck_assert_uint_eq(trace, 2);
    ck_assert_int_eq(returns_out_of_finally(9), 9009);
    ck_assert_uint_eq(trace, 21);
    ck_assert(!ke_has_exception_frame());
}
END_TEST

static __attribute__((noinline)) int
returns_out_of_nested_blocks(int value)
{
    __try {
        __try {
            __try {
                return value + 1;
            } __finally {
                step(1);
                use_stack(2);
            }
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            step(9);
        }
    } __finally {
        step(2);
        use_stack(3);
    }
    return 0;
}

START_TEST(return_out_of_nested_blocks_runs_each_finally_from_inside_out)
{
    trace = 0;
    ck_assert_int_eq(returns_out_of_nested_blocks(41), 42);
    ck_assert_uint_eq(trace, 12);
    ck_assert(!ke_has_exception_frame());
}
END_TEST

START_TEST(break_and_continue_mean_the_enclosing_loop)
{
    volatile int handled = 0;

    trace = 0;
    for (int i = 1; i < 6; i++) {
        __try {
            if (i == 2) {
                continue;
            }
            if (i == 4) {
                break;
            }
            step(i);
        } __finally {
            step(9);
        }
    }
    ck_assert_uint_eq(trace, 199399); /* 1 9, 9, 3 9, 9. */
    for (;;) {
        __try {
            raise_it();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            handled = 1;
            break;
        }
        ck_abort_msg("break in a handler did not leave the loop");
    }
    ck_assert_int_eq(handled, 1);
    switch (handled) {
    case 1:
        __try {
            break;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
        }
        ck_abort_msg("break did not leave the switch");
    default:
        break;
    }
    ck_assert(!ke_has_exception_frame());
}
END_TEST

START_TEST(goto_out_of_the_block_runs_finally)
{
    trace = 0;
    __try {
        step(1);
        goto out;
    } __finally {
        step(2);
    }
    step(3);
out:
    ck_assert_uint_eq(trace, 12);
    ck_assert(!ke_has_exception_frame());
}
END_TEST

static __attribute__((noinline)) int
returns_from_a_finally_block(void)
{
    __try {
        raise_it();
    } __finally {
        return 6;
    }
    return 7;
}

START_TEST(return_from_a_finally_block_ends_the_exception)
{
    ck_assert_int_eq(returns_from_a_finally_block(), 6);
    ck_assert(!ke_has_exception_frame());
}
END_TEST

START_TEST(frames_that_were_jumped_over_are_forgotten)
{
    trace = 0;
    for (int i = 0; i < 3; i++) {
        __try {
            (void)returns_out_of_except(1);
            __try {
                step(1);
            } __finally {
                step(2);
            }
            raise_it();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            step(3);
        }
    }
    ck_assert_uint_eq(trace, 123123123);
}
END_TEST

/* Clang's optimizer does not know where calls jump to; see <excpt.h>. */
#if !defined(__clang__) || !defined(__OPTIMIZE__)
START_TEST(local_variables_have_their_last_values_behind_an_exception)
{
    int locked = 0;
    const char *text = NULL;
    int seen = -1;

    __try {
        __try {
            locked = 1;
            text = "set";
            raise_it();
            locked = 0;
        } __finally {
            seen = locked;
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        ck_assert_int_eq(seen, 1);
        ck_assert_int_eq(locked, 1);
        ck_assert_ptr_nonnull(text);
        seen = 2;
    }
    ck_assert_int_eq(seen, 2);
}
END_TEST
#define SEH_LOCALS_TEST(tests)                                                                     \
    tcase_add_test(tests, local_variables_have_their_last_values_behind_an_exception)
#else
#define SEH_LOCALS_TEST(tests) ((void)0)
#endif

START_TEST(construct_is_one_statement)
{
    trace = 0;
    if (zero)
        __try {
            step(1);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            step(2);
        }
    else
        step(3);
    ck_assert_uint_eq(trace, 3);
}
END_TEST

#define SEH_TESTS(tests)                                                                           \
    tcase_add_test(tests, body_that_ends_skips_the_handler);                                       \
    tcase_add_test(tests, raised_status_reaches_the_handler);                                      \
    tcase_add_test(tests, read_of_a_bad_address_is_an_access_violation);                           \
    tcase_add_test(tests, write_to_a_bad_address_is_an_access_violation_each_time);                \
    tcase_add_test(tests, division_by_zero_reaches_the_handler);                                   \
    tcase_add_test(tests, exception_passes_a_filter_that_declines);                                \
    tcase_add_test(tests, handler_may_raise_again);                                                \
    tcase_add_test(tests, continuing_execution_is_refused);                                        \
    tcase_add_test(tests, finally_runs_at_the_normal_end);                                         \
    tcase_add_test(tests, leave_jumps_to_the_end_of_the_block);                                    \
    tcase_add_test(tests, finally_runs_before_the_outer_handler);                                  \
    tcase_add_test(tests, exception_goes_on_behind_a_finally_that_handles_one_of_its_own);         \
    tcase_add_test(tests, return_out_of_the_block_takes_the_frame_off);                            \
    tcase_add_test(tests, return_out_of_the_block_runs_finally_and_keeps_the_value);               \
    tcase_add_test(tests, return_out_of_nested_blocks_runs_each_finally_from_inside_out);          \
    tcase_add_test(tests, break_and_continue_mean_the_enclosing_loop);                             \
    tcase_add_test(tests, goto_out_of_the_block_runs_finally);                                     \
    tcase_add_test(tests, return_from_a_finally_block_ends_the_exception);                         \
    tcase_add_test(tests, frames_that_were_jumped_over_are_forgotten);                             \
    tcase_add_test(tests, construct_is_one_statement);                                             \
    SEH_LOCALS_TEST(tests)
