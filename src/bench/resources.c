/* SPDX-License-Identifier: MIT */
/* What hardware a device of the bench needs and can do, in the PnP manager's terms. */
#include <string.h>

#include "bench/bench_priv.h"
#include "nt/pnp/pnp.h"
#include "sys/memory.h"

static void
set_range(IO_RESOURCE_DESCRIPTOR *descriptor, const struct bench_resource *from)
{
    descriptor->u.Generic.Length = (ULONG)from->length;
    descriptor->u.Generic.Alignment = from->alignment != 0 ? (ULONG)from->alignment : 1;
    descriptor->u.Generic.MinimumAddress.QuadPart = (LONGLONG)from->minimum;
    descriptor->u.Generic.MaximumAddress.QuadPart = (LONGLONG)from->maximum;
}

static void
describe(IO_RESOURCE_DESCRIPTOR *descriptor, const struct bench_resource *from)
{
    descriptor->Option = from->alternative ? IO_RESOURCE_ALTERNATIVE : 0;
    descriptor->ShareDisposition =
        from->shared ? CmResourceShareShared : CmResourceShareDeviceExclusive;
    descriptor->Flags = from->flags;
    switch (from->kind) {
    case BENCH_MEMORY:
        descriptor->Type = CmResourceTypeMemory;
        set_range(descriptor, from);
        break;
    case BENCH_PORT:
        descriptor->Type = CmResourceTypePort;
        set_range(descriptor, from);
        break;
    case BENCH_INTERRUPT:
        descriptor->Type = CmResourceTypeInterrupt;
        descriptor->u.Interrupt.MinimumVector = (ULONG)from->minimum;
        descriptor->u.Interrupt.MaximumVector = (ULONG)from->maximum;
        break;
    case BENCH_DMA:
        descriptor->Type = CmResourceTypeDma;
        descriptor->u.Dma.MinimumChannel = (ULONG)from->minimum;
        descriptor->u.Dma.MaximumChannel = (ULONG)from->maximum;
        break;
    case BENCH_BUS_NUMBER:
        descriptor->Type = CmResourceTypeBusNumber;
        descriptor->u.BusNumber.Length = (ULONG)from->length;
        descriptor->u.BusNumber.MinBusNumber = (ULONG)from->minimum;
        descriptor->u.BusNumber.MaxBusNumber = (ULONG)from->maximum;
        break;
    }
}

/* NULL in *ret_list: none is needed. False: memory is short. */
static bool
make_requirements(const struct bench_resource *resources, size_t count,
                  IO_RESOURCE_REQUIREMENTS_LIST **ret_list)
{
    size_t size = sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + count * sizeof(IO_RESOURCE_DESCRIPTOR);
    IO_RESOURCE_REQUIREMENTS_LIST *list;
    IO_RESOURCE_DESCRIPTOR *descriptor;

    *ret_list = NULL;
    if (count == 0) {
        return true;
    }
    list = sys_alloc_zeroed(size);
    if (list == NULL) {
        return false;
    }
    list->ListSize = (ULONG)size;
    list->InterfaceType = PNPBus;
    list->AlternativeLists = 1;
    list->List[0].Version = 1;
    list->List[0].Revision = 1;
    list->List[0].Count = (ULONG)count;
    descriptor = list->List[0].Descriptors;
    for (size_t i = 0; i < count; i++) {
        describe(descriptor++, &resources[i]);
    }
    *ret_list = list;
    return true;
}

static void
set_capabilities(DEVICE_CAPABILITIES *capabilities, const struct bench_device_params *params)
{
    pnp_root_default_capabilities(capabilities);
    capabilities->Removable = params->removable || params->ejectable;
    capabilities->EjectSupported = params->ejectable;
    if (params->wakes_from != 0) {
        capabilities->DeviceD1 = TRUE;
        capabilities->DeviceD2 = TRUE;
        capabilities->WakeFromD0 = TRUE;
        capabilities->WakeFromD1 = TRUE;
        capabilities->WakeFromD2 = TRUE;
        capabilities->WakeFromD3 = TRUE;
        capabilities->SystemWake = (SYSTEM_POWER_STATE)(params->wakes_from + PowerSystemWorking);
        capabilities->DeviceWake = PowerDeviceD3;
    }
}

bench_status
bench_with_resources(struct pnp_root_params *node, const struct bench_device_params *params,
                     struct pnp_devnode **ret_devnode)
{
    IO_RESOURCE_REQUIREMENTS_LIST *requirements;
    DEVICE_CAPABILITIES capabilities;
    NTSTATUS status;

    if (!make_requirements(params->resources, params->resource_count, &requirements)) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    set_capabilities(&capabilities, params);
    node->requirements = requirements;
    node->capabilities = &capabilities;
    status = pnp_root_add(node, ret_devnode);
    sys_free(requirements);
    return status;
}
