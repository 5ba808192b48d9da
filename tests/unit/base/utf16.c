/* SPDX-License-Identifier: MIT */
/* 16-bit text: its way to and from UTF-8, case, comparing, searching. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"

START_TEST(lengths_stop_at_zero_or_at_the_limit)
{
    ck_assert_uint_eq(utf16_length(u""), 0);
    ck_assert_uint_eq(utf16_length(u"abc"), 3);
    ck_assert_uint_eq(utf16_length_most(u"abc", 2), 2);
    ck_assert_uint_eq(utf16_length_most(u"abc", 0), 0);
    ck_assert_uint_eq(utf16_length_most(u"abc", 9), 3);
}
END_TEST

static const uint16_t sample[] = {'A', 0xE4, 0x20AC, 0xD83D, 0xDE00};
static const char sample_utf8[] = "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";

START_TEST(every_length_of_utf8_goes_both_ways)
{
    char bytes[16];
    uint16_t units[16];

    ck_assert_uint_eq(utf16_to_utf8(bytes, sizeof(bytes), sample, 5), 10);
    ck_assert_mem_eq(bytes, sample_utf8, 10);
    ck_assert_uint_eq(utf8_to_utf16(units, 16, sample_utf8, 10), 5);
    ck_assert_mem_eq(units, sample, sizeof(sample));
}
END_TEST

START_TEST(measuring_needs_no_buffer)
{
    ck_assert_uint_eq(utf16_to_utf8(NULL, 0, sample, 5), 10);
    ck_assert_uint_eq(utf8_to_utf16(NULL, 0, sample_utf8, 10), 5);
}
END_TEST

START_TEST(a_short_buffer_gets_whole_characters_only)
{
    char bytes[16];
    uint16_t units[16];

    for (size_t size = 0; size < 10; size++) {
        size_t whole = size >= 6 ? 6 : size >= 3 ? 3 : size >= 1 ? 1 : 0;

        memset(bytes, '?', sizeof(bytes));
        ck_assert_uint_eq(utf16_to_utf8(bytes, size, sample, 5), 10);
        ck_assert_mem_eq(bytes, sample_utf8, whole);
        ck_assert_int_eq(bytes[whole], '?');
    }
    memset(units, 0x3F, sizeof(units));
    ck_assert_uint_eq(utf8_to_utf16(units, 4, sample_utf8, 10), 5);
    ck_assert_mem_eq(units, sample, 3 * sizeof(*units));
    ck_assert_uint_eq(units[3], 0x3F3F);
}
END_TEST

START_TEST(every_unit_survives_the_way_through_utf8)
{
    for (uint32_t unit = 1; unit < 0x10000; unit++) {
        uint16_t one = (uint16_t)unit, back = 0;
        char bytes[4];
        size_t count = utf16_to_utf8(bytes, sizeof(bytes), &one, 1);

        if (utf8_to_utf16(&back, 1, bytes, count) != 1 || back != one) {
            ck_abort_msg("U+%04X", unit);
        }
    }
}
END_TEST

START_TEST(every_pair_survives_the_way_through_utf8)
{
    for (uint32_t code_point = 0x10000; code_point < 0x110000; code_point++) {
        char bytes[4];
        uint16_t pair[2];

        if (utf8_put(bytes, code_point) != 4 || utf8_to_utf16(pair, 2, bytes, 4) != 2 ||
            0x10000 + ((pair[0] - 0xD800u) << 10) + (pair[1] - 0xDC00u) != code_point) {
            ck_abort_msg("U+%X", code_point);
        }
    }
}
END_TEST

static void
assert_replaced(const char *bytes, size_t count, const uint16_t *expected)
{
    uint16_t units[16];
    size_t length = utf16_length(expected);

    ck_assert_uint_eq(utf8_to_utf16(units, 16, bytes, count), length);
    ck_assert_mem_eq(units, expected, length * sizeof(*units));
}

START_TEST(bytes_that_are_not_utf8_are_replaced)
{
    assert_replaced("a\x80z", 3, u"a\uFFFDz");
    assert_replaced("a\xC3", 2, u"a\uFFFD");
    assert_replaced("a\xC3z", 3, u"a\uFFFDz");
    assert_replaced("\xC0\xAF", 2, u"\uFFFD\uFFFD");                     /* Overlong. */
    assert_replaced("\xF4\x90\x80\x80", 4, u"\uFFFD\uFFFD\uFFFD\uFFFD"); /* Beyond Unicode. */
    assert_replaced("\xFF", 1, u"\uFFFD");
    assert_replaced("\xE2\x82", 2, u"\uFFFD\uFFFD");
}
END_TEST

START_TEST(case_goes_there_and_back)
{
    static const uint16_t pairs[][2] = {
        {'a', 'A'},       {'z', 'Z'},     {0xE4, 0xC4},   {0xFF, 0x178},    {0x101, 0x100},
        {0x13A, 0x139},   {0x148, 0x147}, {0x17A, 0x179}, {0x17E, 0x17D},   {0x3AC, 0x386},
        {0x3B1, 0x391},   {0x3CC, 0x38C}, {0x3CE, 0x38F}, {0x430, 0x410},   {0x451, 0x401},
        {0x461, 0x460},   {0x48B, 0x48A}, {0x4C2, 0x4C1}, {0x4CE, 0x4CD},   {0x4D1, 0x4D0},
        {0x561, 0x531},   {0x1CE, 0x1CD}, {0x1DC, 0x1DB}, {0x1E01, 0x1E00}, {0x1EA1, 0x1EA0},
        {0xFF41, 0xFF21},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        ck_assert_uint_eq(utf16_upcase(pairs[i][0]), pairs[i][1]);
        ck_assert_uint_eq(utf16_downcase(pairs[i][1]), pairs[i][0]);
        ck_assert_uint_eq(utf16_upcase(pairs[i][1]), pairs[i][1]);
        ck_assert_uint_eq(utf16_downcase(pairs[i][0]), pairs[i][0]);
    }
}
END_TEST

START_TEST(what_has_no_case_stays)
{
    static const uint16_t plain[] = {0,     '0',    '_',    '[',    '{',    0xD7,   0xF7,  0xDF,
                                     0x130, 0x131,  0x138,  0x149,  0x2C6,  0x387,  0x482, 0x588,
                                     0x5D0, 0x4E00, 0xD83D, 0xDE00, 0xFFFD, 0x1E96, 0x1E9E};

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        ck_assert_uint_eq(utf16_upcase(plain[i]), plain[i]);
        ck_assert_uint_eq(utf16_downcase(plain[i]), plain[i]);
    }
}
END_TEST

START_TEST(changing_case_twice_is_changing_it_once)
{
    for (uint32_t unit = 0; unit < 0x10000; unit++) {
        uint16_t up = utf16_upcase((uint16_t)unit), down = utf16_downcase((uint16_t)unit);

        if (utf16_upcase(up) != up || utf16_downcase(down) != down ||
            (up != unit && utf16_downcase(up) != unit) ||
            (down != unit && utf16_upcase(down) != unit)) {
            ck_abort_msg("U+%04X", unit);
        }
    }
}
END_TEST

static int
compare(const uint16_t *a, const uint16_t *b, bool ignore_case)
{
    return utf16_compare(a, utf16_length(a), b, utf16_length(b), ignore_case);
}

START_TEST(comparing_goes_by_units_and_then_by_length)
{
    ck_assert_int_eq(compare(u"abc", u"abc", false), 0);
    ck_assert_int_lt(compare(u"abc", u"abd", false), 0);
    ck_assert_int_gt(compare(u"b", u"abc", false), 0);
    ck_assert_int_lt(compare(u"ab", u"abc", false), 0);
    ck_assert_int_gt(compare(u"a", u"", false), 0);
    ck_assert_int_gt(compare(u"a", u"A", false), 0);
    ck_assert_int_eq(compare(u"aBc\u00E4", u"AbC\u00C4", true), 0);
    ck_assert_int_gt(compare(u"_", u"a", true), 0); /* Upper case is compared. */
}
END_TEST

START_TEST(searching_units_and_text)
{
    static const uint16_t text[] = u"abcabc";

    ck_assert_ptr_eq(utf16_find(text, 'b'), text + 1);
    ck_assert_ptr_eq(utf16_find(text, 0), text + 6);
    ck_assert_ptr_null(utf16_find(text, 'x'));
    ck_assert_ptr_eq(utf16_find_last(text, 'b'), text + 4);
    ck_assert_ptr_eq(utf16_find_last(text, 0), text + 6);
    ck_assert_ptr_null(utf16_find_last(text, 'x'));
    ck_assert_ptr_eq(utf16_find_text(text, u"ca"), text + 2);
    ck_assert_ptr_eq(utf16_find_text(text, u""), text);
    ck_assert_ptr_null(utf16_find_text(text, u"abcabcd"));
    ck_assert_ptr_null(utf16_find_text(text, u"cc"));
    ck_assert_ptr_eq(utf16_find_text(u"", u"") == NULL ? NULL : text, text);
    ck_assert_uint_eq(utf16_span(text, u"ab", true), 2);
    ck_assert_uint_eq(utf16_span(text, u"", true), 0);
    ck_assert_uint_eq(utf16_span(text, u"c", false), 2);
    ck_assert_uint_eq(utf16_span(text, u"x", false), 6);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base/utf16");
    TCase *tests = tcase_create("utf16");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, lengths_stop_at_zero_or_at_the_limit);
    tcase_add_test(tests, every_length_of_utf8_goes_both_ways);
    tcase_add_test(tests, measuring_needs_no_buffer);
    tcase_add_test(tests, a_short_buffer_gets_whole_characters_only);
    tcase_add_test(tests, every_unit_survives_the_way_through_utf8);
    tcase_add_test(tests, every_pair_survives_the_way_through_utf8);
    tcase_add_test(tests, bytes_that_are_not_utf8_are_replaced);
    tcase_add_test(tests, case_goes_there_and_back);
    tcase_add_test(tests, what_has_no_case_stays);
    tcase_add_test(tests, changing_case_twice_is_changing_it_once);
    tcase_add_test(tests, comparing_goes_by_units_and_then_by_length);
    tcase_add_test(tests, searching_units_and_text);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
