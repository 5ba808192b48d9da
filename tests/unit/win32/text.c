/* SPDX-License-Identifier: MIT */
/* What applications compiled against the Win32 headers get of text: formats, strsafe, conversions. */
#include <windows.h>
#include <strsafe.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

START_TEST(printf_follows_windows_rules)
{
    char text[100];

    ck_assert_int_eq(
        sprintf_s(text, sizeof(text), "%I64d %Id %ws %S %ld", -5L, 7L, L"wide", L"S", 0xffffffffu),
        14);
    ck_assert_str_eq(text, "-5 7 wide S -1");
}
END_TEST

START_TEST(memory_is_compared_without_case_beyond_a_nul)
{
    ck_assert_int_eq(_memicmp("ab\0Cd", "AB\0cD", 5), 0);
    ck_assert_int_lt(_memicmp("ab\0c", "AB\0D", 4), 0);
    ck_assert_int_gt(_memicmp("ab\0d", "AB\0C", 4), 0);
}
END_TEST

START_TEST(letters_and_digits_are_told_from_signs)
{
    ck_assert(IsCharAlphaA('a') && IsCharAlphaNumericA('a') && IsCharAlphaNumericA('7'));
    ck_assert(!IsCharAlphaA('7') && !IsCharAlphaA('_') && !IsCharAlphaNumericA('\\'));
}
END_TEST

START_TEST(older_snprintf_says_minus_one)
{
    char text[4] = "xyz";

    ck_assert_int_eq(_snprintf(text, sizeof(text), "%s", "abcdef"), -1);
    ck_assert_mem_eq(text, "abcd", 4);
    ck_assert_int_eq(_snprintf(text, sizeof(text), "%s", "abcd"), 4);
    ck_assert_int_eq(_snprintf(text, sizeof(text), "%s", "abc"), 3);
    ck_assert_str_eq(text, "abc");
}
END_TEST

START_TEST(older_wide_snprintf_says_minus_one)
{
    WCHAR text[8] = L"zzzzzz";

    ck_assert_int_eq(_snwprintf(text, 4, L"%d", 12345), -1);
    ck_assert_int_eq(wcsncmp(text, L"1234zz", 6), 0);
    ck_assert_int_eq(_snwprintf(text, 4, L"%d", 1234), 4);
    ck_assert_int_eq(_snwprintf(text, 4, L"%d", 123), 3);
    ck_assert_int_eq(wcscmp(text, L"123"), 0);
}
END_TEST

START_TEST(wide_numbers_have_the_limits_of_a_32_bit_long)
{
    const WCHAR *text = L" -12z";
    WCHAR *end;

    ck_assert_int_eq(wcstol(text, &end, 10), -12);
    ck_assert_ptr_eq(end, text + 4);
    ck_assert_int_eq(wcstol(L"2147483648", NULL, 10), 2147483647);
    ck_assert_int_eq(wcstol(L"-2147483648", NULL, 10), -2147483647 - 1);
    ck_assert_int_eq(wcstol(L"-2147483649", NULL, 10), -2147483647 - 1);
    ck_assert_uint_eq(wcstoul(L"4294967296", NULL, 10), 0xffffffffu);
    ck_assert_uint_eq(wcstoul(L"-1", NULL, 10), 0xffffffffu);
    ck_assert_int_eq(wcstol(text + 4, &end, 10), 0);
    ck_assert_ptr_eq(end, text + 4);
}
END_TEST

START_TEST(strsafe_copies_and_truncates)
{
    char narrow[4];
    WCHAR wide[4];

    ck_assert_int_eq(StringCchCopyA(narrow, 4, "abc"), S_OK);
    ck_assert_str_eq(narrow, "abc");
    ck_assert_int_eq(StringCchCopyA(narrow, 4, "abcd"), STRSAFE_E_INSUFFICIENT_BUFFER);
    ck_assert_str_eq(narrow, "abc");
    ck_assert_int_eq(StringCbCopyW(wide, sizeof(wide), L"wxyz"), STRSAFE_E_INSUFFICIENT_BUFFER);
    ck_assert_int_eq(wcscmp(wide, L"wxy"), 0);
    ck_assert_int_eq(StringCchCopyA(narrow, 0, "a"), STRSAFE_E_INVALID_PARAMETER);
    ck_assert_int_eq(StringCchCopyA(narrow, 2, "a"), S_OK);
    ck_assert_int_eq(StringCchCatA(narrow, 4, "bcd"), STRSAFE_E_INSUFFICIENT_BUFFER);
    ck_assert_str_eq(narrow, "abc");
}
END_TEST

START_TEST(strsafe_formats)
{
    WCHAR wide[16];
    size_t length = 99;

    ck_assert_int_eq(StringCchPrintfW(wide, 16, L"%s-%hs-%d", L"a", "b", 3), S_OK);
    ck_assert_int_eq(wcscmp(wide, L"a-b-3"), 0);
    ck_assert_int_eq(StringCchLengthW(wide, 16, &length), S_OK);
    ck_assert_uint_eq(length, 5);
    ck_assert_int_eq(StringCchLengthW(wide, 5, &length), STRSAFE_E_INVALID_PARAMETER);
    ck_assert_int_eq(StringCchPrintfW(wide, 4, L"%d", 12345), STRSAFE_E_INSUFFICIENT_BUFFER);
    ck_assert_int_eq(wcscmp(wide, L"123"), 0);
}
END_TEST

START_TEST(conversions_count_and_refuse)
{
    WCHAR wide[8];
    char narrow[8];

    ck_assert_int_eq(MultiByteToWideChar(CP_UTF8, 0, "h\xc3\xa9", -1, NULL, 0), 3);
    ck_assert_int_eq(MultiByteToWideChar(CP_UTF8, 0, "h\xc3\xa9", -1, wide, 8), 3);
    ck_assert_int_eq(wide[1], 0xe9);
    ck_assert_int_eq(WideCharToMultiByte(CP_UTF8, 0, wide, -1, narrow, 8, NULL, NULL), 4);
    ck_assert_str_eq(narrow, "h\xc3\xa9");
    ck_assert_int_eq(WideCharToMultiByte(CP_UTF8, 0, wide, -1, narrow, 3, NULL, NULL), 0);
    ck_assert_uint_eq(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
}
END_TEST

START_TEST(wide_strings_are_sixteen_bit)
{
    WCHAR text[16];

    ck_assert_uint_eq(sizeof(WCHAR), 2);
    ck_assert_uint_eq(wcslen(L"four"), 4);
    wcscpy(text, L"ab");
    wcscat(text, L"cd");
    ck_assert_int_eq(wcscmp(text, L"abcd"), 0);
    ck_assert_int_eq(_wcsicmp(L"ABCd", text), 0);
    ck_assert(wcschr(text, L'c') == text + 2);
    ck_assert(wcsstr(text, L"bc") == text + 1);
    ck_assert_ptr_null(wcsstr(text, L"bd"));
    ck_assert_uint_eq(wcstoul(L"0x1F", NULL, 0), 31);
}
END_TEST

START_TEST(rand_has_fifteen_bits)
{
    int i;

    srand(1);
    for (i = 0; i < 1000; i++) {
        ck_assert_int_le(rand(), 0x7fff);
    }
}
END_TEST

START_TEST(error_text_of_a_dead_host)
{
    char *text = NULL;
    DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL,
                                  ERROR_DRIVER_PROCESS_TERMINATED, 0, (LPSTR)&text, 0, NULL);

    ck_assert_uint_gt(length, 10);
    ck_assert_uint_eq(strlen(text), length);
    LocalFree(text);
}
END_TEST

/* As tools/build makes it of an .mc file. */
struct owdf_message {
    unsigned int id;
    const char *text;
};
extern const struct owdf_message owdf_message_table[] __attribute__((weak, visibility("default")));
const struct owdf_message owdf_message_table[] = {
    {0x40001, "%1 has %2!u! of %3!04x!%0\r\n"},
    {0x40002, "100%% %1!S!%n.\r\n"},
    {0, 0},
};

static DWORD
format_message(DWORD flags, DWORD id, WCHAR *buffer, DWORD room, ...)
{
    va_list list;
    DWORD length;

    va_start(list, room);
    length = FormatMessageW(flags, NULL, id, 0, buffer, room, &list);
    va_end(list);
    return length;
}

START_TEST(messages_of_the_program_have_inserts)
{
    DWORD_PTR array[] = {(DWORD_PTR) "x", 7};
    WCHAR buffer[64];
    char narrow[64];

    ck_assert_uint_eq(
        format_message(FORMAT_MESSAGE_FROM_HMODULE, 0x40001, buffer, 64, L"device", 3, 0x1F), 20);
    ck_assert_int_eq(wcscmp(buffer, L"device has 3 of 001f"), 0);
    ck_assert_uint_eq(
        format_message(FORMAT_MESSAGE_FROM_HMODULE, 0x40001, buffer, 20, L"device", 3, 0x1F), 0);
    ck_assert_uint_eq(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    (void)format_message(FORMAT_MESSAGE_FROM_HMODULE, 0x40002, buffer, 64, "narrow");
    ck_assert_int_eq(wcscmp(buffer, L"100% narrow\r\n.\r\n"), 0);
    ck_assert_uint_eq(format_message(FORMAT_MESSAGE_FROM_HMODULE, 5, buffer, 64), 0);
    ck_assert_uint_eq(GetLastError(), ERROR_MR_MID_NOT_FOUND);
    ck_assert_uint_eq(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY,
                                     "%2!u! %1", 0, 0, narrow, 64, (va_list *)(void *)array),
                      3);
    ck_assert_str_eq(narrow, "7 x");
    ck_assert_uint_gt(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_IGNORE_INSERTS,
                                     "%1", 0, 0, narrow, 64, NULL),
                      0);
    ck_assert_str_eq(narrow, "%1");
}
END_TEST

START_TEST(ordinary_files_work_too)
{
    char name[] = "/tmp/openwdf-test-XXXXXX", text[8] = "";
    HANDLE file;
    DWORD n;

    close(mkstemp(name));
    file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    ck_assert_ptr_ne(file, INVALID_HANDLE_VALUE);
    ck_assert(WriteFile(file, "hello", 5, &n, NULL));
    ck_assert_uint_eq(n, 5);
    ck_assert_uint_eq(SetFilePointer(file, 1, NULL, FILE_BEGIN), 1);
    ck_assert(ReadFile(file, text, 7, &n, NULL));
    ck_assert_str_eq(text, "ello");
    ck_assert_uint_eq(GetFileSize(file, NULL), 5);
    ck_assert(CloseHandle(file));
    unlink(name);
    ck_assert_ptr_eq(CreateFileA(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
                     INVALID_HANDLE_VALUE);
    ck_assert_uint_eq(GetLastError(), ERROR_FILE_NOT_FOUND);
}
END_TEST

START_TEST(unknown_device_is_not_found)
{
    ck_assert_ptr_eq(
        CreateFileW(L"\\\\.\\NoSuchDevice", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
        INVALID_HANDLE_VALUE);
    ck_assert_uint_eq(GetLastError(), ERROR_FILE_NOT_FOUND);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("win32_text");
    TCase *tests = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, printf_follows_windows_rules);
    tcase_add_test(tests, memory_is_compared_without_case_beyond_a_nul);
    tcase_add_test(tests, letters_and_digits_are_told_from_signs);
    tcase_add_test(tests, older_snprintf_says_minus_one);
    tcase_add_test(tests, older_wide_snprintf_says_minus_one);
    tcase_add_test(tests, wide_numbers_have_the_limits_of_a_32_bit_long);
    tcase_add_test(tests, strsafe_copies_and_truncates);
    tcase_add_test(tests, strsafe_formats);
    tcase_add_test(tests, conversions_count_and_refuse);
    tcase_add_test(tests, wide_strings_are_sixteen_bit);
    tcase_add_test(tests, rand_has_fifteen_bits);
    tcase_add_test(tests, error_text_of_a_dead_host);
    tcase_add_test(tests, messages_of_the_program_have_inserts);
    tcase_add_test(tests, ordinary_files_work_too);
    tcase_add_test(tests, unknown_device_is_not_found);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
