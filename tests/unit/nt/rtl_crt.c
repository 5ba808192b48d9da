/* SPDX-License-Identifier: MIT */
/* The C run time of drivers, by its documented names; the headers lead to our own functions. */
#include "rtl_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define EINVAL_MS    22
#define ERANGE_MS    34
#define STRUNCATE_MS 80

static void
assert_text(const wchar_t *text, const wchar_t *expected)
{
    ck_assert_uint_eq(wcslen(text), wcslen(expected));
    ck_assert_int_eq(wcscmp(text, expected), 0);
}

START_TEST(wide_copy_and_append)
{
    wchar_t text[8];

    ck_assert_ptr_eq(wcscpy(text, L"ab"), text);
    ck_assert_ptr_eq(wcscat(text, L"cd"), text);
    assert_text(text, L"abcd");
    assert_text(wcsncat(text, L"efgh", 2), L"abcdef");
    wmemset(text, '?', 8);
    (void)wcsncpy(text, L"ab", 4);
    ck_assert_mem_eq(text, L"ab\0\0?", 10);
    (void)wcsncpy(text, L"vwxyz", 3);
    ck_assert_mem_eq(text, L"vwx\0?", 10);
    ck_assert_uint_eq(wcsnlen(L"abc", 2), 2);
}
END_TEST

START_TEST(wide_compare)
{
    ck_assert_int_eq(wcscmp(L"a", L"a"), 0);
    ck_assert_int_lt(wcscmp(L"a", L"b"), 0);
    ck_assert_int_gt(wcscmp(L"a", L""), 0);
    ck_assert_int_eq(wcsncmp(L"abX", L"abY", 2), 0);
    ck_assert_int_lt(wcsncmp(L"abX", L"abY", 3), 0);
    ck_assert_int_eq(wcsncmp(L"a", L"b", 0), 0);
    ck_assert_int_eq(_wcsicmp(L"aB\u00E4", L"Ab\u00C4"), 0);
    ck_assert_int_lt(_wcsicmp(L"_", L"A"), 0); /* Lower case is compared. */
    ck_assert_int_eq(_wcsnicmp(L"abX", L"ABy", 2), 0);
    ck_assert_int_ne(_wcsnicmp(L"abX", L"ABy", 3), 0);
}
END_TEST

START_TEST(wide_search)
{
    const wchar_t *text = L"abcabc";

    ck_assert_ptr_eq(wcschr(text, 'c'), text + 2);
    ck_assert_ptr_eq(wcschr(text, 0), text + 6);
    ck_assert_ptr_null(wcschr(text, 'x'));
    ck_assert_ptr_eq(wcsrchr(text, 'a'), text + 3);
    ck_assert_ptr_eq(wcsrchr(text, 0), text + 6);
    ck_assert_ptr_null(wcsrchr(text, 'x'));
    ck_assert_ptr_eq(wcsstr(text, L"ca"), text + 2);
    ck_assert_ptr_eq(wcsstr(text, L""), text);
    ck_assert_ptr_null(wcsstr(text, L"abcabcd"));
    ck_assert_ptr_eq(wcspbrk(text, L"xc"), text + 2);
    ck_assert_ptr_null(wcspbrk(text, L"x"));
    ck_assert_uint_eq(wcsspn(text, L"ba"), 2);
    ck_assert_uint_eq(wcscspn(text, L"c"), 2);
}
END_TEST

START_TEST(wide_in_place)
{
    wchar_t text[] = L"aB\u00E4";

    assert_text(_wcsupr(text), L"AB\u00C4");
    assert_text(_wcslwr(text), L"ab\u00E4");
    assert_text(_wcsrev(text), L"\u00E4ba");
    assert_text(_wcsnset(text, 'x', 2), L"xxa");
    assert_text(_wcsset(text, 'y'), L"yyy");
    ck_assert_uint_eq(towupper('q'), 'Q');
    ck_assert_uint_eq(towlower(0xC4), 0xE4);
    ck_assert_uint_eq(towlower(0x10FFFF), 0x10FFFF);
}
END_TEST

START_TEST(secure_wide_functions)
{
    wchar_t text[4] = L"???";

    ck_assert_int_eq(wcscpy_s(text, 4, L"abc"), 0);
    assert_text(text, L"abc");
    ck_assert_int_eq(wcscpy_s(text, 4, L"abcd"), ERANGE_MS);
    assert_text(text, L"");
    ck_assert_int_eq(wcsncpy_s(text, 4, L"abcd", 2), 0);
    assert_text(text, L"ab");
    ck_assert_int_eq(wcscat_s(text, 4, L"c"), 0);
    assert_text(text, L"abc");
    ck_assert_int_eq(wcscat_s(text, 4, L"d"), ERANGE_MS);
    assert_text(text, L"");
    ck_assert_int_eq(wcsncpy_s(text, 4, L"abcdef", _TRUNCATE), STRUNCATE_MS);
    assert_text(text, L"abc");
    ck_assert_int_eq(wcscpy_s(text, 2, L"a"), 0);
    ck_assert_int_eq(wcsncat_s(text, 4, L"bcdef", _TRUNCATE), STRUNCATE_MS);
    assert_text(text, L"abc");
    ck_assert_int_eq(wcscpy_s(text, 4, NULL), EINVAL_MS);
    assert_text(text, L"");
    ck_assert_int_eq(wcscpy_s(NULL, 4, L"a"), EINVAL_MS);
    ck_assert_int_eq(wcscpy_s(text, 0, L"a"), EINVAL_MS);
}
END_TEST

START_TEST(secure_narrow_functions)
{
    char text[4] = "???";

    ck_assert_int_eq(strcpy_s(text, 4, "abc"), 0);
    ck_assert_int_eq(strcpy_s(text, 4, "abcd"), ERANGE_MS);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(strncpy_s(text, 4, "abcd", 2), 0);
    ck_assert_int_eq(strcat_s(text, 4, "c"), 0);
    ck_assert_str_eq(text, "abc");
    ck_assert_int_eq(strncat_s(text, 4, "def", 0), 0);
    ck_assert_str_eq(text, "abc");
    ck_assert_int_eq(strcat_s(text, 4, "d"), ERANGE_MS);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(strncpy_s(text, 4, "abcdef", _TRUNCATE), STRUNCATE_MS);
    ck_assert_str_eq(text, "abc");
    memset(text, 'x', 4);
    ck_assert_int_eq(strcat_s(text, 4, "d"), EINVAL_MS);
    ck_assert_int_eq(strcpy_s(text, 4, NULL), EINVAL_MS);
}
END_TEST

START_TEST(secure_memory_functions)
{
    char to[4] = "abc";

    ck_assert_int_eq(memcpy_s(to, 4, "xyz", 3), 0);
    ck_assert_str_eq(to, "xyz");
    ck_assert_int_eq(memcpy_s(to, 4, "12345", 5), ERANGE_MS);
    ck_assert_mem_eq(to, "\0\0\0\0", 4);
    ck_assert_int_eq(memcpy_s(NULL, 4, "1", 1), EINVAL_MS);
    ck_assert_int_eq(memcpy_s(to, 4, NULL, 1), EINVAL_MS);
    ck_assert_int_eq(memcpy_s(NULL, 0, NULL, 0), 0);
    ck_assert_int_eq(memcpy_s(to, 4, "abc", 4), 0);
    ck_assert_int_eq(memmove_s(to + 1, 3, to, 2), 0);
    ck_assert_str_eq(to, "aab");
    ck_assert_int_eq(memmove_s(to, 4, "12345", 5), ERANGE_MS);
    ck_assert_str_eq(to, "aab");
}
END_TEST

START_TEST(narrow_case_and_in_place)
{
    char text[] = "aBc";

    ck_assert_int_eq(_stricmp("aBc", "AbC"), 0);
    ck_assert_int_lt(_stricmp("a", "B"), 0);
    ck_assert_int_gt(_stricmp("\xE4", "a"), 0);
    ck_assert_int_eq(_strnicmp("abX", "ABY", 2), 0);
    ck_assert_int_eq(_memicmp("a\0b", "A\0B", 3), 0);
    ck_assert_int_ne(_memicmp("a\0b", "A\0C", 3), 0);
    ck_assert_str_eq(_strupr(text), "ABC");
    ck_assert_str_eq(_strlwr(text), "abc");
    ck_assert_str_eq(_strrev(text), "cba");
    ck_assert_str_eq(_strnset(text, 'x', 2), "xxa");
    ck_assert_str_eq(_strset(text, 'y'), "yyy");
}
END_TEST

START_TEST(numbers_from_text_have_the_limits_of_windows)
{
    const wchar_t *text = L" -12z";
    wchar_t *end;

    ck_assert_int_eq(wcstol(text, &end, 10), -12);
    ck_assert_ptr_eq(end, text + 4);
    ck_assert_int_eq(wcstol(text + 4, &end, 10), 0);
    ck_assert_ptr_eq(end, text + 4);
    ck_assert_int_eq(wcstol(L"2147483648", NULL, 10), 2147483647);
    ck_assert_int_eq(wcstol(L"-2147483649", NULL, 10), -2147483648LL);
    ck_assert_uint_eq(wcstoul(L"4294967296", NULL, 10), 0xFFFFFFFF);
    ck_assert_uint_eq(wcstoul(L"-1", NULL, 10), 0xFFFFFFFF);
    ck_assert_uint_eq(wcstoul(L"0xff", NULL, 0), 255);
    ck_assert_uint_eq(wcstoul(L"ff", NULL, 16), 255);
    ck_assert_int_eq(_wcstoi64(L"-9223372036854775809", NULL, 10), INT64_MIN);
    ck_assert_uint_eq(_wcstoui64(L"18446744073709551616", NULL, 10), UINT64_MAX);
    ck_assert_int_eq(_wtoi(L"42x"), 42);
    ck_assert_int_eq(_wtol(L"-42"), -42);
    ck_assert_int_eq(_wtoi64(L"4294967296"), 4294967296);
    ck_assert_int_eq(_atoi64("-4294967296"), -4294967296);
}
END_TEST

START_TEST(numbers_to_text)
{
    char narrow[72];
    wchar_t wide[72];

    ck_assert_str_eq(_itoa(-42, narrow, 10), "-42");
    ck_assert_str_eq(_itoa(-1, narrow, 16), "ffffffff");
    ck_assert_str_eq(_itoa(INT32_MIN, narrow, 10), "-2147483648");
    ck_assert_str_eq(_ultoa(35, narrow, 36), "z");
    ck_assert_str_eq(_i64toa(INT64_MIN, narrow, 10), "-9223372036854775808");
    ck_assert_str_eq(_itoa(5, narrow, 1), "");
    assert_text(_itow(-42, wide, 10), L"-42");
    assert_text(_ultow(0xBEEF, wide, 16), L"beef");
    ck_assert_uint_eq(wcslen(_i64tow(-1, wide, 2)), 64);
}
END_TEST

START_TEST(formats_without_room)
{
    char narrow[8];
    wchar_t wide[8];

    memset(narrow, '?', sizeof(narrow));
    ck_assert_int_eq(_snprintf(narrow, 4, "%d", 12345), -1);
    ck_assert_mem_eq(narrow, "1234?", 5);
    ck_assert_int_eq(_snprintf(narrow, 5, "%d", 12345), 5);
    ck_assert_mem_eq(narrow, "12345?", 6);
    ck_assert_int_eq(_snprintf(narrow, 6, "%d", 12345), 5);
    ck_assert_str_eq(narrow, "12345");
    ck_assert_int_eq(snprintf(narrow, 4, "%d", 12345), 5);
    ck_assert_str_eq(narrow, "123");
    wmemset(wide, '?', 8);
    ck_assert_int_eq(_snwprintf(wide, 4, L"%d", 12345), -1);
    ck_assert_mem_eq(wide, L"1234?", 10);
    ck_assert_int_eq(_snwprintf(wide, 5, L"%d", 12345), 5);
    ck_assert_mem_eq(wide, L"12345?", 12);
    ck_assert_int_eq(swprintf(wide, 4, L"%d", 12345), -1);
    assert_text(wide, L"123");
    ck_assert_int_eq(swprintf(wide, 8, L"%d", 12345), 5);
    assert_text(wide, L"12345");
}
END_TEST

START_TEST(secure_formats_without_room)
{
    char narrow[8];
    wchar_t wide[8];

    ck_assert_int_eq(sprintf_s(narrow, 6, "%d", 12345), 5);
    ck_assert_str_eq(narrow, "12345");
    ck_assert_int_eq(sprintf_s(narrow, 5, "%d", 12345), -1);
    ck_assert_str_eq(narrow, "");
    ck_assert_int_eq(_snprintf_s(narrow, 8, 3, "%d", 12345), -1);
    ck_assert_str_eq(narrow, "123");
    ck_assert_int_eq(_snprintf_s(narrow, 4, _TRUNCATE, "%d", 12345), -1);
    ck_assert_str_eq(narrow, "123");
    ck_assert_int_eq(_snprintf_s(narrow, 4, 9, "%d", 12345), -1);
    ck_assert_str_eq(narrow, "");
    ck_assert_int_eq(_snprintf_s(narrow, 8, 7, "%d", 12345), 5);
    ck_assert_int_eq(swprintf_s(wide, 6, L"%d", 12345), 5);
    assert_text(wide, L"12345");
    ck_assert_int_eq(swprintf_s(wide, 5, L"%d", 12345), -1);
    assert_text(wide, L"");
    ck_assert_int_eq(_snwprintf_s(wide, 4, _TRUNCATE, L"%d", 12345), -1);
    assert_text(wide, L"123");
    ck_assert_int_eq(swprintf_s(NULL, 5, L"%d", 1), -1);
}
END_TEST

START_TEST(formats_follow_windows_rules)
{
    UNICODE_STRING name = rtl_wide(L"name");
    char narrow[64];
    wchar_t wide[64];

    ck_assert_int_eq(sprintf(narrow, "%ws %S %wZ %I64d %ld", L"w", L"S", &name, 1ll << 40, -1L),
                     25);
    ck_assert_str_eq(narrow, "w S name 1099511627776 -1");
    ck_assert_int_eq(swprintf(wide, 64, L"%s %S %hs %p", L"w", "S", "h", (void *)0xAB), 22);
    assert_text(wide, L"w S h 00000000000000AB");
    ck_assert_int_eq(_swprintf(wide, L"%c%C", 0x20AC, 'x'), 2);
    assert_text(wide, L"\u20ACx");
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        wide_copy_and_append,
        wide_compare,
        wide_search,
        wide_in_place,
        secure_wide_functions,
        secure_narrow_functions,
        secure_memory_functions,
        narrow_case_and_in_place,
        numbers_from_text_have_the_limits_of_windows,
        numbers_to_text,
        formats_without_room,
        secure_formats_without_room,
        formats_follow_windows_rules,
    };

    return rtl_run("nt/rtl_crt", tests, RTL_NUMBER_OF(tests));
}
