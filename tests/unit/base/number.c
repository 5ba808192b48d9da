/* SPDX-License-Identifier: MIT */
/* Numbers in text. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf16.h"

static struct number
parse(const char *text, unsigned base, enum number_prefix prefix)
{
    return number_parse_narrow(text, strlen(text), base, prefix);
}

static void
expect(struct number number, uint64_t magnitude, bool negative, size_t used)
{
    ck_assert_uint_eq(number.magnitude, magnitude);
    ck_assert_int_eq(number.negative, negative);
    ck_assert_uint_eq(number.used, used);
    ck_assert(!number.overflow);
}

START_TEST(blanks_sign_and_digits)
{
    expect(parse("123", 10, NUMBER_PREFIX_C), 123, false, 3);
    expect(parse(" \t\r\n+7x", 10, NUMBER_PREFIX_C), 7, false, 6);
    expect(parse("-345", 10, NUMBER_PREFIX_C), 345, true, 4);
    expect(parse("zZ", 36, NUMBER_PREFIX_C), 35 * 36 + 35, false, 2);
    expect(parse("789", 8, NUMBER_PREFIX_C), 7, false, 1);
}
END_TEST

START_TEST(text_without_a_number_uses_nothing)
{
    expect(parse("", 10, NUMBER_PREFIX_C), 0, false, 0);
    expect(parse("xyz", 10, NUMBER_PREFIX_C), 0, false, 0);
    expect(parse("-", 10, NUMBER_PREFIX_C), 0, true, 0);
    expect(parse("- 1", 10, NUMBER_PREFIX_C), 0, true, 0);
    expect(parse("5", 1, NUMBER_PREFIX_C), 0, false, 0);
    expect(parse("5", 37, NUMBER_PREFIX_C), 0, false, 0);
}
END_TEST

START_TEST(prefixes_of_c)
{
    expect(parse("0x1F", 0, NUMBER_PREFIX_C), 31, false, 4);
    expect(parse("0X1f", 16, NUMBER_PREFIX_C), 31, false, 4);
    expect(parse("017", 0, NUMBER_PREFIX_C), 15, false, 3);
    expect(parse("0", 0, NUMBER_PREFIX_C), 0, false, 1);
    expect(parse("19", 0, NUMBER_PREFIX_C), 19, false, 2);
    expect(parse("0x", 0, NUMBER_PREFIX_C), 0, false, 1);
    expect(parse("0xg", 16, NUMBER_PREFIX_C), 0, false, 1);
    expect(parse("0x1", 10, NUMBER_PREFIX_C), 0, false, 1);
    expect(parse("0b1", 0, NUMBER_PREFIX_C), 0, false, 1);
}
END_TEST

START_TEST(prefixes_of_nt)
{
    expect(parse("0x1F", 0, NUMBER_PREFIX_NT), 31, false, 4);
    expect(parse("0o17", 0, NUMBER_PREFIX_NT), 15, false, 4);
    expect(parse("0b101", 0, NUMBER_PREFIX_NT), 5, false, 5);
    expect(parse("-0b11", 0, NUMBER_PREFIX_NT), 3, true, 5);
    expect(parse("017", 0, NUMBER_PREFIX_NT), 17, false, 3);
    expect(parse("0x1F", 16, NUMBER_PREFIX_NT), 0, false, 1);
    expect(parse("0b1", 16, NUMBER_PREFIX_NT), 0xB1, false, 3);
}
END_TEST

START_TEST(the_count_ends_the_text)
{
    expect(number_parse_narrow("12345", 3, 10, NUMBER_PREFIX_C), 123, false, 3);
    expect(number_parse_narrow("0x12", 2, 0, NUMBER_PREFIX_C), 0, false, 1);
    expect(number_parse_narrow("12", 0, 10, NUMBER_PREFIX_C), 0, false, 0);
    expect(number_parse_wide(u"12345", 3, 10, NUMBER_PREFIX_C), 123, false, 3);
}
END_TEST

START_TEST(wide_digits_beyond_ascii_are_none)
{
    expect(number_parse_wide(u"1\u0661", 2, 10, NUMBER_PREFIX_C), 1, false, 1);
    expect(number_parse_wide(u"1\u0131", 2, 36, NUMBER_PREFIX_C), 1, false, 1);
}
END_TEST

START_TEST(overflow_is_told_and_all_digits_are_used)
{
    struct number number = parse("18446744073709551615", 10, NUMBER_PREFIX_C);

    expect(number, UINT64_MAX, false, 20);
    number = parse("18446744073709551617", 10, NUMBER_PREFIX_C);
    ck_assert(number.overflow);
    ck_assert_uint_eq(number.used, 20);
    ck_assert_uint_eq(number.magnitude, 1);
}
END_TEST

START_TEST(digits_in_any_base)
{
    char digits[64];

    ck_assert_uint_eq(number_digits(0, 10, false, digits), 1);
    ck_assert_mem_eq(digits, "0", 1);
    ck_assert_uint_eq(number_digits(UINT64_MAX, 10, false, digits), 20);
    ck_assert_mem_eq(digits, "18446744073709551615", 20);
    ck_assert_uint_eq(number_digits(0xBEEF, 16, false, digits), 4);
    ck_assert_mem_eq(digits, "beef", 4);
    ck_assert_uint_eq(number_digits(0xBEEF, 16, true, digits), 4);
    ck_assert_mem_eq(digits, "BEEF", 4);
    ck_assert_uint_eq(number_digits(UINT64_MAX, 2, false, digits), 64);
    ck_assert_mem_eq(digits, "11111111", 8);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base/number");
    TCase *tests = tcase_create("number");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, blanks_sign_and_digits);
    tcase_add_test(tests, text_without_a_number_uses_nothing);
    tcase_add_test(tests, prefixes_of_c);
    tcase_add_test(tests, prefixes_of_nt);
    tcase_add_test(tests, the_count_ends_the_text);
    tcase_add_test(tests, wide_digits_beyond_ascii_are_none);
    tcase_add_test(tests, overflow_is_told_and_all_digits_are_used);
    tcase_add_test(tests, digits_in_any_base);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
