/* SPDX-License-Identifier: MIT */
/* LoadLibrary and GetProcAddress, as programs use them. */
#include <windows.h>
#include <wdfinstaller.h>
#include <stdlib.h>

#include <check.h>

START_TEST(a_library_of_windows_is_this_process)
{
    HMODULE module = LoadLibraryA("KERNEL32.dll");

    ck_assert_ptr_nonnull(module);
    ck_assert_ptr_nonnull((void *)(ULONG_PTR)GetProcAddress(module, "GetTickCount64"));
    ck_assert_ptr_null((void *)(ULONG_PTR)GetProcAddress(module, "NoSuchFunction"));
    ck_assert_uint_eq(GetLastError(), ERROR_PROC_NOT_FOUND);
    ck_assert_ptr_null(LoadLibraryA("C:\\no\\such.dll"));
    ck_assert_uint_eq(GetLastError(), ERROR_MOD_NOT_FOUND);
}
END_TEST

START_TEST(the_frameworks_coinstaller_is_there_wherever_it_is_looked_for)
{
    WDF_COINSTALLER_INSTALL_OPTIONS options;
    HMODULE module = LoadLibraryA("C:\\some\\where\\WdfCoInstaller01011.dll");
    PFN_WDFPREDEVICEINSTALLEX install;
    PFN_WDFPOSTDEVICEREMOVE removed;
    WCHAR path[MAX_PATH];

    WDF_COINSTALLER_INSTALL_OPTIONS_INIT(&options);
    ck_assert_ptr_nonnull(module);
    ck_assert_ptr_eq(LoadLibraryW(L"wdfcoinstaller01009.dll"), module);
    install = (PFN_WDFPREDEVICEINSTALLEX)(ULONG_PTR)GetProcAddress(module, "WdfPreDeviceInstallEx");
    removed = (PFN_WDFPOSTDEVICEREMOVE)(ULONG_PTR)GetProcAddress(module, "WdfPostDeviceRemove");
    ck_assert(install != NULL && removed != NULL);
    ck_assert_uint_ne(GetModuleFileNameW(NULL, path, MAX_PATH), 0);
    ck_assert_uint_eq(install(path, L"drv.NT.Wdf", &options), ERROR_SUCCESS);
    ck_assert_uint_eq(removed(path, L"drv.NT.Wdf"), ERROR_SUCCESS);
    ck_assert_uint_eq(install(L"C:\\no\\such.inf", L"drv.NT.Wdf", &options), ERROR_FILE_NOT_FOUND);
    options.Size = 0;
    ck_assert_uint_eq(install(path, L"drv.NT.Wdf", &options), ERROR_INVALID_PARAMETER);
    ck_assert_uint_eq(removed(NULL, L"drv.NT.Wdf"), ERROR_INVALID_PARAMETER);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("win32/module");
    TCase *tests = tcase_create("module");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, a_library_of_windows_is_this_process);
    tcase_add_test(tests, the_frameworks_coinstaller_is_there_wherever_it_is_looked_for);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
