/* SPDX-License-Identifier: MIT */
/* ntstrsafe.h and ntintsafe.h. */
#include "rtl_fixture.h"

#include <ntintsafe.h>
#include <ntstrsafe.h>

#include <string.h>

START_TEST(copies_are_cut_off_and_terminated)
{
    char text[4] = "???";

    ck_assert_int_eq(RtlStringCchCopyA(text, 4, "abc"), STATUS_SUCCESS);
    ck_assert_str_eq(text, "abc");
    ck_assert_int_eq(RtlStringCchCopyA(text, 4, "defg"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(text, "def");
    ck_assert_int_eq(RtlStringCchCopyA(text, 0, "x"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchCopyNA(text, 4, "xyz", 1), STATUS_SUCCESS);
    ck_assert_str_eq(text, "x");
    ck_assert_int_eq(RtlStringCchCopyA(text, (size_t)NTSTRSAFE_MAX_CCH + 1, "x"),
                     STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(byte_counts_are_halved_for_wide_strings)
{
    WCHAR text[4];
    size_t length;

    ck_assert_int_eq(RtlStringCbCopyW(text, sizeof(text), L"abcd"), STATUS_BUFFER_OVERFLOW);
    ck_assert_int_eq(RtlStringCbLengthW(text, sizeof(text), &length), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 6);
    ck_assert_int_eq(RtlStringCchLengthW(text, 4, &length), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 3);
    ck_assert_int_eq(RtlStringCchLengthW(text, 3, &length), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchLengthW(NULL, 3, &length), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(appending_needs_a_terminated_destination)
{
    char text[6] = "ab";

    ck_assert_int_eq(RtlStringCchCatA(text, 6, "cd"), STATUS_SUCCESS);
    ck_assert_str_eq(text, "abcd");
    ck_assert_int_eq(RtlStringCchCatA(text, 6, "efg"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(text, "abcde");
    ck_assert_int_eq(RtlStringCchCatA(text, 3, "x"), STATUS_INVALID_PARAMETER);
    ck_assert_str_eq(text, "abcde");
}
END_TEST

START_TEST(ex_functions_return_the_end_and_what_remains)
{
    char text[8];
    char *end;
    size_t remaining;

    ck_assert_int_eq(RtlStringCchCopyExA(text, 8, "abc", &end, &remaining, 0), STATUS_SUCCESS);
    ck_assert_ptr_eq(end, text + 3);
    ck_assert_uint_eq(remaining, 5);
    ck_assert_int_eq(RtlStringCchPrintfExA(end, remaining, &end, &remaining, 0, "%d", 12345),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(text, "abc1234");
    ck_assert_ptr_eq(end, text + 7);
    ck_assert_uint_eq(remaining, 1);
}
END_TEST

START_TEST(flags_say_what_a_failure_leaves)
{
    char text[6] = "ab";
    char *end;
    size_t remaining;

    ck_assert_int_eq(RtlStringCchCatExA(text, 4, "cdef", &end, &remaining, STRSAFE_NO_TRUNCATION),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(text, "ab");
    ck_assert_uint_eq(remaining, 2);
    ck_assert_int_eq(
        RtlStringCchCopyExA(text, 4, "cdef", &end, &remaining, STRSAFE_NULL_ON_FAILURE),
        STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(remaining, 4);
    ck_assert_int_eq(RtlStringCchCopyExA(text, 4, "cdef", NULL, NULL, STRSAFE_FAILURE_BYTE('x')),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(text, "xxx");
    ck_assert_int_eq(RtlStringCchCopyExA(text, 6, "a", NULL, NULL, STRSAFE_FILL_BYTE('y')),
                     STATUS_SUCCESS);
    ck_assert_mem_eq(text, "a\0yyyy", 6);
    ck_assert_int_eq(RtlStringCchCopyExA(text, 6, NULL, NULL, NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_SUCCESS);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(RtlStringCchCopyExA(NULL, 0, "", NULL, NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlStringCchCopyExA(NULL, 0, "a", NULL, NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(printf_follows_windows_formats)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"Echo");
    WCHAR text[16];
    char narrow[16];

    ck_assert_int_eq(RtlStringCchPrintfW(text, 16, L"%wZ %s", &name, L"wide"), STATUS_SUCCESS);
    ck_assert_mem_eq(text, L"Echo wide", sizeof(L"Echo wide"));
    ck_assert_int_eq(RtlStringCbPrintfA(narrow, 16, "%I64d", (LONGLONG)1 << 40), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "1099511627776");
    ck_assert_int_eq(RtlStringCbPrintfA(narrow, 4, "%s", "abcd"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "abc");
}
END_TEST

START_TEST(counted_strings_fill_their_room_without_terminator)
{
    UNICODE_STRING room = rtl_wide_room(8);
    UNICODE_STRING bad = {.Length = 4, .MaximumLength = 2, .Buffer = room.Buffer};
    UNICODE_STRING string;

    ck_assert_int_eq(RtlUnicodeStringPrintf(&room, L"%d", 12), STATUS_SUCCESS);
    rtl_assert_wide(&room, L"12");
    ck_assert_int_eq(RtlUnicodeStringCatString(&room, L"34"), STATUS_SUCCESS);
    rtl_assert_wide(&room, L"1234");
    ck_assert_int_eq(RtlUnicodeStringCatString(&room, L"5"), STATUS_BUFFER_OVERFLOW);
    rtl_assert_wide(&room, L"1234");
    ck_assert_int_eq(RtlUnicodeStringPrintf(&room, L"%d", 567890), STATUS_BUFFER_OVERFLOW);
    rtl_assert_wide(&room, L"5678");
    ck_assert_int_eq(RtlUnicodeStringCopyString(&bad, L"x"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringValidate(&bad), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringInit(&string, L"abc"), STATUS_SUCCESS);
    ck_assert_int_eq(RtlUnicodeStringCbCopyN(&room, &string, 4), STATUS_SUCCESS);
    rtl_assert_wide(&room, L"ab");
}
END_TEST

START_TEST(integers_refuse_to_overflow)
{
    ULONG value = 0;
    USHORT small = 0;
    LONG number = 0;
    SIZE_T size = 0;

    ck_assert_int_eq(RtlULongAdd(0xfffffff0u, 15, &value), STATUS_SUCCESS);
    ck_assert_uint_eq(value, 0xffffffffu);
    ck_assert_int_eq(RtlULongAdd(0xfffffff0u, 16, &value), STATUS_INTEGER_OVERFLOW);
    ck_assert_uint_eq(value, 0xffffffffu);
    ck_assert_int_eq(RtlULongSub(3, 4, &value), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlSizeTMult(MAXSIZE_T / 2, 3, &size), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlULongToUShort(0x10000, &small), STATUS_INTEGER_OVERFLOW);
    ck_assert_uint_eq(small, 0xffff);
    ck_assert_int_eq(RtlULongToUShort(0x8000, &small), STATUS_SUCCESS);
    ck_assert_uint_eq(small, 0x8000);
    ck_assert_int_eq(RtlULongToLong(0x80000000u, &number), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(number, -1);
    ck_assert_int_eq(RtlLongToULong(-1, &value), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlSizeTToULong((SIZE_T)1 << 32, &value), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlLongLongToULong(-1, &value), STATUS_INTEGER_OVERFLOW);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        copies_are_cut_off_and_terminated,
        byte_counts_are_halved_for_wide_strings,
        appending_needs_a_terminated_destination,
        ex_functions_return_the_end_and_what_remains,
        flags_say_what_a_failure_leaves,
        printf_follows_windows_formats,
        counted_strings_fill_their_room_without_terminator,
        integers_refuse_to_overflow,
    };

    return rtl_run("nt/rtl_strsafe", tests, RTL_NUMBER_OF(tests));
}
