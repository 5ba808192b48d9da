/* SPDX-License-Identifier: MIT */
/* The run-time library's headers in C++: they compile, and names lead where they lead in C. */
#include <ntddk.h>

#include <ntintsafe.h>
#include <ntstrsafe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <check.h>

START_TEST(strings_and_formats)
{
    DECLARE_CONST_UNICODE_STRING(constant, L"abc");
    UNICODE_STRING string;
    WCHAR wide[16];
    CHAR narrow[16];
    size_t length;

    RtlInitUnicodeString(&string, L"ABC");
    ck_assert(RtlEqualUnicodeString(&constant, &string, TRUE));
    ck_assert_int_eq(swprintf(wide, L"%s-%d", L"x", 7), 3);
    ck_assert_int_eq(wcscmp(wide, L"x-7"), 0);
    ck_assert_int_eq(swprintf(wide, 16, L"%S", "n"), 1);
    ck_assert_int_eq(sprintf(narrow, "%ws", L"w"), 1);
    ck_assert_int_eq(wcscpy_s(wide, L"array"), 0);
    ck_assert_int_eq(strcpy_s(narrow, "array"), 0);
    ck_assert_uint_eq(wcslen(wide), 5);
    ck_assert_int_eq(wcsncpy_s(wide, L"array", 2), 0);
    ck_assert_int_eq(wcscmp(wide, L"ar"), 0);
    ck_assert_int_eq(strncpy_s(narrow, "array", 3), 0);
    ck_assert_int_eq(strcmp(narrow, "arr"), 0);
    ck_assert_int_eq(RtlStringCchPrintfW(wide, ARRAYSIZE(wide), L"%wZ", &string), STATUS_SUCCESS);
    ck_assert_int_eq(RtlStringCchLengthW(wide, ARRAYSIZE(wide), &length), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 3);
    ck_assert_int_eq(RtlStringCbCopyA(narrow, sizeof(narrow), "x"), STATUS_SUCCESS);
}
END_TEST

START_TEST(sizes_mix_as_on_windows)
{
    SIZE_T size;
    ULONGLONG ulonglong;
    ULONG_PTR pointer;

    ck_assert_int_eq(RtlSizeTAdd(1, 2, &size), STATUS_SUCCESS);
    ck_assert_int_eq(RtlSizeTAdd(1, 2, &ulonglong), STATUS_SUCCESS);
    ck_assert_int_eq(RtlSizeTAdd(1, 2, &pointer), STATUS_SUCCESS);
    ck_assert_uint_eq(size + ulonglong + pointer, 9);
}
END_TEST

int
main()
{
    Suite *suite = suite_create("nt/rtl_cpp");
    TCase *tests = tcase_create("cpp");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, strings_and_formats);
    tcase_add_test(tests, sizes_mix_as_on_windows);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
