/* SPDX-License-Identifier: MIT */
/*
 * What the tests of ke, ex, mm and ob share: the executive up and down again without a leak, bug
 * checks that are expected, threads, and the same body over many seeds of the simulation.
 */
#ifndef OPENWDF_TESTS_UNIT_NT_NT_FIXTURE_H
#define OPENWDF_TESTS_UNIT_NT_NT_FIXTURE_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <ntddk.h>

#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/ke/ke.h"
#include "nt/mm/mm.h"
#include "nt/nt.h"
#include "nt/ob/ob.h"
#include "sys/clock.h"
#include "sys/sim.h"
#include "sys/thread.h"

#define MS(n) (-10000ll * (n)) /* A relative due time. */

/* Warnings that the executive logged: leaks, for the most part. */
static unsigned fixture_warnings;
static char fixture_last_warning[BASE_LOG_MESSAGE_MAX];

static void
fixture_sink(void *context, enum base_log_level level, const char *component, const char *message)
{
    if (level <= BASE_LOG_WARN) {
        fixture_warnings++;
        strncpy(fixture_last_warning, message, sizeof(fixture_last_warning) - 1);
    }
}

static inline void
fixture_setup(void)
{
    fixture_warnings = 0;
    base_log_set_sink(fixture_sink, NULL);
    ck_assert_int_eq(nt_init(NULL), STATUS_SUCCESS);
}

static inline void
fixture_teardown(void)
{
    nt_fini();
    ck_assert_msg(fixture_warnings == 0, "%s", fixture_last_warning);
}

/* The last bug check that was expected and came. */
static struct ke_bugcheck fixture_bugcheck;
static jmp_buf fixture_bugcheck_jump;

static void
fixture_on_bugcheck(const struct ke_bugcheck *bugcheck, void *context)
{
    fixture_bugcheck = *bugcheck;
    longjmp(fixture_bugcheck_jump, 1);
}

/* Runs fn(argument) on this thread and asserts that it causes bug check `code`. */
static inline void
fixture_expect_bugcheck(ULONG code, void (*fn)(void *argument), void *argument)
{
    KIRQL irql = KeGetCurrentIrql();

    ke_bugcheck_set_handler(fixture_on_bugcheck, NULL);
    if (setjmp(fixture_bugcheck_jump) == 0) {
        fn(argument);
        ck_abort_msg("no bug check");
    }
    ke_bugcheck_set_handler(NULL, NULL);
    ke_irql_set(irql);
    ck_assert_uint_eq(fixture_bugcheck.code, code);
}

static inline struct sys_thread *
fixture_start(void (*fn)(void *argument), void *argument)
{
    struct sys_thread *thread = NULL;

    ck_assert_int_eq(sys_thread_create(&thread, "test", fn, argument), 0);
    return thread;
}

static inline UNICODE_STRING
fixture_string(const WCHAR *text)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, text);
    return string;
}

static inline LARGE_INTEGER
fixture_time(LONGLONG time)
{
    return (LARGE_INTEGER){.QuadPart = time};
}

/* KeWaitForSingleObject; the timeout in milliseconds, -1: none. */
static inline NTSTATUS
fixture_wait(PVOID object, LONG timeout_ms)
{
    LARGE_INTEGER timeout = fixture_time(MS((LONGLONG)timeout_ms));

    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE,
                                 timeout_ms < 0 ? NULL : &timeout);
}

/* Inside a run of the simulation: body between nt_init and nt_fini, which must report nothing. */
static void (*fixture_body)(void);

static void
fixture_simulated(void *argument)
{
    fixture_setup();
    fixture_body();
    fixture_teardown();
}

/*
 * The body over many seeds; each run must end by itself. Time is virtual: sleeping costs nothing.
 */
static inline void
fixture_over_seeds(uint64_t seeds, void (*body)(void))
{
    fixture_body = body;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct sys_sim_config config = {.seed = seed};
        struct sys_sim_result result = sys_sim_run(&config, fixture_simulated, NULL);

        ck_assert_msg(result.outcome == SYS_SIM_DONE, "seed %lu did not end", seed);
    }
}

/* main() of a test program: the tests of one case, each in a process of its own. */
static inline int
fixture_run(const char *name, TCase *tests)
{
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
