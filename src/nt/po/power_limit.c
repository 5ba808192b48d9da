/* SPDX-License-Identifier: MIT */
/*
 * Power limits: a policy driver's request is a hold on the power-limit interface of the device whose draw it limits
 * (GUID_POWER_LIMIT_INTERFACE), which that device's drivers answer.
 */
#include <ntddk.h>
#include <poclass.h>
#include <wdmguid.h>

#include <string.h>

#include "nt/ke/ke.h"

#define LIMIT_TAG   'mLoP'
#define LIMIT_MAGIC 0x4D4C6F50u

struct power_limit {
    ULONG magic;
    POWER_LIMIT_INTERFACE interface;
};

static NTSTATUS
query(PDEVICE_OBJECT target, POWER_LIMIT_INTERFACE *interface)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(target);
    IO_STATUS_BLOCK result = {.Status = STATUS_NOT_SUPPORTED};
    PIO_STACK_LOCATION stack;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    KEVENT event;
    PIRP irp;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, top, NULL, 0, NULL, &event, &result);
    if (irp != NULL) {
        irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
        stack = IoGetNextIrpStackLocation(irp);
        stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
        stack->Parameters.QueryInterface.InterfaceType = &GUID_POWER_LIMIT_INTERFACE;
        stack->Parameters.QueryInterface.Size = sizeof(*interface);
        stack->Parameters.QueryInterface.Version = POWER_LIMIT_INTERFACE_VERSION;
        stack->Parameters.QueryInterface.Interface = (PINTERFACE)interface;
        status = IoCallDriver(top, irp);
        if (status == STATUS_PENDING) {
            KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
            status = result.Status;
        }
    }
    ObDereferenceObject(top);
    return status;
}

/* STATUS_NOT_SUPPORTED: no driver of the target limits its power. IRQL PASSIVE_LEVEL. */
NTSTATUS
PoCreatePowerLimitRequest(PVOID *PowerLimitRequest, PDEVICE_OBJECT TargetDeviceObject,
                          PDEVICE_OBJECT PolicyDeviceObject, PCOUNTED_REASON_CONTEXT Context)
{
    struct power_limit *limit;
    NTSTATUS status;

    ke_irql_check(PASSIVE_LEVEL, __builtin_return_address(0));
    if (PowerLimitRequest == NULL || TargetDeviceObject == NULL || PolicyDeviceObject == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    limit = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*limit), LIMIT_TAG);
    if (limit == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = query(TargetDeviceObject, &limit->interface);
    if (NT_SUCCESS(status) &&
        (limit->interface.QueryAttributes == NULL || limit->interface.SetPowerLimit == NULL ||
         limit->interface.QueryPowerLimit == NULL)) {
        status = STATUS_NOT_SUPPORTED; /* It succeeded with nothing. */
    }
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(limit, LIMIT_TAG);
        return status;
    }
    limit->magic = LIMIT_MAGIC;
    *PowerLimitRequest = limit;
    return STATUS_SUCCESS;
}

VOID
PoDeletePowerLimitRequest(PVOID PowerLimitRequest)
{
    struct power_limit *limit = PowerLimitRequest;

    if (limit->interface.InterfaceDereference != NULL) {
        limit->interface.InterfaceDereference(limit->interface.Context);
    }
    limit->magic = 0;
    ExFreePoolWithTag(limit, LIMIT_TAG);
}

static struct power_limit *
decode(PVOID request)
{
    struct power_limit *limit = request;

    return limit != NULL && limit->magic == LIMIT_MAGIC ? limit : NULL;
}

NTSTATUS
PoQueryPowerLimitAttributes(PVOID PowerLimitRequest, ULONG BufferCount,
                            PPOWER_LIMIT_ATTRIBUTES Buffer, PULONG AttributeCount)
{
    struct power_limit *limit = decode(PowerLimitRequest);

    return limit != NULL ? limit->interface.QueryAttributes(limit->interface.Context, BufferCount,
                                                            Buffer, AttributeCount)
                         : STATUS_INVALID_PARAMETER;
}

NTSTATUS
PoSetPowerLimitValue(PVOID PowerLimitRequest, PCOUNTED_REASON_CONTEXT Context, ULONG ValueCount,
                     PPOWER_LIMIT_VALUE Values)
{
    struct power_limit *limit = decode(PowerLimitRequest);

    return limit != NULL
               ? limit->interface.SetPowerLimit(limit->interface.Context, ValueCount, Values)
               : STATUS_INVALID_PARAMETER;
}

NTSTATUS
PoQueryPowerLimitValue(PVOID PowerLimitRequest, ULONG ValueCount, PPOWER_LIMIT_VALUE Values)
{
    struct power_limit *limit = decode(PowerLimitRequest);

    return limit != NULL
               ? limit->interface.QueryPowerLimit(limit->interface.Context, ValueCount, Values)
               : STATUS_INVALID_PARAMETER;
}
