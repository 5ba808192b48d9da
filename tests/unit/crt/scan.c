/* SPDX-License-Identifier: MIT */
/* Formatted input by Windows' rules, and what else user-mode sources use of the C run time. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <check.h>

START_TEST(l_stores_32_bits)
{
    ULONG value[2] = {0, 0x55555555};

    ck_assert_int_eq(sscanf("4294967295", "%lu", &value[0]), 1);
    ck_assert_uint_eq(value[0], 0xffffffffu);
    ck_assert_uint_eq(value[1], 0x55555555u);
}
END_TEST

START_TEST(sizes_of_integers)
{
    unsigned char bytes[8];
    unsigned short word = 0;
    ULONGLONG wide = 0, pointer = 0;

    memset(bytes, 0xee, sizeof(bytes));
    ck_assert_int_eq(sscanf("-1 0x1234 1311768467463790320 7fff00000000", "%hhd %hx %I64u %Ix",
                            bytes, &word, &wide, &pointer),
                     4);
    ck_assert_uint_eq(bytes[0], 0xff);
    ck_assert_uint_eq(bytes[1], 0xee);
    ck_assert_uint_eq(word, 0x1234);
    ck_assert(wide == 0x123456789abcdef0u);
    ck_assert(pointer == 0x7fff00000000u);
}
END_TEST

START_TEST(i_takes_its_base_from_the_prefix)
{
    int a = 0, b = 0, c = 0;

    ck_assert_int_eq(sscanf("0x1f 017 19", "%i %i %i", &a, &b, &c), 3);
    ck_assert_int_eq(a, 31);
    ck_assert_int_eq(b, 15);
    ck_assert_int_eq(c, 19);
}
END_TEST

START_TEST(width_ends_a_number)
{
    int a = 0, b = 0;

    ck_assert_int_eq(sscanf("123456", "%3d%d", &a, &b), 2);
    ck_assert_int_eq(a, 123);
    ck_assert_int_eq(b, 456);
}
END_TEST

START_TEST(floats_of_both_sizes)
{
    float small = 0;
    double large = 0;

    ck_assert_int_eq(sscanf("1.5 -2.5e1x", "%f %lf", &small, &large), 2);
    ck_assert(small == 1.5f);
    ck_assert(large == -25.0);
}
END_TEST

START_TEST(sets_and_discarded_text)
{
    char name[16], value[16];

    ck_assert_int_eq(sscanf("key = some value;", "%[a-z]%*[ =]%[^;]", name, value), 2);
    ck_assert_str_eq(name, "key");
    ck_assert_str_eq(value, "some value");
    ck_assert_int_eq(sscanf("]x", "%[]]", name), 1);
    ck_assert_str_eq(name, "]");
}
END_TEST

START_TEST(secure_text_that_does_not_fit_is_emptied)
{
    char text[4] = "xyz";
    char letter = 0;

    ck_assert_int_eq(sscanf_s("abcd", "%s", text, (unsigned)sizeof(text)), 0);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(sscanf_s("abc q", "%s %c", text, (unsigned)sizeof(text), &letter, 1u), 2);
    ck_assert_str_eq(text, "abc");
    ck_assert_int_eq(letter, 'q');
}
END_TEST

START_TEST(wide_format_reads_wide_text)
{
    WCHAR text[8];
    char narrow[8];
    int value = 0;

    ck_assert_int_eq(swscanf_s(L"12:one two", L"%d:%s %S", &value, text, 8u, narrow, 8u), 3);
    ck_assert_int_eq(value, 12);
    ck_assert_int_eq(wcscmp(text, L"one"), 0);
    ck_assert_str_eq(narrow, "two");
}
END_TEST

START_TEST(end_of_input_is_not_no_match)
{
    int value = 7;

    ck_assert_int_eq(sscanf("", "%d", &value), EOF);
    ck_assert_int_eq(sscanf("   ", "%d", &value), EOF);
    ck_assert_int_eq(sscanf("x", "%d", &value), 0);
    ck_assert_int_eq(value, 7);
}
END_TEST

START_TEST(tokens_in_turn)
{
    char text[] = ",,one,two,";
    WCHAR wide[] = L"a;b";
    char *context = NULL;
    WCHAR *wide_context = NULL;

    ck_assert_str_eq(strtok_s(text, ",", &context), "one");
    ck_assert_str_eq(strtok_s(NULL, ",", &context), "two");
    ck_assert_ptr_null(strtok_s(NULL, ",", &context));
    ck_assert_int_eq(wcscmp(wcstok_s(wide, L";", &wide_context), L"a"), 0);
    ck_assert_int_eq(wcscmp(wcstok_s(NULL, L";", &wide_context), L"b"), 0);
    ck_assert_ptr_null(wcstok_s(NULL, L";", &wide_context));
}
END_TEST

START_TEST(path_in_parts)
{
    char drive[3], folder[16], name[16], extension[8];

    ck_assert_int_eq(
        _splitpath_s("C:\\x.y\\file.tar.gz", drive, 3, folder, 16, name, 16, extension, 8), 0);
    ck_assert_str_eq(drive, "C:");
    ck_assert_str_eq(folder, "\\x.y\\");
    ck_assert_str_eq(name, "file.tar");
    ck_assert_str_eq(extension, ".gz");
    ck_assert_int_ne(_splitpath_s("long-name", NULL, 0, NULL, 0, name, 4, NULL, 0), 0);
    ck_assert_str_eq(name, "");
}
END_TEST

START_TEST(integers_as_text)
{
    char text[12];
    WCHAR wide[4];

    ck_assert_int_eq(_itoa_s(-12, text, sizeof(text), 10), 0);
    ck_assert_str_eq(text, "-12");
    ck_assert_int_eq(_itoa_s(-1, text, sizeof(text), 16), 0);
    ck_assert_str_eq(text, "ffffffff");
    ck_assert_int_ne(_itow_s(12345, wide, 4, 10), 0);
    ck_assert_int_eq(wide[0], 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("scan");
    TCase *tcase = tcase_create("scan");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, l_stores_32_bits);
    tcase_add_test(tcase, sizes_of_integers);
    tcase_add_test(tcase, i_takes_its_base_from_the_prefix);
    tcase_add_test(tcase, width_ends_a_number);
    tcase_add_test(tcase, floats_of_both_sizes);
    tcase_add_test(tcase, sets_and_discarded_text);
    tcase_add_test(tcase, secure_text_that_does_not_fit_is_emptied);
    tcase_add_test(tcase, wide_format_reads_wide_text);
    tcase_add_test(tcase, end_of_input_is_not_no_match);
    tcase_add_test(tcase, tokens_in_turn);
    tcase_add_test(tcase, path_in_parts);
    tcase_add_test(tcase, integers_as_text);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
