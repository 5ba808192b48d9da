/* SPDX-License-Identifier: MIT */
/* A battery's blocks of WMI data: what the driver's callbacks say, in the class's structures. */
#include "nt/battery/battery.h"

#include <string.h>

#include <wmilib.h>
#include <wmistr.h>

enum {
    BLOCK_STATUS,
    BLOCK_RUNTIME,
    BLOCK_TEMPERATURE,
    BLOCK_FULL_CHARGED_CAPACITY,
    BLOCK_CYCLE_COUNT,
    BLOCK_COUNT,
};

static WMIGUIDREGINFO blocks[BLOCK_COUNT] = {
    [BLOCK_STATUS] = {&BATTERY_STATUS_WMI_GUID, 1, 0},
    [BLOCK_RUNTIME] = {&BATTERY_RUNTIME_WMI_GUID, 1, 0},
    [BLOCK_TEMPERATURE] = {&BATTERY_TEMPERATURE_WMI_GUID, 1, 0},
    [BLOCK_FULL_CHARGED_CAPACITY] = {&BATTERY_FULL_CHARGED_CAPACITY_WMI_GUID, 1, 0},
    [BLOCK_CYCLE_COUNT] = {&BATTERY_CYCLE_COUNT_WMI_GUID, 1, 0},
};

/* The driver's own list of blocks, in the context, is the class's while it has none. */
NTSTATUS
BatteryClassSystemControl(PVOID ClassData, PVOID WmiLibContext, PDEVICE_OBJECT DeviceObject,
                          PIRP Irp, PVOID Disposition)
{
    PWMILIB_CONTEXT context = WmiLibContext;

    if (context->GuidCount == 0) {
        context->GuidList = blocks;
        context->GuidCount = BLOCK_COUNT;
    }
    return WmiSystemControl(context, DeviceObject, Irp, Disposition);
}

static NTSTATUS
query_status(struct battery *battery, ULONG tag, BATTERY_WMI_STATUS *to)
{
    BATTERY_STATUS now = {0};
    NTSTATUS status = battery->miniport.QueryStatus(battery->miniport.Context, tag, &now);

    *to = (BATTERY_WMI_STATUS){
        .Tag = tag,
        .RemainingCapacity = now.Capacity,
        .ChargeRate = (now.PowerState & BATTERY_CHARGING) != 0 ? now.Rate : 0,
        .DischargeRate = (now.PowerState & BATTERY_DISCHARGING) != 0 ? -now.Rate : 0,
        .Voltage = now.Voltage,
        .PowerOnline = (now.PowerState & BATTERY_POWER_ON_LINE) != 0,
        .Charging = (now.PowerState & BATTERY_CHARGING) != 0,
        .Discharging = (now.PowerState & BATTERY_DISCHARGING) != 0,
        .Critical = (now.PowerState & BATTERY_CRITICAL) != 0,
    };
    return status;
}

static NTSTATUS
query_level(struct battery *battery, ULONG tag, BATTERY_QUERY_INFORMATION_LEVEL level, PVOID to,
            ULONG size)
{
    ULONG returned = 0;

    return battery->miniport.QueryInformation(battery->miniport.Context, tag, level, 0, to, size,
                                              &returned);
}

/* Tag and one number: the structures of these blocks are so. */
static NTSTATUS
query_number(struct battery *battery, ULONG tag, ULONG block, ULONG *to)
{
    BATTERY_INFORMATION information = {0};
    NTSTATUS status;

    to[0] = tag;
    switch (block) {
    case BLOCK_RUNTIME:
        return query_level(battery, tag, BatteryEstimatedTime, &to[1], sizeof(to[1]));
    case BLOCK_TEMPERATURE:
        return query_level(battery, tag, BatteryTemperature, &to[1], sizeof(to[1]));
    default:
        status = query_level(battery, tag, BatteryInformation, &information, sizeof(information));
        to[1] =
            block == BLOCK_CYCLE_COUNT ? information.CycleCount : information.FullChargedCapacity;
        return status;
    }
}

/* One instance; STATUS_WMI_GUID_NOT_FOUND: the block is not the class's, and the IRP still the caller's. */
NTSTATUS
BatteryClassQueryWmiDataBlock(PVOID ClassData, PDEVICE_OBJECT DeviceObject, PIRP Irp,
                              ULONG GuidIndex, PULONG InstanceLengthArray, ULONG OutBufferSize,
                              PUCHAR Buffer)
{
    struct battery *battery = ClassData;
    ULONG needed = GuidIndex == BLOCK_STATUS ? sizeof(BATTERY_WMI_STATUS) : 2 * sizeof(ULONG);
    ULONG tag = BATTERY_TAG_INVALID;
    NTSTATUS status;

    if (GuidIndex >= BLOCK_COUNT) {
        return STATUS_WMI_GUID_NOT_FOUND;
    }
    if (OutBufferSize < needed || InstanceLengthArray == NULL) {
        return WmiCompleteRequest(DeviceObject, Irp, STATUS_BUFFER_TOO_SMALL, needed,
                                  IO_NO_INCREMENT);
    }
    battery_enter(battery);
    status = battery->miniport.QueryTag(battery->miniport.Context, &tag);
    if (NT_SUCCESS(status)) {
        status = GuidIndex == BLOCK_STATUS
                     ? query_status(battery, tag, (BATTERY_WMI_STATUS *)Buffer)
                     : query_number(battery, tag, GuidIndex, (ULONG *)Buffer);
    }
    battery_leave(battery);
    InstanceLengthArray[0] = needed;
    return WmiCompleteRequest(DeviceObject, Irp, status, needed, IO_NO_INCREMENT);
}
