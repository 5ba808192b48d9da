/* SPDX-License-Identifier: MIT */
/*
 * "A Device Enters a Low-Power State", "A Device Returns to Its Working State": for the system's sleep,
 * for being idle, and back, without wake signals. In simulated time.
 */
#include "pnp_test.h"

static struct bench_device *bench_dev;

static void
set_idle(struct pnp_node *node, ULONG timeout_ms)
{
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&node->idle, IdleCannotWakeFromS0);
    node->idle.IdleTimeout = timeout_ms;
    node->idle.Enabled = WdfTrue;
    node->idle.DxState = PowerDeviceD2;
}

/* --- System sleep ------------------------------------------------------------------------------- */

PNP_TEST(system_sleep_takes_the_device_to_d3_and_back)
{
    struct pnp_node node = {0};

    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &bench_dev), STATUS_SUCCESS);
    ck_assert_str_eq(pnp_events(), "prepare d0entry:D3Final post:D3Final init ");
    ck_assert_int_eq(pnp_system_power(node.pdo, PowerSystemSleeping3, PowerActionSleep),
                     STATUS_SUCCESS);
    ck_assert_str_eq(pnp_events(), "suspend pre:D3 d0exit:D3 ");
    ck_assert_int_eq(pnp_system_power(node.pdo, PowerSystemWorking, PowerActionSleep),
                     STATUS_SUCCESS);
    pnp_await("restart ");
    ck_assert_str_eq(pnp_events(), "d0entry:D3 post:D3 restart ");
    ck_assert_int_eq(bench_device_remove(bench_dev), STATUS_SUCCESS);
    ck_assert_str_eq(pnp_events(), "query-remove suspend pre:D3Final d0exit:D3Final release flush "
                                   "cleanup object-cleanup ");
}

/* --- Idle ---------------------------------------------------------------------------------------- */

PNP_TEST(an_idle_device_powers_down_after_the_timeout_and_up_for_a_request)
{
    struct bench_request *request;
    struct bench_file *file;
    struct pnp_node node = {.power_managed_queue = true};

    set_idle(&node, 1000);
    ck_assert_int_eq(pnp_add(NULL, &node, NULL, &bench_dev), STATUS_SUCCESS);
    (void)pnp_events();
    bench_advance(pnp_bench, 900);
    ck_assert_str_eq(pnp_events(), "");
    bench_advance(pnp_bench, 200);
    ck_assert_str_eq(pnp_events(), "suspend pre:D2 d0exit:D2 ");
    ck_assert_int_eq(
        bench_open_interface(pnp_bench, &pnp_interface, 0, BENCH_READ | BENCH_WRITE, &file),
        STATUS_SUCCESS);
    bench_advance(pnp_bench, 100);
    ck_assert_str_eq(pnp_events(), ""); /* To open is no request of a power-managed queue. */
    request = bench_request_create(pnp_bench, NULL, NULL);
    bench_request_read(request, file, &(char[1]){0}, 1, 0);
    pnp_await("io ");
    ck_assert_str_eq(pnp_events(), "d0entry:D2 post:D2 io restart ");
    bench_advance(pnp_bench, 5000); /* The driver has the request: not idle. */
    ck_assert_str_eq(pnp_events(), "");
    ck_assert(pnp_complete_one(&node));
    ck_assert_int_eq(bench_request_wait(request, -1, NULL), STATUS_SUCCESS);
    bench_request_delete(request);
    pnp_await("d0exit");
    ck_assert_str_eq(pnp_events(), "suspend pre:D2 d0exit:D2 ");
    bench_close(file);
    ck_assert_int_eq(bench_device_remove(bench_dev), STATUS_SUCCESS);
}

PNP_TEST(the_user_can_forbid_idling_where_the_driver_lets_him)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"WDF");
    UNICODE_STRING value = RTL_CONSTANT_STRING(L"IdleInWorkingState");
    struct pnp_node node = {0};
    OBJECT_ATTRIBUTES attributes;
    HANDLE parameters;
    HANDLE key;
    ULONG no = 0;

    SUCCEEDS(pnp_add(NULL, &node, NULL, &bench_dev));
    SUCCEEDS(
        IoOpenDeviceRegistryKey(node.pdo, PLUGPLAY_REGKEY_DEVICE, KEY_ALL_ACCESS, &parameters));
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, parameters, NULL);
    SUCCEEDS(ZwCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, NULL));
    SUCCEEDS(ZwSetValueKey(key, &value, 0, REG_DWORD, &no, sizeof(no)));
    ZwClose(key);
    ZwClose(parameters);
    set_idle(&node, 100);
    SUCCEEDS(WdfDeviceAssignS0IdleSettings(node.device, &node.idle));
    (void)pnp_events();
    bench_advance(pnp_bench, 500);
    EXPECT(""); /* The initial setting lets the user decide. */
    SUCCEEDS(bench_device_remove(bench_dev));
}

PNP_TEST(properties_of_the_unified_model_are_kept_with_the_device)
{
    static const DEVPROPKEY key_id = {
        {0x11112222, 0x3333, 0x4444, {0x55, 0x55, 0x66, 0x66, 0x77, 0x77, 0x88, 0x88}}, 2};
    WDF_DEVICE_PROPERTY_DATA data;
    struct pnp_node node = {0};
    ULONG value = 7;
    ULONG length = 0;
    ULONG found = 0;
    DEVPROPTYPE type;
    WDFMEMORY memory;

    SUCCEEDS(pnp_add(NULL, &node, NULL, &bench_dev));
    WDF_DEVICE_PROPERTY_DATA_INIT(&data, &key_id);
    SUCCEEDS(
        WdfDeviceAssignProperty(node.device, &data, DEVPROP_TYPE_UINT32, sizeof(value), &value));
    SUCCEEDS(WdfDeviceQueryPropertyEx(node.device, &data, sizeof(found), &found, &length, &type));
    ck_assert_uint_eq(found, 7);
    ck_assert_uint_eq(type, DEVPROP_TYPE_UINT32);
    SUCCEEDS(WdfDeviceAllocAndQueryPropertyEx(node.device, &data, NonPagedPoolNx,
                                              WDF_NO_OBJECT_ATTRIBUTES, &memory, &type));
    ck_assert_uint_eq(*(ULONG *)WdfMemoryGetBuffer(memory, NULL), 7);
    WdfObjectDelete(memory);
    data.Size = 3;
    ck_assert_int_eq(WdfDeviceQueryPropertyEx(node.device, &data, 0, NULL, &length, &type),
                     STATUS_INFO_LENGTH_MISMATCH);
    SUCCEEDS(bench_device_remove(bench_dev));
}

PNP_RUN("conform/power", system_sleep_takes_the_device_to_d3_and_back,
        an_idle_device_powers_down_after_the_timeout_and_up_for_a_request,
        the_user_can_forbid_idling_where_the_driver_lets_him,
        properties_of_the_unified_model_are_kept_with_the_device)
