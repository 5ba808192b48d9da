/* SPDX-License-Identifier: MIT */
/*
 * Every framework function that takes a handle first, with handles that are none: NULL, numbers, pointers of the
 * process, handles of other types. Each is named, and nothing else happens.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "fx_imports.h"

struct call {
    const char *name;
    const char *type; /* Of the handle. */
    void (*fn)(void *handle);
};

static _Alignas(16) unsigned char scratch[4096];

#include "bad_handles_calls.inc"

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

static void *handle_to_try;
static const struct call *current;

static void
try_it(void *argument)
{
    current->fn(handle_to_try);
}

static void
expect(const struct call *call, WDF_BUGCHECK_CODES code, void *handle)
{
    unsigned char before[sizeof(scratch)];

    memcpy(before, scratch, sizeof(scratch));
    current = call;
    handle_to_try = handle;
    fixture_expect_bugcheck(code, try_it, NULL);
    ck_assert_msg(memcmp(before, scratch, sizeof(scratch)) == 0, "%s has written its results",
                  call->name);
}

START_TEST(null_is_no_handle)
{
    const struct call *call = &calls[_i];

    expect(call, WDF_REQUIRED_PARAMETER_IS_NULL, NULL);
}
END_TEST

START_TEST(numbers_and_pointers_are_no_handles)
{
    const struct call *call = &calls[_i];
    _Alignas(16) char local[16] = "";

    expect(call, WDF_INVALID_HANDLE, (void *)42);
    expect(call, WDF_INVALID_HANDLE, local);
    expect(call, WDF_INVALID_HANDLE, (void *)~(uintptr_t)(local + 8)); /* Not aligned. */
    expect(call, WDF_INVALID_HANDLE, (void *)~(uintptr_t)scratch);     /* No object is there. */
}
END_TEST

START_TEST(an_object_of_another_type_is_refused)
{
    const struct call *call = &calls[_i];
    WDFCOLLECTION collection;

    if (strcmp(call->type, "WDFOBJECT") == 0) {
        return; /* Any will do. */
    }
    ck_assert_int_eq(WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, &collection), STATUS_SUCCESS);
    expect(call, WDF_INVALID_HANDLE,
           strcmp(call->type, "WDFCOLLECTION") != 0 ? (void *)collection
                                                    : (void *)WdfDriverGlobals->Driver);
    WdfObjectDelete(collection);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/bad_handles");
    TCase *tests = tcase_create("bad_handles");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, null_is_no_handle, 0, (int)CALL_COUNT);
    tcase_add_loop_test(tests, numbers_and_pointers_are_no_handles, 0, (int)CALL_COUNT);
    tcase_add_loop_test(tests, an_object_of_another_type_is_refused, 0, (int)CALL_COUNT);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
