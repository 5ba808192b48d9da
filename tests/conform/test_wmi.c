/* SPDX-License-Identifier: MIT */
/* WMI providers and instances: what a driver promises, asked as a client of WMI asks. */
#include <check.h>
#include <string.h>

#include <ntddk.h>
#include <wdf.h>
#include <wmistr.h>

#include "openwdf/bench.h"

DRIVER_INITIALIZE DriverEntry;
extern bench_entry_fn FxDriverEntry;

/* {5f5d5f2a-8d2f-4c1b-a3f5-0e6c1d2b3a01} and the next ones. */
#define BLOCK(last)                                                                                \
    {                                                                                              \
        0x5f5d5f2a, 0x8d2f, 0x4c1b,                                                                \
        {                                                                                          \
            0xa3, 0xf5, 0x0e, 0x6c, 0x1d, 0x2b, 0x3a, last                                         \
        }                                                                                          \
    }
static const GUID context_guid = BLOCK(1);
static const GUID values_guid = BLOCK(2);
static const GUID event_guid = BLOCK(3);
static const GUID none_guid = BLOCK(9);

typedef struct {
    ULONG first;
    ULONG second;
} VALUES;
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(VALUES, values_of);

static WDFDEVICE device_handle;
static WDFWMIPROVIDER values_provider;
static WDFWMIINSTANCE instances[2];
static WDFWMIINSTANCE context_instance;
static WDFWMIINSTANCE event_instance;
static ULONG enabled;
static unsigned heard;
static VALUES heard_data;
static struct bench *bench;
static struct bench_driver *driver;
static struct bench_device *device;

static NTSTATUS
on_query(WDFWMIINSTANCE instance, ULONG size, PVOID buffer, PULONG used)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    *used = sizeof(VALUES);
    if (size < sizeof(VALUES)) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(buffer, values_of(instance), sizeof(VALUES));
    return STATUS_SUCCESS;
}

static NTSTATUS
on_set(WDFWMIINSTANCE instance, ULONG size, PVOID buffer)
{
    ck_assert_uint_ge(size, sizeof(VALUES));
    memcpy(values_of(instance), buffer, sizeof(VALUES));
    return STATUS_SUCCESS;
}

static NTSTATUS
on_set_item(WDFWMIINSTANCE instance, ULONG item, ULONG size, PVOID buffer)
{
    if (item == 0 || item > 2) {
        return STATUS_WMI_ITEMID_NOT_FOUND;
    }
    if (size != sizeof(ULONG)) {
        return STATUS_WMI_SET_FAILURE;
    }
    memcpy(item == 1 ? &values_of(instance)->first : &values_of(instance)->second, buffer, size);
    return STATUS_SUCCESS;
}

/* Method 1 adds the numbers it is given; its answer is bigger than any buffer of method 2. */
static NTSTATUS
on_method(WDFWMIINSTANCE instance, ULONG method, ULONG in_size, ULONG out_size, PVOID buffer,
          PULONG used)
{
    ULONG sum = 0;
    ULONG i;

    if (method == 2) {
        *used = 6000;
        if (out_size < 6000) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        memset(buffer, 0x5a, 6000);
        return STATUS_SUCCESS;
    }
    if (method != 1) {
        return STATUS_WMI_ITEMID_NOT_FOUND;
    }
    for (i = 0; i < in_size / sizeof(ULONG); i++) {
        sum += ((ULONG *)buffer)[i];
    }
    *used = sizeof(sum);
    memcpy(buffer, &sum, sizeof(sum));
    return STATUS_SUCCESS;
}

static NTSTATUS
on_control(WDFWMIPROVIDER provider, WDF_WMI_PROVIDER_CONTROL control, BOOLEAN enable)
{
    ck_assert_int_eq(control, WdfWmiEventControl);
    enabled += enable ? 1 : 0x100;
    return STATUS_SUCCESS;
}

static void
create_instances(void)
{
    WDF_WMI_PROVIDER_CONFIG provider;
    WDF_WMI_INSTANCE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    unsigned i;

    WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, VALUES);
    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &context_guid);
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&config, &provider);
    config.UseContextForQuery = TRUE;
    config.Register = TRUE;
    ck_assert_int_eq(WdfWmiInstanceCreate(device_handle, &config, &attributes, &context_instance),
                     STATUS_SUCCESS);
    *values_of(context_instance) = (VALUES){.first = 70, .second = 71};

    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &values_guid);
    provider.MinInstanceBufferSize = sizeof(VALUES);
    ck_assert_int_eq(
        WdfWmiProviderCreate(device_handle, &provider, WDF_NO_OBJECT_ATTRIBUTES, &values_provider),
        STATUS_SUCCESS);
    for (i = 0; i < 2; i++) {
        WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(&config, values_provider);
        config.EvtWmiInstanceQueryInstance = on_query;
        config.EvtWmiInstanceSetInstance = on_set;
        config.EvtWmiInstanceSetItem = on_set_item;
        config.EvtWmiInstanceExecuteMethod = on_method;
        ck_assert_int_eq(WdfWmiInstanceCreate(device_handle, &config, &attributes, &instances[i]),
                         STATUS_SUCCESS);
        *values_of(instances[i]) = (VALUES){.first = i, .second = 10 + i};
        ck_assert_int_eq(WdfWmiInstanceRegister(instances[i]), STATUS_SUCCESS);
        ck_assert_int_eq(WdfWmiInstanceRegister(instances[i]), STATUS_INVALID_DEVICE_REQUEST);
    }

    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &event_guid);
    provider.Flags = WdfWmiProviderEventOnly;
    provider.EvtWmiProviderFunctionControl = on_control;
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&config, &provider);
    config.Register = TRUE;
    ck_assert_int_eq(
        WdfWmiInstanceCreate(device_handle, &config, WDF_NO_OBJECT_ATTRIBUTES, &event_instance),
        STATUS_SUCCESS);
}

static NTSTATUS
on_device_add(WDFDRIVER handle, PWDFDEVICE_INIT init)
{
    DECLARE_CONST_UNICODE_STRING(mof, L"ConformMof");
    NTSTATUS status = WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &device_handle);

    if (NT_SUCCESS(status)) {
        ck_assert_int_eq(WdfDeviceAssignMofResourceName(device_handle, &mof), STATUS_SUCCESS);
        ck_assert_int_eq(WdfDeviceAssignMofResourceName(device_handle, &mof),
                         STATUS_INVALID_DEVICE_REQUEST);
        create_instances();
    }
    return status;
}

NTSTATUS
DriverEntry(PDRIVER_OBJECT object, PUNICODE_STRING registry_path)
{
    WDF_DRIVER_CONFIG config;

    WDF_DRIVER_CONFIG_INIT(&config, on_device_add);
    return WdfDriverCreate(object, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE);
}

static void
open_bench(void)
{
    enabled = 0;
    heard = 0;
    ck_assert(bench_ok(bench_create(NULL, &bench)));
    ck_assert_msg(bench_ok(bench_driver_load_entry(bench, "wmi", FxDriverEntry, &driver)), "%s",
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

static VALUES
query(const GUID *guid, ULONG instance)
{
    VALUES values;
    size_t size = sizeof(values);

    ck_assert_int_eq(bench_wmi_query(bench, guid, instance, &values, &size), STATUS_SUCCESS);
    ck_assert_uint_eq(size, sizeof(values));
    return values;
}

START_TEST(a_started_device_lists_its_blocks)
{
    struct bench_wmi_block blocks[4];

    ck_assert_uint_eq(bench_wmi_blocks(bench, blocks, 4), 3);
    ck_assert_mem_eq(blocks[0].guid, &context_guid, sizeof(GUID));
    ck_assert_mem_eq(blocks[1].guid, &values_guid, sizeof(GUID));
    ck_assert_mem_eq(blocks[2].guid, &event_guid, sizeof(GUID));
    ck_assert_uint_eq(blocks[1].instances, 2);
    ck_assert_uint_eq(blocks[1].flags, WMIREG_FLAG_INSTANCE_PDO);
    ck_assert_uint_eq(blocks[2].flags, WMIREG_FLAG_INSTANCE_PDO | WMIREG_FLAG_EVENT_ONLY_GUID);
    WdfWmiInstanceDeregister(instances[0]);
    ck_assert_uint_eq(bench_wmi_blocks(bench, blocks, 4), 3);
    ck_assert_uint_eq(blocks[1].instances, 1);
    /* The one that is left is the first now. */
    ck_assert_uint_eq(query(&values_guid, 0).first, 1);
}
END_TEST

START_TEST(a_context_is_the_data)
{
    VALUES values = {.first = 1};

    ck_assert_uint_eq(query(&context_guid, 0).first, 70);
    values_of(context_instance)->second = 99;
    ck_assert_uint_eq(query(&context_guid, 0).second, 99);
    ck_assert_int_eq(bench_wmi_set(bench, &context_guid, 0, &values, sizeof(values)),
                     STATUS_WMI_READ_ONLY);
}
END_TEST

START_TEST(instances_are_read_and_written)
{
    VALUES values = {.first = 5, .second = 6};
    ULONG number = 33;

    ck_assert_uint_eq(query(&values_guid, 0).second, 10);
    ck_assert_uint_eq(query(&values_guid, 1).second, 11);
    ck_assert_int_eq(bench_wmi_set(bench, &values_guid, 1, &values, sizeof(values)),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(query(&values_guid, 1).first, 5);
    ck_assert_uint_eq(query(&values_guid, 0).first, 0);
    ck_assert_int_eq(bench_wmi_set(bench, &values_guid, 1, &values, 4), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(bench_wmi_set_item(bench, &values_guid, 0, 2, &number, sizeof(number)),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(query(&values_guid, 0).second, 33);
    ck_assert_int_eq(bench_wmi_set_item(bench, &values_guid, 0, 3, &number, sizeof(number)),
                     STATUS_WMI_ITEMID_NOT_FOUND);
}
END_TEST

START_TEST(what_is_not_there_is_refused)
{
    UCHAR data[16];
    size_t size = 4;

    ck_assert_int_eq(bench_wmi_query(bench, &none_guid, 0, data, &size), STATUS_WMI_GUID_NOT_FOUND);
    ck_assert_int_eq(bench_wmi_query(bench, &values_guid, 2, data, &size),
                     STATUS_WMI_INSTANCE_NOT_FOUND);
    ck_assert_int_eq(bench_wmi_query(bench, &values_guid, 1, data, &size), STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(size, sizeof(VALUES));
    ck_assert_int_eq(bench_wmi_execute(bench, &values_guid, 0, 9, NULL, 0, data, &size),
                     STATUS_WMI_ITEMID_NOT_FOUND);
    ck_assert_int_eq(bench_wmi_execute(bench, &context_guid, 0, 1, NULL, 0, data, &size),
                     STATUS_INVALID_DEVICE_REQUEST);
}
END_TEST

START_TEST(methods_take_and_give_data)
{
    static UCHAR big[8000];
    ULONG numbers[] = {1, 2, 39};
    size_t size = sizeof(big);

    ck_assert_int_eq(
        bench_wmi_execute(bench, &values_guid, 1, 1, numbers, sizeof(numbers), big, &size),
        STATUS_SUCCESS);
    ck_assert_uint_eq(size, sizeof(ULONG));
    ck_assert_uint_eq(*(ULONG *)(void *)big, 42);
    size = sizeof(big);
    ck_assert_int_eq(
        bench_wmi_execute(bench, &values_guid, 1, 2, numbers, sizeof(numbers), big, &size),
        STATUS_SUCCESS);
    ck_assert_uint_eq(size, 6000);
    ck_assert_uint_eq(big[5999], 0x5a);
    size = 16;
    ck_assert_int_eq(
        bench_wmi_execute(bench, &values_guid, 1, 2, numbers, sizeof(numbers), big, &size),
        STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(size, 6000);
}
END_TEST

START_TEST(all_instances_come_in_one_node)
{
    static _Alignas(8) UCHAR buffer[1024];
    const WNODE_ALL_DATA *node = (const WNODE_ALL_DATA *)(const void *)buffer;
    VALUES values;
    ULONG size = 8;
    PVOID block;
    ULONG i;

    ck_assert_int_eq(IoWMIOpenBlock(&none_guid, WMIGUID_QUERY, &block), STATUS_WMI_GUID_NOT_FOUND);
    ck_assert_int_eq(IoWMIOpenBlock(&values_guid, WMIGUID_QUERY, &block), STATUS_SUCCESS);
    ck_assert_int_eq(IoWMIQueryAllData(block, &size, buffer), STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_le(size, sizeof(buffer));
    ck_assert_int_eq(IoWMIQueryAllData(block, &size, buffer), STATUS_SUCCESS);
    ck_assert_uint_eq(node->InstanceCount, 2);
    for (i = 0; i < 2; i++) {
        ck_assert_uint_eq(node->OffsetInstanceDataAndLength[i].LengthInstanceData, sizeof(values));
        memcpy(&values, buffer + node->OffsetInstanceDataAndLength[i].OffsetInstanceData,
               sizeof(values));
        ck_assert_uint_eq(values.first, i);
        ck_assert_uint_eq(values.second, 10 + i);
    }
    ObDereferenceObject(block);
}
END_TEST

static VOID
on_event(PVOID wnode, PVOID context)
{
    const WNODE_SINGLE_INSTANCE *node = wnode;

    ck_assert_ptr_eq(context, &heard);
    ck_assert_uint_ne(node->WnodeHeader.Flags & WNODE_FLAG_EVENT_ITEM, 0);
    ck_assert_uint_eq(node->SizeDataBlock, sizeof(heard_data));
    memcpy(&heard_data, (const char *)wnode + node->DataBlockOffset, sizeof(heard_data));
    heard++;
}

START_TEST(events_reach_who_listens)
{
    static UCHAR big[70000];
    VALUES values = {.first = 8, .second = 9};
    WDFWMIPROVIDER provider = WdfWmiInstanceGetProvider(event_instance);
    PVOID block;

    ck_assert_ptr_eq(WdfWmiProviderGetDevice(provider), device_handle);
    ck_assert_ptr_eq(WdfWmiInstanceGetDevice(event_instance), device_handle);
    ck_assert(!WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
    ck_assert(WdfWmiProviderIsEnabled(provider, WdfWmiInstanceControl));
    ck_assert_int_eq(bench_wmi_enable_events(bench, &event_guid, true), STATUS_SUCCESS);
    ck_assert(WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
    ck_assert_int_eq(IoWMIOpenBlock(&event_guid, WMIGUID_NOTIFICATION, &block), STATUS_SUCCESS);
    ck_assert_int_eq(IoWMISetNotificationCallback(block, on_event, &heard), STATUS_SUCCESS);
    ck_assert_int_eq(WdfWmiInstanceFireEvent(event_instance, sizeof(values), &values),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(heard, 1);
    ck_assert_uint_eq(heard_data.second, 9);
    ck_assert_int_eq(WdfWmiInstanceFireEvent(event_instance, sizeof(big), big),
                     STATUS_BUFFER_OVERFLOW);
    ObDereferenceObject(block);
    ck_assert_int_eq(WdfWmiInstanceFireEvent(event_instance, sizeof(values), &values),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(heard, 1);
    ck_assert_int_eq(bench_wmi_enable_events(bench, &event_guid, false), STATUS_SUCCESS);
    ck_assert(!WdfWmiProviderIsEnabled(provider, WdfWmiEventControl));
    ck_assert_uint_eq(enabled, 0x101);
}
END_TEST

START_TEST(wrong_settings_are_refused)
{
    WDF_WMI_PROVIDER_CONFIG provider;
    WDF_WMI_INSTANCE_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    WDFWMIPROVIDER handle;

    WDF_WMI_PROVIDER_CONFIG_INIT(&provider, &values_guid);
    ck_assert_int_eq(
        WdfWmiProviderCreate(device_handle, &provider, WDF_NO_OBJECT_ATTRIBUTES, &handle),
        STATUS_OBJECT_NAME_EXISTS);
    provider.Guid = none_guid;
    provider.Size--;
    ck_assert_int_eq(
        WdfWmiProviderCreate(device_handle, &provider, WDF_NO_OBJECT_ATTRIBUTES, &handle),
        STATUS_INFO_LENGTH_MISMATCH);
    provider.Size++;
    WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
    attributes.ParentObject = device_handle;
    ck_assert_int_eq(WdfWmiProviderCreate(device_handle, &provider, &attributes, &handle),
                     STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
    WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(&config, &provider);
    config.UseContextForQuery = TRUE;
    ck_assert_int_eq(WdfWmiInstanceCreate(device_handle, &config, NULL, NULL),
                     STATUS_INVALID_PARAMETER); /* No context. */
    config.UseContextForQuery = FALSE;
    config.Size++;
    ck_assert_int_eq(WdfWmiInstanceCreate(device_handle, &config, NULL, NULL),
                     STATUS_INFO_LENGTH_MISMATCH);
    config.Size--;
    config.Provider = values_provider;
    ck_assert_int_eq(WdfWmiInstanceCreate(device_handle, &config, NULL, NULL),
                     STATUS_INVALID_PARAMETER); /* Both. */
}
END_TEST

START_TEST(a_removed_device_takes_no_part)
{
    ck_assert(bench_ok(bench_device_remove(device)));
    ck_assert_uint_eq(bench_wmi_blocks(bench, NULL, 0), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("conform/wmi");
    TCase *tests = tcase_create("wmi");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, open_bench, close_bench);
    tcase_add_test(tests, a_started_device_lists_its_blocks);
    tcase_add_test(tests, a_context_is_the_data);
    tcase_add_test(tests, instances_are_read_and_written);
    tcase_add_test(tests, what_is_not_there_is_refused);
    tcase_add_test(tests, methods_take_and_give_data);
    tcase_add_test(tests, all_instances_come_in_one_node);
    tcase_add_test(tests, events_reach_who_listens);
    tcase_add_test(tests, wrong_settings_are_refused);
    tcase_add_test(tests, a_removed_device_takes_no_part);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
