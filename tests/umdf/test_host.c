/* SPDX-License-Identifier: MIT */
/*
 * The whole way of a user-mode driver: an INF with a UmdfService, `wdf run`, a host process, and an application
 * that finds the device as applications do and talks to it.
 */
#include <windows.h>
#include <cfgmgr32.h>
#include <initguid.h>
#include <setupapi.h>

#include <devpkey.h>
#include <hidsdi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "public.h"

static const GUID test_guid = UMDF_TEST_GUID;
static const GUID class_guid = {
    0x78a1c341, 0x4539, 0x11d3, {0xb8, 0x8d, 0x00, 0xc0, 0x4f, 0xad, 0x51, 0x71}};

static char folder[64];
static pid_t runner;

static const char inf[] = "[Version]\n"
                          "Signature = \"$WINDOWS NT$\"\n"
                          "Class = Sample\n"
                          "ClassGuid = {78A1C341-4539-11D3-B88D-00C04FAD5171}\n"
                          "Provider = %Maker%\n"
                          "[Manufacturer]\n"
                          "%Maker% = Models,NTamd64.10.0\n"
                          "[Models.NTamd64.10.0]\n"
                          "%Device% = Install, root\\UmdfTest\n"
                          "[Install.NT]\n"
                          "Include = WUDFRD.inf\n"
                          "Needs = WUDFRD.NT\n"
                          "[Install.NT.Services]\n"
                          "Include = WUDFRD.inf\n"
                          "Needs = WUDFRD.NT.Services\n"
                          "[Install.NT.Wdf]\n"
                          "UmdfService = UmdfTest, Umdf_Install\n"
                          "UmdfServiceOrder = UmdfTest\n"
                          "[Umdf_Install]\n"
                          "UmdfLibraryVersion = 2.15.0\n"
                          "ServiceBinary = %13%\\owdf-test-umdf.dll\n"
                          "[Strings]\n"
                          "Maker = \"OpenWDF tests\"\n"
                          "Device = \"User-mode test device\"\n";

static void
in_folder(char path[96], const char *name)
{
    (void)snprintf(path, 96, "%s/%s", folder, name);
}

static void
start(void)
{
    char path[96], ready[16] = "";
    FILE *file;
    int fds[2];

    strcpy(folder, "/tmp/openwdf-umdf-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("OPENWDF_RUNTIME_DIR", folder, 1);
    setenv("OPENWDF_HOST", WDF_HOST, 1);
    in_folder(path, "owdf-test-umdf.so");
    ck_assert_int_eq(symlink(UMDF_TEST_DRIVER, path), 0);
    in_folder(path, "test.inf");
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(inf, file), 0);
    ck_assert_int_eq(fclose(file), 0);

    ck_assert_int_eq(pipe(fds), 0);
    runner = fork();
    if (runner == 0) {
        char number[16];

        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void)snprintf(number, sizeof(number), "%d", fds[1]);
        close(fds[0]);
        execl(WDF_COMMAND, "wdf", "run", "--quiet", "--ready-fd", number, path, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_gt(runner, 0);
    close(fds[1]);
    (void)!read(fds[0], ready, sizeof(ready) - 1);
    close(fds[0]);
    ck_assert_str_eq(ready, "ready\n");
}

static void
stop(void)
{
    char command[96];
    int status = -1;

    ck_assert_int_eq(kill(runner, SIGINT), 0);
    ck_assert_int_eq(waitpid(runner, &status, 0), runner);
    ck_assert_int_eq(status, 0);
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* The device's path, found as applications do it. */
static void
find(char path[256])
{
    union {
        SP_DEVICE_INTERFACE_DETAIL_DATA_A data;
        char room[256 + sizeof(SP_DEVICE_INTERFACE_DETAIL_DATA_A)];
    } detail;
    SP_DEVICE_INTERFACE_DATA interface_data = {.cbSize = sizeof(interface_data)};
    HDEVINFO set =
        SetupDiGetClassDevsA(&test_guid, NULL, NULL, DIGCF_DEVICEINTERFACE | DIGCF_PRESENT);
    DWORD needed = 0;

    ck_assert_ptr_ne(set, INVALID_HANDLE_VALUE);
    ck_assert(SetupDiEnumDeviceInterfaces(set, NULL, &test_guid, 0, &interface_data));
    ck_assert(!SetupDiGetDeviceInterfaceDetailA(set, &interface_data, NULL, 0, &needed, NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    ck_assert_uint_le(needed, sizeof(detail));
    detail.data.cbSize = sizeof(detail.data);
    ck_assert(SetupDiGetDeviceInterfaceDetailA(set, &interface_data, &detail.data, sizeof(detail),
                                               NULL, NULL));
    strcpy(path, detail.data.DevicePath);
    ck_assert(!SetupDiEnumDeviceInterfaces(set, NULL, &test_guid, 1, &interface_data));
    ck_assert_uint_eq(GetLastError(), ERROR_NO_MORE_ITEMS);
    ck_assert(SetupDiDestroyDeviceInfoList(set));
}

static HANDLE
open_device(void)
{
    char path[256];
    HANDLE device;

    find(path);
    device = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    ck_assert_ptr_ne(device, INVALID_HANDLE_VALUE);
    return device;
}

START_TEST(win32_inside_a_host)
{
    HANDLE device = open_device();
    unsigned number = (unsigned)_i, line = ~0u;
    DWORD bytes = 0;

    ck_assert(DeviceIoControl(device, IOCTL_TEST_RUN, &number, sizeof(number), &line, sizeof(line),
                              &bytes, NULL));
    ck_assert_uint_eq(bytes, sizeof(line));
    ck_assert_msg(line == 0, "driver.cpp:%u failed", line);
    ck_assert(CloseHandle(device));
}
END_TEST

START_TEST(an_application_is_no_driver)
{
    char path[256];
    HANDLE device;
    unsigned who = 7;
    DWORD bytes;

    find(path);
    device = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    ck_assert_ptr_ne(device, INVALID_HANDLE_VALUE);
    ck_assert(DeviceIoControl(device, IOCTL_TEST_WHO, NULL, 0, &who, sizeof(who), &bytes, NULL));
    ck_assert_uint_eq(who, 0);
    ck_assert(CloseHandle(device));
}
END_TEST

START_TEST(held_request_is_cancelled)
{
    char path[256];
    HANDLE device;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD bytes;

    find(path);
    device = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                         FILE_FLAG_OVERLAPPED, NULL);
    ck_assert_ptr_ne(device, INVALID_HANDLE_VALUE);
    ck_assert(!DeviceIoControl(device, IOCTL_TEST_HOLD, NULL, 0, NULL, 0, NULL, &overlapped));
    ck_assert_uint_eq(GetLastError(), ERROR_IO_PENDING);
    ck_assert(!GetOverlappedResult(device, &overlapped, &bytes, FALSE));
    ck_assert_uint_eq(GetLastError(), ERROR_IO_INCOMPLETE);
    ck_assert(CancelIoEx(device, &overlapped));
    ck_assert(!GetOverlappedResult(device, &overlapped, &bytes, TRUE));
    ck_assert_uint_eq(GetLastError(), ERROR_OPERATION_ABORTED);
    ck_assert(CloseHandle(device));
}
END_TEST

START_TEST(device_has_its_properties)
{
    SP_DEVINFO_DATA device = {.cbSize = sizeof(device)};
    HDEVINFO set = SetupDiGetClassDevsW(&class_guid, NULL, NULL, DIGCF_PRESENT);
    char text[128];
    WCHAR wide[128];
    DWORD type = 0, size = 0;
    DEVPROPTYPE property_type = 0;
    DEVINST instance = 0;
    ULONG status = 0, problem = 99;
    GUID guid;

    ck_assert_ptr_ne(set, INVALID_HANDLE_VALUE);
    ck_assert(SetupDiEnumDeviceInfo(set, 0, &device));
    ck_assert_mem_eq(&device.ClassGuid, &class_guid, sizeof(GUID));
    ck_assert(SetupDiGetDeviceInstanceIdA(set, &device, text, sizeof(text), &size));
    ck_assert_str_eq(text, "ROOT\\UMDFTEST\\0000");
    ck_assert_uint_eq(size, strlen(text) + 1);
    ck_assert(SetupDiGetDeviceRegistryPropertyA(set, &device, SPDRP_DEVICEDESC, &type, (PBYTE)text,
                                                sizeof(text), NULL));
    ck_assert_uint_eq(type, REG_SZ);
    ck_assert_str_eq(text, "User-mode test device");
    ck_assert(SetupDiGetDeviceRegistryPropertyW(set, &device, SPDRP_HARDWAREID, &type, (PBYTE)wide,
                                                sizeof(wide), &size));
    ck_assert_uint_eq(type, REG_MULTI_SZ);
    ck_assert_int_eq(lstrcmpiW(wide, L"root\\UmdfTest"), 0);
    ck_assert_uint_eq(size, (lstrlenW(wide) + 2) * sizeof(WCHAR));
    ck_assert(!SetupDiGetDeviceRegistryPropertyA(set, &device, SPDRP_LOCATION_INFORMATION, NULL,
                                                 (PBYTE)text, sizeof(text), NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_DATA);
    ck_assert(SetupDiGetDevicePropertyW(set, &device, &DEVPKEY_Device_ClassGuid, &property_type,
                                        (PBYTE)&guid, sizeof(guid), NULL, 0));
    ck_assert_uint_eq(property_type, DEVPROP_TYPE_GUID);
    ck_assert_mem_eq(&guid, &class_guid, sizeof(GUID));
    ck_assert(!SetupDiEnumDeviceInfo(set, 1, &device));
    ck_assert_uint_eq(GetLastError(), ERROR_NO_MORE_ITEMS);
    ck_assert(SetupDiDestroyDeviceInfoList(set));
    ck_assert(!SetupDiDestroyDeviceInfoList(NULL));

    ck_assert_uint_eq(CM_Locate_DevNodeA(&instance, (char *)"root\\umdftest\\0000", 0), CR_SUCCESS);
    ck_assert_uint_eq(CM_Get_Device_IDA(instance, text, sizeof(text), 0), CR_SUCCESS);
    ck_assert_str_eq(text, "ROOT\\UMDFTEST\\0000");
    ck_assert_uint_eq(CM_Get_DevNode_Status(&status, &problem, instance, 0), CR_SUCCESS);
    ck_assert_uint_eq(problem, 0);
    ck_assert((status & DN_STARTED) != 0);
    ck_assert_uint_eq(CM_Locate_DevNodeA(&instance, (char *)"ROOT\\NOBODY\\0000", 0),
                      CR_NO_SUCH_DEVNODE);
}
END_TEST

START_TEST(hid_functions_are_control_requests)
{
    HANDLE device = open_device();
    HIDD_ATTRIBUTES attributes = {.Size = 0};
    UCHAR report[4] = {7, 0, 0, 0};
    WCHAR text[16];

    ck_assert(HidD_GetAttributes(device, &attributes));
    ck_assert_uint_eq(attributes.Size, sizeof(attributes));
    ck_assert_uint_eq(attributes.VendorID, 0x1234);
    ck_assert_uint_eq(attributes.ProductID, 0x5678);
    ck_assert_uint_eq(attributes.VersionNumber, 0x0102);
    ck_assert(HidD_GetFeature(device, report, sizeof(report)));
    ck_assert_uint_eq(report[1], 8);
    ck_assert(!HidD_GetProductString(device, text, sizeof(text)));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_FUNCTION);
    ck_assert(CloseHandle(device));
}
END_TEST

START_TEST(sets_are_filled_one_by_one)
{
    SP_DEVINFO_DATA device = {.cbSize = sizeof(device)};
    SP_DEVICE_INTERFACE_DATA data = {.cbSize = sizeof(data)};
    HDEVINFO set = SetupDiCreateDeviceInfoList(NULL, NULL);
    char path[256];

    find(path);
    ck_assert_ptr_ne(set, INVALID_HANDLE_VALUE);
    ck_assert(!SetupDiEnumDeviceInfo(set, 0, &device));
    ck_assert(SetupDiOpenDeviceInfoA(set, "ROOT\\UMDFTEST\\0000", NULL, 0, &device));
    ck_assert(!SetupDiOpenDeviceInfoA(set, "ROOT\\NOBODY\\0000", NULL, 0, &device));
    ck_assert_uint_eq(GetLastError(), (DWORD)ERROR_NO_SUCH_DEVINST);
    ck_assert(SetupDiOpenDeviceInterfaceA(set, path, 0, &data));
    ck_assert_mem_eq(&data.InterfaceClassGuid, &test_guid, sizeof(GUID));
    ck_assert(SetupDiEnumDeviceInterfaces(set, NULL, &test_guid, 0, &data));
    ck_assert(SetupDiDeleteDeviceInterfaceData(set, &data));
    ck_assert(!SetupDiEnumDeviceInterfaces(set, NULL, &test_guid, 0, &data));
    ck_assert(!SetupDiOpenDeviceInterfaceA(set, "\\\\?\\nobody#x", 0, &data));
    ck_assert_uint_eq(GetLastError(), (DWORD)ERROR_NO_SUCH_DEVICE_INTERFACE);
    ck_assert(SetupDiDestroyDeviceInfoList(set));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("umdf host");
    TCase *tcase = tcase_create("umdf host");
    SRunner *runner_of_tests;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_loop_test(tcase, win32_inside_a_host, 0, UMDF_TEST_COUNT);
    tcase_add_test(tcase, an_application_is_no_driver);
    tcase_add_test(tcase, held_request_is_cancelled);
    tcase_add_test(tcase, device_has_its_properties);
    tcase_add_test(tcase, hid_functions_are_control_requests);
    tcase_add_test(tcase, sets_are_filled_one_by_one);
    suite_add_tcase(suite, tcase);
    runner_of_tests = srunner_create(suite);
    srunner_run_all(runner_of_tests, CK_ENV);
    failed = srunner_ntests_failed(runner_of_tests);
    srunner_free(runner_of_tests);
    return failed == 0 ? 0 : 1;
}
