/* SPDX-License-Identifier: MIT */
/* A program installs, starts, stops and removes a driver. */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

static char folder[64];
static SC_HANDLE manager;

static void
link_module(const char *module, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    ck_assert_int_eq(symlink(module, path), 0);
}

static void
start(void)
{
    strcpy(folder, "/tmp/openwdf-scm-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("OPENWDF_RUNTIME_DIR", folder, 1);
    setenv("OPENWDF_HOST", WDF_HOST, 1);
    setenv("OPENWDF_WDF", WDF_COMMAND, 1);
    link_module(LEGACY_DRIVER, "Legacy.so");
    link_module(LEGACY_DRIVER_FAIL, "fails.so");
    manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    ck_assert_ptr_nonnull(manager);
}

static void
stop(void)
{
    char command[96];

    ck_assert(CloseServiceHandle(manager));
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* As drivers are asked for on Windows: another case, another suffix, back-slashes. */
static SC_HANDLE
create(const char *name, const char *file)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s\\%s", folder, file);
    return CreateServiceA(manager, name, name, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER,
                          SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, path, NULL, NULL, NULL, NULL,
                          NULL);
}

static DWORD
state(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;
    DWORD needed = 0;

    ck_assert(QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (LPBYTE)&status, sizeof(status),
                                   &needed));
    ck_assert_uint_eq(status.dwServiceType, SERVICE_KERNEL_DRIVER);
    return status.dwCurrentState;
}

START_TEST(driver_runs_between_start_and_stop)
{
    SC_HANDLE service = create("OwdfLegacy", "LEGACY.SYS");
    SERVICE_STATUS status;
    char text[8] = "";
    HANDLE device;
    DWORD bytes;

    ck_assert_ptr_nonnull(service);
    ck_assert_uint_eq(state(service), SERVICE_STOPPED);
    ck_assert(!ControlService(service, SERVICE_CONTROL_STOP, &status));
    ck_assert_uint_eq(GetLastError(), ERROR_SERVICE_NOT_ACTIVE);
    ck_assert_msg(StartServiceA(service, 0, NULL), "error %u", GetLastError());
    ck_assert_uint_eq(state(service), SERVICE_RUNNING);
    ck_assert(!StartServiceA(service, 0, NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_SERVICE_ALREADY_RUNNING);

    device = CreateFileA("\\\\.\\OwdfLegacy", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                         0, NULL);
    ck_assert_ptr_ne(device, INVALID_HANDLE_VALUE);
    ck_assert(
        DeviceIoControl(device, 0x222000, (LPVOID) "hello", 6, text, sizeof(text), &bytes, NULL));
    ck_assert_uint_eq(bytes, 6);
    ck_assert_str_eq(text, "hello");
    ck_assert(CloseHandle(device));

    ck_assert(ControlService(service, SERVICE_CONTROL_STOP, &status));
    ck_assert_uint_eq(status.dwCurrentState, SERVICE_STOPPED);
    ck_assert_ptr_eq(
        CreateFileA("\\\\.\\OwdfLegacy", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
        INVALID_HANDLE_VALUE);
    ck_assert(StartServiceA(service, 0, NULL));
    ck_assert(ControlService(service, SERVICE_CONTROL_STOP, &status));
    ck_assert(DeleteService(service));
    ck_assert(CloseServiceHandle(service));
    ck_assert_ptr_null(OpenServiceA(manager, "OwdfLegacy", SERVICE_ALL_ACCESS));
    ck_assert_uint_eq(GetLastError(), ERROR_SERVICE_DOES_NOT_EXIST);
}
END_TEST

START_TEST(running_service_is_deleted_when_it_stops)
{
    SC_HANDLE service = create("OwdfLegacy", "Legacy.so");
    SERVICE_STATUS status;

    ck_assert_ptr_nonnull(service);
    ck_assert(StartServiceW(service, 0, NULL));
    ck_assert(DeleteService(service));
    ck_assert(!DeleteService(service));
    ck_assert_uint_eq(GetLastError(), ERROR_SERVICE_MARKED_FOR_DELETE);
    ck_assert_ptr_null(create("OwdfLegacy", "Legacy.so"));
    ck_assert_uint_eq(GetLastError(), ERROR_SERVICE_MARKED_FOR_DELETE);
    ck_assert_uint_eq(state(service), SERVICE_RUNNING);
    ck_assert(ControlService(service, SERVICE_CONTROL_STOP, &status));
    ck_assert_ptr_null(OpenServiceW(manager, L"OWDFLEGACY", SERVICE_ALL_ACCESS));
    ck_assert(CloseServiceHandle(service));
}
END_TEST

START_TEST(driver_that_fails_leaves_a_stopped_service)
{
    SC_HANDLE service = create("Fails", "fails.sys");

    ck_assert_ptr_nonnull(service);
    ck_assert(!StartServiceA(service, 0, NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_GEN_FAILURE);
    ck_assert_uint_eq(state(service), SERVICE_STOPPED);
    ck_assert(DeleteService(service));
    ck_assert(CloseServiceHandle(service));
}
END_TEST

START_TEST(what_is_refused)
{
    SC_HANDLE service = create("OwdfLegacy", "missing.sys");
    SC_HANDLE again;

    ck_assert_ptr_nonnull(service);
    ck_assert_ptr_null(create("owdfLEGACY", "Legacy.so"));
    ck_assert_uint_eq(GetLastError(), ERROR_SERVICE_EXISTS);
    ck_assert(!StartServiceA(service, 0, NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_FILE_NOT_FOUND);
    again = OpenServiceA(manager, "owdflegacy", SERVICE_QUERY_STATUS);
    ck_assert_ptr_nonnull(again);
    ck_assert(CloseServiceHandle(again));
    ck_assert_ptr_null(create("../escape", "Legacy.so"));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_NAME);
    ck_assert_ptr_null(create("line\nbreak", "Legacy.so"));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_NAME);
    ck_assert_ptr_null(OpenServiceA(service, "OwdfLegacy", 0));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_HANDLE);
    ck_assert_ptr_null(CreateServiceA(manager, "Program", NULL, 0, SERVICE_WIN32_OWN_PROCESS,
                                      SERVICE_DEMAND_START, 0, "/bin/true", NULL, NULL, NULL, NULL,
                                      NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_NOT_SUPPORTED);
    ck_assert_ptr_null(OpenSCManagerA("elsewhere", NULL, 0));
    ck_assert(DeleteService(service));
    ck_assert(!StartServiceA(service, 0, NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_SERVICE_DOES_NOT_EXIST);
    ck_assert(CloseServiceHandle(service));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("services");
    TCase *tcase = tcase_create("services");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, driver_runs_between_start_and_stop);
    tcase_add_test(tcase, running_service_is_deleted_when_it_stops);
    tcase_add_test(tcase, driver_that_fails_leaves_a_stopped_service);
    tcase_add_test(tcase, what_is_refused);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
