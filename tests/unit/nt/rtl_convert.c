/* SPDX-License-Identifier: MIT */
/* Integers and GUIDs as text. */
#include "rtl_fixture.h"

#include <string.h>

static ULONG
integer(const WCHAR *text, ULONG base)
{
    UNICODE_STRING string = rtl_wide(text);
    ULONG value = 0xDEAD;

    ck_assert_int_eq(RtlUnicodeStringToInteger(&string, base, &value), STATUS_SUCCESS);
    return value;
}

START_TEST(the_documented_examples_of_string_to_integer)
{
    ck_assert_uint_eq(integer(L"123", 10), 123);
    ck_assert_uint_eq(integer(L"-345", 10), (ULONG)-345);
    ck_assert_uint_eq(integer(L"xyz", 10), 0);
    ck_assert_uint_eq(integer(L"+678abc", 10), 678);
    ck_assert_uint_eq(integer(L"+678abc", 16), 6785724);
    ck_assert_uint_eq(integer(L"007", 10), 7);
    ck_assert_uint_eq(integer(L"789", 8), 7);
    ck_assert_uint_eq(integer(L"FGH", 16), 15);
    ck_assert_uint_eq(integer(L" ", 10), 0);
}
END_TEST

START_TEST(without_a_base_the_prefix_tells)
{
    ck_assert_uint_eq(integer(L"0x1F", 0), 31);
    ck_assert_uint_eq(integer(L"0o17", 0), 15);
    ck_assert_uint_eq(integer(L"0b101", 0), 5);
    ck_assert_uint_eq(integer(L"017", 0), 17);
    ck_assert_uint_eq(integer(L"\t -0x10", 0), (ULONG)-16);
}
END_TEST

START_TEST(empty_strings_and_odd_bases_are_refused)
{
    UNICODE_STRING empty = {0}, one = rtl_wide(L"1");
    ULONG value = 77;

    ck_assert_int_eq(RtlUnicodeStringToInteger(&empty, 10, &value), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringToInteger(&one, 7, &value), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlCharToInteger("1", 36, &value), STATUS_INVALID_PARAMETER);
    ck_assert_uint_eq(value, 77);
}
END_TEST

START_TEST(sixty_four_bits_and_where_they_end)
{
    UNICODE_STRING string = rtl_wide(L"-9223372036854775808;");
    LONG64 value;
    PWSTR end;

    ck_assert_int_eq(RtlUnicodeStringToInt64(&string, 10, &value, &end), STATUS_SUCCESS);
    ck_assert_int_eq(value, INT64_MIN);
    ck_assert_uint_eq(*end, ';');
}
END_TEST

START_TEST(narrow_text_to_integer)
{
    ULONG value;

    ck_assert_int_eq(RtlCharToInteger(" 0xfF", 0, &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 255);
    ck_assert_int_eq(RtlCharToInteger("-1", 10, &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 0xFFFFFFFF);
}
END_TEST

START_TEST(integers_to_text)
{
    UNICODE_STRING string = rtl_wide_room(66 * sizeof(WCHAR));

    ck_assert_int_eq(RtlIntegerToUnicodeString(4294967295u, 10, &string), STATUS_SUCCESS);
    rtl_assert_wide(&string, L"4294967295");
    ck_assert_uint_eq(string.Buffer[10], 0);
    ck_assert_int_eq(RtlIntegerToUnicodeString(0, 0, &string), STATUS_SUCCESS);
    rtl_assert_wide(&string, L"0");
    ck_assert_int_eq(RtlIntegerToUnicodeString(0xBEEF, 16, &string), STATUS_SUCCESS);
    rtl_assert_wide(&string, L"BEEF");
    ck_assert_int_eq(RtlIntegerToUnicodeString(8, 8, &string), STATUS_SUCCESS);
    rtl_assert_wide(&string, L"10");
    ck_assert_int_eq(RtlInt64ToUnicodeString(UINT64_MAX, 10, &string), STATUS_SUCCESS);
    rtl_assert_wide(&string, L"18446744073709551615");
    ck_assert_int_eq(RtlInt64ToUnicodeString(UINT64_MAX, 2, &string), STATUS_SUCCESS);
    ck_assert_uint_eq(string.Length, 128);
    ck_assert_int_eq(RtlIntPtrToUnicodeString(0x1234, 16, &string), STATUS_SUCCESS);
    rtl_assert_wide(&string, L"1234");
}
END_TEST

START_TEST(integers_that_do_not_fit)
{
    UNICODE_STRING exact = rtl_wide_room(6), small = rtl_wide_room(4);

    ck_assert_int_eq(RtlIntegerToUnicodeString(123, 10, &exact), STATUS_SUCCESS);
    rtl_assert_wide(&exact, L"123");
    ck_assert_int_eq(RtlIntegerToUnicodeString(123, 10, &small), STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(small.Buffer[0], 0x3F3F);
    ck_assert_int_eq(RtlIntegerToUnicodeString(1, 3, &exact), STATUS_INVALID_PARAMETER);
}
END_TEST

static const GUID guid = {
    0x12345678, 0x9ABC, 0xDEF0, {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF}};

START_TEST(guids_from_text_of_either_case)
{
    UNICODE_STRING lower = rtl_wide(L"{12345678-9abc-def0-0123-456789abcdef}"),
                   upper = rtl_wide(L"{12345678-9ABC-DEF0-0123-456789ABCDEF}");
    GUID read;

    ck_assert_int_eq(RtlGUIDFromString(&lower, &read), STATUS_SUCCESS);
    ck_assert(IsEqualGUID(&read, &guid));
    memset(&read, 0, sizeof(read));
    ck_assert_int_eq(RtlGUIDFromString(&upper, &read), STATUS_SUCCESS);
    ck_assert(IsEqualGUID(&read, &guid));
}
END_TEST

START_TEST(what_is_no_guid_is_refused)
{
    static const WCHAR *const texts[] = {
        L"",
        L"{}",
        L"12345678-9abc-def0-0123-456789abcdef",
        L"{12345678-9abc-def0-0123-456789abcdef",
        L"{12345678-9abc-def0-0123-456789abcdeg}",
        L"{12345678-9abc-def00123--456789abcdef}",
        L"{12345678-9abc-def0-0123-456789abcde}",
        L"(12345678-9abc-def0-0123-456789abcdef)",
    };
    GUID read = guid;

    for (size_t i = 0; i < RTL_NUMBER_OF(texts); i++) {
        UNICODE_STRING string = rtl_wide(texts[i]);

        ck_assert_int_eq(RtlGUIDFromString(&string, &read), STATUS_INVALID_PARAMETER);
    }
    ck_assert(IsEqualGUID(&read, &guid));
}
END_TEST

START_TEST(guids_to_text_and_back)
{
    UNICODE_STRING string = {0};
    GUID read;

    ck_assert_int_eq(RtlStringFromGUID(&guid, &string), STATUS_SUCCESS);
    rtl_assert_wide(&string, L"{12345678-9abc-def0-0123-456789abcdef}");
    ck_assert_uint_eq(string.MaximumLength, 78);
    ck_assert_uint_eq(string.Buffer[38], 0);
    ck_assert_int_eq(RtlGUIDFromString(&string, &read), STATUS_SUCCESS);
    ck_assert(IsEqualGUID(&read, &guid));
    RtlFreeUnicodeString(&string);
    rtl_fail_allocations();
    ck_assert_int_eq(RtlStringFromGUID(&guid, &string), STATUS_NO_MEMORY);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        the_documented_examples_of_string_to_integer,
        without_a_base_the_prefix_tells,
        empty_strings_and_odd_bases_are_refused,
        sixty_four_bits_and_where_they_end,
        narrow_text_to_integer,
        integers_to_text,
        integers_that_do_not_fit,
        guids_from_text_of_either_case,
        what_is_no_guid_is_refused,
        guids_to_text_and_back,
    };

    return rtl_run("nt/rtl_convert", tests, RTL_NUMBER_OF(tests));
}
