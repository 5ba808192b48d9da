/* SPDX-License-Identifier: MIT */
/* A report descriptor for the kernel: its collections in pool, as the class driver gives them to its clients. */
#include "hid/preparsed.h"

#include <hidpddi.h>

#include <string.h>

#include "base/log.h"

#define HID_TAG ' diH'

static PVOID
allocate(POOL_TYPE type, size_t size)
{
    return ExAllocatePoolZero(type, size != 0 ? size : 1, HID_TAG);
}

static NTSTATUS
copy_collection(const struct hid_parsed *parsed, size_t number, POOL_TYPE type,
                HIDP_COLLECTION_DESC *to)
{
    const struct _HIDP_PREPARSED_DATA *data = parsed->collections[number];

    if (data->size > MAXUSHORT) {
        return STATUS_COULD_NOT_INTERPRET; /* PreparsedDataLength cannot say it. */
    }
    to->PreparsedData = allocate(type, data->size);
    if (to->PreparsedData == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(to->PreparsedData, data, data->size);
    to->PreparsedDataLength = (USHORT)data->size;
    to->CollectionNumber = (UCHAR)(number + 1);
    to->Usage = hid_nodes(data)[0].usage;
    to->UsagePage = hid_nodes(data)[0].page;
    to->InputLength = data->report_length[HidP_Input];
    to->OutputLength = data->report_length[HidP_Output];
    to->FeatureLength = data->report_length[HidP_Feature];
    return STATUS_SUCCESS;
}

static NTSTATUS
copy(const struct hid_parsed *parsed, POOL_TYPE type, HIDP_DEVICE_DESC *to)
{
    NTSTATUS status = STATUS_SUCCESS;

    to->CollectionDesc = allocate(type, parsed->collection_count * sizeof(*to->CollectionDesc));
    to->ReportIDs = allocate(type, parsed->report_count * sizeof(*to->ReportIDs));
    if (to->CollectionDesc == NULL || to->ReportIDs == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (size_t i = 0; i < parsed->collection_count && NT_SUCCESS(status); i++) {
        to->CollectionDescLength++;
        status = copy_collection(parsed, i, type, &to->CollectionDesc[i]);
    }
    for (size_t i = 0; i < parsed->report_count; i++) {
        to->ReportIDs[i] = (HIDP_REPORT_IDS){
            .ReportID = parsed->reports[i].id,
            .CollectionNumber = parsed->reports[i].collection,
            .InputLength = parsed->reports[i].length[HidP_Input],
            .OutputLength = parsed->reports[i].length[HidP_Output],
            .FeatureLength = parsed->reports[i].length[HidP_Feature],
        };
    }
    to->ReportIDsLength = (ULONG)parsed->report_count;
    return status;
}

/*
 * Takes the descriptor of a device apart: its top-level collections, numbered from 1, and its reports. All goes with
 * HidP_FreeCollectionDescription. STATUS_NO_DATA_DETECTED, STATUS_COULD_NOT_INTERPRET (Dbg.BreakOffset is where),
 * STATUS_INSUFFICIENT_RESOURCES. IRQL PASSIVE_LEVEL.
 */
NTSTATUS
HidP_GetCollectionDescription(PHIDP_REPORT_DESCRIPTOR ReportDesc, ULONG DescLength,
                              POOL_TYPE PoolType, PHIDP_DEVICE_DESC DeviceDescription)
{
    struct hid_parsed parsed;
    NTSTATUS status = hid_parse(ReportDesc, DescLength, &parsed);

    memset(DeviceDescription, 0, sizeof(*DeviceDescription));
    if (NT_SUCCESS(status)) {
        status = copy(&parsed, PoolType, DeviceDescription);
        if (!NT_SUCCESS(status)) {
            HidP_FreeCollectionDescription(DeviceDescription);
        }
    } else {
        DeviceDescription->Dbg.BreakOffset = (ULONG)parsed.error_offset;
        base_log(BASE_LOG_WARN, "nt",
                 "the HID report descriptor of %u bytes is malformed at byte %zu", DescLength,
                 parsed.error_offset);
    }
    hid_parsed_free(&parsed);
    return status;
}

VOID
HidP_FreeCollectionDescription(PHIDP_DEVICE_DESC DeviceDescription)
{
    for (ULONG i = 0; i < DeviceDescription->CollectionDescLength; i++) {
        if (DeviceDescription->CollectionDesc[i].PreparsedData != NULL) {
            ExFreePoolWithTag(DeviceDescription->CollectionDesc[i].PreparsedData, HID_TAG);
        }
    }
    if (DeviceDescription->CollectionDesc != NULL) {
        ExFreePoolWithTag(DeviceDescription->CollectionDesc, HID_TAG);
    }
    if (DeviceDescription->ReportIDs != NULL) {
        ExFreePoolWithTag(DeviceDescription->ReportIDs, HID_TAG);
    }
    memset(DeviceDescription, 0, sizeof(*DeviceDescription));
}
