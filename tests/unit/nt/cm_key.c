/* SPDX-License-Identifier: MIT */
/* Keys by handle: opening, the information classes, notification, the Rtl helpers. */
#include "nt_fixture.h"

#include "nt/cm/cm.h"
#include "nt/io/io.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services"

static OBJECT_ATTRIBUTES attributes;
static UNICODE_STRING attribute_name;

static POBJECT_ATTRIBUTES
named(const WCHAR *name, HANDLE root)
{
    RtlInitUnicodeString(&attribute_name, name);
    InitializeObjectAttributes(&attributes, &attribute_name,
                               OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root, NULL);
    return &attributes;
}

static HANDLE
create(const WCHAR *name, HANDLE root)
{
    HANDLE key;

    ck_assert_int_eq(ZwCreateKey(&key, KEY_ALL_ACCESS, named(name, root), 0, NULL, 0, NULL),
                     STATUS_SUCCESS);
    return key;
}

static void
set(HANDLE key, const WCHAR *name, ULONG type, const void *data, ULONG size)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, name);
    ck_assert_int_eq(ZwSetValueKey(key, &string, 0, type, (PVOID)(ULONG_PTR)data, size),
                     STATUS_SUCCESS);
}

START_TEST(names_must_be_below_registry)
{
    HANDLE key;

    ck_assert_int_eq(ZwOpenKey(&key, KEY_READ, named(L"\\Registry\\Machine\\SOFTWARE", NULL)),
                     STATUS_SUCCESS);
    ZwClose(key);
    ck_assert_int_eq(ZwOpenKey(&key, KEY_READ, named(L"\\REGISTRY\\MACHINE\\software", NULL)),
                     STATUS_SUCCESS);
    ZwClose(key);
    ck_assert_int_eq(ZwOpenKey(&key, KEY_READ, named(L"\\Registry\\Machine\\Missing", NULL)),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(ZwOpenKey(&key, KEY_READ, named(L"\\Device\\Null", NULL)),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(ZwOpenKey(&key, KEY_READ, named(L"Software", NULL)),
                     STATUS_OBJECT_PATH_SYNTAX_BAD);
    ck_assert_int_eq(ZwOpenKey(&key, KEY_READ, NULL), STATUS_INVALID_PARAMETER);
    attributes.Length = 4;
    ck_assert_int_eq(ZwOpenKey(&key, KEY_READ, &attributes), STATUS_INVALID_PARAMETER);
}
END_TEST

START_TEST(create_tells_whether_it_made_the_key)
{
    ULONG disposition = 0;
    HANDLE top = create(L"\\Registry\\Machine\\SOFTWARE\\Cm", NULL);
    HANDLE gone;
    HANDLE key;

    ck_assert_int_eq(ZwCreateKey(&key, KEY_READ, named(L"Sub", top), 0, NULL, 0, &disposition),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(disposition, REG_CREATED_NEW_KEY);
    ZwClose(key);
    ck_assert_int_eq(ZwCreateKey(&key, KEY_READ, named(L"SUB", top), 0, NULL, 0, &disposition),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(disposition, REG_OPENED_EXISTING_KEY);
    ck_assert_int_eq(ZwDeleteKey(top), STATUS_CANNOT_DELETE);
    ck_assert_int_eq(ZwDeleteKey(key), STATUS_SUCCESS);
    ck_assert_int_eq(ZwFlushKey(key), STATUS_SUCCESS);
    ck_assert_int_eq(ZwDeleteKey(key), STATUS_KEY_DELETED);
    ck_assert_int_eq(ZwOpenKey(&gone, KEY_READ, named(L"x", key)), STATUS_KEY_DELETED);
    ZwClose(key);
    ZwClose(top);
    ck_assert_int_eq(ZwCreateKey(&key, KEY_READ,
                                 named(L"\\Registry\\Machine\\SOFTWARE\\No\\Way", NULL), 0, NULL, 0,
                                 NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_stable_key_below_a_volatile_one_is_refused)
{
    HANDLE top;
    HANDLE key;

    ck_assert_int_eq(ZwCreateKey(&top, KEY_ALL_ACCESS,
                                 named(L"\\Registry\\Machine\\SOFTWARE\\Vol", NULL), 0, NULL,
                                 REG_OPTION_VOLATILE, NULL),
                     STATUS_SUCCESS);
    ck_assert_int_eq(ZwCreateKey(&key, KEY_ALL_ACCESS, named(L"x", top), 0, NULL, 0, NULL),
                     STATUS_CHILD_MUST_BE_VOLATILE);
    ZwClose(top);
}
END_TEST

START_TEST(value_information_has_the_documented_layout_and_length)
{
    static const ULONG number = 0x11223344;
    unsigned char buffer[128];
    KEY_VALUE_FULL_INFORMATION *full = (void *)buffer;
    KEY_VALUE_PARTIAL_INFORMATION *partial = (void *)buffer;
    KEY_VALUE_BASIC_INFORMATION *basic = (void *)buffer;
    HANDLE key = create(L"\\Registry\\Machine\\SOFTWARE\\Cm", NULL);
    UNICODE_STRING name;
    ULONG length = 0;

    set(key, L"Number", REG_DWORD, &number, sizeof(number));
    RtlInitUnicodeString(&name, L"NUMBER");
    ck_assert_int_eq(
        ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof(buffer), &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(length, 16);
    ck_assert_uint_eq(partial->Type, REG_DWORD);
    ck_assert_uint_eq(partial->DataLength, 4);
    ck_assert_mem_eq(partial->Data, &number, 4);
    ck_assert_int_eq(
        ZwQueryValueKey(key, &name, KeyValueFullInformation, buffer, sizeof(buffer), &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(length, 20 + 12 + 4);
    ck_assert_uint_eq(full->NameLength, 12);
    ck_assert_mem_eq(full->Name, L"Number", 12);
    ck_assert_uint_eq(full->DataOffset, 32);
    ck_assert_mem_eq(buffer + full->DataOffset, &number, 4);
    ck_assert_int_eq(
        ZwQueryValueKey(key, &name, KeyValueBasicInformation, buffer, sizeof(buffer), &length),
        STATUS_SUCCESS);
    ck_assert_uint_eq(length, 12 + 12);
    ck_assert_uint_eq(basic->NameLength, 12);
    /* Less than the fixed part, less than all, nothing at all. */
    memset(buffer, 0xAA, sizeof(buffer));
    ck_assert_int_eq(ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, 11, &length),
                     STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(buffer[0], 0xAA);
    ck_assert_uint_eq(length, 16);
    ck_assert_int_eq(ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, 14, &length),
                     STATUS_BUFFER_OVERFLOW);
    ck_assert_mem_eq(partial->Data, &number, 2);
    ck_assert_uint_eq(buffer[14], 0xAA);
    length = 0;
    ck_assert_int_eq(ZwQueryValueKey(key, &name, KeyValuePartialInformation, NULL, 0, &length),
                     STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 16);
    RtlInitUnicodeString(&name, L"Missing");
    ck_assert_int_eq(ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, 11, &length),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(
        ZwEnumerateValueKey(key, 0, KeyValueBasicInformation, buffer, sizeof(buffer), &length),
        STATUS_SUCCESS);
    ck_assert_int_eq(
        ZwEnumerateValueKey(key, 1, KeyValueBasicInformation, buffer, sizeof(buffer), &length),
        STATUS_NO_MORE_ENTRIES);
    ck_assert_int_eq(ZwDeleteValueKey(key, &name), STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(key);
}
END_TEST

START_TEST(key_information_tells_names_and_counts)
{
    unsigned char buffer[256];
    KEY_BASIC_INFORMATION *basic = (void *)buffer;
    KEY_FULL_INFORMATION *full = (void *)buffer;
    KEY_NODE_INFORMATION *node = (void *)buffer;
    KEY_NAME_INFORMATION *name = (void *)buffer;
    HANDLE key = create(L"\\Registry\\Machine\\SOFTWARE\\Cm", NULL);
    UNICODE_STRING class_name;
    ULONG length;
    HANDLE sub;

    RtlInitUnicodeString(&class_name, L"Cls");
    ck_assert_int_eq(ZwCreateKey(&sub, KEY_READ, named(L"Child", key), 0, &class_name, 0, NULL),
                     STATUS_SUCCESS);
    set(key, L"Value", REG_BINARY, "12345678", 8);
    ck_assert_int_eq(ZwQueryKey(key, KeyFullInformation, buffer, sizeof(buffer), &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(full->SubKeys, 1);
    ck_assert_uint_eq(full->MaxNameLen, 10);
    ck_assert_uint_eq(full->MaxClassLen, 6);
    ck_assert_uint_eq(full->Values, 1);
    ck_assert_uint_eq(full->MaxValueNameLen, 10);
    ck_assert_uint_eq(full->MaxValueDataLen, 8);
    ck_assert_int_gt(full->LastWriteTime.QuadPart, 0);
    ck_assert_int_eq(ZwEnumerateKey(key, 0, KeyBasicInformation, buffer, sizeof(buffer), &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(length, 16 + 10);
    ck_assert_uint_eq(basic->NameLength, 10);
    ck_assert_mem_eq(basic->Name, L"Child", 10);
    ck_assert_int_eq(ZwEnumerateKey(key, 0, KeyNodeInformation, buffer, sizeof(buffer), &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(node->ClassLength, 6);
    ck_assert_mem_eq(buffer + node->ClassOffset, L"Cls", 6);
    ck_assert_int_eq(ZwEnumerateKey(key, 1, KeyBasicInformation, buffer, sizeof(buffer), &length),
                     STATUS_NO_MORE_ENTRIES);
    ck_assert_int_eq(ZwQueryKey(sub, KeyNameInformation, buffer, sizeof(buffer), &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(length, 4 + name->NameLength);
    ck_assert_mem_eq(name->Name, L"\\Registry\\Machine\\SOFTWARE\\Cm\\Child", name->NameLength);
    ck_assert_int_eq(ZwQueryKey(sub, (KEY_INFORMATION_CLASS)99, buffer, sizeof(buffer), &length),
                     STATUS_INVALID_PARAMETER);
    ZwClose(sub);
    ZwClose(key);
}
END_TEST

START_TEST(notification_comes_once_and_keeps_what_happened_meanwhile)
{
    static const ULONG number = 1;
    HANDLE key = create(L"\\Registry\\Machine\\SOFTWARE\\Cm", NULL);
    OBJECT_ATTRIBUTES none;
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER now = {.QuadPart = 0};
    HANDLE event;

    InitializeObjectAttributes(&none, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    ck_assert_int_eq(ZwCreateEvent(&event, EVENT_ALL_ACCESS, &none, NotificationEvent, FALSE),
                     STATUS_SUCCESS);
    ck_assert_int_eq(ZwNotifyChangeKey(key, event, NULL, NULL, &iosb, REG_NOTIFY_CHANGE_LAST_SET,
                                       FALSE, NULL, 0, TRUE),
                     STATUS_PENDING);
    ck_assert_int_eq(ZwWaitForSingleObject(event, FALSE, &now), STATUS_TIMEOUT);
    set(key, L"v", REG_DWORD, &number, sizeof(number));
    ck_assert_int_eq(ZwWaitForSingleObject(event, FALSE, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(iosb.Status, STATUS_NOTIFY_ENUM_DIR);
    /* A change between two calls is told by the second at once. */
    set(key, L"v", REG_DWORD, &number, sizeof(number));
    ck_assert_int_eq(ZwNotifyChangeKey(key, NULL, NULL, NULL, &iosb, REG_NOTIFY_CHANGE_LAST_SET,
                                       FALSE, NULL, 0, FALSE),
                     STATUS_NOTIFY_ENUM_DIR);
    /* Closing ends the wait. */
    ck_assert_int_eq(ZwNotifyChangeKey(key, event, NULL, NULL, &iosb, REG_NOTIFY_CHANGE_LAST_SET,
                                       FALSE, NULL, 0, TRUE),
                     STATUS_PENDING);
    ZwClose(key);
    ck_assert_int_eq(ZwWaitForSingleObject(event, FALSE, &now), STATUS_SUCCESS);
    ck_assert_int_eq(iosb.Status, STATUS_NOTIFY_CLEANUP);
    ZwClose(event);
}
END_TEST

struct seen {
    unsigned calls;
    ULONG type;
    ULONG length;
    WCHAR text[64];
};

static NTSTATUS
see(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context, PVOID entry_context)
{
    struct seen *seen = entry_context;

    ck_assert_ptr_eq(context, &attributes);
    seen->calls++;
    seen->type = type;
    seen->length = length;
    if (length <= sizeof(seen->text) && data != NULL) {
        memcpy(seen->text, data, length);
    }
    return STATUS_SUCCESS;
}

START_TEST(a_query_table_does_what_its_flags_say)
{
    static const ULONG number = 42;
    static const WCHAR multi[] = L"one\0two\0";
    HANDLE key = create(L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Services\\Tbl", NULL);
    HANDLE sub = create(L"Parameters", key);
    UNICODE_STRING allocated = {.Buffer = NULL};
    WCHAR small_text[4];
    UNICODE_STRING small_string = {.Buffer = small_text, .MaximumLength = sizeof(small_text)};
    ULONG got = 0;
    ULONG defaulted = 0;
    ULONG fallback = 7;
    struct seen all = {0};
    struct seen each = {0};
    struct seen expanded = {0};
    struct seen top = {0};
    RTL_QUERY_REGISTRY_TABLE table[8] = {
        {.Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = L"Parameters"},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,
         .Name = L"Number",
         .EntryContext = &got,
         .DefaultType = REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT,
         .Name = L"Missing",
         .EntryContext = &defaulted,
         .DefaultType = REG_DWORD,
         .DefaultData = &fallback,
         .DefaultLength = sizeof(fallback)},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"Text", .EntryContext = &allocated},
        {.QueryRoutine = see, .Name = L"Multi", .EntryContext = &each},
        {.QueryRoutine = see, .Name = L"Expand", .EntryContext = &expanded},
        {.QueryRoutine = see, .Flags = RTL_QUERY_REGISTRY_TOPKEY, .EntryContext = &top},
    };

    set(sub, L"Number", REG_DWORD, &number, sizeof(number));
    set(sub, L"Text", REG_SZ, L"hello", 12);
    set(sub, L"Multi", REG_MULTI_SZ, multi, sizeof(multi));
    set(sub, L"Expand", REG_EXPAND_SZ, L"%SystemRoot%\\x", 30);
    ck_assert_int_eq(
        RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"Tbl", table, &attributes, NULL),
        STATUS_SUCCESS);
    ck_assert_uint_eq(got, 42);
    ck_assert_uint_eq(defaulted, 7);
    ck_assert_uint_eq(allocated.Length, 10);
    ck_assert_mem_eq(allocated.Buffer, L"hello", 12);
    RtlFreeUnicodeString(&allocated);
    ck_assert_uint_eq(each.calls, 2);
    ck_assert_uint_eq(each.type, REG_SZ);
    ck_assert_mem_eq(each.text, L"two", 8);
    ck_assert_uint_eq(expanded.type, REG_SZ);
    ck_assert_mem_eq(expanded.text, L"\\SystemRoot\\x", 28);
    ck_assert_uint_eq(top.calls, 0); /* The key itself has no values. */

    /* Every value of a key by its handle. */
    memset(table, 0, sizeof(table));
    table[0] = (RTL_QUERY_REGISTRY_TABLE){
        .QueryRoutine = see, .Flags = RTL_QUERY_REGISTRY_NOEXPAND, .EntryContext = &all};
    ck_assert_int_eq(
        RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)sub, table, &attributes, NULL),
        STATUS_SUCCESS);
    ck_assert_uint_eq(all.calls, 4);

    /* What goes wrong. */
    table[0] = (RTL_QUERY_REGISTRY_TABLE){
        .Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,
        .Name = L"Text",
        .EntryContext = &got,
        .DefaultType = REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT};
    ck_assert_int_eq(RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)sub, table, NULL, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    table[0] = (RTL_QUERY_REGISTRY_TABLE){
        .Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"Text", .EntryContext = &small_string};
    ck_assert_int_eq(RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)sub, table, NULL, NULL),
                     STATUS_BUFFER_TOO_SMALL);
    table[0] =
        (RTL_QUERY_REGISTRY_TABLE){.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_REQUIRED,
                                   .Name = L"Missing",
                                   .EntryContext = &got};
    ck_assert_int_eq(RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)sub, table, NULL, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    table[0] = (RTL_QUERY_REGISTRY_TABLE){.Flags = RTL_QUERY_REGISTRY_DIRECT,
                                          .QueryRoutine = see,
                                          .Name = L"Number",
                                          .EntryContext = &got};
    ck_assert_int_eq(RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)sub, table, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"NoSuch", table, NULL, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(sub);
    ZwClose(key);
}
END_TEST

START_TEST(single_values_are_written_checked_and_deleted_by_path)
{
    ULONG number = 5;

    ck_assert_int_eq(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"One"),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"One\\Two"),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"One"), STATUS_SUCCESS);
    ck_assert_int_eq(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"One\\Two", L"n", REG_DWORD,
                                           &number, sizeof(number)),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, SERVICES L"\\One\\Two"),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"One\\Two", L"n"),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"One\\Two", L"n"),
                     STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(the_bases_are_there)
{
    static const ULONG each[] = {RTL_REGISTRY_DEVICEMAP, RTL_REGISTRY_WINDOWS_NT,
                                 RTL_REGISTRY_CONTROL, RTL_REGISTRY_USER};
    WCHAR name[] = L"COM1";

    for (size_t i = 0; i < ARRAYSIZE(each); i++) {
        ck_assert_int_eq(
            RtlWriteRegistryValue(each[i], L"SERIALCOMM", L"n", REG_SZ, name, sizeof(name)),
            STATUS_SUCCESS);
        ck_assert_int_eq(RtlCheckRegistryKey(each[i], L"SERIALCOMM"), STATUS_SUCCESS);
        ck_assert_int_eq(RtlDeleteRegistryValue(each[i], L"SERIALCOMM", L"n"), STATUS_SUCCESS);
    }
    ck_assert_int_eq(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE,
                                         L"\\Registry\\Machine\\Hardware\\DeviceMap\\SERIALCOMM"),
                     STATUS_SUCCESS);
}
END_TEST

START_TEST(a_drivers_keys_are_there)
{
    PDRIVER_OBJECT before;
    PDRIVER_OBJECT after;
    HANDLE key;

    /* Whether it came before the first use of the registry or after. */
    ck_assert_int_eq(io_driver_create("early", &before), STATUS_SUCCESS);
    ck_assert_int_eq(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"early"), STATUS_SUCCESS);
    ck_assert_int_eq(io_driver_create("late", &after), STATUS_SUCCESS);
    ck_assert_int_eq(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"late"), STATUS_SUCCESS);
    ck_assert_int_eq(IoOpenDriverRegistryKey(after, DriverRegKeyParameters, KEY_READ, 0, &key),
                     STATUS_SUCCESS);
    ZwClose(key);
    ck_assert_int_eq(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"late\\Parameters"),
                     STATUS_SUCCESS);
    ck_assert_int_eq(IoOpenDriverRegistryKey(after, (DRIVER_REGKEY_TYPE)9, KEY_READ, 0, &key),
                     STATUS_INVALID_PARAMETER);
    (void)io_driver_unload(after);
    (void)io_driver_unload(before);
}
END_TEST

static void
in_simulation(void)
{
    ULONG number = 1;

    ck_assert_int_eq(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Sim", L"n", REG_DWORD, &number,
                                           sizeof(number)),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"Sim"), STATUS_SUCCESS);
}

START_TEST(keys_work_under_the_simulation)
{
    fixture_over_seeds(50, in_simulation);
}
END_TEST

static Suite *
cm_suite(void)
{
    Suite *suite = suite_create("cm_key");
    TCase *tcase = tcase_create("all");
    TCase *sim = tcase_create("sim");

    tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
    tcase_add_test(tcase, names_must_be_below_registry);
    tcase_add_test(tcase, create_tells_whether_it_made_the_key);
    tcase_add_test(tcase, a_stable_key_below_a_volatile_one_is_refused);
    tcase_add_test(tcase, value_information_has_the_documented_layout_and_length);
    tcase_add_test(tcase, key_information_tells_names_and_counts);
    tcase_add_test(tcase, notification_comes_once_and_keeps_what_happened_meanwhile);
    tcase_add_test(tcase, a_query_table_does_what_its_flags_say);
    tcase_add_test(tcase, single_values_are_written_checked_and_deleted_by_path);
    tcase_add_test(tcase, the_bases_are_there);
    tcase_add_test(tcase, a_drivers_keys_are_there);
    suite_add_tcase(suite, tcase);
    tcase_add_test(sim, keys_work_under_the_simulation);
    suite_add_tcase(suite, sim);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(cm_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
