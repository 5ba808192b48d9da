/* SPDX-License-Identifier: MIT */
/* What the registry has of devices that are installed, by SetupDi's and the configuration manager's functions. */
#include <windows.h>

#include <cfgmgr32.h>
#include <initguid.h>
#include <setupapi.h>

#include <devpkey.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL_SET "SYSTEM\\CurrentControlSet\\"
#define ID          "ROOT\\WIDGET\\0000"
#define CLASS_TEXT  "{78a1c341-4539-11d3-b88d-00c04fad5171}"
#define INTERFACE   "\\\\?\\ROOT#WIDGET#0000#{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}\\upper"

static const GUID class_guid = {
    0x78a1c341, 0x4539, 0x11d3, {0xb8, 0x8d, 0x00, 0xc0, 0x4f, 0xad, 0x51, 0x71}};
static char folder[64];

static void
put(const char *path, const char *name, DWORD type, const void *data, DWORD size)
{
    HKEY key;

    ck_assert_int_eq(
        RegCreateKeyExA(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL),
        ERROR_SUCCESS);
    ck_assert_int_eq(RegSetValueExA(key, name, 0, type, data, size), ERROR_SUCCESS);
    RegCloseKey(key);
}

#define PUT(path, name, text) put(path, name, REG_SZ, text, sizeof(text))

static void
start(void)
{
    static const char device[] = CONTROL_SET "Enum\\" ID;
    static const char class[] = CONTROL_SET "Control\\Class\\" CLASS_TEXT;
    static const DWORD flags = 4;

    strcpy(folder, "/tmp/openwdf-devices-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("OPENWDF_RUNTIME_DIR", folder, 1);
    PUT(device, "DeviceDesc", "Widget");
    put(device, "HardwareID", REG_MULTI_SZ, "root\\widget\0root\\thing\0", 24);
    PUT(device, "Class", "Sample");
    PUT(device, "ClassGUID", CLASS_TEXT);
    PUT(device, "Driver", CLASS_TEXT "\\0000");
    PUT(device, "Service", "widget");
    put(device, "ConfigFlags", REG_DWORD, &flags, sizeof(flags));
    PUT(CONTROL_SET "Enum\\USB\\VID_1\\5", "DeviceDesc", "Other");
    PUT(class, "Class", "Sample");
    PUT(class, "", "Sample devices");
    PUT(CONTROL_SET "Control\\Class\\" CLASS_TEXT "\\0000", "InfPath", "oem3.inf");
    PUT(CONTROL_SET "Control\\Class\\{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}", "Class", "Bare");
    PUT(CONTROL_SET "Control\\DeviceClasses\\{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}\\"
                    "##?#ROOT#WIDGET#0000#{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}\\#upper\\"
                    "Device Parameters",
        "Colour", "red");
}

static void
stop(void)
{
    char command[96];

    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static HDEVINFO
open_widget(SP_DEVINFO_DATA *data)
{
    HDEVINFO set = SetupDiGetClassDevsA(&class_guid, "ROOT", NULL, 0);

    ck_assert_ptr_ne(set, INVALID_HANDLE_VALUE);
    data->cbSize = sizeof(*data);
    ck_assert(SetupDiEnumDeviceInfo(set, 0, data));
    return set;
}

START_TEST(devices_that_are_not_there_are_listed_unless_they_must_be)
{
    SP_DEVINFO_DATA data = {.cbSize = sizeof(data)};
    char id[64];
    HDEVINFO set = SetupDiGetClassDevsA(NULL, NULL, NULL, DIGCF_ALLCLASSES | DIGCF_PRESENT);

    ck_assert(!SetupDiEnumDeviceInfo(set, 0, &data));
    ck_assert_uint_eq(GetLastError(), ERROR_NO_MORE_ITEMS);
    SetupDiDestroyDeviceInfoList(set);
    set = SetupDiGetClassDevsA(NULL, NULL, NULL, DIGCF_ALLCLASSES);
    ck_assert(SetupDiEnumDeviceInfo(set, 1, &data));
    ck_assert(!SetupDiEnumDeviceInfo(set, 2, &data));
    SetupDiDestroyDeviceInfoList(set);
    set = SetupDiGetClassDevsA(NULL, "USB", NULL, DIGCF_ALLCLASSES);
    ck_assert(SetupDiEnumDeviceInfo(set, 0, &data));
    ck_assert(SetupDiGetDeviceInstanceIdA(set, &data, id, sizeof(id), NULL));
    ck_assert_str_eq(id, "USB\\VID_1\\5");
    ck_assert(!SetupDiEnumDeviceInfo(set, 1, &data));
    SetupDiDestroyDeviceInfoList(set);
    set = open_widget(&data);
    ck_assert(!SetupDiEnumDeviceInfo(set, 1, &data));
    SetupDiDestroyDeviceInfoList(set);
}
END_TEST

START_TEST(properties_are_the_registrys)
{
    SP_DEVINFO_DATA data;
    HDEVINFO set = open_widget(&data);
    DWORD type, needed, flags = 0;
    DEVPROPTYPE property_type;
    WCHAR wide[64];
    char text[64];

    ck_assert(SetupDiGetDeviceRegistryPropertyA(set, &data, SPDRP_HARDWAREID, &type, (PBYTE)text,
                                                sizeof(text), &needed));
    ck_assert_uint_eq(type, REG_MULTI_SZ);
    ck_assert_uint_eq(needed, 24);
    ck_assert_str_eq(text + strlen(text) + 1, "root\\thing");
    ck_assert(
        !SetupDiGetDeviceRegistryPropertyW(set, &data, SPDRP_HARDWAREID, &type, NULL, 0, &needed));
    ck_assert_uint_eq(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    ck_assert_uint_eq(needed, 48);
    ck_assert_uint_eq(type, REG_MULTI_SZ);
    ck_assert(SetupDiGetDeviceRegistryPropertyA(set, &data, SPDRP_CONFIGFLAGS, &type, (PBYTE)&flags,
                                                sizeof(flags), NULL));
    ck_assert_uint_eq(flags, 4);
    ck_assert(SetupDiGetDeviceRegistryPropertyA(set, &data, SPDRP_ENUMERATOR_NAME, &type,
                                                (PBYTE)text, sizeof(text), NULL));
    ck_assert_str_eq(text, "ROOT");
    ck_assert(!SetupDiGetDeviceRegistryPropertyA(set, &data, SPDRP_FRIENDLYNAME, &type, (PBYTE)text,
                                                 sizeof(text), NULL));
    ck_assert_uint_eq(GetLastError(), ERROR_INVALID_DATA);
    ck_assert(SetupDiSetDeviceRegistryPropertyW(set, &data, SPDRP_FRIENDLYNAME,
                                                (const BYTE *)L"My widget", sizeof(L"My widget")));
    ck_assert(SetupDiGetDevicePropertyW(set, &data, &DEVPKEY_Device_FriendlyName, &property_type,
                                        (PBYTE)wide, sizeof(wide), NULL, 0));
    ck_assert_uint_eq(property_type, DEVPROP_TYPE_STRING);
    ck_assert_int_eq(lstrcmpW(wide, L"My widget"), 0);
    ck_assert(SetupDiSetDeviceRegistryPropertyW(set, &data, SPDRP_FRIENDLYNAME, NULL, 0));
    ck_assert(!SetupDiGetDevicePropertyW(set, &data, &DEVPKEY_Device_FriendlyName, &property_type,
                                         (PBYTE)wide, sizeof(wide), NULL, 0));
    ck_assert(!SetupDiSetDeviceRegistryPropertyW(set, &data, SPDRP_CLASS, (const BYTE *)L"X", 4));
    ck_assert_uint_eq(GetLastError(), (DWORD)ERROR_INVALID_REG_PROPERTY);
    SetupDiDestroyDeviceInfoList(set);
}
END_TEST

START_TEST(a_device_has_a_hardware_and_a_software_key)
{
    SP_DEVINFO_DATA data;
    HDEVINFO set = open_widget(&data);
    char text[32];
    DWORD size = sizeof(text);
    HKEY key;

    /* It has none yet; what asks for it gets it made. */
    key = SetupDiOpenDevRegKey(set, &data, DICS_FLAG_GLOBAL, 0, DIREG_DEV, KEY_READ);
    ck_assert_ptr_eq(key, INVALID_HANDLE_VALUE);
    ck_assert_uint_eq(GetLastError(), (DWORD)ERROR_KEY_DOES_NOT_EXIST);
    key = SetupDiCreateDevRegKeyW(set, &data, DICS_FLAG_GLOBAL, 0, DIREG_DEV, NULL, NULL);
    ck_assert_ptr_ne(key, INVALID_HANDLE_VALUE);
    ck_assert_int_eq(RegSetValueExA(key, "Speed", 0, REG_SZ, (const BYTE *)"fast", 5),
                     ERROR_SUCCESS);
    RegCloseKey(key);
    ck_assert_int_eq(RegGetValueA(HKEY_LOCAL_MACHINE, CONTROL_SET "Enum\\" ID "\\Device Parameters",
                                  "Speed", RRF_RT_REG_SZ, NULL, text, &size),
                     ERROR_SUCCESS);
    ck_assert_str_eq(text, "fast");
    key = SetupDiOpenDevRegKey(set, &data, DICS_FLAG_GLOBAL, 0, DIREG_DRV, KEY_READ);
    ck_assert_ptr_ne(key, INVALID_HANDLE_VALUE);
    size = sizeof(text);
    ck_assert_int_eq(RegQueryValueExA(key, "InfPath", NULL, NULL, (LPBYTE)text, &size),
                     ERROR_SUCCESS);
    ck_assert_str_eq(text, "oem3.inf");
    RegCloseKey(key);
    ck_assert_int_eq(CM_Open_DevNode_Key(data.DevInst, KEY_READ, 0, RegDisposition_OpenExisting,
                                         &key, CM_REGISTRY_SOFTWARE),
                     CR_SUCCESS);
    RegCloseKey(key);
    ck_assert_int_eq(CM_Open_DevNode_Key(0x7777, KEY_READ, 0, RegDisposition_OpenExisting, &key,
                                         CM_REGISTRY_SOFTWARE),
                     CR_INVALID_DEVNODE);
    SetupDiDestroyDeviceInfoList(set);
}
END_TEST

START_TEST(an_interface_has_a_key)
{
    char text[32];
    DWORD size = sizeof(text);
    HKEY key;

    ck_assert_int_eq(
        CM_Open_Device_Interface_KeyA(INTERFACE, KEY_READ, RegDisposition_OpenExisting, &key, 0),
        CR_SUCCESS);
    ck_assert_int_eq(RegQueryValueExA(key, "Colour", NULL, NULL, (LPBYTE)text, &size),
                     ERROR_SUCCESS);
    ck_assert_str_eq(text, "red");
    RegCloseKey(key);
    ck_assert_int_eq(CM_Open_Device_Interface_KeyA(INTERFACE "most", KEY_READ,
                                                   RegDisposition_OpenExisting, &key, 0),
                     CR_NO_SUCH_REGISTRY_KEY);
    ck_assert_int_eq(
        CM_Open_Device_Interface_KeyA("COM1", KEY_READ, RegDisposition_OpenExisting, &key, 0),
        CR_INVALID_DATA);
}
END_TEST

START_TEST(classes_have_names_and_descriptions)
{
    GUID list[3];
    DWORD count = 0;
    char text[32];
    GUID none = {0};

    ck_assert(SetupDiBuildClassInfoList(0, list, 3, &count));
    ck_assert_uint_eq(count, 2);
    ck_assert(!SetupDiBuildClassInfoList(0, list, 1, &count));
    ck_assert_uint_eq(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    ck_assert(SetupDiClassGuidsFromNameA("SAMPLE", list, 1, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert_mem_eq(&list[0], &class_guid, sizeof(GUID));
    ck_assert(SetupDiClassGuidsFromNameA("Nothing", list, 1, &count));
    ck_assert_uint_eq(count, 0);
    ck_assert(SetupDiClassNameFromGuidA(&class_guid, text, sizeof(text), &count));
    ck_assert_str_eq(text, "Sample");
    ck_assert_uint_eq(count, 7);
    ck_assert(SetupDiGetClassDescriptionA(&class_guid, text, sizeof(text), NULL));
    ck_assert_str_eq(text, "Sample devices");
    ck_assert(SetupDiClassGuidsFromNameA("Bare", list, 1, &count));
    ck_assert(SetupDiGetClassDescriptionA(&list[0], text, sizeof(text), NULL));
    ck_assert_str_eq(text, "Bare");
    ck_assert(!SetupDiClassNameFromGuidA(&none, text, sizeof(text), NULL));
    ck_assert_uint_eq(GetLastError(), (DWORD)ERROR_INVALID_CLASS);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("win32_devices");
    TCase *tests = tcase_create("devices");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, devices_that_are_not_there_are_listed_unless_they_must_be);
    tcase_add_test(tests, properties_are_the_registrys);
    tcase_add_test(tests, a_device_has_a_hardware_and_a_software_key);
    tcase_add_test(tests, an_interface_has_a_key);
    tcase_add_test(tests, classes_have_names_and_descriptions);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
