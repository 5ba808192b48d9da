/* SPDX-License-Identifier: MIT */
/* See rtl_fixture.h. */
#include "rtl_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "nt/ex/ex.h"
#include "nt/nt.h"

static void
setup(void)
{
    ck_assert_int_eq(nt_init(NULL), STATUS_SUCCESS);
}

static void
teardown(void)
{
    ck_assert_uint_eq(ex_pool_system.count, 0);
    nt_fini();
}

int
rtl_run(const char *suite_name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(suite_name);
    TCase *tcase = tcase_create(suite_name);
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < count; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool
refuse(void *argument, size_t size, ULONG tag, const void *caller)
{
    return true;
}

void
rtl_fail_allocations(void)
{
    ex_pool_set_failure_hook(refuse, NULL);
}

UNICODE_STRING
rtl_wide(const WCHAR *text)
{
    UNICODE_STRING string = rtl_wide_room((USHORT)(utf16_length(text) * sizeof(WCHAR)));

    string.Length = string.MaximumLength;
    memcpy(string.Buffer, text, string.Length);
    return string;
}

STRING
rtl_narrow(const char *text)
{
    STRING string = rtl_narrow_room((USHORT)strlen(text));

    string.Length = string.MaximumLength;
    memcpy(string.Buffer, text, string.Length);
    return string;
}

/* The test's process ends soon: nothing of this is freed. */
static void *
keep(size_t size)
{
    static void *kept[256];
    static size_t count;

    ck_assert_uint_lt(count, sizeof(kept) / sizeof(kept[0]));
    kept[count] = malloc(size);
    ck_assert_ptr_nonnull(kept[count]);
    return memset(kept[count++], '?', size);
}

UNICODE_STRING
rtl_wide_room(USHORT size)
{
    return (UNICODE_STRING){.MaximumLength = size, .Buffer = keep(size)};
}

STRING
rtl_narrow_room(USHORT size)
{
    return (STRING){.MaximumLength = size, .Buffer = keep(size)};
}

void
rtl_assert_wide(const UNICODE_STRING *string, const WCHAR *expected)
{
    ck_assert_uint_eq(string->Length, utf16_length(expected) * sizeof(WCHAR));
    ck_assert_uint_le(string->Length, string->MaximumLength);
    ck_assert_mem_eq(string->Buffer, expected, string->Length);
}

void
rtl_assert_narrow(const STRING *string, const char *expected)
{
    ck_assert_uint_eq(string->Length, strlen(expected));
    ck_assert_uint_le(string->Length, string->MaximumLength);
    ck_assert_mem_eq(string->Buffer, expected, string->Length);
}
