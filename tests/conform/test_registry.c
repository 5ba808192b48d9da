/* SPDX-License-Identifier: MIT */
/* WDFKEY: the keys of drivers and devices, and every way to read and write a value. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <ntddk.h>
#include <wdf.h>

#include "openwdf/bench.h"

DRIVER_INITIALIZE DriverEntry;
extern bench_entry_fn FxDriverEntry;

#define SERVICE "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\conform"

static WDFDRIVER driver_handle;
static WDFDEVICE device_handle;
static NTSTATUS fdo_init_status;
static struct bench *bench;
static struct bench_driver *driver;
static struct bench_device *device;

static NTSTATUS
on_device_add(WDFDRIVER handle, PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(name, L"FromInit");
    WDFKEY key;

    fdo_init_status = WdfFdoInitOpenRegistryKey(init, PLUGPLAY_REGKEY_DRIVER, KEY_WRITE,
                                                WDF_NO_OBJECT_ATTRIBUTES, &key);
    if (NT_SUCCESS(fdo_init_status)) {
        fdo_init_status = WdfRegistryAssignULong(key, &name, 11);
        WdfRegistryClose(key);
    }
    return WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &device_handle);
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, on_device_add);
    return WdfDriverCreate(object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config,
                           &driver_handle);
}

static void
open_bench(void)
{
    ck_assert(bench_ok(bench_create(NULL, &bench)));
    ck_assert_msg(bench_ok(bench_registry_import(
                      bench, "Windows Registry Editor Version 5.00\n\n"
                             "[" SERVICE "\\Parameters]\n"
                             "\"Installed\"=dword:00000007\n"
                             "\"Name\"=\"echo one\"\n"
                             "\"List\"=hex(7):61,00,00,00,62,00,63,00,00,00,00,00\n"
                             "\"Empty\"=hex(1):\n")),
                  "%s", bench_error());
    ck_assert_msg(bench_ok(bench_driver_load_entry(bench, "conform", FxDriverEntry, &driver)), "%s",
                  bench_error());
    ck_assert_msg(bench_ok(bench_device_add(
                      bench, &(struct bench_device_params){.function = driver}, &device)),
                  "%s", bench_error());
}

static void
close_bench(void)
{
    ck_assert_uint_eq(bench_destroy(bench), 0);
}

static WDFKEY
open_parameters(void)
{
    WDFKEY key;

    ck_assert_int_eq(WdfDriverOpenParametersRegistryKey(driver_handle, STANDARD_RIGHTS_ALL,
                                                        WDF_NO_OBJECT_ATTRIBUTES, &key),
                     STATUS_SUCCESS);
    return key;
}

START_TEST(what_an_installation_wrote_is_read)
{
    DECLARE_CONST_UNICODE_STRING(number_name, L"installed");
    DECLARE_CONST_UNICODE_STRING(text_name, L"Name");
    DECLARE_CONST_UNICODE_STRING(missing_name, L"Missing");
    DECLARE_CONST_UNICODE_STRING(empty_name, L"Empty");
    WDFKEY key = open_parameters();
    WCHAR buffer[16];
    UNICODE_STRING string = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    USHORT size = 0;
    ULONG number = 0;
    WDFMEMORY memory;

    ck_assert_int_eq(WdfRegistryQueryULong(key, &number_name, &number), STATUS_SUCCESS);
    ck_assert_uint_eq(number, 7);
    ck_assert_int_eq(WdfRegistryQueryULong(key, &text_name, &number), STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_int_eq(WdfRegistryQueryULong(key, &missing_name, &number),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(WdfRegistryQueryUnicodeString(key, &text_name, &size, &string),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(size, 18);
    ck_assert_uint_eq(string.Length, 16);
    ck_assert_mem_eq(buffer, L"echo one", 18);
    string.MaximumLength = 8;
    ck_assert_int_eq(WdfRegistryQueryUnicodeString(key, &text_name, &size, &string),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(string.Length, 8);
    ck_assert_uint_eq(size, 18);
    ck_assert_int_eq(WdfRegistryQueryUnicodeString(key, &text_name, &size, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryQueryUnicodeString(key, &number_name, &size, &string),
                     STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_int_eq(WdfRegistryQueryMemory(key, &empty_name, PagedPool, WDF_NO_OBJECT_ATTRIBUTES,
                                            &memory, NULL),
                     STATUS_RESOURCE_DATA_NOT_FOUND);
    WdfRegistryClose(key);
}
END_TEST

START_TEST(values_are_written_and_read_in_every_way)
{
    DECLARE_CONST_UNICODE_STRING(name, L"Value");
    DECLARE_CONST_UNICODE_STRING(text, L"some text");
    static UCHAR bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
    WDFMEMORY_OFFSET offset = {.BufferOffset = 2, .BufferLength = 3};
    WDFMEMORY_OFFSET beyond = {.BufferOffset = 6, .BufferLength = 3};
    WDFKEY key = open_parameters();
    UCHAR buffer[8] = {0};
    UNICODE_STRING got;
    WDFMEMORY memory;
    WDFSTRING string;
    ULONG length;
    ULONG type;
    size_t size;

    ck_assert_int_eq(WdfRegistryAssignValue(key, &name, REG_BINARY, sizeof(bytes), bytes),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryQueryValue(key, &name, sizeof(buffer), buffer, &length, &type),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(length, 8);
    ck_assert_uint_eq(type, REG_BINARY);
    ck_assert_mem_eq(buffer, bytes, 8);
    memset(buffer, 0, sizeof(buffer));
    ck_assert_int_eq(WdfRegistryQueryValue(key, &name, 4, buffer, &length, NULL),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_uint_eq(length, 8);
    ck_assert_mem_eq(buffer, "\1\2\3\4\0\0\0\0", 8);
    length = 0;
    ck_assert_int_eq(WdfRegistryQueryValue(key, &name, 0, NULL, &length, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 8);
    ck_assert_int_eq(WdfRegistryQueryValue(key, &name, 8, NULL, &length, NULL),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(WdfRegistryQueryMemory(key, &name, NonPagedPoolNx, WDF_NO_OBJECT_ATTRIBUTES,
                                            &memory, &type),
                     STATUS_SUCCESS);
    ck_assert_mem_eq(WdfMemoryGetBuffer(memory, &size), bytes, 8);
    ck_assert_uint_eq(size, 8);
    ck_assert_int_eq(WdfRegistryAssignMemory(key, &name, REG_BINARY, memory, &beyond),
                     STATUS_INTEGER_OVERFLOW);
    ck_assert_int_eq(WdfRegistryAssignMemory(key, &name, REG_BINARY, memory, &offset),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryQueryValue(key, &name, sizeof(buffer), buffer, &length, NULL),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(length, 3);
    ck_assert_mem_eq(buffer, "\3\4\5", 3);
    WdfObjectDelete(memory);
    ck_assert_int_eq(WdfRegistryAssignUnicodeString(key, &name, &text), STATUS_SUCCESS);
    ck_assert_int_eq(WdfStringCreate(NULL, WDF_NO_OBJECT_ATTRIBUTES, &string), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryQueryString(key, &name, string), STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &got);
    ck_assert(RtlEqualUnicodeString(&got, &text, FALSE));
    ck_assert_int_eq(WdfRegistryAssignString(key, &name, string), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryQueryValue(key, &name, 0, NULL, &length, &type), STATUS_SUCCESS);
    ck_assert_uint_eq(type, REG_SZ);
    ck_assert_uint_eq(length, text.Length + sizeof(WCHAR));
    WdfObjectDelete(string);
    ck_assert_int_eq(WdfRegistryRemoveValue(key, &name), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryRemoveValue(key, &name), STATUS_OBJECT_NAME_NOT_FOUND);
    WdfRegistryClose(key);
}
END_TEST

START_TEST(many_strings_are_appended_to_a_collection)
{
    DECLARE_CONST_UNICODE_STRING(name, L"List");
    DECLARE_CONST_UNICODE_STRING(copy, L"Copy");
    DECLARE_CONST_UNICODE_STRING(number, L"Installed");
    WDFKEY key = open_parameters();
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFCOLLECTION collection;
    UNICODE_STRING got;
    ULONG length;

    ck_assert_int_eq(WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, &collection), STATUS_SUCCESS);
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = collection;
    ck_assert_int_eq(WdfRegistryQueryMultiString(key, &name, &attributes, collection),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 2);
    WdfStringGetUnicodeString(WdfCollectionGetItem(collection, 1), &got);
    ck_assert_uint_eq(got.Length, 4);
    ck_assert_mem_eq(got.Buffer, L"bc", 4);
    ck_assert_int_eq(WdfRegistryQueryMultiString(key, &name, &attributes, collection),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 4);
    ck_assert_int_eq(WdfRegistryAssignMultiString(key, &copy, collection), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryQueryValue(key, &copy, 0, NULL, &length, NULL), STATUS_SUCCESS);
    ck_assert_uint_eq(length, 2 * (4 + 6) + 2);
    ck_assert_int_eq(WdfRegistryQueryMultiString(key, &number, &attributes, collection),
                     STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_uint_eq(WdfCollectionGetCount(collection), 4);
    WdfObjectDelete(collection);
    WdfRegistryClose(key);
}
END_TEST

START_TEST(subkeys_are_made_opened_and_removed)
{
    DECLARE_CONST_UNICODE_STRING(sub_name, L"Sub");
    DECLARE_CONST_UNICODE_STRING(path, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services");
    DECLARE_CONST_UNICODE_STRING(relative, L"conform\\Parameters\\Sub");
    WDFKEY key = open_parameters();
    ULONG disposition = 0;
    WDFKEY services;
    WDFKEY again;
    WDFKEY sub;

    ck_assert_int_eq(WdfRegistryOpenKey(key, &sub_name, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &sub),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_ptr_null(sub);
    ck_assert_int_eq(WdfRegistryCreateKey(key, &sub_name, KEY_ALL_ACCESS, REG_OPTION_NON_VOLATILE,
                                          &disposition, WDF_NO_OBJECT_ATTRIBUTES, &sub),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(disposition, REG_CREATED_NEW_KEY);
    ck_assert_int_eq(WdfRegistryOpenKey(NULL, &path, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &services),
                     STATUS_SUCCESS);
    ck_assert_int_eq(
        WdfRegistryOpenKey(services, &relative, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &again),
        STATUS_SUCCESS);
    ck_assert_ptr_nonnull(WdfRegistryWdmGetHandle(again));
    ck_assert_int_eq(WdfRegistryRemoveKey(sub), STATUS_SUCCESS);
    ck_assert_int_eq(ZwFlushKey(WdfRegistryWdmGetHandle(again)), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryRemoveValue(again, &sub_name), STATUS_KEY_DELETED);
    WdfRegistryClose(again);
    WdfRegistryClose(services);
    WdfRegistryClose(key);
}
END_TEST

START_TEST(a_devices_keys_are_where_windows_has_them)
{
    DECLARE_CONST_UNICODE_STRING(name, L"Port");
    char *text;
    WDFKEY key;

    ck_assert_int_eq(fdo_init_status, STATUS_SUCCESS);
    ck_assert_int_eq(WdfDeviceOpenRegistryKey(device_handle, PLUGPLAY_REGKEY_DEVICE,
                                              KEY_READ | KEY_WRITE, WDF_NO_OBJECT_ATTRIBUTES, &key),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryAssignULong(key, &name, 3), STATUS_SUCCESS);
    WdfRegistryClose(key);
    ck_assert_int_eq(
        WdfDeviceOpenRegistryKey(device_handle, 9, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &key),
        STATUS_INVALID_PARAMETER);
    text =
        bench_registry_export(bench, "HKLM\\SYSTEM\\CurrentControlSet\\Enum\\ROOT\\CONFORM\\0000");
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "\\Enum\\ROOT\\CONFORM\\0000\\Device Parameters]\r\n"
                                       "\"Port\"=dword:00000003\r\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "\"Driver\"=\"{4d36e97d-e325-11ce-bfc1-08002be10318}\\\\0000\"\r\n"));
    free(text);
    text = bench_registry_export(bench, "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\"
                                        "{4D36E97D-E325-11CE-BFC1-08002BE10318}\\0000");
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "\"FromInit\"=dword:0000000b\r\n"));
    free(text);
    /* The copy in the hardware profile is another key. */
    ck_assert_int_eq(WdfDeviceOpenRegistryKey(
                         device_handle, PLUGPLAY_REGKEY_DRIVER | PLUGPLAY_REGKEY_CURRENT_HWPROFILE,
                         KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &key),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryQueryValue(key, &name, 0, NULL, NULL, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    WdfRegistryClose(key);
}
END_TEST

START_TEST(the_map_of_devices_is_shared_and_made_when_it_is_asked_for)
{
    DECLARE_CONST_UNICODE_STRING(map_name, L"SERIALCOMM");
    DECLARE_CONST_UNICODE_STRING(value_name, L"\\Device\\Serial7");
    DECLARE_CONST_UNICODE_STRING(port_name, L"COM7");
    UNICODE_STRING empty = {0};
    WCHAR buffer[16];
    UNICODE_STRING seen = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    RTL_QUERY_REGISTRY_TABLE table[2] = {{.Flags = RTL_QUERY_REGISTRY_DIRECT,
                                          .Name = (PWSTR)L"\\Device\\Serial7",
                                          .EntryContext = &seen}};
    KIRQL irql;
    WDFKEY key;

    ck_assert_int_eq(WdfDeviceOpenDevicemapKey(device_handle, &map_name, KEY_SET_VALUE,
                                               WDF_NO_OBJECT_ATTRIBUTES, &key),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryAssignUnicodeString(key, &value_name, &port_name), STATUS_SUCCESS);
    WdfRegistryClose(key);
    ck_assert_int_eq(
        RtlQueryRegistryValues(RTL_REGISTRY_DEVICEMAP, L"SERIALCOMM", table, NULL, NULL),
        STATUS_SUCCESS);
    ck_assert_uint_eq(seen.Length, 8);
    ck_assert_mem_eq(buffer, L"COM7", 8);
    ck_assert_int_eq(WdfDeviceOpenDevicemapKey(device_handle, &map_name, KEY_READ | KEY_WRITE,
                                               WDF_NO_OBJECT_ATTRIBUTES, &key),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryRemoveValue(key, &value_name), STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryRemoveKey(key), STATUS_SUCCESS);
    ck_assert_int_eq(
        WdfDeviceOpenDevicemapKey(device_handle, &empty, KEY_READ, WDF_NO_OBJECT_ATTRIBUTES, &key),
        STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(key);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    ck_assert_int_eq(WdfDeviceOpenDevicemapKey(device_handle, &map_name, KEY_READ,
                                               WDF_NO_OBJECT_ATTRIBUTES, &key),
                     STATUS_INVALID_DEVICE_REQUEST);
    KeLowerIrql(irql);
}
END_TEST

START_TEST(keys_are_for_passive_level)
{
    DECLARE_CONST_UNICODE_STRING(name, L"Installed");
    WDFKEY key = open_parameters();
    ULONG number;
    NTSTATUS query;
    NTSTATUS assign;
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    query = WdfRegistryQueryULong(key, &name, &number);
    assign = WdfRegistryAssignULong(key, &name, 1);
    KeLowerIrql(irql);
    ck_assert_int_eq(query, STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_int_eq(assign, STATUS_INVALID_DEVICE_REQUEST);
    WdfRegistryClose(key);
}
END_TEST

START_TEST(keys_that_stay_open_go_with_the_driver)
{
    DECLARE_CONST_UNICODE_STRING(name, L"State");
    WDFKEY key = open_parameters();
    WDFKEY state;
    char *text;

    ck_assert_int_eq(WdfRegistryAssignULong(key, &name, 1), STATUS_SUCCESS);
    ck_assert_int_eq(WdfDriverOpenPersistentStateRegistryKey(driver_handle, KEY_ALL_ACCESS,
                                                             WDF_NO_OBJECT_ATTRIBUTES, &state),
                     STATUS_SUCCESS);
    ck_assert_int_eq(WdfRegistryAssignULong(state, &name, 2), STATUS_SUCCESS);
    text = bench_registry_export(bench, SERVICE);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "Services\\conform\\Parameters]\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "Services\\conform\\State]\r\n\"State\"=dword:00000002"));
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conform/registry");
    TCase *tests = tcase_create("registry");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, open_bench, close_bench);
    tcase_add_test(tests, what_an_installation_wrote_is_read);
    tcase_add_test(tests, values_are_written_and_read_in_every_way);
    tcase_add_test(tests, many_strings_are_appended_to_a_collection);
    tcase_add_test(tests, subkeys_are_made_opened_and_removed);
    tcase_add_test(tests, a_devices_keys_are_where_windows_has_them);
    tcase_add_test(tests, the_map_of_devices_is_shared_and_made_when_it_is_asked_for);
    tcase_add_test(tests, keys_are_for_passive_level);
    tcase_add_test(tests, keys_that_stay_open_go_with_the_driver);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
