/* SPDX-License-Identifier: MIT */
/* <ntstrsafe.h> and <ntintsafe.h>. */
#include "rtl_fixture.h"

#include <ntintsafe.h>
#include <ntstrsafe.h>
#include <string.h>

static void
assert_wide_text(const WCHAR *text, const WCHAR *expected)
{
    ck_assert_uint_eq(wcslen(text), wcslen(expected));
    ck_assert_int_eq(wcscmp(text, expected), 0);
}

START_TEST(copy_cuts_off_and_says_so)
{
    char narrow[4];
    WCHAR wide[4];

    ck_assert_int_eq(RtlStringCchCopyA(narrow, 4, "abc"), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "abc");
    ck_assert_int_eq(RtlStringCchCopyA(narrow, 4, "abcd"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "abc");
    ck_assert_int_eq(RtlStringCbCopyW(wide, sizeof(wide), L"abcd"), STATUS_BUFFER_OVERFLOW);
    assert_wide_text(wide, L"abc");
    ck_assert_int_eq(RtlStringCbCopyW(wide, 5, L"abcd"), STATUS_BUFFER_OVERFLOW);
    assert_wide_text(wide, L"a");
    ck_assert_int_eq(RtlStringCchCopyNW(wide, 4, L"abcdef", 2), STATUS_SUCCESS);
    assert_wide_text(wide, L"ab");
    ck_assert_int_eq(RtlStringCbCopyNW(wide, sizeof(wide), L"abcdef", 6), STATUS_SUCCESS);
    assert_wide_text(wide, L"abc");
}
END_TEST

START_TEST(sizes_out_of_range_are_refused_and_nothing_is_written)
{
    char narrow[4] = "xyz";

    ck_assert_int_eq(RtlStringCchCopyA(narrow, 0, "a"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchCopyA(narrow, (size_t)NTSTRSAFE_MAX_CCH + 1, "a"),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchCopyNA(narrow, 4, "a", (size_t)NTSTRSAFE_MAX_CCH + 1),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchPrintfA(narrow, 0, "a"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 4, "a", NULL, NULL, 0x80000000),
                     STATUS_INVALID_PARAMETER);
    ck_assert_str_eq(narrow, "xyz");
}
END_TEST

START_TEST(append_keeps_what_is_there)
{
    char narrow[6] = "ab";
    WCHAR wide[6] = L"ab";

    ck_assert_int_eq(RtlStringCchCatA(narrow, 6, "cd"), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "abcd");
    ck_assert_int_eq(RtlStringCchCatA(narrow, 6, "ef"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "abcde");
    ck_assert_int_eq(RtlStringCbCatNW(wide, sizeof(wide), L"cdef", 4), STATUS_SUCCESS);
    assert_wide_text(wide, L"abcd");
    memset(narrow, 'x', sizeof(narrow));
    ck_assert_int_eq(RtlStringCchCatA(narrow, 6, "y"), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(length_within_a_limit)
{
    size_t length = 77;

    ck_assert_int_eq(RtlStringCchLengthA("abc", 4, &length), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 3);
    ck_assert_int_eq(RtlStringCchLengthA("abc", 3, &length), STATUS_INVALID_PARAMETER);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(RtlStringCbLengthW(L"abc", 8, &length), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 6);
    ck_assert_int_eq(RtlStringCbLengthW(L"abc", 7, &length), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchLengthW(NULL, 4, &length), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlStringCchLengthW(L"", 1, NULL), STATUS_SUCCESS);
}
END_TEST

START_TEST(print_by_windows_rules)
{
    UNICODE_STRING name = rtl_wide(L"dev");
    char narrow[16];
    WCHAR wide[16];

    ck_assert_int_eq(RtlStringCchPrintfA(narrow, 16, "%wZ %I64d %ws", &name, 5ll, L"w"),
                     STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "dev 5 w");
    ck_assert_int_eq(RtlStringCbPrintfA(narrow, 4, "%s", "abcd"), STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "abc");
    ck_assert_int_eq(RtlStringCbPrintfW(wide, sizeof(wide), L"%s %S", L"w", "n"), STATUS_SUCCESS);
    assert_wide_text(wide, L"w n");
    ck_assert_int_eq(RtlStringCchPrintfW(wide, 4, L"%d", 12345), STATUS_BUFFER_OVERFLOW);
    assert_wide_text(wide, L"123");
    ck_assert_int_eq(RtlStringCchPrintfA(narrow, 4, "%s", "abc"), STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "abc");
}
END_TEST

START_TEST(ex_tells_the_end_and_what_remains)
{
    char narrow[8], *end;
    WCHAR wide[8], *wide_end;
    size_t remaining;

    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 8, "abc", &end, &remaining, 0), STATUS_SUCCESS);
    ck_assert_ptr_eq(end, narrow + 3);
    ck_assert_uint_eq(remaining, 5);
    ck_assert_int_eq(RtlStringCchPrintfExA(end, remaining, &end, &remaining, 0, "%d", 12),
                     STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "abc12");
    ck_assert_uint_eq(remaining, 3);
    ck_assert_int_eq(
        RtlStringCbCatExW(wcscpy(wide, L"x"), sizeof(wide), L"yz", &wide_end, &remaining, 0),
        STATUS_SUCCESS);
    ck_assert_ptr_eq(wide_end, wide + 3);
    ck_assert_uint_eq(remaining, 10);
    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 3, "abc", &end, &remaining, 0),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_ptr_eq(end, narrow + 2);
    ck_assert_uint_eq(remaining, 1);
}
END_TEST

START_TEST(ex_flags)
{
    char narrow[8];

    memset(narrow, '?', sizeof(narrow));
    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 8, "abc", NULL, NULL, STRSAFE_FILL_BYTE('x')),
                     STATUS_SUCCESS);
    ck_assert_mem_eq(narrow, "abc\0xxxx", 8);
    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 3, "abc", NULL, NULL, STRSAFE_NULL_ON_FAILURE),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "");
    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 4, "abcd", NULL, NULL, STRSAFE_FAILURE_BYTE('z')),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "zzz");
    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 4, "abcd", NULL, NULL, STRSAFE_NO_TRUNCATION),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "");
    ck_assert_int_eq(RtlStringCchCopyA(narrow, 8, "ab"), STATUS_SUCCESS);
    ck_assert_int_eq(RtlStringCchCatExA(narrow, 4, "cdef", NULL, NULL, STRSAFE_NO_TRUNCATION),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_str_eq(narrow, "ab");
    ck_assert_int_eq(RtlStringCchCopyExA(narrow, 8, NULL, NULL, NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_SUCCESS);
    ck_assert_str_eq(narrow, "");
    ck_assert_int_eq(RtlStringCchCopyExA(NULL, 0, NULL, NULL, NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlStringCchCopyExA(NULL, 0, "a", NULL, NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_counted_string_to_a_terminated_one)
{
    UNICODE_STRING from = rtl_wide(L"abc");
    WCHAR wide[8];

    ck_assert_int_eq(RtlStringCchCopyUnicodeString(wide, 8, &from), STATUS_SUCCESS);
    assert_wide_text(wide, L"abc");
    ck_assert_int_eq(RtlStringCchCopyUnicodeString(wide, 3, &from), STATUS_BUFFER_OVERFLOW);
    assert_wide_text(wide, L"ab");
    from.Length = 3;
    ck_assert_int_eq(RtlStringCchCopyUnicodeString(wide, 8, &from), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(counted_strings_init_and_validate)
{
    UNICODE_STRING string;

    ck_assert_int_eq(RtlUnicodeStringInit(&string, L"abc"), STATUS_SUCCESS);
    ck_assert_uint_eq(string.Length, 6);
    ck_assert_uint_eq(string.MaximumLength, 8);
    ck_assert_int_eq(RtlUnicodeStringValidate(&string), STATUS_SUCCESS);
    ck_assert_int_eq(RtlUnicodeStringInit(&string, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(string.MaximumLength, 0);
    ck_assert_int_eq(RtlUnicodeStringInit(NULL, L"x"), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringInitEx(&string, L"x", 1), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringValidate(NULL), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringValidateEx(NULL, STRSAFE_IGNORE_NULLS), STATUS_SUCCESS);
    string = (UNICODE_STRING){3, 4, L"ab"};
    ck_assert_int_eq(RtlUnicodeStringValidate(&string), STATUS_INVALID_PARAMETER);
    string = (UNICODE_STRING){6, 4, L"abc"};
    ck_assert_int_eq(RtlUnicodeStringValidate(&string), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(counted_strings_as_destination)
{
    UNICODE_STRING to = rtl_wide_room(8), from = rtl_wide(L"abc");

    ck_assert_int_eq(RtlUnicodeStringCopy(&to, &from), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abc");
    ck_assert_int_eq(RtlUnicodeStringCatString(&to, L"de"), STATUS_BUFFER_OVERFLOW);
    rtl_assert_wide(&to, L"abcd");
    ck_assert_int_eq(RtlUnicodeStringCopyString(&to, L"x"), STATUS_SUCCESS);
    ck_assert_int_eq(RtlUnicodeStringCat(&to, &from), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"xabc");
    ck_assert_int_eq(RtlUnicodeStringCbCopyN(&to, &from, 4), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"ab");
    ck_assert_int_eq(RtlUnicodeStringCchCatStringN(&to, L"cdef", 1), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abc");
    ck_assert_int_eq(RtlUnicodeStringCchCopyStringN(&to, L"pqrs", 2), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"pq");
    from.Length = 5;
    ck_assert_int_eq(RtlUnicodeStringCopy(&to, &from), STATUS_INVALID_PARAMETER);
    rtl_assert_wide(&to, L"pq");
}
END_TEST

START_TEST(counted_strings_are_printed_into)
{
    UNICODE_STRING to = rtl_wide_room(10);

    ck_assert_int_eq(RtlUnicodeStringPrintf(&to, L"%d-%s", 42, L"x"), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"42-x");
    ck_assert_int_eq(RtlUnicodeStringPrintf(&to, L"%d", 12345), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"12345");
    ck_assert_int_eq(RtlUnicodeStringPrintf(&to, L"%d", 123456), STATUS_BUFFER_OVERFLOW);
    rtl_assert_wide(&to, L"12345");
    ck_assert_int_eq(RtlUnicodeStringPrintf(NULL, L"x"), STATUS_INVALID_PARAMETER);
    to.Length = 12;
    ck_assert_int_eq(RtlUnicodeStringPrintf(&to, L"x"), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(counted_ex_tells_what_remains)
{
    UNICODE_STRING to = rtl_wide_room(12), from = rtl_wide(L"abc"), rest;

    ck_assert_int_eq(RtlUnicodeStringCopyEx(&to, &from, &rest, 0), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abc");
    ck_assert_uint_eq(rest.Length, 0);
    ck_assert_uint_eq(rest.MaximumLength, 6);
    ck_assert_ptr_eq(rest.Buffer, to.Buffer + 3);
    ck_assert_int_eq(RtlUnicodeStringPrintfEx(&rest, &rest, 0, L"%d", 12), STATUS_SUCCESS);
    ck_assert_uint_eq(rest.MaximumLength, 2);
    ck_assert_mem_eq(to.Buffer, L"abc12", 10);
    ck_assert_int_eq(RtlUnicodeStringCatStringEx(&to, L"de", &rest, STRSAFE_FILL_BYTE('x')),
                     STATUS_SUCCESS);
    rtl_assert_wide(&to, L"abcde");
    ck_assert_uint_eq(to.Buffer[5], 0x7878);
    ck_assert_int_eq(RtlUnicodeStringCbCopyStringNEx(&to, L"pqrs", 4, NULL, 0), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"pq");
    ck_assert_int_eq(RtlUnicodeStringCchCatNEx(&to, &from, 1, NULL, 0), STATUS_SUCCESS);
    rtl_assert_wide(&to, L"pqa");
}
END_TEST

START_TEST(counted_ex_flags)
{
    UNICODE_STRING to = rtl_wide_room(8), from = rtl_wide(L"abc"), empty = {0};

    ck_assert_int_eq(RtlUnicodeStringCopyEx(&to, &from, NULL, 0), STATUS_SUCCESS);
    ck_assert_int_eq(RtlUnicodeStringCatEx(&to, &from, NULL, STRSAFE_NO_TRUNCATION),
                     STATUS_BUFFER_OVERFLOW);
    rtl_assert_wide(&to, L"abc");
    ck_assert_int_eq(RtlUnicodeStringCatEx(&to, &from, NULL, STRSAFE_ZERO_LENGTH_ON_FAILURE),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(to.Length, 0);
    ck_assert_int_eq(RtlUnicodeStringCopyStringEx(&to, L"abcde", NULL, STRSAFE_FAILURE_BYTE('z')),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(to.Length, 8);
    ck_assert_uint_eq(to.Buffer[3], 0x7A7A);
    ck_assert_int_eq(RtlUnicodeStringCopyEx(&to, NULL, NULL, 0), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringCopyEx(&to, NULL, NULL, STRSAFE_IGNORE_NULLS), STATUS_SUCCESS);
    ck_assert_uint_eq(to.Length, 0);
    ck_assert_int_eq(RtlUnicodeStringCopyStringEx(NULL, NULL, NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlUnicodeStringCopyStringEx(NULL, L"a", NULL, STRSAFE_IGNORE_NULLS),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringCopyStringEx(&to, NULL, NULL, 0), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringCopyEx(&to, &empty, NULL, 0), STATUS_SUCCESS);
    ck_assert_int_eq(RtlUnicodeStringCopyEx(&to, &from, NULL, 0x2000), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlUnicodeStringPrintfEx(&to, NULL, STRSAFE_NO_TRUNCATION, L"%d", 12345),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(to.Length, 0);
}
END_TEST

START_TEST(length_of_text_at_an_odd_address)
{
    char bytes[] = "?a\0b\0c\0\0\0";
    size_t length;

    ck_assert_int_eq(
        RtlUnalignedStringCchLengthW((const WCHAR *)(const void *)(bytes + 1), 5, &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(length, 3);
    ck_assert_int_eq(
        RtlUnalignedStringCbLengthW((const WCHAR *)(const void *)(bytes + 1), 8, &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(length, 6);
    ck_assert_int_eq(
        RtlUnalignedStringCchLengthW((const WCHAR *)(const void *)(bytes + 1), 3, &length),
        STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(integers_that_would_overflow)
{
    ULONG ulong;
    USHORT ushort;
    size_t size;
    LONG slong;
    ULONG_PTR pointer;
    ULONGLONG ulonglong;
    LONGLONG longlong;

    ck_assert_int_eq(RtlULongAdd(0xFFFFFFFE, 1, &ulong), STATUS_SUCCESS);
    ck_assert_uint_eq(ulong, 0xFFFFFFFF);
    ck_assert_int_eq(RtlULongAdd(0xFFFFFFFF, 1, &ulong), STATUS_INTEGER_OVERFLOW);
    ck_assert_uint_eq(ulong, 0xFFFFFFFF);
    ck_assert_int_eq(RtlULongSub(1, 2, &ulong), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlULongMult(0x10000, 0x10000, &ulong), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlULongMult(0x10000, 0xFFFF, &ulong), STATUS_SUCCESS);
    ck_assert_int_eq(RtlSizeTMult(SIZE_MAX, 2, &size), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlSizeTAdd(SIZE_MAX - 1, 1, &size), STATUS_SUCCESS);
    ck_assert_int_eq(RtlULongPtrSub(1, 2, &pointer), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlUShortAdd(0xFFFF, 1, &ushort), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlLongAdd(MAXLONG, 1, &slong), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlLongLongToULong(-1, &ulong), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlLongLongToULong(0xFFFFFFFF, &ulong), STATUS_SUCCESS);
    ck_assert_int_eq(RtlULongLongToULong(0x100000000, &ulong), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlSizeTToULong(5, &ulong), STATUS_SUCCESS);
    ck_assert_uint_eq(ulong, 5);
    ck_assert_int_eq(RtlULongToUShort(0x10000, &ushort), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlULongLongMult(1ull << 63, 2, &ulonglong), STATUS_INTEGER_OVERFLOW);
    /* What is refused leaves the type's ERROR value. */
    ck_assert(ulonglong == ULONGLONG_ERROR && ushort == USHORT_ERROR);
    ck_assert_int_eq(RtlULong64ToULong(1ull << 32, &ulong), STATUS_INTEGER_OVERFLOW);
    ck_assert(ulong == ULONG_ERROR);
    ck_assert_int_eq(RtlLong64ToULong(-1, &ulong), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlULong64Add(~0ull, 1, &ulonglong), STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(RtlLong64Add(MAXLONG64, 1, &longlong), STATUS_INTEGER_OVERFLOW);
    ck_assert(longlong == LONG64_ERROR);
    ck_assert_int_eq(RtlLong64Sub(-1, 1, &longlong), STATUS_SUCCESS);
    ck_assert(longlong == -2);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        copy_cuts_off_and_says_so,
        sizes_out_of_range_are_refused_and_nothing_is_written,
        append_keeps_what_is_there,
        length_within_a_limit,
        print_by_windows_rules,
        ex_tells_the_end_and_what_remains,
        ex_flags,
        a_counted_string_to_a_terminated_one,
        counted_strings_init_and_validate,
        counted_strings_as_destination,
        counted_strings_are_printed_into,
        counted_ex_tells_what_remains,
        counted_ex_flags,
        length_of_text_at_an_odd_address,
        integers_that_would_overflow,
    };

    return rtl_run("nt/rtl_strsafe", tests, RTL_NUMBER_OF(tests));
}
