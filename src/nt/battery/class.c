/* SPDX-License-Identifier: MIT */
/* A battery's device controls, as the power manager and applications send them. */
#include "nt/battery/battery.h"

#include <string.h>

#include "base/atomic.h"
#include "nt/ke/ke.h"

void
battery_enter(struct battery *battery)
{
    KeWaitForSingleObject(&battery->turn, Executive, KernelMode, FALSE, NULL);
}

void
battery_leave(struct battery *battery)
{
    KeReleaseMutex(&battery->turn, FALSE);
}

void
battery_complete(PIRP irp, NTSTATUS status, ULONG_PTR size)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = NT_SUCCESS(status) ? size : 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static void
free_battery(struct battery *battery)
{
    if (battery->link.Buffer != NULL) {
        (void)IoSetDeviceInterfaceState(&battery->link, FALSE);
        RtlFreeUnicodeString(&battery->link);
    }
    ExFreePoolWithTag(battery, BATTERY_POOL_TAG);
}

/*
 * MiniportInfo is copied. With a Pdo, the device gets the interface GUID_DEVICE_BATTERY. *ClassData goes with
 * BatteryClassUnload. STATUS_REVISION_MISMATCH: it is made for another class. IRQL PASSIVE_LEVEL.
 */
NTSTATUS
BatteryClassInitializeDevice(PBATTERY_MINIPORT_INFO MiniportInfo, PVOID *ClassData)
{
    struct battery *battery;
    NTSTATUS status;

    ke_irql_check(PASSIVE_LEVEL, __builtin_return_address(0));
    if (MiniportInfo->MajorVersion != BATTERY_CLASS_MAJOR_VERSION) {
        return STATUS_REVISION_MISMATCH;
    }
    battery = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*battery), BATTERY_POOL_TAG);
    if (battery == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    battery->miniport = *MiniportInfo; /* What a newer one has behind it is not used. */
    KeInitializeMutex(&battery->turn, 0);
    status = battery_wait_init(battery);
    if (NT_SUCCESS(status) && battery->miniport.Pdo != NULL) {
        status = IoRegisterDeviceInterface(battery->miniport.Pdo, &GUID_DEVICE_BATTERY, NULL,
                                           &battery->link);
        if (NT_SUCCESS(status)) {
            status = IoSetDeviceInterfaceState(&battery->link, TRUE);
        }
    }
    if (!NT_SUCCESS(status)) {
        free_battery(battery);
        return status;
    }
    *ClassData = battery;
    return STATUS_SUCCESS;
}

/* Ends requests that wait. The driver sends no more. IRQL PASSIVE_LEVEL. */
NTSTATUS
BatteryClassUnload(PVOID ClassData)
{
    ke_irql_check(PASSIVE_LEVEL, __builtin_return_address(0));
    battery_wait_fini(ClassData);
    free_battery(ClassData);
    return STATUS_SUCCESS;
}

/* "The battery's tag, status or charge has changed." IRQL <= DISPATCH_LEVEL. */
NTSTATUS
BatteryClassStatusNotify(PVOID ClassData)
{
    struct battery *battery = ClassData;

    KeSetEvent(&battery->changed, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

/* --- Answers ----------------------------------------------------------------------------------- */

static bool
answer_tag(struct battery *battery, PIRP irp, bool over)
{
    ULONG tag = BATTERY_TAG_INVALID;
    NTSTATUS status;

    battery_enter(battery);
    status = battery->miniport.QueryTag(battery->miniport.Context, &tag);
    battery_leave(battery);
    if (NT_SUCCESS(status) && tag == BATTERY_TAG_INVALID) {
        status = STATUS_NO_SUCH_DEVICE;
    }
    if (status == STATUS_NO_SUCH_DEVICE && !over) {
        return false;
    }
    if (NT_SUCCESS(status)) {
        *(ULONG *)irp->AssociatedIrp.SystemBuffer = tag;
    }
    battery_complete(irp, status, sizeof(tag));
    return true;
}

/* Asks the driver to say when the status is another; else it is polled. Under `turn`. */
static void
ask_for_notice(struct battery *battery, const BATTERY_WAIT_STATUS *wait)
{
    BATTERY_NOTIFY notify = {
        .PowerState = wait->PowerState,
        .LowCapacity = wait->LowCapacity,
        .HighCapacity = wait->HighCapacity,
    };

    battery->notifying = battery->miniport.SetStatusNotify != NULL &&
                         NT_SUCCESS(battery->miniport.SetStatusNotify(battery->miniport.Context,
                                                                      wait->BatteryTag, &notify));
}

static bool
answer_status(struct battery *battery, PIRP irp, bool over)
{
    BATTERY_WAIT_STATUS wait = *(const BATTERY_WAIT_STATUS *)irp->AssociatedIrp.SystemBuffer;
    BATTERY_STATUS now = {0};
    bool is_other = true;
    NTSTATUS status;

    battery_enter(battery);
    status = battery->miniport.QueryStatus(battery->miniport.Context, wait.BatteryTag, &now);
    if (NT_SUCCESS(status)) {
        is_other = now.PowerState != wait.PowerState || now.Capacity < wait.LowCapacity ||
                   now.Capacity > wait.HighCapacity;
        if (!is_other && !over) {
            ask_for_notice(battery, &wait);
        } else if (battery->notifying && battery->miniport.DisableStatusNotify != NULL) {
            (void)battery->miniport.DisableStatusNotify(battery->miniport.Context);
            battery->notifying = false;
        }
    }
    battery_leave(battery);
    if (!is_other && !over) {
        return false;
    }
    if (NT_SUCCESS(status)) {
        *(BATTERY_STATUS *)irp->AssociatedIrp.SystemBuffer = now;
    }
    battery_complete(irp, status, sizeof(now));
    return true;
}

bool
battery_answer(struct battery *battery, PIRP irp, bool over)
{
    ULONG code = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode;

    return code == IOCTL_BATTERY_QUERY_TAG ? answer_tag(battery, irp, over)
                                           : answer_status(battery, irp, over);
}

static NTSTATUS
answer_or_wait(struct battery *battery, PIRP irp, ULONG milliseconds)
{
    if (milliseconds != 0) {
        return battery_wait(battery, irp, milliseconds);
    }
    IoMarkIrpPending(irp); /* It is answered somewhere down there, and then gone. */
    (void)battery_answer(battery, irp, true);
    return STATUS_PENDING;
}

/* Completes a request at once. STATUS_NOT_SUPPORTED would say that the caller still has it. */
static NTSTATUS
answered(PIRP irp, NTSTATUS status, ULONG size)
{
    status = status == STATUS_NOT_SUPPORTED ? STATUS_INVALID_DEVICE_REQUEST : status;
    battery_complete(irp, status, size);
    return status;
}

static NTSTATUS
query_information(struct battery *battery, PIRP irp, ULONG in, ULONG out)
{
    BATTERY_QUERY_INFORMATION query;
    ULONG size = 0;
    NTSTATUS status;

    if (in < sizeof(query)) {
        return answered(irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    }
    query = *(const BATTERY_QUERY_INFORMATION *)irp->AssociatedIrp.SystemBuffer;
    battery_enter(battery);
    status = battery->miniport.QueryInformation(battery->miniport.Context, query.BatteryTag,
                                                query.InformationLevel, (LONG)query.AtRate,
                                                irp->AssociatedIrp.SystemBuffer, out, &size);
    battery_leave(battery);
    return answered(irp, status, size);
}

static NTSTATUS
set_information(struct battery *battery, PIRP irp, ULONG in)
{
    BATTERY_SET_INFORMATION *set = irp->AssociatedIrp.SystemBuffer;
    NTSTATUS status = STATUS_NOT_SUPPORTED;

    if (in < (ULONG)FIELD_OFFSET(BATTERY_SET_INFORMATION, Buffer)) {
        status = STATUS_INFO_LENGTH_MISMATCH;
    } else if (battery->miniport.SetInformation != NULL) {
        battery_enter(battery);
        status = battery->miniport.SetInformation(
            battery->miniport.Context, set->BatteryTag, set->InformationLevel,
            in > (ULONG)FIELD_OFFSET(BATTERY_SET_INFORMATION, Buffer) ? set->Buffer : NULL);
        battery_leave(battery);
    }
    return answered(irp, status, 0);
}

/*
 * "Handles device control IOCTLs for batteries" and completes the IRP; STATUS_NOT_SUPPORTED: it is no battery's request,
 * and still the caller's. IRQL PASSIVE_LEVEL.
 */
NTSTATUS
BatteryClassIoctl(PVOID ClassData, PIRP Irp)
{
    struct battery *battery = ClassData;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG in = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG out = stack->Parameters.DeviceIoControl.OutputBufferLength;

    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_BATTERY_QUERY_TAG:
        if (out < sizeof(ULONG)) {
            return answered(Irp, STATUS_BUFFER_TOO_SMALL, 0);
        }
        return answer_or_wait(battery, Irp,
                              in >= sizeof(ULONG) ? *(ULONG *)Irp->AssociatedIrp.SystemBuffer : 0);
    case IOCTL_BATTERY_QUERY_STATUS:
        if (in < sizeof(BATTERY_WAIT_STATUS) || out < sizeof(BATTERY_STATUS)) {
            return answered(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
        }
        return answer_or_wait(battery, Irp,
                              ((BATTERY_WAIT_STATUS *)Irp->AssociatedIrp.SystemBuffer)->Timeout);
    case IOCTL_BATTERY_QUERY_INFORMATION:
        return query_information(battery, Irp, in, out);
    case IOCTL_BATTERY_SET_INFORMATION:
        return set_information(battery, Irp, in);
    default:
        return STATUS_NOT_SUPPORTED;
    }
}
