/* SPDX-License-Identifier: MIT */
/* Debug output, break points, assertions. */
#define DBG 1
#include "rtl_fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nt/rtl/rtl.h"

static char heard[2048];
static unsigned calls;

static void
listen(void *context, const char *text)
{
    ck_assert_ptr_eq(context, heard);
    strncat(heard, text, sizeof(heard) - strlen(heard) - 1);
    calls++;
}

START_TEST(messages_arrive_as_they_were_written)
{
    UNICODE_STRING name = rtl_wide(L"\\Device\\X");

    rtl_set_debug_output(listen, heard);
    ck_assert_uint_eq(DbgPrint("a %d", 1), STATUS_SUCCESS);
    ck_assert_uint_eq(DbgPrint(" %wZ\n", &name), STATUS_SUCCESS);
    KdPrint(("%I64x ", 0x123456789ull));
    KdPrintEx((DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "%ws %S", L"w", L"S"));
    ck_assert_str_eq(heard, "a 1 \\Device\\X\n123456789 w S");
    ck_assert_uint_eq(calls, 4);
}
END_TEST

static ULONG
prefixed(const char *prefix, const char *format, ...)
{
    va_list arguments;
    ULONG status;

    va_start(arguments, format);
    status = vDbgPrintExWithPrefix(prefix, DPFLTR_IHVDRIVER_ID, 31, format, arguments);
    va_end(arguments);
    return status;
}

START_TEST(the_prefix_stands_in_front)
{
    rtl_set_debug_output(listen, heard);
    ck_assert_uint_eq(prefixed("[x] ", "%d", 5), STATUS_SUCCESS);
    ck_assert_str_eq(heard, "[x] 5");
    ck_assert_uint_eq(prefixed("[x] ", NULL), (ULONG)STATUS_INVALID_PARAMETER);
    ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(one_call_transmits_at_most_512_bytes)
{
    rtl_set_debug_output(listen, heard);
    ck_assert_uint_eq(DbgPrint("%600d|", 1), STATUS_SUCCESS);
    ck_assert_uint_eq(strlen(heard), 512);
    ck_assert_uint_eq(calls, 1);
}
END_TEST

START_TEST(messages_pass_at_any_irql)
{
    KIRQL irql;

    rtl_set_debug_output(listen, heard);
    KeRaiseIrql(HIGH_LEVEL, &irql);
    DbgPrint("high");
    KeLowerIrql(irql);
    ck_assert_str_eq(heard, "high");
}
END_TEST

START_TEST(without_a_listener_standard_error_gets_the_text_unchanged)
{
    int pipes[2];
    char text[64] = "";

    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(dup2(pipes[1], STDERR_FILENO), STDERR_FILENO);
    DbgPrint("half a li");
    DbgPrint("ne\n");
    ck_assert_int_eq(read(pipes[0], text, sizeof(text) - 1), 12);
    ck_assert_str_eq(text, "half a line\n");
}
END_TEST

START_TEST(nobody_answers_a_prompt)
{
    char response[8] = "x";

    rtl_set_debug_output(listen, heard);
    ck_assert_uint_eq(DbgPrompt("continue? ", response, sizeof(response)), 0);
    ck_assert_str_eq(heard, "continue? ");
    ck_assert_int_eq(response[0], 'x');
}
END_TEST

static const char *failed_expression;

static void
note(const char *expression, const char *file, ULONG line)
{
    ck_assert_ptr_nonnull(strstr(file, "rtl_debug.c"));
    ck_assert_uint_gt(line, 0);
    failed_expression = expression;
}

START_TEST(a_failed_assertion_is_reported_with_its_place)
{
    int zero = 0;

    rtl_set_debug_output(listen, heard);
    rtl_set_assert_hook(note);
    NT_ASSERT(zero == 0);
    ck_assert_ptr_null(failed_expression);
    NT_ASSERT(zero == 1);
    ck_assert_str_eq(failed_expression, "zero == 1");
    ck_assert_ptr_nonnull(strstr(heard, "zero == 1"));
    ck_assert_ptr_nonnull(strstr(heard, "rtl_debug.c"));
    ASSERTMSG("the reason", zero == 2);
    ck_assert_ptr_nonnull(strstr(heard, "the reason"));
    ck_assert(NT_VERIFY(zero == 0));
    ck_assert(!NT_VERIFY(zero == 3));
}
END_TEST

START_TEST(paged_code_is_a_block_that_checks_the_irql)
{
    KIRQL irql;

    rtl_set_debug_output(listen, heard);
    rtl_set_assert_hook(note);
    PAGED_CODE()
    KeRaiseIrql(APC_LEVEL, &irql);
    PAGED_CODE();
    KeLowerIrql(irql);
    ck_assert_ptr_null(failed_expression);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    PAGED_CODE()
    KeLowerIrql(irql);
    ck_assert_ptr_nonnull(failed_expression);
}
END_TEST

static void
assert_traps(void (*call)(void))
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        signal(SIGTRAP, SIG_DFL);
        call();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGTRAP);
}

static void
fail_an_assertion(void)
{
    NT_ASSERT(heard[0] != 0);
}

START_TEST(a_break_point_stops_in_the_debugger_or_ends_the_process)
{
    assert_traps(DbgBreakPoint);
    assert_traps(fail_an_assertion);
}
END_TEST

START_TEST(break_points_are_passed_over_when_wished)
{
    rtl_set_debug_output(listen, heard);
    rtl_set_pass_breaks(true);
    DbgBreakPoint();
    rtl_set_pass_breaks(false);
    ck_assert_ptr_nonnull(strstr(heard, "passed over"));
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        messages_arrive_as_they_were_written,
        the_prefix_stands_in_front,
        one_call_transmits_at_most_512_bytes,
        messages_pass_at_any_irql,
        without_a_listener_standard_error_gets_the_text_unchanged,
        nobody_answers_a_prompt,
        a_failed_assertion_is_reported_with_its_place,
        paged_code_is_a_block_that_checks_the_irql,
        a_break_point_stops_in_the_debugger_or_ends_the_process,
        break_points_are_passed_over_when_wished,
    };

    return rtl_run("nt/rtl_debug", tests, RTL_NUMBER_OF(tests));
}
