/* SPDX-License-Identifier: MIT */
/* The registry as an application sees it. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static char folder[] = "/tmp/openwdf-winreg-XXXXXX";

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)setenv("OPENWDF_STATE_DIR", folder, 1);
}

static void
teardown(void)
{
    char command[64];

    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static HKEY
create(const char *path)
{
    HKEY key;

    ck_assert_int_eq(
        RegCreateKeyExA(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL),
        ERROR_SUCCESS);
    return key;
}

START_TEST(keys_are_made_opened_and_deleted)
{
    DWORD disposition = 0;
    HKEY key;
    HKEY again;

    ck_assert_int_eq(RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Acme\\Deep", 0, NULL, 0,
                                     KEY_WRITE, NULL, &key, &disposition),
                     ERROR_SUCCESS);
    ck_assert_uint_eq(disposition, REG_CREATED_NEW_KEY);
    ck_assert_int_eq(RegOpenKeyExA(HKEY_LOCAL_MACHINE, "software\\acme", 0, KEY_READ, &again),
                     ERROR_SUCCESS);
    ck_assert_int_eq(RegDeleteKeyA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Acme"), ERROR_ACCESS_DENIED);
    ck_assert_int_eq(RegDeleteKeyW(again, L"Deep"), ERROR_SUCCESS);
    ck_assert_int_eq(RegSetValueExA(key, "x", 0, REG_SZ, (const BYTE *)"y", 2), ERROR_KEY_DELETED);
    ck_assert_int_eq(RegCloseKey(key), ERROR_SUCCESS);
    ck_assert_int_eq(RegCloseKey(key), ERROR_INVALID_HANDLE);
    ck_assert_int_eq(RegCloseKey(again), ERROR_SUCCESS);
    ck_assert_int_eq(RegOpenKeyA(HKEY_LOCAL_MACHINE, "SOFTWARE\\None", &key), ERROR_FILE_NOT_FOUND);
    ck_assert_int_eq(RegOpenKeyA(HKEY_LOCAL_MACHINE, "\\SOFTWARE", &key), ERROR_BAD_PATHNAME);
    ck_assert_int_eq(RegDeleteTreeA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Acme"), ERROR_SUCCESS);
    /* A user's own key, through its predefined handle. */
    ck_assert_int_eq(RegCreateKeyA(HKEY_CURRENT_USER, "Software\\Mine", &key), ERROR_SUCCESS);
    ck_assert_int_eq(RegCloseKey(key), ERROR_SUCCESS);
    ck_assert_int_eq(RegCloseKey(HKEY_LOCAL_MACHINE), ERROR_SUCCESS);
}
END_TEST

START_TEST(a_key_does_what_it_was_opened_for)
{
    HKEY key = create("SOFTWARE\\Acme");
    HKEY reader;
    DWORD size = 0;

    ck_assert_int_eq(RegSetValueExA(key, "v", 0, REG_SZ, (const BYTE *)"x", 2), ERROR_SUCCESS);
    ck_assert_int_eq(RegOpenKeyExA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Acme", 0, KEY_READ, &reader),
                     ERROR_SUCCESS);
    ck_assert_int_eq(RegQueryValueExA(reader, "v", NULL, NULL, NULL, &size), ERROR_SUCCESS);
    ck_assert_int_eq(RegSetValueExA(reader, "v", 0, REG_SZ, (const BYTE *)"y", 2),
                     ERROR_ACCESS_DENIED);
    ck_assert_int_eq(RegDeleteValueA(reader, "v"), ERROR_ACCESS_DENIED);
    RegCloseKey(reader);
    ck_assert_int_eq(RegOpenKeyExA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Acme", 0, KEY_WRITE, &reader),
                     ERROR_SUCCESS);
    ck_assert_int_eq(RegQueryValueExA(reader, "v", NULL, NULL, NULL, &size), ERROR_ACCESS_DENIED);
    RegCloseKey(reader);
    RegCloseKey(key);
}
END_TEST

START_TEST(strings_are_wide_in_the_registry_and_narrow_for_narrow_callers)
{
    HKEY key = create("SOFTWARE\\Acme");
    WCHAR wide[16];
    char narrow[16];
    DWORD size = sizeof(wide);
    DWORD type = 0;

    ck_assert_int_eq(RegSetValueExA(key, "Name", 0, REG_SZ, (const BYTE *)"gr\xc3\xbcn", 6),
                     ERROR_SUCCESS);
    ck_assert_int_eq(RegQueryValueExW(key, L"NAME", NULL, &type, (BYTE *)wide, &size),
                     ERROR_SUCCESS);
    ck_assert_uint_eq(type, REG_SZ);
    ck_assert_uint_eq(size, 10);
    ck_assert_mem_eq(wide, L"gr\u00fcn", 10);
    size = sizeof(narrow);
    ck_assert_int_eq(RegQueryValueExA(key, "name", NULL, NULL, (BYTE *)narrow, &size),
                     ERROR_SUCCESS);
    ck_assert_uint_eq(size, 6);
    ck_assert_str_eq(narrow, "gr\xc3\xbcn");
    size = 3;
    ck_assert_int_eq(RegQueryValueExA(key, "name", NULL, NULL, (BYTE *)narrow, &size),
                     ERROR_MORE_DATA);
    ck_assert_uint_eq(size, 6);
    ck_assert_int_eq(RegQueryValueExA(key, "none", NULL, NULL, NULL, &size), ERROR_FILE_NOT_FOUND);
    RegCloseKey(key);
}
END_TEST

START_TEST(get_value_checks_types_and_ends_strings)
{
    DWORD number = 0x11223344;
    HKEY key = create("SOFTWARE\\Acme");
    WCHAR wide[8];
    DWORD size;
    DWORD got;

    ck_assert_int_eq(RegSetValueExW(key, L"N", 0, REG_DWORD, (const BYTE *)&number, 4),
                     ERROR_SUCCESS);
    size = sizeof(got);
    ck_assert_int_eq(RegGetValueA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Acme", "N", RRF_RT_REG_DWORD, NULL,
                                  &got, &size),
                     ERROR_SUCCESS);
    ck_assert_uint_eq(got, number);
    ck_assert_int_eq(
        RegGetValueA(key, NULL, "N", RRF_RT_REG_SZ | RRF_ZEROONFAILURE, NULL, &got, &size),
        ERROR_UNSUPPORTED_TYPE);
    ck_assert_uint_eq(got, 0);
    /* Without its zero in the registry. */
    ck_assert_int_eq(RegSetValueExW(key, L"S", 0, REG_SZ, (const BYTE *)L"ab", 4), ERROR_SUCCESS);
    size = sizeof(wide);
    ck_assert_int_eq(RegGetValueW(key, NULL, L"S", RRF_RT_REG_SZ, NULL, wide, &size),
                     ERROR_SUCCESS);
    ck_assert_uint_eq(size, 6);
    ck_assert_mem_eq(wide, L"ab", 6);
    RegCloseKey(key);
}
END_TEST

START_TEST(keys_and_values_are_listed)
{
    HKEY key = create("SOFTWARE\\Acme");
    char name[16];
    DWORD count = sizeof(name);
    DWORD subkeys = 0;
    DWORD values = 0;
    DWORD longest = 0;
    DWORD data = 0;
    DWORD size = sizeof(data);
    DWORD type;

    RegCloseKey(create("SOFTWARE\\Acme\\One"));
    RegCloseKey(create("SOFTWARE\\Acme\\Three"));
    ck_assert_int_eq(RegSetKeyValueA(key, NULL, "Number", REG_DWORD, "\1\0\0\0", 4), ERROR_SUCCESS);
    ck_assert_int_eq(RegQueryInfoKeyW(key, NULL, NULL, NULL, &subkeys, &longest, NULL, &values,
                                      NULL, NULL, NULL, NULL),
                     ERROR_SUCCESS);
    ck_assert_uint_eq(subkeys, 2);
    ck_assert_uint_eq(longest, 5);
    ck_assert_uint_eq(values, 1);
    ck_assert_int_eq(RegEnumKeyExA(key, 1, name, &count, NULL, NULL, NULL, NULL), ERROR_SUCCESS);
    ck_assert_str_eq(name, "Three");
    ck_assert_uint_eq(count, 5);
    count = 5;
    ck_assert_int_eq(RegEnumKeyExA(key, 1, name, &count, NULL, NULL, NULL, NULL), ERROR_MORE_DATA);
    count = sizeof(name);
    ck_assert_int_eq(RegEnumKeyExA(key, 2, name, &count, NULL, NULL, NULL, NULL),
                     ERROR_NO_MORE_ITEMS);
    count = sizeof(name);
    ck_assert_int_eq(RegEnumValueA(key, 0, name, &count, NULL, &type, (BYTE *)&data, &size),
                     ERROR_SUCCESS);
    ck_assert_str_eq(name, "Number");
    ck_assert_uint_eq(type, REG_DWORD);
    ck_assert_uint_eq(data, 1);
    count = sizeof(name);
    ck_assert_int_eq(RegEnumValueA(key, 1, name, &count, NULL, NULL, NULL, NULL),
                     ERROR_NO_MORE_ITEMS);
    RegCloseKey(key);
}
END_TEST

START_TEST(changes_are_told)
{
    HKEY key = create("SOFTWARE\\Acme");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);

    ck_assert_int_eq(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, event, TRUE),
                     ERROR_SUCCESS);
    ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    ck_assert_int_eq(RegSetValueExA(key, "v", 0, REG_SZ, (const BYTE *)"x", 2), ERROR_SUCCESS);
    ck_assert_uint_eq(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
    /* What happens between two calls is not missed. */
    ck_assert_int_eq(RegSetValueExA(key, "v", 0, REG_SZ, (const BYTE *)"z", 2), ERROR_SUCCESS);
    ck_assert_int_eq(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, NULL, FALSE),
                     ERROR_SUCCESS);
    ck_assert_int_eq(RegNotifyChangeKeyValue(key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, event, TRUE),
                     ERROR_SUCCESS);
    RegCloseKey(key);
    ck_assert_uint_eq(WaitForSingleObject(event, INFINITE), WAIT_OBJECT_0);
    CloseHandle(event);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("win32/registry");
    TCase *tcase = tcase_create("registry");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, keys_are_made_opened_and_deleted);
    tcase_add_test(tcase, a_key_does_what_it_was_opened_for);
    tcase_add_test(tcase, strings_are_wide_in_the_registry_and_narrow_for_narrow_callers);
    tcase_add_test(tcase, get_value_checks_types_and_ends_strings);
    tcase_add_test(tcase, keys_and_values_are_listed);
    tcase_add_test(tcase, changes_are_told);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
