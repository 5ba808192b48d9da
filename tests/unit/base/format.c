/* SPDX-License-Identifier: MIT */
/* Windows' format rules. Expected texts are those of Microsoft's documented printf. */
#include <check.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/utf16.h"

struct counted {
    uint16_t length, maximum;
    const void *buffer;
};

static char text[256];
static uint16_t wide[256];

static size_t
narrow_to(size_t size, const char *format, ...)
{
    va_list arguments;
    size_t needed;

    memset(text, '?', sizeof(text) - 1);
    va_start(arguments, format);
    needed = format_to_narrow(text, size, format, arguments);
    va_end(arguments);
    return needed;
}

static size_t
fill_narrow(size_t size, const char *format, ...)
{
    va_list arguments;
    size_t needed;

    memset(text, '?', sizeof(text) - 1);
    va_start(arguments, format);
    needed = format_fill_narrow(text, size, format, arguments);
    va_end(arguments);
    return needed;
}

static size_t
wide_to(size_t size, const uint16_t *format, ...)
{
    va_list arguments;
    size_t needed;

    memset(wide, '?', sizeof(wide) - sizeof(wide[0]));
    va_start(arguments, format);
    needed = format_to_wide(wide, size, format, arguments);
    va_end(arguments);
    return needed;
}

static size_t
fill_wide(size_t size, const uint16_t *format, ...)
{
    va_list arguments;
    size_t needed;

    memset(wide, '?', sizeof(wide) - sizeof(wide[0]));
    va_start(arguments, format);
    needed = format_fill_wide(wide, size, format, arguments);
    va_end(arguments);
    return needed;
}

#define expect(expected, ...)                                                                      \
    do {                                                                                           \
        ck_assert_uint_eq(narrow_to(sizeof(text), __VA_ARGS__), strlen(expected));                 \
        ck_assert_str_eq(text, expected);                                                          \
    } while (0)

static void
assert_wide(const uint16_t *expected)
{
    size_t count = utf16_length(expected);

    ck_assert_uint_eq(utf16_length_most(wide, 256), count);
    ck_assert_mem_eq(wide, expected, count * sizeof(*wide));
}

#define expect_wide(expected, ...)                                                                 \
    do {                                                                                           \
        ck_assert_uint_eq(wide_to(256, __VA_ARGS__), utf16_length(expected));                      \
        assert_wide(expected);                                                                     \
    } while (0)

START_TEST(plain_text_passes_through)
{
    expect("", "");
    expect("100% of it", "100%% of it");
    expect("a\tb\n", "a\tb\n");
    expect("Gr\xC3\xBC\xC3\x9F Gott", "Gr\xC3\xBC\xC3\x9F Gott");
}
END_TEST

START_TEST(l_means_32_bits)
{
    expect("-1", "%ld", 0x1FFFFFFFFL);
    expect("4294967295", "%lu", -1L);
    expect("80000000", "%lx", 0x7FFFFFFF80000000L);
    expect("-2147483648", "%d", INT_MIN);
}
END_TEST

START_TEST(i64_and_ll_mean_64_bits)
{
    expect("-9223372036854775808", "%I64d", INT64_MIN);
    expect("18446744073709551615", "%I64u", UINT64_MAX);
    expect("123456789ABCDEF0", "%I64X", 0x123456789ABCDEF0L);
    expect("123456789abcdef0", "%llx", 0x123456789abcdef0LL);
    expect("9223372036854775807", "%lld", LLONG_MAX);
    expect("9223372036854775807", "%jd", INT64_MAX);
}
END_TEST

START_TEST(i32_and_i_and_z)
{
    expect("-1", "%I32d", -1);
    expect("4294967295", "%I32u", -1);
    expect("18446744073709551615", "%Iu", UINT64_MAX);
    expect("ffffffffffffffff", "%zx", SIZE_MAX);
    expect("-1", "%td", (ptrdiff_t)-1);
}
END_TEST

START_TEST(h_cuts_to_16_and_hh_to_8_bits)
{
    expect("-1", "%hd", 0xFFFF);
    expect("65535", "%hu", 0x1FFFF);
    expect("34", "%hhx", 0x1234);
    expect("-128", "%hhd", 0x80);
}
END_TEST

START_TEST(width_precision_and_flags_of_numbers)
{
    expect("   42", "%5d", 42);
    expect("42   |", "%-5d|", 42);
    expect("00042", "%05d", 42);
    expect("-0042", "%05d", -42);
    expect("+42", "%+d", 42);
    expect(" 42", "% d", 42);
    expect("  042", "%5.3d", 42);
    expect("  042", "%05.3d", 42); /* A precision makes 0 void. */
    expect("", "%.0d", 0);
    expect("0", "%d", 0);
    expect("0x1f", "%#x", 31);
    expect("0X1F", "%#X", 31);
    expect("0", "%#x", 0);
    expect("017", "%#o", 15);
    expect("0x00001f", "%#08x", 31);
    expect("  7|", "%*d|", 3, 7);
    expect("7  |", "%*d|", -3, 7);
    expect("007", "%.*d", 3, 7);
    expect("7", "%.*d", -3, 7); /* A negative precision is none. */
}
END_TEST

START_TEST(pointers_are_sixteen_upper_case_digits)
{
    expect("00000000DEADBEEF", "%p", (void *)0xDEADBEEFul);
    expect("0000000000000000", "%p", NULL);
    expect("  00000000DEADBEEF", "%18p", (void *)0xDEADBEEFul);
}
END_TEST

START_TEST(strings_of_either_width_in_a_narrow_format)
{
    expect("abc", "%s", "abc");
    expect("abc", "%S", u"abc");
    expect("abc", "%ls", u"abc");
    expect("abc", "%ws", u"abc");
    expect("abc", "%hs", "abc");
    expect("abc", "%hS", "abc");
    expect("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "%ws", u"\u00E4\u20AC\U0001F600");
    expect("ab", "%.2s", "abc");
    expect("ab", "%.2S", u"abc");
    expect("  abc|abc  |", "%5s|%-5s|", "abc", "abc");
    expect("  abc|abc  |", "%5S|%-5S|", u"abc", u"abc");
    expect("x", "%c", 'x');
    expect("\xE2\x82\xAC", "%C", 0x20AC);
    expect("\xE2\x82\xAC", "%lc", 0x20AC);
    expect("x", "%hc", 'x');
}
END_TEST

START_TEST(strings_of_either_width_in_a_wide_format)
{
    expect_wide(u"abc", u"%s", u"abc");
    expect_wide(u"abc", u"%S", "abc");
    expect_wide(u"abc", u"%hs", "abc");
    expect_wide(u"abc", u"%ls", u"abc");
    expect_wide(u"abc", u"%ws", u"abc");
    expect_wide(u"\u00E4 \u20AC", u"%s %S", u"\u00E4", "\xE2\x82\xAC");
    expect_wide(u"\u20ACx", u"%c%C", 0x20AC, 'x');
    expect_wide(u"\u00E4%-1-\U0001F600", u"\u00E4%%%d-%s", -1, u"\U0001F600");
}
END_TEST

START_TEST(precision_stops_before_memory_that_has_no_terminator)
{
    char *narrow = malloc(3);
    uint16_t *units = malloc(3 * sizeof(*units));

    memcpy(narrow, "abc", 3);
    memcpy(units, u"abc", 3 * sizeof(*units));
    expect("abc", "%.3s", narrow);
    expect("abc", "%.3S", units);
    free(narrow);
    free(units);
}
END_TEST

START_TEST(counted_strings)
{
    struct counted ansi = {3, 8, "abcdef"};
    struct counted unicode = {6, 6, u"abcdef"};
    struct counted empty = {0, 0, NULL};

    expect("abc", "%Z", &ansi);
    expect("abc", "%hZ", &ansi);
    expect("abc", "%wZ", &unicode);
    expect("abc", "%lZ", &unicode);
    expect("  abc", "%5wZ", &unicode);
    expect("ab", "%.2wZ", &unicode);
    expect_wide(u"abc/abc", u"%wZ/%Z", &unicode, &ansi);
    expect("(null)", "%wZ", &empty);
    expect("(null)", "%Z", NULL);
}
END_TEST

START_TEST(a_null_string_is_said_to_be_one)
{
    expect("(null)", "%s", NULL);
    expect("(null)", "%S", NULL);
    expect_wide(u"(null)", u"%s", NULL);
    expect("(nu", "%.3s", NULL);
}
END_TEST

START_TEST(floating_point)
{
    expect("3.14", "%.2f", 3.14159);
    expect("  3.1|", "%5.1f|", 3.14159);
    expect("3.1  |", "%-5.1f|", 3.14159);
    expect("1.500000e+00", "%e", 1.5);
    expect("+1.5", "%+g", 1.5);
    expect("2.5", "%Lg", 2.5);
    expect("7 2.5 8", "%d %g %d", 7, 2.5, 8);
}
END_TEST

START_TEST(huge_widths_and_precisions_stay_bounded)
{
    ck_assert_uint_eq(narrow_to(sizeof(text), "%99999999999d", 1), 32767);
    ck_assert_uint_eq(narrow_to(sizeof(text), "%.99999999999d", 1), 32767);
    ck_assert_uint_ge(narrow_to(sizeof(text), "%900.900f", 1.0), 66);
    ck_assert_uint_eq(narrow_to(sizeof(text), "%f", 1e308), 309 + 7);
}
END_TEST

START_TEST(n_writes_nothing)
{
    int count = 77;

    expect("ab|5", "a%nb|%d", &count, 5);
    ck_assert_int_eq(count, 77);
}
END_TEST

START_TEST(broken_formats_end)
{
    expect("50", "50%");
    expect("", "%-+ #0");
    expect("", "%10.");
    expect("6", "%I6"); /* A pointer-sized conversion named 6, which there is not. */
    expect("y5", "%y%d", 5);
}
END_TEST

START_TEST(cut_off_text_is_terminated_and_counted_whole)
{
    ck_assert_uint_eq(narrow_to(4, "%s", "abcdef"), 6);
    ck_assert_str_eq(text, "abc");
    ck_assert_uint_eq(narrow_to(1, "%s", "abcdef"), 6);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(narrow_to(0, "%d", 12345), 5);
    ck_assert_int_eq(text[0], '?');
    ck_assert_uint_eq(wide_to(4, u"%d", 12345), 5);
    assert_wide(u"123");
    ck_assert_uint_eq(wide_to(0, u"%d", 12345), 5);
    ck_assert_uint_eq(wide[0], 0x3F3F);
}
END_TEST

START_TEST(filling_uses_every_place_and_writes_no_terminator)
{
    ck_assert_uint_eq(fill_narrow(4, "%s", "abcd"), 4);
    ck_assert_mem_eq(text, "abcd?", 5);
    ck_assert_uint_eq(fill_narrow(4, "%s%d", "ab", 345), 5);
    ck_assert_mem_eq(text, "ab34?", 5);
    ck_assert_uint_eq(fill_wide(4, u"%s", u"abcd"), 4);
    ck_assert_mem_eq(wide, u"abcd\x3F3F", 5 * sizeof(*wide));
    ck_assert_uint_eq(fill_wide(3, u"%s", u"abcd"), 4);
    ck_assert_mem_eq(wide, u"abc\x3F3F", 4 * sizeof(*wide));
}
END_TEST

START_TEST(a_pair_is_not_split_and_nothing_follows_a_gap)
{
    ck_assert_uint_eq(wide_to(4, u"ab%sz", u"\U0001F600"), 5);
    assert_wide(u"ab");
    ck_assert_uint_eq(wide_to(5, u"ab%sz", u"\U0001F600"), 5);
    assert_wide(u"ab\U0001F600");
    ck_assert_uint_eq(fill_wide(3, u"ab%sz", u"\U0001F600"), 5);
    ck_assert_mem_eq(wide, u"ab\0\x3F3F", 4 * sizeof(*wide));
}
END_TEST

START_TEST(lone_surrogates_survive_in_wide_text)
{
    static const uint16_t lone[] = {'a', 0xD83D, 'b', 0xDE00, 0};

    expect_wide(lone, u"%s", lone);
    expect_wide(u"\U0001F600", u"%c%c", 0xD83D, 0xDE00);
}
END_TEST

struct pieces {
    char joined[64];
    unsigned calls;
};

static void
collect(void *context, const char *bytes, size_t count)
{
    struct pieces *pieces = context;

    strncat(pieces->joined, bytes, count);
    pieces->calls++;
}

static size_t
collect_narrow(struct pieces *pieces, const char *format, ...)
{
    va_list arguments;
    size_t count;

    va_start(arguments, format);
    count = format_narrow(collect, pieces, format, arguments);
    va_end(arguments);
    return count;
}

START_TEST(a_sink_gets_all_pieces_in_order)
{
    struct pieces pieces = {0};

    ck_assert_uint_eq(collect_narrow(&pieces, "a%db%sc", 7, "xy"), 6);
    ck_assert_str_eq(pieces.joined, "a7bxyc");
    ck_assert_uint_ge(pieces.calls, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base/format");
    TCase *tests = tcase_create("format");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, plain_text_passes_through);
    tcase_add_test(tests, l_means_32_bits);
    tcase_add_test(tests, i64_and_ll_mean_64_bits);
    tcase_add_test(tests, i32_and_i_and_z);
    tcase_add_test(tests, h_cuts_to_16_and_hh_to_8_bits);
    tcase_add_test(tests, width_precision_and_flags_of_numbers);
    tcase_add_test(tests, pointers_are_sixteen_upper_case_digits);
    tcase_add_test(tests, strings_of_either_width_in_a_narrow_format);
    tcase_add_test(tests, strings_of_either_width_in_a_wide_format);
    tcase_add_test(tests, precision_stops_before_memory_that_has_no_terminator);
    tcase_add_test(tests, counted_strings);
    tcase_add_test(tests, a_null_string_is_said_to_be_one);
    tcase_add_test(tests, floating_point);
    tcase_add_test(tests, huge_widths_and_precisions_stay_bounded);
    tcase_add_test(tests, n_writes_nothing);
    tcase_add_test(tests, broken_formats_end);
    tcase_add_test(tests, cut_off_text_is_terminated_and_counted_whole);
    tcase_add_test(tests, filling_uses_every_place_and_writes_no_terminator);
    tcase_add_test(tests, a_pair_is_not_split_and_nothing_follows_a_gap);
    tcase_add_test(tests, lone_surrogates_survive_in_wide_text);
    tcase_add_test(tests, a_sink_gets_all_pieces_in_order);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
