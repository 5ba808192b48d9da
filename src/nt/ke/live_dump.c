/* SPDX-License-Identifier: MIT */
/*
 * What drivers want to have in a dump: reports of their own while the system goes on (LkmdTel…), and arrays of memory
 * ranges that a crash dump shall hold.
 *
 * Here a report goes where all reports go, into the log: what it is about, and the beginning of each of its blocks.
 * The process that could be looked at with a debugger goes on running.
 */
#include "nt/ke/ke_priv.h"

#include <lkmdtel.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "nt/ex/ex.h"
#include "sys/memory.h"

#define REPORT_TAG     'TmkL'
#define COMPONENT_SIZE 64
#define BLOCKS_MAX     256u /* Of one report. */
#define SHOWN_BYTES    16u  /* Of each block. */

struct report {
    char component[COMPONENT_SIZE];
    ULONG code;
    ULONG_PTR parameter[4];
    bool submitted;
    bool has_secondary;
    GUID secondary_guid;
    ULONG secondary_size;
    unsigned count;
    struct {
        const void *address;
        SIZE_T size;
    } blocks[BLOCKS_MAX];
};

/*
 * NULL: memory is short. ComponentName says who reports, BugCheckCode and P1 … P4 what, as for KeBugCheckEx. The handle
 * goes with LkmdTelCloseHandle. IRQL PASSIVE_LEVEL, as all of these.
 */
HANDLE
LkmdTelCreateReport(PCWSTR ComponentName, ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2,
                    ULONG_PTR P3, ULONG_PTR P4)
{
    struct report *report = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*report), REPORT_TAG);
    const ULONG_PTR parameters[] = {P1, P2, P3, P4};

    ke_irql_check(PASSIVE_LEVEL, __builtin_return_address(0));
    if (report == NULL) {
        return NULL;
    }
    for (unsigned i = 0; ComponentName != NULL && ComponentName[i] != 0 && i < COMPONENT_SIZE - 1;
         i++) {
        report->component[i] =
            ComponentName[i] >= ' ' && ComponentName[i] < 0x7F ? (char)ComponentName[i] : '?';
    }
    report->code = BugCheckCode;
    memcpy(report->parameter, parameters, sizeof(parameters));
    return report;
}

/* The data is the driver's own, known by the GUID; one block of it. */
NTSTATUS
LkmdTelSetSecondaryData(HANDLE TelemetryHandle, LPCGUID SecondaryDataGuid, ULONG SecondaryDataSize,
                        PVOID SecondaryDataBuffer)
{
    struct report *report = TelemetryHandle;

    if (report == NULL || SecondaryDataGuid == NULL || SecondaryDataSize == 0 ||
        !sys_memory_readable(SecondaryDataBuffer, SecondaryDataSize)) {
        return STATUS_INVALID_PARAMETER;
    }
    report->has_secondary = true;
    report->secondary_guid = *SecondaryDataGuid;
    report->secondary_size = SecondaryDataSize;
    return STATUS_SUCCESS;
}

/* The memory is looked at when the report is submitted. */
NTSTATUS
LkmdTelInsertTriageDataBlock(HANDLE TelemetryHandle, PVOID Address, SIZE_T Length)
{
    struct report *report = TelemetryHandle;

    if (report == NULL || Length == 0 || !sys_memory_readable(Address, Length)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (report->count == BLOCKS_MAX) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    report->blocks[report->count].address = Address;
    report->blocks[report->count].size = Length;
    report->count++;
    return STATUS_SUCCESS;
}

static void
show_block(const void *address, SIZE_T size)
{
    char text[SHOWN_BYTES * 3 + 1] = "";
    SIZE_T shown = size < SHOWN_BYTES ? size : SHOWN_BYTES;

    if (!sys_memory_readable(address, shown)) {
        base_log(BASE_LOG_WARN, "nt", "  %p, %zu bytes, is not there any more", address, size);
        return;
    }
    for (SIZE_T i = 0; i < shown; i++) {
        snprintf(text + 3 * i, 4, " %02x", ((const UCHAR *)address)[i]);
    }
    base_log(BASE_LOG_WARN, "nt", "  %p, %zu bytes:%s%s", address, size, text,
             shown < size ? " ..." : "");
}

/* A report is submitted once. */
NTSTATUS
LkmdTelSubmitReport(HANDLE TelemetryHandle)
{
    struct report *report = TelemetryHandle;

    if (report == NULL || report->submitted) {
        return STATUS_INVALID_PARAMETER;
    }
    report->submitted = true;
    base_log(
        BASE_LOG_WARN, "nt",
        "live report of %s: 0x%x (0x%lx, 0x%lx, 0x%lx, 0x%lx), %u blocks of memory, %u bytes of "
        "secondary data",
        report->component, report->code, report->parameter[0], report->parameter[1],
        report->parameter[2], report->parameter[3], report->count,
        report->has_secondary ? report->secondary_size : 0);
    for (unsigned i = 0; i < report->count; i++) {
        show_block(report->blocks[i].address, report->blocks[i].size);
    }
    return STATUS_SUCCESS;
}

VOID
LkmdTelCloseHandle(HANDLE TelemetryHandle)
{
    if (TelemetryHandle != NULL) {
        ExFreePoolWithTag(TelemetryHandle, REPORT_TAG);
    }
}

/* Size: of the array in bytes, with all blocks that it has room for. */
NTSTATUS
KeInitializeTriageDumpDataArray(PKTRIAGE_DUMP_DATA_ARRAY KtriageDumpDataArray, ULONG Size)
{
    PKTRIAGE_DUMP_DATA_ARRAY array = KtriageDumpDataArray;

    if (array == NULL || Size < sizeof(*array)) {
        return STATUS_INVALID_PARAMETER;
    }
    memset(array, 0, sizeof(*array));
    InitializeListHead(&array->List);
    array->NumBlocksTotal =
        (Size - (ULONG)FIELD_OFFSET(KTRIAGE_DUMP_DATA_ARRAY, Blocks)) / sizeof(KADDRESS_RANGE);
    array->MaxDataSize = MAXULONG;
    return STATUS_SUCCESS;
}

NTSTATUS
KeAddTriageDumpDataBlock(PKTRIAGE_DUMP_DATA_ARRAY KtriageDumpDataArray, PVOID Address, SIZE_T Size)
{
    PKTRIAGE_DUMP_DATA_ARRAY array = KtriageDumpDataArray;

    if (Address == NULL || Size == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (array->NumBlocksUsed >= array->NumBlocksTotal ||
        Size > array->MaxDataSize - array->DataSize) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    array->Blocks[array->NumBlocksUsed].Address = Address;
    array->Blocks[array->NumBlocksUsed].Size = Size;
    array->NumBlocksUsed++;
    array->DataSize += (ULONG)Size;
    return STATUS_SUCCESS;
}
