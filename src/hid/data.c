/* SPDX-License-Identifier: MIT */
/* Controls by data index: all that a report says in one list. */
#include "hid/preparsed.h"

/* How many entries HidP_GetData may fill: the buttons that can be on and all values. */
ULONG
HidP_MaxDataListLength(HIDP_REPORT_TYPE ReportType, PHIDP_PREPARSED_DATA PreparsedData)
{
    const struct hid_field *field;
    ULONG most = HidP_MaxUsageListLength(ReportType, 0, PreparsedData);

    if (hid_check(PreparsedData, ReportType) != HIDP_STATUS_SUCCESS) {
        return 0;
    }
    field = hid_fields(PreparsedData);
    for (uint32_t i = 0; i < PreparsedData->field_count; i++, field++) {
        if (field->type == ReportType && !field->is_button && !field->is_other_name &&
            !hid_is_value_array(field)) {
            most += hid_usages(field);
        }
    }
    return most;
}

struct filling {
    HIDP_DATA *list;
    ULONG room;
    ULONG found;
};

/* NULL: it is counted, and there is no room for it. */
static HIDP_DATA *
next(struct filling *to, ULONG index)
{
    if (to->found++ >= to->room) {
        return NULL;
    }
    to->list[to->found - 1] = (HIDP_DATA){.DataIndex = (USHORT)index};
    return &to->list[to->found - 1];
}

static void
fill_buttons(struct filling *to, const struct hid_field *field, const UCHAR *report)
{
    for (ULONG i = 0; i < field->count; i++) {
        ULONG number = i < hid_usages(field) ? i : hid_usages(field) - 1;
        HIDP_DATA *data;

        if (field->is_array) {
            USAGE usage;

            if (!hid_array_usage(field, hid_array_value(field, report, i), &usage) || usage == 0) {
                continue;
            }
            number = usage - field->usage_min;
        } else if (hid_get_bits(report, field->bit + i, 1) == 0) {
            continue;
        }
        data = next(to, field->index + number);
        if (data != NULL) {
            data->On = TRUE;
        }
    }
}

static void
fill_values(struct filling *to, const struct hid_field *field, const UCHAR *report)
{
    for (ULONG i = 0; i < hid_usages(field); i++) {
        HIDP_DATA *data = next(to, field->index + i);

        if (data != NULL) {
            data->RawValue =
                hid_get_bits(report, field->bit + i * field->bit_size, field->bit_size);
        }
    }
}

/* Buttons that are on and all values of the report; value arrays are not among them. *DataLength: in, the list's. */
NTSTATUS
HidP_GetData(HIDP_REPORT_TYPE ReportType, PHIDP_DATA DataList, PULONG DataLength,
             PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report, ULONG ReportLength)
{
    NTSTATUS status = hid_check_report(PreparsedData, ReportType, ReportLength);
    struct filling to = {.list = DataList, .room = *DataLength};
    const struct hid_field *field;

    if (status != HIDP_STATUS_SUCCESS) {
        return status;
    }
    field = hid_fields(PreparsedData);
    for (uint32_t i = 0; i < PreparsedData->field_count; i++, field++) {
        if (field->type != ReportType || field->report_id != (UCHAR)Report[0] ||
            field->is_other_name) {
            continue;
        }
        if (field->is_button) {
            fill_buttons(&to, field, (const UCHAR *)Report);
        } else if (!hid_is_value_array(field)) {
            fill_values(&to, field, (const UCHAR *)Report);
        }
    }
    *DataLength = to.found;
    return to.found <= to.room ? HIDP_STATUS_SUCCESS : HIDP_STATUS_BUFFER_TOO_SMALL;
}

static NTSTATUS
set_one(HIDP_REPORT_TYPE type, const HIDP_DATA *data, PHIDP_PREPARSED_DATA preparsed, PCHAR report,
        ULONG length)
{
    const struct hid_field *field = hid_fields(preparsed);
    ULONG one = 1;

    for (uint32_t i = 0; i < preparsed->field_count; i++, field++) {
        USAGE usage = (USAGE)(field->usage_min + (data->DataIndex - field->index));

        if (field->type != type || data->DataIndex < field->index ||
            (ULONG)(data->DataIndex - field->index) >= hid_usages(field)) {
            continue;
        }
        if (report[0] == 0) {
            report[0] = (CHAR)field->report_id;
        }
        if (field->report_id != (UCHAR)report[0]) {
            return HIDP_STATUS_INCOMPATIBLE_REPORT_ID;
        }
        if (!field->is_button) {
            if (hid_is_value_array(field)) {
                return HIDP_STATUS_IS_VALUE_ARRAY;
            }
            hid_put_bits((UCHAR *)report,
                         field->bit + (ULONG)(usage - field->usage_min) * field->bit_size,
                         field->bit_size, data->RawValue);
            return HIDP_STATUS_SUCCESS;
        }
        return (data->On ? HidP_SetUsages : HidP_UnsetUsages)(
            type, field->page, field->link != 0 ? field->link : HIDP_LINK_COLLECTION_ROOT, &usage,
            &one, preparsed, report, length);
    }
    return HIDP_STATUS_DATA_INDEX_NOT_FOUND;
}

/* *DataLength: at a failure, which entry it was. */
NTSTATUS
HidP_SetData(HIDP_REPORT_TYPE ReportType, PHIDP_DATA DataList, PULONG DataLength,
             PHIDP_PREPARSED_DATA PreparsedData, PCHAR Report, ULONG ReportLength)
{
    NTSTATUS status = hid_check_report(PreparsedData, ReportType, ReportLength);
    ULONG count = *DataLength;

    for (ULONG i = 0; i < count && status == HIDP_STATUS_SUCCESS; i++) {
        status = DataList[i].DataIndex < PreparsedData->data_indices[ReportType]
                     ? set_one(ReportType, &DataList[i], PreparsedData, Report, ReportLength)
                     : HIDP_STATUS_DATA_INDEX_OUT_OF_RANGE;
        *DataLength = status == HIDP_STATUS_SUCCESS ? count : i;
    }
    return status;
}
