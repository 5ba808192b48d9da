/* SPDX-License-Identifier: MIT */
/* STRING, and text between 8 and 16 bits. */
#include "rtl_fixture.h"

#include <string.h>

#define UMLAUT_UTF8 "\xC3\xA4"
#define SMILEY_UTF8 "\xF0\x9F\x98\x80"
#define SMILEY      L"\U0001F600"
#define REPLACED    L"\uFFFD"

START_TEST(init_counts_and_points)
{
    const char *text = "abc";
    STRING string;

    RtlInitAnsiString(&string, text);
    ck_assert_uint_eq(string.Length, 3);
    ck_assert_uint_eq(string.MaximumLength, 4);
    ck_assert_ptr_eq(string.Buffer, text);
    RtlInitString(&string, NULL);
    ck_assert_uint_eq(string.MaximumLength, 0);
    ck_assert_ptr_null(string.Buffer);
}
END_TEST

START_TEST(copy_append_compare)
{
    STRING from = rtl_narrow("abc"), to = rtl_narrow_room(5), upper = rtl_narrow("ABC"),
           small = rtl_narrow_room(2);

    RtlCopyString(&to, &from);
    rtl_assert_narrow(&to, "abc");
    RtlCopyString(&small, &from);
    rtl_assert_narrow(&small, "ab");
    ck_assert_int_eq(RtlAppendAsciizToString(&to, "de"), STATUS_SUCCESS);
    rtl_assert_narrow(&to, "abcde");
    ck_assert_int_eq(RtlAppendAsciizToString(&to, "f"), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(RtlAppendStringToString(&to, &from), STATUS_BUFFER_TOO_SMALL);
    rtl_assert_narrow(&to, "abcde");
    ck_assert(RtlEqualString(&from, &upper, TRUE));
    ck_assert(!RtlEqualString(&from, &upper, FALSE));
    ck_assert_int_gt(RtlCompareString(&from, &upper, FALSE), 0);
    ck_assert_int_lt(RtlCompareString(&from, &to, TRUE), 0);
    ck_assert(RtlPrefixString(&upper, &to, TRUE));
    ck_assert(!RtlPrefixString(&to, &upper, TRUE));
    RtlUpperString(&to, &from);
    rtl_assert_narrow(&to, "ABC");
    RtlCopyString(&to, NULL);
    ck_assert_uint_eq(to.Length, 0);
}
END_TEST

START_TEST(to_unicode_allocated)
{
    STRING from = rtl_narrow("a" UMLAUT_UTF8 SMILEY_UTF8);
    UNICODE_STRING to = {0};

    ck_assert_int_eq(RtlAnsiStringToUnicodeString(&to, &from, TRUE), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"a\u00E4" SMILEY);
    ck_assert_uint_eq(to.MaximumLength, to.Length + 2);
    ck_assert_uint_eq(to.Buffer[4], 0);
    RtlFreeUnicodeString(&to);
}
END_TEST

START_TEST(to_unicode_into_a_buffer_that_must_hold_a_terminator)
{
    STRING from = rtl_narrow("abc");
    UNICODE_STRING to = rtl_wide_room(8), small = rtl_wide_room(6);

    ck_assert_int_eq(RtlAnsiStringToUnicodeString(&to, &from, FALSE), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abc");
    ck_assert_uint_eq(to.Buffer[3], 0);
    ck_assert_int_eq(RtlAnsiStringToUnicodeString(&small, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(small.Buffer[0], 0x3F3F);
    ck_assert_uint_eq(RtlAnsiStringToUnicodeSize(&from), 8);
}
END_TEST

START_TEST(to_ansi_allocated_and_into_a_buffer)
{
    UNICODE_STRING from = rtl_wide(L"a\u00E4" SMILEY);
    STRING to = {0}, small = rtl_narrow_room(7), room = rtl_narrow_room(8);

    ck_assert_int_eq(RtlUnicodeStringToAnsiString(&to, &from, TRUE), STATUS_SUCCESS);
    rtl_assert_narrow(&to, "a" UMLAUT_UTF8 SMILEY_UTF8);
    ck_assert_int_eq(to.Buffer[7], 0);
    RtlFreeAnsiString(&to);
    ck_assert_ptr_null(to.Buffer);
    ck_assert_int_eq(RtlUnicodeStringToAnsiString(&small, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    ck_assert_int_eq(small.Buffer[0], '?');
    ck_assert_int_eq(RtlUnicodeStringToAnsiString(&room, &from, FALSE), STATUS_SUCCESS);
    rtl_assert_narrow(&room, "a" UMLAUT_UTF8 SMILEY_UTF8);
    ck_assert_uint_eq(RtlUnicodeStringToAnsiSize(&from), 8);
}
END_TEST

START_TEST(what_cannot_be_counted_is_refused)
{
    STRING from = rtl_narrow_room(40000);
    UNICODE_STRING to = {0}, wide = rtl_wide_room(60000);
    STRING back = {0};

    memset(from.Buffer, 'a', 40000);
    from.Length = 40000;
    ck_assert_int_eq(RtlAnsiStringToUnicodeString(&to, &from, TRUE), STATUS_INVALID_PARAMETER_2);
    for (size_t i = 0; i < 30000; i++) {
        wide.Buffer[i] = 0x20AC;
    }
    wide.Length = 60000;
    ck_assert_int_eq(RtlUnicodeStringToAnsiString(&back, &wide, TRUE), STATUS_INVALID_PARAMETER_2);
}
END_TEST

START_TEST(without_memory_nothing_is_allocated)
{
    STRING narrow = rtl_narrow("abc"), back = {0};
    UNICODE_STRING wide = {0}, from = rtl_wide(L"abc");

    rtl_fail_allocations();
    ck_assert_int_eq(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE), STATUS_NO_MEMORY);
    ck_assert_int_eq(RtlUnicodeStringToAnsiString(&back, &from, TRUE), STATUS_NO_MEMORY);
}
END_TEST

START_TEST(multibyte_cuts_off_whole_characters_without_a_word)
{
    WCHAR wide[4];
    char narrow[8];
    ULONG bytes;

    ck_assert_int_eq(RtlMultiByteToUnicodeN(wide, 6, &bytes, "ab" SMILEY_UTF8, 6), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 4);
    ck_assert_mem_eq(wide, L"ab", 4);
    ck_assert_int_eq(RtlMultiByteToUnicodeN(wide, 8, &bytes, "ab" SMILEY_UTF8, 6), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 8);
    ck_assert_int_eq(RtlUnicodeToMultiByteN(narrow, 5, &bytes, L"ab" SMILEY, 8), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 2);
    ck_assert_int_eq(RtlUnicodeToMultiByteN(narrow, 6, &bytes, L"ab" SMILEY, 8), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 6);
    ck_assert_mem_eq(narrow, "ab" SMILEY_UTF8, 6);
    ck_assert_int_eq(RtlUnicodeToMultiByteN(narrow, 8, NULL, L"x", 4), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "x");
}
END_TEST

START_TEST(multibyte_sizes_have_no_terminator)
{
    ULONG bytes;

    ck_assert_int_eq(RtlMultiByteToUnicodeSize(&bytes, "a" UMLAUT_UTF8, 3), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 4);
    ck_assert_int_eq(RtlUnicodeToMultiByteSize(&bytes, L"a\u00E4", 4), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 3);
}
END_TEST

START_TEST(utf8_both_ways)
{
    WCHAR wide[8];
    char narrow[8];
    ULONG bytes;

    ck_assert_int_eq(RtlUTF8ToUnicodeN(wide, sizeof(wide), &bytes, "a" UMLAUT_UTF8 SMILEY_UTF8, 7),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 8);
    ck_assert_mem_eq(wide, L"a\u00E4" SMILEY, 8);
    ck_assert_int_eq(RtlUnicodeToUTF8N(narrow, sizeof(narrow), &bytes, wide, 8), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 7);
    ck_assert_mem_eq(narrow, "a" UMLAUT_UTF8 SMILEY_UTF8, 7);
}
END_TEST

START_TEST(utf8_measures_without_a_destination)
{
    ULONG bytes;

    ck_assert_int_eq(RtlUTF8ToUnicodeN(NULL, 0, &bytes, "a" SMILEY_UTF8, 5), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 6);
    ck_assert_int_eq(RtlUnicodeToUTF8N(NULL, 0, &bytes, L"a" SMILEY, 6), STATUS_SUCCESS);
    ck_assert_uint_eq(bytes, 5);
}
END_TEST

START_TEST(utf8_says_when_the_buffer_is_small)
{
    WCHAR wide[2];
    char narrow[4];
    ULONG bytes;

    ck_assert_int_eq(RtlUTF8ToUnicodeN(wide, 4, &bytes, "a" SMILEY_UTF8, 5),
                     STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(bytes, 2);
    ck_assert_int_eq(RtlUnicodeToUTF8N(narrow, 4, &bytes, L"a" SMILEY, 6), STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(bytes, 1);
}
END_TEST

START_TEST(utf8_says_when_something_was_replaced)
{
    static const struct {
        const char *from;
        const WCHAR *to;
    } rows[] = {
        {"\x80", REPLACED},
        {"a\xC3z", L"a" REPLACED L"z"},
        {"\xC0\xAF", REPLACED REPLACED},
        {"\xE0\x80\x80", REPLACED REPLACED REPLACED},
        {"\xED\xA0\x80", REPLACED REPLACED REPLACED}, /* A surrogate. */
        {"\xE2\x82", REPLACED},
        {"\xF0\x9F\x98z", REPLACED L"z"},
        {"\xF4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED},
        {"\xF5", REPLACED},
    };
    static const WCHAR lone[] = {'a', 0xD83D, 'b', 0xDE00};
    WCHAR wide[8];
    char narrow[16];
    ULONG bytes;

    for (size_t i = 0; i < RTL_NUMBER_OF(rows); i++) {
        ck_assert_int_eq(RtlUTF8ToUnicodeN(wide, sizeof(wide), &bytes, rows[i].from,
                                           (ULONG)strlen(rows[i].from)),
                         STATUS_SOME_NOT_MAPPED);
        ck_assert_uint_eq(bytes, wcslen(rows[i].to) * 2);
        ck_assert_mem_eq(wide, rows[i].to, bytes);
    }
    ck_assert_int_eq(RtlUnicodeToUTF8N(narrow, sizeof(narrow), &bytes, lone, sizeof(lone)),
                     STATUS_SOME_NOT_MAPPED);
    ck_assert_uint_eq(bytes, 8);
    ck_assert_mem_eq(narrow,
                     "a\xEF\xBF\xBD"
                     "b\xEF\xBF\xBD",
                     8);
}
END_TEST

START_TEST(utf8_refuses_what_is_not_there)
{
    WCHAR wide[2];
    char narrow[2];
    ULONG bytes;

    ck_assert_int_eq(RtlUTF8ToUnicodeN(NULL, 0, NULL, "a", 1), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUTF8ToUnicodeN(wide, 4, &bytes, NULL, 1), STATUS_INVALID_PARAMETER_4);
    ck_assert_int_eq(RtlUnicodeToUTF8N(NULL, 0, NULL, L"a", 2), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeToUTF8N(narrow, 2, &bytes, NULL, 2), STATUS_INVALID_PARAMETER_4);
    ck_assert_int_eq(RtlUnicodeToUTF8N(narrow, 2, &bytes, L"a", 1), STATUS_INVALID_PARAMETER_5);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        init_counts_and_points,
        copy_append_compare,
        to_unicode_allocated,
        to_unicode_into_a_buffer_that_must_hold_a_terminator,
        to_ansi_allocated_and_into_a_buffer,
        what_cannot_be_counted_is_refused,
        without_memory_nothing_is_allocated,
        multibyte_cuts_off_whole_characters_without_a_word,
        multibyte_sizes_have_no_terminator,
        utf8_both_ways,
        utf8_measures_without_a_destination,
        utf8_says_when_the_buffer_is_small,
        utf8_says_when_something_was_replaced,
        utf8_refuses_what_is_not_there,
    };

    return rtl_run("nt/rtl_ansi", tests, RTL_NUMBER_OF(tests));
}
