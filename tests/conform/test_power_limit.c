/* SPDX-License-Identifier: MIT */
/* A policy driver limits the power of a device whose driver offers that. */
#include <initguid.h>

#include "pnp_test.h"

#include <poclass.h>
#include <wdmguid.h>

static POWER_LIMIT_VALUE limit = {.DomainId = 3, .TargetValue = 9000};
static unsigned references;

static NTSTATUS
on_attributes(PVOID context, ULONG room, PVOID buffer, PULONG count)
{
    *count = 1;
    if (room < 1) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    *(POWER_LIMIT_ATTRIBUTES *)buffer = (POWER_LIMIT_ATTRIBUTES){.DomainId = 3, .MaxValue = 15000};
    return STATUS_SUCCESS;
}

static NTSTATUS
on_set(PVOID context, ULONG count, PVOID values)
{
    ck_assert_ptr_eq(context, &limit);
    limit = *(POWER_LIMIT_VALUE *)values;
    return count == 1 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS
on_query(PVOID context, ULONG count, PVOID values)
{
    *(POWER_LIMIT_VALUE *)values = limit;
    return STATUS_SUCCESS;
}

static VOID
on_reference(PVOID context)
{
    references++;
}

static VOID
on_dereference(PVOID context)
{
    references--;
}

static void
offer(struct pnp_node *node)
{
    POWER_LIMIT_INTERFACE offered = {
        .Size = sizeof(offered),
        .Version = POWER_LIMIT_INTERFACE_VERSION,
        .Context = &limit,
        .InterfaceReference = on_reference,
        .InterfaceDereference = on_dereference,
        .DomainCount = 1,
        .QueryAttributes = on_attributes,
        .SetPowerLimit = on_set,
        .QueryPowerLimit = on_query,
    };
    WDF_QUERY_INTERFACE_CONFIG config;

    WDF_QUERY_INTERFACE_CONFIG_INIT(&config, (PINTERFACE)&offered, &GUID_POWER_LIMIT_INTERFACE,
                                    NULL);
    SUCCEEDS(WdfDeviceAddQueryInterface(node->device, &config));
}

PNP_TEST(a_request_reaches_the_devices_driver)
{
    struct pnp_node node = {.created = offer};
    struct bench_device *device;
    POWER_LIMIT_ATTRIBUTES attributes;
    POWER_LIMIT_VALUE value = {.DomainId = 3, .TargetValue = 7000};
    PVOID request = NULL;
    DEVICE_OBJECT *pdo;
    ULONG count = 0;

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    pdo = bench_device_pdo(device);
    ck_assert_int_eq(PoCreatePowerLimitRequest(&request, NULL, pdo, NULL),
                     STATUS_INVALID_PARAMETER);
    SUCCEEDS(PoCreatePowerLimitRequest(&request, pdo, pdo, NULL));
    ck_assert_uint_eq(references, 1);
    ck_assert_int_eq(PoQueryPowerLimitAttributes(request, 0, NULL, &count),
                     STATUS_BUFFER_TOO_SMALL);
    SUCCEEDS(PoQueryPowerLimitAttributes(request, count, &attributes, &count));
    ck_assert_uint_eq(attributes.MaxValue, 15000);
    SUCCEEDS(PoSetPowerLimitValue(request, NULL, 1, &value));
    ck_assert_uint_eq(limit.TargetValue, 7000);
    value.TargetValue = 0;
    SUCCEEDS(PoQueryPowerLimitValue(request, 1, &value));
    ck_assert_uint_eq(value.TargetValue, 7000);
    PoDeletePowerLimitRequest(request);
    ck_assert_uint_eq(references, 0);
    SUCCEEDS(bench_device_remove(device));
}

PNP_TEST(a_device_without_limits_has_none_to_request)
{
    struct pnp_node node = {0};
    struct bench_device *device;
    PVOID request = NULL;
    DEVICE_OBJECT *pdo;

    SUCCEEDS(pnp_add(NULL, &node, NULL, &device));
    pdo = bench_device_pdo(device);
    ck_assert_int_eq(PoCreatePowerLimitRequest(&request, pdo, pdo, NULL), STATUS_NOT_SUPPORTED);
    ck_assert_ptr_null(request);
    SUCCEEDS(bench_device_remove(device));
}

PNP_RUN("conform/power_limit", a_request_reaches_the_devices_driver,
        a_device_without_limits_has_none_to_request)
